//! What the layer finds wrong, and how it goes on afterwards.
//!
//! Every fault here breaks its statement: the tokens are dropped and one `Broken` stands for them, so
//! that the parser stays silent about what is already reported. Blocks inside are kept.

use super::{Layer, LevelKind, Quotes};
use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Kind, Token};

impl Layer<'_> {
    /// Reports, unless the statement is known to be wrong.
    fn report(&mut self, error: Diagnostic) {
        if !self.is_silent() {
            self.errors.push(error);
        }
    }

    /// What stands here is known to be wrong.
    fn is_silent(&self) -> bool {
        self.levels.last().is_some_and(|level| level.broken || level.muted)
    }

    /// Puts `Broken` in the place of the current statement and drops what follows in it.
    fn break_statement(&mut self) {
        let block = self.levels.iter().rposition(|level| level.kind.is_block()).unwrap_or(0);
        let level = &self.levels[block];
        if !level.broken && !level.muted {
            let at = self.lexer.span().start as u32;
            let start = self.out.get(level.statement).map_or(at, |token| token.start);
            self.out.truncate(level.statement);
            self.out.push(Token { start, end: at.max(start), kind: Kind::Broken });
        }
        for level in &mut self.levels[block..] {
            level.broken = true;
        }
    }

    /// Breaks the statement and leaves all brackets that it has open.
    pub(super) fn abandon_brackets(&mut self) {
        self.break_statement();
        while !self.kind().is_block() {
            self.pop();
        }
        // What follows may begin a statement of its own once a newline comes.
        if let Some(previous) = &mut self.previous {
            previous.kind = Kind::Name;
        }
    }

    /// A limit is broken: nothing behind it is worth reading.
    pub(super) fn give_up(&mut self, code: &'static str, message: &'static str, start: u32, end: u32) {
        self.errors.push(Diagnostic::new(code, Span::new(start, end), message));
        self.hopeless = true;
    }

    fn opener(&self, level: usize) -> (&'static str, Span) {
        let open = self.levels[level].open;
        let text = match self.levels[level].kind {
            LevelKind::Paren { .. } => "(",
            LevelKind::Square => "[",
            _ => "{",
        };
        (text, Span::new(open, open + 1))
    }

    /// The innermost bracket lacks its partner.
    pub(super) fn never_closed(&mut self, at_end: bool) {
        let (text, span) = self.opener(self.levels.len() - 1);
        let mut error =
            Diagnostic::new("never-closed", span, format!("'{text}' was never closed")).label("opened here");
        error.incomplete = at_end;
        self.report(error);
    }

    /// A closing bracket that is not the innermost one's.
    pub(super) fn mismatch(&mut self, closer: Kind, start: u32, end: u32) {
        let text = &self.source[start as usize..end as usize];
        let span = Span::new(start, end);
        let in_field = if self.in_field() { "f-string: " } else { "" };
        let top = self.levels.len() - 1;
        if self.kind().is_block() || matches!(self.kind(), LevelKind::Field(_)) {
            let message = format!("{in_field}unmatched '{text}'");
            self.report(Diagnostic::new("unmatched-bracket", span, message).label("closes nothing"));
            return self.break_statement();
        }
        let (open_text, open) = self.opener(top);
        let message = format!(
            "{in_field}closing parenthesis '{text}' does not match opening parenthesis '{open_text}'"
        );
        self.report(
            Diagnostic::new("mismatched-bracket", span, message)
                .label("this closes something else")
                .related(open, "the bracket opened here is still open"),
        );
        self.break_statement();
        // A parenthesis or square bracket looks for its partner in the same block or field only.
        let partner = self.levels.iter().rposition(|level| match closer {
            Kind::ParenClose => matches!(level.kind, LevelKind::Paren { .. }),
            Kind::SquareClose => level.kind == LevelKind::Square,
            _ => matches!(level.kind, LevelKind::Dict | LevelKind::Field(_) | LevelKind::Block { .. }),
        });
        let fence = self
            .levels
            .iter()
            .rposition(|level| level.kind.is_block() || matches!(level.kind, LevelKind::Field(_)));
        match partner {
            Some(partner) if Some(partner) >= fence => {
                while self.levels.len() - 1 > partner {
                    self.pop();
                }
                match self.kind() {
                    LevelKind::Block { .. } => {
                        self.close_block(start, end);
                        self.after_block = true;
                    }
                    LevelKind::Field(_) => self.close_field(start, end),
                    _ => {
                        self.pop();
                        self.emit(closer, start, end);
                    }
                }
            }
            // It most likely stands for the innermost one's partner, or closes all there is.
            _ if closer == Kind::BraceClose => self.abandon_brackets(),
            _ => {
                self.pop();
                self.emit(closer, start, end);
            }
        }
    }

    /// A character that begins no token.
    pub(super) fn stray(&mut self, start: u32) {
        let rest = &self.source[start as usize..];
        let Some(character) = rest.chars().next() else { return };
        if self.newline {
            self.begin_line(Kind::Name);
        }
        let end = start + character.len_utf8() as u32;
        let span = Span::new(start, end);
        let error = match character {
            '\\' if rest[1..].trim().is_empty() => {
                Diagnostic::new("unexpected-end", span, "unexpected EOF while parsing").incomplete()
            }
            '\\' => Diagnostic::new(
                "invalid-character",
                span,
                "unexpected character after line continuation character",
            )
            .label("a line is continued by a backslash at its very end"),
            '?' => Diagnostic::new("foreign-operator", span, "invalid syntax")
                .label("'?' means nothing in Toy")
                .help("a conditional is written `a if test else b`"),
            _ if character.is_ascii_graphic() => Diagnostic::new("invalid-syntax", span, "invalid syntax")
                .label(format!("'{character}' means nothing in Toy")),
            _ => invalid_character(character, span),
        };
        self.report(error);
        self.break_statement();
        self.note(Kind::Name, start, end);
        self.seek(end as usize);
    }

    pub(super) fn is_identifier(&self, start: u32, end: u32) -> bool {
        let text = &self.source[start as usize..end as usize];
        text.is_ascii() || wrong_character(text).is_none()
    }

    /// What looks like a name but holds a character that no name may hold.
    pub(super) fn bad_name(&mut self, start: u32, end: u32) {
        let text = &self.source[start as usize..end as usize];
        if let Some((at, character)) = wrong_character(text) {
            let at = start + at as u32;
            self.report(invalid_character(character, Span::new(at, at + character.len_utf8() as u32)));
        }
        self.break_statement();
        self.note(Kind::Name, start, end);
    }

    pub(super) fn bad_number(&mut self, start: u32, end: u32) {
        let text = &self.source[start as usize..end as usize];
        let lower = text.to_ascii_lowercase();
        let digit_past = |max: char| lower[2..].chars().find(|c| c.is_ascii_digit() && *c > max);
        let message = if lower.starts_with("0x") {
            "invalid hexadecimal literal".to_owned()
        } else if lower.starts_with("0o") {
            match digit_past('7') {
                Some(digit) => format!("invalid digit '{digit}' in octal literal"),
                None => "invalid octal literal".to_owned(),
            }
        } else if lower.starts_with("0b") {
            match digit_past('1') {
                Some(digit) => format!("invalid digit '{digit}' in binary literal"),
                None => "invalid binary literal".to_owned(),
            }
        } else {
            "invalid decimal literal".to_owned()
        };
        let mut error = Diagnostic::new("invalid-number", Span::new(start, end), message);
        if lower.ends_with('j') && lower[..lower.len() - 1].bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            error = error.help("Toy has no complex numbers");
        } else if lower.contains("__") || lower.ends_with('_') {
            error = error.help("an underscore stands between two digits");
        } else if message_is_decimal(&error) {
            error =
                error.help("a number ends before the first letter, and a name does not begin with a digit");
        }
        self.report(error);
        // Some value in its place keeps the rest of the statement meaningful.
        self.emit(Kind::Nil, start, end);
    }

    /// A `.` directly behind a decimal int.
    pub(super) fn bad_point(&mut self, start: u32) {
        let from = self.previous.map_or(start, |token| token.start);
        self.report(
            Diagnostic::new("invalid-number", Span::new(from, start + 1), "invalid decimal literal")
                .help("a point in a number wants a digit on both sides, as in `1.0`"),
        );
        let next = self.source[start as usize + 1..].chars().next();
        if next.is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c)) {
            self.emit(Kind::Dot, start, start + 1);
        }
    }

    /// A word that is kept for later.
    pub(super) fn reserved(&mut self, start: u32, end: u32) {
        let word = &self.source[start as usize..end as usize];
        let mut error = Diagnostic::new(
            "reserved-word",
            Span::new(start, end),
            format!("'{word}' is reserved for a later version of Toy"),
        );
        error = match word {
            "const" => error.help("`let` binds a name once"),
            "pub" => error.help("every name of a module is public"),
            "do" => error.help("choose another name, or write `while true { … }` with `break`"),
            "match" => error.help("choose another name, or write `if … else if …`"),
            _ => error.help("choose another name; only after a dot is any word a name"),
        };
        self.report(error);
        match word {
            // What stands in their braces would be no statements.
            "match" | "macro" => {
                self.top().class = true;
                self.break_statement();
                self.note(Kind::Name, start, end);
            }
            "do" => {
                self.break_statement();
                self.note(Kind::ElseBranch, start, end);
            }
            // The rest of the statement makes sense without the word.
            _ => {}
        }
    }

    /// `&&`, `||` and `!`: reported, then read as the word that is meant.
    pub(super) fn foreign_operator(&mut self, kind: Kind, meant: Kind, start: u32, end: u32) {
        let (text, word) = match kind {
            Kind::AndAnd => ("&&", "and"),
            Kind::OrOr => ("||", "or"),
            _ => ("!", "not"),
        };
        self.report(
            Diagnostic::new("foreign-operator", Span::new(start, end), "invalid syntax")
                .label(format!("'{text}' means nothing in Toy"))
                .help(format!("write `{word}`")),
        );
        self.emit(meant, start, end);
    }

    pub(super) fn brace_on_next_line(&mut self, start: u32, end: u32) {
        let before = self.previous.map_or(Span::new(start, end), |token| Span::new(token.start, token.end));
        self.report(
            Diagnostic::new("brace-on-next-line", Span::new(start, end), "expected '{' on the line before")
                .label("a block's brace stands on the line of its head")
                .related(before, "move the brace behind this"),
        );
    }

    /// `start` is the literal's, `at` where its text stopped.
    pub(super) fn unterminated(&mut self, start: u32, at: usize, triple: bool, fstring: bool) {
        if !self.is_silent() {
            let line = 1 + newlines(&self.source[..at]);
            let message = format!(
                "unterminated {}{} literal (detected at line {line})",
                if triple { "triple-quoted " } else { "" },
                if fstring { "f-string" } else { "string" },
            );
            let quotes = self.source[start as usize..].find(['"', '\'']).unwrap_or(0) as u32 + 1;
            let mut error = Diagnostic::new("unterminated-string", Span::new(start, start + quotes), message)
                .label("this string never ends");
            error.incomplete = triple;
            self.report(error);
        }
        self.abandon_brackets();
        self.note(Kind::Str, start, at as u32);
    }

    /// A field that the f-string's own quote interrupts.
    pub(super) fn unclosed_field(&mut self, at: u32, quotes: Quotes) {
        let spec = matches!(self.kind(), LevelKind::Spec(_));
        let message =
            if spec { "f-string: expecting '}', or format specs" } else { "f-string: expecting '}'" };
        let open = self
            .levels
            .iter()
            .rev()
            .find(|level| matches!(level.kind, LevelKind::Field(_)))
            .map_or(quotes.start, |level| level.open);
        self.report(
            Diagnostic::new("f-string", Span::new(at, at + 1), message)
                .related(Span::new(open, open + 1), "the field opened here is still open"),
        );
        self.abandon_brackets();
        self.note(Kind::Str, at, at + 1);
    }

    pub(super) fn single_brace(&mut self, at: usize) {
        let span = Span::new(at as u32, at as u32 + 1);
        self.report(
            Diagnostic::new("f-string", span, "f-string: single '}' is not allowed")
                .help("write `}}` for the character itself"),
        );
    }

    pub(super) fn bad_conversion(&mut self, start: u32, end: u32, word: &str) {
        let next = self.source[end as usize..].trim_start_matches([' ', '\t']);
        let message = if !word.is_empty() {
            format!("f-string: invalid conversion character '{word}': expected 's', 'r', or 'a'")
        } else if next.len() < self.source.len() - end as usize && next.starts_with(char::is_alphabetic) {
            "f-string: conversion type must come right after the exclamation mark".to_owned()
        } else {
            "f-string: missing conversion character".to_owned()
        };
        self.report(Diagnostic::new("f-string", Span::new(start, end), message));
        self.break_statement();
    }
}

fn message_is_decimal(error: &Diagnostic) -> bool {
    error.message == "invalid decimal literal"
}

/// The first character that may not stand where it does in an identifier.
fn wrong_character(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|&(at, character)| {
        !(character == '_'
            || if at == 0 {
                unicode_ident::is_xid_start(character)
            } else {
                unicode_ident::is_xid_continue(character)
            })
    })
}

fn invalid_character(character: char, span: Span) -> Diagnostic {
    let code = character as u32;
    let invisible = character.is_whitespace()
        || character.is_control()
        || matches!(code, 0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB);
    if invisible {
        let message = format!("invalid non-printable character U+{code:04X}");
        return Diagnostic::new("invalid-character", span, message);
    }
    let message = format!("invalid character '{character}' (U+{code:04X})");
    let error = Diagnostic::new("invalid-character", span, message);
    match character {
        '“' | '”' | '„' | '«' | '»' | '‘' | '’' => error.help("strings are quoted with \" or '"),
        '×' => error.help("write `*`"),
        '÷' => error.help("write `/`"),
        '≤' => error.help("write `<=`"),
        '≥' => error.help("write `>=`"),
        '≠' => error.help("write `!=`"),
        '−' | '–' | '—' => error.help("write `-`"),
        '…' => error.help("write `..` for a range"),
        _ => error,
    }
}

/// How many lines end in `text`.
fn newlines(text: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .count()
}
