//! The interpreter as a whole: how it is set up, how it is given programs, and how it is ended.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use toy_grammar::diagnostic::Diagnostic;

use crate::bytecode::{code::Code, verify};
use crate::compiler::{self, Environment};
use crate::host::Host;
use crate::lint;
use crate::report::{self, Look, Style};
use crate::shutdown::inject::Injection;
use crate::shutdown::{self, Ending, EndingOptions, ExitReport, Outcome, Planned};
use crate::stdlib::{self, sys::Arguments};
use crate::value::Value;
use crate::vm::{Limits, Raised, Vm};

/// The longest program text: places in it are numbers of 32 bits.
const MAX_TEXT: usize = u32::MAX as usize - 1;

/// How an interpreter is set up.
#[derive(Debug)]
pub struct Config {
    host: Box<dyn Host>,
    limits: Limits,
    argv: Vec<String>,
    search_path: Vec<PathBuf>,
    style: Style,
    ending: EndingOptions,
    injections: Vec<Injection>,
    thread_seed: Option<u64>,
}

impl Config {
    /// The usual limits, no arguments, plain reports.
    pub fn new(host: Box<dyn Host>) -> Config {
        Config {
            host,
            limits: Limits::default(),
            argv: vec![String::new()],
            search_path: Vec::new(),
            style: Style::Plain,
            ending: EndingOptions::default(),
            injections: Vec::new(),
            thread_seed: None,
        }
    }

    /// `sys.argv`: the program's name first.
    pub fn argv(mut self, argv: Vec<String>) -> Config {
        self.argv = argv;
        self
    }

    /// Where imports are searched after the importing file's directory.
    pub fn search_path(mut self, directories: Vec<PathBuf>) -> Config {
        self.search_path = directories;
        self
    }

    /// How errors in a program's text and exceptions that nobody catches are reported.
    pub fn style(mut self, style: Style) -> Config {
        self.style = style;
        self
    }

    /// How the end is shown, and whether a failure stays a failure.
    pub fn ending(mut self, options: EndingOptions) -> Config {
        self.ending = options;
        self
    }

    /// Has rare events happen at exact points.
    pub fn inject(mut self, injections: Vec<Injection>) -> Config {
        self.injections = injections;
        self
    }

    /// Stops the program for good after about so many loop turns and calls.
    pub fn step_budget(mut self, steps: u64) -> Config {
        self.limits.steps = Some(steps);
        self
    }

    /// Raises `MemoryError` past about so many bytes.
    pub fn memory_limit(mut self, bytes: usize) -> Config {
        self.limits.memory = bytes;
        self
    }

    /// Raises `RecursionError` past so many calls under way.
    pub fn recursion_limit(mut self, frames: usize) -> Config {
        self.limits.recursion = frames;
        self
    }

    /// Varies whose turn it is among the program's threads, and for how long; the same seed gives the same run.
    pub fn seed_threads(mut self, seed: u64) -> Config {
        self.thread_seed = Some(seed);
        self
    }

    /// Collects garbage wherever that may happen at all: finds values that nobody keeps alive.
    pub fn stress(mut self, stress: bool) -> Config {
        self.limits.stress = stress;
        self
    }
}

/// A program's text could not be had.
#[derive(Debug)]
pub struct LoadError {
    /// The file's name.
    pub name: String,
    pub reason: NotLoaded,
}

/// Why a program's text could not be had.
#[derive(Debug)]
pub enum NotLoaded {
    Unreadable(io::Error),
    /// The first byte that is no UTF-8, where it is, and in which line.
    NotUtf8 {
        byte: u8,
        offset: usize,
        line: usize,
    },
    TooLong,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &self.name;
        match &self.reason {
            NotLoaded::Unreadable(error) => {
                let text = error.to_string();
                // Without the "(os error 2)" that Rust appends.
                let text = text.split(" (os error").next().unwrap_or(&text);
                match error.raw_os_error() {
                    Some(errno) => write!(f, "can't open file '{name}': [Errno {errno}] {text}"),
                    None => write!(f, "can't open file '{name}': {text}"),
                }
            }
            NotLoaded::NotUtf8 { byte, offset, line } => {
                write!(f, "file '{name}' is not UTF-8: byte 0x{byte:02x} at offset {offset}, line {line}")
            }
            NotLoaded::TooLong => write!(f, "file '{name}' is longer than 4 GiB"),
        }
    }
}

impl std::error::Error for LoadError {}

/// An interpreter: programs run in it one after the other, and it is ended once.
#[derive(Debug)]
pub struct Interpreter {
    /// In a place of its own, where it stays: threads point to it.
    pub(crate) vm: Box<Vm>,
    pub(crate) style: Style,
    /// What the last program came to. Its values are the VM's first roots.
    outcome: Outcome,
    report: Option<ExitReport>,
}

impl Interpreter {
    pub fn new(config: Config) -> Interpreter {
        let mut vm = Box::new(Vm::new(config.host, config.limits, compile_import));
        vm.search_path = config.search_path;
        stdlib::install(&mut vm);
        vm.state::<Arguments>().0.replace(config.argv);
        report_in(&mut vm, config.style);
        shutdown::install(&mut vm, config.ending);
        shutdown::inject(&mut vm, config.injections);
        vm.roots.extend(Outcome::Normal.values());
        if let Some(seed) = config.thread_seed {
            vm.seed_threads(seed);
        }
        Interpreter { vm, style: config.style, outcome: Outcome::Normal, report: None }
    }

    /// The machine inside, for those who add natives or look at values.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// Runs a file as the main program. What it came to is what the interpreter will end with, unless another
    /// program follows.
    pub fn run_file(&mut self, path: &Path) -> Result<Ending, LoadError> {
        let name = path.to_string_lossy().into_owned();
        let text = match self.vm.host.read_file(path) {
            Ok(bytes) => decode_source(&name, bytes)?,
            Err(error) => return Err(LoadError { name, reason: NotLoaded::Unreadable(error) }),
        };
        Ok(self.run_source(&name, &text))
    }

    /// Runs a text as the main program; `name` is the file that it is said to come from.
    pub fn run_source(&mut self, name: &str, text: &str) -> Ending {
        let outcome = match compile(&self.vm, text, false) {
            Ok(code) => {
                shutdown::main_starts(&mut self.vm);
                let result = self.vm.run_main(&code, name, text);
                let result = result.and_then(|value| shutdown::main_ended(&mut self.vm).map(|()| value));
                Outcome::of(&mut self.vm, result)
            }
            Err(errors) => self.refuse(name, text, &errors),
        };
        self.come_to(outcome)
    }

    /// Runs a text whose last statement may be an expression: the `repr` of its value, nil if it is none; or the
    /// report of what went wrong. How the interpreter will end is not touched by that.
    pub fn eval(&mut self, text: &str) -> Result<String, String> {
        let name = "<eval>";
        let code = match compile(&self.vm, text, true) {
            Ok(code) => code,
            Err(errors) => return Err(report::diagnostics(name, text, &errors, self.style)),
        };
        let vm = &mut self.vm;
        let result =
            vm.run_main(&code, name, text).and_then(|value| vm.rooted(&[value], |vm| vm.repr(value)));
        match result {
            Ok(text) => Ok(text),
            Err(_) if vm.halted().is_some() => Err("the program was stopped\n".to_string()),
            Err(Raised(exception)) => Err(vm.rooted(&[exception], |vm| report::traceback(vm, exception))),
        }
    }

    /// What is wrong with a text, or doubtful, in its order; nothing of it runs. [`report::diagnostics`] words the findings.
    pub fn check(&self, text: &str) -> Vec<Diagnostic> {
        lint::check(text, self.vm.builtin_names())
    }

    /// Changes how errors in a text are reported from now on.
    pub fn set_style(&mut self, style: Style) {
        self.style = style;
        report_in(&mut self.vm, style);
    }

    /// What would run at the end, in the order of running.
    pub fn plan(&mut self) -> Vec<Planned> {
        // It fails only where the program was stopped for good, and then nothing will run.
        shutdown::plan(&mut self.vm).unwrap_or_default()
    }

    /// Ends the interpreter: exit handlers run, files are closed, streams are flushed. Says how the process should end,
    /// and ends nothing but the interpreter.
    pub fn finish(mut self) -> ExitReport {
        self.end()
    }

    /// As [`Interpreter::finish`], but the memory stays until the interpreter is dropped; for a process that is
    /// about to end and need not tidy up.
    pub fn end(&mut self) -> ExitReport {
        if let Some(report) = &self.report {
            return report.clone();
        }
        let outcome = std::mem::replace(&mut self.outcome, Outcome::Normal);
        let report = shutdown::end(&mut self.vm, outcome);
        self.report.insert(report).clone()
    }

    fn refuse(&mut self, name: &str, text: &str, errors: &[Diagnostic]) -> Outcome {
        let Raised(exception) = report::syntax_error(&mut self.vm, name, text, errors);
        Outcome::Refused { exception, report: report::diagnostics(name, text, errors, self.style) }
    }

    /// The exception of an `exit` that the last program came to, which then is forgotten.
    pub(crate) fn take_exit(&mut self) -> Option<Value> {
        let Outcome::Exit { exception, .. } = self.outcome else { return None };
        self.come_to(Outcome::Normal);
        Some(exception)
    }

    pub(crate) fn come_to(&mut self, outcome: Outcome) -> Ending {
        for (root, value) in self.vm.roots.iter_mut().zip(outcome.values()) {
            *root = value;
        }
        let ending = outcome.ending();
        self.outcome = outcome;
        ending
    }
}

/// The text of a program, which must be UTF-8; a byte order mark is no part of it.
pub fn decode_source(name: &str, bytes: Vec<u8>) -> Result<String, LoadError> {
    let name = name.to_string();
    if bytes.len() > MAX_TEXT {
        return Err(LoadError { name, reason: NotLoaded::TooLong });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{FEFF}').map(str::to_string).unwrap_or(text)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = bytes[..offset].iter().filter(|byte| **byte == b'\n').count() + 1;
            let byte = bytes.get(offset).copied().unwrap_or(0);
            Err(LoadError { name, reason: NotLoaded::NotUtf8 { byte, offset, line } })
        }
    }
}

/// Has what nobody caught reported in a style, for some of which exceptions keep more.
fn report_in(vm: &mut Vm, style: Style) {
    vm.state::<Look>().set(style);
    vm.keeps_values = matches!(style, Style::Fancy { .. });
}

/// From text to code that is safe to run.
pub fn compile(vm: &Vm, text: &str, interactive: bool) -> Result<Rc<Code>, Vec<Diagnostic>> {
    let parsed = toy_grammar::parse(text);
    let Some(module) = parsed.module else { return Err(parsed.errors) };
    let environment = Environment { builtins: vm.builtin_names(), slots: &[], interactive };
    let code = compiler::compile(&module, text, &environment)?;
    verified(vm, code)
}

/// Code that passed the verifier.
pub(crate) fn verified(vm: &Vm, code: Rc<Code>) -> Result<Rc<Code>, Vec<Diagnostic>> {
    match verify::verify(&code, vm.builtin_names().len(), code.slots.len()) {
        Ok(()) => Ok(code),
        Err(what) => {
            let message = format!("the compiler made code that cannot be run ({what})");
            Err(vec![Diagnostic::new("unsound-code", code.span, message)])
        }
    }
}

/// Compiles a file that is imported: what is wrong with its text is raised as a `SyntaxError`.
fn compile_import(vm: &mut Vm, name: &str, text: &str) -> Result<Rc<Code>, Raised> {
    compile(vm, text, false).map_err(|errors| report::syntax_error(vm, name, text, &errors))
}
