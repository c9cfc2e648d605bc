//! A prompt: entries run one after the other in one module, and what can be seen of it.
//!
//! Who reads the entries and where they are shown is the command's affair. What is hard: an entry that fails, in its text
//! or when it runs, must leave the session as good as before; and looking at its values, as completion does while
//! somebody types, must run none of the program's code (`look.rs`).

mod look;
mod show;

use std::rc::Rc;

use toy_grammar::diagnostic::Diagnostic;

use crate::bytecode::code::Code;
use crate::compiler::{self, Declarations, Environment};
use crate::interpreter::{Interpreter, verified};
use crate::report;
use crate::shutdown::{self, Outcome};
use crate::stdlib::io as streams;
use crate::value::{Gc, Module, Value};
use crate::vm::{Exc, NativeResult, Raised, Vm};

pub use look::Binding;
pub use show::shown;

/// What became of an entry at a prompt.
#[derive(Debug)]
pub enum Entered {
    /// It is no program yet, but more text could make one of it.
    Incomplete,
    /// It ran: the value of its last statement if that is an expression, else nil. It is kept alive as `_` unless nil.
    Ran(Value),
    /// It has errors: the report.
    Refused(String),
    /// An exception came out of it, which has been reported; the prompt goes on.
    Raised,
    /// The prompt is over: `exit`, a signal that asks to end, or the program was stopped for good.
    Over,
}

/// The state of a prompt: entries run one after the other in one module.
#[derive(Debug)]
pub struct Session {
    /// The module, which the VM keeps alive as the main one.
    module: Gc<Module>,
    declarations: Declarations,
    entries: usize,
}

impl Session {
    /// The module in which the entries run.
    pub fn module(&self) -> Gc<Module> {
        self.module
    }
}

/// Whether a text is no program yet, but more of it could make one.
pub fn is_incomplete(text: &str) -> bool {
    toy_grammar::parse(text).is_incomplete()
}

impl Interpreter {
    /// Begins a prompt. It takes the place of the main program; another one begins afresh. `file`: the program that runs
    /// in it first, if there is one.
    pub fn session(&mut self, file: Option<&str>) -> Session {
        let names = ["_", "_err"];
        let module = self.vm.new_session_module(file.unwrap_or("<prompt>"), &names);
        Session { module, declarations: Declarations::of_variables(names.len()), entries: 0 }
    }

    /// Runs an entry of a prompt, and keeps its value as `_`. `file`: what its text comes from, if that is a file.
    pub fn enter(&mut self, session: &mut Session, text: &str, file: Option<&str>) -> Entered {
        let entered = self.evaluate(session, text, file);
        if let Entered::Ran(value) = entered {
            self.keep(session, "_", value);
        }
        entered
    }

    /// As [`Interpreter::enter`], but the value is not kept: it lives until something else runs.
    pub fn evaluate(&mut self, session: &mut Session, text: &str, file: Option<&str>) -> Entered {
        let parsed = toy_grammar::parse(text);
        if parsed.is_incomplete() && file.is_none() {
            return Entered::Incomplete;
        }
        let name = file.map_or_else(|| format!("<entry {}>", session.entries + 1), str::to_string);
        let code = match parsed.module {
            Some(module) => self.compile_entry(session, &module, text),
            None => Err(parsed.errors),
        };
        let code = match code {
            Ok(code) => code,
            Err(errors) => return Entered::Refused(report::diagnostics(&name, text, &errors, self.style)),
        };
        session.entries += 1;
        match self.vm.run_entry(&code, session.module, &name, text) {
            Ok(value) => Entered::Ran(value),
            Err(raised) => self.entry_raised(session, raised),
        }
    }

    /// Runs a program as the first entry: as under `python -i`, even `exit()` leads to the prompt.
    pub fn enter_program(&mut self, session: &mut Session, text: &str, file: &str) -> Entered {
        let entered = self.enter(session, text, Some(file));
        let left = matches!(entered, Entered::Over) && self.vm.halted().is_none();
        match self.take_exit().filter(|_| left) {
            Some(exception) => {
                self.report(session, exception);
                Entered::Raised
            }
            None => entered,
        }
    }

    /// Prints the value of an entry, unless it is nil.
    pub fn show(&mut self, session: &mut Session, value: Value) -> Entered {
        if value.is_nil() {
            return Entered::Ran(value);
        }
        let result = self.vm.rooted(&[value], |vm| shown(vm, value).and_then(|text| print(vm, &text)));
        match result {
            Ok(value) => Entered::Ran(value),
            Err(raised) => self.entry_raised(session, raised),
        }
    }

    /// Prints a text for the one who sits at the prompt, as `print` does.
    pub fn print(&mut self, session: &mut Session, text: &str) -> Entered {
        match print(&mut self.vm, text) {
            Ok(value) => Entered::Ran(value),
            Err(raised) => self.entry_raised(session, raised),
        }
    }

    /// Writes a message to standard error, behind what was printed before.
    pub fn say(&mut self, text: &str) {
        shutdown::say(&mut self.vm, text);
    }

    /// Writes out what was printed, and hears the signals that have come.
    pub fn settle(&mut self, session: &mut Session) -> Entered {
        match streams::flush_all(&mut self.vm).and_then(|()| self.vm.hear()) {
            Ok(()) => Entered::Ran(Value::NIL),
            Err(raised) => self.entry_raised(session, raised),
        }
    }

    /// The next line of standard input with its line end; none at the end, and an error if a signal came instead.
    pub fn read_line(&mut self, session: &mut Session) -> Result<Option<String>, Entered> {
        streams::read_line(&mut self.vm).map_err(|raised| self.entry_raised(session, raised))
    }

    fn compile_entry(
        &mut self,
        session: &mut Session,
        module: &toy_grammar::ast::Module,
        text: &str,
    ) -> Result<Rc<Code>, Vec<Diagnostic>> {
        let slots: Vec<Rc<str>> = (0..session.module.len())
            .filter_map(|slot| session.module.slot_name(slot))
            .map(|name| Rc::from(name.as_str()))
            .collect();
        let environment = Environment { builtins: self.vm.builtin_names(), slots: &slots, interactive: true };
        let code = compiler::compile_entry(module, text, &environment, &mut session.declarations)?;
        verified(&self.vm, code)
    }

    fn entry_raised(&mut self, session: &Session, raised: Raised) -> Entered {
        let Raised(exception) = raised;
        let outcome = Outcome::of(&mut self.vm, Err(raised));
        if self.vm.halted().is_some() {
            self.come_to(outcome);
            return Entered::Over;
        }
        // A pipe that broke is any pipe; that the reader of the output is gone shows when the prompt writes.
        let goes_on = matches!(outcome, Outcome::Error(_) | Outcome::Interrupt(_))
            || self.vm.is_exception(exception, Exc::BrokenPipeError) && !self.has_lost_output();
        if goes_on {
            self.report(session, exception);
            return if self.vm.halted().is_some() { Entered::Over } else { Entered::Raised };
        }
        self.come_to(outcome);
        Entered::Over
    }

    /// Whether what is printed reaches nobody any more.
    fn has_lost_output(&mut self) -> bool {
        let flushed = streams::flush_std(&mut self.vm, crate::host::Stream::Out, true);
        flushed.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    fn report(&mut self, session: &Session, exception: Value) {
        self.vm.rooted(&[exception], |vm| {
            keep(vm, session, "_err", exception);
            shutdown::report_at_prompt(vm, exception);
        });
    }

    fn keep(&mut self, session: &Session, name: &str, value: Value) {
        if !value.is_nil() {
            keep(&mut self.vm, session, name, value);
        }
    }
}

fn keep(vm: &mut Vm, session: &Session, name: &str, value: Value) {
    let name = vm.heap.intern(name);
    session.module.set(name, value);
}

/// As the builtin `print` does, whatever the program calls so.
fn print(vm: &mut Vm, text: &str) -> NativeResult {
    let text = vm.make_str(text)?;
    match vm.builtin("print") {
        Some(print) => vm.call(print, &[text]),
        None => Ok(Value::NIL),
    }
}
