//! The value: one 64-bit word that is a float, an int, a pointer to an object, or a special.
//!
//! NaN-boxing with doubles raw and ints biased. What is hard: every word must be exactly one of the four, so
//! every float goes through [`Value::float`], which makes all NaNs the one canonical NaN (the NaN that x86
//! arithmetic makes by itself is the word of the int −2^50).
//!
//! | words | meaning |
//! |---|---|
//! | `0x0000…` to `0xFFF0_0000_0000_0000` | a double; the only NaN is `0x7FF8_0000_0000_0000` |
//! | `0xFFF2_0000_0000_000x` | undefined, nil, false, true |
//! | `0xFFF4_pppp_pppp_pppp` | a pointer to an object of the heap |
//! | `0xFFF8…` to `0xFFFF…` | the int `word − 0xFFFC_0000_0000_0000`, from −2^50 to 2^50 − 1 |
//!
//! Invariant: a pointer word points to the header of a live object of the heap that made it. The collector
//! keeps objects alive that are reachable from its roots; who holds a `Value` across a safepoint must have rooted it.

#![allow(unsafe_code)]

use std::fmt;

use super::object::{Gc, Header, Kind, Object};

/// A Toy value. Copying it is copying a word; equality here is identity of words.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

/// Words from here on are ints.
pub const INT_LOW: u64 = 0xFFF8 << 48;
/// The word of the int 0.
pub const INT_BASE: u64 = 0xFFFC << 48;
/// The smallest int that fits a word.
pub const INT_MIN: i64 = -(1 << 50);
/// The largest int that fits a word.
pub const INT_MAX: i64 = (1 << 50) - 1;

const FLOAT_HIGH: u64 = 0xFFF0 << 48;
const SPECIAL: u64 = 0xFFF2 << 48;
const POINTER: u64 = 0xFFF4 << 48;
const CANONICAL_NAN: u64 = 0x7FF8 << 48;

impl Value {
    /// The mark of a variable or argument without a value; no program ever sees it.
    pub const UNDEF: Value = Value(SPECIAL);
    pub const NIL: Value = Value(SPECIAL | 1);
    pub const FALSE: Value = Value(SPECIAL | 2);
    pub const TRUE: Value = Value(SPECIAL | 3);

    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The value with these bits.
    ///
    /// # Safety
    /// `bits` must have come from [`Value::bits`] of a value whose object, if any, is still alive.
    #[inline(always)]
    pub unsafe fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    #[inline(always)]
    pub fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    #[inline(always)]
    pub fn float(f: f64) -> Value {
        if f.is_nan() { Value(CANONICAL_NAN) } else { Value(f.to_bits()) }
    }

    /// The int `i` if it fits a word; others are boxed by [`crate::heap::Heap::int`].
    #[inline(always)]
    pub fn small_int(i: i64) -> Option<Value> {
        if (INT_MIN..=INT_MAX).contains(&i) { Some(Value(INT_BASE.wrapping_add(i as u64))) } else { None }
    }

    /// The int `i`, which is known to be within ±2^31.
    #[inline(always)]
    pub fn int32(i: i32) -> Value {
        Value(INT_BASE.wrapping_add(i as i64 as u64))
    }

    /// A length or index as an int: lengths are bounded by memory and so always fit.
    #[inline(always)]
    pub fn len(n: usize) -> Value {
        Value(INT_BASE.wrapping_add((n as u64).min(INT_MAX as u64)))
    }

    #[inline(always)]
    pub fn is_int(self) -> bool {
        self.0 >= INT_LOW
    }

    /// The int of a word that holds one inline.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        if self.0 >= INT_LOW { Some(self.0.wrapping_sub(INT_BASE) as i64) } else { None }
    }

    /// The int, given that [`Value::is_int`]; any other word gives some number.
    #[inline(always)]
    pub fn int_unchecked(self) -> i64 {
        self.0.wrapping_sub(INT_BASE) as i64
    }

    #[inline(always)]
    pub fn is_float(self) -> bool {
        self.0 <= FLOAT_HIGH
    }

    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        if self.0 <= FLOAT_HIGH { Some(f64::from_bits(self.0)) } else { None }
    }

    /// The word read as a double: a NaN for everything that is none.
    #[inline(always)]
    pub fn float_bits(self) -> f64 {
        f64::from_bits(self.0)
    }

    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self == Value::NIL
    }

    #[inline(always)]
    pub fn is_undef(self) -> bool {
        self == Value::UNDEF
    }

    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Value::TRUE => Some(true),
            Value::FALSE => Some(false),
            _ => None,
        }
    }

    #[inline(always)]
    pub fn is_object(self) -> bool {
        self.0 >> 48 == POINTER >> 48
    }

    #[inline(always)]
    pub fn object<T: Object>(gc: Gc<T>) -> Value {
        Value(POINTER | gc.address() as u64)
    }

    /// The value of an object whose header this is.
    #[inline(always)]
    pub fn from_header(header: &Header) -> Value {
        Value(POINTER | header as *const Header as u64)
    }

    /// The header of the object behind a pointer word.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // Taking the tag off and looking for what is left of it is shorter than masking both out.
        let address = self.0.wrapping_sub(POINTER);
        if address >> 48 == 0 {
            // SAFETY: a pointer word points to a live object (the invariant above).
            Some(unsafe { &*(address as *const Header) })
        } else {
            None
        }
    }

    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        self.header().map(|header| header.kind)
    }

    /// The object of type `T` that this value points to, if it does.
    #[inline(always)]
    pub fn as_object<T: Object>(self) -> Option<Gc<T>> {
        match self.header() {
            Some(header) if header.kind == T::KIND => {
                // SAFETY: the header's kind says that the object is a `T`.
                Some(unsafe { Gc::from_address(self.0.wrapping_sub(POINTER) as usize) })
            }
            _ => None,
        }
    }

    /// The address of the object, or the word itself: equal exactly for identical values.
    pub fn identity(self) -> u64 {
        if self.is_object() { self.0 & 0x0000_FFFF_FFFF_FFFF } else { self.0 }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::UNDEF => f.write_str("undefined"),
            Value::NIL => f.write_str("nil"),
            Value::FALSE => f.write_str("false"),
            Value::TRUE => f.write_str("true"),
            v => match (v.as_int(), v.as_float(), v.kind()) {
                (Some(i), _, _) => write!(f, "{i}"),
                (_, Some(x), _) => write!(f, "{x:?}"),
                (_, _, kind) => write!(f, "<{kind:?} at {:#x}>", v.identity()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_keep_their_value_up_to_fifty_bits() {
        for i in [0, 1, -1, INT_MIN, INT_MAX, 123_456_789] {
            let v = Value::small_int(i).unwrap();
            assert!(v.is_int() && !v.is_float() && !v.is_object());
            assert_eq!(v.as_int(), Some(i));
        }
        assert_eq!(Value::small_int(INT_MAX + 1), None);
        assert_eq!(Value::small_int(INT_MIN - 1), None);
    }

    #[test]
    fn every_nan_becomes_the_canonical_one() {
        for bits in [0xFFF8u64 << 48, 0x7FF0_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF, 0xFFF4_0000_0000_1000] {
            let v = Value::float(f64::from_bits(bits));
            assert!(v.is_float() && !v.is_int() && !v.is_object());
            assert!(v.as_float().unwrap().is_nan());
        }
    }

    #[test]
    fn floats_are_raw() {
        for f in [0.0, -0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, f64::MAX, 5e-324] {
            assert_eq!(Value::float(f).as_float().unwrap().to_bits(), f.to_bits());
        }
    }

    #[test]
    fn specials_are_nothing_else() {
        for v in [Value::UNDEF, Value::NIL, Value::TRUE, Value::FALSE] {
            assert!(!v.is_int() && !v.is_float() && !v.is_object());
        }
    }
}
