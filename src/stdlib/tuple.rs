//! `tuple`.

use super::list::{index_bound, is_or_equals};
use super::object::receiver;
use crate::value::{NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Type, Vm};

const TUPLE: NativeDef = NativeDef::new(
    "tuple(cls, iterable=nil, /)",
    "A tuple of the items of an iterable, or an empty one.",
    tuple,
);

const METHODS: &[NativeDef] = &[
    NativeDef::new("count(self, value, /)", "How many items equal the value.", count),
    NativeDef::new(
        "index(self, value, start=0, stop=nil, /)",
        "The index of the first item that equals the value; `ValueError` if there is none.",
        index,
    ),
];

/// Adds `tuple` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Tuple, &TUPLE);
    let class = vm.class_for(Type::Tuple);
    vm.add_methods(class, METHODS);
    vm.add_builtin("tuple", class.value());
}

fn tuple(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let items = match args.given(1) {
        Some(iterable) if iterable.as_object::<Tuple>().is_some_and(|tuple| tuple.class().is_none()) => {
            return Ok(iterable);
        }
        Some(iterable) => vm.collect_list(iterable)?,
        None => Vec::new(),
    };
    Ok(Tuple::new(&mut vm.heap, &items).value())
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let tuple = receiver::<Tuple>(vm, args)?;
    let mut count = 0;
    for item in tuple.items() {
        count += usize::from(is_or_equals(vm, *item, args.at(1))?);
    }
    Ok(Value::len(count))
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let tuple = receiver::<Tuple>(vm, args)?;
    let len = tuple.items().len();
    let start = index_bound(vm, args.at(2), 0, len)?;
    let stop = index_bound(vm, args.at(3), len, len)?;
    for (i, item) in tuple.items().iter().enumerate().take(stop).skip(start) {
        if is_or_equals(vm, *item, args.at(1))? {
            return Ok(Value::len(i));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}
