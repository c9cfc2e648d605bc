//! Words for what the parser did not expect.
use crate::ast::Span;
use crate::diagnostic::Diagnostic;
use crate::lexer::Token;

pub(crate) struct Scene<'a> {
    pub source: &'a str,
    pub tokens: &'a [Token],
    pub at: usize,
    pub statement: usize,
    pub expected: &'a [String],
}

pub(crate) fn explain(scene: &Scene<'_>) -> Diagnostic {
    let end = scene.source.len() as u32;
    let span = scene.tokens.get(scene.at).map_or(Span::new(end, end), |t| Span::new(t.start, t.end));
    Diagnostic::new("invalid-syntax", span, "invalid syntax").label(format!("{:?}", scene.expected))
}
