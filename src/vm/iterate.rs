//! Iteration: what can be iterated, and going through it.
//!
//! The dispatch loop has fast paths of its own for lists, ranges and dicts; here is what holds for everything.
//! What is hard: every step may run Toy code that changes what is being iterated. So a step reads one item
//! with the state of the iterator already moved on, and only then makes objects or calls anything.
//!
//! Who calls [`Vm::next`] keeps the iterator rooted; [`Vm::for_each`] does so itself, and roots each item
//! while it is being looked at.

use std::cell::Cell;
use std::rc::Rc;

use super::{Exc, NativeResult, Raised, Resume, Sym, Vm};
use crate::heap::Tracer;
use crate::value::{
    Bytes, Dict, DictPart, DictView, Gc, Generator, Instance, Iter, IterState, List, Native, NativeIter,
    Range, Set, Str, Tuple, Value,
};

/// Loops without Toy code look for signals once in so many rounds.
const INTERRUPT_INTERVAL: usize = 4096;

/// What an iterator's state gives before any object is made of it.
enum Step {
    Item(Value),
    Int(i64),
    Pair(Value, Value),
    /// The code point between two byte offsets.
    Char(Gc<Str>, usize, usize),
    Native(Rc<dyn NativeIter>),
    Changed(&'static str),
    End,
}

impl Vm {
    /// Whether [`Vm::iter`] would find a way to iterate.
    pub fn is_iterable(&self, value: Value) -> bool {
        self.built_in_state(value).is_some()
            || value.as_object::<Iter>().is_some()
            || value.as_object::<Generator>().is_some()
            || value.as_object::<Bytes>().is_some()
            || self.find_special(value, Sym::Iter).is_some()
            || self.has_own_index(value)
    }

    /// Whether a class of the program gives items by number. Built-in classes that can be walked say so otherwise: a
    /// match of `re` has items and cannot.
    fn has_own_index(&self, value: Value) -> bool {
        self.find_special(value, Sym::Index).is_some_and(|method| method.as_object::<Native>().is_none())
    }

    /// Whether the value has what [`Vm::next`] asks for.
    pub fn is_iterator(&self, value: Value) -> bool {
        value.as_object::<Iter>().is_some()
            || value.as_object::<Generator>().is_some()
            || self.find_special(value, Sym::Next).is_some()
    }

    /// Where the iteration of a built-in container starts.
    fn built_in_state(&self, value: Value) -> Option<IterState> {
        if let Some(list) = value.as_object::<List>() {
            Some(IterState::List { list, next: 0 })
        } else if let Some(range) = value.as_object::<Range>() {
            Some(IterState::Range { next: range.start, left: range.len(), step: range.step })
        } else if let Some(dict) = value.as_object::<Dict>() {
            Some(IterState::Dict { dict, part: DictPart::Keys, next: 0, len: dict.table.len() })
        } else if let Some(tuple) = value.as_object::<Tuple>() {
            Some(IterState::Tuple { tuple, next: 0 })
        } else if let Some(string) = value.as_str() {
            Some(IterState::Str { string, offset: 0 })
        } else if let Some(set) = value.as_object::<Set>() {
            Some(IterState::Set { set, next: 0, len: set.table.len() })
        } else {
            let view = value.as_object::<DictView>()?;
            Some(IterState::Dict { dict: view.dict, part: view.part, next: 0, len: view.dict.table.len() })
        }
    }

    /// An iterator over a value.
    pub fn iter(&mut self, value: Value) -> NativeResult {
        if let Some(state) = self.built_in_state(value) {
            return Ok(Iter::new(&mut self.heap, state).value());
        }
        if value.as_object::<Iter>().is_some() || value.as_object::<Generator>().is_some() {
            return Ok(value);
        }
        if let Some(bytes) = value.as_object::<Bytes>() {
            return Ok(Iter::native(&mut self.heap, BytesIter { bytes, next: Cell::new(0) }).value());
        }
        let Some(iterator) = self.call_special(value, Sym::Iter, &[])? else {
            if !self.has_own_index(value) {
                return Err(self.not_iterable(value));
            }
            return Ok(
                Iter::native(&mut self.heap, ItemsIter { sequence: value, next: Cell::new(Some(0)) }).value()
            );
        };
        if self.is_iterator(iterator) {
            return Ok(iterator);
        }
        let name = self.type_name(iterator);
        Err(self.type_error(format!("iter() returned non-iterator of type '{name}'")))
    }

    #[cold]
    fn not_iterable(&mut self, value: Value) -> Raised {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not iterable"))
    }

    /// The next item of an iterator, or none at its end.
    pub fn next(&mut self, iterator: Value) -> Result<Option<Value>, Raised> {
        if let Some(generator) = iterator.as_object::<Generator>() {
            return self.resume(generator, Resume::Send(Value::NIL));
        }
        let item = match iterator.as_object::<Iter>() {
            Some(iter) => match iter.state.with(advance) {
                Step::Item(item) => return Ok(Some(item)),
                Step::Int(i) => return Ok(Some(self.heap.int(i))),
                Step::Pair(key, value) => return Ok(Some(Tuple::new(&mut self.heap, &[key, value]).value())),
                Step::Char(string, start, end) => {
                    return Ok(Some(self.heap.str(&string.as_str()[start..end])));
                }
                Step::End => Ok(None),
                Step::Changed(message) => return Err(self.runtime_error(message)),
                // Iterators over iterators may be stacked to any depth.
                Step::Native(native) => self.nested("", &[iterator], |vm| native.next(vm)),
            },
            None => match self.call_special(iterator, Sym::Next, &[]) {
                Ok(None) => return Err(self.not_an_iterator(iterator)),
                item => item,
            },
        };
        // An end may have a value, which only `yield from` asks for.
        match item {
            Ok(None) => {
                self.stop_value = Value::NIL;
                Ok(None)
            }
            Err(Raised(exception)) if self.is_exception(exception, Exc::StopIteration) => {
                let value = self.sym(Sym::Value);
                let value = exception.as_object::<Instance>().and_then(|exception| exception.get(value));
                self.stop_value = value.unwrap_or(Value::NIL);
                Ok(None)
            }
            item => item,
        }
    }

    #[cold]
    pub(crate) fn not_an_iterator(&mut self, value: Value) -> Raised {
        let name = self.type_name(value);
        self.type_error(format!("'{name}' object is not an iterator"))
    }

    /// Calls `f` with each item until it returns false. The item is rooted while `f` runs.
    pub fn for_each(
        &mut self,
        iterable: Value,
        mut f: impl FnMut(&mut Vm, Value) -> Result<bool, Raised>,
    ) -> Result<(), Raised> {
        let mark = self.roots.len();
        self.roots.push(iterable);
        let result = self.for_each_rooted(iterable, mark, &mut f);
        self.roots.truncate(mark);
        result
    }

    fn for_each_rooted(
        &mut self,
        iterable: Value,
        mark: usize,
        f: &mut impl FnMut(&mut Vm, Value) -> Result<bool, Raised>,
    ) -> Result<(), Raised> {
        let iterator = self.iter(iterable)?;
        self.roots.push(iterator);
        let mut rounds = 0_usize;
        while let Some(item) = self.next(iterator)? {
            self.roots.truncate(mark + 2);
            self.roots.push(item);
            if !f(self, item)? {
                break;
            }
            rounds += 1;
            if rounds.is_multiple_of(INTERRUPT_INTERVAL) {
                self.check_interrupt()?;
            }
        }
        Ok(())
    }

    /// A new list of all items.
    pub fn list_from(&mut self, iterable: Value) -> Result<Gc<List>, Raised> {
        if let Some(items) = self.copy_items(iterable)? {
            return Ok(List::new(&mut self.heap, items));
        }
        let list = List::new(&mut self.heap, Vec::new());
        self.list_extend(list, iterable)?;
        Ok(list)
    }

    /// All items. They are not rooted: put them into something that is before Toy code runs again.
    pub fn collect_list(&mut self, iterable: Value) -> Result<Vec<Value>, Raised> {
        if let Some(items) = self.copy_items(iterable)? {
            return Ok(items);
        }
        Ok(self.list_from(iterable)?.items.take())
    }

    /// Appends all items to a list.
    pub fn list_extend(&mut self, list: Gc<List>, iterable: Value) -> Result<(), Raised> {
        self.rooted(&[list.value()], |vm| match vm.copy_items(iterable)? {
            Some(items) => {
                let capacity = list.items.capacity();
                list.items.extend(&items);
                vm.heap.charge(list.items.capacity().saturating_sub(capacity) * size_of::<Value>());
                Ok(())
            }
            None => vm.for_each(iterable, |vm, item| {
                vm.list_push(list, item)?;
                Ok(true)
            }),
        })
    }

    /// The items of what can be copied as a whole: no Toy code runs, and the memory is asked for at once.
    fn copy_items(&mut self, value: Value) -> Result<Option<Vec<Value>>, Raised> {
        let len = if let Some(list) = value.as_object::<List>() {
            list.items.len()
        } else if let Some(tuple) = value.as_object::<Tuple>() {
            tuple.items().len()
        } else if let Some(range) = value.as_object::<Range>() {
            usize::try_from(range.len()).unwrap_or(usize::MAX)
        } else if let Some(set) = value.as_object::<Set>() {
            set.table.len()
        } else if let Some(dict) = value.as_object::<Dict>() {
            dict.table.len()
        } else if let Some(view) = value.as_object::<DictView>() {
            view.dict.table.len()
        } else {
            return Ok(None);
        };
        self.reserve_keeping(&[value], len.saturating_mul(size_of::<Value>()))?;
        Ok(if let Some(list) = value.as_object::<List>() {
            Some(list.items.to_vec())
        } else if let Some(tuple) = value.as_object::<Tuple>() {
            Some(tuple.items().to_vec())
        } else if let Some(range) = value.as_object::<Range>() {
            Some((0..range.len()).map(|i| self.heap.int(range.at(i))).collect())
        } else if let Some(set) = value.as_object::<Set>() {
            Some(set.table.keys())
        } else if let Some(dict) = value.as_object::<Dict>() {
            Some(dict.table.keys())
        } else {
            value.as_object::<DictView>().map(|view| self.view_items(view))
        })
    }

    fn view_items(&mut self, view: Gc<DictView>) -> Vec<Value> {
        match view.part {
            DictPart::Keys => view.dict.table.keys(),
            DictPart::Values => view.dict.table.items().into_iter().map(|(_, value)| value).collect(),
            DictPart::Items => {
                let pairs = view.dict.table.items().into_iter();
                pairs.map(|(key, value)| Tuple::new(&mut self.heap, &[key, value]).value()).collect()
            }
        }
    }

    /// The exactly `n` items of what is unpacked to `n` targets.
    pub fn unpack(&mut self, value: Value, n: usize) -> Result<Vec<Value>, Raised> {
        // Not more than one item too many is taken, for the iterable may be endless.
        let items = self.take_items(value, n.saturating_add(1))?;
        match items.len() {
            len if len == n => Ok(items),
            len if len < n => {
                Err(self.value_error(format!("not enough values to unpack (expected {n}, got {len})")))
            }
            _ => Err(self.value_error(format!("too many values to unpack (expected {n})"))),
        }
    }

    /// The items for `before` targets, a starred one, and `after` more.
    pub fn unpack_star(&mut self, value: Value, before: usize, after: usize) -> Result<Vec<Value>, Raised> {
        let mut items = self.take_items(value, usize::MAX)?;
        let len = items.len();
        if len < before + after {
            let message =
                format!("not enough values to unpack (expected at least {}, got {len})", before + after);
            return Err(self.value_error(message));
        }
        let middle = items.drain(before..len - after).collect();
        items.insert(before, List::new(&mut self.heap, middle).value());
        Ok(items)
    }

    /// The first items, at most `limit`.
    fn take_items(&mut self, value: Value, limit: usize) -> Result<Vec<Value>, Raised> {
        if let Some(list) = value.as_object::<List>() {
            return Ok(list.items.copy_range(0, limit));
        }
        if let Some(tuple) = value.as_object::<Tuple>() {
            return Ok(tuple.items().iter().take(limit).copied().collect());
        }
        if !self.is_iterable(value) {
            let name = self.type_name(value);
            return Err(self.type_error(format!("cannot unpack non-iterable {name} object")));
        }
        let list = List::new(&mut self.heap, Vec::new());
        self.rooted(&[list.value()], |vm| {
            vm.for_each(value, |vm, item| {
                vm.list_push(list, item)?;
                Ok(list.items.len() < limit)
            })
        })?;
        Ok(list.items.take())
    }
}

/// Moves an iterator on by one item.
fn advance(state: &mut IterState) -> Step {
    let step = match state {
        IterState::List { list, next } => match list.items.get(*next) {
            Some(item) => {
                *next += 1;
                Step::Item(item)
            }
            None => Step::End,
        },
        IterState::Tuple { tuple, next } => match tuple.items().get(*next) {
            Some(item) => {
                *next += 1;
                Step::Item(*item)
            }
            None => Step::End,
        },
        IterState::Range { left: 0, .. } => Step::End,
        IterState::Range { next, left, step } => {
            let item = *next;
            // Past the last item it may wrap; nobody looks at it then.
            *next = item.wrapping_add(*step);
            *left -= 1;
            Step::Int(item)
        }
        IterState::Str { string, offset } => match string.as_str()[*offset..].chars().next() {
            Some(char) => {
                let start = *offset;
                *offset += char.len_utf8();
                Step::Char(*string, start, *offset)
            }
            None => Step::End,
        },
        IterState::Dict { dict, len, .. } if dict.table.len() != *len => {
            return Step::Changed("dictionary changed size during iteration");
        }
        IterState::Dict { dict, part, next, .. } => loop {
            if *next >= dict.table.end() {
                break Step::End;
            }
            *next += 1;
            if let Some((key, value)) = dict.table.entry(*next - 1) {
                break match part {
                    DictPart::Keys => Step::Item(key),
                    DictPart::Values => Step::Item(value),
                    DictPart::Items => Step::Pair(key, value),
                };
            }
        },
        IterState::Set { set, len, .. } if set.table.len() != *len => {
            return Step::Changed("Set changed size during iteration");
        }
        IterState::Set { set, next, .. } => loop {
            if *next >= set.table.end() {
                break Step::End;
            }
            *next += 1;
            if let Some((item, _)) = set.table.entry(*next - 1) {
                break Step::Item(item);
            }
        },
        IterState::Native(native) => return Step::Native(native.clone()),
        IterState::Done => Step::End,
    };
    if matches!(step, Step::End) {
        // An iterator that has ended stays so, whatever is appended later.
        *state = IterState::Done;
    }
    step
}

struct BytesIter {
    bytes: Gc<Bytes>,
    next: Cell<usize>,
}

impl NativeIter for BytesIter {
    fn next(&self, _: &mut Vm) -> Result<Option<Value>, Raised> {
        let i = self.next.get();
        let byte = self.bytes.data.get(i).map(|byte| Value::int32(i32::from(*byte)));
        self.next.set(i + usize::from(byte.is_some()));
        Ok(byte)
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.bytes.value());
    }

    fn class_name(&self) -> &'static str {
        "bytes_iterator"
    }
}

/// Goes through what has a `[]` alone: its items from 0 on, until that raises `IndexError`.
struct ItemsIter {
    sequence: Value,
    /// None at the end.
    next: Cell<Option<usize>>,
}

impl NativeIter for ItemsIter {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let Some(i) = self.next.get() else { return Ok(None) };
        match vm.get_item(self.sequence, Value::len(i)) {
            Ok(item) => {
                self.next.set(Some(i + 1));
                Ok(Some(item))
            }
            Err(Raised(exception)) if vm.is_exception(exception, Exc::IndexError) => {
                self.next.set(None);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.sequence);
    }

    fn class_name(&self) -> &'static str {
        "iterator"
    }
}
