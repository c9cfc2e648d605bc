//! Raw tokens: what a run of characters is, seen without its surroundings.
//!
//! One closed list of kinds serves the lexer, the newline layer and the parser. The lexer makes only
//! what needs no context; kinds without a pattern are made by the layer, and the kinds up to
//! `Comment` at the end never reach the parser. What is hard: a number that runs into letters must be
//! seen as one wrong number, and strings are only begun here, since where one ends is a question for
//! whoever knows its quotes.

use logos::Logos;

/// The kind of a token; its text is the source between its two offsets.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t\x0c]+")]
#[logos(skip r"\\(\r\n|\n|\r)")]
pub enum Kind {
    // Any character beyond ASCII is taken here; the layer looks whether it makes an identifier.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*", priority = 2)]
    Name,
    #[regex(r"[0-9](_?[0-9])*", priority = 10)]
    #[regex(r"0[xX](_?[0-9a-fA-F])+", priority = 10)]
    #[regex(r"0[oO](_?[0-7])+", priority = 10)]
    #[regex(r"0[bB](_?[01])+", priority = 10)]
    Int,
    #[regex(r"[0-9](_?[0-9])*\.[0-9](_?[0-9])*([eE][+-]?[0-9](_?[0-9])*)?", priority = 10)]
    #[regex(r"[0-9](_?[0-9])*[eE][+-]?[0-9](_?[0-9])*", priority = 10)]
    Float,
    /// A whole string or bytes literal with its prefix and quotes.
    Str,

    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("assert")]
    Assert,
    #[token("break")]
    Break,
    #[token("class")]
    Class,
    #[token("continue")]
    Continue,
    #[token("del")]
    Del,
    /// The `else` of a conditional expression.
    #[token("else")]
    Else,
    /// The `else` of a statement.
    ElseBranch,
    #[token("except")]
    Except,
    #[token("false")]
    False,
    #[token("finally")]
    Finally,
    #[token("fn")]
    Fn,
    #[token("for")]
    For,
    #[token("from")]
    From,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    /// `is not`
    IsNot,
    #[token("let")]
    Let,
    #[token("nil")]
    Nil,
    #[token("not")]
    Not,
    /// `not in`
    NotIn,
    #[token("or")]
    Or,
    #[token("raise")]
    Raise,
    #[token("return")]
    Return,
    #[token("self")]
    SelfRef,
    #[token("static")]
    Static,
    #[token("super")]
    Super,
    #[token("true")]
    True,
    #[token("try")]
    Try,
    #[token("var")]
    Var,
    #[token("while")]
    While,
    #[token("with")]
    With,
    #[token("yield")]
    Yield,

    #[token("(")]
    ParenOpen,
    #[token(")")]
    ParenClose,
    #[token("[")]
    SquareOpen,
    #[token("]")]
    SquareClose,
    /// A brace that opens a block.
    BlockOpen,
    /// A brace that opens a dict or set.
    DictOpen,
    /// The `}` of either.
    #[token("}")]
    BraceClose,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("..")]
    DotDot,
    #[token("..=")]
    DotDotEqual,
    #[token(":")]
    Colon,
    /// What ends a statement: `;`, or a newline that counts.
    #[token(";")]
    End,
    #[token("=")]
    Equal,
    #[token("=>")]
    Arrow,
    #[token("@")]
    At,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("**")]
    StarStar,
    #[token("/")]
    Slash,
    #[token("//")]
    SlashSlash,
    #[token("%")]
    Percent,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Pipe,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token("<<")]
    LessLess,
    #[token(">>")]
    GreaterGreater,
    #[token("==")]
    EqualEqual,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    /// `+=` and its like.
    #[regex(r"(\+|-|\*|/|//|%|\*\*|&|\||\^|<<|>>)=", priority = 10)]
    OpEqual,

    /// Prefix and opening quotes of an f-string.
    #[regex(r#"([fF]|[fF][rR]|[rR][fF])("|'|"""|''')"#, priority = 10)]
    FStart,
    FText,
    /// Text of a raw f-string.
    FRawText,
    /// The closing quotes.
    FEnd,
    FieldOpen,
    /// The `=` of `{x=}` with the blanks behind it.
    FieldEqual,
    /// `!r` and its like.
    FieldConversion,
    /// The `:` before a format specification.
    FieldColon,
    FieldClose,

    /// Stands for a statement that is already reported as wrong.
    Broken,
    /// A token taken out while recovering; the parser is never given one.
    Skip,

    #[token("async")]
    #[token("await")]
    #[token("const")]
    #[token("do")]
    #[token("macro")]
    #[token("match")]
    #[token("pub")]
    Reserved,
    /// Prefix and opening quotes of a string that is no f-string.
    #[regex(r#"([rRbBuU]|[bB][rR]|[rR][bB])?("|'|"""|''')"#, priority = 10)]
    StrStart,
    #[token("{")]
    BraceOpen,
    #[regex(r"[0-9][A-Za-z0-9_\u{80}-\u{10FFFF}]*", priority = 3)]
    #[regex(
        r"[0-9](_?[0-9])*\.[0-9](_?[0-9])*([eE][+-]?[0-9](_?[0-9])*)?[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*",
        priority = 3
    )]
    #[regex(
        r"[0-9](_?[0-9])*[eE][+-]?[0-9](_?[0-9])*[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*",
        priority = 4
    )]
    BadNumber,
    #[token("&&")]
    AndAnd,
    #[token("||")]
    OrOr,
    #[token("!")]
    Bang,
    /// One or more line ends with the blanks between them.
    #[regex(r"(\r\n|\n|\r)([ \t\x0c]*(\r\n|\n|\r))*")]
    Newline,
    #[regex(r"#[^\r\n]*", allow_greedy = true)]
    Comment,
}

/// A token with its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
}

impl Kind {
    /// Can a statement or an expression end here? If so, a newline behind it counts and a brace
    /// behind it opens a block.
    pub(crate) fn can_end(self) -> bool {
        use Kind::*;
        self.ends_expression() || matches!(self, Return | Break | Continue | Raise | Yield | Reserved)
    }

    /// Can an expression end here?
    pub(crate) fn ends_expression(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Name | Int
                | Float
                | Str
                | FEnd
                | ParenClose
                | SquareClose
                | BraceClose
                | Nil
                | True
                | False
                | SelfRef
                | Super
        )
    }

    /// Can an expression begin here?
    pub(crate) fn starts_expression(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Name | Int
                | Float
                | Str
                | FStart
                | ParenOpen
                | SquareOpen
                | DictOpen
                | Nil
                | True
                | False
                | SelfRef
                | Super
                | Fn
                | Not
                | Tilde
        )
    }

    /// Does it never stand in an expression?
    pub(crate) fn begins_statement_only(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Let | Var
                | While
                | Return
                | Break
                | Continue
                | Class
                | Import
                | Del
                | Assert
                | Raise
                | Try
                | With
                | Static
        )
    }

    /// Does it open a bracket of any sort, in the tokens of the layer?
    pub(crate) fn opens(self) -> bool {
        use Kind::*;
        matches!(self, ParenOpen | SquareOpen | BlockOpen | DictOpen | FStart | FieldOpen)
    }

    /// Does it close one?
    pub(crate) fn closes(self) -> bool {
        use Kind::*;
        matches!(self, ParenClose | SquareClose | BraceClose | FEnd | FieldClose)
    }

    /// Is it a word of the language, usable as a name only after a dot?
    pub(crate) fn is_word(self) -> bool {
        use Kind::*;
        matches!(
            self,
            And | As
                | Assert
                | Break
                | Class
                | Continue
                | Del
                | Else
                | Except
                | False
                | Finally
                | Fn
                | For
                | From
                | If
                | Import
                | In
                | Is
                | Let
                | Nil
                | Not
                | Or
                | Raise
                | Return
                | SelfRef
                | Static
                | Super
                | True
                | Try
                | Var
                | While
                | With
                | Yield
                | Reserved
        )
    }
}

/// Every word of the language, those reserved for later included, in alphabetical order.
pub const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "const", "continue", "del", "do", "else",
    "except", "false", "finally", "fn", "for", "from", "if", "import", "in", "is", "let", "macro", "match",
    "nil", "not", "or", "pub", "raise", "return", "self", "static", "super", "true", "try", "var", "while",
    "with", "yield",
];

/// Whether `word` is a word of the language and so no identifier (except after a dot).
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}
