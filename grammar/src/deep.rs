//! Recursion that cannot overflow the machine stack.
//!
//! The text of a program decides how deep its tree is, so every recursive walk over it goes through
//! here: the stack grows by another segment whenever the current one runs short. Dropping a tree is
//! such a walk too. The nodes through which all depth runs look after it themselves, so that nobody
//! who holds a tree, whole or in parts, need know.

use std::mem;

use crate::ast::{Block, ClassDecl, Expr, ExprKind};

/// How much of the current segment must be left before a call.
const RED_ZONE: usize = 128 * 1024;
/// The size of a new segment.
const SEGMENT: usize = 4 * 1024 * 1024;

/// Runs `f` with enough stack for a frame of ordinary size.
pub fn deep<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, SEGMENT, f)
}

fn is_short() -> bool {
    stacker::remaining_stack().is_some_and(|left| left < RED_ZONE)
}

impl Expr {
    /// Takes the kind out, which a type with a destructor does not allow by itself.
    pub fn take(&mut self) -> ExprKind {
        mem::replace(&mut self.kind, ExprKind::Nil)
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        if is_short() {
            let kind = self.take();
            deep(|| drop(kind));
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if is_short() {
            let body = mem::take(&mut self.body);
            deep(|| drop(body));
        }
    }
}

impl Drop for ClassDecl {
    fn drop(&mut self) {
        if is_short() {
            let members = mem::take(&mut self.members);
            deep(|| drop(members));
        }
    }
}
