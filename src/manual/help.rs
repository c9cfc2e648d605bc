//! What `help` says of a value: the declarations of the pages, for functions, classes and modules of a program as well.

use super::declaration::{Entry, wrapped};
use super::{Members, doc_of, kind_of, members_of, own_closure};
use crate::value::{BoundMethod, Class, Closure, Gc, Method, Module, Native, Property, Value};
use crate::vm::{Type, Vm, signature};

/// A text about a value, in lines.
pub fn help(vm: &Vm, value: Value) -> String {
    if let Some(class) = value.as_object::<Class>() {
        return of_class(vm, class);
    }
    if let Some(module) = value.as_object::<Module>() {
        return of_module(vm, module);
    }
    if let Some(entry) = function(value) {
        let mut out = String::new();
        put(&mut out, "", &entry);
        return out;
    }
    of_class(vm, vm.class_of(value))
}

/// The declaration of something that can be called, whatever wraps it.
fn function(value: Value) -> Option<Entry> {
    if let Some(native) = value.as_object::<Native>() {
        let name = native.def.name();
        return Some(match native.owner {
            Some(_) => Entry::method(name, native.def),
            None => Entry::function("", name, native.def),
        });
    }
    if let Some(closure) = value.as_object::<Closure>() {
        let given = signature::attribute(&closure, "__name__");
        let name = given.unwrap_or_else(|| closure.proto.name.as_str().to_string());
        return Some(Entry::closure(&name, &closure));
    }
    let inside = if let Some(bound) = value.as_object::<BoundMethod>() {
        bound.function
    } else if let Some(method) = value.as_object::<Method>() {
        method.function
    } else {
        value.as_object::<Property>()?.getter
    };
    // Wrappers wrap functions, not wrappers without end.
    if inside.as_object::<BoundMethod>().is_some() { None } else { function(inside) }
}

fn put(out: &mut String, indent: &str, entry: &Entry) {
    out.push_str(&format!("{indent}{}\n", entry.shown));
    out.push_str(&wrapped(&format!("{indent}    "), &entry.doc));
}

fn put_all(out: &mut String, title: &str, mut entries: Vec<Entry>) {
    if entries.is_empty() {
        return;
    }
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    out.push_str(&format!("\n{title}:\n"));
    for entry in &entries {
        put(out, "    ", entry);
    }
}

fn of_class(vm: &Vm, class: Gc<Class>) -> String {
    let name = class.name.get();
    let mut out = format!("class {}", name.as_str());
    if let Some(base) = class.base.filter(|base| *base != vm.class_for(Type::Object)) {
        out.push_str(&format!("({})", base.name.get().as_str()));
    }
    out.push('\n');
    out.push_str(&wrapped("    ", &doc_of(class)));
    let made = match class.own_constructor() {
        Some(def) => Some(Entry::constructor(def)),
        None => own_closure(vm, class, "init").map(|init| Entry::closure(name.as_str(), &init)),
    };
    let Members { attributes, methods, operators, .. } = members_of(class);
    put_all(&mut out, "Making one", made.into_iter().collect());
    put_all(&mut out, "Attributes", attributes);
    put_all(&mut out, "Methods", methods);
    put_all(&mut out, "Operators and protocols", operators);
    out
}

fn of_module(vm: &Vm, module: Gc<Module>) -> String {
    let mut out = format!("module {}\n", module.name.as_str());
    out.push_str(&wrapped("    ", module.doc.borrow().as_deref().unwrap_or_default()));
    let (mut functions, mut classes, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for name in module.defined_names() {
        let Some(value) = module.get(name).filter(|_| !name.as_str().starts_with('_')) else { continue };
        if let Some(class) = value.as_object::<Class>() {
            classes.push(Entry::attribute(name.as_str(), &doc_of(class)));
        } else if let Some(native) = value.as_object::<Native>() {
            functions.push(Entry::function("", name.as_str(), native.def));
        } else if let Some(closure) = value.as_object::<Closure>() {
            functions.push(Entry::closure(name.as_str(), &closure));
        } else {
            values.push(Entry::attribute(&format!("{}, {}", name.as_str(), kind_of(vm, value)), ""));
        }
    }
    put_all(&mut out, "Functions", functions);
    put_all(&mut out, "Classes", classes);
    put_all(&mut out, "Values", values);
    out
}
