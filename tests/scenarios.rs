//! Sixty cases of ending, most of them from the test suites and bug reports of other runtimes, found by their number.
//!
//! Where a program can show its case by itself it is in `tests/shutdown/scenarios`, and its name begins with the number
//! of the case. Here are those that need more: several interpreters, signals at the right moment, streams that fail. The
//! names here begin with `scenario_` and the number. [`every_number_has_its_test`] counts both.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::process::Command;

use rustix::process::Signal;
use support::page::Page;
use support::program::{Program, check, full_disk, signalled};
use support::{LIMIT, Scratch, Status};
use toy::host::SystemHost;
use toy::shutdown::{Ending, ExitStatus};
use toy::{Config, Interpreter};

#[test]
fn every_number_has_its_test() {
    let folder = support::project_root().join("tests/shutdown/scenarios");
    let programs = fs::read_dir(folder).expect("the folder is there").filter_map(|entry| {
        let name = entry.expect("it can be read").file_name().into_string().expect("names are text");
        name.ends_with(".toy").then(|| name.get(..2).and_then(|number| number.parse().ok()))
    });
    let mut found: BTreeSet<u32> =
        programs.map(|number| number.expect("names begin with a number")).collect();
    for source in [include_str!("scenarios.rs"), include_str!("shutdown_matrix.rs")] {
        let functions = source.lines().filter_map(|line| line.strip_prefix("fn scenario_"));
        found.extend(functions.filter_map(|rest| rest.get(..2)?.parse::<u32>().ok()));
    }
    assert_eq!(found.into_iter().collect::<Vec<u32>>(), (1..=60).collect::<Vec<u32>>());
}

// Several interpreters, and several programs in one.

fn interpreter(page: &Page) -> Interpreter {
    Interpreter::new(Config::new(Box::new(page.clone())))
}

#[test]
fn scenario_11_another_interpreter_has_a_registry_of_its_own() {
    let (outer_page, inner_page) = (Page::default(), Page::default());
    let mut outer = interpreter(&outer_page);
    outer.run_source("outer.toy", "import atexit\natexit.register(print, \"outer handler\")\n");
    let mut inner = interpreter(&inner_page);
    inner.run_source(
        "inner.toy",
        "import atexit\natexit.register(print, \"inner handler\")\nprint(atexit.count())\n",
    );
    outer.run_source("outer.toy", "import atexit\nprint(atexit.count())\n");
    assert_eq!(inner.finish().status, ExitStatus::Code(0));
    assert_eq!(inner_page.text(), "1\ninner handler\n");
    // The outer one goes on as if nothing had been.
    outer.run_source("outer.toy", "print(\"still running\")\n");
    assert_eq!(outer.finish().status, ExitStatus::Code(0));
    assert_eq!(outer_page.text(), "1\nstill running\nouter handler\n");
}

#[test]
fn scenario_12_what_a_handler_of_an_inner_interpreter_writes_arrives_before_the_outer_ends() {
    let (mut reader, writer) = io::pipe().expect("a pipe can be made");
    let page = Page::default();
    let mut outer = interpreter(&page);
    outer.run_source("outer.toy", "import atexit\natexit.register(print, \"outer handler\")\n");
    let mut inner = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
    let program = format!(
        "import atexit\nlet pipe = open(\"/proc/self/fd/{}\", \"w\")\natexit.register(fn() => pipe.write(\"written at the end\"))\n",
        writer.as_raw_fd()
    );
    inner.run_source("inner.toy", &program);
    drop(writer);
    assert_eq!(inner.finish().status, ExitStatus::Code(0));
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("the pipe can be read");
    assert_eq!((text.as_str(), page.text().as_str()), ("written at the end", ""));
    outer.finish();
    assert_eq!(page.text(), "outer handler\n");
}

#[test]
fn scenario_25_handler_of_a_prelude_runs_when_the_program_cannot_be_read() {
    let page = Page::default();
    let mut interpreter = interpreter(&page);
    interpreter.run_source("prelude.toy", "import atexit\natexit.register(print, \"handler\")\n");
    assert_eq!(interpreter.run_source("main.toy", "let = 3\n"), Ending::Error);
    assert_eq!(interpreter.finish().status, ExitStatus::Code(1));
    assert_eq!(page.text(), "handler\n");
}

// Signals at the right moment.

#[test]
fn scenario_37_exit_in_a_handler_does_not_wait_for_anything() {
    let source = "import atexit\natexit.register(print, \"older\")\natexit.register(exit, 3)\nexit(4)\n";
    let ended = Program::new(source).start().finish(LIMIT).expect("toy ends");
    check(&ended, "older\n", "", Status::Code(3));
}

#[test]
fn scenario_37_second_sigterm_ends_a_spinning_handler() {
    let ended = signalled(
        r#"import atexit
import signal
import time
fn never() { print("never") }
fn spins() {
    while true {
        print("spinning", flush = true)
        while not came { time.sleep(0.01) }
        came = false
    }
}
var came = false
signal.on(signal.SIGUSR1, fn(number) { came = true })
atexit.register(never)
atexit.register(spins)
"#,
        &[("spinning", Signal::TERM), ("spinning", Signal::USR1), ("spinning\nspinning", Signal::TERM)],
    );
    let stderr = "toy: terminated again; 1 exit handler not run: never\n";
    check(&ended, "spinning\nspinning\n", stderr, Status::Signal(15));
}

#[test]
fn scenario_47_ctrl_c_while_threads_are_waited_for() {
    let ended = signalled(
        r#"import atexit
import thread
import time
fn works() {
    while atexit.phase() == "running" { time.sleep(0.001) }
    print("main has ended", flush = true)
    time.sleep(3600)
}
atexit.register(print, "handler")
thread.start(works)
"#,
        &[("main has ended", Signal::INT)],
    );
    assert!(ended.stderr.ends_with("KeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), ended.status), ("main has ended\nhandler\n", Status::Signal(2)));
}

#[test]
fn scenario_48_one_ctrl_c_stops_one_handler_and_the_rest_run() {
    let ended = signalled(
        r#"import atexit
fn slow() {
    print("slow", flush = true)
    while true {}
}
atexit.register(print, "older")
atexit.register(slow)
atexit.register(print, "newer")
"#,
        &[("newer\nslow", Signal::INT)],
    );
    assert!(ended.stderr.starts_with("Exception in exit handler 'slow' "), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("\nKeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), ended.status), ("newer\nslow\nolder\n", Status::Signal(2)));
}

// Values and streams.

#[test]
fn scenario_45_every_kind_of_exit_value() {
    let wrapped = |code: &str| format!("toy: exit code {code} becomes 0 (only 0..255 reach the system)\n");
    for (value, status, stderr) in [
        ("nil", 0, String::new()),
        ("0", 0, String::new()),
        ("false", 0, String::new()),
        ("true", 1, String::new()),
        ("255", 255, String::new()),
        ("256", 0, wrapped("256")),
        ("-1", 255, String::new()),
        ("2 ** 64 + 7", 7, String::new()),
        ("2 ** 64", 0, wrapped("18446744073709551616")),
        ("1.0", 1, "1.0\n".to_string()),
        ("\"\"", 1, "\n".to_string()),
        ("[3]", 1, "[3]\n".to_string()),
        ("(3,)", 1, "(3,)\n".to_string()),
        ("()", 1, "()\n".to_string()),
    ] {
        for place in ["exit(VALUE)", "import atexit\natexit.register(exit, VALUE)"] {
            let program = Program::new(&place.replace("VALUE", value));
            let ended = program.start().finish(LIMIT).expect("toy ends");
            check(&ended, "", &stderr, Status::Code(status));
        }
    }
}

const DISK_FULL: &str =
    "Exception ignored on flushing stdout:\nOSError: [Errno 28] No space left on device\n";
const HANDLER: &str =
    "import atexit\nimport sys\natexit.register(fn() => print(\"handler\", file = sys.stderr))\n";

#[test]
fn scenario_52_full_disk_under_standard_output() {
    let traceback = "Traceback (most recent call last):\n  File \"m.toy\", line 5, in <module>\n    raise ValueError(\"x\")\nValueError: x\n";
    for (ending, before) in [("", ""), ("exit(3)", ""), ("raise ValueError(\"x\")", traceback)] {
        let program = Program::new(&format!("{HANDLER}print(\"lost\")\n{ending}\n"));
        let ended = program.run_into(full_disk());
        check(&ended, "", &format!("{before}handler\n{DISK_FULL}"), Status::Code(120));
    }
}

#[test]
fn scenario_53_standard_error_closed_or_full() {
    let program =
        Program::new("import atexit\natexit.register(fn() => 1 / 0)\natexit.register(print, \"newer\")\n");
    check(&program.run_redirected("2>&-"), "newer\n", "", Status::Code(1));
    check(&program.run_redirected("2>/dev/full"), "newer\n", "", Status::Code(120));
}

#[test]
fn scenario_56_error_of_a_program_on_standard_input() {
    let mut command = support::toy();
    command.arg("-");
    let ended =
        support::run(command, b"print(\"said\")\nraise ValueError(\"x\")\n", LIMIT, true).expect("toy ends");
    let traceback = "Traceback (most recent call last):\n  File \"<stdin>\", line 2, in <module>\n    raise ValueError(\"x\")\nValueError: x\n";
    check(&ended, "said\n", traceback, Status::Code(1));
}

#[test]
fn scenario_56_end_of_the_input_of_a_prompt_is_success() {
    let mut command = support::toy();
    command.arg("-i");
    let ended = support::run(command, b"raise ValueError(\"x\")\nprint(\"goes on\")\n", LIMIT, true)
        .expect("toy ends");
    assert!(ended.stderr.contains("ValueError: x"), "{}", ended.stderr);
    assert!(ended.stdout.contains("goes on"), "{}", ended.stdout);
    assert_eq!(ended.status, Status::Code(0));
}

#[test]
fn scenario_56_exit_at_a_prompt_sets_the_status() {
    let mut command = support::toy();
    command.arg("-i");
    let ended = support::run(command, b"exit(7)\nprint(\"never\")\n", LIMIT, true).expect("toy ends");
    assert_eq!((ended.stdout.contains("never"), ended.status), (false, Status::Code(7)));
}

#[test]
fn scenario_22_the_prompt_saves_its_history_in_the_handler_that_runs_last() {
    let scratch = Scratch::new("prompt");
    // A terminal of its own, that of `script`, for a prompt that reads from anything else has no history.
    let mut command = Command::new("script");
    command.args(["-qec", concat!(env!("CARGO_BIN_EXE_toy"), " --trace-exit -i"), "/dev/null"]);
    command.env("TERM", "dumb").env("TOY_HISTORY", scratch.path().join("history"));
    let input = b"import atexit\natexit.register(print, \"mine\")\nprint(atexit.plan())\nexit()\n";
    let ended = support::run(command, input, LIMIT, true).expect("toy ends");
    let shown = ended.stdout.replace('\r', "");
    let plan = "  1. print('mine') (registered at <entry 2>:1): pending\n  2. <repl history>(): pending\n";
    assert!(shown.contains(plan), "{shown}");
    let place = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} is not in {shown}"));
    assert!(place("handler 1/2 'print'") < place("handler 2/2 '<repl history>': ok"), "{shown}");
}

// What is traced.

#[test]
fn scenario_59_traces_are_the_same_in_every_run() {
    let folder = support::project_root().join("tests/shutdown/scenarios");
    let mut traced = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("59_")) {
            continue;
        }
        let run = || {
            let mut command = support::toy();
            command.arg("--trace-exit").arg(&path);
            support::run(command, b"", LIMIT, true).expect("toy ends")
        };
        let (first, second) = (run(), run());
        assert!(first.stderr.contains("[exit] main ended"), "{}", first.stderr);
        assert_eq!((first.stdout, first.stderr), (second.stdout, second.stderr));
        assert_eq!(first.status, second.status);
        traced += 1;
    }
    assert_eq!(traced, 3);
}
