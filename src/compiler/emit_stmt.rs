//! Statements.

use std::rc::Rc;

use toy_grammar::ast::{
    Block, Expr, ExprKind, FunctionDecl, Ident, ImportItem, ImportName, PatternKind, Span, Stmt, StmtKind,
};
use toy_grammar::deep::deep;

use super::assembler::Jump;
use super::emit::Emitter;
use super::places::At;
use super::registers::Reg;
use super::resolve_stmt::FunctionSort;
use crate::bytecode::code::ImportPath;
use crate::bytecode::opcodes::Op;

impl<'a> Emitter<'a> {
    pub(super) fn block(&mut self, block: &'a Block) {
        let mark = self.f.asm.registers.mark();
        self.enter_block(block.span.start);
        self.statements(&block.body);
        self.f.asm.registers.release(mark);
    }

    pub(super) fn statements(&mut self, statements: &'a [Stmt]) {
        deep(|| {
            for statement in statements {
                self.f.asm.begin_statement(statement.span);
                self.statement(statement);
            }
        });
    }

    fn statement(&mut self, statement: &'a Stmt) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Expr(e) => self.discard(e),
            StmtKind::Let { target, value, .. } => match &target.kind {
                PatternKind::Name(_) => self.define_expr(target.span, value.as_ref()),
                _ => self.define_pattern(target, value.as_ref()),
            },
            StmtKind::Assign { targets, value } => self.assignment(targets, value),
            StmtKind::AugAssign { target, op, value, .. } => self.aug_assignment(target, *op, value, span),
            StmtKind::If { branches, otherwise } => self.if_statement(branches, otherwise.as_ref()),
            StmtKind::While { test, body } => self.while_loop(test, body),
            StmtKind::For { target, iterable, body } => self.for_loop(target, iterable, body),
            StmtKind::Break => self.break_loop(),
            StmtKind::Continue => self.continue_loop(),
            StmtKind::Return(value) => self.return_statement(value.as_ref()),
            StmtKind::Del(targets) => targets.iter().for_each(|target| self.delete(target)),
            StmtKind::Assert { test, message } => self.assert_statement(test, message.as_ref()),
            StmtKind::Raise { exception, cause } => self.raise(exception.as_ref(), cause.as_ref(), span),
            StmtKind::Import(items) => items.iter().for_each(|item| self.import(item, span)),
            StmtKind::FromImport { module, names } => self.import_from(module, names, span),
            StmtKind::With { items, body } => self.with_statement(items, body),
            StmtKind::Try(statement) => self.try_statement(statement),
            StmtKind::Function(decl) => self.function_statement(decl),
            StmtKind::Class(decl) => self.class_statement(decl),
            StmtKind::Block(block) => self.block(block),
        }
    }

    fn if_statement(&mut self, branches: &'a [(Expr, Block)], otherwise: Option<&'a Block>) {
        let mut done: Vec<Jump> = Vec::new();
        for (i, (test, body)) in branches.iter().enumerate() {
            if i > 0 {
                self.f.asm.begin_statement(test.span);
            }
            let mut no = Vec::new();
            self.jump_if(test, false, &mut no);
            self.block(body);
            let is_last = i + 1 == branches.len() && otherwise.is_none();
            if !is_last && !leaves(body) {
                done.push(self.f.asm.jump());
            }
            self.f.asm.land_all(no);
        }
        if let Some(body) = otherwise {
            self.block(body);
        }
        self.f.asm.land_all(done);
    }

    fn delete(&mut self, target: &'a Expr) {
        let mark = self.f.asm.registers.mark();
        match &target.kind {
            ExprKind::Attribute { object, name } => {
                let object = self.operand(object);
                let at = self.lines.at_attribute(At::whole(target.span), name);
                self.f.asm.op_at(at, Op::DelAttr, object, 0, 0);
                self.f.asm.site(&name.name);
            }
            ExprKind::Index { object, index, open } => {
                let object = self.operand(object);
                let index = self.operand(index);
                self.f.asm.op_at(At::tail(target.span, *open), Op::DelIndex, object, index, 0);
            }
            ExprKind::Slice { object, slice, open } => {
                let window = self.slice_window(object, slice);
                self.f.asm.op_at(At::tail(target.span, *open), Op::DelSlice, window, 0, 0);
            }
            _ => self.internal(target.span, "del of what cannot be deleted"),
        }
        self.f.asm.registers.release(mark);
    }

    fn raise(&mut self, exception: Option<&'a Expr>, cause: Option<&'a Expr>, span: Span) {
        let at = At::whole(span);
        let Some(exception) = exception else {
            return self.f.asm.op_at(at, Op::RaiseAgain, 0, 0, 0);
        };
        let mark = self.f.asm.registers.mark();
        let exception = self.operand(exception);
        match cause {
            None => self.f.asm.op_at(at, Op::Raise, exception, 0, 0),
            Some(cause) => {
                let cause = self.operand(cause);
                self.f.asm.op_at(at, Op::RaiseFrom, exception, cause, 0);
            }
        }
        self.f.asm.registers.release(mark);
    }

    // Imports.

    fn import(&mut self, item: &'a ImportItem, span: Span) {
        let Some(bound) = item.alias.as_ref().or(item.path.first()) else { return };
        let path = ImportPath { path: names(&item.path), binds_first: item.alias.is_none() };
        self.define_with(bound.span, |this, dst| {
            this.f.asm.op_at(At::whole(span), Op::Import, dst, 0, 0);
            this.f.asm.import(path);
        });
    }

    fn import_from(&mut self, module: &'a [Ident], items: &'a [ImportName], span: Span) {
        let at = At::whole(span);
        // The module is needed until the last name is bound, and names take registers as they are bound.
        let mark = self.f.asm.registers.mark();
        let mut has_taken = false;
        let register = self.hidden();
        self.fill(register, |this, dst| {
            this.f.asm.op_at(at, Op::Import, dst, 0, 0);
            this.f.asm.import(ImportPath { path: names(module), binds_first: false });
        });
        for item in items {
            let bound = item.alias.as_ref().unwrap_or(&item.name);
            has_taken |= self.fresh(bound.span).is_some();
            self.define_with(bound.span, |this, dst| {
                let mark = this.f.asm.registers.mark();
                let module = this.near(register);
                this.f.asm.op_at(at, Op::ImportFrom, dst, module, 0);
                this.f.asm.site(&item.name.name);
                this.f.asm.registers.release(mark);
            });
        }
        if !has_taken {
            self.f.asm.registers.release(mark);
        }
    }

    // Declarations with decorators.

    fn function_statement(&mut self, decl: &'a FunctionDecl) {
        self.define_with(decl.name.span, |this, dst| {
            this.decorated_to(dst, &decl.decorators, |this, dst| {
                this.closure_to(dst, &decl.function, &decl.name.name, FunctionSort::Plain);
            });
        });
    }

    /// Puts what `make` makes into a register, with decorators around it: they are evaluated first, the
    /// topmost first of all, and applied from the lowest up.
    pub(super) fn decorated_to(
        &mut self,
        dst: Reg,
        decorators: &'a [Expr],
        make: impl FnOnce(&mut Self, Reg),
    ) {
        if decorators.is_empty() {
            return make(self, dst);
        }
        let mark = self.f.asm.registers.mark();
        // Many decorators wait in far registers, which is slower but has no limit.
        let fars: Option<Vec<u16>> =
            (decorators.len() > 16).then(|| decorators.iter().map(|_| self.f.asm.registers.far()).collect());
        if let Some(fars) = fars {
            for (decorator, &far) in decorators.iter().zip(&fars) {
                self.fill(far, |this, dst| this.expr_to(decorator, dst));
            }
            let window = self.temp();
            let value = self.temp();
            make(self, value);
            for (decorator, &far) in decorators.iter().zip(&fars).rev() {
                self.f.asm.opx(Op::LoadFar, window, far);
                self.f.asm.op_at(At::of(decorator), Op::Call, window, 1, 0);
                self.f.asm.move_to(value, window);
            }
            self.f.asm.move_to(dst, value);
        } else {
            let windows: Vec<Reg> = decorators.iter().map(|decorator| self.expr_next(decorator)).collect();
            let value = self.temp();
            make(self, value);
            for (decorator, &window) in decorators.iter().zip(&windows).rev() {
                self.f.asm.op_at(At::of(decorator), Op::Call, window, 1, 0);
            }
            self.f.asm.move_to(dst, windows[0]);
        }
        self.f.asm.registers.release(mark);
    }
}

fn names(path: &[Ident]) -> Vec<Rc<str>> {
    path.iter().map(|ident| ident.name.clone()).collect()
}

/// Whether the end of the block is never reached.
pub(super) fn leaves(block: &Block) -> bool {
    matches!(
        block.body.last().map(|statement| &statement.kind),
        Some(StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Raise { .. })
    )
}
