//! The instructions that are not worth a place in the dispatch loop: those that make objects, look things up or call
//! far into the VM anyway. Kept apart so that the loop stays small enough for its variables to live in registers.
//!
//! The invariants are those of the loop ([`super::dispatch`]): operands are verified, and the frame's `pc` is
//! exact on entry, is kept exact before everything that looks at it, and is where the loop goes on.

#![allow(unsafe_code)]

use toy_grammar::ast::{CompareOp, UnaryOp};

use super::call::CallTarget;
use super::dispatch::{BINARY_OPS, quick_in_place, site_name};
use super::{Raised, Sym, Vm};
use crate::bytecode::opcodes::{Op, Word};
use crate::value::{
    Class, Closure, Dict, Gc, INT_LOW, Instance, Iter, IterState, Layout, List, Str, Table, Tuple, Value,
    VarCell, range_len,
};

/// How the loop goes on.
pub(super) enum Next {
    /// At the frame's `pc`.
    Go,
    /// In a frame that was pushed.
    Frame,
    /// Not: the generator hands this out.
    Yield(Value),
    /// With an exception that goes on as if it had not been caught.
    Again(Raised),
}

impl Vm {
    /// Executes one instruction of the running frame.
    #[inline(never)]
    pub(super) fn uncommon(&mut self, word: Word) -> Result<Next, Raised> {
        // Before anything is made: whatever is in use is in registers now.
        self.safepoint()?;
        // SAFETY: a frame is running, so there is a last one.
        let frame = unsafe { *self.stack.frames.last().unwrap_unchecked() };
        let (mut pc, base, closure) = (frame.pc, frame.base, frame.closure);
        let constants = closure.proto.constants_ptr;

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
        macro_rules! jump {
            () => {{
                // SAFETY: verified: the jump word is there, and its target in the code.
                pc = unsafe { pc.offset(1 + (*pc).distance() as isize) };
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
        macro_rules! save {
            () => {{
                // SAFETY: as above.
                unsafe { self.stack.frames.last_mut().unwrap_unchecked().pc = pc };
            }};
        }
        macro_rules! raise {
            ($raised:expr) => {{ return Err($raised) }};
        }
        macro_rules! check {
            ($result:expr) => {
                $result?
            };
        }
        // Begins a call whose callee is any value: `args` words from `base`, the result to register `out`.
        macro_rules! call_value {
            ($callee:expr, $args:expr, $count:expr, $names:expr, $out:expr) => {{
                save!();
                // SAFETY: the verifier checked the window.
                let (args, result) = unsafe { (base.add($args), base.add($out)) };
                match self.begin_call($callee, args, $count, $names, result)? {
                    CallTarget::Done(value) => set!($out, value),
                    CallTarget::Frame => return Ok(Next::Frame),
                }
            }};
        }

        // SAFETY: verified code: the byte is an opcode.
        let op: Op = unsafe { std::mem::transmute::<u8, Op>(word.op_byte()) };
        match op {
            Op::NewCell => {
                set!(word.a(), VarCell::new(&mut self.heap, Value::UNDEF).value());
            }
            Op::NewCellOf => {
                let value = r!(word.b());
                set!(word.a(), VarCell::new(&mut self.heap, value).value());
            }
            Op::Closure => {
                // SAFETY: `base` is the running frame's.
                let value = unsafe { self.make_closure(closure, word.bx(), base) };
                set!(word.a(), value);
            }

            Op::Aug => {
                let op = BINARY_OPS[extra!().min(11)];
                let (a, b) = (r!(word.b()), r!(word.c()));
                if let Some(value) = quick_in_place(op, a, b) {
                    set!(word.a(), value);
                } else {
                    save!();
                    let value = check!(self.binary_in_place(op, a, b));
                    set!(word.a(), value);
                }
            }
            Op::Pos => {
                save!();
                let value = check!(self.unary(UnaryOp::Pos, r!(word.b())));
                set!(word.a(), value);
            }
            Op::Invert => {
                save!();
                let value = check!(self.unary(UnaryOp::Invert, r!(word.b())));
                set!(word.a(), value);
            }
            Op::In => {
                save!();
                let found = check!(self.contains(r!(word.c()), r!(word.b())));
                set!(word.a(), Value::bool(found));
            }
            Op::NotIn => {
                save!();
                let found = check!(self.contains(r!(word.c()), r!(word.b())));
                set!(word.a(), Value::bool(!found));
            }

            Op::TestIn => {
                save!();
                let found = check!(self.contains(r!(word.b()), r!(word.a())));
                branch!(found, word.c());
            }
            Op::RangePrep => {
                save!();
                // SAFETY: verified window of three registers.
                let window = unsafe { std::slice::from_raw_parts_mut(base.add(word.a()), 3) };
                let prepared = if (window[0].bits() & window[1].bits()) >= INT_LOW && window[2].is_int() {
                    let (start, stop, step) =
                        (window[0].int_unchecked(), window[1].int_unchecked(), window[2].int_unchecked());
                    if step == 0 {
                        raise!(self.value_error("range() arg 3 must not be zero"));
                    }
                    Some((start, range_len(start, stop + word.c() as i64, step), step))
                } else {
                    check!(self.prepare_range([window[0], window[1], window[2]], word.c() != 0))
                };
                match prepared {
                    Some((start, len, step)) if len > 0 => {
                        let first = self.heap.int(start);
                        let last = start as i128 + step as i128 * (len - 1) as i128;
                        window[0] = first;
                        if first.is_int()
                            && i64::try_from(last).is_ok_and(|last| Value::small_int(last).is_some())
                        {
                            // All ints of the loop are inline, so `RangeLoop` just adds words. The step is
                            // kept as a bare number: as a word it is that of an int or of a tiny float.
                            window[1] = Value::len((len - 1) as usize);
                            let step = if len == 1 { 0 } else { step };
                            // SAFETY: a step between inline ints has fewer than 52 bits, so it is no pointer's word.
                            window[2] = unsafe { Value::from_bits(step as u64) };
                        } else {
                            window[1] = Value::float((len - 1) as f64);
                            window[2] = self.heap.int(step);
                        }
                        set!(word.b(), first);
                        skip!();
                    }
                    _ => jump!(),
                }
            }
            Op::GetIter => {
                save!();
                let v = r!(word.b());
                let value = match v.as_object::<List>() {
                    Some(list) => Iter::new(&mut self.heap, IterState::List { list, next: 0 }).value(),
                    None => check!(self.iter(v)),
                };
                set!(word.a(), value);
            }
            Op::Unpack => {
                let (v, count) = (r!(word.b()), word.c());
                let tuple = v.as_object::<Tuple>().filter(|tuple| tuple.items().len() == count);
                if let Some(tuple) = tuple {
                    for (i, item) in tuple.items().iter().enumerate() {
                        set!(word.a() + i, *item);
                    }
                } else {
                    save!();
                    let items = check!(self.unpack(v, count));
                    for (i, item) in items.into_iter().enumerate().take(count) {
                        set!(word.a() + i, item);
                    }
                }
            }
            Op::UnpackStar => {
                let after = extra!();
                save!();
                let items = check!(self.unpack_star(r!(word.b()), word.c(), after));
                for (i, item) in items.into_iter().enumerate().take(word.c() + 1 + after) {
                    set!(word.a() + i, item);
                }
            }

            Op::DelAttr => {
                let site = extra!();
                save!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                check!(self.del_attr(r!(word.a()), name));
            }
            Op::GetSuper => {
                let site = extra!();
                save!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                let object = r!(word.b());
                let member = check!(self.find_super(r!(word.c()), name));
                let value = check!(self.bind(object, member));
                set!(word.a(), value);
            }
            Op::DelIndex => {
                save!();
                check!(self.del_item(r!(word.a()), r!(word.b())));
            }
            Op::GetSlice => {
                save!();
                let b = word.b();
                let value = check!(self.get_slice(r!(b), r!(b + 1), r!(b + 2), r!(b + 3)));
                set!(word.a(), value);
            }
            Op::SetSlice => {
                save!();
                let a = word.a();
                check!(self.set_slice(r!(a), r!(a + 1), r!(a + 2), r!(a + 3), r!(word.b())));
            }
            Op::DelSlice => {
                save!();
                let a = word.a();
                check!(self.del_slice(r!(a), r!(a + 1), r!(a + 2), r!(a + 3)));
            }

            Op::NewList => {
                // SAFETY: verified window.
                let items = unsafe { std::slice::from_raw_parts(base.add(word.b()), word.c()) }.to_vec();
                set!(word.a(), List::new(&mut self.heap, items).value());
            }
            Op::ListAppend => {
                if let Some(list) = r!(word.a()).as_object::<List>() {
                    let before = list.items.capacity();
                    // SAFETY: verified window.
                    list.items.extend(unsafe { std::slice::from_raw_parts(base.add(word.b()), word.c()) });
                    self.heap.charge((list.items.capacity() - before) * 8);
                }
            }
            Op::ListSpread => {
                save!();
                check!(self.spread_into_list(r!(word.a()), r!(word.b())));
            }
            Op::NewTuple => {
                // SAFETY: verified window; nothing is collected while the tuple is made.
                let items = unsafe { std::slice::from_raw_parts(base.add(word.b()), word.c()) };
                set!(word.a(), Tuple::new(&mut self.heap, items).value());
            }
            Op::ListToTuple => {
                let items = r!(word.b()).as_object::<List>().map_or(Vec::new(), |list| list.items.to_vec());
                set!(word.a(), Tuple::new(&mut self.heap, &items).value());
            }
            Op::NewDict => {
                set!(word.a(), Dict::new(&mut self.heap).value());
            }
            Op::DictPut => {
                save!();
                if let Some(dict) = r!(word.a()).as_object::<Dict>() {
                    check!(self.dict_put(dict, r!(word.b()), r!(word.c())));
                }
            }
            Op::DictSpread => {
                save!();
                check!(self.spread_into_dict(r!(word.a()), r!(word.b())));
            }
            Op::NewSet => {
                set!(word.a(), crate::value::Set::from_table(&mut self.heap, Table::new(), false).value());
            }
            Op::SetPut => {
                save!();
                if let Some(set) = r!(word.a()).as_object::<crate::value::Set>() {
                    check!(self.set_add(&set.table, r!(word.b())));
                }
            }
            Op::SetSpread => {
                save!();
                check!(self.spread_into_set(r!(word.a()), r!(word.b())));
            }
            Op::NewRange => {
                save!();
                let (start, end) = (r!(word.b()), r!(word.b() + 1));
                let value = check!(self.range_literal(start, end, word.c() != 0));
                set!(word.a(), value);
            }
            Op::Format => {
                let (v, mode) = (r!(word.b()), word.c());
                if mode & 3 <= 1 && mode & 4 == 0 && v.as_str().is_some() {
                    set!(word.a(), v);
                    save!();
                    return Ok(Next::Go);
                }
                save!();
                let spec = if mode & 4 != 0 { r!(word.b() + 1) } else { Value::UNDEF };
                let value = check!(self.format_field(v, mode & 3, spec));
                set!(word.a(), value);
            }
            Op::Concat => {
                save!();
                // SAFETY: verified window.
                let parts = unsafe { std::slice::from_raw_parts(base.add(word.b()), word.c()) };
                let value = check!(self.concat_strings(parts));
                set!(word.a(), value);
            }

            Op::CallSuper => {
                let site = extra!();
                let a = word.a();
                save!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                let object = r!(a + 1);
                let member = check!(self.find_super_at(r!(a), name));
                match member {
                    SuperMember::Method(function) => {
                        call_value!(function, a + 1, word.b() + 1, &[], a);
                    }
                    SuperMember::Nothing => {
                        // `object`'s own `init` takes nothing and does nothing.
                        set!(a, Value::NIL);
                    }
                    SuperMember::Construct(construct) => {
                        // SAFETY: the verifier checked the window.
                        let args = unsafe { base.add(a + 2) };
                        check!(self.init_exception(construct, object, args, word.b()));
                        set!(a, Value::NIL);
                    }
                    SuperMember::Other(member) => {
                        let callee = check!(self.bind(object, member));
                        set!(a + 1, callee);
                        call_value!(callee, a + 2, word.b(), &[], a);
                    }
                }
            }
            Op::CallKeywords => {
                let keywords = extra!();
                // SAFETY: verified operand; the names live as long as the proto, which the frame keeps.
                let names: &[Gc<Str>] = unsafe {
                    let names = closure.proto.keywords.get_unchecked(keywords);
                    std::slice::from_raw_parts(names.as_ptr(), names.len())
                };
                call_value!(r!(word.a()), word.a() + 1, word.b(), names, word.a());
            }
            Op::CallMethodKeywords => {
                let site = extra!();
                let keywords = extra!();
                let a = word.a();
                let object = r!(a + 1);
                // SAFETY: verified operands; the names live as long as the proto, which the frame keeps.
                let (cache, names, name): (_, &[Gc<Str>], _) = unsafe {
                    let names = closure.proto.keywords.get_unchecked(keywords);
                    (
                        closure.proto.caches.get_unchecked(site).get(),
                        std::slice::from_raw_parts(names.as_ptr(), names.len()),
                        site_name(closure, site),
                    )
                };
                save!();
                // The count never matches a plain arity, so the cache holds no plain method.
                let (function, bound) = check!(self.find_method_at(object, name, u16::MAX as usize, cache));
                if bound {
                    call_value!(function, a + 1, word.b() + 1, names, a);
                } else {
                    set!(a + 1, function);
                    call_value!(function, a + 2, word.b(), names, a);
                }
            }
            Op::CallSpread => {
                let a = word.a();
                save!();
                // SAFETY: the verifier checked the window of three registers.
                let window = unsafe { base.add(a) };
                match check!(self.begin_spread_call(window)) {
                    CallTarget::Done(value) => {
                        set!(a, value);
                    }
                    CallTarget::Frame => return Ok(Next::Frame),
                }
            }
            Op::KeywordPut => {
                save!();
                let callee = r!(word.a() - 2);
                check!(self.keyword_put(callee, r!(word.a()), r!(word.b()), r!(word.c())));
            }
            Op::KeywordSpread => {
                save!();
                let callee = r!(word.a() - 2);
                check!(self.keyword_spread(callee, r!(word.a()), r!(word.b())));
            }
            Op::NewClass => {
                let name = extra!();
                save!();
                let base_class = if word.c() != 0 { Some(r!(word.b())) } else { None };
                let value = check!(self.new_class(closure, k!(name), base_class));
                set!(word.a(), value);
            }
            Op::SetMember => {
                let site = extra!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                self.set_member(r!(word.a()), name, r!(word.b()), word.c() != 0);
            }
            Op::GetMember => {
                let site = extra!();
                save!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                let member = r!(word.b()).as_object::<Class>().and_then(|class| class.own_member(name));
                match member {
                    Some(member) => set!(word.a(), member),
                    None => raise!(self.undefined_name(name.as_str())),
                }
            }

            Op::Raise => {
                save!();
                let raised = self.raisable(r!(word.a()));
                if let Some(exception) = raised.0.as_object::<Instance>() {
                    self.set_context(exception);
                }
                raise!(raised);
            }
            Op::RaiseFrom => {
                save!();
                let raised = self.raisable_from(r!(word.a()), r!(word.b()));
                if let Some(exception) = raised.0.as_object::<Instance>() {
                    self.set_context(exception);
                }
                raise!(raised);
            }
            Op::RaiseAgain => {
                save!();
                match self.handled() {
                    Some(exception) => return Ok(Next::Again(Raised(exception.value()))),
                    None => raise!(self.runtime_error("No active exception to reraise")),
                }
            }
            Op::Reraise => return Ok(Next::Again(Raised(r!(word.a())))),
            Op::ShowComparison => {
                let op = CompareOp::ALL.get(extra!()).copied().unwrap_or(CompareOp::Eq);
                let (a, b) = (r!(word.b()), r!(word.c()));
                save!();
                let text = check!(self.show_comparison(op, a, b));
                set!(word.a(), text);
            }
            Op::RaiseAssertion => {
                save!();
                let message = (word.b() != 0).then(|| r!(word.a() + 1));
                let raised = self.assertion_error(r!(word.a()), message);
                if let Some(exception) = raised.0.as_object::<Instance>() {
                    self.set_context(exception);
                }
                raise!(raised);
            }
            Op::MatchException => {
                let (exception, types) = (r!(word.a()), r!(word.b()));
                save!();
                let caught = check!(self.matches(exception, types));
                branch!(caught, word.c());
            }
            Op::WithEnter => {
                save!();
                let a = word.a();
                let (exit, entered) = check!(self.enter_context(r!(a)));
                set!(a, exit);
                set!(a + 1, entered);
            }
            Op::WithExit => {
                save!();
                let swallowed = check!(self.exit_context(r!(word.a()), r!(word.b())));
                branch!(swallowed, word.c());
            }

            Op::Import => {
                let import = extra!();
                save!();
                let (code, module) = (closure.proto.code.clone(), closure.proto.module);
                let value = check!(self.import(&code.imports[import], module));
                set!(word.a(), value);
            }
            Op::ImportFrom => {
                let site = extra!();
                save!();
                // SAFETY: verified operand.
                let name = unsafe { site_name(closure, site) };
                let value = check!(self.import_from(r!(word.b()), name, closure.proto.module));
                set!(word.a(), value);
            }

            Op::Yield => {
                save!();
                let value = r!(word.a());
                self.suspend_generator();
                return Ok(Next::Yield(value));
            }
            Op::YieldFrom => {
                let iterator = r!(word.a());
                save!();
                match check!(self.next(iterator)) {
                    Some(value) => {
                        // It is executed again on resumption.
                        // SAFETY: the instruction is the word before.
                        pc = unsafe { pc.sub(1) };
                        save!();
                        self.suspend_generator();
                        return Ok(Next::Yield(value));
                    }
                    None => set!(word.a(), self.take_stop_value()),
                }
            }

            // All others are the loop's own, and `Extra` is never executed: it follows its instruction.
            _ => {}
        }
        save!();
        Ok(Next::Go)
    }

    /// Makes a closure of a nested function.
    ///
    /// # Safety
    /// `base` is the running frame's register 0, and `closure` its closure.
    unsafe fn make_closure(&mut self, closure: Gc<Closure>, function: usize, base: *mut Value) -> Value {
        let proto = closure.proto.functions[function];
        let mut captured: [Value; 16] = [Value::NIL; 16];
        let captures = &proto.code.captures;
        let capture = |capture: &crate::bytecode::code::Capture| match capture {
            // SAFETY: the verifier checked the captures.
            crate::bytecode::code::Capture::Register(register) => unsafe { *base.add(*register as usize) },
            crate::bytecode::code::Capture::Upvalue(upvalue) => closure.upvalues()[*upvalue as usize],
        };
        if captures.len() <= captured.len() {
            for (place, from) in captured.iter_mut().zip(captures) {
                *place = capture(from);
            }
            Closure::new(&mut self.heap, proto, &captured[..captures.len()]).value()
        } else {
            let captured: Vec<Value> = captures.iter().map(capture).collect();
            Closure::new(&mut self.heap, proto, &captured).value()
        }
    }

    /// `super.name(…)`: what it calls.
    fn find_super_at(&mut self, class: Value, name: Gc<Str>) -> Result<SuperMember, Raised> {
        let base = class.as_object::<Class>().and_then(|class| class.base);
        let Some(base) = base else { return Ok(SuperMember::Nothing) };
        match base.lookup(name) {
            Some(member) => Ok(match member.as_object::<Closure>() {
                Some(closure) if closure.proto.code.is_method => SuperMember::Method(member),
                _ => SuperMember::Other(member),
            }),
            None if name == self.sym(Sym::Init) => Ok(match base.construct.get() {
                Some(construct) if base.layout == Layout::Exception => SuperMember::Construct(construct),
                _ => SuperMember::Nothing,
            }),
            None => Err(match self.find_super(class, name) {
                Err(raised) => raised,
                Ok(_) => Raised(Value::NIL),
            }),
        }
    }

    /// `super.init(…)` of an exception class: gives the instance what the constructor gives a new one.
    fn init_exception(
        &mut self,
        construct: &'static crate::value::NativeDef,
        object: Value,
        args: *mut Value,
        count: usize,
    ) -> Result<(), Raised> {
        let Some(instance) = object.as_object::<Instance>() else { return Ok(()) };
        // SAFETY: the arguments are registers of the running frame.
        let given = unsafe { std::slice::from_raw_parts(args, count) };
        let mut window = vec![instance.class().value()];
        window.extend_from_slice(given);
        let made = (construct.function)(self, super::Args::new(&window))?;
        if let Some(made) = made.as_object::<Instance>() {
            for (i, key) in made.shape().keys().into_iter().enumerate() {
                if i == 0 || i > crate::value::ExceptionSlot::Traceback as usize {
                    instance.set(&mut self.heap, key, made.slot(i));
                }
            }
        }
        Ok(())
    }

    /// A call with `*args` and `**kwargs`: window of callee, list, and dict or nil.
    fn begin_spread_call(&mut self, window: *mut Value) -> Result<CallTarget, Raised> {
        // SAFETY: the window's three words are registers of the running frame.
        let (callee, list, dict) = unsafe { (*window, *window.add(1), *window.add(2)) };
        let positional = list.as_object::<List>().map_or(Vec::new(), |list| list.items.to_vec());
        let keywords = dict.as_object::<Dict>().map_or(Vec::new(), |dict| dict.table.items());
        let mut names = Vec::with_capacity(keywords.len());
        let mut values = positional;
        let count = values.len();
        for (name, value) in keywords {
            match name.as_str() {
                Some(name) => names.push(self.heap.intern_str(name)),
                None => return Err(self.type_error("keywords must be strings")),
            }
            values.push(value);
        }
        // SAFETY: the words from the window on are free for the callee; more of them than the slack are asked for.
        unsafe {
            if !self.stack.reaches(window.add(values.len() + 2 * super::stack::SLACK)) {
                return Err(self.recursion_error());
            }
            for (i, value) in values.iter().enumerate() {
                window.add(1 + i).write(*value);
            }
            let saved = self.stack.native_top;
            self.stack.native_top = saved.max(window.add(1 + values.len()));
            let target = self.begin_call(callee, window.add(1), count, &names, window);
            self.stack.native_top = saved;
            target
        }
    }
}

/// What `super.name(…)` calls.
enum SuperMember {
    Method(Value),
    Other(Value),
    /// The `init` of a built-in exception class.
    Construct(&'static crate::value::NativeDef),
    /// The `init` that no base declares.
    Nothing,
}
