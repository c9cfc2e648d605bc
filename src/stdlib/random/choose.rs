//! Picking items of sequences, and shuffling them.

use std::collections::HashSet;

use toy_grammar::ast::BinaryOp;

use super::Source;
use super::whole::below;
use crate::value::{Bytes, Gc, List, Range, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) fn choice(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let len = vm.len(args.at(0))?;
    if len == 0 {
        return Err(vm.index_error("Cannot choose from an empty sequence"));
    }
    let i = below(vm, source, len as u64)?;
    vm.get_item(args.at(0), Value::len(i as usize))
}

pub(super) fn shuffle(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let items = args.at(0);
    for i in (1..vm.len(items)?).rev() {
        let j = below(vm, source, i as u64 + 1)? as usize;
        if let Some(list) = items.as_object::<List>()
            && let (Some(a), Some(b)) = (list.items.get(i), list.items.get(j))
        {
            list.items.set(i, b);
            list.items.set(j, a);
        } else {
            let (i, j) = (Value::len(i), Value::len(j));
            let a = vm.get_item(items, i)?;
            vm.rooted(&[a], |vm| {
                let b = vm.get_item(items, j)?;
                vm.rooted(&[b], |vm| {
                    vm.set_item(items, i, b)?;
                    vm.set_item(items, j, a)
                })
            })?;
        }
        if i & 0xFFF == 0 {
            vm.check_interrupt()?;
        }
    }
    Ok(Value::NIL)
}

fn is_sequence(vm: &Vm, value: Value) -> bool {
    value.as_object::<List>().is_some()
        || value.as_object::<Tuple>().is_some()
        || value.as_object::<Range>().is_some()
        || value.as_object::<Bytes>().is_some()
        || value.as_str().is_some()
        || vm.type_name(value) == "deque"
}

/// The sums of the items up to each, in a list that is rooted.
fn sums(vm: &mut Vm, counts: Value) -> Result<Gc<List>, Raised> {
    let sums = List::new(&mut vm.heap, Vec::new());
    vm.roots.push(sums.value());
    vm.for_each(counts, |vm, item| {
        let sum = match sums.items.len().checked_sub(1).and_then(|last| sums.items.get(last)) {
            Some(last) => vm.binary(BinaryOp::Add, last, item)?,
            None => item,
        };
        vm.list_push(sums, sum)?;
        Ok(true)
    })?;
    Ok(sums)
}

/// The first place whose sum is greater, below `high`.
fn place(vm: &mut Vm, sums: Gc<List>, drawn: Value, high: usize) -> Result<usize, Raised> {
    let (mut low, mut high) = (0, high);
    while low < high {
        let middle = low + (high - low) / 2;
        let Some(sum) = sums.items.get(middle) else { break };
        if vm.lt(drawn, sum)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

pub(super) fn sample(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let (population, k) = (args.at(0), args.at(1));
    if !is_sequence(vm, population) {
        return Err(vm.type_error("Population must be a sequence.  For dicts or sets, use sorted(d)."));
    }
    let len = vm.len(population)?;
    let result = List::new(&mut vm.heap, Vec::new());
    vm.roots.push(result.value());
    let Some(counts) = args.given(2).filter(|counts| !counts.is_nil()) else {
        for i in places(vm, source, len, k)? {
            let item = vm.get_item(population, Value::len(i))?;
            vm.list_push(result, item)?;
        }
        return Ok(result.value());
    };
    let sums = sums(vm, counts)?;
    if sums.items.len() != len {
        return Err(vm.value_error("The number of counts does not match the population"));
    }
    let Some(total) = sums.items.pop() else { return Err(vm.index_error("pop from empty list")) };
    vm.roots.push(total);
    if vm.int_of(total).is_none() {
        return Err(vm.type_error("Counts must be integers"));
    }
    let total = vm.expect_index(total)?;
    if total <= 0 {
        return Err(vm.value_error("Total of counts must be greater than zero"));
    }
    for drawn in places(vm, source, total as usize, k)? {
        let i = place(vm, sums, Value::len(drawn), sums.items.len())?;
        let item = vm.get_item(population, Value::len(i))?;
        vm.list_push(result, item)?;
    }
    Ok(result.value())
}

/// So many different places below a length.
fn places(vm: &mut Vm, source: &Source, len: usize, k: Value) -> Result<Vec<usize>, Raised> {
    if !(vm.le(Value::int32(0), k)? && vm.le(k, Value::len(len))?) {
        return Err(vm.value_error("Sample larger than population or is negative"));
    }
    if vm.int_of(k).is_none() {
        let name = vm.type_name(k);
        return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    let k = vm.expect_index(k)? as usize;
    vm.reserve(k.saturating_mul(size_of::<usize>()))?;
    let mut places = Vec::with_capacity(k);
    // Where Python changes from a list of what is left to a set of what was taken: they use up different words.
    let mut set_size = 21.0;
    if k > 5 {
        set_size += 4_f64.powf(((k as f64 * 3.0).ln() / 4_f64.ln()).ceil());
    }
    if len as f64 <= set_size {
        let mut pool: Vec<usize> = (0..len).collect();
        for i in 0..k {
            let j = below(vm, source, (len - i) as u64)? as usize;
            places.push(pool[j]);
            pool[j] = pool[len - i - 1];
            if i & 0xFFF == 0xFFF {
                vm.check_interrupt()?;
            }
        }
    } else {
        let mut taken = HashSet::with_capacity(k);
        while places.len() < k {
            let j = below(vm, source, len as u64)? as usize;
            if taken.insert(j) {
                places.push(j);
            }
            if places.len() & 0xFFF == 0xFFF {
                vm.check_interrupt()?;
            }
        }
    }
    Ok(places)
}

pub(super) fn choices(vm: &mut Vm, source: &Source, args: Args<'_>) -> NativeResult {
    let population = args.at(0);
    let len = vm.len(population)?;
    let weights = args.given(1).filter(|weights| !weights.is_nil());
    let sums = match args.given(2).filter(|sums| !sums.is_nil()) {
        Some(_) if weights.is_some() => {
            return Err(vm.type_error("Cannot specify both weights and cumulative weights"));
        }
        Some(sums) => {
            let list = vm.list_from(sums)?;
            vm.roots.push(list.value());
            Some(list)
        }
        None => match weights {
            Some(weights) if vm.int_of(weights).is_some() => {
                let k = vm.str(weights)?;
                let message = format!("The number of choices must be a keyword argument: k={k}");
                return Err(vm.type_error(message));
            }
            Some(weights) => Some(sums(vm, weights)?),
            None => None,
        },
    };
    let total = match sums {
        None => len as f64,
        Some(sums) if sums.items.len() != len => {
            return Err(vm.value_error("The number of weights does not match the population"));
        }
        Some(sums) => {
            let Some(last) = len.checked_sub(1).and_then(|last| sums.items.get(last)) else {
                return Err(vm.index_error("list index out of range"));
            };
            let total = vm.binary(BinaryOp::Add, last, Value::float(0.0))?;
            let total = vm.expect_float(total)?;
            if total <= 0.0 {
                return Err(vm.value_error("Total of weights must be greater than zero"));
            }
            if !total.is_finite() {
                return Err(vm.value_error("Total of weights must be finite"));
            }
            total
        }
    };
    let k = args.given(3).map_or(Ok(1), |k| vm.expect_index(k))?;
    let result = List::new(&mut vm.heap, Vec::new());
    vm.roots.push(result.value());
    for i in 0..k {
        let drawn = source.float(vm)? * total;
        let at = match sums {
            None => drawn as usize,
            Some(sums) => place(vm, sums, Value::float(drawn), len - 1)?,
        };
        let item = vm.get_item(population, Value::len(at))?;
        vm.list_push(result, item)?;
        if i & 0xFFF == 0xFFF {
            vm.check_interrupt()?;
        }
    }
    Ok(result.value())
}
