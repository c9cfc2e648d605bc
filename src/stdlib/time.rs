//! `time`: clocks, and waiting.

use std::time::Duration;

use crate::value::{NativeDef, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, Vm};

pub const MODULE: NativeModule = NativeModule {
    name: "time",
    doc: "Clocks, and waiting. Left out: dates and their texts (the module `datetime` has them), the clocks of \
              the processor, and setting a clock.",
    functions: FUNCTIONS,
    setup: None,
};

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("time()", "Seconds since the start of 1970.", time),
    NativeDef::new("monotonic()", "Seconds of a clock that never goes back.", monotonic),
    NativeDef::new("perf_counter()", "Seconds of a clock for measuring short times.", monotonic),
    NativeDef::new("time_ns()", "Nanoseconds since the start of 1970.", time_ns),
    NativeDef::new("monotonic_ns()", "Nanoseconds of a clock that never goes back.", monotonic_ns),
    NativeDef::new("perf_counter_ns()", "Nanoseconds of a clock for measuring short times.", monotonic_ns),
    NativeDef::new("process_time()", "Seconds of processor time that the program has used.", process_time),
    NativeDef::new(
        "process_time_ns()",
        "Nanoseconds of processor time that the program has used.",
        process_time_ns,
    ),
    NativeDef::new("sleep(seconds, /)", "Waits so many seconds. Other threads run meanwhile.", sleep),
];

fn time(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::float(vm.host.now().as_secs_f64()))
}

fn monotonic(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::float(vm.host.monotonic().as_secs_f64()))
}

fn time_ns(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let now = vm.host.now();
    Ok(nanoseconds(vm, now))
}

fn monotonic_ns(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let now = vm.host.monotonic();
    Ok(nanoseconds(vm, now))
}

fn process_time(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    Ok(Value::float(vm.host.processor_time().as_secs_f64()))
}

fn process_time_ns(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let time = vm.host.processor_time();
    Ok(nanoseconds(vm, time))
}

fn nanoseconds(vm: &mut Vm, duration: Duration) -> Value {
    vm.heap.int(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

/// A number of seconds.
pub(super) fn seconds(vm: &mut Vm, value: Value) -> Result<f64, Raised> {
    match (value.as_int(), value.as_float()) {
        (Some(seconds), _) => Ok(seconds as f64),
        (_, Some(seconds)) if seconds.is_nan() => Err(vm.value_error("Invalid value NaN (not a number)")),
        (_, Some(seconds)) => Ok(seconds),
        _ => Ok(vm.expect_index(value)? as f64),
    }
}

/// The moment in so many seconds, on the clock of `Host::monotonic`.
pub(super) fn moment(vm: &mut Vm, seconds: f64) -> Result<Duration, Raised> {
    let wait = Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    let now = vm.host.monotonic();
    wait.and_then(|wait| now.checked_add(wait))
        .ok_or_else(|| vm.overflow_error("timestamp too large to convert to C PyTime_t"))
}

fn sleep(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let seconds = seconds(vm, args.at(0))?;
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    let until = moment(vm, seconds)?;
    vm.pause()?;
    vm.sleep_until(until)?;
    Ok(Value::NIL)
}
