//! Rules about operators, brackets and f-strings.

use super::{Scene, annotation, foreign_operator, invalid};
use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::Kind;

impl Scene<'_> {
    /// A replacement field without an expression.
    pub(super) fn explain_field(&self) -> Option<Diagnostic> {
        if self.kind_before() != Some(Kind::FieldOpen) {
            return None;
        }
        let sign = match self.kind()? {
            Kind::FieldClose => '}',
            Kind::FieldEqual => '=',
            Kind::FieldConversion => '!',
            Kind::FieldColon => ':',
            _ => return None,
        };
        let message = format!("f-string: valid expression required before '{sign}'");
        Some(Diagnostic::new("f-string", self.span(), message))
    }

    pub(super) fn explain_operator(&self) -> Option<Diagnostic> {
        let kind = self.kind();
        let before = self.kind_before();
        let error = invalid(self.span());
        if let Some(sign) = self.doubled_sign() {
            let error = foreign_operator(self.span_at(self.at - 1));
            return Some(
                error.label(format!("Toy has no `{sign}{sign}`")).help(format!("write `{sign}= 1`")),
            );
        }
        match (before, kind) {
            (Some(Kind::Super), _) if kind != Some(Kind::Dot) => {
                Some(error.label("`super` is followed by a dot and the name of a method"))
            }
            (Some(Kind::Less), Some(Kind::Greater)) if self.is_glued() => {
                Some(foreign_operator(self.span()).help("write `!=` for unequal"))
            }
            (Some(Kind::Equal), Some(Kind::Less | Kind::Greater)) if self.is_glued() => {
                Some(foreign_operator(self.span()).help("the sign of equality comes last: `<=`, `>=`"))
            }
            (Some(Kind::ParenClose), Some(Kind::Minus)) if self.arrow_follows() => {
                Some(annotation(self.span()))
            }
            (Some(Kind::Minus), Some(Kind::Greater)) if self.is_glued() => {
                Some(if self.head() == Some(Kind::Fn) {
                    annotation(self.span())
                } else {
                    foreign_operator(self.span())
                        .help("an attribute is written `object.name`, a function value `fn(x) => …`")
                })
            }
            (None, Some(Kind::Slash)) if self.kind_at(self.at + 1) == Some(Kind::Star) => {
                Some(foreign_operator(self.span()).help("comments begin with `#`"))
            }
            (_, Some(Kind::Dot)) if !before.is_some_and(Kind::ends_expression) && self.digit_follows() => {
                let message = "invalid decimal literal";
                let span = self.span().to(self.span_at(self.at + 1));
                let error = Diagnostic::new("invalid-number", span, message);
                Some(error.help("a point in a number wants a digit on both sides, as in `0.5`"))
            }
            (Some(_), Some(Kind::Arrow)) => Some(error.help("a function value is written `fn(x) => …`")),
            (_, Some(Kind::Yield)) => Some(error.help("put `yield` in parentheses")),
            (Some(before), _) if self.expects("else") && before.ends_expression() => {
                let message = "expected 'else' after 'if' expression";
                Some(Diagnostic::new("invalid-syntax", self.span(), message))
            }
            (Some(_), _) if self.expects("in") && !self.expects("+") => {
                let message = "'in' expected after for-loop variables";
                Some(Diagnostic::new("invalid-syntax", self.span(), message))
            }
            _ => None,
        }
    }

    /// `i++` or `i--`, which want another operand.
    pub(super) fn doubled_sign(&self) -> Option<char> {
        let (second, first) = (self.before()?, self.nth_before(2)?);
        let sign = match (first.kind, second.kind) {
            (Kind::Plus, Kind::Plus) => '+',
            (Kind::Minus, Kind::Minus) => '-',
            _ => return None,
        };
        let wanting = first.end == second.start && !self.kind().is_some_and(Kind::starts_expression);
        wanting.then_some(sign)
    }

    /// Is this the `-` of `->`?
    fn arrow_follows(&self) -> bool {
        self.tokens
            .get(self.at + 1)
            .is_some_and(|next| next.kind == Kind::Greater && next.start == self.span().end)
    }

    fn digit_follows(&self) -> bool {
        self.source.as_bytes().get(self.span().end as usize).is_some_and(u8::is_ascii_digit)
    }

    /// Missing commas and the like between elements.
    pub(super) fn explain_brackets(&self) -> Option<Diagnostic> {
        let open = self.open_kind()?;
        let before = self.before()?;
        let kind = self.kind()?;
        let message = match open {
            Kind::DictOpen if before.kind == Kind::Colon => {
                "expression expected after dictionary key and ':'"
            }
            Kind::DictOpen if self.expects(":") && !self.expects("}") => "':' expected after dictionary key",
            Kind::SquareOpen | Kind::DictOpen if kind == Kind::For && before.kind.ends_expression() => {
                "did you forget parentheses around the comprehension target?"
            }
            Kind::ParenOpen | Kind::SquareOpen | Kind::DictOpen | Kind::FieldOpen
                if before.kind.ends_expression() && kind.starts_expression() && !self.in_params() =>
            {
                let span = Span::new(before.start, self.span().end);
                let message = "invalid syntax. Perhaps you forgot a comma?";
                return Some(Diagnostic::new("missing-comma", span, message));
            }
            _ => return None,
        };
        Some(Diagnostic::new("invalid-syntax", self.span(), message))
    }
}
