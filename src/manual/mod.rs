//! The pages of `docs/library`, made from the declarations, so that they cannot say anything else.
//!
//! What a page says of a function is its signature and its sentence; this room walks the modules, the built-in classes and
//! the builtins of a fresh interpreter, and puts them in order. What no declaration knows, such as examples and the
//! meaning of constants, is written by hand in the middle of the page, and left to whoever keeps the pages: the
//! tests do. What is hard is that nothing may be passed over: classes that a module makes but gives no name to are listed by
//! the VM as they are made, and a declaration without a sentence is a fault of the page.

mod declaration;
mod help;
mod words;

use declaration::{Entry, wrapped};
pub use help::help;
pub use words::{about_word, usage};

use crate::value::{Class, Closure, Gc, Layout, Module, Native, Property, Str, Value};
use crate::vm::{EXCEPTIONS, Exc, NativeModule, Raised, Type, Vm};

/// What introduces the part of a `doc` text that says what is missing.
const LEFT_OUT: &str = "Left out:";

/// One page, without what is written by hand.
#[derive(Debug)]
pub struct Page {
    /// The name of the file, without `.md`.
    pub name: String,
    /// What stands above the part that is written by hand.
    pub head: String,
    /// What stands below it.
    pub body: String,
    /// Names that have no declaration to explain them: the part written by hand must.
    pub unexplained: Vec<String>,
    /// Declarations without a sentence.
    pub faults: Vec<String>,
}

/// The overview, and a page for each module, each built-in type, the builtins and the exceptions. The interpreter must be
/// a fresh one, with nothing imported.
pub fn pages(vm: &mut Vm) -> Result<Vec<Page>, Raised> {
    let mut types = vec![builtins(vm), exceptions(vm)];
    let names = vm.builtin_names().to_vec();
    for name in names {
        let class = vm.builtin(name).and_then(|value| value.as_object::<Class>());
        if let Some(class) =
            class.filter(|class| class.layout != Layout::Exception && !is_iterator(vm, *class))
        {
            types.push(type_page(vm, class));
        }
    }
    types.push(type_page(vm, vm.class_for(Type::Generator)));
    types.push(files(vm));
    types[2..].sort_by(|a, b| a.name.cmp(&b.name));
    let mut modules = Vec::new();
    for module in vm.native_modules {
        modules.push(module_page(vm, module)?);
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    let mut pages = vec![overview(&types, &modules)];
    pages.extend(types.into_iter().chain(modules));
    Ok(pages)
}

/// A page that is being written.
struct Draft {
    page: Page,
}

impl Draft {
    /// `doc` says what it is, and what is left out of it.
    fn new(name: &str, title: &str, doc: &str) -> Draft {
        let (what, _) = split_doc(doc);
        let head = format!("# {title}\n\n{}", wrapped("", what));
        let mut draft = Draft {
            page: Page {
                name: name.to_string(),
                head,
                body: String::new(),
                unexplained: Vec::new(),
                faults: Vec::new(),
            },
        };
        if what.is_empty() {
            draft.page.faults.push(format!("nothing says what {title} is"));
        }
        draft
    }

    fn section(&mut self, title: &str, doc: &str) {
        self.page.body.push_str(&format!("\n## {title}\n\n"));
        if !doc.is_empty() {
            self.page.body.push_str(&wrapped("", doc));
        }
    }

    /// A list of functions, methods or attributes under a heading of its own.
    fn list(&mut self, heading: &str, mut entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        self.page.body.push_str(&format!("\n{heading}\n\n"));
        for entry in entries {
            if !entry.doc.trim_end().ends_with(['.', ':']) {
                self.page.faults.push(format!("the declaration of {} has no sentence", entry.shown));
            }
            self.page.body.push_str(&format!("* `{}`\n{}", entry.shown, wrapped("  ", &entry.doc)));
        }
    }

    fn finish(mut self, doc: &str) -> Page {
        if let (_, Some(left_out)) = split_doc(doc) {
            self.section("Left out", &capital(left_out));
        }
        self.page
    }
}

/// A `doc` text in two: what it is, and what is left out.
fn split_doc(doc: &str) -> (&str, Option<&str>) {
    match doc.split_once(LEFT_OUT) {
        Some((what, left_out)) => (what.trim(), Some(left_out.trim())),
        None => (doc.trim(), None),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn overview(types: &[Page], modules: &[Page]) -> Page {
    let doc = "What a program has without an import, and what it can import. Each page is made from the declarations \
               of the functions that it lists; its examples are run by the tests.";
    let mut draft = Draft::new("README", "The library", doc);
    for (title, pages) in [("Without an import", types), ("Modules", modules)] {
        draft.section(title, "");
        for page in pages {
            let what = page.head.split_once("\n\n").map_or("", |(_, what)| what).replace('\n', " ");
            let first = what.split_inclusive(". ").next().unwrap_or(&what).trim();
            draft.page.body.push_str(&format!(
                "* [`{}`]({}.md)\n{}",
                page.name,
                page.name,
                wrapped("  ", first)
            ));
        }
    }
    draft.page
}

/// What has no page of its own among the builtins: functions, and values that are neither.
fn builtins(vm: &mut Vm) -> Page {
    let doc = "The functions that every program has without an import. Left out: `aiter`, `anext`, `breakpoint`, \
               `bytearray`, `classmethod`, `compile`, `complex`, `eval`, `exec`, `globals`, `locals`, `memoryview`.";
    let mut draft = Draft::new("builtins", "Builtins", doc);
    let mut functions = Vec::new();
    for name in vm.builtin_names().to_vec() {
        let Some(value) = vm.builtin(name) else { continue };
        if let Some(native) = value.as_object::<Native>() {
            functions.push(Entry::function("", name, native.def));
        } else if let Some(class) = value.as_object::<Class>() {
            if is_iterator(vm, class) {
                functions.extend(class.own_constructor().map(Entry::constructor));
            }
        } else {
            draft.page.unexplained.push(name.to_string());
        }
    }
    draft.list("## Functions", functions);
    draft.finish(doc)
}

fn exceptions(vm: &Vm) -> Page {
    let doc = "The classes of exceptions, each below the class that it extends. What `except` with a class catches \
               is everything below it, too.";
    let mut draft = Draft::new("exceptions", "Exceptions", doc);
    draft.section("The hierarchy", "");
    exceptions_below(None, 0, &mut draft);
    members(vm.exception_class(Exc::BaseException), "##", &mut draft);
    draft.finish("")
}

fn exceptions_below(base: Option<usize>, depth: usize, draft: &mut Draft) {
    for (i, (name, parent, doc)) in EXCEPTIONS.iter().enumerate() {
        if parent.map(|parent| parent as usize) != base {
            continue;
        }
        let indent = "  ".repeat(depth);
        let text = wrapped(&format!("{indent}  "), &format!("`{name}`: {doc}"));
        draft.page.body.push_str(&format!("{indent}* {}", text.trim_start()));
        exceptions_below(Some(i), depth + 1, draft);
    }
}

fn type_page(vm: &mut Vm, class: Gc<Class>) -> Page {
    let name = class.name.get().as_str().to_string();
    let doc = doc_of(class);
    let mut draft = Draft::new(&name, &format!("`{name}`"), &doc);
    if let Some(def) = class.construct.get() {
        draft.section("Making one", "");
        draft.page.body.push_str(&format!("`{}`\n\n{}", Entry::constructor(def).shown, wrapped("", def.doc)));
    }
    members(class, "##", &mut draft);
    if class == vm.class_for(Type::Dict) {
        for view in [Type::DictKeys, Type::DictValues, Type::DictItems] {
            let view = vm.class_for(view);
            draft.section(&format!("`{}`", view.name.get().as_str()), &doc_of(view));
            members(view, "###", &mut draft);
        }
    }
    draft.finish(&doc)
}

/// What `open` returns: classes with the same methods.
fn files(vm: &mut Vm) -> Page {
    let doc = "Files, as `open` returns them, and the streams `sys.stdin`, `sys.stdout` and `sys.stderr`. \
               Left out: `buffer`, `detach`, `reconfigure`, `newlines`, `line_buffering`, `peek`, `read1`, `readinto`, and the arguments `closefd` and `opener` of `open`.";
    let mut draft = Draft::new("files", "Files", doc);
    draft.section("Classes", "");
    let mut classes = made_by(vm, "");
    classes.retain(|class| !is_iterator(vm, *class));
    for class in &classes {
        let text = format!("`{}`: {}", class.name.get().as_str(), doc_of(*class));
        draft.page.body.push_str(&format!("* {}", wrapped("  ", &text).trim_start()));
    }
    if let Some(class) = classes.first() {
        members(*class, "##", &mut draft);
    }
    draft.finish(doc)
}

fn module_page(vm: &mut Vm, native: &'static NativeModule) -> Result<Page, Raised> {
    let mut draft = Draft::new(native.name, &format!("`{}`", native.name), native.doc);
    if !native.doc.contains(LEFT_OUT) {
        draft.page.faults.push(format!("its text says nothing of what is left out (\"{LEFT_OUT} …\")"));
    }
    let module = vm.native_module(native)?;
    let made = made_by(vm, native.name);
    let mut functions = Vec::new();
    let mut classes: Vec<(Gc<Class>, Vec<Gc<Str>>)> = Vec::new();
    let mut values = Vec::new();
    for name in module.defined_names() {
        let Some(value) = module.get(name).filter(|_| !name.as_str().starts_with("__")) else { continue };
        if let Some(native) = value.as_object::<Native>() {
            // One that nothing describes serves the module's part in Toy.
            if !name.as_str().starts_with('_') || !native.def.doc.is_empty() {
                functions.push(Entry::function("", name.as_str(), native.def));
            }
        } else if name.as_str().starts_with('_') {
            // The module's own business.
        } else if let Some(closure) = value.as_object::<Closure>() {
            functions.push(Entry::closure(name.as_str(), &closure));
        } else if let Some(class) = value.as_object::<Class>().filter(|class| !is_builtin(vm, *class)) {
            match classes.iter_mut().find(|(known, _)| *known == class) {
                Some((_, names)) => names.push(name),
                None => classes.push((class, vec![name])),
            }
        } else {
            values.push((name, value));
        }
    }
    draft.list("## Functions", functions);
    for class in made {
        // One that nothing describes is no business of programs.
        if !classes.iter().any(|(known, _)| *known == class) && !doc_of(class).is_empty() {
            classes.push((class, Vec::new()));
        }
    }
    for (class, names) in classes {
        class_section(vm, class, &names, &mut draft);
    }
    if !values.is_empty() {
        draft.section("Values", "");
    }
    for (name, value) in values {
        let kind = kind_of(vm, value);
        let kind = match kind.strip_prefix("the module ") {
            Some(module) => format!("the module [`{module}`]({module}.md)"),
            None => kind,
        };
        let text = format!("* `{}`, {kind}\n", name.as_str());
        draft.page.body.push_str(&text);
        draft.page.unexplained.push(name.as_str().to_string());
    }
    Ok(draft.finish(native.doc))
}

/// `names`: under which the module has the class; none for one that its functions return.
fn class_section(vm: &mut Vm, class: Gc<Class>, names: &[Gc<Str>], draft: &mut Draft) {
    let own = class.name.get();
    let title = if names.is_empty() {
        format!("Objects of class `{}`", own.as_str())
    } else {
        format!("`{}`", own.as_str())
    };
    let doc = doc_of(class);
    if doc.is_empty() {
        draft.page.faults.push(format!("nothing says what the class {} is", own.as_str()));
    }
    draft.section(&title, "");
    if let Some(def) = class.own_constructor() {
        draft.page.body.push_str(&format!("`{}`\n\n", Entry::constructor(def).shown));
    } else if let Some(init) = own_closure(vm, class, "init") {
        draft.page.body.push_str(&format!("`{}`\n\n", Entry::closure(own.as_str(), &init).shown));
    }
    let mut text = doc;
    let object = vm.class_for(Type::Object);
    if let Some(base) = class.base.filter(|base| *base != object && *base != vm.class_for(Type::Iterator)) {
        text.push_str(&format!(" It extends `{}`.", base.name.get().as_str()));
    }
    for name in names.iter().filter(|name| **name != own) {
        text.push_str(&format!(" `{}` is another name of it.", name.as_str()));
    }
    draft.page.body.push_str(&wrapped("", &text));
    members(class, "###", draft);
}

/// What a class has itself.
#[derive(Default)]
struct Members {
    attributes: Vec<Entry>,
    methods: Vec<Entry>,
    /// Methods that the language calls.
    operators: Vec<Entry>,
    /// The names of what is neither.
    values: Vec<String>,
}

fn members_of(class: Gc<Class>) -> Members {
    let mut members = Members::default();
    let own = class.name.get();
    for name in class.member_names() {
        let Some(member) = class.own_member(name) else { continue };
        let name = name.as_str();
        if let Some(property) = member.as_object::<Property>() {
            if let Some(getter) = property.getter.as_object::<Native>() {
                members.attributes.push(Entry::attribute(name, getter.def.doc));
            } else if let Some(getter) = property.getter.as_object::<Closure>() {
                let doc = getter.proto.code.doc.as_deref().unwrap_or_default();
                members.attributes.push(Entry::attribute(name, doc));
            }
        } else if let Some(native) = member.as_object::<Native>() {
            if native.owner.is_none() {
                members.methods.push(Entry::function(&format!("{}.", own.as_str()), name, native.def));
            } else if let Some(operator) = Entry::operator(name, native.def) {
                members.operators.push(operator);
            } else {
                members.methods.push(Entry::method(name, native.def));
            }
        } else if let Some(closure) = member.as_object::<Closure>() {
            let is_described = closure.proto.code.doc.is_some() || !Entry::is_protocol(name);
            if name != "init" && !name.starts_with('_') && is_described {
                members.methods.push(Entry::closure(name, &closure));
            }
        } else if !name.starts_with('_') {
            members.values.push(name.to_string());
        }
    }
    members
}

/// Puts what a class has itself on its page.
fn members(class: Gc<Class>, heading: &str, draft: &mut Draft) {
    let Members { attributes, methods, operators, values } = members_of(class);
    draft.page.unexplained.extend(values);
    draft.list(&format!("{heading} Attributes"), attributes);
    draft.list(&format!("{heading} Methods"), methods);
    draft.list(&format!("{heading} Operators and protocols"), operators);
}

/// What a class is: its own text, or that of its constructor.
fn doc_of(class: Gc<Class>) -> String {
    let written = class.member_names().into_iter().find(|name| name.as_str() == "__doc__");
    let written = written.and_then(|name| class.own_member(name));
    let own = written.unwrap_or(class.doc.get()).as_str().map(|text| text.as_str().to_string());
    own.or_else(|| class.own_constructor().map(|def| def.doc.to_string())).unwrap_or_default()
}

fn own_closure(vm: &Vm, class: Gc<Class>, name: &str) -> Option<Gc<Closure>> {
    class.own_member(vm.heap.interned(name)?)?.as_object::<Closure>()
}

/// The native classes of a module, whether or not it names them.
fn made_by(vm: &Vm, module: &str) -> Vec<Gc<Class>> {
    vm.native_classes.iter().filter(|(maker, _)| *maker == module).map(|(_, class)| *class).collect()
}

/// Whether its objects are iterators: such classes are used as functions are.
fn is_iterator(vm: &Vm, class: Gc<Class>) -> bool {
    class.is_subclass_of(vm.class_for(Type::Iterator))
}

fn is_builtin(vm: &Vm, class: Gc<Class>) -> bool {
    vm.builtins.iter().any(|value| value.as_object::<Class>() == Some(class))
}

/// What a value of a module is, in a word or two.
fn kind_of(vm: &Vm, value: Value) -> String {
    if let Some(module) = value.as_object::<Module>() {
        return format!("the module {}", module.name.as_str());
    }
    if let Some(class) = value.as_object::<Class>() {
        return format!("the class `{}`", class.name.get().as_str());
    }
    format!("of type `{}`", vm.type_name(value))
}
