//! `toy check`: what it finds, what it lets pass, and how the command ends.
//!
//! Every program under `tests/check` is a test of its own, named as the fact that it proves. `# finds: CODE: TEXT` in
//! its margin says that something with this code is found in this line, and that its message or its help contains TEXT
//! (which may be left out). Nothing else may be found, so what a rule lets pass is proved by saying nothing.
//!
//! Toy's own programs are checked too, and nothing may be found in them.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Ended, LIMIT, Scratch, Status};
use toy::host::SystemHost;
use toy::report::{Diagnostic, Severity};
use toy::{Config, Interpreter};

/// Folders with programs of our own. The larger benchmarks keep the names that they have in other languages.
const OURS: [&str; 4] = ["examples", "benches/programs", "src/stdlib", "tests/differential"];

fn main() {
    let arguments = Arguments::from_args();
    let root = support::project_root();
    let mut trials = vec![
        Trial::test("the status says whether something was found", statuses),
        Trial::test("files and directories are checked in order, each once", order),
        Trial::test("what cannot be read does not stop the others", unreadable),
        Trial::test("standard input is checked as -", standard_input),
        Trial::test("reports have four forms", forms),
        Trial::test("nothing of a program runs", nothing_runs),
        Trial::test("a reader that has seen enough is no failure", reader_gone),
    ];
    for path in support::programs_below(&root.join("tests/check")) {
        let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").display().to_string();
        trials.push(Trial::test(name, move || margin(&path)));
    }
    for path in OURS.iter().flat_map(|folder| support::programs_below(&root.join(folder))) {
        let name = format!("nothing in {}", path.strip_prefix(root).unwrap_or(&path).display());
        trials.push(Trial::test(name, move || nothing_in(&path)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn find(text: &str) -> Vec<Diagnostic> {
    Interpreter::new(Config::new(Box::new(SystemHost::new(|| None)))).check(text)
}

fn line_of(text: &str, finding: &Diagnostic) -> usize {
    text[..finding.span.start as usize].matches('\n').count() + 1
}

fn margin(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let mut expected = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for wanted in line.split("# finds: ").skip(1) {
            let (code, text) = wanted.split_once(": ").unwrap_or((wanted, ""));
            expected.push((i + 1, code.trim(), text.trim()));
        }
    }
    let mut complaints = String::new();
    for finding in find(&text) {
        let line = line_of(&text, &finding);
        let said = format!("{}; {}", finding.message, finding.help.as_deref().unwrap_or(""));
        let fits = |wanted: &(usize, &str, &str)| {
            (wanted.0, wanted.1) == (line, finding.code) && said.contains(wanted.2)
        };
        match expected.iter().position(fits) {
            Some(i) => drop(expected.remove(i)),
            None => complaints += &format!("{line}: found {}: {said}\n", finding.code),
        }
    }
    for (line, code, text) in expected {
        complaints += &format!("{line}: did not find {code}: {text}\n");
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// Pieces of a module that are put together have unknown names; they are checked for warnings only.
fn nothing_in(path: &Path) -> Result<(), Failed> {
    let Ok(text) = String::from_utf8(fs::read(path)?) else { return Ok(()) };
    let found: Vec<String> = find(&text)
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| format!("{}: {}: {}\n", line_of(&text, finding), finding.code, finding.message))
        .collect();
    if found.is_empty() { Ok(()) } else { Err(found.concat().into()) }
}

/// Runs `toy check` in a directory with these files.
fn check(files: &[(&str, &str)], arguments: &[&str], input: &str) -> Result<Ended, Failed> {
    let scratch = Scratch::new("check");
    for (name, text) in files {
        let path = scratch.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(scratch.path()))?;
        fs::write(path, text)?;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
    command.arg("check").args(arguments).current_dir(scratch.path());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TOY_PATH"] {
        command.env_remove(name);
    }
    Ok(support::run(command, input.as_bytes(), LIMIT, true)?)
}

const CLEAN: (&str, &str) = ("clean.toy", "print(1)\n");
const WARNED: (&str, &str) = ("warned.toy", "import json\n");
const WRONG: (&str, &str) = ("wrong.toy", "import json\nprint(coutn)\nprint(1 == nil)\n");

fn statuses() -> Result<(), Failed> {
    let files = [CLEAN, WARNED, WRONG];
    for (arguments, code) in [
        (["clean.toy"].as_slice(), 0),
        (&["warned.toy"], 1),
        (&["wrong.toy"], 1),
        (&["clean.toy", "warned.toy"], 1),
        (&["missing.toy"], 1),
        (&[], 2),
        (&["--bogus", "clean.toy"], 2),
        (&["--error-format=poem", "clean.toy"], 2),
        (&["--help"], 0),
    ] {
        let ended = check(&files, arguments, "")?;
        assert_eq!(ended.status, Status::Code(code), "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stderr.is_empty(), code == 0 || !ended.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(check(&files, &["clean.toy"], "")?.stdout, "");
    Ok(())
}

fn order() -> Result<(), Failed> {
    let text = WARNED.1;
    let files = [
        ("b.toy", text),
        ("a/z.toy", text),
        ("a/m/b.toy", text),
        ("a/a.toy", text),
        ("a/.hidden/c.toy", text),
        ("a/readme.md", text),
        ("script", text),
    ];
    let names = |arguments: &[&str]| -> Result<String, Failed> {
        let ended = check(&files, &[&["--error-format=short"], arguments].concat(), "")?;
        Ok(ended.stdout.lines().filter_map(|line| line.split(':').next()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names(&["b.toy", "a", "script"])?, "b.toy a/a.toy a/m/b.toy a/z.toy script");
    assert_eq!(names(&["a/z.toy", "a", "a/z.toy"])?, "a/z.toy a/a.toy a/m/b.toy");
    Ok(())
}

fn unreadable() -> Result<(), Failed> {
    let files = [CLEAN, WARNED, ("empty/readme.md", "")];
    let ended =
        check(&files, &["--error-format=short", "missing.toy", "warned.toy", "empty", "clean.toy"], "")?;
    assert_eq!(ended.status, Status::Code(1));
    assert!(ended.stdout.starts_with("warned.toy:1:8: warning[unused-import]: "), "{}", ended.stdout);
    assert_eq!(
        ended.stderr,
        "toy: can't open file 'missing.toy': [Errno 2] No such file or directory\n\
         toy: there are no .toy files in 'empty'\n"
    );
    Ok(())
}

fn standard_input() -> Result<(), Failed> {
    let ended = check(&[], &["--error-format=short", "-"], "let x = (\n")?;
    assert_eq!(ended.status, Status::Code(1));
    assert_eq!(ended.stdout, "<stdin>:1:9: error[never-closed]: '(' was never closed\n");
    Ok(())
}

fn forms() -> Result<(), Failed> {
    let files = [WARNED, WRONG];
    let report = |arguments: &[&str]| -> Result<String, Failed> {
        let ended = check(&files, &[arguments, &["warned.toy", "wrong.toy"]].concat(), "")?;
        assert_eq!((ended.status, ended.stderr.as_str()), (Status::Code(1), ""));
        Ok(ended.stdout)
    };
    let plain = "warned.toy:1:8: warning: 'json' is imported but never used\n    import json\n           ^^^^\n\
                 help: remove the import\n\n\
                 wrong.toy:2:7: error: name 'coutn' is not defined\n    print(coutn)\n          ^^^^^\n\n\
                 wrong.toy:3:7: warning: comparison with nil by `==`\n    print(1 == nil)\n          ^^^^^^^^\n\
                 help: write `1 is nil`\n\n1 error, 2 warnings\n";
    assert_eq!(report(&[])?, plain);
    assert_eq!(report(&["--error-format", "plain"])?, plain);
    assert_eq!(
        report(&["--error-format=short"])?,
        "warned.toy:1:8: warning[unused-import]: 'json' is imported but never used; remove the import\n\
         wrong.toy:2:7: error[unknown-name]: name 'coutn' is not defined\n\
         wrong.toy:3:7: warning[nil-comparison]: comparison with nil by `==`; write `1 is nil`\n"
    );
    let json = report(&["--error-format=json"])?;
    assert_eq!(json.lines().count(), 3);
    assert!(json.starts_with("{\"code\":\"unused-import\",\"severity\":\"warning\","), "{json}");
    assert!(json.contains("{\"code\":\"unknown-name\",\"severity\":\"error\","), "{json}");
    let fancy = report(&["--error-format=fancy"])?;
    assert!(
        fancy.starts_with("unused-import\n\n  ⚠ 'json' is imported but never used\n   ╭─[warned.toy:1:8]\n"),
        "{fancy}"
    );
    assert!(!fancy.contains('\x1b'), "{fancy}");
    assert!(report(&["--color=always"])?.contains("\x1b["));
    assert!(!report(&["--color=never"])?.contains('╭'));
    Ok(())
}

fn nothing_runs() -> Result<(), Failed> {
    let files = [("a.toy", "import b\nprint(b.x)\n1 / 0\n"), ("b.toy", "print(2)\nwhile true { }\n")];
    let ended = check(&files, &["a.toy", "b.toy"], "")?;
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (Status::Code(0), "", ""));
    Ok(())
}

fn reader_gone() -> Result<(), Failed> {
    let program = support::program::Program::new(WARNED.1);
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
    command.args(["check", "m.toy"]).current_dir(program.scratch.path());
    command.stdout(support::program::reader_gone());
    let ended = support::run(command, b"", LIMIT, false)?;
    assert_eq!(ended.status, Status::Signal(13));
    Ok(())
}
