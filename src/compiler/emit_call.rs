//! Calls.
//!
//! Most calls are a window of registers and one instruction that knows what is called: a slot of the module, a
//! method, a method of the superclass, or a value. What is hard is only what is rare: spreads and hundreds
//! of arguments go through a list and a dict, in Python's order, positional arguments before keywords.

use std::rc::Rc;

use toy_grammar::ast::{Arg, Expr, ExprKind, Span};

use super::emit::{Emitter, Variable};
use super::emit_display::BATCH;
use super::places::At;
use super::registers::Reg;
use crate::bytecode::opcodes::Op;

/// The most arguments that a window holds.
pub(super) const MAX_ARGS: usize = 100;

impl<'a> Emitter<'a> {
    /// A call. If `object` is given it holds the receiver of a method call, or else the callee.
    pub(super) fn call_to(
        &mut self,
        callee: &'a Expr,
        object: Option<Reg>,
        args: &'a [Arg],
        at: At,
        dst: Reg,
    ) {
        let at = match &callee.kind {
            ExprKind::Attribute { name, .. } => self.lines.at_attribute(at, name),
            _ => at,
        };
        let is_plain = args.len() <= MAX_ARGS
            && args.iter().all(|arg| matches!(arg, Arg::Positional(_) | Arg::Keyword(..)));
        let has_keywords = args.iter().any(|arg| matches!(arg, Arg::Keyword(..)));
        // The result is in place at once where the destination is the topmost temporary.
        let registers = &self.f.asm.registers;
        let can_begin_at_dst = object != Some(dst) && registers.is_scratch(dst) && registers.is_top(dst);
        let window = if can_begin_at_dst { dst } else { self.temp() };
        match &callee.kind {
            _ if !is_plain => self.spread_call(window, callee, object, args, at),
            ExprKind::Attribute { object: receiver, name } => {
                let register = self.temp();
                match object {
                    Some(object) => self.f.asm.move_to(register, object),
                    None => self.expr_to(receiver, register),
                }
                let (count, keywords) = self.arguments(args);
                if has_keywords {
                    self.f.asm.op_at(at, Op::CallMethodKeywords, window, count, 0);
                    self.f.asm.site(&name.name);
                    self.f.asm.keywords(keywords);
                } else {
                    self.f.asm.op_at(at, Op::CallMethod, window, count, 0);
                    self.f.asm.site(&name.name);
                }
            }
            ExprKind::Super { name } if !has_keywords => {
                self.super_part(callee.span, 0, window);
                let receiver = self.temp();
                self.super_part(callee.span, 1, receiver);
                let (count, _) = self.arguments(args);
                self.f.asm.op_at(at, Op::CallSuper, window, count, 0);
                self.f.asm.site(&name.name);
            }
            ExprKind::Name(_) if !has_keywords && object.is_none() => match self.variable(callee.span) {
                Variable::Slot(slot) => {
                    let (count, _) = self.arguments(args);
                    self.f.asm.op_at(at, Op::CallSlot, window, count, 0);
                    self.f.asm.extra(slot.into());
                }
                _ => self.plain_call(window, callee, object, args, at),
            },
            _ => self.plain_call(window, callee, object, args, at),
        }
        self.f.asm.move_to(dst, window);
    }

    fn plain_call(&mut self, window: Reg, callee: &'a Expr, object: Option<Reg>, args: &'a [Arg], at: At) {
        match object {
            Some(object) => self.f.asm.move_to(window, object),
            None => self.expr_to(callee, window),
        }
        let (count, keywords) = self.arguments(args);
        if keywords.is_empty() {
            self.f.asm.op_at(at, Op::Call, window, count, 0);
        } else {
            self.f.asm.op_at(at, Op::CallKeywords, window, count, 0);
            self.f.asm.keywords(keywords);
        }
    }

    /// Evaluates plain arguments on top of the temporaries; returns how many are positional, and the names of
    /// the others.
    fn arguments(&mut self, args: &'a [Arg]) -> (u8, Vec<Rc<str>>) {
        let mut count = 0;
        let mut keywords = Vec::new();
        for arg in args {
            match arg {
                Arg::Keyword(name, value) => {
                    keywords.push(name.name.clone());
                    self.expr_next(value);
                }
                Arg::Positional(value) | Arg::Spread(value) | Arg::KeywordSpread(value) => {
                    count += 1;
                    self.expr_next(value);
                }
            }
        }
        (count, keywords)
    }

    fn spread_call(&mut self, window: Reg, callee: &'a Expr, object: Option<Reg>, args: &'a [Arg], at: At) {
        match (&callee.kind, object) {
            (ExprKind::Attribute { name, .. }, Some(object)) => {
                let at = self.lines.at_attribute(At::whole(callee.span), name);
                self.f.asm.op_at(at, Op::GetAttr, window, object, 0);
                self.f.asm.site(&name.name);
            }
            (_, Some(object)) => self.f.asm.move_to(window, object),
            (_, None) => self.expr_to(callee, window),
        }
        let list = self.temp();
        self.positional_list(list, args, at);
        let dict = self.temp();
        let mut has_dict = false;
        for arg in args {
            let mark = self.f.asm.registers.mark();
            if matches!(arg, Arg::Keyword(..) | Arg::KeywordSpread(_)) && !has_dict {
                self.f.asm.op(Op::NewDict, dict, 0, 0);
                has_dict = true;
            }
            match arg {
                Arg::Keyword(name, value) => {
                    let key = self.temp();
                    self.load_string(&name.name, key);
                    let value = self.operand(value);
                    self.f.asm.op_at(at, Op::KeywordPut, dict, key, value);
                }
                Arg::KeywordSpread(value) => {
                    let value = self.operand(value);
                    self.f.asm.op_at(at, Op::KeywordSpread, dict, value, 0);
                }
                Arg::Positional(_) | Arg::Spread(_) => {}
            }
            self.f.asm.registers.release(mark);
        }
        if !has_dict {
            self.f.asm.op(Op::LoadNil, dict, 0, 0);
        }
        self.f.asm.op_at(at, Op::CallSpread, window, 0, 0);
    }

    /// Makes the list of the positional arguments.
    fn positional_list(&mut self, list: Reg, args: &'a [Arg], at: At) {
        let mark = self.f.asm.registers.mark();
        let mut waiting = 0;
        let mut exists = false;
        for arg in args {
            match arg {
                Arg::Positional(value) => {
                    self.expr_next(value);
                    waiting += 1;
                    if waiting == BATCH {
                        self.flush(list, mark, &mut waiting, &mut exists);
                    }
                }
                Arg::Spread(value) => {
                    self.flush(list, mark, &mut waiting, &mut exists);
                    let value = self.operand(value);
                    self.f.asm.op_at(at, Op::ListSpread, list, value, 0);
                    self.f.asm.registers.release(mark);
                }
                Arg::Keyword(..) | Arg::KeywordSpread(_) => {}
            }
        }
        if waiting > 0 || !exists {
            self.flush(list, mark, &mut waiting, &mut exists);
        }
    }

    /// Puts the class (0) or the receiver (1) that `super` stands for into a register.
    fn super_part(&mut self, span: Span, part: u32, dst: Reg) {
        let place = Span::new(span.start + part, span.end);
        let variable = self.variable(place);
        self.load(variable, &"super".into(), span, dst);
    }

    /// The register of the class or the receiver that `super` stands for.
    pub(super) fn super_operand(&mut self, span: Span, part: u32) -> Reg {
        if let Variable::Near(register) = self.variable(Span::new(span.start + part, span.end)) {
            return register;
        }
        let register = self.temp();
        self.super_part(span, part, register);
        register
    }
}
