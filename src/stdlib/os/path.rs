//! `os.path`: paths as texts. All but the functions that ask the system are pure; they follow CPython's `posixpath`
//! step by step, since programs rely on its corners (`split("//")`, `join("a", "")`, `splitext(".a")`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::files::{answer, path_argument, path_text, seconds};
use super::variable;
use crate::value::{NativeDef, Tuple, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "os.path",
    doc: "Paths as texts. Left out: paths as bytes, drives and mounts, `commonprefix`, `samefile` and its kin, `expandvars`, `normcase`, `getatime`, `getctime`, the constants (`os` has them), and \
          the home directories of other users.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("abspath(path)", "The path from the root, without `.` and `..`.", abspath),
    NativeDef::new("basename(p)", "What stands behind the last slash.", basename),
    NativeDef::new("commonpath(paths)", "The longest path that is above all of some paths.", commonpath),
    NativeDef::new("dirname(p)", "What stands before the last slash.", dirname),
    NativeDef::new("exists(path)", "Whether there is a file or directory of that path.", exists),
    NativeDef::new("expanduser(path)", "The path with the home directory in the place of `~`.", expanduser),
    NativeDef::new(
        "getmtime(filename)",
        "When a file was changed, in seconds since the start of 1970.",
        getmtime,
    ),
    NativeDef::new("getsize(filename)", "How many bytes a file has.", getsize),
    NativeDef::new("isabs(s)", "Whether the path begins at the root.", isabs),
    NativeDef::new("isdir(s)", "Whether there is a directory of that path.", isdir),
    NativeDef::new("isfile(path)", "Whether there is a file of that path.", isfile),
    NativeDef::new("islink(path)", "Whether the path is a symbolic link.", islink),
    NativeDef::new(
        "join(a, /, *p)",
        "Puts parts together with slashes; a part from the root starts anew.",
        join_all,
    ),
    NativeDef::new("lexists(path)", "As `exists`, but a symbolic link to nothing counts.", lexists),
    NativeDef::new("normpath(path)", "The path without `.`, `..` and doubled slashes.", normpath),
    NativeDef::new("realpath(filename)", "The path from the root, with symbolic links followed.", realpath),
    NativeDef::new("relpath(path, start=nil)", "The path as seen from a directory.", relpath),
    NativeDef::new("split(p)", "A pair of what stands before and behind the last slash.", split_pair),
    NativeDef::new("splitext(p)", "A pair of the path and its extension.", splitext),
];

/// A path with one more part.
pub(in crate::stdlib) fn join(path: &str, part: &str) -> String {
    if part.starts_with('/') || path.is_empty() {
        part.to_string()
    } else if path.ends_with('/') {
        format!("{path}{part}")
    } else {
        format!("{path}/{part}")
    }
}

/// What stands before and behind the last slash.
pub(in crate::stdlib) fn split(path: &str) -> (&str, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, tail) = path.split_at(at);
    match head.trim_end_matches('/') {
        "" => (head, tail),
        bare => (bare, tail),
    }
}

/// The path without `.`, `..` and doubled slashes.
pub(in crate::stdlib) fn normal(path: &str) -> String {
    if path.is_empty() {
        return ".".to_string();
    }
    let root = match path.bytes().take_while(|byte| *byte == b'/').count() {
        0 => "",
        2 => "//", // which POSIX leaves to the system
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." || (root.is_empty() && parts.last().is_none_or(|last| *last == "..")) {
            parts.push(part);
        } else {
            parts.pop();
        }
    }
    match format!("{root}{}", parts.join("/")) {
        path if path.is_empty() => ".".to_string(),
        path => path,
    }
}

/// The path from the root.
pub(in crate::stdlib) fn absolute(vm: &mut Vm, path: &str) -> Result<String, Raised> {
    if path.starts_with('/') {
        return Ok(normal(path));
    }
    match std::env::current_dir() {
        Ok(current) => Ok(normal(&join(&current.to_string_lossy(), path))),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn text(vm: &mut Vm, args: Args<'_>) -> Result<String, Raised> {
    Ok(path_text(vm, args.at(0))?.as_str().to_string())
}

fn pair(vm: &mut Vm, first: &str, second: &str) -> NativeResult {
    let pair = [vm.heap.str(first), vm.heap.str(second)];
    Ok(Tuple::new(&mut vm.heap, &pair).value())
}

fn abspath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    let path = absolute(vm, &path)?;
    Ok(vm.heap.str(&path))
}

fn basename(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    Ok(vm.heap.str(split(&path).1))
}

fn dirname(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    Ok(vm.heap.str(split(&path).0))
}

fn split_pair(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    let (head, tail) = split(&path);
    pair(vm, head, tail)
}

fn splitext(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    let name = path.rfind('/').map_or(0, |at| at + 1);
    // Dots at the head of the name begin no extension.
    let dot = path[name..].rfind('.').filter(|dot| path[name..name + dot].contains(|c| c != '.'));
    let (root, extension) = path.split_at(dot.map_or(path.len(), |dot| name + dot));
    pair(vm, root, extension)
}

fn join_all(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut path = text(vm, args)?;
    for part in args.slice().iter().skip(1) {
        let Some(part) = part.as_str() else {
            let class = vm.type_name(*part);
            let message = format!("join() argument must be str, bytes, or os.PathLike object, not '{class}'");
            return Err(vm.type_error(message));
        };
        vm.reserve(path.len().saturating_add(part.as_str().len()))?;
        path = join(&path, part.as_str());
    }
    Ok(vm.heap.str(&path))
}

fn normpath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    Ok(vm.heap.str(&normal(&path)))
}

fn isabs(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    Ok(Value::bool(path.starts_with('/')))
}

fn realpath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    let path = absolute(vm, &path)?;
    // What is missing stands as it is behind what exists.
    let found = Path::new(&path).ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let real = match found {
        Some((above, real)) => match Path::new(&path).strip_prefix(above) {
            Ok(rest) if rest.as_os_str().is_empty() => real,
            Ok(rest) => real.join(rest),
            Err(_) => real,
        },
        None => path.into(),
    };
    Ok(vm.heap.str(&real.to_string_lossy()))
}

fn relpath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = text(vm, args)?;
    if path.is_empty() {
        return Err(vm.value_error("no path specified"));
    }
    let start = match args.or_nil(1) {
        start if start.is_nil() => ".".to_string(),
        start => path_text(vm, start)?.as_str().to_string(),
    };
    let (path, start) = (absolute(vm, &path)?, absolute(vm, &start)?);
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect()
    };
    let (path, start) = (parts(&path), parts(&start));
    let common = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let up = start.iter().skip(common).map(|_| "..");
    let steps: Vec<&str> = up.chain(path.iter().skip(common).map(String::as_str)).collect();
    let steps = if steps.is_empty() { ".".to_string() } else { steps.join("/") };
    Ok(vm.heap.str(&steps))
}

fn commonpath(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let paths = vm.list_from(args.at(0))?;
    let mut texts = Vec::new();
    for path in paths.items.to_vec() {
        texts.push(path_text(vm, path)?.as_str().to_string());
    }
    let Some(first) = texts.first() else {
        return Err(vm.value_error("commonpath() arg is an empty sequence"));
    };
    let is_absolute = first.starts_with('/');
    if texts.iter().any(|path| path.starts_with('/') != is_absolute) {
        return Err(vm.value_error("Can't mix absolute and relative paths"));
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_string).collect()
    };
    let mut common = parts(first);
    for path in &texts {
        let same = parts(path).iter().zip(&common).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    let root = if is_absolute { "/" } else { "" };
    Ok(vm.heap.str(&format!("{root}{}", common.join("/"))))
}

fn expanduser(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_text(vm, args.at(0))?;
    let shown = path.as_str().to_string();
    let Some(rest) = shown.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
        return Ok(path.value());
    };
    let Some(home) = variable(vm, "HOME")? else { return Ok(path.value()) };
    let whole = format!("{}{rest}", home.trim_end_matches('/'));
    Ok(vm.heap.str(if whole.is_empty() { "/" } else { &whole }))
}

// What the system knows. A path that cannot be one is a path of nothing.

fn asks(vm: &mut Vm, args: Args<'_>, test: fn(&Path) -> bool) -> NativeResult {
    let path = path_argument(vm, args.at(0), "stat");
    match path {
        Ok(path) => Ok(Value::bool(test(Path::new(path.as_str())))),
        Err(_) if args.at(0).as_str().is_some() => Ok(Value::FALSE),
        Err(raised) => Err(raised),
    }
}

fn exists(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    asks(vm, args, Path::exists)
}

fn lexists(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    asks(vm, args, |path| fs::symlink_metadata(path).is_ok())
}

fn isdir(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    asks(vm, args, Path::is_dir)
}

fn isfile(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    asks(vm, args, Path::is_file)
}

fn islink(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    asks(vm, args, |path| fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink()))
}

fn metadata(vm: &mut Vm, args: Args<'_>) -> Result<fs::Metadata, Raised> {
    let path = path_argument(vm, args.at(0), "stat")?;
    let found = fs::metadata(path.as_str());
    answer(vm, found, path.as_str())
}

fn getsize(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = metadata(vm, args)?;
    Ok(vm.heap.int(data.len() as i64))
}

fn getmtime(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let data = metadata(vm, args)?;
    Ok(Value::float(seconds(data.mtime(), data.mtime_nsec())))
}
