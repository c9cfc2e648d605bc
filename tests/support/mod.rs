//! What the process-level tests share: starting the built `toy`, bounding how long it may take, and
//! saying readably what went wrong.
//!
//! Each test binary uses its own part of this file, hence the one `allow`.
#![allow(dead_code)]

pub mod page;
pub mod program;
pub mod terminal;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a program may run where a test says nothing else.
pub const LIMIT: Duration = Duration::from_secs(20);
/// The same for programs that are slow when every allocation collects.
pub const STRESSED_LIMIT: Duration = Duration::from_secs(120);

pub fn project_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether this run of the tests asks the programs to collect at every allocation.
pub fn under_gc_stress() -> bool {
    std::env::var("TOY_GC_STRESS").is_ok_and(|value| value == "1")
}

/// The `toy` that this build made, run from the project root, without the settings of whoever runs
/// the tests. `TOY_GC_STRESS` is inherited on purpose.
pub fn toy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy"));
    command.current_dir(project_root()).env_remove("TOY_PATH").env_remove("NO_COLOR");
    command
}

/// How a process ended, as its parent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Code(i32),
    Signal(i32),
}

impl Status {
    /// Reads `3` or `signal 2`.
    pub fn parse(text: &str) -> Result<Status, String> {
        let text = text.trim();
        let (make, digits): (fn(i32) -> Status, &str) = match text.strip_prefix("signal ") {
            Some(digits) => (Status::Signal, digits),
            None => (Status::Code, text),
        };
        digits.parse().map(make).map_err(|_| format!("'{text}' is neither a number nor 'signal N'"))
    }
}

impl From<ExitStatus> for Status {
    fn from(status: ExitStatus) -> Status {
        match status.signal() {
            Some(signal) => Status::Signal(signal),
            None => Status::Code(status.code().unwrap_or(-1)),
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Status::Code(code) => write!(f, "status {code}"),
            Status::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// Everything a process left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub stdout: String,
    pub stderr: String,
    pub status: Status,
}

/// Runs `command` to its end with `input` on its standard input; standard output is captured unless
/// the caller has sent it elsewhere, which `capture_stdout: false` says.
pub fn run(command: Command, input: &[u8], limit: Duration, capture_stdout: bool) -> Result<Ended, String> {
    Running::start(command, input, capture_stdout)?.finish(limit)
}

/// A process under test, with its streams being read so that it can never block on us.
pub struct Running {
    pub child: Child,
    shown: String,
    started: Instant,
    stdout: Option<Reader>,
    stderr: Option<Reader>,
}

/// Whoever runs the tests may have them ignore signals (`nohup` does), and a program keeps that. The programs
/// under test shall hear them.
#[allow(unsafe_code)] // there is no safe way to do it in the child
fn hear_all_signals(command: &mut Command) {
    let restore = || {
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
            // SAFETY: setting a default action has no preconditions.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: `signal` is among what may be called between fork and exec, and nothing else is.
    unsafe { command.pre_exec(restore) };
}

impl Running {
    pub fn start(mut command: Command, input: &[u8], capture_stdout: bool) -> Result<Running, String> {
        let shown = format!("{command:?}");
        command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() }).stderr(Stdio::piped());
        if capture_stdout {
            command.stdout(Stdio::piped());
        }
        hear_all_signals(&mut command);
        let mut child = command.spawn().map_err(|error| format!("cannot start {shown}: {error}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // A program may end before it has read everything; that is no failure of the test.
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let stdout = child.stdout.take().map(Reader::start);
        let stderr = child.stderr.take().map(Reader::start);
        Ok(Running { child, shown, started: Instant::now(), stdout, stderr })
    }

    /// Waits until the process has printed `line` and nothing after it.
    pub fn wait_for_line(&mut self, line: &str) {
        let wanted = format!("{line}\n");
        while !self.stdout.as_ref().is_some_and(|stdout| stdout.so_far().ends_with(&wanted)) {
            let ended = self.child.try_wait().ok().flatten();
            let too_late = self.started.elapsed() > LIMIT;
            if ended.is_some() || too_late {
                drop(self.child.kill());
                let stderr = self.stderr.as_ref().map(Reader::so_far);
                panic!("'{line}' never appeared; ended: {ended:?}; stderr: {}", stderr.unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits for the end, kills the process where it takes longer than `limit`.
    pub fn finish(mut self, limit: Duration) -> Result<Ended, String> {
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if self.started.elapsed() > limit => break None,
                Ok(None) => thread::sleep(Duration::from_millis(2)),
                Err(error) => return Err(format!("cannot wait for {}: {error}", self.shown)),
            }
        };
        if status.is_none() {
            // It may end by itself between the look and the kill; either way it is gone afterwards.
            drop(self.child.kill());
            drop(self.child.wait());
        }
        let stdout = self.stdout.map(Reader::finish).unwrap_or_default();
        let stderr = self.stderr.map(Reader::finish).unwrap_or_default();
        match status {
            Some(status) => Ok(Ended { stdout, stderr, status: status.into() }),
            None => Err(format!(
                "still running after {} s: {}\n--- stdout so far\n{}--- stderr so far\n{}",
                limit.as_secs(),
                self.shown,
                excerpt(&stdout),
                excerpt(&stderr),
            )),
        }
    }
}

/// A thread that takes in what a process prints.
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn start(mut stream: impl Read + Send + 'static) -> Reader {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let thread = thread::spawn(move || {
            let mut chunk = [0; 4096];
            // What was read before an error still helps whoever reads the failure.
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..count]);
            }
        });
        Reader { bytes, thread }
    }

    fn so_far(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn finish(self) -> String {
        let Reader { bytes, thread } = self;
        drop(thread.join());
        let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The head and the tail of what a runaway program printed.
fn excerpt(text: &str) -> String {
    const ENDS: usize = 2_000;
    if text.chars().count() <= 2 * ENDS {
        return text.to_owned();
    }
    let head: String = text.chars().take(ENDS).collect();
    let tail: String = text.chars().skip(text.chars().count() - ENDS).collect();
    format!("{head}\n[…]\n{tail}")
}

/// Appends to `complaints` how `actual` differs from `expected`, line by line; nothing if it does not.
pub fn compare(complaints: &mut String, what: &str, expected: &str, actual: &str) {
    if expected == actual {
        return;
    }
    let actual = &excerpt(actual);
    writeln!(complaints, "--- {what} differs (- expected, + actual)").expect("a String takes everything");
    let diff = similar::TextDiff::from_lines(expected, actual);
    for change in diff.iter_all_changes() {
        let line = change.value().strip_suffix('\n');
        let missing = if line.is_none() { "  (no newline at the end)" } else { "" };
        let line = line.unwrap_or(change.value());
        writeln!(complaints, "{} {line}{missing}", change.tag()).expect("a String takes everything");
    }
}

/// Every `.toy` file below `folder`, sorted; what lies in a folder named `parts` is imported by other
/// files and no program of its own.
pub fn programs_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder).unwrap_or_default() {
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "parts") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "toy") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Gives every command of a session to the shell, as a reader would, and says what a terminal would show:
/// the lines that begin with `$ ` as they are, below each what it printed, and how it ended, if not well.
///
/// `prepare` may change each command and says how long it may take. The output of `toy` alone is asked for with
/// `exec`, so that death by a signal is seen as such, whatever shell it is.
pub fn session(
    text: &str,
    directory: &Path,
    prepare: impl Fn(&mut Command) -> Duration,
) -> Result<String, Box<dyn std::error::Error>> {
    let toy = Path::new(env!("CARGO_BIN_EXE_toy")).parent().ok_or("the built toy lies in no folder")?;
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let places = [toy.to_owned()].into_iter().chain(std::env::split_paths(&inherited));
    let places = std::env::join_paths(places)?;

    let mut shown = String::new();
    for line in text.lines() {
        let Some(typed) = line.strip_prefix("$ ") else { continue };
        let alone = typed.starts_with("toy ") && !typed.contains([';', '|', '&', '\'', '"']);
        let exec = if alone { "exec " } else { "" };
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec 2>&1\n{exec}{typed}")).current_dir(directory);
        command.env("PATH", &places).env_remove("TOY_PATH").env_remove("NO_COLOR");
        let limit = prepare(&mut command);
        let ended = Running::start(command, b"", true)?.finish(limit)?;
        write!(shown, "{line}\n{}", ended.stdout)?;
        if !ended.stdout.is_empty() && !ended.stdout.ends_with('\n') {
            shown += "[no newline]\n";
        }
        if ended.status != Status::Code(0) {
            writeln!(shown, "[{}]", ended.status)?;
        }
    }
    if shown.is_empty() {
        return Err("the session asserts nothing: no line of it begins with '$ '".into());
    }
    Ok(shown)
}

/// Whether sessions shall be written anew, as they go now.
pub fn sessions_are_renewed() -> bool {
    std::env::var_os("RENEW_SESSIONS").is_some()
}

/// A fresh directory that disappears with the value.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("toy-test-{name}-{}-{number}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("the directory for temporary files is writable");
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
