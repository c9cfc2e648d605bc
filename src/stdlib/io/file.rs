//! File objects: what a program holds of a file, and how a method gets at it.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use super::codec::{Encoding, Errors, Newline};
use super::core::Core;
use super::temporary::Temporary;
use super::{Streams, read, write};
use crate::heap::Tracer;
use crate::host::Host;
use crate::value::{ForeignData, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

/// What Python says of a closed file: its files of text and of bytes, and the raw files under them.
pub(super) const CLOSED: &str = "I/O operation on closed file.";
pub(super) const CLOSED_RAW: &str = "I/O operation on closed file";

/// How a text file turns bytes into text.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextMode {
    pub encoding: Encoding,
    /// Whether the text begins with a signature, as Python's `utf-8-sig` does.
    pub signature: bool,
    pub errors: Errors,
    pub newline: Newline,
}

/// What is in a file object.
pub(super) struct File {
    pub core: Rc<RefCell<Core>>,
    /// What `open` was given.
    name: Value,
    mode: String,
    /// None for a binary file.
    pub text: Option<TextMode>,
    readable: bool,
    writable: bool,
    closed: Cell<bool>,
    /// The file is removed when `with` ends, or nobody holds it any more.
    pub temporary: Option<Rc<Temporary>>,
}

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "read(self, size=-1, /)",
        "Reads at most `size` characters or bytes; all that is left where it is negative or nil.",
        read::read,
    ),
    NativeDef::new("readline(self, size=-1, /)", "Reads to the end of the line.", read::readline),
    NativeDef::new("readlines(self, hint=-1, /)", "A list of the lines that are left.", read::readlines),
    NativeDef::new("iter(self, /)", "The file itself: it iterates over its lines.", read::iter),
    NativeDef::new("next(self, /)", "The next line.", read::next),
    NativeDef::new(
        "write(self, s, /)",
        "Writes text or bytes; returns how many characters or bytes.",
        write::write,
    ),
    NativeDef::new("writelines(self, lines, /)", "Writes each item of an iterable.", write::writelines),
    NativeDef::new("flush(self, /)", "Writes what is buffered.", write::flush),
    NativeDef::new("close(self, /)", "Flushes and closes the file.", close),
    NativeDef::new("seek(self, offset, whence=0, /)", "Goes to a place; returns it.", read::seek),
    NativeDef::new("tell(self, /)", "The place where the next read or write happens.", read::tell),
    NativeDef::new("truncate(self, size=nil, /)", "Cuts the file at a size.", write::truncate),
    NativeDef::new("readable(self, /)", "Whether the file can be read.", readable),
    NativeDef::new("writable(self, /)", "Whether the file can be written.", writable),
    NativeDef::new("seekable(self, /)", "Whether the file has places to go to.", read::seekable),
    NativeDef::new("isatty(self, /)", "Whether the file is a terminal.", isatty),
    NativeDef::new("fileno(self, /)", "The system's number for the open file.", fileno),
    NativeDef::new("enter(self, /)", "The file itself, for `with`.", enter),
    NativeDef::new("exit(self, *args)", "Closes the file, for `with`.", exit),
    NativeDef::new("repr(self, /)", "A text for people who program.", repr),
];

impl File {
    pub(super) fn new(
        core: Rc<RefCell<Core>>,
        name: Value,
        mode: &str,
        text: Option<TextMode>,
        readable: bool,
        writable: bool,
    ) -> File {
        let (mode, closed) = (mode.to_string(), Cell::new(false));
        File { core, name, mode, text, readable, writable, closed, temporary: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get() || self.core.try_borrow().is_ok_and(|core| core.is_closed())
    }

    /// Whether text can be put into its buffer as it is.
    pub(super) fn takes_utf8(&self) -> bool {
        let plain = |text: TextMode| {
            text.encoding == Encoding::Utf8
                && !text.signature
                && !matches!(text.newline, Newline::Cr | Newline::CrLf)
        };
        self.writable && self.text.is_some_and(plain) && !self.is_closed()
    }

    /// Raises unless the file is open. `binary` is how a binary file says it.
    pub(super) fn check_open(&self, vm: &mut Vm, binary: &str) -> Result<(), Raised> {
        match self.text {
            _ if !self.is_closed() => Ok(()),
            Some(_) => Err(vm.value_error(CLOSED)),
            None => Err(vm.value_error(binary)),
        }
    }

    /// Raises unless the file is open, in the words of the methods that only ask about it.
    pub(super) fn check_open_to_ask(&self, vm: &mut Vm) -> Result<(), Raised> {
        if self.is_closed() { Err(vm.value_error(CLOSED_RAW)) } else { Ok(()) }
    }

    pub(super) fn check_readable(&self, vm: &mut Vm, binary: &str) -> Result<(), Raised> {
        self.check_open(vm, binary)?;
        if self.readable {
            Ok(())
        } else {
            Err(unsupported(vm, if self.text.is_some() { "not readable" } else { "read" }))
        }
    }

    pub(super) fn check_writable(&self, vm: &mut Vm) -> Result<(), Raised> {
        self.check_open(vm, "write to closed file")?;
        if self.writable {
            Ok(())
        } else {
            Err(unsupported(vm, if self.text.is_some() { "not writable" } else { "write" }))
        }
    }

    /// Does something with the file's buffers until a signal does not interrupt it any more. Functions of the program for
    /// signals may run, so callers keep nothing that is not rooted, and look at the buffers afresh afterwards.
    pub(super) fn with<T>(
        &self,
        vm: &mut Vm,
        mut work: impl FnMut(&mut Core, &mut dyn Host) -> io::Result<T>,
    ) -> Result<T, Raised> {
        loop {
            let result = match self.core.try_borrow_mut() {
                Ok(mut core) => work(&mut core, &mut *vm.host),
                Err(_) => return Err(vm.runtime_error("reentrant call inside a file")),
            };
            match result {
                Ok(value) => return Ok(value),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => vm.hear()?,
                Err(error) => return Err(vm.os_error(&error, None)),
            }
        }
    }
}

/// The file that a method was called on.
pub(super) fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a File, Raised> {
    args.at(0).foreign::<File>().ok_or_else(|| vm.type_error("a file is needed"))
}

/// An `UnsupportedOperation`: an `OSError` for what this kind of file cannot do.
pub(super) fn unsupported(vm: &mut Vm, message: &str) -> Raised {
    let Some(classes) = vm.state::<Streams>().classes.get() else { return vm.error(Exc::OSError, message) };
    let message = vm.heap.str(message);
    let exception = vm.new_exception(classes.unsupported, &[message]);
    Raised(exception.value())
}

impl ForeignData for File {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.name);
    }

    fn bytes(&self) -> usize {
        size_of::<Core>()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        Some(match (name, self.text) {
            ("closed", _) => Value::bool(self.is_closed()),
            ("name", _) => self.name,
            ("mode", _) => vm.heap.str(&self.mode),
            ("encoding", Some(text)) => vm.heap.str(match text.encoding {
                Encoding::Utf8 if text.signature => "utf-8-sig",
                Encoding::Utf8 => "utf-8",
                Encoding::Ascii => "ascii",
                Encoding::Latin1 => "latin-1",
            }),
            ("errors", Some(text)) => vm.heap.str(match text.errors {
                Errors::Strict => "strict",
                Errors::Ignore => "ignore",
                Errors::Replace => "replace",
            }),
            _ => return None,
        })
    }
}

fn close(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    if file.is_closed() {
        return Ok(Value::NIL);
    }
    let result = file.with(vm, |core, host| core.close(host));
    // A file whose last flush failed is closed all the same, as in Python; one that was interrupted is not.
    let is_done = match &result {
        Ok(()) => true,
        Err(Raised(exception)) => vm.halted().is_none() && vm.is_exception(*exception, Exc::OSError),
    };
    if is_done {
        file.closed.set(true);
        vm.state::<Streams>().remove(&file.core);
    }
    result.map(|()| Value::NIL)
}

fn enter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    if file.is_closed() {
        return Err(vm.value_error(CLOSED));
    }
    Ok(args.at(0))
}

fn exit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let result = close(vm, args);
    let file = receiver(vm, args)?;
    if let Some(temporary) = file.temporary.as_ref().filter(|_| file.is_closed()) {
        temporary.remove();
    }
    result
}

fn readable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open_to_ask(vm)?;
    Ok(Value::bool(file.readable))
}

fn writable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open_to_ask(vm)?;
    Ok(Value::bool(file.writable))
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open_to_ask(vm)?;
    let is_terminal = file.with(vm, |core, host| Ok(core.is_terminal(host)))?;
    Ok(Value::bool(is_terminal))
}

fn fileno(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open_to_ask(vm)?;
    match file.with(vm, |core, _| Ok(core.descriptor()))? {
        Some(descriptor) => Ok(Value::int32(descriptor)),
        None => Err(unsupported(vm, "fileno")),
    }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    let class = vm.type_name(args.at(0));
    let name = vm.repr(file.name)?;
    let text = match file.text {
        Some(_) => {
            let encoding = file.attribute(vm, "encoding").and_then(Value::as_str);
            let encoding = encoding.map_or(String::new(), |encoding| encoding.as_str().to_string());
            format!("<_io.{class} name={name} mode='{}' encoding='{encoding}'>", file.mode)
        }
        None => format!("<_io.{class} name={name}>"),
    };
    Ok(vm.heap.str(&text))
}
