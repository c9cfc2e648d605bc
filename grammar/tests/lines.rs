//! Lines and columns.

use toy_grammar::Lines;

#[test]
fn lines_and_columns_count_from_one_in_characters() {
    let source = "ab\ncé d\r\ne\rf";
    let lines = Lines::new(source);
    let place = |text: &str| lines.place(source, source.find(text).expect("in the text") as u32);
    assert_eq!(place("a"), (1, 1));
    assert_eq!(place("b"), (1, 2));
    assert_eq!(place("\n"), (1, 3));
    assert_eq!(place("c"), (2, 1));
    assert_eq!(place("d"), (2, 4));
    assert_eq!(place("\r\n"), (2, 5));
    assert_eq!(place("e"), (3, 1));
    assert_eq!(place("f"), (4, 1));
    assert_eq!(lines.place(source, 1000), (4, 2));
    assert_eq!(lines.count(), 4);
}

#[test]
fn the_text_of_a_line_has_no_line_end() {
    let source = "ab\r\n\nc";
    let lines = Lines::new(source);
    let text = |line| lines.range(source, line).map(|range| &source[range]);
    assert_eq!([text(0), text(1), text(2), text(3), text(4)], [None, Some("ab"), Some(""), Some("c"), None]);
}

#[test]
fn columns_of_a_long_line_are_those_counted_one_by_one() {
    let source = format!("x\n{}", "aé名😀".repeat(1000));
    let lines = Lines::new(&source);
    for (column, (offset, _)) in source[2..].char_indices().enumerate() {
        assert_eq!(lines.place(&source, offset as u32 + 2), (2, column as u32 + 1));
    }
}

#[test]
fn an_empty_text_has_one_line() {
    let lines = Lines::new("");
    assert_eq!((lines.count(), lines.place("", 0)), (1, (1, 1)));
}
