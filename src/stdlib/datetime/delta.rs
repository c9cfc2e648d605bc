//! `timedelta`: spans of time, in microseconds.
//!
//! What is hard is rounding: to the nearest microsecond, halves to even, of quotients and products that are exact until
//! then.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use toy_grammar::ast::BinaryOp;

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::classes;
use crate::heap::Tracer;
use crate::stdlib::int::from_float;
use crate::value::{Foreign, ForeignData, Gc, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) static CONSTRUCT: NativeDef = NativeDef::new(
    "timedelta(cls, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)",
    "A span of time.",
    construct,
);

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::new("total_seconds(self, /)", "The whole span in seconds.", |vm, args| {
        let us = receiver(vm, args)?;
        quotient(vm, us, SECOND.into())
    }),
    NativeDef::new("+(self, other, /)", "The sum.", |vm, args| with_delta(vm, args, |a, b| a + b)),
    NativeDef::new("-(self, other, /)", "The difference.", |vm, args| with_delta(vm, args, |a, b| a - b)),
    NativeDef::new("*(self, other, /)", "So many times the span.", times),
    NativeDef::new("rmul(self, other, /)", "So many times the span.", times),
    NativeDef::new("/(self, other, /)", "How often another span is in it, or a part of it.", divide),
    NativeDef::new("//(self, other, /)", "As `/`, rounded down.", floor_divide),
    NativeDef::new("%(self, other, /)", "What is left of it after whole other spans.", remainder),
    NativeDef::new("neg(self, /)", "The span backwards.", |vm, args| {
        let us = receiver(vm, args)?;
        make(vm, -us)
    }),
    NativeDef::new("pos(self, /)", "The span itself.", |_, args| Ok(args.at(0))),
    NativeDef::new("abs(self, /)", "The span forwards, for `abs`.", |vm, args| {
        let us = receiver(vm, args)?;
        make(vm, us.abs())
    }),
    NativeDef::new("==(self, other, /)", "Whether the spans are as long.", |vm, args| {
        compare(vm, args, |a, b| a == b)
    }),
    NativeDef::new("<(self, other, /)", "Whether it is shorter.", |vm, args| compare(vm, args, |a, b| a < b)),
    NativeDef::new("<=(self, other, /)", "Whether it is no longer.", |vm, args| {
        compare(vm, args, |a, b| a <= b)
    }),
    NativeDef::new(">(self, other, /)", "Whether it is longer.", |vm, args| compare(vm, args, |a, b| a > b)),
    NativeDef::new(">=(self, other, /)", "Whether it is no shorter.", |vm, args| {
        compare(vm, args, |a, b| a >= b)
    }),
    NativeDef::new("hash(self, /)", "A number for tables.", hash),
    NativeDef::new("bool(self, /)", "Whether it is not empty.", |vm, args| {
        Ok(Value::bool(receiver(vm, args)? != 0))
    }),
    NativeDef::new("str(self, /)", "The span as text.", text),
    NativeDef::new("repr(self, /)", "The text that makes it.", |vm, args| {
        let us = receiver(vm, args)?;
        vm.make_str(&repr_of(us))
    }),
];

pub(super) static PARTS: &[NativeDef] = &[
    NativeDef::new("days(self, /)", "The whole days, which alone may be negative.", |vm, args| {
        let (days, _, _) = parts(receiver(vm, args)?);
        Ok(vm.heap.int(days))
    }),
    NativeDef::new("seconds(self, /)", "The whole seconds beside the days.", |vm, args| {
        let (_, seconds, _) = parts(receiver(vm, args)?);
        Ok(vm.heap.int(seconds))
    }),
    NativeDef::new("microseconds(self, /)", "The microseconds beside the seconds.", |vm, args| {
        let (_, _, us) = parts(receiver(vm, args)?);
        Ok(vm.heap.int(us))
    }),
];

struct Delta(i128);

impl ForeignData for Delta {
    fn trace(&self, _: &mut Tracer) {}

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }
}

/// Days, seconds of the day, microseconds of the second.
fn parts(us: i128) -> (i64, i64, i64) {
    let days = us.div_euclid(DAY.into()) as i64;
    let rest = us.rem_euclid(DAY.into()) as i64;
    (days, rest / SECOND, rest % SECOND)
}

/// The microseconds of a span.
pub(super) fn of(value: Value) -> Option<i128> {
    value.foreign::<Delta>().map(|delta| delta.0)
}

pub(super) fn make(vm: &mut Vm, us: i128) -> NativeResult {
    let days = us.div_euclid(DAY.into());
    if i32::try_from(days).is_err() {
        return Err(too_large(vm));
    }
    if days.abs() > 999_999_999 {
        return Err(vm.overflow_error(format!("days={days}; must have magnitude <= 999999999")));
    }
    let class = classes(vm)?.delta;
    Ok(Foreign::new(&mut vm.heap, class, Delta(us)).value())
}

fn make_big(vm: &mut Vm, us: &BigInt) -> NativeResult {
    match us.to_i128() {
        Some(us) => make(vm, us),
        None => Err(too_large(vm)),
    }
}

fn too_large(vm: &mut Vm) -> Raised {
    vm.overflow_error("int too large to convert to C int")
}

/// What the arguments add up to: whole microseconds, and what is left over of floats.
#[derive(Default)]
struct Sum {
    us: BigInt,
    left_over: f64,
}

impl Sum {
    fn add(&mut self, vm: &mut Vm, value: Value, unit: i64, name: &str) -> Result<(), Raised> {
        if let Some(int) = vm.int_of(value) {
            self.us += int.to_big().as_ref() * unit;
            return Ok(());
        }
        let Some(f) = value.as_float() else {
            let class = vm.type_name(value);
            return Err(vm.type_error(format!("unsupported type for timedelta {name} component: {class}")));
        };
        let whole = from_float(vm, f.trunc())?;
        if let Some(whole) = vm.int_of(whole) {
            self.us += whole.to_big().as_ref() * unit;
        }
        if f.fract() != 0.0 {
            let part = f.fract() * unit as f64;
            self.us += part.trunc() as i64;
            self.left_over += part.fract();
        }
        Ok(())
    }

    fn total(mut self) -> BigInt {
        if self.left_over != 0.0 {
            let mut whole = self.left_over.round();
            if (whole - self.left_over).abs() == 0.5 {
                // Half a microsecond goes to whatever makes the sum even.
                let odd = if self.us.is_odd() { 1.0 } else { 0.0 };
                whole = 2.0 * ((self.left_over + odd) * 0.5).round() - odd;
            }
            self.us += whole as i64;
        }
        self.us
    }
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // In the order in which Python adds them up: what is left over of floats depends on it.
    const UNITS: [(usize, &str, i64); 7] = [
        (3, "microseconds", 1),
        (4, "milliseconds", 1000),
        (2, "seconds", SECOND),
        (5, "minutes", MINUTE),
        (6, "hours", HOUR),
        (1, "days", DAY),
        (7, "weeks", 7 * DAY),
    ];
    let mut sum = Sum::default();
    for (at, name, unit) in UNITS {
        if let Some(value) = args.given(at) {
            sum.add(vm, value, unit, name)?;
        }
    }
    make_big(vm, &sum.total())
}

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<i128, Raised> {
    of(args.at(0)).ok_or_else(|| vm.type_error("the receiver is of another type"))
}

fn with_delta(vm: &mut Vm, args: Args<'_>, f: fn(i128, i128) -> i128) -> NativeResult {
    let a = receiver(vm, args)?;
    match of(args.at(1)) {
        Some(b) => make(vm, f(a, b)),
        None => Ok(vm.not_implemented),
    }
}

fn compare(vm: &mut Vm, args: Args<'_>, f: fn(i128, i128) -> bool) -> NativeResult {
    let a = receiver(vm, args)?;
    match of(args.at(1)) {
        Some(b) => Ok(Value::bool(f(a, b))),
        None => Ok(vm.not_implemented),
    }
}

/// A float as numerator and denominator.
fn ratio(vm: &mut Vm, f: f64) -> Result<(BigInt, BigInt), Raised> {
    if f.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if f.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = libm::frexp(f);
    // 53 bits are whole after that.
    let whole = BigInt::from((mantissa * 9_007_199_254_740_992.0) as i64);
    let exponent = i64::from(exponent) - 53;
    Ok(if exponent >= 0 {
        (whole << exponent as u64, BigInt::one())
    } else {
        (whole, BigInt::one() << (-exponent) as u64)
    })
}

/// A quotient of ints, to the nearest one, halves to even.
fn nearest(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let (quotient, rest) = numerator.div_mod_floor(denominator);
    let twice: BigInt = rest.abs() * 2;
    let limit = denominator.abs();
    if twice > limit || twice == limit && quotient.is_odd() { quotient + 1 } else { quotient }
}

fn times(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let us = BigInt::from(receiver(vm, args)?);
    if let Some(f) = args.at(1).as_float() {
        let (numerator, denominator) = ratio(vm, f)?;
        return make_big(vm, &nearest(&(us * numerator), &denominator));
    }
    match vm.int_of(args.at(1)) {
        Some(n) => make_big(vm, &(us * n.to_big().as_ref())),
        None => Ok(vm.not_implemented),
    }
}

fn zero_division(vm: &mut Vm, message: &str) -> Raised {
    vm.error(Exc::ZeroDivisionError, message)
}

const BY_ZERO: &str = "integer division or modulo by zero";

/// An exact quotient as a float.
fn quotient(vm: &mut Vm, a: i128, b: i128) -> NativeResult {
    let a = vm.heap.big_int(BigInt::from(a));
    vm.rooted(&[a], |vm| {
        let b = vm.heap.big_int(BigInt::from(b));
        vm.rooted(&[b], |vm| vm.binary(BinaryOp::Div, a, b))
    })
}

fn divide(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let us = receiver(vm, args)?;
    if let Some(other) = of(args.at(1)) {
        return quotient(vm, us, other);
    }
    let (numerator, denominator) = match (args.at(1).as_float(), vm.int_of(args.at(1))) {
        (Some(f), _) => ratio(vm, f)?,
        (_, Some(n)) => (n.to_big().into_owned(), BigInt::one()),
        _ => return Ok(vm.not_implemented),
    };
    if numerator.is_zero() {
        return Err(zero_division(vm, BY_ZERO));
    }
    make_big(vm, &nearest(&(denominator * us), &numerator))
}

fn floor_divide(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let us = receiver(vm, args)?;
    match (of(args.at(1)), vm.int_of(args.at(1))) {
        (Some(0), _) => Err(zero_division(vm, BY_ZERO)),
        (Some(other), _) => Ok(vm.heap.big_int(BigInt::from(Integer::div_floor(&us, &other)))),
        (_, Some(n)) if n.to_big().is_zero() => Err(zero_division(vm, BY_ZERO)),
        (_, Some(n)) => make_big(vm, &BigInt::from(us).div_floor(&n.to_big())),
        _ => Ok(vm.not_implemented),
    }
}

fn remainder(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let us = receiver(vm, args)?;
    match of(args.at(1)) {
        Some(0) => Err(zero_division(vm, "integer modulo by zero")),
        Some(other) => make(vm, Integer::mod_floor(&us, &other)),
        None => Ok(vm.not_implemented),
    }
}

fn hash(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (days, seconds, us) = parts(receiver(vm, args)?);
    let items = [days, seconds, us].map(|n| vm.heap.int(n));
    let tuple = Tuple::new(&mut vm.heap, &items).value();
    let hash = vm.hash(tuple)?;
    Ok(vm.heap.int(hash as i64))
}

fn text(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (days, seconds, us) = parts(receiver(vm, args)?);
    let mut text = String::new();
    if days != 0 {
        text = format!("{days} day{}, ", if days.abs() == 1 { "" } else { "s" });
    }
    text += &format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if us != 0 {
        text += &format!(".{us:06}");
    }
    vm.make_str(&text)
}

pub(super) fn repr_of(us: i128) -> String {
    let (days, seconds, us) = parts(us);
    let named: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", us)]
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    let named = if named.is_empty() { "0".to_string() } else { named.join(", ") };
    format!("datetime.timedelta({named})")
}
