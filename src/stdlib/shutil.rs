//! `shutil`: files and directories as a whole.
//!
//! What is hard: a tree may change while it is gone through, and links may lead anywhere. A link to a directory is
//! never gone through to remove what is in it; copies follow links, as Python's do.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::namedtuple;
use super::os::files::{answer, path_text};
use super::os::path::{join, split};
use super::os::variable;
use super::os::walk::read_directory;
use rustix::fs::{AtFlags, Timespec};

use crate::heap::Tracer;
use crate::host::Stream;
use crate::text::quote::repr_str;
use crate::value::{Class, Gc, Layout, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "shutil",
    doc: "Files and directories as a whole. Left out: `copymode`, `copyfileobj`, keeping links as links, patterns of what \
          to ignore, owners, and archives.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("copy(src, dst)", "Copies a file and its rights to a path or into a directory.", copy),
    NativeDef::new(
        "copy2(src, dst)",
        "Copies a file, its rights and its times to a path or into a directory.",
        copy_with_times,
    ),
    NativeDef::new(
        "copystat(src, dst)",
        "Gives a file or directory the rights and times of another.",
        copy_stat,
    ),
    NativeDef::new("copyfile(src, dst)", "Copies what is in a file.", copy_file),
    NativeDef::new(
        "copytree(src, dst, *, dirs_exist_ok=false)",
        "Copies a directory and everything below it.",
        copy_tree,
    ),
    NativeDef::new(
        "disk_usage(path)",
        "The bytes of a file system: a tuple of total, used and free.",
        disk_usage,
    ),
    NativeDef::new(
        "get_terminal_size(fallback=nil)",
        "The columns and lines of the terminal; `COLUMNS` and `LINES` say otherwise. Without a terminal the \
         fallback, (80, 24).",
        get_terminal_size,
    ),
    NativeDef::new("move(src, dst)", "Moves a file or directory to a path or into a directory.", move_to),
    NativeDef::new(
        "rmtree(path, ignore_errors=false)",
        "Removes a directory and everything below it.",
        remove_tree,
    ),
    NativeDef::new(
        "which(cmd, mode=1, path=nil)",
        "The path of the program that a command would run, or nil.",
        which,
    ),
];

/// `Error`, `SameFileError`, and the class of a terminal's size.
#[derive(Default)]
struct Errors(Cell<Option<[Gc<Class>; 3]>>);

impl StdlibState for Errors {
    fn trace(&self, tracer: &mut Tracer) {
        for class in self.0.get().into_iter().flatten() {
            tracer.mark(class.value());
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let base = vm.exception_class(Exc::OSError);
    let name = vm.heap.intern("Error");
    let error = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
    module.add_slot(name, error.value());
    vm.describe(error, "What went wrong with several files, or with a request that makes no sense.");
    let name = vm.heap.intern("SameFileError");
    let same = Class::new(&mut vm.heap, name, Some(error), Layout::Exception);
    module.add_slot(name, same.value());
    vm.describe(same, "A file was to be copied to itself.");
    let fields = ["columns", "lines"].map(|field| vm.heap.intern(field).value());
    let size = namedtuple::new_class(vm, "os.terminal_size", &fields, &[]);
    vm.state::<Errors>().0.set(Some([error, same, size]));
    Ok(())
}

/// An error that is the module's own: the first class, or the second for a file that is two.
fn own_error(vm: &mut Vm, which: usize, message: &str) -> Raised {
    match vm.state::<Errors>().0.get() {
        Some(classes) => {
            let message = vm.heap.str(message);
            Raised(vm.new_exception(classes[which], &[message]).value())
        }
        None => vm.error(Exc::OSError, message),
    }
}

/// A path that the system can be asked about.
fn path(vm: &mut Vm, args: Args<'_>, at: usize) -> Result<String, Raised> {
    let text = path_text(vm, args.at(at))?;
    if text.as_str().contains('\0') {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(text.as_str().to_string())
}

fn is_same(from: &str, to: &str) -> bool {
    match (fs::metadata(from), fs::metadata(to)) {
        (Ok(a), Ok(b)) => a.dev() == b.dev() && a.ino() == b.ino(),
        _ => false,
    }
}

/// Copies what is in a file, a piece at a time so that a signal is heard.
fn copy_bytes(vm: &mut Vm, from: &str, to: &str) -> Result<(), Raised> {
    const PIECE: u64 = 1 << 22;
    if is_same(from, to) {
        let message = format!("{} and {} are the same file", repr_str(from), repr_str(to));
        return Err(own_error(vm, 1, &message));
    }
    let opened = File::open(from);
    let mut source = answer(vm, opened, from)?;
    if source.metadata().is_ok_and(|data| data.is_dir()) {
        let error = io::Error::from_raw_os_error(libc::EISDIR);
        return Err(vm.os_error(&error, Some(from)));
    }
    let opened = File::create(to);
    let mut target = answer(vm, opened, to)?;
    loop {
        vm.check_interrupt()?;
        let copied = io::copy(&mut io::Read::take(&mut source, PIECE), &mut target);
        if answer(vm, copied, from)? == 0 {
            return Ok(());
        }
    }
}

fn copy_file(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
    copy_bytes(vm, &from, &to)?;
    Ok(args.at(1))
}

/// Gives a path the times and then the rights of another.
fn take_times_and_rights(vm: &mut Vm, from: &str, to: &str) -> Result<(), Raised> {
    let data = answer(vm, fs::metadata(from), from)?;
    let timestamps = rustix::fs::Timestamps {
        last_access: Timespec { tv_sec: data.atime(), tv_nsec: data.atime_nsec() },
        last_modification: Timespec { tv_sec: data.mtime(), tv_nsec: data.mtime_nsec() },
    };
    let done = rustix::fs::utimensat(rustix::fs::CWD, to, &timestamps, AtFlags::empty())
        .map_err(io::Error::from)
        .and_then(|()| fs::set_permissions(to, data.permissions()));
    answer(vm, done, to)
}

fn copy_stat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
    take_times_and_rights(vm, &from, &to)?;
    Ok(Value::NIL)
}

fn copy_with_all(vm: &mut Vm, from: &str, to: &str) -> Result<(), Raised> {
    copy_bytes(vm, from, to)?;
    take_times_and_rights(vm, from, to)
}

fn copy_with_rights(vm: &mut Vm, from: &str, to: &str) -> Result<(), Raised> {
    copy_bytes(vm, from, to)?;
    let done = fs::metadata(from).and_then(|data| fs::set_permissions(to, data.permissions()));
    answer(vm, done, to)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    copy_into(vm, args, copy_with_rights)
}

fn copy_with_times(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    copy_into(vm, args, copy_with_all)
}

/// Copies a file to a path or into a directory; where it came to be.
fn copy_into(
    vm: &mut Vm,
    args: Args<'_>,
    copy: fn(&mut Vm, &str, &str) -> Result<(), Raised>,
) -> NativeResult {
    let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
    if !Path::new(&to).is_dir() {
        copy(vm, &from, &to)?;
        return Ok(args.at(1));
    }
    let to = join(&to, split(&from).1);
    copy(vm, &from, &to)?;
    Ok(vm.heap.str(&to))
}

/// Copies a tree: the directories in the order in which they are found, each before what is in it.
fn copy_below(vm: &mut Vm, from: &str, to: &str, exist_ok: bool) -> Result<(), Raised> {
    let mut waiting = vec![(from.to_string(), to.to_string())];
    let mut made = Vec::new();
    while let Some((from, to)) = waiting.pop() {
        vm.check_interrupt()?;
        let read = read_directory(&from);
        let (directories, others) = answer(vm, read, &from)?;
        let is_there = exist_ok && Path::new(&to).is_dir();
        if !is_there {
            let made = fs::create_dir_all(Path::new(&to).parent().unwrap_or(Path::new("")))
                .and_then(|()| fs::create_dir(&to));
            answer(vm, made, &to)?;
        }
        for name in others {
            copy_with_all(vm, &join(&from, &name), &join(&to, &name))?;
        }
        waiting.extend(directories.iter().map(|name| (join(&from, name), join(&to, name))));
        made.push((from, to));
    }
    // What is put into a directory changes its time, and may need rights that it is not to have.
    while let Some((from, to)) = made.pop() {
        take_times_and_rights(vm, &from, &to)?;
    }
    Ok(())
}

/// Whether a path is a directory or below it, links followed.
fn is_below(path: &str, directory: &str) -> bool {
    // What is not there yet is where its parent is.
    let real = |path: &str| -> Option<PathBuf> {
        let bare = path.trim_end_matches('/');
        let (head, tail) = split(bare);
        fs::canonicalize(path)
            .or_else(|_| fs::canonicalize(if head.is_empty() { "." } else { head }).map(|p| p.join(tail)))
            .ok()
    };
    matches!((real(path), real(directory)), (Some(path), Some(directory)) if path.starts_with(&directory))
}

fn copy_tree(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
    let exist_ok = vm.truth(args.given(2).unwrap_or(Value::FALSE))?;
    if Path::new(&from).is_dir() && is_below(&to, &from) && (exist_ok || !Path::new(&to).exists()) {
        // The copy would be copied again and again.
        let message = format!("Cannot copy a directory {} into itself {}.", repr_str(&from), repr_str(&to));
        return Err(own_error(vm, 0, &message));
    }
    copy_below(vm, &from, &to, exist_ok)?;
    Ok(args.at(1))
}

fn remove_tree(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path(vm, args, 0)?;
    let ignores_errors = vm.truth(args.given(1).unwrap_or(Value::FALSE))?;
    let result = remove_below(vm, &path);
    match result {
        Err(Raised(error))
            if ignores_errors && vm.halted().is_none() && vm.is_exception(error, Exc::OSError) =>
        {
            Ok(Value::NIL)
        }
        result => result.map(|()| Value::NIL),
    }
}

fn remove_below(vm: &mut Vm, path: &str) -> Result<(), Raised> {
    let data = fs::symlink_metadata(path.trim_end_matches('/'));
    if data.is_ok_and(|data| data.file_type().is_symlink()) {
        return Err(vm.error(Exc::OSError, "Cannot call rmtree on a symbolic link"));
    }
    let removed = match fs::metadata(path) {
        Ok(data) if !data.is_dir() => Err(io::Error::from_raw_os_error(libc::ENOTDIR)),
        _ => fs::remove_dir_all(path),
    };
    answer(vm, removed, path)
}

fn move_to(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = (path(vm, args, 0)?, path(vm, args, 1)?);
    let mut target = to.clone();
    if Path::new(&to).is_dir() && !is_same(&from, &to) {
        target = join(&to, split(from.trim_end_matches('/')).1);
        if Path::new(&target).exists() {
            return Err(own_error(vm, 0, &format!("Destination path '{target}' already exists")));
        }
    }
    match fs::rename(&from, &target) {
        Ok(()) => {}
        // Another file system, or a directory into itself; what else is wrong the copy finds out.
        Err(_) => {
            let is_directory = fs::symlink_metadata(&from).is_ok_and(|data| data.is_dir());
            if is_directory && is_below(&target, &from) {
                let message = format!("Cannot move a directory '{from}' into itself '{to}'.");
                return Err(own_error(vm, 0, &message));
            }
            if is_directory {
                copy_below(vm, &from, &target, false)?;
                remove_below(vm, &from)?;
            } else {
                copy_with_all(vm, &from, &target)?;
                let removed = fs::remove_file(&from);
                answer(vm, removed, &from)?;
            }
        }
    }
    Ok(vm.heap.str(&target))
}

fn get_terminal_size(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut sizes = [0; 2];
    for (size, name) in sizes.iter_mut().zip(["COLUMNS", "LINES"]) {
        *size = variable(vm, name)?.and_then(|text| text.trim().parse().ok()).unwrap_or(0_i64);
    }
    let mut sizes = sizes.map(|size| vm.heap.int(size));
    let is_given = |size: &Value| size.as_int().is_some_and(|size| size > 0);
    if !sizes.iter().all(is_given) {
        let fallback = match vm.host.terminal_size(Stream::Out) {
            Some((columns, lines)) => [Value::int32(columns.into()), Value::int32(lines.into())],
            None if args.or_nil(0).is_nil() => [Value::int32(80), Value::int32(24)],
            None => match vm.unpack(args.at(0), 2)?.as_slice() {
                [columns, lines] => [*columns, *lines],
                _ => return Err(vm.value_error("the fallback must be two numbers")),
            },
        };
        for (size, fallback) in sizes.iter_mut().zip(fallback).filter(|(size, _)| !is_given(size)) {
            *size = fallback;
        }
    }
    match vm.state::<Errors>().0.get() {
        Some([_, _, class]) => Ok(Tuple::of_class(&mut vm.heap, &sizes, class).value()),
        None => Ok(Tuple::new(&mut vm.heap, &sizes).value()),
    }
}

fn disk_usage(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path(vm, args, 0)?;
    let found = rustix::fs::statvfs(&path).map_err(io::Error::from);
    let found = answer(vm, found, &path)?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
    let numbers = [found.f_blocks, found.f_blocks.saturating_sub(found.f_bfree), found.f_bavail];
    let numbers = numbers.map(|blocks| vm.heap.int(bytes(blocks)));
    Ok(Tuple::new(&mut vm.heap, &numbers).value())
}

fn which(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let command = path(vm, args, 0)?;
    let mode = match args.given(1) {
        Some(mode) => u32::try_from(vm.expect_index(mode)?).unwrap_or(1),
        None => 1,
    };
    let access = rustix::fs::Access::from_bits_truncate(mode);
    let fits = |path: &str| {
        fs::metadata(path).is_ok_and(|data| !data.is_dir() && data.permissions().mode() != 0)
            && rustix::fs::access(path, access).is_ok()
    };
    if command.contains('/') {
        return Ok(if fits(&command) { args.at(0) } else { Value::NIL });
    }
    let path = match args.or_nil(2) {
        path if path.is_nil() => variable(vm, "PATH")?.unwrap_or_else(|| "/bin:/usr/bin".to_string()),
        path => path_text(vm, path)?.as_str().to_string(),
    };
    let mut directories = path.split(':').filter(|_| !path.is_empty());
    match directories.find_map(|directory| Some(join(directory, &command)).filter(|path| fits(path))) {
        Some(path) => Ok(vm.heap.str(&path)),
        None => Ok(Value::NIL),
    }
}
