//! The plan of an end: what has run, runs and will run, in the order of running. For `atexit.plan()` and the prompt.

use super::entry::{Entry, EntryState};
use super::outcome::crop;
use super::registry::{Registry, When};
use crate::value::{Tuple, Value};
use crate::vm::{Raised, Vm};

/// A handler in the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    pub when: When,
    pub state: EntryState,
    /// The call: `save('notes.txt', retries=3)`.
    pub call: String,
    /// The file and line of its registration.
    pub registered: Option<(String, u32)>,
}

/// The plan, the handlers of phase 3 before those of phase 5. The arguments are shown by their `repr`, which may run code
/// of the program; one that fails is named and does no harm. An error only if the program was stopped for good.
pub fn plan(vm: &mut Vm) -> Result<Vec<Planned>, Raised> {
    let registry = vm.state::<Registry>();
    let mut entries = Vec::new();
    for when in [When::Before, When::Exit] {
        entries.extend(registry.done(when).into_iter().map(|entry| (when, EntryState::Done, entry)));
        let running = registry.running();
        let of_phase = running.into_iter().rev().filter(|(running, _)| *running == when);
        entries.extend(of_phase.map(|(_, entry)| (when, EntryState::Running, entry)));
        let waiting = registry.waiting(when).into_iter().rev();
        entries.extend(waiting.map(|entry| (when, EntryState::Pending, entry)));
    }
    let held: Vec<Value> =
        entries.iter().flat_map(|(.., entry)| [entry.function, entry.args, entry.keywords]).collect();
    vm.rooted(&held, |vm| {
        let mut planned = Vec::with_capacity(entries.len());
        for (when, state, entry) in entries {
            let call = call_text(vm, &entry)?;
            planned.push(Planned { when, state, call, registered: entry.place() });
        }
        Ok(planned)
    })
}

/// The plan as text, a line for each handler, without a newline at the end.
pub fn plan_text(plan: &[Planned]) -> String {
    let mut lines = Vec::new();
    for (when, title) in [(When::Before, "before the end:"), (When::Exit, "exit handlers:")] {
        let of_phase: Vec<&Planned> = plan.iter().filter(|planned| planned.when == when).collect();
        if of_phase.is_empty() && when == When::Before {
            continue;
        }
        lines.push(if of_phase.is_empty() { format!("{title} none") } else { title.to_string() });
        for (i, planned) in of_phase.iter().enumerate() {
            let place = match &planned.registered {
                Some((file, line)) => format!(" (registered at {file}:{line})"),
                None => String::new(),
            };
            lines.push(format!("  {}. {}{place}: {}", i + 1, planned.call, planned.state.name()));
        }
    }
    lines.join("\n")
}

fn call_text(vm: &mut Vm, entry: &Entry) -> Result<String, Raised> {
    let mut arguments = Vec::new();
    let args = entry.args.as_object::<Tuple>();
    for value in args.iter().flat_map(|args| args.items()) {
        arguments.push(shown(vm, *value)?);
    }
    for (name, value) in entry.keyword_arguments() {
        arguments.push(format!("{}={}", name.as_str(), shown(vm, value)?));
    }
    Ok(format!("{}({})", entry.name(), arguments.join(", ")))
}

fn shown(vm: &mut Vm, value: Value) -> Result<String, Raised> {
    match vm.repr(value) {
        Ok(text) => Ok(crop(&text)),
        Err(raised) if vm.halted().is_some() => Err(raised),
        Err(Raised(exception)) => {
            let (class, failed) = (vm.type_name(value), vm.type_name(exception));
            Ok(format!("<{class} object, repr failed: {failed}>"))
        }
    }
}
