//! `thread`: threads, and what they wait for each other with. How they are switched is in `vm/threads.rs`.
//!
//! What is hard: whoever waits may be woken for other reasons than the one it waits for, so each wait is in a loop that
//! looks again. What is waited for is handed over at the moment of waking, to the one that has waited longest; nobody
//! can take it away before that one runs.

mod local;
mod lock;
mod queue;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::heap::Tracer;
use crate::shutdown;
use crate::value::{Class, Dict, Foreign, ForeignData, Gc, Layout, Module, NativeDef, Str, Value};
use crate::vm::{
    Args, Exc, MAIN, NativeModule, NativeResult, Raised, StdlibState, ThreadId, Vm, WaitFor, Waited, Wake,
};

use super::time::{moment, seconds};

pub const MODULE: NativeModule = NativeModule {
    name: "thread",
    doc: "Threads within the one interpreter, and locks, events and queues between them. One thread runs at a time; \
          after so many calls and turns of loops it is the next one's turn, so a program runs the same way each time. \
          `--seed-threads N` on the command line varies whose turn it is. When all threads wait for each other, \
          `RuntimeError` says who waits for what. Left out: what CPython's `threading` has beyond this (`RLock`, \
          `Condition`, `Semaphore`, `Barrier`, `Timer`, `excepthook`), subclasses of `Thread`, `Queue.shutdown`, \
          other kinds of queues. Writing to a pipe that is full, and opening one by its name, lets no other thread \
          run.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "start(function, /, *args, daemon=false, name=nil, **kwargs)",
        "Calls a function with the other arguments in a new thread, and returns its `Thread`. The program waits for the \
         thread at its end unless it is a `daemon`.",
        start,
    ),
    NativeDef::new("current()", "The `Thread` that runs.", current),
    NativeDef::new("main()", "The `Thread` that the program began with.", main),
    NativeDef::new("all()", "A list of the threads that have not ended, in the order of starting.", all),
];

const METHODS: &[NativeDef] = &[
    NativeDef::new("join(self, timeout=nil)", "Waits until the thread has ended, or so many seconds.", join),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

/// What the module keeps per interpreter.
#[derive(Default)]
struct State {
    /// How many threads were given a name of the module's making.
    named: Cell<u64>,
    empty: Cell<Option<Gc<Class>>>,
    full: Cell<Option<Gc<Class>>>,
}

impl StdlibState for State {
    fn trace(&self, tracer: &mut Tracer) {
        for class in [&self.empty, &self.full].into_iter().filter_map(Cell::get) {
            tracer.mark(class.value());
        }
    }
}

/// What a `Thread` holds.
struct Thread {
    id: Cell<ThreadId>,
    name: RefCell<String>,
    daemon: bool,
    /// What it calls; nil for the main thread, and once it has been called.
    function: Cell<Value>,
    args: RefCell<Vec<Value>>,
    keywords: Cell<Value>,
}

impl ForeignData for Thread {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.function.get());
        tracer.mark(self.keywords.get());
        tracer.mark_all(&self.args.borrow());
    }

    fn bytes(&self) -> usize {
        self.args.borrow().capacity() * size_of::<Value>()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        match name {
            "name" => Some(vm.heap.str(&self.name.borrow())),
            "daemon" => Some(Value::bool(self.daemon)),
            "alive" => Some(Value::bool(vm.is_alive(self.id.get()))),
            _ => None,
        }
    }

    fn set_attribute(&self, vm: &mut Vm, name: &str, value: Value) -> bool {
        // As in CPython, anything becomes a name; what has no text does not.
        match if name == "name" { vm.str(value).ok() } else { None } {
            Some(text) => {
                vm.set_thread_name(self.id.get(), &text);
                self.name.replace(text);
                true
            }
            None => false,
        }
    }
}

fn thread_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("Thread", METHODS);
        vm.describe(
            class,
            "What `start` returns. `name` can be changed; `alive` says whether it has not ended yet; `daemon` whether \
             the program does not wait for it at its end.",
        );
        class
    })
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let state = vm.state::<State>();
    let base = vm.exception_class(Exc::Exception);
    for (name, doc, cell) in [
        ("Empty", "`Queue.get` found nothing to take, in time.", &state.empty),
        ("Full", "`Queue.put` found no room, in time.", &state.full),
    ] {
        let name = vm.heap.intern(name);
        let class = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
        class.module.set(module.value());
        cell.set(Some(class));
        vm.describe(class, doc);
        module.add_slot(name, class.value());
    }
    for class in [
        thread_class(vm),
        lock::new_lock_class(vm),
        lock::new_event_class(vm),
        queue::new_class(vm),
        local::new_class(vm),
    ] {
        module.add_slot(class.name.get(), class.value());
    }
    Ok(())
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Thread, Raised> {
    args.at(0).foreign::<Thread>().ok_or_else(|| vm.type_error("a thread is needed"))
}

fn start(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let function = args.at(0);
    if !vm.is_callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let daemon = match args.given(1) {
        Some(daemon) => vm.truth(daemon)?,
        None => false,
    };
    let name = match args.given(2).filter(|name| !name.is_nil()) {
        Some(name) => vm.str(name)?,
        None => default_name(vm, function)?,
    };
    let class = thread_class(vm);
    let thread = Thread {
        id: Cell::new(MAIN),
        name: RefCell::new(name.clone()),
        daemon,
        function: Cell::new(function),
        args: RefCell::new(args.slice().get(4..).unwrap_or(&[]).to_vec()),
        keywords: Cell::new(args.or_nil(3)),
    };
    let object = Foreign::new(&mut vm.heap, class, thread).value();
    let id = vm.rooted(&[object], |vm| vm.start_thread(object, name, daemon, run))?;
    if let Some(thread) = object.foreign::<Thread>() {
        thread.id.set(id);
    }
    Ok(object)
}

/// `Thread-1 (f)`.
fn default_name(vm: &mut Vm, function: Value) -> Result<String, Raised> {
    let key = vm.heap.intern("__name__");
    let name = match vm.find_attr(function, key)? {
        Some(name) => format!(" ({})", vm.str(name)?),
        None => String::new(),
    };
    let state = vm.state::<State>();
    state.named.set(state.named.get() + 1);
    Ok(format!("Thread-{}{name}", state.named.get()))
}

/// What a thread does from its beginning to its end.
fn run(vm: &mut Vm, object: Value) {
    let Some(thread) = object.foreign::<Thread>() else { return };
    let function = thread.function.replace(Value::NIL);
    let args = thread.args.take();
    let keywords = thread.keywords.replace(Value::NIL);
    let mut values = args.clone();
    values.extend([function, keywords]);
    let result = vm.rooted(&values, |vm| match keywords.as_object::<Dict>() {
        None => vm.call(function, &args),
        Some(options) => vm.call_keywords(function, &args, &keyword_arguments(options)),
    });
    let exception = result.err().map(|raised| raised.0);
    if vm.halted().is_some() {
        return;
    }
    if vm.is_forked_main() {
        vm.leave_forked_main(exception);
    } else if let Some(exception) = exception {
        vm.rooted(&[exception], |vm| report(vm, thread, exception));
    }
}

fn keyword_arguments(options: Gc<Dict>) -> Vec<(Gc<Str>, Value)> {
    let entries = (0..).map_while(|at| options.table.entry(at));
    entries.filter_map(|(name, value)| name.as_str().map(|name| (name, value))).collect()
}

/// An exception that nobody caught is printed, and that is all that comes of it.
fn report(vm: &mut Vm, thread: &Thread, exception: Value) {
    // `exit()` ends the thread; and who cannot print to a reader that went away cannot print that either.
    if vm.is_exception(exception, Exc::SystemExit) || vm.is_exception(exception, Exc::BrokenPipeError) {
        return;
    }
    let traceback = crate::report::traceback(vm, exception);
    let name = thread.name.borrow().clone();
    shutdown::say(vm, &format!("Exception in thread {name}:\n{traceback}"));
}

fn current(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let id = vm.current_thread();
    Ok(object_of(vm, id))
}

fn main(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let id = vm.main_thread();
    Ok(object_of(vm, id))
}

fn all(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let mut objects = Vec::new();
    for id in vm.alive_threads() {
        objects.push(object_of(vm, id));
    }
    Ok(crate::value::List::new(&mut vm.heap, objects).value())
}

/// The object of a thread; the main one's is made when it is first asked for.
fn object_of(vm: &mut Vm, id: ThreadId) -> Value {
    let object = vm.thread_object(id);
    if !object.is_nil() {
        return object;
    }
    let class = thread_class(vm);
    let name = vm.thread_name(id).unwrap_or("").to_string();
    let thread = Thread {
        id: Cell::new(id),
        name: RefCell::new(name),
        daemon: false,
        function: Cell::new(Value::NIL),
        args: RefCell::default(),
        keywords: Cell::new(Value::NIL),
    };
    let object = Foreign::new(&mut vm.heap, class, thread).value();
    vm.set_thread_object(id, object);
    object
}

fn join(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let thread = receiver(vm, args)?;
    let until = deadline(vm, args.or_nil(1))?;
    let id = thread.id.get();
    if id == vm.current_thread() {
        return Err(vm.runtime_error("cannot join current thread"));
    }
    let what = WaitFor { key: id.key(), object: args.at(0), describe: describe_end };
    while vm.is_alive(id) {
        if vm.wait(Some(what), until)? == Wake::TimedOut {
            break;
        }
    }
    Ok(Value::NIL)
}

fn describe_end(_: &Vm, thread: Value) -> String {
    let name = thread.foreign::<Thread>().map_or_else(String::new, |thread| thread.name.borrow().clone());
    format!("{name} to end")
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let thread = receiver(vm, args)?;
    let state = if vm.is_alive(thread.id.get()) { "started" } else { "stopped" };
    let daemon = if thread.daemon { " daemon" } else { "" };
    let text = format!("<Thread({}, {state}{daemon})>", thread.name.borrow());
    vm.make_str(&text)
}

/// When a wait of so many seconds ends; nil for never.
fn deadline(vm: &mut Vm, timeout: Value) -> Result<Option<Duration>, Raised> {
    if timeout.is_nil() {
        return Ok(None);
    }
    let timeout = seconds(vm, timeout)?;
    moment(vm, timeout).map(Some)
}

/// A key for what an object is waited for.
fn key(what: Waited, object: Value) -> (Waited, u64) {
    (what, object.identity())
}
