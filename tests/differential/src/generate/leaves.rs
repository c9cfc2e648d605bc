//! The smallest expressions of each type, edge cases before all.

use super::Generator;

const EDGE_INTS: &[&str] = &[
    "0",
    "1",
    "(-1)",
    "2",
    "10",
    "255",
    "256",
    "2147483647",
    "(-2147483648)",
    "4294967296",
    "1125899906842623",
    "1125899906842624",
    "(-1125899906842624)",
    "(-1125899906842625)",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "(-9223372036854775808)",
    "(-9223372036854775809)",
    "18446744073709551616",
    "1000000000000000000000",
    "(-123456789012345678901234567890)",
    "0xff",
    "0o17",
    "0b1010",
    "1_000_000",
];
const FLOATS: &[&str] = &[
    "0.0",
    "(-0.0)",
    "0.5",
    "1.5",
    "2.5",
    "(-0.5)",
    "(-1.5)",
    "0.1",
    "0.2",
    "0.3",
    "1.0",
    "(-2.75)",
    "3.14159",
    "1e16",
    "1e15",
    "123456789.125",
    "1e-5",
    "1e-4",
    "0.0001234",
    "1e22",
    "1e23",
    "1e100",
    "1.7976931348623157e308",
    "5e-324",
    "2.2250738585072014e-308",
    "9007199254740992.0",
    "1e300",
    "2.675",
    "1.005",
    "99.995",
    "0.045",
    "float(\"nan\")",
    "float(\"inf\")",
    "float(\"-inf\")",
    "100.0",
    "(-7.25)",
    "1234567.891",
    "1e-300",
];
const STRINGS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""abc""#,
    r#""Hello, World""#,
    r#""hello world""#,
    r#"" padded ""#,
    r#""\t tab\n""#,
    r#""straße""#,
    r#""ǅ""#,
    r#""İstanbul""#,
    r#""é""#,
    r#""e\u0301""#,
    r#""日本語""#,
    r#""😀 smile""#,
    r#""a,b,,c""#,
    r#""123""#,
    r#""-42""#,
    r#""3.14""#,
    r#"" 7 ""#,
    r#""1_000""#,
    r#""0xff""#,
    r#""aAbBcC""#,
    r#""x=1;y=2""#,
    r#""the quick brown fox""#,
    r#""line1\nline2\r\nline3\rline4""#,
    r#""{}""#,
    r#""it's""#,
    r#""say \"hi\"""#,
    r#""back\\slash""#,
    r#""\x00\x1f\x7f""#,
    r#""٣""#,
    r#""²""#,
    r#""Ⅷ""#,
    r#""ﬁn""#,
    r#""aaa""#,
    r#""abcabc""#,
    r#""nan""#,
    r#""inf""#,
    r#""1e5""#,
    r#""ΑΣ""#,
    r#""ς""#,
    r#""a b\u00a0c\u2003d""#,
    r#""\u2028x\u0085y""#,
    r#""A""#,
    r#""z""#,
    r#""snake_case""#,
    r#""Title Case Words""#,
    r#""they're bill's""#,
    r#""....""#,
    r#""ab""#,
    r#""b""#,
    r#""c""#,
];
const BYTES: &[&str] = &[
    r#"b"""#,
    r#"b"abc""#,
    r#"b"\x00\xff\x80""#,
    r#"b"Hello World""#,
    r#"b"a b  c""#,
    r#"b"\xc3\xa9""#,
    r#"b"\n\t'""#,
    r#"b"aXbXc""#,
    r#"b"123""#,
    r#"b"\xe6\x97\xa5""#,
];
const CHARS: &[&str] = &[
    "\"a\"", "\"Z\"", "\"0\"", "\" \"", "\",\"", "\"é\"", "\"ß\"", "\"日\"", "\"😀\"", "\"\\n\"", "\"b\"",
    "\"l\"",
];
const SEPARATORS: &[&str] = &[
    "\",\"", "\" \"", "\"\"", "\"-\"", "\"ab\"", "\"\\n\"", "\"b\"", "\"l\"", "\"=\"", "\", \"", "\"é\"",
    "\"a\"",
];
const NUMBER_TEXTS: &[&str] = &[
    "\"12\"",
    "\"-7\"",
    "\" 42 \"",
    "\"+5\"",
    "\"0x1f\"",
    "\"ff\"",
    "\"0b11\"",
    "\"1_000\"",
    "\"_1\"",
    "\"1__0\"",
    "\"\"",
    "\"z\"",
    "\"7.5\"",
    "\"1e3\"",
    "\"-inf\"",
    "\"NaN\"",
    "\"infinity\"",
    "\".5\"",
    "\"5.\"",
    "\"1e\"",
    "\"٣٤\"",
    "\"0o17\"",
    "\"101\"",
    "\"1e400\"",
    "\"12345678901234567890123\"",
    "\"1_0.2_5\"",
    "\"- 1\"",
    "\"0x\"",
    "\"1\\n\"",
    "\"é\"",
    "\"1 2\"",
];

impl Generator {
    /// An expression that contains no other; none if the type has none.
    pub(super) fn leaf(&mut self, ty: &str) -> Option<String> {
        Some(match ty {
            "int" => self.int(),
            "nat" => self.random.between(0, 7).to_string(),
            "small" => literal(self.random.between(-6, 6)),
            "float" => self.float(),
            "str" => self.text(),
            "chr" => self.random.pick(CHARS).to_string(),
            "sep" => self.random.pick(SEPARATORS).to_string(),
            "numtext" => self.random.pick(NUMBER_TEXTS).to_string(),
            "bytes" => self.random.pick(BYTES).to_string(),
            "bool" => self.random.pick(&["true", "false"]).to_string(),
            "nil" => "nil".to_string(),
            "ints" => self.list("int", "[", "]", 5),
            "floats" => self.list("float", "[", "]", 4),
            "strs" => self.list("str", "[", "]", 4),
            "tuple" => {
                let items = self.leaves("key", 3);
                if items.is_empty() { "()".to_string() } else { format!("({},)", items.join(", ")) }
            }
            "key" => {
                let ty = self.random.pick(&["int", "str", "str", "float"]);
                self.leaf(ty)?
            }
            "dict" => self.dict("str", "int"),
            "idict" => self.dict("small", "str"),
            "set" => self.set("small"),
            "sset" => self.set("chr"),
            "any" => {
                let ty = self.random.pick(&["int", "float", "str", "str", "ints", "dict", "nil", "strs"]);
                self.leaf(ty)?
            }
            "any_json" | "shown" => {
                let ty =
                    self.random.pick(&["int", "float", "str", "str", "ints", "dict", "bool", "nil", "strs"]);
                self.leaf(ty)?
            }
            "num" => {
                let ty = self.random.pick(&["int", "float"]);
                self.leaf(ty)?
            }
            "range" => format!("range({})", self.random.between(0, 6)),
            "nested" => format!("[{}, {}]", self.leaf("ints")?, self.leaf("ints")?),
            "pairs" => format!("list({}.items())", self.leaf("dict")?),
            "gen" => format!("iter({})", self.leaf("ints")?),
            "mixed" => self.list("any", "[", "]", 3),
            "bools" => self.list("bool", "[", "]", 3),
            "smallords" => self.list("nat", "[", "]", 3),
            "fn_pair" => format!("({}, {})", self.leaf("int")?, self.leaf("str")?),
            _ => return None,
        })
    }

    fn int(&mut self) -> String {
        match self.random.below(10) {
            0..5 => literal(self.random.between(-12, 12)),
            5..7 => literal(self.random.between(-5000, 5000)),
            7 => literal(self.random.between(i64::MIN / 4, i64::MAX / 4)),
            _ => self.random.pick(EDGE_INTS).to_string(),
        }
    }

    fn float(&mut self) -> String {
        match self.random.below(3) {
            0 => {
                let value = self.random.between(-100_000, 100_000) as f64 / 64.0;
                if value < 0.0 { format!("({value:?})") } else { format!("{value:?}") }
            }
            _ => self.random.pick(FLOATS).to_string(),
        }
    }

    fn text(&mut self) -> String {
        if self.random.chance(70) {
            return self.random.pick(STRINGS).to_string();
        }
        const LETTERS: &[u8] = b"abcxyzABC019 ,.-_";
        let count = self.random.below(8);
        let letters: String = (0..count).map(|_| LETTERS[self.random.below(LETTERS.len())] as char).collect();
        format!("\"{letters}\"")
    }

    fn leaves(&mut self, ty: &str, most: usize) -> Vec<String> {
        let count = self.random.below(most + 1);
        (0..count).filter_map(|_| self.leaf(ty)).collect()
    }

    fn list(&mut self, ty: &str, open: &str, close: &str, most: usize) -> String {
        format!("{open}{}{close}", self.leaves(ty, most).join(", "))
    }

    fn set(&mut self, ty: &str) -> String {
        let items = self.leaves(ty, 5);
        if items.is_empty() { "set()".to_string() } else { format!("{{{}}}", items.join(", ")) }
    }

    fn dict(&mut self, key: &str, value: &str) -> String {
        let keys = self.leaves(key, 4);
        let items: Vec<String> = keys
            .into_iter()
            .map(|key| format!("{key}: {}", self.leaf(value).unwrap_or_else(|| "nil".to_string())))
            .collect();
        format!("{{{}}}", items.join(", "))
    }
}

fn literal(value: i64) -> String {
    if value < 0 { format!("({value})") } else { value.to_string() }
}
