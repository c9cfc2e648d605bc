//! What signals do to a running program, and the functions that a program has them call.
//!
//! What is hard is where such a function may run: it is code of the program, so it may collect garbage and change any
//! container, and natives that only look whether they should stop do not expect that. So a look only notes that the function
//! is due. It is called by the dispatch loop at its next safepoint, and by natives that wait, which are written
//! for it: see [`Vm::hear`].

use std::collections::VecDeque;

use super::{Exc, Raised, Vm};
use crate::heap::Tracer;
use crate::host::Signal;
use crate::value::Value;

/// The functions for signals, and which of them are due.
#[derive(Default)]
pub(crate) struct SignalFunctions {
    functions: Vec<(i32, Value)>,
    due: VecDeque<i32>,
}

impl SignalFunctions {
    pub(super) fn trace(&self, tracer: &mut Tracer) {
        for (_, function) in &self.functions {
            tracer.mark(*function);
        }
    }
}

impl Vm {
    /// A signal that has come and was not taken yet: one that was injected, or one of the host's.
    pub(crate) fn take_signal(&mut self) -> Option<Signal> {
        self.injected.pop_front().or_else(|| self.host.take_signal())
    }

    /// Whether [`Vm::take_signal`] would give one.
    pub(crate) fn has_signal(&mut self) -> bool {
        !self.injected.is_empty() || self.host.has_signal()
    }

    /// Lets a signal come, as if the host had given it.
    pub(crate) fn inject_signal(&mut self, signal: Signal) {
        self.injected.push_back(signal);
    }

    /// Has a signal call a function, or no longer; what it has called so far.
    pub fn set_signal_function(&mut self, number: i32, function: Option<Value>) -> Option<Value> {
        let before = self.signal_function(number);
        let signals = &mut self.signal_functions;
        signals.functions.retain(|(known, _)| *known != number);
        signals.functions.extend(function.map(|function| (number, function)));
        if function.is_none() {
            signals.due.retain(|due| *due != number);
        }
        // Such a function may end a wait that nobody else would end.
        let expects = !signals.functions.is_empty();
        self.expect_signals(expects);
        before
    }

    /// The function that a signal calls.
    pub fn signal_function(&self, number: i32) -> Option<Value> {
        let functions = &self.signal_functions.functions;
        functions.iter().find(|(known, _)| *known == number).map(|(_, function)| *function)
    }

    /// Notes that a signal has come for which the program has a function; whether it has one.
    pub(crate) fn leave_to_function(&mut self, signal: Signal) -> bool {
        let number = signal.number();
        if self.signal_function(number).is_none() {
            return false;
        }
        let due = &mut self.signal_functions.due;
        if !due.contains(&number) {
            due.push_back(number);
        }
        true
    }

    /// Gives up the calls that are due: the signals.
    pub(crate) fn take_due_signals(&mut self) -> Vec<Signal> {
        self.signal_functions.due.drain(..).map(Signal::of).collect()
    }

    /// As [`Vm::check_interrupt`], and calls the functions of signals that have come, in the thread that hears signals; if
    /// that is another one, it is let run. Code of the program may run: what the caller keeps in Rust variables must be
    /// rooted. Natives that wait call this.
    pub fn hear(&mut self) -> Result<(), Raised> {
        self.check_interrupt()?;
        self.leave_to_hearer()?;
        while self.hears_signals()
            && let Some(number) = self.signal_functions.due.pop_front()
        {
            if let Some(function) = self.signal_function(number) {
                self.call(function, &[Value::int32(number)])?;
            }
        }
        Ok(())
    }
}

/// What signals do unless somebody else was put in charge: those that ask to end become exceptions.
pub(super) fn raise_signal(vm: &mut Vm, signal: Signal) -> Result<(), Raised> {
    if vm.leave_to_function(signal) {
        return Ok(());
    }
    match signal {
        Signal::Interrupt => {
            let class = vm.exception_class(Exc::KeyboardInterrupt);
            Err(Raised(vm.new_exception(class, &[]).value()))
        }
        Signal::Terminate | Signal::Hangup => {
            Err(vm.error_with(Exc::Terminated, &[Value::int32(signal.number())]))
        }
        // It was on its way when the program gave up its function.
        Signal::Pipe | Signal::Other(_) => Ok(()),
    }
}
