//! Looking at a session's names and values without running any of its code, for completion and for listings.

use std::path::PathBuf;

use super::Session;
use crate::interpreter::Interpreter;
use crate::stdlib::attribute_names;
use crate::value::{BoundMethod, Class, Closure, Instance, Method, Module, Native, Property, Value};
use crate::vm::Vm;

/// A name of a session and what it stands for.
#[derive(Clone, Debug)]
pub struct Binding {
    pub name: String,
    pub value: Value,
}

impl Interpreter {
    /// What a session has declared, in the order of declaration, without what every module has.
    pub fn bindings(&self, session: &Session) -> Vec<Binding> {
        let module = session.module();
        let mut names = module.defined_names();
        names.retain(|name| !matches!(name.as_str(), "_" | "_err" | "__name__" | "__file__"));
        let mut bindings: Vec<Binding> = Vec::new();
        for name in names {
            // One that was declared again is listed where it is now.
            bindings.retain(|binding| binding.name != name.as_str());
            if let Some(value) = module.get(name) {
                bindings.push(Binding { name: name.as_str().to_string(), value });
            }
        }
        bindings
    }

    /// The builtin names.
    pub fn builtin_names(&self) -> &[&'static str] {
        self.vm.builtin_names()
    }

    /// The modules of the standard library that can be imported here.
    pub fn library_names(&self) -> Vec<&'static str> {
        self.vm.native_modules.iter().map(|module| module.name).collect()
    }

    /// What a module of the library has, which is made for that if need be.
    pub fn library_members(&mut self, name: &str) -> Vec<String> {
        match self.vm.native_module_named(name) {
            Some(Ok(module)) => self.attribute_names(module.value()),
            _ => Vec::new(),
        }
    }

    /// Where imports are searched after the directory of the program.
    pub fn search_path(&self) -> &[PathBuf] {
        &self.vm.search_path
    }

    /// The value that names stand for which are joined by dots. None where finding out would run code of the program, or
    /// make something.
    pub fn look_up(&mut self, session: &Session, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let name = self.vm.heap.interned(first);
        let mut value =
            name.and_then(|name| session.module().get(name)).or_else(|| self.vm.builtin(first))?;
        for name in rest {
            let name = self.vm.heap.interned(name)?;
            value = if let Some(module) = value.as_object::<Module>() {
                module.get(name)?
            } else if let Some(class) = value.as_object::<Class>() {
                class.lookup(name)?
            } else {
                let own = value.as_object::<Instance>().and_then(|instance| instance.get(name));
                own.or_else(|| self.vm.class_of(value).lookup(name))?
            };
            if value.as_object::<Property>().is_some() {
                return None;
            }
        }
        Some(value)
    }

    /// The names that may stand behind a dot.
    pub fn attribute_names(&self, value: Value) -> Vec<String> {
        let names = attribute_names(&self.vm, value);
        names.into_iter().map(|name| name.as_str().to_string()).collect()
    }

    /// The class of strings, whose attributes those of a literal are.
    pub fn class_of_strings(&mut self) -> Value {
        let empty = self.vm.heap.str("");
        self.vm.class_of(empty).value()
    }

    /// The names of the parameters that something callable takes by keyword.
    pub fn keyword_names(&mut self, function: Value) -> Vec<String> {
        keyword_names(&mut self.vm, function, false)
    }
}

fn keyword_names(vm: &mut Vm, function: Value, has_receiver: bool) -> Vec<String> {
    if let Some(closure) = function.as_object::<Closure>() {
        let params = &closure.proto.code.params;
        return params.names.iter().skip(params.positional_only).map(|name| name.to_string()).collect();
    }
    if let Some(native) = function.as_object::<Native>() {
        let skipped = native.def.layout.positional_only as usize;
        let skipped = skipped.max(usize::from(has_receiver || native.owner.is_some()));
        return native.def.parameters().skip(skipped).map(str::to_string).collect();
    }
    if let Some(bound) = function.as_object::<BoundMethod>() {
        return keyword_names(vm, bound.function, true);
    }
    if let Some(method) = function.as_object::<Method>() {
        return if method.function.kind() == function.kind() {
            Vec::new()
        } else {
            keyword_names(vm, method.function, false)
        };
    }
    if let Some(class) = function.as_object::<Class>() {
        let init = vm.heap.interned("init").and_then(|name| class.lookup(name));
        if let Some(init) = init.filter(|init| init.as_object::<Closure>().is_some()) {
            return keyword_names(vm, init, true);
        }
        return class.own_constructor().map_or_else(Vec::new, |def| {
            let skipped = (def.layout.positional_only as usize).max(1);
            def.parameters().skip(skipped).map(str::to_string).collect()
        });
    }
    Vec::new()
}
