//! Modules: a table of named slots. Toy files and built-in modules are alike here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::cells::{Slot, VecCell};
use super::object::{Gc, Header, Kind, Trace};
use super::{Str, Value};
use crate::heap::{Heap, Tracer};

/// The text of a module, for tracebacks.
#[derive(Debug)]
pub struct Source {
    /// The name as it was given on the command line or found by the search.
    pub name: String,
    pub text: String,
}

/// A module.
#[derive(Debug)]
#[repr(C)]
pub struct Module {
    pub(crate) header: Header,
    pub name: Gc<Str>,
    pub source: Rc<Source>,
    /// The values of the slots; undefined where the declaration has not run yet.
    pub(crate) slots: VecCell,
    names: VecCell<Gc<Str>>,
    /// Names that were set from outside and are none of the slots: the slots never move once code runs on them.
    extra: Slot<IndexMap<Gc<Str>, Value, FxBuildHasher>>,
    index: Slot<FxHashMap<Gc<Str>, u32>>,
    /// Its top level is still running.
    pub loading: Cell<bool>,
    pub doc: RefCell<Option<Rc<str>>>,
}

impl Module {
    pub fn new(heap: &mut Heap, name: Gc<Str>, source: Rc<Source>) -> Gc<Module> {
        heap.allocate(
            Module {
                header: Header::new(Kind::Module),
                name,
                source,
                slots: VecCell::new(Vec::new()),
                names: VecCell::new(Vec::new()),
                extra: Slot::new(IndexMap::default()),
                index: Slot::new(FxHashMap::default()),
                loading: Cell::new(false),
                doc: RefCell::new(None),
            },
            0,
        )
    }

    /// Makes room for slots to come, so that adding them moves none.
    pub fn reserve_slots(&self, more: usize) {
        self.slots.reserve(more);
    }

    /// Adds a slot; a later one of the same name hides the earlier. Only before code runs on the slots, or
    /// within what [`Module::reserve_slots`] made room for.
    pub fn add_slot(&self, name: Gc<Str>, value: Value) -> usize {
        let slot = self.slots.len();
        self.slots.push(value);
        self.names.push(name);
        self.index.with(|index| index.insert(name, slot as u32));
        slot
    }

    /// The slot of an interned name.
    pub fn slot(&self, name: Gc<Str>) -> Option<usize> {
        self.index.with(|index| index.get(&name).map(|slot| *slot as usize))
    }

    /// The value of an interned name, if it has one yet.
    pub fn get(&self, name: Gc<Str>) -> Option<Value> {
        match self.slot(name) {
            Some(slot) => self.slots.get(slot).filter(|value| !value.is_undef()),
            None => self.extra.with(|extra| extra.get(&name).copied()),
        }
    }

    /// Sets or adds a name.
    pub fn set(&self, name: Gc<Str>, value: Value) {
        match self.slot(name) {
            Some(slot) => {
                self.slots.set(slot, value);
            }
            None => {
                self.extra.with(|extra| extra.insert(name, value));
            }
        }
    }

    /// The name of a slot.
    pub fn slot_name(&self, slot: usize) -> Option<Gc<Str>> {
        self.names.get(slot)
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names that have values, in the order of their declaration, those set from outside last.
    pub fn defined_names(&self) -> Vec<Gc<Str>> {
        let slots = self.slots.to_vec();
        let names = self.names.to_vec().into_iter().zip(slots);
        let mut names: Vec<Gc<Str>> =
            names.filter(|(_, value)| !value.is_undef()).map(|(name, _)| name).collect();
        names.extend(self.extra.with(|extra| extra.keys().copied().collect::<Vec<_>>()));
        names
    }
}

impl Trace for Module {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.name.value());
        tracer.mark_cells(&self.slots);
        for name in self.names.to_vec() {
            tracer.mark(name.value());
        }
        self.extra.with(|extra| {
            for (name, value) in extra.iter() {
                tracer.mark(name.value());
                tracer.mark(*value);
            }
        });
    }

    fn external_bytes(&self) -> usize {
        self.slots.capacity() * 40
    }
}
