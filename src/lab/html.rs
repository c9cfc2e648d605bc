//! The table as a page: each row unfolds to what happened in that run.

use std::fmt::Write as _;

use toy::shutdown::ExitStatus;
use toy::timeline::{Story, document, escape, part};

use super::findings::{Findings, Row};

const STYLE: &str = include_str!("style.css");

impl Findings {
    /// The table as a page of HTML.
    pub fn page(&self) -> String {
        let program = escape(&self.program);
        let runs = self.rows.len() + self.missed.len();
        let mut body = format!(
            "<header><h1>How <code>{program}</code> ends</h1><p>{runs} runs, each with another event at an exact \
             point. A row unfolds to what happened.</p></header>\n<section class=\"lab\">\n\
             <div class=\"columns\"><span>injection</span><span>status</span><span>ran</span><span>fail</span>\
             <span>left</span><span>output</span><span>reason</span></div>\n"
        );
        let mut heading = "";
        for row in &self.rows {
            if row.heading != heading {
                heading = &row.heading;
                let _ = writeln!(body, "<h2>{}</h2>", escape(heading));
            }
            self.draw_row(&mut body, row);
        }
        body.push_str("</section>\n<footer>");
        for note in self.notes() {
            let _ = writeln!(body, "<p>{}</p>", escape(&note));
        }
        body.push_str("</footer>\n");
        document(&format!("How {} ends", self.program), STYLE, &body)
    }

    fn draw_row(&self, body: &mut String, row: &Row) {
        let class = match row.status {
            Some(ExitStatus::Code(0)) => "good",
            Some(_) => "bad",
            None => "late",
        };
        let count = |n: usize| if n == 0 { "–".to_string() } else { n.to_string() };
        let _ = write!(
            body,
            "<details class=\"run {class}\"><summary><code>{}</code><b>{}</b><span>{}</span><span>{}</span><span>{}</span>\
             <span>{}</span><span>{}</span></summary>\n<div class=\"inside\">\n",
            escape(&row.label),
            escape(&row.status_words()),
            count(row.ran),
            count(row.failed),
            count(row.left),
            escape(&row.differences().join("\n")).replace('-', "−"),
            escape(&row.reason),
        );
        if !row.ended.steps.is_empty() {
            body.push_str(&part(&Story {
                title: &self.program,
                steps: &row.ended.steps,
                errors: &[],
                status: row.status.unwrap_or(ExitStatus::Code(0)),
            }));
        }
        for (name, text) in [("standard output", &row.ended.stdout), ("standard error", &row.ended.stderr)] {
            if !text.is_empty() {
                let _ = writeln!(body, "<h3>{name}</h3><pre>{}</pre>", escape(text));
            }
        }
        body.push_str("</div></details>\n");
    }
}
