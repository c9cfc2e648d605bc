//! `atexit.unregister` while an `==` works against it: thousands of random programs, the same in every run, are compared
//! with a model of the registry that is a page long.
//!
//! Each call of an `==` takes the next step of a script: it clears, registers, unregisters, cancels, runs the handlers,
//! raises, recurses without end, and answers with a bool, with something that is none, or with an object whose truth
//! raises. The model takes the same steps, so it knows what each program must print, and thereby that nothing is
//! skipped, that what raised has removed nothing, and that nothing crashes.

mod support;

use std::collections::VecDeque;
use std::fmt::Write as _;

use support::page::Page;
use toy::shutdown::ExitStatus;
use toy::{Config, Interpreter};

const PROGRAMS: u64 = 3_000;
/// Those that are also run with a collection wherever one may happen.
const STRESSED: u64 = 150;

/// What the programs have in common. Objects 0 to 3 are hostile, 4 and 5 have no `==`, 6 and 7 are functions.
const PRELUDE: &str = r#"import atexit

var last = 0
var script = []
let handles = []

fn take_step(name) {
    let action, number, answer = script.pop(0)
    print("==", name, action)
    if action == "clear" { atexit.clear() }
    if action == "register" { register(number) }
    if action == "unregister" { atexit.unregister(objects[number]) }
    if action == "cancel" { cancel(number) }
    if action == "run" { atexit.run() }
    if action == "raise" { raise ValueError("hostile") }
    if action == "recurse" { recurse() }
    if action == "grow" { for _ in range(number * 10) { register(6) } }
    return answers[answer]
}
class Hostile {
    fn init(name) { self.name = name }
    fn call(id) { print("run", id) }
    fn ==(other) => take_step(self.name) if script else self is other
}
class Tame {
    fn call(id) { print("run", id) }
}
class Truthless {
    fn bool() { raise TypeError("no truth") }
}
fn recurse() => recurse() + 1
fn six(id) { print("run", id) }
fn seven(id) { print("run", id) }
let answers = [true, false, nil, 1, 0, "", "x", [], NotImplemented, Truthless()]
let objects = [Hostile(0), Hostile(1), Hostile(2), Hostile(3), Tame(), Tame(), six, seven]

fn register(number) {
    last += 1
    atexit.register(objects[number], last)
}
fn handle(number) {
    last += 1
    handles.append(atexit.handle(objects[number], last))
}
fn cancel(number) {
    if handles { handles[number % len(handles)].cancel() }
}
fn attempt(work) {
    try { work() } except Exception as e { print("raised", type(e).__name__) }
    print([entry.args[0] for entry in atexit.handlers()], atexit.count())
}
"#;

const ACTIONS: [&str; 10] =
    ["nothing", "nothing", "clear", "register", "unregister", "cancel", "run", "raise", "recurse", "grow"];

/// What the answers are as truths.
const ANSWERS: [Answer; 10] = [
    Answer::Is(true),
    Answer::Is(false),
    Answer::Is(false),
    Answer::Is(true),
    Answer::Is(false),
    Answer::Is(false),
    Answer::Is(true),
    Answer::Is(false),
    Answer::NotImplemented,
    Answer::Raises("TypeError"),
];

#[derive(Clone, Copy)]
enum Answer {
    Is(bool),
    NotImplemented,
    Raises(&'static str),
}

/// The name of the class that is raised.
type Outcome<T> = Result<T, &'static str>;

#[derive(Clone, Copy, Debug)]
struct Step {
    action: &'static str,
    number: usize,
    answer: usize,
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn step(&mut self) -> Step {
        let action = ACTIONS[self.below(ACTIONS.len())];
        // Most answers are plain, so that scripts go on.
        let answer = if self.below(3) == 0 { self.below(ANSWERS.len()) } else { self.below(2) };
        Step { action, number: self.below(8), answer }
    }
}

/// The registry as the contract has it.
#[derive(Default)]
struct Model {
    /// The number of each registration and its object, oldest first.
    registry: Vec<(u64, usize)>,
    last: u64,
    handles: Vec<u64>,
    script: VecDeque<Step>,
    printed: String,
}

fn is_hostile(object: usize) -> bool {
    object < 4
}

impl Model {
    fn say(&mut self, line: std::fmt::Arguments) {
        writeln!(self.printed, "{line}").expect("a String takes everything");
    }

    fn register(&mut self, object: usize) {
        self.last += 1;
        self.registry.push((self.last, object));
    }

    fn cancel(&mut self, number: usize) {
        if !self.handles.is_empty() {
            let id = self.handles[number % self.handles.len()];
            self.registry.retain(|(known, _)| *known != id);
        }
    }

    fn run(&mut self) {
        while let Some((id, _)) = self.registry.pop() {
            self.say(format_args!("run {id}"));
        }
    }

    /// One call of an `==`.
    fn call_equality(&mut self, left: usize, right: usize) -> Outcome<Answer> {
        let Some(step) = self.script.pop_front() else { return Ok(Answer::Is(left == right)) };
        self.say(format_args!("== {left} {}", step.action));
        match step.action {
            "clear" => self.registry.clear(),
            "register" => self.register(step.number),
            "unregister" => self.unregister(step.number)?,
            "cancel" => self.cancel(step.number),
            "run" => self.run(),
            "raise" => return Err("ValueError"),
            "recurse" => return Err("RecursionError"),
            "grow" => (0..step.number * 10).for_each(|_| self.register(6)),
            _ => {}
        }
        Ok(ANSWERS[step.answer])
    }

    /// `entry == object`: the entry's method, then the object's.
    fn are_equal(&mut self, entry: usize, object: usize) -> Outcome<bool> {
        for (left, right) in [(entry, object), (object, entry)] {
            if is_hostile(left) {
                match self.call_equality(left, right)? {
                    Answer::Is(truth) => return Ok(truth),
                    Answer::Raises(class) => return Err(class),
                    Answer::NotImplemented => {}
                }
            }
        }
        Ok(false)
    }

    /// Compares over a snapshot; all is decided before anything is removed.
    fn unregister(&mut self, object: usize) -> Outcome<()> {
        let mut doomed = Vec::new();
        for (id, entry) in self.registry.clone() {
            if entry == object || self.are_equal(entry, object)? {
                doomed.push(id);
            }
        }
        self.registry.retain(|(id, _)| !doomed.contains(id));
        Ok(())
    }

    fn attempted(&mut self, outcome: Outcome<()>) {
        if let Err(class) = outcome {
            self.say(format_args!("raised {class}"));
        }
        let ids: Vec<u64> = self.registry.iter().rev().map(|(id, _)| *id).collect();
        self.say(format_args!("{ids:?} {}", ids.len()));
    }
}

/// A random program, and what it must print.
fn program(seed: u64) -> (String, String) {
    let mut random = Random(seed);
    let mut source = PRELUDE.to_string();
    let mut model = Model::default();
    for _ in 0..4 + random.below(16) {
        let object = random.below(8);
        let call = match random.below(12) {
            0..5 => {
                model.register(object);
                model.attempted(Ok(()));
                format!("register({object})")
            }
            5 => {
                model.last += 1;
                model.registry.push((model.last, object));
                model.handles.push(model.last);
                model.attempted(Ok(()));
                format!("handle({object})")
            }
            6 => {
                model.cancel(object);
                model.attempted(Ok(()));
                format!("cancel({object})")
            }
            _ => {
                let steps: Vec<Step> = (0..random.below(14)).map(|_| random.step()).collect();
                let texts: Vec<String> = steps
                    .iter()
                    .map(|step| format!("(\"{}\", {}, {})", step.action, step.number, step.answer))
                    .collect();
                source += &format!("script = [{}]\n", texts.join(", "));
                model.script = steps.into();
                let outcome = model.unregister(object);
                model.attempted(outcome);
                format!("atexit.unregister(objects[{object}])")
            }
        };
        source += &format!("attempt(fn() => {call})\n");
    }
    source += "script = []\n";
    model.run();
    (source, model.printed)
}

fn check(seed: u64, stress: bool) -> Result<(), String> {
    let (source, expected) = program(seed);
    let page = Page::default();
    let config = Config::new(Box::new(page.clone())).recursion_limit(400).stress(stress);
    let mut interpreter = Interpreter::new(config);
    interpreter.run_source("hostile.toy", &source);
    let status = interpreter.finish().status;
    if status == ExitStatus::Code(0) && page.text() == expected {
        return Ok(());
    }
    let mut complaints = String::new();
    support::compare(&mut complaints, "stdout", &expected, &page.text());
    let own = source.strip_prefix(PRELUDE).unwrap_or(&source);
    Err(format!("seed {seed}: {status:?}\n{own}{complaints}"))
}

#[test]
fn no_equality_makes_the_registry_do_anything_but_what_the_contract_says() {
    let wrong: Vec<String> = (0..PROGRAMS).filter_map(|seed| check(seed, false).err()).collect();
    assert!(wrong.is_empty(), "{} programs are wrong:\n{}", wrong.len(), wrong[0]);
}

#[test]
fn nothing_is_lost_when_every_safepoint_collects() {
    let wrong: Vec<String> = (0..STRESSED).filter_map(|seed| check(seed, true).err()).collect();
    assert!(wrong.is_empty(), "{} programs are wrong:\n{}", wrong.len(), wrong[0]);
}

#[test]
fn programs_do_what_they_are_for() {
    let printed: String = (0..PROGRAMS).map(|seed| program(seed).1).collect();
    for (line, least) in [
        ("== ", 5_000),
        (" clear\n", 300),
        (" unregister\n", 300),
        (" run\n", 300),
        (" grow\n", 300),
        ("raised ValueError\n", 300),
        ("raised TypeError\n", 100),
        ("raised RecursionError\n", 300),
        ("run ", 5_000),
    ] {
        let count = printed.matches(line).count();
        assert!(count >= least, "{line:?} comes {count} times");
    }
}
