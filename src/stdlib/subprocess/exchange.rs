//! Talking to a program: its input goes in while what it says comes out, however much either is.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;

use super::super::io::pipe::{close_quietly, descriptor, read_ready, write_ready};
use super::{Classes, deadline, time_left};
use crate::heap::Tracer;
use crate::value::{Bytes, Foreign, ForeignData, Gc, NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

pub(super) const EXCHANGE: NativeDef =
    NativeDef::new("_exchange(stdin, input, stdout, stderr)", "", exchange);

pub(super) static METHODS: &[NativeDef] = &[NativeDef::new(
    "run(self, seconds=nil)",
    "Goes on until everything is said: whether that was within the time.",
    run,
)];

/// A talk that may be taken up again after its time was over.
struct Exchange {
    stdin: Value,
    input: Option<Gc<Bytes>>,
    /// How much of the input is written.
    at: Cell<usize>,
    /// The streams that are read, nil where there is none.
    outputs: [Value; 2],
    said: RefCell<[Vec<u8>; 2]>,
}

impl ForeignData for Exchange {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark_all(&[self.stdin, self.outputs[0], self.outputs[1]]);
        if let Some(input) = self.input {
            tracer.mark(input.value());
        }
    }

    fn attribute(&self, vm: &mut Vm, name: &str) -> Option<Value> {
        let number = ["out", "err"].iter().position(|known| *known == name)?;
        if self.outputs[number].is_nil() {
            return Some(Value::NIL);
        }
        let said = self.said.borrow()[number].clone();
        Some(Bytes::new(&mut vm.heap, said).value())
    }
}

fn exchange(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (stdin, input) = (args.at(0), args.at(1).as_object::<Bytes>());
    let Some(class) = vm.state::<Classes>().exchange.get() else {
        return Err(vm.runtime_error("the module is not set up"));
    };
    let outputs = [args.at(2), args.at(3)];
    let exchange = Exchange { stdin, input, at: Cell::new(0), outputs, said: RefCell::default() };
    Ok(Foreign::new(&mut vm.heap, class, exchange).value())
}

/// A stream that is still open, with its descriptor and whether it is written.
struct Open {
    stream: Value,
    descriptor: i32,
    /// Which output, none for the input.
    output: Option<usize>,
}

impl Exchange {
    fn open_streams(&self) -> Vec<Open> {
        let input = (self.stdin, None);
        let outputs = self.outputs.iter().enumerate().map(|(i, stream)| (*stream, Some(i)));
        let streams = std::iter::once(input).chain(outputs);
        streams
            .filter_map(|(stream, output)| Some(Open { stream, descriptor: descriptor(stream)?, output }))
            .collect()
    }

    /// Moves what can be moved without waiting.
    fn step(&self, vm: &mut Vm, open: &Open) -> Result<(), Raised> {
        let Some(output) = open.output else { return self.step_input(vm, open.stream) };
        match read_ready(vm, open.stream) {
            Ok(bytes) if bytes.is_empty() => close_quietly(vm, open.stream),
            Ok(bytes) => {
                vm.reserve(bytes.len())?;
                self.said.borrow_mut()[output].extend_from_slice(&bytes);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(vm.os_error(&error, None)),
        }
    }

    fn step_input(&self, vm: &mut Vm, stream: Value) -> Result<(), Raised> {
        let rest =
            self.input.as_ref().map_or(&[][..], |input| input.data.get(self.at.get()..).unwrap_or(&[]));
        match write_ready(vm, stream, rest) {
            Ok(count) => {
                self.at.set(self.at.get() + count);
                if count == rest.len() { close_quietly(vm, stream) } else { Ok(()) }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            // It has read enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => close_quietly(vm, stream),
            Err(error) => Err(vm.os_error(&error, None)),
        }
    }
}

fn run(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(exchange) = args.at(0).foreign::<Exchange>() else {
        return Err(vm.type_error("an exchange is needed"));
    };
    let deadline = deadline(vm, args.or_nil(1))?;
    loop {
        vm.pause()?;
        let open = exchange.open_streams();
        if open.is_empty() {
            return Ok(Value::TRUE);
        }
        let Some(left) = time_left(vm, deadline) else { return Ok(Value::FALSE) };
        let left = vm.longest_wait(left);
        let waits: Vec<(i32, bool)> =
            open.iter().map(|open| (open.descriptor, open.output.is_none())).collect();
        let ready = match vm.host.wait_ready(&waits, left) {
            Ok(ready) => ready,
            Err(error) => return Err(vm.os_error(&error, None)),
        };
        for (open, _) in open.iter().zip(ready).filter(|(_, is_ready)| *is_ready) {
            exchange.step(vm, open)?;
        }
    }
}
