//! Statements.

use super::{Builder, Mark, Placed};
use crate::ast::*;

impl Builder<'_> {
    pub fn mark_statements(&mut self) -> Mark {
        Mark(self.statements.len() as u32)
    }

    pub fn block(&mut self, start: u32, mark: Mark, end: u32) -> Block {
        Block { span: Span::new(start, end), body: self.statements.drain(mark.0 as usize..).collect() }
    }

    pub fn statement(&mut self, start: u32, end: u32, kind: StmtKind) {
        self.statements.push(Stmt { span: Span::new(start, end), kind });
    }

    pub fn expression_statement(&mut self, value: Placed) {
        let value = self.value(value);
        if let ExprKind::Name(name) = &value.expr.kind
            && &**name == "pass"
        {
            self.error("foreign-word", value.span(), "invalid syntax").label = "Toy has no `pass`".to_owned();
            self.last_error_help("leave the block empty: `{}`");
        }
        self.statement(value.start, value.end, StmtKind::Expr(value.expr));
    }

    pub fn assign(&mut self, targets: Vec<Expr>, value: Placed) {
        let value = self.value(value);
        let single = targets.len() == 1;
        for target in &targets {
            self.check_target(target, single);
        }
        let start = targets.first().map_or(value.start, |target| target.span.start);
        let end = value.end;
        self.statement(start, end, StmtKind::Assign { targets, value: value.expr });
    }

    /// One of the targets of an assignment; a parenthesized one keeps its own place.
    pub fn target(&mut self, target: Placed) -> Expr {
        target.expr
    }

    pub fn augmented_assign(&mut self, target: Placed, op_start: u32, op_end: u32, value: Placed) {
        let value = self.value(value);
        self.check_augmented_target(&target.expr);
        let op = match self.slice(op_start, op_end - 1) {
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Sub,
            "*" => BinaryOp::Mul,
            "/" => BinaryOp::Div,
            "//" => BinaryOp::FloorDiv,
            "%" => BinaryOp::Mod,
            "**" => BinaryOp::Pow,
            "&" => BinaryOp::BitAnd,
            "|" => BinaryOp::BitOr,
            "^" => BinaryOp::BitXor,
            "<<" => BinaryOp::Shl,
            _ => BinaryOp::Shr,
        };
        let kind = StmtKind::AugAssign {
            target: target.expr,
            op,
            op_span: Span::new(op_start, op_end),
            value: value.expr,
        };
        self.statement(target.start, value.end, kind);
    }

    pub fn declare(&mut self, start: u32, mutable: bool, target: Pattern, value: Option<Placed>, end: u32) {
        let value = value.map(|value| self.value(value).expr);
        if value.is_none() {
            self.check_bare_declaration(start, mutable, &target);
        }
        self.statement(start, end, StmtKind::Let { mutable, target, value });
    }

    /// A declaration without a value: only `var` with a single name may be one.
    pub(super) fn check_bare_declaration(&mut self, start: u32, mutable: bool, target: &Pattern) {
        let what = match &target.kind {
            PatternKind::Name(_) if mutable => return,
            PatternKind::Name(name) => format!("'let {name}' has no value"),
            _ => "this declaration has no value".to_owned(),
        };
        self.error("missing-value", Span::new(start, target.span.end), what);
        self.last_error_help(if matches!(target.kind, PatternKind::Name(_)) {
            "give it a value with `= …`, or declare it with `var`"
        } else {
            "only a single name may be declared without one"
        });
    }

    pub fn for_loop(&mut self, start: u32, target: Pattern, iterable: Placed, body: Block, end: u32) {
        let iterable = self.value(iterable).expr;
        self.statement(start, end, StmtKind::For { target, iterable, body });
    }

    pub fn return_statement(&mut self, start: u32, value: Option<Placed>, end: u32) {
        let value = value.map(|value| self.value(value).expr);
        self.statement(start, end, StmtKind::Return(value));
    }

    pub fn delete(&mut self, start: u32, targets: Placed, end: u32) {
        let mut list = Vec::new();
        self.collect_deleted(targets.expr, &mut list);
        self.statement(start, end, StmtKind::Del(list));
    }

    pub fn handlers(
        &mut self,
        mut before: Vec<Handler>,
        head: (Span, Option<Expr>, Option<Ident>),
        body: Block,
    ) -> Vec<Handler> {
        let (span, types, name) = head;
        if let Some(last) = before.last()
            && last.types.is_none()
        {
            let bare = last.span;
            self.error("bare-except-not-last", bare, "default 'except' must be last").label =
                "this one leaves nothing to those below".to_owned();
        }
        before.push(Handler { span, types, name, body });
        before
    }

    pub fn try_statement(
        &mut self,
        start: u32,
        body: Block,
        handlers: Vec<Handler>,
        otherwise: Option<Block>,
        finally: Option<Block>,
        end: u32,
    ) {
        let kind = StmtKind::Try(Box::new(Try { body, handlers, otherwise, finally }));
        self.statement(start, end, kind);
    }

    pub fn with_item(
        &mut self,
        mut before: Vec<WithItem>,
        context: Placed,
        target: Option<Pattern>,
    ) -> Vec<WithItem> {
        let target = target.map(|target| self.whole_pattern(target));
        before.push(WithItem { context: context.expr, target });
        before
    }

    pub fn function_statement(
        &mut self,
        start: u32,
        decorators: Vec<Expr>,
        mut declaration: Box<FunctionDecl>,
        end: u32,
    ) {
        declaration.function.doc = self.doc(start, declaration.function.span.start);
        declaration.decorators = decorators;
        self.statement(start, end, StmtKind::Function(declaration));
    }

    pub fn class_statement(
        &mut self,
        start: u32,
        decorators: Vec<Expr>,
        mut declaration: Box<ClassDecl>,
        end: u32,
    ) {
        declaration.doc = self.doc(start, declaration.span.start);
        declaration.decorators = decorators;
        self.statement(start, end, StmtKind::Class(declaration));
    }
}
