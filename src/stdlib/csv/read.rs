//! Reading: CPython's machine of states, one character at a time.

use std::cell::{Cell, RefCell};

use super::{Classes, Dialect, Quoting, error};
use crate::heap::Tracer;
use crate::text::numbers::parse_float;
use crate::text::quote::repr_str;
use crate::value::{Foreign, ForeignData, List, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new("iter(self, /)", "The reader itself.", |_, args| Ok(args.at(0))),
    NativeDef::new("next(self, /)", "The next row.", next),
];

pub(super) struct Reader {
    lines: Value,
    dialect: Dialect,
    line: Cell<usize>,
    busy: Cell<bool>,
}

impl ForeignData for Reader {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.lines);
    }

    fn attribute(&self, _: &mut Vm, name: &str) -> Option<Value> {
        (name == "line_num").then(|| Value::len(self.line.get()))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotes,
    EscapedInQuotes,
    QuoteInQuotes,
    EatLineEnd,
    AfterEscapedLineEnd,
}

/// A row that is being read.
struct Row<'a> {
    dialect: &'a Dialect,
    state: State,
    field: String,
    is_number: bool,
    /// The fields, and whether each is to become a float.
    fields: Vec<(String, bool)>,
}

pub(super) fn reader(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let dialect = Dialect::of(vm, args, 1)?;
    let lines = vm.iter(args.at(0))?;
    let Some(class) = vm.state::<Classes>().reader.get() else {
        return Err(vm.runtime_error("csv is not set up"));
    };
    let reader = Reader { lines, dialect, line: Cell::new(0), busy: Cell::new(false) };
    Ok(Foreign::new(&mut vm.heap, class, reader).value())
}

fn next(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match next_row(vm, args.at(0))? {
        Some(row) => Ok(row),
        None => Err(vm.error_with(Exc::StopIteration, &[])),
    }
}

/// The next row of a rooted reader, a list; none at the end.
pub(super) fn next_row(vm: &mut Vm, reader: Value) -> Result<Option<Value>, Raised> {
    let Some(reader) = reader.foreign::<Reader>() else { return Err(vm.type_error("a reader is needed")) };
    if reader.busy.replace(true) {
        return Err(error(vm, "iterator has already advanced the reader"));
    }
    let row = read_row(vm, reader);
    reader.busy.set(false);
    match row? {
        Some(fields) => make_row(vm, fields).map(Some),
        None => Ok(None),
    }
}

fn read_row(vm: &mut Vm, reader: &Reader) -> Result<Option<Vec<(String, bool)>>, Raised> {
    let row = RefCell::new(Row {
        dialect: &reader.dialect,
        state: State::StartRecord,
        field: String::new(),
        is_number: false,
        fields: Vec::new(),
    });
    loop {
        let Some(line) = vm.next(reader.lines)? else {
            let mut row = row.borrow_mut();
            if row.field.is_empty() && row.state != State::InQuotes {
                return Ok(None);
            }
            if row.dialect.strict {
                return Err(error(vm, "unexpected end of data"));
            }
            row.save();
            return Ok(Some(std::mem::take(&mut row.fields)));
        };
        let Some(text) = line.as_str() else {
            let class = vm.type_name(line);
            let message = format!(
                "iterator should return strings, not {class} (the file should be opened in text mode)"
            );
            return Err(error(vm, &message));
        };
        reader.line.set(reader.line.get() + 1);
        let mut row = row.borrow_mut();
        let chars = text.as_str().chars().map(Some).chain([None]);
        for c in chars {
            row.take(c).map_err(|message| error(vm, &message))?;
        }
        vm.check_text(&row.field)?;
        if row.state == State::StartRecord {
            return Ok(Some(std::mem::take(&mut row.fields)));
        }
    }
}

fn make_row(vm: &mut Vm, fields: Vec<(String, bool)>) -> NativeResult {
    let mut items = Vec::with_capacity(fields.len());
    for (text, is_number) in fields {
        items.push(if is_number {
            match parse_float(text.trim()) {
                Some(number) => Value::float(number),
                None => {
                    let shown = repr_str(&text);
                    return Err(vm.value_error(format!("could not convert string to float: {shown}")));
                }
            }
        } else {
            vm.heap.str(&text)
        });
    }
    Ok(List::new(&mut vm.heap, items).value())
}

impl Row<'_> {
    fn save(&mut self) {
        let field = std::mem::take(&mut self.field);
        self.fields.push((field, std::mem::take(&mut self.is_number)));
    }

    fn is_quote(&self, c: char) -> bool {
        self.dialect.quoting != Quoting::Never && self.dialect.quote == Some(c)
    }

    /// At the end of a field that ends the row: none is the end of the line's text.
    fn end_row(&mut self, c: Option<char>) {
        self.save();
        self.state = if c.is_none() { State::StartRecord } else { State::EatLineEnd };
    }

    /// Takes in a character, or the end of a line's text.
    fn take(&mut self, c: Option<char>) -> Result<(), String> {
        let is_end = matches!(c, None | Some('\n' | '\r'));
        match (self.state, c) {
            (State::StartRecord, None) => {}
            (State::StartRecord, Some('\n' | '\r')) => self.state = State::EatLineEnd,
            (State::StartRecord | State::StartField, _) => self.start_field(c, is_end),
            (State::Escaped, Some(c @ ('\n' | '\r'))) => {
                self.field.push(c);
                self.state = State::AfterEscapedLineEnd;
            }
            (State::Escaped, c) => {
                self.field.push(c.unwrap_or('\n'));
                self.state = State::InField;
            }
            (State::AfterEscapedLineEnd, None) => {}
            (State::InField | State::AfterEscapedLineEnd, c) => match c {
                Some(c) if !is_end => {
                    if self.dialect.escape == Some(c) {
                        self.state = State::Escaped;
                    } else if self.dialect.delimiter == c {
                        self.save();
                        self.state = State::StartField;
                    } else {
                        self.field.push(c);
                        self.state = State::InField;
                    }
                }
                c => self.end_row(c),
            },
            (State::InQuotes, None) => {}
            (State::InQuotes, Some(c)) => {
                if self.dialect.escape == Some(c) {
                    self.state = State::EscapedInQuotes;
                } else if self.is_quote(c) {
                    self.state =
                        if self.dialect.double_quote { State::QuoteInQuotes } else { State::InField };
                } else {
                    self.field.push(c);
                }
            }
            (State::EscapedInQuotes, c) => {
                self.field.push(c.unwrap_or('\n'));
                self.state = State::InQuotes;
            }
            (State::QuoteInQuotes, c) => match c {
                Some(c) if !is_end => {
                    if self.is_quote(c) {
                        self.field.push(c);
                        self.state = State::InQuotes;
                    } else if self.dialect.delimiter == c {
                        self.save();
                        self.state = State::StartField;
                    } else if !self.dialect.strict {
                        self.field.push(c);
                        self.state = State::InField;
                    } else {
                        let quote = self.dialect.quote.unwrap_or('"');
                        return Err(format!("'{}' expected after '{quote}'", self.dialect.delimiter));
                    }
                }
                c => self.end_row(c),
            },
            (State::EatLineEnd, None) => self.state = State::StartRecord,
            (State::EatLineEnd, Some('\n' | '\r')) => {}
            (State::EatLineEnd, Some(_)) => {
                return Err("new-line character seen in unquoted field - do you need to open the file with \
                            newline=''?"
                    .to_string());
            }
        }
        Ok(())
    }

    fn start_field(&mut self, c: Option<char>, is_end: bool) {
        self.state = State::StartField;
        match c {
            Some(c) if !is_end => {
                if self.is_quote(c) {
                    self.state = State::InQuotes;
                } else if self.dialect.escape == Some(c) {
                    self.state = State::Escaped;
                } else if c == ' ' && self.dialect.skip_space {
                } else if self.dialect.delimiter == c {
                    self.save();
                } else {
                    self.is_number = self.dialect.quoting == Quoting::NonNumeric;
                    self.field.push(c);
                    self.state = State::InField;
                }
            }
            c => self.end_row(c),
        }
    }
}
