//! Reading: `read`, `readline`, `readlines`, iteration, and going to places.
//!
//! What is hard: text is read in bytes, which can end in the middle of a character or between `\r` and `\n`; and
//! any wait may be interrupted. So nothing is taken out of the buffer before all that is wanted is in it.

use std::io::SeekFrom;
use std::time::Duration;

use super::codec::{Encoding, LineEnd, Newline, decode, find_line_end, translate_newlines};
use super::file::{CLOSED, CLOSED_RAW, File, TextMode, receiver, unsupported};
use crate::value::{Bytes, List, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

/// A size argument: none for "all".
fn size_argument(vm: &mut Vm, args: Args<'_>) -> Result<Option<usize>, Raised> {
    let value = args.or_nil(1);
    if value.is_nil() {
        return Ok(None);
    }
    if !value.is_int() {
        let class = vm.type_name(value);
        return Err(vm.type_error(format!("argument should be integer or nil, not '{class}'")));
    }
    let size = vm.expect_index(value)?;
    Ok(usize::try_from(size).ok())
}

/// How long to wait for a pipe or terminal at a time, beside other threads.
const SLICE: Duration = Duration::from_millis(100);

/// Lets other threads run until there is something to read. The file and what the caller keeps must be rooted.
fn wait_beside_threads(vm: &mut Vm, file: &File) -> Result<(), Raised> {
    while vm.has_other_threads() {
        let descriptor = file.core.try_borrow().ok().and_then(|core| core.descriptor());
        let Some(descriptor) = descriptor else { break };
        let at_most = vm.longest_wait(SLICE);
        match vm.host.wait_ready(&[(descriptor, false)], at_most) {
            Ok(ready) if ready == [false] => vm.pause()?,
            // A host that cannot tell has the others wait, too.
            _ => break,
        }
    }
    Ok(())
}

/// Reads more into the buffer; false at the end of the file.
fn fill(vm: &mut Vm, file: &File) -> Result<bool, Raised> {
    wait_beside_threads(vm, file)?;
    let (count, ahead) =
        file.with(vm, |core, host| core.fill(host).map(|count| (count, core.ahead().len())))?;
    if ahead > 1 << 16 {
        vm.reserve(ahead)?;
    }
    Ok(count > 0)
}

fn ahead(file: &File) -> usize {
    file.core.try_borrow().map_or(0, |core| core.ahead().len())
}

/// Takes so many bytes out of the buffer.
fn take_bytes(file: &File, count: usize) -> Vec<u8> {
    let Ok(mut core) = file.core.try_borrow_mut() else { return Vec::new() };
    let bytes = core.ahead()[..count.min(core.ahead().len())].to_vec();
    core.take(bytes.len());
    bytes
}

/// Takes so many bytes and decodes them. Bytes that cannot be decoded stay.
fn take_text(vm: &mut Vm, file: &File, mode: TextMode, count: usize) -> Result<String, Raised> {
    let decoded = {
        let Ok(mut core) = file.core.try_borrow_mut() else { return Ok(String::new()) };
        let bytes = &core.ahead()[..count.min(core.ahead().len())];
        let decoded = decode(bytes, mode.encoding, mode.errors, core.offset());
        let count = bytes.len();
        if decoded.is_ok() {
            core.take(count);
        }
        decoded
    };
    match decoded {
        Ok(text) => Ok(translate_newlines(text, mode.newline)),
        Err(message) => Err(vm.error(Exc::UnicodeDecodeError, message)),
    }
}

fn bytes_value(vm: &mut Vm, bytes: Vec<u8>) -> Value {
    Bytes::new(&mut vm.heap, bytes).value()
}

pub(super) fn read(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    let size = size_argument(vm, args)?;
    file.check_readable(vm, "read of closed file")?;
    match file.text {
        None => {
            while size.is_none_or(|size| ahead(file) < size) && fill(vm, file)? {}
            let bytes = take_bytes(file, size.unwrap_or(usize::MAX));
            Ok(bytes_value(vm, bytes))
        }
        Some(mode) => {
            let text = match size {
                None => {
                    while fill(vm, file)? {}
                    take_text(vm, file, mode, usize::MAX)?
                }
                Some(size) => read_chars(vm, file, mode, size)?,
            };
            Ok(vm.heap.str(&text))
        }
    }
}

/// Reads so many characters, as the program sees them.
fn read_chars(vm: &mut Vm, file: &File, mode: TextMode, wanted: usize) -> Result<String, Raised> {
    let mut text = String::new();
    let mut count = 0;
    let mut last = false;
    while count < wanted {
        let ready = {
            let Ok(core) = file.core.try_borrow() else { break };
            bytes_of_chars(core.ahead(), mode, wanted - count, last)
        };
        if ready == 0 {
            if last {
                break;
            }
            last = !fill(vm, file)?;
            continue;
        }
        let part = take_text(vm, file, mode, ready)?;
        count += part.chars().count();
        text.push_str(&part);
    }
    Ok(text)
}

/// How many of some bytes make whole characters, at most so many; a line end in two bytes counts as the program
/// sees it.
fn bytes_of_chars(bytes: &[u8], mode: TextMode, wanted: usize, last: bool) -> usize {
    let mut at = 0;
    let mut count = 0;
    while count < wanted && at < bytes.len() {
        let width = match bytes[at] {
            b'\r' if mode.newline == Newline::Universal => match bytes.get(at + 1) {
                Some(b'\n') => 2,
                None if !last => break,
                _ => 1,
            },
            byte if mode.encoding == Encoding::Utf8 && byte >= 0xC2 => {
                let width = if byte < 0xE0 {
                    2
                } else if byte < 0xF0 {
                    3
                } else {
                    4
                };
                // Of a wrong sequence the decoder decides how long it is; so it gets it whole.
                let valid = bytes[at + 1..].iter().take(width - 1).take_while(|b| **b & 0xC0 == 0x80).count();
                if at + 1 + valid == bytes.len() && valid + 1 < width && !last {
                    break;
                }
                valid + 1
            }
            _ => 1,
        };
        at += width;
        count += 1;
    }
    at
}

/// The line end mode of a file: binary files know `\n` only.
fn newline_of(file: &File) -> Newline {
    file.text.map_or(Newline::Lf, |mode| mode.newline)
}

/// Brings a whole line into the buffer; how many bytes it has, 0 at the end of the file.
fn find_line(vm: &mut Vm, file: &File) -> Result<usize, Raised> {
    let newline = newline_of(file);
    let (mut from, mut seen) = (0, 0);
    let mut last = false;
    loop {
        let found = {
            let Ok(core) = file.core.try_borrow() else { return Ok(0) };
            // A function that a signal called may have taken of it.
            let first = if core.ahead().len() < seen { 0 } else { from };
            seen = core.ahead().len();
            find_line_end(core.ahead(), first, newline, last)
        };
        match found {
            LineEnd::At(end) => return Ok(end),
            LineEnd::Beyond(_) if last => return Ok(ahead(file)),
            LineEnd::Beyond(next) => from = next,
        }
        last = !fill(vm, file)?;
    }
}

/// The next line, or none at the end of the file.
fn read_line(vm: &mut Vm, file: &File, size: Option<usize>) -> Result<Option<Value>, Raised> {
    let mut end = find_line(vm, file)?;
    if end == 0 {
        return Ok(None);
    }
    let Some(mode) = file.text else {
        let bytes = take_bytes(file, end.min(size.unwrap_or(end)));
        return Ok(Some(bytes_value(vm, bytes)));
    };
    if let Some(size) = size
        && let Ok(core) = file.core.try_borrow()
    {
        end = bytes_of_chars(&core.ahead()[..end], mode, size, true);
    }
    if mode.encoding == Encoding::Utf8 && mode.newline != Newline::Universal
        || mode.newline == Newline::Universal && !ends_in_cr(file, end)
    {
        // The common case: the bytes are the text, and become a string without a detour.
        let string = {
            let Ok(mut core) = file.core.try_borrow_mut() else { return Ok(None) };
            let string = match std::str::from_utf8(&core.ahead()[..end]) {
                Ok(text) if mode.encoding == Encoding::Utf8 || text.is_ascii() => Some(vm.heap.str(text)),
                _ => None,
            };
            if string.is_some() {
                core.take(end);
            }
            string
        };
        if string.is_some() {
            return Ok(string);
        }
    }
    let text = take_text(vm, file, mode, end)?;
    Ok(Some(vm.heap.str(&text)))
}

/// Whether there is a `\r` in the line end of the next `end` bytes. (Elsewhere in a line there is none in
/// universal mode.)
fn ends_in_cr(file: &File, end: usize) -> bool {
    let Ok(core) = file.core.try_borrow() else { return false };
    core.ahead()[..end].iter().rev().take(2).any(|byte| *byte == b'\r')
}

pub(super) fn readline(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    let size = size_argument(vm, args)?;
    file.check_readable(vm, "readline of closed file")?;
    if size == Some(0) {
        return Ok(empty(vm, file));
    }
    Ok(match read_line(vm, file, size)? {
        Some(line) => line,
        None => empty(vm, file),
    })
}

/// One line of a file with its line end, for others in this room; none at the end.
pub(super) fn line_of(vm: &mut Vm, file: &File) -> Result<Option<Value>, Raised> {
    file.check_readable(vm, "readline of closed file")?;
    read_line(vm, file, None)
}

fn empty(vm: &mut Vm, file: &File) -> Value {
    if file.text.is_some() { vm.heap.str("") } else { bytes_value(vm, Vec::new()) }
}

pub(super) fn readlines(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    let hint = size_argument(vm, args)?.filter(|hint| *hint > 0);
    file.check_readable(vm, CLOSED)?;
    let lines = List::new(&mut vm.heap, Vec::new());
    vm.rooted(&[lines.value()], |vm| {
        let mut total = 0;
        while hint.is_none_or(|hint| total < hint) {
            let Some(line) = read_line(vm, file, None)? else { break };
            total += line.as_str().map_or(0, |line| line.chars());
            total += line.as_object::<Bytes>().map_or(0, |line| line.data.len());
            vm.rooted(&[line], |vm| vm.list_push(lines, line))?;
            // All of it may be more than the memory limit allows, and no instruction ends in between.
            if lines.items.len().is_multiple_of(1024) {
                vm.safepoint()?;
            }
        }
        Ok(lines.value())
    })
}

pub(super) fn iter(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open(vm, CLOSED)?;
    Ok(args.at(0))
}

pub(super) fn next(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_readable(vm, "readline of closed file")?;
    match read_line(vm, file, None)? {
        Some(line) => Ok(line),
        None => Err(vm.error_with(Exc::StopIteration, &[])),
    }
}

pub(super) fn tell(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open(vm, CLOSED_RAW)?;
    let position = file.with(vm, |core, host| core.tell(host))?;
    Ok(vm.heap.int(position as i64))
}

pub(super) fn seek(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    let offset = vm.expect_index(args.at(1))?;
    let whence = match args.given(2) {
        Some(whence) => vm.expect_index(whence)?,
        None => 0,
    };
    file.check_open(vm, "seek of closed file")?;
    let is_text = file.text.is_some();
    let to = match whence {
        0 if offset < 0 && is_text => return Err(vm.value_error(format!("negative seek position {offset}"))),
        0 => match u64::try_from(offset) {
            Ok(offset) => SeekFrom::Start(offset),
            Err(_) => return Err(vm.os_error(&std::io::Error::from_raw_os_error(libc::EINVAL), None)),
        },
        1 if offset != 0 && is_text => return Err(unsupported(vm, "can't do nonzero cur-relative seeks")),
        1 => SeekFrom::Current(offset),
        2 if offset != 0 && is_text => return Err(unsupported(vm, "can't do nonzero end-relative seeks")),
        2 => SeekFrom::End(offset),
        _ if is_text => {
            return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
        _ => return Err(vm.value_error(format!("whence value {whence} unsupported"))),
    };
    let position = file.with(vm, |core, host| core.seek(host, to))?;
    Ok(vm.heap.int(position as i64))
}

pub(super) fn seekable(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver(vm, args)?;
    file.check_open_to_ask(vm)?;
    let seekable = file.with(vm, |core, host| Ok(core.tell(host).is_ok()))?;
    Ok(Value::bool(seekable))
}
