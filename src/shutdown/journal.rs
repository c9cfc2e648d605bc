//! The journal of an end: what happened on the path, step by step, as plain data.
//!
//! The path writes it only when somebody wants to see it. A step names handlers by name and place and exceptions by
//! class, and holds no value, so it can be printed, kept, or drawn when the interpreter is gone. The text of a
//! step holds no clock reading: the same program prints the same bytes.

mod json;

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Phase;
use super::entry::Entry;
use super::status::ExitStatus;
pub use json::{json_line, read_json_line};

/// How an end is shown while it goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trace {
    /// A line of text for each step, on standard error.
    Text,
    /// A line of JSON for each step, with its time, on standard error.
    Json,
    /// Nothing is printed; the steps are in the `ExitReport`.
    Keep,
}

/// An exit handler, as far as people are told of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HandlerName {
    pub name: String,
    /// The file and line of its registration.
    #[serde(with = "json::site")]
    pub registered: Option<(String, u32)>,
}

impl HandlerName {
    pub(super) fn of(entry: &Entry) -> HandlerName {
        HandlerName { name: entry.name(), registered: entry.place() }
    }
}

impl fmt::Display for HandlerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.registered {
            Some((file, line)) => write!(f, "'{}' (registered at {file}:{line})", self.name),
            None => write!(f, "'{}'", self.name),
        }
    }
}

/// How a handler ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerEnd {
    Returned,
    /// It raised this: `SystemExit(3)`, or the class of an exception. `failed`: it was not a `SystemExit`.
    Raised {
        what: String,
        failed: bool,
    },
    /// A second signal stopped it.
    Stopped,
}

impl fmt::Display for HandlerEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandlerEnd::Returned => f.write_str("ok"),
            HandlerEnd::Raised { what, .. } => write!(f, "raised {what}"),
            HandlerEnd::Stopped => f.write_str("stopped"),
        }
    }
}

/// One thing that happened on the path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Step {
    /// Something happened that was asked for by an injection: `INT@main:120`.
    Injected { what: String },
    /// Phase 1: what the program came to, the status that this stands for, and how many steps the main program took.
    MainEnded { why: String, status: ExitStatus, steps: u64 },
    /// Phase 2: `sys.excepthook` called `exit`, which is the outcome now.
    HookExited { why: String, status: ExitStatus },
    /// A phase begins. `waiting`: the handlers that wait to be run in it, if it runs any.
    Began { phase: Phase, waiting: usize },
    /// A handler of a phase is called. `of`: how many have been called in the phase, with those that wait.
    HandlerStarted { phase: Phase, number: usize, of: usize, handler: HandlerName },
    /// And this came of it, after so many steps.
    HandlerEnded { phase: Phase, number: usize, of: usize, handler: HandlerName, end: HandlerEnd, steps: u64 },
    /// A handler was registered since the path began.
    Registered { handler: HandlerName },
    /// A handler was taken back since the path began.
    Removed { handler: HandlerName },
    /// Phase 3: threads that have to be waited for.
    Waiting { threads: Vec<String> },
    /// Phase 3: the waiting is over. `interrupted`: Ctrl-C ended it.
    Waited { interrupted: bool },
    /// A signal came since the path began.
    SignalCame { name: String, second: bool },
    /// A second signal, or the end of the step budget, kept these from running.
    Abandoned { handlers: Vec<String> },
    /// Phase 7: what was left open. `ignored`: the errors that changed no status; `lost`: the files that could not be
    /// written.
    Closed { generators: usize, files: usize, ignored: Vec<String>, lost: Vec<String> },
    /// Phase 8: the failures of the two flushes.
    Flushed { stdout: Option<String>, stderr: Option<String> },
    /// Phase 9: the status and the reason for it. `was`: what it would have been without the path, if that is another.
    Status { status: ExitStatus, why: String, was: Option<(ExitStatus, String)> },
}

/// A step and when it happened, counted from the end of the main program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimedStep {
    #[serde(rename = "at_us", with = "json::microseconds")]
    pub at: Duration,
    #[serde(flatten)]
    pub step: Step,
}

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    steps: RefCell<Vec<TimedStep>>,
}

impl Journal {
    pub(super) fn add(&self, step: TimedStep) {
        self.steps.borrow_mut().push(step);
    }

    pub(super) fn take(&self) -> Vec<TimedStep> {
        self.steps.take()
    }
}

/// The line of a step; none for one that says nothing to people.
pub fn text_line(step: &Step) -> Option<String> {
    let said = match step {
        Step::Injected { what } => format!("injected: {what}"),
        Step::MainEnded { why, status, .. } => format!("main ended: {why}, {status}"),
        Step::HookExited { why, status } => format!("sys.excepthook: {why}, {status}"),
        Step::Began { phase: Phase::Before, waiting: 0 } => return None,
        Step::Began { phase: Phase::Before, waiting } => format!("before: {waiting} registered"),
        Step::Began { phase: Phase::Handlers, waiting } => format!("handlers: {waiting} registered"),
        Step::Began { .. } | Step::HandlerStarted { .. } => return None,
        Step::HandlerEnded { phase, number, of, handler, end, .. } => {
            let kind = if *phase == Phase::Before { "before handler" } else { "handler" };
            format!("{kind} {number}/{of} {handler}: {end}")
        }
        Step::Registered { handler } => format!("registered {handler}"),
        Step::Removed { handler } => format!("removed {handler}"),
        Step::Waiting { threads } => format!("threads: waiting for {}", threads.join(", ")),
        Step::Waited { interrupted: true } => "threads: interrupted".to_string(),
        Step::Waited { interrupted: false } => "threads: all have ended".to_string(),
        Step::SignalCame { name, second } => {
            format!("{} {name}", if *second { "second signal:" } else { "signal:" })
        }
        Step::Abandoned { handlers } => format!("abandoned: {}", handlers.join(", ")),
        Step::Closed { generators: 0, files: 0, ignored, .. } if ignored.is_empty() => return None,
        Step::Closed { generators, files, ignored, lost } => {
            let mut said =
                format!("finalize: {}, {} closed", count(*generators, "generator"), count(*files, "file"));
            if !ignored.is_empty() {
                said += &format!(", {} ignored", count(ignored.len(), "error"));
            }
            if !lost.is_empty() {
                said += &format!(", not written: {}", lost.join(", "));
            }
            said
        }
        Step::Flushed { stdout, stderr } => {
            let words = |failure: &Option<String>| match failure {
                None => "ok".to_string(),
                Some(failure) => format!("failed ({failure})"),
            };
            format!("flush: stdout {}, stderr {}", words(stdout), words(stderr))
        }
        Step::Status { status, why, was } => {
            let mut said = format!("{status}: {why}");
            if let Some((status, why)) = was {
                said += &format!("; was {}: {why}", status_number(*status));
            }
            said
        }
    };
    Some(format!("[exit] {said}\n"))
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn status_number(status: ExitStatus) -> String {
    match status {
        ExitStatus::Code(code) => code.to_string(),
        ExitStatus::Signal(_) => status.to_string(),
    }
}
