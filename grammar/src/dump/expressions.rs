//! Expressions as text.

use super::Dump;
use crate::ast::*;

impl Dump {
    pub(super) fn expr(&mut self, role: &str, expr: &Expr) {
        self.line(role, &head(&expr.kind), Some(expr.span));
        self.nested(|dump| dump.operands(&expr.kind));
    }

    /// What stands below an expression's line.
    fn operands(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::SelfRef => {}
            ExprKind::Int(_) | ExprKind::BigInt(_) | ExprKind::Float(_) => {}
            ExprKind::Str(_) | ExprKind::Bytes(_) | ExprKind::Name(_) | ExprKind::Super { .. } => {}
            ExprKind::FString(parts) => self.parts(parts),
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => self.exprs("", items),
            ExprKind::And(values) | ExprKind::Or(values) => self.exprs("", values),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            self.expr("key", key);
                            self.expr("value", value);
                        }
                        DictItem::Spread(other) => self.expr("**", other),
                    }
                }
            }
            ExprKind::Starred(inner) | ExprKind::YieldFrom(inner) => self.expr("", inner),
            ExprKind::Unary { operand, .. } => self.expr("", operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr("", left);
                self.expr("", right);
            }
            ExprKind::Compare { first, rest } => {
                self.expr("", first);
                for comparison in rest {
                    self.expr(comparison.op.symbol(), &comparison.operand);
                }
            }
            ExprKind::Range { start, end, .. } => {
                self.expr("", start);
                self.expr("", end);
            }
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr("test", test);
                self.expr("then", then);
                self.expr("else", otherwise);
            }
            ExprKind::Call { callee, args, .. } => {
                self.expr("callee", callee);
                self.args(args);
            }
            ExprKind::Index { object, index, .. } => {
                self.expr("object", object);
                self.expr("index", index);
            }
            ExprKind::Slice { object, slice, .. } => {
                self.expr("object", object);
                self.maybe("lower", &slice.lower);
                self.maybe("upper", &slice.upper);
                self.maybe("step", &slice.step);
            }
            ExprKind::Attribute { object, .. } => self.expr("", object),
            ExprKind::Function(function) => self.function(function),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    self.expr("", value);
                }
            }
        }
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            match arg {
                Arg::Positional(value) => self.expr("arg", value),
                Arg::Spread(value) => self.expr("*", value),
                Arg::Keyword(name, value) => self.expr(&format!("{}=", name.name), value),
                Arg::KeywordSpread(value) => self.expr("**", value),
            }
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        match &comprehension.kind {
            ComprehensionKind::Dict(key, value) => {
                self.expr("key", key);
                self.expr("value", value);
            }
            ComprehensionKind::List(element)
            | ComprehensionKind::Set(element)
            | ComprehensionKind::Generator(element) => self.expr("element", element),
        }
        for clause in &comprehension.clauses {
            match clause {
                Clause::For(target, iterable) => {
                    self.pattern("for", target);
                    self.expr("in", iterable);
                }
                Clause::If(test) => self.expr("if", test),
            }
        }
    }

    fn parts(&mut self, parts: &[FPart]) {
        for part in parts {
            match part {
                FPart::Text(text) => self.line("text", &format!("{text:?}"), None),
                FPart::Field(field) => {
                    self.line("", "field", Some(field.value.span));
                    self.nested(|dump| dump.field(field));
                }
            }
        }
    }

    fn field(&mut self, field: &FField) {
        self.expr("value", &field.value);
        if let Some(label) = &field.label {
            self.line("label", &format!("{label:?}"), None);
        }
        if let Some(conversion) = field.conversion {
            self.line("conversion", &format!("{conversion:?}"), None);
        }
        if !field.spec.is_empty() {
            self.line("", "spec", None);
            self.nested(|dump| dump.parts(&field.spec));
        }
    }
}

/// An expression's own line.
fn head(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Nil => "nil".to_owned(),
        ExprKind::True => "true".to_owned(),
        ExprKind::False => "false".to_owned(),
        ExprKind::Int(value) => format!("int {value}"),
        ExprKind::BigInt(digits) => format!("int {digits}"),
        ExprKind::Float(value) => format!("float {value:?}"),
        ExprKind::Str(text) => format!("str {text:?}"),
        ExprKind::Bytes(bytes) => format!("bytes \"{}\"", bytes.escape_ascii()),
        ExprKind::FString(_) => "f-string".to_owned(),
        ExprKind::Name(name) => format!("name {name}"),
        ExprKind::SelfRef => "self".to_owned(),
        ExprKind::List(_) => "list".to_owned(),
        ExprKind::Tuple(_) => "tuple".to_owned(),
        ExprKind::Set(_) => "set".to_owned(),
        ExprKind::Dict(_) => "dict".to_owned(),
        ExprKind::Starred(_) => "starred".to_owned(),
        ExprKind::Unary { op, .. } => format!("unary {}", op.symbol()),
        ExprKind::Binary { op, .. } => format!("binary {}", op.symbol()),
        ExprKind::Compare { .. } => "compare".to_owned(),
        ExprKind::And(_) => "and".to_owned(),
        ExprKind::Or(_) => "or".to_owned(),
        ExprKind::Range { inclusive, .. } => if *inclusive { "range ..=" } else { "range .." }.to_owned(),
        ExprKind::Conditional { .. } => "conditional".to_owned(),
        ExprKind::Call { .. } => "call".to_owned(),
        ExprKind::Index { .. } => "index".to_owned(),
        ExprKind::Slice { .. } => "slice".to_owned(),
        ExprKind::Attribute { name, .. } => format!("attribute {}", name.name),
        ExprKind::Super { name } => format!("super.{}", name.name),
        ExprKind::Function(_) => "fn".to_owned(),
        ExprKind::Comprehension(comprehension) => match comprehension.kind {
            ComprehensionKind::List(_) => "list comprehension".to_owned(),
            ComprehensionKind::Set(_) => "set comprehension".to_owned(),
            ComprehensionKind::Dict(..) => "dict comprehension".to_owned(),
            ComprehensionKind::Generator(_) => "generator".to_owned(),
        },
        ExprKind::Yield(_) => "yield".to_owned(),
        ExprKind::YieldFrom(_) => "yield from".to_owned(),
    }
}
