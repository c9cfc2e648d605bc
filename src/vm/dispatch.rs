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
                    ($op:ident, $a:expr, $b:expr, $out:expr) => {{
                        save!();
                        set!($out, check!(self.binary_slow(BinaryOp::$op, $a, $b)));
                    }};
                }
                macro_rules! in_place_slow {
                    ($op:ident, $a:expr, $b:expr, $out:expr) => {{
                        save!();
                        set!($out, check!(self.binary_in_place_slow(BinaryOp::$op, $a, $b)));
                    }};
                }
                // One opcode for ints and floats, the rest in a slow path.
                macro_rules! arithmetic {
                    ($a:expr, $b:expr, $out:expr, add, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let sum = a.bits().wrapping_add(b.bits()).wrapping_sub(INT_BASE);
                            if sum >= INT_LOW {
                                // SAFETY: an int's word.
                                set!($out, unsafe { Value::from_bits(sum) });
                                continue;
                            }
                        } else {
                            let sum = a.float_bits() + b.float_bits();
                            if sum == sum {
                                set!($out, Value::float(sum));
                                continue;
                            }
                        }
                        $slow!(Add, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, sub, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let difference = a.bits().wrapping_sub(b.bits()).wrapping_add(INT_BASE);
                            if difference >= INT_LOW {
                                // SAFETY: an int's word.
                                set!($out, unsafe { Value::from_bits(difference) });
                                continue;
                            }
                        } else {
                            let difference = a.float_bits() - b.float_bits();
                            if difference == difference {
                                set!($out, Value::float(difference));
                                continue;
                            }
                        }
                        $slow!(Sub, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, mul, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            if let Some(product) = a.int_unchecked().checked_mul(b.int_unchecked())
                                && let Some(value) = Value::small_int(product)
                            {
                                set!($out, value);
                                continue;
                            }
                        } else {
                            let product = a.float_bits() * b.float_bits();
                            if product == product {
                                set!($out, Value::float(product));
                                continue;
                            }
                        }
                        $slow!(Mul, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, div, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let divisor = b.int_unchecked();
                            if divisor != 0 {
                                set!($out, Value::float(a.int_unchecked() as f64 / divisor as f64));
                                continue;
                            }
                        } else {
                            let divisor = b.float_bits();
                            let quotient = a.float_bits() / divisor;
                            if quotient == quotient && divisor != 0.0 {
                                set!($out, Value::float(quotient));
                                continue;
                            }
                        }
                        $slow!(Div, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, floordiv, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let (x, y) = (a.int_unchecked(), b.int_unchecked());
                            if y > 0 {
                                let quotient = if (x | y) as u64 >> 32 == 0 {
                                    (x as u32 / y as u32) as i64
                                } else {
                                    x.div_euclid(y)
                                };
                                let word = INT_BASE.wrapping_add(quotient as u64);
                                // SAFETY: no larger than `x` in size, so it is an int's word.
                                set!($out, unsafe { Value::from_bits(word) });
                                continue;
                            }
                        }
                        $slow!(FloorDiv, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, modulo, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let (x, y) = (a.int_unchecked(), b.int_unchecked());
                            if y > 0 {
                                let rest = if (x | y) as u64 >> 32 == 0 {
                                    // Division of 32 bits is several times faster on many processors.
                                    (x as u32 % y as u32) as i64
                                } else {
                                    x.rem_euclid(y)
                                };
                                // SAFETY: smaller than `y`, so it is an int's word.
                                set!($out, unsafe { Value::from_bits(INT_BASE.wrapping_add(rest as u64)) });
                                continue;
                            }
                        }
                        $slow!(Mod, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, and, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let bits = a.int_unchecked() & b.int_unchecked();
                            // SAFETY: no larger than the operands, so it is an int's word.
                            set!($out, unsafe { Value::from_bits(INT_BASE.wrapping_add(bits as u64)) });
                            continue;
                        }
                        $slow!(BitAnd, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, or, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let bits = a.int_unchecked() | b.int_unchecked();
                            // SAFETY: as for `and`.
                            set!($out, unsafe { Value::from_bits(INT_BASE.wrapping_add(bits as u64)) });
                            continue;
                        }
                        $slow!(BitOr, a, b, $out);
                    }};
                    ($a:expr, $b:expr, $out:expr, xor, $slow:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let bits = a.int_unchecked() ^ b.int_unchecked();
                            // SAFETY: as for `and`.
                            set!($out, unsafe { Value::from_bits(INT_BASE.wrapping_add(bits as u64)) });
                            continue;
                        }
                        $slow!(BitXor, a, b, $out);
                    }};
                }
                macro_rules! compare_value {
                    ($word:expr, $operator:tt, $op:ident) => {{
                        let (a, b) = (r!($word.b()), r!($word.c()));
                        if (a.bits() & b.bits()) >= INT_LOW {
                            set!($word.a(), Value::bool(a.bits() $operator b.bits()));
                        } else if a.is_float() && b.is_float() {
                            set!($word.a(), Value::bool(a.float_bits() $operator b.float_bits()));
                        } else {
                            save!();
                            set!($word.a(), check!(self.compare_slow(CompareOp::$op, a, b)));
                        }
                    }};
                }
                macro_rules! compare_branch {
                    ($a:expr, $b:expr, $flag:expr, $operator:tt, $op:ident) => {{
                        let (a, b): (Value, Value) = ($a, $b);
                        if (a.bits() & b.bits()) >= INT_LOW {
                            branch!((a.bits() $operator b.bits()), $flag);
                        } else if a.is_float() && b.is_float() {
                            branch!((a.float_bits() $operator b.float_bits()), $flag);
                        } else {
                            save!();
                            let value = check!(self.compare_truth(CompareOp::$op, a, b));
                            branch!(value, $flag);
                        }
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

                // SAFETY: verified code: `pc` points to an instruction, and its byte is an opcode.
                let word = unsafe {
                    let word = *pc;
                    pc = pc.add(1);
                    word
                };
                // SAFETY: as above.
                let op: Op = unsafe { std::mem::transmute::<u8, Op>(word.op_byte()) };
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
                    Op::Add => arithmetic!(r!(word.b()), r!(word.c()), word.a(), add, binary_slow),
                    Op::Sub => arithmetic!(r!(word.b()), r!(word.c()), word.a(), sub, binary_slow),
                    Op::Mul => arithmetic!(r!(word.b()), r!(word.c()), word.a(), mul, binary_slow),
                    Op::Div => arithmetic!(r!(word.b()), r!(word.c()), word.a(), div, binary_slow),
                    Op::FloorDiv => arithmetic!(r!(word.b()), r!(word.c()), word.a(), floordiv, binary_slow),
                    Op::Mod => arithmetic!(r!(word.b()), r!(word.c()), word.a(), modulo, binary_slow),
                    Op::Pow => binary_slow!(Pow, r!(word.b()), r!(word.c()), word.a()),
                    Op::BitAnd => arithmetic!(r!(word.b()), r!(word.c()), word.a(), and, binary_slow),
                    Op::BitOr => arithmetic!(r!(word.b()), r!(word.c()), word.a(), or, binary_slow),
                    Op::BitXor => arithmetic!(r!(word.b()), r!(word.c()), word.a(), xor, binary_slow),
                    Op::Shl => {
                        let (a, b) = (r!(word.b()), r!(word.c()));
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let (x, n) = (a.int_unchecked(), b.int_unchecked());
                            if (0..13).contains(&n)
                                && let Some(value) = Value::small_int(x << n)
                            {
                                set!(word.a(), value);
                                continue;
                            }
                        }
                        binary_slow!(Shl, a, b, word.a());
                    }
                    Op::Shr => {
                        let (a, b) = (r!(word.b()), r!(word.c()));
                        if (a.bits() & b.bits()) >= INT_LOW {
                            let (x, n) = (a.int_unchecked(), b.int_unchecked());
                            if n >= 0 {
                                let shifted = x >> n.min(63);
                                // SAFETY: no larger than `x`, so it is an int's word.
                                set!(word.a(), unsafe {
                                    Value::from_bits(INT_BASE.wrapping_add(shifted as u64))
                                });
                                continue;
                            }
                        }
                        binary_slow!(Shr, a, b, word.a());
                    }
                    Op::AddI => {
                        let b = Value::int32(word.imm_c() as i32);
                        arithmetic!(r!(word.b()), b, word.a(), add, binary_slow)
                    }
                    Op::SubI => {
                        let b = Value::int32(word.imm_c() as i32);
                        arithmetic!(r!(word.b()), b, word.a(), sub, binary_slow)
                    }
                    Op::AddK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), add, binary_slow),
                    Op::SubK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), sub, binary_slow),
                    Op::MulK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), mul, binary_slow),
                    Op::DivK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), div, binary_slow),
                    Op::FloorDivK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), floordiv, binary_slow),
                    Op::ModK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), modulo, binary_slow),
                    Op::BitAndK => arithmetic!(r!(word.b()), k!(word.c()), word.a(), and, binary_slow),
                    Op::AugAdd => arithmetic!(r!(word.b()), r!(word.c()), word.a(), add, in_place_slow),
                    Op::AugSub => arithmetic!(r!(word.b()), r!(word.c()), word.a(), sub, in_place_slow),
                    Op::AugMul => arithmetic!(r!(word.b()), r!(word.c()), word.a(), mul, in_place_slow),
                    Op::AugAddI => {
                        let b = Value::int32(word.imm_c() as i32);
                        arithmetic!(r!(word.b()), b, word.a(), add, in_place_slow)
                    }
                    Op::AugSubI => {
                        let b = Value::int32(word.imm_c() as i32);
                        arithmetic!(r!(word.b()), b, word.a(), sub, in_place_slow)
                    }
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

                    Op::Eq => compare_value!(word, ==, Eq),
                    Op::Ne => compare_value!(word, !=, Ne),
                    Op::Lt => compare_value!(word, <, Lt),
                    Op::Le => compare_value!(word, <=, Le),
                    Op::Gt => compare_value!(word, >, Gt),
                    Op::Ge => compare_value!(word, >=, Ge),
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
                    Op::TestEq => compare_branch!(r!(word.a()), r!(word.b()), word.c(), ==, Eq),
                    Op::TestNe => compare_branch!(r!(word.a()), r!(word.b()), word.c(), !=, Ne),
                    Op::TestLt => compare_branch!(r!(word.a()), r!(word.b()), word.c(), <, Lt),
                    Op::TestLe => compare_branch!(r!(word.a()), r!(word.b()), word.c(), <=, Le),
                    Op::TestGt => compare_branch!(r!(word.a()), r!(word.b()), word.c(), >, Gt),
                    Op::TestGe => compare_branch!(r!(word.a()), r!(word.b()), word.c(), >=, Ge),
                    Op::TestIs => branch!(self.is(r!(word.a()), r!(word.b())), word.c()),
                    Op::TestEqK => {
                        let (a, b) = (r!(word.a()), k!(word.b()));
                        if let Some(equal) = quick_eq(a, b) {
                            branch!(equal, word.c());
                        } else {
                            save!();
                            let value = check!(self.compare_truth(CompareOp::Eq, a, b));
                            branch!(value, word.c());
                        }
                    }
                    Op::TestNeK => {
                        let (a, b) = (r!(word.a()), k!(word.b()));
                        if let Some(equal) = quick_eq(a, b) {
                            branch!(!equal, word.c());
                        } else {
                            save!();
                            let value = check!(self.compare_truth(CompareOp::Ne, a, b));
                            branch!(value, word.c());
                        }
                    }
                    Op::TestLtI => {
                        compare_branch!(r!(word.a()), Value::int32(word.imm_b() as i32), word.c(), <, Lt)
                    }
                    Op::TestLeI => {
                        compare_branch!(r!(word.a()), Value::int32(word.imm_b() as i32), word.c(), <=, Le)
                    }
                    Op::TestGtI => {
                        compare_branch!(r!(word.a()), Value::int32(word.imm_b() as i32), word.c(), >, Gt)
                    }
                    Op::TestGeI => {
                        compare_branch!(r!(word.a()), Value::int32(word.imm_b() as i32), word.c(), >=, Ge)
                    }

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

                    // It follows its instruction and is never executed. An arm of its own, so that the jump table
                    // has a place for every opcode and needs no bounds check.
                    Op::Extra => {}
                    // Everything else, by name: a match without a rest spares the jump a range check.
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
                    | Op::YieldFrom => {
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
