//! `base64` and `binascii`: bytes as text of few letters, and back.
//!
//! What is hard: Python's decoder of base 64 skips what is no digit, stops at the padding, and does not mind bits that
//! nothing uses. So the digits are picked out here, in Python's order and with its complaints, before the crate decodes.

use data_encoding::{BASE32, BASE32HEX, BASE64, Encoding, HEXUPPER, Specification};

use super::bytes::hex;
use crate::value::{Bytes, Class, Gc, Layout, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "base64",
    doc: "Bytes as text of 64, 32 or 16 letters, and back. Left out: base 85, and the functions for files.",
    functions: FUNCTIONS,
    setup: None,
};

pub const BINASCII: NativeModule = NativeModule {
    name: "binascii",
    doc: "Bytes as text, and back. Left out: checksums, quoted-printable and uuencode.",
    functions: BINASCII_FUNCTIONS,
    setup: Some(setup_binascii),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "b64encode(s, altchars=nil)",
        "The bytes in base 64, perhaps with two other letters for `+/`.",
        b64encode,
    ),
    NativeDef::new("b64decode(s, altchars=nil, validate=false)", "The bytes that base 64 says.", b64decode),
    NativeDef::new("standard_b64encode(s)", "The bytes in base 64.", b64encode),
    NativeDef::new("standard_b64decode(s)", "The bytes that base 64 says.", b64decode),
    NativeDef::new("urlsafe_b64encode(s)", "The bytes in base 64, with `-_` for `+/`.", urlsafe_encode),
    NativeDef::new("urlsafe_b64decode(s)", "The bytes that base 64 with `-_` says.", urlsafe_decode),
    NativeDef::new("encodebytes(s)", "The bytes in base 64, in lines of 76 letters.", encode_lines),
    NativeDef::new("decodebytes(s)", "The bytes that lines of base 64 say.", decode_lines),
    NativeDef::new("b32encode(s)", "The bytes in base 32.", |vm, args| encode32(vm, args, &BASE32)),
    NativeDef::new("b32decode(s, casefold=false, map01=nil)", "The bytes that base 32 says.", b32decode),
    NativeDef::new("b32hexencode(s)", "The bytes in base 32, with the digits first.", |vm, args| {
        encode32(vm, args, &BASE32HEX)
    }),
    NativeDef::new(
        "b32hexdecode(s, casefold=false)",
        "The bytes that base 32 with the digits first says.",
        |vm, args| decode32(vm, args, &BASE32HEX, None),
    ),
    NativeDef::new("b16encode(s)", "The bytes as hexadecimal digits, in capitals.", b16encode),
    NativeDef::new("b16decode(s, casefold=false)", "The bytes that hexadecimal digits say.", b16decode),
];

const BINASCII_FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "hexlify(data, sep=nil, bytes_per_sep=1)",
        "The bytes as hexadecimal digits, perhaps with a separator between groups.",
        hexlify,
    ),
    NativeDef::new("b2a_hex(data, sep=nil, bytes_per_sep=1)", "As `hexlify`.", hexlify),
    NativeDef::new("unhexlify(hexstr, /)", "The bytes that hexadecimal digits say.", unhexlify),
    NativeDef::new("a2b_hex(hexstr, /)", "As `unhexlify`.", unhexlify),
    NativeDef::new("b2a_base64(data, /, *, newline=true)", "The bytes as a line of base 64.", b2a_base64),
    NativeDef::new("a2b_base64(data, /, *, strict_mode=false)", "The bytes that base 64 says.", a2b_base64),
];

/// `binascii.Error`, a `ValueError`.
fn error_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let name = vm.heap.intern("Error");
        let base = vm.exception_class(Exc::ValueError);
        let class = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
        vm.describe(class, "Text that does not stand for bytes.");
        class
    })
}

fn error(vm: &mut Vm, message: &str) -> Raised {
    let class = error_class(vm);
    let message = vm.heap.str(message);
    Raised(vm.new_exception(class, &[message]).value())
}

fn setup_binascii(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let class = error_class(vm);
    class.module.set(module.value());
    let name = vm.heap.intern("Error");
    module.add_slot(name, class.value());
    Ok(())
}

fn make(vm: &mut Vm, data: Vec<u8>) -> NativeResult {
    Ok(Bytes::new(&mut vm.heap, data).value())
}

/// What is to be encoded: bytes. `prefix` is what the message begins with.
fn bytes_of(vm: &mut Vm, value: Value, prefix: &str) -> Result<Gc<Bytes>, Raised> {
    match value.as_object::<Bytes>() {
        Some(bytes) => Ok(bytes),
        None => {
            let class = vm.type_name(value);
            Err(vm.type_error(format!("{prefix}a bytes-like object is required, not '{class}'")))
        }
    }
}

/// What is to be decoded: bytes or ASCII text. There is room for what comes out.
fn text_of(vm: &mut Vm, value: Value) -> Result<Vec<u8>, Raised> {
    let text = if let Some(text) = value.as_str() {
        if !text.is_ascii() {
            return Err(vm.value_error("string argument should contain only ASCII characters"));
        }
        text.bytes().to_vec()
    } else if let Some(bytes) = value.as_object::<Bytes>() {
        bytes.data.to_vec()
    } else {
        let class = vm.type_name(value);
        return Err(
            vm.type_error(format!("argument should be a bytes-like object or ASCII string, not '{class}'"))
        );
    };
    vm.reserve(text.len())?;
    Ok(text)
}

fn encode(vm: &mut Vm, data: Gc<Bytes>, encoding: &Encoding) -> Result<Vec<u8>, Raised> {
    vm.reserve(data.data.len().saturating_mul(2))?;
    Ok(encoding.encode(&data.data).into_bytes())
}

// Base 64.

fn b64encode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = bytes_of(vm, args.at(0), "")?;
    let mut text = encode(vm, data, &BASE64)?;
    if let Some(letters) = alternative(vm, args)? {
        for byte in &mut text {
            match byte {
                b'+' => *byte = letters[0],
                b'/' => *byte = letters[1],
                _ => {}
            }
        }
    }
    make(vm, text)
}

/// The two other letters.
fn alternative(vm: &mut Vm, args: Args<'_>) -> Result<Option<[u8; 2]>, Raised> {
    let value = args.or_nil(1);
    if value.is_nil() {
        return Ok(None);
    }
    let letters = text_of(vm, value)?;
    match <[u8; 2]>::try_from(letters) {
        Ok(letters) => Ok(Some(letters)),
        Err(_) => Err(vm.error(Exc::AssertionError, "altchars must be two letters")),
    }
}

fn b64decode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut text = text_of(vm, args.at(0))?;
    if let Some(letters) = alternative(vm, args)? {
        replace_letters(&mut text, letters);
    }
    let is_strict = match args.given(2) {
        Some(strict) => vm.truth(strict)?,
        None => false,
    };
    let data = decode64(vm, &text, is_strict)?;
    make(vm, data)
}

fn replace_letters(text: &mut [u8], letters: [u8; 2]) {
    for byte in text {
        if *byte == letters[0] {
            *byte = b'+';
        } else if *byte == letters[1] {
            *byte = b'/';
        }
    }
}

fn urlsafe_encode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = bytes_of(vm, args.at(0), "")?;
    let text = encode(vm, data, &data_encoding::BASE64URL)?;
    make(vm, text)
}

fn urlsafe_decode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut text = text_of(vm, args.at(0))?;
    replace_letters(&mut text, *b"-_");
    let data = decode64(vm, &text, false)?;
    make(vm, data)
}

/// Decodes as Python does: see the head of the file.
fn decode64(vm: &mut Vm, text: &[u8], is_strict: bool) -> Result<Vec<u8>, Raised> {
    if is_strict && text.first() == Some(&b'=') {
        return Err(error(vm, "Leading padding not allowed"));
    }
    let mut digits = Vec::with_capacity(text.len());
    let mut pads = 0;
    let mut padding_started = false;
    let mut is_done = false;
    for (i, byte) in text.iter().copied().enumerate() {
        if byte == b'=' {
            padding_started = true;
            if digits.len() % 4 >= 2 {
                pads += 1;
                if digits.len() % 4 + pads >= 4 {
                    if is_strict && i + 1 < text.len() {
                        return Err(error(vm, "Excess data after padding"));
                    }
                    is_done = true;
                    break;
                }
            }
            continue;
        }
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/') {
            if is_strict {
                return Err(error(vm, "Only base64 data is allowed"));
            }
            continue;
        }
        if is_strict && padding_started {
            return Err(error(vm, "Discontinuous padding not allowed"));
        }
        pads = 0;
        digits.push(byte);
    }
    match digits.len() % 4 {
        1 => {
            let count = digits.len();
            return Err(error(
                vm,
                &format!(
                    "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a \
                     multiple of 4"
                ),
            ));
        }
        2 | 3 if !is_done => return Err(error(vm, "Incorrect padding")),
        _ => {}
    }
    decode_plain(vm, &digits, &BASE64)
}

/// Decodes digits without padding, whatever the bits say that nothing uses.
fn decode_plain(vm: &mut Vm, digits: &[u8], of: &Encoding) -> Result<Vec<u8>, Raised> {
    let mut specification: Specification = of.specification();
    specification.padding = None;
    specification.check_trailing_bits = false;
    let decoded = specification.encoding().ok().and_then(|encoding| encoding.decode(digits).ok());
    decoded.ok_or_else(|| error(vm, "Incorrect padding"))
}

fn encode_lines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = match args.at(0).as_object::<Bytes>() {
        Some(data) => data,
        None => {
            let class = vm.type_name(args.at(0));
            return Err(vm.type_error(format!("expected bytes-like object, not {class}")));
        }
    };
    let text = encode(vm, data, &BASE64)?;
    let mut lines = Vec::with_capacity(text.len() + text.len() / 76 + 1);
    for line in text.chunks(76) {
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    make(vm, lines)
}

fn decode_lines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(data) = args.at(0).as_object::<Bytes>() else {
        let class = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("expected bytes-like object, not {class}")));
    };
    vm.reserve(data.data.len())?;
    let data = decode64(vm, &data.data, false)?;
    make(vm, data)
}

// Base 32.

fn encode32(vm: &mut Vm, args: Args<'_>, encoding: &Encoding) -> NativeResult {
    let data = bytes_of(vm, args.at(0), "memoryview: ")?;
    let text = encode(vm, data, encoding)?;
    make(vm, text)
}

fn b32decode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let map = args.or_nil(2);
    let one = if map.is_nil() {
        None
    } else {
        let letters = text_of(vm, map)?;
        match letters[..] {
            [letter] => Some(letter),
            _ => return Err(vm.error(Exc::AssertionError, "map01 must be one letter")),
        }
    };
    decode32(vm, args, &BASE32, one)
}

/// Decodes base 32; `one` is what the digit 1 stands for, where 0 is `O`.
fn decode32(vm: &mut Vm, args: Args<'_>, encoding: &Encoding, one: Option<u8>) -> NativeResult {
    let mut text = text_of(vm, args.at(0))?;
    let fold = match args.given(1) {
        Some(fold) => vm.truth(fold)?,
        None => false,
    };
    if text.len() % 8 != 0 {
        return Err(error(vm, "Incorrect padding"));
    }
    for byte in &mut text {
        match (*byte, one) {
            (b'0', Some(_)) => *byte = b'O',
            (b'1', Some(letter)) => *byte = letter,
            _ => {}
        }
        if fold {
            byte.make_ascii_uppercase();
        }
    }
    let digits = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let alphabet = encoding.specification().symbols;
    if text[..digits].iter().any(|byte| !alphabet.as_bytes().contains(byte)) {
        return Err(error(vm, "Non-base32 digit found"));
    }
    if !matches!(text.len() - digits, 0 | 1 | 3 | 4 | 6) {
        return Err(error(vm, "Incorrect padding"));
    }
    let data = decode_plain(vm, &text[..digits], encoding)?;
    make(vm, data)
}

// Hexadecimal digits.

fn b16encode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = bytes_of(vm, args.at(0), "")?;
    let text = encode(vm, data, &HEXUPPER)?;
    make(vm, text)
}

fn b16decode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut text = text_of(vm, args.at(0))?;
    if let Some(fold) = args.given(1)
        && vm.truth(fold)?
    {
        text.make_ascii_uppercase();
    }
    if text.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b'A'..=b'F')) {
        return Err(error(vm, "Non-base16 digit found"));
    }
    from_hex(vm, &text)
}

fn from_hex(vm: &mut Vm, text: &[u8]) -> NativeResult {
    if !text.len().is_multiple_of(2) {
        return Err(error(vm, "Odd-length string"));
    }
    match data_encoding::HEXLOWER_PERMISSIVE.decode(text) {
        Ok(data) => make(vm, data),
        Err(_) => Err(error(vm, "Non-hexadecimal digit found")),
    }
}

fn hexlify(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    bytes_of(vm, args.at(0), "")?;
    let digits = hex(vm, args)?;
    let digits = digits.as_str().map_or_else(Vec::new, |digits| digits.as_str().as_bytes().to_vec());
    make(vm, digits)
}

fn unhexlify(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = text_of(vm, args.at(0))?;
    from_hex(vm, &text)
}

fn b2a_base64(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = bytes_of(vm, args.at(0), "")?;
    let mut text = encode(vm, data, &BASE64)?;
    let newline = match args.given(1) {
        Some(newline) => vm.truth(newline)?,
        None => true,
    };
    if newline {
        text.push(b'\n');
    }
    make(vm, text)
}

fn a2b_base64(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = text_of(vm, args.at(0))?;
    let is_strict = match args.given(1) {
        Some(strict) => vm.truth(strict)?,
        None => false,
    };
    let data = decode64(vm, &text, is_strict)?;
    make(vm, data)
}
