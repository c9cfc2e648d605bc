//! `math`: functions of floats, and of ints in `integers`; sums in `sums`.
//!
//! The functions are the system's own, as CPython's are. What is hard is what they do with arguments outside
//! their domain: where C gives a NaN or an infinity out of ordinary numbers, Python raises.

mod integers;
mod sums;

use num_traits::ToPrimitive;

pub(super) use self::sums::{fsum, hypot, sumprod};

use super::int::from_float;
use crate::value::{Gc, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, Int, NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "math",
    doc: "Mathematical functions of ints and floats. Left out: nothing.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("acos(x, /)", "The angle whose cosine is x.", acos),
    NativeDef::new("acosh(x, /)", "The inverse hyperbolic cosine.", acosh),
    NativeDef::new("asin(x, /)", "The angle whose sine is x.", asin),
    NativeDef::new("asinh(x, /)", "The inverse hyperbolic sine.", asinh),
    NativeDef::new("atan(x, /)", "The angle whose tangent is x.", atan),
    NativeDef::new("atan2(y, x, /)", "The angle of the point (x, y).", atan2),
    NativeDef::new("atanh(x, /)", "The inverse hyperbolic tangent.", atanh),
    NativeDef::new("cbrt(x, /)", "The cube root.", cbrt),
    NativeDef::new("ceil(x, /)", "The least int that is not below x.", ceil),
    NativeDef::new("comb(n, k, /)", "How many ways there are to choose k of n things.", integers::comb),
    NativeDef::new("copysign(x, y, /)", "The size of x with the sign of y.", copysign),
    NativeDef::new("cos(x, /)", "The cosine of an angle in radians.", cos),
    NativeDef::new("cosh(x, /)", "The hyperbolic cosine.", cosh),
    NativeDef::new("degrees(x, /)", "An angle from radians to degrees.", degrees),
    NativeDef::new("dist(p, q, /)", "The distance of two points, given by their coordinates.", sums::dist),
    NativeDef::new("erf(x, /)", "The error function.", erf),
    NativeDef::new("erfc(x, /)", "1 minus the error function, exact for large x.", erfc),
    NativeDef::new("exp(x, /)", "e to the power of x.", exp),
    NativeDef::new("exp2(x, /)", "2 to the power of x.", exp2),
    NativeDef::new("expm1(x, /)", "e to the power of x, minus 1, exact for small x.", expm1),
    NativeDef::new("fabs(x, /)", "The absolute value as a float.", fabs),
    NativeDef::new("factorial(n, /)", "The product of the ints from 1 to n.", integers::factorial),
    NativeDef::new("floor(x, /)", "The greatest int that is not above x.", floor),
    NativeDef::new("fma(x, y, z, /)", "x * y + z, rounded once.", fma),
    NativeDef::new("fmod(x, y, /)", "The remainder with the sign of x.", fmod),
    NativeDef::new("frexp(x, /)", "The pair (m, e) with x == m * 2 ** e and 0.5 <= abs(m) < 1.", frexp),
    NativeDef::new("fsum(seq, /)", "The sum of floats, rounded once.", sums::fsum),
    NativeDef::new("gamma(x, /)", "The gamma function.", gamma),
    NativeDef::new("gcd(*integers)", "The greatest common divisor.", integers::gcd),
    NativeDef::new("hypot(*coordinates)", "The distance of a point from the origin.", sums::hypot),
    NativeDef::new(
        "isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        "Whether two numbers are about equal.",
        sums::isclose,
    ),
    NativeDef::new("isfinite(x, /)", "Whether x is neither infinite nor NaN.", isfinite),
    NativeDef::new("isinf(x, /)", "Whether x is infinite.", isinf),
    NativeDef::new("isnan(x, /)", "Whether x is NaN.", isnan),
    NativeDef::new("isqrt(n, /)", "The whole part of the square root of an int.", integers::isqrt),
    NativeDef::new("lcm(*integers)", "The least common multiple.", integers::lcm),
    NativeDef::new("ldexp(x, i, /)", "x * 2 ** i.", ldexp),
    NativeDef::new("lgamma(x, /)", "The logarithm of the gamma function's absolute value.", lgamma),
    NativeDef::new("log(x, base=e, /)", "The logarithm, natural or to a base.", log),
    NativeDef::new("log10(x, /)", "The logarithm to base 10.", log10),
    NativeDef::new("log1p(x, /)", "The natural logarithm of 1 + x, exact for small x.", log1p),
    NativeDef::new("log2(x, /)", "The logarithm to base 2.", log2),
    NativeDef::new("modf(x, /)", "The fraction and the whole part, both with the sign of x.", modf),
    NativeDef::new("nextafter(x, y, /, *, steps=nil)", "The next float from x towards y.", nextafter),
    NativeDef::new("perm(n, k=nil, /)", "How many ways there are to arrange k of n things.", integers::perm),
    NativeDef::new("pow(x, y, /)", "x to the power of y, as floats.", pow),
    NativeDef::new("prod(iterable, /, *, start=1)", "The product of the items.", sums::prod),
    NativeDef::new("radians(x, /)", "An angle from degrees to radians.", radians),
    NativeDef::new("remainder(x, y, /)", "The difference of x from the nearest multiple of y.", remainder),
    NativeDef::new("sin(x, /)", "The sine of an angle in radians.", sin),
    NativeDef::new("sinh(x, /)", "The hyperbolic sine.", sinh),
    NativeDef::new("sqrt(x, /)", "The square root.", sqrt),
    NativeDef::new("sumprod(p, q, /)", "The sum of the products of two sequences' items.", sums::sumprod),
    NativeDef::new("tan(x, /)", "The tangent of an angle in radians.", tan),
    NativeDef::new("tanh(x, /)", "The hyperbolic tangent.", tanh),
    NativeDef::new("trunc(x, /)", "The whole part as an int.", trunc),
    NativeDef::new("ulp(x, /)", "The value of the last bit of x.", ulp),
];

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    for (name, value) in [
        ("e", std::f64::consts::E),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
        ("pi", std::f64::consts::PI),
        ("tau", std::f64::consts::TAU),
    ] {
        let name = vm.heap.intern(name);
        module.set(name, Value::float(value));
    }
    Ok(())
}

#[cold]
fn domain_error(vm: &mut Vm) -> Raised {
    vm.value_error("math domain error")
}

#[cold]
fn range_error(vm: &mut Vm) -> Raised {
    vm.overflow_error("math range error")
}

/// A function of one float: a NaN out of none is outside the domain, an infinity out of a finite number too, or
/// else out of range.
fn unary(vm: &mut Vm, args: Args<'_>, f: fn(f64) -> f64, can_overflow: bool) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    let result = f(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow { range_error(vm) } else { domain_error(vm) });
    }
    Ok(Value::float(result))
}

macro_rules! unary_functions {
    ($($name:ident: $f:expr, $can_overflow:literal;)*) => {
        $(fn $name(vm: &mut Vm, args: Args<'_>) -> NativeResult {
            unary(vm, args, $f, $can_overflow)
        })*
    };
}

unary_functions! {
    acos: f64::acos, false;
    acosh: libm::acosh, false;
    asin: f64::asin, false;
    asinh: libm::asinh, false;
    atan: f64::atan, false;
    atanh: libm::atanh, false;
    cbrt: f64::cbrt, false;
    cos: f64::cos, false;
    cosh: f64::cosh, true;
    erf: libm::erf, false;
    erfc: libm::erfc, false;
    exp: f64::exp, true;
    exp2: f64::exp2, true;
    expm1: f64::exp_m1, true;
    fabs: f64::abs, false;
    log1p: f64::ln_1p, false;
    sin: f64::sin, false;
    sinh: f64::sinh, true;
    sqrt: f64::sqrt, false;
    tan: f64::tan, false;
    tanh: f64::tanh, false;
}

fn degrees(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::float(vm.expect_float(args.at(0))? * (180.0 / std::f64::consts::PI)))
}

fn radians(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::float(vm.expect_float(args.at(0))? * (std::f64::consts::PI / 180.0)))
}

fn two(vm: &mut Vm, args: Args<'_>) -> Result<(f64, f64), Raised> {
    let x = vm.expect_float(args.at(0))?;
    let y = vm.expect_float(args.at(1))?;
    Ok((x, y))
}

fn atan2(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (y, x) = two(vm, args)?;
    Ok(Value::float(y.atan2(x)))
}

fn copysign(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    Ok(Value::float(x.copysign(y)))
}

fn fma(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    let z = vm.expect_float(args.at(2))?;
    let result = x.mul_add(y, z);
    if result.is_nan() && ![x, y, z].into_iter().any(f64::is_nan) {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && [x, y, z].into_iter().all(f64::is_finite) {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(Value::float(result))
}

/// A remainder: a NaN out of numbers is outside the domain.
fn checked(vm: &mut Vm, x: f64, y: f64, result: f64) -> NativeResult {
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        Err(domain_error(vm))
    } else {
        Ok(Value::float(result))
    }
}

fn fmod(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    checked(vm, x, y, x % y)
}

fn remainder(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    let result = if x.is_finite() && y.is_infinite() { x } else { libm::remainder(x, y) };
    checked(vm, x, y, result)
}

fn pow(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || result.is_infinite() && x == 0.0 {
            return Err(domain_error(vm));
        }
        if result.is_infinite() {
            return Err(range_error(vm));
        }
    }
    Ok(Value::float(result))
}

fn frexp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    let (mantissa, exponent) = if x.is_finite() { libm::frexp(x) } else { (x, 0) };
    Ok(Tuple::new(&mut vm.heap, &[Value::float(mantissa), Value::int32(exponent)]).value())
}

fn ldexp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    let Some(exponent) = vm.int_of(args.at(1)) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(Value::float(x));
    }
    let limit = if exponent.is_negative() { -5000 } else { 5000 };
    let exponent = exponent.to_i64().map_or(limit, |i| i.clamp(-5000, 5000) as i32);
    let result = libm::scalbn(x, exponent);
    if result.is_infinite() { Err(range_error(vm)) } else { Ok(Value::float(result)) }
}

fn modf(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    let fraction = if x.is_infinite() { 0.0 } else { x.fract() };
    let parts = [Value::float(fraction.copysign(x)), Value::float(x.trunc())];
    Ok(Tuple::new(&mut vm.heap, &parts).value())
}

fn gamma(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    if x == f64::NEG_INFINITY || x <= 0.0 && x == x.floor() {
        return Err(domain_error(vm));
    }
    let result = libm::tgamma(x);
    if result.is_infinite() && x.is_finite() { Err(range_error(vm)) } else { Ok(Value::float(result)) }
}

fn lgamma(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?;
    if x.is_infinite() {
        return Ok(Value::float(f64::INFINITY));
    }
    if x <= 0.0 && x == x.floor() {
        return Err(domain_error(vm));
    }
    let result = libm::lgamma(x);
    if result.is_infinite() { Err(range_error(vm)) } else { Ok(Value::float(result)) }
}

/// A logarithm. An int that no float can hold is taken apart first.
fn logarithm(vm: &mut Vm, x: Value, f: fn(f64) -> f64) -> Result<f64, Raised> {
    if let Some(Int::Big(big)) = vm.int_of(x) {
        if let Some(x) = big.to_f64().filter(|x| x.is_finite() && *x > 0.0) {
            return Ok(f(x));
        }
        if big.sign() == num_bigint::Sign::Minus {
            return Err(domain_error(vm));
        }
        // As `m * 2 ** e` with 0.5 <= m < 1.
        let exponent = big.bits();
        let leading = (&big >> exponent.saturating_sub(1000)).to_f64().unwrap_or(f64::INFINITY);
        let mantissa = libm::scalbn(leading, -(exponent.min(1000) as i32));
        return Ok(f(mantissa) + f(2.0) * exponent as f64);
    }
    let x = vm.expect_float(x)?;
    if x.is_nan() || x > 0.0 { Ok(f(x)) } else { Err(domain_error(vm)) }
}

pub(super) fn log(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = logarithm(vm, args.at(0), f64::ln)?;
    let Some(base) = args.given(1) else { return Ok(Value::float(x)) };
    let base = logarithm(vm, base, f64::ln)?;
    if base == 0.0 {
        return Err(vm.error(crate::vm::Exc::ZeroDivisionError, "float division by zero"));
    }
    Ok(Value::float(x / base))
}

fn log2(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    logarithm(vm, args.at(0), f64::log2).map(Value::float)
}

fn log10(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    logarithm(vm, args.at(0), f64::log10).map(Value::float)
}

fn isfinite(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(vm.expect_float(args.at(0))?.is_finite()))
}

fn isinf(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(vm.expect_float(args.at(0))?.is_infinite()))
}

fn isnan(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(vm.expect_float(args.at(0))?.is_nan()))
}

/// An int near a number.
fn rounded(vm: &mut Vm, x: Value, f: fn(f64) -> f64) -> NativeResult {
    if vm.int_of(x).is_some() {
        return Ok(x);
    }
    let x = vm.expect_float(x)?;
    from_float(vm, f(x))
}

fn floor(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rounded(vm, args.at(0), f64::floor)
}

fn ceil(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rounded(vm, args.at(0), f64::ceil)
}

fn trunc(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = args.at(0);
    if !x.is_float() && vm.int_of(x).is_none() {
        let name = vm.type_name(x);
        return Err(vm.type_error(format!("type {name} doesn't define a trunc method")));
    }
    rounded(vm, x, f64::trunc)
}

/// A float's place among all floats in order.
fn rank(x: f64) -> i64 {
    let size = (x.to_bits() & (i64::MAX as u64)) as i64;
    if x.is_sign_negative() { -size } else { size }
}

fn nextafter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (x, y) = two(vm, args)?;
    let steps = match args.or_nil(2) {
        Value::NIL => 1,
        steps => {
            let steps = vm.expect_int(steps)?;
            if steps.is_negative() {
                return Err(vm.value_error("steps must be a non-negative integer"));
            }
            steps.to_i64().unwrap_or(i64::MAX)
        }
    };
    if x.is_nan() || y.is_nan() {
        return Ok(Value::float(f64::NAN));
    }
    if x == y {
        return Ok(Value::float(if steps == 0 { x } else { y }));
    }
    let (from, to) = (rank(x), rank(y));
    let reached =
        if from < to { from.saturating_add(steps).min(to) } else { from.saturating_sub(steps).max(to) };
    let size = f64::from_bits(reached.unsigned_abs());
    let negative = reached < 0 || reached == 0 && from < 0;
    Ok(Value::float(if reached == to && steps > 0 {
        y
    } else if negative {
        -size
    } else {
        size
    }))
}

fn ulp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = vm.expect_float(args.at(0))?.abs();
    if !x.is_finite() {
        return Ok(Value::float(x));
    }
    let next = f64::from_bits(x.to_bits() + 1);
    let unit = if next.is_finite() { next - x } else { x - f64::from_bits(x.to_bits() - 1) };
    Ok(Value::float(unit))
}
