//! `toy exit-lab`: a program with every end that it can have, as one table.
//!
//! A first run, in which nothing is injected, shows what there is to strike: the steps of the main program, the handlers,
//! threads. `plan.rs` makes the list of runs of that, `run.rs` makes each in a process of its own, and `findings.rs` is
//! what came of them, which `text.rs` and `html.rs` show. Nothing that depends on time is shown, so that two runs of
//! the lab say the same.

mod difference;
mod findings;
mod html;
mod plan;
mod run;
mod text;

use toy::shutdown::ExitStatus;

use crate::cli;
pub use findings::Findings;

/// Runs the program again and again; the error is what to say.
pub fn run(lab: &cli::Lab) -> Result<Findings, String> {
    let bench = run::Bench::new(lab)?;
    let plain = bench.run(&[])?;
    if plain.steps.is_empty() && plain.status == Some(ExitStatus::Code(2)) {
        // It cannot be run at all.
        return Err(plain.stderr);
    }
    let plan = plan::plan(&plain.steps, lab.handlers);
    let mut findings = Findings::new(lab.file.to_string_lossy().into_owned(), plain, plan.unstruck);
    for case in plan.cases {
        let ended = bench.run(&case.injections)?;
        findings.add(case, ended);
    }
    Ok(findings)
}
