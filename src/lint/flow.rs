//! `unreachable-code`: statements behind one that never goes on to them.
//!
//! That is `return`, `raise`, `break`, `continue`, `exit()`, `while true` without a `break`, and an `if` or `try` all ways
//! through which end in one of these. Let pass: what follows a `with`, since that may swallow what was raised
//! before its block came to a `return`; and a `yield` behind a `return`, which makes a generator of an empty function.

use toy_grammar::ast::{Block, Expr, ExprKind, Function, FunctionBody, Module, Stmt, StmtKind, Try};
use toy_grammar::deep::deep;
use toy_grammar::diagnostic::Diagnostic;

use super::known::{Known, is_exit};
use super::walk::{Visit, walk_function};

pub(super) fn unreachable(module: &Module, text: &str, known: Option<&Known>) -> Vec<Diagnostic> {
    let mut flow = Flow { text, known, found: Vec::new() };
    flow.sequence(&module.body);
    flow.statements(&module.body);
    flow.found
}

struct Flow<'a> {
    text: &'a str,
    known: Option<&'a Known<'a>>,
    found: Vec<Diagnostic>,
}

/// How statements end.
#[derive(Clone, Copy, Default)]
struct End {
    /// What stands behind them is not reached.
    stops: bool,
    /// A `break` in them leaves the loop around.
    breaks: bool,
}

impl<'a> Visit<'a> for Flow<'_> {
    fn function(&mut self, function: &'a Function) {
        if let FunctionBody::Block(block) = &function.body {
            self.sequence(&block.body);
        }
        walk_function(self, function);
    }
}

impl Flow<'_> {
    fn block(&mut self, block: &Block) -> End {
        self.sequence(&block.body)
    }

    /// Statements one after the other. Functions inside have their own turn.
    fn sequence(&mut self, statements: &[Stmt]) -> End {
        deep(|| {
            let mut end = End::default();
            for (i, statement) in statements.iter().enumerate() {
                let this = self.statement_end(statement);
                end.breaks |= this.breaks;
                if this.stops {
                    end.stops = true;
                    if let Some(next) = statements.get(i + 1).filter(|next| !makes_generator(next)) {
                        self.report(statement, next);
                    }
                    break;
                }
            }
            end
        })
    }

    fn statement_end(&mut self, statement: &Stmt) -> End {
        let stops = |stops| End { stops, breaks: false };
        match &statement.kind {
            StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Continue => stops(true),
            StmtKind::Break => End { stops: true, breaks: true },
            StmtKind::Expr(e) => stops(is_exit(e, self.known)),
            StmtKind::If { branches, otherwise } => {
                let bodies = branches.iter().map(|(_, body)| body).chain(otherwise);
                let ends: Vec<End> = bodies.map(|body| self.block(body)).collect();
                End {
                    stops: otherwise.is_some() && ends.iter().all(|end| end.stops),
                    breaks: ends.iter().any(|end| end.breaks),
                }
            }
            StmtKind::While { test, body } => {
                let end = self.block(body);
                stops(is_always_true(test) && !end.breaks)
            }
            StmtKind::For { body, .. } => {
                self.block(body);
                stops(false)
            }
            StmtKind::With { body, .. } => End { stops: false, ..self.block(body) },
            StmtKind::Try(statement) => self.try_end(statement),
            StmtKind::Block(block) => self.block(block),
            _ => stops(false),
        }
    }

    fn try_end(&mut self, statement: &Try) -> End {
        let mut end = self.block(&statement.body);
        if let Some(body) = &statement.otherwise {
            let other = self.block(body);
            end = End { stops: end.stops || other.stops, breaks: end.breaks || other.breaks };
        }
        for handler in &statement.handlers {
            let other = self.block(&handler.body);
            end = End { stops: end.stops && other.stops, breaks: end.breaks || other.breaks };
        }
        match &statement.finally {
            Some(body) => End { stops: self.block(body).stops || end.stops, ..end },
            None => end,
        }
    }

    fn report(&mut self, by: &Stmt, next: &Stmt) {
        let why = match &by.kind {
            StmtKind::While { .. } => "this loop has no end, and no `break`",
            StmtKind::Expr(_) => "the program ends here",
            StmtKind::If { .. } | StmtKind::Try(_) | StmtKind::Block(_) => "every way through this leaves",
            _ => "nothing behind this runs",
        };
        let mut finding =
            Diagnostic::warning("unreachable-code", next.span, "this is never reached").label("never runs");
        let by = by.span;
        let first_line =
            self.text.get(by.start as usize..by.end as usize).and_then(|text| text.lines().next());
        let end = first_line.map_or(by.end, |line| by.start + line.len() as u32);
        finding = finding.related(toy_grammar::ast::Span::new(by.start, end), why);
        self.found.push(finding);
    }
}

fn is_always_true(test: &Expr) -> bool {
    match test.kind {
        ExprKind::True => true,
        ExprKind::Int(n) => n != 0,
        _ => false,
    }
}

fn makes_generator(statement: &Stmt) -> bool {
    matches!(&statement.kind, StmtKind::Expr(Expr { kind: ExprKind::Yield(_) | ExprKind::YieldFrom(_), .. }))
}
