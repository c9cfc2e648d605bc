//! The report of an exception that nobody caught: drawn for a person at a terminal, else Python's traceback, a line,
//! or JSON.
//!
//! A drawing shows where the exception was raised, in the source, below it the values of the names in it,
//! and the calls that led there, as a traceback words them. What the exception came from stands above, as a traceback has it.

use std::cell::Cell;

use serde::Serialize;
use toy_grammar::ast::Span;
use toy_grammar::diagnostic::Diagnostic;

use super::Style;
use super::crop;
use super::diagnostics::MESSAGE;
use super::fancy::fancy;
use super::lines::Lines;
use super::machine::push_line;
use super::traceback::{Link, chain, traceback, worded};
use super::values::values;
use crate::heap::Tracer;
use crate::value::{Source, TraceEntry, Value};
use crate::vm::{Exc, StdlibState, Vm};

/// How an interpreter reports what nobody caught.
#[derive(Debug)]
pub struct Look(Cell<Style>);

impl Look {
    pub fn set(&self, style: Style) {
        self.0.set(style);
    }
}

impl Default for Look {
    fn default() -> Look {
        Look(Cell::new(Style::Plain))
    }
}

impl StdlibState for Look {
    fn trace(&self, _: &mut Tracer) {}
}

/// The report, with a line break at its end. Runs the exceptions' `str`, whatever that does.
pub fn uncaught(vm: &mut Vm, exception: Value) -> String {
    let style = vm.state::<Look>().0.get();
    // The place of an error in an imported text stands in the exception, not in a frame.
    let plain = matches!(style, Style::Plain) || vm.is_exception(exception, Exc::SyntaxError);
    if plain && style != Style::Json {
        return traceback(vm, exception);
    }
    let mark = vm.roots.len();
    let class = vm.type_name(exception);
    let mut links = chain(vm, exception);
    let text = match style {
        Style::Fancy { color, width } => {
            let values = values(vm, exception, width);
            drawn(&class, &mut links, &values, color, width)
        }
        Style::Json => json(&class, &links),
        _ => line(&class, &links),
    };
    vm.roots.truncate(mark);
    text
}

/// What stands behind the class in the lines of an exception, and the lines that follow.
fn message<'a>(class: &str, link: &'a Link) -> (&'a str, &'a str) {
    let text = link.description.trim_end_matches('\n');
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.strip_prefix(class).unwrap_or(first);
    (first.strip_prefix(": ").unwrap_or(first), rest)
}

fn span_of(entry: &TraceEntry) -> Span {
    let code = &entry.proto.code;
    code.place(entry.pc as usize).map_or(code.span, |place| place.span)
}

fn drawn(class: &str, links: &mut [Link], values: &str, color: bool, width: usize) -> String {
    let Some((newest, older)) = links.split_first_mut() else { return String::new() };
    let mut out = String::new();
    if !older.is_empty() {
        out.push_str(&worded(older));
        out.push_str(newest.follows);
    }
    let (first, rest) = message(class, newest);
    let Some(innermost) = newest.entries.first().copied().filter(|entry| !entry.proto.source.text.is_empty())
    else {
        out.push_str(&worded(std::slice::from_ref(newest)));
        return out;
    };
    let source = &innermost.proto.source;
    let lines = Lines::new(&source.text);
    let function = &innermost.proto.code.name;
    let (heading, shown) = if first.is_empty() { ("uncaught exception", class) } else { (class, first) };
    let finding = Diagnostic::new("", span_of(&innermost), shown).label(format!("in {function}"));
    fancy(&mut out, heading, &crop::message(&source.name, MESSAGE), &lines, &finding, color, width);
    if !rest.is_empty() {
        out.push_str(rest);
        out.push('\n');
    }
    out.push_str(values);
    if newest.entries.len() > 1 {
        let calls = Link { entries: newest.entries.split_off(1), description: String::new(), follows: "" };
        let calls = worded(&[calls]);
        out.push_str("Called from (most recent call last):\n");
        out.push_str(calls.split_once('\n').map_or("", |(_, calls)| calls));
    }
    out
}

/// `file:line:column: Class: message`
fn line(class: &str, links: &[Link]) -> String {
    let Some(link) = links.first() else { return String::new() };
    let (message, _) = message(class, link);
    let message = crop::message(message, MESSAGE);
    let text = if message.is_empty() { class.to_string() } else { format!("{class}: {message}") };
    let Some(entry) = link.entries.first() else { return format!("{text}\n") };
    let lines = Lines::new(&entry.proto.source.text);
    let start = lines.clamp(span_of(entry)).start;
    let name = crop::message(&entry.proto.source.name, MESSAGE);
    format!("{name}:{}:{}: {text}\n", lines.line_of(start) + 1, lines.column(start) + 1)
}

#[derive(Serialize)]
struct Exception<'a> {
    exception: &'a str,
    severity: &'a str,
    message: &'a str,
    /// Innermost first.
    frames: Vec<Frame<'a>>,
    traceback: String,
}

#[derive(Serialize)]
struct Frame<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    function: &'a str,
}

/// How many frames are listed; the text of the traceback has all of them.
const MOST_FRAMES: usize = 100;

fn json(class: &str, links: &[Link]) -> String {
    let Some(link) = links.first() else { return String::new() };
    let mut known: Option<(*const Source, Lines<'_>)> = None;
    let mut frames = Vec::new();
    for entry in link.entries.iter().take(MOST_FRAMES) {
        let source = &*entry.proto.source;
        if known.as_ref().is_none_or(|(last, _)| !std::ptr::eq(*last, source)) {
            known = Some((source, Lines::new(&source.text)));
        }
        let Some((_, lines)) = &known else { continue };
        let start = lines.clamp(span_of(entry)).start;
        frames.push(Frame {
            file: &source.name,
            line: lines.line_of(start) + 1,
            column: lines.column(start) + 1,
            function: &entry.proto.code.name,
        });
    }
    let (message, _) = message(class, link);
    let mut out = String::new();
    let traceback = worded(links);
    push_line(&mut out, &Exception { exception: class, severity: "error", message, frames, traceback });
    out
}
