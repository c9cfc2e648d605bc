//! `os.walk`: directories below a directory, one at a time.
//!
//! From the top down, a program may change the list of directories that it was just given, to leave some out: the
//! list is read only when the walk goes on. So the walk keeps the list, not its names.

use std::cell::RefCell;
use std::fs;
use std::io;

use super::path::join;
use crate::heap::Tracer;
use crate::value::{Gc, Iter, List, NativeDef, NativeIter, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const WALK: NativeDef = NativeDef::new(
    "walk(top, topdown=true, onerror=nil, followlinks=false)",
    "Goes through a directory and those below it: for each its path, a list of the directories in it and one of the \
     files. From the top down, what is taken out of the list of directories is not visited.",
    walk,
);

/// What is still to be done, the next thing last.
enum Task {
    Visit(String),
    /// The directories of a list that the program has seen and may have changed.
    Below(String, Value),
    /// Only from the bottom up: a directory whose lists are made and whose directories are done.
    Give(Value),
}

struct Walk {
    tasks: RefCell<Vec<Task>>,
    is_top_down: bool,
    follows_links: bool,
    on_error: Value,
}

/// The names of directories and of other things in a directory.
pub(in crate::stdlib) fn read_directory(path: &str) -> io::Result<(Vec<String>, Vec<String>)> {
    let (mut directories, mut others) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Links to directories are among the directories.
        if entry.path().is_dir() { directories.push(name) } else { others.push(name) }
    }
    Ok((directories, others))
}

impl NativeIter for Walk {
    fn next(&self, vm: &mut Vm) -> Result<Option<Value>, Raised> {
        loop {
            vm.check_interrupt()?;
            let Some(task) = self.tasks.borrow_mut().pop() else { return Ok(None) };
            match task {
                Task::Give(tuple) => return Ok(Some(tuple)),
                Task::Below(path, list) => vm.rooted(&[list], |vm| self.push_below(vm, &path, list))?,
                Task::Visit(path) => {
                    let read = read_directory(&path);
                    let (directories, others) = match read {
                        Ok(found) => found,
                        Err(error) => {
                            if !self.on_error.is_nil() {
                                let Raised(error) = vm.os_error(&error, Some(&path));
                                vm.call(self.on_error, &[error])?;
                            }
                            continue;
                        }
                    };
                    let tuple = lists(vm, &path, &directories, &others);
                    let Some(list) = tuple.items().get(1).copied() else { continue };
                    if self.is_top_down {
                        self.tasks.borrow_mut().push(Task::Below(path, list));
                        return Ok(Some(tuple.value()));
                    }
                    self.tasks.borrow_mut().push(Task::Give(tuple.value()));
                    vm.rooted(&[tuple.value()], |vm| self.push_below(vm, &path, list))?;
                }
            }
        }
    }

    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.on_error);
        for task in self.tasks.borrow().iter() {
            match task {
                Task::Below(_, value) | Task::Give(value) => tracer.mark(*value),
                Task::Visit(_) => {}
            }
        }
    }

    fn class_name(&self) -> &'static str {
        "walk"
    }
}

fn lists(vm: &mut Vm, path: &str, directories: &[String], others: &[String]) -> Gc<Tuple> {
    let root = vm.heap.str(path);
    let [directories, others] = [directories, others].map(|names| {
        let names = names.iter().map(|name| vm.heap.str(name)).collect();
        List::new(&mut vm.heap, names).value()
    });
    Tuple::new(&mut vm.heap, &[root, directories, others])
}

impl Walk {
    fn push_below(&self, vm: &mut Vm, path: &str, list: Value) -> Result<(), Raised> {
        let names = vm.collect_list(list)?;
        let mut visits = Vec::with_capacity(names.len());
        for name in names {
            let below = join(path, super::files::path_text(vm, name)?.as_str());
            let is_link = fs::symlink_metadata(&below).is_ok_and(|data| data.file_type().is_symlink());
            if self.follows_links || !is_link {
                visits.push(Task::Visit(below));
            }
        }
        self.tasks.borrow_mut().extend(visits.into_iter().rev());
        Ok(())
    }
}

fn walk(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let top = super::files::path_text(vm, args.at(0))?.as_str().to_string();
    let is_top_down = vm.truth(args.given(1).unwrap_or(Value::TRUE))?;
    let follows_links = vm.truth(args.given(3).unwrap_or(Value::FALSE))?;
    let walk = Walk {
        tasks: RefCell::new(vec![Task::Visit(top)]),
        is_top_down,
        follows_links,
        on_error: args.or_nil(2),
    };
    Ok(Iter::native(&mut vm.heap, walk).value())
}
