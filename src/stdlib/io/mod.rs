//! Files and the standard streams: `open`, `print`, `input`, and what the end of a program does with them.
//!
//! `core.rs` is the buffering, `codec.rs` the text encodings, `file.rs` the file objects, `read.rs` and `write.rs`
//! their methods, `console.rs` what programs say and ask, `temporary.rs` files that are removed at the end,
//! `pipe.rs` the pipes of `subprocess`, `descriptor.rs` files that are known by their number. Here is the state per interpreter: the three standard
//! streams, and every file that is open.

mod codec;
mod console;
mod core;
pub(in crate::stdlib) mod descriptor;
mod file;
mod memory;
pub(in crate::stdlib) mod open;
pub(in crate::stdlib) mod pipe;
mod read;
pub(in crate::stdlib) mod temporary;
mod write;

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};

use self::codec::{Encoding, Errors, Newline};
use self::core::{Core, Device, Lost, WRITE_CHUNK};
use self::file::{File, TextMode};
pub use self::memory::MODULE;
use crate::heap::Tracer;
use crate::host::{HostFile, Stream};
use crate::text::quote::repr_str;
use crate::value::{Class, Foreign, Gc, Module, Str, Value};
use crate::vm::{Exc, Raised, StdlibState, Vm};

/// The names under which `sys` has what the language itself uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SysName {
    Stdin,
    Stdout,
    Stderr,
    ExceptHook,
}

const SYS_NAMES: [&str; 4] = ["stdin", "stdout", "stderr", "excepthook"];

/// The streams and files of one interpreter.
#[derive(Default)]
pub struct Streams {
    input: Cell<Option<Gc<Foreign>>>,
    out: Cell<Option<Gc<Foreign>>>,
    err: Cell<Option<Gc<Foreign>>>,
    /// The module `sys` once it has been imported, where a program may have replaced them.
    sys: Cell<Option<Gc<Module>>>,
    names: Cell<Option<[Gc<Str>; 4]>>,
    excepthook: Cell<Option<Value>>,
    classes: Cell<Option<FileClasses>>,
    /// Every file that was opened and not closed, oldest first; those that the collector took are gaps.
    open: RefCell<Vec<Weak<RefCell<Core>>>>,
    lost: Lost,
    /// What is removed at the end, if it is still there.
    temporaries: RefCell<Vec<Weak<temporary::Temporary>>>,
    /// Files that programs know by their number alone.
    numbered: RefCell<Vec<(i32, Box<dyn HostFile>)>>,
}

/// The classes of file objects, named as in Python.
#[derive(Clone, Copy, Debug)]
struct FileClasses {
    text: Gc<Class>,
    reader: Gc<Class>,
    writer: Gc<Class>,
    both: Gc<Class>,
    unsupported: Gc<Class>,
}

impl StdlibState for Streams {
    fn trace(&self, tracer: &mut Tracer) {
        for stream in [&self.input, &self.out, &self.err].into_iter().filter_map(Cell::get) {
            tracer.mark(stream.value());
        }
        if let Some(sys) = self.sys.get() {
            tracer.mark(sys.value());
        }
        for name in self.names.get().into_iter().flatten() {
            tracer.mark(name.value());
        }
        if let Some(hook) = self.excepthook.get() {
            tracer.mark(hook);
        }
        if let Some(classes) = self.classes.get() {
            for class in [classes.text, classes.reader, classes.writer, classes.both, classes.unsupported] {
                tracer.mark(class.value());
            }
        }
    }
}

/// Makes the standard streams and the builtins of this room.
pub fn install(vm: &mut Vm) {
    let streams = vm.state::<Streams>();
    let os_error = vm.exception_class(Exc::OSError);
    let unsupported = vm.heap.intern("UnsupportedOperation");
    let classes = FileClasses {
        text: vm.new_native_class("TextIOWrapper", file::METHODS),
        reader: vm.new_native_class("BufferedReader", file::METHODS),
        writer: vm.new_native_class("BufferedWriter", file::METHODS),
        both: vm.new_native_class("BufferedRandom", file::METHODS),
        unsupported: Class::new(&mut vm.heap, unsupported, Some(os_error), crate::value::Layout::Exception),
    };
    for (class, doc) in [
        (classes.text, "A file of text: reads and writes strings."),
        (classes.reader, "A file of bytes that is read."),
        (classes.writer, "A file of bytes that is written."),
        (classes.both, "A file of bytes that is read and written."),
        (classes.unsupported, "The file is not open for that."),
    ] {
        vm.describe(class, doc);
    }
    streams.classes.set(Some(classes));
    streams.names.set(Some(SYS_NAMES.map(|name| vm.heap.intern(name))));
    for (name, place) in [("stdin", &streams.input), ("stdout", &streams.out), ("stderr", &streams.err)] {
        let device = match name {
            "stdin" => Device::In,
            "stdout" => Device::Out(Stream::Out),
            _ => Device::Out(Stream::Err),
        };
        // What is said on standard error is to be seen at once.
        let (capacity, by_line) = match name {
            "stderr" => (0, false),
            _ => (WRITE_CHUNK, name == "stdout" && vm.host.is_terminal(Stream::Out)),
        };
        let shown = format!("<{name}>");
        let core = Core::new(device, shown.clone(), capacity, by_line, streams.lost.clone());
        let text = TextMode {
            encoding: Encoding::Utf8,
            signature: false,
            errors: Errors::Strict,
            newline: Newline::Universal,
        };
        let shown = vm.heap.str(&shown);
        let mode = if name == "stdin" { "r" } else { "w" };
        let file =
            File::new(Rc::new(RefCell::new(core)), shown, mode, Some(text), name == "stdin", name != "stdin");
        place.set(Some(Foreign::new(&mut vm.heap, classes.text, file)));
    }
    for def in console::BUILTINS.iter().chain(open::BUILTINS) {
        let native = vm.native(def);
        vm.add_builtin(def.name(), native);
    }
}

impl Streams {
    /// Takes in a file that was opened.
    fn add(&self, core: &Rc<RefCell<Core>>) {
        let mut open = self.open.borrow_mut();
        if open.len() == open.capacity() {
            open.retain(|core| core.strong_count() > 0);
        }
        open.push(Rc::downgrade(core));
    }

    /// Forgets a file that was closed.
    fn remove(&self, core: &Rc<RefCell<Core>>) {
        let mut open = self.open.borrow_mut();
        if let Some(at) = open.iter().rposition(|other| other.as_ptr() == Rc::as_ptr(core)) {
            open.remove(at);
        }
    }

    fn standard(&self, stream: Stream) -> Option<Gc<Foreign>> {
        match stream {
            Stream::Out => self.out.get(),
            Stream::Err => self.err.get(),
        }
    }

    /// What `sys` has under a name now, if it was ever imported.
    fn in_sys(&self, name: SysName) -> Option<Value> {
        self.sys.get()?.get(self.names.get()?[name as usize])
    }
}

/// Tells the streams where a program can replace them. `excepthook` is the original one.
pub fn connect_sys(vm: &mut Vm, sys: Gc<Module>, excepthook: Value) {
    let streams = vm.state::<Streams>();
    for (name, stream) in [("stdin", &streams.input), ("stdout", &streams.out), ("stderr", &streams.err)] {
        let Some(stream) = stream.get() else { continue };
        for name in [name.to_string(), format!("__{name}__")] {
            let name = vm.heap.intern(&name);
            sys.add_slot(name, stream.value());
        }
    }
    streams.excepthook.set(Some(excepthook));
    streams.sys.set(Some(sys));
}

/// The next line of the original standard input with its line end, for a prompt that reads from no terminal; none at
/// the end. What programs read goes on behind it.
pub fn read_line(vm: &mut Vm) -> Result<Option<String>, Raised> {
    let Some(input) = vm.state::<Streams>().input.get() else { return Ok(None) };
    let Some(file) = input.value().foreign::<File>() else { return Ok(None) };
    let line = read::line_of(vm, file)?;
    Ok(line.and_then(Value::as_str).map(|line| line.as_str().to_string()))
}

// What the end of a program asks.

/// `sys.excepthook`, if the program has put another in its place.
pub fn replaced_excepthook(vm: &mut Vm) -> Option<Value> {
    let streams = vm.state::<Streams>();
    streams.in_sys(SysName::ExceptHook).filter(|hook| streams.excepthook.get() != Some(*hook))
}

/// `sys.stderr`, if the program has put something else in its place.
pub fn replaced_stderr(vm: &mut Vm) -> Option<Value> {
    let streams = vm.state::<Streams>();
    let original = streams.err.get().map(Gc::value);
    streams.in_sys(SysName::Stderr).filter(|stream| Some(*stream) != original)
}

/// Writes to what a program has put in the place of `sys.stderr`; whether that went well.
pub fn write_to_replacement(vm: &mut Vm, replacement: Value, text: &str) -> bool {
    let text = vm.heap.str(text);
    let result = vm.rooted(&[replacement, text], |vm| console::write_value(vm, replacement, text));
    result.is_ok() && vm.halted().is_none() && console::flush_value(vm, replacement).is_ok()
}

/// Puts a text in the buffer of descriptor 2, even if the program has closed the stream. What nobody can be told is not
/// collected without end.
pub fn put_on_stderr(vm: &mut Vm, text: &str) {
    if let Some(file) = std_file(vm, Stream::Err)
        && let Ok(mut core) = file.core.try_borrow_mut()
    {
        core.put_within(text.as_bytes(), 1 << 20);
    }
}

/// Flushes one of the original streams: one try, which a signal may interrupt. Without `waiting`, what the stream does
/// not take at once is given up.
pub fn flush_std(vm: &mut Vm, stream: Stream, waiting: bool) -> io::Result<()> {
    let Some(file) = std_file(vm, stream) else { return Ok(()) };
    match file.core.try_borrow_mut() {
        Ok(mut core) if waiting => core.flush(&mut *vm.host),
        Ok(mut core) => core.flush_without_waiting(&mut *vm.host),
        Err(_) => Ok(()),
    }
}

fn std_file<'a>(vm: &mut Vm, stream: Stream) -> Option<&'a File> {
    vm.state::<Streams>().standard(stream)?.value().foreign::<File>()
}

/// Before the process is copied: flushes the standard streams and every file, or both would write what waits in the
/// buffers. What cannot be written stays.
pub fn flush_all(vm: &mut Vm) -> Result<(), Raised> {
    for stream in [Stream::Out, Stream::Err] {
        while let Err(error) = flush_std(vm, stream, true)
            && error.kind() == io::ErrorKind::Interrupted
        {
            vm.hear()?;
        }
    }
    let open: Vec<_> = vm.state::<Streams>().open.borrow().iter().filter_map(Weak::upgrade).collect();
    for core in open {
        loop {
            let Ok(mut core) = core.try_borrow_mut() else { break };
            let result = core.flush(&mut *vm.host);
            drop(core);
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => vm.hear()?,
                _ => break,
            }
        }
    }
    Ok(())
}

/// Flushes and closes every file that is still open: how many there were, and the names of those where that failed, in
/// quotes. A wait that is interrupted is given up where `give_up` says so.
pub fn close_open_files(
    vm: &mut Vm,
    give_up: &mut dyn FnMut(&mut Vm) -> bool,
) -> (usize, Vec<(String, io::Error)>) {
    let streams = vm.state::<Streams>();
    let mut failures: Vec<(String, io::Error)> =
        streams.lost.borrow_mut().drain(..).map(|(path, error)| (repr_str(&path), error)).collect();
    let open = streams.open.take();
    let mut files = 0;
    for core in open.iter().filter_map(Weak::upgrade) {
        let Ok(mut core) = core.try_borrow_mut() else { continue };
        files += 1;
        loop {
            match core.close(&mut *vm.host) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    if give_up(vm) {
                        core.abandon();
                        break;
                    }
                }
                Err(error) => {
                    failures.push((repr_str(&core.path), error));
                    break;
                }
                Ok(()) => break,
            }
        }
    }
    temporary::remove_all(vm);
    (files, failures)
}
