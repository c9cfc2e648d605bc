//! Assignment: targets, patterns, unpacking, and `op=`.
//!
//! What is hard: all values of `a, b = b, a` are there before the first target changes; names that a
//! pattern declares take the registers that unpacking wrote, so that nothing is moved; and a pattern may have
//! more targets than there are registers.

use toy_grammar::ast::{BinaryOp, Expr, ExprKind, Pattern, PatternKind, Span};
use toy_grammar::deep::deep;

use super::emit::{Emitter, Variable};
use super::emit_expr::small_int;
use super::places::At;
use super::registers::Reg;
use crate::bytecode::opcodes::Op;

/// The most registers that one unpacking fills.
const MAX_UNPACKED: usize = 100;

/// What unpacking assigns to.
#[derive(Clone, Copy)]
enum Targets<'a> {
    Patterns(&'a [Pattern]),
    Exprs(&'a [Expr]),
}

impl Targets<'_> {
    fn len(&self) -> usize {
        match self {
            Targets::Patterns(items) => items.len(),
            Targets::Exprs(items) => items.len(),
        }
    }

    fn is_star(&self, i: usize) -> bool {
        match self {
            Targets::Patterns(items) => matches!(items[i].kind, PatternKind::Star(_)),
            Targets::Exprs(items) => matches!(items[i].kind, ExprKind::Starred(_)),
        }
    }

    fn split_at(self, n: usize) -> (Self, Self) {
        match self {
            Targets::Patterns(items) => {
                let (a, b) = items.split_at(n);
                (Targets::Patterns(a), Targets::Patterns(b))
            }
            Targets::Exprs(items) => {
                let (a, b) = items.split_at(n);
                (Targets::Exprs(a), Targets::Exprs(b))
            }
        }
    }
}

/// What is unpacked.
#[derive(Clone, Copy)]
enum Source<'a> {
    Expr(&'a Expr),
    Register(u16),
}

impl<'a> Emitter<'a> {
    // Patterns.

    /// Declares what a pattern other than a name declares.
    pub(super) fn define_pattern(&mut self, pattern: &'a Pattern, value: Option<&'a Expr>) {
        let PatternKind::Sequence(items) = &pattern.kind else {
            return self.internal(pattern.span, "a star outside a pattern");
        };
        let Some(value) = value else {
            return self.internal(pattern.span, "a pattern without a value");
        };
        let targets = Targets::Patterns(items);
        if let Some(values) = parallel_values(targets, value) {
            let mark = self.f.asm.registers.mark();
            let first = values.iter().map(|value| self.expr_next(value)).min().unwrap_or(0);
            self.bind_window(targets, first, mark);
            return;
        }
        self.unpack(targets, Source::Expr(value), pattern.span);
    }

    /// Gives a pattern's names the values in a register; tells whether one of them took a register. If the
    /// value's register may stay with a name, it `is_kept`.
    pub(super) fn bind_pattern(&mut self, pattern: &'a Pattern, value: Reg, is_kept: bool) -> bool {
        match &pattern.kind {
            PatternKind::Name(_) if is_kept => self.define_in_place(pattern.span, value),
            PatternKind::Name(_) => self.define(pattern.span, value),
            PatternKind::Sequence(items) => {
                deep(|| self.unpack(Targets::Patterns(items), Source::Register(value.into()), pattern.span))
            }
            PatternKind::Star(inner) => deep(|| self.bind_pattern(inner, value, is_kept)),
        }
    }

    /// Unpacks a value; tells whether a name took a register.
    fn unpack(&mut self, targets: Targets<'a>, source: Source<'a>, span: Span) -> bool {
        let n = targets.len();
        if n > MAX_UNPACKED {
            return self.unpack_long(targets, source, span);
        }
        let outer = self.f.asm.registers.mark();
        let window = self.f.asm.registers.window(n);
        let inner = self.f.asm.registers.mark();
        let value = match source {
            Source::Expr(e) => self.operand(e),
            Source::Register(register) => self.near(register),
        };
        self.f.asm.registers.release(inner);
        let at = At::whole(span);
        match (0..n).find(|&i| targets.is_star(i)) {
            Some(star) => {
                self.f.asm.op_at(at, Op::UnpackStar, window, value, star as u8);
                self.f.asm.extra(n - star - 1);
            }
            None => self.f.asm.op_at(at, Op::Unpack, window, value, n as u8),
        }
        self.bind_window(targets, window, outer)
    }

    /// Assigns a window of values, the topmost temporaries, to targets; what lies above `outer` is released
    /// unless a name took a register there.
    fn bind_window(&mut self, targets: Targets<'a>, window: Reg, outer: super::registers::Mark) -> bool {
        match targets {
            Targets::Patterns(items) => {
                let is_kept = self.f.asm.registers.has_room(0);
                if is_kept {
                    self.f.asm.registers.keep();
                }
                let mut has_taken = false;
                for (item, register) in items.iter().zip(window..) {
                    has_taken |= self.bind_pattern(item, register, is_kept);
                }
                match (has_taken, is_kept) {
                    (true, true) => {}
                    (true, false) => self.f.asm.registers.release_near(outer),
                    (false, _) => self.f.asm.registers.release(outer),
                }
                has_taken
            }
            Targets::Exprs(items) => {
                for (item, register) in items.iter().zip(window..) {
                    self.assign_target(item, register);
                }
                self.f.asm.registers.release(outer);
                false
            }
        }
    }

    /// Unpacks more targets than fit into a window: the first ones and the list of the others, again and again.
    fn unpack_long(&mut self, targets: Targets<'a>, source: Source<'a>, span: Span) -> bool {
        let n = targets.len();
        if (0..n).any(|i| targets.is_star(i)) {
            self.f.asm.complain("too many targets beside a starred one");
            return false;
        }
        // It must outlive the names that are bound before the last round.
        let rest = self.f.asm.registers.far();
        if let Source::Expr(e) = source {
            self.fill(rest, |this, dst| this.expr_to(e, dst));
        }
        let mut source = source;
        let mut targets = targets;
        let mut has_taken = false;
        if let Source::Expr(_) = source {
            source = Source::Register(rest);
        }
        while targets.len() > MAX_UNPACKED {
            let (now, later) = targets.split_at(MAX_UNPACKED);
            let outer = self.f.asm.registers.mark();
            let window = self.f.asm.registers.window(MAX_UNPACKED + 1);
            let inner = self.f.asm.registers.mark();
            let Source::Register(register) = source else { break };
            let value = self.near(register);
            self.f.asm.registers.release(inner);
            self.f.asm.op_at(At::whole(span), Op::UnpackStar, window, value, MAX_UNPACKED as u8);
            self.f.asm.extra(0);
            self.store(rest, window + MAX_UNPACKED as u8);
            has_taken |= self.bind_window(now, window, outer);
            source = Source::Register(rest);
            targets = later;
        }
        self.unpack(targets, source, span) | has_taken
    }

    // Assignment.

    pub(super) fn assignment(&mut self, targets: &'a [Expr], value: &'a Expr) {
        let mark = self.f.asm.registers.mark();
        match targets {
            [target] => self.single_assignment(target, value),
            _ => {
                // A copy, since a target may be the variable that the value is.
                let value = self.expr_next(value);
                targets.iter().for_each(|target| self.assign_target(target, value));
            }
        }
        self.f.asm.registers.release(mark);
    }

    fn single_assignment(&mut self, target: &'a Expr, value: &'a Expr) {
        match &target.kind {
            ExprKind::Name(_) => {
                let variable = self.variable(target.span);
                self.assign_expr(variable, Some(value), target.span);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let targets = Targets::Exprs(items);
                match parallel_values(targets, value) {
                    Some(values) => self.parallel_assignment(items, values),
                    None => {
                        self.unpack(targets, Source::Expr(value), target.span);
                    }
                }
            }
            _ => {
                let value = self.operand(value);
                self.assign_target(target, value);
            }
        }
    }

    /// `a, b = x, y`, without a tuple.
    fn parallel_assignment(&mut self, targets: &'a [Expr], values: &'a [Expr]) {
        let mark = self.f.asm.registers.mark();
        let (Some((last_target, first_targets)), Some((last_value, first_values))) =
            (targets.split_last(), values.split_last())
        else {
            return;
        };
        let first = self.f.asm.registers.window(0);
        first_values.iter().for_each(|value| {
            self.expr_next(value);
        });
        // The last value may go straight to its variable, unless another target is in the way.
        let are_other_names = first_targets.iter().all(|target| match (&target.kind, &last_target.kind) {
            (ExprKind::Name(a), ExprKind::Name(b)) => a != b,
            _ => false,
        });
        let direct = if are_other_names { self.in_place(last_target) } else { None };
        match direct {
            Some(register) => {
                self.expr_to(last_value, register);
                self.bind_window(Targets::Exprs(first_targets), first, mark);
            }
            None => {
                self.expr_next(last_value);
                self.bind_window(Targets::Exprs(targets), first, mark);
            }
        }
    }

    /// Assigns the value in a register to a target.
    pub(super) fn assign_target(&mut self, target: &'a Expr, value: Reg) {
        let mark = self.f.asm.registers.mark();
        match &target.kind {
            ExprKind::Name(_) => {
                let variable = self.variable(target.span);
                self.assign(variable, value, target.span);
            }
            ExprKind::Attribute { object, name } => {
                let object = self.operand(object);
                let at = self.lines.at_attribute(At::whole(target.span), name);
                self.f.asm.op_at(at, Op::SetAttr, object, value, 0);
                self.f.asm.site(&name.name);
            }
            ExprKind::Index { object, index, open } => {
                let object = self.operand(object);
                let index = self.operand(index);
                self.f.asm.op_at(At::tail(target.span, *open), Op::SetIndex, object, index, value);
            }
            ExprKind::Slice { object, slice, open } => {
                let window = self.slice_window(object, slice);
                self.f.asm.op_at(At::tail(target.span, *open), Op::SetSlice, window, value, 0);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                deep(|| self.unpack(Targets::Exprs(items), Source::Register(value.into()), target.span));
            }
            ExprKind::Starred(inner) => deep(|| self.assign_target(inner, value)),
            _ => self.internal(target.span, "an assignment to what cannot be assigned"),
        }
        self.f.asm.registers.release(mark);
    }

    // In-place assignment.

    pub(super) fn aug_assignment(&mut self, target: &'a Expr, op: BinaryOp, value: &'a Expr, span: Span) {
        let mark = self.f.asm.registers.mark();
        let at = At::whole(span);
        match &target.kind {
            ExprKind::Name(name) => match self.variable(target.span) {
                Variable::Near(register) => self.aug(register, op, value, at),
                variable => {
                    let temp = self.temp();
                    self.load(variable, name, target.span, temp);
                    self.aug(temp, op, value, at);
                    self.assign(variable, temp, target.span);
                }
            },
            ExprKind::Attribute { object, name } => {
                let object = self.operand(object);
                let temp = self.temp();
                let place = self.lines.at_attribute(At::whole(target.span), name);
                self.f.asm.op_at(place, Op::GetAttr, temp, object, 0);
                self.f.asm.site(&name.name);
                self.aug(temp, op, value, at);
                self.f.asm.op_at(place, Op::SetAttr, object, temp, 0);
                self.f.asm.site(&name.name);
            }
            ExprKind::Index { object, index, open } => {
                let object = self.operand(object);
                let index = self.operand(index);
                let temp = self.temp();
                let place = At::tail(target.span, *open);
                self.f.asm.op_at(place, Op::GetIndex, temp, object, index);
                self.aug(temp, op, value, at);
                self.f.asm.op_at(place, Op::SetIndex, object, index, temp);
            }
            ExprKind::Slice { object, slice, open } => {
                let window = self.slice_window(object, slice);
                let temp = self.temp();
                let place = At::tail(target.span, *open);
                self.f.asm.op_at(place, Op::GetSlice, temp, window, 0);
                self.aug(temp, op, value, at);
                self.f.asm.op_at(place, Op::SetSlice, window, temp, 0);
            }
            _ => self.internal(target.span, "an assignment to what cannot be assigned"),
        }
        self.f.asm.registers.release(mark);
    }

    /// `register op= value`
    fn aug(&mut self, register: Reg, op: BinaryOp, value: &'a Expr, at: At) {
        let fused = match op {
            BinaryOp::Add => Some(Op::AugAddI),
            BinaryOp::Sub => Some(Op::AugSubI),
            _ => None,
        };
        if let (Some(fused), Some(n)) = (fused, small_int(value)) {
            return self.f.asm.op_at(at, fused, register, register, n);
        }
        let mark = self.f.asm.registers.mark();
        let value = self.operand(value);
        match op {
            BinaryOp::Add => self.f.asm.op_at(at, Op::AugAdd, register, register, value),
            BinaryOp::Sub => self.f.asm.op_at(at, Op::AugSub, register, register, value),
            BinaryOp::Mul => self.f.asm.op_at(at, Op::AugMul, register, register, value),
            _ => {
                self.f.asm.op_at(at, Op::Aug, register, register, value);
                self.f.asm.extra(op as usize);
            }
        }
        self.f.asm.registers.release(mark);
    }
}

/// The values of a tuple display that targets can take one by one.
fn parallel_values<'a>(targets: Targets, value: &'a Expr) -> Option<&'a [Expr]> {
    let ExprKind::Tuple(values) = &value.kind else { return None };
    let n = targets.len();
    let fits = values.len() == n && (1..=MAX_UNPACKED).contains(&n);
    let has_star = fits
        && ((0..n).any(|i| targets.is_star(i))
            || values.iter().any(|e| matches!(e.kind, ExprKind::Starred(_))));
    (fits && !has_star).then_some(values)
}
