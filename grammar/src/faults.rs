//! Words for what the parser did not expect.
//!
//! The parser knows only that a token fits nowhere, and which ones would have. Most of what people
//! write wrong can be told from a few tokens before and after, so a list of rules looks at those, the
//! most telling first; what no rule knows is "invalid syntax" with a label that names the token.

use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Kind, Token};

mod expressions;
mod statements;
mod words;

/// Where the parser stopped.
pub(crate) struct Scene<'a> {
    pub source: &'a str,
    pub tokens: &'a [Token],
    /// The token that does not fit; at the end of the text, the number of tokens.
    pub at: usize,
    /// Where the innermost statement begins.
    pub statement: usize,
    /// The terminals that would fit, as the grammar spells them, in quotes.
    pub expected: &'a [String],
}

/// What is wrong here.
pub(crate) fn explain(scene: &Scene<'_>) -> Diagnostic {
    let mut error = scene
        .explain_word()
        .or_else(|| scene.explain_field())
        .or_else(|| scene.explain_equal())
        .or_else(|| scene.explain_colon())
        .or_else(|| scene.explain_statement())
        .or_else(|| scene.explain_block())
        .or_else(|| scene.explain_operator())
        .or_else(|| scene.explain_brackets())
        .unwrap_or_else(|| scene.explain_plain());
    error.incomplete = scene.is_incomplete();
    error
}

fn invalid(span: Span) -> Diagnostic {
    Diagnostic::new("invalid-syntax", span, "invalid syntax")
}

/// An operator of another language.
fn foreign_operator(span: Span) -> Diagnostic {
    Diagnostic::new("foreign-operator", span, "invalid syntax")
}

/// A type behind a name.
fn annotation(span: Span) -> Diagnostic {
    Diagnostic::new("type-annotation", span, "invalid syntax").label("Toy has no type annotations")
}

impl Scene<'_> {
    /// The kind of the token that does not fit; `None` at the end of the text.
    fn kind(&self) -> Option<Kind> {
        self.kind_at(self.at)
    }

    fn kind_at(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The token before, in the same statement.
    fn before(&self) -> Option<Token> {
        self.nth_before(1)
    }

    fn nth_before(&self, n: usize) -> Option<Token> {
        let index = self.at.checked_sub(n).filter(|&index| index >= self.statement)?;
        self.tokens.get(index).copied()
    }

    fn kind_before(&self) -> Option<Kind> {
        self.before().map(|token| token.kind)
    }

    /// The first token of the statement, if it is not the one at fault.
    fn head(&self) -> Option<Kind> {
        self.kind_at(self.statement).filter(|_| self.statement < self.at)
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|expected| expected.trim_matches('"') == terminal)
    }

    fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| self.text_of(*token))
    }

    fn text_of(&self, token: Token) -> &str {
        self.source.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    /// The place of the token at fault; at the end of the text, behind the last token.
    fn span(&self) -> Span {
        match self.tokens.get(self.at) {
            Some(token) => Span::new(token.start, token.end.min(self.source.len() as u32)),
            None => {
                let end = self.tokens.last().map_or(0, |token| token.end).min(self.source.len() as u32);
                Span::new(end, end)
            }
        }
    }

    fn span_at(&self, index: usize) -> Span {
        self.tokens.get(index).map_or(self.span(), |token| Span::new(token.start, token.end))
    }

    /// Does the token at fault follow the one before without a gap?
    fn is_glued(&self) -> bool {
        self.before().is_some_and(|before| before.end == self.span().start)
    }

    /// Does the text or the line end here?
    fn at_line_end(&self) -> bool {
        matches!(self.kind(), None | Some(Kind::End))
    }

    /// The innermost bracket that the statement has open here.
    fn open_bracket(&self) -> Option<usize> {
        let mut open = Vec::new();
        for index in self.statement..self.at.min(self.tokens.len()) {
            let kind = self.tokens[index].kind;
            if kind.opens() {
                open.push(index);
            } else if kind.closes() {
                open.pop();
            }
        }
        open.pop()
    }

    fn open_kind(&self) -> Option<Kind> {
        self.open_bracket().and_then(|index| self.kind_at(index))
    }

    /// Is the innermost open bracket that of a parameter list?
    fn in_params(&self) -> bool {
        let Some(open) = self.open_bracket().filter(|&open| open > 0) else { return false };
        self.kind_at(open) == Some(Kind::ParenOpen)
            && (self.kind_at(open - 1) == Some(Kind::Fn)
                || open > 1 && self.kind_at(open - 2) == Some(Kind::Fn))
    }

    /// Is this directly in the body of a class?
    fn in_class(&self) -> bool {
        self.expects("static") && !self.expects("while")
    }

    fn is_incomplete(&self) -> bool {
        let last = self.at + 1 >= self.tokens.len() && self.at_line_end();
        if !last || self.text(self.at) == ";" || self.doubled_sign().is_some() {
            return false;
        }
        if self.head() == Some(Kind::At)
            && self.tokens[self.statement..]
                .iter()
                .all(|token| token.kind != Kind::Fn && token.kind != Kind::Class)
        {
            return true;
        }
        match self.kind_before() {
            // Their brace stands on their own line.
            Some(Kind::ElseBranch | Kind::Try | Kind::Finally | Kind::Except) => false,
            Some(Kind::BraceClose) => self.expects("except"),
            Some(kind) => !kind.can_end(),
            None => false,
        }
    }

    fn explain_plain(&self) -> Diagnostic {
        let error = if (1..=3).contains(&self.expected.len()) && !self.expects("end") {
            let mut message = "expected ".to_owned();
            for (index, terminal) in self.expected.iter().enumerate() {
                if index > 0 {
                    message.push_str(if index + 1 == self.expected.len() { " or " } else { ", " });
                }
                message.push_str(&spell(terminal.trim_matches('"')));
            }
            Diagnostic::new("invalid-syntax", self.span(), message)
        } else {
            invalid(self.span())
        };
        let semicolon = self.text(self.at) == ";";
        let names_only = self.expects("name") && self.expects("[") && !self.expects("int");
        if names_only && !self.at_line_end() && !self.kind_before().is_some_and(Kind::ends_expression) {
            error.label("only names can be bound here")
        } else if self.expects("int")
            && !semicolon
            && !self.kind_before().is_some_and(Kind::ends_expression)
            && !self.in_class()
        {
            error.label("an expression is wanted here")
        } else {
            error.label(format!("unexpected {}", self.describe()))
        }
    }

    /// The token at fault, in a label.
    fn describe(&self) -> String {
        match self.kind() {
            None => "end of the text".to_owned(),
            Some(Kind::End) if self.text(self.at) != ";" => "end of the line".to_owned(),
            Some(Kind::Name) => format!("name '{}'", self.text(self.at)),
            Some(Kind::Str | Kind::FStart) => "string".to_owned(),
            Some(Kind::Int | Kind::Float) => "number".to_owned(),
            Some(_) => format!("'{}'", self.text(self.at)),
        }
    }
}

/// A terminal of the grammar, in a message.
fn spell(terminal: &str) -> String {
    match terminal {
        "name" => "a name".to_owned(),
        "end" => "a new line".to_owned(),
        "int" | "float" => "a number".to_owned(),
        "str" | "f start" | "f text" | "f raw text" => "a string".to_owned(),
        "block {" | "dict {" | "f {" => "'{'".to_owned(),
        "f }" => "'}'".to_owned(),
        "else branch" => "'else'".to_owned(),
        "f =" => "'='".to_owned(),
        "f !" => "'!'".to_owned(),
        "f :" => "':'".to_owned(),
        _ => format!("'{terminal}'"),
    }
}
