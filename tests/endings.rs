//! How a program ends when the world outside takes part: signals, streams that are full, closed or no
//! longer read, programs that cannot be had. What a program can do to itself is in `tests/shutdown`.

mod support;

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use support::program::{Program, check, full_disk, reader_gone, signalled};
use support::{Ended, LIMIT, Status};

#[track_caller]
fn check_one_line(ended: &Ended, contains: &str, status: Status) {
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("toy: ") && ended.stderr.contains(contains), "{}", ended.stderr);
    assert_eq!((ended.status, ended.stdout.as_str()), (status, ""));
}

// Phase 1: signals in the main program.

#[test]
fn ctrl_c_in_the_main_program_unwinds_it_and_runs_the_handlers() {
    let ended = signalled(
        r#"import atexit
atexit.register(print, "handler")
try {
    print("ready", flush = true)
    while true {}
} finally {
    print("finally")
}
"#,
        &[("ready", Signal::INT)],
    );
    let traceback =
        "Traceback (most recent call last):\n  File \"m.toy\", line 5, in <module>\n    while true {}\n";
    assert!(ended.stderr.starts_with(traceback), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("\nKeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), ended.status), ("ready\nfinally\nhandler\n", Status::Signal(2)));
}

#[test]
fn ctrl_c_can_be_caught_and_the_program_goes_on() {
    let ended = signalled(
        r#"try {
    print("ready", flush = true)
    while true {}
} except KeyboardInterrupt as e {
    print("caught", repr(e))
}
print("goes on")
"#,
        &[("ready", Signal::INT)],
    );
    check(&ended, "ready\ncaught KeyboardInterrupt()\ngoes on\n", "", Status::Code(0));
}

#[test]
fn bare_except_lets_ctrl_c_through() {
    let ended = signalled(
        r#"try {
    print("ready", flush = true)
    while true {}
} except {
    print("wrong")
}
"#,
        &[("ready", Signal::INT)],
    );
    assert_eq!((ended.stdout.as_str(), ended.status), ("ready\n", Status::Signal(2)));
}

#[test]
fn ctrl_c_interrupts_a_sleep() {
    let ended = signalled(
        "import time\nprint(\"ready\", flush = true)\ntime.sleep(3600)\n",
        &[("ready", Signal::INT)],
    );
    assert!(ended.stderr.ends_with("KeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!(ended.status, Status::Signal(2));
}

#[test]
fn ctrl_c_interrupts_a_loop_of_native_work() {
    let ended = signalled(
        "let xs = list(range(1000))\nprint(\"ready\", flush = true)\nwhile true { sorted(xs) }\n",
        &[("ready", Signal::INT)],
    );
    assert_eq!(ended.status, Status::Signal(2));
}

#[test]
fn terminate_runs_finally_and_handlers_and_prints_nothing() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1)] {
        let ended = signalled(
            r#"import atexit
atexit.register(print, "handler")
try {
    print("ready", flush = true)
    while true {}
} finally {
    print("finally")
}
"#,
            &[("ready", signal)],
        );
        check(&ended, "ready\nfinally\nhandler\n", "", Status::Signal(number));
    }
}

#[test]
fn terminated_can_be_caught_and_knows_its_signal() {
    let ended = signalled(
        r#"try {
    print("ready", flush = true)
    while true {}
} except Terminated as e {
    print("caught", e.signal)
}
"#,
        &[("ready", Signal::TERM)],
    );
    check(&ended, "ready\ncaught 15\n", "", Status::Code(0));
}

#[test]
fn waiting_for_the_other_end_of_a_pipe_can_be_interrupted() {
    let program = Program::new("print(\"ready\", flush = true)\nopen(\"pipe\")\n");
    let made = Command::new("mkfifo").arg(program.scratch.path().join("pipe")).status();
    assert!(made.expect("mkfifo can be had").success());
    let mut running = program.start();
    running.wait_for_line("ready");
    kill_process(Pid::from_child(&running.child), Signal::TERM).expect("the program is still there");
    check(&running.finish(LIMIT).expect("toy ends"), "ready\n", "", Status::Signal(15));
}

/// Between two looks of the counter lie some 4,000 rounds, and these would take longer than the test may.
#[test]
fn a_loop_of_large_steps_hears_signals() {
    for work in ["lots + b\"x\"", "hashlib.sha256(lots)", "zeros.read(len(lots))"] {
        let program = format!(
            "import hashlib\nlet lots = b\"x\" * (1 << 25)\nlet zeros = open(\"/dev/zero\", \"rb\")\n\
             print(\"ready\", flush = true)\nwhile true {{ {work} }}\n"
        );
        let ended = signalled(&program, &[("ready", Signal::TERM)]);
        check(&ended, "ready\n", "", Status::Signal(15));
    }
}

#[test]
fn exit_from_a_handler_does_not_hide_a_termination() {
    let ended = signalled(
        r#"import atexit
atexit.register(exit, 0)
print("ready", flush = true)
while true {}
"#,
        &[("ready", Signal::TERM)],
    );
    check(&ended, "ready\n", "", Status::Signal(15));
}

// 5.7: Ctrl-C while handlers run.

#[test]
fn first_ctrl_c_in_a_handler_stops_that_handler_and_the_rest_run() {
    let ended = signalled(
        r#"import atexit
fn slow() {
    print("ready", flush = true)
    while true {}
}
atexit.register(print, "older")
atexit.register(slow)
"#,
        &[("ready", Signal::INT)],
    );
    let report =
        "Exception in exit handler 'slow' (registered at m.toy:7):\nTraceback (most recent call last):\n";
    assert!(ended.stderr.starts_with(report), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("KeyboardInterrupt\n"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), ended.status), ("ready\nolder\n", Status::Signal(2)));
}

#[test]
fn ctrl_c_that_a_handler_catches_changes_nothing() {
    let ended = signalled(
        r#"import atexit
fn slow() {
    try {
        print("ready", flush = true)
        while true {}
    } except KeyboardInterrupt {
        print("caught")
    }
}
atexit.register(print, "older")
atexit.register(slow)
exit(3)
"#,
        &[("ready", Signal::INT)],
    );
    check(&ended, "ready\ncaught\nolder\n", "", Status::Code(3));
}

#[test]
fn second_ctrl_c_abandons_the_rest_and_names_it() {
    let ended = signalled(
        r#"import atexit
fn a() { print("never") }
fn b() { print("never") }
fn stubborn() {
    while true {
        try {
            print("ready", flush = true)
            while true {}
        } except KeyboardInterrupt {
            print("no", flush = true)
        }
    }
}
atexit.register(a)
atexit.register(b)
atexit.register(stubborn)
"#,
        &[("ready", Signal::INT), ("no\nready", Signal::INT)],
    );
    let stderr = "toy: interrupted again; 2 exit handlers not run: b, a\n";
    check(&ended, "ready\nno\nready\n", stderr, Status::Signal(2));
}

#[test]
fn second_ctrl_c_in_another_handler_counts_too() {
    let ended = signalled(
        r#"import atexit
fn slow(name) {
    print(name, flush = true)
    while true {}
}
fn never() { print("never") }
atexit.register(never)
atexit.register(slow, "second")
atexit.register(slow, "first")
"#,
        &[("first", Signal::INT), ("second", Signal::INT)],
    );
    let last_line = ended.stderr.lines().last();
    assert_eq!(last_line, Some("toy: interrupted again; 1 exit handler not run: never"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), ended.status), ("first\nsecond\n", Status::Signal(2)));
}

#[test]
fn ctrl_c_in_main_and_one_in_a_handler_lets_the_rest_run() {
    let ended = signalled(
        r#"import atexit
fn slow() {
    print("handler", flush = true)
    while true {}
}
atexit.register(print, "older")
atexit.register(slow)
print("main", flush = true)
while true {}
"#,
        &[("main", Signal::INT), ("handler", Signal::INT)],
    );
    assert_eq!((ended.stdout.as_str(), ended.status), ("main\nhandler\nolder\n", Status::Signal(2)));
}

// Phases 7 and 8: what was written must arrive, or the status says so.

#[test]
fn files_left_open_are_flushed_when_the_program_ends() {
    for ending in ["", "exit(0)", "let unused = 1"] {
        let program =
            Program::new(&format!("let f = open(\"out.txt\", \"w\")\nf.write(\"kept\")\n{ending}\n"));
        let ended = program.start().finish(LIMIT).expect("toy ends");
        check(&ended, "", "", Status::Code(0));
        let text = fs::read_to_string(program.scratch.path().join("out.txt")).expect("the file is there");
        assert_eq!(text, "kept");
    }
}

#[test]
fn files_left_open_are_flushed_after_an_error_too() {
    let program = Program::new("let f = open(\"out.txt\", \"w\")\nf.write(\"kept\")\n[][0]\n");
    let ended = program.start().finish(LIMIT).expect("toy ends");
    assert_eq!(ended.status, Status::Code(1));
    let text = fs::read_to_string(program.scratch.path().join("out.txt")).expect("the file is there");
    assert_eq!(text, "kept");
}

const DISK_FULL: &str =
    "Exception ignored on flushing stdout:\nOSError: [Errno 28] No space left on device\n";

#[test]
fn full_disk_under_stdout_makes_the_status_120() {
    let ended = Program::new("print(\"lost\")\n").run_into(full_disk());
    check(&ended, "", DISK_FULL, Status::Code(120));
}

#[test]
fn full_disk_under_stdout_beats_the_exit_status() {
    let source = "import atexit\nimport sys\natexit.register(fn() => print(\"handler\", file = sys.stderr))\nprint(\"lost\")\nexit(3)\n";
    let ended = Program::new(source).run_into(full_disk());
    check(&ended, "", &format!("handler\n{DISK_FULL}"), Status::Code(120));
}

#[test]
fn full_disk_under_stdout_beats_an_error_but_not_its_report() {
    let source = "import atexit\nimport sys\natexit.register(fn() => print(\"handler\", file = sys.stderr))\nprint(\"lost\")\nraise ValueError(\"main\")\n";
    let ended = Program::new(source).run_into(full_disk());
    let traceback = "Traceback (most recent call last):\n  File \"m.toy\", line 5, in <module>\n    raise ValueError(\"main\")\nValueError: main\n";
    check(&ended, "", &format!("{traceback}handler\n{DISK_FULL}"), Status::Code(120));
}

#[test]
fn full_disk_raises_os_error_where_the_program_flushes() {
    let source = r#"import sys
print("lost")
try { sys.stdout.flush() } except OSError as e { print(e, file = sys.stderr) }
"#;
    let ended = Program::new(source).run_into(full_disk());
    assert!(ended.stderr.starts_with("[Errno 28] No space left on device\n"), "{}", ended.stderr);
}

#[test]
fn nothing_printed_is_nothing_lost_on_a_full_disk() {
    check(&Program::new("let x = 1\n").run_into(full_disk()), "", "", Status::Code(0));
}

#[test]
fn reader_gone_is_death_by_sigpipe_without_a_word() {
    let ended = Program::new("print(\"unread\")\n").run_into(reader_gone());
    check(&ended, "", "", Status::Signal(13));
}

#[test]
fn reader_gone_in_the_middle_runs_the_handlers() {
    let source = r#"import atexit
import sys
atexit.register(fn() => print("handler", file = sys.stderr))
while true { print("line after line after line") }
"#;
    let ended = Program::new(source).run_into(reader_gone());
    check(&ended, "", "handler\n", Status::Signal(13));
}

#[test]
fn broken_pipe_can_be_caught() {
    let source = r#"import sys
try {
    while true { print("line after line after line") }
} except BrokenPipeError as e {
    print("caught", type(e).__name__, file = sys.stderr)
    exit(3)
}
"#;
    let ended = Program::new(source).run_into(reader_gone());
    assert!(ended.stderr.starts_with("caught BrokenPipeError\n"), "{}", ended.stderr);
    assert_ne!(ended.status, Status::Code(0));
}

#[test]
fn broken_pipe_that_escapes_a_handler_is_death_by_sigpipe() {
    let source = r#"import atexit
import sys
fn flood() { while true { print("line after line after line") } }
atexit.register(fn() => print("older", file = sys.stderr))
atexit.register(flood)
"#;
    let ended = Program::new(source).run_into(reader_gone());
    check(&ended, "", "older\n", Status::Signal(13));
}

#[test]
fn reader_that_reads_one_line_ends_an_endless_printer() {
    let program = Program::new("var n = 0\nwhile true { print(n); n += 1 }\n");
    let ended = program.run_redirected("| head -n 1");
    check(&ended, "0\n", "", Status::Code(0));
}

#[test]
fn stdout_closed_at_the_start_is_no_failure() {
    let ended = Program::new("print(\"nowhere\")\n").run_redirected(">&-");
    check(&ended, "", "", Status::Code(0));
}

#[test]
fn stdout_closed_at_the_start_leaves_the_exit_status_alone() {
    let ended = Program::new("print(\"nowhere\")\nexit(3)\n").run_redirected(">&-");
    check(&ended, "", "", Status::Code(3));
}

#[test]
fn stderr_closed_leaves_the_status_of_a_failed_handler() {
    let source = "import atexit\nfn fail() { raise ValueError(\"x\") }\natexit.register(fail)\natexit.register(print, \"older\")\n";
    let ended = Program::new(source).run_redirected("2>&-");
    check(&ended, "older\n", "", Status::Code(1));
}

#[test]
fn stderr_full_makes_the_status_of_a_failed_handler_120() {
    let source = "import atexit\nfn fail() { raise ValueError(\"x\") }\natexit.register(fail)\n";
    let ended = Program::new(source).run_redirected("2>/dev/full");
    check(&ended, "", "", Status::Code(120));
}

#[test]
fn all_streams_closed_still_end_with_the_right_status() {
    let program = Program::new("print(\"nowhere\")\nraise ValueError(\"unheard\")\n");
    let ended = program.run_redirected("<&- >&- 2>&-");
    check(&ended, "", "", Status::Code(1));
}

// The command.

#[test]
fn program_on_standard_input_is_a_script() {
    for arguments in [&["-"][..], &[]] {
        let mut command = support::toy();
        command.args(arguments);
        let ended = support::run(command, b"print(\"hello\")\n[][0]\n", LIMIT, true).expect("toy ends");
        let traceback = "Traceback (most recent call last):\n  File \"<stdin>\", line 2, in <module>\n    [][0]\n    ~~^^^\nIndexError: list index out of range\n";
        check(&ended, "hello\n", traceback, Status::Code(1));
    }
}

#[test]
fn code_on_the_command_line_is_run() {
    let mut command = support::toy();
    command.args(["-e", "import sys; print(1 + 1, sys.argv[1:]); exit(4)", "a", "-b"]);
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    check(&ended, "2 ['a', '-b']\n", "", Status::Code(4));
}

#[test]
fn file_that_is_not_there_is_one_line_and_status_2() {
    let mut command = support::toy();
    command.arg("no/such/program.toy");
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    check_one_line(&ended, "no/such/program.toy", Status::Code(2));
}

#[test]
fn directory_in_place_of_a_file_is_one_line_and_status_2() {
    let mut command = support::toy();
    command.arg("tests");
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    check_one_line(&ended, "tests", Status::Code(2));
}

#[test]
fn file_that_is_not_utf_8_is_one_line_and_status_2() {
    let program = Program::new("");
    fs::write(program.scratch.path().join("m.toy"), b"print(\"a\")\n\xff\xfe\n").expect("it is writable");
    let ended = program.start().finish(LIMIT).expect("toy ends");
    check_one_line(&ended, "m.toy", Status::Code(2));
}

#[test]
fn unknown_option_is_status_2() {
    let mut command = support::toy();
    command.arg("--no-such-option");
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    assert_eq!((ended.status, ended.stdout.as_str()), (Status::Code(2), ""));
    assert!(ended.stderr.contains("--no-such-option"), "{}", ended.stderr);
}

#[test]
fn version_and_help_go_to_stdout() {
    for (option, contains) in [("--version", env!("CARGO_PKG_VERSION")), ("--help", "--version")] {
        let mut command = support::toy();
        command.arg(option);
        let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
        assert!(ended.stdout.contains(contains), "{}", ended.stdout);
        assert_eq!((ended.status, ended.stderr.as_str()), (Status::Code(0), ""));
    }
}

#[test]
fn options_after_the_program_belong_to_it() {
    let program = Program::new("import sys\nprint(sys.argv)\n");
    let mut command = program.command();
    command.args(["--version", "-e", "x"]);
    let ended = support::run(command, b"", LIMIT, true).expect("toy ends");
    check(&ended, "['m.toy', '--version', '-e', 'x']\n", "", Status::Code(0));
}
