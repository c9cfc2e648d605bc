//! The parameters of a function as a reader wants to see them, with the defaults as they stand in the program.
//!
//! Code does not keep the text of a default, so it is taken from the source, bracket by bracket. Where what is found
//! there does not fit what the code says, the code is right and the defaults are left out.

use crate::bytecode::code::Params;
use crate::value::{Closure, Gc, NativeDef, Value};

/// The parameters of a native; the first one is left out where it is the receiver or the class.
pub fn of_native(def: &NativeDef, has_receiver: bool) -> String {
    let inside = def.signature.split_once('(').map_or("", |(_, rest)| rest);
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    if !has_receiver {
        return inside.to_string();
    }
    let rest = inside.split_once(',').map_or("", |(_, rest)| rest).trim_start();
    // A `/` that stood behind the receiver alone says nothing any more.
    let rest = rest.strip_prefix("/, ").unwrap_or(rest);
    (if rest == "/" { "" } else { rest }).to_string()
}

/// The parameters of a function, as they stand between the brackets; `self` is left out.
pub fn of_closure(closure: &Closure) -> String {
    let proto = closure.proto;
    let source = &proto.source.text;
    let span = proto.code.span;
    let text = source.get(span.start as usize..span.end as usize).unwrap_or_default();
    let wanted = declared(&proto.code.params, proto.code.is_method);
    match parts_of(text) {
        Some(parts) if fits(&parts, &wanted) => parts.join(", "),
        _ => wanted.join(", "),
    }
}

/// What a wrapper wraps, when it is a function as well.
pub fn unwrapped(closure: &Closure) -> Option<Gc<Closure>> {
    value_of(closure, "__wrapped__")?.as_object::<Closure>()
}

/// A text that was set on a function, such as the name of what it wraps.
pub fn attribute(closure: &Closure, name: &str) -> Option<String> {
    Some(value_of(closure, name)?.as_str()?.as_str().to_string())
}

fn value_of(closure: &Closure, name: &str) -> Option<Value> {
    let items = closure.attributes()?.table.items();
    let is_it = |(key, _): &(Value, Value)| key.as_str().is_some_and(|key| key.as_str() == name);
    items.into_iter().find(is_it).map(|(_, value)| value)
}

/// The parameters as the code knows them.
fn declared(params: &Params, is_method: bool) -> Vec<String> {
    let skipped = usize::from(is_method);
    let mut parts = Vec::new();
    for (i, name) in params.names.iter().enumerate().skip(skipped) {
        if i == params.positional && params.rest.is_none() {
            parts.push("*".to_string());
        }
        if i == params.positional
            && let Some(rest) = &params.rest
        {
            parts.push(format!("*{rest}"));
        }
        let default = if params.has_default.get(i) == Some(&true) { "=..." } else { "" };
        parts.push(format!("{name}{default}"));
        if i + 1 == params.positional_only {
            parts.push("/".to_string());
        }
    }
    if params.names.len() == params.positional
        && let Some(rest) = &params.rest
    {
        parts.push(format!("*{rest}"));
    }
    parts.extend(params.options.as_ref().map(|options| format!("**{options}")));
    parts
}

/// Whether the text has the parameters of the code, in their order.
fn fits(parts: &[String], wanted: &[String]) -> bool {
    let name = |part: &str| part.split('=').next().unwrap_or_default().trim().to_string();
    parts.len() == wanted.len() && parts.iter().zip(wanted).all(|(part, want)| name(part) == name(want))
}

/// What stands between the first brackets of a text, divided at its commas.
fn parts_of(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut chars = text[text.find('(')?..].chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '#' => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            ',' if depth == 1 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        let part = parts.last_mut()?;
        if depth == 1 && c == '(' {
            continue;
        }
        part.push(c);
        if c == '"' || c == '\'' {
            loop {
                let inner = chars.next()?;
                part.push(inner);
                if inner == '\\' {
                    part.push(chars.next()?);
                } else if inner == c {
                    break;
                }
            }
        }
    }
    let parts = parts.iter().map(|part| tidy(part)).filter(|part| !part.is_empty());
    Some(parts.collect())
}

/// A parameter on one line, without blanks around its `=`.
fn tidy(part: &str) -> String {
    let words = part.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.split_once('=') {
        Some((name, default)) => format!("{}={}", name.trim_end(), default.trim_start()),
        None => words,
    }
}
