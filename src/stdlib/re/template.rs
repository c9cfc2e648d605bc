//! Templates: the texts that replace matches, where `\1` and `\g<name>` stand for groups.

use super::pattern::Pattern;
use super::pattern_error;
use crate::value::Value;
use crate::vm::{Exc, Raised, Vm};

/// A part of a template.
pub(super) enum Part {
    Text(String),
    Group(usize),
}

/// Reads a template, a string.
pub(super) fn parse(vm: &mut Vm, template: Value, pattern: &Pattern) -> Result<Vec<Part>, Raised> {
    let text = template.as_str().map_or(String::new(), |text| text.as_str().to_string());
    let chars: Vec<char> = text.chars().collect();
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    let digit = |at: usize| chars.get(at).and_then(|c| c.to_digit(10));
    while let Some(c) = chars.get(at).copied() {
        let start = at;
        at += 1;
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let Some(c) = chars.get(at).copied() else {
            return Err(pattern_error(vm, template, &("bad escape (end of pattern)".to_string(), start)));
        };
        at += 1;
        let simple = match c {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            'g' => {
                let (group, end) = group_reference(vm, template, &chars, at, pattern)?;
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Group(group));
                at = end;
                continue;
            }
            '0'..='9' => {
                let octal = |at: usize| digit(at).filter(|digit| *digit < 8);
                let is_octal = c == '0' || (c < '8' && octal(at).is_some() && octal(at + 1).is_some());
                if is_octal {
                    let mut code = 0;
                    at = start + 1;
                    while at < start + 4
                        && let Some(digit) = octal(at)
                    {
                        code = code * 8 + digit;
                        at += 1;
                    }
                    match char::from_u32(code).filter(|_| code <= 0o377) {
                        Some(c) => plain.push(c),
                        None => {
                            let shown: String = chars[start..at].iter().collect();
                            let message = format!("octal escape value {shown} outside of range 0-0o377");
                            return Err(pattern_error(vm, template, &(message, start)));
                        }
                    }
                    continue;
                }
                let mut group = digit(start + 1).unwrap_or(0) as usize;
                if let Some(digit) = digit(at) {
                    group = group * 10 + digit as usize;
                    at += 1;
                }
                if group > pattern.names.len() {
                    let message = format!("invalid group reference {group}");
                    return Err(pattern_error(vm, template, &(message, start + 1)));
                }
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Group(group));
                continue;
            }
            c if c.is_ascii_alphabetic() => {
                return Err(pattern_error(vm, template, &(format!("bad escape \\{c}"), start)));
            }
            c => {
                plain.push('\\');
                c
            }
        };
        plain.push(simple);
    }
    parts.push(Part::Text(plain));
    Ok(parts)
}

/// Reads `<name>` or `<1>`: the group, and where that ends.
fn group_reference(
    vm: &mut Vm,
    template: Value,
    chars: &[char],
    at: usize,
    pattern: &Pattern,
) -> Result<(usize, usize), Raised> {
    if chars.get(at) != Some(&'<') {
        return Err(pattern_error(vm, template, &("missing <".to_string(), at)));
    }
    let first = at + 1;
    let Some(len) = chars[first..].iter().position(|c| *c == '>') else {
        let message =
            if first == chars.len() { "missing group name" } else { "missing >, unterminated name" };
        return Err(pattern_error(vm, template, &(message.to_string(), first)));
    };
    let name: String = chars[first..first + len].iter().collect();
    let end = first + len + 1;
    if name.is_empty() {
        return Err(pattern_error(vm, template, &("missing group name".to_string(), first)));
    }
    if name.chars().all(|c| c.is_ascii_digit()) {
        return match name.parse::<usize>().ok().filter(|group| *group <= pattern.names.len()) {
            Some(group) => Ok((group, end)),
            None => {
                let message = format!("invalid group reference {name}");
                Err(pattern_error(vm, template, &(message, first)))
            }
        };
    }
    let shown = crate::text::quote::repr_str(&name);
    let mut letters = name.chars();
    let is_name = letters.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && letters.all(unicode_ident::is_xid_continue);
    if !is_name {
        let message = format!("bad character in group name {shown}");
        return Err(pattern_error(vm, template, &(message, first)));
    }
    match pattern.group_named(&name) {
        Some(group) => Ok((group, end)),
        None => Err(vm.error(Exc::IndexError, format!("unknown group name {shown}"))),
    }
}

/// Appends what the parts say about a match.
pub(super) fn expand(out: &mut String, parts: &[Part], text: &str, spans: &[Option<(usize, usize)>]) {
    for part in parts {
        match part {
            Part::Text(plain) => out.push_str(plain),
            Part::Group(group) => {
                if let Some((start, end)) = spans.get(*group).copied().flatten() {
                    out.push_str(text.get(start..end).unwrap_or(""));
                }
            }
        }
    }
}
