//! Generators: calls that can be left and entered again, kept as their registers and the place to go on at.

use std::cell::Cell;

use super::Value;
use super::cells::VecCell;
use super::function::Closure;
use super::object::{Gc, Header, Kind, Trace};
use crate::heap::{Heap, Tracer};

/// Where a generator stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GeneratorState {
    /// Nothing of it has run.
    Created,
    /// It stands at a `yield`.
    Suspended,
    Running,
    /// It has returned or raised.
    Done,
}

/// A generator.
#[derive(Debug)]
#[repr(C)]
pub struct Generator {
    pub(crate) header: Header,
    pub closure: Gc<Closure>,
    /// The registers while it does not run.
    pub(crate) registers: VecCell,
    /// The index of the word to go on at.
    pub(crate) pc: Cell<usize>,
    pub state: Cell<GeneratorState>,
    /// Higher for those that were made later.
    pub(crate) serial: u64,
    /// The VM has it in its list of those that may have to be closed.
    pub(crate) is_held: Cell<bool>,
}

impl Generator {
    pub(crate) fn new(
        heap: &mut Heap,
        closure: Gc<Closure>,
        registers: Vec<Value>,
        serial: u64,
    ) -> Gc<Generator> {
        heap.charge(registers.len() * size_of::<Value>());
        heap.allocate(
            Generator {
                header: Header::new(Kind::Generator),
                closure,
                registers: VecCell::new(registers),
                pc: Cell::new(0),
                state: Cell::new(GeneratorState::Created),
                serial,
                is_held: Cell::new(false),
            },
            0,
        )
    }
}

impl Generator {
    /// It will not run again.
    pub(crate) fn end(&self) {
        self.state.set(GeneratorState::Done);
        self.is_held.set(false);
    }
}

impl Trace for Generator {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.closure.value());
        tracer.mark_cells(&self.registers);
    }

    fn external_bytes(&self) -> usize {
        self.registers.capacity() * size_of::<Value>()
    }
}
