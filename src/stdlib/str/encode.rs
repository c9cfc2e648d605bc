//! Text to bytes, and character by character to other text.

use super::{expect_str, this};
use crate::value::{Bytes, Dict, Gc, NativeDef, Str, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "encode(self, encoding=\"utf-8\", errors=\"strict\")",
        "The text as bytes; `errors` is what happens to characters that the encoding lacks.",
        encode,
    ),
    NativeDef::new(
        "translate(self, table, /)",
        "Each character replaced by what the table has for its code: text, another code, or nil for nothing.",
        translate,
    ),
];

pub(super) const MAKE_TRANS: NativeDef =
    NativeDef::new("maketrans(x, y=nil, z=nil, /)", "A table for `translate`.", make_trans);

/// The highest code point of an encoding, its name and Python's reason when that is passed; none for UTF-8.
fn repertoire(name: &str) -> Option<Option<(u32, &'static str, &'static str)>> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "utf8" | "u8" | "utf" | "cp65001" | "utf8sig" => Some(None),
        "ascii" | "usascii" | "646" => Some(Some((0x7F, "ascii", "ordinal not in range(128)"))),
        "latin1" | "latin" | "iso88591" | "l1" | "cp819" | "8859" => {
            Some(Some((0xFF, "latin-1", "ordinal not in range(256)")))
        }
        _ => None,
    }
}

/// Whether a text in this encoding of UTF-8 begins with a signature.
fn has_signature(encoding: &str) -> bool {
    let plain: String = encoding.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.eq_ignore_ascii_case("utf8sig")
}

fn encode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let encoding = match args.given(1) {
        Some(name) => expect_str(vm, name, "encode() argument 'encoding'")?.as_str().to_string(),
        None => "utf-8".to_string(),
    };
    let errors = match args.given(2) {
        Some(name) => expect_str(vm, name, "encode() argument 'errors'")?.as_str().to_string(),
        None => "strict".to_string(),
    };
    if encoding.contains('\0') || errors.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    let Some(repertoire) = repertoire(&encoding) else {
        return Err(vm.error(Exc::LookupError, format!("unknown encoding: {encoding}")));
    };
    vm.reserve(string.byte_len())?;
    let data = match repertoire {
        None if has_signature(&encoding) => ["\u{feff}".as_bytes(), string.bytes()].concat(),
        Some((most, name, reason)) if !string.is_ascii() => {
            let mut data = Vec::with_capacity(string.byte_len());
            let mut chars = string.as_str().chars().enumerate().peekable();
            while let Some((i, c)) = chars.next() {
                if u32::from(c) <= most {
                    data.push(u32::from(c) as u8);
                    continue;
                }
                match errors.as_str() {
                    "ignore" => {}
                    "replace" => data.push(b'?'),
                    "xmlcharrefreplace" => data.extend(format!("&#{};", u32::from(c)).bytes()),
                    "backslashreplace" => data.extend(escaped(c).bytes()),
                    "strict" => {
                        let mut last = i;
                        while let Some((next, _)) = chars.next_if(|(_, c)| u32::from(*c) > most) {
                            last = next;
                        }
                        let place = if last == i {
                            format!("character '{}' in position {i}", escaped(c))
                        } else {
                            format!("characters in position {i}-{last}")
                        };
                        let message = format!("'{name}' codec can't encode {place}: {reason}");
                        return Err(vm.error(Exc::UnicodeEncodeError, message));
                    }
                    other => {
                        return Err(
                            vm.error(Exc::LookupError, format!("unknown error handler name '{other}'"))
                        );
                    }
                }
            }
            data
        }
        _ => string.bytes().to_vec(),
    };
    Ok(Bytes::new(&mut vm.heap, data).value())
}

fn escaped(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xFF => format!("\\x{code:02x}"),
        code @ 0x100..=0xFFFF => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

fn translate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    const UNCHECKED: usize = 1 << 20;
    let string = this(vm, args)?;
    let table = args.at(1);
    let mut out = String::with_capacity(string.byte_len());
    let mut checked = UNCHECKED;
    for (i, c) in string.as_str().chars().enumerate() {
        match mapping(vm, table, c)? {
            None => out.push(c),
            Some(Value::NIL) => {}
            Some(mapped) => {
                if let Some(text) = mapped.as_str() {
                    out.push_str(text.as_str());
                } else if let Some(int) = vm.int_of(mapped) {
                    let code =
                        int.to_i64().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32);
                    let Some(c) = code else {
                        return Err(vm.value_error("character mapping must be in range(0x110000)"));
                    };
                    out.push(c);
                } else {
                    return Err(vm.type_error("character mapping must return integer, nil or str"));
                }
            }
        }
        if out.len() > checked {
            vm.check_text(&out)?;
            checked = out.len() * 2;
        }
        if i & 0xFFF == 0xFFF {
            vm.check_interrupt()?;
        }
    }
    vm.make_str(&out)
}

/// What the table has for a character; none when it has nothing.
fn mapping(vm: &mut Vm, table: Value, c: char) -> Result<Option<Value>, Raised> {
    let key = Value::int32(u32::from(c) as i32);
    if let Some(dict) = table.as_object::<Dict>() {
        return vm.dict_get(dict, key);
    }
    match vm.get_item(table, key) {
        Ok(value) => Ok(Some(value)),
        Err(raised) if vm.is_exception(raised.0, Exc::LookupError) => Ok(None),
        Err(raised) => Err(raised),
    }
}

fn make_trans(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let table = Dict::new(&mut vm.heap);
    vm.rooted(&[table.value()], |vm| match args.given(1) {
        Some(to) => table_of_strings(vm, table, args.at(0), to, args.given(2)),
        None => table_of_dict(vm, table, args.at(0)),
    })?;
    Ok(table.value())
}

fn code_of(c: char) -> Value {
    Value::int32(u32::from(c) as i32)
}

fn table_of_strings(
    vm: &mut Vm,
    table: Gc<Dict>,
    from: Value,
    to: Value,
    delete: Option<Value>,
) -> Result<(), Raised> {
    let Some(from) = from.as_str() else {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    let to = expect_str(vm, to, "maketrans() argument 2")?;
    if from.chars() != to.chars() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.as_str().chars().zip(to.as_str().chars()) {
        vm.dict_put(table, code_of(from), code_of(to))?;
    }
    if let Some(delete) = delete {
        let delete: Gc<Str> = expect_str(vm, delete, "maketrans() argument 3")?;
        for c in delete.as_str().chars() {
            vm.dict_put(table, code_of(c), Value::NIL)?;
        }
    }
    Ok(())
}

fn table_of_dict(vm: &mut Vm, table: Gc<Dict>, source: Value) -> Result<(), Raised> {
    let Some(source) = source.as_object::<Dict>() else {
        return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    for (key, value) in source.table.items() {
        let key = if let Some(text) = key.as_str() {
            let mut chars = text.as_str().chars();
            match (chars.next(), chars.next()) {
                (Some(only), None) => code_of(only),
                _ => return Err(vm.value_error("string keys in translate table must be of length 1")),
            }
        } else if vm.int_of(key).is_some() {
            key
        } else {
            return Err(vm.type_error("keys in translate table must be strings or integers"));
        };
        vm.dict_put(table, key, value)?;
    }
    Ok(())
}
