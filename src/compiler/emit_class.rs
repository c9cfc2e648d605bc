//! Classes: the class is made first, then its members one by one.
//!
//! The class lives in a hidden variable while its body is emitted, which methods that use `super` capture
//! and through which later expressions of the body see earlier names.

use std::rc::Rc;

use toy_grammar::ast::{ClassDecl, Ident, MemberKind, Span};
use toy_grammar::deep::deep;

use super::assembler::At;
use super::emit::Emitter;
use super::registers::Reg;
use super::resolve_stmt::FunctionSort;
use super::scope::Use;
use crate::bytecode::opcodes::Op;

impl<'a> Emitter<'a> {
    pub(super) fn class_statement(&mut self, decl: &'a ClassDecl) {
        self.define_with(decl.name.span, |this, dst| this.class_to(dst, decl));
    }

    fn class_to(&mut self, dst: Reg, decl: &'a ClassDecl) {
        // Classes in classes take a temporary each.
        const ENOUGH: usize = 60;
        let emit = |this: &mut Self, dst| {
            this.decorated_to(dst, &decl.decorators, |this, dst| this.plain_class_to(dst, decl));
        };
        if self.f.asm.registers.has_temps(ENOUGH) { emit(self, dst) } else { self.spilled_to(dst, emit) }
    }

    fn plain_class_to(&mut self, dst: Reg, decl: &'a ClassDecl) {
        let mark = self.f.asm.registers.mark();
        let (base, place) = match &decl.base {
            Some(base) => (Some(self.operand(base)), base.span),
            None => (None, decl.name.span),
        };
        let name = self.f.asm.string(&decl.name.name);
        let class = self.scratch(dst);
        self.f.asm.op_at(At::whole(place), Op::NewClass, class, base.unwrap_or(0), base.is_some().into());
        self.f.asm.extra(name.into());
        let Use::Local(hidden) = self.meaning(decl.span) else {
            return self.internal(decl.span, "a class without a variable");
        };
        // The class must stay where it is while its members take registers: it is no temporary now.
        let register = if self.f.asm.registers.has_room(0) {
            self.f.asm.registers.keep();
            class.into()
        } else {
            let far = self.f.asm.registers.far();
            self.store(far, class);
            far
        };
        self.locate(hidden, register);

        // The names of classes nested very deeply would be quadratic in the program.
        const LONGEST_PATH: usize = 256;
        let outer_path = std::mem::take(&mut self.class_path);
        if outer_path.len() < LONGEST_PATH {
            self.class_path.push_str(&outer_path);
        }
        self.class_path.push_str(&decl.name.name);
        self.class_path.push('.');
        if let Some(doc) = &decl.doc {
            let doc_name: Rc<str> = "__doc__".into();
            self.member(register, &doc_name, decl.name.span, false, |this, dst| this.load_string(doc, dst));
        }
        for member in &decl.members {
            self.f.asm.begin_statement(member.span);
            match &member.kind {
                MemberKind::Attribute { name, value, .. } => {
                    self.member_named(register, name, false, |this, dst| {
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
                    self.member_named(register, name, is_decorated, |this, dst| {
                        this.decorated_to(dst, decorators, |this, dst| {
                            this.closure_to(dst, function, &name.name, sort);
                        });
                    });
                }
                MemberKind::Class(inner) => deep(|| {
                    self.member_named(register, &inner.name, false, |this, dst| this.class_to(dst, inner));
                }),
            }
        }
        self.class_path = outer_path;
        let class = self.near(register);
        self.f.asm.move_to(dst, class);
        self.f.asm.registers.release(mark);
    }

    fn member_named(
        &mut self,
        class: u16,
        name: &'a Ident,
        is_decorated: bool,
        fill: impl FnOnce(&mut Self, Reg),
    ) {
        self.member(class, &name.name, name.span, is_decorated, fill);
    }

    /// Gives the class in a register a member.
    fn member(
        &mut self,
        class: u16,
        name: &Rc<str>,
        span: Span,
        is_decorated: bool,
        fill: impl FnOnce(&mut Self, Reg),
    ) {
        let mark = self.f.asm.registers.mark();
        let value = self.temp();
        fill(self, value);
        let class = self.near(class);
        self.f.asm.op_at(At::whole(span), Op::SetMember, class, value, is_decorated.into());
        self.f.asm.site(name);
        self.f.asm.registers.release(mark);
    }
}
