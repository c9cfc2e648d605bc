//! The emitter: what it keeps, and how it reads and writes variables.
//!
//! Code is made in one walk over the tree, function inside function. Most of it is driven by destinations:
//! an expression is told the register for its value. What is hard there: a register that holds a variable
//! must change in one step, by the last instruction of an assignment, since an exception before that may
//! be caught in the same function. Only scratch registers ([`Registers::is_scratch`]) may hold parts.
//!
//! [`Registers::is_scratch`]: super::registers::Registers::is_scratch

use std::rc::Rc;

use toy_grammar::ast::{Expr, ExprKind, Module, Name, Span, StmtKind};
use toy_grammar::diagnostic::Diagnostic;

use super::Environment;
use super::assembler::Assembler;
use super::emit_loop::Control;
use super::places::{At, LineEnds};
use super::registers::Reg;
use super::scope::{Captured, Resolution, Use, VarId};
use crate::bytecode::code::{Capture, Code, Holder, NEAR_REGISTERS, NamePlace};
use crate::bytecode::opcodes::Op;

/// A variable that has no register yet.
const NOWHERE: u16 = u16::MAX;

/// The function that is being emitted.
pub(super) struct Function {
    pub(super) asm: Assembler,
    pub(super) controls: Control,
    /// It returns `self` on every path.
    pub(super) is_init: bool,
}

pub(super) struct Emitter<'a> {
    pub(super) resolution: Resolution,
    pub(super) f: Function,
    /// The register of each variable, or of its cell.
    locations: Vec<u16>,
    /// The names of the classes around, for qualified names.
    pub(super) class_path: String,
    pub(super) builtins: KnownBuiltins,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) lines: LineEnds,
    /// The name of functions without one.
    pub(super) lambda: Rc<str>,
    /// The comprehension around, whose variables have no register outside of it.
    pub(super) within: Option<Span>,
    pub(super) tree: std::marker::PhantomData<&'a Module>,
}

/// The builtins that the compiler itself uses.
pub(super) struct KnownBuiltins {
    pub(super) range: Option<u16>,
    pub(super) exception: u16,
}

/// Where a name's value is, seen from the current function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Near(Reg),
    Far(u16),
    Cell(u16),
    Upvalue(u16),
    UpvalueCell(u16),
    Slot(u16),
    Builtin(u16),
    /// A member of the class in the register.
    Member(u16),
}

/// Emits a whole module.
pub(super) fn emit(
    module: &Module,
    source: &str,
    env: &Environment,
    mut resolution: Resolution,
) -> Result<Rc<Code>, Vec<Diagnostic>> {
    let find = |name: &str| env.builtins.iter().position(|b| *b == name).map(|i| i as u16);
    let slots = std::mem::take(&mut resolution.slots);
    let locations = vec![NOWHERE; resolution.vars.len()];
    let whole = Span::new(0, u32::try_from(source.len()).unwrap_or(u32::MAX));
    let code = Code {
        name: "<module>".into(),
        qualified_name: "<module>".into(),
        doc: module.doc.as_deref().map(Into::into),
        span: whole,
        slots,
        ..Code::default()
    };
    let mut emitter = Emitter {
        resolution,
        f: Function { asm: Assembler::new(code, 0), controls: Control::default(), is_init: false },
        locations,
        class_path: String::new(),
        builtins: KnownBuiltins { range: find("range"), exception: find("Exception").unwrap_or(u16::MAX) },
        errors: Vec::new(),
        lines: LineEnds::new(source),
        lambda: "<lambda>".into(),
        within: None,
        tree: std::marker::PhantomData,
    };
    emitter.module(module, env.interactive);
    let f = emitter.f;
    let (code, complaint) = f.asm.finish();
    if let Some(message) = complaint {
        emitter.errors.push(Diagnostic::new("too-large", Span::default(), message));
    }
    if emitter.errors.is_empty() {
        return Ok(Rc::new(code));
    }
    emitter.errors.sort_by_key(|error| error.span.start);
    Err(emitter.errors)
}

impl<'a> Emitter<'a> {
    fn module(&mut self, module: &'a Module, interactive: bool) {
        let (last, rest) = match module.body.split_last() {
            Some((last, rest)) if interactive => (Some(last), rest),
            _ => (None, &module.body[..]),
        };
        self.statements(rest);
        match last.map(|statement| (&statement.kind, statement.span)) {
            Some((StmtKind::Expr(e), span)) => {
                self.f.asm.begin_statement(span);
                let value = self.operand(e);
                self.f.asm.op(Op::Return, value, 0, 0);
            }
            _ => {
                if let Some(last) = last {
                    self.statements(std::slice::from_ref(last));
                }
                self.f.asm.op(Op::ReturnNil, 0, 0, 0);
            }
        }
    }

    /// Something that the resolver or the parser should have refused.
    pub(super) fn internal(&mut self, span: Span, what: &str) {
        self.errors.push(Diagnostic::new("internal-error", span, format!("internal error: {what}")));
    }

    // Registers.

    pub(super) fn temp(&mut self) -> Reg {
        self.f.asm.registers.temp()
    }

    /// The register itself if parts may be kept there, else a temporary.
    pub(super) fn scratch(&mut self, dst: Reg) -> Reg {
        if self.f.asm.registers.is_scratch(dst) { dst } else { self.temp() }
    }

    /// A register for a statement's own use over the statements inside it, near or far.
    pub(super) fn hidden(&mut self) -> u16 {
        if self.f.asm.registers.has_room(1) {
            let register = self.temp();
            self.f.asm.registers.keep();
            register.into()
        } else {
            self.f.asm.registers.far()
        }
    }

    /// The value of a register that may be far, in a near one.
    pub(super) fn near(&mut self, register: u16) -> Reg {
        if (register as usize) < NEAR_REGISTERS {
            return register as Reg;
        }
        let temp = self.temp();
        self.f.asm.opx(Op::LoadFar, temp, register);
        temp
    }

    /// Writes a register that may be far.
    pub(super) fn store(&mut self, register: u16, value: Reg) {
        if (register as usize) < NEAR_REGISTERS {
            self.f.asm.move_to(register as Reg, value);
        } else {
            self.f.asm.opx(Op::StoreFar, value, register);
        }
    }

    /// Runs `fill` with a near register, whose value then goes to one that may be far.
    pub(super) fn fill(&mut self, register: u16, fill: impl FnOnce(&mut Self, Reg)) {
        if (register as usize) < NEAR_REGISTERS {
            return fill(self, register as Reg);
        }
        let mark = self.f.asm.registers.mark();
        let temp = self.temp();
        fill(self, temp);
        self.f.asm.opx(Op::StoreFar, temp, register);
        self.f.asm.registers.release(mark);
    }

    // Variables.

    /// What the name at this place means.
    pub(super) fn meaning(&mut self, span: Span) -> Use {
        match self.resolution.uses.get(span.start) {
            Some(meaning) => meaning,
            None => {
                self.internal(span, "a name without a meaning");
                Use::Builtin(0)
            }
        }
    }

    pub(super) fn variable(&mut self, span: Span) -> Variable {
        let variable = self.variable_at(span);
        let holder = match variable {
            Variable::Near(register) => Holder::Register(register.into()),
            Variable::Far(register) => Holder::Register(register),
            Variable::Cell(register) => Holder::Cell(register),
            Variable::Upvalue(index) => Holder::Upvalue(index),
            Variable::UpvalueCell(index) => Holder::UpvalueCell(index),
            Variable::Slot(slot) => Holder::Slot(slot),
            Variable::Builtin(_) | Variable::Member(_) => return variable,
        };
        self.f.asm.name(NamePlace { at: span.start, within: self.within, holder });
        variable
    }

    fn variable_at(&mut self, span: Span) -> Variable {
        match self.meaning(span) {
            Use::Slot(slot) => Variable::Slot(slot),
            Use::Builtin(index) => Variable::Builtin(index),
            Use::Upvalue(var, index) if self.is_cell(var) => Variable::UpvalueCell(index),
            Use::Upvalue(_, index) => Variable::Upvalue(index),
            Use::Member(class) => Variable::Member(self.location(class, span)),
            Use::Local(var) => {
                let register = self.location(var, span);
                if self.is_cell(var) {
                    Variable::Cell(register)
                } else if (register as usize) < NEAR_REGISTERS {
                    Variable::Near(register as Reg)
                } else {
                    Variable::Far(register)
                }
            }
        }
    }

    pub(super) fn is_cell(&self, var: VarId) -> bool {
        self.resolution.vars[var as usize].is_cell()
    }

    pub(super) fn is_early(&self, var: VarId) -> bool {
        self.is_cell(var) && self.resolution.vars[var as usize].early
    }

    fn location(&mut self, var: VarId, span: Span) -> u16 {
        let register = self.locations[var as usize];
        if register == NOWHERE {
            self.internal(span, "a variable without a register");
            return 0;
        }
        register
    }

    pub(super) fn is_located(&self, var: VarId) -> bool {
        self.locations[var as usize] != NOWHERE
    }

    pub(super) fn locate(&mut self, var: VarId, register: u16) {
        self.locations[var as usize] = register;
    }

    pub(super) fn load(&mut self, variable: Variable, name: &Name, span: Span, dst: Reg) {
        let at = At::whole(span);
        match variable {
            Variable::Near(register) => self.f.asm.move_to(dst, register),
            Variable::Far(register) => self.f.asm.opx(Op::LoadFar, dst, register),
            Variable::Cell(register) => {
                let mark = self.f.asm.registers.mark();
                let cell = self.near(register);
                self.f.asm.op_at(at, Op::GetCell, dst, cell, 0);
                self.f.asm.registers.release(mark);
            }
            Variable::Upvalue(index) => self.f.asm.opx(Op::GetUpvalue, dst, index),
            Variable::UpvalueCell(index) => self.f.asm.opx_at(at, Op::GetUpvalueCell, dst, index),
            Variable::Slot(slot) => self.f.asm.opx_at(at, Op::GetSlot, dst, slot),
            Variable::Builtin(index) => self.f.asm.opx(Op::GetBuiltin, dst, index),
            Variable::Member(register) => {
                let mark = self.f.asm.registers.mark();
                let class = self.near(register);
                self.f.asm.op_at(at, Op::GetMember, dst, class, 0);
                self.f.asm.site(name);
                self.f.asm.registers.release(mark);
            }
        }
    }

    pub(super) fn assign(&mut self, variable: Variable, value: Reg, span: Span) {
        match variable {
            Variable::Near(register) => self.f.asm.move_to(register, value),
            Variable::Far(register) => self.f.asm.opx(Op::StoreFar, value, register),
            Variable::Cell(register) => {
                let mark = self.f.asm.registers.mark();
                let cell = self.near(register);
                self.f.asm.op(Op::SetCell, cell, value, 0);
                self.f.asm.registers.release(mark);
            }
            Variable::UpvalueCell(index) => self.f.asm.opx(Op::SetUpvalueCell, value, index),
            Variable::Slot(slot) => self.f.asm.opx(Op::SetSlot, value, slot),
            Variable::Upvalue(_) | Variable::Builtin(_) | Variable::Member(_) => {
                self.internal(span, "an assignment to what cannot be assigned");
            }
        }
    }

    /// The register of an expression that is a near variable, which nothing in an expression can change.
    pub(super) fn in_place(&mut self, e: &Expr) -> Option<Reg> {
        if !matches!(e.kind, ExprKind::Name(_) | ExprKind::SelfRef) {
            return None;
        }
        match self.variable(e.span) {
            Variable::Near(register) => Some(register),
            _ => None,
        }
    }

    // Declarations.

    /// Gives a variable that is being declared its value; tells whether it took a register.
    pub(super) fn define(&mut self, span: Span, value: Reg) -> bool {
        let Some(var) = self.fresh(span) else {
            let variable = self.variable(span);
            self.assign(variable, value, span);
            return false;
        };
        let is_cell = self.is_cell(var);
        let register = self.hidden();
        self.fill(register, |this, dst| {
            if is_cell {
                this.f.asm.op(Op::NewCellOf, dst, value, 0);
            } else {
                this.f.asm.move_to(dst, value);
            }
        });
        self.locate(var, register);
        true
    }

    /// As [`Self::define`], for a value in a register that stays with the variable if it can be used.
    pub(super) fn define_in_place(&mut self, span: Span, value: Reg) -> bool {
        let Some(var) = self.fresh(span) else { return self.define(span, value) };
        if self.is_cell(var) {
            self.f.asm.op(Op::NewCellOf, value, value, 0);
        }
        self.locate(var, value.into());
        true
    }

    /// The variable that is declared here, if it has no place yet.
    pub(super) fn fresh(&mut self, span: Span) -> Option<VarId> {
        match self.meaning(span) {
            Use::Local(var) if !self.is_located(var) => Some(var),
            _ => None,
        }
    }

    /// Declares a variable with the value of an expression, `nil` if there is none.
    pub(super) fn define_expr(&mut self, span: Span, value: Option<&'a Expr>) {
        if self.fresh(span).is_none() {
            let variable = self.variable(span);
            return self.assign_expr(variable, value, span);
        }
        self.define_with(span, |this, dst| this.optional_to(value, dst));
    }

    /// Declares a variable with the value that `fill` puts into a register.
    pub(super) fn define_with(&mut self, span: Span, fill: impl FnOnce(&mut Self, Reg)) {
        let Some(var) = self.fresh(span) else {
            let mark = self.f.asm.registers.mark();
            let temp = self.temp();
            fill(self, temp);
            let variable = self.variable(span);
            self.assign(variable, temp, span);
            return self.f.asm.registers.release(mark);
        };
        let is_cell = self.is_cell(var);
        let is_near = self.f.asm.registers.has_room(1);
        let register = if is_near { self.temp().into() } else { self.f.asm.registers.far() };
        self.fill(register, |this, dst| {
            fill(this, dst);
            if is_cell {
                this.f.asm.op(Op::NewCellOf, dst, dst, 0);
            }
        });
        if is_near {
            self.f.asm.registers.keep();
        }
        self.locate(var, register);
    }

    /// Assigns an expression's value, or `nil`, to a variable.
    pub(super) fn assign_expr(&mut self, variable: Variable, value: Option<&'a Expr>, span: Span) {
        if let Variable::Near(register) = variable {
            return self.optional_to(value, register);
        }
        let mark = self.f.asm.registers.mark();
        let result = match value {
            Some(value) => self.operand(value),
            None => {
                let temp = self.temp();
                self.f.asm.op(Op::LoadNil, temp, 0, 0);
                temp
            }
        };
        self.assign(variable, result, span);
        self.f.asm.registers.release(mark);
    }

    pub(super) fn optional_to(&mut self, value: Option<&'a Expr>, dst: Reg) {
        match value {
            Some(value) => self.expr_to(value, dst),
            None => self.f.asm.op(Op::LoadNil, dst, 0, 0),
        }
    }

    /// Makes the cells that closures may see before their variable's declaration.
    pub(super) fn enter_block(&mut self, block: u32) {
        for var in self.resolution.early.all(block) {
            let register = self.hidden();
            self.fill(register, |this, dst| this.f.asm.op(Op::NewCell, dst, 0, 0));
            self.locate(var, register);
        }
    }

    /// Where the enclosing function finds what a closure captures.
    pub(super) fn captures(&mut self, captured: &[Captured], span: Span) -> Vec<Capture> {
        captured
            .iter()
            .map(|captured| match *captured {
                Captured::Upvalue(index) => Capture::Upvalue(index),
                Captured::Var(var) => Capture::Register(self.location(var, span)),
            })
            .collect()
    }
}
