//! Injections: rare events at exact points, so that how a program ends can be tested without luck.
//!
//! `INT@main:120` is a Ctrl-C after 120 steps of the main program, `ENOSPC@flush` a disk that is full when standard output
//! is flushed for the last time. This file says what an injection is and how it is written; `strike.rs` makes it happen.

use std::fmt;

use crate::host::{Signal, Stream};

/// What happens, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Injection {
    pub fault: Fault,
    pub place: Place,
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A signal comes, as if the host had given it.
    Signal(Signal),
    /// `MemoryError` is raised.
    OutOfMemory,
    /// `RuntimeError` is raised.
    Error,
    /// `exit(n)` is called.
    Exit(u8),
    /// The reader of a stream is gone.
    ReaderGone,
    /// The disk that a stream goes to is full.
    DiskFull,
}

/// Where it happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the main program: after so many steps, or before its first instruction.
    Main { step: Option<u64> },
    /// When the main program has come to its normal end.
    MainEnd,
    /// In a handler that runs before the end closes in (phase 3).
    Before { who: Who, step: Option<u64> },
    /// In an exit handler (phase 5).
    Handler { who: Who, step: Option<u64> },
    /// While threads are waited for.
    Join,
    /// When what was left open is about to be closed (phase 7).
    Finalize,
    /// At the last flush of a stream (phase 8).
    Flush(Stream),
}

/// Which handler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// The first one to run under this name.
    Name(String),
    /// The one that is called as the so-manieth of its phase.
    Number(usize),
}

/// The forms, for those who got it wrong.
pub const FORMS: &str = "\
An injection is WHAT@WHERE:
  INT TERM HUP               a signal
  NOMEM ERROR EXITn          MemoryError, RuntimeError or exit(n) is raised
  EPIPE ENOSPC               writing fails: the reader is gone, the disk is full
  @main:120                  after 120 steps (calls and loop turns) of the main program
  @main  @main:end           before its first step; when it has come to its normal end
  @handler:save:5            5 steps into the exit handler named save; without a number, as it begins
  @handler:2                 into the exit handler that is called second
  @before:save:5             the same for a handler of atexit.before
  @join                      while threads are waited for           (signals only)
  @finalize                  before files and generators are closed (signals only)
  @flush  @flush:stderr      at the last flush of standard output, or error (signals, EPIPE, ENOSPC)
";

impl Injection {
    /// Reads `INT@main:120`; the error is one line that says what is wrong.
    pub fn parse(text: &str) -> Result<Injection, String> {
        let complain = |why: String| format!("bad injection '{text}': {why}");
        let (what, place) = text.split_once('@').ok_or_else(|| complain("it has no @".to_string()))?;
        let fault =
            parse_fault(what).ok_or_else(|| complain(format!("'{what}' is nothing that can happen")))?;
        let place = parse_place(place).ok_or_else(|| complain(format!("'{place}' is no place")))?;
        let injection = Injection { fault, place };
        if injection.is_possible() {
            Ok(injection)
        } else {
            Err(complain(format!("{what} cannot happen there")))
        }
    }

    fn is_possible(&self) -> bool {
        match (self.fault, &self.place) {
            (Fault::ReaderGone | Fault::DiskFull, place) => matches!(place, Place::Flush(_)),
            (Fault::Signal(_), place) => *place != Place::Flush(Stream::Err),
            (Fault::OutOfMemory | Fault::Error | Fault::Exit(_), place) => {
                !matches!(place, Place::Join | Place::Finalize | Place::Flush(_))
            }
        }
    }
}

fn parse_fault(text: &str) -> Option<Fault> {
    Some(match text {
        "INT" => Fault::Signal(Signal::Interrupt),
        "TERM" => Fault::Signal(Signal::Terminate),
        "HUP" => Fault::Signal(Signal::Hangup),
        "NOMEM" => Fault::OutOfMemory,
        "ERROR" => Fault::Error,
        "EPIPE" => Fault::ReaderGone,
        "ENOSPC" => Fault::DiskFull,
        _ => Fault::Exit(number(text.strip_prefix("EXIT")?)?),
    })
}

fn parse_place(text: &str) -> Option<Place> {
    let (kind, rest) = match text.split_once(':') {
        Some((kind, rest)) => (kind, Some(rest)),
        None => (text, None),
    };
    Some(match (kind, rest) {
        ("main", None) => Place::Main { step: None },
        ("main", Some("end")) => Place::MainEnd,
        ("main", Some(step)) => Place::Main { step: Some(number(step).filter(|step| *step > 0)?) },
        ("before", Some(rest)) => {
            let (who, step) = parse_handler(rest)?;
            Place::Before { who, step }
        }
        ("handler", Some(rest)) => {
            let (who, step) = parse_handler(rest)?;
            Place::Handler { who, step }
        }
        ("join", None) => Place::Join,
        ("finalize", None) => Place::Finalize,
        ("flush", None | Some("stdout")) => Place::Flush(Stream::Out),
        ("flush", Some("stderr")) => Place::Flush(Stream::Err),
        _ => return None,
    })
}

/// `save`, `save:5`, `2`, `2:5`: no handler's name is a number.
fn parse_handler(text: &str) -> Option<(Who, Option<u64>)> {
    let (who, step) = match text.rsplit_once(':') {
        Some((who, step)) => (who, Some(number(step).filter(|step| *step > 0)?)),
        None => (text, None),
    };
    let who = match number::<usize>(who) {
        Some(0) => return None,
        Some(number) => Who::Number(number),
        None if who.is_empty() => return None,
        None => Who::Name(who.to_string()),
    };
    Some((who, step))
}

/// Digits alone, as `parse` would let a sign pass.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.fault, self.place)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Signal(Signal::Interrupt) => f.write_str("INT"),
            Fault::Signal(Signal::Hangup) => f.write_str("HUP"),
            Fault::Signal(_) => f.write_str("TERM"),
            Fault::OutOfMemory => f.write_str("NOMEM"),
            Fault::Error => f.write_str("ERROR"),
            Fault::Exit(status) => write!(f, "EXIT{status}"),
            Fault::ReaderGone => f.write_str("EPIPE"),
            Fault::DiskFull => f.write_str("ENOSPC"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self {
            Place::Main { step } | Place::Before { step, .. } | Place::Handler { step, .. } => *step,
            _ => None,
        };
        match self {
            Place::Main { .. } => f.write_str("main"),
            Place::MainEnd => f.write_str("main:end"),
            Place::Before { who, .. } => write!(f, "before:{who}"),
            Place::Handler { who, .. } => write!(f, "handler:{who}"),
            Place::Join => f.write_str("join"),
            Place::Finalize => f.write_str("finalize"),
            Place::Flush(Stream::Out) => f.write_str("flush"),
            Place::Flush(Stream::Err) => f.write_str("flush:stderr"),
        }?;
        match step {
            Some(step) => write!(f, ":{step}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Name(name) => f.write_str(name),
            Who::Number(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        for text in [
            "INT@main:120",
            "HUP@main",
            "NOMEM@main:1",
            "ERROR@main:end",
            "EXIT0@main:end",
            "EXIT255@handler:save",
            "TERM@handler:save:5",
            "INT@handler:2:5",
            "INT@handler:C.close",
            "NOMEM@handler:C object:7",
            "INT@handler:<lambda>",
            "INT@before:queue",
            "TERM@join",
            "INT@finalize",
            "INT@flush",
            "EPIPE@flush",
            "ENOSPC@flush:stderr",
        ] {
            assert_eq!(Injection::parse(text).map(|injection| injection.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Injection::parse("EPIPE@flush:stdout"), Injection::parse("EPIPE@flush"));
        let parsed = Injection::parse("INT@handler:12:3").map(|injection| injection.place);
        assert_eq!(parsed, Ok(Place::Handler { who: Who::Number(12), step: Some(3) }));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "@",
            "INT",
            "INT@",
            "INT@nowhere",
            "int@main",
            "QUIT@main",
            "EXIT@main:end",
            "EXIT256@main:end",
            "EXIT+1@main",
            "INT@main:",
            "INT@main:0",
            "INT@main:-1",
            "INT@main:end:3",
            "INT@handler",
            "INT@handler:",
            "INT@handler:0",
            "INT@handler::4",
            "INT@handler:save:0",
            "INT@handler:save:x",
            "INT@join:1",
            "INT@flush:stdin",
        ] {
            let error = Injection::parse(text).expect_err(text);
            assert!(error.starts_with(&format!("bad injection '{text}': ")), "{error}");
        }
    }

    #[test]
    fn not_everything_can_happen_everywhere() {
        for text in ["EPIPE@main:3", "ENOSPC@handler:save", "NOMEM@join", "EXIT3@flush", "INT@flush:stderr"] {
            let what = text.split('@').next().unwrap_or_default();
            let error = Injection::parse(text).expect_err(text);
            assert_eq!(error, format!("bad injection '{text}': {what} cannot happen there"));
        }
    }
}
