//! From steps to lanes and rows.
//!
//! Each phase is a lane, each handler a row in it. A place in the picture has two measures, its time and its number
//! among the steps, both in per cent of the whole, so that the page can show either.

use std::collections::HashMap;
use std::time::Duration;

use super::words::{count, duration, phase_title};
use crate::shutdown::journal::{HandlerEnd, HandlerName, Step, TimedStep};
use crate::shutdown::{ExitStatus, HandlerError, Phase};

/// How a row ended, from harmless to bad: a row that stands for many has the worst of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum State {
    Fine,
    /// It called `exit`.
    Exit,
    NotRun,
    Failed,
    Stopped,
}

/// A place in the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Place {
    pub time: f64,
    pub step: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub from: Place,
    pub to: Place,
    pub state: State,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    /// `2/5`, for a handler.
    pub number: String,
    pub name: String,
    /// `m.toy:4`.
    pub site: String,
    pub result: String,
    pub took: Option<Duration>,
    pub state: State,
    pub bars: Vec<Bar>,
    /// What happened while it ran.
    pub notes: Vec<String>,
    /// What was printed about it.
    pub report: String,
    /// It stands for several handlers.
    pub is_group: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// The number of the phase in the contract.
    pub phase: &'static str,
    pub title: &'static str,
    /// From when to when the phase lasted; none if it was not reached.
    pub span: Option<(Place, Place)>,
    pub rows: Vec<Row>,
}

/// Something that belongs to no row: a signal.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub at: Place,
    pub text: String,
    pub is_injected: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub lanes: Vec<Lane>,
    pub marks: Vec<Mark>,
    pub total: Duration,
    pub status: Option<(ExitStatus, String)>,
    pub was: Option<(ExitStatus, String)>,
}

/// How many rows of a lane are shown one by one.
const MOST_ROWS: usize = 60;
/// Of more rows: the first and the last ones, those that took longest, and those to which something happened.
const KEPT_AT_ENDS: usize = 8;
const KEPT_LONGEST: usize = 8;
const KEPT_EVENTFUL: usize = 100;
/// Long is what takes more than one in so many parts of the time of all.
const LONG_PARTS: u32 = 50;
/// Bars of one row that are closer than this, in per cent, become one.
const CLOSE: f64 = 0.15;
/// How many of the handlers that did not run are named one by one.
const MOST_NAMED: usize = 40;

pub(super) fn picture(steps: &[TimedStep], errors: &[HandlerError]) -> Picture {
    let mut builder = Builder::new(steps, errors);
    for (at, timed) in steps.iter().enumerate() {
        builder.add(at, &timed.step);
    }
    builder.finish()
}

const LANES: [(Phase, &str); 5] = [
    (Phase::Running, "1"),
    (Phase::Before, "3"),
    (Phase::Handlers, "5"),
    (Phase::Finalize, "7"),
    (Phase::Flush, "8"),
];

struct Builder<'a> {
    steps: &'a [TimedStep],
    errors: std::slice::Iter<'a, HandlerError>,
    total: Duration,
    lanes: Vec<Lane>,
    /// The lane that things happen in.
    lane: usize,
    marks: Vec<Mark>,
    /// Rows that are not over: lane, row, and when they began.
    open: Vec<(usize, usize, usize)>,
    /// Handlers that were registered since the path began and have not run yet.
    late: HashMap<String, usize>,
    status: Option<(ExitStatus, String)>,
    was: Option<(ExitStatus, String)>,
}

impl<'a> Builder<'a> {
    fn new(steps: &'a [TimedStep], errors: &'a [HandlerError]) -> Builder<'a> {
        let lane =
            |(phase, number)| Lane { phase: number, title: phase_title(phase), span: None, rows: Vec::new() };
        Builder {
            steps,
            errors: errors.iter(),
            total: steps.last().map_or(Duration::ZERO, |last| last.at),
            lanes: LANES.into_iter().map(lane).collect(),
            lane: 0,
            marks: Vec::new(),
            open: Vec::new(),
            late: HashMap::new(),
            status: None,
            was: None,
        }
    }

    fn time(&self, at: usize) -> Duration {
        self.steps.get(at).map_or(self.total, |timed| timed.at)
    }

    fn place(&self, at: usize) -> Place {
        let part = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
        Place {
            time: part(self.time(at).as_secs_f64(), self.total.as_secs_f64()),
            step: part(at as f64, self.steps.len().saturating_sub(1) as f64),
        }
    }

    /// A row from one step to another in the present lane.
    fn row(&mut self, from: usize, to: usize, name: &str, result: String, state: State) -> &mut Row {
        let bar = Bar { from: self.place(from), to: self.place(to), state };
        let took = (to > from).then(|| self.time(to).saturating_sub(self.time(from)));
        let rows = &mut self.lanes[self.lane].rows;
        let at = rows.len();
        rows.push(Row {
            number: String::new(),
            name: name.to_string(),
            site: String::new(),
            result,
            took,
            state,
            bars: vec![bar],
            notes: Vec::new(),
            report: String::new(),
            is_group: false,
        });
        &mut rows[at]
    }

    fn enter(&mut self, at: usize, phase: Phase) {
        self.leave(at);
        self.lane = LANES.iter().position(|(lane, _)| *lane == phase).unwrap_or(0);
        let place = self.place(at);
        self.lanes[self.lane].span = Some((place, place));
    }

    fn leave(&mut self, at: usize) {
        let place = self.place(at);
        if let Some((_, to)) = &mut self.lanes[self.lane].span {
            *to = place;
        }
    }

    /// When the present phase began.
    fn phase_start(&self, at: usize) -> usize {
        self.steps[..at]
            .iter()
            .rposition(|timed| matches!(timed.step, Step::Began { .. }))
            .unwrap_or(at.saturating_sub(1))
    }

    fn add(&mut self, at: usize, step: &Step) {
        match step {
            Step::Injected { what } => self.mark(at, format!("injected: {what}"), true),
            Step::MainEnded { why, status, .. } => {
                let place = self.place(at);
                self.lanes[0].span = Some((place, place));
                let state = state_of(*status);
                self.row(at, at, "outcome", format!("{why}, {status}"), state);
            }
            Step::HookExited { why, status } => {
                let result = format!("{why}, {status}");
                self.row(at.saturating_sub(1), at, "sys.excepthook", result, State::Exit);
            }
            Step::Began { phase, .. } => self.enter(at, *phase),
            Step::HandlerStarted { number, of, handler, .. } => self.start_handler(at, *number, *of, handler),
            Step::HandlerEnded { handler, end, .. } => self.end_handler(at, handler, end),
            Step::Registered { handler } => {
                *self.late.entry(handler.to_string()).or_default() += 1;
                self.note(format!("registered {handler}"));
            }
            Step::Removed { handler } => self.note(format!("took back {handler}")),
            Step::Waiting { threads } => {
                let name = format!("waiting for {}", count(threads.len(), "thread"));
                let row = self.row(at, at, &name, String::new(), State::Fine);
                row.notes.push(threads.join(", "));
                let row = self.lanes[self.lane].rows.len() - 1;
                self.open.push((self.lane, row, at));
            }
            Step::Waited { interrupted } => {
                let (result, state) = if *interrupted {
                    ("interrupted", State::Stopped)
                } else {
                    ("all have ended", State::Fine)
                };
                self.close(at, result.to_string(), state);
            }
            Step::SignalCame { name, second } => {
                let text = if *second { format!("{name}, the second signal") } else { name.clone() };
                self.mark(at, text, false);
            }
            Step::Abandoned { handlers } => {
                for name in handlers.iter().take(MOST_NAMED) {
                    self.row(at, at, name, "not run".to_string(), State::NotRun).bars.clear();
                }
                if let Some(more @ 1..) = handlers.len().checked_sub(MOST_NAMED) {
                    let name = format!("{} more", count(more, "handler"));
                    let row = self.row(at, at, &name, "not run".to_string(), State::NotRun);
                    row.bars.clear();
                    row.is_group = true;
                }
            }
            Step::Closed { generators, files, ignored, lost } => {
                let start = self.phase_start(at);
                let closed = match (*generators, *files) {
                    (0, 0) => "nothing was open".to_string(),
                    (0, files) => format!("{} closed", count(files, "file")),
                    (generators, 0) => format!("{} closed", count(generators, "generator")),
                    (generators, files) => {
                        format!("{}, {} closed", count(generators, "generator"), count(files, "file"))
                    }
                };
                let result = match (lost.len(), ignored.len()) {
                    (0, 0) => closed.clone(),
                    (0, errors) => format!("{closed}, {} ignored", count(errors, "error")),
                    (files, _) => format!("{} not written", count(files, "file")),
                };
                let state = match (ignored.is_empty(), lost.is_empty()) {
                    (_, false) => State::Failed,
                    (false, true) => State::Exit,
                    (true, true) => State::Fine,
                };
                let row = self.row(start, at, "files and generators", result, state);
                row.notes.extend((!lost.is_empty()).then_some(closed));
                row.notes.extend(ignored.iter().map(|error| format!("ignored: {error}")));
                row.notes.extend(lost.iter().map(|file| format!("not written: {file}")));
            }
            Step::Flushed { stdout, stderr } => {
                let start = self.phase_start(at);
                for (name, failure) in [("standard output", stdout), ("standard error", stderr)] {
                    let (result, state) = match failure {
                        None => ("ok".to_string(), State::Fine),
                        Some(failure) => (format!("failed: {failure}"), State::Failed),
                    };
                    self.row(start, at, name, result, state);
                }
            }
            Step::Status { status, why, was } => {
                self.leave(at);
                self.status = Some((*status, why.clone()));
                self.was = was.clone();
            }
        }
    }

    fn mark(&mut self, at: usize, text: String, is_injected: bool) {
        self.note(text.clone());
        let at = self.place(at);
        self.marks.push(Mark { at, text, is_injected });
    }

    /// Something happened while the innermost open row was going on.
    fn note(&mut self, text: String) {
        let place = self.open.last().map(|(lane, row, _)| (*lane, *row));
        let row = match place {
            Some((lane, row)) => self.lanes[lane].rows.get_mut(row),
            None => self.lanes[self.lane].rows.last_mut(),
        };
        if let Some(row) = row {
            row.notes.push(text);
        }
    }

    fn start_handler(&mut self, at: usize, number: usize, of: usize, handler: &HandlerName) {
        let late = match self.late.get_mut(&handler.to_string()) {
            Some(times @ 1..) => {
                *times -= 1;
                true
            }
            _ => false,
        };
        let lane = self.lane;
        let row = self.row(at, at, &handler.name, "never ended".to_string(), State::Stopped);
        row.number = format!("{number}/{of}");
        row.site = handler.registered.as_ref().map_or(String::new(), |(file, line)| format!("{file}:{line}"));
        if late {
            row.notes.push("registered late, while the program was ending".to_string());
        }
        self.open.push((lane, self.lanes[lane].rows.len() - 1, at));
    }

    fn end_handler(&mut self, at: usize, handler: &HandlerName, end: &HandlerEnd) {
        let state = match end {
            HandlerEnd::Returned => State::Fine,
            HandlerEnd::Raised { failed: false, .. } => State::Exit,
            HandlerEnd::Raised { .. } => State::Failed,
            HandlerEnd::Stopped => State::Stopped,
        };
        let report = match end {
            HandlerEnd::Raised { .. } => {
                let error = self.errors.clone().position(|error| error.handler == handler.name);
                error.and_then(|at| self.errors.nth(at)).map_or(String::new(), |error| error.report.clone())
            }
            _ => String::new(),
        };
        if let Some(row) = self.close(at, end.to_string(), state) {
            row.report = report;
        }
    }

    /// The innermost open row is over.
    fn close(&mut self, at: usize, result: String, state: State) -> Option<&mut Row> {
        let (lane, row, start) = self.open.pop()?;
        let bar = Bar { from: self.place(start), to: self.place(at), state };
        let took = self.time(at).saturating_sub(self.time(start));
        let row = self.lanes[lane].rows.get_mut(row)?;
        row.result = result;
        row.state = state;
        row.took = Some(took);
        row.bars = vec![bar];
        Some(row)
    }

    fn finish(mut self) -> Picture {
        let last = self.steps.len().saturating_sub(1);
        let end = self.place(last);
        for (lane, row, start) in std::mem::take(&mut self.open) {
            let from = self.place(start);
            if let Some(row) = self.lanes[lane].rows.get_mut(row) {
                row.bars = vec![Bar { from, to: end, state: State::Stopped }];
            }
        }
        self.leave(last);
        for lane in &mut self.lanes {
            lane.rows = fold(std::mem::take(&mut lane.rows));
        }
        Picture {
            lanes: self.lanes,
            marks: self.marks,
            total: self.total,
            status: self.status,
            was: self.was,
        }
    }
}

fn state_of(status: ExitStatus) -> State {
    if status == ExitStatus::Code(0) { State::Fine } else { State::Failed }
}

/// Of too many rows, runs of those that are like each other become one.
fn fold(rows: Vec<Row>) -> Vec<Row> {
    if rows.len() <= MOST_ROWS {
        return rows;
    }
    let mut kept = vec![false; rows.len()];
    let ends = (0..KEPT_AT_ENDS).chain(rows.len() - KEPT_AT_ENDS..rows.len());
    let whole: Duration = rows.iter().filter_map(|row| row.took).sum();
    let is_long = |took: Duration| took * LONG_PARTS > whole;
    let mut longest: Vec<usize> = (0..rows.len()).filter(|i| rows[*i].took.is_some_and(is_long)).collect();
    longest.sort_by_key(|i| std::cmp::Reverse(rows[*i].took));
    let eventful = (0..rows.len()).filter(|i| rows[*i].state != State::Fine || !rows[*i].notes.is_empty());
    for i in ends.chain(longest.into_iter().take(KEPT_LONGEST)).chain(eventful.take(KEPT_EVENTFUL)) {
        kept[i] = true;
    }
    let mut folded = Vec::new();
    let mut run: Vec<Row> = Vec::new();
    for (row, kept) in rows.into_iter().zip(kept) {
        if kept {
            folded.extend(together(std::mem::take(&mut run)));
            folded.push(row);
        } else {
            run.push(row);
        }
    }
    folded.extend(together(run));
    folded
}

/// One row for a run of several.
fn together(mut rows: Vec<Row>) -> Option<Row> {
    if rows.len() < 2 {
        return rows.pop();
    }
    let (first, last) = (rows.first()?, rows.last()?);
    let number = match (first.number.split_once('/'), last.number.split_once('/')) {
        (Some((from, _)), Some((to, _))) => format!("{from}–{to}"),
        _ => String::new(),
    };
    let mut parts = Vec::new();
    for (state, words) in [
        (State::Fine, "ok"),
        (State::Exit, "raised SystemExit"),
        (State::Failed, "failed"),
        (State::Stopped, "stopped"),
        (State::NotRun, "not run"),
    ] {
        match rows.iter().filter(|row| row.state == state).count() {
            0 => {}
            n if n == rows.len() => parts.push(format!("all {words}")),
            n => parts.push(format!("{} {words}", super::words::number(n))),
        }
    }
    let took: Duration = rows.iter().filter_map(|row| row.took).sum();
    let longest = rows.iter().filter_map(|row| row.took).max().unwrap_or_default();
    Some(Row {
        number,
        name: count(rows.len(), "handler"),
        site: String::new(),
        result: parts.join(", "),
        took: Some(took),
        state: rows.iter().map(|row| row.state).max().unwrap_or(State::Fine),
        notes: vec![format!("the longest took {}; all are listed below", duration(longest))],
        report: String::new(),
        is_group: true,
        bars: merged(rows.into_iter().flat_map(|row| row.bars)),
    })
}

/// Bars that stand close to each other in both measures become one; where they tell of different things only if nobody
/// could see them apart.
fn merged(bars: impl Iterator<Item = Bar>) -> Vec<Bar> {
    let is_close = |a: Place, b: Place| b.time - a.time < CLOSE && b.step - a.step < CLOSE;
    let mut merged: Vec<Bar> = Vec::new();
    for bar in bars {
        match merged.last_mut() {
            Some(last)
                if (last.state == bar.state && is_close(last.to, bar.from))
                    || is_close(last.from, bar.to) =>
            {
                last.to = bar.to;
                last.state = last.state.max(bar.state);
            }
            _ => merged.push(bar),
        }
    }
    merged
}
