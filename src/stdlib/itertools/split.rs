//! `groupby` and `tee`: several iterators over one.
//!
//! What is hard: they share what one of them has read. Each group of `groupby` is good until the next one is asked
//! for. The iterators of a `tee` read from a chain of links, each of which is made when its item is first asked for and
//! forgotten when the last iterator has passed it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::native;
use crate::heap::Tracer;
use crate::value::{Gc, Iter, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const GROUPBY: NativeDef = NativeDef::new(
    "groupby(cls, iterable, key=nil)",
    "Pairs of a key and an iterator over the items in a row that have that key.",
    groupby,
);
pub(super) const TEE: NativeDef =
    NativeDef::new("tee(iterable, n=2, /)", "A tuple of independent iterators over one iterable.", tee);

/// What a `groupby` and its groups share.
struct Groups {
    iterator: Value,
    function: Value,
    /// The item read last and its key, undefined before the first one.
    item: Cell<Value>,
    key: Cell<Value>,
    /// The key of the group given last, undefined before the first one.
    group_key: Cell<Value>,
    /// The number of the group that was given last.
    group: Cell<u64>,
}

impl Groups {
    /// Reads one item and its key; false at the end.
    fn read(&self, vm: &mut Vm) -> Result<bool, Raised> {
        let Some(item) = vm.next(self.iterator)? else { return Ok(false) };
        let key = match self.function {
            Value::NIL => item,
            function => vm.rooted(&[item], |vm| vm.call(function, &[item]))?,
        };
        self.item.set(item);
        self.key.set(key);
        Ok(true)
    }

    /// Whether the item read last belongs to the group given last.
    fn is_in_group(&self, vm: &mut Vm) -> Result<bool, Raised> {
        let (group, key) = (self.group_key.get(), self.key.get());
        vm.rooted(&[group, key], |vm| vm.eq(group, key))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[
            self.iterator,
            self.function,
            self.item.get(),
            self.key.get(),
            self.group_key.get(),
        ]);
    }
}

fn groupby(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let groups = Groups {
        iterator: vm.iter(args.at(1))?,
        function: args.or_nil(2),
        item: Cell::new(Value::UNDEF),
        key: Cell::new(Value::UNDEF),
        group_key: Cell::new(Value::UNDEF),
        group: Cell::new(0),
    };
    native(vm, GroupBy(Rc::new(groups)))
}

struct GroupBy(Rc<Groups>);

impl NativeIter for GroupBy {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let groups = &self.0;
        groups.group.set(groups.group.get() + 1);
        let mut rounds = 0_usize;
        // Skips what is left of the last group.
        while groups.key.get().is_undef() || !groups.group_key.get().is_undef() && groups.is_in_group(vm)? {
            if !groups.read(vm)? {
                return Ok(None);
            }
            rounds += 1;
            if rounds.is_multiple_of(4096) {
                vm.check_interrupt()?;
            }
        }
        let key = groups.key.get();
        groups.group_key.set(key);
        let group = Group { groups: groups.clone(), number: groups.group.get() };
        let group = Iter::native(&mut vm.heap, group).value();
        Ok(Some(Tuple::new(&mut vm.heap, &[key, group]).value()))
    }

    fn trace(&self, tracer: &mut Tracer) {
        self.0.trace(tracer);
    }

    fn class_name(&self) -> &'static str {
        "groupby"
    }
}

struct Group {
    groups: Rc<Groups>,
    number: u64,
}

impl NativeIter for Group {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let groups = &self.groups;
        if groups.group.get() != self.number {
            return Ok(None);
        }
        if groups.item.get().is_undef() && !groups.read(vm)? {
            return Ok(None);
        }
        if !groups.is_in_group(vm)? {
            return Ok(None);
        }
        Ok(Some(groups.item.replace(Value::UNDEF)))
    }

    fn trace(&self, tracer: &mut Tracer) {
        self.groups.trace(tracer);
    }

    fn class_name(&self) -> &'static str {
        "_grouper"
    }
}

/// What the iterators of a `tee` read from.
struct Source {
    iterator: Value,
    running: Cell<bool>,
}

/// A place in what was read: the item, and the place behind it, once they are known.
#[derive(Default)]
struct Link(RefCell<Option<(Value, Rc<Link>)>>);

impl Drop for Link {
    /// Frees a chain link by link, for it may be long.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some((_, link)) = next {
            next = Rc::try_unwrap(link).ok().and_then(|link| link.0.take());
        }
    }
}

fn tee(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let n = match args.given(1) {
        Some(n) => vm.expect_index(n)?,
        None => 2,
    };
    let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("n must be >= 0")) };
    vm.reserve(n.saturating_mul(size_of::<Tee>() + 64))?;
    let iterator = vm.iter(args.at(0))?;
    let source = Rc::new(Source { iterator, running: Cell::new(false) });
    let start = Rc::new(Link::default());
    let mut iterators = Vec::with_capacity(n);
    for _ in 0..n {
        let tee = Tee { source: source.clone(), link: RefCell::new(start.clone()) };
        iterators.push(Iter::native(&mut vm.heap, tee).value());
    }
    let iterators: Gc<Tuple> = Tuple::new(&mut vm.heap, &iterators);
    Ok(iterators.value())
}

struct Tee {
    source: Rc<Source>,
    link: RefCell<Rc<Link>>,
}

impl NativeIter for Tee {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let link = self.link.borrow().clone();
        let known = link.0.borrow().clone();
        if let Some((item, next)) = known {
            self.link.replace(next);
            return Ok(Some(item));
        }
        if self.source.running.replace(true) {
            return Err(vm.runtime_error("tee is already running"));
        }
        let item = vm.next(self.source.iterator);
        self.source.running.set(false);
        let Some(item) = item? else { return Ok(None) };
        let next = Rc::new(Link::default());
        link.0.replace(Some((item, next.clone())));
        self.link.replace(next);
        Ok(Some(item))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.source.iterator);
        let mut link = self.link.borrow().clone();
        loop {
            let Some((item, next)) = link.0.borrow().clone() else { break };
            tracer.mark(item);
            link = next;
        }
    }

    fn class_name(&self) -> &'static str {
        "_tee"
    }
}
