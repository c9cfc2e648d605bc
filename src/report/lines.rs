//! Where the lines of a text begin, and which line and column an offset has, without reading the text again.

use std::ops::Range;

use toy_grammar::ast::Span;

/// Characters are counted in advance up to every multiple of this many bytes.
const STRIDE: usize = 1024;

/// A text with an index of its lines. Lines and columns count from 0 here; columns count characters.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STRIDE`]; empty for ASCII text, where bytes will do.
    /// Without it a report about every character of one long line would take quadratic time.
    counted: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Lines<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut counted = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for block in text.as_bytes().chunks(STRIDE) {
                counted.push(count);
                count += characters(block);
            }
            counted.push(count);
        }
        Lines { text, starts: std::iter::once(0).chain(breaks).collect(), counted }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The span as a range of the text, cut to what exists and to whole characters.
    pub(super) fn clamp(&self, span: Span) -> Range<usize> {
        let start = floor_boundary(self.text, span.start as usize);
        let end = ceil_boundary(self.text, span.end as usize);
        start..end.max(start)
    }

    /// The line that an offset lies in.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line stands, its line break left out.
    pub(super) fn range(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// How many characters of its line stand before an offset.
    pub(super) fn column(&self, offset: usize) -> usize {
        let start = self.starts[self.line_of(offset)];
        if self.counted.is_empty() { offset - start } else { self.count(offset) - self.count(start) }
    }

    /// How many characters begin before an offset.
    fn count(&self, offset: usize) -> usize {
        let block = offset / STRIDE;
        let from = block * STRIDE;
        self.counted.get(block).copied().unwrap_or(0)
            + characters(&self.text.as_bytes()[from.min(offset)..offset])
    }
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count()
}

/// The last character boundary at or before `offset`.
pub(super) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The first character boundary at or behind `offset`.
pub(super) fn ceil_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset += 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_line_and_a_column_in_characters() {
        let lines = Lines::new("ab\näöü x\r\n\nlast");
        let place = |offset| (lines.line_of(offset), lines.column(offset));
        assert_eq!(place(0), (0, 0));
        assert_eq!(place(2), (0, 2));
        assert_eq!(place(3), (1, 0));
        assert_eq!(place(10), (1, 4));
        assert_eq!(place(13), (2, 0));
        assert_eq!(place(14), (3, 0));
        assert_eq!(place(18), (3, 4));
        assert_eq!(&lines.text()[lines.range(1)], "äöü x");
        assert_eq!(lines.range(2), 13..13);
    }

    #[test]
    fn columns_agree_with_counting_from_the_start_of_the_line() {
        let text = "x".repeat(3000) + "\n" + &"aä漢".repeat(2000);
        let lines = Lines::new(&text);
        for (offset, _) in text.char_indices().step_by(97) {
            let start = lines.range(lines.line_of(offset)).start;
            assert_eq!(lines.column(offset), text[start..offset].chars().count());
        }
    }

    #[test]
    fn spans_are_cut_to_the_text_and_to_whole_characters() {
        let lines = Lines::new("aäb");
        assert_eq!(lines.clamp(Span::new(2, 2)), 1..3);
        assert_eq!(lines.clamp(Span::new(100, 200)), 4..4);
        assert_eq!(lines.clamp(Span::new(3, 1)), 3..3);
        assert_eq!(Lines::new("").clamp(Span::new(0, 1)), 0..0);
    }
}
