//! Resolving expressions.
//!
//! Chains that lean to the left (`a + b + c …`, `a.b().c …`) are walked by a loop, everything else by
//! recursion on a stack that grows.

use toy_grammar::ast::{
    Arg, Clause, Comprehension, ComprehensionKind, DictItem, Expr, ExprKind, FPart, Span,
};
use toy_grammar::deep::deep;
use toy_grammar::diagnostic::Diagnostic;

use super::resolve::Resolver;
use super::resolve_stmt::FunctionSort;
use super::scope::DeclKind;

impl<'a> Resolver<'a> {
    pub(super) fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_) => {}
            ExprKind::Name(name) => self.name(name, e.span, false),
            ExprKind::SelfRef => self.self_ref(e.span),
            _ => deep(|| self.compound(e)),
        }
    }

    fn name(&mut self, name: &'a str, span: Span, has_attribute: bool) {
        let symbol = self.symbol(name);
        match (self.lookup(symbol), self.names[symbol as usize].builtin) {
            (Some(var), _) => self.refer(var, span),
            (None, Some(builtin)) => self.uses.push(span.start, super::scope::Use::Builtin(builtin)),
            (None, None) => self.unknown(symbol, span, has_attribute),
        }
    }

    fn self_ref(&mut self, span: Span) {
        match self.hidden(self.self_symbol) {
            Some(var) => self.refer(var, span),
            None => self.misplaced("misplaced-self", span, "'self' outside a method"),
        }
    }

    fn all(&mut self, exprs: &'a [Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn compound(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Binary { .. }
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Attribute { .. } => self.spine(e),
            ExprKind::FString(parts) => self.fstring(parts),
            ExprKind::List(items)
            | ExprKind::Tuple(items)
            | ExprKind::Set(items)
            | ExprKind::And(items)
            | ExprKind::Or(items) => self.all(items),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            self.expr(key);
                            self.expr(value);
                        }
                        DictItem::Spread(other) => self.expr(other),
                    }
                }
            }
            ExprKind::Starred(inner) => self.expr(inner),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Compare { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|comparison| self.expr(&comparison.operand));
            }
            ExprKind::Range { start, end, .. } => {
                self.expr(start);
                self.expr(end);
            }
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Super { .. } => self.super_ref(e.span),
            ExprKind::Function(function) => self.function(function, FunctionSort::Plain),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::Yield(value) => {
                self.check_yield(e.span);
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            ExprKind::YieldFrom(value) => {
                self.check_yield(e.span);
                self.expr(value);
            }
            // The leaves, which `expr` handles.
            _ => self.expr(e),
        }
    }

    /// A chain that leans to the left, in the order of the text.
    fn spine(&mut self, e: &'a Expr) {
        let Some(first) = leftmost(e) else { return };
        if leftmost(first).is_none() {
            self.spine_start(e, first);
            return self.spine_rest(e);
        }
        let mut chain = vec![e];
        let mut inner = first;
        while let Some(next) = leftmost(inner) {
            chain.push(inner);
            inner = next;
        }
        if let Some(last) = chain.last() {
            self.spine_start(last, inner);
        }
        for node in chain.into_iter().rev() {
            self.spine_rest(node);
        }
    }

    fn spine_start(&mut self, parent: &'a Expr, start: &'a Expr) {
        match (&start.kind, &parent.kind) {
            (ExprKind::Name(name), ExprKind::Attribute { .. }) => self.name(name, start.span, true),
            _ => self.expr(start),
        }
    }

    fn spine_rest(&mut self, node: &'a Expr) {
        match &node.kind {
            ExprKind::Binary { right, .. } => self.expr(right),
            ExprKind::Index { index, .. } => self.expr(index),
            ExprKind::Slice { slice, .. } => {
                [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().for_each(|e| self.expr(e));
            }
            ExprKind::Call { args, .. } => self.arguments(args),
            _ => {}
        }
    }

    fn arguments(&mut self, args: &'a [Arg]) {
        let mut keywords: Vec<&str> = Vec::new();
        for arg in args {
            match arg {
                Arg::Positional(value) | Arg::Spread(value) | Arg::KeywordSpread(value) => self.expr(value),
                Arg::Keyword(name, value) => {
                    // A call with hundreds of keywords is checked when it runs.
                    if keywords.len() < 256 {
                        if keywords.contains(&&*name.name) {
                            self.error(Diagnostic::new(
                                "repeated-keyword",
                                name.span,
                                format!("keyword argument repeated: {}", name.name),
                            ));
                        }
                        keywords.push(&name.name);
                    }
                    self.expr(value);
                }
            }
        }
    }

    fn super_ref(&mut self, span: Span) {
        let (Some(receiver), Some(class)) = (self.hidden(self.self_symbol), self.hidden(self.class_symbol))
        else {
            return self.misplaced("misplaced-super", span, "'super' outside a method");
        };
        // The word has room for two entries.
        self.refer(class, span);
        self.refer(receiver, Span::new(span.start + 1, span.end));
    }

    fn check_yield(&mut self, span: Span) {
        if !self.context.in_function || self.context.in_class_body {
            self.misplaced("misplaced-yield", span, "'yield' outside function");
        } else if let Some(sort) = self.context.comprehension {
            self.misplaced("misplaced-yield", span, format!("'yield' inside {sort}"));
        } else if self.context.in_init {
            self.misplaced("misplaced-yield", span, "'yield' in 'init'");
        } else {
            self.this_function().is_generator = true;
        }
    }

    fn fstring(&mut self, parts: &'a [FPart]) {
        for part in parts {
            if let FPart::Field(field) = part {
                self.expr(&field.value);
                deep(|| self.fstring(&field.spec));
            }
        }
    }

    fn comprehension(&mut self, comprehension: &'a Comprehension) {
        let Some(Clause::For(target, iterable)) = comprehension.clauses.first() else { return };
        self.expr(iterable);
        let outer = self.context;
        let sort = match comprehension.kind {
            ComprehensionKind::List(_) => "list comprehension",
            ComprehensionKind::Set(_) => "set comprehension",
            ComprehensionKind::Dict(..) => "dict comprehension",
            ComprehensionKind::Generator(_) => "generator expression",
        };
        let is_generator = matches!(comprehension.kind, ComprehensionKind::Generator(_));
        if is_generator {
            self.enter_function(target.span.start, false);
            self.this_function().is_generator = true;
        }
        self.context.comprehension = Some(sort);
        let mut scopes = vec![(self.open(), target.span.start)];
        self.bind_pattern(target, DeclKind::Loop);
        for clause in &comprehension.clauses[1..] {
            match clause {
                Clause::For(target, iterable) => {
                    self.expr(iterable);
                    scopes.push((self.open(), target.span.start));
                    self.bind_pattern(target, DeclKind::Loop);
                }
                Clause::If(test) => self.expr(test),
            }
        }
        match &comprehension.kind {
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
                self.expr(e)
            }
            ComprehensionKind::Dict(key, value) => {
                self.expr(key);
                self.expr(value);
            }
        }
        while let Some((opened, key)) = scopes.pop() {
            self.close(&opened, key);
        }
        if is_generator {
            self.leave_function(outer);
        } else {
            self.context = outer;
        }
    }
}

/// What stands at the left end of a chain's outermost link.
pub(super) fn leftmost(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        ExprKind::Binary { left, .. } => Some(left),
        ExprKind::Call { callee: object, .. }
        | ExprKind::Index { object, .. }
        | ExprKind::Slice { object, .. }
        | ExprKind::Attribute { object, .. } => Some(object),
        _ => None,
    }
}
