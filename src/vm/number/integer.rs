//! Arithmetic of ints.
//!
//! What is hard: an int can grow past all memory in one operation (`1 << 10 ** 12`), so the size of a result is
//! estimated and asked for before it is computed; and dividing two ints must round once, however large they are.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use toy_grammar::ast::BinaryOp;

use super::super::{NativeResult, Raised, Vm};
use super::{Int, Whole};
use crate::value::Value;

/// Up to here every int is a float exactly.
const EXACT_IN_FLOAT: i64 = 1 << 53;

impl Vm {
    pub(super) fn integer_binary(&mut self, op: BinaryOp, x: Whole, y: Whole) -> NativeResult {
        match op {
            BinaryOp::Div => return self.integer_divide(x, y),
            BinaryOp::Pow => return self.integer_power(x, y),
            BinaryOp::Shl => return self.shift_left(x, y),
            BinaryOp::Shr => return self.shift_right(x, y),
            BinaryOp::FloorDiv if is_zero(y) => {
                return Err(self.zero_division("integer division or modulo by zero"));
            }
            BinaryOp::Mod if is_zero(y) => return Err(self.zero_division("integer modulo by zero")),
            _ => {}
        }
        if let (Some(x), Some(y)) = (wide(x), wide(y)) {
            let result = match op {
                BinaryOp::Add => Some(x + y),
                BinaryOp::Sub => Some(x - y),
                BinaryOp::Mul => x.checked_mul(y),
                BinaryOp::FloorDiv => Some(Integer::div_floor(&x, &y)),
                BinaryOp::Mod => Some(Integer::mod_floor(&x, &y)),
                BinaryOp::BitAnd => Some(x & y),
                BinaryOp::BitOr => Some(x | y),
                _ => Some(x ^ y),
            };
            if let Some(result) = result {
                return Ok(self.wide_int(result));
            }
        }
        self.reserve_bits(x, y, bits(x).saturating_add(bits(y)))?;
        let (left, right) = (x.big(), y.big());
        let (left, right) = (&*left, &*right);
        let result = match op {
            BinaryOp::Add => left + right,
            BinaryOp::Sub => left - right,
            BinaryOp::Mul => left * right,
            BinaryOp::FloorDiv => left.div_floor(right),
            BinaryOp::Mod => left.mod_floor(right),
            BinaryOp::BitAnd => left & right,
            BinaryOp::BitOr => left | right,
            _ => left ^ right,
        };
        Ok(self.heap.big_int(result))
    }

    /// Asks for the memory of a result of that many bits.
    fn reserve_bits(&mut self, x: Whole, y: Whole, bits: u64) -> Result<(), Raised> {
        let bytes = usize::try_from(bits / 8).unwrap_or(usize::MAX);
        let mut keep = [Value::NIL; 2];
        for (place, whole) in keep.iter_mut().zip([x, y]) {
            if let Whole::Big(boxed) = whole {
                *place = boxed.value();
            }
        }
        self.reserve_keeping(&keep, bytes)
    }

    fn integer_divide(&mut self, x: Whole, y: Whole) -> NativeResult {
        if is_zero(y) {
            return Err(self.zero_division("division by zero"));
        }
        if let (Whole::Small(x), Whole::Small(y)) = (x, y)
            && x.unsigned_abs() <= EXACT_IN_FLOAT as u64
            && y.unsigned_abs() <= EXACT_IN_FLOAT as u64
        {
            return Ok(Value::float(x as f64 / y as f64));
        }
        match divide_exactly(&x.big(), &y.big()) {
            Some(f) => Ok(Value::float(f)),
            None => Err(self.overflow_error("integer division result too large for a float")),
        }
    }

    fn shift_left(&mut self, x: Whole, y: Whole) -> NativeResult {
        let count = match y {
            Whole::Small(count) if count >= 0 => count as u64,
            Whole::Big(boxed) if !boxed.value.is_negative() => {
                if is_zero(x) {
                    return Ok(Value::int32(0));
                }
                return Err(self.overflow_error("too many digits in integer"));
            }
            _ => return Err(self.value_error("negative shift count")),
        };
        match x {
            Whole::Small(0) => Ok(Value::int32(0)),
            Whole::Small(i) if count < 64 => Ok(self.wide_int(i128::from(i) << count)),
            _ => {
                self.reserve_bits(x, y, bits(x).saturating_add(count))?;
                let result = &*x.big() << count;
                Ok(self.heap.big_int(result))
            }
        }
    }

    fn shift_right(&mut self, x: Whole, y: Whole) -> NativeResult {
        let count = match y {
            Whole::Small(count) if count >= 0 => count as u64,
            Whole::Big(boxed) if !boxed.value.is_negative() => u64::MAX,
            _ => return Err(self.value_error("negative shift count")),
        };
        match x {
            Whole::Small(i) => Ok(self.heap.int(i >> count.min(63))),
            Whole::Big(boxed) if count > boxed.value.bits() => {
                Ok(Value::int32(if boxed.value.is_negative() { -1 } else { 0 }))
            }
            Whole::Big(boxed) => Ok(self.heap.big_int(&boxed.value >> count)),
        }
    }

    fn integer_power(&mut self, x: Whole, y: Whole) -> NativeResult {
        let negative = match y {
            Whole::Small(i) => i < 0,
            Whole::Big(boxed) => boxed.value.is_negative(),
        };
        if negative {
            let (base, exponent) = (self.whole_to_f64(x)?, self.whole_to_f64(y)?);
            return self.real_power(base, exponent);
        }
        if let Whole::Small(base @ -1..=1) = x {
            let odd = match y {
                Whole::Small(i) => i & 1 == 1,
                Whole::Big(boxed) => boxed.value.bit(0),
            };
            return Ok(Value::int32(match base {
                -1 => 1 - 2 * i32::from(odd),
                0 => is_zero(y) as i32,
                _ => 1,
            }));
        }
        let Whole::Small(exponent) = y else { return Err(self.memory_error()) };
        let exponent = exponent as u64;
        let estimate = bits(x).saturating_mul(exponent);
        if estimate <= 126
            && let Whole::Small(base) = x
        {
            return Ok(self.wide_int(i128::from(base).pow(exponent as u32)));
        }
        // The last squaring needs the result, its half and room to work in.
        self.reserve_bits(x, y, estimate.saturating_mul(2))?;
        let result = self.power_of(&x.big(), exponent)?;
        Ok(self.heap.big_int(result))
    }

    fn power_of(&mut self, base: &BigInt, exponent: u64) -> Result<BigInt, Raised> {
        let zeros = base.trailing_zeros().unwrap_or(0);
        let odd = base >> zeros;
        let mut result = BigInt::one();
        if !odd.magnitude().is_one() {
            for i in (0..u64::BITS - exponent.leading_zeros()).rev() {
                self.check_interrupt()?;
                result = &result * &result;
                if exponent >> i & 1 == 1 {
                    result *= &odd;
                }
            }
        } else if odd.is_negative() && exponent & 1 == 1 {
            result = -result;
        }
        Ok(result << (zeros * exponent))
    }

    /// `pow(base, exponent, modulus)` for ints.
    pub fn power_modulo(&mut self, base: Int, exponent: Int, modulus: Int) -> NativeResult {
        let modulus = modulus.to_big();
        if modulus.is_zero() {
            return Err(self.value_error("pow() 3rd argument cannot be 0"));
        }
        let size = modulus.abs();
        let mut base = base.to_big().mod_floor(&size);
        let mut exponent = exponent.to_big().into_owned();
        if exponent.is_negative() {
            let gcd = base.extended_gcd(&size);
            if !gcd.gcd.is_one() {
                return Err(self.value_error("base is not invertible for the given modulus"));
            }
            base = gcd.x.mod_floor(&size);
            exponent = -exponent;
        }
        let mut result = BigInt::one().mod_floor(&size);
        for i in (0..exponent.bits()).rev() {
            if i & 63 == 0 {
                self.check_interrupt()?;
            }
            result = (&result * &result).mod_floor(&size);
            if exponent.bit(i) {
                result = (&result * &base).mod_floor(&size);
            }
        }
        if modulus.is_negative() && !result.is_zero() {
            result += &*modulus;
        }
        Ok(self.heap.big_int(result))
    }
}

fn is_zero(x: Whole) -> bool {
    matches!(x, Whole::Small(0))
}

/// The int in 128 bits, if two such can be added in them: 64-bit hashes and their products are computed like this.
fn wide(x: Whole) -> Option<i128> {
    match x {
        Whole::Small(i) => Some(i128::from(i)),
        Whole::Big(boxed) if boxed.value.bits() <= 126 => boxed.value.to_i128(),
        Whole::Big(_) => None,
    }
}

fn bits(x: Whole) -> u64 {
    match x {
        Whole::Small(i) => u64::from(64 - i.unsigned_abs().leading_zeros()),
        Whole::Big(boxed) => boxed.value.bits(),
    }
}

/// The float nearest to `a / b`, ties to even; none when that is too large. `b` is not 0.
fn divide_exactly(a: &BigInt, b: &BigInt) -> Option<f64> {
    const MANTISSA: i64 = 53;
    const LEAST_EXPONENT: i64 = -1021;
    let negative = a.is_negative() != b.is_negative();
    let (a, b) = (a.magnitude(), b.magnitude());
    let signed = |f: f64| if negative { -f } else { f };
    if a.is_zero() {
        return Some(signed(0.0));
    }
    let difference = a.bits() as i64 - b.bits() as i64;
    if difference > 1024 {
        return None;
    }
    if difference < -1076 {
        return Some(signed(0.0));
    }
    // The quotient gets two bits more than a float keeps (but no more than a subnormal has), and a third, the
    // lowest, that says whether anything was cut off: enough to round rightly.
    let shift = difference.max(LEAST_EXPONENT) - MANTISSA - 2;
    let (quotient, rest) = if shift >= 0 { a.div_rem(&(b << shift)) } else { (a << -shift).div_rem(b) };
    let rounded = round_quotient(&quotient, !rest.is_zero(), shift)?;
    let result = libm::scalbn(rounded, shift as i32);
    if result.is_finite() { Some(signed(result)) } else { None }
}

fn round_quotient(quotient: &BigUint, inexact: bool, shift: i64) -> Option<f64> {
    let mut quotient = quotient.to_u64()?;
    let length = i64::from(64 - quotient.leading_zeros());
    let surplus = length.max(-1021 - shift) - 53;
    let half = 1u64 << (surplus - 1);
    let low = quotient | inexact as u64;
    if low & half != 0 && low & (3 * half - 1) != 0 {
        quotient += half;
    }
    Some((quotient & !(2 * half - 1)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().unwrap()
    }

    #[test]
    fn division_rounds_once() {
        assert_eq!(divide_exactly(&big("9007199254740993"), &big("1")), Some(9007199254740992.0));
        assert_eq!(divide_exactly(&big("9007199254740995"), &big("1")), Some(9007199254740996.0));
        let ten = BigInt::from(10).pow(400);
        assert_eq!(divide_exactly(&ten, &(&ten / 10)), Some(10.0));
        assert_eq!(divide_exactly(&ten, &BigInt::from(3)), None);
        assert_eq!(divide_exactly(&BigInt::from(-3), &ten), Some(-0.0));
        assert_eq!(divide_exactly(&BigInt::one(), &BigInt::from(10).pow(320)), Some(1e-320));
        assert_eq!(divide_exactly(&BigInt::one(), &(BigInt::one() << 1074)), Some(5e-324));
        assert_eq!(divide_exactly(&BigInt::one(), &(BigInt::one() << 1075)), Some(0.0));
        assert_eq!(divide_exactly(&BigInt::from(3), &(BigInt::one() << 1076)), Some(5e-324));
    }
}
