//! Distributions of floats, and the binomial one, step by step as Python's `random.py` has them.
//!
//! What is added to and multiplied with what was drawn is left to the operators of the VM, since it may be more than a
//! float: the difference of two large ints is exact, and a span of time can be drawn too.

use std::f64::consts::{E, PI, TAU};

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use toy_grammar::ast::BinaryOp;

use super::Source;
use crate::value::Value;
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) fn random(vm: &mut Vm, source: &Source, _: Args<'_>) -> NativeResult {
    source.float(vm).map(Value::float)
}

/// The result of an operator, rooted.
fn operate(vm: &mut Vm, a: Value, op: BinaryOp, b: Value) -> NativeResult {
    let result = vm.binary(op, a, b)?;
    vm.roots.push(result);
    Ok(result)
}

/// `mean + z * width`.
fn placed(vm: &mut Vm, mean: Value, z: f64, width: Value) -> NativeResult {
    let offset = operate(vm, Value::float(z), BinaryOp::Mul, width)?;
    vm.binary(BinaryOp::Add, mean, offset)
}

fn given(args: Args<'_>, i: usize, default: f64) -> Value {
    args.given(i).unwrap_or(Value::float(default))
}

pub(super) fn uniform(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let width = operate(vm, args.at(1), BinaryOp::Sub, args.at(0))?;
    let drawn = source.float(vm)?;
    let offset = operate(vm, width, BinaryOp::Mul, Value::float(drawn))?;
    vm.binary(BinaryOp::Add, args.at(0), offset)
}

pub(super) fn triangular(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let mut u = source.float(vm)?;
    let (mut low, mut high) = (given(args, 0, 0.0), given(args, 1, 1.0));
    let mut c = 0.5;
    if let Some(mode) = args.given(2).filter(|mode| !mode.is_nil()) {
        let part = operate(vm, mode, BinaryOp::Sub, low)?;
        let width = operate(vm, high, BinaryOp::Sub, low)?;
        c = match vm.binary(BinaryOp::Div, part, width) {
            Ok(c) => vm.expect_float(c)?,
            Err(Raised(error)) if vm.is_exception(error, Exc::ZeroDivisionError) => return Ok(low),
            Err(raised) => return Err(raised),
        };
    }
    if u > c {
        u = 1.0 - u;
        c = 1.0 - c;
        (low, high) = (high, low);
    }
    let width = operate(vm, high, BinaryOp::Sub, low)?;
    if u * c < 0.0 {
        return Err(vm.value_error("math domain error"));
    }
    let offset = operate(vm, width, BinaryOp::Mul, Value::float((u * c).sqrt()))?;
    vm.binary(BinaryOp::Add, low, offset)
}

fn draw_normal(vm: &mut Vm, source: &Source) -> Result<f64, Raised> {
    let magic = 4.0 * (-0.5_f64).exp() / 2.0_f64.sqrt();
    loop {
        let u1 = source.float(vm)?;
        let u2 = 1.0 - source.float(vm)?;
        let z = magic * (u1 - 0.5) / u2;
        if z * z / 4.0 <= -u2.ln() {
            return Ok(z);
        }
    }
}

pub(super) fn normal(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let z = draw_normal(vm, source)?;
    placed(vm, given(args, 0, 0.0), z, given(args, 1, 1.0))
}

pub(super) fn log_normal(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let drawn = normal(vm, source, args)?;
    let drawn = vm.expect_float(drawn)?;
    let result = drawn.exp();
    if result.is_infinite() && drawn.is_finite() {
        return Err(vm.overflow_error("math range error"));
    }
    Ok(Value::float(result))
}

pub(super) fn gauss(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let z = match source.gauss_next.take() {
        Some(z) => z,
        None => {
            let angle = source.float(vm)? * TAU;
            let radius = (-2.0 * (1.0 - source.float(vm)?).ln()).sqrt();
            source.gauss_next.set(Some(angle.sin() * radius));
            angle.cos() * radius
        }
    };
    placed(vm, given(args, 0, 0.0), z, given(args, 1, 1.0))
}

pub(super) fn exponential(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let drawn = -(1.0 - source.float(vm)?).ln();
    vm.binary(BinaryOp::Div, Value::float(drawn), given(args, 0, 1.0))
}

pub(super) fn von_mises(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let mu = vm.expect_float(args.at(0))?;
    let kappa = vm.expect_float(args.at(1))?;
    if kappa <= 1e-6 {
        return Ok(Value::float(TAU * source.float(vm)?));
    }
    if kappa.is_nan() {
        return Err(vm.value_error("kappa must be a number"));
    }
    let s = 0.5 / kappa;
    let r = s + (1.0 + s * s).sqrt();
    let z = loop {
        let z = (PI * source.float(vm)?).cos();
        let d = z / (r + z);
        let u = source.float(vm)?;
        if u < 1.0 - d * d || u <= (1.0 - d) * d.exp() {
            break z;
        }
    };
    let q = 1.0 / r;
    let f = (q + z) / (1.0 + q * z);
    let theta = if source.float(vm)? > 0.5 { mu + f.acos() } else { mu - f.acos() };
    vm.binary(BinaryOp::Mod, Value::float(theta), Value::float(TAU))
}

fn draw_gamma(vm: &mut Vm, source: &Source, alpha: f64, beta: f64) -> Result<f64, Raised> {
    // NaN is refused as well, for which the loops would not end.
    if !(alpha > 0.0 && beta > 0.0) {
        return Err(vm.value_error("gammavariate: alpha and beta must be > 0.0"));
    }
    if alpha > 1.0 {
        let ainv = (2.0 * alpha - 1.0).sqrt();
        let bbb = alpha - 4.0_f64.ln();
        let ccc = alpha + ainv;
        let magic = 1.0 + 4.5_f64.ln();
        loop {
            vm.check_interrupt()?; // an infinite alpha would go on for ever
            let u1 = source.float(vm)?;
            if !(1e-7 < u1 && u1 < 0.9999999) {
                continue;
            }
            let u2 = 1.0 - source.float(vm)?;
            let v = (u1 / (1.0 - u1)).ln() / ainv;
            let x = alpha * v.exp();
            let z = u1 * u1 * u2;
            let r = bbb + ccc * v - x;
            if r + magic - 4.5 * z >= 0.0 || r >= z.ln() {
                return Ok(x * beta);
            }
        }
    }
    if alpha == 1.0 {
        return Ok(-(1.0 - source.float(vm)?).ln() * beta);
    }
    loop {
        let u = source.float(vm)?;
        let b = (E + alpha) / E;
        let p = b * u;
        let x = if p <= 1.0 { p.powf(1.0 / alpha) } else { -((b - p) / alpha).ln() };
        let u1 = source.float(vm)?;
        if if p > 1.0 { u1 <= x.powf(alpha - 1.0) } else { u1 <= (-x).exp() } {
            return Ok(x * beta);
        }
    }
}

fn two_floats(vm: &mut Vm, args: Args<'_>) -> Result<(f64, f64), Raised> {
    Ok((vm.expect_float(args.at(0))?, vm.expect_float(args.at(1))?))
}

pub(super) fn gamma(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let (alpha, beta) = two_floats(vm, args)?;
    draw_gamma(vm, source, alpha, beta).map(Value::float)
}

pub(super) fn beta(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let (alpha, beta) = two_floats(vm, args)?;
    let y = draw_gamma(vm, source, alpha, 1.0)?;
    if y == 0.0 {
        return Ok(Value::float(0.0));
    }
    let other = draw_gamma(vm, source, beta, 1.0)?;
    Ok(Value::float(y / (y + other)))
}

pub(super) fn pareto(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let u = 1.0 - source.float(vm)?;
    let exponent = operate(vm, Value::float(-1.0), BinaryOp::Div, args.at(0))?;
    vm.binary(BinaryOp::Pow, Value::float(u), exponent)
}

pub(super) fn weibull(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let u = 1.0 - source.float(vm)?;
    let exponent = operate(vm, Value::float(1.0), BinaryOp::Div, args.at(1))?;
    let power = operate(vm, Value::float(-u.ln()), BinaryOp::Pow, exponent)?;
    vm.binary(BinaryOp::Mul, args.at(0), power)
}

pub(super) fn binomial(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let n = match args.given(0) {
        Some(n) => vm.expect_int(n)?,
        None => crate::vm::Int::Small(1),
    };
    if n.is_negative() {
        return Err(vm.value_error("n must be non-negative"));
    }
    let p = vm.expect_float(given(args, 1, 0.5))?;
    if p == 0.0 {
        return Ok(Value::int32(0));
    }
    if p == 1.0 {
        return Ok(vm.int_value(n));
    }
    if !(p > 0.0 && p < 1.0) {
        return Err(vm.value_error("p must be in the range 0.0 <= p <= 1.0"));
    }
    let Some(n) = n.to_big().to_i128().filter(|n| *n < 1 << 100) else {
        return Err(vm.overflow_error("n is too large"));
    };
    let drawn = if p > 0.5 && n != 1 {
        n - draw_binomial(vm, source, n, 1.0 - p)?
    } else {
        draw_binomial(vm, source, n, p)?
    };
    Ok(vm.heap.big_int(BigInt::from(drawn)))
}

fn draw_binomial(vm: &mut Vm, source: &Source, n: i128, p: f64) -> Result<i128, Raised> {
    if n == 1 {
        return Ok((source.float(vm)? < p).into());
    }
    let count = n as f64;
    if count * p < 10.0 {
        let (mut x, mut y) = (0_i128, 0_i128);
        let c = (1.0 - p).log2();
        if c == 0.0 {
            return Ok(x);
        }
        loop {
            let jump = (source.float(vm)?.log2() / c).floor();
            y = y.saturating_add(jump as i128).saturating_add(1);
            if y > n {
                return Ok(x);
            }
            x += 1;
        }
    }
    let spq = (count * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * spq;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = count * p + 0.5;
    let vr = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spq;
    let lpq = (p / (1.0 - p)).ln();
    let m = ((n + 1) as f64 * p).floor();
    let h = libm::lgamma(m + 1.0) + libm::lgamma(count - m + 1.0);
    loop {
        let u = source.float(vm)? - 0.5;
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + c).floor();
        if k < 0.0 || k > count {
            continue;
        }
        let mut v = source.float(vm)?;
        if us >= 0.07 && v <= vr {
            return Ok((k as i128).min(n));
        }
        v *= alpha / (a / (us * us) + b);
        if v.ln() <= h - libm::lgamma(k + 1.0) - libm::lgamma(count - k + 1.0) + (k - m) * lpq {
            return Ok((k as i128).min(n));
        }
    }
}
