//! Filling lines with the pieces of a text, step by step as Python does.
//!
//! What is hard is that a small text can make huge ones, by indents: memory is asked for as the lines grow.

use super::chunks::{split, widen_sentence_ends};
use crate::text::unicode::is_space;
use crate::vm::{Raised, Vm};

pub(super) struct Options {
    pub width: i64,
    pub initial_indent: String,
    pub subsequent_indent: String,
    pub fix_sentence_endings: bool,
    pub break_long_words: bool,
    pub drop_whitespace: bool,
    /// Lines may end behind hyphens.
    pub break_on_hyphens: bool,
    /// So may the parts of a word that is too long.
    pub break_words_on_hyphens: bool,
    pub max_lines: Option<i64>,
    pub placeholder: String,
}

fn len(text: &str) -> i64 {
    text.chars().count() as i64
}

fn is_blank(piece: &[char]) -> bool {
    piece.iter().all(|c| is_space(*c))
}

/// A line that is being filled.
#[derive(Default)]
struct Line<'a> {
    pieces: Vec<&'a [char]>,
    len: i64,
}

impl<'a> Line<'a> {
    fn push(&mut self, piece: &'a [char]) {
        self.len += piece.len() as i64;
        self.pieces.push(piece);
    }

    fn pop(&mut self) {
        self.len -= self.pieces.pop().map_or(0, |piece| piece.len() as i64);
    }

    fn text(&self, indent: &str) -> String {
        let mut text = indent.to_string();
        text.extend(self.pieces.iter().copied().flatten());
        text
    }
}

/// So much is put into lines until memory is asked for again.
const STRETCH: usize = 1 << 20;

/// The lines.
pub(super) fn wrap(vm: &mut Vm, text: &[char], options: &Options) -> Result<Vec<String>, Raised> {
    let mut pieces = split(text, options.break_on_hyphens);
    if options.fix_sentence_endings {
        widen_sentence_ends(&mut pieces);
    }
    if options.width <= 0 {
        return Err(vm.value_error(format!("invalid width {} (must be > 0)", options.width)));
    }
    let placeholder = options.placeholder.trim_start_matches(is_space);
    if let Some(max_lines) = options.max_lines {
        let indent = if max_lines > 1 { &options.subsequent_indent } else { &options.initial_indent };
        if len(indent) + len(placeholder) > options.width {
            return Err(vm.value_error("placeholder too large for max width"));
        }
    }
    // The next piece is the last one.
    pieces.reverse();
    let mut lines: Vec<String> = Vec::new();
    let (mut total, mut granted) = (0, 0);
    while !pieces.is_empty() {
        total += lines.last().map_or(0, String::len);
        if total >= granted {
            granted = total + STRETCH;
            // The lines become one more text in the end.
            vm.reserve(granted.saturating_mul(2))?;
            vm.check_interrupt()?;
        }
        let indent = if lines.is_empty() { &options.initial_indent } else { &options.subsequent_indent };
        let width = options.width - len(indent);
        if options.drop_whitespace && !lines.is_empty() && pieces.last().is_some_and(|piece| is_blank(piece))
        {
            pieces.pop();
        }
        // What a divided word left behind would never fit; Python goes on with it for ever.
        while width < 0 && pieces.last().is_some_and(|piece| piece.is_empty()) {
            pieces.pop();
        }
        let mut line = Line::default();
        while let Some(piece) = pieces.last() {
            if line.len + piece.len() as i64 > width {
                break;
            }
            line.push(piece);
            pieces.pop();
        }
        if pieces.last().is_some_and(|piece| piece.len() as i64 > width) {
            put_long_word(&mut pieces, &mut line, width, options);
        }
        if options.drop_whitespace && line.pieces.last().is_some_and(|piece| is_blank(piece)) {
            line.pop();
        }
        if line.pieces.is_empty() {
            continue;
        }
        let is_last = || {
            pieces.is_empty()
                || options.drop_whitespace && pieces.len() == 1 && pieces.iter().all(|piece| is_blank(piece))
        };
        let has_room = options.max_lines.is_none_or(|most| lines.len() as i64 + 1 < most);
        if has_room || is_last() && line.len <= width {
            lines.push(line.text(indent));
            continue;
        }
        end_early(&mut lines, line, indent, width, options);
        break;
    }
    Ok(lines)
}

/// Puts a piece that is wider than a line, or a part of it, on a line.
fn put_long_word<'a>(pieces: &mut Vec<&'a [char]>, line: &mut Line<'a>, width: i64, options: &Options) {
    let Some(piece) = pieces.last_mut() else { return };
    if !options.break_long_words {
        if line.pieces.is_empty() {
            line.push(piece);
            pieces.pop();
        }
        return;
    }
    // There is progress even where the indent alone is wider than a line.
    let room = if width < 1 { 1 } else { (width - line.len).max(0) as usize };
    let mut end = room.min(piece.len());
    if options.break_words_on_hyphens && piece.len() > room {
        let hyphen = piece[..end].iter().rposition(|c| *c == '-').unwrap_or(0);
        if piece[..hyphen].iter().any(|c| *c != '-') {
            end = hyphen + 1;
        }
    }
    let (start, rest) = piece.split_at(end);
    line.push(start);
    *piece = rest;
}

/// Ends the last line with the placeholder for all that is left.
fn end_early(lines: &mut Vec<String>, mut line: Line<'_>, indent: &str, width: i64, options: &Options) {
    let placeholder = &options.placeholder;
    while let Some(last) = line.pieces.last() {
        if !is_blank(last) && line.len + len(placeholder) <= width {
            lines.push(line.text(indent) + placeholder);
            return;
        }
        line.pop();
    }
    if let Some(last) = lines.last_mut() {
        let kept = last.trim_end_matches(is_space);
        if len(kept) + len(placeholder) <= options.width {
            *last = format!("{kept}{placeholder}");
            return;
        }
    }
    lines.push(format!("{indent}{}", placeholder.trim_start_matches(is_space)));
}
