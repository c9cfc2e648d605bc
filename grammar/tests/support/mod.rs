//! What the tests share: a text for tokens, for trees, and for errors.

#![allow(dead_code)] // each test file uses a part

use toy_grammar::ast::Module;
use toy_grammar::diagnostic::Diagnostic;
use toy_grammar::{Kind, Lines, dump, parse, tokens};

/// A program that holds every construct of the language at least once.
pub const EVERYTHING: &str = include_str!("everything.toy");

/// The tokens in one line; what the layer decided is marked: `{b` and `{d` for the two braces, `⏎` for a
/// newline that counts, `else!` for the `else` of a statement.
pub fn shape(source: &str) -> String {
    let words: Vec<String> = tokens(source)
        .iter()
        .map(|token| match token.kind {
            Kind::End if token.text != ";" => "⏎".to_owned(),
            Kind::BlockOpen => "{b".to_owned(),
            Kind::DictOpen => "{d".to_owned(),
            Kind::ElseBranch => "else!".to_owned(),
            Kind::Broken => "BROKEN".to_owned(),
            _ => token.text.to_owned(),
        })
        .collect();
    words.join(" ")
}

/// The tree of a program that must be right.
pub fn tree(source: &str) -> Module {
    let parsed = parse(source);
    assert!(parsed.errors.is_empty(), "{source}\n{}", report(source, &parsed.errors));
    parsed.module.expect("a program without errors has a tree")
}

/// The dump of a program that must be right, without the places.
pub fn outline(source: &str) -> String {
    let text = dump(&tree(source));
    let plain: Vec<&str> =
        text.lines().map(|line| line.rsplit_once(" @").map_or(line, |(line, _)| line)).collect();
    plain.join("\n")
}

/// The messages of a program that must be wrong, with their places.
pub fn messages(source: &str) -> Vec<String> {
    let lines = Lines::new(source);
    let errors = parse(source).errors;
    assert!(!errors.is_empty(), "no error in: {source}");
    let place = |error: &Diagnostic| {
        let (line, column) = lines.place(source, error.span.start);
        format!("{line}:{column}: {}", error.message)
    };
    errors.iter().map(place).collect()
}

/// Everything that errors say, as text.
pub fn report(source: &str, errors: &[Diagnostic]) -> String {
    let lines = Lines::new(source);
    let mut text = String::new();
    for error in errors {
        let (line, column) = lines.place(source, error.span.start);
        let (end_line, end_column) = lines.place(source, error.span.end);
        text += &format!("{line}:{column}-{end_line}:{end_column} {}: {}\n", error.code, error.message);
        if !error.label.is_empty() {
            text += &format!("    here: {}\n", error.label);
        }
        for (span, note) in &error.related {
            let (line, column) = lines.place(source, span.start);
            text += &format!("    {line}:{column}: {note}\n");
        }
        if let Some(help) = &error.help {
            text += &format!("    help: {help}\n");
        }
        if error.incomplete {
            text += "    (more text could complete it)\n";
        }
    }
    text
}

/// Compares with the snapshot of this name.
#[macro_export]
macro_rules! assert_golden {
    ($name:expr, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}
