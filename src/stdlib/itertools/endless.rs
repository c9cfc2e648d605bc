//! `count`, `cycle` and `repeat`.

use std::cell::Cell;

use toy_grammar::ast::BinaryOp;

use super::native;
use crate::heap::Tracer;
use crate::value::{Gc, List, NativeDef, NativeIter, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const COUNT: NativeDef =
    NativeDef::new("count(cls, start=0, step=1)", "The numbers from `start` on, `step` apart.", count);
pub(super) const CYCLE: NativeDef =
    NativeDef::new("cycle(cls, iterable, /)", "The items of the iterable, over and over.", cycle);
pub(super) const REPEAT: NativeDef = NativeDef::new(
    "repeat(cls, object, times=nil)",
    "The same object, endlessly or the given number of times.",
    repeat,
);

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let start = args.given(1).unwrap_or(Value::int32(0));
    let step = args.given(2).unwrap_or(Value::int32(1));
    for number in [start, step] {
        if !number.is_float() && vm.int_of(number).is_none() {
            return Err(vm.type_error("a number is required"));
        }
    }
    native(vm, Count { next: Cell::new(start), step })
}

struct Count {
    next: Cell<Value>,
    step: Value,
}

impl NativeIter for Count {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let number = self.next.get();
        self.next.set(vm.binary(BinaryOp::Add, number, self.step)?);
        Ok(Some(number))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.next.get(), self.step]);
    }

    fn class_name(&self) -> &'static str {
        "count"
    }
}

fn cycle(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = vm.iter(args.at(1))?;
    let saved = List::new(&mut vm.heap, Vec::new());
    native(vm, Cycle { iterator: Cell::new(iterator), saved, next: Cell::new(0) })
}

struct Cycle {
    /// Nil once it has ended.
    iterator: Cell<Value>,
    saved: Gc<List>,
    next: Cell<usize>,
}

impl NativeIter for Cycle {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if !self.iterator.get().is_nil() {
            if let Some(item) = vm.next(self.iterator.get())? {
                vm.rooted(&[item], |vm| vm.list_push(self.saved, item))?;
                return Ok(Some(item));
            }
            self.iterator.set(Value::NIL);
        }
        let i = if self.next.get() < self.saved.items.len() { self.next.get() } else { 0 };
        self.next.set(i + 1);
        Ok(self.saved.items.get(i))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.iterator.get(), self.saved.value()]);
    }

    fn class_name(&self) -> &'static str {
        "cycle"
    }
}

fn repeat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let left = match args.given(2) {
        Some(times) => Some(vm.expect_index(times)?.max(0)),
        None => None,
    };
    native(vm, Repeat { object: args.at(1), left: Cell::new(left) })
}

struct Repeat {
    object: Value,
    /// How often still; none for ever.
    left: Cell<Option<i64>>,
}

impl NativeIter for Repeat {
    fn next(&self, _: &mut Vm) -> Result<Option<Value>, Raised> {
        match self.left.get() {
            Some(0) => return Ok(None),
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        Ok(Some(self.object))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.object);
    }

    fn class_name(&self) -> &'static str {
        "repeat"
    }
}
