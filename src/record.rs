//! Recording how a program ended in a file: as lines of JSON, or as a page with a timeline.
//!
//! The file is opened before the program starts: one that cannot be written is a bad command line then, and not a surprise
//! when the program has done its work; and it is where it was meant to be though the program changes its directory.
//! A failure at the end is said, and changes no status: that one belongs to the program.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toy::shutdown::ExitReport;
use toy::shutdown::journal::json_line;
use toy::timeline::{Story, page};

use crate::cli;

/// A file that waits for the end.
pub struct Record {
    form: cli::Record,
    path: PathBuf,
    file: File,
    /// The program's name.
    title: String,
    /// The process that writes it: a child that the program forks does not.
    process: u32,
}

impl Record {
    /// Opens the file; the error is what to say.
    pub fn open(form: cli::Record, path: &Path, title: &str) -> Result<Record, String> {
        let file = File::create(path).map_err(|error| complaint(path, &error))?;
        Ok(Record { form, path: path.into(), file, title: title.into(), process: std::process::id() })
    }

    /// Writes the file; the error is what to say.
    pub fn write(mut self, report: &ExitReport) -> Result<(), String> {
        if self.process != std::process::id() {
            return Ok(());
        }
        let text = match self.form {
            cli::Record::Json => report.steps.iter().map(json_line).collect(),
            cli::Record::Html => page(&Story {
                title: &self.title,
                steps: &report.steps,
                errors: &report.errors,
                status: report.status,
            }),
        };
        self.file.write_all(text.as_bytes()).map_err(|error| complaint(&self.path, &error))
    }
}

/// `toy: can't write 'x.html': [Errno 13] Permission denied`.
pub fn complaint(path: &Path, error: &io::Error) -> String {
    let text = error.to_string();
    // Without the "(os error 13)" that Rust appends.
    let text = text.split(" (os error").next().unwrap_or(&text);
    match error.raw_os_error() {
        Some(errno) => format!("toy: can't write '{}': [Errno {errno}] {text}\n", path.display()),
        None => format!("toy: can't write '{}': {text}\n", path.display()),
    }
}
