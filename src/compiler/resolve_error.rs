//! What the resolver says when something is wrong, with a suggestion where there is one.
//!
//! The texts are part of the language: tests and documentation quote them.

use toy_grammar::ast::{ExprKind, FunctionBody, MemberKind, Span, StmtKind};
use toy_grammar::diagnostic::Diagnostic;

use super::resolve::{NONE, Resolver};
use super::scope::VarId;

/// How many errors are worth a search through all names.
const MAX_SEARCHES: usize = 20;
/// Longer names are not compared: that takes time in proportion to the product of their lengths.
const MAX_COMPARED: usize = 64;
/// Modules of the standard library whose import is easily forgotten.
const MODULES: &[&str] = &[
    "argparse",
    "atexit",
    "base64",
    "bisect",
    "collections",
    "copy",
    "csv",
    "datetime",
    "functools",
    "glob",
    "hashlib",
    "heapq",
    "io",
    "itertools",
    "json",
    "math",
    "os",
    "random",
    "re",
    "shutil",
    "signal",
    "statistics",
    "subprocess",
    "sys",
    "tempfile",
    "textwrap",
    "thread",
    "time",
    "traceback",
];
/// What newcomers from elsewhere write.
const OTHER_LANGUAGES: &[(&str, &str)] = &[
    ("None", "nil"),
    ("True", "true"),
    ("False", "false"),
    ("null", "nil"),
    ("undefined", "nil"),
    ("this", "self"),
    ("def", "fn"),
    ("func", "fn"),
    ("function", "fn"),
    ("elif", "else if"),
    ("lambda", "fn"),
];

impl<'a> Resolver<'a> {
    pub(super) fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    pub(super) fn limit(&mut self, span: Span, message: &str) {
        self.error(Diagnostic::new("too-large", span, message));
    }

    pub(super) fn misplaced(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.error(Diagnostic::new(code, span, message));
    }

    pub(super) fn redeclared(&mut self, name: &str, span: Span, first: VarId) {
        let first = self.vars[first as usize].span;
        self.error(
            Diagnostic::new("redeclaration", span, format!("'{name}' is already declared in this block"))
                .label("declared again here")
                .related(first, "first declared here"),
        );
    }

    pub(super) fn used_before(&mut self, var: VarId, span: Span) {
        let var = &self.vars[var as usize];
        let name = self.names[var.symbol as usize].name;
        let declared = var.span;
        self.error(
            Diagnostic::new(
                "used-before-declaration",
                span,
                format!("'{name}' is used before its declaration"),
            )
            .label("used here")
            .related(declared, "declared here"),
        );
    }

    /// An assignment to a variable that cannot be assigned.
    pub(super) fn assigned_fixed(&mut self, var: VarId, word: &str, span: Span) {
        let var = &self.vars[var as usize];
        let name = self.names[var.symbol as usize].name;
        let declared = var.span;
        let mut error = Diagnostic::new(
            "assign-to-let",
            span,
            format!("cannot assign to '{name}', it is declared with '{word}'"),
        )
        .label("assigned here");
        if declared != Span::default() {
            error = error.related(declared, "declared here");
        }
        if word == "let" {
            error = error.help(format!("declare it with `var {name}` to assign it again"));
        }
        self.error(error);
    }

    pub(super) fn assigned_unknown(&mut self, symbol: u32, span: Span) {
        let name = self.names[symbol as usize].name;
        let help = match self.suggestion(symbol, false) {
            Some(other) => format!("did you mean `{other}`? Or declare it first: `var {name} = …`"),
            None => format!("declare it first: `var {name} = …`"),
        };
        self.error(
            Diagnostic::new(
                "undeclared-assignment",
                span,
                format!("cannot assign to '{name}', it is not declared"),
            )
            .help(help),
        );
    }

    /// A name that means nothing; `has_attribute` says that a `.` follows it.
    pub(super) fn unknown(&mut self, symbol: u32, span: Span, has_attribute: bool) {
        let name = self.names[symbol as usize].name;
        let mut error = Diagnostic::new("unknown-name", span, format!("name '{name}' is not defined"));
        if let Some((_, ours)) = OTHER_LANGUAGES.iter().find(|(theirs, _)| *theirs == name) {
            error = error.help(format!("did you mean `{ours}`?"));
        } else if has_attribute && MODULES.contains(&name) {
            error = error.help(format!("did you forget `import {name}`?"));
        } else if self.is_member(name) {
            error = error.help(format!("did you mean `self.{name}`?"));
        } else if let Some(other) = self.suggestion(symbol, true) {
            error = error.help(format!("did you mean `{other}`?"));
        } else if MODULES.contains(&name) {
            error = error.help(format!("did you forget `import {name}`?"));
        }
        self.error(error);
    }

    fn is_member(&self, name: &str) -> bool {
        self.context.in_function
            && !self.context.in_class_body
            && self.context.class.is_some_and(|class| {
                class.members.iter().any(|member| match &member.kind {
                    MemberKind::Attribute { name: own, .. } => &*own.name == name,
                    MemberKind::Method { name: own, function, .. } => {
                        &*own.name == name || sets_attribute(&function.body, name)
                    }
                    MemberKind::Class(decl) => &*decl.name.name == name,
                })
            })
    }

    /// The visible name that is most like this one, if one is like it.
    fn suggestion(&mut self, symbol: u32, builtins_too: bool) -> Option<String> {
        if let Some(known) = self.suggestions.get(&symbol) {
            return known.clone();
        }
        let found =
            if self.suggestions.len() < MAX_SEARCHES { self.search(symbol, builtins_too) } else { None };
        self.suggestions.insert(symbol, found.clone());
        found
    }

    fn search(&self, symbol: u32, builtins_too: bool) -> Option<String> {
        let name = self.names[symbol as usize].name;
        let length = name.chars().count();
        if length > MAX_COMPARED {
            return None;
        }
        // One slip in a short word, more in a long one.
        let limit = length.div_ceil(4).min(3);
        let mut best: Option<(usize, &str)> = None;
        for other in &self.names {
            let is_visible = other.current != NONE || (builtins_too && other.builtin.is_some());
            if !is_visible || other.name == name || other.name.starts_with('%') || other.name == "_" {
                continue;
            }
            if other.name.len().abs_diff(name.len()) > limit * 4 {
                continue;
            }
            let mut distance = strsim::damerau_levenshtein(name, other.name);
            if distance > limit && name.to_lowercase() == other.name.to_lowercase() {
                distance = limit;
            }
            // A name of one or two letters must keep one of them.
            if distance <= limit && distance < length && best.is_none_or(|b| (distance, other.name) < b) {
                best = Some((distance, other.name));
            }
        }
        best.map(|(_, name)| name.to_string())
    }
}

/// Is one of the statements of a method `self.name = …`? Blocks inside are not looked into.
fn sets_attribute(body: &FunctionBody, name: &str) -> bool {
    let FunctionBody::Block(block) = body else { return false };
    block.body.iter().any(|statement| {
        let StmtKind::Assign { targets, .. } = &statement.kind else { return false };
        targets.iter().any(|target| match &target.kind {
            ExprKind::Attribute { object, name: own } => {
                matches!(object.kind, ExprKind::SelfRef) && &*own.name == name
            }
            _ => false,
        })
    })
}
