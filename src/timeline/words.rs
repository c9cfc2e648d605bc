//! What the page says: durations, statuses, steps in words, and program text made harmless.

use std::time::Duration;

use crate::shutdown::journal::{HandlerEnd, Step, TimedStep, text_line};
use crate::shutdown::{ExitStatus, Phase};

/// A text as it may stand in HTML, between tags and in attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            // They have no meaning in HTML, or change the direction of what follows.
            c if c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c) => escaped.push('\u{FFFD}'),
            c if ('\u{2066}'..='\u{2069}').contains(&c) => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A duration in three digits or so.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 3600 {
        return format!("{} h {} min", seconds / 3600, seconds % 3600 / 60);
    }
    if seconds >= 60 {
        return format!("{} min {} s", seconds / 60, seconds % 60);
    }
    let micros = time.as_micros() as f64;
    let (number, unit) = match micros {
        1e6.. => (micros / 1e6, "s"),
        1e3.. => (micros / 1e3, "ms"),
        _ => (micros, "µs"),
    };
    let digits = match number {
        _ if unit == "µs" => 0,
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    let text = format!("{number:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

/// A number with its thousands apart.
pub(super) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn count(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", number(n))
}

/// What stands under the title.
pub(super) fn summary(steps: &[TimedStep]) -> String {
    let (mut ran, mut failed, mut left) = (0, 0, 0);
    for timed in steps {
        match &timed.step {
            Step::HandlerEnded { end, .. } => {
                ran += 1;
                failed += usize::from(matches!(end, HandlerEnd::Raised { failed: true, .. }));
            }
            Step::Abandoned { handlers } => left += handlers.len(),
            _ => {}
        }
    }
    let mut parts =
        vec![if ran == 0 { "no handler ran".to_string() } else { format!("{} ran", count(ran, "handler")) }];
    if failed > 0 {
        parts.push(format!("{} failed", number(failed)));
    }
    if left > 0 {
        parts.push(format!("{} did not run", number(left)));
    }
    let time = steps.last().map_or(Duration::ZERO, |last| last.at);
    format!(
        "{}; from the end of the main program to the end of the process {}.",
        parts.join(", "),
        duration(time)
    )
}

/// A step in a line; those about which the text trace is silent have words here.
pub(super) fn line(step: &Step) -> String {
    if let Some(line) = text_line(step) {
        return line.trim_end().trim_start_matches("[exit] ").to_string();
    }
    match step {
        Step::Began { phase, .. } => format!("phase: {}", phase_title(*phase).to_lowercase()),
        Step::HandlerStarted { phase, number, of, handler } => {
            let kind = if *phase == Phase::Before { "before handler" } else { "handler" };
            format!("{kind} {number}/{of} {handler}: called")
        }
        Step::Closed { .. } => "finalize: nothing to close".to_string(),
        other => format!("{other:?}"),
    }
}

/// Whether something went wrong in a step.
pub(super) fn is_grave(step: &Step) -> bool {
    match step {
        Step::MainEnded { status, .. } | Step::HookExited { status, .. } | Step::Status { status, .. } => {
            *status != ExitStatus::Code(0)
        }
        Step::HandlerEnded { end, .. } => match end {
            HandlerEnd::Returned => false,
            HandlerEnd::Raised { failed, .. } => *failed,
            HandlerEnd::Stopped => true,
        },
        Step::Waited { interrupted } => *interrupted,
        Step::SignalCame { .. } | Step::Abandoned { .. } => true,
        Step::Closed { ignored, lost, .. } => !ignored.is_empty() || !lost.is_empty(),
        Step::Flushed { stdout, stderr } => stdout.is_some() || stderr.is_some(),
        _ => false,
    }
}

pub(super) fn phase_title(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "Main program",
        Phase::Before => "Before",
        Phase::Handlers => "Exit handlers",
        Phase::Finalize => "Finalize",
        Phase::Flush => "Flush",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_about_three_digits() {
        for (micros, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1 ms"),
            (1_234, "1.23 ms"),
            (45_670, "45.7 ms"),
            (999_000, "999 ms"),
            (1_500_000, "1.5 s"),
            (59_000_000, "59 s"),
            (125_000_000, "2 min 5 s"),
            (11_520_000_000, "3 h 12 min"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!((number(0), number(999), number(10_000)), ("0".into(), "999".into(), "10,000".into()));
        assert_eq!(number(1_234_567), "1,234,567");
    }

    #[test]
    fn program_text_is_harmless() {
        assert_eq!(
            escape("<b a='\"&\">\u{1b}\u{202e}"),
            "&lt;b a=&#39;&quot;&amp;&quot;&gt;\u{fffd}\u{fffd}"
        );
    }
}
