//! Running exit handlers: those of a phase, and those of `atexit.run()` (rules 5.1 to 5.8).
//!
//! Both take the newest entry out of the registry and call it, by [`run_newest`]. They differ in whose the exceptions
//! are: those of `atexit.run()` belong to its caller, those of the path decide the status.

use super::deadline::{self, Deadline};
use super::entry::Entry;
use super::journal::{HandlerEnd, HandlerName, Step};
use super::outcome::{self, HandlerError, exit_code, exit_words};
use super::path::{Path, Phase, step};
use super::registry::{HandlerException, Registry, When};
use super::say::say;
use super::status::{Ending, Event};
use super::strike::{self, Injections};
use super::{LeaveNow, leave_if_asked};
use crate::host::Signal;
use crate::report;
use crate::value::{Dict, Tuple, Value};
use crate::vm::{Exc, Halt, NativeResult, Raised, Vm};

/// How deep `atexit.run()` may be called from a handler that `atexit.run()` runs.
const NESTING_LIMIT: usize = 1_000;

/// How a handler ended.
enum Ended {
    Returned,
    Raised(Value),
    /// The program was stopped for good while it ran.
    Halted,
}

/// Runs the handlers of phase 3 or 5, newest first, each taken out before it is called, until none is left.
pub(super) fn run_phase(vm: &mut Vm, path: &Path, when: When) -> Result<(), LeaveNow> {
    let registry = vm.state::<Registry>();
    let (deadline, injections) = (vm.state::<Deadline>(), vm.state::<Injections>());
    let phase = path.phase();
    loop {
        path.take_signals(vm);
        if path.is_abandoned() || vm.halted().is_some() {
            break;
        }
        let of = path.started_in_phase.get() + registry.len(when);
        let Some(entry) = registry.start_newest(when) else { break };
        let number = path.count_started();
        step(vm, path, |_| {
            let handler = HandlerName::of(&entry);
            Step::HandlerStarted { phase, number, of, handler }
        });
        let before = vm.steps();
        let watch = deadline::begin(vm, &deadline, &entry);
        let alarms = strike::handler_starts(vm, &injections, when, number, &entry);
        let ended = run_started(vm, &registry, &injections, entry);
        strike::handler_ended(vm, alarms);
        deadline::end(vm, watch);
        let steps = vm.steps().saturating_sub(before);
        let end = match ended {
            Ended::Returned => {
                // A Ctrl-C that came was the handler's to deal with.
                path.forget_interrupt();
                HandlerEnd::Returned
            }
            Ended::Raised(exception) => handler_raised(vm, path, entry, exception),
            Ended::Halted => HandlerEnd::Stopped,
        };
        step(vm, path, |_| {
            let handler = HandlerName::of(&entry);
            Step::HandlerEnded { phase, number, of, handler, end, steps }
        });
        leave_if_asked(vm)?;
    }
    leave_if_asked(vm)
}

/// 5.4 to 5.7: what a handler raised is saved, and printed at once unless it is an `exit`.
fn handler_raised(vm: &mut Vm, path: &Path, entry: Entry, exception: Value) -> HandlerEnd {
    let raised = HandlerException { entry, exception };
    vm.state::<Registry>().note_raised(raised); // which keeps it alive from here on
    let is = |vm: &Vm, exc: Exc| vm.is_exception(exception, exc);
    let class = vm.type_name(exception);
    let whose = format!(" in exit handler '{}'", entry.name());
    // A Ctrl-C that the handler has caught itself is dealt with, whatever it raised then.
    let interrupted = path.forget_interrupt() && is(vm, Exc::KeyboardInterrupt);
    let mut text = String::new();
    let mut ending = Ending::Error;
    let mut what = class.clone();
    if is(vm, Exc::SystemExit) {
        let value = outcome::exit_value(vm, exception);
        ending = Ending::Exit(exit_code(value).status);
        what = exit_words(vm, value).replacen("exit", "SystemExit", 1);
    } else if is(vm, Exc::BrokenPipeError) {
        let reason = format!("the reader of standard output went away{whose}");
        path.end_by_signal(Signal::Pipe, Some(exception), reason);
    } else {
        if is(vm, Exc::KeyboardInterrupt) {
            ending = Ending::Interrupt;
        }
        path.failed.set(path.failed.get() + 1);
        text = failure_text(vm, entry, exception);
        say(vm, &text);
    }
    if interrupted {
        path.end_by_signal(Signal::Interrupt, Some(exception), format!("Ctrl-C{whose}"));
    }
    path.claim_interrupt(" while an error was reported");
    let reason = match ending {
        Ending::Exit(_) => format!("{}{whose}", what.replacen("SystemExit", "exit", 1)),
        _ => format!("{class}{whose}"),
    };
    path.note(Event::HandlerRaised(ending), reason);
    path.saved.set(Some(raised));
    let error = HandlerError::new(vm, entry, exception, text);
    path.errors.borrow_mut().push(error);
    HandlerEnd::Raised { what, failed: !matches!(ending, Ending::Exit(_)) }
}

/// 5.7: handlers that were abandoned are named, those of both phases.
pub(super) fn name_the_rest(vm: &mut Vm, path: &Path) {
    if let Some(Halt::Signal(_)) = vm.halted {
        vm.halted = None;
    }
    let registry = vm.state::<Registry>();
    let none_waits = registry.is_empty(When::Before) && registry.is_empty(When::Exit);
    let why = match (path.second.get(), vm.halted()) {
        (Some(Signal::Interrupt), _) => "interrupted again",
        (Some(_), _) => "terminated again",
        (None, Some(Halt::Steps)) if !none_waits => "out of steps",
        _ => return,
    };
    let waiting = [registry.waiting(When::Before), registry.waiting(When::Exit)];
    let names: Vec<String> =
        waiting.iter().flat_map(|entries| entries.iter().rev().map(Entry::name)).collect();
    let handlers = if names.len() == 1 { "handler" } else { "handlers" };
    let list = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    say(vm, &format!("toy: {why}; {} exit {handlers} not run{list}\n", names.len()));
    registry.clear(When::Before);
    registry.clear(When::Exit);
    step(vm, path, |_| Step::Abandoned { handlers: names.clone() });
    *path.not_run.borrow_mut() = names;
}

/// `atexit.run()`: runs and empties the registry, and raises the last exception to the caller.
pub fn run_now(vm: &mut Vm) -> NativeResult {
    let registry = vm.state::<Registry>();
    let path = vm.state::<Path>();
    let injections = vm.state::<Injections>();
    let is_outermost = registry.depth() == 0 && path.phase() == Phase::Running;
    match registry.depth() {
        0 if path.phase() == Phase::Running => registry.reset_late(),
        NESTING_LIMIT.. => return Err(vm.error(Exc::RecursionError, "maximum recursion depth exceeded")),
        _ => {}
    }
    let mut last = None;
    while let Some(entry) = registry.start_newest(When::Exit) {
        match run_started(vm, &registry, &injections, entry) {
            Ended::Returned => {}
            Ended::Halted => return vm.check_interrupt().map(|()| Value::NIL),
            Ended::Raised(exception) => {
                registry.note_raised(HandlerException { entry, exception });
                if path.phase() > Phase::Running && vm.is_exception(exception, Exc::KeyboardInterrupt) {
                    // It has escaped a handler, whatever the caller makes of that.
                    path.claim_interrupt(&format!(" in exit handler '{}'", entry.name()));
                }
                let silent = vm.is_exception(exception, Exc::SystemExit)
                    || vm.is_exception(exception, Exc::BrokenPipeError);
                if !silent {
                    let text = failure_text(vm, entry, exception);
                    say(vm, &text);
                }
                last = Some((HandlerException { entry, exception }, silent));
            }
        }
    }
    if is_outermost {
        registry.forget_done();
    }
    match last {
        None => Ok(Value::NIL),
        Some((noted, silent)) => {
            if !silent {
                registry.note_reported(noted);
            }
            Err(Raised(noted.exception))
        }
    }
}

/// What is printed about a handler that failed.
fn failure_text(vm: &mut Vm, entry: Entry, exception: Value) -> String {
    let who = entry.describe();
    if let Some(inner) = vm.state::<Registry>().reported(exception) {
        let class = vm.type_name(exception);
        return format!("Exception in {who}: {class} re-raised from {}\n", inner.describe());
    }
    format!("Exception in {who}:\n{}", report::traceback(vm, exception))
}

/// Calls a handler that was taken out of the registry.
fn run_started(vm: &mut Vm, registry: &Registry, injections: &Injections, entry: Entry) -> Ended {
    let result = call_afresh(vm, |vm| call_entry(vm, injections, entry));
    let ended = match result {
        Ok(_) if vm.halted().is_none() => Ended::Returned,
        Err(Raised(exception)) if vm.halted().is_none() => Ended::Raised(exception),
        _ => Ended::Halted,
    };
    registry.finish(entry.id);
    ended
}

/// Runs something of the program with a recursion budget of its own, and with no exception being handled (5.1).
pub(super) fn call_afresh<T>(vm: &mut Vm, run: impl FnOnce(&mut Vm) -> T) -> T {
    let (floor, most) = (vm.stack.handling_floor, vm.stack.max_frames);
    let frames = vm.stack.frames.len();
    vm.stack.handling_floor = frames;
    vm.stack.set_max_frames(frames + vm.limits.recursion);
    let result = run(vm);
    vm.stack.handling_floor = floor;
    // The handler may have changed the limit for all.
    if !vm.stack.set_max_frames(floor + vm.limits.recursion) {
        vm.stack.max_frames = most;
    }
    result
}

fn call_entry(vm: &mut Vm, injections: &Injections, entry: Entry) -> NativeResult {
    strike::strike_call(vm, injections)?;
    let args = entry.args.as_object::<Tuple>();
    let args = args.as_ref().map_or(&[][..], |tuple| tuple.items());
    if entry.keywords.as_object::<Dict>().is_none() {
        return vm.call(entry.function, args);
    }
    vm.call_keywords(entry.function, args, &entry.keyword_arguments())
}
