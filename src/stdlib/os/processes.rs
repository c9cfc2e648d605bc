//! Processes: copies of this one, waiting for them, signals to them.
//!
//! What is hard about `fork` is what the copy has of what there should be once: text in buffers is written before, and what
//! is temporary is removed by the one that made it. And no wait may keep a signal from being heard, so every wait is
//! short.

use std::io;
use std::time::Duration;

use super::super::io::{flush_all, temporary};
use super::super::random;
use crate::shutdown::{self, Phase, Registry, When};
use crate::value::{Gc, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const FORK: NativeDef = NativeDef::new(
    "fork(*, handlers=true)",
    "Makes a copy of the process: 0 in the copy, its number in the original. The copy goes on from here, and has the \
         exit handlers too, unless `handlers` is false. What is in the buffers of files is written first, so that it is \
         not written twice. Once the program has ended there is no `fork` any more: `RuntimeError`.",
    fork,
);
pub(super) const GETPPID: NativeDef =
    NativeDef::new("getppid()", "The number of the process that started this one.", getppid);
pub(super) const KILL: NativeDef = NativeDef::new(
    "kill(pid, signal, /)",
    "Sends a signal to a process. What it does to this one has happened when `kill` returns.",
    kill,
);
pub(super) const WAIT: NativeDef =
    NativeDef::new("wait()", "Waits until a child has ended: a tuple of its number and its status.", wait);
pub(super) const WAITPID: NativeDef = NativeDef::new(
    "waitpid(pid, options, /)",
    "Waits until a child has ended, any child for -1: a tuple of its number and its status. With `WNOHANG` it does not \
         wait; the number is 0 then if none has ended.",
    waitpid,
);
pub(super) const WAITSTATUS_TO_EXITCODE: NativeDef = NativeDef::new(
    "waitstatus_to_exitcode(status)",
    "What a status means: the exit status of the process, or the number of the signal that it died by, below zero.",
    waitstatus_to_exitcode,
);
pub(super) const WIFEXITED: NativeDef = NativeDef::new(
    "WIFEXITED(status)",
    "Whether a status is that of a process that ended by itself.",
    wifexited,
);
pub(super) const WEXITSTATUS: NativeDef =
    NativeDef::new("WEXITSTATUS(status)", "The exit status in the status of such a process.", wexitstatus);
pub(super) const WIFSIGNALED: NativeDef = NativeDef::new(
    "WIFSIGNALED(status)",
    "Whether a status is that of a process that died by a signal.",
    wifsignaled,
);
pub(super) const WTERMSIG: NativeDef =
    NativeDef::new("WTERMSIG(status)", "The signal in the status of such a process.", wtermsig);

/// Adds the options of `waitpid`.
pub(super) fn setup(vm: &mut Vm, module: Gc<Module>) {
    for (name, option) in
        [("WNOHANG", libc::WNOHANG), ("WUNTRACED", libc::WUNTRACED), ("WCONTINUED", libc::WCONTINUED)]
    {
        let name = vm.heap.intern(name);
        module.add_slot(name, Value::int32(option));
    }
}

/// Python wants a C int here.
pub(super) fn c_int(vm: &mut Vm, value: Value) -> Result<i32, Raised> {
    match i32::try_from(vm.expect_index(value)?) {
        Ok(number) => Ok(number),
        Err(_) => Err(vm.overflow_error("int too large to convert to C int")),
    }
}

fn fork(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if vm.state::<shutdown::Path>().phase() >= Phase::Handlers {
        return Err(vm.runtime_error("can't fork at interpreter shutdown"));
    }
    let keeps_handlers = match args.given(0) {
        Some(handlers) => vm.truth(handlers)?,
        None => true,
    };
    flush_all(vm)?;
    let child = match vm.host.fork() {
        Ok(child) => child,
        Err(error) => return Err(vm.os_error(&error, None)),
    };
    if child == 0 {
        vm.forget_other_threads();
        temporary::forget_all(vm);
        if !keeps_handlers {
            let registry = vm.state::<Registry>();
            registry.clear(When::Before);
            registry.clear(When::Exit);
        }
        random::after_fork(vm)?;
    }
    Ok(Value::int32(child))
}

fn getppid(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::len(std::os::unix::process::parent_id() as usize))
}

fn kill(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (process, number) = (c_int(vm, args.at(0))?, c_int(vm, args.at(1))?);
    if let Err(error) = vm.host.send_signal(Some(process), number) {
        return Err(vm.os_error(&error, None));
    }
    // It may have been to this process.
    vm.pause()?;
    Ok(Value::NIL)
}

fn wait(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    wait_for(vm, -1, 0)
}

fn waitpid(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (which, options) = (c_int(vm, args.at(0))?, c_int(vm, args.at(1))?);
    wait_for(vm, which, options)
}

fn wait_for(vm: &mut Vm, which: i32, options: i32) -> NativeResult {
    /// Longer than the host waits at a time.
    const LONG: Duration = Duration::from_secs(1);

    loop {
        let at_most = if options & libc::WNOHANG != 0 { Duration::ZERO } else { vm.longest_wait(LONG) };
        let (child, status) = match vm.host.wait_child(which, options, at_most) {
            Ok(Some(found)) => found,
            Ok(None) if options & libc::WNOHANG != 0 => (0, 0),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(vm.os_error(&error, None)),
            _ => {
                vm.pause()?;
                continue;
            }
        };
        return Ok(Tuple::new(&mut vm.heap, &[Value::int32(child), Value::int32(status)]).value());
    }
}

fn waitstatus_to_exitcode(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let status = c_int(vm, args.at(0))?;
    if libc::WIFEXITED(status) {
        return Ok(Value::int32(libc::WEXITSTATUS(status)));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(Value::int32(-libc::WTERMSIG(status)));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(vm.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(vm.value_error(format!("invalid wait status: {status}")))
}

fn wifexited(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(libc::WIFEXITED(c_int(vm, args.at(0))?)))
}

fn wexitstatus(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::int32(libc::WEXITSTATUS(c_int(vm, args.at(0))?)))
}

fn wifsignaled(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::bool(libc::WIFSIGNALED(c_int(vm, args.at(0))?)))
}

fn wtermsig(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    Ok(Value::int32(libc::WTERMSIG(c_int(vm, args.at(0))?)))
}
