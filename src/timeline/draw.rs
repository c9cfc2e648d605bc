//! The picture as HTML: a figure of lanes, the verdict, and the list of steps.

use std::fmt::Write as _;
use std::time::Duration;

use super::model::{Bar, Lane, Picture, Place, Row, State};
use super::words::{self, duration, escape};
use crate::shutdown::ExitStatus;
use crate::shutdown::journal::TimedStep;

/// The switch between the two measures; the style does the rest.
pub(super) fn scale_switch() -> String {
    "<fieldset class=\"scale\"><legend>Scale</legend>\
     <label><input type=\"radio\" name=\"scale\" id=\"by-time\" checked> time</label>\
     <label><input type=\"radio\" name=\"scale\" id=\"by-steps\"> steps</label></fieldset>"
        .to_string()
}

/// The flags of signals stand one under the other, so that those that came at almost the same time can be read.
const FLAG_LINES: usize = 4;

/// The lanes; `clock`: with durations and an axis of time.
pub(super) fn figure(picture: &Picture, clock: bool) -> String {
    let mut html = String::new();
    let class = if clock { "chart clock" } else { "chart" };
    let flags = picture.marks.len().min(FLAG_LINES);
    let _ = write!(html, "<figure class=\"{class}\" style=\"--flags:{flags}\">\n<div class=\"over\">");
    if clock {
        for (at, label) in ticks(picture.total) {
            let _ = write!(html, "<i class=\"tick\" style=\"--t:{at:.3}\"><b>{}</b></i>", escape(&label));
        }
    }
    for (i, mark) in picture.marks.iter().enumerate() {
        let class = if mark.is_injected { "mark injected" } else { "mark" };
        let side = if mark.at.time > 50.0 { " flip" } else { "" };
        let line = i % FLAG_LINES;
        let text = escape(&mark.text);
        let _ = write!(
            html,
            "<i class=\"{class}{side}\" style=\"--flag:{line};{}\" title=\"{text}\"><b>{text}</b></i>",
            at(mark.at)
        );
    }
    html.push_str("</div>\n");
    for lane in &picture.lanes {
        draw_lane(&mut html, lane, clock);
    }
    html.push_str("</figure>");
    html
}

fn draw_lane(html: &mut String, lane: &Lane, clock: bool) {
    let reached = if lane.span.is_some() { "" } else { " unreached" };
    let _ = write!(
        html,
        "<section class=\"lane{reached}\">\n<h3><span class=\"phase\">{}</span> {}</h3>",
        lane.phase, lane.title
    );
    html.push_str("<div class=\"track\">");
    if let Some((from, to)) = lane.span {
        let _ = write!(html, "<span class=\"span\" style=\"{}\"></span>", between(from, to));
    }
    html.push_str("</div>");
    let remark = match (lane.span, lane.rows.is_empty()) {
        (None, _) => "not reached",
        (Some(_), true) => "nothing to do",
        (Some(_), false) => "",
    };
    let _ = writeln!(html, "<p class=\"result\">{remark}</p>");
    for row in &lane.rows {
        draw_row(html, row, clock);
    }
    html.push_str("</section>\n");
}

fn draw_row(html: &mut String, row: &Row, clock: bool) {
    let took = row
        .took
        .filter(|_| clock)
        .map(|took| if took.as_micros() == 0 { "< 1 µs".to_string() } else { duration(took) });
    let mut hover: Vec<String> = vec![match row.site.as_str() {
        "" => row.name.clone(),
        site => format!("{} (registered at {site})", row.name),
    }];
    hover.extend(took.clone());
    hover.push(row.result.clone());
    hover.extend(row.notes.iter().filter(|_| clock || !row.is_group).cloned());
    let hover = escape(&hover.join("\n"));
    let group = if row.is_group { " group" } else { "" };
    let _ = write!(
        html,
        "<div class=\"row {}{group}\" title=\"{hover}\">\n<p class=\"who\">",
        class_of(row.state)
    );
    if !row.number.is_empty() {
        let _ = write!(html, "<span class=\"number\">{}</span> ", escape(&row.number));
    }
    let _ = write!(html, "<b>{}</b>", escape(&row.name));
    if !row.site.is_empty() {
        let _ = write!(html, " <span class=\"site\">{}</span>", escape(&row.site));
    }
    html.push_str("</p><div class=\"track\">");
    for bar in &row.bars {
        draw_bar(html, bar);
    }
    let _ = write!(html, "</div><p class=\"result\"><b>{}</b>", escape(&row.result));
    if let Some(took) = took {
        let _ = write!(html, " <span class=\"took\">{}</span>", escape(&took));
    }
    html.push_str("</p>");
    if !row.report.is_empty() {
        let report = escape(row.report.trim_end());
        let _ = write!(
            html,
            "<details class=\"report\"><summary>what was printed</summary><pre>{report}</pre></details>"
        );
    }
    if !row.notes.is_empty() && !row.is_group {
        let notes: Vec<String> = row.notes.iter().map(|note| format!("<li>{}</li>", escape(note))).collect();
        let _ = write!(html, "<ul class=\"notes\">{}</ul>", notes.concat());
    }
    html.push_str("</div>\n");
}

fn draw_bar(html: &mut String, bar: &Bar) {
    let _ = write!(
        html,
        "<span class=\"bar {}\" style=\"{}\"></span>",
        class_of(bar.state),
        between(bar.from, bar.to)
    );
}

fn class_of(state: State) -> &'static str {
    match state {
        State::Fine => "fine",
        State::Exit => "exit",
        State::Failed => "failed",
        State::Stopped => "stopped",
        State::NotRun => "not-run",
    }
}

fn at(place: Place) -> String {
    format!("--t:{:.3};--s:{:.3}", place.time, place.step)
}

fn between(from: Place, to: Place) -> String {
    format!("{};--tw:{:.3};--sw:{:.3}", at(from), to.time - from.time, to.step - from.step)
}

/// Where the axis has its marks: about five, at round times.
fn ticks(total: Duration) -> Vec<(f64, String)> {
    let total = total.as_micros() as f64;
    if total < 1.0 {
        return vec![(0.0, duration(Duration::ZERO))];
    }
    let rough = total / 5.0;
    let unit = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * unit).find(|step| *step >= rough).unwrap_or(rough);
    let step = step.max(1.0);
    let count = (total / step).floor() as usize;
    (0..=count)
        .map(|i| step * i as f64)
        .map(|time| (100.0 * time / total, duration(Duration::from_micros(time as u64))))
        // A label at the very end would stand out of the picture.
        .filter(|(at, _)| *at < 94.0)
        .collect()
}

/// The status and the reason for it.
pub(super) fn verdict(picture: &Picture, fallback: ExitStatus) -> String {
    let cut_off = "the process was left at once, and nothing more was done".to_string();
    let (status, why) = picture.status.clone().unwrap_or((fallback, cut_off));
    let (class, aside) = match status {
        ExitStatus::Code(0) => ("fine", String::new()),
        ExitStatus::Code(_) => ("failed", String::new()),
        ExitStatus::Signal(number) => ("failed", format!("a shell shows {}", 128 + number)),
    };
    let mut html = format!(
        "<section class=\"verdict {class}\"><h2>{}</h2><p class=\"why\">{}</p>",
        escape(&status.to_string()),
        escape(&why)
    );
    if let Some((status, why)) = &picture.was {
        let _ = write!(
            html,
            "<p>The main program alone would have ended with {}: {}.</p>",
            escape(&status.to_string()),
            escape(why)
        );
    }
    if !aside.is_empty() {
        let _ = write!(html, "<p>Death by signal; {aside}.</p>");
    }
    html.push_str("</section>");
    html
}

/// The steps as text: all, or the first and the last ones.
pub(super) fn list(steps: &[TimedStep], clock: bool, most: usize) -> String {
    let mut html = String::from("<ol class=\"steps\">\n");
    let left_out = steps.len().saturating_sub(most);
    for (i, timed) in steps.iter().enumerate() {
        if left_out > 0 && (most / 2..most / 2 + left_out).contains(&i) {
            if i == most / 2 {
                let _ = writeln!(html, "<li><span>… {}</span></li>", words::count(left_out, "more step"));
            }
            continue;
        }
        let class = if words::is_grave(&timed.step) { " class=\"grave\"" } else { "" };
        let time =
            if clock { format!("<time>{}</time>", escape(&duration(timed.at))) } else { String::new() };
        let _ = writeln!(html, "<li{class}>{time}<span>{}</span></li>", escape(&words::line(&timed.step)));
    }
    html.push_str("</ol>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_a_few_round_marks() {
        let labels = |micros| -> Vec<String> {
            ticks(Duration::from_micros(micros)).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(0), ["0 µs"]);
        assert_eq!(labels(3), ["0 µs", "1 µs", "2 µs"]);
        assert_eq!(labels(970), ["0 µs", "200 µs", "400 µs", "600 µs", "800 µs"]);
        assert_eq!(labels(7_400_000), ["0 µs", "2 s", "4 s", "6 s"]);
    }
}
