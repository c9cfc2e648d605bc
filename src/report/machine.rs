//! Reports of one line each: for a narrow window, for `grep`, and, as JSON, for programs.
//!
//! Positions in the JSON are what editors want: lines and columns from 1, columns in characters, and offsets in
//! bytes beside them. Its fields are part of the language's interface: `docs/errors.md` lists them, and new ones may
//! be added.

use serde::Serialize;
use toy_grammar::ast::Span;
use toy_grammar::diagnostic::Diagnostic;

use super::crop;
use super::diagnostics::MESSAGE;
use super::lines::Lines;

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    label: &'a str,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start: usize,
    end: usize,
}

impl Place {
    fn of(lines: &Lines<'_>, span: Span) -> Place {
        let range = lines.clamp(span);
        Place {
            line: lines.line_of(range.start) + 1,
            column: lines.column(range.start) + 1,
            end_line: lines.line_of(range.end) + 1,
            end_column: lines.column(range.end) + 1,
            start: range.start,
            end: range.end,
        }
    }
}

/// Appends `file:line:column: error[code]: message; help`, or `warning[code]`.
pub(super) fn short(out: &mut String, name: &str, lines: &Lines<'_>, diagnostic: &Diagnostic) {
    let Place { line, column, .. } = Place::of(lines, diagnostic.span);
    let message = crop::message(&diagnostic.message, MESSAGE);
    out.push_str(&format!(
        "{name}:{line}:{column}: {}[{}]: {message}",
        diagnostic.severity.name(),
        diagnostic.code
    ));
    if let Some(help) = &diagnostic.help {
        out.push_str(&format!("; {}", crop::message(help, MESSAGE)));
    }
    out.push('\n');
}

/// Appends an object in a line.
pub(super) fn json(out: &mut String, name: &str, lines: &Lines<'_>, diagnostic: &Diagnostic) {
    let related = diagnostic.related.iter();
    let finding = Finding {
        code: diagnostic.code,
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        file: name,
        place: Place::of(lines, diagnostic.span),
        label: &diagnostic.label,
        related: related.map(|(span, message)| Related { message, place: Place::of(lines, *span) }).collect(),
        help: diagnostic.help.as_deref(),
    };
    push_line(out, &finding);
}

/// Appends a value as JSON, in a line.
pub(super) fn push_line(out: &mut String, value: &impl Serialize) {
    // What is written here has names of fields for keys, with which writing does not fail.
    out.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "{}".to_string()));
    out.push('\n');
}
