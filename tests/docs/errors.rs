//! The pages of `toy explain`, and the gallery of wrong programs in `docs/errors.md`.
//!
//! Every code that the source names has a page; in the wrong program of a page its code is found, and the right one
//! runs, and nothing is found in it. In the gallery, a program and the block ```` ```text ```` behind it are what is run (or,
//! behind ```` ```toy check ````, checked) and what is reported, drawn as for a terminal of 80 columns; named programs before it are files beside it. `TOY_WRITE_PAGES=1` in front of
//! `cargo test --test docs` writes the reports anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use toy::explain;
use toy::host::SystemHost;
use toy::report::{Diagnostic, Severity};
use toy::shutdown::ExitStatus;
use toy::{Config, Interpreter};

use super::{Files, Page, directory_with};
use crate::support::{self, LIMIT, STRESSED_LIMIT};

/// Codes whose wrong program would be too large to show, or cannot be written.
const NOT_SHOWN: &[&str] = &[
    "expression-too-deep",
    "internal-error",
    "null-byte",
    "number-too-long",
    "source-too-long",
    "too-large",
    "too-many-blocks",
    "too-many-parentheses",
    "unexpected-end",
    "unsound-code",
];
/// The fewest programs of the gallery.
const LEAST: usize = 60;

pub fn gallery() -> PathBuf {
    support::project_root().join("docs/errors.md")
}

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = explain::pages()
        .map(|page| Trial::test(format!("toy explain {}", page.code), move || check_page(&page)))
        .collect();
    trials.push(Trial::test("toy explain: every code has a page", check_codes));
    trials.push(Trial::test("toy explain: the command", check_command));
    trials.push(Trial::test("--error-format", check_formats));
    trials.push(Trial::test("--color", check_colors));
    if std::env::var_os("TOY_WRITE_PAGES").is_some_and(|value| value == "1") {
        // What cannot be written fails its test.
        let _ = write();
    }
    let entries = entries();
    let count = entries.len();
    trials.extend(entries.into_iter().map(|entry| {
        Trial::test(format!("docs/errors.md:{}", entry.line), move || {
            let shown = entry.report()?;
            let mut complaints = String::new();
            support::compare(&mut complaints, "the report", &entry.expected, &shown);
            if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
        })
    }));
    trials.push(Trial::test("docs/errors.md: many programs", move || {
        if count >= LEAST { Ok(()) } else { Err(format!("{count} programs, {LEAST} are wanted").into()) }
    }));
    trials
}

fn interpreter() -> Interpreter {
    Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))))
}

fn check_page(page: &explain::Page) -> Result<(), Failed> {
    if page.wrong.is_empty() != NOT_SHOWN.contains(&page.code) {
        return Err("no wrong program, or one where none can be".into());
    }
    if !page.wrong.is_empty() {
        let found = interpreter().check(page.wrong);
        let has_errors = found.iter().any(|finding| finding.severity == Severity::Error);
        let matters = |finding: &&Diagnostic| !has_errors || finding.severity == Severity::Error;
        let codes: Vec<&str> = found.iter().filter(matters).map(|finding| finding.code).collect();
        if codes != [page.code] {
            return Err(format!("in the wrong program is found {codes:?}").into());
        }
    }
    let found: Vec<&str> = interpreter().check(page.right).iter().map(|finding| finding.code).collect();
    if !found.is_empty() {
        return Err(format!("in the right program is found {found:?}").into());
    }
    let scratch = directory_with("explain", &vec![("example.toy".to_owned(), page.right.to_owned())])?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
    command.arg("example.toy").current_dir(scratch.path());
    let ended = support::run(command, b"", limit(), true)?;
    if ended.status != support::Status::Code(0) {
        return Err(format!("the right program ends with {}:\n{}", ended.status, ended.stderr).into());
    }
    let mut quiet = interpreter();
    match toy::compile(quiet.vm(), page.right, false) {
        Ok(_) if quiet.finish().status == ExitStatus::Code(0) => Ok(()),
        _ => Err("the right program has errors".into()),
    }
}

fn limit() -> std::time::Duration {
    if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT }
}

/// The codes are found by the look of them: the first text in quotes behind what makes a `Diagnostic`.
fn check_codes() -> Result<(), Failed> {
    let root = support::project_root();
    let mut found = BTreeSet::new();
    let mut paths = ["grammar/src", "src/compiler", "src/lint", "src/interpreter.rs"]
        .map(|path| root.join(path))
        .to_vec();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !super::is_test(&path) {
            codes_in(&fs::read_to_string(&path)?, &mut found);
        }
    }
    let known: BTreeSet<String> = explain::pages().map(|page| page.code.to_owned()).collect();
    let (missing, stray): (Vec<_>, Vec<_>) =
        (found.difference(&known).collect(), known.difference(&found).collect());
    if missing.is_empty() && stray.is_empty() {
        return Ok(());
    }
    Err(format!("without a page: {missing:?}; with a page, but in no error: {stray:?}").into())
}

fn codes_in(text: &str, found: &mut BTreeSet<String>) {
    const MAKERS: [&str; 8] = [
        "Diagnostic::new(",
        "Diagnostic::warning(",
        "self.error(",
        "misplaced(",
        "give_up(",
        "error.code = ",
        "code: ",
        "self.fault(",
    ];
    for maker in MAKERS {
        for rest in text.split(maker).skip(1) {
            // Two codes may stand in the branches of an `if`, before the next argument.
            let end = rest.find([';', ',']).unwrap_or(rest.len());
            let texts = rest[..end].split('"').skip(1).step_by(2);
            found.extend(texts.filter(|text| is_code(text)).map(str::to_owned));
        }
    }
}

fn is_code(text: &str) -> bool {
    text == "redeclaration"
        || text.contains('-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// Runs `toy` with these arguments and variables, in a directory with these files, and a standard error that is no
/// terminal.
fn toy(files: &Files, arguments: &[&str], variables: &[(&str, &str)]) -> Result<support::Ended, Failed> {
    let scratch = directory_with("look", files)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
    command.args(arguments).current_dir(scratch.path());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM", "TOY_PATH"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    Ok(support::run(command, b"", limit(), true)?)
}

fn check_command() -> Result<(), Failed> {
    let none = Files::new();
    let list = toy(&none, &["explain"], &[])?;
    let page = toy(&none, &["explain", "error[assign-to-let]"], &[])?;
    let unknown = toy(&none, &["explain", "asign-to-let"], &[])?;
    assert!(explain::pages().all(|page| list.stdout.contains(page.title)), "{}", list.stdout);
    assert!(page.stdout.contains("Right:\n\n    var total = 10\n"), "{}", page.stdout);
    assert_eq!(unknown.status, support::Status::Code(2));
    assert!(unknown.stderr.ends_with("did you mean `assign-to-let`?\n"), "{}", unknown.stderr);
    Ok(())
}

fn check_formats() -> Result<(), Failed> {
    let text = "let a = 1\na = 2\nprint(b)\n";
    let files = vec![
        ("text.toy".to_owned(), text.to_owned()),
        ("run.toy".to_owned(), "fn f(n) {\n    return 1 / n\n}\nf(0)\n".to_owned()),
    ];
    let report = |format: &str, file: &str| -> Result<String, Failed> {
        let ended = toy(&files, &["--error-format", format, file], &[])?;
        assert_eq!(ended.status, support::Status::Code(1));
        Ok(ended.stderr)
    };
    assert_eq!(
        report("short", "text.toy")?,
        "text.toy:2:1: error[assign-to-let]: cannot assign to 'a', it is declared with 'let'; declare it with \
         `var a` to assign it again\ntext.toy:3:7: error[unknown-name]: name 'b' is not defined\n"
    );
    assert_eq!(report("short", "run.toy")?, "run.toy:2:12: ZeroDivisionError: division by zero\n");
    let json = report("json", "text.toy")?;
    assert_eq!(
        json.lines().nth(1),
        Some(
            "{\"code\":\"unknown-name\",\"severity\":\"error\",\"message\":\"name 'b' is not defined\",\
             \"file\":\"text.toy\",\"line\":3,\"column\":7,\"end_line\":3,\"end_column\":8,\"start\":22,\"end\":23,\
             \"label\":\"\",\"related\":[],\"help\":null}"
        )
    );
    let json = report("json", "run.toy")?;
    let head = "{\"exception\":\"ZeroDivisionError\",\"severity\":\"error\",\"message\":\"division by zero\",\
                \"frames\":[{\"file\":\"run.toy\",\"line\":2,\"column\":12,\"function\":\"f\"},{";
    assert!(json.starts_with(head) && json.lines().count() == 1, "{json}");
    let plain = toy(&files, &["run.toy"], &[])?.stderr;
    assert_eq!(report("plain", "run.toy")?, plain);
    assert!(plain.starts_with("Traceback (most recent call last):\n"), "{plain}");
    for file in ["text.toy", "run.toy"] {
        assert!(report("fancy", file)?.contains("╭─["));
    }
    Ok(())
}

fn check_colors() -> Result<(), Failed> {
    let files =
        vec![("a.toy".to_owned(), "print(b)\n".to_owned()), ("b.toy".to_owned(), "1 / 0\n".to_owned())];
    /// Arguments and variables, and whether the report is then drawn, and in colours.
    type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], bool, bool);
    let cases: [Case; 9] = [
        (&[], &[], false, false),
        (&["--error-format=fancy"], &[], true, false),
        (&["--color=always"], &[], true, true),
        (&["--color=always"], &[("NO_COLOR", "1")], true, true),
        (&[], &[("CLICOLOR_FORCE", "1")], true, true),
        (&[], &[("CLICOLOR_FORCE", "0")], false, false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
        (&["--color=never"], &[("CLICOLOR_FORCE", "1")], false, false),
        (&["--error-format=short", "--color=always"], &[], false, false),
    ];
    for (arguments, variables, drawn, colored) in cases {
        for file in ["a.toy", "b.toy"] {
            let report = toy(&files, &[arguments, &[file]].concat(), variables)?.stderr;
            let case = format!("{arguments:?} {variables:?} {file}:\n{report}");
            assert_eq!(report.contains('╭'), drawn, "{case}");
            assert_eq!(report.contains('\x1b'), colored, "{case}");
        }
    }
    Ok(())
}

/// A program of the gallery.
struct Entry {
    /// Where its fence stands.
    line: usize,
    files: Files,
    expected: String,
    /// What `toy` is asked to do with it, if not to run it.
    command: String,
    /// The lines of the report in the page.
    place: std::ops::Range<usize>,
}

impl Entry {
    fn report(&self) -> Result<String, Failed> {
        let scratch = directory_with("gallery", &self.files)?;
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$TOY\" $COMMAND --error-format=fancy --color=never example.toy 2>&1"]);
        command.env("COMMAND", &self.command);
        command.env("TOY", env!("CARGO_BIN_EXE_toy")).env("COLUMNS", "80").env_remove("TOY_PATH");
        command.current_dir(scratch.path());
        let ended = support::run(command, b"", limit(), true)?;
        if ended.status == support::Status::Code(0) && !ended.stdout.contains("warning") {
            return Err(format!("nothing is wrong:\n{}", ended.stdout).into());
        }
        let lines: Vec<&str> = ended.stdout.lines().map(str::trim_end).collect();
        Ok(lines.join("\n") + "\n")
    }
}

fn entries() -> Vec<Entry> {
    let page = Page::read(&gallery());
    let mut entries = Vec::new();
    let mut files = Files::new();
    for (i, block) in page.blocks.iter().enumerate().filter(|(_, block)| block.language == "toy") {
        match page.output_of(i) {
            None => files.push((block.rest.clone(), block.text.clone())),
            Some(output) => {
                let mut files = std::mem::take(&mut files);
                files.push(("example.toy".to_owned(), block.text.clone()));
                let place = output.line..output.end - 1;
                let (command, expected) = (block.rest.clone(), output.text.clone());
                entries.push(Entry { line: block.line, files, expected, command, place });
            }
        }
    }
    entries
}

/// Writes the reports as they are now.
fn write() -> Result<(), Failed> {
    let mut page = Page::read(&gallery());
    for entry in entries().into_iter().rev() {
        let report = entry.report()?;
        page.lines.splice(entry.place.clone(), report.lines().map(str::to_owned));
    }
    fs::write(gallery(), page.lines.join("\n") + "\n")?;
    Ok(())
}

/// Whether a page is the gallery, whose programs are run here.
pub fn is_gallery(path: &Path) -> bool {
    path == gallery()
}
