//! `collections`: `deque`, `Counter`, `defaultdict` and `namedtuple`.
//!
//! A `Counter` and a `defaultdict` are dicts that know their class, so whatever takes a dict takes them; they add
//! methods, and `missing`, which indexing calls for a key that is not there. The tuples of a `namedtuple` are
//! tuples in the same way.

mod counter;
mod defaultdict;
mod deque;

use toy_grammar::is_keyword;

use super::namedtuple;
use crate::value::{Class, Gc, Module, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "collections",
    doc: "Containers beside the built-in ones. Left out: `OrderedDict` (dicts keep their order), `ChainMap`, \
          `UserDict` and its kin, setting `default_factory`, and classes declared with `deque`, `Counter` or `defaultdict` as their base.",
    functions: &[NAMEDTUPLE],
    setup: Some(setup),
};

const NAMEDTUPLE: NativeDef = NativeDef::new(
    "namedtuple(typename, field_names, *, rename=false, defaults=nil, module=nil)",
    "A class of tuples whose items have names too: a list of names, or a text of them.",
    make_namedtuple,
);

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let classes = [deque::new_class(vm), counter::new_class(vm), defaultdict::new_class(vm)];
    for class in classes {
        module.set(class.name.get(), class.value());
    }
    Ok(())
}

/// The class that a constructor was called on.
fn class_argument(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Class>, Raised> {
    match args.at(0).as_object::<Class>() {
        Some(class) => Ok(class),
        None => Err(vm.type_error("a class is needed")),
    }
}

/// The texts of the fields, as strings.
fn field_texts(vm: &mut Vm, names: Value) -> Result<Vec<String>, Raised> {
    if let Some(text) = names.as_str() {
        return Ok(text.as_str().replace(',', " ").split_whitespace().map(str::to_string).collect());
    }
    let mut fields = Vec::new();
    vm.for_each(names, |vm, name| {
        fields.push(vm.str(name)?);
        Ok(true)
    })?;
    Ok(fields)
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && chars.all(unicode_ident::is_xid_continue)
}

fn make_namedtuple(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = vm.str(args.at(0))?;
    let mut fields = field_texts(vm, args.at(1))?;
    let rename = match args.given(2) {
        Some(rename) => vm.truth(rename)?,
        None => false,
    };
    if rename {
        for i in 0..fields.len() {
            let field = &fields[i];
            if !is_name(field) || is_keyword(field) || field.starts_with('_') || fields[..i].contains(field) {
                fields[i] = format!("_{i}");
            }
        }
    }
    for (i, text) in std::iter::once(&name).chain(&fields).enumerate() {
        let is_field = i > 0;
        let problem = if !is_name(text) {
            format!("Type names and field names must be valid identifiers: '{text}'")
        } else if is_keyword(text) {
            format!("Type names and field names cannot be a keyword: '{text}'")
        } else if is_field && !rename && text.starts_with('_') {
            format!("Field names cannot start with an underscore: '{text}'")
        } else if is_field && fields[..i - 1].contains(text) {
            format!("Encountered duplicate field name: '{text}'")
        } else {
            continue;
        };
        return Err(vm.value_error(problem));
    }
    let defaults = match args.or_nil(3) {
        Value::NIL => Vec::new(),
        defaults => vm.collect_list(defaults)?,
    };
    if defaults.len() > fields.len() {
        return Err(vm.type_error("Got more default values than field names"));
    }
    let fields: Vec<Value> = fields.iter().map(|field| vm.heap.intern(field).value()).collect();
    Ok(namedtuple::new_class(vm, &name, &fields, &defaults).value())
}
