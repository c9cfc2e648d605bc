//! `assert`: a comparison that fails shows both of its sides.
//!
//! What is hard: the sides must still be in registers when the comparison has failed, each evaluated once, also
//! in a chain; and the message is evaluated only then, whichever of the parts of the condition it was.

use toy_grammar::ast::{Comparison, Expr, ExprKind, Span};
use toy_grammar::deep::deep;

use super::assembler::Jump;
use super::emit::Emitter;
use super::emit_condition::test_op;
use super::places::At;
use super::registers::Reg;
use crate::bytecode::opcodes::Op;

impl<'a> Emitter<'a> {
    pub(super) fn assert_statement(&mut self, test: &'a Expr, message: Option<&'a Expr>) {
        let mark = self.f.asm.registers.mark();
        let window = self.temp();
        let mut fails = Vec::new();
        self.jump_unless_shown(test, window, &mut fails);
        let holds = self.f.asm.jump();
        self.f.asm.land_all(fails);
        if let Some(message) = message {
            self.expr_next(message);
        }
        self.f.asm.op_at(At::of(test), Op::RaiseAssertion, window, message.is_some().into(), 0);
        self.f.asm.registers.release(mark);
        self.f.asm.land_all(vec![holds]);
    }

    /// Adds to `fails` the jumps taken when the condition does not hold, with the text of the comparison that failed
    /// in `shown`, or nil where it is no comparison that failed.
    fn jump_unless_shown(&mut self, test: &'a Expr, shown: Reg, fails: &mut Vec<Jump>) {
        match &test.kind {
            ExprKind::And(values) => {
                deep(|| values.iter().for_each(|value| self.jump_unless_shown(value, shown, fails)));
            }
            ExprKind::Compare { first, rest } => self.compare_shown(first, rest, test.span, shown, fails),
            _ => {
                let mut holds = Vec::new();
                self.jump_if(test, true, &mut holds);
                self.f.asm.op(Op::LoadNil, shown, 0, 0);
                fails.push(self.f.asm.jump());
                self.f.asm.land_all(holds);
            }
        }
    }

    fn compare_shown(
        &mut self,
        first: &'a Expr,
        rest: &'a [Comparison],
        span: Span,
        shown: Reg,
        fails: &mut Vec<Jump>,
    ) {
        let mark = self.f.asm.registers.mark();
        let at = At::whole(span);
        let mut left = self.operand(first);
        let spares = [self.temp(), self.temp()];
        for (i, comparison) in rest.iter().enumerate() {
            let right = self.operand_or(&comparison.operand, spares[i % 2]);
            let (op, flag) = test_op(comparison.op, true);
            let holds = self.f.asm.test_at(at, op, left, right, flag.into());
            self.f.asm.op_at(at, Op::ShowComparison, shown, left, right);
            self.f.asm.extra(comparison.op as usize);
            fails.push(self.f.asm.jump());
            self.f.asm.land_all(vec![holds]);
            left = right;
        }
        self.f.asm.registers.release(mark);
    }
}
