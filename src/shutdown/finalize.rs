//! Phase 7: what was left open is closed: suspended generators that still have something to do, then files.

use super::journal::Step;
use super::outcome::os_error_line;
use super::path::step;
use super::say::say_plainly;
use super::status::Event;
use super::{LeaveNow, Path, Phase};
use crate::stdlib::io as streams;
use crate::vm::Vm;

/// Runs the phase.
pub(super) fn finalize(vm: &mut Vm, path: &Path) -> Result<(), LeaveNow> {
    path.enter(Phase::Finalize);
    step(vm, path, |_| Step::Began { phase: Phase::Finalize, waiting: 0 });
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
    step(vm, path, |_| Step::Closed { generators: 0, files, ignored: Vec::new(), lost });
    Ok(())
}
