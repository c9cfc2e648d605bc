//! The virtual machine: runs verified code, and offers natives what they need to work on values.
//!
//! One [`Vm`] is one interpreter: its heap, its stack, its modules. Data flows from [`load`] (code becomes
//! protos) through [`dispatch`] (the loop) with [`call`], [`unwind`] and the operators beside it. It knows
//! no standard library (that is given to it as tables of natives), no terminal, and never ends the process.
//!
//! What is hard is which values are safe from the collector. Roots are: the stack up to [`Vm::top`], the closures
//! of the frames, what `Vm::trace_roots` lists, and `roots`, where natives put values that they keep in Rust
//! variables across a call back into the VM.

mod alarm;
mod assertion;
mod attribute;
mod call;
mod classes;
mod compare;
mod dispatch;
mod exceptions;
mod generator;
mod held;
mod item;
mod iterate;
mod load;
mod modules;
mod native;
mod number;
mod operations;
mod place;
mod schedule;
mod signals;
pub mod signature;
mod stack;
mod text;
mod threads;
mod types;
mod uncommon;
mod unwind;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::host::Host;
use crate::value::{Class, Gc, Module, Proto, Str, Value};
pub use alarm::{AlarmAction, AlarmId};
pub use call::CallTarget;
pub use exceptions::{EXCEPTIONS, Exc};
pub use generator::Resume;
pub use item::SliceBounds;
pub use native::{Args, NativeResult, Raised};
pub use number::Int;
pub use schedule::{MAIN, ThreadId, WaitKey, Waited};
pub use stack::{Frame, Stack};
pub use threads::{ThreadBody, WaitFor, Wake};
pub use types::{Sym, Type};

/// Why a program was stopped for good: no `except` and no `finally` of it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Halt {
    /// The step budget is used up.
    Steps,
    /// A second signal while exit handlers ran.
    Signal(crate::host::Signal),
    /// `os._exit` with this status.
    Exit(i32),
    /// Threads that are left over when the program has ended.
    Leftover,
    /// In a forked child, what the main thread was doing in the parent.
    Forked,
}

/// How an interpreter is set up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most frames at a time; past it `RecursionError` is raised.
    pub recursion: usize,
    /// The most bytes on the heap, about; past it `MemoryError` is raised.
    pub memory: usize,
    /// The most back-edges and calls, about; past it the program is halted. None for no limit.
    pub steps: Option<u64>,
    /// Collect at every safepoint.
    pub stress: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { recursion: 10_000, memory: 4 << 30, steps: None, stress: false }
    }
}

/// Makes the code of a file that is imported: the name of the file, its text, and the module's slots are all
/// that a compiler needs. The error is the exception to raise, made by the one who knows how to report it.
pub type CompileFn = fn(&mut Vm, name: &str, text: &str) -> Result<Rc<crate::bytecode::code::Code>, Raised>;

/// One interpreter.
pub struct Vm {
    pub heap: Heap,
    pub host: Box<dyn Host>,
    pub(crate) stack: Stack,
    /// Values that natives keep across calls back into the VM. Natives truncate it to what they found.
    pub roots: Vec<Value>,
    pub(crate) exceptions: Vec<Gc<Class>>,
    pub(crate) types: Vec<Gc<Class>>,
    /// The classes of iterators by their names.
    pub(crate) iterator_classes: Vec<(&'static str, Gc<Class>)>,
    /// The classes that the standard library has made so far, each with the module that made it, for its documentation.
    pub(crate) native_classes: Vec<(&'static str, Gc<Class>)>,
    /// The module of the standard library that is being made; empty for none.
    pub(crate) setting_up: &'static str,
    pub(crate) symbols: Vec<Gc<Str>>,
    /// The builtins in the order that the compiler numbers them by.
    pub(crate) builtins: Vec<Value>,
    pub(crate) builtin_names: Vec<&'static str>,
    /// Modules by canonical path, or by name for those of the standard library.
    pub(crate) modules: FxHashMap<String, Gc<Module>>,
    pub(crate) native_modules: &'static [NativeModule],
    /// The names of those that go past the host to the system.
    pub(crate) system_modules: &'static [&'static str],
    pub(crate) compile: CompileFn,
    /// Exceptions keep the values of the frame that they were raised in, for reports.
    pub keeps_values: bool,
    /// Where imports are searched after the importing file's directory.
    pub search_path: Vec<std::path::PathBuf>,
    /// The directory that relative names of source files and of `search_path` start from, once the program has left
    /// it.
    pub started_in: Option<std::path::PathBuf>,
    pub limits: Limits,
    /// What is to happen later, and the count of back-edges and calls.
    pub(crate) alarms: alarm::Alarms,
    /// How many back-edges and calls are left until interrupts are looked for again.
    pub(crate) fuel: i32,
    /// Why nothing of the program may run any more; it unwinds without running any of its handlers.
    pub(crate) halted: Option<Halt>,
    /// Signals that were injected and not taken yet.
    pub(crate) injected: std::collections::VecDeque<crate::host::Signal>,
    /// What to do about a signal: by default it becomes an exception.
    pub(crate) on_signal: fn(&mut Vm, crate::host::Signal) -> Result<(), Raised>,
    /// The functions that the program has signals call.
    pub(crate) signal_functions: signals::SignalFunctions,
    /// What the standard library keeps per interpreter, found by type.
    pub(crate) state: FxHashMap<std::any::TypeId, Rc<dyn StdlibState>>,
    /// How many containers deep a text or comparison is.
    pub(crate) depth: usize,
    /// The containers whose text is being made, for those that contain themselves.
    pub(crate) in_repr: Vec<u64>,
    pub(crate) not_implemented: Value,
    /// The generators that are running, the innermost last.
    pub(crate) running: Vec<Gc<crate::value::Generator>>,
    /// The generators that have something to do before they may be forgotten.
    pub(crate) held: held::Held,
    /// What becomes of an exception where nobody can catch it: somebody who can speak shows it.
    pub(crate) on_ignored: fn(&mut Vm, exception: Value, what: &str),
    /// What the generator that ended last returned.
    pub(crate) stop_value: Value,
    pub(crate) threads: Box<threads::Threads>,
}

/// Adds to a module of the standard library what is not a function.
pub type SetupFn = fn(&mut Vm, Gc<Module>) -> Result<(), Raised>;

/// A module of the standard library: made when first imported.
#[derive(Debug)]
pub struct NativeModule {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [crate::value::NativeDef],
    /// Adds what is not a function: constants, classes, objects.
    pub setup: Option<SetupFn>,
}

/// State that a part of the standard library keeps per interpreter.
pub trait StdlibState: std::any::Any {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut crate::heap::Tracer);
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vm {{ heap: {:?} }}", self.heap)
    }
}

impl Vm {
    /// An interpreter with its types and exceptions, but without builtins: [`crate::stdlib::install`] adds them.
    pub fn new(host: Box<dyn Host>, limits: Limits, compile: CompileFn) -> Vm {
        let mut vm = Vm {
            heap: Heap::new(limits.memory, limits.stress),
            host,
            stack: Stack::new(limits.recursion),
            roots: Vec::new(),
            exceptions: Vec::new(),
            types: Vec::new(),
            iterator_classes: Vec::new(),
            native_classes: Vec::new(),
            setting_up: "",
            symbols: Vec::new(),
            builtins: Vec::new(),
            builtin_names: Vec::new(),
            modules: FxHashMap::default(),
            native_modules: &[],
            system_modules: &[],
            compile,
            keeps_values: false,
            search_path: Vec::new(),
            started_in: None,
            limits,
            alarms: alarm::Alarms::new(1),
            fuel: 1,
            halted: None,
            on_signal: signals::raise_signal,
            signal_functions: signals::SignalFunctions::default(),
            injected: std::collections::VecDeque::new(),
            state: FxHashMap::default(),
            depth: 0,
            in_repr: Vec::new(),
            not_implemented: Value::NIL,
            running: Vec::new(),
            held: held::Held::default(),
            on_ignored: |_, _, _| {},
            stop_value: Value::NIL,
            threads: Box::default(),
        };
        types::make_symbols(&mut vm);
        types::make_types(&mut vm);
        let object = vm.class_for(Type::Object);
        vm.exceptions = exceptions::make_classes(&mut vm, object);
        vm
    }

    /// The class of a built-in type.
    #[inline(always)]
    pub fn class_for(&self, ty: Type) -> Gc<Class> {
        self.types[ty as usize]
    }

    /// A name that the VM itself uses.
    #[inline(always)]
    pub fn sym(&self, sym: Sym) -> Gc<Str> {
        self.symbols[sym as usize]
    }

    /// Adds a builtin; the compiler resolves the name to its place.
    pub fn add_builtin(&mut self, name: &'static str, value: Value) {
        self.builtins.push(value);
        self.builtin_names.push(name);
    }

    /// The builtins' names, in the order of their numbers.
    pub fn builtin_names(&self) -> &[&'static str] {
        &self.builtin_names
    }

    /// The value of a builtin.
    pub fn builtin(&self, name: &str) -> Option<Value> {
        self.builtin_names.iter().position(|n| *n == name).map(|i| self.builtins[i])
    }

    /// A part of the standard library's state, made when first asked for.
    pub fn state<T: StdlibState + Default>(&mut self) -> Rc<T> {
        let id = std::any::TypeId::of::<T>();
        let state = self.state.entry(id).or_insert_with(|| Rc::new(T::default())).clone();
        let any: Rc<dyn std::any::Any> = state;
        any.downcast::<T>().unwrap_or_default()
    }

    /// Checked after everything that may have made objects: collects if it is time, and raises `MemoryError` if
    /// that was not enough.
    #[inline(always)]
    pub fn safepoint(&mut self) -> Result<(), Raised> {
        if self.heap.wants_collection() { self.collect_now() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn collect_now(&mut self) -> Result<(), Raised> {
        self.collect();
        if self.heap.over_limit() { Err(self.memory_error()) } else { Ok(()) }
    }

    /// Collects garbage.
    pub fn collect(&mut self) {
        self.stack.clear_unused();
        self.threads.clear_unused();
        let Vm {
            heap,
            stack,
            roots,
            exceptions,
            types,
            iterator_classes,
            native_classes,
            symbols,
            builtins,
            modules,
            state,
            not_implemented,
            running,
            held,
            stop_value,
            threads,
            signal_functions,
            ..
        } = self;
        heap.collect(|tracer| {
            stack.trace(tracer);
            threads.trace(tracer);
            tracer.mark_all(roots);
            tracer.mark_all(builtins);
            tracer.mark(*not_implemented);
            tracer.mark(*stop_value);
            signal_functions.trace(tracer);
            for generator in running.iter() {
                tracer.mark(generator.value());
            }
            let iterators = iterator_classes.iter().map(|(_, class)| class);
            let natives = native_classes.iter().map(|(_, class)| class);
            for class in exceptions.iter().chain(types.iter()).chain(iterators).chain(natives) {
                tracer.mark(class.value());
            }
            for symbol in symbols.iter() {
                tracer.mark(symbol.value());
            }
            for module in modules.values() {
                tracer.mark(module.value());
            }
            for state in state.values() {
                state.trace(tracer);
            }
            tracer.drain();
            held.trace(tracer);
        });
    }

    /// After a change of a class that inline caches relied on.
    #[cold]
    pub(crate) fn clear_inline_caches(&mut self) {
        self.heap.for_each::<Proto>(|proto| proto.clear_caches());
    }

    /// Raises `MemoryError` unless `bytes` more fit. Who wants much is about to work for long, so signals are
    /// heard here too: a loop of a few such calls may take seconds between two looks of the counter.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Raised> {
        if bytes > 1 << 16 {
            self.check_interrupt()?;
        }
        if self.heap.reserve(bytes) {
            return Ok(());
        }
        self.collect();
        if self.heap.reserve(bytes) { Ok(()) } else { Err(self.memory_error()) }
    }

    /// Runs `f` with values rooted that it keeps in Rust variables across calls back into the VM.
    pub fn rooted<R>(&mut self, values: &[Value], f: impl FnOnce(&mut Vm) -> R) -> R {
        let mark = self.roots.len();
        self.roots.extend_from_slice(values);
        let result = f(self);
        self.roots.truncate(mark);
        result
    }

    /// Why nothing of the program may run any more, if so.
    pub fn halted(&self) -> Option<Halt> {
        self.halted
    }
}
