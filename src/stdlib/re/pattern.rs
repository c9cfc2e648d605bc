//! Pattern objects: compiled patterns, and all that is done with them.
//!
//! What is hard: `$` also stands before a line end that ends the text, which the engine does not know. Where that
//! matters, the search is made twice, with and without that line end, and the earlier and longer match counts. And after
//! an empty match the next one may be empty only further on.

use std::cell::{Cell, OnceCell};
use std::fmt::Write;

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::{Anchored, Input};

use super::translate::{Fault, Modes, translate};
use super::{FLAGS, UNICODE, matches, template};
use crate::heap::Tracer;
use crate::text::quote::repr_str;
use crate::value::{Dict, Foreign, ForeignData, Gc, Iter, List, NativeDef, NativeIter, Str, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("search(self, string, pos=0, endpos=nil)", "The first match, or nil.", |vm, args| {
        search(vm, args.at(0), args.at(1), args.given(2), args.given(3))
    }),
    NativeDef::new(
        "match(self, string, pos=0, endpos=nil)",
        "The match at the start, or nil.",
        |vm, args| match_start(vm, args.at(0), args.at(1), args.given(2), args.given(3)),
    ),
    NativeDef::new(
        "fullmatch(self, string, pos=0, endpos=nil)",
        "The match of the whole, or nil.",
        |vm, args| match_whole(vm, args.at(0), args.at(1), args.given(2), args.given(3)),
    ),
    NativeDef::new("findall(self, string, pos=0, endpos=nil)", "The texts of all matches.", |vm, args| {
        find_all(vm, args.at(0), args.at(1), args.given(2), args.given(3))
    }),
    NativeDef::new(
        "finditer(self, string, pos=0, endpos=nil)",
        "An iterator over all matches.",
        |vm, args| find_iter(vm, args.at(0), args.at(1), args.given(2), args.given(3)),
    ),
    NativeDef::new("split(self, string, maxsplit=0)", "The texts between the matches.", |vm, args| {
        split(vm, args.at(0), args.at(1), args.given(2))
    }),
    NativeDef::new("sub(self, repl, string, count=0)", "The text with the matches replaced.", |vm, args| {
        Ok(substitute(vm, args.at(0), args.at(1), args.at(2), args.given(3))?.0)
    }),
    NativeDef::new(
        "subn(self, repl, string, count=0)",
        "As `sub`, with the number of matches.",
        |vm, args| {
            let done = substitute(vm, args.at(0), args.at(1), args.at(2), args.given(3))?;
            Ok(pair(vm, done))
        },
    ),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

/// Where the groups of a match are, in bytes; the whole match first.
pub(super) type Spans = Vec<Option<(usize, usize)>>;

pub(super) struct Pattern {
    source: Value,
    flags: i64,
    engine: Regex,
    /// The pattern with the end of the text behind it, for `fullmatch`.
    whole: OnceCell<Option<Regex>>,
    text: String,
    has_end: bool,
    pub names: Vec<Option<String>>,
    /// The numbers of the groups in the order of their ends.
    ends: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Search,
    Start,
    Whole,
}

fn build(text: &str) -> Result<Regex, Box<BuildError>> {
    let config = Config::new().nfa_size_limit(Some(1 << 25)).hybrid_cache_capacity(1 << 22);
    Regex::builder().configure(config).build(text).map_err(Box::new)
}

impl Pattern {
    /// Compiles a pattern, a string.
    pub fn new(source: Value, modes: Modes) -> Result<Pattern, Fault> {
        let text = source.as_str().map_or(String::new(), |text| text.as_str().to_string());
        let translated = translate(&text, modes)?;
        let engine = build(&translated.text).map_err(|_| ("pattern is too large".to_string(), 0))?;
        let modes = translated.modes;
        let mut flags = if modes.ascii { 256 } else { UNICODE };
        for (is_set, flag) in
            [(modes.ignore_case, 2), (modes.multi_line, 8), (modes.dot_all, 16), (modes.verbose, 64)]
        {
            flags |= if is_set { flag } else { 0 };
        }
        Ok(Pattern {
            source,
            flags,
            engine,
            whole: OnceCell::new(),
            text: translated.text,
            has_end: translated.has_end,
            names: translated.names,
            ends: translated.ends,
        })
    }

    pub fn group_named(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other.as_deref() == Some(name)).map(|i| i + 1)
    }

    /// The group that was completed last.
    pub fn last_group(&self, spans: &Spans) -> Option<usize> {
        let end = |group: &usize| spans.get(*group).copied().flatten().map(|(_, end)| end);
        let order = |group: &usize| self.ends.iter().position(|other| other == group);
        (1..=self.names.len()).filter(|g| end(g).is_some()).max_by_key(|g| (end(g), order(g)))
    }

    fn find(&self, text: &str, start: usize, how: How) -> Option<Spans> {
        if how == How::Whole {
            let engine = self.whole.get_or_init(|| build(&format!("(?:{})\\z", self.text)).ok()).as_ref()?;
            return spans(engine, text, start, Anchored::Yes);
        }
        let anchored = if how == How::Start { Anchored::Yes } else { Anchored::No };
        let found = spans(&self.engine, text, start, anchored);
        if !self.has_end {
            return found;
        }
        let Some(shorter) = text.strip_suffix('\n').filter(|shorter| shorter.len() >= start) else {
            return found;
        };
        let other = spans(&self.engine, shorter, start, anchored);
        // The earlier one; of two from one place the longer one.
        let rank = |spans: &Spans| {
            spans.first().copied().flatten().map(|(start, end)| (std::cmp::Reverse(start), end))
        };
        match (found, other) {
            (Some(found), Some(other)) => Some(if rank(&other) > rank(&found) { other } else { found }),
            (found, other) => found.or(other),
        }
    }

    /// The next match from a place on; where `advance`, not an empty one at that place.
    fn find_next(&self, text: &str, start: usize, advance: bool) -> Option<(usize, usize, Spans)> {
        let found = self.find(text, start, How::Search)?;
        let (from, to) = found.first().copied().flatten()?;
        if !advance || from != to || from != start {
            return Some((from, to, found));
        }
        let next = text.get(start..)?.chars().next()?;
        self.find_next(text, start + next.len_utf8(), false)
    }
}

fn spans(engine: &Regex, text: &str, start: usize, anchored: Anchored) -> Option<Spans> {
    let input = Input::new(text).range(start..).anchored(anchored);
    let mut captures = engine.create_captures();
    engine.search_captures(&input, &mut captures);
    captures.is_match().then(|| captures.iter().map(|span| span.map(|span| (span.start, span.end))).collect())
}

impl ForeignData for Pattern {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.source);
    }

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }

    fn bytes(&self) -> usize {
        self.engine.memory_usage()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        Some(match name {
            "pattern" => self.source,
            "flags" => vm.heap.int(self.flags),
            "groups" => Value::len(self.names.len()),
            "groupindex" => {
                let dict = Dict::new(&mut vm.heap);
                for (i, name) in self.names.iter().enumerate() {
                    if let Some(name) = name {
                        dict.table.put_str(vm.heap.intern(name), Value::len(i + 1));
                    }
                }
                dict.value()
            }
            _ => return None,
        })
    }
}

fn pattern_of<'a>(vm: &mut Vm, value: Value) -> Result<&'a Pattern, Raised> {
    value.foreign::<Pattern>().ok_or_else(|| vm.type_error("a pattern is needed"))
}

/// A text that is searched.
fn subject(vm: &mut Vm, value: Value) -> Result<Gc<Str>, Raised> {
    match value.as_str() {
        Some(text) => Ok(text),
        None if value.as_object::<crate::value::Bytes>().is_some() => {
            Err(vm.type_error("cannot use a string pattern on a bytes-like object"))
        }
        None => {
            let class = vm.type_name(value);
            Err(vm.type_error(format!("expected string or bytes-like object, got '{class}'")))
        }
    }
}

/// A part of a text: code points and bytes where it begins and ends.
struct Part {
    string: Gc<Str>,
    pos: usize,
    endpos: usize,
    start: usize,
    end: usize,
}

impl Part {
    fn text(&self) -> &str {
        self.string.as_str().get(..self.end).unwrap_or("")
    }
}

fn part(vm: &mut Vm, value: Value, pos: Option<Value>, endpos: Option<Value>) -> Result<Part, Raised> {
    let string = subject(vm, value)?;
    let len = string.chars();
    let mut place = |value: Option<Value>, default: usize| match value.filter(|value| !value.is_nil()) {
        Some(value) => {
            let place = vm.expect_index(value)?;
            Ok(usize::try_from(place).unwrap_or(0).min(len))
        }
        None => Ok(default),
    };
    let (pos, endpos) = (place(pos, 0)?, place(endpos, len)?);
    let (start, end) = (string.byte_offset(pos), string.byte_offset(endpos));
    Ok(Part { string, pos, endpos, start, end })
}

type Place = Option<Value>;

fn find_one(vm: &mut Vm, pattern: Value, text: Value, pos: Place, endpos: Place, how: How) -> NativeResult {
    let part = part(vm, text, pos, endpos)?;
    let object = pattern_of(vm, pattern)?;
    if part.start > part.end {
        return Ok(Value::NIL);
    }
    match object.find(part.text(), part.start, how) {
        Some(spans) => matches::make(vm, pattern, part.string, spans, part.pos, part.endpos),
        None => Ok(Value::NIL),
    }
}

pub(super) fn search(vm: &mut Vm, pattern: Value, text: Value, pos: Place, endpos: Place) -> NativeResult {
    find_one(vm, pattern, text, pos, endpos, How::Search)
}

pub(super) fn match_start(
    vm: &mut Vm,
    pattern: Value,
    text: Value,
    pos: Place,
    endpos: Place,
) -> NativeResult {
    find_one(vm, pattern, text, pos, endpos, How::Start)
}

pub(super) fn match_whole(
    vm: &mut Vm,
    pattern: Value,
    text: Value,
    pos: Place,
    endpos: Place,
) -> NativeResult {
    find_one(vm, pattern, text, pos, endpos, How::Whole)
}

/// Calls `each` for the matches, one after the other, until it is false.
fn for_each_match(
    vm: &mut Vm,
    pattern: &Pattern,
    part: &Part,
    mut each: impl FnMut(&mut Vm, usize, usize, Spans) -> Result<bool, Raised>,
) -> Result<(), Raised> {
    let mut start = part.start;
    let mut advance = false;
    let mut count: u32 = 0;
    while start <= part.end
        && let Some((from, to, spans)) = pattern.find_next(part.text(), start, advance)
    {
        if !each(vm, from, to, spans)? {
            break;
        }
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            vm.check_interrupt()?;
        }
        start = to;
        advance = from == to;
    }
    Ok(())
}

pub(super) fn find_all(vm: &mut Vm, pattern: Value, text: Value, pos: Place, endpos: Place) -> NativeResult {
    let part = part(vm, text, pos, endpos)?;
    let pattern = pattern_of(vm, pattern)?;
    let list = List::new(&mut vm.heap, Vec::new());
    vm.rooted(&[list.value()], |vm| {
        for_each_match(vm, pattern, &part, |vm, _, _, spans| {
            let mut item = |group: usize| {
                let span = spans.get(group).copied().flatten();
                vm.heap.str(span.map_or("", |(start, end)| part.text().get(start..end).unwrap_or("")))
            };
            let found = match pattern.names.len() {
                0 | 1 => item(pattern.names.len()),
                count => {
                    let items: Vec<Value> = (1..=count).map(item).collect();
                    Tuple::new(&mut vm.heap, &items).value()
                }
            };
            vm.rooted(&[found], |vm| vm.list_push(list, found))?;
            Ok(true)
        })
    })?;
    Ok(list.value())
}

struct Matches {
    pattern: Value,
    part: Part,
    start: Cell<usize>,
    advance: Cell<bool>,
}

impl NativeIter for Matches {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let pattern = pattern_of(vm, self.pattern)?;
        if self.start.get() > self.part.end {
            return Ok(None);
        }
        let Some((from, to, spans)) =
            pattern.find_next(self.part.text(), self.start.get(), self.advance.get())
        else {
            self.start.set(usize::MAX);
            return Ok(None);
        };
        self.start.set(to);
        self.advance.set(from == to);
        let Part { string, pos, endpos, .. } = self.part;
        matches::make(vm, self.pattern, string, spans, pos, endpos).map(Some)
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.pattern);
        tracer.mark(self.part.string.value());
    }

    fn class_name(&self) -> &'static str {
        "callable_iterator"
    }
}

pub(super) fn find_iter(vm: &mut Vm, pattern: Value, text: Value, pos: Place, endpos: Place) -> NativeResult {
    let part = part(vm, text, pos, endpos)?;
    let start = Cell::new(part.start);
    let matches = Matches { pattern, part, start, advance: Cell::new(false) };
    Ok(Iter::native(&mut vm.heap, matches).value())
}

/// A count argument; 0 means no limit, and what is negative nothing at all.
fn limit(vm: &mut Vm, value: Option<Value>) -> Result<usize, Raised> {
    let count = match value {
        Some(count) => vm.expect_index(count)?,
        None => 0,
    };
    Ok(if count == 0 { usize::MAX } else { usize::try_from(count).unwrap_or(0) })
}

pub(super) fn split(vm: &mut Vm, pattern: Value, text: Value, most: Option<Value>) -> NativeResult {
    let part = part(vm, text, None, None)?;
    let pattern = pattern_of(vm, pattern)?;
    let most = limit(vm, most)?;
    let list = List::new(&mut vm.heap, Vec::new());
    let mut done = 0;
    let mut count = 0;
    vm.rooted(&[list.value()], |vm| {
        let push = |vm: &mut Vm, span: Option<(usize, usize)>| {
            let text = match span {
                Some((start, end)) => vm.heap.str(part.text().get(start..end).unwrap_or("")),
                None => Value::NIL,
            };
            vm.rooted(&[text], |vm| vm.list_push(list, text))
        };
        if most > 0 {
            for_each_match(vm, pattern, &part, |vm, from, to, spans| {
                push(vm, Some((done, from)))?;
                for span in spans.iter().skip(1) {
                    push(vm, *span)?;
                }
                done = to;
                count += 1;
                Ok(count < most)
            })?;
        }
        push(vm, Some((done, part.end)))
    })?;
    Ok(list.value())
}

/// What replaces a match.
enum Replacement {
    Template(Vec<template::Part>),
    Function(Value),
}

/// The new text, and how many matches were replaced.
pub(super) fn substitute(
    vm: &mut Vm,
    pattern_value: Value,
    replacement: Value,
    text: Value,
    count: Option<Value>,
) -> Result<(Value, usize), Raised> {
    let pattern = pattern_of(vm, pattern_value)?;
    let most = limit(vm, count)?;
    let with = if replacement.as_str().is_some() {
        Replacement::Template(template::parse(vm, replacement, pattern)?)
    } else if vm.is_callable(replacement) {
        Replacement::Function(replacement)
    } else {
        // As where a template is looked up among those that are known.
        vm.hash(replacement)?;
        let class = vm.type_name(replacement);
        return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {class} found")));
    };
    let part = part(vm, text, None, None)?;
    let mut out = String::new();
    let mut done = 0;
    let mut replaced = 0;
    if most > 0 {
        for_each_match(vm, pattern, &part, |vm, from, to, spans| {
            out.push_str(part.text().get(done..from).unwrap_or(""));
            match &with {
                Replacement::Template(parts) => template::expand(&mut out, parts, part.text(), &spans),
                Replacement::Function(function) => {
                    let found = matches::make(vm, pattern_value, part.string, spans, 0, part.endpos)?;
                    let new = vm.call(*function, &[found])?;
                    match new.as_str() {
                        Some(new) => out.push_str(new.as_str()),
                        None if new.is_nil() => {}
                        None => {
                            let class = vm.type_name(new);
                            let message = format!("expected str instance, {class} found");
                            return Err(vm.type_error(message));
                        }
                    }
                }
            }
            vm.check_text(&out)?;
            done = to;
            replaced += 1;
            Ok(replaced < most)
        })?;
    }
    if replaced == 0 {
        return Ok((part.string.value(), 0));
    }
    out.push_str(part.text().get(done..).unwrap_or(""));
    Ok((vm.make_str(&out)?, replaced))
}

pub(super) fn pair(vm: &mut Vm, (text, count): (Value, usize)) -> Value {
    Tuple::new(&mut vm.heap, &[text, Value::len(count)]).value()
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let pattern = pattern_of(vm, args.at(0))?;
    let source = pattern.source.as_str().map_or(String::new(), |text| repr_str(text.as_str()));
    let mut text = format!("re.compile({source}");
    let mut is_first = true;
    for (_, name, flag) in [FLAGS[1], FLAGS[2], FLAGS[3], FLAGS[5], FLAGS[0]] {
        if pattern.flags & flag != 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}re.{name}", if is_first { ", " } else { "|" });
            is_first = false;
        }
    }
    text.push(')');
    Ok(vm.heap.str(&text))
}
