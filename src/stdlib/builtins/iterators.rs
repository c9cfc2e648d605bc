//! What makes iterators: `iter`, `enumerate`, `zip`, `map`, `filter` and `reversed`.
//!
//! What is hard: an iterator here may be asked for its next item while it is already making one, by the very
//! code it runs. So all that changes is in cells, and nothing is borrowed across a call.

use std::cell::Cell;

use crate::heap::Tracer;
use crate::value::{
    Bytes, Dict, DictPart, DictView, Gc, Iter, IterState, List, NativeDef, NativeIter, Range, Tuple, Value,
};
use crate::vm::{Args, Exc, NativeResult, Raised, Sym, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[NativeDef::new(
    "iter(object, sentinel=nil, /)",
    "An iterator over the object; with a sentinel, over what calling it gives until that is the sentinel.",
    iter,
)];

/// The classes of iterators that programs make by name.
pub(super) static CLASSES: &[NativeDef] = &[
    NativeDef::new(
        "enumerate(cls, /, iterable, start=0)",
        "An iterator over pairs of a running number and an item.",
        enumerate,
    ),
    NativeDef::new(
        "filter(cls, function, iterable, /)",
        "An iterator over the items for which it gives true.",
        filter,
    ),
    NativeDef::new(
        "map(cls, /, *args)",
        "An iterator over what a function, the first argument, gives for the items of the iterables behind it.",
        map,
    ),
    NativeDef::new(
        "reversed(cls, sequence, /)",
        "An iterator over the items from the last to the first.",
        reversed,
    ),
    NativeDef::new(
        "zip(cls, /, *iterables, strict=false)",
        "An iterator over tuples of one item of each iterable, until the shortest ends.",
        zip,
    ),
];

fn native(vm: &mut Vm, iter: impl NativeIter + 'static) -> NativeResult {
    Ok(Iter::native(&mut vm.heap, iter).value())
}

/// The iterators of some iterables, in a tuple.
fn iterators(vm: &mut Vm, iterables: &[Value]) -> Result<Gc<Tuple>, Raised> {
    let iterators = List::new(&mut vm.heap, Vec::with_capacity(iterables.len()));
    vm.rooted(&[iterators.value()], |vm| {
        for iterable in iterables {
            iterators.items.push(vm.iter(*iterable)?);
        }
        Ok(Tuple::new(&mut vm.heap, &iterators.items.to_vec()))
    })
}

fn iter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(sentinel) = args.given(1) else { return vm.iter(args.at(0)) };
    if !vm.is_callable(args.at(0)) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    native(vm, CallUntil { function: Cell::new(args.at(0)), sentinel })
}

struct CallUntil {
    /// Nil once the sentinel has come.
    function: Cell<Value>,
    sentinel: Value,
}

impl NativeIter for CallUntil {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.function.get().is_nil() {
            return Ok(None);
        }
        let item = vm.call(self.function.get(), &[])?;
        if vm.rooted(&[item], |vm| vm.eq(item, self.sentinel))? {
            self.function.set(Value::NIL);
            return Ok(None);
        }
        Ok(Some(item))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function.get(), self.sentinel]);
    }

    fn class_name(&self) -> &'static str {
        "callable_iterator"
    }
}

fn enumerate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let next = args.given(2).unwrap_or(Value::int32(0));
    vm.expect_int(next)?;
    let iterator = vm.iter(args.at(1))?;
    native(vm, Enumerate { iterator, next: Cell::new(next) })
}

struct Enumerate {
    iterator: Value,
    next: Cell<Value>,
}

impl NativeIter for Enumerate {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let Some(item) = vm.next(self.iterator)? else { return Ok(None) };
        let number = self.next.get();
        let next = match number.as_int().and_then(|i| Value::small_int(i + 1)) {
            Some(next) => next,
            // Rare: an int past 50 bits.
            None => {
                vm.rooted(&[item], |vm| vm.binary(toy_grammar::ast::BinaryOp::Add, number, Value::int32(1)))?
            }
        };
        self.next.set(next);
        Ok(Some(Tuple::new(&mut vm.heap, &[number, item]).value()))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.iterator, self.next.get()]);
    }

    fn class_name(&self) -> &'static str {
        "enumerate"
    }
}

fn zip(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let strict = match args.given(1) {
        Some(strict) => vm.truth(strict)?,
        None => false,
    };
    let iterators = iterators(vm, args.get(2..).unwrap_or(&[]))?;
    native(vm, Zip { iterators, strict })
}

struct Zip {
    iterators: Gc<Tuple>,
    strict: bool,
}

impl Zip {
    /// Puts an item of each iterator on the roots; false when one has ended.
    fn gather(&self, vm: &mut Vm) -> Result<bool, Raised> {
        for (i, iterator) in self.iterators.items().iter().enumerate() {
            match vm.next(*iterator)? {
                Some(item) => vm.roots.push(item),
                None if self.strict => return self.check_all_end(vm, i),
                None => return Ok(false),
            }
        }
        Ok(!self.iterators.items().is_empty())
    }

    /// Iterator `ended` is the first to end; the others must end too.
    fn check_all_end(&self, vm: &mut Vm, ended: usize) -> Result<bool, Raised> {
        let others = |n: usize| if n == 1 { "argument 1".to_string() } else { format!("arguments 1-{n}") };
        if ended > 0 {
            let message = format!("zip() argument {} is shorter than {}", ended + 1, others(ended));
            return Err(vm.value_error(message));
        }
        for (i, iterator) in self.iterators.items().iter().enumerate().skip(1) {
            if vm.next(*iterator)?.is_some() {
                let message = format!("zip() argument {} is longer than {}", i + 1, others(i));
                return Err(vm.value_error(message));
            }
        }
        Ok(false)
    }
}

impl NativeIter for Zip {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let mark = vm.roots.len();
        let item = match self.gather(vm) {
            Ok(true) => {
                let items = vm.roots.get(mark..).unwrap_or(&[]);
                Ok(Some(Tuple::new(&mut vm.heap, items).value()))
            }
            Ok(false) => Ok(None),
            Err(raised) => Err(raised),
        };
        vm.roots.truncate(mark);
        item
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.iterators.value());
    }

    fn class_name(&self) -> &'static str {
        "zip"
    }
}

fn map(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let [_, function, iterables @ ..] = args.slice() else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let iterators = iterators(vm, iterables)?;
    native(vm, Map { function: *function, zip: Zip { iterators, strict: false } })
}

struct Map {
    function: Value,
    zip: Zip,
}

impl NativeIter for Map {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let mark = vm.roots.len();
        let item = match self.zip.gather(vm) {
            Ok(true) => {
                let items = vm.roots.get(mark..).unwrap_or(&[]).to_vec();
                vm.call(self.function, &items).map(Some)
            }
            Ok(false) => Ok(None),
            Err(raised) => Err(raised),
        };
        vm.roots.truncate(mark);
        item
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.function);
        self.zip.trace(tracer);
    }

    fn class_name(&self) -> &'static str {
        "map"
    }
}

fn filter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let iterator = vm.iter(args.at(2))?;
    native(vm, Filter { function: args.at(1), iterator })
}

struct Filter {
    /// Nil to take the items that are true themselves.
    function: Value,
    iterator: Value,
}

impl NativeIter for Filter {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let mut rounds = 0_usize;
        while let Some(item) = vm.next(self.iterator)? {
            let wanted = vm.rooted(&[item], |vm| {
                let verdict = if self.function.is_nil() { item } else { vm.call(self.function, &[item])? };
                vm.rooted(&[verdict], |vm| vm.truth(verdict))
            })?;
            if wanted {
                return Ok(Some(item));
            }
            rounds += 1;
            if rounds.is_multiple_of(4096) {
                vm.check_interrupt()?;
            }
        }
        Ok(None)
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.function, self.iterator]);
    }

    fn class_name(&self) -> &'static str {
        "filter"
    }
}

fn reversed(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sequence = args.at(1);
    if let Some(range) = sequence.as_object::<Range>() {
        let left = range.len();
        let next = if left == 0 { 0 } else { range.at(left - 1) };
        let state = IterState::Range { next, left, step: range.step.wrapping_neg() };
        return Ok(Iter::new(&mut vm.heap, state).value());
    }
    let view = match (sequence.as_object::<Dict>(), sequence.as_object::<DictView>()) {
        (Some(dict), _) => Some((dict, DictPart::Keys)),
        (_, Some(view)) => Some((view.dict, view.part)),
        _ => None,
    };
    if let Some((dict, part)) = view {
        let next = Cell::new(dict.table.end());
        return native(vm, ReversedDict { dict, part, next, len: dict.table.len() });
    }
    let built_in = sequence.as_object::<List>().is_some()
        || sequence.as_object::<Tuple>().is_some()
        || sequence.as_str().is_some()
        || sequence.as_object::<Bytes>().is_some();
    let declared =
        vm.find_special(sequence, Sym::Len).is_some() && vm.find_special(sequence, Sym::Index).is_some();
    if !built_in && !declared {
        let name = vm.type_name(sequence);
        return Err(vm.type_error(format!("'{name}' object is not reversible")));
    }
    let next = match sequence.as_str() {
        Some(string) => string.byte_len(),
        None => vm.len(sequence)?,
    };
    native(vm, Reversed { sequence, next: Cell::new(next) })
}

/// Goes down the indices of a sequence, which may shrink meanwhile.
struct Reversed {
    sequence: Value,
    /// One more than the next index, in strings the end of the next code point in bytes; 0 at the end.
    next: Cell<usize>,
}

impl NativeIter for Reversed {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let end = self.next.get();
        let Some(i) = end.checked_sub(1) else { return Ok(None) };
        if let Some(string) = self.sequence.as_str() {
            let start = string.as_str()[..end].char_indices().next_back().map_or(0, |(start, _)| start);
            self.next.set(start);
            return Ok(Some(vm.heap.str(&string.as_str()[start..end])));
        }
        self.next.set(i);
        if let Some(list) = self.sequence.as_object::<List>() {
            let item = list.items.get(i);
            if item.is_none() {
                self.next.set(0);
            }
            return Ok(item);
        }
        match vm.get_item(self.sequence, Value::len(i)) {
            Err(Raised(exception)) if vm.is_exception(exception, Exc::IndexError) => {
                self.next.set(0);
                Ok(None)
            }
            item => item.map(Some),
        }
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.sequence);
    }

    fn class_name(&self) -> &'static str {
        if self.sequence.as_object::<List>().is_some() { "list_reverseiterator" } else { "reversed" }
    }
}

struct ReversedDict {
    dict: Gc<Dict>,
    part: DictPart,
    /// One more than the next position to look at; 0 at the end.
    next: Cell<usize>,
    len: usize,
}

impl NativeIter for ReversedDict {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.dict.table.len() != self.len {
            return Err(vm.runtime_error("dictionary changed size during iteration"));
        }
        while let Some(i) = self.next.get().checked_sub(1) {
            self.next.set(i);
            if let Some((key, value)) = self.dict.table.entry(i) {
                return Ok(Some(match self.part {
                    DictPart::Keys => key,
                    DictPart::Values => value,
                    DictPart::Items => Tuple::new(&mut vm.heap, &[key, value]).value(),
                }));
            }
        }
        Ok(None)
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.dict.value());
    }

    fn class_name(&self) -> &'static str {
        match self.part {
            DictPart::Keys => "dict_reversekeyiterator",
            DictPart::Values => "dict_reversevalueiterator",
            DictPart::Items => "dict_reverseitemiterator",
        }
    }
}
