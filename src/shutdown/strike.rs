//! Making injections happen: each once, where the path and the program come by its place.
//!
//! A signal that is injected waits in the VM where those of the host are taken, so everything hears of it as of any
//! other, and a second one is a second one. Exceptions are raised by alarms, which ring after an exact number of
//! steps, or as a Toy function is entered. What is hard: a handler may be native, and has no steps; then it is
//! struck instead of being called.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use super::entry::Entry;
use super::inject::{Fault, Injection, Place, Who};
use super::journal::Step;
use super::path::{Path, step};
use super::registry::When;
use crate::heap::Tracer;
use crate::host::Stream;
use crate::value::{BoundMethod, Kind, Value};
use crate::vm::{AlarmAction, AlarmId, Exc, Raised, StdlibState, Vm};

/// The injections of one interpreter.
#[derive(Default)]
pub(super) struct Injections {
    list: RefCell<Vec<Rc<Armed>>>,
    /// Those that strike the next handler instead of its call.
    at_call: RefCell<Vec<Rc<Armed>>>,
    /// The alarms of the main program.
    in_main: RefCell<Vec<AlarmId>>,
}

struct Armed {
    injection: Injection,
    happened: Cell<bool>,
}

impl StdlibState for Injections {
    fn trace(&self, _: &mut Tracer) {}
}

/// Says what is to happen.
pub fn inject(vm: &mut Vm, injections: Vec<Injection>) {
    let armed =
        injections.into_iter().map(|injection| Rc::new(Armed { injection, happened: Cell::new(false) }));
    vm.state::<Injections>().list.borrow_mut().extend(armed);
}

/// A main program is about to start.
pub fn main_starts(vm: &mut Vm) {
    let state = vm.state::<Injections>();
    if !state.in_main.borrow().is_empty() {
        return;
    }
    for armed in state.waiting() {
        if let Place::Main { step } = armed.injection.place {
            let alarm = set_alarm(vm, armed, step);
            state.in_main.borrow_mut().push(alarm);
        }
    }
}

/// It has come to its normal end; what is raised now is what it came to.
pub fn main_ended(vm: &mut Vm) -> Result<(), Raised> {
    if at(vm, &Place::MainEnd)? { vm.hear() } else { Ok(()) }
}

/// No main program runs from here on.
pub(super) fn main_is_over(vm: &mut Vm) {
    for alarm in vm.state::<Injections>().in_main.take() {
        vm.cancel_alarm(alarm);
    }
}

/// The program has come by a place; whether something happens there.
fn at(vm: &mut Vm, place: &Place) -> Result<bool, Raised> {
    let mut happens = false;
    for armed in vm.state::<Injections>().waiting() {
        if armed.injection.place == *place {
            happens = true;
            strike(vm, &armed)?;
        }
    }
    Ok(happens)
}

/// The path has come by a place where nothing of the program runs that more than a signal could happen to.
pub(super) fn signals_at(vm: &mut Vm, place: &Place) {
    // A signal raises nothing by itself.
    let _ = at(vm, place);
}

/// A handler is about to be called, as the so-manieth of its phase. The alarms are for [`handler_ended`].
pub(super) fn handler_starts(
    vm: &mut Vm,
    state: &Injections,
    when: When,
    number: usize,
    entry: &Entry,
) -> Vec<AlarmId> {
    let waiting = state.waiting();
    if waiting.is_empty() {
        return Vec::new();
    }
    let name = entry.name();
    let mut alarms = Vec::new();
    for armed in waiting {
        let (who, step) = match (&armed.injection.place, when) {
            (Place::Before { who, step }, When::Before) | (Place::Handler { who, step }, When::Exit) => {
                (who, *step)
            }
            _ => continue,
        };
        let is_meant = match who {
            Who::Name(meant) => *meant == name,
            Who::Number(meant) => *meant == number,
        };
        if !is_meant {
            continue;
        }
        if step.is_none() && is_native(entry.function) {
            state.at_call.borrow_mut().push(armed);
        } else {
            alarms.push(set_alarm(vm, armed, step));
        }
    }
    alarms
}

/// Strikes a native handler instead of its call.
pub(super) fn strike_call(vm: &mut Vm, state: &Injections) -> Result<(), Raised> {
    if state.at_call.borrow().is_empty() {
        return Ok(());
    }
    for armed in state.at_call.take() {
        strike(vm, &armed)?;
    }
    vm.hear()
}

/// The handler has come to its end, and what was to happen in it no longer can.
pub(super) fn handler_ended(vm: &mut Vm, alarms: Vec<AlarmId>) {
    for alarm in alarms {
        vm.cancel_alarm(alarm);
    }
}

/// What the last flush of a stream is to fail with.
pub(super) fn flush_failure(vm: &mut Vm, stream: Stream) -> Option<io::Error> {
    let mut failure = None;
    for armed in vm.state::<Injections>().waiting() {
        if armed.injection.place == Place::Flush(stream) {
            signals_at_flush(vm, &armed);
            let errno = match armed.injection.fault {
                Fault::ReaderGone => libc::EPIPE,
                Fault::DiskFull => libc::ENOSPC,
                _ => continue,
            };
            failure.get_or_insert_with(|| io::Error::from_raw_os_error(errno));
        }
    }
    failure
}

fn signals_at_flush(vm: &mut Vm, armed: &Armed) {
    // Neither a signal nor a failing stream raises anything here.
    let _ = strike(vm, armed);
}

/// The injections that never happened.
pub(super) fn missed(vm: &mut Vm) -> Vec<Injection> {
    vm.state::<Injections>().waiting().iter().map(|armed| armed.injection.clone()).collect()
}

impl Injections {
    /// Those that have not happened yet.
    fn waiting(&self) -> Vec<Rc<Armed>> {
        self.list.borrow().iter().filter(|armed| !armed.happened.get()).cloned().collect()
    }
}

fn set_alarm(vm: &mut Vm, armed: Rc<Armed>, step: Option<u64>) -> AlarmId {
    let action: AlarmAction = Rc::new(move |vm: &mut Vm| strike(vm, &armed));
    match step {
        Some(steps) => vm.set_step_alarm(steps, action),
        None => vm.set_entry_alarm(action),
    }
}

/// It happens.
fn strike(vm: &mut Vm, armed: &Armed) -> Result<(), Raised> {
    armed.happened.set(true);
    let path = vm.state::<Path>();
    step(vm, &path, |_| Step::Injected { what: armed.injection.to_string() });
    match armed.injection.fault {
        Fault::Signal(signal) => {
            vm.inject_signal(signal);
            Ok(())
        }
        Fault::OutOfMemory => Err(vm.memory_error()),
        Fault::Error => Err(vm.runtime_error(format!("injected: {}", armed.injection))),
        Fault::Exit(status) => Err(vm.error_with(Exc::SystemExit, &[Value::int32(status.into())])),
        Fault::ReaderGone | Fault::DiskFull => Ok(()),
    }
}

/// Whether a call of this does not enter a Toy function at once.
fn is_native(function: Value) -> bool {
    match function.kind() {
        Some(Kind::Native) => true,
        Some(Kind::BoundMethod) => function
            .as_object::<BoundMethod>()
            .is_some_and(|bound| bound.function.kind() == Some(Kind::Native)),
        _ => false,
    }
}
