//! What may stand at the cursor.
//!
//! What is hard: the text is not whole, and nothing of the program may run to find out what a value has. So the place is
//! judged by the pieces before the cursor alone, and values are only looked at.

use std::path::Path;

use toy::{Interpreter, Session};
use toy_grammar::{KEYWORDS, PieceKind, pieces};

use super::commands;

/// Where a completion begins, and the texts that may stand there.
pub type Found = (usize, Vec<String>);

const INDENT: &str = "    ";

/// What may stand at the end of `before` in an entry `whole`.
pub fn complete(interpreter: &mut Interpreter, session: &Session, before: &str, whole: &str) -> Found {
    if let Some(found) = in_command(before) {
        return found;
    }
    let pieces = pieces(before);
    if let Some(last) = pieces.last() {
        match last.kind {
            PieceKind::Text { content, open: true } => return paths(before, content as usize),
            PieceKind::Comment => return (before.len(), Vec::new()),
            _ => {}
        }
    }
    let tokens: Vec<Word<'_>> = pieces
        .iter()
        .map(|piece| Word {
            kind: piece.kind,
            text: &before[piece.span.start as usize..piece.span.end as usize],
        })
        .collect();
    let (start, word) = match pieces.last() {
        Some(last)
            if last.span.end as usize == before.len()
                && matches!(last.kind, PieceKind::Name | PieceKind::Keyword | PieceKind::Constant) =>
        {
            (last.span.start as usize, &before[last.span.start as usize..])
        }
        _ => (before.len(), ""),
    };
    let tokens = if word.is_empty() { &tokens[..] } else { &tokens[..tokens.len() - 1] };
    let is_blank = before[..start].rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
    if word.is_empty() && is_blank {
        return (start, vec![INDENT.to_string()]);
    }
    let found = if let Some(imported) = imported(interpreter, tokens) {
        imported
    } else if tokens.last().is_some_and(|token| token.text == ".") {
        attributes(interpreter, session, tokens)
    } else {
        let mut found = keyword_arguments(interpreter, session, tokens);
        if !word.is_empty() || found.is_empty() {
            found.extend(names(interpreter, session, whole, word));
        }
        found
    };
    (start, chosen(found, word))
}

#[derive(Clone, Copy)]
struct Word<'a> {
    kind: PieceKind,
    text: &'a str,
}

/// Those that begin with `word`, in order; names with an underscore only where one was typed.
fn chosen(mut found: Vec<String>, word: &str) -> Vec<String> {
    found.retain(|name| name.starts_with(word) && (word.starts_with('_') || !name.starts_with('_')));
    found.sort();
    found.dedup();
    found
}

/// Commands, and the paths that some take.
fn in_command(before: &str) -> Option<Found> {
    let command = before.strip_prefix(':')?;
    match command.split_once(' ') {
        None => Some((1, chosen(commands::NAMES.iter().map(|name| name.to_string()).collect(), command))),
        Some(("load" | "save", _)) => Some(paths(before, before.find(' ').map_or(0, |at| at + 1))),
        // What follows is an expression, but for its place in the text.
        Some(_) => None,
    }
}

/// Files and folders that go on where the path from `start` ends.
fn paths(before: &str, start: usize) -> Found {
    let path = &before[start.min(before.len())..];
    let (folder, name) = match path.rfind('/') {
        Some(slash) => (&path[..=slash], &path[slash + 1..]),
        None => ("", path),
    };
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let Ok(mut text) = entry.file_name().into_string() else { continue };
        if !text.starts_with(name) || text.starts_with('.') && !name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            text.push('/');
        }
        found.push(text);
    }
    found.sort();
    (before.len() - name.len(), found)
}

/// Modules behind `import` and `from`, and what a module has behind `from m import`; none elsewhere.
fn imported(interpreter: &mut Interpreter, tokens: &[Word<'_>]) -> Option<Vec<String>> {
    let begin = tokens.iter().rposition(|token| token.kind == PieceKind::Newline || token.text == ";");
    let statement = &tokens[begin.map_or(0, |at| at + 1)..];
    let behind_comma =
        |rest: &[Word<'_>]| rest.last().is_none_or(|last| last.text == "," || last.text == ".");
    match statement {
        [Word { text: "import", .. }, rest @ ..] if behind_comma(rest) => Some(modules(interpreter, rest)),
        [Word { text: "from", .. }, rest @ ..] => {
            match rest.iter().position(|token| token.text == "import") {
                None if behind_comma(rest) => Some(modules(interpreter, rest)),
                None => Some(vec!["import".to_string()]),
                Some(at) => {
                    let name: String = rest[..at].iter().map(|token| token.text).collect();
                    Some(interpreter.library_members(&name))
                }
            }
        }
        _ => None,
    }
}

/// The library's modules and the files that can be imported; behind `os.` those of `os`.
fn modules(interpreter: &Interpreter, typed: &[Word<'_>]) -> Vec<String> {
    let last = typed.iter().rposition(|token| token.text == ",").map_or(0, |at| at + 1);
    let parent: String = typed[last..].iter().map(|token| token.text).collect();
    let library = interpreter.library_names();
    let mut found: Vec<String> =
        library.iter().filter_map(|name| name.strip_prefix(&parent)).map(str::to_string).collect();
    let folder = parent.replace('.', "/");
    let mut folders = vec![Path::new(".").to_path_buf()];
    folders.extend(interpreter.search_path().iter().cloned());
    for place in folders {
        for entry in std::fs::read_dir(place.join(&folder)).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            found.extend(name.strip_suffix(".toy").map(str::to_string));
        }
    }
    let is_name = |name: &String| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    found.retain(|name| is_name(name));
    found
}

/// What stands behind the dot that is the last of these.
fn attributes(interpreter: &mut Interpreter, session: &Session, tokens: &[Word<'_>]) -> Vec<String> {
    let before = &tokens[..tokens.len() - 1];
    let value = match before.last() {
        Some(Word { kind: PieceKind::Text { .. }, text }) if !text.starts_with(['b', 'B']) => {
            Some(interpreter.class_of_strings())
        }
        _ => path_before(before).and_then(|path| interpreter.look_up(session, &path)),
    };
    value.map_or_else(Vec::new, |value| interpreter.attribute_names(value))
}

/// The names joined by dots that these end in.
fn path_before<'a>(tokens: &[Word<'a>]) -> Option<Vec<&'a str>> {
    let mut path = Vec::new();
    let mut rest = tokens;
    loop {
        let (last, before) = rest.split_last()?;
        if last.kind != PieceKind::Name {
            return None;
        }
        path.push(last.text);
        match before.split_last() {
            Some((dot, before)) if dot.text == "." => rest = before,
            _ => {
                path.reverse();
                return Some(path);
            }
        }
    }
}

/// `name=` for the parameters of the function whose call these are in.
fn keyword_arguments(interpreter: &mut Interpreter, session: &Session, tokens: &[Word<'_>]) -> Vec<String> {
    if !tokens.last().is_some_and(|token| ["(", ","].contains(&token.text)) {
        return Vec::new();
    }
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            PieceKind::Close(_) => depth += 1,
            PieceKind::Open(_) if depth > 0 => depth -= 1,
            PieceKind::Open(b'(') => {
                let given = &tokens[i..];
                let Some(path) = path_before(&tokens[..i]) else { return Vec::new() };
                let Some(function) = interpreter.look_up(session, &path) else { return Vec::new() };
                let is_given =
                    |name: &str| given.windows(2).any(|pair| pair[0].text == name && pair[1].text == "=");
                let mut names = interpreter.keyword_names(function);
                names.retain(|name| !is_given(name));
                return names.into_iter().map(|name| name + "=").collect();
            }
            PieceKind::Open(_) => return Vec::new(),
            _ => {}
        }
    }
    Vec::new()
}

/// Words of the language, names of the session and of the entry itself, builtins.
fn names(interpreter: &Interpreter, session: &Session, whole: &str, word: &str) -> Vec<String> {
    let mut names: Vec<String> = KEYWORDS.iter().map(|word| word.to_string()).collect();
    names.extend(interpreter.builtin_names().iter().map(|name| name.to_string()));
    names.extend(interpreter.bindings(session).into_iter().map(|binding| binding.name));
    names.extend(["_", "_err"].map(str::to_string));
    let written = pieces(whole).into_iter().filter(|piece| piece.kind == PieceKind::Name);
    let written = written.map(|piece| whole[piece.span.start as usize..piece.span.end as usize].to_string());
    // The word that is being typed is no suggestion.
    names.extend(written.filter(|name| name != word));
    names
}

#[cfg(test)]
mod tests {
    use toy::host::SystemHost;
    use toy::{Config, Entered};

    use super::*;

    fn found(setup: &str, before: &str) -> Vec<String> {
        let mut interpreter = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
        let mut session = interpreter.session(None);
        assert!(matches!(interpreter.enter(&mut session, setup, None), Entered::Ran(_)), "{setup}");
        complete(&mut interpreter, &session, before, before).1
    }

    #[test]
    fn names_of_the_session_and_words_are_found() {
        assert_eq!(found("let pristine = 1", "pri"), ["print", "pristine"]);
        assert_eq!(found("", "whi"), ["while"]);
        assert_eq!(found("", "fn f(argument) => arg"), ["argument"]);
        assert_eq!(found("", "x = 'pri"), [] as [&str; 0]);
        assert_eq!(found("", "# pri"), [] as [&str; 0]);
        assert_eq!(found("", "if x {\n"), ["    "]);
    }

    #[test]
    fn attributes_are_found_without_running_anything() {
        let setup = "class C { fn init() { self.size = 1 }\n @property\n fn boom() { raise 'no' }\n fn sing() { } }\nlet c = C()";
        assert_eq!(found(setup, "c.s"), ["sing", "size"]);
        assert_eq!(found(setup, "c.boom.x"), [] as [&str; 0]);
        assert_eq!(found(setup, "c.bo"), ["boom"]);
        assert_eq!(found("import math", "math.sq"), ["sqrt"]);
        assert_eq!(found("", "'abc'.isup"), ["isupper"]);
        assert_eq!(found("let xs = [1]", "xs.app"), ["append"]);
        assert_eq!(found("", "f(1).x"), [] as [&str; 0]);
    }

    #[test]
    fn modules_and_their_members_are_found() {
        assert_eq!(found("", "import js"), ["json"]);
        assert_eq!(found("", "import os, js"), ["json"]);
        assert_eq!(found("", "from js"), ["json"]);
        assert_eq!(found("", "from json imp"), ["import"]);
        assert_eq!(found("", "from json import load"), ["load", "loads"]);
        assert_eq!(found("", "import os.pa"), ["path"]);
    }

    #[test]
    fn keyword_arguments_of_known_functions_are_found() {
        assert_eq!(found("", "sorted([1], re"), ["repr", "return", "reverse=", "reversed"]);
        assert_eq!(found("fn f(alpha, beta = 1) { }", "f("), ["alpha=", "beta="]);
        assert_eq!(found("fn f(alpha, beta = 1) { }", "f(alpha=1, "), ["beta="]);
        assert_eq!(found("class C { fn init(owner) { } }", "C(ow"), ["owner="]);
    }

    #[test]
    fn paths_are_found_in_strings_and_behind_commands() {
        assert_eq!(found("", "open(\"src/rep"), ["repl/", "report/"]);
        assert_eq!(found("", ":load src/mai"), ["main.rs"]);
        assert_eq!(found("", ":lo"), ["load"]);
    }
}
