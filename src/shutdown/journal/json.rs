//! A step as a line of JSON, and back: what `--trace-exit=json` prints, for programs that watch how others end.
//!
//! The names of events and fields are those of [`Step`](super::Step) in small letters, and stay as they are. Time is in
//! whole microseconds. Reading is for tools that start a program and want to know how it ended.

use super::TimedStep;

/// A step as one line, which ends in a newline.
pub fn json_line(step: &TimedStep) -> String {
    // Steps are numbers, texts and lists of them, for all of which there is JSON.
    let mut line = serde_json::to_string(step).unwrap_or_default();
    line.push('\n');
    line
}

/// The step that such a line tells of; none for any other line.
pub fn read_json_line(line: &str) -> Option<TimedStep> {
    serde_json::from_str(line).ok()
}

/// Durations as whole microseconds.
pub(super) mod microseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}

/// The place of a registration as an object, or null.
pub(super) mod site {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Site<T> {
        file: T,
        line: u32,
    }

    pub fn serialize<S: Serializer>(site: &Option<(String, u32)>, serializer: S) -> Result<S::Ok, S::Error> {
        site.as_ref().map(|(file, line)| Site { file, line: *line }).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<(String, u32)>, D::Error> {
        let site = Option::<Site<String>>::deserialize(deserializer)?;
        Ok(site.map(|site| (site.file, site.line)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{HandlerEnd, HandlerName, Step};
    use super::*;
    use crate::shutdown::{ExitStatus, Phase};

    fn line(step: Step) -> String {
        let timed = TimedStep { at: Duration::from_nanos(12_999), step };
        let line = json_line(&timed);
        let read = read_json_line(&line).expect("what was written can be read");
        assert_eq!(read.step, timed.step);
        assert_eq!(read.at, Duration::from_micros(12));
        line
    }

    #[test]
    fn a_step_is_an_object_with_an_event_and_its_fields() {
        let handler = HandlerName { name: "save".into(), registered: Some(("a \"b\".toy".into(), 4)) };
        let end = HandlerEnd::Raised { what: "ValueError".into(), failed: true };
        assert_eq!(
            line(Step::HandlerEnded { phase: Phase::Handlers, number: 1, of: 2, handler, end, steps: 7 }),
            "{\"at_us\":12,\"event\":\"handler_ended\",\"phase\":\"handlers\",\"number\":1,\"of\":2,\
             \"handler\":{\"name\":\"save\",\"registered\":{\"file\":\"a \\\"b\\\".toy\",\"line\":4}},\
             \"end\":{\"raised\":{\"what\":\"ValueError\",\"failed\":true}},\"steps\":7}\n"
        );
        let handler = HandlerName { name: "print".into(), registered: None };
        assert_eq!(
            line(Step::Registered { handler }),
            "{\"at_us\":12,\"event\":\"registered\",\"handler\":{\"name\":\"print\",\"registered\":null}}\n"
        );
        assert_eq!(
            line(Step::Status {
                status: ExitStatus::Signal(15),
                why: "SIGTERM\n".into(),
                was: Some((ExitStatus::Code(0), "normal end".into())),
            }),
            "{\"at_us\":12,\"event\":\"status\",\"status\":{\"signal\":15},\"why\":\"SIGTERM\\n\",\
             \"was\":[{\"code\":0},\"normal end\"]}\n"
        );
    }

    #[test]
    fn other_lines_are_no_steps() {
        for line in ["", "{}", "[exit] status 0", "{\"at_us\":1,\"event\":\"dance\"}", "null"] {
            assert_eq!(read_json_line(line), None, "{line}");
        }
    }
}
