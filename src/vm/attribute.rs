//! Attributes: what `a.b` means for every kind of value, and the inline caches in front of it.

#![allow(unsafe_code)]

use super::number::has_methods;
use super::{Exc, NativeResult, Raised, Sym, Type, Vm};
use crate::value::{
    BoundMethod, CacheEntry, Class, Closure, Foreign, Gc, InlineCache, Instance, Kind, Layout, Method,
    Module, Native, Property, Str, Tuple, Value,
};

/// What a name means to a value, before anything is bound or called.
enum Found {
    /// A value of the object itself.
    Own(Value),
    /// A member of its class.
    Member(Value),
    Nothing,
}

impl Vm {
    /// `object.name`; `AttributeError` if there is none. `name` is interned.
    pub fn get_attr(&mut self, object: Value, name: Gc<Str>) -> NativeResult {
        match self.find_attr(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.attribute_error(object, name)),
        }
    }

    /// `object.name`, or none if there is no such attribute.
    pub fn find_attr(&mut self, object: Value, name: Gc<Str>) -> Result<Option<Value>, Raised> {
        match self.look_up(object, name) {
            Found::Own(value) => Ok(Some(value)),
            Found::Member(member) => self.bind(object, member).map(Some),
            Found::Nothing => {
                if let Some(foreign) = object.as_object::<Foreign>() {
                    let text = name.as_str();
                    if let Some(value) = foreign.attribute(self, text) {
                        return Ok(Some(value));
                    }
                }
                if name == self.sym(Sym::Class) {
                    return Ok(Some(self.class_of(object).value()));
                }
                if name == self.sym(Sym::Doc) {
                    return Ok(Some(self.doc_of_class(self.class_of(object))));
                }
                self.call_special(object, Sym::GetAttr, &[name.value()])
            }
        }
    }

    fn look_up(&mut self, object: Value, name: Gc<Str>) -> Found {
        match object.kind() {
            Some(Kind::Instance) => {
                if let Some(instance) = object.as_object::<Instance>() {
                    if let Some(value) = instance.get(name) {
                        return Found::Own(value);
                    }
                    if name == self.sym(Sym::Doc) {
                        return self.look_up_in_class(instance.class(), name);
                    }
                    if let Some(member) = instance.class().lookup(name) {
                        return Found::Member(member);
                    }
                }
                Found::Nothing
            }
            Some(Kind::Class) => match object.as_object::<Class>() {
                Some(class) => self.look_up_in_class(class, name),
                None => Found::Nothing,
            },
            Some(Kind::Module) => match object.as_object::<Module>().and_then(|module| module.get(name)) {
                Some(value) => Found::Own(value),
                None => self.look_up_special_name(object, name),
            },
            _ => match self.look_up_special_name(object, name) {
                Found::Nothing => match self.class_of(object).lookup(name) {
                    Some(member) => Found::Member(member),
                    None => Found::Nothing,
                },
                found => found,
            },
        }
    }

    fn look_up_in_class(&mut self, class: Gc<Class>, name: Gc<Str>) -> Found {
        if name == self.sym(Sym::Doc) {
            // A class does not inherit what was written about another.
            return Found::Own(self.doc_of_class(class));
        }
        if let Some(member) = class.lookup(name) {
            return Found::Own(match member.as_object::<Method>() {
                Some(method) => method.function,
                None => member,
            });
        }
        if name == self.sym(Sym::Name) {
            return Found::Own(class.name.get().value());
        }
        if name == self.sym(Sym::Module) {
            return Found::Own(class.module.get());
        }
        match self.class_for(Type::Type).lookup(name) {
            Some(member) => Found::Member(member),
            None => Found::Nothing,
        }
    }

    /// What a class itself is said to be, or nil: a built-in one may leave that to its constructor.
    pub fn doc_of_class(&mut self, class: Gc<Class>) -> Value {
        if let Some(doc) = class.own_member(self.sym(Sym::Doc)) {
            return doc;
        }
        match class.own_constructor() {
            Some(def) if class.doc.get().is_nil() => self.heap.str(def.doc),
            _ => class.doc.get(),
        }
    }

    /// Attributes that are no members of a class: `__name__` of a function, `start` of a range.
    fn look_up_special_name(&mut self, object: Value, name: Gc<Str>) -> Found {
        let is = |vm: &Vm, sym: Sym| name == vm.sym(sym);
        if let Some(closure) = object.as_object::<Closure>() {
            if let Some(value) = closure.attributes().and_then(|attributes| attributes.table.get_str(&name)) {
                return Found::Own(value);
            }
            if is(self, Sym::Name) {
                return Found::Own(closure.proto.name.value());
            }
            if is(self, Sym::Doc) {
                let doc = closure.proto.code.doc.clone();
                return Found::Own(doc.map_or(Value::NIL, |doc| self.heap.str(&doc)));
            }
            if is(self, Sym::Module) {
                return Found::Own(closure.proto.module.name.value());
            }
            if name.as_str() == "__qualname__" {
                return Found::Own(self.heap.str(&closure.proto.code.qualified_name));
            }
        } else if let Some(native) = object.as_object::<Native>() {
            if is(self, Sym::Name) {
                return Found::Own(self.heap.intern(native.def.name()).value());
            }
            if is(self, Sym::Doc) {
                return Found::Own(self.heap.str(native.def.doc));
            }
        } else if let Some(bound) = object.as_object::<BoundMethod>() {
            return match name.as_str() {
                "__self__" => Found::Own(bound.receiver),
                "__func__" => Found::Own(bound.function),
                _ => self.look_up_special_name(bound.function, name),
            };
        } else if let Some(method) = object.as_object::<Method>() {
            return self.look_up_special_name(method.function, name);
        } else if let Some(range) = object.as_object::<crate::value::Range>() {
            let part = if is(self, Sym::Start) {
                range.start
            } else if is(self, Sym::Stop) {
                range.stop
            } else if is(self, Sym::Step) {
                range.step
            } else {
                return Found::Nothing;
            };
            return Found::Own(self.heap.int(part));
        } else if let Some(tuple) = object.as_object::<Tuple>() {
            if let Some(class) = tuple.class()
                && let Some(fields) = class.lookup(self.sym(Sym::Fields))
                && let Some(fields) = fields.as_object::<Tuple>()
                && let Some(i) = fields.items().iter().position(|field| *field == name.value())
                && let Some(item) = tuple.items().get(i)
            {
                return Found::Own(*item);
            }
        } else if let Some(slice) = object.as_object::<crate::value::Slice>() {
            if is(self, Sym::Start) {
                return Found::Own(slice.start);
            }
            if is(self, Sym::Stop) {
                return Found::Own(slice.stop);
            }
            if is(self, Sym::Step) {
                return Found::Own(slice.step);
            }
        } else if let Some(module) = object.as_object::<Module>()
            && is(self, Sym::Doc)
        {
            let doc = module.doc.borrow().clone();
            return Found::Own(doc.map_or(Value::NIL, |doc| self.heap.str(&doc)));
        }
        Found::Nothing
    }

    /// What a member of a class becomes when it is found through an object.
    pub(crate) fn bind(&mut self, object: Value, member: Value) -> NativeResult {
        match member.kind() {
            Some(Kind::Closure) => {
                let method =
                    member.as_object::<Closure>().is_some_and(|closure| closure.proto.code.is_method);
                Ok(if method { BoundMethod::new(&mut self.heap, object, member).value() } else { member })
            }
            Some(Kind::Native) => {
                let method = member.as_object::<Native>().is_some_and(|native| native.owner.is_some());
                Ok(if method { BoundMethod::new(&mut self.heap, object, member).value() } else { member })
            }
            Some(Kind::Method) => {
                let function = member.as_object::<Method>().map_or(Value::NIL, |method| method.function);
                Ok(BoundMethod::new(&mut self.heap, object, function).value())
            }
            Some(Kind::Property) => match member.as_object::<Property>() {
                Some(property) if property.getter.is_nil() => Err(self.getter_error(object, member)),
                Some(property) => {
                    let value = self.call(property.getter, &[object])?;
                    if let (Some(name), Some(instance)) = (property.kept_as(), object.as_object::<Instance>())
                    {
                        instance.set(&mut self.heap, name, value);
                    }
                    Ok(value)
                }
                None => Ok(member),
            },
            _ => Ok(member),
        }
    }

    #[cold]
    pub(crate) fn attribute_error(&mut self, object: Value, name: Gc<Str>) -> Raised {
        let message = if let Some(class) = object.as_object::<Class>() {
            format!("type object '{}' has no attribute '{}'", class.name.get().as_str(), name.as_str())
        } else if let Some(module) = object.as_object::<Module>() {
            if module.loading.get() && module.slot(name).is_some() {
                format!(
                    "partially initialized module '{}' has no attribute '{}' (most likely due to a circular import)",
                    module.name.as_str(),
                    name.as_str()
                )
            } else {
                format!("module '{}' has no attribute '{}'", module.name.as_str(), name.as_str())
            }
        } else {
            format!("'{}' object has no attribute '{}'", self.type_name(object), name.as_str())
        };
        let raised = self.error(Exc::AttributeError, message);
        if let Some(instance) = raised.0.as_object::<Instance>() {
            for (key, value) in [("name", name.value()), ("obj", object)] {
                let key = self.heap.intern(key);
                instance.set(&mut self.heap, key, value);
            }
        }
        raised
    }

    /// `object.name = value`. `name` is interned.
    pub fn set_attr(&mut self, object: Value, name: Gc<Str>, value: Value) -> Result<(), Raised> {
        if let Some(instance) = object.as_object::<Instance>() {
            if let Some(property) = computed(instance, name) {
                return self.set_property(property, object, name, value);
            }
            if instance.class() == self.class_for(Type::NotImplemented) {
                return Err(self.attribute_error(object, name));
            }
            instance.set(&mut self.heap, name, value);
            return Ok(());
        }
        if let Some(class) = object.as_object::<Class>() {
            if class.module.get().is_nil() {
                let message = format!(
                    "cannot set '{}' attribute of immutable type '{}'",
                    name.as_str(),
                    class.name.get().as_str()
                );
                return Err(self.type_error(message));
            }
            if class.set_member(name, value) {
                self.clear_inline_caches();
            }
            return Ok(());
        }
        if let Some(module) = object.as_object::<Module>() {
            module.set(name, value);
            return Ok(());
        }
        if let Some(closure) = object.as_object::<Closure>() {
            if matches!(name.as_str(), "__name__" | "__qualname__") && value.as_str().is_none() {
                return Err(self.type_error(format!("{} must be set to a string object", name.as_str())));
            }
            closure.set_attribute(&mut self.heap, name, value);
            return Ok(());
        }
        if let Some(foreign) = object.as_object::<Foreign>()
            && foreign.set_attribute(self, name.as_str(), value)
        {
            return Ok(());
        }
        if let Found::Own(_) | Found::Member(_) = self.look_up(object, name) {
            if object.as_object::<Tuple>().is_some_and(|tuple| tuple.class().is_some()) {
                return Err(self.error(Exc::AttributeError, "can't set attribute"));
            }
            let message =
                format!("'{}' object attribute '{}' is read-only", self.type_name(object), name.as_str());
            return Err(self.error(Exc::AttributeError, message));
        }
        let message = format!(
            "'{}' object has no attribute '{}' and takes no new attributes",
            self.type_name(object),
            name.as_str()
        );
        Err(self.error(Exc::AttributeError, message))
    }

    fn set_property(
        &mut self,
        property: Gc<Property>,
        object: Value,
        name: Gc<Str>,
        value: Value,
    ) -> Result<(), Raised> {
        if property.setter.is_nil() {
            return Err(self.property_error(object, name, "setter"));
        }
        self.call(property.setter, &[object, value]).map(|_| ())
    }

    /// A property without a getter does not know its name; the class does.
    #[cold]
    fn getter_error(&mut self, object: Value, property: Value) -> Raised {
        let mut class = Some(self.class_of(object));
        while let Some(declaring) = class {
            for name in declaring.member_names() {
                if declaring.own_member(name).is_some_and(|member| member.identity() == property.identity()) {
                    return self.property_error(object, name, "getter");
                }
            }
            class = declaring.base;
        }
        self.error(Exc::AttributeError, "property has no getter")
    }

    fn property_error(&mut self, object: Value, name: Gc<Str>, missing: &str) -> Raised {
        let message =
            format!("property '{}' of '{}' object has no {missing}", name.as_str(), self.type_name(object));
        self.error(Exc::AttributeError, message)
    }

    /// `del object.name`. `name` is interned.
    pub fn del_attr(&mut self, object: Value, name: Gc<Str>) -> Result<(), Raised> {
        if let Some(instance) = object.as_object::<Instance>() {
            if instance.remove(&mut self.heap, name) {
                return Ok(());
            }
            if let Some(property) = computed(instance, name) {
                if property.deleter.is_nil() {
                    return Err(self.property_error(object, name, "deleter"));
                }
                return self.call(property.deleter, &[object]).map(|_| ());
            }
        } else if let Some(class) = object.as_object::<Class>()
            && !class.module.get().is_nil()
        {
            let (was_there, stale) = class.remove_member(name);
            if stale {
                self.clear_inline_caches();
            }
            if was_there {
                return Ok(());
            }
        } else if let Some(attributes) =
            object.as_object::<Closure>().and_then(|closure| closure.attributes())
            && let Some(place) = attributes.table.find_str(&name)
        {
            attributes.table.remove(place);
            return Ok(());
        } else if let Some(foreign) = object.as_object::<Foreign>()
            && foreign.delete_attribute(self, name.as_str())
        {
            return Ok(());
        }
        Err(self.attribute_error(object, name))
    }

    /// The unbound method that the class of an instance, a native object, or a dict or tuple of a subclass has
    /// under a name of the VM's; none for other values.
    pub fn find_special(&self, object: Value, sym: Sym) -> Option<Value> {
        if let Some(instance) = object.as_object::<Instance>() {
            return instance.class().lookup(self.sym(sym));
        }
        if !has_methods(object) {
            return None;
        }
        self.class_of(object).lookup(self.sym(sym))
    }

    // Inline caches.

    /// The slow half of reading an attribute at a site: finds it, and fills the cache if it may.
    #[cold]
    #[inline(never)]
    pub(crate) fn get_attr_at(
        &mut self,
        object: Value,
        name: Gc<Str>,
        cache: *mut InlineCache,
    ) -> NativeResult {
        if let Some(instance) = object.as_object::<Instance>() {
            let shape = instance.shape();
            if let Some(slot) = shape.slot(name) {
                fill(cache, InlineCache { key: shape.address(), entry: CacheEntry::Slot(slot as u32) });
                return Ok(instance.slot(slot));
            }
        } else if let Some(module) = object.as_object::<Module>()
            && let Some(slot) = module.slot(name)
            && let Some(value) = module.get(name)
        {
            fill(cache, InlineCache { key: module.address(), entry: CacheEntry::Slot(slot as u32) });
            return Ok(value);
        }
        self.get_attr(object, name)
    }

    /// The slow half of setting an attribute at a site.
    #[cold]
    #[inline(never)]
    pub(crate) fn set_attr_at(
        &mut self,
        object: Value,
        name: Gc<Str>,
        value: Value,
        cache: *mut InlineCache,
    ) -> Result<(), Raised> {
        if let Some(instance) = object.as_object::<Instance>() {
            let old = instance.shape();
            let class = instance.class();
            if computed(instance, name).is_none() && class.layout != Layout::Native {
                instance.set(&mut self.heap, name, value);
                class.rely_on();
                let entry = match old.slot(name) {
                    Some(slot) => CacheEntry::Slot(slot as u32),
                    None => CacheEntry::Add(instance.shape()),
                };
                fill(cache, InlineCache { key: old.address(), entry });
                return Ok(());
            }
        }
        self.set_attr(object, name, value)
    }

    /// Finds what a method call at a site calls: the function, and whether the receiver comes first. `count` is the number of
    /// arguments without the receiver.
    #[cold]
    #[inline(never)]
    pub(crate) fn find_method_at(
        &mut self,
        object: Value,
        name: Gc<Str>,
        count: usize,
        cache: *mut InlineCache,
    ) -> Result<(Value, bool), Raised> {
        let (class, key) = match object.as_object::<Instance>() {
            Some(instance) => {
                if let Some(value) = instance.get(name) {
                    return Ok((value, false));
                }
                (instance.class(), instance.shape().address())
            }
            None => match object.kind() {
                Some(Kind::Class | Kind::Module | Kind::Foreign) => {
                    if let Some(module) = object.as_object::<Module>()
                        && let Some(slot) = module.slot(name)
                        && let Some(value) = module.get(name)
                    {
                        fill(
                            cache,
                            InlineCache { key: module.address(), entry: CacheEntry::Slot(slot as u32) },
                        );
                        return Ok((value, false));
                    }
                    return self.get_attr(object, name).map(|value| (value, false));
                }
                _ => {
                    if let Found::Own(value) = self.look_up_special_name(object, name) {
                        return Ok((value, false));
                    }
                    let class = self.class_of(object);
                    (class, class.address())
                }
            },
        };
        match class.lookup(name) {
            Some(member) => {
                let bound = match member.kind() {
                    Some(Kind::Closure) => {
                        member.as_object::<Closure>().is_some_and(|c| c.proto.code.is_method)
                    }
                    Some(Kind::Native) => {
                        member.as_object::<Native>().is_some_and(|native| native.owner.is_some())
                    }
                    _ => false,
                };
                if bound {
                    class.rely_on();
                    let entry = match member.as_object::<Closure>() {
                        Some(closure) if closure.proto.plain_arity == count as i32 + 1 => {
                            CacheEntry::PlainMethod(closure)
                        }
                        _ => CacheEntry::Method(member),
                    };
                    fill(cache, InlineCache { key, entry });
                    return Ok((member, true));
                }
                self.bind(object, member).map(|value| (value, false))
            }
            None => self.get_attr(object, name).map(|value| (value, false)),
        }
    }

    /// `super.name`: the member of the nearest base above the class in which the method was declared.
    pub(crate) fn find_super(&mut self, class: Value, name: Gc<Str>) -> NativeResult {
        let base = class.as_object::<Class>().and_then(|class| class.base);
        match base.and_then(|base| base.lookup(name)) {
            Some(member) => Ok(member),
            None => {
                let message = format!("'super' object has no attribute '{}'", name.as_str());
                Err(self.error(Exc::AttributeError, message))
            }
        }
    }
}

/// The property of that name that decides what setting and deleting mean; one whose value the instance keeps does not.
fn computed(instance: Gc<Instance>, name: Gc<Str>) -> Option<Gc<Property>> {
    let property = instance.class().lookup(name)?.as_object::<Property>()?;
    property.kept_as().is_none().then_some(property)
}

fn fill(cache: *mut InlineCache, content: InlineCache) {
    // SAFETY: the caller got the address from the running proto's caches, which live as long as it runs.
    unsafe { *cache = content };
}
