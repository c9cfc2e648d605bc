//! Walking over the whole tree, whatever its depth.
//!
//! A rule overrides what it wants to see and calls the `walk_…` of the same name for what is inside.

use toy_grammar::ast::{
    Arg, Block, ClassDecl, Clause, Comprehension, ComprehensionKind, DictItem, Expr, ExprKind, FPart,
    Function, FunctionBody, Handler, MemberKind, Stmt, StmtKind, Try,
};
use toy_grammar::deep::deep;

/// One who sees every node of a tree.
pub(super) trait Visit<'a>: Sized {
    fn statement(&mut self, statement: &'a Stmt) {
        walk_statement(self, statement);
    }

    fn expr(&mut self, e: &'a Expr) {
        walk_expr(self, e);
    }

    fn function(&mut self, function: &'a Function) {
        walk_function(self, function);
    }

    fn class(&mut self, class: &'a ClassDecl) {
        walk_class(self, class);
    }

    fn handler(&mut self, handler: &'a Handler) {
        walk_handler(self, handler);
    }

    fn statements(&mut self, statements: &'a [Stmt]) {
        deep(|| statements.iter().for_each(|statement| self.statement(statement)));
    }

    fn block(&mut self, block: &'a Block) {
        self.statements(&block.body);
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        exprs.into_iter().for_each(|e| self.expr(e));
    }
}

pub(super) fn walk_statement<'a>(to: &mut impl Visit<'a>, statement: &'a Stmt) {
    match &statement.kind {
        StmtKind::Expr(e) => to.expr(e),
        StmtKind::Let { value, .. } | StmtKind::Return(value) => to.exprs(value),
        StmtKind::Assign { targets, value } => {
            to.expr(value);
            to.exprs(targets);
        }
        StmtKind::AugAssign { target, value, .. } => to.exprs([target, value]),
        StmtKind::If { branches, otherwise } => {
            for (test, body) in branches {
                to.expr(test);
                to.block(body);
            }
            otherwise.iter().for_each(|body| to.block(body));
        }
        StmtKind::While { test, body } => {
            to.expr(test);
            to.block(body);
        }
        StmtKind::For { iterable, body, .. } => {
            to.expr(iterable);
            to.block(body);
        }
        StmtKind::Del(targets) => to.exprs(targets),
        StmtKind::Assert { test, message } => to.exprs(std::iter::once(test).chain(message)),
        StmtKind::Raise { exception, cause } => to.exprs(exception.iter().chain(cause)),
        StmtKind::With { items, body } => {
            to.exprs(items.iter().map(|item| &item.context));
            to.block(body);
        }
        StmtKind::Try(statement) => walk_try(to, statement),
        StmtKind::Function(decl) => {
            to.exprs(&decl.decorators);
            to.function(&decl.function);
        }
        StmtKind::Class(decl) => to.class(decl),
        StmtKind::Block(block) => to.block(block),
        StmtKind::Break | StmtKind::Continue | StmtKind::Import(_) | StmtKind::FromImport { .. } => {}
    }
}

fn walk_try<'a>(to: &mut impl Visit<'a>, statement: &'a Try) {
    to.block(&statement.body);
    statement.handlers.iter().for_each(|handler| to.handler(handler));
    statement.otherwise.iter().chain(&statement.finally).for_each(|body| to.block(body));
}

pub(super) fn walk_handler<'a>(to: &mut impl Visit<'a>, handler: &'a Handler) {
    to.exprs(&handler.types);
    to.block(&handler.body);
}

pub(super) fn walk_function<'a>(to: &mut impl Visit<'a>, function: &'a Function) {
    to.exprs(function.params.iter().filter_map(|param| param.default.as_ref()));
    match &function.body {
        FunctionBody::Expr(e) => to.expr(e),
        FunctionBody::Block(block) => to.block(block),
    }
}

pub(super) fn walk_class<'a>(to: &mut impl Visit<'a>, class: &'a ClassDecl) {
    to.exprs(class.decorators.iter().chain(&class.base));
    for member in &class.members {
        match &member.kind {
            MemberKind::Attribute { value, .. } => to.exprs(value),
            MemberKind::Method { decorators, function, .. } => {
                to.exprs(decorators);
                to.function(function);
            }
            MemberKind::Class(inner) => deep(|| to.class(inner)),
        }
    }
}

pub(super) fn walk_expr<'a>(to: &mut impl Visit<'a>, e: &'a Expr) {
    match &e.kind {
        ExprKind::Nil
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Int(_)
        | ExprKind::BigInt(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Bytes(_)
        | ExprKind::Name(_)
        | ExprKind::SelfRef
        | ExprKind::Super { .. } => {}
        _ => deep(|| walk_compound(to, e)),
    }
}

fn walk_compound<'a>(to: &mut impl Visit<'a>, e: &'a Expr) {
    match &e.kind {
        ExprKind::FString(parts) => walk_fstring(to, parts),
        ExprKind::List(items)
        | ExprKind::Tuple(items)
        | ExprKind::Set(items)
        | ExprKind::And(items)
        | ExprKind::Or(items) => to.exprs(items),
        ExprKind::Dict(items) => {
            for item in items {
                match item {
                    DictItem::Pair(key, value) => to.exprs([key, value]),
                    DictItem::Spread(other) => to.expr(other),
                }
            }
        }
        ExprKind::Starred(inner) | ExprKind::YieldFrom(inner) => to.expr(inner),
        ExprKind::Unary { operand, .. } => to.expr(operand),
        ExprKind::Binary { left, right, .. } => to.exprs([&**left, &**right]),
        ExprKind::Compare { first, rest } => {
            to.expr(first);
            to.exprs(rest.iter().map(|comparison| &comparison.operand));
        }
        ExprKind::Range { start, end, .. } => to.exprs([&**start, &**end]),
        ExprKind::Conditional { test, then, otherwise } => to.exprs([&**test, &**then, &**otherwise]),
        ExprKind::Call { callee, args, .. } => {
            to.expr(callee);
            for arg in args {
                let (Arg::Positional(value)
                | Arg::Spread(value)
                | Arg::Keyword(_, value)
                | Arg::KeywordSpread(value)) = arg;
                to.expr(value);
            }
        }
        ExprKind::Index { object, index, .. } => to.exprs([&**object, &**index]),
        ExprKind::Slice { object, slice, .. } => {
            to.expr(object);
            to.exprs(slice.lower.iter().chain(&slice.upper).chain(&slice.step));
        }
        ExprKind::Attribute { object, .. } => to.expr(object),
        ExprKind::Function(function) => to.function(function),
        ExprKind::Comprehension(comprehension) => walk_comprehension(to, comprehension),
        ExprKind::Yield(value) => to.exprs(value.as_deref()),
        _ => {}
    }
}

fn walk_fstring<'a>(to: &mut impl Visit<'a>, parts: &'a [FPart]) {
    for part in parts {
        if let FPart::Field(field) = part {
            to.expr(&field.value);
            deep(|| walk_fstring(to, &field.spec));
        }
    }
}

fn walk_comprehension<'a>(to: &mut impl Visit<'a>, comprehension: &'a Comprehension) {
    for clause in &comprehension.clauses {
        let (Clause::For(_, e) | Clause::If(e)) = clause;
        to.expr(e);
    }
    match &comprehension.kind {
        ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
            to.expr(e)
        }
        ComprehensionKind::Dict(key, value) => to.exprs([key, value]),
    }
}
