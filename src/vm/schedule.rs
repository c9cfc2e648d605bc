//! Who runs next: the run queue, who waits for what, and who sleeps until when.
//!
//! Pure data: it knows threads by their numbers and no values, and it switches nothing (`threads.rs` does). All orders
//! in it are first come, first served, so that nobody starves and a run is the same each time; with a seed, the next
//! thread and the length of its turn are drawn from a generator of that seed, and are the same for the same seed.
//!
//! What is hard: a thread may wait for something and for a moment at once, and is in two orders then; whatever comes
//! first must take it out of the other. Both orders name a wait by its number, which is never used twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rustc_hash::FxHashMap;

/// A thread's number; they are given in the order of starting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ThreadId(pub(super) u64);

impl ThreadId {
    /// What somebody waits for who waits for the thread's end.
    pub fn key(self) -> WaitKey {
        (Waited::Thread, self.0)
    }
}

/// The thread that the program begins with.
pub const MAIN: ThreadId = ThreadId(0);

/// The longest turn, in steps. It is a prime, lest the turns of a loop that takes a few steps each time round always end at
/// the same place in it, and never where the program has a race.
pub(super) const TURN: u64 = 4093;

/// What a thread can wait for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Waited {
    Lock,
    Event,
    /// Something to take out of a queue.
    Item,
    /// Room to put something into a queue.
    Room,
    /// That all tasks of a queue are done.
    Tasks,
    /// The end of a thread.
    Thread,
    /// That another thread has imported a module.
    Module,
    /// The end of all threads that the program waits for at its end.
    Threads,
}

/// A thing that is waited for: what it is, and the number of the one that is meant.
pub type WaitKey = (Waited, u64);

/// Why a wait is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WakeReason {
    /// Somebody woke the thread.
    Woken,
    /// The moment came.
    TimedOut,
    /// Something else wants to be looked at.
    Disturbed,
}

#[derive(Debug)]
struct Wait {
    number: u64,
    key: Option<WaitKey>,
    deadline: Option<Duration>,
}

/// The threads of one interpreter, as far as it matters who runs.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    ready: VecDeque<ThreadId>,
    waits: FxHashMap<ThreadId, Wait>,
    queues: BTreeMap<(WaitKey, u64), ThreadId>,
    sleepers: BTreeSet<(Duration, u64, ThreadId)>,
    woken: FxHashMap<ThreadId, WakeReason>,
    next_wait: u64,
    /// The first of those that can run is next, whatever chance says.
    is_hurried: bool,
    random: Option<Random>,
}

impl Schedule {
    /// Draws who is next, and for how long, from a generator of this seed.
    pub(super) fn seed(&mut self, seed: u64) {
        self.random = Some(Random(seed));
    }

    /// How long the next turn is.
    pub(super) fn turn(&mut self) -> u64 {
        match &mut self.random {
            None => TURN,
            // Short turns are as likely as long ones, for it is those that show races.
            Some(random) => {
                let longest = 1 << random.below(13);
                1 + random.below(longest)
            }
        }
    }

    /// The thread can run, behind all others that can.
    pub(super) fn make_ready(&mut self, thread: ThreadId) {
        self.ready.push_back(thread);
    }

    /// Whether somebody can run.
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The thread that runs next, which is in no order any more.
    pub(super) fn next(&mut self) -> Option<ThreadId> {
        let is_hurried = std::mem::take(&mut self.is_hurried);
        match &mut self.random {
            Some(random) if self.ready.len() > 1 && !is_hurried => {
                let at = random.below(self.ready.len() as u64) as usize;
                self.ready.remove(at)
            }
            _ => self.ready.pop_front(),
        }
    }

    /// The thread waits, for something or for a moment or both.
    pub(super) fn wait(&mut self, thread: ThreadId, key: Option<WaitKey>, deadline: Option<Duration>) {
        let number = self.next_wait;
        self.next_wait += 1;
        if let Some(key) = key {
            self.queues.insert((key, number), thread);
        }
        if let Some(deadline) = deadline {
            self.sleepers.insert((deadline, number, thread));
        }
        self.waits.insert(thread, Wait { number, key, deadline });
    }

    /// Ends a thread's wait; false if it does not wait.
    pub(super) fn wake(&mut self, thread: ThreadId, reason: WakeReason) -> bool {
        if !self.end_wait(thread) {
            return false;
        }
        self.woken.insert(thread, reason);
        self.ready.push_back(thread);
        true
    }

    fn end_wait(&mut self, thread: ThreadId) -> bool {
        let Some(wait) = self.waits.remove(&thread) else { return false };
        if let Some(key) = wait.key {
            self.queues.remove(&(key, wait.number));
        }
        if let Some(deadline) = wait.deadline {
            self.sleepers.remove(&(deadline, wait.number, thread));
        }
        true
    }

    /// Ends the wait of the thread that has waited longest for something: which one.
    pub(super) fn wake_first(&mut self, key: WaitKey) -> Option<ThreadId> {
        let (_, thread) = self.queues.range((key, 0)..=(key, u64::MAX)).next()?;
        let thread = *thread;
        self.wake(thread, WakeReason::Woken);
        Some(thread)
    }

    /// How many wait for something.
    pub(super) fn waiting_for(&self, key: WaitKey) -> usize {
        self.queues.range((key, 0)..=(key, u64::MAX)).count()
    }

    /// Ends the waits of those whose moment has come.
    pub(super) fn expire(&mut self, now: Duration) {
        while let Some((deadline, _, thread)) = self.sleepers.first().copied()
            && deadline <= now
        {
            self.wake(thread, WakeReason::TimedOut);
        }
    }

    /// The next moment that somebody waits for.
    pub(super) fn nearest(&self) -> Option<Duration> {
        self.sleepers.first().map(|(deadline, ..)| *deadline)
    }

    /// Has a thread run next, whatever it did.
    pub(super) fn hurry(&mut self, thread: ThreadId) {
        if self.end_wait(thread) {
            self.woken.insert(thread, WakeReason::Disturbed);
        } else {
            self.ready.retain(|ready| *ready != thread);
        }
        self.ready.push_front(thread);
        self.is_hurried = true;
    }

    /// Why the last wait of a thread ended.
    pub(super) fn take_reason(&mut self, thread: ThreadId) -> WakeReason {
        self.woken.remove(&thread).unwrap_or(WakeReason::Disturbed)
    }

    /// What a thread waits for, if it waits for something.
    pub(super) fn waited_for(&self, thread: ThreadId) -> Option<WaitKey> {
        self.waits.get(&thread)?.key
    }

    /// Those that wait, the longest first.
    pub(super) fn waiting(&self) -> Vec<ThreadId> {
        let mut list: Vec<(u64, ThreadId)> =
            self.waits.iter().map(|(thread, wait)| (wait.number, *thread)).collect();
        list.sort_unstable();
        list.into_iter().map(|(_, thread)| thread).collect()
    }

    /// The thread is no more.
    pub(super) fn remove(&mut self, thread: ThreadId) {
        self.end_wait(thread);
        self.woken.remove(&thread);
        self.ready.retain(|ready| *ready != thread);
    }
}

/// A small generator of random numbers (SplitMix64), which is the same everywhere.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: WaitKey = (Waited::Lock, 7);
    const OTHER: WaitKey = (Waited::Lock, 8);

    fn id(n: u64) -> ThreadId {
        ThreadId(n)
    }

    fn at(n: u64) -> Option<Duration> {
        Some(Duration::from_secs(n))
    }

    fn order(schedule: &mut Schedule) -> Vec<u64> {
        std::iter::from_fn(|| schedule.next()).map(|thread| thread.0).collect()
    }

    #[test]
    fn turns_are_taken_in_order() {
        let mut schedule = Schedule::default();
        for n in [3, 1, 2] {
            schedule.make_ready(id(n));
        }
        assert_eq!(order(&mut schedule), [3, 1, 2]);
        assert!(!schedule.has_ready());
    }

    #[test]
    fn who_waits_longest_is_woken_first_and_only_for_its_key() {
        let mut schedule = Schedule::default();
        schedule.wait(id(2), Some(LOCK), None);
        schedule.wait(id(1), Some(LOCK), None);
        schedule.wait(id(3), Some(OTHER), None);
        assert_eq!(schedule.waiting_for(LOCK), 2);
        assert_eq!(schedule.wake_first(LOCK), Some(id(2)));
        assert_eq!(schedule.wake_first(LOCK), Some(id(1)));
        assert_eq!(schedule.wake_first(LOCK), None);
        assert_eq!(schedule.waiting(), [id(3)]);
        assert_eq!(order(&mut schedule), [2, 1]);
        assert_eq!(schedule.take_reason(id(2)), WakeReason::Woken);
    }

    #[test]
    fn a_wait_that_times_out_is_in_no_queue_any_more() {
        let mut schedule = Schedule::default();
        schedule.wait(id(1), Some(LOCK), at(5));
        schedule.wait(id(2), Some(LOCK), at(3));
        assert_eq!(schedule.nearest(), at(3));
        schedule.expire(Duration::from_secs(3));
        assert_eq!(schedule.take_reason(id(2)), WakeReason::TimedOut);
        assert_eq!(schedule.wake_first(LOCK), Some(id(1)));
        assert_eq!(schedule.nearest(), None);
        schedule.expire(Duration::from_secs(9));
        assert_eq!(order(&mut schedule), [2, 1]);
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_moments() {
        let mut schedule = Schedule::default();
        for (n, moment) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
            schedule.wait(id(n), None, at(moment));
        }
        schedule.expire(Duration::from_secs(100));
        assert_eq!(order(&mut schedule), [2, 4, 3, 1]);
    }

    #[test]
    fn a_hurried_thread_is_next_whether_it_waited_or_not() {
        let mut schedule = Schedule::default();
        schedule.make_ready(id(1));
        schedule.make_ready(MAIN);
        schedule.hurry(MAIN);
        assert_eq!(order(&mut schedule), [0, 1]);
        schedule.make_ready(id(1));
        schedule.wait(MAIN, Some(LOCK), at(1));
        schedule.hurry(MAIN);
        assert_eq!(schedule.waiting_for(LOCK), 0);
        assert_eq!(schedule.nearest(), None);
        assert_eq!(order(&mut schedule), [0, 1]);
        assert_eq!(schedule.take_reason(MAIN), WakeReason::Disturbed);
        for seed in 0..20 {
            schedule.seed(seed);
            (1..10).for_each(|n| schedule.make_ready(id(n)));
            schedule.hurry(id(5));
            assert_eq!(order(&mut schedule)[0], 5);
        }
    }

    #[test]
    fn a_removed_thread_is_nowhere() {
        let mut schedule = Schedule::default();
        schedule.wait(id(1), Some(LOCK), at(1));
        schedule.make_ready(id(2));
        schedule.remove(id(1));
        schedule.remove(id(2));
        assert_eq!(schedule.wake_first(LOCK), None);
        assert_eq!(schedule.next(), None);
        assert!(schedule.waiting().is_empty());
    }

    #[test]
    fn a_seed_decides_the_order_and_the_turns() {
        let run = |seed| {
            let mut schedule = Schedule::default();
            schedule.seed(seed);
            (0..20).for_each(|n| schedule.make_ready(id(n)));
            let turns: Vec<u64> = (0..20).map(|_| schedule.turn()).collect();
            (order(&mut schedule), turns)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1).0, run(2).0);
        assert_ne!(run(1).1, run(2).1);
        let (mut all, turns) = run(3);
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<u64>>());
        assert!(turns.iter().all(|turn| (1..=4096).contains(turn)));
    }
}
