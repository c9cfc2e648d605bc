//! What is pasted from pages and other terminals: prompts in front of the lines are taken off.

/// The prompts that pages and terminals show.
const PROMPTS: [&str; 2] = ["toy>", "...>"];

/// A text without the prompts in front of its lines. Only where the first line has one: then lines without one are
/// output that was copied along, unless no line but the first has one, and it is a whole entry.
pub fn stripped(text: &str) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.trim_start().starts_with(PROMPTS[0])) {
        return text.to_string();
    }
    let without = |line: &str| -> Option<String> {
        let line = line.trim_start();
        let rest = PROMPTS.iter().find_map(|prompt| line.strip_prefix(prompt))?;
        Some(rest.strip_prefix(' ').unwrap_or(rest).to_string())
    };
    let lines: Vec<Option<String>> = text.lines().map(without).collect();
    let prompts = lines.iter().flatten().count();
    let kept: Vec<String> = if prompts == 1 {
        // An entry of several lines as this prompt shows it: only the first has a prompt.
        let rest = text.lines().zip(lines);
        let whole: Vec<String> =
            rest.map(|(line, without)| without.unwrap_or_else(|| line.to_string())).collect();
        let entry = first_entry(&whole);
        whole.into_iter().take(entry).collect()
    } else {
        entries(text, lines)
    };
    let mut stripped = kept.join("\n");
    if text.ends_with('\n') {
        stripped.push('\n');
    }
    stripped
}

/// How many of the lines are one entry: as many as it takes, or all if they never do.
fn first_entry(lines: &[String]) -> usize {
    (1..=lines.len())
        .find(|count| !toy::session::is_incomplete(&lines[..*count].join("\n")))
        .unwrap_or(lines.len())
}

/// The lines of several entries: behind each prompt those that complete it, and none of what it printed.
fn entries(text: &str, lines: Vec<Option<String>>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut entry = String::new();
    for (line, without) in text.lines().zip(lines) {
        match without {
            Some(without) => {
                if line.trim_start().starts_with(PROMPTS[0]) {
                    entry.clear();
                }
                entry = format!("{entry}{without}\n");
                kept.push(without);
            }
            None if toy::session::is_incomplete(&entry) => {
                entry = format!("{entry}{line}\n");
                kept.push(line.to_string());
            }
            None => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_taken_off_and_output_is_left_out() {
        assert_eq!(stripped("let x = 1\nx"), "let x = 1\nx");
        assert_eq!(stripped("toy> let x = 1"), "let x = 1");
        assert_eq!(stripped("toy> fn f() {\n...>     1\n...> }\ntoy> f()\n1\n"), "fn f() {\n    1\n}\nf()\n");
        assert_eq!(stripped("toy> 1\n1\ntoy> 2\n2"), "1\n2");
        assert_eq!(stripped("toy> fn f() {\n    1\n}\n"), "fn f() {\n    1\n}\n");
        assert_eq!(stripped("toy> fn f() {\n    1\n}\ntoy> f()\n1"), "fn f() {\n    1\n}\nf()");
        assert_eq!(stripped("toy> 1\n1\n"), "1\n");
    }
}
