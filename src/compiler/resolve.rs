//! The resolver: which variable each name means, and where it lives.
//!
//! One walk in the order of the text. What is hard is that a name means its declaration in its whole block,
//! before it too: a block's declarations are collected when it is entered, and each variable knows whether
//! the walk is past its declaration. From that follow the error of a use before it, and whether a closure
//! may copy the variable or must share it. Lookup is one hash of the name: for each distinct name `current`
//! holds its innermost variable, and each variable remembers what it shadows, so that nesting costs nothing.

use rustc_hash::FxHashMap;

use toy_grammar::ast::{Module, Span};
use toy_grammar::diagnostic::Diagnostic;

use super::scope::{Captured, DeclKind, FnId, FnInfo, Resolution, Storage, Table, Use, Var, VarId};
use super::{Environment, LOADER_SLOTS};

/// No variable.
pub(super) const NONE: u32 = u32::MAX;
/// The most errors that are reported at once.
const MAX_ERRORS: usize = 100;

/// A distinct name.
pub(super) struct Symbol<'a> {
    pub(super) name: &'a str,
    /// The innermost variable of this name.
    pub(super) current: VarId,
    pub(super) builtin: Option<u16>,
}

/// A function that the walk is inside of.
struct Frame {
    id: FnId,
    /// It is a class body, which runs where it stands.
    is_class_body: bool,
    upvalues: FxHashMap<VarId, u16>,
}

/// Which loop a `break` would leave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LoopState {
    Outside,
    Inside,
    /// There is one, but a `finally` is between.
    BeyondFinally,
}

/// What is around the walk within one function, as far as statements depend on it.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) in_function: bool,
    pub(super) in_init: bool,
    pub(super) in_class_body: bool,
    pub(super) in_finally: bool,
    pub(super) loops: LoopState,
    /// The sort of comprehension around, which must not hold a `yield`.
    pub(super) comprehension: Option<&'static str>,
    /// The members of the class that the method around belongs to.
    pub(super) class: Option<&'a toy_grammar::ast::ClassDecl>,
}

/// A scope that is open; [`Resolver::close`] takes it back.
pub(super) struct Opened {
    outer: u32,
    declared: usize,
}

pub(super) struct Resolver<'a> {
    symbols: FxHashMap<&'a str, u32>,
    pub(super) names: Vec<Symbol<'a>>,
    pub(super) vars: Vec<Var>,
    /// The variables of all open scopes.
    declared: Vec<VarId>,
    scope: u32,
    scopes: u32,
    frames: Vec<Frame>,
    pub(super) functions: Vec<FnInfo>,
    pub(super) uses: Table<Use>,
    pub(super) function_ids: Table<FnId>,
    early: Table<VarId>,
    slots: Vec<&'a str>,
    slot_kinds: Vec<DeclKind>,
    pub(super) context: Context<'a>,
    pub(super) errors: Vec<Diagnostic>,
    /// What an unknown name may have meant, for names that were already asked for.
    pub(super) suggestions: FxHashMap<u32, Option<String>>,
    pub(super) self_symbol: u32,
    pub(super) class_symbol: u32,
}

/// Resolves all names of a module, or reports everything that is wrong with them.
pub(super) fn resolve<'a>(
    module: &'a Module,
    env: &Environment<'a>,
    kinds: &[DeclKind],
) -> Result<Resolution, Vec<Diagnostic>> {
    let mut resolver = Resolver::new();
    resolver.enter_environment(env, kinds);
    resolver.scopes += 1;
    resolver.scope = resolver.scopes;
    resolver.hoist(&module.body);
    resolver.statements(&module.body);
    resolver.finish()
}

impl<'a> Resolver<'a> {
    fn new() -> Resolver<'a> {
        let mut resolver = Resolver {
            symbols: FxHashMap::default(),
            names: Vec::new(),
            vars: Vec::new(),
            declared: Vec::new(),
            scope: 0,
            scopes: 0,
            frames: vec![Frame { id: 0, is_class_body: false, upvalues: FxHashMap::default() }],
            functions: vec![FnInfo::default()],
            uses: Table::new(),
            function_ids: Table::new(),
            early: Table::new(),
            slots: Vec::new(),
            slot_kinds: Vec::new(),
            context: Context {
                in_function: false,
                in_init: false,
                in_class_body: false,
                in_finally: false,
                loops: LoopState::Outside,
                comprehension: None,
                class: None,
            },
            errors: Vec::new(),
            suggestions: FxHashMap::default(),
            self_symbol: 0,
            class_symbol: 0,
        };
        resolver.self_symbol = resolver.symbol("self");
        resolver.class_symbol = resolver.symbol("%class");
        resolver
    }

    fn enter_environment(&mut self, env: &Environment<'a>, kinds: &[DeclKind]) {
        for (index, name) in env.builtins.iter().enumerate() {
            let symbol = self.symbol(name);
            self.names[symbol as usize].builtin = u16::try_from(index).ok();
        }
        if env.slots.is_empty() {
            for name in LOADER_SLOTS {
                self.known_slot(name, DeclKind::Loader);
            }
        }
        for (index, name) in env.slots.iter().enumerate() {
            let kind = match kinds.get(index) {
                Some(&kind) => kind,
                None if LOADER_SLOTS.contains(&&**name) => DeclKind::Loader,
                None => DeclKind::Earlier,
            };
            self.known_slot(name, kind);
        }
    }

    fn known_slot(&mut self, name: &'a str, kind: DeclKind) {
        let symbol = self.symbol(name);
        let slot = self.slots.len() as u16;
        self.slots.push(name);
        self.slot_kinds.push(kind);
        let var = self.add_var(symbol, kind, Storage::Slot(slot), Span::default());
        self.vars[var as usize].ready = true;
    }

    fn finish(mut self) -> Result<Resolution, Vec<Diagnostic>> {
        if !self.errors.is_empty() {
            self.errors.sort_by_key(|error| (error.span.start, error.span.end));
            self.errors.truncate(MAX_ERRORS);
            return Err(self.errors);
        }
        self.uses.seal();
        self.function_ids.seal();
        self.early.seal();
        Ok(Resolution {
            vars: self.vars,
            functions: self.functions,
            uses: self.uses,
            function_ids: self.function_ids,
            early: self.early,
            slots: self.slots.iter().map(|&name| name.into()).collect(),
            slot_kinds: self.slot_kinds,
        })
    }

    pub(super) fn symbol(&mut self, name: &'a str) -> u32 {
        let next = self.names.len() as u32;
        let symbol = *self.symbols.entry(name).or_insert(next);
        if symbol == next {
            self.names.push(Symbol { name, current: NONE, builtin: None });
        }
        symbol
    }

    // Scopes and declarations.

    pub(super) fn open(&mut self) -> Opened {
        let opened = Opened { outer: self.scope, declared: self.declared.len() };
        self.scopes += 1;
        self.scope = self.scopes;
        opened
    }

    /// Ends a scope; `block` is the offset of its brace.
    pub(super) fn close(&mut self, opened: &Opened, block: u32) {
        while self.declared.len() > opened.declared {
            let Some(id) = self.declared.pop() else { break };
            let var = &self.vars[id as usize];
            self.names[var.symbol as usize].current = var.shadowed;
            if var.early && var.storage == Storage::Register && var.kind != DeclKind::Param {
                self.early.push(block, id);
            }
        }
        self.scope = opened.outer;
    }

    fn add_var(&mut self, symbol: u32, kind: DeclKind, storage: Storage, span: Span) -> VarId {
        let id = self.vars.len() as u32;
        let name = &mut self.names[symbol as usize];
        self.vars.push(Var {
            symbol,
            kind,
            storage,
            span,
            function: self.frames.last().map_or(0, |frame| frame.id),
            depth: self.frames.len() as u32 - 1,
            scope: self.scope,
            shadowed: name.current,
            ready: false,
            assigned: false,
            captured: false,
            early: false,
        });
        name.current = id;
        self.declared.push(id);
        id
    }

    /// Declares a name in the current scope, in which it has no value yet.
    pub(super) fn declare(&mut self, name: &'a str, span: Span, kind: DeclKind) -> VarId {
        let symbol = self.symbol(name);
        let before = self.names[symbol as usize].current;
        if before != NONE && self.vars[before as usize].scope == self.scope {
            let var = &mut self.vars[before as usize];
            if name == "_" {
                var.assigned = true;
            } else if !(kind == DeclKind::ImportPath && var.kind == DeclKind::ImportPath) {
                self.redeclared(name, span, before);
            }
            return before;
        }
        let is_slot = self.frames.len() == 1 && self.scope == 1;
        if !is_slot {
            return self.add_var(symbol, kind, Storage::Register, span);
        }
        // Only the slots that the module already had can be around its top level.
        let reused = (before != NONE).then(|| self.vars[before as usize].storage);
        if let Some(storage @ Storage::Slot(slot)) = reused {
            self.slot_kinds[slot as usize] = kind;
            let var = self.add_var(symbol, kind, storage, span);
            self.vars[var as usize].ready = true;
            return var;
        }
        let slot = self.slots.len();
        if slot > u16::MAX as usize {
            self.limit(span, "too many names at the top level of a module");
            return self.add_var(symbol, kind, Storage::Register, span);
        }
        self.slots.push(name);
        self.slot_kinds.push(kind);
        self.add_var(symbol, kind, Storage::Slot(slot as u16), span)
    }

    /// Declares a name that has its value at once.
    pub(super) fn bind(&mut self, name: &'a str, span: Span, kind: DeclKind) -> VarId {
        let var = self.declare(name, span, kind);
        self.settle(var, span);
        var
    }

    /// The walk is past the declaration of a variable at this place.
    pub(super) fn settle(&mut self, var: VarId, span: Span) {
        let v = &mut self.vars[var as usize];
        v.ready = true;
        let meaning = match v.storage {
            Storage::Slot(slot) => Use::Slot(slot),
            Storage::Member(class) => Use::Member(class),
            Storage::Register => Use::Local(var),
        };
        self.uses.push(span.start, meaning);
    }

    /// As [`Self::settle`], for a name that was declared when its block was entered.
    pub(super) fn settle_name(&mut self, name: &'a str, span: Span) {
        let symbol = self.symbol(name);
        let var = self.names[symbol as usize].current;
        if var != NONE {
            self.settle(var, span);
        }
    }

    pub(super) fn bind_hidden(&mut self, symbol: u32, kind: DeclKind) -> VarId {
        let var = self.add_var(symbol, kind, Storage::Register, Span::default());
        self.vars[var as usize].ready = true;
        var
    }

    /// Makes a name of a class body visible to the expressions behind it.
    pub(super) fn bind_member(&mut self, name: &'a str, span: Span, class: VarId, decorated: bool) {
        let symbol = self.symbol(name);
        let before = self.names[symbol as usize].current;
        if before != NONE && self.vars[before as usize].scope == self.scope {
            if !decorated && name != "_" {
                self.redeclared(name, span, before);
            }
            return;
        }
        let var = self.add_var(symbol, DeclKind::Member, Storage::Member(class), span);
        self.vars[var as usize].ready = true;
    }

    // Functions.

    pub(super) fn enter_function(&mut self, key: u32, is_class_body: bool) -> Context<'a> {
        let id = self.functions.len() as FnId;
        self.functions.push(FnInfo::default());
        self.function_ids.push(key, id);
        self.frames.push(Frame { id, is_class_body, upvalues: FxHashMap::default() });
        let outer = self.context;
        self.context = Context {
            in_function: true,
            in_init: false,
            in_class_body: is_class_body,
            in_finally: false,
            loops: LoopState::Outside,
            comprehension: None,
            class: outer.class,
        };
        outer
    }

    pub(super) fn leave_function(&mut self, outer: Context<'a>) {
        self.frames.pop();
        self.context = outer;
    }

    pub(super) fn this_function(&mut self) -> &mut FnInfo {
        let id = self.frames.last().map_or(0, |frame| frame.id);
        &mut self.functions[id as usize]
    }

    // Uses.

    /// The variable that a name means here.
    pub(super) fn lookup(&self, symbol: u32) -> Option<VarId> {
        let function = self.frames.last().map_or(0, |frame| frame.id);
        let mut id = self.names[symbol as usize].current;
        while id != NONE {
            let var = &self.vars[id as usize];
            // The names of a class body are not visible in functions inside it.
            if var.kind != DeclKind::Member || var.function == function {
                return Some(id);
            }
            id = var.shadowed;
        }
        None
    }

    /// Records that the variable is used at a place.
    pub(super) fn refer(&mut self, id: VarId, span: Span) {
        let function = self.frames.last().map_or(0, |frame| frame.id);
        let var = &self.vars[id as usize];
        let in_own_function = var.function == function;
        let is_premature = !var.ready && self.runs_in(var.function);
        let var = &mut self.vars[id as usize];
        let meaning = match var.storage {
            Storage::Slot(slot) => Use::Slot(slot),
            Storage::Member(class) => Use::Member(class),
            Storage::Register if in_own_function => Use::Local(id),
            Storage::Register => {
                var.captured = true;
                var.early |= !var.ready;
                Use::Upvalue(id, self.capture(id, span))
            }
        };
        if is_premature {
            self.used_before(id, span);
        }
        self.uses.push(span.start, meaning);
    }

    /// Whether what is walked runs when the function's own code comes to it, not later in a call.
    fn runs_in(&self, function: FnId) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.id == function {
                return true;
            }
            if !frame.is_class_body {
                return false;
            }
        }
        false
    }

    /// The upvalue of the current function that holds an outer function's variable; every function between
    /// the two passes it on.
    fn capture(&mut self, id: VarId, span: Span) -> u16 {
        if let Some(&index) = self.frames.last().and_then(|frame| frame.upvalues.get(&id)) {
            return index;
        }
        let owner = self.vars[id as usize].depth as usize;
        let mut from = Captured::Var(id);
        let mut last = 0;
        // Search inwards from the owner: the outer functions are more likely to have it already.
        for depth in owner + 1..self.frames.len() {
            let frame = &mut self.frames[depth];
            last = match frame.upvalues.get(&id) {
                Some(&index) => index,
                None => {
                    let captures = &mut self.functions[frame.id as usize].captures;
                    let index = captures.len() as u16;
                    if captures.len() >= u16::MAX as usize {
                        self.limit(span, "too many variables of outer functions in one function");
                        return 0;
                    }
                    captures.push(from);
                    self.frames[depth].upvalues.insert(id, index);
                    index
                }
            };
            from = Captured::Upvalue(last);
        }
        last
    }
}
