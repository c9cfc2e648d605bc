//! Numbers read from text and written as text.
//!
//! What is hard: a float is written with the fewest digits that read back as the same float (Rust finds the
//! digits, Python's rules place the point); and reading an int of very many digits takes time that nobody can
//! interrupt, so there is a limit, as in Python.

use num_bigint::BigInt;
use num_traits::Num;

use super::unicode;

/// Why a text is no int.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntError {
    Invalid,
    /// It has this many digits, more than the limit.
    TooLong(usize),
}

/// A decimal int of at most 18 ASCII digits, with a sign and blanks around: what is read most often.
pub fn parse_small_int(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// Blanks cut off, decimal digits of other scripts made ASCII.
fn normalise(text: &str) -> String {
    text.trim_matches(unicode::is_space)
        .chars()
        .map(|c| match unicode::decimal_value(c) {
            Some(digit) if !c.is_ascii() => char::from(b'0' + digit as u8),
            _ => c,
        })
        .collect()
}

/// `int(text, base)`: `base` is 0 or 2 to 36, and 0 means what the text's prefix says. More than `max_digits`
/// are refused unless the base is a power of two; 0 allows any number.
pub fn parse_int(text: &str, base: u32, max_digits: usize) -> Result<BigInt, IntError> {
    if base == 10
        && let Some(i) = parse_small_int(text)
    {
        return Ok(BigInt::from(i));
    }
    let text = normalise(text);
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, &text[..]),
    };
    let prefix_base = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 10,
    };
    let automatic = base == 0;
    let base = if automatic { prefix_base } else { base };
    let digits = if base == prefix_base && base != 10 {
        // An underscore may stand behind a prefix.
        let digits = &unsigned[2..];
        digits.strip_prefix('_').unwrap_or(digits)
    } else {
        unsigned
    };
    let well_placed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.chars().all(|c| c == '_' || c.is_digit(base));
    // `012` was octal once, and is nothing now.
    let old_octal = automatic
        && base == 10
        && digits.starts_with('0')
        && digits.bytes().any(|byte| byte != b'0' && byte != b'_');
    if !well_placed || old_octal {
        return Err(IntError::Invalid);
    }
    let digits = if digits.contains('_') { digits.replace('_', "") } else { digits.to_string() };
    if max_digits > 0 && digits.len() > max_digits && !base.is_power_of_two() {
        return Err(IntError::TooLong(digits.len()));
    }
    let value = BigInt::from_str_radix(&digits, base).map_err(|_| IntError::Invalid)?;
    Ok(if negative { -value } else { value })
}

/// `float(text)`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = normalise(text);
    if !text.contains('_') {
        return text.parse().ok();
    }
    let bytes = text.as_bytes();
    let is_digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let between_digits = |i: usize| i > 0 && is_digit(i - 1) && is_digit(i + 1);
    if !bytes.iter().enumerate().all(|(i, byte)| *byte != b'_' || between_digits(i)) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// A finite float as decimal digits: `0.d₁d₂… × 10^point`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal {
    /// At least one digit; for 0 that is `0`.
    pub digits: String,
    /// Where the point stands: behind that many digits.
    pub point: i32,
}

impl Decimal {
    /// Reads what Rust's `{:e}` writes.
    fn from_scientific(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
        Decimal { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
    }

    /// The fewest digits that read back as the same float. The sign is left out.
    pub fn shortest(f: f64) -> Decimal {
        let shortest = Decimal::from_scientific(&format!("{:e}", f.abs()));
        if shortest.digits.len() < 16 {
            return shortest;
        }
        // Two numbers of that many digits may be equally near; then the even one is meant.
        let exact = format!("{:.*e}", shortest.digits.len() - 1, f.abs());
        if exact.parse() == Ok(f.abs()) { Decimal::from_scientific(&exact) } else { shortest }
    }

    /// So many significant digits, at least one. The sign is left out.
    pub fn significant(f: f64, digits: usize) -> Decimal {
        let digits = digits.max(1);
        // No float has more digits than that, and Rust writes only so many.
        let exact = digits.min(800);
        let mut decimal = Decimal::from_scientific(&format!("{:.*e}", exact - 1, f.abs()));
        decimal.digits.extend(std::iter::repeat_n('0', digits - exact));
        decimal
    }
}

/// Writes a float with so many digits behind the point, without its sign.
pub fn fixed(f: f64, precision: usize) -> String {
    let exact = precision.min(1100);
    let mut text = format!("{:.*}", exact, f.abs());
    text.extend(std::iter::repeat_n('0', precision - exact));
    text
}

/// Appends an exponent of at least two digits.
pub fn push_exponent(out: &mut String, exponent: i32) {
    out.push(if exponent < 0 { '-' } else { '+' });
    if exponent.abs() < 10 {
        out.push('0');
    }
    out.push_str(&exponent.unsigned_abs().to_string());
}

/// `repr` of a float.
pub fn repr_float(f: f64) -> String {
    if f.is_nan() {
        return "nan".to_string();
    }
    let sign = if f.is_sign_negative() { "-" } else { "" };
    if f.is_infinite() {
        return format!("{sign}inf");
    }
    let Decimal { digits, point } = Decimal::shortest(f);
    let mut out = sign.to_string();
    if f != 0.0 && !(-3..=16).contains(&point) {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        out.push('e');
        push_exponent(&mut out, point - 1);
        return out;
    }
    let zeros = |count: usize| std::iter::repeat_n('0', count);
    match usize::try_from(point) {
        Ok(point) if point > 0 && point >= digits.len() => {
            out.push_str(&digits);
            out.extend(zeros(point - digits.len()));
            out.push_str(".0");
        }
        Ok(point) if point > 0 => {
            out.push_str(&digits[..point]);
            out.push('.');
            out.push_str(&digits[point..]);
        }
        _ => {
            out.push_str("0.");
            out.extend(zeros(point.unsigned_abs() as usize));
            out.push_str(&digits);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str, base: u32) -> Option<i64> {
        parse_int(text, base, 4300).ok().map(|big| i64::try_from(big).unwrap())
    }

    #[test]
    fn ints_are_read_as_python_reads_them() {
        for (text, base, expected) in [
            ("42", 10, Some(42)),
            ("  -42\n", 10, Some(-42)),
            ("+1_000", 10, Some(1000)),
            ("1__0", 10, None),
            ("_1", 10, None),
            ("1_", 10, None),
            ("", 10, None),
            ("-", 10, None),
            ("- 1", 10, None),
            ("12a", 10, None),
            ("0x1f", 10, None),
            ("0x1f", 16, Some(31)),
            ("0x_1f", 16, Some(31)),
            ("0x", 16, None),
            ("0b1", 16, Some(0xb1)),
            ("0b1", 2, Some(1)),
            ("z", 36, Some(35)),
            ("0o17", 0, Some(15)),
            ("-0b11", 0, Some(-3)),
            ("012", 0, None),
            ("00", 0, Some(0)),
            ("0_0", 0, Some(0)),
            ("017", 10, Some(17)),
            ("\u{663}\u{664}", 10, Some(34)),
            ("\u{2003}7\u{a0}", 10, Some(7)),
        ] {
            assert_eq!(int(text, base), expected, "int({text:?}, {base})");
        }
        assert_eq!(parse_int(&"9".repeat(5000), 10, 4300), Err(IntError::TooLong(5000)));
        assert!(parse_int(&"f".repeat(5000), 16, 4300).is_ok());
    }

    #[test]
    fn floats_are_read_as_python_reads_them() {
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (" .5 ", Some(0.5)),
            ("5.", Some(5.0)),
            ("1_0.5_0e1_0", Some(10.5e10)),
            ("1_.5", None),
            ("1._5", None),
            ("1e_5", None),
            ("1__0", None),
            ("", None),
            (".", None),
            ("e5", None),
            ("0x1", None),
            ("1e400", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("\u{661}\u{662}.5", Some(12.5)),
        ] {
            assert_eq!(parse_float(text), expected, "float({text:?})");
        }
        assert!(parse_float("-NaN").unwrap().is_nan());
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (f, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (123456.789, "123456.789"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (1.2345e16, "1.2345e+16"),
            (1e100, "1e+100"),
            (0.0001, "0.0001"),
            (0.00012, "0.00012"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(repr_float(f), expected);
        }
    }
}
