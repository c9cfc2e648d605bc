//! The code of declarations, assignments and imports.

use super::tests::code;

#[test]
fn declarations_at_the_top_level_are_slots() {
    insta::assert_snapshot!(
        code(
        r#"
        let a = 1
        var b
        let c, d = 1, 2
        let e, *f = c
        "#
    ),
        @r#"
        <module>: 3 registers, slots __name__ __file__ a b c d e f
           1 | let a = 1
               0000  LoadInt        r0 = 1
               0001  SetSlot        r0, slot a
           2 | var b
               0002  LoadNil        r0
               0003  SetSlot        r0, slot b
           3 | let c, d = 1, 2
               0004  LoadInt        r0 = 1
               0005  LoadInt        r1 = 2
               0006  SetSlot        r0, slot c
               0007  SetSlot        r1, slot d
           4 | let e, *f = c
               0008  GetSlot        r2 = slot c
               0009  UnpackStar     r0..r1, r2, 1, 0
               0011  SetSlot        r0, slot e
               0012  SetSlot        r1, slot f
               0013  ReturnNil
        "#
    );
}

#[test]
fn declarations_in_blocks_are_registers() {
    insta::assert_snapshot!(
        code(
        r#"
        {
            let a = 1
            let b, (c, d) = a
            print(b, c, d)
        }
        "#
    ),
        @r#"
        <module>: 9 registers, slots __name__ __file__
           2 | let a = 1
               0000  LoadInt        r0 = 1
           3 | let b, (c, d) = a
               0001  Unpack         r1..r2, r0, 2
               0002  Unpack         r3..r4, r2, 2
           4 | print(b, c, d)
               0003  GetBuiltin     r5 = builtin 0
               0004  Move           r6 = r1
               0005  Move           r7 = r3
               0006  Move           r8 = r4
               0007  Call           r5..r8, 3
               0008  ReturnNil
        "#
    );
}

#[test]
fn swapping_makes_no_tuple() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a, b) {
            a, b = b, a
            a[0], a[1] = a[1], a[0]
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a, b) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a, b): 5 registers
           2 | a, b = b, a
               0000  Move           r2 = r1
               0001  Move           r1 = r0
               0002  Move           r0 = r2
           3 | a[0], a[1] = a[1], a[0]
               0003  GetIndexI      r2 = r0, 1
               0004  GetIndexI      r3 = r0, 0
               0005  LoadInt        r4 = 0
               0006  SetIndex       r0, r4, r2
               0007  LoadInt        r4 = 1
               0008  SetIndex       r0, r4, r3
               0009  ReturnNil
        "#
    );
}

#[test]
fn the_last_of_parallel_values_goes_straight_in() {
    insta::assert_snapshot!(
        code(
        r#"
        fn fib(n) {
            var a, b = 0, 1
            while b < n { a, b = b, a + b }
            return a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ fib
           1 | fn fib(n) {
               0000  Closure        r0 = fn fib
               0001  SetSlot        r0, slot fib
               0002  ReturnNil

        fib(n): 5 registers
           2 | var a, b = 0, 1
               0000  LoadInt        r1 = 0
               0001  LoadInt        r2 = 1
           3 | while b < n { a, b = b, a + b }
               0002  TestLt         r2, r0, 0, -> 0008
               0004  Move           r3 = r2
               0005  Add            r2 = r1, r2
               0006  Move           r1 = r3
               0007  Loop           -> 0002
           4 | return a
               0008  Return         r1
        "#
    );
}

#[test]
fn chained_assignment_copies_the_value() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            var b
            b = a[0] = a
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 4 registers
           2 | var b
               0000  LoadNil        r1
           3 | b = a[0] = a
               0001  Move           r2 = r0
               0002  Move           r1 = r2
               0003  LoadInt        r3 = 0
               0004  SetIndex       r0, r3, r2
               0005  ReturnNil
        "#
    );
}

#[test]
fn in_place_assignment_evaluates_its_target_once() {
    insta::assert_snapshot!(
        code(
        r#"
        fn f(a) {
            a.b += 1
            a[a()] *= 2
            a[1:2] //= a
            a -= 3
        }
        "#
    ),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) {
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 6 registers
           2 | a.b += 1
               0000  GetAttr        r1 = r0, .b
               0002  AugAddI        r1 = r1, 1
               0003  SetAttr        r0, r1, .b
           3 | a[a()] *= 2
               0005  Move           r1 = r0
               0006  Call           r1, 0
               0007  GetIndex       r2 = r0, r1
               0008  LoadInt        r3 = 2
               0009  AugMul         r2 = r2, r3
               0010  SetIndex       r0, r1, r2
           4 | a[1:2] //= a
               0011  Move           r1 = r0
               0012  LoadInt        r2 = 1
               0013  LoadInt        r3 = 2
               0014  LoadNil        r4
               0015  GetSlice       r5 = r1..r4
               0016  Aug            r5 = r5, r0, 4
               0018  SetSlice       r1..r4, r5
           5 | a -= 3
               0019  AugSubI        r0 = r0, 3
               0020  ReturnNil
        "#
    );
}

#[test]
fn imports() {
    insta::assert_snapshot!(
        code(
        r#"
        import sys
        import os.path as p
        from a.b import c, d as e
        fn f() {
            import os.path
            from m import x
            return os, x
        }
        "#
    ),
        @r#"
        <module>: 2 registers, slots __name__ __file__ sys p c e f
           1 | import sys
               0000  Import         r0 = sys, the first
               0002  SetSlot        r0, slot sys
           2 | import os.path as p
               0003  Import         r0 = os.path
               0005  SetSlot        r0, slot p
           3 | from a.b import c, d as e
               0006  Import         r0 = a.b
               0008  ImportFrom     r1 = r0, .c
               0010  SetSlot        r1, slot c
               0011  ImportFrom     r1 = r0, .d
               0013  SetSlot        r1, slot e
           4 | fn f() {
               0014  Closure        r0 = fn f
               0015  SetSlot        r0, slot f
               0016  ReturnNil

        f(): 6 registers
           5 | import os.path
               0000  Import         r0 = os.path, the first
           6 | from m import x
               0002  Import         r1 = m
               0004  ImportFrom     r2 = r1, .x
           7 | return os, x
               0006  Move           r4 = r0
               0007  Move           r5 = r2
               0008  NewTuple       r3 = r4..r5, 2
               0009  Return         r3
        "#
    );
}

#[test]
fn statements_that_delete() {
    insta::assert_snapshot!(
        code("fn f(a) { del a.b, a[0] }"),
        @r#"
        <module>: 1 registers, slots __name__ __file__ f
           1 | fn f(a) { del a.b, a[0] }
               0000  Closure        r0 = fn f
               0001  SetSlot        r0, slot f
               0002  ReturnNil

        f(a): 2 registers
           1 | fn f(a) { del a.b, a[0] }
               0000  DelAttr        r0, .b
               0002  LoadInt        r1 = 0
               0003  DelIndex       r0, r1
               0004  ReturnNil
        "#
    );
}
