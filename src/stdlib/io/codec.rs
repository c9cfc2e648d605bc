//! Bytes to text and back, for text files.

/// How text is written as bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

/// What is done about what cannot be decoded or encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Errors {
    Strict,
    Ignore,
    Replace,
}

/// Which line ends are recognised and how they are translated, as Python's `newline` says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Newline {
    /// nil: any, and the program sees `\n`.
    Universal,
    /// `""`: any, as they are.
    Any,
    Lf,
    Cr,
    CrLf,
}

impl Encoding {
    /// The encoding of a name, in whatever spelling, and whether it begins with a signature.
    pub(super) fn named(name: &str) -> Option<(Encoding, bool)> {
        let plain: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "utf8" | "u8" | "utf" | "cp65001" => Some((Encoding::Utf8, false)),
            "utf8sig" => Some((Encoding::Utf8, true)),
            "ascii" | "usascii" | "646" => Some((Encoding::Ascii, false)),
            "latin1" | "latin" | "iso88591" | "l1" | "cp819" => Some((Encoding::Latin1, false)),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
        }
    }
}

impl Newline {
    /// What `\n` is written as, if as something else.
    fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }
}

/// The bytes cannot be decoded: the message of the `UnicodeDecodeError`. `offset` is where they begin.
pub(super) fn decode(
    bytes: &[u8],
    encoding: Encoding,
    errors: Errors,
    offset: usize,
) -> Result<String, String> {
    match encoding {
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Ascii => decode_ascii(bytes, errors, offset),
        Encoding::Utf8 => match (std::str::from_utf8(bytes), errors) {
            (Ok(text), _) => Ok(text.to_string()),
            (Err(error), Errors::Strict) => Err(utf8_message(bytes, error, offset)),
            (Err(_), Errors::Replace) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            (Err(_), Errors::Ignore) => Ok(bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()),
        },
    }
}

fn decode_ascii(bytes: &[u8], errors: Errors, offset: usize) -> Result<String, String> {
    let mut text = String::with_capacity(bytes.len());
    for (i, byte) in bytes.iter().enumerate() {
        match (byte.is_ascii(), errors) {
            (true, _) => text.push(char::from(*byte)),
            (false, Errors::Ignore) => {}
            (false, Errors::Replace) => text.push(char::REPLACEMENT_CHARACTER),
            (false, Errors::Strict) => {
                return Err(format!(
                    "'ascii' codec can't decode byte 0x{byte:02x} in position {}: ordinal not in range(128)",
                    offset + i
                ));
            }
        }
    }
    Ok(text)
}

fn utf8_message(bytes: &[u8], error: std::str::Utf8Error, offset: usize) -> String {
    let start = error.valid_up_to();
    let first = bytes.get(start).copied().unwrap_or(0);
    let (count, reason) = match error.error_len() {
        None => (bytes.len() - start, "unexpected end of data"),
        Some(count) if (0xC2..=0xF4).contains(&first) => (count, "invalid continuation byte"),
        Some(count) => (count, "invalid start byte"),
    };
    let at = offset + start;
    if count == 1 {
        format!("'utf-8' codec can't decode byte 0x{first:02x} in position {at}: {reason}")
    } else {
        format!("'utf-8' codec can't decode bytes in position {at}-{}: {reason}", at + count - 1)
    }
}

/// Appends a text's bytes; else the message of the `UnicodeEncodeError`.
pub(super) fn encode(
    text: &str,
    encoding: Encoding,
    errors: Errors,
    newline: Newline,
    into: &mut Vec<u8>,
) -> Result<(), String> {
    let translated = match newline.written() {
        Some(end) if text.contains('\n') => Some(text.replace('\n', end)),
        _ => None,
    };
    let text = translated.as_deref().unwrap_or(text);
    if encoding == Encoding::Utf8 || text.is_ascii() {
        into.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    let limit = if encoding == Encoding::Ascii { 0x80 } else { 0x100 };
    let before = into.len();
    for (i, c) in text.chars().enumerate() {
        match (c as u32, errors) {
            (code, _) if code < limit => into.push(code as u8),
            (_, Errors::Ignore) => {}
            (_, Errors::Replace) => into.push(b'?'),
            (_, Errors::Strict) => {
                into.truncate(before);
                return Err(encode_message(text, i, encoding, limit));
            }
        }
    }
    Ok(())
}

fn encode_message(text: &str, at: usize, encoding: Encoding, limit: u32) -> String {
    let count = text.chars().skip(at).take_while(|c| *c as u32 >= limit).count();
    let name = encoding.name();
    if count > 1 {
        let last = at + count - 1;
        return format!(
            "'{name}' codec can't encode characters in position {at}-{last}: ordinal not in range({limit})"
        );
    }
    let shown = match text.chars().nth(at).map_or(0, |c| c as u32) {
        code if code < 0x100 => format!("\\x{code:02x}"),
        code if code < 0x10000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    format!("'{name}' codec can't encode character '{shown}' in position {at}: ordinal not in range({limit})")
}

/// What the program sees of line ends in a decoded text.
pub(super) fn translate_newlines(text: String, newline: Newline) -> String {
    if newline == Newline::Universal && text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// Where the first line of some bytes ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineEnd {
    /// Behind its line end, which is at this offset.
    At(usize),
    /// It is not in these bytes; look again from this offset when there are more.
    Beyond(usize),
}

/// Looks for the end of the first line, from an offset on; `last`: no more bytes will come.
pub(super) fn find_line_end(bytes: &[u8], from: usize, newline: Newline, last: bool) -> LineEnd {
    let rest = bytes.get(from..).unwrap_or(&[]);
    let found = match newline {
        Newline::Lf => rest.iter().position(|b| *b == b'\n').map(|i| from + i + 1),
        Newline::Cr => rest.iter().position(|b| *b == b'\r').map(|i| from + i + 1),
        Newline::CrLf => rest.windows(2).position(|pair| pair == b"\r\n").map(|i| from + i + 2),
        Newline::Universal | Newline::Any => match rest.iter().position(|b| *b == b'\n' || *b == b'\r') {
            Some(i) if rest[i] == b'\n' => Some(from + i + 1),
            Some(i) => match rest.get(i + 1) {
                Some(b'\n') => Some(from + i + 2),
                // The other half of the line end may still come.
                None if !last => return LineEnd::Beyond(from + i),
                _ => Some(from + i + 1),
            },
            None => None,
        },
    };
    match found {
        Some(end) => LineEnd::At(end),
        None if newline == Newline::CrLf && rest.last() == Some(&b'\r') => LineEnd::Beyond(bytes.len() - 1),
        None => LineEnd::Beyond(bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_errors_are_worded_as_in_python() {
        let message = |bytes: &[u8]| decode(bytes, Encoding::Utf8, Errors::Strict, 0).unwrap_err();
        assert_eq!(
            message(b"ab\xff"),
            "'utf-8' codec can't decode byte 0xff in position 2: invalid start byte"
        );
        assert_eq!(
            message(b"\xe2\x82"),
            "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data"
        );
        assert_eq!(
            message(b"\xc3("),
            "'utf-8' codec can't decode byte 0xc3 in position 0: invalid continuation byte"
        );
    }

    #[test]
    fn line_ends_may_be_cut_in_two() {
        assert_eq!(find_line_end(b"ab\r", 0, Newline::Universal, false), LineEnd::Beyond(2));
        assert_eq!(find_line_end(b"ab\r", 0, Newline::Universal, true), LineEnd::At(3));
        assert_eq!(find_line_end(b"ab\r\nc", 2, Newline::Universal, false), LineEnd::At(4));
        assert_eq!(find_line_end(b"ab\r\nc", 0, Newline::Lf, false), LineEnd::At(4));
        assert_eq!(find_line_end(b"ab\nc\r", 0, Newline::CrLf, false), LineEnd::Beyond(4));
    }

    #[test]
    fn what_an_encoding_lacks_is_named() {
        let mut bytes = Vec::new();
        let error = encode("n€", Encoding::Latin1, Errors::Strict, Newline::Lf, &mut bytes).unwrap_err();
        assert_eq!(
            error,
            "'latin-1' codec can't encode character '\\u20ac' in position 1: ordinal not in range(256)"
        );
        assert!(bytes.is_empty());
    }
}
