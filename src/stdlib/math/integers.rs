//! Functions of ints, of any size.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::value::Value;
use crate::vm::{Args, NativeResult, Raised, Vm};

fn integer(vm: &mut Vm, value: Value) -> Result<BigInt, Raised> {
    Ok(vm.expect_int(value)?.to_big().into_owned())
}

/// Folds all arguments, from `start` on.
fn fold(vm: &mut Vm, args: Args<'_>, start: u32, f: fn(&BigInt, &BigInt) -> BigInt) -> NativeResult {
    let mut result = BigInt::from(start);
    for value in args.slice() {
        let next = integer(vm, *value)?;
        result = f(&result, &next);
        vm.check_interrupt()?;
    }
    Ok(vm.heap.big_int(result))
}

pub(super) fn gcd(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    fold(vm, args, 0, Integer::gcd)
}

pub(super) fn lcm(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    fold(vm, args, 1, |x, y| if x.is_zero() || y.is_zero() { BigInt::zero() } else { x.lcm(y).abs() })
}

pub(super) fn isqrt(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let n = integer(vm, args.at(0))?;
    if n.is_negative() {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(vm.heap.big_int(n.sqrt()))
}

/// The product of the ints from `low` to before `high`, halved and halved again so that the factors of the
/// large multiplications are about equally long.
fn product(vm: &mut Vm, low: &BigUint, count: u64) -> Result<BigUint, Raised> {
    if count <= 16 {
        let mut result = BigUint::one();
        for i in 0..count {
            result *= low + i;
        }
        return Ok(result);
    }
    if count >= 512 {
        vm.check_interrupt()?;
    }
    let half = count / 2;
    let left = product(vm, low, half)?;
    let right = product(vm, &(low + half), count - half)?;
    Ok(left * right)
}

/// Asks for the room of a product of `count` factors that are at most `largest`.
fn reserve(vm: &mut Vm, count: u64, largest: &BigUint) -> Result<(), Raised> {
    let bytes = count.saturating_mul(largest.bits()) / 8;
    vm.reserve(usize::try_from(bytes).unwrap_or(usize::MAX).saturating_mul(2))
}

pub(super) fn factorial(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let n = integer(vm, args.at(0))?;
    if n.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(count) = n.to_i64() else {
        return Err(vm.overflow_error("factorial() argument should not exceed 9223372036854775807"));
    };
    let count = count.unsigned_abs();
    reserve(vm, count, n.magnitude())?;
    let result = product(vm, &BigUint::one(), count)?;
    Ok(vm.heap.big_int(result.into()))
}

fn non_negative(vm: &mut Vm, value: Value, name: &str) -> Result<BigUint, Raised> {
    let n = integer(vm, value)?;
    match n.to_biguint() {
        Some(n) => Ok(n),
        None => Err(vm.value_error(format!("{name} must be a non-negative integer"))),
    }
}

/// `n * (n - 1) * …`, `k` factors.
fn falling(vm: &mut Vm, n: &BigUint, k: &BigUint, what: &str) -> Result<(BigUint, u64), Raised> {
    let Some(count) = k.to_i64().map(i64::unsigned_abs) else {
        return Err(vm.overflow_error(format!("{what} must not exceed 9223372036854775807")));
    };
    reserve(vm, count, n)?;
    let low = n - k + 1u32;
    Ok((product(vm, &low, count)?, count))
}

pub(super) fn perm(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if args.or_nil(1).is_nil() {
        return factorial(vm, args);
    }
    let n = non_negative(vm, args.at(0), "n")?;
    let k = non_negative(vm, args.at(1), "k")?;
    if k > n {
        return Ok(Value::int32(0));
    }
    let (result, _) = falling(vm, &n, &k, "k")?;
    Ok(vm.heap.big_int(result.into()))
}

pub(super) fn comb(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let n = non_negative(vm, args.at(0), "n")?;
    let k = non_negative(vm, args.at(1), "k")?;
    if k > n {
        return Ok(Value::int32(0));
    }
    let k = (&n - &k).min(k);
    let (numerator, count) = falling(vm, &n, &k, "min(n - k, k)")?;
    let denominator = product(vm, &BigUint::one(), count)?;
    Ok(vm.heap.big_int((numerator / denominator).into()))
}
