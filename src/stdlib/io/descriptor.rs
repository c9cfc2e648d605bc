//! Files that programs know by their number alone: those of pipes, of `dup` and of `mkstemp`, and what the process was
//! born with.
//!
//! What is hard is whose a number is. The three standard streams are the host's; a number may be that of a file object,
//! which must not find its file closed under it by surprise; and what the interpreter has open for its own use is
//! nobody's. So every number is looked up before the system sees it.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::rc::Weak;

use super::Streams;
use super::core::Core;
use super::open::{make_file, parse_opening};
use crate::host::{Host, HostFile, Stream};
use crate::vm::{Args, NativeResult, Raised, Vm};

/// Where a number leads.
enum Place {
    Standard(i32),
    /// The place among the numbered files.
    Numbered(usize),
    /// The place among the open file objects.
    FileObject(usize),
}

fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}

/// Keeps a file that the program is to know by its number; the number.
pub(in crate::stdlib) fn keep(vm: &mut Vm, file: Box<dyn HostFile>) -> Option<i32> {
    let number = file.descriptor()?;
    vm.state::<Streams>().numbered.borrow_mut().push((number, file));
    Some(number)
}

fn find(vm: &mut Vm, number: i64) -> io::Result<Place> {
    let streams = vm.state::<Streams>();
    let number = i32::try_from(number).map_err(|_| bad_descriptor())?;
    if let Some(at) = streams.numbered.borrow().iter().position(|(known, _)| *known == number) {
        return Ok(Place::Numbered(at));
    }
    let is_it = |core: &Weak<RefCell<Core>>| {
        core.upgrade()
            .is_some_and(|core| core.try_borrow().is_ok_and(|core| core.descriptor() == Some(number)))
    };
    if let Some(at) = streams.open.borrow().iter().position(is_it) {
        return Ok(Place::FileObject(at));
    }
    if (0..=2).contains(&number) {
        return Ok(Place::Standard(number));
    }
    let file = vm.host.adopt(number)?;
    let mut numbered = streams.numbered.borrow_mut();
    numbered.push((number, file));
    Ok(Place::Numbered(numbered.len() - 1))
}

/// What a number leads to.
enum Target<'a> {
    Standard(&'a mut dyn Host, i32),
    File(&'a mut dyn HostFile),
}

/// Does something with the file that a number is for, until a signal does not interrupt it any more.
fn with_target<T>(
    vm: &mut Vm,
    number: i64,
    mut work: impl FnMut(Target<'_>) -> io::Result<T>,
) -> Result<T, Raised> {
    loop {
        let result = find(vm, number).and_then(|place| {
            let streams = vm.state::<Streams>();
            match place {
                Place::Standard(number) => work(Target::Standard(&mut *vm.host, number)),
                Place::Numbered(at) => match streams.numbered.borrow_mut().get_mut(at) {
                    Some((_, file)) => work(Target::File(&mut **file)),
                    None => Err(bad_descriptor()),
                },
                Place::FileObject(at) => {
                    let core = streams.open.borrow().get(at).and_then(Weak::upgrade);
                    let Some(core) = core else { return Err(bad_descriptor()) };
                    let Ok(mut core) = core.try_borrow_mut() else { return Err(bad_descriptor()) };
                    core.file().map_or_else(|| Err(bad_descriptor()), |file| work(Target::File(&mut **file)))
                }
            }
        });
        match result {
            Ok(value) => return Ok(value),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => vm.pause()?,
            Err(error) => return Err(vm.os_error(&error, None)),
        }
    }
}

/// Reads once: some bytes, none at the end of the file.
pub(in crate::stdlib) fn read(vm: &mut Vm, number: i64, size: usize) -> Result<Vec<u8>, Raised> {
    // A pipe holds no more; who asks for more than that rarely gets it.
    let mut buffer = vec![0; size.min(1 << 20)];
    let count = with_target(vm, number, |target| match target {
        Target::Standard(host, 0) => host.read(&mut buffer),
        Target::Standard(..) => Err(bad_descriptor()),
        Target::File(file) => file.read(&mut buffer),
    })?;
    buffer.truncate(count);
    Ok(buffer)
}

/// Writes all the bytes, past the buffers of file objects.
pub(in crate::stdlib) fn write(vm: &mut Vm, number: i64, bytes: &[u8]) -> Result<(), Raised> {
    let mut rest = bytes;
    loop {
        let count = with_target(vm, number, |target| match target {
            Target::Standard(host, 1) => host.write(Stream::Out, rest),
            Target::Standard(host, 2) => host.write(Stream::Err, rest),
            Target::Standard(..) => Err(bad_descriptor()),
            Target::File(file) => file.write(rest),
        })?;
        rest = rest.get(count..).unwrap_or(&[]);
        if rest.is_empty() {
            return Ok(());
        }
        // A standard stream that takes a part may have been interrupted.
        vm.pause()?;
    }
}

/// Closes a file that is known by its number.
pub(in crate::stdlib) fn close(vm: &mut Vm, number: i64) -> Result<(), Raised> {
    let streams = vm.state::<Streams>();
    let result = find(vm, number).and_then(|place| match place {
        Place::Standard(number) => vm.host.close_standard(number),
        Place::Numbered(at) => {
            streams.numbered.borrow_mut().swap_remove(at);
            Ok(())
        }
        Place::FileObject(at) => {
            let core = streams.open.borrow().get(at).and_then(Weak::upgrade);
            match core.as_ref().map(|core| core.try_borrow_mut()) {
                Some(Ok(mut core)) => {
                    // The object does not know; what it does with the file from now on fails.
                    if let Some(file) = core.file() {
                        *file = Box::new(ClosedElsewhere);
                    }
                    Ok(())
                }
                _ => Err(bad_descriptor()),
            }
        }
    });
    result.map_err(|error| vm.os_error(&error, None))
}

/// Another number for an open file.
pub(in crate::stdlib) fn duplicate(vm: &mut Vm, number: i64) -> Result<i32, Raised> {
    let result = find(vm, number).and_then(|_| vm.host.duplicate(number as i32));
    match result.map(|file| keep(vm, file)) {
        Ok(Some(number)) => Ok(number),
        Ok(None) => Err(vm.os_error(&bad_descriptor(), None)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

/// Makes one number lead to the file that another leads to.
pub(in crate::stdlib) fn duplicate_onto(vm: &mut Vm, from: i64, to: i64) -> Result<(), Raised> {
    let result = find(vm, from).and_then(|_| {
        let (from, to) = (from as i32, i32::try_from(to).map_err(|_| bad_descriptor())?);
        // Its own, if it is open at all.
        if find(vm, i64::from(to)).is_err() && vm.host.is_open(to) {
            return Err(bad_descriptor());
        }
        vm.host.duplicate_onto(from, to)
    });
    result.map_err(|error| vm.os_error(&error, None))
}

/// Whether a number leads to a terminal.
pub(in crate::stdlib) fn is_terminal(vm: &mut Vm, number: i64) -> bool {
    let result = with_target(vm, number, |target| {
        Ok(match target {
            Target::Standard(host, 0) => host.input_is_terminal(),
            Target::Standard(host, 1) => host.is_terminal(Stream::Out),
            Target::Standard(host, _) => host.is_terminal(Stream::Err),
            Target::File(file) => file.is_terminal(),
        })
    });
    result.unwrap_or(false)
}

/// `open(number, …)`, with the other arguments of `open`. A standard stream, and the file of another object, get a
/// number of their own, so that closing one does not close the other.
pub(in crate::stdlib) fn open(vm: &mut Vm, args: Args<'_>, number: i64) -> NativeResult {
    let opening = parse_opening(vm, args, [1, 2, 3, 4, 5], "r")?;
    let file = find(vm, number).and_then(|place| match place {
        Place::Numbered(at) => Ok(vm.state::<Streams>().numbered.borrow_mut().swap_remove(at).1),
        Place::Standard(_) | Place::FileObject(_) => vm.host.duplicate(number as i32),
    });
    match file {
        Ok(file) => make_file(vm, file, &opening, args.at(0), None),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

/// In the place of a file whose number was closed.
#[derive(Debug)]
struct ClosedElsewhere;

impl Read for ClosedElsewhere {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(bad_descriptor())
    }
}

impl Write for ClosedElsewhere {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(bad_descriptor())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(bad_descriptor())
    }
}

impl Seek for ClosedElsewhere {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(bad_descriptor())
    }
}

impl HostFile for ClosedElsewhere {
    fn set_len(&mut self, _: u64) -> io::Result<()> {
        Err(bad_descriptor())
    }
}
