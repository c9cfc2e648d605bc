//! `nil-comparison`: `==` and `!=` with `nil`, which ask the other side's own `==` where `is` asks nobody.

use toy_grammar::ast::{CompareOp, Comparison, Expr, ExprKind, Module, Span};
use toy_grammar::diagnostic::Diagnostic;

use super::walk::{Visit, walk_expr};

/// The longest operand that is repeated in the help.
const LONG: usize = 40;

pub(super) fn with_nil(module: &Module, text: &str) -> Vec<Diagnostic> {
    let mut comparisons = Comparisons { text, found: Vec::new() };
    comparisons.statements(&module.body);
    comparisons.found
}

struct Comparisons<'a> {
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl<'a> Visit<'a> for Comparisons<'_> {
    fn expr(&mut self, e: &'a Expr) {
        if let ExprKind::Compare { first, rest } = &e.kind {
            let mut left = &**first;
            for comparison in rest {
                self.pair(left, comparison, rest.len() == 1);
                left = &comparison.operand;
            }
        }
        walk_expr(self, e);
    }
}

impl Comparisons<'_> {
    fn pair(&mut self, left: &Expr, comparison: &Comparison, alone: bool) {
        let (symbol, instead) = match comparison.op {
            CompareOp::Eq => ("==", "is"),
            CompareOp::Ne => ("!=", "is not"),
            _ => return,
        };
        let right = &comparison.operand;
        let other = match (&left.kind, &right.kind) {
            (_, ExprKind::Nil) => left,
            (ExprKind::Nil, _) => right,
            _ => return,
        };
        let span = left.span.to(right.span);
        let message = format!("comparison with nil by `{symbol}`");
        let help = match self.short(other.span) {
            Some(other) if alone => format!("write `{other} {instead} nil`"),
            _ => format!("use `{instead} nil`"),
        };
        self.found.push(Diagnostic::warning("nil-comparison", span, message).help(help));
    }

    fn short(&self, span: Span) -> Option<&str> {
        let text = self.text.get(span.start as usize..span.end as usize)?;
        (text.len() <= LONG && !text.contains('\n')).then_some(text)
    }
}
