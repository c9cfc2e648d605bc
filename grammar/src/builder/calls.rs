//! Calls and the order of their arguments.

use rustc_hash::FxHashSet;

use super::classes::arg_span;
use super::targets::describe;
use super::{Builder, Mark, Placed};
use crate::ast::*;

impl Builder<'_> {
    pub fn mark_args(&mut self) -> Mark {
        Mark(self.args.len() as u32)
    }

    pub fn positional(&mut self, value: Placed) {
        self.args.push(Arg::Positional(value.expr));
    }

    pub fn keyword(&mut self, mut name: Placed, value: Placed) {
        let span = Span::new(name.start, value.end);
        if let ExprKind::Name(text) = &name.expr.kind
            && name.expr.span == name.span()
        {
            let ident = Ident { name: text.clone(), span: name.expr.span };
            self.args.push(Arg::Keyword(ident, value.expr));
            return;
        }
        match name.expr.take() {
            kind @ (ExprKind::True | ExprKind::False | ExprKind::Nil | ExprKind::SelfRef) => {
                let message = format!("cannot assign to {}", describe(&kind));
                self.error("invalid-keyword", span, message);
            }
            _ => {
                let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
                self.error("invalid-keyword", span, message);
            }
        }
        self.args.push(Arg::Positional(value.expr));
    }

    pub fn spread(&mut self, _start: u32, value: Placed) {
        self.args.push(Arg::Spread(value.expr));
    }

    pub fn keyword_spread(&mut self, _start: u32, value: Placed) {
        self.args.push(Arg::KeywordSpread(value.expr));
    }

    pub fn generator_argument(&mut self, element: Placed, clauses: Vec<Clause>, end: u32) {
        let generator = self.generator(element.start, element, clauses, end);
        self.naked.push(self.args.len() as u32);
        self.args.push(Arg::Positional(generator.expr));
    }

    /// The list is complete: takes it off the stack and checks its order.
    pub(super) fn args(&mut self, mark: Mark) -> Vec<Arg> {
        let args: Vec<Arg> = self.args.drain(mark.0 as usize..).collect();
        while let Some(&index) = self.naked.last().filter(|&&index| index >= mark.0) {
            self.naked.pop();
            if args.len() > 1 {
                let span = arg_span(&args[(index - mark.0) as usize]);
                self.error("naked-generator", span, "Generator expression must be parenthesized");
            }
        }
        if !args.iter().all(|arg| matches!(arg, Arg::Positional(_) | Arg::Spread(_))) {
            self.check_order(&args);
            self.check_keywords(&args);
        }
        args
    }

    fn check_order(&mut self, args: &[Arg]) {
        let (mut keyword, mut spread) = (false, false);
        for arg in args {
            let message = match arg {
                Arg::Positional(_) if spread => "positional argument follows keyword argument unpacking",
                Arg::Positional(_) if keyword => "positional argument follows keyword argument",
                Arg::Spread(_) if spread => "iterable argument unpacking follows keyword argument unpacking",
                Arg::Keyword(..) => {
                    keyword = true;
                    continue;
                }
                Arg::KeywordSpread(_) => {
                    spread = true;
                    continue;
                }
                _ => continue,
            };
            self.error("argument-order", arg_span(arg), message);
        }
    }

    fn check_keywords(&mut self, args: &[Arg]) {
        let mut seen = FxHashSet::default();
        for arg in args {
            if let Arg::Keyword(name, value) = arg
                && !seen.insert(name.name.clone())
            {
                let message = format!("keyword argument repeated: {}", name.name);
                self.error("repeated-keyword", name.span.to(value.span), message);
            }
        }
    }

    pub fn call(&mut self, callee: Placed, open: u32, mark: Mark, end: u32) -> Placed {
        let args = self.args(mark);
        let kind = ExprKind::Call { callee: Box::new(callee.expr), args, open };
        Placed::new(callee.start, end, kind)
    }
}
