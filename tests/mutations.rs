//! Broken programs: thousands of mutations of the examples and of the language tests are checked, compiled and run, and
//! none may panic, hang or overflow the machine's stack. What a mutation might do to files and processes it cannot do: its
//! host has no system.
//!
//! Everything follows from a seed, so a failure comes again; its message holds the whole program.

mod support;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use support::page::Page;
use toy::shutdown::Ending;
use toy::{Config, Interpreter};

/// How many mutations each test makes of each kind of text.
const MUTATIONS: usize = 4_000;
const STEPS: u64 = 20_000;
const MEMORY: usize = 64 << 20;
/// How long one program may take, whatever it has become.
const PATIENCE: Duration = Duration::from_secs(30);
/// Words that meet each other in mutations whether or not the text has them.
const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\n",
    ";",
    ":",
    ",",
    ".",
    "..",
    "..=",
    "=",
    "==",
    "=>",
    "+=",
    "-",
    "**",
    "//",
    "@",
    "\"",
    "'",
    "\"\"\"",
    "f\"",
    "r'",
    "#",
    "\\",
    "let ",
    "var ",
    "fn ",
    "class ",
    "if ",
    "else ",
    "for ",
    "in ",
    "while ",
    "try ",
    "except ",
    "finally ",
    "with ",
    "as ",
    "return ",
    "break",
    "continue",
    "raise ",
    "from ",
    "import ",
    "del ",
    "assert ",
    "static ",
    "self",
    "super",
    "nil",
    "true",
    "not ",
    "and ",
    "is ",
    "yield ",
    "0",
    "1.5",
    "99999999999",
    "1e400",
    "x",
    "_",
    "{x!r:>{w}}",
    "*",
    "*args",
    "**kw",
    "é",
    "\u{200b}",
    "\0",
];

/// SplitMix64, written out so that a seed means the same programs for ever.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to before `end`, which is small: the bias does not matter here.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[test]
fn mutated_bytes_do_no_harm() {
    run_all(|rng, seed| {
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..1 + rng.below(5) {
            mutate(rng, &mut text, |rng| char::from(rng.below(128) as u8));
        }
        text.into_iter().collect()
    });
}

#[test]
fn mutated_words_do_no_harm() {
    run_all(|rng, seed| {
        let mut words = split(seed);
        for _ in 0..1 + rng.below(7) {
            mutate(rng, &mut words, |rng| WORDS[rng.below(WORDS.len())]);
        }
        words.concat()
    });
}

#[test]
fn programs_cut_short_do_no_harm() {
    run_all(|rng, seed| {
        let end = seed.floor_char_boundary(rng.below(seed.len() + 1));
        seed[..end].to_owned()
    });
}

#[test]
fn programs_spliced_together_do_no_harm() {
    let seeds = seeds();
    run_all(|rng, seed| {
        let other = &seeds[rng.below(seeds.len())];
        let mut words = split(seed);
        let others = split(other);
        words.truncate(rng.below(words.len() + 1));
        words.extend(&others[rng.below(others.len() + 1)..]);
        words.concat()
    });
}

/// One change: something is removed, doubled, swapped, put in or replaced.
fn mutate<T: Copy>(rng: &mut Rng, parts: &mut Vec<T>, fresh: impl Fn(&mut Rng) -> T) {
    if parts.is_empty() {
        return parts.push(fresh(rng));
    }
    let at = rng.below(parts.len());
    let length = 1 + rng.below((parts.len() - at).min(8));
    match rng.below(6) {
        0 => drop(parts.drain(at..at + length)),
        1 => {
            let copy = parts[at..at + length].to_vec();
            let to = rng.below(parts.len() + 1);
            parts.splice(to..to, copy);
        }
        2 => {
            let other = rng.below(parts.len());
            parts.swap(at, other);
        }
        3 | 4 => parts.insert(at, fresh(rng)),
        _ => parts[at] = fresh(rng),
    }
}

/// The words, numbers and signs of a text, roughly: what a tokenizer does to a text that may be broken.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let belongs = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if belongs(c) => rest.find(|c| !belongs(c)).unwrap_or(rest.len()),
            ' ' => rest.find(|c| c != ' ').unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, others) = rest.split_at(length);
        words.push(word);
        rest = others;
    }
    words
}

/// Every program that the project has, in a stable order.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["examples", "tests/language", "tests/shutdown"] {
        collect(&root.join(folder), &mut paths);
    }
    paths.sort();
    let seeds: Vec<String> = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert!(seeds.len() > 100, "only {} programs to mutate", seeds.len());
    seeds
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "toy") {
            paths.push(path);
        }
    }
}

/// Runs `MUTATIONS` programs that `change` makes of the seeds, in a thread of their own: what hangs there is noticed here.
fn run_all(change: impl Fn(&mut Rng, &str) -> String) {
    let seeds = seeds();
    let mut rng = Rng(20_260_101);
    let (programs, work) = mpsc::channel::<String>();
    let (results, done) = mpsc::channel();
    let worker = thread::spawn(move || {
        for program in work {
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(&program)));
            if results.send(outcome.is_ok()).is_err() {
                break;
            }
        }
    });
    for number in 0..MUTATIONS {
        let seed = &seeds[rng.below(seeds.len())];
        let program = change(&mut rng, seed);
        programs.send(program.clone()).expect("the worker waits for programs");
        match done.recv_timeout(PATIENCE) {
            Ok(true) => {}
            Ok(false) => panic!("mutation {number} panicked:\n{program}"),
            Err(_) => panic!("mutation {number} did not end:\n{program}"),
        }
    }
    drop(programs);
    worker.join().expect("the worker has nothing left that could panic");
}

fn run(program: &str) {
    let config = Config::new(Box::<Page>::default()).step_budget(STEPS).memory_limit(MEMORY);
    let mut interpreter = Interpreter::new(config);
    interpreter.check(program);
    interpreter.run_source("mutation.toy", program);
    interpreter.finish();
}

#[test]
fn what_reaches_past_the_host_cannot_be_imported() {
    for module in ["glob", "os", "os.path", "shutil", "subprocess", "tempfile"] {
        let mut interpreter = Interpreter::new(Config::new(Box::<Page>::default()));
        let program = format!("try {{ import {module} as m }} except ImportError {{ exit(7) }}");
        assert_eq!(interpreter.run_source("import.toy", &program), Ending::Exit(7), "{module}");
    }
}
