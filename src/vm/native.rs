//! What native code sees of the VM: its arguments, and exceptions as the error of a `Result`.

use std::ops::Deref;

use crate::value::Value;

/// An exception on its way: the error of everything that can raise.
#[derive(Clone, Copy, Debug)]
pub struct Raised(pub Value);

/// What natives return.
pub type NativeResult = Result<Value, Raised>;

/// A native's arguments: a window of the VM's stack, laid out as its signature says. They are rooted as long as
/// the native runs. The stack never moves and nothing writes to the window in that time, so the reference
/// stays good through calls back into the VM.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(&'a [Value]);

impl<'a> Args<'a> {
    pub(crate) fn new(window: &'a [Value]) -> Args<'a> {
        Args(window)
    }

    /// The argument at a place, undefined when it was not given.
    #[inline(always)]
    pub fn at(self, i: usize) -> Value {
        self.0.get(i).copied().unwrap_or(Value::UNDEF)
    }

    /// The argument at a place, if it was given.
    #[inline(always)]
    pub fn given(self, i: usize) -> Option<Value> {
        self.0.get(i).copied().filter(|value| !value.is_undef())
    }

    /// The argument at a place, or nil.
    pub fn or_nil(self, i: usize) -> Value {
        self.given(i).unwrap_or(Value::NIL)
    }

    /// All of them, for slice patterns.
    pub fn slice(self) -> &'a [Value] {
        self.0
    }
}

impl Deref for Args<'_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.0
    }
}
