//! How moments come to be: from their parts, from texts, from clocks.

use super::calendar::{HOUR, MINUTE, SECOND, from_ordinal, local, offset_at, shown, year_of};
use super::iso::{NoWeek, Parts, from_week};
use super::read::strptime;
use super::zone::{self, Zone};
use super::{Moment, NO_DATE, What, iso};
use crate::text::quote::repr_str;
use crate::value::{NativeDef, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};
use jiff::civil::Date;

pub(super) static CONSTRUCT_DATE: NativeDef =
    NativeDef::new("date(cls, year, month, day)", "A day.", |vm, args| {
        let date = date_from(vm, args, 1, None)?;
        Moment::of_date(date).value(vm)
    });

pub(super) static CONSTRUCT_TIME: NativeDef = NativeDef::new(
    "time(cls, hour=0, minute=0, second=0, microsecond=0, tzinfo=nil, *, fold=0)",
    "A time of day, perhaps in a zone.",
    |vm, args| {
        let us = time_from(vm, args, 1, 0)?;
        let zone = zone::expect(vm, args.or_nil(5))?;
        let fold = fold_from(vm, args, 6, false)?;
        Moment { what: What::Time, date: NO_DATE, us, zone, fold }.value(vm)
    },
);

pub(super) static CONSTRUCT_BOTH: NativeDef = NativeDef::new(
    "datetime(cls, year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=nil, *, fold=0)",
    "A day and a time of day, perhaps in a zone.",
    |vm, args| {
        let date = date_from(vm, args, 1, None)?;
        let us = time_from(vm, args, 4, 0)?;
        let zone = zone::expect(vm, args.or_nil(8))?;
        let fold = fold_from(vm, args, 9, false)?;
        Moment { what: What::Both, date, us, zone, fold }.value(vm)
    },
);

pub(super) static DATE_STATICS: &[NativeDef] = &[
    NativeDef::new("today()", "The day that it is here.", |vm, _| now(vm, What::Date, Value::NIL)),
    NativeDef::new(
        "fromordinal(ordinal, /)",
        "The day with a number; 1 is the first of the year 1.",
        |vm, args| ordinal_day(vm, args, What::Date),
    ),
    NativeDef::new(
        "fromtimestamp(timestamp, /)",
        "The day here, so many seconds after 1970 began.",
        |vm, args| from_timestamp(vm, args.at(0), Value::NIL, What::Date, false),
    ),
    NativeDef::new("fromisoformat(date_string, /)", "The day that a text of ISO 8601 says.", |vm, args| {
        from_iso(vm, args.at(0), What::Date)
    }),
    NativeDef::new(
        "fromisocalendar(year, week, day)",
        "The day of a year, week and day of the week.",
        |vm, args| week_day(vm, args, What::Date),
    ),
];

pub(super) static TIME_STATICS: &[NativeDef] = &[NativeDef::new(
    "fromisoformat(time_string, /)",
    "The time that a text of ISO 8601 says.",
    |vm, args| from_iso(vm, args.at(0), What::Time),
)];

pub(super) static BOTH_STATICS: &[NativeDef] = &[
    NativeDef::new("now(tz=nil)", "The time that it is, here or in a zone.", |vm, args| {
        now(vm, What::Both, args.or_nil(0))
    }),
    NativeDef::new("today()", "The time that it is here.", |vm, _| now(vm, What::Both, Value::NIL)),
    NativeDef::new("utcnow()", "The time that it is in UTC, without a zone.", |vm, _| {
        let us = vm.host.now().as_micros() as i128;
        at(vm, us, 0, Value::NIL, false, What::Both)
    }),
    NativeDef::new("fromordinal(ordinal, /)", "The start of the day with a number.", |vm, args| {
        ordinal_day(vm, args, What::Both)
    }),
    NativeDef::new(
        "fromtimestamp(timestamp, tz=nil)",
        "The time so many seconds after 1970 began, here or in a zone.",
        |vm, args| from_timestamp(vm, args.at(0), args.or_nil(1), What::Both, false),
    ),
    NativeDef::new("utcfromtimestamp(timestamp, /)", "The same in UTC, without a zone.", |vm, args| {
        from_timestamp(vm, args.at(0), Value::NIL, What::Both, true)
    }),
    NativeDef::new("fromisoformat(date_string, /)", "The time that a text of ISO 8601 says.", |vm, args| {
        from_iso(vm, args.at(0), What::Both)
    }),
    NativeDef::new(
        "fromisocalendar(year, week, day)",
        "The start of the day of a year, week and day of the week.",
        |vm, args| week_day(vm, args, What::Both),
    ),
    NativeDef::new("combine(date, time, tzinfo=nil)", "A day and a time of day in one.", combine),
    NativeDef::new(
        "strptime(date_string, format, /)",
        "The time that a text says in a format, whose codes are those of `strftime`.",
        |vm, args| {
            let reading = strptime(vm, args)?;
            let zone = match (reading.parts.offset, reading.zone) {
                (None, _) => Value::NIL,
                (Some(offset), name) => {
                    let offset = zone::expect_offset(vm, offset.into())?;
                    match name {
                        Some(name) => zone::make_named(vm, offset, name)?,
                        None => zone::make(vm, offset)?,
                    }
                }
            };
            from_parts(vm, &reading.parts, zone, What::Both)
        },
    ),
];

/// An int argument, or its default.
fn part(vm: &mut Vm, args: Args<'_>, at: usize, default: i64) -> Result<i64, Raised> {
    args.given(at).map_or(Ok(default), |value| vm.expect_index(value))
}

/// A date from three arguments; what is not given is that of another date.
pub(super) fn date_from(vm: &mut Vm, args: Args<'_>, at: usize, old: Option<Date>) -> Result<Date, Raised> {
    let old = old.unwrap_or(NO_DATE);
    let year = part(vm, args, at, old.year().into())?;
    let month = part(vm, args, at + 1, old.month().into())?;
    let day = part(vm, args, at + 2, old.day().into())?;
    new_date(vm, year, month, day)
}

pub(super) fn new_date(vm: &mut Vm, year: i64, month: i64, day: i64) -> Result<Date, Raised> {
    if !(1..=9999).contains(&year) {
        return Err(vm.value_error(format!("year {year} is out of range")));
    }
    if !(1..=12).contains(&month) {
        return Err(vm.value_error("month must be in 1..12"));
    }
    let day = i8::try_from(day).unwrap_or(0);
    Date::new(year as i16, month as i8, day).map_err(|_| vm.value_error("day is out of range for month"))
}

/// A time of day from four arguments; what is not given is that of another time.
pub(super) fn time_from(vm: &mut Vm, args: Args<'_>, at: usize, old: i64) -> Result<i64, Raised> {
    let hour = part(vm, args, at, old / HOUR)?;
    let minute = part(vm, args, at + 1, old / MINUTE % 60)?;
    let second = part(vm, args, at + 2, old / SECOND % 60)?;
    let us = part(vm, args, at + 3, old % SECOND)?;
    new_time(vm, hour, minute, second, us)
}

fn new_time(vm: &mut Vm, hour: i64, minute: i64, second: i64, us: i64) -> Result<i64, Raised> {
    for (n, most, name) in
        [(hour, 23, "hour"), (minute, 59, "minute"), (second, 59, "second"), (us, 999_999, "microsecond")]
    {
        if !(0..=most).contains(&n) {
            return Err(vm.value_error(format!("{name} must be in 0..{most}")));
        }
    }
    Ok(hour * HOUR + minute * MINUTE + second * SECOND + us)
}

pub(super) fn fold_from(vm: &mut Vm, args: Args<'_>, at: usize, old: bool) -> Result<bool, Raised> {
    match part(vm, args, at, old.into())? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(vm.value_error("fold must be either 0 or 1")),
    }
}

fn ordinal_day(vm: &mut Vm, args: Args<'_>, what: What) -> NativeResult {
    let n = vm.expect_index(args.at(0))?;
    if n < 1 {
        return Err(vm.value_error("ordinal must be >= 1"));
    }
    match from_ordinal(n) {
        Some(date) => Moment { what, ..Moment::of_date(date) }.value(vm),
        None => Err(vm.value_error(format!("year {} is out of range", year_of(n)))),
    }
}

pub(super) fn week_error(vm: &mut Vm, fault: NoWeek, year: i64, week: i64, day: i64) -> Raised {
    vm.value_error(match fault {
        NoWeek::Year => format!("Year is out of range: {year}"),
        NoWeek::Week => format!("Invalid week: {week}"),
        NoWeek::Day => format!("Invalid day: {day} (range is [1, 7])"),
    })
}

fn week_day(vm: &mut Vm, args: Args<'_>, what: What) -> NativeResult {
    let year = part(vm, args, 0, 0)?;
    let week = part(vm, args, 1, 0)?;
    let day = part(vm, args, 2, 0)?;
    match from_week(year, week, day) {
        Ok(Some(date)) => Moment { what, ..Moment::of_date(date) }.value(vm),
        Ok(None) => Err(vm.value_error("year 10000 is out of range")),
        Err(fault) => Err(week_error(vm, fault, year, week, day)),
    }
}

/// The moment so many microseconds after 1970 began in UTC, as clocks with an offset show it.
pub(super) fn at(vm: &mut Vm, us: i128, offset: i64, zone: Value, fold: bool, what: What) -> NativeResult {
    let (day, time) = shown(us + i128::from(offset));
    let Some(date) = from_ordinal(day) else {
        return Err(vm.overflow_error("date value out of range"));
    };
    let us = if what == What::Date { 0 } else { time };
    Moment { what, date, us, zone, fold }.value(vm)
}

/// The same in a zone, or here for nil.
fn at_zone(vm: &mut Vm, us: i128, zone: Value, what: What) -> NativeResult {
    let (offset, fold) = match zone.foreign::<Zone>() {
        Some(zone) => zone.offset_at(us),
        None => offset_at(&local(), us),
    };
    at(vm, us, offset, zone, fold && what == What::Both, what)
}

fn now(vm: &mut Vm, what: What, tz: Value) -> NativeResult {
    let tz = zone::expect(vm, tz)?;
    let us = vm.host.now().as_micros() as i128;
    at_zone(vm, us, tz, what)
}

fn from_timestamp(vm: &mut Vm, seconds: Value, tz: Value, what: What, utc: bool) -> NativeResult {
    let tz = zone::expect(vm, tz)?;
    let (whole, us) = match seconds.as_float() {
        Some(f) if f.is_nan() => return Err(vm.value_error("Invalid value NaN (not a number)")),
        // A date is told by the second that has begun.
        Some(f) if what == What::Date => (Some(f.floor()), 0),
        Some(f) => (Some(f.trunc()), (f.fract() * 1e6).round_ties_even() as i64),
        None => (None, 0),
    };
    let limit = 9_223_372_036_854_775_808.0;
    let whole = match whole {
        Some(f) => Some(f).filter(|f| (-limit..limit).contains(f)).map(|f| f as i64),
        None => vm.expect_int(seconds)?.to_i64(),
    };
    let Some(whole) = whole else {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    };
    let us = i128::from(whole) * i128::from(SECOND) + i128::from(us);
    let (day, _) = shown(us);
    let (offset, _) =
        if utc || tz.foreign::<Zone>().is_some() { (0, false) } else { offset_at(&local(), us) };
    for day in [day, shown(us + i128::from(offset)).0] {
        if from_ordinal(day).is_none() {
            return Err(vm.value_error(format!("year {} is out of range", year_of(day))));
        }
    }
    if utc {
        return at(vm, us, 0, Value::NIL, false, what);
    }
    at_zone(vm, us, tz, what)
}

fn from_iso(vm: &mut Vm, value: Value, what: What) -> NativeResult {
    let Some(text) = value.as_str() else { return Err(vm.type_error("fromisoformat: argument must be str")) };
    let mut parts = Parts { year: 1900, month: 1, day: 1, ..Parts::default() };
    let letters: Vec<char> = text.as_str().chars().collect();
    let understood = match what {
        What::Date => iso::date(&letters, &mut parts),
        What::Time => iso::time(letters.strip_prefix(&['T']).unwrap_or(&letters), &mut parts),
        What::Both => iso::both(&letters, &mut parts),
    };
    if understood.is_none() {
        let shown = repr_str(text.as_str());
        return Err(vm.value_error(format!("Invalid isoformat string: {shown}")));
    }
    let zone = match parts.offset {
        Some(offset) => {
            let offset = zone::expect_offset(vm, offset.into())?;
            zone::make(vm, offset)?
        }
        None => Value::NIL,
    };
    from_parts(vm, &parts, zone, what)
}

/// The moment that was read, after its bounds are checked.
fn from_parts(vm: &mut Vm, parts: &Parts, zone: Value, what: What) -> NativeResult {
    let date = new_date(vm, parts.year, parts.month, parts.day)?;
    let us = new_time(vm, parts.hour, parts.minute, parts.second, parts.us)?;
    Moment { what, date, us, zone, fold: false }.value(vm)
}

fn combine(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let date = args.at(0).foreign::<Moment>().filter(|moment| moment.what != What::Time);
    let time = args.at(1).foreign::<Moment>().filter(|moment| moment.what == What::Time);
    match (date, time) {
        (Some(date), Some(time)) => {
            let zone = match args.given(2) {
                Some(zone) => zone::expect(vm, zone)?,
                None => time.zone,
            };
            Moment { what: What::Both, date: date.date, us: time.us, zone, fold: time.fold }.value(vm)
        }
        (date, _) => {
            let at = usize::from(date.is_some());
            let class = vm.type_name(args.at(at));
            let wanted = if at == 0 { "date" } else { "time" };
            let message = format!("combine() argument {} must be datetime.{wanted}, not {class}", at + 1);
            Err(vm.type_error(message))
        }
    }
}
