//! `NormalDist`: a normal distribution, to be asked and calculated with.

use std::f64::consts::{SQRT_2, TAU};

use toy_grammar::ast::BinaryOp;

use super::exact::Total;
use super::order::to_float;
use super::{classes, error, spread};
use crate::heap::Tracer;
use crate::stdlib::{math, random};
use crate::text::numbers::repr_float;
use crate::value::{Class, Foreign, ForeignData, Gc, List, NativeDef, Property, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

static CONSTRUCT: NativeDef = NativeDef::new(
    "NormalDist(cls, mu=0.0, sigma=1.0)",
    "A normal distribution with a mean and a standard deviation.",
    construct,
);
static FROM_SAMPLES: NativeDef =
    NativeDef::new("from_samples(data)", "The distribution that a sample tells of.", from_samples);
static METHODS: &[NativeDef] = &[
    NativeDef::new("cdf(self, x)", "How likely a number up to x is.", cdf),
    NativeDef::new(
        "inv_cdf(self, p)",
        "The number that those drawn do not exceed with probability p.",
        inv_cdf,
    ),
    NativeDef::new(
        "overlap(self, other)",
        "How much two distributions have in common, from 0 to 1.",
        overlap,
    ),
    NativeDef::new("pdf(self, x)", "How dense numbers are around x.", pdf),
    NativeDef::new(
        "quantiles(self, n=4)",
        "The n - 1 places that divide it into n equally likely parts.",
        quantiles,
    ),
    NativeDef::new("samples(self, n, *, seed=nil)", "A list of n numbers drawn from it.", samples),
    NativeDef::new("zscore(self, x)", "How many standard deviations x is above the mean.", zscore),
    NativeDef::new("+(self, other, /)", "Moved by a number, or the sum of what both draw.", add),
    NativeDef::new("radd(self, other, /)", "Moved by a number.", add),
    NativeDef::new("-(self, other, /)", "Moved by a number, or the difference of what both draw.", subtract),
    NativeDef::new("rsub(self, other, /)", "A number less what is drawn.", |vm, args| {
        let moved = subtract(vm, args)?;
        vm.rooted(&[moved], |vm| negate(vm, Args::new(&[moved])))
    }),
    NativeDef::new("*(self, other, /)", "Scaled by a number.", |vm, args| scale(vm, args, BinaryOp::Mul)),
    NativeDef::new("rmul(self, other, /)", "Scaled by a number.", |vm, args| scale(vm, args, BinaryOp::Mul)),
    NativeDef::new("/(self, other, /)", "Scaled down by a number.", |vm, args| {
        scale(vm, args, BinaryOp::Div)
    }),
    NativeDef::new("pos(self, /)", "The same distribution.", |vm, args| {
        let (mu, sigma) = receiver(vm, args)?;
        Ok(make(vm, mu, sigma))
    }),
    NativeDef::new("neg(self, /)", "The distribution mirrored at 0.", negate),
    NativeDef::new("==(self, other, /)", "Whether mean and deviation are equal.", |vm, args| {
        let own = receiver(vm, args)?;
        Ok(match args.at(1).foreign::<Normal>() {
            Some(other) => Value::bool(own == (other.mu, other.sigma)),
            None => vm.not_implemented,
        })
    }),
    NativeDef::new("hash(self, /)", "A number for tables.", |vm, args| {
        let (mu, sigma) = receiver(vm, args)?;
        let pair = Tuple::new(&mut vm.heap, &[Value::float(mu), Value::float(sigma)]).value();
        let hash = vm.hash(pair)?;
        Ok(vm.heap.int(hash as i64))
    }),
    NativeDef::new("repr(self, /)", "The text that makes it.", |vm, args| {
        let (mu, sigma) = receiver(vm, args)?;
        let text = format!("NormalDist(mu={}, sigma={})", repr_float(mu), repr_float(sigma));
        vm.make_str(&text)
    }),
];
static MEAN: NativeDef = NativeDef::new("mean(self, /)", "The mean.", |vm, args| {
    receiver(vm, args).map(|(mu, _)| Value::float(mu))
});
static MEDIAN: NativeDef = NativeDef::new("median(self, /)", "The median, which is the mean.", MEAN.function);
static MODE: NativeDef =
    NativeDef::new("mode(self, /)", "The likeliest number, which is the mean.", MEAN.function);
static STDEV: NativeDef = NativeDef::new("stdev(self, /)", "The standard deviation.", |vm, args| {
    receiver(vm, args).map(|(_, sigma)| Value::float(sigma))
});
static VARIANCE: NativeDef =
    NativeDef::new("variance(self, /)", "The square of the standard deviation.", |vm, args| {
        receiver(vm, args).map(|(_, sigma)| Value::float(sigma * sigma))
    });

struct Normal {
    mu: f64,
    sigma: f64,
}

impl ForeignData for Normal {
    fn trace(&self, _: &mut Tracer) {}

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }
}

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("NormalDist", METHODS);
    class.construct.set(Some(&CONSTRUCT));
    for def in [&MEAN, &MEDIAN, &MODE, &STDEV, &VARIANCE] {
        let getter = vm.native(def);
        let property = Property::new(&mut vm.heap, getter, Value::NIL, Value::NIL).value();
        let name = vm.heap.intern(def.name());
        let _ = class.set_member(name, property);
    }
    let name = vm.heap.intern(FROM_SAMPLES.name());
    let native = vm.native(&FROM_SAMPLES);
    let _ = class.set_member(name, native);
    class
}

fn make(vm: &mut Vm, mu: f64, sigma: f64) -> Value {
    let class = classes(vm).normal;
    Foreign::new(&mut vm.heap, class, Normal { mu, sigma }).value()
}

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<(f64, f64), Raised> {
    match args.at(0).foreign::<Normal>() {
        Some(normal) => Ok((normal.mu, normal.sigma)),
        None => Err(vm.type_error("the receiver is of another type")),
    }
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sigma = args.given(2).unwrap_or(Value::float(1.0));
    if vm.lt(sigma, Value::float(0.0))? {
        return Err(error(vm, "sigma must be non-negative"));
    }
    let mu = to_float(vm, args.given(1).unwrap_or(Value::float(0.0)))?;
    let sigma = to_float(vm, sigma)?;
    Ok(make(vm, mu, sigma))
}

fn from_samples(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let spread = spread(vm, args.at(0), None)?;
    if spread.count < 2 {
        return Err(error(vm, "stdev requires at least two data points"));
    }
    let (mu, sigma) = match (spread.sum, spread.squares) {
        (Total::Special(sum), Total::Special(squares)) => (sum, sum / squares),
        (sum, squares) => {
            let mu = sum.over(spread.count).value(vm, true)?;
            let sigma = squares.over(spread.count - 1).root(vm)?;
            (vm.expect_float(mu)?, vm.expect_float(sigma)?)
        }
    };
    Ok(make(vm, mu, sigma))
}

/// `x - mu` for any number.
fn above_mean(vm: &mut Vm, x: Value, mu: f64) -> Result<f64, Raised> {
    let difference = vm.binary(BinaryOp::Sub, x, Value::float(mu))?;
    vm.expect_float(difference)
}

fn cdf_at(mu: f64, sigma: f64, x: f64) -> f64 {
    0.5 * (1.0 + libm::erf((x - mu) / (sigma * SQRT_2)))
}

fn pdf(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    let variance = sigma * sigma;
    if variance == 0.0 {
        return Err(error(vm, "pdf() not defined when sigma is zero"));
    }
    let difference = above_mean(vm, args.at(1), mu)?;
    Ok(Value::float((difference * difference / (-2.0 * variance)).exp() / (TAU * variance).sqrt()))
}

fn cdf(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    if sigma == 0.0 {
        return Err(error(vm, "cdf() not defined when sigma is zero"));
    }
    let difference = above_mean(vm, args.at(1), mu)?;
    Ok(Value::float(0.5 * (1.0 + libm::erf(difference / (sigma * SQRT_2)))))
}

fn zscore(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    if sigma == 0.0 {
        return Err(error(vm, "zscore() not defined when sigma is zero"));
    }
    Ok(Value::float(above_mean(vm, args.at(1), mu)? / sigma))
}

fn inv_cdf(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    if vm.le(args.at(1), Value::float(0.0))? || vm.ge(args.at(1), Value::float(1.0))? {
        return Err(error(vm, "p must be in the range 0.0 < p < 1.0"));
    }
    let p = vm.expect_float(args.at(1))?;
    Ok(Value::float(quantile(p, mu, sigma)))
}

fn quantiles(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    let n = args.given(1).map_or(Ok(4), |n| vm.expect_index(n))?.max(1);
    vm.reserve((n as usize).saturating_mul(size_of::<Value>()))?;
    let places = (1..n).map(|i| Value::float(quantile(i as f64 / n as f64, mu, sigma))).collect();
    Ok(List::new(&mut vm.heap, places).value())
}

fn samples(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    let n = vm.expect_index(args.at(1))?;
    let drawn = random::floats(vm, args.or_nil(2), usize::try_from(n).unwrap_or(0))?;
    let drawn = drawn.into_iter().map(|p| Value::float(quantile(p, mu, sigma))).collect();
    Ok(List::new(&mut vm.heap, drawn).value())
}

fn overlap(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mut x, mut y) = (
        receiver(vm, args)?,
        match args.at(1).foreign::<Normal>() {
            Some(other) => (other.mu, other.sigma),
            None => return Err(vm.type_error("Expected another NormalDist instance")),
        },
    );
    if (y.1, y.0) < (x.1, x.0) {
        (x, y) = (y, x);
    }
    let (x_variance, y_variance) = (x.1 * x.1, y.1 * y.1);
    if x_variance == 0.0 || y_variance == 0.0 {
        return Err(error(vm, "overlap() not defined when sigma is zero"));
    }
    let dv = y_variance - x_variance;
    let dm = (y.0 - x.0).abs();
    if dv == 0.0 {
        return Ok(Value::float(1.0 - libm::erf(dm / (2.0 * x.1 * SQRT_2))));
    }
    let a = x.0 * y_variance - y.0 * x_variance;
    let b = x.1 * y.1 * (dm * dm + dv * (y_variance / x_variance).ln()).sqrt();
    let between = |at: f64| (cdf_at(y.0, y.1, at) - cdf_at(x.0, x.1, at)).abs();
    Ok(Value::float(1.0 - (between((a + b) / dv) + between((a - b) / dv))))
}

fn add(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    moved(vm, args, BinaryOp::Add)
}

fn subtract(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    moved(vm, args, BinaryOp::Sub)
}

fn moved(vm: &mut Vm, args: Args<'_>, op: BinaryOp) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    let (other, sigma) = match args.at(1).foreign::<Normal>() {
        Some(other) => {
            let sigma = math::hypot(vm, Args::new(&[Value::float(sigma), Value::float(other.sigma)]))?;
            (Value::float(other.mu), vm.expect_float(sigma)?)
        }
        None => (args.at(1), sigma),
    };
    let mu = vm.binary(op, Value::float(mu), other)?;
    let mu = vm.rooted(&[mu], |vm| to_float(vm, mu))?;
    Ok(make(vm, mu, sigma))
}

fn scale(vm: &mut Vm, args: Args<'_>, op: BinaryOp) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    let mu = vm.binary(op, Value::float(mu), args.at(1))?;
    let mu = vm.rooted(&[mu], |vm| to_float(vm, mu))?;
    let factor = vm.expect_float(args.at(1))?.abs();
    Ok(match op {
        BinaryOp::Mul => make(vm, mu, sigma * factor),
        _ if factor == 0.0 => return Err(vm.error(Exc::ZeroDivisionError, "float division by zero")),
        _ => make(vm, mu, sigma / factor),
    })
}

fn negate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (mu, sigma) = receiver(vm, args)?;
    Ok(make(vm, -mu, sigma))
}

/// A polynomial, its highest coefficient first.
fn polynomial(coefficients: &[f64], r: f64) -> f64 {
    coefficients.iter().skip(1).fold(coefficients.first().copied().unwrap_or(0.0), |sum, c| sum * r + c)
}

/// Wichura's approximation AS241 of the inverse of the cumulative distribution function.
fn quantile(p: f64, mu: f64, sigma: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        let x = polynomial(&MIDDLE.0, r) * q / polynomial(&MIDDLE.1, r);
        return mu + x * sigma;
    }
    let r = (-(if q <= 0.0 { p } else { 1.0 - p }).ln()).sqrt();
    let (r, (above, below)) = if r <= 5.0 { (r - 1.6, &NEAR) } else { (r - 5.0, &FAR) };
    let x = polynomial(above, r) / polynomial(below, r);
    let x = if q < 0.0 { -x } else { x };
    mu + x * sigma
}

#[allow(clippy::excessive_precision)] // as published
static MIDDLE: ([f64; 8], [f64; 8]) = (
    [
        2.50908_09287_30122_6727e+3,
        3.34305_75583_58812_8105e+4,
        6.72657_70927_00870_0853e+4,
        4.59219_53931_54987_1457e+4,
        1.37316_93765_50946_1125e+4,
        1.97159_09503_06551_4427e+3,
        1.33141_66789_17843_7745e+2,
        3.38713_28727_96366_6080e+0,
    ],
    [
        5.22649_52788_52854_5610e+3,
        2.87290_85735_72194_2674e+4,
        3.93078_95800_09271_0610e+4,
        2.12137_94301_58659_5867e+4,
        5.39419_60214_24751_1077e+3,
        6.87187_00749_20579_0830e+2,
        4.23133_30701_60091_1252e+1,
        1.0,
    ],
);
#[allow(clippy::excessive_precision)] // as published
static NEAR: ([f64; 8], [f64; 8]) = (
    [
        7.74545_01427_83414_07640e-4,
        2.27238_44989_26918_45833e-2,
        2.41780_72517_74506_11770e-1,
        1.27045_82524_52368_38258e+0,
        3.64784_83247_63204_60504e+0,
        5.76949_72214_60691_40550e+0,
        4.63033_78461_56545_29590e+0,
        1.42343_71107_49683_57734e+0,
    ],
    [
        1.05075_00716_44416_84324e-9,
        5.47593_80849_95344_94600e-4,
        1.51986_66563_61645_71966e-2,
        1.48103_97642_74800_74590e-1,
        6.89767_33498_51000_04550e-1,
        1.67638_48301_83803_84940e+0,
        2.05319_16266_37758_82187e+0,
        1.0,
    ],
);
#[allow(clippy::excessive_precision)] // as published
static FAR: ([f64; 8], [f64; 8]) = (
    [
        2.01033_43992_92288_13265e-7,
        2.71155_55687_43487_57815e-5,
        1.24266_09473_88078_43860e-3,
        2.65321_89526_57612_30930e-2,
        2.96560_57182_85048_91230e-1,
        1.78482_65399_17291_33580e+0,
        5.46378_49111_64114_36990e+0,
        6.65790_46435_01103_77720e+0,
    ],
    [
        2.04426_31033_89939_78564e-15,
        1.42151_17583_16445_88870e-7,
        1.84631_83175_10054_68180e-5,
        7.86869_13114_56132_59100e-4,
        1.48753_61290_85061_48525e-2,
        1.36929_88092_27358_05310e-1,
        5.99832_20655_58879_37690e-1,
        1.0,
    ],
);
