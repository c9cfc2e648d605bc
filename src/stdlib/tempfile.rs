//! `tempfile`: directories for the time being.
//!
//! Names are random and the directory is the program's alone; one that is there already is never taken.

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::os::files::{answer, path_text};
use super::os::path::{absolute, join};
use super::os::{random, variable};
use crate::heap::Tracer;
use crate::value::{Class, Foreign, ForeignData, Gc, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "tempfile",
    doc: "Directories for the time being. Left out: temporary files (make one in a temporary directory), and \
          removing a directory that the program forgot to clean up.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("gettempdir()", "The directory for temporary files.", gettempdir),
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
const LETTERS: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";

#[derive(Default)]
struct DirectoryClass(Cell<Option<Gc<Class>>>);

impl StdlibState for DirectoryClass {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(class) = self.0.get() {
            tracer.mark(class.value());
        }
    }
}

fn class(vm: &mut Vm) -> Gc<Class> {
    let known = vm.state::<DirectoryClass>();
    if let Some(class) = known.0.get() {
        return class;
    }
    let class = vm.new_native_class("TemporaryDirectory", METHODS);
    known.0.set(Some(class));
    class
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let (name, prefix) = (vm.heap.intern("template"), vm.heap.str("tmp"));
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

/// Makes the directory that the first three arguments describe.
fn make(vm: &mut Vm, args: Args<'_>) -> Result<String, Raised> {
    let mut texts = [None, None, None];
    for (i, text) in texts.iter_mut().enumerate() {
        if !args.or_nil(i).is_nil() {
            *text = Some(path_text(vm, args.at(i))?.as_str().to_string());
        }
    }
    let [suffix, prefix, parent] = texts;
    let parent = match parent {
        Some(parent) => absolute(vm, &parent)?,
        None => directory(vm)?,
    };
    let (suffix, prefix) = (suffix.unwrap_or_default(), prefix.unwrap_or_else(|| "tmp".to_string()));
    for _ in 0..TRIES {
        vm.check_interrupt()?;
        let mut bytes = [0; 8];
        if let Err(error) = random(&mut bytes) {
            return Err(vm.os_error(&error, None));
        }
        let middle: String =
            bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
        let path = join(&parent, &format!("{prefix}{middle}{suffix}"));
        if path.contains('\0') {
            return Err(vm.value_error("mkdir: embedded null character in path"));
        }
        match fs::DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(vm.os_error(&error, Some(&path))),
        }
    }
    Err(vm.error(Exc::FileExistsError, "No usable temporary directory name found"))
}

fn mkdtemp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = make(vm, args)?;
    Ok(vm.heap.str(&path))
}

struct TemporaryDirectory {
    path: String,
    ignores_errors: bool,
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
    let path = make(vm, args)?;
    let class = class(vm);
    Ok(Foreign::new(&mut vm.heap, class, TemporaryDirectory { path, ignores_errors }).value())
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
        _ => {}
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
