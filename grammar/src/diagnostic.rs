//! Errors in a program's text as plain data: what, where, and what to do.
//!
//! The lexer, the parser, the resolver and `toy check` make these; only the report room turns them into text for
//! a reader.

use crate::ast::Span;

/// Whether a program with the finding can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but somebody should look.
    Warning,
}

impl Severity {
    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One error or warning about the text of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable short name in kebab-case, such as `unknown-name`.
    pub code: &'static str,
    /// One sentence without a final stop, in lower case, as Python words its own.
    pub message: String,
    /// The place at fault.
    pub span: Span,
    /// What stands at the place, shown under the mark; may be empty.
    pub label: String,
    /// Other places that explain it, such as the first of two declarations.
    pub related: Vec<(Span, String)>,
    /// One thing to do about it.
    pub help: Option<String>,
    /// More text could complete the program: the prompt then goes on reading.
    pub incomplete: bool,
}

impl Diagnostic {
    pub fn new(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: None,
            incomplete: false,
        }
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::new(code, span, message) }
    }

    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = text.into();
        self
    }

    pub fn related(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.related.push((span, text.into()));
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    pub fn incomplete(mut self) -> Diagnostic {
        self.incomplete = true;
        self
    }
}
