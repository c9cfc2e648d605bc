//! Holes that are no expressions: format specifications, slice bounds, names of encodings.

use super::Generator;

impl Generator {
    /// What fills a hole of this name; none if the name is a type.
    pub(super) fn special(&mut self, word: &str) -> Option<String> {
        Some(match word {
            "spec_int" => self.spec("bcdoxXneEfgG%s", ",_"),
            "spec_float" => self.spec("eEfFgGn%ds", ",_"),
            "spec_str" => self.spec("sd", ","),
            // A bound of a slice, which may be left out.
            "bound" => {
                if self.random.chance(30) {
                    String::new()
                } else {
                    self.random.between(-8, 8).to_string()
                }
            }
            "step" => self.random.pick(&["1", "2", "3", "-1", "-2", "-3", "", "0", "-1"]).to_string(),
            "base" => {
                self.random.pick(&["2", "8", "10", "16", "36", "0", "3", "1", "37", "(-2)"]).to_string()
            }
            "compare" => self.random.pick(&["==", "!=", "<", "<=", ">", ">="]).to_string(),
            "arith" => self.random.pick(&["+", "-", "*", "//", "%", "/"]).to_string(),
            "bits" => self.random.pick(&["&", "|", "^"]).to_string(),
            "conv" => self.random.pick(&["", "!r", "!s", "!a"]).to_string(),
            "ordering" => self.random.pick(&["\"big\"", "\"little\""]).to_string(),
            "encoding" => {
                self.random.pick(&["\"utf-8\"", "\"ascii\"", "\"latin-1\"", "\"nope\""]).to_string()
            }
            "onerror" => self
                .random
                .pick(&["\"strict\"", "\"ignore\"", "\"replace\"", "\"backslashreplace\""])
                .to_string(),
            "regex" => self
                .random
                .pick(&[
                    r#"r"\d+""#,
                    r#"r"[a-c]+""#,
                    r#"r"(\w)(\w)""#,
                    r#"r"(?P<first>\w+)\s""#,
                    r#"r"a|b""#,
                    r#"r"^\w+""#,
                    r#"r"\s""#,
                    r#"r"(a)(b)?""#,
                    r#"r"x*""#,
                    r#"r"(?i)HELLO""#,
                    r#"r"[^,]+""#,
                    r#"r".$""#,
                    r#"r"l{2}""#,
                ])
                .to_string(),
            // The number of the call, of the round, or chance.
            "test" => self
                .random
                .pick(&["n == 0", "n == 1", "n > 1", "n % 2 == 0", "true", "not n", "n != 2"])
                .to_string(),
            "throwing" => self
                .random
                .pick(&["throw(ValueError(1))", "send(5)", "throw(KeyError(\"k\"))", "close()"])
                .to_string(),
            _ => return None,
        })
    }

    /// A format specification, sensible or not.
    fn spec(&mut self, types: &str, groups: &str) -> String {
        let mut out = String::new();
        if self.random.chance(40) {
            if self.random.chance(50) {
                out.push_str(self.random.pick(&["*", "0", "é", " ", "-", "x"]));
            }
            out.push_str(self.random.pick(&["<", ">", "^", "="]));
        }
        if self.random.chance(25) {
            out.push_str(self.random.pick(&["+", "-", " "]));
        }
        if self.random.chance(5) {
            out.push('z');
        }
        if self.random.chance(15) {
            out.push('#');
        }
        if self.random.chance(15) {
            out.push('0');
        }
        if self.random.chance(50) {
            out.push_str(&self.random.between(1, 24).to_string());
        }
        if self.random.chance(20) {
            let groups: Vec<char> = groups.chars().collect();
            out.push(groups[self.random.below(groups.len())]);
        }
        if self.random.chance(30) {
            out.push_str(&format!(".{}", self.random.between(0, 12)));
        }
        if self.random.chance(60) {
            let types: Vec<char> = types.chars().collect();
            out.push(types[self.random.below(types.len())]);
        }
        out
    }
}
