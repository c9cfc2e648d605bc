//! `toy check`: which files, what was found in them, and the last line that counts it.
//!
//! A file that cannot be read is said so on standard error and keeps nobody from checking the others.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toy::host::SystemHost;
use toy::report::{Severity, Style, diagnostics};
use toy::{Config, Interpreter, LoadError, NotLoaded, decode_source};

/// What checking came to.
pub struct Checked {
    /// For standard output.
    pub report: String,
    /// For standard error: what could not be read.
    pub complaints: String,
    /// Nothing was found, and everything could be read.
    pub is_clean: bool,
}

/// Checks files, and the `.toy` files below directories; `-` is what `read_input` reads.
pub fn run(paths: &[PathBuf], style: Style, read_input: fn() -> Result<String, LoadError>) -> Checked {
    let interpreter = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
    let mut check = Check {
        interpreter,
        style,
        seen: BTreeSet::new(),
        report: String::new(),
        complaints: String::new(),
        counts: [0; 2],
    };
    for path in paths {
        if path.as_os_str() == "-" {
            check.text("<stdin>", read_input());
        } else if path.is_dir() {
            check.directory(path);
        } else {
            check.file(path);
        }
    }
    check.finish()
}

struct Check {
    interpreter: Interpreter,
    style: Style,
    /// The files so far, so that none is checked twice.
    seen: BTreeSet<PathBuf>,
    report: String,
    complaints: String,
    /// Errors and warnings.
    counts: [usize; 2],
}

impl Check {
    fn directory(&mut self, path: &Path) {
        let mut files = Vec::new();
        let mut folders = vec![path.to_owned()];
        let mut is_whole = true;
        while let Some(folder) = folders.pop() {
            if let Err(error) = entries(&folder, &mut files, &mut folders) {
                self.complain(&unreadable(&folder, error));
                is_whole = false;
            }
        }
        files.sort();
        if files.is_empty() && is_whole {
            self.complaints += &format!("toy: there are no .toy files in '{}'\n", path.display());
        }
        files.iter().for_each(|file| self.file(file));
    }

    fn file(&mut self, path: &Path) {
        if !self.seen.insert(path.to_owned()) {
            return;
        }
        let name = path.to_string_lossy();
        match fs::read(path) {
            Ok(bytes) => self.text(&name, decode_source(&name, bytes)),
            Err(error) => self.complain(&unreadable(path, error)),
        }
    }

    fn text(&mut self, name: &str, text: Result<String, LoadError>) {
        let text = match text {
            Ok(text) => text,
            Err(error) => return self.complain(&error),
        };
        let findings = self.interpreter.check(&text);
        for finding in &findings {
            self.counts[usize::from(finding.severity == Severity::Warning)] += 1;
        }
        let is_line = matches!(self.style, Style::Short | Style::Json);
        if !findings.is_empty() && !self.report.is_empty() && !is_line {
            self.report.push('\n');
        }
        self.report += &diagnostics(name, &text, &findings, self.style);
    }

    fn complain(&mut self, error: &LoadError) {
        self.complaints += &format!("toy: {error}\n");
    }

    fn finish(mut self) -> Checked {
        let [errors, warnings] = self.counts;
        let is_line = matches!(self.style, Style::Short | Style::Json);
        if !self.report.is_empty() && !is_line {
            let parts = [counted(errors, "error"), counted(warnings, "warning")];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            self.report += &format!("\n{}\n", parts.join(", "));
        }
        let is_clean = errors + warnings == 0 && self.complaints.is_empty();
        Checked { report: self.report, complaints: self.complaints, is_clean }
    }
}

/// Sorts what a directory holds; hidden directories are left out, and links to directories are not followed.
fn entries(folder: &Path, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                folders.push(path);
            }
        } else if path.extension().is_some_and(|extension| extension == "toy") && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: io::Error) -> LoadError {
    LoadError { name: path.to_string_lossy().into_owned(), reason: NotLoaded::Unreadable(error) }
}

fn counted(count: usize, noun: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    }
}
