//! Pages of made-up ends, of all sizes.

use std::time::Duration;

use super::*;
use crate::shutdown::Phase;
use crate::shutdown::journal::{HandlerEnd, HandlerName, Step};

struct Script {
    steps: Vec<TimedStep>,
    now: Duration,
}

impl Script {
    fn new(why: &str, status: ExitStatus) -> Script {
        let mut script = Script { steps: Vec::new(), now: Duration::ZERO };
        script.add(0, Step::MainEnded { why: why.into(), status, steps: 3 });
        script.add(1, Step::Began { phase: Phase::Before, waiting: 0 });
        script
    }

    fn add(&mut self, micros: u64, step: Step) {
        self.now += Duration::from_micros(micros);
        self.steps.push(TimedStep { at: self.now, step });
    }

    fn handlers(&mut self, waiting: usize) {
        self.add(2, Step::Began { phase: Phase::Handlers, waiting });
    }

    fn handler(&mut self, name: &str, (number, of): (usize, usize), micros: u64, end: HandlerEnd) {
        let (phase, handler) = (Phase::Handlers, named(name));
        self.add(1, Step::HandlerStarted { phase, number, of, handler: handler.clone() });
        self.add(micros, Step::HandlerEnded { phase, number, of, handler, end, steps: 0 });
    }

    fn end(mut self, status: ExitStatus, why: &str, was: Option<(ExitStatus, String)>) -> String {
        self.add(1, Step::Began { phase: Phase::Finalize, waiting: 0 });
        self.add(4, Step::Closed { generators: 0, files: 0, ignored: vec![], lost: vec![] });
        self.add(1, Step::Began { phase: Phase::Flush, waiting: 0 });
        self.add(9, Step::Flushed { stdout: None, stderr: None });
        self.add(1, Step::Status { status, why: why.into(), was });
        page(&Story { title: "m.toy", steps: &self.steps, errors: &[], status })
    }
}

fn named(name: &str) -> HandlerName {
    HandlerName { name: name.into(), registered: Some(("m.toy".into(), 12)) }
}

fn raised(what: &str) -> HandlerEnd {
    HandlerEnd::Raised { what: what.into(), failed: true }
}

const SUCCESS: ExitStatus = ExitStatus::Code(0);

/// Every tag that is opened is closed, in order.
fn check_tags(html: &str) {
    let body = html.split("</style>").nth(1).expect("a page has a style");
    let mut open = vec!["html", "head"];
    for tag in body.split('<').skip(1) {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric() && c != '/').next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "near <{}", &tag[..tag.len().min(40)]),
            None if ["input", "meta"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_page_names_handlers_sites_results_and_the_status_at_the_end() {
    let mut script = Script::new("uncaught ValueError", ExitStatus::Code(1));
    script.handlers(2);
    script.handler("flush", (1, 2), 120, HandlerEnd::Returned);
    script.handler("save", (2, 2), 2_300, HandlerEnd::Raised { what: "SystemExit(3)".into(), failed: false });
    let was = Some((ExitStatus::Code(1), "uncaught ValueError".into()));
    let html = script.end(ExitStatus::Code(3), "exit(3) in exit handler 'save'", was);
    check_tags(&html);
    for part in
        ["<b>flush</b>", "m.toy:12", "<b>raised SystemExit(3)</b>", "120 µs", "2.3 ms", "uncaught ValueError"]
    {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    let verdict = html.find("<h2>status 3</h2>").expect("the status is there");
    assert!(html.find("<b>save</b>").is_some_and(|save| save < verdict));
    assert!(!html.contains("http"), "nothing is loaded from elsewhere");
}

#[test]
fn text_of_the_program_cannot_break_out() {
    let mut script = Script::new("exit('<script>')", ExitStatus::Code(1));
    script.handlers(1);
    script.handler("<lambda>\"'&", (1, 1), 3, raised("<img src=x>"));
    script.add(1, Step::Abandoned { handlers: vec!["<b>".into()] });
    script.add(1, Step::SignalCame { name: "<i>".into(), second: true });
    let html = script.end(ExitStatus::Code(1), "<why>", None);
    check_tags(&html);
    for tag in ["<script", "<img", "<lambda>", "<why>"] {
        assert!(!html.contains(tag), "{tag}");
    }
}

#[test]
fn ten_thousand_handlers_make_a_page_of_few_rows_that_names_them_all() {
    let mut script = Script::new("normal end", SUCCESS);
    script.handlers(10_000);
    for i in 1..=10_000 {
        let end = if i % 1000 == 500 { raised("KeyError") } else { HandlerEnd::Returned };
        script.handler(&format!("h{i}"), (i, 10_000), 3 + (i as u64 * 7) % 11, end);
    }
    let html = script.end(ExitStatus::Code(1), "KeyError in exit handler 'h9500'", None);
    check_tags(&html);
    let (picture, list) = html.split_once("<h2>Step by step</h2>").expect("a picture and a list");
    let rows = picture.matches("<div class=\"row").count();
    assert!((30..60).contains(&rows), "{rows}");
    assert!(picture.matches("class=\"bar").count() < 3000);
    assert_eq!(list.matches(": called</span>").count(), 10_000);
    assert_eq!(picture.matches("<b>raised KeyError</b>").count(), 10);
}

#[test]
fn ten_thousand_handlers_that_fail_now_and_then_are_folded_too() {
    let mut script = Script::new("normal end", SUCCESS);
    script.handlers(10_000);
    for i in 1..=10_000 {
        script.handler(
            "h",
            (i, 10_000),
            5,
            if i % 2 == 0 { raised("KeyError") } else { HandlerEnd::Returned },
        );
    }
    let html = script.end(ExitStatus::Code(1), "KeyError", None);
    assert!(html.contains(" failed</b>"), "the row for the rest counts those that failed");
    let picture = html.split("<h2>Step by step</h2>").next().unwrap_or_default();
    assert!(picture.len() < 400_000, "{}", picture.len());
}

#[test]
fn an_end_of_no_time_and_an_end_that_was_cut_off_are_drawn() {
    let script = Script { steps: Vec::new(), now: Duration::ZERO };
    let html =
        page(&Story { title: "m.toy", steps: &script.steps, errors: &[], status: ExitStatus::Code(7) });
    check_tags(&html);
    assert!(html.contains("<h2>status 7</h2>") && html.contains("left at once"), "{html}");
    assert!(!html.contains("NaN") && !html.contains("inf;"), "{html}");
    let mut script = Script::new("normal end", SUCCESS);
    script.handlers(1);
    let handler = named("leaver");
    script.add(1, Step::HandlerStarted { phase: Phase::Handlers, number: 1, of: 1, handler });
    let html =
        page(&Story { title: "m.toy", steps: &script.steps, errors: &[], status: ExitStatus::Code(7) });
    check_tags(&html);
    assert!(html.contains("<b>never ended</b>") && html.contains("not reached"), "{html}");
}

#[test]
fn a_part_for_another_page_has_no_time_in_it() {
    let story = |micros| {
        let mut script = Script::new("normal end", SUCCESS);
        script.handlers(1);
        script.handler("h", (1, 1), micros, HandlerEnd::Returned);
        script.steps
    };
    let part = |micros| part(&Story { title: "m", steps: &story(micros), errors: &[], status: SUCCESS });
    assert_eq!(part(5), part(70_000));
    assert!(!part(5).contains(" µs"));
}
