//! The inside of string literals: escapes, line ends, doubled braces.
//!
//! What an escape means is Python's. Positions in messages are byte offsets into the literal's text.

/// A wrong escape: where in the text, how long, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: usize,
    pub len: usize,
    pub message: String,
    pub help: Option<&'static str>,
}

/// The value of a str literal's text.
pub(crate) fn text(source: &str, raw: bool, faults: &mut Vec<Fault>) -> String {
    decode(source, raw, false, faults)
}

/// The value of a piece of an f-string's text.
pub(crate) fn format_text(source: &str, raw: bool, faults: &mut Vec<Fault>) -> String {
    decode(source, raw, true, faults)
}

fn decode(source: &str, raw: bool, braces: bool, faults: &mut Vec<Fault>) -> String {
    let special = |byte: u8| byte == b'\r' || byte == b'\\' && !raw || braces && matches!(byte, b'{' | b'}');
    let mut value = String::with_capacity(source.len());
    let bytes = source.as_bytes();
    let mut at = 0;
    loop {
        let plain = bytes[at..].iter().position(|&byte| special(byte)).map_or(bytes.len(), |n| at + n);
        value.push_str(&source[at..plain]);
        at = plain;
        match bytes.get(at) {
            None => return value,
            Some(b'\r') => {
                value.push('\n');
                at += if bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
            }
            Some(b'\\') => at += escape(source, at, &mut value, faults),
            Some(&brace) => {
                value.push(char::from(brace));
                at += if bytes.get(at + 1) == Some(&brace) { 2 } else { 1 };
            }
        }
    }
}

/// One escape of a str literal, at its backslash; returns its length.
fn escape(source: &str, at: usize, value: &mut String, faults: &mut Vec<Fault>) -> usize {
    let rest = &source.as_bytes()[at + 1..];
    let Some(&letter) = rest.first() else {
        value.push('\\');
        return 1;
    };
    if let Some(byte) = simple(letter) {
        value.push(char::from(byte));
        return 2;
    }
    match letter {
        b'\n' => 2,
        b'\r' => 2 + usize::from(rest.get(1) == Some(&b'\n')),
        b'0'..=b'7' => {
            let (code, len) = octal(rest);
            value.extend(char::from_u32(code));
            1 + len
        }
        b'x' => hexadecimal(source, at, 2, "\\xXX", value, faults),
        b'u' => hexadecimal(source, at, 4, "\\uXXXX", value, faults),
        b'U' => hexadecimal(source, at, 8, "\\UXXXXXXXX", value, faults),
        b'N' => {
            let len = if rest.get(1) == Some(&b'{') {
                rest.iter().position(|&byte| byte == b'}').map_or(rest.len(), |n| n + 1) + 1
            } else {
                2
            };
            faults.push(Fault {
                at,
                len,
                message: "characters by name are not supported".to_owned(),
                help: Some("write the character itself, or its code as in \"\\u00e9\""),
            });
            len
        }
        // Not an escape: the backslash stands for itself. A brace behind it is looked at afresh.
        _ => {
            value.push('\\');
            1
        }
    }
}

fn hexadecimal(
    source: &str,
    at: usize,
    width: usize,
    shape: &str,
    value: &mut String,
    faults: &mut Vec<Fault>,
) -> usize {
    let digits = &source.as_bytes()[at + 2..];
    let len = digits.iter().take(width).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let end = at + 2 + len;
    let mut fault = |message: String, help| faults.push(Fault { at, len: 2 + len, message, help });
    let intro =
        format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {at}-{}", end - 1);
    if len < width {
        fault(format!("{intro}: truncated {shape} escape"), None);
        return 2 + len;
    }
    match u32::from_str_radix(&source[at + 2..end], 16).ok().map(|code| (code, char::from_u32(code))) {
        Some((_, Some(character))) => value.push(character),
        Some((0xD800..=0xDFFF, None)) => fault(
            format!("(unicode error) '{}' is a surrogate and no character", &source[at..end]),
            Some("characters past \\uffff are written with \\U and eight digits"),
        ),
        _ => fault(format!("{intro}: illegal Unicode character"), None),
    }
    2 + len
}

/// The value of a bytes literal's text.
pub(crate) fn bytes(source: &str, raw: bool, faults: &mut Vec<Fault>) -> Vec<u8> {
    let bytes = source.as_bytes();
    let mut value = Vec::with_capacity(bytes.len());
    if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii()) {
        let len = source[at..].chars().next().map_or(1, char::len_utf8);
        let message = "bytes can only contain ASCII literal characters".to_owned();
        faults.push(Fault {
            at,
            len,
            message,
            help: Some("write its bytes as escapes, as in b\"\\xc3\\xa9\""),
        });
    }
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at + 1..];
        match (byte, rest.first()) {
            (b'\r', next) => {
                value.push(b'\n');
                at += 1 + usize::from(next == Some(&b'\n'));
            }
            (b'\\', Some(&letter)) if !raw => at += byte_escape(rest, letter, at, &mut value, faults),
            _ => {
                value.push(byte);
                at += 1;
            }
        }
    }
    value
}

/// One escape of a bytes literal; `rest` begins behind the backslash.
fn byte_escape(rest: &[u8], letter: u8, at: usize, value: &mut Vec<u8>, faults: &mut Vec<Fault>) -> usize {
    if let Some(byte) = simple(letter) {
        value.push(byte);
        return 2;
    }
    match letter {
        b'\n' => 2,
        b'\r' => 2 + usize::from(rest.get(1) == Some(&b'\n')),
        b'0'..=b'7' => {
            let (code, len) = octal(rest);
            value.push(code as u8);
            1 + len
        }
        b'x' => {
            let digits = rest[1..].iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let digit = |index: usize| char::from(rest[index]).to_digit(16).unwrap_or(0) as u8;
            if digits == 2 {
                value.push(digit(1) << 4 | digit(2));
            } else {
                let message = format!("(value error) invalid \\x escape at position {at}");
                faults.push(Fault { at, len: 2 + digits, message, help: None });
            }
            2 + digits
        }
        _ => {
            value.push(b'\\');
            1
        }
    }
}

/// Escapes of one letter that str and bytes share.
fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        _ => return None,
    })
}

/// One to three octal digits: their value and number.
fn octal(rest: &[u8]) -> (u32, usize) {
    let len = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    (rest[..len].iter().fold(0, |code, byte| code * 8 + u32::from(byte - b'0')), len)
}
