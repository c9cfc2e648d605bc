//! Signals of the command: noted when they come, asked for by the interpreter, and how the process dies by one.
//!
//! What is hard: a signal handler may do almost nothing, so it only sets a bit. And a call of the system that waits
//! must be ended by the signal, not started again, or Ctrl-C would be heard only after the next line of input.

#![allow(unsafe_code)]

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use toy::host::{Signal, SignalAction};

/// Those that are heard unless a program says otherwise. Of several that have come Ctrl-C is first, for a user waits for
/// it.
const SIGNALS: [Signal; 3] = [Signal::Interrupt, Signal::Terminate, Signal::Hangup];

/// The system has signals 1 to 64.
const COUNT: usize = 64;

/// A bit for each signal that has come and was not asked for yet.
static CAME: AtomicU64 = AtomicU64::new(0);

/// Whether somebody waits for a line who knows Ctrl-C alone, and is to be woken by other signals that ask to end.
static WAKES: AtomicBool = AtomicBool::new(false);

/// What the signals did when the process began, for those where that was changed.
static ORIGINAL: [OnceLock<libc::sigaction>; COUNT + 1] = [const { OnceLock::new() }; COUNT + 1];

/// Begins to note Ctrl-C, SIGTERM and SIGHUP; a signal that the parent had us ignore stays ignored, as `nohup` and shells
/// without job control want it.
pub fn listen() {
    for signal in SIGNALS {
        // A system that refuses leaves the default action, which is to end.
        let _ = set(signal.number(), SignalAction::Original);
    }
}

/// Sets what a signal does.
pub fn set(number: i32, action: SignalAction) -> io::Result<()> {
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    let place = usize::try_from(number).ok().and_then(|number| ORIGINAL.get(number)).ok_or_else(invalid)?;
    // These come again and again if the instruction that caused them is gone on with.
    if action == SignalAction::Heard
        && [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL].contains(&number)
    {
        return Err(invalid());
    }
    let original = match place.get() {
        Some(original) => original,
        None => {
            let now = current(number)?;
            place.get_or_init(|| now)
        }
    };
    let ours = SIGNALS.iter().any(|signal| signal.number() == number);
    let new = match action {
        SignalAction::Heard => with_handler(note as *const () as libc::sighandler_t),
        SignalAction::Default => with_handler(libc::SIG_DFL),
        SignalAction::Ignored => with_handler(libc::SIG_IGN),
        SignalAction::Original if ours && original.sa_sigaction != libc::SIG_IGN => {
            with_handler(note as *const () as libc::sighandler_t)
        }
        SignalAction::Original => *original,
    };
    // SAFETY: the action is whole, and its handler is one that may run at any time.
    if unsafe { libc::sigaction(number, &new, std::ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if matches!(action, SignalAction::Default | SignalAction::Ignored) {
        CAME.fetch_and(!bit(number), Ordering::Relaxed);
    }
    Ok(())
}

fn current(number: i32) -> io::Result<libc::sigaction> {
    // SAFETY: asks for the action and changes nothing; `action` is written before it is read.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(number, std::ptr::null(), &mut action) {
            0 => Ok(action),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// An action without flags, so that calls of the system end when the signal comes.
fn with_handler(handler: libc::sighandler_t) -> libc::sigaction {
    // SAFETY: all zeros is an action: the default, with no flags and no signal blocked.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action
}

fn bit(number: i32) -> u64 {
    1 << ((number - 1) & 63)
}

/// The signal handler.
extern "C" fn note(number: libc::c_int) {
    CAME.fetch_or(bit(number), Ordering::Relaxed);
    if WAKES.load(Ordering::Relaxed) && number != libc::SIGINT {
        wake();
    }
}

/// Sends Ctrl-C to the one who waits for a line, where one of the others has come.
fn wake() {
    if CAME.load(Ordering::Relaxed) & WAKING != 0 {
        // SAFETY: it has no preconditions, and may be called in a signal handler.
        unsafe { libc::raise(libc::SIGINT) };
    }
}

/// The signals that wake the one who waits.
const WAKING: u64 = 1 << (libc::SIGTERM - 1) | 1 << (libc::SIGHUP - 1);

/// From now on the other signals that ask to end wake the one who waits for a line and hears Ctrl-C by itself; one that
/// has come already does so at once.
pub fn begin_waking() {
    if !WAKES.swap(true, Ordering::Relaxed) {
        wake();
    }
}

/// Nobody waits any more. A Ctrl-C that was sent to wake is forgotten.
pub fn end_waking() {
    WAKES.store(false, Ordering::Relaxed);
    if CAME.load(Ordering::Relaxed) & WAKING != 0 {
        CAME.fetch_and(!bit(libc::SIGINT), Ordering::Relaxed);
    }
}

/// Forgets a Ctrl-C that was meant for another program at the same terminal.
pub fn forget_interrupt() {
    CAME.fetch_and(!bit(libc::SIGINT), Ordering::Relaxed);
}

/// A signal that has come and was not asked for yet.
pub fn take() -> Option<Signal> {
    let came = CAME.load(Ordering::Relaxed);
    if came == 0 {
        return None;
    }
    let first = SIGNALS.iter().map(|signal| signal.number()).find(|number| came & bit(*number) != 0);
    let number = first.unwrap_or(came.trailing_zeros() as i32 + 1);
    CAME.fetch_and(!bit(number), Ordering::Relaxed);
    Some(Signal::of(number))
}

/// Dies by a signal, so that the parent process sees it.
pub fn die_by(number: i32) {
    // SAFETY: the set is made before it is used; restoring the default action, letting the signal through and raising it
    // have no preconditions.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, number);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut());
        libc::raise(number);
    }
}

/// Ends the process without running anything that wants to run at its end.
pub fn end_at_once(code: u8) -> ! {
    // SAFETY: it has no preconditions and does not return.
    unsafe { libc::_exit(i32::from(code)) }
}
