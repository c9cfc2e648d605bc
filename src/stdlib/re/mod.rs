//! `re`: searching by patterns, on the linear-time engine of `regex-automata`.
//!
//! `translate.rs` turns Python's patterns into the engine's, `pattern.rs` has the objects that search, `matches.rs` what
//! they find, `template.rs` the texts that replace it. Here are the functions of the module, and the patterns that were
//! compiled lately.

mod matches;
mod pattern;
mod template;
mod translate;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use self::pattern::Pattern;
use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, Gc, Instance, Layout, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "re",
    doc: "Searching by patterns, in time that grows with the text and no faster. Left out: lookahead and lookbehind, \
          backreferences, atomic, possessive and conditional parts, patterns of bytes, `LOCALE` and `DEBUG`; `\\b` takes \
          marks, and no numbers but digits, for parts of words; flags are \
          ints; `$` before a last line end does not stand in the middle of a pattern that goes on to match that end.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("compile(pattern, flags=0)", "The object that searches by a pattern.", compile),
    NativeDef::new("search(pattern, string, flags=0)", "The first match, or nil.", |vm, args| {
        with_pattern(vm, args, 2, |vm, pattern| pattern::search(vm, pattern, args.at(1), None, None))
    }),
    NativeDef::new("match(pattern, string, flags=0)", "The match at the start, or nil.", |vm, args| {
        with_pattern(vm, args, 2, |vm, pattern| pattern::match_start(vm, pattern, args.at(1), None, None))
    }),
    NativeDef::new("fullmatch(pattern, string, flags=0)", "The match of the whole, or nil.", |vm, args| {
        with_pattern(vm, args, 2, |vm, pattern| pattern::match_whole(vm, pattern, args.at(1), None, None))
    }),
    NativeDef::new("findall(pattern, string, flags=0)", "The texts of all matches.", |vm, args| {
        with_pattern(vm, args, 2, |vm, pattern| pattern::find_all(vm, pattern, args.at(1), None, None))
    }),
    NativeDef::new("finditer(pattern, string, flags=0)", "An iterator over all matches.", |vm, args| {
        with_pattern(vm, args, 2, |vm, pattern| pattern::find_iter(vm, pattern, args.at(1), None, None))
    }),
    NativeDef::new(
        "split(pattern, string, maxsplit=0, flags=0)",
        "The texts between the matches, and the groups of those.",
        |vm, args| {
            with_pattern(vm, args, 3, |vm, pattern| pattern::split(vm, pattern, args.at(1), args.given(2)))
        },
    ),
    NativeDef::new(
        "sub(pattern, repl, string, count=0, flags=0)",
        "The text with something else in place of each match: a template, or what a function makes of the match.",
        |vm, args| {
            with_pattern(vm, args, 4, |vm, pattern| {
                let (text, _) = pattern::substitute(vm, pattern, args.at(1), args.at(2), args.given(3))?;
                Ok(text)
            })
        },
    ),
    NativeDef::new(
        "subn(pattern, repl, string, count=0, flags=0)",
        "As `sub`, with the number of matches.",
        |vm, args| {
            with_pattern(vm, args, 4, |vm, pattern| {
                let done = pattern::substitute(vm, pattern, args.at(1), args.at(2), args.given(3))?;
                Ok(pattern::pair(vm, done))
            })
        },
    ),
    NativeDef::new("escape(pattern)", "The pattern that matches just this text.", escape),
    NativeDef::new("purge()", "Forgets the patterns that were compiled lately.", purge),
];

const FLAGS: [(&str, &str, i64); 6] = [
    ("A", "ASCII", 256),
    ("I", "IGNORECASE", IGNORE_CASE),
    ("M", "MULTILINE", 8),
    ("S", "DOTALL", 16),
    ("U", "UNICODE", UNICODE),
    ("X", "VERBOSE", 64),
];
const IGNORE_CASE: i64 = 2;
const UNICODE: i64 = 32;

/// How many compiled patterns are remembered.
const REMEMBERED: usize = 512;

/// The classes, and the patterns that were compiled lately.
#[derive(Default)]
struct Patterns {
    pattern: Cell<Option<Gc<Class>>>,
    matches: Cell<Option<Gc<Class>>>,
    error: Cell<Option<Gc<Class>>>,
    compiled: RefCell<HashMap<(String, i64), Gc<Foreign>>>,
}

impl StdlibState for Patterns {
    fn trace(&self, tracer: &mut Tracer) {
        for class in [&self.pattern, &self.matches, &self.error].into_iter().filter_map(Cell::get) {
            tracer.mark(class.value());
        }
        for pattern in self.compiled.borrow().values() {
            tracer.mark(pattern.value());
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    for (short, long, flag) in FLAGS {
        for name in [short, long] {
            let name = vm.heap.intern(name);
            module.add_slot(name, Value::int32(flag as i32));
        }
    }
    let no_flag = vm.heap.intern("NOFLAG");
    module.add_slot(no_flag, Value::int32(0));
    let state = vm.state::<Patterns>();
    let name = vm.heap.intern("PatternError");
    let base = vm.exception_class(Exc::Exception);
    let error = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
    error.module.set(module.value());
    vm.describe(error, "A pattern with an error in it: `msg`, `pattern`, `pos`, `lineno`, `colno`.");
    state.error.set(Some(error));
    let pattern = vm.new_native_class("Pattern", pattern::METHODS);
    vm.describe(
        pattern,
        "What `compile` returns. Its attributes are `pattern`, `flags`, `groups` and `groupindex`.",
    );
    state.pattern.set(Some(pattern));
    let matches = vm.new_native_class("Match", matches::METHODS);
    vm.describe(
        matches,
        "A place where a pattern matched. Its attributes are `string`, `pos`, `endpos`, `re`, `lastindex` and `lastgroup`.",
    );
    state.matches.set(Some(matches));
    for (name, class) in [("error", error), ("PatternError", error), ("Pattern", pattern), ("Match", matches)]
    {
        let name = vm.heap.intern(name);
        module.add_slot(name, class.value());
    }
    Ok(())
}

/// `re.error`, for a place in a pattern or template.
fn pattern_error(vm: &mut Vm, source: Value, fault: &translate::Fault) -> Raised {
    let (msg, pos) = fault;
    let text = source.as_str().map_or(String::new(), |text| text.as_str().to_string());
    let before: String = text.chars().take(*pos).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |part| part.chars().count()) + 1;
    let message = if text.contains('\n') {
        format!("{msg} at position {pos} (line {line}, column {column})")
    } else {
        format!("{msg} at position {pos}")
    };
    let Some(class) = vm.state::<Patterns>().error.get() else { return vm.value_error(message) };
    let message = vm.heap.str(&message);
    let exception = vm.new_exception(class, &[message]);
    let values = [
        ("msg", vm.heap.str(msg)),
        ("pattern", source),
        ("pos", Value::len(*pos)),
        ("lineno", Value::len(line)),
        ("colno", Value::len(column)),
    ];
    for (name, value) in values {
        let name = vm.heap.intern(name);
        Instance::set(&exception, &mut vm.heap, name, value);
    }
    Raised(exception.value())
}

/// Compiles the first argument and does something with the rooted pattern; the flags are at a place.
fn with_pattern(
    vm: &mut Vm,
    args: Args<'_>,
    flags: usize,
    work: impl FnOnce(&mut Vm, Value) -> NativeResult,
) -> NativeResult {
    let pattern = compiled(vm, args.at(0), args.given(flags))?;
    vm.rooted(&[pattern], |vm| work(vm, pattern))
}

fn compile(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compiled(vm, args.at(0), args.given(1))
}

/// The pattern object for a pattern, which may be one already.
fn compiled(vm: &mut Vm, pattern: Value, flags: Option<Value>) -> NativeResult {
    let flags = match flags {
        Some(flags) => vm.expect_index(flags)?,
        None => 0,
    };
    if pattern.foreign::<Pattern>().is_some() {
        if flags != 0 {
            return Err(vm.value_error("cannot process flags argument with a compiled pattern"));
        }
        return Ok(pattern);
    }
    let Some(text) = pattern.as_str() else {
        return Err(vm.type_error("first argument must be string or compiled pattern"));
    };
    let known: i64 = FLAGS.iter().map(|(.., flag)| flag).sum();
    if flags & !known != 0 {
        return Err(vm.value_error("unknown or unsupported flags"));
    }
    if flags & 256 != 0 && flags & UNICODE != 0 {
        return Err(vm.value_error("ASCII and UNICODE flags are incompatible"));
    }
    let state = vm.state::<Patterns>();
    let key = (text.as_str().to_string(), flags);
    if let Some(found) = state.compiled.borrow().get(&key) {
        return Ok(found.value());
    }
    let modes = translate::Modes {
        ignore_case: flags & IGNORE_CASE != 0,
        multi_line: flags & 8 != 0,
        dot_all: flags & 16 != 0,
        verbose: flags & 64 != 0,
        ascii: flags & 256 != 0,
    };
    let made = match Pattern::new(pattern, modes) {
        Ok(made) => made,
        Err(fault) => return Err(pattern_error(vm, pattern, &fault)),
    };
    let Some(class) = state.pattern.get() else { return Err(vm.runtime_error("re is not set up")) };
    let object = Foreign::new(&mut vm.heap, class, made);
    let mut compiled = state.compiled.borrow_mut();
    if compiled.len() >= REMEMBERED {
        compiled.clear();
    }
    compiled.insert(key, object);
    Ok(object.value())
}

/// What means something in a pattern.
const SPECIAL: &[u8] = b"()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c";

fn escape(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if let Some(bytes) = args.at(0).as_object::<Bytes>() {
        let mut out = Vec::with_capacity(bytes.data.len());
        for byte in bytes.data.iter() {
            if SPECIAL.contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        vm.reserve(out.len())?;
        return Ok(Bytes::new(&mut vm.heap, out).value());
    }
    let Some(text) = args.at(0).as_str() else {
        let class = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {class} found")));
    };
    let mut out = String::with_capacity(text.byte_len());
    for c in text.as_str().chars() {
        if u8::try_from(c).is_ok_and(|byte| SPECIAL.contains(&byte)) {
            out.push('\\');
        }
        out.push(c);
    }
    vm.make_str(&out)
}

fn purge(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    vm.state::<Patterns>().compiled.borrow_mut().clear();
    Ok(Value::NIL)
}
