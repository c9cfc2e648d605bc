//! The methods of generators: `send`, `throw`, `close`.

use crate::value::{Gc, Generator, NativeDef};
use crate::vm::{Args, Exc, NativeResult, Raised, Resume, Type, Vm};

const METHODS: &[NativeDef] = &[
    NativeDef::new("send(self, value, /)", "Resumes the generator; its `yield` has this value.", send),
    NativeDef::new("throw(self, exception, /)", "Raises an exception at the generator's `yield`.", throw),
    NativeDef::new(
        "close(self)",
        "Ends the generator; its `finally` blocks run. What it returned then, or nil.",
        close,
    ),
];

/// Gives generators their methods.
pub fn install(vm: &mut Vm) {
    let class = vm.class_for(Type::Generator);
    vm.add_methods(class, METHODS);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Result<Gc<Generator>, Raised> {
    match args.at(0).as_object::<Generator>() {
        Some(generator) => Ok(generator),
        None => Err(vm.type_error("a generator is needed")),
    }
}

fn send(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let generator = this(vm, args)?;
    resume(vm, generator, Resume::Send(args.at(1)))
}

fn throw(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let generator = this(vm, args)?;
    let raised = vm.raisable(args.at(1));
    resume(vm, generator, Resume::Throw(raised))
}

fn close(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let generator = this(vm, args)?;
    vm.close_generator(generator)
}

/// The end of the generator is a `StopIteration` with what it returned.
fn resume(vm: &mut Vm, generator: Gc<Generator>, how: Resume) -> NativeResult {
    match vm.resume(generator, how)? {
        Some(value) => Ok(value),
        None => {
            let value = vm.take_stop_value();
            let args = if value.is_nil() { vec![] } else { vec![value] };
            Err(vm.error_with(Exc::StopIteration, &args))
        }
    }
}
