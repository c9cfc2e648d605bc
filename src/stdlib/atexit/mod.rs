//! `atexit`: exit handlers, as programs see them. What they do is in `shutdown/`.

mod objects;

use crate::shutdown::{self, Deadline, EntryState, Path, Registry, When};
use crate::value::{Gc, List, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "atexit",
    doc: "Functions that run when the program ends, last in, first out. Left out: nothing.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "register(*args, **kwargs)",
        "Calls the first argument with the others when the program ends; returns it, so it can decorate a function.",
        register,
    ),
    NativeDef::new(
        "handle(*args, **kwargs)",
        "Registers as `register` does, and returns a handle that can take back this one registration.",
        handle,
    ),
    NativeDef::new(
        "before(*args, **kwargs)",
        "As `register`, for what must run before the end closes in, while threads may still start: all of these run \
         before the first exit handler. Once exit handlers run it raises `RuntimeError`.",
        before,
    ),
    NativeDef::new(
        "unregister(func, /)",
        "Takes back every registration of a function, also those of `before`.",
        unregister,
    ),
    NativeDef::new("clear()", "Takes back all registrations, also those of `before`.", clear),
    NativeDef::new("count()", "How many handlers wait to be run.", count),
    NativeDef::new("handlers()", "The registrations, in the order in which they would run.", handlers),
    NativeDef::new(
        "run()",
        "Runs the handlers now and empties the registry; raises the last exception of theirs.",
        run,
    ),
    NativeDef::new("outcome()", "Why the program is ending: an `Outcome`; nil while it is not.", outcome),
    NativeDef::new(
        "errors()",
        "What handlers have raised so far, `SystemExit` too: tuples of the registration and the exception.",
        errors,
    ),
    NativeDef::new(
        "phase()",
        "How far the end has come: `\"running\"`, `\"before\"`, `\"handlers\"`, `\"finalize\"` or `\"flush\"`.",
        phase,
    ),
    NativeDef::new(
        "plan()",
        "A text of what has run, runs and will run at the end, numbered in that order, with arguments and places.",
        plan,
    ),
    NativeDef::new(
        "deadline(*, seconds=nil, steps=nil)",
        "What each handler that starts from now on may take, in seconds or in steps (calls and turns of loops): past \
         that, `TimeoutError` is raised in it. Without arguments there is no deadline any more.",
        deadline,
    ),
];

/// The arguments are taken as they come, for CPython refuses wrong ones in words of its own.
fn add(vm: &mut Vm, args: Args<'_>, when: When, name: &str) -> Result<(Value, u64), Raised> {
    let keywords = args.at(0);
    let Some((function, rest)) = args.slice().get(1..).and_then(|given| given.split_first()) else {
        return Err(vm.type_error(format!("{name}() takes at least 1 argument (0 given)")));
    };
    if !vm.is_callable(*function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let id = shutdown::register(vm, when, *function, rest, keywords)?;
    Ok((*function, id))
}

fn register(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    add(vm, args, When::Exit, "register").map(|(function, _)| function)
}

fn handle(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (_, id) = add(vm, args, When::Exit, "handle")?;
    objects::new_handle(vm, id)
}

fn before(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    add(vm, args, When::Before, "before").map(|(function, _)| function)
}

fn unregister(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    shutdown::unregister(vm, args.at(0))?;
    Ok(Value::NIL)
}

fn clear(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    shutdown::clear(vm);
    Ok(Value::NIL)
}

fn count(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::len(vm.state::<Registry>().len(When::Exit)))
}

fn handlers(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let registry = vm.state::<Registry>();
    let waiting = registry.len(When::Exit);
    vm.reserve(waiting * size_of::<(shutdown::EntryObject, Value)>())?;
    let mut objects = Vec::with_capacity(waiting);
    for entry in registry.waiting(When::Exit).into_iter().rev() {
        objects.extend(objects::entry_object(vm, entry.id));
    }
    Ok(List::new(&mut vm.heap, objects).value())
}

fn run(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    shutdown::run_now(vm)
}

fn outcome(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    objects::outcome(vm)
}

fn errors(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let raised = vm.state::<Registry>().raised();
    let running = vm.state::<Registry>().running();
    let mut pairs = Vec::with_capacity(raised.len());
    for noted in raised {
        let is_running = running.iter().any(|(_, entry)| entry.id == noted.entry.id);
        let state = if is_running { EntryState::Running } else { EntryState::Done };
        let entry = objects::object_of(vm, noted.entry, state);
        pairs.push(Tuple::new(&mut vm.heap, &[entry, noted.exception]).value());
    }
    Ok(List::new(&mut vm.heap, pairs).value())
}

fn phase(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let name = vm.state::<Path>().phase().name();
    Ok(vm.heap.intern(name).value())
}

fn plan(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let plan = shutdown::plan(vm)?;
    vm.make_string(shutdown::plan_text(&plan))
}

fn deadline(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (seconds, steps) = (args.or_nil(0), args.or_nil(1));
    let seconds = if seconds.is_nil() { None } else { Some(vm.expect_float(seconds)?) };
    if seconds.is_some_and(|seconds| seconds.is_nan() || seconds <= 0.0) {
        return Err(vm.value_error("a deadline must be more than 0 seconds"));
    }
    let steps = if steps.is_nil() { None } else { Some(vm.expect_index(steps)?) };
    if steps.is_some_and(|steps| steps <= 0) {
        return Err(vm.value_error("a deadline must be more than 0 steps"));
    }
    let deadline = vm.state::<Deadline>();
    deadline.seconds.set(seconds);
    deadline.steps.set(steps.map(i64::unsigned_abs));
    Ok(Value::NIL)
}

fn setup(vm: &mut Vm, _: Gc<Module>) -> Result<(), Raised> {
    objects::make_classes(vm);
    Ok(())
}
