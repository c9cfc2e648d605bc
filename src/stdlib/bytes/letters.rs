//! The methods of `bytes` that treat them as ASCII letters: case, kinds, stripping and filling.

use super::{Bytes, expect_bytes, is_space, make};
use crate::stdlib::object::receiver;
use crate::value::{Class, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

const METHODS: &[NativeDef] = &[
    NativeDef::new("capitalize(self, /)", "The first letter large, the others small.", capitalize),
    NativeDef::new("center(self, width, fillchar=nil, /)", "The bytes in the middle of a field.", center),
    NativeDef::new("expandtabs(self, tabsize=8)", "With blanks in the place of tabs.", expand_tabs),
    NativeDef::new("isalnum(self, /)", "Whether all are letters or digits.", is_alnum),
    NativeDef::new("isalpha(self, /)", "Whether all are letters.", is_alpha),
    NativeDef::new("isascii(self, /)", "Whether all are below 128.", is_ascii),
    NativeDef::new("isdigit(self, /)", "Whether all are digits.", is_digit),
    NativeDef::new("islower(self, /)", "Whether there are letters, none of them large.", is_lower),
    NativeDef::new("isspace(self, /)", "Whether all are white space.", is_all_space),
    NativeDef::new("istitle(self, /)", "Whether each word starts with its only large letter.", is_title),
    NativeDef::new("isupper(self, /)", "Whether there are letters, none of them small.", is_upper),
    NativeDef::new("ljust(self, width, fillchar=nil, /)", "The bytes at the left of a field.", ljust),
    NativeDef::new("lower(self, /)", "All letters small.", lower),
    NativeDef::new(
        "lstrip(self, bytes=nil, /)",
        "The bytes without white space, or these bytes, at the start.",
        lstrip,
    ),
    NativeDef::new("rjust(self, width, fillchar=nil, /)", "The bytes at the right of a field.", rjust),
    NativeDef::new(
        "rstrip(self, bytes=nil, /)",
        "The bytes without white space, or these bytes, at the end.",
        rstrip,
    ),
    NativeDef::new(
        "strip(self, bytes=nil, /)",
        "The bytes without white space, or these bytes, at both ends.",
        strip,
    ),
    NativeDef::new("swapcase(self, /)", "Large letters small and small ones large.", swapcase),
    NativeDef::new("title(self, /)", "The first letter of each word large, the others small.", title),
    NativeDef::new(
        "translate(self, table, /, delete=nil)",
        "Each byte replaced by what stands in its place in the table, those to delete left out.",
        translate,
    ),
    NativeDef::new("upper(self, /)", "All letters large.", upper),
    NativeDef::new(
        "zfill(self, width, /)",
        "The bytes with zeros between their sign and their digits.",
        zfill,
    ),
];

const MAKE_TRANS: NativeDef = NativeDef::new(
    "maketrans(frm, to, /)",
    "A table for `translate`: each byte to the one in its place.",
    make_trans,
);

pub(super) fn install(vm: &mut Vm, class: Gc<Class>) {
    vm.add_methods(class, METHODS);
    let make_table = vm.native(&MAKE_TRANS);
    let name = vm.heap.intern(MAKE_TRANS.name());
    let _ = class.set_member(name, make_table);
}

fn map(vm: &mut Vm, args: Args<'_>, f: impl FnMut(u8) -> u8) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    vm.reserve(bytes.data.len())?;
    let data = bytes.data.iter().copied().map(f).collect();
    make(vm, data)
}

fn lower(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    map(vm, args, |b| b.to_ascii_lowercase())
}

fn upper(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    map(vm, args, |b| b.to_ascii_uppercase())
}

fn swapcase(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    map(vm, args, |b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b })
}

fn capitalize(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut first = true;
    map(vm, args, |b| {
        if std::mem::replace(&mut first, false) { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }
    })
}

fn title(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut within = false;
    map(vm, args, |b| {
        let start = !std::mem::replace(&mut within, b.is_ascii_alphabetic());
        if start { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }
    })
}

fn make_trans(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (expect_bytes(vm, args.at(0))?, expect_bytes(vm, args.at(1))?);
    if from.data.len() != to.data.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=u8::MAX).collect();
    for (from, to) in from.data.iter().zip(to.data.iter()) {
        table[usize::from(*from)] = *to;
    }
    make(vm, table)
}

fn is_title(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let (mut within, mut found) = (false, false);
    for &b in bytes.data.iter() {
        if if within { b.is_ascii_uppercase() } else { b.is_ascii_lowercase() } {
            return Ok(Value::bool(false));
        }
        within = b.is_ascii_alphabetic();
        found |= within;
    }
    Ok(Value::bool(found))
}

fn expand_tabs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let size = match args.given(1) {
        Some(size) => usize::try_from(vm.expect_index(size)?).unwrap_or(0),
        None => 8,
    };
    let tabs = bytes.data.iter().filter(|b| **b == b'\t').count();
    vm.reserve(tabs.saturating_mul(size).saturating_add(bytes.data.len()))?;
    let (mut out, mut column) = (Vec::with_capacity(bytes.data.len()), 0);
    for &b in bytes.data.iter() {
        let blanks = if size == 0 { 0 } else { size - column % size };
        match b {
            b'\t' => {
                out.extend(std::iter::repeat_n(b' ', blanks));
                column += blanks;
            }
            b'\n' | b'\r' => {
                out.push(b);
                column = 0;
            }
            _ => {
                out.push(b);
                column += 1;
            }
        }
    }
    make(vm, out)
}

fn all(vm: &mut Vm, args: Args<'_>, test: fn(u8) -> bool) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    Ok(Value::bool(!bytes.data.is_empty() && bytes.data.iter().all(|b| test(*b))))
}

fn is_alnum(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, |b| b.is_ascii_alphanumeric())
}

fn is_alpha(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, |b| b.is_ascii_alphabetic())
}

fn is_digit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, |b| b.is_ascii_digit())
}

fn is_all_space(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_space)
}

fn is_ascii(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    Ok(Value::bool(bytes.data.is_ascii()))
}

fn one_case(vm: &mut Vm, args: Args<'_>, wanted: fn(&u8) -> bool, other: fn(&u8) -> bool) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    Ok(Value::bool(bytes.data.iter().any(wanted) && !bytes.data.iter().any(other)))
}

fn is_lower(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    one_case(vm, args, u8::is_ascii_lowercase, u8::is_ascii_uppercase)
}

fn is_upper(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    one_case(vm, args, u8::is_ascii_uppercase, u8::is_ascii_lowercase)
}

fn strip_ends(vm: &mut Vm, args: Args<'_>, left: bool, right: bool) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let set = match args.or_nil(1) {
        Value::NIL => None,
        set => Some(expect_bytes(vm, set)?),
    };
    let kept = |b: &u8| match set {
        Some(set) => !set.data.contains(b),
        None => !is_space(*b),
    };
    let len = bytes.data.len();
    let start = if left { bytes.data.iter().position(kept).unwrap_or(len) } else { 0 };
    let end = if right { bytes.data.iter().rposition(kept).map_or(start, |i| i + 1) } else { len };
    make(vm, bytes.data[start..end.max(start)].to_vec())
}

fn strip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    strip_ends(vm, args, true, true)
}

fn lstrip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    strip_ends(vm, args, true, false)
}

fn rstrip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    strip_ends(vm, args, false, true)
}

/// How many bytes are missing to a width; the memory for them is asked for.
fn missing(vm: &mut Vm, args: Args<'_>, len: usize) -> Result<usize, Raised> {
    let width = vm.expect_index(args.at(1))?;
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(len);
    vm.reserve(missing)?;
    Ok(missing)
}

fn pad(vm: &mut Vm, args: Args<'_>, name: &str, left: fn(usize, usize) -> usize) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let missing = missing(vm, args, bytes.data.len())?;
    let fill = match args.given(2) {
        None => b' ',
        Some(fill) => match fill.as_object::<Bytes>().as_deref().map(|fill| &*fill.data) {
            Some([byte]) => *byte,
            _ => {
                let given = vm.type_name(fill);
                let message = format!("{name}() argument 2 must be a byte string of length 1, not {given}");
                return Err(vm.type_error(message));
            }
        },
    };
    let left = left(missing, bytes.data.len() + missing);
    let mut data = vec![fill; left];
    data.extend_from_slice(&bytes.data);
    data.resize(bytes.data.len() + missing, fill);
    make(vm, data)
}

fn ljust(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    pad(vm, args, "ljust", |_, _| 0)
}

fn rjust(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    pad(vm, args, "rjust", |missing, _| missing)
}

fn center(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // Where the halves are unequal, the left one is larger in fields of odd width, as Python has it.
    pad(vm, args, "center", |missing, width| missing / 2 + (missing & width & 1))
}

fn zfill(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let missing = missing(vm, args, bytes.data.len())?;
    let sign = usize::from(matches!(bytes.data.first(), Some(b'+' | b'-')));
    let mut data = bytes.data[..sign].to_vec();
    data.resize(sign + missing, b'0');
    data.extend_from_slice(&bytes.data[sign..]);
    make(vm, data)
}

fn translate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let table = match args.at(1) {
        Value::NIL => None,
        table => Some(expect_bytes(vm, table)?),
    };
    if table.is_some_and(|table| table.data.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let delete = match args.given(2) {
        Some(delete) => expect_bytes(vm, delete)?.data.to_vec(),
        None => Vec::new(),
    };
    let data = bytes.data.iter().filter(|b| !delete.contains(b));
    let data = data.map(|b| table.and_then(|table| table.data.get(usize::from(*b)).copied()).unwrap_or(*b));
    let data = data.collect();
    make(vm, data)
}
