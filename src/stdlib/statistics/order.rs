//! Medians and quantiles, which come from sorting, and modes, which come from counting.

use toy_grammar::ast::BinaryOp;

use super::{error, listed, operate, rooting};
use crate::stdlib::sort::sort_list;
use crate::text::quote::repr_str;
use crate::value::{Dict, Gc, List, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

/// The data in order, rooted.
fn sorted(vm: &mut Vm, data: Value) -> Result<Gc<List>, Raised> {
    let list = listed(vm, data)?;
    sort_list(vm, list, Value::NIL, false)?;
    Ok(list)
}

fn middle(vm: &mut Vm, args: Args<'_>, low: bool, high: bool) -> NativeResult {
    rooting(vm, |vm| {
        let data = sorted(vm, args.at(0))?;
        let len = data.items.len();
        let (Some(after), Some(before)) =
            (data.items.get(len / 2), data.items.get((len / 2).saturating_sub(1)))
        else {
            return Err(error(vm, "no median for empty data"));
        };
        if len % 2 == 1 || high {
            return Ok(after);
        }
        if low {
            return Ok(before);
        }
        let sum = operate(vm, before, BinaryOp::Add, after)?;
        vm.binary(BinaryOp::Div, sum, Value::int32(2))
    })
}

pub(super) fn median(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    middle(vm, args, false, false)
}

pub(super) fn median_low(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    middle(vm, args, true, false)
}

pub(super) fn median_high(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    middle(vm, args, false, true)
}

/// `float(value)`.
pub(super) fn to_float(vm: &mut Vm, value: Value) -> Result<f64, Raised> {
    if let Some(f) = value.as_float() {
        return Ok(f);
    }
    let float = vm.builtin("float").unwrap_or(Value::NIL);
    let result = vm.call(float, &[value])?;
    vm.expect_float(result)
}

pub(super) fn median_grouped(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rooting(vm, |vm| {
        let data = sorted(vm, args.at(0))?;
        let len = data.items.len();
        let Some(x) = data.items.get(len / 2) else {
            return Err(error(vm, "no median for empty data"));
        };
        vm.roots.push(x);
        let first = place(vm, data, |vm, item| vm.lt(item, x))?;
        let last = place(vm, data, |vm, item| Ok(!vm.lt(x, item)?))?;
        let interval = args.given(1).unwrap_or(Value::float(1.0));
        let mut floats = [0.0; 2];
        for (float, value) in floats.iter_mut().zip([interval, x]) {
            *float = match to_float(vm, value) {
                Err(Raised(raised)) if vm.is_exception(raised, Exc::ValueError) => {
                    return Err(vm.type_error("Value cannot be converted to a float"));
                }
                float => float?,
            };
        }
        let [interval, x] = floats;
        let low = x - interval / 2.0;
        Ok(Value::float(low + interval * (len as f64 / 2.0 - first as f64) / (last - first) as f64))
    })
}

/// How many items at the front of a sorted list are so.
fn place(
    vm: &mut Vm,
    data: Gc<List>,
    mut is_before: impl FnMut(&mut Vm, Value) -> Result<bool, Raised>,
) -> Result<usize, Raised> {
    let (mut low, mut high) = (0, data.items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(item) = data.items.get(middle) else { break };
        if is_before(vm, item)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// How often each item occurs, in the order of their first occurrences; the dict is rooted.
fn counts(vm: &mut Vm, data: Value) -> Result<Vec<(Value, i64)>, Raised> {
    let counts = Dict::new(&mut vm.heap);
    vm.roots.push(counts.value());
    vm.for_each(data, |vm, item| {
        let count = vm.dict_get(counts, item)?.and_then(Value::as_int).unwrap_or(0) + 1;
        let count = vm.heap.int(count);
        vm.dict_put(counts, item, count)?;
        Ok(true)
    })?;
    let items = counts.table.items().into_iter();
    Ok(items.map(|(item, count)| (item, count.as_int().unwrap_or(0))).collect())
}

pub(super) fn mode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rooting(vm, |vm| {
        let counts = counts(vm, args.at(0))?;
        // The first of those that occur most often.
        match counts.iter().rev().max_by_key(|(_, count)| *count) {
            Some((item, _)) => Ok(*item),
            None => Err(error(vm, "no mode for empty data")),
        }
    })
}

pub(super) fn multimode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rooting(vm, |vm| {
        let counts = counts(vm, args.at(0))?;
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let modes = counts.iter().filter(|(_, count)| *count == most).map(|(item, _)| *item).collect();
        Ok(List::new(&mut vm.heap, modes).value())
    })
}

pub(super) fn quantiles(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let n = args.given(1).map_or(Ok(4), |n| vm.expect_index(n))?;
    if n < 1 {
        return Err(error(vm, "n must be at least 1"));
    }
    rooting(vm, |vm| {
        let data = sorted(vm, args.at(0))?;
        let len = data.items.len() as i64;
        vm.reserve((n as usize).saturating_mul(size_of::<Value>()))?;
        let result = List::new(&mut vm.heap, Vec::new());
        vm.roots.push(result.value());
        if len < 2 {
            let Some(only) = data.items.get(0) else {
                return Err(error(vm, "must have at least one data point"));
            };
            for _ in 1..n {
                vm.list_push(result, only)?;
            }
            return Ok(result.value());
        }
        let inclusive = match args.given(2) {
            None => false,
            Some(method) => match method.as_str().as_ref().map(|method| method.as_str()) {
                Some("inclusive") => true,
                Some("exclusive") => false,
                other => {
                    let shown = match other {
                        Some(text) => repr_str(text),
                        None => vm.repr(method)?,
                    };
                    return Err(vm.value_error(format!("Unknown method: {shown}")));
                }
            },
        };
        for i in 1..n {
            let mark = vm.roots.len();
            // The place is between items `at` and `at + 1`, `part` n-ths on the way.
            let (at, part) = if inclusive {
                let place = i128::from(i) * i128::from(len - 1);
                ((place / i128::from(n)) as i64, (place % i128::from(n)) as i64)
            } else {
                let place = i128::from(i) * i128::from(len + 1);
                let at = ((place / i128::from(n)) as i64).clamp(1, len - 1);
                (at - 1, (place - i128::from(at) * i128::from(n)) as i64)
            };
            let (Some(a), Some(b)) = (data.items.get(at as usize), data.items.get(at as usize + 1)) else {
                break;
            };
            let (left, right) = (vm.heap.int(n - part), vm.heap.int(part));
            vm.roots.extend([left, right]);
            let a = operate(vm, a, BinaryOp::Mul, left)?;
            let b = operate(vm, b, BinaryOp::Mul, right)?;
            let sum = operate(vm, a, BinaryOp::Add, b)?;
            let whole = vm.heap.int(n);
            let place = vm.binary(BinaryOp::Div, sum, whole)?;
            vm.list_push(result, place)?;
            vm.roots.truncate(mark);
        }
        Ok(result.value())
    })
}
