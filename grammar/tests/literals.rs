//! The values of literals.

mod support;

use support::{messages, tree};
use toy_grammar::ast::{ExprKind, StmtKind};

#[track_caller]
fn with<T>(source: &str, look: impl FnOnce(&ExprKind) -> T) -> T {
    let module = tree(source);
    let StmtKind::Expr(value) = &module.body[0].kind else { panic!("an expression: {source}") };
    look(&value.kind)
}

#[track_caller]
fn int(source: &str, expected: i64) {
    with(source, |kind| assert_eq!(*kind, ExprKind::Int(expected), "{source}"));
}

#[track_caller]
fn big(source: &str, expected: &str) {
    with(source, |kind| assert_eq!(*kind, ExprKind::BigInt(expected.into()), "{source}"));
}

#[track_caller]
fn float(source: &str, expected: f64) {
    with(source, |kind| assert_eq!(*kind, ExprKind::Float(expected), "{source}"));
}

#[track_caller]
fn text(source: &str, expected: &str) {
    with(source, |kind| assert_eq!(*kind, ExprKind::Str(expected.into()), "{source}"));
}

#[track_caller]
fn bytes(source: &str, expected: &[u8]) {
    with(source, |kind| assert_eq!(*kind, ExprKind::Bytes(expected.into()), "{source}"));
}

#[test]
fn ints_of_every_base() {
    int("0", 0);
    int("0_0", 0);
    int("42", 42);
    int("1_000_000", 1_000_000);
    int("0xfF_0", 0xff0);
    int("0x_ff", 0xff);
    int("0o17", 15);
    int("0b1010", 10);
    int("0x000000000000000000000000000001", 1);
}

#[test]
fn ints_past_64_bits_are_decimal_digits() {
    int("9223372036854775807", i64::MAX);
    big("9223372036854775808", "9223372036854775808");
    int("0x7fffffffffffffff", i64::MAX);
    big("0xffff_ffff_ffff_ffff", "18446744073709551615");
    big("0o2000000000000000000000", "18446744073709551616");
    big("1_000_000_000_000_000_000_000", "1000000000000000000000");
    let longest = "9".repeat(4300);
    big(&longest, &longest);
}

#[test]
fn ints_that_would_take_long_are_refused() {
    let message = "1:1: Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits";
    assert_eq!(messages(&"9".repeat(4301)), [message]);
    assert_eq!(messages(&format!("0x{}", "f".repeat(60_000))).len(), 1);
}

#[test]
fn floats() {
    float("2.5", 2.5);
    float("1e-9", 1e-9);
    float("1E5", 1e5);
    float("1_0.0_1e+1_0", 10.01e10);
    float("0777.5", 777.5);
    float("09e1", 90.0);
    float("1e999", f64::INFINITY);
    float("5e-324", 5e-324);
}

#[test]
fn escapes() {
    text(r#""\n\t\r\a\b\f\v\\\'\"\0""#, "\n\t\r\x07\x08\x0c\x0b\\'\"\0");
    text(r#""\x41\u00e9\U0001F600""#, "A\u{e9}\u{1F600}");
    text(r#""\101\7\400\1234""#, "A\x07\u{100}S4");
    text("\"a\\\nb\\\r\nc\"", "abc");
    text(r#""\d\ \é""#, "\\d\\ \\é");
    text(r#"'"' "#, "\"");
}

#[test]
fn raw_strings_keep_their_backslashes() {
    text(r#"r"\n\"\\""#, r#"\n\"\\"#);
    text("R'\\\n'", "\\\n");
}

#[test]
fn triple_quoted_strings_keep_newlines_in_one_form() {
    text("'''a\r\nb\rc\nd'''", "a\nb\nc\nd");
    text("\"\"\"\"a\"b\"\"\"", "\"a\"b");
    text("''''''", "");
}

#[test]
fn bytes_hold_bytes() {
    bytes(r#"b"\x00\xffA\101\n\q""#, b"\x00\xffAA\n\\q");
    bytes(r#"rb"\x00""#, br"\x00");
    bytes(r"b'\777'", b"\xff");
    bytes("b'''\r\n'''", b"\n");
}
