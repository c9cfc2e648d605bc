//! `deque`: a list with two fast ends.
//!
//! What is hard: comparing an item may change the deque that is being searched. So items are copied out one by one,
//! and a search or an iteration that finds the deque changed since it began raises `RuntimeError`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use toy_grammar::ast::CompareOp;

use super::class_argument;
use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, ForeignData, Gc, Iter, List, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Sym, Vm};

static CONSTRUCT: NativeDef = NativeDef::new(
    "deque(cls, iterable=nil, maxlen=nil)",
    "The items of an iterable; with `maxlen`, the last so many, always.",
    construct,
);
static METHODS: &[NativeDef] = &[
    NativeDef::new("append(self, item, /)", "Adds an item at the right end.", append),
    NativeDef::new("appendleft(self, item, /)", "Adds an item at the left end.", append_left),
    NativeDef::new("clear(self, /)", "Removes all items.", clear),
    NativeDef::new("copy(self, /)", "A new deque with the same items.", copy),
    NativeDef::new("__copy__(self, /)", "As `copy`.", copy),
    NativeDef::new("__deepcopy__(self, memo, /)", "As `copy.deepcopy`.", deep_copy),
    NativeDef::new("count(self, value, /)", "How many items equal the value.", count),
    NativeDef::new("extend(self, iterable, /)", "Adds items at the right end.", extend),
    NativeDef::new("extendleft(self, iterable, /)", "Adds items at the left end, one by one.", extend_left),
    NativeDef::new("index(self, value, start=0, stop=nil, /)", "The first place of a value.", index),
    NativeDef::new("insert(self, index, value, /)", "Inserts a value before a place.", insert),
    NativeDef::new("pop(self, /)", "Removes the item at the right end and returns it.", pop),
    NativeDef::new("popleft(self, /)", "Removes the item at the left end and returns it.", pop_left),
    NativeDef::new("remove(self, value, /)", "Removes the first item that equals the value.", remove),
    NativeDef::new("reverse(self, /)", "Reverses the items in place.", reverse),
    NativeDef::new("rotate(self, n=1, /)", "Moves n items from the right end to the left.", rotate),
    NativeDef::new("[](self, index, /)", "The item at a place.", get_item),
    NativeDef::new("[]=(self, index, value, /)", "Replaces the item at a place.", set_item),
    NativeDef::new("delitem(self, index, /)", "Removes the item at a place.", del_item),
    NativeDef::new("len(self, /)", "How many items there are.", len),
    NativeDef::new("iter(self, /)", "An iterator over the items.", iter),
    NativeDef::new("contains(self, value, /)", "Whether an item equals the value.", contains),
    NativeDef::new("repr(self, /)", "The text that makes the deque.", repr),
    NativeDef::new("==(self, other, /)", "Whether both have equal items.", equal),
    NativeDef::new("<(self, other, /)", "The order of the first items that differ.", less),
    NativeDef::new("<=(self, other, /)", "The order of the first items that differ.", at_most),
    NativeDef::new(">(self, other, /)", "The order of the first items that differ.", greater),
    NativeDef::new(">=(self, other, /)", "The order of the first items that differ.", at_least),
    NativeDef::new("+(self, other, /)", "A new deque with the items of both.", add),
    NativeDef::new("+=(self, other, /)", "As `extend`.", add_in_place),
    NativeDef::new("*(self, count, /)", "A new deque with the items so many times over.", repeat),
    NativeDef::new("rmul(self, count, /)", "A new deque with the items so many times over.", repeated),
    NativeDef::new("*=(self, count, /)", "Repeats the items in place.", repeat_in_place),
];

struct Deque {
    items: RefCell<VecDeque<Value>>,
    maxlen: Option<usize>,
    /// Changes with every change of length or order.
    version: Cell<u64>,
}

impl ForeignData for Deque {
    fn trace(&self, tracer: &mut Tracer) {
        for item in self.items.borrow().iter() {
            tracer.mark(*item);
        }
    }

    fn bytes(&self) -> usize {
        self.items.borrow().capacity() * size_of::<Value>()
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        (name == "maxlen").then(|| self.maxlen.map_or(Value::NIL, Value::len))
    }
}

impl Deque {
    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn get(&self, i: usize) -> Option<Value> {
        self.items.borrow().get(i).copied()
    }

    fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// Adds an item at one end; what is too much leaves at the other. The item is rooted.
    fn push(&self, vm: &mut Vm, item: Value, left: bool) -> Result<(), Raised> {
        let (len, capacity) = (self.len(), self.items.borrow().capacity());
        if len == capacity {
            let more = capacity.max(4) * size_of::<Value>();
            vm.rooted(&[item], |vm| vm.reserve(more))?;
            vm.heap.charge(more);
        }
        let mut items = self.items.borrow_mut();
        if left {
            items.push_front(item)
        } else {
            items.push_back(item)
        }
        if self.maxlen.is_some_and(|maxlen| items.len() > maxlen) {
            if left {
                items.pop_back()
            } else {
                items.pop_front()
            };
        }
        drop(items);
        self.changed();
        Ok(())
    }
}

pub(super) fn new_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("deque", METHODS);
    class.construct.set(Some(&CONSTRUCT));
    class
}

fn deque_of<'a>(value: Value) -> Option<&'a Deque> {
    value.foreign::<Deque>()
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Deque, Raised> {
    deque_of(args.at(0)).ok_or_else(|| vm.type_error("a deque is needed"))
}

fn new_deque(vm: &mut Vm, class: Gc<Class>, items: VecDeque<Value>, maxlen: Option<usize>) -> Value {
    vm.heap.charge(items.capacity() * size_of::<Value>());
    let deque = Deque { items: RefCell::new(items), maxlen, version: Cell::new(0) };
    Foreign::new(&mut vm.heap, class, deque).value()
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_argument(vm, args)?;
    let maxlen = match args.or_nil(2) {
        Value::NIL => None,
        maxlen => {
            if vm.int_of(maxlen).is_none() {
                return Err(vm.type_error("an integer is required"));
            }
            let maxlen = vm.expect_index(maxlen)?;
            match usize::try_from(maxlen) {
                Ok(maxlen) => Some(maxlen),
                Err(_) => return Err(vm.value_error("maxlen must be non-negative")),
            }
        }
    };
    let made = new_deque(vm, class, VecDeque::new(), maxlen);
    if let (Some(deque), Some(iterable)) = (deque_of(made), args.given(1)) {
        vm.rooted(&[made], |vm| extend_by(vm, deque, iterable, false))?;
    }
    Ok(made)
}

fn append(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver(vm, args)?.push(vm, args.at(1), false)?;
    Ok(Value::NIL)
}

fn append_left(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver(vm, args)?.push(vm, args.at(1), true)?;
    Ok(Value::NIL)
}

fn clear(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    deque.items.take();
    deque.changed();
    Ok(Value::NIL)
}

fn class_of(vm: &mut Vm, args: Args<'_>) -> Gc<Class> {
    vm.class_of(args.at(0))
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    vm.reserve(deque.len() * size_of::<Value>())?;
    let (class, items) = (class_of(vm, args), deque.items.borrow().clone());
    Ok(new_deque(vm, class, items, deque.maxlen))
}

fn deep_copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let class = class_of(vm, args);
    let made = new_deque(vm, class, VecDeque::new(), deque.maxlen);
    let Some(target) = deque_of(made) else { return Ok(made) };
    vm.rooted(&[made], |vm| {
        let mut i = 0;
        while let Some(item) = deque.get(i) {
            let item = crate::stdlib::copy::deep_item(vm, args.at(1), item)?;
            vm.rooted(&[item], |vm| target.push(vm, item, false))?;
            i += 1;
        }
        Ok(made)
    })
}

/// Adds the items of an iterable; of the deque itself, those that it has now. Both are rooted.
fn extend_by(vm: &mut Vm, deque: &Deque, iterable: Value, left: bool) -> Result<(), Raised> {
    if deque_of(iterable).is_some_and(|other| std::ptr::eq(other, deque)) {
        vm.reserve(deque.len() * size_of::<Value>())?;
        // Not in the head of a loop, which would keep the borrow; and what leaves at the other end must not be freed.
        let items: Vec<Value> = deque.items.borrow().iter().copied().collect();
        return vm.rooted(&items, |vm| items.iter().try_for_each(|item| deque.push(vm, *item, left)));
    }
    vm.for_each(iterable, |vm, item| {
        deque.push(vm, item, left)?;
        Ok(true)
    })
}

fn extend(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    extend_by(vm, deque, args.at(1), false)?;
    Ok(Value::NIL)
}

fn extend_left(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    extend_by(vm, deque, args.at(1), true)?;
    Ok(Value::NIL)
}

fn add_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    extend(vm, args)?;
    Ok(args.at(0))
}

fn add(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if deque_of(args.at(1)).is_none() {
        if vm.find_special(args.at(1), Sym::RAdd).is_some() {
            return Ok(vm.not_implemented);
        }
        let name = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("can only concatenate deque (not \"{name}\") to deque")));
    }
    let sum = copy(vm, args)?;
    if let Some(deque) = deque_of(sum) {
        vm.rooted(&[sum], |vm| extend_by(vm, deque, args.at(1), false))?;
    }
    Ok(sum)
}

fn repeat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let count = vm.repetitions(args.at(1))?;
    let product = copy(vm, args)?;
    if let Some(deque) = deque_of(product) {
        vm.rooted(&[product], |vm| repeat_items(vm, deque, count))?;
    }
    Ok(product)
}

fn repeated(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    // Two sequences: the one on the left says what is wrong.
    let other = args.at(1);
    let is_sequence = other.as_str().is_some()
        || other.as_object::<List>().is_some()
        || other.as_object::<Tuple>().is_some()
        || other.as_object::<Bytes>().is_some();
    if is_sequence { Ok(vm.not_implemented) } else { repeat(vm, args) }
}

fn repeat_in_place(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let count = vm.repetitions(args.at(1))?;
    let deque = receiver(vm, args)?;
    repeat_items(vm, deque, count)?;
    Ok(args.at(0))
}

/// Makes the items of a deque so many times as many, as far as they have room in it.
fn repeat_items(vm: &mut Vm, deque: &Deque, count: usize) -> Result<(), Raised> {
    let items: Vec<Value> = deque.items.borrow().iter().copied().collect();
    // What would leave at the left end again need not be added.
    let rounds = match deque.maxlen {
        Some(most) => count.min(most / items.len().max(1) + 2),
        None => count,
    };
    if rounds == 0 {
        deque.items.borrow_mut().clear();
        deque.changed();
    }
    if items.is_empty() {
        return Ok(());
    }
    vm.reserve(rounds.saturating_sub(1).saturating_mul(items.len()).saturating_mul(size_of::<Value>()))?;
    for _ in 1..rounds {
        for item in &items {
            deque.push(vm, *item, false)?;
        }
    }
    Ok(())
}

/// Calls `f` with each item and its place until it returns false.
fn search(
    vm: &mut Vm,
    deque: &Deque,
    value: Value,
    mut f: impl FnMut(usize, bool) -> bool,
) -> Result<(), Raised> {
    let version = deque.version.get();
    let mut i = 0;
    while let Some(item) = deque.get(i) {
        let equal = vm.rooted(&[item, value], |vm| vm.eq(item, value))?;
        if deque.version.get() != version {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        if !f(i, equal) {
            break;
        }
        i += 1;
        if i & 0xFFF == 0 {
            vm.check_interrupt()?;
        }
    }
    Ok(())
}

/// The first place of a value from a place on.
fn find(vm: &mut Vm, deque: &Deque, value: Value, from: usize) -> Result<Option<usize>, Raised> {
    let mut found = None;
    search(vm, deque, value, |i, equal| {
        if equal && i >= from {
            found = Some(i);
        }
        found.is_none()
    })?;
    Ok(found)
}

fn count(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let mut count = 0;
    search(vm, deque, args.at(1), |_, equal| {
        count += usize::from(equal);
        true
    })?;
    Ok(Value::len(count))
}

fn contains(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    Ok(Value::bool(find(vm, deque, args.at(1), 0)?.is_some()))
}

/// A place as in slices: counted from the end if it is negative, cut to what exists.
fn cut(place: i64, len: usize) -> usize {
    let len = len as i64;
    let place = if place < 0 { place.saturating_add(len).max(0) } else { place.min(len) };
    place as usize
}

fn index(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let start = vm.slice_index(args.or_nil(2))?.unwrap_or(0);
    let stop = vm.slice_index(args.or_nil(3))?.unwrap_or(i64::MAX);
    let (start, stop) = (cut(start, deque.len()), cut(stop, deque.len()));
    match find(vm, deque, args.at(1), start)?.filter(|i| *i < stop) {
        Some(i) => Ok(Value::len(i)),
        None => Err(not_found(vm, args.at(1))),
    }
}

#[cold]
fn not_found(vm: &mut Vm, value: Value) -> Raised {
    match vm.repr(value) {
        Ok(value) => vm.value_error(format!("{value} is not in deque")),
        Err(raised) => raised,
    }
}

fn insert(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let place = vm.expect_index(args.at(1))?;
    if deque.maxlen.is_some_and(|maxlen| deque.len() >= maxlen) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let place = cut(place, deque.len());
    deque.items.borrow_mut().insert(place, args.at(2));
    deque.changed();
    Ok(Value::NIL)
}

fn popped(vm: &mut Vm, args: Args<'_>, left: bool) -> NativeResult {
    let deque = receiver(vm, args)?;
    let mut items = deque.items.borrow_mut();
    let item = if left { items.pop_front() } else { items.pop_back() };
    drop(items);
    deque.changed();
    item.ok_or_else(|| vm.index_error("pop from an empty deque"))
}

fn pop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    popped(vm, args, false)
}

fn pop_left(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    popped(vm, args, true)
}

fn remove(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    match find(vm, deque, args.at(1), 0)? {
        Some(i) => {
            deque.items.borrow_mut().remove(i);
            deque.changed();
            Ok(Value::NIL)
        }
        None => Err(not_found(vm, args.at(1))),
    }
}

fn reverse(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    deque.items.borrow_mut().make_contiguous().reverse();
    deque.changed();
    Ok(Value::NIL)
}

fn rotate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let n = match args.given(1) {
        Some(n) => vm.expect_index(n)?,
        None => 1,
    };
    let len = deque.len() as i64;
    if len > 0 {
        deque.items.borrow_mut().rotate_right(n.rem_euclid(len) as usize);
        deque.changed();
    }
    Ok(Value::NIL)
}

/// The place that an index means.
fn place(vm: &mut Vm, deque: &Deque, index: Value) -> Result<usize, Raised> {
    if vm.int_of(index).is_none() {
        let name = vm.type_name(index);
        return Err(vm.type_error(format!("sequence index must be integer, not '{name}'")));
    }
    let len = deque.len() as i64;
    let index = vm.expect_index(index)?;
    let place = if index < 0 { index.saturating_add(len) } else { index };
    if (0..len).contains(&place) {
        Ok(place as usize)
    } else {
        Err(vm.index_error("deque index out of range"))
    }
}

fn get_item(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let place = place(vm, deque, args.at(1))?;
    Ok(deque.get(place).unwrap_or(Value::NIL))
}

fn set_item(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let place = place(vm, deque, args.at(1))?;
    if let Some(item) = deque.items.borrow_mut().get_mut(place) {
        *item = args.at(2);
    }
    Ok(Value::NIL)
}

fn del_item(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let place = place(vm, deque, args.at(1))?;
    deque.items.borrow_mut().remove(place);
    deque.changed();
    Ok(Value::NIL)
}

fn len(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::len(receiver(vm, args)?.len()))
}

fn iter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let version = receiver(vm, args)?.version.get();
    let iter = DequeIter { deque: args.at(0), next: Cell::new(0), version };
    Ok(Iter::native(&mut vm.heap, iter).value())
}

struct DequeIter {
    deque: Value,
    next: Cell<usize>,
    version: u64,
}

impl NativeIter for DequeIter {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        let Some(deque) = deque_of(self.deque) else { return Ok(None) };
        if deque.version.get() != self.version {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        let item = deque.get(self.next.get());
        self.next.set(self.next.get() + usize::from(item.is_some()));
        Ok(item)
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.deque);
    }

    fn class_name(&self) -> &'static str {
        "_deque_iterator"
    }
}

/// The items in a list.
fn listed(vm: &mut Vm, deque: &Deque) -> Result<Value, Raised> {
    vm.reserve(deque.len() * size_of::<Value>())?;
    let items = deque.items.borrow().iter().copied().collect();
    Ok(List::new(&mut vm.heap, items).value())
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let deque = receiver(vm, args)?;
    let mut text = String::new();
    vm.shown_once(&mut text, args.at(0), "[...]", |vm, out| {
        let items = listed(vm, deque)?;
        let items = vm.rooted(&[items], |vm| vm.repr(items))?;
        out.push_str(&match deque.maxlen {
            Some(maxlen) => format!("deque({items}, maxlen={maxlen})"),
            None => format!("deque({items})"),
        });
        Ok(())
    })?;
    vm.make_str(&text)
}

/// Compares as the lists of their items compare.
fn compared(vm: &mut Vm, args: Args<'_>, op: CompareOp) -> NativeResult {
    let deque = receiver(vm, args)?;
    let Some(other) = deque_of(args.at(1)) else { return Ok(vm.not_implemented) };
    let left = listed(vm, deque)?;
    vm.rooted(&[left], |vm| {
        let right = listed(vm, other)?;
        vm.compare(op, left, right)
    })
}

fn equal(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Eq)
}

fn less(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Lt)
}

fn at_most(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Le)
}

fn greater(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Gt)
}

fn at_least(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    compared(vm, args, CompareOp::Ge)
}
