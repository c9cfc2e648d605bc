//! Files and directories that are there for the time being.
//!
//! What is temporary is removed when it is closed, when nobody can reach it any more, or at the end of the program,
//! whichever comes first. So it is an object of its own that whoever uses the file shares.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::{Rc, Weak};

use super::Streams;
use crate::vm::Vm;

/// A path that is removed when nobody holds this any more, or before.
#[derive(Debug)]
pub(in crate::stdlib) struct Temporary {
    path: PathBuf,
    is_directory: bool,
    /// Whether closing the file is the end of it.
    pub(in crate::stdlib) ends_on_close: bool,
    is_removed: Cell<bool>,
}

impl Temporary {
    /// Removes it, if that was not done before. What cannot be removed is left.
    pub(in crate::stdlib) fn remove(&self) {
        if self.is_removed.replace(true) {
            return;
        }
        // Nobody could do anything about a failure.
        let _ = if self.is_directory {
            std::fs::remove_dir_all(&self.path)
        } else {
            std::fs::remove_file(&self.path)
        };
    }

    /// Somebody else has removed it.
    pub(in crate::stdlib) fn forget(&self) {
        self.is_removed.set(true);
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Notes that a path is to be removed.
pub(in crate::stdlib) fn note(
    vm: &mut Vm,
    path: PathBuf,
    is_directory: bool,
    ends_on_close: bool,
) -> Rc<Temporary> {
    let temporary = Rc::new(Temporary { path, is_directory, ends_on_close, is_removed: Cell::new(false) });
    let streams = vm.state::<Streams>();
    let mut all = streams.temporaries.borrow_mut();
    if all.len() == all.capacity() {
        all.retain(|temporary| temporary.strong_count() > 0);
    }
    all.push(Rc::downgrade(&temporary));
    temporary
}

/// In a copy of the process: what is temporary is removed by the one that made it.
pub(in crate::stdlib) fn forget_all(vm: &mut Vm) {
    let inherited = vm.state::<Streams>().temporaries.take();
    for temporary in inherited.iter().filter_map(Weak::upgrade) {
        temporary.forget();
    }
}

/// Removes what is left at the end of a program.
pub(super) fn remove_all(vm: &mut Vm) {
    let left = vm.state::<Streams>().temporaries.take();
    for temporary in left.iter().filter_map(Weak::upgrade) {
        temporary.remove();
    }
}
