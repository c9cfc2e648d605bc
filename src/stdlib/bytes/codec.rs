//! Bytes to text and back: `decode`, `hex`, `fromhex`, and the encodings that Toy knows.
//!
//! What is hard is saying what is wrong with broken UTF-8 in CPython's words: how many bytes are to blame, and why.

use super::{Bytes, make};
use crate::stdlib::object::receiver;
use crate::value::{Class, Gc, NativeDef, Str, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "decode(self, encoding=\"utf-8\", errors=\"strict\")",
        "The text that the bytes encode.",
        decode,
    ),
    NativeDef::new(
        "hex(self, sep=nil, bytes_per_sep=1)",
        "The bytes as hexadecimal digits, perhaps with a separator between groups.",
        hex,
    ),
];

const FROM_HEX: NativeDef =
    NativeDef::new("fromhex(string, /)", "The bytes that hexadecimal digits say.", from_hex);

pub(super) fn install(vm: &mut Vm, class: Gc<Class>) {
    vm.add_methods(class, METHODS);
    let name = vm.heap.intern("fromhex");
    let from_hex = vm.native(&FROM_HEX);
    let _ = class.set_member(name, from_hex);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// With a signature at the beginning, if there is one.
    Utf8Signed,
    Ascii,
    Latin1,
}

/// With what some systems begin a text in UTF-8.
const SIGNATURE: &[u8] = "\u{feff}".as_bytes();

fn encoding_named(vm: &mut Vm, name: Value) -> Result<Encoding, Raised> {
    let Some(name) = name.as_str() else {
        let given = vm.type_name(name);
        return Err(vm.type_error(format!("'encoding' must be str, not {given}")));
    };
    if name.as_str().contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    let plain: String = name.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
    match &*plain.to_ascii_lowercase() {
        "utf8" | "u8" => Ok(Encoding::Utf8),
        "utf8sig" => Ok(Encoding::Utf8Signed),
        "ascii" | "usascii" => Ok(Encoding::Ascii),
        "latin1" | "iso88591" | "l1" => Ok(Encoding::Latin1),
        _ => Err(vm.error(Exc::LookupError, format!("unknown encoding: {}", name.as_str()))),
    }
}

/// The bytes of a text in an encoding; what it has no bytes for is an error.
pub(super) fn encode_text(vm: &mut Vm, text: Gc<Str>, encoding: Value) -> Result<Vec<u8>, Raised> {
    let encoding = encoding_named(vm, encoding)?;
    let (name, most) = match encoding {
        Encoding::Utf8 => return Ok(text.bytes().to_vec()),
        Encoding::Utf8Signed => return Ok([SIGNATURE, text.bytes()].concat()),
        Encoding::Ascii => ("ascii", 0x7F),
        Encoding::Latin1 => ("latin-1", 0xFF),
    };
    if let Some((i, char)) = text.as_str().chars().enumerate().find(|(_, char)| *char as u32 > most) {
        let code = char as u32;
        let escape = match code {
            0..=0xFF => format!("\\x{code:02x}"),
            0x100..=0xFFFF => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        };
        let message = format!(
            "'{name}' codec can't encode character '{escape}' in position {i}: ordinal not in range({})",
            most + 1
        );
        return Err(vm.error(Exc::UnicodeEncodeError, message));
    }
    Ok(text.as_str().chars().map(|char| char as u8).collect())
}

/// How to go on at bytes that mean nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    Strict,
    Ignore,
    Replace,
    Backslash,
}

fn errors_named(vm: &mut Vm, name: Value) -> Result<Errors, Raised> {
    let Some(name) = name.as_str() else {
        let given = vm.type_name(name);
        return Err(vm.type_error(format!("'errors' must be str, not {given}")));
    };
    match name.as_str() {
        "strict" => Ok(Errors::Strict),
        "ignore" => Ok(Errors::Ignore),
        "replace" => Ok(Errors::Replace),
        "backslashreplace" => Ok(Errors::Backslash),
        name => Err(vm.error(Exc::LookupError, format!("unknown error handler name '{name}'"))),
    }
}

fn decode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    vm.reserve(bytes.data.len())?;
    for (what, value) in [("encoding", args.given(1)), ("errors", args.given(2))] {
        if let Some(value) = value.filter(|value| value.as_str().is_none()) {
            let given = vm.type_name(value);
            return Err(vm.type_error(format!("decode() argument '{what}' must be str, not {given}")));
        }
    }
    let text = decode_text(vm, &bytes.data, args.given(1), args.given(2))?;
    Ok(vm.heap.str(&text))
}

/// The text that bytes encode; the encoding and the way with errors are strings, by default UTF-8 and strict.
fn decode_text(
    vm: &mut Vm,
    data: &[u8],
    encoding: Option<Value>,
    errors: Option<Value>,
) -> Result<String, Raised> {
    // As in CPython, what is empty needs no codec, and what has no errors no handler.
    let encoding = match encoding {
        Some(name) if !data.is_empty() => encoding_named(vm, name)?,
        _ => Encoding::Utf8,
    };
    let data = match encoding {
        Encoding::Utf8Signed => data.strip_prefix(SIGNATURE).unwrap_or(data),
        _ => data,
    };
    let mut text = String::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let (good, bad, why) = match encoding {
            Encoding::Latin1 => {
                text.extend(data[at..].iter().map(|byte| char::from(*byte)));
                break;
            }
            Encoding::Ascii => {
                let good = data[at..].iter().take_while(|byte| byte.is_ascii()).count();
                (good, 1, "ordinal not in range(128)")
            }
            Encoding::Utf8 | Encoding::Utf8Signed => valid_utf8(&data[at..]),
        };
        text.push_str(std::str::from_utf8(&data[at..at + good]).unwrap_or_default());
        at += good;
        if at >= data.len() {
            break;
        }
        let bad = &data[at..(at + bad).min(data.len())];
        let errors = match errors {
            Some(name) => errors_named(vm, name)?,
            None => Errors::Strict,
        };
        match errors {
            Errors::Strict => return Err(decode_error(vm, encoding, bad, at, why)),
            Errors::Ignore => {}
            Errors::Replace => text.push(char::REPLACEMENT_CHARACTER),
            Errors::Backslash => text.extend(bad.iter().map(|byte| format!("\\x{byte:02x}"))),
        }
        at += bad.len();
    }
    Ok(text)
}

/// How many bytes are UTF-8, how many behind them are to blame, and why.
fn valid_utf8(data: &[u8]) -> (usize, usize, &'static str) {
    let Err(error) = std::str::from_utf8(data) else { return (data.len(), 0, "") };
    let good = error.valid_up_to();
    match (error.error_len(), data.get(good)) {
        (None, _) => (good, data.len() - good, "unexpected end of data"),
        (Some(len), Some(0xC2..=0xF4)) => (good, len, "invalid continuation byte"),
        (Some(len), _) => (good, len, "invalid start byte"),
    }
}

#[cold]
fn decode_error(vm: &mut Vm, encoding: Encoding, bad: &[u8], at: usize, why: &str) -> Raised {
    let name = if encoding == Encoding::Ascii { "ascii" } else { "utf-8" };
    let place = match bad {
        [byte] => format!("byte 0x{byte:02x} in position {at}"),
        _ => format!("bytes in position {at}-{}", at + bad.len() - 1),
    };
    vm.error(Exc::UnicodeDecodeError, format!("'{name}' codec can't decode {place}: {why}"))
}

/// Of bytes, a separator, and how many bytes make a group; also `binascii.hexlify`.
pub(in crate::stdlib) fn hex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let separator = match args.given(1) {
        None => String::new(),
        Some(sep) => match (sep.as_str(), sep.as_object::<Bytes>()) {
            (Some(text), _) => text.as_str().to_string(),
            (_, Some(bytes)) => bytes.data.iter().map(|byte| char::from(*byte)).collect(),
            _ => return Err(vm.type_error("sep must be str or bytes.")),
        },
    };
    if args.given(1).is_some() && separator.chars().count() != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let group = match args.given(2) {
        Some(group) => vm.expect_index(group)?,
        None => 1,
    };
    let len = bytes.data.len();
    vm.reserve(len.saturating_mul(3))?;
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    let mut text = String::with_capacity(len * 2);
    for (i, byte) in bytes.data.iter().enumerate() {
        // Groups are counted from the end, or from the start if the number is negative.
        let from = if group > 0 { len - i } else { i };
        if size > 0 && i > 0 && from.is_multiple_of(size) {
            text.push_str(&separator);
        }
        text.extend(
            [byte >> 4, byte & 15].iter().filter_map(|digit| char::from_digit(u32::from(*digit), 16)),
        );
    }
    Ok(vm.heap.str(&text))
}

fn from_hex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(text) = args.at(0).as_str() else {
        let name = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("fromhex() argument must be str, not {name}")));
    };
    let digits = text.bytes();
    if let Some(place) = text.as_str().chars().position(|c| !c.is_ascii()) {
        let message = format!("non-hexadecimal number found in fromhex() arg at position {place}");
        return Err(vm.value_error(message));
    }
    let mut data = Vec::with_capacity(digits.len() / 2);
    let mut i = 0;
    while i < digits.len() {
        if super::is_space(digits[i]) {
            i += 1;
            continue;
        }
        for place in [i, i + 1] {
            if !digits.get(place).is_some_and(u8::is_ascii_hexdigit) {
                let place = text.char_index(place.min(digits.len()));
                let message = format!("non-hexadecimal number found in fromhex() arg at position {place}");
                return Err(vm.value_error(message));
            }
        }
        let digit = |i: usize| char::from(digits[i]).to_digit(16).unwrap_or(0) as u8;
        data.push(digit(i) << 4 | digit(i + 1));
        i += 2;
    }
    make(vm, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_utf8_is_blamed_as_python_does() {
        assert_eq!(valid_utf8(b"\xff"), (0, 1, "invalid start byte"));
        assert_eq!(valid_utf8(b"a\x80b"), (1, 1, "invalid start byte"));
        assert_eq!(valid_utf8(b"a\xe2\x82"), (1, 2, "unexpected end of data"));
        assert_eq!(valid_utf8(b"a\xe2a"), (1, 1, "invalid continuation byte"));
        assert_eq!(valid_utf8(b"\xf0\x9f\x98a"), (0, 3, "invalid continuation byte"));
        assert_eq!(valid_utf8(b"\xc0\x80"), (0, 1, "invalid start byte"));
        assert_eq!(valid_utf8(b"\xed\xa0\x80"), (0, 1, "invalid continuation byte"));
    }
}
