//! Classes, shapes and instances.
//!
//! An instance holds its attribute values in slots; which name is in which slot is its *shape*, shared by all
//! instances that got the same attributes in the same order (Self's maps, V8's hidden classes). A shape belongs
//! to one class, so one comparison of shapes in an inline cache vouches for both the slot and the class's methods.
//!
//! What is hard is that classes can be changed while caches vouch for them. A cache holds only *methods* found
//! in classes, never data attributes. A class that a cache or a subclass has relied on is marked as such, and a
//! change of it that could matter (a new name, or a callable coming or going) makes [`Class::set_member`] say so; the VM
//! then clears all caches, which is slow but rare.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::mem::size_of;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::cells::Slot;
use super::function::NativeDef;
use super::object::{Gc, Header, Kind, Trace};
use super::{Str, Value};
use crate::heap::{Heap, Tracer};

/// A class, built in or declared.
#[derive(Debug)]
#[repr(C)]
pub struct Class {
    pub(crate) header: Header,
    /// An interned string.
    pub name: Cell<Gc<Str>>,
    pub base: Option<Gc<Class>>,
    /// The module that declared it, for its documentation; nil for built-in ones.
    pub module: Cell<Value>,
    pub doc: Cell<Value>,
    members: Slot<IndexMap<Gc<Str>, Value, FxBuildHasher>>,
    root: Cell<Option<Gc<Shape>>>,
    /// How many slots recent instances came to need: new ones get that many inside themselves.
    slots_hint: Cell<u32>,
    /// What calling the class does, for built-in classes and their subclasses: it gets the class first, then the arguments.
    pub construct: Cell<Option<&'static NativeDef>>,
    /// What native code may subclass: see [`Layout`].
    pub layout: Layout,
}

/// How the instances of a class are stored, which a subclass inherits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// An [`Instance`]; any class may be its base.
    Plain,
    /// An [`Instance`] whose first four slots are those of [`ExceptionSlot`].
    Exception,
    /// A [`super::Tuple`] whose class has `_fields`; any class may be its base.
    Tuple,
    /// An object of another kind; not to be subclassed.
    Native,
}

/// The slots that every exception has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExceptionSlot {
    Args = 0,
    Cause = 1,
    Context = 2,
    Traceback = 3,
}

/// Names of the exception slots, in their order.
pub const EXCEPTION_SLOTS: [&str; 4] = ["args", "cause", "context", "traceback"];

/// Some inline cache or subclass relies on the class.
const RELIED_ON: u8 = 1;
/// Calling the class warns nobody: set for classes that may not be instantiated by programs.
const ABSTRACT: u8 = 2;

impl Class {
    pub fn new(heap: &mut Heap, name: Gc<Str>, base: Option<Gc<Class>>, layout: Layout) -> Gc<Class> {
        let class = heap.allocate(
            Class {
                header: Header::new(Kind::Class),
                name: Cell::new(name),
                base,
                module: Cell::new(Value::NIL),
                doc: Cell::new(Value::NIL),
                members: Slot::new(IndexMap::default()),
                root: Cell::new(None),
                slots_hint: Cell::new(base.map_or(2, |base| base.slots_hint.get())),
                construct: Cell::new(
                    base.filter(|_| matches!(layout, Layout::Exception | Layout::Tuple))
                        .and_then(|base| base.construct.get()),
                ),
                layout,
            },
            0,
        );
        let mut shape = Shape::new(heap, class, None, None);
        if layout == Layout::Exception {
            for name in EXCEPTION_SLOTS {
                let name = heap.intern(name);
                shape = shape.with_key(heap, name);
            }
        }
        class.root.set(Some(shape));
        if let Some(base) = base {
            base.header.set_flag(RELIED_ON);
        }
        class
    }

    /// The shape of an instance without attributes of its own.
    #[inline(always)]
    pub fn root_shape(&self) -> Option<Gc<Shape>> {
        self.root.get()
    }

    pub(crate) fn rely_on(&self) {
        self.header.set_flag(RELIED_ON);
    }

    pub fn is_abstract(&self) -> bool {
        self.header.has_flag(ABSTRACT)
    }

    pub fn set_abstract(&self) {
        self.header.set_flag(ABSTRACT);
    }

    /// The class's own member, bases left out. `name` is interned.
    pub fn own_member(&self, name: Gc<Str>) -> Option<Value> {
        self.members.with(|members| members.get(&name).copied())
    }

    /// The member of the class or of the nearest base that has it. `name` is interned.
    pub fn lookup(&self, name: Gc<Str>) -> Option<Value> {
        self.lookup_with_owner(name).map(|(value, _)| value)
    }

    /// As [`Class::lookup`], with the class that has it.
    pub fn lookup_with_owner(&self, name: Gc<Str>) -> Option<(Value, Option<Gc<Class>>)> {
        if let Some(value) = self.own_member(name) {
            return Some((value, None));
        }
        let mut class = self.base;
        while let Some(c) = class {
            if let Some(value) = c.own_member(name) {
                return Some((value, Some(c)));
            }
            class = c.base;
        }
        None
    }

    /// Sets a member; true if inline caches may now be wrong and must be cleared.
    #[must_use]
    pub fn set_member(&self, name: Gc<Str>, value: Value) -> bool {
        let old = self.members.with(|members| members.insert(name, value));
        self.header.has_flag(RELIED_ON) && (old.is_none_or(is_cacheable) || is_cacheable(value))
    }

    /// Removes a member: whether it was there, and whether inline caches must be cleared.
    pub fn remove_member(&self, name: Gc<Str>) -> (bool, bool) {
        let old = self.members.with(|members| members.shift_remove(&name));
        (old.is_some(), old.is_some() && self.header.has_flag(RELIED_ON))
    }

    /// What makes objects of the class, unless its base does.
    pub fn own_constructor(&self) -> Option<&'static NativeDef> {
        let construct = self.construct.get()?;
        let inherited = self.base.and_then(|base| base.construct.get());
        (!inherited.is_some_and(|inherited| std::ptr::eq(inherited, construct))).then_some(construct)
    }

    /// The names of the class's own members, in the order of their declaration.
    pub fn member_names(&self) -> Vec<Gc<Str>> {
        self.members.with(|members| members.keys().copied().collect())
    }

    pub fn is_subclass_of(&self, other: Gc<Class>) -> bool {
        let mut class = self as *const Class;
        while class != other.as_ptr().cast_const() {
            // SAFETY: `class` is this class or one of its bases, all alive.
            match unsafe { (*class).base } {
                Some(base) => class = base.as_ptr(),
                None => return false,
            }
        }
        true
    }
}

/// Whether inline caches may hold a member like this.
pub(crate) fn is_cacheable(value: Value) -> bool {
    matches!(value.kind(), Some(Kind::Closure | Kind::Native | Kind::Method | Kind::Property | Kind::Class))
}

impl Trace for Class {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.name.get().value());
        tracer.mark(self.module.get());
        tracer.mark(self.doc.get());
        if let Some(base) = self.base {
            tracer.mark(base.value());
        }
        if let Some(root) = self.root.get() {
            tracer.mark(root.value());
        }
        self.members.with(|members| {
            for (name, value) in members.iter() {
                tracer.mark(name.value());
                tracer.mark(*value);
            }
        });
    }

    fn external_bytes(&self) -> usize {
        self.members.with(|members| members.capacity() * 32)
    }
}

/// Attribute names to slots.
type SlotTable = Box<FxHashMap<Gc<Str>, u32>>;

/// Which attribute is in which slot, for the instances of one class.
#[derive(Debug)]
#[repr(C)]
pub struct Shape {
    pub(crate) header: Header,
    pub class: Gc<Class>,
    parent: Option<Gc<Shape>>,
    /// The attribute that this shape adds to its parent's; none for a root.
    key: Option<Gc<Str>>,
    len: u32,
    /// Name to slot, made when a shape with many attributes is first searched. Growing hands it on to the
    /// child, so that adding attributes one by one stays linear.
    table: Slot<Option<SlotTable>>,
    transitions: Slot<FxHashMap<Gc<Str>, Gc<Shape>>>,
}

/// Shapes with more attributes than this are searched by table.
const LINEAR: u32 = 8;

impl Shape {
    fn new(heap: &mut Heap, class: Gc<Class>, parent: Option<Gc<Shape>>, key: Option<Gc<Str>>) -> Gc<Shape> {
        let len = parent.map_or(0, |parent| parent.len) + key.is_some() as u32;
        heap.allocate(
            Shape {
                header: Header::new(Kind::Shape),
                class,
                parent,
                key,
                len,
                table: Slot::new(None),
                transitions: Slot::new(FxHashMap::default()),
            },
            0,
        )
    }

    /// How many attributes there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot of an attribute; `name` is interned.
    pub fn slot(&self, name: Gc<Str>) -> Option<usize> {
        if self.len <= LINEAR {
            let mut shape = self;
            loop {
                if shape.key? == name {
                    return Some(shape.len as usize - 1);
                }
                shape = match &shape.parent {
                    Some(parent) => parent,
                    None => return None,
                };
            }
        }
        self.table.with(|table| {
            let table = table.get_or_insert_with(|| Box::new(self.build_table()));
            table.get(&name).map(|slot| *slot as usize)
        })
    }

    fn build_table(&self) -> FxHashMap<Gc<Str>, u32> {
        self.keys().into_iter().enumerate().map(|(i, key)| (key, i as u32)).collect()
    }

    /// The names in slot order.
    pub fn keys(&self) -> Vec<Gc<Str>> {
        let mut keys = Vec::with_capacity(self.len as usize);
        let mut shape = self;
        while let Some(key) = shape.key {
            keys.push(key);
            match &shape.parent {
                Some(parent) => shape = parent,
                None => break,
            }
        }
        keys.reverse();
        keys
    }
}

impl Gc<Shape> {
    /// The shape with one more attribute, which must not be there yet.
    pub fn with_key(self, heap: &mut Heap, name: Gc<Str>) -> Gc<Shape> {
        if let Some(next) = self.transitions.with(|transitions| transitions.get(&name).copied()) {
            return next;
        }
        let next = Shape::new(heap, self.class, Some(self), Some(name));
        self.transitions.with(|transitions| transitions.insert(name, next));
        if let Some(mut table) = self.table.with(Option::take) {
            table.insert(name, next.len - 1);
            next.table.with(|place| *place = Some(table));
        }
        next
    }
}

impl Trace for Shape {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.class.value());
        if let Some(parent) = self.parent {
            tracer.mark(parent.value());
        }
        if let Some(key) = self.key {
            tracer.mark(key.value());
        }
        self.transitions.with(|transitions| {
            for (name, shape) in transitions.iter() {
                tracer.mark(name.value());
                tracer.mark(shape.value());
            }
        });
    }

    fn external_bytes(&self) -> usize {
        let table = self.table.with(|table| table.as_ref().map_or(0, |table| table.capacity() * 24));
        table + self.transitions.with(|transitions| transitions.capacity() * 24)
    }
}

/// An instance of a declared class or an exception.
#[derive(Debug)]
#[repr(C)]
pub struct Instance {
    /// `aux` is the capacity of the slots.
    pub(crate) header: Header,
    pub(crate) shape: Cell<Gc<Shape>>,
    /// The slots: the tail of the object, or memory that it owns (`EXTERNAL`). Those below the shape's length hold values.
    pub(crate) slots: Cell<*mut Value>,
}

const EXTERNAL: u8 = 1;
const SUPPRESS_CONTEXT: u8 = 2;

impl Instance {
    /// Of an exception: `raise … from` has said that the context is not to be shown.
    pub fn suppresses_context(&self) -> bool {
        self.header.has_flag(SUPPRESS_CONTEXT)
    }

    pub fn suppress_context(&self) {
        self.header.set_flag(SUPPRESS_CONTEXT);
    }

    pub fn new(heap: &mut Heap, class: Gc<Class>) -> Gc<Instance> {
        let shape = class.root_shape().unwrap_or_else(|| Shape::new(heap, class, None, None));
        let capacity = class.slots_hint.get().max(shape.len);
        let instance = Instance {
            header: Header::new(Kind::Instance),
            shape: Cell::new(shape),
            slots: Cell::new(std::ptr::null_mut()),
        };
        let gc = heap.allocate(instance, capacity as usize * size_of::<Value>());
        gc.header.aux.set(capacity);
        // SAFETY: the object has a tail of `capacity` values; those that the shape counts are given one.
        unsafe {
            let tail = gc.as_ptr().add(1).cast::<Value>();
            for i in 0..shape.len as usize {
                tail.add(i).write(Value::NIL);
            }
            gc.slots.set(tail);
        }
        gc
    }

    #[inline(always)]
    pub fn class(&self) -> Gc<Class> {
        self.shape.get().class
    }

    #[inline(always)]
    pub fn shape(&self) -> Gc<Shape> {
        self.shape.get()
    }

    /// The value in a slot below the shape's length.
    #[inline(always)]
    pub fn slot(&self, i: usize) -> Value {
        debug_assert!(i < self.shape.get().len());
        if i >= self.shape.get().len() {
            return Value::NIL;
        }
        // SAFETY: slots below the shape's length hold values.
        unsafe { *self.slots.get().add(i) }
    }

    #[inline(always)]
    pub fn set_slot(&self, i: usize, value: Value) {
        if i < self.shape.get().len() {
            // SAFETY: as above.
            unsafe { *self.slots.get().add(i) = value };
        }
    }

    /// An attribute of the instance itself; `name` is interned.
    pub fn get(&self, name: Gc<Str>) -> Option<Value> {
        self.shape.get().slot(name).map(|i| self.slot(i))
    }

    /// Sets an attribute, adding it if need be.
    pub fn set(&self, heap: &mut Heap, name: Gc<Str>, value: Value) {
        match self.shape.get().slot(name) {
            Some(i) => self.set_slot(i, value),
            None => {
                let shape = self.shape.get().with_key(heap, name);
                self.add_slot(heap, shape, value);
            }
        }
    }

    /// Takes the value that a shape with one more attribute adds.
    pub(crate) fn add_slot(&self, heap: &mut Heap, shape: Gc<Shape>, value: Value) {
        let len = shape.len();
        if len > self.header.aux.get() as usize {
            self.grow(heap, len);
        }
        // SAFETY: there is room for `len` values now.
        unsafe { self.slots.get().add(len - 1).write(value) };
        self.shape.set(shape);
    }

    #[cold]
    fn grow(&self, heap: &mut Heap, needed: usize) {
        let old = self.header.aux.get() as usize;
        let capacity = needed.max(old * 2).max(4);
        heap.charge(capacity * size_of::<Value>());
        let mut slots: Vec<Value> = Vec::with_capacity(capacity);
        // SAFETY: the slots below the shape's length hold values.
        slots.extend_from_slice(unsafe {
            std::slice::from_raw_parts(self.slots.get(), self.shape.get().len())
        });
        slots.resize(capacity, Value::NIL);
        self.release();
        self.slots.set(Box::into_raw(slots.into_boxed_slice()).cast::<Value>());
        self.header.set_flag(EXTERNAL);
        self.header.aux.set(capacity as u32);
        let class = self.class();
        class.slots_hint.set(class.slots_hint.get().max((capacity as u32).min(16)));
    }

    /// Removes an attribute; false if there is none.
    pub fn remove(&self, heap: &mut Heap, name: Gc<Str>) -> bool {
        let old = self.shape.get();
        let Some(gone) = old.slot(name) else { return false };
        let Some(mut shape) = self.class().root_shape() else { return false };
        if gone < shape.len() {
            return false;
        }
        for key in old.keys().into_iter().skip(shape.len()).filter(|key| *key != name) {
            shape = shape.with_key(heap, key);
        }
        for i in gone..old.len() - 1 {
            self.set_slot(i, self.slot(i + 1));
        }
        self.shape.set(shape);
        true
    }

    fn release(&self) {
        if self.header.has_flag(EXTERNAL) {
            let slice = std::ptr::slice_from_raw_parts_mut(self.slots.get(), self.header.aux.get() as usize);
            // SAFETY: external slots are a boxed slice of `aux` values that only this object owns.
            drop(unsafe { Box::from_raw(slice) });
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.release();
    }
}

impl Trace for Instance {
    fn trace(&self, tracer: &mut Tracer) {
        let shape = self.shape.get();
        tracer.mark(shape.value());
        // SAFETY: the slots below the shape's length hold values.
        tracer.mark_all(unsafe { std::slice::from_raw_parts(self.slots.get(), shape.len()) });
    }

    fn external_bytes(&self) -> usize {
        if self.header.has_flag(EXTERNAL) { self.header.aux.get() as usize * size_of::<Value>() } else { 0 }
    }
}
