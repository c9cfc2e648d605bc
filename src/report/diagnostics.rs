//! Reports of what is wrong with a program's text.
//!
//! The compiler's findings are plain data: a message, a place, perhaps other places, perhaps advice. Here they
//! become text, in one of two styles; this file holds the plain one, where each line says by itself what it is, so
//! that editors and scripts can read it. Takes time in proportion to the text and the list, however long the lines.

use std::ops::Range;

use toy_grammar::ast::Span;
use toy_grammar::diagnostic::Diagnostic;

use super::crop::{self, excerpt};
use super::fancy::fancy;
use super::lines::Lines;
use super::machine::{json, short};

/// How a report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Lines for a log, an editor or a test: `file:line:column: error: message` (or `warning`), the source, the mark.
    Plain,
    /// A line for each, with its code and what to do about it.
    Short,
    /// A line of JSON for each, for programs.
    Json,
    /// A drawing for a person at a terminal that is so many columns wide.
    Fancy { color: bool, width: usize },
}

/// A message is cut after so many characters: it may quote a name, and names have no limit.
pub(super) const MESSAGE: usize = 500;
/// How much of a source line is shown.
const COLUMNS: usize = 120;
const INDENT: &str = "    ";

/// The report of what was found in the text of the file called `name`, with a blank line between two findings
/// that have several lines each, and a line break at the end.
pub fn diagnostics(name: &str, text: &str, list: &[Diagnostic], style: Style) -> String {
    let lines = Lines::new(text);
    let name = crop::message(name, MESSAGE);
    let mut out = String::new();
    for (i, diagnostic) in list.iter().enumerate() {
        let is_line = matches!(style, Style::Short | Style::Json);
        if i > 0 && !is_line {
            out.push('\n');
        }
        match style {
            Style::Short => short(&mut out, &name, &lines, diagnostic),
            Style::Json => json(&mut out, &name, &lines, diagnostic),
            Style::Plain => plain(&mut out, &name, &lines, diagnostic),
            Style::Fancy { color, width } => {
                fancy(&mut out, diagnostic.code, &name, &lines, diagnostic, color, width);
            }
        }
    }
    out
}

fn plain(out: &mut String, name: &str, lines: &Lines<'_>, diagnostic: &Diagnostic) {
    let Diagnostic { message, label, .. } = diagnostic;
    write_place(out, name, lines, diagnostic.span, diagnostic.severity.name(), message, label);
    for (span, text) in &diagnostic.related {
        write_place(out, name, lines, *span, "note", text, "");
    }
    if let Some(help) = &diagnostic.help {
        out.push_str(&format!("help: {}\n", crop::message(help, MESSAGE)));
    }
}

/// A line about a place, then the source with the place marked, unless there is nothing but blanks.
fn write_place(
    out: &mut String,
    name: &str,
    lines: &Lines<'_>,
    span: Span,
    severity: &str,
    message: &str,
    label: &str,
) {
    let Place { line, column, range, mark } = Place::find(lines, span);
    let message = crop::message(message, MESSAGE);
    out.push_str(&format!("{name}:{}:{}: {severity}: {message}\n", line + 1, column + 1));
    let text = &lines.text()[range];
    let indent = text.len() - text.trim_start().len();
    if indent == text.len() {
        return;
    }
    let indent = indent.min(mark.start);
    let excerpt = excerpt(&text[indent..], mark.start - indent..mark.end - indent, COLUMNS);
    let (before, marked) = (&excerpt.text[..excerpt.mark.start], &excerpt.text[excerpt.mark.clone()]);
    out.push_str(&format!("{INDENT}{}\n", excerpt.text.trim_end()));
    let marks = "^".repeat(crop::columns(marked).max(1));
    let label = crop::message(label, MESSAGE);
    let line = format!("{INDENT}{}{marks} {label}", " ".repeat(crop::columns(before)));
    out.push_str(line.trim_end());
    out.push('\n');
}

/// A place in a text as a report shows it: in one line. Of a span over several lines, the first is marked.
pub(super) struct Place {
    /// From 0, like the column, which counts characters.
    pub line: usize,
    pub column: usize,
    /// Where the line stands in the text.
    pub range: Range<usize>,
    /// What is marked, relative to the line.
    pub mark: Range<usize>,
}

impl Place {
    pub(super) fn find(lines: &Lines<'_>, span: Span) -> Place {
        let span = lines.clamp(span);
        let line = lines.line_of(span.start);
        let range = lines.range(line);
        let (start, end) = (span.start.min(range.end), span.end.min(range.end));
        let mark = start - range.start..end.max(start) - range.start;
        Place { line, column: lines.column(span.start), range, mark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "let x = 1\n\nfn f() {\n    x = 2 + coutn\n}\nprint(\"漢字\",\tcoutn)\n";

    /// The place of the `n`th `word` in a text.
    fn at(text: &str, word: &str, n: usize) -> Span {
        let start = text.match_indices(word).nth(n).unwrap().0;
        Span::new(start as u32, (start + word.len()) as u32)
    }

    fn findings() -> Vec<Diagnostic> {
        vec![
            Diagnostic::new("assign-to-let", at(TEXT, "x", 1), "cannot assign to 'x', which is bound by let")
                .label("assigned here")
                .related(at(TEXT, "x", 0), "declared here")
                .help("declare it with `var`"),
            Diagnostic::new("unknown-name", at(TEXT, "coutn", 1), "name 'coutn' is not defined"),
            Diagnostic::new("unclosed", Span::new(9_999, 9_999), "'(' was never closed").label("here"),
        ]
    }

    #[test]
    fn plain_reports_say_where_what_and_why_in_lines() {
        insta::assert_snapshot!(diagnostics("m.toy", TEXT, &findings(), Style::Plain), @r#"
        m.toy:4:5: error: cannot assign to 'x', which is bound by let
            x = 2 + coutn
            ^ assigned here
        m.toy:1:5: note: declared here
            let x = 1
                ^
        help: declare it with `var`

        m.toy:6:13: error: name 'coutn' is not defined
            print("漢字",    coutn)
                             ^^^^^

        m.toy:7:1: error: '(' was never closed
        "#);
    }

    #[test]
    fn fancy_reports_are_drawn() {
        let style = Style::Fancy { color: false, width: 80 };
        insta::assert_snapshot!(diagnostics("m.toy", TEXT, &findings(), style), @r#"
        assign-to-let

          × cannot assign to 'x', which is bound by let
           ╭─[m.toy:4:5]
         1 │ let x = 1
           ·     ┬
           ·     ╰── declared here
         2 │ 
         3 │ fn f() {
         4 │     x = 2 + coutn
           ·     ┬
           ·     ╰── assigned here
         5 │ }
           ╰────
          help: declare it with `var`

        unknown-name

          × name 'coutn' is not defined
           ╭─[m.toy:6:13]
         5 │ }
         6 │ print("漢字",    coutn)
           ·                  ─────
           ╰────

        unclosed

          × '(' was never closed
           ╭─[m.toy:7:1]
         6 │ print("漢字",    coutn)
         7 │  
           · ┬
           · ╰── here
           ╰────
        "#);
    }

    #[test]
    fn places_near_each_other_share_a_drawing() {
        let finding = Diagnostic::new("x", at(TEXT, "coutn", 0), "twice")
            .label("first")
            .related(at(TEXT, "x", 1), "left of it")
            .related(at(TEXT, "coutn", 1), "again");
        let style = Style::Fancy { color: false, width: 80 };
        insta::assert_snapshot!(diagnostics("m.toy", TEXT, &[finding], style), @r#"
        x

          × twice
           ╭─[m.toy:4:13]
         3 │ fn f() {
         4 │     x = 2 + coutn
           ·     ┬       ──┬──
           ·     │         ╰── first
           ·     ╰── left of it
         5 │ }
         6 │ print("漢字",    coutn)
           ·                  ──┬──
           ·                    ╰── again
           ╰────
        "#);
    }

    #[test]
    fn colour_is_used_only_where_asked_for() {
        let report = |color| diagnostics("m.toy", TEXT, &findings(), Style::Fancy { color, width: 80 });
        assert!(report(true).contains("\x1b[") && !report(false).contains('\x1b'));
    }

    #[test]
    fn long_lines_and_names_are_cut() {
        let name = "n".repeat(100_000);
        let text =
            format!("{}{name}{}\n{}", "a ".repeat(500_000), " b".repeat(500_000), "c".repeat(1_000_000));
        let finding =
            Diagnostic::new("unknown-name", at(&text, &name, 0), format!("name '{name}' is not defined"))
                .related(at(&text, "c", 0), "elsewhere");
        for style in [
            Style::Plain,
            Style::Fancy { color: false, width: 0 },
            Style::Fancy { color: true, width: 9_999 },
        ] {
            let report = diagnostics("m.toy", &text, std::slice::from_ref(&finding), style);
            assert!(report.len() < 3_000, "{report}");
            assert!(report.contains("m.toy:1:1000001"), "{report}");
        }
    }

    #[test]
    fn a_thousand_findings_in_one_long_line_take_linear_time() {
        let text = "ä + ".repeat(1_000_000);
        let list: Vec<Diagnostic> =
            (0..1_000).map(|i| Diagnostic::new("x", Span::new(i * 5_000, i * 5_000 + 2), "no")).collect();
        assert_eq!(diagnostics("m.toy", &text, &list, Style::Plain).lines().count(), 3_999);
    }

    #[test]
    fn no_place_is_too_strange() {
        let texts = ["", "\n", "ä", "\t\x1b[2J", "a\r\nb\r\n", "\u{202e}\0\u{feff}", "漢", "\n\n\n", "  "];
        for text in texts {
            for (start, end) in (0..8).flat_map(|start| (0..8).map(move |end| (start, end))) {
                let list = [Diagnostic::new("x", Span::new(start, end), "\x1b")
                    .label("l")
                    .related(Span::new(end, start), "r")];
                for style in [Style::Plain, Style::Fancy { color: false, width: 60 }] {
                    let report = diagnostics("m\x1b.toy", text, &list, style);
                    assert!(!report.contains(|c: char| c.is_control() && c != '\n'), "{report:?}");
                }
            }
        }
    }
}
