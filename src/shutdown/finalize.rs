//! Phase 7: what was left open is closed: suspended generators that still have something to do, then files.

use super::inject::Place;
use super::journal::Step;
use super::outcome::os_error_line;
use super::path::step;
use super::run::call_afresh;
use super::say::say_plainly;
use super::status::Event;
use super::{LATE_LIMIT, LeaveNow, Path, Phase, leave_if_asked, strike};
use crate::stdlib::io as streams;
use crate::vm::{Halt, Vm};

/// Runs the phase.
pub(super) fn finalize(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    path.enter(Phase::Finalize);
    step(vm, path, |_| Step::Began { phase: Phase::Finalize, waiting: 0 });
    strike::signals_at(vm, &Place::Finalize);
    vm.stop_threads();
    let generators = close_generators(vm, path)?;
    let mut lost = Vec::new();
    let (files, failures) = streams::close_open_files(vm, &mut |vm| {
        path.take_signals(vm);
        path.is_abandoned()
    });
    for (file, error) in failures {
        let line = os_error_line(vm, &error);
        say_plainly(vm, &format!("Exception ignored on closing {file}:\n{line}\n"));
        path.note(Event::OutputLost, format!("{file} could not be written"));
        lost.push(file);
    }
    step(vm, path, |_| Step::Closed { generators, files, ignored: path.ignored.take(), lost });
    Ok(())
}

/// Closes the suspended generators that still have something to do, newest first; how many there were. A signal counts
/// as in a handler.
fn close_generators(vm: &mut Vm, path: &Path) -> Result<usize, LeaveNow> {
    let mut closed = 0;
    // What is closed may leave another behind; one that does so for ever is stopped like one that registers for ever.
    while closed < LATE_LIMIT && !path.is_abandoned() && vm.halted().is_none() {
        if call_afresh(vm, Vm::close_newest_generator).is_none() {
            break;
        }
        closed += 1;
        path.claim_interrupt(" while generators were closed");
        path.take_signals(vm);
        leave_if_asked(vm)?;
    }
    if let Some(Halt::Signal(_)) = vm.halted() {
        vm.halted = None;
    }
    leave_if_asked(vm)?;
    Ok(closed)
}
