//! What the interpreter needs of the world around it, so that it can be embedded anywhere.
//!
//! The library never touches the process's own streams, clock or signals except through a [`Host`].
//! [`SystemHost`] is the one of the command line; tests and embedders bring their own.

#![allow(unsafe_code)]

mod descriptor;
mod fork;
mod process;
mod watchdog;

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

pub use process::{ChildStream, HostProcess, Start, Started};

/// One of the two output streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stream {
    Out,
    Err,
}

/// A signal. The first three ask the program to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Signal {
    Interrupt,
    Terminate,
    Hangup,
    Pipe,
    /// Any other, by its number; it means nothing unless the program has a function for it.
    Other(i32),
}

impl Signal {
    /// The number on this system.
    pub fn number(self) -> i32 {
        match self {
            Signal::Interrupt => libc::SIGINT,
            Signal::Terminate => libc::SIGTERM,
            Signal::Hangup => libc::SIGHUP,
            Signal::Pipe => libc::SIGPIPE,
            Signal::Other(number) => number,
        }
    }

    /// The signal with this number.
    pub fn of(number: i32) -> Signal {
        match number {
            libc::SIGINT => Signal::Interrupt,
            libc::SIGTERM => Signal::Terminate,
            libc::SIGHUP => Signal::Hangup,
            libc::SIGPIPE => Signal::Pipe,
            number => Signal::Other(number),
        }
    }

    /// Whether it asks the program to end.
    pub fn asks_to_end(self) -> bool {
        matches!(self, Signal::Interrupt | Signal::Terminate | Signal::Hangup)
    }
}

/// What a signal does to the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SignalAction {
    /// It is noted, and [`Host::take_signal`] gives it.
    Heard,
    /// What the system does with it.
    Default,
    /// Nothing.
    Ignored,
    /// What it did when the interpreter began.
    Original,
}

/// What a pipe that has room at all takes without waiting.
pub const SHORT_WRITE: usize = 4096;

/// The world around an interpreter.
pub trait Host: Debug {
    /// Writes some of the bytes; how many.
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize>;

    /// Reads from standard input; 0 at its end. A pending signal may end it with `Interrupted`.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    fn is_terminal(&self, stream: Stream) -> bool;

    /// Whether what was last written to a terminal has left its cursor within a line.
    fn is_within_line(&self) -> bool {
        false
    }

    /// Whether a write of up to [`SHORT_WRITE`] bytes would not have to wait.
    fn takes_more(&self, stream: Stream) -> bool {
        let _ = stream;
        true
    }

    /// The oldest signal that has come and was not asked for yet.
    fn take_signal(&mut self) -> Option<Signal>;

    /// Whether [`Host::take_signal`] would give one.
    fn has_signal(&mut self) -> bool {
        false
    }

    /// Sets what a signal does. A host without signals refuses.
    fn set_signal(&mut self, number: i32, action: SignalAction) -> io::Result<()> {
        let _ = (number, action);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Sends a signal to a process, or to this one, where it has come when this returns. A host without processes
    /// refuses.
    fn send_signal(&mut self, process: Option<i32>, number: i32) -> io::Result<()> {
        let _ = (process, number);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Time since 1970.
    fn now(&mut self) -> Duration;

    /// Time since some fixed moment, which never goes back.
    fn monotonic(&mut self) -> Duration;

    /// The processor time that the process has used; that of [`Host::monotonic`] where there is no process.
    fn processor_time(&mut self) -> Duration {
        self.monotonic()
    }

    /// Waits; may return early when a signal comes.
    fn sleep(&mut self, duration: Duration);

    /// The text of a source file, as it is.
    fn read_file(&mut self, path: &Path) -> io::Result<Vec<u8>>;

    /// Opens a file for a program; `Interrupted` where a signal came while waiting, for the other end of a pipe
    /// perhaps. A host without files refuses.
    fn open(&mut self, path: &Path, how: OpenHow) -> io::Result<Box<dyn HostFile>> {
        let _ = (path, how);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// The environment variables that are text.
    fn variables(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Starts another program. A host without processes refuses.
    fn start(&mut self, start: &Start) -> io::Result<Started> {
        let _ = start;
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Makes a copy of the process: 0 in the copy, its number in the original. A host without processes refuses.
    fn fork(&mut self) -> io::Result<i32> {
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Waits for a child as `waitpid` does, but not longer than so: its number, and how it has ended, as the system
    /// says it.
    fn wait_child(&mut self, which: i32, options: i32, at_most: Duration) -> io::Result<Option<(i32, i32)>> {
        let _ = (which, options, at_most);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// The two ends of a new pipe: the one to read from, and the one to write to.
    fn pipe(&mut self) -> io::Result<[Box<dyn HostFile>; 2]> {
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Takes over a file that was open already when the process began.
    fn adopt(&mut self, descriptor: i32) -> io::Result<Box<dyn HostFile>> {
        let _ = descriptor;
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Another descriptor for an open file.
    fn duplicate(&mut self, descriptor: i32) -> io::Result<Box<dyn HostFile>> {
        let _ = descriptor;
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Makes `to` another descriptor for the file that `from` is for; what it was for before is closed. The caller knows
    /// that `to` is a standard stream, its own, or free.
    fn duplicate_onto(&mut self, from: i32, to: i32) -> io::Result<()> {
        let _ = (from, to);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Whether a descriptor is open.
    fn is_open(&mut self, descriptor: i32) -> bool {
        let _ = descriptor;
        false
    }

    /// Closes a standard stream for good.
    fn close_standard(&mut self, descriptor: i32) -> io::Result<()> {
        let _ = descriptor;
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// Waits until one of some descriptors can be read, or written where that is asked for: which can. May return
    /// early, as none.
    fn wait_ready(&mut self, waits: &[(i32, bool)], at_most: Duration) -> io::Result<Vec<bool>> {
        let _ = (waits, at_most);
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    /// The columns and lines of the terminal that a stream is, if it is one.
    fn terminal_size(&self, stream: Stream) -> Option<(u16, u16)> {
        let _ = stream;
        None
    }

    /// The file of the program that runs the interpreter, for programs that start another of their kind.
    fn executable(&mut self) -> Option<PathBuf> {
        None
    }

    /// The number of the process, or 0 if there is none.
    fn process_id(&mut self) -> u32 {
        0
    }

    /// Ends the process at once, with this message, unless it is called again within the time; none calls it off. A
    /// host that cannot watch from outside does nothing.
    fn watch(&mut self, until: Option<(Duration, String)>) {
        let _ = until;
    }

    /// Whether standard input is a terminal.
    fn input_is_terminal(&self) -> bool {
        false
    }

    /// Whether programs may go past the host to the system: the files, directories and processes that `os` and a few
    /// other modules are about. Without it these modules cannot be imported.
    fn has_system(&self) -> bool {
        false
    }
}

/// How a program opens a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenHow {
    pub read: bool,
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// Empties the file.
    pub truncate: bool,
    /// Makes the file if it is not there.
    pub create: bool,
    /// Makes the file, which must not be there.
    pub create_new: bool,
    /// Makes it for the program's user alone.
    pub private: bool,
}

/// A file that a host has opened. Dropping it closes it.
pub trait HostFile: Debug + Read + Write + Seek {
    /// Cuts the file, or lengthens it with zeros.
    fn set_len(&mut self, len: u64) -> io::Result<()>;

    fn is_terminal(&self) -> bool {
        false
    }

    /// The system's number for the open file, if it has one.
    fn descriptor(&self) -> Option<i32> {
        None
    }
}

impl HostFile for File {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn is_terminal(&self) -> bool {
        IsTerminal::is_terminal(self)
    }

    fn descriptor(&self) -> Option<i32> {
        Some(std::os::fd::AsRawFd::as_raw_fd(self))
    }
}

/// The process's own streams and clock. Signals come from whoever the command line tells to take them.
#[derive(Debug)]
pub struct SystemHost {
    start: Instant,
    take_signal: fn() -> Option<Signal>,
    set_signal: fn(i32, SignalAction) -> io::Result<()>,
    /// One that was taken to see whether there is one.
    next_signal: Option<Signal>,
    /// What was last written ended without a newline.
    is_within_line: bool,
    watchdog: watchdog::Watchdog,
    /// Says something and ends the process, from a thread of the watchdog's.
    end_stuck: Option<fn(&str)>,
}

impl SystemHost {
    /// A host whose signals are what `take_signal` gives.
    pub fn new(take_signal: fn() -> Option<Signal>) -> SystemHost {
        SystemHost {
            start: Instant::now(),
            take_signal,
            set_signal: |_, _| Err(io::Error::from_raw_os_error(libc::ENOSYS)),
            next_signal: None,
            is_within_line: false,
            watchdog: watchdog::Watchdog::default(),
            end_stuck: None,
        }
    }

    /// Lets programs say what signals do; without this they cannot.
    pub fn signal_actions(mut self, set_signal: fn(i32, SignalAction) -> io::Result<()>) -> SystemHost {
        self.set_signal = set_signal;
        self
    }

    /// How the process is ended when an exit handler is stuck: the function gets the message and does not return.
    pub fn end_stuck(mut self, end: fn(&str)) -> SystemHost {
        self.end_stuck = Some(end);
        self
    }
}

impl Host for SystemHost {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        // Raw descriptors: Rust's own handles buffer lines and hide a closed descriptor.
        let descriptor = descriptor_of(stream);
        let mut file = std::mem::ManuallyDrop::new(descriptor_file(descriptor));
        match file.write(bytes) {
            // Another process made the descriptor non-blocking: wait for room, a little at a time.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait_for(descriptor, libc::POLLOUT, A_WHILE)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            Ok(count) => {
                if let Some(last) = count.checked_sub(1).and_then(|last| bytes.get(last)) {
                    self.is_within_line = *last != b'\n';
                }
                Ok(count)
            }
            result => result,
        }
    }

    fn is_within_line(&self) -> bool {
        self.is_within_line
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Waits for a bounded time first, so that a signal that came just before the wait is not missed.
        if !wait_for(libc::STDIN_FILENO, libc::POLLIN, A_WHILE)? {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut file = std::mem::ManuallyDrop::new(descriptor_file(libc::STDIN_FILENO));
        file.read(buffer)
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
    }

    fn takes_more(&self, stream: Stream) -> bool {
        wait_for(descriptor_of(stream), libc::POLLOUT, 0).unwrap_or(true)
    }

    fn take_signal(&mut self) -> Option<Signal> {
        self.next_signal.take().or_else(self.take_signal)
    }

    fn has_signal(&mut self) -> bool {
        self.next_signal = self.next_signal.or_else(self.take_signal);
        self.next_signal.is_some()
    }

    fn set_signal(&mut self, number: i32, action: SignalAction) -> io::Result<()> {
        self.next_signal = self.next_signal.filter(|signal| signal.number() != number);
        (self.set_signal)(number, action)
    }

    fn send_signal(&mut self, process: Option<i32>, number: i32) -> io::Result<()> {
        fork::send_signal(process, number)
    }

    fn now(&mut self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&mut self) -> Duration {
        self.start.elapsed()
    }

    fn processor_time(&mut self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(time).unwrap_or_default()
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

    fn read_file(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn open(&mut self, path: &Path, how: OpenHow) -> io::Result<Box<dyn HostFile>> {
        let file = open_once(path, how)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from_raw_os_error(libc::EISDIR));
        }
        Ok(Box::new(file))
    }

    fn variables(&mut self) -> Vec<(String, String)> {
        std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect()
    }

    fn start(&mut self, start: &Start) -> io::Result<Started> {
        process::start(start)
    }

    fn wait_ready(&mut self, waits: &[(i32, bool)], at_most: Duration) -> io::Result<Vec<bool>> {
        process::wait_ready(waits, at_most)
    }

    fn fork(&mut self) -> io::Result<i32> {
        fork::fork(|| {
            // What came to the parent is not the child's to hear.
            self.next_signal = None;
            while (self.take_signal)().is_some() {}
        })
    }

    fn wait_child(&mut self, which: i32, options: i32, at_most: Duration) -> io::Result<Option<(i32, i32)>> {
        fork::wait_child(which, options, at_most)
    }

    fn pipe(&mut self) -> io::Result<[Box<dyn HostFile>; 2]> {
        descriptor::pipe()
    }

    fn adopt(&mut self, descriptor: i32) -> io::Result<Box<dyn HostFile>> {
        descriptor::adopt(descriptor)
    }

    fn duplicate(&mut self, descriptor: i32) -> io::Result<Box<dyn HostFile>> {
        descriptor::duplicate(descriptor)
    }

    fn duplicate_onto(&mut self, from: i32, to: i32) -> io::Result<()> {
        descriptor::duplicate_onto(from, to)
    }

    fn is_open(&mut self, descriptor: i32) -> bool {
        descriptor::flags(descriptor).is_some()
    }

    fn close_standard(&mut self, descriptor: i32) -> io::Result<()> {
        descriptor::close_standard(descriptor)
    }

    fn terminal_size(&self, stream: Stream) -> Option<(u16, u16)> {
        // SAFETY: the request fills a structure of plain numbers, for which all zeros is a value.
        let size = unsafe {
            let mut size: libc::winsize = std::mem::zeroed();
            (libc::ioctl(descriptor_of(stream), libc::TIOCGWINSZ, &mut size) == 0).then_some(size)
        }?;
        Some((size.ws_col, size.ws_row)).filter(|(columns, lines)| *columns > 0 && *lines > 0)
    }

    fn executable(&mut self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    fn process_id(&mut self) -> u32 {
        std::process::id()
    }

    fn watch(&mut self, until: Option<(Duration, String)>) {
        if let Some(end) = self.end_stuck {
            self.watchdog.watch(until, end);
        }
    }

    fn input_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn has_system(&self) -> bool {
        true
    }
}

/// One call of the system, which a signal interrupts; `OpenOptions` would begin it again.
fn open_once(path: &Path, how: OpenHow) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let mut flags = match (how.read, how.write || how.append) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    flags |= OFlags::CLOEXEC;
    flags.set(OFlags::APPEND, how.append);
    flags.set(OFlags::TRUNC, how.truncate);
    flags.set(OFlags::CREATE, how.create || how.create_new);
    flags.set(OFlags::EXCL, how.create_new);
    let mode = Mode::from_raw_mode(if how.private { 0o600 } else { 0o666 });
    Ok(rustix::fs::open(path, flags, mode)?.into())
}

/// How many milliseconds to wait for a stream before signals are looked for again.
const A_WHILE: i32 = 200;

/// Waits until a descriptor is ready, so many milliseconds at most; whether it is.
fn wait_for(descriptor: i32, events: libc::c_short, milliseconds: i32) -> io::Result<bool> {
    let mut request = libc::pollfd { fd: descriptor, events, revents: 0 };
    // SAFETY: one valid request.
    match unsafe { libc::poll(&mut request, 1, milliseconds) } {
        -1 => Err(io::Error::last_os_error()),
        ready => Ok(ready > 0),
    }
}

fn descriptor_of(stream: Stream) -> i32 {
    match stream {
        Stream::Out => libc::STDOUT_FILENO,
        Stream::Err => libc::STDERR_FILENO,
    }
}

fn descriptor_file(descriptor: i32) -> File {
    use std::os::fd::FromRawFd;
    // SAFETY: the callers wrap the file so that it never closes the descriptor, which is the process's own.
    unsafe { File::from_raw_fd(descriptor) }
}
