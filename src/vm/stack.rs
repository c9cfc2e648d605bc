//! The value stack and the frames: where calls live instead of the machine's stack.
//!
//! Invariants that the dispatch loop's unchecked accesses rely on:
//! - the values are one reserved piece of memory that never moves; untouched pages cost nothing;
//! - whenever code runs, the registers of its frame lie within it, with [`SLACK`] words behind them;
//! - every word is either no pointer, or a pointer that was alive at the last collection or made since. The
//!   collector keeps that true by clearing what lies above the top, up to the highest word used (`soft_end`).

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};

use crate::bytecode::opcodes::Word;
use crate::heap::Tracer;
use crate::value::{Closure, Gc, Value};

/// How many values the stack can hold.
const CAPACITY: usize = 1 << 24;
/// Words that are always free above the registers of the running frame: room for the windows of natives.
pub(crate) const SLACK: usize = 1024;

/// A call that is under way.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub(crate) closure: Gc<Closure>,
    /// Register 0.
    pub(crate) base: *mut Value,
    /// The word after the one being executed; exact whenever the frame is not the running one.
    pub(crate) pc: *const Word,
    /// Where the result goes; null when the frame was entered from native code, which gets the result.
    pub(crate) result: *mut Value,
}

impl Frame {
    /// The index of a word of the instruction that the frame is executing.
    pub(crate) fn pc_index(&self) -> usize {
        // SAFETY: `pc` points behind a word of the closure's code.
        (unsafe { self.pc.offset_from(self.closure.proto.words) } - 1).max(0) as usize
    }

    pub(crate) fn registers(&self) -> usize {
        self.closure.proto.registers as usize
    }
}

/// The stack of one interpreter.
#[derive(Debug)]
pub struct Stack {
    start: *mut Value,
    /// Where the stack really ends, less the slack.
    hard_end: *mut Value,
    /// Past this, a call takes the slow way, which moves it up. Nothing above it was used since the last collection.
    pub(crate) soft_end: *mut Value,
    pub(crate) frames: Vec<Frame>,
    /// At this many frames a call takes the slow way.
    pub(crate) soft_frames: usize,
    /// The recursion limit.
    pub(crate) max_frames: usize,
    /// The end of a native's window that reaches above the registers of the top frame; null if none does.
    pub(crate) native_top: *mut Value,
    /// Frames below this are not looked at when the exception being handled is wanted: an exit handler starts afresh.
    pub(crate) handling_floor: usize,
}

impl Stack {
    pub(crate) fn new(max_frames: usize) -> Stack {
        let layout = layout();
        // SAFETY: the layout is not empty. Zeroed words are the float 0.0, no pointers.
        let start = unsafe { alloc_zeroed(layout) }.cast::<Value>();
        if start.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        // SAFETY: both offsets lie within the memory.
        let (hard_end, soft_end) = unsafe { (start.add(CAPACITY - 2 * SLACK), start.add(SLACK)) };
        let soft_frames = 64.min(max_frames);
        Stack {
            start,
            hard_end,
            soft_end,
            frames: Vec::with_capacity(soft_frames),
            soft_frames,
            max_frames,
            native_top: std::ptr::null_mut(),
            handling_floor: 0,
        }
    }

    /// The first word that is not in use.
    pub(crate) fn top(&self) -> *mut Value {
        let frame_top = match self.frames.last() {
            // SAFETY: a frame's registers lie within the stack.
            Some(frame) => unsafe { frame.base.add(frame.registers()) },
            None => self.start,
        };
        frame_top.max(self.native_top)
    }

    /// Makes room for one more frame whose registers end at `end`; false if there is none.
    #[cold]
    pub(crate) fn grow(&mut self, end: *mut Value) -> bool {
        if self.frames.len() >= self.max_frames || end >= self.hard_end {
            return false;
        }
        if end >= self.soft_end {
            // SAFETY: both pointers lie within the stack, and so does the sum, which the hard end cuts.
            self.soft_end = unsafe {
                let used = end.offset_from(self.start) as usize;
                self.start.add((used * 2).min(CAPACITY - SLACK))
            };
        }
        if self.frames.len() >= self.soft_frames {
            self.soft_frames = (self.soft_frames * 2).min(self.max_frames);
            self.frames.reserve(self.soft_frames - self.frames.len());
        }
        true
    }

    /// Whether the words up to `end` may be used, as a native's window.
    pub(crate) fn reaches(&mut self, end: *mut Value) -> bool {
        end < self.soft_end
            || (end < self.hard_end && {
                // SAFETY: as in `grow`.
                self.soft_end = unsafe {
                    let used = end.offset_from(self.start) as usize;
                    self.start.add((used * 2).min(CAPACITY - SLACK))
                };
                true
            })
    }

    /// Sets the recursion limit; false if more frames are already in use.
    pub(crate) fn set_max_frames(&mut self, max: usize) -> bool {
        if max <= self.frames.len() {
            return false;
        }
        self.max_frames = max;
        self.soft_frames = self.soft_frames.min(max).max(self.frames.len());
        true
    }

    /// Forgets what lies above the top: before a collection, so that no stale pointer survives one.
    pub(crate) fn clear_unused(&mut self) {
        let top = self.top();
        let end = self.soft_end;
        // A native's window may stand a little above the soft end.
        let mut at = top;
        // SAFETY: the words between the top and the soft end plus slack lie within the stack.
        unsafe {
            let end = end.add(SLACK);
            while at < end {
                at.write(Value::NIL);
                at = at.add(1);
            }
            let used = top.offset_from(self.start) as usize;
            self.soft_end = self.start.add((used + SLACK).min(CAPACITY - SLACK));
        }
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: the words below the top are values.
        unsafe {
            let used = self.top().offset_from(self.start) as usize;
            tracer.mark_all(std::slice::from_raw_parts(self.start, used));
        }
        for frame in &self.frames {
            tracer.mark(frame.closure.value());
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the memory came from `alloc_zeroed` with this layout.
        unsafe { dealloc(self.start.cast(), layout()) };
    }
}

fn layout() -> Layout {
    // The constants make a valid layout, so the fallback is never taken.
    Layout::array::<Value>(CAPACITY).unwrap_or(Layout::new::<[Value; SLACK]>())
}
