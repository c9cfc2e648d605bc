//! Exact sums of ints and floats, and what becomes of them.
//!
//! Every float is a whole number over a power of two, so sums are kept as one whole number for each power, and brought
//! together in the end. What is hard is the way back: a quotient of two large ints, and the root of one, rounded once.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use toy_grammar::ast::BinaryOp;

use crate::value::Value;
use crate::vm::{Exc, Int, NativeResult, Raised, Vm};

/// A sum of ints and floats that is on its way.
#[derive(Default)]
pub(super) struct Exact {
    pub count: usize,
    /// Whether there was any float: results of ints alone are ints where they are whole.
    pub any_float: bool,
    /// The sums of the numerators, by the logarithms of their denominators.
    sums: BTreeMap<u32, BigInt>,
    /// The same for the squares.
    squares: Option<BTreeMap<u32, BigInt>>,
    /// The sum of what is infinite or no number.
    special: Option<f64>,
}

/// A sum that is complete.
#[derive(Clone)]
pub(super) enum Total {
    /// Numerator and denominator, which is positive.
    Ratio(BigInt, BigInt),
    /// Infinite, or no number.
    Special(f64),
}

/// A finite float as a numerator and the logarithm of its denominator.
fn parts(f: f64) -> (BigInt, u32) {
    let bits = f.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i64);
    let (mut mantissa, mut exponent) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    if mantissa == 0 {
        return (BigInt::zero(), 0);
    }
    let zeros = i64::from(mantissa.trailing_zeros());
    mantissa >>= zeros;
    exponent += zeros;
    let number = BigInt::from(mantissa) * if f < 0.0 { -1 } else { 1 };
    if exponent >= 0 { (number << exponent as u64, 0) } else { (number, -exponent as u32) }
}

fn together(sums: &BTreeMap<u32, BigInt>) -> (BigInt, BigInt) {
    let most = sums.last_key_value().map_or(0, |(log, _)| *log);
    let sum = sums.iter().map(|(log, sum)| sum << (most - log)).sum();
    (sum, BigInt::one() << most)
}

impl Exact {
    /// One that sums up the squares as well.
    pub(super) fn with_squares() -> Exact {
        Exact { squares: Some(BTreeMap::new()), ..Exact::default() }
    }

    /// Adds a number; false if the value is none.
    fn push(&mut self, int: Option<Int>, float: Option<f64>) -> bool {
        let (number, log) = match (int, float) {
            (Some(int), _) => (int.to_big().into_owned(), 0),
            (_, Some(float)) => {
                self.any_float = true;
                if !float.is_finite() {
                    self.special = Some(self.special.unwrap_or(0.0) + float);
                    self.count += 1;
                    return true;
                }
                parts(float)
            }
            _ => return false,
        };
        self.count += 1;
        if let Some(squares) = &mut self.squares {
            *squares.entry(log * 2).or_default() += &number * &number;
        }
        *self.sums.entry(log).or_default() += number;
        true
    }

    pub(super) fn add(&mut self, vm: &mut Vm, value: Value) -> Result<(), Raised> {
        if self.push(vm.int_of(value), value.as_float()) {
            return Ok(());
        }
        let name = vm.type_name(value);
        Err(vm.type_error(format!("can't convert type '{name}' to numerator/denominator")))
    }

    pub(super) fn add_all(&mut self, vm: &mut Vm, iterable: Value) -> Result<(), Raised> {
        vm.for_each(iterable, |vm, item| {
            self.add(vm, item)?;
            Ok(true)
        })
    }

    pub(super) fn total(&self) -> Total {
        match self.special {
            Some(special) => Total::Special(special),
            None => {
                let (sum, denominator) = together(&self.sums);
                Total::Ratio(sum, denominator)
            }
        }
    }

    /// The sum of the squares of the differences from the mean.
    pub(super) fn squared_differences(&self) -> Total {
        let (Some(squares), None) = (&self.squares, self.special) else {
            return Total::Special(self.special.unwrap_or(f64::NAN));
        };
        if self.count == 0 {
            return Total::Ratio(BigInt::zero(), BigInt::one());
        }
        let (sum, denominator) = together(&self.sums);
        let (squares, square_denominator) = together(squares);
        let count = BigInt::from(self.count);
        // count * squares - sum ** 2, all over count.
        let left = &count * squares * &denominator * &denominator;
        let right = &sum * &sum * &square_denominator;
        Total::Ratio(left - right, count * square_denominator * &denominator * &denominator)
    }
}

/// An exact quotient of two ints, rounded once.
pub(super) fn quotient(vm: &mut Vm, numerator: &BigInt, denominator: &BigInt) -> NativeResult {
    let numerator = vm.heap.big_int(numerator.clone());
    vm.rooted(&[numerator], |vm| {
        let denominator = vm.heap.big_int(denominator.clone());
        vm.rooted(&[denominator], |vm| vm.binary(BinaryOp::Div, numerator, denominator))
    })
}

impl Total {
    /// Divided by a positive number.
    pub(super) fn over(self, n: usize) -> Total {
        match self {
            Total::Ratio(numerator, denominator) => Total::Ratio(numerator, denominator * BigInt::from(n)),
            Total::Special(special) => Total::Special(special / n as f64),
        }
    }

    /// The number: an int if it may be one and is whole.
    pub(super) fn value(self, vm: &mut Vm, float: bool) -> NativeResult {
        match self {
            Total::Special(special) => Ok(Value::float(special)),
            Total::Ratio(numerator, denominator) => {
                let (whole, rest) = numerator.div_rem(&denominator);
                if rest.is_zero() && !float {
                    return Ok(vm.heap.big_int(whole));
                }
                let divisor = numerator.gcd(&denominator);
                quotient(vm, &(numerator / &divisor), &(denominator / divisor))
            }
        }
    }

    /// The root as a float, rounded once.
    pub(super) fn root(self, vm: &mut Vm) -> NativeResult {
        /// Twice the bits of a float, and three more.
        const WIDTH: i64 = 109;
        let Total::Ratio(n, m) = self else {
            return Err(vm.error(Exc::AttributeError, "'float' object has no attribute 'numerator'"));
        };
        let divisor = n.gcd(&m);
        let (n, m) = (n / &divisor, m / divisor);
        // The root to odd: its last bit says whether anything was cut off.
        let odd_root = |n: &BigInt, m: &BigInt| -> BigInt {
            let root = (n / m).sqrt();
            let exact = &root * &root * m == *n;
            if exact || root.is_odd() { root } else { root + 1 }
        };
        let q = (n.bits() as i64 - m.bits() as i64 - WIDTH).div_euclid(2);
        if q >= 0 {
            let root = odd_root(&n, &(m << (2 * q) as u64)) << q as u64;
            quotient(vm, &root, &BigInt::one())
        } else {
            let root = odd_root(&(n << (-2 * q) as u64), &m);
            quotient(vm, &root, &(BigInt::one() << (-q) as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_come_apart() {
        assert_eq!(parts(0.75), (BigInt::from(3), 2));
        assert_eq!(parts(-6.0), (BigInt::from(-6), 0));
        assert_eq!(parts(5e-324), (BigInt::one(), 1074));
        assert_eq!(parts(-0.0), (BigInt::zero(), 0));
    }
}
