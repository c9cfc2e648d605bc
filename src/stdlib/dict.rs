//! `dict` and its views.
//!
//! What is hard: keys with a `==` or `hash` of their own may change the dict while it is used. So nothing here
//! keeps a position across a call that compares keys.

use super::object::{attribute, receiver};
use crate::value::{Dict, DictPart, DictView, Gc, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Sym, Type, Vm};

const DICT: NativeDef = NativeDef::new(
    "dict(cls, iterable=nil, /, **options)",
    "A dict of a mapping's items or of an iterable of pairs, and of keyword arguments.",
    dict,
);

const METHODS: &[NativeDef] = &[
    NativeDef::new("clear(self, /)", "Removes all items.", clear),
    NativeDef::new("copy(self, /)", "A new dict with the same items.", copy),
    NativeDef::new("get(self, key, default=nil, /)", "The value of a key, or a default.", get),
    NativeDef::new("items(self, /)", "A view of the pairs of keys and values.", items),
    NativeDef::new("keys(self, /)", "A view of the keys.", keys),
    NativeDef::new(
        "pop(self, key, default=nil, /)",
        "Removes a key and returns its value; without the key, the default, or `KeyError`.",
        pop,
    ),
    NativeDef::new("popitem(self, /)", "Removes the last item and returns it as a pair.", popitem),
    NativeDef::new(
        "setdefault(self, key, default=nil, /)",
        "The value of a key, which gets the default first if it is not there.",
        setdefault,
    ),
    NativeDef::new(
        "update(self, iterable=nil, /, **options)",
        "Puts in the items of a mapping or an iterable of pairs, and keyword arguments.",
        update,
    ),
    NativeDef::new("values(self, /)", "A view of the values.", values),
];

const FROM_KEYS: NativeDef = NativeDef::new(
    "fromkeys(iterable, value=nil, /)",
    "A dict of the keys, each with the same value.",
    from_keys,
);

const VIEW_METHODS: &[NativeDef] =
    &[NativeDef::new("isdisjoint(self, other, /)", "Whether nothing of it is in the other.", is_disjoint)];

/// Adds `dict` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Dict, &DICT);
    let class = vm.class_for(Type::Dict);
    vm.add_methods(class, METHODS);
    vm.add_builtin("dict", class.value());
    let name = vm.heap.intern("fromkeys");
    let from_keys = vm.native(&FROM_KEYS);
    let _ = class.set_member(name, from_keys);
    for ty in [Type::DictKeys, Type::DictItems] {
        let class = vm.class_for(ty);
        vm.add_methods(class, VIEW_METHODS);
        class.set_abstract();
    }
    vm.class_for(Type::DictValues).set_abstract();
}

/// Puts everything of `other`, a mapping or an iterable of pairs, into a dict. Both are rooted.
fn update_from(vm: &mut Vm, dict: Gc<Dict>, other: Value) -> Result<(), Raised> {
    if other.as_object::<Dict>().is_some() {
        return vm.dict_update(dict, other);
    }
    let keys = vm.sym(Sym::Keys);
    let Some(keys) = attribute(vm, other, keys)? else { return vm.dict_update(dict, other) };
    let keys = vm.rooted(&[keys], |vm| vm.call(keys, &[]))?;
    vm.for_each(keys, |vm, key| {
        let value = vm.get_item(other, key)?;
        vm.rooted(&[value], |vm| vm.dict_put(dict, key, value))?;
        Ok(true)
    })
}

/// What `dict(…)` and `update(…)` do with their arguments, from the second on.
fn update_from_arguments(vm: &mut Vm, dict: Gc<Dict>, args: Args<'_>) -> Result<(), Raised> {
    update_from_options(vm, dict, args.given(1), args.given(2))
}

/// Puts in everything of a mapping or iterable of pairs, and keyword arguments. All are rooted.
pub(super) fn update_from_options(
    vm: &mut Vm,
    dict: Gc<Dict>,
    iterable: Option<Value>,
    options: Option<Value>,
) -> Result<(), Raised> {
    if let Some(iterable) = iterable {
        update_from(vm, dict, iterable)?;
    }
    match options {
        Some(options) => vm.dict_update(dict, options),
        None => Ok(()),
    }
}

fn dict(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = Dict::new(&mut vm.heap);
    vm.rooted(&[dict.value()], |vm| update_from_arguments(vm, dict, args))?;
    Ok(dict.value())
}

fn from_keys(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = Dict::new(&mut vm.heap);
    vm.rooted(&[dict.value()], |vm| {
        vm.for_each(args.at(0), |vm, key| {
            vm.dict_put(dict, key, args.or_nil(1))?;
            Ok(true)
        })
    })?;
    Ok(dict.value())
}

fn clear(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<Dict>(vm, args)?.table.clear();
    Ok(Value::NIL)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    vm.reserve(dict.table.len() * 4 * size_of::<Value>())?;
    Ok(Dict::from_table(&mut vm.heap, dict.table.copy()).value())
}

fn get(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    Ok(vm.dict_get(dict, args.at(1))?.unwrap_or(args.or_nil(2)))
}

fn view(vm: &mut Vm, args: Args<'_>, part: DictPart) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    Ok(DictView::new(&mut vm.heap, dict, part).value())
}

fn keys(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    view(vm, args, DictPart::Keys)
}

fn values(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    view(vm, args, DictPart::Values)
}

fn items(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    view(vm, args, DictPart::Items)
}

fn pop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    // In an empty dict nothing is looked for, so any key will do.
    let found = if dict.table.is_empty() { None } else { vm.dict_remove(dict, args.at(1))? };
    match found.or(args.given(2)) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(args.at(1))),
    }
}

fn popitem(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    let last = (0..dict.table.end()).rev().find(|i| dict.table.entry(*i).is_some());
    match last.and_then(|i| dict.table.remove(i)) {
        Some((key, value)) => Ok(Tuple::new(&mut vm.heap, &[key, value]).value()),
        None => {
            let message = vm.heap.str("popitem(): dictionary is empty");
            Err(vm.error_with(Exc::KeyError, &[message]))
        }
    }
}

fn setdefault(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    if let Some(value) = vm.dict_get(dict, args.at(1))? {
        return Ok(value);
    }
    vm.dict_put(dict, args.at(1), args.or_nil(2))?;
    Ok(args.or_nil(2))
}

fn update(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dict = receiver::<Dict>(vm, args)?;
    update_from_arguments(vm, dict, args)?;
    Ok(Value::NIL)
}

fn is_disjoint(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let view = args.at(0);
    let mut disjoint = true;
    vm.for_each(args.at(1), |vm, item| {
        disjoint = !vm.contains(view, item)?;
        Ok(disjoint)
    })?;
    Ok(Value::bool(disjoint))
}
