//! Outcomes: why a program ends while its values still exist, and what is left of that when they are gone.

use std::io;

use super::entry::Entry;
use super::inject::Injection;
use super::journal::TimedStep;
use super::status::{Ending, ExitStatus};
use crate::host::Signal;
use crate::value::{BoxedInt, Instance, Kind, Value};
use crate::vm::{Exc, Halt, NativeResult, Raised, Sym, Vm};
use num_integer::Integer;
use num_traits::ToPrimitive;

/// Why a program ends.
#[derive(Debug)]
pub enum Outcome {
    /// It came to its end.
    Normal,
    /// `exit(value)`, and the `SystemExit` that it raised.
    Exit { value: Value, exception: Value },
    /// An exception that nobody caught.
    Error(Value),
    /// Its text has errors, which are reported as such: the `SyntaxError`, and the report.
    Refused { exception: Value, report: String },
    /// The step budget is used up: nothing of the program may run any more.
    OutOfSteps,
    /// Ctrl-C: the `KeyboardInterrupt`.
    Interrupt(Value),
    /// A signal that asks to end, or a reader that went away; with the exception that said so, if one did.
    Signal { number: i32, exception: Option<Value> },
}

impl Outcome {
    /// What escaped the program in the end decides.
    pub fn of(vm: &mut Vm, result: NativeResult) -> Outcome {
        let Err(Raised(exception)) = result else { return Outcome::Normal };
        if let Some(halt) = vm.halted() {
            return match halt {
                Halt::Steps => Outcome::OutOfSteps,
                Halt::Signal(signal) => Outcome::Signal { number: signal.number(), exception: None },
                Halt::Exit(_) | Halt::Leftover => Outcome::Normal,
                Halt::Forked => match vm.take_forked_result() {
                    Some(exception) => Outcome::of(vm, Err(Raised(exception))),
                    None => Outcome::Normal,
                },
            };
        }
        if vm.is_exception(exception, Exc::SystemExit) {
            Outcome::Exit { value: exit_value(vm, exception), exception }
        } else if vm.is_exception(exception, Exc::KeyboardInterrupt) {
            Outcome::Interrupt(exception)
        } else if vm.is_exception(exception, Exc::Terminated) {
            let number = terminating_signal(vm, exception);
            Outcome::Signal { number, exception: Some(exception) }
        } else if vm.is_exception(exception, Exc::BrokenPipeError) {
            Outcome::Signal { number: Signal::Pipe.number(), exception: Some(exception) }
        } else {
            Outcome::Error(exception)
        }
    }

    /// The same, as far as the status goes.
    pub fn ending(&self) -> Ending {
        match self {
            Outcome::Normal => Ending::Normal,
            Outcome::Exit { value, .. } => Ending::Exit(exit_code(*value).status),
            Outcome::Error(_) | Outcome::Refused { .. } | Outcome::OutOfSteps => Ending::Error,
            Outcome::Interrupt(_) => Ending::Interrupt,
            Outcome::Signal { number, .. } => Ending::by_signal(*number),
        }
    }

    /// The exception that it is about, if it is about one.
    pub fn exception(&self) -> Option<Value> {
        match self {
            Outcome::Error(exception)
            | Outcome::Interrupt(exception)
            | Outcome::Exit { exception, .. }
            | Outcome::Refused { exception, .. } => Some(*exception),
            Outcome::Signal { exception, .. } => *exception,
            Outcome::Normal | Outcome::OutOfSteps => None,
        }
    }

    /// The values that it holds, which somebody must keep alive; undefined for none.
    pub fn values(&self) -> [Value; 2] {
        let value = match self {
            Outcome::Exit { value, .. } => *value,
            _ => Value::UNDEF,
        };
        [self.exception().unwrap_or(Value::UNDEF), value]
    }

    /// What it is in words, for those who watch the end.
    pub fn reason(&self, vm: &mut Vm) -> String {
        match self {
            Outcome::Normal => "normal end".to_string(),
            Outcome::Exit { value, .. } => exit_words(vm, *value),
            Outcome::Error(exception) => format!("uncaught {}", vm.type_name(*exception)),
            Outcome::Refused { .. } => "error in the program's text".to_string(),
            Outcome::OutOfSteps => "the step budget is used up".to_string(),
            Outcome::Interrupt(_) => "KeyboardInterrupt".to_string(),
            Outcome::Signal { number, .. } => signal_name(*number),
        }
    }
}

/// `exit(3)`: the call, as far as its value can be shown without running anything of the program.
pub fn exit_words(vm: &mut Vm, value: Value) -> String {
    let shown = match value.kind() {
        None | Some(Kind::Int | Kind::Str) if !value.is_nil() => vm.repr(value).map(|text| crop(&text)),
        _ if value.is_nil() => Ok(String::new()),
        _ => Ok(format!("<{}>", vm.type_name(value))),
    };
    format!("exit({})", shown.unwrap_or_default())
}

/// At most so much of a text that it stays in a line.
pub fn crop(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}

/// `SIGTERM`.
pub fn signal_name(number: i32) -> String {
    match Signal::of(number) {
        Signal::Interrupt => "SIGINT".to_string(),
        Signal::Terminate => "SIGTERM".to_string(),
        Signal::Hangup => "SIGHUP".to_string(),
        Signal::Pipe => "SIGPIPE".to_string(),
        Signal::Other(number) => format!("signal {number}"),
    }
}

/// An attribute that the constructor of a built-in exception sets.
fn own_attribute(vm: &Vm, exception: Value, name: Sym) -> Option<Value> {
    exception.as_object::<Instance>()?.get(vm.sym(name))
}

/// The value that a `SystemExit` carries.
pub fn exit_value(vm: &Vm, exception: Value) -> Value {
    own_attribute(vm, exception, Sym::Code).unwrap_or(Value::NIL)
}

/// The signal that a `Terminated` stands for; one that says nothing sensible is a SIGTERM.
fn terminating_signal(vm: &Vm, exception: Value) -> i32 {
    let number = own_attribute(vm, exception, Sym::Signal).and_then(Value::as_int);
    match number {
        Some(number @ 1..=64) => number as i32,
        _ => Signal::Terminate.number(),
    }
}

/// What an exit value is to the system.
pub struct ExitCode {
    pub status: u8,
    /// A code that is not 0 and still becomes 0: its text.
    pub wrapped: Option<String>,
}

/// nil and false are 0, true is 1, an int counts modulo 256, anything else is 1.
pub fn exit_code(value: Value) -> ExitCode {
    let (status, text) = match (value.as_int(), value.as_object::<BoxedInt>(), value.as_bool()) {
        (Some(code), ..) => (code.rem_euclid(256) as u8, (code != 0).then(|| code.to_string())),
        (_, Some(big), _) => {
            let status = big.value.mod_floor(&256.into()).to_u8().unwrap_or(0);
            (status, (status == 0).then(|| big.value.to_string()))
        }
        (.., Some(failed)) => (u8::from(failed), None),
        _ => (u8::from(!value.is_nil()), None),
    };
    ExitCode { status, wrapped: text.filter(|_| status == 0) }
}

/// What `exit(value)` prints: the text of anything but an int, a bool or nil.
pub fn exit_message(vm: &mut Vm, value: Value) -> Option<String> {
    let silent = value.is_nil() || value.as_bool().is_some() || value.is_int();
    if silent || value.as_object::<BoxedInt>().is_some() {
        return None;
    }
    let text = match vm.str(value) {
        Ok(text) => format!("{text}\n"),
        Err(_) if vm.halted().is_some() => return None,
        Err(Raised(exception)) => {
            let failure = vm.rooted(&[exception], |vm| short_text(vm, exception));
            format!("toy: exit value of type {} (str() failed: {failure})\n", vm.type_name(value))
        }
    };
    Some(text)
}

/// `ValueError: x`, or the class alone where there is no text.
fn short_text(vm: &mut Vm, exception: Value) -> String {
    let class = vm.type_name(exception);
    match vm.str(exception) {
        Ok(text) if !text.is_empty() => format!("{class}: {text}"),
        _ => class,
    }
}

/// The last line of a traceback for a failure of the system.
pub fn os_error_line(vm: &mut Vm, error: &io::Error) -> String {
    let Raised(exception) = vm.os_error(error, None);
    vm.rooted(&[exception], |vm| short_text(vm, exception))
}

/// How a program ended: plain data, good when the interpreter is gone.
#[derive(Clone, Debug)]
pub struct ExitReport {
    pub outcome: Ending,
    /// What the process should end with.
    pub status: ExitStatus,
    /// The exception of a handler that replaced the outcome of the program.
    pub reraised: Option<HandlerError>,
    /// What the exit handlers raised, `SystemExit` included, in the order of time.
    pub errors: Vec<HandlerError>,
    /// The names of the handlers that a second signal kept from running.
    pub not_run: Vec<String>,
    /// What happened step by step, if the interpreter was set up to keep that.
    pub steps: Vec<TimedStep>,
    /// The injections whose place the program never came by.
    pub not_injected: Vec<Injection>,
    /// `os._exit` was called: nothing was flushed, and nothing more should be done before the process ends.
    pub at_once: bool,
}

impl ExitReport {
    pub(super) fn at_once(status: i32, steps: Vec<TimedStep>) -> ExitReport {
        let status = (status & 0xFF) as u8;
        ExitReport {
            outcome: Ending::Exit(status),
            status: ExitStatus::Code(status),
            reraised: None,
            errors: Vec::new(),
            not_run: Vec::new(),
            steps,
            not_injected: Vec::new(),
            at_once: true,
        }
    }
}

/// An exception of an exit handler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlerError {
    /// The handler's name.
    pub handler: String,
    /// The file and line of its registration.
    pub registered: Option<(String, u32)>,
    /// The exception's class.
    pub class: String,
    /// What was printed about it; empty where nothing is.
    pub report: String,
}

impl HandlerError {
    pub(super) fn new(vm: &Vm, entry: Entry, exception: Value, report: String) -> HandlerError {
        HandlerError {
            handler: entry.name(),
            registered: entry.place(),
            class: vm.type_name(exception),
            report,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_reach_the_system_modulo_256() {
        for (code, status) in
            [(0, 0), (1, 1), (255, 255), (256, 0), (257, 1), (-1, 255), (-256, 0), (1 << 40, 0)]
        {
            let value = Value::small_int(code).unwrap();
            let exit = exit_code(value);
            assert_eq!(exit.status, status, "{code}");
            assert_eq!(exit.wrapped.is_some(), status == 0 && code != 0, "{code}");
        }
    }

    #[test]
    fn other_values_are_success_or_failure() {
        assert_eq!(exit_code(Value::NIL).status, 0);
        assert_eq!(exit_code(Value::FALSE).status, 0);
        assert_eq!(exit_code(Value::TRUE).status, 1);
        assert_eq!(exit_code(Value::float(0.0)).status, 1);
    }
}
