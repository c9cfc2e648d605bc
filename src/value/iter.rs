//! Iterators over built-in things, and a place for native ones.

#![allow(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use super::cells::{Slot, VecCell};
use super::class::Class;
use super::dict::{Dict, DictPart, Set};
use super::function::Proto;
use super::object::{Gc, Header, Kind, Trace};
use super::{List, Str, Tuple, Value};
use crate::heap::{Heap, Tracer};
use crate::vm::{Raised, Vm};

/// An iterator.
#[repr(C)]
pub struct Iter {
    pub(crate) header: Header,
    pub(crate) state: Slot<IterState>,
}

/// Where an iterator stands.
pub enum IterState {
    List {
        list: Gc<List>,
        next: usize,
    },
    Tuple {
        tuple: Gc<Tuple>,
        next: usize,
    },
    /// `left` more ints from `next` on.
    Range {
        next: i64,
        left: u64,
        step: i64,
    },
    /// The byte offset of the next code point.
    Str {
        string: Gc<Str>,
        offset: usize,
    },
    /// The next position, and how many items the dict had at the start.
    Dict {
        dict: Gc<Dict>,
        part: DictPart,
        next: usize,
        len: usize,
    },
    Set {
        set: Gc<Set>,
        next: usize,
        len: usize,
    },
    /// An iterator that native code drives.
    Native(Rc<dyn NativeIter>),
    /// Nothing is left.
    Done,
}

/// An iterator implemented in Rust, such as `enumerate`. Its `next` may be called again while it is running
/// (by the very iterable that it reads), so it keeps what changes in cells.
pub trait NativeIter {
    /// The next item, or none at the end.
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised>;

    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer);

    /// The class's name, such as `enumerate`.
    fn class_name(&self) -> &'static str;
}

impl Iter {
    pub fn new(heap: &mut Heap, state: IterState) -> Gc<Iter> {
        heap.allocate(Iter { header: Header::new(Kind::Iter), state: Slot::new(state) }, 0)
    }

    pub fn native(heap: &mut Heap, iter: impl NativeIter + 'static) -> Gc<Iter> {
        Iter::new(heap, IterState::Native(Rc::new(iter)))
    }

    /// The name of its class, as Python calls it.
    pub fn class_name(&self) -> &'static str {
        self.state.with(|state| match state {
            IterState::List { .. } | IterState::Done => "list_iterator",
            IterState::Tuple { .. } => "tuple_iterator",
            IterState::Range { .. } => "range_iterator",
            IterState::Str { .. } => "str_iterator",
            IterState::Dict { part: DictPart::Keys, .. } => "dict_keyiterator",
            IterState::Dict { part: DictPart::Values, .. } => "dict_valueiterator",
            IterState::Dict { part: DictPart::Items, .. } => "dict_itemiterator",
            IterState::Set { .. } => "set_iterator",
            IterState::Native(iter) => iter.class_name(),
        })
    }
}

impl Trace for Iter {
    fn trace(&self, tracer: &mut Tracer) {
        self.state.with(|state| match state {
            IterState::List { list, .. } => tracer.mark(list.value()),
            IterState::Tuple { tuple, .. } => tracer.mark(tuple.value()),
            IterState::Str { string, .. } => tracer.mark(string.value()),
            IterState::Dict { dict, .. } => tracer.mark(dict.value()),
            IterState::Set { set, .. } => tracer.mark(set.value()),
            IterState::Native(iter) => iter.trace(tracer),
            IterState::Range { .. } | IterState::Done => {}
        });
    }
}

impl fmt::Debug for Iter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iter")
    }
}

/// An object of a class that native code defines, such as a file.
#[repr(C)]
pub struct Foreign {
    pub(crate) header: Header,
    pub class: Gc<Class>,
    data: Box<dyn ForeignData>,
}

/// What a foreign object holds. It changes itself through cells of its own (`Cell`, `RefCell`); a `RefCell`
/// must not be borrowed while Toy code can run.
pub trait ForeignData: Any {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer);

    /// How many bytes it owns.
    fn bytes(&self) -> usize {
        0
    }

    /// An attribute that is no method of the class.
    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let _ = (vm, name);
        None
    }

    /// Sets an attribute; false if it cannot be set.
    fn set_attribute(&self, vm: &mut Vm, name: &str, value: Value) -> bool {
        let _ = (vm, name, value);
        false
    }

    /// Deletes an attribute; false if it cannot be deleted.
    fn delete_attribute(&self, vm: &mut Vm, name: &str) -> bool {
        let _ = (vm, name);
        false
    }

    /// What copies of the object are, flat and deep ones, for `copy`: none where it cannot be copied. What nothing can
    /// change is its own copy, `Ok(object)`.
    fn copied(&self, vm: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        let _ = (vm, object);
        None
    }
}

impl Foreign {
    pub fn new(heap: &mut Heap, class: Gc<Class>, data: impl ForeignData) -> Gc<Foreign> {
        heap.allocate(Foreign { header: Header::new(Kind::Foreign), class, data: Box::new(data) }, 0)
    }

    pub(crate) fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        self.data.attribute(vm, name)
    }

    pub(crate) fn set_attribute(&self, vm: &mut Vm, name: &str, value: Value) -> bool {
        self.data.set_attribute(vm, name, value)
    }

    pub(crate) fn delete_attribute(&self, vm: &mut Vm, name: &str) -> bool {
        self.data.delete_attribute(vm, name)
    }

    pub(crate) fn copied(&self, vm: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        self.data.copied(vm, object)
    }

    /// The data, if it is a `T`.
    pub fn data<T: ForeignData>(&self) -> Option<&T> {
        let data: &dyn Any = &*self.data;
        data.downcast_ref::<T>()
    }
}

impl Value {
    /// The native data of a foreign object of that type. The reference is good for as long as the object is
    /// rooted; natives use it on their arguments.
    pub fn foreign<'a, T: ForeignData>(self) -> Option<&'a T> {
        let foreign = self.as_object::<Foreign>()?;
        // SAFETY: the box belongs to the object and never moves; see the doc comment for how long it lives.
        foreign.data::<T>().map(|data| unsafe { &*(data as *const T) })
    }
}

impl Trace for Foreign {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.class.value());
        self.data.trace(tracer);
    }

    fn external_bytes(&self) -> usize {
        self.data.bytes()
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Foreign")
    }
}

/// The frames that an exception passed through, innermost first.
#[derive(Debug)]
#[repr(C)]
pub struct Traceback {
    pub(crate) header: Header,
    pub entries: VecCell<TraceEntry>,
    /// The function of the innermost frame and the registers that it had, where the VM is told to keep them.
    pub values: VecCell<Value>,
}

/// One frame of a traceback: a function and the word that it was executing.
#[derive(Clone, Copy, Debug)]
pub struct TraceEntry {
    pub proto: Gc<Proto>,
    pub pc: u32,
}

impl Traceback {
    pub fn new(heap: &mut Heap) -> Gc<Traceback> {
        heap.allocate(
            Traceback {
                header: Header::new(Kind::Traceback),
                entries: VecCell::new(Vec::new()),
                values: VecCell::new(Vec::new()),
            },
            0,
        )
    }
}

impl Trace for Traceback {
    fn trace(&self, tracer: &mut Tracer) {
        for entry in self.entries.to_vec() {
            tracer.mark(entry.proto.value());
        }
        tracer.mark_all(&self.values.to_vec());
    }

    fn external_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<TraceEntry>() + self.values.capacity() * size_of::<Value>()
    }
}
