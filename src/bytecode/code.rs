//! Compiled code as plain data: what the compiler makes, the verifier checks and the heap loads.
//!
//! Nothing here knows a value or the heap; constants are still Rust data. A function's code holds the
//! functions inside it. Registers are numbered from 0 in each call's window: first the parameters in the
//! order positional (with `self` first in a method), keyword-only, `*rest`, `**options`; then locals and temporaries.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use toy_grammar::ast::Span;
use toy_grammar::deep::deep;

use super::opcodes::Word;

/// The directly addressable registers: 0 to 249. Those beyond are reached by `LoadFar` and `StoreFar`.
pub const NEAR_REGISTERS: usize = 250;
/// The most registers that a function may have.
pub const MAX_REGISTERS: usize = 65_535;

/// The code of one function or of a module's top level.
#[derive(Debug, Default)]
pub struct Code {
    /// The function's name, `<module>` at the top level, `<lambda>` for a nameless function.
    pub name: Rc<str>,
    /// The name with what it is declared in, `C.m` for a method, for the texts of tracebacks and reprs.
    pub qualified_name: Rc<str>,
    pub doc: Option<Rc<str>>,
    /// Where the function stands in the source.
    pub span: Span,
    pub words: Vec<Word>,
    pub constants: Vec<Constant>,
    /// The names of the attribute, method, member and import instructions; each has an inline cache at run time.
    pub sites: Vec<Rc<str>>,
    /// The keyword names of keyword calls, in the order of the values.
    pub keywords: Vec<Vec<Rc<str>>>,
    pub imports: Vec<ImportPath>,
    pub functions: Functions,
    /// What a closure of this function takes along when it is made.
    pub captures: Vec<Capture>,
    pub params: Params,
    /// How many registers a call needs, parameters included; the far ones among them.
    pub registers: usize,
    /// Declared in a class body, so that register 0 is `self`.
    pub is_method: bool,
    pub is_generator: bool,
    /// Exception ranges, inner ones before outer ones.
    pub handlers: Vec<HandlerRange>,
    /// Where an exception is being handled, inner ranges before outer ones.
    pub handling: Vec<HandlingRange>,
    /// The places of the instructions that can fail, by rising `pc`; an entry holds until the next one.
    pub places: Vec<Place>,
    /// Only at the top level of a module: the names of the module's slots.
    pub slots: Vec<Rc<str>>,
    /// Where the values of names are, for reports; by rising offset of the name in the text.
    pub names: Vec<NamePlace>,
}

/// Where the value of a name is while the code around that name runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamePlace {
    /// The offset of the name in the text.
    pub at: u32,
    /// The code in which the place holds: outside of it the register has another use.
    pub within: Option<Span>,
    pub holder: Holder,
}

/// What holds the value of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Register(u16),
    /// A register with a cell.
    Cell(u16),
    Upvalue(u16),
    UpvalueCell(u16),
    /// A slot of the module.
    Slot(u16),
}

/// The functions inside a function. A type of its own because a program may nest them ten thousands deep,
/// which the machine stack must not notice when they are dropped.
#[derive(Clone, Debug, Default)]
pub struct Functions(pub Vec<Rc<Code>>);

impl Deref for Functions {
    type Target = Vec<Rc<Code>>;

    fn deref(&self) -> &Vec<Rc<Code>> {
        &self.0
    }
}

impl DerefMut for Functions {
    fn deref_mut(&mut self) -> &mut Vec<Rc<Code>> {
        &mut self.0
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            deep(|| self.0.clear());
        }
    }
}

/// A constant, not yet a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Int(i64),
    /// The decimal digits of an int past 64 bits.
    BigInt(Box<str>),
    Float(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
}

/// Where a closure finds a variable of an enclosing function while it is being made. A variable that is
/// never assigned after the capture is captured by value, any other as its cell; either way a word is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A register of the function that makes the closure, near or far.
    Register(u16),
    /// An upvalue of the function that makes the closure.
    Upvalue(u16),
}

/// A function's parameters, as the binder needs them.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// The names in register order: positional ones (`self` first in a method), then keyword-only ones.
    pub names: Vec<Rc<str>>,
    /// How many of `names` may be given by position.
    pub positional: usize,
    /// How many of the positional ones may not be given by keyword (`self` counts).
    pub positional_only: usize,
    /// For each of `names`: whether it has a default. The code evaluates it where the register is undefined.
    pub has_default: Vec<bool>,
    /// `*rest`, in the register behind the named ones.
    pub rest: Option<Rc<str>>,
    /// `**options`, in the register behind that.
    pub options: Option<Rc<str>>,
}

/// While `start <= pc < end`, an exception goes to `target` with itself in `register`.
/// `pc` is the index of the first word of the instruction that raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlerRange {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    /// Near or far.
    pub register: u16,
    /// What stands at the target must run however the range is left: a `finally`, or the end of a `with`.
    pub cleanup: bool,
}

/// While `start <= pc < end`, the exception in `register` is being handled; nil there means none (a `finally`
/// that was entered without one), and then the next range around it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlingRange {
    pub start: u32,
    pub end: u32,
    /// Near or far.
    pub register: u16,
}

/// The source of the instruction at `pc` and of those behind it, up to the next entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub pc: u32,
    /// What a traceback marks.
    pub span: Span,
    /// The part of it marked with `^` while the rest gets `~`: the operator, the argument list, the index; empty if none.
    /// Of a call it runs from the `(` to the end, so that what stands before it is the callee: the place of a
    /// missing method or an unset slot that the call instruction finds out about.
    pub anchor: Span,
}

/// `a.b.c` of an import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPath {
    pub path: Vec<Rc<str>>,
    /// The first part is bound (`import a.b` binds `a`); else the last (`import a.b as c`, `from a.b import …`).
    pub binds_first: bool,
}

impl Code {
    /// The source range that a traceback marks for the instruction at `pc`.
    pub fn place(&self, pc: usize) -> Option<Place> {
        let after = self.places.partition_point(|place| place.pc as usize <= pc);
        after.checked_sub(1).map(|i| self.places[i])
    }
}
