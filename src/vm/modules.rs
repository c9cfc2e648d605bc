//! Modules: running a program's main file, and `import`.
//!
//! One file is one module, known by its canonical path, so that two ways to it give one module. A module is
//! in the table from before its first statement runs; that is how cycles meet it half filled, and why a
//! failed import must take it out again. The standard library's names always come first.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Exc, NativeModule, NativeResult, Raised, Sym, Vm};
use crate::bytecode::code::{Code, ImportPath};
use crate::host::Stream;
use crate::value::{Closure, Gc, Module, Source, Str, Value};

/// How many names the module of a prompt can have.
const MOST_SLOTS: usize = 1 << 16;

impl Vm {
    /// Makes the module of a main program: `__main__`, with nothing run yet.
    pub fn new_main_module(&mut self, file: &str, text: &str) -> Gc<Module> {
        let name = self.heap.intern("__main__");
        let source = Rc::new(Source { name: file.to_string(), text: text.to_string() });
        let module = Module::new(&mut self.heap, name, source);
        self.modules.insert("__main__".to_string(), module);
        module
    }

    /// Runs the code of a main program; its value is that of the last expression statement at a prompt, else nil.
    pub fn run_main(&mut self, code: &Rc<Code>, file: &str, text: &str) -> NativeResult {
        let module = self.new_main_module(file, text);
        self.run_module(code, module, "__main__")
    }

    /// Makes the module of a prompt: its slots stay where they are when entries add to them, up to
    /// [`MOST_SLOTS`].
    pub fn new_session_module(&mut self, name: &str, slots: &[&str]) -> Gc<Module> {
        let module = self.new_main_module(name, "");
        module.reserve_slots(MOST_SLOTS);
        for slot in slots {
            let slot = self.heap.intern(slot);
            module.add_slot(slot, Value::UNDEF);
        }
        module
    }

    /// Runs an entry at a prompt in its module; the value is that of its last expression statement, else nil.
    pub fn run_entry(&mut self, code: &Rc<Code>, module: Gc<Module>, file: &str, text: &str) -> NativeResult {
        if code.slots.len() > MOST_SLOTS {
            return Err(self.memory_error());
        }
        let source = Rc::new(Source { name: file.to_string(), text: text.to_string() });
        self.run_in_module(code, module, "__main__", &source)
    }

    fn run_module(&mut self, code: &Rc<Code>, module: Gc<Module>, name: &str) -> NativeResult {
        let source = module.source.clone();
        self.run_in_module(code, module, name, &source)
    }

    fn run_in_module(
        &mut self,
        code: &Rc<Code>,
        module: Gc<Module>,
        name: &str,
        source: &Rc<Source>,
    ) -> NativeResult {
        module.reserve_slots(code.slots.len());
        for slot in code.slots.iter().skip(module.len()) {
            let slot = self.heap.intern(slot);
            module.add_slot(slot, Value::UNDEF);
        }
        let name = self.heap.str(name);
        let file = self.heap.str(&module.source.name.clone());
        let (name_key, file_key) = (self.sym(Sym::Name), self.sym(Sym::File));
        module.set(name_key, name);
        module.set(file_key, file);
        *module.doc.borrow_mut() = code.doc.clone();
        let proto = self.load(code, module, source);
        let closure = Closure::new(&mut self.heap, proto, &[]);
        module.loading.set(true);
        self.begin_import(module.value());
        let result = self.call(closure.value(), &[]);
        self.end_import(module.value());
        module.loading.set(false);
        result
    }

    /// `import a.b.c`, from a module.
    pub(crate) fn import(&mut self, import: &ImportPath, importer: Gc<Module>) -> NativeResult {
        let mut first = None;
        let mut parent: Option<Gc<Module>> = None;
        for end in 1..=import.path.len() {
            let path = &import.path[..end];
            let module = match parent.and_then(|parent| self.submodule(parent, path)) {
                Some(module) => module,
                None => self.import_path(path, importer)?,
            };
            if let Some(parent) = parent {
                let name = self.heap.intern(&path[end - 1]);
                if parent.get(name).is_none() {
                    parent.set(name, module.value());
                }
            }
            first.get_or_insert(module);
            parent = Some(module);
        }
        let bound = if import.binds_first { first } else { parent };
        Ok(bound.map_or(Value::NIL, Gc::value))
    }

    /// A part of a module of the standard library, such as `os.path`.
    fn submodule(&mut self, parent: Gc<Module>, path: &[Rc<str>]) -> Option<Gc<Module>> {
        let name = self.heap.interned(path.last()?)?;
        parent.get(name)?.as_object::<Module>()
    }

    fn import_path(&mut self, path: &[Rc<str>], importer: Gc<Module>) -> Result<Gc<Module>, Raised> {
        let dotted = path.join(".");
        if let Some(native) = self.native_modules.iter().find(|native| native.name == dotted) {
            return self.import_native(native, importer);
        }
        let mut relative = PathBuf::new();
        for part in path {
            relative.push(&**part);
        }
        let mut directories = vec![directory_of(&importer.source.name)];
        directories.extend(self.search_path.iter().cloned());
        if let Some(start) = &self.started_in {
            directories.iter_mut().for_each(|directory| *directory = start.join(&directory));
        }
        for directory in &directories {
            let file = directory.join(&relative).with_extension("toy");
            if file.is_file() {
                return self.import_file(&file, &dotted);
            }
        }
        for directory in &directories {
            let folder = directory.join(&relative);
            if folder.is_dir() {
                return Ok(self.namespace(&folder, &dotted));
            }
        }
        let error = self.error(Exc::ModuleNotFoundError, format!("No module named '{dotted}'"));
        Err(self.with_name(error, &dotted))
    }

    /// Notes the module's name on an import error, as Python does.
    fn with_name(&mut self, error: Raised, name: &str) -> Raised {
        let text = self.heap.str(name);
        let key = self.heap.intern("name");
        if let Some(instance) = error.0.as_object::<crate::value::Instance>() {
            instance.set(&mut self.heap, key, text);
        }
        error
    }

    fn import_file(&mut self, file: &Path, name: &str) -> Result<Gc<Module>, Raised> {
        let key = file.canonicalize().unwrap_or_else(|_| file.to_path_buf()).to_string_lossy().into_owned();
        while let Some(module) = self.modules.get(&key).copied() {
            if !self.wait_for_import(module.value())? {
                return Ok(module);
            }
        }
        let shown = self.started_in.as_ref().and_then(|start| file.strip_prefix(start).ok()).unwrap_or(file);
        let shown = shown.strip_prefix("./").unwrap_or(shown).to_string_lossy().into_owned();
        let bytes = self.host.read_file(file).map_err(|error| self.os_error(&error, Some(&shown)))?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(self.error(Exc::SyntaxError, format!("'{shown}' is not UTF-8 text")));
        };
        let compile = self.compile;
        let code = compile(self, &shown, &text)?;
        let short = self.heap.intern(name);
        let source = Rc::new(Source { name: shown, text });
        let module = Module::new(&mut self.heap, short, source);
        self.modules.insert(key.clone(), module);
        match self.run_module(&code, module, name) {
            Ok(_) => Ok(module),
            Err(raised) => {
                self.modules.remove(&key);
                Err(raised)
            }
        }
    }

    /// A folder as a module: it has what is imported from within it.
    fn namespace(&mut self, folder: &Path, name: &str) -> Gc<Module> {
        let key =
            folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).to_string_lossy().into_owned();
        if let Some(module) = self.modules.get(&key) {
            return *module;
        }
        let short = self.heap.intern(name);
        let source = Rc::new(Source { name: folder.to_string_lossy().into_owned(), text: String::new() });
        let module = Module::new(&mut self.heap, short, source);
        let name = self.heap.str(name);
        module.set(self.sym(Sym::Name), name);
        self.modules.insert(key, module);
        module
    }

    fn import_native(
        &mut self,
        native: &'static NativeModule,
        importer: Gc<Module>,
    ) -> Result<Gc<Module>, Raised> {
        let hidden =
            directory_of(&importer.source.name).join(native.name.replace('.', "/")).with_extension("toy");
        if !importer.source.text.is_empty() && !self.is_library(importer) && hidden.is_file() {
            let line = format!(
                "toy: warning: '{}' hides behind the standard library's module '{}' and is not imported\n",
                hidden.strip_prefix("./").unwrap_or(&hidden).display(),
                native.name
            );
            // A warning that cannot be written is no reason to fail the import.
            let _ = self.host.write(Stream::Err, line.as_bytes());
        }
        if self.system_modules.contains(&native.name) && !self.host.has_system() {
            let message = format!("'{}' needs the system, which this program is run without", native.name);
            let error = self.error(Exc::ImportError, message);
            return Err(self.with_name(error, native.name));
        }
        self.native_module(native)
    }

    /// A module of the standard library, made when first asked for.
    pub fn native_module(&mut self, native: &'static NativeModule) -> Result<Gc<Module>, Raised> {
        while let Some(module) = self.modules.get(native.name).copied() {
            if !self.wait_for_import(module.value())? {
                return Ok(module);
            }
        }
        let name = self.heap.intern(native.name);
        let source = Rc::new(Source { name: format!("<{}>", native.name), text: String::new() });
        let module = Module::new(&mut self.heap, name, source);
        *module.doc.borrow_mut() = Some(native.doc.into());
        module.add_slot(self.sym(Sym::Name), name.value());
        for def in native.functions {
            let name = self.heap.intern(def.name());
            let function = self.native(def);
            module.add_slot(name, function);
        }
        self.modules.insert(native.name.to_string(), module);
        let Some(setup) = native.setup else { return Ok(module) };
        let outer = std::mem::replace(&mut self.setting_up, native.name);
        self.begin_import(module.value());
        let result = self.rooted(&[module.value()], |vm| setup(vm, module));
        self.end_import(module.value());
        self.setting_up = outer;
        if let Err(raised) = result {
            self.modules.remove(native.name);
            return Err(raised);
        }
        Ok(module)
    }

    /// Gives a module of the standard library what is written in Toy: runs `text` in a module of its own, of which
    /// the other gets the public names.
    pub fn add_toy_part(&mut self, module: Gc<Module>, text: &str) -> Result<(), Raised> {
        let (name, file) = (module.name.as_str().to_string(), module.source.name.clone());
        let compile = self.compile;
        let code = compile(self, &file, text)?;
        let source = Rc::new(Source { name: file, text: text.to_string() });
        let part = Module::new(&mut self.heap, module.name, source);
        self.rooted(&[module.value(), part.value()], |vm| vm.run_module(&code, part, &name))?;
        for name in part.defined_names().into_iter().filter(|name| !name.as_str().starts_with('_')) {
            if let Some(value) = part.get(name) {
                module.add_slot(name, value);
            }
        }
        Ok(())
    }

    /// Whether a module is a Toy part of the standard library.
    fn is_library(&self, module: Gc<Module>) -> bool {
        let name = module.name.as_str();
        module.source.name.strip_prefix('<').and_then(|name| name.strip_suffix('>')) == Some(name)
            && self.native_modules.iter().any(|native| native.name == name)
    }

    /// A module of the standard library by its name.
    pub fn native_module_named(&mut self, name: &str) -> Option<Result<Gc<Module>, Raised>> {
        let native = self.native_modules.iter().find(|native| native.name == name)?;
        Some(self.native_module(native))
    }

    /// `from m import name`.
    pub(crate) fn import_from(&mut self, module: Value, name: Gc<Str>, importer: Gc<Module>) -> NativeResult {
        let Some(module) = module.as_object::<Module>() else {
            return self.get_attr(module, name);
        };
        if let Some(value) = module.get(name) {
            return Ok(value);
        }
        // A module in a folder is imported by `from folder import module`, too.
        let path: Vec<Rc<str>> =
            module.name.as_str().split('.').map(Rc::from).chain([Rc::from(name.as_str())]).collect();
        if module.source.text.is_empty()
            && !self.native_modules.iter().any(|native| native.name == module.name.as_str())
            && let Ok(found) = self.import_path(&path, importer)
        {
            module.set(name, found.value());
            return Ok(found.value());
        }
        let message = if module.loading.get() {
            format!(
                "cannot import name '{}' from partially initialized module '{}' (most likely due to a circular import)",
                name.as_str(),
                module.name.as_str()
            )
        } else {
            format!(
                "cannot import name '{}' from '{}' ({})",
                name.as_str(),
                module.name.as_str(),
                module.source.name
            )
        };
        let error = self.error(Exc::ImportError, message);
        let error = self.with_name(error, module.name.as_str());
        if let Some(instance) = error.0.as_object::<crate::value::Instance>() {
            let key = self.heap.intern("name_from");
            instance.set(&mut self.heap, key, name.value());
        }
        Err(error)
    }
}

/// Where a file's own imports are searched first.
fn directory_of(file: &str) -> PathBuf {
    Path::new(file).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
