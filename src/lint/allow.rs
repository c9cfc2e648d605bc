//! `# toy: allow CODE`: warnings that somebody has looked at.
//!
//! Behind code the comment is about its own line; alone on a line, about the next line of code; `# toy: allow-file CODE`,
//! alone on a line above all code, about the whole file. Several codes are separated by commas; behind the last may stand
//! a reason. A comment that silences nothing is a warning itself, and so is one that names no code of a warning: else they
//! would outlive what they were written for. These two, and errors, cannot be silenced.

use rustc_hash::FxHashMap;

use toy_grammar::ast::Span;
use toy_grammar::diagnostic::Diagnostic;
use toy_grammar::{Lines, Piece, PieceKind, pieces};

use super::{OF_NAMES, OF_TREE};

/// One code of one comment.
struct Allow {
    code: &'static str,
    span: Span,
    /// The line that it is about; none for the whole file.
    line: Option<u32>,
    used: bool,
}

/// The warnings that no comment silences, and those about the comments. `with_names`: the rules that need names were
/// asked as well, so that one can tell whether a comment for them does anything.
pub(super) fn silenced(text: &str, warnings: Vec<Diagnostic>, with_names: bool) -> Vec<Diagnostic> {
    if !text.contains("toy:") {
        return warnings;
    }
    let lines = Lines::new(text);
    let mut reader = Reader { text, lines: &lines, allows: Vec::new(), bad: Vec::new() };
    reader.read(&pieces(text));
    let Reader { mut allows, bad, .. } = reader;

    let mut index: FxHashMap<(&str, Option<u32>), Vec<usize>> = FxHashMap::default();
    for (i, allow) in allows.iter().enumerate() {
        index.entry((allow.code, allow.line)).or_default().push(i);
    }
    let mut left: Vec<Diagnostic> = Vec::new();
    for warning in warnings {
        let line = lines.line(warning.span.start);
        let places = [Some(line), None].into_iter();
        let matching = places.filter_map(|line| index.get(&(warning.code, line))).find_map(|all| all.first());
        match matching {
            Some(&i) => allows[i].used = true,
            None => left.push(warning),
        }
    }
    let asked = |code| with_names || OF_TREE.contains(&code);
    left.extend(allows.iter().filter(|allow| !allow.used && asked(allow.code)).map(unused));
    left.extend(bad);
    left
}

fn unused(allow: &Allow) -> Diagnostic {
    let place = if allow.line.is_some() { "on this line" } else { "in this file" };
    let message = format!("there is no '{}' {place} to be allowed", allow.code);
    Diagnostic::warning("unused-allow", allow.span, message).help("remove it")
}

/// Finds the comments.
struct Reader<'a> {
    text: &'a str,
    lines: &'a Lines,
    allows: Vec<Allow>,
    bad: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self, pieces: &[Piece]) {
        let is_code = |piece: &Piece| !matches!(piece.kind, PieceKind::Comment | PieceKind::Newline);
        let first = pieces.iter().position(is_code).unwrap_or(pieces.len());
        // Backwards, since a comment may be about what follows it.
        let mut next = None;
        for (i, piece) in pieces.iter().enumerate().rev() {
            let line = self.lines.line(piece.span.start);
            if is_code(piece) {
                next = Some(line);
            } else if piece.kind == PieceKind::Comment {
                // What stands before a comment in its line is code, and a string there may have begun further up.
                let before = i.checked_sub(1).map(|i| pieces[i]).filter(is_code);
                let last = before.map(|before| before.span.end.saturating_sub(1).max(before.span.start));
                let alone = last.is_none_or(|last| self.lines.line(last) != line);
                self.comment(piece.span, next.filter(|_| alone).unwrap_or(line), alone && i < first);
            }
        }
    }

    /// Reads one comment. `line`: what it is about; `at_head`: it may be about the whole file.
    fn comment(&mut self, span: Span, line: u32, at_head: bool) {
        let comment = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        let Some(order) = comment.trim_start_matches('#').trim_start().strip_prefix("toy:") else { return };
        let order = order.trim_start();
        let (word, list) = order.split_once(char::is_whitespace).unwrap_or((order, ""));
        let line = match word {
            "allow" => Some(line),
            "allow-file" => None,
            _ => return,
        };
        if line.is_none() && !at_head {
            return self.complain(span, "`allow-file` stands on a line of its own, above all code", None);
        }
        if list.trim().is_empty() {
            return self.complain(span, "no code is named here", None);
        }
        let start = span.end as usize - list.len();
        let mut at = start;
        for part in list.split(',') {
            let code = part.split_whitespace().next().unwrap_or("").trim_end_matches(':');
            let begin = at + (part.len() - part.trim_start().len());
            let span = Span::new(begin as u32, (begin + code.len()) as u32);
            match OF_TREE.iter().chain(&OF_NAMES).find(|known| **known == code) {
                Some(code) => self.allows.push(Allow { code, span, line, used: false }),
                None if code.is_empty() => {}
                None => self.unknown(code, span),
            }
            if part.split_whitespace().count() > 1 {
                break; // what follows is the reason
            }
            at += part.len() + 1;
        }
    }

    fn unknown(&mut self, code: &str, span: Span) {
        let all = OF_TREE.iter().chain(&OF_NAMES);
        let near = all.map(|known| (strsim::damerau_levenshtein(code, known), *known)).min();
        let code: String = code.chars().take(80).collect();
        let help = match near {
            Some((distance, near)) if distance <= 3 => format!("did you mean `{near}`?"),
            _ => "`toy explain` lists the codes; errors cannot be allowed".to_string(),
        };
        self.complain(span, &format!("there is no warning with the code '{code}'"), Some(help));
    }

    fn complain(&mut self, span: Span, message: &str, help: Option<String>) {
        let finding = Diagnostic::warning("bad-allow", span, message);
        self.bad.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
}
