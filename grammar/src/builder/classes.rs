//! Classes and their members.

use super::{Builder, Mark, Placed};
use crate::ast::*;

impl Builder<'_> {
    pub fn mark_members(&mut self) -> Mark {
        Mark(self.members.len() as u32)
    }

    pub fn class(
        &mut self,
        start: u32,
        name: Ident,
        base: Option<Option<Expr>>,
        mark: Mark,
        end: u32,
    ) -> Box<ClassDecl> {
        let members = self.members.drain(mark.0 as usize..).collect();
        let span = Span::new(start, end);
        Box::new(ClassDecl { decorators: Vec::new(), name, base: base.flatten(), members, doc: None, span })
    }

    /// What stands in the parentheses behind a class's name.
    pub fn base(&mut self, mark: Mark) -> Option<Expr> {
        let args = self.args(mark);
        if let Some(second) = args.get(1) {
            let span = arg_span(second);
            self.error("multiple-bases", span, "a class has one base").label = "a second one".to_owned();
        }
        match args.into_iter().next()? {
            Arg::Positional(base) => Some(base),
            other => {
                let span = arg_span(&other);
                self.error("invalid-base", span, "the base of a class is a plain expression");
                None
            }
        }
    }

    fn member(&mut self, start: u32, end: u32, kind: MemberKind) {
        self.members.push(Member { span: Span::new(start, end), kind });
    }

    pub fn attribute(&mut self, start: u32, mutable: bool, target: Pattern, value: Option<Placed>, end: u32) {
        let value = value.map(|value| self.value(value).expr);
        if value.is_none() {
            self.check_bare_declaration(start, mutable, &target);
        }
        let Pattern { span, kind } = target;
        let PatternKind::Name(name) = kind else {
            self.error("invalid-class-attribute", span, "a class attribute is declared as a single name");
            return;
        };
        self.member(start, end, MemberKind::Attribute { mutable, name: Ident { name, span }, value });
    }

    pub fn method(
        &mut self,
        start: u32,
        decorators: Vec<Expr>,
        is_static: bool,
        declaration: FunctionDecl,
        end: u32,
    ) {
        let FunctionDecl { name, mut function, .. } = declaration;
        function.doc = self.doc(start, function.span.start);
        self.member(start, end, MemberKind::Method { decorators, is_static, name, function });
    }

    pub fn class_member(
        &mut self,
        start: u32,
        decorators: Vec<Expr>,
        mut declaration: Box<ClassDecl>,
        end: u32,
    ) {
        declaration.doc = self.doc(start, declaration.span.start);
        declaration.decorators = decorators;
        self.member(start, end, MemberKind::Class(declaration));
    }
}

pub(super) fn arg_span(arg: &Arg) -> Span {
    match arg {
        Arg::Positional(expr) | Arg::Spread(expr) | Arg::KeywordSpread(expr) => expr.span,
        Arg::Keyword(name, value) => name.span.to(value.span),
    }
}
