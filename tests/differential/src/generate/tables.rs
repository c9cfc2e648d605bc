//! The templates, as they stand in the two text files.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The templates by their type or group.
pub struct Tables {
    /// What every program begins with.
    pub imports: &'static str,
    expressions: HashMap<&'static str, Vec<&'static str>>,
    statements: HashMap<&'static str, Vec<&'static str>>,
}

impl Tables {
    /// The templates of expressions of a type; empty for types that have only leaves or variables.
    pub fn expressions(&self, ty: &str) -> &[&'static str] {
        self.expressions.get(ty).map_or(&[], Vec::as_slice)
    }

    /// The templates of a group of statements.
    pub fn statements(&self, group: &str) -> &[&'static str] {
        self.statements.get(group).map_or(&["nil"], Vec::as_slice)
    }
}

/// Reads the two files once.
pub fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut expressions: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut ty = "";
        for line in include_str!("expressions.txt").lines() {
            match line.strip_prefix("= ") {
                Some(name) => ty = name,
                None if line.is_empty() || line.starts_with('#') => {}
                None => expressions.entry(ty).or_default().push(line),
            }
        }
        let mut statements: HashMap<&str, Vec<&str>> = HashMap::new();
        for section in include_str!("statements.txt").split("\n= ").skip(1) {
            let Some((head, text)) = section.split_once('\n') else { continue };
            // A group may have a weight: `= top 3`.
            let (group, weight) = head.split_once(' ').unwrap_or((head, "1"));
            for template in text.split("\n--\n") {
                for _ in 0..weight.parse().unwrap_or(1) {
                    statements.entry(group).or_default().push(template.trim_matches('\n'));
                }
            }
        }
        Tables { imports: include_str!("imports.txt"), expressions, statements }
    })
}
