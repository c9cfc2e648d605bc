//! `open`.

use std::cell::RefCell;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::rc::Rc;

use super::codec::{Encoding, Errors, Newline};
use super::core::{Core, Device, WRITE_CHUNK};
use super::file::{File, TextMode};
use super::temporary::Temporary;
use super::{Streams, descriptor};
use crate::host::{HostFile, OpenHow};
use crate::value::{Bytes, Foreign, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const BUILTINS: &[NativeDef] = &[NativeDef::new(
    "open(file, mode='r', buffering=-1, encoding=nil, errors=nil, newline=nil)",
    "Opens a file: `r` reads, `w` writes anew, `a` appends, `x` makes a new file; `+` does both, `b` is for bytes.",
    open,
)];

/// What a mode string says.
struct Mode {
    how: OpenHow,
    binary: bool,
}

fn parse_mode(vm: &mut Vm, mode: &str) -> Result<Mode, Raised> {
    let repeated = mode.chars().any(|c| mode.matches(c).count() > 1);
    if repeated || !mode.chars().all(|c| "rwaxbt+".contains(c)) {
        return Err(vm.value_error(format!("invalid mode: '{mode}'")));
    }
    let has = |c: char| mode.contains(c);
    if has('b') && has('t') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    match "rwax".chars().filter(|c| has(*c)).count() {
        0 => {
            let message = "Must have exactly one of create/read/write/append mode and at most one plus";
            return Err(vm.value_error(message));
        }
        1 => {}
        _ => return Err(vm.value_error("must have exactly one of create/read/write/append mode")),
    }
    let how = OpenHow {
        read: has('r') || has('+'),
        write: !has('r') || has('+'),
        append: has('a'),
        truncate: has('w'),
        create: has('w') || has('a'),
        create_new: has('x'),
        private: false,
    };
    Ok(Mode { how, binary: has('b') })
}

/// How a program opens a file: what `open` is told besides the path.
pub(in crate::stdlib) struct Opening {
    mode_text: String,
    pub(in crate::stdlib) how: OpenHow,
    text: Option<TextMode>,
    buffering: i64,
    capacity: usize,
}

/// Reads the arguments of `open` and of what is like it: `places` are those of `mode`, `buffering`, `encoding`, `errors`
/// and `newline`.
pub(in crate::stdlib) fn parse_opening(
    vm: &mut Vm,
    args: Args<'_>,
    places: [usize; 5],
    default_mode: &str,
) -> Result<Opening, Raised> {
    let mode_text = text_argument(vm, args, places[0], "mode")?.unwrap_or_else(|| default_mode.to_string());
    let mode = parse_mode(vm, &mode_text)?;
    let buffering = match args.given(places[1]) {
        Some(size) => vm.expect_index(size)?,
        None => -1,
    };
    let encoding = text_argument(vm, args, places[2], "encoding")?;
    let errors = text_argument(vm, args, places[3], "errors")?;
    let newline = text_argument(vm, args, places[4], "newline")?;
    let text = if mode.binary {
        for (given, what) in [(&encoding, "an encoding"), (&errors, "an errors"), (&newline, "a newline")] {
            if given.is_some() {
                return Err(vm.value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        None
    } else {
        Some(text_mode(vm, encoding, errors, newline)?)
    };
    let capacity = match buffering {
        0 if text.is_some() => return Err(vm.value_error("can't have unbuffered text I/O")),
        i64::MIN..=-2 => return Err(vm.value_error("invalid buffering size")),
        -1 | 1 => WRITE_CHUNK,
        size => size.min(1 << 24) as usize,
    };
    Ok(Opening { mode_text, how: mode.how, text, buffering, capacity })
}

fn open(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    if let Some(descriptor) = args.at(0).as_int() {
        return descriptor::open(vm, args, descriptor);
    }
    let path = path_of(vm, args.at(0))?;
    let opening = parse_opening(vm, args, [1, 2, 3, 4, 5], "r")?;
    let file = loop {
        vm.hear()?;
        match open_on_host(vm, &path, opening.how) {
            Ok(file) => break file,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(vm.os_error(&error, Some(&path.to_string_lossy()))),
        }
    };
    make_file(vm, file, &opening, args.at(0), None)
}

/// A file object for a file that a host has opened. `name` is a root.
pub(in crate::stdlib) fn make_file(
    vm: &mut Vm,
    file: Box<dyn HostFile>,
    opening: &Opening,
    name: Value,
    temporary: Option<Rc<Temporary>>,
) -> NativeResult {
    let streams = vm.state::<Streams>();
    let Some(classes) = streams.classes.get() else {
        return Err(vm.error(Exc::OSError, "files are not available"));
    };
    let shown = vm.str(name)?;
    let is_terminal = file.is_terminal();
    let Opening { mode_text, how, text, buffering, capacity } = opening;
    let by_line = (*buffering == 1 || (*buffering == -1 && is_terminal)) && text.is_some();
    let mut core = Core::new(Device::Disk(file), shown, *capacity, by_line, streams.lost.clone());
    if text.is_some_and(|text| text.signature) {
        // What has no places, such as a pipe, is at its beginning.
        core.signature = Some(core.tell(&mut *vm.host).unwrap_or(0) == 0);
    }
    core.temporary = temporary.clone().filter(|temporary| temporary.ends_on_close);
    let core = Rc::new(RefCell::new(core));
    streams.add(&core);
    let class = match (text.is_some(), how.read, how.write) {
        (true, ..) => classes.text,
        (false, true, true) => classes.both,
        (false, true, false) => classes.reader,
        (false, false, _) => classes.writer,
    };
    let mut file = File::new(core, name, mode_text, *text, how.read, how.write);
    file.temporary = temporary;
    Ok(Foreign::new(&mut vm.heap, class, file).value())
}

/// Opens the file. Where too many are open, those that only the collector would close are closed first.
pub(in crate::stdlib) fn open_on_host(
    vm: &mut Vm,
    path: &std::path::Path,
    how: OpenHow,
) -> std::io::Result<Box<dyn HostFile>> {
    let mut result = open_at_place(vm, path, how);
    if matches!(&result, Err(error) if error.raw_os_error() == Some(libc::EMFILE)) {
        // The second collection sweeps what the first one found dead.
        vm.collect();
        vm.collect();
        result = open_at_place(vm, path, how);
    }
    result
}

/// Opens the file, and goes to its end to append: that is where `tell` says one is.
fn open_at_place(vm: &mut Vm, path: &std::path::Path, how: OpenHow) -> std::io::Result<Box<dyn HostFile>> {
    let mut file = vm.host.open(path, how)?;
    if how.append {
        // Pipes have no places, which is no reason not to append to them.
        let _ = file.seek(SeekFrom::End(0));
    }
    Ok(file)
}

fn path_of(vm: &mut Vm, value: Value) -> Result<PathBuf, Raised> {
    let path = if let Some(text) = value.as_str() {
        PathBuf::from(text.as_str())
    } else if let Some(bytes) = value.as_object::<Bytes>() {
        use std::os::unix::ffi::OsStringExt;
        PathBuf::from(std::ffi::OsString::from_vec(bytes.data.to_vec()))
    } else {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {name}")));
    };
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(path)
}

fn text_argument(vm: &mut Vm, args: Args<'_>, at: usize, name: &str) -> Result<Option<String>, Raised> {
    let value = args.or_nil(at);
    match value.as_str() {
        Some(text) => Ok(Some(text.as_str().to_string())),
        None if value.is_nil() && name != "mode" => Ok(None),
        None if value.is_nil() && args.given(at).is_none() => Ok(None),
        None => {
            let or_nil = if name == "mode" { "" } else { " or nil" };
            let class = vm.type_name(value);
            Err(vm.type_error(format!("open() argument '{name}' must be str{or_nil}, not {class}")))
        }
    }
}

fn text_mode(
    vm: &mut Vm,
    encoding: Option<String>,
    errors: Option<String>,
    newline: Option<String>,
) -> Result<TextMode, Raised> {
    let (encoding, signature) = match encoding {
        None => (Encoding::Utf8, false),
        Some(name) => match Encoding::named(&name) {
            Some(encoding) => encoding,
            None => return Err(vm.error(Exc::LookupError, format!("unknown encoding: {name}"))),
        },
    };
    let errors = match errors.as_deref() {
        None | Some("strict") => Errors::Strict,
        Some("ignore") => Errors::Ignore,
        Some("replace") => Errors::Replace,
        Some(name) => return Err(vm.error(Exc::LookupError, format!("unknown error handler name '{name}'"))),
    };
    let newline = match newline.as_deref() {
        None => Newline::Universal,
        Some("") => Newline::Any,
        Some("\n") => Newline::Lf,
        Some("\r") => Newline::Cr,
        Some("\r\n") => Newline::CrLf,
        Some(other) => return Err(vm.value_error(format!("illegal newline value: {other}"))),
    };
    Ok(TextMode { encoding, signature, errors, newline })
}
