//! `shared-attribute`: a list, dict or set in the body of a class that methods change through `self`.
//!
//! Each instance then changes what all have. Let pass: an attribute that some method assigns through `self`, for then
//! each instance may have its own; and one that is changed through the name of the class, as if that was meant.

use rustc_hash::{FxHashMap, FxHashSet};

use toy_grammar::ast::{
    ClassDecl, ComprehensionKind, Expr, ExprKind, MemberKind, Module, Name, Span, Stmt, StmtKind,
};
use toy_grammar::diagnostic::Diagnostic;

use super::walk::{Visit, walk_class, walk_expr, walk_statement};

/// The classes whose instances change, as calls make them.
const MUTABLE: &[&str] =
    &["list", "dict", "set", "bytearray", "deque", "defaultdict", "Counter", "OrderedDict"];
/// The methods that change them.
const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
];

pub(super) fn shared(module: &Module) -> Vec<Diagnostic> {
    let mut attributes = Attributes { classes: Vec::new(), found: Vec::new() };
    attributes.statements(&module.body);
    attributes.found
}

struct Attributes {
    /// What is known of the classes around, innermost last.
    classes: Vec<Class>,
    found: Vec<Diagnostic>,
}

#[derive(Default)]
struct Class {
    /// Attributes that some method gives to its instance.
    own: FxHashSet<Name>,
    /// Where attributes are changed through `self`, each the first time.
    changed: FxHashMap<Name, Span>,
}

impl<'a> Visit<'a> for Attributes {
    fn class(&mut self, class: &'a ClassDecl) {
        self.classes.push(Class::default());
        walk_class(self, class);
        if let Some(seen) = self.classes.pop() {
            self.judge(class, &seen);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match &statement.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|target| self.assigned(target)),
            // `self.xs += …` changes the list of all before it makes it one of the instance.
            StmtKind::AugAssign { target, .. } => {
                self.changed(target, target.span);
                self.item_changed(target);
            }
            StmtKind::Del(targets) => targets.iter().for_each(|target| self.item_changed(target)),
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn expr(&mut self, e: &'a Expr) {
        if let ExprKind::Call { callee, .. } = &e.kind
            && let ExprKind::Attribute { object, name } = &callee.kind
            && CHANGING.contains(&&*name.name)
        {
            self.changed(object, callee.span);
        }
        walk_expr(self, e);
    }
}

impl Attributes {
    fn assigned(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                toy_grammar::deep::deep(|| items.iter().for_each(|item| self.assigned(item)));
            }
            ExprKind::Starred(inner) => self.assigned(inner),
            _ => {
                if let (Some(name), Some(class)) = (of_self(target), self.classes.last_mut()) {
                    class.own.insert(name.clone());
                }
                self.item_changed(target);
            }
        }
    }

    /// `self.xs[i]` or a slice of it is assigned or deleted.
    fn item_changed(&mut self, target: &Expr) {
        if let ExprKind::Index { object, .. } | ExprKind::Slice { object, .. } = &target.kind {
            self.changed(object, target.span);
        }
    }

    fn changed(&mut self, object: &Expr, at: Span) {
        if let (Some(name), Some(class)) = (of_self(object), self.classes.last_mut()) {
            class.changed.entry(name.clone()).or_insert(at);
        }
    }

    fn judge(&mut self, class: &ClassDecl, seen: &Class) {
        for member in &class.members {
            let MemberKind::Attribute { name, value: Some(value), .. } = &member.kind else { continue };
            let Some(&at) = seen.changed.get(&name.name) else { continue };
            if seen.own.contains(&name.name) || !is_mutable(value) {
                continue;
            }
            let (class, name, span) = (&class.name.name, &name.name, name.span);
            let message = format!("all instances of '{class}' share '{name}', and change it");
            self.found.push(
                Diagnostic::warning("shared-attribute", span, message)
                    .label("made once, for the class")
                    .related(at, "changed here for all of them")
                    .help(format!(
                        "give each its own in `init`: `self.{name} = …`; or write `{class}.{name}`"
                    )),
            );
        }
    }
}

/// The attribute of `self` that an expression is.
fn of_self(e: &Expr) -> Option<&Name> {
    match &e.kind {
        ExprKind::Attribute { object, name } if matches!(object.kind, ExprKind::SelfRef) => Some(&name.name),
        _ => None,
    }
}

fn is_mutable(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::List(_) | ExprKind::Dict(_) | ExprKind::Set(_) => true,
        ExprKind::Comprehension(comprehension) => {
            !matches!(comprehension.kind, ComprehensionKind::Generator(_))
        }
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Name(name) | ExprKind::Attribute { name: toy_grammar::ast::Ident { name, .. }, .. } => {
                MUTABLE.contains(&&**name)
            }
            _ => false,
        },
        _ => false,
    }
}
