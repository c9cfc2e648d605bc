//! What signals do while a program is ending (5.7), and flushing that a signal can cut short.
//!
//! What is hard: "a user can always leave". The first signal lets the end go on in order; a second one stops the
//! running handler wherever it is and abandons the rest. Neither may be lost because it came while no handler was
//! running, or while the path itself was stuck writing to a pipe that nobody reads.

use std::io;

use super::Path;
use super::status::Event;
use crate::host::{Signal, Stream};
use crate::stdlib::io as streams;
use crate::vm::{Exc, Halt, Raised, Vm};

/// What the VM does about a signal while code of the program runs on the path.
pub(super) fn on_signal(vm: &mut Vm, signal: Signal) -> Result<(), Raised> {
    let path = vm.state::<Path>();
    if path.is_second(signal) {
        return Err(vm.halt(Halt::Signal(signal)));
    }
    if signal == Signal::Interrupt {
        path.interrupted.set(true);
        let class = vm.exception_class(Exc::KeyboardInterrupt);
        return Err(Raised(vm.new_exception(class, &[]).value()));
    }
    path.note(Event::Signal(signal.number()));
    Ok(())
}

impl Path {
    /// Counts a signal; if it is the second one, everything else is abandoned.
    fn is_second(&self, signal: Signal) -> bool {
        self.signals.set(self.signals.get() + 1);
        if self.signals.get() < 2 {
            return false;
        }
        self.second.set(Some(signal));
        self.note(Event::SecondSignal(signal.number()));
        true
    }

    /// Takes the signals that came while no code of the program was running: they need stop nothing.
    pub(super) fn take_signals(&self, vm: &mut Vm) {
        while let Some(signal) = vm.host.take_signal() {
            if !self.is_second(signal) {
                self.note(Event::Signal(signal.number()));
            }
        }
    }

    /// A Ctrl-C that was raised where nobody could catch it, in the text of an exception that is being printed, makes
    /// the outcome `Interrupt` all the same.
    pub(super) fn claim_interrupt(&self) {
        if self.interrupted.replace(false) {
            self.note(Event::Signal(Signal::Interrupt.number()));
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
                } else if vm.host.has_signal() {
                    // The program is to hear of it; what was not written stays in the buffer.
                    return Ok(());
                }
            }
            result => return result,
        }
    }
}
