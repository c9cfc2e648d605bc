//! Runs the same program in Toy and in CPython and compares: proof that Toy means what Python means.
//!
//! A seed gives a program in Toy ([`generate`]); its syntax tree is printed as Python ([`python`]); both run
//! ([`sides`]); output and exception must be the same, but for the differences that the language means
//! ([`differences`]). A program that shows another is made as small as it gets ([`shrink`]).

pub mod differences;
pub mod generate;
pub mod python;
mod random;
pub mod shrink;
pub mod sides;

use std::io;

use sides::{End, Ended, Python};

/// What comparing a program came to.
#[derive(Clone, Debug)]
pub enum Verdict {
    Same,
    /// One side ran too long, so nothing can be said.
    Undecided,
    Different(Box<Difference>),
    /// There is no Python for it.
    NotPrinted(String),
}

/// A program that the two sides see differently.
#[derive(Clone, Debug)]
pub struct Difference {
    pub toy: String,
    pub python: String,
    pub toy_ended: Ended,
    pub python_ended: Ended,
}

/// Runs a Toy program on both sides.
pub fn compare(python: &mut Python, source: &str) -> io::Result<Verdict> {
    let parsed = toy_grammar::parse(source);
    let Some(module) = parsed.module else {
        let Some(error) = parsed.errors.first() else { return Ok(Verdict::NotPrinted(String::new())) };
        let line = source[..error.span.start as usize].matches('\n').count();
        let text = source.lines().nth(line).unwrap_or_default();
        return Ok(Verdict::NotPrinted(format!("{} in line {}: {text}", error.message, line + 1)));
    };
    let printed = match python::print(&module) {
        Ok(printed) => printed,
        Err(python::Untranslatable(what)) => return Ok(Verdict::NotPrinted(what)),
    };
    python.send(&printed)?;
    let toy_ended = sides::run_toy(source);
    // A process that died had too much to do, or to keep.
    let Ok(python_ended) = python.receive() else { return Ok(Verdict::Undecided) };
    if let End::Raised(class, message) = &python_ended.end
        && class == "SyntaxError"
        && message.contains("<program>")
    {
        return Ok(Verdict::NotPrinted(format!("Python refuses its translation: {message}")));
    }
    Ok(judge(source, printed, toy_ended, python_ended, python.is_oracle))
}

/// Compares what two sides came to. Messages count only where the Python is the one whose messages Toy has.
pub fn judge(toy: &str, python: String, toy_ended: Ended, python_ended: Ended, messages: bool) -> Verdict {
    if toy_ended.end == End::TooLong || python_ended.end == End::TooLong {
        return Verdict::Undecided;
    }
    let ends_alike = match (&toy_ended.end, &python_ended.end) {
        (End::Raised(a, x), End::Raised(b, y)) => {
            a == b
                && (!messages || differences::without_suggestions(x) == differences::without_suggestions(y))
        }
        (a, b) => a == b,
    };
    // How much memory there is is no property of the language.
    let out_of_memory = |ended: &Ended| ended.output.contains("MemoryError") || ended.end.is("MemoryError");
    if out_of_memory(&toy_ended) || out_of_memory(&python_ended) {
        return Verdict::Undecided;
    }
    let output = |ended: &Ended| differences::without_suggestions(&ended.output);
    if ends_alike && output(&toy_ended) == output(&python_ended) {
        return Verdict::Same;
    }
    Verdict::Different(Box::new(Difference { toy: toy.to_string(), python, toy_ended, python_ended }))
}
