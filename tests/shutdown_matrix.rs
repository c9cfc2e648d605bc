//! The rule for the exit status against real processes: every outcome of the main program with every pair of things that
//! two exit handlers can do. What [`judge`] makes of the events that a program is written to have must be what the
//! parent of its process sees.

mod support;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use support::{LIMIT, Scratch, Status};
use toy::shutdown::{Ending, Event, ExitStatus, judge};

const INT: i32 = libc::SIGINT;
const TERM: i32 = libc::SIGTERM;
const HUP: i32 = libc::SIGHUP;
const PIPE: i32 = libc::SIGPIPE;

/// How a main program ends: its last line, and what that is.
const MAINS: [(&str, Ending); 11] = [
    ("", Ending::Normal),
    ("exit(0)", Ending::Exit(0)),
    ("exit(5)", Ending::Exit(5)),
    ("exit(\"message\")", Ending::Exit(1)),
    ("raise ValueError(\"main\")", Ending::Error),
    ("raise KeyboardInterrupt()", Ending::Interrupt),
    ("signal.raise_signal(signal.SIGINT)", Ending::Interrupt),
    ("signal.raise_signal(signal.SIGTERM)", Ending::Signal(TERM)),
    ("signal.raise_signal(signal.SIGHUP)", Ending::Signal(HUP)),
    ("raise Terminated(15)", Ending::Signal(TERM)),
    ("raise BrokenPipeError()", Ending::Signal(PIPE)),
];

/// What an exit handler does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Nothing,
    Exit(u8),
    Error,
    /// Raises the exception of Ctrl-C, without a signal.
    RaisesInterrupt,
    /// Is sent a signal.
    Hears(i32),
    /// Catches the exception of the signal, and returns.
    CatchesInterrupt,
    ReaderGone,
}

const ACTS: [Act; 10] = [
    Act::Nothing,
    Act::Exit(0),
    Act::Exit(3),
    Act::Error,
    Act::RaisesInterrupt,
    Act::Hears(INT),
    Act::Hears(TERM),
    Act::Hears(HUP),
    Act::CatchesInterrupt,
    Act::ReaderGone,
];

impl Act {
    fn source(self) -> String {
        match self {
            Act::Nothing => "nil".to_string(),
            Act::Exit(code) => format!("exit({code})"),
            Act::Error => "raise ValueError(\"handler\")".to_string(),
            Act::RaisesInterrupt => "raise KeyboardInterrupt()".to_string(),
            Act::Hears(number) => format!("signal.raise_signal({number})"),
            Act::CatchesInterrupt => {
                "try { signal.raise_signal(signal.SIGINT) } except KeyboardInterrupt {}".to_string()
            }
            Act::ReaderGone => "raise BrokenPipeError()".to_string(),
        }
    }

    /// The signal that it is sent.
    fn signal(self) -> Option<i32> {
        match self {
            Act::Hears(number) => Some(number),
            Act::CatchesInterrupt => Some(INT),
            _ => None,
        }
    }

    /// What happens on the path if it is not the second signal.
    fn events(self) -> Vec<Event> {
        let raised = Event::HandlerRaised;
        match self {
            // What it has caught is dealt with.
            Act::Nothing | Act::CatchesInterrupt => vec![],
            Act::Exit(code) => vec![raised(Ending::Exit(code))],
            Act::Error => vec![raised(Ending::Error)],
            Act::RaisesInterrupt => vec![raised(Ending::Interrupt)],
            Act::Hears(INT) => vec![Event::Signal(INT), raised(Ending::Interrupt)],
            Act::Hears(number) => vec![Event::Signal(number)],
            Act::ReaderGone => vec![Event::Signal(PIPE), raised(Ending::Error)],
        }
    }
}

/// A program, and what its events make of it.
struct Case {
    source: String,
    strict: bool,
    expected: ExitStatus,
}

/// `acts` are those of the handlers in the order of running.
fn case(main: (&str, Ending), acts: &[Act], strict: bool) -> Case {
    let mut source = "import atexit\nimport signal\n".to_string();
    for (i, act) in acts.iter().enumerate().rev() {
        source += &format!("fn handler{i}() {{ {} }}\natexit.register(handler{i})\n", act.source());
    }
    source += &format!("{}\n", main.0);
    let mut events = vec![Event::Ended(main.1)];
    let mut signals = 0;
    for act in acts {
        if let Some(number) = act.signal() {
            signals += 1;
            if signals == 2 {
                events.push(Event::SecondSignal(number));
                break;
            }
        }
        events.extend(act.events());
    }
    Case { source, strict, expected: judge(&events, strict).status }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for main in MAINS {
        for first in ACTS {
            for second in ACTS {
                cases.push(case(main, &[first, second], false));
            }
            cases.push(case(main, &[first], true));
        }
    }
    cases
}

fn check(case: &Case, scratch: &Scratch, number: usize) -> Result<(), String> {
    let path = scratch.path().join(format!("{number}.toy"));
    fs::write(&path, &case.source).map_err(|error| error.to_string())?;
    let mut command = support::toy();
    command.args(case.strict.then_some("--strict-exit")).arg(&path);
    let ended = support::run(command, b"", LIMIT, true)?;
    let expected = match case.expected {
        ExitStatus::Code(code) => Status::Code(i32::from(code)),
        ExitStatus::Signal(number) => Status::Signal(number),
    };
    if ended.status == expected && !ended.stderr.contains("panicked") {
        return Ok(());
    }
    let strict = if case.strict { " with --strict-exit" } else { "" };
    Err(format!("{}ended{strict} with {}, expected {expected}\n{}", case.source, ended.status, ended.stderr))
}

#[test]
fn scenario_60_every_combination_of_outcomes_ends_a_process_as_the_rule_says() {
    let cases = cases();
    assert_eq!(cases.len(), MAINS.len() * ACTS.len() * (ACTS.len() + 1));
    let scratch = Scratch::new("matrix");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else { return wrong };
            wrong.extend(check(case, &scratch, number).err());
        }
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no worker panics")).collect()
    });
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
