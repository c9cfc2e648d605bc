//! What the interpreter needs of the world around it, so that it can be embedded anywhere.
//!
//! The library never touches the process's own streams, clock or signals except through a [`Host`].
//! [`SystemHost`] is the one of the command line; tests and embedders bring their own.

#![allow(unsafe_code)]

use std::fmt::Debug;
use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant, SystemTime};

/// One of the two output streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stream {
    Out,
    Err,
}

/// A signal that asks the program to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Signal {
    Interrupt,
    Terminate,
    Hangup,
    Pipe,
}

impl Signal {
    /// The number on this system.
    pub fn number(self) -> i32 {
        match self {
            Signal::Interrupt => libc::SIGINT,
            Signal::Terminate => libc::SIGTERM,
            Signal::Hangup => libc::SIGHUP,
            Signal::Pipe => libc::SIGPIPE,
        }
    }
}

/// The world around an interpreter.
pub trait Host: Debug {
    /// Writes some of the bytes; how many.
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize>;

    /// Reads from standard input; 0 at its end. A pending signal may end it with `Interrupted`.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    fn is_terminal(&self, stream: Stream) -> bool;

    /// The oldest signal that has come and was not asked for yet.
    fn take_signal(&mut self) -> Option<Signal>;

    /// Time since 1970.
    fn now(&mut self) -> Duration;

    /// Time since some fixed moment, which never goes back.
    fn monotonic(&mut self) -> Duration;

    /// Waits; may return early when a signal comes.
    fn sleep(&mut self, duration: Duration);

    /// The text of a source file, as it is.
    fn read_file(&mut self, path: &std::path::Path) -> io::Result<Vec<u8>>;
}

/// The process's own streams and clock. Signals come from whoever the command line tells to take them.
#[derive(Debug)]
pub struct SystemHost {
    start: Instant,
    take_signal: fn() -> Option<Signal>,
}

impl SystemHost {
    /// A host whose signals are what `take_signal` gives.
    pub fn new(take_signal: fn() -> Option<Signal>) -> SystemHost {
        SystemHost { start: Instant::now(), take_signal }
    }
}

impl Host for SystemHost {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        // Raw descriptors: Rust's own handles buffer lines and hide a closed descriptor.
        let descriptor = match stream {
            Stream::Out => libc::STDOUT_FILENO,
            Stream::Err => libc::STDERR_FILENO,
        };
        let mut file = std::mem::ManuallyDrop::new(descriptor_file(descriptor));
        file.write(bytes)
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = std::mem::ManuallyDrop::new(descriptor_file(libc::STDIN_FILENO));
        file.read(buffer)
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
    }

    fn take_signal(&mut self) -> Option<Signal> {
        (self.take_signal)()
    }

    fn now(&mut self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&mut self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&mut self, duration: Duration) {
        // One system call, which a signal interrupts; `std::thread::sleep` would go on sleeping.
        let request = libc::timespec {
            tv_sec: duration.as_secs().min(i64::MAX as u64) as libc::time_t,
            tv_nsec: duration.subsec_nanos() as libc::c_long,
        };
        // SAFETY: the request is a valid timespec, and the remainder is not asked for.
        unsafe { libc::nanosleep(&request, std::ptr::null_mut()) };
    }

    fn read_file(&mut self, path: &std::path::Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

fn descriptor_file(descriptor: i32) -> std::fs::File {
    use std::os::fd::FromRawFd;
    // SAFETY: the callers wrap the file so that it never closes the descriptor, which is the process's own.
    unsafe { std::fs::File::from_raw_fd(descriptor) }
}
