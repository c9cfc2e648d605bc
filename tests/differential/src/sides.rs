//! The two sides: a program run by Toy in this process, and by a Python process that runs one after the other.

use std::cell::RefCell;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use toy::host::{Host, Signal, Stream};
use toy::shutdown::Ending;
use toy::{Config, Interpreter};

use crate::differences;

/// What a program came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub output: String,
    pub end: End,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Normal,
    /// By an exception: its class, and its message.
    Raised(String, String),
    /// It ran too long.
    TooLong,
}

impl End {
    /// Whether it was an exception of this class.
    pub fn is(&self, class: &str) -> bool {
        matches!(self, End::Raised(name, _) if name == class)
    }
}

/// Loop turns and calls that a program may take in Toy.
const STEPS: u64 = 5_000_000;

/// How long it may take: as long as Python's side.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much it may keep, and how much it may print.
const MEMORY: usize = 256 << 20;
const OUTPUT: usize = 4 << 20;

/// Runs a program in Toy.
pub fn run_toy(source: &str) -> Ended {
    let output = Rc::new(RefCell::new(Vec::new()));
    let host = Recorder { output: output.clone(), started: Instant::now(), interrupted: false };
    let run = || {
        let stress = env::var_os("TOY_GC_STRESS").is_some_and(|value| value == "1");
        let config = Config::new(Box::new(host)).step_budget(STEPS).memory_limit(MEMORY).stress(stress);
        let mut interpreter = Interpreter::new(config);
        let ending = interpreter.run_source("program.toy", source);
        let end = match ending {
            Ending::Normal => End::Normal,
            Ending::Exit(code) => End::Raised("SystemExit".to_string(), code.to_string()),
            Ending::Interrupt => End::TooLong,
            _ => exception(&mut interpreter),
        };
        interpreter.finish();
        end
    };
    // A panic is a difference like any other.
    let end = catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| End::Raised("panic".to_string(), "the interpreter panicked".to_string()));
    let output = output.borrow();
    let end = if output.len() > OUTPUT { End::TooLong } else { end };
    Ended { output: String::from_utf8_lossy(&output).into_owned(), end }
}

/// The exception that ended the program, which the interpreter keeps as its first root.
fn exception(interpreter: &mut Interpreter) -> End {
    let vm = interpreter.vm();
    match vm.roots.first().copied() {
        Some(exception) if !exception.is_nil() => {
            let class = vm.type_name(exception);
            let message = vm.str(exception).unwrap_or_else(|_| "<exception str() failed>".to_string());
            End::Raised(class, message)
        }
        _ => End::TooLong,
    }
}

/// A world in which there is only output.
#[derive(Debug)]
struct Recorder {
    output: Rc<RefCell<Vec<u8>>>,
    started: Instant,
    interrupted: bool,
}

impl Host for Recorder {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        let mut output = self.output.borrow_mut();
        if stream == Stream::Out && output.len() <= OUTPUT {
            output.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn is_terminal(&self, _: Stream) -> bool {
        false
    }

    /// Whoever has run too long or said too much hears Ctrl-C, once.
    fn take_signal(&mut self) -> Option<Signal> {
        let over = self.started.elapsed() > PATIENCE || self.output.borrow().len() > OUTPUT;
        (over && !std::mem::replace(&mut self.interrupted, true)).then_some(Signal::Interrupt)
    }

    fn now(&mut self) -> Duration {
        Duration::ZERO
    }

    fn monotonic(&mut self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&mut self, _: Duration) {}

    fn read_file(&mut self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A Python process that takes programs.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    /// Whether it is the version whose messages Toy has.
    pub is_oracle: bool,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// The Python to compare with: `$TOY_PYTHON`, else `python3.13`, else a `python3` that is new enough.
    pub fn find() -> Option<Python> {
        let named = env::var_os("TOY_PYTHON").map(PathBuf::from);
        let candidates = match named {
            Some(path) => vec![path],
            None => vec![PathBuf::from("python3.13"), PathBuf::from("python3")],
        };
        candidates.into_iter().find_map(|program| {
            let script = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
            let answer = Command::new(&program).args(["-I", "-c", script]).output().ok()?;
            let text = String::from_utf8(answer.stdout).ok()?;
            let ["cpython", "3", minor] = text.split_whitespace().collect::<Vec<_>>()[..] else {
                return None;
            };
            let minor: u32 = minor.parse().ok()?;
            // Sums of floats, `itertools.batched` and `re.PatternError` came with 3.12 and 3.13.
            (minor >= 13).then_some(Python { program, is_oracle: minor == 13, process: None })
        })
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Hands a program over. The answer must be fetched before the next one.
    pub fn send(&mut self, source: &str) -> io::Result<()> {
        if self.process.is_none() {
            self.process = Some(self.start()?);
        }
        let Some(process) = &mut self.process else { return Ok(()) };
        writeln!(process.requests, "{}", source.len())?;
        process.requests.write_all(source.as_bytes())?;
        process.requests.flush()
    }

    /// What the program came to that was handed over.
    pub fn receive(&mut self) -> io::Result<Ended> {
        let Some(process) = &mut self.process else { return Err(io::ErrorKind::NotConnected.into()) };
        let answer = process.receive();
        if answer.is_err() {
            // The next program gets a new process.
            if let Some(mut process) = self.process.take() {
                let _ = process.child.kill();
                let _ = process.child.wait();
            }
        }
        answer
    }

    /// Both steps.
    pub fn run(&mut self, source: &str) -> io::Result<Ended> {
        self.send(source)?;
        self.receive()
    }

    fn start(&self) -> io::Result<Process> {
        let script = format!(
            "_t_rows = {}\n{}\n{}",
            differences::as_python(),
            include_str!("prelude.py"),
            include_str!("worker.py")
        );
        let mut child = Command::new(&self.program)
            .args(["-I", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Process { child, requests, answers: BufReader::new(answers) })
    }
}

impl Process {
    fn receive(&mut self) -> io::Result<Ended> {
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let sizes: Vec<usize> = head.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let [output, end] = sizes[..] else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let (output, end) = (self.text(output)?, self.text(end)?);
        let end = match end.split_once(": ") {
            _ if end.is_empty() => End::Normal,
            _ if end == "timeout" => End::TooLong,
            Some((class, message)) => End::Raised(class.to_string(), message.to_string()),
            None => End::Raised(end, String::new()),
        };
        Ok(Ended { output, end })
    }

    fn text(&mut self, size: usize) -> io::Result<String> {
        let mut bytes = vec![0; size];
        self.answers.read_exact(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        if let Some(Process { mut child, requests, .. }) = self.process.take() {
            // The end of its input ends it.
            drop(requests);
            let _ = child.wait();
        }
    }
}
