//! Sums and products of many numbers, without the errors of adding one by one.
//!
//! What is hard: the exact sum of floats is kept as a few floats that do not overlap (Shewchuk's partial sums),
//! and rounding that to one float must look past the last partial for ties.

use toy_grammar::ast::BinaryOp;

use super::range_error;
use crate::value::{List, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

/// An exact sum of finite floats; what is not finite is kept apart.
#[derive(Default)]
struct ExactSum {
    /// From the smallest to the largest.
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

/// Why a sum is no float.
enum SumError {
    Overflow,
    Opposite,
}

impl ExactSum {
    fn add(&mut self, value: f64) -> Result<(), SumError> {
        let mut x = value;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let mut y = self.partials[i];
            if x.abs() < y.abs() {
                (x, y) = (y, x);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            self.partials.push(x);
            return Ok(());
        }
        if value.is_finite() {
            return Err(SumError::Overflow);
        }
        if value.is_infinite() {
            self.infinities += value;
        }
        self.special += value;
        self.partials.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<f64, SumError> {
        if self.special != 0.0 {
            return if self.infinities.is_nan() { Err(SumError::Opposite) } else { Ok(self.special) };
        }
        let Some(mut high) = self.partials.pop() else { return Ok(0.0) };
        let mut low = 0.0;
        while let Some(next) = self.partials.pop() {
            let x = high;
            high = x + next;
            low = next - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Half a unit is left over: whether it is a tie, the next partial tells.
        if let Some(next) = self.partials.last()
            && (low < 0.0 && *next < 0.0 || low > 0.0 && *next > 0.0)
        {
            let twice = low * 2.0;
            let x = high + twice;
            if twice == x - high {
                high = x;
            }
        }
        Ok(high)
    }
}

fn sum_error(vm: &mut Vm, error: SumError) -> Raised {
    match error {
        SumError::Overflow => vm.overflow_error("intermediate overflow in fsum"),
        SumError::Opposite => vm.value_error("-inf + inf in fsum"),
    }
}

pub(in super::super) fn fsum(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut sum = ExactSum::default();
    vm.for_each(args.at(0), |vm, item| {
        let x = vm.expect_float(item)?;
        match sum.add(x) {
            Ok(()) => Ok(true),
            Err(error) => Err(sum_error(vm, error)),
        }
    })?;
    match sum.finish() {
        Ok(result) => Ok(Value::float(result)),
        Err(error) => Err(sum_error(vm, error)),
    }
}

pub(super) fn prod(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // The product so far stands in a list, where the collector finds it while the iterator runs.
    let start = args.given(1).unwrap_or(Value::int32(1));
    let place = List::new(&mut vm.heap, vec![start]);
    vm.rooted(&[place.value()], |vm| {
        vm.for_each(args.at(0), |vm, item| {
            let product = vm.binary(BinaryOp::Mul, place.items.get(0).unwrap_or(start), item)?;
            place.items.set(0, product);
            Ok(true)
        })?;
        Ok(place.items.get(0).unwrap_or(start))
    })
}

pub(in super::super) fn sumprod(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let p = vm.list_from(args.at(0))?;
    vm.rooted(&[p.value()], |vm| {
        let q = vm.list_from(args.at(1))?;
        vm.rooted(&[q.value()], |vm| {
            if p.items.len() != q.items.len() {
                return Err(vm.value_error("Inputs are not the same length"));
            }
            let pairs: Vec<(Value, Value)> = p.items.to_vec().into_iter().zip(q.items.to_vec()).collect();
            sum_of_products(vm, &pairs)
        })
    })
}

/// The sum of products, in three stretches as Python has them: what pairs of ints there are at first, then pairs with a
/// float, whose products are added exactly, and from the next pair of another kind on one by one.
fn sum_of_products(vm: &mut Vm, pairs: &[(Value, Value)]) -> NativeResult {
    let mut left = pairs.iter();
    let mut ints = 0_i64;
    while let Some((p, q)) = left.as_slice().first() {
        let product = int_product(vm, *p, *q).and_then(|product| ints.checked_add(product));
        let Some(sum) = product else { break };
        ints = sum;
        left.next();
    }
    let mut total = vm.heap.int(ints);
    let mut sum = ExactSum::default();
    let mut any_float = false;
    while let Some((p, q)) = left.as_slice().first() {
        let Some((p, q)) = float_pair(vm, *p, *q) else { break };
        let high = p * q;
        if !high.is_finite() || sum.add(high).is_err() || sum.add(p.mul_add(q, -high)).is_err() {
            break;
        }
        any_float = true;
        left.next();
    }
    if any_float {
        let floats = match sum.finish() {
            Ok(floats) => Value::float(floats),
            Err(error) => return Err(sum_error(vm, error)),
        };
        total = vm.binary(BinaryOp::Add, total, floats)?;
    }
    for (x, y) in left {
        total = vm.rooted(&[total], |vm| {
            let product = vm.binary(BinaryOp::Mul, *x, *y)?;
            vm.rooted(&[product], |vm| vm.binary(BinaryOp::Add, total, product))
        })?;
    }
    Ok(total)
}

/// The product of two ints, if it has no more than 64 bits.
fn int_product(vm: &Vm, p: Value, q: Value) -> Option<i64> {
    vm.int_of(p)?.to_i64()?.checked_mul(vm.int_of(q)?.to_i64()?)
}

/// Two floats, or a float and an int.
fn float_pair(vm: &Vm, p: Value, q: Value) -> Option<(f64, f64)> {
    let number = |v: Value| v.as_float().or_else(|| vm.int_of(v)?.to_f64());
    if p.is_float() || q.is_float() { Some((number(p)?, number(q)?)) } else { None }
}

/// The length of a vector, without overflow in between and with an error of hardly more than half a unit.
fn norm(coordinates: &[f64]) -> f64 {
    let largest = coordinates.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    if largest.is_infinite() {
        return f64::INFINITY;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() == 1 {
        return largest;
    }
    let (_, exponent) = libm::frexp(largest);
    // Each square is added with what its rounding lost; the sum starts from 1, larger than all of them.
    let mut sum = 1.0;
    let mut lost = 0.0;
    let mut add = |x: f64, y: f64| {
        let high = x * y;
        let next = sum + high;
        lost += x.mul_add(y, -high) + (high - (next - sum));
        sum = next;
        sum - 1.0 + lost
    };
    let mut square = 0.0;
    for x in coordinates {
        let scaled = libm::scalbn(*x, -exponent);
        square = add(scaled, scaled);
    }
    let root = square.sqrt();
    // What the root still misses, to first order.
    let missing = add(-root, root);
    libm::scalbn(root + missing / (2.0 * root), exponent)
}

pub(in super::super) fn hypot(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut coordinates = Vec::with_capacity(args.len());
    for value in args.slice() {
        coordinates.push(vm.expect_float(*value)?);
    }
    length(vm, &coordinates)
}

fn length(vm: &mut Vm, coordinates: &[f64]) -> NativeResult {
    Ok(Value::float(match norm(coordinates) {
        result if result.is_infinite() && coordinates.iter().all(|x| x.is_finite()) => {
            return Err(range_error(vm));
        }
        result => result,
    }))
}

pub(super) fn dist(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let p = point(vm, args.at(0))?;
    let q = point(vm, args.at(1))?;
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let difference: Vec<f64> = p.into_iter().zip(q).map(|(p, q)| p - q).collect();
    Ok(Value::float(norm(&difference)))
}

fn point(vm: &mut Vm, value: Value) -> Result<Vec<f64>, Raised> {
    let coordinates = match value.as_object::<Tuple>() {
        Some(tuple) => tuple.items().to_vec(),
        None => vm.collect_list(value)?,
    };
    coordinates.into_iter().map(|x| vm.expect_float(x)).collect()
}

pub(super) fn isclose(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let a = vm.expect_float(args.at(0))?;
    let b = vm.expect_float(args.at(1))?;
    let relative = args.given(2).map_or(Ok(1e-9), |value| vm.expect_float(value))?;
    let absolute = args.given(3).map_or(Ok(0.0), |value| vm.expect_float(value))?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let close =
        difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute;
    Ok(Value::bool(close))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| assert!(sum.add(*value).is_ok()));
        sum.finish().unwrap_or(f64::NAN)
    }

    #[test]
    fn exact_sums_are_rounded_once() {
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[1.0, f64::powi(2.0, -53), f64::powi(2.0, -120)]), 1.0000000000000002);
        assert_eq!(sum(&[9007199254740992.0, -0.5, -f64::powi(2.0, -54)]), 9007199254740991.0);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn lengths_neither_overflow_nor_vanish() {
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(norm(&[3e200, 4e200]), 4.9999999999999995e200);
        assert_eq!(norm(&[3e-320, 4e-320]), 5e-320);
        assert_eq!(norm(&[1.0, 1.0]), std::f64::consts::SQRT_2);
        assert_eq!(norm(&[]), 0.0);
    }
}
