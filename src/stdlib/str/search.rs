//! Looking for parts of a text, and replacing them.

use memchr::memmem;

use super::{changed, expect_str, this};
use crate::value::{Gc, NativeDef, Str, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("find(self, sub, start=nil, end=nil, /)", "The first position of a part, or -1.", find),
    NativeDef::new("rfind(self, sub, start=nil, end=nil, /)", "The last position of a part, or -1.", rfind),
    NativeDef::new(
        "index(self, sub, start=nil, end=nil, /)",
        "The first position of a part, which must be there.",
        index,
    ),
    NativeDef::new(
        "rindex(self, sub, start=nil, end=nil, /)",
        "The last position of a part, which must be there.",
        rindex,
    ),
    NativeDef::new(
        "count(self, sub, start=nil, end=nil, /)",
        "How often a part stands in the text without overlap.",
        count,
    ),
    NativeDef::new(
        "startswith(self, prefix, start=nil, end=nil, /)",
        "Whether the text starts with a string, or with one of a tuple of them.",
        startswith,
    ),
    NativeDef::new(
        "endswith(self, suffix, start=nil, end=nil, /)",
        "Whether the text ends with a string, or with one of a tuple of them.",
        endswith,
    ),
    NativeDef::new(
        "replace(self, old, new, /, count=-1)",
        "The text with a part replaced, everywhere or so many times from the left.",
        replace,
    ),
    NativeDef::new("removeprefix(self, prefix, /)", "The text without a prefix, if it has it.", removeprefix),
    NativeDef::new("removesuffix(self, suffix, /)", "The text without a suffix, if it has it.", removesuffix),
];

/// A stretch of a text between two positions.
struct Window<'a> {
    text: &'a str,
    /// The byte offset of its start.
    offset: usize,
}

/// The stretch that the optional positions `start` and `end` of a method mean; none when it is less than empty.
fn window<'a>(
    vm: &mut Vm,
    string: &'a Gc<Str>,
    start: Value,
    end: Value,
) -> Result<Option<Window<'a>>, Raised> {
    let len = string.chars();
    let start = bound(vm, start, 0, len)?;
    let end = bound(vm, end, len, len)?.min(len);
    if start > end {
        return Ok(None);
    }
    let offset = string.byte_offset(start);
    let text = if end == len {
        &string.as_str()[offset..]
    } else {
        &string.as_str()[offset..string.byte_offset(end)]
    };
    Ok(Some(Window { text, offset }))
}

/// A position as given: counted from the end if negative.
fn bound(vm: &mut Vm, value: Value, default: usize, len: usize) -> Result<usize, Raised> {
    if value.is_nil() {
        return Ok(default);
    }
    match vm.int_of(value) {
        Some(int) => Ok(match int.to_i64() {
            Some(i) if i < 0 => len.saturating_sub(usize::try_from(i.unsigned_abs()).unwrap_or(usize::MAX)),
            Some(i) => usize::try_from(i).unwrap_or(usize::MAX),
            None if int.is_negative() => 0,
            None => usize::MAX,
        }),
        None => Err(vm.type_error("slice indices must be integers or nil")),
    }
}

/// Where a part stands, as a code point; `from` is `str::find` or `str::rfind`.
fn position(
    vm: &mut Vm,
    args: Args<'_>,
    name: &str,
    from: fn(&str, &str) -> Option<usize>,
) -> Result<Option<usize>, Raised> {
    let string = this(vm, args)?;
    let sub = expect_str(vm, args.at(1), &format!("{name}() argument 1"))?;
    let Some(window) = window(vm, &string, args.or_nil(2), args.or_nil(3))? else { return Ok(None) };
    Ok(from(window.text, sub.as_str()).map(|at| string.char_index(window.offset + at)))
}

fn first(text: &str, sub: &str) -> Option<usize> {
    text.find(sub)
}

fn last(text: &str, sub: &str) -> Option<usize> {
    text.rfind(sub)
}

fn find(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(position(vm, args, "find", first)?.map_or(Value::int32(-1), Value::len))
}

fn rfind(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(position(vm, args, "rfind", last)?.map_or(Value::int32(-1), Value::len))
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match position(vm, args, "index", first)? {
        Some(at) => Ok(Value::len(at)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn rindex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match position(vm, args, "rindex", last)? {
        Some(at) => Ok(Value::len(at)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let sub = expect_str(vm, args.at(1), "count() argument 1")?;
    let Some(window) = window(vm, &string, args.or_nil(2), args.or_nil(3))? else {
        return Ok(Value::int32(0));
    };
    Ok(Value::len(window.text.matches(sub.as_str()).count()))
}

/// Whether the text has a string, or one of a tuple, at its edge.
fn has_edge(vm: &mut Vm, args: Args<'_>, name: &str, has: fn(&str, &str) -> bool) -> NativeResult {
    let string = this(vm, args)?;
    let wanted = args.at(1);
    let window = window(vm, &string, args.or_nil(2), args.or_nil(3))?;
    let Some(tuple) = wanted.as_object::<Tuple>() else {
        let Some(edge) = wanted.as_str() else {
            let given = vm.type_name(wanted);
            return Err(vm.type_error(format!("{name} first arg must be str or a tuple of str, not {given}")));
        };
        return Ok(Value::bool(window.is_some_and(|window| has(window.text, edge.as_str()))));
    };
    for edge in tuple.items() {
        let Some(edge) = edge.as_str() else {
            let given = vm.type_name(*edge);
            return Err(vm.type_error(format!("tuple for {name} must only contain str, not {given}")));
        };
        if window.as_ref().is_some_and(|window| has(window.text, edge.as_str())) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn startswith(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    has_edge(vm, args, "startswith", |text, edge| text.starts_with(edge))
}

fn endswith(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    has_edge(vm, args, "endswith", |text, edge| text.ends_with(edge))
}

fn replace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let old = expect_str(vm, args.at(1), "replace() argument 1")?;
    let new = expect_str(vm, args.at(2), "replace() argument 2")?;
    let limit = match args.given(3) {
        Some(limit) => usize::try_from(vm.expect_index(limit)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let (text, old, new) = (string.as_str(), old.as_str(), new.as_str());
    if limit == 0 || old == new {
        return Ok(string.value());
    }
    if old.is_empty() {
        return insert_between(vm, text, new, limit);
    }
    let finder = memmem::Finder::new(old);
    let mut out = String::new();
    let mut from = 0;
    for at in finder.find_iter(text.as_bytes()).take(limit) {
        let more = at - from + new.len();
        if out.capacity() - out.len() < more {
            let capacity = (out.capacity() * 2).max(out.len() + more).max(text.len());
            vm.reserve(capacity)?;
            out.reserve_exact(capacity - out.len());
        }
        out.push_str(&text[from..at]);
        out.push_str(new);
        from = at + old.len();
    }
    if from == 0 {
        return Ok(string.value());
    }
    vm.reserve(text.len() - from)?;
    out.push_str(&text[from..]);
    vm.make_string(out)
}

/// The text with `new` in front of each character and at the end, up to `limit` times: what replacing nothing is.
fn insert_between(vm: &mut Vm, text: &str, new: &str, limit: usize) -> NativeResult {
    let places = limit.min(text.chars().count() + 1);
    vm.reserve(text.len().saturating_add(places.saturating_mul(new.len())).saturating_mul(2))?;
    let replaced = text.replacen("", new, limit);
    vm.make_string(replaced)
}

fn removeprefix(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let prefix = expect_str(vm, args.at(1), "removeprefix() argument")?;
    let text = string.as_str();
    changed(vm, string, text.strip_prefix(prefix.as_str()).unwrap_or(text))
}

fn removesuffix(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let suffix = expect_str(vm, args.at(1), "removesuffix() argument")?;
    let text = string.as_str();
    changed(vm, string, text.strip_suffix(suffix.as_str()).unwrap_or(text))
}
