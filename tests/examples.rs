//! Every program under `examples` is a test: it is run from the project root, and must print what the
//! file of the same name that ends in `.out` holds.
//!
//! Beside it may lie `.err` (standard error; empty if there is none), `.status` (a number, or `signal 2`;
//! otherwise 0), `.args` (one argument a line), `.in` (standard input) and `.stdout` (the path of a file
//! that standard output goes to, such as `/dev/full`; then `.out` is not needed).

mod support;

use std::fs::{self, File};
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{LIMIT, STRESSED_LIMIT, Scratch, Status};

fn main() {
    let arguments = Arguments::from_args();
    let examples = support::project_root().join("examples");
    let trials = support::programs_below(&examples)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(support::project_root()).unwrap_or(&path).with_extension("");
            let check = if path.ends_with("counter.toy") { check_counter } else { check };
            Trial::test(name.display().to_string(), move || check(&path))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(path: &Path) -> Result<(), Failed> {
    let beside = |extension: &str| fs::read_to_string(path.with_extension(extension)).ok();
    let mut command = support::toy();
    command.arg(path.strip_prefix(support::project_root()).unwrap_or(path));
    command.args(beside("args").unwrap_or_default().lines());
    let redirection = beside("stdout");
    if let Some(target) = &redirection {
        command.stdout(File::options().write(true).create(true).truncate(false).open(target.trim_end())?);
    }
    let shown = format!("{command:?}");
    let limit = if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT };
    let input = beside("in").unwrap_or_default();
    let ended = support::run(command, input.as_bytes(), limit, redirection.is_none())?;

    let mut complaints = String::new();
    if redirection.is_none() {
        let stdout = beside("out").ok_or("the example asserts nothing: there is no .out file beside it")?;
        support::compare(&mut complaints, "stdout", &stdout, &ended.stdout);
    }
    support::compare(&mut complaints, "stderr", &beside("err").unwrap_or_default(), &ended.stderr);
    let expected = beside("status").map_or(Ok(Status::Code(0)), |text| Status::parse(&text))?;
    if ended.status != expected {
        complaints += &format!("--- ended with {}, expected {expected}\n", ended.status);
    }
    if complaints.is_empty() { Ok(()) } else { Err(format!("{complaints}--- run it\n{shown}").into()) }
}

/// The counter keeps its count in a file of the current directory, written by an exit handler: each run
/// must find what the one before it left.
fn check_counter(path: &Path) -> Result<(), Failed> {
    let scratch = Scratch::new("counter");
    let mut counts = Vec::new();
    for _ in 0..3 {
        let mut command = support::toy();
        command.arg(path).current_dir(scratch.path());
        let ended = support::run(command, b"", LIMIT, true)?;
        if ended.status != Status::Code(0) || !ended.stderr.is_empty() {
            return Err(format!("ended with {}\n{}{}", ended.status, ended.stdout, ended.stderr).into());
        }
        let files: Vec<_> = fs::read_dir(scratch.path())?.collect::<Result<_, _>>()?;
        let [file] = files.as_slice() else {
            return Err(format!("left {} files behind, expected the counter alone", files.len()).into());
        };
        let text = fs::read_to_string(file.path())?;
        counts.push(text.trim().parse::<u64>().map_err(|_| format!("'{text}' is no count"))?);
    }
    let grows = counts.is_sorted_by(|earlier, later| earlier < later);
    if grows { Ok(()) } else { Err(format!("the count does not grow from run to run: {counts:?}").into()) }
}
