//! How far programs may go: many variables, deep trees, long chains. All code that comes out is verified.

use super::tests::compile_file;
use crate::bytecode::code::Code;

/// Compiles, or gives the messages of what is wrong.
fn outcome(source: &str) -> Result<std::rc::Rc<Code>, String> {
    compile_file(source)
        .map_err(|errors| errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
}

fn compiles(source: &str) -> std::rc::Rc<Code> {
    match outcome(source) {
        Ok(code) => code,
        Err(message) => panic!("{message}"),
    }
}

/// `n` pieces made by `piece`, one after the other.
fn many(n: usize, piece: impl Fn(usize) -> String) -> String {
    (0..n).map(piece).collect()
}

fn nested(n: usize, before: &str, inside: &str, after: &str) -> String {
    format!("{}{inside}{}", before.repeat(n), after.repeat(n))
}

#[test]
fn a_function_has_sixty_thousand_locals() {
    let locals = many(60_000, |i| format!("var v{i} = {i}\n"));
    let code = compiles(&format!("fn f() {{\n{locals}\nv59999 += v1 + v300\nreturn fn() => v59998 }}"));
    assert!(code.functions[0].registers > 60_000);
}

#[test]
fn too_many_locals_are_an_error() {
    let locals = many(70_000, |i| format!("var v{i} = {i}\n"));
    let message = outcome(&format!("fn f() {{\n{locals}\n}}")).err();
    assert_eq!(message.as_deref(), Some("too many variables, or an expression that is too complex"));
}

#[test]
fn a_module_has_sixty_thousand_names_and_no_more() {
    let names = |n| many(n, |i| format!("var v{i}\n"));
    assert_eq!(compiles(&names(60_000)).slots.len(), 60_002);
    let message = outcome(&names(65_540)).err().unwrap_or_default();
    assert!(message.starts_with("too many names at the top level of a module"), "{message}");
}

#[test]
fn a_function_has_a_thousand_parameters() {
    let params = many(1000, |i| format!("p{i} = {i}, "));
    let body = "p5 += 1; p129 += 1; p251 += 1\nreturn fn() => p5 + p129 + p130 + p249 + p250 + p251 + p999";
    let code = compiles(&format!("fn f({params}) {{ {body} }}"));
    assert_eq!(code.functions[0].params.names.len(), 1000);
}

#[test]
fn a_call_has_a_thousand_arguments() {
    compiles(&format!("print({})", many(1000, |i| format!("{i}, "))));
    compiles(&format!("print({})", many(1000, |i| format!("k{i} = {i}, "))));
}

#[test]
fn displays_and_patterns_of_any_length() {
    compiles(&format!("let x = [{}]", many(50_000, |i| format!("{i}, "))));
    compiles(&format!("fn f() {{ let {} z = print\nreturn a5, a250 }}", many(300, |i| format!("a{i}, "))));
    compiles(&format!("fn f(o) {{ {} o.z = print }}", many(300, |i| format!("o.a{i}, "))));
    compiles(&format!("print(f\"{}\")", "{print} and ".repeat(5000)));
}

#[test]
fn sixty_thousand_constants_and_no_more_than_the_format_has() {
    let uses = |n| many(n, |i| format!("print(x + {})\n", i + 100_000));
    compiles(&format!("let x = 1\n{}", uses(60_000)));
    let message = outcome(&format!("let x = 1\n{}", uses(66_000))).err();
    assert_eq!(message.as_deref(), Some("too many constants in one function"));
}

#[test]
fn blocks_nest_sixty_thousand_deep() {
    compiles(&nested(60_000, "if true {\n", "print(1)\n", "}\n"));
}

#[test]
fn statements_that_keep_registers_nest_deep() {
    compiles(&nested(2000, "for i in 0..3 {\n", "print(i)\n", "}\n"));
    compiles(&nested(2000, "for a, b in print {\n", "print(a, b)\n", "}\n"));
    compiles(&nested(2000, "try {\n", "print(1)\n", "} except ValueError as e { print(e) }\n"));
    compiles(&nested(2000, "try { print(1) } except ValueError as e {\n", "print(e)\n", "}\n"));
    compiles(&nested(2000, "try { print(1) } finally {\n", "print(1)\n", "}\n"));
    compiles(&nested(2000, "with print() as f {\n", "print(f)\n", "}\n"));
    compiles(&nested(2000, "fn f(a) {\n", "print(a)\n", "}\n"));
    compiles(&nested(2000, "class C {\n", "fn m() => super.m()\n", "}\n"));
}

#[test]
fn nested_finallys_stay_linear() {
    let size = |n| {
        let body =
            nested(n, "try {\n", "if x { return 1 }\nif x { break }\ncontinue\n", "} finally { print(2) }\n");
        compiles(&format!("fn f(x) {{\nwhile true {{\n{body}}}\n}}")).functions[0].words.len()
    };
    let (ten, twenty, thirty) = (size(10), size(20), size(30));
    assert_eq!(twenty - ten, thirty - twenty);
    assert!(thirty < 30 * 60, "{thirty}");
}

#[test]
fn chains_that_lean_to_the_left() {
    compiles(&format!("fn f(x) => {}x", "x + ".repeat(50_000)));
    compiles(&format!("fn f(x) => x{}", ".a".repeat(50_000)));
    compiles(&format!("fn f(x) => x{}", ".a(1)".repeat(20_000)));
    compiles(&format!("fn f(x) => x{}", "[1](2)[x:]".repeat(9_000)));
    compiles(&format!("fn f(x) => x{}", ".a(*x)".repeat(9_000)));
}

#[test]
fn chains_that_lean_to_the_right() {
    let code = compiles(&format!("fn f(x) => {}x", "2 ** ".repeat(20_000)));
    assert!(code.functions[0].registers < 10, "a literal waits without a register");
    let code = compiles(&format!("fn f(x) => {}x", "- ".repeat(20_000)));
    assert!(code.functions[0].registers < 10);
    let code = compiles(&format!("fn f(x) => {}x", "x() if x else ".repeat(20_000)));
    assert!(code.functions[0].registers < 10);
    compiles(&format!("fn f(x) => {}x", "x() ** ".repeat(20_000)));
    compiles(&format!("fn f(x) {{ if {}x {{ return {}x }} }}", "not ".repeat(20_000), "not ".repeat(20_000)));
    compiles(&format!("fn f(x) => {}x", "x() < ".repeat(20_000)));
    compiles(&format!("fn f(x) => {}x", "x() and ".repeat(20_000)));
    compiles(&format!("fn f(x) => {}x", "fn() => ".repeat(5_000)));
}

#[test]
fn brackets_nest_with_any_number_of_temporaries() {
    compiles(&format!("fn f(x) => {}", nested(150, "f(1, x, 3, x(), ", "5", ")")));
    compiles(&format!("fn f(x) => {}", nested(150, &format!("f({}", "x(), ".repeat(99)), "5", ")")));
    compiles(&format!("fn f(x) => {}", nested(150, "[1, x, 3, x(), ", "5", "]")));
    compiles(&format!("fn f(x) => {}", nested(150, "[y for y in ", "x", "]")));
    compiles(&format!("fn f(x) => {}", nested(150, "[", "x", " for x in x if x]")));
    compiles(&format!("fn f(x) => {}", nested(150, "x.m(x, ", "x", ")")));
    compiles(&format!("fn f(x) => {}", nested(90, "{1: (x(), ", "x", ")}")));
    compiles(&format!("fn f(x) => [x{}]", " for a, b in x for c in 0..2".repeat(500)));
}
