//! The values of the names in the piece of text that an exception was raised in.
//!
//! They are read from the registers that the exception has kept. What is hard is that a report must not make things
//! worse: no code of the program runs for it, nothing here fails, and a value is cut before its text is made, however
//! large it is. Objects of classes are shown by their class alone, for only their own methods know more.

use super::crop;
use crate::bytecode::code::{Holder, NamePlace};
use crate::value::{
    BoundMethod, Bytes, Class, Closure, Dict, ExceptionSlot, Gc, Instance, List, Module, Native, Set, Str,
    Traceback, Tuple, Value, VarCell,
};
use crate::vm::Vm;

/// How many names are told.
const MOST: usize = 8;
/// How many items of a container are shown.
const ITEMS: usize = 5;
/// How many characters of a string are shown.
const CHARS: usize = 40;

/// A line for each name, with its value; empty where nothing is known.
pub(super) fn values(vm: &mut Vm, exception: Value, width: usize) -> String {
    let mut out = String::new();
    for (i, (name, value)) in named(vm, exception).into_iter().enumerate() {
        let head = if i == 0 { "   where" } else { "        " };
        let value = crop::message(&value, width.saturating_sub(name.chars().count() + 14).max(20));
        out.push_str(&format!("{head} {name} = {value}\n"));
    }
    out
}

fn named(vm: &mut Vm, exception: Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let traceback = exception
        .as_object::<Instance>()
        .and_then(|instance| instance.slot(ExceptionSlot::Traceback as usize).as_object::<Traceback>());
    let Some(traceback) = traceback else { return found };
    let (Some(entry), Some(closure)) = (traceback.entries.first(), traceback.values.first()) else {
        return found;
    };
    let Some(closure) = closure.as_object::<Closure>() else { return found };
    let code = &entry.proto.code;
    let Some(place) = code.place(entry.pc as usize) else { return found };
    let from = code.names.partition_point(|name| name.at < place.span.start);
    for name in code.names[from..].iter().take_while(|name| name.at < place.span.end) {
        let fits =
            name.within.is_none_or(|within| within.start <= place.span.start && place.span.end <= within.end);
        let text = word(&entry.proto.source.text, name.at as usize);
        if !fits || text.is_empty() || found.iter().any(|(known, _)| known == text) {
            continue;
        }
        let Some(value) = held(*name, closure, traceback, entry.proto.module) else { continue };
        if found.len() == MOST {
            break;
        }
        if tells(value) {
            found.push((text.to_string(), short(vm, value, true)));
        }
    }
    found
}

/// The name that stands at an offset of a text.
fn word(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let end = rest.find(|c: char| c != '_' && !unicode_ident::is_xid_continue(c)).unwrap_or(rest.len());
    crop_name(&rest[..end])
}

/// Names have no limit.
fn crop_name(name: &str) -> &str {
    name.char_indices().nth(CHARS).map_or(name, |(end, _)| &name[..end])
}

fn held(
    name: NamePlace,
    closure: Gc<Closure>,
    traceback: Gc<Traceback>,
    module: Gc<Module>,
) -> Option<Value> {
    let register = |number: u16| traceback.values.get(usize::from(number) + 1);
    let upvalue = |number: u16| closure.upvalues().get(usize::from(number)).copied();
    let content = |cell: Value| cell.as_object::<VarCell>().map(|cell| cell.value.get());
    let value = match name.holder {
        Holder::Register(number) => register(number),
        Holder::Cell(number) => register(number).and_then(content),
        Holder::Upvalue(number) => upvalue(number),
        Holder::UpvalueCell(number) => upvalue(number).and_then(content),
        Holder::Slot(number) => module.slots.get(usize::from(number)),
    };
    value.filter(|value| !value.is_undef())
}

/// Whether it is worth a line: the name of a function or module says it all.
fn tells(value: Value) -> bool {
    value.as_object::<Closure>().is_none()
        && value.as_object::<Native>().is_none()
        && value.as_object::<BoundMethod>().is_none()
        && value.as_object::<Class>().is_none()
        && value.as_object::<Module>().is_none()
}

fn short(vm: &mut Vm, value: Value, is_outer: bool) -> String {
    if let Some(text) = value.as_object::<Str>() {
        return short_text(vm, text.as_str());
    }
    let class = vm.type_name(value);
    if let Some(list) = value.as_object::<List>() {
        let items: Vec<Value> = (0..list.items.len().min(ITEMS)).filter_map(|i| list.items.get(i)).collect();
        return bracketed(vm, "[", &items, list.items.len(), "]", is_outer);
    }
    if let Some(tuple) = value.as_object::<Tuple>() {
        let all = tuple.items();
        let close = if all.len() == 1 { ",)" } else { ")" };
        return bracketed(vm, "(", &all[..all.len().min(ITEMS)], all.len(), close, is_outer);
    }
    if let Some(set) = value.as_object::<Set>().filter(|set| !set.table.is_empty()) {
        let all = set.table.keys();
        return bracketed(vm, "{", &all[..all.len().min(ITEMS)], all.len(), "}", is_outer);
    }
    if let Some(dict) = value.as_object::<Dict>() {
        return short_dict(vm, &dict.table.items(), is_outer);
    }
    if let Some(bytes) = value.as_object::<Bytes>().filter(|bytes| bytes.data.len() > CHARS) {
        return format!("<{} bytes>", bytes.data.len());
    }
    match class.as_str() {
        "nil" | "bool" | "int" | "float" | "bytes" | "range" | "set" | "frozenset"
            if value.as_object::<Instance>().is_none() =>
        {
            // An int may have too many digits.
            vm.repr(value).unwrap_or_else(|_| format!("<{class}>"))
        }
        _ => format!("<{class} object>"),
    }
}

fn short_text(vm: &mut Vm, text: &str) -> String {
    let cut = text.char_indices().nth(CHARS).map(|(end, _)| end);
    let shown = vm.heap.str(&text[..cut.unwrap_or(text.len())]);
    let mut out = vm.repr(shown).unwrap_or_else(|_| "<str>".to_string());
    if cut.is_some() {
        out.push('…');
    }
    out
}

fn bracketed(vm: &mut Vm, open: &str, items: &[Value], count: usize, close: &str, is_outer: bool) -> String {
    if !is_outer && count > 0 {
        return format!("{open}…{close}");
    }
    let mut shown: Vec<String> = items.iter().map(|item| short(vm, *item, false)).collect();
    if count > items.len() {
        shown.push(format!("… {} more", count - items.len()));
    }
    format!("{open}{}{close}", shown.join(", "))
}

fn short_dict(vm: &mut Vm, items: &[(Value, Value)], is_outer: bool) -> String {
    if !is_outer && !items.is_empty() {
        return "{…}".to_string();
    }
    let mut shown = Vec::new();
    for (key, value) in items.iter().take(ITEMS) {
        shown.push(format!("{}: {}", short(vm, *key, false), short(vm, *value, false)));
    }
    if items.len() > ITEMS {
        shown.push(format!("… {} more", items.len() - ITEMS));
    }
    format!("{{{}}}", shown.join(", "))
}
