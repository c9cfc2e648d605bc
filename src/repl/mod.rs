//! The prompt: entries are read, run, and their values printed, until somebody leaves.
//!
//! At a terminal rustyline reads them (`editor.rs`; nothing else knows it), elsewhere they come line by line from standard
//! input and no prompt is printed. What an entry does is the library's affair (`session/`); what begins with a
//! colon is a command (`commands.rs`). What is hard: nothing may end a prompt but the one who sits there, and everything
//! that does goes through the one path that ends programs.

mod colour;
mod commands;
mod complete;
mod editor;
mod history;
mod paste;

use std::cell::RefCell;
use std::io::IsTerminal;
use std::rc::Rc;

use toy::shutdown::{ExitReport, Registry};
use toy::{Entered, Interpreter, Session};

use crate::signals;
use history::History;

/// What runs before the first prompt.
pub struct First {
    /// The file that it comes from, or what stands for one.
    pub name: String,
    pub text: String,
}

/// What goes on after an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    Entry,
    Leave,
}

/// A prompt and what it has come to.
struct Prompt {
    interpreter: Interpreter,
    session: Session,
    /// The entries that ran, for `:save`.
    kept: Vec<String>,
    /// The last entry, for `:edit`.
    last: String,
    history: Rc<RefCell<History>>,
    /// Whether somebody sits at a terminal.
    at_terminal: bool,
}

/// Runs a prompt to its end, and ends the interpreter. `style`: how reports are drawn, asked anew for each entry, because
/// windows change.
pub fn run(interpreter: Interpreter, first: Option<First>, style: fn() -> toy::report::Style) -> ExitReport {
    let mut interpreter = interpreter;
    let at_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let history = Rc::new(RefCell::new(if at_terminal { History::of_user() } else { History::off() }));
    if at_terminal {
        history::save_at_exit(&mut interpreter, &history);
    }
    let session = interpreter.session(first.as_ref().map(|first| first.name.as_str()));
    let mut prompt =
        Prompt { interpreter, session, kept: Vec::new(), last: String::new(), history, at_terminal };
    let mut next = Next::Entry;
    if let Some(First { name, text }) = first {
        let entered = prompt.interpreter.enter_program(&mut prompt.session, &text, &name);
        let silent =
            if let Entered::Ran(_) = entered { Entered::Ran(toy::value::Value::NIL) } else { entered };
        next = prompt.after(silent);
    }
    if next == Next::Leave {
        return prompt.interpreter.end();
    }
    let is_plain = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let prompt = Rc::new(RefCell::new(prompt));
    if at_terminal && !is_plain {
        editor::converse(&prompt, style);
    } else {
        plain(&mut prompt.borrow_mut(), std::io::stdin().is_terminal());
    }
    let mut prompt = prompt.borrow_mut();
    if prompt.at_terminal {
        prompt.announce_handlers();
    }
    prompt.interpreter.end()
}

/// Reads entries line by line, with a prompt if somebody types them.
fn plain(prompt: &mut Prompt, typed: bool) {
    let mut text = String::new();
    loop {
        if typed {
            prompt.interpreter.say(if text.is_empty() { "toy> " } else { "...> " });
        }
        let line = match prompt.interpreter.read_line(&mut prompt.session) {
            Ok(line) => line,
            Err(Entered::Over) => return,
            // Ctrl-C: what was typed is given up.
            Err(_) => {
                text.clear();
                continue;
            }
        };
        let at_end = line.is_none();
        text += line.as_deref().unwrap_or_default();
        let wants_more = !text.starts_with(':') && toy::session::is_incomplete(&paste::stripped(&text));
        if wants_more && !at_end {
            continue;
        }
        let entry = std::mem::take(&mut text);
        let next = if wants_more { prompt.refuse_unfinished(&entry) } else { prompt.accept(&entry) };
        if next == Next::Leave {
            return;
        }
        if at_end {
            if typed {
                prompt.interpreter.say("\n");
            }
            return;
        }
    }
}

impl Prompt {
    /// Takes an entry as it was typed or pasted.
    fn accept(&mut self, typed: &str) -> Next {
        let text = paste::stripped(typed);
        let entry = text.trim_end();
        if entry.trim().is_empty() {
            return self.settle();
        }
        let next = match entry.trim_start().strip_prefix(':') {
            Some(command) => commands::run(self, command),
            None => self.enter(entry),
        };
        match next {
            Next::Entry => self.settle(),
            Next::Leave => Next::Leave,
        }
    }

    fn enter(&mut self, entry: &str) -> Next {
        self.last = entry.to_string();
        let spelled = self.spelled_out(entry);
        let entered = self.interpreter.enter(&mut self.session, spelled.unwrap_or(entry), None);
        if let Entered::Ran(_) = entered {
            self.kept.push(entry.to_string());
        }
        self.after(entered)
    }

    /// `exit`, `quit` and `help` need no parentheses, unless the program means something else by them.
    fn spelled_out(&mut self, entry: &str) -> Option<&'static str> {
        let call = match entry.trim() {
            "exit" => "exit()",
            "quit" => "quit()",
            "help" => "help()",
            _ => return None,
        };
        let own = self.interpreter.bindings(&self.session);
        if own.iter().any(|binding| binding.name == entry.trim()) { None } else { Some(call) }
    }

    fn refuse_unfinished(&mut self, entry: &str) -> Next {
        let entered = self.interpreter.enter(&mut self.session, entry, Some("<stdin>"));
        self.after(entered)
    }

    /// Prints what is to be printed of an entry.
    fn after(&mut self, entered: Entered) -> Next {
        match entered {
            Entered::Ran(value) => match self.interpreter.show(&mut self.session, value) {
                Entered::Over => Next::Leave,
                _ => Next::Entry,
            },
            Entered::Refused(report) => {
                self.interpreter.say(&report);
                Next::Entry
            }
            Entered::Raised | Entered::Incomplete => Next::Entry,
            Entered::Over => Next::Leave,
        }
    }

    /// Everything that was printed is seen, and signals that have come are heard, before the next prompt.
    fn settle(&mut self) -> Next {
        let settled = self.interpreter.settle(&mut self.session);
        if self.at_terminal && self.interpreter.vm().host.is_within_line() {
            self.interpreter.say("\n");
        }
        self.after(settled)
    }

    /// One line that says that something is still going to happen.
    fn announce_handlers(&mut self) {
        let vm = self.interpreter.vm();
        if vm.halted().is_some() {
            return;
        }
        let waiting = vm.state::<Registry>().snapshot();
        match waiting.iter().filter(|entry| entry.name() != history::HANDLER_NAME).count() {
            0 => {}
            1 => self.interpreter.say("toy: 1 exit handler runs\n"),
            count => self.interpreter.say(&format!("toy: {count} exit handlers run\n")),
        }
    }
}

/// A Ctrl-C that came while another program had the terminal was meant for that one.
fn forget_interrupt() {
    signals::forget_interrupt();
}
