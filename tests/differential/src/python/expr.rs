//! Expressions.

use toy_grammar::ast::{
    Arg, BinaryOp, Clause, CompareOp, Comprehension, ComprehensionKind, Conversion, DictItem, Expr, ExprKind,
    FPart, UnaryOp,
};

use super::function::method_name;
use super::literal;
use super::names::python_word;
use super::{Printed, Printer, refuse};

/// The builtins that speak of values, for which the prelude has its own, with Toy's spelling.
const OWN_BUILTINS: &[&str] = &[
    "print",
    "str",
    "repr",
    "format",
    "ascii",
    "isinstance",
    "float",
    "issubclass",
    "sorted",
    "hasattr",
    "getattr",
];

impl Printer<'_> {
    pub fn expr(&mut self, e: &Expr) -> Printed<String> {
        Ok(match &e.kind {
            ExprKind::Nil => "None".to_string(),
            ExprKind::True => "True".to_string(),
            ExprKind::False => "False".to_string(),
            ExprKind::Int(value) => format!("({value})"),
            ExprKind::BigInt(digits) => format!("({digits})"),
            ExprKind::Float(value) => format!("({})", literal::float(*value)),
            ExprKind::Str(value) => literal::text(value),
            ExprKind::Bytes(value) => literal::bytes(value),
            ExprKind::FString(parts) => self.f_string(parts)?,
            ExprKind::Name(name) => match self.names.at(e.span) {
                Some(_) => self.declared(e.span),
                None => builtin(name),
            },
            ExprKind::SelfRef => "self".to_string(),
            ExprKind::List(items) => format!("[{}]", self.exprs(items)?),
            ExprKind::Tuple(items) if items.is_empty() => "()".to_string(),
            ExprKind::Tuple(items) => format!("({},)", self.exprs(items)?),
            // Toy hashes each key as soon as it is there, Python when all are.
            ExprKind::Set(items) if items.len() > 1 => {
                let items = items.iter().map(|item| match &item.kind {
                    ExprKind::Starred(_) => self.expr(item),
                    _ => Ok(format!("*{{{}}}", self.expr(item)?)),
                });
                format!("{{{}}}", items.collect::<Printed<Vec<_>>>()?.join(", "))
            }
            ExprKind::Set(items) => format!("{{{}}}", self.exprs(items)?),
            ExprKind::Dict(items) => self.dict(items)?,
            ExprKind::Starred(inner) => format!("*{}", self.expr(inner)?),
            ExprKind::Unary { op: UnaryOp::Not, operand } => format!("(not {})", self.expr(operand)?),
            ExprKind::Unary { op, operand } if is_number(operand) => {
                format!("({}{})", op.symbol(), self.expr(operand)?)
            }
            ExprKind::Unary { op, operand } => format!("_t_n({}{})", op.symbol(), self.expr(operand)?),
            // Formatting in Python.
            ExprKind::Binary { op: BinaryOp::Mod, left, right, .. } => {
                format!("_t_n(_t_mod({}, {}))", self.expr(left)?, self.expr(right)?)
            }
            ExprKind::Binary { op, left, right, .. } => {
                format!("_t_n({} {} {})", self.expr(left)?, op.symbol(), self.expr(right)?)
            }
            ExprKind::Compare { first, rest } => {
                let mut text = format!("({}", self.expr(first)?);
                if let [only] = rest.as_slice()
                    && matches!(only.op, CompareOp::Is | CompareOp::IsNot)
                {
                    let not = if only.op == CompareOp::IsNot { "not " } else { "" };
                    let right = self.expr(&only.operand)?;
                    return Ok(format!("({not}_t_is{text}, {right}))"));
                }
                for comparison in rest {
                    if matches!(comparison.op, CompareOp::Is | CompareOp::IsNot) {
                        return refuse("'is' in a chain of comparisons");
                    }
                    text = format!("{text} {} {}", comparison.op.symbol(), self.expr(&comparison.operand)?);
                }
                format!("{text})")
            }
            ExprKind::And(items) => self.joined(items, " and ")?,
            ExprKind::Or(items) => self.joined(items, " or ")?,
            ExprKind::Range { start, end, inclusive } => {
                let function = if *inclusive { "_t_range_to" } else { "range" };
                format!("{function}({}, {})", self.expr(start)?, self.expr(end)?)
            }
            ExprKind::Conditional { test, then, otherwise } => {
                let then = self.expr(then)?;
                format!("({then} if {} else {})", self.expr(test)?, self.expr(otherwise)?)
            }
            ExprKind::Call { callee, args, .. } if self.may_make_nan(callee) => {
                format!("_t_n({})", self.call(callee, args)?)
            }
            ExprKind::Call { callee, args, .. } => self.call(callee, args)?,
            ExprKind::Index { .. } | ExprKind::Slice { .. } => self.place(e)?,
            ExprKind::Attribute { object, name } if &*name.name == "__name__" => {
                format!("_t_name({})", self.expr(object)?)
            }
            ExprKind::Attribute { .. } => self.place(e)?,
            ExprKind::Super { name } => format!("super(__class__, self).{}", method_name(&name.name)),
            ExprKind::Function(function) => self.function(function, None)?,
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, e)?,
            ExprKind::Yield(None) => "(yield)".to_string(),
            ExprKind::Yield(Some(value)) => format!("(yield {})", self.expr(value)?),
            ExprKind::YieldFrom(value) => format!("(yield from {})", self.expr(value)?),
        })
    }

    /// Whether a call may give a NaN that is none of its arguments: functions of numbers, and those of modules.
    fn may_make_nan(&self, callee: &Expr) -> bool {
        match &callee.kind {
            ExprKind::Name(name) => matches!(&**name, "sum" | "abs" | "round" | "divmod" | "pow" | "float"),
            ExprKind::Attribute { object, .. } => {
                matches!(&object.kind, ExprKind::Name(name) if matches!(&**name, "math" | "json" | "float"))
            }
            _ => false,
        }
    }

    /// What can be assigned and deleted as well as read.
    pub fn place(&mut self, e: &Expr) -> Printed<String> {
        Ok(match &e.kind {
            ExprKind::Index { object, index, .. } => {
                let object = self.expr(object)?;
                format!("{object}[{}]", self.expr(index)?)
            }
            ExprKind::Slice { object, slice, .. } => {
                let object = self.expr(object)?;
                let mut part = |e: &Option<Expr>| match e {
                    Some(e) => self.expr(e),
                    None => Ok(String::new()),
                };
                let (lower, upper, step) = (part(&slice.lower)?, part(&slice.upper)?, part(&slice.step)?);
                format!("{object}[{lower}:{upper}:{step}]")
            }
            ExprKind::Attribute { object, name } => {
                let object = self.expr(object)?;
                let name = match &*name.name {
                    "cause" => "__cause__".to_string(),
                    "context" => "__context__".to_string(),
                    name => python_word(name),
                };
                format!("{object}.{name}")
            }
            _ => return refuse("a target that is none"),
        })
    }

    fn exprs(&mut self, items: &[Expr]) -> Printed<String> {
        Ok(items.iter().map(|item| self.expr(item)).collect::<Printed<Vec<_>>>()?.join(", "))
    }

    fn joined(&mut self, items: &[Expr], word: &str) -> Printed<String> {
        let items = items.iter().map(|item| self.expr(item)).collect::<Printed<Vec<_>>>()?;
        Ok(format!("({})", items.join(word)))
    }

    fn dict(&mut self, items: &[DictItem]) -> Printed<String> {
        let mut texts = Vec::new();
        for item in items {
            texts.push(match item {
                DictItem::Pair(key, value) => {
                    let key = self.expr(key)?;
                    let pair = format!("{key}: {}", self.expr(value)?);
                    if items.len() > 1 { format!("**{{{pair}}}") } else { pair }
                }
                DictItem::Spread(other) => format!("**{}", self.expr(other)?),
            });
        }
        Ok(format!("{{{}}}", texts.join(", ")))
    }

    fn call(&mut self, callee: &Expr, args: &[Arg]) -> Printed<String> {
        let callee = match &callee.kind {
            ExprKind::Name(name) if self.names.at(callee.span).is_none() => own_builtin(name),
            ExprKind::Attribute { object, name } if &*name.name == "format" => {
                format!("_t_bound_format({})", self.expr(object)?)
            }
            // Only where an argument can raise or say something does it matter what comes first.
            ExprKind::Attribute { object, name }
                if !args.is_empty() && method_name(&name.name) == *name.name =>
            {
                format!("_t_method({}, {:?})", self.expr(object)?, python_word(&name.name))
            }
            _ => self.expr(callee)?,
        };
        let mut texts = Vec::new();
        let alone = args.iter().filter(|arg| matches!(arg, Arg::Positional(_) | Arg::Spread(_))).count() == 1;
        for arg in args {
            texts.push(match arg {
                // Python would look only at the end whether the value can be walked.
                Arg::Spread(e) if alone => format!("*[*{}]", self.expr(e)?),
                Arg::Positional(e) | Arg::Keyword(_, e) if self.is_str_as_function(&callee, arg, e) => {
                    let keyword = if let Arg::Keyword(name, _) = arg {
                        format!("{}=", name.name)
                    } else {
                        String::new()
                    };
                    format!("{keyword}_t_str")
                }
                Arg::Positional(e) => self.expr(e)?,
                Arg::Spread(e) => format!("*{}", self.expr(e)?),
                Arg::Keyword(name, e) => format!("{}={}", python_word(&name.name), self.expr(e)?),
                Arg::KeywordSpread(e) => format!("**{}", self.expr(e)?),
            });
        }
        Ok(format!("{callee}({})", texts.join(", ")))
    }

    /// Whether an argument is `str` as what makes texts, for `map` and `key`; elsewhere it is the class.
    fn is_str_as_function(&self, callee: &str, arg: &Arg, e: &Expr) -> bool {
        let is_str =
            matches!(&e.kind, ExprKind::Name(name) if &**name == "str") && self.names.at(e.span).is_none();
        is_str && (callee == "map" || matches!(arg, Arg::Keyword(name, _) if &*name.name == "key"))
    }

    fn f_string(&mut self, parts: &[FPart]) -> Printed<String> {
        let mut texts = Vec::new();
        for part in parts {
            match part {
                FPart::Text(text) => texts.push(literal::text(text)),
                FPart::Field(field) => {
                    if let Some(label) = &field.label {
                        texts.push(literal::text(label));
                    }
                    let conversion = match field.conversion {
                        Some(Conversion::Str) => "s",
                        Some(Conversion::Repr) => "r",
                        Some(Conversion::Ascii) => "a",
                        None if field.label.is_some() && field.spec.is_empty() => "r",
                        None => "",
                    };
                    let value = self.expr(&field.value)?;
                    let spec = self.f_string(&field.spec)?;
                    texts.push(format!("_t_field({value}, \"{conversion}\", {spec})"));
                }
            }
        }
        Ok(format!("\"\".join([{}])", texts.join(", ")))
    }

    fn comprehension(&mut self, comprehension: &Comprehension, e: &Expr) -> Printed<String> {
        let is_generator = matches!(comprehension.kind, ComprehensionKind::Generator(_));
        let mut clauses = String::new();
        for clause in &comprehension.clauses {
            match clause {
                Clause::For(target, iterable) => {
                    let iterable = self.expr(iterable)?;
                    if self.has_cells(target) {
                        let item = self.fresh("item");
                        clauses = format!("{clauses} for {item} in {iterable}");
                        for cell in self.cells_of(target) {
                            clauses = format!("{clauses} for {cell} in [_t_Cell()]");
                        }
                        clauses = format!("{clauses} for {} in [{item}]", self.pattern(target));
                    } else {
                        clauses = format!("{clauses} for {} in {iterable}", self.pattern(target));
                    }
                }
                Clause::If(test) => clauses = format!("{clauses} if {}", self.expr(test)?),
            }
        }
        let text = match &comprehension.kind {
            ComprehensionKind::List(item) => format!("[{}{clauses}]", self.expr(item)?),
            ComprehensionKind::Set(item) => format!("{{{}{clauses}}}", self.expr(item)?),
            ComprehensionKind::Generator(item) => format!("({}{clauses})", self.expr(item)?),
            ComprehensionKind::Dict(key, value) => {
                format!("{{{}: {}{clauses}}}", self.expr(key)?, self.expr(value)?)
            }
        };
        let cells = if is_generator { self.names.cells(e.span).join(", ") } else { String::new() };
        Ok(if cells.is_empty() { text } else { format!("(lambda {cells}: {text})({cells})") })
    }
}

fn is_number(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Int(_) | ExprKind::BigInt(_) | ExprKind::Float(_))
}

/// A builtin that is called.
fn own_builtin(name: &str) -> String {
    if OWN_BUILTINS.contains(&name) { format!("_t_{name}") } else { builtin(name) }
}

/// A builtin as a value. `str` and `float` stay the classes, which serve as well nearly everywhere.
fn builtin(name: &str) -> String {
    match name {
        "str" | "float" | "isinstance" => name.to_string(),
        _ if OWN_BUILTINS.contains(&name) => format!("_t_{name}"),
        _ => python_word(name),
    }
}
