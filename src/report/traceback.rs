//! The text of an exception: its causes and contexts first, each with the frames that it passed through.
//!
//! What is hard: an exception's `str` is the program's code. It may raise, change the chain that is being walked, or
//! make the heap collect; so every exception and traceback that was met is rooted until the text is done, and the
//! frames are read before anything of the program runs. A chain may be long or bite its own tail, so it is walked
//! in a loop that remembers what it has seen.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::frame::{Frame, frame};
use super::lines::Lines;
use super::suggestion::suggestion;
use super::syntax_error::describe;
use crate::value::{ExceptionSlot, Instance, List, Source, TraceEntry, Traceback, Value};
use crate::vm::{Exc, Vm};

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// The same frame is shown so often in a row; after that its entries are counted.
const REPEATS: usize = 3;

/// The text of an exception as an uncaught one is reported, with a line break at its end. Runs the exceptions'
/// `str`, whatever that does.
pub fn traceback(vm: &mut Vm, exception: Value) -> String {
    let mark = vm.roots.len();
    let chain = chain(vm, exception);
    let text = worded(&chain);
    vm.roots.truncate(mark);
    text
}

/// The text of a chain.
pub(super) fn worded(chain: &[Link]) -> String {
    Wording::new(chain).chain(chain)
}

/// An exception of a chain.
pub(super) struct Link {
    /// Innermost first. What they refer to is rooted by the exception's traceback.
    pub(super) entries: Vec<TraceEntry>,
    /// Class and message.
    pub(super) description: String,
    /// What stands between the next exception of the chain, which is older and printed first, and this one.
    pub(super) follows: &'static str,
}

/// The exception, then what it came from, and so on. What is met stays on `vm.roots`.
pub(super) fn chain(vm: &mut Vm, exception: Value) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut seen = FxHashSet::default();
    let mut next = Some((exception, ""));
    while let Some((exception, follows)) = next {
        if let Some(newer) = links.last_mut() {
            newer.follows = follows;
        }
        seen.insert(exception.identity());
        vm.roots.push(exception);
        let mut entries = Vec::new();
        if let Some(traceback) = slot(vm, exception, ExceptionSlot::Traceback).as_object::<Traceback>() {
            vm.roots.push(traceback.value());
            entries = traceback.entries.to_vec();
        }
        let description = describe_exception(vm, exception) + &notes(vm, exception);
        links.push(Link { entries, description, follows: "" });
        next = origin(vm, exception).filter(|(origin, _)| !seen.contains(&origin.identity()));
    }
    links
}

/// What an exception came from, and how to say that. `raise e from nil` hides the context.
fn origin(vm: &Vm, exception: Value) -> Option<(Value, &'static str)> {
    let cause = slot(vm, exception, ExceptionSlot::Cause);
    if vm.is_exception(cause, Exc::BaseException) {
        return Some((cause, CAUSE));
    }
    let hidden = exception.as_object::<Instance>().is_some_and(|exception| exception.suppresses_context());
    let context = slot(vm, exception, ExceptionSlot::Context);
    (!hidden && vm.is_exception(context, Exc::BaseException)).then_some((context, CONTEXT))
}

fn slot(vm: &Vm, exception: Value, slot: ExceptionSlot) -> Value {
    match exception.as_object::<Instance>() {
        Some(instance) if vm.is_exception(exception, Exc::BaseException) => instance.slot(slot as usize),
        _ => Value::NIL,
    }
}

/// The lines behind the frames: `ValueError: boom`, or the class alone where there is no message.
fn describe_exception(vm: &mut Vm, exception: Value) -> String {
    if vm.is_exception(exception, Exc::SyntaxError) {
        return describe(vm, exception);
    }
    let class = vm.type_name(exception);
    match vm.str(exception) {
        Ok(text) => match text + &suggestion(vm, exception) {
            text if text.is_empty() => format!("{class}\n"),
            text => format!("{class}: {text}\n"),
        },
        Err(_) => format!("{class}: <exception str() failed>\n"),
    }
}

/// The exception's notes, each in lines of its own. The program may have made anything of the attribute.
fn notes(vm: &mut Vm, exception: Value) -> String {
    let name = vm.heap.intern("notes");
    let Ok(Some(notes)) = vm.find_attr(exception, name) else { return String::new() };
    if notes.is_nil() {
        return String::new();
    }
    vm.roots.push(notes);
    let Some(list) = notes.as_object::<List>() else {
        let text = vm.repr(notes).unwrap_or_else(|_| "<notes repr() failed>".to_string());
        return text + "\n";
    };
    let notes = list.items.to_vec();
    vm.roots.extend(&notes);
    let mut out = String::new();
    for note in notes {
        out.push_str(&vm.str(note).unwrap_or_else(|_| "<note str() failed>".to_string()));
        out.push('\n');
    }
    out
}

/// Words the frames of a chain. Each place is worded once, however often the program went through it.
struct Wording {
    sources: Vec<Rc<Source>>,
    /// By the address of a [`Source`]: its index.
    index: FxHashMap<usize, usize>,
}

impl Wording {
    fn new(chain: &[Link]) -> Wording {
        let mut wording = Wording { sources: Vec::new(), index: FxHashMap::default() };
        for entry in chain.iter().flat_map(|link| &link.entries) {
            let source = &entry.proto.source;
            wording.index.entry(Rc::as_ptr(source).addr()).or_insert_with(|| {
                wording.sources.push(source.clone());
                wording.sources.len() - 1
            });
        }
        wording
    }

    /// The oldest exception first.
    fn chain(&self, chain: &[Link]) -> String {
        let lines: Vec<Lines<'_>> = self.sources.iter().map(|source| Lines::new(&source.text)).collect();
        let mut frames =
            Frames { wording: self, lines: &lines, known: FxHashMap::default(), worded: Vec::new() };
        let mut out = String::new();
        for link in chain.iter().rev() {
            out.push_str(link.follows);
            if !link.entries.is_empty() {
                out.push_str("Traceback (most recent call last):\n");
                frames.write(&mut out, &link.entries);
            }
            out.push_str(&link.description);
        }
        out
    }
}

struct Frames<'a> {
    wording: &'a Wording,
    lines: &'a [Lines<'a>],
    /// By the address of the function's code and the place in it: the index of its wording.
    known: FxHashMap<(usize, u32), usize>,
    worded: Vec<Frame>,
}

impl Frames<'_> {
    fn write(&mut self, out: &mut String, entries: &[TraceEntry]) {
        let mut last: Option<(usize, TraceEntry)> = None;
        let mut count = 0;
        for entry in entries.iter().rev() {
            let frame = self.frame(entry);
            if !last.is_some_and(|(last_frame, last_entry)| {
                frame == last_frame
                    || (self.worded[frame].line == self.worded[last_frame].line
                        && entry.proto.code.name == last_entry.proto.code.name
                        && entry.proto.source.name == last_entry.proto.source.name)
            }) {
                write_repeats(out, count);
                last = Some((frame, *entry));
                count = 0;
            }
            count += 1;
            if count <= REPEATS {
                out.push_str(&self.worded[frame].text);
            }
        }
        write_repeats(out, count);
    }

    fn frame(&mut self, entry: &TraceEntry) -> usize {
        let proto = entry.proto;
        *self.known.entry((proto.value().identity() as usize, entry.pc)).or_insert_with(|| {
            let source = &proto.source;
            let index = self.wording.index.get(&Rc::as_ptr(source).addr()).copied().unwrap_or(0);
            let place = proto.code.place(entry.pc as usize).ok_or(proto.code.span);
            self.worded.push(frame(&self.lines[index], &source.name, &proto.code.name, place));
            self.worded.len() - 1
        })
    }
}

fn write_repeats(out: &mut String, count: usize) {
    if let Some(more @ 1..) = count.checked_sub(REPEATS) {
        let times = if more == 1 { "time" } else { "times" };
        out.push_str(&format!("  [Previous line repeated {more} more {times}]\n"));
    }
}

#[cfg(test)]
mod tests {
    use toy_grammar::ast::Span;
    use toy_grammar::diagnostic::Diagnostic;

    use super::super::syntax_error;
    use super::*;
    use crate::bytecode::code::{Code, Place};
    use crate::host::SystemHost;
    use crate::value::{Gc, Module, Proto};
    use crate::vm::{Limits, Raised};

    const TEXT: &str = "fn f(n) {\n    return f(n - 1) + 1\n}\nf(0)\n";

    fn vm() -> Vm {
        let compile = |vm: &mut Vm, name: &str, text: &str| -> Result<_, Raised> {
            Err(syntax_error(vm, name, text, &[]))
        };
        Vm::new(Box::new(SystemHost::new(|| None)), Limits::default(), compile)
    }

    /// A function of the module `m.toy` all of whose code stands for one call in [`TEXT`].
    fn proto(vm: &mut Vm, name: &str, call: &str, arguments: &str) -> Gc<Proto> {
        let start = TEXT.find(call).unwrap() as u32;
        let end = start + call.len() as u32;
        let anchor = Span::new(end - arguments.len() as u32, end);
        let places = vec![Place { pc: 0, span: Span::new(start, end), anchor }];
        let code = Rc::new(Code { name: name.into(), places, ..Code::default() });
        let source = Rc::new(Source { name: "m.toy".to_string(), text: TEXT.to_string() });
        let text = vm.heap.intern(name);
        let module = Module::new(&mut vm.heap, text, source.clone());
        Proto::new(
            &mut vm.heap,
            code,
            module,
            source,
            text,
            Box::default(),
            Box::default(),
            Box::default(),
            Box::default(),
            Box::default(),
        )
    }

    fn error(vm: &mut Vm, message: &str) -> Gc<Instance> {
        vm.value_error(message).0.as_object().unwrap()
    }

    fn pass_through(vm: &mut Vm, exception: Gc<Instance>, frames: &[Gc<Proto>]) {
        let traceback = Traceback::new(&mut vm.heap);
        for proto in frames {
            traceback.entries.push(TraceEntry { proto: *proto, pc: 0 });
        }
        exception.set_slot(ExceptionSlot::Traceback as usize, traceback.value());
    }

    #[test]
    fn frames_stand_outermost_first_and_repeated_ones_are_folded() {
        let vm = &mut vm();
        let f = proto(vm, "f", "f(n - 1)", "(n - 1)");
        let main = proto(vm, "<module>", "f(0)", "(0)");
        let exception = error(vm, "boom");
        let mut frames = vec![f; 1000];
        frames.push(main);
        pass_through(vm, exception, &frames);
        insta::assert_snapshot!(traceback(vm, exception.value()), @r#"
        Traceback (most recent call last):
          File "m.toy", line 4, in <module>
            f(0)
            ~^^^
          File "m.toy", line 2, in f
            return f(n - 1) + 1
                   ~^^^^^^^
          File "m.toy", line 2, in f
            return f(n - 1) + 1
                   ~^^^^^^^
          File "m.toy", line 2, in f
            return f(n - 1) + 1
                   ~^^^^^^^
          [Previous line repeated 997 more times]
        ValueError: boom
        "#);
        pass_through(vm, exception, &[f; 4]);
        assert!(traceback(vm, exception.value()).contains("  [Previous line repeated 1 more time]\n"));
        pass_through(vm, exception, &[f; 3]);
        assert!(!traceback(vm, exception.value()).contains("repeated"));
        pass_through(vm, exception, &[main, f, main, f, main, f, main, f]);
        assert_eq!(traceback(vm, exception.value()).matches("File").count(), 8);
    }

    #[test]
    fn an_exception_without_frames_or_message_is_a_line() {
        let vm = &mut vm();
        let exception = error(vm, "boom").value();
        assert_eq!(traceback(vm, exception), "ValueError: boom\n");
        let exception = vm.memory_error().0;
        assert_eq!(traceback(vm, exception), "MemoryError\n");
    }

    #[test]
    fn the_oldest_exception_of_a_chain_stands_first() {
        let vm = &mut vm();
        let main = proto(vm, "<module>", "f(0)", "(0)");
        let [first, second, third] = ["first", "second", "third"].map(|text| error(vm, text));
        pass_through(vm, third, &[main]);
        second.set_slot(ExceptionSlot::Context as usize, first.value());
        third.set_slot(ExceptionSlot::Cause as usize, second.value());
        third.set_slot(ExceptionSlot::Context as usize, first.value());
        insta::assert_snapshot!(traceback(vm, third.value()), @r#"
        ValueError: first

        During handling of the above exception, another exception occurred:

        ValueError: second

        The above exception was the direct cause of the following exception:

        Traceback (most recent call last):
          File "m.toy", line 4, in <module>
            f(0)
            ~^^^
        ValueError: third
        "#);
        assert!(vm.roots.is_empty());
        // `raise second from nil`
        second.suppress_context();
        assert_eq!(traceback(vm, second.value()), "ValueError: second\n");
    }

    #[test]
    fn a_chain_that_bites_its_tail_is_shown_once() {
        let vm = &mut vm();
        let [first, second] = ["first", "second"].map(|text| error(vm, text));
        first.set_slot(ExceptionSlot::Context as usize, second.value());
        second.set_slot(ExceptionSlot::Context as usize, first.value());
        assert_eq!(traceback(vm, first.value()), format!("ValueError: second\n{CONTEXT}ValueError: first\n"));
        first.set_slot(ExceptionSlot::Cause as usize, first.value());
        assert_eq!(traceback(vm, first.value()), "ValueError: first\n");
    }

    #[test]
    fn a_long_chain_needs_no_machine_stack() {
        let vm = &mut vm();
        let mut last = error(vm, "0");
        for _ in 0..200_000 {
            let next = error(vm, "n");
            next.set_slot(ExceptionSlot::Context as usize, last.value());
            last = next;
        }
        assert_eq!(traceback(vm, last.value()).matches("During").count(), 200_000);
    }

    #[test]
    fn an_error_in_an_imported_file_shows_its_place_instead_of_a_frame() {
        let vm = &mut vm();
        let text = "let x = 1\n\tlet y = = \"漢\"\n";
        let finding = Diagnostic::new("x", Span::new(19, 20), "expected an expression");
        let exception = syntax_error(vm, "lib/m.toy", text, &[finding]).0.as_object::<Instance>().unwrap();
        let main = proto(vm, "<module>", "f(0)", "(0)");
        pass_through(vm, exception, &[main]);
        insta::assert_snapshot!(traceback(vm, exception.value()), @r#"
        Traceback (most recent call last):
          File "m.toy", line 4, in <module>
            f(0)
            ~^^^
          File "lib/m.toy", line 2
            	let y = = "漢"
            	        ^
        SyntaxError: expected an expression
        "#);
        let long = format!("{}={}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        let finding = Diagnostic::new("x", Span::new(1_000_000, 1_000_001), "no");
        let exception = syntax_error(vm, "m.toy", &long, &[finding]).0;
        assert_eq!(traceback(vm, exception).lines().map(|line| line.chars().count()).max(), Some(166));
    }

    #[test]
    fn a_syntax_error_that_a_program_made_is_worded_as_far_as_it_is_known() {
        let vm = &mut vm();
        let exception = vm.error(Exc::SyntaxError, "odd").0;
        assert_eq!(traceback(vm, exception), "SyntaxError: odd\n");
        let exception = vm.error_with(Exc::SyntaxError, &[]).0;
        assert_eq!(traceback(vm, exception), "SyntaxError: <no detail available>\n");
    }
}
