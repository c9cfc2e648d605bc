//! Which declaration each name of a program means, and what it is called in Python.
//!
//! Python has function scope and declares by assignment; Toy has block scope. So every declaration but a parameter
//! gets a Python name of its own, and a function says `nonlocal` or `global` for the outer names that it assigns.
//! What is hard: a variable of a loop's body is a fresh one each time round, and a closure keeps the one of its round.
//! Python would share one variable. Such a variable lives in a cell object, and a function that uses it is made by an
//! outer function that takes the cells as arguments (see [`Function::cells`]).

use std::collections::{BTreeSet, HashMap};

use toy_grammar::ast::{
    Arg, Block, ClassDecl, Clause, Comprehension, ComprehensionKind, DictItem, Expr, ExprKind, FPart,
    Function as FunctionTree, FunctionBody, ImportItem, MemberKind, Module, Name, Pattern, PatternKind, Span,
    Stmt, StmtKind,
};

/// A declaration, by its number.
pub type DeclId = usize;

/// The module is function 0.
const MODULE: usize = 0;

/// Something that binds a name.
#[derive(Debug)]
pub struct Decl {
    /// What it is called in Python.
    pub python: String,
    function: usize,
    in_loop: bool,
    captured: bool,
}

/// A function, generator expression or class body: what is a scope of its own in Python.
#[derive(Debug, Default)]
pub struct Function {
    parent: Option<usize>,
    /// The variables of loops further out that it uses, itself or in functions inside it.
    pub cells: BTreeSet<DeclId>,
    /// The outer variables that it assigns itself.
    assigned: BTreeSet<DeclId>,
    pub is_generator: bool,
}

/// The answer to what each name means.
#[derive(Debug, Default)]
pub struct Names {
    pub decls: Vec<Decl>,
    functions: Vec<Function>,
    /// By the place of the name.
    uses: HashMap<Span, DeclId>,
    /// What a block declares, by its place.
    blocks: HashMap<Span, Vec<DeclId>>,
    function_at: HashMap<Span, usize>,
}

impl Names {
    /// Resolves a whole program.
    pub fn of(module: &Module) -> Names {
        let mut walker =
            Walker { names: Names::default(), scopes: vec![HashMap::new()], function: MODULE, loops: 0 };
        walker.names.functions.push(Function::default());
        walker.hoist(&module.body);
        walker.statements(&module.body);
        let mut names = walker.names;
        names.spread_cells();
        names
    }

    /// The declaration that a name means, or none if it is a builtin.
    pub fn at(&self, span: Span) -> Option<&Decl> {
        self.uses.get(&span).map(|&id| &self.decls[id])
    }

    /// Whether the variable lives in a cell.
    pub fn is_cell(&self, decl: &Decl) -> bool {
        decl.in_loop && decl.captured
    }

    /// The cells that must be made where a block begins.
    pub fn cells_of_block(&self, block: Span) -> Vec<&str> {
        let ids = self.blocks.get(&block).map_or(&[][..], Vec::as_slice);
        ids.iter().map(|&id| &self.decls[id]).filter(|d| self.is_cell(d)).map(|d| d.python.as_str()).collect()
    }

    /// The function that stands at a place.
    pub fn function(&self, span: Span) -> &Function {
        &self.functions[self.function_at.get(&span).copied().unwrap_or(MODULE)]
    }

    /// The Python names of the cells that a function must be given.
    pub fn cells(&self, span: Span) -> Vec<&str> {
        self.function(span).cells.iter().map(|&id| self.decls[id].python.as_str()).collect()
    }

    /// The `global` and the `nonlocal` names of a function.
    pub fn outer_names(&self, span: Span) -> (Vec<&str>, Vec<&str>) {
        let (mut global, mut nonlocal) = (Vec::new(), Vec::new());
        for decl in self.function(span).assigned.iter().map(|&id| &self.decls[id]) {
            if self.is_cell(decl) {
                continue;
            }
            let list = if decl.function == MODULE { &mut global } else { &mut nonlocal };
            list.push(decl.python.as_str());
        }
        (global, nonlocal)
    }

    /// Keeps of what functions use only what lives in cells; that is known of all variables only at the end.
    fn spread_cells(&mut self) {
        for function in &mut self.functions {
            let decls = &self.decls;
            function.cells.retain(|&id| decls[id].in_loop && decls[id].captured);
        }
    }
}

struct Walker {
    names: Names,
    scopes: Vec<HashMap<Name, DeclId>>,
    function: usize,
    /// How many loops are around, within the function.
    loops: usize,
}

impl Walker {
    fn declare(&mut self, name: &Name, span: Span, is_param: bool) -> DeclId {
        let id = self.names.decls.len();
        let python = if is_param { python_word(name) } else { format!("{name}·{id}") };
        let decl = Decl { python, function: self.function, in_loop: self.loops > 0, captured: false };
        self.names.decls.push(decl);
        self.names.uses.insert(span, id);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), id);
        }
        id
    }

    fn refer(&mut self, name: &Name, span: Span, assigns: bool) {
        let Some(&id) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) else { return };
        self.names.uses.insert(span, id);
        let home = self.names.decls[id].function;
        if home == self.function {
            return;
        }
        self.names.decls[id].captured = true;
        if assigns {
            self.names.functions[self.function].assigned.insert(id);
        }
        let mut function = Some(self.function);
        while let Some(inside) = function.filter(|&f| f != home) {
            self.names.functions[inside].cells.insert(id);
            function = self.names.functions[inside].parent;
        }
    }

    fn in_scope(&mut self, walk: impl FnOnce(&mut Walker)) {
        self.scopes.push(HashMap::new());
        walk(self);
        self.scopes.pop();
    }

    fn in_function(&mut self, span: Span, walk: impl FnOnce(&mut Walker)) {
        let id = self.names.functions.len();
        self.names.functions.push(Function { parent: Some(self.function), ..Function::default() });
        self.names.function_at.insert(span, id);
        let outer = (std::mem::replace(&mut self.function, id), std::mem::take(&mut self.loops));
        self.in_scope(walk);
        (self.function, self.loops) = outer;
    }

    fn block(&mut self, block: &Block) {
        self.in_scope(|walker| walker.open_block(block));
    }

    /// A block that belongs to the scope that is open.
    fn open_block(&mut self, block: &Block) {
        let first = self.names.decls.len();
        self.hoist(&block.body);
        let declared = (first..self.names.decls.len()).collect();
        self.names.blocks.insert(block.span, declared);
        self.statements(&block.body);
    }

    fn hoist(&mut self, statements: &[Stmt]) {
        for statement in statements {
            match &statement.kind {
                StmtKind::Let { target, .. } => self.pattern(target),
                StmtKind::Function(decl) => {
                    self.declare(&decl.name.name, decl.name.span, false);
                }
                StmtKind::Class(decl) => {
                    self.declare(&decl.name.name, decl.name.span, false);
                }
                StmtKind::Import(items) => {
                    for ident in items.iter().filter_map(bound_by_import) {
                        self.declare(&ident.name, ident.span, false);
                    }
                }
                StmtKind::FromImport { names, .. } => {
                    for item in names {
                        let ident = item.alias.as_ref().unwrap_or(&item.name);
                        self.declare(&ident.name, ident.span, false);
                    }
                }
                _ => {}
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Name(name) => {
                self.declare(name, pattern.span, false);
            }
            PatternKind::Sequence(items) => items.iter().for_each(|item| self.pattern(item)),
            PatternKind::Star(inner) => self.pattern(inner),
        }
    }

    fn statements(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Let { value, .. } => self.exprs(value),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target);
                self.expr(value);
            }
            StmtKind::If { branches, otherwise } => {
                for (test, body) in branches {
                    self.expr(test);
                    self.block(body);
                }
                otherwise.iter().for_each(|body| self.block(body));
            }
            StmtKind::While { test, body } => {
                self.expr(test);
                self.in_loop(|walker| walker.block(body));
            }
            StmtKind::For { target, iterable, body } => {
                self.expr(iterable);
                self.in_loop(|walker| {
                    walker.in_scope(|walker| {
                        walker.pattern(target);
                        walker.block(body);
                    });
                });
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Import(_) | StmtKind::FromImport { .. } => {}
            StmtKind::Return(value) => self.exprs(value),
            StmtKind::Del(targets) => self.exprs(targets),
            StmtKind::Assert { test, message } => {
                self.expr(test);
                self.exprs(message);
            }
            StmtKind::Raise { exception, cause } => {
                self.exprs(exception);
                self.exprs(cause);
            }
            StmtKind::With { items, body } => self.in_scope(|walker| {
                for item in items {
                    walker.expr(&item.context);
                    item.target.iter().for_each(|target| walker.pattern(target));
                }
                walker.block(body);
            }),
            StmtKind::Try(statement) => {
                self.block(&statement.body);
                for handler in &statement.handlers {
                    self.exprs(&handler.types);
                    self.in_scope(|walker| {
                        if let Some(name) = &handler.name {
                            walker.declare(&name.name, name.span, false);
                        }
                        walker.open_block(&handler.body);
                    });
                }
                statement.otherwise.iter().chain(&statement.finally).for_each(|body| self.block(body));
            }
            StmtKind::Function(decl) => {
                self.exprs(&decl.decorators);
                self.function(&decl.function);
            }
            StmtKind::Class(decl) => self.class(decl),
            StmtKind::Block(block) => self.block(block),
        }
    }

    fn in_loop(&mut self, walk: impl FnOnce(&mut Walker)) {
        self.loops += 1;
        walk(self);
        self.loops -= 1;
    }

    fn function(&mut self, function: &FunctionTree) {
        self.in_function(function.span, |walker| {
            for param in &function.params {
                walker.declare(&param.name.name, param.name.span, true);
            }
            if let FunctionBody::Block(block) = &function.body {
                let first = walker.names.decls.len();
                walker.hoist(&block.body);
                let declared = (first..walker.names.decls.len()).collect();
                walker.names.blocks.insert(block.span, declared);
            }
            function.params.iter().for_each(|param| walker.exprs(&param.default));
            match &function.body {
                FunctionBody::Expr(e) => walker.expr(e),
                FunctionBody::Block(block) => walker.statements(&block.body),
            }
        });
    }

    fn class(&mut self, class: &ClassDecl) {
        self.exprs(&class.decorators);
        self.exprs(&class.base);
        self.in_function(class.span, |walker| {
            for member in &class.members {
                match &member.kind {
                    MemberKind::Attribute { value, .. } => walker.exprs(value),
                    MemberKind::Method { decorators, function, .. } => {
                        walker.exprs(decorators);
                        walker.function(function);
                    }
                    MemberKind::Class(inner) => walker.class(inner),
                }
            }
        });
    }

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.refer(name, target.span, true),
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| self.target(item)),
            ExprKind::Starred(inner) => self.target(inner),
            _ => self.expr(target),
        }
    }

    fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        exprs.into_iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::SelfRef
            | ExprKind::Super { .. } => {}
            ExprKind::Name(name) => self.refer(name, e.span, false),
            ExprKind::FString(parts) => self.f_parts(parts),
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => self.exprs(items),
            ExprKind::And(items) | ExprKind::Or(items) => self.exprs(items),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => self.exprs([key, value]),
                        DictItem::Spread(other) => self.expr(other),
                    }
                }
            }
            ExprKind::Starred(inner) | ExprKind::YieldFrom(inner) => {
                self.note_yield(&e.kind);
                self.expr(inner);
            }
            ExprKind::Yield(value) => {
                self.note_yield(&e.kind);
                value.iter().for_each(|value| self.expr(value));
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => self.exprs([&**left, &**right]),
            ExprKind::Compare { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|c| self.expr(&c.operand));
            }
            ExprKind::Range { start, end, .. } => self.exprs([&**start, &**end]),
            ExprKind::Conditional { test, then, otherwise } => self.exprs([&**test, &**then, &**otherwise]),
            ExprKind::Call { callee, args, .. } => {
                self.expr(callee);
                for arg in args {
                    match arg {
                        Arg::Positional(e) | Arg::Spread(e) | Arg::Keyword(_, e) | Arg::KeywordSpread(e) => {
                            self.expr(e);
                        }
                    }
                }
            }
            ExprKind::Index { object, index, .. } => self.exprs([&**object, &**index]),
            ExprKind::Slice { object, slice, .. } => {
                self.expr(object);
                self.exprs(slice.lower.iter().chain(&slice.upper).chain(&slice.step));
            }
            ExprKind::Attribute { object, .. } => self.expr(object),
            ExprKind::Function(function) => self.function(function),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, e.span),
        }
    }

    fn note_yield(&mut self, kind: &ExprKind) {
        if !matches!(kind, ExprKind::Starred(_)) {
            self.names.functions[self.function].is_generator = true;
        }
    }

    fn f_parts(&mut self, parts: &[FPart]) {
        for part in parts {
            if let FPart::Field(field) = part {
                self.expr(&field.value);
                self.f_parts(&field.spec);
            }
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension, span: Span) {
        // The first iterable is evaluated where the comprehension stands.
        if let Some(Clause::For(_, iterable)) = comprehension.clauses.first() {
            self.expr(iterable);
        }
        let walk = |walker: &mut Walker| {
            walker.in_loop(|walker| {
                for (i, clause) in comprehension.clauses.iter().enumerate() {
                    match clause {
                        Clause::For(target, iterable) => {
                            if i > 0 {
                                walker.expr(iterable);
                            }
                            walker.pattern(target);
                        }
                        Clause::If(test) => walker.expr(test),
                    }
                }
                match &comprehension.kind {
                    ComprehensionKind::List(e)
                    | ComprehensionKind::Set(e)
                    | ComprehensionKind::Generator(e) => {
                        walker.expr(e);
                    }
                    ComprehensionKind::Dict(key, value) => walker.exprs([key, value]),
                }
            });
        };
        match comprehension.kind {
            ComprehensionKind::Generator(_) => self.in_function(span, walk),
            _ => self.in_scope(walk),
        }
    }
}

/// What an import without `from` binds.
pub fn bound_by_import(item: &ImportItem) -> Option<&toy_grammar::ast::Ident> {
    item.alias.as_ref().or(item.path.first())
}

/// A word that is no keyword in Python.
pub fn python_word(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "None", "True", "False", "def", "lambda", "global", "nonlocal", "elif", "pass", "del", "async",
        "await",
    ];
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_string() }
}
