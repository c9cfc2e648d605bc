//! Programs in Toy from a seed: the same seed gives the same program.
//!
//! Programs are filled templates. `expressions.txt` lists templates by the type of their value, `statements.txt` lists
//! statements; both say what their signs mean. A program is nearly well-typed: now and then a value of another type
//! takes the place of one, so that errors and their messages are compared too. Programs end: loops are counted, numbers
//! and containers that grow in loops are cut, and depth is bounded.

mod leaves;
mod spec;
mod tables;

use std::collections::HashMap;

use crate::random::Random;
use tables::tables;

/// The program of a seed. Without `messages` it prints the classes of exceptions only.
pub fn program(seed: u64, messages: bool) -> String {
    let mut generator = Generator {
        random: Random::new(seed),
        scopes: vec![Vec::new()],
        fresh: 0,
        bad: 0,
        room: 60,
        messages,
    };
    // A third of the programs have no errors but those that come by themselves.
    generator.bad = generator.random.pick(&[&0, &2, &5]).to_owned();
    let mut text = String::from(tables().imports);
    for _ in 0..4 {
        text.push_str(&generator.declaration());
    }
    for _ in 0..generator.random.between(6, 14) {
        text.push_str(&generator.statement("top", 3));
        text.push('\n');
    }
    text
}

struct Variable {
    name: String,
    ty: String,
    is_var: bool,
}

struct Generator {
    random: Random,
    scopes: Vec<Vec<Variable>>,
    fresh: usize,
    /// How many in a hundred expressions are of another type than they should.
    bad: usize,
    /// How many nested statements there may still be.
    room: usize,
    messages: bool,
}

/// What may stand in the place of a value by mistake. No bools, which are no ints in Toy.
const MISTAKES: &[&str] = &["str", "float", "nil", "ints", "dict", "tuple", "bytes", "strs", "int"];

/// The types of variables that programs start with.
const DECLARED: &[&str] = &[
    "int", "int", "float", "str", "str", "bytes", "ints", "ints", "strs", "floats", "dict", "idict", "set",
    "sset", "tuple",
];

impl Generator {
    fn name(&mut self, stem: &str) -> String {
        self.fresh += 1;
        format!("{stem}{}", self.fresh)
    }

    fn declare(&mut self, name: &str, ty: &str, is_var: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Variable { name: name.to_string(), ty: ty.to_string(), is_var });
        }
    }

    fn declaration(&mut self) -> String {
        let ty = self.random.pick(DECLARED);
        let name = self.name("v");
        let value = self.leaf(ty).unwrap_or_else(|| "nil".to_string());
        self.declare(&name, ty, true);
        format!("var {name} = {value}\n")
    }

    fn variable(&mut self, ty: &str, must_be_var: bool) -> Option<String> {
        let fitting = |v: &&Variable| v.ty == ty && (v.is_var || !must_be_var);
        let names: Vec<&str> =
            self.scopes.iter().flatten().filter(fitting).map(|v| v.name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        Some(names[self.random.below(names.len())].to_string())
    }

    /// An expression of a type; none if that takes a variable that there is not.
    fn expression(&mut self, ty: &str, depth: usize) -> Option<String> {
        let is_function = ty.starts_with("fn_") || ty.ends_with("_fn");
        if depth > 0 && !is_function && self.random.chance(self.bad) {
            let other = self.random.pick(MISTAKES);
            // A number in the place of a small one could ask for gigabytes.
            if !(matches!(ty, "nat" | "small") && matches!(other, "int" | "float")) {
                return self.plain_expression(other, depth - 1);
            }
        }
        self.plain_expression(ty, depth)
    }

    fn plain_expression(&mut self, ty: &str, depth: usize) -> Option<String> {
        let templates = tables().expressions(ty);
        if (templates.is_empty() || self.random.chance(if depth == 0 { 50 } else { 30 }))
            && let Some(name) = self.variable(ty, false)
        {
            return Some(name);
        }
        if templates.is_empty() || depth == 0 || self.random.chance(12) {
            return self.leaf(ty);
        }
        for _ in 0..20 {
            let template = templates[self.random.below(templates.len())];
            if let Some(text) = self.fill(template, depth - 1) {
                return Some(text);
            }
        }
        self.leaf(ty)
    }

    /// A statement of a group.
    fn statement(&mut self, group: &str, depth: usize) -> String {
        let templates = tables().statements(group);
        loop {
            let template = templates[self.random.below(templates.len())];
            if let Some(text) = self.fill(template, depth) {
                return text;
            }
        }
    }

    /// Some statements of a group; those of the simple group where no more may be nested.
    fn statements(&mut self, group: &str, simple: &str, depth: usize) -> String {
        let count = self.random.between(1, 3) as usize;
        let mut text = String::new();
        self.scopes.push(Vec::new());
        for _ in 0..count {
            let group = if depth == 0 || self.room == 0 { simple } else { group };
            self.room = self.room.saturating_sub(1);
            text.push_str(&self.statement(group, depth.saturating_sub(1)));
            text.push('\n');
        }
        self.scopes.pop();
        text
    }

    /// Fills a template; none if it wants a variable that there is not.
    fn fill(&mut self, template: &str, depth: usize) -> Option<String> {
        let scopes = self.scopes.len();
        let known = self.scopes.last().map_or(0, Vec::len);
        let filled = self.fill_parts(template, depth);
        if filled.is_none() {
            self.scopes.truncate(scopes);
            if let Some(scope) = self.scopes.last_mut() {
                scope.truncate(known);
            }
        }
        filled
    }

    fn fill_parts(&mut self, template: &str, depth: usize) -> Option<String> {
        let mut names: HashMap<&str, String> = HashMap::new();
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['$', '%', '@']) {
            out.push_str(&rest[..at]);
            let sign = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            let end = |text: &str, more: &[char]| {
                text.find(|c: char| !(c.is_ascii_alphabetic() || more.contains(&c))).unwrap_or(text.len())
            };
            match sign {
                b'%' if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    let (word, after) = rest.split_at(end(rest, &[]));
                    rest = after;
                    if !names.contains_key(word) {
                        let name = self.name(word);
                        names.insert(word, name);
                    }
                    out.push_str(&names[word]);
                }
                b'@' if rest.starts_with('[') => {
                    self.scopes.push(Vec::new());
                    rest = &rest[1..];
                }
                b'@' if rest.starts_with(']') => {
                    self.scopes.pop();
                    rest = &rest[1..];
                }
                b'@' if rest.starts_with("let(") || rest.starts_with("var(") => {
                    let close = rest.find(')')?;
                    let (name, ty) = rest[4..close].split_once(':')?;
                    let name = match name.strip_prefix('%') {
                        Some(word) => names.get(word)?.clone(),
                        None => name.to_string(),
                    };
                    self.declare(&name, ty, rest.starts_with('v'));
                    rest = &rest[close + 1..];
                }
                b'$' => {
                    let (how, after) = match rest.as_bytes().first()? {
                        b'!' | b'~' | b'=' | b'^' => rest.split_at(1),
                        _ => ("", rest),
                    };
                    let (word, after) = after.split_at(end(after, &['_']));
                    rest = after;
                    let text = self.hole(how, word, depth)?;
                    // `{{` in an f-string and `5.real` mean something else.
                    let digits = text.starts_with(|c: char| c.is_ascii_digit());
                    if (out.ends_with('{') && text.starts_with('{')) || (rest.starts_with('.') && digits) {
                        out.push_str(&format!("({text})"));
                    } else {
                        out.push_str(&text);
                    }
                }
                sign => out.push(sign as char),
            }
        }
        out.push_str(rest);
        Some(out)
    }

    fn hole(&mut self, how: &str, word: &str, depth: usize) -> Option<String> {
        Some(match (how, word) {
            ("^", ty) => self.variable(ty, false)?,
            ("=", ty) => self.variable(ty, true)?,
            ("~", ty) => self.plain_expression(ty, 0)?,
            ("!", ty) => self.plain_expression(ty, depth)?,
            (_, "stmts") => self.statements("inner", "simple", depth),
            (_, "flow") => self.statements("flow", "flow_simple", depth),
            (_, "loop") => self.statements("loop", "loop_simple", depth),
            (_, "yields") => self.statements("yields", "yields_simple", depth),
            (_, "stmt") => self.statement("simple", depth),
            (_, "caught") => {
                let name = self.name("e");
                let shown = if self.messages { format!(", {name}") } else { String::new() };
                format!("except Exception as {name} {{ print(type({name}).__name__{shown}) }}")
            }
            (_, word) => match self.special(word) {
                Some(text) => text,
                None => self.expression(word, depth)?,
            },
        })
    }
}
