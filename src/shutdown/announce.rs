//! Phase 2: what is said about the outcome, before any handler runs.

use super::journal::Step;
use super::outcome::{self, Outcome, exit_code, exit_message, exit_words};
use super::path::step;
use super::say::say_uncaught;
use super::status::{Event, ExitStatus};
use super::{LeaveNow, Path, Registry, leave_if_asked, say, say_exception};
use crate::report;
use crate::stdlib::io as streams;
use crate::value::{ExceptionSlot, Instance, Value};
use crate::vm::{Exc, NativeResult, Raised, Vm};

pub(super) fn report_outcome(vm: &mut Vm, path: &Path, outcome: &Outcome) -> Result<(), LeaveNow> {
    match outcome {
        Outcome::Normal | Outcome::Signal { .. } => {}
        Outcome::OutOfSteps => say(vm, "toy: stopped: the step budget is used up\n"),
        Outcome::Refused { report, .. } => say(vm, report),
        Outcome::Exit { value, .. } => report_exit(vm, path, *value),
        Outcome::Interrupt(exception) => {
            if !report_as_known(vm, *exception, None) {
                say_uncaught(vm, *exception);
            }
        }
        Outcome::Error(exception) => {
            let status = Some(path.verdict().status);
            if !report_as_known(vm, *exception, status) {
                report_error(vm, path, *exception)?;
            }
        }
    }
    path.claim_interrupt(" while the end was reported");
    leave_if_asked(vm)
}

/// An exception that `atexit.run()` has printed already is not printed a second time: one line says where it came from.
fn report_as_known(vm: &mut Vm, exception: Value, status: Option<ExitStatus>) -> bool {
    let Some(entry) = vm.state::<Registry>().reported(exception) else { return false };
    let class = vm.type_name(exception);
    let line = match status {
        Some(ExitStatus::Code(code)) => {
            format!("toy: exit status {code}: {class} re-raised from {}\n", entry.describe())
        }
        _ => format!("toy: {class} re-raised from {}\n", entry.describe()),
    };
    say(vm, &line);
    true
}

/// Says what `exit(value)` has to say, and remembers what the system will not see of it.
pub(super) fn report_exit(vm: &mut Vm, path: &Path, value: Value) {
    *path.wrapped.borrow_mut() = exit_code(value).wrapped;
    if let Some(text) = exit_message(vm, value) {
        say(vm, &text);
    }
}

/// Reports an exception that came out of an entry at a prompt, which goes on.
pub fn report_at_prompt(vm: &mut Vm, exception: Value) {
    match streams::replaced_excepthook(vm) {
        Some(hook) if !vm.is_exception(exception, Exc::KeyboardInterrupt) => {
            if let Err(Raised(raised)) = call_hook(vm, hook, exception)
                && vm.halted().is_none()
            {
                vm.rooted(&[raised], |vm| say_hook_error(vm, raised, exception));
            }
        }
        // What the person has just typed need not be shown again.
        _ => say_exception(vm, exception),
    }
}

fn call_hook(vm: &mut Vm, hook: Value, exception: Value) -> NativeResult {
    let class = vm.class_of(exception).value();
    let traceback = exception
        .as_object::<Instance>()
        .map_or(Value::NIL, |instance| instance.slot(ExceptionSlot::Traceback as usize));
    vm.call(hook, &[class, exception, traceback])
}

fn say_hook_error(vm: &mut Vm, raised: Value, exception: Value) {
    let hook_report = report::traceback(vm, raised);
    let report = report::traceback(vm, exception);
    say(vm, &format!("Error in sys.excepthook:\n{hook_report}\nOriginal exception was:\n{report}"));
}

/// An `Error` is printed by `sys.excepthook`, if the program has replaced it.
fn report_error(vm: &mut Vm, path: &Path, exception: Value) -> Result<(), LeaveNow> {
    let Some(hook) = streams::replaced_excepthook(vm) else {
        say_uncaught(vm, exception);
        return Ok(());
    };
    let Err(Raised(raised)) = call_hook(vm, hook, exception) else {
        path.forget_interrupt();
        return Ok(());
    };
    leave_if_asked(vm)?;
    if vm.halted().is_some() {
        return Ok(());
    }
    let mark = vm.roots.len();
    vm.roots.push(raised);
    if vm.is_exception(raised, Exc::SystemExit) {
        let value = outcome::exit_value(vm, raised);
        let event = Event::HookExit(exit_code(value).status);
        let why = format!("{} in sys.excepthook", exit_words(vm, value));
        path.note(event, why.clone());
        path.set_exception(Some(raised));
        step(vm, path, |_| Step::HookExited { why, status: path.verdict().status });
        report_exit(vm, path, value);
    } else {
        say_hook_error(vm, raised, exception);
    }
    vm.roots.truncate(mark);
    Ok(())
}
