//! The one table of all instructions: name, operand kinds, extra word and meaning.
//!
//! The enum, the disassembler, the verifier and the documentation all follow from [`for_each_op`], so an
//! instruction is added here, in the emitter and in the dispatch loop, and nowhere else. What is hard is
//! that the verifier's answer is what makes the dispatch loop's unchecked operands sound: an operand whose
//! kind is declared wrongly here is a memory fault there.
//!
//! A word is 32 bits: the opcode in the low byte, then `A`, `B` and `C`, a byte each. `Bx` is B and C as one
//! unsigned 16-bit number, `sBx` the same less 32,768. An extra word ([`Op::Extra`], or [`Op::Jump`] for
//! jump targets) holds a 24-bit operand in its upper bytes; it belongs to the instruction before it.

/// What an operand names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Unused, must be 0.
    None,
    /// A register that is written.
    Out,
    /// A register that is read.
    In,
    /// A register that is read and written.
    InOut,
    /// The first register of a window that the instruction's meaning describes.
    Window,
    /// An unsigned number.
    Count,
    /// A signed byte, stored plus 128.
    Imm,
    /// 0 or 1.
    Flag,
    /// An index into the constants.
    Const,
    /// Bx: an index into the constants.
    ConstX,
    /// Bx: a signed 16-bit number (sBx).
    ImmX,
    /// Bx: a register beyond the directly addressable ones.
    FarX,
    /// Bx: a slot of the module.
    SlotX,
    /// Bx: an index into the builtins.
    BuiltinX,
    /// Bx: an upvalue of the running closure.
    UpvalueX,
    /// Bx: an index into the nested functions.
    FunctionX,
}

/// What the word behind an instruction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// There is no extra word.
    None,
    /// A `Jump` word: where to go, relative to the word after it.
    Jump,
    /// An `Extra` word: an index into the name sites (a name and its inline cache).
    Site,
    /// An `Extra` word: a site; behind it another: an index into the keyword lists.
    SiteKeywords,
    /// An `Extra` word: an index into the keyword lists.
    Keywords,
    /// An `Extra` word: a slot of the module.
    Slot,
    /// An `Extra` word: an index into the imports.
    Import,
    /// An `Extra` word: a plain number.
    Number,
}

/// Calls `$then! { Name(a, b, c; tail) "meaning"; … }` with the whole instruction set.
#[macro_export]
macro_rules! for_each_op {
    ($then:ident) => {
        $then! {
            // Moves and constants.
            Move(Out, In, None; None) "R[A] = R[B]";
            LoadNil(Out, None, None; None) "R[A] = nil";
            LoadTrue(Out, None, None; None) "R[A] = true";
            LoadFalse(Out, None, None; None) "R[A] = false";
            LoadUndef(Out, None, None; None) "R[A] = the mark of a variable without a value";
            LoadInt(Out, ImmX, None; None) "R[A] = sBx";
            LoadConst(Out, ConstX, None; None) "R[A] = K[Bx]";
            LoadFar(Out, FarX, None; None) "R[A] = R[Bx], for registers past 249";
            StoreFar(In, FarX, None; None) "R[Bx] = R[A], for registers past 249";

            // Variables that are not registers.
            GetSlot(Out, SlotX, None; None) "R[A] = the module's slot Bx; NameError when it has no value yet";
            SetSlot(In, SlotX, None; None) "the module's slot Bx = R[A]";
            GetBuiltin(Out, BuiltinX, None; None) "R[A] = builtin Bx";
            NewCell(Out, None, None; None) "R[A] = a new cell without a value";
            NewCellOf(Out, In, None; None) "R[A] = a new cell that holds R[B]";
            GetCell(Out, In, None; None) "R[A] = what the cell R[B] holds; NameError when nothing";
            SetCell(In, In, None; None) "the cell R[A] = R[B]";
            GetUpvalue(Out, UpvalueX, None; None) "R[A] = upvalue Bx, captured by value";
            GetUpvalueCell(Out, UpvalueX, None; None) "R[A] = what the cell in upvalue Bx holds; NameError when nothing";
            SetUpvalueCell(In, UpvalueX, None; None) "the cell in upvalue Bx = R[A]";
            Closure(Out, FunctionX, None; None) "R[A] = a closure of nested function Bx, with its captures";

            // Arithmetic. The Aug forms are the in-place statements: lists and the like change themselves.
            Add(Out, In, In; None) "R[A] = R[B] + R[C]";
            Sub(Out, In, In; None) "R[A] = R[B] - R[C]";
            Mul(Out, In, In; None) "R[A] = R[B] * R[C]";
            Div(Out, In, In; None) "R[A] = R[B] / R[C]";
            FloorDiv(Out, In, In; None) "R[A] = R[B] // R[C]";
            Mod(Out, In, In; None) "R[A] = R[B] % R[C]";
            Pow(Out, In, In; None) "R[A] = R[B] ** R[C]";
            BitAnd(Out, In, In; None) "R[A] = R[B] & R[C]";
            BitOr(Out, In, In; None) "R[A] = R[B] | R[C]";
            BitXor(Out, In, In; None) "R[A] = R[B] ^ R[C]";
            Shl(Out, In, In; None) "R[A] = R[B] << R[C]";
            Shr(Out, In, In; None) "R[A] = R[B] >> R[C]";
            AddI(Out, In, Imm; None) "R[A] = R[B] + C";
            SubI(Out, In, Imm; None) "R[A] = R[B] - C";
            AddK(Out, In, Const; None) "R[A] = R[B] + K[C], a number";
            SubK(Out, In, Const; None) "R[A] = R[B] - K[C], a number";
            MulK(Out, In, Const; None) "R[A] = R[B] * K[C], a number";
            DivK(Out, In, Const; None) "R[A] = R[B] / K[C], a number";
            FloorDivK(Out, In, Const; None) "R[A] = R[B] // K[C], a number";
            ModK(Out, In, Const; None) "R[A] = R[B] % K[C], a number";
            BitAndK(Out, In, Const; None) "R[A] = R[B] & K[C], a number";
            KAdd(Out, Const, In; None) "R[A] = K[B], a number, + R[C]";
            KSub(Out, Const, In; None) "R[A] = K[B], a number, - R[C]";
            KMul(Out, Const, In; None) "R[A] = K[B], a number, * R[C]";
            KDiv(Out, Const, In; None) "R[A] = K[B], a number, / R[C]";
            AugAdd(Out, In, In; None) "R[A] = R[B] += R[C]";
            AugSub(Out, In, In; None) "R[A] = R[B] -= R[C]";
            AugMul(Out, In, In; None) "R[A] = R[B] *= R[C]";
            AugAddI(Out, In, Imm; None) "R[A] = R[B] += C";
            AugSubI(Out, In, Imm; None) "R[A] = R[B] -= C";
            Aug(Out, In, In; Number) "R[A] = R[B] op= R[C]; the extra word is the place of op in BinaryOp";
            Neg(Out, In, None; None) "R[A] = -R[B]";
            Pos(Out, In, None; None) "R[A] = +R[B]";
            Invert(Out, In, None; None) "R[A] = ~R[B]";
            Not(Out, In, None; None) "R[A] = not R[B]";

            // Comparisons for their value.
            Eq(Out, In, In; None) "R[A] = R[B] == R[C]";
            Ne(Out, In, In; None) "R[A] = R[B] != R[C]";
            EqK(Out, In, Const; None) "R[A] = R[B] == K[C], a number or a string";
            NeK(Out, In, Const; None) "R[A] = R[B] != K[C], a number or a string";
            Lt(Out, In, In; None) "R[A] = R[B] < R[C]";
            Le(Out, In, In; None) "R[A] = R[B] <= R[C]";
            Gt(Out, In, In; None) "R[A] = R[B] > R[C]";
            Ge(Out, In, In; None) "R[A] = R[B] >= R[C]";
            Is(Out, In, In; None) "R[A] = R[B] is R[C]";
            IsNot(Out, In, In; None) "R[A] = R[B] is not R[C]";
            In(Out, In, In; None) "R[A] = R[B] in R[C]";
            NotIn(Out, In, In; None) "R[A] = R[B] not in R[C]";

            // Jumps. A test jumps when its outcome equals its flag, else goes on behind the jump word.
            Jump(None, None, None; None) "go on at the 24-bit signed distance from the next word";
            Loop(None, None, None; None) "as Jump, backwards, and a safepoint";
            Test(In, Flag, None; Jump) "jump if truth(R[A]) == B";
            TestUndef(In, Flag, None; Jump) "jump if (R[A] has no value) == B";
            TestNil(In, Flag, None; Jump) "jump if (R[A] is nil) == B";
            TestEq(In, In, Flag; Jump) "jump if (R[A] == R[B]) == C";
            TestNe(In, In, Flag; Jump) "jump if (R[A] != R[B]) == C";
            TestLt(In, In, Flag; Jump) "jump if (R[A] < R[B]) == C";
            TestLe(In, In, Flag; Jump) "jump if (R[A] <= R[B]) == C";
            TestGt(In, In, Flag; Jump) "jump if (R[A] > R[B]) == C";
            TestGe(In, In, Flag; Jump) "jump if (R[A] >= R[B]) == C";
            TestIs(In, In, Flag; Jump) "jump if (R[A] is R[B]) == C";
            TestIn(In, In, Flag; Jump) "jump if (R[A] in R[B]) == C";
            TestEqK(In, Const, Flag; Jump) "jump if (R[A] == K[B]) == C, K[B] a number or a string";
            TestNeK(In, Const, Flag; Jump) "jump if (R[A] != K[B]) == C, K[B] a number or a string";
            TestLtI(In, Imm, Flag; Jump) "jump if (R[A] < B) == C";
            TestLeI(In, Imm, Flag; Jump) "jump if (R[A] <= B) == C";
            TestGtI(In, Imm, Flag; Jump) "jump if (R[A] > B) == C";
            TestGeI(In, Imm, Flag; Jump) "jump if (R[A] >= B) == C";
            TestLtK(In, Const, Flag; Jump) "jump if (R[A] < K[B], a number) == C";
            TestLeK(In, Const, Flag; Jump) "jump if (R[A] <= K[B], a number) == C";
            TestGtK(In, Const, Flag; Jump) "jump if (R[A] > K[B], a number) == C";
            TestGeK(In, Const, Flag; Jump) "jump if (R[A] >= K[B], a number) == C";

            // Iteration. Loops are entered by RangePrep or a Jump to the ForLoop, and go round at their end.
            RangePrep(Window, Out, Flag; Jump) "R[A..A+3] = start, stop (included if C), step become the current one, how many are left, and the step; R[B] = the first; jump if there is none";
            RangeLoop(Window, Out, None; Jump) "if one is left: R[B] = the next, and jump (a safepoint)";
            GetIter(Out, In, None; None) "R[A] = iter(R[B])";
            ForLoop(In, Out, None; Jump) "if the iterator R[A] has another: R[B] = it, and jump (a safepoint)";
            Unpack(Window, In, Count; None) "R[A..A+C] = the exactly C items of R[B]";
            UnpackStar(Window, In, Count; Number) "R[A..A+C+1+n] = C items of R[B], a list of the middle ones, and n items at the end; n in the extra word";

            // Attributes, items, slices.
            GetAttr(Out, In, None; Site) "R[A] = R[B].name";
            SetAttr(In, In, None; Site) "R[A].name = R[B]";
            DelAttr(In, None, None; Site) "del R[A].name";
            GetSuper(Out, In, In; Site) "R[A] = super.name, where self is R[B] and the method's class R[C]";
            GetIndex(Out, In, In; None) "R[A] = R[B][R[C]]";
            GetIndexI(Out, In, Count; None) "R[A] = R[B][C]";
            SetIndex(In, In, In; None) "R[A][R[B]] = R[C]";
            DelIndex(In, In, None; None) "del R[A][R[B]]";
            GetSlice(Out, Window, None; None) "R[A] = R[B][R[B+1]:R[B+2]:R[B+3]]";
            SetSlice(Window, In, None; None) "R[A][R[A+1]:R[A+2]:R[A+3]] = R[B]";
            DelSlice(Window, None, None; None) "del R[A][R[A+1]:R[A+2]:R[A+3]]";

            // Displays and text.
            NewList(Out, Window, Count; None) "R[A] = [R[B..B+C]]";
            ListAppend(In, Window, Count; None) "append R[B..B+C] to the list R[A]";
            ListSpread(In, In, None; None) "append all of the iterable R[B] to the list R[A]";
            NewTuple(Out, Window, Count; None) "R[A] = (R[B..B+C])";
            ListToTuple(Out, In, None; None) "R[A] = the list R[B] as a tuple";
            NewDict(Out, None, None; None) "R[A] = {}";
            DictPut(In, In, In; None) "R[A][R[B]] = R[C], R[A] a dict under construction";
            DictSpread(In, In, None; None) "put all of the mapping R[B] into the dict R[A]";
            NewSet(Out, None, None; None) "R[A] = an empty set";
            SetPut(In, In, None; None) "add R[B] to the set R[A]";
            SetSpread(In, In, None; None) "add all of the iterable R[B] to the set R[A]";
            NewRange(Out, Window, Flag; None) "R[A] = R[B]..R[B+1], including the end if C";
            Format(Out, Window, Count; None) "R[A] = R[B] as text; C: conversion (0 none, 1 str, 2 repr, 3 ascii), plus 4 when R[B+1] is the specification";
            Concat(Out, Window, Count; None) "R[A] = the strings R[B..B+C] in one";

            // Calls: the result replaces R[A].
            Call(Window, Count, None; None) "R[A] = R[A](R[A+1..A+1+B])";
            CallSlot(Window, Count, None; Slot) "R[A] = the module's slot, called with R[A+1..A+1+B]";
            CallMethod(Window, Count, None; Site) "R[A] = R[A+1].name(R[A+2..A+2+B])";
            CallSuper(Window, Count, None; Site) "R[A] = super.name(R[A+2..A+2+B]), where the method's class is R[A] and self R[A+1]";
            CallKeywords(Window, Count, None; Keywords) "as Call; behind the B positional values stand those of the keywords";
            CallMethodKeywords(Window, Count, None; SiteKeywords) "as CallMethod; behind the B positional values stand those of the keywords";
            CallSpread(Window, None, None; None) "R[A] = R[A](*R[A+1], **R[A+2]), a list, and a dict or nil";
            KeywordPut(Window, In, In; None) "put R[B]: R[C] into the keyword dict R[A]; the callee R[A-2] is named when it is there already";
            KeywordSpread(Window, In, None; None) "put all of the mapping R[B] into the keyword dict R[A]; the callee R[A-2] is named in errors";
            Return(In, None, None; None) "return R[A]";
            ReturnNil(None, None, None; None) "return nil";

            // Classes.
            NewClass(Out, In, Flag; Number) "R[A] = a new class named K[extra word], over R[B] if C, else over object";
            SetMember(In, In, Flag; Site) "the class R[A] gets R[B] as member name; C: it was declared by a decorated fn";
            GetMember(Out, In, None; Site) "R[A] = the class R[B]'s own member name, unbound";

            // Exceptions: a handler's exception range says which register receives the exception.
            Raise(In, None, None; None) "raise R[A]";
            RaiseFrom(In, In, None; None) "raise R[A] from R[B]";
            RaiseAgain(None, None, None; None) "raise the exception that is being handled (a bare raise)";
            Reraise(In, None, None; None) "go on raising R[A], as if it had not been caught";
            ShowComparison(Out, In, In; Number) "R[A] = the text that shows R[B] op R[C]; the extra word is the place of op in CompareOp";
            RaiseAssertion(Window, Flag, None; None) "raise AssertionError: R[A] shows the comparison that failed, or is nil; R[A+1] is the message if B";
            MatchException(In, In, Flag; Jump) "jump if (R[A] is an instance of the class or tuple R[B]) == C";
            WithEnter(Window, None, None; None) "the context manager R[A] becomes its exit method, R[A+1] what entering gave";
            WithExit(Window, In, Flag; Jump) "call the exit method R[A] for the exception R[B] or nil; jump if (it swallowed one) == C";

            // Modules.
            Import(Out, None, None; Import) "R[A] = the module";
            ImportFrom(Out, In, None; Site) "R[A] = name from the module R[B]";

            // Generators.
            Yield(InOut, None, None; None) "hand R[A] out; R[A] = what is sent in on resumption";
            YieldFrom(Window, None, None; None) "delegate to the iterator R[A] until it ends; R[A] = its value";

            Extra(None, None, None; None) "the extra word of the instruction before it, never executed";
        }
    };
}

macro_rules! define_ops {
    ($($name:ident($a:ident, $b:ident, $c:ident; $tail:ident) $doc:literal;)*) => {
        /// An instruction's opcode.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $name),* }

        /// Every instruction in the order of its number.
        pub const OPS: &[OpInfo] = &[$(OpInfo {
            op: Op::$name,
            name: stringify!($name),
            operands: [Operand::$a, Operand::$b, Operand::$c],
            tail: Tail::$tail,
            meaning: $doc,
        }),*];
    };
}
for_each_op!(define_ops);

/// What the table says of one instruction.
#[derive(Debug)]
pub struct OpInfo {
    pub op: Op,
    pub name: &'static str,
    /// The kinds of A, B and C; a kind that ends in `X` in the place of B takes B and C together.
    pub operands: [Operand; 3],
    pub tail: Tail,
    pub meaning: &'static str,
}

impl Op {
    /// The instruction with this number, if there is one.
    pub fn from_u8(n: u8) -> Option<Op> {
        OPS.get(n as usize).map(|info| info.op)
    }

    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// How many words follow this one as its operands.
    pub fn extra_words(self) -> usize {
        match self.info().tail {
            Tail::None => 0,
            Tail::SiteKeywords => 2,
            _ => 1,
        }
    }
}

/// One word of code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Word(pub u32);

impl Word {
    pub fn abc(op: Op, a: u8, b: u8, c: u8) -> Word {
        Word(op as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24)
    }

    pub fn abx(op: Op, a: u8, bx: u16) -> Word {
        Word(op as u32 | (a as u32) << 8 | (bx as u32) << 16)
    }

    /// A word with a signed 16-bit number.
    pub fn a_imm(op: Op, a: u8, n: i16) -> Word {
        Word::abx(op, a, (n as i32 + 0x8000) as u16)
    }

    /// A jump word; `distance` must be within ±2^23 (the emitter checks).
    pub fn jump(op: Op, distance: i32) -> Word {
        Word(op as u32 | ((distance as u32) << 8))
    }

    /// An extra word; `n` must be below 2^24 (the emitter checks).
    pub fn extra(n: u32) -> Word {
        Word(Op::Extra as u32 | n << 8)
    }

    /// The opcode's number, which may be none of [`Op`] in code that is not verified.
    #[inline(always)]
    pub fn op_byte(self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    pub fn a(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }

    #[inline(always)]
    pub fn b(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }

    #[inline(always)]
    pub fn c(self) -> usize {
        (self.0 >> 24) as usize
    }

    #[inline(always)]
    pub fn bx(self) -> usize {
        (self.0 >> 16) as usize
    }

    #[inline(always)]
    pub fn sbx(self) -> i32 {
        (self.0 >> 16) as i32 - 0x8000
    }

    /// C as a signed immediate.
    #[inline(always)]
    pub fn imm_c(self) -> i64 {
        (self.0 >> 24) as i64 - 128
    }

    /// B as a signed immediate.
    #[inline(always)]
    pub fn imm_b(self) -> i64 {
        (self.0 >> 16 & 0xff) as i64 - 128
    }

    /// The signed 24-bit distance of a jump word.
    #[inline(always)]
    pub fn distance(self) -> i32 {
        self.0 as i32 >> 8
    }

    /// The 24-bit operand of an extra word.
    #[inline(always)]
    pub fn extra_value(self) -> usize {
        (self.0 >> 8) as usize
    }
}
