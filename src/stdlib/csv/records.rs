//! `DictReader` and `DictWriter`: rows as dicts, by the names of the columns.

use std::cell::Cell;

use super::Dialect;
use super::read::{next_row, reader};
use super::write::{make, put_row};
use crate::heap::Tracer;
use crate::value::{Class, Dict, Foreign, ForeignData, Gc, List, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const READER: NativeDef = NativeDef::new(
    "DictReader(cls, f, /, fieldnames=nil, restkey=nil, restval=nil, dialect='excel', *, delimiter=nil, \
     quotechar=nil, escapechar=nil, doublequote=nil, skipinitialspace=nil, lineterminator=nil, quoting=nil, \
     strict=nil)",
    "An iterator over the rows as dicts; the names are those of the first row where none are given.",
    construct_reader,
);

pub(super) const WRITER: NativeDef = NativeDef::new(
    "DictWriter(cls, f, /, fieldnames, restval='', extrasaction='raise', dialect='excel', *, delimiter=nil, \
     quotechar=nil, escapechar=nil, doublequote=nil, skipinitialspace=nil, lineterminator=nil, quoting=nil, \
     strict=nil)",
    "What writes dicts as rows.",
    construct_writer,
);

pub(super) const READER_METHODS: &[NativeDef] = &[
    NativeDef::new("iter(self, /)", "The reader itself.", |_, args| Ok(args.at(0))),
    NativeDef::new("next(self, /)", "The next row as a dict.", next),
];

pub(super) const WRITER_METHODS: &[NativeDef] = &[
    NativeDef::new("writeheader(self, /)", "Writes the names of the columns.", write_header),
    NativeDef::new("writerow(self, rowdict, /)", "Writes a dict as a row.", write_row),
    NativeDef::new("writerows(self, rowdicts, /)", "Writes each of some dicts.", write_rows),
];

struct DictReader {
    reader: Value,
    /// A list, or nil as long as the first row was not read.
    names: Cell<Value>,
    rest_key: Value,
    rest_value: Value,
}

impl ForeignData for DictReader {
    fn trace(&self, tracer: &mut Tracer) {
        for value in [self.reader, self.names.get(), self.rest_key, self.rest_value] {
            tracer.mark(value);
        }
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        match name {
            "fieldnames" => {
                // Errors of the file show when it is read.
                if self.names.get().is_nil()
                    && let Ok(Some(row)) = next_row(vm, self.reader)
                {
                    self.names.set(row);
                }
                Some(self.names.get())
            }
            "restkey" => Some(self.rest_key),
            "restval" => Some(self.rest_value),
            "line_num" => {
                let name = vm.heap.intern("line_num");
                vm.find_attr(self.reader, name).ok().flatten()
            }
            _ => None,
        }
    }
}

struct DictWriter {
    writer: Value,
    names: Gc<List>,
    rest_value: Value,
    raises: bool,
}

impl ForeignData for DictWriter {
    fn trace(&self, tracer: &mut Tracer) {
        for value in [self.writer, self.names.value(), self.rest_value] {
            tracer.mark(value);
        }
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        (name == "fieldnames").then(|| self.names.value())
    }
}

/// The class that is being constructed.
fn class_of(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Class>, Raised> {
    args.at(0).as_object::<Class>().ok_or_else(|| vm.type_error("a class is needed"))
}

fn construct_reader(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_of(vm, args)?;
    let names = match args.given(2).filter(|names| !names.is_nil()) {
        Some(names) => vm.list_from(names)?.value(),
        None => Value::NIL,
    };
    // The window of `reader`: the file, and all from the dialect on.
    let mut window = vec![args.at(1)];
    window.extend_from_slice(args.slice().get(5..).unwrap_or(&[]));
    let made = vm.rooted(&[names], |vm| reader(vm, Args::new(&window)))?;
    let reader = DictReader {
        reader: made,
        names: Cell::new(names),
        rest_key: args.or_nil(3),
        rest_value: args.or_nil(4),
    };
    Ok(Foreign::new(&mut vm.heap, class, reader).value())
}

fn next(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(reader) = args.at(0).foreign::<DictReader>() else {
        return Err(vm.type_error("a reader is needed"));
    };
    let end = |vm: &mut Vm| vm.error_with(Exc::StopIteration, &[]);
    if reader.names.get().is_nil() {
        match next_row(vm, reader.reader)? {
            Some(row) => reader.names.set(row),
            None => return Err(end(vm)),
        }
    }
    let row = loop {
        match next_row(vm, reader.reader)?.and_then(|row| row.as_object::<List>()) {
            Some(row) if row.items.is_empty() => {}
            Some(row) => break row,
            None => return Err(end(vm)),
        }
    };
    let Some(names) = reader.names.get().as_object::<List>() else { return Err(end(vm)) };
    let dict = Dict::new(&mut vm.heap);
    vm.rooted(&[row.value(), dict.value(), names.value()], |vm| {
        let mut i = 0;
        while let Some(name) = names.items.get(i) {
            let value = row.items.get(i).unwrap_or(reader.rest_value);
            vm.dict_put(dict, name, value)?;
            i += 1;
        }
        if row.items.len() > i {
            let rest = row.items.copy_range(i, row.items.len());
            let rest = List::new(&mut vm.heap, rest).value();
            vm.rooted(&[rest], |vm| vm.dict_put(dict, reader.rest_key, rest))?;
        }
        Ok(dict.value())
    })
}

fn construct_writer(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let class = class_of(vm, args)?;
    let action = args.given(4).and_then(Value::as_str);
    let raises = match action.as_ref().map(|action| action.as_str()) {
        Some("ignore") => false,
        Some("raise") | None => true,
        Some(other) => {
            let message = format!("extrasaction ({other}) must be 'raise' or 'ignore'");
            return Err(vm.value_error(message));
        }
    };
    let dialect = Dialect::of(vm, args, 5)?;
    let names = vm.list_from(args.at(2))?;
    let rest_value = args.given(3).unwrap_or_else(|| vm.heap.str(""));
    let writer = vm.rooted(&[names.value(), rest_value], |vm| make(vm, args.at(1), dialect))?;
    let writer = DictWriter { writer, names, rest_value, raises };
    Ok(Foreign::new(&mut vm.heap, class, writer).value())
}

fn writer_of<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a DictWriter, Raised> {
    args.at(0).foreign::<DictWriter>().ok_or_else(|| vm.type_error("a writer is needed"))
}

fn write_header(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let writer = writer_of(vm, args)?;
    put_row(vm, writer.writer, writer.names.value())
}

fn write_row(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let writer = writer_of(vm, args)?;
    put_dict(vm, writer, args.at(1))
}

fn write_rows(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let writer = writer_of(vm, args)?;
    vm.for_each(args.at(1), |vm, row| {
        vm.rooted(&[row], |vm| put_dict(vm, writer, row))?;
        Ok(true)
    })?;
    Ok(Value::NIL)
}

fn put_dict(vm: &mut Vm, writer: &DictWriter, row: Value) -> NativeResult {
    let Some(dict) = row.as_object::<Dict>() else {
        let class = vm.type_name(row);
        return Err(vm.type_error(format!("a row must be a dict, not {class}")));
    };
    if writer.raises {
        let mut strange = Vec::new();
        let keys = vm.list_from(row)?;
        vm.rooted(&[keys.value()], |vm| {
            for key in keys.items.to_vec() {
                if !vm.contains(writer.names.value(), key)? {
                    strange.push(vm.repr(key)?);
                }
            }
            Ok::<(), Raised>(())
        })?;
        if !strange.is_empty() {
            let strange = strange.join(", ");
            return Err(vm.value_error(format!("dict contains fields not in fieldnames: {strange}")));
        }
    }
    let fields = List::new(&mut vm.heap, Vec::new());
    vm.rooted(&[fields.value()], |vm| {
        let mut i = 0;
        while let Some(name) = writer.names.items.get(i) {
            let value = vm.dict_get(dict, name)?.unwrap_or(writer.rest_value);
            fields.items.push(value);
            i += 1;
        }
        put_row(vm, writer.writer, fields.value())
    })
}
