//! Threads when the world outside takes part: signals, options of the command line, and interpreters that are dropped
//! while threads wait. What a program can do by itself is in `tests/language/thread` and `tests/shutdown`.

mod support;

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use support::{Ended, LIMIT, Running, Scratch, Status};
use toy::host::SystemHost;
use toy::{Config, Interpreter};

fn command(scratch: &Scratch, source: &str) -> Command {
    fs::write(scratch.path().join("m.toy"), source).expect("the scratch directory is writable");
    let mut command = support::toy();
    command.current_dir(scratch.path());
    command
}

/// Runs `source`, sends each signal when the program has printed the line beside it, and waits for the end.
fn signalled(source: &str, signals: &[(&str, Signal)]) -> Ended {
    let scratch = Scratch::new("threads");
    let mut command = command(&scratch, source);
    command.arg("m.toy");
    let mut running = Running::start(command, b"", true).expect("toy starts");
    for (line, signal) in signals {
        running.wait_for_line(line);
        kill_process(Pid::from_child(&running.child), *signal).expect("the program is still there");
    }
    running.finish(LIMIT).expect("toy ends")
}

/// Runs a program whose main thread waits in one of many ways while another spins or sleeps.
#[track_caller]
fn interrupted_in(wait: &str, other: &str) {
    let source = format!(
        r#"
import thread, time, atexit
atexit.register(print, "handler")
fn spin() {{ var n = 0; while true {{ n += 1 }} }}
let lock = thread.Lock()
lock.acquire()
let other = thread.start({other}, daemon = true)
print("ready", flush = true)
try {{ {wait} }} finally {{ print("finally") }}
"#
    );
    let ended = signalled(&source, &[("ready", Signal::INT)]);
    assert_eq!(ended.stdout, "ready\nfinally\nhandler\n", "{wait} beside {other}");
    assert!(ended.stderr.ends_with("\nKeyboardInterrupt\n"), "{wait} beside {other}: {}", ended.stderr);
    assert_eq!(ended.status, Status::Signal(2), "{wait} beside {other}");
}

#[test]
fn ctrl_c_is_heard_by_the_main_thread_wherever_it_waits() {
    for wait in [
        "other.join()",
        "lock.acquire()",
        "with lock { }",
        "thread.Queue().get()",
        "thread.Event().wait()",
        "time.sleep(100)",
        "spin()",
        "sorted([1], key = fn(x) { other.join(); return x })",
    ] {
        interrupted_in(wait, "spin");
        interrupted_in(wait, "time.sleep, 100");
    }
}

#[test]
fn ctrl_c_while_threads_are_waited_for_at_the_end_runs_the_handlers() {
    // Scenario 47.
    let ended = signalled(
        r#"
import thread, time, atexit
atexit.register(print, "handler")
fn f() { try { print("ready", flush = true); time.sleep(100) } finally { print("never") } }
thread.start(f)
"#,
        &[("ready", Signal::INT)],
    );
    assert_eq!(ended.stdout, "ready\nhandler\n");
    assert!(ended.stderr.ends_with("KeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!(ended.status, Status::Signal(2));
}

#[test]
fn second_ctrl_c_ends_a_program_whose_handler_waits_for_a_thread() {
    let ended = signalled(
        r#"
import thread, time, atexit
fn spin() { var n = 0; while true { n += 1 } }
let t = thread.start(spin, daemon = true)
atexit.register(print, "never")
fn stubborn() {
    for i in 1..10 { try { print("waits", i, flush = true); t.join() } except KeyboardInterrupt { } }
}
atexit.register(stubborn)
"#,
        &[("waits 1", Signal::INT), ("waits 2", Signal::INT)],
    );
    assert_eq!(ended.stdout, "waits 1\nwaits 2\n");
    assert_eq!(ended.stderr, "toy: interrupted again; 1 exit handler not run: print\n");
    assert_eq!(ended.status, Status::Signal(2));
}

#[test]
fn function_of_a_signal_wakes_a_thread_that_nobody_else_would_wake() {
    let ended = signalled(
        r#"
import thread, signal
let stop = thread.Event()
fn on(number) { print("signal", number, thread.current().name); stop.set() }
signal.on(signal.SIGTERM, on)
fn wait() { stop.wait(); print("woken", thread.current().name) }
let t = thread.start(wait)
print("ready", flush = true)
t.join()
"#,
        &[("ready", Signal::TERM)],
    );
    assert_eq!(ended.stdout, "ready\nsignal 15 MainThread\nwoken Thread-1 (wait)\n");
    assert_eq!((ended.stderr.as_str(), ended.status), ("", Status::Code(0)));
}

/// What a program with a race prints with some options.
fn raced(options: &[&str]) -> String {
    let scratch = Scratch::new("seeds");
    let source = r#"
import thread
var n = 0
fn same(x) => x
fn add() { for i in 0..3000 { let x = same(n); n = same(x) + 1 } }
let ts = [thread.start(add) for i in 0..4]
for t in ts { t.join() }
print(n)
"#;
    let mut command = command(&scratch, source);
    command.args(options).arg("m.toy");
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    assert_eq!((ended.stderr.as_str(), ended.status), ("", Status::Code(0)));
    ended.stdout
}

#[test]
fn same_seed_is_the_same_run_and_another_is_another() {
    assert_eq!(raced(&[]), raced(&[]));
    let runs: Vec<String> = (0..4).map(|seed| raced(&["--seed-threads", &seed.to_string()])).collect();
    for (seed, run) in runs.iter().enumerate() {
        assert_eq!(raced(&[&format!("--seed-threads={seed}")]), *run);
    }
    assert!(runs.iter().any(|run| *run != runs[0]), "{runs:?}");
}

#[test]
fn seed_that_is_no_number_is_a_bad_command_line() {
    let scratch = Scratch::new("seeds");
    let mut command = command(&scratch, "print(1)");
    command.args(["--seed-threads", "x", "m.toy"]);
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    assert_eq!((ended.stdout.as_str(), ended.status), ("", Status::Code(2)));
}

/// Threads that stand in the middle of all kinds of things.
const SUSPENDED: &str = r#"
import thread, time
let lock = thread.Lock()
lock.acquire()
fn gen() { yield 1; lock.acquire(); yield 2 }
class C {
    fn ==(other) { lock.acquire() }
    fn hash() => 1
    fn str() { lock.acquire(); return "C" }
}
fn nest(n) { return sorted([n], key = fn(x) => lock.acquire() if x == 0 else nest(x - 1)) }
fn spin() { while true { } }
let fs = [
    spin,
    lock.acquire,
    fn() => list(gen()),
    fn() => sorted([2, 1], key = fn(x) => lock.acquire()),
    fn() => {C(): 1, C(): 2},
    fn() => print("text", C()),
    fn() => nest(30),
    fn() { with lock { } },
    fn() => time.sleep(100),
    fn() { try { lock.acquire() } finally { print("never") } },
]
for i in 0..3 { for f in fs { thread.start(f, daemon = true) } }
time.sleep(0)
time.sleep(0)
"#;

#[test]
fn interpreter_can_be_dropped_while_threads_stand_anywhere() {
    for stress in [false, true] {
        let config = Config::new(Box::new(SystemHost::new(|| None))).stress(stress);
        let mut interpreter = Interpreter::new(config);
        interpreter.run_source("suspended.toy", SUSPENDED);
        // It may be moved while they stand, too.
        let mut all = vec![interpreter];
        let text = "import thread\nthread.start(fn() => 1).join()\nlen(thread.all())";
        assert_eq!(all[0].eval(text), Ok("31".to_string()));
        drop(all);
    }
}

#[test]
fn interpreters_with_threads_do_not_disturb_each_other() {
    let new = || {
        let mut interpreter = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
        interpreter.run_source("suspended.toy", SUSPENDED);
        interpreter
    };
    let (mut a, mut b) = (new(), new());
    let deep = "var x = []\nfor i in 0..2000 { x = [x] }\nlen(repr(x))";
    for _ in 0..3 {
        assert_eq!(a.eval("import time\ntime.sleep(0)"), Ok("nil".to_string()));
        assert_eq!(b.eval(deep), Ok("4002".to_string()));
        assert_eq!(b.eval("import time\ntime.sleep(0)"), Ok("nil".to_string()));
        assert_eq!(a.eval(deep), Ok("4002".to_string()));
    }
    drop(a);
    assert_eq!(b.eval(deep), Ok("4002".to_string()));
    assert_eq!(b.finish().status, toy::shutdown::ExitStatus::Code(0));
}

#[test]
fn step_budget_counts_the_steps_of_all_threads() {
    let config = Config::new(Box::new(SystemHost::new(|| None))).step_budget(200_000);
    let mut interpreter = Interpreter::new(config);
    let text = "import thread\nfn spin() { while true { } }\nfor i in 0..4 { thread.start(spin) }\nspin()";
    interpreter.run_source("spin.toy", text);
    assert_eq!(interpreter.finish().status, toy::shutdown::ExitStatus::Code(1));
}
