//! The text of a value at a prompt: its `repr`, but no longer than a person wants to read.
//!
//! What is hard: the limits must spare the work, not only the reading: a list of ten million items is shown at once. So
//! containers are walked here, and only what is inside them is asked for its `repr`.

use crate::text::quote::push_repr_str;
use crate::value::{Dict, Gc, List, Set, Str, Table, Tuple, Value};
use crate::vm::{Raised, Vm};

/// So many items of a container are shown,
const ITEMS: usize = 100;
/// containers so deep in others,
const DEPTH: usize = 6;
/// so many characters of a string,
const CHARACTERS: usize = 2_000;
/// and when the text is about so long, no more of anything.
const TEXT: usize = 10_000;

/// The `repr` of a value within limits. What is left out is counted: `[0, 1, ... 98 more]`.
pub fn shown(vm: &mut Vm, value: Value) -> Result<String, Raised> {
    let mut text = Text { out: String::new(), inside: Vec::new() };
    text.put(vm, value)?;
    Ok(text.out)
}

struct Text {
    out: String,
    /// The containers that are being shown, the outermost first.
    inside: Vec<u64>,
}

impl Text {
    fn put(&mut self, vm: &mut Vm, value: Value) -> Result<(), Raised> {
        if let Some(string) = value.as_str() {
            self.put_str(string);
            return Ok(());
        }
        if let Some(list) = value.as_object::<List>() {
            let len = list.items.len();
            return self.put_items(vm, value, "[", "]", len, |i| list.items.get(i));
        }
        if let Some(tuple) = value.as_object::<Tuple>().filter(|tuple| tuple.class().is_none()) {
            let items = tuple.items();
            let close = if items.len() == 1 { ",)" } else { ")" };
            return self.put_items(vm, value, "(", close, items.len(), |i| items.get(i).copied());
        }
        if let Some(dict) = value.as_object::<Dict>().filter(|dict| dict.class.is_none()) {
            return self.put_table(vm, value, "{", "}", &dict.table, true);
        }
        if let Some(set) = value.as_object::<Set>().filter(|set| !set.table.is_empty()) {
            let (open, close) = if set.frozen { ("frozenset({", "})") } else { ("{", "}") };
            return self.put_table(vm, value, open, close, &set.table, false);
        }
        let text = vm.repr(value)?;
        self.put_cropped(&text);
        Ok(())
    }

    fn put_str(&mut self, string: Gc<Str>) {
        let text = string.as_str();
        match text.char_indices().nth(CHARACTERS) {
            None => push_repr_str(&mut self.out, text),
            Some((end, _)) => {
                push_repr_str(&mut self.out, &text[..end]);
                self.out += &format!("... {} more characters", text[end..].chars().count());
            }
        }
    }

    fn put_cropped(&mut self, text: &str) {
        match text.char_indices().nth(TEXT) {
            None => self.out += text,
            Some((end, _)) => {
                self.out += &text[..end];
                self.out += &format!("... {} more characters", text[end..].chars().count());
            }
        }
    }

    /// Whether a container can be opened; if not, dots stand for what is in it.
    fn open(&mut self, value: Value, open: &str, close: &str, is_empty: bool) -> bool {
        self.out += open;
        let again = self.inside.contains(&value.identity());
        if !is_empty && (again || self.inside.len() >= DEPTH) {
            self.out += "...";
            self.out += close.trim_start_matches(',');
            return false;
        }
        self.inside.push(value.identity());
        true
    }

    fn close(&mut self, close: &str) {
        self.inside.pop();
        self.out += close;
    }

    /// Writes the comma; false if it is enough, with the number of what is left out.
    fn goes_on(&mut self, shown: usize, len: usize) -> bool {
        if shown > 0 {
            self.out += ", ";
        }
        if shown < ITEMS && self.out.len() < TEXT {
            return true;
        }
        self.out += &format!("... {} more", len.saturating_sub(shown));
        false
    }

    fn put_items(
        &mut self,
        vm: &mut Vm,
        value: Value,
        open: &str,
        close: &str,
        len: usize,
        get: impl Fn(usize) -> Option<Value>,
    ) -> Result<(), Raised> {
        if !self.open(value, open, close, len == 0) {
            return Ok(());
        }
        let mut i = 0;
        // Methods that are called meanwhile may change the list.
        while let Some(item) = get(i) {
            if !self.goes_on(i, len) {
                break;
            }
            vm.rooted(&[value, item], |vm| self.put(vm, item))?;
            i += 1;
        }
        self.close(close);
        Ok(())
    }

    fn put_table(
        &mut self,
        vm: &mut Vm,
        value: Value,
        open: &str,
        close: &str,
        table: &Table,
        with_values: bool,
    ) -> Result<(), Raised> {
        if !self.open(value, open, close, table.is_empty()) {
            return Ok(());
        }
        let (mut i, mut count) = (0, 0);
        while i < table.end() {
            let entry = table.entry(i);
            i += 1;
            let Some((key, item)) = entry else { continue };
            if !self.goes_on(count, table.len()) {
                break;
            }
            vm.rooted(&[value, key, item], |vm| {
                self.put(vm, key)?;
                if with_values {
                    self.out += ": ";
                    self.put(vm, item)?;
                }
                Ok(())
            })?;
            count += 1;
        }
        self.close(close);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::host::SystemHost;
    use crate::{Config, Entered, Interpreter};

    fn shown(text: &str) -> String {
        let mut interpreter = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
        let mut session = interpreter.session(None);
        let Entered::Ran(value) = interpreter.enter(&mut session, text, None) else {
            panic!("'{text}' did not run");
        };
        super::shown(interpreter.vm(), value).unwrap_or_else(|_| panic!("'{text}' has no repr"))
    }

    #[test]
    fn short_values_are_shown_by_their_repr() {
        for text in ["[1, 'a', (2,), ()]", "{1: [2.5], 'b': {3}}", "frozenset({1})", "set()", "b'x'", "[[]]"]
        {
            // In brackets, because a brace at the head of an entry opens a block.
            assert_eq!(shown(&format!("({text})")), text);
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert!(shown("list(range(1000000))").ends_with(", 98, 99, ... 999900 more]"));
        assert!(shown("({i: i for i in range(200)})").ends_with(", 99: 99, ... 100 more}"));
        assert!(shown("'x' * 5000").ends_with("xxx'... 3000 more characters"));
        assert!(shown("['x' * 1500] * 50").ends_with(", ... 43 more]"));
    }

    #[test]
    fn depth_is_limited_and_cycles_end() {
        assert_eq!(shown("[[[[[[[[1]]]]]]]]"), "[[[[[[[...]]]]]]]");
        assert_eq!(shown("[[[[[[[]]]]]]]"), "[[[[[[[]]]]]]]");
        assert_eq!(shown("let x = [1]; x.append(x); x"), "[1, [...]]");
    }
}
