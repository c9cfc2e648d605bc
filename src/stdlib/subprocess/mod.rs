//! `subprocess`: other programs. Here is what Toy cannot do for itself: to start one, to wait, and to move bytes.
//!
//! What is hard is that a program and the one that it has started may both wait for the other to read. So bytes are moved in
//! both directions at a time, as far as it goes without waiting, and every wait is short and hears signals.

mod exchange;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use super::io;
use super::os;
use crate::heap::Tracer;
use crate::host::{ChildStream, HostFile, HostProcess, Start, Started, Stream};
use crate::value::{Bytes, Class, Dict, Foreign, ForeignData, Gc, List, Module, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "subprocess",
    doc: "Other programs: `run` starts one and waits for its end, `Popen` is one that runs meanwhile. Left out: \
          `preexec_fn`, `close_fds` and `pass_fds` (a program that is started gets its three streams and no other open \
          file), users and groups, `pipesize`, and what is for Windows.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("_start(words, executable, cwd, env, streams, new_session)", "", start),
    exchange::EXCHANGE,
];

static METHODS: &[NativeDef] = &[
    NativeDef::new(
        "pipe(self, number, mode, buffering=-1, encoding=nil, errors=nil, newline=nil)",
        "The file for a stream that is a pipe.",
        pipe,
    ),
    NativeDef::new("wait(self, seconds=nil)", "How it has ended, or nil.", wait),
    NativeDef::new("signal(self, number)", "Sends it a signal.", signal),
];

/// The module's classes.
#[derive(Default)]
struct Classes {
    process: Cell<Option<Gc<Class>>>,
    exchange: Cell<Option<Gc<Class>>>,
}

impl StdlibState for Classes {
    fn trace(&self, tracer: &mut Tracer) {
        for class in [&self.process, &self.exchange].into_iter().filter_map(Cell::get) {
            tracer.mark(class.value());
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let classes = vm.state::<Classes>();
    classes.process.set(Some(vm.new_native_class("process", METHODS)));
    classes.exchange.set(Some(vm.new_native_class("exchange", exchange::METHODS)));
    vm.add_toy_part(module, include_str!("subprocess.toy"))
}

/// A program that was started.
struct Process {
    process: RefCell<Box<dyn HostProcess>>,
    pipes: RefCell<[Option<Box<dyn HostFile>>; 3]>,
    id: u32,
}

impl ForeignData for Process {
    fn trace(&self, _: &mut Tracer) {}

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        (name == "pid").then(|| Value::len(self.id as usize))
    }
}

/// A word of a command, or a path, as the system takes it.
fn system_text(vm: &mut Vm, value: Value) -> Result<OsString, Raised> {
    let bytes = if let Some(text) = value.as_str() {
        text.as_str().as_bytes().to_vec()
    } else if let Some(bytes) = value.as_object::<Bytes>() {
        bytes.data.to_vec()
    } else {
        let class = vm.type_name(value);
        return Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {class}")));
    };
    if bytes.contains(&0) {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(OsString::from_vec(bytes))
}

/// The environment that a program is given: a dict, or what the program has made of its own.
fn variables(vm: &mut Vm, given: Value) -> Result<Vec<(OsString, OsString)>, Raised> {
    let dict = if given.is_nil() { os::environ(vm)? } else { given.as_object::<Dict>() };
    let Some(dict) = dict else {
        if given.is_nil() {
            let own = vm.host.variables().into_iter();
            return Ok(own.map(|(name, value)| (name.into(), value.into())).collect());
        }
        return Err(vm.type_error("env must be a dict"));
    };
    let mut variables = Vec::with_capacity(dict.table.len());
    for (name, value) in dict.table.items() {
        let (name, value) = (system_text(vm, name)?, system_text(vm, value)?);
        if name.as_encoded_bytes().contains(&b'=') || name.is_empty() {
            return Err(vm.value_error("illegal environment variable name"));
        }
        variables.push((name, value));
    }
    Ok(variables)
}

/// What one of the streams is to be: nil, a number of the module, or an open file's.
fn stream(vm: &mut Vm, value: Value) -> Result<ChildStream, Raised> {
    if value.is_nil() {
        return Ok(ChildStream::Inherit);
    }
    Ok(match vm.expect_index(value)? {
        -1 => ChildStream::Pipe,
        -2 => ChildStream::SameAsOutput,
        -3 => ChildStream::Null,
        number => ChildStream::Descriptor(i32::try_from(number).unwrap_or(-1)),
    })
}

fn start(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let words = args.at(0).as_object::<List>().map(|words| words.items.to_vec()).unwrap_or_default();
    let mut words =
        words.into_iter().map(|word| system_text(vm, word)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let program = system_text(vm, args.at(1))?;
    let directory = match args.at(2) {
        Value::NIL => None,
        path => Some(PathBuf::from(system_text(vm, path)?)),
    };
    let mut streams = [ChildStream::Inherit; 3];
    if let Some(given) = args.at(4).as_object::<List>() {
        for (place, value) in streams.iter_mut().zip(given.items.to_vec()) {
            *place = stream(vm, value)?;
        }
    }
    let start = Start {
        name: words.next().unwrap_or_default(),
        program,
        args: words.collect(),
        directory,
        variables: variables(vm, args.at(3))?,
        streams,
        new_session: vm.truth(args.at(5))?,
    };
    flush_streams(vm)?;
    match vm.host.start(&start) {
        Ok(Started { process, pipes }) => {
            let (id, pipes) = (process.id(), RefCell::new(pipes));
            let process = Process { process: RefCell::new(process), pipes, id };
            let Some(class) = vm.state::<Classes>().process.get() else {
                return Err(vm.runtime_error("the module is not set up"));
            };
            Ok(Foreign::new(&mut vm.heap, class, process).value())
        }
        Err(error) => {
            let missing = start.directory.as_ref().filter(|directory| !directory.is_dir());
            let name = missing.map_or_else(
                || start.program.to_string_lossy().into_owned(),
                |directory| directory.to_string_lossy().into_owned(),
            );
            Err(vm.os_error(&error, Some(&name)))
        }
    }
}

/// What the program has said so far comes before what the other says.
fn flush_streams(vm: &mut Vm) -> Result<(), Raised> {
    for stream in [Stream::Out, Stream::Err] {
        // What cannot be written stays, and the next flush will say so.
        while let Err(error) = io::flush_std(vm, stream, true)
            && error.kind() == std::io::ErrorKind::Interrupted
        {
            vm.hear()?;
        }
    }
    Ok(())
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Process, Raised> {
    args.at(0).foreign::<Process>().ok_or_else(|| vm.type_error("a process is needed"))
}

fn pipe(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let process = receiver(vm, args)?;
    let opening = io::open::parse_opening(vm, args, [2, 3, 4, 5, 6], "rb")?;
    let number = usize::try_from(vm.expect_index(args.at(1))?).unwrap_or(0);
    let file = process.pipes.borrow_mut().get_mut(number).and_then(Option::take);
    let Some(file) = file else { return Err(vm.value_error("this stream is no pipe")) };
    let name = file.descriptor().map_or(Value::NIL, Value::int32);
    io::open::make_file(vm, file, &opening, name, None)
}

/// When a wait of so many seconds ends, nil for never.
fn deadline(vm: &mut Vm, seconds: Value) -> Result<Option<Duration>, Raised> {
    if seconds.is_nil() || seconds.is_undef() {
        return Ok(None);
    }
    let seconds = vm.expect_float(seconds)?;
    let wait = if seconds > 0.0 { Duration::try_from_secs_f64(seconds).ok() } else { Some(Duration::ZERO) };
    let now = vm.host.monotonic();
    Ok(wait.and_then(|wait| now.checked_add(wait)))
}

/// How long is left; none when it is over.
fn time_left(vm: &mut Vm, deadline: Option<Duration>) -> Option<Duration> {
    const LONG: Duration = Duration::from_secs(3600);
    match deadline {
        None => Some(LONG),
        Some(deadline) => deadline
            .checked_sub(vm.host.monotonic())
            .filter(|left| !left.is_zero())
            .map(|left| left.min(LONG)),
    }
}

fn wait(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let process = receiver(vm, args)?;
    let deadline = deadline(vm, args.or_nil(1))?;
    loop {
        let left = time_left(vm, deadline);
        let ended = match process.process.try_borrow_mut() {
            Ok(mut process) => process.ended(vm.longest_wait(left.unwrap_or_default())),
            Err(_) => return Err(vm.runtime_error("the process is being waited for")),
        };
        match ended {
            Ok(Some(code)) => return Ok(Value::int32(code)),
            Ok(None) if left.is_none() => return Ok(Value::NIL),
            Ok(None) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(vm.os_error(&error, None)),
        }
        vm.pause()?;
    }
}

fn signal(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let process = receiver(vm, args)?;
    let number = vm.expect_index(args.at(1))?;
    let result = match (process.process.try_borrow_mut(), i32::try_from(number)) {
        (Ok(mut process), Ok(number)) => process.signal(number),
        _ => Err(std::io::Error::from_raw_os_error(libc::EINVAL)),
    };
    match result {
        // It has ended meanwhile.
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(Value::NIL),
        Err(error) => Err(vm.os_error(&error, None)),
        Ok(()) => Ok(Value::NIL),
    }
}
