//! Other programs: starting them with their streams, waiting for them, and pipes that can be waited for.
//!
//! What is hard is that no wait may keep a signal from being heard: one that comes just before a wait of the system begins
//! does not end it. So every wait here is short, and says when it came to nothing; who waits looks for signals in between.

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::{A_WHILE, HostFile, SHORT_WRITE, wait_for};

/// How a program is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The file, or the name that `PATH` is searched for.
    pub program: OsString,
    /// What the program sees as its own name.
    pub name: OsString,
    pub args: Vec<OsString>,
    pub directory: Option<PathBuf>,
    /// All its environment variables.
    pub variables: Vec<(OsString, OsString)>,
    /// Standard input, output and error.
    pub streams: [ChildStream; 3],
    /// It leads a session of its own, so that Ctrl-C does not reach it.
    pub new_session: bool,
}

/// What a standard stream of a program that is started is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ChildStream {
    /// That of this process.
    #[default]
    Inherit,
    /// Nothing.
    Null,
    /// A pipe to this process.
    Pipe,
    /// An open file of this process.
    Descriptor(i32),
    /// For standard error: what standard output is.
    SameAsOutput,
}

/// A program that was started, with this process's ends of its pipes.
#[derive(Debug)]
pub struct Started {
    pub process: Box<dyn HostProcess>,
    pub pipes: [Option<Box<dyn HostFile>>; 3],
}

/// A program that was started.
pub trait HostProcess: Debug {
    fn id(&self) -> u32;

    /// How it has ended, if it has: its exit status, or the signal's number below zero. Waits so long at most, or shorter.
    fn ended(&mut self, wait: Duration) -> io::Result<Option<i32>>;

    /// Sends it a signal.
    fn signal(&mut self, number: i32) -> io::Result<()>;
}

#[derive(Debug)]
struct SystemProcess {
    child: Child,
    /// Can be read when the process has ended.
    handle: Option<OwnedFd>,
}

impl HostProcess for SystemProcess {
    fn id(&self) -> u32 {
        self.child.id()
    }

    fn ended(&mut self, wait: Duration) -> io::Result<Option<i32>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(code_of(status)));
        }
        if wait.is_zero() {
            return Ok(None);
        }
        match &self.handle {
            Some(handle) => {
                let _ = wait_ready(&[(handle.as_raw_fd(), false)], wait)?;
            }
            // A system without such handles.
            None => std::thread::sleep(wait.min(Duration::from_millis(5))),
        }
        Ok(self.child.try_wait()?.map(code_of))
    }

    fn signal(&mut self, number: i32) -> io::Result<()> {
        // SAFETY: sending a signal touches no memory; the number of a child that was not waited for is still its own.
        match unsafe { libc::kill(self.child.id() as libc::pid_t, number) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or(-1)
}

/// Starts a program.
pub(super) fn start(start: &Start) -> io::Result<Started> {
    let mut command = Command::new(&start.program);
    command.arg0(&start.name).args(&start.args).env_clear();
    command.envs(start.variables.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = &start.directory {
        command.current_dir(directory);
    }
    let mut pipes = [None, None, None];
    let [input, output, errors] = &start.streams;
    let input = match input {
        ChildStream::Pipe => {
            let (reader, writer) = io::pipe()?;
            pipes[0] = Some(writer.into());
            Stdio::from(reader)
        }
        other => plain_stream(*other, 0)?,
    };
    command.stdin(input);
    let mut output_pipe = None;
    let stdout = match output {
        ChildStream::Pipe => {
            let (reader, writer) = io::pipe()?;
            pipes[1] = Some(reader.into());
            output_pipe = Some(writer.try_clone()?);
            Stdio::from(writer)
        }
        other => plain_stream(*other, 1)?,
    };
    command.stdout(stdout);
    let stderr = match (errors, output_pipe) {
        (ChildStream::Pipe, _) => {
            let (reader, writer) = io::pipe()?;
            pipes[2] = Some(reader.into());
            Stdio::from(writer)
        }
        (ChildStream::SameAsOutput, Some(pipe)) => Stdio::from(pipe),
        (ChildStream::SameAsOutput, None) => match output {
            ChildStream::Inherit => plain_stream(ChildStream::Descriptor(libc::STDOUT_FILENO), 2)?,
            other => plain_stream(*other, 2)?,
        },
        (other, _) => plain_stream(*other, 2)?,
    };
    command.stderr(stderr);
    if start.new_session {
        // SAFETY: `setsid` is among what may be called between fork and exec, and nothing else is.
        unsafe {
            command.pre_exec(|| if libc::setsid() == -1 { Err(io::Error::last_os_error()) } else { Ok(()) });
        }
    }
    let child = command.spawn()?;
    let handle = handle_of(&child);
    let pipes = pipes.map(|pipe: Option<Pipe>| pipe.map(|pipe| Box::new(pipe) as Box<dyn HostFile>));
    Ok(Started { process: Box::new(SystemProcess { child, handle }), pipes })
}

/// A stream that needs no pipe.
fn plain_stream(stream: ChildStream, number: i32) -> io::Result<Stdio> {
    Ok(match stream {
        ChildStream::Null => Stdio::null(),
        ChildStream::Descriptor(descriptor) if descriptor != number => Stdio::from(duplicate(descriptor)?),
        _ => Stdio::inherit(),
    })
}

fn duplicate(descriptor: i32) -> io::Result<OwnedFd> {
    // SAFETY: the system checks the number; the duplicate belongs to nobody else.
    unsafe {
        match libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) {
            -1 => Err(io::Error::last_os_error()),
            duplicate => Ok(OwnedFd::from_raw_fd(duplicate)),
        }
    }
}

#[cfg(target_os = "linux")]
fn handle_of(child: &Child) -> Option<OwnedFd> {
    let id = rustix::process::Pid::from_raw(child.id() as i32)?;
    rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn handle_of(_: &Child) -> Option<OwnedFd> {
    None
}

/// Waits for descriptors, a short time at most.
pub(super) fn wait_ready(waits: &[(i32, bool)], at_most: Duration) -> io::Result<Vec<bool>> {
    let request = |&(fd, writes): &(i32, bool)| libc::pollfd {
        fd,
        events: if writes { libc::POLLOUT } else { libc::POLLIN },
        revents: 0,
    };
    let mut requests: Vec<libc::pollfd> = waits.iter().map(request).collect();
    // Rounded up, or the end of a wait would be waited for by turning round and round.
    let milliseconds = at_most.as_micros().div_ceil(1000).min(A_WHILE as u128) as libc::c_int;
    // SAFETY: the requests are valid, and there are as many as is said.
    match unsafe { libc::poll(requests.as_mut_ptr(), requests.len() as libc::nfds_t, milliseconds) } {
        -1 => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(vec![false; waits.len()]),
            error => Err(error),
        },
        _ => Ok(requests.iter().map(|request| request.revents != 0).collect()),
    }
}

/// This process's end of a pipe. Reads and writes wait a short time only, then they count as interrupted.
#[derive(Debug)]
struct Pipe(File);

impl From<PipeReader> for Pipe {
    fn from(end: PipeReader) -> Pipe {
        Pipe(File::from(OwnedFd::from(end)))
    }
}

impl From<PipeWriter> for Pipe {
    fn from(end: PipeWriter) -> Pipe {
        Pipe(File::from(OwnedFd::from(end)))
    }
}

impl Pipe {
    fn wait(&self, events: libc::c_short) -> io::Result<()> {
        if wait_for(self.0.as_fd().as_raw_fd(), events, A_WHILE)? {
            return Ok(());
        }
        Err(io::ErrorKind::Interrupted.into())
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait(libc::POLLIN)?;
        self.0.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait(libc::POLLOUT)?;
        // Where there is room at all there is room for so much.
        self.0.write(&bytes[..bytes.len().min(SHORT_WRITE)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Pipe {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl HostFile for Pipe {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn descriptor(&self) -> Option<i32> {
        Some(self.0.as_raw_fd())
    }
}
