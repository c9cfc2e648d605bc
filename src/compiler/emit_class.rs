//! Classes: the class is made first, then its body, a function of its own, gives it its members.
//!
//! That the body is a function shows in tracebacks, as in Python. Its one parameter is the class: methods that
//! use `super` capture it, and later expressions of the body see earlier names through it.

use std::rc::Rc;

use toy_grammar::ast::{ClassDecl, MemberKind, Span};

use super::emit::Emitter;
use super::emit_function::{blank_code, one_param};
use super::places::At;
use super::registers::Reg;
use super::resolve_stmt::FunctionSort;
use super::scope::Use;
use crate::bytecode::opcodes::Op;

/// The register of the class in its body.
const CLASS: Reg = 0;

impl<'a> Emitter<'a> {
    pub(super) fn class_statement(&mut self, decl: &'a ClassDecl) {
        self.define_with(decl.name.span, |this, dst| this.class_to(dst, decl));
    }

    fn class_to(&mut self, dst: Reg, decl: &'a ClassDecl) {
        self.decorated_to(dst, &decl.decorators, |this, dst| this.plain_class_to(dst, decl));
    }

    fn plain_class_to(&mut self, dst: Reg, decl: &'a ClassDecl) {
        let mark = self.f.asm.registers.mark();
        let (base, at) = match &decl.base {
            Some(base) => (Some(self.operand(base)), At::of(base)),
            None => (None, At::whole(decl.name.span)),
        };
        let name = self.f.asm.string(&decl.name.name);
        let class = self.scratch(dst);
        self.f.asm.op_at(at, Op::NewClass, class, base.unwrap_or(0), base.is_some().into());
        self.f.asm.extra(name.into());
        if !decl.members.is_empty() || decl.doc.is_some() {
            self.call_body(class, decl);
        }
        self.f.asm.move_to(dst, class);
        self.f.asm.registers.release(mark);
    }

    fn call_body(&mut self, class: Reg, decl: &'a ClassDecl) {
        let Some(id) = self.resolution.function_ids.get(decl.span.start) else {
            return self.internal(decl.span, "a class body without a number");
        };
        // The names of classes nested very deeply would be quadratic in the program.
        const LONGEST_PATH: usize = 256;
        let outer_path = if self.class_path.len() < LONGEST_PATH { &*self.class_path } else { "" };
        let path = format!("{outer_path}{}", decl.name.name);
        let mut code = blank_code(decl.name.name.clone(), path.as_str().into(), decl.span);
        code.params = one_param(".class");
        let window = self.temp();
        self.function_to(window, id, code, 1, false, |this| this.class_body(decl, path));
        let argument = self.temp();
        self.f.asm.move_to(argument, class);
        self.f.asm.op_at(At::whole(decl.span), Op::Call, window, 1, 0);
    }

    fn class_body(&mut self, decl: &'a ClassDecl, mut path: String) {
        path.push('.');
        self.class_path = path;
        let Use::Local(class) = self.meaning(decl.span) else {
            return self.internal(decl.span, "a class without a variable");
        };
        self.locate(class, CLASS.into());
        if let Some(doc) = &decl.doc {
            self.f.asm.begin_statement(decl.name.span);
            self.member(&"__doc__".into(), decl.name.span, false, |this, dst| this.load_string(doc, dst));
        }
        for member in &decl.members {
            self.f.asm.begin_statement(member.span);
            match &member.kind {
                MemberKind::Attribute { name, value, .. } => {
                    self.member(&name.name, name.span, false, |this, dst| {
                        this.optional_to(value.as_ref(), dst)
                    });
                }
                MemberKind::Method { decorators, is_static, name, function } => {
                    let sort = match &*name.name {
                        _ if *is_static => FunctionSort::Static,
                        "init" => FunctionSort::Init,
                        _ => FunctionSort::Method,
                    };
                    let is_decorated = !decorators.is_empty() && !is_static;
                    self.member(&name.name, name.span, is_decorated, |this, dst| {
                        this.decorated_to(dst, decorators, |this, dst| {
                            this.closure_to(dst, function, &name.name, sort);
                        });
                    });
                }
                MemberKind::Class(inner) => {
                    let name = &inner.name;
                    self.member(&name.name, name.span, false, |this, dst| this.class_to(dst, inner));
                }
            }
        }
        self.f.asm.op(Op::ReturnNil, 0, 0, 0);
    }

    /// Gives the class a member.
    fn member(&mut self, name: &Rc<str>, span: Span, is_decorated: bool, fill: impl FnOnce(&mut Self, Reg)) {
        let mark = self.f.asm.registers.mark();
        let value = self.temp();
        fill(self, value);
        self.f.asm.op_at(At::whole(span), Op::SetMember, CLASS, value, is_decorated.into());
        self.f.asm.site(name);
        self.f.asm.registers.release(mark);
    }
}
