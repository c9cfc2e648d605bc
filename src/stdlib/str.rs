//! `str`: the constructor and all methods, by what they are for.
//!
//! What is hard is that positions are code points while the text is UTF-8: each method that takes or gives
//! positions translates at its edge and works on bytes in between, which costs nothing for ASCII.

mod case;
mod encode;
mod format;
mod pad;
mod search;
pub(super) mod split;

use super::object::receiver;
use crate::value::{Bytes, Gc, List, NativeDef, Str, Value};
use crate::vm::{Args, NativeResult, Raised, Type, Vm};

const CONSTRUCT: NativeDef = NativeDef::new(
    "str(cls, object=\"\", encoding=nil, errors=nil)",
    "The text of any object, or the text that bytes encode.",
    construct,
);

/// Adds the class to the builtins.
pub fn install(vm: &mut Vm) {
    vm.set_constructor(Type::Str, &CONSTRUCT);
    let class = vm.class_for(Type::Str);
    for methods in
        [case::METHODS, encode::METHODS, format::METHODS, pad::METHODS, search::METHODS, split::METHODS]
    {
        vm.add_methods(class, methods);
    }
    let make_table = vm.native(&encode::MAKE_TRANS);
    let name = vm.heap.intern(encode::MAKE_TRANS.name());
    let _ = class.set_member(name, make_table);
    vm.add_builtin("str", class.value());
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(object) = args.given(1) else { return Ok(vm.heap.str("")) };
    if args.given(2).is_none() && args.given(3).is_none() {
        return vm.str_value(object);
    }
    for (what, at) in [("str() argument 'encoding'", 2), ("str() argument 'errors'", 3)] {
        if let Some(value) = args.given(at)
            && expect_str(vm, value, what)?.as_str().contains('\0')
        {
            return Err(vm.value_error("embedded null character"));
        }
    }
    if object.as_object::<Bytes>().is_none() {
        let name = vm.type_name(object);
        let message = match object.as_str() {
            Some(_) => "decoding str is not supported".to_string(),
            None => format!("decoding to str: need a bytes-like object, {name} found"),
        };
        return Err(vm.type_error(message));
    }
    let decode = vm.heap.intern("decode");
    let method = vm.get_attr(object, decode)?;
    vm.rooted(&[method], |vm| {
        let keywords: Vec<(Gc<Str>, Value)> = [("encoding", 2), ("errors", 3)]
            .into_iter()
            .filter_map(|(name, at)| args.given(at).map(|value| (vm.heap.intern(name), value)))
            .collect();
        vm.call_keywords(method, &[], &keywords)
    })
}

/// The receiver.
fn this(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Str>, Raised> {
    receiver::<Str>(vm, args)
}

/// An argument that must be a string; `what` names it in the error.
fn expect_str(vm: &mut Vm, value: Value, what: &str) -> Result<Gc<Str>, Raised> {
    match value.as_str() {
        Some(string) => Ok(string),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("{what} must be str, not {name}")))
        }
    }
}

/// The result of a method that changes a text: the receiver itself when nothing changed.
fn changed(vm: &mut Vm, string: Gc<Str>, text: &str) -> NativeResult {
    if text.len() == string.byte_len() && text == string.as_str() {
        return Ok(string.value());
    }
    vm.make_str(text)
}

/// A list of strings. The pieces are parts of the arguments, which are rooted.
fn list_of<'a>(vm: &mut Vm, pieces: impl Iterator<Item = &'a str>) -> NativeResult {
    const ROUND: usize = 4096;
    let list = List::new(&mut vm.heap, Vec::new());
    vm.rooted(&[list.value()], |vm| {
        for (i, piece) in pieces.enumerate() {
            let piece = vm.heap.str(piece);
            list.items.push(piece);
            if i % ROUND == ROUND - 1 {
                vm.heap.charge(ROUND * size_of::<Value>());
                vm.check_interrupt()?;
                // Many small pieces can be more than one large text.
                vm.reserve(1 << 17)?;
            }
        }
        Ok(list.value())
    })
}
