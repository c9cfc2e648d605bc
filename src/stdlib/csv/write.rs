//! Writing: which fields get quotes, and which characters are escaped.

use super::{Classes, Dialect, Quoting, error};
use crate::heap::Tracer;
use crate::value::{Foreign, ForeignData, NativeDef, Value};
use crate::vm::{Args, NativeResult, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("writerow(self, row, /)", "Writes a row; returns what `write` does.", write_row),
    NativeDef::new("writerows(self, rows, /)", "Writes each of some rows.", write_rows),
];

pub(super) struct Writer {
    /// The method `write` of the file.
    write: Value,
    dialect: Dialect,
}

impl ForeignData for Writer {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.write);
    }
}

pub(super) fn writer(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dialect = Dialect::of(vm, args, 1)?;
    make(vm, args.at(0), dialect)
}

/// A writer to a rooted file.
pub(super) fn make(vm: &mut Vm, file: Value, dialect: Dialect) -> NativeResult {
    let name = vm.heap.intern("write");
    let write = match vm.find_attr(file, name)? {
        Some(write) => write,
        None => return Err(vm.type_error("argument 1 must have a \"write\" method")),
    };
    let Some(class) = vm.state::<Classes>().writer.get() else {
        return Err(vm.runtime_error("csv is not set up"));
    };
    Ok(Foreign::new(&mut vm.heap, class, Writer { write, dialect }).value())
}

fn write_row(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    put_row(vm, args.at(0), args.at(1))
}

fn write_rows(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    vm.for_each(args.at(1), |vm, row| {
        vm.rooted(&[row], |vm| put_row(vm, args.at(0), row))?;
        Ok(true)
    })?;
    Ok(Value::NIL)
}

/// Writes a row; writer and row are rooted.
pub(super) fn put_row(vm: &mut Vm, writer: Value, row: Value) -> NativeResult {
    let Some(writer) = writer.foreign::<Writer>() else { return Err(vm.type_error("a writer is needed")) };
    let dialect = &writer.dialect;
    if !vm.is_iterable(row) {
        let class = vm.type_name(row);
        return Err(error(vm, &format!("iterable expected, not {class}")));
    }
    let mut out = String::new();
    let mut count = 0;
    vm.for_each(row, |vm, field| {
        if count > 0 {
            out.push(dialect.delimiter);
        }
        count += 1;
        let is_number = vm.int_of(field).is_some() || field.as_float().is_some() || field.as_bool().is_some();
        let quoted = match dialect.quoting {
            Quoting::All => true,
            Quoting::NonNumeric => !is_number,
            Quoting::Minimal | Quoting::Never => false,
        };
        let text = if field.is_nil() { String::new() } else { vm.rooted(&[field], |vm| vm.str(field))? };
        push_field(&mut out, &text, quoted, dialect).map_err(|message| error(vm, message))?;
        vm.check_text(&out)?;
        Ok(true)
    })?;
    if count == 1 && out.is_empty() {
        match dialect.quote.filter(|_| dialect.quoting != Quoting::Never) {
            Some(quote) => out.extend([quote, quote]),
            None => return Err(error(vm, "single empty field record must be quoted")),
        }
    }
    out.push_str(&dialect.line_end);
    let text = vm.make_str(&out)?;
    vm.rooted(&[text], |vm| vm.call(writer.write, &[text]))
}

fn push_field(out: &mut String, text: &str, mut quoted: bool, dialect: &Dialect) -> Result<(), &'static str> {
    let mut field = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        let (is_quote, is_escape) = (dialect.quote == Some(c), dialect.escape == Some(c));
        let is_special = c == dialect.delimiter || is_quote || is_escape;
        if is_special || matches!(c, '\n' | '\r') || dialect.line_end.contains(c) {
            let escape = if dialect.quoting == Quoting::Never || is_escape {
                true
            } else if is_quote {
                if dialect.double_quote {
                    field.push(c);
                }
                !dialect.double_quote
            } else {
                false
            };
            if escape {
                let Some(escape) = dialect.escape else {
                    return Err("need to escape, but no escapechar set");
                };
                field.push(escape);
            } else {
                quoted = true;
            }
        }
        field.push(c);
    }
    match dialect.quote.filter(|_| quoted) {
        Some(quote) => {
            out.push(quote);
            out.push_str(&field);
            out.push(quote);
        }
        None => out.push_str(&field),
    }
    Ok(())
}
