//! Which texts a prompt should go on reading, and which not.

use toy_grammar::parse;

#[test]
fn more_text_could_complete_these() {
    for source in [
        "(",
        "f(1,",
        "[1,\n2",
        "x = {",
        "if a {",
        "if a {\n    b",
        "fn f() {\n  if a { b }\n",
        "class A {",
        "'''a\nb",
        "f'''a{b}",
        "f'''{a",
        "x =",
        "x = \n",
        "a +\n\n",
        "not",
        "a and # comment\n",
        "let",
        "f(fn() {\n a",
        "x = \\",
        "x = \\\n",
        "try { a }",
        "try { a }\n",
        "@dec",
        "@dec\n",
        "@dec\n@dec(1)\n",
        "fn f() =>",
        "a.",
        "import",
        "for x in",
        "if",
        "class A {\n  ## Doc.\n",
        "x if y else",
    ] {
        let parsed = parse(source);
        assert!(parsed.is_incomplete(), "{source:?}: {:?}", parsed.errors);
    }
}

#[test]
fn these_are_wrong_whatever_follows() {
    for source in [
        ")",
        "a b",
        "if a",
        "if a\n",
        "while a\n",
        "'abc",
        "f'abc",
        "x = = ",
        "if x { a b",
        "i++",
        "i++\n",
        "let x = )",
        "if a { } else\n",
        "try",
        "try\n",
        "$",
        "12abc",
        "(]",
        "a;;",
        "else { }",
        "fn f(a, a) {",
        "def f() {",
        "1 = 2",
    ] {
        let parsed = parse(source);
        assert!(!parsed.errors.is_empty() && !parsed.is_incomplete(), "{source:?}: {:?}", parsed.errors);
    }
}

#[test]
fn these_are_complete() {
    for source in ["", "\n", "a", "if a { }", "x = (\n1)", "## Doc.", "a;", "a,\n", "# comment", "f'''\n'''"]
    {
        let parsed = parse(source);
        assert!(parsed.errors.is_empty() && !parsed.is_incomplete(), "{source:?}: {:?}", parsed.errors);
        assert!(parsed.module.is_some());
    }
}
