//! `sys`: the program and the interpreter that runs it; with the builtins `exit` and `quit`.

use std::cell::RefCell;

use super::io;
use crate::heap::Tracer;
use crate::shutdown;
use crate::value::{Gc, List, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "sys",
    doc: "The program and the interpreter that runs it. Left out: `path` and `modules` (the environment variable \
          `TOY_PATH` says where imports are searched), `exc_info`, `getsizeof`, what describes the implementation, and what looks into the interpreter.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const EXIT: NativeDef = NativeDef::new(
    "exit(code=nil, /)",
    "Ends the program by raising `SystemExit`: an int is the status, nil is 0, anything else is printed and is 1.",
    exit,
);

const QUIT: NativeDef = NativeDef::new("quit(code=nil, /)", "Ends the program, as `exit` does.", exit);

const FUNCTIONS: &[NativeDef] = &[
    EXIT,
    NativeDef::new(
        "get_int_max_str_digits()",
        "How many decimal digits an int may have when it becomes text or is read; 0 for any number.",
        get_int_max_str_digits,
    ),
    NativeDef::new("getrecursionlimit()", "How many calls may be under way at a time.", getrecursionlimit),
    NativeDef::new(
        "set_int_max_str_digits(maxdigits)",
        "Sets how many decimal digits an int may have when it becomes text or is read; 0 for any number.",
        set_int_max_str_digits,
    ),
    NativeDef::new(
        "setrecursionlimit(limit, /)",
        "Sets how many calls may be under way at a time; one more raises `RecursionError`.",
        setrecursionlimit,
    ),
];

/// Not listed among the functions: `sys.excepthook` must be told apart from what a program puts in its place.
const EXCEPTHOOK: NativeDef = NativeDef::new(
    "excepthook(exctype, value, traceback, /)",
    "Prints an exception that nobody caught. Another function in its place is called instead.",
    excepthook,
);

/// The program's arguments, the name of the program first.
#[derive(Default)]
pub struct Arguments(pub RefCell<Vec<String>>);

impl StdlibState for Arguments {
    fn trace(&self, _: &mut Tracer) {}
}

/// Adds the builtins of this module.
pub fn install(vm: &mut Vm) {
    for (name, def) in [("exit", &EXIT), ("quit", &QUIT)] {
        let native = vm.native(def);
        vm.add_builtin(name, native);
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let arguments = vm.state::<Arguments>().0.borrow().clone();
    let arguments = arguments.iter().map(|argument| vm.heap.str(argument)).collect();
    let argv = List::new(&mut vm.heap, arguments).value();
    let version = env!("CARGO_PKG_VERSION");
    let numbers: Vec<Value> =
        version.split('.').filter_map(|part| part.parse().ok()).map(|part: usize| Value::len(part)).collect();
    let hook = vm.native(&EXCEPTHOOK);
    let executable = vm.host.executable().unwrap_or_default();
    let values = [
        ("argv", argv),
        ("executable", vm.heap.str(&executable.to_string_lossy())),
        ("version", vm.heap.str(version)),
        ("version_info", Tuple::new(&mut vm.heap, &numbers).value()),
        ("platform", vm.heap.str(std::env::consts::OS)),
        ("maxsize", vm.heap.int(i64::MAX)),
        ("excepthook", hook),
        ("__excepthook__", hook),
    ];
    for (name, value) in values {
        let name = vm.heap.intern(name);
        module.add_slot(name, value);
    }
    io::connect_sys(vm, module, hook);
    Ok(())
}

fn exit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.given(0) {
        Some(code) => Err(vm.error_with(Exc::SystemExit, &[code])),
        None => Err(vm.error_with(Exc::SystemExit, &[])),
    }
}

fn excepthook(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if vm.is_exception(args.at(1), Exc::BaseException) {
        shutdown::say_exception(vm, args.at(1));
        return Ok(Value::NIL);
    }
    let class = vm.type_name(args.at(1));
    Err(vm.type_error(format!("excepthook(): Exception expected for value, {class} found")))
}

fn get_int_max_str_digits(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::len(vm.int_text_limit()))
}

fn set_int_max_str_digits(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    const LEAST: usize = 640;
    match usize::try_from(vm.expect_index(args.at(0))?) {
        Ok(digits @ (0 | LEAST..)) => {
            vm.set_int_text_limit(digits);
            Ok(Value::NIL)
        }
        _ => Err(vm.value_error(format!("maxdigits must be 0 or larger than {LEAST}"))),
    }
}

fn getrecursionlimit(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::len(vm.limits.recursion))
}

fn setrecursionlimit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let limit = vm.expect_index(args.at(0))?;
    let Some(limit) = usize::try_from(limit).ok().filter(|limit| *limit > 0) else {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    };
    // An exit handler has a budget of its own, above the frames of what called it.
    let floor = vm.stack.handling_floor;
    let depth = vm.stack.frames.len() - floor.min(vm.stack.frames.len());
    if !vm.stack.set_max_frames(floor.saturating_add(limit)) {
        let message = format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        );
        return Err(vm.error(Exc::RecursionError, message));
    }
    vm.limits.recursion = limit;
    Ok(Value::NIL)
}
