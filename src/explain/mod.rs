//! `toy explain`: what each code of an error or a warning means, with a program that has it and one that has not.
//!
//! The pages are text beside this file, one section for each code, in the order in which they are listed. The tests
//! read them too: every code that the source names has a page, the wrong program of a page yields its code, and the
//! right one runs.

use std::fmt::Write as _;

/// Errors in the text itself, then those of statements and expressions, then those of names; then warnings.
const TEXTS: [&str; 4] = [
    include_str!("text.md"),
    include_str!("statements.md"),
    include_str!("names.md"),
    include_str!("warnings.md"),
];
/// What introduces the two programs of a page.
const WRONG: &str = "```toy wrong\n";
const RIGHT: &str = "```toy right\n";
const END: &str = "```\n";

/// What there is to say about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    /// One sentence: what is wrong.
    pub title: &'static str,
    /// Why that is wrong, and what to do.
    pub text: &'static str,
    /// A program that has it; empty where one would be too large to show.
    pub wrong: &'static str,
    /// The same without it.
    pub right: &'static str,
}

/// All pages, in the order of the list.
pub fn pages() -> impl Iterator<Item = Page> {
    TEXTS.into_iter().flat_map(|text| text.split("\n## ").skip(1)).map(page)
}

fn page(section: &'static str) -> Page {
    let (code, rest) = section.split_once('\n').unwrap_or((section, ""));
    let (title, rest) = rest.trim_start().split_once('\n').unwrap_or((rest, ""));
    let text = rest.split("```").next().unwrap_or("").trim();
    Page { code, title, text, wrong: block(rest, WRONG), right: block(rest, RIGHT) }
}

fn block(section: &'static str, opening: &str) -> &'static str {
    let program = section.split_once(opening).and_then(|(_, rest)| rest.split_once(END));
    program.map_or("", |(program, _)| program)
}

/// What `toy explain` says of a code, or of all; in the other case, what is wrong with the request.
pub fn explain(code: Option<&str>) -> Result<String, String> {
    let Some(code) = code else { return Ok(list()) };
    // As a report in one line has it: `error[unknown-name]`.
    let bare = code.rsplit('[').next().unwrap_or(code).trim_end_matches([']', ':']);
    match pages().find(|page| page.code == bare) {
        Some(page) => Ok(whole(&page)),
        None => Err(unknown(bare)),
    }
}

fn list() -> String {
    let width = pages().map(|page| page.code.len()).max().unwrap_or(0);
    let mut out = String::new();
    for page in pages() {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:width$}  {}", page.code, page.title);
    }
    out.push_str("\n`toy explain CODE` tells more of one.\n");
    out
}

fn whole(page: &Page) -> String {
    let mut out = format!("{}\n\n{}\n", page.code, page.title);
    if !page.text.is_empty() {
        let _ = write!(out, "\n{}\n", page.text);
    }
    for (title, program) in [("Wrong:", page.wrong), ("Right:", page.right)] {
        if !program.is_empty() {
            let _ = write!(out, "\n{title}\n\n");
            for line in program.lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
    }
    out
}

fn unknown(code: &str) -> String {
    let code: String = code.chars().take(80).collect();
    let near = pages().map(|page| (strsim::damerau_levenshtein(&code, page.code), page.code)).min();
    let hint = match near {
        Some((distance, near)) if distance <= near.len() / 2 => format!("; did you mean `{near}`?"),
        _ => "; `toy explain` lists all".to_string(),
    };
    format!("toy: there is no error or warning with the code '{}'{hint}\n", code.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_whole() {
        let all: Vec<Page> = pages().collect();
        assert!(all.len() > 50);
        for page in &all {
            let Page { code, title, right, .. } = page;
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert!(title.ends_with('.') && title.len() < 90, "{code}: {title}");
            assert!(!right.is_empty(), "{code}");
            assert_eq!(all.iter().filter(|other| other.code == *code).count(), 1, "{code}");
        }
    }

    #[test]
    fn a_wrong_code_is_told_the_nearest() {
        assert_eq!(
            explain(Some("unknown-nam")),
            Err("toy: there is no error or warning with the code 'unknown-nam'; did you mean `unknown-name`?\n"
                .to_string())
        );
        assert_eq!(
            explain(Some("\x1b")),
            Err("toy: there is no error or warning with the code '\\u{1b}'; `toy explain` lists all\n"
                .to_string())
        );
        assert_eq!(explain(Some("error[assign-to-let]")), explain(Some("assign-to-let")));
        assert!(explain(None).is_ok_and(|list| list.contains("assign-to-let  ")));
    }
}
