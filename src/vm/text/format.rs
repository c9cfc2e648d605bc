//! `format(v, spec)`: which values know the format mini-language.

use super::super::number::{Number, Whole};
use super::super::{Raised, Sym, Vm};
use crate::text::spec::{Spec, SpecError, Subject};
use crate::value::{Kind, Value};

impl Vm {
    /// `format(v, spec)`. Without a specification it is `str(v)`.
    pub fn format(&mut self, v: Value, spec: &str) -> Result<String, Raised> {
        if spec.is_empty() {
            return self.str(v);
        }
        let text = if let Some(number) = Number::of(v) {
            match number {
                Number::Float(f) => {
                    let spec = self.spec(v, spec, Subject::Float)?;
                    spec.format_float(f)
                }
                Number::Whole(whole) => {
                    let spec = self.spec(v, spec, Subject::Int)?;
                    return self.format_int(&spec, whole);
                }
            }
        } else if let Some(string) = v.as_str() {
            let spec = self.spec(v, spec, Subject::Text("str"))?;
            spec.format_text(string.as_str(), Subject::Text("str"))
        } else if let Some(b) = v.as_bool() {
            let spec = self.spec(v, spec, Subject::Text("bool"))?;
            spec.format_text(if b { "true" } else { "false" }, Subject::Text("bool"))
        } else if v.kind() == Some(Kind::Foreign) && self.find_special(v, Sym::Format).is_some() {
            // Classes of native code may have a format language of their own.
            return self.rooted(&[v], |vm| {
                let spec = vm.make_str(spec)?;
                let text = vm.rooted(&[spec], |vm| vm.call_special(v, Sym::Format, &[spec]))?;
                Ok(text.and_then(Value::as_str).map_or(String::new(), |text| text.as_str().to_string()))
            });
        } else {
            let name = self.type_name(v);
            return Err(self.type_error(format!("unsupported format string passed to {name}.format")));
        };
        self.formatted(text)
    }

    /// Reads a specification and asks for the room that it wants.
    fn spec(&mut self, v: Value, text: &str, subject: Subject<'_>) -> Result<Spec, Raised> {
        match Spec::parse(text, subject) {
            Ok(spec) => {
                self.reserve_keeping(&[v], spec.size().saturating_mul(2))?;
                Ok(spec)
            }
            Err(error) => Err(self.spec_error(error)),
        }
    }

    fn format_int(&mut self, spec: &Spec, whole: Whole) -> Result<String, Raised> {
        if spec.wants_float() {
            let f = self.whole_to_f64(whole)?;
            let text = spec.format_float(f);
            return self.formatted(text);
        }
        let text = match whole {
            Whole::Small(i) => spec.format_small_int(i),
            Whole::Big(boxed) => {
                if spec.is_decimal() {
                    self.decimal_digits(&boxed.value)?;
                } else {
                    let bytes = usize::try_from(boxed.value.bits()).unwrap_or(usize::MAX);
                    self.reserve_keeping(&[boxed.value()], bytes)?;
                }
                spec.format_int(&boxed.value)
            }
        };
        self.formatted(text)
    }

    fn formatted(&mut self, text: Result<String, SpecError>) -> Result<String, Raised> {
        let text = text.map_err(|error| self.spec_error(error))?;
        self.check_text(&text)?;
        Ok(text)
    }

    #[cold]
    fn spec_error(&mut self, error: SpecError) -> Raised {
        match error {
            SpecError::Value(message) => self.value_error(message),
            SpecError::Overflow(message) => self.overflow_error(message),
        }
    }
}
