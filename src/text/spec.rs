//! The format mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
//!
//! What is hard: which errors come first, since programs see their texts; and zeros that pad a grouped number
//! are grouped too (`f"{1234:09,}"` is `0,001,234`). Who formats asks [`Spec::size`] first, for a width is
//! whatever a program says.

use num_bigint::BigInt;
use num_traits::Signed;

use super::numbers::{Decimal, fixed, push_exponent};
use super::unicode;

/// Why a value cannot be formatted like this.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpecError {
    /// A `ValueError`.
    Value(String),
    /// An `OverflowError`.
    Overflow(String),
}

type Result<T> = std::result::Result<T, SpecError>;

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(SpecError::Value(message.into()))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Align {
    Left,
    Right,
    Centre,
    /// Padding between the sign and the digits.
    Inside,
}

impl Align {
    fn of(c: char) -> Option<Align> {
        match c {
            '<' => Some(Align::Left),
            '>' => Some(Align::Right),
            '^' => Some(Align::Centre),
            '=' => Some(Align::Inside),
            _ => None,
        }
    }
}

/// A specification that was read for one type of value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    fill: char,
    align: Align,
    /// `+`, `-` or a blank.
    sign: Option<char>,
    coerce_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    code: Option<char>,
}

/// Which values a specification is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject<'a> {
    Int,
    Float,
    /// Text, and what is formatted like text; the name is that of the type.
    Text(&'a str),
}

impl Subject<'_> {
    fn name(&self) -> &str {
        match self {
            Subject::Int => "int",
            Subject::Float => "float",
            Subject::Text(name) => name,
        }
    }
}

/// A character as messages show it.
fn shown(c: char) -> String {
    if ('!'..='\x7f').contains(&c) { c.to_string() } else { format!("\\x{:x}", u32::from(c)) }
}

fn unknown_code<T>(code: char, subject: Subject<'_>) -> Result<T> {
    let (code, name) = (shown(code), subject.name());
    refuse(format!("Unknown format code '{code}' for object of type '{name}'"))
}

/// Reads specifications.
struct Reader<'a> {
    rest: std::str::Chars<'a>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }

    /// A number, if one stands here.
    fn number(&mut self) -> Result<Option<usize>> {
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(unicode::decimal_value) {
            self.rest.next();
            let next = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit as usize));
            match next.filter(|n| *n <= isize::MAX as usize) {
                Some(n) => number = Some(n),
                None => return refuse("Too many decimal digits in format string"),
            }
        }
        Ok(number)
    }
}

impl Spec {
    /// Reads a specification.
    pub fn parse(text: &str, subject: Subject<'_>) -> Result<Spec> {
        let is_text = matches!(subject, Subject::Text(_));
        let mut reader = Reader { rest: text.chars() };
        let mut fill = None;
        let mut align = None;
        let second = text.chars().nth(1).and_then(Align::of);
        if second.is_some() {
            fill = reader.rest.next();
            reader.rest.next();
            align = second;
        } else if let Some(found) = reader.peek().and_then(Align::of) {
            reader.rest.next();
            align = Some(found);
        }
        let sign = reader.peek().filter(|c| matches!(c, '+' | '-' | ' '));
        if sign.is_some() {
            reader.rest.next();
        }
        let coerce_zero = reader.take('z');
        let alternate = reader.take('#');
        if fill.is_none() && reader.take('0') {
            fill = Some('0');
            if align.is_none() && !is_text {
                align = Some(Align::Inside);
            }
        }
        let width = reader.number()?.unwrap_or(0);
        let mut grouping = if reader.take(',') { Some(',') } else { None };
        if reader.take('_') {
            if grouping.is_some() {
                return refuse("Cannot specify both ',' and '_'.");
            }
            grouping = Some('_');
        }
        if grouping == Some('_') && reader.take(',') {
            return refuse("Cannot specify both ',' and '_'.");
        }
        let precision = if reader.take('.') {
            let Some(precision) = reader.number()? else {
                return refuse("Format specifier missing precision");
            };
            Some(precision)
        } else {
            None
        };
        let code = reader.rest.next();
        if reader.rest.next().is_some() {
            let name = subject.name();
            return refuse(format!("Invalid format specifier '{text}' for object of type '{name}'"));
        }
        if let Some(separator) = grouping {
            let code = code.unwrap_or(if is_text { 's' } else { 'd' });
            let allowed = match code {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => true,
                'b' | 'o' | 'x' | 'X' => separator == '_',
                _ => false,
            };
            if !allowed {
                return refuse(format!("Cannot specify '{separator}' with '{}'.", shown(code)));
            }
        }
        let align = align.unwrap_or(if is_text { Align::Left } else { Align::Right });
        let fill = fill.unwrap_or(' ');
        Ok(Spec { fill, align, sign, coerce_zero, alternate, width, grouping, precision, code })
    }

    /// About how many bytes the result may take beyond what the value itself has.
    pub fn size(&self) -> usize {
        let fill = self.width.saturating_mul(self.fill.len_utf8());
        match self.code {
            None | Some('s') => fill,
            // In the grouped integer part of a float, and behind its point.
            _ => fill.saturating_add(self.precision.unwrap_or(0)).saturating_add(512),
        }
    }

    /// Whether an int is to be formatted as the float that it is equal to.
    pub fn wants_float(&self) -> bool {
        matches!(self.code, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%'))
    }

    /// Whether an int is to be written in decimal digits.
    pub fn is_decimal(&self) -> bool {
        matches!(self.code, None | Some('d' | 'n'))
    }

    /// A string, or the text of something that is formatted like one.
    pub fn format_text(&self, text: &str, subject: Subject<'_>) -> Result<String> {
        if let Some(code) = self.code.filter(|code| *code != 's') {
            return unknown_code(code, subject);
        }
        match self.sign {
            Some(' ') => return refuse("Space not allowed in string format specifier"),
            Some(_) => return refuse("Sign not allowed in string format specifier"),
            None => {}
        }
        if self.coerce_zero {
            return refuse("Negative zero coercion (z) not allowed in string format specifier");
        }
        if self.alternate {
            return refuse("Alternate form (#) not allowed in string format specifier");
        }
        if self.align == Align::Inside {
            return refuse("'=' alignment not allowed in string format specifier");
        }
        let text = match self.precision {
            Some(precision) => match text.char_indices().nth(precision) {
                Some((end, _)) => &text[..end],
                None => text,
            },
            None => text,
        };
        Ok(self.pad("", text))
    }

    /// An int, unless [`Spec::wants_float`].
    pub fn format_int(&self, value: &BigInt) -> Result<String> {
        let radix = self.int_radix()?;
        match self.code {
            Some('c') => self.format_char(u32::try_from(value).ok()),
            _ => Ok(self.place_int(value.is_negative(), value.magnitude().to_str_radix(radix), radix)),
        }
    }

    /// An int of 64 bits, as [`Spec::format_int`].
    pub fn format_small_int(&self, value: i64) -> Result<String> {
        let radix = self.int_radix()?;
        let size = value.unsigned_abs();
        let digits = match self.code {
            Some('c') => return self.format_char(u32::try_from(value).ok()),
            Some('b') => format!("{size:b}"),
            Some('o') => format!("{size:o}"),
            Some('x' | 'X') => format!("{size:x}"),
            _ => size.to_string(),
        };
        Ok(self.place_int(value < 0, digits, radix))
    }

    /// The base that the type asks for; an error where the specification is none for ints.
    fn int_radix(&self) -> Result<u32> {
        let radix = match self.code {
            None | Some('c' | 'd' | 'n') => 10,
            Some('b') => 2,
            Some('o') => 8,
            Some('x' | 'X') => 16,
            Some(code) => return unknown_code(code, Subject::Int),
        };
        if self.precision.is_some() {
            return refuse("Precision not allowed in integer format specifier");
        }
        if self.coerce_zero {
            return refuse("Negative zero coercion (z) not allowed in integer format specifier");
        }
        Ok(radix)
    }

    fn place_int(&self, negative: bool, mut digits: String, radix: u32) -> String {
        let prefix = match self.code {
            Some('b') => "0b",
            Some('o') => "0o",
            Some('x') => "0x",
            Some('X') => "0X",
            _ => "",
        };
        if self.code == Some('X') {
            digits.make_ascii_uppercase();
        }
        let group = if radix == 10 { 3 } else { 4 };
        let sign = self.sign_text(negative);
        if self.alternate && !prefix.is_empty() {
            return self.pad_number(&[sign, prefix].concat(), &digits, "", group);
        }
        self.pad_number(sign, &digits, "", group)
    }

    fn format_char(&self, code: Option<u32>) -> Result<String> {
        if self.sign.is_some() {
            return refuse("Sign not allowed with integer format specifier 'c'");
        }
        if self.alternate {
            return refuse("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        match code.and_then(char::from_u32) {
            Some(c) => Ok(self.pad("", c.encode_utf8(&mut [0; 4]))),
            None => Err(SpecError::Overflow("%c arg not in range(0x110000)".to_string())),
        }
    }

    /// A float.
    pub fn format_float(&self, value: f64) -> Result<String> {
        if let Some(code) = self.code.filter(|code| !self.wants_float() && *code != 'n') {
            return unknown_code(code, Subject::Float);
        }
        if self.precision.is_some_and(|precision| precision > i32::MAX as usize) {
            return refuse("precision too big");
        }
        let value = if self.code == Some('%') { value * 100.0 } else { value };
        let mut text = self.unsigned_float(value);
        if matches!(self.code, Some('E' | 'F' | 'G')) {
            text.make_ascii_uppercase();
        }
        let mut negative = value.is_sign_negative() && !value.is_nan();
        if self.coerce_zero && negative {
            let mantissa = text.split(['e', 'E']).next().unwrap_or("");
            negative = mantissa.bytes().any(|byte| !matches!(byte, b'0' | b'.'));
        }
        if self.code == Some('%') {
            text.push('%');
        }
        let split = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let (whole, rest) = text.split_at(split);
        Ok(self.pad_number(self.sign_text(negative), whole, rest, 3))
    }

    fn unsigned_float(&self, value: f64) -> String {
        if value.is_nan() {
            return "nan".to_string();
        }
        if value.is_infinite() {
            return "inf".to_string();
        }
        match (self.code, self.precision) {
            (Some('f' | 'F' | '%'), precision) => {
                let mut text = fixed(value, precision.unwrap_or(6));
                if self.alternate && precision == Some(0) {
                    text.push('.');
                }
                text
            }
            (Some('e' | 'E'), precision) => {
                let precision = precision.unwrap_or(6);
                let decimal = Decimal::significant(value, precision + 1);
                self.scientific(&decimal.digits, decimal.point - 1)
            }
            (None, None) => self.general(Decimal::shortest(value), 17, 16),
            (None, Some(precision)) => {
                // One digit at least stands behind the point, so a number that fills the precision has no room.
                let precision = precision.max(1);
                self.general(Decimal::significant(value, precision), precision, precision as i32 - 1)
            }
            (_, precision) => {
                let precision = precision.unwrap_or(6).max(1);
                self.general(Decimal::significant(value, precision), precision, precision as i32)
            }
        }
    }

    /// `d.ddde+XX`.
    fn scientific(&self, digits: &str, exponent: i32) -> String {
        let (first, rest) = digits.split_at(1);
        let mut out = first.to_string();
        if !rest.is_empty() || self.alternate {
            out.push('.');
            out.push_str(rest);
        }
        out.push('e');
        push_exponent(&mut out, exponent);
        out
    }

    /// As `g` does: with an exponent where the point would stand far from the digits, and without zeros at the
    /// end unless the form is the alternate one. `furthest` is the last place of the point without an exponent.
    fn general(&self, decimal: Decimal, precision: usize, furthest: i32) -> String {
        let Decimal { digits, point } = decimal;
        let is_zero = digits.bytes().all(|byte| byte == b'0');
        let point = if is_zero { 1 } else { point };
        let keeps_zeros = self.alternate && (self.precision.is_some() || self.code.is_some());
        let digits = match digits.trim_end_matches('0') {
            _ if keeps_zeros => &digits[..],
            "" => "0",
            trimmed => trimmed,
        };
        if point <= -4 || point > furthest {
            return self.scientific(digits, point - 1);
        }
        let mut out = String::with_capacity(precision + 8);
        let after = match usize::try_from(point) {
            Ok(point) if point > 0 => {
                let known = point.min(digits.len());
                out.push_str(&digits[..known]);
                out.extend(std::iter::repeat_n('0', point - known));
                &digits[known..]
            }
            _ => {
                out.push('0');
                digits
            }
        };
        let gap = usize::try_from(-point).unwrap_or(0);
        if after.is_empty() {
            match (self.code, self.alternate) {
                // Without a type a float keeps looking like a float.
                (None, _) => out.push_str(".0"),
                (_, true) => out.push('.'),
                _ => {}
            }
        } else {
            out.push('.');
            out.extend(std::iter::repeat_n('0', gap));
            out.push_str(after);
        }
        out
    }

    fn sign_text(&self, negative: bool) -> &'static str {
        match self.sign {
            _ if negative => "-",
            Some('+') => "+",
            Some(' ') => " ",
            _ => "",
        }
    }

    /// Puts a number together: `head` is sign and prefix, `digits` can be grouped, `tail` follows them.
    fn pad_number(&self, head: &str, digits: &str, tail: &str, group: usize) -> String {
        let Some(separator) = self.grouping.filter(|_| !digits.is_empty()) else {
            return if self.align == Align::Inside {
                self.pad(head, &[digits, tail].concat())
            } else {
                self.pad("", &[head, digits, tail].concat())
            };
        };
        let least = if self.align == Align::Inside && self.fill == '0' {
            self.width.saturating_sub(head.chars().count() + tail.chars().count())
        } else {
            0
        };
        let mut body = group_digits(digits, separator, group, least);
        body.push_str(tail);
        if self.align == Align::Inside {
            self.pad(head, &body)
        } else {
            self.pad("", &[head, &body].concat())
        }
    }

    /// Fills up to the width. The fill of `=` stands between `head` and `body`.
    fn pad(&self, head: &str, body: &str) -> String {
        let length = head.chars().count() + body.chars().count();
        let missing = self.width.saturating_sub(length);
        let (before, after) = match self.align {
            Align::Left => (0, missing),
            Align::Right => (missing, 0),
            Align::Centre => (missing / 2, missing - missing / 2),
            Align::Inside => (missing, 0),
        };
        let mut out = String::with_capacity(head.len() + body.len() + missing * self.fill.len_utf8());
        out.push_str(head);
        out.extend(std::iter::repeat_n(self.fill, before));
        out.push_str(body);
        out.extend(std::iter::repeat_n(self.fill, after));
        out
    }
}

/// Separates groups of digits, with zeros in front until it is at least so long.
fn group_digits(digits: &str, separator: char, group: usize, least: usize) -> String {
    let mut reversed: Vec<char> = Vec::with_capacity(digits.len().max(least) * 4 / 3 + 2);
    let mut rest = digits.chars().rev();
    let mut in_group = 0;
    loop {
        let next = rest.next();
        let wanted = next.is_some() || reversed.len() < least;
        if !wanted {
            break;
        }
        if in_group == group {
            reversed.push(separator);
            in_group = 0;
        }
        reversed.push(next.unwrap_or('0'));
        in_group += 1;
    }
    reversed.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(error: SpecError) -> String {
        match error {
            SpecError::Value(message) | SpecError::Overflow(message) => message,
        }
    }

    fn int(value: i64, spec: &str) -> String {
        Spec::parse(spec, Subject::Int)
            .and_then(|spec| spec.format_int(&BigInt::from(value)))
            .unwrap_or_else(message)
    }

    fn float(value: f64, spec: &str) -> String {
        Spec::parse(spec, Subject::Float).and_then(|spec| spec.format_float(value)).unwrap_or_else(message)
    }

    fn text(value: &str, spec: &str) -> String {
        let subject = Subject::Text("str");
        Spec::parse(spec, subject).and_then(|spec| spec.format_text(value, subject)).unwrap_or_else(message)
    }

    #[test]
    fn ints() {
        for (value, spec, expected) in [
            (42, "", "42"),
            (-42, "6", "   -42"),
            (42, "<6", "42    "),
            (42, "*^7", "**42***"),
            (-42, "05", "-0042"),
            (42, "+", "+42"),
            (42, "#x", "0x2a"),
            (-42, "#08b", "-0b101010"),
            (42, "#010X", "0X0000002A"),
            (1234567, ",", "1,234,567"),
            (1234, "09,", "0,001,234"),
            (1234, "08,", "0,001,234"),
            (0xdeadbeef, "_x", "dead_beef"),
            (97, "c", "a"),
            (1, ".5", "Precision not allowed in integer format specifier"),
            (1, "s", "Unknown format code 's' for object of type 'int'"),
            (1, ",x", "Cannot specify ',' with 'x'."),
            (1, ",_", "Cannot specify both ',' and '_'."),
            (1, "5x5", "Invalid format specifier '5x5' for object of type 'int'"),
            (-1, "c", "%c arg not in range(0x110000)"),
        ] {
            assert_eq!(int(value, spec), expected, "format({value}, {spec:?})");
        }
    }

    #[test]
    fn floats() {
        for (value, spec, expected) in [
            (1.5, "", "1.5"),
            (1e16, "", "1e+16"),
            (3.75159, ".2f", "3.75"),
            (2.5, ".0f", "2"),
            (0.125, ".2f", "0.12"),
            (1234567.891, ",.2f", "1,234,567.89"),
            (-3.75159, "010.2f", "-000003.75"),
            (0.5, "%", "50.000000%"),
            (0.256, ".1%", "25.6%"),
            (12345.678, "e", "1.234568e+04"),
            (12345.678, ".3g", "1.23e+04"),
            (100000.0, "g", "100000"),
            (1000000.0, "g", "1e+06"),
            (1.0, "#g", "1.00000"),
            (1.0, ".3", "1.0"),
            (123.0, ".3", "1.23e+02"),
            (f64::INFINITY, "010,", "0000000inf"),
            (f64::NAN, "F", "NAN"),
            (-0.001, "z.1f", "0.0"),
            (-0.001, ".1f", "-0.0"),
            (1.9996109008789062, "-", "1.9996109008789062"),
            (1.5, "d", "Unknown format code 'd' for object of type 'float'"),
            (1.5, ".", "Format specifier missing precision"),
        ] {
            assert_eq!(float(value, spec), expected, "format({value}, {spec:?})");
        }
        assert_eq!(float(1.0, ".3000f").len(), 3002);
    }

    #[test]
    fn strings() {
        for (value, spec, expected) in [
            ("abc", "", "abc"),
            ("abc", ">6", "   abc"),
            ("abc", "-^7", "--abc--"),
            ("abc", "05", "abc00"),
            ("héllo", ".2", "hé"),
            ("abc", "=5", "'=' alignment not allowed in string format specifier"),
            ("abc", "+", "Sign not allowed in string format specifier"),
            ("abc", " ", "Space not allowed in string format specifier"),
            ("abc", "d", "Unknown format code 'd' for object of type 'str'"),
            ("abc", ",", "Cannot specify ',' with 's'."),
        ] {
            assert_eq!(text(value, spec), expected, "format({value:?}, {spec:?})");
        }
    }
}
