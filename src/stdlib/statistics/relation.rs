//! How two rows of numbers are related.

use toy_grammar::ast::BinaryOp;

use super::{classes, error, listed, rooting};
use crate::stdlib::math;
use crate::stdlib::sort::sort_list;
use crate::value::{List, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

/// The common length of both rows.
fn common_length(vm: &mut Vm, args: Args<'_>, name: &str) -> Result<usize, Raised> {
    let len = vm.len(args.at(0))?;
    if vm.len(args.at(1))? != len {
        return Err(error(vm, &format!("{name} requires that both inputs have same number of data points")));
    }
    if len < 2 {
        return Err(error(vm, &format!("{name} requires at least two data points")));
    }
    Ok(len)
}

/// The differences from the mean, in a list that is rooted, and the mean.
fn centered(vm: &mut Vm, data: Value, len: usize) -> Result<(Value, f64), Raised> {
    let total = math::fsum(vm, Args::new(&[data]))?;
    let mean = vm.expect_float(total)? / len as f64;
    let differences = List::new(&mut vm.heap, Vec::new());
    vm.roots.push(differences.value());
    vm.for_each(data, |vm, item| {
        let difference = vm.expect_float(item)? - mean;
        vm.list_push(differences, Value::float(difference))?;
        Ok(true)
    })?;
    Ok((differences.value(), mean))
}

/// The sum of the products, rooted.
fn products(vm: &mut Vm, x: Value, y: Value) -> NativeResult {
    let sum = math::sumprod(vm, Args::new(&[x, y]))?;
    vm.roots.push(sum);
    Ok(sum)
}

pub(super) fn covariance(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let len = common_length(vm, args, "covariance")?;
    rooting(vm, |vm| {
        let (x, _) = centered(vm, args.at(0), len)?;
        let (y, _) = centered(vm, args.at(1), len)?;
        let sum = products(vm, x, y)?;
        Ok(Value::float(vm.expect_float(sum)? / (len - 1) as f64))
    })
}

pub(super) fn correlation(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let len = common_length(vm, args, "correlation")?;
    let ranked = match args.given(2) {
        None => false,
        Some(method) => match method.as_str().as_ref().map(|method| method.as_str()) {
            Some("linear") => false,
            Some("ranked") => true,
            _ => {
                let shown = vm.repr(method)?;
                return Err(vm.value_error(format!("Unknown method: {shown}")));
            }
        },
    };
    rooting(vm, |vm| {
        let mut rows = [Value::NIL; 2];
        for (row, data) in rows.iter_mut().zip([args.at(0), args.at(1)]) {
            *row = if ranked { ranks(vm, data, len)? } else { centered(vm, data, len)?.0 };
        }
        let [x, y] = rows;
        let mut sums = [0.0; 3];
        for (sum, (a, b)) in sums.iter_mut().zip([(x, y), (x, x), (y, y)]) {
            let products = products(vm, a, b)?;
            *sum = vm.expect_float(products)?;
        }
        let [xy, xx, yy] = sums;
        let root = root_of_product(xx, yy);
        if root == 0.0 {
            return Err(error(vm, "at least one of the inputs is constant"));
        }
        Ok(Value::float(xy / root))
    })
}

/// The places of items in the order of their sizes, counted from the middle; equal items share theirs.
fn ranks(vm: &mut Vm, data: Value, len: usize) -> NativeResult {
    let pairs = List::new(&mut vm.heap, Vec::new());
    vm.roots.push(pairs.value());
    vm.for_each(data, |vm, item| {
        let pair = Tuple::new(&mut vm.heap, &[item, Value::len(pairs.items.len())]).value();
        vm.list_push(pairs, pair)?;
        Ok(true)
    })?;
    sort_list(vm, pairs, Value::NIL, false)?;
    let pairs: Vec<(Value, usize)> = pairs
        .items
        .to_vec()
        .into_iter()
        .filter_map(|pair| match pair.as_object::<Tuple>()?.items() {
            [item, place] => Some((*item, place.as_int()? as usize)),
            _ => None,
        })
        .collect();
    let mut ranks = vec![Value::float(0.0); len];
    let mut before = (len as f64 - 1.0) / -2.0 - 1.0;
    let mut start = 0;
    while let Some((first, _)) = pairs.get(start) {
        let mut size = 1;
        while let Some((item, _)) = pairs.get(start + size) {
            if !vm.eq(*first, *item)? {
                break;
            }
            size += 1;
        }
        let rank = before + (size as f64 + 1.0) / 2.0;
        for (_, place) in pairs.iter().skip(start).take(size) {
            if let Some(of_item) = ranks.get_mut(*place) {
                *of_item = Value::float(rank);
            }
        }
        before += size as f64;
        start += size;
    }
    let ranks = List::new(&mut vm.heap, ranks).value();
    vm.roots.push(ranks);
    Ok(ranks)
}

/// The root of a product, without overflow in between, and rounded nearly as if once.
fn root_of_product(x: f64, y: f64) -> f64 {
    let root = (x * y).sqrt();
    if root.is_infinite() && x.is_finite() && y.is_finite() {
        let scale = 2.0_f64.powi(-512);
        return root_of_product(scale * x, scale * y) / scale;
    }
    if !root.is_finite() {
        return root;
    }
    if root == 0.0 {
        if x != 0.0 && y != 0.0 {
            let scale = 2.0_f64.powi(537);
            return root_of_product(scale * x, scale * y) / scale;
        }
        return root;
    }
    // What the square of the root still misses.
    let (product, square) = (x * y, root * root);
    let missing = (product - square) + (x.mul_add(y, -product) - root.mul_add(root, -square));
    root + missing / (2.0 * root)
}

pub(super) fn linear_regression(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let len = common_length(vm, args, "linear regression")?;
    let proportional = args.given(2).map_or(Ok(false), |value| vm.truth(value))?;
    rooting(vm, |vm| {
        let (x, y, means) = if proportional {
            (listed(vm, args.at(0))?.value(), listed(vm, args.at(1))?.value(), None)
        } else {
            let (x, x_mean) = centered(vm, args.at(0), len)?;
            let (y, y_mean) = centered(vm, args.at(1), len)?;
            (x, y, Some((x_mean, y_mean)))
        };
        let xy = products(vm, x, y)?;
        let xy = vm.binary(BinaryOp::Add, xy, Value::float(0.0))?;
        let xx = products(vm, x, x)?;
        let slope = match vm.binary(BinaryOp::Div, xy, xx) {
            Ok(slope) => slope,
            Err(Raised(raised)) if vm.is_exception(raised, Exc::ZeroDivisionError) => {
                return Err(error(vm, "x is constant"));
            }
            Err(raised) => return Err(raised),
        };
        let slope = vm.expect_float(slope)?;
        let intercept = means.map_or(0.0, |(x_mean, y_mean)| y_mean - slope * x_mean);
        let class = classes(vm).regression;
        let parts = [Value::float(slope), Value::float(intercept)];
        Ok(Tuple::of_class(&mut vm.heap, &parts, class).value())
    })
}
