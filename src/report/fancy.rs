//! Reports drawn by miette, for a person at a terminal.
//!
//! miette wants the whole text and prints whole lines of it, and it gives up on spans outside the text. So it
//! never sees the program: it is given an excerpt made for it, in which every line is cut to the terminal and safe
//! to print and every mark has a width, together with the numbers that the lines have in the file.

use std::fmt;
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use toy_grammar::diagnostic::{Diagnostic, Severity};

use super::crop::{self, excerpt};
use super::diagnostics::{MESSAGE, Place};
use super::lines::Lines;

/// The least columns that are reckoned with, whatever the terminal says.
const LEAST: usize = 40;
/// The most columns: longer lines of text are hard to read.
const MOST: usize = 200;

/// Appends the drawing of one finding; `heading` stands above it.
pub(super) fn fancy(
    out: &mut String,
    heading: &str,
    name: &str,
    lines: &Lines<'_>,
    diagnostic: &Diagnostic,
    color: bool,
    width: usize,
) {
    let width = width.clamp(LEAST, MOST);
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let report = Report::new(heading, name, lines, diagnostic, width);
    if handler.render_report(out, &report).is_err() {
        // Writing to a string does not fail; should miette give up for a reason of its own, the message remains.
        out.push_str(&format!("error: {}\n", report.message));
    }
}

/// A finding as miette takes it.
#[derive(Debug)]
struct Report {
    heading: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Excerpts,
}

impl Report {
    fn new(heading: &str, name: &str, lines: &Lines<'_>, diagnostic: &Diagnostic, width: usize) -> Report {
        let mut places = vec![(Place::find(lines, diagnostic.span), diagnostic.label.as_str(), true)];
        places.extend(
            diagnostic.related.iter().map(|(span, text)| (Place::find(lines, *span), text.as_str(), false)),
        );
        // miette wants labels in the order of the text.
        places.sort_by_key(|(place, ..)| (place.line, place.mark.start));
        let mut source = Excerpts { name: name.to_string(), text: String::new(), blocks: Vec::new() };
        let columns = width - 12;
        let mut labels = Vec::new();
        for (place, label, primary) in &places {
            let range = source.add(lines, place, columns);
            let label = (!label.is_empty()).then(|| crop::message(label, columns));
            let make = if *primary { LabeledSpan::new_primary_with_span } else { LabeledSpan::new_with_span };
            labels.push(make(label, (range.start, range.len())));
        }
        source.close(lines, columns);
        Report {
            heading: heading.to_string(),
            severity: diagnostic.severity,
            message: crop::message(&diagnostic.message, MESSAGE),
            help: diagnostic.help.as_deref().map(|help| crop::message(help, MESSAGE)),
            labels,
            source,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.heading))
    }

    fn severity(&self) -> Option<miette::Severity> {
        match self.severity {
            Severity::Error => None, // as it is anyway
            Severity::Warning => Some(miette::Severity::Warning),
        }
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
}

/// The lines that a report shows, in blocks of neighbours.
#[derive(Debug)]
struct Excerpts {
    name: String,
    /// The lines of all blocks, each with a line break.
    text: String,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    /// Where it begins in the text of the excerpts; it ends where the next one begins.
    start: usize,
    /// The number of its first line in the file.
    first: usize,
    /// The number of its last line with a mark.
    last: usize,
    /// Where that line begins in the text of the excerpts.
    last_start: usize,
    /// The marks, by their offset, with their lines and columns in the file.
    marks: Vec<(usize, usize, usize)>,
}

impl Excerpts {
    /// Adds a place, which must not be before those already here; where its mark is in the text of the excerpts.
    fn add(&mut self, lines: &Lines<'_>, place: &Place, columns: usize) -> Range<usize> {
        let shown = excerpt(&lines.text()[place.range.clone()], place.mark.clone(), columns);
        match self.blocks.last().map(|block| (block.last, place.line - block.last)) {
            Some((_, 0)) if self.last_line().trim_end() == shown.text.trim_end() => {
                // The line is there already, perhaps without the column of a mark behind its end.
                let missing = shown.text.len().saturating_sub(self.last_line().len());
                self.text.pop();
                self.text.push_str(&" ".repeat(missing));
                self.text.push('\n');
            }
            Some((last, 1..=3)) => {
                for line in last + 1..place.line {
                    self.push_context(lines, line, columns);
                }
                self.push_marked(place.line, &shown.text);
            }
            before => {
                // A second part of the same line stands alone: what is around the line is not shown twice.
                let again = before.is_some_and(|(_, distance)| distance == 0);
                let context = if again { None } else { place.line.checked_sub(1) };
                if !again {
                    self.close(lines, columns);
                }
                let start = self.text.len();
                let first = context.unwrap_or(place.line);
                self.blocks.push(Block { start, first, last: first, last_start: start, marks: Vec::new() });
                if let Some(line) = context {
                    self.push_context(lines, line, columns);
                }
                self.push_marked(place.line, &shown.text);
            }
        }
        let Some(block) = self.blocks.last_mut() else { return 0..0 };
        let mark = block.last_start + shown.mark.start..block.last_start + shown.mark.end;
        block.marks.push((mark.start, place.line, place.column));
        mark
    }

    /// Ends the last block with the line behind its last mark.
    fn close(&mut self, lines: &Lines<'_>, columns: usize) {
        if let Some(next) = self.blocks.last().map(|block| block.last + 1)
            && lines.range(next).start < lines.text().len()
        {
            self.push_context(lines, next, columns);
        }
    }

    fn last_line(&self) -> &str {
        let start = self.blocks.last().map_or(0, |block| block.last_start);
        self.text[start..].trim_end_matches('\n')
    }

    fn push_marked(&mut self, line: usize, text: &str) {
        if let Some(block) = self.blocks.last_mut() {
            block.last = line;
            block.last_start = self.text.len();
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn push_context(&mut self, lines: &Lines<'_>, line: usize, columns: usize) {
        let text = &lines.text()[lines.range(line)];
        self.text.push_str(excerpt(text, 0..0, columns).text.trim_end());
        self.text.push('\n');
    }
}

impl SourceCode for Excerpts {
    /// The block around a span, whatever number of lines is asked for: a block is made of what is to be shown.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let index = self.blocks.partition_point(|block| block.start <= span.offset()).saturating_sub(1);
        let block = self.blocks.get(index).ok_or(MietteError::OutOfBounds)?;
        let end = self.blocks.get(index + 1).map_or(self.text.len(), |next| next.start);
        if span.offset() + span.len() > end {
            return Err(MietteError::OutOfBounds); // two blocks are never joined
        }
        let data = &self.text[block.start..end];
        let whole = SourceSpan::from((block.start, data.len()));
        // Without context, the place of a mark itself is wanted, for the heading.
        let mark = block.marks.iter().find(|(start, ..)| before == 0 && *start == span.offset());
        let (line, column) = mark.map_or((block.first, 0), |(_, line, column)| (*line, *column));
        let name = self.name.clone();
        let count = data.matches('\n').count();
        Ok(Box::new(MietteSpanContents::new_named(name, data.as_bytes(), whole, line, column, count)))
    }
}
