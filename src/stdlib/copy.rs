//! `copy`: copies of values, flat and deep.
//!
//! What is hard about deep copies: values share parts and contain themselves, and a `__deepcopy__` method may do
//! anything. The memo is a dict from identities to copies, as Python's, so that a method can hand it on; it also keeps
//! the originals alive, so that no identity comes twice.

use num_bigint::BigInt;

use crate::value::{
    Dict, ExceptionSlot, Foreign, Gc, Instance, Kind, List, NativeDef, Set, Table, Tuple, Value,
};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "copy",
    doc: "Copies of values. A class may have methods `__copy__()` and `__deepcopy__(memo)`. What nothing can \
          change, such as a date or a pattern, is its own copy. Left out: `replace`, copies of iterators, and \
          `Error`, for what cannot be copied raises `TypeError`.",
    functions: &[
        NativeDef::new("copy(x, /)", "A copy that shares its parts with the original.", copy),
        NativeDef::new("deepcopy(x, memo=nil, /)", "A copy of a value and of all its parts.", deepcopy),
    ],
    setup: None,
};

/// What the class's method for copying gives, if there is one.
fn by_method(vm: &mut Vm, x: Value, name: &str, args: &[Value]) -> Result<Option<Value>, Raised> {
    let name = vm.heap.intern(name);
    let Some(member) = vm.class_of(x).lookup(name) else { return Ok(None) };
    let method = vm.bind(x, member)?;
    vm.rooted(&[method], |vm| vm.call(method, args)).map(Some)
}

/// Whether a value is its own copy.
fn is_atomic(x: Value) -> bool {
    !matches!(
        x.kind(),
        Some(
            Kind::List
                | Kind::Tuple
                | Kind::Dict
                | Kind::Set
                | Kind::Instance
                | Kind::Foreign
                | Kind::Module
                | Kind::Generator
                | Kind::Iter
                | Kind::DictView
                | Kind::Traceback
                | Kind::BoundMethod
        )
    )
}

#[cold]
fn cannot_copy(vm: &mut Vm, x: Value) -> Raised {
    let name = vm.type_name(x);
    vm.type_error(format!("cannot pickle '{name}' object"))
}

/// An instance of the same class with the same attributes, each as `f` gives it. `made` is told of it first.
fn copy_instance(
    vm: &mut Vm,
    x: Gc<Instance>,
    made: impl FnOnce(&mut Vm, Value) -> Result<(), Raised>,
    mut f: impl FnMut(&mut Vm, Value) -> NativeResult,
) -> NativeResult {
    let copy = Instance::new(&mut vm.heap, x.class());
    let is_exception = vm.is_exception(x.value(), Exc::BaseException);
    vm.rooted(&[copy.value()], |vm| {
        made(vm, copy.value())?;
        for (i, key) in x.shape().keys().into_iter().enumerate() {
            // A copied exception has not been raised.
            if is_exception && i != ExceptionSlot::Args as usize && i <= ExceptionSlot::Traceback as usize {
                continue;
            }
            let Some(value) = x.get(key) else { continue };
            let value = vm.rooted(&[key.value(), value], |vm| f(vm, value))?;
            copy.set(&mut vm.heap, key, value);
        }
        Ok(copy.value())
    })
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let x = args.at(0);
    if is_atomic(x) {
        return Ok(x);
    }
    if let Some(copy) = by_method(vm, x, "__copy__", &[])? {
        return Ok(copy);
    }
    if let Some(list) = x.as_object::<List>() {
        vm.reserve(list.items.len() * size_of::<Value>())?;
        return Ok(List::new(&mut vm.heap, list.items.to_vec()).value());
    }
    if let Some(dict) = x.as_object::<Dict>() {
        vm.reserve(dict.table.len() * 4 * size_of::<Value>())?;
        return Ok(Dict::from_table(&mut vm.heap, dict.table.copy()).value());
    }
    if let Some(set) = x.as_object::<Set>() {
        if set.frozen {
            return Ok(x);
        }
        vm.reserve(set.table.len() * 4 * size_of::<Value>())?;
        return Ok(Set::from_table(&mut vm.heap, set.table.copy(), false).value());
    }
    if let Some(instance) = x.as_object::<Instance>() {
        if x == vm.not_implemented {
            return Ok(x);
        }
        return copy_instance(vm, instance, |_, _| Ok(()), |_, value| Ok(value));
    }
    if let Some(foreign) = x.as_object::<Foreign>()
        && let Some(copy) = foreign.copied(vm, foreign)
    {
        return copy.map(Gc::value);
    }
    match x.kind() {
        Some(Kind::Tuple | Kind::BoundMethod) => Ok(x),
        _ => Err(cannot_copy(vm, x)),
    }
}

fn deepcopy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let memo = match args.or_nil(1) {
        Value::NIL => Dict::new(&mut vm.heap),
        memo => match memo.as_object::<Dict>() {
            Some(memo) => memo,
            None => return Err(vm.type_error("memo must be a dict")),
        },
    };
    vm.rooted(&[memo.value()], |vm| deep(vm, memo, args.at(0)))
}

fn identity(vm: &mut Vm, x: Value) -> Value {
    vm.heap.big_int(BigInt::from(x.identity()))
}

/// Notes the copy of a value; both are rooted.
fn note(vm: &mut Vm, memo: Gc<Dict>, x: Value, copy: Value) -> Result<(), Raised> {
    let key = identity(vm, x);
    vm.dict_put(memo, key, copy)?;
    // The memo's own identity leads to the originals.
    let key = identity(vm, memo.value());
    let kept = match vm.dict_get(memo, key)?.and_then(|kept| kept.as_object::<List>()) {
        Some(kept) => kept,
        None => {
            let kept = List::new(&mut vm.heap, Vec::new());
            vm.dict_put(memo, key, kept.value())?;
            kept
        }
    };
    vm.list_push(kept, x)
}

/// The deep copy of a value; the memo is rooted.
fn deep(vm: &mut Vm, memo: Gc<Dict>, x: Value) -> NativeResult {
    if is_atomic(x) {
        return Ok(x);
    }
    let key = identity(vm, x);
    if let Some(copy) = vm.dict_get(memo, key)? {
        return Ok(copy);
    }
    vm.nested("", &[x], |vm| deep_parts(vm, memo, x))
}

/// The deep copy of a part of a value that copies itself; the memo is what its `__deepcopy__` was given.
pub(super) fn deep_item(vm: &mut Vm, memo: Value, item: Value) -> NativeResult {
    match memo.as_object::<Dict>() {
        Some(memo) => deep(vm, memo, item),
        None => Err(vm.type_error("the memo must be a dict")),
    }
}

fn deep_parts(vm: &mut Vm, memo: Gc<Dict>, x: Value) -> NativeResult {
    if let Some(copy) = by_method(vm, x, "__deepcopy__", &[memo.value()])? {
        vm.rooted(&[copy], |vm| note(vm, memo, x, copy))?;
        return Ok(copy);
    }
    if let Some(list) = x.as_object::<List>() {
        let copy = List::new(&mut vm.heap, Vec::new());
        return vm.rooted(&[copy.value()], |vm| {
            note(vm, memo, x, copy.value())?;
            let mut i = 0;
            while let Some(item) = list.items.get(i) {
                let item = deep(vm, memo, item)?;
                vm.rooted(&[item], |vm| vm.list_push(copy, item))?;
                i += 1;
            }
            Ok(copy.value())
        });
    }
    if let Some(tuple) = x.as_object::<Tuple>() {
        return deep_tuple(vm, memo, tuple);
    }
    if let Some(dict) = x.as_object::<Dict>() {
        let copy = match dict.class {
            Some(class) => Dict::of_class(&mut vm.heap, Table::new(), class, dict.factory.get()),
            None => Dict::new(&mut vm.heap),
        };
        return vm.rooted(&[copy.value()], |vm| {
            note(vm, memo, x, copy.value())?;
            for i in 0.. {
                if i >= dict.table.end() {
                    break;
                }
                let Some((key, value)) = dict.table.entry(i) else { continue };
                vm.rooted(&[value], |vm| {
                    let key = deep(vm, memo, key)?;
                    vm.rooted(&[key], |vm| {
                        let value = deep(vm, memo, value)?;
                        vm.dict_put(copy, key, value)
                    })
                })?;
            }
            Ok(copy.value())
        });
    }
    if let Some(set) = x.as_object::<Set>() {
        let copy = Set::from_table(&mut vm.heap, Table::new(), set.frozen);
        return vm.rooted(&[copy.value()], |vm| {
            let items = List::new(&mut vm.heap, set.table.keys());
            vm.for_each(items.value(), |vm, item| {
                let item = deep(vm, memo, item)?;
                vm.set_add(&copy.table, item)?;
                Ok(true)
            })?;
            note(vm, memo, x, copy.value())?;
            Ok(copy.value())
        });
    }
    if let Some(instance) = x.as_object::<Instance>() {
        if x == vm.not_implemented {
            return Ok(x);
        }
        return copy_instance(
            vm,
            instance,
            |vm, copy| note(vm, memo, x, copy),
            |vm, value| deep(vm, memo, value),
        );
    }
    if let Some(foreign) = x.as_object::<Foreign>()
        && let Some(copy) = foreign.copied(vm, foreign)
    {
        let copy = copy?.value();
        if copy != x {
            vm.rooted(&[copy], |vm| note(vm, memo, x, copy))?;
        }
        return Ok(copy);
    }
    match x.kind() {
        Some(Kind::BoundMethod) => Ok(x),
        _ => Err(cannot_copy(vm, x)),
    }
}

/// A tuple whose parts are all their own copies is its own copy too.
fn deep_tuple(vm: &mut Vm, memo: Gc<Dict>, tuple: Gc<Tuple>) -> NativeResult {
    let parts = List::new(&mut vm.heap, Vec::with_capacity(tuple.items().len()));
    vm.rooted(&[parts.value()], |vm| {
        for item in tuple.items() {
            let item = deep(vm, memo, *item)?;
            parts.items.push(item);
        }
        // One of the parts may have led back here.
        let key = identity(vm, tuple.value());
        if let Some(copy) = vm.dict_get(memo, key)? {
            return Ok(copy);
        }
        let items = parts.items.to_vec();
        if items == tuple.items() {
            return Ok(tuple.value());
        }
        let copy = match tuple.class() {
            Some(class) => Tuple::of_class(&mut vm.heap, &items, class).value(),
            None => Tuple::new(&mut vm.heap, &items).value(),
        };
        vm.rooted(&[copy], |vm| note(vm, memo, tuple.value(), copy))?;
        Ok(copy)
    })
}
