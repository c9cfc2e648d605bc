//! The syntax tree: what the parser hands to the compiler, every node with its place in the text.
//!
//! The tree says what was written, not what it means: names are not resolved, assignment targets are
//! already checked to be targets, and nothing here knows a value or a register. The one hard thing is
//! depth: a program may nest 65,535 blocks or chain a hundred thousand `+`, so whoever walks the tree
//! recursively grows its stack as it goes (see `deep`), and so does dropping it.

use std::rc::Rc;

/// A half-open range of byte offsets into the source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// An identifier's text, NFC-normalised and shared between its uses.
pub type Name = Rc<str>;

/// An identifier at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

/// A whole file.
#[derive(Debug, PartialEq)]
pub struct Module {
    /// The text of the `##` comments at the head of the file.
    pub doc: Option<String>,
    pub body: Vec<Stmt>,
}

/// Statements in braces; the span includes the braces.
#[derive(Debug, PartialEq)]
pub struct Block {
    pub span: Span,
    pub body: Vec<Stmt>,
}

#[derive(Debug, PartialEq)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug, PartialEq)]
pub enum StmtKind {
    Expr(Expr),
    /// `let target = value` or `var target = value`; only `var` may lack the value.
    Let {
        mutable: bool,
        target: Pattern,
        value: Option<Expr>,
    },
    /// `a = b = value`: targets left to right; each is a name, attribute, index, slice, or a
    /// tuple or list of targets (with at most one `Starred` in it).
    Assign {
        targets: Vec<Expr>,
        value: Expr,
    },
    /// `target op= value`: the target is a name, attribute, index or slice.
    AugAssign {
        target: Expr,
        op: BinaryOp,
        op_span: Span,
        value: Expr,
    },
    /// `if … else if … else`: at least one branch.
    If {
        branches: Vec<(Expr, Block)>,
        otherwise: Option<Block>,
    },
    While {
        test: Expr,
        body: Block,
    },
    For {
        target: Pattern,
        iterable: Expr,
        body: Block,
    },
    Break,
    Continue,
    Return(Option<Expr>),
    /// `del`: each target is an attribute, index or slice.
    Del(Vec<Expr>),
    Assert {
        test: Expr,
        message: Option<Expr>,
    },
    Raise {
        exception: Option<Expr>,
        cause: Option<Expr>,
    },
    Import(Vec<ImportItem>),
    FromImport {
        module: Vec<Ident>,
        names: Vec<ImportName>,
    },
    With {
        items: Vec<WithItem>,
        body: Block,
    },
    Try(Box<Try>),
    Function(Box<FunctionDecl>),
    Class(Box<ClassDecl>),
    /// Braces at the head of a statement.
    Block(Block),
}

/// `import a.b as c`.
#[derive(Debug, PartialEq)]
pub struct ImportItem {
    pub path: Vec<Ident>,
    pub alias: Option<Ident>,
}

/// `name as alias` in `from m import …`.
#[derive(Debug, PartialEq)]
pub struct ImportName {
    pub name: Ident,
    pub alias: Option<Ident>,
}

#[derive(Debug, PartialEq)]
pub struct WithItem {
    pub context: Expr,
    pub target: Option<Pattern>,
}

#[derive(Debug, PartialEq)]
pub struct Try {
    pub body: Block,
    pub handlers: Vec<Handler>,
    pub otherwise: Option<Block>,
    pub finally: Option<Block>,
}

/// `except types as name { … }`; the span runs from `except` to before the brace.
#[derive(Debug, PartialEq)]
pub struct Handler {
    pub span: Span,
    pub types: Option<Expr>,
    pub name: Option<Ident>,
    pub body: Block,
}

/// What a declaration, a loop, a comprehension or `with` may bind.
#[derive(Debug, PartialEq)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

#[derive(Debug, PartialEq)]
pub enum PatternKind {
    Name(Name),
    /// A tuple or a list of patterns, which unpack alike; at most one is a `Star`.
    Sequence(Vec<Pattern>),
    Star(Box<Pattern>),
}

#[derive(Debug, PartialEq)]
pub struct FunctionDecl {
    pub decorators: Vec<Expr>,
    pub name: Ident,
    pub function: Function,
}

/// The part that declarations, methods and function values share.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// From `fn` to the end of the body.
    pub span: Span,
    pub params: Vec<Param>,
    pub body: FunctionBody,
    pub doc: Option<String>,
}

#[derive(Debug, PartialEq)]
pub enum FunctionBody {
    /// `=> expr`
    Expr(Expr),
    Block(Block),
}

/// One parameter. The parser has checked their order and that names differ.
#[derive(Debug, PartialEq)]
pub struct Param {
    pub name: Ident,
    pub kind: ParamKind,
    pub default: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Before a `/`.
    PositionalOnly,
    Normal,
    /// `*rest`
    Rest,
    /// After `*rest` or a bare `*`.
    KeywordOnly,
    /// `**options`
    Options,
}

#[derive(Debug, PartialEq)]
pub struct ClassDecl {
    pub decorators: Vec<Expr>,
    pub name: Ident,
    pub base: Option<Expr>,
    pub members: Vec<Member>,
    pub doc: Option<String>,
    pub span: Span,
}

#[derive(Debug, PartialEq)]
pub struct Member {
    pub span: Span,
    pub kind: MemberKind,
}

#[derive(Debug, PartialEq)]
pub enum MemberKind {
    /// `let x = …` or `var x = …`, a class attribute.
    Attribute {
        mutable: bool,
        name: Ident,
        value: Option<Expr>,
    },
    /// `name` is an identifier or an operator: `+`, `==`, `[]`, `[]=` …
    Method {
        decorators: Vec<Expr>,
        is_static: bool,
        name: Ident,
        function: Function,
    },
    Class(Box<ClassDecl>),
}

#[derive(Debug, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug, PartialEq)]
pub enum ExprKind {
    Nil,
    True,
    False,
    Int(i64),
    /// An int literal past 64 bits, as its decimal digits.
    BigInt(Box<str>),
    Float(f64),
    Str(Box<str>),
    Bytes(Box<[u8]>),
    FString(Vec<FPart>),
    Name(Name),
    /// The keyword `self`.
    SelfRef,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Set(Vec<Expr>),
    Dict(Vec<DictItem>),
    /// `*xs` in a display, in an argument list's place it is `Arg::Spread`.
    Starred(Box<Expr>),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a < b <= c`: each operand is evaluated once.
    Compare {
        first: Box<Expr>,
        rest: Vec<Comparison>,
    },
    /// `a and b and c`: two or more values.
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Range {
        start: Box<Expr>,
        end: Box<Expr>,
        inclusive: bool,
    },
    /// `then if test else otherwise`
    Conditional {
        test: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `open` is the offset of the `(`.
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
        open: u32,
    },
    /// `open` is the offset of the `[`.
    Index {
        object: Box<Expr>,
        index: Box<Expr>,
        open: u32,
    },
    Slice {
        object: Box<Expr>,
        slice: Box<SliceParts>,
        open: u32,
    },
    Attribute {
        object: Box<Expr>,
        name: Ident,
    },
    /// `super.name`
    Super {
        name: Ident,
    },
    Function(Box<Function>),
    Comprehension(Box<Comprehension>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
}

#[derive(Debug, PartialEq)]
pub struct SliceParts {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
    pub step: Option<Expr>,
}

#[derive(Debug, PartialEq)]
pub struct Comparison {
    pub op: CompareOp,
    pub op_span: Span,
    pub operand: Expr,
}

#[derive(Debug, PartialEq)]
pub enum DictItem {
    Pair(Expr, Expr),
    /// `**other`
    Spread(Expr),
}

#[derive(Debug, PartialEq)]
pub enum Arg {
    Positional(Expr),
    /// `*xs`
    Spread(Expr),
    Keyword(Ident, Expr),
    /// `**xs`
    KeywordSpread(Expr),
}

/// A piece of an f-string.
#[derive(Debug, PartialEq)]
pub enum FPart {
    Text(Box<str>),
    Field(Box<FField>),
}

#[derive(Debug, PartialEq)]
pub struct FField {
    pub value: Expr,
    /// `{x=}`: the text to print before the value, `=` and blanks included.
    pub label: Option<Box<str>>,
    pub conversion: Option<Conversion>,
    /// The format specification, itself text and fields.
    pub spec: Vec<FPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    Str,
    Repr,
    Ascii,
}

#[derive(Debug, PartialEq)]
pub struct Comprehension {
    pub kind: ComprehensionKind,
    /// The first is a `for`.
    pub clauses: Vec<Clause>,
}

#[derive(Debug, PartialEq)]
pub enum ComprehensionKind {
    List(Expr),
    Set(Expr),
    Dict(Expr, Expr),
    Generator(Expr),
}

#[derive(Debug, PartialEq)]
pub enum Clause {
    For(Pattern, Expr),
    If(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Is,
    IsNot,
}

impl UnaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Pos => "+",
            UnaryOp::Invert => "~",
            UnaryOp::Not => "not",
        }
    }
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::FloorDiv => "//",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "**",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
        }
    }
}

impl CompareOp {
    /// All of them, in the order of their numbers.
    pub const ALL: [CompareOp; 10] = [
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Lt,
        CompareOp::Le,
        CompareOp::Gt,
        CompareOp::Ge,
        CompareOp::In,
        CompareOp::NotIn,
        CompareOp::Is,
        CompareOp::IsNot,
    ];

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "==",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::In => "in",
            CompareOp::NotIn => "not in",
            CompareOp::Is => "is",
            CompareOp::IsNot => "is not",
        }
    }
}
