//! `strptime`: reading moments by a format.
//!
//! As in Python a format becomes a regular expression, whose groups are the codes: how much each code takes depends on
//! what stands behind it. What is hard is the day, which may be told by month and day, by its number in the year, or by a
//! week and a day of the week.

use std::cell::RefCell;
use std::rc::Rc;

use jiff::civil::Date;
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::calendar::{SECOND, from_ordinal, local, ordinal, timestamp, weekday};
use super::format::{DAYS, MONTHS};
use super::iso::{NoWeek, Parts, from_week};
use super::make::{new_date, week_error};
use super::text_argument;
use crate::heap::Tracer;
use crate::text::quote::repr_str;
use crate::text::unicode::decimal_value;
use crate::vm::{Args, Raised, StdlibState, Vm};

/// What was read, with the name of a zone.
pub(super) struct Reading {
    pub parts: Parts,
    pub zone: Option<String>,
}

/// The formats that were used lately.
#[derive(Default)]
struct Formats(RefCell<Vec<(String, Rc<Regex>)>>);

const REMEMBERED: usize = 16;

impl StdlibState for Formats {
    fn trace(&self, _: &mut Tracer) {}
}

/// The names, the longer ones first, so that none is taken for the start of another.
fn any_of<'a>(code: char, names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    format!("(?P<{code}>{})", names.join("|"))
}

/// The names of the host's zone.
fn zone_names(vm: &mut Vm) -> Vec<String> {
    let zone = local();
    let now = vm.host.now().as_micros() as i128;
    let half_a_year = i128::from(SECOND) * 86_400 * 182;
    [now, now + half_a_year]
        .map(|us| zone.to_offset_info(timestamp(us)).abbreviation().to_lowercase())
        .into_iter()
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .collect()
}

/// The expression for a code; none for what is no code.
fn expression(vm: &mut Vm, code: char) -> Option<String> {
    let short = |name: &'static str| &name[..3];
    Some(match code {
        'd' => r"(?P<d>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])".to_string(),
        'f' => r"(?P<f>[0-9]{1,6})".to_string(),
        'H' => r"(?P<H>2[0-3]|[0-1]\d|\d)".to_string(),
        'I' => r"(?P<I>1[0-2]|0[1-9]|[1-9])".to_string(),
        'G' | 'Y' => format!(r"(?P<{code}>\d\d\d\d)"),
        'j' => r"(?P<j>36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])".to_string(),
        'm' => r"(?P<m>1[0-2]|0[1-9]|[1-9])".to_string(),
        'M' => r"(?P<M>[0-5]\d|\d)".to_string(),
        'S' => r"(?P<S>6[0-1]|[0-5]\d|\d)".to_string(),
        'U' | 'W' => format!(r"(?P<{code}>5[0-3]|[0-4]\d|\d)"),
        'w' => r"(?P<w>[0-6])".to_string(),
        'u' => r"(?P<u>[1-7])".to_string(),
        'V' => r"(?P<V>5[0-3]|0[1-9]|[1-4]\d|\d)".to_string(),
        'y' => r"(?P<y>\d\d)".to_string(),
        'z' => r"(?P<z>[+-]\d\d:?[0-5]\d(:?[0-5]\d(\.\d{1,6})?)?|(?-i:Z))".to_string(),
        'A' => any_of('A', DAYS.into_iter()),
        'a' => any_of('a', DAYS.into_iter().map(short)),
        'B' => any_of('B', MONTHS.into_iter()),
        'b' => any_of('b', MONTHS.into_iter().map(short)),
        'p' => any_of('p', ["am", "pm"].into_iter()),
        'Z' => {
            let names = zone_names(vm);
            any_of('Z', ["utc", "gmt"].into_iter().chain(names.iter().map(String::as_str)))
        }
        'c' => expressions(vm, "%a %b %d %H:%M:%S %Y").ok()?,
        'x' => expressions(vm, "%m/%d/%y").ok()?,
        'X' => expressions(vm, "%H:%M:%S").ok()?,
        '%' => "%".to_string(),
        _ => return None,
    })
}

/// What is wrong with a format.
enum Fault {
    BadCode(char),
    Stray,
}

fn expressions(vm: &mut Vm, format: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
            out.push_str(r"\s+");
        } else if c != '%' {
            out.push_str(&escaped(c));
        } else {
            let code = chars.next().ok_or(Fault::Stray)?;
            match expression(vm, code) {
                Some(expression) => out.push_str(&expression),
                // Python has put a backslash in front of it.
                None if code.is_whitespace() || r"\.^$*+?(){}[]|".contains(code) => {
                    return Err(Fault::BadCode('%'));
                }
                None => return Err(Fault::BadCode(code)),
            }
        }
    }
    Ok(out)
}

fn escaped(c: char) -> String {
    if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }
}

fn compiled(vm: &mut Vm, format: &str) -> Result<Rc<Regex>, Raised> {
    let state = vm.state::<Formats>();
    let known = state.0.borrow().iter().find(|(known, _)| known == format).map(|(_, regex)| regex.clone());
    if let Some(regex) = known {
        return Ok(regex);
    }
    let pattern = match expressions(vm, format) {
        Ok(pattern) => pattern,
        Err(Fault::BadCode(code)) => {
            return Err(vm.value_error(format!("'{code}' is a bad directive in format '{format}'")));
        }
        Err(Fault::Stray) => return Err(vm.value_error(format!("stray % in format '{format}'"))),
    };
    let Ok(regex) = Regex::new(&format!("(?i){pattern}")) else {
        return Err(vm.value_error(format!("a directive occurs twice in format '{format}'")));
    };
    let regex = Rc::new(regex);
    let mut remembered = state.0.borrow_mut();
    if remembered.len() >= REMEMBERED {
        remembered.clear();
    }
    remembered.push((format.to_string(), regex.clone()));
    Ok(regex)
}

/// A number in digits of any script.
fn number(text: &str) -> i64 {
    text.trim().chars().filter_map(decimal_value).fold(0, |n, digit| n * 10 + i64::from(digit))
}

/// The place of a name, long or short, in a list.
fn place(names: &[&str], text: &str) -> i64 {
    let lower = text.to_lowercase();
    let found = names.iter().position(|name| name.to_lowercase().starts_with(&lower));
    found.map_or(0, |i| i as i64)
}

/// An offset from UTC in microseconds; none where colons are missing in places.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let colon = rest.chars().nth(2) == Some(':');
    let seconds = rest.split('.').next().unwrap_or(rest).chars().filter(|c| *c != ':').count() > 4;
    if colon && seconds && rest.matches(':').count() < 2 {
        return None;
    }
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits: Vec<i64> = whole.chars().filter_map(decimal_value).map(i64::from).collect();
    let two = |i: usize| digits.get(i).unwrap_or(&0) * 10 + digits.get(i + 1).unwrap_or(&0);
    let us = number(&format!("{fraction:0<6}"));
    let us = (two(0) * 3600 + two(2) * 60 + two(4)) * SECOND + us;
    Some(if sign == "-" { -us } else { us })
}

/// How the day is told.
#[derive(Default)]
struct Day {
    year: Option<i64>,
    iso_year: Option<i64>,
    /// Monday is 0.
    weekday: Option<i64>,
    of_year: Option<i64>,
    iso_week: Option<i64>,
    /// A week, and whether weeks begin on Monday.
    week: Option<(i64, bool)>,
}

/// `strptime(text, format)`.
pub(super) fn strptime(vm: &mut Vm, args: Args<'_>) -> Result<Reading, Raised> {
    let text = text_argument(vm, args, 0, "strptime", 1)?;
    let format = text_argument(vm, args, 1, "strptime", 2)?;
    let regex = compiled(vm, &format)?;
    let mut found = regex.create_captures();
    regex.captures(Input::new(&text).anchored(Anchored::Yes), &mut found);
    let Some(whole) = found.get_match() else {
        let (text, format) = (repr_str(&text), repr_str(&format));
        return Err(vm.value_error(format!("time data {text} does not match format {format}")));
    };
    if whole.end() < text.len() {
        return Err(vm.value_error(format!("unconverted data remains: {}", &text[whole.end()..])));
    }
    let group = |code: &str| found.get_group_by_name(code).and_then(|span| text.get(span.range()));
    let number_of = |code: &str| group(code).map(number);
    let mut parts = Parts { month: 1, day: 1, ..Parts::default() };
    let mut day = Day {
        year: number_of("Y").or(number_of("y").map(|n| if n <= 68 { n + 2000 } else { n + 1900 })),
        iso_year: number_of("G"),
        weekday: number_of("u").map(|n| n - 1).or(number_of("w").map(|n| (n + 6) % 7)),
        of_year: number_of("j"),
        iso_week: number_of("V"),
        week: number_of("U").map(|n| (n, false)).or(number_of("W").map(|n| (n, true))),
    };
    if let Some(name) = group("A").or(group("a")) {
        day.weekday = Some(place(&DAYS, name));
    }
    if let Some(name) = group("B").or(group("b")) {
        parts.month = place(&MONTHS, name) + 1;
    }
    parts.month = number_of("m").unwrap_or(parts.month);
    parts.day = number_of("d").unwrap_or(1);
    parts.hour = number_of("H").unwrap_or(0);
    if let Some(hour) = number_of("I") {
        let afternoon = group("p").is_some_and(|p| p.eq_ignore_ascii_case("pm"));
        parts.hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    parts.minute = number_of("M").unwrap_or(0);
    parts.second = number_of("S").unwrap_or(0);
    parts.us = group("f").map_or(0, |digits| number(&format!("{digits:0<6}")));
    if let Some(text) = group("z") {
        parts.offset = offset(text);
        if parts.offset.is_none() {
            return Err(vm.value_error(format!("Inconsistent use of : in {text}")));
        }
    }
    set_day(vm, &day, &mut parts)?;
    Ok(Reading { parts, zone: group("Z").map(str::to_string) })
}

/// Works out year, month and day.
fn set_day(vm: &mut Vm, day: &Day, parts: &mut Parts) -> Result<(), Raised> {
    let complaint = match (day.iso_year, day.iso_week) {
        (Some(_), _) if day.of_year.is_some() => {
            "Day of the year directive '%j' is not compatible with ISO year directive '%G'. Use '%Y' instead."
        }
        (Some(_), week) if week.is_none() || day.weekday.is_none() => {
            "ISO year directive '%G' must be used with the ISO week directive '%V' and a weekday directive ('%A', \
             '%a', '%w', or '%u')."
        }
        (None, Some(_)) if day.year.is_none() || day.weekday.is_none() => {
            "ISO week directive '%V' must be used with the ISO year directive '%G' and a weekday directive ('%A', \
             '%a', '%w', or '%u')."
        }
        (None, Some(_)) => {
            "ISO week directive '%V' is incompatible with the year directive '%Y'. Use the ISO year '%G' instead."
        }
        _ => "",
    };
    if !complaint.is_empty() {
        return Err(vm.value_error(complaint));
    }
    // Without a year it is 1900, where the last day of February is missing.
    let leap_day = day.year.is_none() && (parts.month, parts.day) == (2, 29);
    parts.year = day.year.unwrap_or(if leap_day { 1904 } else { 1900 });
    let mut of_year = day.of_year;
    if let (None, Some(weekday_number)) = (of_year, day.weekday) {
        if let Some((week, from_monday)) = day.week {
            let first = new_date(vm, parts.year, 1, 1)?;
            of_year = Some(day_of_week(first, week, weekday_number, from_monday));
        } else if let (Some(year), Some(week)) = (day.iso_year, day.iso_week) {
            match from_week(year, week, weekday_number + 1) {
                Ok(Some(date)) => set_date(parts, date),
                Ok(None) => return Err(week_error(vm, NoWeek::Year, year, week, weekday_number + 1)),
                Err(fault) => return Err(week_error(vm, fault, year, week, weekday_number + 1)),
            }
        }
    }
    match of_year {
        Some(n) => {
            let first = new_date(vm, parts.year, 1, 1)?;
            match from_ordinal(ordinal(first) + n - 1) {
                Some(date) => set_date(parts, date),
                None => return Err(vm.value_error(format!("year {} is out of range", parts.year))),
            }
        }
        None => {
            new_date(vm, parts.year, parts.month, parts.day)?;
        }
    }
    if leap_day {
        parts.year = 1900;
    }
    Ok(())
}

fn set_date(parts: &mut Parts, date: Date) {
    (parts.year, parts.month, parts.day) = (date.year().into(), date.month().into(), date.day().into());
}

/// The day of the year that is a day of a week; it may be in the year before.
fn day_of_week(first: Date, week: i64, day: i64, from_monday: bool) -> i64 {
    let shift = if from_monday { 0 } else { 1 };
    let start = (weekday(first) + shift) % 7;
    let day = (day + shift) % 7;
    if week == 0 { 1 + day - start } else { 1 + (7 - start) % 7 + 7 * (week - 1) + day }
}
