//! What `help` says about the words of the language.

use super::declaration::wrapped;
use crate::vm::Vm;

/// Each word with how it is used, and what that means; nothing for those that are kept for later.
const WORDS: &[(&str, &str, &str)] = &[
    ("and", "a and b", "a if it counts as false, else b; b is evaluated only if it is needed."),
    ("as", "import m as name, except E as e, with x as y", "Names what is imported, caught or entered."),
    (
        "assert",
        "assert test, message",
        "Raises AssertionError if the test counts as false, and shows both sides of a comparison that failed.",
    ),
    ("async", "", ""),
    ("await", "", ""),
    ("break", "break", "Leaves the innermost loop."),
    (
        "class",
        "class Name(Base) { fn init(x) { self.x = x } }",
        "Declares a class. Its body holds fn, static fn, let, var and class; `super.m()` calls the method of the base, and operators are methods named by the operator, such as fn +(other).",
    ),
    ("const", "", ""),
    ("continue", "continue", "Goes on with the next round of the innermost loop."),
    ("del", "del d[k], xs[1:3], obj.name", "Removes items, slices and attributes."),
    ("do", "", ""),
    (
        "else",
        "if a { } else if b { } else { }; x if test else y; try { } except { } else { }",
        "What is done otherwise; after `try`, when nothing was raised.",
    ),
    (
        "except",
        "try { } except (A, B) as e { } except { }",
        "What is done about an exception of these classes. Without a class it means Exception, so that exit() and Ctrl-C pass through.",
    ),
    (
        "false",
        "false",
        "One of the two values of type bool. What counts as false in a test: false, nil, zero, and what is empty.",
    ),
    ("finally", "try { } finally { }", "What is done in any case, whether something was raised or not."),
    (
        "fn",
        "fn add(a, b = 1, *rest, key, **options) { return a + b }; fn double(x) => x * 2; fn(x) => x * 2",
        "Declares a function, or is one as a value. Defaults are evaluated at each call that needs them. A fn with yield is a generator.",
    ),
    (
        "for",
        "for x in xs { }; [x * 2 for x in xs if x > 0]",
        "Goes through a list, range, dict, file or any other iterable. x is a fresh variable each time round.",
    ),
    (
        "from",
        "from module import name, other as o; raise e from cause; yield from xs",
        "Imports names of a module; names the cause of an exception; yields all that another iterable has.",
    ),
    (
        "if",
        "if test { } else if other { } else { }; x if test else y",
        "Does one of several things, as a statement or as a value.",
    ),
    (
        "import",
        "import os, import util.paths as p",
        "Runs a module when it is first imported, and names it. The directory of the importing file is searched, then TOY_PATH; the standard library's names come first.",
    ),
    (
        "in",
        "x in xs, x not in xs, for x in xs { }",
        "Whether a container has an item; in `for`, what is gone through.",
    ),
    (
        "is",
        "a is b, a is not b",
        "Whether both are the same object; for nil, bools, numbers and strings, whether type and value are the same.",
    ),
    ("let", "let x = 1; let a, *rest = xs", "Declares a name that is bound once. Its scope is the block."),
    ("macro", "", ""),
    ("match", "", ""),
    ("nil", "nil", "The value that stands for no value. A function without return gives it."),
    ("not", "not a", "true if a counts as false, else false."),
    ("or", "a or b", "a if it counts as true, else b; b is evaluated only if it is needed."),
    ("pub", "", ""),
    (
        "raise",
        "raise ValueError(\"text\"); raise e from cause; raise",
        "Raises an exception; alone, the one that is being handled once more.",
    ),
    ("return", "return x", "Leaves the function with a value, or nil."),
    (
        "self",
        "self.name",
        "In a method, the object that it was called on. It is not in the list of parameters.",
    ),
    ("static", "static fn make() { }", "In a class, a function without self."),
    ("super", "super.method()", "In a method, calls that of the base class."),
    ("true", "true", "One of the two values of type bool."),
    (
        "try",
        "try { } except E as e { } else { } finally { }",
        "Handles exceptions that are raised in its block.",
    ),
    (
        "var",
        "var n = 0",
        "Declares a name that can be assigned again. Its scope is the block; without a value it is nil.",
    ),
    ("while", "while test { }", "Goes round as long as the test counts as true."),
    ("with", "with open(path) as f { }", "Enters a context, and leaves it in any case: a file is closed."),
    (
        "yield",
        "yield x; let got = yield x; yield from xs",
        "In a generator, gives a value and waits until the next one is asked for.",
    ),
];

/// What there is to say about a word of the language, if it is one.
pub fn about_word(name: &str) -> Option<String> {
    let (word, usage, meaning) = WORDS.iter().find(|(word, ..)| *word == name)?;
    let mut out = format!("{word}, a word of the language\n");
    if usage.is_empty() {
        out.push_str("    It is reserved for a later version of Toy; after a dot any word is a name.\n");
        return Some(out);
    }
    for line in usage.split("; ") {
        out.push_str(&format!("    {line}\n"));
    }
    out.push('\n');
    out.push_str(&wrapped("    ", meaning));
    Some(out)
}

/// How `help` is used, and what there is help for.
pub fn usage(vm: &Vm) -> String {
    let words = WORDS.iter().filter(|(_, usage, _)| !usage.is_empty()).map(|(word, ..)| *word);
    let words: Vec<&str> = words.collect();
    let mut modules: Vec<&str> = vm.native_modules.iter().map(|module| module.name).collect();
    modules.sort_unstable();
    let how = "help(x) says what is known about x: a function, a class, a module, or the class of a value. What it \
               says of a program are the lines that begin with ## before a fn or class, or at the head of the file.";
    let texts =
        "help(\"for\") explains a word of the language, help(\"print\") a builtin, help(\"math\") a module.";
    let lists = [format!("Words: {}", words.join(", ")), format!("Modules: {}", modules.join(", "))];
    let [words, modules] = lists.map(|list| wrapped("", &list));
    format!("{}\n{}\n{words}\n{modules}", wrapped("", how), wrapped("", texts))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_word_has_help() {
        let words: Vec<&str> = super::WORDS.iter().map(|(word, ..)| *word).collect();
        assert_eq!(words, toy_grammar::KEYWORDS);
    }
}
