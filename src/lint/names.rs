//! `unused-name`, `unused-import`, `needless-var`, `shadowed-builtin`: declarations that nobody needs, or that mislead.
//!
//! Let pass as unused: parameters and loop variables, which are there because somebody gives them a value; one of several
//! names that are declared together; what stands at the top level of a module, since others may import it; what has a
//! decorator, which may keep it; `import x as x`, which says that others shall find it here; and each name that begins with
//! `_`. To assign a variable is no use of it, and neither is a function's call of itself.
//!
//! Parameters may have the name of a builtin: they are named for those who call.

use rustc_hash::{FxHashMap, FxHashSet};

use toy_grammar::ast::{Expr, ExprKind, Ident, Module, Pattern, PatternKind, Span, Stmt, StmtKind, WithItem};
use toy_grammar::deep::deep;
use toy_grammar::diagnostic::Diagnostic;

use super::known::Known;
use super::walk::{Visit, walk_statement};
use crate::compiler::{DeclKind, Variable};

pub(super) fn doubtful(module: &Module, known: &Known) -> Vec<Diagnostic> {
    let mut seen = Seen::default();
    seen.statements(&module.body);
    let uses = uses(&seen, known);
    let kept = seen.kept_variable(known);
    let mut found = Vec::new();
    for (variable, uses) in known.variables().iter().zip(uses) {
        let name = known.text_at(variable.span);
        // What the text does not declare has no place in it.
        if name.is_empty() || variable.kind == DeclKind::Loader {
            continue;
        }
        let at = variable.span.start;
        if !name.starts_with('_') {
            if uses == 0 && may_be_unused(variable, &seen) {
                found.push(unused(variable, name));
            } else if variable.kind == DeclKind::Var && !variable.is_assigned && !kept.contains(&at) {
                found.push(needless(variable, name, seen.bare.contains(&at)));
            }
        }
        if may_shadow(variable, &seen) && known.is_builtin(name) {
            found.push(shadowed(variable, name));
        }
    }
    found
}

/// How often each variable is read.
fn uses(seen: &Seen, known: &Known) -> Vec<u32> {
    let variables = known.variables();
    let mut uses = vec![0; variables.len()];
    for (at, index) in known.places() {
        let declared = variables[index].span.start;
        let in_itself = seen.own.get(&declared).is_some_and(|own| own.start <= at && at < own.end);
        let counts_up = seen.counted.contains(&at) && seen.simple.contains(&declared);
        if at != declared && !seen.bound.contains(&at) && !in_itself && !counts_up {
            uses[index] += 1;
        }
    }
    uses
}

fn may_be_unused(variable: &Variable, seen: &Seen) -> bool {
    let at = variable.span.start;
    match variable.kind {
        DeclKind::Import | DeclKind::ImportPath => !seen.handed_on.contains(&at),
        DeclKind::Let | DeclKind::Var | DeclKind::With => {
            !variable.is_global && !seen.group.contains_key(&at)
        }
        DeclKind::Except => true,
        DeclKind::Fn | DeclKind::Class => !variable.is_global && !seen.decorated.contains(&at),
        _ => false,
    }
}

fn unused(variable: &Variable, name: &str) -> Diagnostic {
    let span = variable.span;
    if matches!(variable.kind, DeclKind::Import | DeclKind::ImportPath) {
        return Diagnostic::warning("unused-import", span, format!("'{name}' is imported but never used"))
            .help("remove the import");
    }
    let assigned = if variable.is_assigned { "assigned but " } else { "" };
    let help = match variable.kind {
        DeclKind::Except | DeclKind::With => format!("leave out `as {name}`"),
        _ => format!("remove it, or call it `_{name}`"),
    };
    Diagnostic::warning("unused-name", span, format!("'{name}' is {assigned}never used")).help(help)
}

fn needless(variable: &Variable, name: &str, bare: bool) -> Diagnostic {
    let (message, help) = if bare {
        (format!("'{name}' is never assigned, so it is always nil"), format!("write `let {name} = nil`"))
    } else {
        (format!("'{name}' is never assigned again"), format!("make it `let {name}`"))
    };
    Diagnostic::warning("needless-var", variable.span, message).help(help)
}

fn may_shadow(variable: &Variable, seen: &Seen) -> bool {
    use DeclKind::{Barrier, Earlier, Hidden, Loader, Member, Param};
    !matches!(variable.kind, Param | Member | Hidden | Barrier | Loader | Earlier)
        && !seen.same.contains(&variable.span.start)
}

fn shadowed(variable: &Variable, name: &str) -> Diagnostic {
    Diagnostic::warning("shadowed-builtin", variable.span, format!("'{name}' hides the builtin of that name"))
        .help(format!("call it `{name}_`, or after what it holds"))
}

/// What the tree says of names, by the offsets of their declarations and uses.
#[derive(Default)]
struct Seen {
    /// Where a name is bound anew, which is no use: targets of assignments, and imports.
    bound: FxHashSet<u32>,
    /// Where `name += …` stands as a target.
    counted: FxHashSet<u32>,
    /// Declarations whose value is a number or a string, so that `+=` changes nothing but the name.
    simple: FxHashSet<u32>,
    /// `var x` without a value.
    bare: FxHashSet<u32>,
    /// The functions and classes themselves, by where their names are declared.
    own: FxHashMap<u32, Span>,
    decorated: FxHashSet<u32>,
    /// `import x as x`.
    handed_on: FxHashSet<u32>,
    /// `from sys import exit`, which is the builtin.
    same: FxHashSet<u32>,
    /// Names that are declared together, each with the first of them.
    group: FxHashMap<u32, u32>,
}

impl Seen {
    /// Those declared by a `var` whose other names are assigned, so that it has to be one.
    fn kept_variable(&self, known: &Known) -> FxHashSet<u32> {
        let first = |variable: &Variable| self.group.get(&variable.span.start).copied();
        let assigned: FxHashSet<u32> =
            known.variables().iter().filter(|variable| variable.is_assigned).filter_map(first).collect();
        let kept = self.group.iter().filter(|(_, first)| assigned.contains(first));
        kept.map(|(at, _)| *at).collect()
    }

    fn pattern(&mut self, pattern: &Pattern, first: Option<u32>) {
        match &pattern.kind {
            PatternKind::Name(_) => {
                if let Some(first) = first {
                    self.group.insert(pattern.span.start, first);
                }
            }
            PatternKind::Sequence(items) => {
                let first = first.unwrap_or(pattern.span.start);
                deep(|| items.iter().for_each(|item| self.pattern(item, Some(first))));
            }
            PatternKind::Star(inner) => deep(|| self.pattern(inner, first)),
        }
    }

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) => {
                self.bound.insert(target.span.start);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                deep(|| items.iter().for_each(|item| self.target(item)));
            }
            ExprKind::Starred(inner) => deep(|| self.target(inner)),
            _ => {}
        }
    }

    fn import(&mut self, name: Option<&Ident>, alias: Option<&Ident>) {
        if let (Some(name), Some(alias)) = (name, alias)
            && name.name == alias.name
        {
            self.handed_on.insert(alias.span.start);
        }
        if let Some(ident) = alias.or(name) {
            self.bound.insert(ident.span.start);
        }
    }

    fn decorators(&mut self, name: &Ident, decorators: &[Expr], own: Span) {
        self.own.insert(name.span.start, own);
        if !decorators.is_empty() {
            self.decorated.insert(name.span.start);
        }
    }
}

impl<'a> Visit<'a> for Seen {
    fn statement(&mut self, statement: &'a Stmt) {
        match &statement.kind {
            StmtKind::Let { target, value, .. } => {
                self.pattern(target, None);
                match value {
                    None => self.bare.insert(target.span.start),
                    Some(value) => is_simple(value) && self.simple.insert(target.span.start),
                };
            }
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|target| self.target(target)),
            StmtKind::AugAssign { target, .. } => {
                self.counted.insert(target.span.start);
            }
            StmtKind::With { items, .. } => {
                for WithItem { target, .. } in items {
                    target.iter().for_each(|target| self.pattern(target, None));
                }
            }
            StmtKind::Import(items) => {
                for item in items {
                    let name = if item.alias.is_some() { item.path.last() } else { item.path.first() };
                    self.import(name, item.alias.as_ref());
                }
            }
            StmtKind::FromImport { module, names } => {
                let is_sys = matches!(&module[..], [name] if &*name.name == "sys");
                let exit = names.iter().filter(|item| is_sys && &*item.name.name == "exit");
                self.same.extend(exit.map(|item| item.name.span.start));
                names.iter().for_each(|item| self.import(Some(&item.name), item.alias.as_ref()));
            }
            StmtKind::Function(decl) => self.decorators(&decl.name, &decl.decorators, decl.function.span),
            StmtKind::Class(decl) => self.decorators(&decl.name, &decl.decorators, decl.span),
            _ => {}
        }
        walk_statement(self, statement);
    }
}

fn is_simple(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Int(_) | ExprKind::BigInt(_) | ExprKind::Float(_) | ExprKind::Str(_))
}
