//! Statements.

use toy_grammar::ast::{Block, Expr, ExprKind, Pattern, PatternKind, Stmt, StmtKind, Try};

use super::function::decorate;
use super::names::bound_by_import;
use super::{Printed, Printer, refuse};

impl Printer<'_> {
    pub fn statements(&mut self, statements: &[Stmt]) -> Printed<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt) -> Printed<()> {
        match &statement.kind {
            StmtKind::Expr(e) => {
                let text = self.expr(e)?;
                self.line(&text);
            }
            StmtKind::Let { target, value, .. } => {
                let value = match value {
                    Some(value) => self.expr(value)?,
                    None => "None".to_string(),
                };
                let target = self.pattern(target);
                self.line(&format!("{target} = {value}"));
            }
            StmtKind::Assign { targets, value } => {
                let mut text = String::new();
                for target in targets {
                    text.push_str(&self.target(target)?);
                    text.push_str(" = ");
                }
                text.push_str(&self.expr(value)?);
                self.line(&text);
            }
            StmtKind::AugAssign { target, op, value, .. } => {
                let target = self.target(target)?;
                let value = self.expr(value)?;
                self.line(&format!("{target} {}= {value}", op.symbol()));
            }
            StmtKind::If { branches, otherwise } => self.branches(branches, otherwise.as_ref())?,
            StmtKind::While { test, body } => {
                let test = self.expr(test)?;
                self.line(&format!("while {test}:"));
                self.block(body)?;
            }
            StmtKind::For { target, iterable, body } => self.for_loop(target, iterable, body)?,
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(None) => self.line("return"),
            StmtKind::Return(Some(value)) => {
                let value = self.expr(value)?;
                self.line(&format!("return {value}"));
            }
            StmtKind::Del(targets) => {
                for target in targets {
                    let target = self.target(target)?;
                    self.line(&format!("del {target}"));
                }
            }
            StmtKind::Assert { test, message } => {
                let Some(message) = message else { return refuse("assert without a message") };
                let test = self.expr(test)?;
                let message = self.expr(message)?;
                self.line(&format!("assert {test}, {message}"));
            }
            StmtKind::Raise { exception, cause } => {
                let mut text = String::from("raise");
                if let Some(exception) = exception {
                    text = format!("raise {}", self.expr(exception)?);
                }
                if let Some(cause) = cause {
                    text = format!("{text} from {}", self.expr(cause)?);
                }
                self.line(&text);
            }
            StmtKind::Import(items) => {
                for item in items {
                    let Some(bound) = bound_by_import(item) else { continue };
                    let [module] = item.path.as_slice() else {
                        return refuse("import of a module in a package");
                    };
                    let name = self.declared(bound.span);
                    self.line(&format!("{name} = _t_import({:?})", &*module.name));
                }
            }
            StmtKind::FromImport { module, names } => {
                let [module] = module.as_slice() else { return refuse("import of a module in a package") };
                for item in names {
                    let name = self.declared(item.alias.as_ref().unwrap_or(&item.name).span);
                    self.line(&format!("{name} = _t_import({:?}).{}", &*module.name, item.name.name));
                }
            }
            StmtKind::With { items, body } => {
                let mut heads = Vec::new();
                for item in items {
                    let context = self.expr(&item.context)?;
                    let target = item.target.as_ref().map(|target| {
                        self.fresh_cells(target);
                        format!(" as {}", self.pattern(target))
                    });
                    heads.push(format!("{context}{}", target.unwrap_or_default()));
                }
                self.line(&format!("with {}:", heads.join(", ")));
                self.block(body)?;
            }
            StmtKind::Try(statement) => self.try_statement(statement)?,
            StmtKind::Function(decl) => {
                let decorators = self.decorators(&decl.decorators)?;
                let made = self.function(&decl.function, Some(&decl.name.name))?;
                let name = self.declared(decl.name.span);
                self.line(&format!("{name} = {}", decorate(&decorators, made)));
            }
            StmtKind::Class(decl) => {
                let made = self.class(decl)?;
                let name = self.declared(decl.name.span);
                self.line(&format!("{name} = {made}"));
            }
            StmtKind::Block(block) => {
                self.line("if True:");
                self.block(block)?;
            }
        }
        Ok(())
    }

    /// `if` inside `else` rather than `elif`, so that what a test needs is printed where the test is evaluated.
    fn branches(&mut self, branches: &[(Expr, Block)], otherwise: Option<&Block>) -> Printed<()> {
        let Some(((test, body), rest)) = branches.split_first() else {
            return otherwise.map_or(Ok(()), |block| self.block_body(block));
        };
        let test = self.expr(test)?;
        self.line(&format!("if {test}:"));
        self.block(body)?;
        if rest.is_empty() && otherwise.is_none() {
            return Ok(());
        }
        self.line("else:");
        self.indented(|printer| printer.branches(rest, otherwise))
    }

    fn for_loop(&mut self, target: &Pattern, iterable: &Expr, body: &Block) -> Printed<()> {
        let iterable = self.expr(iterable)?;
        if !self.has_cells(target) {
            let target = self.pattern(target);
            self.line(&format!("for {target} in {iterable}:"));
            return self.block(body);
        }
        let item = self.fresh("item");
        self.line(&format!("for {item} in {iterable}:"));
        self.indented(|printer| {
            printer.fresh_cells(target);
            let target = printer.pattern(target);
            printer.line(&format!("{target} = {item}"));
            printer.block_body(body)
        })
    }

    fn try_statement(&mut self, statement: &Try) -> Printed<()> {
        self.line("try:");
        self.block(&statement.body)?;
        for handler in &statement.handlers {
            let types = match &handler.types {
                Some(types) => self.expr_inline(types)?,
                None => "Exception".to_string(),
            };
            // Python would delete the name after the handler, also for closures.
            let caught = self.fresh("caught");
            self.line(&format!("except {types} as {caught}:"));
            self.indented(|printer| {
                if let Some(name) = &handler.name {
                    if let Some(decl) = printer.names.at(name.span)
                        && printer.names.is_cell(decl)
                    {
                        printer.line(&format!("{} = _t_Cell()", decl.python));
                    }
                    let name = printer.declared(name.span);
                    printer.line(&format!("{name} = {caught}"));
                }
                printer.block_body(&handler.body)
            })?;
        }
        if let Some(block) = &statement.otherwise {
            self.line("else:");
            self.block(block)?;
        }
        if let Some(block) = &statement.finally {
            self.line("finally:");
            self.block(block)?;
        }
        Ok(())
    }

    /// An expression before which nothing may be printed.
    fn expr_inline(&mut self, e: &Expr) -> Printed<String> {
        let before = self.out.len();
        let text = self.expr(e)?;
        if self.out.len() == before { Ok(text) } else { refuse("a function in an except clause") }
    }

    /// How a declared name is written: the variable, or what is in its cell.
    pub fn declared(&self, span: toy_grammar::ast::Span) -> String {
        match self.names.at(span) {
            Some(decl) if self.names.is_cell(decl) => format!("{}.v", decl.python),
            Some(decl) => decl.python.clone(),
            None => "_t_unresolved".to_string(),
        }
    }

    pub fn pattern(&self, pattern: &Pattern) -> String {
        match &pattern.kind {
            PatternKind::Name(_) => self.declared(pattern.span),
            PatternKind::Sequence(items) => {
                format!("[{}]", items.iter().map(|item| self.pattern(item)).collect::<Vec<_>>().join(", "))
            }
            PatternKind::Star(inner) => format!("*{}", self.pattern(inner)),
        }
    }

    /// The variables of a pattern that live in cells.
    pub fn cells_of(&self, pattern: &Pattern) -> Vec<String> {
        match &pattern.kind {
            PatternKind::Name(_) => {
                let decl = self.names.at(pattern.span).filter(|decl| self.names.is_cell(decl));
                decl.map(|decl| decl.python.clone()).into_iter().collect()
            }
            PatternKind::Sequence(items) => items.iter().flat_map(|item| self.cells_of(item)).collect(),
            PatternKind::Star(inner) => self.cells_of(inner),
        }
    }

    pub fn has_cells(&self, pattern: &Pattern) -> bool {
        !self.cells_of(pattern).is_empty()
    }

    fn fresh_cells(&mut self, pattern: &Pattern) {
        for cell in self.cells_of(pattern) {
            self.line(&format!("{cell} = _t_Cell()"));
        }
    }

    fn target(&mut self, target: &Expr) -> Printed<String> {
        Ok(match &target.kind {
            ExprKind::Name(_) => self.declared(target.span),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let items = items.iter().map(|item| self.target(item)).collect::<Printed<Vec<_>>>()?;
                format!("[{}]", items.join(", "))
            }
            ExprKind::Starred(inner) => format!("*{}", self.target(inner)?),
            _ => self.place(target)?,
        })
    }
}
