//! Arithmetic of floats, and of floats with ints.

use toy_grammar::ast::BinaryOp;

use super::super::{Exc, NativeResult, Raised, Vm};
use super::Number;
use crate::value::Value;

/// `x // y`, rounded down; `y` is not 0. The quotient of what the remainder leaves is nearly whole, so that
/// taking its floor needs a look at how it was rounded.
pub(crate) fn floor_divide(x: f64, y: f64) -> f64 {
    let rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 && (y < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0f64.copysign(x / y);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// `x % y`, with the sign of `y`; `y` is not 0.
pub(crate) fn modulo(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 {
        0f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    }
}

impl Vm {
    /// An operator where at least one operand is a float; none for those that floats lack.
    pub(super) fn real_binary(
        &mut self,
        op: BinaryOp,
        x: Number,
        y: Number,
    ) -> Result<Option<Value>, Raised> {
        if matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Shl | BinaryOp::Shr)
        {
            return Ok(None);
        }
        let (x, y) = (self.number_to_f64(x)?, self.number_to_f64(y)?);
        let result = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => x * y,
            BinaryOp::Div if y == 0.0 => return Err(self.zero_division("float division by zero")),
            BinaryOp::Div => x / y,
            BinaryOp::FloorDiv if y == 0.0 => return Err(self.zero_division("float floor division by zero")),
            BinaryOp::FloorDiv => floor_divide(x, y),
            BinaryOp::Mod if y == 0.0 => return Err(self.zero_division("float modulo by zero")),
            BinaryOp::Mod => modulo(x, y),
            _ => return self.real_power(x, y).map(Some),
        };
        Ok(Some(Value::float(result)))
    }

    fn number_to_f64(&mut self, number: Number) -> Result<f64, Raised> {
        match number {
            Number::Float(f) => Ok(f),
            Number::Whole(whole) => self.whole_to_f64(whole),
        }
    }

    /// `x ** y`: C's `pow`, with errors where that gives infinities and NaNs out of finite operands.
    pub(super) fn real_power(&mut self, x: f64, y: f64) -> NativeResult {
        if x == 0.0 && y < 0.0 {
            return Err(self.zero_division("0.0 cannot be raised to a negative power"));
        }
        let finite = x.is_finite() && y.is_finite();
        if finite && x < 0.0 && y != y.floor() {
            return Err(self.value_error("negative number cannot be raised to a fractional power"));
        }
        let result = x.powf(y);
        if finite && result.is_infinite() {
            let message = self.heap.str("Numerical result out of range");
            return Err(self.error_with(Exc::OverflowError, &[Value::int32(34), message]));
        }
        Ok(Value::float(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_division_and_modulo_agree_with_python() {
        for (x, y, quotient, rest) in [
            (7.5, 2.0, 3.0, 1.5),
            (-7.5, 2.0, -4.0, 0.5),
            (7.5, -2.0, -4.0, -0.5),
            (1.0, 0.1, 9.0, 0.09999999999999995),
            (-1.0, 0.1, -10.0, 5.551115123125783e-17),
            (0.0, -3.0, -0.0, -0.0),
        ] {
            assert_eq!(floor_divide(x, y).to_bits(), f64::to_bits(quotient), "{x} // {y}");
            assert_eq!(modulo(x, y).to_bits(), f64::to_bits(rest), "{x} % {y}");
        }
        assert!(floor_divide(1.0, f64::INFINITY) == 0.0 && floor_divide(-1.0, f64::INFINITY) == -1.0);
        assert!(modulo(-1.0, f64::INFINITY) == f64::INFINITY);
    }
}
