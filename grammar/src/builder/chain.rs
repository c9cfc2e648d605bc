//! The shape of operator chains.
//!
//! The grammar sees `a + b * c` as a flat run of operands and operators; here each takes its place by
//! precedence, with two stacks and no recursion, so that a chain may be as long as it likes.
//! Comparisons, `and` and `or` collect their operands in one node instead of nesting.

use super::{Builder, Mark, Placed};
use crate::ast::*;

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    Or,
    And,
    Compare(CompareOp),
    Range { inclusive: bool },
    Binary(BinaryOp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Range,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    Sign,
    Power,
}

impl Piece {
    fn level(self) -> Level {
        use BinaryOp::*;
        match self {
            Piece::Or => Level::Or,
            Piece::And => Level::And,
            Piece::Compare(_) => Level::Compare,
            Piece::Range { .. } => Level::Range,
            Piece::Binary(BitOr) => Level::BitOr,
            Piece::Binary(BitXor) => Level::BitXor,
            Piece::Binary(BitAnd) => Level::BitAnd,
            Piece::Binary(Shl | Shr) => Level::Shift,
            Piece::Binary(Add | Sub) => Level::Sum,
            Piece::Binary(Mul | Div | FloorDiv | Mod) => Level::Product,
            Piece::Binary(Pow) => Level::Power,
        }
    }
}

/// An operator that waits for its right operand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator {
    kind: OperatorKind,
    level: Level,
    span: Span,
}

#[derive(Clone, Copy, Debug)]
enum OperatorKind {
    Prefix(UnaryOp),
    Infix(Piece),
}

#[derive(Debug)]
pub(super) struct Operand {
    placed: Placed,
    /// It was made in this chain by this kind of operator, and takes further operands.
    open: Option<Level>,
}

impl Builder<'_> {
    /// A prefix operator, at the start of a chain or in it.
    pub fn prefix(&mut self, chain: Option<Mark>, op: UnaryOp, start: u32, end: u32) -> Mark {
        let mark = chain.unwrap_or(Mark(self.operators.len() as u32));
        let span = Span::new(start, end);
        let level = if op == UnaryOp::Not { Level::Not } else { Level::Sign };
        if op == UnaryOp::Not
            && let Some(last) = self.operators[mark.0 as usize..].last()
            && last.level > Level::Not
        {
            self.error("invalid-syntax", span, "invalid syntax").label =
                "`not` binds less than the operator before it".to_owned();
            self.last_error_help("put `not …` in parentheses");
        }
        self.operators.push(Operator { kind: OperatorKind::Prefix(op), level, span });
        mark
    }

    /// An operand and the operator behind it.
    pub fn infix(&mut self, chain: Option<Mark>, left: Placed, op: Piece, start: u32, end: u32) -> Mark {
        let mark = chain.unwrap_or(Mark(self.operators.len() as u32));
        self.operands.push(Operand { placed: left, open: None });
        let level = op.level();
        while self.operators.len() > mark.0 as usize {
            let above = self.operators[self.operators.len() - 1];
            let left_first = above.level > level || above.level == level && level != Level::Power;
            if !left_first {
                break;
            }
            if level == Level::Range && above.level == Level::Range {
                self.error("invalid-syntax", Span::new(start, end), "invalid syntax").label =
                    "a range has two ends".to_owned();
            }
            self.apply();
        }
        self.operators.push(Operator { kind: OperatorKind::Infix(op), level, span: Span::new(start, end) });
        mark
    }

    /// The last operand: the chain is complete.
    pub fn chain(&mut self, mark: Mark, last: Placed) -> Placed {
        self.operands.push(Operand { placed: last, open: None });
        while self.operators.len() > mark.0 as usize {
            self.apply();
        }
        self.operand().placed
    }

    fn operand(&mut self) -> Operand {
        self.operands.pop().unwrap_or_else(|| unreachable!("a chain begins and ends with an operand"))
    }

    /// Applies the last operator to the last one or two operands.
    fn apply(&mut self) {
        let right = self.operand();
        let Some(Operator { kind, level, span: op_span }) = self.operators.pop() else { return };
        let end = right.placed.end;
        let operand = match kind {
            OperatorKind::Prefix(op) => {
                let kind = ExprKind::Unary { op, operand: Box::new(right.placed.expr) };
                Operand { placed: Placed::new(op_span.start, end, kind), open: None }
            }
            OperatorKind::Infix(piece) => {
                let left = self.operand();
                join(left, piece, level, op_span, right.placed)
            }
        };
        self.operands.push(operand);
    }
}

fn join(mut left: Operand, piece: Piece, level: Level, op_span: Span, right: Placed) -> Operand {
    let (start, end) = (left.placed.start, right.end);
    if left.open == Some(level) {
        match (&mut left.placed.expr.kind, piece) {
            (ExprKind::Compare { rest, .. }, Piece::Compare(op)) => {
                rest.push(Comparison { op, op_span, operand: right.expr });
            }
            (ExprKind::And(values) | ExprKind::Or(values), _) => values.push(right.expr),
            _ => unreachable!("only these stay open"),
        }
        left.placed.expr.span.end = end;
        left.placed.end = end;
        return left;
    }
    let (left, right) = (left.placed.expr, right.expr);
    let (kind, open) = match piece {
        Piece::Or => (ExprKind::Or(vec![left, right]), Some(level)),
        Piece::And => (ExprKind::And(vec![left, right]), Some(level)),
        Piece::Compare(op) => {
            let rest = vec![Comparison { op, op_span, operand: right }];
            (ExprKind::Compare { first: Box::new(left), rest }, Some(level))
        }
        Piece::Range { inclusive } => {
            (ExprKind::Range { start: Box::new(left), end: Box::new(right), inclusive }, None)
        }
        Piece::Binary(op) => {
            (ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) }, None)
        }
    };
    Operand { placed: Placed::new(start, end, kind), open }
}
