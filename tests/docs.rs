//! What `README.md` and the pages under `docs` show is true: every program with its output beside it is run,
//! and so is every command. That the pages of the library say what the declarations say is tested in `docs/library.rs`.
//!
//! * A block ```` ```toy ```` with a block ```` ```text ```` right behind it is a program and what a terminal shows
//!   of its run, both streams in the order of their writing. After `toy` may stand the name of its file; without
//!   one it is `example.toy`. A named program without output is a file that the others of the page may import.
//! * A block ```` ```sh ```` whose first line starts with `cargo run` is given to the shell, which finds the built
//!   `toy` in the place of `cargo run … --`. A block ```` ```text ```` right behind it is its output.
//! * After `text` may stand how the run ends: `exit 1` or `signal 2`; otherwise with 0.
//! * A block ```` ```console ```` is a session at a terminal, in the notation of `examples/README.md`: commands behind
//!   `$ `, below each what appears then. The named programs of the page that have no output beside them are there.
//!   `RENEW_SESSIONS=1` in front of `cargo test --test docs` writes down what happens now.
//!
//! Each runs in a directory of its own, where `examples` and `docs` are to be found. All else is for reading only.
//!
//! Tables are compared with what they are about: the exit statuses of `docs/exit-status.md` with the programs that
//! show them, and the rooms of `src/README.md`, where "uses" must name what the source uses. Files that any page names
//! must exist, and the lessons of `docs/shutdown` must be whole.

#[path = "docs/combinations.rs"]
mod combinations;
#[path = "docs/errors.rs"]
mod errors;
#[path = "docs/library.rs"]
mod library;
mod support;

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{LIMIT, STRESSED_LIMIT, Scratch, Status};

/// In the shell, `cargo run … -- args` is `toy args`.
const CARGO: &str = "cargo() { while [ \"$1\" != -- ]; do shift; done; shift; \"$TOY\" \"$@\"; }\n";

fn main() {
    let arguments = Arguments::from_args();
    if support::sessions_are_renewed() {
        for page in pages() {
            renew_sessions(&page).expect("sessions can be played");
        }
    }
    let mut trials = library::trials();
    trials.extend(
        pages().into_iter().filter(|page| !errors::is_gallery(page)).flat_map(|page| trials_of(&page)),
    );
    trials.extend(combinations::trials());
    trials.extend(errors::trials());
    trials.push(Trial::test("docs/exit-status.md: the table", check_statuses));
    trials.push(Trial::test("docs/shutdown: the lessons", check_lessons));
    trials.push(Trial::test("src/README.md: the rooms", check_rooms));
    trials.push(Trial::test("all pages: files that are named exist", check_links));
    libtest_mimic::run(&arguments, trials).exit();
}

fn pages() -> Vec<PathBuf> {
    let root = support::project_root();
    let mut pages = vec![root.join("README.md")];
    for directory in ["docs", "docs/library", "docs/shutdown"] {
        let found = fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
        pages.extend(
            found.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
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

/// Names and texts of files.
type Files = Vec<(String, String)>;

/// A page that shows something.
struct Page {
    lines: Vec<String>,
    blocks: Vec<Block>,
}

impl Page {
    fn read(path: &Path) -> Page {
        let text = fs::read_to_string(path).unwrap_or_default();
        Page { lines: text.lines().map(str::to_owned).collect(), blocks: blocks(&text) }
    }

    /// The output that stands behind a block.
    fn output_of(&self, i: usize) -> Option<&Block> {
        let next = self.blocks.get(i + 1)?;
        let between = self.lines.get(self.blocks[i].end..next.line - 1)?;
        (next.language == "text" && between.iter().all(String::is_empty)).then_some(next)
    }

    /// The named programs without output.
    fn files(&self) -> Files {
        let named = |i: &usize| self.blocks[*i].language == "toy" && !self.blocks[*i].rest.is_empty();
        (0..self.blocks.len())
            .filter(|i| named(i) && self.output_of(*i).is_none())
            .map(|i| (self.blocks[i].rest.clone(), self.blocks[i].text.clone()))
            .collect()
    }
}

/// A fresh directory with these files.
fn directory_with(name: &str, files: &Files) -> io::Result<Scratch> {
    let scratch = Scratch::new(name);
    for folder in ["docs", "examples"] {
        symlink(support::project_root().join(folder), scratch.path().join(folder))?;
    }
    for (name, text) in files {
        fs::write(scratch.path().join(name), text)?;
    }
    Ok(scratch)
}

fn play(session: &str, files: &Files) -> Result<String, Failed> {
    let scratch = directory_with("session", files)?;
    let limit = if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT };
    Ok(support::session(session, scratch.path(), |_| limit)?)
}

fn check_session(expected: &str, files: &Files) -> Result<(), Failed> {
    let mut complaints = String::new();
    support::compare(&mut complaints, "the session", expected, &play(expected, files)?);
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// Writes the sessions of a page as they go now.
fn renew_sessions(path: &Path) -> Result<(), Failed> {
    let mut page = Page::read(path);
    let files = page.files();
    for block in page.blocks.iter().rev().filter(|block| block.language == "console") {
        let shown = play(&block.text, &files)?;
        page.lines.splice(block.line..block.end - 1, shown.lines().map(str::to_owned));
    }
    if page.blocks.iter().any(|block| block.language == "console") {
        fs::write(path, page.lines.join("\n") + "\n")?;
    }
    Ok(())
}

fn trials_of(path: &Path) -> Vec<Trial> {
    let page = Page::read(path);
    let files = page.files();
    let shown = path.strip_prefix(support::project_root()).unwrap_or(path).display().to_string();
    let mut trials = Vec::new();
    for (i, block) in page.blocks.iter().enumerate() {
        let output = page.output_of(i).cloned();
        let mut files = files.clone();
        let name = format!("{shown}:{}", block.line);
        if block.language == "console" {
            let expected = block.text.clone();
            trials.push(Trial::test(name, move || check_session(&expected, &files)));
            continue;
        }
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
        let run = Run { name: name.replace('/', "-"), files, script, output };
        trials.push(Trial::test(name, move || run.check()));
    }
    trials
}

/// Something that a page shows.
struct Run {
    name: String,
    files: Files,
    script: String,
    output: Option<Block>,
}

impl Run {
    fn check(&self) -> Result<(), Failed> {
        let scratch = directory_with(&self.name, &self.files)?;
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

/// The rows of the first table below a heading, each as its cells.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let lines = page.lines().skip_while(|line| *line != heading).skip(1);
    let table = lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let line = line.replace("\\|", "/");
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    table.skip(2).map(cells).collect()
}

/// Each row of the statuses names a program, and beside that program stands the status that the row is about.
fn check_statuses() -> Result<(), Failed> {
    let root = support::project_root();
    let rows = table(&fs::read_to_string(root.join("docs/exit-status.md"))?, "## The table");
    if rows.is_empty() {
        return Err("there is no table".into());
    }
    for row in rows {
        let [status, _, program] = row.as_slice() else {
            return Err(format!("not three cells: {row:?}").into());
        };
        let target = program.split_once("](../").and_then(|(_, rest)| rest.strip_suffix(')'));
        let target = target.ok_or_else(|| format!("names no program: {row:?}"))?;
        let beside = fs::read_to_string(root.join(target).with_extension("status")).unwrap_or("0".into());
        let beside = beside.trim();
        let fits = if status == "n" { !["0", "1"].contains(&beside) } else { status == beside };
        if !root.join(target).is_file() || !fits {
            return Err(format!("{target} ends with {beside}, the table says {status}").into());
        }
    }
    Ok(())
}

/// Every lesson is in the list of lessons, under its own title; it shows something that is run, asks, and answers.
fn check_lessons() -> Result<(), Failed> {
    let folder = support::project_root().join("docs/shutdown");
    let list = fs::read_to_string(folder.join("README.md"))?;
    let mut complaints = String::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() || name == "README.md" {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        if !list.contains(&format!("[{title}]({name})")) {
            complaints += &format!("{name} is not in the list as '{title}'\n");
        }
        let (lesson, answer) = text.split_once("\n## Question\n").unwrap_or((&text, ""));
        let runs = |text: &str| text.contains("\n```console\n") || text.contains("\n```rust\n");
        if !runs(lesson) || !answer.contains("<details>") || !runs(answer) {
            complaints += &format!("{name} shows nothing, asks nothing, or proves no answer\n");
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// Every file and folder of `src` is in the table of rooms, with what it uses; nobody uses more, or less.
fn check_rooms() -> Result<(), Failed> {
    let source = support::project_root().join("src");
    let mut complaints = String::new();
    let mut named = Vec::new();
    for row in table(&fs::read_to_string(source.join("README.md"))?, "## The rooms") {
        let [rooms, _, uses, _] = row.as_slice() else {
            return Err(format!("not four cells: {row:?}").into());
        };
        for room in quoted(rooms) {
            named.push(room.trim_end_matches('/').to_owned());
            if room == "grammar/" || uses.starts_with("the library") || uses.starts_with("all") {
                continue;
            }
            let actual = used_by(&source, room.trim_end_matches('/'));
            let mut claimed: Vec<String> = quoted(uses).map(str::to_owned).collect();
            claimed.sort();
            if claimed != actual {
                complaints += &format!("{room} uses {actual:?}, the table says {claimed:?}\n");
            }
        }
    }
    for entry in fs::read_dir(&source)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !named.contains(&name) && !["README.md", "lib.rs"].contains(&name.as_str()) {
            complaints += &format!("{name} is not in the table\n");
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// The words of a text that stand between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The other rooms that the code of one mentions, tests and comments left out.
fn used_by(source: &Path, room: &str) -> Vec<String> {
    let mut used = std::collections::BTreeSet::new();
    let mut paths = vec![source.join(room)];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") || is_test(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if line.contains("toy_grammar") {
                used.insert("grammar".to_owned());
            }
            for (at, mark) in line.match_indices("crate::") {
                let name = line[at + mark.len()..].split(|c: char| !c.is_ascii_lowercase()).next();
                used.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
    }
    used.remove(room.trim_end_matches(".rs"));
    used.into_iter().collect()
}

/// Files of tests alone are called `tests.rs` or `tests_….rs`.
fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tests"))
}

/// What stands between backquotes and looks like a file of the project is one, and so is what links lead to.
fn check_links() -> Result<(), Failed> {
    let root = support::project_root();
    let mut complaints = String::new();
    let others = ["CONTRIBUTING.md", "CHANGELOG.md", "src/README.md", "benches/README.md"];
    for page in pages().into_iter().chain(others.iter().map(|page| root.join(page))) {
        let text = fs::read_to_string(&page)?;
        let here = page.parent().unwrap_or(root);
        let exists = |file: &str| here.join(file).exists() || root.join(file).exists();
        let prose: String = text.split("```").step_by(2).collect();
        let files = quoted(&prose).filter(|word| {
            !word.contains([' ', '*', '<', '+'])
                && (word.ends_with(".rs") || word.ends_with('/') || word.ends_with(".lalrpop"))
        });
        let links = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for file in files.chain(links.filter(|link| !link.starts_with("http") && !link.starts_with('#'))) {
            if !exists(file.split('#').next().unwrap_or(file)) {
                complaints += &format!("{} names {file}, which does not exist\n", page.display());
            }
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}
