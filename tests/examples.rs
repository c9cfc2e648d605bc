//! Every program under `examples` is a test. `examples/README.md` says what the files beside a program mean.

mod support;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use support::{Ended, LIMIT, Running, STRESSED_LIMIT, Scratch, Status};

/// These allocate too much for a collection at every allocation: they would run for hours.
const NEVER_STRESSED: [&str; 3] = ["brainfuck.toy", "lisp.toy", "word_count.toy"];

fn main() {
    let arguments = Arguments::from_args();
    let trials = support::programs_below(&support::project_root().join("examples"))
        .into_iter()
        .map(|path| {
            let name = from_root(&path).with_extension("").display().to_string();
            let example = Example { path };
            Trial::test(name, move || match example.beside("session") {
                Some(session) => check_session(&example, &session),
                None => check(&example),
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn from_root(path: &Path) -> &Path {
    path.strip_prefix(support::project_root()).unwrap_or(path)
}

struct Example {
    path: PathBuf,
}

impl Example {
    /// What the file with another extension holds, if there is one.
    fn beside(&self, extension: &str) -> Option<String> {
        fs::read_to_string(self.path.with_extension(extension)).ok()
    }

    /// Takes the stress off programs that cannot bear it, and says how long the others may take.
    fn limit(&self, command: &mut Command) -> Duration {
        if NEVER_STRESSED.iter().any(|name| self.path.ends_with(name)) {
            command.env_remove("TOY_GC_STRESS");
        }
        if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT }
    }

    fn run(&self, mut command: Command) -> Result<Ended, Failed> {
        let limit = self.limit(&mut command);
        command.args(self.beside("args").unwrap_or_default().lines());
        let redirection = self.beside("stdout");
        match redirection.as_deref().map(str::trim) {
            None => {}
            Some("closed pipe") => {
                let (reader, writer) = io::pipe()?;
                drop(reader);
                command.stdout(writer);
            }
            Some(target) => {
                command.stdout(File::options().write(true).open(target)?);
            }
        }
        let input = self.beside("in").unwrap_or_default();
        let mut running = Running::start(command, input.as_bytes(), redirection.is_none())?;
        if let Some(number) = self.beside("signal") {
            let signal = Signal::from_named_raw(number.trim().parse()?).ok_or("no such signal")?;
            running.wait_for_line("ready");
            kill_process(Pid::from_child(&running.child), signal)?;
        }
        Ok(running.finish(limit)?)
    }
}

fn check(example: &Example) -> Result<(), Failed> {
    let mut stdout = String::new();
    let mut stderr = String::new();
    let mut complaints = String::new();
    let expected_status =
        example.beside("status").map_or(Ok(Status::Code(0)), |text| Status::parse(&text))?;
    let mut run = |command: Command| -> Result<(), Failed> {
        let shown = format!("{command:?}");
        let ended = example.run(command)?;
        stdout += &ended.stdout;
        stderr += &ended.stderr;
        if ended.status != expected_status {
            complaints += &format!("--- ended with {}, expected {expected_status}: {shown}\n", ended.status);
        }
        Ok(())
    };
    match example.beside("runs") {
        None => {
            let mut command = support::toy();
            command.arg(from_root(&example.path));
            run(command)?;
        }
        Some(times) => {
            let scratch = Scratch::new("example");
            for _ in 0..times.trim().parse()? {
                let mut command = support::toy();
                command.arg(&example.path).current_dir(scratch.path());
                run(command)?;
            }
        }
    }
    match example.beside("out") {
        Some(expected) => support::compare(&mut complaints, "stdout", &expected, &stdout),
        None if example.beside("stdout").is_some() => {}
        None => return Err("the example asserts nothing: there is no .out file beside it".into()),
    }
    support::compare(&mut complaints, "stderr", &example.beside("err").unwrap_or_default(), &stderr);
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// Plays the session beside an example.
fn check_session(example: &Example, expected: &str) -> Result<(), Failed> {
    let scratch = Scratch::new("session");
    symlink(support::project_root().join("examples"), scratch.path().join("examples"))?;
    let actual = support::session(expected, scratch.path(), |command| example.limit(command))?;
    if support::sessions_are_renewed() {
        return Ok(fs::write(example.path.with_extension("session"), actual)?);
    }
    let mut complaints = String::new();
    support::compare(&mut complaints, "the session", expected, &actual);
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}
