//! `statistics`: averages, spread, and how two rows of numbers are related.
//!
//! Means and variances are exact sums (`exact.rs`), rounded once. `order.rs` has what comes from sorting and counting,
//! `relation.rs` what is about pairs, `normal.rs` the normal distribution.

mod exact;
mod normal;
mod order;
mod relation;

use std::cell::Cell;

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use toy_grammar::ast::BinaryOp;

use self::exact::{Exact, Total};
use super::math;
use crate::heap::Tracer;
use crate::value::{Class, Gc, Layout, List, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "statistics",
    doc: "Averages, spread, and relations of numbers. Numbers are ints and floats. Left out: `kde` and `kde_random`.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "correlation(x, y, /, *, method='linear')",
        "How much two rows of numbers go together, from -1 to 1: Pearson's coefficient, or Spearman's for the method \
         'ranked'.",
        relation::correlation,
    ),
    NativeDef::new("covariance(x, y, /)", "How two rows of numbers vary together.", relation::covariance),
    NativeDef::new("fmean(data, weights=nil)", "The mean as a float, perhaps a weighted one.", fmean),
    NativeDef::new("geometric_mean(data)", "The root of the product.", geometric_mean),
    NativeDef::new(
        "harmonic_mean(data, weights=nil)",
        "The reciprocal of the mean of the reciprocals.",
        harmonic_mean,
    ),
    NativeDef::new(
        "linear_regression(x, y, /, *, proportional=false)",
        "The line that fits points best, as a tuple of `slope` and `intercept`.",
        relation::linear_regression,
    ),
    NativeDef::new("mean(data)", "The sum over the number of items.", mean),
    NativeDef::new("median(data)", "The item in the middle, or the mean of the two there.", order::median),
    NativeDef::new(
        "median_grouped(data, interval=1.0)",
        "The median of data in groups that are `interval` wide, as if evenly spread in each.",
        order::median_grouped,
    ),
    NativeDef::new(
        "median_high(data)",
        "The item in the middle, or the greater of the two there.",
        order::median_high,
    ),
    NativeDef::new(
        "median_low(data)",
        "The item in the middle, or the lesser of the two there.",
        order::median_low,
    ),
    NativeDef::new("mode(data)", "The item that occurs most often, the first of several.", order::mode),
    NativeDef::new("multimode(data)", "A list of the items that occur most often.", order::multimode),
    NativeDef::new("pstdev(data, mu=nil)", "The standard deviation of a whole population.", pstdev),
    NativeDef::new("pvariance(data, mu=nil)", "The variance of a whole population.", pvariance),
    NativeDef::new(
        "quantiles(data, *, n=4, method='exclusive')",
        "The n - 1 places that divide the data into n parts of equal size.",
        order::quantiles,
    ),
    NativeDef::new("stdev(data, xbar=nil)", "The standard deviation that a sample tells of.", stdev),
    NativeDef::new("variance(data, xbar=nil)", "The variance that a sample tells of.", variance),
];

/// The module's classes.
#[derive(Default)]
struct Classes(Cell<Option<ClassTable>>);

#[derive(Clone, Copy)]
struct ClassTable {
    error: Gc<Class>,
    normal: Gc<Class>,
    regression: Gc<Class>,
}

impl StdlibState for Classes {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(table) = self.0.get() {
            for class in [table.error, table.normal, table.regression] {
                tracer.mark(class.value());
            }
        }
    }
}

fn classes(vm: &mut Vm) -> ClassTable {
    let state = vm.state::<Classes>();
    if let Some(table) = state.0.get() {
        return table;
    }
    let name = vm.heap.intern("StatisticsError");
    let base = vm.exception_class(Exc::ValueError);
    let error = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
    vm.describe(error, "What is raised for numbers that have no such average.");
    let fields = ["slope", "intercept"].map(|field| vm.heap.intern(field).value());
    let regression = super::namedtuple::new_class(vm, "LinearRegression", &fields, &[]);
    let table = ClassTable { error, normal: normal::new_class(vm), regression };
    state.0.set(Some(table));
    table
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let table = classes(vm);
    table.error.module.set(module.value());
    for class in [table.error, table.normal] {
        module.set(class.name.get(), class.value());
    }
    Ok(())
}

#[cold]
fn error(vm: &mut Vm, message: &str) -> Raised {
    let message = vm.heap.str(message);
    let class = classes(vm).error;
    Raised(vm.new_exception(class, &[message]).value())
}

/// Of optional arguments, nil is as good as none.
fn given(args: Args<'_>, i: usize) -> Option<Value> {
    args.given(i).filter(|value| !value.is_nil())
}

/// A list, rooted, of data that is gone through more than once.
fn listed(vm: &mut Vm, data: Value) -> Result<Gc<List>, Raised> {
    let list = vm.list_from(data)?;
    vm.roots.push(list.value());
    Ok(list)
}

/// Runs a function that leaves values on `vm.roots`.
fn rooting(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> NativeResult) -> NativeResult {
    let mark = vm.roots.len();
    let result = f(vm);
    vm.roots.truncate(mark);
    result
}

/// `a op b`, rooted.
fn operate(vm: &mut Vm, a: Value, op: BinaryOp, b: Value) -> NativeResult {
    let result = vm.binary(op, a, b)?;
    vm.roots.push(result);
    Ok(result)
}

fn mean(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut sum = Exact::default();
    sum.add_all(vm, args.at(0))?;
    if sum.count == 0 {
        return Err(error(vm, "mean requires at least one data point"));
    }
    sum.total().over(sum.count).value(vm, sum.any_float)
}

fn fmean(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rooting(vm, |vm| {
        let data = listed(vm, args.at(0))?;
        let Some(weights) = given(args, 1) else {
            let total = math::fsum(vm, Args::new(&[data.value()]))?;
            return match (data.items.len(), total.as_float()) {
                (count, Some(total)) if count > 0 => Ok(Value::float(total / count as f64)),
                _ => Err(error(vm, "fmean requires at least one data point")),
            };
        };
        let weights = listed(vm, weights)?;
        if data.items.len() != weights.items.len() {
            return Err(error(vm, "data and weights must be the same length"));
        }
        let sum = math::sumprod(vm, Args::new(&[data.value(), weights.value()]))?;
        vm.roots.push(sum);
        let total = math::fsum(vm, Args::new(&[weights.value()]))?;
        if total == Value::float(0.0) {
            return Err(error(vm, "sum of weights must be non-zero"));
        }
        vm.binary(BinaryOp::Div, sum, total)
    })
}

fn geometric_mean(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let logarithms = List::new(&mut vm.heap, Vec::new());
    let mut count = 0_usize;
    let mut found_zero = false;
    let total = vm.rooted(&[logarithms.value()], |vm| {
        vm.for_each(args.at(0), |vm, item| {
            count += 1;
            let zero = Value::float(0.0);
            if vm.gt(item, zero)? || item.as_float().is_some_and(f64::is_nan) {
                let logarithm = math::log(vm, Args::new(&[item]))?;
                vm.list_push(logarithms, logarithm)?;
            } else if vm.eq(item, zero)? {
                found_zero = true;
            } else {
                let message = vm.heap.str("No negative inputs allowed");
                let class = classes(vm).error;
                return Err(Raised(vm.new_exception(class, &[message, item]).value()));
            }
            Ok(true)
        })?;
        math::fsum(vm, Args::new(&[logarithms.value()]))
    })?;
    let total = vm.expect_float(total)?;
    if count == 0 {
        return Err(error(vm, "Must have a non-empty dataset"));
    }
    Ok(Value::float(match total {
        total if total.is_nan() => f64::NAN,
        total if found_zero => {
            if total == f64::INFINITY {
                f64::NAN
            } else {
                0.0
            }
        }
        total => (total / count as f64).exp(),
    }))
}

const NEGATIVE: &str = "harmonic mean does not support negative values";

fn harmonic_mean(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rooting(vm, |vm| {
        let data = listed(vm, args.at(0))?;
        let count = data.items.len();
        let Some(first) = data.items.get(0) else {
            return Err(error(vm, "harmonic_mean requires at least one data point"));
        };
        let weights = match given(args, 1) {
            Some(weights) => Some(listed(vm, weights)?),
            None => None,
        };
        if count == 1 && weights.is_none() {
            if vm.int_of(first).is_none() && first.as_float().is_none() {
                return Err(vm.type_error("unsupported type"));
            }
            if vm.lt(first, Value::int32(0))? {
                return Err(error(vm, NEGATIVE));
            }
            return Ok(first);
        }
        let mut weight_sum = Exact::default();
        if let Some(weights) = weights {
            if weights.items.len() != count {
                return Err(error(vm, "Number of weights does not match data size"));
            }
            for weight in weights.items.to_vec() {
                if vm.lt(weight, Value::int32(0))? {
                    return Err(error(vm, NEGATIVE));
                }
                weight_sum.add(vm, weight)?;
            }
        }
        let mut sum = Exact::default();
        for i in 0..count {
            let Some(x) = data.items.get(i) else { break };
            if vm.lt(x, Value::int32(0))? {
                return Err(error(vm, NEGATIVE));
            }
            let weight = weights.map_or(Some(Value::int32(1)), |weights| weights.items.get(i));
            let weight = weight.unwrap_or(Value::int32(0));
            if !vm.truth(weight)? {
                sum.add(vm, Value::int32(0))?;
                continue;
            }
            match vm.binary(BinaryOp::Div, weight, x) {
                Ok(part) => sum.add(vm, part)?,
                Err(Raised(raised)) if vm.is_exception(raised, Exc::ZeroDivisionError) => {
                    return Ok(Value::int32(0));
                }
                Err(raised) => return Err(raised),
            }
        }
        let weight_total = match weights {
            Some(_) => weight_sum.total(),
            None => Total::Ratio(BigInt::from(count), BigInt::from(1)),
        };
        match (weight_total, sum.total()) {
            (_, Total::Ratio(total, _)) if !total.is_positive() => {
                Err(error(vm, "Weighted sum must be positive"))
            }
            (_, Total::Special(total)) if total <= 0.0 => Err(error(vm, "Weighted sum must be positive")),
            (Total::Ratio(w, of_w), Total::Ratio(total, of_total)) => {
                Total::Ratio(w * of_total, of_w * total).value(vm, sum.any_float)
            }
            (weights, total) => {
                let weights = weights.value(vm, true)?;
                let total = total.value(vm, true)?;
                vm.binary(BinaryOp::Div, weights, total)
            }
        }
    })
}

/// The squared differences from the mean or from `center`: whether any number is a float, their sum, the mean as a
/// sum with the count that it is to be divided by.
struct Spread {
    any_float: bool,
    squares: Total,
    sum: Total,
    count: usize,
}

fn spread(vm: &mut Vm, data: Value, center: Option<Value>) -> Result<Spread, Raised> {
    let Some(center) = center else {
        let mut sum = Exact::with_squares();
        sum.add_all(vm, data)?;
        let (squares, total) = (sum.squared_differences(), sum.total());
        return Ok(Spread { any_float: sum.any_float, squares, sum: total, count: sum.count });
    };
    let mut sum = Exact::default();
    vm.for_each(data, |vm, item| {
        let mark = vm.roots.len();
        let difference = operate(vm, item, BinaryOp::Sub, center)?;
        let square = operate(vm, difference, BinaryOp::Mul, difference)?;
        sum.add(vm, square)?;
        vm.roots.truncate(mark);
        Ok(true)
    })?;
    let total = sum.total();
    Ok(Spread {
        any_float: sum.any_float,
        squares: total,
        sum: Total::Ratio(BigInt::zero(), BigInt::from(1)),
        count: sum.count,
    })
}

/// What the four functions have in common: the squared differences over the count less `less`.
fn mean_square(vm: &mut Vm, args: Args<'_>, less: usize, name: &str) -> Result<(Total, bool), Raised> {
    let mark = vm.roots.len();
    let spread = spread(vm, args.at(0), given(args, 1));
    vm.roots.truncate(mark);
    let spread = spread?;
    if spread.count <= less {
        let points = if less == 0 { "one data point" } else { "two data points" };
        return Err(error(vm, &format!("{name} requires at least {points}")));
    }
    Ok((spread.squares.over(spread.count - less), spread.any_float))
}

fn variance(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (square, float) = mean_square(vm, args, 1, "variance")?;
    square.value(vm, float)
}

fn pvariance(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (square, float) = mean_square(vm, args, 0, "pvariance")?;
    square.value(vm, float)
}

fn stdev(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (square, _) = mean_square(vm, args, 1, "stdev")?;
    square.root(vm)
}

fn pstdev(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (square, _) = mean_square(vm, args, 0, "pstdev")?;
    square.root(vm)
}
