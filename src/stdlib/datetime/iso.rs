//! Reading dates and times as ISO 8601 has them, in the forms that Python takes.
//!
//! What is hard: between a date and a time any character may stand, even a digit, so that the length of the date has to be
//! found first. Texts are read as characters; what is no ASCII can only be that one character.

use jiff::civil::Date;

use super::calendar::{from_ordinal, ordinal, weekday};

/// What was read, its bounds not looked at yet.
#[derive(Default, Debug, Clone, Copy)]
pub(super) struct Parts {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub us: i64,
    /// The offset from UTC, in microseconds.
    pub offset: Option<i64>,
}

/// Why there is no such day.
pub(super) enum NoWeek {
    Year,
    Week,
    Day,
}

/// The day of a year, week and day of the week.
pub(super) fn from_week(year: i64, week: i64, day: i64) -> Result<Option<Date>, NoWeek> {
    if !(1..=9999).contains(&year) {
        return Err(NoWeek::Year);
    }
    let Ok(first) = Date::new(year as i16, 1, 1) else { return Err(NoWeek::Year) };
    let start = weekday(first);
    let long = start == 3 || start == 2 && first.in_leap_year();
    if !(1..=if long { 53 } else { 52 }).contains(&week) {
        return Err(NoWeek::Week);
    }
    if !(1..=7).contains(&day) {
        return Err(NoWeek::Day);
    }
    // The first week is the one with the first Thursday.
    let monday = ordinal(first) - start + if start > 3 { 7 } else { 0 };
    Ok(from_ordinal(monday + (week - 1) * 7 + day - 1))
}

/// A number of ASCII digits, all of them.
fn number(text: &[char]) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_i64, |n, c| Some(n * 10 + i64::from(c.to_digit(10)?)))
}

/// How long the date at the start is.
fn date_length(text: &[char]) -> Option<usize> {
    let is = |i: usize, c: char| text.get(i) == Some(&c);
    let is_digit = |i: usize| text.get(i).is_some_and(char::is_ascii_digit);
    if text.len() == 7 {
        return Some(7);
    }
    if is(4, '-') {
        if !is(5, 'W') {
            return Some(10);
        }
        if !is(8, '-') {
            return Some(8);
        }
        return match text.len() {
            9 => None,
            len if len > 10 && is_digit(10) => Some(8),
            _ => Some(10),
        };
    }
    if !is(4, 'W') {
        return Some(8);
    }
    let end = 7 + text.iter().skip(7).take_while(|c| c.is_ascii_digit()).count();
    Some(match end {
        end if end < 9 => end,
        end if end % 2 == 0 => 7,
        _ => 8,
    })
}

/// A date alone.
pub(super) fn date(text: &[char], parts: &mut Parts) -> Option<()> {
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    parts.year = number(text.get(..4)?)?;
    let dash = text.get(4) == Some(&'-');
    let mut rest = text.get(if dash { 5 } else { 4 }..)?;
    if let Some(week) = rest.strip_prefix(&['W']) {
        let number_of_week = number(week.get(..2)?)?;
        rest = week.get(2..)?;
        let mut day = 1;
        if !rest.is_empty() {
            if rest.starts_with(&['-']) != dash {
                return None;
            }
            let digits = rest.strip_prefix(&['-']).unwrap_or(rest);
            if digits.len() != 1 {
                return None;
            }
            day = number(digits)?;
        }
        let date = from_week(parts.year, number_of_week, day).ok()??;
        (parts.year, parts.month, parts.day) = (date.year().into(), date.month().into(), date.day().into());
        return Some(());
    }
    parts.month = number(rest.get(..2)?)?;
    rest = rest.get(2..)?;
    if rest.starts_with(&['-']) != dash {
        return None;
    }
    rest = rest.strip_prefix(&['-']).unwrap_or(rest);
    if rest.len() != 2 {
        return None;
    }
    parts.day = number(rest)?;
    Some(())
}

/// Hours, minutes, seconds and microseconds, to the end of the text.
fn clock_time(text: &[char]) -> Option<[i64; 4]> {
    let mut found = [0; 4];
    let mut rest = text;
    let mut colon = false;
    for (i, part) in found.iter_mut().take(3).enumerate() {
        *part = number(rest.get(..2)?)?;
        rest = rest.get(2..)?;
        let Some(next) = rest.first() else { break };
        if i == 0 {
            colon = *next == ':';
        }
        if i == 2 {
            break;
        }
        if colon {
            rest = rest.strip_prefix(&[':'])?;
        }
    }
    if rest.is_empty() {
        return Some(found);
    }
    let (['.' | ','], digits) = rest.split_at(1) else { return None };
    let (read, more) = digits.split_at(digits.len().min(6));
    found[3] = number(read)? * 10_i64.pow(6 - read.len() as u32);
    more.iter().all(char::is_ascii_digit).then_some(found)
}

/// A time of day alone.
pub(super) fn time(text: &[char], parts: &mut Parts) -> Option<()> {
    let at = ['-', '+', 'Z'].into_iter().find_map(|sign| text.iter().position(|c| *c == sign));
    let (clock, zone) = text.split_at(at.unwrap_or(text.len()));
    [parts.hour, parts.minute, parts.second, parts.us] = clock_time(clock)?;
    match zone {
        [] => {}
        ['Z'] => parts.offset = Some(0),
        ['Z', ..] => return None,
        [sign, zone @ ..] => {
            if matches!(zone.len(), 0 | 1 | 3) {
                return None;
            }
            let [h, m, s, us] = clock_time(zone)?;
            let offset = ((h * 60 + m) * 60 + s) * 1_000_000 + us;
            parts.offset = Some(if *sign == '-' { -offset } else { offset });
        }
    }
    Some(())
}

/// A date, and perhaps a time behind any one character.
pub(super) fn both(text: &[char], parts: &mut Parts) -> Option<()> {
    if text.len() < 7 {
        return None;
    }
    let length = date_length(text)?;
    date(text.get(..length)?, parts)?;
    if text.len() == length { Some(()) } else { time(text.get(length + 1..)?, parts) }
}
