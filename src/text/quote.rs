//! Strings and bytes as literals: what `repr` and `ascii` show.

use std::fmt::Write;

use super::unicode;

/// The quote that needs no escape, if there is one; else the single quote.
fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

/// Appends the literal of a string; with `ascii`, in ASCII alone.
fn push_quoted(out: &mut String, text: &str, ascii: bool) {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    out.reserve(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c if !ascii && unicode::is_printable(c) => out.push(c),
            c => push_escape(out, c),
        }
    }
    out.push(quote);
}

fn push_escape(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = match u32::from(c) {
        code @ 0..=0xFF => write!(out, "\\x{code:02x}"),
        code @ 0x100..=0xFFFF => write!(out, "\\u{code:04x}"),
        code => write!(out, "\\U{code:08x}"),
    };
}

/// Appends `repr` of a string.
pub fn push_repr_str(out: &mut String, text: &str) {
    push_quoted(out, text, false);
}

/// `repr` of a string.
pub fn repr_str(text: &str) -> String {
    let mut out = String::new();
    push_quoted(&mut out, text, false);
    out
}

/// Appends `repr` of bytes.
pub fn push_repr_bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => {
                if char::from(byte) == quote {
                    out.push('\\');
                }
                out.push(char::from(byte));
            }
            _ => push_escape(out, char::from(byte)),
        }
    }
    out.push(quote);
}

/// `repr` of bytes.
pub fn repr_bytes(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_repr_bytes(&mut out, bytes);
    out
}

/// A `repr` with everything beyond ASCII escaped.
pub fn escape_non_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quote_is_the_one_that_needs_no_escape() {
        assert_eq!(repr_str("it's"), "\"it's\"");
        assert_eq!(repr_str("\"a\""), "'\"a\"'");
        assert_eq!(repr_str("'\""), "'\\'\"'");
        assert_eq!(repr_bytes(b"it's"), "b\"it's\"");
        assert_eq!(repr_bytes(b"'\""), "b'\\'\"'");
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(
            repr_str("a\n\r\t\\\0\x7f\u{80}\u{a0}é\u{ad}\u{200b}\u{fffe}\u{e000}\u{1F600}\u{e0001}"),
            "'a\\n\\r\\t\\\\\\x00\\x7f\\x80\\xa0é\\xad\\u200b\\ufffe\\ue000\u{1F600}\\U000e0001'"
        );
        assert_eq!(repr_bytes(b"a\n\x00\x7f\x80\xff"), "b'a\\n\\x00\\x7f\\x80\\xff'");
        assert_eq!(escape_non_ascii(&repr_str("é→\u{1F600}")), "'\\xe9\\u2192\\U0001f600'");
    }
}
