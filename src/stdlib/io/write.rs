//! Writing: `write`, `writelines`, `flush`, `truncate`.

use super::codec::encode;
use super::file::{CLOSED, File, receiver};
use crate::value::{Bytes, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

/// Puts text into a file's buffer as its encoding says, and writes what is due.
pub(super) fn write_text(vm: &mut Vm, file: &File, text: &str) -> Result<(), Raised> {
    let Some(mode) = file.text else { return Ok(()) };
    put(vm, file, |buffer| encode(text, mode.encoding, mode.errors, mode.newline, buffer))?;
    settle(vm, file)
}

/// Fills the buffer, after going back to where a program that has been reading thinks it is.
fn put(
    vm: &mut Vm,
    file: &File,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), String>,
) -> Result<(), Raised> {
    file.with(vm, |core, _| core.leave_reading())?;
    let result = match file.core.try_borrow_mut() {
        Ok(mut core) => fill(core.buffer()),
        Err(_) => Ok(()),
    };
    result.map_err(|message| vm.error(Exc::UnicodeEncodeError, message))
}

/// Writes what is due.
pub(super) fn settle(vm: &mut Vm, file: &File) -> Result<(), Raised> {
    file.with(vm, |core, host| core.settle(host))
}

/// Writes everything.
pub(super) fn flush_file(vm: &mut Vm, file: &File) -> Result<(), Raised> {
    file.check_open(vm, CLOSED)?;
    file.with(vm, |core, host| core.flush(host))
}

/// Writes a value as `write` does; how much that was.
pub(super) fn write_value_to(vm: &mut Vm, file: &File, value: Value) -> NativeResult {
    match file.text {
        Some(_) => {
            let Some(text) = value.as_str() else {
                let class = vm.type_name(value);
                return Err(vm.type_error(format!("write() argument must be str, not {class}")));
            };
            file.check_writable(vm)?;
            let count = text.chars();
            write_text(vm, file, text.as_str())?;
            Ok(Value::len(count))
        }
        None => {
            file.check_writable(vm)?;
            let Some(bytes) = value.as_object::<Bytes>() else {
                let class = vm.type_name(value);
                return Err(vm.type_error(format!("a bytes-like object is required, not '{class}'")));
            };
            put(vm, file, |buffer| {
                buffer.extend_from_slice(&bytes.data);
                Ok(())
            })?;
            let count = bytes.data.len();
            settle(vm, file)?;
            Ok(Value::len(count))
        }
    }
}

pub(super) fn write(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    write_value_to(vm, file, args.at(1))
}

pub(super) fn writelines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open(vm, CLOSED)?;
    file.check_writable(vm)?;
    vm.for_each(args.at(1), |vm, line| write_value_to(vm, file, line).map(|_| true))?;
    Ok(Value::NIL)
}

pub(super) fn flush(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    flush_file(vm, file)?;
    Ok(Value::NIL)
}

pub(super) fn truncate(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open(vm, "truncate of closed file")?;
    file.check_writable(vm)?;
    let size = match args.given(1).filter(|size| !size.is_nil()) {
        Some(size) => vm.expect_index(size)?,
        None => file.with(vm, |core, host| core.tell(host))? as i64,
    };
    let Ok(len) = u64::try_from(size) else {
        return Err(vm.os_error(&std::io::Error::from_raw_os_error(libc::EINVAL), None));
    };
    file.with(vm, |core, host| core.flush(host).and_then(|()| core.set_len(len)))?;
    Ok(vm.heap.int(size))
}
