//! What the parser's actions do: they make the tree, and check what the grammar lets through.
//!
//! The parser moves its symbols about for every rule, so lists do not travel as symbols: statements,
//! class members, parameters and arguments wait on stacks here, each list from its `Mark` on. Rules are
//! completed inside out, so the stacks never mix. Extents are the other care: a call's place begins at
//! the parenthesis of `(f)(x)`, while `f` itself knows no parentheses, hence `Placed`.

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::ast::*;
use crate::diagnostic::Diagnostic;

mod calls;
mod chain;
mod classes;
mod expressions;
mod literals;
mod params;
mod statements;
mod targets;

pub use chain::Piece;
pub use literals::Literal;

use chain::{Operand, Operator};
use params::RawParam;

/// The pieces of an f-string so far.
pub type Parts = Vec<FPart>;

/// Where on its stack a list begins.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u32);

/// An expression and its extent, which takes in the parentheses around it.
#[derive(Debug)]
pub struct Placed {
    pub expr: Expr,
    pub start: u32,
    pub end: u32,
}

impl Placed {
    fn new(start: u32, end: u32, kind: ExprKind) -> Placed {
        Placed { expr: Expr { span: Span::new(start, end), kind }, start, end }
    }

    fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// Makes the tree of one text.
pub struct Builder<'s> {
    source: &'s str,
    docs: &'s [(u32, Span)],
    names: FxHashMap<&'s str, Name>,
    /// What the grammar lets through but the language does not.
    pub errors: Vec<Diagnostic>,
    pub statements: Vec<Stmt>,
    members: Vec<Member>,
    params: Vec<RawParam>,
    args: Vec<Arg>,
    /// Which of `args` are generator expressions without parentheses of their own.
    naked: Vec<u32>,
    operators: Vec<Operator>,
    operands: Vec<Operand>,
}

impl<'s> Builder<'s> {
    pub fn new(source: &'s str, docs: &'s [(u32, Span)]) -> Builder<'s> {
        Builder {
            source,
            docs,
            names: FxHashMap::default(),
            errors: Vec::new(),
            statements: Vec::new(),
            members: Vec::new(),
            params: Vec::new(),
            args: Vec::new(),
            naked: Vec::new(),
            operators: Vec::new(),
            operands: Vec::new(),
        }
    }

    /// Forgets what a parse that failed left half done.
    pub fn restart(&mut self) {
        self.statements.clear();
        self.members.clear();
        self.params.clear();
        self.args.clear();
        self.naked.clear();
        self.operators.clear();
        self.operands.clear();
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.errors.len();
        self.errors.push(Diagnostic::new(code, span, message));
        &mut self.errors[at]
    }

    fn slice(&self, start: u32, end: u32) -> &'s str {
        &self.source[start as usize..end as usize]
    }

    pub fn ident(&mut self, start: u32, end: u32) -> Ident {
        let text = self.slice(start, end);
        let name = match self.names.get(text) {
            Some(name) => name.clone(),
            None => self.intern(text),
        };
        Ident { name, span: Span::new(start, end) }
    }

    fn intern(&mut self, text: &'s str) -> Name {
        let normal: Name = if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() };
        // Two spellings of one name share its text.
        let name = self.names.get(&*normal).cloned().unwrap_or(normal);
        self.names.insert(text, name.clone());
        name
    }

    /// A method's name that is an operator: `+`, `[]`, `[]=` …
    pub fn operator(&mut self, start: u32, end: u32) -> Ident {
        let text = self.slice(start, end);
        if text.starts_with('[') && !matches!(text, "[]" | "[]=") {
            let written = if text.ends_with('=') { "[]=" } else { "[]" };
            let name = self.intern(written);
            return Ident { name, span: Span::new(start, end) };
        }
        self.ident(start, end)
    }

    /// The documentation of a declaration: above its first token, at `start`, or between its
    /// decorators and its own word, at `word`.
    fn doc(&self, start: u32, word: u32) -> Option<String> {
        let find = |place: u32| self.docs.binary_search_by_key(&place, |&(token, _)| token);
        let at = find(start).or_else(|_| find(word)).ok()?;
        Some(doc_text(self.source, self.docs[at].1))
    }
}

/// The text of `##` lines: without the marks and one blank behind each.
pub fn doc_text(source: &str, span: Span) -> String {
    let mut text = String::new();
    for line in source[span.start as usize..span.end as usize].split(['\n', '\r']) {
        let Some(line) = line.trim_start().strip_prefix("##") else { continue };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
    }
    text.trim_end().to_owned()
}
