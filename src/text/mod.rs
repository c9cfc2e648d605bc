//! Text in and out: numbers as text, the format mini-language, quoted strings, properties of characters.
//!
//! Pure functions over Rust's own types; what a value is, this room does not know. Whatever is shown or read
//! here agrees with CPython to the character, its errors included.

pub mod numbers;
pub mod quote;
pub mod spec;
pub mod unicode;
