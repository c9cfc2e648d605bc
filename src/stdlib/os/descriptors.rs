//! Open files by their numbers: pipes, and what makes use of them.

use super::super::io::descriptor;
use crate::value::{Bytes, NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const PIPE: NativeDef = NativeDef::new(
    "pipe()",
    "A new pipe: a tuple of the descriptors to read from and to write to. Programs that are started do not get them.",
    pipe,
);
pub(super) const READ: NativeDef = NativeDef::new(
    "read(fd, length, /)",
    "At most so many bytes, as many as there are at once; none at the end. Waits for the first.",
    read,
);
pub(super) const WRITE: NativeDef = NativeDef::new(
    "write(fd, data, /)",
    "Writes bytes, past the buffers of file objects; how many, and that is all of them.",
    write,
);
pub(super) const CLOSE: NativeDef = NativeDef::new("close(fd)", "Closes a descriptor.", close);
pub(super) const DUP: NativeDef = NativeDef::new("dup(fd, /)", "Another descriptor for the same file.", dup);
pub(super) const DUP2: NativeDef = NativeDef::new(
    "dup2(fd, fd2)",
    "Makes `fd2` a descriptor for the file of `fd`, and closes what it was for; returns it. With 0, 1 or 2 this redirects a \
     standard stream; what was printed before still goes where it went.",
    dup2,
);
pub(super) const ISATTY: NativeDef =
    NativeDef::new("isatty(fd, /)", "Whether a descriptor is for a terminal.", isatty);
pub(super) const FDOPEN: NativeDef = NativeDef::new(
    "fdopen(fd, mode='r', buffering=-1, encoding=nil, errors=nil, newline=nil)",
    "A file object for a descriptor, which belongs to it from now on; as `open`. For a standard stream it has a descriptor \
     of its own.",
    fdopen,
);

/// A descriptor, which CPython takes for a C int.
pub(super) fn number(vm: &mut Vm, value: Value) -> Result<i64, Raised> {
    let number = vm.expect_index(value)?;
    match i32::try_from(number) {
        Ok(number) => Ok(i64::from(number)),
        Err(_) if number < 0 => Err(vm.overflow_error("fd is less than minimum")),
        Err(_) => Err(vm.overflow_error("fd is greater than maximum")),
    }
}

fn pipe(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let ends = match vm.host.pipe() {
        Ok(ends) => ends,
        Err(error) => return Err(vm.os_error(&error, None)),
    };
    let ends = ends.map(|end| descriptor::keep(vm, end).map_or(Value::NIL, Value::int32));
    Ok(Tuple::new(&mut vm.heap, &ends).value())
}

fn read(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let fd = number(vm, args.at(0))?;
    let Ok(size) = usize::try_from(vm.expect_index(args.at(1))?) else {
        return Err(vm.os_error(&std::io::Error::from_raw_os_error(libc::EINVAL), None));
    };
    let bytes = descriptor::read(vm, fd, size)?;
    Ok(Bytes::new(&mut vm.heap, bytes).value())
}

fn write(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let fd = number(vm, args.at(0))?;
    let Some(bytes) = args.at(1).as_object::<Bytes>() else {
        let class = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("a bytes-like object is required, not '{class}'")));
    };
    descriptor::write(vm, fd, &bytes.data)?;
    Ok(Value::len(bytes.data.len()))
}

fn close(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let fd = number(vm, args.at(0))?;
    descriptor::close(vm, fd)?;
    Ok(Value::NIL)
}

fn dup(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let fd = number(vm, args.at(0))?;
    descriptor::duplicate(vm, fd).map(Value::int32)
}

fn dup2(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (number(vm, args.at(0))?, number(vm, args.at(1))?);
    if (1..=2).contains(&to) {
        super::super::io::flush_all(vm)?;
    }
    descriptor::duplicate_onto(vm, from, to)?;
    Ok(args.at(1))
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let fd = number(vm, args.at(0))?;
    Ok(Value::bool(descriptor::is_terminal(vm, fd)))
}

fn fdopen(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.at(0).as_int() {
        Some(number) => descriptor::open(vm, args, number),
        None => Err(vm.type_error("invalid fd type, expected integer")),
    }
}
