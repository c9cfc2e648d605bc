//! `set` and `frozenset`.
//!
//! What is hard: a lookup may run an item's `==`, which may change either set. So sets are walked by position,
//! and each step asks anew what is there; the hashes that sets remember spare the items' `hash`.

use toy_grammar::ast::BinaryOp;

use super::object::receiver;
use crate::value::{Dict, Gc, NativeDef, Set, Table, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Type, Vm};

const SET: NativeDef =
    NativeDef::new("set(cls, iterable=nil, /)", "A set of the items of an iterable, or an empty one.", set);
const FROZENSET: NativeDef = NativeDef::new(
    "frozenset(cls, iterable=nil, /)",
    "A set that never changes, and so can be an item or a key itself.",
    frozenset,
);

/// The methods of both.
const COMMON: &[NativeDef] = &[
    NativeDef::new("copy(self, /)", "A set of the same type with the same items.", copy),
    NativeDef::new("difference(self, /, *others)", "The items that are in none of the others.", difference),
    NativeDef::new(
        "intersection(self, /, *others)",
        "The items that are in all of the others.",
        intersection,
    ),
    NativeDef::new("isdisjoint(self, other, /)", "Whether no item is in the other.", is_disjoint),
    NativeDef::new("issubset(self, other, /)", "Whether every item is in the other.", is_subset),
    NativeDef::new(
        "issuperset(self, other, /)",
        "Whether every item of the other is in this set.",
        is_superset,
    ),
    NativeDef::new(
        "symmetric_difference(self, other, /)",
        "The items that are in exactly one of the two.",
        symmetric_difference,
    ),
    NativeDef::new("union(self, /, *others)", "The items of this set and of all the others.", union),
];

/// What only a set can do that may change.
const CHANGING: &[NativeDef] = &[
    NativeDef::new("add(self, object, /)", "Adds an item; one that equals it stays in its place.", add),
    NativeDef::new("clear(self, /)", "Removes all items.", clear),
    NativeDef::new(
        "difference_update(self, /, *others)",
        "Removes the items that are in one of the others.",
        difference_update,
    ),
    NativeDef::new("discard(self, object, /)", "Removes an item if it is there.", discard),
    NativeDef::new(
        "intersection_update(self, /, *others)",
        "Removes the items that are not in all of the others.",
        intersection_update,
    ),
    NativeDef::new("pop(self, /)", "Removes the item that was added last and returns it.", pop),
    NativeDef::new("remove(self, object, /)", "Removes an item; `KeyError` if it is not there.", remove),
    NativeDef::new(
        "symmetric_difference_update(self, other, /)",
        "Adds the items of the other that are not there, and removes those that are.",
        symmetric_difference_update,
    ),
    NativeDef::new("update(self, /, *others)", "Adds the items of all the others.", update),
];

/// Adds `set` and `frozenset` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Set, &SET);
    vm.set_constructor(Type::FrozenSet, &FROZENSET);
    let class = vm.class_for(Type::Set);
    vm.add_methods(class, COMMON);
    vm.add_methods(class, CHANGING);
    vm.add_builtin("set", class.value());
    let class = vm.class_for(Type::FrozenSet);
    vm.add_methods(class, COMMON);
    vm.add_builtin("frozenset", class.value());
}

/// Adds the items of an iterable to a rooted set.
fn add_all(vm: &mut Vm, set: Gc<Set>, iterable: Value) -> Result<(), Raised> {
    let from = match (iterable.as_object::<Set>(), iterable.as_object::<Dict>()) {
        (Some(from), _) if from == set => return Ok(()),
        (Some(_), _) | (_, Some(_)) => iterable,
        _ => {
            return vm.for_each(iterable, |vm, item| {
                vm.set_add(&set.table, item)?;
                Ok(true)
            });
        }
    };
    walk(vm, from, |vm, item, hash| {
        vm.table_put(&set.table, item, hash, None)?;
        Ok(true)
    })
}

/// Calls `f` with each item of a rooted set or dict and its hash, until it returns false. The item is rooted meanwhile.
fn walk(
    vm: &mut Vm,
    container: Value,
    mut f: impl FnMut(&mut Vm, Value, u64) -> Result<bool, Raised>,
) -> Result<(), Raised> {
    let mut i = 0;
    loop {
        let step = |table: &Table| (i < table.end()).then(|| (table.entry(i), table.entry_hash(i)));
        let entry = match (container.as_object::<Set>(), container.as_object::<Dict>()) {
            (Some(set), _) => step(&set.table),
            (_, Some(dict)) => step(&dict.table),
            _ => None,
        };
        let Some(entry) = entry else { return Ok(()) };
        if let (Some((item, _)), Some(hash)) = entry
            && !vm.rooted(&[item], |vm| f(vm, item, hash))?
        {
            return Ok(());
        }
        i += 1;
        if i.is_multiple_of(4096) {
            vm.check_interrupt()?;
        }
    }
}

fn set_from(vm: &mut Vm, iterable: Option<Value>, frozen: bool) -> Result<Gc<Set>, Raised> {
    if let Some(other) = iterable.and_then(|iterable| iterable.as_object::<Set>()) {
        return copy_of(vm, other, frozen);
    }
    let set = Set::from_table(&mut vm.heap, Table::new(), frozen);
    if let Some(iterable) = iterable {
        vm.rooted(&[set.value(), iterable], |vm| add_all(vm, set, iterable))?;
    }
    Ok(set)
}

fn copy_of(vm: &mut Vm, set: Gc<Set>, frozen: bool) -> Result<Gc<Set>, Raised> {
    vm.reserve_keeping(&[set.value()], set.table.len() * 4 * size_of::<Value>())?;
    let table = set.table.copy();
    Ok(Set::from_table(&mut vm.heap, table, frozen))
}

/// The set that a value is, or one of its items.
fn as_set(vm: &mut Vm, value: Value) -> Result<Gc<Set>, Raised> {
    match value.as_object::<Set>() {
        Some(set) => Ok(set),
        None => set_from(vm, Some(value), false),
    }
}

/// Makes a rooted set hold what another set holds, which nobody else knows.
fn take_over(set: Gc<Set>, other: Gc<Set>) {
    set.table.clear();
    for i in 0..other.table.end() {
        if let (Some((item, _)), Some(hash)) = (other.table.entry(i), other.table.entry_hash(i)) {
            set.table.push(hash, item, Value::NIL);
        }
    }
}

/// `set op other op …` for any iterables. The set is rooted; the result is another object.
fn fold(vm: &mut Vm, op: BinaryOp, set: Gc<Set>, others: &[Value]) -> Result<Gc<Set>, Raised> {
    let mut result = copy_of(vm, set, set.frozen)?;
    for other in others {
        result = vm.rooted(&[result.value()], |vm| {
            let other = as_set(vm, *other)?;
            vm.rooted(&[other.value()], |vm| vm.set_operate(op, result, other))
        })?;
    }
    Ok(result)
}

fn set(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(set_from(vm, args.given(1), false)?.value())
}

fn frozenset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.given(1) {
        Some(iterable) if iterable.as_object::<Set>().is_some_and(|set| set.frozen) => Ok(iterable),
        iterable => Ok(set_from(vm, iterable, true)?.value()),
    }
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    if set.frozen { Ok(set.value()) } else { Ok(copy_of(vm, set, false)?.value()) }
}

fn union(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    let result = copy_of(vm, set, set.frozen)?;
    vm.rooted(&[result.value()], |vm| args[1..].iter().try_for_each(|other| add_all(vm, result, *other)))?;
    Ok(result.value())
}

fn intersection(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    Ok(fold(vm, BinaryOp::BitAnd, set, &args[1..])?.value())
}

fn difference(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    Ok(fold(vm, BinaryOp::Sub, set, &args[1..])?.value())
}

fn symmetric_difference(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    Ok(fold(vm, BinaryOp::BitXor, set, &args[1..])?.value())
}

fn is_disjoint(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    let mut disjoint = true;
    vm.for_each(args.at(1), |vm, item| {
        disjoint = !vm.set_contains(&set.table, item)?;
        Ok(disjoint)
    })?;
    Ok(Value::bool(disjoint))
}

/// Whether all items of one set are in another; both are rooted.
fn is_within(vm: &mut Vm, set: Gc<Set>, other: Gc<Set>) -> NativeResult {
    if set.table.len() > other.table.len() {
        return Ok(Value::FALSE);
    }
    let mut within = true;
    walk(vm, set.value(), |vm, item, hash| {
        within = vm.table_find(&other.table, item, hash)?.is_some();
        Ok(within)
    })?;
    Ok(Value::bool(within))
}

fn is_subset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    let other = as_set(vm, args.at(1))?;
    vm.rooted(&[other.value()], |vm| is_within(vm, set, other))
}

fn is_superset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    let other = as_set(vm, args.at(1))?;
    vm.rooted(&[other.value()], |vm| is_within(vm, other, set))
}

fn add(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    vm.set_add(&set.table, args.at(1))?;
    Ok(Value::NIL)
}

fn clear(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<Set>(vm, args)?.table.clear();
    Ok(Value::NIL)
}

fn discard(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    vm.set_remove(&set.table, args.at(1))?;
    Ok(Value::NIL)
}

fn remove(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    if vm.set_remove(&set.table, args.at(1))? { Ok(Value::NIL) } else { Err(vm.key_error(args.at(1))) }
}

fn pop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    let last = (0..set.table.end()).rev().find(|i| set.table.entry(*i).is_some());
    match last.and_then(|i| set.table.remove(i)) {
        Some((item, _)) => Ok(item),
        None => {
            let message = vm.heap.str("pop from an empty set");
            Err(vm.error_with(Exc::KeyError, &[message]))
        }
    }
}

fn update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    args[1..].iter().try_for_each(|other| add_all(vm, set, *other))?;
    Ok(Value::NIL)
}

fn intersection_update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    take_over(set, fold(vm, BinaryOp::BitAnd, set, &args[1..])?);
    Ok(Value::NIL)
}

fn symmetric_difference_update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    take_over(set, fold(vm, BinaryOp::BitXor, set, &args[1..])?);
    Ok(Value::NIL)
}

fn difference_update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let set = receiver::<Set>(vm, args)?;
    for other in &args[1..] {
        if *other == set.value() {
            set.table.clear();
            continue;
        }
        vm.for_each(*other, |vm, item| {
            vm.set_remove(&set.table, item)?;
            Ok(true)
        })?;
    }
    Ok(Value::NIL)
}
