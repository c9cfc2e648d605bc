//! The objects that `atexit` gives out: registrations, handles, and the outcome.

use std::cell::Cell;

use crate::heap::Tracer;
use crate::shutdown::{self, Ending, Entry, EntryObject, ExitStatus, Path, Registry};
use crate::value::{Class, Foreign, ForeignData, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Vm};

const ENTRY_METHODS: &[NativeDef] =
    &[NativeDef::new("repr(self, /)", "A text for people who program.", entry_repr)];

const HANDLE_METHODS: &[NativeDef] = &[
    NativeDef::new(
        "cancel(self, /)",
        "Takes back this one registration; true if it was still pending.",
        handle_cancel,
    ),
    NativeDef::new("repr(self, /)", "A text for people who program.", handle_repr),
];

const OUTCOME_METHODS: &[NativeDef] =
    &[NativeDef::new("repr(self, /)", "A text for people who program.", outcome_repr)];

/// The object of a registration that waits; the same one each time.
pub(super) fn entry_object(vm: &mut Vm, id: u64) -> Option<Value> {
    let registry = vm.state::<Registry>();
    registry.object(vm, id, new_entry_object).map(Gc::value)
}

/// The object of any registration.
pub(super) fn object_of(vm: &mut Vm, entry: Entry, state: shutdown::EntryState) -> Value {
    if let Some(object) = entry.object() {
        return object.value();
    }
    let object = new_entry_object(vm, entry);
    if let Some(data) = object.value().foreign::<EntryObject>() {
        data.state.set(state);
    }
    object.value()
}

fn new_entry_object(vm: &mut Vm, entry: Entry) -> Gc<Foreign> {
    let class = entry_class(vm);
    Foreign::new(&mut vm.heap, class, EntryObject::new(entry))
}

fn entry_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("ExitHandler", ENTRY_METHODS);
        vm.describe(
            class,
            "A registration, as `handlers` and `errors` list them. It has the attributes `name`, `func`, `args`, \
             `kwargs`, `file`, `line` and `state` (`\"pending\"`, `\"running\"`, `\"done\"` or `\"removed\"`).",
        );
        class
    })
}

fn entry_repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = match args.at(0).foreign::<EntryObject>() {
        Some(object) => format!("<{}>", object.entry.describe()),
        None => return Err(vm.type_error("a registration is needed")),
    };
    vm.make_string(text)
}

/// What `handle` gives: one registration among several equal ones.
struct Handle {
    id: u64,
    described: String,
    cancelled: Cell<bool>,
}

impl ForeignData for Handle {
    fn trace(&self, _: &mut Tracer) {}

    fn bytes(&self) -> usize {
        self.described.capacity()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let registry = vm.state::<Registry>();
        (name == "pending").then(|| Value::bool(registry.is_pending(self.id)))
    }
}

pub(super) fn new_handle(vm: &mut Vm, id: u64) -> NativeResult {
    let registry = vm.state::<Registry>();
    let described = registry.describe(id).unwrap_or_default();
    let class = handle_class(vm);
    let handle = Handle { id, described, cancelled: Cell::new(false) };
    Ok(Foreign::new(&mut vm.heap, class, handle).value())
}

fn handle_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("Handle", HANDLE_METHODS);
        vm.describe(
            class,
            "What `handle` gives. Its attribute `pending` is true until the handler has begun to run or was taken back.",
        );
        class
    })
}

fn handle_cancel(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let value = args.at(0);
    let Some(handle) = value.foreign::<Handle>() else {
        return Err(vm.type_error("a handle is needed"));
    };
    let removed = shutdown::remove(vm, handle.id);
    handle.cancelled.set(handle.cancelled.get() || removed);
    Ok(Value::bool(removed))
}

fn handle_repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let value = args.at(0);
    let Some(handle) = value.foreign::<Handle>() else {
        return Err(vm.type_error("a handle is needed"));
    };
    let state = match (handle.cancelled.get(), vm.state::<Registry>().is_pending(handle.id)) {
        (true, _) => "cancelled",
        (false, true) => "pending",
        (false, false) => "not pending",
    };
    let text = format!("<{} handle of {}>", state, handle.described);
    vm.make_string(text)
}

/// Why the program is ending, as it was when it was asked.
struct OutcomeObject {
    kind: &'static str,
    exception: Value,
    status: i64,
    signal: Option<i32>,
}

impl ForeignData for OutcomeObject {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.exception);
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        Some(match name {
            "kind" => vm.heap.intern(self.kind).value(),
            "exception" => self.exception,
            "status" => vm.heap.int(self.status),
            "signal" => self.signal.map_or(Value::NIL, Value::int32),
            _ => return None,
        })
    }
}

/// The outcome so far; nil before the end.
pub(super) fn outcome(vm: &mut Vm) -> NativeResult {
    let path = vm.state::<Path>();
    if !path.has_begun() {
        return Ok(Value::NIL);
    }
    let (kind, signal) = match path.current_outcome() {
        Ending::Normal => ("normal", None),
        Ending::Exit(_) => ("exit", None),
        Ending::Error => ("error", None),
        Ending::Interrupt => ("interrupt", Some(libc::SIGINT)),
        Ending::Signal(number) => ("signal", Some(number)),
    };
    let status = match path.verdict().status {
        ExitStatus::Code(code) => i64::from(code),
        ExitStatus::Signal(number) => 128 + i64::from(number),
    };
    let exception = path.exception().unwrap_or(Value::NIL);
    let class = outcome_class(vm);
    let object = OutcomeObject { kind, exception, status, signal };
    Ok(Foreign::new(&mut vm.heap, class, object).value())
}

fn outcome_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("Outcome", OUTCOME_METHODS);
        vm.describe(
            class,
            "Why the program is ending. `kind` is `\"normal\"`, `\"exit\"`, `\"error\"`, `\"interrupt\"` or \
             `\"signal\"`; `exception` is the exception behind it or nil; `status` is what the process would end with \
             now, 128 + n for death by signal n; `signal` is its number or nil.",
        );
        class
    })
}

fn outcome_repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let value = args.at(0);
    let Some(outcome) = value.foreign::<OutcomeObject>() else {
        return Err(vm.type_error("an outcome is needed"));
    };
    let exception = match outcome.exception {
        nil if nil.is_nil() => String::new(),
        exception => format!(" by {}", vm.type_name(exception)),
    };
    let text = format!("<outcome {}{exception}, status {}>", outcome.kind, outcome.status);
    vm.make_string(text)
}

/// Makes the classes, so that the documentation knows them.
pub(super) fn make_classes(vm: &mut Vm) {
    entry_class(vm);
    handle_class(vm);
    outcome_class(vm);
}
