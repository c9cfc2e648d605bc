//! The command `toy`. This is the only place that ends a process.

mod check;
mod cli;
mod lab;
mod record;
mod repl;
mod signals;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use cli::{Dump, Format, Look, Options, Program, Request};
use record::Record;
use repl::First;
use toy::host::{Host, Stream, SystemHost};
use toy::report::{Style, diagnostics};
use toy::shutdown::{ExitReport, ExitStatus};
use toy::{Config, Interpreter, decode_source};

/// The status for a bad command line, or a program that cannot be had.
const BAD_USE: u8 = 2;
/// What the command line says of the look of errors, once it is read.
static LOOK: OnceLock<Look> = OnceLock::new();

fn main() -> ExitCode {
    let arguments = std::env::args_os().collect();
    match cli::parse(arguments, !io::stdin().is_terminal()) {
        Request::Run { program, argv, options } => run(program, argv, options),
        Request::ExitLab(lab) => exit_lab(&lab),
        Request::Check { paths, look } => check(&paths, look),
        Request::Explain(name) => explain(name.as_deref()),
        Request::Dump { what, file } => dump(what, &file),
        Request::Say { text, is_error: false } => print(&text),
        Request::Say { text, is_error: true } => complain(&text),
    }
}

fn run(program: Program, argv: Vec<String>, options: Options) -> ExitCode {
    // Nobody has set it before.
    let _ = LOOK.set(options.look);
    let title = match &program {
        Program::File(path) => path.to_string_lossy().into_owned(),
        Program::Code(_) => "<string>".to_string(),
        Program::StandardInput => "<stdin>".to_string(),
        Program::Prompt => "<prompt>".to_string(),
    };
    let record = options.record.map(|(form, path)| Record::open(form, &path, &title)).transpose();
    let record = match record {
        Ok(record) => record,
        Err(complaint) => return complain(&complaint),
    };
    let process = std::process::id();
    signals::listen();
    let host = SystemHost::new(signals::take).signal_actions(signals::set).end_stuck(end_stuck);
    let mut config = Config::new(Box::new(host))
        .argv(argv)
        .search_path(search_path())
        .style(error_style())
        .ending(options.ending)
        .inject(options.injections);
    if std::env::var_os("TOY_GC_STRESS").is_some_and(|value| value == "1") {
        config = config.stress(true);
    }
    if let Some(seed) = options.thread_seed {
        config = config.seed_threads(seed);
    }
    let interpreter = Interpreter::new(config);
    let ended = if options.interactive || program == Program::Prompt {
        first_program(program).map(|first| repl::run(interpreter, first, error_style))
    } else {
        run_program(interpreter, program)
    };
    match ended {
        Ok(report) => {
            if process == std::process::id() {
                for injection in &report.not_injected {
                    write_error(&format!("toy: injection {injection} did not happen\n"));
                }
            }
            if let Some(Err(complaint)) = record.map(|record| record.write(&report)) {
                write_error(&complaint);
            }
            leave(report)
        }
        Err(error) => complain(&format!("toy: {error}\n")),
    }
}

fn run_program(mut interpreter: Interpreter, program: Program) -> Result<ExitReport, toy::LoadError> {
    match program {
        Program::File(path) => interpreter.run_file(&path).map(|_| ())?,
        Program::Code(code) => {
            interpreter.run_source("<string>", &code);
        }
        Program::StandardInput => {
            let text = read_program()?;
            interpreter.run_source("<stdin>", &text);
        }
        Program::Prompt => {}
    }
    Ok(interpreter.end())
}

/// What a prompt begins with.
fn first_program(program: Program) -> Result<Option<First>, toy::LoadError> {
    match program {
        Program::File(path) => read_file(&path).map(Some),
        Program::Code(text) => Ok(Some(First { name: "<string>".to_string(), text })),
        Program::StandardInput | Program::Prompt => Ok(None),
    }
}

fn read_file(path: &Path) -> Result<First, toy::LoadError> {
    let name = path.to_string_lossy().into_owned();
    let text = match std::fs::read(path) {
        Ok(bytes) => decode_source(&name, bytes)?,
        Err(error) => return Err(toy::LoadError { name, reason: toy::NotLoaded::Unreadable(error) }),
    };
    Ok(First { name, text })
}

fn exit_lab(lab: &cli::Lab) -> ExitCode {
    match lab::run(lab) {
        Ok(findings) => {
            if let Some(path) = &lab.html
                && let Err(error) = std::fs::write(path, findings.page())
            {
                return complain(&record::complaint(path, &error));
            }
            print(&findings.text())
        }
        Err(complaint) => complain(&complaint),
    }
}

/// Findings are what was asked for, so they go to standard output, and are drawn if that is a terminal.
fn check(paths: &[PathBuf], look: Look) -> ExitCode {
    // Nobody has set it before.
    let _ = LOOK.set(look);
    let checked = check::run(paths, style(Stream::Out), read_program);
    write_error(&checked.complaints);
    let printed = print(&checked.report);
    if printed == ExitCode::SUCCESS && !checked.is_clean { ExitCode::FAILURE } else { printed }
}

fn explain(name: Option<&str>) -> ExitCode {
    match toy::explain::explain(name) {
        Ok(text) => print(&text),
        Err(complaint) => complain(&complaint),
    }
}

fn read_program() -> Result<String, toy::LoadError> {
    let name = "<stdin>".to_string();
    let mut bytes = Vec::new();
    loop {
        match io::stdin().read_to_end(&mut bytes) {
            Ok(_) => return decode_source(&name, bytes),
            // Nothing runs yet that could hear of a signal, so it ends the process as if nobody had listened.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => die_if_asked(),
            Err(error) => return Err(toy::LoadError { name, reason: toy::NotLoaded::Unreadable(error) }),
        }
    }
}

fn die_if_asked() {
    if let Some(signal) = signals::take() {
        signals::die_by(signal.number());
    }
}

/// Ends the process as the interpreter says.
fn leave(report: ExitReport) -> ExitCode {
    match report.status {
        ExitStatus::Code(code) => end_now(code),
        ExitStatus::Signal(number) => {
            signals::die_by(number);
            // Only if the signal could not be sent.
            ExitCode::from(128_u8.saturating_add(number as u8))
        }
    }
}

/// Ends the process without giving back its memory piece by piece.
#[allow(clippy::exit)] // the one place
fn end_now(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

/// Ends the process from a thread beside the one that is stuck; nothing of the program runs any more.
fn end_stuck(message: &str) {
    write_error(message);
    signals::end_at_once(toy::shutdown::status::STUCK)
}

fn dump(what: Dump, file: &Path) -> ExitCode {
    let (name, text) = match read_file(file) {
        Ok(First { name, text }) => (name, text),
        Err(error) => return complain(&format!("toy: {error}\n")),
    };
    let shown = match what {
        Dump::Tokens => Ok(toy_grammar::dump_tokens(&text)),
        Dump::Ast => {
            let parsed = toy_grammar::parse(&text);
            parsed.module.map(|module| toy_grammar::dump(&module)).ok_or(parsed.errors)
        }
        Dump::Bytecode => {
            let mut interpreter = Interpreter::new(Config::new(Box::new(SystemHost::new(|| None))));
            toy::compile(interpreter.vm(), &text, false).map(|code| toy::bytecode::dump::dump(&code, &text))
        }
    };
    match shown {
        Ok(shown) => print(&shown),
        Err(errors) => {
            write_error(&diagnostics(&name, &text, &errors, error_style()));
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard output; a reader that has seen enough is no failure of ours, but ends us as it does other
/// filters.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            signals::die_by(libc::SIGPIPE);
            ExitCode::FAILURE
        }
        Err(error) => {
            write_error(&format!("toy: writing failed: {error}\n"));
            ExitCode::from(toy::shutdown::status::OUTPUT_LOST)
        }
    }
}

fn complain(text: &str) -> ExitCode {
    write_error(text);
    ExitCode::from(BAD_USE)
}

fn write_error(text: &str) {
    // Who cannot be told cannot be told that, either.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// `TOY_PATH`.
fn search_path() -> Vec<std::path::PathBuf> {
    std::env::var_os("TOY_PATH").map_or_else(Vec::new, |paths| std::env::split_paths(&paths).collect())
}

fn error_style() -> Style {
    style(Stream::Err)
}

/// Drawings are for people at a terminal, or for those who ask for colours, as the reader of a pager does. `stream`:
/// where the report goes.
fn style(stream: Stream) -> Style {
    let look = LOOK.get().copied().unwrap_or_default();
    let is_terminal = SystemHost::new(|| None).is_terminal(stream);
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let color = look.color.or(if set("NO_COLOR") { Some(false) } else { forced.then_some(true) });
    let format =
        look.format.unwrap_or(if is_terminal || color == Some(true) { Format::Fancy } else { Format::Plain });
    match format {
        Format::Plain => Style::Plain,
        Format::Short => Style::Short,
        Format::Json => Style::Json,
        Format::Fancy => {
            let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            Style::Fancy { color: color.unwrap_or(is_terminal && !is_dumb), width: width(stream) }
        }
    }
}

/// The columns of the terminal; `COLUMNS` knows better.
fn width(stream: Stream) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || SystemHost::new(|| None).terminal_size(stream).map(|(columns, _)| usize::from(columns));
    asked.or_else(size).filter(|columns| *columns > 0).unwrap_or(80)
}
