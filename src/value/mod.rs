//! Values and the objects they point to. Knows how things are stored, not what programs may do with them.

pub mod cells;
mod class;
mod containers;
mod dict;
mod function;
mod generator;
mod iter;
mod module;
pub mod object;
mod text;
mod word;

pub use cells::VecCell;
pub use class::{Class, EXCEPTION_SLOTS, ExceptionSlot, Instance, Layout, Shape};
pub use containers::{BoxedInt, Bytes, List, Range, Slice, Tuple, VarCell, range_len};
pub use dict::{Dict, DictPart, DictView, Probe, Set, Table};
pub use function::{
    BoundMethod, CacheEntry, Closure, InlineCache, Method, Native, NativeDef, NativeFn, Property, Proto,
    SignatureLayout,
};
pub use generator::{Generator, GeneratorState};
pub use iter::{Foreign, ForeignData, Iter, IterState, NativeIter, TraceEntry, Traceback};
pub use module::{Module, Source};
pub use object::{Gc, Kind, Object, Trace};
pub use text::{MAX_LEN, Str, hash_text};
pub use word::{INT_BASE, INT_LOW, INT_MAX, INT_MIN, Value};
