//! `print` and `input`.

use std::io::Write;

use super::file::File;
use super::read::line_of;
use super::write::{flush_file, settle, write_text, write_value_to};
use super::{Streams, SysName};
use crate::value::{Gc, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const BUILTINS: &[NativeDef] = &[
    NativeDef::new(
        "print(*args, sep=' ', end='\\n', file=nil, flush=false)",
        "Writes the texts of values, with `sep` between them and `end` behind them, to `file` or `sys.stdout`.",
        print,
    ),
    NativeDef::new(
        "input(prompt='', /)",
        "Writes a prompt and reads a line from `sys.stdin`, without its line end; `EOFError` if there is none.",
        input,
    ),
];

/// What `sys.stdout` and the like are now; the originals as long as nobody imported `sys`.
fn current(vm: &mut Vm, name: SysName) -> Option<Value> {
    let streams = vm.state::<Streams>();
    if streams.sys.get().is_some() {
        return streams.in_sys(name);
    }
    let original = match name {
        SysName::Stdin => streams.input.get(),
        SysName::Stdout => streams.out.get(),
        SysName::Stderr => streams.err.get(),
        SysName::ExceptHook => None,
    };
    original.map(Gc::value)
}

/// A `sep` or `end` argument; none for the default.
fn separator(vm: &mut Vm, args: Args<'_>, at: usize, name: &str) -> Result<Option<Value>, Raised> {
    let value = args.or_nil(at);
    if value.is_nil() {
        return Ok(None);
    }
    if value.as_str().is_none() {
        let class = vm.type_name(value);
        return Err(vm.type_error(format!("{name} must be nil or a string, not {class}")));
    }
    Ok(Some(value))
}

fn print(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let sep = separator(vm, args, 0, "sep")?;
    let end = separator(vm, args, 1, "end")?;
    let flush = match args.given(3) {
        Some(flush) => vm.truth(flush)?,
        None => false,
    };
    let items = args.slice().get(4..).unwrap_or(&[]);
    let target = match args.given(2).filter(|file| !file.is_nil()) {
        Some(file) => file,
        None => match current(vm, SysName::Stdout) {
            Some(stdout) if stdout.is_nil() => return Ok(Value::NIL),
            Some(stdout) => stdout,
            None => return Err(vm.runtime_error("lost sys.stdout")),
        },
    };
    // `sys.stdout` may be replaced while this prints.
    let mark = vm.roots.len();
    vm.roots.push(target);
    let result = match target.foreign::<File>() {
        Some(file) if file.takes_utf8() => print_to_buffer(vm, file, items, sep, end, flush),
        _ => print_to_value(vm, target, items, sep, end, flush),
    };
    vm.roots.truncate(mark);
    result.map(|()| Value::NIL)
}

/// The fast way: the texts go right into the file's buffer.
fn print_to_buffer(
    vm: &mut Vm,
    file: &File,
    items: &[Value],
    sep: Option<Value>,
    end: Option<Value>,
    flush: bool,
) -> Result<(), Raised> {
    file.with(vm, |core, _| core.leave_reading())?;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            put_text(file, sep, " ");
        }
        put_item(vm, file, *item)?;
    }
    put_text(file, end, "\n");
    if flush { flush_file(vm, file) } else { settle(vm, file) }
}

fn put_text(file: &File, text: Option<Value>, default: &str) {
    if let Ok(mut core) = file.core.try_borrow_mut() {
        match text.and_then(Value::as_str) {
            Some(text) => core.put(text.bytes()),
            None => core.put(default.as_bytes()),
        }
    }
}

fn put_item(vm: &mut Vm, file: &File, item: Value) -> Result<(), Raised> {
    if let Ok(mut core) = file.core.try_borrow_mut() {
        if let Some(text) = item.as_str() {
            core.put(text.bytes());
            return Ok(());
        }
        if let Some(int) = item.as_int() {
            // Writing to memory cannot fail.
            let _ = write!(core.buffer(), "{int}");
            return Ok(());
        }
    }
    let text = vm.str(item)?;
    // Making the text may have run code that closed the file.
    file.check_open(vm, "write to closed file")?;
    if let Ok(mut core) = file.core.try_borrow_mut() {
        core.put(text.as_bytes());
    }
    Ok(())
}

/// The general way, in Python's steps: one `write` for each text.
fn print_to_value(
    vm: &mut Vm,
    target: Value,
    items: &[Value],
    sep: Option<Value>,
    end: Option<Value>,
    flush: bool,
) -> Result<(), Raised> {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            let sep = sep.unwrap_or_else(|| vm.heap.str(" "));
            write_rooted(vm, target, sep)?;
        }
        let text = vm.str_value(*item)?;
        write_rooted(vm, target, text)?;
    }
    let end = end.unwrap_or_else(|| vm.heap.str("\n"));
    write_rooted(vm, target, end)?;
    if flush { flush_value(vm, target) } else { Ok(()) }
}

fn write_rooted(vm: &mut Vm, target: Value, text: Value) -> Result<(), Raised> {
    vm.rooted(&[text], |vm| write_value(vm, target, text))
}

/// Writes a string, which somebody keeps alive, to a file or to whatever has a `write` method.
pub(super) fn write_value(vm: &mut Vm, target: Value, text: Value) -> Result<(), Raised> {
    if let Some(file) = target.foreign::<File>() {
        return write_value_to(vm, file, text).map(|_| ());
    }
    let name = vm.heap.intern("write");
    let write = vm.get_attr(target, name)?;
    vm.call(write, &[text]).map(|_| ())
}

/// Flushes a file, or whatever has a `flush` method.
pub(super) fn flush_value(vm: &mut Vm, target: Value) -> Result<(), Raised> {
    if let Some(file) = target.foreign::<File>() {
        return flush_file(vm, file);
    }
    let name = vm.heap.intern("flush");
    match vm.find_attr(target, name)? {
        Some(flush) => vm.call(flush, &[]).map(|_| ()),
        None => Ok(()),
    }
}

fn input(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let lost = |vm: &mut Vm, name: &str| vm.runtime_error(format!("input(): lost sys.{name}"));
    let Some(stdin) = current(vm, SysName::Stdin).filter(|stdin| !stdin.is_nil()) else {
        return Err(lost(vm, "stdin"));
    };
    let Some(stdout) = current(vm, SysName::Stdout).filter(|stdout| !stdout.is_nil()) else {
        return Err(lost(vm, "stdout"));
    };
    vm.rooted(&[stdin, stdout], |vm| {
        if let Some(prompt) = args.given(0) {
            let prompt = vm.str_value(prompt)?;
            match stdout.foreign::<File>() {
                Some(file) if file.takes_utf8() => {
                    let text = prompt.as_str().map_or(String::new(), |text| text.as_str().to_string());
                    write_text(vm, file, &text)?;
                }
                _ => write_rooted(vm, stdout, prompt)?,
            }
        }
        flush_value(vm, stdout)?;
        read_answer(vm, stdin)
    })
}

/// The next line of standard input without its line end.
fn read_answer(vm: &mut Vm, stdin: Value) -> NativeResult {
    let line = match stdin.foreign::<File>() {
        Some(file) => line_of(vm, file)?.unwrap_or(Value::NIL),
        None => {
            let name = vm.heap.intern("readline");
            let readline = vm.get_attr(stdin, name)?;
            let line = vm.call(readline, &[])?;
            if line.as_str().is_none() {
                return Err(vm.type_error("object.readline() returned non-string"));
            }
            line
        }
    };
    match line.as_str() {
        Some(text) if text.byte_len() > 0 => match text.as_str().strip_suffix('\n') {
            Some(answer) => Ok(vm.heap.str(answer)),
            None => Ok(line),
        },
        _ => {
            // Ctrl-C in a pipeline ends the other side, too; then the signal is what counts.
            vm.hear()?;
            Err(vm.error(Exc::EOFError, "EOF when reading a line"))
        }
    }
}
