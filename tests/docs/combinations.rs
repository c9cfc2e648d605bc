//! The table of `docs/exit-status.md` that shows what becomes of every outcome of the program and of its exit handlers
//! is made by the rule itself. `TOY_WRITE_PAGES=1 cargo test --test docs` writes it down.

use std::fs;

use libtest_mimic::{Failed, Trial};
use toy::shutdown::{Ending, Event, ExitStatus, judge};

use crate::support;

const PAGE: &str = "docs/exit-status.md";
const FROM: &str = "<!-- Made by the rule: `TOY_WRITE_PAGES=1 cargo test --test docs` -->\n";
const TO: &str = "<!-- So far. -->\n";

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("docs/exit-status.md: every combination", check)]
}

fn check() -> Result<(), Failed> {
    let path = support::project_root().join(PAGE);
    let page = fs::read_to_string(&path)?;
    let (head, rest) = page.split_once(FROM).ok_or("the page has no place for the table")?;
    let (found, tail) = rest.split_once(TO).ok_or("the table has no end")?;
    let table = table();
    if found == table {
        return Ok(());
    }
    if std::env::var_os("TOY_WRITE_PAGES").is_some() {
        fs::write(path, format!("{head}{FROM}{table}{TO}{tail}"))?;
        return Ok(());
    }
    Err(format!("{PAGE} does not say what the rule says; it should say\n{table}").into())
}

fn table() -> String {
    let (int, term) = (libc::SIGINT, libc::SIGTERM);
    let main = [
        ("came to its end", Ending::Normal),
        ("`exit(0)`", Ending::Exit(0)),
        ("`exit(5)`", Ending::Exit(5)),
        ("uncaught exception", Ending::Error),
        ("Ctrl-C", Ending::Interrupt),
        ("SIGTERM", Ending::Signal(term)),
    ];
    let raised = |ending| vec![Event::HandlerRaised(ending)];
    let handlers = [
        ("nothing", vec![]),
        ("`exit(0)`", raised(Ending::Exit(0))),
        ("`exit(3)`", raised(Ending::Exit(3))),
        ("an error", raised(Ending::Error)),
        ("Ctrl-C, not caught", vec![Event::Signal(int), Event::HandlerRaised(Ending::Interrupt)]),
        ("SIGTERM", vec![Event::Signal(term)]),
    ];
    let mut text = String::from("| the program \\ its handlers, at last |");
    text.extend(handlers.iter().map(|(name, _)| format!(" {name} |")));
    text += " nothing, but output was lost |\n|---|";
    text.push_str(&"---|".repeat(handlers.len() + 1));
    text.push('\n');
    for (name, ending) in main {
        text += &format!("| {name} |");
        for (_, events) in &handlers {
            text += &format!(" {} |", status(ending, events));
        }
        text += &format!(" {} |\n", status(ending, &[Event::OutputLost]));
    }
    text
}

fn status(main: Ending, events: &[Event]) -> String {
    let events: Vec<Event> = std::iter::once(Event::Ended(main)).chain(events.iter().copied()).collect();
    let verdict = judge(&events, false);
    match (verdict.status, judge(&events, true).status) {
        (ExitStatus::Signal(number), _) => format!("signal {number}"),
        (ExitStatus::Code(code), ExitStatus::Code(strict)) if strict != code => {
            format!("{code} (strict: {strict})")
        }
        (ExitStatus::Code(code), _) => code.to_string(),
    }
}
