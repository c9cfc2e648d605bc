//! A watchdog: ends the process when nobody has called it off in time.
//!
//! What is hard: whoever is watched may be stuck anywhere, so the watchdog is a thread of the system that shares nothing
//! but a moment with it. A forked child has no such thread; it makes one of its own when it needs one.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the thread and its owner share.
#[derive(Debug, Default)]
struct Shared {
    /// When the process is to end, and what is to be said then.
    until: Mutex<Option<(Instant, String)>>,
    changed: Condvar,
}

/// The owner's end.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    /// With the process that the thread is in.
    running: Option<(u32, Arc<Shared>)>,
}

impl Watchdog {
    /// Sets or calls off the moment. `bite` is called in the thread when it has come, and ends the process.
    pub(super) fn watch(&mut self, until: Option<(Duration, String)>, bite: fn(&str)) {
        let process = std::process::id();
        if self.running.as_ref().is_none_or(|(in_process, _)| *in_process != process) {
            // What a parent had is not touched: its thread may have held the lock when this process was made.
            std::mem::forget(self.running.take());
            if until.is_none() {
                return;
            }
            let shared = Arc::new(Shared::default());
            let in_thread = shared.clone();
            let started = std::thread::Builder::new().spawn(move || stand_guard(&in_thread, bite));
            if started.is_err() {
                // Without a thread nobody watches; deadlines are still heard by code that listens.
                return;
            }
            self.running = Some((process, shared));
        }
        if let Some((_, shared)) = &self.running {
            let until = until.and_then(|(after, said)| Some((Instant::now().checked_add(after)?, said)));
            *shared.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
            shared.changed.notify_one();
        }
    }
}

fn stand_guard(shared: &Shared, bite: fn(&str)) {
    let mut until = shared.until.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let left = until.as_ref().map(|(at, _)| at.saturating_duration_since(Instant::now()));
        until = match left {
            None => shared.changed.wait(until).unwrap_or_else(PoisonError::into_inner),
            Some(Duration::ZERO) => {
                if let Some((_, said)) = until.take() {
                    bite(&said);
                }
                until
            }
            Some(left) => shared.changed.wait_timeout(until, left).unwrap_or_else(PoisonError::into_inner).0,
        };
    }
}
