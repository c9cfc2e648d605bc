//! Functions and classes: makers around them, parameters, and methods under Python's names.

use toy_grammar::ast::{ClassDecl, Function, FunctionBody, Member, MemberKind, Param, ParamKind, Span};

use super::names::python_word;
use super::{Printed, Printer, refuse};

/// Toy's names of operator and protocol methods, and Python's.
const METHODS: &[(&str, &str)] = &[
    ("+", "add"),
    ("-", "sub"),
    ("*", "mul"),
    ("/", "truediv"),
    ("//", "floordiv"),
    ("%", "mod"),
    ("**", "pow"),
    ("==", "eq"),
    ("<", "lt"),
    ("<=", "le"),
    (">", "gt"),
    (">=", "ge"),
    ("&", "and"),
    ("|", "or"),
    ("^", "xor"),
    ("<<", "lshift"),
    (">>", "rshift"),
    ("~", "invert"),
    ("[]", "getitem"),
    ("[]=", "setitem"),
    ("neg", "neg"),
    ("pos", "pos"),
    ("radd", "radd"),
    ("rsub", "rsub"),
    ("rmul", "rmul"),
    ("rtruediv", "rtruediv"),
    ("rfloordiv", "rfloordiv"),
    ("rmod", "rmod"),
    ("rpow", "rpow"),
    ("rand", "rand"),
    ("ror", "ror"),
    ("rxor", "rxor"),
    ("rlshift", "rlshift"),
    ("rrshift", "rrshift"),
    ("init", "init"),
    ("str", "str"),
    ("repr", "repr"),
    ("hash", "hash"),
    ("len", "len"),
    ("contains", "contains"),
    ("bool", "bool"),
    ("delitem", "delitem"),
    ("iter", "iter"),
    ("next", "next"),
    ("call", "call"),
    ("enter", "enter"),
    ("exit", "exit"),
    ("getattr", "getattr"),
];

/// What Python calls a method.
pub fn method_name(name: &str) -> String {
    match METHODS.iter().find(|(toy, _)| *toy == name) {
        Some((_, python)) => format!("__{python}__"),
        None => python_word(name),
    }
}

impl Printer<'_> {
    /// Prints a function's `def` in a maker, and gives the expression that makes the function.
    pub fn function(&mut self, function: &Function, name: Option<&str>) -> Printed<String> {
        let shown = name.unwrap_or("<lambda>").to_string();
        let qualified = qualified(&[], &shown);
        self.maker(function.span, |printer| {
            let def = printer.fresh("fn");
            printer.def(function, &def, false)?;
            printer.line(&format!("return _t_fn({def}, {shown:?}, {qualified:?})"));
            Ok(())
        })
    }

    /// Prints a maker that takes the cells of a function, and gives a call of it.
    pub fn maker(&mut self, span: Span, print: impl FnOnce(&mut Self) -> Printed<()>) -> Printed<String> {
        let maker = self.fresh("make");
        let cells = self.names.cells(span).join(", ");
        self.line(&format!("def {maker}({cells}):"));
        self.indented(print)?;
        Ok(format!("{maker}({cells})"))
    }

    /// The `def` itself.
    fn def(&mut self, function: &Function, name: &str, is_method: bool) -> Printed<()> {
        let params = self.params(&function.params, is_method);
        self.line(&format!("def {name}({params}):"));
        self.indented(|printer| {
            let (global, nonlocal) = printer.names.outer_names(function.span);
            if !global.is_empty() {
                printer.line(&format!("global {}", global.join(", ")));
            }
            if !nonlocal.is_empty() {
                printer.line(&format!("nonlocal {}", nonlocal.join(", ")));
            }
            for param in &function.params {
                if let Some(default) = &param.default {
                    let name = python_word(&param.name.name);
                    printer.line(&format!("if {name} is _t_missing:"));
                    printer.indented(|printer| {
                        let value = printer.expr(default)?;
                        printer.line(&format!("{name} = {value}"));
                        Ok(())
                    })?;
                }
            }
            match &function.body {
                FunctionBody::Expr(e) => {
                    let value = printer.expr(e)?;
                    printer.line(&format!("return {value}"));
                }
                FunctionBody::Block(block) => printer.block_body(block)?,
            }
            Ok(())
        })
    }

    fn params(&mut self, params: &[Param], is_method: bool) -> String {
        let mut out: Vec<String> = Vec::new();
        if is_method {
            out.push("self".to_string());
        }
        let last_positional = params.iter().rposition(|p| p.kind == ParamKind::PositionalOnly);
        let mut starred = false;
        for (i, param) in params.iter().enumerate() {
            let name = python_word(&param.name.name);
            let default = if param.default.is_some() { " = _t_missing" } else { "" };
            match param.kind {
                ParamKind::Rest => {
                    starred = true;
                    out.push(format!("*{name}"));
                }
                ParamKind::Options => out.push(format!("**{name}")),
                ParamKind::KeywordOnly => {
                    if !starred {
                        starred = true;
                        out.push("*".to_string());
                    }
                    out.push(format!("{name}{default}"));
                }
                ParamKind::PositionalOnly | ParamKind::Normal => out.push(format!("{name}{default}")),
            }
            if last_positional == Some(i) {
                out.push("/".to_string());
            }
        }
        out.join(", ")
    }

    /// Prints a class in a maker, and gives the expression that makes the class.
    pub fn class(&mut self, class: &ClassDecl) -> Printed<String> {
        let base = match &class.base {
            Some(base) => self.expr(base)?,
            None => "object".to_string(),
        };
        let base_name = self.fresh("base");
        self.line(&format!("{base_name} = {base}"));
        let decorators = self.decorators(&class.decorators)?;
        let made = self.maker(class.span, |printer| {
            printer.class_body(class, &base_name)?;
            let name = python_word(&class.name.name);
            printer.line(&format!("return _t_class({name}, {:?})", qualified(&printer.qualifier, &name)));
            Ok(())
        })?;
        Ok(decorate(&decorators, made))
    }

    fn class_body(&mut self, class: &ClassDecl, base: &str) -> Printed<()> {
        let name = python_word(&class.name.name);
        self.line(&format!("class {name}({base}):"));
        self.qualifier.push(name);
        self.indented(|printer| {
            for member in &class.members {
                printer.member(member)?;
            }
            printer.line("pass");
            Ok(())
        })?;
        self.qualifier.pop();
        Ok(())
    }

    fn member(&mut self, member: &Member) -> Printed<()> {
        match &member.kind {
            MemberKind::Attribute { name, value, .. } => {
                let value = match value {
                    Some(value) => self.expr(value)?,
                    None => "None".to_string(),
                };
                self.line(&format!("{} = _t_attribute({value})", python_word(&name.name)));
            }
            MemberKind::Method { decorators, is_static, name, function } => {
                let decorators = self.decorators(decorators)?;
                let python = method_name(&name.name);
                let qualified = qualified(&self.qualifier, &name.name);
                let outer = std::mem::take(&mut self.qualifier);
                self.def(function, &python, !is_static)?;
                self.qualifier = outer;
                let mut value = format!("_t_fn({python}, {:?}, {qualified:?})", &*name.name);
                if *is_static {
                    value = format!("_t_static({value})");
                }
                self.line(&format!("{python} = {}", decorate(&decorators, value)));
            }
            MemberKind::Class(inner) => {
                if !inner.decorators.is_empty() || inner.base.is_some() {
                    return refuse("a nested class with a base");
                }
                let name = python_word(&inner.name.name);
                self.class_body(inner, "object")?;
                self.line(&format!("{name} = _t_class({name}, {:?})", qualified(&self.qualifier, &name)));
            }
        }
        Ok(())
    }

    /// Evaluates decorators in order; the names that hold them.
    pub fn decorators(&mut self, decorators: &[toy_grammar::ast::Expr]) -> Printed<Vec<String>> {
        decorators
            .iter()
            .map(|e| {
                let value = self.expr(e)?;
                let name = self.fresh("decorator");
                self.line(&format!("{name} = {value}"));
                Ok(name)
            })
            .collect()
    }
}

/// The innermost decorator is applied first.
pub fn decorate(decorators: &[String], value: String) -> String {
    decorators.iter().rev().fold(value, |value, decorator| format!("{decorator}({value})"))
}

fn qualified(classes: &[String], name: &str) -> String {
    classes.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
}
