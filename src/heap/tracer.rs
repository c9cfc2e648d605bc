//! The marking half of a collection. What it is told of is alive: it follows values and headers without a check.

#![allow(unsafe_code)]

use super::trace_object;
use crate::value::object::Header;
use crate::value::{Value, VecCell};

/// Marks what is reported to it and remembers what has still to be looked into.
#[derive(Debug)]
pub struct Tracer {
    colour: u8,
    /// Marked objects whose contents have not been reported yet.
    gray: Vec<*const Header>,
    bytes: usize,
}

impl Tracer {
    pub(super) fn new(colour: u8) -> Tracer {
        Tracer { colour, gray: Vec::with_capacity(1024), bytes: 0 }
    }

    /// Reports a value that is reachable.
    #[inline(always)]
    pub fn mark(&mut self, value: Value) {
        if let Some(header) = value.header()
            && header.mark.get() != self.colour
        {
            header.mark.set(self.colour);
            self.gray.push(header);
        }
    }

    pub fn mark_all(&mut self, values: &[Value]) {
        for value in values {
            self.mark(*value);
        }
    }

    /// Reports bytes that a root owns outside the heap, for the memory limit.
    pub fn owned(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Reports the values of a list without copying them.
    pub(crate) fn mark_cells(&mut self, cells: &VecCell) {
        // SAFETY: nothing changes the cells while a collection marks.
        self.mark_all(unsafe { std::slice::from_raw_parts(cells.as_ptr(), cells.len()) });
    }

    /// Reports an object by its address.
    pub(crate) fn mark_address(&mut self, address: usize) {
        // SAFETY: inline caches hold addresses of objects that they keep alive through this very call.
        self.mark(Value::from_header(unsafe { &*(address as *const Header) }));
    }

    /// Looks into everything that was reported, and what that reports.
    pub(crate) fn drain(&mut self) {
        while let Some(header) = self.gray.pop() {
            // SAFETY: gray objects are alive.
            let header = unsafe { &*header };
            self.bytes += trace_object(header, self);
        }
    }

    /// Whether an object was reported; for all that are alive only after [`Tracer::drain`].
    pub(crate) fn is_marked(&self, value: Value) -> bool {
        value.header().is_none_or(|header| header.mark.get() == self.colour)
    }

    /// Looks into what is left; how many bytes are alive.
    pub(super) fn run(mut self) -> usize {
        self.drain();
        self.bytes
    }
}
