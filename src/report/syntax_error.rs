//! Errors in a program's text as exceptions: what importing a file that cannot be compiled raises.
//!
//! Such an exception carries the place as attributes, named as Python names them, and its text in a traceback
//! shows that place instead of a frame.

use toy_grammar::diagnostic::Diagnostic;
use unicode_width::UnicodeWidthChar;

use super::crop::{self, excerpt};
use super::lines::Lines;
use crate::value::{ExceptionSlot, Instance, Str, Tuple, Value};
use crate::vm::{Exc, Raised, Vm};

/// Lines with more bytes than this are cut.
const LONG: usize = 1_000;
/// To how many columns.
const COLUMNS: usize = 160;
/// A message of the compiler is cut after so many characters: it may quote a name, and names have no limit.
const MESSAGE: usize = 500;

/// The `SyntaxError` for what is wrong with a file: the first finding, with its place.
pub fn syntax_error(vm: &mut Vm, file: &str, text: &str, list: &[Diagnostic]) -> Raised {
    let Some(first) = list.first() else { return vm.error(Exc::SyntaxError, "invalid syntax") };
    let lines = Lines::new(text);
    let span = lines.clamp(first.span);
    let (line, end_line) = (lines.line_of(span.start), lines.line_of(span.end));
    let message = crop::message(&first.message, MESSAGE);
    // As in Python, the text of the exception names the place.
    let base = file.rsplit('/').next().unwrap_or(file);
    let raised = vm.error(Exc::SyntaxError, format!("{message} ({base}, line {})", line + 1));
    let attributes = [
        ("msg", vm.heap.str(&message)),
        ("filename", vm.heap.str(file)),
        ("lineno", Value::len(line + 1)),
        ("offset", Value::len(lines.column(span.start) + 1)),
        ("text", vm.heap.str(&text[lines.range(line)])),
        ("end_lineno", Value::len(end_line + 1)),
        ("end_offset", Value::len(lines.column(span.end) + 1)),
    ];
    if let Some(instance) = raised.0.as_object::<Instance>() {
        for (name, value) in attributes {
            let name = vm.heap.intern(name);
            instance.set(&mut vm.heap, name, value);
        }
    }
    raised
}

/// What a traceback says of a `SyntaxError`, whoever made it: the place as far as it is known, then the message.
pub(super) fn describe(vm: &mut Vm, exception: Value) -> String {
    let mut out = String::new();
    let file = attribute(vm, exception, "filename").and_then(text);
    let line = attribute(vm, exception, "lineno").and_then(Value::as_int);
    match (&file, line) {
        (_, Some(line)) => {
            let file = file.as_deref().unwrap_or("<string>");
            out.push_str(&format!("  File \"{file}\", line {line}\n"));
            if let Some(text) = attribute(vm, exception, "text").and_then(text) {
                write_source(vm, exception, &text, line, &mut out);
            }
            out.push_str(&message(vm, exception));
        }
        (Some(file), None) => out.push_str(&format!("{} ({file})", message(vm, exception))),
        (None, None) => out.push_str(&message(vm, exception)),
    }
    out.push('\n');
    out
}

fn message(vm: &mut Vm, exception: Value) -> String {
    let class = vm.type_name(exception);
    let message = attribute(vm, exception, "msg").or_else(|| first_argument(exception));
    let message = match message {
        None | Some(Value::NIL) => "<no detail available>".to_string(),
        Some(message) => vm.str(message).unwrap_or_else(|_| "<exception str() failed>".to_string()),
    };
    format!("{class}: {message}")
}

fn first_argument(exception: Value) -> Option<Value> {
    let args = exception.as_object::<Instance>()?.slot(ExceptionSlot::Args as usize);
    args.as_object::<Tuple>()?.items().first().copied()
}

/// The line and, where the columns are known, the marks below it.
fn write_source(vm: &Vm, exception: Value, text: &str, line: i64, out: &mut String) {
    let text = text.trim_end_matches(['\n', '\r']);
    let shown = text.trim_start_matches([' ', '\n', '\x0c']);
    let indent = text.len() - shown.len();
    let number = |name| attribute(vm, exception, name).and_then(Value::as_int);
    let byte = |column: i64| {
        let column = usize::try_from(column - 1).unwrap_or(0);
        text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
    };
    let (start, end) = match (number("offset"), number("end_lineno"), number("end_offset")) {
        (Some(offset @ 1..), Some(end_line), Some(end @ 1..)) if end_line == line => {
            (byte(offset), byte(end))
        }
        (Some(offset @ 1..), Some(end_line), _) if end_line != line => (byte(offset), text.len()),
        (Some(offset @ 1..), ..) => (byte(offset), byte(offset)),
        _ => (0, 0), // nothing to mark
    };
    let marked = start >= indent && number("offset").is_some_and(|offset| offset >= 1);
    let mark = if marked { start - indent..end.max(start) - indent } else { 0..0 };
    let (text, before, marks) = if shown.len() <= LONG {
        // Blanks of any kind stay what they are, so that tabs align.
        let before = shown[..mark.start].chars().flat_map(|c| {
            let blank = if c.is_whitespace() { c } else { ' ' };
            std::iter::repeat_n(blank, c.width().unwrap_or(1))
        });
        (shown.to_string(), before.collect::<String>(), crop::columns(&shown[mark]))
    } else {
        let excerpt = excerpt(shown, mark, COLUMNS);
        let before = " ".repeat(crop::columns(&excerpt.text[..excerpt.mark.start]));
        let marks = crop::columns(&excerpt.text[excerpt.mark.clone()]);
        (excerpt.text, before, marks)
    };
    out.push_str(&format!("    {text}\n"));
    if marked {
        out.push_str(&format!("    {before}{}\n", "^".repeat(marks.max(1))));
    }
}

fn attribute(vm: &Vm, exception: Value, name: &str) -> Option<Value> {
    exception.as_object::<Instance>()?.get(vm.heap.interned(name)?)
}

fn text(value: Value) -> Option<String> {
    value.as_object::<Str>().map(|text| text.as_str().to_string())
}
