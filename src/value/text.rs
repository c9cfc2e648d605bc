//! Strings: immutable UTF-8 that is indexed by code point.
//!
//! What is hard: `s = s + x` in a loop must not be quadratic. A long concatenation therefore makes a *rope*, an
//! object that remembers its two halves and is flattened when somebody first looks at its text. Everybody
//! looks through [`Str::as_str`], so a rope is never seen outside this file.
//!
//! Invariants: `chars == len` exactly for ASCII text; a flat string's `pointer` is its own tail, or memory
//! that it owns (`EXTERNAL`); a rope's tail holds its halves until it is flattened.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use super::Value;
use super::object::{Gc, Header, Kind, Trace};
use crate::heap::{Heap, Tracer};

/// A string.
#[derive(Debug)]
#[repr(C)]
pub struct Str {
    /// `aux` caches the hash, 0 when it is not known yet.
    pub(crate) header: Header,
    len: u32,
    chars: u32,
    pointer: Cell<*const u8>,
    // The tail: the text, or the two halves of a rope.
}

const EXTERNAL: u8 = 1;
const ROPE: u8 = 2;
const INTERNED: u8 = 4;

thread_local! {
    /// Bytes that ropes took when they were flattened, where no heap was at hand to count them. The next rope counts
    /// them: a program that keeps flattening keeps making ropes.
    static FLATTENED: Cell<usize> = const { Cell::new(0) };
}

/// Shorter results are copied rather than made into ropes.
const ROPE_MIN: usize = 256;
/// The longest string in bytes.
pub const MAX_LEN: usize = u32::MAX as usize - 1;

#[derive(Clone, Copy)]
#[repr(C)]
struct Halves {
    left: Gc<Str>,
    right: Gc<Str>,
}

impl Str {
    /// Makes a string object; `text` must not be longer than [`MAX_LEN`] (the VM checks before it builds one).
    pub fn new(heap: &mut Heap, text: &str) -> Gc<Str> {
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Str::with_chars(heap, text, chars)
    }

    fn with_chars(heap: &mut Heap, text: &str, chars: usize) -> Gc<Str> {
        let string = Str {
            header: Header::new(Kind::Str),
            len: text.len() as u32,
            chars: chars as u32,
            pointer: Cell::new(std::ptr::null()),
        };
        let gc = heap.allocate(string, text.len());
        // SAFETY: the object was made with a tail of `text.len()` bytes.
        unsafe {
            let tail = gc.as_ptr().add(1).cast::<u8>();
            std::ptr::copy_nonoverlapping(text.as_ptr(), tail, text.len());
            gc.pointer.set(tail);
        }
        gc
    }

    /// Makes a string object that takes the text over; not longer than [`MAX_LEN`]. `chars` are its code points.
    pub fn owned(heap: &mut Heap, text: String, chars: usize) -> Gc<Str> {
        if text.len() < ROPE_MIN {
            return Str::with_chars(heap, &text, chars);
        }
        heap.charge(text.len());
        let len = text.len() as u32;
        let pointer = Box::into_raw(text.into_bytes().into_boxed_slice()).cast::<u8>();
        let string =
            Str { header: Header::new(Kind::Str), len, chars: chars as u32, pointer: Cell::new(pointer) };
        let gc = heap.allocate(string, 0);
        gc.header.set_flag(EXTERNAL);
        gc
    }

    /// `left + right`; None when the result would be too long.
    pub fn concat(heap: &mut Heap, left: Gc<Str>, right: Gc<Str>) -> Option<Gc<Str>> {
        if left.len == 0 {
            return Some(right);
        }
        if right.len == 0 {
            return Some(left);
        }
        let len = left.len as usize + right.len as usize;
        if len > MAX_LEN {
            return None;
        }
        let chars = left.chars as usize + right.chars as usize;
        let string = Str {
            header: Header::new(Kind::Str),
            len: len as u32,
            chars: chars as u32,
            pointer: Cell::new(std::ptr::null()),
        };
        if len < ROPE_MIN {
            let gc = heap.allocate(string, len);
            // SAFETY: the tail has room for both texts, one behind the other.
            unsafe {
                let tail = gc.as_ptr().add(1).cast::<u8>();
                std::ptr::copy_nonoverlapping(left.bytes().as_ptr(), tail, left.len as usize);
                std::ptr::copy_nonoverlapping(
                    right.bytes().as_ptr(),
                    tail.add(left.len as usize),
                    right.len as usize,
                );
                gc.pointer.set(tail);
            }
            return Some(gc);
        }
        heap.charge(FLATTENED.take());
        let gc = heap.allocate(string, std::mem::size_of::<Halves>());
        gc.header.set_flag(ROPE);
        // SAFETY: the tail has room for the halves.
        unsafe { gc.as_ptr().add(1).cast::<Halves>().write(Halves { left, right }) };
        Some(gc)
    }

    fn halves(&self) -> Option<Halves> {
        if self.header.has_flag(ROPE) {
            // SAFETY: a rope's tail holds its halves.
            Some(unsafe { (self as *const Str).add(1).cast::<Halves>().read() })
        } else {
            None
        }
    }

    /// Writes a rope's text into memory of its own. Left-deep and right-deep ropes alike cost one pass: the
    /// halves still to be copied wait on a heap-allocated stack, right ones below left ones.
    #[cold]
    fn flatten(&self) {
        let mut buffer: Vec<u8> = Vec::with_capacity(self.len as usize);
        let mut waiting: Vec<Gc<Str>> = Vec::new();
        if let Some(halves) = self.halves() {
            waiting.push(halves.right);
            waiting.push(halves.left);
        }
        while let Some(part) = waiting.pop() {
            match part.halves() {
                Some(halves) => {
                    waiting.push(halves.right);
                    waiting.push(halves.left);
                }
                None => buffer.extend_from_slice(part.bytes()),
            }
        }
        FLATTENED.set(FLATTENED.get() + buffer.len());
        let owned: Box<[u8]> = buffer.into_boxed_slice();
        self.pointer.set(Box::into_raw(owned).cast::<u8>());
        self.header.clear_flag(ROPE);
        self.header.set_flag(EXTERNAL);
    }

    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        if self.header.has_flag(ROPE) {
            self.flatten();
        }
        // SAFETY: a flat string's pointer is good for `len` bytes as long as the object lives.
        unsafe { std::slice::from_raw_parts(self.pointer.get(), self.len as usize) }
    }

    #[inline(always)]
    pub fn as_str(&self) -> &str {
        // SAFETY: strings are made from `str` only, and halves of UTF-8 joined are UTF-8.
        unsafe { std::str::from_utf8_unchecked(self.bytes()) }
    }

    /// The length in bytes.
    pub fn byte_len(&self) -> usize {
        self.len as usize
    }

    /// The length in code points.
    #[inline(always)]
    pub fn chars(&self) -> usize {
        self.chars as usize
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.chars == self.len
    }

    /// Whether every string with this text is this very object.
    pub fn is_interned(&self) -> bool {
        self.header.has_flag(INTERNED)
    }

    pub(crate) fn mark_interned(&self) {
        self.header.set_flag(INTERNED);
    }

    /// The byte offset of code point `i`, which must be at most [`Str::chars`].
    pub fn byte_offset(&self, i: usize) -> usize {
        if self.is_ascii() {
            i
        } else {
            self.as_str().char_indices().nth(i).map_or(self.len as usize, |(offset, _)| offset)
        }
    }

    /// How many code points stand before a byte offset.
    pub fn char_index(&self, byte: usize) -> usize {
        if self.is_ascii() { byte } else { self.as_str()[..byte].chars().count() }
    }

    /// The text from code point `start` to before `end`.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        if start >= end {
            return "";
        }
        if self.is_ascii() {
            return &self.as_str()[start..end.min(self.len as usize)];
        }
        let from = self.byte_offset(start);
        let text = &self.as_str()[from..];
        let to = text.char_indices().nth(end - start).map_or(text.len(), |(offset, _)| offset);
        &text[..to]
    }

    /// The hash that dicts use, computed once.
    #[inline]
    pub fn hash(&self) -> u32 {
        match self.header.aux.get() {
            0 => {
                let hash = hash_text(self.bytes());
                self.header.aux.set(hash);
                hash
            }
            hash => hash,
        }
    }

    #[inline]
    pub fn equals(&self, other: &Str) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        if self.len != other.len || (self.is_interned() && other.is_interned()) {
            return false;
        }
        self.bytes() == other.bytes()
    }
}

impl Drop for Str {
    fn drop(&mut self) {
        if self.header.has_flag(EXTERNAL) {
            let slice = std::ptr::slice_from_raw_parts_mut(self.pointer.get().cast_mut(), self.len as usize);
            // SAFETY: external text is a boxed slice of `len` bytes that only this object owns.
            drop(unsafe { Box::from_raw(slice) });
        }
    }
}

impl Trace for Str {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(halves) = self.halves() {
            tracer.mark(halves.left.value());
            tracer.mark(halves.right.value());
        }
    }

    fn external_bytes(&self) -> usize {
        if self.header.has_flag(EXTERNAL) { self.len as usize } else { 0 }
    }
}

/// The hash of a string's bytes, never 0. It is seeded once per process, so that nobody outside can choose
/// strings that collide.
pub fn hash_text(bytes: &[u8]) -> u32 {
    static SEED: OnceLock<foldhash::fast::RandomState> = OnceLock::new();
    let hash = SEED.get_or_init(foldhash::fast::RandomState::default).hash_one(bytes);
    ((hash ^ hash >> 32) as u32).max(1)
}

/// The string that a value is, if it is one.
impl Value {
    #[inline(always)]
    pub fn as_str(self) -> Option<Gc<Str>> {
        self.as_object::<Str>()
    }
}
