//! The command line: what was asked for, as plain data.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::ArgAction;
use toy::shutdown::inject::{FORMS, Injection};
use toy::shutdown::{EndingOptions, Trace};

use clap::{Arg, ArgGroup, ArgMatches, Command, value_parser};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Run a program.
    Run {
        program: Program,
        /// `sys.argv`.
        argv: Vec<String>,
        options: Options,
    },
    /// Run a program again and again, each time with another end, and say how it ended.
    ExitLab(Lab),
    /// Say what is wrong or doubtful in files and below directories.
    Check { paths: Vec<PathBuf>, look: Look },
    /// Tell about a code of an error, or list the codes.
    Explain(Option<String>),
    /// Show what a step of the compiler makes of a file.
    Dump { what: Dump, file: PathBuf },
    /// Say something and end: the text, and whether the command line was at fault.
    Say { text: String, is_error: bool },
}

/// How a program is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How it is to end.
    pub ending: EndingOptions,
    /// The file that its end is recorded in.
    pub record: Option<(Record, PathBuf)>,
    /// What happens to it.
    pub injections: Vec<Injection>,
    /// `--seed-threads N`.
    pub thread_seed: Option<u64>,
    /// A prompt follows the program.
    pub interactive: bool,
    pub look: Look,
}

/// How errors look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// `--error-format`.
    pub format: Option<Format>,
    /// `--color`: always or never; nothing for what suits.
    pub color: Option<bool>,
}

/// A form of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Fancy,
    Plain,
    Short,
    Json,
}

/// How an end is recorded in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A line of JSON for each step.
    Json,
    /// A page with a timeline.
    Html,
}

/// What `toy exit-lab` is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    pub file: PathBuf,
    pub arguments: Vec<OsString>,
    /// The page to write.
    pub html: Option<PathBuf>,
    /// How long a run may take.
    pub limit: Duration,
    /// Into how many handlers something is injected.
    pub handlers: usize,
}

/// Where a program comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Program {
    File(PathBuf),
    /// `-e CODE`.
    Code(String),
    /// `-`, or nothing at all with something piped in.
    StandardInput,
    /// None: a prompt, at a terminal or with `-i`.
    Prompt,
}

/// What `toy dump` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dump {
    Tokens,
    Ast,
    Bytecode,
}

const USAGE: &str = "toy [OPTION]...                (a prompt, at a terminal)
       toy [OPTION]... FILE [ARGUMENT]...
       toy -e CODE [ARGUMENT]...
       toy - [ARGUMENT]...  (reads the program from standard input)
       toy check FILE-OR-DIRECTORY...
       toy explain [CODE]
       toy exit-lab [--html PAGE] FILE [ARGUMENT]...
       toy dump --tokens|--ast|--bytecode FILE";

const AFTER_HELP: &str = "\
Environment:
  TOY_HISTORY    the file with the history of the prompt; nothing for no history
  TOY_PATH       directories, separated by colons, where imports are searched
  TOY_GC_STRESS  1 collects garbage at every opportunity, to test the interpreter
  NO_COLOR       no colours in reports; CLICOLOR_FORCE=1 asks for them where there is no terminal

Exit status: 0 normal end, 1 uncaught exception or error in the program's text, 2 bad command line or
program that cannot be opened, 120 output was lost, n from exit(n); death by signal after Ctrl-C, SIGTERM,
SIGHUP, or when the reader of the output went away.";

/// Reads the command line; `arguments` starts with the name of the command. `piped`: standard input is no terminal.
pub fn parse(arguments: Vec<OsString>, piped: bool) -> Request {
    let (own, rest) = split_at_code(arguments);
    let matches = match command().try_get_matches_from(own) {
        Ok(matches) => matches,
        Err(error) => {
            let is_error = error.use_stderr();
            return Request::Say { text: error.render().to_string(), is_error };
        }
    };
    match matches.subcommand() {
        Some(("dump", matches)) => return dump(matches),
        Some(("exit-lab", matches)) => return exit_lab(matches),
        Some(("check", matches)) => return check(matches),
        Some(("explain", matches)) => return Request::Explain(matches.get_one::<String>("name").cloned()),
        _ => {}
    }
    if matches.get_flag("version") {
        return Request::Say { text: format!("toy {}\n", env!("CARGO_PKG_VERSION")), is_error: false };
    }
    let options = match options(&matches) {
        Ok(options) => options,
        Err(complaint) => return Request::Say { text: complaint, is_error: true },
    };
    let given =
        |name: &str| matches.get_many::<OsString>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    if let Some(code) = matches.get_one::<OsString>("code") {
        let Some(code) = code.to_str() else {
            return Request::Say {
                text: "toy: the code after -e is not UTF-8\n".to_string(),
                is_error: true,
            };
        };
        let argv = argv("-e", &rest);
        return Request::Run { program: Program::Code(code.to_string()), argv, options };
    }
    match given("file").split_first() {
        Some((name, rest)) if name == "-" => {
            Request::Run { program: Program::StandardInput, argv: argv("-", rest), options }
        }
        Some((name, rest)) => {
            let argv = argv(&name.to_string_lossy(), rest);
            Request::Run { program: Program::File(name.into()), argv, options }
        }
        None if piped && !options.interactive => {
            Request::Run { program: Program::StandardInput, argv: argv("", &[]), options }
        }
        None => Request::Run { program: Program::Prompt, argv: argv("", &[]), options },
    }
}

fn argv(name: &str, rest: &[OsString]) -> Vec<String> {
    let rest = rest.iter().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name.to_string()).chain(rest).collect()
}

/// What follows `-e CODE` belongs to the program, options too, as what follows the name of a file.
fn split_at_code(mut arguments: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let mut is_value = false;
    for i in 1..arguments.len() {
        let argument = arguments[i].to_string_lossy();
        if std::mem::replace(
            &mut is_value,
            ["--seed-threads", "--inject", "--error-format", "--color"].contains(&&*argument),
        ) {
            continue;
        }
        let end = match &*argument {
            "-e" | "--eval" => i + 2,
            text if text.starts_with("-e") || text.starts_with("--eval=") => i + 1,
            text if text.starts_with('-') && text != "-" && text != "--" => continue,
            _ => break,
        };
        if end < arguments.len() {
            let rest = arguments.split_off(end);
            return (arguments, rest);
        }
        break;
    }
    (arguments, Vec::new())
}

fn options(matches: &ArgMatches) -> Result<Options, String> {
    let strict = matches.get_flag("strict-exit");
    let mut options = Options {
        ending: EndingOptions { trace: None, strict },
        thread_seed: matches.get_one("seed-threads").copied(),
        interactive: matches.get_flag("interactive"),
        look: look(matches),
        ..Options::default()
    };
    for form in matches.get_many::<Form>("trace-exit").into_iter().flatten() {
        match form {
            Form::Live(trace) => options.ending.trace = Some(*trace),
            Form::File(record, file) => options.record = Some((*record, file.clone())),
        }
    }
    if options.record.is_some() {
        options.ending.trace.get_or_insert(Trace::Keep);
    }
    for text in matches.get_many::<String>("inject").into_iter().flatten() {
        let injection = Injection::parse(text).map_err(|error| format!("toy: {error}\n\n{FORMS}"))?;
        options.injections.push(injection);
    }
    Ok(options)
}

fn look(matches: &ArgMatches) -> Look {
    Look {
        format: matches.get_one::<String>("error-format").and_then(|name| match name.as_str() {
            "fancy" => Some(Format::Fancy),
            "plain" => Some(Format::Plain),
            "short" => Some(Format::Short),
            "json" => Some(Format::Json),
            _ => None,
        }),
        color: matches.get_one::<String>("color").and_then(|name| match name.as_str() {
            "always" => Some(true),
            "never" => Some(false),
            _ => None,
        }),
    }
}

/// The options for the look of errors, which `toy` and `toy check` have.
fn look_options() -> [Arg; 2] {
    [
        Arg::new("error-format")
            .long("error-format")
            .value_name("FORM")
            .value_parser(["fancy", "plain", "short", "json"])
            .help("How errors look: fancy (drawn; at a terminal), plain, short (a line each) or json"),
        Arg::new("color")
            .long("color")
            .value_name("WHEN")
            .value_parser(["auto", "always", "never"])
            .help("Whether drawn reports have colours"),
    ]
}

fn check(matches: &ArgMatches) -> Request {
    let paths = matches.get_many::<PathBuf>("path").into_iter().flatten().cloned().collect();
    Request::Check { paths, look: look(matches) }
}

fn exit_lab(matches: &ArgMatches) -> Request {
    let mut given = matches.get_many::<OsString>("file").into_iter().flatten().cloned();
    Request::ExitLab(Lab {
        file: given.next().map(PathBuf::from).unwrap_or_default(),
        arguments: given.collect(),
        html: matches.get_one::<PathBuf>("html").cloned(),
        limit: Duration::from_secs(matches.get_one("limit").copied().unwrap_or(10)),
        handlers: matches.get_one("handlers").copied().unwrap_or(8),
    })
}

fn dump(matches: &ArgMatches) -> Request {
    let what = if matches.get_flag("tokens") {
        Dump::Tokens
    } else if matches.get_flag("ast") {
        Dump::Ast
    } else {
        Dump::Bytecode
    };
    let file = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    Request::Dump { what, file }
}

/// A value of `--trace-exit`.
#[derive(Clone, Debug)]
enum Form {
    Live(Trace),
    File(Record, PathBuf),
}

fn form(text: &str) -> Result<Form, String> {
    let (kind, file) = match text.split_once('=') {
        Some((kind, file)) => (kind, Some(file).filter(|file| !file.is_empty())),
        None => (text, None),
    };
    match (kind, file) {
        ("text", None) if text == kind => Ok(Form::Live(Trace::Text)),
        ("json", None) if text == kind => Ok(Form::Live(Trace::Json)),
        ("json", Some(file)) => Ok(Form::File(Record::Json, file.into())),
        ("html", Some(file)) => Ok(Form::File(Record::Html, file.into())),
        _ => Err("the forms are text, json, json=FILE and html=FILE".to_string()),
    }
}

fn command() -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let dump = Command::new("dump")
        .about("Shows what a step of the compiler makes of a file")
        .arg(flag("tokens").help("The tokens, one a line"))
        .arg(flag("ast").help("The syntax tree"))
        .arg(flag("bytecode").help("The instructions, with the source they come from"))
        .group(ArgGroup::new("what").args(["tokens", "ast", "bytecode"]).required(true))
        .arg(Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)));
    let lab = Command::new("exit-lab")
        .about("Runs a program with every end that it can have, and shows how it ended, as a table")
        .after_help(
            "The program is run for real each time, with nothing to read on its standard input. Two runs say the \
             same, if the program does the same each time.",
        )
        .arg(
            Arg::new("html")
                .long("html")
                .value_name("PAGE")
                .value_parser(value_parser!(PathBuf))
                .help("Writes the table to a page of HTML as well, with what happened in each run"),
        )
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("SECONDS")
                .value_parser(value_parser!(u64).range(1..))
                .help("How long a run may take [default: 10]"),
        )
        .arg(
            Arg::new("handlers")
                .long("handlers")
                .value_name("N")
                .value_parser(value_parser!(usize))
                .help("Into how many of its exit handlers something is injected [default: 8]"),
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .trailing_var_arg(true)
                .value_parser(value_parser!(OsString))
                .help("The program, and what it gets as sys.argv"),
        );
    let check = Command::new("check")
        .about("Reports the errors of programs, and what runs but is hardly meant, without running them")
        .after_help(
            "`# toy: allow CODE` on the line, or on a line of its own above, silences a warning. Exit status: 0 nothing \
             was found, 1 something was, warnings too, or a file could not be read, 2 bad command line.",
        )
        .args(look_options())
        .arg(
            Arg::new("path")
                .value_name("FILE-OR-DIRECTORY")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Programs; of a directory, all .toy files below it; - is standard input"),
        );
    let explain = Command::new("explain")
        .about("Tells what an error or warning means, with a wrong and a right program; without a code, lists all")
        .arg(Arg::new("name").value_name("CODE").help("A code such as unknown-name, as reports show it"));
    Command::new("toy")
        .about("Runs a Toy program")
        .override_usage(USAGE)
        .after_help(AFTER_HELP)
        .args_conflicts_with_subcommands(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::SetTrue)
                .help("Prints the version"),
        )
        .arg(
            Arg::new("seed-threads")
                .long("seed-threads")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help("Varies whose turn it is among the program's threads; the same N gives the same run"),
        )
        .arg(
            Arg::new("code")
                .short('e')
                .long("eval")
                .value_name("CODE")
                .allow_hyphen_values(true)
                .value_parser(value_parser!(OsString))
                .help("Runs CODE"),
        )
        .arg(
            Arg::new("trace-exit")
                .long("trace-exit")
                .value_name("FORM")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("text")
                .action(ArgAction::Append)
                .value_parser(form)
                .help(
                    "Shows how the program ends, step by step: text (the default) or json on standard error, \
                     json=FILE, or html=FILE for a page with a timeline",
                ),
        )
        .arg(Arg::new("inject").long("inject").value_name("WHAT@WHERE").action(ArgAction::Append).help(
            "Lets a rare event happen: INT@main:120, TERM@handler:save:5, NOMEM@handler:save, ENOSPC@flush \
                     and so on; a wrong one has all forms listed. May be given several times",
        ))
        .arg(
            flag("interactive")
                .short('i')
                .help("A prompt after the program, or without one, even if standard input is no terminal"),
        )
        .args(look_options())
        .arg(flag("strict-exit").help("No exit handler turns a failure into status 0"))
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .num_args(1..)
                .trailing_var_arg(true)
                .value_parser(value_parser!(OsString))
                .help("The program, and what it gets as sys.argv"),
        )
        .subcommand(check)
        .subcommand(dump)
        .subcommand(explain)
        .subcommand(lab)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(arguments: &[&str]) -> Request {
        parse(std::iter::once("toy").chain(arguments.iter().copied()).map(OsString::from).collect(), false)
    }

    fn run(program: Program, argv: &[&str]) -> Request {
        let argv = argv.iter().map(|s| s.to_string()).collect();
        Request::Run { program, argv, options: Options::default() }
    }

    #[test]
    fn a_seed_may_stand_before_the_program() {
        let seeded = |program, argv: &[&str]| match run(program, argv) {
            Request::Run { program, argv, options } => {
                Request::Run { program, argv, options: Options { thread_seed: Some(7), ..options } }
            }
            other => other,
        };
        let file = seeded(Program::File("a.toy".into()), &["a.toy", "--seed-threads=8"]);
        assert_eq!(request(&["--seed-threads", "7", "a.toy", "--seed-threads=8"]), file);
        let code = seeded(Program::Code("f()".to_string()), &["-e", "--help"]);
        assert_eq!(request(&["--seed-threads", "7", "-e", "f()", "--help"]), code);
        assert_eq!(request(&["--seed-threads=7", "-e", "f()", "--help"]), code);
        assert!(matches!(request(&["--seed-threads", "x", "a.toy"]), Request::Say { is_error: true, .. }));
    }

    #[test]
    fn what_follows_the_file_is_the_programs() {
        let expected = run(Program::File("a.toy".into()), &["a.toy", "-x", "--version", "b"]);
        assert_eq!(request(&["a.toy", "-x", "--version", "b"]), expected);
    }

    #[test]
    fn what_follows_the_code_is_the_programs() {
        let code = || Program::Code("f()".to_string());
        assert_eq!(request(&["-e", "f()", "--help", "b"]), run(code(), &["-e", "--help", "b"]));
        assert_eq!(request(&["-ef()", "a"]), run(code(), &["-e", "a"]));
        assert_eq!(request(&["-e", "-1"]), run(Program::Code("-1".to_string()), &["-e"]));
    }

    #[test]
    fn the_look_of_errors_may_be_asked_for() {
        let look = |format, color| Look { format, color };
        let asked = |arguments: &[&str]| match request(arguments) {
            Request::Run { options, argv, .. } => Some((options.look, argv.len())),
            _ => None,
        };
        let short = look(Some(Format::Short), None);
        assert_eq!(asked(&["--error-format", "short", "a.toy"]), Some((short, 1)));
        assert_eq!(asked(&["--error-format=short", "-e", "1", "--color"]), Some((short, 2)));
        assert_eq!(asked(&["--color", "never", "-e", "1", "-x"]), Some((look(None, Some(false)), 2)));
        assert_eq!(asked(&["--color=auto", "a.toy", "--color=x"]), Some((look(None, None), 2)));
        assert_eq!(asked(&["--color=sometimes", "a.toy"]), None);
        assert_eq!(request(&["explain"]), Request::Explain(None));
        assert_eq!(request(&["explain", "f-string"]), Request::Explain(Some("f-string".to_string())));
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(request(&["-", "a"]), run(Program::StandardInput, &["-", "a"]));
        let piped = parse(vec!["toy".into()], true);
        assert_eq!(piped, run(Program::StandardInput, &[""]));
    }

    #[test]
    fn a_prompt_follows_when_it_is_asked_for() {
        let asked = |arguments: &[&str], piped| {
            let arguments = std::iter::once("toy").chain(arguments.iter().copied()).map(OsString::from);
            match parse(arguments.collect(), piped) {
                Request::Run { program, options, .. } => (program, options.interactive),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(asked(&[], false), (Program::Prompt, false));
        assert_eq!(asked(&["-i"], true), (Program::Prompt, true));
        assert_eq!(asked(&["-i", "a.toy", "-i"], true), (Program::File("a.toy".into()), true));
        assert_eq!(asked(&["a.toy", "-i"], true), (Program::File("a.toy".into()), false));
        assert_eq!(asked(&["-i", "-e", "f()"], true), (Program::Code("f()".to_string()), true));
    }

    #[test]
    fn a_check_wants_files() {
        let look = Look { format: Some(Format::Json), color: Some(false) };
        assert_eq!(
            request(&["check", "a.toy", "--error-format=json", "--color", "never", "b", "-"]),
            Request::Check { paths: vec!["a.toy".into(), "b".into(), "-".into()], look }
        );
        assert!(matches!(request(&["check"]), Request::Say { is_error: true, .. }));
        assert!(matches!(request(&["check", "--bogus", "a.toy"]), Request::Say { is_error: true, .. }));
    }

    #[test]
    fn dump_wants_exactly_one_step() {
        assert_eq!(
            request(&["dump", "--ast", "a.toy"]),
            Request::Dump { what: Dump::Ast, file: "a.toy".into() }
        );
        assert!(matches!(request(&["dump", "a.toy"]), Request::Say { is_error: true, .. }));
        assert!(matches!(
            request(&["dump", "--ast", "--tokens", "a.toy"]),
            Request::Say { is_error: true, .. }
        ));
    }

    #[test]
    fn how_the_program_ends_is_said_before_its_name() {
        let ending = |arguments: &[&str]| match request(arguments) {
            Request::Run { options, .. } => (options.ending.trace, options.ending.strict),
            other => panic!("{other:?}"),
        };
        assert_eq!(ending(&["--trace-exit", "a.toy"]), (Some(Trace::Text), false));
        assert_eq!(ending(&["--trace-exit=json", "--strict-exit", "a.toy"]), (Some(Trace::Json), true));
        assert_eq!(ending(&["a.toy", "--strict-exit"]), (None, false));
        assert!(matches!(request(&["--trace-exit=x", "a.toy"]), Request::Say { is_error: true, .. }));
    }

    #[test]
    fn an_end_may_be_shown_and_recorded_at_once() {
        let shown = |arguments: &[&str]| match request(arguments) {
            Request::Run { options, .. } => (options.ending.trace, options.record),
            other => panic!("{other:?}"),
        };
        let html = Some((Record::Html, PathBuf::from("a=b.html")));
        assert_eq!(shown(&["--trace-exit=html=a=b.html", "a.toy"]), (Some(Trace::Keep), html.clone()));
        let both = ["--trace-exit", "--trace-exit=html=a=b.html", "a.toy"];
        assert_eq!(shown(&both), (Some(Trace::Text), html));
        let json = Some((Record::Json, PathBuf::from("steps")));
        assert_eq!(shown(&["--trace-exit=json=steps", "a.toy"]), (Some(Trace::Keep), json));
        for wrong in ["html", "html=", "text=", "text=x", "json="] {
            let request = request(&[&format!("--trace-exit={wrong}"), "a.toy"]);
            assert!(matches!(request, Request::Say { is_error: true, .. }), "{wrong}");
        }
    }

    #[test]
    fn injections_may_stand_before_the_program() {
        let injected = |arguments: &[&str]| match request(arguments) {
            Request::Run { program, options, .. } => {
                (program, options.injections.iter().map(Injection::to_string).collect::<Vec<_>>())
            }
            other => panic!("{other:?}"),
        };
        let code = Program::Code("f()".to_string());
        let both = vec!["INT@main:3".to_string(), "EPIPE@flush".to_string()];
        let arguments = ["--inject", "INT@main:3", "--inject=EPIPE@flush", "-e", "f()", "--inject"];
        assert_eq!(injected(&arguments), (code, both));
        let Request::Say { text, is_error: true } = request(&["--inject", "INT", "a.toy"]) else {
            panic!("a wrong injection is refused");
        };
        assert!(text.starts_with("toy: bad injection 'INT': it has no @\n"), "{text}");
        assert!(text.contains(FORMS), "{text}");
    }

    #[test]
    fn the_lab_runs_a_file_with_arguments() {
        let arguments = ["exit-lab", "--html", "p.html", "--limit=3", "a.toy", "--limit", "b"];
        assert_eq!(
            request(&arguments),
            Request::ExitLab(Lab {
                file: "a.toy".into(),
                arguments: vec!["--limit".into(), "b".into()],
                html: Some("p.html".into()),
                limit: Duration::from_secs(3),
                handlers: 8,
            })
        );
        for wrong in
            [["exit-lab"].as_slice(), &["exit-lab", "--limit=0", "a.toy"], &["exit-lab", "--handlers=x", "a"]]
        {
            assert!(matches!(request(wrong), Request::Say { is_error: true, .. }), "{wrong:?}");
        }
    }

    #[test]
    fn help_and_version_are_no_errors() {
        assert!(matches!(request(&["--help"]), Request::Say { is_error: false, .. }));
        assert!(matches!(request(&["--version"]), Request::Say { is_error: false, .. }));
        assert!(matches!(request(&["--bogus"]), Request::Say { is_error: true, .. }));
        assert!(matches!(request(&["-e"]), Request::Say { is_error: true, .. }));
        assert!(matches!(request(&[]), Request::Run { program: Program::Prompt, .. }));
    }
}
