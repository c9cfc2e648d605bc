//! What goes through iterables in order and chooses or combines their items.

use std::cell::Cell;

use toy_grammar::ast::BinaryOp;

use super::{iterators, native};
use crate::heap::Tracer;
use crate::value::{Gc, List, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Vm};

pub(super) const ACCUMULATE: NativeDef = NativeDef::new(
    "accumulate(cls, iterable, func=nil, *, initial=nil)",
    "The running sums, or what `func` makes of the last result and the next item.",
    accumulate,
);
pub(super) const BATCHED: NativeDef = NativeDef::new(
    "batched(cls, iterable, n, *, strict=false)",
    "Tuples of `n` items; the last one may be shorter, unless `strict`.",
    batched,
);
pub(super) const CHAIN: NativeDef =
    NativeDef::new("chain(cls, *iterables)", "The items of one iterable after the other.", chain);
pub(super) const FROM_ITERABLE: NativeDef = NativeDef::new(
    "from_iterable(iterable, /)",
    "As `chain`, of the iterables that an iterable gives.",
    from_iterable,
);
pub(super) const COMPRESS: NativeDef = NativeDef::new(
    "compress(cls, data, selectors)",
    "The items whose selectors, at the same places, are true.",
    compress,
);
pub(super) const DROPWHILE: NativeDef = NativeDef::new(
    "dropwhile(cls, predicate, iterable, /)",
    "The items from the first on for which the predicate is false.",
    dropwhile,
);
pub(super) const FILTERFALSE: NativeDef = NativeDef::new(
    "filterfalse(cls, function, iterable, /)",
    "The items for which the function gives false; with nil, those that are false.",
    filterfalse,
);
pub(super) const ISLICE: NativeDef = NativeDef::new(
    "islice(cls, iterable, start, stop=nil, step=nil, /)",
    "The items at the places of a slice; with one number, the first so many.",
    islice,
);
pub(super) const PAIRWISE: NativeDef =
    NativeDef::new("pairwise(cls, iterable, /)", "Each item with the next one.", pairwise);
pub(super) const STARMAP: NativeDef = NativeDef::new(
    "starmap(cls, function, iterable, /)",
    "What the function gives for the items, each the list of its arguments.",
    starmap,
);
pub(super) const TAKEWHILE: NativeDef = NativeDef::new(
    "takewhile(cls, predicate, iterable, /)",
    "The items before the first for which the predicate is false.",
    takewhile,
);
pub(super) const ZIP_LONGEST: NativeDef = NativeDef::new(
    "zip_longest(cls, *iterables, fillvalue=nil)",
    "Tuples of one item of each iterable until the longest ends, filled up with `fillvalue`.",
    zip_longest,
);

/// Loops that give nothing look for signals once in so many rounds.
const INTERRUPT_INTERVAL: usize = 4096;

/// Declares [`NativeIter`] for an iterator that holds an iterator and some other values.
macro_rules! native_iter {
    ($type:ident, $name:literal, |$this:ident, $vm:ident| $next:expr, [$($held:expr),*]) => {
        impl NativeIter for $type {
            fn next(&self, $vm: &mut Vm) -> Result<Option<Value>, Raised> {
                let $this = self;
                $next
            }

            fn trace(&self, tracer: &mut Tracer) {
                let $this = self;
                tracer.mark_all(&[$($held),*]);
            }

            fn class_name(&self) -> &'static str {
                $name
            }
        }
    };
}

fn accumulate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = vm.iter(args.at(1))?;
    let initial = args.or_nil(3);
    native(
        vm,
        Accumulate {
            iterator,
            function: args.or_nil(2),
            total: Cell::new(initial),
            stage: Cell::new(if initial.is_nil() { Stage::Empty } else { Stage::Initial }),
        },
    )
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// The first item will be the first total.
    Empty,
    /// The initial value will be it.
    Initial,
    Running,
}

struct Accumulate {
    iterator: Value,
    /// Nil for addition.
    function: Value,
    total: Cell<Value>,
    stage: Cell<Stage>,
}

impl Accumulate {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.stage.get() == Stage::Initial {
            self.stage.set(Stage::Running);
            return Ok(Some(self.total.get()));
        }
        let Some(item) = vm.next(self.iterator)? else { return Ok(None) };
        let total = if self.stage.get() == Stage::Empty {
            item
        } else {
            let total = self.total.get();
            vm.rooted(&[total, item], |vm| match self.function {
                Value::NIL => vm.binary(BinaryOp::Add, total, item),
                function => vm.call(function, &[total, item]),
            })?
        };
        self.stage.set(Stage::Running);
        self.total.set(total);
        Ok(Some(total))
    }
}

native_iter!(
    Accumulate,
    "accumulate",
    |this, vm| this.advance(vm),
    [this.iterator, this.function, this.total.get()]
);

fn batched(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let size = vm.expect_index(args.at(2))?;
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return Err(vm.value_error("n must be at least one"));
    };
    let strict = match args.given(3) {
        Some(strict) => vm.truth(strict)?,
        None => false,
    };
    let iterator = Cell::new(vm.iter(args.at(1))?);
    native(vm, Batched { iterator, size, strict })
}

struct Batched {
    /// Nil at the end.
    iterator: Cell<Value>,
    size: usize,
    strict: bool,
}

impl Batched {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let iterator = self.iterator.get();
        if iterator.is_nil() {
            return Ok(None);
        }
        let batch = List::new(&mut vm.heap, Vec::new());
        vm.rooted(&[batch.value(), iterator], |vm| {
            while batch.items.len() < self.size {
                let Some(item) = vm.next(iterator)? else {
                    self.iterator.set(Value::NIL);
                    break;
                };
                vm.rooted(&[item], |vm| vm.list_push(batch, item))?;
                if batch.items.len().is_multiple_of(INTERRUPT_INTERVAL) {
                    vm.check_interrupt()?;
                }
            }
            if batch.items.is_empty() {
                return Ok(None);
            }
            if self.strict && batch.items.len() < self.size {
                return Err(vm.value_error("batched(): incomplete batch"));
            }
            Ok(Some(Tuple::new(&mut vm.heap, &batch.items.to_vec()).value()))
        })
    }
}

native_iter!(Batched, "batched", |this, vm| this.advance(vm), [this.iterator.get()]);

fn chain(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterables = Tuple::new(&mut vm.heap, args.get(1..).unwrap_or(&[])).value();
    let sources = Cell::new(vm.iter(iterables)?);
    native(vm, Chain { sources, current: Cell::new(Value::NIL) })
}

fn from_iterable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sources = Cell::new(vm.iter(args.at(0))?);
    native(vm, Chain { sources, current: Cell::new(Value::NIL) })
}

struct Chain {
    /// Gives the iterables; nil at the end.
    sources: Cell<Value>,
    /// The iterator of the current one, or nil.
    current: Cell<Value>,
}

impl Chain {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let mut rounds = 0_usize;
        loop {
            let current = self.current.get();
            if !current.is_nil() {
                if let Some(item) = vm.rooted(&[current], |vm| vm.next(current))? {
                    return Ok(Some(item));
                }
                self.current.set(Value::NIL);
            }
            let sources = self.sources.get();
            if sources.is_nil() {
                return Ok(None);
            }
            match vm.rooted(&[sources], |vm| vm.next(sources)) {
                Ok(Some(iterable)) => match vm.rooted(&[iterable], |vm| vm.iter(iterable)) {
                    Ok(iterator) => self.current.set(iterator),
                    Err(raised) => {
                        self.sources.set(Value::NIL);
                        return Err(raised);
                    }
                },
                Ok(None) => {
                    self.sources.set(Value::NIL);
                    return Ok(None);
                }
                Err(raised) => {
                    self.sources.set(Value::NIL);
                    return Err(raised);
                }
            }
            rounds += 1;
            if rounds.is_multiple_of(INTERRUPT_INTERVAL) {
                vm.check_interrupt()?;
            }
        }
    }
}

native_iter!(Chain, "chain", |this, vm| this.advance(vm), [this.sources.get(), this.current.get()]);

fn compress(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sources = iterators(vm, &[args.at(1), args.at(2)])?;
    native(vm, Compress { sources })
}

struct Compress {
    sources: Gc<Tuple>,
}

impl Compress {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let [data, selectors] = self.sources.items() else { return Ok(None) };
        let mut rounds = 0_usize;
        loop {
            let Some(item) = vm.next(*data)? else { return Ok(None) };
            let selected = vm.rooted(&[item], |vm| match vm.next(*selectors)? {
                Some(selector) => vm.rooted(&[selector], |vm| vm.truth(selector)).map(Some),
                None => Ok(None),
            })?;
            match selected {
                Some(true) => return Ok(Some(item)),
                Some(false) => {}
                None => return Ok(None),
            }
            rounds += 1;
            if rounds.is_multiple_of(INTERRUPT_INTERVAL) {
                vm.check_interrupt()?;
            }
        }
    }
}

native_iter!(Compress, "compress", |this, vm| this.advance(vm), [this.sources.value()]);

/// The truth of what a function gives for an item, which is rooted here; with nil, of the item itself.
fn verdict(vm: &mut Vm, function: Value, item: Value) -> Result<bool, Raised> {
    vm.rooted(&[item], |vm| {
        let verdict = if function.is_nil() { item } else { vm.call(function, &[item])? };
        vm.rooted(&[verdict], |vm| vm.truth(verdict))
    })
}

/// What `dropwhile`, `takewhile` and `filterfalse` hold.
struct Sieve {
    function: Value,
    iterator: Value,
    /// The first item that mattered has come.
    decided: Cell<bool>,
}

fn sieve(vm: &mut Vm, args: Args<'_>) -> Result<Sieve, Raised> {
    Ok(Sieve { function: args.at(1), iterator: vm.iter(args.at(2))?, decided: Cell::new(false) })
}

impl Sieve {
    /// The next item for which the function gives false.
    fn next_false(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let mut rounds = 0_usize;
        while let Some(item) = vm.next(self.iterator)? {
            if !vm.rooted(&[item], |vm| verdict(vm, self.function, item))? {
                return Ok(Some(item));
            }
            rounds += 1;
            if rounds.is_multiple_of(INTERRUPT_INTERVAL) {
                vm.check_interrupt()?;
            }
        }
        Ok(None)
    }

    fn drop_while(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.decided.get() {
            return vm.next(self.iterator);
        }
        let item = self.next_false(vm)?;
        self.decided.set(item.is_some());
        Ok(item)
    }

    fn take_while(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.decided.get() {
            return Ok(None);
        }
        let Some(item) = vm.next(self.iterator)? else { return Ok(None) };
        if vm.rooted(&[item], |vm| verdict(vm, self.function, item))? {
            return Ok(Some(item));
        }
        self.decided.set(true);
        Ok(None)
    }
}

struct DropWhile(Sieve);
struct TakeWhile(Sieve);
struct FilterFalse(Sieve);
native_iter!(DropWhile, "dropwhile", |this, vm| this.0.drop_while(vm), [this.0.function, this.0.iterator]);
native_iter!(TakeWhile, "takewhile", |this, vm| this.0.take_while(vm), [this.0.function, this.0.iterator]);
native_iter!(
    FilterFalse,
    "filterfalse",
    |this, vm| this.0.next_false(vm),
    [this.0.function, this.0.iterator]
);

fn dropwhile(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sieve = sieve(vm, args)?;
    native(vm, DropWhile(sieve))
}

fn takewhile(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sieve = sieve(vm, args)?;
    native(vm, TakeWhile(sieve))
}

fn filterfalse(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sieve = sieve(vm, args)?;
    native(vm, FilterFalse(sieve))
}

/// A bound of `islice`: none for nil.
fn bound(vm: &mut Vm, value: Value, message: &str) -> Result<Option<u64>, Raised> {
    match (value, vm.int_of(value)) {
        (Value::NIL, _) => Ok(None),
        (_, Some(Int::Small(i))) if i >= 0 => Ok(Some(i as u64)),
        _ => Err(vm.value_error(message)),
    }
}

fn islice(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let indices = "Indices for islice() must be nil or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop) = match args.given(3) {
        Some(stop) => (bound(vm, args.at(2), indices)?.unwrap_or(0), bound(vm, stop, indices)?),
        None => {
            let message = "Stop argument for islice() must be nil or an integer: 0 <= x <= sys.maxsize.";
            (0, bound(vm, args.at(2), message)?)
        }
    };
    let step = "Step for islice() must be a positive integer or nil.";
    let step = match bound(vm, args.or_nil(4), step)? {
        Some(0) => return Err(vm.value_error(step)),
        step => step.unwrap_or(1),
    };
    let iterator = Cell::new(vm.iter(args.at(1))?);
    native(vm, Islice { iterator, at: Cell::new(0), wanted: Cell::new(start), stop, step })
}

struct Islice {
    /// Nil at the end.
    iterator: Cell<Value>,
    /// How many items were taken.
    at: Cell<u64>,
    /// The place of the item that comes next.
    wanted: Cell<u64>,
    stop: Option<u64>,
    step: u64,
}

impl Islice {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let iterator = self.iterator.get();
        if iterator.is_nil() {
            return Ok(None);
        }
        let wanted = self.wanted.get();
        let ends = self.stop.is_some_and(|stop| wanted >= stop);
        // At the end as much is taken as a slice would have covered.
        let take_to = if ends { self.stop.unwrap_or(0) } else { wanted.saturating_add(1) };
        let mut item = None;
        while self.at.get() < take_to {
            item = vm.rooted(&[iterator], |vm| vm.next(iterator))?;
            if item.is_none() {
                self.iterator.set(Value::NIL);
                return Ok(None);
            }
            self.at.set(self.at.get() + 1);
            if self.at.get().is_multiple_of(INTERRUPT_INTERVAL as u64) && self.at.get() < take_to {
                vm.check_interrupt()?;
            }
        }
        if ends {
            self.iterator.set(Value::NIL);
            return Ok(None);
        }
        self.wanted.set(wanted.saturating_add(self.step));
        Ok(item)
    }
}

native_iter!(Islice, "islice", |this, vm| this.advance(vm), [this.iterator.get()]);

fn pairwise(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = vm.iter(args.at(1))?;
    native(vm, Pairwise { iterator, last: Cell::new(Value::UNDEF) })
}

struct Pairwise {
    iterator: Value,
    /// Undefined before the first item.
    last: Cell<Value>,
}

impl Pairwise {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.last.get().is_undef() {
            let Some(first) = vm.next(self.iterator)? else { return Ok(None) };
            self.last.set(first);
        }
        let last = self.last.get();
        let Some(item) = vm.rooted(&[last], |vm| vm.next(self.iterator))? else { return Ok(None) };
        self.last.set(item);
        Ok(Some(Tuple::new(&mut vm.heap, &[last, item]).value()))
    }
}

native_iter!(Pairwise, "pairwise", |this, vm| this.advance(vm), [this.iterator, this.last.get()]);

fn starmap(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = vm.iter(args.at(2))?;
    native(vm, StarMap { function: args.at(1), iterator })
}

struct StarMap {
    function: Value,
    iterator: Value,
}

impl StarMap {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let Some(item) = vm.next(self.iterator)? else { return Ok(None) };
        let arguments = vm.rooted(&[item], |vm| vm.list_from(item))?;
        vm.rooted(&[arguments.value()], |vm| vm.call(self.function, &arguments.items.to_vec())).map(Some)
    }
}

native_iter!(StarMap, "starmap", |this, vm| this.advance(vm), [this.function, this.iterator]);

fn zip_longest(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterators = iterators(vm, args.get(2..).unwrap_or(&[]))?;
    let sources = List::new(&mut vm.heap, iterators.items().to_vec());
    native(vm, ZipLongest { sources, fill: args.or_nil(1) })
}

struct ZipLongest {
    /// The iterators, nil for those that have ended.
    sources: Gc<List>,
    fill: Value,
}

impl ZipLongest {
    fn advance(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let row = List::new(&mut vm.heap, Vec::with_capacity(self.sources.items.len()));
        vm.rooted(&[row.value()], |vm| {
            for i in 0..self.sources.items.len() {
                let iterator = self.sources.items.get(i).unwrap_or(Value::NIL);
                let item =
                    if iterator.is_nil() { None } else { vm.rooted(&[iterator], |vm| vm.next(iterator))? };
                if item.is_none() {
                    self.sources.items.set(i, Value::NIL);
                }
                row.items.push(item.unwrap_or(self.fill));
            }
            let all_ended = self.sources.items.to_vec().iter().all(|iterator| iterator.is_nil());
            Ok(if all_ended { None } else { Some(Tuple::new(&mut vm.heap, &row.items.to_vec()).value()) })
        })
    }
}

native_iter!(ZipLongest, "zip_longest", |this, vm| this.advance(vm), [this.sources.value(), this.fill]);
