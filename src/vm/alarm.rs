//! Alarms: what is to happen after an exact number of steps, or at a moment.
//!
//! A step is a call or a backward jump, as the loop counts them. The loop has a grant of steps, which is cut short
//! where an alarm is due, so that nothing is paid for alarms until one rings. What is hard: calls from native code run
//! in a loop of their own with the rest of the grant, while the loop outside keeps its own; an alarm rings where
//! the first of them has used its grant up. For code without such calls in it the count is exact, for other code
//! it is the same in every run.

use std::rc::Rc;
use std::time::Duration;

use super::schedule::TURN;
use super::{Raised, Vm};

/// What an alarm does: it may raise where the program stands. It must hold no values, for nobody traces it.
pub type AlarmAction = Rc<dyn Fn(&mut Vm) -> Result<(), Raised>>;

/// Names an alarm that was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmId(u64);

/// When an alarm rings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    Step(u64),
    /// On the clock of `Host::monotonic`.
    Moment(Duration),
}

struct Alarm {
    id: AlarmId,
    when: When,
    action: AlarmAction,
}

/// The alarms that a thread has set, and the count of its steps.
pub(crate) struct Alarms {
    list: Vec<Alarm>,
    /// Those that ring when native code next calls a Toy function.
    at_entry: Vec<(AlarmId, AlarmAction)>,
    next_id: u64,
    /// Steps up to the present grant.
    pub(crate) steps: u64,
    /// The present grant.
    granted: u64,
    /// The count of steps at which it is the turn of another thread.
    turn_ends: u64,
    /// The steps of all other threads.
    elsewhere: u64,
}

impl Alarms {
    /// None is set, and so many steps are granted.
    pub(crate) fn new(granted: u64) -> Alarms {
        Alarms {
            list: Vec::new(),
            at_entry: Vec::new(),
            next_id: 0,
            steps: 0,
            granted,
            turn_ends: TURN,
            elsewhere: 0,
        }
    }

    fn new_id(&mut self) -> AlarmId {
        self.next_id += 1;
        AlarmId(self.next_id)
    }

    /// The steps of all threads.
    pub(crate) fn total(&self) -> u64 {
        self.steps + self.elsewhere
    }

    /// Makes place for the alarms of the thread that runs next.
    pub(super) fn swap(&mut self, other: &mut Alarms) {
        other.elsewhere = self.total().saturating_sub(other.steps);
        other.next_id = self.next_id;
        std::mem::swap(self, other);
    }

    /// The next moment at which one rings.
    pub(super) fn next_moment(&self) -> Option<Duration> {
        let moments = self.list.iter().filter_map(|alarm| match alarm.when {
            When::Moment(at) => Some(at),
            When::Step(_) => None,
        });
        moments.min()
    }
}

impl Vm {
    /// Sets an alarm that rings after so many more steps, but at least one.
    pub fn set_step_alarm(&mut self, steps: u64, action: AlarmAction) -> AlarmId {
        self.settle_steps();
        let at = self.alarms.steps.saturating_add(steps.max(1));
        let id = self.add_alarm(When::Step(at), action);
        self.grant_steps();
        id
    }

    /// Sets an alarm that rings when so much time has passed.
    pub fn set_time_alarm(&mut self, after: Duration, action: AlarmAction) -> AlarmId {
        let at = self.host.monotonic().saturating_add(after);
        self.add_alarm(When::Moment(at), action)
    }

    /// Sets an alarm that rings when native code next calls a Toy function, before the first instruction of that.
    pub fn set_entry_alarm(&mut self, action: AlarmAction) -> AlarmId {
        let id = self.alarms.new_id();
        self.alarms.at_entry.push((id, action));
        id
    }

    /// A Toy function was entered from native code, and its frame, number `entry`, is there.
    #[inline(always)]
    pub(super) fn ring_at_entry(&mut self, entry: usize) -> Result<(), Raised> {
        if self.alarms.at_entry.is_empty() { Ok(()) } else { self.ring_those_at_entry(entry) }
    }

    #[cold]
    #[inline(never)]
    fn ring_those_at_entry(&mut self, entry: usize) -> Result<(), Raised> {
        for (_, action) in std::mem::take(&mut self.alarms.at_entry) {
            if let Err(raised) = action(self) {
                self.unwind(raised, entry, false)?;
            }
        }
        match self.hear() {
            Ok(()) => Ok(()),
            Err(raised) => self.unwind(raised, entry, false),
        }
    }

    /// The steps that the thread has taken.
    pub fn steps(&mut self) -> u64 {
        self.settle_steps();
        self.alarms.steps
    }

    fn add_alarm(&mut self, when: When, action: AlarmAction) -> AlarmId {
        let id = self.alarms.new_id();
        self.alarms.list.push(Alarm { id, when, action });
        id
    }

    /// Takes an alarm back; one that has rung is gone already.
    pub fn cancel_alarm(&mut self, id: AlarmId) {
        self.alarms.list.retain(|alarm| alarm.id != id);
        self.alarms.at_entry.retain(|(entry, _)| *entry != id);
    }

    /// How long a native may wait at a time, of the time that it wants to: until the next alarm at most, and not while
    /// another thread can run.
    pub fn longest_wait(&mut self, wanted: Duration) -> Duration {
        let wanted = self.wait_beside_threads(wanted);
        match self.alarms.next_moment() {
            Some(at) => wanted.min(at.saturating_sub(self.host.monotonic())),
            None => wanted,
        }
    }

    /// Lets the alarms ring that are due: each once.
    pub(crate) fn ring_alarms(&mut self) -> Result<(), Raised> {
        if self.alarms.list.is_empty() {
            return Ok(());
        }
        let steps = self.alarms.steps;
        let now = self.host.monotonic();
        let is_due = |alarm: &Alarm| match alarm.when {
            When::Step(at) => at <= steps,
            When::Moment(at) => at <= now,
        };
        while let Some(i) = self.alarms.list.iter().position(is_due) {
            let alarm = self.alarms.list.remove(i);
            (alarm.action)(self)?;
        }
        Ok(())
    }

    /// The grant is used up: counts it, and makes the next one. Whether the thread's turn is over.
    pub(crate) fn renew_grant(&mut self) -> bool {
        self.alarms.steps += self.alarms.granted;
        let is_over = self.alarms.steps >= self.alarms.turn_ends;
        if is_over {
            self.alarms.turn_ends = self.alarms.steps + self.next_turn();
        }
        self.grant_steps();
        is_over
    }

    /// Counts what is used of the present grant.
    fn settle_steps(&mut self) {
        let left = u64::try_from(self.fuel).unwrap_or(0);
        self.alarms.steps += self.alarms.granted.saturating_sub(left);
        self.alarms.granted = left;
    }

    fn grant_steps(&mut self) {
        let steps = self.alarms.steps;
        let next = self.alarms.list.iter().filter_map(|alarm| match alarm.when {
            When::Step(at) => Some(at.saturating_sub(steps)),
            When::Moment(_) => None,
        });
        let turn = self.alarms.turn_ends.saturating_sub(steps);
        self.alarms.granted = next.fold(turn, u64::min).clamp(1, TURN);
        self.fuel = self.alarms.granted as i32;
    }
}
