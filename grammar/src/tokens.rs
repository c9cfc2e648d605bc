//! The parser's tokens as data and as text, for those who want to see them.

use std::fmt::Write;

use crate::ast::Span;
use crate::layer;
use crate::lexer::Kind;
use crate::lines::Lines;
use crate::parse::refuse;

/// A token as the parser gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo<'s> {
    pub kind: Kind,
    pub span: Span,
    /// The source between its ends; empty where nothing is written, as at the end of an open block.
    pub text: &'s str,
}

/// The tokens of a program after the newline layer. A text with errors gives those it has tokens for.
pub fn tokens(source: &str) -> Vec<TokenInfo<'_>> {
    if refuse(source).is_some() {
        return Vec::new();
    }
    let tokens = layer::layer(source).tokens;
    let info = |token: &crate::lexer::Token| {
        let end = (token.end as usize).min(source.len());
        TokenInfo {
            kind: token.kind,
            span: Span::new(token.start, token.end),
            text: source.get(token.start as usize..end).unwrap_or(""),
        }
    };
    tokens.iter().map(info).collect()
}

/// One line for each token: place, kind, text. The text is left out where it says no more than the kind.
pub fn dump_tokens(source: &str) -> String {
    let lines = Lines::new(source);
    let mut text = String::new();
    for token in tokens(source) {
        let (line, column) = lines.place(source, token.span.start);
        let place = format!("{line}:{column}");
        let kind = format!("{:?}", token.kind);
        // Writing to a String does not fail.
        let _ = writeln!(text, "{place:<8}{kind:<16}{}", token.text.escape_debug());
    }
    text
}
