//! Expressions: into a given register, into any register, or for their effects alone.
//!
//! What is hard is how deep they go. Chains that lean to the left are emitted by a loop around one register;
//! all else is recursion on a stack that grows. Where an expression runs short of near registers, the
//! temporaries around it are saved in far registers while it is evaluated.

use toy_grammar::ast::{
    BinaryOp, Clause, ComprehensionKind, Expr, ExprKind, PatternKind, SliceParts, Span, UnaryOp,
};
use toy_grammar::deep::deep;

use super::emit::Emitter;
use super::emit_call::MAX_ARGS;
use super::emit_display::BATCH;
use super::places::At;
use super::registers::Reg;
use super::resolve_expr::leftmost;
use super::resolve_stmt::FunctionSort;
use crate::bytecode::code::Constant;
use crate::bytecode::opcodes::{Op, Word};

/// A chain of attributes, calls and indices longer than this is emitted by a loop.
const LONG_CHAIN: usize = 40;

impl<'a> Emitter<'a> {
    /// Evaluates an expression for its effects.
    pub(super) fn discard(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::SelfRef => {}
            _ => {
                let mark = self.f.asm.registers.mark();
                self.operand(e);
                self.f.asm.registers.release(mark);
            }
        }
    }

    /// The value in any near register: that of a variable, or a new temporary.
    pub(super) fn operand(&mut self, e: &'a Expr) -> Reg {
        match self.in_place(e) {
            Some(register) => register,
            None => self.expr_next(e),
        }
    }

    /// As [`Self::operand`], in `spare` rather than in a new temporary.
    pub(super) fn operand_or(&mut self, e: &'a Expr, spare: Reg) -> Reg {
        match self.in_place(e) {
            Some(register) => register,
            None => {
                self.expr_to(e, spare);
                spare
            }
        }
    }

    /// The value in a new temporary on top of the others.
    pub(super) fn expr_next(&mut self, e: &'a Expr) -> Reg {
        let register = self.temp();
        self.expr_to(e, register);
        register
    }

    pub(super) fn load_int(&mut self, n: i64, dst: Reg) {
        match i16::try_from(n) {
            Ok(small) => {
                let bx = Word::a_imm(Op::LoadInt, dst, small).bx() as u16;
                self.f.asm.opx(Op::LoadInt, dst, bx);
            }
            Err(_) => {
                let constant = self.f.asm.int(n);
                self.f.asm.opx(Op::LoadConst, dst, constant);
            }
        }
    }

    pub(super) fn load_string(&mut self, text: &str, dst: Reg) {
        let constant = self.f.asm.string(text);
        self.f.asm.opx(Op::LoadConst, dst, constant);
    }

    /// Evaluates into a register. Only the last instruction writes it if it is not scratch.
    pub(super) fn expr_to(&mut self, e: &'a Expr, dst: Reg) {
        match &e.kind {
            ExprKind::Nil => self.f.asm.op(Op::LoadNil, dst, 0, 0),
            ExprKind::True => self.f.asm.op(Op::LoadTrue, dst, 0, 0),
            ExprKind::False => self.f.asm.op(Op::LoadFalse, dst, 0, 0),
            ExprKind::Int(n) => self.load_int(*n, dst),
            ExprKind::Float(x) => {
                let constant = self.f.asm.float(*x);
                self.f.asm.opx(Op::LoadConst, dst, constant);
            }
            ExprKind::Str(text) => self.load_string(text, dst),
            ExprKind::BigInt(digits) => {
                let constant = self.f.asm.constant(Constant::BigInt(digits.clone()));
                self.f.asm.opx(Op::LoadConst, dst, constant);
            }
            ExprKind::Bytes(bytes) => {
                let constant = self.f.asm.constant(Constant::Bytes((&**bytes).into()));
                self.f.asm.opx(Op::LoadConst, dst, constant);
            }
            ExprKind::Name(name) => {
                let variable = self.variable(e.span);
                self.load(variable, name, e.span, dst);
            }
            ExprKind::SelfRef => {
                let variable = self.variable(e.span);
                self.load(variable, &"self".into(), e.span, dst);
            }
            _ => deep(|| {
                if self.f.asm.registers.has_temps(registers_needed(e)) {
                    self.compound_to(e, dst);
                } else {
                    self.spilled_to(dst, |this, dst| this.compound_to(e, dst));
                }
            }),
        }
    }

    /// Runs `emit`, which puts a value into a register, with the temporaries around saved in far registers.
    pub(super) fn spilled_to(&mut self, dst: Reg, emit: impl FnOnce(&mut Self, Reg)) {
        let temps = self.f.asm.registers.temps();
        if temps.is_empty() {
            // Only statements and comprehensions have taken registers, and those leave enough.
            return emit(self, dst);
        }
        let mark = self.f.asm.registers.mark();
        let saved: Vec<(Reg, u16)> =
            temps.map(|register| (register as Reg, self.f.asm.registers.far())).collect();
        let result = self.f.asm.registers.far();
        for &(register, far) in &saved {
            self.f.asm.opx(Op::StoreFar, register, far);
        }
        self.f.asm.registers.forget_temps();
        let temp = self.temp();
        emit(self, temp);
        self.f.asm.opx(Op::StoreFar, temp, result);
        for &(register, far) in &saved {
            self.f.asm.opx(Op::LoadFar, register, far);
        }
        self.f.asm.opx(Op::LoadFar, dst, result);
        self.f.asm.registers.release(mark);
    }

    fn compound_to(&mut self, e: &'a Expr, dst: Reg) {
        let mark = self.f.asm.registers.mark();
        match &e.kind {
            ExprKind::Binary { .. } => self.binary_to(e, dst),
            ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Attribute { .. } => self.chain_to(e, dst),
            ExprKind::Unary { op, operand } => self.unary_to(*op, operand, e.span, dst),
            ExprKind::Compare { first, rest } => self.compare_to(first, rest, e.span, dst),
            ExprKind::And(values) => self.all_or_any_to(values, false, dst),
            ExprKind::Or(values) => self.all_or_any_to(values, true, dst),
            ExprKind::Conditional { test, then, otherwise } => {
                let mut no = Vec::new();
                self.jump_if(test, false, &mut no);
                self.expr_to(then, dst);
                let done = self.f.asm.jump();
                self.f.asm.land_all(no);
                self.expr_to(otherwise, dst);
                self.f.asm.land(done);
            }
            ExprKind::Range { start, end, inclusive } => {
                let window = self.expr_next(start);
                self.expr_next(end);
                self.f.asm.op_at(At::whole(e.span), Op::NewRange, dst, window, u8::from(*inclusive));
            }
            ExprKind::FString(parts) => self.fstring_to(parts, dst),
            ExprKind::List(items) => self.list_to(items, e.span, dst),
            ExprKind::Tuple(items) => self.tuple_to(items, e.span, dst),
            ExprKind::Set(items) => self.set_to(items, e.span, dst),
            ExprKind::Dict(items) => self.dict_to(items, e.span, dst),
            ExprKind::Super { name } => {
                let class = self.super_operand(e.span, 0);
                let receiver = self.super_operand(e.span, 1);
                self.f.asm.op_at(At::whole(e.span), Op::GetSuper, dst, receiver, class);
                self.f.asm.site(&name.name);
            }
            ExprKind::Function(function) => {
                let name = self.lambda.clone();
                self.closure_to(dst, function, &name, FunctionSort::Plain);
            }
            ExprKind::Comprehension(comprehension) => self.comprehension_to(comprehension, e.span, dst),
            ExprKind::Yield(value) => {
                let register = self.scratch(dst);
                self.optional_to(value.as_deref(), register);
                self.f.asm.op_at(At::whole(e.span), Op::Yield, register, 0, 0);
                self.f.asm.move_to(dst, register);
            }
            ExprKind::YieldFrom(value) => {
                let at = At::whole(e.span);
                let register = self.scratch(dst);
                let value = self.operand_or(value, register);
                self.f.asm.op_at(at, Op::GetIter, register, value, 0);
                self.f.asm.op_at(at, Op::YieldFrom, register, 0, 0);
                self.f.asm.move_to(dst, register);
            }
            _ => self.internal(e.span, "an expression in the wrong place"),
        }
        self.f.asm.registers.release(mark);
    }

    // Operators.

    fn unary_to(&mut self, op: UnaryOp, operand: &'a Expr, span: Span, dst: Reg) {
        if let (UnaryOp::Neg, ExprKind::Int(n)) = (op, &operand.kind) {
            return self.load_int(-n, dst);
        }
        if let (UnaryOp::Neg, ExprKind::Float(x)) = (op, &operand.kind) {
            let constant = self.f.asm.float(-x);
            return self.f.asm.opx(Op::LoadConst, dst, constant);
        }
        let spare = self.scratch(dst);
        let value = self.operand_or(operand, spare);
        let op = match op {
            UnaryOp::Neg => Op::Neg,
            UnaryOp::Pos => Op::Pos,
            UnaryOp::Invert => Op::Invert,
            UnaryOp::Not => Op::Not,
        };
        self.f.asm.op_at(At::whole(span), op, dst, value, 0);
    }

    /// A chain of binary operators that leans to the left, from its left end.
    fn binary_to(&mut self, e: &'a Expr, dst: Reg) {
        let mut chain = Vec::new();
        let mut start = e;
        while let ExprKind::Binary { left, .. } = &start.kind {
            chain.push(start);
            start = left;
        }
        // Ints that are all there when the program is compiled, as in `24 * 60 * 60`.
        let mut folded = literal_int(start);
        while let Some(n) = folded
            && let Some(ExprKind::Binary { op, right, .. }) = chain.last().map(|node| &node.kind)
            && let Some(m) = literal_int(right).and_then(|m| fold(*op, n, m))
        {
            chain.pop();
            folded = Some(m);
        }
        let spare = self.scratch(dst);
        // A literal on the left waits for its turn: it takes no register while the right side is evaluated.
        let mut left = None;
        let is_waiting = folded.is_some() || matches!(start.kind, ExprKind::Float(_) | ExprKind::Str(_));
        if !is_waiting || chain.is_empty() {
            left = Some(match folded {
                Some(n) => {
                    self.load_int(n, dst);
                    dst
                }
                None => self.operand_or(start, spare),
            });
        }
        let last = chain.len().saturating_sub(1);
        for (i, node) in chain.into_iter().rev().enumerate() {
            let ExprKind::Binary { op, op_span, right, .. } = &node.kind else { continue };
            let at = At::anchored(node.span, *op_span);
            let out = if i == last { dst } else { spare };
            let mark = self.f.asm.registers.mark();
            match left {
                Some(left) => self.binary(*op, out, left, right, at),
                None => {
                    let right = self.operand_or(right, spare);
                    let constant = match folded {
                        Some(n) => u8::try_from(self.f.asm.int(n)).ok(),
                        None => self.number_constant(start),
                    };
                    if let (Some(fused), Some(constant)) = (constant_first(*op), constant) {
                        self.f.asm.op_at(at, fused, out, constant, right);
                    } else {
                        let left = self.temp();
                        match folded {
                            Some(n) => self.load_int(n, left),
                            None => self.expr_to(start, left),
                        }
                        self.f.asm.op_at(at, plain_op(*op), out, left, right);
                    }
                }
            }
            self.f.asm.registers.release(mark);
            left = Some(out);
        }
    }

    fn binary(&mut self, op: BinaryOp, out: Reg, left: Reg, right: &'a Expr, at: At) {
        if let (BinaryOp::Add | BinaryOp::Sub, Some(n)) = (op, small_int(right)) {
            let op = if op == BinaryOp::Add { Op::AddI } else { Op::SubI };
            return self.f.asm.op_at(at, op, out, left, n);
        }
        let with_constant = match op {
            BinaryOp::Add => Some(Op::AddK),
            BinaryOp::Sub => Some(Op::SubK),
            BinaryOp::Mul => Some(Op::MulK),
            BinaryOp::Div => Some(Op::DivK),
            BinaryOp::FloorDiv => Some(Op::FloorDivK),
            BinaryOp::Mod => Some(Op::ModK),
            BinaryOp::BitAnd => Some(Op::BitAndK),
            _ => None,
        };
        if let Some(fused) = with_constant
            && let Some(constant) = self.number_constant(right)
        {
            return self.f.asm.op_at(at, fused, out, left, constant);
        }
        let right = self.operand(right);
        self.f.asm.op_at(at, plain_op(op), out, left, right);
    }

    /// A literal number as a constant that a byte can name.
    pub(super) fn number_constant(&mut self, e: &Expr) -> Option<u8> {
        let constant = match (&e.kind, literal_int(e)) {
            (_, Some(n)) => self.f.asm.int(n),
            (ExprKind::Float(x), _) => self.f.asm.float(*x),
            _ => return None,
        };
        u8::try_from(constant).ok()
    }

    // Attributes, items, slices, calls.

    fn chain_to(&mut self, e: &'a Expr, dst: Reg) {
        let is_long = std::iter::successors(Some(e), |e| leftmost(e)).nth(LONG_CHAIN).is_some();
        if !is_long {
            return self.link_to(e, None, dst);
        }
        let mut chain = Vec::new();
        let mut start = e;
        while let Some(next) = leftmost(start).filter(|_| !matches!(start.kind, ExprKind::Binary { .. })) {
            chain.push(start);
            start = next;
            // A method call takes its receiver's attribute along.
            if let (Some(ExprKind::Call { .. }), ExprKind::Attribute { object, .. }) =
                (chain.last().map(|e| &e.kind), &start.kind)
            {
                start = object;
            }
        }
        let register = self.temp();
        self.expr_to(start, register);
        for node in chain.into_iter().rev() {
            let mark = self.f.asm.registers.mark();
            self.link_to(node, Some(register), register);
            self.f.asm.registers.release(mark);
        }
        self.f.asm.move_to(dst, register);
    }

    /// One link of a chain; its object is in a register already, or is evaluated here.
    fn link_to(&mut self, e: &'a Expr, object: Option<Reg>, dst: Reg) {
        match &e.kind {
            ExprKind::Attribute { object: expr, name } => {
                let object = self.object(expr, object, dst);
                let at = self.lines.at_attribute(At::whole(e.span), name);
                self.f.asm.op_at(at, Op::GetAttr, dst, object, 0);
                self.f.asm.site(&name.name);
            }
            ExprKind::Index { object: expr, index, open } => {
                let object = self.object(expr, object, dst);
                let at = At::tail(e.span, *open);
                if let ExprKind::Int(n) = index.kind
                    && let Ok(n) = u8::try_from(n)
                {
                    return self.f.asm.op_at(at, Op::GetIndexI, dst, object, n);
                }
                let index = self.operand(index);
                self.f.asm.op_at(at, Op::GetIndex, dst, object, index);
            }
            ExprKind::Slice { object: expr, slice, open } => {
                let window = match object {
                    Some(object) => {
                        let window = self.temp();
                        self.f.asm.move_to(window, object);
                        self.slice_rest(slice);
                        window
                    }
                    None => self.slice_window(expr, slice),
                };
                self.f.asm.op_at(At::tail(e.span, *open), Op::GetSlice, dst, window, 0);
            }
            ExprKind::Call { callee, args, open } => {
                self.call_to(callee, object, args, At::tail(e.span, *open), dst)
            }
            _ => self.internal(e.span, "no link of a chain"),
        }
    }

    fn object(&mut self, e: &'a Expr, register: Option<Reg>, dst: Reg) -> Reg {
        match register {
            Some(register) => register,
            None if self.f.asm.registers.is_scratch(dst) => self.operand_or(e, dst),
            None => self.operand(e),
        }
    }

    /// An object and the three parts of a slice in a window.
    pub(super) fn slice_window(&mut self, object: &'a Expr, slice: &'a SliceParts) -> Reg {
        let window = self.expr_next(object);
        self.slice_rest(slice);
        window
    }

    fn slice_rest(&mut self, slice: &'a SliceParts) {
        for part in [&slice.lower, &slice.upper, &slice.step] {
            let register = self.temp();
            self.optional_to(part.as_ref(), register);
        }
    }
}

/// How many temporaries the instructions of this one expression may need, those inside it apart.
fn registers_needed(e: &Expr) -> usize {
    const FEW: usize = 12;
    FEW + match &e.kind {
        ExprKind::Call { args, .. } => {
            let is_long = std::iter::successors(Some(e), |e| leftmost(e)).nth(LONG_CHAIN).is_some();
            if is_long { MAX_ARGS } else { args.len().min(MAX_ARGS) }
        }
        ExprKind::Index { .. } | ExprKind::Slice { .. } | ExprKind::Attribute { .. } => {
            let is_long = std::iter::successors(Some(e), |e| leftmost(e)).nth(LONG_CHAIN).is_some();
            if is_long { MAX_ARGS } else { 0 }
        }
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => items.len().min(BATCH),
        ExprKind::FString(parts) => parts.len().min(BATCH),
        ExprKind::Comprehension(comprehension) => {
            let patterns = comprehension.clauses.iter().map(|clause| match clause {
                Clause::For(target, _) => match &target.kind {
                    PatternKind::Sequence(_) => MAX_ARGS,
                    _ => 0,
                },
                Clause::If(_) => 0,
            });
            match comprehension.kind {
                ComprehensionKind::Generator(_) => 0,
                _ => patterns.max().unwrap_or(0),
            }
        }
        _ => 0,
    }
}

/// The value of an int literal, with or without a minus.
pub(super) fn literal_int(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Int(n) => Some(*n),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match operand.kind {
            ExprKind::Int(n) => Some(-n),
            _ => None,
        },
        _ => None,
    }
}

/// An int literal as the operand of an immediate form.
pub(super) fn small_int(e: &Expr) -> Option<u8> {
    literal_int(e).and_then(|n| u8::try_from(n.checked_add(128)?).ok())
}

/// What two int literals give, where that is sure to be a small int.
fn fold(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    const SMALL: i64 = 1 << 31;
    let result = match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Sub => a.checked_sub(b)?,
        BinaryOp::Mul => a.checked_mul(b)?,
        _ => return None,
    };
    (-SMALL..SMALL).contains(&result).then_some(result)
}

/// The instruction whose left operand is a constant.
fn constant_first(op: BinaryOp) -> Option<Op> {
    match op {
        BinaryOp::Add => Some(Op::KAdd),
        BinaryOp::Sub => Some(Op::KSub),
        BinaryOp::Mul => Some(Op::KMul),
        BinaryOp::Div => Some(Op::KDiv),
        _ => None,
    }
}

fn plain_op(op: BinaryOp) -> Op {
    match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::FloorDiv => Op::FloorDiv,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Pow => Op::Pow,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Shr => Op::Shr,
    }
}
