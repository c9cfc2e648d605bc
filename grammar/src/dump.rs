//! The tree as text.
use crate::ast::Module;
/// The tree as text, one node on each line.
pub fn dump(module: &Module) -> String {
    format!("{module:#?}")
}
