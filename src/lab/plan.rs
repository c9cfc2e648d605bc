//! Which runs there are: a pure function of the steps of a run in which nothing is injected.

use std::collections::HashMap;

use toy::host::{Signal, Stream};
use toy::shutdown::Phase;
use toy::shutdown::inject::{Fault, Injection, Place, Who};
use toy::shutdown::journal::{HandlerName, Step, TimedStep};

/// A run: what is injected, and under which heading it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    pub heading: String,
    pub injections: Vec<Injection>,
}

/// All runs but the first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    pub cases: Vec<Case>,
    /// How many handlers ran that nothing is injected into.
    pub unstruck: usize,
}

const INT: Fault = Fault::Signal(Signal::Interrupt);
const TERM: Fault = Fault::Signal(Signal::Terminate);
const HUP: Fault = Fault::Signal(Signal::Hangup);

/// `most`: into how many handlers something is injected.
pub fn plan(steps: &[TimedStep], most: usize) -> Plan {
    let mut cases = Cases { heading: String::new(), list: Vec::new() };
    let seen = Seen::new(steps);
    main_program(&mut cases, seen.main_steps);
    if seen.is_normal {
        main_end(&mut cases);
    }
    let struck = seen.handlers.iter().take(most);
    for handler in struck {
        handler_cases(&mut cases, handler);
    }
    the_rest(&mut cases, &seen);
    Plan { cases: cases.list, unstruck: seen.handlers.len().saturating_sub(most) }
}

struct Cases {
    heading: String,
    list: Vec<Case>,
}

impl Cases {
    fn head(&mut self, heading: impl Into<String>) {
        self.heading = heading.into();
    }

    fn add(&mut self, injections: &[(Fault, Place)]) {
        let injections = injections
            .iter()
            .map(|(fault, place)| Injection { fault: *fault, place: place.clone() })
            .collect();
        self.list.push(Case { heading: self.heading.clone(), injections });
    }
}

fn main_program(cases: &mut Cases, steps: u64) {
    cases.head("while the main program runs");
    let middle = Place::Main { step: (steps >= 2).then_some(steps / 2) };
    cases.add(&[(INT, Place::Main { step: None })]);
    if steps >= 2 {
        cases.add(&[(INT, middle.clone())]);
    }
    if steps >= 1 {
        cases.add(&[(INT, Place::Main { step: Some(steps) })]);
    }
    for fault in [TERM, HUP, Fault::OutOfMemory] {
        cases.add(&[(fault, middle.clone())]);
    }
}

fn main_end(cases: &mut Cases) {
    cases.head("when the main program has come to its end");
    for fault in [Fault::Exit(0), Fault::Exit(3), Fault::Error, INT, TERM] {
        cases.add(&[(fault, Place::MainEnd)]);
    }
}

fn handler_cases(cases: &mut Cases, handler: &Handler) {
    let what = if handler.is_before { "before handler" } else { "exit handler" };
    cases.head(format!("in {what} {}", handler.name));
    let who = handler.who.clone();
    let place = match handler.is_before {
        true => Place::Before { who, step: None },
        false => Place::Handler { who, step: None },
    };
    for fault in [Fault::OutOfMemory, Fault::Exit(0), INT, TERM] {
        cases.add(&[(fault, place.clone())]);
    }
    cases.add(&[(INT, place.clone()), (INT, place)]);
}

fn the_rest(cases: &mut Cases, seen: &Seen) {
    if seen.waits {
        cases.head("while threads are waited for");
        cases.add(&[(INT, Place::Join)]);
        cases.add(&[(TERM, Place::Join)]);
    }
    cases.head("when files are closed and streams are flushed");
    cases.add(&[(INT, Place::Finalize)]);
    cases.add(&[(INT, Place::Flush(Stream::Out))]);
    cases.add(&[(Fault::ReaderGone, Place::Flush(Stream::Out))]);
    cases.add(&[(Fault::DiskFull, Place::Flush(Stream::Out))]);
    cases.add(&[(Fault::DiskFull, Place::Flush(Stream::Err))]);
    if seen.is_normal {
        for fault in [Fault::ReaderGone, Fault::DiskFull] {
            cases.add(&[(Fault::Exit(3), Place::MainEnd), (fault, Place::Flush(Stream::Out))]);
        }
    }
}

/// A handler that ran.
struct Handler {
    name: HandlerName,
    who: Who,
    is_before: bool,
}

/// What there is to strike.
struct Seen {
    main_steps: u64,
    is_normal: bool,
    waits: bool,
    handlers: Vec<Handler>,
}

impl Seen {
    fn new(steps: &[TimedStep]) -> Seen {
        let mut seen = Seen { main_steps: 0, is_normal: false, waits: false, handlers: Vec::new() };
        let mut times: HashMap<(bool, &str), usize> = HashMap::new();
        for timed in steps {
            if let Step::HandlerStarted { phase, handler, .. } = &timed.step {
                *times.entry((*phase == Phase::Before, &handler.name)).or_default() += 1;
            }
        }
        for timed in steps {
            match &timed.step {
                Step::MainEnded { why, steps, .. } => {
                    seen.main_steps = *steps;
                    seen.is_normal = why == "normal end";
                }
                Step::Waiting { .. } => seen.waits = true,
                Step::HandlerStarted { phase, number, handler, .. } => {
                    let is_one = times.get(&(*phase == Phase::Before, handler.name.as_str())) == Some(&1);
                    let who = if is_one { Who::Name(handler.name.clone()) } else { Who::Number(*number) };
                    let is_before = *phase == Phase::Before;
                    seen.handlers.push(Handler { name: handler.clone(), who, is_before });
                }
                _ => {}
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use toy::shutdown::ExitStatus;

    fn labels(steps: Vec<Step>, most: usize) -> (Vec<String>, usize) {
        let steps: Vec<TimedStep> =
            steps.into_iter().map(|step| TimedStep { at: Duration::ZERO, step }).collect();
        let plan = plan(&steps, most);
        let label = |case: &Case| {
            let injections: Vec<String> = case.injections.iter().map(Injection::to_string).collect();
            injections.join(" ")
        };
        (plan.cases.iter().map(label).collect(), plan.unstruck)
    }

    fn ended(why: &str, steps: u64) -> Step {
        Step::MainEnded { why: why.into(), status: ExitStatus::Code(0), steps }
    }

    fn started(number: usize, name: &str) -> Step {
        let handler = HandlerName { name: name.into(), registered: None };
        Step::HandlerStarted { phase: Phase::Handlers, number, of: 3, handler }
    }

    #[test]
    fn a_program_is_struck_at_its_start_in_the_middle_and_at_its_last_step() {
        let (labels, _) = labels(vec![ended("exit(3)", 9)], 8);
        assert_eq!(
            labels[..6],
            ["INT@main", "INT@main:4", "INT@main:9", "TERM@main:4", "HUP@main:4", "NOMEM@main:4"]
        );
        assert!(!labels.iter().any(|label| label.contains("main:end")), "it did not come to its normal end");
    }

    #[test]
    fn a_program_without_steps_is_struck_once() {
        let (labels, _) = labels(vec![ended("normal end", 0)], 8);
        assert_eq!(labels[..5], ["INT@main", "TERM@main", "HUP@main", "NOMEM@main", "EXIT0@main:end"]);
    }

    #[test]
    fn handlers_of_the_same_name_are_told_apart_by_their_numbers() {
        let steps =
            vec![ended("normal end", 0), started(1, "print"), started(2, "save"), started(3, "print")];
        let (labels, unstruck) = labels(steps, 2);
        assert!(labels.contains(&"INT@handler:1 INT@handler:1".to_string()), "{labels:?}");
        assert!(labels.contains(&"NOMEM@handler:save".to_string()), "{labels:?}");
        assert!(!labels.iter().any(|label| label.contains("handler:3")), "{labels:?}");
        assert_eq!(unstruck, 1);
    }
}
