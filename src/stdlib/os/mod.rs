//! `os`: the process and its surroundings; files and directories are in the files beside this one.
//!
//! Paths are texts. Names in directories that are no UTF-8 text are shown with the replacement character, as
//! everywhere in Toy where the system speaks.

mod descriptors;
pub(super) mod files;
mod links;
pub(super) mod path;
mod processes;
pub(super) mod walk;

use std::fs::File;
use std::io::{self, Read};

use crate::value::{Bytes, Dict, Gc, Module, NativeDef, Str, Value};
use crate::vm::{Args, Exc, Halt, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "os",
    doc: "The process and its surroundings, files and directories. Left out: paths as bytes and as descriptors, \
          `scandir`, owners of files, `renames`, `truncate`, users and groups, what is known of the machine, and `exec` and `spawn` (`subprocess` starts programs), \
          groups of processes, and the descriptors of `os.open`.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("getpid()", "The number of the process.", getpid),
    NativeDef::new("getenv(key, default=nil)", "An environment variable, or a default.", getenv),
    NativeDef::new(
        "_exit(status)",
        "Ends the process at once: no exit handler runs, and nothing is flushed.",
        exit_at_once,
    ),
    descriptors::CLOSE,
    descriptors::DUP,
    descriptors::DUP2,
    descriptors::FDOPEN,
    descriptors::ISATTY,
    descriptors::PIPE,
    descriptors::READ,
    descriptors::WRITE,
    NativeDef::new("cpu_count()", "How many processors there are.", cpu_count),
    NativeDef::new("urandom(size, /)", "Random bytes fit for secrets.", urandom),
    NativeDef::new(
        "putenv(name, value, /)",
        "Sets an environment variable for programs that are started; as `environ[name] = value`.",
        putenv,
    ),
    NativeDef::new("unsetenv(name, /)", "Removes an environment variable; as `del environ[name]`.", unsetenv),
    files::LISTDIR,
    files::MKDIR,
    files::MAKEDIRS,
    files::REMOVE,
    files::UNLINK,
    files::RMDIR,
    files::REMOVEDIRS,
    files::RENAME,
    files::REPLACE,
    files::STAT,
    files::LSTAT,
    files::GETCWD,
    files::CHDIR,
    files::ACCESS,
    files::FSPATH,
    links::CHMOD,
    links::UTIME,
    links::LINK,
    links::SYMLINK,
    links::READLINK,
    walk::WALK,
    processes::FORK,
    processes::GETPPID,
    processes::KILL,
    processes::WAIT,
    processes::WAITPID,
    processes::WAITSTATUS_TO_EXITCODE,
    processes::WIFEXITED,
    processes::WEXITSTATUS,
    processes::WIFSIGNALED,
    processes::WTERMSIG,
];

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let environ = Dict::new(&mut vm.heap);
    for (name, value) in vm.host.variables() {
        let name = vm.heap.intern(&name);
        let value = vm.heap.str(&value);
        environ.table.put_str(name, value);
    }
    let name = vm.heap.intern("environ");
    module.add_slot(name, environ.value());
    for (name, text) in [
        ("name", "posix"),
        ("linesep", "\n"),
        ("sep", "/"),
        ("pathsep", ":"),
        ("extsep", "."),
        ("curdir", "."),
        ("pardir", ".."),
        ("devnull", "/dev/null"),
    ] {
        let (name, value) = (vm.heap.intern(name), vm.heap.str(text));
        module.add_slot(name, value);
    }
    for (name, number) in [("F_OK", 0), ("X_OK", 1), ("W_OK", 2), ("R_OK", 4)] {
        let name = vm.heap.intern(name);
        module.add_slot(name, Value::int32(number));
    }
    processes::setup(vm, module);
    let error = vm.exception_class(Exc::OSError).value();
    let name = vm.heap.intern("error");
    module.add_slot(name, error);
    let stat = files::stat_class(vm);
    let name = vm.heap.intern("stat_result");
    module.add_slot(name, stat.value());
    if let Some(path) = vm.native_module_named("os.path") {
        let path = path?.value();
        let name = vm.heap.intern("path");
        module.add_slot(name, path);
    }
    Ok(())
}

/// `os.environ`, if it still is a dict.
pub(super) fn environ(vm: &mut Vm) -> Result<Option<Gc<Dict>>, Raised> {
    let Some(module) = vm.native_module_named("os") else { return Ok(None) };
    let module = module?;
    let name = vm.heap.intern("environ");
    Ok(module.get(name).and_then(|environ| environ.as_object::<Dict>()))
}

/// An environment variable as the program sees it.
pub(super) fn variable(vm: &mut Vm, name: &str) -> Result<Option<String>, Raised> {
    let Some(environ) = environ(vm)? else { return Ok(None) };
    let name = vm.heap.intern(name);
    Ok(environ.table.get_str(&name).and_then(Value::as_str).map(|text| text.as_str().to_string()))
}

/// A name or value of an environment variable.
fn variable_text(vm: &mut Vm, value: Value) -> Result<Gc<Str>, Raised> {
    match value.as_str() {
        Some(text) if text.as_str().contains('\0') => Err(vm.value_error("embedded null byte")),
        Some(text) => Ok(vm.heap.intern_str(text)),
        None => {
            let class = vm.type_name(value);
            Err(vm.type_error(format!("str expected, not {class}")))
        }
    }
}

fn putenv(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = variable_text(vm, args.at(0))?;
    let value = variable_text(vm, args.at(1))?;
    if name.as_str().is_empty() || name.as_str().contains('=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    if let Some(environ) = environ(vm)? {
        environ.table.put_str(name, value.value());
    }
    Ok(Value::NIL)
}

fn unsetenv(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = variable_text(vm, args.at(0))?;
    if let Some(environ) = environ(vm)? {
        vm.dict_remove(environ, name.value())?;
    }
    Ok(Value::NIL)
}

fn cpu_count(_: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(std::thread::available_parallelism().map_or(Value::NIL, |count| Value::len(count.get())))
}

fn urandom(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let size = vm.expect_index(args.at(0))?;
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error("negative argument not allowed"));
    };
    vm.reserve(size)?;
    let mut bytes = vec![0; size];
    // The pool is read a piece at a time, so that a huge request can be interrupted.
    for piece in bytes.chunks_mut(1 << 20) {
        vm.check_interrupt()?;
        if let Err(error) = random(piece) {
            return Err(vm.os_error(&error, None));
        }
    }
    Ok(Bytes::new(&mut vm.heap, bytes).value())
}

/// Fills a buffer from the system's source of randomness.
pub(super) fn random(buffer: &mut [u8]) -> io::Result<()> {
    File::open("/dev/urandom")?.read_exact(buffer)
}

fn getpid(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let id = vm.host.process_id();
    Ok(Value::len(id as usize))
}

fn getenv(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(key) = args.at(0).as_str() else {
        let class = vm.type_name(args.at(0));
        return Err(vm.type_error(format!("str expected, not {class}")));
    };
    // What the program has put into `os.environ` counts.
    let environ = environ(vm)?;
    let found = environ.and_then(|environ| environ.table.get_str(&key));
    Ok(found.unwrap_or_else(|| args.or_nil(1)))
}

/// The library ends no process: it unwinds to whoever runs the interpreter, and runs nothing of the program on the way.
fn exit_at_once(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let status = vm.expect_index(args.at(0))?;
    let Ok(status) = i32::try_from(status) else {
        return Err(vm.overflow_error("int too large to convert to C int"));
    };
    Err(vm.halt(Halt::Exit(status)))
}
