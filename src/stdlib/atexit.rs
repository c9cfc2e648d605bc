//! `atexit`: exit handlers, as programs see them. What they do is in `shutdown/`.

use crate::shutdown::{self, Entry, EntryObject, Registry};
use crate::value::{Class, Foreign, Gc, List, Module, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "atexit",
    doc: "Functions that run when the program ends, last in, first out. Left out: nothing.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "register(*args, **kwargs)",
        "Calls the first argument with the others when the program ends; returns it, so it can decorate a function.",
        register,
    ),
    NativeDef::new("unregister(func, /)", "Takes back every registration of a function.", unregister),
    NativeDef::new("clear()", "Takes back all registrations.", clear),
    NativeDef::new("count()", "How many handlers wait to be run.", count),
    NativeDef::new("handlers()", "The registrations, in the order in which they would run.", handlers),
    NativeDef::new(
        "run()",
        "Runs the handlers now and empties the registry; raises the last exception of theirs.",
        run,
    ),
];

const ENTRY_METHODS: &[NativeDef] =
    &[NativeDef::new("repr(self, /)", "A text for people who program.", entry_repr)];

/// The arguments are taken as they come, for CPython refuses wrong ones in words of its own.
fn register(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let keywords = args.at(0);
    let Some((function, rest)) = args.slice().get(1..).and_then(|given| given.split_first()) else {
        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !vm.is_callable(*function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    shutdown::register(vm, *function, rest, keywords)?;
    Ok(*function)
}

fn unregister(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    shutdown::unregister(vm, args.at(0))?;
    Ok(Value::NIL)
}

fn clear(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    vm.state::<Registry>().clear();
    Ok(Value::NIL)
}

fn count(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::len(vm.state::<Registry>().len()))
}

fn handlers(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let registry = vm.state::<Registry>();
    vm.reserve(registry.len() * size_of::<(EntryObject, Value)>())?;
    let mut objects = Vec::with_capacity(registry.len());
    for entry in registry.snapshot().into_iter().rev() {
        objects.extend(registry.object(vm, entry.id, new_object).map(Gc::value));
    }
    Ok(List::new(&mut vm.heap, objects).value())
}

fn new_object(vm: &mut Vm, entry: Entry) -> Gc<Foreign> {
    let class = entry_class(vm);
    Foreign::new(&mut vm.heap, class, EntryObject::new(entry))
}

fn entry_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("ExitHandler", ENTRY_METHODS);
        vm.describe(class, "A registration, as `handlers` lists them.");
        class
    })
}

fn setup(vm: &mut Vm, _: Gc<Module>) -> Result<(), Raised> {
    entry_class(vm);
    Ok(())
}

fn run(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    shutdown::run_now(vm)
}

fn entry_repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = match args.at(0).foreign::<EntryObject>() {
        Some(object) => format!("<{}>", object.entry.describe()),
        None => return Err(entry_error(vm)),
    };
    Ok(vm.heap.str(&text))
}

fn entry_error(vm: &mut Vm) -> Raised {
    vm.type_error("a registration is needed")
}
