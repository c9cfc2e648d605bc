//! What may be assigned, deleted and bound.

use super::Builder;
use crate::ast::*;

/// CPython's word for a kind of expression, in Toy's spelling.
pub(super) fn describe(kind: &ExprKind) -> &'static str {
    use ExprKind::*;
    match kind {
        Nil => "nil",
        True => "true",
        False => "false",
        SelfRef => "self",
        Int(_) | BigInt(_) | Float(_) | Str(_) | Bytes(_) => "literal",
        FString(_) => "f-string expression",
        Name(_) => "name",
        List(_) => "list",
        Tuple(_) => "tuple",
        Set(_) => "set display",
        Dict(_) => "dict literal",
        Starred(_) => "starred",
        Unary { .. } | Binary { .. } | And(_) | Or(_) | Range { .. } => "expression",
        Compare { .. } => "comparison",
        Conditional { .. } => "conditional expression",
        Call { .. } => "function call",
        Index { .. } | Slice { .. } => "subscript",
        Attribute { .. } => "attribute",
        Super { .. } => "super attribute",
        Function(_) => "function",
        Comprehension(comprehension) => match comprehension.kind {
            ComprehensionKind::List(_) => "list comprehension",
            ComprehensionKind::Set(_) => "set comprehension",
            ComprehensionKind::Dict(..) => "dict comprehension",
            ComprehensionKind::Generator(_) => "generator expression",
        },
        Yield(_) | YieldFrom(_) => "yield expression",
    }
}

/// Could `==` have been meant with this on its left? CPython asks only about these.
fn suggests_comparison(kind: &ExprKind) -> bool {
    use ExprKind::*;
    match kind {
        Unary { op, .. } => *op != UnaryOp::Not,
        Comprehension(comprehension) => !matches!(comprehension.kind, ComprehensionKind::Generator(_)),
        Int(_) | BigInt(_) | Float(_) | Str(_) | Bytes(_) | FString(_) | Set(_) | Dict(_) => true,
        Binary { .. } | Range { .. } | Call { .. } | Yield(_) | YieldFrom(_) => true,
        _ => false,
    }
}

impl Builder<'_> {
    pub(super) fn last_error_help(&mut self, help: &str) {
        if let Some(error) = self.errors.last_mut() {
            error.help = Some(help.to_owned());
        }
    }

    /// A whole target of an assignment; `single`: there is no other.
    pub(super) fn check_target(&mut self, target: &Expr, single: bool) {
        match &target.kind {
            ExprKind::Starred(_) => {
                let message = "starred assignment target must be in a list or tuple";
                self.error("invalid-target", target.span, message);
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) if !single => {
                let message = "assignment to yield expression not possible";
                self.error("invalid-target", target.span, message);
            }
            kind if single && suggests_comparison(kind) => {
                let message =
                    format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", describe(kind));
                self.error("invalid-target", target.span, message);
            }
            _ => self.check_part(target),
        }
    }

    fn check_part(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. } => {}
            ExprKind::Starred(inner) => self.check_part(inner),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let stars = items.iter().filter(|item| matches!(item.kind, ExprKind::Starred(_))).count();
                if stars > 1 {
                    let message = "multiple starred expressions in assignment";
                    self.error("invalid-target", target.span, message);
                }
                for item in items {
                    self.check_part(item);
                }
            }
            kind => {
                let message = format!("cannot assign to {}", describe(kind));
                self.error("invalid-target", target.span, message);
            }
        }
    }

    pub(super) fn check_augmented_target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. } => {}
            kind => {
                let message =
                    format!("'{}' is an illegal expression for augmented assignment", describe(kind));
                self.error("invalid-target", target.span, message);
            }
        }
    }

    /// The targets of `del`, out of the tuples and lists that group them.
    pub(super) fn collect_deleted(&mut self, mut target: Expr, list: &mut Vec<Expr>) {
        match &mut target.kind {
            ExprKind::Attribute { .. } | ExprKind::Index { .. } | ExprKind::Slice { .. } => list.push(target),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in std::mem::take(items) {
                    self.collect_deleted(item, list);
                }
            }
            ExprKind::Name(name) => {
                let message = format!("cannot delete name '{name}'");
                self.error("invalid-delete", target.span, message);
                self.last_error_help("`del` takes items, slices and attributes; a name ends with its block");
            }
            kind => {
                let message = format!("cannot delete {}", describe(kind));
                self.error("invalid-delete", target.span, message);
            }
        }
    }

    /// A pattern that stands alone: a star in it would have nothing to leave over.
    pub fn whole_pattern(&mut self, pattern: Pattern) -> Pattern {
        if matches!(pattern.kind, PatternKind::Star(_)) {
            let message = "starred assignment target must be in a list or tuple";
            self.error("invalid-target", pattern.span, message);
        }
        pattern
    }

    pub fn sequence(
        &mut self,
        start: u32,
        mut items: Vec<Pattern>,
        last: Option<Pattern>,
        end: u32,
    ) -> Pattern {
        items.extend(last);
        let span = Span::new(start, end);
        if items.iter().filter(|item| matches!(item.kind, PatternKind::Star(_))).count() > 1 {
            self.error("invalid-target", span, "multiple starred expressions in assignment");
        }
        Pattern { span, kind: PatternKind::Sequence(items) }
    }

    /// `(a)` is `a`; `(a,)` and `()` are sequences.
    pub fn parenthesized_pattern(
        &mut self,
        start: u32,
        items: Option<Vec<Pattern>>,
        last: Option<Pattern>,
        end: u32,
    ) -> Pattern {
        match (items, last) {
            (None, Some(pattern)) => self.whole_pattern(pattern),
            (items, last) => self.sequence(start, items.unwrap_or_default(), last, end),
        }
    }
}
