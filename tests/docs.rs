//! What `README.md` and the pages under `docs` show is true: every program with its output beside it is run,
//! and so is every command.
//!
//! * A block ```` ```toy ```` with a block ```` ```text ```` right behind it is a program and what a terminal shows
//!   of its run, both streams in the order of their writing. After `toy` may stand the name of its file; without
//!   one it is `example.toy`. A named program without output is a file that the others of the page may import.
//! * A block ```` ```sh ```` whose first line starts with `cargo run` is given to the shell, which finds the built
//!   `toy` in the place of `cargo run … --`. A block ```` ```text ```` right behind it is its output.
//! * After `text` may stand how the run ends: `exit 1` or `signal 2`; otherwise with 0.
//!
//! Each runs in a directory of its own, where `examples` is to be found. All else is for reading only.

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{LIMIT, STRESSED_LIMIT, Scratch, Status};

/// In the shell, `cargo run … -- args` is `toy args`.
const CARGO: &str = "cargo() { while [ \"$1\" != -- ]; do shift; done; shift; \"$TOY\" \"$@\"; }\n";

fn main() {
    let arguments = Arguments::from_args();
    let trials = pages().into_iter().flat_map(|page| trials(&page)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn pages() -> Vec<PathBuf> {
    let root = support::project_root();
    let mut pages = vec![root.join("README.md")];
    let docs = fs::read_dir(root.join("docs")).into_iter().flatten().flatten().map(|entry| entry.path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    pages.sort();
    pages
}

/// A fenced block of a page.
#[derive(Clone, Debug)]
struct Block {
    /// Where its fence stands, from 1.
    line: usize,
    /// Where it ends.
    end: usize,
    language: String,
    /// What stands behind the language.
    rest: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (i, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(block), Some("")) => {
                block.end = i + 1;
                blocks.extend(open.take());
            }
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let (language, rest) = info.trim().split_once(' ').unwrap_or((info.trim(), ""));
                let (language, rest) = (language.to_owned(), rest.to_owned());
                open = Some(Block { line: i + 1, end: i + 1, language, rest, text: String::new() });
            }
            (None, None) => {}
        }
    }
    blocks
}

fn trials(path: &Path) -> Vec<Trial> {
    let page = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = page.lines().collect();
    let blocks = blocks(&page);
    let output_of = |i: usize| {
        let next: &Block = blocks.get(i + 1)?;
        let between = lines.get(blocks[i].end..next.line - 1)?;
        (next.language == "text" && between.iter().all(|line| line.is_empty())).then(|| next.clone())
    };
    let files: Vec<(String, String)> = (0..blocks.len())
        .filter(|i| blocks[*i].language == "toy" && output_of(*i).is_none() && !blocks[*i].rest.is_empty())
        .map(|i| (blocks[i].rest.clone(), blocks[i].text.clone()))
        .collect();
    let shown = path.strip_prefix(support::project_root()).unwrap_or(path).display().to_string();
    let mut trials = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let output = output_of(i);
        let mut files = files.clone();
        let script = match (block.language.as_str(), &output) {
            ("toy", Some(_)) => {
                let name = if block.rest.is_empty() { "example.toy" } else { &block.rest };
                files.push((name.to_owned(), block.text.clone()));
                format!("exec \"$TOY\" {name} 2>&1\n")
            }
            ("sh", _) if block.text.starts_with("cargo run") => {
                format!("exec 2>&1\n{CARGO}{}", block.text)
            }
            _ => continue,
        };
        let name = format!("{shown}:{}", block.line);
        let run = Run { name: name.replace('/', "-"), files, script, output };
        trials.push(Trial::test(name, move || run.check()));
    }
    trials
}

/// Something that a page shows.
struct Run {
    name: String,
    files: Vec<(String, String)>,
    script: String,
    output: Option<Block>,
}

impl Run {
    fn check(&self) -> Result<(), Failed> {
        let scratch = Scratch::new(&self.name);
        symlink(support::project_root().join("examples"), scratch.path().join("examples"))?;
        for (name, text) in &self.files {
            fs::write(scratch.path().join(name), text)?;
        }
        let mut command = Command::new("sh");
        command.args(["-c", &self.script]).current_dir(scratch.path());
        command.env("TOY", env!("CARGO_BIN_EXE_toy")).env_remove("TOY_PATH").env_remove("NO_COLOR");
        let limit = if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT };
        let ended = support::run(command, b"", limit, true)?;

        let mut complaints = String::new();
        let mut expected = Status::Code(0);
        if let Some(block) = &self.output {
            support::compare(&mut complaints, "what is shown", &block.text, &ended.stdout);
            expected = match block.rest.strip_prefix("exit ").unwrap_or(&block.rest) {
                "" => expected,
                status => Status::parse(status)?,
            };
        }
        if ended.status != expected {
            complaints += &format!("--- ended with {}, expected {expected}\n{}", ended.status, ended.stdout);
        }
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(format!("{complaints}--- run\n{}", self.script).into())
        }
    }
}
