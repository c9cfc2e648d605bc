//! Signals of the command line: noted when they come, asked for by the interpreter, and how the process dies by one.
//!
//! What is hard: a signal handler may do almost nothing, so it only sets a flag. And a call of the system that waits
//! must be ended by the signal, not started again, or Ctrl-C would be heard only after the next line of input.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use toy::host::Signal;

const SIGNALS: [Signal; 3] = [Signal::Interrupt, Signal::Terminate, Signal::Hangup];

static CAME: OnceLock<[Arc<AtomicBool>; 3]> = OnceLock::new();

/// Begins to note Ctrl-C, SIGTERM and SIGHUP; a signal that the parent had us ignore stays ignored.
pub fn listen() {
    let came = CAME.get_or_init(Default::default);
    for (signal, flag) in SIGNALS.iter().zip(came) {
        if is_ignored(signal.number()) {
            continue;
        }
        // A system that refuses leaves the default action, which is to end.
        if signal_hook::flag::register(signal.number(), flag.clone()).is_ok() {
            interrupt_waits(signal.number());
        }
    }
}

/// `nohup` and shells without job control start programs like this.
fn is_ignored(number: i32) -> bool {
    // SAFETY: asks for the action and changes nothing; `action` is written before it is read.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Has calls of the system end when the signal comes; `signal-hook` would have them start again.
fn interrupt_waits(number: i32) {
    // SAFETY: the action that is there is kept, but for one flag of it; it is written before it is read.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(number, std::ptr::null(), &mut action) == 0 {
            action.sa_flags &= !libc::SA_RESTART;
            libc::sigaction(number, &action, std::ptr::null_mut());
        }
    }
}

/// A signal that has come and was not asked for yet. Of several kinds Ctrl-C is first, for a user waits for it.
pub fn take() -> Option<Signal> {
    let came = CAME.get()?;
    SIGNALS
        .iter()
        .zip(came)
        .find(|(_, flag)| flag.load(Ordering::Relaxed) && flag.swap(false, Ordering::Relaxed))
        .map(|(signal, _)| *signal)
}

/// Dies by a signal, so that the parent process sees it.
pub fn die_by(number: i32) {
    // It restores the default action, unblocks the signal and sends it.
    let _ = signal_hook::low_level::emulate_default_handler(number);
    // SAFETY: restoring the default action and raising a signal have no preconditions.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        libc::raise(number);
    }
}

/// Ends the process without running anything that wants to run at its end.
pub fn end_at_once(code: u8) -> ! {
    // SAFETY: it has no preconditions and does not return.
    unsafe { libc::_exit(i32::from(code)) }
}
