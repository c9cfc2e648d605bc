//! The source of instructions: what a traceback marks.
//!
//! The marks are those of CPython 3.13, which takes them from the text: under a call, an index or a binary
//! operation the part that acts gets carets and the rest tildes, wherever such an expression is marked. An
//! attribute or method whose name stands on a later line than its object is marked from the name on.

use toy_grammar::ast::{Expr, ExprKind, Ident, Span};

/// What a traceback marks, and the part of it with carets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) span: Span,
    pub(super) anchor: Span,
}

impl At {
    pub(super) fn whole(span: Span) -> At {
        At { span, anchor: Span::default() }
    }

    pub(super) fn anchored(span: Span, anchor: Span) -> At {
        At { span, anchor }
    }

    /// The end of the span from `open` on: an argument list, an index.
    pub(super) fn tail(span: Span, open: u32) -> At {
        At { span, anchor: Span::new(open, span.end) }
    }

    /// An expression as a whole.
    pub(super) fn of(e: &Expr) -> At {
        match &e.kind {
            ExprKind::Binary { op_span, .. } => At::anchored(e.span, *op_span),
            ExprKind::Call { open, .. } | ExprKind::Index { open, .. } | ExprKind::Slice { open, .. } => {
                At::tail(e.span, *open)
            }
            _ => At::whole(e.span),
        }
    }
}

/// Where the lines of the source end, for questions in nearly rising order.
pub(super) struct LineEnds {
    ends: Vec<u32>,
    /// The answer to the last question.
    finger: usize,
}

impl LineEnds {
    pub(super) fn new(source: &str) -> LineEnds {
        let ends =
            source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(i, _)| i as u32).collect();
        LineEnds { ends, finger: 0 }
    }

    /// Whether the two offsets are on different lines.
    fn is_between(&mut self, start: u32, end: u32) -> bool {
        const REACH: usize = 8;
        let is_near =
            |i: usize| self.ends.get(i).is_none_or(|&at| at >= start) && (i == 0 || self.ends[i - 1] < start);
        let near = self.finger.saturating_sub(REACH)..=self.finger + REACH;
        let first = match near.into_iter().find(|&i| i <= self.ends.len() && is_near(i)) {
            Some(first) => first,
            None => self.ends.partition_point(|&at| at < start),
        };
        self.finger = first;
        self.ends.get(first).is_some_and(|&at| at < end)
    }

    /// The place of what ends with an attribute's name, or of a method call.
    pub(super) fn at_attribute(&mut self, at: At, name: &Ident) -> At {
        if !self.is_between(at.span.start, name.span.start) {
            return at;
        }
        At { span: Span::new(name.span.start, at.span.end), anchor: at.anchor }
    }
}
