//! Recursion that cannot overflow the machine stack.
//!
//! The text of a program decides how deep its tree is, so every recursive walk over it goes through
//! here: the stack grows by another segment whenever the current one runs short. Dropping a tree is
//! such a walk too. The nodes through which all depth runs look after it themselves, so that nobody
//! who holds a tree, whole or in parts, need know.
//!
//! What is hard: one system thread may have many stacks, since each thread of a Toy program has one of its own. So where
//! the current stack ends is kept here, and who switches stacks says so ([`set_stack_limit`]). `stacker` is asked
//! only once, before any switch, for it knows of no stacks but its own.

use std::cell::Cell;
use std::mem;

use crate::ast::{Block, ClassDecl, Expr, ExprKind};

/// How much of the current segment must be left before a call.
const RED_ZONE: usize = 128 * 1024;
/// The size of a new segment.
const SEGMENT: usize = 4 * 1024 * 1024;

/// As the limit of a stack: nobody has looked yet where it is.
const NOT_ASKED: usize = 0;

thread_local! {
    /// The lowest address of the stack that is running.
    static LIMIT: Cell<usize> = const { Cell::new(NOT_ASKED) };
}

/// Runs `f` with enough stack for a frame of ordinary size.
pub fn deep<R>(f: impl FnOnce() -> R) -> R {
    maybe_grow(RED_ZONE, SEGMENT, f)
}

/// Runs `f` with at least `red_zone` bytes of stack: on this one if it has them, else on a new segment.
#[inline(always)]
pub fn maybe_grow<R>(red_zone: usize, segment: usize, f: impl FnOnce() -> R) -> R {
    if remaining() >= red_zone { f() } else { grow(segment, f) }
}

/// Where the stack that is running ends, for who switches stacks and comes back to this one.
pub fn stack_limit() -> usize {
    let limit = LIMIT.get();
    if limit == NOT_ASKED { ask() } else { limit }
}

/// Says that another stack is running from here on, and at which address it ends. Too low an address may
/// let the program run into the guard page below the stack.
pub fn set_stack_limit(limit: usize) {
    LIMIT.set(limit);
}

#[inline(always)]
fn remaining() -> usize {
    address_here().saturating_sub(stack_limit())
}

fn is_short() -> bool {
    remaining() < RED_ZONE
}

#[cold]
fn ask() -> usize {
    let here = address_here();
    // Where it cannot be known, none is left, so that the first call in need of room makes a stack that is known.
    let limit = here - stacker::remaining_stack().unwrap_or(0);
    LIMIT.set(limit);
    limit
}

/// An address in the frame of the caller, about.
#[inline(always)]
fn address_here() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker).addr()
}

#[cold]
fn grow<R>(segment: usize, f: impl FnOnce() -> R) -> R {
    /// Puts the limit back, after a panic too.
    struct Restore(usize);
    impl Drop for Restore {
        fn drop(&mut self) {
            LIMIT.set(self.0);
        }
    }
    let restore = Restore(stack_limit());
    let result = stacker::grow(segment, || {
        LIMIT.set(address_here().saturating_sub(segment));
        f()
    });
    drop(restore);
    result
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

#[cfg(test)]
mod tests {
    use super::*;

    fn down(depth: usize) -> usize {
        if depth == 0 { 0 } else { deep(|| std::hint::black_box(down(depth - 1))) + 1 }
    }

    #[test]
    fn the_limit_is_put_back_after_each_segment() {
        let limit = stack_limit();
        assert_eq!(down(200_000), 200_000);
        assert_eq!(stack_limit(), limit);
        let panicked = std::panic::catch_unwind(|| grow(SEGMENT, || std::panic::panic_any(1)));
        assert!(panicked.is_err());
        assert_eq!(stack_limit(), limit);
    }

    #[test]
    fn a_segment_has_about_the_size_that_was_asked_for() {
        grow(SEGMENT, || {
            let left = remaining();
            assert!(left <= SEGMENT && left > SEGMENT - 64 * 1024, "{left}");
        });
    }

    #[test]
    fn a_limit_that_is_set_decides_what_is_left() {
        let limit = stack_limit();
        set_stack_limit(address_here() - RED_ZONE / 2);
        let grew = deep(|| stack_limit() != limit && remaining() > RED_ZONE);
        set_stack_limit(limit);
        assert!(grew);
    }
}
