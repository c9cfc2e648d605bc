//! What is said about wrong programs.
//!
//! Renew the snapshots with `INSTA_UPDATE=always cargo test -p toy-grammar`, and look at the difference.

mod support;

use support::report;
use toy_grammar::parse;

/// Each program with what is said about it.
#[track_caller]
fn reports(programs: &[&str]) -> String {
    let mut text = String::new();
    for source in programs {
        let parsed = parse(source);
        assert!(!parsed.errors.is_empty() && parsed.module.is_none(), "nothing wrong in: {source}");
        for line in source.split('\n') {
            text += &format!("| {line}\n");
        }
        text += &report(source, &parsed.errors);
        text.push('\n');
    }
    text
}

#[test]
fn numbers() {
    assert_golden!(
        "errors_numbers",
        reports(&[
            "12abc",
            "007",
            "0_7",
            "1.e5",
            "1.foo",
            "1.",
            ".5",
            "x = .5",
            "1__0",
            "1_",
            "0x",
            "0xg",
            "0b12",
            "0b",
            "0o8",
            "0o",
            "1e",
            "1e+",
            "1.5abc",
            "1e+5x",
            "1j",
            "12abc + 13abd",
        ])
    );
}

#[test]
fn strings() {
    assert_golden!(
        "errors_strings",
        reports(&[
            "\"abc",
            "'it's",
            "\"\"\"abc\ndef",
            "f\"abc",
            "f\"\"\"abc",
            "f(\"abc)\ny = = 2",
            r##""\x4""##,
            r##""ab\xg""##,
            r##""\N{foo}""##,
            r##""\N""##,
            r##""\u12""##,
            r##""\U00110000""##,
            r##""\ud800""##,
            r##"b"\x4""##,
            "b\"é\"",
            "\"a\" b\"b\"",
            "b\"a\" f\"b\"",
        ])
    );
}

#[test]
fn f_strings() {
    assert_golden!(
        "errors_f_strings",
        reports(&[
            "f\"{\"",
            "f\"{x\"",
            "f\"{}\"",
            "f\"{ }\"",
            "f\"{=}\"",
            "f\"{:x}\"",
            "f\"{!r}\"",
            "f\"}\"",
            "f\"{x:}}\"",
            "f\"{x!z}\"",
            "f\"{x!}\"",
            "f\"{x! r}\"",
            "f\"{x!r y}\"",
            "f\"{x:\"",
            "f\"{x:{y}\"",
            "f\"{a b}\"",
            "f\"{a $ b}\"",
            "f\"{*a}\"",
            "f\"{x)}\"",
            "f\"{(x}\"",
            "f\"{let}\"",
            r##"f"\x4 {a} \u1""##,
        ])
    );
}

#[test]
fn brackets() {
    assert_golden!(
        "errors_brackets",
        reports(&[
            "(",
            "[1, 2",
            "x = {1: 2",
            "if x {",
            "fn f() {\n  if x {\n}",
            "(]",
            ")",
            "}",
            "f(a, [b)",
            "x = (1\nlet y = 2\nlet z = = 3",
            "fn f() {\n  print((1)\n}\nlet x = = 2",
            "fn f() {\n}}\nlet x = = 1",
            "if (a {\n  x\n}\nlet y = = 2",
            "fn f(a, {\n}",
            "let x = [1,\n  2,\n  3\nlet y = 1",
            "f(a; b)",
            "[1 2]",
            "f(a b)",
            "({1:2 3:4})",
            "({1:})",
            "({1:2, 3})",
            "({1, 2:3})",
            "({**a, b})",
            "f(a,,b)",
            "[,]",
            "x[]",
            "x[1:2:3:4]",
        ])
    );
}

#[test]
fn characters() {
    assert_golden!(
        "errors_characters",
        reports(&[
            "a $ b",
            "a ? b : c",
            "x = “a”",
            "a × b",
            "a\u{A0}b",
            "a\u{200B}b",
            "a && b",
            "a || b",
            "!a",
            r##"a\ b"##,
            r##"a = \"##,
            "x = 1 `a`",
            "naïve🎉 = 1",
            "$ + $; $\n$",
        ])
    );
}

#[test]
fn blocks() {
    assert_golden!(
        "errors_blocks",
        reports(&[
            "if x",
            "if x: y",
            "while x\n{ y }",
            "if x { } else\n{ y }",
            "f(fn()\n{ })",
            "fn f()",
            "fn f",
            "fn f {}",
            "class A",
            "class A:",
            "if a { } y = 1",
            "if a { } if b { }",
            "else { }",
            "else if x { }",
            "a; else { }",
            "except { }",
            "finally { }",
            "try { }",
            "try { } else { }",
            "try { } except A, B { }",
            "try { } except { } except A { }",
            "{ \"a\": 1 }",
            "{1, 2}; {a: b}",
            "for x y { }",
            "for x { }",
            "for (let i = 0; i < 3; i += 1) { x }",
            "for 1 in x { }",
            "with a as 1 { }",
            "with a as f() { }",
            "if x y { }",
        ])
    );
}

#[test]
fn targets() {
    assert_golden!(
        "errors_targets",
        reports(&[
            "f() = 1",
            "1 = x",
            "a + b = 1",
            "not a = 1",
            "a..b = 1",
            "(a, 1) = x",
            "[a, f()] = x",
            "nil = 1",
            "self = 1",
            "super.x = 1",
            "f() += 1",
            "(a,b) += 1",
            "[a] += 1",
            "nil += 1",
            "[x for x in y] = 1",
            "(x for x in y) = 1",
            "a if b else c = 1",
            "fn() { } = 1",
            "a < b = 1",
            "a and b = 1",
            "({1:2}) = 3",
            "f\"x\" = 1",
            "*a = 1",
            "*a",
            "x = *a",
            "(*a)",
            "return *a",
            "a, *b, *c = x",
            "(yield) = 1",
            "x = yield = 1",
            "x = f() = 1",
            "a = b += 1",
            "del x",
            "del f()",
            "del a[0], b, (c.d, 1)",
            "del *a",
            "for x in *a { }",
            "[*x for x in y]",
            "f(*x for x in y)",
            "[x, y for x in z]",
            "let (a, *b, *c) = x",
            "let *a = x",
            "for *a in x { }",
            "let a.b = 1",
            "let [a, (*b)] = 1",
        ])
    );
}

#[test]
fn calls() {
    assert_golden!(
        "errors_calls",
        reports(&[
            "f(a=1, 2)",
            "f(**a, b)",
            "f(**a, *b)",
            "f(a=1, a=2)",
            "f(a.b=1)",
            "f((a)=1)",
            "f(1=2)",
            "f(true=1)",
            "f(x for x in y, 1)",
            "f(1, x for x in y)",
            "f(a, b c)",
            "f(a=)",
            "f(*)",
            "f(x = 1 = 2)",
        ])
    );
}

#[test]
fn params() {
    assert_golden!(
        "errors_params",
        reports(&[
            "fn f(a, a) {}",
            "fn f(a, *a, **a) {}",
            "fn f(a=1, b) {}",
            "fn f(a=1, /, b) {}",
            "fn f(*) {}",
            "fn f(*, **k) {}",
            "fn f(*, *a) {}",
            "fn f(*a, *b) {}",
            "fn f(a, /, b, /) {}",
            "fn f(/, a) {}",
            "fn f(*a, /) {}",
            "fn f(**a, b) {}",
            "fn f(**k, *a) {}",
            "fn f(*a=1) {}",
            "fn f(**a=1) {}",
            "fn f(a, (b, c)) {}",
            "fn f(1) {}",
            "fn f(self, a) {}",
            "fn f(if) {}",
            "fn f(x: int) {}",
            "fn f(x) -> int {}",
            "fn f(,) {}",
            "fn(a, a) => 1",
        ])
    );
}

#[test]
fn statements() {
    assert_golden!(
        "errors_statements",
        reports(&[
            "let x",
            "var a, b",
            "let a = b = 1",
            "let x: int = 1",
            "x: int = 1",
            "let in = 3",
            "let x y",
            "class",
            "import",
            "import *",
            "import \"a\"",
            "import a-b",
            "from a import",
            "from a import *",
            "from a import b,",
            "from . import x",
            "from .a import x",
            "assert",
            "assert a, b, c",
            "raise from x",
            "raise a from",
            "return = 1",
            "x = = 2",
            "if x = 1 { }",
            "while x = 1 { }",
            "f((x = 1))",
            "x := 1",
            "f(x := 1)",
            "a b",
            "a.b c",
            "a not b",
            "x ==",
            "x == \ny = = 2",
            "x.",
            "x.1",
            "a <> b",
            "a =< b",
            "a === b",
            "a !== b",
            "a->b",
            "(x) => x",
            "x = 1 + yield",
            "- not x",
            "a + not b",
            "1..2..3",
            "a = 1 if b",
            "a if b c",
            "[x for]",
            "[x for x]",
            "let x = 1 let y = 2",
            "a;;b",
            ";",
            "super",
            "super()",
            "@",
            "@a",
            "@a\nx = 1",
            "static fn f() { }",
            "x = if a { 1 } else { 2 }",
        ])
    );
}

#[test]
fn classes() {
    assert_golden!(
        "errors_classes",
        reports(&[
            "class A { x = 1 }",
            "class A { print(1) }",
            "class A { if x { } }",
            "class A { let x, y = 1, 2 }",
            "class A { let x }",
            "class A { fn !=(o) => 1 }",
            "class A { fn in(o) => 1 }",
            "class A { fn []+(o) => 1 }",
            "class A { static let x = 1 }",
            "class A { @a let x = 1 }",
            "class A { def f(self) { } }",
            "class A { async fn f() { }\n  fn g() { = = } }",
            "class A(B, C) { }",
            "class A(x = 1) { }",
            "class A(*b) { }",
            "class A extends B { }",
            "class A : B { }",
            "fn +(a) { }",
            "fn [](a) { }",
            "fn !=(a) { }",
        ])
    );
}

#[test]
fn foreign_words() {
    assert_golden!(
        "errors_foreign_words",
        reports(&[
            "def f(x) { return 1 }",
            "def f(x):",
            "function f() { }",
            "x = function(a) { return 1 }",
            "func f() { }",
            "lambda x: 1",
            "f(lambda x: 1)",
            "if a { } elif b { }",
            "if a { }\nelif b { }",
            "try { } catch (e) { }",
            "try { }\ncatch e { }",
            "throw x",
            "new Foo()",
            "x = new Foo()",
            "global x",
            "nonlocal x",
            "pass",
            "if a { pass }",
            "print x",
            "print \"a\", b",
            "switch (x) { case 1: 2 }",
            "foreach x in y { }",
            "unless x { }",
            "let mut x = 1",
            "if x then { y }",
            "delete x",
            "x instanceof Y",
            "i++",
            "i--",
            "f(i++)",
            "// comment",
            "/* comment */",
            "use std",
            "struct P { }",
        ])
    );
}

#[test]
fn reserved_words() {
    assert_golden!(
        "errors_reserved_words",
        reports(&[
            "async fn f() { }",
            "await x",
            "const X = 1",
            "pub fn f() { }",
            "do { x } while y",
            "macro m { a $ b }",
            "match x {\n  case 1 { }\n}\ny = = 1",
            "let match = 1",
            "from re import match",
            "f(match, 1)",
            "x = await y",
        ])
    );
}

#[test]
fn recovery() {
    assert_golden!(
        "errors_recovery",
        reports(&[
            "x = = 1\ny = = 2\nz = 3",
            "a = = 1; b = = 2",
            "if x { y = = 1\n z = = 2 }\nw = = 3",
            "if = { a = = 1 }\nelse { b = = 2 }\nc = = 3",
            "def f(self) {\n   x = = 1\n   return 2\n}",
            "while true { x = = 1\n  if y { z = = 2 }\n  class A { fn f() { = = }\n  fn g() { q = = 1 }\n  }\n}\nt = = 3",
            "f(fn() { a = = 1\nb = = 2 }, c d)\ne = = 3",
            "try { a = = 1 }\nexcept E { b = = 2 }\nc",
            "@dec\nlet x = 1\ny = = 1",
            "class A { let x = = 1\nfn f(a, a) { b = = 2 } }",
            "if x { a = = 1\nb(",
            "fn f(a, a) { x = = 1\ny = = 2 }",
            "let x = “a” + “b”\nlet y = ‘c’",
            "x = $ fn() { y = = 1 }\nz = = 2",
        ])
    );
}
