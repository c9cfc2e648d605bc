//! Conditions: comparisons, `and`, `or` and `not`, as jumps where only the outcome counts.
//!
//! A comparison in a condition is one instruction that jumps; `and`, `or` and `not` are then nothing but
//! where the jumps go. What is hard is the chain `a < b < c`, which evaluates `b` once.

use toy_grammar::ast::{CompareOp, Comparison, Expr, ExprKind, Span, UnaryOp};
use toy_grammar::deep::deep;

use super::assembler::Jump;
use super::emit::Emitter;
use super::emit_expr::small_int;
use super::places::At;
use super::registers::Reg;
use crate::bytecode::opcodes::Op;

impl<'a> Emitter<'a> {
    /// Adds to `out` the jumps taken when the truth of the expression is `when`; else goes on.
    pub(super) fn jump_if(&mut self, e: &'a Expr, when: bool, out: &mut Vec<Jump>) {
        match &e.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => deep(|| self.jump_if(operand, !when, out)),
            ExprKind::And(values) => deep(|| self.jump_all(values, when, true, out)),
            ExprKind::Or(values) => deep(|| self.jump_all(values, when, false, out)),
            ExprKind::Compare { first, rest } => deep(|| self.jump_compare(first, rest, e.span, when, out)),
            _ => match literal_truth(e) {
                Some(truth) if truth == when => out.push(self.f.asm.jump()),
                Some(_) => {}
                None => {
                    let mark = self.f.asm.registers.mark();
                    let value = self.operand(e);
                    out.push(self.f.asm.test_at(At::of(e), Op::Test, value, when.into(), 0));
                    self.f.asm.registers.release(mark);
                }
            },
        }
    }

    /// `and` if all must hold, else `or`.
    fn jump_all(&mut self, values: &'a [Expr], when: bool, must_all: bool, out: &mut Vec<Jump>) {
        let Some((last, others)) = values.split_last() else { return };
        if when != must_all {
            values.iter().for_each(|value| self.jump_if(value, when, out));
            return;
        }
        let mut skip = Vec::new();
        others.iter().for_each(|value| self.jump_if(value, !when, &mut skip));
        self.jump_if(last, when, out);
        self.f.asm.land_all(skip);
    }

    fn jump_compare(
        &mut self,
        first: &'a Expr,
        rest: &'a [Comparison],
        span: Span,
        when: bool,
        out: &mut Vec<Jump>,
    ) {
        let Some((last, middle)) = rest.split_last() else { return };
        let mark = self.f.asm.registers.mark();
        let mut skip = Vec::new();
        let at = At::whole(span);
        let mut left = self.operand(first);
        let spares = (!middle.is_empty()).then(|| [self.temp(), self.temp()]);
        for (i, comparison) in middle.iter().enumerate() {
            let Some(spares) = spares else { break };
            let right = self.operand_or(&comparison.operand, spares[i % 2]);
            let (op, flag) = test_op(comparison.op, false);
            let jump = self.f.asm.test_at(at, op, left, right, flag.into());
            if when {
                skip.push(jump)
            } else {
                out.push(jump)
            }
            left = right;
        }
        let jump = self.jump_last(left, last, at, when);
        out.push(jump);
        self.f.asm.registers.release(mark);
        self.f.asm.land_all(skip);
    }

    fn jump_last(&mut self, left: Reg, comparison: &'a Comparison, at: At, when: bool) -> Jump {
        let right = &comparison.operand;
        let (op, flag) = test_op(comparison.op, when);
        if let (Op::TestIs, ExprKind::Nil) = (op, &right.kind) {
            return self.f.asm.test(Op::TestNil, left, flag.into(), 0);
        }
        let with_constant = match op {
            Op::TestEq => Some(Op::TestEqK),
            Op::TestNe => Some(Op::TestNeK),
            _ => None,
        };
        if let Some(fused) = with_constant
            && let Some(constant) = self.comparable_constant(right)
        {
            return self.f.asm.test_at(at, fused, left, constant, flag.into());
        }
        let orders = match op {
            Op::TestLt => Some((Op::TestLtI, Op::TestLtK)),
            Op::TestLe => Some((Op::TestLeI, Op::TestLeK)),
            Op::TestGt => Some((Op::TestGtI, Op::TestGtK)),
            Op::TestGe => Some((Op::TestGeI, Op::TestGeK)),
            _ => None,
        };
        if let Some((with_number, with_constant)) = orders {
            if let Some(n) = small_int(right) {
                return self.f.asm.test_at(at, with_number, left, n, flag.into());
            }
            if let Some(constant) = self.number_constant(right) {
                return self.f.asm.test_at(at, with_constant, left, constant, flag.into());
            }
        }
        let right = self.operand(right);
        self.f.asm.test_at(at, op, left, right, flag.into())
    }

    /// A literal that `==` can name: a number or a string.
    fn comparable_constant(&mut self, e: &Expr) -> Option<u8> {
        match &e.kind {
            ExprKind::Str(text) => u8::try_from(self.f.asm.string(text)).ok(),
            _ => self.number_constant(e),
        }
    }

    /// The value of a comparison.
    pub(super) fn compare_to(&mut self, first: &'a Expr, rest: &'a [Comparison], span: Span, dst: Reg) {
        let at = At::whole(span);
        let Some((last, middle)) = rest.split_last() else { return };
        if middle.is_empty() {
            let spare = self.scratch(dst);
            let left = self.operand_or(first, spare);
            let with_constant = match last.op {
                CompareOp::Eq => Some(Op::EqK),
                CompareOp::Ne => Some(Op::NeK),
                _ => None,
            };
            if let Some(fused) = with_constant
                && let Some(constant) = self.comparable_constant(&last.operand)
            {
                return self.f.asm.op_at(at, fused, dst, left, constant);
            }
            let right = self.operand(&last.operand);
            return self.f.asm.op_at(at, value_op(last.op), dst, left, right);
        }
        let result = self.scratch(dst);
        let mut left = self.operand(first);
        let spares = [self.temp(), self.temp()];
        let mut done = Vec::new();
        for (i, comparison) in rest.iter().enumerate() {
            let right = self.operand_or(&comparison.operand, spares[i % 2]);
            self.f.asm.op_at(at, value_op(comparison.op), result, left, right);
            if i + 1 < rest.len() {
                done.push(self.f.asm.test_at(at, Op::Test, result, 0, 0));
            }
            left = right;
        }
        self.f.asm.land_all(done);
        self.f.asm.move_to(dst, result);
    }

    /// The value of `and`, or of `or` if one that is true ends it.
    pub(super) fn all_or_any_to(&mut self, values: &'a [Expr], ends_when: bool, dst: Reg) {
        let result = self.scratch(dst);
        let mut done = Vec::new();
        for (i, value) in values.iter().enumerate() {
            self.expr_to(value, result);
            if i + 1 < values.len() {
                done.push(self.f.asm.test_at(At::of(value), Op::Test, result, ends_when.into(), 0));
            }
        }
        self.f.asm.land_all(done);
        self.f.asm.move_to(dst, result);
    }
}

/// The truth of a literal.
fn literal_truth(e: &Expr) -> Option<bool> {
    match &e.kind {
        ExprKind::True => Some(true),
        ExprKind::False | ExprKind::Nil => Some(false),
        ExprKind::Int(n) => Some(*n != 0),
        _ => None,
    }
}

/// The instruction that jumps when the comparison's outcome is `when`, and its flag.
pub(super) fn test_op(op: CompareOp, when: bool) -> (Op, bool) {
    match op {
        CompareOp::Eq => (Op::TestEq, when),
        CompareOp::Ne => (Op::TestNe, when),
        CompareOp::Lt => (Op::TestLt, when),
        CompareOp::Le => (Op::TestLe, when),
        CompareOp::Gt => (Op::TestGt, when),
        CompareOp::Ge => (Op::TestGe, when),
        CompareOp::In => (Op::TestIn, when),
        CompareOp::NotIn => (Op::TestIn, !when),
        CompareOp::Is => (Op::TestIs, when),
        CompareOp::IsNot => (Op::TestIs, !when),
    }
}

fn value_op(op: CompareOp) -> Op {
    match op {
        CompareOp::Eq => Op::Eq,
        CompareOp::Ne => Op::Ne,
        CompareOp::Lt => Op::Lt,
        CompareOp::Le => Op::Le,
        CompareOp::Gt => Op::Gt,
        CompareOp::Ge => Op::Ge,
        CompareOp::In => Op::In,
        CompareOp::NotIn => Op::NotIn,
        CompareOp::Is => Op::Is,
        CompareOp::IsNot => Op::IsNot,
    }
}
