//! "Did you mean": the attribute, the name of a module or the name in one that a program probably wanted, told
//! with an `AttributeError` or `ImportError` that nobody caught.
//!
//! Found when the exception is reported, not when it is raised, for most are caught. The measure is CPython's: a
//! third of the letters may be wrong, and a wrong case is half as wrong as a wrong letter.

use crate::value::{Class, Gc, Instance, Module, Str, Value};
use crate::vm::{Exc, Vm};

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
/// Longer names are not compared.
const MAX_NAME: usize = 40;
/// Nor are more names than this.
const MAX_CANDIDATES: usize = 750;

/// The sentence to put behind the message of an exception; empty if there is nothing to suggest.
pub(super) fn suggestion(vm: &Vm, exception: Value) -> String {
    wanted(vm, exception).map(|name| format!(". Did you mean: '{name}'?")).unwrap_or_default()
}

fn wanted(vm: &Vm, exception: Value) -> Option<String> {
    let instance = exception.as_object::<Instance>()?;
    if vm.is_exception(exception, Exc::ImportError) {
        return wanted_import(vm, exception, instance);
    }
    if !vm.is_exception(exception, Exc::AttributeError) {
        return None;
    }
    let wrong = instance.get(vm.heap.interned("name")?)?.as_object::<Str>()?;
    let object = instance.get(vm.heap.interned("obj")?)?;
    closest(wrong.as_str(), attributes(vm, object))
}

fn wanted_import(vm: &Vm, exception: Value, instance: Gc<Instance>) -> Option<String> {
    let text = |name: &str| instance.get(vm.heap.interned(name)?)?.as_object::<Str>();
    let module = text("name")?;
    if vm.is_exception(exception, Exc::ModuleNotFoundError) {
        return closest_module(module.as_str(), vm.native_modules.iter().map(|native| native.name));
    }
    let wrong = text("name_from")?;
    let module = vm.modules.values().find(|known| known.name.as_str() == module.as_str())?;
    closest(wrong.as_str(), attributes(vm, module.value()))
}

/// Python has no measure for these. One slip in three letters may be, and exchanged letters are one slip.
fn closest_module(wrong: &str, names: impl Iterator<Item = &'static str>) -> Option<String> {
    if wrong.len() > MAX_NAME {
        return None;
    }
    let near = names.map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min();
    near.filter(|(distance, name)| *distance <= name.len() / 3).map(|(_, name)| name.to_string())
}

/// The names of what an object offers, sorted; private ones and operators too.
fn attributes(vm: &Vm, object: Value) -> Vec<String> {
    let mut names: Vec<Gc<Str>> = Vec::new();
    let mut class = Some(vm.class_of(object));
    if let Some(instance) = object.as_object::<Instance>() {
        names.extend(instance.shape().keys());
    } else if let Some(module) = object.as_object::<Module>() {
        names.extend(module.defined_names());
    } else if let Some(itself) = object.as_object::<Class>() {
        class = Some(itself);
    }
    while let Some(next) = class {
        names.extend(next.member_names());
        class = next.base;
    }
    let mut names: Vec<String> = names.into_iter().map(|name| name.as_str().to_string()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn closest(wrong: &str, names: Vec<String>) -> Option<String> {
    let length = wrong.chars().count();
    if length > MAX_NAME || names.len() > MAX_CANDIDATES {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    for name in names {
        let hidden = name.starts_with('_') && !wrong.starts_with('_');
        let other = name.chars().count();
        if hidden || name == wrong || other > MAX_NAME {
            continue;
        }
        let limit = (length + other + 3) * MOVE_COST / 6;
        let distance = distance(wrong, &name);
        if distance <= limit && best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// How far two names are apart: the least cost of letters added, removed and changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).map(|j| j * MOVE_COST).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * MOVE_COST;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + change_cost(from, *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j].min(diagonal) + MOVE_COST);
        }
    }
    row[b.len()]
}

fn change_cost(from: char, to: char) -> usize {
    if from == to {
        0
    } else if from.eq_ignore_ascii_case(&to) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(wrong: &str, names: &[&str]) -> Option<String> {
        closest(wrong, names.iter().map(|name| name.to_string()).collect())
    }

    #[test]
    fn the_closest_name_is_suggested() {
        assert_eq!(suggest("balence", &["balance", "owner"]).as_deref(), Some("balance"));
        assert_eq!(suggest("Upper", &["isupper", "upper"]).as_deref(), Some("upper"));
        assert_eq!(suggest("appendd", &["append", "extend"]).as_deref(), Some("append"));
    }

    #[test]
    fn what_is_too_different_or_hidden_is_not() {
        assert_eq!(suggest("x", &["y", "z", "+", "[]"]), None);
        assert_eq!(suggest("secret", &["_secret"]), None);
        assert_eq!(suggest("_secre", &["_secret"]).as_deref(), Some("_secret"));
        assert_eq!(suggest("colour", &["balance"]), None);
        assert_eq!(suggest(&"x".repeat(41), &[&"x".repeat(40)]), None);
    }
}
