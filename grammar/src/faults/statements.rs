//! Rules about statements and blocks.

use super::{Scene, annotation, foreign_operator, invalid};
use crate::diagnostic::Diagnostic;
use crate::lexer::Kind;

impl Scene<'_> {
    pub(super) fn explain_equal(&self) -> Option<Diagnostic> {
        if self.kind() != Some(Kind::Equal) {
            return None;
        }
        let before = self.kind_before();
        if before == Some(Kind::Colon) && self.is_glued() {
            return Some(self.walrus());
        }
        if matches!(before, Some(Kind::EqualEqual | Kind::NotEqual)) && self.is_glued() {
            return Some(foreign_operator(self.span()).help("compare with `==` or `!=`; identity is `is`"));
        }
        if before == Some(Kind::Yield) {
            let message = "assignment to yield expression not possible";
            return Some(Diagnostic::new("invalid-target", self.span_at(self.at - 1), message));
        }
        if !before.is_some_and(Kind::ends_expression) {
            return None;
        }
        let open = self.open_bracket();
        if open.is_none() && matches!(self.head(), Some(Kind::Let | Kind::Var)) {
            let first = (self.statement..self.at).find(|&index| self.kind_at(index) == Some(Kind::Equal));
            let error = invalid(self.span()).label("a declaration takes one `=`");
            return Some(match first {
                Some(first) => error
                    .related(self.span_at(first), "the first one")
                    .help("declare the names first; `a = b = value` assigns to declared ones"),
                None => error,
            });
        }
        let message = "invalid syntax. Maybe you meant '==' instead of '='?";
        let error = Diagnostic::new("assignment-in-expression", self.span(), message);
        Some(error.label("this would assign").help("compare with `==`"))
    }

    fn walrus(&self) -> Diagnostic {
        foreign_operator(self.span())
            .label("Toy has no `:=`")
            .help("declare with `let` or `var`, assign with `=`")
    }

    pub(super) fn explain_colon(&self) -> Option<Diagnostic> {
        if self.kind() != Some(Kind::Colon) {
            return None;
        }
        let error = invalid(self.span());
        let next = self.tokens.get(self.at + 1);
        if next.is_some_and(|next| next.kind == Kind::Equal && next.start == self.span().end) {
            return Some(self.walrus());
        }
        let open = self.open_bracket();
        if open.is_none() && self.expects("block {") {
            let message = "expected '{'";
            let error = Diagnostic::new("missing-block", self.span(), message);
            return Some(
                error.label("blocks stand in braces").help("write `{` here and `}` after the block"),
            );
        }
        if self.in_params() || matches!(self.head(), Some(Kind::Let | Kind::Var)) {
            return Some(annotation(self.span()));
        }
        let head_of_block = self.statement > 0 && self.kind_at(self.statement - 1) == Some(Kind::BlockOpen);
        if open.is_none() && head_of_block && self.at == self.statement + 1 {
            return Some(
                error
                    .label("this is a statement in a block")
                    .related(
                        self.span_at(self.statement - 1),
                        "a brace at the head of a statement opens a block",
                    )
                    .help("for a dict write `({ … })`"),
            );
        }
        (open.is_none() && self.kind_before() == Some(Kind::Name)).then(|| annotation(self.span()))
    }

    pub(super) fn explain_statement(&self) -> Option<Diagnostic> {
        let error = invalid(self.span());
        let before = self.kind_before();
        match self.kind() {
            Some(Kind::Else | Kind::ElseBranch) if self.at == self.statement => {
                return Some(Diagnostic {
                    code: "branch-alone",
                    ..error.label("no `if` or `try` before it")
                });
            }
            Some(Kind::Except | Kind::Finally) if before != Some(Kind::BraceClose) => {
                return Some(Diagnostic { code: "branch-alone", ..error.label("no `try` before it") });
            }
            Some(Kind::End) if self.open_bracket().is_some() => {
                return Some(error.label("a statement ends here, inside brackets"));
            }
            Some(Kind::Dot | Kind::SquareOpen | Kind::ParenOpen)
                if matches!(self.head(), Some(Kind::Let | Kind::Var | Kind::For)) && self.binds_here() =>
            {
                return Some(error.label("only names can be bound here"));
            }
            Some(Kind::SlashSlash) if self.at == self.statement => {
                return Some(foreign_operator(self.span()).help("comments begin with `#`"));
            }
            Some(Kind::Comma) if self.expects("as") && self.head() == Some(Kind::Try) => {
                let message = "multiple exception types must be parenthesized";
                return Some(Diagnostic::new("invalid-syntax", self.span(), message));
            }
            _ => {}
        }
        if before == Some(Kind::BraceClose) && self.expects("except") && self.head() == Some(Kind::Try) {
            let message = "expected 'except' or 'finally' block";
            let error = Diagnostic::new("try-alone", self.span_at(self.statement), message);
            return Some(error.label("this `try` has neither"));
        }
        if self.head() == Some(Kind::For) && before == Some(Kind::ParenOpen) && self.at == self.statement + 2
        {
            return Some(
                error.help("a loop is written `for x in xs { … }`, a counting one `for i in 0..n { … }`"),
            );
        }
        self.explain_import().or_else(|| self.explain_member())
    }

    /// Is this in the pattern of a declaration or loop, before its `=` or `in`?
    fn binds_here(&self) -> bool {
        !self.tokens[self.statement..self.at].iter().any(|token| matches!(token.kind, Kind::Equal | Kind::In))
    }

    fn explain_import(&self) -> Option<Diagnostic> {
        let head = self.head().filter(|head| matches!(head, Kind::Import | Kind::From))?;
        let error = invalid(self.span());
        match (self.kind_before()?, self.kind()) {
            (Kind::Import, None | Some(Kind::End)) => {
                let message = "Expected one or more names after 'import'";
                Some(Diagnostic::new("invalid-syntax", self.span(), message))
            }
            (Kind::Import, Some(Kind::Star)) => {
                Some(error.label("Toy has no `import *`").help("name what you need, or import the module"))
            }
            (Kind::Import | Kind::From, Some(Kind::Str)) => {
                Some(error.help("a module's name takes no quotes"))
            }
            (Kind::From, Some(Kind::Dot | Kind::DotDot)) => {
                let error = error.label("Toy has no relative imports");
                Some(error.help("modules are looked for in the directory of the importing file first"))
            }
            (Kind::Comma, _) if head == Kind::From => {
                let message = "trailing comma not allowed without surrounding parentheses";
                Some(Diagnostic::new("invalid-syntax", self.span(), message))
            }
            _ => None,
        }
    }

    /// What a class body does not hold, and methods with names that are none.
    fn explain_member(&self) -> Option<Diagnostic> {
        let error = invalid(self.span());
        if self.kind_before() == Some(Kind::Fn) {
            return match self.kind()? {
                Kind::NotEqual => Some(error.help("`!=` follows `==`: declare that one")),
                Kind::In => Some(error.help("the method for `in` is named `contains`")),
                kind if is_method_operator(kind) && !self.expects("+") => {
                    Some(error.label("an operator names a method, in the body of a class"))
                }
                _ => None,
            };
        }
        let kind = self.kind()?;
        if self.in_class() && self.at == self.statement {
            let error =
                error.label("a class body holds `let`, `var`, `fn`, `static fn`, `class` and decorators");
            let assigned = kind == Kind::Name && self.kind_at(self.at + 1) == Some(Kind::Equal);
            return Some(if assigned { error.help("declare it with `let` or `var`") } else { error });
        }
        (kind == Kind::Static).then(|| error.label("only a method is `static`, in the body of a class"))
    }

    pub(super) fn explain_block(&self) -> Option<Diagnostic> {
        let before = self.kind_before();
        let kind = self.kind();
        if self.at > self.statement
            && self.expects("block {")
            && self.at_line_end()
            && self.open_bracket().is_none()
        {
            let arrow = self.expects("=>");
            let message = if arrow { "expected '{' or '=>'" } else { "expected '{'" };
            let mut error = Diagnostic::new("missing-block", self.span(), message);
            let next = (self.at..self.tokens.len()).find(|&index| self.kind_at(index) != Some(Kind::End));
            error = match next.filter(|&next| self.kind_at(next) == Some(Kind::BlockOpen)) {
                Some(brace) => {
                    error.code = "brace-on-next-line";
                    error
                        .label("a block's brace stands on the line of its head")
                        .related(self.span_at(brace), "move this brace up")
                }
                None => error.label("the block is missing"),
            };
            return Some(error);
        }
        if before == Some(Kind::BraceClose)
            && self.expects("end")
            && self.open_bracket().is_none()
            && kind.is_some_and(|kind| {
                kind.starts_expression()
                    || kind.begins_statement_only()
                    || kind == Kind::If
                    || kind == Kind::For
            })
        {
            let error = invalid(self.span()).label("behind a block");
            return Some(error.help("after a block's `}` comes a newline or `;`"));
        }
        let statement_word = kind.is_some_and(Kind::begins_statement_only);
        (statement_word && self.expects("end") && self.at > self.statement && self.open_bracket().is_none())
            .then(|| {
                let error = invalid(self.span()).label("another statement begins here");
                error.help("statements are separated by a newline or `;`")
            })
    }
}

fn is_method_operator(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Plus | Minus
            | Star
            | Slash
            | SlashSlash
            | Percent
            | StarStar
            | Ampersand
            | Pipe
            | Caret
            | Tilde
            | LessLess
            | GreaterGreater
            | EqualEqual
            | Less
            | LessEqual
            | Greater
            | GreaterEqual
            | SquareOpen
    )
}
