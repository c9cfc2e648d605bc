//! What came of all runs: the rows of the table, from which nothing that depends on time can be seen.

use toy::shutdown::ExitStatus;
use toy::shutdown::journal::{HandlerEnd, Step, TimedStep};

use super::difference::{Difference, difference};
use super::plan::Case;
use super::run::Ended;

/// A run, as the table shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub heading: String,
    pub label: String,
    pub status: Option<ExitStatus>,
    pub reason: String,
    /// Handlers that ran, those of them that failed, and those that were kept from running.
    pub ran: usize,
    pub failed: usize,
    pub left: usize,
    pub stdout: Difference,
    pub stderr: Difference,
    pub ended: Ended,
}

/// The whole table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Findings {
    pub program: String,
    pub rows: Vec<Row>,
    /// Injections that never happened, so that the run showed nothing new.
    pub missed: Vec<String>,
    /// How many handlers nothing was injected into.
    pub unstruck: usize,
}

impl Findings {
    /// The findings of the first run, in which nothing is injected.
    pub fn new(program: String, plain: Ended, unstruck: usize) -> Findings {
        let row = row(String::new(), "nothing".to_string(), plain, None);
        Findings { program, rows: vec![row], missed: Vec::new(), unstruck }
    }

    /// Adds a run.
    pub fn add(&mut self, case: Case, ended: Ended) {
        let names: Vec<String> = case.injections.iter().map(|injection| injection.to_string()).collect();
        let label = match names.as_slice() {
            [first, second] if first == second => format!("{first} twice"),
            names => names.join(" and "),
        };
        if !ended.steps.is_empty() && !all_happened(&names, &ended.steps) {
            self.missed.push(label);
            return;
        }
        let row = row(case.heading, label, ended, self.rows.first().map(|row| &row.ended));
        self.rows.push(row);
    }
}

fn all_happened(names: &[String], steps: &[TimedStep]) -> bool {
    let mut wanted = names.to_vec();
    for timed in steps {
        if let Step::Injected { what } = &timed.step
            && let Some(at) = wanted.iter().position(|name| name == what)
        {
            wanted.swap_remove(at);
        }
    }
    wanted.is_empty()
}

fn row(heading: String, label: String, ended: Ended, plain: Option<&Ended>) -> Row {
    let (mut ran, mut failed, mut left) = (0, 0, 0);
    let mut reason = None;
    for timed in &ended.steps {
        match &timed.step {
            Step::HandlerStarted { .. } => ran += 1,
            Step::HandlerEnded {
                end: HandlerEnd::Raised { failed: true, .. } | HandlerEnd::Stopped, ..
            } => {
                failed += 1;
            }
            Step::Abandoned { handlers } => left += handlers.len(),
            Step::Status { why, .. } => reason = Some(why.clone()),
            _ => {}
        }
    }
    let reason = reason.unwrap_or_else(|| {
        match (ended.status, ended.steps.is_empty()) {
            (None, _) => "took too long and was killed",
            (Some(_), true) => "ended without a record",
            (Some(_), false) => "left at once: os._exit",
        }
        .to_string()
    });
    let (stdout, stderr) = plain.map_or_else(Default::default, |plain| {
        (difference(&plain.stdout, &ended.stdout), difference(&plain.stderr, &ended.stderr))
    });
    Row { heading, label, status: ended.status, reason, ran, failed, left, stdout, stderr, ended }
}

impl Row {
    pub fn status_words(&self) -> String {
        self.status.map_or_else(|| "timed out".to_string(), |status| status.to_string())
    }

    /// `out -1 +2`, for each stream that differs.
    pub fn differences(&self) -> Vec<String> {
        let words = |name: &str, difference: Difference| {
            let mut words = name.to_string();
            if difference.missing > 0 {
                words += &format!(" -{}", difference.missing);
            }
            if difference.new > 0 {
                words += &format!(" +{}", difference.new);
            }
            (difference != Difference::default()).then_some(words)
        };
        [words("out", self.stdout), words("err", self.stderr)].into_iter().flatten().collect()
    }
}
