//! Programs too large to keep as files: what the language promises to take, and what it must refuse without
//! a panic, a hang or an overflow of the machine's stack.

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use support::{Ended, Status};

/// Some of these programs are megabytes, and the suite also runs in unoptimised builds.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the language takes of locals, parameters, constants and nested blocks.
const MANY: usize = 65_000;

fn run(source: impl AsRef<[u8]>) -> Ended {
    let mut command = support::toy();
    // With so many objects a collection at every allocation would take days.
    command.arg("-").env_remove("TOY_GC_STRESS");
    // An empty standard input would be no input at all.
    let source = [source.as_ref(), b"\n"].concat();
    support::run(command, &source, PATIENCE, true).expect("toy ends in time")
}

#[track_caller]
fn prints(source: impl AsRef<[u8]>, stdout: &str) {
    let ended = run(source);
    let stderr: String = ended.stderr.chars().take(500).collect();
    assert_eq!((ended.status, ended.stdout.as_str()), (Status::Code(0), stdout), "{stderr}");
}

/// It may run or be refused, but not crash: a panic is status 101, a stack overflow a signal.
#[track_caller]
fn survives(source: impl AsRef<[u8]>) -> Ended {
    let ended = run(source);
    let stderr: String = ended.stderr.chars().take(500).collect();
    assert!(matches!(ended.status, Status::Code(0 | 1)), "ended with {}: {stderr}", ended.status);
    assert!(!ended.stderr.contains("panicked"), "{stderr}");
    ended
}

#[track_caller]
fn is_refused(source: impl AsRef<[u8]>) {
    let ended = survives(source);
    let first = ended.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("<stdin>:") && first.contains(": error: "), "{first}");
    assert_eq!(ended.status, Status::Code(1));
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, i| {
        writeln!(text, "{}", line(i)).expect("a String takes everything");
        text
    })
}

#[test]
fn function_with_65_000_locals() {
    let declarations = lines(MANY, |i| format!("    var v{i} = {i}"));
    prints(
        format!("fn f() {{\n{declarations}    v64999 += v0 + v300\n    return v64999\n}}\nprint(f())"),
        "65299\n",
    );
}

#[test]
fn module_with_65_000_names() {
    let declarations = lines(MANY, |i| format!("let v{i} = {i}"));
    prints(format!("{declarations}fn f() => v64999\nprint(f() + v1)"), "65000\n");
}

#[test]
fn function_with_65_000_constants() {
    let elements = lines(MANY / 2, |i| format!("'c{i}', {i}.5,"));
    prints(
        format!("fn f() => [\n{elements}]\nlet xs = f()\nprint(len(xs), xs[-2], xs[-1])"),
        "65000 c32499 32499.5\n",
    );
}

#[test]
fn function_with_65_000_parameters() {
    let parameters = lines(MANY, |i| format!("p{i},"));
    prints(format!("fn f(\n{parameters}) => p0 + p64999\nprint(f(*range({MANY})))"), "64999\n");
}

#[test]
fn call_with_65_000_arguments() {
    let arguments = lines(MANY, |i| format!("{i},"));
    prints(format!("fn f(*xs) => len(xs)\nprint(f(\n{arguments}))"), "65000\n");
}

#[test]
fn closure_over_many_variables() {
    let declarations = lines(2_000, |i| format!("    var v{i} = {i}"));
    let uses = lines(2_000, |i| format!("        total += v{i}"));
    prints(
        format!(
            "fn f() {{\n{declarations}    return fn() {{\n        var total = 0\n{uses}        return total\n    }}\n}}\nprint(f()())"
        ),
        "1999000\n",
    );
}

#[test]
fn blocks_nested_65_000_deep() {
    prints(format!("{}print('deep'){}", "{\n".repeat(MANY), "\n}".repeat(MANY)), "deep\n");
}

#[test]
fn conditions_nested_10_000_deep() {
    prints(format!("{}print('deep'){}", "if true {\n".repeat(10_000), "\n}".repeat(10_000)), "deep\n");
}

#[test]
fn chain_of_10_000_else_ifs() {
    let branches = lines(10_000, |i| format!("else if n == {i} {{ print({i}) }}"));
    prints(format!("let n = 9999\nif n < 0 {{}}\n{branches}"), "9999\n");
}

#[test]
fn sum_of_60_000_terms() {
    prints(format!("print(0{})", " + 1".repeat(60_000)), "60000\n");
}

#[test]
fn chain_of_60_000_comparisons_or_words() {
    prints(format!("print(0{})", " <= 0".repeat(60_000)), "true\n");
    prints(format!("print(1{})", " and 1".repeat(60_000)), "1\n");
}

#[test]
fn chains_past_every_limit() {
    for link in [" + 1", " <= 0", " and 1", " ** 1", " | 1"] {
        survives(format!("print(0{})", link.repeat(300_000)));
    }
}

#[test]
fn chain_of_10_000_calls() {
    prints(format!("fn f() => f\nprint(f{} is f)", "()".repeat(10_000)), "true\n");
}

#[test]
fn file_with_100_000_lines() {
    prints(format!("var n = 0\n{}print(n)", "n += 1\n".repeat(100_000)), "100000\n");
}

#[test]
fn string_literal_of_10_megabytes() {
    prints(format!("print(len(\"{}\"))", "x".repeat(10_000_000)), "10000000\n");
}

#[test]
fn line_of_10_megabytes() {
    survives(format!("let xs = [{}]\nprint(len(xs))", "12, ".repeat(2_500_000)));
    is_refused("x".repeat(10_000_000));
    is_refused("+ ".repeat(5_000_000));
}

#[test]
fn nested_100_000_deep_but_closed() {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for (open, close) in [
        ("(", "1)"),
        ("[", "]"),
        ("({1: ", "2})"),
        ("f(", ")"),
        ("{", "}"),
        ("if 1 {", "}\n"),
        ("fn f() {", "}\n"),
        ("class C {", "}\n"),
        ("try {", "} finally {}\n"),
        ("x[", "]"),
        ("f\"{", "}\""),
        ("(fn() {", "})"),
    ] {
        survives(nested(open, close));
    }
}

#[test]
fn prefixes_repeated_100_000_times() {
    for prefix in
        ["-", "- ", "~", "not ", "fn() => ", "fn(x = ", "1 if 1 else ", "2 ** ", "*", "a = ", "@d\n", "(a, "]
    {
        survives(format!("{}1", prefix.repeat(100_000)));
    }
}

#[test]
fn suffixes_repeated_100_000_times() {
    for suffix in [".a", "[0]", "()", "(1)", " if 1 else 1", " is 1", "..1", "; 1", ", 1", " = 1", "\n{}"] {
        survives(format!("let a = 1\na{}", suffix.repeat(100_000)));
    }
}

#[test]
fn brackets_left_open() {
    for open in
        ["(", "[", "{", "({", "f(", "x[", "fn f() {", "if 1 {", "class C {", "f\"{", "try {", "with a {"]
    {
        is_refused(open);
        is_refused(open.repeat(100_000));
    }
}

#[test]
fn brackets_never_opened() {
    for close in [")", "]", "}", "})]"] {
        is_refused(close);
        is_refused(close.repeat(100_000));
    }
}

#[test]
fn strings_left_open() {
    for open in
        ["\"", "'", "\"\"\"", "'''", "f\"{\"", "f'''{", "r\"", "b'", "\"\\", "f\"{x:", "f\"{x!", "f\"{'"]
    {
        is_refused(open);
        is_refused(format!("print(1)\nlet s = {open}abc"));
    }
}

#[test]
fn characters_that_mean_nothing() {
    for text in ["\0", "$", "?", "\u{7f}", "\u{200b}", "\u{202e}", "`a`", "€", "\u{1}\u{2}"] {
        is_refused(text);
    }
}

#[test]
fn byte_order_mark_and_lone_carriage_returns() {
    survives("\u{feff}print(1)");
    survives("print(1)\rprint(2)\r");
}

#[test]
fn text_that_is_not_utf_8() {
    for bytes in [&b"\xff"[..], b"print(1)\n\xc3", b"let s = \"\xed\xa0\x80\"", b"\x80\x80\x80"] {
        let ended = run(bytes);
        assert_eq!((ended.status, ended.stdout.as_str()), (Status::Code(2), ""));
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn numbers_of_absurd_size() {
    survives(format!("print({})", "9".repeat(100_000)));
    survives(format!("print(1e{})", "9".repeat(100)));
    survives(format!("print(0x{})", "f".repeat(100_000)));
    survives(format!("print(0.{}1)", "0".repeat(100_000)));
    survives("print(2 ** 100000)");
    survives("print(1 << 1000000)");
}

#[test]
fn natives_that_call_back_may_recurse_to_the_limit() {
    for recursive in [
        "fn f(x) => sorted([2, 1], key = f)",
        "fn f(x) => max([1, 2], key = f)",
        "class C { fn str() => str(self) }\nfn f(x) => str(C())",
        "class C { fn ==(other) => [self] == [other] }\nfn f(x) => C() == C()",
        "class C { fn hash() => hash((self,)) }\nfn f(x) => hash(C())",
        "class C { fn repr() => f\"{[self]}\" }\nfn f(x) => repr(C())",
        "class C { fn iter() => iter(list(self)) }\nfn f(x) => list(C())",
    ] {
        prints(
            format!("{recursive}\ntry {{ f(1) }} except RecursionError {{ print('caught') }}\nprint('fine')"),
            "caught\nfine\n",
        );
    }
}

#[test]
fn containers_nested_200_000_deep() {
    for wrap in ["[x]", "(x,)", "{1: x}"] {
        for use_it in ["repr(x)", "x == y", "x < y", "hash(x)", "str([x])"] {
            let build = format!(
                "var x = nil\nvar y = nil\nfor i in range(200000) {{ x = {wrap} }}\nfor i in range(200000) {{ let x = y\n y = {wrap} }}"
            );
            prints(
                format!("{build}\ntry {{ {use_it} }} except (RecursionError, TypeError) {{}}\nprint('fine')"),
                "fine\n",
            );
        }
    }
}

#[test]
fn string_of_300_000_pieces_is_built_in_good_time() {
    for step in ["s = s + 'x'", "s += 'x'"] {
        prints(format!("var s = ''\nfor i in range(300000) {{ {step} }}\nprint(len(s))"), "300000\n");
    }
}

#[test]
fn garbage_cycles_are_collected() {
    prints("for i in range(1000000) { let a = []\n let b = [a]\n a.append(b) }\nprint('done')", "done\n");
}
