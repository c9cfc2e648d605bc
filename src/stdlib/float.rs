//! `float`: the constructor and the methods.

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

use super::int::add_parts;
use crate::text::numbers::parse_float;
use crate::text::quote::{repr_bytes, repr_str};
use crate::text::unicode::is_space;
use crate::value::{Bytes, NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Type, Vm};

const CONSTRUCT: NativeDef =
    NativeDef::new("float(cls, x=0.0, /)", "The number that a text says, or an int as a float.", construct);
const FROM_HEX: NativeDef =
    NativeDef::new("fromhex(string, /)", "The float that a hexadecimal text says.", from_hex);

const METHODS: &[NativeDef] = &[
    NativeDef::new("is_integer(self, /)", "Whether there is no fraction.", is_integer),
    NativeDef::new(
        "as_integer_ratio(self, /)",
        "The two ints whose quotient the number is exactly.",
        as_integer_ratio,
    ),
    NativeDef::new("hex(self, /)", "The number in hexadecimal, exactly.", hex),
    NativeDef::new("conjugate(self, /)", "The number itself.", same),
];

/// Attributes that are worked out.
const PARTS: &[NativeDef] = &[
    NativeDef::new("real(self, /)", "The number itself.", same),
    NativeDef::new("imag(self, /)", "0.0.", zero),
];

/// Adds the class to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Float, &CONSTRUCT);
    let class = vm.class_for(Type::Float);
    vm.add_methods(class, METHODS);
    add_parts(vm, class, PARTS);
    let function = vm.native(&FROM_HEX);
    let name = vm.heap.intern(FROM_HEX.name());
    let _ = class.set_member(name, function);
    vm.add_builtin("float", class.value());
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(x) = args.given(1) else { return Ok(Value::float(0.0)) };
    if x.is_float() {
        return Ok(x);
    }
    if vm.int_of(x).is_some() {
        return Ok(Value::float(vm.expect_float(x)?));
    }
    if let Some(b) = x.as_bool() {
        return Ok(Value::float(f64::from(u8::from(b))));
    }
    let (parsed, shown) = if let Some(string) = x.as_str() {
        (parse_float(string.as_str()), repr_str(string.as_str()))
    } else if let Some(bytes) = x.as_object::<Bytes>() {
        (std::str::from_utf8(&bytes.data).ok().and_then(parse_float), repr_bytes(&bytes.data))
    } else {
        let name = vm.type_name(x);
        return Err(
            vm.type_error(format!("float() argument must be a string or a real number, not '{name}'"))
        );
    };
    match parsed {
        Some(f) => Ok(Value::float(f)),
        None => Err(vm.value_error(format!("could not convert string to float: {shown}"))),
    }
}

fn this(vm: &mut Vm, args: Args<'_>) -> Result<f64, Raised> {
    vm.expect_float(args.at(0))
}

fn is_integer(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let f = this(vm, args)?;
    Ok(Value::bool(f.is_finite() && f == f.trunc()))
}

fn as_integer_ratio(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let f = this(vm, args)?;
    if f.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if f.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    // A mantissa of 53 bits makes a whole number.
    let (mantissa, exponent) = libm::frexp(f);
    let mut numerator = BigInt::from((mantissa * (1u64 << 53) as f64) as i64);
    let mut denominator = BigInt::one();
    let exponent = exponent - 53;
    if numerator.is_zero() {
        return ratio(vm, numerator, denominator);
    }
    if exponent >= 0 {
        numerator <<= exponent;
    } else {
        let common = numerator.trailing_zeros().unwrap_or(0).min(u64::from(exponent.unsigned_abs()));
        numerator >>= common;
        denominator <<= u64::from(exponent.unsigned_abs()) - common;
    }
    ratio(vm, numerator, denominator)
}

fn ratio(vm: &mut Vm, numerator: BigInt, denominator: BigInt) -> NativeResult {
    let parts = [vm.heap.big_int(numerator), vm.heap.big_int(denominator)];
    Ok(Tuple::new(&mut vm.heap, &parts).value())
}

fn same(_: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(args.at(0))
}

fn zero(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::float(0.0))
}

fn hex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let f = this(vm, args)?;
    let text = hex_text(f);
    Ok(vm.heap.str(&text))
}

/// The float in hexadecimal.
fn hex_text(f: f64) -> String {
    if f.is_nan() {
        return "nan".to_string();
    }
    let sign = if f.is_sign_negative() { "-" } else { "" };
    if f.is_infinite() {
        return format!("{sign}inf");
    }
    if f == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = f.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i32);
    let (lead, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

fn from_hex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(string) = args.at(0).as_str() else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    match read_hex(string.as_str()) {
        Ok(f) if f.is_infinite() && !string.as_str().to_ascii_lowercase().contains("inf") => {
            Err(vm.overflow_error("hexadecimal value too large to represent as a float"))
        }
        Ok(f) => Ok(Value::float(f)),
        Err(()) => Err(vm.value_error("invalid hexadecimal floating-point string")),
    }
}

fn read_hex(text: &str) -> Result<f64, ()> {
    let text = text.trim_matches(is_space).to_ascii_lowercase();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let signed = |f: f64| if negative { -f } else { f };
    match text {
        "inf" | "infinity" => return Ok(signed(f64::INFINITY)),
        "nan" => return Ok(f64::NAN),
        _ => {}
    }
    let text = text.strip_prefix("0x").unwrap_or(text);
    let (mantissa, exponent) = match text.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(());
    }
    let value = BigInt::parse_bytes(digits.as_bytes(), 16).ok_or(())?;
    let exponent = exponent - 4 * fraction.len() as i64;
    Ok(signed(scaled(value, exponent)))
}

fn read_exponent(text: &str) -> Result<i64, ()> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    // Anything so large overflows or vanishes all the same.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// `value × 2^exponent`, rounded once.
fn scaled(value: BigInt, exponent: i64) -> f64 {
    let length = value.bits() as i64;
    if value.is_zero() || length + exponent < -1100 {
        return 0.0;
    }
    if length + exponent > 1024 {
        return f64::INFINITY;
    }
    // The last bit that a float keeps, normal or not; two more and a sticky one decide the rounding.
    let last = (length + exponent - 53).max(-1074);
    let cut = last - exponent - 3;
    let kept = if cut > 0 { &value >> cut } else { &value << -cut };
    let sticky = cut > 0 && (&kept << cut) != value;
    let kept = (kept.to_u64().unwrap_or(0) << 1) | u64::from(sticky);
    let half = 8u64;
    let mut rounded = kept & !(2 * half - 1);
    let rest = kept & (2 * half - 1);
    if rest > half || rest == half && kept & (2 * half) != 0 {
        rounded += 2 * half;
    }
    libm::scalbn(rounded as f64, (last - 4) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_exact_both_ways() {
        for f in [1.0, -1.5, 0.1, 5e-324, 2.2250738585072014e-308, f64::MAX, 123456.789, -0.0] {
            assert_eq!(read_hex(&hex_text(f)).unwrap().to_bits(), f.to_bits(), "{f}");
        }
        assert_eq!(hex_text(1.5), "0x1.8000000000000p+0");
        assert_eq!(hex_text(5e-324), "0x0.0000000000001p-1022");
        assert_eq!(read_hex("0x1.8p3"), Ok(12.0));
        assert_eq!(read_hex(" -0x.8P-1 "), Ok(-0.25));
        assert_eq!(read_hex("0x1.00000000000008p0"), Ok(1.0));
        assert_eq!(read_hex("0x1.000000000000080000001p0"), Ok(1.0000000000000002));
        assert_eq!(read_hex("0x1.fffffffffffff8p1023"), Ok(f64::INFINITY));
        assert_eq!(read_hex("0x1p-1075"), Ok(0.0));
        assert_eq!(read_hex("0x1.8p-1075"), Ok(5e-324));
        assert!(read_hex("zz").is_err() && read_hex("0x").is_err() && read_hex("0x1p").is_err());
    }
}
