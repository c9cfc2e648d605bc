//! `textwrap`: paragraphs in lines, and the margins of texts.
//!
//! `chunks.rs` divides a text where lines may end, `lines.rs` fills lines with that. Here are the declarations, options, and what
//! is about margins. The options of a `TextWrapper` are kept as the values that were given and are looked at when it wraps,
//! so that they can be set at any time.

mod chunks;
mod lines;

use std::cell::RefCell;

use self::lines::Options;
use super::str::split::lines_of;
use crate::heap::Tracer;
use crate::text::unicode::is_space;
use crate::value::{Class, Foreign, ForeignData, Gc, List, Module, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "textwrap",
    doc: "Paragraphs in lines of limited width, and the margins of texts. Left out: subclasses of `TextWrapper`.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

/// The options but for the first, `width`, as signatures have them.
macro_rules! options {
    () => {
        "initial_indent='', subsequent_indent='', expand_tabs=true, replace_whitespace=true, \
         fix_sentence_endings=false, break_long_words=true, drop_whitespace=true, break_on_hyphens=true, tabsize=8"
    };
}

/// Their names, in the order of the signatures.
const NAMES: [&str; 12] = [
    "width",
    "initial_indent",
    "subsequent_indent",
    "expand_tabs",
    "replace_whitespace",
    "fix_sentence_endings",
    "break_long_words",
    "drop_whitespace",
    "break_on_hyphens",
    "tabsize",
    "max_lines",
    "placeholder",
];

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("dedent(text)", "The text without the margin that all its lines have in common.", dedent),
    NativeDef::new(
        concat!("fill(text, width=70, *, ", options!(), ", max_lines=nil, placeholder=' [...]')"),
        "A paragraph as one text with lines of limited width. The options are those of `TextWrapper`.",
        |vm, args| {
            let options = from_arguments(vm, args.slice().get(1..));
            fill(vm, args.at(0), &options)
        },
    ),
    NativeDef::new(
        "indent(text, prefix, predicate=nil)",
        "The text with something in front of each line that is not blank, or for which the function is true.",
        indent,
    ),
    NativeDef::new(
        concat!("shorten(text, width, *, ", options!(), ", placeholder=' [...]')"),
        "A text in one line of limited width: with single blanks, and with a placeholder for the words at its end that \
         have no room.",
        shorten,
    ),
    NativeDef::new(
        concat!("wrap(text, width=70, *, ", options!(), ", max_lines=nil, placeholder=' [...]')"),
        "A list of the lines of a paragraph. The options are those of `TextWrapper`.",
        |vm, args| {
            let options = from_arguments(vm, args.slice().get(1..));
            wrap(vm, args.at(0), &options)
        },
    ),
];

static CONSTRUCT: NativeDef = NativeDef::new(
    concat!("TextWrapper(cls, width=70, ", options!(), ", *, max_lines=nil, placeholder=' [...]')"),
    "Options for more than one paragraph. Each is an attribute as well, which can be set: the texts before the first \
     and the other lines, whether tabs become blanks and how wide they are, whether other blanks become simple ones, whether \
     two blanks stand behind sentences, whether words that are too long are divided, whether blanks at the ends of \
     lines are dropped, whether lines may end behind hyphens, the most lines, and what stands for the rest.",
    construct,
);
static METHODS: &[NativeDef] = &[
    NativeDef::new("fill(self, text)", "A paragraph as one text.", |vm, args| {
        let options = receiver(vm, args)?;
        fill(vm, args.at(1), &options)
    }),
    NativeDef::new("wrap(self, text)", "A list of the lines of a paragraph.", |vm, args| {
        let options = receiver(vm, args)?;
        wrap(vm, args.at(1), &options)
    }),
];

/// The values of the options, in the order of [`NAMES`].
type Values = [Value; NAMES.len()];

struct Wrapper(RefCell<Values>);

impl ForeignData for Wrapper {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&*self.0.borrow());
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        let i = NAMES.iter().position(|known| *known == name)?;
        Some(self.0.borrow()[i])
    }

    fn set_attribute(&self, _: &mut Vm, name: &str, value: Value) -> bool {
        match NAMES.iter().position(|known| *known == name) {
            Some(i) => {
                self.0.borrow_mut()[i] = value;
                true
            }
            None => false,
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let class = vm.new_native_class("TextWrapper", METHODS);
    class.construct.set(Some(&CONSTRUCT));
    module.set(class.name.get(), class.value());
    Ok(())
}

/// The options that were given, and the defaults of the others.
fn from_arguments(vm: &mut Vm, given: Option<&[Value]>) -> Values {
    let empty = vm.heap.intern("").value();
    let placeholder = vm.heap.intern(" [...]").value();
    let mut values = [
        Value::int32(70),
        empty,
        empty,
        Value::TRUE,
        Value::TRUE,
        Value::FALSE,
        Value::TRUE,
        Value::TRUE,
        Value::TRUE,
        Value::int32(8),
        Value::NIL,
        placeholder,
    ];
    for (value, given) in values.iter_mut().zip(given.unwrap_or(&[])) {
        if !given.is_undef() {
            *value = *given;
        }
    }
    values
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("a class is needed"));
    };
    let values = from_arguments(vm, args.slice().get(1..));
    Ok(Foreign::new(&mut vm.heap, class, Wrapper(RefCell::new(values))).value())
}

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<Values, Raised> {
    match args.at(0).foreign::<Wrapper>() {
        Some(wrapper) => Ok(*wrapper.0.borrow()),
        None => Err(vm.type_error("the receiver is of another type")),
    }
}

fn text_of(vm: &mut Vm, value: Value) -> Result<String, Raised> {
    match value.as_str() {
        Some(text) => Ok(text.as_str().to_string()),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("object of type '{name}' has no len()")))
        }
    }
}

fn options(vm: &mut Vm, values: &Values) -> Result<Options, Raised> {
    let [width, initial, subsequent, _, _, sentences, long_words, drop, hyphens, _, max_lines, placeholder] =
        *values;
    Ok(Options {
        width: vm.expect_index(width)?,
        initial_indent: text_of(vm, initial)?,
        subsequent_indent: text_of(vm, subsequent)?,
        fix_sentence_endings: vm.truth(sentences)?,
        break_long_words: vm.truth(long_words)?,
        drop_whitespace: vm.truth(drop)?,
        // Python asks for `True` itself where it divides the text, and for truth where a word is too long.
        break_on_hyphens: hyphens == Value::TRUE,
        break_words_on_hyphens: vm.truth(hyphens)?,
        max_lines: if max_lines.is_nil() { None } else { Some(vm.expect_index(max_lines)?) },
        placeholder: text_of(vm, placeholder)?,
    })
}

/// A method of a text, called.
fn called(vm: &mut Vm, text: Value, method: &str, args: &[Value]) -> NativeResult {
    let name = vm.heap.intern(method);
    let method = vm.get_attr(text, name)?;
    vm.rooted(&[method], |vm| vm.call(method, args))
}

/// The text with its tabs and other blanks replaced.
fn prepared(vm: &mut Vm, text: Value, values: &Values) -> Result<Vec<char>, Raised> {
    let [.., tabsize, _, _] = *values;
    let mut text = text;
    if vm.truth(values[3])? {
        text = called(vm, text, "expandtabs", &[tabsize])?;
    }
    let Some(text) = text.as_str() else {
        let name = vm.type_name(text);
        return Err(vm.type_error(format!("expected string or bytes-like object, got '{name}'")));
    };
    vm.reserve(text.chars().saturating_mul(size_of::<char>()))?;
    let letters = text.as_str().chars().collect::<Vec<char>>();
    if !vm.truth(values[4])? {
        return Ok(letters);
    }
    Ok(letters.into_iter().map(|c| if chunks::is_blank(c) { ' ' } else { c }).collect())
}

fn wrapped(vm: &mut Vm, text: Value, values: &Values) -> Result<Vec<String>, Raised> {
    // What is set meanwhile must not make the old values go.
    let mark = vm.roots.len();
    vm.roots.extend_from_slice(values);
    let result = prepared(vm, text, values).and_then(|text| Ok((text, options(vm, values)?)));
    vm.roots.truncate(mark);
    let (text, options) = result?;
    lines::wrap(vm, &text, &options)
}

fn wrap(vm: &mut Vm, text: Value, values: &Values) -> NativeResult {
    let lines = wrapped(vm, text, values)?;
    let lines = lines.iter().map(|line| vm.heap.str(line)).collect();
    Ok(List::new(&mut vm.heap, lines).value())
}

fn fill(vm: &mut Vm, text: Value, values: &Values) -> NativeResult {
    let lines = wrapped(vm, text, values)?;
    vm.make_str(&lines.join("\n"))
}

fn shorten(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let [_, given @ .., placeholder] = args.slice() else { return Ok(Value::NIL) };
    let mut values = from_arguments(vm, Some(given));
    values[10] = Value::int32(1);
    if !placeholder.is_undef() {
        values[11] = *placeholder;
    }
    let Some(text) = args.at(0).as_str() else {
        let name = vm.heap.intern("strip");
        return Err(vm.attribute_error(args.at(0), name));
    };
    let words: Vec<&str> = text.as_str().split(is_space).filter(|word| !word.is_empty()).collect();
    let text = vm.make_str(&words.join(" "))?;
    vm.rooted(&[text], |vm| fill(vm, text, &values))
}

fn dedent(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(text) = args.at(0).as_str() else {
        let name = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("expected string or bytes-like object, got '{name}'")));
    };
    let is_margin = |c: char| c == ' ' || c == '\t';
    let mut margin: Option<&str> = None;
    for line in text.as_str().split('\n') {
        let rest = line.trim_start_matches(is_margin);
        if rest.is_empty() {
            continue;
        }
        let own = &line[..line.len() - rest.len()];
        margin = Some(match margin {
            None => own,
            Some(margin) => {
                let common = margin.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..common]
            }
        });
    }
    let margin = margin.unwrap_or("");
    vm.reserve(text.byte_len())?;
    let mut out = String::with_capacity(text.byte_len());
    for (i, line) in text.as_str().split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if !line.chars().all(is_margin) {
            out.push_str(line.strip_prefix(margin).unwrap_or(line));
        }
    }
    vm.make_str(&out)
}

fn indent(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(text) = args.at(0).as_str() else {
        let name = vm.heap.intern("splitlines");
        return Err(vm.attribute_error(args.at(0), name));
    };
    let predicate = args.given(2).filter(|predicate| !predicate.is_nil());
    let mut out = String::new();
    for (i, line) in lines_of(text.as_str(), true).enumerate() {
        let wanted = match predicate {
            None => !line.chars().all(is_space),
            Some(predicate) => {
                let line = vm.heap.str(line);
                let wanted = vm.rooted(&[line], |vm| vm.call(predicate, &[line]))?;
                vm.truth(wanted)?
            }
        };
        if wanted {
            let Some(prefix) = args.at(1).as_str() else {
                let name = vm.type_name(args.at(1));
                return Err(vm.type_error(format!("sequence item {i}: expected str instance, {name} found")));
            };
            out.push_str(prefix.as_str());
        }
        out.push_str(line);
        vm.check_text(&out)?;
    }
    vm.make_str(&out)
}
