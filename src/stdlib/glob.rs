//! `glob`: paths that match a pattern.
//!
//! The steps are CPython's, in a loop instead of a recursion: the part of the pattern without wildcards is where the
//! search starts, and each part behind it makes more paths of those found so far. Names that begin with a dot match
//! only patterns that do.

use std::fs;
use std::path::Path;

use super::os::files::{names_in, path_text};
use super::os::path::{join, split};
use crate::value::{List, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "glob",
    doc: "Paths that match a pattern: `*` stands for any text in a name, `?` for a character, `[a-z]` for one of some, \
          `[!a-z]` for any other. Left out: `root_dir`, `dir_fd`, `translate`.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("escape(pathname)", "The pattern that matches just this path.", escape),
    NativeDef::new(
        "glob(pathname, *, recursive=false, include_hidden=false)",
        "A list of the paths that match, in no certain order. With `recursive`, `**` stands for any directories.",
        glob,
    ),
    NativeDef::new("has_magic(s)", "Whether the text has a wildcard in it.", has_magic),
    NativeDef::new(
        "iglob(pathname, *, recursive=false, include_hidden=false)",
        "An iterator over what `glob` gives.",
        iglob,
    ),
];

fn is_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

fn has_magic(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = path_text(vm, args.at(0))?;
    Ok(Value::bool(is_magic(text.as_str())))
}

fn escape(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = path_text(vm, args.at(0))?.as_str().to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '[' => out.extend(['[', c, ']']),
            c => out.push(c),
        }
    }
    Ok(vm.heap.str(&out))
}

fn glob(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let pattern = path_text(vm, args.at(0))?.as_str().to_string();
    let recursive = vm.truth(args.given(1).unwrap_or(Value::FALSE))?;
    let hidden = vm.truth(args.given(2).unwrap_or(Value::FALSE))?;
    let found = Search { recursive, hidden }.run(vm, &pattern)?;
    let found = found.iter().map(|path| vm.heap.str(path)).collect();
    Ok(List::new(&mut vm.heap, found).value())
}

fn iglob(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let list = glob(vm, args)?;
    vm.rooted(&[list], |vm| vm.iter(list))
}

struct Search {
    recursive: bool,
    hidden: bool,
}

impl Search {
    fn run(&self, vm: &mut Vm, pattern: &str) -> Result<Vec<String>, Raised> {
        // The parts behind where the search starts, last one first.
        let mut start = pattern;
        let mut parts: Vec<&str> = Vec::new();
        while is_magic(start) {
            let (head, part) = split(start);
            parts.push(part);
            if head == start {
                break;
            }
            start = head;
        }
        if parts.is_empty() {
            let (directory, name) = split(pattern);
            let is_there = if name.is_empty() {
                Path::new(directory).is_dir()
            } else {
                fs::symlink_metadata(pattern).is_ok()
            };
            return Ok(if is_there && !pattern.is_empty() { vec![pattern.to_string()] } else { Vec::new() });
        }
        let mut found = vec![start.to_string()];
        let mut left = parts.len();
        while let Some(part) = parts.pop() {
            left -= 1;
            let mut next = Vec::new();
            for directory in &found {
                vm.check_interrupt()?;
                for name in self.matches(vm, directory, part, left > 0)? {
                    next.push(join(directory, &name));
                }
            }
            found = next;
        }
        found.retain(|path| !path.is_empty());
        Ok(found)
    }

    /// What a part of the pattern matches in a directory.
    fn matches(
        &self,
        vm: &mut Vm,
        directory: &str,
        part: &str,
        only_directories: bool,
    ) -> Result<Vec<String>, Raised> {
        if self.recursive && part == "**" {
            return self.below(vm, directory, only_directories);
        }
        if !is_magic(part) {
            let is_there = match part {
                "" => Path::new(directory).is_dir(),
                part => fs::symlink_metadata(join(directory, part)).is_ok(),
            };
            return Ok(if is_there { vec![part.to_string()] } else { Vec::new() });
        }
        let pattern: Vec<char> = part.chars().collect();
        let mut names = list(directory, only_directories);
        names.retain(|name| self.shows(name, part) && fits(&pattern, &name.chars().collect::<Vec<_>>()));
        Ok(names)
    }

    fn shows(&self, name: &str, pattern: &str) -> bool {
        self.hidden || pattern.starts_with('.') || !name.starts_with('.')
    }

    /// Everything below a directory, and the directory itself as an empty name.
    fn below(&self, vm: &mut Vm, directory: &str, only_directories: bool) -> Result<Vec<String>, Raised> {
        let mut found = Vec::new();
        if directory.is_empty() || Path::new(directory).is_dir() {
            found.push(String::new());
        }
        let mut waiting = vec![String::new()];
        while let Some(path) = waiting.pop() {
            if !path.is_empty() {
                vm.check_interrupt()?;
                found.push(path.clone());
            }
            let names = list(&join(directory, &path), only_directories);
            let names = names.iter().filter(|name| self.shows(name, ""));
            waiting.extend(names.map(|name| join(&path, name)));
        }
        Ok(found)
    }
}

/// The names in a directory; none where it cannot be read.
fn list(directory: &str, only_directories: bool) -> Vec<String> {
    let mut names = names_in(if directory.is_empty() { "." } else { directory }).unwrap_or_default();
    if only_directories {
        names.retain(|name| Path::new(&join(directory, name)).is_dir());
    }
    names
}

/// Whether a whole name fits a pattern. Only the last `*` is gone back to, so the time is bounded by the product of
/// the lengths.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            None if n == name.len() => return true,
            None => None,
            Some(_) => name.get(n).and_then(|c| fits_one(&pattern[p..], *c)),
        };
        match (step, star) {
            (Some(len), _) => {
                p += len;
                n += 1;
            }
            (None, Some((at, from))) if from < name.len() => {
                star = Some((at, from + 1));
                p = at + 1;
                n = from + 1;
            }
            _ => return false,
        }
    }
}

/// How long the head of a pattern is that stands for one character, if it fits that character.
fn fits_one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => {
            let negated = pattern.get(1) == Some(&'!');
            let first = if negated { 2 } else { 1 };
            // A bracket right at the beginning is one of the characters.
            let Some(end) = pattern.iter().skip(first + 1).position(|c| *c == ']') else {
                return (c == '[').then_some(1);
            };
            let end = first + 1 + end;
            let (mut at, mut is_in) = (first, false);
            while at < end {
                if at + 2 < end && pattern[at + 1] == '-' {
                    is_in |= pattern[at] <= c && c <= pattern[at + 2];
                    at += 3;
                } else {
                    is_in |= pattern[at] == c;
                    at += 1;
                }
            }
            (is_in != negated).then_some(end + 1)
        }
        other => (*other == c).then_some(1),
    }
}
