//! `os`: the process and its surroundings.

use crate::value::{Dict, Gc, Module, NativeDef, Value};
use crate::vm::{Args, Halt, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "os",
    doc: "The process and its surroundings.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("getpid()", "The number of the process.", getpid),
    NativeDef::new("getenv(key, default=nil)", "An environment variable, or a default.", getenv),
    NativeDef::new(
        "_exit(status)",
        "Ends the process at once: no exit handler runs, and nothing is flushed.",
        exit_at_once,
    ),
];

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let environ = Dict::new(&mut vm.heap);
    for (name, value) in vm.host.variables() {
        let name = vm.heap.intern(&name);
        let value = vm.heap.str(&value);
        environ.table.put_str(name, value);
    }
    for (name, value) in
        [("environ", environ.value()), ("name", vm.heap.str("posix")), ("linesep", vm.heap.str("\n"))]
    {
        let name = vm.heap.intern(name);
        module.add_slot(name, value);
    }
    Ok(())
}

fn getpid(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let id = vm.host.process_id();
    Ok(Value::len(id as usize))
}

fn getenv(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(key) = args.at(0).as_str() else {
        let class = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("str expected, not {class}")));
    };
    // What the program has put into `os.environ` counts.
    let environ = match vm.native_module_named("os") {
        Some(module) => {
            let name = vm.heap.intern("environ");
            module?.get(name)
        }
        None => None,
    };
    let found =
        environ.and_then(|environ| environ.as_object::<Dict>()).and_then(|dict| dict.table.get_str(&key));
    Ok(found.unwrap_or_else(|| args.or_nil(1)))
}

/// The library ends no process: it unwinds to whoever runs the interpreter, and runs nothing of the program on the way.
fn exit_at_once(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let status = vm.expect_index(args.at(0))?;
    let Ok(status) = i32::try_from(status) else {
        return Err(vm.overflow_error("int too large to convert to C int"));
    };
    Err(vm.halt(Halt::Exit(status)))
}
