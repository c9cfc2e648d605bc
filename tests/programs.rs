//! Every program under `tests/language` and `tests/shutdown` is a test of its own: it is named as the
//! fact that it proves and bears the answer in its margin.
//!
//! | comment | meaning |
//! |---|---|
//! | `# expect: TEXT` | the next line of standard output is TEXT |
//! | `# expect error: TEXT` | the program ends by an uncaught exception and a line of standard error is TEXT |
//! | `# expect stderr: TEXT` | the next line of standard error is TEXT |
//! | `# expect compile error: LINE:COL: TEXT` | standard error has the line `path:LINE:COL: error: TEXT`; without TEXT any error there |
//! | `# expect report: TEXT` | some line of standard error contains TEXT |
//! | `# expect no output` | nothing may appear on either stream |
//! | `# exit: N`, `# signal: N` | how the process ends; otherwise 0, or 1 where an error is expected |
//! | `# args: a b`, `# flags: --x`, `# env: K=V` | arguments of the program, of `toy`, and environment |
//! | `# stdin: text` | what the program can read, with `\n` and `\\` escapes |
//! | `# scratch` | the environment variable `TOY_TEST_DIR` names a fresh directory that it may write to |
//! | `# slow under gc stress` | takes long when every allocation collects, and may |
//!
//! Where a file names any line of a stream, it names all of them; standard error that nothing is said
//! about must be empty. A program that expects nothing fails, for it proves nothing.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{LIMIT, STRESSED_LIMIT, Scratch, Status};

fn main() {
    let arguments = Arguments::from_args();
    let tests = support::project_root().join("tests");
    let trials = ["language", "shutdown"]
        .into_iter()
        .flat_map(|folder| support::programs_below(&tests.join(folder)))
        .map(|path| {
            let name = path.strip_prefix(&tests).unwrap_or(&path).with_extension("");
            Trial::test(name.display().to_string(), move || check(&path))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(path: &Path) -> Result<(), Failed> {
    let path = path.strip_prefix(support::project_root()).unwrap_or(path);
    let source = fs::read(support::project_root().join(path))?;
    let expected = Expectations::read(&String::from_utf8_lossy(&source))?;
    let mut command = support::toy();
    command.args(&expected.flags).arg(path).args(&expected.args).envs(expected.env.iter().cloned());
    let scratch = expected.scratch.then(|| Scratch::new("program"));
    if let Some(scratch) = &scratch {
        command.env("TOY_TEST_DIR", scratch.path());
    }
    let shown = format!("{command:?}");
    let limit = if expected.slow && support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT };
    let ended = support::run(command, expected.stdin.as_bytes(), limit, true)?;

    let mut complaints = String::new();
    let mut stdout = ended.stdout;
    if !stdout.is_empty() && !stdout.ends_with('\n') {
        // A comment cannot say whether the last line has an end.
        stdout.push('\n');
    }
    support::compare(&mut complaints, "stdout", &expected.stdout, &stdout);
    if let Some(stderr) = &expected.stderr {
        support::compare(&mut complaints, "stderr", stderr, &ended.stderr);
    }
    for wanted in expected.error_lines(path) {
        if !ended.stderr.lines().any(|line| wanted.matches(line)) {
            writeln!(complaints, "--- stderr lacks the line\n- {wanted}").expect("a String takes everything");
        }
    }
    if ended.status != expected.status {
        writeln!(complaints, "--- ended with {}, expected {}", ended.status, expected.status)
            .expect("a String takes everything");
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{complaints}--- stderr\n{}--- run it\n{shown}", ended.stderr).into())
}

/// What the comments of a program say about its run.
#[derive(Debug)]
struct Expectations {
    stdout: String,
    /// All of standard error, unless the file only names single lines of it.
    stderr: Option<String>,
    errors: Vec<String>,
    compile_errors: Vec<String>,
    reports: Vec<String>,
    status: Status,
    args: Vec<String>,
    flags: Vec<String>,
    env: Vec<(String, String)>,
    stdin: String,
    scratch: bool,
    slow: bool,
}

impl Expectations {
    fn read(source: &str) -> Result<Expectations, String> {
        let mut stdout = String::new();
        let mut stderr = None::<String>;
        let mut status = None;
        let mut silent = false;
        let mut read = Expectations {
            stdout: String::new(),
            stderr: None,
            errors: Vec::new(),
            compile_errors: Vec::new(),
            reports: Vec::new(),
            status: Status::Code(0),
            args: Vec::new(),
            flags: Vec::new(),
            env: Vec::new(),
            stdin: String::new(),
            scratch: false,
            slow: false,
        };
        for line in source.lines() {
            let Some((key, text)) = directive(line) else { continue };
            let words = || text.split_whitespace().map(str::to_owned);
            match key {
                "expect" => stdout += &format!("{text}\n"),
                "expect stderr" => *stderr.get_or_insert_default() += &format!("{text}\n"),
                "expect error" => read.errors.push(text.to_owned()),
                "expect compile error" => read.compile_errors.push(text.to_owned()),
                "expect report" => read.reports.push(text.to_owned()),
                "expect no output" => silent = true,
                "exit" => status = Some(Status::parse(text)?),
                "signal" => status = Some(Status::parse(&format!("signal {text}"))?),
                "args" => read.args.extend(words()),
                "flags" => read.flags.extend(words()),
                "env" => match text.split_once('=') {
                    Some((name, value)) => read.env.push((name.to_owned(), value.to_owned())),
                    None => return Err(format!("'# env: {text}' is not of the form NAME=VALUE")),
                },
                "stdin" => read.stdin += &unescape(text),
                "scratch" => read.scratch = true,
                "slow under gc stress" => read.slow = true,
                _ => return Err(format!("unknown comment '# {key}:'")),
            }
        }
        let fails = !read.errors.is_empty() || !read.compile_errors.is_empty();
        if stdout.is_empty() && stderr.is_none() && !fails && !silent && status.is_none() {
            return Err("the program asserts nothing: it has no '# expect' comment".to_owned());
        }
        read.stdout = stdout;
        read.stderr = if fails { stderr } else { Some(stderr.unwrap_or_default()) };
        read.status = status.unwrap_or(Status::Code(i32::from(fails)));
        Ok(read)
    }

    /// The lines of standard error that must be among the others.
    fn error_lines(&self, path: &Path) -> Vec<Wanted> {
        let compile_errors = self.compile_errors.iter().map(|text| {
            let mut parts = text.splitn(3, ':').map(str::trim);
            let line = parts.next().unwrap_or_default();
            let column = parts.next().unwrap_or_default();
            let place = format!("{}:{line}:{column}: error: ", path.display());
            match parts.next() {
                Some(message) => Wanted::Exactly(place + message),
                None => Wanted::Starting(place),
            }
        });
        let errors = self.errors.iter().cloned().map(Wanted::Exactly);
        let reports = self.reports.iter().cloned().map(Wanted::Containing);
        errors.chain(compile_errors).chain(reports).collect()
    }
}

/// A line that standard error must have.
enum Wanted {
    Exactly(String),
    Starting(String),
    Containing(String),
}

impl Wanted {
    fn matches(&self, line: &str) -> bool {
        match self {
            Wanted::Exactly(text) => line == text,
            Wanted::Starting(text) => line.starts_with(text),
            Wanted::Containing(text) => line.contains(text),
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Wanted::Exactly(text) => write!(f, "{text}"),
            Wanted::Starting(text) => write!(f, "{text}…"),
            Wanted::Containing(text) => write!(f, "…{text}…"),
        }
    }
}

/// The key and the text of a line's `# key: text` comment, if it is one of ours. One blank after the
/// colon belongs to the comment, further ones to the text.
fn directive(line: &str) -> Option<(&str, &str)> {
    const WITH_TEXT: [&str; 7] = ["expect", "exit", "signal", "args", "flags", "env", "stdin"];
    const ALONE: [&str; 3] = ["expect no output", "scratch", "slow under gc stress"];
    line.match_indices("# ").find_map(|(at, mark)| {
        let comment = &line[at + mark.len()..];
        if let Some(key) = ALONE.into_iter().find(|key| comment.trim_end() == *key) {
            return Some((key, ""));
        }
        let (key, text) = comment.split_once(':')?;
        let known = WITH_TEXT.contains(&key) || key.starts_with("expect ");
        known.then(|| (key, text.strip_prefix(' ').unwrap_or(text)))
    })
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}
