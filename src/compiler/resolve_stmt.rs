//! Resolving statements: what they declare, and whether they stand where they may.

use toy_grammar::ast::{
    Block, ClassDecl, ExprKind, Function, FunctionBody, ImportItem, MemberKind, ParamKind, Pattern,
    PatternKind, Span, Stmt, StmtKind, Try,
};
use toy_grammar::deep::deep;

use super::resolve::{LoopState, NONE, Resolver};
use super::scope::{DeclKind, VarId};

/// What sort of function is walked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FunctionSort {
    Plain,
    Method,
    Init,
    Static,
}

impl<'a> Resolver<'a> {
    /// Declares what the statements of a block declare, before the walk goes into them.
    pub(super) fn hoist(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            match &statement.kind {
                StmtKind::Let { mutable, target, .. } => {
                    self.hoist_pattern(target, if *mutable { DeclKind::Var } else { DeclKind::Let });
                }
                StmtKind::Function(decl) => {
                    self.declare(&decl.name.name, decl.name.span, DeclKind::Fn);
                }
                StmtKind::Class(decl) => {
                    self.declare(&decl.name.name, decl.name.span, DeclKind::Class);
                }
                StmtKind::Import(items) => {
                    for item in items {
                        if let Some((name, span)) = bound_by_import(item) {
                            let kind =
                                if item.alias.is_some() { DeclKind::Import } else { DeclKind::ImportPath };
                            self.declare(name, span, kind);
                        }
                    }
                }
                StmtKind::FromImport { names, .. } => {
                    for item in names {
                        let ident = item.alias.as_ref().unwrap_or(&item.name);
                        self.declare(&ident.name, ident.span, DeclKind::Import);
                    }
                }
                _ => {}
            }
        }
    }

    fn hoist_pattern(&mut self, pattern: &'a Pattern, kind: DeclKind) {
        match &pattern.kind {
            PatternKind::Name(name) => {
                self.declare(name, pattern.span, kind);
            }
            PatternKind::Sequence(items) => {
                deep(|| items.iter().for_each(|item| self.hoist_pattern(item, kind)));
            }
            PatternKind::Star(inner) => deep(|| self.hoist_pattern(inner, kind)),
        }
    }

    fn settle_pattern(&mut self, pattern: &'a Pattern) {
        match &pattern.kind {
            PatternKind::Name(name) => self.settle_name(name, pattern.span),
            PatternKind::Sequence(items) => deep(|| items.iter().for_each(|item| self.settle_pattern(item))),
            PatternKind::Star(inner) => deep(|| self.settle_pattern(inner)),
        }
    }

    /// Declares the names of a pattern with their values, as a loop does.
    pub(super) fn bind_pattern(&mut self, pattern: &'a Pattern, kind: DeclKind) {
        self.hoist_pattern(pattern, kind);
        self.settle_pattern(pattern);
    }

    pub(super) fn block(&mut self, block: &'a Block) {
        let opened = self.open();
        self.hoist(&block.body);
        self.statements(&block.body);
        self.close(&opened, block.span.start);
    }

    pub(super) fn statements(&mut self, statements: &'a [Stmt]) {
        deep(|| {
            for statement in statements {
                self.statement(statement);
            }
        });
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match &statement.kind {
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Let { target, value, .. } => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.settle_pattern(target);
            }
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                for target in targets {
                    self.target(target);
                }
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target);
                self.expr(value);
            }
            StmtKind::If { branches, otherwise } => {
                for (test, body) in branches {
                    self.expr(test);
                    self.block(body);
                }
                if let Some(body) = otherwise {
                    self.block(body);
                }
            }
            StmtKind::While { test, body } => {
                self.expr(test);
                self.loop_body(body);
            }
            StmtKind::For { target, iterable, body } => {
                self.expr(iterable);
                let opened = self.open();
                self.bind_pattern(target, DeclKind::Loop);
                self.loop_body(body);
                self.close(&opened, target.span.start);
            }
            StmtKind::Break => self.leave_loop("break", statement.span),
            StmtKind::Continue => self.leave_loop("continue", statement.span),
            StmtKind::Return(value) => {
                self.check_return(value.is_some(), statement.span);
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            StmtKind::Del(targets) => targets.iter().for_each(|target| self.expr(target)),
            StmtKind::Assert { test, message } => {
                self.expr(test);
                if let Some(message) = message {
                    self.expr(message);
                }
            }
            StmtKind::Raise { exception, cause } => {
                exception.iter().chain(cause).for_each(|e| self.expr(e));
            }
            StmtKind::Import(items) => {
                for item in items {
                    if let Some((name, span)) = bound_by_import(item) {
                        self.settle_name(name, span);
                    }
                }
            }
            StmtKind::FromImport { names, .. } => {
                for item in names {
                    let ident = item.alias.as_ref().unwrap_or(&item.name);
                    self.settle_name(&ident.name, ident.span);
                }
            }
            StmtKind::With { items, body } => {
                let mut scopes = Vec::with_capacity(items.len());
                for item in items {
                    self.expr(&item.context);
                    scopes.push((self.open(), item.context.span.start));
                    if let Some(target) = &item.target {
                        self.bind_pattern(target, DeclKind::With);
                    }
                }
                self.block(body);
                while let Some((opened, key)) = scopes.pop() {
                    self.close(&opened, key);
                }
            }
            StmtKind::Try(statement) => self.try_statement(statement),
            StmtKind::Function(decl) => {
                decl.decorators.iter().for_each(|e| self.expr(e));
                self.function(&decl.function, FunctionSort::Plain);
                self.settle_name(&decl.name.name, decl.name.span);
            }
            StmtKind::Class(decl) => {
                self.class(decl);
                self.settle_name(&decl.name.name, decl.name.span);
            }
            StmtKind::Block(block) => self.block(block),
        }
    }

    fn loop_body(&mut self, body: &'a Block) {
        let outer = self.context.loops;
        self.context.loops = LoopState::Inside;
        self.block(body);
        self.context.loops = outer;
    }

    fn leave_loop(&mut self, word: &str, span: Span) {
        let (code, place) = match self.context.loops {
            LoopState::Inside => return,
            LoopState::Outside => ("outside loop", ""),
            LoopState::BeyondFinally => ("in a 'finally' block", ""),
        };
        let message = format!("'{word}' {code}{place}");
        self.misplaced(if word == "break" { "misplaced-break" } else { "misplaced-continue" }, span, message);
    }

    fn check_return(&mut self, has_value: bool, span: Span) {
        let message = if !self.context.in_function {
            "'return' outside function"
        } else if self.context.in_finally {
            "'return' in a 'finally' block"
        } else if has_value && self.context.in_init {
            "'return' with a value in 'init'"
        } else {
            return;
        };
        self.misplaced("misplaced-return", span, message);
    }

    fn try_statement(&mut self, statement: &'a Try) {
        self.block(&statement.body);
        for handler in &statement.handlers {
            if let Some(types) = &handler.types {
                self.expr(types);
            }
            let opened = self.open();
            if let Some(name) = &handler.name {
                self.bind(&name.name, name.span, DeclKind::Except);
            }
            self.hoist(&handler.body.body);
            self.statements(&handler.body.body);
            self.close(&opened, handler.body.span.start);
        }
        if let Some(body) = &statement.otherwise {
            self.block(body);
        }
        if let Some(body) = &statement.finally {
            let outer = self.context;
            self.context.in_finally = true;
            if outer.loops == LoopState::Inside {
                self.context.loops = LoopState::BeyondFinally;
            }
            self.block(body);
            self.context = outer;
        }
    }

    pub(super) fn function(&mut self, function: &'a Function, sort: FunctionSort) {
        let outer = self.enter_function(function.span.start, false);
        let opened = self.open();
        self.context.in_init = sort == FunctionSort::Init;
        match sort {
            FunctionSort::Plain => {}
            FunctionSort::Method | FunctionSort::Init => {
                let symbol = self.self_symbol;
                let var = self.bind_hidden(symbol, DeclKind::Hidden);
                self.this_function().self_var = Some(var);
            }
            FunctionSort::Static => {
                for symbol in [self.self_symbol, self.class_symbol] {
                    self.bind_hidden(symbol, DeclKind::Barrier);
                }
            }
        }
        for param in &function.params {
            self.declare(&param.name.name, param.name.span, DeclKind::Param);
        }
        let key = match &function.body {
            FunctionBody::Expr(_) => function.span.start,
            FunctionBody::Block(block) => {
                self.hoist(&block.body);
                block.span.start
            }
        };
        for param in &function.params {
            if let (Some(default), ParamKind::PositionalOnly | ParamKind::Normal | ParamKind::KeywordOnly) =
                (&param.default, param.kind)
            {
                self.expr(default);
            }
            self.settle_name(&param.name.name, param.name.span);
        }
        match &function.body {
            FunctionBody::Expr(e) => self.expr(e),
            FunctionBody::Block(block) => self.statements(&block.body),
        }
        self.close(&opened, key);
        self.leave_function(outer);
    }

    /// A class declaration, but for its own name.
    fn class(&mut self, decl: &'a ClassDecl) {
        decl.decorators.iter().chain(&decl.base).for_each(|e| self.expr(e));
        let outer = self.enter_function(decl.span.start, true);
        let opened = self.open();
        let symbol = self.class_symbol;
        let class = self.bind_hidden(symbol, DeclKind::Hidden);
        self.settle(class, decl.span);
        self.context.class = Some(decl);
        for member in &decl.members {
            match &member.kind {
                MemberKind::Attribute { name, value, .. } => {
                    if let Some(value) = value {
                        self.expr(value);
                    }
                    self.bind_member(&name.name, name.span, class, false);
                }
                MemberKind::Method { decorators, is_static, name, function } => {
                    decorators.iter().for_each(|e| self.expr(e));
                    let sort = match &*name.name {
                        _ if *is_static => FunctionSort::Static,
                        "init" => FunctionSort::Init,
                        _ => FunctionSort::Method,
                    };
                    self.function(function, sort);
                    self.bind_member(&name.name, name.span, class, !decorators.is_empty());
                }
                MemberKind::Class(inner) => {
                    deep(|| self.class(inner));
                    self.bind_member(&inner.name.name, inner.name.span, class, false);
                }
            }
        }
        self.close(&opened, decl.span.start);
        self.leave_function(outer);
    }

    /// An assignment's target.
    fn target(&mut self, target: &'a toy_grammar::ast::Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.assign_name(name, target.span),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                deep(|| items.iter().for_each(|item| self.target(item)));
            }
            ExprKind::Starred(inner) => deep(|| self.target(inner)),
            _ => self.expr(target),
        }
    }

    fn assign_name(&mut self, name: &'a str, span: Span) {
        let symbol = self.symbol(name);
        let Some(var) = self.lookup(symbol) else {
            return self.assigned_unknown(symbol, span);
        };
        let v = &mut self.vars[var as usize];
        v.assigned = true;
        match v.kind {
            DeclKind::Member => return self.assigned_unknown(symbol, span),
            DeclKind::Loader => {}
            kind => {
                if let Some(word) = kind.fixed_by() {
                    return self.assigned_fixed(var, word, span);
                }
            }
        }
        self.refer(var, span);
    }

    /// The innermost `self`, or the class of the method, if there is one here.
    pub(super) fn hidden(&self, symbol: u32) -> Option<VarId> {
        let var = self.names[symbol as usize].current;
        (var != NONE && self.vars[var as usize].kind == DeclKind::Hidden).then_some(var)
    }
}

/// What an import without `from` binds.
fn bound_by_import(item: &ImportItem) -> Option<(&str, Span)> {
    let ident = item.alias.as_ref().or(item.path.first())?;
    Some((&ident.name, ident.span))
}
