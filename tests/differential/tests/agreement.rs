//! A few hundred programs agree with CPython, and the tool would notice if they did not.

#![allow(clippy::print_stdout)] // says that it skips

use toy_differential::differences::DIFFERENCES;
use toy_differential::sides::{End, Ended, Python};
use toy_differential::{Verdict, compare, generate, judge, shrink};

/// Seeds of their own, so that the programs are not those that the command starts with.
const FIRST_SEED: u64 = 1_000_000;
const PROGRAMS: u64 = 300;

fn python() -> Option<Python> {
    let python = Python::find();
    if python.is_none() {
        println!("skipped: there is no CPython 3.13 or later");
    }
    python
}

#[test]
fn generated_programs_agree() {
    let Some(mut python) = python() else { return };
    let mut decided = 0;
    for seed in FIRST_SEED..FIRST_SEED + PROGRAMS {
        let source = generate::program(seed, python.is_oracle);
        match compare(&mut python, &source).expect("Python answers") {
            Verdict::Same => decided += 1,
            Verdict::Undecided => {}
            Verdict::NotPrinted(why) => panic!("seed {seed}: {why}\n{source}"),
            Verdict::Different(found) => {
                let small = shrink::shrink(&mut python, *found).expect("Python answers");
                panic!(
                    "seed {seed}\n{}\n{}\n{:?}\n{:?}",
                    small.toy, small.python, small.toy_ended, small.python_ended
                );
            }
        }
    }
    assert!(decided * 10 >= PROGRAMS * 9, "only {decided} of {PROGRAMS} programs could be compared");
}

#[test]
fn a_planted_difference_is_found_and_made_small() {
    let Some(mut python) = python() else { return };
    // A difference that is meant, and that the generator avoids.
    let source = "fn f(x) {\n    let unused = 1\n    print(x)\n    return 2\n}\nf(1)\nprint(true == 1)\nprint(\"end\")\n";
    let Verdict::Different(found) = compare(&mut python, source).expect("Python answers") else {
        panic!("the difference was not found")
    };
    let small = shrink::shrink(&mut python, *found).expect("Python answers");
    assert!(!small.toy.contains("unused") && !small.toy.contains("end"), "{}", small.toy);
    assert_ne!(small.toy_ended, small.python_ended);
}

#[test]
fn every_difference_is_a_row_of_the_reference() {
    let reference = include_str!("../../../docs/reference.md");
    let (_, table) =
        reference.split_once("\n## Differences from Python").expect("the reference has the table");
    for difference in DIFFERENCES {
        let is_row = |line: &str| line.starts_with('|') && line.contains(difference.row);
        assert!(table.lines().any(is_row), "no row says '{}'", difference.row);
    }
}

#[test]
fn a_doctored_answer_is_found() {
    let ended = |output: &str, end| Ended { output: output.to_string(), end };
    let raised = |class: &str, message: &str| End::Raised(class.to_string(), message.to_string());
    let differs = |a: Ended, b: Ended, messages| {
        matches!(judge("", String::new(), a, b, messages), Verdict::Different(_))
    };
    assert!(!differs(ended("1\n", End::Normal), ended("1\n", End::Normal), true));
    assert!(differs(ended("1\n", End::Normal), ended("2\n", End::Normal), true));
    assert!(differs(ended("1\n", End::Normal), ended("1\n", raised("ValueError", "")), true));
    let (a, b) = (ended("", raised("ValueError", "x")), ended("", raised("ValueError", "y")));
    assert!(differs(a.clone(), b.clone(), true));
    assert!(!differs(a, b, false));
    assert!(differs(ended("", raised("KeyError", "x")), ended("", raised("ValueError", "x")), false));
}
