//! Where the program stands: the file and line of the code that called the native that asks.
//!
//! A place is kept as a function and a word of its code; the line is worked out only when somebody reads it,
//! since that means counting the newlines before it.

use super::Vm;
use crate::value::TraceEntry;

impl Vm {
    /// The instruction that the top frame is executing: for a native, the call of it.
    pub fn caller_site(&self) -> Option<TraceEntry> {
        let frame = self.stack.frames.last()?;
        Some(TraceEntry { proto: frame.closure.proto, pc: frame.pc_index() as u32 })
    }

    /// The file and line of the Toy code that called the running native.
    pub fn caller_place(&self) -> Option<(String, u32)> {
        self.caller_site().map(|site| site.file_and_line())
    }
}

impl TraceEntry {
    /// The name of the file, and the line counted from 1.
    pub fn file_and_line(&self) -> (String, u32) {
        let source = &self.proto.source;
        let at = self.proto.code.place(self.pc as usize).map_or(0, |place| place.span.start as usize);
        let before = source.text.as_bytes().get(..at).unwrap_or(source.text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        (source.name.clone(), line as u32)
    }
}
