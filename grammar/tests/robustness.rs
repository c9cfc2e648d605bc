//! No text makes the parser panic, hang or overflow the machine stack.

mod support;

use support::{EVERYTHING, messages};
use toy_grammar::ast::{Expr, ExprKind, Module, StmtKind};
use toy_grammar::{MAX_BLOCKS, MAX_BRACKETS, MAX_DEPTH, dump, dump_tokens, parse, tokens};

/// Looks at a text in every way there is.
fn survive(source: &str) {
    let parsed = parse(source);
    assert_eq!(parsed.module.is_none(), !parsed.errors.is_empty(), "{source:?}");
    for error in &parsed.errors {
        let (start, end) = (error.span.start as usize, error.span.end as usize);
        assert!(start <= end && end <= source.len(), "{source:?}: {error:?}");
        assert!(source.is_char_boundary(start) && source.is_char_boundary(end), "{source:?}: {error:?}");
        assert!(!error.message.is_empty() && !error.message.ends_with('.'), "{error:?}");
    }
    assert!(parsed.errors.is_sorted_by_key(|error| error.span.start));
    for token in tokens(source) {
        assert!(token.span.start <= token.span.end, "{source:?}");
    }
    if let Some(module) = parsed.module {
        assert!(dump(&module).starts_with("module"));
    }
}

/// A source of numbers that is the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn a_program_cut_off_anywhere() {
    for (end, _) in EVERYTHING.char_indices() {
        survive(&EVERYTHING[..end]);
    }
}

#[test]
fn a_program_begun_anywhere() {
    for (start, _) in EVERYTHING.char_indices() {
        survive(&EVERYTHING[start..]);
    }
}

#[test]
fn a_program_with_one_character_missing() {
    for (at, character) in EVERYTHING.char_indices() {
        survive(&format!("{}{}", &EVERYTHING[..at], &EVERYTHING[at + character.len_utf8()..]));
    }
}

#[test]
fn programs_with_random_changes() {
    const BITS: &[&str] = &[
        "(", ")", "[", "]", "{", "}", "\"", "'", "'''", "\n", ";", ",", ":", "=", "==", ".", "..", "\\",
        "f\"", "{{", "!r", "else", "if", "fn", "fn(", "class", "try", "except", "match", "not", "in", "is",
        "1", "12abc", "é", "“", "$", "#", "##", "@", "->", "&&", "\r", "\u{FEFF}", "yield", "*", "**",
        "self", "super", "0x", "1.", " ",
    ];
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    let bounds: Vec<usize> = EVERYTHING.char_indices().map(|(at, _)| at).collect();
    for _ in 0..3000 {
        let mut source = String::new();
        let mut at = 0;
        for _ in 0..=numbers.below(8) {
            let next = bounds[numbers.below(bounds.len())];
            if next > at {
                source.push_str(&EVERYTHING[at..next]);
            }
            source.push_str(BITS[numbers.below(BITS.len())]);
            at = if numbers.below(2) == 0 { next } else { bounds[numbers.below(bounds.len())] };
        }
        survive(&source);
    }
}

#[test]
fn random_tokens() {
    let words: Vec<&str> = tokens(EVERYTHING).iter().map(|token| token.text).collect();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        let count = numbers.below(40);
        let source: String = (0..count).map(|_| words[numbers.below(words.len())].to_owned() + " ").collect();
        survive(&source);
    }
}

#[test]
fn random_bytes() {
    let mut numbers = Numbers(0xD1B5_4A32_D192_ED03);
    for _ in 0..3000 {
        let count = numbers.below(60);
        let bytes: Vec<u8> = (0..count).map(|_| numbers.below(256) as u8).collect();
        survive(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn brackets_nest_up_to_their_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    survive(&nested(MAX_BRACKETS as usize));
    assert!(parse(&nested(MAX_BRACKETS as usize)).module.is_some());
    assert_eq!(messages(&nested(MAX_BRACKETS as usize + 1)), ["1:201: too many nested parentheses"]);
    assert_eq!(messages(&"(".repeat(100_000)), ["1:201: too many nested parentheses"]);
    assert_eq!(messages(&"f\"{".repeat(100_000)).len(), 1);
}

#[test]
fn blocks_nest_up_to_their_limit() {
    let nested = |depth: usize| format!("{}{}", "{".repeat(depth), "}".repeat(depth));
    survive(&nested(MAX_BLOCKS as usize));
    assert!(parse(&nested(MAX_BLOCKS as usize)).module.is_some());
    assert_eq!(messages(&nested(MAX_BLOCKS as usize + 1)), ["1:65536: too many statically nested blocks"]);
}

#[test]
fn trees_as_deep_as_they_get_are_parsed_and_dropped() {
    for (head, step, tail) in [
        ("x = a", " + a", ""),
        ("x = ", "not ", "a"),
        ("x = ", "-", "a"),
        ("x = a", " ** a", ""),
        ("x = a", ".a", ""),
        ("x = a", "()", ""),
        ("x = ", "fn() => ", "a"),
        ("x = ", "a if a else ", "a"),
        ("x = a", "[0]", ""),
        ("", "a = ", "a"),
        ("x = a", " < a", ""),
        ("x = a", " and a", ""),
    ] {
        let count = (MAX_DEPTH - 10) / tokens(step).len();
        let source = format!("{head}{}{tail}", step.repeat(count));
        let parsed = parse(&source);
        assert!(parsed.errors.is_empty(), "{step}: {:?}", parsed.errors);
        assert!(parsed.depth <= MAX_DEPTH);
        assert!(dump(parsed.module.as_ref().expect("a tree")).len() > count);
        drop(parsed);
        let errors = messages(&format!("{head}{}{tail}", step.repeat(count + MAX_DEPTH)));
        assert!(errors[0].ends_with("expression too long or too deeply nested"), "{errors:?}");
        // With an error at its end the tree is dropped half made.
        assert_eq!(messages(&format!("{source} )")).len(), 1);
        assert_eq!(messages(&format!("{source} = = ")).len(), 1);
    }
}

#[test]
fn statements_as_deep_as_they_get_are_parsed_and_dropped() {
    for head in ["if a {", "fn f() {", "class A {", "while a {", "for a in b {", "with a {", "{", "try {"] {
        let count = (MAX_DEPTH / tokens(head).len() - 1).min(MAX_BLOCKS as usize);
        let tail = if head == "try {" { "} finally { }" } else { "}" };
        let source = format!("{}{}", head.repeat(count), tail.repeat(count));
        let parsed = parse(&source);
        assert!(parsed.errors.is_empty(), "{head}: {:?}", parsed.errors);
        drop(parsed);
        // An error in the innermost block, and blocks that never close.
        assert_eq!(messages(&format!("{}= = {}", head.repeat(count), tail.repeat(count))).len(), 1, "{head}");
        assert_eq!(messages(&head.repeat(count)).len(), 1, "{head}");
    }
}

#[test]
fn a_part_of_a_deep_tree_is_dropped_safely_too() {
    let source = format!("x = {}a", "-".repeat(MAX_DEPTH - 10));
    let mut module: Module = parse(&source).module.expect("a tree");
    let StmtKind::Assign { value, .. } = &mut module.body[0].kind else { panic!("an assignment") };
    let ExprKind::Unary { operand, .. } = value.take() else { panic!("a minus") };
    let inner: Expr = *operand;
    drop(module);
    drop(inner);
}

#[test]
fn long_texts_take_time_in_proportion() {
    let many = |text: &str, count: usize| text.repeat(count);
    for source in [
        format!("x = 1{}", many(" + 1", 2_500_000)),
        many("+", 5_000_000),
        many("x = = 1\n", 100_000),
        format!("{}{}{}", many("if x {\n", 5_000), many("x = = 1\n", 5_000), many("}", 5_000)),
        format!("class A {{{}}}", many("fn f() { x = = 1 }\n", 20_000)),
        format!("{}x = 1", many("@a\n", 60_000)),
        many("\"\n", 300_000),
        many("$\n", 300_000),
        format!("match x {{\n{}", many("\"\n", 300_000)),
        many(")", 300_000),
        many("(]", 300_000),
        many("(1\nlet ", 300_000),
        many(";", 300_000),
        many("\\ ", 300_000),
        many("“", 300_000),
        many("f\"{x}", 300_000),
        format!("f\"{}\"", many("{x}", 300_000)),
        format!("f({})", many("1, ", 300_000)),
        format!("if a {{ }}{}", many(" else if a { }", 100_000)),
        many("## doc\n", 300_000),
        many("\n", 3_000_000),
        format!("x = {}", many("9", 1_000_000)),
        many("é", 1_000_000),
    ] {
        let parsed = parse(&source);
        assert!(parsed.errors.len() <= 101, "{}", parsed.errors.len());
        assert!(parsed.depth <= MAX_DEPTH + 1);
    }
}

#[test]
fn a_list_of_tokens_is_as_long_as_the_text_needs() {
    let source = "a\n".repeat(10_000);
    assert_eq!(dump_tokens(&source).lines().count(), 20_000);
}

#[test]
fn null_bytes_are_refused() {
    for source in ["\0", "a\0b", "'\0'", "# \0"] {
        assert_eq!(parse(source).errors.len(), 1);
        assert_eq!(parse(source).errors[0].message, "source code cannot contain null bytes");
    }
}
