//! Dicts and sets: hash tables that keep their items in the order of insertion.
//!
//! Items stand in an array in insertion order; past eight of them an index of positions, probed linearly, finds
//! them by hash. A removed item leaves a gap in the array (its key is undefined) that the next growth closes.
//! What is hard: keys may be instances whose `==` is Toy code that raises, or changes this very table, while it
//! is being searched. So the table itself never compares such keys. It hands out candidates one by one
//! ([`Table::candidate`]) and tells by [`Table::version`] whether it has been changed in between.

use std::cell::Cell;

use super::cells::Slot;
use super::class::Class;
use super::object::{Gc, Header, Kind, Trace};
use super::{Str, Value};
use crate::heap::{Heap, Tracer};

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    /// Undefined where the item was removed.
    key: Value,
    value: Value,
}

/// A place of the index, which has 2^n of them: the position of the entry in the lower n bits, above them a tag, the
/// lower bits of the mixed hash (the upper ones chose where to look). The tag spares looking at most entries that are
/// not meant, each of which would be a miss of the cache; and so does a small index.
type Place = u32;

const EMPTY: Place = Place::MAX;
const REMOVED: Place = Place::MAX - 1;
/// Tables of at most this many entries have no index.
const SMALL: usize = 8;
/// Tables with so many places are no longer in the nearest cache.
const LARGE: usize = 1 << 12;

#[derive(Clone, Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    index: Vec<Place>,
    live: usize,
    /// How many places of the index are not empty, removed ones among them.
    filled: usize,
    /// Changes with every insertion of a new key and every removal.
    version: u32,
}

/// The table behind a dict or a set.
#[derive(Debug)]
pub struct Table(Slot<Inner>);

/// Where a search stands.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    hash: u64,
    next: usize,
    done: bool,
}

/// Spreads the hash's bits, for ints hash to themselves (Fibonacci hashing).
#[inline(always)]
fn mixed(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

impl Inner {
    fn mask(&self) -> usize {
        self.index.len() - 1
    }

    /// The first place of the index to look at: the upper bits of the mixed hash. They spread ints that follow each
    /// other, or that all divide by 8, evenly over the index; the lower bits do not.
    #[inline(always)]
    fn home(&self, mixed: u32) -> usize {
        (mixed >> (u32::BITS - self.index.len().trailing_zeros())) as usize
    }

    /// What a place holds that has this hash's tag and position 0.
    #[inline(always)]
    fn tag(&self, mixed: u32) -> Place {
        mixed << self.index.len().trailing_zeros()
    }

    /// The position in a place, if its tag is that one. A position is below three quarters of the places, so those of the
    /// two marks are none.
    #[inline(always)]
    fn position_if(&self, place: Place, tag: Place) -> Option<usize> {
        let position = (place ^ tag) as usize;
        if position <= self.mask() && place < REMOVED { Some(position) } else { None }
    }

    fn rebuild(&mut self, capacity: usize) {
        self.entries.retain(|entry| !entry.key.is_undef());
        self.filled = self.entries.len();
        if capacity <= SMALL {
            self.index = Vec::new();
            return;
        }
        let size = (capacity * 4 / 3 + 1).next_power_of_two();
        self.index.clear();
        self.index.resize(size, EMPTY);
        let mask = size - 1;
        for (i, entry) in self.entries.iter().enumerate() {
            let mixed = mixed(entry.hash);
            let mut at = self.home(mixed);
            while self.index[at] != EMPTY {
                at = (at + 1) & mask;
            }
            self.index[at] = self.tag(mixed) | i as Place;
        }
    }

    fn push(&mut self, hash: u64, key: Value, value: Value) {
        self.version = self.version.wrapping_add(1);
        let full = if self.index.is_empty() {
            self.entries.len() >= SMALL
        } else {
            (self.entries.len().max(self.filled) + 1) * 4 > self.index.len() * 3
        };
        if full {
            // Grows when it is really full, else only closes the gaps.
            let wanted =
                if self.live * 2 >= self.entries.len() { (self.live + 1) * 2 } else { self.live + 1 };
            self.rebuild(wanted.max(self.live + 1));
        }
        if !self.index.is_empty() {
            let mask = self.mask();
            let mixed = mixed(hash);
            let mut at = self.home(mixed);
            while self.index[at] < REMOVED {
                at = (at + 1) & mask;
            }
            if self.index[at] == EMPTY {
                self.filled += 1;
            }
            self.index[at] = self.tag(mixed) | self.entries.len() as Place;
        }
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
    }

    fn remove(&mut self, i: usize) -> Option<(Value, Value)> {
        let entry = *self.entries.get(i)?;
        if entry.key.is_undef() {
            return None;
        }
        self.version = self.version.wrapping_add(1);
        if !self.index.is_empty() {
            let mask = self.mask();
            let mixed = mixed(entry.hash);
            let place = self.tag(mixed) | i as Place;
            let mut at = self.home(mixed);
            while self.index[at] != place {
                at = (at + 1) & mask;
            }
            self.index[at] = REMOVED;
        }
        self.entries[i].key = Value::UNDEF;
        self.entries[i].value = Value::NIL;
        self.live -= 1;
        // Trailing gaps go at once, so that a dict used as a stack stays small.
        while self.entries.last().is_some_and(|last| last.key.is_undef()) {
            self.entries.pop();
        }
        if self.live == 0 {
            self.index.iter_mut().for_each(|place| *place = EMPTY);
            self.filled = 0;
        }
        Some((entry.key, entry.value))
    }

    #[inline(always)]
    fn find_str(&self, key: &Str, hash: u64) -> Option<usize> {
        let matches = |entry: &Entry| {
            entry.hash == hash
                && match entry.key.as_str() {
                    Some(text) => text.equals(key),
                    None => false,
                }
        };
        if self.index.is_empty() {
            return self.entries.iter().position(matches);
        }
        let mask = self.mask();
        let mixed = mixed(hash);
        let (tag, mut at) = (self.tag(mixed), self.home(mixed));
        loop {
            let place = self.index[at];
            if let Some(i) = self.position_if(place, tag)
                && matches(&self.entries[i])
            {
                return Some(i);
            }
            if place == EMPTY {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(always)]
    fn find_word(&self, key: Value, hash: u64) -> Option<usize> {
        if self.index.is_empty() {
            return self.entries.iter().position(|entry| entry.key == key);
        }
        let mask = self.mask();
        let mixed = mixed(hash);
        let (tag, mut at) = (self.tag(mixed), self.home(mixed));
        loop {
            let place = self.index[at];
            if let Some(i) = self.position_if(place, tag)
                && self.entries[i].key == key
            {
                return Some(i);
            }
            if place == EMPTY {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
}

impl Default for Table {
    fn default() -> Table {
        Table::new()
    }
}

impl Table {
    pub fn new() -> Table {
        Table(Slot::new(Inner::default()))
    }

    /// How many items there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.with(|t| t.live)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that changes when a key is added or removed.
    pub fn version(&self) -> u32 {
        self.0.with(|t| t.version)
    }

    /// One past the last position; positions in between may be gaps.
    pub fn end(&self) -> usize {
        self.0.with(|t| t.entries.len())
    }

    /// The item at a position, unless it is a gap or past the end.
    #[inline(always)]
    pub fn entry(&self, i: usize) -> Option<(Value, Value)> {
        self.0.with(|t| match t.entries.get(i) {
            Some(entry) if !entry.key.is_undef() => Some((entry.key, entry.value)),
            _ => None,
        })
    }

    /// The hash of the item at a position.
    pub fn entry_hash(&self, i: usize) -> Option<u64> {
        self.0.with(|t| t.entries.get(i).filter(|entry| !entry.key.is_undef()).map(|entry| entry.hash))
    }

    /// The position of a string key.
    #[inline(always)]
    pub fn find_str(&self, key: &Str) -> Option<usize> {
        let hash = key.hash() as u64;
        self.0.with(|t| t.find_str(key, hash))
    }

    /// The position of the very same word: exact for inline ints among ints, nil and bools.
    #[inline(always)]
    pub fn find_word(&self, key: Value, hash: u64) -> Option<usize> {
        self.0.with(|t| t.find_word(key, hash))
    }

    /// Reads what searches for keys with these hashes will read first, so that these misses of the cache wait for memory
    /// together instead of one after the other. Changes nothing.
    pub fn look_ahead(&self, hashes: &[u64]) {
        self.0.with(|t| {
            if t.index.len() < LARGE {
                return;
            }
            let mut seen = 0;
            for hash in hashes {
                let mixed = mixed(*hash);
                let position = t.position_if(t.index[t.home(mixed)], t.tag(mixed));
                seen ^= position.and_then(|i| t.entries.get(i)).map_or(0, |entry| entry.hash);
            }
            std::hint::black_box(seen);
        });
    }

    /// Begins a search for keys with this hash.
    pub fn probe(&self, hash: u64) -> Probe {
        self.0.with(|t| Probe {
            hash,
            next: if t.index.is_empty() { 0 } else { t.home(mixed(hash)) },
            done: false,
        })
    }

    /// The next position whose key has the hash of the search, with that key; to be compared by the caller.
    /// The search is void once [`Table::version`] has changed.
    pub fn candidate(&self, probe: &mut Probe) -> Option<(usize, Value)> {
        self.0.with(|t| {
            if probe.done {
                return None;
            }
            if t.index.is_empty() {
                while let Some(entry) = t.entries.get(probe.next) {
                    probe.next += 1;
                    if entry.hash == probe.hash && !entry.key.is_undef() {
                        return Some((probe.next - 1, entry.key));
                    }
                }
                probe.done = true;
                return None;
            }
            let mask = t.mask();
            let tag = t.tag(mixed(probe.hash));
            loop {
                let at = probe.next & mask;
                let place = t.index[at];
                probe.next = at + 1;
                if let Some(i) = t.position_if(place, tag) {
                    let entry = &t.entries[i];
                    if entry.hash == probe.hash {
                        return Some((i, entry.key));
                    }
                } else if place == EMPTY {
                    probe.done = true;
                    return None;
                }
            }
        })
    }

    /// Adds a key that a search has just not found.
    pub fn push(&self, hash: u64, key: Value, value: Value) {
        self.0.with(|t| t.push(hash, key, value));
    }

    /// Replaces the value at a position.
    #[inline(always)]
    pub fn set_value(&self, i: usize, value: Value) {
        self.0.with(|t| {
            if let Some(entry) = t.entries.get_mut(i) {
                entry.value = value;
            }
        });
    }

    /// Takes out the item at a position.
    pub fn remove(&self, i: usize) -> Option<(Value, Value)> {
        self.0.with(|t| t.remove(i))
    }

    pub fn clear(&self) {
        self.0.with(|t| *t = Inner { version: t.version.wrapping_add(1), ..Inner::default() });
    }

    /// A copy of all items in order.
    pub fn items(&self) -> Vec<(Value, Value)> {
        self.0.with(|t| t.entries.iter().filter(|e| !e.key.is_undef()).map(|e| (e.key, e.value)).collect())
    }

    /// All keys in order.
    pub fn keys(&self) -> Vec<Value> {
        self.0.with(|t| t.entries.iter().filter(|e| !e.key.is_undef()).map(|e| e.key).collect())
    }

    /// A table with the same items.
    pub fn copy(&self) -> Table {
        self.0.with(|t| {
            let mut inner = t.clone();
            if inner.live * 2 < inner.entries.len() {
                inner.rebuild(inner.live);
            }
            Table(Slot::new(inner))
        })
    }

    /// Puts a string key, replacing the value of an equal one.
    pub fn put_str(&self, key: Gc<Str>, value: Value) {
        match self.find_str(&key) {
            Some(i) => self.set_value(i, value),
            None => self.push(key.hash() as u64, key.value(), value),
        }
    }

    /// The value of a string key.
    pub fn get_str(&self, key: &Str) -> Option<Value> {
        let i = self.find_str(key)?;
        self.entry(i).map(|(_, value)| value)
    }

    fn trace(&self, tracer: &mut Tracer) {
        self.0.with(|t| {
            for entry in &t.entries {
                tracer.mark(entry.key);
                tracer.mark(entry.value);
            }
        });
    }

    fn external_bytes(&self) -> usize {
        self.0.with(|t| t.entries.capacity() * size_of::<Entry>() + t.index.capacity() * size_of::<Place>())
    }
}

/// A dict.
#[derive(Debug)]
#[repr(C)]
pub struct Dict {
    pub(crate) header: Header,
    pub table: Table,
    /// The class, if it is a subclass of `dict`.
    pub class: Option<Gc<Class>>,
    /// What makes the values of missing keys; nil for nothing. Only one of a subclass has it.
    pub factory: Cell<Value>,
}

impl Dict {
    pub fn new(heap: &mut Heap) -> Gc<Dict> {
        Dict::from_table(heap, Table::new())
    }

    pub fn from_table(heap: &mut Heap, table: Table) -> Gc<Dict> {
        heap.charge(table.external_bytes());
        let (class, factory) = (None, Cell::new(Value::NIL));
        heap.allocate(Dict { header: Header::new(Kind::Dict), table, class, factory }, 0)
    }

    /// A dict of a subclass of `dict`.
    pub fn of_class(heap: &mut Heap, table: Table, class: Gc<Class>, factory: Value) -> Gc<Dict> {
        heap.charge(table.external_bytes());
        let (class, factory) = (Some(class), Cell::new(factory));
        heap.allocate(Dict { header: Header::new(Kind::Dict), table, class, factory }, 0)
    }
}

impl Trace for Dict {
    fn trace(&self, tracer: &mut Tracer) {
        self.table.trace(tracer);
        tracer.mark(self.factory.get());
        if let Some(class) = self.class {
            tracer.mark(class.value());
        }
    }

    fn external_bytes(&self) -> usize {
        self.table.external_bytes()
    }
}

/// A set: a table whose values are all nil.
#[derive(Debug)]
#[repr(C)]
pub struct Set {
    pub(crate) header: Header,
    pub table: Table,
    /// A `frozenset`.
    pub frozen: bool,
}

impl Set {
    pub fn from_table(heap: &mut Heap, table: Table, frozen: bool) -> Gc<Set> {
        heap.charge(table.external_bytes());
        heap.allocate(Set { header: Header::new(Kind::Set), table, frozen }, 0)
    }
}

impl Trace for Set {
    fn trace(&self, tracer: &mut Tracer) {
        self.table.trace(tracer);
    }

    fn external_bytes(&self) -> usize {
        self.table.external_bytes()
    }
}

/// Which part of a dict a view or an iterator shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DictPart {
    Keys,
    Values,
    Items,
}

/// `d.keys()`, `d.values()`, `d.items()`.
#[derive(Debug)]
#[repr(C)]
pub struct DictView {
    pub(crate) header: Header,
    pub dict: Gc<Dict>,
    pub part: DictPart,
}

impl DictView {
    pub fn new(heap: &mut Heap, dict: Gc<Dict>, part: DictPart) -> Gc<DictView> {
        heap.allocate(DictView { header: Header::new(Kind::DictView), dict, part }, 0)
    }
}

impl Trace for DictView {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.dict.value());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(i: i64) -> Value {
        Value::small_int(i).unwrap()
    }

    fn find(table: &Table, i: i64) -> Option<Value> {
        table.find_word(int(i), i as u64).and_then(|at| table.entry(at)).map(|(_, value)| value)
    }

    #[test]
    fn keeps_the_order_of_insertion_through_growth_and_removal() {
        let table = Table::new();
        for i in 0..1000 {
            table.push(i as u64, int(i), int(-i));
        }
        for i in (0..1000).filter(|i| i % 3 == 0) {
            let at = table.find_word(int(i), i as u64).unwrap();
            assert_eq!(table.remove(at), Some((int(i), int(-i))));
        }
        for i in 1000..1500 {
            table.push(i as u64, int(i), int(-i));
        }
        let expected: Vec<Value> = (0..1500).filter(|i| *i >= 1000 || i % 3 != 0).map(int).collect();
        assert_eq!(table.keys(), expected);
        assert_eq!(find(&table, 4), Some(int(-4)));
        assert_eq!(find(&table, 3), None);
        assert_eq!(table.len(), expected.len());
    }

    #[test]
    fn adding_and_removing_forever_does_not_grow_it() {
        let table = Table::new();
        for i in 0..100_000 {
            table.push(i as u64, int(i), Value::NIL);
            if i >= 10 {
                let old = i - 10;
                let at = table.find_word(int(old), old as u64).unwrap();
                table.remove(at);
            }
        }
        assert_eq!(table.len(), 10);
        assert!(table.end() < 200, "{}", table.end());
    }

    #[test]
    fn regular_ints_meet_few_others() {
        for step in [1, 2, 8, 24, 1000, 1024, -1, -16] {
            let table = Table::new();
            for i in 0..10_000 {
                table.push((i * step) as u64, int(i * step), Value::NIL);
            }
            let distance = table.0.with(|t| {
                let mut distance = 0;
                for (i, entry) in t.entries.iter().enumerate() {
                    let mixed = mixed(entry.hash);
                    let place = t.tag(mixed) | i as Place;
                    let mut at = t.home(mixed);
                    while t.index[at] != place {
                        at = (at + 1) & t.mask();
                        distance += 1;
                    }
                }
                distance
            });
            assert!(distance < 20_000, "step {step}: {distance}");
        }
    }

    #[test]
    fn candidates_are_exactly_the_keys_with_the_hash() {
        let table = Table::new();
        for i in 0..40 {
            table.push((i % 4) as u64, int(i), Value::NIL);
        }
        let mut probe = table.probe(3);
        let mut seen = Vec::new();
        while let Some((_, key)) = table.candidate(&mut probe) {
            seen.push(key.as_int().unwrap());
        }
        seen.sort();
        assert_eq!(seen, (0..40).filter(|i| i % 4 == 3).collect::<Vec<_>>());
    }
}
