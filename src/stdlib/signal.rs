//! `signal`: what signals do to the program. How they are heard is in `vm/signals.rs`, and at the end in
//! `shutdown/signals.rs`.
//!
//! What is hard is that two must agree: the system, which has to let a signal come here at all, and the VM, which has to know
//! whom to call. The function is noted first and forgotten last, so that no signal comes to nothing in between.

use crate::host::SignalAction;
use crate::value::{Gc, Module, NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "signal",
    doc: "What signals do to the program. Left out: `alarm` and timers, `pause` and other waits for a signal, masks, the names \
          and descriptions of signals, and `on` for those that an error of the machine causes.",
    functions: FUNCTIONS,
    setup: Some(setup),
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "on(signum, handler, /)",
        "Has a signal call `handler(signum)`, where the program stands; what it raises is raised there.",
        on,
    ),
    NativeDef::new(
        "default(signum, /)",
        "Gives a signal the action that the system has for it. For most that is to end the process at once: nothing of the \
         program runs any more.",
        default,
    ),
    NativeDef::new("ignore(signum, /)", "Has a signal do nothing.", ignore),
    NativeDef::new(
        "reset(signum, /)",
        "Has a signal do what it did when the program began: SIGINT raises `KeyboardInterrupt`, SIGTERM and SIGHUP raise \
         `Terminated`, SIGPIPE does nothing, others do what the system does.",
        reset,
    ),
    NativeDef::new("handler(signum, /)", "The function that `on` has set for a signal, or nil.", handler),
    NativeDef::new(
        "raise_signal(signum, /)",
        "Sends a signal to this process. What it does has happened when `raise_signal` returns.",
        raise_signal,
    ),
];

const SIGNALS: &[(&str, i32)] = &[
    ("SIGHUP", libc::SIGHUP),
    ("SIGINT", libc::SIGINT),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGILL", libc::SIGILL),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGABRT", libc::SIGABRT),
    ("SIGBUS", libc::SIGBUS),
    ("SIGFPE", libc::SIGFPE),
    ("SIGKILL", libc::SIGKILL),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGALRM", libc::SIGALRM),
    ("SIGTERM", libc::SIGTERM),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGCONT", libc::SIGCONT),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGURG", libc::SIGURG),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGPROF", libc::SIGPROF),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGIO", libc::SIGIO),
    ("SIGSYS", libc::SIGSYS),
];

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    for (name, number) in SIGNALS {
        let name = vm.heap.intern(name);
        module.add_slot(name, Value::int32(*number));
    }
    Ok(())
}

fn number_argument(vm: &mut Vm, args: Args<'_>) -> Result<i32, Raised> {
    match i32::try_from(vm.expect_index(args.at(0))?) {
        Ok(number @ 1..=64) => Ok(number),
        _ => Err(vm.value_error("signal number out of range")),
    }
}

fn set_action(vm: &mut Vm, number: i32, action: SignalAction) -> Result<(), Raised> {
    vm.host.set_signal(number, action).map_err(|error| vm.os_error(&error, None))
}

fn on(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let number = number_argument(vm, args)?;
    if !vm.is_callable(args.at(1)) {
        return Err(vm.type_error("signal handler must be a callable object"));
    }
    let before = vm.set_signal_function(number, Some(args.at(1)));
    if let Err(raised) = set_action(vm, number, SignalAction::Heard) {
        vm.set_signal_function(number, before);
        return Err(raised);
    }
    Ok(Value::NIL)
}

fn set_without_function(vm: &mut Vm, args: Args<'_>, action: SignalAction) -> NativeResult {
    let number = number_argument(vm, args)?;
    set_action(vm, number, action)?;
    vm.set_signal_function(number, None);
    Ok(Value::NIL)
}

fn default(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    set_without_function(vm, args, SignalAction::Default)
}

fn ignore(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    set_without_function(vm, args, SignalAction::Ignored)
}

fn reset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    set_without_function(vm, args, SignalAction::Original)
}

fn handler(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let number = number_argument(vm, args)?;
    Ok(vm.signal_function(number).unwrap_or(Value::NIL))
}

fn raise_signal(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let number = number_argument(vm, args)?;
    if let Err(error) = vm.host.send_signal(None, number) {
        return Err(vm.os_error(&error, None));
    }
    vm.pause()?;
    Ok(Value::NIL)
}
