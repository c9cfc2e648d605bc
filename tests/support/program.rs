//! Programs whose end the world outside takes part in: started, sent signals, given streams that fail.

use std::fs::{self, File};
use std::io;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Ended, LIMIT, Running, Scratch, Status};

/// A program in a directory of its own, known as `m.toy` to its tracebacks.
pub struct Program {
    pub scratch: Scratch,
}

impl Program {
    pub fn new(source: &str) -> Program {
        let scratch = Scratch::new("ending");
        fs::write(scratch.path().join("m.toy"), source).expect("the scratch directory is writable");
        Program { scratch }
    }

    pub fn command(&self) -> Command {
        let mut command = super::toy();
        command.current_dir(self.scratch.path()).arg("m.toy");
        command
    }

    pub fn start(&self) -> Running {
        Running::start(self.command(), b"", true).expect("toy starts")
    }

    /// Runs with standard output going to `stdout`.
    pub fn run_into(&self, stdout: impl Into<Stdio>) -> Ended {
        let mut command = self.command();
        command.stdout(stdout);
        super::run(command, b"", LIMIT, false).expect("toy ends")
    }

    /// Runs through the shell, which can close streams: `redirections` is such as `>&-`.
    pub fn run_redirected(&self, redirections: &str) -> Ended {
        let mut command = Command::new("sh");
        command.current_dir(self.scratch.path()).args([
            "-c",
            &format!("exec \"$0\" m.toy {redirections}"),
            env!("CARGO_BIN_EXE_toy"),
        ]);
        super::run(command, b"", LIMIT, true).expect("toy ends")
    }
}

/// Runs `source`, sends each signal when the program has printed the line beside it, and waits for the end.
pub fn signalled(source: &str, signals: &[(&str, Signal)]) -> Ended {
    let program = Program::new(source);
    let mut running = program.start();
    for (line, signal) in signals {
        running.wait_for_line(line);
        kill_process(Pid::from_child(&running.child), *signal).expect("the program is still there");
    }
    running.finish(LIMIT).expect("toy ends")
}

pub fn full_disk() -> File {
    File::options().write(true).open("/dev/full").expect("/dev/full can be opened")
}

/// The writing end of a pipe that nobody reads any more.
pub fn reader_gone() -> io::PipeWriter {
    let (reader, writer) = io::pipe().expect("a pipe can be made");
    drop(reader);
    writer
}

#[track_caller]
pub fn check(ended: &Ended, stdout: &str, stderr: &str, status: Status) {
    let mut complaints = String::new();
    super::compare(&mut complaints, "stdout", stdout, &ended.stdout);
    super::compare(&mut complaints, "stderr", stderr, &ended.stderr);
    assert!(complaints.is_empty(), "{complaints}");
    assert_eq!(ended.status, status, "stderr: {}", ended.stderr);
}
