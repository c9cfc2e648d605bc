//! Python's patterns in the words of the engine, and Python's complaints about those that are none.
//!
//! What is hard: the same letters mean different things. In the engine `[` and `&&` in a set are operators, `\<` is the
//! edge of a word, `{` is always a repetition, `$` never stands before a last line end. So the pattern is read here, item by
//! item, and written anew; what has no counterpart is refused.

use std::fmt::Write;

/// What flags say about a part of a pattern.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Modes {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
    pub verbose: bool,
    pub ascii: bool,
}

/// A pattern for the engine.
#[derive(Default, Debug)]
pub(super) struct Translated {
    pub text: String,
    pub modes: Modes,
    /// The names of the groups from the first on.
    pub names: Vec<Option<String>>,
    /// The numbers of the groups in the order of their ends.
    pub ends: Vec<usize>,
    /// Whether `$` can mean the place before the last line end.
    pub has_end: bool,
}

/// A complaint, and the code point it is about.
pub(super) type Fault = (String, usize);

type Result<T> = std::result::Result<T, Fault>;

/// What stands before a place, for a repetition that follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, or a place such as `^`.
    Nothing,
    Item,
    Repeated,
}

struct Group {
    start: usize,
    number: Option<usize>,
    /// The modes outside.
    modes: Modes,
}

pub(super) fn translate(pattern: &str, modes: Modes) -> Result<Translated> {
    let mut translator = Translator {
        chars: pattern.chars().collect(),
        at: 0,
        modes,
        open: Vec::new(),
        before: Before::Nothing,
        out: Translated::default(),
    };
    translator.global_modes()?;
    translator.out.modes = translator.modes;
    if translator.modes.ignore_case {
        translator.out.text.push_str("(?i)");
    }
    while let Some(c) = translator.peek(0) {
        translator.item(c)?;
    }
    match translator.open.pop() {
        Some(group) => Err(("missing ), unterminated subpattern".to_string(), group.start)),
        None => Ok(translator.out),
    }
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    modes: Modes,
    open: Vec<Group>,
    before: Before,
    out: Translated,
}

impl Translator {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn fault<T>(&self, message: impl Into<String>, at: usize) -> Result<T> {
        Err((message.into(), at))
    }

    fn push(&mut self, text: &str, before: Before) {
        self.out.text.push_str(text);
        self.before = before;
    }

    fn push_char(&mut self, c: char) {
        push_literal(&mut self.out.text, c);
        self.before = Before::Item;
    }

    /// `(?imsx)` at the start.
    fn global_modes(&mut self) -> Result<()> {
        while self.peek(0) == Some('(') && self.peek(1) == Some('?') {
            let letters: Vec<char> =
                self.chars[self.at + 2..].iter().copied().take_while(char::is_ascii_alphabetic).collect();
            let is_global = !letters.is_empty() && self.peek(2 + letters.len()) == Some(')');
            if !is_global || !letters.iter().all(|c| "aimsuxL".contains(*c)) {
                return Ok(());
            }
            for (i, c) in letters.iter().enumerate() {
                set_mode(&mut self.modes, *c, true).map_err(|message| (message, self.at + 2 + i))?;
            }
            self.at += letters.len() + 3;
        }
        Ok(())
    }

    fn item(&mut self, c: char) -> Result<()> {
        let start = self.at;
        self.at += 1;
        match c {
            '\\' => self.escape(start)?,
            '[' => self.set(start)?,
            '(' => self.group(start)?,
            ')' => {
                let Some(group) = self.open.pop() else {
                    return self.fault("unbalanced parenthesis", start);
                };
                self.modes = group.modes;
                self.out.ends.extend(group.number);
                self.push(")", Before::Item);
            }
            '|' => self.push("|", Before::Nothing),
            '.' if self.modes.dot_all => self.push("(?s:.)", Before::Item),
            '.' => self.push("[^\\n]", Before::Item),
            '^' if self.modes.multi_line => self.push("(?m:^)", Before::Nothing),
            '^' => self.push("\\A", Before::Nothing),
            '$' if self.modes.multi_line => self.push("(?m:$)", Before::Nothing),
            '$' => {
                self.out.has_end = true;
                self.push("\\z", Before::Nothing);
            }
            '*' | '+' | '?' => self.repeat(start, &c.to_string())?,
            '{' => match self.counts() {
                Some((least, most)) => {
                    if let (Some(least), Some(most)) = (&least, &most)
                        && (least.len(), least) > (most.len(), most)
                    {
                        return self.fault("min repeat greater than max repeat", start);
                    }
                    let comma_most = match most {
                        Some(most) => format!(",{most}"),
                        None => ",".to_string(),
                    };
                    let least = least.unwrap_or_else(|| "0".to_string());
                    self.repeat(start, &format!("{{{least}{comma_most}}}"))?;
                }
                None => self.push_char('{'),
            },
            '#' if self.modes.verbose => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            }
            c if self.modes.verbose && " \t\n\r\x0b\x0c".contains(c) => {}
            c => self.push_char(c),
        }
        Ok(())
    }

    /// Reads `3}`, `3,}`, `,4}` or `3,4}`; none where the brace is a brace.
    fn counts(&mut self) -> Option<(Option<String>, Option<String>)> {
        let digits = |at: usize| {
            let count = self.chars[at..].iter().take_while(|c| c.is_ascii_digit()).count();
            let text: String = self.chars[at..at + count].iter().collect();
            let text = text.trim_start_matches('0');
            let text = if count > 0 && text.is_empty() { "0" } else { text };
            ((count > 0).then(|| text.to_string()), at + count)
        };
        let (least, mut at) = digits(self.at);
        let most = if self.chars.get(at) == Some(&',') {
            let (most, end) = digits(at + 1);
            at = end;
            most
        } else {
            least.clone()?;
            least.clone()
        };
        if self.chars.get(at) != Some(&'}') {
            return None;
        }
        self.at = at + 1;
        Some((least, most))
    }

    fn repeat(&mut self, start: usize, how: &str) -> Result<()> {
        match self.before {
            Before::Nothing => return self.fault("nothing to repeat", start),
            Before::Repeated => return self.fault("multiple repeat", start),
            Before::Item => {}
        }
        self.push(how, Before::Repeated);
        match self.peek(0) {
            Some('?') => {
                self.at += 1;
                self.push("?", Before::Repeated);
            }
            Some('+') => return self.fault("possessive repeats are not supported", self.at),
            _ => {}
        }
        Ok(())
    }

    fn group(&mut self, start: usize) -> Result<()> {
        let outside = self.modes;
        let mut number = None;
        if self.peek(0) != Some('?') {
            self.out.names.push(None);
            number = Some(self.out.names.len());
            self.push("(", Before::Nothing);
        } else {
            self.at += 1;
            let Some(kind) = self.peek(0) else { return self.fault("unexpected end of pattern", self.at) };
            self.at += 1;
            match kind {
                ':' => self.push("(?:", Before::Nothing),
                'P' => match self.peek(0) {
                    Some('<') => {
                        self.at += 1;
                        number = Some(self.name()?);
                    }
                    Some('=') => return self.fault("backreferences are not supported", start),
                    Some(c) => return self.fault(format!("unknown extension ?P{c}"), start + 1),
                    None => return self.fault("unexpected end of pattern", self.at),
                },
                '#' => {
                    while self.peek(0).is_some_and(|c| c != ')') {
                        self.at += 1;
                    }
                    if self.peek(0).is_none() {
                        return self.fault("missing ), unterminated comment", start);
                    }
                    self.at += 1;
                    return Ok(());
                }
                '=' | '!' => return self.fault("lookahead is not supported", start),
                '<' if matches!(self.peek(0), Some('=' | '!')) => {
                    return self.fault("lookbehind is not supported", start);
                }
                '(' => return self.fault("conditional groups are not supported", start),
                '>' => return self.fault("atomic groups are not supported", start),
                '-' => self.scoped_modes(start)?,
                c if c.is_ascii_alphabetic() => self.scoped_modes(start)?,
                '<' => {
                    let c = self.peek(0).map_or(String::new(), |c| c.to_string());
                    return self.fault(format!("unknown extension ?<{c}"), start + 1);
                }
                c => return self.fault(format!("unknown extension ?{c}"), start + 1),
            }
        }
        self.open.push(Group { start, number, modes: outside });
        Ok(())
    }

    /// Reads the name of a group; the group's number.
    fn name(&mut self) -> Result<usize> {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c != '>') {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect();
        if self.peek(0).is_none() {
            let message = if name.is_empty() { "missing group name" } else { "missing >, unterminated name" };
            return self.fault(message, start);
        }
        self.at += 1;
        if name.is_empty() {
            return self.fault("missing group name", start);
        }
        let mut letters = name.chars();
        let is_name = letters.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
            && letters.all(unicode_ident::is_xid_continue);
        if !is_name {
            let shown = crate::text::quote::repr_str(&name);
            return self.fault(format!("bad character in group name {shown}"), start);
        }
        let number = self.out.names.len() + 1;
        if let Some(old) = self.out.names.iter().position(|other| other.as_ref() == Some(&name)) {
            let shown = crate::text::quote::repr_str(&name);
            let was = old + 1;
            return self.fault(
                format!("redefinition of group name {shown} as group {number}; was group {was}"),
                start,
            );
        }
        // The engine counts; names are kept here.
        self.out.names.push(Some(name));
        self.push("(", Before::Nothing);
        Ok(number)
    }

    /// `(?i-s:`, from the first letter on.
    fn scoped_modes(&mut self, start: usize) -> Result<()> {
        self.at -= 1;
        let mut on = true;
        loop {
            let at = self.at;
            let Some(c) = self.peek(0) else { return self.fault("missing -, : or )", at) };
            self.at += 1;
            match c {
                ':' => break,
                ')' => return self.fault("global flags not at the start of the expression", start),
                '-' if on => on = false,
                'a' | 'u' | 'L' if !on => {
                    return self.fault("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", at);
                }
                c => set_mode(&mut self.modes, c, on).map_err(|message| (message, at))?,
            }
        }
        let open = if self.modes.ignore_case { "(?i:" } else { "(?-i:" };
        self.push(open, Before::Nothing);
        Ok(())
    }

    /// An escape outside of sets; the backslash is at `start`.
    fn escape(&mut self, start: usize) -> Result<()> {
        let Some(c) = self.peek(0) else { return self.fault("bad escape (end of pattern)", start) };
        if let Some(class) = class_escape(c, self.modes.ascii) {
            self.at += 1;
            self.push(class, Before::Item);
            return Ok(());
        }
        match c {
            'A' => self.push("\\A", Before::Nothing),
            'Z' => self.push("\\z", Before::Nothing),
            'b' if self.modes.ascii => self.push("(?-u:\\b)", Before::Nothing),
            'B' if self.modes.ascii => self.push("(?-u:\\B)", Before::Nothing),
            'b' => self.push("\\b", Before::Nothing),
            'B' => self.push("\\B", Before::Nothing),
            '1'..='9' if !self.is_octal(3) => {
                return self.fault("backreferences are not supported", start);
            }
            _ => {
                let c = self.char_escape(start)?;
                self.push_char(c);
                return Ok(());
            }
        }
        self.at += 1;
        Ok(())
    }

    fn is_octal(&self, count: usize) -> bool {
        (0..count).all(|i| self.peek(i).is_some_and(|c| c.is_digit(8)))
    }

    /// An escape that stands for one character.
    fn char_escape(&mut self, start: usize) -> Result<char> {
        let Some(c) = self.peek(0) else { return self.fault("bad escape (end of pattern)", start) };
        let simple = match c {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => return self.hex_escape(start, 2),
            'u' => return self.hex_escape(start, 4),
            'U' => return self.hex_escape(start, 8),
            '0'..='7' => {
                let most = if c == '0' || self.is_octal(3) { 3 } else { 2 };
                let mut code = 0;
                for _ in 0..most {
                    let Some(digit) = self.peek(0).and_then(|c| c.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                let text: String = self.chars[start..self.at].iter().collect();
                return match char::from_u32(code).filter(|_| code <= 0o377) {
                    Some(c) => Ok(c),
                    None => self.fault(format!("octal escape value {text} outside of range 0-0o377"), start),
                };
            }
            c if c.is_ascii_alphanumeric() => return self.fault(format!("bad escape \\{c}"), start),
            c => c,
        };
        self.at += 1;
        Ok(simple)
    }

    fn hex_escape(&mut self, start: usize, digits: usize) -> Result<char> {
        self.at += 1;
        let first = self.at;
        while self.at < first + digits && self.peek(0).is_some_and(|c| c.is_ascii_hexdigit()) {
            self.at += 1;
        }
        let text: String = self.chars[first..self.at].iter().collect();
        let code = u32::from_str_radix(&text, 16).ok().filter(|_| self.at == first + digits);
        match code.and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => {
                let shown: String = self.chars[start..self.at].iter().collect();
                self.fault(format!("incomplete escape {shown}"), start)
            }
        }
    }

    /// A set; the bracket is at `start`.
    fn set(&mut self, start: usize) -> Result<()> {
        let mut text = "[".to_string();
        if self.peek(0) == Some('^') {
            text.push('^');
            self.at += 1;
        }
        let first = self.at;
        loop {
            let at = self.at;
            let Some(c) = self.peek(0) else { return self.fault("unterminated character set", start) };
            if c == ']' && at > first {
                self.at += 1;
                break;
            }
            let low = self.set_item(start)?;
            if self.peek(0) == Some('-') && self.peek(1).is_some_and(|c| c != ']') {
                self.at += 1;
                let high = self.set_item(start)?;
                match (low, high) {
                    (Ok(low), Ok(high)) if low <= high => {
                        push_literal(&mut text, low);
                        text.push('-');
                        push_literal(&mut text, high);
                    }
                    _ => {
                        let shown: String = self.chars[at..self.at].iter().collect();
                        return self.fault(format!("bad character range {shown}"), at);
                    }
                }
                continue;
            }
            match low {
                Ok(c) => push_literal(&mut text, c),
                Err(class) => text.push_str(class),
            }
        }
        text.push(']');
        self.push(&text, Before::Item);
        Ok(())
    }

    /// One character of a set, or a class such as `\d`.
    fn set_item(&mut self, start: usize) -> Result<std::result::Result<char, &'static str>> {
        let at = self.at;
        let Some(c) = self.peek(0) else { return self.fault("unterminated character set", start) };
        self.at += 1;
        if c != '\\' {
            return Ok(Ok(c));
        }
        let Some(c) = self.peek(0) else { return self.fault("bad escape (end of pattern)", at) };
        if let Some(class) = class_escape(c, self.modes.ascii) {
            self.at += 1;
            return Ok(Err(class));
        }
        self.char_escape(at).map(Ok)
    }
}

/// Sets one of the modes; the complaint about letters that are none.
fn set_mode(modes: &mut Modes, letter: char, on: bool) -> std::result::Result<(), String> {
    match letter {
        'i' => modes.ignore_case = on,
        'm' => modes.multi_line = on,
        's' => modes.dot_all = on,
        'x' => modes.verbose = on,
        'a' => modes.ascii = true,
        'u' => modes.ascii = false,
        'L' => return Err("bad inline flags: cannot use 'L' flag with a str pattern".to_string()),
        _ => return Err("unknown flag".to_string()),
    }
    Ok(())
}

/// `\d` and its like, in or outside of a set.
fn class_escape(letter: char, ascii: bool) -> Option<&'static str> {
    Some(match (letter, ascii) {
        ('d', false) => "\\d",
        ('D', false) => "\\D",
        // What `isalnum` says and `_`: numbers such as `²`, and no marks.
        ('w', false) => "[\\p{L}\\p{N}_]",
        ('W', false) => "[^\\p{L}\\p{N}_]",
        ('s', false) => "[\\s\\x1c-\\x1f]",
        ('S', false) => "[^\\s\\x1c-\\x1f]",
        ('d', true) => "[0-9]",
        ('D', true) => "[^0-9]",
        ('w', true) => "[0-9A-Za-z_]",
        ('W', true) => "[^0-9A-Za-z_]",
        ('s', true) => "[\\t-\\r\\x20]",
        ('S', true) => "[^\\t-\\r\\x20]",
        _ => return None,
    })
}

/// Writes a character so that it means itself everywhere.
fn push_literal(out: &mut String, c: char) {
    if c.is_alphanumeric() {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
    }
}
