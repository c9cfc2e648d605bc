//! A declaration in the words of a page: of a native function by its signature, of one that is written in Toy by its text.

use crate::value::{Closure, NativeDef};
use crate::vm::signature;

/// How wide the text of a page is.
const WIDTH: usize = 118;

/// One line of a list, and its sentence.
pub(super) struct Entry {
    /// How it is called.
    pub shown: String,
    pub doc: String,
    name: String,
}

impl Entry {
    pub fn function(prefix: &str, name: &str, def: &'static NativeDef) -> Entry {
        Entry {
            shown: format!("{prefix}{name}({})", signature::of_native(def, false)),
            doc: def.doc.to_string(),
            name: name.to_string(),
        }
    }

    pub fn method(name: &str, def: &'static NativeDef) -> Entry {
        Entry {
            shown: format!("{name}({})", signature::of_native(def, true)),
            doc: def.doc.to_string(),
            name: name.to_string(),
        }
    }

    /// A function of a module's part that is written in Toy.
    pub fn closure(name: &str, closure: &Closure) -> Entry {
        let written = closure.proto.code.doc.as_deref().map(str::to_string);
        let doc = signature::attribute(closure, "__doc__").or(written).unwrap_or_default();
        // A function that looks like the one that it wraps is called like it.
        let parameters = match signature::unwrapped(closure) {
            Some(wrapped) => signature::of_closure(&wrapped),
            None => signature::of_closure(closure),
        };
        Entry { shown: format!("{name}({parameters})"), doc, name: name.to_string() }
    }

    pub fn constructor(def: &'static NativeDef) -> Entry {
        Entry::method(def.name(), def)
    }

    pub fn attribute(name: &str, doc: &str) -> Entry {
        Entry { shown: name.to_string(), doc: doc.to_string(), name: name.to_string() }
    }

    /// A method that the language calls itself, shown by what makes it do so.
    pub fn operator(name: &str, def: &'static NativeDef) -> Option<Entry> {
        let other = signature::of_native(def, true);
        let other = other.trim_end_matches(", /");
        let shown = match name {
            "[]" => format!("x[{other}]"),
            "[]=" => match other.split_once(", ") {
                Some((index, value)) => format!("x[{index}] = {value}"),
                None => return None,
            },
            "delitem" => format!("del x[{other}]"),
            "contains" => format!("{other} in x"),
            "~" => "~x".to_string(),
            "neg" => "-x".to_string(),
            "pos" => "+x".to_string(),
            "len" | "iter" | "next" | "hash" | "str" | "repr" | "bool" => format!("{name}(x)"),
            "call" => format!("x({other})"),
            "enter" | "exit" => return None,
            _ if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => return None,
            _ => format!("x {name} {other}"),
        };
        Some(Entry { shown, doc: def.doc.to_string(), name: name.to_string() })
    }

    /// Whether the language itself calls a method of that name.
    pub fn is_protocol(name: &str) -> bool {
        !name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            || ["contains", "delitem", "len", "iter", "next", "hash", "str", "repr", "bool", "enter", "exit"]
                .contains(&name)
    }

    /// Lists are in the order of the alphabet, names with underscores last.
    pub fn order(&self) -> (bool, String, &str) {
        (self.name.starts_with('_'), self.name.to_lowercase(), &self.name)
    }
}

/// A text in lines of the width of a page, each with an indent, ended by a line end.
pub(super) fn wrapped(indent: &str, text: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn signatures_lose_their_receiver() {
        const DEFS: &[NativeDef] = &[
            NativeDef::new("clear(self, /)", "", |_, _| Ok(Value::NIL)),
            NativeDef::new("groups(self, /, default=nil)", "", |_, _| Ok(Value::NIL)),
            NativeDef::new("append(self, item, /)", "", |_, _| Ok(Value::NIL)),
            NativeDef::new("[]=(self, index, value, /)", "", |_, _| Ok(Value::NIL)),
        ];
        assert_eq!(Entry::method("clear", &DEFS[0]).shown, "clear()");
        assert_eq!(Entry::method("groups", &DEFS[1]).shown, "groups(default=nil)");
        assert_eq!(Entry::method("append", &DEFS[2]).shown, "append(item, /)");
        let set = Entry::operator("[]=", &DEFS[3]).map(|entry| entry.shown);
        assert_eq!(set.as_deref(), Some("x[index] = value"));
    }

    #[test]
    fn words_are_not_broken() {
        assert_eq!(wrapped("  ", "a b"), "  a b\n");
        let long = "word ".repeat(60);
        assert!(wrapped("", &long).lines().all(|line| line.len() <= WIDTH && line.ends_with("word")));
    }
}
