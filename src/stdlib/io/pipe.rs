//! What `subprocess` does with the files of pipes: a piece at a time, without waiting.

use std::io;

use super::Streams;
use super::core::Core;
use super::file::File;
use crate::value::Value;
use crate::vm::{Raised, Vm};

/// The system's number for an open file; none for what is closed or no file.
pub(in crate::stdlib) fn descriptor(file: Value) -> Option<i32> {
    file.foreign::<File>()?.core.try_borrow().ok()?.descriptor()
}

fn with<T>(
    vm: &mut Vm,
    file: Value,
    work: impl FnOnce(&mut Core, &mut Vm) -> io::Result<T>,
) -> io::Result<T> {
    let core = file.foreign::<File>().and_then(|file| file.core.try_borrow_mut().ok());
    match core {
        Some(mut core) => work(&mut core, vm),
        None => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// What was read ahead, else what one read gives; nothing at the end.
pub(in crate::stdlib) fn read_ready(vm: &mut Vm, file: Value) -> io::Result<Vec<u8>> {
    with(vm, file, |core, vm| {
        if core.ahead().is_empty() {
            core.fill(&mut *vm.host)?;
        }
        let bytes = core.ahead().to_vec();
        core.take(bytes.len());
        Ok(bytes)
    })
}

/// Writes some of the bytes, after what the program has written before; how many.
pub(in crate::stdlib) fn write_ready(vm: &mut Vm, file: Value, bytes: &[u8]) -> io::Result<usize> {
    with(vm, file, |core, vm| {
        core.flush(&mut *vm.host)?;
        if bytes.is_empty() { Ok(0) } else { core.write_now(&mut *vm.host, bytes) }
    })
}

/// Closes a file that nothing is written to any more. What could not be written is given up.
pub(in crate::stdlib) fn close_quietly(vm: &mut Vm, file: Value) -> Result<(), Raised> {
    if let Some(object) = file.foreign::<File>() {
        if let Ok(mut core) = object.core.try_borrow_mut() {
            core.abandon();
        }
        vm.state::<Streams>().remove(&object.core);
    }
    Ok(())
}
