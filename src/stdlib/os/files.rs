//! Files and directories as the system keeps them.
//!
//! Every function takes its paths as texts. What the system refuses becomes an `OSError` of the fitting class with
//! the path that the program gave.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use rustix::fs::Access;

use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, ForeignData, Gc, List, NativeDef, Str, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const LISTDIR: NativeDef = NativeDef::new(
    "listdir(path=nil)",
    "The names in a directory, the current one by default, in no certain order.",
    listdir,
);
pub(super) const MKDIR: NativeDef = NativeDef::new("mkdir(path, mode=0o777)", "Makes a directory.", mkdir);
pub(super) const MAKEDIRS: NativeDef = NativeDef::new(
    "makedirs(name, mode=0o777, exist_ok=false)",
    "Makes a directory and those above it that are missing.",
    makedirs,
);
pub(super) const REMOVE: NativeDef = NativeDef::new("remove(path)", "Removes a file.", remove);
pub(super) const UNLINK: NativeDef = NativeDef::new("unlink(path)", "Removes a file, as `remove`.", unlink);
pub(super) const RMDIR: NativeDef = NativeDef::new("rmdir(path)", "Removes an empty directory.", rmdir);
pub(super) const REMOVEDIRS: NativeDef = NativeDef::new(
    "removedirs(name)",
    "Removes an empty directory, then those above it until one is not empty.",
    removedirs,
);
pub(super) const RENAME: NativeDef = NativeDef::new(
    "rename(src, dst)",
    "Renames a file or directory; a file of the new name is replaced.",
    rename,
);
pub(super) const REPLACE: NativeDef =
    NativeDef::new("replace(src, dst)", "Renames a file or directory, as `rename`.", replace);
pub(super) const STAT: NativeDef =
    NativeDef::new("stat(path)", "What the system knows about a file: its size, its times, its kind.", stat);
pub(super) const LSTAT: NativeDef =
    NativeDef::new("lstat(path)", "As `stat`, but about a symbolic link itself.", lstat);
pub(super) const GETCWD: NativeDef = NativeDef::new("getcwd()", "The current directory.", getcwd);
pub(super) const CHDIR: NativeDef =
    NativeDef::new("chdir(path)", "Makes another directory the current one.", chdir);
pub(super) const ACCESS: NativeDef = NativeDef::new(
    "access(path, mode)",
    "Whether the program may do what the mode says: the sum of `R_OK`, `W_OK` and `X_OK`, or `F_OK`.",
    access,
);
pub(super) const FSPATH: NativeDef = NativeDef::new("fspath(path)", "The path itself, if it is one.", fspath);

/// A path as a text. The error names the function, as the system calls of Python do.
pub(in crate::stdlib) fn path_argument(vm: &mut Vm, value: Value, function: &str) -> Result<Gc<Str>, Raised> {
    let Some(text) = value.as_str() else {
        let class = vm.type_name(value);
        let kinds = match function {
            "stat" | "chdir" | "chmod" | "utime" => "string, bytes, os.PathLike or integer",
            "listdir" => "string, bytes, os.PathLike, integer or nil",
            _ => "string, bytes or os.PathLike",
        };
        return Err(vm.type_error(format!("{function}: path should be {kinds}, not {class}")));
    };
    if text.as_str().contains('\0') {
        return Err(vm.value_error(format!("{function}: embedded null character in path")));
    }
    Ok(text)
}

/// A path as a text, for functions that are no system calls.
pub(in crate::stdlib) fn path_text(vm: &mut Vm, value: Value) -> Result<Gc<Str>, Raised> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => {
            let class = vm.type_name(value);
            Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {class}")))
        }
    }
}

/// What the system answered about a path.
pub(in crate::stdlib) fn answer<T>(vm: &mut Vm, result: io::Result<T>, path: &str) -> Result<T, Raised> {
    result.map_err(|error| vm.os_error(&error, Some(path)))
}

/// An error about two paths shows both.
pub(super) fn answer_about_two<T>(
    vm: &mut Vm,
    result: io::Result<T>,
    from: &str,
    to: &str,
) -> Result<T, Raised> {
    result.map_err(|error| vm.os_error_between(&error, Some(from), Some(to)))
}

fn fspath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if args.at(0).as_object::<Bytes>().is_some() {
        return Ok(args.at(0));
    }
    path_text(vm, args.at(0)).map(Gc::value)
}

/// The names in a directory.
pub(in crate::stdlib) fn names_in(path: &str) -> io::Result<Vec<String>> {
    fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn listdir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = match args.or_nil(0) {
        path if path.is_nil() => ".".to_string(),
        path => path_argument(vm, path, "listdir")?.as_str().to_string(),
    };
    let names = names_in(&path);
    let names = answer(vm, names, &path)?;
    let names = names.iter().map(|name| vm.heap.str(name)).collect();
    Ok(List::new(&mut vm.heap, names).value())
}

fn mode_argument(vm: &mut Vm, args: Args<'_>, at: usize) -> Result<u32, Raised> {
    let Some(mode) = args.given(at) else { return Ok(0o777) };
    let mode = vm.expect_index(mode)?;
    // As a C int, whose upper bits the system ignores.
    match i32::try_from(mode) {
        Ok(mode) => Ok(mode as u32 & 0o7777),
        Err(_) => Err(vm.overflow_error("int too large to convert to C int")),
    }
}

fn make(path: &str, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().mode(mode).create(path)
}

fn mkdir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "mkdir")?;
    let mode = mode_argument(vm, args, 1)?;
    let made = make(path.as_str(), mode);
    answer(vm, made, path.as_str())?;
    Ok(Value::NIL)
}

fn makedirs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    path_text(vm, args.at(0))?;
    let path = path_argument(vm, args.at(0), "mkdir")?;
    let path = path.as_str().to_string();
    let mode = mode_argument(vm, args, 1)?;
    let exist_ok = vm.truth(args.given(2).unwrap_or(Value::FALSE))?;
    let bare = match path.trim_end_matches('/') {
        "" => path.as_str(),
        bare => bare,
    };
    // The directories above, outermost first. They get the usual mode.
    let above: Vec<&Path> =
        Path::new(bare).ancestors().skip(1).filter(|p| !p.as_os_str().is_empty()).collect();
    for directory in above.into_iter().rev() {
        if !directory.exists() {
            let shown = directory.to_string_lossy().into_owned();
            match make(&shown, 0o777) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => answer(vm, made, &shown)?,
            }
        }
    }
    match make(&path, mode) {
        Err(_) if exist_ok && Path::new(&path).is_dir() => {}
        made => answer(vm, made, &path)?,
    }
    Ok(Value::NIL)
}

fn remove(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    remove_file(vm, args, "remove")
}

fn unlink(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    remove_file(vm, args, "unlink")
}

fn remove_file(vm: &mut Vm, args: Args<'_>, name: &str) -> NativeResult {
    let path = path_argument(vm, args.at(0), name)?;
    let removed = fs::remove_file(path.as_str());
    answer(vm, removed, path.as_str())?;
    Ok(Value::NIL)
}

fn rmdir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "rmdir")?;
    let removed = fs::remove_dir(path.as_str());
    answer(vm, removed, path.as_str())?;
    Ok(Value::NIL)
}

fn removedirs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    rmdir(vm, args)?;
    let path = path_text(vm, args.at(0))?;
    let bare = path.as_str().trim_end_matches('/');
    for directory in Path::new(bare).ancestors().skip(1).filter(|p| !p.as_os_str().is_empty()) {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(Value::NIL)
}

fn rename(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    move_to(vm, args, "rename")
}

fn replace(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    move_to(vm, args, "replace")
}

/// The paths that something leads from and to.
pub(super) fn two_paths(vm: &mut Vm, args: Args<'_>, name: &str) -> Result<(Gc<Str>, Gc<Str>), Raised> {
    let paths = [(0, "src"), (1, "dst")];
    for (at, which) in paths {
        if args.at(at).as_str().is_none() {
            let class = vm.type_name(args.at(at));
            let message = format!("{name}: {which} should be string, bytes or os.PathLike, not {class}");
            return Err(vm.type_error(message));
        }
        if args.at(at).as_str().is_some_and(|text| text.as_str().contains('\0')) {
            return Err(vm.value_error(format!("{name}: embedded null character in {which}")));
        }
    }
    Ok((path_text(vm, args.at(0))?, path_text(vm, args.at(1))?))
}

fn move_to(vm: &mut Vm, args: Args<'_>, name: &str) -> NativeResult {
    let (from, to) = two_paths(vm, args, name)?;
    let moved = fs::rename(from.as_str(), to.as_str());
    answer_about_two(vm, moved, from.as_str(), to.as_str())?;
    Ok(Value::NIL)
}

fn getcwd(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    match std::env::current_dir() {
        Ok(path) => Ok(vm.heap.str(&path.to_string_lossy())),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn chdir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "chdir")?;
    let start = std::env::current_dir().ok();
    let changed = std::env::set_current_dir(path.as_str());
    answer(vm, changed, path.as_str())?;
    // The program's files are still imported from where they are.
    vm.started_in = vm.started_in.take().or(start);
    Ok(Value::NIL)
}

fn access(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "access")?;
    let mode = vm.expect_index(args.at(1))?;
    let Ok(mode) = u32::try_from(mode) else { return Ok(Value::FALSE) };
    let Some(mode) = Access::from_bits(mode) else { return Ok(Value::FALSE) };
    Ok(Value::bool(rustix::fs::access(path.as_str(), mode).is_ok()))
}

// What `stat` answers.

struct Stat(Metadata);

const STAT_METHODS: &[NativeDef] =
    &[NativeDef::new("repr(self, /)", "A text for people who program.", repr_stat)];

/// In the order of Python's text of it.
const SHOWN: [&str; 10] = [
    "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "st_atime", "st_mtime",
    "st_ctime",
];

/// The class of what `stat` answers.
pub(super) fn stat_class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| {
        let class = vm.new_native_class("stat_result", STAT_METHODS);
        vm.describe(
            class,
            "What `stat` returns. Its attributes are `st_mode`, `st_ino`, `st_dev`, `st_nlink`, `st_uid`, `st_gid`, `st_size`, \
             and the times `st_atime`, `st_mtime`, `st_ctime`, each also as an int with `_ns` behind it.",
        );
        class
    })
}

impl Stat {
    fn whole(&self, name: &str) -> Option<i64> {
        let data = &self.0;
        Some(match name {
            "st_mode" => data.mode().into(),
            "st_ino" => data.ino() as i64,
            "st_dev" => data.dev() as i64,
            "st_nlink" => data.nlink() as i64,
            "st_uid" => data.uid().into(),
            "st_gid" => data.gid().into(),
            "st_size" => data.size() as i64,
            "st_blocks" => data.blocks() as i64,
            "st_blksize" => data.blksize() as i64,
            "st_atime_ns" => nanoseconds(data.atime(), data.atime_nsec()),
            "st_mtime_ns" => nanoseconds(data.mtime(), data.mtime_nsec()),
            "st_ctime_ns" => nanoseconds(data.ctime(), data.ctime_nsec()),
            _ => return None,
        })
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

pub(super) fn seconds(seconds: i64, rest: i64) -> f64 {
    seconds as f64 + rest as f64 * 1e-9
}

impl ForeignData for Stat {
    fn trace(&self, _: &mut Tracer) {}

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let data = &self.0;
        Some(match name {
            "st_atime" => Value::float(seconds(data.atime(), data.atime_nsec())),
            "st_mtime" => Value::float(seconds(data.mtime(), data.mtime_nsec())),
            "st_ctime" => Value::float(seconds(data.ctime(), data.ctime_nsec())),
            _ => {
                let number = self.whole(name)?;
                vm.heap.int(number)
            }
        })
    }
}

fn repr_stat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(stat) = args.at(0).foreign::<Stat>() else {
        return Err(vm.type_error("a stat_result is needed"));
    };
    let fields: Vec<String> = SHOWN
        .iter()
        .map(|name| {
            // Times are shown as whole seconds.
            let number = match *name {
                "st_atime" => stat.0.atime(),
                "st_mtime" => stat.0.mtime(),
                "st_ctime" => stat.0.ctime(),
                name => stat.whole(name).unwrap_or(0),
            };
            format!("{name}={number}")
        })
        .collect();
    Ok(vm.heap.str(&format!("os.stat_result({})", fields.join(", "))))
}

fn stat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "stat")?;
    let found = fs::metadata(path.as_str());
    new_stat(vm, found, path)
}

fn lstat(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "lstat")?;
    let found = fs::symlink_metadata(path.as_str());
    new_stat(vm, found, path)
}

fn new_stat(vm: &mut Vm, found: io::Result<Metadata>, path: Gc<Str>) -> NativeResult {
    let found = answer(vm, found, path.as_str())?;
    let class = stat_class(vm);
    Ok(Foreign::new(&mut vm.heap, class, Stat(found)).value())
}
