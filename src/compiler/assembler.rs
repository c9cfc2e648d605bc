//! The code of one function while it grows: words, side tables, and jumps that wait for their target.
//!
//! Limits of the format (a jump's distance, the number of constants) are noted as a complaint and reported
//! when the function is done; until then the code is nonsense that nobody runs.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use toy_grammar::ast::Span;

use super::places::At;
use super::registers::{Reg, Registers};
use crate::bytecode::code::{Code, Constant, HandlerRange, HandlingRange, ImportPath, NamePlace, Place};
use crate::bytecode::opcodes::{Op, Word};

/// A jump word whose target is still to come.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct Jump(usize);

pub(super) struct Assembler {
    pub(super) code: Code,
    pub(super) registers: Registers,
    ints: FxHashMap<i64, u16>,
    floats: FxHashMap<u64, u16>,
    strings: FxHashMap<Rc<str>, u16>,
    /// The statement that begins here, if no instruction was made from it yet.
    statement: Option<Span>,
    /// The furthest target of a jump.
    furthest: u32,
    /// The first limit that was hit.
    pub(super) complaint: Option<&'static str>,
}

impl Assembler {
    pub(super) fn new(mut code: Code, params: usize) -> Assembler {
        code.words.reserve(32);
        Assembler {
            code,
            registers: Registers::new(params),
            ints: FxHashMap::default(),
            floats: FxHashMap::default(),
            strings: FxHashMap::default(),
            statement: None,
            furthest: 0,
            complaint: None,
        }
    }

    pub(super) fn complain(&mut self, what: &'static str) {
        self.complaint.get_or_insert(what);
    }

    // Words.

    /// Instructions from here on belong to this statement, as far as they have no place of their own.
    pub(super) fn begin_statement(&mut self, span: Span) {
        self.statement = Some(span);
    }

    fn put(&mut self, word: Word) {
        if let Some(span) = self.statement.take() {
            self.place(At::whole(span));
        }
        self.code.words.push(word);
    }

    fn put_at(&mut self, at: At, word: Word) {
        self.statement = None;
        self.place(at);
        self.code.words.push(word);
    }

    fn place(&mut self, at: At) {
        if self.code.places.last().is_none_or(|last| last.span != at.span || last.anchor != at.anchor) {
            let pc = self.code.words.len() as u32;
            self.code.places.push(Place { pc, span: at.span, anchor: at.anchor });
        }
    }

    pub(super) fn op(&mut self, op: Op, a: Reg, b: Reg, c: u8) {
        self.put(Word::abc(op, a, b, c));
    }

    /// An instruction that can fail.
    pub(super) fn op_at(&mut self, at: At, op: Op, a: Reg, b: Reg, c: u8) {
        self.put_at(at, Word::abc(op, a, b, c));
    }

    pub(super) fn opx(&mut self, op: Op, a: Reg, bx: u16) {
        self.put(Word::abx(op, a, bx));
    }

    pub(super) fn opx_at(&mut self, at: At, op: Op, a: Reg, bx: u16) {
        self.put_at(at, Word::abx(op, a, bx));
    }

    /// The extra word of the last instruction.
    pub(super) fn extra(&mut self, n: usize) {
        if n >= 1 << 24 {
            self.complain("function is too large");
            return self.extra(0);
        }
        self.code.words.push(Word::extra(n as u32));
    }

    /// The extra word that names an attribute, with an inline cache of its own.
    pub(super) fn site(&mut self, name: &Rc<str>) {
        let site = self.code.sites.len();
        self.code.sites.push(name.clone());
        self.extra(site);
    }

    pub(super) fn keywords(&mut self, names: Vec<Rc<str>>) {
        let index = self.code.keywords.len();
        self.code.keywords.push(names);
        self.extra(index);
    }

    pub(super) fn import(&mut self, path: ImportPath) {
        let index = self.code.imports.len();
        self.code.imports.push(path);
        self.extra(index);
    }

    pub(super) fn move_to(&mut self, dst: Reg, src: Reg) {
        if dst != src {
            self.op(Op::Move, dst, src, 0);
        }
    }

    // Jumps.

    pub(super) fn here(&self) -> u32 {
        self.code.words.len() as u32
    }

    /// Whether a jump goes here.
    pub(super) fn is_target(&self) -> bool {
        self.furthest == self.here()
    }

    pub(super) fn jump(&mut self) -> Jump {
        self.put(Word::jump(Op::Jump, 0));
        Jump(self.code.words.len() - 1)
    }

    /// The jump word of the last instruction.
    pub(super) fn jump_word(&mut self) -> Jump {
        self.code.words.push(Word::jump(Op::Jump, 0));
        Jump(self.code.words.len() - 1)
    }

    /// A test that cannot fail.
    pub(super) fn test(&mut self, op: Op, a: Reg, b: u8, c: u8) -> Jump {
        self.op(op, a, b, c);
        self.jump_word()
    }

    pub(super) fn test_at(&mut self, at: At, op: Op, a: Reg, b: u8, c: u8) -> Jump {
        self.op_at(at, op, a, b, c);
        self.jump_word()
    }

    /// The jump goes here.
    pub(super) fn land(&mut self, jump: Jump) {
        self.aim(jump, self.here());
    }

    pub(super) fn land_all(&mut self, jumps: Vec<Jump>) {
        for jump in jumps {
            self.land(jump);
        }
    }

    pub(super) fn aim(&mut self, jump: Jump, target: u32) {
        let distance = i64::from(target) - (jump.0 as i64 + 1);
        if distance.abs() >= 1 << 23 {
            return self.complain("function is too large");
        }
        self.furthest = self.furthest.max(target);
        let op = if self.code.words[jump.0].op_byte() == Op::Loop as u8 { Op::Loop } else { Op::Jump };
        self.code.words[jump.0] = Word::jump(op, distance as i32);
    }

    /// A jump back, which is a safepoint.
    pub(super) fn loop_to(&mut self, target: u32) {
        self.put(Word::jump(Op::Loop, 0));
        self.aim(Jump(self.code.words.len() - 1), target);
    }

    // Constants.

    fn new_constant(&mut self, constant: Constant) -> u16 {
        let index = self.code.constants.len();
        if index > u16::MAX as usize {
            self.complain("too many constants in one function");
            return 0;
        }
        self.code.constants.push(constant);
        index as u16
    }

    pub(super) fn int(&mut self, n: i64) -> u16 {
        if let Some(&index) = self.ints.get(&n) {
            return index;
        }
        let index = self.new_constant(Constant::Int(n));
        self.ints.insert(n, index);
        index
    }

    pub(super) fn float(&mut self, x: f64) -> u16 {
        if let Some(&index) = self.floats.get(&x.to_bits()) {
            return index;
        }
        let index = self.new_constant(Constant::Float(x));
        self.floats.insert(x.to_bits(), index);
        index
    }

    pub(super) fn string(&mut self, text: &str) -> u16 {
        if let Some(&index) = self.strings.get(text) {
            return index;
        }
        let text: Rc<str> = text.into();
        let index = self.new_constant(Constant::Str(text.clone()));
        self.strings.insert(text, index);
        index
    }

    pub(super) fn constant(&mut self, constant: Constant) -> u16 {
        self.new_constant(constant)
    }

    // Ranges.

    /// An exception in the words from `start` to `end` goes to `target`. `cleanup`: so does everything else.
    pub(super) fn protect(&mut self, start: u32, end: u32, target: u32, register: u16, cleanup: bool) {
        if start < end {
            self.code.handlers.push(HandlerRange { start, end, target, register, cleanup });
        }
    }

    /// The exception in the register is being handled from `start` to here.
    pub(super) fn handles(&mut self, start: u32, register: u16) {
        let end = self.here();
        if start < end {
            self.code.handling.push(HandlingRange { start, end, register });
        }
    }

    /// Notes where the value of a name is.
    pub(super) fn name(&mut self, place: NamePlace) {
        if self.code.names.last() != Some(&place) {
            self.code.names.push(place);
        }
    }

    pub(super) fn finish(mut self) -> (Code, Option<&'static str>) {
        self.code.names.sort_by_key(|place| place.at);
        self.code.registers = self.registers.total();
        if self.registers.exhausted {
            self.complain("too many variables, or an expression that is too complex");
        }
        (self.code, self.complaint)
    }
}
