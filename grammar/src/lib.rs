//! Toy's grammar: from source text to syntax tree, or to the list of what is wrong with the text.
//!
//! Knows nothing of values, bytecode or files, and does no input or output. The way of a text:
//!
//! | file | what it does |
//! |---|---|
//! | `lexer.rs` | cuts the text into raw tokens |
//! | `layer.rs` | decides newlines, braces, `else` and f-strings, and balances brackets |
//! | `toy.lalrpop` | the grammar |
//! | `builder.rs` | makes the tree and checks what the grammar lets through |
//! | `parse.rs` | runs the parser and goes on after errors |
//! | `faults.rs` | words what the parser did not expect |
//! | `ast.rs`, `deep.rs` | the tree, and walking it whatever its depth |
//! | `dump.rs`, `lines.rs` | the tree and the tokens as text; lines and columns |

pub mod ast;
mod builder;
pub mod deep;
pub mod diagnostic;
mod dump;
mod escapes;
mod faults;
mod layer;
mod lexer;
mod lines;
mod parse;
mod pieces;
mod tokens;

/// The generated parser, which answers to no style.
#[allow(clippy::all, clippy::unwrap_used, unused, rustdoc::all)]
mod toy {
    include!(concat!(env!("OUT_DIR"), "/toy.rs"));
}

pub use dump::dump;
pub use layer::{MAX_BLOCKS, MAX_BRACKETS, MAX_DEPTH};
pub use lexer::{KEYWORDS, Kind, is_keyword};
pub use lines::Lines;
pub use parse::{Parsed, parse};
pub use pieces::{Piece, PieceKind, pieces};
pub use tokens::{TokenInfo, dump_tokens, tokens};
