//! Toy's grammar: from source text to syntax tree, or to the list of what is wrong with the text.
//!
//! Knows nothing of values, bytecode or files, and does no input or output.

pub mod ast;
pub mod deep;
pub mod diagnostic;
