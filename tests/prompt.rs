//! The prompt, at a pseudo-terminal, by somebody who types: arrows, Tab, Ctrl-R, pastes, Ctrl-C, another size of the window.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::terminal::{CTRL_A, CTRL_C, CTRL_D, CTRL_R, ENTER, LEFT, RIGHT, TAB, Terminal, UP};
use support::{Scratch, Status, run, toy};

/// A prompt in a directory of its own, where its history is.
fn command(home: &Path) -> Command {
    let mut command = toy();
    command.env("NO_COLOR", "1").env("TERM", "xterm-256color").env("HOME", home).current_dir(home);
    for variable in ["TOY_HISTORY", "XDG_STATE_HOME", "COLUMNS", "VISUAL", "EDITOR"] {
        command.env_remove(variable);
    }
    command
}

fn start(home: &Path) -> Terminal {
    let mut terminal = Terminal::start(command(home), 80, 24);
    terminal.prompt();
    terminal
}

/// What was shown behind the entry itself.
fn answer(terminal: &mut Terminal, entry: &str) -> String {
    let shown = terminal.enter(entry);
    let last = format!("{}\n", entry.rsplit(['\n', '\r']).next().unwrap_or_default());
    let after = shown.find(&last).map_or(&shown[..], |at| &shown[at + last.len()..]);
    after.trim_end_matches("toy> ").trim().to_owned()
}

fn history(home: &Path) -> String {
    fs::read_to_string(home.join(".local/state/toy/history")).unwrap_or_default()
}

#[test]
fn values_are_printed_and_kept() {
    let home = Scratch::new("prompt-values");
    let mut toy = start(home.path());
    assert_eq!(answer(&mut toy, "6 * 7"), "42");
    assert_eq!(answer(&mut toy, "_ + 1"), "43");
    assert_eq!(answer(&mut toy, "nil"), "");
    assert_eq!(answer(&mut toy, "'é' + \"'\""), "\"é'\"");
    assert_eq!(answer(&mut toy, "let a = 1; let b = 2; [a, b]"), "[1, 2]");
    assert!(answer(&mut toy, "list(range(1000000))").replace('\n', "").ends_with("99, ... 999900 more]"));
    assert_eq!(answer(&mut toy, "print('no newline', end='')"), "no newline");
    toy.keys("input('na' + 'me? ')\r");
    toy.see("name? ");
    assert_eq!(answer(&mut toy, "Ann"), "'Ann'");
}

#[test]
fn errors_are_reported_and_the_session_goes_on() {
    let home = Scratch::new("prompt-errors");
    let mut toy = start(home.path());
    assert!(answer(&mut toy, "1 / 0").ends_with("ZeroDivisionError: division by zero"));
    assert_eq!(answer(&mut toy, "_err"), "ZeroDivisionError('division by zero')");
    assert!(answer(&mut toy, "nothing").contains("name 'nothing' is not defined"));
    assert!(answer(&mut toy, "let x = 1 / 0").contains("ZeroDivisionError"));
    assert_eq!(answer(&mut toy, "let x = 5; x"), "5");
    assert_eq!(answer(&mut toy, "let x = 'again'; x"), "'again'");
    assert!(
        answer(&mut toy, "class C { fn repr() { raise ValueError('mine') } }; C()")
            .contains("ValueError: mine")
    );
    toy.keys(CTRL_D);
    assert_eq!(toy.end().0, Status::Code(0));
}

#[test]
fn an_entry_of_several_lines_is_edited_and_recalled_as_one() {
    let home = Scratch::new("prompt-lines");
    let mut toy = start(home.path());
    toy.keys("fn f() {\r");
    toy.see("{");
    toy.keys("    return 10\r}\r");
    toy.prompt();
    assert_eq!(answer(&mut toy, "f()"), "10");
    toy.keys(UP);
    toy.see("f()");
    toy.keys(UP);
    toy.see("}");
    // Up to the line in the middle, to its end, and another number.
    toy.keys(UP);
    toy.keys("\x1b[F");
    toy.keys("\x7f5");
    toy.keys(ENTER);
    toy.prompt();
    assert_eq!(answer(&mut toy, "f()"), "15");
    let kept = history(home.path());
    assert!(kept.contains("\nfn f() {\\n    return 15\\n}\n"), "{kept}");
}

#[test]
fn a_paste_is_one_entry() {
    let home = Scratch::new("prompt-paste");
    let mut toy = start(home.path());
    toy.keys("\x1b[200~let a = 1\nlet b = 2\n\nfn f() {\n    return a + b\n}\nf() + 39\x1b[201~");
    toy.see("39");
    toy.keys(ENTER);
    assert!(toy.prompt().contains("42"));
    toy.keys("\x1b[200~toy> fn g() {\n...>     return 7\n...> }\ntoy> g()\n7\ntoy> g() + 1\n8\x1b[201~");
    toy.see("+ 1");
    toy.keys(ENTER);
    assert!(toy.prompt().ends_with("\n8\ntoy> "));
    let kept = history(home.path());
    assert!(kept.contains("\nfn g() {\\n    return 7\\n}\\ng()\\ng() + 1\n"), "{kept}");
    assert_eq!(kept.lines().count(), 3, "{kept}");
}

#[test]
fn ctrl_c_ends_no_session() {
    let home = Scratch::new("prompt-interrupt");
    let mut toy = start(home.path());
    answer(&mut toy, "var n = 0");
    for _ in 0..3 {
        toy.keys("print('be' + 'gun'); while true { n += 1 }\r");
        toy.see("begun");
        toy.keys(CTRL_C);
        toy.see("KeyboardInterrupt");
        toy.prompt();
    }
    assert_eq!(answer(&mut toy, "n > 0"), "true");
    toy.keys("half an ent");
    toy.see("ent");
    toy.keys(CTRL_C);
    toy.prompt();
    assert_eq!(answer(&mut toy, "1 + 1"), "2");
    toy.keys("import time; print('sle' + 'eps'); time.sleep(1000)\r");
    toy.see("sleeps");
    toy.keys(CTRL_C);
    toy.see("KeyboardInterrupt");
    toy.prompt();
    toy.signal(libc::SIGINT);
    toy.prompt();
    assert_eq!(answer(&mut toy, "n > 1"), "true");
}

#[test]
fn leaving_runs_the_handlers() {
    let home = Scratch::new("prompt-leave");
    let mut toy = start(home.path());
    answer(&mut toy, "import atexit");
    answer(&mut toy, "@atexit.register\rfn bye() => print('b' + 'ye')");
    let plan = answer(&mut toy, ":plan");
    assert!(
        plan.contains("1. bye() (registered at <entry 2>:1): pending\n  2. <repl history>(): pending"),
        "{plan}"
    );
    toy.keys(CTRL_D);
    let (status, shown) = toy.end();
    assert_eq!(status, Status::Code(0));
    assert!(shown.contains("\ntoy: 1 exit handler runs\nbye\n"), "{shown}");

    let mut toy = start(home.path());
    toy.keys("exit(3)\r");
    assert_eq!(toy.end().0, Status::Code(3));
    for word in ["exit", "quit", ":quit", "exit()"] {
        let mut toy = start(home.path());
        toy.keys(&format!("{word}\r"));
        assert_eq!(toy.end().0, Status::Code(0), "{word}");
    }
}

#[test]
fn signals_end_the_prompt_through_the_handlers() {
    for signal in [libc::SIGTERM, libc::SIGHUP] {
        let home = Scratch::new("prompt-signal");
        let mut toy = start(home.path());
        answer(&mut toy, "import atexit; atexit.register(print, 'b' + 'ye')");
        toy.keys("half an ent");
        toy.see("ent");
        toy.signal(signal);
        let (status, shown) = toy.end();
        assert_eq!(status, Status::Signal(signal), "{shown}");
        assert!(shown.contains("bye"), "{shown}");
        assert!(!shown.contains("Traceback"), "{shown}");
    }
}

#[test]
fn tab_completes_and_lists() {
    let home = Scratch::new("prompt-tab");
    fs::write(home.path().join("notes.txt"), "").expect("a scratch directory takes files");
    let mut toy = start(home.path());
    toy.keys("prin\t");
    toy.see("print");
    toy.keys("('x')\r");
    toy.prompt();
    answer(
        &mut toy,
        "class C { fn init() { self.size = 1 }; fn sing() { }; @property\rfn sad() { print('ran') } }",
    );
    answer(&mut toy, "let c = C()");
    toy.keys("c.s");
    toy.see("c.s");
    toy.keys(TAB);
    toy.keys(TAB);
    let list = toy.see("size");
    assert!(list.contains("sad") && list.contains("sing") && !list.contains("ran"), "{list}");
    toy.keys(CTRL_C);
    toy.prompt();
    toy.keys("open('not\t");
    toy.see("notes.txt");
    toy.keys(CTRL_C);
    toy.prompt();
    toy.keys("import js\t");
    toy.see("json");
    toy.keys(CTRL_C);
    toy.prompt();
    toy.keys("sorted([1, 2], rev");
    toy.see("rev");
    toy.keys(TAB);
    toy.keys("e\t");
    toy.see("reverse");
}

#[test]
fn earlier_entries_are_found() {
    let home = Scratch::new("prompt-search");
    let mut toy = start(home.path());
    answer(&mut toy, "let needle = 10");
    answer(&mut toy, "1 + 1");
    toy.keys(CTRL_R);
    toy.see("reverse-i-search");
    toy.keys("need");
    toy.see("let needle = 10");
    toy.keys(CTRL_A);
    toy.see("toy> let needle = 10");
    toy.keys(RIGHT);
    toy.keys(LEFT);
    toy.keys(ENTER);
    toy.prompt();
    assert_eq!(answer(&mut toy, "needle"), "10");
    // The rest of an earlier entry is shown, and the arrow to the right takes it.
    toy.keys("let n");
    toy.see("let needle = 10");
    toy.keys(RIGHT);
    toy.keys(" + 1\r");
    toy.prompt();
    assert_eq!(answer(&mut toy, "needle"), "11");
}

#[test]
fn colours_show_what_words_are() {
    let home = Scratch::new("prompt-colours");
    let mut command = command(home.path());
    command.env_remove("NO_COLOR");
    let mut toy = Terminal::start(command, 80, 24);
    toy.prompt();
    toy.keys("let x = ('a')");
    toy.see("let x = ('a')");
    toy.keys(LEFT);
    toy.keys(ENTER);
    toy.prompt();
    let raw = toy.raw();
    assert!(raw.contains("\x1b[35mlet\x1b[0m x = "), "{raw:?}");
    assert!(raw.contains("\x1b[32m'a'\x1b[0m"), "{raw:?}");
    assert!(raw.contains("\x1b[1;4m(\x1b[0m") && raw.contains("\x1b[1;4m)\x1b[0m"), "{raw:?}");
}

#[test]
fn a_window_may_change_its_size() {
    let home = Scratch::new("prompt-resize");
    let mut toy = start(home.path());
    toy.keys("let text = 'abcdefghijklmnopqrstuvwxyz'");
    toy.see("z'");
    toy.resize(20, 10);
    toy.keys(" + '!'");
    toy.see("!");
    toy.resize(120, 40);
    toy.keys(ENTER);
    toy.prompt();
    assert_eq!(answer(&mut toy, "text"), "'abcdefghijklmnopqrstuvwxyz!'");
}

#[test]
fn nothing_is_lost_from_the_history() {
    let home = Scratch::new("prompt-history");
    // Two sessions at once, one of which is killed and the other hung up on.
    let (mut one, mut other) = (start(home.path()), start(home.path()));
    answer(&mut one, "'first of one'");
    answer(&mut other, "'first of other'");
    answer(&mut one, "'second of one'");
    one.signal(libc::SIGKILL);
    assert_eq!(one.end().0, Status::Signal(libc::SIGKILL));
    answer(&mut other, "'second of other'");
    other.signal(libc::SIGHUP);
    assert_eq!(other.end().0, Status::Signal(libc::SIGHUP));

    let mut toy = start(home.path());
    toy.keys("import os; os._exit(5)\r");
    assert_eq!(toy.end().0, Status::Code(5));
    let mut toy = start(home.path());
    answer(&mut toy, "import atexit; atexit.register(fn() => 1 / 0)");
    toy.keys(CTRL_D);
    let (status, shown) = toy.end();
    assert_eq!(status, Status::Code(1), "{shown}");

    let expected = "#V2\n'first of one'\n'first of other'\n'second of one'\n'second of other'\n\
                    import os; os._exit(5)\nimport atexit; atexit.register(fn() => 1 / 0)\n";
    assert_eq!(history(home.path()), expected);
    let mut toy = start(home.path());
    toy.keys(UP);
    toy.see("fn() => 1 / 0)");
    toy.keys(UP);
    toy.see("os._exit(5)");
    toy.keys(UP);
    toy.see("'second of other'");
}

#[test]
fn the_history_may_be_elsewhere_or_nowhere_or_useless() {
    let home = Scratch::new("prompt-elsewhere");
    let mut moved = command(home.path());
    moved.env("TOY_HISTORY", home.path().join("moved"));
    let mut toy = Terminal::start(moved, 80, 24);
    toy.prompt();
    answer(&mut toy, "1 + 1");
    assert_eq!(fs::read_to_string(home.path().join("moved")).unwrap_or_default(), "#V2\n1 + 1\n");

    let mut off = command(home.path());
    off.env("TOY_HISTORY", "");
    let mut toy = Terminal::start(off, 80, 24);
    toy.prompt();
    answer(&mut toy, "1 + 1");
    assert_eq!(answer(&mut toy, ":plan"), "exit handlers: none");
    assert_eq!(history(home.path()), "");

    let mut useless = command(home.path());
    useless.env("TOY_HISTORY", home.path());
    let mut toy = Terminal::start(useless, 200, 24);
    assert_eq!(toy.prompt().matches("warning").count(), 1);
    assert_eq!(answer(&mut toy, "1 + 1"), "2");
    toy.keys(CTRL_D);
    let (status, shown) = toy.end();
    assert_eq!(status, Status::Code(0));
    assert!(!shown.contains("warning"), "{shown}");

    fs::write(home.path().join("broken"), b"#V2\nab\xff\n'whole'\n")
        .expect("a scratch directory takes files");
    let mut broken = command(home.path());
    broken.env("TOY_HISTORY", home.path().join("broken"));
    let mut toy = Terminal::start(broken, 200, 24);
    assert!(toy.prompt().contains("1 entry is no text"));
    toy.keys(UP);
    toy.see("'whole'");
}

#[test]
fn commands_begin_with_a_colon() {
    let home = Scratch::new("prompt-commands");
    fs::write(home.path().join("lib.toy"), "let loaded = 99\n").expect("a scratch directory takes files");
    let mut toy = start(home.path());
    assert!(answer(&mut toy, ":help").contains(":plan"));
    assert_eq!(answer(&mut toy, ":type 1.5"), "float");
    answer(&mut toy, ":load lib.toy");
    assert_eq!(answer(&mut toy, "loaded"), "99");
    assert_eq!(answer(&mut toy, ":vars"), "loaded  int  99");
    assert!(answer(&mut toy, ":time loaded + 1").starts_with("100\n"));
    answer(&mut toy, "fn f(a) => a + 1");
    assert!(answer(&mut toy, ":dis f").contains("Return"));
    assert!(answer(&mut toy, ":doc f").contains("f(a)"));
    assert!(answer(&mut toy, ":doc while").contains("while"));
    assert!(answer(&mut toy, ":save saved.toy").contains("saved.toy"));
    let saved = fs::read_to_string(home.path().join("saved.toy")).unwrap_or_default();
    assert!(saved.contains("fn f(a) => a + 1\n"), "{saved}");
    assert!(answer(&mut toy, ":save saved.toy").contains("is there already"));
    answer(&mut toy, ":reset");
    assert!(answer(&mut toy, "loaded").contains("not defined"));
    assert!(answer(&mut toy, ":nonsense").contains("no command :nonsense"));
    assert!(answer(&mut toy, "help").contains("help("));
}

#[test]
fn the_last_entry_can_be_edited_elsewhere() {
    let home = Scratch::new("prompt-edit");
    let mut command = command(home.path());
    command.env("EDITOR", "sed -i s/1/2/g");
    let mut toy = Terminal::start(command, 80, 24);
    toy.prompt();
    answer(&mut toy, "1 * 11");
    assert_eq!(answer(&mut toy, ":edit"), "2 * 22\n44");
    assert!(history(home.path()).ends_with("\n:edit\n2 * 22\n"));
}

#[test]
fn a_prompt_may_follow_a_program() {
    let home = Scratch::new("prompt-after");
    fs::write(home.path().join("m.toy"), "let answer = 42\nexit(7)\n")
        .expect("a scratch directory takes files");
    let mut command = command(home.path());
    command.args(["-i", "m.toy"]);
    let mut toy = Terminal::start(command, 80, 24);
    assert!(toy.prompt().contains("SystemExit: 7"));
    assert_eq!(answer(&mut toy, "answer"), "42");
    toy.keys(CTRL_D);
    assert_eq!(toy.end().0, Status::Code(0));
}

#[test]
fn a_simple_terminal_has_simple_prompts() {
    let home = Scratch::new("prompt-dumb");
    let mut command = command(home.path());
    command.env("TERM", "dumb");
    let mut toy = Terminal::start(command, 80, 24);
    toy.see("toy> ");
    toy.keys("fn f() {\n");
    toy.see("...> ");
    toy.keys("return 8 }\n");
    toy.see("toy> ");
    toy.keys("f()\n");
    toy.see("\n8");
    toy.keys(CTRL_D);
    assert_eq!(toy.end().0, Status::Code(0));
}

#[test]
fn without_a_terminal_nothing_is_prompted() {
    let home = Scratch::new("prompt-piped");
    let piped = |arguments: &[&str], input: &[u8]| {
        let mut command = command(home.path());
        command.args(arguments);
        run(command, input, support::STRESSED_LIMIT, true).expect("it ends")
    };
    let ended = piped(&["-i"], b"let x = 1\nfn f() {\n  return x + 1\n}\nf()\n1 / 0\n_\n");
    assert_eq!((ended.status, &*ended.stdout), (Status::Code(0), "2\n2\n"));
    assert!(ended.stderr.ends_with("ZeroDivisionError: division by zero\n"), "{}", ended.stderr);
    let ended = piped(&["-i"], b"1 +");
    assert_eq!((ended.status, &*ended.stdout), (Status::Code(0), ""));
    assert!(ended.stderr.contains("error"), "{}", ended.stderr);
    let ended = piped(&["-i", "-e", "let y = 3"], b"y\nexit(4)\n");
    assert_eq!((ended.status, &*ended.stdout), (Status::Code(4), "3\n"));
    let ended = piped(&["-i"], b"input()\nthe answer\n_\n");
    assert_eq!((ended.status, &*ended.stdout), (Status::Code(0), "'the answer'\n'the answer'\n"));
    assert_eq!(history(home.path()), "");
}
