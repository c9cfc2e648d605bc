//! Literals as Python writes them.

use std::fmt::Write as _;

/// A string literal in ASCII.
pub fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c if (c as u32) < 0x100 => push(&mut out, format_args!("\\x{:02x}", c as u32)),
            c if (c as u32) < 0x10000 => push(&mut out, format_args!("\\u{:04x}", c as u32)),
            c => push(&mut out, format_args!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// A bytes literal.
pub fn bytes(value: &[u8]) -> String {
    let mut out = String::from("b\"");
    for &byte in value {
        match byte {
            b'"' | b'\\' => push(&mut out, format_args!("\\{}", byte as char)),
            b' '..=b'~' => out.push(byte as char),
            _ => push(&mut out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// A float literal, or what makes the float.
pub fn float(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { format!("float('{value}')") }
}

fn push(out: &mut String, args: std::fmt::Arguments<'_>) {
    // A String takes everything.
    let _ = out.write_fmt(args);
}
