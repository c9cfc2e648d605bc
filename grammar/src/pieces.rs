//! A text cut into the pieces that an editor tells apart, for colours and for completion.
//!
//! What is hard: a text that is being typed is hardly ever whole. So nothing here depends on what follows: an open string
//! goes to the end, what is no token is a piece of its own, and the pieces together are the text without its blanks.

use logos::Logos;

use crate::ast::Span;
use crate::lexer::{Kind, is_keyword};

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: PieceKind,
    pub span: Span,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    Name,
    Keyword,
    /// `nil`, `true`, `false`.
    Constant,
    Number,
    /// A string with its quotes, an f-string as a whole.
    Text {
        /// Where its content begins.
        content: u32,
        /// Its end is not written yet.
        open: bool,
    },
    Comment,
    /// `(`, `[` or `{`.
    Open(u8),
    /// `)`, `]` or `}`.
    Close(u8),
    Newline,
    /// Operators and whatever else.
    Other,
}

/// The pieces of a text in their order.
pub fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if u32::try_from(source.len()).is_err() {
        return pieces;
    }
    let mut lexer = Kind::lexer(source);
    while let Some(token) = lexer.next() {
        let start = lexer.span().start;
        let kind = match token {
            Ok(Kind::Name) => PieceKind::Name,
            Ok(Kind::Nil | Kind::True | Kind::False) => PieceKind::Constant,
            Ok(Kind::Int | Kind::Float) => PieceKind::Number,
            Ok(Kind::StrStart | Kind::FStart) => {
                let content = lexer.span().end;
                let end = text_end(source, lexer.slice(), content, 0);
                lexer.bump(end.unwrap_or(source.len()) - content);
                PieceKind::Text { content: content as u32, open: end.is_none() }
            }
            Ok(Kind::Comment) => PieceKind::Comment,
            Ok(Kind::Newline) => PieceKind::Newline,
            _ => match lexer.slice() {
                open @ ("(" | "[" | "{") => PieceKind::Open(open.as_bytes()[0]),
                close @ (")" | "]" | "}") => PieceKind::Close(close.as_bytes()[0]),
                word if is_keyword(word) => PieceKind::Keyword,
                _ => PieceKind::Other,
            },
        };
        pieces.push(Piece { kind, span: Span::new(start as u32, lexer.span().end as u32) });
    }
    pieces
}

/// How deep strings may stand in the fields of others; deeper ones are taken for plain text.
const MOST_NESTED: usize = 20;

/// The end of a string whose content begins at `at`; none if it is not written.
fn text_end(source: &str, opening: &str, mut at: usize, nested: usize) -> Option<usize> {
    let quote = opening.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = &opening[..opening.len() - quote.len()];
    let has_fields = prefix.contains(['f', 'F']) && nested < MOST_NESTED;
    let bytes = source.as_bytes();
    let mut fields = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' if has_fields && fields == 0 && bytes.get(at + 1) == Some(&b'{') => at += 1,
            b'{' if has_fields => fields += 1,
            b'}' if fields > 0 => fields -= 1,
            b'"' | b'\'' if fields > 0 => {
                let rest = &source[at..];
                let inner = ["\"\"\"", "'''"].into_iter().find(|quote| rest.starts_with(quote));
                let inner = inner.unwrap_or(&rest[..1]);
                at = text_end(source, inner, at + inner.len(), nested + 1)?;
                continue;
            }
            b'\n' if quote.len() == 1 && fields == 0 => return Some(at),
            _ if source[at..].starts_with(quote) => return Some(at + quote.len()),
            _ => {}
        }
        at += 1;
        while at < bytes.len() && !source.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<(&str, PieceKind)> {
        pieces(source)
            .into_iter()
            .map(|piece| (&source[piece.span.start as usize..piece.span.end as usize], piece.kind))
            .collect()
    }

    #[test]
    fn a_text_that_is_being_typed_has_pieces() {
        assert_eq!(
            shown("let x = f(\"ab"),
            [
                ("let", PieceKind::Keyword),
                ("x", PieceKind::Name),
                ("=", PieceKind::Other),
                ("f", PieceKind::Name),
                ("(", PieceKind::Open(b'(')),
                ("\"ab", PieceKind::Text { content: 11, open: true }),
            ]
        );
        assert_eq!(
            shown("nil $ # é"),
            [("nil", PieceKind::Constant), ("$", PieceKind::Other), ("# é", PieceKind::Comment)]
        );
    }

    #[test]
    fn strings_end_where_they_do() {
        for text in [
            "'a\\'b'",
            "r'a\\'b'",
            "'''a'b\n'''",
            "f'{d['k']}é'",
            "f'{{'",
            "f'''{x:>{w}} '' '''",
            "b\"\"",
            "''",
            "f'{f'{f'{1}'}'}'",
        ] {
            let whole = format!("{text}+1");
            assert_eq!(shown(&whole)[0].0, text);
            assert_eq!(shown(&whole).len(), 3, "{text}");
        }
        assert_eq!(shown("'ab\nx")[0].0, "'ab");
    }
}
