//! `product`, `permutations` and the `combinations`: arrangements of a pool that is read at the beginning.
//!
//! All four go through lists of indices in lexicographic order; they differ in what follows a list.

use std::cell::{Cell, RefCell};

use super::{native, pool};
use crate::heap::Tracer;
use crate::value::{Gc, List, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const COMBINATIONS: NativeDef = NativeDef::new(
    "combinations(cls, iterable, r)",
    "All ways to choose `r` items, in the order of their places.",
    combinations,
);
pub(super) const COMBINATIONS_WITH_REPLACEMENT: NativeDef = NativeDef::new(
    "combinations_with_replacement(cls, iterable, r)",
    "As `combinations`, where an item may be chosen again.",
    combinations_with_replacement,
);
pub(super) const PERMUTATIONS: NativeDef = NativeDef::new(
    "permutations(cls, iterable, r=nil)",
    "All arrangements of `r` items, or of all of them.",
    permutations,
);
pub(super) const PRODUCT: NativeDef = NativeDef::new(
    "product(cls, *iterables, repeat=1)",
    "All tuples of one item of each iterable, the last place changing fastest.",
    product,
);

/// Changes the indices to the next ones; false when there are none.
type Advance = fn(indices: &mut [usize], sizes: &[usize]) -> bool;

struct Arrangements {
    name: &'static str,
    /// For each place, the tuple that the index points into.
    pools: Vec<Gc<Tuple>>,
    sizes: Vec<usize>,
    indices: RefCell<Vec<usize>>,
    /// How many of the indices are shown.
    shown: usize,
    advance: Advance,
    started: Cell<bool>,
    ended: Cell<bool>,
}

impl Arrangements {
    fn new(
        name: &'static str,
        pools: Vec<Gc<Tuple>>,
        indices: Vec<usize>,
        shown: usize,
        advance: Advance,
        ended: bool,
    ) -> Arrangements {
        Arrangements {
            name,
            sizes: pools.iter().map(|pool| pool.items().len()).collect(),
            pools,
            indices: RefCell::new(indices),
            shown,
            advance,
            started: Cell::new(false),
            ended: Cell::new(ended),
        }
    }
}

impl NativeIter for Arrangements {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        if self.ended.get() {
            return Ok(None);
        }
        let mut indices = self.indices.borrow_mut();
        if self.started.replace(true) && !(self.advance)(&mut indices, &self.sizes) {
            self.ended.set(true);
            return Ok(None);
        }
        let shown = indices.iter().take(self.shown).zip(&self.pools);
        let items: Vec<Value> = shown.filter_map(|(i, pool)| pool.items().get(*i).copied()).collect();
        Ok(Some(Tuple::new(&mut vm.heap, &items).value()))
    }

    fn trace(&self, tracer: &mut Tracer) {
        for pool in &self.pools {
            tracer.mark(pool.value());
        }
    }

    fn class_name(&self) -> &'static str {
        self.name
    }
}

/// How many items are to be chosen, and room for their indices.
fn length(vm: &mut Vm, r: Value, kept: Gc<Tuple>) -> Result<usize, Raised> {
    let r = vm.expect_index(r)?;
    let Ok(r) = usize::try_from(r) else { return Err(vm.value_error("r must be non-negative")) };
    vm.rooted(&[kept.value()], |vm| vm.reserve(r.saturating_mul(3 * size_of::<usize>())))?;
    Ok(r)
}

fn combinations(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let pool = pool(vm, args.at(1))?;
    let r = vm.expect_index(args.at(2))?;
    let Ok(r) = usize::try_from(r) else { return Err(vm.value_error("r must be non-negative")) };
    let n = pool.items().len();
    // More than there are: no arrangement at all.
    let shown = if r > n { 0 } else { r };
    let iter = Arrangements::new(
        "combinations",
        vec![pool; shown],
        (0..shown).collect(),
        shown,
        next_combination,
        r > n,
    );
    native(vm, iter)
}

fn next_combination(indices: &mut [usize], sizes: &[usize]) -> bool {
    let r = indices.len();
    let Some(n) = sizes.first().copied() else { return false };
    let Some(i) = (0..r).rev().find(|i| indices[*i] != i + n - r) else { return false };
    let next = indices[i] + 1;
    for (place, index) in indices[i..].iter_mut().enumerate() {
        *index = next + place;
    }
    true
}

fn combinations_with_replacement(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let pool = pool(vm, args.at(1))?;
    let r = length(vm, args.at(2), pool)?;
    let ended = pool.items().is_empty() && r > 0;
    let iter = Arrangements::new(
        "combinations_with_replacement",
        vec![pool; r],
        vec![0; r],
        r,
        next_with_replacement,
        ended,
    );
    native(vm, iter)
}

fn next_with_replacement(indices: &mut [usize], sizes: &[usize]) -> bool {
    let Some(n) = sizes.first().copied() else { return false };
    let Some(i) = (0..indices.len()).rev().find(|i| indices[*i] + 1 < n) else { return false };
    let next = indices[i] + 1;
    indices[i..].fill(next);
    true
}

fn permutations(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let pool = pool(vm, args.at(1))?;
    let n = pool.items().len();
    let r = match args.or_nil(2) {
        Value::NIL => n,
        r => match vm.int_of(r) {
            None => return Err(vm.type_error("Expected int as r")),
            Some(r) if r.is_negative() => return Err(vm.value_error("r must be non-negative")),
            Some(r) => r.to_i64().and_then(|r| usize::try_from(r).ok()).unwrap_or(usize::MAX),
        },
    };
    let shown = if r > n { 0 } else { r };
    // The pools stand for the shown places; the indices cover the whole pool.
    let iter = Arrangements::new(
        "permutations",
        vec![pool; shown],
        (0..n).collect(),
        shown,
        next_permutation,
        r > n,
    );
    native(vm, iter)
}

/// The indices behind the shown ones rise always; the shown ones go through all their arrangements.
fn next_permutation(indices: &mut [usize], sizes: &[usize]) -> bool {
    let r = sizes.len();
    // With the rest falling, the next lexicographic permutation has other shown indices.
    indices[r..].reverse();
    let Some(i) = (1..indices.len()).rev().find(|i| indices[i - 1] < indices[*i]).map(|i| i - 1) else {
        return false;
    };
    let Some(j) = (i + 1..indices.len()).rev().find(|j| indices[*j] > indices[i]) else { return false };
    indices.swap(i, j);
    indices[i + 1..].reverse();
    true
}

fn product(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let repeat = match args.given(1) {
        Some(repeat) => vm.expect_index(repeat)?,
        None => 1,
    };
    let Ok(repeat) = usize::try_from(repeat) else {
        return Err(vm.value_error("repeat argument cannot be negative"));
    };
    let iterables = args.get(2..).unwrap_or(&[]);
    let places = iterables.len().saturating_mul(repeat);
    vm.reserve(places.saturating_mul(3 * size_of::<usize>()))?;
    let pools = List::new(&mut vm.heap, Vec::with_capacity(iterables.len()));
    let pools: Vec<Gc<Tuple>> = vm.rooted(&[pools.value()], |vm| {
        for iterable in iterables {
            let pool = pool(vm, *iterable)?;
            pools.items.push(pool.value());
        }
        Ok(pools.items.to_vec().into_iter().filter_map(|pool| pool.as_object::<Tuple>()).collect())
    })?;
    let mut places = Vec::with_capacity(places);
    for _ in 0..if pools.is_empty() { 0 } else { repeat } {
        places.extend_from_slice(&pools);
    }
    let ended = places.iter().any(|pool| pool.items().is_empty());
    let count = places.len();
    native(vm, Arrangements::new("product", places, vec![0; count], count, next_product, ended))
}

fn next_product(indices: &mut [usize], sizes: &[usize]) -> bool {
    for (index, size) in indices.iter_mut().zip(sizes).rev() {
        *index += 1;
        if *index < *size {
            return true;
        }
        *index = 0;
    }
    false
}
