//! From tokens to the tree, going on after errors.
//!
//! The generated parser stops at the first token that fits nowhere. Then the statement around it is
//! replaced by `Broken` (its blocks that are still ahead are kept), and a new run begins at the
//! innermost block: fed with the bare heads of the blocks around it, then with what follows. So each
//! token is parsed once or twice however many errors there are, and one wrong statement gives one
//! error. LALRPOP's own recovery would search and copy its whole stack for every token it skips.

use std::cell::Cell;

use lalrpop_util::ParseError;

use crate::ast::{Module, Span};
use crate::builder::{Builder, doc_text};
use crate::diagnostic::Diagnostic;
use crate::faults::{Scene, explain};
use crate::layer::{self, Layered, MAX_ERRORS};
use crate::lexer::{Kind, Token};
use crate::lines::Lines;
use crate::toy::ModuleParser;

/// The outcome of parsing: a tree, or what is wrong.
#[derive(Debug)]
pub struct Parsed {
    /// The tree, if there are no errors.
    pub module: Option<Module>,
    /// What is wrong, in the order of the text.
    pub errors: Vec<Diagnostic>,
    /// No branch of the tree is deeper than this.
    pub depth: usize,
}

impl Parsed {
    /// Whether more text could make a program of this one: a prompt then goes on reading.
    pub fn is_incomplete(&self) -> bool {
        !self.errors.is_empty() && self.errors.iter().all(|error| error.incomplete)
    }
}

/// Parses a program. Any text will do: it neither panics nor overflows the machine stack, and takes
/// time in proportion to the length of the text.
pub fn parse(source: &str) -> Parsed {
    if let Some(error) = refuse(source) {
        return Parsed { module: None, errors: vec![error], depth: 0 };
    }
    let mut layered = layer::layer(source);
    let mut builder = Builder::new(source, &layered.docs);
    let mut errors = std::mem::take(&mut layered.errors);
    let mut tokens = std::mem::take(&mut layered.tokens);
    if !layered.hopeless {
        run(source, &mut tokens, &layered, &mut builder, &mut errors);
    }
    errors.append(&mut builder.errors);
    let depth = layered.depth;
    if !errors.is_empty() {
        return Parsed { module: None, errors: tidy(source, errors), depth };
    }
    let doc = layered.module_doc.map(|span| doc_text(source, span));
    Parsed { module: Some(Module { doc, body: builder.statements }), errors, depth }
}

/// A text that cannot be looked at.
pub(crate) fn refuse(source: &str) -> Option<Diagnostic> {
    if u32::try_from(source.len()).is_err() {
        return Some(Diagnostic::new("source-too-long", Span::new(0, 0), "source text of 4 GiB or more"));
    }
    let at = memchr::memchr(0, source.as_bytes())? as u32;
    let message = "source code cannot contain null bytes";
    Some(Diagnostic::new("null-byte", Span::new(at, at + 1), message))
}

fn run(
    source: &str,
    tokens: &mut [Token],
    layered: &Layered,
    builder: &mut Builder<'_>,
    errors: &mut Vec<Diagnostic>,
) {
    let parser = ModuleParser::new();
    let mut heads: Vec<Token> = Vec::new();
    let mut from = 0;
    let mut tracker = Tracker::default();
    let mut budget = 2 * tokens.len() + 10_000;
    // Every run but the last adds an error.
    while errors.len() < MAX_ERRORS {
        let fed = Cell::new(0usize);
        let feed = heads.iter().chain(&tokens[from..]);
        let feed = feed
            .inspect(|_| fed.set(fed.get() + 1))
            .filter(|token| token.kind != Kind::Skip)
            .map(|token| (token.start, token.kind, token.end));
        let (expected, at_end) = match parser.parse(builder, feed) {
            Ok(()) => return,
            Err(ParseError::UnrecognizedEof { expected, .. }) => (expected, true),
            Err(ParseError::UnrecognizedToken { expected, .. }) => (expected, false),
            // The grammar makes neither.
            Err(_) => return,
        };
        builder.restart();
        let at = if at_end {
            tokens.len()
        } else {
            match (fed.get() - 1).checked_sub(heads.len()) {
                Some(index) => from + index,
                // The heads were accepted before; should they fail now, there is nothing to go on with.
                None => return,
            }
        };
        tracker.advance(tokens, at);
        let start = tracker.statement();
        // At the end of a text with open brackets the layer has said what there is to say.
        if at < layered.written || errors.is_empty() {
            let scene = Scene { source, tokens, at, statement: start, expected: &expected };
            errors.push(explain(&scene));
        }
        if at >= layered.written || at < from {
            return;
        }
        let next = mend(tokens, start, at);
        heads = tracker.heads(tokens);
        from = next;
        // Heads may be long: together they get no more than the text itself.
        match budget.checked_sub(heads.len()) {
            Some(left) => budget = left,
            None => return,
        }
    }
}

/// Takes the statement that begins at `start` out of the tokens, around the error at `at`; returns
/// where to go on.
fn mend(tokens: &mut [Token], start: usize, at: usize) -> usize {
    let end = statement_end(tokens, start, at);
    if end == start {
        // Only a stray end of statement leaves nothing to take out.
        tokens[at].kind = Kind::Skip;
        return at + 1;
    }
    // Members of a class would be no statements, so their block goes too.
    let is_class = tokens[start..end]
        .iter()
        .take_while(|token| token.kind != Kind::BlockOpen)
        .any(|token| token.kind == Kind::Class);
    let mut index = start;
    while index < end {
        if tokens[index].kind == Kind::BlockOpen && index > start && index >= at && !is_class {
            index = partner(tokens, index) + 1;
        } else {
            tokens[index].kind = Kind::Skip;
            index += 1;
        }
    }
    tokens[start].kind = Kind::Broken;
    start
}

/// Where the statement with the error at `at` ends: at its end token, or at the brace of its block.
fn statement_end(tokens: &[Token], start: usize, at: usize) -> usize {
    let mut open = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match token.kind {
            kind if kind.opens() => open += 1,
            kind if kind.closes() => match open.checked_sub(1) {
                Some(less) => open = less,
                None => return index,
            },
            Kind::End if open == 0 && index >= at => return index,
            _ => {}
        }
    }
    tokens.len()
}

/// The brace that closes the block opened at `open`.
fn partner(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.kind.opens() {
            depth += 1;
        } else if token.kind.closes() {
            depth -= 1;
            if depth == 0 {
                return index;
            }
        }
    }
    tokens.len() - 1
}

/// Knows, for a place that only moves forward, which blocks are open there and where the statement in
/// each began.
#[derive(Default)]
struct Tracker {
    at: usize,
    /// Each open bracket; of a block also what was begun around it.
    open: Vec<(usize, Option<Begun>)>,
    begun: Begun,
}

/// Where a statement began, and its last line: a declaration has one for each decorator.
#[derive(Clone, Copy, Default)]
struct Begun {
    statement: usize,
    line: usize,
}

impl Tracker {
    fn advance(&mut self, tokens: &[Token], to: usize) {
        for index in self.at..to {
            match tokens[index].kind {
                Kind::BlockOpen => {
                    self.open.push((index, Some(self.begun)));
                    self.begun = Begun { statement: index + 1, line: index + 1 };
                }
                kind if kind.opens() => self.open.push((index, None)),
                kind if kind.closes() => {
                    if let Some((_, Some(begun))) = self.open.pop() {
                        self.begun = begun;
                    }
                }
                Kind::End => {
                    if tokens[self.begun.line].kind != Kind::At {
                        self.begun.statement = index + 1;
                    }
                    self.begun.line = index + 1;
                }
                _ => {}
            }
        }
        self.at = self.at.max(to);
    }

    /// Where the innermost statement begins.
    fn statement(&self) -> usize {
        self.begun.statement
    }

    /// The heads of the blocks open here, outermost first, with the blocks closed in them left empty.
    fn heads(&mut self, tokens: &[Token]) -> Vec<Token> {
        // What is open in the statement itself has been taken out of the tokens.
        while self.open.last().is_some_and(|open| open.1.is_none()) {
            self.open.pop();
        }
        let mut heads = Vec::new();
        for &(open, begun) in &self.open {
            let Some(begun) = begun else { continue };
            let mut index = begun.statement;
            while index <= open {
                heads.push(tokens[index]);
                if tokens[index].kind == Kind::BlockOpen && index < open {
                    index = partner(tokens, index);
                } else {
                    index += 1;
                }
            }
        }
        heads
    }
}

/// In the order of the text, each once, and of two on one line no syntax error as the second. What the
/// end of the text leaves open says nothing about the rest of its line.
fn tidy(source: &str, mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    errors.sort_by_key(|error| (error.span.start, error.span.end));
    errors.dedup_by(|next, error| next.code == error.code && next.span == error.span);
    let lines = Lines::new(source);
    let mut last = 0;
    errors.retain(|error| {
        let line = lines.line(error.span.start);
        let first = line != last || error.code != "invalid-syntax";
        if !error.incomplete {
            last = line;
        }
        first
    });
    errors
}
