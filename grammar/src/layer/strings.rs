//! Where strings end, and how f-strings alternate between text and code.
//!
//! The text of an f-string is scanned by hand; at a `{` the lexer takes over again, so a field holds
//! any code, strings with the same quotes included. The level stack remembers the way back.

use super::{Layer, LevelKind, Quotes};
use crate::lexer::Kind;

impl Layer<'_> {
    /// A string that is no f-string, from its opening quotes to its closing ones.
    pub(super) fn string(&mut self, start: u32, open_end: u32) {
        let (quote, triple) = self.quotes(open_end);
        match self.string_end(open_end as usize, quote, triple) {
            Ok(end) => {
                self.seek(end);
                self.emit(Kind::Str, start, end as u32);
            }
            Err(at) => {
                if !triple && let Some(field) = self.field_with_quote(quote) {
                    self.unclosed_field(start, field);
                } else {
                    self.unterminated(start, at, triple, false);
                }
                self.seek(at);
            }
        }
    }

    /// Past the closing quotes, or where the text ended without them.
    fn string_end(&self, from: usize, quote: u8, triple: bool) -> Result<usize, usize> {
        let bytes = self.source.as_bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at = self.past_escaped(at + 1),
                b'\n' | b'\r' if !triple => return Err(at),
                _ if byte == quote && !triple => return Ok(at + 1),
                _ if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return Ok(at + 3),
                _ => at += 1,
            }
        }
        Err(bytes.len())
    }

    /// Past the character behind a backslash; a line end is one, however it is written.
    fn past_escaped(&self, at: usize) -> usize {
        let rest = &self.source.as_bytes()[at..];
        match rest {
            [] => at,
            [b'\r', b'\n', ..] => at + 2,
            // A byte within a longer character is no quote, so stepping into it does no harm.
            _ => at + 1,
        }
    }

    fn quotes(&self, open_end: u32) -> (u8, bool) {
        let before = &self.source.as_bytes()[..open_end as usize];
        let quote = before[before.len() - 1];
        (quote, before.ends_with(&[quote; 3]))
    }

    pub(super) fn fstring(&mut self, start: u32, end: u32) {
        let (quote, triple) = self.quotes(end);
        let prefix = &self.source.as_bytes()[start as usize..start as usize + 2];
        let raw = prefix.iter().any(|byte| byte.eq_ignore_ascii_case(&b'r'));
        self.open(Kind::FStart, LevelKind::Text(Quotes { quote, triple, raw, start }), start, end);
        self.scan_text(end as usize);
    }

    /// The text of an f-string or of a format specification, from `from` to the next field or the end.
    pub(super) fn scan_text(&mut self, from: usize) {
        let bytes = self.source.as_bytes();
        let (mut from, mut at) = (from, from);
        loop {
            let (quotes, spec) = match self.kind() {
                LevelKind::Text(quotes) => (quotes, false),
                LevelKind::Spec(quotes) => (quotes, true),
                _ => return self.seek(at),
            };
            let Some(&byte) = bytes.get(at) else {
                self.unterminated(quotes.start, at, quotes.triple, true);
                return self.seek(at);
            };
            let next = bytes.get(at + 1).copied();
            match byte {
                b'\n' | b'\r' if !quotes.triple => {
                    self.unterminated(quotes.start, at, false, true);
                    return self.seek(at);
                }
                b'\\' if matches!(next, Some(b'{' | b'}')) => at += 1,
                b'\\' if !quotes.raw && next == Some(b'N') && bytes.get(at + 2) == Some(&b'{') => at += 3,
                b'\\' => at = self.past_escaped(at + 1),
                b'{' if spec || next != Some(b'{') => {
                    self.text(from, at, quotes.raw);
                    self.open(Kind::FieldOpen, LevelKind::Field(quotes), at as u32, at as u32 + 1);
                    return self.seek(at + 1);
                }
                b'}' if spec => {
                    self.text(from, at, quotes.raw);
                    self.pop();
                    self.pop();
                    self.emit(Kind::FieldClose, at as u32, at as u32 + 1);
                    self.restart_count();
                    at += 1;
                    from = at;
                }
                b'{' => at += 2,
                b'}' if next == Some(b'}') => at += 2,
                b'}' => {
                    self.single_brace(at);
                    at += 1;
                }
                _ if byte == quotes.quote && (!quotes.triple || bytes[at..].starts_with(&[byte; 3])) => {
                    let end = at + if quotes.triple { 3 } else { 1 };
                    if spec {
                        self.unclosed_field(at as u32, quotes);
                    } else {
                        self.text(from, at, quotes.raw);
                        self.pop();
                        self.emit(Kind::FEnd, at as u32, end as u32);
                    }
                    return self.seek(end);
                }
                _ => at += 1,
            }
        }
    }

    fn text(&mut self, from: usize, to: usize, raw: bool) {
        if from < to {
            self.emit(if raw { Kind::FRawText } else { Kind::FText }, from as u32, to as u32);
        }
    }

    /// The `}` of a field without a format specification.
    pub(super) fn close_field(&mut self, start: u32, end: u32) {
        self.pop();
        self.emit(Kind::FieldClose, start, end);
        self.restart_count();
        self.scan_text(end as usize);
    }

    /// The `:` of a field.
    pub(super) fn spec(&mut self, start: u32, end: u32) {
        if let LevelKind::Field(quotes) = self.kind() {
            self.open(Kind::FieldColon, LevelKind::Spec(quotes), start, end);
            self.scan_text(end as usize);
        }
    }

    /// The `!` of a field.
    pub(super) fn conversion(&mut self, start: u32, end: u32) {
        let rest = &self.source[end as usize..];
        let word = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let past = end + word.len() as u32;
        match word {
            "s" | "r" | "a" => self.emit(Kind::FieldConversion, start, past),
            _ => self.bad_conversion(start, past, word),
        }
        self.seek(past as usize);
    }

    /// Is the `=` that ends at `end` the one of `{x=}`?
    pub(super) fn is_label(&self, end: u32) -> bool {
        let past = (end + self.blanks(end)) as usize;
        match self.source.as_bytes().get(past) {
            Some(b'}' | b':') => true,
            Some(b'!') => self.source.as_bytes().get(past + 1) != Some(&b'='),
            _ => false,
        }
    }

    /// How many blanks begin at `at`.
    pub(super) fn blanks(&self, at: u32) -> u32 {
        let rest = &self.source.as_bytes()[at as usize..];
        rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c' | b'\n' | b'\r')).count() as u32
    }

    /// The innermost f-string with a field open here whose literal has this quote.
    fn field_with_quote(&self, quote: u8) -> Option<Quotes> {
        self.levels.iter().rev().take_while(|level| !level.kind.is_block()).find_map(|level| {
            match level.kind {
                LevelKind::Field(quotes) if quotes.quote == quote && !quotes.triple => Some(quotes),
                _ => None,
            }
        })
    }

    /// Lets the lexer go on at `at`.
    pub(super) fn seek(&mut self, at: usize) {
        let now = self.lexer.span().end;
        if at >= now {
            self.lexer.bump(at - now);
        } else {
            self.lexer = logos::Lexer::new(self.source);
            self.lexer.bump(at);
        }
    }
}
