//! `str.format`: replacement fields like those of f-strings, but read while the program runs.
//!
//! What is hard: a specification may itself hold fields (one level deep), and the fields' attributes and items
//! may run Toy code, so the arguments stay in the rooted window and nothing else is kept across.

use super::this;
use crate::value::{Dict, NativeDef, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Vm};

pub(super) const METHODS: &[NativeDef] = &[
    NativeDef::new(
        "format(self, /, *args, **kwargs)",
        "The text with its `{fields}` replaced by the arguments, formatted.",
        format,
    ),
    NativeDef::new(
        "format_map(self, mapping, /)",
        "As `format`, with the names looked up in a mapping.",
        format_map,
    ),
];

/// The levels of fields within each other: those of the text, and those in their specifications.
const MAX_DEPTH: usize = 2;
/// Below this length the result just grows.
const UNCHECKED: usize = 1 << 20;

fn format(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let positional = args.slice().get(2..).unwrap_or(&[]);
    let mut fields =
        Fields { positional: Some(positional), names: args.given(1), numbering: Numbering::Undecided };
    let text = fields.render(vm, string.as_str(), 1)?;
    vm.make_str(&text)
}

fn format_map(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let string = this(vm, args)?;
    let mut fields = Fields { positional: None, names: args.given(1), numbering: Numbering::Undecided };
    let text = fields.render(vm, string.as_str(), 1)?;
    vm.make_str(&text)
}

/// Whether fields are numbered by the program or by their order; never both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Undecided,
    Manual,
    /// The number of the next field.
    Automatic(usize),
}

/// What fields refer to.
struct Fields<'a> {
    /// None where positions have no meaning.
    positional: Option<&'a [Value]>,
    names: Option<Value>,
    numbering: Numbering,
}

/// One field as it was written.
struct Field<'a> {
    name: &'a str,
    conversion: Option<char>,
    spec: &'a str,
}

/// What stands next in a text.
struct Piece<'a> {
    literal: &'a str,
    field: Option<Field<'a>>,
    rest: &'a str,
}

impl<'a> Fields<'a> {
    fn render(&mut self, vm: &mut Vm, text: &str, depth: usize) -> Result<String, Raised> {
        if depth > MAX_DEPTH {
            return Err(vm.value_error("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let mut checked = UNCHECKED;
        let mut rest = text;
        while !rest.is_empty() {
            let piece = match next_piece(rest) {
                Ok(piece) => piece,
                Err(message) => return Err(vm.value_error(message)),
            };
            rest = piece.rest;
            out.push_str(piece.literal);
            if let Some(field) = piece.field {
                out.push_str(&self.render_field(vm, &field, depth)?);
            }
            if out.len() > checked {
                vm.check_text(&out)?;
                checked = out.len() * 2;
            }
        }
        Ok(out)
    }

    fn render_field(&mut self, vm: &mut Vm, field: &Field<'_>, depth: usize) -> Result<String, Raised> {
        let value = self.find(vm, field.name)?;
        let mark = vm.roots.len();
        vm.roots.push(value);
        let text = self.render_value(vm, value, field, depth);
        vm.roots.truncate(mark);
        text
    }

    fn render_value(
        &mut self,
        vm: &mut Vm,
        value: Value,
        field: &Field<'_>,
        depth: usize,
    ) -> Result<String, Raised> {
        let converted = match field.conversion {
            None => value,
            Some('s') => vm.str_value(value)?,
            Some('r') => {
                let text = vm.repr(value)?;
                vm.make_str(&text)?
            }
            Some('a') => {
                let text = vm.ascii(value)?;
                vm.make_str(&text)?
            }
            Some(other @ '!'..='~') => {
                return Err(vm.value_error(format!("Unknown conversion specifier {other}")));
            }
            Some(other) => {
                return Err(vm.value_error(format!("Unknown conversion specifier \\x{:x}", u32::from(other))));
            }
        };
        vm.roots.push(converted);
        let spec = if field.spec.contains('{') {
            self.render(vm, field.spec, depth + 1)?
        } else {
            field.spec.to_string()
        };
        vm.format(converted, &spec)
    }

    /// The value that a field's name means, with its attributes and items.
    fn find(&mut self, vm: &mut Vm, name: &str) -> Result<Value, Raised> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(end);
        let mut value = self.first(vm, first)?;
        while let Some(accessor) = rest.chars().next() {
            let inside = &rest[1..];
            value = if accessor == '.' {
                let end = inside.find(['.', '[']).unwrap_or(inside.len());
                if end == 0 {
                    return Err(vm.value_error("Empty attribute in format string"));
                }
                rest = &inside[end..];
                let name = vm.heap.intern(&inside[..end]);
                vm.rooted(&[value], |vm| vm.get_attr(value, name))?
            } else if accessor == '[' {
                let Some(end) = inside.find(']') else {
                    return Err(vm.value_error("Missing ']' in format string"));
                };
                if end == 0 {
                    return Err(vm.value_error("Empty attribute in format string"));
                }
                rest = &inside[end + 1..];
                let key = match field_number(vm, &inside[..end])? {
                    Some(number) => Value::len(number),
                    None => vm.heap.str(&inside[..end]),
                };
                vm.rooted(&[value, key], |vm| vm.get_item(value, key))?
            } else {
                return Err(vm.value_error("Only '.' or '[' may follow ']' in format field specifier"));
            };
        }
        Ok(value)
    }

    fn first(&mut self, vm: &mut Vm, name: &str) -> Result<Value, Raised> {
        let number = match field_number(vm, name)? {
            Some(number) => {
                if matches!(self.numbering, Numbering::Automatic(_)) {
                    return Err(vm.value_error(
                        "cannot switch from automatic field numbering to manual field specification",
                    ));
                }
                self.numbering = Numbering::Manual;
                Some(number)
            }
            None if name.is_empty() => {
                let number = match self.numbering {
                    Numbering::Undecided => 0,
                    Numbering::Automatic(number) => number,
                    Numbering::Manual => {
                        return Err(vm.value_error(
                            "cannot switch from manual field specification to automatic field numbering",
                        ));
                    }
                };
                self.numbering = Numbering::Automatic(number + 1);
                Some(number)
            }
            None => None,
        };
        let Some(number) = number else { return self.named(vm, name) };
        let Some(positional) = self.positional else {
            return Err(vm.value_error("Format string contains positional fields"));
        };
        match positional.get(number) {
            Some(value) => Ok(*value),
            None => {
                let message = format!("Replacement index {number} out of range for positional args tuple");
                Err(vm.error(Exc::IndexError, message))
            }
        }
    }

    fn named(&mut self, vm: &mut Vm, name: &str) -> Result<Value, Raised> {
        let key = vm.heap.str(name);
        let found = match self.names {
            None => None,
            Some(names) => match names.as_object::<Dict>() {
                Some(dict) => vm.dict_get(dict, key)?,
                None => Some(vm.rooted(&[key], |vm| vm.get_item(names, key))?),
            },
        };
        found.ok_or_else(|| vm.key_error(key))
    }
}

/// The number that a name is, if it is one.
fn field_number(vm: &mut Vm, name: &str) -> Result<Option<usize>, Raised> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match name.parse::<i64>() {
        Ok(number) => Ok(usize::try_from(number).ok()),
        Err(_) => Err(vm.value_error("Too many decimal digits in format string")),
    }
}

/// Reads literal text up to the next field, and that.
fn next_piece(text: &str) -> Result<Piece<'_>, String> {
    let Some(at) = text.find(['{', '}']) else {
        return Ok(Piece { literal: text, field: None, rest: "" });
    };
    let (literal, rest) = text.split_at(at);
    let brace = &rest[..1];
    let inside = &rest[1..];
    if inside.starts_with(brace) {
        // A doubled brace is a brace.
        return Ok(Piece { literal: &text[..=at], field: None, rest: &inside[1..] });
    }
    if brace == "}" {
        return Err("Single '}' encountered in format string".to_string());
    }
    if inside.is_empty() {
        return Err("Single '{' encountered in format string".to_string());
    }
    let (field, rest) = read_field(inside)?;
    Ok(Piece { literal, field: Some(field), rest })
}

/// Reads a field behind its brace; what follows the closing one is the rest.
fn read_field(text: &str) -> Result<(Field<'_>, &str), String> {
    let mut end = None;
    let mut in_brackets = false;
    for (i, c) in text.char_indices() {
        match c {
            ']' if in_brackets => in_brackets = false,
            _ if in_brackets => {}
            '[' => in_brackets = true,
            '{' => return Err("unexpected '{' in field name".to_string()),
            '}' | ':' | '!' => {
                end = Some((i, c));
                break;
            }
            _ => {}
        }
    }
    let Some((end, terminator)) = end else {
        return Err("expected '}' before end of string".to_string());
    };
    let name = &text[..end];
    let mut rest = &text[end + 1..];
    if terminator == '}' {
        return Ok((Field { name, conversion: None, spec: "" }, rest));
    }
    let mut conversion = None;
    if terminator == '!' {
        conversion = rest.chars().next();
        let Some(c) = conversion else {
            return Err("end of string while looking for conversion specifier".to_string());
        };
        rest = &rest[c.len_utf8()..];
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((Field { name, conversion, spec: "" }, after));
        }
        if !rest.is_empty() {
            match rest.strip_prefix(':') {
                Some(after) => rest = after,
                None => return Err("expected ':' after conversion specifier".to_string()),
            }
        }
    }
    let mut open = 1;
    for (i, c) in rest.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Ok((Field { name, conversion, spec: &rest[..i] }, &rest[i + 1..]));
        }
    }
    Err("unmatched '{' in format spec".to_string())
}
