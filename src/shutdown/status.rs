//! The rule for the exit status: one pure function over what happened on the path.
//!
//! The path records an [`Event`] for each thing that bears on how the process ends, in the order of time, and
//! [`judge`] says what follows from them. Nothing here knows a value or the VM; so the rule can be tested over
//! every combination, and asked at any point of the path what the process would end with now.
//!
//! What is hard is that several rules pull at one number. In the order of their strength:
//! a second signal decides; else the first death by signal does, and nothing replaces it; else the last
//! exception of the exit handlers; else how the program itself ended. Whatever that gives, lost output makes it
//! 120, unless it is death by signal.

use std::fmt;

/// The status when output was lost: a flush or the closing of a file failed.
pub const OUTPUT_LOST: u8 = 120;
/// The status when an exit handler was stuck past its deadline.
pub const STUCK: u8 = 124;

/// Why a program ends, as far as the status goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Ending {
    /// It came to its end.
    Normal,
    /// `exit(v)`, with the status that `v` stands for.
    Exit(u8),
    /// An exception that nobody caught, or an error in the program's text.
    Error,
    /// Ctrl-C.
    Interrupt,
    /// A signal that asks to end, or a reader that went away.
    Signal(i32),
}

/// What the parent process sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitStatus {
    Code(u8),
    /// Death by this signal.
    Signal(i32),
}

/// In words: `status 3`, `signal 15`.
impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitStatus::Code(code) => write!(f, "status {code}"),
            ExitStatus::Signal(number) => write!(f, "signal {number}"),
        }
    }
}

impl Ending {
    /// What a signal makes of the outcome.
    pub fn by_signal(number: i32) -> Ending {
        if number == libc::SIGINT { Ending::Interrupt } else { Ending::Signal(number) }
    }

    /// The status that it stands for by itself.
    pub fn status(self) -> ExitStatus {
        match self {
            Ending::Normal => ExitStatus::Code(0),
            Ending::Exit(code) => ExitStatus::Code(code),
            Ending::Error => ExitStatus::Code(1),
            Ending::Interrupt => ExitStatus::Signal(libc::SIGINT),
            Ending::Signal(number) => ExitStatus::Signal(number),
        }
    }

    /// Death by signal is sticky: nothing replaces it (6.2).
    pub fn is_sticky(self) -> bool {
        matches!(self, Ending::Interrupt | Ending::Signal(_))
    }
}

/// Something on the path that bears on the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Phase 1: so the program ended.
    Ended(Ending),
    /// Phase 2: `sys.excepthook` called `exit`.
    HookExit(u8),
    /// Phase 5: a handler raised an exception, which was saved: `Exit`, `Interrupt` for a `KeyboardInterrupt`,
    /// or `Error`.
    HandlerRaised(Ending),
    /// From phase 3 on: a signal that ends the program, or a reader that a handler found gone.
    Signal(i32),
    /// From phase 3 on: a second signal.
    SecondSignal(i32),
    /// Phase 7 or 8: output that a program had written did not get where it should.
    OutputLost,
    /// Phase 8: only the final flush found that the reader had gone.
    ReaderGone,
}

/// What follows from the events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub outcome: Ending,
    pub status: ExitStatus,
    /// The saved exception of a handler replaced the outcome (6).
    pub reraised: bool,
    /// That turned this status into 0 (6.1).
    pub masked: Option<u8>,
    /// It would have turned this status into 0, and was not let (6.1).
    pub kept: Option<u8>,
    /// Which of the events decided the status.
    pub decided_by: Option<usize>,
}

/// The outcome and the status after these events. `strict`: an exit handler cannot turn a failure into a success.
pub fn judge(events: &[Event], strict: bool) -> Verdict {
    // Each with the place of the event that it comes from.
    let mut outcome = (Ending::Normal, None);
    let mut saved = None;
    let mut output_lost = None;
    let mut reader_gone = None;
    for (at, event) in events.iter().enumerate() {
        let at = Some(at);
        match *event {
            Event::Ended(ending) => outcome = (ending, at),
            Event::HookExit(code) => outcome = (Ending::Exit(code), at),
            Event::HandlerRaised(ending) => saved = Some((ending, at)),
            Event::Signal(number) if !outcome.0.is_sticky() => outcome = (Ending::by_signal(number), at),
            Event::Signal(_) => {}
            Event::SecondSignal(number) => outcome = (Ending::by_signal(number), at),
            Event::OutputLost => output_lost = output_lost.or(at),
            Event::ReaderGone => reader_gone = reader_gone.or(at),
        }
    }

    let (mut masked, mut kept, mut reraised) = (None, None, false);
    if let Some(raised) = saved.filter(|_| !outcome.0.is_sticky()) {
        let hides = match (outcome.0.status(), raised.0.status()) {
            (ExitStatus::Code(before @ 1..), ExitStatus::Code(0)) => Some(before),
            _ => None,
        };
        if strict && hides.is_some() {
            kept = hides;
        } else {
            masked = hides;
            reraised = true;
            outcome = raised;
        }
    }

    if reader_gone.is_some() && output_lost.is_none() && outcome.0.status() == ExitStatus::Code(0) {
        outcome = (Ending::Signal(libc::SIGPIPE), reader_gone);
    }
    let (status, decided_by) = match (outcome.0.status(), output_lost.or(reader_gone)) {
        (ExitStatus::Code(_), Some(at)) => (ExitStatus::Code(OUTPUT_LOST), Some(at)),
        (status, _) => (status, outcome.1),
    };
    Verdict { outcome: outcome.0, status, reraised, masked, kept, decided_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: i32 = libc::SIGINT;
    const TERM: i32 = libc::SIGTERM;
    const PIPE: i32 = libc::SIGPIPE;

    const MAIN: [Ending; 9] = [
        Ending::Normal,
        Ending::Exit(0),
        Ending::Exit(1),
        Ending::Exit(5),
        Ending::Exit(255),
        Ending::Error,
        Ending::Interrupt,
        Ending::Signal(TERM),
        Ending::Signal(PIPE),
    ];

    /// What a handler can do to the status: nothing, raise, or meet a signal. A Ctrl-C that escapes is both.
    fn handler_events() -> Vec<Vec<Event>> {
        let raised = Event::HandlerRaised;
        vec![
            vec![],
            vec![raised(Ending::Exit(0))],
            vec![raised(Ending::Exit(3))],
            vec![raised(Ending::Error)],
            vec![raised(Ending::Interrupt)],
            vec![raised(Ending::Interrupt), Event::Signal(INT)],
            vec![Event::Signal(TERM)],
            vec![Event::Signal(TERM), raised(Ending::Error)],
            vec![raised(Ending::Error), Event::Signal(PIPE)],
            vec![Event::SecondSignal(INT)],
            vec![Event::SecondSignal(TERM)],
        ]
    }

    fn flush_events() -> Vec<Vec<Event>> {
        vec![
            vec![],
            vec![Event::OutputLost],
            vec![Event::ReaderGone],
            vec![Event::ReaderGone, Event::OutputLost],
            vec![Event::OutputLost, Event::ReaderGone],
            vec![Event::Signal(TERM)],
        ]
    }

    /// Every combination of a main outcome, two handlers and a flush: the events, and the same in parts.
    fn for_each_path(mut check: impl FnMut(Ending, &[Event], &[Event], &[Event])) {
        for main in MAIN {
            for first in handler_events() {
                for second in handler_events() {
                    for flush in flush_events() {
                        let handlers: Vec<Event> = first.iter().chain(&second).copied().collect();
                        let mut all = vec![Event::Ended(main)];
                        all.extend(&handlers);
                        all.extend(&flush);
                        check(main, &handlers, &flush, &all);
                    }
                }
            }
        }
    }

    /// The rule once more, in the words of the contract: who has the say, from the strongest to the weakest.
    fn expected(main: Ending, handlers: &[Event], flush: &[Event]) -> (Ending, ExitStatus) {
        let last_second = handlers.iter().rev().find_map(|event| match event {
            Event::SecondSignal(number) => Some(*number),
            _ => None,
        });
        let first_death = main.is_sticky().then_some(main).or_else(|| {
            handlers.iter().chain(flush).find_map(|event| match event {
                Event::Signal(number) => Some(Ending::by_signal(*number)),
                _ => None,
            })
        });
        let last_raised = handlers.iter().rev().find_map(|event| match event {
            Event::HandlerRaised(ending) => Some(*ending),
            _ => None,
        });
        let outcome = last_second.map(Ending::by_signal).or(first_death).or(last_raised).unwrap_or(main);
        let lost = flush.contains(&Event::OutputLost);
        let gone = flush.contains(&Event::ReaderGone);
        match outcome.status() {
            ExitStatus::Signal(_) => (outcome, outcome.status()),
            ExitStatus::Code(0) if gone && !lost => (Ending::Signal(PIPE), ExitStatus::Signal(PIPE)),
            ExitStatus::Code(_) if gone || lost => (outcome, ExitStatus::Code(120)),
            ExitStatus::Code(_) => (outcome, outcome.status()),
        }
    }

    #[test]
    fn every_combination_follows_the_order_of_precedence() {
        let mut paths = 0;
        for_each_path(|main, handlers, flush, all| {
            let verdict = judge(all, false);
            assert_eq!((verdict.outcome, verdict.status), expected(main, handlers, flush), "{all:?}");
            paths += 1;
        });
        assert_eq!(paths, 9 * 11 * 11 * 6);
    }

    #[test]
    fn masking_is_noted_exactly_when_a_handler_turns_a_failure_into_success() {
        for_each_path(|main, handlers, _, all| {
            let verdict = judge(all, false);
            let before = judge(&[Event::Ended(main)], false).status;
            let last = handlers.iter().rev().find_map(|event| match event {
                Event::HandlerRaised(ending) => Some(*ending),
                _ => None,
            });
            let killed =
                handlers.iter().chain(all).any(|e| matches!(e, Event::Signal(_) | Event::SecondSignal(_)));
            let expected = match (before, last) {
                (ExitStatus::Code(code @ 1..), Some(Ending::Exit(0))) if !killed => Some(code),
                _ => None,
            };
            assert_eq!(verdict.masked, expected, "{all:?}");
        });
    }

    #[test]
    fn an_exception_is_re_raised_exactly_when_it_was_saved_and_no_signal_stands_above_it() {
        for_each_path(|main, handlers, flush, all| {
            let saved = handlers.iter().any(|event| matches!(event, Event::HandlerRaised(_)));
            let killed = handlers
                .iter()
                .chain(flush)
                .any(|event| matches!(event, Event::Signal(_) | Event::SecondSignal(_)));
            assert_eq!(judge(all, false).reraised, saved && !killed && !main.is_sticky(), "{all:?}");
        });
    }

    #[test]
    fn strict_keeps_exactly_what_would_have_been_hidden_and_changes_nothing_else() {
        for_each_path(|main, _, flush, all| {
            let (plain, strict) = (judge(all, false), judge(all, true));
            assert_eq!((strict.masked, strict.kept), (None, plain.masked), "{all:?}");
            match plain.masked {
                None => assert_eq!(strict, plain, "{all:?}"),
                Some(before) => {
                    let lost = flush.iter().any(|e| matches!(e, Event::OutputLost | Event::ReaderGone));
                    let status = if lost { OUTPUT_LOST } else { before };
                    assert_eq!((strict.outcome, strict.reraised), (main, false), "{all:?}");
                    assert_eq!(strict.status, ExitStatus::Code(status), "{all:?}");
                }
            }
        });
    }

    #[test]
    fn the_event_that_decided_is_one_that_gives_this_status_by_itself() {
        for_each_path(|_, _, _, all| {
            let verdict = judge(all, false);
            let decided = all[verdict.decided_by.expect("a path begins with an event")];
            let alone = match decided {
                Event::Ended(ending) | Event::HandlerRaised(ending) => ending.status(),
                Event::HookExit(code) => ExitStatus::Code(code),
                Event::Signal(number) | Event::SecondSignal(number) => ExitStatus::Signal(number),
                Event::OutputLost => ExitStatus::Code(OUTPUT_LOST),
                Event::ReaderGone if verdict.status == ExitStatus::Signal(PIPE) => verdict.status,
                Event::ReaderGone => ExitStatus::Code(OUTPUT_LOST),
            };
            assert_eq!(alone, verdict.status, "{all:?}");
        });
    }

    #[test]
    fn the_table_of_the_contract() {
        let status = |events: &[Event]| judge(events, false).status;
        use Event::*;
        assert_eq!(status(&[Ended(Ending::Normal)]), ExitStatus::Code(0));
        assert_eq!(status(&[Ended(Ending::Exit(42))]), ExitStatus::Code(42));
        assert_eq!(status(&[Ended(Ending::Error)]), ExitStatus::Code(1));
        assert_eq!(status(&[Ended(Ending::Interrupt)]), ExitStatus::Signal(2));
        assert_eq!(status(&[Ended(Ending::Signal(15))]), ExitStatus::Signal(15));
        assert_eq!(status(&[Ended(Ending::Normal), HandlerRaised(Ending::Error)]), ExitStatus::Code(1));
        assert_eq!(status(&[Ended(Ending::Error), HandlerRaised(Ending::Exit(98))]), ExitStatus::Code(98));
        assert_eq!(status(&[Ended(Ending::Exit(5)), HandlerRaised(Ending::Error)]), ExitStatus::Code(1));
        assert_eq!(status(&[Ended(Ending::Exit(3)), OutputLost]), ExitStatus::Code(120));
        assert_eq!(status(&[Ended(Ending::Interrupt), OutputLost]), ExitStatus::Signal(2));
        assert_eq!(status(&[Ended(Ending::Normal), ReaderGone]), ExitStatus::Signal(13));
        assert_eq!(status(&[Ended(Ending::Exit(3)), ReaderGone]), ExitStatus::Code(120));
        assert_eq!(status(&[Ended(Ending::Error), HookExit(7)]), ExitStatus::Code(7));
    }

    #[test]
    fn only_the_last_of_several_exceptions_decides() {
        let raised = Event::HandlerRaised;
        let path = [
            Event::Ended(Ending::Exit(9)),
            raised(Ending::Error),
            raised(Ending::Exit(4)),
            raised(Ending::Exit(0)),
        ];
        assert_eq!(judge(&path[..2], false).status, ExitStatus::Code(1));
        assert_eq!(judge(&path[..3], false).status, ExitStatus::Code(4));
        assert_eq!(judge(&path, false).status, ExitStatus::Code(0));
        assert_eq!(judge(&path, false).masked, Some(9));
    }

    #[test]
    fn a_second_signal_decides_over_the_first() {
        let path = [Event::Ended(Ending::Normal), Event::Signal(TERM), Event::SecondSignal(INT)];
        assert_eq!(judge(&path[..2], false).outcome, Ending::Signal(TERM));
        assert_eq!(judge(&path, false).outcome, Ending::Interrupt);
        // A first one during the handlers does not replace the Ctrl-C that ended the program.
        assert_eq!(
            judge(&[Event::Ended(Ending::Interrupt), Event::Signal(TERM)], false).outcome,
            Ending::Interrupt
        );
    }
}
