//! What all objects of the heap share: the header, the list of kinds, and the handle to an object.
//!
//! What is hard: [`Gc`] is a plain pointer that can be copied and dereferenced freely. It stays valid as long
//! as the collector can reach the object, and collections happen only at the VM's safepoints; so a handle may
//! be used until the next call back into the VM, and beyond it only when the object is rooted (an argument of
//! the running native, a value in `vm.roots`, or reachable from either).

#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use crate::heap::Tracer;

/// Calls `$then! { Kind: Type, … }` with every kind of object.
macro_rules! for_each_kind {
    ($then:ident) => {
        $then! {
            Str: crate::value::Str,
            Int: crate::value::BoxedInt,
            Bytes: crate::value::Bytes,
            List: crate::value::List,
            Tuple: crate::value::Tuple,
            Dict: crate::value::Dict,
            Set: crate::value::Set,
            DictView: crate::value::DictView,
            Range: crate::value::Range,
            Slice: crate::value::Slice,
            Iter: crate::value::Iter,
            Cell: crate::value::VarCell,
            Proto: crate::value::Proto,
            Closure: crate::value::Closure,
            Native: crate::value::Native,
            BoundMethod: crate::value::BoundMethod,
            Method: crate::value::Method,
            Property: crate::value::Property,
            Class: crate::value::Class,
            Shape: crate::value::Shape,
            Instance: crate::value::Instance,
            Foreign: crate::value::Foreign,
            Module: crate::value::Module,
            Traceback: crate::value::Traceback,
            Generator: crate::value::Generator,
        }
    };
}
pub(crate) use for_each_kind;

macro_rules! define_kinds {
    ($($kind:ident: $type:ty,)*) => {
        /// What an object is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Kind {
            /// A cell of a block that holds no object.
            Free,
            $($kind),*
        }
        $(
            // SAFETY: each type of the table is `repr(C)` with its header first (`check_layout` in its file).
            unsafe impl Object for $type {
                const KIND: Kind = Kind::$kind;
            }
            const _: () = assert!(std::mem::offset_of!($type, header) == 0);
        )*
    };
}
for_each_kind!(define_kinds);

/// The first word of every object.
#[derive(Debug)]
#[repr(C)]
pub struct Header {
    pub kind: Kind,
    /// The colour of the last collection that found the object alive.
    pub(crate) mark: Cell<u8>,
    /// Bits that the type defines.
    pub(crate) flags: Cell<u8>,
    /// Which list of the heap the memory belongs to: a size class, or [`Header::LARGE`].
    pub(crate) size_class: u8,
    /// A number that the type defines.
    pub(crate) aux: Cell<u32>,
}

impl Header {
    pub(crate) const LARGE: u8 = 0xFF;

    /// A header for a new object; the heap fills in the rest.
    pub fn new(kind: Kind) -> Header {
        Header { kind, mark: Cell::new(0), flags: Cell::new(0), size_class: 0, aux: Cell::new(0) }
    }

    pub(crate) fn has_flag(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn set_flag(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }

    pub(crate) fn clear_flag(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag);
    }
}

/// A type that lives on the heap.
///
/// # Safety
/// The type is `repr(C)`, its first field is the [`Header`], and objects of it carry `KIND` there.
pub unsafe trait Object: Sized {
    const KIND: Kind;
}

/// What the collector asks of a type.
pub trait Trace {
    /// Reports every value that the object holds.
    fn trace(&self, tracer: &mut Tracer);

    /// How many bytes the object owns outside the heap.
    fn external_bytes(&self) -> usize {
        0
    }
}

/// A handle to an object: copied like a pointer, see the head of this file for how long it is good.
pub struct Gc<T> {
    pointer: NonNull<T>,
    not_send: PhantomData<*const T>,
}

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Gc<T> {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Gc<T>) -> bool {
        self.pointer == other.pointer
    }
}

impl<T> Eq for Gc<T> {}

impl<T> std::hash::Hash for Gc<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl<T> std::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<object at {:#x}>", self.address())
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a handle points to a live object while it may be used (see the head of this file).
        unsafe { self.pointer.as_ref() }
    }
}

impl<T> Gc<T> {
    /// # Safety
    /// `address` is that of a live object of type `T`.
    #[inline(always)]
    pub(crate) unsafe fn from_address(address: usize) -> Gc<T> {
        // SAFETY: an object's address is never 0.
        Gc { pointer: unsafe { NonNull::new_unchecked(address as *mut T) }, not_send: PhantomData }
    }

    #[inline(always)]
    pub fn address(self) -> usize {
        self.pointer.as_ptr() as usize
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T: Object> Gc<T> {
    #[inline(always)]
    pub fn value(self) -> crate::value::Value {
        crate::value::Value::object(self)
    }
}

impl<T: Object> From<Gc<T>> for crate::value::Value {
    fn from(gc: Gc<T>) -> crate::value::Value {
        gc.value()
    }
}
