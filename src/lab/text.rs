//! The table for a terminal, not wider than 100 columns.

use unicode_width::UnicodeWidthStr;

use super::findings::{Findings, Row};

/// The widest line.
const WIDTH: usize = 100;
const GAP: usize = 2;
/// Of what is injected; a longer name goes on in the next line.
const MOST_LABEL: usize = 31;
const STATUS: usize = 10;
const COUNT: usize = 4;
const OUTPUT: usize = 10;

impl Findings {
    /// The table as text.
    pub fn text(&self) -> String {
        let runs = self.rows.len() + self.missed.len();
        let mut text = format!("How {} ends, in {runs} runs\n\n", self.program);
        let labels = self.rows.iter().map(|row| row.label.width());
        let label = labels.max().unwrap_or_default().clamp("injection".len(), MOST_LABEL);
        let table = Table { label };
        table.line(
            &mut text,
            ["injection", "status", "ran", "fail", "left", "output", "reason"].map(String::from),
        );
        let mut heading = "";
        for row in &self.rows {
            if row.heading != heading {
                heading = &row.heading;
                text.push('\n');
                text.push_str(heading);
                text.push('\n');
            }
            table.row(&mut text, row);
        }
        text.push('\n');
        for line in self.notes() {
            for part in wrap(&line, WIDTH) {
                text.push_str(&part);
                text.push('\n');
            }
        }
        text
    }

    /// What is to be said below the table.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "ran, fail, left: handlers that ran, that failed or were stopped, that were kept from running."
                .to_string(),
            "output: lines that are missing (-) or new (+), compared with the first run.".to_string(),
        ];
        if self.unstruck > 0 {
            let s = if self.unstruck == 1 { "" } else { "s" };
            notes.push(format!(
                "Nothing was injected into {} more handler{s}; see --handlers.",
                self.unstruck
            ));
        }
        if !self.missed.is_empty() {
            notes.push(format!("Did not happen, and is left out: {}.", self.missed.join(", ")));
        }
        notes
    }
}

struct Table {
    label: usize,
}

impl Table {
    fn row(&self, text: &mut String, row: &Row) {
        let counts = [row.ran, row.failed, row.left]
            .map(|count| if count == 0 { "-".into() } else { count.to_string() });
        let [ran, failed, left] = counts;
        let differences = row.differences().join("\n");
        self.line(
            text,
            [row.label.clone(), row.status_words(), ran, failed, left, differences, row.reason.clone()],
        );
    }

    /// One row, in as many lines as its longest cell needs.
    fn line(&self, text: &mut String, cells: [String; 7]) {
        let fixed = [self.label, STATUS, COUNT, COUNT, COUNT, OUTPUT];
        let reason = WIDTH - fixed.iter().map(|width| width + GAP).sum::<usize>();
        let widths = [self.label, STATUS, COUNT, COUNT, COUNT, OUTPUT, reason];
        let cells: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| cell.lines().flat_map(|line| wrap(line, width)).collect())
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for i in 0..height {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                let part = cell.get(i).map_or("", String::as_str);
                let space = " ".repeat(width.saturating_sub(part.width()));
                if (2..5).contains(&column) {
                    line += &format!("{space}{part}");
                } else {
                    line += &format!("{part}{space}");
                }
                line += &" ".repeat(GAP);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
}

/// A line in parts that are not wider than `width`: between words where that is possible. The parts after the first are
/// set in.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    for word in line.split(' ') {
        let room = width.saturating_sub(part.width());
        if !part.is_empty() && word.width() + 1 > room {
            parts.push(std::mem::take(&mut part));
            part.push(' ');
        } else if !part.is_empty() {
            part.push(' ');
        }
        for c in word.chars() {
            if part.width() + UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str) > width {
                parts.push(std::mem::take(&mut part));
                part.push(' ');
            }
            part.push(if c.is_control() { '\u{FFFD}' } else { c });
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_or_within() {
        assert_eq!(wrap("one two three", 8), ["one two", " three"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", " efg", " hij"]);
        assert_eq!(wrap("日本語", 4), ["日本", " 語"]);
    }
}
