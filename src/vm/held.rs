//! Generators that still have something to do: suspended inside a `try … finally` or a `with`.
//!
//! Such a generator owes its program the running of that block. Whoever drops it half-way (a loop that is left, say) will
//! not do it, so the VM does: the list here holds all of them, weakly. One that the program cannot reach any more is
//! closed soon after a collection has found that out; those that are left when the program ends are closed then. What
//! is hard: closing runs code of the program, which must not happen during a collection; it happens where signals are
//! heard as well.

use super::{Raised, Vm};
use crate::heap::Tracer;
use crate::value::{Gc, Generator, GeneratorState, Value};

/// The generators that were suspended inside such a block, in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Held {
    list: Vec<Gc<Generator>>,
    /// Those that nobody can reach and that are still to be closed, the oldest first.
    abandoned: Vec<Gc<Generator>>,
    next_serial: u64,
    closing: bool,
}

impl Held {
    /// The last part of marking: everything else that is alive has been marked.
    pub(crate) fn trace(&mut self, tracer: &mut Tracer) {
        let abandoned = &mut self.abandoned;
        self.list.retain(|generator| {
            if tracer.is_marked(generator.value()) {
                return generator.is_held.get();
            }
            if generator.owes_cleanup() {
                abandoned.push(*generator);
            }
            false
        });
        for generator in abandoned.iter() {
            tracer.mark(generator.value());
        }
    }

    /// Whether some are to be closed, and nobody does so already.
    #[inline]
    pub(crate) fn has_abandoned(&self) -> bool {
        !self.abandoned.is_empty() && !self.closing
    }
}

impl Vm {
    /// A generator was suspended, for the first time inside such a block.
    pub(crate) fn hold_generator(&mut self, generator: Gc<Generator>) {
        generator.is_held.set(true);
        let list = &mut self.held.list;
        let at = list.partition_point(|other| other.serial < generator.serial);
        list.insert(at, generator);
    }

    pub(crate) fn next_generator_serial(&mut self) -> u64 {
        self.held.next_serial += 1;
        self.held.next_serial
    }

    /// Closes the generators that nobody can reach any more.
    #[cold]
    pub(crate) fn close_abandoned(&mut self) {
        self.held.closing = true;
        let stop_value = self.stop_value;
        self.rooted(&[stop_value], |vm| {
            while vm.halted().is_none()
                && let Some(generator) = vm.held.abandoned.pop()
            {
                vm.close_held(generator);
            }
        });
        self.stop_value = stop_value;
        self.held.closing = false;
    }

    /// For the end of a program: closes the newest of all that are left; none when there is none.
    pub fn close_newest_generator(&mut self) -> Option<()> {
        let newest = |list: &[Gc<Generator>]| list.last().map_or(0, |generator| generator.serial);
        loop {
            self.held.abandoned.sort_by_key(|generator| generator.serial);
            let from = if newest(&self.held.list) > newest(&self.held.abandoned) {
                &mut self.held.list
            } else {
                &mut self.held.abandoned
            };
            let generator = from.pop()?;
            if generator.owes_cleanup() {
                self.close_held(generator);
                return Some(());
            }
        }
    }

    fn close_held(&mut self, generator: Gc<Generator>) {
        let closed = self.rooted(&[generator.value()], |vm| vm.close_generator(generator));
        if let Err(Raised(exception)) = closed
            && self.halted().is_none()
        {
            let what = format!("in generator '{}'", generator.closure.proto.name.as_str());
            self.ignore_exception(exception, &what);
        }
    }

    /// An exception was raised where nobody can catch it: it is shown and has no consequences.
    pub fn ignore_exception(&mut self, exception: Value, what: &str) {
        let ignore = self.on_ignored;
        self.rooted(&[exception], |vm| ignore(vm, exception, what));
    }
}

impl Generator {
    /// Whether it is suspended where something is still to be run.
    fn owes_cleanup(&self) -> bool {
        self.state.get() == GeneratorState::Suspended && self.stands_in_cleanup()
    }

    /// Whether the place where it would go on is inside a `try … finally` or a `with`.
    pub(crate) fn stands_in_cleanup(&self) -> bool {
        let at = self.pc.get().saturating_sub(1) as u32;
        let handlers = &self.closure.proto.code.handlers;
        handlers.iter().any(|range| range.cleanup && range.start <= at && at < range.end)
    }
}
