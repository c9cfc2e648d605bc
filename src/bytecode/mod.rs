//! Bytecode: the instruction table, compiled code as data, its text, and the check that makes it safe to run.

pub mod code;
pub mod dump;
pub mod opcodes;
#[cfg(test)]
mod tests;
pub mod verify;
