//! Expressions other than operators, calls and literals.

use super::{Builder, Placed};
use crate::ast::*;

impl Builder<'_> {
    pub fn leaf(&mut self, start: u32, end: u32, kind: ExprKind) -> Placed {
        Placed::new(start, end, kind)
    }

    pub fn name(&mut self, ident: Ident) -> Placed {
        Placed::new(ident.span.start, ident.span.end, ExprKind::Name(ident.name))
    }

    /// A whole value: `*xs` is none without a comma.
    pub(super) fn value(&mut self, value: Placed) -> Placed {
        if matches!(value.expr.kind, ExprKind::Starred(_)) {
            self.error("misplaced-star", value.span(), "can't use starred expression here");
        }
        value
    }

    pub fn starred(&mut self, start: u32, value: Placed) -> Placed {
        Placed::new(start, value.end, ExprKind::Starred(Box::new(value.expr)))
    }

    pub fn tuple(&mut self, start: u32, mut items: Vec<Placed>, last: Option<Placed>, end: u32) -> Placed {
        items.extend(last);
        let items = items.into_iter().map(|item| item.expr).collect();
        Placed::new(start, end, ExprKind::Tuple(items))
    }

    /// Parentheses around one expression belong to its extent, not to its place.
    pub fn parenthesized(&mut self, start: u32, mut inner: Placed, end: u32) -> Placed {
        if matches!(inner.expr.kind, ExprKind::Starred(_)) {
            self.error("misplaced-star", inner.span(), "cannot use starred expression here");
            inner.expr.kind = ExprKind::Nil;
        }
        (inner.start, inner.end) = (start, end);
        inner
    }

    pub fn conditional(&mut self, then: Placed, test: Placed, otherwise: Placed) -> Placed {
        let (start, end) = (then.start, otherwise.end);
        let kind = ExprKind::Conditional {
            test: Box::new(test.expr),
            then: Box::new(then.expr),
            otherwise: Box::new(otherwise.expr),
        };
        Placed::new(start, end, kind)
    }

    pub fn function_value(&mut self, head: (u32, Vec<Param>), body: FunctionBody, end: u32) -> Placed {
        let (start, params) = head;
        let function = self.function(start, params, body, end);
        Placed::new(start, end, ExprKind::Function(Box::new(function)))
    }

    pub fn yield_value(&mut self, start: u32, value: Option<Placed>, end: u32) -> Placed {
        let value = value.map(|value| Box::new(self.value(value).expr));
        Placed::new(start, end, ExprKind::Yield(value))
    }

    pub fn yield_from(&mut self, start: u32, value: Placed) -> Placed {
        Placed::new(start, value.end, ExprKind::YieldFrom(Box::new(value.expr)))
    }

    pub fn index(&mut self, object: Placed, open: u32, index: Placed, end: u32) -> Placed {
        let index = if matches!(index.expr.kind, ExprKind::Starred(_)) {
            Placed::new(index.start, index.end, ExprKind::Tuple(vec![index.expr])).expr
        } else {
            index.expr
        };
        let kind = ExprKind::Index { object: Box::new(object.expr), index: Box::new(index), open };
        Placed::new(object.start, end, kind)
    }

    pub fn slice_parts(
        &mut self,
        lower: Option<Placed>,
        upper: Option<Placed>,
        step: Option<Placed>,
    ) -> Box<SliceParts> {
        Box::new(SliceParts {
            lower: lower.map(|part| part.expr),
            upper: upper.map(|part| part.expr),
            step: step.map(|part| part.expr),
        })
    }

    pub fn sliced(&mut self, object: Placed, open: u32, slice: Box<SliceParts>, end: u32) -> Placed {
        let kind = ExprKind::Slice { object: Box::new(object.expr), slice, open };
        Placed::new(object.start, end, kind)
    }

    pub fn attribute_of(&mut self, object: Placed, name: Ident) -> Placed {
        let end = name.span.end;
        Placed::new(object.start, end, ExprKind::Attribute { object: Box::new(object.expr), name })
    }

    pub fn for_clause(&mut self, mut before: Vec<Clause>, target: Pattern, iterable: Placed) -> Vec<Clause> {
        before.push(Clause::For(target, iterable.expr));
        before
    }

    fn comprehension(
        &mut self,
        start: u32,
        kind: ComprehensionKind,
        clauses: Vec<Clause>,
        end: u32,
    ) -> Placed {
        Placed::new(start, end, ExprKind::Comprehension(Box::new(Comprehension { kind, clauses })))
    }

    /// The element of a comprehension, which is no `*xs`.
    fn element(&mut self, element: Placed) -> Expr {
        if matches!(element.expr.kind, ExprKind::Starred(_)) {
            let message = "iterable unpacking cannot be used in comprehension";
            self.error("misplaced-star", element.span(), message);
        }
        element.expr
    }

    pub fn generator(&mut self, start: u32, element: Placed, clauses: Vec<Clause>, end: u32) -> Placed {
        let element = self.element(element);
        self.comprehension(start, ComprehensionKind::Generator(element), clauses, end)
    }

    pub fn list_comprehension(
        &mut self,
        start: u32,
        element: Placed,
        clauses: Vec<Clause>,
        end: u32,
    ) -> Placed {
        let element = self.element(element);
        self.comprehension(start, ComprehensionKind::List(element), clauses, end)
    }

    pub fn set_comprehension(
        &mut self,
        start: u32,
        element: Placed,
        clauses: Vec<Clause>,
        end: u32,
    ) -> Placed {
        let element = self.element(element);
        self.comprehension(start, ComprehensionKind::Set(element), clauses, end)
    }

    pub fn dict_comprehension(
        &mut self,
        start: u32,
        key: Placed,
        value: Placed,
        clauses: Vec<Clause>,
        end: u32,
    ) -> Placed {
        self.comprehension(start, ComprehensionKind::Dict(key.expr, value.expr), clauses, end)
    }
}
