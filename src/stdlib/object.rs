//! `object`, `type`, `property` and `slice`: the classes that are about other values.

use super::int::add_parts;
use crate::value::{Class, Gc, Instance, NativeDef, Object, Property, Slice, Str, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, SliceBounds, Type, Vm};

const OBJECT: NativeDef = NativeDef::new("object(cls, /)", "An object without attributes.", object);
const TYPE: NativeDef = NativeDef::new("type(cls, object, /)", "The class of an object.", type_of);
const PROPERTY: NativeDef = NativeDef::new(
    "property(cls, fget=nil, fset=nil, fdel=nil)",
    "An attribute that is computed by `fget`, set through `fset`, and deleted through `fdel`.",
    property,
);
const SLICE: NativeDef =
    NativeDef::new("slice(cls, start, stop=nil, step=nil, /)", "What stands in `a[start:stop:step]`.", slice);

const PROPERTY_METHODS: &[NativeDef] = &[
    NativeDef::new("getter(self, fget, /)", "The property with another function that computes it.", getter),
    NativeDef::new("setter(self, fset, /)", "The property with a function that sets it.", setter),
    NativeDef::new("deleter(self, fdel, /)", "The property with a function that deletes it.", deleter),
];
const PROPERTY_PARTS: &[NativeDef] = &[
    NativeDef::new("fget(self, /)", "The function that computes it, or nil.", fget),
    NativeDef::new("fset(self, /)", "The function that sets it, or nil.", fset),
    NativeDef::new("fdel(self, /)", "The function that deletes it, or nil.", fdel),
];
const SLICE_METHODS: &[NativeDef] = &[NativeDef::new(
    "indices(self, length, /)",
    "The start, stop and step that the slice means for a sequence of that length.",
    indices,
)];

/// Adds the classes to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Object, &OBJECT);
    vm.set_constructor(Type::Type, &TYPE);
    vm.set_constructor(Type::Property, &PROPERTY);
    vm.set_constructor(Type::Slice, &SLICE);
    let class = vm.class_for(Type::Property);
    vm.add_methods(class, PROPERTY_METHODS);
    add_parts(vm, class, PROPERTY_PARTS);
    let class = vm.class_for(Type::Slice);
    vm.add_methods(class, SLICE_METHODS);
    for (name, ty) in
        [("object", Type::Object), ("type", Type::Type), ("property", Type::Property), ("slice", Type::Slice)]
    {
        let class = vm.class_for(ty).value();
        vm.add_builtin(name, class);
    }
}

/// The receiver of a method, which the VM has checked to be of the method's class.
pub(super) fn receiver<T: Object>(vm: &mut Vm, args: Args<'_>) -> Result<Gc<T>, Raised> {
    match args.at(0).as_object::<T>() {
        Some(object) => Ok(object),
        None => Err(vm.type_error("the receiver is of another type")),
    }
}

/// An attribute of a rooted object, or none if there is none or reading it raised `AttributeError`.
pub(super) fn attribute(vm: &mut Vm, object: Value, name: Gc<Str>) -> Result<Option<Value>, Raised> {
    match vm.find_attr(object, name) {
        Err(Raised(exception)) if vm.is_exception(exception, Exc::AttributeError) => Ok(None),
        found => found,
    }
}

fn object(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = args.at(0).as_object::<Class>().unwrap_or_else(|| vm.class_for(Type::Object));
    Ok(Instance::new(&mut vm.heap, class).value())
}

fn type_of(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(vm.class_of(args.at(1)).value())
}

fn property(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Property::new(&mut vm.heap, args.or_nil(1), args.or_nil(2), args.or_nil(3)).value())
}

fn getter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let property = receiver::<Property>(vm, args)?;
    Ok(Property::new(&mut vm.heap, args.at(1), property.setter, property.deleter).value())
}

fn setter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let property = receiver::<Property>(vm, args)?;
    Ok(Property::new(&mut vm.heap, property.getter, args.at(1), property.deleter).value())
}

fn deleter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let property = receiver::<Property>(vm, args)?;
    Ok(Property::new(&mut vm.heap, property.getter, property.setter, args.at(1)).value())
}

fn fget(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(receiver::<Property>(vm, args)?.getter)
}

fn fset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(receiver::<Property>(vm, args)?.setter)
}

fn fdel(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(receiver::<Property>(vm, args)?.deleter)
}

fn slice(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (start, stop) = match args.given(2) {
        Some(stop) => (args.at(1), stop),
        None => (Value::NIL, args.at(1)),
    };
    Ok(Slice::new(&mut vm.heap, start, stop, args.or_nil(3)).value())
}

fn indices(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let slice = receiver::<Slice>(vm, args)?;
    let length = vm.expect_index(args.at(1))?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length should not be negative"));
    };
    let bounds = SliceBounds::resolve(vm, slice.start, slice.stop, slice.step, length)?;
    let parts = [bounds.start, bounds.stop, bounds.step].map(|part| vm.heap.int(part));
    Ok(Tuple::new(&mut vm.heap, &parts).value())
}
