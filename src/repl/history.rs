//! The history of the prompt: a file with an entry on each line.
//!
//! What is hard: nothing may be lost, whatever ends a session, and two may run at once. So each entry is appended when it is
//! accepted, as one write under a lock; and when the file has become too long, a shorter one takes its place in one
//! step, under the same lock. Whoever waited for the lock meanwhile sees that the file is another one, and begins again.
//! An exit handler, the first that is registered and so the last that runs, writes what could not be written before.
//! A line is an entry with `\n` for a newline and `\\` for a backslash, as rustyline writes it.

use std::cell::RefCell;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use toy::Interpreter;
use toy::heap::Tracer;
use toy::shutdown::{When, register, say};
use toy::value::{NativeDef, Value};
use toy::vm::{Args, NativeResult, StdlibState, Vm};

/// How many entries are kept.
pub const MOST_ENTRIES: usize = 10_000;
/// With so many more the file is made shorter.
const SLACK: usize = 1_000;
/// Of a longer file only the end is read.
const MOST_BYTES: u64 = 16 << 20;
/// How long another session may have the file to itself.
const PATIENCE: Duration = Duration::from_millis(500);

const HEADER: &str = "#V2\n";

/// What the handler is called in lists and messages.
pub const HANDLER_NAME: &str = "<repl history>";

static SAVE: NativeDef =
    NativeDef::new("<repl history>()", "Writes what the history file has not got yet.", save);

/// The history of one session.
#[derive(Debug, Default)]
pub struct History {
    /// None: there is no file.
    path: Option<PathBuf>,
    /// Entries that could not be written yet.
    waiting: Vec<String>,
    /// Somebody has been told that the file does not do.
    warned: bool,
}

impl History {
    /// No file at all.
    pub fn off() -> History {
        History::default()
    }

    /// `TOY_HISTORY`, or a file in the directory for state.
    pub fn of_user() -> History {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let path = match variable("TOY_HISTORY") {
            Some(path) => Some(path).filter(|path| !path.as_os_str().is_empty()),
            None => variable("XDG_STATE_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| {
                    let home = variable("HOME").filter(|home| home.is_absolute())?;
                    Some(home.join(".local/state"))
                })
                .map(|state| state.join("toy/history")),
        };
        // The program may go to another directory.
        let path = path.map(|path| std::path::absolute(&path).unwrap_or(path));
        History { path, ..History::default() }
    }

    /// The entries of earlier sessions, the oldest first, and a warning where they could not be read.
    pub fn load(&mut self) -> (Vec<String>, Option<String>) {
        let Some(path) = self.path.clone() else { return (Vec::new(), None) };
        match read(&path) {
            Ok((mut entries, broken)) => {
                let surplus = entries.len().saturating_sub(MOST_ENTRIES);
                entries.drain(..surplus);
                let what = match broken {
                    1 => "1 entry is no text and left out".to_string(),
                    _ => format!("{broken} entries are no text and left out"),
                };
                let warning = if broken == 0 { None } else { self.warn(&path, &what) };
                (entries, warning)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), None),
            Err(error) => {
                let warning = self.warn(&path, &words(&error));
                (Vec::new(), warning)
            }
        }
    }

    /// Adds an entry to the file. A warning if that failed for the first time; it is tried again with the next.
    pub fn append(&mut self, entry: &str) -> Option<String> {
        let path = self.path.clone()?;
        self.waiting.push(entry.to_string());
        self.write_waiting(&path)
    }

    /// Writes what waits, and makes the file shorter if it has become too long.
    fn finish(&mut self) -> Option<String> {
        let path = self.path.clone()?;
        let warning = self.write_waiting(&path);
        // Where this fails, the next session tries again.
        let _ = shorten(&path);
        warning
    }

    fn write_waiting(&mut self, path: &Path) -> Option<String> {
        if self.waiting.is_empty() {
            return None;
        }
        match append(path, &self.waiting) {
            Ok(()) => {
                self.waiting.clear();
                None
            }
            Err(error) => self.warn(path, &words(&error)),
        }
    }

    fn warn(&mut self, path: &Path, what: &str) -> Option<String> {
        if std::mem::replace(&mut self.warned, true) {
            return None;
        }
        Some(format!("toy: warning: history file '{}': {what}\n", path.display()))
    }
}

/// Registers the handler that writes what the file has not got, before anything else is registered.
pub fn save_at_exit(interpreter: &mut Interpreter, history: &Rc<RefCell<History>>) {
    if history.borrow().path.is_none() {
        return;
    }
    let vm = interpreter.vm();
    vm.state::<Saved>().0.replace(Some(history.clone()));
    let function = vm.native(&SAVE);
    // It cannot fail but for want of memory, and then it is the entries that are written at once that count.
    let _ = register(vm, When::Exit, function, &[], Value::UNDEF);
}

/// The history that an interpreter saves.
#[derive(Default)]
struct Saved(RefCell<Option<Rc<RefCell<History>>>>);

impl StdlibState for Saved {
    fn trace(&self, _: &mut Tracer) {}
}

fn save(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let history = vm.state::<Saved>().0.borrow().clone();
    let warning = history.and_then(|history| history.try_borrow_mut().ok()?.finish());
    if let Some(warning) = warning {
        say(vm, &warning);
    }
    Ok(Value::NIL)
}

/// `Permission denied`, without the number that Rust appends.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

/// The entries of a file, and how many lines are no text.
fn read(path: &Path) -> io::Result<(Vec<String>, usize)> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let len = file.metadata()?.len();
    let mut bytes = Vec::new();
    let tail = len.saturating_sub(MOST_BYTES);
    file.seek(SeekFrom::Start(tail))?;
    file.read_to_end(&mut bytes)?;
    let bytes = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if tail > 0 => &bytes[end + 1..],
        _ => &bytes[..],
    };
    let bytes = bytes.strip_prefix(HEADER.as_bytes()).unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut entries, mut broken) = (Vec::new(), 0);
    for line in lines {
        match std::str::from_utf8(line) {
            Ok(line) if !line.contains('\0') => entries.push(unescaped(line)),
            _ => broken += 1,
        }
    }
    Ok((entries, broken))
}

fn append(path: &Path, entries: &[String]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut file = locked(path)?;
    let mut text = String::new();
    if file.metadata()?.len() == 0 {
        text += HEADER;
    } else if !ends_line(&mut file)? {
        // Somebody was killed while writing.
        text.push('\n');
    }
    for entry in entries {
        text += &escaped(entry);
        text.push('\n');
    }
    file.write_all(text.as_bytes())
}

fn ends_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The file, open for appending, with nobody else at it.
fn locked(path: &Path) -> io::Result<File> {
    let begun = Instant::now();
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a file"));
        }
        match file.try_lock() {
            Ok(()) => {
                let now = std::fs::metadata(path)?;
                if (now.dev(), now.ino()) == (metadata.dev(), metadata.ino()) {
                    return Ok(file);
                }
            }
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another session holds it")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Lets the last entries alone stand in the file, once it is too long.
fn shorten(path: &Path) -> io::Result<()> {
    if read(path)?.0.len() <= MOST_ENTRIES + SLACK {
        return Ok(());
    }
    let _lock = locked(path)?;
    let (entries, _) = read(path)?;
    let kept = entries.len().saturating_sub(MOST_ENTRIES);
    let mut text = HEADER.to_string();
    for entry in &entries[kept..] {
        text += &escaped(entry);
        text.push('\n');
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let new = PathBuf::from(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&new, path)).inspect_err(|_| {
        // What is left of the attempt is of no use.
        let _ = std::fs::remove_file(&new);
    })
}

fn escaped(entry: &str) -> String {
    entry.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescaped(line: &str) -> String {
    if !line.contains('\\') {
        return line.to_string();
    }
    let mut entry = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('n')) => entry.push('\n'),
            ('\\', Some('\\')) => entry.push('\\'),
            _ => {
                entry.push(c);
                continue;
            }
        }
        chars.next();
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("toy-history-{}-{name}", std::process::id()));
        // It may be there from an earlier run.
        let _ = std::fs::remove_file(&path);
        path
    }

    #[test]
    fn entries_come_back_as_they_were() {
        let path = file("back");
        let mut history = History { path: Some(path.clone()), ..History::default() };
        for entry in ["let x = 1", "fn f() {\n    '\\n\\\\'\n}", "'é'"] {
            assert_eq!(history.append(entry), None);
        }
        let (entries, warning) = history.load();
        assert_eq!(entries, ["let x = 1", "fn f() {\n    '\\n\\\\'\n}", "'é'"]);
        assert_eq!(warning, None);
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn a_line_that_was_cut_off_does_not_spoil_the_next() {
        let path = file("cut");
        std::fs::write(&path, "#V2\nab").expect("a file in the temporary directory");
        let mut history = History { path: Some(path.clone()), ..History::default() };
        assert_eq!(history.append("cd"), None);
        assert_eq!(history.load().0, ["ab", "cd"]);
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn a_long_file_is_made_shorter() {
        let path = file("long");
        let lines: String = (0..MOST_ENTRIES + SLACK + 5).map(|i| format!("{i}\n")).collect();
        std::fs::write(&path, lines).expect("a file in the temporary directory");
        let mut history = History { path: Some(path.clone()), ..History::default() };
        assert_eq!(history.load().0.len(), MOST_ENTRIES);
        assert_eq!(history.finish(), None);
        let (entries, _) = read(&path).expect("the file");
        assert_eq!(entries.len(), MOST_ENTRIES);
        assert_eq!(entries.last().map(String::as_str), Some("11004"));
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn what_cannot_be_written_is_said_once() {
        let mut history = History { path: Some(std::env::temp_dir()), ..History::default() };
        let (entries, warning) = history.load();
        assert!(entries.is_empty());
        assert!(warning.is_some_and(|warning| warning.contains("not a file")));
        assert_eq!(history.append("x"), None);
        assert_eq!(history.finish(), None);
    }
}
