//! What the names of a module mean, for those who look at programs instead of running them.
//!
//! The resolver's tables are made for the emitter; here they become plain lists that know no registers and no
//! upvalues. The whole compiler runs for that, so that whoever asks hears of every error, limits included.

use toy_grammar::ast::{Module, Span};
use toy_grammar::diagnostic::Diagnostic;

use super::scope::{DeclKind, Resolution, Storage, Use};
use super::{Environment, emit, resolve};

/// The names of a module that has no errors.
#[derive(Debug)]
pub struct Names {
    pub variables: Vec<Variable>,
    /// What stands at which offset, in the order of the text: names where they are declared, and where they are used.
    pub places: Vec<(u32, Meaning)>,
}

/// A name that a program declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    pub kind: DeclKind,
    /// Where it is declared; empty for what the text does not declare, such as `self`.
    pub span: Span,
    /// It is declared at the top level of the module, so that others may import it.
    pub is_global: bool,
    /// It is assigned behind its declaration.
    pub is_assigned: bool,
}

/// What a name at a place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// By its place in [`Names::variables`].
    Variable(usize),
    /// By its place in the list of builtins.
    Builtin(usize),
    /// A name of the class body around it.
    Member,
}

/// Compiles a module and says what its names mean, or everything that is wrong with it.
pub fn names(module: &Module, source: &str, env: &Environment) -> Result<Names, Vec<Diagnostic>> {
    let resolution = resolve::resolve(module, env, &[])?;
    let names = Names { variables: variables(&resolution), places: places(&resolution) };
    emit::emit(module, source, env, resolution)?;
    Ok(names)
}

fn variables(resolution: &Resolution) -> Vec<Variable> {
    let variable = |var: &super::scope::Var| Variable {
        kind: var.kind,
        span: var.span,
        is_global: matches!(var.storage, Storage::Slot(_)),
        is_assigned: var.assigned,
    };
    resolution.vars.iter().map(variable).collect()
}

fn places(resolution: &Resolution) -> Vec<(u32, Meaning)> {
    let mut of_slots = vec![0; resolution.slots.len()];
    for (id, var) in resolution.vars.iter().enumerate() {
        if let Storage::Slot(slot) = var.storage {
            of_slots[usize::from(slot)] = id;
        }
    }
    let meaning = |&(offset, meaning): &(u32, Use)| {
        let meaning = match meaning {
            Use::Local(var) | Use::Upvalue(var, _) => Meaning::Variable(var as usize),
            Use::Slot(slot) => Meaning::Variable(of_slots[usize::from(slot)]),
            Use::Builtin(builtin) => Meaning::Builtin(usize::from(builtin)),
            Use::Member(_) => Meaning::Member,
        };
        (offset, meaning)
    };
    resolution.uses.entries().iter().map(meaning).collect()
}
