//! The tree as text: one node on each line, children indented below, places as byte offsets.
//!
//! A tree may be a hundred thousand levels deep, so beyond a few dozen the indentation stops growing
//! and the level is written as a number.

use crate::ast::*;
use crate::deep::deep;

mod expressions;

/// Levels that are shown by indentation alone.
const MAX_INDENT: usize = 40;

/// The tree as readable text, for people and for tests; its form is no promise.
pub fn dump(module: &Module) -> String {
    let mut dump = Dump { text: String::new(), level: 0 };
    dump.line("", "module", None);
    dump.nested(|dump| {
        dump.doc(&module.doc);
        dump.statements(&module.body);
    });
    dump.text
}

struct Dump {
    text: String,
    level: usize,
}

impl Dump {
    /// One node: the part it plays in its parent (may be empty), what it is, and where.
    fn line(&mut self, role: &str, what: &str, span: Option<Span>) {
        for _ in 0..self.level.min(MAX_INDENT) {
            self.text.push_str("  ");
        }
        if self.level > MAX_INDENT {
            self.text.push_str(&format!("({}) ", self.level));
        }
        if !role.is_empty() {
            self.text.push_str(role);
            self.text.push_str(": ");
        }
        self.text.push_str(what);
        if let Some(span) = span {
            self.text.push_str(&format!(" @{}..{}", span.start, span.end));
        }
        self.text.push('\n');
    }

    fn nested(&mut self, children: impl FnOnce(&mut Dump)) {
        self.level += 1;
        deep(|| children(self));
        self.level -= 1;
    }

    fn doc(&mut self, doc: &Option<String>) {
        if let Some(doc) = doc {
            self.line("doc", &format!("{doc:?}"), None);
        }
    }

    fn ident(&mut self, role: &str, ident: &Ident) {
        self.line(role, &ident.name, Some(ident.span));
    }

    fn block(&mut self, role: &str, block: &Block) {
        self.line(role, "block", Some(block.span));
        self.nested(|dump| dump.statements(&block.body));
    }

    fn maybe_block(&mut self, role: &str, block: &Option<Block>) {
        if let Some(block) = block {
            self.block(role, block);
        }
    }

    fn maybe(&mut self, role: &str, expr: &Option<Expr>) {
        if let Some(expr) = expr {
            self.expr(role, expr);
        }
    }

    fn exprs(&mut self, role: &str, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(role, expr);
        }
    }

    fn statements(&mut self, body: &[Stmt]) {
        for statement in body {
            self.line("", &head(&statement.kind), Some(statement.span));
            self.nested(|dump| dump.statement(&statement.kind));
        }
    }

    /// What stands below a statement's line.
    fn statement(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Expr(value) => self.expr("", value),
            StmtKind::Let { target, value, .. } => {
                self.pattern("target", target);
                self.maybe("value", value);
            }
            StmtKind::Assign { targets, value } => {
                self.exprs("target", targets);
                self.expr("value", value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr("target", target);
                self.expr("value", value);
            }
            StmtKind::If { branches, otherwise } => {
                for (test, body) in branches {
                    self.expr("test", test);
                    self.block("then", body);
                }
                self.maybe_block("else", otherwise);
            }
            StmtKind::While { test, body } => {
                self.expr("test", test);
                self.block("body", body);
            }
            StmtKind::For { target, iterable, body } => {
                self.pattern("target", target);
                self.expr("in", iterable);
                self.block("body", body);
            }
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Return(value) => self.maybe("", value),
            StmtKind::Del(targets) => self.exprs("", targets),
            StmtKind::Assert { test, message } => {
                self.expr("test", test);
                self.maybe("message", message);
            }
            StmtKind::Raise { exception, cause } => {
                self.maybe("", exception);
                self.maybe("from", cause);
            }
            StmtKind::Import(items) => {
                for item in items {
                    let alias =
                        item.alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.name));
                    self.line("", &(path(&item.path) + &alias), path_span(&item.path));
                }
            }
            StmtKind::FromImport { module, names } => {
                self.line("module", &path(module), path_span(module));
                for name in names {
                    let alias =
                        name.alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.name));
                    self.line("name", &(name.name.name.to_string() + &alias), Some(name.name.span));
                }
            }
            StmtKind::With { items, body } => {
                for item in items {
                    self.expr("context", &item.context);
                    if let Some(target) = &item.target {
                        self.pattern("as", target);
                    }
                }
                self.block("body", body);
            }
            StmtKind::Try(inner) => {
                self.block("body", &inner.body);
                for handler in &inner.handlers {
                    self.line("", "except", Some(handler.span));
                    self.nested(|dump| {
                        dump.maybe("types", &handler.types);
                        if let Some(name) = &handler.name {
                            dump.ident("as", name);
                        }
                        dump.block("body", &handler.body);
                    });
                }
                self.maybe_block("else", &inner.otherwise);
                self.maybe_block("finally", &inner.finally);
            }
            StmtKind::Function(declaration) => {
                self.exprs("decorator", &declaration.decorators);
                self.function(&declaration.function);
            }
            StmtKind::Class(class) => self.class(class),
            StmtKind::Block(block) => self.statements(&block.body),
        }
    }

    fn class(&mut self, class: &ClassDecl) {
        self.exprs("decorator", &class.decorators);
        self.doc(&class.doc);
        self.maybe("base", &class.base);
        for member in &class.members {
            let what = match &member.kind {
                MemberKind::Attribute { mutable, name, .. } => {
                    format!("{} {}", let_or_var(*mutable), name.name)
                }
                MemberKind::Method { is_static: true, name, .. } => format!("static fn {}", name.name),
                MemberKind::Method { name, .. } => format!("fn {}", name.name),
                MemberKind::Class(inner) => format!("class {}", inner.name.name),
            };
            self.line("", &what, Some(member.span));
            self.nested(|dump| match &member.kind {
                MemberKind::Attribute { value, .. } => dump.maybe("value", value),
                MemberKind::Method { decorators, function, .. } => {
                    dump.exprs("decorator", decorators);
                    dump.function(function);
                }
                MemberKind::Class(inner) => dump.class(inner),
            });
        }
    }

    /// Parameters and body.
    fn function(&mut self, function: &Function) {
        self.doc(&function.doc);
        for param in &function.params {
            let (stars, kind) = match param.kind {
                ParamKind::Normal => ("", ""),
                ParamKind::PositionalOnly => ("", " (positional only)"),
                ParamKind::KeywordOnly => ("", " (keyword only)"),
                ParamKind::Rest => ("*", ""),
                ParamKind::Options => ("**", ""),
            };
            self.line("param", &format!("{stars}{}{kind}", param.name.name), Some(param.name.span));
            self.nested(|dump| dump.maybe("default", &param.default));
        }
        match &function.body {
            FunctionBody::Expr(value) => self.expr("=>", value),
            FunctionBody::Block(block) => self.block("body", block),
        }
    }

    fn pattern(&mut self, role: &str, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Name(name) => self.line(role, name, Some(pattern.span)),
            PatternKind::Sequence(items) => {
                self.line(role, "sequence", Some(pattern.span));
                self.nested(|dump| items.iter().for_each(|item| dump.pattern("", item)));
            }
            PatternKind::Star(inner) => {
                self.line(role, "star", Some(pattern.span));
                self.nested(|dump| dump.pattern("", inner));
            }
        }
    }
}

/// A statement's own line.
fn head(kind: &StmtKind) -> String {
    match kind {
        StmtKind::Expr(_) => "expression".to_owned(),
        StmtKind::Let { mutable, .. } => let_or_var(*mutable).to_owned(),
        StmtKind::Assign { .. } => "assign".to_owned(),
        StmtKind::AugAssign { op, .. } => format!("{}=", op.symbol()),
        StmtKind::If { .. } => "if".to_owned(),
        StmtKind::While { .. } => "while".to_owned(),
        StmtKind::For { .. } => "for".to_owned(),
        StmtKind::Break => "break".to_owned(),
        StmtKind::Continue => "continue".to_owned(),
        StmtKind::Return(_) => "return".to_owned(),
        StmtKind::Del(_) => "del".to_owned(),
        StmtKind::Assert { .. } => "assert".to_owned(),
        StmtKind::Raise { .. } => "raise".to_owned(),
        StmtKind::Import(_) => "import".to_owned(),
        StmtKind::FromImport { .. } => "from import".to_owned(),
        StmtKind::With { .. } => "with".to_owned(),
        StmtKind::Try(_) => "try".to_owned(),
        StmtKind::Function(declaration) => format!("fn {}", declaration.name.name),
        StmtKind::Class(class) => format!("class {}", class.name.name),
        StmtKind::Block(_) => "block".to_owned(),
    }
}

fn let_or_var(mutable: bool) -> &'static str {
    if mutable { "var" } else { "let" }
}

fn path(path: &[Ident]) -> String {
    path.iter().map(|part| &*part.name).collect::<Vec<_>>().join(".")
}

fn path_span(path: &[Ident]) -> Option<Span> {
    Some(path.first()?.span.to(path.last()?.span))
}
