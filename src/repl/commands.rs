//! The commands of the prompt, which begin with a colon.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::time::Instant;

use toy::bytecode::dump::dump;
use toy::shutdown::plan_text;
use toy::value::{BoundMethod, Closure, Method, Value};
use toy::{Entered, decode_source, manual};
use toy_grammar::is_keyword;

use super::{Next, Prompt};

/// A command: how it is called, and what it does.
struct About {
    usage: &'static str,
    what: &'static str,
}

const COMMANDS: &[About] = &[
    About { usage: ":help", what: "this list; `help(x)` or `:doc x` says what x is" },
    About { usage: ":doc x", what: "what is known about a value, a word of the language or a module" },
    About { usage: ":type x", what: "the type of an expression's value" },
    About { usage: ":vars", what: "the names that were declared here, and their values" },
    About { usage: ":time EXPR", what: "runs something and says how long it took" },
    About { usage: ":dis f", what: "the instructions of a function" },
    About { usage: ":load FILE", what: "runs a file as if it were typed here" },
    About { usage: ":save FILE", what: "writes the entries that ran to a new file" },
    About { usage: ":edit", what: "opens the last entry in $VISUAL or $EDITOR, and then runs it" },
    About { usage: ":reset", what: "forgets all names" },
    About { usage: ":plan", what: "what would run at the exit, in that order" },
    About { usage: ":quit", what: "leaves, as exit() and Ctrl-D do" },
];

/// The names of the commands.
pub const NAMES: &[&str] =
    &["help", "doc", "type", "vars", "time", "dis", "load", "save", "edit", "reset", "plan", "quit"];

const KEYS: &str = "\
_ is the last value, _err the last exception. exit, quit and help work without parentheses.
Tab completes, Ctrl-R searches the history, Ctrl-C gives up an entry or stops what runs, Ctrl-D leaves.
";

/// Runs a command; `typed` is what follows the colon.
pub fn run(prompt: &mut Prompt, typed: &str) -> Next {
    let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let rest = rest.trim();
    match (name.trim(), rest) {
        ("quit", "") => prompt.enter("exit()"),
        ("help", "") => help(prompt),
        ("vars", "") => vars(prompt),
        ("plan", "") => {
            let plan = plan_text(&prompt.interpreter.plan());
            prompt.print(&plan)
        }
        ("reset", "") => {
            prompt.session = prompt.interpreter.session(None);
            prompt.kept.clear();
            Next::Entry
        }
        ("edit", "") => edit(prompt),
        ("help" | "doc", topic) if !topic.is_empty() => doc(prompt, topic),
        ("type", text) if !text.is_empty() => with_value(prompt, text, |prompt, value| {
            let name = prompt.interpreter.vm().type_name(value);
            prompt.print(&name)
        }),
        ("time", text) if !text.is_empty() => time(prompt, text),
        ("dis", text) if !text.is_empty() => with_value(prompt, text, dis),
        ("load", file) if !file.is_empty() => load(prompt, file),
        ("save", file) if !file.is_empty() => save(prompt, file),
        (name, _) => {
            let usage = COMMANDS.iter().find(|about| about.usage[1..].split(' ').next() == Some(name));
            let message = match usage {
                Some(about) => format!("usage: {}\n", about.usage),
                None => format!("there is no command :{name}; :help lists them\n"),
            };
            prompt.complain(&message)
        }
    }
}

impl Prompt {
    pub(super) fn print(&mut self, text: &str) -> Next {
        let printed = self.interpreter.print(&mut self.session, text.trim_end());
        self.after(match printed {
            Entered::Ran(_) => Entered::Ran(Value::NIL),
            other => other,
        })
    }

    fn complain(&mut self, message: &str) -> Next {
        self.interpreter.say(&format!("toy: {message}"));
        Next::Entry
    }
}

fn help(prompt: &mut Prompt) -> Next {
    let width = COMMANDS.iter().map(|about| about.usage.len()).max().unwrap_or(0);
    let mut text = String::new();
    for About { usage, what } in COMMANDS {
        text += &format!("{usage:<width$}  {what}\n");
    }
    prompt.print(&format!("{text}\n{KEYS}"))
}

/// Runs an expression, and does something with its value, which is not kept.
fn with_value(prompt: &mut Prompt, text: &str, f: impl FnOnce(&mut Prompt, Value) -> Next) -> Next {
    match prompt.interpreter.evaluate(&mut prompt.session, text, None) {
        Entered::Ran(value) => {
            let mark = prompt.interpreter.vm().roots.len();
            prompt.interpreter.vm().roots.push(value);
            let next = f(prompt, value);
            prompt.interpreter.vm().roots.truncate(mark);
            next
        }
        Entered::Incomplete => prompt.complain("this is no whole expression\n"),
        other => prompt.after(other),
    }
}

/// A value's documentation; for what is no value here, `help` finds words, builtins and modules.
fn doc(prompt: &mut Prompt, topic: &str) -> Next {
    let path: Vec<&str> = topic.split('.').collect();
    let is_path =
        path.iter().all(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    if is_keyword(topic) || is_path && prompt.interpreter.look_up(&prompt.session, &path[..1]).is_none() {
        let call = format!("help({})", toy::text::quote::repr_str(topic));
        let entered = prompt.interpreter.evaluate(&mut prompt.session, &call, None);
        return prompt.after(entered);
    }
    with_value(prompt, topic, |prompt, value| {
        let text = manual::help(prompt.interpreter.vm(), value);
        prompt.print(&text)
    })
}

fn vars(prompt: &mut Prompt) -> Next {
    const MOST: usize = 60;
    let bindings = prompt.interpreter.bindings(&prompt.session);
    let names = bindings.iter().map(|binding| binding.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for binding in bindings {
        let vm = prompt.interpreter.vm();
        let class = vm.type_name(binding.value);
        let shown = match vm.rooted(&[binding.value], |vm| toy::session::shown(vm, binding.value)) {
            Ok(shown) => shown,
            Err(_) if vm.halted().is_some() => return Next::Leave,
            Err(raised) => format!("<repr failed: {}>", vm.type_name(raised.0)),
        };
        let shown = match shown.char_indices().nth(MOST) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown,
        };
        text += &format!("{:<names$}  {class}  {shown}\n", binding.name);
    }
    if text.is_empty() {
        text += "nothing was declared here";
    }
    prompt.print(&text)
}

fn time(prompt: &mut Prompt, text: &str) -> Next {
    let begun = Instant::now();
    let entered = prompt.interpreter.enter(&mut prompt.session, text, None);
    let took = begun.elapsed().as_secs_f64();
    if let Entered::Incomplete = entered {
        return prompt.complain("this is no whole entry\n");
    }
    match prompt.after(entered) {
        Next::Leave => Next::Leave,
        Next::Entry => {
            let (number, unit) = match took {
                ..0.001 => (took * 1e6, "µs"),
                ..1.0 => (took * 1e3, "ms"),
                _ => (took, "s"),
            };
            prompt.print(&format!("{number:.3} {unit}"))
        }
    }
}

fn dis(prompt: &mut Prompt, value: Value) -> Next {
    let inner = if let Some(bound) = value.as_object::<BoundMethod>() {
        bound.function
    } else if let Some(method) = value.as_object::<Method>() {
        method.function
    } else {
        value
    };
    match inner.as_object::<Closure>() {
        Some(closure) => {
            let text = dump(&closure.proto.code, &closure.proto.source.text);
            prompt.print(&text)
        }
        None => {
            let class = prompt.interpreter.vm().type_name(value);
            prompt.complain(&format!("only functions have instructions, and this is a {class}\n"))
        }
    }
}

fn load(prompt: &mut Prompt, file: &str) -> Next {
    let text = match std::fs::read(file) {
        Ok(bytes) => decode_source(file, bytes),
        Err(error) => {
            Err(toy::LoadError { name: file.to_string(), reason: toy::NotLoaded::Unreadable(error) })
        }
    };
    match text {
        Ok(text) => {
            let entered = prompt.interpreter.evaluate(&mut prompt.session, &text, Some(file));
            prompt.after(match entered {
                Entered::Ran(_) => Entered::Ran(Value::NIL),
                other => other,
            })
        }
        Err(error) => prompt.complain(&format!("{error}\n")),
    }
}

fn save(prompt: &mut Prompt, file: &str) -> Next {
    let mut text = prompt.kept.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => prompt.print(&format!("{} entries are in {file}", prompt.kept.len())),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            prompt.complain(&format!("'{file}' is there already, and stays as it is\n"))
        }
        Err(error) => prompt.complain(&format!("can't write '{file}': {}\n", without_number(&error))),
    }
}

/// Lets the last entry be edited by a program of the user's choice, and takes what comes back as an entry.
fn edit(prompt: &mut Prompt) -> Next {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let editor = variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| "vi".to_string());
    let file = std::env::temp_dir().join(format!("toy-entry-{}.toy", std::process::id()));
    let before = format!("{}\n", prompt.last);
    let edited = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut file| file.write_all(before.as_bytes()))
        .and_then(|()| {
            // The variable may hold options, too.
            Command::new("sh").args(["-c", &format!("exec {editor} \"$1\""), "sh"]).arg(&file).status()
        })
        .and_then(|status| {
            if status.success() {
                std::fs::read_to_string(&file)
            } else {
                Err(std::io::Error::other("the editor failed"))
            }
        });
    super::forget_interrupt();
    // It may never have been made.
    let _ = std::fs::remove_file(&file);
    match edited {
        Ok(text) if text == before || text.trim().is_empty() => Next::Entry,
        Ok(text) => {
            let text = text.trim_end().to_string();
            prompt.remember(&text);
            prompt.interpreter.say(&format!("{text}\n"));
            match prompt.enter(&text) {
                Next::Entry if toy::session::is_incomplete(&text) => {
                    prompt.complain("the entry is not whole; :edit goes on with it\n")
                }
                next => next,
            }
        }
        Err(error) => prompt.complain(&format!("can't edit: {}\n", without_number(&error))),
    }
}

fn without_number(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_explained() {
        let explained: Vec<&str> =
            COMMANDS.iter().filter_map(|about| about.usage[1..].split(' ').next()).collect();
        assert_eq!(explained, NAMES);
    }
}
