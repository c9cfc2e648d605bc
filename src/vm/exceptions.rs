//! The built-in exception classes, and how native code makes exceptions.
//!
//! An exception is an instance whose first four slots are `args`, `cause`, `context` and `traceback`; what else
//! it has (`code`, `errno`, …) are ordinary attributes.

use super::{Args, NativeResult, Raised, Vm};
use crate::value::{Class, ExceptionSlot, Gc, Instance, Layout, NativeDef, Tuple, Value};

macro_rules! define_exceptions {
    ($($name:ident: $base:ident, $doc:literal;)*) => {
        /// The built-in exception classes. `BaseException` is the first.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(usize)]
        pub enum Exc { BaseException, $($name),* }

        /// Name and base of every built-in exception class, bases first, and what it means.
        pub const EXCEPTIONS: &[(&str, Option<Exc>, &str)] =
            &[("BaseException", None, "Everything that can be raised."), $((stringify!($name), Some(Exc::$base), $doc)),*];
    };
}

define_exceptions! {
    SystemExit: BaseException, "Ends the program, as `exit` does; `code` says with what.";
    KeyboardInterrupt: BaseException, "Somebody pressed Ctrl-C.";
    Terminated: BaseException, "The system asks the program to end, by SIGTERM or SIGHUP; `signal` is the number.";
    GeneratorExit: BaseException, "Raised in a generator that is closed.";
    Exception: BaseException, "What programs are expected to deal with; the base of their own exceptions.";
    ArithmeticError: Exception, "A calculation that has no result.";
    ZeroDivisionError: ArithmeticError, "A division by zero.";
    OverflowError: ArithmeticError, "A result that is too large for its type.";
    AssertionError: Exception, "What was asserted is not so.";
    AttributeError: Exception, "There is no such attribute; `name` and `obj` say which, and of what.";
    EOFError: Exception, "The input has ended, and more was asked for.";
    ImportError: Exception, "A module could not be imported, or has not what was asked of it; `name` is the module's.";
    ModuleNotFoundError: ImportError, "There is no such module.";
    LookupError: Exception, "There is nothing at that place.";
    IndexError: LookupError, "A sequence is not that long.";
    KeyError: LookupError, "A dict has no such key, a set no such item.";
    MemoryError: Exception, "There is not enough memory.";
    NameError: Exception, "A name was read before it had a value.";
    OSError: Exception, "The system could not do it: `errno`, `strerror`, `filename`, `filename2`.";
    BlockingIOError: OSError, "It would have to wait, and was told not to.";
    ChildProcessError: OSError, "There is no such child process.";
    ConnectionError: OSError, "A connection that does not work; the base of the four below.";
    BrokenPipeError: ConnectionError, "Nobody reads any more what is written.";
    ConnectionAbortedError: ConnectionError, "The other side has given up.";
    ConnectionRefusedError: ConnectionError, "The other side does not want it.";
    ConnectionResetError: ConnectionError, "The other side has broken it off.";
    FileNotFoundError: OSError, "There is no such file or directory.";
    FileExistsError: OSError, "There is one already.";
    PermissionError: OSError, "It is not allowed.";
    IsADirectoryError: OSError, "It is a directory, and a file was wanted.";
    NotADirectoryError: OSError, "It is no directory, and one was wanted.";
    InterruptedError: OSError, "A signal came in between.";
    ProcessLookupError: OSError, "There is no such process.";
    TimeoutError: OSError, "It took too long.";
    RuntimeError: Exception, "An error of no other kind.";
    RecursionError: RuntimeError, "Too many calls are under way.";
    NotImplementedError: RuntimeError, "To be raised by methods that a subclass must provide.";
    StopIteration: Exception, "An iterator has no more items; `value` is what a generator returned.";
    SyntaxError: Exception, "The text of a module that was imported is not right.";
    TypeError: Exception, "A value of a type that cannot be used there, or a call with the wrong arguments.";
    ValueError: Exception, "A value of the right type that cannot be used there.";
    UnicodeError: ValueError, "Text that cannot be encoded, or bytes that cannot be decoded.";
    UnicodeDecodeError: UnicodeError, "Bytes that are no text in the encoding.";
    UnicodeEncodeError: UnicodeError, "A character that the encoding does not have.";
}

const CONSTRUCT: NativeDef =
    NativeDef::new("BaseException(cls, /, *args)", "An exception; the arguments become `args`.", construct);
const CONSTRUCT_EXIT: NativeDef = NativeDef::new(
    "SystemExit(cls, /, *args)",
    "Ends the program; the argument becomes `code`.",
    construct_exit,
);
const CONSTRUCT_STOP: NativeDef = NativeDef::new(
    "StopIteration(cls, /, *args)",
    "The end of an iterator; the argument becomes `value`.",
    construct_stop,
);
const CONSTRUCT_TERMINATED: NativeDef = NativeDef::new(
    "Terminated(cls, /, *args)",
    "A signal to end; the argument becomes `signal`.",
    construct_terminated,
);
const CONSTRUCT_OS: NativeDef = NativeDef::new(
    "OSError(cls, /, *args)",
    "A failure of the system: `errno`, `strerror`, `filename`.",
    construct_os,
);

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("an exception is made by its class"));
    };
    Ok(vm.new_exception(class, &args.slice()[1..]).value())
}

fn construct_with(vm: &mut Vm, args: Args<'_>, name: &str) -> NativeResult {
    let exception = construct(vm, args)?;
    let value = match args.slice() {
        [_, only] => *only,
        [_, rest @ ..] if rest.len() > 1 => Tuple::new(&mut vm.heap, rest).value(),
        _ => Value::NIL,
    };
    let name = vm.heap.intern(name);
    if let Some(instance) = exception.as_object::<Instance>() {
        instance.set(&mut vm.heap, name, value);
    }
    Ok(exception)
}

fn construct_exit(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    construct_with(vm, args, "code")
}

fn construct_stop(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    construct_with(vm, args, "value")
}

fn construct_terminated(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    construct_with(vm, args, "signal")
}

/// As in Python, two to five arguments are errno, message, file name, a number that only Windows has, and a second
/// file name; and the errno picks the subclass.
fn construct_os(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let mut window = args.slice().to_vec();
    let given = window.get(1..).unwrap_or(&[]).to_vec();
    if let (Some(class), [errno, _, ..]) = (window[0].as_object::<Class>(), &given[..])
        && class == vm.exception_class(Exc::OSError)
        && let Some(errno) = errno.as_int()
        && let Some(exc) = os_subclass(errno as i32)
    {
        window[0] = vm.exception_class(exc).value();
    }
    if (3..=5).contains(&given.len()) {
        window.truncate(3); // the file names are no part of `args`
    }
    let exception = construct(vm, Args::new(&window))?;
    if let Some(instance) = exception.as_object::<Instance>() {
        let is_known = (2..=5).contains(&given.len());
        for (i, name) in [(0, "errno"), (1, "strerror"), (2, "filename"), (4, "filename2")] {
            let value = if is_known { given.get(i).copied().unwrap_or(Value::NIL) } else { Value::NIL };
            let name = vm.heap.intern(name);
            instance.set(&mut vm.heap, name, value);
        }
    }
    Ok(exception)
}

fn os_subclass(errno: i32) -> Option<Exc> {
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => Exc::BlockingIOError,
        libc::ECHILD => Exc::ChildProcessError,
        libc::ECONNABORTED => Exc::ConnectionAbortedError,
        libc::ECONNREFUSED => Exc::ConnectionRefusedError,
        libc::ECONNRESET => Exc::ConnectionResetError,
        libc::ESRCH => Exc::ProcessLookupError,
        libc::ENOENT => Exc::FileNotFoundError,
        libc::EEXIST => Exc::FileExistsError,
        libc::EACCES | libc::EPERM => Exc::PermissionError,
        libc::EISDIR => Exc::IsADirectoryError,
        libc::ENOTDIR => Exc::NotADirectoryError,
        libc::EPIPE | libc::ESHUTDOWN => Exc::BrokenPipeError,
        libc::EINTR => Exc::InterruptedError,
        libc::ETIMEDOUT => Exc::TimeoutError,
        _ => return None,
    })
}

/// Makes all the classes, in the order of [`Exc`].
pub(super) fn make_classes(vm: &mut Vm, object: Gc<Class>) -> Vec<Gc<Class>> {
    let mut classes: Vec<Gc<Class>> = Vec::with_capacity(EXCEPTIONS.len());
    for (name, base, doc) in EXCEPTIONS {
        let name = vm.heap.intern(name);
        let base = base.map_or(object, |base| classes[base as usize]);
        let class = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
        vm.describe(class, doc);
        classes.push(class);
    }
    for class in &classes {
        class.construct.set(Some(&CONSTRUCT));
    }
    for (exc, construct) in [
        (Exc::SystemExit, &CONSTRUCT_EXIT),
        (Exc::StopIteration, &CONSTRUCT_STOP),
        (Exc::Terminated, &CONSTRUCT_TERMINATED),
    ] {
        classes[exc as usize].construct.set(Some(construct));
    }
    let os_error = classes[Exc::OSError as usize];
    for class in classes.iter().filter(|class| class.is_subclass_of(os_error)) {
        class.construct.set(Some(&CONSTRUCT_OS));
    }
    classes
}

impl Vm {
    pub fn exception_class(&self, exc: Exc) -> Gc<Class> {
        self.exceptions[exc as usize]
    }

    /// An exception of a class that is laid out as one.
    pub fn new_exception(&mut self, class: Gc<Class>, args: &[Value]) -> Gc<Instance> {
        let instance = Instance::new(&mut self.heap, class);
        let args = Tuple::new(&mut self.heap, args).value();
        instance.set_slot(ExceptionSlot::Args as usize, args);
        instance
    }

    /// An exception with one message, ready to be the error of a `Result`.
    #[cold]
    pub fn error(&mut self, exc: Exc, message: impl AsRef<str>) -> Raised {
        let message = self.heap.str(message.as_ref());
        let class = self.exception_class(exc);
        Raised(self.new_exception(class, &[message]).value())
    }

    /// An exception with any arguments, made by its class's constructor.
    #[cold]
    pub fn error_with(&mut self, exc: Exc, args: &[Value]) -> Raised {
        let class = self.exception_class(exc);
        let mut window = vec![class.value()];
        window.extend_from_slice(args);
        let construct = class.construct.get().map_or(construct as crate::value::NativeFn, |def| def.function);
        match construct(self, Args::new(&window)) {
            Ok(exception) => Raised(exception),
            Err(raised) => raised,
        }
    }

    #[cold]
    pub fn type_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::TypeError, message)
    }

    #[cold]
    pub fn value_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::ValueError, message)
    }

    #[cold]
    pub fn runtime_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::RuntimeError, message)
    }

    #[cold]
    pub fn index_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::IndexError, message)
    }

    #[cold]
    pub fn overflow_error(&mut self, message: impl AsRef<str>) -> Raised {
        self.error(Exc::OverflowError, message)
    }

    /// `KeyError` for a key.
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Raised {
        let class = self.exception_class(Exc::KeyError);
        Raised(self.new_exception(class, &[key]).value())
    }

    #[cold]
    pub fn memory_error(&mut self) -> Raised {
        let class = self.exception_class(Exc::MemoryError);
        Raised(self.new_exception(class, &[]).value())
    }

    /// `OSError`, or the subclass that the code picks, as Python makes it from an `errno`.
    #[cold]
    pub fn os_error(&mut self, error: &std::io::Error, filename: Option<&str>) -> Raised {
        self.os_error_between(error, filename, None)
    }

    /// An `OSError` of what two files have to do with each other, such as a renaming.
    pub fn os_error_between(
        &mut self,
        error: &std::io::Error,
        filename: Option<&str>,
        second: Option<&str>,
    ) -> Raised {
        let errno = error.raw_os_error().unwrap_or(0);
        let text = error.to_string();
        // Rust appends "(os error 2)".
        let text = text.split(" (os error").next().unwrap_or(&text).to_string();
        let text = self.heap.str(&text);
        let mut args = vec![Value::int32(errno), text];
        if let Some(filename) = filename {
            args.push(self.heap.str(filename));
        }
        if let Some(second) = second {
            args.resize(4, Value::NIL);
            args.push(self.heap.str(second));
        }
        self.error_with(Exc::OSError, &args)
    }

    /// Whether a value is an instance of a built-in exception class or of a subclass.
    pub fn is_exception(&self, value: Value, exc: Exc) -> bool {
        value
            .as_object::<Instance>()
            .is_some_and(|instance| instance.class().is_subclass_of(self.exception_class(exc)))
    }
}
