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
        if let Some(own) = from_python(&name.name) {
            let message = format!("'{}' is a name of Python's, which nobody calls in Toy", name.name);
            self.error("python-method", name.span, message).help = Some(format!("write `fn {own}`"));
        }
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

/// What a method with a name that means something to Python is called in Toy.
fn from_python(name: &str) -> Option<&'static str> {
    Some(match name {
        "__init__" => "init",
        "__str__" => "str",
        "__repr__" => "repr",
        "__hash__" => "hash",
        "__len__" => "len",
        "__contains__" => "contains",
        "__bool__" => "bool",
        "__iter__" => "iter",
        "__next__" => "next",
        "__call__" => "call",
        "__enter__" => "enter",
        "__exit__" => "exit",
        "__getattr__" => "getattr",
        "__getitem__" => "[]",
        "__setitem__" => "[]=",
        "__delitem__" => "delitem",
        "__eq__" => "==",
        "__lt__" => "<",
        "__le__" => "<=",
        "__gt__" => ">",
        "__ge__" => ">=",
        "__add__" => "+",
        "__sub__" => "-",
        "__mul__" => "*",
        "__truediv__" => "/",
        "__floordiv__" => "//",
        "__mod__" => "%",
        "__pow__" => "**",
        "__and__" => "&",
        "__or__" => "|",
        "__xor__" => "^",
        "__lshift__" => "<<",
        "__rshift__" => ">>",
        "__neg__" => "neg",
        "__pos__" => "pos",
        "__invert__" => "~",
        "__radd__" => "radd",
        "__rsub__" => "rsub",
        "__rmul__" => "rmul",
        "__rtruediv__" => "rtruediv",
        _ => return None,
    })
}

pub(super) fn arg_span(arg: &Arg) -> Span {
    match arg {
        Arg::Positional(expr) | Arg::Spread(expr) | Arg::KeywordSpread(expr) => expr.span,
        Arg::Keyword(name, value) => name.span.to(value.span),
    }
}
