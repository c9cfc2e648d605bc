//! The module `io`: files in memory, and the names that go with `open`.
//!
//! A `StringIO` counts in code points and a `BytesIO` in bytes; they are one thing over different units.

use std::cell::{Cell, RefCell};

use super::Streams;
use super::file::unsupported;
use crate::heap::Tracer;
use crate::value::{Bytes, Class, Foreign, ForeignData, Gc, List, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "io",
    doc: "Files in memory, and `open`. Left out: the classes that `open` is made of, `getbuffer`, `readinto`, `read1`, `detach`, and the \
          argument `newline` of `StringIO`.",
    functions: &[],
    setup: Some(setup),
};

const STRING: NativeDef =
    NativeDef::new("StringIO(cls, initial_value='', /)", "A text file in memory.", construct::<char>);
const BYTES: NativeDef =
    NativeDef::new("BytesIO(cls, initial_bytes=b'', /)", "A binary file in memory.", construct::<u8>);

macro_rules! methods {
    ($unit:ty) => {
        &[
            NativeDef::new(
                "read(self, size=-1, /)",
                "Reads at most `size` characters or bytes, or all that is left.",
                read::<$unit>,
            ),
            NativeDef::new("readline(self, size=-1, /)", "Reads to the end of the line.", readline::<$unit>),
            NativeDef::new("readlines(self, hint=-1, /)", "A list of the lines left.", readlines::<$unit>),
            NativeDef::new("iter(self, /)", "The file itself: it iterates over its lines.", itself::<$unit>),
            NativeDef::new("next(self, /)", "The next line.", next::<$unit>),
            NativeDef::new("write(self, s, /)", "Writes; returns how much.", write::<$unit>),
            NativeDef::new(
                "writelines(self, lines, /)",
                "Writes each item of an iterable.",
                writelines::<$unit>,
            ),
            NativeDef::new("getvalue(self, /)", "All that is in the file.", getvalue::<$unit>),
            NativeDef::new("seek(self, offset, whence=0, /)", "Goes to a place; returns it.", seek::<$unit>),
            NativeDef::new("tell(self, /)", "The place of the next read or write.", tell::<$unit>),
            NativeDef::new("truncate(self, size=nil, /)", "Cuts the file at a size.", truncate::<$unit>),
            NativeDef::new("flush(self, /)", "Does nothing.", nothing::<$unit>),
            NativeDef::new("close(self, /)", "Closes the file and forgets what is in it.", close::<$unit>),
            NativeDef::new("readable(self, /)", "True.", yes::<$unit>),
            NativeDef::new("writable(self, /)", "True.", yes::<$unit>),
            NativeDef::new("seekable(self, /)", "True.", yes::<$unit>),
            NativeDef::new("isatty(self, /)", "False.", no::<$unit>),
            NativeDef::new("fileno(self, /)", "Refuses: there is no number.", fileno::<$unit>),
            NativeDef::new("enter(self, /)", "The file itself, for `with`.", itself::<$unit>),
            NativeDef::new("exit(self, *args)", "Closes the file, for `with`.", close::<$unit>),
            NativeDef::new("repr(self, /)", "A text for people who program.", repr::<$unit>),
        ]
    };
}

const STRING_METHODS: &[NativeDef] = methods!(char);
const BYTES_METHODS: &[NativeDef] = methods!(u8);

/// What a file in memory is made of.
trait Unit: Copy + PartialEq + 'static {
    const NEWLINE: Self;
    const ZERO: Self;
    const IS_TEXT: bool;

    /// A part of the file as a value.
    fn value(vm: &mut Vm, part: &[Self]) -> NativeResult;

    /// What a value to be written holds.
    fn units(vm: &mut Vm, value: Value) -> Result<Vec<Self>, Raised>;
}

impl Unit for char {
    const NEWLINE: char = '\n';
    const ZERO: char = '\0';
    const IS_TEXT: bool = true;

    fn value(vm: &mut Vm, part: &[char]) -> NativeResult {
        let text: String = part.iter().collect();
        vm.make_str(&text)
    }

    fn units(vm: &mut Vm, value: Value) -> Result<Vec<char>, Raised> {
        match value.as_str() {
            Some(text) => Ok(text.as_str().chars().collect()),
            None => {
                let class = vm.type_name(value);
                Err(vm.type_error(format!("string argument expected, got '{class}'")))
            }
        }
    }
}

impl Unit for u8 {
    const NEWLINE: u8 = b'\n';
    const ZERO: u8 = 0;
    const IS_TEXT: bool = false;

    fn value(vm: &mut Vm, part: &[u8]) -> NativeResult {
        Ok(Bytes::new(&mut vm.heap, part.to_vec()).value())
    }

    fn units(vm: &mut Vm, value: Value) -> Result<Vec<u8>, Raised> {
        match value.as_object::<Bytes>() {
            Some(bytes) => Ok(bytes.data.to_vec()),
            None => {
                let class = vm.type_name(value);
                Err(vm.type_error(format!("a bytes-like object is required, not '{class}'")))
            }
        }
    }
}

struct Memory<T> {
    units: RefCell<Vec<T>>,
    at: Cell<usize>,
    closed: Cell<bool>,
}

impl<T: Unit> ForeignData for Memory<T> {
    fn trace(&self, _: &mut Tracer) {}

    fn bytes(&self) -> usize {
        self.units.borrow().capacity() * size_of::<T>()
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        match name {
            "closed" => Some(Value::bool(self.closed.get())),
            "newlines" | "encoding" | "errors" if T::IS_TEXT => {
                let _ = vm;
                Some(Value::NIL)
            }
            _ => None,
        }
    }
}

#[derive(Default)]
struct MemoryClasses(Cell<Option<[Gc<Class>; 2]>>);

impl StdlibState for MemoryClasses {
    fn trace(&self, tracer: &mut Tracer) {
        for class in self.0.get().into_iter().flatten() {
            tracer.mark(class.value());
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let string = vm.new_native_class("StringIO", STRING_METHODS);
    let bytes = vm.new_native_class("BytesIO", BYTES_METHODS);
    string.construct.set(Some(&STRING));
    bytes.construct.set(Some(&BYTES));
    vm.state::<MemoryClasses>().0.set(Some([string, bytes]));
    let mut values = vec![
        ("StringIO", string.value()),
        ("BytesIO", bytes.value()),
        ("SEEK_SET", Value::int32(0)),
        ("SEEK_CUR", Value::int32(1)),
        ("SEEK_END", Value::int32(2)),
        ("DEFAULT_BUFFER_SIZE", Value::int32(8192)),
    ];
    values.extend(vm.builtin("open").map(|open| ("open", open)));
    if let Some(classes) = vm.state::<Streams>().classes.get() {
        values.push(("UnsupportedOperation", classes.unsupported.value()));
        values.push(("TextIOWrapper", classes.text.value()));
    }
    for (name, value) in values {
        let name = vm.heap.intern(name);
        module.add_slot(name, value);
    }
    Ok(())
}

fn construct<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(class) = args.at(0).as_object::<Class>() else {
        return Err(vm.type_error("a file is made by its class"));
    };
    let initial = args.or_nil(1);
    let units = if initial.is_nil() {
        Vec::new()
    } else if T::IS_TEXT && initial.as_str().is_none() {
        let name = vm.type_name(initial);
        return Err(vm.type_error(format!("initial_value must be str or nil, not {name}")));
    } else {
        T::units(vm, initial)?
    };
    vm.heap.charge(units.len() * size_of::<T>());
    let memory = Memory { units: RefCell::new(units), at: Cell::new(0), closed: Cell::new(false) };
    Ok(Foreign::new(&mut vm.heap, class, memory).value())
}

/// The file that a method was called on, which must be open.
fn receiver<'a, T: Unit>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Memory<T>, Raised> {
    let Some(memory) = args.at(0).foreign::<Memory<T>>() else {
        return Err(vm.type_error("a file is needed"));
    };
    if memory.closed.get() {
        let end = if T::IS_TEXT { "" } else { "." };
        return Err(vm.value_error(format!("I/O operation on closed file{end}")));
    }
    Ok(memory)
}

/// A size argument; none for "all".
fn size(vm: &mut Vm, value: Value) -> Result<Option<usize>, Raised> {
    if value.is_nil() {
        return Ok(None);
    }
    if vm.int_of(value).is_none() {
        let class = vm.type_name(value);
        return Err(vm.type_error(format!("argument should be integer or nil, not '{class}'")));
    }
    Ok(usize::try_from(vm.expect_index(value)?).ok())
}

impl<T: Unit> Memory<T> {
    /// Takes so many units from the place of the file on.
    fn take(&self, count: usize) -> Vec<T> {
        let units = self.units.borrow();
        let start = self.at.get().min(units.len());
        let end = start.saturating_add(count).min(units.len());
        if end > start {
            self.at.set(end);
        }
        units[start..end].to_vec()
    }

    /// How long the line at the place of the file is.
    fn line_len(&self) -> usize {
        let units = self.units.borrow();
        let rest = units.get(self.at.get()..).unwrap_or(&[]);
        rest.iter().position(|unit| *unit == T::NEWLINE).map_or(rest.len(), |end| end + 1)
    }
}

fn read<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let count = size(vm, args.or_nil(1))?;
    let part = file.take(count.unwrap_or(usize::MAX));
    T::value(vm, &part)
}

fn readline<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let most = size(vm, args.or_nil(1))?.unwrap_or(usize::MAX);
    let line = file.take(file.line_len().min(most));
    T::value(vm, &line)
}

fn readlines<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let hint = size(vm, args.or_nil(1))?.filter(|hint| *hint > 0);
    let list = List::new(&mut vm.heap, Vec::new());
    let mut count = 0;
    vm.rooted(&[list.value()], |vm| {
        while hint.is_none_or(|hint| count < hint) {
            let line = file.take(file.line_len());
            if line.is_empty() {
                break;
            }
            count += line.len();
            let line = T::value(vm, &line)?;
            vm.rooted(&[line], |vm| vm.list_push(list, line))?;
        }
        Ok(list.value())
    })
}

fn next<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let line = file.take(file.line_len());
    if line.is_empty() {
        return Err(vm.error_with(Exc::StopIteration, &[]));
    }
    T::value(vm, &line)
}

fn write_value<T: Unit>(vm: &mut Vm, file: &Memory<T>, value: Value) -> NativeResult {
    let new = T::units(vm, value)?;
    if new.is_empty() {
        return Ok(Value::int32(0));
    }
    let (at, len) = (file.at.get(), file.units.borrow().len());
    let Some(end) = at.checked_add(new.len()).filter(|end| *end < isize::MAX as usize / 8) else {
        return Err(vm.overflow_error("new position too large"));
    };
    if end > file.units.borrow().capacity() {
        let more = (end - len).max(len).saturating_mul(size_of::<T>());
        vm.rooted(&[value], |vm| vm.reserve(more))?;
        vm.heap.charge((end - len) * size_of::<T>());
    }
    let mut units = file.units.borrow_mut();
    if end > units.len() {
        units.resize(end, T::ZERO);
    }
    units[at..end].copy_from_slice(&new);
    file.at.set(end);
    Ok(Value::len(new.len()))
}

fn write<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    write_value(vm, file, args.at(1))
}

fn writelines<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    vm.for_each(args.at(1), |vm, line| {
        // The iteration may have closed the file.
        let file = receiver::<T>(vm, args)?;
        write_value(vm, file, line).map(|_| true)
    })?;
    Ok(Value::NIL)
}

fn getvalue<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let units = file.units.borrow();
    T::value(vm, &units)
}

fn seek<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let offset = vm.expect_index(args.at(1))?;
    let whence = match args.given(2) {
        Some(whence) => vm.expect_index(whence)?,
        None => 0,
    };
    let base = match whence {
        0 if offset < 0 => {
            let what = if T::IS_TEXT { "Negative seek position" } else { "negative seek value" };
            return Err(vm.value_error(format!("{what} {offset}")));
        }
        0 => 0,
        1 | 2 if T::IS_TEXT && offset != 0 => {
            return Err(vm.error(Exc::OSError, "Can't do nonzero cur-relative seeks"));
        }
        1 => file.at.get(),
        2 => file.units.borrow().len(),
        _ => {
            let what = if T::IS_TEXT { "Invalid" } else { "invalid" };
            return Err(vm.value_error(format!("{what} whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    let Some(place) = i64::try_from(base).ok().and_then(|base| base.checked_add(offset)) else {
        return Err(vm.overflow_error("new position too large"));
    };
    file.at.set(usize::try_from(place).unwrap_or(0));
    Ok(Value::len(file.at.get()))
}

fn tell<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let at = receiver::<T>(vm, args)?.at.get();
    Ok(Value::len(at))
}

fn truncate<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let file = receiver::<T>(vm, args)?;
    let size = match args.given(1).filter(|size| !size.is_nil()) {
        Some(size) => {
            let size = vm.expect_index(size)?;
            match usize::try_from(size) {
                Ok(size) => size,
                Err(_) => {
                    let what = if T::IS_TEXT { "Negative" } else { "negative" };
                    return Err(vm.value_error(format!("{what} size value {size}")));
                }
            }
        }
        None => file.at.get(),
    };
    file.units.borrow_mut().truncate(size);
    Ok(Value::len(size))
}

fn close<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match args.at(0).foreign::<Memory<T>>() {
        Some(file) => {
            file.closed.set(true);
            file.units.take();
            Ok(Value::NIL)
        }
        None => Err(vm.type_error("a file is needed")),
    }
}

fn itself<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    Ok(args.at(0))
}

fn nothing<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    Ok(Value::NIL)
}

fn yes<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    Ok(Value::TRUE)
}

fn no<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    Ok(Value::FALSE)
}

fn fileno<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    receiver::<T>(vm, args)?;
    Err(unsupported(vm, "fileno"))
}

fn repr<T: Unit>(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = vm.type_name(args.at(0));
    Ok(vm.heap.str(&format!("<_io.{class} object>")))
}
