//! Taking a text apart, and putting one together.

use super::{list_of, this};
use crate::text::unicode::is_space;
use crate::value::{Gc, List, NativeDef, Str, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "split(self, sep=nil, maxsplit=-1)",
        "The parts between separators, or between blanks; at most so many cuts, from the left.",
        split,
    ),
    NativeDef::new(
        "rsplit(self, sep=nil, maxsplit=-1)",
        "The parts between separators, or between blanks; at most so many cuts, from the right.",
        rsplit,
    ),
    NativeDef::new("splitlines(self, keepends=false)", "The lines, perhaps with their ends.", splitlines),
    NativeDef::new(
        "partition(self, sep, /)",
        "What is before the first separator, it, and the rest.",
        partition,
    ),
    NativeDef::new(
        "rpartition(self, sep, /)",
        "What is before the last separator, it, and the rest.",
        rpartition,
    ),
    NativeDef::new("join(self, iterable, /)", "The strings with this one between them.", join),
];

/// The separator, none for blanks, and the most cuts.
fn split_arguments(vm: &mut Vm, args: Args<'_>) -> Result<(Option<Gc<Str>>, usize), Raised> {
    let limit = match args.given(2) {
        Some(limit) => usize::try_from(vm.expect_index(limit)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let separator = args.or_nil(1);
    if separator.is_nil() {
        return Ok((None, limit));
    }
    match separator.as_str() {
        Some(separator) if separator.byte_len() == 0 => Err(vm.value_error("empty separator")),
        Some(separator) => Ok((Some(separator), limit)),
        None => {
            let name = vm.type_name(separator);
            Err(vm.type_error(format!("must be str or nil, not {name}")))
        }
    }
}

fn split(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let text = string.as_str();
    match split_arguments(vm, args)? {
        (Some(separator), usize::MAX) => list_of(vm, text.split(separator.as_str())),
        (Some(separator), limit) => list_of(vm, text.splitn(limit + 1, separator.as_str())),
        (None, usize::MAX) if string.is_ascii() => {
            list_of(vm, text.split(|c: char| is_space(c)).filter(|piece| !piece.is_empty()))
        }
        (None, mut limit) => {
            let mut rest = text.trim_start_matches(is_space);
            let pieces = std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                let end = if limit == 0 { None } else { rest.find(is_space) };
                let piece = &rest[..end.unwrap_or(rest.len())];
                limit = limit.saturating_sub(1);
                rest = rest[piece.len()..].trim_start_matches(is_space);
                Some(piece)
            });
            list_of(vm, pieces)
        }
    }
}

fn rsplit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let text = string.as_str();
    let list = match split_arguments(vm, args)? {
        (Some(separator), usize::MAX) => list_of(vm, text.rsplit(separator.as_str()))?,
        (Some(separator), limit) => list_of(vm, text.rsplitn(limit + 1, separator.as_str()))?,
        (None, mut limit) => {
            let mut rest = text.trim_end_matches(is_space);
            let pieces = std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                let before = if limit == 0 { rest } else { rest.trim_end_matches(|c: char| !is_space(c)) };
                let piece = if limit == 0 { rest } else { &rest[before.len()..] };
                rest = if limit == 0 { "" } else { before.trim_end_matches(is_space) };
                limit = limit.saturating_sub(1);
                Some(piece)
            });
            list_of(vm, pieces)?
        }
    };
    if let Some(list) = list.as_object::<List>() {
        list.items.reverse();
    }
    Ok(list)
}

/// Characters that end a line; `\r\n` is one end.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn splitlines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let keep = match args.given(1) {
        Some(keep) => vm.truth(keep)?,
        None => false,
    };
    list_of(vm, lines_of(string.as_str(), keep))
}

/// The lines of a text, with what ends them or without.
pub(in super::super) fn lines_of(text: &str, keep: bool) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        let ending = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(0, char::len_utf8) };
        let whole = &rest[..end + ending];
        rest = &rest[end + ending..];
        Some(if keep { whole } else { line })
    })
}

fn separator(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Str>, Raised> {
    match args.at(1).as_str() {
        Some(separator) if separator.byte_len() == 0 => Err(vm.value_error("empty separator")),
        Some(separator) => Ok(separator),
        None => {
            let name = vm.type_name(args.at(1));
            Err(vm.type_error(format!("must be str, not {name}")))
        }
    }
}

fn three(vm: &mut Vm, before: &str, middle: &str, after: &str) -> NativeResult {
    let parts = [before, middle, after].map(|part| vm.heap.str(part));
    Ok(Tuple::new(&mut vm.heap, &parts).value())
}

fn partition(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let separator = separator(vm, args)?;
    match string.as_str().split_once(separator.as_str()) {
        Some((before, after)) => three(vm, before, separator.as_str(), after),
        None => three(vm, string.as_str(), "", ""),
    }
}

fn rpartition(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let separator = separator(vm, args)?;
    match string.as_str().rsplit_once(separator.as_str()) {
        Some((before, after)) => three(vm, before, separator.as_str(), after),
        None => three(vm, "", "", string.as_str()),
    }
}

fn join(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let separator = this(vm, args)?;
    let iterable = args.at(1);
    if !vm.is_iterable(iterable) && !vm.is_iterator(iterable) {
        return Err(vm.type_error("can only join an iterable"));
    }
    let list = match iterable.as_object::<List>() {
        Some(list) => list,
        None => vm.list_from(iterable)?,
    };
    vm.rooted(&[list.value()], |vm| join_strings(vm, separator, list))
}

fn join_strings(vm: &mut Vm, separator: Gc<Str>, list: Gc<List>) -> NativeResult {
    if let (1, Some(only)) = (list.items.len(), list.items.first())
        && only.as_str().is_some()
    {
        return Ok(only);
    }
    // One pass, for each string is a miss of the cache. Nothing runs meanwhile that could change the list.
    let (mut out, mut chars) = (String::new(), 0);
    // One character is faster pushed than copied.
    let single = if separator.chars() == 1 { separator.as_str().chars().next() } else { None };
    for i in 0..list.items.len() {
        let item = list.items.get(i).unwrap_or(Value::NIL);
        let string = expect_item(vm, item, i)?;
        let more = separator.byte_len() + string.byte_len();
        if out.capacity() - out.len() < more {
            let capacity = (out.capacity() * 2).max(out.len() + more).max(64);
            vm.reserve(capacity)?;
            out.reserve_exact(capacity - out.len());
        }
        if i > 0 {
            match single {
                Some(separator) => out.push(separator),
                None => out.push_str(separator.as_str()),
            }
            chars += separator.chars();
        }
        out.push_str(string.as_str());
        chars += string.chars();
    }
    vm.check_text(&out)?;
    Ok(Str::owned(&mut vm.heap, out, chars).value())
}

fn expect_item(vm: &mut Vm, item: Value, i: usize) -> Result<Gc<Str>, Raised> {
    match item.as_str() {
        Some(string) => Ok(string),
        None => {
            let name = vm.type_name(item);
            Err(vm.type_error(format!("sequence item {i}: expected str instance, {name} found")))
        }
    }
}
