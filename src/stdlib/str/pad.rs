//! Bringing a text to a width, and taking blanks off its ends.

use super::{changed, this};
use crate::text::unicode::is_space;
use crate::value::{Gc, NativeDef, Str, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("ljust(self, width, fillchar=\" \", /)", "The text at the left of a field.", ljust),
    NativeDef::new("rjust(self, width, fillchar=\" \", /)", "The text at the right of a field.", rjust),
    NativeDef::new("center(self, width, fillchar=\" \", /)", "The text in the middle of a field.", center),
    NativeDef::new("zfill(self, width, /)", "The text with zeros between its sign and its digits.", zfill),
    NativeDef::new("expandtabs(self, tabsize=8)", "The text with blanks in the place of tabs.", expandtabs),
    NativeDef::new(
        "strip(self, chars=nil, /)",
        "The text without blanks, or these characters, at its ends.",
        strip,
    ),
    NativeDef::new(
        "lstrip(self, chars=nil, /)",
        "The text without blanks, or these characters, at its start.",
        lstrip,
    ),
    NativeDef::new(
        "rstrip(self, chars=nil, /)",
        "The text without blanks, or these characters, at its end.",
        rstrip,
    ),
];

/// How many characters are missing to the width that is argument 1.
fn missing(vm: &mut Vm, string: Gc<Str>, width: Value, fill: char) -> Result<usize, Raised> {
    let width = usize::try_from(vm.expect_index(width)?).unwrap_or(0);
    let missing = width.saturating_sub(string.chars());
    // The text is put together once, and copied into the string.
    vm.reserve(missing.saturating_mul(fill.len_utf8()).saturating_add(string.byte_len()).saturating_mul(2))?;
    Ok(missing)
}

fn fill_character(vm: &mut Vm, value: Option<Value>) -> Result<char, Raised> {
    let Some(value) = value else { return Ok(' ') };
    let Some(string) = value.as_str() else {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("The fill character must be a unicode character, not {name}")));
    };
    let mut chars = string.as_str().chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(vm.type_error("The fill character must be exactly one character long")),
    }
}

/// Puts the text into a field; `before` says how many of the missing characters stand before it.
fn padded(vm: &mut Vm, args: Args<'_>, before: fn(usize, usize) -> usize) -> NativeResult {
    let string = this(vm, args)?;
    let fill = fill_character(vm, args.given(2))?;
    let missing = missing(vm, string, args.at(1), fill)?;
    if missing == 0 {
        return Ok(string.value());
    }
    let before = before(missing, string.chars());
    let mut out = String::with_capacity(string.byte_len() + missing * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, before));
    out.push_str(string.as_str());
    out.extend(std::iter::repeat_n(fill, missing - before));
    vm.make_str(&out)
}

fn ljust(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    padded(vm, args, |_, _| 0)
}

fn rjust(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    padded(vm, args, |missing, _| missing)
}

fn center(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // An odd one goes left when the width is odd.
    padded(vm, args, |missing, len| missing / 2 + (missing & (missing + len) & 1))
}

fn zfill(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let missing = missing(vm, string, args.at(1), '0')?;
    if missing == 0 {
        return Ok(string.value());
    }
    let text = string.as_str();
    let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
    let mut out = String::with_capacity(text.len() + missing);
    out.push_str(sign);
    out.extend(std::iter::repeat_n('0', missing));
    out.push_str(digits);
    vm.make_str(&out)
}

fn expandtabs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let size = match args.given(1) {
        Some(size) => usize::try_from(vm.expect_index(size)?).unwrap_or(0),
        None => 8,
    };
    let text = string.as_str();
    let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
    if tabs == 0 {
        return Ok(string.value());
    }
    vm.reserve(tabs.saturating_mul(size).saturating_add(text.len()).saturating_mul(2))?;
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' if size > 0 => {
                let blanks = size - column % size;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    vm.make_str(&out)
}

/// Takes characters off the start, the end, or both.
fn stripped(vm: &mut Vm, args: Args<'_>, name: &str, start: bool, end: bool) -> NativeResult {
    let string = this(vm, args)?;
    let chars = args.or_nil(1);
    let mut text = string.as_str();
    if chars.is_nil() {
        if start {
            text = text.trim_start_matches(is_space);
        }
        if end {
            text = text.trim_end_matches(is_space);
        }
        return changed(vm, string, text);
    }
    let Some(chars) = chars.as_str() else {
        return Err(vm.type_error(format!("{name} arg must be nil or str")));
    };
    let among = |c: char| chars.as_str().contains(c);
    if start {
        text = text.trim_start_matches(among);
    }
    if end {
        text = text.trim_end_matches(among);
    }
    changed(vm, string, text)
}

fn strip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    stripped(vm, args, "strip", true, true)
}

fn lstrip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    stripped(vm, args, "lstrip", true, false)
}

fn rstrip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    stripped(vm, args, "rstrip", false, true)
}
