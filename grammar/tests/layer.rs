//! The rules of the newline layer, each as a test named by the rule.

mod support;

use support::{messages, outline, shape};

#[track_caller]
fn is(source: &str, expected: &str) {
    assert_eq!(shape(source), expected);
}

#[test]
fn a_newline_ends_a_statement() {
    is("a\nb\n", "a ⏎ b ⏎");
}

#[test]
fn the_last_newline_may_be_missing() {
    is("a\nb", "a ⏎ b");
}

#[test]
fn many_newlines_end_one_statement() {
    is("\n\na\n\n  \n\nb\n\n", "a ⏎ b ⏎");
}

#[test]
fn every_line_end_counts() {
    is("a\r\nb\rc\n", "a ⏎ b ⏎ c ⏎");
}

#[test]
fn a_semicolon_ends_a_statement_and_the_newline_behind_it_is_nothing() {
    is("a; b;\nc", "a ; b ; c");
}

#[test]
fn comments_are_nothing() {
    is("# one\na # two\n# three\nb", "a ⏎ b");
}

#[test]
fn comment_lines_do_not_end_a_continued_line() {
    is("a +\n# comment\n\nb", "a + b");
}

#[test]
fn a_byte_order_mark_and_a_shebang_are_nothing() {
    is("\u{FEFF}#!/usr/bin/env toy\na", "a");
}

#[test]
fn a_backslash_joins_lines() {
    is("a \\\n+ b \\\r\nc", "a + b c");
}

#[test]
fn a_newline_in_brackets_is_nothing() {
    is("f(\na\n,\nb\n)\n[\n1\n]\n", "f ( a , b ) ⏎ [ 1 ] ⏎");
}

#[test]
fn a_newline_in_a_dict_is_nothing() {
    is("x = {\n1\n:\n2\n}\n", "x = {d 1 : 2 } ⏎");
}

#[test]
fn a_newline_in_a_block_in_brackets_counts() {
    is("f(fn() {\na\nb\n},\nc)", "f ( fn ( ) {b a ⏎ b ⏎ } , c )");
}

#[test]
fn a_line_that_ends_in_an_operator_goes_on() {
    for operator in [
        "+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=",
        "..", "..=", "=", "+=", "**=", ">>=", ",", ".", "and", "or", "in", "not in", "is", "is not", "if",
        "else",
    ] {
        is(&format!("a {operator}\nb\n"), &format!("a {operator} b ⏎"));
    }
}

#[test]
fn a_line_that_ends_in_a_keyword_that_wants_more_goes_on() {
    for keyword in ["let", "var", "assert", "del", "import", "from", "while", "with", "for", "not", "~", "@"]
    {
        is(&format!("{keyword}\nb\n"), &format!("{keyword} b ⏎"));
    }
}

#[test]
fn a_line_that_ends_in_a_keyword_that_may_stand_alone_ends() {
    for keyword in ["return", "break", "continue", "raise", "yield"] {
        is(&format!("{keyword}\nb\n"), &format!("{keyword} ⏎ b ⏎"));
    }
}

#[test]
fn a_line_that_begins_with_a_dot_goes_on() {
    is("a\n  .b()\n  # comment\n  .c\n", "a . b ( ) . c ⏎");
    is("a\n..b", "a .. b");
}

#[test]
fn other_operators_at_the_head_of_a_line_begin_a_statement() {
    is("a\n-b\n(c)\n[d]\n*e", "a ⏎ - b ⏎ ( c ) ⏎ [ d ] ⏎ * e");
}

#[test]
fn else_except_and_finally_may_begin_the_line_behind_a_brace() {
    is("if a { }\nelse { }", "if a {b } else! {b }");
    is("if a { }\n\n# comment\nelse if b { }", "if a {b } else! if b {b }");
    is("try { }\nexcept { }\nelse { }\nfinally { }", "try {b } except {b } else! {b } finally {b }");
}

#[test]
fn else_behind_anything_but_a_brace_begins_a_statement() {
    is("a\nelse", "a ⏎ else");
}

#[test]
fn a_brace_at_the_head_of_a_statement_opens_a_block() {
    is("{ a }\n{ b }; { c }", "{b a } ⏎ {b b } ; {b c }");
    is("if a { { b } }", "if a {b {b b } }");
}

#[test]
fn a_brace_behind_what_can_end_an_expression_opens_a_block() {
    for end in ["a", "1", "1.5", "\"s\"", "f\"s\"", "(b)", "[b]", "nil", "true", "false", "self", "a.b"] {
        let tokens = shape(&format!("if {end} {{ }}"));
        assert!(tokens.ends_with("{b }"), "{tokens}");
    }
    is("if {1} { }", "if {d 1 } {b }");
}

#[test]
fn a_brace_behind_try_else_and_finally_opens_a_block() {
    is("try { } except { } else { } finally { }", "try {b } except {b } else! {b } finally {b }");
}

#[test]
fn a_brace_behind_an_operator_or_a_keyword_that_takes_a_value_opens_a_dict() {
    for before in [
        "x =",
        "x +=",
        "x +",
        "x in",
        "x not in",
        "x is",
        "x and",
        "not",
        "return",
        "raise",
        "yield",
        "yield from",
        "fn() =>",
        "x if y else",
        "assert",
        "if",
        "while",
        "for a in",
        "with",
        "..",
        "del",
    ] {
        let tokens = shape(&format!("{before} {{1}}"));
        assert!(tokens.ends_with("{d 1 }"), "{before}: {tokens}");
    }
    is("f({1}, {2})[{3}]", "f ( {d 1 } , {d 2 } ) [ {d 3 } ]");
    is("x = {1: {2: 3}, {4}: 5}", "x = {d 1 : {d 2 : 3 } , {d 4 } : 5 }");
    is("if x in {1, 2} { }", "if x in {d 1 , 2 } {b }");
}

#[test]
fn else_belongs_to_a_statement_only_behind_its_block() {
    is("if a { } else { }", "if a {b } else! {b }");
    is("x = a if b else c", "x = a if b else c");
    is("x = a if b == {} else c", "x = a if b == {d } else c");
    is("x = a if fn() { } else c", "x = a if fn ( ) {b } else c");
}

#[test]
fn the_brace_of_a_block_stands_on_the_line_of_its_head() {
    assert_eq!(messages("if a\n{ }"), ["1:5: expected '{'"]);
    assert_eq!(messages("try { }\nfinally\n{ }"), ["3:1: expected '{' on the line before"]);
    assert_eq!(messages("f(fn()\n{ })"), ["2:1: expected '{' on the line before"]);
    assert_eq!(outline("if (a and\n b) { }").lines().count(), 6);
}

#[test]
fn behind_a_block_comes_a_newline_or_a_semicolon() {
    assert_eq!(messages("if a { } b"), ["1:10: invalid syntax"]);
    assert_eq!(outline("if a { }; b").lines().count(), 6);
}

#[test]
fn behind_a_dot_any_word_is_a_name() {
    is("re.match(a.if, b.\nclass)", "re . match ( a . if , b . class )");
}

#[test]
fn two_words_make_one_operator() {
    is("a is not b not in c", "a is not b not in c");
    is("a is\nnot b", "a is\nnot b");
    assert_eq!(toy_grammar::tokens("a is not b not in c").len(), 5);
}

#[test]
fn strings_hide_brackets_quotes_and_newlines() {
    is(r#"'(' "\"[" r'\'' ')'"#, r#"'(' "\"[" r'\'' ')'"#);
    is("'''\n}\"(''' a", "'''\n}\"(''' a");
}

#[test]
fn an_f_string_is_text_and_fields() {
    is("f\"a{b}c\"", "f\" a { b } c \"");
    is("f'{a}{b}'", "f' { a } { b } '");
    is("f'{{a}}'", "f' {{a}} '");
}

#[test]
fn a_field_holds_any_code() {
    is("f\"{a[\"b\"]}\"", "f\" { a [ \"b\" ] } \"");
    is("f\"{ {1: 2}[1] }\"", "f\" { {d 1 : 2 } [ 1 ] } \"");
    is("f\"{f'{f\"{a}\"}'}\"", "f\" { f' { f\" { a } \" } ' } \"");
    is("f\"{a\n+ b}\"", "f\" { a + b } \"");
    is("f'{fn() { a\nb }}'", "f' { fn ( ) {b a ⏎ b } } '");
}

#[test]
fn a_colon_in_a_field_begins_the_specification() {
    is("f'{a:>{b}.2f}'", "f' { a : > { b } .2f } '");
    is("f'{a[1:2]:x}'", "f' { a [ 1 : 2 ] : x } '");
    is("f'{ {1: 2} :x}'", "f' { {d 1 : 2 } : x } '");
}

#[test]
fn a_field_may_have_a_label_and_a_conversion() {
    is("f'{a = }'", "f' { a =  } '");
    is("f'{a=!r:x}'", "f' { a = !r : x } '");
    is("f'{a!=b}'", "f' { a != b } '");
    is("f'{a==b}'", "f' { a == b } '");
}

#[test]
fn doc_comments_stand_before_their_declaration() {
    let outline = outline("## File.\n\n## One.\n##  Two.\n@dec\nfn f() { }\n\n## Lost.\n\nfn g() { }");
    assert_eq!(
        outline,
        "module\n  doc: \"File.\"\n  fn f\n    decorator: name dec\n    doc: \"One.\\n Two.\"\n    body: block\n  fn g\n    \
         body: block"
    );
}

#[test]
fn doc_comments_may_stand_below_decorators() {
    let outline = outline("@dec\n## Doc.\nclass A {\n@dec\n## Doc.\nfn f() { }\n}");
    assert_eq!(outline.matches("doc: \"Doc.\"").count(), 2, "{outline}");
}

#[test]
fn a_doc_comment_at_the_head_that_touches_a_declaration_is_the_declarations() {
    assert_eq!(outline("## F.\nfn f() { }"), "module\n  fn f\n    doc: \"F.\"\n    body: block");
    assert_eq!(outline("## M.\nlet x = 1"), "module\n  doc: \"M.\"\n  let\n    target: x\n    value: int 1");
    assert_eq!(outline("## M."), "module\n  doc: \"M.\"");
}

#[test]
fn a_statement_with_a_wrong_bracket_is_one_token() {
    is("a\nf(b]\nc", "a ⏎ BROKEN ⏎ c");
    is("if (a { b\nc }\nd", "BROKEN");
}

#[test]
fn a_word_that_begins_a_statement_closes_a_forgotten_bracket() {
    is("f(a\nlet b = 1", "BROKEN ⏎ let b = 1");
}
