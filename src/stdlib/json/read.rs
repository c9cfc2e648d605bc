//! JSON text to values.
//!
//! What is hard: texts nest deeper than the machine's stack, so the open arrays and objects are a stack of their own;
//! and hooks are code of the program, so what is half made is rooted while they run. Errors are CPython's at CPython's
//! places, which depend on the order in which it looks: the order here is the same.

use super::decode_error;
use crate::text::numbers::{parse_float, parse_small_int};
use crate::value::{Bytes, Dict, Gc, List, Str, Tuple, Value};
use crate::vm::{Args, Exc, NativeResult, Raised, Type, Vm};

/// How many values are read between two looks for signals.
const INTERVAL: usize = 4096;

pub(super) fn loads(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    parse(vm, args.at(0), args)
}

pub(super) fn load(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let name = vm.heap.intern("read");
    let read = vm.get_attr(args.at(0), name)?;
    let text = vm.call(read, &[])?;
    vm.rooted(&[text], |vm| parse(vm, text, args))
}

/// Reads a rooted text; the hooks are in the arguments.
fn parse(vm: &mut Vm, source: Value, args: Args<'_>) -> NativeResult {
    let (text, doc) = if let Some(text) = source.as_str() {
        (text, source)
    } else if let Some(bytes) = source.as_object::<Bytes>() {
        let data = bytes.data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes.data);
        let text = match std::str::from_utf8(data) {
            Ok(text) => text.to_string(),
            Err(error) => {
                let at = error.valid_up_to();
                let byte = data.get(at).copied().unwrap_or(0);
                let reason = match (byte, error.error_len()) {
                    (_, None) => "unexpected end of data",
                    (0xC2..=0xF4, _) => "invalid continuation byte",
                    _ => "invalid start byte",
                };
                let message =
                    format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {reason}");
                return Err(vm.error(Exc::UnicodeDecodeError, message));
            }
        };
        let doc = vm.make_str(&text)?;
        let Some(text) = doc.as_str() else { return Ok(Value::NIL) };
        (text, doc)
    } else {
        let class = vm.type_name(source);
        return Err(vm.type_error(format!("the JSON object must be str, bytes or bytearray, not {class}")));
    };
    if text.as_str().starts_with('\u{feff}') {
        return Err(decode_error(vm, "Unexpected UTF-8 BOM (decode using utf-8-sig)", doc, 0));
    }
    let hook = |i: usize| args.given(i).filter(|hook| !hook.is_nil());
    let reader = Reader {
        text,
        doc,
        object_hook: hook(1),
        parse_float: hook(2),
        parse_int: hook(3),
        parse_constant: hook(4),
        pairs_hook: hook(5),
    };
    vm.rooted(&[doc], |vm| reader.read(vm))
}

struct Reader {
    text: Gc<Str>,
    doc: Value,
    object_hook: Option<Value>,
    parse_float: Option<Value>,
    parse_int: Option<Value>,
    parse_constant: Option<Value>,
    pairs_hook: Option<Value>,
}

/// An array or object whose end was not read yet. Its parts are rooted.
enum Open {
    Array(Gc<List>),
    Object(Gc<Dict>, Value),
    /// An object for `object_pairs_hook`: a list of pairs.
    Pairs(Gc<List>, Value),
}

impl Reader {
    fn bytes(&self) -> &[u8] {
        self.text.bytes()
    }

    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes().get(at).copied()
    }

    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    fn fail<T>(&self, vm: &mut Vm, msg: &str, at: usize) -> Result<T, Raised> {
        Err(decode_error(vm, msg, self.doc, at))
    }

    fn read(&self, vm: &mut Vm) -> NativeResult {
        let mark = vm.roots.len();
        let result = self.read_all(vm);
        vm.roots.truncate(mark);
        result
    }

    fn read_all(&self, vm: &mut Vm) -> NativeResult {
        let mut open: Vec<(Open, usize)> = Vec::new();
        let mut at = self.skip_space(0);
        let mut count = 0;
        loop {
            count += 1;
            if count % INTERVAL == 0 {
                vm.check_interrupt()?;
                vm.reserve(INTERVAL * 64)?;
            }
            // A value begins here, or an empty container.
            let mut value = match self.peek(at) {
                Some(b'[') => {
                    self.check_depth(vm, &open, "array")?;
                    let mark = vm.roots.len();
                    let list = List::new(&mut vm.heap, Vec::new());
                    vm.roots.push(list.value());
                    at = self.skip_space(at + 1);
                    if self.peek(at) != Some(b']') {
                        open.push((Open::Array(list), mark));
                        continue;
                    }
                    vm.roots.truncate(mark);
                    at += 1;
                    list.value()
                }
                Some(b'{') => {
                    self.check_depth(vm, &open, "object")?;
                    let mark = vm.roots.len();
                    let mut object = if self.pairs_hook.is_some() {
                        Open::Pairs(List::new(&mut vm.heap, Vec::new()), Value::NIL)
                    } else {
                        Open::Object(Dict::new(&mut vm.heap), Value::NIL)
                    };
                    match &object {
                        Open::Object(dict, _) => vm.roots.push(dict.value()),
                        Open::Array(list) | Open::Pairs(list, _) => vm.roots.push(list.value()),
                    }
                    // The place of the name.
                    vm.roots.push(Value::NIL);
                    at = self.skip_space(at + 1);
                    if self.peek(at) != Some(b'}') {
                        at = self.read_name(vm, at, &mut object)?;
                        open.push((object, mark));
                        continue;
                    }
                    at += 1;
                    self.finish(vm, object, mark)?
                }
                _ => {
                    let (value, end) = self.read_scalar(vm, at)?;
                    at = end;
                    value
                }
            };
            // It goes into what is open, and may be the last part there.
            loop {
                let Some((last, _)) = open.last_mut() else {
                    at = self.skip_space(at);
                    if at < self.bytes().len() {
                        return self.fail(vm, "Extra data", at);
                    }
                    return Ok(value);
                };
                let (close, what) = match last {
                    Open::Array(list) => {
                        list.items.push(value);
                        (b']', "array")
                    }
                    Open::Object(dict, name) => {
                        if let Some(name) = name.as_str() {
                            dict.table.put_str(name, value);
                        }
                        (b'}', "object")
                    }
                    Open::Pairs(list, name) => {
                        let pair = Tuple::new(&mut vm.heap, &[*name, value]).value();
                        list.items.push(pair);
                        (b'}', "object")
                    }
                };
                at = self.skip_space(at);
                match self.peek(at) {
                    Some(byte) if byte == close => {}
                    Some(b',') => {
                        let comma = at;
                        at = self.skip_space(at + 1);
                        if self.peek(at) == Some(close) {
                            let message = format!("Illegal trailing comma before end of {what}");
                            return self.fail(vm, &message, comma);
                        }
                        if close == b'}' {
                            at = self.read_name(vm, at, last)?;
                        }
                        break;
                    }
                    _ => return self.fail(vm, "Expecting ',' delimiter", at),
                }
                at += 1;
                if let Some((done, mark)) = open.pop() {
                    value = self.finish(vm, done, mark)?;
                }
            }
        }
    }

    fn check_depth(&self, vm: &mut Vm, open: &[(Open, usize)], what: &str) -> Result<(), Raised> {
        if open.len() < vm.limits.recursion {
            return Ok(());
        }
        let message =
            format!("maximum recursion depth exceeded while decoding a JSON {what} from a unicode string");
        Err(vm.error(Exc::RecursionError, message))
    }

    /// Reads the name of a member and the colon; where its value begins.
    fn read_name(&self, vm: &mut Vm, at: usize, object: &mut Open) -> Result<usize, Raised> {
        if self.peek(at) != Some(b'"') {
            return self.fail(vm, "Expecting property name enclosed in double quotes", at);
        }
        let (text, end) = self.read_string(vm, at)?;
        let value = vm.make_str(&text)?;
        if let Some(place) = vm.roots.last_mut() {
            *place = value;
        }
        if let Open::Object(_, name) | Open::Pairs(_, name) = object {
            *name = value;
        }
        let at = self.skip_space(end);
        if self.peek(at) != Some(b':') {
            return self.fail(vm, "Expecting ':' delimiter", at);
        }
        Ok(self.skip_space(at + 1))
    }

    /// The value of a container that is complete; its roots are given back.
    fn finish(&self, vm: &mut Vm, done: Open, mark: usize) -> NativeResult {
        let value = match done {
            Open::Array(list) => list.value(),
            Open::Object(dict, _) => match self.object_hook {
                Some(hook) => vm.call(hook, &[dict.value()])?,
                None => dict.value(),
            },
            Open::Pairs(list, _) => match self.pairs_hook {
                Some(hook) => vm.call(hook, &[list.value()])?,
                None => list.value(),
            },
        };
        vm.roots.truncate(mark);
        Ok(value)
    }

    fn read_scalar(&self, vm: &mut Vm, at: usize) -> Result<(Value, usize), Raised> {
        let rest = self.bytes().get(at..).unwrap_or(&[]);
        for (word, value) in [(&b"null"[..], Value::NIL), (b"true", Value::TRUE), (b"false", Value::FALSE)] {
            if rest.starts_with(word) {
                return Ok((value, at + word.len()));
            }
        }
        for (word, value) in
            [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)]
        {
            if rest.starts_with(word.as_bytes()) {
                let value = match self.parse_constant {
                    Some(hook) => {
                        let word = vm.heap.str(word);
                        vm.call(hook, &[word])?
                    }
                    None => Value::float(value),
                };
                return Ok((value, at + word.len()));
            }
        }
        if rest.first() == Some(&b'"') {
            let (text, end) = self.read_string(vm, at)?;
            return Ok((vm.make_str(&text)?, end));
        }
        self.read_number(vm, at)
    }

    fn read_number(&self, vm: &mut Vm, start: usize) -> Result<(Value, usize), Raised> {
        let digits = |mut at: usize| {
            while self.peek(at).is_some_and(|byte| byte.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        let first = start + usize::from(self.peek(start) == Some(b'-'));
        let mut end = match self.peek(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => digits(first),
            _ => return self.fail(vm, "Expecting value", start),
        };
        let mut is_float = false;
        if self.peek(end) == Some(b'.') && digits(end + 1) > end + 1 {
            end = digits(end + 1);
            is_float = true;
        }
        if matches!(self.peek(end), Some(b'e' | b'E')) {
            let sign = end + 1 + usize::from(matches!(self.peek(end + 1), Some(b'+' | b'-')));
            if digits(sign) > sign {
                end = digits(sign);
                is_float = true;
            }
        }
        let text = self.text.as_str().get(start..end).unwrap_or("0");
        let hook = if is_float { self.parse_float } else { self.parse_int };
        let value = match hook {
            Some(hook) => {
                let text = vm.heap.str(text);
                vm.call(hook, &[text])?
            }
            None if is_float => Value::float(parse_float(text).unwrap_or(f64::NAN)),
            None => match parse_small_int(text) {
                Some(int) => vm.heap.int(int),
                None => {
                    let text = vm.heap.str(text);
                    let int = vm.class_for(Type::Int).value();
                    vm.call(int, &[text])?
                }
            },
        };
        Ok((value, end))
    }

    /// Reads the string whose quote is at `start`; the text and where it ends.
    fn read_string(&self, vm: &mut Vm, start: usize) -> Result<(String, usize), Raised> {
        let mut text = String::new();
        let mut at = start + 1;
        loop {
            let plain = at;
            let bytes = self.bytes();
            while let Some(byte) = bytes.get(at)
                && !matches!(byte, b'"' | b'\\' | ..=0x1F)
            {
                at += 1;
            }
            text.push_str(self.text.as_str().get(plain..at).unwrap_or(""));
            match self.peek(at) {
                Some(b'"') => return Ok((text, at + 1)),
                Some(b'\\') => at = self.read_escape(vm, start, at, &mut text)?,
                Some(_) => return self.fail(vm, "Invalid control character at", at),
                None => return self.fail(vm, "Unterminated string starting at", start),
            }
        }
    }

    /// Reads the escape whose backslash is at `at`; where it ends.
    fn read_escape(&self, vm: &mut Vm, start: usize, at: usize, out: &mut String) -> Result<usize, Raised> {
        let c = match self.peek(at + 1) {
            None => return self.fail(vm, "Unterminated string starting at", start),
            Some(b'u') => {
                let first = self.read_hex(at + 2);
                let (code, end) = match (first, self.bytes().get(at + 6..at + 8)) {
                    (Some(high @ 0xD800..0xDC00), Some(b"\\u")) => match self.read_hex(at + 8) {
                        Some(low @ 0xDC00..0xE000) => {
                            (Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), at + 12)
                        }
                        _ => (first, at + 6),
                    },
                    _ => (first, at + 6),
                };
                let Some(c) = code.and_then(char::from_u32) else {
                    return self.fail(vm, "Invalid \\uXXXX escape", at + 1);
                };
                out.push(c);
                return Ok(end);
            }
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(_) => return self.fail(vm, "Invalid \\escape", at),
        };
        out.push(c);
        Ok(at + 2)
    }

    /// Four hexadecimal digits that are not the end of the text.
    fn read_hex(&self, at: usize) -> Option<u32> {
        let digits = self.bytes().get(at..at + 4).filter(|_| self.bytes().len() > at + 4)?;
        digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
    }
}
