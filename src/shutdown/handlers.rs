//! Registering exit handlers and taking them back: what the functions of `atexit` do.

use super::Entry;
use super::journal::{HandlerName, Step};
use super::path::{Path, Phase, step};
use super::registry::{Registry, When, plain_key};
use crate::value::{Tuple, Value};
use crate::vm::{Raised, Sym, Vm};

/// How many handlers may be registered while handlers run (5.2).
pub const LATE_LIMIT: usize = 10_000;

/// Adds an exit handler; `args` are held, not copied. The number of the entry.
pub fn register(
    vm: &mut Vm,
    when: When,
    function: Value,
    args: &[Value],
    keywords: Value,
) -> Result<u64, Raised> {
    let path = vm.state::<Path>();
    let phase = path.phase();
    if phase >= Phase::Finalize {
        return Err(vm.runtime_error("can't register exit handler: exit handlers have already run"));
    }
    if when == When::Before && phase >= Phase::Handlers {
        return Err(vm.runtime_error("can't register 'before' handler: exit handlers already run"));
    }
    let registry = vm.state::<Registry>();
    if (phase > Phase::Running || registry.depth() > 0) && registry.count_late() > LATE_LIMIT {
        let message = format!("too many exit handlers registered during exit (limit {LATE_LIMIT})");
        return Err(vm.runtime_error(message));
    }
    let bytes = registry.bytes_to_grow(when);
    if bytes > 0 {
        vm.reserve(bytes)?;
        vm.heap.charge(bytes);
    }
    let args = if args.is_empty() { Value::UNDEF } else { Tuple::new(&mut vm.heap, args).value() };
    let site = vm.caller_site();
    let entry = registry.push(when, function, args, keywords, site);
    if path.has_begun() {
        step(vm, &path, |_| Step::Registered { handler: HandlerName::of(&entry) });
    }
    Ok(entry.id)
}

/// Removes every entry whose callable is identical or `==` to `function`.
///
/// Only an instance's own `==` can run code of the program, so only entries that may have one are asked; the others
/// are found by their key. All is decided before anything is removed.
pub fn unregister(vm: &mut Vm, function: Value) -> Result<(), Raised> {
    let registry = vm.state::<Registry>();
    let key = plain_key(function);
    let asks = key.is_none() && vm.find_special(function, Sym::Eq).is_some();
    let mut doomed = key.map_or_else(Vec::new, |key| registry.with_key(key));
    let candidates = if asks { registry.snapshot() } else { registry.without_key() };
    let callables: Vec<Value> = candidates.iter().map(|entry| entry.function).collect();
    vm.rooted(&callables, |vm| {
        for entry in &candidates {
            if entry.function.identity() == function.identity() || vm.eq(entry.function, function)? {
                doomed.push(entry.id);
            }
        }
        Ok(())
    })?;
    // Newest first, which costs least.
    doomed.sort_unstable();
    for id in doomed.into_iter().rev() {
        remove(vm, id);
    }
    Ok(())
}

/// Takes one entry back; false if it has begun to run, or was taken back already.
pub fn remove(vm: &mut Vm, id: u64) -> bool {
    let Some(entry) = vm.state::<Registry>().remove(id) else { return false };
    note_removed(vm, &[entry]);
    true
}

/// Takes all entries back.
pub fn clear(vm: &mut Vm) {
    let registry = vm.state::<Registry>();
    let path = vm.state::<Path>();
    let removed = if path.is_traced() { registry.snapshot() } else { Vec::new() };
    registry.clear(When::Before);
    registry.clear(When::Exit);
    note_removed(vm, &removed);
}

fn note_removed(vm: &mut Vm, entries: &[Entry]) {
    let path = vm.state::<Path>();
    if !path.has_begun() {
        return;
    }
    for entry in entries {
        step(vm, &path, |_| Step::Removed { handler: HandlerName::of(entry) });
    }
}
