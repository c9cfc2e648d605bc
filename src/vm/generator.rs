//! Generators: a generator's frame is put on the stack to run, and taken off it at each `yield`.
//!
//! What is hard: while it runs, its registers are on the stack and nowhere else; while it does not, they are
//! in the generator. `running` says whose frame was entered by a resumption, so that `yield` finds its generator.

#![allow(unsafe_code)]

use toy_grammar::deep::maybe_grow;

use super::stack::{Frame, SLACK};
use super::{Exc, NativeResult, Raised, Vm};
use crate::bytecode::opcodes::{Op, Word};
use crate::value::{Closure, Gc, Generator, GeneratorState, Instance, Value};

/// How a suspended generator is entered.
#[derive(Clone, Copy, Debug)]
pub enum Resume {
    /// With the value of its `yield`.
    Send(Value),
    /// With an exception raised at its `yield`.
    Throw(Raised),
}

/// What came of handing on to the iterator of a `yield from`.
enum HandedOn {
    /// It has another item, which the generator yields.
    Yielded(Value),
    /// It has ended: the value of the `yield from`.
    Ended(Value),
    /// The generator itself goes on, in this way.
    Not(Resume),
}

/// The iterator of the `yield from` at which a generator stands, if it does.
///
/// # Safety
/// `base` and `pc` are those of a suspended generator.
unsafe fn delegate(base: *mut Value, pc: *const Word) -> Option<Value> {
    // SAFETY: a suspended generator stands behind its `Yield`, or at its `YieldFrom`, which comes behind a `GetIter`.
    unsafe {
        let stands = (*pc).op_byte() == Op::YieldFrom as u8 && (*pc.sub(1)).op_byte() != Op::Yield as u8;
        stands.then(|| *base.add((*pc).a()))
    }
}

/// Gives a `yield` its value: the instruction before the place to go on at, unless that is a `yield from`, which is
/// executed again.
///
/// # Safety
/// `base` and `pc` are those of a suspended generator.
unsafe fn deliver(base: *mut Value, pc: *const Word, value: Value) {
    // SAFETY: if the generator stands at no `yield from`, it stands behind its `Yield`.
    unsafe {
        if delegate(base, pc).is_none() {
            base.add((*pc.sub(1)).a()).write(value);
        }
    }
}

impl Vm {
    /// What calling a generator function makes: the arguments stand bound from `args` on.
    pub(crate) fn new_generator(&mut self, closure: Gc<Closure>, args: *mut Value) -> NativeResult {
        let params = &closure.proto.code.params;
        let given = params.names.len() + params.rest.is_some() as usize + params.options.is_some() as usize;
        let mut registers = vec![Value::NIL; closure.proto.registers as usize];
        for (i, register) in registers.iter_mut().enumerate().take(given) {
            // SAFETY: the parameters were bound to the words from `args` on.
            *register = unsafe { *args.add(i) };
        }
        let serial = self.next_generator_serial();
        Ok(Generator::new(&mut self.heap, closure, registers, serial).value())
    }

    /// Runs a generator up to its next `yield`: the value, or none when it ended (then `stop_value` is what it
    /// returned).
    pub fn resume(&mut self, generator: Gc<Generator>, how: Resume) -> Result<Option<Value>, Raised> {
        match generator.state.get() {
            GeneratorState::Running => return Err(self.value_error("generator already executing")),
            GeneratorState::Done => {
                self.stop_value = Value::NIL;
                return match how {
                    Resume::Send(_) => Ok(None),
                    Resume::Throw(raised) => Err(raised),
                };
            }
            GeneratorState::Created => match how {
                Resume::Send(value) if !value.is_nil() => {
                    return Err(self.type_error("can't send non-nil value to a just-started generator"));
                }
                Resume::Throw(raised) => {
                    generator.end();
                    return Err(raised);
                }
                Resume::Send(_) => {}
            },
            GeneratorState::Suspended => {}
        }
        maybe_grow(256 * 1024, 2 * 1024 * 1024, || self.run_generator(generator, how))
    }

    fn run_generator(&mut self, generator: Gc<Generator>, how: Resume) -> Result<Option<Value>, Raised> {
        let closure = generator.closure;
        let registers = generator.registers.take();
        let base = self.stack.top();
        // SAFETY: the end is only compared here.
        let end = unsafe { base.add(registers.len()) };
        let full = end >= self.stack.soft_end || self.stack.frames.len() >= self.stack.soft_frames;
        // SAFETY: the slack is part of the stack.
        if full && !self.stack.grow(unsafe { end.add(SLACK) }) {
            generator.registers.replace(registers);
            return Err(self.recursion_error());
        }
        for (i, register) in registers.iter().enumerate() {
            // SAFETY: the stack has room for the registers.
            unsafe { base.add(i).write(*register) };
        }
        let started = generator.state.get() == GeneratorState::Suspended;
        // SAFETY: the place is a word of the code.
        let pc = unsafe { closure.proto.words.add(generator.pc.get()) };
        let entry = self.stack.frames.len();
        self.stack.frames.push(Frame { closure, base, pc, result: std::ptr::null_mut() });
        generator.state.set(GeneratorState::Running);
        self.running.push(generator);
        // SAFETY: it has been started, and so is suspended.
        let handed_on = match if started { unsafe { delegate(base, pc) } } else { None } {
            Some(iterator) => self.hand_on(iterator, how),
            None => HandedOn::Not(how),
        };
        let entered = match handed_on {
            HandedOn::Yielded(value) => {
                self.suspend_generator();
                self.running.pop();
                return Ok(Some(value));
            }
            HandedOn::Ended(value) => {
                self.leave_yield_from(value);
                Ok(())
            }
            HandedOn::Not(Resume::Send(value)) => {
                if started {
                    // SAFETY: a suspended generator stands behind its `Yield`, or at its `YieldFrom`.
                    unsafe { deliver(base, pc, value) };
                }
                Ok(())
            }
            HandedOn::Not(Resume::Throw(raised)) => self.unwind(raised, entry, false),
        };
        let result = entered.and_then(|()| self.execute(entry));
        self.running.pop();
        match result {
            Ok(value) if generator.state.get() == GeneratorState::Suspended => Ok(Some(value)),
            Ok(value) => {
                generator.end();
                self.stop_value = value;
                Ok(None)
            }
            Err(raised) => {
                generator.end();
                if self.is_exception(raised.0, Exc::StopIteration) {
                    return Err(self.stop_iteration_escaped(raised));
                }
                Err(raised)
            }
        }
    }

    /// What a generator that stands at a `yield from` is resumed with is for the iterator there. Its frame is the
    /// innermost one.
    fn hand_on(&mut self, iterator: Value, how: Resume) -> HandedOn {
        let inner = iterator.as_object::<Generator>();
        let result = match how {
            // The instruction itself asks for the next item.
            Resume::Send(value) if value.is_nil() => return HandedOn::Not(how),
            Resume::Throw(raised) if self.is_exception(raised.0, Exc::GeneratorExit) => {
                let closed = match inner {
                    Some(inner) => self.rooted(&[raised.0], |vm| vm.close_generator(inner)),
                    None => self
                        .rooted(&[raised.0], |vm| vm.call_if_there(iterator, "close", &[]))
                        .map(|_| Value::NIL),
                };
                return HandedOn::Not(Resume::Throw(closed.err().unwrap_or(raised)));
            }
            how => match inner {
                Some(inner) => self.resume(inner, how),
                None => match how {
                    Resume::Send(value) => {
                        let send = self.heap.intern("send");
                        self.get_attr(iterator, send).and_then(|send| self.call(send, &[value])).map(Some)
                    }
                    Resume::Throw(raised) => {
                        match self.rooted(&[raised.0], |vm| vm.call_if_there(iterator, "throw", &[raised.0]))
                        {
                            Ok(None) => Err(raised),
                            result => result,
                        }
                    }
                },
            },
        };
        match result {
            Ok(Some(value)) => HandedOn::Yielded(value),
            Ok(None) => HandedOn::Ended(self.take_stop_value()),
            Err(Raised(exception)) if inner.is_none() && self.is_exception(exception, Exc::StopIteration) => {
                let value = self.sym(super::Sym::Value);
                let value = exception.as_object::<Instance>().and_then(|exception| exception.get(value));
                HandedOn::Ended(value.unwrap_or(Value::NIL))
            }
            Err(raised) => HandedOn::Not(Resume::Throw(raised)),
        }
    }

    /// Calls a method, if the object has it.
    fn call_if_there(&mut self, object: Value, name: &str, args: &[Value]) -> Result<Option<Value>, Raised> {
        let name = self.heap.intern(name);
        match self.find_attr(object, name)? {
            Some(method) => self.call(method, args).map(Some),
            None => Ok(None),
        }
    }

    /// Goes on behind the `yield from` at which the innermost frame stands.
    fn leave_yield_from(&mut self, value: Value) {
        if let Some(frame) = self.stack.frames.last_mut() {
            // SAFETY: the frame stands at a `YieldFrom`, which no code ends with; the register is its own.
            unsafe {
                frame.base.add((*frame.pc).a()).write(value);
                frame.pc = frame.pc.add(1);
            }
        }
    }

    /// Takes the running generator's frame off the stack.
    pub(crate) fn suspend_generator(&mut self) {
        let (Some(frame), Some(generator)) = (self.stack.frames.pop(), self.running.last().copied()) else {
            return;
        };
        // SAFETY: the frame's registers lie within the stack.
        let registers = unsafe { std::slice::from_raw_parts(frame.base, frame.registers()) }.to_vec();
        generator.registers.replace(registers);
        // SAFETY: the place is a word of the code.
        generator.pc.set(unsafe { frame.pc.offset_from(frame.closure.proto.words) } as usize);
        generator.state.set(GeneratorState::Suspended);
        let has_handlers = !generator.closure.proto.code.handlers.is_empty();
        if has_handlers && !generator.is_held.get() && generator.stands_in_cleanup() {
            self.hold_generator(generator);
        }
    }

    /// What the iterator that ended last returned, for `yield from`.
    pub(crate) fn take_stop_value(&mut self) -> Value {
        std::mem::replace(&mut self.stop_value, Value::NIL)
    }

    /// A `StopIteration` that leaves a generator would end somebody else's loop.
    fn stop_iteration_escaped(&mut self, raised: Raised) -> Raised {
        let error = self.runtime_error("generator raised StopIteration");
        if let Some(exception) = error.0.as_object::<Instance>() {
            exception.set_slot(crate::value::ExceptionSlot::Cause as usize, raised.0);
            exception.set_slot(crate::value::ExceptionSlot::Context as usize, raised.0);
            exception.suppress_context();
        }
        error
    }

    /// `generator.close()`: what it returned when it was told to end, or nil.
    pub fn close_generator(&mut self, generator: Gc<Generator>) -> NativeResult {
        match generator.state.get() {
            GeneratorState::Done => return Ok(Value::NIL),
            GeneratorState::Created => {
                generator.end();
                return Ok(Value::NIL);
            }
            _ => {}
        }
        let exit = self.error_with(Exc::GeneratorExit, &[]);
        match self.resume(generator, Resume::Throw(exit)) {
            Ok(None) => Ok(self.take_stop_value()),
            Ok(Some(_)) => Err(self.runtime_error("generator ignored GeneratorExit")),
            Err(raised) if self.is_exception(raised.0, Exc::GeneratorExit) => Ok(Value::NIL),
            Err(raised) => Err(raised),
        }
    }
}
