//! `test`: assertions, cases and fixtures. It is written in Toy; here is what a program cannot ask: what the parameters
//! of a function are called, and where an exception comes from.

use crate::value::{Closure, ExceptionSlot, Gc, Instance, List, Module, NativeDef, Traceback, Tuple, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm, signature};

pub const MODULE: NativeModule = NativeModule {
    name: "test",
    doc: "Assertions, cases and fixtures. A case is a function behind `@test.case`, and `test.run()` at the end of the \
          program runs them all, says which have failed and why, and ends the program with status 1 if any has. An \
          `assert` in a case will do; the assertions of this module show more. What `@test.fixture` makes is handed to \
          every parameter of its name. Left out: replacing parts of a program (set the attribute in a fixture, and \
          set it back behind its `yield`), running cases side by side, and finding the files with tests.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("_frames(exception)", "", frames),
    NativeDef::new("_parameters(function)", "", parameters),
];

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    vm.add_toy_part(module, concat!(include_str!("difference.toy"), "\n", include_str!("test.toy")))
}

/// A tuple of file, line, function and text for each frame that an exception came through, the outermost first.
fn frames(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let traceback = args
        .at(0)
        .as_object::<Instance>()
        .and_then(|exception| exception.slot(ExceptionSlot::Traceback as usize).as_object::<Traceback>());
    let entries = traceback.map_or_else(Vec::new, |traceback| traceback.entries.to_vec());
    let mut frames = Vec::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        let (file, line) = entry.file_and_line();
        let source = &entry.proto.source.text;
        let text = source.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default().trim();
        let parts =
            [vm.heap.str(&file), Value::len(line as usize), entry.proto.name.value(), vm.heap.str(text)];
        frames.push(Tuple::new(&mut vm.heap, &parts).value());
    }
    Ok(List::new(&mut vm.heap, frames).value())
}

/// A tuple of name and whether there is a default for each parameter that can be given by name. What a wrapper wraps
/// counts, as long as it says so.
fn parameters(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(closure) = args.at(0).as_object::<Closure>() else {
        return Ok(List::new(&mut vm.heap, Vec::new()).value());
    };
    let closure = signature::unwrapped(&closure).unwrap_or(closure);
    let params = &closure.proto.code.params;
    let skipped = usize::from(closure.proto.code.is_method);
    let mut found = Vec::new();
    for (name, has_default) in closure.proto.params.iter().zip(&params.has_default).skip(skipped) {
        found.push(Tuple::new(&mut vm.heap, &[name.value(), Value::bool(*has_default)]).value());
    }
    Ok(List::new(&mut vm.heap, found).value())
}
