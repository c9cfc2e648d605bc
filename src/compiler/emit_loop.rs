//! Loops, and the ways out of them.
//!
//! A loop over `range(…)` or `a..b` counts in three registers and makes no range. What is hard: a loop
//! variable that closures share is a fresh cell each time round, so the loop's instruction writes a plain
//! register and the body begins by making the cell of it; and a way out that passes a `finally` or
//! `with` goes through its one copy (see `emit_try.rs`).

use toy_grammar::ast::{Arg, Block, Expr, ExprKind, Pattern};

use super::assembler::Jump;
use super::emit::Emitter;
use super::places::At;
use super::registers::{Mark, Reg};
use super::scope::Use;
use crate::bytecode::opcodes::Op;

/// The loops and guards around the place of emission in one function, inner ones last.
#[derive(Default)]
pub(super) struct Control {
    pub(super) loops: Vec<Loop>,
    pub(super) guards: Vec<super::emit_try::Guard>,
}

pub(super) struct Loop {
    breaks: Vec<Jump>,
    continues: Vec<Jump>,
    /// Where to go on, if that is known already.
    head: Option<u32>,
    /// How many guards are around it.
    guards: usize,
}

/// What a loop goes over.
#[derive(Clone, Copy)]
pub(super) enum Iterable<'a> {
    Expr(&'a Expr),
    /// An iterator in a near register that stays as it is; for errors, what it was made from.
    Ready(Reg, &'a Expr),
}

/// A `for` whose end is still to be emitted.
pub(super) struct For {
    counter: Counter,
    /// Where the body begins.
    start: u32,
    /// The jump to the loop's instruction, or past the loop.
    entry: Jump,
    at: At,
    outer: Mark,
}

enum Counter {
    Range {
        window: Reg,
        item: Reg,
    },
    Iterator {
        register: Reg,
        item: Reg,
    },
    /// No near registers were left.
    Far(u16),
}

struct RangeParts<'a> {
    start: Option<&'a Expr>,
    stop: &'a Expr,
    step: Option<&'a Expr>,
    is_inclusive: bool,
    at: At,
}

impl<'a> Emitter<'a> {
    pub(super) fn while_loop(&mut self, test: &'a Expr, body: &'a Block) {
        let head = self.f.asm.here();
        let mut exits = Vec::new();
        self.jump_if(test, false, &mut exits);
        self.enter_loop(Some(head));
        self.block(body);
        self.f.asm.loop_to(head);
        let (breaks, _) = self.leave_loop();
        self.f.asm.land_all(exits);
        self.f.asm.land_all(breaks);
    }

    pub(super) fn for_loop(&mut self, target: &'a Pattern, iterable: &'a Expr, body: &'a Block) {
        let head = self.begin_for(target, Iterable::Expr(iterable));
        self.enter_loop(None);
        self.block(body);
        let (breaks, continues) = self.leave_loop();
        self.end_for(head, continues);
        self.f.asm.land_all(breaks);
    }

    fn enter_loop(&mut self, head: Option<u32>) {
        let guards = self.f.controls.guards.len();
        self.f.controls.loops.push(Loop { breaks: Vec::new(), continues: Vec::new(), head, guards });
    }

    /// The jumps of `break` and of `continue`.
    fn leave_loop(&mut self) -> (Vec<Jump>, Vec<Jump>) {
        self.f.controls.loops.pop().map(|it| (it.breaks, it.continues)).unwrap_or_default()
    }

    /// Whether a `finally` or `with` stands between here and the loop around.
    pub(super) fn is_loop_guarded(&self) -> bool {
        let guards = self.f.controls.guards.len();
        self.f.controls.loops.last().is_some_and(|it| it.guards < guards)
    }

    pub(super) fn break_loop(&mut self) {
        if self.is_loop_guarded() {
            return self.exit_guard(super::emit_try::Exit::Break);
        }
        let jump = self.f.asm.jump();
        if let Some(it) = self.f.controls.loops.last_mut() {
            it.breaks.push(jump);
        }
    }

    pub(super) fn continue_loop(&mut self) {
        if self.is_loop_guarded() {
            return self.exit_guard(super::emit_try::Exit::Continue);
        }
        if let Some(head) = self.f.controls.loops.last().and_then(|it| it.head) {
            return self.f.asm.loop_to(head);
        }
        let jump = self.f.asm.jump();
        if let Some(it) = self.f.controls.loops.last_mut() {
            it.continues.push(jump);
        }
    }

    /// Emits a loop up to its body, in which the target has its values.
    pub(super) fn begin_for(&mut self, target: &'a Pattern, iterable: Iterable<'a>) -> For {
        let outer = self.f.asm.registers.mark();
        if let Iterable::Expr(e) = iterable
            && self.f.asm.registers.has_room(4)
            && let Some(parts) = self.range_parts(e)
        {
            return self.begin_range(target, &parts, outer);
        }
        let (Iterable::Expr(e) | Iterable::Ready(_, e)) = iterable;
        let at = At::of(e);
        if !self.f.asm.registers.has_room(2) {
            return self.begin_far(target, iterable, at, outer);
        }
        let register = match iterable {
            Iterable::Ready(register, _) => register,
            Iterable::Expr(e) => {
                let register = self.temp();
                let value = self.operand_or(e, register);
                self.f.asm.op_at(at, Op::GetIter, register, value, 0);
                register
            }
        };
        let item = self.temp();
        self.f.asm.registers.keep();
        let entry = self.f.asm.jump();
        let start = self.f.asm.here();
        self.bind_pattern(target, item, true);
        For { counter: Counter::Iterator { register, item }, start, entry, at, outer }
    }

    fn begin_range(&mut self, target: &'a Pattern, parts: &RangeParts<'a>, outer: Mark) -> For {
        let window = self.f.asm.registers.window(3);
        match parts.start {
            Some(start) => self.expr_to(start, window),
            None => self.load_int(0, window),
        }
        self.expr_to(parts.stop, window + 1);
        match parts.step {
            Some(step) => self.expr_to(step, window + 2),
            None => self.load_int(1, window + 2),
        }
        let item = self.temp();
        self.f.asm.registers.keep();
        let entry = self.f.asm.test_at(parts.at, Op::RangePrep, window, item, parts.is_inclusive.into());
        let start = self.f.asm.here();
        self.bind_pattern(target, item, true);
        For { counter: Counter::Range { window, item }, start, entry, at: parts.at, outer }
    }

    /// As [`Self::begin_for`], with the iterator in a far register.
    fn begin_far(&mut self, target: &'a Pattern, iterable: Iterable<'a>, at: At, outer: Mark) -> For {
        let far = self.f.asm.registers.far();
        self.fill(far, |this, dst| match iterable {
            Iterable::Ready(register, _) => this.f.asm.move_to(dst, register),
            Iterable::Expr(e) => {
                let value = this.operand_or(e, dst);
                this.f.asm.op_at(at, Op::GetIter, dst, value, 0);
            }
        });
        let entry = self.f.asm.jump();
        let start = self.f.asm.here();
        let mark = self.f.asm.registers.mark();
        let item = self.temp();
        self.bind_pattern(target, item, false);
        self.f.asm.registers.release_near(mark);
        For { counter: Counter::Far(far), start, entry, at, outer }
    }

    /// Emits the end of a loop; `continues` are jumps to the next turn.
    pub(super) fn end_for(&mut self, head: For, continues: Vec<Jump>) {
        self.f.asm.land_all(continues);
        let mut exit = None;
        let again = match head.counter {
            Counter::Range { window, item } => {
                exit = Some(head.entry);
                self.f.asm.test(Op::RangeLoop, window, item, 0)
            }
            Counter::Iterator { register, item } => {
                self.f.asm.land(head.entry);
                self.f.asm.test_at(head.at, Op::ForLoop, register, item, 0)
            }
            Counter::Far(far) => {
                self.f.asm.land(head.entry);
                let mark = self.f.asm.registers.mark();
                let item = self.temp();
                let register = self.near(far);
                let again = self.f.asm.test_at(head.at, Op::ForLoop, register, item, 0);
                self.f.asm.registers.release(mark);
                again
            }
        };
        self.f.asm.aim(again, head.start);
        if let Some(exit) = exit {
            self.f.asm.land(exit);
        }
        self.f.asm.registers.release(head.outer);
    }

    /// The parts of a range that a loop can count through by itself.
    fn range_parts(&mut self, e: &'a Expr) -> Option<RangeParts<'a>> {
        match &e.kind {
            ExprKind::Range { start, end, inclusive } => Some(RangeParts {
                start: Some(start),
                stop: end,
                step: None,
                is_inclusive: *inclusive,
                at: At::whole(e.span),
            }),
            ExprKind::Call { callee, args, open } => {
                let ExprKind::Name(_) = callee.kind else { return None };
                let range = self.builtins.range?;
                if self.meaning(callee.span) != Use::Builtin(range) {
                    return None;
                }
                let mut values = args.iter().map(|arg| match arg {
                    Arg::Positional(value) => Some(value),
                    _ => None,
                });
                let first = values.next()??;
                let second = values.next();
                let third = values.next();
                if values.next().is_some() {
                    return None;
                }
                let (start, stop) = match second {
                    Some(second) => (Some(first), second?),
                    None => (None, first),
                };
                let step = match third {
                    Some(third) => Some(third?),
                    None => None,
                };
                Some(RangeParts { start, stop, step, is_inclusive: false, at: At::tail(e.span, *open) })
            }
            _ => None,
        }
    }
}
