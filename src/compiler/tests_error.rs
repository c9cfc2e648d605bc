//! Errors about names and about statements in the wrong place.

use super::tests::{compile_file, errors};

#[test]
fn unknown_names_suggest_a_close_one() {
    insta::assert_snapshot!(
        errors(
        r#"
        let count = 1
        print(cuont)
        prnt(1)
        fn f() { return coutn }
        x.y
        "#
    ),
        @r#"
        2: `cuont` [unknown-name] name 'cuont' is not defined
            help: did you mean `count`?
        3: `prnt` [unknown-name] name 'prnt' is not defined
            help: did you mean `print`?
        4: `coutn` [unknown-name] name 'coutn' is not defined
            help: did you mean `count`?
        5: `x` [unknown-name] name 'x' is not defined
        "#
    );
}

#[test]
fn words_of_other_languages() {
    insta::assert_snapshot!(
        errors("print(None, True, False, null, this)"),
        @r#"
        1: `None` [unknown-name] name 'None' is not defined
            help: did you mean `nil`?
        1: `True` [unknown-name] name 'True' is not defined
            help: did you mean `true`?
        1: `False` [unknown-name] name 'False' is not defined
            help: did you mean `false`?
        1: `null` [unknown-name] name 'null' is not defined
            help: did you mean `nil`?
        1: `this` [unknown-name] name 'this' is not defined
            help: did you mean `self`?
        "#
    );
}

#[test]
fn a_forgotten_import() {
    insta::assert_snapshot!(
        errors("print(json.dumps(1), math.pi)"),
        @r#"
        1: `json` [unknown-name] name 'json' is not defined
            help: did you forget `import json`?
        1: `math` [unknown-name] name 'math' is not defined
            help: did you forget `import math`?
        "#
    );
}

#[test]
fn a_forgotten_self() {
    insta::assert_snapshot!(
        errors(
        r#"
        class C {
            fn init() { self.size = 1 }
            fn area() => 1
            fn m() => area()
        }
        "#
    ),
        @r#"
        4: `area` [unknown-name] name 'area' is not defined
            help: did you mean `self.area`?
        "#
    );
}

#[test]
fn a_let_is_not_assigned() {
    insta::assert_snapshot!(
        errors(
        r#"
        let x = 1
        fn f() { x += 1 }
        x, f.y = 2, 3
        {
            let x = 2
            x = 3
        }
        "#
    ),
        @r#"
        2: `x` [assign-to-let] cannot assign to 'x', it is declared with 'let'
            1: `x` declared here
            help: declare it with `var x` to assign it again
        3: `x` [assign-to-let] cannot assign to 'x', it is declared with 'let'
            1: `x` declared here
            help: declare it with `var x` to assign it again
        6: `x` [assign-to-let] cannot assign to 'x', it is declared with 'let'
            5: `x` declared here
            help: declare it with `var x` to assign it again
        "#
    );
}

#[test]
fn names_that_other_words_declare_are_not_assigned() {
    insta::assert_snapshot!(
        errors(
        r#"
        import sys
        fn f() { }
        class C { }
        sys = 1
        f = 2
        C = 3
        try { f() } except Exception as e { e = 4 }
        with f() as w { w = 5 }
        for i in f() { i = 6 }
        fn g(a) { a = 7 }
        "#
    ),
        @r#"
        4: `sys` [assign-to-let] cannot assign to 'sys', it is declared with 'import'
            1: `sys` declared here
        5: `f` [assign-to-let] cannot assign to 'f', it is declared with 'fn'
            2: `f` declared here
        6: `C` [assign-to-let] cannot assign to 'C', it is declared with 'class'
            3: `C` declared here
        7: `e` [assign-to-let] cannot assign to 'e', it is declared with 'except'
            7: `e` declared here
        8: `w` [assign-to-let] cannot assign to 'w', it is declared with 'with'
            8: `w` declared here
        "#
    );
}

#[test]
fn undeclared_names_are_not_assigned() {
    insta::assert_snapshot!(
        errors(
        r#"
        var total = 1
        totl = 2
        x += 1
        print = 3
        for i in x { }
        "#
    ),
        @r#"
        2: `totl` [undeclared-assignment] cannot assign to 'totl', it is not declared
            help: did you mean `total`? Or declare it first: `var totl = …`
        3: `x` [undeclared-assignment] cannot assign to 'x', it is not declared
            help: declare it first: `var x = …`
        4: `print` [undeclared-assignment] cannot assign to 'print', it is not declared
            help: declare it first: `var print = …`
        5: `x` [unknown-name] name 'x' is not defined
        "#
    );
}

#[test]
fn a_second_declaration() {
    insta::assert_snapshot!(
        errors(
        r#"
        let x = 1
        var x = 2
        fn f(a) { let a = 1 }
        fn f() { }
        let _ = 1
        let _ = 2
        let a, a = 1, 2
        import os.path
        import os.walk
        import os as x
        "#
    ),
        @r#"
        2: `x` [redeclaration] 'x' is already declared in this block
            1: `x` first declared here
        3: `a` [redeclaration] 'a' is already declared in this block
            3: `a` first declared here
        4: `f` [redeclaration] 'f' is already declared in this block
            3: `f` first declared here
        7: `a` [redeclaration] 'a' is already declared in this block
            7: `a` first declared here
        10: `x` [redeclaration] 'x' is already declared in this block
            1: `x` first declared here
        "#
    );
}

#[test]
fn use_before_the_declaration() {
    insta::assert_snapshot!(
        errors(
        r#"
        var a = a
        print(b)
        let b = 1
        f()
        fn f() => c
        let c = 1
        fn g(x = x, y = z, z = 1) { w(); let w = 1 }
        {
            print(a)
            let a = 2
        }
        "#
    ),
        @r#"
        1: `a` [used-before-declaration] 'a' is used before its declaration
            1: `a` declared here
        2: `b` [used-before-declaration] 'b' is used before its declaration
            3: `b` declared here
        4: `f` [used-before-declaration] 'f' is used before its declaration
            5: `f` declared here
        7: `x` [used-before-declaration] 'x' is used before its declaration
            7: `x` declared here
        7: `z` [used-before-declaration] 'z' is used before its declaration
            7: `z` declared here
        7: `w` [used-before-declaration] 'w' is used before its declaration
            7: `w` declared here
        9: `a` [used-before-declaration] 'a' is used before its declaration
            10: `a` declared here
        "#
    );
}

#[test]
fn closures_may_come_before_the_declaration() {
    assert_eq!(errors("let f = fn() => g() + f()\nlet g = fn() => f()"), "no error");
}

#[test]
fn statements_in_the_wrong_place() {
    insta::assert_snapshot!(
        errors(
        r#"
        return 1
        yield 2
        break
        continue
        while true { let g = fn() { break } }
        let x = [(yield 1) for y in "a"]
        "#
    ),
        @r#"
        1: `return 1` [misplaced-return] 'return' outside function
        2: `yield 2` [misplaced-yield] 'yield' outside function
        3: `break` [misplaced-break] 'break' outside loop
        4: `continue` [misplaced-continue] 'continue' outside loop
        5: `break` [misplaced-break] 'break' outside loop
        6: `yield 1` [misplaced-yield] 'yield' outside function
        "#
    );
}

#[test]
fn ways_out_of_finally() {
    insta::assert_snapshot!(
        errors(
        r#"
        fn f() {
            while true {
                try { f() } finally {
                    break
                    continue
                    return
                    while true { break; continue }
                    fn g() { return 1 }
                }
            }
        }
        "#
    ),
        @r#"
        4: `break` [misplaced-break] 'break' in a 'finally' block
        5: `continue` [misplaced-continue] 'continue' in a 'finally' block
        6: `return` [misplaced-return] 'return' in a 'finally' block
        "#
    );
}

#[test]
fn self_and_super_outside_methods() {
    insta::assert_snapshot!(
        errors(
        r#"
        print(self, super.m)
        fn f() => self
        class C {
            let a = self
            static fn m() => super.m + self
            fn ok() => fn() => super.ok(self)
        }
        "#
    ),
        @r#"
        1: `self` [misplaced-self] 'self' outside a method
        1: `super.m` [misplaced-super] 'super' outside a method
        2: `self` [misplaced-self] 'self' outside a method
        4: `self` [misplaced-self] 'self' outside a method
        5: `super.m` [misplaced-super] 'super' outside a method
        5: `self` [misplaced-self] 'self' outside a method
        "#
    );
}

#[test]
fn init_returns_nothing() {
    insta::assert_snapshot!(
        errors(
        r#"
        class C {
            fn init(a) {
                if a { return }
                let f = fn() { return 1 }
                yield
                return 1
            }
        }
        "#
    ),
        @r#"
        5: `yield` [misplaced-yield] 'yield' in 'init'
        6: `return 1` [misplaced-return] 'return' with a value in 'init'
        "#
    );
}

#[test]
fn class_bodies() {
    insta::assert_snapshot!(
        errors(
        r#"
        class C {
            let a = 1
            let b = a
            let c = d
            let d = 1
            fn m() => a
            fn m() => b
            @property
            fn m() => fn() => c
        }
        "#
    ),
        @r#"
        4: `d` [unknown-name] name 'd' is not defined
        6: `a` [unknown-name] name 'a' is not defined
            help: did you mean `self.a`?
        7: `m` [redeclaration] 'm' is already declared in this block
            6: `m` first declared here
        7: `b` [unknown-name] name 'b' is not defined
            help: did you mean `self.b`?
        9: `c` [unknown-name] name 'c' is not defined
            help: did you mean `self.c`?
        "#
    );
}

#[test]
fn names_end_with_their_block() {
    insta::assert_snapshot!(
        errors(
        r#"
        {
            let a = 1
        }
        print(a)
        for i in "x" { }
        print(i, [j for j in "x"], j)
        try { print(1) } except Exception as e { }
        print(e)
        "#
    ),
        @r#"
        4: `a` [unknown-name] name 'a' is not defined
        6: `i` [unknown-name] name 'i' is not defined
        6: `j` [unknown-name] name 'j' is not defined
        8: `e` [unknown-name] name 'e' is not defined
        "#
    );
}

#[test]
fn errors_come_in_the_order_of_the_text() {
    insta::assert_snapshot!(
        errors(
        r#"
        fn f() => later
        let x = y
        let x = 1
        "#
    ),
        @r#"
        1: `later` [unknown-name] name 'later' is not defined
        2: `y` [unknown-name] name 'y' is not defined
        3: `x` [redeclaration] 'x' is already declared in this block
            2: `x` first declared here
        "#
    );
}

#[test]
fn at_most_a_hundred_errors_are_reported() {
    let source: String = (0..300).map(|i| format!("print(nowhere{i})\n")).collect();
    assert_eq!(compile_file(&source).err().map(|errors| errors.len()), Some(100));
}
