//! The text of values: `repr`, `str`, `ascii`, `format`.
//!
//! What is hard: containers may contain themselves (the second time they are three dots), share their parts (the
//! text can be exponentially longer than the value, so its growth asks the heap for room), and hold instances
//! whose own methods change them while they are being shown.

mod format;

use std::cell::Cell;
use std::fmt::Write;

use num_bigint::BigInt;

use super::number::has_methods;
use super::{Exc, NativeResult, Raised, StdlibState, Sym, Vm};
use crate::heap::Tracer;
use crate::text::numbers::repr_float;
use crate::text::quote::{escape_non_ascii, push_repr_bytes, push_repr_str};
use crate::value::{
    BoundMethod, BoxedInt, Bytes, Class, Closure, Dict, DictPart, DictView, ExceptionSlot, Gc, Generator,
    Instance, Kind, List, MAX_LEN, Method, Module, Native, Range, Set, Slice, Str, Table, Tuple, Value,
};

type Result<T> = std::result::Result<T, Raised>;

/// Below this length a text just grows.
const UNCHECKED: usize = 1 << 20;

/// How many decimal digits an int may have that is read from text or written as text; 0 for any number.
#[derive(Debug)]
struct IntTextLimit(Cell<usize>);

impl Default for IntTextLimit {
    fn default() -> IntTextLimit {
        IntTextLimit(Cell::new(4300))
    }
}

impl StdlibState for IntTextLimit {
    fn trace(&self, _: &mut Tracer) {}
}

impl Vm {
    /// How many decimal digits an int may have when it becomes text or is read; 0 for any number.
    pub fn int_text_limit(&mut self) -> usize {
        self.state::<IntTextLimit>().0.get()
    }

    pub fn set_int_text_limit(&mut self, digits: usize) {
        self.state::<IntTextLimit>().0.set(digits);
    }

    /// `repr(v)`.
    pub fn repr(&mut self, v: Value) -> Result<String> {
        let mut out = String::new();
        self.write_repr(&mut out, v)?;
        self.check_text(&out)?;
        Ok(out)
    }

    /// `str(v)`.
    pub fn str(&mut self, v: Value) -> Result<String> {
        if let Some(string) = v.as_str() {
            return Ok(string.as_str().to_string());
        }
        let mut out = String::new();
        self.write_str(&mut out, v)?;
        self.check_text(&out)?;
        Ok(out)
    }

    /// `str(v)` as a value; a string is its own.
    pub fn str_value(&mut self, v: Value) -> NativeResult {
        if v.as_str().is_some() {
            return Ok(v);
        }
        if has_methods(v)
            && let Some(text) = self.text_by_methods(v, &[Sym::Str, Sym::Repr])?
        {
            return Ok(text);
        }
        let text = self.str(v)?;
        self.make_str(&text)
    }

    /// `ascii(v)`.
    pub fn ascii(&mut self, v: Value) -> Result<String> {
        let text = self.repr(v)?;
        if text.is_ascii() {
            return Ok(text);
        }
        let text = escape_non_ascii(&text);
        self.check_text(&text)?;
        Ok(text)
    }

    /// A string value of a text of any length.
    pub fn make_str(&mut self, text: &str) -> NativeResult {
        self.check_text(text)?;
        Ok(self.heap.str(text))
    }

    /// A string value that takes over a text of any length.
    pub fn make_string(&mut self, text: String) -> NativeResult {
        self.check_text(&text)?;
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Ok(Str::owned(&mut self.heap, text, chars).value())
    }

    /// Whether there is room for a string of this text; nothing is collected, so nothing needs to be rooted.
    pub(crate) fn check_text(&mut self, text: &str) -> Result<()> {
        if text.len() > MAX_LEN || text.len() > UNCHECKED && !self.heap.reserve(text.len()) {
            return Err(self.memory_error());
        }
        Ok(())
    }

    /// Appends `str(v)`.
    pub(crate) fn write_str(&mut self, out: &mut String, v: Value) -> Result<()> {
        if let Some(string) = v.as_str() {
            out.push_str(string.as_str());
            return Ok(());
        }
        if has_methods(v) {
            if let Some(text) = self.text_by_methods(v, &[Sym::Str])? {
                return self.write_str(out, text);
            }
            if let Some(exception) = self.as_exception(v) {
                return self.write_message(out, exception);
            }
        }
        self.write_repr(out, v)
    }

    /// What the first of these methods that the value's class has returns, a string. Exceptions have a text of
    /// their own, which `repr` does not replace.
    fn text_by_methods(&mut self, v: Value, methods: &[Sym]) -> Result<Option<Value>> {
        let class = self.class_of(v);
        for sym in methods {
            let name = self.sym(*sym);
            if *sym == Sym::Repr && methods.len() > 1 && self.as_exception(v).is_some() {
                return Ok(None);
            }
            let Some(member) = class.lookup(name) else { continue };
            let text = match self.call_special(v, *sym, &[])? {
                Some(text) => text,
                None => self.call(member, &[v])?,
            };
            if text.as_str().is_none() {
                let returned = self.type_name(text);
                return Err(
                    self.type_error(format!("{} returned non-string (type {returned})", name.as_str()))
                );
            }
            return Ok(Some(text));
        }
        Ok(None)
    }

    fn as_exception(&self, v: Value) -> Option<Gc<Instance>> {
        v.as_object::<Instance>().filter(|_| self.is_exception(v, Exc::BaseException))
    }

    /// Appends `repr(v)`.
    pub(crate) fn write_repr(&mut self, out: &mut String, v: Value) -> Result<()> {
        if let Some(i) = v.as_int() {
            // Writing to a string cannot fail.
            let _ = write!(out, "{i}");
            return Ok(());
        }
        if let Some(f) = v.as_float() {
            out.push_str(&repr_float(f));
            return Ok(());
        }
        let Some(kind) = v.kind() else {
            out.push_str(match v {
                Value::TRUE => "true",
                Value::FALSE => "false",
                _ => "nil",
            });
            return Ok(());
        };
        match kind {
            Kind::Str => {
                if let Some(string) = v.as_str() {
                    push_repr_str(out, string.as_str());
                }
            }
            Kind::Int => {
                if let Some(boxed) = v.as_object::<BoxedInt>() {
                    let digits = self.decimal_digits(&boxed.value)?;
                    out.push_str(&digits);
                }
            }
            Kind::Bytes => {
                if let Some(bytes) = v.as_object::<Bytes>() {
                    push_repr_bytes(out, &bytes.data);
                }
            }
            Kind::Tuple | Kind::Dict if has_methods(v) => return self.write_instance(out, v),
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::DictView => {
                return self.write_container(out, v);
            }
            Kind::Instance | Kind::Foreign => return self.write_instance(out, v),
            Kind::BoundMethod => {
                if let Some(method) = v.as_object::<BoundMethod>() {
                    return self.write_bound_method(out, method);
                }
            }
            Kind::Slice => {
                if let Some(slice) = v.as_object::<Slice>() {
                    return self.nested(" while getting the repr of an object", &[v], |vm| {
                        out.push_str("slice(");
                        vm.write_items(out, |i| [slice.start, slice.stop, slice.step].get(i).copied())?;
                        out.push(')');
                        Ok(())
                    });
                }
            }
            _ => self.write_opaque(out, v),
        }
        Ok(())
    }

    /// Things that are shown by their name, or by the name of their class alone.
    fn write_opaque(&mut self, out: &mut String, v: Value) {
        // Writing to a string cannot fail.
        let _ = if let Some(closure) = v.as_object::<Closure>() {
            write!(out, "<fn {}>", self.closure_name(closure))
        } else if let Some(class) = v.as_object::<Class>() {
            write!(out, "<class {}>", class.name.get().as_str())
        } else if let Some(module) = v.as_object::<Module>() {
            write!(out, "<module '{}'>", module.name.as_str())
        } else if let Some(generator) = v.as_object::<Generator>() {
            write!(out, "<generator object {}>", generator.closure.proto.code.qualified_name)
        } else if let Some(native) = v.as_object::<Native>() {
            match native.owner {
                Some(owner) => {
                    write!(out, "<method '{}' of '{}' objects>", native.def.name(), owner.name.get().as_str())
                }
                None => write!(out, "<built-in function {}>", native.def.name()),
            }
        } else if let Some(range) = v.as_object::<Range>() {
            match range.step {
                1 => write!(out, "range({}, {})", range.start, range.stop),
                step => write!(out, "range({}, {}, {step})", range.start, range.stop),
            }
        } else if let Some(method) = v.as_object::<Method>() {
            if method.function.kind() == Some(Kind::Method) {
                write!(out, "<method object>")
            } else {
                self.write_opaque(out, method.function);
                Ok(())
            }
        } else {
            write!(out, "<{} object>", self.type_name(v))
        };
    }

    /// How a function is called in texts: as it was declared, unless a wrapper was given the name of what it wraps.
    fn closure_name(&self, closure: Gc<Closure>) -> String {
        let given = closure.attributes().and_then(|attributes| {
            let name = self.heap.interned("__qualname__")?;
            attributes.table.get_str(&name)?.as_str()
        });
        given.map_or_else(|| closure.proto.code.qualified_name.to_string(), |name| name.as_str().to_string())
    }

    fn write_bound_method(&mut self, out: &mut String, method: Gc<BoundMethod>) -> Result<()> {
        if let Some(native) = method.function.as_object::<Native>() {
            let (name, of) = (native.def.name(), self.type_name(method.receiver));
            let _ = write!(out, "<built-in method {name} of {of} object>");
            return Ok(());
        }
        let name = match method.function.as_object::<Closure>() {
            Some(closure) => self.closure_name(closure),
            None => "?".to_string(),
        };
        let _ = write!(out, "<bound method {name} of ");
        self.nested(" while getting the repr of an object", &[method.value()], |vm| {
            vm.write_repr(out, method.receiver)
        })?;
        out.push('>');
        Ok(())
    }

    fn write_instance(&mut self, out: &mut String, v: Value) -> Result<()> {
        if v == self.not_implemented {
            out.push_str("NotImplemented");
            return Ok(());
        }
        let text = self
            .nested(" while getting the repr of an object", &[v], |vm| vm.text_by_methods(v, &[Sym::Repr]))?;
        if let Some(text) = text {
            if let Some(string) = text.as_str() {
                out.push_str(string.as_str());
            }
            return Ok(());
        }
        let name = self.type_name(v);
        let Some(exception) = self.as_exception(v) else {
            let _ = write!(out, "<{name} object>");
            return Ok(());
        };
        out.push_str(&name);
        out.push('(');
        if let Some(args) = exception.slot(ExceptionSlot::Args as usize).as_object::<Tuple>() {
            self.shown_once(out, v, "...", |vm, out| vm.write_items(out, |i| args.items().get(i).copied()))?;
        }
        out.push(')');
        Ok(())
    }

    /// The message of an exception.
    fn write_message(&mut self, out: &mut String, exception: Gc<Instance>) -> Result<()> {
        if self.is_exception(exception.value(), Exc::OSError) {
            let field = |name: &str| {
                let name = self.heap.interned(name)?;
                exception.get(name).filter(|value| !value.is_nil())
            };
            if let (Some(errno), Some(strerror), filename, second) =
                (field("errno"), field("strerror"), field("filename"), field("filename2"))
            {
                out.push_str("[Errno ");
                self.write_str(out, errno)?;
                out.push_str("] ");
                self.write_str(out, strerror)?;
                if let Some(filename) = filename {
                    out.push_str(": ");
                    self.write_repr(out, filename)?;
                    if let Some(second) = second {
                        out.push_str(" -> ");
                        self.write_repr(out, second)?;
                    }
                }
                return Ok(());
            }
        }
        let args = exception.slot(ExceptionSlot::Args as usize);
        let Some(tuple) = args.as_object::<Tuple>() else { return Ok(()) };
        match tuple.items() {
            [] => Ok(()),
            [only] if self.is_exception(exception.value(), Exc::KeyError) => self.write_repr(out, *only),
            [only] => {
                let value = exception.value();
                self.nested(" while getting the str of an object", &[value], |vm| vm.write_str(out, *only))
            }
            _ => self.write_repr(out, args),
        }
    }

    /// Shows what `f` writes, unless the object is being shown already: then `again`.
    pub(crate) fn shown_once(
        &mut self,
        out: &mut String,
        v: Value,
        again: &str,
        f: impl FnOnce(&mut Vm, &mut String) -> Result<()>,
    ) -> Result<()> {
        let id = v.identity();
        if self.in_repr.contains(&id) {
            out.push_str(again);
            return Ok(());
        }
        self.in_repr.push(id);
        let result = self.nested(" while getting the repr of an object", &[v], |vm| f(vm, out));
        self.in_repr.pop();
        result
    }

    fn write_container(&mut self, out: &mut String, v: Value) -> Result<()> {
        if let Some(list) = v.as_object::<List>() {
            return self.shown_once(out, v, "[...]", |vm, out| {
                out.push('[');
                vm.write_items(out, |i| list.items.get(i))?;
                out.push(']');
                Ok(())
            });
        }
        if let Some(tuple) = v.as_object::<Tuple>() {
            return self.shown_once(out, v, "(...)", |vm, out| {
                out.push('(');
                vm.write_items(out, |i| tuple.items().get(i).copied())?;
                out.push_str(if tuple.items().len() == 1 { ",)" } else { ")" });
                Ok(())
            });
        }
        if let Some(dict) = v.as_object::<Dict>() {
            return self.shown_once(out, v, "{...}", |vm, out| {
                out.push('{');
                vm.write_entries(out, &dict.table, |vm, out, key, value| {
                    vm.write_repr(out, key)?;
                    out.push_str(": ");
                    vm.write_repr(out, value)
                })?;
                out.push('}');
                Ok(())
            });
        }
        if let Some(set) = v.as_object::<Set>() {
            let name = if set.frozen { "frozenset" } else { "set" };
            if set.table.is_empty() {
                out.push_str(name);
                out.push_str("()");
                return Ok(());
            }
            return self.shown_once(out, v, &format!("{name}(...)"), |vm, out| {
                out.push_str(if set.frozen { "frozenset({" } else { "{" });
                vm.write_entries(out, &set.table, |vm, out, item, _| vm.write_repr(out, item))?;
                out.push_str(if set.frozen { "})" } else { "}" });
                Ok(())
            });
        }
        if let Some(view) = v.as_object::<DictView>() {
            let name = self.type_name(v);
            return self.shown_once(out, v, "...", |vm, out| {
                let _ = write!(out, "{name}([");
                vm.write_entries(out, &view.dict.table, |vm, out, key, value| match view.part {
                    DictPart::Keys => vm.write_repr(out, key),
                    DictPart::Values => vm.write_repr(out, value),
                    DictPart::Items => {
                        out.push('(');
                        vm.write_repr(out, key)?;
                        out.push_str(", ");
                        vm.write_repr(out, value)?;
                        out.push(')');
                        Ok(())
                    }
                })?;
                out.push_str("])");
                Ok(())
            });
        }
        Ok(())
    }

    /// Appends items with commas between them, until `get` has no more.
    fn write_items(&mut self, out: &mut String, get: impl Fn(usize) -> Option<Value>) -> Result<()> {
        let mut growth = Growth::new(out);
        let mut i = 0;
        while let Some(item) = get(i) {
            if i > 0 {
                out.push_str(", ");
            }
            self.write_repr(out, item)?;
            growth.check(self, out, i)?;
            i += 1;
        }
        Ok(())
    }

    /// Appends the items of a table with commas between them.
    fn write_entries(
        &mut self,
        out: &mut String,
        table: &Table,
        write: impl Fn(&mut Vm, &mut String, Value, Value) -> Result<()>,
    ) -> Result<()> {
        let mut growth = Growth::new(out);
        let mut first = true;
        let mut i = 0;
        while i < table.end() {
            if let Some((key, value)) = table.entry(i) {
                if !first {
                    out.push_str(", ");
                }
                first = false;
                self.rooted(&[key, value], |vm| write(vm, out, key, value))?;
            }
            growth.check(self, out, i)?;
            i += 1;
        }
        Ok(())
    }

    /// The decimal digits of a big int, if there are not too many.
    pub(crate) fn decimal_digits(&mut self, big: &BigInt) -> Result<String> {
        let least_digits = (big.bits().saturating_sub(1) as f64 * std::f64::consts::LOG10_2) as usize;
        // Nobody sets a limit lower than this.
        let limit = if least_digits >= 600 { self.int_text_limit() } else { 0 };
        let too_many = |digits: usize| limit > 0 && digits > limit;
        if !too_many(least_digits) {
            let text = big.to_str_radix(10);
            if !too_many(text.trim_start_matches('-').len()) {
                return Ok(text);
            }
        }
        Err(self.value_error(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        )))
    }
}

/// Asks for room each time a growing text has doubled.
struct Growth(usize);

impl Growth {
    fn new(out: &str) -> Growth {
        Growth(out.len().saturating_mul(2).max(UNCHECKED))
    }

    fn check(&mut self, vm: &mut Vm, out: &str, round: usize) -> Result<()> {
        if out.len() > self.0 {
            vm.check_text(out)?;
            self.0 = out.len().saturating_mul(2);
        }
        if round & 0xFFF == 0xFFF { vm.check_interrupt() } else { Ok(()) }
    }
}
