//! Open files that are known by their number alone: pipes, duplicates, and what the process was born with.
//!
//! What is hard is whose a descriptor is. What the interpreter itself opens is closed when another program is started;
//! a descriptor without that mark was there when the process began, and belongs to whoever asks for it first. All others
//! are somebody's, and nobody else may close them.

use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use super::{A_WHILE, HostFile, SHORT_WRITE, wait_for};

/// A pipe, or what may be one. Reads and writes wait a short time only, then they count as interrupted.
#[derive(Debug)]
pub(super) struct Pipe(File);

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
        let descriptor = self.0.as_fd().as_raw_fd();
        if wait_for(descriptor, events, A_WHILE)? {
            return Ok(());
        }
        // What is open the other way round only would never be ready.
        let wrong_way = if events == libc::POLLIN { libc::O_WRONLY } else { libc::O_RDONLY };
        // SAFETY: asks, and changes nothing.
        let mode = unsafe { libc::fcntl(descriptor, libc::F_GETFL) };
        if mode != -1 && mode & libc::O_ACCMODE == wrong_way {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
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

    fn is_terminal(&self) -> bool {
        IsTerminal::is_terminal(&self.0)
    }

    fn descriptor(&self) -> Option<i32> {
        Some(self.0.as_raw_fd())
    }
}

pub(super) fn pipe() -> io::Result<[Box<dyn HostFile>; 2]> {
    let (reader, writer) = io::pipe()?;
    Ok([Box::new(Pipe::from(reader)), Box::new(Pipe::from(writer))])
}

/// The flags of a descriptor, if it is open.
pub(super) fn flags(descriptor: i32) -> Option<i32> {
    // SAFETY: the system checks the number, and nothing changes.
    let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
    (flags != -1).then_some(flags)
}

/// Takes over what the process was born with.
pub(super) fn adopt(descriptor: i32) -> io::Result<Box<dyn HostFile>> {
    match flags(descriptor) {
        Some(flags) if descriptor > libc::STDERR_FILENO && flags & libc::FD_CLOEXEC == 0 => {
            // SAFETY: it is open, and without the mark that all descriptors of the interpreter have; the mark is set
            // now, so it is taken over once.
            let file = unsafe {
                libc::fcntl(descriptor, libc::F_SETFD, flags | libc::FD_CLOEXEC);
                File::from_raw_fd(descriptor)
            };
            Ok(Box::new(Pipe(file)))
        }
        _ => Err(io::Error::from_raw_os_error(libc::EBADF)),
    }
}

pub(super) fn duplicate(descriptor: i32) -> io::Result<Box<dyn HostFile>> {
    Ok(Box::new(Pipe(File::from(duplicate_raw(descriptor)?))))
}

pub(super) fn duplicate_raw(descriptor: i32) -> io::Result<OwnedFd> {
    // SAFETY: the system checks the number; the duplicate belongs to nobody else.
    unsafe {
        match libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) {
            -1 => Err(io::Error::last_os_error()),
            duplicate => Ok(OwnedFd::from_raw_fd(duplicate)),
        }
    }
}

/// A standard stream stays open when a program is started. What was free before can be taken over by [`adopt`].
pub(super) fn duplicate_onto(from: i32, to: i32) -> io::Result<()> {
    // SAFETY: the caller says whose the number is.
    match unsafe { libc::dup2(from, to) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The three numbers are used raw by whoever writes to the streams, so nobody takes a stream that is gone for one of
/// its own.
pub(super) fn close_standard(descriptor: i32) -> io::Result<()> {
    // SAFETY: no file object owns the three numbers.
    match unsafe { libc::close(descriptor) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
