//! The line editor: rustyline, told what an entry is, what its colours are and what may be completed. Nothing else in the
//! project knows rustyline.
//!
//! What is hard: while rustyline waits it hears of Ctrl-C and of the window's size, and of no other signal. So a signal that
//! asks to end is passed on to it as a Ctrl-C (`signals::begin_waking`), from the moment on when it listens: it asks for
//! a hint then, first of all.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustyline::completion::Completer;
use rustyline::config::{BellStyle, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::{MemHistory, SearchDirection};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, Context, Editor, Helper};
use toy::report::Style;

use super::history::MOST_ENTRIES;
use super::{Next, Prompt, colour, complete, paste};
use crate::signals;

const PROMPT: &str = "toy> ";

/// Reads and runs entries until somebody leaves.
pub fn converse(prompt: &Rc<RefCell<Prompt>>, style: fn() -> Style) {
    let colours = matches!(style(), Style::Fancy { color: true, .. });
    let config = Config::builder()
        .max_history_size(MOST_ENTRIES)
        .map(|config| {
            config
                .completion_type(CompletionType::List)
                .completion_show_all_if_ambiguous(false)
                .bell_style(BellStyle::None)
                .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
                .tab_stop(4)
                .build()
        })
        .unwrap_or_default();
    let history = MemHistory::with_config(&config);
    let Ok(mut editor) = Editor::<Assistant, MemHistory>::with_history(config, history) else { return };
    // With one, rustyline waits for signals and input in one call, and so misses none.
    let _printer = editor.create_external_printer();
    let (entries, warning) = prompt.borrow().history.borrow_mut().load();
    for entry in entries {
        // It refuses doubles, nothing else.
        let _ = editor.add_history_entry(entry);
    }
    if let Some(warning) = warning {
        prompt.borrow_mut().interpreter.say(&warning);
    }
    editor.set_helper(Some(Assistant { prompt: prompt.clone(), cursor: Cell::new(None) }));
    prompt
        .borrow_mut()
        .interpreter
        .say(&format!("toy {}; :help for help, Ctrl-D to leave\n", env!("CARGO_PKG_VERSION")));
    loop {
        if prompt.borrow_mut().settle() == Next::Leave {
            return;
        }
        let read = editor.readline(PROMPT);
        signals::end_waking();
        let mut prompt = prompt.borrow_mut();
        prompt.interpreter.set_style(style());
        match read {
            Ok(text) => {
                let entry = paste::stripped(&text);
                let entry = entry.trim_end();
                if !entry.trim().is_empty() {
                    let _ = editor.add_history_entry(entry);
                    prompt.remember(entry);
                }
                if prompt.accept(entry) == Next::Leave {
                    return;
                }
            }
            // Ctrl-C, or another signal, which is heard next.
            Err(ReadlineError::Interrupted) => {}
            // Ctrl-D; or the terminal is gone, as the signal that is heard next will tell, if there was one.
            Err(_) => {
                prompt.settle();
                return;
            }
        }
    }
}

impl Prompt {
    /// Puts an entry in the history file.
    pub(super) fn remember(&mut self, entry: &str) {
        let warning = self.history.borrow_mut().append(entry);
        if let Some(warning) = warning {
            self.interpreter.say(&warning);
        }
    }
}

/// What rustyline asks while somebody types.
struct Assistant {
    prompt: Rc<RefCell<Prompt>>,
    /// Where the cursor is; none when the entry is shown for the last time.
    cursor: Cell<Option<usize>>,
}

impl Helper for Assistant {}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        if !text.starts_with(':') && toy::session::is_incomplete(&paste::stripped(text)) {
            return Ok(ValidationResult::Incomplete);
        }
        Ok(ValidationResult::Valid(None))
    }
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(&self, text: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let Ok(mut prompt) = self.prompt.try_borrow_mut() else { return Ok((at, Vec::new())) };
        let Prompt { interpreter, session, .. } = &mut *prompt;
        Ok(complete::complete(interpreter, session, &text[..at], text))
    }
}

/// The rest of an earlier entry.
struct Hint {
    rest: String,
    /// Its first line.
    shown: String,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        Some(&self.rest)
    }
}

impl Hinter for Assistant {
    type Hint = Hint;

    fn hint(&self, text: &str, at: usize, context: &Context<'_>) -> Option<Hint> {
        signals::begin_waking();
        if text.is_empty() || at < text.len() {
            return None;
        }
        let newest = context.history().len().checked_sub(1)?;
        let start = context.history_index().min(newest);
        let found = context.history().starts_with(text, start, SearchDirection::Reverse).ok()??;
        let rest = found.entry.get(at..).filter(|rest| !rest.is_empty())?.to_string();
        let shown = match rest.split_once('\n') {
            Some((line, _)) => format!("{line} …"),
            None => rest.clone(),
        };
        Some(Hint { rest, shown })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, text: &'l str, _: usize) -> Cow<'l, str> {
        let Ok(prompt) = self.prompt.try_borrow() else { return Cow::Borrowed(text) };
        let builtins = prompt.interpreter.builtin_names();
        Cow::Owned(colour::entry(text, self.cursor.get(), |name| builtins.contains(&name)))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, text: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(colour::prompt(text))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(colour::hint(hint))
    }

    fn highlight_char(&self, _: &str, at: usize, kind: CmdKind) -> bool {
        self.cursor.set((kind != CmdKind::ForcedRefresh).then_some(at));
        true
    }
}
