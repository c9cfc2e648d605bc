//! What `toy check` finds in a program: its errors, and what runs but is hardly what somebody meant.
//!
//! The errors are the parser's and the compiler's. The warnings are made here, by rules that know the syntax tree and
//! what its names mean, and nothing of values: each rule is a walk of its own over the tree (`walk.rs`). Running a program
//! never comes here. What is hard is to keep quiet: a warning that is wrong teaches people to ignore them, so each rule says
//! what it lets pass, and a comment silences what remains (`allow.rs`).
//!
//! | file | code |
//! |---|---|
//! | `names.rs` | `unused-name`, `unused-import`, `needless-var`, `shadowed-builtin` |
//! | `flow.rs` | `unreachable-code` |
//! | `handlers.rs` | `swallowed-exception` |
//! | `comparisons.rs` | `nil-comparison` |
//! | `attributes.rs` | `shared-attribute` |
//! | `allow.rs` | `unused-allow`, `bad-allow` |
//!
//! After a syntax error there is no tree, so there are no warnings. After an error in the names there are those of the
//! rules that need no names: what a misspelt name leaves unused is no news.

mod allow;
mod attributes;
mod comparisons;
mod flow;
mod handlers;
mod known;
mod names;
mod walk;

use toy_grammar::ast::Module;
use toy_grammar::diagnostic::{Diagnostic, Severity};

use crate::compiler::{self, Environment};
use known::Known;

/// The codes of the rules that need only the tree.
const OF_TREE: [&str; 4] = ["unreachable-code", "swallowed-exception", "nil-comparison", "shared-attribute"];
/// The codes of the rules that need the names.
const OF_NAMES: [&str; 4] = ["unused-name", "unused-import", "needless-var", "shadowed-builtin"];

/// Everything that is wrong or doubtful with a program, in the order of the text. `builtins` are the names that every
/// program has.
pub fn check(text: &str, builtins: &[&str]) -> Vec<Diagnostic> {
    let parsed = toy_grammar::parse(text);
    let Some(module) = parsed.module else { return parsed.errors };
    let environment = Environment { builtins, slots: &[], interactive: false };
    let (names, mut findings) = match compiler::names(&module, text, &environment) {
        Ok(names) => (Some(names), Vec::new()),
        Err(errors) => (None, errors),
    };
    let known = names.as_ref().map(|names| Known::new(names, text, builtins));
    findings.extend(allow::silenced(text, warnings(&module, text, known.as_ref()), known.is_some()));
    findings.sort_by_key(|finding| (finding.span.start, finding.severity == Severity::Warning));
    findings
}

fn warnings(module: &Module, text: &str, known: Option<&Known>) -> Vec<Diagnostic> {
    let mut found = flow::unreachable(module, text, known);
    found.extend(handlers::swallowed(module, text, known));
    found.extend(comparisons::with_nil(module, text));
    found.extend(attributes::shared(module));
    if let Some(known) = known {
        found.extend(names::doubtful(module, known));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILTINS: &[&str] = &["print", "len", "exit", "Exception", "ValueError"];

    fn codes(text: &str) -> Vec<&'static str> {
        check(text, BUILTINS).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn errors_bring_no_warnings_that_follow_from_them() {
        assert_eq!(codes("import json\nvar x = (1\n"), ["never-closed"]);
        assert_eq!(codes("import json\nfn f() { let count = 1; return coutn }\nf()\n"), ["unknown-name"]);
        assert_eq!(codes("coutn == nil\n"), ["unknown-name", "nil-comparison"]);
        // What silences a rule that was not asked is not judged.
        assert_eq!(
            codes("coutn # toy: allow unused-name, nil-comparison\n"),
            ["unknown-name", "unused-allow"]
        );
    }

    #[test]
    fn a_rule_says_where_what_and_why() {
        let text = "fn f() {\n    return 1\n    print(2)\n}\n";
        let [finding] = &check(text, BUILTINS)[..] else { panic!("one finding") };
        assert_eq!((finding.code, finding.severity), ("unreachable-code", Severity::Warning));
        assert_eq!(&text[finding.span.start as usize..finding.span.end as usize], "print(2)");
        assert_eq!(finding.related.len(), 1);
    }

    #[test]
    fn depth_and_length_are_no_danger() {
        let deep = 20_000;
        let blocks = format!("{}{}", "while true {\n".repeat(deep), "}\n".repeat(deep));
        assert_eq!(codes(&blocks), [""; 0]);
        let chain = format!("let x = 1{}\n", " + 1".repeat(50_000));
        assert_eq!(codes(&chain), [""; 0]);
        let comments = "# toy: allow nil-comparison\n".repeat(deep);
        assert_eq!(codes(&comments).len(), deep);
        let tries = format!("{}{}", "try { } except ValueError {\n".repeat(deep), "}\n".repeat(deep));
        assert_eq!(codes(&tries), [""; 0]);
    }
}
