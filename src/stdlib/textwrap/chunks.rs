//! A text in pieces between which a line may end: words, blanks, parts of hyphenated words, dashes.
//!
//! Python finds them by one regular expression with lookbehind. What is hard is that it looks past the piece to both
//! sides: whether a hyphen ends a piece depends on the letters around it, wherever the piece began.

use crate::text::unicode::{decimal_value, is_alphanumeric};

/// What divides words. Other blanks, such as the one that is not to be broken at, do not.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ')
}

fn is_word(c: char) -> bool {
    c == '_' || is_alphanumeric(c)
}

fn is_letter(c: char) -> bool {
    is_word(c) && decimal_value(c).is_none()
}

/// What a dash between words may follow.
fn ends_word(c: char) -> bool {
    is_word(c) || matches!(c, '!' | '"' | '\'' | '&' | '.' | ',' | '?')
}

/// Where a text is being divided.
struct Splitter<'a> {
    text: &'a [char],
    /// The last run of hyphens that was looked at, so that none is counted again for each of its hyphens.
    run: (usize, usize),
}

impl Splitter<'_> {
    fn is(&self, i: Option<usize>, test: fn(char) -> bool) -> bool {
        i.and_then(|i| self.text.get(i)).is_some_and(|c| test(*c))
    }

    fn is_hyphen(&self, i: Option<usize>) -> bool {
        self.is(i, |c| c == '-')
    }

    /// The end of a dash at a place, of two hyphens or more, that stands between two words.
    fn dash(&mut self, start: usize) -> Option<usize> {
        if !self.is_hyphen(Some(start))
            || !self.is_hyphen(Some(start + 1))
            || !self.is(start.checked_sub(1), ends_word)
        {
            return None;
        }
        if !(self.run.0..self.run.1).contains(&start) {
            let hyphens = self.text.iter().skip(start).take_while(|c| **c == '-').count();
            self.run = (start, start + hyphens);
        }
        let end = self.run.1;
        self.is(Some(end), is_word).then_some(end)
    }

    /// Whether the hyphen at a place is inside a word that may be broken behind it.
    fn breaks(&self, i: usize) -> bool {
        let before = |n: usize| i.checked_sub(n);
        let after_word = self.is(before(1), is_letter)
            && (self.is(before(2), is_letter) || self.is_hyphen(before(2)) && self.is(before(3), is_letter));
        after_word
            && self.is_hyphen(Some(i))
            && self.is(Some(i + 1), is_letter)
            && (self.is(Some(i + 2), is_letter)
                || self.is_hyphen(Some(i + 2)) && self.is(Some(i + 3), is_letter))
    }

    /// The end of the piece that starts at a place.
    fn end(&mut self, start: usize) -> usize {
        if self.is(Some(start), is_blank) {
            return start + self.text.iter().skip(start).take_while(|c| is_blank(**c)).count();
        }
        if let Some(end) = self.dash(start) {
            return end;
        }
        for i in start + 1..self.text.len() {
            if self.breaks(i) {
                return i + 1;
            }
            if self.is(Some(i), is_blank) || self.dash(i).is_some() {
                return i;
            }
        }
        self.text.len()
    }
}

/// The pieces, with breaks behind hyphens and around dashes or without.
pub(super) fn split(text: &[char], hyphens: bool) -> Vec<&[char]> {
    let mut pieces = Vec::new();
    if !hyphens {
        pieces.extend(text.chunk_by(|a, b| is_blank(*a) == is_blank(*b)));
        return pieces;
    }
    let mut splitter = Splitter { text, run: (0, 0) };
    let mut start = 0;
    while start < text.len() {
        let end = splitter.end(start);
        pieces.push(&text[start..end]);
        start = end;
    }
    pieces
}

/// Two blanks, for the ends of sentences.
const WIDE: &[char] = &[' ', ' '];

/// Whether the last letters of a piece are those of a sentence.
fn ends_sentence(piece: &[char]) -> bool {
    let piece = match piece {
        [rest @ .., '"' | '\''] => rest,
        piece => piece,
    };
    matches!(piece, [.., letter, '.' | '!' | '?'] if letter.is_ascii_lowercase())
}

/// Puts two blanks behind the ends of sentences.
pub(super) fn widen_sentence_ends(pieces: &mut [&[char]]) {
    let mut i = 0;
    while i + 1 < pieces.len() {
        if pieces[i + 1] == [' '] && ends_sentence(pieces[i]) {
            pieces[i + 1] = WIDE;
            i += 1;
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, hyphens: bool) -> Vec<String> {
        let text: Vec<char> = text.chars().collect();
        split(&text, hyphens).into_iter().map(|piece| piece.iter().collect()).collect()
    }

    #[test]
    fn pieces_are_those_of_python() {
        assert_eq!(
            pieces("Look, goof-ball -- use the -b option!", true),
            ["Look,", " ", "goof-", "ball", " ", "--", " ", "use", " ", "the", " ", "-b", " ", "option!"]
        );
        assert_eq!(pieces("goof-ball  x", false), ["goof-ball", "  ", "x"]);
        assert_eq!(
            pieces("yes--no a-b-c-d 3-4 two-", true),
            ["yes", "--", "no", " ", "a-b-", "c-d", " ", "3-4", " ", "two-"]
        );
    }
}
