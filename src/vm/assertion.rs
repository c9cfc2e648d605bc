//! The exception of a failed `assert`, which shows both sides of a comparison.
//!
//! What is hard: the text of a value is the program's code. When that raises, the assertion must be reported all the
//! same; only what is meant to end the program goes through.

use toy_grammar::ast::CompareOp;

use super::{Exc, NativeResult, Raised, Vm};
use crate::value::{Instance, List, Value};

/// In characters: what both sides may have together, to stand in one line.
const LINE: usize = 100;
/// In characters: after so many a side is cut.
const SIDE: usize = 1000;

impl Vm {
    /// The text of a comparison that did not hold: `1 == 2`, or each side in a line of its own if they are long.
    pub(crate) fn show_comparison(&mut self, op: CompareOp, left: Value, right: Value) -> NativeResult {
        let left = self.shown_side(left)?;
        let right = self.shown_side(right)?;
        let op = op.symbol();
        let text = if left.chars().count() + right.chars().count() <= LINE {
            format!("{left} {op} {right}")
        } else {
            format!("left {op} right\n  left:  {left}\n  right: {right}")
        };
        Ok(self.heap.str(&text))
    }

    fn shown_side(&mut self, side: Value) -> Result<String, Raised> {
        let mut text = match self.repr(side) {
            Ok(text) => text,
            Err(raised) if self.is_exception(raised.0, Exc::Exception) => {
                format!("<{} object>", self.type_name(side))
            }
            Err(raised) => return Err(raised),
        };
        if let Some((end, _)) = text.char_indices().nth(SIDE) {
            text.truncate(end);
            text.push('…');
        }
        Ok(text)
    }

    /// The error of a failed assertion. With a message of the program's own, the comparison is a note below it.
    pub(crate) fn assertion_error(&mut self, shown: Value, message: Option<Value>) -> Raised {
        let class = self.exception_class(Exc::AssertionError);
        let args: &[Value] = match &message {
            Some(message) => std::slice::from_ref(message),
            None if shown.is_nil() => &[],
            None => std::slice::from_ref(&shown),
        };
        let exception = self.new_exception(class, args);
        if message.is_some() && !shown.is_nil() {
            let notes = List::new(&mut self.heap, vec![shown]).value();
            let name = self.heap.intern("notes");
            exception.set(&mut self.heap, name, notes);
        }
        Raised(exception.value())
    }

    /// Adds a note to an exception, which a traceback shows below the message. `notes` may be anything that the
    /// program has put there; Python's wording if it is no list.
    pub(crate) fn add_note(&mut self, exception: Value, note: Value) -> Result<(), Raised> {
        let name = self.heap.intern("notes");
        match self.find_attr(exception, name)? {
            Some(notes) => match notes.as_object::<List>() {
                Some(notes) => notes.items.push(note),
                None => return Err(self.type_error("Cannot add note: notes is not a list")),
            },
            None => {
                let notes = List::new(&mut self.heap, vec![note]).value();
                if let Some(exception) = exception.as_object::<Instance>() {
                    exception.set(&mut self.heap, name, notes);
                }
            }
        }
        Ok(())
    }
}
