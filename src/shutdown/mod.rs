//! Every way a program ends, in order. Read [`end`] first: it is the whole path.
//!
//! The path follows the contract phase by phase (the numbers are its numbers). A phase writes down what bears on
//! the exit status as [`Event`]s, and one pure function, [`judge`], makes the status of them. What the phases
//! share is in [`Path`]. An exit handler is in `entry.rs`, all of them are in `registry.rs`, running them is in
//! `handlers.rs`; `signals.rs` says what signals do meanwhile, and `say.rs` how the path speaks.
//!
//! What is hard: everything here happens when something has gone wrong already. A program may have replaced or
//! closed its streams, used up its memory or its recursion, and may be asked by signals to hurry while it is
//! ending. So the path looks up nothing that a program can rebind (except the two things that are there to be replaced:
//! `sys.excepthook` and `sys.stderr`, and what they do wrong is caught), a failing stream is noted and
//! never ends anything, and what the path itself does cannot raise.

mod entry;
mod handlers;
pub mod journal;
mod outcome;
mod registry;
mod say;
mod signals;
pub mod status;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::io;

use crate::heap::Tracer;
use crate::host::{Signal, Stream};
use crate::report;
use crate::stdlib::io as streams;
use crate::value::{ExceptionSlot, Instance, Value};
use crate::vm::{Exc, Halt, Raised, StdlibState, Vm};
pub use entry::{Entry, EntryObject, EntryState};
pub use handlers::{LATE_LIMIT, register, run_now, unregister};
pub use outcome::{ExitReport, HandlerError, Outcome};
pub use registry::{HandlerException, Registry};
pub use say::{say, say_exception};
pub use status::{Ending, Event, ExitStatus, judge};

use handlers::{Ended, run_newest};
use outcome::{exit_code, exit_message, os_error_line};
use say::say_plainly;

/// How far the end has come. It only moves forward.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Phase {
    /// The program runs.
    #[default]
    Running,
    /// What wanted to run before the end closes in: `before` handlers, and the threads that are waited for.
    Before,
    /// Exit handlers run.
    Handlers,
    /// What was left open is closed.
    Finalize,
    /// The streams are flushed, and nothing of the program runs any more.
    Flush,
}

/// What the phases share. It holds no value that is not rooted elsewhere.
#[derive(Debug, Default)]
pub struct Path {
    phase: Cell<Phase>,
    events: RefCell<Vec<Event>>,
    /// Signals since the path began, or since phase 5 did.
    signals: Cell<u32>,
    /// A Ctrl-C was raised as `KeyboardInterrupt` and has not come out of anything yet.
    interrupted: Cell<bool>,
    /// The second signal, after which everything else is abandoned.
    second: Cell<Option<Signal>>,
    /// The first failure to flush standard output on the way; phase 8 reports it.
    flush_failure: RefCell<Option<io::Error>>,
    /// How many handlers the path has started, and how many of them failed.
    started: Cell<usize>,
    failed: Cell<usize>,
    /// The last exception of a handler, which phase 6 re-raises. The registry keeps it alive.
    saved: Cell<Option<HandlerException>>,
    /// For an exit code past 255 that the system will see as 0: its text.
    wrapped: RefCell<Option<String>>,
    errors: RefCell<Vec<HandlerError>>,
    not_run: RefCell<Vec<String>>,
}

impl StdlibState for Path {
    fn trace(&self, _: &mut Tracer) {}
}

/// `os._exit`: everything that is left is skipped.
struct LeaveNow(i32);

/// Ends a program: from what its main part came to (phase 1) to the status (phase 9).
pub fn end(vm: &mut Vm, outcome: Outcome) -> ExitReport {
    let path = vm.state::<Path>();
    let mark = vm.roots.len();
    vm.roots.extend(outcome.value());
    let left = go(vm, &path, outcome);
    vm.roots.truncate(mark);
    match left {
        Ok(report) => report,
        Err(LeaveNow(status)) => ExitReport::at_once(status),
    }
}

fn go(vm: &mut Vm, path: &Path, outcome: Outcome) -> Result<ExitReport, LeaveNow> {
    leave_if_asked(vm)?;
    vm.on_signal = signals::on_signal;
    path.note(Event::Ended(outcome.ending()));
    report_outcome(vm, path, &outcome)?; // 2
    run_handlers(vm, path)?; // 5
    re_raise(vm, path)?; // 6
    finalize(vm, path); // 7
    flush(vm, path); // 8
    Ok(conclude(vm, path)) // 9
}

/// Phase 2: what is to be said about the outcome, before any handler runs.
fn report_outcome(vm: &mut Vm, path: &Path, outcome: &Outcome) -> Result<(), LeaveNow> {
    match outcome {
        Outcome::Normal | Outcome::Signal(_) => {}
        Outcome::OutOfSteps => say(vm, "toy: stopped: the step budget is used up\n"),
        Outcome::Refused { report, .. } => say(vm, report),
        Outcome::Exit(value) => report_exit(vm, path, *value),
        Outcome::Interrupt(exception) => {
            if !report_as_known(vm, *exception, None) {
                say_exception(vm, *exception);
            }
        }
        Outcome::Error(exception) => {
            let status = Some(path.verdict().status);
            if !report_as_known(vm, *exception, status) {
                report_error(vm, path, *exception)?;
            }
        }
    }
    path.claim_interrupt();
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
fn report_exit(vm: &mut Vm, path: &Path, value: Value) {
    *path.wrapped.borrow_mut() = exit_code(value).wrapped;
    if let Some(text) = exit_message(vm, value) {
        say(vm, &text);
    }
}

/// An `Error` is printed by `sys.excepthook`, if the program has replaced it.
fn report_error(vm: &mut Vm, path: &Path, exception: Value) -> Result<(), LeaveNow> {
    let Some(hook) = streams::replaced_excepthook(vm) else {
        say_exception(vm, exception);
        return Ok(());
    };
    let class = vm.class_of(exception).value();
    let traceback = exception
        .as_object::<Instance>()
        .map_or(Value::NIL, |instance| instance.slot(ExceptionSlot::Traceback as usize));
    let Err(Raised(raised)) = vm.call(hook, &[class, exception, traceback]) else {
        path.interrupted.set(false);
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
        path.note(Event::HookExit(exit_code(value).status));
        report_exit(vm, path, value);
    } else {
        let hook_report = report::traceback(vm, raised);
        let report = report::traceback(vm, exception);
        say(vm, &format!("Error in sys.excepthook:\n{hook_report}\nOriginal exception was:\n{report}"));
    }
    vm.roots.truncate(mark);
    Ok(())
}

/// Phase 5: the exit handlers, newest first, each taken out before it is called, until none is left.
fn run_handlers(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    path.enter(Phase::Handlers);
    path.signals.set(0);
    let registry = vm.state::<Registry>();
    registry.reset_late();
    loop {
        path.take_signals(vm);
        if path.is_abandoned() || vm.halted().is_some() {
            break;
        }
        let Some((entry, ended)) = run_newest(vm, &registry) else { break };
        path.started.set(path.started.get() + 1);
        match ended {
            // A Ctrl-C that came was the handler's to deal with.
            Ended::Returned => path.interrupted.set(false),
            Ended::Raised(exception) => handler_raised(vm, path, entry, exception),
            Ended::Halted => {}
        }
        leave_if_asked(vm)?;
    }
    if let Some(Halt::Signal(_)) = vm.halted {
        vm.halted = None;
    }
    name_the_rest(vm, path, &registry);
    leave_if_asked(vm)
}

/// 5.4 to 5.7: what a handler raised is saved, and printed at once unless it is an `exit`.
fn handler_raised(vm: &mut Vm, path: &Path, entry: Entry, exception: Value) {
    let raised = HandlerException { entry, exception };
    vm.state::<Registry>().note_raised(raised); // which keeps it alive from here on
    let is = |vm: &Vm, exc: Exc| vm.is_exception(exception, exc);
    // One that the handler has caught itself is dealt with, whatever it raised then.
    let interrupted = path.interrupted.replace(false) && is(vm, Exc::KeyboardInterrupt);
    let mut text = String::new();
    let mut ending = Ending::Error;
    if is(vm, Exc::SystemExit) {
        ending = Ending::Exit(exit_code(outcome::exit_value(vm, exception)).status);
    } else if is(vm, Exc::BrokenPipeError) {
        path.note(Event::Signal(Signal::Pipe.number()));
    } else {
        if is(vm, Exc::KeyboardInterrupt) {
            ending = Ending::Interrupt;
        }
        path.failed.set(path.failed.get() + 1);
        text = handlers::failure_text(vm, entry, exception);
        say(vm, &text);
    }
    if interrupted {
        path.note(Event::Signal(Signal::Interrupt.number()));
    }
    path.claim_interrupt();
    path.note(Event::HandlerRaised(ending));
    path.saved.set(Some(raised));
    let error = HandlerError::new(vm, entry, exception, text);
    path.errors.borrow_mut().push(error);
}

/// 5.7: handlers that were abandoned are named.
fn name_the_rest(vm: &mut Vm, path: &Path, registry: &Registry) {
    let why = match (path.second.get(), vm.halted()) {
        (Some(Signal::Interrupt), _) => "interrupted again",
        (Some(_), _) => "terminated again",
        (None, Some(Halt::Steps)) if !registry.is_empty() => "out of steps",
        _ => return,
    };
    let names: Vec<String> = registry.snapshot().iter().rev().map(Entry::name).collect();
    let handlers = if names.len() == 1 { "handler" } else { "handlers" };
    let list = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    say(vm, &format!("toy: {why}; {} exit {handlers} not run{list}\n", names.len()));
    registry.clear();
    *path.not_run.borrow_mut() = names;
}

/// Phase 6: the last exception of the handlers replaces the outcome, unless that is death by signal.
fn re_raise(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    let Some(saved) = path.saved.get() else { return Ok(()) };
    let verdict = path.verdict();
    let who = saved.entry.describe();
    if verdict.reraised {
        *path.wrapped.borrow_mut() = None;
        match verdict.outcome {
            Ending::Exit(_) => {
                let value = outcome::exit_value(vm, saved.exception);
                report_exit(vm, path, value);
                leave_if_asked(vm)?;
            }
            Ending::Error => {
                let class = vm.type_name(saved.exception);
                say(vm, &format!("toy: exit status 1: {class} re-raised from {who}\n"));
            }
            Ending::Normal | Ending::Interrupt | Ending::Signal(_) => {}
        }
    }
    let (started, failed) = (path.started.get(), path.failed.get());
    if failed >= 2 {
        say(vm, &format!("toy: {failed} of {started} exit handlers failed\n"));
    }
    if let Some(before) = verdict.masked {
        say(vm, &format!("toy: exit status changed from {before} to 0 by {who}\n"));
    }
    leave_if_asked(vm)
}

/// Phase 7: files that were left open are flushed and closed.
fn finalize(vm: &mut Vm, path: &Path) {
    path.enter(Phase::Finalize);
    let failures = streams::close_open_files(vm, &mut |vm| {
        path.take_signals(vm);
        path.is_abandoned()
    });
    for (file, error) in failures {
        let line = os_error_line(vm, &error);
        say_plainly(vm, &format!("Exception ignored on closing {file}:\n{line}\n"));
        path.note(Event::OutputLost);
    }
}

/// Phase 8: standard output, then standard error.
fn flush(vm: &mut Vm, path: &Path) {
    path.enter(Phase::Flush);
    for (stream, name) in [(Stream::Out, "stdout"), (Stream::Err, "stderr")] {
        let now = signals::flush_stream(vm, path, stream).err();
        let remembered = if stream == Stream::Out { path.flush_failure.take() } else { None };
        let Some(error) = remembered.or(now) else { continue };
        if error.kind() == io::ErrorKind::BrokenPipe {
            match path.verdict().status {
                ExitStatus::Signal(_) => continue,
                ExitStatus::Code(0) => {
                    path.note(Event::ReaderGone);
                    continue;
                }
                ExitStatus::Code(_) => {}
            }
        }
        let line = os_error_line(vm, &error);
        say_plainly(vm, &format!("Exception ignored on flushing {name}:\n{line}\n"));
        path.note(Event::OutputLost);
    }
}

/// Phase 9: the status.
fn conclude(vm: &mut Vm, path: &Path) -> ExitReport {
    path.take_signals(vm);
    let verdict = path.verdict();
    if (verdict.outcome, verdict.status) == (Ending::Exit(0), ExitStatus::Code(0))
        && let Some(code) = path.wrapped.take()
    {
        say_plainly(vm, &format!("toy: exit code {code} becomes 0 (only 0..255 reach the system)\n"));
    }
    let errors = path.errors.take();
    ExitReport {
        outcome: verdict.outcome,
        status: verdict.status,
        reraised: if verdict.reraised { errors.last().cloned() } else { None },
        errors,
        not_run: path.not_run.take(),
        at_once: false,
    }
}

fn leave_if_asked(vm: &Vm) -> Result<(), LeaveNow> {
    match vm.halted() {
        Some(Halt::Exit(status)) => Err(LeaveNow(status)),
        _ => Ok(()),
    }
}

impl Path {
    /// How far the end has come.
    pub fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Whether the program has ended, so that the path is under way.
    fn has_begun(&self) -> bool {
        !self.events.borrow().is_empty()
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
    }

    fn note(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }

    /// What the process would end with now.
    pub fn verdict(&self) -> status::Verdict {
        judge(&self.events.borrow())
    }

    fn is_abandoned(&self) -> bool {
        self.second.get().is_some()
    }
}
