//! `swallowed-exception`: an `except` for everything that does nothing about it.
//!
//! It hides misspelt attributes and wrong arguments together with what it was written for. Let pass: a handler with anything in it
//! that may tell of the exception or act on it. From `except BaseException`, which catches Ctrl-C and `exit()` too, more
//! is asked: it raises, looks at the exception, or ends the program.

use toy_grammar::ast::{Expr, ExprKind, Handler, Module, Stmt, StmtKind};
use toy_grammar::diagnostic::Diagnostic;

use super::known::{Known, is_builtin, is_exit};
use super::walk::{Visit, walk_expr, walk_handler, walk_statement};

pub(super) fn swallowed(module: &Module, text: &str, known: Option<&Known>) -> Vec<Diagnostic> {
    let mut handlers = Handlers { text, known, raises: 0, found: Vec::new() };
    handlers.statements(&module.body);
    handlers.found
}

struct Handlers<'a> {
    text: &'a str,
    known: Option<&'a Known<'a>>,
    /// How often the walk came by a `raise`, or a call that ends the program.
    raises: usize,
    found: Vec<Diagnostic>,
}

impl<'a> Visit<'a> for Handlers<'_> {
    fn statement(&mut self, statement: &'a Stmt) {
        self.raises += usize::from(matches!(statement.kind, StmtKind::Raise { .. }));
        walk_statement(self, statement);
    }

    fn expr(&mut self, e: &'a Expr) {
        self.raises += usize::from(is_exit(e, self.known));
        walk_expr(self, e);
    }

    fn handler(&mut self, handler: &'a Handler) {
        let before = self.raises;
        walk_handler(self, handler);
        let raises = self.raises > before;
        let catches = |name| handler.types.as_ref().is_some_and(|types| self.has(types, name));
        let even_exit = catches("BaseException");
        let everything = even_exit || handler.types.is_none() || catches("Exception");
        if !everything || raises || self.looks_at_it(handler) {
            return;
        }
        if even_exit || handler.body.body.iter().all(does_nothing) {
            self.report(handler, even_exit);
        }
    }
}

impl Handlers<'_> {
    fn has(&self, types: &Expr, name: &str) -> bool {
        match &types.kind {
            ExprKind::Tuple(items) => items.iter().any(|item| is_builtin(item, &[name], self.known)),
            _ => is_builtin(types, &[name], self.known),
        }
    }

    fn looks_at_it(&self, handler: &Handler) -> bool {
        let Some(name) = &handler.name else { return false };
        self.known.is_none_or(|known| known.is_used(name.span.start))
    }

    fn report(&mut self, handler: &Handler, even_exit: bool) {
        let (message, help) = if even_exit {
            (
                "this `except` swallows every exception, Ctrl-C and `exit()` too",
                "catch `Exception` instead, or end the handler with `raise`",
            )
        } else {
            (
                "this `except` swallows every exception, misspelt attributes too",
                "name what is expected, as in `except ValueError`, or tell of the exception",
            )
        };
        let mut span = handler.span;
        let shown = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        span.end = span.start + shown.trim_end().len() as u32;
        self.found.push(Diagnostic::warning("swallowed-exception", span, message).help(help));
    }
}

/// A statement that neither tells anything nor changes anything.
fn does_nothing(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) => true,
        StmtKind::Return(Some(e)) | StmtKind::Expr(e) => is_constant(e),
        _ => false,
    }
}

fn is_constant(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
    )
}
