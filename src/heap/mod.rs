//! The heap: where objects come from and where they go.
//!
//! Objects do not move. Small ones stand in blocks of equal cells (a size class each), large ones alone. A
//! collection marks what the roots reach, with an explicit stack, and sweeps lazily: a block is swept when its
//! size class next needs a cell. What is hard:
//!
//! - *Colours.* A live object carries the current colour; a collection changes the colour first, so nothing has
//!   to be unmarked. Before that, all sweeping of the last collection must be finished. New objects get the
//!   current colour, so a block may be allocated from before and after it is swept.
//! - *Safepoints.* Nothing is collected inside [`Heap::allocate`]. The VM asks [`Heap::wants_collection`] at
//!   its safepoints and then hands its roots to [`Heap::collect`]; in between, handles stay good.
//! - *The limit.* It is checked at safepoints too, after a collection; who is about to make something large
//!   asks [`Heap::reserve`] first.
//!
//! Invariants that the unsafe code here relies on: every cell of a block starts with a [`Header`]; its kind is
//! `Free` exactly when no object is in it; the second word of a free cell on a free list is the next one's address.

#![allow(unsafe_code)]

mod tracer;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ptr;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use rustc_hash::FxHasher;

use crate::value::object::{Gc, Header, Kind, Object, Trace, for_each_kind};
use crate::value::{BoxedInt, Str, Value};
pub use tracer::Tracer;

const BLOCK_SIZE: usize = 32 * 1024;
const GRANULE: usize = 16;
const CLASSES: usize = 32;
/// Objects above this stand alone.
const MAX_SMALL: usize = GRANULE * CLASSES;
/// The least number of bytes between two collections.
const MIN_THRESHOLD: usize = 4 << 20;

struct Block {
    memory: *mut u8,
    /// The sweep that has last been through it.
    swept: u32,
}

struct SizeClass {
    free: *mut Header,
    blocks: Vec<Block>,
    /// Blocks before this one have been swept since the last collection.
    cursor: usize,
}

/// A heap and the strings interned in it.
pub struct Heap {
    classes: [SizeClass; CLASSES],
    empty_blocks: Vec<*mut u8>,
    large: Vec<(*mut Header, Layout)>,
    colour: u8,
    /// Bytes handed out since the last collection, in blocks, large objects and charges.
    allocated: usize,
    threshold: usize,
    /// What the last collection found alive, in bytes.
    live: usize,
    limit: usize,
    stress: bool,
    interned: HashMap<u32, Vec<Gc<Str>>, BuildHasherDefault<FxHasher>>,
    collections: u64,
    /// The number of the sweep that follows the last collection.
    sweep: u32,
}

impl std::fmt::Debug for Heap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Heap {{ live: {}, allocated: {}, collections: {} }}",
            self.live, self.allocated, self.collections
        )
    }
}

impl Heap {
    /// A heap that may hold about `limit` bytes. With `stress`, every safepoint collects.
    pub fn new(limit: usize, stress: bool) -> Heap {
        Heap {
            classes: std::array::from_fn(|_| SizeClass {
                free: ptr::null_mut(),
                blocks: Vec::new(),
                cursor: 0,
            }),
            empty_blocks: Vec::new(),
            large: Vec::new(),
            colour: 1,
            allocated: 0,
            threshold: MIN_THRESHOLD.min(limit),
            live: 0,
            limit,
            stress,
            interned: HashMap::default(),
            collections: 0,
            sweep: 0,
        }
    }

    /// Puts an object on the heap, with `tail` bytes of uninitialised memory behind it.
    #[inline(always)]
    pub(crate) fn allocate<T: Object>(&mut self, object: T, tail: usize) -> Gc<T> {
        let size = size_of::<T>() + tail;
        const { assert!(align_of::<T>() <= GRANULE) };
        let (cell, size_class) = if size <= MAX_SMALL {
            let index = size.div_ceil(GRANULE) - 1;
            let class = &mut self.classes[index];
            let mut cell = class.free;
            if cell.is_null() {
                cell = self.refill(index);
            }
            // SAFETY: `cell` is a free cell, whose second word is the next one's address.
            self.classes[index].free = unsafe { *cell.cast::<*mut Header>().add(1) };
            (cell, index as u8)
        } else {
            (self.allocate_large(size), Header::LARGE)
        };
        // SAFETY: the cell has room for the object and its tail, and nothing else refers to it.
        unsafe {
            let place = cell.cast::<T>();
            place.write(object);
            (*cell).size_class = size_class;
            (*cell).mark.set(self.colour);
            Gc::from_address(place as usize)
        }
    }

    /// Finds a free cell for a size class: in a block not yet swept, or in a new one.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, index: usize) -> *mut Header {
        let size = (index + 1) * GRANULE;
        while self.classes[index].cursor < self.classes[index].blocks.len() {
            let at = self.classes[index].cursor;
            let memory = self.classes[index].blocks[at].memory;
            self.classes[index].blocks[at].swept = self.sweep;
            let (free, count) = self.sweep_block(memory, size);
            if count == BLOCK_SIZE / size {
                self.classes[index].blocks.swap_remove(at);
                self.empty_blocks.push(memory);
                continue;
            }
            self.classes[index].cursor += 1;
            if count > 0 {
                self.allocated += count * size;
                self.classes[index].free = free;
                return free;
            }
        }
        let memory = self.empty_blocks.pop().unwrap_or_else(|| {
            let layout = block_layout();
            // SAFETY: the layout is not empty.
            let memory = unsafe { alloc(layout) };
            if memory.is_null() {
                handle_alloc_error(layout);
            }
            memory
        });
        let mut free: *mut Header = ptr::null_mut();
        for i in (0..BLOCK_SIZE / size).rev() {
            // SAFETY: the cell lies within the block.
            free = unsafe { make_free(memory.add(i * size), free) };
        }
        self.allocated += BLOCK_SIZE;
        let class = &mut self.classes[index];
        class.blocks.push(Block { memory, swept: self.sweep });
        class.cursor = class.blocks.len();
        class.free = free;
        free
    }

    #[cold]
    #[inline(never)]
    fn allocate_large(&mut self, size: usize) -> *mut Header {
        let Ok(layout) = Layout::from_size_align(size, GRANULE) else {
            handle_alloc_error(Layout::new::<Header>())
        };
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        self.allocated += size;
        self.large.push((memory.cast(), layout));
        memory.cast()
    }

    /// Frees the dead cells of a block; the list of all free ones, and their number.
    fn sweep_block(&mut self, memory: *mut u8, size: usize) -> (*mut Header, usize) {
        let mut free: *mut Header = ptr::null_mut();
        let mut count = 0;
        for i in (0..BLOCK_SIZE / size).rev() {
            // SAFETY: every cell of a block starts with a header.
            unsafe {
                let cell = memory.add(i * size).cast::<Header>();
                if (*cell).kind != Kind::Free {
                    if (*cell).mark.get() == self.colour {
                        continue;
                    }
                    drop_object(cell);
                    if self.stress {
                        // A stale handle shall meet rubbish at once.
                        ptr::write_bytes(cell.cast::<u8>(), 0xA5, size);
                    }
                }
                free = make_free(cell.cast(), free);
            }
            count += 1;
        }
        (free, count)
    }

    fn finish_sweeping(&mut self) {
        for index in 0..CLASSES {
            let size = (index + 1) * GRANULE;
            while self.classes[index].cursor < self.classes[index].blocks.len() {
                let at = self.classes[index].cursor;
                let memory = self.classes[index].blocks[at].memory;
                self.classes[index].blocks[at].swept = self.sweep;
                let (_, count) = self.sweep_block(memory, size);
                if count == BLOCK_SIZE / size {
                    self.classes[index].blocks.swap_remove(at);
                    self.empty_blocks.push(memory);
                } else {
                    self.classes[index].cursor += 1;
                }
            }
        }
        // Free cells found here stay off the lists until the next collection has looked at their blocks.
    }

    /// Counts bytes that an object owns outside the heap.
    #[inline(always)]
    pub fn charge(&mut self, bytes: usize) {
        self.allocated += bytes;
    }

    /// Whether `bytes` more would still be within the limit. If not, the caller raises `MemoryError`.
    pub fn reserve(&self, bytes: usize) -> bool {
        self.live.saturating_add(self.allocated).saturating_add(bytes) <= self.limit || bytes <= 1 << 16
    }

    /// Whether the VM should collect at this safepoint.
    #[inline(always)]
    pub fn wants_collection(&self) -> bool {
        self.allocated >= self.threshold || self.stress
    }

    /// Whether more is in use than the limit allows: asked after a collection.
    pub fn over_limit(&self) -> bool {
        self.live.saturating_add(self.allocated) > self.limit
    }

    /// Marks everything that `roots` reports and what that reaches; the rest is garbage from now on.
    pub fn collect(&mut self, roots: impl FnOnce(&mut Tracer)) {
        self.finish_sweeping();
        self.colour = if self.colour == 1 { 2 } else { 1 };
        self.collections += 1;
        self.sweep = self.sweep.wrapping_add(1);
        let mut tracer = Tracer::new(self.colour);
        roots(&mut tracer);
        self.live = tracer.run();
        self.interned.retain(|_, strings| {
            strings.retain(|string| string.header.mark.get() == self.colour);
            !strings.is_empty()
        });
        let colour = self.colour;
        let mut large = 0;
        self.large.retain(|(header, layout)| {
            // SAFETY: large objects stay valid until they are dropped here.
            unsafe {
                if (**header).mark.get() == colour {
                    large += layout.size();
                    return true;
                }
                drop_object(*header);
                dealloc(header.cast(), *layout);
            }
            false
        });
        self.live += large;
        for class in &mut self.classes {
            class.free = ptr::null_mut();
            class.cursor = 0;
        }
        if self.stress {
            self.finish_sweeping();
            for class in &mut self.classes {
                class.cursor = 0;
            }
        }
        // A few empty blocks are kept for whoever needs one next.
        while self.empty_blocks.len() > 64 {
            if let Some(memory) = self.empty_blocks.pop() {
                // SAFETY: the block came from `alloc` with this layout and holds no object.
                unsafe { dealloc(memory, block_layout()) };
            }
        }
        self.allocated = 0;
        let room = self.limit.saturating_sub(self.live);
        self.threshold = self.live.max(MIN_THRESHOLD).min(room.max(self.limit / 64).max(1 << 16));
    }

    /// How many collections there have been.
    pub fn collections(&self) -> u64 {
        self.collections
    }

    /// Calls `f` with every live object of a type. Only right after the VM is at rest: it finishes sweeping.
    pub(crate) fn for_each<T: Object>(&mut self, mut f: impl FnMut(Gc<T>)) {
        for (index, class) in self.classes.iter().enumerate() {
            let size = (index + 1) * GRANULE;
            for (at, block) in class.blocks.iter().enumerate() {
                let swept = at < class.cursor || block.swept == self.sweep;
                for i in 0..BLOCK_SIZE / size {
                    // SAFETY: every cell of a block starts with a header; unswept dead ones are left out.
                    unsafe {
                        let cell = block.memory.add(i * size).cast::<Header>();
                        if (*cell).kind == T::KIND && (swept || (*cell).mark.get() == self.colour) {
                            f(Gc::from_address(cell as usize));
                        }
                    }
                }
            }
        }
        for (header, _) in &self.large {
            // SAFETY: large objects in the list are alive.
            unsafe {
                if (**header).kind == T::KIND {
                    f(Gc::from_address(*header as usize));
                }
            }
        }
    }

    /// The one string with this text that names are compared by.
    pub fn intern(&mut self, text: &str) -> Gc<Str> {
        let hash = crate::value::hash_text(text.as_bytes());
        if let Some(found) = self.find_interned(hash, text) {
            return found;
        }
        let string = Str::new(self, text);
        self.add_interned(hash, string);
        string
    }

    /// The interned string equal to this one, which becomes it if there is none.
    pub fn intern_str(&mut self, string: Gc<Str>) -> Gc<Str> {
        if string.is_interned() {
            return string;
        }
        let hash = string.hash();
        if let Some(found) = self.find_interned(hash, string.as_str()) {
            return found;
        }
        self.add_interned(hash, string);
        string
    }

    /// The interned string with this text, if there is one: a name that nobody interned is nobody's attribute.
    pub fn interned(&self, text: &str) -> Option<Gc<Str>> {
        self.find_interned(crate::value::hash_text(text.as_bytes()), text)
    }

    fn find_interned(&self, hash: u32, text: &str) -> Option<Gc<Str>> {
        self.interned.get(&hash)?.iter().find(|string| string.as_str() == text).copied()
    }

    fn add_interned(&mut self, hash: u32, string: Gc<Str>) {
        string.mark_interned();
        self.interned.entry(hash).or_default().push(string);
    }

    /// A string that is not interned.
    pub fn str(&mut self, text: &str) -> Value {
        Str::new(self, text).value()
    }

    /// An int of 64 bits, inline if it fits.
    #[inline(always)]
    pub fn int(&mut self, i: i64) -> Value {
        match Value::small_int(i) {
            Some(value) => value,
            None => BoxedInt::new(self, BigInt::from(i)).value(),
        }
    }

    /// An int of any size, inline if it fits.
    pub fn big_int(&mut self, i: BigInt) -> Value {
        match i.to_i64().and_then(Value::small_int) {
            Some(value) => value,
            None => BoxedInt::new(self, i).value(),
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.finish_sweeping();
        for (index, class) in self.classes.iter().enumerate() {
            let size = (index + 1) * GRANULE;
            for block in &class.blocks {
                // SAFETY: every cell starts with a header; nothing is used after the heap is gone.
                unsafe {
                    for i in 0..BLOCK_SIZE / size {
                        let cell = block.memory.add(i * size).cast::<Header>();
                        if (*cell).kind != Kind::Free {
                            drop_object(cell);
                        }
                    }
                    dealloc(block.memory, block_layout());
                }
            }
        }
        for memory in &self.empty_blocks {
            // SAFETY: the block came from `alloc` with this layout.
            unsafe { dealloc(*memory, block_layout()) };
        }
        for (header, layout) in &self.large {
            // SAFETY: as above.
            unsafe {
                drop_object(*header);
                dealloc(header.cast(), *layout);
            }
        }
    }
}

fn block_layout() -> Layout {
    // The constants make a valid layout, so the fallback is never taken.
    Layout::from_size_align(BLOCK_SIZE, 64).unwrap_or(Layout::new::<[u64; 4096]>())
}

/// Turns a cell into a free one that is followed by `next`.
///
/// # Safety
/// `cell` is the start of a cell that holds no object (any more).
unsafe fn make_free(cell: *mut u8, next: *mut Header) -> *mut Header {
    let header = cell.cast::<Header>();
    // SAFETY: a cell has room for a header and a pointer.
    unsafe {
        header.write(Header::new(Kind::Free));
        header.cast::<*mut Header>().add(1).write(next);
    }
    header
}

macro_rules! define_drop {
    ($($kind:ident: $type:ty,)*) => {
        /// Drops the object in a cell, whatever it is.
        ///
        /// # Safety
        /// The cell holds an object that nobody uses any more.
        unsafe fn drop_object(header: *mut Header) {
            // SAFETY: the kind says which type the object is.
            unsafe {
                match (*header).kind {
                    Kind::Free => {}
                    $(Kind::$kind => ptr::drop_in_place(header.cast::<$type>()),)*
                }
            }
        }

        /// Reports what an object holds, and tells what it owns outside the heap.
        fn trace_object(header: &Header, tracer: &mut Tracer) -> usize {
            let address = header as *const Header;
            // SAFETY: the kind says which type the object is.
            unsafe {
                match header.kind {
                    Kind::Free => 0,
                    $(Kind::$kind => {
                        let object = &*address.cast::<$type>();
                        object.trace(tracer);
                        let size = match header.size_class {
                            Header::LARGE => 0, // counted from the list of large objects
                            class => (class as usize + 1) * GRANULE,
                        };
                        size + object.external_bytes()
                    })*
                }
            }
        }
    };
}
for_each_kind!(define_drop);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::List;

    #[test]
    fn what_the_roots_reach_stays_and_the_rest_goes() {
        let mut heap = Heap::new(usize::MAX, true);
        let kept = List::new(&mut heap, Vec::new());
        for i in 0..1000 {
            let text = heap.str(&format!("text {i}"));
            if i % 2 == 0 {
                kept.items.push(text);
            }
        }
        for _ in 0..3 {
            heap.collect(|tracer| tracer.mark(kept.value()));
        }
        let mut strings = 0;
        heap.for_each::<Str>(|_| strings += 1);
        assert_eq!(strings, 500);
        for i in 0..500 {
            assert_eq!(kept.items.get(i).unwrap().as_str().unwrap().as_str(), format!("text {}", i * 2));
        }
    }

    #[test]
    fn freed_memory_is_used_again() {
        let mut heap = Heap::new(usize::MAX, false);
        for _ in 0..50 {
            for _ in 0..10_000 {
                heap.str("some text of no importance");
            }
            heap.collect(|_| {});
        }
        let blocks: usize = heap.classes.iter().map(|class| class.blocks.len()).sum();
        assert!(blocks + heap.empty_blocks.len() < 200, "{blocks}");
    }

    #[test]
    fn deep_structures_are_marked_without_recursion() {
        let mut heap = Heap::new(usize::MAX, false);
        let mut inner = List::new(&mut heap, Vec::new());
        for _ in 0..1_000_000 {
            inner = List::new(&mut heap, vec![inner.value()]);
        }
        heap.collect(|tracer| tracer.mark(inner.value()));
        let mut lists = 0;
        heap.for_each::<List>(|_| lists += 1);
        assert_eq!(lists, 1_000_001);
    }

    #[test]
    fn a_long_chain_of_concatenations_is_flattened_in_one_pass() {
        let mut heap = Heap::new(usize::MAX, false);
        let piece = Str::new(&mut heap, &"ab".repeat(200));
        let mut rope = piece;
        for _ in 0..100_000 {
            rope = Str::concat(&mut heap, rope, piece).unwrap();
        }
        assert_eq!(rope.as_str().len(), 400 * 100_001);
        assert!(rope.as_str().starts_with("abab"));
    }
}
