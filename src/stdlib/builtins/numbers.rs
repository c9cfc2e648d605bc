//! `abs`, `divmod`, `pow` and `round`.
//!
//! What is hard is `round`: to the nearest decimal of the float's exact value, ties to even. Digits behind the
//! point are Rust's formatting, which is exact; those before it are rounded as an int of any size.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};
use toy_grammar::ast::{BinaryOp, UnaryOp};

use crate::value::{Foreign, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, Int, NativeResult, Raised, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("abs(x, /)", "The number without its sign.", abs),
    NativeDef::new("divmod(x, y, /)", "The pair `(x // y, x % y)`.", divmod),
    NativeDef::new("pow(base, exp, mod=nil)", "`base ** exp`, for ints perhaps modulo a third one.", pow),
    NativeDef::new(
        "round(number, ndigits=nil)",
        "The number rounded to so many decimal digits, ties to even; without `ndigits` an int.",
        round,
    ),
];

fn abs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if let Some(float) = args.at(0).as_float() {
        return Ok(Value::float(float.abs()));
    }
    match vm.int_of(args.at(0)) {
        Some(int) if int.is_negative() => vm.unary(UnaryOp::Neg, args.at(0)),
        Some(_) => Ok(args.at(0)),
        None => {
            // Classes of native code may have a method `abs`.
            if args.at(0).as_object::<Foreign>().is_some() {
                let name = vm.heap.intern("abs");
                if let Some(method) = vm.class_of(args.at(0)).lookup(name) {
                    return vm.call(method, &[args.at(0)]);
                }
            }
            let name = vm.type_name(args.at(0));
            Err(vm.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }
}

fn is_number(vm: &Vm, value: Value) -> bool {
    value.is_float() || vm.int_of(value).is_some()
}

fn divmod(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = (args.at(0), args.at(1));
    // Objects of native code are asked for both parts, if they are of one kind.
    let native = x.as_object::<Foreign>().is_some() && vm.class_of(x) == vm.class_of(y);
    if !native && (!is_number(vm, x) || !is_number(vm, y)) {
        let (left, right) = (vm.type_name(x), vm.type_name(y));
        return Err(
            vm.type_error(format!("unsupported operand type(s) for divmod(): '{left}' and '{right}'"))
        );
    }
    if (x.is_float() || y.is_float()) && (y.as_int() == Some(0) || y.as_float() == Some(0.0)) {
        return Err(vm.error(Exc::ZeroDivisionError, "float divmod()"));
    }
    let quotient = vm.binary(BinaryOp::FloorDiv, x, y)?;
    let remainder = vm.rooted(&[quotient], |vm| vm.binary(BinaryOp::Mod, x, y))?;
    Ok(Tuple::new(&mut vm.heap, &[quotient, remainder]).value())
}

fn pow(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (base, exponent, modulus) = (args.at(0), args.at(1), args.or_nil(2));
    if modulus.is_nil() {
        return vm.binary(BinaryOp::Pow, base, exponent);
    }
    match (vm.int_of(base), vm.int_of(exponent), vm.int_of(modulus)) {
        (Some(base), Some(exponent), Some(modulus)) => vm.power_modulo(base, exponent, modulus),
        _ if [base, exponent, modulus].into_iter().all(|value| is_number(vm, value)) => {
            Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"))
        }
        _ => {
            let [base, exponent, modulus] = [base, exponent, modulus].map(|value| vm.type_name(value));
            let message =
                format!("unsupported operand type(s) for ** or pow(): '{base}', '{exponent}', '{modulus}'");
            Err(vm.type_error(message))
        }
    }
}

fn round(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let number = args.at(0);
    if !is_number(vm, number) {
        let name = vm.type_name(number);
        return Err(vm.type_error(format!("type {name} doesn't define a round method")));
    }
    let digits = match args.or_nil(1) {
        Value::NIL => None,
        // So many places are as good as any that there are more.
        digits => Some(match vm.int_of(digits) {
            Some(Int::Big(big)) if big.is_negative() => i64::MIN,
            Some(Int::Big(_)) => i64::MAX,
            _ => vm.expect_index(digits)?,
        }),
    };
    match (number.as_float(), digits) {
        (Some(float), None) => round_to_int(vm, float),
        (Some(float), Some(digits)) => round_float(vm, float, digits).map(Value::float),
        (None, None | Some(0..)) => Ok(number),
        (None, Some(digits)) => round_int(vm, number, digits.unsigned_abs()),
    }
}

fn round_to_int(vm: &mut Vm, float: f64) -> NativeResult {
    match BigInt::from_f64(float.round_ties_even()) {
        Some(int) => Ok(vm.heap.big_int(int)),
        None if float.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}

fn round_float(vm: &mut Vm, float: f64, digits: i64) -> Result<f64, Raised> {
    // No double has more than 323 significant places behind the point, or 309 before it.
    if digits > 323 || !float.is_finite() || float == 0.0 {
        return Ok(float);
    }
    if digits < -309 {
        return Ok(float * 0.0);
    }
    if digits >= 0 {
        let text = format!("{float:.*}", digits as usize);
        return Ok(text.parse().unwrap_or(float));
    }
    let whole = BigInt::from_f64(float.trunc()).unwrap_or_default();
    let rounded = round_whole(whole, digits.unsigned_abs() as u32, float.fract() != 0.0);
    match rounded.to_f64().filter(|f| f.is_finite()) {
        Some(result) => Ok(result.copysign(float)),
        None => Err(vm.overflow_error("rounded value too large to represent")),
    }
}

fn round_int(vm: &mut Vm, number: Value, places: u64) -> NativeResult {
    let int = vm.expect_int(number)?.to_big().into_owned();
    // Past all its digits and one more, an int is rounded to 0. (A digit is more than three bits.)
    if places > int.bits() / 3 + 2 {
        return Ok(Value::int32(0));
    }
    Ok(vm.heap.big_int(round_whole(int, places as u32, false)))
}

/// Rounds to a multiple of 10 to the power of `places`. `more` says that digits behind the point were cut off.
fn round_whole(whole: BigInt, places: u32, more: bool) -> BigInt {
    let unit = BigInt::from(10).pow(places);
    let (quotient, rest) = whole.magnitude().div_rem(unit.magnitude());
    let up = match (rest * 2_u32).cmp(unit.magnitude()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => more || quotient.is_odd(),
        std::cmp::Ordering::Greater => true,
    };
    let rounded = BigInt::from(if up { quotient + 1_u32 } else { quotient }) * unit;
    if whole.is_negative() && !rounded.is_zero() { -rounded } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_rounded_to_the_even_neighbour_in_a_tie() {
        let round = |whole: i64, places, more| round_whole(BigInt::from(whole), places, more).to_i64();
        assert_eq!(round(15, 1, false), Some(20));
        assert_eq!(round(25, 1, false), Some(20));
        assert_eq!(round(25, 1, true), Some(30));
        assert_eq!(round(-25, 1, false), Some(-20));
        assert_eq!(round(-35, 1, false), Some(-40));
        assert_eq!(round(5, 1, false), Some(0));
        assert_eq!(round(55, 2, false), Some(100));
        assert_eq!(round(12345, 2, false), Some(12300));
    }
}
