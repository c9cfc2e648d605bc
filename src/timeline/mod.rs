//! The end of a program as a picture: a page of HTML that needs nothing but itself.
//!
//! It is a pure function of the steps that the path wrote down. `model.rs` makes lanes and rows of them, `draw.rs`
//! makes HTML of those, `words.rs` is for what both say. What is hard is scale: a handler may take a microsecond
//! or an hour, and there may be one or ten thousand. So bars have a smallest width, the page can be switched from time
//! to steps, and long runs of handlers to which nothing happened share a row. The list of steps below leaves nothing out.
//!
//! Every text that comes from a program goes through [`escape`].

mod draw;
mod model;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use crate::shutdown::journal::TimedStep;
use crate::shutdown::{ExitStatus, HandlerError};
pub use words::escape;

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// The program.
    pub title: &'a str,
    pub steps: &'a [TimedStep],
    /// What handlers raised, in the order of time, for the tracebacks.
    pub errors: &'a [HandlerError],
    /// How the process ends, for an end that was cut off before it came to a status.
    pub status: ExitStatus,
}

/// How many steps a part lists.
const MOST_IN_PART: usize = 400;

/// The style of pages with timelines.
pub const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn page(story: &Story<'_>) -> String {
    let picture = model::picture(story.steps, story.errors);
    let title = escape(story.title);
    let summary = words::summary(story.steps);
    let switch = draw::scale_switch();
    let figure = draw::figure(&picture, true);
    let verdict = draw::verdict(&picture, story.status);
    let list = draw::list(story.steps, true, usize::MAX);
    document(
        &format!("How {} ended", story.title),
        "",
        &format!(
            "<header><h1>How <code>{title}</code> ended</h1><p>{summary}</p>{switch}</header>\n{figure}\n{verdict}\n\
             <section><h2>Step by step</h2>\n{list}</section>\n"
        ),
    )
}

/// A figure, its verdict and the list of its steps, without any time in it, to be put into another page.
pub fn part(story: &Story<'_>) -> String {
    let without_time = |(i, timed): (usize, &TimedStep)| TimedStep {
        at: Duration::from_micros(i as u64),
        step: timed.step.clone(),
    };
    let steps: Vec<TimedStep> = story.steps.iter().enumerate().map(without_time).collect();
    let picture = model::picture(&steps, story.errors);
    let figure = draw::figure(&picture, false);
    let verdict = draw::verdict(&picture, story.status);
    format!("{figure}\n{verdict}\n{}", draw::list(&steps, false, MOST_IN_PART))
}

/// A page with this title around a body of HTML; `style` is for what only this page has.
pub fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(title)
    )
}
