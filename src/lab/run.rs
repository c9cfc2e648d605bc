//! One run of the program in a process of its own, within a time limit.

use std::fs::{self, DirBuilder};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use toy::shutdown::ExitStatus as Status;
use toy::shutdown::inject::Injection;
use toy::shutdown::journal::{TimedStep, read_json_line};

use crate::cli;
use crate::record::complaint;

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// None if it took too long.
    pub status: Option<Status>,
    pub steps: Vec<TimedStep>,
    pub stdout: String,
    pub stderr: String,
}

/// What all runs have in common, and a directory for their records.
pub struct Bench<'a> {
    lab: &'a cli::Lab,
    executable: PathBuf,
    directory: PathBuf,
}

/// No more is kept of what a run prints.
const MOST_OUTPUT: usize = 1 << 20;
/// How long others may go on writing to a stream when the program has ended: what it has started may outlive it.
const GRACE: Duration = Duration::from_millis(200);

impl Bench<'_> {
    pub fn new(lab: &cli::Lab) -> Result<Bench<'_>, String> {
        fs::File::open(&lab.file).map_err(|error| {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text).to_string();
            let errno = error.raw_os_error().unwrap_or_default();
            format!("toy: can't open file '{}': [Errno {errno}] {text}\n", lab.file.display())
        })?;
        let executable =
            std::env::current_exe().map_err(|error| format!("toy: can't find the executable: {error}\n"))?;
        let directory = std::env::temp_dir().join(format!("toy-exit-lab-{}", std::process::id()));
        // For this user alone: others must not have put anything there.
        DirBuilder::new().mode(0o700).create(&directory).map_err(|error| complaint(&directory, &error))?;
        Ok(Bench { lab, executable, directory })
    }

    /// Runs the program with these injections.
    pub fn run(&self, injections: &[Injection]) -> Result<Ended, String> {
        let record = self.directory.join("steps");
        let _ = fs::remove_file(&record);
        let mut command = Command::new(&self.executable);
        let mut form = std::ffi::OsString::from("--trace-exit=json=");
        form.push(&record);
        command.arg(form);
        command.args(injections.iter().map(|injection| format!("--inject={injection}")));
        command.arg("--").arg(&self.lab.file).args(&self.lab.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("toy: can't start the program: {error}\n"))?;
        let stdout = child.stdout.take().map(Reader::start);
        let stderr = child.stderr.take().map(Reader::start);
        let status = wait(&mut child, self.lab.limit);
        let steps = fs::read_to_string(&record).unwrap_or_default();
        Ok(Ended {
            status: status.map(status_of),
            steps: steps.lines().filter_map(read_json_line).collect(),
            stdout: stdout.map(Reader::finish).unwrap_or_default(),
            stderr: stderr.map(Reader::finish).unwrap_or_default(),
        })
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Waits for the end; a process that takes longer is killed.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => thread::sleep(pause),
            Err(_) => break,
        }
        pause = (pause * 3 / 2).min(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn status_of(status: ExitStatus) -> Status {
    match (status.code(), status.signal()) {
        (Some(code), _) => Status::Code(code as u8),
        (None, signal) => Status::Signal(signal.unwrap_or_default()),
    }
}

/// A thread that takes in what a process prints, so that it never comes to wait for a reader.
struct Reader {
    kept: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn start(mut stream: impl Read + Send + 'static) -> Reader {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&kept);
        let thread = thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                let mut kept = sink.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MOST_OUTPUT.saturating_sub(kept.len());
                kept.extend_from_slice(&chunk[..count.min(room)]);
            }
        });
        Reader { kept, thread }
    }

    fn finish(self) -> String {
        let started = Instant::now();
        while !self.thread.is_finished() && started.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(1));
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}
