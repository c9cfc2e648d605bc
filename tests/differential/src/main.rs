//! `toy-differential`: runs generated programs, or given ones, in Toy and in CPython, and shows where they differ.
#![allow(clippy::print_stdout, clippy::print_stderr)] // it is a command

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use toy_differential::sides::{End, Ended, Python};
use toy_differential::{Difference, Verdict, compare, generate, shrink};

const USAGE: &str = "usage: toy-differential [--seed N] [--count N] [--stop-after N] [--brief] [--show] [FILE.toy …]

Runs the programs of the seeds N, N+1, … (or the files) in Toy and in CPython and compares.
  --seed N        the first seed (1)
  --count N       how many programs (1000)
  --stop-after N  how many differences to show (10)
  --brief         show of a difference only the program in Toy and where the outputs part
  --show          print the program of the seed, in both languages, and run nothing
The Python is $TOY_PYTHON, else python3.13, else a python3 from 3.13 on; messages are compared with 3.13 only.";

struct Request {
    seed: u64,
    count: u64,
    stop_after: usize,
    brief: bool,
    show: bool,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let request = match parse(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let Some(mut python) = Python::find() else {
        println!("skipped: there is no CPython 3.13 or later (TOY_PYTHON, python3.13, python3)");
        return ExitCode::SUCCESS;
    };
    if request.show {
        return show(&request, &python);
    }
    match run(&request, &mut python) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("toy-differential: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut request =
        Request { seed: 1, count: 1000, stop_after: 10, brief: false, show: false, files: Vec::new() };
    while let Some(arg) = args.next() {
        let mut number = || {
            let text = args.next().ok_or_else(|| format!("{arg} wants a number"))?;
            text.parse::<u64>().map_err(|_| format!("'{text}' is no number"))
        };
        match arg.as_str() {
            "--seed" => request.seed = number()?,
            "--count" => request.count = number()?,
            "--stop-after" => request.stop_after = number()? as usize,
            "--brief" => request.brief = true,
            "--show" => request.show = true,
            _ if arg.starts_with('-') => return Err(format!("no option is called '{arg}'")),
            _ => request.files.push(PathBuf::from(arg)),
        }
    }
    Ok(request)
}

fn show(request: &Request, python: &Python) -> ExitCode {
    let source = generate::program(request.seed, python.is_oracle);
    println!("{source}");
    match toy_grammar::parse(&source).module.map(|module| toy_differential::python::print(&module)) {
        Some(Ok(printed)) => println!("# --- Python\n{printed}"),
        Some(Err(error)) => println!("# --- no Python: {error:?}"),
        None => println!("# --- no program"),
    }
    ExitCode::SUCCESS
}

/// Runs what was asked for; how many differences there were.
fn run(request: &Request, python: &mut Python) -> std::io::Result<usize> {
    let started = Instant::now();
    let (mut same, mut undecided, mut differences, mut unprinted) = (0, 0, 0, 0);
    let programs: Box<dyn Iterator<Item = (String, String)>> = if request.files.is_empty() {
        let messages = python.is_oracle;
        Box::new(
            (request.seed..request.seed + request.count)
                .map(move |seed| (format!("--seed {seed} --count 1"), generate::program(seed, messages))),
        )
    } else {
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            (path.display().to_string(), text)
        };
        Box::new(request.files.iter().map(read).collect::<Vec<_>>().into_iter())
    };
    for (name, source) in programs {
        match compare(python, &source)? {
            Verdict::Same => same += 1,
            Verdict::Undecided => {
                undecided += 1;
                println!("{name}: one side ran too long");
            }
            Verdict::NotPrinted(why) => {
                unprinted += 1;
                println!("{name}: not compared: {why}");
            }
            Verdict::Different(found) => {
                differences += 1;
                let small = shrink::shrink(python, *found)?;
                report(&name, &small, request.brief);
                if differences >= request.stop_after {
                    break;
                }
            }
        }
    }
    println!(
        "{same} alike, {differences} different, {undecided} undecided, {unprinted} not compared; {} {}; {:.1} s",
        python.program().display(),
        if python.is_oracle { "with messages" } else { "without messages" },
        started.elapsed().as_secs_f64(),
    );
    Ok(differences + unprinted)
}

fn report(name: &str, difference: &Difference, brief: bool) {
    println!("=== different: cargo run --release -p toy-differential -- {name}");
    println!("--- Toy\n{}", difference.toy);
    if !brief {
        println!("--- Python\n{}", difference.python);
        print_ended("Toy", &difference.toy_ended);
        print_ended("Python", &difference.python_ended);
    }
    println!("--- where they part");
    let (toy, python) = (lines(&difference.toy_ended), lines(&difference.python_ended));
    let at = toy.iter().zip(&python).position(|(a, b)| a != b).unwrap_or(toy.len().min(python.len()));
    let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
    println!("Toy:    {}\nPython: {}\n", line(&toy), line(&python));
    if let End::Raised(class, message) = &difference.toy_ended.end {
        println!("Toy ended by {class}: {message}");
    }
}

fn print_ended(side: &str, ended: &Ended) {
    println!("--- output of {side}");
    lines(ended).iter().for_each(|line| println!("{line}"));
}

/// The output, and what ended the program.
fn lines(ended: &Ended) -> Vec<String> {
    let end = match &ended.end {
        End::Normal => "(normal end)".to_string(),
        End::Raised(class, message) => format!("{class}: {message}"),
        End::TooLong => "(ran too long)".to_string(),
    };
    ended.output.split('\n').map(str::to_string).chain([end]).collect()
}
