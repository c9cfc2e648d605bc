//! The newline layer: between the raw tokens and the parser.
//!
//! The grammar is LR(1) only because this layer settles beforehand what one token of lookahead cannot:
//! which newlines end a statement, whether a `{` opens a block or a dict, whether an `else` belongs to
//! a statement, and where an f-string changes between text and code. All of it follows from the token
//! before and from the stack of open brackets, so one pass over the text does it.
//!
//! The layer also vouches for the balance of what it hands on: every bracket has its partner. A
//! statement in which that is not so, or which holds a character that means nothing, is reported here
//! and replaced by one `Broken` token (with the blocks in it kept), so that nobody reports it again.
//!
//! And it bounds the depth of the tree before there is one: a tree is no deeper than the number of
//! tokens on its innermost path, which is the sum over all open levels of the tokens since the last
//! `,` or end of statement in each.

use logos::Logos;

use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Kind, Token};

mod faults;
mod strings;

/// How many brackets may be open at once, blocks not counted; CPython's number.
pub const MAX_BRACKETS: u32 = 200;
/// How many blocks may be open at once.
pub const MAX_BLOCKS: u32 = 65_535;
/// How many tokens the innermost path may hold.
pub const MAX_DEPTH: usize = 200_000;
/// After so many errors nobody reads on.
pub(crate) const MAX_ERRORS: usize = 100;

/// What the layer makes of a text.
pub(crate) struct Layered {
    pub tokens: Vec<Token>,
    pub errors: Vec<Diagnostic>,
    /// For each token that may carry documentation, its start and the place of its `##` lines.
    pub docs: Vec<(u32, Span)>,
    /// The `##` lines at the head of the file.
    pub module_doc: Option<Span>,
    /// The largest number of tokens on an innermost path.
    pub depth: usize,
    /// Tokens from here on were added to close what the text leaves open.
    pub written: usize,
    /// The text is not worth parsing: it broke a limit.
    pub hopeless: bool,
}

/// Cuts `source` into the parser's tokens.
pub(crate) fn layer(source: &str) -> Layered {
    let mut layer = Layer::new(source);
    layer.run();
    layer.finish()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LevelKind {
    Module,
    /// `value`: the body of a function value, after which an `else` is no statement's.
    Block {
        value: bool,
    },
    /// `value`: the parameters of a function value.
    Paren {
        value: bool,
    },
    Square,
    Dict,
    /// The text of an f-string.
    Text(Quotes),
    /// The code of a replacement field.
    Field(Quotes),
    /// The text of a format specification.
    Spec(Quotes),
}

/// How an f-string began and so how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quotes {
    pub quote: u8,
    pub triple: bool,
    pub raw: bool,
    /// Where the literal begins.
    pub start: u32,
}

impl LevelKind {
    fn is_block(self) -> bool {
        matches!(self, LevelKind::Module | LevelKind::Block { .. })
    }
}

/// An open bracket and what has been seen since.
#[derive(Debug)]
struct Level {
    pub kind: LevelKind,
    pub open: u32,
    /// Of a block: where in `out` its current statement begins.
    pub statement: usize,
    /// Tokens since the last `,` or end of statement.
    pub count: usize,
    /// The statement here is reported already: its tokens are dropped.
    pub broken: bool,
    /// The whole block is in a place where its statements would make no sense.
    pub muted: bool,
    /// Of a block: the current statement declares a class.
    pub class: bool,
}

struct Layer<'s> {
    pub source: &'s str,
    pub lexer: logos::Lexer<'s, Kind>,
    pub out: Vec<Token>,
    pub levels: Vec<Level>,
    /// The token before, kept even where tokens are dropped.
    pub previous: Option<Token>,
    /// The token before is the `}` of a statement's block.
    after_block: bool,
    /// The token before is the `)` of a function value's parameters.
    after_value: bool,
    /// A line end seen since the token before.
    newline: bool,
    brackets: u32,
    blocks: u32,
    depth: usize,
    deepest: usize,
    /// The `##` lines that wait for a declaration.
    doc: Option<Span>,
    docs: Vec<(u32, Span)>,
    module_doc: Option<Span>,
    pub errors: Vec<Diagnostic>,
    written: Option<usize>,
    pub hopeless: bool,
}

impl<'s> Layer<'s> {
    fn new(source: &'s str) -> Layer<'s> {
        let mut lexer = Kind::lexer(source);
        // A byte order mark, then a `#!` line, which is a comment of its own accord.
        if source.starts_with('\u{FEFF}') {
            lexer.bump('\u{FEFF}'.len_utf8());
        }
        let module = Level {
            kind: LevelKind::Module,
            open: 0,
            statement: 0,
            count: 0,
            broken: false,
            muted: false,
            class: false,
        };
        Layer {
            source,
            lexer,
            out: Vec::with_capacity(source.len() / 4),
            levels: vec![module],
            previous: None,
            after_block: false,
            after_value: false,
            newline: false,
            brackets: 0,
            blocks: 0,
            depth: 0,
            deepest: 0,
            doc: None,
            docs: Vec::new(),
            module_doc: None,
            errors: Vec::new(),
            written: None,
            hopeless: false,
        }
    }

    fn finish(self) -> Layered {
        Layered {
            written: self.written.unwrap_or(self.out.len()),
            tokens: self.out,
            errors: self.errors,
            docs: self.docs,
            module_doc: self.module_doc,
            depth: self.deepest,
            hopeless: self.hopeless,
        }
    }

    fn run(&mut self) {
        while !self.hopeless {
            let Some(raw) = self.lexer.next() else { break };
            let range = self.lexer.span();
            let (start, end) = (range.start as u32, range.end as u32);
            match raw {
                Ok(Kind::Newline) => self.line_end(start, end),
                Ok(Kind::Comment) => self.comment(start, end),
                Ok(kind) => self.token(kind, start, end),
                Err(()) => self.stray(start),
            }
            if self.errors.len() >= MAX_ERRORS {
                self.hopeless = true;
            }
        }
        if !self.hopeless {
            self.close_all();
        }
    }

    fn line_end(&mut self, start: u32, end: u32) {
        self.newline = true;
        if self.doc.is_some() {
            let text = &self.source[start as usize..end as usize];
            let ends = text.replace("\r\n", "\n").matches(['\n', '\r']).count();
            if ends > 1 {
                self.leave_doc();
            }
        }
    }

    /// A blank line or another statement follows the `##` lines: they are the file's or nobody's.
    fn leave_doc(&mut self) {
        if let Some(doc) = self.doc.take()
            && self.out.is_empty()
            && self.previous.is_none()
            && self.module_doc.is_none()
        {
            self.module_doc = Some(doc);
        }
    }

    fn comment(&mut self, start: u32, end: u32) {
        let text = &self.source.as_bytes()[start as usize..end as usize];
        let own_line = self.newline || self.previous.is_none();
        if own_line && text.starts_with(b"##") && text.get(2) != Some(&b'#') {
            let span = Span::new(start, end);
            self.doc = Some(self.doc.map_or(span, |doc| doc.to(span)));
        } else {
            self.leave_doc();
        }
    }

    fn token(&mut self, kind: Kind, start: u32, end: u32) {
        use Kind::*;
        let mut kind = kind;
        if self.previous_kind() == Some(Dot) && kind.is_word() {
            kind = Name;
        }
        if kind == Reserved && self.names_argument(end) {
            kind = Name;
        }
        if self.newline {
            self.begin_line(kind);
        }
        if self.doc.is_some() {
            self.place_doc(kind, start);
        }
        match kind {
            Name if !self.is_identifier(start, end) => self.bad_name(start, end),
            Name => self.emit(Name, start, end),
            ParenOpen => {
                let value = self.previous_kind() == Some(Fn);
                self.open(ParenOpen, LevelKind::Paren { value }, start, end);
            }
            SquareOpen => self.open(SquareOpen, LevelKind::Square, start, end),
            BraceOpen => self.brace(start, end),
            ParenClose | SquareClose | BraceClose => self.close(kind, start, end),
            Comma => {
                self.emit(Comma, start, end);
                self.restart_count();
            }
            End => self.end_statement(start, end),
            Else if self.after_block => {
                self.emit(ElseBranch, start, end);
                self.restart_count();
            }
            Except | Finally => {
                self.emit(kind, start, end);
                self.restart_count();
            }
            Not if self.previous_kind() == Some(Is) => self.amend(IsNot, end),
            In if self.previous_kind() == Some(Not) => self.amend(NotIn, end),
            Class => {
                self.emit(Class, start, end);
                self.top().class = true;
            }
            StrStart => self.string(start, end),
            FStart => self.fstring(start, end),
            Colon if matches!(self.kind(), LevelKind::Field(_)) => self.spec(start, end),
            Bang if matches!(self.kind(), LevelKind::Field(_)) => self.conversion(start, end),
            Equal if matches!(self.kind(), LevelKind::Field(_)) && self.is_label(end) => {
                let past = end + self.blanks(end);
                self.emit(FieldEqual, start, past);
            }
            // Decimal digits want digits behind the point: `1.e5` and `1.real` are neither.
            Dot if self.glued_to_int(start) => self.bad_point(start),
            BadNumber => self.bad_number(start, end),
            Reserved => self.reserved(start, end),
            AndAnd => self.foreign_operator(kind, And, start, end),
            OrOr => self.foreign_operator(kind, Or, start, end),
            Bang => self.foreign_operator(kind, Not, start, end),
            _ => self.emit(kind, start, end),
        }
    }

    /// Is the word that ends here the name of a keyword argument of a call? There a word that is kept for later cannot
    /// be anything else, and libraries have such names (`const` of `argparse`).
    fn names_argument(&self, end: u32) -> bool {
        let after = self.source[end as usize..].trim_start();
        let names = after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>");
        if !names
            || self.kind() != (LevelKind::Paren { value: false })
            || !matches!(self.previous_kind(), Some(Kind::ParenOpen | Kind::Comma))
        {
            return false;
        }
        let open = self.levels.last().map_or(0, |level| level.open);
        let at = self.out.partition_point(|token| token.start < open);
        // Parameters are to be used as names.
        !matches!(self.out.get(at.saturating_sub(2)..at), Some([first, _]) if first.kind == Kind::Fn)
    }

    /// The first token after one or more line ends: does the statement before end there?
    fn begin_line(&mut self, kind: Kind) {
        use Kind::*;
        if self.kind().is_block() {
            let continues = match self.previous_kind() {
                None => true,
                Some(previous) if !previous.can_end() => true,
                Some(BraceClose) => matches!(kind, Dot | DotDot | DotDotEqual | Else | Except | Finally),
                Some(_) => matches!(kind, Dot | DotDot | DotDotEqual),
            };
            if !continues {
                self.end_line();
            }
        } else if kind.begins_statement_only() && !self.in_field() {
            // A bracket before it was forgotten.
            self.never_closed(false);
            self.abandon_brackets();
            self.end_line();
        }
        // A brace that opens a block looks at this once more.
        if kind != BraceOpen {
            self.newline = false;
        }
    }

    /// A newline ends the statement; the place of that is behind the last token, not behind a comment.
    fn end_line(&mut self) {
        let at = self.previous.map_or(0, |token| token.end);
        self.end_statement(at, at);
    }

    fn place_doc(&mut self, kind: Kind, start: u32) {
        use Kind::*;
        if matches!(kind, Fn | Class | At | Static) && self.kind().is_block() && self.at_statement_head() {
            if let Some(doc) = self.doc.take() {
                self.docs.push((start, doc));
            }
        } else {
            self.leave_doc();
        }
    }

    fn at_statement_head(&self) -> bool {
        matches!(self.previous_kind(), None | Some(Kind::End | Kind::BlockOpen))
    }

    /// A `{`: after an operator and the like it is a dict or set, else a block.
    fn brace(&mut self, start: u32, end: u32) {
        use Kind::*;
        let newline = std::mem::take(&mut self.newline);
        let head = self.at_statement_head();
        let block = head
            || match self.previous_kind() {
                Some(Return | Raise | Yield) => false,
                Some(ElseBranch | Try | Finally | Except) => true,
                Some(previous) => previous.can_end(),
                None => true,
            };
        if !block {
            return self.open(DictOpen, LevelKind::Dict, start, end);
        }
        if newline && !head {
            self.brace_on_next_line(start, end);
        }
        let value = self.previous_kind() == Some(ParenClose) && self.after_value;
        self.open(BlockOpen, LevelKind::Block { value }, start, end);
    }

    fn open(&mut self, token: Kind, level: LevelKind, start: u32, end: u32) {
        if level.is_block() {
            self.blocks += 1;
            if self.blocks > MAX_BLOCKS {
                return self.give_up("too-many-blocks", "too many statically nested blocks", start, end);
            }
        } else if !matches!(level, LevelKind::Text(_) | LevelKind::Spec(_)) {
            self.brackets += 1;
            if self.brackets > MAX_BRACKETS {
                return self.give_up("too-many-parentheses", "too many nested parentheses", start, end);
            }
        }
        let above = self.top();
        let (broken, muted, class) = (above.broken, above.muted, above.class);
        // The braces of a block go out even from a broken statement, so that its inside is looked at.
        if level.is_block() && !muted && !(broken && class) {
            self.push(token, start, end);
        } else {
            self.emit(token, start, end);
        }
        let (broken, muted) =
            if level.is_block() { (false, muted || broken && class) } else { (broken, muted) };
        self.levels.push(Level {
            kind: level,
            open: start,
            statement: self.out.len(),
            count: 0,
            broken,
            muted,
            class: !level.is_block() && class,
        });
    }

    /// Takes away the innermost level.
    fn pop(&mut self) -> Level {
        let level = self.levels.pop().unwrap_or_else(|| unreachable!("the module is never popped"));
        self.depth -= level.count;
        if level.kind.is_block() {
            self.blocks -= 1;
        } else if !matches!(level.kind, LevelKind::Text(_) | LevelKind::Spec(_)) {
            self.brackets -= 1;
        }
        level
    }

    fn close(&mut self, closer: Kind, start: u32, end: u32) {
        use LevelKind::*;
        match (closer, self.kind()) {
            (Kind::ParenClose, Paren { value }) => {
                self.pop();
                self.emit(closer, start, end);
                self.after_value = value;
            }
            (Kind::SquareClose, Square) | (Kind::BraceClose, Dict) => {
                self.pop();
                self.emit(closer, start, end);
            }
            (Kind::BraceClose, Block { value }) => {
                self.close_block(start, end);
                self.after_block = !value;
            }
            (Kind::BraceClose, Field(_)) => {
                self.close_field(start, end);
            }
            _ => self.mismatch(closer, start, end),
        }
    }

    fn close_block(&mut self, start: u32, end: u32) {
        let level = self.pop();
        let above = self.top();
        if level.muted || above.muted {
            self.note(Kind::BraceClose, start, end);
        } else {
            self.push(Kind::BraceClose, start, end);
        }
    }

    fn end_statement(&mut self, start: u32, end: u32) {
        if self.kind().is_block() {
            self.top().broken = false;
        }
        self.emit(Kind::End, start, end);
        let statement = self.out.len();
        let level = self.top();
        level.statement = statement;
        level.class = false;
        self.restart_count();
    }

    fn restart_count(&mut self) {
        let level = self.top();
        let count = std::mem::take(&mut level.count);
        self.depth -= count;
    }

    /// Hands a token on, unless it stands in what is reported already.
    fn emit(&mut self, kind: Kind, start: u32, end: u32) {
        let level = self.top();
        if level.broken || level.muted {
            self.note(kind, start, end);
        } else {
            self.push(kind, start, end);
        }
    }

    fn push(&mut self, kind: Kind, start: u32, end: u32) {
        self.out.push(Token { start, end, kind });
        self.note(kind, start, end);
    }

    /// Remembers a token as the one before the next, and counts it.
    fn note(&mut self, kind: Kind, start: u32, end: u32) {
        self.previous = Some(Token { start, end, kind });
        self.after_block = false;
        self.after_value = false;
        self.top().count += 1;
        self.depth += 1;
        if self.depth > self.deepest && !self.hopeless {
            self.deepest = self.depth;
            if self.depth > MAX_DEPTH {
                self.give_up("expression-too-deep", "expression too long or too deeply nested", start, end);
            }
        }
    }

    /// Makes two words one token: `is not`, `not in`.
    fn amend(&mut self, kind: Kind, end: u32) {
        if let Some(previous) = &mut self.previous {
            if let Some(last) = self.out.last_mut().filter(|last| last.start == previous.start) {
                (last.kind, last.end) = (kind, end);
            }
            (previous.kind, previous.end) = (kind, end);
        }
    }

    fn glued_to_int(&self, start: u32) -> bool {
        self.previous.is_some_and(|token| {
            token.kind == Kind::Int
                && token.end == start
                && self.source.as_bytes()[token.start as usize..token.end as usize]
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || *byte == b'_')
        })
    }

    /// At the end of the text: reports what is still open, and closes it.
    fn close_all(&mut self) {
        let end = self.source.len() as u32;
        if self.newline && self.kind().is_block() && self.previous.is_some_and(|token| token.kind.can_end()) {
            self.end_line();
        }
        self.leave_doc();
        self.written = Some(self.out.len());
        if self.levels.len() > 1 {
            self.never_closed(true);
        }
        while self.levels.len() > 1 {
            if self.kind().is_block() {
                self.close_block(end, end);
            } else {
                self.abandon_brackets();
                self.written = Some(self.out.len());
            }
        }
    }

    fn top(&mut self) -> &mut Level {
        self.levels.last_mut().unwrap_or_else(|| unreachable!("the module is never popped"))
    }

    fn kind(&self) -> LevelKind {
        self.levels.last().map_or(LevelKind::Module, |level| level.kind)
    }

    fn previous_kind(&self) -> Option<Kind> {
        self.previous.map(|token| token.kind)
    }

    /// Is an f-string open in the innermost statement?
    fn in_field(&self) -> bool {
        self.levels
            .iter()
            .rev()
            .take_while(|level| !level.kind.is_block())
            .any(|level| matches!(level.kind, LevelKind::Field(_)))
    }
}
