//! Values to JSON text.
//!
//! What is hard: `default` is code of the program and may change the very list that is being written, so lists are
//! asked for their length at each step, and the members of a dict are those that it had at the start. Values that
//! contain themselves are found by the path to them, and depth is counted as it is for `repr`.

use crate::text::numbers::repr_float;
use crate::value::{Dict, List, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) fn dumps(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = text_of(vm, args, 1)?;
    vm.make_str(&text)
}

pub(super) fn dump(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = text_of(vm, args, 2)?;
    let name = vm.heap.intern("write");
    let write = vm.get_attr(args.at(1), name)?;
    let text = vm.make_str(&text)?;
    vm.rooted(&[text], |vm| vm.call(write, &[text]))?;
    Ok(Value::NIL)
}

struct Writer {
    out: String,
    skip_keys: bool,
    ensure_ascii: bool,
    check_circular: bool,
    allow_nan: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    default: Option<Value>,
    sort_keys: bool,
    /// The containers that are being written, outermost first.
    path: Vec<Value>,
}

/// The text of the first argument; the options begin at `first`.
fn text_of(vm: &mut Vm, args: Args<'_>, first: usize) -> Result<String, Raised> {
    let mut truth = |i: usize, default: bool| match args.given(first + i) {
        Some(value) => vm.truth(value),
        None => Ok(default),
    };
    let (skip_keys, ensure_ascii, check_circular) = (truth(0, false)?, truth(1, true)?, truth(2, true)?);
    let (allow_nan, sort_keys) = (truth(3, true)?, truth(7, false)?);
    let indent = args.or_nil(first + 4);
    let indent = if indent.is_nil() {
        None
    } else if let Some(text) = indent.as_str() {
        Some(text.as_str().to_string())
    } else {
        let count = usize::try_from(vm.expect_index(indent)?).unwrap_or(0);
        vm.reserve(count)?;
        Some(" ".repeat(count))
    };
    let separators = args.or_nil(first + 5);
    let (item_separator, key_separator) = if separators.is_nil() {
        (if indent.is_some() { "," } else { ", " }.to_string(), ": ".to_string())
    } else {
        let pair = vm.unpack(separators, 2)?;
        match (pair[0].as_str(), pair[1].as_str()) {
            (Some(item), Some(key)) => (item.as_str().to_string(), key.as_str().to_string()),
            (item, _) => {
                let at = usize::from(item.is_some());
                let class = vm.type_name(pair[at]);
                return Err(vm.type_error(format!("separators must be strings, not {class}")));
            }
        }
    };
    let default = args.given(first + 6).filter(|default| !default.is_nil());
    let mut writer = Writer {
        out: String::new(),
        skip_keys,
        ensure_ascii,
        check_circular,
        allow_nan,
        indent,
        item_separator,
        key_separator,
        default,
        sort_keys,
        path: Vec::new(),
    };
    writer.write(vm, args.at(0))?;
    Ok(writer.out)
}

impl Writer {
    fn write(&mut self, vm: &mut Vm, value: Value) -> Result<(), Raised> {
        if let Some(text) = self.scalar(vm, value)? {
            self.out.push_str(&text);
            return Ok(());
        }
        vm.check_text(&self.out)?;
        let is_container = value.as_object::<List>().is_some()
            || value.as_object::<Tuple>().is_some()
            || value.as_object::<Dict>().is_some();
        if !is_container && self.default.is_none() {
            let class = vm.type_name(value);
            return Err(vm.type_error(format!("Object of type {class} is not JSON serializable")));
        }
        if self.check_circular && self.path.iter().any(|outer| vm.is(*outer, value)) {
            return Err(vm.value_error("Circular reference detected"));
        }
        self.path.push(value);
        vm.nested(" while encoding a JSON object", &[value], |vm| {
            if let Some(list) = value.as_object::<List>() {
                self.write_items(vm, |i| list.items.get(i))
            } else if let Some(tuple) = value.as_object::<Tuple>() {
                self.write_items(vm, |i| tuple.items().get(i).copied())
            } else if value.as_object::<Dict>().is_some() {
                self.write_members(vm, value)
            } else if let Some(default) = self.default {
                let other = vm.call(default, &[value])?;
                vm.rooted(&[other], |vm| self.write(vm, other))
            } else {
                Ok(())
            }
        })?;
        self.path.pop();
        Ok(())
    }

    /// The text of a value that holds no others.
    fn scalar(&self, vm: &mut Vm, value: Value) -> Result<Option<String>, Raised> {
        Ok(Some(if let Some(text) = value.as_str() {
            let mut quoted = String::with_capacity(text.byte_len() + 2);
            push_quoted(&mut quoted, text.as_str(), self.ensure_ascii);
            quoted
        } else if value.is_nil() {
            "null".to_string()
        } else if let Some(truth) = value.as_bool() {
            truth.to_string()
        } else if vm.int_of(value).is_some() {
            vm.str(value)?
        } else if let Some(float) = value.as_float() {
            self.float(vm, float)?
        } else {
            return Ok(None);
        }))
    }

    fn float(&self, vm: &mut Vm, float: f64) -> Result<String, Raised> {
        if float.is_finite() {
            return Ok(repr_float(float));
        }
        if !self.allow_nan {
            let shown = repr_float(float);
            return Err(vm.value_error(format!("Out of range float values are not JSON compliant: {shown}")));
        }
        Ok(if float.is_nan() {
            "NaN"
        } else if float > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_string())
    }

    fn write_items(&mut self, vm: &mut Vm, item: impl Fn(usize) -> Option<Value>) -> Result<(), Raised> {
        let mut i = 0;
        self.out.push('[');
        while let Some(value) = item(i) {
            self.separate(i == 0);
            vm.rooted(&[value], |vm| self.write(vm, value))?;
            if i % 4096 == 4095 {
                vm.check_interrupt()?;
            }
            i += 1;
        }
        self.end(i == 0, ']');
        Ok(())
    }

    fn write_members(&mut self, vm: &mut Vm, value: Value) -> Result<(), Raised> {
        let Some(dict) = value.as_object::<Dict>() else { return Ok(()) };
        // The members at the start: keys and values by turns, in a list that only this function knows.
        let items: Vec<(Value, Value)> = dict.table.items();
        let flat = items.iter().flat_map(|(key, value)| [*key, *value]).collect();
        let members = List::new(&mut vm.heap, flat);
        vm.rooted(&[members.value()], |vm| {
            if self.sort_keys {
                sort_members(vm, members, dict.value())?;
            }
            let mut is_first = true;
            self.out.push('{');
            for i in 0..members.items.len() / 2 {
                let (Some(key), Some(value)) = (members.items.get(2 * i), members.items.get(2 * i + 1))
                else {
                    break;
                };
                let Some(name) = self.name(vm, key)? else { continue };
                self.separate(is_first);
                is_first = false;
                push_quoted(&mut self.out, &name, self.ensure_ascii);
                self.out.push_str(&self.key_separator);
                self.write(vm, value)?;
                if i % 4096 == 4095 {
                    vm.check_interrupt()?;
                }
            }
            self.end(is_first, '}');
            Ok(())
        })
    }

    /// A key as the name of a member; none if it is to be skipped.
    fn name(&self, vm: &mut Vm, key: Value) -> Result<Option<String>, Raised> {
        if let Some(text) = key.as_str() {
            return Ok(Some(text.as_str().to_string()));
        }
        if let Some(text) = self.scalar(vm, key)? {
            return Ok(Some(text));
        }
        if self.skip_keys {
            return Ok(None);
        }
        let class = vm.type_name(key);
        Err(vm.type_error(format!("keys must be str, int, float, bool or nil, not {class}")))
    }

    /// What stands before an item: after the first one a separator, and the new line.
    fn separate(&mut self, is_first: bool) {
        if !is_first {
            self.out.push_str(&self.item_separator);
        }
        self.new_line(self.path.len());
    }

    fn end(&mut self, is_empty: bool, bracket: char) {
        if !is_empty {
            self.new_line(self.path.len().saturating_sub(1));
        }
        self.out.push(bracket);
    }

    fn new_line(&mut self, level: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            for _ in 0..level {
                self.out.push_str(indent);
            }
        }
    }
}

/// Sorts keys and values by the keys.
fn sort_members(vm: &mut Vm, members: crate::value::Gc<List>, dict: Value) -> Result<(), Raised> {
    let keys = vm.list_from(dict)?;
    vm.rooted(&[keys.value()], |vm| {
        crate::stdlib::sort::sort_list(vm, keys, Value::NIL, false)?;
        let sorted = List::new(&mut vm.heap, Vec::with_capacity(members.items.len()));
        vm.rooted(&[sorted.value()], |vm| {
            let Some(dict) = dict.as_object::<Dict>() else { return Ok(()) };
            for key in keys.items.to_vec() {
                if let Some(value) = vm.dict_get(dict, key)? {
                    sorted.items.extend(&[key, value]);
                }
            }
            members.items.replace(sorted.items.take());
            Ok(())
        })
    })
}

fn push_quoted(out: &mut String, text: &str, ensure_ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\0'..='\x1f' => push_unit(out, c as u16),
            '\x7f'.. if ensure_ascii => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    push_unit(out, *unit);
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn push_unit(out: &mut String, unit: u16) {
    out.push_str(&format!("\\u{unit:04x}"));
}
