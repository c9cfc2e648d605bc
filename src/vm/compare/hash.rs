//! `hash(v)`: equal values have equal hashes, whatever their types.
//!
//! Numbers hash as in Python: the value modulo the prime 2^61 − 1, fractions included, so that an int and the
//! equal float agree. Strings and bytes hash with a seed of the process. An instance hashes by its `hash` method
//! or by identity, unless its class defines `==` alone.

use num_bigint::{BigInt, Sign};

use super::super::number::Whole;
use super::super::{Raised, Sym, Vm};
use crate::value::hash_text;
use crate::value::{
    BoundMethod, BoxedInt, Bytes, DictPart, DictView, Gc, Kind, Range, Set, Slice, Tuple, Value,
};

const BITS: u32 = 61;
const MODULUS: u64 = (1 << BITS) - 1;
const OF_NIL: u64 = 0xFCA8_6420;
const OF_INFINITY: i64 = 314_159;

/// The hash of an int that fits a word.
#[inline(always)]
pub(crate) fn hash_small_int(i: i64) -> u64 {
    if i == -1 { -2i64 as u64 } else { i as u64 }
}

/// −1 is no hash (so that Toy's are Python's).
fn signed(negative: bool, magnitude: u64) -> u64 {
    let hash = if negative { -(magnitude as i64) } else { magnitude as i64 };
    hash_small_int(hash)
}

fn hash_i64(i: i64) -> u64 {
    signed(i < 0, i.unsigned_abs() % MODULUS)
}

fn hash_big(big: &BigInt) -> u64 {
    let digits: Vec<u64> = big.iter_u64_digits().collect();
    // 2^64 is 8 modulo the prime.
    let rest = digits
        .iter()
        .rev()
        .fold(0u64, |rest, digit| ((u128::from(rest) * 8 + u128::from(*digit)) % u128::from(MODULUS)) as u64);
    signed(big.sign() == Sign::Minus, rest)
}

fn hash_float(f: f64) -> u64 {
    const EXACT: f64 = (1u64 << 50) as f64;
    if f.abs() < EXACT && f == f.trunc() {
        return hash_small_int(f as i64);
    }
    if f.is_infinite() {
        return if f > 0.0 { OF_INFINITY as u64 } else { -OF_INFINITY as u64 };
    }
    if f.is_nan() {
        return 0;
    }
    // The mantissa goes in 28 bits at a time; multiplying by a power of two is a rotation of 61 bits.
    let rotate = |x: u64, by: u32| ((x << by) & MODULUS) | x >> (BITS - by);
    let (mut mantissa, mut exponent) = libm::frexp(f.abs());
    let mut hash = 0u64;
    while mantissa != 0.0 {
        mantissa *= f64::from(1 << 28);
        exponent -= 28;
        let digit = mantissa as u64;
        mantissa -= digit as f64;
        hash = rotate(hash, 28) + digit;
        if hash >= MODULUS {
            hash -= MODULUS;
        }
    }
    signed(f < 0.0, rotate(hash, exponent.rem_euclid(BITS as i32) as u32))
}

fn hash_identity(v: Value) -> u64 {
    v.identity().rotate_right(4)
}

/// Mixes the hashes of a tuple's items, as xxHash does.
struct TupleHash {
    state: u64,
    len: u64,
}

impl TupleHash {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;

    fn new() -> TupleHash {
        TupleHash { state: Self::PRIME_5, len: 0 }
    }

    fn add(&mut self, hash: u64) {
        let mixed = self.state.wrapping_add(hash.wrapping_mul(Self::PRIME_2));
        self.state = mixed.rotate_left(31).wrapping_mul(Self::PRIME_1);
        self.len += 1;
    }

    /// The hash of a slice, whose three parts need no count.
    fn finish_slice(self) -> u64 {
        if self.state == u64::MAX { 1_546_275_796 } else { self.state }
    }

    fn finish(self) -> u64 {
        match self.state.wrapping_add(self.len ^ (Self::PRIME_5 ^ 3_527_539)) {
            u64::MAX => 1_546_275_796,
            hash => hash,
        }
    }
}

impl Vm {
    /// `hash(v)`.
    pub fn hash(&mut self, v: Value) -> Result<u64, Raised> {
        if let Some(string) = v.as_str() {
            return Ok(u64::from(string.hash()));
        }
        if let Some(i) = v.as_int() {
            return Ok(hash_small_int(i));
        }
        if let Some(f) = v.as_float() {
            return Ok(hash_float(f));
        }
        if let Some(b) = v.as_bool() {
            return Ok(u64::from(b));
        }
        let Some(kind) = v.kind() else { return Ok(OF_NIL) };
        match kind {
            Kind::Int => Ok(v.as_object::<BoxedInt>().map_or(0, |boxed| hash_boxed(&boxed.value))),
            Kind::Tuple => match v.as_object::<Tuple>() {
                Some(tuple) => {
                    self.nested("", &[v], |vm| vm.hash_items(tuple.items()).map(TupleHash::finish))
                }
                None => Ok(0),
            },
            Kind::Bytes => Ok(v.as_object::<Bytes>().map_or(0, |bytes| u64::from(hash_text(&bytes.data)))),
            Kind::Range => Ok(v.as_object::<Range>().map_or(0, hash_range)),
            Kind::Slice => match v.as_object::<Slice>() {
                Some(slice) => self.nested("", &[v], |vm| {
                    vm.hash_items(&[slice.start, slice.stop, slice.step]).map(TupleHash::finish_slice)
                }),
                None => Ok(0),
            },
            Kind::BoundMethod => Ok(v.as_object::<BoundMethod>().map_or(0, |method| {
                hash_identity(method.receiver) ^ hash_identity(method.function).rotate_left(1)
            })),
            Kind::Set => match v.as_object::<Set>() {
                Some(set) if set.frozen => Ok(hash_set(set)),
                _ => Err(self.unhashable(v)),
            },
            Kind::DictView => match v.as_object::<DictView>() {
                Some(view) if view.part == DictPart::Values => Ok(hash_identity(v)),
                _ => Err(self.unhashable(v)),
            },
            Kind::List | Kind::Dict => Err(self.unhashable(v)),
            Kind::Instance | Kind::Foreign => self.hash_instance(v),
            _ => Ok(hash_identity(v)),
        }
    }

    #[cold]
    fn unhashable(&mut self, v: Value) -> Raised {
        let name = self.type_name(v);
        self.type_error(format!("unhashable type: '{name}'"))
    }

    fn hash_items(&mut self, items: &[Value]) -> Result<TupleHash, Raised> {
        let mut hash = TupleHash::new();
        for item in items {
            hash.add(self.hash(*item)?);
        }
        Ok(hash)
    }

    fn hash_instance(&mut self, v: Value) -> Result<u64, Raised> {
        let (hash_name, eq_name) = (self.sym(Sym::Hash), self.sym(Sym::Eq));
        let mut class = Some(self.class_of(v));
        while let Some(c) = class {
            match c.own_member(hash_name) {
                Some(member) if !member.is_nil() => return self.hash_by_method(v),
                Some(_) => return Err(self.unhashable(v)),
                None if c.own_member(eq_name).is_some() => return Err(self.unhashable(v)),
                None => class = c.base,
            }
        }
        Ok(hash_identity(v))
    }

    fn hash_by_method(&mut self, v: Value) -> Result<u64, Raised> {
        let result = self.call_special(v, Sym::Hash, &[])?.unwrap_or(Value::NIL);
        match Whole::of(result) {
            Some(Whole::Small(i)) => Ok(hash_small_int(i)),
            Some(Whole::Big(boxed)) => Ok(hash_big(&boxed.value)),
            None => Err(self.type_error("hash method should return an integer")),
        }
    }
}

fn hash_boxed(value: &BigInt) -> u64 {
    match i64::try_from(value) {
        Ok(i) => hash_i64(i),
        Err(_) => hash_big(value),
    }
}

/// Equal ranges hash alike: by length, start and step as far as they matter.
fn hash_range(range: Gc<Range>) -> u64 {
    let len = range.len();
    let mut hash = TupleHash::new();
    hash.add(signed(false, len % MODULUS));
    hash.add(if len > 0 { hash_i64(range.start) } else { OF_NIL });
    hash.add(if len > 1 { hash_i64(range.step) } else { OF_NIL });
    hash.finish()
}

/// The hash of a set's items, in whatever order they stand.
pub(super) fn hash_set(set: Gc<Set>) -> u64 {
    let mut hash = 0u64;
    for i in 0..set.table.end() {
        if let Some(item) = set.table.entry_hash(i) {
            hash ^= ((item ^ 89_869_747) ^ (item << 16)).wrapping_mul(3_644_798_167);
        }
    }
    hash ^= (set.table.len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    match hash.wrapping_mul(69_069).wrapping_add(907_133_923) {
        u64::MAX => 590_923_713,
        hash => hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hash_as_in_python() {
        let two_to = |n: u32| BigInt::from(1) << n;
        assert_eq!(hash_i64((1 << 61) - 1), 0);
        assert_eq!(hash_big(&two_to(100)), 549_755_813_888);
        assert_eq!(hash_big(&-two_to(100)) as i64, -549_755_813_888);
        assert_eq!(hash_float(1.5), 1_152_921_504_606_846_977);
        assert_eq!(hash_float(-1.0) as i64, -2);
        assert_eq!(hash_float(2f64.powi(70)), 512);
        assert_eq!(hash_float(2f64.powi(70)), hash_big(&two_to(70)));
        assert_eq!(hash_float(0.1), 230_584_300_921_369_408);
        assert_eq!(hash_float(f64::NEG_INFINITY) as i64, -314_159);
    }

    #[test]
    fn tuples_hash_as_in_python() {
        let hash = |items: &[u64]| {
            let mut hash = TupleHash::new();
            items.iter().for_each(|item| hash.add(*item));
            hash.finish() as i64
        };
        assert_eq!(hash(&[]), 5_740_354_900_026_072_187);
        assert_eq!(hash(&[1]), -6_644_214_454_873_602_895);
        assert_eq!(hash(&[1, 2]), -3_550_055_125_485_641_917);
    }
}
