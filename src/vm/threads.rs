//! Threads: what each has of its own, and switching between them.
//!
//! All threads of a program run on one thread of the system, one at a time. Each but the main one has a machine stack
//! of its own, a coroutine, so that it can be switched away from wherever it is: in a loop, in the key function of a
//! sort, in a generator. The main thread's stack is the hub: a thread that makes way suspends to the hub, and the
//! hub ([`Vm::run_others`]) resumes the next, or returns when the main thread is next. Switches happen in two
//! places only: where the step counter runs out, and in [`Vm::wait`]. Who is next is the business of `schedule.rs`.
//!
//! Invariants of the unsafe code:
//! - coroutines hold `&mut Vm` in their frames, so the VM must stay where it is while any of them is suspended. Whoever
//!   resumes one compares the address with that of the time when the first was made (`home`);
//! - while a thread runs, the VM's own fields are its context, and what belongs to the main thread is in the thread's
//!   record; so every context is reachable, and is traced, at all times;
//! - a coroutine is suspended only by itself, through the yielder that its first call noted; the yielder lives on the
//!   coroutine's stack, as long as that runs;
//! - no coroutine is dropped in the middle: it is resumed with the VM halted until it has returned, or its stack is
//!   given up as it is, with what its frames own.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::time::Duration;

use corosensei::stack::{DefaultStack, Stack as _};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use toy_grammar::deep::{set_stack_limit, stack_limit};

use super::alarm::Alarms;
use super::schedule::{MAIN, Schedule, TURN, ThreadId, WaitKey, Waited, WakeReason};
use super::stack::Stack;
use super::{Halt, Raised, Vm};
use crate::heap::Tracer;
use crate::value::{Gc, Generator, Value};

/// What a thread does: it is given the object that stands for the thread, and sees to exceptions itself.
pub type ThreadBody = fn(&mut Vm, Value);

/// The size of a thread's machine stack. Deep calls from native code add segments to it.
const MACHINE_STACK: usize = 1 << 20;
/// What lies below the part of it that may be used.
const GUARD: usize = 1 << 16;
/// About how much memory a thread uses for its stacks.
const THREAD_BYTES: usize = 1 << 15;
/// The most threads at a time: the system limits how many pieces of memory a process may have, and those of a
/// program's threads must not be the last ones.
const MOST_THREADS: usize = 16_384;
/// How many stacks of threads that have ended are kept for new ones.
const POOL: usize = 64;
/// How long to sleep at a time: a signal that came just before is heard after it.
const SLICE: Duration = Duration::from_millis(100);
/// How many threads the report of a deadlock names.
const NAMED: usize = 20;

/// What a thread waits for, and how that is said: a thread `waits for` what `describe` makes of the object.
#[derive(Clone, Copy, Debug)]
pub struct WaitFor {
    pub key: WaitKey,
    pub object: Value,
    pub describe: fn(&Vm, Value) -> String,
}

/// What came of waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// Somebody woke the thread: what was waited for is there, or handed over.
    Woken,
    /// The moment came first.
    TimedOut,
    /// Neither: the thread did something else in between, and should look again.
    Again,
}

/// What is known of a thread, the main one too.
#[derive(Debug)]
struct Record {
    name: String,
    daemon: bool,
    /// The object that stands for it.
    object: Value,
    waits_for: Option<WaitFor>,
    /// The text of the deadlock that its wait ended in.
    deadlock: Option<String>,
}

impl Record {
    fn of_main() -> Record {
        Record {
            name: "MainThread".to_string(),
            daemon: false,
            object: Value::NIL,
            waits_for: None,
            deadlock: None,
        }
    }
}

type Routine = Coroutine<*mut Vm, *mut Vm, (), DefaultStack>;

/// What runs a thread other than the main one.
struct Machine {
    /// None while it runs.
    routine: Option<Routine>,
    /// What it runs with; the main thread's while it runs.
    context: Context,
    yielder: *const Yielder<*mut Vm, *mut Vm>,
}

/// What each thread has of its own of the VM's state.
struct Context {
    stack: Stack,
    roots: Vec<Value>,
    running: Vec<Gc<Generator>>,
    in_repr: Vec<u64>,
    depth: usize,
    stop_value: Value,
    setting_up: &'static str,
    alarms: Alarms,
    fuel: i32,
    /// Where the machine's stack ends.
    stack_limit: usize,
    /// The recursion limit when it ran last.
    recursion: usize,
    /// Whether nothing was written to its stack since the unused part was cleared.
    is_clear: bool,
}

/// The threads of one interpreter.
pub(crate) struct Threads {
    schedule: Schedule,
    records: BTreeMap<ThreadId, Record>,
    machines: BTreeMap<ThreadId, Machine>,
    current: ThreadId,
    /// Who hears signals: the main thread, but in a forked child the one that forked.
    main: ThreadId,
    next_id: u64,
    /// How many there are besides the main one that are no daemons.
    waited_for: usize,
    /// The program has come so far in its end that no thread may be started.
    is_closed: bool,
    /// Signals may wake somebody: then waiting for nothing else is no deadlock.
    pub(crate) expects_signals: bool,
    pool: Vec<(DefaultStack, Stack)>,
    /// Where the VM was when the first thread was started.
    home: usize,
    /// In a forked child: the main thread only waited for the others, at the end of the program.
    was_at_end: bool,
    /// In a forked child, what escaped the thread that forked.
    escaped: Option<Value>,
    /// The threads that are importing modules, by the modules' addresses.
    importers: BTreeMap<u64, ThreadId>,
}

impl Default for Threads {
    fn default() -> Threads {
        Threads {
            schedule: Schedule::default(),
            records: BTreeMap::from([(MAIN, Record::of_main())]),
            machines: BTreeMap::new(),
            current: MAIN,
            main: MAIN,
            next_id: 1,
            waited_for: 0,
            is_closed: false,
            expects_signals: false,
            pool: Vec::new(),
            home: 0,
            was_at_end: false,
            escaped: None,
            importers: BTreeMap::new(),
        }
    }
}

impl Threads {
    /// Forgets what lies above the tops of the suspended threads' stacks.
    pub(super) fn clear_unused(&mut self) {
        for machine in self.machines.values_mut().filter(|machine| !machine.context.is_clear) {
            machine.context.stack.clear_unused();
            machine.context.is_clear = true;
        }
    }

    /// Whether there is a thread that the program waits for at its end, other than the one that runs.
    fn has_to_wait(&self) -> bool {
        let own = self.current != MAIN && self.records.get(&self.current).is_some_and(|own| !own.daemon);
        self.waited_for > usize::from(own)
    }

    fn forget(&mut self, thread: ThreadId) {
        if self.records.remove(&thread).is_some_and(|record| !record.daemon) {
            self.waited_for -= 1;
        }
    }

    pub(super) fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.escaped.unwrap_or(Value::NIL));
        for record in self.records.values() {
            tracer.mark(record.object);
            if let Some(waits) = &record.waits_for {
                tracer.mark(waits.object);
            }
        }
        for Machine { context, .. } in self.machines.values() {
            tracer.owned(THREAD_BYTES);
            context.stack.trace(tracer);
            tracer.mark_all(&context.roots);
            tracer.mark(context.stop_value);
            for generator in &context.running {
                tracer.mark(generator.value());
            }
        }
    }
}

impl Vm {
    /// Makes a thread, which runs `body` when its turn comes. `object` stands for it.
    pub fn start_thread(
        &mut self,
        object: Value,
        name: String,
        daemon: bool,
        body: ThreadBody,
    ) -> Result<ThreadId, Raised> {
        if self.threads.is_closed {
            return Err(self.runtime_error("can't create new thread at interpreter shutdown"));
        }
        self.reserve(2 * THREAD_BYTES)?;
        let stacks = match self.threads.pool.pop() {
            _ if self.threads.machines.len() >= MOST_THREADS => None,
            Some((machine, stack)) => Some((machine, stack)),
            None => DefaultStack::new(MACHINE_STACK).ok().zip(Stack::for_thread(self.limits.recursion)),
        };
        let Some((machine_stack, mut stack)) = stacks else {
            return Err(self.runtime_error("can't start new thread"));
        };
        stack.set_max_frames(self.limits.recursion);
        self.heap.charge(THREAD_BYTES);
        if self.threads.machines.is_empty() {
            self.threads.home = std::ptr::from_mut(self).addr();
        }
        let id = ThreadId(self.threads.next_id);
        self.threads.next_id += 1;
        let context = Context {
            stack,
            roots: vec![object],
            running: Vec::new(),
            in_repr: Vec::new(),
            depth: 0,
            stop_value: Value::NIL,
            setting_up: "",
            alarms: Alarms::new(TURN),
            fuel: TURN as i32,
            stack_limit: machine_stack.limit().get() + GUARD,
            recursion: self.limits.recursion,
            is_clear: true,
        };
        let routine =
            Coroutine::with_stack(machine_stack, move |yielder: &Yielder<*mut Vm, *mut Vm>, vm: *mut Vm| {
                // SAFETY: the hub resumes the coroutine with the VM that it is at work for, which stays where it is
                // until the coroutine has returned; the hub uses its own reference again only then, or when the
                // coroutine has suspended itself.
                let vm = unsafe { &mut *vm };
                if let Some(machine) = vm.threads.machines.get_mut(&id) {
                    machine.yielder = yielder;
                }
                if vm.halted.is_none() {
                    body(vm, object);
                }
            });
        let machine = Machine { routine: Some(routine), context, yielder: std::ptr::null() };
        self.threads.machines.insert(id, machine);
        let record = Record { name, daemon, object, waits_for: None, deadlock: None };
        self.threads.records.insert(id, record);
        self.threads.waited_for += usize::from(!daemon);
        self.threads.schedule.make_ready(id);
        Ok(id)
    }

    /// The thread that runs.
    pub fn current_thread(&self) -> ThreadId {
        self.threads.current
    }

    /// Whether a thread has not ended yet.
    pub fn is_alive(&self, thread: ThreadId) -> bool {
        self.threads.records.contains_key(&thread)
    }

    /// The threads that have not ended, in the order of starting.
    pub fn alive_threads(&self) -> Vec<ThreadId> {
        self.threads.records.keys().copied().collect()
    }

    /// The object that stands for a thread; nil if it has ended, or if the main thread was given none yet.
    pub fn thread_object(&self, thread: ThreadId) -> Value {
        self.threads.records.get(&thread).map_or(Value::NIL, |record| record.object)
    }

    /// Gives a thread the object that stands for it.
    pub fn set_thread_object(&mut self, thread: ThreadId, object: Value) {
        if let Some(record) = self.threads.records.get_mut(&thread) {
            record.object = object;
        }
    }

    /// The name of a thread that has not ended.
    pub fn thread_name(&self, thread: ThreadId) -> Option<&str> {
        self.threads.records.get(&thread).map(|record| record.name.as_str())
    }

    pub fn set_thread_name(&mut self, thread: ThreadId, name: &str) {
        if let Some(record) = self.threads.records.get_mut(&thread) {
            record.name = name.to_string();
        }
    }

    /// Draws the order and the length of turns from a generator of this seed.
    pub fn seed_threads(&mut self, seed: u64) {
        self.threads.schedule.seed(seed);
    }

    /// Says whether the program has handlers for signals, which may wake threads: then it is no deadlock when
    /// all wait.
    pub fn expect_signals(&mut self, expects: bool) {
        self.threads.expects_signals = expects;
    }

    /// Whether the thread that runs is the one that hears of signals.
    pub(super) fn hears_signals(&self) -> bool {
        self.threads.current == self.threads.main
    }

    /// How many steps the thread that runs may make until others are asked for.
    pub(super) fn next_turn(&mut self) -> u64 {
        if !self.has_other_threads() { TURN } else { self.threads.schedule.turn() }
    }

    /// Waits, for something or for a moment on the clock of `Host::monotonic` or both, and lets the other threads
    /// run. What the caller keeps in Rust variables must be rooted, as in a call. An exception may come of it:
    /// from a signal, an alarm, or because all threads wait for each other.
    pub fn wait(&mut self, what: Option<WaitFor>, until: Option<Duration>) -> Result<Wake, Raised> {
        self.hear()?;
        let me = self.threads.current;
        let alarm = self.alarms.next_moment();
        let deadline = until.into_iter().chain(alarm).min();
        self.threads.schedule.wait(me, what.map(|what| what.key), deadline);
        if let Some(record) = self.threads.records.get_mut(&me) {
            record.waits_for = what;
        }
        self.make_way();
        let reason = self.threads.schedule.take_reason(me);
        let mut deadlock = None;
        if let Some(record) = self.threads.records.get_mut(&me) {
            record.waits_for = None;
            deadlock = record.deadlock.take();
        }
        if self.halted.is_some() {
            return Err(Raised(Value::NIL));
        }
        if let Some(text) = deadlock {
            return Err(self.runtime_error(text));
        }
        if reason == WakeReason::Woken {
            // Nothing else is looked at, lest what was handed over be lost.
            return Ok(Wake::Woken);
        }
        self.hear()?;
        match until {
            Some(until) if reason == WakeReason::TimedOut && until <= self.host.monotonic() => {
                Ok(Wake::TimedOut)
            }
            _ => Ok(Wake::Again),
        }
    }

    /// Waits until a moment on the clock of `Host::monotonic`, and lets the other threads run.
    pub fn sleep_until(&mut self, moment: Duration) -> Result<(), Raised> {
        while self.host.monotonic() < moment {
            if self.wait(None, Some(moment))? == Wake::TimedOut {
                break;
            }
        }
        Ok(())
    }

    /// For natives that wait by looking again and again: hears signals, and lets the other threads run.
    pub fn pause(&mut self) -> Result<(), Raised> {
        self.hear()?;
        self.pass_turn()
    }

    /// Whether there are threads besides the one that runs.
    pub fn has_other_threads(&self) -> bool {
        !self.threads.machines.is_empty()
    }

    /// How long a native may wait at a time without keeping other threads from running.
    pub(super) fn wait_beside_threads(&mut self, wanted: Duration) -> Duration {
        if self.threads.schedule.has_ready() {
            return Duration::ZERO;
        }
        match self.threads.schedule.nearest() {
            Some(moment) => wanted.min(moment.saturating_sub(self.host.monotonic())),
            None => wanted,
        }
    }

    /// Wakes the thread that has waited longest for something: which one.
    pub fn wake_one(&mut self, key: WaitKey) -> Option<ThreadId> {
        self.threads.schedule.wake_first(key)
    }

    /// Wakes all threads that wait for something.
    pub fn wake_all(&mut self, key: WaitKey) {
        while self.threads.schedule.wake_first(key).is_some() {}
    }

    /// How many threads wait for something.
    pub fn waiting_for(&self, key: WaitKey) -> usize {
        self.threads.schedule.waiting_for(key)
    }

    /// The turn is over: lets others run, if some can.
    pub(super) fn pass_turn(&mut self) -> Result<(), Raised> {
        if self.threads.machines.is_empty() {
            return Ok(());
        }
        if let Some(moment) = self.threads.schedule.nearest()
            && !self.threads.schedule.has_ready()
        {
            let now = self.host.monotonic();
            if moment <= now {
                self.threads.schedule.expire(now);
            }
        }
        if !self.threads.schedule.has_ready() {
            return Ok(());
        }
        self.threads.schedule.make_ready(self.threads.current);
        self.make_way();
        self.hear()
    }

    /// If a signal has come, lets the thread run that hears it.
    pub(super) fn leave_to_hearer(&mut self) -> Result<(), Raised> {
        if self.hears_signals() || !self.has_signal() {
            return Ok(());
        }
        self.threads.schedule.make_ready(self.threads.current);
        self.make_way();
        self.check_interrupt()
    }

    /// Lets others run until the scheduler says that this thread goes on.
    fn make_way(&mut self) {
        let me = self.threads.current;
        if me == MAIN {
            return self.run_others();
        }
        let Some(machine) = self.threads.machines.get(&me) else { return };
        let yielder = machine.yielder;
        if yielder.is_null() {
            return;
        }
        // SAFETY: the yielder is that of the coroutine that runs, which is on its own stack here. The VM is handed
        // through, so that what others do to it in between is seen.
        unsafe { (*yielder).suspend(std::ptr::from_mut(self)) };
    }

    /// The hub, on the main thread's stack: runs the other threads until the main thread is next.
    fn run_others(&mut self) {
        loop {
            if self.halted.is_some() {
                self.threads.schedule.remove(MAIN);
                return;
            }
            if self.has_signal() {
                let main = self.threads.main;
                self.threads.schedule.hurry(main);
            }
            let nearest = self.threads.schedule.nearest();
            let now = if nearest.is_some() { self.host.monotonic() } else { Duration::ZERO };
            self.threads.schedule.expire(now);
            match self.threads.schedule.next() {
                Some(MAIN) => return,
                Some(thread) => {
                    self.run_thread(thread);
                    if self.main_has_ended() {
                        return;
                    }
                }
                None => match nearest {
                    Some(moment) => self.host.sleep(moment.saturating_sub(now).min(SLICE)),
                    None if self.threads.expects_signals => self.host.sleep(SLICE),
                    None => self.break_deadlock(),
                },
            }
        }
    }

    /// In a forked child, whether the thread that forked has ended: what the main thread was doing is the parent's
    /// business, so it unwinds, and the outcome is the other's. If it was only waiting for threads at the program's
    /// end, that end goes on.
    fn main_has_ended(&mut self) -> bool {
        let main = self.threads.main;
        if main == MAIN || self.threads.machines.contains_key(&main) {
            return false;
        }
        self.threads.main = MAIN;
        self.threads.records.insert(MAIN, Record::of_main());
        if !self.threads.was_at_end {
            self.halted = self.halted.or(Some(Halt::Forked));
        }
        true
    }

    /// Resumes a thread until it makes way or ends. Called on the main thread's stack, with its context.
    fn run_thread(&mut self, thread: ThreadId) {
        if std::ptr::from_mut(self).addr() != self.threads.home {
            // Somebody has moved the interpreter, and the threads' frames point to where it was.
            return self.give_up_threads(None);
        }
        let machine = self.threads.machines.get_mut(&thread);
        let Some(mut routine) = machine.and_then(|machine| machine.routine.take()) else { return };
        self.swap_context(thread);
        self.threads.current = thread;
        let result = routine.resume(std::ptr::from_mut(self));
        self.threads.current = MAIN;
        self.swap_context(thread);
        match result {
            CoroutineResult::Yield(_) => {
                if let Some(machine) = self.threads.machines.get_mut(&thread) {
                    machine.routine = Some(routine);
                }
            }
            CoroutineResult::Return(()) => self.thread_ended(thread, routine),
        }
    }

    /// Exchanges the VM's context and that in a thread's record.
    fn swap_context(&mut self, thread: ThreadId) {
        let limits = self.limits.recursion;
        let Some(machine) = self.threads.machines.get_mut(&thread) else { return };
        let context = &mut machine.context;
        self.alarms.swap(&mut context.alarms);
        std::mem::swap(&mut self.stack, &mut context.stack);
        std::mem::swap(&mut self.roots, &mut context.roots);
        std::mem::swap(&mut self.running, &mut context.running);
        std::mem::swap(&mut self.in_repr, &mut context.in_repr);
        std::mem::swap(&mut self.depth, &mut context.depth);
        std::mem::swap(&mut self.stop_value, &mut context.stop_value);
        std::mem::swap(&mut self.setting_up, &mut context.setting_up);
        std::mem::swap(&mut self.fuel, &mut context.fuel);
        let limit = stack_limit();
        set_stack_limit(context.stack_limit);
        context.stack_limit = limit;
        context.is_clear = false;
        if std::mem::replace(&mut context.recursion, limits) != limits {
            // Another thread has changed the limit for all. More frames than that may be under way already.
            let floor = self.stack.handling_floor;
            self.stack.set_max_frames(floor.saturating_add(limits));
        }
    }

    fn thread_ended(&mut self, thread: ThreadId, routine: Routine) {
        let machine = self.threads.machines.remove(&thread);
        if let Some(Machine { context, .. }) = machine
            && self.threads.pool.len() < POOL
        {
            let mut stack = context.stack;
            stack.reset(self.limits.recursion);
            self.threads.pool.push((routine.into_stack(), stack));
        }
        self.threads.forget(thread);
        self.wake_all(thread.key());
        if !self.threads.has_to_wait() {
            self.wake_all((Waited::Threads, 0));
        }
    }

    /// All threads wait for each other: the main thread is told, or the one that has waited longest.
    fn break_deadlock(&mut self) {
        let waiting = self.threads.schedule.waiting();
        // Threads that nobody will wait for may wait for ever; and the path's own waiting is no code of the program.
        let told = |thread: &ThreadId| {
            let record = self.threads.records.get(thread);
            let at_end =
                self.threads.schedule.waited_for(*thread).is_some_and(|key| key.0 == Waited::Threads);
            record.is_some_and(|record| !record.daemon || *thread == self.threads.main) && !at_end
        };
        let main = waiting.iter().find(|thread| **thread == self.threads.main && told(thread));
        let Some(victim) = main.or_else(|| waiting.iter().find(|thread| told(thread))).copied() else {
            // Nobody is left who could be waited for.
            self.threads.schedule.hurry(MAIN);
            return;
        };
        let text = self.deadlock_text(&waiting);
        if let Some(record) = self.threads.records.get_mut(&victim) {
            record.deadlock = Some(text);
        }
        self.threads.schedule.wake(victim, WakeReason::Disturbed);
    }

    /// Who waits for what, in the order of starting.
    fn deadlock_text(&self, waiting: &[ThreadId]) -> String {
        let mut parts = Vec::new();
        for (id, record) in self.threads.records.iter().filter(|(id, _)| waiting.contains(id)).take(NAMED) {
            let Some(waits) = &record.waits_for else { continue };
            let what = (waits.describe)(self, waits.object);
            let site = match self.threads.machines.get(id) {
                _ if *id == self.threads.current => self.caller_place(),
                Some(machine) => machine.context.stack.place(),
                None => None,
            };
            let site = site.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"));
            parts.push(format!("{} waits for {what}{site}", record.name));
        }
        let more = waiting.len().saturating_sub(NAMED);
        if more > 0 {
            parts.push(format!("{more} more wait"));
        }
        format!("deadlock: {}", parts.join("; "))
    }

    /// The names of the threads that are no daemons, other than the one that runs.
    pub fn threads_waited_for(&self) -> Vec<String> {
        let others = self.threads.records.iter().filter(|(id, _)| **id != self.threads.current);
        others.filter(|(_, record)| !record.daemon).map(|(_, record)| record.name.clone()).collect()
    }

    /// Waits for all threads that are no daemons; they may start others. An exception is that of a signal.
    pub fn wait_for_threads(&mut self) -> Result<(), Raised> {
        let what = WaitFor {
            key: (Waited::Threads, 0),
            object: Value::NIL,
            describe: |_, _| "the other threads to end".to_string(),
        };
        while self.threads.has_to_wait() {
            self.wait(Some(what), None)?;
        }
        Ok(())
    }

    /// From here on no thread can be started.
    pub fn close_threads(&mut self) {
        self.threads.is_closed = true;
    }

    /// Ends all other threads where they are: they unwind, and none of their code runs any more.
    pub fn stop_threads(&mut self) {
        self.close_threads();
        if self.threads.current != MAIN {
            return;
        }
        let halted = self.halted;
        self.halted = halted.or(Some(Halt::Leftover));
        while let Some(thread) = self.threads.machines.keys().next().copied() {
            self.threads.schedule.remove(thread);
            self.run_thread(thread);
            // It has returned, for all that it could do was fail.
            if self.threads.machines.contains_key(&thread) {
                self.give_up_threads(None);
            }
        }
        self.threads.pool.clear();
        self.halted = halted;
    }

    /// In a forked child, which has only the thread that forked: the others are as if they had never been.
    pub fn forget_other_threads(&mut self) {
        let me = self.threads.current;
        self.threads.main = me;
        self.give_up_threads(Some(me));
        if me != MAIN {
            self.threads.schedule.remove(MAIN);
            let main = self.threads.records.remove(&MAIN).and_then(|main| main.waits_for);
            self.threads.was_at_end |= main.is_some_and(|waits| waits.key.0 == Waited::Threads);
        }
    }

    /// The thread that began, or in a forked child the one that forked.
    pub fn main_thread(&self) -> ThreadId {
        self.threads.main
    }

    /// Whether the thread that runs is all that a forked child has of the program: then its exception is not that of
    /// a thread, but the program's.
    pub fn is_forked_main(&self) -> bool {
        self.threads.current != MAIN && self.threads.current == self.threads.main
    }

    /// What has escaped the thread that [`Vm::is_forked_main`].
    pub fn leave_forked_main(&mut self, exception: Option<Value>) {
        self.threads.escaped = exception;
    }

    /// What escaped the thread that forked, when it has ended as the program; the program goes on to its end.
    pub(crate) fn take_forked_result(&mut self) -> Option<Value> {
        self.halted = None;
        self.threads.escaped.take()
    }

    /// Takes the other threads' stacks away without running them. What their frames own is never freed.
    fn give_up_threads(&mut self, keep: Option<ThreadId>) {
        self.threads.importers.retain(|_, importer| Some(*importer) == keep);
        let ids: Vec<ThreadId> =
            self.threads.machines.keys().copied().filter(|id| Some(*id) != keep).collect();
        for id in ids {
            self.threads.schedule.remove(id);
            self.threads.forget(id);
            if let Some(Machine { routine: Some(mut routine), .. }) = self.threads.machines.remove(&id)
                && routine.started()
            {
                // SAFETY: nobody resumes it any more, and nothing points into its stack but what is on it: what its
                // frames own stays allocated, and their contexts went with the machine.
                unsafe { routine.force_reset() };
            }
        }
    }

    /// The thread that runs begins to import a module.
    pub(super) fn begin_import(&mut self, module: Value) {
        self.threads.importers.insert(module.identity(), self.threads.current);
    }

    /// The import of a module is over.
    pub(super) fn end_import(&mut self, module: Value) {
        self.threads.importers.remove(&module.identity());
        self.wake_all((Waited::Module, module.identity()));
    }

    /// Waits while another thread imports a module. If that one waits for this thread's imports in turn, the module
    /// must do half filled. Whether there was something to wait for.
    pub(super) fn wait_for_import(&mut self, module: Value) -> Result<bool, Raised> {
        let key = (Waited::Module, module.identity());
        let me = self.threads.current;
        let mut waited = false;
        while let Some(mut importer) = self.threads.importers.get(&key.1).copied() {
            let mut chain = 0;
            while importer != me && chain <= self.threads.importers.len() {
                chain += 1;
                match self.threads.schedule.waited_for(importer) {
                    Some((Waited::Module, other)) => match self.threads.importers.get(&other) {
                        Some(next) => importer = *next,
                        None => break,
                    },
                    _ => break,
                }
            }
            if importer == me {
                return Ok(waited);
            }
            waited = true;
            self.wait(Some(WaitFor { key, object: module, describe: describe_module }), None)?;
        }
        Ok(waited)
    }
}

fn describe_module(vm: &Vm, module: Value) -> String {
    let name = module.as_object::<crate::value::Module>().map(|module| module.name);
    let importer = vm.threads.importers.get(&module.identity()).and_then(|id| vm.thread_name(*id));
    let name = name.as_ref().map_or("", |name| name.as_str());
    format!("module '{name}' to be imported by {}", importer.unwrap_or("another thread"))
}

impl Drop for Vm {
    fn drop(&mut self) {
        if self.threads.machines.is_empty() {
            return;
        }
        if self.threads.current == MAIN && !std::thread::panicking() {
            self.stop_threads();
        } else {
            self.give_up_threads(None);
        }
    }
}
