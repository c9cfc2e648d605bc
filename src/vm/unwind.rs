//! Unwinding: how an exception finds its handler, and how signals become exceptions.
//!
//! Nothing is done when a `try` is entered; the code's range tables say where each exception goes. The same holds
//! for "the exception that is being handled", which becomes the context of a new one: it is found by looking
//! at what handlers the frames are in, from the innermost outwards, and is kept nowhere.

#![allow(unsafe_code)]

use super::stack::Frame;
use super::{Exc, Halt, Raised, Vm};
use crate::bytecode::code::HandlerRange;
use crate::value::{ExceptionSlot, Gc, Instance, TraceEntry, Traceback, Value};

impl Vm {
    /// Finds the handler of an exception among the frames down to number `entry`, which was entered from native
    /// code. On success the top frame goes on at its handler; else those frames are gone and the exception is
    /// the caller's. `again`: it was caught and goes on as if it had not been, so the frame is noted already.
    pub(crate) fn unwind(&mut self, raised: Raised, entry: usize, again: bool) -> Result<(), Raised> {
        let exception = raised.0.as_object::<Instance>();
        let halted = self.halted.is_some();
        if let Some(exception) = exception
            && !again
            && !halted
            // One with a traceback got its context where it was raised (`raise` sees to that itself).
            && exception.slot(ExceptionSlot::Traceback as usize).is_nil()
        {
            self.set_context(exception);
        }
        let mut noted = again;
        while let Some(frame) = self.stack.frames.last().copied() {
            let pc = frame.pc_index();
            let proto = frame.closure.proto;
            if let Some(exception) = exception
                && !noted
            {
                self.note_frame(exception, TraceEntry { proto, pc: pc as u32 }, frame);
            }
            noted = false;
            if !halted && let Some(range) = handler_for(&proto.code.handlers, pc) {
                // SAFETY: verified code names a register of the frame and a word of the code.
                unsafe {
                    *frame.base.add(range.register as usize) = raised.0;
                    if let Some(top) = self.stack.frames.last_mut() {
                        top.pc = proto.words.add(range.target as usize);
                    }
                }
                return Ok(());
            }
            self.stack.frames.pop();
            if self.stack.frames.len() <= entry {
                break;
            }
        }
        Err(raised)
    }

    fn note_frame(&mut self, exception: Gc<Instance>, entry: TraceEntry, frame: Frame) {
        let slot = ExceptionSlot::Traceback as usize;
        let traceback = match exception.slot(slot).as_object::<Traceback>() {
            Some(traceback) => traceback,
            None => {
                let traceback = Traceback::new(&mut self.heap);
                exception.set_slot(slot, traceback.value());
                if self.keeps_values {
                    // SAFETY: the registers of a frame on the stack lie within the stack.
                    let registers = unsafe { std::slice::from_raw_parts(frame.base, frame.registers()) };
                    traceback.values.push(frame.closure.value());
                    registers.iter().for_each(|value| traceback.values.push(*value));
                }
                traceback
            }
        };
        traceback.entries.push(entry);
    }

    /// The exception that is being handled where the program stands.
    pub(crate) fn handled(&self) -> Option<Gc<Instance>> {
        let frames = self.stack.frames.get(self.stack.handling_floor..).unwrap_or(&[]);
        for frame in frames.iter().rev() {
            let code = &frame.closure.proto.code;
            if code.handling.is_empty() {
                continue;
            }
            let pc = frame.pc_index() as u32;
            for range in code.handling.iter().filter(|range| range.start <= pc && pc < range.end) {
                // SAFETY: verified code names a register of the frame.
                let value = unsafe { *frame.base.add(range.register as usize) };
                if let Some(exception) = value.as_object::<Instance>() {
                    return Some(exception);
                }
            }
        }
        None
    }

    /// Gives a newly raised exception the one being handled as its context.
    pub(crate) fn set_context(&mut self, exception: Gc<Instance>) {
        let slot = ExceptionSlot::Context as usize;
        let Some(handled) = self.handled() else { return };
        if handled == exception || exception.slot(slot) == handled.value() {
            return;
        }
        // As CPython does: if the new exception is among the contexts of the handled one, cut it out there, so that no
        // circle comes about. The chain itself may be a circle that the program made; the hare's half speed sees it.
        let mut at = handled;
        let mut slow = handled;
        let mut step = false;
        while let Some(next) = at.slot(slot).as_object::<Instance>() {
            if next == exception {
                at.set_slot(slot, Value::NIL);
                break;
            }
            at = next;
            if step && let Some(next) = slow.slot(slot).as_object::<Instance>() {
                slow = next;
                if slow == at {
                    break;
                }
            }
            step = !step;
        }
        exception.set_slot(slot, handled.value());
    }

    /// What `raise value` raises: an exception, or an instance of an exception class.
    pub(crate) fn raisable(&mut self, value: Value) -> Raised {
        if let Some(class) = value.as_object::<crate::value::Class>()
            && class.is_subclass_of(self.exception_class(Exc::BaseException))
        {
            return match self.call(value, &[]) {
                Ok(instance) if self.is_exception(instance, Exc::BaseException) => Raised(instance),
                Ok(other) => {
                    let message = format!(
                        "calling {} should have returned an instance of BaseException, not {}",
                        class.name.get().as_str(),
                        self.type_name(other)
                    );
                    self.type_error(message)
                }
                Err(raised) => raised,
            };
        }
        if self.is_exception(value, Exc::BaseException) {
            return Raised(value);
        }
        self.type_error("exceptions must derive from BaseException")
    }

    /// What `raise value from cause` raises.
    pub(crate) fn raisable_from(&mut self, value: Value, cause: Value) -> Raised {
        let raised = self.raisable(value);
        let mark = self.roots.len();
        self.roots.push(raised.0);
        let cause = if cause.is_nil() || self.is_exception(cause, Exc::BaseException) {
            Ok(cause)
        } else {
            match cause.as_object::<crate::value::Class>() {
                Some(class) if class.is_subclass_of(self.exception_class(Exc::BaseException)) => {
                    self.call(cause, &[])
                }
                _ => Err(self.type_error("exception causes must derive from BaseException")),
            }
        };
        self.roots.truncate(mark);
        match cause {
            Ok(cause) => {
                if let Some(exception) = raised.0.as_object::<Instance>() {
                    exception.set_slot(ExceptionSlot::Cause as usize, cause);
                    exception.suppress_context();
                }
                raised
            }
            Err(other) => other,
        }
    }

    /// Whether an `except` with these types catches an exception.
    pub(crate) fn matches(&mut self, exception: Value, types: Value) -> Result<bool, Raised> {
        if let Some(tuple) = types.as_object::<crate::value::Tuple>() {
            for ty in tuple.items() {
                if self.matches(exception, *ty)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        match types.as_object::<crate::value::Class>() {
            Some(class) if class.is_subclass_of(self.exception_class(Exc::BaseException)) => Ok(exception
                .as_object::<Instance>()
                .is_some_and(|instance| instance.class().is_subclass_of(class))),
            _ => {
                Err(self.type_error("catching classes that do not inherit from BaseException is not allowed"))
            }
        }
    }

    /// Looks whether something from outside wants to be heard: a signal, an alarm, or the end of the step budget. Called
    /// when the counter runs out, and by natives that work or wait for long.
    pub fn check_interrupt(&mut self) -> Result<(), Raised> {
        if self.halted.is_some() {
            return Err(Raised(Value::NIL));
        }
        if let Some(limit) = self.limits.steps
            && self.alarms.total() >= limit
        {
            return Err(self.halt(Halt::Steps));
        }
        self.ring_alarms()?;
        if !self.hears_signals() {
            return Ok(());
        }
        match self.take_signal() {
            Some(signal) => (self.on_signal)(self, signal),
            None => Ok(()),
        }
    }

    /// Stops the program for good: everything unwinds, and no handler of the program runs.
    pub fn halt(&mut self, why: Halt) -> Raised {
        self.halted = Some(why);
        Raised(Value::NIL)
    }

    /// The counter ran out.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuel(&mut self) -> Result<(), Raised> {
        let is_over = self.renew_grant();
        self.hear()?;
        if self.held.has_abandoned() {
            self.close_abandoned();
        }
        self.safepoint()?;
        if is_over { self.pass_turn() } else { Ok(()) }
    }
}

fn handler_for(handlers: &[HandlerRange], pc: usize) -> Option<HandlerRange> {
    handlers.iter().find(|range| range.start as usize <= pc && pc < range.end as usize).copied()
}
