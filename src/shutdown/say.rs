//! How the path speaks: on standard error, whatever the program has made of it.
//!
//! What is written goes to the program's `sys.stderr` if that works, else to descriptor 2. Standard output is flushed
//! first, so that the two streams tell a true order. A failure to speak ends nothing: text that could not be
//! written waits in the buffer of standard error, whose last flush decides.

use super::signals::flush_stream;
use super::{Path, Phase};
use crate::host::Stream;
use crate::report;
use crate::stdlib::io as streams;
use crate::value::Value;
use crate::vm::Vm;

/// Writes a message, which ends in a newline.
pub fn say(vm: &mut Vm, text: &str) {
    let path = vm.state::<Path>();
    flush_stdout(vm, &path);
    let written = match streams::replaced_stderr(vm) {
        Some(replacement) if path.phase() < Phase::Finalize => {
            streams::write_to_replacement(vm, replacement, text)
        }
        _ => false,
    };
    if !written {
        say_plainly(vm, text);
    }
}

/// Writes a message past whatever the program has put in the place of `sys.stderr`.
pub(super) fn say_past_program(vm: &mut Vm, path: &Path, text: &str) {
    flush_stdout(vm, path);
    say_plainly(vm, text);
}

/// A failure is for phase 8.
fn flush_stdout(vm: &mut Vm, path: &Path) {
    if let Err(error) = flush_stream(vm, path, Stream::Out) {
        path.flush_failure.borrow_mut().get_or_insert(error);
    }
}

/// Writes to descriptor 2, and flushes nothing before.
pub(super) fn say_plainly(vm: &mut Vm, text: &str) {
    streams::put_on_stderr(vm, text);
    let path = vm.state::<Path>();
    // What fails now fails again when the stream is flushed for the last time.
    let _ = flush_stream(vm, &path, Stream::Err);
}

/// Writes the traceback of an exception that has no consequences: `what` says where it was raised.
pub(super) fn say_ignored(vm: &mut Vm, exception: Value, what: &str) {
    let text = report::traceback(vm, exception);
    say(vm, &format!("Exception ignored {what}:\n{text}"));
    let path = vm.state::<Path>();
    if path.phase() == Phase::Finalize {
        path.ignored.borrow_mut().push(format!("{} {what}", vm.type_name(exception)));
    }
}

/// Writes an exception's traceback.
pub fn say_exception(vm: &mut Vm, exception: Value) {
    let text = report::traceback(vm, exception);
    say(vm, &text);
}

/// Writes the report of an exception that nobody caught.
pub fn say_uncaught(vm: &mut Vm, exception: Value) {
    let text = report::uncaught(vm, exception);
    say(vm, &text);
}
