//! `list`.
//!
//! What is hard: a comparison may change the list that is being searched, so each step asks for the item and
//! the length anew, and the item is rooted while it is compared.

use super::object::receiver;
use super::sort::sort_list;
use crate::value::{List, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, Type, Vm};

const LIST: NativeDef = NativeDef::new(
    "list(cls, iterable=nil, /)",
    "A list of the items of an iterable, or an empty one.",
    list,
);

const METHODS: &[NativeDef] = &[
    NativeDef::new("append(self, object, /)", "Appends an item to the end.", append),
    NativeDef::new("clear(self, /)", "Removes all items.", clear),
    NativeDef::new("copy(self, /)", "A new list with the same items.", copy),
    NativeDef::new("count(self, value, /)", "How many items equal the value.", count),
    NativeDef::new("extend(self, iterable, /)", "Appends all items of an iterable.", extend),
    NativeDef::new(
        "index(self, value, start=0, stop=nil, /)",
        "The index of the first item that equals the value; `ValueError` if there is none.",
        index,
    ),
    NativeDef::new("insert(self, index, object, /)", "Inserts an item before an index.", insert),
    NativeDef::new(
        "pop(self, index=-1, /)",
        "Removes the item at an index, the last one by default, and returns it.",
        pop,
    ),
    NativeDef::new("remove(self, value, /)", "Removes the first item that equals the value.", remove),
    NativeDef::new("reverse(self, /)", "Reverses the list in place.", reverse),
    NativeDef::new(
        "sort(self, /, *, key=nil, reverse=false)",
        "Sorts the list in place: stably, by `<`, or by `<` of what `key` gives for each item.",
        sort,
    ),
];

/// Adds `list` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::List, &LIST);
    let class = vm.class_for(Type::List);
    vm.add_methods(class, METHODS);
    vm.add_builtin("list", class.value());
}

/// Whether an item of a container is a value, or equals it.
pub(super) fn is_or_equals(vm: &mut Vm, item: Value, value: Value) -> Result<bool, Raised> {
    if item == value {
        return Ok(true);
    }
    vm.rooted(&[item], |vm| vm.eq(item, value))
}

/// As [`search_bound`], but nil is no bound.
pub(super) fn index_bound(vm: &mut Vm, bound: Value, missing: usize, len: usize) -> Result<usize, Raised> {
    if !bound.is_undef() && vm.int_of(bound).is_none() {
        return Err(vm.type_error("slice indices must be integers"));
    }
    search_bound(vm, bound, missing, len)
}

/// The bound of a search, cut to the length, from an argument that counts from the end if it is negative.
pub(super) fn search_bound(vm: &mut Vm, bound: Value, missing: usize, len: usize) -> Result<usize, Raised> {
    if bound.is_nil() || bound.is_undef() {
        return Ok(missing);
    }
    let i = vm.slice_index(bound)?.unwrap_or(0);
    let i = if i < 0 { i.saturating_add(len as i64).max(0) } else { i };
    Ok(usize::try_from(i).unwrap_or(usize::MAX))
}

fn list(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.given(1) {
        Some(iterable) => Ok(vm.list_from(iterable)?.value()),
        None => Ok(List::new(&mut vm.heap, Vec::new()).value()),
    }
}

fn append(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    vm.list_push(list, args.at(1))?;
    Ok(Value::NIL)
}

fn clear(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<List>(vm, args)?.items.clear();
    Ok(Value::NIL)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(vm.list_from(args.at(0))?.value())
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let mut count = 0;
    let mut i = 0;
    while let Some(item) = list.items.get(i) {
        count += usize::from(is_or_equals(vm, item, args.at(1))?);
        i += 1;
    }
    Ok(Value::len(count))
}

fn extend(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    vm.list_extend(list, args.at(1))?;
    Ok(Value::NIL)
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let mut i = index_bound(vm, args.at(2), 0, list.items.len())?;
    let stop = index_bound(vm, args.at(3), usize::MAX, list.items.len())?;
    while i < stop
        && let Some(item) = list.items.get(i)
    {
        if is_or_equals(vm, item, args.at(1))? {
            return Ok(Value::len(i));
        }
        i += 1;
    }
    let value = vm.repr(args.at(1))?;
    Err(vm.value_error(format!("{value} is not in list")))
}

fn insert(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let index = vm.expect_index(args.at(1))?;
    // Appended first, for that asks for the memory.
    vm.list_push(list, args.at(2))?;
    list.items.pop();
    let len = list.items.len();
    let index = if index < 0 { index.saturating_add(len as i64).max(0) } else { index };
    list.items.insert(usize::try_from(index).unwrap_or(len), args.at(2));
    Ok(Value::NIL)
}

fn pop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let Some(index) = args.given(1) else {
        return list.items.pop().ok_or_else(|| vm.index_error("pop from empty list"));
    };
    let index = vm.expect_index(index)?;
    let len = list.items.len();
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let index = if index < 0 { index.saturating_add(len as i64) } else { index };
    let item = usize::try_from(index).ok().and_then(|index| list.items.remove(index));
    item.ok_or_else(|| vm.index_error("pop index out of range"))
}

fn remove(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let mut i = 0;
    while let Some(item) = list.items.get(i) {
        if is_or_equals(vm, item, args.at(1))? {
            list.items.remove(i);
            return Ok(Value::NIL);
        }
        i += 1;
    }
    Err(vm.value_error("list.remove(x): x not in list"))
}

fn reverse(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<List>(vm, args)?.items.reverse();
    Ok(Value::NIL)
}

fn sort(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = receiver::<List>(vm, args)?;
    let reverse = vm.truth(args.given(2).unwrap_or(Value::FALSE))?;
    sort_list(vm, list, args.or_nil(1), reverse)?;
    Ok(Value::NIL)
}
