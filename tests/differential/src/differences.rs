//! The differences that are meant: each names the row of the table of differences (`docs/reference.md`) that explains it.
//!
//! Most need no entry here, because the printer translates them away. What remains are texts: what a value or a message
//! looks like. Nothing else may be normalised anywhere in this tool.

use crate::python::quoted;

/// Where a difference is evened out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// By the translation to Python (`python/`) or a function of `prelude.py`.
    Translation,
    /// In the message of an exception of a class (any if there is no class): what Python says, as a regular
    /// expression, and what Toy says.
    Message { class: Option<&'static str>, python: &'static str, toy: &'static str },
    /// In the messages of both sides, by [`without_suggestions`].
    Suggestion,
    /// The generator makes no program that would show it.
    Avoided,
}

/// A row of the table, and how the tool deals with it.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// A text that the row in `docs/reference.md` contains.
    pub row: &'static str,
    pub means: Means,
}

const fn translated(row: &'static str) -> Difference {
    Difference { row, means: Means::Translation }
}

const fn avoided(row: &'static str) -> Difference {
    Difference { row, means: Means::Avoided }
}

const fn message(
    row: &'static str,
    class: &'static str,
    python: &'static str,
    toy: &'static str,
) -> Difference {
    Difference { row, means: Means::Message { class: Some(class), python, toy } }
}

const fn any_message(row: &'static str, python: &'static str, toy: &'static str) -> Difference {
    Difference { row, means: Means::Message { class: None, python, toy } }
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    translated("a name belongs to its block"),
    translated("each round of a loop has variables of its own"),
    translated("a default is evaluated at each call that needs it"),
    translated("`nil true false`"),
    translated("`is` on numbers and strings"),
    translated("methods are named by what they do"),
    translated("a function that is stored in a class later is no method"),
    translated("a bare `except` catches `Exception`"),
    translated("`a..b` and `a..=b` are ranges"),
    translated("the text of functions, classes, instances and modules holds no address"),
    avoided("a bool is no int"),
    translated("a bool formats as text"),
    translated("the type of `nil` is called `nil`"),
    translated("an assignment finds the declaration outside by itself"),
    translated("the attributes are `cause`, `context`, `traceback`"),
    translated("what is forgotten is not closed or finished at once"),
    avoided("`(-8) ** 0.5` is a `ValueError`"),
    avoided("sets show and give their items in the order in which they came in"),
    translated("`f()` is evaluated before `m` is looked up"),
    message(
        "messages do not speak of C",
        "OverflowError",
        r"^Python int too large to convert to C ssize_t$",
        "int too large to convert to index",
    ),
    message(
        "messages do not speak of C",
        "OverflowError",
        r"^Python int too large to convert to C long$",
        "%c arg not in range(0x110000)",
    ),
    any_message("iterators over strings are of one class", r"\bstr_ascii_iterator\b", "str_iterator"),
    translated("a key of a dict or set display is hashed as soon as it is there"),
    translated("has its message as its only argument"),
    avoided("the numbers of a range have 64 bits"),
    avoided("what has no order, NaN among numbers"),
    avoided("know UTF-8 (also `utf-8-sig`), ASCII and Latin-1"),
    message(
        "so messages name them",
        "TypeError",
        r"^type ([\w.]+) doesn't define (round|trunc) method$",
        r"type \1 doesn't define a \2 method",
    ),
    Difference { row: "what a message suggests", means: Means::Suggestion },
    translated("messages count arguments without `self` or the class"),
    translated("text is formatted by f-strings, `format` and `str.format`"),
    message(
        "an object has no say in",
        "TypeError",
        r"^(slice indices must be integers|slice indices must be integers or nil) or have an index method$",
        r"\1",
    ),
    translated("where `*` finds nothing to walk, the message names no function"),
    any_message(
        "messages name classes and functions without their module",
        r"(?<!<)\b(collections|itertools|functools|re)\.(deque|defaultdict|Counter|Match|Pattern|chain|partial|islice|count|cycle|repeat|accumulate|compress|groupby|pairwise|batched|product|permutations|combinations|takewhile|dropwhile|starmap|zip_longest)\b",
        r"\2",
    ),
    message("messages count arguments without `self` or the class", "TypeError", r"^(\w+)\.new\(\)", r"\1()"),
];

/// A text without what messages suggest: ` Did you mean 'x'?`.
pub fn without_suggestions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(". Did you mean") {
        out.push_str(&rest[..at]);
        let suggestion = &rest[at..];
        let end = suggestion.find("?").map_or(suggestion.len(), |mark| mark + 1);
        rest = &suggestion[end..];
    }
    out.push_str(rest);
    out
}

/// The table of messages as a Python list of tuples.
pub fn as_python() -> String {
    let mut out = String::from("[");
    for difference in DIFFERENCES {
        if let Means::Message { class, python, toy } = difference.means {
            let class = class.map_or_else(|| "None".to_string(), quoted);
            out.push_str(&format!("({class}, {}, {}),", quoted(python), quoted(toy)));
        }
    }
    out.push(']');
    out
}
