//! The trees of right programs.
//!
//! Renew the snapshots with `INSTA_UPDATE=always cargo test -p toy-grammar`, and look at the difference.

mod support;

use support::{EVERYTHING, outline, tree};
use toy_grammar::ast::{ExprKind, StmtKind};
use toy_grammar::{dump, parse};

#[test]
fn tree_of_every_construct() {
    assert_golden!("tree", dump(&tree(EVERYTHING)));
}

/// The tree of one expression on one line.
#[track_caller]
fn shape(source: &str) -> String {
    let outline = outline(source);
    let mut text = String::new();
    let mut level = 2;
    for line in outline.lines().skip(2) {
        let indent = (line.len() - line.trim_start().len()) / 2;
        if indent > level {
            text.push('(');
        } else {
            text.push_str(&")".repeat(level - indent));
            if !text.is_empty() {
                text.push(' ');
            }
        }
        level = indent;
        text.push_str(line.trim_start());
    }
    text + &")".repeat(level - 2)
}

#[track_caller]
fn same(source: &str, explicit: &str) {
    assert_eq!(shape(source), shape(explicit), "{source}");
}

#[test]
fn precedence_is_pythons() {
    same("a or b and c", "a or (b and c)");
    same("not a and b", "(not a) and b");
    same("not a == b", "not (a == b)");
    same("not not a", "not (not a)");
    same("a == b | c", "a == (b | c)");
    same("a | b ^ c & d", "a | (b ^ (c & d))");
    same("a & b << c", "a & (b << c)");
    same("a << b + c", "a << (b + c)");
    same("a + b * c", "a + (b * c)");
    same("a - b - c", "(a - b) - c");
    same("a / b // c % d * e", "(((a / b) // c) % d) * e");
    same("-a * b", "(-a) * b");
    same("-a ** b", "-(a ** b)");
    same("a ** -b", "a ** (-b)");
    same("a ** b ** c", "a ** (b ** c)");
    same("a ** -b ** c", "a ** (-(b ** c))");
    same("a * -b + c", "(a * (-b)) + c");
    same("- - ~a", "-(-(~a))");
    same("-a.b()[c]", "-(((a.b)())[c])");
    same("a if b else c if d else e", "a if b else (c if d else e)");
    same("a or b if c or d else e or f", "(a or b) if (c or d) else (e or f)");
}

#[test]
fn a_range_binds_less_than_a_bar_and_more_than_a_comparison() {
    same("a | b..c | d", "(a | b)..(c | d)");
    same("x in a..b", "x in (a..b)");
    same("1..n + 1", "1..(n + 1)");
    same("-1..=-2", "(-1)..=(-2)");
}

#[test]
fn comparisons_and_connectives_are_flat_but_parentheses_count() {
    assert_eq!(shape("a < b <= c"), "compare(name a <: name b <=: name c)");
    assert_eq!(shape("(a < b) <= c"), "compare(compare(name a <: name b) <=: name c)");
    assert_eq!(shape("a and b and c"), "and(name a name b name c)");
    assert_eq!(shape("a and (b and c)"), "and(name a and(name b name c))");
    assert_eq!(shape("(a or b) or c"), "or(or(name a name b) name c)");
    assert_eq!(shape("a or b and c or d"), "or(name a and(name b name c) name d)");
    assert_eq!(shape("a == b == c != d"), "compare(name a ==: name b ==: name c !=: name d)");
}

#[test]
fn a_function_value_ends_at_a_comma() {
    assert_eq!(shape("fn(x) => x, y"), "tuple(fn(param: x =>: name x) name y)");
    assert_eq!(shape("f(fn() => 1, 2)"), "call(callee: name f arg: fn(=>: int 1) arg: int 2)");
    assert_eq!(
        shape("fn() => fn() => 1 if a else b"),
        "fn(=>: fn(=>: conditional(test: name a then: int 1 else: name b)))"
    );
}

#[test]
fn the_iterable_and_tests_of_a_comprehension_are_no_conditionals() {
    assert_eq!(
        shape("[a for b in c if d if e]"),
        "list comprehension(element: name a for: b in: name c if: name d if: name e)"
    );
    assert_eq!(
        shape("({a: b for c, d in e})"),
        "dict comprehension(key: name a value: name b for: sequence(c d) in: name e)"
    );
    assert_eq!(
        shape("f(a for b in c)"),
        "call(callee: name f arg: generator(element: name a for: b in: name c))"
    );
}

#[test]
fn parentheses_make_no_tuple_but_commas_do() {
    assert_eq!(shape("(a)"), "name a");
    assert_eq!(shape("((a, b))"), "tuple(name a name b)");
    assert_eq!(shape("(a,)"), "tuple(name a)");
    assert_eq!(shape("a,"), "tuple(name a)");
    assert_eq!(shape("()"), "tuple");
    assert_eq!(shape("*a, b"), "tuple(starred(name a) name b)");
}

#[test]
fn indexing_and_slicing() {
    assert_eq!(shape("a[b]"), "index(object: name a index: name b)");
    assert_eq!(shape("a[b, c]"), "index(object: name a index: tuple(name b name c))");
    assert_eq!(shape("a[:]"), "slice(object: name a)");
    assert_eq!(shape("a[b:]"), "slice(object: name a lower: name b)");
    assert_eq!(shape("a[::b]"), "slice(object: name a step: name b)");
    assert_eq!(shape("a[b:c:d]"), "slice(object: name a lower: name b upper: name c step: name d)");
    assert_eq!(shape("a[b:c:]"), "slice(object: name a lower: name b upper: name c)");
}

#[test]
fn f_strings() {
    assert_eq!(shape("f''"), "f-string");
    assert_eq!(shape("f'a{{b}}'"), "f-string(text: \"a{b}\")");
    assert_eq!(shape("f'{a}'"), "f-string(field(value: name a))");
    assert_eq!(
        shape("f'{a!r:>{b}}'"),
        "f-string(field(value: name a conversion: Repr spec(text: \">\" field(value: name b))))"
    );
    assert_eq!(shape("f'{a = !s}'"), "f-string(field(value: name a label: \"a = \" conversion: Str))");
    assert_eq!(shape("f'{ a+b =}'"), "f-string(field(value: binary +(name a name b) label: \" a+b =\"))");
    assert_eq!(shape("f'{a, b}'"), "f-string(field(value: tuple(name a name b)))");
    assert_eq!(shape("f'\\n{a}\\t'"), "f-string(text: \"\\n\" field(value: name a) text: \"\\t\")");
    assert_eq!(shape("rf'\\n{a}'"), "f-string(text: \"\\\\n\" field(value: name a))");
}

#[test]
fn strings_side_by_side_are_one() {
    assert_eq!(shape("'a' \"b\" r'\\c'"), "str \"ab\\\\c\"");
    assert_eq!(shape("b'a' b'b'"), "bytes \"ab\"");
    assert_eq!(shape("'a' f'{b}' 'c'"), "f-string(text: \"a\" field(value: name b) text: \"c\")");
}

#[test]
fn places_are_those_of_the_text() {
    let source = "x = (a + (b)) * c.d(1)[2]";
    let module = tree(source);
    let StmtKind::Assign { value, .. } = &module.body[0].kind else { panic!("an assignment") };
    let text = |span: toy_grammar::ast::Span| &source[span.start as usize..span.end as usize];
    assert_eq!(text(module.body[0].span), source);
    assert_eq!(text(value.span), "(a + (b)) * c.d(1)[2]");
    let ExprKind::Binary { op_span, left, right, .. } = &value.kind else { panic!("a product") };
    assert_eq!((text(left.span), text(*op_span), text(right.span)), ("a + (b)", "*", "c.d(1)[2]"));
    let ExprKind::Binary { right: b, .. } = &left.kind else { panic!("a sum") };
    assert_eq!(text(b.span), "b");
    let ExprKind::Index { object, open, .. } = &right.kind else { panic!("an index") };
    assert_eq!((text(object.span), &source[*open as usize..]), ("c.d(1)", "[2]"));
    let ExprKind::Call { open, .. } = &object.kind else { panic!("a call") };
    assert_eq!(&source[*open as usize..], "(1)[2]");
}

#[test]
fn every_name_in_a_dump_is_where_it_says() {
    let text = dump(&tree(EVERYTHING));
    let mut names = 0;
    for line in text.lines() {
        let Some((node, place)) = line.rsplit_once(" @") else { continue };
        let (start, end) = place.split_once("..").expect("two ends");
        let found = &EVERYTHING[start.parse().expect("a start")..end.parse().expect("an end")];
        assert!(!found.is_empty() && found.trim() == found, "{line}: {found:?}");
        if let Some(name) = node.trim_start().rsplit(' ').next().filter(|_| node.contains("name ")) {
            assert_eq!(found.split(' ').next(), Some(name), "{line}");
            names += 1;
        }
    }
    assert!(names > 100, "{names}");
}

#[test]
fn depth_bounds_the_tree() {
    for (source, at_least) in [("a", 1), ("((((a))))", 5), ("a + b + c + d", 7), ("if a { if b { c } }", 3)] {
        let depth = parse(source).depth;
        assert!((at_least..at_least + 8).contains(&depth), "{source}: {depth}");
    }
    let wide = "f(a, b)\n".repeat(1000);
    assert!(parse(&wide).depth < 10);
}
