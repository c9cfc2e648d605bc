//! `tempfile`: files and directories for the time being.
//!
//! Names are random, and what is made is for the program's user alone; what is there already is never taken. Who removes
//! it when nobody did is `io/temporary.rs`.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::io::descriptor;
use super::io::open::{make_file as open_made, open_on_host, parse_opening};
use super::io::temporary::{self, Temporary};
use super::os::files::{answer, path_text};
use super::os::path::{absolute, join};
use super::os::{random, variable};
use crate::heap::Tracer;
use crate::host::{HostFile, OpenHow};
use crate::value::{Class, Foreign, ForeignData, Gc, Module, NativeDef, Tuple, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "tempfile",
    doc: "Files and directories for the time being. What a program forgets is removed at its end, unless it is \
          killed. The number that `mkstemp` gives is for `open`, `os.fdopen` and `os.close`. Left out: \
          `SpooledTemporaryFile`, `mktemp`, names as bytes.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("gettempdir()", "The directory for temporary files.", gettempdir),
    NativeDef::new("gettempprefix()", "How the names of temporary files begin.", gettempprefix),
    NativeDef::new(
        "mkstemp(suffix=nil, prefix=nil, dir=nil, text=false)",
        "Makes a file and opens it: its number for `open` or `os.close`, and its path. Who makes it removes it.",
        mkstemp,
    ),
    NativeDef::new(
        "NamedTemporaryFile(mode='w+b', buffering=-1, encoding=nil, newline=nil, suffix=nil, prefix=nil, dir=nil, \
         delete=true, *, errors=nil, delete_on_close=true)",
        "A new open file, whose path is `name`. It is removed when it is closed; or when `with` ends, if not \
         `delete_on_close`.",
        named_temporary_file,
    ),
    NativeDef::new(
        "TemporaryFile(mode='w+b', buffering=-1, encoding=nil, newline=nil, suffix=nil, prefix=nil, dir=nil, *, errors=nil)",
        "A new open file that has no name.",
        temporary_file,
    ),
    NativeDef::new(
        "mkdtemp(suffix=nil, prefix=nil, dir=nil)",
        "Makes a directory that nobody else uses; returns its path. Who makes it removes it.",
        mkdtemp,
    ),
    NativeDef::new(
        "TemporaryDirectory(suffix=nil, prefix=nil, dir=nil, ignore_cleanup_errors=false)",
        "Makes a directory as `mkdtemp` does. `with` gives its path and removes it at the end, as `cleanup` does.",
        temporary_directory,
    ),
];

const METHODS: &[NativeDef] = &[
    NativeDef::new("cleanup(self)", "Removes the directory and what is in it.", cleanup),
    NativeDef::new("enter(self, /)", "The path, for `with`.", enter),
    NativeDef::new("exit(self, *args)", "Removes the directory, for `with`.", exit),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

/// How often another name is tried before something else must be wrong.
const TRIES: usize = 10_000;
const PREFIX: &str = "tmp";
const LETTERS: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";

fn class(vm: &mut Vm) -> Gc<Class> {
    struct Name;
    vm.class_once::<Name>(|vm| vm.new_native_class("TemporaryDirectory", METHODS))
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let (name, prefix) = (vm.heap.intern("template"), vm.heap.str(PREFIX));
    module.add_slot(name, prefix);
    Ok(())
}

/// The directory that the environment names, or the usual one.
fn directory(vm: &mut Vm) -> Result<String, Raised> {
    for name in ["TMPDIR", "TEMP", "TMP"] {
        if let Some(path) = variable(vm, name)?.filter(|path| !path.is_empty() && Path::new(path).is_dir()) {
            return absolute(vm, &path);
        }
    }
    match ["/tmp", "/var/tmp", "/usr/tmp"].into_iter().find(|path| Path::new(path).is_dir()) {
        Some(path) => Ok(path.to_string()),
        None => absolute(vm, "."),
    }
}

fn gettempdir(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let path = directory(vm)?;
    Ok(vm.heap.str(&path))
}

/// The texts that stand in three places: suffix, prefix, and the directory that was named or the usual one.
fn name_parts(vm: &mut Vm, args: Args<'_>, places: [usize; 3]) -> Result<[String; 3], Raised> {
    let mut texts = [None, None, None];
    for (place, text) in places.iter().zip(&mut texts) {
        if !args.or_nil(*place).is_nil() {
            *text = Some(path_text(vm, args.at(*place))?.as_str().to_string());
        }
    }
    let [suffix, prefix, parent] = texts;
    let parent = match parent {
        Some(parent) => absolute(vm, &parent)?,
        None => directory(vm)?,
    };
    Ok([suffix.unwrap_or_default(), prefix.unwrap_or_else(|| PREFIX.to_string()), parent])
}

/// Makes something under a random name that nobody has taken: its path, and what was made.
fn make<T>(
    vm: &mut Vm,
    [suffix, prefix, parent]: &[String; 3],
    mut create: impl FnMut(&mut Vm, &str) -> io::Result<T>,
) -> Result<(String, T), Raised> {
    for _ in 0..TRIES {
        vm.check_interrupt()?;
        let mut bytes = [0; 8];
        if let Err(error) = random(&mut bytes) {
            return Err(vm.os_error(&error, None));
        }
        let middle: String =
            bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
        let path = join(parent, &format!("{prefix}{middle}{suffix}"));
        if path.contains('\0') {
            return Err(vm.value_error("embedded null byte"));
        }
        match create(vm, &path) {
            Ok(made) => return Ok((path, made)),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(vm.os_error(&error, Some(&path))),
        }
    }
    Err(vm.error(Exc::FileExistsError, "No usable temporary file name found"))
}

fn make_directory(vm: &mut Vm, args: Args<'_>) -> Result<String, Raised> {
    let parts = name_parts(vm, args, [0, 1, 2])?;
    Ok(make(vm, &parts, |_, path| fs::DirBuilder::new().mode(0o700).create(path))?.0)
}

fn make_file(vm: &mut Vm, args: Args<'_>, places: [usize; 3]) -> Result<(String, Box<dyn HostFile>), Raised> {
    let how = OpenHow { read: true, write: true, create_new: true, private: true, ..OpenHow::default() };
    let parts = name_parts(vm, args, places)?;
    make(vm, &parts, |vm, path| open_on_host(vm, Path::new(path), how))
}

fn gettempprefix(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(vm.heap.str(PREFIX))
}

fn mkstemp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (path, file) = make_file(vm, args, [0, 1, 2])?;
    let Some(number) = descriptor::keep(vm, file) else {
        return Err(vm.error(Exc::OSError, "files have no numbers here"));
    };
    let path = vm.heap.str(&path);
    Ok(Tuple::new(&mut vm.heap, &[Value::int32(number), path]).value())
}

fn named_temporary_file(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let opening = parse_opening(vm, args, [0, 1, 2, 8, 3], "w+b")?;
    let deletes = vm.truth(args.given(7).unwrap_or(Value::TRUE))?;
    let ends_on_close = vm.truth(args.given(9).unwrap_or(Value::TRUE))?;
    let (path, file) = make_file(vm, args, [4, 5, 6])?;
    let temporary = deletes.then(|| temporary::note(vm, PathBuf::from(&path), false, ends_on_close));
    let name = vm.heap.str(&path);
    vm.rooted(&[name], |vm| open_made(vm, file, &opening, name, temporary))
}

fn temporary_file(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let opening = parse_opening(vm, args, [0, 1, 2, 7, 3], "w+b")?;
    let (path, file) = make_file(vm, args, [4, 5, 6])?;
    answer(vm, fs::remove_file(&path), &path)?;
    let name = file.descriptor().map_or(Value::NIL, Value::int32);
    open_made(vm, file, &opening, name, None)
}

fn mkdtemp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = make_directory(vm, args)?;
    Ok(vm.heap.str(&path))
}

struct TemporaryDirectory {
    path: String,
    ignores_errors: bool,
    temporary: Rc<Temporary>,
}

impl ForeignData for TemporaryDirectory {
    fn trace(&self, _: &mut Tracer) {}

    fn bytes(&self) -> usize {
        self.path.len()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        (name == "name").then(|| vm.heap.str(&self.path))
    }
}

fn temporary_directory(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let ignores_errors = vm.truth(args.given(3).unwrap_or(Value::FALSE))?;
    let path = make_directory(vm, args)?;
    let temporary = temporary::note(vm, PathBuf::from(&path), true, false);
    let class = class(vm);
    Ok(Foreign::new(&mut vm.heap, class, TemporaryDirectory { path, ignores_errors, temporary }).value())
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a TemporaryDirectory, Raised> {
    let directory = args.at(0).foreign::<TemporaryDirectory>();
    directory.ok_or_else(|| vm.type_error("a TemporaryDirectory is needed"))
}

fn cleanup(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let directory = receiver(vm, args)?;
    match fs::remove_dir_all(&directory.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound && !directory.ignores_errors => {
            answer(vm, Err(error), &directory.path)?;
        }
        _ => directory.temporary.forget(),
    }
    Ok(Value::NIL)
}

fn enter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let directory = receiver(vm, args)?;
    Ok(vm.heap.str(&directory.path))
}

fn exit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    cleanup(vm, args)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let directory = receiver(vm, args)?;
    let path = vm.heap.str(&directory.path);
    let path = vm.repr(path)?;
    Ok(vm.heap.str(&format!("<TemporaryDirectory {path}>")))
}
