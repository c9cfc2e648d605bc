//! What the tests of the compiler share: programs in, code or errors as text out. All code is verified.

use std::rc::Rc;

use toy_grammar::diagnostic::Diagnostic;
use toy_grammar::parse;

use super::{Declarations, Environment, compile_entry};
use crate::bytecode::code::Code;
use crate::bytecode::dump::dump;
use crate::bytecode::verify::verify;

pub(super) const BUILTINS: &[&str] =
    &["print", "range", "len", "Exception", "AssertionError", "ValueError", "TypeError", "open", "property"];

/// Compiles and verifies a program that parses.
pub(super) fn compile_with(
    source: &str,
    env: &Environment,
    declarations: &mut Declarations,
) -> Result<Rc<Code>, Vec<Diagnostic>> {
    let parsed = parse(source);
    assert!(parsed.errors.is_empty(), "{source}: {:?}", parsed.errors);
    let module = parsed.module.unwrap_or_else(|| panic!("{source} does not parse"));
    let compiled = compile_entry(&module, source, env, declarations)?;
    let code = &compiled;
    if let Err(what) = verify(code, env.builtins.len(), code.slots.len()) {
        panic!("{what}\n{}", dump(code, source));
    }
    Ok(compiled)
}

pub(super) fn compile_file(source: &str) -> Result<Rc<Code>, Vec<Diagnostic>> {
    let env = Environment { builtins: BUILTINS, slots: &[], interactive: false };
    compile_with(source, &env, &mut Declarations::default())
}

/// A program's code as text.
pub(super) fn code(source: &str) -> String {
    let source = dedent(source);
    match compile_file(&source) {
        Ok(compiled) => dump(&compiled, &source),
        Err(errors) => panic!("{source}\n{errors:?}"),
    }
}

/// A program's errors, each with the text at its place, its related places and its help.
pub(super) fn errors(source: &str) -> String {
    let source = dedent(source);
    let Err(errors) = compile_file(&source) else { return "no error".to_string() };
    let text = |span: toy_grammar::ast::Span| {
        let line = source[..span.start as usize].matches('\n').count() + 1;
        format!("{line}: `{}`", &source[span.start as usize..span.end as usize])
    };
    let mut out = String::new();
    for error in errors {
        out += &format!("{} [{}] {}\n", text(error.span), error.code, error.message);
        for (span, note) in error.related {
            out += &format!("    {} {note}\n", text(span));
        }
        out += &error.help.map(|help| format!("    help: {help}\n")).unwrap_or_default();
    }
    out
}

/// Takes away the indentation that a program has inside a test.
fn dedent(source: &str) -> String {
    let lines = || source.lines().skip_while(|line| line.trim().is_empty());
    let indent = lines().next().map_or(0, |line| line.len() - line.trim_start().len());
    let text: Vec<&str> = lines().map(|line| line.get(indent..).unwrap_or_default()).collect();
    text.join("\n").trim_end().to_string()
}

mod programs {
    use super::*;

    #[test]
    fn the_value_of_an_entry_is_its_last_expression() {
        let slots: Vec<std::rc::Rc<str>> = ["__name__", "__file__", "x"].map(Into::into).to_vec();
        let env = Environment { builtins: BUILTINS, slots: &slots, interactive: true };
        let source = "let y = x\ny + 1";
        let compiled = compile_with(source, &env, &mut Declarations::default());
        let text = compiled.map(|compiled| dump(&compiled, source)).unwrap_or_default();
        insta::assert_snapshot!(text, @r"
        <module>: 1 registers, slots __name__ __file__ x y
           1 | let y = x
               0000  GetSlot        r0 = slot x
               0001  SetSlot        r0, slot y
           2 | y + 1
               0002  GetSlot        r0 = slot y
               0003  AddI           r0 = r0, 1
               0004  Return         r0
        ");
    }

    #[test]
    fn the_largest_int_is_a_constant() {
        let text = code("let a = 9223372036854775807\nprint(a + 9223372036854775807 < -9223372036854775807)");
        assert_eq!(text.matches("9223372036854775807").count(), 6, "{text}");
    }

    #[test]
    fn a_prompt_knows_how_names_were_declared() {
        let mut declarations = Declarations::default();
        let mut slots: Vec<std::rc::Rc<str>> = Vec::new();
        let mut entry = |source: &str| {
            let env = Environment { builtins: BUILTINS, slots: &slots, interactive: true };
            match compile_with(source, &env, &mut declarations) {
                Ok(compiled) => {
                    slots = compiled.slots.clone();
                    String::new()
                }
                Err(errors) => errors[0].message.clone(),
            }
        };
        assert_eq!(entry("let x = 1; var y = 2"), "");
        assert_eq!(entry("x = 2"), "cannot assign to 'x', it is declared with 'let'");
        assert_eq!(entry("y = x"), "");
        assert_eq!(entry("let x = x + 1"), "", "a name may be declared again, with its old value");
        assert_eq!(entry("var x = 3"), "");
        assert_eq!(entry("let broken = nowhere"), "name 'nowhere' is not defined");
        assert_eq!(entry("x = 4"), "");
        assert_eq!(entry("broken"), "name 'broken' is not defined");
        assert_eq!(entry("let z = 1; let z = 2"), "'z' is already declared in this block");
        assert_eq!(slots.join(" "), "__name__ __file__ x y");
    }
}
