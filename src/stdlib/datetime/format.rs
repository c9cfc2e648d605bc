//! Moments as texts: ISO 8601, and the codes of `strftime` as the C library has them in the C locale.

use jiff::civil::Date;

use super::calendar::{HOUR, MINUTE, SECOND, clock, local, offset_of_clock, weekday};
use super::{Moment, What};

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `+01:00`, with seconds where there are some.
pub(super) fn offset_text(us: i64, colon: &str) -> String {
    let (sign, us) = (if us < 0 { '-' } else { '+' }, us.abs());
    let (seconds, rest) = (us / SECOND % 60, us % SECOND);
    let mut text = format!("{sign}{:02}{colon}{:02}", us / HOUR, us / MINUTE % 60);
    if seconds != 0 || rest != 0 {
        text += &format!("{colon}{seconds:02}");
    }
    if rest != 0 {
        text += &format!(".{rest:06}");
    }
    text
}

pub(super) fn iso_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Hours, minutes, seconds and microseconds of a time of day.
pub(super) fn parts(us: i64) -> (i64, i64, i64, i64) {
    (us / HOUR, us / MINUTE % 60, us / SECOND % 60, us % SECOND)
}

/// The time of day; none where the precision is unknown.
pub(super) fn iso_time(us: i64, offset: Option<i64>, precision: &str) -> Option<String> {
    let (h, m, s, us) = parts(us);
    let mut text = match precision {
        "hours" => format!("{h:02}"),
        "minutes" => format!("{h:02}:{m:02}"),
        "milliseconds" => format!("{h:02}:{m:02}:{s:02}.{:03}", us / 1000),
        "auto" if us == 0 => format!("{h:02}:{m:02}:{s:02}"),
        "seconds" => format!("{h:02}:{m:02}:{s:02}"),
        "auto" | "microseconds" => format!("{h:02}:{m:02}:{s:02}.{us:06}"),
        _ => return None,
    };
    if let Some(offset) = offset {
        text += &offset_text(offset, ":");
    }
    Some(text)
}

/// What stands between `%` and the letter of a code.
#[derive(Default)]
struct Flags {
    /// What numbers and texts are padded with; none for no padding.
    pad: Option<char>,
    plain: bool,
    upper: bool,
    swapped: bool,
    width: usize,
}

/// A part of the text: a number with the padding that it has by itself, or a text.
enum Part {
    Number(i64, usize, char),
    Text(String),
}

impl Flags {
    /// Reads the flags, and the width; what is left.
    fn read(mut code: &str) -> (Flags, &str) {
        let mut flags = Flags::default();
        while let Some(flag) = code.chars().next().filter(|c| "_-0^#".contains(*c)) {
            match flag {
                '_' => (flags.pad, flags.plain) = (Some(' '), false),
                '0' => (flags.pad, flags.plain) = (Some('0'), false),
                '-' => flags.plain = true,
                '^' => flags.upper = true,
                _ => flags.swapped = true,
            }
            code = &code[1..];
        }
        let digits = code.bytes().take_while(u8::is_ascii_digit).count();
        // No text needs more; the C library has a limit as well.
        flags.width = code[..digits].parse::<usize>().unwrap_or(1024).min(1024);
        if digits == 0 {
            flags.width = 0;
        }
        (flags, &code[digits..])
    }

    fn put(&self, out: &mut String, part: Part) {
        let (text, pad, width) = match part {
            Part::Number(n, _, _) if self.plain => (n.to_string(), '0', self.width),
            Part::Number(n, width, pad) => (n.to_string(), self.pad.unwrap_or(pad), self.width.max(width)),
            Part::Text(text) => (text, self.pad.unwrap_or(' '), self.width),
        };
        for _ in text.chars().count()..width {
            out.push(pad);
        }
        if self.upper || self.swapped && text.chars().any(char::is_lowercase) {
            out.push_str(&text.to_uppercase());
        } else if self.swapped {
            out.push_str(&text.to_lowercase());
        } else {
            out.push_str(&text);
        }
    }
}

/// What a zone says of a moment.
pub(super) struct ZoneTexts {
    pub offset: Option<i64>,
    pub name: String,
}

/// `strftime`.
pub(super) fn strftime(moment: &Moment, zone: &ZoneTexts, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = &rest[at + 1..];
        let (flags, after) = Flags::read(code);
        let (colon, after) = match after.strip_prefix(":z") {
            Some(_) => (":", &after[1..]),
            None => ("", after),
        };
        // Other numerals, and years of other eras: the C locale has none.
        let after = match (after.chars().next(), after.chars().nth(1)) {
            (Some('E'), Some(letter)) if "cCxXyYprRTsnt".contains(letter) => &after[1..],
            (Some('O'), Some(letter)) if "deHImMSuUVwWyprRTsnt".contains(letter) => &after[1..],
            _ => after,
        };
        let letter = after.chars().next();
        match letter.and_then(|letter| part(moment, zone, letter, colon)) {
            Some(part) => {
                flags.put(&mut out, part);
                rest = &after[1..];
            }
            // What is no code stays.
            None => {
                out.push('%');
                rest = code;
            }
        }
    }
    out + rest
}

fn part(moment: &Moment, zone: &ZoneTexts, letter: char, colon: &str) -> Option<Part> {
    let date = moment.date;
    let (h, m, s, us) = parts(moment.us);
    let day = weekday(date);
    let of_year = i64::from(date.day_of_year());
    let names = |names: &[&str], i: i64| names.get(i as usize).map_or(String::new(), |name| name.to_string());
    let short = |name: String| name.chars().take(3).collect::<String>();
    let number = |n: i64, width: usize| Part::Number(n, width, '0');
    let blank = |n: i64| Part::Number(n, 2, ' ');
    let all = |format: &str| Part::Text(strftime(moment, zone, format));
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    Some(match letter {
        'Y' => number(year, 1),
        'y' => number(year % 100, 2),
        'C' => number(year / 100, 1),
        'm' => number(month, 2),
        'd' => number(date.day().into(), 2),
        'e' => blank(date.day().into()),
        'j' => number(of_year, 3),
        'H' => number(h, 2),
        'I' => number((h + 11) % 12 + 1, 2),
        'k' => blank(h),
        'l' => blank((h + 11) % 12 + 1),
        'M' => number(m, 2),
        'S' => number(s, 2),
        'f' => Part::Text(format!("{us:06}")),
        's' => {
            let offset = offset_of_clock(&local(), date, moment.us, moment.fold);
            let seconds = (clock(date, moment.us) - i128::from(offset)).div_euclid(SECOND.into());
            number(seconds as i64, 1)
        }
        'p' => Part::Text(if h < 12 { "AM" } else { "PM" }.to_string()),
        'P' => Part::Text(if h < 12 { "am" } else { "pm" }.to_string()),
        'a' => Part::Text(short(names(&DAYS, day))),
        'A' => Part::Text(names(&DAYS, day)),
        'w' => number((day + 1) % 7, 1),
        'u' => number(day + 1, 1),
        'b' | 'h' => Part::Text(short(names(&MONTHS, month - 1))),
        'B' => Part::Text(names(&MONTHS, month - 1)),
        'U' => number((of_year + 6 - (day + 1) % 7) / 7, 2),
        'W' => number((of_year + 6 - day) / 7, 2),
        'G' => number(date.iso_week_date().year().into(), 1),
        'g' => number(i64::from(date.iso_week_date().year()) % 100, 2),
        'V' => number(date.iso_week_date().week().into(), 2),
        'z' => Part::Text(zone.offset.map_or(String::new(), |us| offset_text(us, colon))),
        'Z' => Part::Text(zone.name.clone()),
        'c' => all("%a %b %e %H:%M:%S %Y"),
        'x' | 'D' => all("%m/%d/%y"),
        'X' | 'T' => all("%H:%M:%S"),
        'F' => all("%Y-%m-%d"),
        'R' => all("%H:%M"),
        'r' => all("%I:%M:%S %p"),
        'n' => Part::Text("\n".to_string()),
        't' => Part::Text("\t".to_string()),
        '%' => Part::Text("%".to_string()),
        _ => return None,
    })
}

/// As `Sat Feb 29 00:00:00 2020`.
pub(super) fn ctime(moment: &Moment) -> String {
    let zone = ZoneTexts { offset: None, name: String::new() };
    format!("{} {:04}", strftime(moment, &zone, "%a %b %e %H:%M:%S"), moment.date.year())
}

/// The arguments that make the moment, but for its zone.
pub(super) fn arguments(moment: &Moment) -> String {
    let mut shown: Vec<i64> = Vec::new();
    if moment.what != What::Time {
        let date = moment.date;
        shown.extend([i64::from(date.year()), date.month().into(), date.day().into()]);
    }
    if moment.what != What::Date {
        let (h, m, s, us) = parts(moment.us);
        shown.extend([h, m]);
        if s != 0 || us != 0 {
            shown.push(s);
        }
        if us != 0 {
            shown.push(us);
        }
    }
    shown.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
