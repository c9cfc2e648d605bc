//! Functions: their parameters, the prologue that completes them, and the closures made of them.
//!
//! What is hard: a default is evaluated by the function itself and may hold closures that see parameters
//! before and behind it; and a function may have more parameters than near registers.

use std::rc::Rc;

use toy_grammar::ast::{Function as Decl, FunctionBody, ParamKind, Span};
use toy_grammar::deep::deep;
use toy_grammar::diagnostic::Diagnostic;

use super::assembler::Assembler;
use super::emit::{Emitter, Function};
use super::emit_loop::Control;
use super::emit_stmt::leaves;
use super::registers::{NEAR_LOCALS, Reg};
use super::resolve_stmt::FunctionSort;
use super::scope::{FnId, Use, VarId};
use crate::bytecode::code::{Code, Functions, MAX_REGISTERS, NEAR_REGISTERS, Params};
use crate::bytecode::opcodes::Op;

impl<'a> Emitter<'a> {
    /// Makes a closure of a function in a register.
    pub(super) fn closure_to(&mut self, dst: Reg, decl: &'a Decl, name: &Rc<str>, sort: FunctionSort) {
        let qualified_name = match sort {
            FunctionSort::Plain => name.clone(),
            _ => format!("{}{name}", self.class_path).into(),
        };
        let Some(id) = self.resolution.function_ids.get(decl.span.start) else {
            return self.internal(decl.span, "a function without a number");
        };
        let is_method = matches!(sort, FunctionSort::Method | FunctionSort::Init);
        let (params, registers) = layout(decl, is_method);
        let total = registers.len() + usize::from(is_method);
        let mut code = blank_code(name.clone(), qualified_name, decl.span);
        code.doc = decl.doc.as_deref().map(Into::into);
        code.params = params;
        code.is_method = is_method;
        self.function_to(dst, id, code, total, sort == FunctionSort::Init, |this| {
            this.function_body(id, decl, registers);
        });
    }

    /// Emits a function with `body` and makes a closure of it.
    pub(super) fn function_to(
        &mut self,
        dst: Reg,
        id: FnId,
        code: Code,
        params: usize,
        is_init: bool,
        body: impl FnOnce(&mut Self),
    ) {
        deep(|| self.inner_function_to(dst, id, code, params, is_init, body));
    }

    fn inner_function_to(
        &mut self,
        dst: Reg,
        id: FnId,
        mut code: Code,
        params: usize,
        is_init: bool,
        body: impl FnOnce(&mut Self),
    ) {
        let span = code.span;
        code.is_generator = self.resolution.functions[id as usize].is_generator;
        let inner = Function { asm: Assembler::new(code, params), controls: Control::default(), is_init };
        let outer = std::mem::replace(&mut self.f, inner);
        let class_path = std::mem::take(&mut self.class_path);
        body(self);
        self.class_path = class_path;
        let inner = std::mem::replace(&mut self.f, outer);
        let (mut code, complaint) = inner.asm.finish();
        if let Some(message) = complaint {
            self.errors.push(Diagnostic::new("too-large", span, message));
        }
        let captured = std::mem::take(&mut self.resolution.functions[id as usize].captures);
        code.captures = self.captures(&captured, span);
        let Ok(index) = u16::try_from(self.f.asm.code.functions.len()) else {
            return self.f.asm.complain("too many functions in one function");
        };
        self.f.asm.code.functions.push(Rc::new(code));
        self.f.asm.opx(Op::Closure, dst, index);
    }

    fn function_body(&mut self, id: FnId, decl: &'a Decl, mut registers: Vec<u16>) {
        self.prologue(id, decl, &mut registers);
        match &decl.body {
            FunctionBody::Expr(e) => {
                self.f.asm.begin_statement(e.span);
                if self.f.is_init {
                    self.discard(e);
                    self.f.asm.op(Op::Return, 0, 0, 0);
                } else {
                    let value = self.operand(e);
                    self.f.asm.op(Op::Return, value, 0, 0);
                }
            }
            FunctionBody::Block(block) => {
                self.enter_block(block.span.start);
                self.statements(&block.body);
                if leaves(block) && !self.f.asm.is_target() {
                    return;
                }
                if self.f.is_init {
                    self.f.asm.op(Op::Return, 0, 0, 0);
                } else {
                    self.f.asm.op(Op::ReturnNil, 0, 0, 0);
                }
            }
        }
    }

    /// Moves parameters out of the way of temporaries, evaluates defaults, and makes cells.
    fn prologue(&mut self, id: FnId, decl: &'a Decl, registers: &mut [u16]) {
        if let Some(var) = self.resolution.functions[id as usize].self_var {
            self.locate(var, 0);
        }
        let far_params = NEAR_LOCALS as u16..NEAR_REGISTERS as u16;
        for register in registers.iter_mut().filter(|register| far_params.contains(register)) {
            let far = self.f.asm.registers.far();
            self.f.asm.opx(Op::StoreFar, *register as Reg, far);
            *register = far;
        }
        // A closure in a default may see a parameter behind it.
        let vars: Vec<Option<VarId>> = decl.params.iter().map(|param| self.param(param.name.span)).collect();
        for var in vars.iter().flatten().copied() {
            if self.is_early(var) && !self.is_located(var) {
                let cell = self.hidden();
                self.fill(cell, |this, dst| this.f.asm.op(Op::NewCell, dst, 0, 0));
                self.locate(var, cell);
            }
        }
        for ((param, &register), var) in decl.params.iter().zip(registers.iter()).zip(vars) {
            if let Some(default) = &param.default {
                self.f.asm.begin_statement(default.span);
                let mark = self.f.asm.registers.mark();
                let value = self.near(register);
                let given = self.f.asm.test(Op::TestUndef, value, 0, 0);
                self.f.asm.registers.release(mark);
                self.fill(register, |this, dst| this.expr_to(default, dst));
                self.f.asm.land(given);
            }
            let Some(var) = var else { continue };
            if self.is_early(var) {
                let mark = self.f.asm.registers.mark();
                let value = self.near(register);
                let variable = self.variable(param.name.span);
                self.assign(variable, value, param.name.span);
                self.f.asm.registers.release(mark);
                continue;
            }
            if self.is_cell(var) {
                let mark = self.f.asm.registers.mark();
                let value = self.near(register);
                self.f.asm.op(Op::NewCellOf, value, value, 0);
                self.store(register, value);
                self.f.asm.registers.release(mark);
            }
            self.locate(var, register);
        }
    }

    fn param(&mut self, span: Span) -> Option<VarId> {
        match self.meaning(span) {
            Use::Local(var) => Some(var),
            _ => None,
        }
    }
}

/// Code without words. (`Code::default()` would allocate two names to throw away.)
pub(super) fn blank_code(name: Rc<str>, qualified_name: Rc<str>, span: Span) -> Code {
    Code {
        name,
        qualified_name,
        doc: None,
        span,
        words: Vec::new(),
        constants: Vec::new(),
        sites: Vec::new(),
        keywords: Vec::new(),
        imports: Vec::new(),
        functions: Functions::default(),
        captures: Vec::new(),
        params: Params::default(),
        registers: 0,
        is_method: false,
        is_generator: false,
        handlers: Vec::new(),
        handling: Vec::new(),
        places: Vec::new(),
        slots: Vec::new(),
        names: Vec::new(),
    }
}

/// The parameters of a function that the compiler made, which has one.
pub(super) fn one_param(name: &str) -> Params {
    Params {
        names: vec![name.into()],
        positional: 1,
        positional_only: 1,
        has_default: vec![false],
        ..Params::default()
    }
}

/// What the binder needs to know of the parameters, and the register of each in the order of the text.
fn layout(decl: &Decl, is_method: bool) -> (Params, Vec<u16>) {
    let mut params = Params::default();
    if is_method {
        params.names.push("self".into());
        params.has_default.push(false);
        params.positional = 1;
        params.positional_only = 1;
    }
    let mut registers = vec![0; decl.params.len()];
    let clamp = |n: usize| n.min(MAX_REGISTERS) as u16;
    for keyword_only in [false, true] {
        for (param, register) in decl.params.iter().zip(&mut registers) {
            let is_wanted = match param.kind {
                ParamKind::PositionalOnly | ParamKind::Normal => !keyword_only,
                ParamKind::KeywordOnly => keyword_only,
                ParamKind::Rest | ParamKind::Options => false,
            };
            if !is_wanted {
                continue;
            }
            *register = clamp(params.names.len());
            params.names.push(param.name.name.clone());
            params.has_default.push(param.default.is_some());
            params.positional += usize::from(!keyword_only);
            params.positional_only += usize::from(param.kind == ParamKind::PositionalOnly);
        }
    }
    let mut next = params.names.len();
    for (param, register) in decl.params.iter().zip(&mut registers) {
        let place = match param.kind {
            ParamKind::Rest => &mut params.rest,
            ParamKind::Options => &mut params.options,
            _ => continue,
        };
        *place = Some(param.name.name.clone());
        *register = clamp(next);
        next += 1;
    }
    (params, registers)
}
