//! The programs under `benches` run and print what they should, each with an argument that makes it small.
//! The results are Python's for the same argument. How long they take is `benches/run.py`'s concern.

mod support;

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{LIMIT, Status};

/// A program, its argument, and what it prints.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("programs/closures", "200", "3892"),
    ("programs/exceptions", "200", "300"),
    ("programs/fib", "12", "144"),
    ("programs/loops", "40", "172944"),
    ("programs/methods", "300", "300"),
    ("programs/nbody", "100", "-0.169075164\n-0.169050762"),
    ("programs/sieve", "3000", "430"),
    ("programs/strings", "300", "2621 295 word0 2"),
    ("are-we-fast-yet/bounce", "1", "Bounce: 1331"),
    ("are-we-fast-yet/cd", "10", "CD: 250 collisions of 100 aircraft"),
    ("are-we-fast-yet/deltablue", "1", "DeltaBlue: 1 times 1000 constraints satisfied"),
    ("are-we-fast-yet/havlak", "1", "Havlak: 1605 loops in 5213 blocks"),
    ("are-we-fast-yet/json_bench", "1", "Json: 156 operations read"),
    ("are-we-fast-yet/list", "1", "List: 10"),
    ("are-we-fast-yet/mandelbrot", "1", "Mandelbrot: 128"),
    ("are-we-fast-yet/nbody", "1", "NBody: -0.1690749540250674"),
    ("are-we-fast-yet/permute", "1", "Permute: 8660"),
    ("are-we-fast-yet/queens", "1", "Queens: 0 6 4 7 1 3 5 2"),
    ("are-we-fast-yet/richards", "1", "Richards: 23246 packets queued, 9297 times held"),
    ("are-we-fast-yet/sieve", "1", "Sieve: 669"),
    ("are-we-fast-yet/storage", "1", "Storage: 5461"),
    ("are-we-fast-yet/towers", "1", "Towers: 8191"),
    ("larger/binary_trees", "5", "127 992 63"),
    ("larger/exceptions", "1000", "844 121 192 185 closed"),
    ("larger/fannkuch", "5", "11 7"),
    (
        "larger/formatting",
        "100",
        "7279 310259     99 elderberry  |    902.92|00115574 0x1c376    8.939e+04 eld-99-115574",
    ),
    ("larger/generators", "2000", "507 483304 72251"),
    ("larger/json_data", "20", "4585 20 true -1290999.375"),
    ("larger/nucleotides", "500", "t:167 tt:47 tgt:17 atct:7 atctat:3 aaagatactctg:1 483 0 0 1"),
    ("larger/simulation", "300", "2130 300 0 9213 67,53,54,52,49,25"),
    ("larger/sort_records", "1000", "12202 10147864 19985573 Name1013 Name53924 Name99838"),
    ("larger/spectral_norm", "10", "1.271844019"),
    ("larger/string_building", "50", "12932 200 l 49 &amp; &lt;3&gt;</td></tr> 40 22324"),
    ("larger/text_processing", "1000", "46534 167 11893474 395 0 54 31267 429"),
];

/// These are imported, want no argument, or have tests of their own.
const OTHERS: &[&str] =
    &["are-we-fast-yet/harness", "are-we-fast-yet/som", "programs/exit_handlers", "programs/startup"];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = PROGRAMS
        .iter()
        .map(|&(name, argument, expected)| {
            Trial::test(format!("benches/{name}"), move || check(name, argument, expected))
        })
        .collect();
    trials.push(Trial::test("benches: no program is forgotten", check_names));
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(name: &str, argument: &str, expected: &str) -> Result<(), Failed> {
    let mut command = support::toy();
    // Small as they are, they allocate too much for a collection at each allocation.
    command.arg(format!("benches/{name}.toy")).arg(argument).env_remove("TOY_GC_STRESS");
    let ended = support::run(command, b"", LIMIT, true)?;
    let mut complaints = String::new();
    support::compare(&mut complaints, "standard output", &format!("{expected}\n"), &ended.stdout);
    support::compare(&mut complaints, "standard error", "", &ended.stderr);
    if ended.status != Status::Code(0) {
        complaints += &format!("--- ended with {}\n", ended.status);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

fn check_names() -> Result<(), Failed> {
    let benches = support::project_root().join("benches");
    let groups = ["programs", "are-we-fast-yet", "larger"];
    for path in groups.iter().flat_map(|group| support::programs_below(&benches.join(group))) {
        let name = path.strip_prefix(&benches)?.with_extension("");
        let is = |known: &str| Path::new(known) == name;
        if !PROGRAMS.iter().any(|&(known, ..)| is(known)) && !OTHERS.iter().any(|known| is(known)) {
            return Err(format!("{} is in no list of tests/benches.rs", name.display()).into());
        }
    }
    Ok(())
}
