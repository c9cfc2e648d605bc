//! Match objects: what was found, and where. Places are kept in bytes and told in code points.

use super::Patterns;
use super::pattern::{Pattern, Spans};
use super::template;
use crate::heap::Tracer;
use crate::text::quote::repr_str;
use crate::value::{Dict, Foreign, ForeignData, Gc, NativeDef, Str, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("group(self, /, *groups)", "The text of a group, or a tuple of those of several.", group),
    NativeDef::new("[](self, key, /)", "The text of a group, by its number or its name.", item),
    NativeDef::new("groups(self, /, default=nil)", "The texts of all groups.", groups),
    NativeDef::new("groupdict(self, /, default=nil)", "The texts of the groups that have names.", group_dict),
    NativeDef::new(
        "start(self, group=0, /)",
        "Where a group begins, -1 if it has no part in the match.",
        start,
    ),
    NativeDef::new("end(self, group=0, /)", "Where a group ends, -1 if it has no part in the match.", end),
    NativeDef::new("span(self, group=0, /)", "Where a group begins and ends.", span),
    NativeDef::new("expand(self, /, template)", "A template filled in.", expand),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

struct Match {
    pattern: Value,
    string: Gc<Str>,
    spans: Spans,
    pos: usize,
    endpos: usize,
}

impl ForeignData for Match {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.pattern);
        tracer.mark(self.string.value());
    }

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }

    fn bytes(&self) -> usize {
        self.spans.len() * size_of::<Option<(usize, usize)>>()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let pattern = self.pattern.foreign::<Pattern>()?;
        Some(match name {
            "string" => self.string.value(),
            "re" => self.pattern,
            "pos" => Value::len(self.pos),
            "endpos" => Value::len(self.endpos),
            "lastindex" => pattern.last_group(&self.spans).map_or(Value::NIL, Value::len),
            "lastgroup" => {
                match pattern.last_group(&self.spans).and_then(|group| pattern.names.get(group - 1)) {
                    Some(Some(name)) => vm.heap.str(name),
                    _ => Value::NIL,
                }
            }
            _ => return None,
        })
    }
}

/// The object for a match that was found.
pub(super) fn make(
    vm: &mut Vm,
    pattern: Value,
    string: Gc<Str>,
    spans: Spans,
    pos: usize,
    endpos: usize,
) -> NativeResult {
    let Some(class) = vm.state::<Patterns>().matches.get() else {
        return Err(vm.runtime_error("re is not set up"));
    };
    let found = Match { pattern, string, spans, pos, endpos };
    Ok(Foreign::new(&mut vm.heap, class, found).value())
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<(&'a Match, &'a Pattern), Raised> {
    let found = args.at(0).foreign::<Match>();
    match found.and_then(|found| Some((found, found.pattern.foreign::<Pattern>()?))) {
        Some(pair) => Ok(pair),
        None => Err(vm.type_error("a match is needed")),
    }
}

/// The place of a group that a program names.
fn span_of(vm: &mut Vm, args: Args<'_>, group: Value) -> Result<Option<(usize, usize)>, Raised> {
    let (found, pattern) = receiver(vm, args)?;
    let number = match group.as_str() {
        Some(name) => pattern.group_named(name.as_str()),
        None => group.as_int().and_then(|group| usize::try_from(group).ok()),
    };
    match number.and_then(|number| found.spans.get(number)) {
        Some(span) => Ok(*span),
        None => Err(vm.index_error("no such group")),
    }
}

fn text_of(vm: &mut Vm, args: Args<'_>, span: Option<(usize, usize)>, default: Value) -> NativeResult {
    let (found, _) = receiver(vm, args)?;
    match span {
        Some((start, end)) => Ok(vm.heap.str(found.string.as_str().get(start..end).unwrap_or(""))),
        None => Ok(default),
    }
}

fn group(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let wanted = args.slice().get(1..).unwrap_or(&[]);
    if wanted.len() < 2 {
        let span = span_of(vm, args, wanted.first().copied().unwrap_or(Value::int32(0)))?;
        return text_of(vm, args, span, Value::NIL);
    }
    let mut texts = Vec::with_capacity(wanted.len());
    for group in wanted {
        let span = span_of(vm, args, *group)?;
        texts.push(text_of(vm, args, span, Value::NIL)?);
    }
    Ok(Tuple::new(&mut vm.heap, &texts).value())
}

fn item(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let span = span_of(vm, args, args.at(1))?;
    text_of(vm, args, span, Value::NIL)
}

fn groups(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (found, _) = receiver(vm, args)?;
    let mut texts = Vec::with_capacity(found.spans.len());
    for span in found.spans.iter().skip(1) {
        texts.push(text_of(vm, args, *span, args.or_nil(1))?);
    }
    Ok(Tuple::new(&mut vm.heap, &texts).value())
}

fn group_dict(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (found, pattern) = receiver(vm, args)?;
    let dict = Dict::new(&mut vm.heap);
    for (name, span) in pattern.names.iter().zip(found.spans.iter().skip(1)) {
        if let Some(name) = name {
            let text = text_of(vm, args, *span, args.or_nil(1))?;
            let name = vm.heap.intern(name);
            dict.table.put_str(name, text);
        }
    }
    Ok(dict.value())
}

/// Where a group begins and ends, in code points.
fn places(vm: &mut Vm, args: Args<'_>) -> Result<(Value, Value), Raised> {
    let span = span_of(vm, args, args.given(1).unwrap_or(Value::int32(0)))?;
    let (found, _) = receiver(vm, args)?;
    Ok(match span {
        Some((start, end)) => {
            (Value::len(found.string.char_index(start)), Value::len(found.string.char_index(end)))
        }
        None => (Value::int32(-1), Value::int32(-1)),
    })
}

fn start(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(places(vm, args)?.0)
}

fn end(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(places(vm, args)?.1)
}

fn span(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (start, end) = places(vm, args)?;
    Ok(Tuple::new(&mut vm.heap, &[start, end]).value())
}

fn expand(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (found, pattern) = receiver(vm, args)?;
    if args.at(1).as_str().is_none() {
        let class = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("expected str instance, {class} found")));
    }
    let parts = template::parse(vm, args.at(1), pattern)?;
    let mut out = String::new();
    template::expand(&mut out, &parts, found.string.as_str(), &found.spans);
    vm.make_str(&out)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (found, _) = receiver(vm, args)?;
    let Some((start, end)) = found.spans.first().copied().flatten() else { return Ok(Value::NIL) };
    let text = repr_str(found.string.as_str().get(start..end).unwrap_or(""));
    let text: String = text.chars().take(50).collect();
    let (start, end) = (found.string.char_index(start), found.string.char_index(end));
    Ok(vm.heap.str(&format!("<re.Match object; span=({start}, {end}), match={text}>")))
}
