//! `heapq`: lists kept as heaps, where item `i` is not greater than items `2i + 1` and `2i + 2`.
//!
//! What is hard: a comparison may change the list. Items move by exchanging two of them, so that the list holds
//! them all at any time, and a list whose length has changed raises `RuntimeError`.

use std::cell::Cell;

use super::sort::sort_list;
use crate::heap::Tracer;
use crate::value::{Gc, Iter, List, NativeDef, NativeIter, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "heapq",
    doc: "A list as a heap: its least item first, found and replaced in logarithmic time. Left out: nothing.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("heapify(heap, /)", "Makes a list a heap, in place.", heapify),
    NativeDef::new("heappop(heap, /)", "Removes the least item and returns it.", heappop),
    NativeDef::new("heappush(heap, item, /)", "Adds an item.", heappush),
    NativeDef::new("heappushpop(heap, item, /)", "Adds an item, then removes the least.", heappushpop),
    NativeDef::new("heapreplace(heap, item, /)", "Removes the least item, then adds one.", heapreplace),
    NativeDef::new(
        "merge(*iterables, key=nil, reverse=false)",
        "An iterator over the items of sorted iterables, in order.",
        merge,
    ),
    NativeDef::new(
        "nlargest(n, iterable, key=nil)",
        "A list of the n greatest items, the greatest first.",
        nlargest,
    ),
    NativeDef::new(
        "nsmallest(n, iterable, key=nil)",
        "A list of the n least items, the least first.",
        nsmallest,
    ),
];

fn heap_argument(vm: &mut Vm, args: Args<'_>, what: &str) -> Result<Gc<List>, Raised> {
    match args.at(0).as_object::<List>() {
        Some(list) => Ok(list),
        None => {
            let name = vm.type_name(args.at(0));
            Err(vm.type_error(format!("{what} must be list, not {name}")))
        }
    }
}

/// Whether item `i` is less than item `j`; the list keeps its length meanwhile.
fn less(vm: &mut Vm, heap: Gc<List>, i: usize, j: usize) -> Result<bool, Raised> {
    let len = heap.items.len();
    let (Some(a), Some(b)) = (heap.items.get(i), heap.items.get(j)) else { return Ok(false) };
    let less = vm.lt(a, b)?;
    if heap.items.len() != len {
        return Err(vm.runtime_error("list changed size during iteration"));
    }
    Ok(less)
}

fn swap(heap: Gc<List>, i: usize, j: usize) {
    if let (Some(a), Some(b)) = (heap.items.get(i), heap.items.get(j)) {
        heap.items.set(i, b);
        heap.items.set(j, a);
    }
}

/// Moves an item towards the front, not past place `start`, until its parent is not greater.
fn sift_up(vm: &mut Vm, heap: Gc<List>, start: usize, mut i: usize) -> Result<(), Raised> {
    while i > start {
        let parent = (i - 1) / 2;
        if !less(vm, heap, i, parent)? {
            break;
        }
        swap(heap, i, parent);
        i = parent;
    }
    Ok(())
}

/// Moves an item towards the end: first all the way, along the smaller children, then back to where it belongs. Most
/// items belong near the end, so that this takes fewer comparisons than asking at each step.
fn sift_down(vm: &mut Vm, heap: Gc<List>, start: usize) -> Result<(), Raised> {
    let len = heap.items.len();
    let mut i = start;
    while 2 * i + 1 < len {
        let (left, right) = (2 * i + 1, 2 * i + 2);
        let child = if right < len && !less(vm, heap, left, right)? { right } else { left };
        swap(heap, i, child);
        i = child;
    }
    sift_up(vm, heap, start, i)
}

fn heapify(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let heap = heap_argument(vm, args, "heapify() argument")?;
    for i in (0..heap.items.len() / 2).rev() {
        sift_down(vm, heap, i)?;
        if i & 0xFFF == 0xFFF {
            vm.check_interrupt()?;
        }
    }
    Ok(Value::NIL)
}

fn heappush(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let heap = heap_argument(vm, args, "heappush() argument 1")?;
    vm.list_push(heap, args.at(1))?;
    sift_up(vm, heap, 0, heap.items.len().saturating_sub(1))?;
    Ok(Value::NIL)
}

fn heappop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let heap = heap_argument(vm, args, "heappop() argument")?;
    let Some(last) = heap.items.pop() else { return Err(vm.index_error("index out of range")) };
    match heap.items.first() {
        None => Ok(last),
        Some(least) => replace_first(vm, heap, least, last),
    }
}

/// Puts an item in the place of the first, which is returned.
fn replace_first(vm: &mut Vm, heap: Gc<List>, first: Value, item: Value) -> NativeResult {
    heap.items.set(0, item);
    vm.rooted(&[first], |vm| sift_down(vm, heap, 0))?;
    Ok(first)
}

fn heapreplace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let heap = heap_argument(vm, args, "heapreplace() argument 1")?;
    match heap.items.first() {
        None => Err(vm.index_error("index out of range")),
        Some(least) => replace_first(vm, heap, least, args.at(1)),
    }
}

fn heappushpop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let heap = heap_argument(vm, args, "heappushpop() argument 1")?;
    let item = args.at(1);
    let Some(least) = heap.items.first() else { return Ok(item) };
    if !vm.lt(least, item)? {
        return Ok(item);
    }
    match heap.items.first() {
        None => Err(vm.index_error("index out of range")),
        Some(least) => replace_first(vm, heap, least, item),
    }
}

/// The first items of an iterable in order.
fn first_sorted(vm: &mut Vm, args: Args<'_>, reverse: bool) -> NativeResult {
    let n = vm.expect_index(args.at(0))?;
    let list = vm.list_from(args.at(1))?;
    vm.rooted(&[list.value()], |vm| sort_list(vm, list, args.or_nil(2), reverse))?;
    list.items.truncate(usize::try_from(n).unwrap_or(0));
    Ok(list.value())
}

fn nlargest(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    first_sorted(vm, args, true)
}

fn nsmallest(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    first_sorted(vm, args, false)
}

fn merge(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let reverse = match args.given(1) {
        Some(reverse) => vm.truth(reverse)?,
        None => false,
    };
    let sources = List::new(&mut vm.heap, Vec::new());
    let (items, keys) = (List::new(&mut vm.heap, Vec::new()), List::new(&mut vm.heap, Vec::new()));
    vm.rooted(&[sources.value(), items.value(), keys.value()], |vm| {
        for iterable in args.get(2..).unwrap_or(&[]) {
            sources.items.push(vm.iter(*iterable)?);
        }
        let merge = Merge { sources, items, keys, key: args.or_nil(0), reverse, advanced: Cell::new(None) };
        Ok(Iter::native(&mut vm.heap, merge).value())
    })
}

struct Merge {
    sources: Gc<List>,
    /// The next item of each source that has one, and its key.
    items: Gc<List>,
    keys: Gc<List>,
    key: Value,
    reverse: bool,
    /// The source whose item was given last and is to be replaced; none before the first.
    advanced: Cell<Option<usize>>,
}

impl Merge {
    /// Reads the next item of a source; without one the source is dropped. Whether there was one.
    fn read(&self, vm: &mut Vm, i: usize) -> Result<bool, Raised> {
        let source = self.sources.items.get(i).unwrap_or(Value::NIL);
        let Some(item) = vm.rooted(&[source], |vm| vm.next(source))? else {
            for list in [self.sources, self.items, self.keys] {
                list.items.remove(i);
            }
            return Ok(false);
        };
        let key = match self.key {
            Value::NIL => item,
            key => vm.rooted(&[item], |vm| vm.call(key, &[item]))?,
        };
        self.items.items.set(i, item);
        self.keys.items.set(i, key);
        Ok(true)
    }
}

impl NativeIter for Merge {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        match self.advanced.get() {
            Some(i) => {
                self.read(vm, i)?;
            }
            None => {
                let nothing = vec![Value::NIL; self.sources.items.len()];
                self.items.items.replace(nothing.clone());
                self.keys.items.replace(nothing);
                let mut i = 0;
                while i < self.sources.items.len() {
                    i += usize::from(self.read(vm, i)?);
                }
            }
        }
        let mut best = 0;
        for i in 1..self.keys.items.len() {
            let (Some(a), Some(b)) = (self.keys.items.get(i), self.keys.items.get(best)) else { break };
            if if self.reverse { vm.lt(b, a)? } else { vm.lt(a, b)? } {
                best = i;
            }
        }
        self.advanced.set(Some(best));
        if self.sources.items.is_empty() {
            return Ok(None);
        }
        Ok(self.items.items.get(best))
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.sources.value(), self.items.value(), self.keys.value(), self.key]);
    }

    fn class_name(&self) -> &'static str {
        "generator"
    }
}
