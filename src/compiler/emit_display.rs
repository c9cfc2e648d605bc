//! Displays, f-strings and comprehensions.
//!
//! Displays are filled in batches, so that a table of ten thousand literals needs no more registers than one
//! of fifty. List, set and dict comprehensions are loops in the same function; a generator expression is a
//! function of its own that takes the first iterator as its parameter.

use std::rc::Rc;

use toy_grammar::ast::{
    Clause, Comprehension, ComprehensionKind, Conversion, DictItem, Expr, ExprKind, FField, FPart, Pattern,
    Span,
};
use toy_grammar::deep::deep;

use super::emit::Emitter;
use super::emit_function::{blank_code, one_param};
use super::emit_loop::Iterable;
use super::places::At;
use super::registers::{Mark, Reg};
use crate::bytecode::opcodes::Op;

/// How many items are put into a display at once.
pub(super) const BATCH: usize = 50;

impl<'a> Emitter<'a> {
    // Displays.

    /// Puts the waiting temporaries above `mark` into the list, which is made if it does not exist yet.
    pub(super) fn flush(&mut self, list: Reg, mark: Mark, waiting: &mut usize, exists: &mut bool) {
        self.f.asm.registers.release(mark);
        let window = if *waiting > 0 { self.f.asm.registers.window(*waiting) } else { list };
        let count = *waiting as u8;
        if !*exists {
            self.f.asm.op(Op::NewList, list, window, count);
        } else if count > 0 {
            self.f.asm.op(Op::ListAppend, list, window, count);
        }
        self.f.asm.registers.release(mark);
        *waiting = 0;
        *exists = true;
    }

    pub(super) fn list_to(&mut self, items: &'a [Expr], span: Span, dst: Reg) {
        let is_short = items.len() <= BATCH && !has_spread(items);
        let list = if is_short { dst } else { self.scratch(dst) };
        let mark = self.f.asm.registers.mark();
        let mut waiting = 0;
        let mut exists = false;
        for item in items {
            if let ExprKind::Starred(inner) = &item.kind {
                self.flush(list, mark, &mut waiting, &mut exists);
                let value = self.operand(inner);
                self.f.asm.op_at(At::whole(span), Op::ListSpread, list, value, 0);
                self.f.asm.registers.release(mark);
                continue;
            }
            self.expr_next(item);
            waiting += 1;
            if waiting == BATCH {
                self.flush(list, mark, &mut waiting, &mut exists);
            }
        }
        if waiting > 0 || !exists {
            self.flush(list, mark, &mut waiting, &mut exists);
        }
        self.f.asm.move_to(dst, list);
    }

    pub(super) fn tuple_to(&mut self, items: &'a [Expr], span: Span, dst: Reg) {
        if items.len() <= BATCH && !has_spread(items) {
            let window = items.iter().map(|item| self.expr_next(item)).min().unwrap_or(dst);
            return self.f.asm.op(Op::NewTuple, dst, window, items.len() as u8);
        }
        let list = self.scratch(dst);
        self.list_to(items, span, list);
        self.f.asm.op(Op::ListToTuple, dst, list, 0);
    }

    pub(super) fn set_to(&mut self, items: &'a [Expr], span: Span, dst: Reg) {
        let at = At::whole(span);
        let set = self.scratch(dst);
        self.f.asm.op(Op::NewSet, set, 0, 0);
        for item in items {
            let mark = self.f.asm.registers.mark();
            match &item.kind {
                ExprKind::Starred(inner) => {
                    let value = self.operand(inner);
                    self.f.asm.op_at(at, Op::SetSpread, set, value, 0);
                }
                _ => {
                    let value = self.operand(item);
                    self.f.asm.op_at(at, Op::SetPut, set, value, 0);
                }
            }
            self.f.asm.registers.release(mark);
        }
        self.f.asm.move_to(dst, set);
    }

    pub(super) fn dict_to(&mut self, items: &'a [DictItem], span: Span, dst: Reg) {
        let at = At::whole(span);
        let dict = self.scratch(dst);
        self.f.asm.op(Op::NewDict, dict, 0, 0);
        for item in items {
            let mark = self.f.asm.registers.mark();
            match item {
                DictItem::Pair(key, value) => {
                    let key = self.operand(key);
                    let value = self.operand(value);
                    self.f.asm.op_at(at, Op::DictPut, dict, key, value);
                }
                DictItem::Spread(other) => {
                    let other = self.operand(other);
                    self.f.asm.op_at(at, Op::DictSpread, dict, other, 0);
                }
            }
            self.f.asm.registers.release(mark);
        }
        self.f.asm.move_to(dst, dict);
    }

    // F-strings.

    pub(super) fn fstring_to(&mut self, parts: &'a [FPart], dst: Reg) {
        // A lone piece needs no joining.
        match parts {
            [] => return self.load_string("", dst),
            [FPart::Text(text)] => return self.load_string(text, dst),
            [FPart::Field(field)] if field.label.is_none() => return self.field_to(field, dst),
            _ => {}
        }
        let mark = self.f.asm.registers.mark();
        let window = self.f.asm.registers.window(0);
        let mut count = 0;
        let mut text = String::new();
        for part in parts {
            match part {
                FPart::Text(piece) => text.push_str(piece),
                FPart::Field(field) => {
                    text.push_str(field.label.as_deref().unwrap_or_default());
                    self.flush_text(&mut text, &mut count);
                    let register = self.temp();
                    self.field_to(field, register);
                    count += 1;
                }
            }
            if count + 2 > BATCH {
                self.f.asm.op(Op::Concat, window, window, count as u8);
                self.f.asm.registers.release(mark);
                self.temp();
                count = 1;
            }
        }
        if count == 0 {
            return self.load_string(&text, dst);
        }
        self.flush_text(&mut text, &mut count);
        self.f.asm.op(Op::Concat, dst, window, count as u8);
        self.f.asm.registers.release(mark);
    }

    fn flush_text(&mut self, text: &mut String, count: &mut usize) {
        if !text.is_empty() {
            let register = self.temp();
            self.load_string(text, register);
            *count += 1;
            text.clear();
        }
    }

    fn field_to(&mut self, field: &'a FField, dst: Reg) {
        let conversion = match field.conversion {
            None if field.label.is_some() && field.spec.is_empty() => 2,
            None => 0,
            Some(Conversion::Str) => 1,
            Some(Conversion::Repr) => 2,
            Some(Conversion::Ascii) => 3,
        };
        let at = At::of(&field.value);
        let mark = self.f.asm.registers.mark();
        if field.spec.is_empty() {
            let value = self.operand(&field.value);
            self.f.asm.op_at(at, Op::Format, dst, value, conversion);
        } else {
            let value = self.expr_next(&field.value);
            let spec = self.temp();
            deep(|| self.fstring_to(&field.spec, spec));
            self.f.asm.op_at(at, Op::Format, dst, value, conversion + 4);
        }
        self.f.asm.registers.release(mark);
    }

    // Comprehensions.

    pub(super) fn comprehension_to(&mut self, comprehension: &'a Comprehension, span: Span, dst: Reg) {
        let Some((Clause::For(target, iterable), clauses)) = comprehension.clauses.split_first() else {
            return self.internal(span, "a comprehension without a loop");
        };
        let make = match comprehension.kind {
            ComprehensionKind::Generator(_) => {
                return self.generator_to(comprehension, target, iterable, clauses, dst);
            }
            ComprehensionKind::List(_) => Op::NewList,
            ComprehensionKind::Set(_) => Op::NewSet,
            ComprehensionKind::Dict(..) => Op::NewDict,
        };
        let result = self.scratch(dst);
        self.f.asm.op(make, result, if make == Op::NewList { result } else { 0 }, 0);
        let outer = self.within.replace(span);
        self.comprehension_loop(target, Iterable::Expr(iterable), clauses, &mut |this| {
            this.comprehension_item(comprehension, result);
        });
        self.within = outer;
        self.f.asm.move_to(dst, result);
    }

    fn comprehension_loop(
        &mut self,
        target: &'a Pattern,
        iterable: Iterable<'a>,
        clauses: &'a [Clause],
        item: &mut dyn FnMut(&mut Self),
    ) {
        let head = self.begin_for(target, iterable);
        let mut continues = Vec::new();
        let mut clauses = clauses;
        loop {
            match clauses.split_first() {
                None => {
                    item(self);
                    break;
                }
                Some((Clause::If(test), rest)) => {
                    self.jump_if(test, false, &mut continues);
                    clauses = rest;
                }
                Some((Clause::For(target, iterable), rest)) => {
                    deep(|| self.comprehension_loop(target, Iterable::Expr(iterable), rest, item));
                    break;
                }
            }
        }
        self.end_for(head, continues);
    }

    /// Adds an item to the comprehension's result, or yields it.
    fn comprehension_item(&mut self, comprehension: &'a Comprehension, result: Reg) {
        let mark = self.f.asm.registers.mark();
        match &comprehension.kind {
            ComprehensionKind::List(e) => {
                let value = self.operand(e);
                self.f.asm.op(Op::ListAppend, result, value, 1);
            }
            ComprehensionKind::Set(e) => {
                let value = self.operand(e);
                self.f.asm.op_at(At::of(e), Op::SetPut, result, value, 0);
            }
            ComprehensionKind::Dict(key, value) => {
                let at = At::whole(key.span.to(value.span));
                let key = self.operand(key);
                let value = self.operand(value);
                self.f.asm.op_at(at, Op::DictPut, result, key, value);
            }
            ComprehensionKind::Generator(e) => {
                let value = self.expr_next(e);
                self.f.asm.op_at(At::of(e), Op::Yield, value, 0, 0);
            }
        }
        self.f.asm.registers.release(mark);
    }

    fn generator_to(
        &mut self,
        comprehension: &'a Comprehension,
        target: &'a Pattern,
        iterable: &'a Expr,
        clauses: &'a [Clause],
        dst: Reg,
    ) {
        let at = At::of(iterable);
        let Some(id) = self.resolution.function_ids.get(target.span.start) else {
            return self.internal(target.span, "a generator expression without a number");
        };
        let window = self.temp();
        let iterator = self.temp();
        let value = self.operand_or(iterable, iterator);
        self.f.asm.op_at(at, Op::GetIter, iterator, value, 0);
        let name: Rc<str> = "<genexpr>".into();
        let mut code = blank_code(name.clone(), name, target.span.to(iterable.span));
        code.params = one_param(".0");
        self.function_to(window, id, code, 1, false, |this| {
            this.f.asm.begin_statement(iterable.span);
            this.comprehension_loop(target, Iterable::Ready(0, iterable), clauses, &mut |this| {
                this.comprehension_item(comprehension, 0);
            });
            this.f.asm.op(Op::ReturnNil, 0, 0, 0);
        });
        self.f.asm.op_at(at, Op::Call, window, 1, 0);
        self.f.asm.move_to(dst, window);
    }
}

fn has_spread(items: &[Expr]) -> bool {
    items.iter().any(|item| matches!(item.kind, ExprKind::Starred(_)))
}
