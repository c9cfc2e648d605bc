//! Upper and lower case, and what kind of characters a text has.

use super::this;
use crate::text::unicode::{
    decimal_value, is_alphanumeric, is_digit, is_letter, is_numeric, is_printable, is_space, is_title,
    push_folded, push_title,
};
use crate::value::{Gc, NativeDef, Str, Value};
use crate::vm::{Args, NativeResult, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("upper(self, /)", "The text in upper case.", upper),
    NativeDef::new("lower(self, /)", "The text in lower case.", lower),
    NativeDef::new("casefold(self, /)", "The text for comparing without regard to case.", casefold),
    NativeDef::new("swapcase(self, /)", "Upper case made lower, and lower case upper.", swapcase),
    NativeDef::new(
        "capitalize(self, /)",
        "The first character in title case, the others in lower case.",
        capitalize,
    ),
    NativeDef::new("title(self, /)", "Each word with a capital, the rest in lower case.", title),
    NativeDef::new("isalpha(self, /)", "Whether there is something and all of it is letters.", isalpha),
    NativeDef::new(
        "isdecimal(self, /)",
        "Whether there is something and all of it is decimal digits.",
        isdecimal,
    ),
    NativeDef::new("isdigit(self, /)", "Whether there is something and all of it is digits.", isdigit),
    NativeDef::new(
        "isnumeric(self, /)",
        "Whether there is something and all of it has numeric values.",
        isnumeric,
    ),
    NativeDef::new(
        "isalnum(self, /)",
        "Whether there is something and all of it is letters or digits.",
        isalnum,
    ),
    NativeDef::new("isspace(self, /)", "Whether there is something and all of it is blank.", isspace),
    NativeDef::new("isprintable(self, /)", "Whether `repr` would escape nothing.", isprintable),
    NativeDef::new("isascii(self, /)", "Whether all of it is ASCII.", isascii),
    NativeDef::new("isidentifier(self, /)", "Whether it could be a name.", isidentifier),
    NativeDef::new("islower(self, /)", "Whether there are letters with case, all of them lower.", islower),
    NativeDef::new("isupper(self, /)", "Whether there are letters with case, all of them upper.", isupper),
    NativeDef::new(
        "istitle(self, /)",
        "Whether upper case stands where words begin, and only there.",
        istitle,
    ),
];

/// Case mapping makes a text at most three times as long.
const GROWTH: usize = 3;

/// Changes a text: ASCII by bytes, anything else by a function over all of it.
fn mapped(vm: &mut Vm, args: Args<'_>, ascii: fn(&mut [u8]), other: fn(&str) -> String) -> NativeResult {
    let string = this(vm, args)?;
    vm.reserve(string.byte_len().saturating_mul(GROWTH))?;
    if string.is_ascii() {
        let mut bytes = string.bytes().to_vec();
        ascii(&mut bytes);
        if bytes == string.bytes() {
            return Ok(string.value());
        }
        return match String::from_utf8(bytes) {
            Ok(text) => vm.make_str(&text),
            Err(_) => Ok(string.value()),
        };
    }
    let text = other(string.as_str());
    super::changed(vm, string, &text)
}

fn upper(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    mapped(vm, args, <[u8]>::make_ascii_uppercase, str::to_uppercase)
}

fn lower(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    mapped(vm, args, <[u8]>::make_ascii_lowercase, str::to_lowercase)
}

fn casefold(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    mapped(vm, args, <[u8]>::make_ascii_lowercase, |text| {
        let mut out = String::with_capacity(text.len());
        text.chars().for_each(|c| push_folded(&mut out, c));
        out
    })
}

/// Maps each character by a function that gets it, whether a letter with case stands before it, and its lower
/// case, which for a sigma depends on the word around it.
fn with_lower_case(text: &str, mut f: impl FnMut(&mut String, char, bool, &str)) -> String {
    let lower = text.to_lowercase();
    let mut rest = &lower[..];
    let mut out = String::with_capacity(text.len());
    let mut follows_cased = false;
    for c in text.chars() {
        let length = c.to_lowercase().map(char::len_utf8).sum::<usize>().min(rest.len());
        let (own, others) = rest.split_at_checked(length).unwrap_or((rest, ""));
        f(&mut out, c, follows_cased, own);
        rest = others;
        follows_cased = is_cased(c);
    }
    out
}

fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || is_title(c)
}

fn swapcase(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    fn ascii(bytes: &mut [u8]) {
        for byte in bytes.iter_mut().filter(|byte| byte.is_ascii_alphabetic()) {
            *byte ^= 0x20;
        }
    }
    mapped(vm, args, ascii, |text| {
        with_lower_case(text, |out, c, _, lower| {
            if c.is_uppercase() {
                out.push_str(lower);
            } else if c.is_lowercase() {
                out.extend(c.to_uppercase());
            } else {
                out.push(c);
            }
        })
    })
}

fn capitalize(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    fn ascii(bytes: &mut [u8]) {
        bytes.make_ascii_lowercase();
        if let Some(first) = bytes.first_mut() {
            first.make_ascii_uppercase();
        }
    }
    mapped(vm, args, ascii, |text| {
        let mut first = true;
        with_lower_case(text, |out, c, _, lower| {
            if std::mem::take(&mut first) { push_title(out, c) } else { out.push_str(lower) }
        })
    })
}

fn title(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    fn ascii(bytes: &mut [u8]) {
        let mut follows_letter = false;
        for byte in bytes {
            if follows_letter {
                byte.make_ascii_lowercase();
            } else {
                byte.make_ascii_uppercase();
            }
            follows_letter = byte.is_ascii_alphabetic();
        }
    }
    mapped(vm, args, ascii, |text| {
        with_lower_case(
            text,
            |out, c, follows_cased, lower| {
                if follows_cased { out.push_str(lower) } else { push_title(out, c) }
            },
        )
    })
}

/// Whether there is a character, and all of them have a property.
fn all(vm: &mut Vm, args: Args<'_>, property: fn(char) -> bool) -> NativeResult {
    let string = this(vm, args)?;
    Ok(Value::bool(string.byte_len() > 0 && string.as_str().chars().all(property)))
}

fn isalpha(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_letter)
}

fn isdecimal(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, |c| decimal_value(c).is_some())
}

fn isdigit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_digit)
}

fn isnumeric(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_numeric)
}

fn isalnum(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_alphanumeric)
}

fn isspace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    all(vm, args, is_space)
}

fn isprintable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    Ok(Value::bool(string.as_str().chars().all(is_printable)))
}

fn isascii(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    Ok(Value::bool(string.is_ascii()))
}

fn isidentifier(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let mut chars = string.as_str().chars();
    let starts = chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    Ok(Value::bool(starts && chars.all(unicode_ident::is_xid_continue)))
}

/// Whether there is a cased character that is so, and none that is otherwise.
fn all_cased(string: Gc<Str>, wanted: fn(char) -> bool, unwanted: fn(char) -> bool) -> bool {
    let mut found = false;
    for c in string.as_str().chars() {
        if unwanted(c) || is_title(c) {
            return false;
        }
        found = found || wanted(c);
    }
    found
}

fn islower(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    Ok(Value::bool(all_cased(string, char::is_lowercase, char::is_uppercase)))
}

fn isupper(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    Ok(Value::bool(all_cased(string, char::is_uppercase, char::is_lowercase)))
}

fn istitle(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let mut found = false;
    let mut follows_cased = false;
    for c in string.as_str().chars() {
        if c.is_uppercase() || is_title(c) {
            if follows_cased {
                return Ok(Value::FALSE);
            }
            found = true;
            follows_cased = true;
        } else if c.is_lowercase() {
            if !follows_cased {
                return Ok(Value::FALSE);
            }
            found = true;
        } else {
            follows_cased = false;
        }
    }
    Ok(Value::bool(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sigma_at_the_end_of_a_word_has_its_own_lower_case() {
        let all_lower = |text| with_lower_case(text, |out, _, _, lower| out.push_str(lower));
        assert_eq!(all_lower("ΟΔΥΣΣΕΥΣ İΣ"), "οδυσσευς i\u{307}ς");
    }
}
