//! Copies of the process, waiting for children, and signals to processes.
//!
//! What is hard about a copy is the signals that come meanwhile: one for the parent must not be heard by the child, and
//! one for the child must not be lost. So none is let through until the child has forgotten what came before it was.

use std::io;
use std::time::Duration;

use super::process;

/// Forks. `begin_child` runs in the child, while no signal can come.
pub(super) fn fork(begin_child: impl FnOnce()) -> io::Result<i32> {
    // SAFETY: the sets are written before they are read. The child is a copy of this thread alone, and goes on with code
    // that may want a lock which another thread of the process held at the time. The command has no other thread but
    // the watchdog, whose lock no child takes; who embeds the interpreter in a process that has some knows that `fork`
    // is not for such (the system's allocator is safe).
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let child = libc::fork();
        let result = if child == -1 { Err(io::Error::last_os_error()) } else { Ok(child) };
        if child == 0 {
            begin_child();
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        result
    }
}

/// A child that has ended, or what else the options ask for; waits a short time at most, or not so long.
pub(super) fn wait_child(which: i32, options: i32, at_most: Duration) -> io::Result<Option<(i32, i32)>> {
    /// Between two looks where there is nothing to wait for.
    const SHORT: Duration = Duration::from_millis(2);

    let found = look_for_child(which, options)?;
    if found.is_some() || at_most.is_zero() {
        return Ok(found);
    }
    match process::handle_of(which) {
        Some(handle) => {
            use std::os::fd::AsRawFd;
            let _ = process::wait_ready(&[(handle.as_raw_fd(), false)], at_most)?;
        }
        None => std::thread::sleep(at_most.min(SHORT)),
    }
    look_for_child(which, options)
}

fn look_for_child(which: i32, options: i32) -> io::Result<Option<(i32, i32)>> {
    let mut status = 0;
    // SAFETY: the status has a place.
    match unsafe { libc::waitpid(which, &mut status, options | libc::WNOHANG) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        child => Ok(Some((child, status))),
    }
}

pub(super) fn send_signal(process: Option<i32>, number: i32) -> io::Result<()> {
    // SAFETY: sending a signal touches no memory. One that a thread sends to itself has come when `raise` returns.
    let result = unsafe {
        match process {
            Some(process) => libc::kill(process, number),
            None => libc::raise(number),
        }
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
