//! Everything that can be called: closures with their loaded code, natives, bound methods; and properties.
//!
//! What is hard: the dispatch loop reads a closure's code through the raw pointers in [`Proto`]; they point into
//! boxes that the proto owns and never changes, so they are good as long as the closure is.

#![allow(unsafe_code)]

use std::cell::{Cell, UnsafeCell};
use std::mem::size_of_val;
use std::rc::Rc;

use super::class::Shape;
use super::module::{Module, Source};
use super::object::{Gc, Header, Kind, Trace};
use super::{Dict, Str, Value};
use crate::bytecode::code::Code;
use crate::bytecode::opcodes::Word;
use crate::heap::{Heap, Tracer};
use crate::vm::{Args, Raised, Vm};

/// What a name site found last time.
#[derive(Clone, Copy, Debug, Default)]
pub struct InlineCache {
    /// The shape of the instance that was looked at, or the module; 0 for none.
    pub key: usize,
    pub entry: CacheEntry,
}

/// What to do when the key matches.
#[derive(Clone, Copy, Debug, Default)]
pub enum CacheEntry {
    #[default]
    Empty,
    /// The attribute is in this slot of the instance, or of the module.
    Slot(u32),
    /// The attribute is a method of the class.
    Method(Value),
    /// It is a closure that takes exactly the arguments that this site gives.
    PlainMethod(Gc<Closure>),
    /// Setting the attribute adds it: the shape that the instance gets.
    Add(Gc<Shape>),
}

/// A function's code, loaded: constants are values, names have inline caches.
#[derive(Debug)]
#[repr(C)]
pub struct Proto {
    pub(crate) header: Header,
    pub code: Rc<Code>,
    pub name: Gc<Str>,
    pub module: Gc<Module>,
    /// The text that it comes from. Entries at a prompt share a module, but each has a text of its own.
    pub source: Rc<Source>,
    pub constants: Box<[Value]>,
    /// The name of each site, interned.
    pub names: Box<[Value]>,
    pub(crate) caches: Box<[UnsafeCell<InlineCache>]>,
    pub functions: Box<[Gc<Proto>]>,
    /// The names of the parameters, interned, in register order.
    pub params: Box<[Gc<Str>]>,
    /// The names of the keyword calls.
    pub keywords: Box<[Box<[Gc<Str>]>]>,
    pub(crate) words: *const Word,
    pub(crate) constants_ptr: *const Value,
    /// The module's slots, which do not move while code runs on them.
    pub(crate) slots_ptr: *mut Value,
    pub(crate) registers: u32,
    /// A call with exactly this many positional arguments needs no binding; −1 if there is no such number.
    pub(crate) plain_arity: i32,
}

impl Proto {
    #[allow(clippy::too_many_arguments)] // a constructor that lists the parts
    pub fn new(
        heap: &mut Heap,
        code: Rc<Code>,
        module: Gc<Module>,
        source: Rc<Source>,
        name: Gc<Str>,
        constants: Box<[Value]>,
        names: Box<[Value]>,
        functions: Box<[Gc<Proto>]>,
        params: Box<[Gc<Str>]>,
        keywords: Box<[Box<[Gc<Str>]>]>,
    ) -> Gc<Proto> {
        let p = &code.params;
        let plain =
            p.rest.is_none() && p.options.is_none() && p.names.len() == p.positional && !code.is_generator;
        let plain_arity = if plain { p.positional as i32 } else { -1 };
        let caches = names.iter().map(|_| UnsafeCell::new(InlineCache::default())).collect();
        let words = code.words.as_ptr();
        let constants_ptr = constants.as_ptr();
        let slots_ptr = module.slots.as_ptr();
        let registers = code.registers as u32;
        heap.charge(size_of_val(&*code.words));
        heap.allocate(
            Proto {
                header: Header::new(Kind::Proto),
                code,
                name,
                module,
                source,
                constants,
                names,
                caches,
                functions,
                params,
                keywords,
                words,
                constants_ptr,
                slots_ptr,
                registers,
                plain_arity,
            },
            0,
        )
    }

    /// Forgets what the inline caches hold.
    pub(crate) fn clear_caches(&self) {
        for cache in &self.caches {
            // SAFETY: nobody keeps a reference into a cache across instructions.
            unsafe { *cache.get() = InlineCache::default() };
        }
    }
}

impl Trace for Proto {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.name.value());
        tracer.mark(self.module.value());
        tracer.mark_all(&self.constants);
        tracer.mark_all(&self.names);
        for function in &self.functions {
            tracer.mark(function.value());
        }
        for name in self.params.iter().chain(self.keywords.iter().flat_map(|names| names.iter())) {
            tracer.mark(name.value());
        }
        for cache in &self.caches {
            // SAFETY: as in `clear_caches`.
            let cache = unsafe { *cache.get() };
            if cache.key != 0 {
                tracer.mark_address(cache.key);
            }
            match cache.entry {
                CacheEntry::Method(value) => tracer.mark(value),
                CacheEntry::PlainMethod(closure) => tracer.mark(closure.value()),
                CacheEntry::Add(shape) => tracer.mark(shape.value()),
                CacheEntry::Empty | CacheEntry::Slot(_) => {}
            }
        }
    }

    fn external_bytes(&self) -> usize {
        size_of_val(&*self.constants) + size_of_val(&*self.names) + size_of_val(&*self.caches)
    }
}

/// A function: loaded code and the variables it captured, which follow the object.
#[derive(Debug)]
#[repr(C)]
pub struct Closure {
    /// `aux` is the number of upvalues.
    pub(crate) header: Header,
    pub proto: Gc<Proto>,
    /// A dict of what was set on it by name, or nil.
    attributes: Cell<Value>,
    // The tail: the upvalues.
}

impl Closure {
    pub fn new(heap: &mut Heap, proto: Gc<Proto>, upvalues: &[Value]) -> Gc<Closure> {
        let attributes = Cell::new(Value::NIL);
        let closure = Closure { header: Header::new(Kind::Closure), proto, attributes };
        let gc = heap.allocate(closure, size_of_val(upvalues));
        gc.header.aux.set(upvalues.len() as u32);
        // SAFETY: the tail has room for the upvalues.
        unsafe {
            let tail = gc.as_ptr().add(1).cast::<Value>();
            std::ptr::copy_nonoverlapping(upvalues.as_ptr(), tail, upvalues.len());
        }
        gc
    }

    /// What was set on it by name, if anything was.
    pub fn attributes(&self) -> Option<Gc<Dict>> {
        self.attributes.get().as_object::<Dict>()
    }

    /// Sets an attribute. `name` is interned.
    pub fn set_attribute(&self, heap: &mut Heap, name: Gc<Str>, value: Value) {
        let attributes = self.attributes().unwrap_or_else(|| Dict::new(heap));
        attributes.table.put_str(name, value);
        self.attributes.set(attributes.value());
    }

    #[inline(always)]
    pub fn upvalues(&self) -> &[Value] {
        // SAFETY: the tail holds `aux` values.
        unsafe {
            std::slice::from_raw_parts(
                (self as *const Closure).add(1).cast::<Value>(),
                self.header.aux.get() as usize,
            )
        }
    }
}

impl Trace for Closure {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.proto.value());
        tracer.mark(self.attributes.get());
        tracer.mark_all(self.upvalues());
    }
}

/// What a native function is declared with: one `const` beside the function.
///
/// The window that the function gets holds its named parameters in order, [`Value::UNDEF`] for one that was not
/// given, then the surplus positional arguments if there is a `*rest`; `**options` is a dict in the place of its
/// name (or undefined when no such keyword was given).
#[derive(Debug)]
pub struct NativeDef {
    /// `name(a, b=1, /, c=nil, *rest, d, **options)`: Python's notation; what stands behind `=` is for the reader.
    pub signature: &'static str,
    pub doc: &'static str,
    pub function: NativeFn,
    pub(crate) layout: SignatureLayout,
}

/// The Rust side of a native.
pub type NativeFn = fn(&mut Vm, Args<'_>) -> Result<Value, Raised>;

/// What a signature says, worked out at compile time.
#[derive(Clone, Copy, Debug)]
pub struct SignatureLayout {
    /// Positional arguments at least.
    pub min: u8,
    /// Positional parameters.
    pub positional: u8,
    /// How many of them may not be given by keyword.
    pub positional_only: u8,
    /// Named parameters: positional and keyword-only ones, and `**options`.
    pub named: u8,
    pub rest: bool,
    pub options: bool,
}

impl NativeDef {
    pub const fn new(signature: &'static str, doc: &'static str, function: NativeFn) -> NativeDef {
        NativeDef { signature, doc, function, layout: parse_signature(signature) }
    }

    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.signature.split('(').next().unwrap_or(self.signature)
    }

    /// The names of the parameters in window order, `**options` without its stars, `*rest` left out.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        let inside = self.signature.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
        inside
            .split(',')
            .map(|part| part.split('=').next().unwrap_or("").trim())
            .filter(|part| {
                !part.is_empty()
                    && *part != "/"
                    && *part != "*"
                    && (!part.starts_with('*') || part.starts_with("**"))
            })
            .map(|part| part.trim_start_matches('*'))
    }
}

/// Counts the parameters of a signature. Defaults must not contain commas.
const fn parse_signature(signature: &str) -> SignatureLayout {
    let bytes = signature.as_bytes();
    let mut layout =
        SignatureLayout { min: 0, positional: 0, positional_only: 0, named: 0, rest: false, options: false };
    let mut i = 0;
    while i < bytes.len() && bytes[i] != b'(' {
        i += 1;
    }
    i += 1;
    let mut keyword_only = false;
    while i < bytes.len() && bytes[i] != b')' {
        while bytes[i] == b' ' || bytes[i] == b',' {
            i += 1;
        }
        if bytes[i] == b')' {
            break;
        }
        let first = bytes[i];
        let second = bytes[i + 1];
        let mut has_default = false;
        while bytes[i] != b',' && bytes[i] != b')' {
            if bytes[i] == b'=' {
                has_default = true;
            }
            i += 1;
        }
        if first == b'/' {
            layout.positional_only = layout.positional;
        } else if first == b'*' && second == b'*' {
            layout.options = true;
            layout.named += 1;
        } else if first == b'*' {
            layout.rest = second != b',' && second != b')';
            keyword_only = true;
        } else {
            layout.named += 1;
            if !keyword_only {
                layout.positional += 1;
                if !has_default {
                    layout.min = layout.positional;
                }
            }
        }
    }
    layout
}

/// A native function as a value.
#[derive(Debug)]
#[repr(C)]
pub struct Native {
    pub(crate) header: Header,
    pub def: &'static NativeDef,
    /// The class whose method it is: then the window starts with the receiver.
    pub owner: Option<Gc<super::Class>>,
}

impl Native {
    pub fn new(heap: &mut Heap, def: &'static NativeDef, owner: Option<Gc<super::Class>>) -> Gc<Native> {
        heap.allocate(Native { header: Header::new(Kind::Native), def, owner }, 0)
    }
}

impl Trace for Native {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(owner) = self.owner {
            tracer.mark(owner.value());
        }
    }
}

/// A method with its receiver.
#[derive(Debug)]
#[repr(C)]
pub struct BoundMethod {
    pub(crate) header: Header,
    pub receiver: Value,
    /// A closure, native, or whatever a decorator made of a method.
    pub function: Value,
}

impl BoundMethod {
    pub fn new(heap: &mut Heap, receiver: Value, function: Value) -> Gc<BoundMethod> {
        heap.allocate(BoundMethod { header: Header::new(Kind::BoundMethod), receiver, function }, 0)
    }
}

impl Trace for BoundMethod {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.receiver);
        tracer.mark(self.function);
    }
}

/// What a decorator made of a method: a callable that, found through an instance, gets it as its first argument.
#[derive(Debug)]
#[repr(C)]
pub struct Method {
    pub(crate) header: Header,
    pub function: Value,
}

impl Method {
    pub fn new(heap: &mut Heap, function: Value) -> Gc<Method> {
        heap.allocate(Method { header: Header::new(Kind::Method), function }, 0)
    }
}

impl Trace for Method {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.function);
    }
}

/// `@property`, perhaps with a setter and a deleter; or `@cached_property`.
#[derive(Debug)]
#[repr(C)]
pub struct Property {
    pub(crate) header: Header,
    /// What computes it; this and the next two are nil where there is none.
    pub getter: Value,
    pub setter: Value,
    pub deleter: Value,
    /// The name under which an instance keeps what the getter made; then it is an attribute like any other. None for
    /// a property that is computed each time.
    kept_as: Cell<Option<Gc<Str>>>,
}

impl Property {
    pub fn new(heap: &mut Heap, getter: Value, setter: Value, deleter: Value) -> Gc<Property> {
        let (header, kept_as) = (Header::new(Kind::Property), Cell::new(None));
        heap.allocate(Property { header, getter, setter, deleter, kept_as }, 0)
    }

    /// A property that is computed once for each instance.
    pub fn cached(heap: &mut Heap, getter: Value, name: Gc<Str>) -> Gc<Property> {
        let property = Property::new(heap, getter, Value::NIL, Value::NIL);
        property.kept_as.set(Some(name));
        property
    }

    /// The name under which an instance keeps its value, if it does.
    pub fn kept_as(&self) -> Option<Gc<Str>> {
        self.kept_as.get()
    }

    /// Says the name that it has in its class.
    pub fn set_name(&self, name: Gc<Str>) {
        if self.kept_as.get().is_some() {
            self.kept_as.set(Some(name));
        }
    }
}

impl Trace for Property {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.getter, self.setter, self.deleter]);
        if let Some(name) = self.kept_as.get() {
            tracer.mark(name.value());
        }
    }
}
