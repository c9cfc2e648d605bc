//! 5.8: how long an exit handler may take, in seconds or in steps.
//!
//! A deadline is an alarm of the VM that raises `TimeoutError` where the handler stands. A handler that catches it and
//! goes on has as long again. What is hard: native code that does not come back hears no alarm; so a host that
//! can is asked to watch from outside, and ends the process when a second more has passed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::entry::Entry;
use crate::heap::Tracer;
use crate::vm::{AlarmId, Exc, StdlibState, Vm};

/// How much longer native code may take to hear of a deadline.
const GRACE: Duration = Duration::from_secs(1);

/// What each handler that starts from now on may take.
#[derive(Debug, Default)]
pub struct Deadline {
    pub seconds: Cell<Option<f64>>,
    /// Calls and backward jumps.
    pub steps: Cell<Option<u64>>,
}

impl StdlibState for Deadline {
    fn trace(&self, _: &mut Tracer) {}
}

/// The alarms of a handler that runs.
pub(super) struct Watch(Vec<Rc<Armed>>);

/// One limit of a handler that runs.
struct Armed {
    handler: String,
    limit: Limit,
    alarm: Cell<Option<AlarmId>>,
}

#[derive(Clone, Copy)]
enum Limit {
    Seconds(f64, Duration),
    Steps(u64),
}

/// A handler starts.
pub(super) fn begin(vm: &mut Vm, deadline: &Deadline, entry: &Entry) -> Watch {
    let mut armed = Vec::new();
    let seconds = deadline.seconds.get();
    let time = seconds.and_then(|s| Some(Limit::Seconds(s, Duration::try_from_secs_f64(s).ok()?)));
    for limit in [time, deadline.steps.get().map(Limit::Steps)].into_iter().flatten() {
        let limit = Rc::new(Armed { handler: entry.describe(), limit, alarm: Cell::new(None) });
        arm(vm, limit.clone());
        armed.push(limit);
    }
    Watch(armed)
}

/// It has ended.
pub(super) fn end(vm: &mut Vm, watch: Watch) {
    for armed in watch.0 {
        if let Some(alarm) = armed.alarm.take() {
            vm.cancel_alarm(alarm);
        }
        if let Limit::Seconds(..) = armed.limit {
            vm.host.watch(None);
        }
    }
}

fn arm(vm: &mut Vm, armed: Rc<Armed>) {
    let again = armed.clone();
    let ring = Rc::new(move |vm: &mut Vm| {
        let message = format!("{} ran past its deadline of {}", again.handler, again.limit.words());
        arm(vm, again.clone());
        Err(vm.error(Exc::TimeoutError, &message))
    });
    let alarm = match armed.limit {
        Limit::Seconds(_, after) => {
            let (handler, limit) = (&armed.handler, armed.limit.words());
            let message =
                format!("toy: {handler} is stuck past its deadline of {limit}; the process ends now\n");
            vm.host.watch(Some((after.saturating_add(GRACE), message)));
            vm.set_time_alarm(after, ring)
        }
        Limit::Steps(steps) => vm.set_step_alarm(steps, ring),
    };
    armed.alarm.set(Some(alarm));
}

impl Limit {
    fn words(self) -> String {
        match self {
            Limit::Seconds(1.0, _) => "1 second".to_string(),
            Limit::Seconds(seconds, _) => format!("{seconds} seconds"),
            Limit::Steps(1) => "1 step".to_string(),
            Limit::Steps(steps) => format!("{steps} steps"),
        }
    }
}
