//! What the resolver finds out and the emitter reads: variables, functions, and what each name means.
//!
//! Both passes meet here and nowhere else. The tables are keyed by the offset of a token, which is cheap
//! because both passes go through the text nearly in order: a lookup starts where the last one ended.

use std::rc::Rc;

use toy_grammar::ast::Span;

pub(super) type VarId = u32;
pub(super) type FnId = u32;

/// How a name came to be, for what may be done with it and for the texts of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclKind {
    Let,
    Var,
    Param,
    Loop,
    Fn,
    Class,
    /// `import a.b`, which binds `a` and may do so again.
    ImportPath,
    Import,
    Except,
    With,
    /// `__name__` and `__file__`.
    Loader,
    /// A slot of an earlier entry of which nothing else is known.
    Earlier,
    /// A name of a class body.
    Member,
    /// `self` in a method, and the class that its methods capture.
    Hidden,
    /// There is no `self` here, whatever is around.
    Barrier,
}

impl DeclKind {
    /// The word that declares it if it must not be assigned.
    pub(super) fn fixed_by(self) -> Option<&'static str> {
        match self {
            DeclKind::Let => Some("let"),
            DeclKind::Fn => Some("fn"),
            DeclKind::Class => Some("class"),
            DeclKind::Import | DeclKind::ImportPath => Some("import"),
            DeclKind::Except => Some("except"),
            DeclKind::With => Some("with"),
            _ => None,
        }
    }
}

/// Where a variable lives, as far as the resolver decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Register,
    Slot(u16),
    /// A member of the class that the variable holds.
    Member(VarId),
}

#[derive(Debug)]
pub(super) struct Var {
    pub(super) symbol: u32,
    pub(super) kind: DeclKind,
    pub(super) storage: Storage,
    pub(super) span: Span,
    pub(super) function: FnId,
    /// How many functions are around that function.
    pub(super) depth: u32,
    pub(super) scope: u32,
    /// What the name meant outside.
    pub(super) shadowed: VarId,
    /// The walk is past the declaration, so that the variable has a value where the walk is.
    pub(super) ready: bool,
    pub(super) assigned: bool,
    pub(super) captured: bool,
    /// A closure that is made before the declaration may see it.
    pub(super) early: bool,
}

impl Var {
    /// It must be shared through a cell; otherwise closures copy its value.
    pub(super) fn is_cell(&self) -> bool {
        self.captured && (self.assigned || self.early)
    }
}

/// What a name at a place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A variable of the same function.
    Local(VarId),
    /// A variable of an outer function, as the numbered upvalue of this one.
    Upvalue(VarId, u16),
    Slot(u16),
    Builtin(u16),
    /// A member of the class in the variable.
    Member(VarId),
}

/// What a closure takes along from the function around it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Captured {
    Var(VarId),
    Upvalue(u16),
}

#[derive(Debug, Default)]
pub(super) struct FnInfo {
    pub(super) captures: Vec<Captured>,
    pub(super) is_generator: bool,
    pub(super) self_var: Option<VarId>,
}

/// Values by the offset of a token.
#[derive(Debug)]
pub(super) struct Table<T> {
    entries: Vec<(u32, T)>,
    finger: usize,
}

impl<T: Copy> Table<T> {
    pub(super) fn new() -> Table<T> {
        Table { entries: Vec::new(), finger: 0 }
    }

    pub(super) fn push(&mut self, key: u32, value: T) {
        self.entries.push((key, value));
    }

    /// Must stand between the pushes and the lookups.
    pub(super) fn seal(&mut self) {
        self.entries.sort_by_key(|entry| entry.0);
        self.finger = 0;
    }

    pub(super) fn get(&mut self, key: u32) -> Option<T> {
        const REACH: usize = 6;
        let from = self.finger.saturating_sub(REACH);
        let to = (self.finger + REACH).min(self.entries.len());
        let index = match self.entries.get(self.finger) {
            Some(entry) if entry.0 == key => self.finger,
            _ => match self.entries[from.min(to)..to].iter().position(|entry| entry.0 == key) {
                Some(i) => from.min(to) + i,
                None => self.entries.binary_search_by_key(&key, |entry| entry.0).ok()?,
            },
        };
        self.finger = index + 1;
        Some(self.entries[index].1)
    }

    /// All values with their keys.
    pub(super) fn entries(&self) -> &[(u32, T)] {
        &self.entries
    }

    /// All values with this key.
    pub(super) fn all(&self, key: u32) -> Vec<T> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let start = self.entries.partition_point(|entry| entry.0 < key);
        self.entries[start..].iter().take_while(|entry| entry.0 == key).map(|entry| entry.1).collect()
    }
}

/// All that the resolver hands over.
#[derive(Debug)]
pub(super) struct Resolution {
    pub(super) vars: Vec<Var>,
    pub(super) functions: Vec<FnInfo>,
    /// By the offset of a name, both where it is declared and where it is used.
    pub(super) uses: Table<Use>,
    /// By the offset of `fn`, or of the first target of a generator expression.
    pub(super) function_ids: Table<FnId>,
    /// By the offset of a block's brace: its variables that need a cell when the block is entered.
    pub(super) early: Table<VarId>,
    pub(super) slots: Vec<Rc<str>>,
    pub(super) slot_kinds: Vec<DeclKind>,
}
