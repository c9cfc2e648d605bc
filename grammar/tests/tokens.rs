//! Tokens as the parser gets them, and the words of the language.
//!
//! Renew the snapshots with `INSTA_UPDATE=always cargo test -p toy-grammar`, and look at the difference.

mod support;

use support::EVERYTHING;
use toy_grammar::{KEYWORDS, Kind, dump_tokens, is_keyword, tokens};

#[test]
fn tokens_of_every_construct() {
    assert_golden!("tokens", dump_tokens(EVERYTHING));
}

#[test]
fn numbers() {
    let source = "0 42 1_000_000 0xff 0XF_f 0o17 0b1010 3.14 1e-9 1_0.5E+1_0 00 1..5 1..=5 1.5.x (1).real";
    assert_golden!("tokens_of_numbers", dump_tokens(source));
}

#[test]
fn strings() {
    let source = r####"'' "" """""" '''a"'b''' r"\\" r'' b"" bR"\"" u'x' "a\
b" f"" f'{x}' rf"\{x}\n" f"""a
{b}""" "####;
    assert_golden!("tokens_of_strings", dump_tokens(source));
}

#[test]
fn operators() {
    let source = "+ - * / // % ** & | ^ ~ << >> < > <= >= == != = => @ . .. ..= , : ; += -= *= /= //= %= **= &= |= ^= <<= >>=";
    assert_golden!("tokens_of_operators", dump_tokens(source));
}

#[test]
fn every_keyword_is_one_and_becomes_a_name_behind_a_dot() {
    for word in KEYWORDS {
        assert!(is_keyword(word));
        assert_eq!(tokens(&format!("a.{word}"))[2].kind, Kind::Name, "{word}");
        assert!(tokens(word).first().is_none_or(|token| token.kind != Kind::Name), "{word}");
    }
    assert!(KEYWORDS.is_sorted());
    for word in ["print", "None", "def", "pass", "_", "", "Fn", "is not"] {
        assert!(!is_keyword(word), "{word}");
    }
}

#[test]
fn identifiers_are_unicode_and_normalised() {
    for name in ["x", "_", "_1", "été", "名前", "Ωmega", "a\u{301}b", "ℌ"] {
        let found = tokens(name);
        assert_eq!((found.len(), found[0].kind, found[0].text), (1, Kind::Name, name));
    }
    // Both spellings of é are one name.
    let outline = support::outline("e\u{301} + \u{e9}");
    assert_eq!(outline.matches("name \u{e9}").count(), 2, "{outline}");
}

#[test]
fn a_text_of_nothing_has_no_tokens() {
    for source in ["", " ", "\n", "# comment", "\u{FEFF}", "#!/bin/toy\n\n", "\\\n"] {
        assert_eq!(tokens(source), [], "{source:?}");
    }
}
