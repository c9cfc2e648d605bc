//! `Lock` and `Event`.

use std::cell::Cell;

use super::{deadline, key, moment, seconds};
use crate::heap::Tracer;
use crate::value::{Class, Foreign, ForeignData, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, ThreadId, Vm, WaitFor, Waited, Wake};

static LOCK: NativeDef = NativeDef::new(
    "Lock(cls, /)",
    "A lock, which one thread holds at a time; `with` acquires it and releases it at the end.",
    |vm, args| {
        let class = class_of(vm, args)?;
        Ok(Foreign::new(&mut vm.heap, class, Lock::default()).value())
    },
);
const LOCK_METHODS: &[NativeDef] = &[
    NativeDef::new(
        "acquire(self, blocking=true, timeout=-1)",
        "Takes the lock, and waits for it if another holds it: for ever, or so many seconds. Whether it was taken.",
        acquire,
    ),
    NativeDef::new(
        "release(self, /)",
        "Gives the lock to the thread that has waited longest, or to nobody.",
        release,
    ),
    NativeDef::new("locked(self, /)", "Whether somebody holds it.", |vm, args| {
        lock(vm, args).map(|lock| Value::bool(lock.held.get()))
    }),
    NativeDef::new("enter(self, /)", "Takes the lock, for `with`.", |vm, args| {
        take(vm, args, None)?;
        Ok(Value::TRUE)
    }),
    NativeDef::new("exit(self, *args)", "Releases the lock, for `with`.", release),
    NativeDef::new("repr(self, /)", "A text for people who program.", |vm, args| {
        let state = if lock(vm, args)?.held.get() { "locked" } else { "unlocked" };
        Ok(vm.heap.str(&format!("<{state} Lock object>")))
    }),
];

static EVENT: NativeDef =
    NativeDef::new("Event(cls, /)", "Something that threads wait for, until one sets it.", |vm, args| {
        let class = class_of(vm, args)?;
        Ok(Foreign::new(&mut vm.heap, class, Event::default()).value())
    });
const EVENT_METHODS: &[NativeDef] = &[
    NativeDef::new(
        "set(self, /)",
        "Wakes all that wait, and lets everybody pass from now on.",
        |vm, args| {
            event(vm, args)?.is_set.set(true);
            vm.wake_all(key(Waited::Event, args.at(0)));
            Ok(Value::NIL)
        },
    ),
    NativeDef::new("clear(self, /)", "Lets nobody pass from now on.", |vm, args| {
        event(vm, args)?.is_set.set(false);
        Ok(Value::NIL)
    }),
    NativeDef::new("is_set(self, /)", "Whether it is set.", |vm, args| {
        event(vm, args).map(|event| Value::bool(event.is_set.get()))
    }),
    NativeDef::new(
        "wait(self, timeout=nil)",
        "Waits until it is set, or so many seconds. Whether it was set.",
        wait,
    ),
    NativeDef::new("repr(self, /)", "A text for people who program.", |vm, args| {
        let state = if event(vm, args)?.is_set.get() { "set" } else { "unset" };
        Ok(vm.heap.str(&format!("<Event: {state}>")))
    }),
];

/// The longest timeout that CPython takes, in seconds.
const LONGEST: f64 = 9_223_372_036.0;

#[derive(Default)]
struct Lock {
    held: Cell<bool>,
    /// Who took it. It may have ended, or another may release the lock.
    holder: Cell<Option<ThreadId>>,
}

impl ForeignData for Lock {
    fn trace(&self, _: &mut Tracer) {}
}

#[derive(Default)]
struct Event {
    is_set: Cell<bool>,
}

impl ForeignData for Event {
    fn trace(&self, _: &mut Tracer) {}
}

pub(super) fn new_lock_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("Lock", LOCK_METHODS);
    class.construct.set(Some(&LOCK));
    class
}

pub(super) fn new_event_class(vm: &mut Vm) -> Gc<Class> {
    let class = vm.new_native_class("Event", EVENT_METHODS);
    class.construct.set(Some(&EVENT));
    class
}

/// The class that is being called.
pub(super) fn class_of(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Class>, Raised> {
    args.at(0).as_object::<Class>().ok_or_else(|| vm.type_error("a class is needed"))
}

fn lock<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Lock, Raised> {
    args.at(0).foreign::<Lock>().ok_or_else(|| vm.type_error("a lock is needed"))
}

fn event<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Event, Raised> {
    args.at(0).foreign::<Event>().ok_or_else(|| vm.type_error("an event is needed"))
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let blocking = match args.given(1) {
        Some(blocking) => vm.truth(blocking)?,
        None => true,
    };
    let timeout = match args.given(2) {
        Some(timeout) => seconds(vm, timeout)?,
        None => -1.0,
    };
    if !blocking && timeout != -1.0 {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0.0 && timeout != -1.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if timeout > LONGEST {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    let lock = lock(vm, args)?;
    if !blocking && lock.held.get() {
        return Ok(Value::FALSE);
    }
    let until = if timeout < 0.0 { None } else { Some(moment(vm, timeout)?) };
    take(vm, args, until).map(Value::bool)
}

/// Takes the lock; false if it was not to be had in time.
fn take(vm: &mut Vm, args: Args<'_>, until: Option<std::time::Duration>) -> Result<bool, Raised> {
    let lock = lock(vm, args)?;
    let what = WaitFor { key: key(Waited::Lock, args.at(0)), object: args.at(0), describe: describe_lock };
    while lock.held.get() {
        match vm.wait(Some(what), until)? {
            // It was handed over.
            Wake::Woken => return Ok(true),
            Wake::TimedOut => return Ok(false),
            Wake::Again => {}
        }
    }
    lock.held.set(true);
    lock.holder.set(Some(vm.current_thread()));
    Ok(true)
}

fn describe_lock(vm: &Vm, object: Value) -> String {
    let holder = object.foreign::<Lock>().and_then(|lock| lock.holder.get());
    match holder.map(|holder| vm.thread_name(holder)) {
        Some(Some(name)) => format!("a Lock held by {name}"),
        _ => "a Lock held by a thread that has ended".to_string(),
    }
}

fn release(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let lock = lock(vm, args)?;
    if !lock.held.get() {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    let next = vm.wake_one(key(Waited::Lock, args.at(0)));
    lock.holder.set(next);
    lock.held.set(next.is_some());
    Ok(Value::NIL)
}

fn wait(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let event = event(vm, args)?;
    let until = deadline(vm, args.or_nil(1))?;
    let describe = |_: &Vm, _: Value| "an Event".to_string();
    let what = WaitFor { key: key(Waited::Event, args.at(0)), object: args.at(0), describe };
    while !event.is_set.get() {
        match vm.wait(Some(what), until)? {
            Wake::Woken => return Ok(Value::TRUE),
            Wake::TimedOut => return Ok(Value::FALSE),
            Wake::Again => {}
        }
    }
    Ok(Value::TRUE)
}
