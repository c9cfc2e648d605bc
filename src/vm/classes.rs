//! Making classes, and context managers.

use super::{Exc, NativeResult, Raised, Sym, Vm};
use crate::value::{Class, Closure, ExceptionSlot, Gc, Instance, Kind, Layout, Method, Property, Str, Value};

impl Vm {
    /// A new class; its members come one by one.
    pub(crate) fn new_class(
        &mut self,
        declared_in: Gc<Closure>,
        name: Value,
        base: Option<Value>,
    ) -> NativeResult {
        let name = match name.as_str() {
            Some(name) => self.heap.intern_str(name),
            None => self.heap.intern(""),
        };
        let object = self.class_for(super::Type::Object);
        let base = match base {
            None => object,
            Some(base) => match base.as_object::<Class>() {
                Some(base) if base.layout != Layout::Native => base,
                Some(base) => {
                    let message =
                        format!("type '{}' is not an acceptable base type", base.name.get().as_str());
                    return Err(self.type_error(message));
                }
                None => {
                    let message =
                        format!("the base of a class must be a class, not '{}'", self.type_name(base));
                    return Err(self.type_error(message));
                }
            },
        };
        let class = Class::new(&mut self.heap, name, Some(base), base.layout);
        class.module.set(declared_in.proto.module.name.value());
        Ok(class.value())
    }

    /// Gives a class that is being declared a member.
    pub(crate) fn set_member(&mut self, class: Value, name: Gc<Str>, value: Value, decorated: bool) {
        let Some(class) = class.as_object::<Class>() else { return };
        let is_method = match value.as_object::<Closure>() {
            Some(closure) => closure.proto.code.is_method,
            None => false,
        };
        // Whatever function a decorator made of a method is one too.
        let value = match value.kind() {
            Some(Kind::Closure | Kind::BoundMethod) if decorated && !is_method => {
                Method::new(&mut self.heap, value).value()
            }
            Some(Kind::Property) => {
                if let Some(property) = value.as_object::<Property>() {
                    property.set_name(name);
                }
                value
            }
            // Such as a function with a cache.
            Some(Kind::Foreign) if decorated && self.is_callable(value) => {
                Method::new(&mut self.heap, value).value()
            }
            _ => value,
        };
        if class.set_member(name, value) {
            self.clear_inline_caches();
        }
    }

    /// Enters a context manager: its bound `exit`, and what `enter` returned.
    pub(crate) fn enter_context(&mut self, manager: Value) -> Result<(Value, Value), Raised> {
        let class = self.class_of(manager);
        let (enter, exit) = (class.lookup(self.sym(Sym::Enter)), class.lookup(self.sym(Sym::Exit)));
        let (Some(enter), Some(exit)) = (enter, exit) else {
            let missing = if enter.is_none() { "" } else { " (missed exit method)" };
            let message = format!(
                "'{}' object does not support the context manager protocol{missing}",
                self.type_name(manager)
            );
            return Err(self.type_error(message));
        };
        let mark = self.roots.len();
        self.roots.push(manager);
        let outcome = self.enter_bound(manager, enter, exit);
        self.roots.truncate(mark);
        outcome
    }

    fn enter_bound(&mut self, manager: Value, enter: Value, exit: Value) -> Result<(Value, Value), Raised> {
        let exit = self.bind(manager, exit)?;
        self.roots.push(exit);
        let enter = self.bind(manager, enter)?;
        let entered = self.call(enter, &[])?;
        Ok((exit, entered))
    }

    /// Leaves a context manager, by an exception or by nil: whether it swallowed one.
    pub(crate) fn exit_context(&mut self, exit: Value, exception: Value) -> Result<bool, Raised> {
        let args = match exception.as_object::<Instance>() {
            Some(instance) => {
                [instance.class().value(), exception, instance.slot(ExceptionSlot::Traceback as usize)]
            }
            None => [Value::NIL; 3],
        };
        let result = self.call(exit, &args)?;
        if exception.is_nil() {
            return Ok(false);
        }
        let mark = self.roots.len();
        self.roots.push(result);
        let swallowed = self.truth(result);
        self.roots.truncate(mark);
        swallowed
    }

    /// A variable was used before its declaration had run.
    #[cold]
    pub(crate) fn undefined_name(&mut self, name: &str) -> Raised {
        self.error(Exc::NameError, format!("name '{name}' is not defined"))
    }

    #[cold]
    pub(crate) fn undefined_slot(&mut self, closure: Gc<Closure>, slot: usize) -> Raised {
        match closure.proto.module.slot_name(slot) {
            Some(name) => self.undefined_name(name.as_str()),
            None => self.undefined_name("?"),
        }
    }

    /// As [`Vm::undefined_slot`] for a local variable: its name is the text of the place.
    #[cold]
    pub(crate) fn undefined_variable(
        &mut self,
        closure: Gc<Closure>,
        pc: *const crate::bytecode::opcodes::Word,
    ) -> Raised {
        let at = (pc as usize - closure.proto.words as usize) / size_of::<crate::bytecode::opcodes::Word>();
        let place = closure.proto.code.place(at.saturating_sub(1));
        let source = &closure.proto.source.text;
        let name = place.and_then(|place| source.get(place.span.start as usize..place.span.end as usize));
        let message = format!(
            "cannot access variable '{}' where it is not associated with a value",
            name.unwrap_or("?")
        );
        self.error(Exc::NameError, message)
    }
}
