//! From syntax tree to register bytecode, in two passes.
//!
//! The *resolver* (`resolve*.rs`) walks the tree once and finds out what each name means: a register of its
//! own function, an upvalue, a slot of the module or a builtin. All errors about names and about statements
//! in the wrong place are its. The *emitter* (`emit*.rs`) walks the tree a second time and writes
//! instructions; it fails only at limits. Between them stands `scope.rs`: tables keyed by the place of a
//! name in the text, which is unique. `names.rs` makes what the resolver knows of names public, for `toy check`.
//!
//! What is hard: nothing here may be slower than linear in the source or overflow the machine stack, however
//! deep the tree is; and the code must satisfy the verifier, since the VM trusts its operands.

mod assembler;
mod emit;
mod emit_assert;
mod emit_assign;
mod emit_call;
mod emit_class;
mod emit_condition;
mod emit_display;
mod emit_expr;
mod emit_function;
mod emit_loop;
mod emit_stmt;
mod emit_try;
mod names;
mod places;
mod registers;
mod resolve;
mod resolve_error;
mod resolve_expr;
mod resolve_stmt;
mod scope;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_error;
#[cfg(test)]
mod tests_expr;
#[cfg(test)]
mod tests_flow;
#[cfg(test)]
mod tests_function;
#[cfg(test)]
mod tests_limit;
#[cfg(test)]
mod tests_stmt;

use std::rc::Rc;

use toy_grammar::ast::Module;
use toy_grammar::diagnostic::Diagnostic;

use crate::bytecode::code::Code;

pub use names::{Meaning, Names, Variable, names};
pub use scope::DeclKind;

/// The slots that the loader fills in every module, in the order of their numbers.
pub const LOADER_SLOTS: [&str; 2] = ["__name__", "__file__"];

/// What the compiler must know of the world around the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'a> {
    /// The builtin names; the place in the list is the operand of the instruction.
    pub builtins: &'a [&'a str],
    /// The names that the module already has, for entries at a prompt. They keep their numbers, new ones
    /// come behind them, and they may be declared again. Empty for a file.
    pub slots: &'a [Rc<str>],
    /// The value of a last expression statement is what the module's code returns.
    pub interactive: bool,
}

/// How the slots of a module were declared. A prompt keeps one from entry to entry, so that assigning a
/// `let` of an earlier entry is an error too.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    kinds: Vec<DeclKind>,
}

impl Declarations {
    /// Of a module that has so many slots already, which may be assigned to.
    pub fn of_variables(slots: usize) -> Declarations {
        Declarations { kinds: vec![DeclKind::Var; slots] }
    }
}

/// Compiles a module.
pub fn compile(module: &Module, source: &str, env: &Environment) -> Result<Rc<Code>, Vec<Diagnostic>> {
    compile_entry(module, source, env, &mut Declarations::default())
}

/// Compiles an entry at a prompt. `declarations` holds what earlier entries declared; it changes only when
/// this one compiles.
pub fn compile_entry(
    module: &Module,
    source: &str,
    env: &Environment,
    declarations: &mut Declarations,
) -> Result<Rc<Code>, Vec<Diagnostic>> {
    let resolution = resolve::resolve(module, env, &declarations.kinds)?;
    let kinds = resolution.slot_kinds.clone();
    let code = emit::emit(module, source, env, resolution)?;
    declarations.kinds = kinds;
    Ok(code)
}
