//! `defaultdict`: a dict that makes the values of missing keys.

use super::super::int::add_parts;
use super::class_argument;
use crate::value::{Class, Dict, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, Type, Vm};

static CONSTRUCT: NativeDef = NativeDef::new(
    "defaultdict(cls, default_factory=nil, iterable=nil, /, **options)",
    "A dict in which indexing a missing key stores what the factory gives.",
    construct,
);
static METHODS: &[NativeDef] = &[
    NativeDef::new("copy(self, /)", "A new one with the same factory and items.", copy),
    NativeDef::new("__copy__(self, /)", "As `copy`.", copy),
    NativeDef::new("missing(self, key, /)", "Makes, stores and returns the value of a key.", missing),
    NativeDef::new("repr(self, /)", "The text of the factory and the items.", repr),
    NativeDef::new("|(self, other, /)", "A new one with the items of both.", union),
    NativeDef::new("ror(self, other, /)", "As `|`, from the right.", union_reflected),
];

static PARTS: &[NativeDef] =
    &[NativeDef::new("default_factory(self, /)", "What makes the values of missing keys, or nil.", factory)];

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_subclass("defaultdict", Type::Dict, &CONSTRUCT, METHODS);
    add_parts(vm, class, PARTS);
    class
}

fn factory(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver(vm, args).map(|(dict, _)| dict.factory.get())
}

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<(Gc<Dict>, Gc<Class>), Raised> {
    let dict = args.at(0).as_object::<Dict>();
    dict.and_then(|dict| Some((dict, dict.class?))).ok_or_else(|| vm.type_error("a defaultdict is needed"))
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_argument(vm, args)?;
    let factory = args.or_nil(1);
    if !factory.is_nil() && !vm.is_callable(factory) {
        return Err(vm.type_error("first argument must be callable or nil"));
    }
    let dict = Dict::of_class(&mut vm.heap, Default::default(), class, factory);
    vm.rooted(&[dict.value()], |vm| {
        super::super::dict::update_from_options(vm, dict, args.given(2), args.given(3))
    })?;
    Ok(dict.value())
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, class) = receiver(vm, args)?;
    vm.reserve(dict.table.len() * 4 * size_of::<Value>())?;
    Ok(Dict::of_class(&mut vm.heap, dict.table.copy(), class, dict.factory.get()).value())
}

fn missing(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let factory = dict.factory.get();
    if factory.is_nil() {
        return Err(vm.key_error(args.at(1)));
    }
    let value = vm.call(factory, &[])?;
    vm.rooted(&[value], |vm| vm.dict_put(dict, args.at(1), value))?;
    Ok(value)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (dict, _) = receiver(vm, args)?;
    let mut text = String::new();
    vm.shown_once(&mut text, args.at(0), "defaultdict(...)", |vm, out| {
        let factory = vm.repr(dict.factory.get())?;
        // The items as a plain dict would show them.
        let plain = Dict::from_table(&mut vm.heap, dict.table.copy()).value();
        let items = vm.rooted(&[plain], |vm| vm.repr(plain))?;
        out.push_str(&format!("defaultdict({factory}, {items})"));
        Ok(())
    })?;
    vm.make_str(&text)
}

fn union(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    join(vm, args, args.at(0), args.at(1))
}

fn union_reflected(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    join(vm, args, args.at(1), args.at(0))
}

/// The items of two dicts in one of the receiver's class.
fn join(vm: &mut Vm, args: Args<'_>, left: Value, right: Value) -> NativeResult {
    let (dict, class) = receiver(vm, args)?;
    let (Some(left), Some(_)) = (left.as_object::<Dict>(), right.as_object::<Dict>()) else {
        return Ok(vm.not_implemented);
    };
    let result = Dict::of_class(&mut vm.heap, left.table.copy(), class, dict.factory.get());
    vm.rooted(&[result.value()], |vm| vm.dict_update(result, right))?;
    Ok(result.value())
}
