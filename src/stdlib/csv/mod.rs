//! `csv`: tables as text.
//!
//! Written here rather than left to the crate `csv`: Python's reader takes lines from any iterator and not bytes from a
//! stream, counts them, lets a quote in the middle of a field be a quote, and turns what is not quoted into floats on
//! demand; its writer asks again for every character. `read.rs` is CPython's machine of states, `write.rs` its rules for
//! quotes, `records.rs` the two that name the columns; here is what they share: dialects and the error.

mod read;
mod records;
mod write;

use std::cell::Cell;

use crate::heap::Tracer;
use crate::value::{Class, Gc, Layout, Module, NativeDef, Value};
use crate::vm::{Args, Exc, NativeModule, Raised, StdlibState, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "csv",
    doc: "Tables as text. The dialects are `excel`, `excel-tab` and `unix`. Left out: dialects of one's own (give the \
          arguments instead), `Sniffer`, `QUOTE_STRINGS`, `QUOTE_NOTNULL` and the limit of fields.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "reader(csvfile, dialect='excel', *, delimiter=nil, quotechar=nil, escapechar=nil, doublequote=nil, \
         skipinitialspace=nil, lineterminator=nil, quoting=nil, strict=nil)",
        "An iterator over the rows of a file, or of any iterable of lines.",
        read::reader,
    ),
    NativeDef::new(
        "writer(csvfile, dialect='excel', *, delimiter=nil, quotechar=nil, escapechar=nil, doublequote=nil, \
         skipinitialspace=nil, lineterminator=nil, quoting=nil, strict=nil)",
        "What writes rows to a file, or to anything with a `write`.",
        write::writer,
    ),
];

/// The classes of this module.
#[derive(Default)]
struct Classes {
    error: Cell<Option<Gc<Class>>>,
    reader: Cell<Option<Gc<Class>>>,
    writer: Cell<Option<Gc<Class>>>,
}

impl StdlibState for Classes {
    fn trace(&self, tracer: &mut Tracer) {
        for class in [&self.error, &self.reader, &self.writer].into_iter().filter_map(Cell::get) {
            tracer.mark(class.value());
        }
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let classes = vm.state::<Classes>();
    let name = vm.heap.intern("Error");
    let base = vm.exception_class(Exc::Exception);
    let error = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
    error.module.set(module.value());
    vm.describe(error, "A table that cannot be read, or a value that cannot be written.");
    classes.error.set(Some(error));
    let reader = vm.new_native_class("reader", read::METHODS);
    vm.describe(
        reader,
        "What `reader` returns: an iterator over rows, each a list. `line_num` counts the lines read.",
    );
    classes.reader.set(Some(reader));
    let writer = vm.new_native_class("writer", write::METHODS);
    vm.describe(writer, "What `writer` returns.");
    classes.writer.set(Some(writer));
    let dict_reader = vm.new_native_class("DictReader", records::READER_METHODS);
    dict_reader.construct.set(Some(&records::READER));
    let dict_writer = vm.new_native_class("DictWriter", records::WRITER_METHODS);
    dict_writer.construct.set(Some(&records::WRITER));
    for (name, value) in [
        ("Error", error.value()),
        ("DictReader", dict_reader.value()),
        ("DictWriter", dict_writer.value()),
        ("QUOTE_MINIMAL", Value::int32(0)),
        ("QUOTE_ALL", Value::int32(1)),
        ("QUOTE_NONNUMERIC", Value::int32(2)),
        ("QUOTE_NONE", Value::int32(3)),
    ] {
        let name = vm.heap.intern(name);
        module.add_slot(name, value);
    }
    Ok(())
}

/// A `csv.Error`.
fn error(vm: &mut Vm, message: &str) -> Raised {
    let Some(class) = vm.state::<Classes>().error.get() else { return vm.value_error(message) };
    let message = vm.heap.str(message);
    Raised(vm.new_exception(class, &[message]).value())
}

/// When fields get quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quoting {
    Minimal,
    All,
    NonNumeric,
    Never,
}

/// How a table is written.
#[derive(Clone, Debug)]
struct Dialect {
    delimiter: char,
    quote: Option<char>,
    escape: Option<char>,
    double_quote: bool,
    skip_space: bool,
    line_end: String,
    quoting: Quoting,
    strict: bool,
}

impl Dialect {
    /// The dialect that the argument at a place names, changed by the arguments behind it.
    fn of(vm: &mut Vm, args: Args<'_>, at: usize) -> Result<Dialect, Raised> {
        let mut dialect = Dialect {
            delimiter: ',',
            quote: Some('"'),
            escape: None,
            double_quote: true,
            skip_space: false,
            line_end: "\r\n".to_string(),
            quoting: Quoting::Minimal,
            strict: false,
        };
        let name = args.or_nil(at);
        match name.as_str() {
            None if name.is_nil() => {}
            Some(name) if name.as_str() == "excel" => {}
            Some(name) if name.as_str() == "excel-tab" => dialect.delimiter = '\t',
            Some(name) if name.as_str() == "unix" => {
                dialect.quoting = Quoting::All;
                dialect.line_end = "\n".to_string();
            }
            _ => return Err(error(vm, "unknown dialect")),
        }
        if let Some(value) = args.given(at + 1) {
            dialect.delimiter = match character(vm, value, "delimiter")? {
                Some(c) => c,
                None => return Err(vm.type_error("\"delimiter\" must be a 1-character string")),
            };
        }
        if let Some(value) = args.given(at + 2) {
            dialect.quote = character(vm, value, "quotechar")?;
        }
        if let Some(value) = args.given(at + 3) {
            dialect.escape = character(vm, value, "escapechar")?;
        }
        if let Some(value) = args.given(at + 4) {
            dialect.double_quote = vm.truth(value)?;
        }
        if let Some(value) = args.given(at + 5) {
            dialect.skip_space = vm.truth(value)?;
        }
        if let Some(value) = args.given(at + 6) {
            dialect.line_end = match value.as_str() {
                Some(text) => text.as_str().to_string(),
                None => {
                    let class = vm.type_name(value);
                    return Err(vm.type_error(format!("\"lineterminator\" must be a string, not {class}")));
                }
            };
        }
        if let Some(value) = args.given(at + 7) {
            dialect.quoting = match value.as_int() {
                Some(0) => Quoting::Minimal,
                Some(1) => Quoting::All,
                Some(2) => Quoting::NonNumeric,
                Some(3) => Quoting::Never,
                Some(_) => return Err(vm.type_error("bad \"quoting\" value")),
                None => {
                    let class = vm.type_name(value);
                    return Err(vm.type_error(format!("\"quoting\" must be an integer, not {class}")));
                }
            };
        } else if args.given(at + 2).is_some() && dialect.quote.is_none() {
            dialect.quoting = Quoting::Never;
        }
        if let Some(value) = args.given(at + 8) {
            dialect.strict = vm.truth(value)?;
        }
        if dialect.quoting != Quoting::Never && dialect.quote.is_none() {
            return Err(vm.type_error("quotechar must be set if quoting enabled"));
        }
        Ok(dialect)
    }
}

/// A character of a dialect, or nil for none.
fn character(vm: &mut Vm, value: Value, name: &str) -> Result<Option<char>, Raised> {
    if value.is_nil() && name != "delimiter" {
        return Ok(None);
    }
    let Some(text) = value.as_str() else {
        let class = vm.type_name(value);
        let or_nil = if name == "delimiter" { "" } else { " or nil" };
        return Err(vm.type_error(format!("\"{name}\" must be string{or_nil}, not {class}")));
    };
    let mut chars = text.as_str().chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some(c)),
        _ => Err(vm.type_error(format!("\"{name}\" must be a 1-character string"))),
    }
}
