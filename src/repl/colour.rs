//! Colours of an entry while it is typed, and the bracket that belongs to the one at the cursor.

use toy_grammar::{Piece, PieceKind, pieces};

const KEYWORD: &str = "\x1b[35m";
const CONSTANT: &str = "\x1b[36m";
const TEXT: &str = "\x1b[32m";
const COMMENT: &str = "\x1b[90m";
const BUILTIN: &str = "\x1b[34m";
const COMMAND: &str = "\x1b[33m";
const BRACKET: &str = "\x1b[1;4m";
const LONE_BRACKET: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// Grey, for hints.
pub fn hint(text: &str) -> String {
    format!("{COMMENT}{text}{PLAIN}")
}

/// The prompt itself.
pub fn prompt(text: &str) -> String {
    format!("\x1b[1;32m{text}{PLAIN}")
}

/// An entry with colours. `cursor`: where it is, while somebody types.
pub fn entry(text: &str, cursor: Option<usize>, is_builtin: impl Fn(&str) -> bool) -> String {
    if text.starts_with(':') {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return format!("{COMMAND}{}{PLAIN}{}", &text[..end], &text[end..]);
    }
    let pieces = pieces(text);
    let pair = cursor.and_then(|cursor| pair_at(&pieces, cursor));
    let mut shown = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let (start, end) = (piece.span.start as usize, piece.span.end as usize);
        shown += &text[done..start];
        done = end;
        let is_attribute = i > 0 && is_dot(text, pieces[i - 1]);
        let colour = match piece.kind {
            PieceKind::Keyword if !is_attribute => KEYWORD,
            PieceKind::Constant if !is_attribute => CONSTANT,
            PieceKind::Number => CONSTANT,
            PieceKind::Text { .. } => TEXT,
            PieceKind::Comment => COMMENT,
            PieceKind::Name if !is_attribute && is_builtin(&text[start..end]) => BUILTIN,
            PieceKind::Open(_) | PieceKind::Close(_) => match pair {
                Some(Pair { at, partner: Some(partner) }) if [at, partner].contains(&i) => BRACKET,
                Some(Pair { at, partner: None }) if at == i => LONE_BRACKET,
                _ => "",
            },
            _ => "",
        };
        shown += colour;
        shown += &text[start..end];
        if !colour.is_empty() {
            shown += PLAIN;
        }
    }
    shown += &text[done..];
    shown
}

fn is_dot(text: &str, piece: Piece) -> bool {
    &text[piece.span.start as usize..piece.span.end as usize] == "."
}

/// A bracket, and the one that belongs to it, as places in the list of pieces.
#[derive(Clone, Copy)]
struct Pair {
    at: usize,
    /// None for a closing one that closes nothing.
    partner: Option<usize>,
}

/// The pair of the bracket under the cursor, or else of the one before it.
fn pair_at(pieces: &[Piece], cursor: usize) -> Option<Pair> {
    let is_bracket = |piece: &Piece| matches!(piece.kind, PieceKind::Open(_) | PieceKind::Close(_));
    let at = |place: usize| pieces.iter().position(|p| p.span.start as usize == place && is_bracket(p));
    let at = at(cursor).or_else(|| at(cursor.checked_sub(1)?))?;
    let mut open: Vec<usize> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece.kind {
            PieceKind::Open(_) => open.push(i),
            PieceKind::Close(close) => {
                let fits = |opener: &usize| pieces[*opener].kind == PieceKind::Open(opener_of(close));
                let partner = open.pop().filter(fits);
                if i == at || partner == Some(at) {
                    let other = if i == at { partner } else { Some(i) };
                    return Some(Pair { at, partner: other });
                }
            }
            _ => {}
        }
    }
    None
}

fn opener_of(close: u8) -> u8 {
    match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, cursor: usize) -> String {
        entry(text, Some(cursor), |name| name == "print")
            .replace(BRACKET, "<b>")
            .replace(LONE_BRACKET, "<lone>")
            .replace(KEYWORD, "<k>")
            .replace(CONSTANT, "<c>")
            .replace(TEXT, "<t>")
            .replace(COMMENT, "<#>")
            .replace(BUILTIN, "<f>")
            .replace(PLAIN, "</>")
    }

    #[test]
    fn words_have_the_colours_of_their_kinds() {
        assert_eq!(marked("let x = print", 0), "<k>let</> x = <f>print</>");
        assert_eq!(marked("a.print + 'é' # n", 0), "a.print + <t>'é'</> <#># n</>");
        assert_eq!(marked("[nil, 'ab", 2), "[<c>nil</>, <t>'ab</>");
    }

    #[test]
    fn the_bracket_at_the_cursor_has_its_partner_marked() {
        assert_eq!(marked("f(')', [x])", 11), "f<b>(</><t>')'</>, [x]<b>)</>");
        assert_eq!(marked("f([x])", 1), "f<b>(</>[x]<b>)</>");
        assert_eq!(marked("x)", 2), "x<lone>)</>");
        assert_eq!(marked("(x", 0), "(x");
    }
}
