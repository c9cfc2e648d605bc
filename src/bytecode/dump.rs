//! Code as text, for readers: each source line above the instructions that were made from it.
//!
//! Everything about an instruction follows from its row in the table: operands that are written stand left of the
//! `=`, the others right of it, and each is shown as what it names.

use std::fmt::Write as _;

use super::code::{Capture, Code, Constant};
use super::opcodes::{Op, Operand, Tail, Word};
use super::verify::{is_wide, width, window};

/// The text of a module's or a function's code and of all functions inside it.
pub fn dump(code: &Code, source: &str) -> String {
    let mut dump = Dump { text: String::new(), source, lines: line_starts(source), slots: slot_names(code) };
    let mut waiting = vec![code];
    while let Some(code) = waiting.pop() {
        if !dump.text.is_empty() {
            dump.text.push('\n');
        }
        dump.function(code);
        waiting.extend(code.functions.iter().rev().map(|inner| &**inner));
    }
    dump.text
}

struct Dump<'a> {
    text: String,
    source: &'a str,
    /// Where each line starts.
    lines: Vec<usize>,
    slots: Vec<&'a str>,
}

fn line_starts(source: &str) -> Vec<usize> {
    std::iter::once(0).chain(source.match_indices('\n').map(|(i, _)| i + 1)).collect()
}

fn slot_names(code: &Code) -> Vec<&str> {
    code.slots.iter().map(|name| &**name).collect()
}

// Writing to a String cannot fail, so the results of `write!` are not looked at.
impl Dump<'_> {
    fn function(&mut self, code: &Code) {
        self.head(code);
        let mut shown = 0;
        let mut seen = std::collections::BTreeSet::new();
        let mut pc = 0;
        while pc < code.words.len() {
            if let Some(place) = code.place(pc) {
                let line = self.lines.partition_point(|&start| start <= place.span.start as usize);
                if line != shown {
                    self.line(line, seen.insert(line));
                    shown = line;
                }
            }
            self.instruction(code, pc);
            pc += width(code.words[pc]);
        }
        self.tables(code);
    }

    fn head(&mut self, code: &Code) {
        let _ = write!(self.text, "{}", code.qualified_name);
        if &*code.name != "<module>" {
            self.params(code);
        }
        let _ = write!(self.text, ": {} registers", code.registers);
        if code.is_generator {
            self.text.push_str(", generator");
        }
        if !code.slots.is_empty() {
            let _ = write!(self.text, ", slots {}", code.slots.join(" "));
        }
        if !code.captures.is_empty() {
            let captures: Vec<String> = code.captures.iter().map(capture).collect();
            let _ = write!(self.text, ", captures {}", captures.join(" "));
        }
        self.text.push('\n');
    }

    fn params(&mut self, code: &Code) {
        let params = &code.params;
        let mut parts = Vec::new();
        for (i, name) in params.names.iter().enumerate() {
            if i == params.positional && params.rest.is_none() {
                parts.push("*".to_string());
            } else if i == params.positional {
                parts.extend(params.rest.iter().map(|rest| format!("*{rest}")));
            }
            let default = if params.has_default.get(i) == Some(&true) { "=…" } else { "" };
            parts.push(format!("{name}{default}"));
            // `self` alone needs no sign.
            if i + 1 == params.positional_only && !(code.is_method && i == 0) {
                parts.push("/".to_string());
            }
        }
        if params.names.len() == params.positional {
            parts.extend(params.rest.iter().map(|rest| format!("*{rest}")));
        }
        parts.extend(params.options.iter().map(|options| format!("**{options}")));
        let _ = write!(self.text, "({})", parts.join(", "));
    }

    /// A source line, with its text if it is the first time.
    fn line(&mut self, line: usize, is_first: bool) {
        let start = self.lines[line - 1];
        let end = self.lines.get(line).copied().unwrap_or(self.source.len());
        let text = self.source.get(start..end).unwrap_or_default().trim();
        let _ = writeln!(self.text, "{line:4} | {}", if is_first { text } else { "…" });
    }

    fn instruction(&mut self, code: &Code, pc: usize) {
        let word = code.words[pc];
        let Some(op) = Op::from_u8(word.op_byte()) else {
            let _ = writeln!(self.text, "       {pc:04}  ?{:02x}", word.op_byte());
            return;
        };
        let mut outs = Vec::new();
        let mut ins = Vec::new();
        if matches!(op, Op::Jump | Op::Loop) {
            ins.push(target(pc, word));
        } else {
            let [a, b, c] = op.info().operands;
            let values = if is_wide(b) {
                vec![(a, word.a()), (b, word.bx())]
            } else {
                vec![(a, word.a()), (b, word.b()), (c, word.c())]
            };
            for (kind, value) in values {
                let text = self.operand(code, pc, kind, value);
                match kind {
                    Operand::None => {}
                    Operand::Out => outs.push(text),
                    _ => ins.push(text),
                }
            }
            self.tail(code, pc, op, &mut ins);
        }
        let operands = match (outs.is_empty(), ins.is_empty()) {
            (true, _) => ins.join(", "),
            (false, true) => outs.join(", "),
            (false, false) => format!("{} = {}", outs.join(", "), ins.join(", ")),
        };
        let text = format!("       {pc:04}  {:<14} {operands}", op.info().name);
        let _ = writeln!(self.text, "{}", text.trim_end());
    }

    fn operand(&self, code: &Code, pc: usize, kind: Operand, value: usize) -> String {
        match kind {
            Operand::None => String::new(),
            Operand::Out | Operand::In | Operand::InOut | Operand::FarX => format!("r{value}"),
            Operand::Window => match window(code, pc) {
                Some(window) if window.count == 0 => "nothing".to_string(),
                Some(window) if window.count > 1 => {
                    format!("r{}..r{}", window.first, window.first + window.count - 1)
                }
                _ => format!("r{value}"),
            },
            Operand::Count | Operand::Flag => value.to_string(),
            Operand::Imm => (value as i64 - 128).to_string(),
            Operand::ImmX => (value as i64 - 0x8000).to_string(),
            Operand::Const | Operand::ConstX => constant(code, value),
            Operand::SlotX => self.slot(value),
            Operand::BuiltinX => format!("builtin {value}"),
            Operand::UpvalueX => format!("upvalue {value}"),
            Operand::FunctionX => match code.functions.get(value) {
                Some(function) => format!("fn {}", function.qualified_name),
                None => format!("fn {value}"),
            },
        }
    }

    fn tail(&self, code: &Code, pc: usize, op: Op, ins: &mut Vec<String>) {
        let Some(&word) = code.words.get(pc + 1) else { return };
        let extra = word.extra_value();
        let site =
            || code.sites.get(extra).map_or_else(|| format!("site {extra}"), |name| format!(".{name}"));
        let keywords = |at: usize| {
            let index = code.words.get(pc + at).map_or(0, |word| word.extra_value());
            let names = code.keywords.get(index).map(|names| names.join(" ")).unwrap_or_default();
            format!("keywords {names}")
        };
        match op.info().tail {
            Tail::None => {}
            Tail::Jump => ins.push(target(pc + 1, word)),
            Tail::Site => ins.push(site()),
            Tail::SiteKeywords => ins.extend([site(), keywords(2)]),
            Tail::Keywords => ins.push(keywords(1)),
            Tail::Slot => ins.push(self.slot(extra)),
            Tail::Import => ins.push(code.imports.get(extra).map_or_else(String::new, |import| {
                format!("{}{}", import.path.join("."), if import.binds_first { ", the first" } else { "" })
            })),
            Tail::Number if op == Op::NewClass => ins.push(constant(code, extra)),
            Tail::Number => ins.push(extra.to_string()),
        }
    }

    fn slot(&self, index: usize) -> String {
        self.slots.get(index).map_or_else(|| format!("slot {index}"), |name| format!("slot {name}"))
    }

    fn tables(&mut self, code: &Code) {
        for handler in &code.handlers {
            let _ = writeln!(
                self.text,
                "       from {:04} to {:04}: an exception goes to {:04} in r{}",
                handler.start, handler.end, handler.target, handler.register
            );
        }
        for range in &code.handling {
            let _ = writeln!(
                self.text,
                "       from {:04} to {:04}: handling r{}",
                range.start, range.end, range.register
            );
        }
    }
}

fn target(at: usize, word: Word) -> String {
    format!("-> {:04}", at as i64 + 1 + i64::from(word.distance()))
}

fn capture(capture: &Capture) -> String {
    match capture {
        Capture::Register(register) => format!("r{register}"),
        Capture::Upvalue(index) => format!("upvalue {index}"),
    }
}

fn constant(code: &Code, index: usize) -> String {
    const LONGEST: usize = 40;
    let text = match code.constants.get(index) {
        None => return format!("constant {index}"),
        Some(Constant::Int(n)) => n.to_string(),
        Some(Constant::BigInt(digits)) => digits.to_string(),
        Some(Constant::Float(x)) => format!("{x:?}"),
        Some(Constant::Str(text)) => format!("{text:?}"),
        Some(Constant::Bytes(bytes)) => format!("b\"{}\"", bytes.escape_ascii()),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
