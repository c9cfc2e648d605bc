//! What the phases of the path share: how far it has come, what bore on the status and why, signals, the journal.
//!
//! What is hard: the exception behind the outcome must stay alive for handlers that ask, and what is asked may change
//! at any moment, for a signal may come while a handler asks. So nothing is computed ahead: the events are kept,
//! and each question is answered from them.

use std::cell::{Cell, RefCell};
use std::io;
use std::time::Duration;

use super::journal::{Journal, Step, TimedStep, Trace, json_line, text_line};
use super::outcome::{HandlerError, signal_name};
use super::registry::HandlerException;
use super::say::say_past_program;
use super::status::{Ending, Event, ExitStatus, Verdict, judge};
use crate::heap::Tracer;
use crate::host::Signal;
use crate::value::Value;
use crate::vm::{StdlibState, Vm};

/// How far the end has come. It only moves forward.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
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

impl Phase {
    /// The name that programs know it by.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Running => "running",
            Phase::Before => "before",
            Phase::Handlers => "handlers",
            Phase::Finalize => "finalize",
            Phase::Flush => "flush",
        }
    }
}

/// How an interpreter is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EndingOptions {
    /// How the end is shown, if at all.
    pub trace: Option<Trace>,
    /// A failure stays a failure (6.1).
    pub strict: bool,
}

/// What the phases share.
#[derive(Debug, Default)]
pub struct Path {
    options: Cell<EndingOptions>,
    phase: Cell<Phase>,
    events: RefCell<Vec<Event>>,
    /// The same in words, one for each event.
    reasons: RefCell<Vec<String>>,
    /// The exception behind the current outcome, if there is one.
    exception: Cell<Option<Value>>,
    /// Phase 3 has come to the threads.
    pub(super) waits_for_threads: Cell<bool>,
    /// Signals since the path began, or since phase 3 did.
    pub(super) signals: Cell<u32>,
    /// A Ctrl-C was raised as this `KeyboardInterrupt` and has not come out of anything yet.
    interrupted: Cell<Option<Value>>,
    /// The second signal, after which everything else is abandoned.
    pub(super) second: Cell<Option<Signal>>,
    /// The first failure to flush standard output on the way; phase 8 reports it.
    pub(super) flush_failure: RefCell<Option<io::Error>>,
    /// How many handlers the path has started, in this phase and in all, and how many of them failed.
    pub(super) started_in_phase: Cell<usize>,
    pub(super) started: Cell<usize>,
    pub(super) failed: Cell<usize>,
    /// The last exception of a handler, which phase 6 re-raises. The registry keeps it alive.
    pub(super) saved: Cell<Option<HandlerException>>,
    /// For an exit code past 255 that the system will see as 0: its text.
    pub(super) wrapped: RefCell<Option<String>>,
    pub(super) errors: RefCell<Vec<HandlerError>>,
    pub(super) not_run: RefCell<Vec<String>>,
    /// Exceptions of phase 7 that changed no status.
    pub(super) ignored: RefCell<Vec<String>>,
    journal: Journal,
    began: Cell<Duration>,
}

impl StdlibState for Path {
    fn trace(&self, tracer: &mut Tracer) {
        for value in [self.exception.get(), self.interrupted.get()].into_iter().flatten() {
            tracer.mark(value);
        }
    }
}

impl Path {
    /// How far the end has come.
    pub fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Whether the program has ended, so that the path is under way.
    pub fn has_begun(&self) -> bool {
        !self.events.borrow().is_empty()
    }

    pub(super) fn configure(&self, options: EndingOptions) {
        self.options.set(options);
    }

    pub(super) fn begin(&self, now: Duration) {
        self.began.set(now);
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.started_in_phase.set(0);
    }

    /// Another handler is started: which of the phase it is.
    pub(super) fn count_started(&self) -> usize {
        self.started.set(self.started.get() + 1);
        self.started_in_phase.set(self.started_in_phase.get() + 1);
        self.started_in_phase.get()
    }

    /// Notes something that bears on the status, and the reason in words.
    pub(super) fn note(&self, event: Event, reason: impl Into<String>) {
        self.events.borrow_mut().push(event);
        self.reasons.borrow_mut().push(reason.into());
    }

    /// What the process would end with now.
    pub fn verdict(&self) -> Verdict {
        judge(&self.events.borrow(), self.options.get().strict)
    }

    /// Why the program is ending: the current outcome, which what handlers have raised does not change before phase 6.
    pub fn current_outcome(&self) -> Ending {
        let events: Vec<Event> = self.events.borrow().iter().copied().filter(is_of_outcome).collect();
        judge(&events, false).outcome
    }

    /// The exception behind the current outcome.
    pub fn exception(&self) -> Option<Value> {
        self.exception.get()
    }

    pub(super) fn set_exception(&self, exception: Option<Value>) {
        self.exception.set(exception);
    }

    /// The status, the reason for it, and what it was when the main program ended, if that was another.
    pub(super) fn final_step(&self) -> Step {
        let verdict = self.verdict();
        let reasons = self.reasons.borrow();
        let reason = |at: usize| reasons.get(at).cloned().unwrap_or_default();
        let first = match self.events.borrow().first() {
            Some(Event::Ended(ending)) => ending.status(),
            _ => ExitStatus::Code(0),
        };
        let why = verdict.decided_by.map_or_else(String::new, reason);
        let was = (first != verdict.status).then(|| (first, reason(0)));
        Step::Status { status: verdict.status, why, was }
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.second.get().is_some()
    }

    // Ctrl-C.

    /// A Ctrl-C was raised in code of the program.
    pub(super) fn interrupt(&self, exception: Value) {
        self.interrupted.set(Some(exception));
    }

    /// Whoever ran has come to its end: a Ctrl-C that came was its to deal with. Whether one came.
    pub(super) fn forget_interrupt(&self) -> bool {
        self.interrupted.take().is_some()
    }

    /// A Ctrl-C that escaped, or was raised where nobody could catch it, in the text of an exception that is being
    /// printed: it makes the outcome `Interrupt`.
    pub(super) fn claim_interrupt(&self, where_: &str) {
        if let Some(exception) = self.interrupted.take() {
            self.end_by_signal(Signal::Interrupt, Some(exception), format!("Ctrl-C{where_}"));
        }
    }

    /// A signal ends the program, if none did yet.
    pub(super) fn end_by_signal(&self, signal: Signal, exception: Option<Value>, reason: String) {
        if !self.current_outcome().is_sticky() {
            self.exception.set(exception);
        }
        self.note(Event::Signal(signal.number()), reason);
    }

    /// A second signal: it decides.
    pub(super) fn end_by_second(&self, signal: Signal) {
        self.exception.set(None);
        self.second.set(Some(signal));
        let reason = format!("{}, after another signal", signal_name(signal.number()));
        self.note(Event::SecondSignal(signal.number()), reason);
    }

    // The journal.

    pub(super) fn is_traced(&self) -> bool {
        self.options.get().trace.is_some()
    }

    pub(super) fn take_steps(&self) -> Vec<TimedStep> {
        self.journal.take()
    }
}

/// Adds a step to the journal, and shows it, if somebody watches.
pub(super) fn step(vm: &mut Vm, path: &Path, make: impl FnOnce(&mut Vm) -> Step) {
    let Some(trace) = path.options.get().trace else { return };
    let step = make(vm);
    let at =
        if path.has_begun() { vm.host.monotonic().saturating_sub(path.began.get()) } else { Duration::ZERO };
    let step = TimedStep { at, step };
    let line = match trace {
        Trace::Text => text_line(&step.step),
        Trace::Json => Some(json_line(&step)),
        Trace::Keep => None,
    };
    path.journal.add(step);
    if let Some(line) = line {
        say_past_program(vm, path, &line);
    }
}

/// What handlers raise becomes the outcome in phase 6 only.
fn is_of_outcome(event: &Event) -> bool {
    match event {
        Event::Ended(_) | Event::HookExit(_) | Event::Signal(_) | Event::SecondSignal(_) => true,
        Event::HandlerRaised(_) | Event::OutputLost | Event::ReaderGone => false,
    }
}
