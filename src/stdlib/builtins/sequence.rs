//! What takes an iterable and gives one value: `len`, `sum`, `min`, `max`, `any`, `all`, `sorted`; `iter` and `next`.

use toy_grammar::ast::BinaryOp;

use super::super::sort::sort_list;
use crate::value::{Bytes, Gc, List, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("all(iterable, /)", "Whether every item is true.", all),
    NativeDef::new("any(iterable, /)", "Whether any item is true.", any),
    NativeDef::new("len(obj, /)", "How many items there are.", len),
    NativeDef::new(
        "max(*args, key=nil, default=nil)",
        "The largest of the arguments, or of the items of the only one.",
        max,
    ),
    NativeDef::new(
        "min(*args, key=nil, default=nil)",
        "The smallest of the arguments, or of the items of the only one.",
        min,
    ),
    NativeDef::new(
        "next(iterator, default=nil, /)",
        "The next item; at the end the default, or `StopIteration`.",
        next,
    ),
    NativeDef::new(
        "sorted(iterable, /, *, key=nil, reverse=false)",
        "A new list of the items in order: by `<`, or by `<` of what `key` gives for each.",
        sorted,
    ),
    NativeDef::new("sum(iterable, /, start=0)", "The start and all items, added up.", sum),
];

fn len(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let len = vm.len(args.at(0))?;
    // What a `len` method says may be more than an inline int holds.
    Ok(vm.heap.int(i64::try_from(len).unwrap_or(i64::MAX)))
}

fn any(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut found = false;
    vm.for_each(args.at(0), |vm, item| {
        found = vm.truth(item)?;
        Ok(!found)
    })?;
    Ok(Value::bool(found))
}

fn all(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut all = true;
    vm.for_each(args.at(0), |vm, item| {
        all = vm.truth(item)?;
        Ok(all)
    })?;
    Ok(Value::bool(all))
}

fn next(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = args.at(0);
    if !vm.is_iterator(iterator) {
        return Err(vm.not_an_iterator(iterator));
    }
    match vm.next(iterator)?.or(args.given(1)) {
        Some(item) => Ok(item),
        None => {
            let value = vm.take_stop_value();
            let args = if value.is_nil() { vec![] } else { vec![value] };
            Err(vm.error_with(Exc::StopIteration, &args))
        }
    }
}

fn sorted(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let reverse = vm.truth(args.given(2).unwrap_or(Value::FALSE))?;
    let list = vm.list_from(args.at(0))?;
    vm.rooted(&[list.value()], |vm| sort_list(vm, list, args.or_nil(1), reverse))?;
    Ok(list.value())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extreme {
    Least,
    Greatest,
}

fn min(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    extreme(vm, args, "min", Extreme::Least)
}

fn max(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    extreme(vm, args, "max", Extreme::Greatest)
}

fn extreme(vm: &mut Vm, args: Args<'_>, name: &str, which: Extreme) -> NativeResult {
    let (key, default, candidates) = (args.or_nil(0), args.given(1), args.get(2..).unwrap_or(&[]));
    let search = Search { key, which, found: List::new(&mut vm.heap, vec![Value::UNDEF; 3]) };
    vm.rooted(&[search.found.value()], |vm| match candidates {
        [] => Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => {
            vm.for_each(*iterable, |vm, item| {
                search.consider(vm, item)?;
                Ok(true)
            })?;
            match search.result().or(default) {
                Some(item) => Ok(item),
                None => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
            }
        }
        _ if default.is_some() => {
            let message = format!("Cannot specify a default for {name}() with multiple positional arguments");
            Err(vm.type_error(message))
        }
        _ => {
            candidates.iter().try_for_each(|item| search.consider(vm, *item))?;
            Ok(search.result().unwrap_or(Value::NIL))
        }
    })
}

/// A search for the least or greatest item.
struct Search {
    key: Value,
    which: Extreme,
    /// The item found so far, its key, and the key that is being compared: in a list, so that they are rooted.
    found: Gc<List>,
}

impl Search {
    fn result(&self) -> Option<Value> {
        self.found.items.get(0).filter(|item| !item.is_undef())
    }

    fn consider(&self, vm: &mut Vm, item: Value) -> Result<(), Raised> {
        let key = if self.key.is_nil() { item } else { vm.call(self.key, &[item])? };
        self.found.items.set(2, key);
        let best = self.found.items.get(1).unwrap_or(Value::UNDEF);
        let better = best.is_undef()
            || match self.which {
                Extreme::Least => vm.lt(key, best)?,
                Extreme::Greatest => vm.gt(key, best)?,
            };
        if better {
            self.found.items.set(0, item);
            self.found.items.set(1, key);
        }
        Ok(())
    }
}

/// What a sum is while it grows.
enum Sum {
    Int(i64),
    /// With what rounding has lost so far (Neumaier's summation, as Python does since 3.12).
    Float(f64, f64),
    /// Anything else: it is in the rooted list.
    Other,
}

fn sum(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let start = args.given(1).unwrap_or(Value::int32(0));
    if start.as_str().is_some() {
        return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if start.as_object::<Bytes>().is_some() {
        return Err(vm.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    let total = List::new(&mut vm.heap, vec![start]);
    let mut state = match (start.as_int(), start.as_float()) {
        (Some(i), _) => Sum::Int(i),
        (_, Some(f)) => Sum::Float(f, 0.0),
        _ => Sum::Other,
    };
    vm.rooted(&[total.value()], |vm| {
        vm.for_each(args.at(0), |vm, item| {
            add_to(vm, &mut state, total, item)?;
            Ok(true)
        })
    })?;
    Ok(settled(vm, &state, total))
}

/// The sum as a value.
fn settled(vm: &mut Vm, state: &Sum, total: Gc<List>) -> Value {
    match *state {
        Sum::Int(i) => vm.heap.int(i),
        // A lost part that is not finite comes of an overflow and means nothing.
        Sum::Float(sum, lost) if lost != 0.0 && lost.is_finite() => Value::float(sum + lost),
        Sum::Float(sum, _) => Value::float(sum),
        Sum::Other => total.items.get(0).unwrap_or(Value::NIL),
    }
}

fn add_to(vm: &mut Vm, state: &mut Sum, total: Gc<List>, item: Value) -> Result<(), Raised> {
    match (&mut *state, item.as_int(), item.as_float()) {
        (Sum::Int(sum), Some(i), _) => {
            if let Some(next) = sum.checked_add(i) {
                *sum = next;
                return Ok(());
            }
        }
        (Sum::Float(sum, lost), _, Some(f)) => {
            let next = *sum + f;
            *lost += if sum.abs() >= f.abs() { (*sum - next) + f } else { (f - next) + *sum };
            *sum = next;
            return Ok(());
        }
        (Sum::Float(sum, _), Some(i), _) => {
            *sum += i as f64;
            return Ok(());
        }
        _ => {}
    }
    let was_int = matches!(state, Sum::Int(_));
    let sum = settled(vm, state, total);
    total.items.set(0, sum);
    let sum = vm.binary(BinaryOp::Add, sum, item)?;
    total.items.set(0, sum);
    *state = match sum.as_float() {
        Some(f) if was_int => Sum::Float(f, 0.0),
        _ => Sum::Other,
    };
    Ok(())
}
