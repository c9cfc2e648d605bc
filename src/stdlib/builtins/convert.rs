//! From one form to another: `ord`, `chr`, `bin`, `oct`, `hex`, `repr`, `ascii` and `format`.

use crate::value::{Bytes, NativeDef, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("ascii(obj, /)", "As `repr`, with escapes for everything that is not ASCII.", ascii),
    NativeDef::new("bin(number, /)", "An int in binary digits, such as `0b101`.", bin),
    NativeDef::new("chr(i, /)", "The character with a code point.", chr),
    NativeDef::new(
        "format(value, format_spec=\"\", /)",
        "The value as text, by a format specification.",
        format,
    ),
    NativeDef::new("hex(number, /)", "An int in hexadecimal digits, such as `0xff`.", hex),
    NativeDef::new("oct(number, /)", "An int in octal digits, such as `0o17`.", oct),
    NativeDef::new("ord(c, /)", "The code point of a character.", ord),
    NativeDef::new("repr(obj, /)", "The text of a value as a program would write it.", repr),
];

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = vm.repr(args.at(0))?;
    Ok(vm.heap.str(&text))
}

fn ascii(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = vm.ascii(args.at(0))?;
    Ok(vm.heap.str(&text))
}

fn format(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = match args.given(1) {
        None => vm.format(args.at(0), "")?,
        Some(spec) => match spec.as_str() {
            Some(spec) => vm.format(args.at(0), spec.as_str())?,
            None => {
                let name = vm.type_name(spec);
                return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
            }
        },
    };
    Ok(vm.heap.str(&text))
}

fn ord(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let len = if let Some(string) = args.at(0).as_str() {
        let mut chars = string.as_str().chars();
        if let (Some(char), None) = (chars.next(), chars.next()) {
            return Ok(Value::len(char as usize));
        }
        string.chars()
    } else if let Some(bytes) = args.at(0).as_object::<Bytes>() {
        if let [byte] = *bytes.data {
            return Ok(Value::int32(i32::from(byte)));
        }
        bytes.data.len()
    } else {
        let name = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("ord() expected string of length 1, but {name} found")));
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {len} found")))
}

fn chr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let code = vm.expect_int(args.at(0))?.to_i64().and_then(|code| u32::try_from(code).ok());
    match code {
        Some(code) if code < 0x11_0000 => match char::from_u32(code) {
            Some(char) => Ok(vm.heap.str(char.encode_utf8(&mut [0; 4]))),
            // Strings are UTF-8, which has no room for halves of UTF-16's pairs.
            None => Err(vm.value_error("chr() arg is a surrogate, which a string cannot hold")),
        },
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

/// An int in digits of a radix, behind a prefix and the sign.
fn digits(vm: &mut Vm, args: Args<'_>, prefix: &str, radix: u32) -> Result<Value, Raised> {
    let int = vm.expect_int(args.at(0))?;
    let sign = if int.is_negative() { "-" } else { "" };
    let digits = match &int {
        Int::Small(i) => match radix {
            2 => format!("{:b}", i.unsigned_abs()),
            8 => format!("{:o}", i.unsigned_abs()),
            _ => format!("{:x}", i.unsigned_abs()),
        },
        Int::Big(i) => i.magnitude().to_str_radix(radix),
    };
    Ok(vm.heap.str(&format!("{sign}{prefix}{digits}")))
}

fn bin(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    digits(vm, args, "0b", 2)
}

fn oct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    digits(vm, args, "0o", 8)
}

fn hex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    digits(vm, args, "0x", 16)
}
