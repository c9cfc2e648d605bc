//! The check that makes code safe to run.
//!
//! The dispatch loop trusts what is checked here: that every word is an instruction or belongs to one, that
//! registers lie in the call's window, that indices lie in their tables and jumps on instructions. It is
//! hence strict, also where the compiler could not go wrong. What it does not know is what a register holds at run time
//! (a cell, an iterator, a list): instructions that need one sort of value must look.
//!
//! What is hard is that it must hold for any words at all, so nothing here may trust what it has not checked
//! yet, and functions may be nested deeper than the machine stack.

use super::code::{Capture, Code, Constant, MAX_REGISTERS, NEAR_REGISTERS};
use super::opcodes::{Op, Operand, Tail, Word};

/// Checks a module's or a function's code and all functions inside it. `builtins` and `slots` are how many of each
/// there are at run time.
pub fn verify(code: &Code, builtins: usize, slots: usize) -> Result<(), String> {
    if !code.captures.is_empty() {
        return Err(format!("{}: code that captures variables cannot stand alone", code.qualified_name));
    }
    let mut waiting = vec![code];
    while let Some(code) = waiting.pop() {
        let mut check = Check { code, builtins, slots, starts: Vec::new(), pc: 0 };
        check.function().map_err(|what| format!("{}, word {}: {what}", code.qualified_name, check.pc))?;
        waiting.extend(code.functions.iter().map(|inner| &**inner));
    }
    Ok(())
}

/// The registers that an instruction uses in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub first: usize,
    pub count: usize,
}

/// The window of the instruction at `pc`, if it has one. Its words must be there.
pub fn window(code: &Code, pc: usize) -> Option<Window> {
    let word = code.words[pc];
    let op = Op::from_u8(word.op_byte())?;
    let (a, b, c) = (word.a(), word.b(), word.c());
    let extra = |n: usize| code.words.get(pc + n).map_or(0, |word| word.extra_value());
    let keywords = |n: usize| code.keywords.get(extra(n)).map_or(0, Vec::len);
    let (first, count) = match op {
        Op::RangePrep | Op::RangeLoop => (a, 3),
        Op::Unpack => (a, c),
        Op::UnpackStar => (a, c + 1 + extra(1)),
        Op::GetSlice => (b, 4),
        Op::SetSlice | Op::DelSlice => (a, 4),
        Op::NewList | Op::NewTuple | Op::ListAppend | Op::Concat => (b, c),
        Op::NewRange => (b, 2),
        Op::Format => (b, 1 + usize::from(c >= 4)),
        Op::Call | Op::CallSlot => (a, 1 + b),
        Op::CallMethod | Op::CallSuper => (a, 2 + b),
        Op::CallKeywords => (a, 1 + b + keywords(1)),
        Op::CallMethodKeywords => (a, 2 + b + keywords(2)),
        Op::CallSpread => (a, 3),
        // The callee stands two registers before the dict.
        Op::KeywordPut | Op::KeywordSpread => (a.checked_sub(2)?, 3),
        Op::WithEnter => (a, 2),
        Op::RaiseAssertion => (a, 1 + b),
        Op::WithExit | Op::YieldFrom => (a, 1),
        _ => return None,
    };
    Some(Window { first, count })
}

struct Check<'a> {
    code: &'a Code,
    builtins: usize,
    slots: usize,
    /// For each word whether an instruction starts there.
    starts: Vec<bool>,
    /// Where the check is.
    pc: usize,
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_string()) }
}

impl Check<'_> {
    fn function(&mut self) -> Result<(), String> {
        self.shape()?;
        self.find_starts()?;
        for pc in 0..self.code.words.len() {
            self.pc = pc;
            if self.starts[pc] {
                self.instruction()?;
            }
        }
        self.tables()
    }

    /// Registers and parameters.
    fn shape(&self) -> Result<(), String> {
        let code = self.code;
        let params = &code.params;
        ensure(code.registers <= MAX_REGISTERS, "too many registers")?;
        ensure(params.has_default.len() == params.names.len(), "a parameter without a note of its default")?;
        ensure(params.positional <= params.names.len(), "more positional parameters than parameters")?;
        ensure(
            params.positional_only <= params.positional,
            "more positional-only parameters than positional ones",
        )?;
        let all =
            params.names.len() + usize::from(params.rest.is_some()) + usize::from(params.options.is_some());
        ensure(all <= code.registers, "parameters outside the registers")?;
        ensure(!code.is_method || params.positional_only > 0, "a method without self")?;
        ensure(code.slots.len() <= self.slots, "more slots than there are")?;
        ensure(code.captures.len() <= usize::from(u16::MAX) + 1, "too many captures")
    }

    /// Splits the words into instructions.
    fn find_starts(&mut self) -> Result<(), String> {
        let words = &self.code.words;
        ensure(!words.is_empty(), "no code")?;
        ensure(words.len() < i32::MAX as usize, "too much code")?;
        self.starts = vec![false; words.len()];
        let mut pc = 0;
        let mut last = Op::Extra;
        while pc < words.len() {
            self.pc = pc;
            let op = Op::from_u8(words[pc].op_byte()).ok_or("no such instruction")?;
            ensure(op != Op::Extra, "an extra word without an instruction")?;
            self.starts[pc] = true;
            let wanted = if op.info().tail == Tail::Jump { Op::Jump } else { Op::Extra };
            let extras = op.extra_words();
            let tail = words.get(pc + 1..=pc + extras).ok_or("the extra word is missing")?;
            ensure(
                tail.iter().all(|word| word.op_byte() == wanted as u8),
                "the extra word is of another kind",
            )?;
            pc += 1 + extras;
            last = op;
        }
        let is_end = matches!(
            last,
            Op::Jump
                | Op::Loop
                | Op::Return
                | Op::ReturnNil
                | Op::Raise
                | Op::RaiseFrom
                | Op::RaiseAgain
                | Op::RaiseAssertion
                | Op::Reraise
        );
        ensure(is_end, "the code runs off its end")
    }

    fn instruction(&self) -> Result<(), String> {
        let word = self.code.words[self.pc];
        let op = Op::from_u8(word.op_byte()).ok_or("no such instruction")?;
        let info = op.info();
        if matches!(op, Op::Jump | Op::Loop) {
            return self.jump(self.pc, op == Op::Loop);
        }
        let [a, b, c] = info.operands;
        self.operand(op, a, word.a())?;
        if is_wide(b) {
            self.operand(op, b, word.bx())?;
        } else {
            self.operand(op, b, word.b())?;
            self.operand(op, c, word.c())?;
        }
        self.tail(op)?;
        if let Op::KeywordPut | Op::KeywordSpread = op {
            ensure(word.a() >= 2, "a keyword dict without a callee before it")?;
        }
        if let Some(window) = window(self.code, self.pc) {
            let end = window.first + window.count;
            ensure(end <= self.code.registers && end <= NEAR_REGISTERS, "a window outside the registers")?;
        }
        match op {
            Op::Format => ensure(word.c() < 8, "no such conversion"),
            Op::Yield | Op::YieldFrom => ensure(self.code.is_generator, "a yield outside a generator"),
            _ => Ok(()),
        }
    }

    fn operand(&self, op: Op, kind: Operand, value: usize) -> Result<(), String> {
        let code = self.code;
        match kind {
            Operand::None => ensure(value == 0, "an operand that is not used is not 0"),
            // The window's end is checked where its size is known; its start is a register in any case.
            Operand::Out | Operand::In | Operand::InOut | Operand::Window => {
                ensure(value < code.registers && value < NEAR_REGISTERS, "a register outside the call's")
            }
            Operand::Count | Operand::Imm | Operand::ImmX => Ok(()),
            Operand::Flag => ensure(value <= 1, "a flag that is neither 0 nor 1"),
            Operand::ConstX => ensure(value < code.constants.len(), "no such constant"),
            Operand::Const => {
                let constant = code.constants.get(value).ok_or("no such constant")?;
                let fits = match constant {
                    Constant::Int(_) | Constant::Float(_) => true,
                    Constant::Str(_) => {
                        matches!(op, Op::TestEqK | Op::TestNeK | Op::EqK | Op::NeK)
                    }
                    Constant::BigInt(_) | Constant::Bytes(_) => false,
                };
                ensure(fits, "a constant of the wrong kind")
            }
            Operand::FarX => {
                ensure(value < code.registers && value >= NEAR_REGISTERS, "a far register outside the call's")
            }
            Operand::SlotX => ensure(value < self.slots, "no such slot"),
            Operand::BuiltinX => ensure(value < self.builtins, "no such builtin"),
            Operand::UpvalueX => ensure(value < code.captures.len(), "no such upvalue"),
            Operand::FunctionX => ensure(value < code.functions.len(), "no such function"),
        }
    }

    fn tail(&self, op: Op) -> Result<(), String> {
        let code = self.code;
        let extra = |n: usize| code.words[self.pc + n].extra_value();
        let is_keywords = |n: usize| ensure(extra(n) < code.keywords.len(), "no such keyword list");
        match op.info().tail {
            Tail::None => Ok(()),
            Tail::Jump => self.jump(self.pc + 1, matches!(op, Op::RangeLoop | Op::ForLoop)),
            Tail::Site => ensure(extra(1) < code.sites.len(), "no such site"),
            Tail::SiteKeywords => {
                ensure(extra(1) < code.sites.len(), "no such site")?;
                is_keywords(2)
            }
            Tail::Keywords => is_keywords(1),
            Tail::Slot => ensure(extra(1) < self.slots, "no such slot"),
            Tail::Import => {
                let import = code.imports.get(extra(1)).ok_or("no such import")?;
                ensure(!import.path.is_empty(), "an import of nothing")
            }
            Tail::Number => match op {
                Op::Aug => ensure(extra(1) < BINARY_OPS, "no such operator"),
                Op::ShowComparison => ensure(extra(1) < COMPARE_OPS, "no such comparison"),
                Op::NewClass => {
                    let is_name = matches!(code.constants.get(extra(1)), Some(Constant::Str(_)));
                    ensure(is_name, "a class whose name is no string")
                }
                _ => Ok(()),
            },
        }
    }

    /// The jump word at `at`. Only instructions that are safepoints go back, so that every loop has one.
    fn jump(&self, at: usize, may_go_back: bool) -> Result<(), String> {
        let target = at as i64 + 1 + i64::from(self.code.words[at].distance());
        let is_start = usize::try_from(target).is_ok_and(|target| self.is_start(target));
        ensure(is_start, "a jump to where no instruction is")?;
        ensure(may_go_back || target > at as i64, "a jump back without a safepoint")
    }

    fn is_start(&self, pc: usize) -> bool {
        self.starts.get(pc) == Some(&true)
    }

    fn tables(&self) -> Result<(), String> {
        let code = self.code;
        let len = code.words.len();
        let is_range = |start: u32, end: u32| {
            let (start, end) = (start as usize, end as usize);
            start < end && self.is_start(start) && (end == len || self.is_start(end))
        };
        for handler in &code.handlers {
            ensure(is_range(handler.start, handler.end), "an exception range of no instructions")?;
            ensure(self.is_start(handler.target as usize), "a handler where no instruction is")?;
            ensure((handler.register as usize) < code.registers, "a handler's register outside the call's")?;
        }
        for range in &code.handling {
            ensure(is_range(range.start, range.end), "a handling range of no instructions")?;
            ensure((range.register as usize) < code.registers, "a handled exception outside the registers")?;
        }
        let mut after = 0;
        for place in &code.places {
            ensure(place.pc >= after && (place.pc as usize) < len, "places out of order")?;
            ensure(self.is_start(place.pc as usize), "a place where no instruction is")?;
            after = place.pc + 1;
        }
        for capture in code.functions.iter().flat_map(|inner| &inner.captures) {
            match *capture {
                Capture::Register(register) => {
                    ensure((register as usize) < code.registers, "a captured register outside the call's")?;
                }
                Capture::Upvalue(index) => {
                    ensure((index as usize) < code.captures.len(), "a captured upvalue that is none")?;
                }
            }
        }
        Ok(())
    }
}

/// How many members `ast::BinaryOp` has.
const BINARY_OPS: usize = toy_grammar::ast::BinaryOp::Shr as usize + 1;
const COMPARE_OPS: usize = toy_grammar::ast::CompareOp::ALL.len();

/// Whether the operand takes B and C together.
pub(super) fn is_wide(kind: Operand) -> bool {
    matches!(
        kind,
        Operand::ConstX
            | Operand::ImmX
            | Operand::FarX
            | Operand::SlotX
            | Operand::BuiltinX
            | Operand::UpvalueX
            | Operand::FunctionX
    )
}

/// How many words the instruction has, itself included.
pub(super) fn width(word: Word) -> usize {
    Op::from_u8(word.op_byte()).map_or(1, |op| 1 + op.extra_words())
}
