//! What can be seen of an end, and rare events on demand: `--trace-exit`, `--inject` and `toy exit-lab`, as processes.

mod support;

use std::fs;
use std::process::Command;

use serde_json::Value;
use support::{Ended, LIMIT, STRESSED_LIMIT, Scratch, Status};

/// Two exit handlers, one of them native, one that runs before them, and a main program of ten steps.
const PROGRAM: &str = r#"import atexit

@atexit.register
fn save() {
    try {
        for i in range(3) { print("saving", i) }
    } finally {
        print("save is left")
    }
}

atexit.register(print, "first")

@atexit.before
fn queue() { print("queue") }

for i in range(10) { }
print("main")
"#;

struct Program {
    scratch: Scratch,
}

impl Program {
    fn new(source: &str) -> Program {
        let scratch = Scratch::new("visible");
        fs::write(scratch.path().join("m.toy"), source).expect("the scratch directory is writable");
        Program { scratch }
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = support::toy();
        command.current_dir(self.scratch.path()).args(options).arg("m.toy");
        command
    }

    fn run(&self, options: &[&str]) -> Ended {
        let limit = if support::under_gc_stress() { STRESSED_LIMIT } else { LIMIT };
        support::run(self.command(options), b"", limit, true).expect("toy ends")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.scratch.path().join(name)).expect("the file was written")
    }
}

// --inject.

#[test]
fn every_form_of_an_injection_happens() {
    let program = Program::new(PROGRAM);
    const SAVED: &str = "saving 0\nsaving 1\nsaving 2\nsave is left\n";
    let all = format!("main\nqueue\nfirst\n{SAVED}");
    let all = all.as_str();
    let no_main = &format!("queue\nfirst\n{SAVED}");
    let no_first = &format!("main\nqueue\n{SAVED}");
    let no_queue = &format!("main\nfirst\n{SAVED}");
    // The first instruction of the handler is in its `try` already.
    let left = "main\nqueue\nfirst\nsave is left\n";
    let cut = "main\nqueue\nfirst\nsaving 0\nsaving 1\nsave is left\n";
    // What is injected, standard output, the last line of standard error, and the end.
    let cases: &[(&[&str], &str, &str, Status)] = &[
        (&[], all, "", Status::Code(0)),
        (&["INT@main"], "", "KeyboardInterrupt", Status::Signal(2)),
        (&["INT@main:4"], no_main, "KeyboardInterrupt", Status::Signal(2)),
        (&["TERM@main:4"], no_main, "", Status::Signal(15)),
        (&["HUP@main:9"], no_main, "", Status::Signal(1)),
        (&["NOMEM@main:1"], no_main, "MemoryError", Status::Code(1)),
        (&["ERROR@main:2"], no_main, "RuntimeError: injected: ERROR@main:2", Status::Code(1)),
        (&["EXIT7@main:2"], no_main, "", Status::Code(7)),
        (&["EXIT0@main:end"], all, "", Status::Code(0)),
        (&["EXIT3@main:end"], all, "", Status::Code(3)),
        (&["ERROR@main:end"], all, "RuntimeError: injected: ERROR@main:end", Status::Code(1)),
        (&["INT@main:end"], all, "KeyboardInterrupt", Status::Signal(2)),
        (&["TERM@main:end"], all, "", Status::Signal(15)),
        (
            &["INT@before:queue"],
            "main\nfirst\nsaving 0\nsaving 1\nsaving 2\nsave is left\n",
            "KeyboardInterrupt",
            Status::Signal(2),
        ),
        (&["EXIT5@before:1"], no_queue, "", Status::Code(5)),
        (&["INT@handler:save"], left, "KeyboardInterrupt", Status::Signal(2)),
        (&["INT@handler:save:2"], cut, "KeyboardInterrupt", Status::Signal(2)),
        (&["TERM@handler:save:2"], all, "", Status::Signal(15)),
        (&["HUP@handler:2"], all, "", Status::Signal(1)),
        (
            &["NOMEM@handler:save:2"],
            cut,
            "toy: exit status 1: MemoryError re-raised from exit handler 'save' (registered at m.toy:3)",
            Status::Code(1),
        ),
        (
            &["NOMEM@handler:print"],
            no_first,
            "toy: exit status 1: MemoryError re-raised from exit handler 'print' (registered at m.toy:12)",
            Status::Code(1),
        ),
        (&["INT@handler:1"], no_first, "KeyboardInterrupt", Status::Signal(2)),
        (&["EXIT9@handler:2"], left, "", Status::Code(9)),
        (
            &["EXIT9@main:end", "EXIT0@handler:save"],
            left,
            "toy: exit status changed from 9 to 0 by exit handler 'save' (registered at m.toy:3)",
            Status::Code(0),
        ),
        (
            &["INT@handler:print", "TERM@handler:print"],
            "main\nqueue\n",
            "toy: terminated again; 1 exit handler not run: save",
            Status::Signal(15),
        ),
        (
            &["TERM@before:queue", "INT@handler:save:1"],
            "main\nqueue\nfirst\nsaving 0\n",
            "toy: interrupted again; 0 exit handlers not run",
            Status::Signal(2),
        ),
        (&["TERM@finalize"], all, "", Status::Signal(15)),
        (&["INT@flush"], all, "", Status::Signal(2)),
        (&["EPIPE@flush"], "", "", Status::Signal(13)),
        (&["ENOSPC@flush"], "", "OSError: [Errno 28] No space left on device", Status::Code(120)),
        (&["ENOSPC@flush:stderr"], all, "OSError: [Errno 28] No space left on device", Status::Code(120)),
        (
            &["EXIT3@main:end", "EPIPE@flush"],
            "",
            "BrokenPipeError: [Errno 32] Broken pipe",
            Status::Code(120),
        ),
    ];
    let mut complaints = String::new();
    for (injections, stdout, last, status) in cases {
        let options: Vec<String> =
            injections.iter().map(|injection| format!("--inject={injection}")).collect();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let ended = program.run(&options);
        let name = format!("stdout of {injections:?}");
        support::compare(&mut complaints, &name, stdout, &ended.stdout);
        let actual = (ended.stderr.lines().last().unwrap_or_default(), ended.status);
        if actual != (*last, *status) {
            complaints +=
                &format!("{injections:?}: {actual:?}, expected {:?}\n{}", (last, status), ended.stderr);
        }
        assert_eq!(ended, program.run(&options), "twice the same");
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn signals_may_come_while_threads_are_waited_for() {
    let program = Program::new(
        "import atexit, thread, time\natexit.register(print, \"handler\")\nfn work() { time.sleep(30) }\n\
         thread.start(work, name = \"worker\")\n",
    );
    let ended = program.run(&["--inject", "INT@join"]);
    assert_eq!((ended.stdout.as_str(), ended.status), ("handler\n", Status::Signal(2)), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("KeyboardInterrupt\n"), "{}", ended.stderr);
}

#[test]
fn an_injected_interrupt_can_be_caught_where_it_happens() {
    let program = Program::new(
        "import atexit\n@atexit.register\nfn save() {\n    try { for i in range(9) { } } except KeyboardInterrupt { \
         print(\"caught\") }\n}\n",
    );
    for place in ["handler:save", "handler:save:5"] {
        let ended = program.run(&["--inject", &format!("INT@{place}")]);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("caught\n", ""), "{place}");
        assert_eq!(ended.status, Status::Code(0));
    }
}

#[test]
fn an_injection_that_never_happened_is_named() {
    let program = Program::new("import atexit\natexit.register(print, 1)\nexit(4)\n");
    let options =
        ["--inject", "INT@main:120", "--inject", "TERM@handler:print:5", "--inject", "INT@main:end"];
    let ended = program.run(&options);
    assert_eq!(
        ended.stderr,
        "toy: injection INT@main:120 did not happen\ntoy: injection TERM@handler:print:5 did not happen\n\
         toy: injection INT@main:end did not happen\n"
    );
    assert_eq!((ended.stdout.as_str(), ended.status), ("1\n", Status::Code(4)));
}

#[test]
fn a_wrong_injection_is_a_bad_command_line_and_the_forms_are_listed() {
    let ended = Program::new("print(1)").run(&["--inject", "INT@nowhere"]);
    assert_eq!((ended.stdout.as_str(), ended.status), ("", Status::Code(2)));
    assert!(
        ended.stderr.starts_with("toy: bad injection 'INT@nowhere': 'nowhere' is no place\n"),
        "{}",
        ended.stderr
    );
    for form in ["@handler:save:5", "EPIPE ENOSPC", "@flush:stderr", "EXITn"] {
        assert!(ended.stderr.contains(form), "{form} in {}", ended.stderr);
    }
}

// --trace-exit.

#[test]
fn lines_of_json_tell_every_step() {
    let program = Program::new(PROGRAM);
    let ended = program.run(&["--trace-exit=json", "--inject=NOMEM@handler:print"]);
    let (json, rest): (Vec<&str>, Vec<&str>) = ended.stderr.lines().partition(|line| line.starts_with('{'));
    assert!(rest.contains(&"MemoryError"), "{rest:?}");
    let steps: Vec<Value> = json.iter().map(|line| serde_json::from_str(line).expect(line)).collect();
    let events: Vec<&str> = steps.iter().filter_map(|step| step["event"].as_str()).collect();
    let expected = "main_ended began handler_started handler_ended began handler_started injected handler_ended \
                    handler_started handler_ended began closed began flushed status";
    assert_eq!(events.join(" "), expected);
    let times: Vec<u64> = steps.iter().filter_map(|step| step["at_us"].as_u64()).collect();
    assert_eq!(times.len(), steps.len());
    assert!(times.is_sorted());
    assert_eq!((&steps[0]["steps"], &steps[0]["why"]), (&Value::from(9), &Value::from("normal end")));
    assert_eq!(steps[7]["end"]["raised"]["what"], "MemoryError");
    assert_eq!(steps[9]["handler"]["registered"]["line"], 3);
    assert_eq!(steps.last().map(|step| &step["status"]["code"]), Some(&Value::from(1)));
}

#[test]
fn an_end_is_recorded_in_a_file_though_the_program_changes_its_directory() {
    let program = Program::new("import atexit, os\natexit.register(print, 1)\nos.chdir(\"/\")\nexit(3)\n");
    let ended = program.run(&["--trace-exit=json=steps", "--trace-exit=html=page.html", "--trace-exit"]);
    assert_eq!(ended.status, Status::Code(3));
    assert!(ended.stderr.ends_with("[exit] status 3: exit(3)\n"), "{}", ended.stderr);
    let page = program.read("page.html");
    assert!(page.contains("<h2>status 3</h2><p class=\"why\">exit(3)</p>"), "{} bytes", page.len());
    let ended = program.run(&["--trace-exit=json=steps"]);
    assert_eq!(ended.stderr, "");
    let last = program.read("steps");
    let last: Value = serde_json::from_str(last.lines().last().unwrap_or_default()).expect("a line of JSON");
    assert_eq!((&last["event"], &last["status"]["code"]), (&Value::from("status"), &Value::from(3)));
}

#[test]
fn a_record_that_cannot_be_opened_is_a_bad_command_line_and_nothing_runs() {
    let ended = Program::new("print(1)").run(&["--trace-exit=html=no/such/page.html"]);
    assert_eq!((ended.stdout.as_str(), ended.status), ("", Status::Code(2)));
    assert_eq!(ended.stderr, "toy: can't write 'no/such/page.html': [Errno 2] No such file or directory\n");
}

#[test]
fn a_record_that_cannot_be_written_is_said_and_changes_no_status() {
    let ended = Program::new("exit(3)").run(&["--trace-exit=html=/dev/full"]);
    assert_eq!(ended.status, Status::Code(3));
    assert_eq!(ended.stderr, "toy: can't write '/dev/full': [Errno 28] No space left on device\n");
}

#[test]
fn os_exit_leaves_a_record_of_what_was_before() {
    let program = Program::new("import atexit, os\n@atexit.register\nfn leave() { os._exit(7) }\n");
    let ended = program.run(&["--trace-exit=html=page.html"]);
    assert_eq!((ended.stderr.as_str(), ended.status), ("", Status::Code(7)));
    let page = program.read("page.html");
    assert!(page.contains("<b>stopped</b>") && page.contains("<h2>status 7</h2>"), "{} bytes", page.len());
}

// exit-lab.

/// The table of `tests/exit_lab/queue.toy`. `RENEW_SESSIONS=1` writes it anew.
#[test]
fn the_lab_shows_every_end_of_a_program() {
    let run = || {
        let mut command = support::toy();
        command.current_dir(support::project_root().join("tests/exit_lab")).args([
            "exit-lab",
            "queue.toy",
            "Ann",
        ]);
        support::run(command, b"", 6 * LIMIT, true).expect("toy ends")
    };
    let ended = run();
    assert_eq!((ended.stderr.as_str(), ended.status), ("", Status::Code(0)));
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ended.stdout);
    let golden = support::project_root().join("tests/exit_lab/queue.txt");
    if support::sessions_are_renewed() {
        fs::write(&golden, &ended.stdout).expect("the golden file is writable");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    let mut complaints = String::new();
    support::compare(&mut complaints, "tests/exit_lab/queue.txt", &expected, &ended.stdout);
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn two_pages_of_the_lab_are_the_same_to_the_byte() {
    let program = Program::new(PROGRAM);
    let lab = |page: &str| {
        let mut command = support::toy();
        command.current_dir(program.scratch.path()).args([
            "exit-lab",
            "--handlers=1",
            "--html",
            page,
            "m.toy",
        ]);
        let ended = support::run(command, b"", 6 * LIMIT, true).expect("toy ends");
        assert_eq!((ended.stderr.as_str(), ended.status), ("", Status::Code(0)));
        assert!(ended.stdout.contains("Nothing was injected into 2 more handlers"), "{}", ended.stdout);
        (ended.stdout, program.read(page))
    };
    let (text, page) = lab("a.html");
    let again = lab("b.html");
    assert_eq!(text, again.0);
    assert!(page == again.1, "the pages differ");
    assert!(
        page.contains("ENOSPC@flush:stderr") && page.contains("<h3>standard error</h3>"),
        "{} bytes",
        page.len()
    );
}

#[test]
fn the_lab_ends_a_program_that_does_not() {
    let program = Program::new("import atexit\natexit.register(print, \"handler\")\nwhile true { }\n");
    let mut command = support::toy();
    command.current_dir(program.scratch.path()).args(["exit-lab", "--limit=1", "m.toy"]);
    let ended = support::run(command, b"", 6 * LIMIT, true).expect("toy ends");
    let line = ended.stdout.lines().find(|line| line.starts_with("nothing")).unwrap_or_default();
    assert!(line.contains("timed out") && line.ends_with("killed"), "{}", ended.stdout);
    assert!(ended.stdout.contains("INT@main   "), "{}", ended.stdout);
}

#[test]
fn the_lab_wants_a_program_and_a_place_for_its_page() {
    for (arguments, complaint) in [
        (
            ["exit-lab", "none.toy"].as_slice(),
            "toy: can't open file 'none.toy': [Errno 2] No such file or directory\n",
        ),
        (&["exit-lab", "."], "toy: can't open file '.': [Errno 21] Is a directory\n"),
        (
            &["exit-lab", "--html=no/page.html", "m.toy"],
            "toy: can't write 'no/page.html': [Errno 2] No such file or directory\n",
        ),
    ] {
        let program = Program::new("1");
        let mut command = support::toy();
        command.current_dir(program.scratch.path()).args(arguments);
        let ended = support::run(command, b"", 6 * LIMIT, true).expect("toy ends");
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", complaint));
        assert_eq!(ended.status, Status::Code(2));
    }
}

// In a browser.

/// Looks at pages in a real browser: nothing stands out of its lane, nothing has to be scrolled sideways.
#[test]
fn pages_are_drawn_well_by_a_browser() {
    const CHECK: &str = r#"<script>
const wrong = [];
if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window");
for (const bar of document.querySelectorAll(".bar")) {
    const box = bar.getBoundingClientRect(), track = bar.parentElement.getBoundingClientRect();
    if (box.width < 1 || box.height < 4) wrong.push("a bar that cannot be seen");
    if (box.left < track.left - 1 || box.right > track.right + 1) wrong.push("a bar outside of its track");
}
if (!document.querySelectorAll(".bar").length) wrong.push("no bars");
const size = element => parseFloat(getComputedStyle(element).fontSize);
if (size(document.querySelector(".verdict h2")) < 30) wrong.push("a small verdict");
document.body.textContent = "checked: " + (wrong.join(", ") || "all is well");
</script>"#;
    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    }) else {
        eprintln!("skipped: no chromium on this machine to look at pages with");
        return;
    };
    let many =
        "import atexit\nfor i in range(3000) { atexit.register(fn() => [][0] if i % 100 == 0 else nil) }\n";
    let bad = "import atexit, time\nfn late() { }\n@atexit.register\nfn a_name_that_is_far_too_long_to_fit_anywhere_at_all() \
               { atexit.register(late); time.sleep(0.01); raise ValueError(\"<b>\") }\natexit.register(exit, 3)\n";
    for (source, options) in [
        ("exit(1)", [].as_slice()),
        (PROGRAM, &["--inject=INT@handler:print", "--inject=INT@handler:print"]),
        (bad, &["--inject=TERM@handler:1"]),
        (many, &[]),
    ] {
        let program = Program::new(source);
        program.run(&[options, &["--trace-exit=html=page.html"]].concat());
        let page = program.read("page.html").replace("</body>", &format!("{CHECK}</body>"));
        fs::write(program.scratch.path().join("page.html"), page).expect("the scratch directory is writable");
        for window in ["1280,900", "500,900"] {
            let mut command = Command::new(browser);
            command.current_dir(program.scratch.path()).args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--dump-dom",
                &format!("--window-size={window}"),
                &format!("--user-data-dir={}", program.scratch.path().join("profile").display()),
                &format!("file://{}", program.scratch.path().join("page.html").display()),
            ]);
            let ended = support::run(command, b"", 6 * LIMIT, true).expect("the browser ends");
            let start = ended
                .stdout
                .find("checked: ")
                .map(|at| ended.stdout[at..].to_string())
                .unwrap_or(ended.stderr);
            assert!(start.starts_with("checked: all is well"), "{window}: {start}\n{source}");
        }
    }
}
