//! The methods of exceptions.

use super::object::receiver;
use crate::value::{ExceptionSlot, Instance, NativeDef, Traceback, Value};
use crate::vm::{Args, Exc, NativeResult, Vm};

const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "add_note(self, note, /)",
        "Adds a text to the list `notes`, which a traceback shows below the message.",
        add_note,
    ),
    NativeDef::new(
        "with_traceback(self, traceback, /)",
        "Replaces the traceback, or takes it away if that is nil; returns the exception.",
        with_traceback,
    ),
];

/// Gives all exceptions their methods.
pub fn install(vm: &mut Vm) {
    let class = vm.exception_class(Exc::BaseException);
    vm.add_methods(class, METHODS);
}

fn add_note(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let note = args.at(1);
    if note.as_str().is_none() {
        let class = vm.type_name(note);
        return Err(vm.type_error(format!("note must be a str, not '{class}'")));
    }
    vm.add_note(args.at(0), note)?;
    Ok(Value::NIL)
}

fn with_traceback(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let exception = receiver::<Instance>(vm, args)?;
    let traceback = args.at(1);
    if !traceback.is_nil() && traceback.as_object::<Traceback>().is_none() {
        return Err(vm.type_error("traceback must be a traceback or nil"));
    }
    exception.set_slot(ExceptionSlot::Traceback as usize, traceback);
    Ok(exception.value())
}
