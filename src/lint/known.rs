//! What the rules may ask about names.

use toy_grammar::ast::{Expr, ExprKind, Span};

use crate::compiler::{Meaning, Names, Variable};

/// The names of a program without errors.
pub(super) struct Known<'a> {
    names: &'a Names,
    text: &'a str,
    builtins: &'a [&'a str],
    /// For each variable: is there a place where it is, besides its declaration?
    used: Vec<bool>,
}

impl<'a> Known<'a> {
    pub(super) fn new(names: &'a Names, text: &'a str, builtins: &'a [&'a str]) -> Known<'a> {
        let mut used = vec![false; names.variables.len()];
        for (at, meaning) in &names.places {
            if let Meaning::Variable(variable) = *meaning {
                used[variable] |= names.variables[variable].span.start != *at;
            }
        }
        Known { names, text, builtins, used }
    }

    pub(super) fn variables(&self) -> &'a [Variable] {
        &self.names.variables
    }

    /// Where variables are declared and used, each by its place among the variables.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, usize)> {
        self.names.places.iter().filter_map(|(at, meaning)| match meaning {
            Meaning::Variable(variable) => Some((*at, *variable)),
            Meaning::Builtin(_) | Meaning::Member => None,
        })
    }

    pub(super) fn is_builtin(&self, name: &str) -> bool {
        self.builtins.contains(&name)
    }

    pub(super) fn text_at(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn meaning(&self, at: u32) -> Option<Meaning> {
        let places = &self.names.places;
        let index = places.binary_search_by_key(&at, |place| place.0).ok()?;
        Some(places[index].1)
    }

    /// Whether the variable declared at an offset is used elsewhere.
    pub(super) fn is_used(&self, declared: u32) -> bool {
        match self.meaning(declared) {
            Some(Meaning::Variable(variable)) => self.used[variable],
            _ => true,
        }
    }
}

/// Whether an expression is a name that means one of these builtins; without names known, whether it looks so.
pub(super) fn is_builtin(e: &Expr, among: &[&str], known: Option<&Known>) -> bool {
    let ExprKind::Name(name) = &e.kind else { return false };
    let is_meant = known.is_none_or(|known| matches!(known.meaning(e.span.start), Some(Meaning::Builtin(_))));
    is_meant && among.contains(&&**name)
}

/// Whether an expression is the attribute of a module: one of these, each with its module.
pub(super) fn is_of_module(e: &Expr, among: &[(&str, &str)]) -> bool {
    let ExprKind::Attribute { object, name } = &e.kind else { return false };
    let ExprKind::Name(module) = &object.kind else { return false };
    among.contains(&(&**module, &*name.name))
}

/// Whether an expression calls what ends the program.
pub(super) fn is_exit(e: &Expr, known: Option<&Known>) -> bool {
    let ExprKind::Call { callee, .. } = &e.kind else { return false };
    is_builtin(callee, &["exit", "quit"], known) || is_of_module(callee, &[("sys", "exit"), ("os", "_exit")])
}
