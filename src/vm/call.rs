//! Calls: what calling each kind of value does, and how arguments find their parameters.
//!
//! A call's arguments stand in consecutive words of the stack, and the word before them may be overwritten (it
//! held the callee). For a closure they become the registers of the new frame where they stand. For a native
//! they are its window. A receiver, if there is one to add, goes into the word before.
//!
//! Invariants of the unsafe code: `args` points into the stack, with at least one word before it that may be
//! written, and `count` (and then the keyword values) words from it on are values; [`Vm::begin_call`] checks that
//! the registers or window fit before it writes behind them.

#![allow(unsafe_code)]

use toy_grammar::deep::maybe_grow;

use super::stack::{Frame, SLACK};
use super::{Args, Exc, NativeResult, Raised, Sym, Vm};
use crate::value::{
    BoundMethod, Class, Closure, Dict, Gc, Instance, Kind, Layout, Method, Native, Proto, Str, Tuple, Value,
};

/// How a call began.
#[derive(Clone, Copy, Debug)]
pub enum CallTarget {
    /// It is done: the result.
    Done(Value),
    /// A frame was pushed; its result goes where the caller said.
    Frame,
}

/// The keyword arguments of a call: names, and values behind the positional arguments.
pub(crate) type Keywords<'a> = &'a [Gc<Str>];

impl Vm {
    /// Calls a value with positional arguments.
    pub fn call(&mut self, callee: Value, args: &[Value]) -> NativeResult {
        self.call_from_native(callee, args, &[])
    }

    /// Calls a value with positional and keyword arguments.
    pub fn call_keywords(
        &mut self,
        callee: Value,
        args: &[Value],
        keywords: &[(Gc<Str>, Value)],
    ) -> NativeResult {
        let names: Vec<Gc<Str>> = keywords.iter().map(|(name, _)| *name).collect();
        let mut values = args.to_vec();
        values.extend(keywords.iter().map(|(_, value)| *value));
        self.call_from_native(callee, &values, &names)
    }

    /// `values` are the positional arguments and then those of the keywords.
    fn call_from_native(&mut self, callee: Value, values: &[Value], names: Keywords<'_>) -> NativeResult {
        // Native code that calls back nests on the machine's stack, which grows as needed.
        maybe_grow(256 * 1024, 2 * 1024 * 1024, || {
            let window = self.stack.top();
            // SAFETY: the stack has slack above its top; longer windows are asked for.
            unsafe {
                if !self.stack.reaches(window.add(values.len() + SLACK)) {
                    return Err(self.recursion_error());
                }
                window.write(callee);
                for (i, value) in values.iter().enumerate() {
                    window.add(1 + i).write(*value);
                }
            }
            let saved = self.stack.native_top;
            // SAFETY: as above.
            self.stack.native_top = unsafe { window.add(1 + values.len()) };
            let depth = self.stack.frames.len();
            // SAFETY: the arguments stand behind the callee's word.
            let args = unsafe { window.add(1) };
            let count = values.len() - names.len();
            let result = match self.begin_call(callee, args, count, names, std::ptr::null_mut()) {
                Ok(CallTarget::Done(value)) => Ok(value),
                Ok(CallTarget::Frame) => {
                    // The frame's registers cover the window from here on.
                    self.stack.native_top = saved;
                    self.ring_at_entry(depth).and_then(|()| self.execute(depth))
                }
                Err(raised) => Err(raised),
            };
            self.stack.native_top = saved;
            result
        })
    }

    /// Calls the method that an instance's class has under one of the VM's names; none if it has no such method.
    pub fn call_special(&mut self, object: Value, sym: Sym, args: &[Value]) -> Result<Option<Value>, Raised> {
        let Some(member) = self.find_special(object, sym) else { return Ok(None) };
        let is_method = match member.kind() {
            Some(Kind::Closure) => member.as_object::<Closure>().is_some_and(|c| c.proto.code.is_method),
            Some(Kind::Method) => true,
            Some(Kind::Native) => member.as_object::<Native>().is_some_and(|native| native.owner.is_some()),
            _ => false,
        };
        if is_method {
            let function = member.as_object::<Method>().map_or(member, |method| method.function);
            let mut values = Vec::with_capacity(args.len() + 1);
            values.push(object);
            values.extend_from_slice(args);
            return self.call(function, &values).map(Some);
        }
        let bound = self.bind(object, member)?;
        self.call(bound, args).map(Some)
    }

    /// Whether a value can be called.
    pub fn is_callable(&self, value: Value) -> bool {
        match value.kind() {
            Some(Kind::Closure | Kind::Native | Kind::BoundMethod | Kind::Class | Kind::Method) => true,
            Some(Kind::Instance | Kind::Foreign) => self.find_special(value, Sym::Call).is_some(),
            _ => false,
        }
    }

    /// As [`Vm::begin_call`], for the dispatch loop.
    #[inline(never)]
    pub(super) fn begin_call_at_safepoint(
        &mut self,
        callee: Value,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
        result: *mut Value,
    ) -> Result<CallTarget, Raised> {
        self.safepoint()?;
        self.begin_call(callee, args, count, names, result)
    }

    /// Calls a native whose receiver is known to be right, for the dispatch loop.
    #[inline(never)]
    pub(super) fn call_native_at_safepoint(
        &mut self,
        def: &'static crate::value::NativeDef,
        args: *mut Value,
        count: usize,
    ) -> NativeResult {
        self.safepoint()?;
        self.call_native_def(def, args, count, &[])
    }

    /// Begins the call of any value. `names` are those of the keyword values, which stand behind the `count` positional
    /// ones. For a closure a frame is pushed that will write to `result`; anything else is done at once.
    pub(crate) fn begin_call(
        &mut self,
        mut callee: Value,
        mut args: *mut Value,
        mut count: usize,
        names: Keywords<'_>,
        result: *mut Value,
    ) -> Result<CallTarget, Raised> {
        let mut receivers = 0;
        loop {
            match callee.kind() {
                Some(Kind::Closure) => {
                    if let Some(closure) = callee.as_object::<Closure>() {
                        return self.begin_closure(closure, args, count, names, result);
                    }
                }
                Some(Kind::Native) => {
                    if let Some(native) = callee.as_object::<Native>() {
                        return self.call_native(native, args, count, names).map(CallTarget::Done);
                    }
                }
                Some(Kind::BoundMethod) if receivers == 0 => {
                    if let Some(bound) = callee.as_object::<BoundMethod>() {
                        callee = bound.function;
                        // SAFETY: the word before the arguments may be written.
                        unsafe {
                            args = args.sub(1);
                            args.write(bound.receiver);
                        }
                        count += 1;
                        receivers += 1;
                        continue;
                    }
                }
                Some(Kind::Method) => {
                    if let Some(method) = callee.as_object::<Method>() {
                        callee = method.function;
                        continue;
                    }
                }
                Some(Kind::Class) => {
                    if let Some(class) = callee.as_object::<Class>()
                        && receivers == 0
                    {
                        return self.begin_class(class, args, count, names, result);
                    }
                }
                Some(Kind::Instance | Kind::Foreign) if receivers == 0 => {
                    if let Some(member) = self.find_special(callee, Sym::Call) {
                        // SAFETY: as above.
                        unsafe {
                            args = args.sub(1);
                            args.write(callee);
                        }
                        callee = member;
                        count += 1;
                        receivers += 1;
                        continue;
                    }
                }
                _ => {}
            }
            if receivers > 0 && self.is_callable(callee) {
                // Something bound to something bound: rare, so by copying to a window of its own.
                // SAFETY: the values stand where the caller said.
                let values = unsafe { std::slice::from_raw_parts(args, count + names.len()) }.to_vec();
                return self.call_from_native(callee, &values, names).map(CallTarget::Done);
            }
            let message = format!("'{}' object is not callable", self.type_name(callee));
            return Err(self.type_error(message));
        }
    }

    /// Calling a class makes an instance.
    fn begin_class(
        &mut self,
        class: Gc<Class>,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
        result: *mut Value,
    ) -> Result<CallTarget, Raised> {
        self.safepoint()?;
        // Built-in classes have none, and looking for one would cost more than making many an int.
        let init = if class.layout == Layout::Native { None } else { class.lookup(self.sym(Sym::Init)) };
        // SAFETY: the word before the arguments may be written.
        let window = unsafe { args.sub(1) };
        if let Some(construct) = class.construct.get() {
            // SAFETY: as above.
            unsafe { window.write(class.value()) };
            let Some(init) = init else {
                return self.call_native_def(construct, window, count + 1, names).map(CallTarget::Done);
            };
            // An exception class with an `init` of its own: the positional arguments become `args` as they are.
            let made = self.call_native_def(construct, window, count + 1, &[])?;
            self.roots.push(made);
            // SAFETY: the values stand where the caller said.
            let values = unsafe { std::slice::from_raw_parts(args, count + names.len()) }.to_vec();
            let outcome = self.bind(made, init).and_then(|init| self.call_from_native(init, &values, names));
            self.roots.pop();
            return outcome.map(|_| CallTarget::Done(made));
        }
        if class.layout == Layout::Native || class.is_abstract() {
            let message = format!("cannot create '{}' instances", class.name.get().as_str());
            return Err(self.type_error(message));
        }
        let instance = Instance::new(&mut self.heap, class).value();
        match init {
            None if count + names.len() > 0 => {
                let message = format!("{}() takes no arguments", class.name.get().as_str());
                Err(self.type_error(message))
            }
            None => Ok(CallTarget::Done(instance)),
            Some(init) => {
                // SAFETY: as above.
                unsafe { window.write(instance) };
                match init.as_object::<Closure>() {
                    Some(closure) if closure.proto.code.is_method => {
                        self.begin_closure(closure, window, count + 1, names, result)
                    }
                    _ => {
                        // A decorated `init`: whatever it returns, the instance is the result.
                        self.roots.push(instance);
                        // SAFETY: the values stand where the caller said.
                        let values =
                            unsafe { std::slice::from_raw_parts(args, count + names.len()) }.to_vec();
                        let outcome = self
                            .bind(instance, init)
                            .and_then(|init| self.call_from_native(init, &values, names));
                        self.roots.pop();
                        outcome.map(|_| CallTarget::Done(instance))
                    }
                }
            }
        }
    }

    /// Pushes the frame of a closure, its arguments bound to its parameters.
    pub(crate) fn begin_closure(
        &mut self,
        closure: Gc<Closure>,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
        result: *mut Value,
    ) -> Result<CallTarget, Raised> {
        let proto = closure.proto;
        // SAFETY: only compared, not followed; the capacity of the stack keeps it from wrapping.
        let end = unsafe { args.add((proto.registers as usize).max(count + names.len())) };
        if (end >= self.stack.soft_end || self.stack.frames.len() >= self.stack.soft_frames)
            && !self.stack.grow(end)
        {
            return Err(self.recursion_error());
        }
        if proto.plain_arity != count as i32 || !names.is_empty() {
            self.bind_arguments(closure, args, count, names)?;
        }
        if proto.code.is_generator {
            return self.new_generator(closure, args).map(CallTarget::Done);
        }
        self.stack.frames.push(Frame { closure, base: args, pc: proto.words, result });
        Ok(CallTarget::Frame)
    }

    /// Moves arguments to the registers of their parameters. Those not given and with a default become undefined,
    /// for the code to fill in.
    #[inline(never)]
    fn bind_arguments(
        &mut self,
        closure: Gc<Closure>,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
    ) -> Result<(), Raised> {
        let proto = closure.proto;
        let params = &proto.code.params;
        let named = params.names.len();
        // SAFETY: the values stand where the caller said. They are copied, since their places are reused.
        let values = unsafe { std::slice::from_raw_parts(args, count + names.len()) }.to_vec();
        let (positional, by_keyword) = values.split_at(count);
        if count > params.positional && params.rest.is_none() {
            return Err(self.too_many_arguments(proto, count, names));
        }
        // SAFETY: the registers fit (the caller made sure), and parameters come first among them.
        let set = |i: usize, value: Value| unsafe { args.add(i).write(value) };
        // SAFETY: as above.
        let get = |i: usize| unsafe { args.add(i).read() };
        for i in count.min(params.positional)..named {
            set(i, Value::UNDEF);
        }
        let mut register = named;
        if params.rest.is_some() {
            let rest = Tuple::new(&mut self.heap, positional.get(params.positional..).unwrap_or(&[]));
            set(register, rest.value());
            register += 1;
        }
        let options = params.options.as_ref().map(|_| {
            let options = Dict::new(&mut self.heap);
            set(register, options.value());
            options
        });
        for (name, value) in names.iter().zip(by_keyword) {
            match proto.params.iter().position(|param| param == name) {
                Some(i) if i >= params.positional_only => {
                    if !get(i).is_undef() {
                        let message = format!(
                            "{}() got multiple values for argument '{}'",
                            function_name(proto),
                            name.as_str()
                        );
                        return Err(self.type_error(message));
                    }
                    set(i, *value);
                }
                _ => match options {
                    Some(options) => options.table.put_str(*name, *value),
                    None => return Err(self.unexpected_keyword(proto, *name)),
                },
            }
        }
        if (0..named).any(|i| get(i).is_undef() && !params.has_default[i]) {
            let missing: Vec<bool> =
                (0..named).map(|i| get(i).is_undef() && !params.has_default[i]).collect();
            return Err(self.missing_arguments(proto, &missing));
        }
        Ok(())
    }

    #[cold]
    fn too_many_arguments(&mut self, proto: Gc<Proto>, count: usize, names: Keywords<'_>) -> Raised {
        let params = &proto.code.params;
        let hidden = proto.code.is_method as usize;
        let most = params.positional - hidden;
        let with_default = params.has_default[..params.positional].iter().filter(|d| **d).count();
        let takes = if with_default > 0 {
            format!("from {} to {most} positional arguments", most - with_default)
        } else {
            format!("{most} positional argument{}", plural(most))
        };
        let given = count - hidden;
        let keyword_only =
            names.iter().filter(|name| proto.params[params.positional..].contains(name)).count();
        let given = if keyword_only > 0 {
            format!(
                "{given} positional argument{} (and {keyword_only} keyword-only argument{}) were given",
                plural(given),
                plural(keyword_only)
            )
        } else {
            format!("{given} {} given", if given == 1 { "was" } else { "were" })
        };
        let message = format!("{}() takes {takes} but {given}", function_name(proto));
        self.type_error(message)
    }

    #[cold]
    fn unexpected_keyword(&mut self, proto: Gc<Proto>, name: Gc<Str>) -> Raised {
        let params = &proto.code.params;
        if let Some(i) = proto.params.iter().position(|param| *param == name)
            && i < params.positional_only
            && !(proto.code.is_method && i == 0)
        {
            let message = format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                function_name(proto),
                name.as_str()
            );
            return self.type_error(message);
        }
        let candidates = params.names.iter().skip(params.positional_only).map(|param| &**param);
        let hint = close_name(name.as_str(), candidates)
            .map_or(String::new(), |close| format!(". Did you mean '{close}'?"));
        let message = format!(
            "{}() got an unexpected keyword argument '{}'{hint}",
            function_name(proto),
            name.as_str()
        );
        self.type_error(message)
    }

    #[cold]
    fn missing_arguments(&mut self, proto: Gc<Proto>, missing: &[bool]) -> Raised {
        let params = &proto.code.params;
        let quoted = |range: std::ops::Range<usize>| -> Vec<String> {
            range.filter(|i| missing[*i]).map(|i| format!("'{}'", params.names[i])).collect()
        };
        let mut names = quoted(0..params.positional);
        let mut kind = "positional";
        if names.is_empty() {
            names = quoted(params.positional..missing.len());
            kind = "keyword-only";
        }
        if proto.code.is_method && missing[0] {
            let message = format!("{}() needs an instance as its first argument", function_name(proto));
            return self.type_error(message);
        }
        let list = match &names[..] {
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
            [] => String::new(),
        };
        let count = names.len();
        let message = format!(
            "{}() missing {count} required {kind} argument{}: {list}",
            function_name(proto),
            plural(count)
        );
        self.type_error(message)
    }

    #[cold]
    pub(crate) fn recursion_error(&mut self) -> Raised {
        self.error(Exc::RecursionError, "maximum recursion depth exceeded")
    }

    /// Calls a native; a method's receiver must be of its class.
    pub(crate) fn call_native(
        &mut self,
        native: Gc<Native>,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
    ) -> NativeResult {
        if let Some(owner) = native.owner {
            // SAFETY: the values stand where the caller said.
            let receiver = if count > 0 { unsafe { *args } } else { Value::UNDEF };
            if receiver.is_undef() {
                let message = format!(
                    "unbound method {}.{}() needs an argument",
                    owner.name.get().as_str(),
                    native.def.name()
                );
                return Err(self.type_error(message));
            }
            if !self.class_of(receiver).is_subclass_of(owner) {
                let message = format!(
                    "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                    native.def.name(),
                    owner.name.get().as_str(),
                    self.type_name(receiver)
                );
                return Err(self.type_error(message));
            }
        }
        self.call_native_def(native.def, args, count, names)
    }

    /// Lays out a native's window as its signature says, and calls it.
    #[inline]
    pub(crate) fn call_native_def(
        &mut self,
        def: &'static crate::value::NativeDef,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
    ) -> NativeResult {
        let layout = def.layout;
        let named = layout.named as usize;
        let positional = layout.positional as usize;
        let mut len = count.max(named);
        if names.is_empty() && (layout.min as usize..=positional).contains(&count) {
            // SAFETY: there is slack behind every window; windows of more than that were asked for.
            unsafe {
                for i in count..named {
                    args.add(i).write(Value::UNDEF);
                }
            }
        } else if names.is_empty() && layout.rest && count > positional {
            // The surplus makes way for the parameters that only keywords could give.
            let hidden = named - positional;
            len = count + hidden;
            // SAFETY: as above.
            unsafe {
                std::ptr::copy(args.add(positional), args.add(named), count - positional);
                for i in positional..named {
                    args.add(i).write(Value::UNDEF);
                }
            }
        } else {
            len = self.bind_native(def, args, count, names)?;
        }
        let saved = self.stack.native_top;
        // SAFETY: the window lies within the stack.
        let window = unsafe {
            self.stack.native_top = saved.max(args.add(len));
            std::slice::from_raw_parts(args, len)
        };
        let result = (def.function)(self, Args::new(window));
        self.stack.native_top = saved;
        result
    }

    /// The general way: keywords, surplus arguments, wrong counts. How long the window is.
    #[cold]
    #[inline(never)]
    fn bind_native(
        &mut self,
        def: &'static crate::value::NativeDef,
        args: *mut Value,
        count: usize,
        names: Keywords<'_>,
    ) -> Result<usize, Raised> {
        let layout = def.layout;
        let (named, positional) = (layout.named as usize, layout.positional as usize);
        // SAFETY: the values stand where the caller said.
        let values = unsafe { std::slice::from_raw_parts(args, count + names.len()) }.to_vec();
        if count > positional && !layout.rest {
            return Err(self.native_count_error(def, &values[..count]));
        }
        let mut window = vec![Value::UNDEF; named];
        window[..count.min(positional)].copy_from_slice(&values[..count.min(positional)]);
        let parameters: Vec<&'static str> = def.parameters().collect();
        let mut options: Option<Gc<Dict>> = None;
        for (name, value) in names.iter().zip(&values[count..]) {
            let last = named - layout.options as usize;
            let place = parameters[..last].iter().position(|parameter| *parameter == name.as_str());
            match place {
                Some(i) if i >= layout.positional_only as usize => {
                    if !window[i].is_undef() {
                        let message = format!(
                            "argument for {}() given by name ('{}') and position ({})",
                            def.name(),
                            name.as_str(),
                            i + 1
                        );
                        return Err(self.type_error(message));
                    }
                    window[i] = *value;
                }
                _ if layout.options => {
                    let dict = *options.get_or_insert_with(|| Dict::new(&mut self.heap));
                    dict.table.put_str(*name, *value);
                }
                _ if layout.positional_only as usize == named && !layout.rest => {
                    return Err(self.type_error(format!("{}() takes no keyword arguments", def.name())));
                }
                _ => {
                    let known = parameters[..last].iter().skip(layout.positional_only as usize).copied();
                    let hint = close_name(name.as_str(), known)
                        .map_or(String::new(), |close| format!(". Did you mean '{close}'?"));
                    let message = format!(
                        "{}() got an unexpected keyword argument '{}'{hint}",
                        def.name(),
                        name.as_str()
                    );
                    return Err(self.type_error(message));
                }
            }
        }
        if let Some(options) = options {
            window[named - 1] = options.value();
        }
        if let Some(missing) = (0..layout.min as usize).find(|i| window[*i].is_undef()) {
            if names.is_empty() || layout.positional_only as usize == positional {
                return Err(self.native_count_error(def, &values[..count]));
            }
            let message = format!(
                "{}() missing required argument '{}' (pos {})",
                def.name(),
                parameters[missing],
                missing + 1
            );
            return Err(self.type_error(message));
        }
        window.extend_from_slice(values[..count].get(positional..).unwrap_or(&[]));
        // SAFETY: a longer window than the caller's has slack behind it, or is asked for here.
        unsafe {
            if !self.stack.reaches(args.add(window.len() + SLACK)) {
                return Err(self.recursion_error());
            }
            for (i, value) in window.iter().enumerate() {
                args.add(i).write(*value);
            }
        }
        Ok(window.len())
    }

    /// The wrong number of arguments for a native, in the words that CPython has for each form of signature.
    #[cold]
    fn native_count_error(&mut self, def: &'static crate::value::NativeDef, args: &[Value]) -> Raised {
        let layout = def.layout;
        let count = args.len();
        // The receiver of a method, or the class of a constructor, is not counted.
        let hidden = def.parameters().next().is_some_and(|first| first == "self" || first == "cls") as usize;
        let most = layout.positional as usize - hidden;
        let least = (layout.min as usize).saturating_sub(hidden);
        let given = count.saturating_sub(hidden);
        let name = def.name();
        let message = if layout.positional_only == layout.positional && !layout.rest {
            let keywords = layout.named > layout.positional;
            if most == 0 && !keywords {
                format!("{}{name}() takes no arguments ({given} given)", self.class_prefix(def, args))
            } else if most == 1 && least == 1 && !keywords {
                format!("{}{name}() takes exactly one argument ({given} given)", self.class_prefix(def, args))
            } else if least == most {
                format!("{name} expected {most} argument{}, got {given}", plural(most))
            } else if given < least {
                format!("{name} expected at least {least} argument{}, got {given}", plural(least))
            } else {
                format!("{name} expected at most {most} argument{}, got {given}", plural(most))
            }
        } else if given < least {
            if layout.rest {
                format!("{name}() takes at least {least} argument{} ({given} given)", plural(least))
            } else {
                let missing = def.parameters().nth(hidden + given).unwrap_or("");
                format!("{name}() missing required argument '{missing}' (pos {})", given + 1)
            }
        } else {
            format!("{name}() takes at most {most} argument{} ({given} given)", plural(most))
        };
        self.type_error(message)
    }

    /// The class that a native is a method of, with a dot.
    fn class_prefix(&mut self, def: &'static crate::value::NativeDef, args: &[Value]) -> String {
        let name = self.heap.intern(def.name());
        let method = args.first().and_then(|receiver| self.class_of(*receiver).lookup(name));
        match method.and_then(|method| method.as_object::<Native>()) {
            Some(native) if std::ptr::eq(native.def, def) => {
                native.owner.map_or_else(String::new, |owner| format!("{}.", owner.name.get().as_str()))
            }
            _ => String::new(),
        }
    }
}

/// The name that messages give a function: with its class, as Python's qualified names.
pub(crate) fn function_name(proto: Gc<Proto>) -> String {
    proto.code.qualified_name.to_string()
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The most similar of some names, if one is similar enough to be meant.
pub(crate) fn close_name<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        // Comparing takes time in proportion to the product of the lengths.
        .filter(|candidate| name.len().max(candidate.len()) <= 64)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance > 0 && *distance <= name.len().max(candidate.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
