//! `try`, `finally` and `with`.
//!
//! What is hard is `finally`: it is emitted once, however many ways lead out of the `try`. Every way out (the
//! end, an exception, `return`, `break`, `continue`) notes itself in a selector register and jumps to the one
//! body, behind which the selector decides how to go on. Code stays linear in the source even where many of
//! them nest. A `with` is the same with the exit method in the place of the body. Which exception is being
//! handled, for `raise` alone and for contexts, follows from the `handling` table alone.

use toy_grammar::ast::{Block, Expr, Handler, Try, WithItem};

use super::assembler::Jump;
use super::emit::Emitter;
use super::places::At;
use super::registers::Reg;
use crate::bytecode::opcodes::Op;

/// A way out of a guarded block other than its end and an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    Break,
    Continue,
}

/// The selector of each way out.
const AT_END: i16 = 0;
const RAISED: i16 = 1;
const EXITS: [(Exit, i16); 3] = [(Exit::Return, 2), (Exit::Break, 3), (Exit::Continue, 4)];

/// A block that must not be left without running something.
pub(super) struct Guard {
    /// The exception that left the block, or nil.
    exception: u16,
    selector: u16,
    /// What `return` returns.
    value: u16,
    /// The jumps to what must run.
    ways: Vec<Jump>,
    used: [bool; 3],
    start: u32,
}

impl<'a> Emitter<'a> {
    pub(super) fn try_statement(&mut self, statement: &'a Try) {
        let mark = self.f.asm.registers.mark();
        match &statement.finally {
            None => self.try_except(statement),
            Some(finally) => {
                self.enter_guard();
                self.try_except(statement);
                self.leave_guard(|this, _| {
                    this.block(finally);
                    None
                });
            }
        }
        self.f.asm.registers.release(mark);
    }

    fn try_except(&mut self, statement: &'a Try) {
        let start = self.f.asm.here();
        self.block(&statement.body);
        let end = self.f.asm.here();
        if let Some(otherwise) = &statement.otherwise {
            self.block(otherwise);
        }
        if statement.handlers.is_empty() {
            return;
        }
        let mut done = vec![self.f.asm.jump()];
        let mark = self.f.asm.registers.mark();
        let exception = self.hidden();
        let target = self.f.asm.here();
        self.f.asm.protect(start, end, target, exception, false);
        for handler in &statement.handlers {
            let next = self.handler(handler, exception);
            done.push(self.f.asm.jump());
            self.f.asm.land(next);
        }
        let register = self.near(exception);
        self.f.asm.op(Op::Reraise, register, 0, 0);
        self.f.asm.handles(target, exception);
        self.f.asm.registers.release(mark);
        self.f.asm.land_all(done);
    }

    /// One `except` clause; returns the jump to the next one.
    fn handler(&mut self, handler: &'a Handler, exception: u16) -> Jump {
        self.f.asm.begin_statement(handler.span);
        let mark = self.f.asm.registers.mark();
        let register = self.near(exception);
        let (class, at) = match &handler.types {
            Some(types) => (self.operand(types), At::of(types)),
            None => {
                let class = self.temp();
                self.f.asm.opx(Op::GetBuiltin, class, self.builtins.exception);
                (class, At::whole(handler.span))
            }
        };
        let next = self.f.asm.test_at(at, Op::MatchException, register, class, 0);
        self.f.asm.registers.release(mark);
        self.enter_block(handler.body.span.start);
        if let Some(name) = &handler.name {
            self.define_caught(name.span, exception);
        }
        self.statements(&handler.body.body);
        self.f.asm.registers.release(mark);
        next
    }

    /// Declares the name of a caught exception, which can share its register unless it is in a cell.
    fn define_caught(&mut self, span: toy_grammar::ast::Span, exception: u16) {
        if let Some(var) = self.fresh(span)
            && !self.is_cell(var)
        {
            return self.locate(var, exception);
        }
        self.define_with(span, |this, dst| {
            let value = this.near(exception);
            this.f.asm.move_to(dst, value);
        });
    }

    // Guards.

    fn enter_guard(&mut self) {
        let guard = Guard {
            exception: self.hidden(),
            selector: self.hidden(),
            value: self.hidden(),
            ways: Vec::new(),
            used: [false; 3],
            start: self.f.asm.here(),
        };
        self.f.controls.guards.push(guard);
    }

    /// Ends the guarded block. `run` emits what must run, with the register of the exception or nil; the
    /// jump that it may return is taken when it made away with the exception.
    fn leave_guard(&mut self, run: impl FnOnce(&mut Self, u16) -> Option<Jump>) {
        let Some(guard) = self.f.controls.guards.pop() else { return };
        let end = self.f.asm.here();
        self.note_exit(&guard, AT_END);
        let normal = self.f.asm.jump();
        let target = self.f.asm.here();
        self.f.asm.protect(guard.start, end, target, guard.exception, true);
        self.fill(guard.selector, |this, dst| this.load_int(RAISED.into(), dst));
        self.f.asm.land(normal);
        self.f.asm.land_all(guard.ways);
        let start = self.f.asm.here();
        let swallowed = run(self, guard.exception);
        self.f.asm.handles(start, guard.exception);

        let mark = self.f.asm.registers.mark();
        let selector = self.near(guard.selector);
        let mut done = vec![self.select(selector, AT_END, true)];
        done.extend(swallowed);
        let mut next = guard.used.contains(&true).then(|| self.select(selector, RAISED, false));
        let exception = self.near(guard.exception);
        self.f.asm.op(Op::Reraise, exception, 0, 0);
        let used: Vec<(Exit, i16)> =
            EXITS.into_iter().filter(|(exit, _)| guard.used[*exit as usize]).collect();
        for (i, (exit, number)) in used.iter().enumerate() {
            if let Some(jump) = next.take() {
                self.f.asm.land(jump);
            }
            if i + 1 < used.len() {
                next = Some(self.select(selector, *number, false));
            }
            match exit {
                Exit::Return => self.return_register(guard.value),
                Exit::Break => self.break_loop(),
                Exit::Continue => self.continue_loop(),
            }
        }
        self.f.asm.registers.release(mark);
        self.f.asm.land_all(done);
    }

    /// Jumps if (the selector is at most `number`) is `when`.
    fn select(&mut self, selector: Reg, number: i16, when: bool) -> Jump {
        self.f.asm.test(Op::TestLtI, selector, (number + 1 + 128) as u8, when.into())
    }

    fn note_exit(&mut self, guard: &Guard, number: i16) {
        self.fill(guard.exception, |this, dst| this.f.asm.op(Op::LoadNil, dst, 0, 0));
        self.fill(guard.selector, |this, dst| this.load_int(number.into(), dst));
    }

    /// Leaves the innermost guarded block.
    pub(super) fn exit_guard(&mut self, exit: Exit) {
        let Some(mut guard) = self.f.controls.guards.pop() else { return };
        guard.used[exit as usize] = true;
        self.note_exit(&guard, EXITS[exit as usize].1);
        guard.ways.push(self.f.asm.jump());
        self.f.controls.guards.push(guard);
    }

    pub(super) fn return_statement(&mut self, value: Option<&'a Expr>) {
        if let Some(guard) = self.f.controls.guards.last() {
            let register = guard.value;
            if !self.f.is_init {
                self.fill(register, |this, dst| this.optional_to(value, dst));
            }
            return self.exit_guard(Exit::Return);
        }
        if self.f.is_init {
            return self.f.asm.op(Op::Return, 0, 0, 0);
        }
        match value {
            None => self.f.asm.op(Op::ReturnNil, 0, 0, 0),
            Some(value) => {
                let mark = self.f.asm.registers.mark();
                let value = self.operand(value);
                self.f.asm.op(Op::Return, value, 0, 0);
                self.f.asm.registers.release(mark);
            }
        }
    }

    /// Returns what a guard kept, through the guards around it.
    fn return_register(&mut self, register: u16) {
        let mark = self.f.asm.registers.mark();
        if let Some(guard) = self.f.controls.guards.last() {
            let outer = guard.value;
            if !self.f.is_init {
                let value = self.near(register);
                self.store(outer, value);
            }
            self.exit_guard(Exit::Return);
        } else if self.f.is_init {
            self.f.asm.op(Op::Return, 0, 0, 0);
        } else {
            let value = self.near(register);
            self.f.asm.op(Op::Return, value, 0, 0);
        }
        self.f.asm.registers.release(mark);
    }

    // With.

    /// Emits the managers from `items` on, and the body inside them.
    pub(super) fn with_statement(&mut self, items: &'a [WithItem], body: &'a Block) {
        let mark = self.f.asm.registers.mark();
        let mut managers = Vec::with_capacity(items.len());
        for item in items {
            let at = At::of(&item.context);
            managers.push((self.enter_manager(item, at), at));
        }
        self.block(body);
        while let Some((manager, at)) = managers.pop() {
            self.leave_guard(|this, exception| {
                let mark = this.f.asm.registers.mark();
                let manager = this.near(manager);
                let exception = this.near(exception);
                let swallowed = this.f.asm.test_at(at, Op::WithExit, manager, exception, 1);
                this.f.asm.registers.release(mark);
                Some(swallowed)
            });
        }
        self.f.asm.registers.release(mark);
    }

    /// Enters a manager and the guarded block in which its target is bound; returns the register of its
    /// exit method.
    fn enter_manager(&mut self, item: &'a WithItem, at: At) -> u16 {
        if self.f.asm.registers.has_room(2) {
            let window = self.temp();
            self.expr_to(&item.context, window);
            let value = self.temp();
            self.f.asm.op_at(at, Op::WithEnter, window, 0, 0);
            self.f.asm.registers.keep();
            self.enter_guard();
            if let Some(target) = &item.target {
                self.bind_pattern(target, value, true);
            }
            return window.into();
        }
        let method = self.f.asm.registers.far();
        let entered = self.f.asm.registers.far();
        let mark = self.f.asm.registers.mark();
        let window = self.f.asm.registers.window(2);
        self.expr_to(&item.context, window);
        self.f.asm.op_at(at, Op::WithEnter, window, 0, 0);
        self.store(method, window);
        self.store(entered, window + 1);
        self.f.asm.registers.release(mark);
        self.enter_guard();
        if let Some(target) = &item.target {
            let mark = self.f.asm.registers.mark();
            let value = self.near(entered);
            self.bind_pattern(target, value, false);
            self.f.asm.registers.release_near(mark);
        }
        method
    }
}
