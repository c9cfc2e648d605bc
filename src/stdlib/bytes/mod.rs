//! `bytes`: the constructor, searching, splitting and joining. Text codecs and letter case are next door.

mod codec;
mod letters;

use memchr::memmem;
use num_traits::ToPrimitive;

pub(super) use codec::hex;

use super::list::search_bound;
use super::object::receiver;
use crate::value::{Bytes, Gc, List, NativeDef, Tuple, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Type, Vm};

const BYTES: NativeDef = NativeDef::new(
    "bytes(cls, source=nil, encoding=nil, errors=nil)",
    "Bytes out of an iterable of ints, a string and its encoding, or so many zeros.",
    bytes,
);

/// The most bytes that there could be, as CPython counts.
const LONGEST: usize = isize::MAX as usize - 33;

const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "count(self, sub, start=nil, end=nil, /)",
        "How often a part stands in the bytes without overlap.",
        count,
    ),
    NativeDef::new(
        "endswith(self, suffix, start=nil, end=nil, /)",
        "Whether the bytes end with others, or with one of a tuple of them.",
        ends_with,
    ),
    NativeDef::new("find(self, sub, start=nil, end=nil, /)", "The first position of a part, or -1.", find),
    NativeDef::new(
        "index(self, sub, start=nil, end=nil, /)",
        "The first position of a part, which must be there.",
        index,
    ),
    NativeDef::new("join(self, iterable, /)", "The parts with these bytes between them.", join),
    NativeDef::new(
        "partition(self, sep, /)",
        "What is before the first separator, it, and the rest.",
        partition,
    ),
    NativeDef::new(
        "removeprefix(self, prefix, /)",
        "The bytes without a prefix, if they have it.",
        remove_prefix,
    ),
    NativeDef::new(
        "removesuffix(self, suffix, /)",
        "The bytes without a suffix, if they have it.",
        remove_suffix,
    ),
    NativeDef::new(
        "replace(self, old, new, count=-1, /)",
        "The bytes with a part replaced, everywhere or so many times from the left.",
        replace,
    ),
    NativeDef::new("rfind(self, sub, start=nil, end=nil, /)", "The last position of a part, or -1.", rfind),
    NativeDef::new(
        "rindex(self, sub, start=nil, end=nil, /)",
        "The last position of a part, which must be there.",
        rindex,
    ),
    NativeDef::new(
        "rpartition(self, sep, /)",
        "What is before the last separator, it, and the rest.",
        rpartition,
    ),
    NativeDef::new(
        "rsplit(self, sep=nil, maxsplit=-1)",
        "The parts between separators, or between white space; at most so many cuts, from the right.",
        rsplit,
    ),
    NativeDef::new(
        "split(self, sep=nil, maxsplit=-1)",
        "The parts between separators, or between white space; at most so many cuts, from the left.",
        split,
    ),
    NativeDef::new("splitlines(self, keepends=false)", "The lines, perhaps with their ends.", splitlines),
    NativeDef::new(
        "startswith(self, prefix, start=nil, end=nil, /)",
        "Whether the bytes start with others, or with one of a tuple of them.",
        starts_with,
    ),
];

/// Adds `bytes` to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Bytes, &BYTES);
    let class = vm.class_for(Type::Bytes);
    vm.add_methods(class, METHODS);
    codec::install(vm, class);
    letters::install(vm, class);
    vm.add_builtin("bytes", class.value());
}

fn make(vm: &mut Vm, data: Vec<u8>) -> NativeResult {
    Ok(Bytes::new(&mut vm.heap, data).value())
}

fn bytes(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let source = args.at(1);
    if let Some(text) = source.as_str() {
        let Some(encoding) = args.given(2) else {
            return Err(vm.type_error("string argument without an encoding"));
        };
        let data = codec::encode_text(vm, text, encoding)?;
        return make(vm, data);
    }
    if args.given(2).is_some() || args.given(3).is_some() {
        return Err(vm.type_error("encoding without a string argument"));
    }
    if source.is_undef() {
        return make(vm, Vec::new());
    }
    if source.as_object::<Bytes>().is_some() {
        return Ok(source);
    }
    if vm.int_of(source).is_some() {
        let Some(count) = vm.int_of(source).and_then(|count| count.to_big().to_i64()) else {
            return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
        };
        let Ok(count) = usize::try_from(count) else { return Err(vm.value_error("negative count")) };
        if count > LONGEST {
            return Err(vm.overflow_error("byte string is too large"));
        }
        vm.reserve(count)?;
        return make(vm, vec![0; count]);
    }
    if !vm.is_iterable(source) {
        let name = vm.type_name(source);
        return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
    }
    let mut data = Vec::new();
    vm.for_each(source, |vm, item| {
        if data.len() == data.capacity() {
            vm.reserve(data.len())?;
        }
        let byte = byte_of(vm, item, "bytes must be in range(0, 256)")?;
        data.push(byte);
        Ok(true)
    })?;
    make(vm, data)
}

fn byte_of(vm: &mut Vm, value: Value, message: &str) -> Result<u8, Raised> {
    match vm.expect_int(value)? {
        Int::Small(i) => u8::try_from(i).map_err(|_| vm.value_error(message)),
        Int::Big(_) => Err(vm.value_error(message)),
    }
}

/// The bytes of an argument that must be such.
fn expect_bytes(vm: &mut Vm, value: Value) -> Result<Gc<Bytes>, Raised> {
    match value.as_object::<Bytes>() {
        Some(bytes) => Ok(bytes),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// What is looked for: bytes, or one byte as an int.
fn expect_needle(vm: &mut Vm, value: Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = value.as_object::<Bytes>() {
        return Ok(bytes.data.to_vec());
    }
    if vm.int_of(value).is_some() {
        return Ok(vec![byte_of(vm, value, "byte must be in range(0, 256)")?]);
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{name}'")))
}

/// The part of the receiver that arguments 2 and 3 cut out, and where it starts; none when it starts behind the end.
fn cut<'a>(vm: &mut Vm, data: &'a [u8], args: Args<'_>) -> Result<Option<(&'a [u8], usize)>, Raised> {
    for bound in [args.at(2), args.at(3)] {
        vm.slice_index(bound)?; // says that nil is fine as well
    }
    let start = search_bound(vm, args.at(2), 0, data.len())?;
    let end = search_bound(vm, args.at(3), data.len(), data.len())?.min(data.len());
    Ok(if start > data.len() || start > end { None } else { Some((&data[start..end], start)) })
}

type Search = fn(&[u8], &[u8]) -> Option<usize>;

fn search(vm: &mut Vm, args: Args<'_>, search: Search) -> Result<Option<usize>, Raised> {
    let bytes = receiver::<Bytes>(vm, args)?;
    let needle = expect_needle(vm, args.at(1))?;
    let part = cut(vm, &bytes.data, args)?;
    Ok(part.and_then(|(data, start)| search(data, &needle).map(|i| i + start)))
}

fn find_with(vm: &mut Vm, args: Args<'_>, by: Search) -> NativeResult {
    Ok(search(vm, args, by)?.map_or(Value::int32(-1), Value::len))
}

fn index_with(vm: &mut Vm, args: Args<'_>, by: Search) -> NativeResult {
    match search(vm, args, by)? {
        Some(i) => Ok(Value::len(i)),
        None => Err(vm.value_error("subsection not found")),
    }
}

fn find(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    find_with(vm, args, memmem::find)
}

fn rfind(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    find_with(vm, args, memmem::rfind)
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    index_with(vm, args, memmem::find)
}

fn rindex(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    index_with(vm, args, memmem::rfind)
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let needle = expect_needle(vm, args.at(1))?;
    let Some((data, _)) = cut(vm, &bytes.data, args)? else { return Ok(Value::int32(0)) };
    Ok(Value::len(match needle.is_empty() {
        true => data.len() + 1,
        false => memmem::find_iter(data, &needle).count(),
    }))
}

/// `startswith` and `endswith`: the argument may be a tuple of choices.
fn has_end(vm: &mut Vm, args: Args<'_>, name: &str, test: fn(&[u8], &[u8]) -> bool) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let window = cut(vm, &bytes.data, args)?;
    let has = |choice: Gc<Bytes>| window.is_some_and(|(data, _)| test(data, &choice.data));
    if let Some(choices) = args.at(1).as_object::<Tuple>() {
        for choice in choices.items() {
            if has(expect_bytes(vm, *choice)?) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    match args.at(1).as_object::<Bytes>() {
        Some(choice) => Ok(Value::bool(has(choice))),
        None => {
            let given = vm.type_name(args.at(1));
            Err(vm.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {given}")))
        }
    }
}

fn starts_with(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    has_end(vm, args, "startswith", |data, start| data.starts_with(start))
}

fn ends_with(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    has_end(vm, args, "endswith", |data, end| data.ends_with(end))
}

fn remove_prefix(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let prefix = expect_bytes(vm, args.at(1))?;
    let rest = bytes.data.strip_prefix(&*prefix.data).unwrap_or(&bytes.data).to_vec();
    make(vm, rest)
}

fn remove_suffix(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let suffix = expect_bytes(vm, args.at(1))?;
    let rest = bytes.data.strip_suffix(&*suffix.data).unwrap_or(&bytes.data).to_vec();
    make(vm, rest)
}

fn join(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    if !vm.is_iterable(args.at(1)) {
        return Err(vm.type_error("can only join an iterable"));
    }
    let parts = vm.list_from(args.at(1))?;
    let mut len = 0_usize;
    for i in 0..parts.items.len() {
        match parts.items.get(i).and_then(|part| part.as_object::<Bytes>()) {
            Some(part) => len = len.saturating_add(part.data.len() + bytes.data.len()),
            None => {
                let name = vm.type_name(parts.items.get(i).unwrap_or(Value::NIL));
                let message = format!("sequence item {i}: expected a bytes-like object, {name} found");
                return Err(vm.type_error(message));
            }
        }
    }
    vm.reserve_keeping(&[parts.value()], len)?;
    let parts: Vec<Gc<Bytes>> =
        parts.items.to_vec().into_iter().filter_map(|part| part.as_object()).collect();
    let parts: Vec<&[u8]> = parts.iter().map(|part| &*part.data).collect();
    let joined = parts.join(&*bytes.data);
    make(vm, joined)
}

fn separator(vm: &mut Vm, value: Value) -> Result<Gc<Bytes>, Raised> {
    let separator = expect_bytes(vm, value)?;
    if separator.data.is_empty() { Err(vm.value_error("empty separator")) } else { Ok(separator) }
}

fn partition(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let sep = separator(vm, args.at(1))?;
    match memmem::find(&bytes.data, &sep.data) {
        Some(i) => tuple_of(vm, [&bytes.data[..i], &sep.data, &bytes.data[i + sep.data.len()..]]),
        None => tuple_of(vm, [&bytes.data, b"", b""]),
    }
}

fn rpartition(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let sep = separator(vm, args.at(1))?;
    match memmem::rfind(&bytes.data, &sep.data) {
        Some(i) => tuple_of(vm, [&bytes.data[..i], &sep.data, &bytes.data[i + sep.data.len()..]]),
        None => tuple_of(vm, [b"", b"", &bytes.data]),
    }
}

fn tuple_of(vm: &mut Vm, parts: [&[u8]; 3]) -> NativeResult {
    let parts = parts.map(|part| Bytes::new(&mut vm.heap, part.to_vec()).value());
    Ok(Tuple::new(&mut vm.heap, &parts).value())
}

fn list_of<'a>(vm: &mut Vm, parts: impl IntoIterator<Item = &'a [u8]>) -> NativeResult {
    let parts = parts.into_iter().map(|part| Bytes::new(&mut vm.heap, part.to_vec()).value()).collect();
    Ok(List::new(&mut vm.heap, parts).value())
}

fn replace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let (old, new) = (expect_bytes(vm, args.at(1))?, expect_bytes(vm, args.at(2))?);
    let limit = max_split(vm, args.at(3))?;
    // No more than one replacement for each byte and the end; what they add is asked for beforehand.
    let most = limit.min(bytes.data.len() / old.data.len().max(1) + 1);
    vm.reserve(bytes.data.len().saturating_add(most.saturating_mul(new.data.len())))?;
    let mut out = Vec::new();
    let mut rest = &*bytes.data;
    for _ in 0..limit {
        if old.data.is_empty() {
            out.extend_from_slice(&new.data);
            let Some((first, behind)) = rest.split_first() else { break };
            out.push(*first);
            rest = behind;
        } else {
            let Some(i) = memmem::find(rest, &old.data) else { break };
            out.extend_from_slice(&rest[..i]);
            out.extend_from_slice(&new.data);
            rest = &rest[i + old.data.len()..];
        }
    }
    out.extend_from_slice(rest);
    make(vm, out)
}

/// The limit of splits or replacements: negative means none.
fn max_split(vm: &mut Vm, value: Value) -> Result<usize, Raised> {
    if value.is_undef() {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from(vm.expect_index(value)?).unwrap_or(usize::MAX))
}

fn split(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let limit = max_split(vm, args.at(2))?;
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut rest = &*bytes.data;
    if args.or_nil(1).is_nil() {
        rest = trim_start(rest);
        while !rest.is_empty() {
            let end = rest.iter().position(|b| is_space(*b)).unwrap_or(rest.len());
            let end = if parts.len() == limit { rest.len() } else { end };
            parts.push(&rest[..end]);
            rest = trim_start(&rest[end..]);
        }
        return list_of(vm, parts);
    }
    let sep = separator(vm, args.at(1))?;
    while parts.len() < limit
        && let Some(i) = memmem::find(rest, &sep.data)
    {
        parts.push(&rest[..i]);
        rest = &rest[i + sep.data.len()..];
    }
    parts.push(rest);
    list_of(vm, parts)
}

fn rsplit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let limit = max_split(vm, args.at(2))?;
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut rest = &*bytes.data;
    if args.or_nil(1).is_nil() {
        rest = trim_end(rest);
        while !rest.is_empty() {
            let start = rest.iter().rposition(|b| is_space(*b)).map_or(0, |i| i + 1);
            let start = if parts.len() == limit { 0 } else { start };
            parts.push(&rest[start..]);
            rest = trim_end(&rest[..start]);
        }
    } else {
        let sep = separator(vm, args.at(1))?;
        while parts.len() < limit
            && let Some(i) = memmem::rfind(rest, &sep.data)
        {
            parts.push(&rest[i + sep.data.len()..]);
            rest = &rest[..i];
        }
        parts.push(rest);
    }
    parts.reverse();
    list_of(vm, parts)
}

fn trim_start(data: &[u8]) -> &[u8] {
    &data[data.iter().take_while(|b| is_space(**b)).count()..]
}

fn trim_end(data: &[u8]) -> &[u8] {
    &data[..data.iter().rposition(|b| !is_space(*b)).map_or(0, |i| i + 1)]
}

/// White space, with the vertical tab that Rust leaves out.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0B
}

fn splitlines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let bytes = receiver::<Bytes>(vm, args)?;
    let keep = vm.truth(args.given(1).unwrap_or(Value::FALSE))?;
    let mut lines: Vec<&[u8]> = Vec::new();
    let mut rest = &*bytes.data;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let behind = end + if rest[end..].starts_with(b"\r\n") { 2 } else { usize::from(end < rest.len()) };
        lines.push(if keep { &rest[..behind] } else { &rest[..end] });
        rest = &rest[behind..];
    }
    list_of(vm, lines)
}
