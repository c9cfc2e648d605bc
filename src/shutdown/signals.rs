//! What signals do while a program is ending (5.7), and flushing that a signal can cut short.
//!
//! What is hard: "a user can always leave". The first signal lets the end go on in order; a second one stops the
//! running handler wherever it is and abandons the rest. Neither may be lost because it came while no handler was
//! running, or while the path itself was stuck writing to a pipe that nobody reads.

use std::io;

use super::Phase;
use super::journal::Step;
use super::outcome::signal_name;
use super::path::{Path, step};
use crate::host::{Signal, Stream};
use crate::stdlib::io as streams;
use crate::value::Value;
use crate::vm::{Exc, Halt, Raised, Vm};

/// What the VM does about a signal while code of the program runs on the path.
pub(super) fn on_signal(vm: &mut Vm, signal: Signal) -> Result<(), Raised> {
    let path = vm.state::<Path>();
    if signal.asks_to_end() && path.is_second(vm, signal) {
        return Err(vm.halt(Halt::Signal(signal)));
    }
    // The first one is for the function of the program, if it has one; it cannot keep the second from ending everything.
    if path.phase() <= Phase::Handlers && vm.leave_to_function(signal) {
        return Ok(());
    }
    if signal == Signal::Interrupt {
        let class = vm.exception_class(Exc::KeyboardInterrupt);
        let exception = vm.new_exception(class, &[]).value();
        path.interrupt(exception);
        return Err(Raised(exception));
    }
    if signal.asks_to_end() {
        path.end_by_signal(signal, None, signal_name(signal.number()));
        if path.waits_for_threads.get() {
            // Who asks a program to end does not want to wait for threads that may run for hours.
            return Err(vm.error_with(Exc::Terminated, &[Value::int32(signal.number())]));
        }
    }
    Ok(())
}

impl Path {
    /// Counts a signal; if it is the second one, everything else is abandoned.
    fn is_second(&self, vm: &mut Vm, signal: Signal) -> bool {
        self.signals.set(self.signals.get() + 1);
        let second = self.signals.get() >= 2;
        step(vm, self, |_| Step::SignalCame { name: signal_name(signal.number()), second });
        if second {
            self.end_by_second(signal);
        }
        second
    }

    /// Takes the signals that came while no code of the program was running: they need stop nothing.
    pub(super) fn take_signals(&self, vm: &mut Vm) {
        while let Some(signal) = vm.take_signal() {
            if !signal.asks_to_end() || !self.is_second(vm, signal) {
                self.first_signal(vm, signal);
            }
        }
    }

    /// A signal that needs stop nothing. If the program has a function for it, the next handler hears of it.
    fn first_signal(&self, vm: &mut Vm, signal: Signal) {
        let has_function = self.phase() <= Phase::Handlers && vm.leave_to_function(signal);
        if !has_function && signal.asks_to_end() {
            self.end_by_signal(signal, None, signal_name(signal.number()));
        }
    }

    /// No handler is left that could call the functions of signals: what came does what it would do without them.
    pub(super) fn take_unheard(&self, vm: &mut Vm) {
        for signal in vm.take_due_signals().into_iter().filter(|signal| signal.asks_to_end()) {
            self.end_by_signal(signal, None, signal_name(signal.number()));
        }
    }
}

/// Flushes one of the streams. A signal cuts a wait short; after a second one nothing is waited for.
pub(super) fn flush_stream(vm: &mut Vm, path: &Path, stream: Stream) -> io::Result<()> {
    loop {
        match streams::flush_std(vm, stream, !path.is_abandoned()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                if path.has_begun() {
                    path.take_signals(vm);
                } else if vm.has_signal() {
                    // The program is to hear of it; what was not written stays in the buffer.
                    return Ok(());
                }
            }
            result => return result,
        }
    }
}
