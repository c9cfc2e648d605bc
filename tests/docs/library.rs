//! The pages of the library: `src/manual/` makes them from the declarations, but for the part between two comments,
//! which is written by hand.
//!
//! A page that says something else than the declarations fails its test; `TOY_WRITE_PAGES=1` in front of
//! `cargo test --test docs` writes all pages anew and leaves what is written by hand. A page without an example fails,
//! and so does one whose hand-written part does not mention a constant of the module, which nothing else explains.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use toy::host::SystemHost;
use toy::manual::{self, Page};
use toy::{Config, Interpreter};

use crate::support;

/// Above the part that is written by hand.
const BY_HAND: &str = "<!-- Written by hand, down to the next comment; the tests run the examples. -->\n";
/// Below it.
const GENERATED: &str = "<!-- Made from the declarations, as is what stands above the first comment: \
    `TOY_WRITE_PAGES=1 cargo test --test docs` -->\n";
/// The page that only lists the others.
const OVERVIEW: &str = "README";

fn directory() -> PathBuf {
    support::project_root().join("docs/library")
}

/// Writes the pages where that is asked for, and makes a test of each.
pub fn trials() -> Vec<Trial> {
    let host = SystemHost::new(|| None);
    let mut interpreter = Interpreter::new(Config::new(Box::new(host)));
    let Ok(pages) = manual::pages(interpreter.vm()) else {
        return vec![Trial::test("docs/library", || Err("a module cannot be imported".into()))];
    };
    if std::env::var_os("TOY_WRITE_PAGES").is_some_and(|value| value == "1") {
        write(&pages);
    }
    let known: BTreeSet<String> = pages.iter().map(|page| format!("{}.md", page.name)).collect();
    let mut trials: Vec<Trial> = pages
        .into_iter()
        .map(|page| Trial::test(format!("docs/library/{}.md: as declared", page.name), move || check(&page)))
        .collect();
    trials.push(Trial::test("docs/library: no page without its subject", move || check_strays(&known)));
    trials
}

fn path_of(page: &Page) -> PathBuf {
    directory().join(format!("{}.md", page.name))
}

fn write(pages: &[Page]) {
    let _ = fs::create_dir_all(directory());
    for page in pages {
        let path = path_of(page);
        let by_hand = by_hand(&path).unwrap_or_else(|| "\n## Example\n\n".to_string());
        // What cannot be written fails its test.
        let _ = fs::write(path, composed(page, &by_hand));
    }
}

fn composed(page: &Page, by_hand: &str) -> String {
    if page.name == OVERVIEW {
        return format!("{}{}", page.head, page.body);
    }
    format!("{}\n{BY_HAND}{by_hand}{GENERATED}{}", page.head, page.body)
}

/// What is written by hand in a page that is there.
fn by_hand(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let (_, rest) = text.split_once(BY_HAND)?;
    rest.split_once("<!-- Made from").map(|(by_hand, _)| by_hand.to_string())
}

fn check(page: &Page) -> Result<(), Failed> {
    const RENEW: &str = "run `TOY_WRITE_PAGES=1 cargo test --test docs`, then read the difference";
    let path = path_of(page);
    let mut complaints: String = page.faults.iter().map(|fault| format!("{fault}\n")).collect();
    let text = fs::read_to_string(&path)
        .map_err(|_| format!("there is no page {}: {RENEW}, and write an example", path.display()))?;
    let by_hand = by_hand(&path).unwrap_or_default();
    if text != composed(page, &by_hand) {
        complaints += &format!("the page does not say what the declarations say: {RENEW}\n");
    }
    if page.name != OVERVIEW && !(by_hand.contains("```toy") && by_hand.contains("```text")) {
        complaints += "the page shows no example: write one between its two comments, a block ```toy and its output \
                       in a block ```text\n";
    }
    let words: BTreeSet<&str> =
        by_hand.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    for name in page.unexplained.iter().filter(|name| !words.contains(name.as_str())) {
        complaints +=
            &format!("`{name}` has no declaration to explain it, and the part written by hand does not\n");
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

fn check_strays(known: &BTreeSet<String>) -> Result<(), Failed> {
    let mut strays = Vec::new();
    for entry in fs::read_dir(directory())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name) {
            strays.push(name);
        }
    }
    if strays.is_empty() { Ok(()) } else { Err(format!("about nothing that is there: {strays:?}").into()) }
}
