//! The part of a line that is worth showing, made safe for a terminal.
//!
//! A line of a program may hold ten megabytes, escape sequences that would repaint the reader's screen, or marks
//! that make text run backwards. Whoever shows source text in a diagnostic takes it from here.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a tab is shown as.
const TAB: &str = "    ";

/// What is shown of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The text, with an ellipsis where something was cut off.
    pub text: String,
    /// Where the mark is in it, in bytes; never empty unless the text is.
    pub mark: Range<usize>,
}

/// The part of `line` around `mark` that fits about so many columns. A mark that is empty gets a column of its
/// own, behind the end of the line if need be. Reads no more of the line than it shows.
pub(super) fn excerpt(line: &str, mark: Range<usize>, columns: usize) -> Excerpt {
    let (start, end) = window(line, mark.start, columns);
    let mark_end = if mark.is_empty() {
        mark.end + line[mark.end..].chars().next().map_or(0, char::len_utf8)
    } else {
        mark.end.min(end)
    };
    let mut text = String::new();
    if start > 0 {
        text.push('…');
    }
    let mut from = text.len();
    let mut to = from;
    for (at, c) in line[start..end].char_indices() {
        if start + at == mark.start {
            from = text.len();
        }
        push_visible(&mut text, c);
        if start + at + c.len_utf8() <= mark_end {
            to = text.len();
        }
    }
    if mark.start >= end {
        from = text.len();
    }
    if to <= from {
        text.push(' ');
        to = from + 1;
    }
    if end < line.len() {
        text.push('…');
    }
    Excerpt { text, mark: from..to }
}

/// The range of a line to show: all of it if it fits, else what stands around an offset, more behind it than before.
fn window(line: &str, focus: usize, columns: usize) -> (usize, usize) {
    let mut end = focus;
    let mut left = columns;
    let ahead = columns - columns / 3;
    for c in line[focus..].chars() {
        let cost = cost(c);
        if columns - left + cost > ahead {
            break;
        }
        left -= cost;
        end += c.len_utf8();
    }
    let mut start = focus;
    for c in line[..focus].chars().rev() {
        let cost = cost(c);
        if cost > left {
            break;
        }
        left -= cost;
        start -= c.len_utf8();
    }
    // What the text before the offset did not need goes to the text behind it.
    for c in line[end..].chars() {
        let cost = cost(c);
        if cost > left {
            break;
        }
        left -= cost;
        end += c.len_utf8();
    }
    (start, end)
}

/// How many columns a character takes; at least one, so that no run of invisible ones is endless.
fn cost(c: char) -> usize {
    match c {
        '\t' => TAB.len(),
        c if is_hidden(c) => 8,
        c => c.width().unwrap_or(1).max(1),
    }
}

/// How many columns a text takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Adds a character as it may be shown: a tab as blanks, control characters and what turns the direction of text
/// by their numbers.
fn push_visible(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str(TAB),
        c if is_hidden(c) => match c as u32 {
            n @ 0..=0xff => out.push_str(&format!("\\x{n:02x}")),
            n => out.push_str(&format!("\\u{n:04x}")),
        },
        c => out.push(c),
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A message as it may be shown, cut after `limit` characters: messages quote names, and names have no limit.
pub(super) fn message(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        match c {
            '\n' => out.push(' '),
            c => push_visible(&mut out, c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, mark: Range<usize>, columns: usize) -> (String, String) {
        let excerpt = excerpt(line, mark, columns);
        let marked = excerpt.text[excerpt.mark.clone()].to_owned();
        (excerpt.text, marked)
    }

    #[test]
    fn a_line_that_fits_is_shown_whole() {
        assert_eq!(shown("let x = y", 8..9, 80), ("let x = y".into(), "y".into()));
        assert_eq!(shown("let x = y", 0..9, 9), ("let x = y".into(), "let x = y".into()));
        assert_eq!(shown("abcdef", 5..6, 6), ("abcdef".into(), "f".into()));
        assert_eq!(shown("abcdef", 0..1, 6), ("abcdef".into(), "a".into()));
    }

    #[test]
    fn a_mark_without_length_gets_a_column() {
        assert_eq!(shown("ab", 1..1, 80), ("ab".into(), "b".into()));
        assert_eq!(shown("ab", 2..2, 80), ("ab ".into(), " ".into()));
        assert_eq!(shown("", 0..0, 80), (" ".into(), " ".into()));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let line = "a".repeat(1_000_000) + "MARK" + &"b".repeat(1_000_000);
        let (text, marked) = shown(&line, 1_000_000..1_000_004, 30);
        assert_eq!(text, "…aaaaaaaaaaMARKbbbbbbbbbbbbbbbb…");
        assert_eq!(marked, "MARK");
        let (text, marked) = shown(&line, 0..2_000_004, 12);
        assert_eq!((text.as_str(), marked.as_str()), ("aaaaaaaaaaaa…", "aaaaaaaaaaaa"));
        let (text, marked) = shown(&line, 2_000_003..2_000_004, 12);
        assert_eq!((text.as_str(), marked.as_str()), ("…bbbbbbbbbbbb", "b"));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(shown("\t\x1b[31mred\u{202e}", 1..2, 80).0, "    \\x1b[31mred\\u202e");
        assert_eq!(message("bad '\x07'\nand more", 12), "bad '\\x07' and …");
    }
}
