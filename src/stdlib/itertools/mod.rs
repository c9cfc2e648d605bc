//! `itertools`: iterators made of iterators. `endless` and `chosen` go through one or several of them in order,
//! `combine` goes through the arrangements of a finite pool, `split` divides one iterator into several.
//!
//! Each is a class, as in Python, whose constructor makes a native iterator. What is hard: an iterator may be asked
//! for its next item by the very code that it is calling, so all state is in cells, nothing is borrowed across a
//! call, and a state is moved on before what it gives is made.

mod chosen;
mod combine;
mod endless;
mod split;

use crate::value::{Gc, Iter, List, Module, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{NativeModule, NativeResult, Raised, Vm};

/// The module.
pub const MODULE: NativeModule = NativeModule {
    name: "itertools",
    doc: "Iterators made of iterators. Left out: copying and pickling of iterators, and the texts that Python has \
          for `count` and `repeat` objects.",
    functions: &[split::TEE],
    setup: Some(setup),
};

static CLASSES: &[NativeDef] = &[
    endless::COUNT,
    endless::CYCLE,
    endless::REPEAT,
    chosen::ACCUMULATE,
    chosen::BATCHED,
    chosen::CHAIN,
    chosen::COMPRESS,
    chosen::DROPWHILE,
    chosen::FILTERFALSE,
    chosen::ISLICE,
    chosen::PAIRWISE,
    chosen::STARMAP,
    chosen::TAKEWHILE,
    chosen::ZIP_LONGEST,
    combine::COMBINATIONS,
    combine::COMBINATIONS_WITH_REPLACEMENT,
    combine::PERMUTATIONS,
    combine::PRODUCT,
    split::GROUPBY,
];

static FROM_ITERABLE: NativeDef = chosen::FROM_ITERABLE;

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    for def in CLASSES {
        let class = vm.new_iterator_class(def.name(), def);
        let name = vm.heap.intern(def.name());
        module.set(name, class.value());
        if def.name() == "chain" {
            let from_iterable = vm.native(&FROM_ITERABLE);
            let name = vm.heap.intern(FROM_ITERABLE.name());
            let _ = class.set_member(name, from_iterable);
        }
    }
    Ok(())
}

fn native(vm: &mut Vm, iter: impl NativeIter + 'static) -> NativeResult {
    Ok(Iter::native(&mut vm.heap, iter).value())
}

/// The items of an iterable, in a tuple.
fn pool(vm: &mut Vm, iterable: Value) -> Result<Gc<Tuple>, Raised> {
    let items = vm.collect_list(iterable)?;
    Ok(Tuple::new(&mut vm.heap, &items))
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
