//! One entry of a traceback: the file, the line, the function, the source with what failed in it marked.
//!
//! The rules are those of CPython 3.13's `traceback` module, which has many. A span over several lines shows its
//! first and last lines and those around the anchor, and says how many it leaves out. Marks are left out where
//! they would cover all of what is shown, unless an anchor sets a part of it off; and for a call whose result is
//! just returned or given to a name. Only for lines longer than any that people write does Toy do
//! otherwise: it shows the part around the mark, for a traceback may hold ten thousand entries.

use std::ops::Range;

use toy_grammar::ast::Span;
use unicode_width::UnicodeWidthChar;

use super::lines::{Lines, ceil_boundary, floor_boundary};
use crate::bytecode::code::Place;

const INDENT: &str = "    ";
/// Lines with more bytes than this are cut.
const LONG: usize = 1_000;
/// How many bytes of a long line are shown before its mark.
const BEFORE: usize = 100;
/// How many bytes of a long line are shown in all.
const SHOWN: usize = 400;

/// One entry, worded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The line that it names, from 1.
    pub line: usize,
    pub text: String,
}

/// Words an entry. `place` is what failed; where nothing more is known than the function's own span, the first
/// line of that is shown without marks.
pub(super) fn frame(lines: &Lines<'_>, file: &str, function: &str, place: Result<Place, Span>) -> Frame {
    let whole = match place {
        Ok(place) => place.span,
        Err(span) => span,
    };
    let span = lines.clamp(whole);
    let first = lines.line_of(span.start);
    let mut out = format!("  File \"{file}\", line {}, in {function}\n", first + 1);
    match place {
        Ok(place) => {
            let last = lines.line_of(span.end.saturating_sub(1).max(span.start));
            Source { lines, first, last, anchor: anchor(lines, place, &span), span }.write(&mut out);
        }
        Err(_) => {
            let line = lines.text()[lines.range(first)].trim();
            if !line.is_empty() {
                out.push_str(INDENT);
                out.push_str(
                    &line[..floor_boundary(line, if line.len() > LONG { SHOWN } else { line.len() })],
                );
                out.push('\n');
            }
        }
    }
    Frame { line: first + 1, text: out }
}

/// The anchor within the span, if there is one.
fn anchor(lines: &Lines<'_>, place: Place, span: &Range<usize>) -> Option<Range<usize>> {
    let anchor = lines.clamp(place.anchor);
    let anchor = anchor.start.max(span.start)..anchor.end.min(span.end);
    (!anchor.is_empty()).then_some(anchor)
}

/// The source lines of an entry. Offsets are those of the whole text.
struct Source<'a> {
    lines: &'a Lines<'a>,
    first: usize,
    last: usize,
    span: Range<usize>,
    anchor: Option<Range<usize>>,
}

impl Source<'_> {
    fn write(&self, out: &mut String) {
        let Some(margin) = self.margin() else { return };
        let marked = self.is_marked(margin);
        let mut before = None;
        for line in self.significant_lines() {
            match before.map_or(0, |before| line - before) {
                0 | 1 => {}
                2 => self.write_line(out, line - 1, margin, marked),
                distance => out.push_str(&format!("{INDENT}...<{} lines>...\n", distance - 1)),
            }
            self.write_line(out, line, margin, marked);
            before = Some(line);
        }
    }

    /// Where the text of a line stands, without the blanks at its end.
    fn range(&self, line: usize) -> Range<usize> {
        let range = self.lines.range(line);
        range.start..range.start + self.lines.text()[range].trim_end().len()
    }

    fn text(&self, range: Range<usize>) -> &str {
        &self.lines.text()[range]
    }

    /// How many bytes of indentation all lines share; none if there is nothing but blank lines.
    fn margin(&self) -> Option<usize> {
        let mut shared: Option<&str> = None;
        for line in self.first..=self.last {
            let text = self.text(self.range(line));
            if text.is_empty() {
                continue;
            }
            let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
            shared = Some(match shared {
                None => indent,
                Some(shared) => {
                    let same = shared.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                    &shared[..same]
                }
            });
        }
        shared.map(str::len)
    }

    fn is_marked(&self, margin: usize) -> bool {
        let first = self.range(self.first);
        let start = (first.start + margin).min(first.end);
        let before = self.text(start.min(self.span.start)..self.span.start);
        let last = self.range(self.last);
        let after = self.text(self.span.end.min(last.end)..last.end);
        if let Some(callee) = self.callee()
            && (is_target(before) || (before.trim() == "return" && is_name(callee)))
            && ends_statement(after)
        {
            return false;
        }
        self.anchor.is_some() || !before.trim_start().is_empty() || !after.trim_end().is_empty()
    }

    /// What is called, if a call is marked.
    fn callee(&self) -> Option<&str> {
        let anchor = self.anchor.as_ref()?;
        let is_call = anchor.end == self.span.end && self.text(anchor.clone()).starts_with('(');
        is_call.then(|| self.text(self.span.start..anchor.start).trim_end())
    }

    /// The lines that are shown for certain: the first, the last, and those around the ends of the anchor.
    fn significant_lines(&self) -> Vec<usize> {
        let mut shown = vec![self.first, self.last];
        if let Some(anchor) = &self.anchor {
            for end in [self.lines.line_of(anchor.start), self.lines.line_of(anchor.end - 1)] {
                shown.extend([end.saturating_sub(1), end, end + 1]);
            }
        }
        shown.retain(|line| (self.first..=self.last).contains(line));
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    fn write_line(&self, out: &mut String, line: usize, margin: usize, marked: bool) {
        let range = self.range(line);
        let range = (range.start + margin).min(range.end)..range.end;
        let shown = self.cut(range.clone());
        let cut_before = shown.start > range.start;
        out.push_str(INDENT);
        if cut_before {
            out.push('…');
        }
        out.push_str(self.text(shown.clone()));
        if shown.end < range.end {
            out.push('…');
        }
        out.push('\n');
        if !marked {
            return;
        }
        let mut marks = String::from(if cut_before { " " } else { "" });
        let text = self.text(range.clone());
        let indent_end = range.start + (text.len() - text.trim_start().len());
        for (at, c) in self.text(shown.clone()).char_indices() {
            let at = shown.start + at;
            if at >= self.span.end {
                break;
            }
            let mark = match &self.anchor {
                _ if at < indent_end || at < self.span.start => ' ',
                Some(anchor) if !anchor.contains(&at) => '~',
                _ => '^',
            };
            // Python counts two columns for a wide character and one for any other.
            marks.extend(std::iter::repeat_n(mark, if c.width() == Some(2) { 2 } else { 1 }));
        }
        if marks.trim().is_empty() {
            marks.clear();
        }
        out.push_str(&format!("{INDENT}{marks}\n"));
    }

    /// The part of a line that is shown: all of it unless the line is longer than any that people write.
    fn cut(&self, range: Range<usize>) -> Range<usize> {
        if range.len() <= LONG {
            return range;
        }
        let anchor = self.anchor.as_ref().map(|anchor| anchor.start).filter(|at| range.contains(at));
        let span = Some(self.span.start).filter(|at| range.contains(at));
        // The start of the span, unless that would leave the anchor out of sight.
        let focus = match (span, anchor) {
            (Some(span), Some(anchor)) if anchor - span > SHOWN / 2 => anchor,
            (span, anchor) => span.or(anchor).unwrap_or(range.start),
        };
        let text = self.lines.text();
        let start = floor_boundary(text, focus.saturating_sub(BEFORE)).max(range.start);
        start..ceil_boundary(text, start + SHOWN).min(range.end)
    }
}

/// Whether `text` is all of a statement that gives a value to a name, up to the value.
fn is_target(text: &str) -> bool {
    let Some(target) = text.trim().strip_suffix('=') else { return false };
    let target = target.trim_end();
    let declared = target.strip_prefix("let ").or_else(|| target.strip_prefix("var "));
    is_name(declared.map_or(target, str::trim_start))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

fn ends_statement(text: &str) -> bool {
    let rest = text.trim_start();
    rest.is_empty() || rest.starts_with(['#', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entry for the first place in `text` that reads `span`, with the first `anchor` in that set off.
    fn entry(text: &str, span: &str, anchor: &str) -> String {
        let start = text.find(span).unwrap();
        let anchor_start = start + span.find(anchor).unwrap();
        let place = Place {
            pc: 0,
            span: Span::new(start as u32, (start + span.len()) as u32),
            anchor: Span::new(anchor_start as u32, (anchor_start + anchor.len()) as u32),
        };
        format!("Traceback:\n{}", frame(&Lines::new(text), "m.toy", "f", Ok(place)).text)
    }

    #[test]
    fn an_anchor_is_set_off_from_the_rest() {
        insta::assert_snapshot!(entry("let n = 1\n    total([1, 2])\n", "total([1, 2])", "([1, 2])"), @r#"
        Traceback:
          File "m.toy", line 2, in f
            total([1, 2])
            ~~~~~^^^^^^^^
        "#);
        insta::assert_snapshot!(entry("print(1 + x / 0)", "x / 0", "/"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            print(1 + x / 0)
                      ~~^~~
        "#);
    }

    #[test]
    fn without_an_anchor_carets_mark_a_part_of_a_line_but_never_all_of_it() {
        insta::assert_snapshot!(entry("x = a.b.c", "a.b", ""), @r#"
        Traceback:
          File "m.toy", line 1, in f
            x = a.b.c
                ^^^
        "#);
        insta::assert_snapshot!(entry("    raise ValueError(1)", "raise ValueError(1)", ""), @r#"
        Traceback:
          File "m.toy", line 1, in f
            raise ValueError(1)
        "#);
    }

    #[test]
    fn a_call_whose_result_is_just_returned_or_given_to_a_name_is_not_marked() {
        insta::assert_snapshot!(entry("return f(x) # why", "f(x)", "(x)"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            return f(x) # why
        "#);
        insta::assert_snapshot!(entry("let y = a.f(x)", "a.f(x)", "(x)"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            let y = a.f(x)
        "#);
        insta::assert_snapshot!(entry("return a.f(x)", "a.f(x)", "(x)"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            return a.f(x)
                   ~~~^^^
        "#);
        insta::assert_snapshot!(entry("return f(x) + 1", "f(x)", "(x)"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            return f(x) + 1
                   ~^^^
        "#);
    }

    #[test]
    fn wide_characters_take_two_columns_and_tabs_one() {
        insta::assert_snapshot!(entry("\tprint(\"漢字\", \tx + \"ä\")", "x + \"ä\"", "+"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            print("漢字", 	x + "ä")
                           ~~^~~~~
        "#);
    }

    #[test]
    fn a_span_over_lines_shows_its_ends_and_those_of_the_anchor() {
        let text = "    x = f(\n        1,\n        2\n    )";
        insta::assert_snapshot!(entry(text, "f(\n        1,\n        2\n    )", "(\n        1,\n        2\n    )"), @r#"
        Traceback:
          File "m.toy", line 1, in f
            x = f(
                1,
                2
            )
        "#);
        let text = "y = f(\n  1,\n  2,\n  3,\n  4,\n  5\n) + 1";
        insta::assert_snapshot!(entry(text, &text[4..text.len() - 4], &text[5..text.len() - 4]), @r#"
        Traceback:
          File "m.toy", line 1, in f
            y = f(
                ~^
              1,
              ^^
            ...<3 lines>...
              5
              ^
            ) + 1
            ^
        "#);
    }

    #[test]
    fn a_function_without_places_shows_its_first_line() {
        let lines = Lines::new("\n  fn f() {\n}\n");
        assert_eq!(
            frame(&lines, "m.toy", "f", Err(Span::new(3, 13))).text,
            "  File \"m.toy\", line 2, in f\n    fn f() {\n"
        );
        assert_eq!(
            frame(&lines, "m.toy", "f", Err(Span::new(40, 50))).text,
            "  File \"m.toy\", line 4, in f\n"
        );
    }

    #[test]
    fn only_the_part_of_an_endless_line_around_the_mark_is_shown() {
        let text = "a".repeat(1_000_000) + " + f(x)" + &" ".repeat(100) + &"b".repeat(1_000_000);
        let text = entry(&text, "f(x)", "(x)");
        assert_eq!(text.lines().map(|line| line.chars().count()).collect::<Vec<_>>(), [10, 28, 406, 109]);
        assert!(text.ends_with(" ~^^^\n"));
    }
}
