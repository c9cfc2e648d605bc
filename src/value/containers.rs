//! Lists, tuples, bytes, ranges and slices.

#![allow(unsafe_code)]

use std::cell::Cell;

use num_bigint::BigInt;

use super::Value;
use super::cells::VecCell;
use super::class::Class;
use super::object::{Gc, Header, Kind, Trace};
use crate::heap::{Heap, Tracer};

/// A list.
#[derive(Debug)]
#[repr(C)]
pub struct List {
    pub(crate) header: Header,
    pub items: VecCell,
}

impl List {
    pub fn new(heap: &mut Heap, items: Vec<Value>) -> Gc<List> {
        heap.charge(items.capacity() * size_of::<Value>());
        heap.allocate(List { header: Header::new(Kind::List), items: VecCell::new(items) }, 0)
    }
}

impl Trace for List {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_cells(&self.items);
    }

    fn external_bytes(&self) -> usize {
        self.items.capacity() * size_of::<Value>()
    }
}

/// The word behind the items of a tuple is its class.
const CLASSED: u8 = 1;

/// A tuple: its items follow the header, `len` of them. One of a subclass of `tuple` has the class behind them.
#[derive(Debug)]
#[repr(C)]
pub struct Tuple {
    pub(crate) header: Header,
    len: usize,
}

impl Tuple {
    pub fn new(heap: &mut Heap, items: &[Value]) -> Gc<Tuple> {
        let tuple = Tuple { header: Header::new(Kind::Tuple), len: items.len() };
        let gc = heap.allocate(tuple, size_of_val(items));
        // SAFETY: the tail has room for the items.
        unsafe {
            let tail = gc.as_ptr().add(1).cast::<Value>();
            std::ptr::copy_nonoverlapping(items.as_ptr(), tail, items.len());
        }
        gc
    }

    /// A tuple of a subclass of `tuple`.
    pub fn of_class(heap: &mut Heap, items: &[Value], class: Gc<Class>) -> Gc<Tuple> {
        let tuple = Tuple { header: Header::new(Kind::Tuple), len: items.len() };
        let gc = heap.allocate(tuple, size_of_val(items) + size_of::<Value>());
        // SAFETY: the tail has room for the items and one more.
        unsafe {
            let tail = gc.as_ptr().add(1).cast::<Value>();
            std::ptr::copy_nonoverlapping(items.as_ptr(), tail, items.len());
            tail.add(items.len()).write(class.value());
        }
        gc.header.set_flag(CLASSED);
        gc
    }

    /// Its class, unless that is `tuple` itself.
    #[inline(always)]
    pub fn class(&self) -> Option<Gc<Class>> {
        if !self.header.has_flag(CLASSED) {
            return None;
        }
        // SAFETY: the flag says that the word behind the items is there.
        unsafe { (self as *const Tuple).add(1).cast::<Value>().add(self.len).read() }.as_object::<Class>()
    }

    /// The items. Tuples never change, so a reference is good as long as the handle is.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: the tail holds `len` values, written when the tuple was made.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1).cast::<Value>(), self.len) }
    }
}

impl Trace for Tuple {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(self.items());
        if let Some(class) = self.class() {
            tracer.mark(class.value());
        }
    }
}

/// Immutable bytes.
#[derive(Debug)]
#[repr(C)]
pub struct Bytes {
    pub(crate) header: Header,
    pub data: Box<[u8]>,
}

impl Bytes {
    pub fn new(heap: &mut Heap, data: Vec<u8>) -> Gc<Bytes> {
        heap.charge(data.len());
        heap.allocate(Bytes { header: Header::new(Kind::Bytes), data: data.into_boxed_slice() }, 0)
    }
}

impl Trace for Bytes {
    fn trace(&self, _: &mut Tracer) {}

    fn external_bytes(&self) -> usize {
        self.data.len()
    }
}

/// An int that does not fit a word: past ±2^50.
#[derive(Debug)]
#[repr(C)]
pub struct BoxedInt {
    pub(crate) header: Header,
    pub value: BigInt,
}

impl BoxedInt {
    /// Boxes any int; [`Heap::big_int`] is the one caller, so that each int has one form.
    pub(crate) fn new(heap: &mut Heap, value: BigInt) -> Gc<BoxedInt> {
        heap.charge(value.bits() as usize / 8);
        heap.allocate(BoxedInt { header: Header::new(Kind::Int), value }, 0)
    }
}

impl Trace for BoxedInt {
    fn trace(&self, _: &mut Tracer) {}

    fn external_bytes(&self) -> usize {
        self.value.bits() as usize / 8
    }
}

/// `range(start, stop, step)` over ints of 64 bits; `step` is never 0.
#[derive(Debug)]
#[repr(C)]
pub struct Range {
    pub(crate) header: Header,
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

impl Range {
    pub fn new(heap: &mut Heap, start: i64, stop: i64, step: i64) -> Gc<Range> {
        heap.allocate(
            Range { header: Header::new(Kind::Range), start, stop, step: if step == 0 { 1 } else { step } },
            0,
        )
    }

    /// How many ints the range has.
    pub fn len(&self) -> u64 {
        range_len(self.start, self.stop, self.step)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The int at `i`, which must be below [`Range::len`].
    pub fn at(&self, i: u64) -> i64 {
        (self.start as i128 + i as i128 * self.step as i128) as i64
    }

    /// The place of an int in the range.
    pub fn position(&self, n: i64) -> Option<u64> {
        let distance = n as i128 - self.start as i128;
        let step = self.step as i128;
        if distance % step != 0 {
            return None;
        }
        let i = distance / step;
        if i >= 0 && i < self.len() as i128 { Some(i as u64) } else { None }
    }
}

/// How many ints `range(start, stop, step)` has.
pub fn range_len(start: i64, stop: i64, step: i64) -> u64 {
    let (low, high, step) = if step > 0 {
        (start as i128, stop as i128, step as i128)
    } else {
        (stop as i128, start as i128, -(step as i128))
    };
    if low >= high || step == 0 { 0 } else { ((high - low - 1) / step + 1) as u64 }
}

impl Trace for Range {
    fn trace(&self, _: &mut Tracer) {}
}

/// What `a[i:j:k]` hands to a class's own `[]`.
#[derive(Debug)]
#[repr(C)]
pub struct Slice {
    pub(crate) header: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

impl Slice {
    pub fn new(heap: &mut Heap, start: Value, stop: Value, step: Value) -> Gc<Slice> {
        heap.allocate(Slice { header: Header::new(Kind::Slice), start, stop, step }, 0)
    }
}

impl Trace for Slice {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.start, self.stop, self.step]);
    }
}

/// A variable that closures share.
#[derive(Debug)]
#[repr(C)]
pub struct VarCell {
    pub(crate) header: Header,
    pub value: Cell<Value>,
}

impl VarCell {
    pub fn new(heap: &mut Heap, value: Value) -> Gc<VarCell> {
        heap.allocate(VarCell { header: Header::new(Kind::Cell), value: Cell::new(value) }, 0)
    }
}

impl Trace for VarCell {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.value.get());
    }
}
