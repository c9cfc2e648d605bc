//! Ints: bits, ranges, bytes.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use toy_grammar::ast::BinaryOp;

use super::Source;
use crate::value::{Bytes, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Vm};

/// The number of bits as Python takes it: a C int.
fn bit_count(vm: &mut Vm, bits: Value) -> Result<usize, Raised> {
    let bits = match vm.expect_int(bits)? {
        int if int.is_negative() => return Err(vm.value_error("number of bits must be non-negative")),
        int => int.to_i64().and_then(|bits| i32::try_from(bits).ok()),
    };
    match bits {
        Some(bits) => Ok(bits as usize),
        None => Err(vm.overflow_error("int too large to convert to C int")),
    }
}

/// The words that so many bits are made of, the lowest first; of the last one the high bits are taken.
fn words(vm: &mut Vm, source: &Source, bits: usize) -> Result<Vec<u32>, Raised> {
    vm.reserve(bits / 8)?;
    let mut words = Vec::with_capacity(bits.div_ceil(32));
    for i in 0..bits.div_ceil(32) {
        let word = source.word(vm)?;
        let left = bits - i * 32;
        words.push(if left < 32 { word >> (32 - left) } else { word });
        if i & 0xFFF == 0xFFF {
            vm.check_interrupt()?;
        }
    }
    Ok(words)
}

pub(super) fn getrandbits(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let bits = bit_count(vm, args.at(0))?;
    let words = words(vm, source, bits)?;
    Ok(vm.heap.big_int(BigInt::from_slice(Sign::Plus, &words)))
}

pub(super) fn randbytes(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let bits = vm.binary(BinaryOp::Mul, args.at(0), Value::int32(8))?;
    let bits = bit_count(vm, bits)?;
    let mut bytes: Vec<u8> = words(vm, source, bits)?.into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.truncate(bits / 8);
    Ok(Bytes::new(&mut vm.heap, bytes).value())
}

/// An int below a positive limit.
pub(super) fn below(vm: &mut Vm, source: &Source, limit: u64) -> Result<u64, Raised> {
    let bits = u64::BITS - limit.leading_zeros();
    loop {
        let mut drawn = u64::from(source.word(vm)?);
        if bits <= 32 {
            drawn >>= 32 - bits.max(1);
        } else {
            drawn |= u64::from(source.word(vm)?) >> (64 - bits) << 32;
        }
        if drawn < limit {
            return Ok(drawn);
        }
    }
}

fn below_big(vm: &mut Vm, source: &Source, limit: &BigInt) -> Result<BigInt, Raised> {
    if let Ok(limit) = u64::try_from(limit) {
        return below(vm, source, limit).map(BigInt::from);
    }
    loop {
        let drawn = BigInt::from_slice(Sign::Plus, &words(vm, source, limit.bits() as usize)?);
        if drawn < *limit {
            return Ok(drawn);
        }
    }
}

pub(super) fn randint(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let stop = vm.binary(BinaryOp::Add, args.at(1), Value::int32(1))?;
    vm.roots.push(stop);
    draw(vm, source, args.at(0), stop, None)
}

pub(super) fn randrange(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let start = args.at(0);
    match args.given(1).filter(|stop| !stop.is_nil()) {
        Some(stop) => draw(vm, source, start, stop, args.given(2)),
        None => {
            let limit = vm.expect_int(start)?;
            if args.given(2).is_some() {
                return Err(vm.type_error("Missing a non-nil stop argument"));
            }
            if !limit.to_big().is_positive() {
                return Err(vm.value_error("empty range for randrange()"));
            }
            let drawn = below_big(vm, source, &limit.to_big())?;
            Ok(vm.heap.big_int(drawn))
        }
    }
}

fn draw(vm: &mut Vm, source: &Source, start: Value, stop: Value, step: Option<Value>) -> NativeResult {
    let first = vm.expect_int(start)?;
    let last = vm.expect_int(stop)?;
    let by = step.map_or(Ok(Int::Small(1)), |step| vm.expect_int(step))?;
    if let (Int::Small(first), Int::Small(last), Int::Small(1)) = (&first, &last, &by)
        && first < last
    {
        let drawn = below(vm, source, last.wrapping_sub(*first) as u64)?;
        return Ok(vm.heap.int(first.wrapping_add(drawn as i64)));
    }
    let by = by.to_big();
    if by.is_zero() {
        return Err(vm.value_error("zero step for randrange()"));
    }
    let first = first.to_big();
    let width = &*last.to_big() - &*first;
    let count = (width + &*by - by.signum()).div_floor(&by);
    if !count.is_positive() {
        let mut shown = Vec::new();
        for value in [Some(start), Some(stop), step.filter(|_| !by.is_one())].into_iter().flatten() {
            shown.push(vm.str(value)?);
        }
        return Err(vm.value_error(format!("empty range in randrange({})", shown.join(", "))));
    }
    let drawn = below_big(vm, source, &count)?;
    Ok(vm.heap.big_int(&*first + &*by * drawn))
}
