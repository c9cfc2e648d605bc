//! Other programs: starting them with their streams, and waiting for them.
//!
//! What is hard is that no wait may keep a signal from being heard: one that comes just before a wait of the system begins
//! does not end it. So every wait here is short, and says when it came to nothing; who waits looks for signals in between.

use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::descriptor::{Pipe, duplicate_raw};
use super::{A_WHILE, HostFile};

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
        if let Some(code) = self.ended_now()? {
            return Ok(Some(code));
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
        self.ended_now()
    }

    fn signal(&mut self, number: i32) -> io::Result<()> {
        // SAFETY: sending a signal touches no memory; the number of a child that was not waited for is still its own.
        match unsafe { libc::kill(self.child.id() as libc::pid_t, number) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl SystemProcess {
    fn ended_now(&mut self) -> io::Result<Option<i32>> {
        match self.child.try_wait() {
            Ok(status) => Ok(status.map(code_of)),
            // It is gone, and somebody else was told how it ended; as in Python that counts as success.
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(Some(0)),
            Err(error) => Err(error),
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
    let handle = handle_of(child.id() as i32);
    let pipes = pipes.map(|pipe: Option<Pipe>| pipe.map(|pipe| Box::new(pipe) as Box<dyn HostFile>));
    Ok(Started { process: Box::new(SystemProcess { child, handle }), pipes })
}

/// A stream that needs no pipe.
fn plain_stream(stream: ChildStream, number: i32) -> io::Result<Stdio> {
    Ok(match stream {
        ChildStream::Null => Stdio::null(),
        ChildStream::Descriptor(descriptor) if descriptor != number => {
            Stdio::from(duplicate_raw(descriptor)?)
        }
        _ => Stdio::inherit(),
    })
}

/// What can be read when a process has ended, where the system has such handles.
#[cfg(target_os = "linux")]
pub(super) fn handle_of(child: i32) -> Option<OwnedFd> {
    if child <= 0 {
        return None;
    }
    let id = rustix::process::Pid::from_raw(child)?;
    rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn handle_of(_: i32) -> Option<OwnedFd> {
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
