//! Registering exit handlers, taking them back, and running them (rules 5.1 to 5.6).
//!
//! `atexit.run()` and the end of the program share [`run_newest`]. They differ in whose the exceptions are: those of
//! `atexit.run()` belong to its caller, those of the end decide the status.

use super::registry::{HandlerException, Registry, plain_key};
use super::say::say;
use super::{Entry, Path, Phase};
use crate::report;
use crate::value::{Dict, Tuple, Value};
use crate::vm::{Exc, NativeResult, Raised, Sym, Vm};

/// How many handlers may be registered while handlers run (5.2).
pub const LATE_LIMIT: usize = 10_000;
/// How deep `atexit.run()` may be called from a handler that `atexit.run()` runs.
const NESTING_LIMIT: usize = 1_000;

/// How a handler ended.
pub(super) enum Ended {
    Returned,
    Raised(Value),
    /// The program was stopped for good while it ran.
    Halted,
}

/// Adds an exit handler; `args` are held, not copied.
pub fn register(vm: &mut Vm, function: Value, args: &[Value], keywords: Value) -> Result<(), Raised> {
    let phase = vm.state::<Path>().phase();
    if phase >= Phase::Finalize {
        return Err(vm.runtime_error("can't register exit handler: exit handlers have already run"));
    }
    let registry = vm.state::<Registry>();
    if (phase == Phase::Handlers || registry.depth() > 0) && registry.count_late() > LATE_LIMIT {
        let message = format!("too many exit handlers registered during exit (limit {LATE_LIMIT})");
        return Err(vm.runtime_error(message));
    }
    let bytes = registry.bytes_to_grow();
    if bytes > 0 {
        vm.reserve(bytes)?;
        vm.heap.charge(bytes);
    }
    let args = if args.is_empty() { Value::UNDEF } else { Tuple::new(&mut vm.heap, args).value() };
    let site = vm.caller_site();
    registry.push(function, args, keywords, site);
    Ok(())
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
        registry.remove(id);
    }
    Ok(())
}

/// `atexit.run()`: runs and empties the registry, and raises the last exception to the caller.
pub fn run_now(vm: &mut Vm) -> NativeResult {
    let registry = vm.state::<Registry>();
    let path = vm.state::<Path>();
    match registry.depth() {
        0 if path.phase() == Phase::Running => registry.reset_late(),
        NESTING_LIMIT.. => return Err(vm.error(Exc::RecursionError, "maximum recursion depth exceeded")),
        _ => {}
    }
    let mut last = None;
    while let Some((entry, ended)) = run_newest(vm, &registry) {
        match ended {
            Ended::Returned => {}
            Ended::Halted => return vm.check_interrupt().map(|()| Value::NIL),
            Ended::Raised(exception) => {
                registry.note_raised(HandlerException { entry, exception });
                if path.phase() == Phase::Handlers && vm.is_exception(exception, Exc::KeyboardInterrupt) {
                    // It has escaped a handler, whatever the caller makes of that.
                    path.claim_interrupt();
                }
                let silent = vm.is_exception(exception, Exc::SystemExit)
                    || vm.is_exception(exception, Exc::BrokenPipeError);
                if !silent {
                    let text = failure_text(vm, entry, exception);
                    say(vm, &text);
                }
                last = Some((HandlerException { entry, exception }, silent));
            }
        }
    }
    match last {
        None => Ok(Value::NIL),
        Some((noted, silent)) => {
            if !silent {
                registry.note_reported(noted);
            }
            Err(Raised(noted.exception))
        }
    }
}

/// What is printed about a handler that failed.
pub(super) fn failure_text(vm: &mut Vm, entry: Entry, exception: Value) -> String {
    let who = entry.describe();
    if let Some(inner) = vm.state::<Registry>().reported(exception) {
        let class = vm.type_name(exception);
        return format!("Exception in {who}: {class} re-raised from {}\n", inner.describe());
    }
    format!("Exception in {who}:\n{}", report::traceback(vm, exception))
}

/// Takes the newest handler out of the registry and calls it.
pub(super) fn run_newest(vm: &mut Vm, registry: &Registry) -> Option<(Entry, Ended)> {
    let entry = registry.start_newest()?;
    let result = call_afresh(vm, entry);
    let ended = match result {
        Ok(_) if vm.halted().is_none() => Ended::Returned,
        Err(Raised(exception)) if vm.halted().is_none() => Ended::Raised(exception),
        _ => Ended::Halted,
    };
    registry.finish();
    Some((entry, ended))
}

/// Calls a handler with a recursion budget of its own, and with no exception being handled (5.1).
fn call_afresh(vm: &mut Vm, entry: Entry) -> NativeResult {
    let (floor, most) = (vm.stack.handling_floor, vm.stack.max_frames);
    let frames = vm.stack.frames.len();
    vm.stack.handling_floor = frames;
    vm.stack.set_max_frames(frames + vm.limits.recursion);
    let result = call_entry(vm, entry);
    vm.stack.handling_floor = floor;
    // The handler may have changed the limit for all.
    if !vm.stack.set_max_frames(floor + vm.limits.recursion) {
        vm.stack.max_frames = most;
    }
    result
}

fn call_entry(vm: &mut Vm, entry: Entry) -> NativeResult {
    let args = entry.args.as_object::<Tuple>();
    let args = args.as_ref().map_or(&[][..], |tuple| tuple.items());
    if entry.keywords.as_object::<Dict>().is_none() {
        return vm.call(entry.function, args);
    }
    vm.call_keywords(entry.function, args, &entry.keyword_arguments())
}
