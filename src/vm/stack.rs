//! The value stack and the frames: where calls live instead of the machine's stack.
//!
//! Invariants that the dispatch loop's unchecked accesses rely on:
//! - the values are one reserved piece of memory that never moves; untouched pages cost nothing;
//! - whenever code runs, the registers of its frame lie within it, with [`SLACK`] words behind them;
//! - every word is either no pointer, or a pointer that was alive at the last collection or made since. The
//!   collector keeps that true by clearing what lies above the top, up to the highest word used (`soft_end`).

#![allow(unsafe_code)]

use crate::bytecode::opcodes::Word;
use crate::heap::Tracer;
use crate::value::{Closure, Gc, Value};

/// How many values the stack of the main thread can hold.
const CAPACITY: usize = 1 << 24;
/// How many values that of another thread can hold.
const THREAD_CAPACITY: usize = 1 << 20;
/// How much of a thread's stack keeps its memory when the thread has ended.
const KEPT: usize = 4 * SLACK;
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

/// The stack of one thread.
#[derive(Debug)]
pub struct Stack {
    start: *mut Value,
    /// How many values it can hold.
    capacity: usize,
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
    /// The stack of the main thread.
    pub(crate) fn new(max_frames: usize) -> Stack {
        match Stack::with_capacity(CAPACITY, max_frames) {
            Some(stack) => stack,
            None => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Stack>()),
        }
    }

    /// The stack of another thread; none if the system gives no memory for it.
    pub(crate) fn for_thread(max_frames: usize) -> Option<Stack> {
        let stack = Stack::with_capacity(THREAD_CAPACITY, max_frames)?;
        // A thread that uses a few words is not to cost a huge page.
        #[cfg(target_os = "linux")]
        // SAFETY: advice about the memory that was just made.
        unsafe {
            libc::madvise(stack.start.cast(), THREAD_CAPACITY * size_of::<Value>(), libc::MADV_NOHUGEPAGE)
        };
        Some(stack)
    }

    fn with_capacity(capacity: usize, max_frames: usize) -> Option<Stack> {
        // Not from the allocator, which would keep what it gets back, and clear it each time by writing to all of it.
        // SAFETY: new memory of the system's choice. It is zeroed; zeroed words are the float 0.0, no pointers.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                capacity * size_of::<Value>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        let start = start.cast::<Value>();
        // SAFETY: both offsets lie within the memory.
        let (hard_end, soft_end) = unsafe { (start.add(capacity - 2 * SLACK), start.add(SLACK)) };
        let soft_frames = 64.min(max_frames);
        Some(Stack {
            start,
            capacity,
            hard_end,
            soft_end,
            frames: Vec::with_capacity(soft_frames),
            soft_frames,
            max_frames,
            native_top: std::ptr::null_mut(),
            handling_floor: 0,
        })
    }

    /// Makes the stack of a thread that has ended as good as new.
    pub(crate) fn reset(&mut self, max_frames: usize) {
        self.frames.clear();
        self.native_top = std::ptr::null_mut();
        self.handling_floor = 0;
        self.max_frames = max_frames;
        self.soft_frames = self.frames.capacity().min(max_frames);
        self.clear_unused();
        let rest = (self.capacity - KEPT) * size_of::<Value>();
        // SAFETY: the words from there on are not in use; what they become is what they are, or zeroed.
        unsafe { libc::madvise(self.start.add(KEPT).cast(), rest, libc::MADV_DONTNEED) };
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

    /// The file and line where the innermost call stands.
    pub(crate) fn place(&self) -> Option<(String, u32)> {
        let frame = self.frames.last()?;
        let site = crate::value::TraceEntry { proto: frame.closure.proto, pc: frame.pc_index() as u32 };
        Some(site.file_and_line())
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
                self.start.add((used * 2).min(self.capacity - SLACK))
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
                    self.start.add((used * 2).min(self.capacity - SLACK))
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
            self.soft_end = self.start.add((used + SLACK).min(self.capacity - SLACK));
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
        // SAFETY: the memory came from `mmap` with this length.
        unsafe { libc::munmap(self.start.cast(), self.capacity * size_of::<Value>()) };
    }
}
