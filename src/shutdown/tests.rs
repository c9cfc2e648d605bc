//! The path as an embedder sees it, with a host whose signals and failures come at exact points.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::{Ending, ExitReport, ExitStatus};
use crate::host::{Host, Signal, Stream};
use crate::{Config, Interpreter};

/// What a test and its host share.
#[derive(Debug, Default)]
struct World {
    out: Vec<u8>,
    err: Vec<u8>,
    /// Each `time.sleep` lets the next of these come.
    signals: VecDeque<Signal>,
    came: VecDeque<Signal>,
    slept: Duration,
    /// What writing to a stream fails with.
    failing: Vec<(Stream, i32)>,
    /// Streams whose reader does not read: a write waits until one of the signals comes.
    stuck: Vec<Stream>,
}

#[derive(Clone, Debug, Default)]
struct TestHost(Rc<RefCell<World>>);

impl Host for TestHost {
    fn has_system(&self) -> bool {
        true
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        if let Some((_, errno)) = world.failing.iter().find(|(failing, _)| *failing == stream) {
            return Err(io::Error::from_raw_os_error(*errno));
        }
        if world.stuck.contains(&stream) {
            let signal = world.signals.pop_front().expect("nobody waits longer than there are signals");
            world.came.push_back(signal);
            return Err(io::ErrorKind::Interrupted.into());
        }
        let target = if stream == Stream::Out { &mut world.out } else { &mut world.err };
        target.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn is_terminal(&self, _: Stream) -> bool {
        false
    }

    fn take_signal(&mut self) -> Option<Signal> {
        self.0.borrow_mut().came.pop_front()
    }

    fn has_signal(&mut self) -> bool {
        !self.0.borrow().came.is_empty()
    }

    fn takes_more(&self, stream: Stream) -> bool {
        !self.0.borrow().stuck.contains(&stream)
    }

    fn now(&mut self) -> Duration {
        Duration::ZERO
    }

    fn monotonic(&mut self) -> Duration {
        self.0.borrow().slept
    }

    fn sleep(&mut self, duration: Duration) {
        let mut world = self.0.borrow_mut();
        world.slept += duration;
        let signal = world.signals.pop_front();
        world.came.extend(signal);
    }

    fn read_file(&mut self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::from_raw_os_error(libc::ENOENT))
    }
}

struct Ended {
    out: String,
    err: String,
    report: ExitReport,
}

fn run_in(host: &TestHost, configure: impl FnOnce(Config) -> Config, programs: &[&str]) -> Ended {
    let mut interpreter = Interpreter::new(configure(Config::new(Box::new(host.clone()))));
    for program in programs {
        interpreter.run_source("m.toy", program);
    }
    let report = interpreter.finish();
    let world = host.0.borrow();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { out: text(&world.out), err: text(&world.err), report }
}

fn run(program: &str) -> Ended {
    run_in(&TestHost::default(), |config| config, &[program])
}

fn run_with_signals(program: &str, signals: &[Signal]) -> Ended {
    let host = TestHost::default();
    host.0.borrow_mut().signals.extend(signals);
    run_in(&host, |config| config, &[program])
}

fn run_failing(program: &str, failing: &[(Stream, i32)]) -> Ended {
    let host = TestHost::default();
    host.0.borrow_mut().failing.extend(failing);
    run_in(&host, |config| config, &[program])
}

#[test]
fn the_report_tells_every_error_and_which_was_re_raised() {
    let ended = run("import atexit\n\
                     fn first() { raise ValueError(\"x\") }\n\
                     atexit.register(exit, 3)\n\
                     atexit.register(first)\n");
    assert_eq!(ended.report.status, ExitStatus::Code(3));
    assert_eq!(ended.report.outcome, Ending::Exit(3));
    let classes: Vec<&str> = ended.report.errors.iter().map(|error| error.class.as_str()).collect();
    assert_eq!(classes, ["ValueError", "SystemExit"]);
    assert_eq!(ended.report.errors[0].registered, Some(("m.toy".to_string(), 4)));
    assert_eq!(ended.report.errors[0].report, ended.err);
    assert_eq!(ended.report.reraised.map(|error| error.handler), Some("exit".to_string()));
}

#[test]
fn ending_twice_is_ending_once() {
    let host = TestHost::default();
    let mut interpreter = Interpreter::new(Config::new(Box::new(host.clone())));
    interpreter.run_source("m.toy", "import atexit\natexit.register(print, 1)\nexit(4)");
    assert_eq!(interpreter.end().status, ExitStatus::Code(4));
    assert_eq!(interpreter.end().status, ExitStatus::Code(4));
    assert_eq!(host.0.borrow().out, b"1\n");
}

#[test]
fn handlers_of_a_prelude_run_when_the_main_program_has_errors_in_its_text() {
    let prelude = "import atexit\natexit.register(print, \"prelude\")\n";
    let ended = run_in(&TestHost::default(), |config| config, &[prelude, "let = 1"]);
    assert_eq!((ended.report.status, ended.out.as_str()), (ExitStatus::Code(1), "prelude\n"));
    assert!(ended.err.starts_with("m.toy:1:5: error: "), "{}", ended.err);
}

#[test]
fn eval_gives_a_value_or_a_report() {
    let mut interpreter = Interpreter::new(Config::new(Box::new(TestHost::default())));
    assert_eq!(interpreter.eval("let x = [1, 'a']\nx * 2"), Ok("[1, 'a', 1, 'a']".to_string()));
    assert_eq!(interpreter.eval("let x = 1"), Ok("nil".to_string()));
    let error = interpreter.eval("1 / 0").unwrap_err();
    assert!(error.ends_with("ZeroDivisionError: division by zero\n"), "{error}");
    assert_eq!(interpreter.finish().status, ExitStatus::Code(0));
}

const SLEEPERS: &str = "import atexit, time\n\
    fn a() { print(\"a\") }\n\
    fn b() { print(\"b\"); time.sleep(1); print(\"b woke\") }\n\
    fn c() { print(\"c\"); time.sleep(1); print(\"c woke\") }\n\
    atexit.register(a)\n\
    atexit.register(b)\n\
    atexit.register(c)\n";

#[test]
fn first_ctrl_c_stops_one_handler() {
    let ended = run_with_signals(&format!("{SLEEPERS}exit(5)\n"), &[Signal::Interrupt]);
    assert_eq!((ended.report.outcome, ended.out.as_str()), (Ending::Interrupt, "c\nb\nb woke\na\n"));
    assert_eq!(ended.err.matches("KeyboardInterrupt").count(), 1, "{}", ended.err);
}

#[test]
fn second_signal_abandons_the_rest() {
    let ended = run_with_signals(SLEEPERS, &[Signal::Interrupt, Signal::Terminate]);
    assert_eq!(ended.out, "c\nb\n");
    assert_eq!(ended.report.status, ExitStatus::Signal(libc::SIGTERM));
    assert_eq!(ended.report.not_run, ["a"]);
    assert!(
        ended.err.ends_with("KeyboardInterrupt\ntoy: terminated again; 1 exit handler not run: a\n"),
        "{}",
        ended.err
    );
}

#[test]
fn ctrl_c_that_a_handler_catches_changes_nothing_whatever_it_raises_then() {
    let ended = run_with_signals(
        "import atexit, time\n\
         fn f() { try { time.sleep(1) } except KeyboardInterrupt { raise ValueError(\"other\") } }\n\
         atexit.register(f)\n",
        &[Signal::Interrupt],
    );
    assert_eq!(ended.report.status, ExitStatus::Code(1));
}

#[test]
fn ctrl_c_in_the_text_of_an_exception_is_not_lost() {
    let ended = run_with_signals(
        "import atexit, time\n\
         class E(Exception) { fn str() { time.sleep(1); return \"text\" } }\n\
         fn f() { raise E() }\n\
         atexit.register(f)\n",
        &[Signal::Interrupt],
    );
    assert_eq!(ended.report.outcome, Ending::Interrupt);
}

#[test]
fn signals_in_the_main_program_do_not_count_as_first_ones() {
    let program = format!("{SLEEPERS}time.sleep(1)\n");
    let ended = run_with_signals(&program, &[Signal::Terminate, Signal::Interrupt, Signal::Hangup]);
    assert_eq!(ended.out, "c\nb\n");
    assert_eq!(ended.report.status, ExitStatus::Signal(libc::SIGHUP));
    assert_eq!(ended.report.not_run, ["a"]);
}

#[test]
fn ctrl_c_under_atexit_run_counts_when_the_program_ends() {
    let ended = run_with_signals(
        "import atexit, time\n\
         fn older() { raise ValueError(\"older\") }\n\
         fn outer() { try { atexit.run() } except ValueError { } }\n\
         atexit.register(older)\n\
         atexit.register(time.sleep, 1)\n\
         atexit.register(outer)\n",
        &[Signal::Interrupt],
    );
    assert_eq!(ended.report.outcome, Ending::Interrupt);
}

#[test]
fn two_signals_are_enough_to_leave_though_nobody_reads() {
    let host = TestHost::default();
    host.0.borrow_mut().stuck.push(Stream::Out);
    host.0.borrow_mut().signals.extend([Signal::Terminate, Signal::Interrupt]);
    let program = "import atexit\natexit.register(print, 1)\natexit.register(print, 2, flush = true)\n";
    let ended = run_in(&host, |config| config, &[program]);
    assert_eq!(ended.report.status, ExitStatus::Signal(libc::SIGINT));
    assert_eq!(ended.err, "toy: interrupted again; 1 exit handler not run: print\n");
}

#[test]
fn signals_while_the_last_flush_waits_are_heard() {
    let host = TestHost::default();
    host.0.borrow_mut().stuck.push(Stream::Out);
    host.0.borrow_mut().signals.extend([Signal::Hangup, Signal::Terminate]);
    let ended = run_in(&host, |config| config, &["print(1)"]);
    assert_eq!((ended.report.status, ended.err.as_str()), (ExitStatus::Signal(libc::SIGTERM), ""));
}

#[test]
fn output_that_is_lost_makes_the_status_120() {
    let ended = run_failing("print(1)\nexit(3)\n", &[(Stream::Out, libc::ENOSPC)]);
    assert_eq!(ended.report.status, ExitStatus::Code(120));
    assert_eq!(ended.report.outcome, Ending::Exit(3));
    assert_eq!(
        ended.err,
        "Exception ignored on flushing stdout:\nOSError: [Errno 28] No space left on device\n"
    );
}

#[test]
fn a_reader_that_is_gone_ends_a_success_by_sigpipe_and_a_failure_by_120() {
    let gone = [(Stream::Out, libc::EPIPE)];
    let ended = run_failing("print(1)\n", &gone);
    assert_eq!((ended.report.status, ended.err.as_str()), (ExitStatus::Signal(libc::SIGPIPE), ""));
    let ended = run_failing("print(1)\nexit(3)\n", &gone);
    assert_eq!(ended.report.status, ExitStatus::Code(120));
}

#[test]
fn both_streams_failing_is_no_panic() {
    let failing = [(Stream::Out, libc::ENOSPC), (Stream::Err, libc::EIO)];
    let ended = run_failing("import atexit\natexit.register(fn() => 1 / 0)\nprint(1)\n[][0]\n", &failing);
    assert_eq!(ended.report.status, ExitStatus::Code(120));
}

#[test]
fn leaving_at_once_skips_everything() {
    let ended = run(
        "import atexit, os\natexit.register(print, 1)\nprint(2)\ntry { os._exit(7) } finally { print(3) }\n",
    );
    assert!(ended.report.at_once);
    assert_eq!((ended.report.status, ended.out.as_str()), (ExitStatus::Code(7), ""));
}

#[test]
fn out_of_steps_runs_nothing_more_of_the_program() {
    let program = "import atexit\natexit.register(print, 1)\ntry { while true { } } finally { print(2) }\n";
    let ended = run_in(&TestHost::default(), |config| config.step_budget(10_000), &[program]);
    assert_eq!((ended.report.status, ended.out.as_str()), (ExitStatus::Code(1), ""));
    assert_eq!(ended.report.not_run, ["print"]);
}

#[test]
fn a_hundred_thousand_handlers_are_found_again_without_looking_at_all() {
    let ended = run("import atexit\n\
        fn f() { }\n\
        let others = [fn() => i for i in range(100_000)]\n\
        for other in others { atexit.register(other) }\n\
        for i in range(1000) { atexit.register(f); atexit.unregister(f) }\n\
        for other in others { atexit.unregister(other) }\n\
        print(atexit.count())\n");
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("0\n", ""));
}

#[test]
fn everything_holds_when_every_safepoint_collects() {
    let ended = run_in(
        &TestHost::default(),
        |config| config.stress(true),
        &["import atexit\n\
           fn make(i) { let list = [i]; return fn(*args, **options) { print(list, args, options) } }\n\
           for i in range(3) { atexit.register(make(i), [str(i)], key = str(i)) }\n\
           fn bad() { raise ValueError([\"x\"]) }\n\
           atexit.register(bad)\n\
           atexit.register(bad)\n"],
    );
    assert_eq!(
        ended.out,
        "[2] (['2'],) {'key': '2'}\n[1] (['1'],) {'key': '1'}\n[0] (['0'],) {'key': '0'}\n"
    );
    assert!(ended.err.ends_with("toy: 2 of 5 exit handlers failed\n"), "{}", ended.err);
}
