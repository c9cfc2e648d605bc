//! Numbers and strings: from their text to their value.

use num_bigint::BigUint;

use super::{Builder, Parts, Placed};
use crate::ast::*;
use crate::escapes::{self, Fault};

/// CPython's limit on the digits of a decimal literal, which keeps the conversion quick.
const MAX_DECIMAL_DIGITS: usize = 4300;
/// The limit on the digits of other literals, for the same reason.
const MAX_OTHER_DIGITS: usize = 50_000;

/// A string literal, or several side by side.
#[derive(Debug)]
pub enum Literal {
    Str(String),
    Bytes(Vec<u8>),
    Format(Parts),
}

impl Builder<'_> {
    pub fn int(&mut self, start: u32, end: u32) -> Placed {
        let kind = self.int_value(self.slice(start, end), Span::new(start, end));
        Placed::new(start, end, kind)
    }

    fn int_value(&mut self, text: &str, span: Span) -> ExprKind {
        let radix = match text.as_bytes().get(1) {
            Some(b'x' | b'X') => 16,
            Some(b'o' | b'O') => 8,
            Some(b'b' | b'B') => 2,
            _ => 10,
        };
        let digits = if radix == 10 { text } else { &text[2..] };
        let cleaned;
        let digits = if digits.contains('_') {
            cleaned = digits.replace('_', "");
            &cleaned
        } else {
            digits
        };
        let significant = digits.trim_start_matches('0');
        if radix == 10 && !significant.is_empty() && significant.len() < digits.len() {
            let message = "leading zeros in decimal integer literals are not permitted; \
                           use an 0o prefix for octal integers";
            self.error("invalid-number", span, message);
            return ExprKind::Int(0);
        }
        if significant.is_empty() {
            return ExprKind::Int(0);
        }
        if let Ok(value) = i64::from_str_radix(significant, radix) {
            return ExprKind::Int(value);
        }
        let limit = if radix == 10 { MAX_DECIMAL_DIGITS } else { MAX_OTHER_DIGITS };
        if significant.len() > limit {
            let message = format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {} digits",
                significant.len()
            );
            self.error("number-too-long", span, message);
            return ExprKind::Int(0);
        }
        if radix == 10 {
            return ExprKind::BigInt(significant.into());
        }
        let value = BigUint::parse_bytes(significant.as_bytes(), radix).unwrap_or_default();
        ExprKind::BigInt(value.to_string().into())
    }

    pub fn float(&mut self, start: u32, end: u32) -> Placed {
        let text = self.slice(start, end);
        let value = if text.contains('_') { text.replace('_', "").parse() } else { text.parse() };
        // The lexer lets nothing else through; what is too large is infinite, as in Python.
        let value = value.unwrap_or(f64::INFINITY);
        Placed::new(start, end, ExprKind::Float(value))
    }

    pub fn string(&mut self, start: u32, end: u32) -> Literal {
        let text = self.slice(start, end);
        let open = text.find(['"', '\'']).unwrap_or(0);
        let prefix = &text[..open];
        let raw = prefix.contains(['r', 'R']);
        let quotes =
            if text[open..].len() >= 6 && text[open + 1..].starts_with(&text[open..open + 1].repeat(2)) {
                3
            } else {
                1
            };
        let from = open + quotes;
        let content = &text[from..text.len() - quotes];
        let mut faults = Vec::new();
        let literal = if prefix.contains(['b', 'B']) {
            Literal::Bytes(escapes::bytes(content, raw, &mut faults))
        } else {
            Literal::Str(escapes::text(content, raw, &mut faults))
        };
        self.escape_faults(start + from as u32, faults);
        literal
    }

    fn escape_faults(&mut self, from: u32, faults: Vec<Fault>) {
        for Fault { at, len, message, help } in faults {
            let start = from + at as u32;
            self.error("invalid-escape", Span::new(start, start + len as u32), message);
            if let Some(help) = help {
                self.last_error_help(help);
            }
        }
    }

    /// A literal behind another.
    pub fn join(&mut self, before: Literal, next: Literal, start: u32, end: u32) -> Literal {
        match (before, next) {
            (Literal::Str(mut a), Literal::Str(b)) => {
                a.push_str(&b);
                Literal::Str(a)
            }
            (Literal::Bytes(mut a), Literal::Bytes(b)) => {
                a.extend(b);
                Literal::Bytes(a)
            }
            (before @ Literal::Bytes(_), _) | (before, Literal::Bytes(_)) => {
                let message = "cannot mix bytes and nonbytes literals";
                self.error("mixed-literals", Span::new(start, end), message);
                before
            }
            (before, next) => {
                let mut parts = into_parts(before);
                parts.extend(into_parts(next));
                Literal::Format(parts)
            }
        }
    }

    pub fn literal(&mut self, start: u32, literal: Literal, end: u32) -> Placed {
        let kind = match literal {
            Literal::Str(text) => ExprKind::Str(text.into()),
            Literal::Bytes(bytes) => ExprKind::Bytes(bytes.into()),
            Literal::Format(parts) => ExprKind::FString(parts),
        };
        Placed::new(start, end, kind)
    }

    /// Text of an f-string, where braces are doubled.
    pub fn text(&mut self, mut parts: Parts, start: u32, end: u32, raw: bool) -> Parts {
        let mut faults = Vec::new();
        let text = escapes::format_text(self.slice(start, end), raw, &mut faults);
        self.escape_faults(start, faults);
        parts.push(FPart::Text(text.into()));
        parts
    }

    /// A replacement field; `inner` is where its code begins, `label` where that of `{x=}` ends.
    pub fn field(
        &mut self,
        inner: u32,
        value: Placed,
        label: Option<u32>,
        conversion: Option<Conversion>,
        spec: Option<Parts>,
    ) -> Box<FField> {
        let value = self.value(value);
        Box::new(FField {
            value: value.expr,
            label: label.map(|end| self.slice(inner, end).into()),
            conversion,
            spec: spec.unwrap_or_default(),
        })
    }

    /// The token `!r` and its like; the layer lets nothing else through.
    pub fn conversion(&mut self, start: u32) -> Conversion {
        match self.source.as_bytes()[start as usize + 1] {
            b's' => Conversion::Str,
            b'r' => Conversion::Repr,
            _ => Conversion::Ascii,
        }
    }
}

fn into_parts(literal: Literal) -> Parts {
    match literal {
        Literal::Format(parts) => parts,
        Literal::Str(text) if text.is_empty() => Vec::new(),
        Literal::Str(text) => vec![FPart::Text(text.into())],
        Literal::Bytes(_) => Vec::new(),
    }
}
