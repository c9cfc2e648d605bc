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

/// Where the checks of one assertion go.
struct Ends {
    /// The register for the text of the comparison that failed, nil where what failed is none.
    shown: Reg,
    /// Jumps of checks that failed, but for the last one, behind which the error is raised.
    fails: Vec<Jump>,
    /// Jumps of the last check when it holds.
    holds: Vec<Jump>,
}

impl<'a> Emitter<'a> {
    pub(super) fn assert_statement(&mut self, test: &'a Expr, message: Option<&'a Expr>) {
        let mark = self.f.asm.registers.mark();
        let shown = self.temp();
        let mut ends = Ends { shown, fails: Vec::new(), holds: Vec::new() };
        self.check(test, true, &mut ends);
        self.f.asm.land_all(ends.fails);
        if let Some(message) = message {
            self.expr_next(message);
        }
        self.f.asm.op_at(At::of(test), Op::RaiseAssertion, shown, message.is_some().into(), 0);
        self.f.asm.registers.release(mark);
        self.f.asm.land_all(ends.holds);
    }

    fn check(&mut self, test: &'a Expr, is_last: bool, ends: &mut Ends) {
        match &test.kind {
            ExprKind::And(values) => deep(|| {
                for (i, value) in values.iter().enumerate() {
                    self.check(value, is_last && i + 1 == values.len(), ends);
                }
            }),
            ExprKind::Compare { first, rest } => self.check_comparison(first, rest, test.span, is_last, ends),
            _ => {
                let mut holds = Vec::new();
                self.jump_if(test, true, &mut holds);
                self.f.asm.op(Op::LoadNil, ends.shown, 0, 0);
                self.end_check(holds, is_last, ends);
            }
        }
    }

    fn check_comparison(
        &mut self,
        first: &'a Expr,
        rest: &'a [Comparison],
        span: Span,
        is_last: bool,
        ends: &mut Ends,
    ) {
        let mark = self.f.asm.registers.mark();
        let at = At::whole(span);
        let mut left = self.operand(first);
        let spares = [self.temp(), self.temp()];
        for (i, comparison) in rest.iter().enumerate() {
            let right = self.operand_or(&comparison.operand, spares[i % 2]);
            let (op, flag) = test_op(comparison.op, true);
            let holds = self.f.asm.test_at(at, op, left, right, flag.into());
            self.f.asm.op_at(at, Op::ShowComparison, ends.shown, left, right);
            self.f.asm.extra(comparison.op as usize);
            self.end_check(vec![holds], is_last && i + 1 == rest.len(), ends);
            left = right;
        }
        self.f.asm.registers.release(mark);
    }

    /// Behind a check, where it has failed.
    fn end_check(&mut self, holds: Vec<Jump>, is_last: bool, ends: &mut Ends) {
        if is_last {
            ends.holds.extend(holds);
        } else {
            ends.fails.push(self.f.asm.jump());
            self.f.asm.land_all(holds);
        }
    }
}
