//! Looking at values from outside: their class, identity, hash and attributes.

use num_bigint::BigInt;

use super::super::object::attribute;
use crate::manual;
use crate::text::quote::repr_str;
use crate::value::{
    Class, Closure, Dict, EXCEPTION_SLOTS, Gc, Instance, Layout, List, Module, NativeDef, Str, Tuple, Value,
};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("callable(obj, /)", "Whether it can be called.", callable),
    NativeDef::new("delattr(obj, name, /)", "Removes an attribute by name.", del_attr),
    NativeDef::new("dir(object, /)", "The names of an object's attributes, in alphabetical order.", dir),
    NativeDef::new(
        "getattr(object, name, default=nil, /)",
        "An attribute by name; without it the default, or `AttributeError`.",
        get_attr,
    ),
    NativeDef::new("hasattr(obj, name, /)", "Whether there is an attribute of that name.", has_attr),
    NativeDef::new("hash(obj, /)", "The number by which dicts and sets find a value.", hash),
    NativeDef::new(
        "help(object=nil, /)",
        "Prints what is known about a function, a class or a module, or about the class of another value; a text is a \
         word of the language, or the name of a builtin or module.",
        help,
    ),
    NativeDef::new("id(obj, /)", "A number that no other living object has.", id),
    NativeDef::new(
        "isinstance(obj, class_or_tuple, /)",
        "Whether it is of the class or a subclass.",
        is_instance,
    ),
    NativeDef::new(
        "issubclass(cls, class_or_tuple, /)",
        "Whether it is the class or a subclass.",
        is_subclass,
    ),
    NativeDef::new("setattr(obj, name, value, /)", "Sets an attribute by name.", set_attr),
    NativeDef::new("vars(object, /)", "A dict of an object's own attributes.", vars),
];

fn callable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(vm.is_callable(args.at(0))))
}

fn hash(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let hash = vm.hash(args.at(0))?;
    Ok(vm.heap.int(hash as i64))
}

fn help(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = match args.given(0) {
        Some(object) => match object.as_str() {
            Some(topic) => help_on_topic(vm, topic.as_str().trim())?,
            None => manual::help(vm, object),
        },
        None => manual::usage(vm),
    };
    let text = vm.heap.str(text.trim_end());
    match vm.builtin("print") {
        Some(print) => vm.call(print, &[text]),
        None => Ok(Value::NIL),
    }
}

/// What a text may name: a word, a builtin, a module, or a member of one of these behind a dot.
fn help_on_topic(vm: &mut Vm, topic: &str) -> Result<String, Raised> {
    if let Some(text) = manual::about_word(topic) {
        return Ok(text);
    }
    if let Some(value) = named(vm, topic)? {
        return Ok(manual::help(vm, value));
    }
    if let Some((owner, member)) = topic.rsplit_once('.')
        && let Some(owner) = named(vm, owner)?
    {
        let member = vm.heap.intern(member);
        let found = match (owner.as_object::<Module>(), owner.as_object::<Class>()) {
            (Some(module), _) => module.get(member),
            (_, Some(class)) => class.lookup(member),
            _ => None,
        };
        if let Some(value) = found {
            return Ok(manual::help(vm, value));
        }
    }
    let topic = repr_str(topic);
    Ok(format!(
        "There is no help for {topic}: it is no word of the language, no builtin and no module. See help()."
    ))
}

/// A builtin or a module of the standard library.
fn named(vm: &mut Vm, name: &str) -> Result<Option<Value>, Raised> {
    if let Some(value) = vm.builtin(name) {
        return Ok(Some(value));
    }
    vm.native_module_named(name).map(|module| module.map(Gc::value)).transpose()
}

fn id(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // Equal strings are the same string to `is`, so they have one number as well.
    let identity = match args.at(0).as_str() {
        Some(string) => vm.heap.intern_str(string).value().identity(),
        None => args.at(0).identity(),
    };
    Ok(vm.heap.big_int(BigInt::from(identity)))
}

/// Whether a class is one of the classes that `classes`, a class or a tuple of them, names.
fn is_any(vm: &mut Vm, class: Gc<Class>, classes: Value, message: &str) -> Result<bool, Raised> {
    // Tuples may hold tuples: those still to be looked into wait here, first ones on top.
    let mut waiting = vec![classes];
    while let Some(classes) = waiting.pop() {
        if let Some(other) = classes.as_object::<Class>() {
            if class.is_subclass_of(other) {
                return Ok(true);
            }
        } else if let Some(tuple) = classes.as_object::<Tuple>() {
            waiting.extend(tuple.items().iter().rev());
        } else {
            return Err(vm.type_error(message));
        }
    }
    Ok(false)
}

fn is_instance(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = vm.class_of(args.at(0));
    let message = "isinstance() arg 2 must be a type, a tuple of types, or a union";
    Ok(Value::bool(is_any(vm, class, args.at(1), message)?))
}

fn is_subclass(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let message = "issubclass() arg 2 must be a class, a tuple of classes, or a union";
    Ok(Value::bool(is_any(vm, class, args.at(1), message)?))
}

fn attribute_name(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Str>, Raised> {
    match args.at(1).as_str() {
        Some(name) => Ok(vm.heap.intern_str(name)),
        None => {
            let name = vm.type_name(args.at(1));
            Err(vm.type_error(format!("attribute name must be string, not '{name}'")))
        }
    }
}

fn get_attr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = attribute_name(vm, args)?;
    let Some(default) = args.given(2) else {
        return vm.rooted(&[name.value()], |vm| vm.get_attr(args.at(0), name));
    };
    let found = vm.rooted(&[name.value()], |vm| attribute(vm, args.at(0), name))?;
    Ok(found.unwrap_or(default))
}

fn has_attr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = attribute_name(vm, args)?;
    let found = vm.rooted(&[name.value()], |vm| attribute(vm, args.at(0), name))?;
    Ok(Value::bool(found.is_some()))
}

fn set_attr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = attribute_name(vm, args)?;
    vm.rooted(&[name.value()], |vm| vm.set_attr(args.at(0), name, args.at(2)))?;
    Ok(Value::NIL)
}

fn del_attr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = attribute_name(vm, args)?;
    vm.rooted(&[name.value()], |vm| vm.del_attr(args.at(0), name))?;
    Ok(Value::NIL)
}

/// The names of a class's members and of those of its bases.
fn class_names(class: Gc<Class>) -> Vec<Gc<Str>> {
    let mut names = Vec::new();
    let mut next = Some(class);
    while let Some(class) = next {
        names.extend(class.member_names());
        next = class.base;
    }
    names
}

/// What was set on a function, but for what every function has.
fn function_attributes(value: Value) -> Vec<(Gc<Str>, Value)> {
    let attributes = value.as_object::<Closure>().and_then(|closure| closure.attributes());
    let items = attributes.map_or_else(Vec::new, |attributes| attributes.table.items());
    let items = items.into_iter().filter_map(|(name, value)| Some((name.as_str()?, value)));
    items
        .filter(|(name, _)| !matches!(name.as_str(), "__name__" | "__qualname__" | "__doc__" | "__module__"))
        .collect()
}

/// The attributes of a value in alphabetical order, found without running code of the program.
pub fn attribute_names(vm: &Vm, object: Value) -> Vec<Gc<Str>> {
    let mut names = if let Some(module) = object.as_object::<Module>() {
        module.defined_names()
    } else if let Some(class) = object.as_object::<Class>() {
        class_names(class)
    } else {
        let mut names = class_names(vm.class_of(object));
        if let Some(instance) = object.as_object::<Instance>() {
            names.extend(instance.shape().keys());
        }
        names.extend(function_attributes(object).into_iter().map(|(name, _)| name));
        names
    };
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup();
    names
}

fn dir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let names = attribute_names(vm, args.at(0)).into_iter().map(|name| name.value()).collect();
    Ok(List::new(&mut vm.heap, names).value())
}

fn vars(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let object = args.at(0);
    let dict = Dict::new(&mut vm.heap);
    if let Some(instance) = object.as_object::<Instance>() {
        // What every exception has is no attribute of its own.
        let built_in = match instance.class().layout {
            Layout::Exception => EXCEPTION_SLOTS.len(),
            _ => 0,
        };
        for (i, name) in instance.shape().keys().into_iter().enumerate().skip(built_in) {
            dict.table.put_str(name, instance.slot(i));
        }
    } else if let Some(module) = object.as_object::<Module>() {
        for name in module.defined_names() {
            if let Some(value) = module.get(name) {
                dict.table.put_str(name, value);
            }
        }
    } else if object.as_object::<Closure>().is_some() {
        for (name, value) in function_attributes(object) {
            dict.table.put_str(name, value);
        }
    } else if let Some(class) = object.as_object::<Class>() {
        for name in class.member_names() {
            if let Some(value) = class.own_member(name) {
                dict.table.put_str(name, value);
            }
        }
    } else {
        return Err(vm.type_error("vars() argument must have attributes of its own"));
    }
    Ok(dict.value())
}
