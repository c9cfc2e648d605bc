//! Containers that can be changed through a shared handle without handing out references.
//!
//! A list may be changed by the very code that is looking at it (a comparison called by `sort`, a handler
//! called by `unregister`). So no method here lends out a reference to what is inside: values are copied out,
//! and each method finishes before anything else can run. That is what makes the interior mutation sound.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;

use super::Value;

/// A growable array of copyable items.
#[derive(Debug)]
pub struct VecCell<T = Value>(UnsafeCell<Vec<T>>);

impl<T: Copy> VecCell<T> {
    pub fn new(items: Vec<T>) -> VecCell<T> {
        VecCell(UnsafeCell::new(items))
    }

    #[inline(always)]
    fn items(&self) -> &Vec<T> {
        // SAFETY: no reference leaves a method, objects are used by one thread, and no method calls foreign code.
        unsafe { &*self.0.get() }
    }

    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // the head of this file says why this is sound
    fn items_mut(&self) -> &mut Vec<T> {
        // SAFETY: as above; the methods that use this hold no other reference.
        unsafe { &mut *self.0.get() }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items().len()
    }

    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    pub fn capacity(&self) -> usize {
        self.items().capacity()
    }

    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<T> {
        self.items().get(i).copied()
    }

    pub fn first(&self) -> Option<T> {
        self.items().first().copied()
    }

    pub fn last(&self) -> Option<T> {
        self.items().last().copied()
    }

    /// Writes item `i`; false if there is none.
    #[inline(always)]
    pub fn set(&self, i: usize, item: T) -> bool {
        match self.items_mut().get_mut(i) {
            Some(place) => {
                *place = item;
                true
            }
            None => false,
        }
    }

    #[inline(always)]
    pub fn push(&self, item: T) {
        self.items_mut().push(item);
    }

    #[inline(always)]
    pub fn pop(&self) -> Option<T> {
        self.items_mut().pop()
    }

    /// Inserts before item `i`, at the end if there are fewer.
    pub fn insert(&self, i: usize, item: T) {
        let items = self.items_mut();
        let i = i.min(items.len());
        items.insert(i, item);
    }

    /// Takes out item `i`, if there is one.
    pub fn remove(&self, i: usize) -> Option<T> {
        let items = self.items_mut();
        if i < items.len() { Some(items.remove(i)) } else { None }
    }

    pub fn truncate(&self, len: usize) {
        self.items_mut().truncate(len);
    }

    pub fn clear(&self) {
        *self.items_mut() = Vec::new();
    }

    pub fn reverse(&self) {
        self.items_mut().reverse();
    }

    pub fn extend(&self, items: &[T]) {
        self.items_mut().extend_from_slice(items);
    }

    pub fn reserve(&self, more: usize) {
        self.items_mut().reserve(more);
    }

    /// A copy of all items.
    pub fn to_vec(&self) -> Vec<T> {
        self.items().clone()
    }

    /// A copy of the items of a range, which is cut to what exists.
    pub fn copy_range(&self, start: usize, end: usize) -> Vec<T> {
        let items = self.items();
        let end = end.min(items.len());
        if start < end { items[start..end].to_vec() } else { Vec::new() }
    }

    /// Replaces the items of a range, which is cut to what exists, by others.
    pub fn splice(&self, start: usize, end: usize, with: &[T]) {
        let items = self.items_mut();
        let end = end.min(items.len());
        let start = start.min(end);
        items.splice(start..end, with.iter().copied());
    }

    /// Takes all items out, leaving none.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(self.items_mut())
    }

    /// Puts these items in the place of all.
    pub fn replace(&self, items: Vec<T>) -> Vec<T> {
        std::mem::replace(self.items_mut(), items)
    }

    /// The address of item 0, for the dispatch loop.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.items_mut().as_mut_ptr()
    }
}

/// A value that can be read and replaced as a whole, and looked at in a closure that calls no foreign code.
#[derive(Debug)]
pub struct Slot<T>(UnsafeCell<T>);

impl<T> Slot<T> {
    pub fn new(value: T) -> Slot<T> {
        Slot(UnsafeCell::new(value))
    }

    /// Looks at the value. The closure must not reach this slot again; it belongs to this room.
    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: crate-internal users pass closures that touch nothing but the value.
        f(unsafe { &mut *self.0.get() })
    }
}
