//! Every way a program ends, in order. Read [`end`] first: it is the whole path.
//!
//! The path follows the contract phase by phase (the numbers are its numbers). A phase writes down what bears on
//! the exit status as [`Event`]s, and one pure function, [`judge`], makes the status of them. What the phases
//! share is in [`Path`]. Phase 2 is `announce.rs`, 3 and 5 are `run.rs`, 7 is `finalize.rs`. An exit handler is in
//! `entry.rs`, all of them are in `registry.rs`, how they come and go in `handlers.rs`; `deadline.rs` says how long one may
//! take, `signals.rs` what signals do meanwhile, `say.rs` how the path speaks, and `journal.rs` what can be seen of
//! it; `inject.rs` reads which rare events are wanted, and `strike.rs` makes them happen.
//!
//! What is hard: everything here happens when something has gone wrong already. A program may have replaced or
//! closed its streams, used up its memory or its recursion, and may be asked by signals to hurry while it is
//! ending. So the path looks up nothing that a program can rebind (except the two things that are there to be replaced:
//! `sys.excepthook` and `sys.stderr`, and what they do wrong is caught), a failing stream is noted and
//! never ends anything, and what the path itself does cannot raise.

mod announce;
mod deadline;
mod entry;
mod finalize;
mod handlers;
pub mod inject;
pub mod journal;
mod outcome;
mod path;
mod plan;
mod registry;
mod run;
mod say;
mod signals;
pub mod status;
mod strike;
#[cfg(test)]
mod tests;

use std::io;

use crate::host::Stream;
use crate::vm::{Exc, Halt, Raised, Vm};
pub use announce::report_at_prompt;
pub use deadline::Deadline;
pub use entry::{Entry, EntryObject, EntryState};
pub use handlers::{LATE_LIMIT, clear, register, remove, unregister};
pub use journal::{Step, TimedStep, Trace};
pub use outcome::{ExitReport, HandlerError, Outcome, crop};
pub use path::{EndingOptions, Path, Phase};
pub use plan::{Planned, plan, plan_text};
pub use registry::{HandlerException, Registry, When};
pub use run::run_now;
pub use say::{say, say_exception};
pub use status::{Ending, Event, ExitStatus, judge};
pub use strike::{inject, main_ended, main_starts};

use announce::{report_exit, report_outcome};
use finalize::finalize;
use inject::Place;
use outcome::os_error_line;
use path::step;
use run::{name_the_rest, run_phase};
use say::say_plainly;

/// `os._exit`: everything that is left is skipped.
struct LeaveNow(i32);

/// Says how an interpreter is to end, and takes over what else is to be said on standard error.
pub fn install(vm: &mut Vm, options: EndingOptions) {
    vm.state::<Path>().configure(options);
    vm.on_ignored = say::say_ignored;
}

/// Ends a program: from what its main part came to (phase 1) to the status (phase 9).
pub fn end(vm: &mut Vm, outcome: Outcome) -> ExitReport {
    let path = vm.state::<Path>();
    let mark = vm.roots.len();
    vm.roots.extend(outcome.values());
    let left = go(vm, &path, outcome);
    vm.roots.truncate(mark);
    let mut report = match left {
        Ok(report) => report,
        Err(LeaveNow(status)) => ExitReport::at_once(status, path.take_steps()),
    };
    report.not_injected = strike::missed(vm);
    report
}

fn go(vm: &mut Vm, path: &Path, outcome: Outcome) -> Result<ExitReport, LeaveNow> {
    leave_if_asked(vm)?;
    begin(vm, path, &outcome); // 1
    report_outcome(vm, path, &outcome)?; // 2
    before(vm, path)?; // 3
    close(vm); // 4
    run_handlers(vm, path)?; // 5
    re_raise(vm, path)?; // 6
    finalize(vm, path)?; // 7
    flush(vm, path); // 8
    Ok(conclude(vm, path)) // 9
}

/// Phase 1 is over: the program has unwound, and this is what escaped it.
fn begin(vm: &mut Vm, path: &Path, outcome: &Outcome) {
    strike::main_is_over(vm);
    vm.on_signal = signals::on_signal;
    let now = vm.host.monotonic();
    path.begin(now);
    let why = outcome.reason(vm);
    path.note(Event::Ended(outcome.ending()), why.clone());
    path.set_exception(outcome.exception());
    let steps = vm.steps();
    step(vm, path, |_| Step::MainEnded { why, status: path.verdict().status, steps });
}

/// Phase 3: what wants to run while threads may still start, and then the threads that have to be waited for.
fn before(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    let registry = vm.state::<Registry>();
    path.enter(Phase::Before);
    path.signals.set(0);
    registry.reset_late();
    step(vm, path, |_| Step::Began { phase: Phase::Before, waiting: registry.len(When::Before) });
    loop {
        run_phase(vm, path, When::Before)?;
        if path.is_abandoned() || vm.halted().is_some() || !wait_for_threads(vm, path)? {
            return Ok(());
        }
        // A thread that was waited for may have registered more.
        if registry.is_empty(When::Before) {
            return Ok(());
        }
    }
}

/// Waits for the threads that are no daemons; false if a signal or an error ended that.
fn wait_for_threads(vm: &mut Vm, path: &Path) -> Result<bool, LeaveNow> {
    let threads = vm.threads_waited_for();
    if threads.is_empty() {
        return Ok(true);
    }
    step(vm, path, |_| Step::Waiting { threads });
    strike::signals_at(vm, &Place::Join);
    path.waits_for_threads.set(true);
    let waited = vm.wait_for_threads();
    path.waits_for_threads.set(false);
    leave_if_asked(vm)?;
    step(vm, path, |_| Step::Waited { interrupted: waited.is_err() });
    if let Err(Raised(exception)) = waited {
        if vm.halted().is_none() && !vm.is_exception(exception, Exc::Terminated) {
            vm.rooted(&[exception], |vm| say_exception(vm, exception));
        }
        path.claim_interrupt(" while threads were waited for");
        leave_if_asked(vm)?;
        return Ok(false);
    }
    Ok(true)
}

/// Phase 4: from here on no thread is started. (That no process is forked, `os.fork` sees to itself.)
fn close(vm: &mut Vm) {
    vm.close_threads();
}

/// Phase 5: the exit handlers.
fn run_handlers(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    let registry = vm.state::<Registry>();
    path.enter(Phase::Handlers);
    registry.reset_late();
    step(vm, path, |_| Step::Began { phase: Phase::Handlers, waiting: registry.len(When::Exit) });
    run_phase(vm, path, When::Exit)?;
    path.take_unheard(vm);
    name_the_rest(vm, path);
    leave_if_asked(vm)
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
    if let Some(kept) = verdict.kept {
        say(vm, &format!("toy: exit status kept at {kept}: {who} asked for 0\n"));
    }
    leave_if_asked(vm)
}

/// Phase 8: standard output, then standard error.
fn flush(vm: &mut Vm, path: &Path) {
    path.enter(Phase::Flush);
    step(vm, path, |_| Step::Began { phase: Phase::Flush, waiting: 0 });
    let mut failures = [None, None];
    for (at, (stream, name)) in [(Stream::Out, "stdout"), (Stream::Err, "stderr")].into_iter().enumerate() {
        let now = match strike::flush_failure(vm, stream) {
            Some(error) => Some(error),
            None => signals::flush_stream(vm, path, stream).err(),
        };
        let remembered = if stream == Stream::Out { path.flush_failure.take() } else { None };
        let Some(error) = remembered.or(now) else { continue };
        let line = os_error_line(vm, &error);
        failures[at] = Some(line.clone());
        if error.kind() == io::ErrorKind::BrokenPipe {
            match path.verdict().status {
                ExitStatus::Signal(_) => continue,
                ExitStatus::Code(0) => {
                    path.note(Event::ReaderGone, format!("the reader of {name} went away"));
                    continue;
                }
                ExitStatus::Code(_) => {}
            }
        }
        say_plainly(vm, &format!("Exception ignored on flushing {name}:\n{line}\n"));
        path.note(Event::OutputLost, format!("{name} could not be written"));
    }
    let [stdout, stderr] = failures;
    step(vm, path, |_| Step::Flushed { stdout, stderr });
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
    step(vm, path, |_| path.final_step());
    let errors = path.errors.take();
    ExitReport {
        outcome: verdict.outcome,
        status: verdict.status,
        reraised: if verdict.reraised { errors.last().cloned() } else { None },
        errors,
        not_run: path.not_run.take(),
        steps: path.take_steps(),
        not_injected: Vec::new(),
        at_once: false,
    }
}

fn leave_if_asked(vm: &Vm) -> Result<(), LeaveNow> {
    match vm.halted() {
        Some(Halt::Exit(status)) => Err(LeaveNow(status)),
        _ => Ok(()),
    }
}
