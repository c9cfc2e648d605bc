//! `traceback`: the text of exceptions, as the interpreter reports one that nobody caught.

use crate::report;
use crate::shutdown;
use crate::value::{Class, List, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "traceback",
    doc: "The text of exceptions. Left out: `limit`, `file` and `chain`, stacks without an exception, and objects for \
          the parts of a traceback.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("format_exc()", "The text of the exception that is being handled.", format_exc),
    NativeDef::new(
        "format_exception(exc, /, value=nil, tb=nil)",
        "The text of an exception, as a list of lines.",
        format_exception,
    ),
    NativeDef::new("print_exc()", "Writes the exception that is being handled to standard error.", print_exc),
    NativeDef::new(
        "print_exception(exc, /, value=nil, tb=nil)",
        "Writes an exception to standard error.",
        print_exception,
    ),
];

/// What there is to say where no exception is being handled.
const NONE: &str = "nil: nil\n";

fn format_exc(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let text = match vm.handled() {
        Some(exception) => report::traceback(vm, exception.value()),
        None => NONE.to_string(),
    };
    Ok(vm.heap.str(&text))
}

fn print_exc(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    match vm.handled() {
        Some(exception) => shutdown::say_exception(vm, exception.value()),
        None => shutdown::say(vm, NONE),
    }
    Ok(Value::NIL)
}

/// The exception, given alone or, as in older programs, behind its class.
fn exception(vm: &mut Vm, args: Args<'_>) -> Result<Value, Raised> {
    let given = match args.given(1) {
        Some(value) if args.at(0).as_object::<Class>().is_some() => value,
        _ => args.at(0),
    };
    if vm.is_exception(given, Exc::BaseException) {
        return Ok(given);
    }
    let class = vm.type_name(given);
    Err(vm.type_error(format!("Exception expected for value, {class} found")))
}

fn format_exception(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let exception = exception(vm, args)?;
    let text = report::traceback(vm, exception);
    let lines = text.split_inclusive('\n').map(|line| vm.heap.str(line)).collect();
    Ok(List::new(&mut vm.heap, lines).value())
}

fn print_exception(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let exception = exception(vm, args)?;
    shutdown::say_exception(vm, exception);
    Ok(Value::NIL)
}
