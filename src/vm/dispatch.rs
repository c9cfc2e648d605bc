//! The dispatch loop: runs verified code until the frame that it was entered for returns.
//!
//! What is hard: everything here is hot, so operands are not checked. Invariants that make this sound:
//! - only code that passed the verifier is loaded, so every register, constant, site and jump is in range;
//! - `base` is the running frame's register 0 and its registers lie within the stack, which never moves;
//! - `pc` points to the next word of the running closure's code;
//! - `pc` is written to the frame before anything that can look at frames: every slow path, call and error.
//!
//! Slow paths are functions of their own, so that the loop keeps its few locals in registers. A taken jump goes
//! through `jump!`, whose empty `asm!` keeps the compiler from turning the branch into a conditional move, which
//! would make every next instruction wait for the comparison.

#![allow(unsafe_code)]

use std::arch::asm;

use toy_grammar::ast::{BinaryOp, CompareOp, UnaryOp};

use super::call::CallTarget;
use super::stack::Frame;
use super::uncommon::Next;
use super::{NativeResult, Raised, Vm};
use crate::bytecode::opcodes::{Op, Word};
use crate::value::{
    CacheEntry, Closure, Dict, Gc, INT_BASE, INT_LOW, Instance, Iter, IterState, List, Native, Str, Table,
    Tuple, Value, VarCell,
};

/// The binary operators in the order of the `Aug` instruction's number.
pub(crate) const BINARY_OPS: [BinaryOp; 12] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::FloorDiv,
    BinaryOp::Mod,
    BinaryOp::Pow,
    BinaryOp::BitAnd,
    BinaryOp::BitOr,
    BinaryOp::BitXor,
    BinaryOp::Shl,
    BinaryOp::Shr,
];

/// Why the loop was left for a moment.
enum Leave {
    /// Something was raised.
    Raise(Raised),
    /// An exception goes on as if it had not been caught.
    Again(Raised),
}

impl Vm {
    /// Runs the top frame, and what it calls, until it returns. `entry` is the number of frames below it.
    pub(crate) fn execute(&mut self, entry: usize) -> NativeResult {
        let mut frame: Frame = match self.stack.frames.last() {
            Some(frame) => *frame,
            None => return Ok(Value::NIL),
        };
        let mut pc: *const Word = frame.pc;
        let mut base: *mut Value = frame.base;
        let mut closure: Gc<Closure> = frame.closure;
        let mut constants: *const Value = closure.proto.constants_ptr;
        let mut slots: *mut Value = closure.proto.slots_ptr;
        let mut fuel: i32 = self.fuel;

        // SAFETY for all that follows: the invariants at the head of this file.
        macro_rules! r {
            ($i:expr) => {
                // SAFETY: verified operand.
                unsafe { *base.add($i) }
            };
        }
        macro_rules! set {
            ($i:expr, $v:expr) => {{
                let value = $v;
                // SAFETY: verified operand.
                unsafe { *base.add($i) = value }
            }};
        }
        macro_rules! k {
            ($i:expr) => {
                // SAFETY: verified operand.
                unsafe { *constants.add($i) }
            };
        }
        // A register read as a double, of its own accord: a word that has gone through an integer register takes
        // longer to reach the float unit than one that comes from memory, and float code waits for just that.
        // The read is volatile so that the compiler does not make one of the two.
        macro_rules! float_register {
            ($i:expr) => {
                // SAFETY: verified operand; any word is a double, an int's or a pointer's a NaN.
                unsafe { base.add($i).cast::<f64>().read_volatile() }
            };
        }
        macro_rules! extra {
            () => {{
                // SAFETY: verified: the extra word is there.
                unsafe {
                    let word = *pc;
                    pc = pc.add(1);
                    word.extra_value()
                }
            }};
        }
        // Goes where the jump word at `pc` says.
        macro_rules! jump {
            () => {{
                // SAFETY: verified: the jump word is there, and its target in the code; the asm does nothing.
                unsafe {
                    asm!("", options(nomem, nostack, preserves_flags));
                    let distance = (*pc).distance();
                    pc = pc.offset(1 + distance as isize);
                }
            }};
        }
        macro_rules! skip {
            () => {{
                // SAFETY: verified: the jump word is there.
                pc = unsafe { pc.add(1) };
            }};
        }
        macro_rules! branch {
            ($condition:expr, $flag:expr) => {
                if $condition == ($flag != 0) { jump!() } else { skip!() }
            };
        }
        // Writes the pc where tracebacks, the collector and nested calls look for it.
        macro_rules! save {
            () => {{
                // SAFETY: a frame is running, so there is a last one.
                unsafe { self.stack.frames.last_mut().unwrap_unchecked().pc = pc };
            }};
        }
        macro_rules! reload {
            () => {{
                // SAFETY: a frame is about to run, so there is a last one.
                frame = unsafe { *self.stack.frames.last().unwrap_unchecked() };
                pc = frame.pc;
                base = frame.base;
                closure = frame.closure;
                constants = closure.proto.constants_ptr;
                slots = closure.proto.slots_ptr;
            }};
        }

        loop {
            let leave: Leave = 'run: loop {
                // SAFETY: verified code: `pc` points to an instruction, and its byte is an opcode.
                let word = unsafe {
                    let word = *pc;
                    pc = pc.add(1);
                    word
                };
                // SAFETY: as above.
                let op: Op = unsafe { std::mem::transmute::<u8, Op>(word.op_byte()) };

                macro_rules! raise {
                    ($raised:expr) => {{
                        break 'run Leave::Raise($raised);
                    }};
                }
                macro_rules! check {
                    ($result:expr) => {
                        match $result {
                            Ok(value) => value,
                            Err(raised) => raise!(raised),
                        }
                    };
                }
                // Called on back-edges and calls.
                macro_rules! tick {
                    () => {
                        fuel -= 1;
                        if fuel <= 0 {
                            save!();
                            let result = self.refuel();
                            fuel = self.fuel;
                            check!(result);
                        }
                    };
                }
                macro_rules! binary_slow {
                    ($op:ident, $a:expr, $b:expr) => {{
                        save!();
                        set!(word.a(), check!(self.binary_slow(BinaryOp::$op, $a, $b)));
                    }};
                }
                macro_rules! in_place_slow {
                    ($op:ident, $a:expr, $b:expr) => {{
                        save!();
                        set!(word.a(), check!(self.binary_in_place_slow(BinaryOp::$op, $a, $b)));
                    }};
                }
                // One opcode for ints and floats, the rest in a slow path. The operands come twice, as words and as
                // doubles: see `float_register!`.
                macro_rules! arithmetic {
                    ($a:expr, $b:expr, $x:expr, $y:expr, add, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let sum = a.bits().wrapping_add(b.bits()).wrapping_sub(INT_BASE);
                            if sum >= INT_LOW {
                                // SAFETY: an int's word.
                                set!(word.a(), unsafe { Value::from_bits(sum) });
                                continue;
                            }
                        } else {
                            let sum: f64 = $x + $y;
                            if sum == sum {
                                set!(word.a(), Value::float(sum));
                                continue;
                            }
                        }
                        $slow!(Add, a, b);
                    }};
                    ($a:expr, $b:expr, $x:expr, $y:expr, sub, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let difference = a.bits().wrapping_sub(b.bits()).wrapping_add(INT_BASE);
                            if difference >= INT_LOW {
                                // SAFETY: an int's word.
                                set!(word.a(), unsafe { Value::from_bits(difference) });
                                continue;
                            }
                        } else {
                            let difference: f64 = $x - $y;
                            if difference == difference {
                                set!(word.a(), Value::float(difference));
                                continue;
                            }
                        }
                        $slow!(Sub, a, b);
                    }};
                    ($a:expr, $b:expr, $x:expr, $y:expr, mul, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            if let Some(product) = a.int_unchecked().checked_mul(b.int_unchecked())
                                && let Some(value) = Value::small_int(product)
                            {
                                set!(word.a(), value);
                                continue;
                            }
                        } else {
                            let product: f64 = $x * $y;
                            if product == product {
                                set!(word.a(), Value::float(product));
                                continue;
                            }
                        }
                        $slow!(Mul, a, b);
                    }};
                    ($a:expr, $b:expr, $x:expr, $y:expr, div, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let divisor = b.int_unchecked();
                            if divisor != 0 {
                                set!(word.a(), Value::float(a.int_unchecked() as f64 / divisor as f64));
                                continue;
                            }
                        } else {
                            let divisor: f64 = $y;
                            let quotient = $x / divisor;
                            if quotient == quotient && divisor != 0.0 {
                                set!(word.a(), Value::float(quotient));
                                continue;
                            }
                        }
                        $slow!(Div, a, b);
                    }};
                    // Ints only, whatever they are: an int's word, or nothing.
                    ($a:expr, $b:expr, $quick:ident, $op:ident, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if let Some(value) = $quick(a, b) {
                            set!(word.a(), value);
                            continue;
                        }
                        $slow!($op, a, b);
                    }};
                }
                macro_rules! compare_value {
                    ($operator:tt, $op:ident) => {{
                        let (a, b) = (r!(word.b()), r!(word.c()));
                        if (a.bits() & b.bits()) >= INT_LOW {
                            set!(word.a(), Value::bool(a.bits() $operator b.bits()));
                            continue;
                        }
                        let (x, y) = (float_register!(word.b()), float_register!(word.c()));
                        if x == x && y == y {
                            set!(word.a(), Value::bool(x $operator y));
                        } else {
                            save!();
                            set!(word.a(), check!(self.compare_slow(CompareOp::$op, a, b)));
                        }
                    }};
                }
                macro_rules! compare_branch {
                    ($a:expr, $b:expr, $x:expr, $y:expr, $operator:tt, $op:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            branch!((a.bits() $operator b.bits()), word.c());
                            continue;
                        }
                        let (x, y): (f64, f64) = ($x, $y);
                        // What is no double reads as a NaN, so neither order holds.
                        if x == x && y == y {
                            branch!((x $operator y), word.c());
                        } else {
                            save!();
                            let value = check!(self.compare_truth(CompareOp::$op, a, b));
                            branch!(value, word.c());
                        }
                    }};
                }
                macro_rules! equality_value {
                    ($b:expr, $equal:expr, $op:ident) => {{
                        let (a, b): (Value, Value) = (r!(word.b()), $b);
                        if let Some(equal) = quick_eq(a, b) {
                            set!(word.a(), Value::bool(equal == $equal));
                        } else {
                            save!();
                            set!(word.a(), check!(self.compare_slow(CompareOp::$op, a, b)));
                        }
                    }};
                }
                macro_rules! equality_branch {
                    ($b:expr, $equal:expr, $op:ident) => {{
                        let (a, b): (Value, Value) = (r!(word.a()), $b);
                        if let Some(equal) = quick_eq(a, b) {
                            branch!((equal == $equal), word.c());
                        } else {
                            save!();
                            let value = check!(self.compare_truth(CompareOp::$op, a, b));
                            branch!(value, word.c());
                        }
                    }};
                }
                // The forms of operands: two registers, a register and a constant, a constant and a register,
                // a register and a number in the instruction.
                macro_rules! with_register {
                    ($op:ident, $slow:ident) => {
                        arithmetic!(
                            r!(word.b()),
                            r!(word.c()),
                            float_register!(word.b()),
                            float_register!(word.c()),
                            $op,
                            $slow
                        )
                    };
                }
                macro_rules! with_constant {
                    ($op:ident) => {
                        arithmetic!(
                            r!(word.b()),
                            k!(word.c()),
                            float_register!(word.b()),
                            k!(word.c()).float_bits(),
                            $op,
                            binary_slow
                        )
                    };
                }
                macro_rules! constant_with {
                    ($op:ident) => {
                        arithmetic!(
                            k!(word.b()),
                            r!(word.c()),
                            k!(word.b()).float_bits(),
                            float_register!(word.c()),
                            $op,
                            binary_slow
                        )
                    };
                }
                macro_rules! with_number {
                    ($op:ident, $slow:ident) => {{
                        let number = word.imm_c() as i32;
                        arithmetic!(
                            r!(word.b()),
                            Value::int32(number),
                            float_register!(word.b()),
                            f64::from(number),
                            $op,
                            $slow
                        )
                    }};
                }
                macro_rules! compare_registers {
                    ($operator:tt, $op:ident) => {
                        compare_branch!(
                            r!(word.a()),
                            r!(word.b()),
                            float_register!(word.a()),
                            float_register!(word.b()),
                            $operator,
                            $op
                        )
                    };
                }
                macro_rules! compare_constant {
                    ($operator:tt, $op:ident) => {
                        compare_branch!(
                            r!(word.a()),
                            k!(word.b()),
                            float_register!(word.a()),
                            k!(word.b()).float_bits(),
                            $operator,
                            $op
                        )
                    };
                }
                macro_rules! compare_number {
                    ($operator:tt, $op:ident) => {{
                        let number = word.imm_b() as i32;
                        compare_branch!(
                            r!(word.a()),
                            Value::int32(number),
                            float_register!(word.a()),
                            f64::from(number),
                            $operator,
                            $op
                        )
                    }};
                }
                // Begins a call whose callee is any value: `args` words from `base`, the result to register `out`.
                macro_rules! call_value {
                    ($callee:expr, $args:expr, $count:expr, $names:expr, $out:expr) => {{
                        save!();
                        // SAFETY: the verifier checked the window.
                        let (args, result) = unsafe { (base.add($args), base.add($out)) };
                        match check!(self.begin_call_at_safepoint($callee, args, $count, $names, result)) {
                            CallTarget::Done(value) => {
                                set!($out, value);
                            }
                            CallTarget::Frame => {
                                reload!();
                                tick!();
                            }
                        }
                    }};
                }
                // Pushes the frame of a closure that takes exactly the arguments given.
                macro_rules! push_plain {
                    ($callee:expr, $args:expr, $out:expr) => {{
                        let callee: Gc<Closure> = $callee;
                        let proto = callee.proto;
                        // SAFETY: the arguments are registers of the running frame; the ends are only compared.
                        let (new_base, result, end) = unsafe {
                            let new_base = base.add($args);
                            (new_base, base.add($out), new_base.add(proto.registers as usize))
                        };
                        save!();
                        if end >= self.stack.soft_end || self.stack.frames.len() >= self.stack.soft_frames {
                            if !self.stack.grow(end) {
                                raise!(self.recursion_error());
                            }
                        }
                        let frames = &mut self.stack.frames;
                        frame = Frame { closure: callee, base: new_base, pc: proto.words, result };
                        // SAFETY: `soft_frames` never exceeds the capacity.
                        unsafe {
                            let len = frames.len();
                            frames.as_mut_ptr().add(len).write(frame);
                            frames.set_len(len + 1);
                        }
                        pc = proto.words;
                        base = new_base;
                        closure = callee;
                        constants = proto.constants_ptr;
                        slots = proto.slots_ptr;
                        tick!();
                    }};
                }
                macro_rules! return_value {
                    ($value:expr) => {{
                        let value: Value = $value;
                        self.stack.frames.pop();
                        if frame.result.is_null() {
                            self.fuel = fuel;
                            return Ok(value);
                        }
                        // SAFETY: the caller's register, in the stack.
                        unsafe { *frame.result = value };
                        reload!();
                    }};
                }

                match op {
                    Op::Move => set!(word.a(), r!(word.b())),
                    Op::LoadNil => set!(word.a(), Value::NIL),
                    Op::LoadTrue => set!(word.a(), Value::TRUE),
                    Op::LoadFalse => set!(word.a(), Value::FALSE),
                    Op::LoadUndef => set!(word.a(), Value::UNDEF),
                    Op::LoadInt => set!(word.a(), Value::int32(word.sbx())),
                    Op::LoadConst => set!(word.a(), k!(word.bx())),
                    Op::LoadFar => set!(word.a(), r!(word.bx())),
                    Op::StoreFar => set!(word.bx(), r!(word.a())),

                    Op::GetSlot => {
                        // SAFETY: verified operand.
                        let value = unsafe { *slots.add(word.bx()) };
                        if value.is_undef() {
                            save!();
                            raise!(self.undefined_slot(closure, word.bx()));
                        }
                        set!(word.a(), value);
                    }
                    Op::SetSlot => {
                        let value = r!(word.a());
                        // SAFETY: verified operand.
                        unsafe { *slots.add(word.bx()) = value };
                    }
                    // SAFETY: verified operand.
                    Op::GetBuiltin => set!(word.a(), unsafe { *self.builtins.get_unchecked(word.bx()) }),
                    Op::GetCell => {
                        let value = cell_value(r!(word.b()));
                        if value.is_undef() {
                            save!();
                            raise!(self.undefined_variable(closure, pc));
                        }
                        set!(word.a(), value);
                    }
                    Op::SetCell => set_cell(r!(word.a()), r!(word.b())),
                    // SAFETY: verified operand.
                    Op::GetUpvalue => set!(word.a(), unsafe { *closure.upvalues().get_unchecked(word.bx()) }),
                    Op::GetUpvalueCell => {
                        // SAFETY: verified operand.
                        let value = cell_value(unsafe { *closure.upvalues().get_unchecked(word.bx()) });
                        if value.is_undef() {
                            save!();
                            raise!(self.undefined_variable(closure, pc));
                        }
                        set!(word.a(), value);
                    }
                    Op::SetUpvalueCell => {
                        // SAFETY: verified operand.
                        let cell = unsafe { *closure.upvalues().get_unchecked(word.bx()) };
                        set_cell(cell, r!(word.a()));
                    }
                    Op::Add => with_register!(add, binary_slow),
                    Op::Sub => with_register!(sub, binary_slow),
                    Op::Mul => with_register!(mul, binary_slow),
                    Op::Div => with_register!(div, binary_slow),
                    Op::FloorDiv => {
                        arithmetic!(r!(word.b()), r!(word.c()), quick_floor_div, FloorDiv, binary_slow)
                    }
                    Op::Mod => arithmetic!(r!(word.b()), r!(word.c()), quick_mod, Mod, binary_slow),
                    Op::Pow => binary_slow!(Pow, r!(word.b()), r!(word.c())),
                    Op::BitAnd => arithmetic!(r!(word.b()), r!(word.c()), quick_and, BitAnd, binary_slow),
                    Op::BitOr => arithmetic!(r!(word.b()), r!(word.c()), quick_or, BitOr, binary_slow),
                    Op::BitXor => arithmetic!(r!(word.b()), r!(word.c()), quick_xor, BitXor, binary_slow),
                    Op::Shl => arithmetic!(r!(word.b()), r!(word.c()), quick_shl, Shl, binary_slow),
                    Op::Shr => arithmetic!(r!(word.b()), r!(word.c()), quick_shr, Shr, binary_slow),
                    Op::AddI => with_number!(add, binary_slow),
                    Op::SubI => with_number!(sub, binary_slow),
                    Op::AddK => with_constant!(add),
                    Op::SubK => with_constant!(sub),
                    Op::MulK => with_constant!(mul),
                    Op::DivK => with_constant!(div),
                    Op::FloorDivK => {
                        arithmetic!(r!(word.b()), k!(word.c()), quick_floor_div, FloorDiv, binary_slow)
                    }
                    Op::ModK => arithmetic!(r!(word.b()), k!(word.c()), quick_mod, Mod, binary_slow),
                    Op::BitAndK => arithmetic!(r!(word.b()), k!(word.c()), quick_and, BitAnd, binary_slow),
                    Op::KAdd => constant_with!(add),
                    Op::KSub => constant_with!(sub),
                    Op::KMul => constant_with!(mul),
                    Op::KDiv => constant_with!(div),
                    Op::AugAdd => with_register!(add, in_place_slow),
                    Op::AugSub => with_register!(sub, in_place_slow),
                    Op::AugMul => with_register!(mul, in_place_slow),
                    Op::AugAddI => with_number!(add, in_place_slow),
                    Op::AugSubI => with_number!(sub, in_place_slow),
                    Op::Neg => {
                        let v = r!(word.b());
                        if let Some(i) = v.as_int()
                            && let Some(value) = Value::small_int(-i)
                        {
                            set!(word.a(), value);
                        } else if let Some(f) = v.as_float() {
                            set!(word.a(), Value::float(-f));
                        } else {
                            save!();
                            let value = check!(self.unary(UnaryOp::Neg, v));
                            set!(word.a(), value);
                        }
                    }
                    Op::Not => {
                        let v = r!(word.b());
                        let truth = match v.as_bool() {
                            Some(truth) => truth,
                            None => {
                                save!();
                                check!(self.truth(v))
                            }
                        };
                        set!(word.a(), Value::bool(!truth));
                    }

                    Op::Eq => equality_value!(r!(word.c()), true, Eq),
                    Op::Ne => equality_value!(r!(word.c()), false, Ne),
                    Op::EqK => equality_value!(k!(word.c()), true, Eq),
                    Op::NeK => equality_value!(k!(word.c()), false, Ne),
                    Op::Lt => compare_value!(<, Lt),
                    Op::Le => compare_value!(<=, Le),
                    Op::Gt => compare_value!(>, Gt),
                    Op::Ge => compare_value!(>=, Ge),
                    Op::Is => set!(word.a(), Value::bool(self.is(r!(word.b()), r!(word.c())))),
                    Op::IsNot => set!(word.a(), Value::bool(!self.is(r!(word.b()), r!(word.c())))),
                    Op::Jump => {
                        // SAFETY: verified target.
                        pc = unsafe { pc.offset(word.distance() as isize) };
                    }
                    Op::Loop => {
                        // Before the jump, so that what is raised is raised here.
                        tick!();
                        // SAFETY: verified target.
                        pc = unsafe { pc.offset(word.distance() as isize) };
                    }
                    Op::Test => {
                        let v = r!(word.a());
                        let truth = if v == Value::TRUE {
                            true
                        } else if v == Value::FALSE || v.is_nil() {
                            false
                        } else {
                            save!();
                            check!(self.truth(v))
                        };
                        branch!(truth, word.b());
                    }
                    Op::TestNil => branch!(r!(word.a()).is_nil(), word.b()),
                    Op::TestUndef => branch!(r!(word.a()).is_undef(), word.b()),
                    Op::TestEq => equality_branch!(r!(word.b()), true, Eq),
                    Op::TestNe => equality_branch!(r!(word.b()), false, Ne),
                    Op::TestLt => compare_registers!(<, Lt),
                    Op::TestLe => compare_registers!(<=, Le),
                    Op::TestGt => compare_registers!(>, Gt),
                    Op::TestGe => compare_registers!(>=, Ge),
                    Op::TestIs => branch!(self.is(r!(word.a()), r!(word.b())), word.c()),
                    Op::TestEqK => equality_branch!(k!(word.b()), true, Eq),
                    Op::TestNeK => equality_branch!(k!(word.b()), false, Ne),
                    Op::TestLtI => compare_number!(<, Lt),
                    Op::TestLeI => compare_number!(<=, Le),
                    Op::TestGtI => compare_number!(>, Gt),
                    Op::TestGeI => compare_number!(>=, Ge),
                    Op::TestLtK => compare_constant!(<, Lt),
                    Op::TestLeK => compare_constant!(<=, Le),
                    Op::TestGtK => compare_constant!(>, Gt),
                    Op::TestGeK => compare_constant!(>=, Ge),

                    Op::RangeLoop => {
                        // SAFETY: verified window of three registers.
                        let window = unsafe { base.add(word.a()) };
                        // SAFETY: as above.
                        let left = unsafe { *window.add(1) };
                        // What is left is an inline int, whose word counts down to that of 0; or a float,
                        // when the ints of the loop are not all inline (see `RangePrep`).
                        if left.bits() > INT_BASE {
                            // SAFETY: the word of an int, less one; and the sum of an inline int and the bare
                            // step, which is an inline int again.
                            let value = unsafe {
                                *window.add(1) = Value::from_bits(left.bits() - 1);
                                let step = (*window.add(2)).bits();
                                let value = Value::from_bits((*window).bits().wrapping_add(step));
                                *window = value;
                                value
                            };
                            set!(word.b(), value);
                            tick!();
                            jump!();
                        } else if left.is_float() && left.float_bits() > 0.0 {
                            save!();
                            // SAFETY: as above.
                            let (value, step) = unsafe { (*window, *window.add(2)) };
                            let value = check!(self.binary_slow(BinaryOp::Add, value, step));
                            // SAFETY: as above.
                            unsafe {
                                *window = value;
                                *window.add(1) = Value::float(left.float_bits() - 1.0);
                            }
                            set!(word.b(), value);
                            tick!();
                            jump!();
                        } else {
                            skip!();
                        }
                    }
                    Op::ForLoop => {
                        let iterator = r!(word.a());
                        let quick = match iterator.as_object::<Iter>() {
                            Some(iter) => iter.state.with(|state| match state {
                                IterState::List { list, next } => match list.items.get(*next) {
                                    Some(item) => {
                                        *next += 1;
                                        Quick::Item(item)
                                    }
                                    None => {
                                        *state = IterState::Done;
                                        Quick::End
                                    }
                                },
                                IterState::Tuple { tuple, next } => match tuple.items().get(*next) {
                                    Some(item) => {
                                        *next += 1;
                                        Quick::Item(*item)
                                    }
                                    None => {
                                        *state = IterState::Done;
                                        Quick::End
                                    }
                                },
                                IterState::Range { next, left, step } if *left > 0 => {
                                    match Value::small_int(*next) {
                                        Some(item) => {
                                            *left -= 1;
                                            *next = next.saturating_add(*step);
                                            Quick::Item(item)
                                        }
                                        None => Quick::Slow,
                                    }
                                }
                                IterState::Done => Quick::End,
                                _ => Quick::Slow,
                            }),
                            None => Quick::Slow,
                        };
                        match quick {
                            Quick::Item(item) => {
                                set!(word.b(), item);
                                tick!();
                                jump!();
                            }
                            Quick::End => skip!(),
                            Quick::Slow => {
                                save!();
                                match check!(self.next_slow(iterator)) {
                                    Some(item) => {
                                        set!(word.b(), item);
                                        tick!();
                                        jump!();
                                    }
                                    None => skip!(),
                                }
                            }
                        }
                    }
                    Op::GetAttr => {
                        let site = extra!();
                        let object = r!(word.b());
                        // SAFETY: verified operand.
                        let cache = unsafe { closure.proto.caches.get_unchecked(site).get() };
                        if let Some(instance) = object.as_object::<Instance>() {
                            // SAFETY: nobody else holds a reference to the cache.
                            let content = unsafe { &*cache };
                            if content.key == instance.shape.get().address()
                                && let CacheEntry::Slot(slot) = content.entry
                            {
                                // SAFETY: the shape vouches for the slot.
                                set!(word.a(), unsafe { *instance.slots.get().add(slot as usize) });
                                continue;
                            }
                        }
                        save!();
                        // SAFETY: verified operand.
                        let name = unsafe { site_name(closure, site) };
                        let value = check!(self.get_attr_at(object, name, cache));
                        set!(word.a(), value);
                    }
                    Op::SetAttr => {
                        let site = extra!();
                        let (object, value) = (r!(word.a()), r!(word.b()));
                        // SAFETY: verified operand.
                        let cache = unsafe { closure.proto.caches.get_unchecked(site).get() };
                        if let Some(instance) = object.as_object::<Instance>() {
                            // SAFETY: nobody else holds a reference to the cache.
                            let content = unsafe { &*cache };
                            if content.key == instance.shape.get().address() {
                                match content.entry {
                                    CacheEntry::Slot(slot) => {
                                        // SAFETY: the shape vouches for the slot.
                                        unsafe { *instance.slots.get().add(slot as usize) = value };
                                        continue;
                                    }
                                    CacheEntry::Add(shape) => {
                                        instance.add_slot(&mut self.heap, shape, value);
                                        continue;
                                    }
                                    _ => {}
                                }
                            }
                        }
                        save!();
                        // SAFETY: verified operand.
                        let name = unsafe { site_name(closure, site) };
                        check!(self.set_attr_at(object, name, value, cache));
                    }
                    Op::GetIndex => {
                        let (object, key) = (r!(word.b()), r!(word.c()));
                        if let Some(value) = quick_index(object, key) {
                            set!(word.a(), value);
                            continue;
                        }
                        save!();
                        let value = check!(self.get_item_slow(object, key));
                        set!(word.a(), value);
                    }
                    Op::GetIndexI => {
                        let (object, key) = (r!(word.b()), Value::int32(word.c() as i32));
                        if let Some(value) = quick_index(object, key) {
                            set!(word.a(), value);
                            continue;
                        }
                        save!();
                        let value = check!(self.get_item_slow(object, key));
                        set!(word.a(), value);
                    }
                    Op::SetIndex => {
                        let (object, key, value) = (r!(word.a()), r!(word.b()), r!(word.c()));
                        if let Some(list) = object.as_object::<List>()
                            && let Some(i) = key.as_int()
                            && list.items.set(i as usize, value)
                        {
                            continue;
                        }
                        if let Some(dict) = object.as_object::<Dict>()
                            && let Some(at) = quick_find(&dict.table, key)
                        {
                            dict.table.set_value(at, value);
                            continue;
                        }
                        save!();
                        check!(self.set_item_slow(object, key, value));
                    }
                    Op::Call => {
                        let callee = r!(word.a());
                        if let Some(function) = callee.as_object::<Closure>()
                            && function.proto.plain_arity == word.b() as i32
                        {
                            push_plain!(function, word.a() + 1, word.a());
                            continue;
                        }
                        call_value!(callee, word.a() + 1, word.b(), &[], word.a());
                    }
                    Op::CallSlot => {
                        let slot = extra!();
                        // SAFETY: verified operand.
                        let callee = unsafe { *slots.add(slot) };
                        if let Some(function) = callee.as_object::<Closure>()
                            && function.proto.plain_arity == word.b() as i32
                        {
                            push_plain!(function, word.a() + 1, word.a());
                            continue;
                        }
                        if callee.is_undef() {
                            save!();
                            raise!(self.undefined_slot(closure, slot));
                        }
                        call_value!(callee, word.a() + 1, word.b(), &[], word.a());
                    }
                    Op::CallMethod => {
                        let site = extra!();
                        let a = word.a();
                        let object = r!(a + 1);
                        // SAFETY: verified operand.
                        let cache = unsafe { closure.proto.caches.get_unchecked(site).get() };
                        // SAFETY: nobody else holds a reference to the cache.
                        let content = unsafe { *cache };
                        let key = match object.as_object::<Instance>() {
                            Some(instance) => instance.shape.get().address(),
                            None => match object.as_object::<crate::value::Module>() {
                                Some(module) => module.address(),
                                None => self.class_of(object).address(),
                            },
                        };
                        if content.key == key {
                            match content.entry {
                                CacheEntry::PlainMethod(function) => {
                                    push_plain!(function, a + 1, a);
                                    continue;
                                }
                                CacheEntry::Method(function) => {
                                    if let Some(native) = function.as_object::<Native>() {
                                        save!();
                                        // SAFETY: the verifier checked the window.
                                        let args = unsafe { base.add(a + 1) };
                                        // The cache vouches for the receiver's class.
                                        let value = check!(self.call_native_at_safepoint(
                                            native.def,
                                            args,
                                            word.b() + 1
                                        ));
                                        set!(a, value);
                                        continue;
                                    }
                                    call_value!(function, a + 1, word.b() + 1, &[], a);
                                    continue;
                                }
                                CacheEntry::Slot(slot) => {
                                    if let Some(module) = object.as_object::<crate::value::Module>()
                                        && let Some(function) = module.slots.get(slot as usize)
                                        && !function.is_undef()
                                    {
                                        call_value!(function, a + 2, word.b(), &[], a);
                                        continue;
                                    }
                                }
                                _ => {}
                            }
                        }
                        save!();
                        // SAFETY: verified operand.
                        let name = unsafe { site_name(closure, site) };
                        let (function, bound) = check!(self.find_method_at(object, name, word.b(), cache));
                        if bound {
                            call_value!(function, a + 1, word.b() + 1, &[], a);
                        } else {
                            // The receiver is not needed any more, so its word may be written.
                            set!(a + 1, function);
                            call_value!(function, a + 2, word.b(), &[], a);
                        }
                    }
                    Op::Return => return_value!(r!(word.a())),
                    Op::ReturnNil => return_value!(Value::NIL),

                    // Everything else, by name: a match without a rest spares the jump a range check. `Extra` follows
                    // its instruction and is never executed.
                    Op::NewCell
                    | Op::NewCellOf
                    | Op::Closure
                    | Op::Aug
                    | Op::Pos
                    | Op::Invert
                    | Op::In
                    | Op::NotIn
                    | Op::TestIn
                    | Op::RangePrep
                    | Op::GetIter
                    | Op::Unpack
                    | Op::UnpackStar
                    | Op::DelAttr
                    | Op::GetSuper
                    | Op::DelIndex
                    | Op::GetSlice
                    | Op::SetSlice
                    | Op::DelSlice
                    | Op::NewList
                    | Op::ListAppend
                    | Op::ListSpread
                    | Op::NewTuple
                    | Op::ListToTuple
                    | Op::NewDict
                    | Op::DictPut
                    | Op::DictSpread
                    | Op::NewSet
                    | Op::SetPut
                    | Op::SetSpread
                    | Op::NewRange
                    | Op::Format
                    | Op::Concat
                    | Op::CallSuper
                    | Op::CallKeywords
                    | Op::CallMethodKeywords
                    | Op::CallSpread
                    | Op::KeywordPut
                    | Op::KeywordSpread
                    | Op::NewClass
                    | Op::SetMember
                    | Op::GetMember
                    | Op::Raise
                    | Op::RaiseFrom
                    | Op::RaiseAgain
                    | Op::Reraise
                    | Op::ShowComparison
                    | Op::RaiseAssertion
                    | Op::MatchException
                    | Op::WithEnter
                    | Op::WithExit
                    | Op::Import
                    | Op::ImportFrom
                    | Op::Yield
                    | Op::YieldFrom
                    | Op::Extra => {
                        save!();
                        match self.uncommon(word) {
                            Ok(Next::Go) => {
                                // SAFETY: a frame is running, so there is a last one.
                                pc = unsafe { self.stack.frames.last().unwrap_unchecked().pc };
                            }
                            Ok(Next::Frame) => {
                                reload!();
                                tick!();
                            }
                            Ok(Next::Yield(value)) => {
                                self.fuel = fuel;
                                return Ok(value);
                            }
                            Ok(Next::Again(raised)) => break 'run Leave::Again(raised),
                            Err(raised) => raise!(raised),
                        }
                    }
                }
            };
            let (raised, again) = match leave {
                Leave::Raise(raised) => (raised, false),
                Leave::Again(raised) => (raised, true),
            };
            save!();
            self.fuel = fuel;
            self.unwind(raised, entry, again)?;
            reload!();
        }
    }
}

/// What a fast path found.
enum Quick {
    Item(Value),
    End,
    Slow,
}

/// The interned name of a site.
///
/// # Safety
/// The site is one of the closure's code.
#[inline(always)]
pub(super) unsafe fn site_name(closure: Gc<Closure>, site: usize) -> Gc<Str> {
    // SAFETY: all names of a proto are strings, and the site is in range.
    unsafe { closure.proto.names.get_unchecked(site).as_object::<Str>().unwrap_unchecked() }
}

#[inline(always)]
fn cell_value(cell: Value) -> Value {
    match cell.as_object::<VarCell>() {
        Some(cell) => cell.value.get(),
        None => cell,
    }
}

#[inline(always)]
fn set_cell(cell: Value, value: Value) {
    if let Some(cell) = cell.as_object::<VarCell>() {
        cell.value.set(value);
    }
}

// Arithmetic of ints whose result is sure to fit a word, or is tested for it.

#[inline(always)]
fn quick_floor_div(a: Value, b: Value) -> Option<Value> {
    if (a.bits() & b.bits()) < INT_LOW {
        return None;
    }
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if y <= 0 {
        return None;
    }
    let is_short = (x | y) as u64 >> 32 == 0;
    // Division of 32 bits is several times faster on many processors.
    let quotient = if is_short { i64::from(x as u32 / y as u32) } else { x.div_euclid(y) };
    Some(small(quotient))
}

#[inline(always)]
fn quick_mod(a: Value, b: Value) -> Option<Value> {
    if (a.bits() & b.bits()) < INT_LOW {
        return None;
    }
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if y <= 0 {
        return None;
    }
    let is_short = (x | y) as u64 >> 32 == 0;
    let rest = if is_short { i64::from(x as u32 % y as u32) } else { x.rem_euclid(y) };
    Some(small(rest))
}

#[inline(always)]
fn quick_and(a: Value, b: Value) -> Option<Value> {
    let is_quick = (a.bits() & b.bits()) >= INT_LOW;
    is_quick.then(|| small(a.int_unchecked() & b.int_unchecked()))
}

#[inline(always)]
fn quick_or(a: Value, b: Value) -> Option<Value> {
    let is_quick = (a.bits() & b.bits()) >= INT_LOW;
    is_quick.then(|| small(a.int_unchecked() | b.int_unchecked()))
}

#[inline(always)]
fn quick_xor(a: Value, b: Value) -> Option<Value> {
    let is_quick = (a.bits() & b.bits()) >= INT_LOW;
    is_quick.then(|| small(a.int_unchecked() ^ b.int_unchecked()))
}

#[inline(always)]
fn quick_shl(a: Value, b: Value) -> Option<Value> {
    if (a.bits() & b.bits()) < INT_LOW {
        return None;
    }
    let (x, n) = (a.int_unchecked(), b.int_unchecked());
    if (0..13).contains(&n) { Value::small_int(x << n) } else { None }
}

#[inline(always)]
fn quick_shr(a: Value, b: Value) -> Option<Value> {
    if (a.bits() & b.bits()) < INT_LOW {
        return None;
    }
    let (x, n) = (a.int_unchecked(), b.int_unchecked());
    (n >= 0).then(|| small(x >> n.min(63)))
}

/// The word of an int that is no larger in size than one that had a word.
#[inline(always)]
fn small(i: i64) -> Value {
    // SAFETY: an int within ±2^50, so it is an int's word.
    unsafe { Value::from_bits(INT_BASE.wrapping_add(i as u64)) }
}

/// The in-place operators that have no instruction of their own, on ints; and `/=` on floats.
#[inline(never)]
pub(super) fn quick_in_place(op: BinaryOp, a: Value, b: Value) -> Option<Value> {
    match op {
        BinaryOp::FloorDiv => quick_floor_div(a, b),
        BinaryOp::Mod => quick_mod(a, b),
        BinaryOp::BitAnd => quick_and(a, b),
        BinaryOp::BitOr => quick_or(a, b),
        BinaryOp::BitXor => quick_xor(a, b),
        BinaryOp::Shl => quick_shl(a, b),
        BinaryOp::Shr => quick_shr(a, b),
        BinaryOp::Div => {
            let (x, y) = (a.as_float()?, b.as_float()?);
            (y != 0.0).then(|| Value::float(x / y))
        }
        _ => None,
    }
}

/// Equality where it takes no call: of ints, floats, strings, nil and bools.
#[inline(always)]
fn quick_eq(a: Value, b: Value) -> Option<bool> {
    if (a.bits() & b.bits()) >= INT_LOW {
        return Some(a == b);
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Some(a.equals(&b));
    }
    if a.is_float() && b.is_float() {
        return Some(a.float_bits() == b.float_bits());
    }
    None
}

/// Indexing where it takes no call and no new object: lists and tuples by ints from 0, dicts by strings and ints.
#[inline(always)]
fn quick_index(object: Value, key: Value) -> Option<Value> {
    if let Some(list) = object.as_object::<List>() {
        return list.items.get(key.as_int()? as usize);
    }
    if let Some(dict) = object.as_object::<Dict>() {
        let at = quick_find(&dict.table, key)?;
        return dict.table.entry(at).map(|(_, value)| value);
    }
    if let Some(tuple) = object.as_object::<Tuple>() {
        return tuple.items().get(key.as_int()? as usize).copied();
    }
    None
}

/// The position of a key that is a string, or an int that is the very word.
#[inline(always)]
fn quick_find(table: &Table, key: Value) -> Option<usize> {
    if let Some(string) = key.as_str() {
        return table.find_str(&string);
    }
    let i = key.as_int()?;
    table.find_word(key, super::compare::hash_small_int(i))
}
