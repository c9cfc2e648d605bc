//! Recursion that cannot overflow the machine stack.
//!
//! The text of a program decides how deep its tree is, so every recursive walk over it goes through
//! here: the stack grows by another segment whenever the current one runs short.

/// How much of the current segment must be left before a call.
const RED_ZONE: usize = 128 * 1024;
/// The size of a new segment.
const SEGMENT: usize = 4 * 1024 * 1024;

/// Runs `f` with enough stack for a frame of ordinary size.
pub fn deep<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, SEGMENT, f)
}
