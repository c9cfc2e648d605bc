//! What dates and times do: arithmetic, comparison, their parts and their texts.
//!
//! What is hard: moments in the same zone are compared and subtracted as its clocks show them, moments in different zones
//! as they are in UTC, and one with a zone and one without are unequal and have no order and no difference.

use num_bigint::BigInt;
use toy_grammar::ast::BinaryOp;

use super::calendar::{DAY, SECOND, clock, from_ordinal, local, offset_of_clock, ordinal, shown, weekday};
use super::format::{ZoneTexts, arguments, ctime, iso_date, iso_time, parts, strftime};
use super::make::{at, date_from, fold_from, time_from};
use super::zone::{self, Zone};
use super::{Moment, NO_DATE, What, classes, delta, text_argument};
use crate::value::{NativeDef, Tuple, Value};
use crate::vm::{Args, NativeResult, Raised, Vm};

macro_rules! with_shared {
    ($($own:expr,)*) => {
        &[
            NativeDef::new("strftime(self, format)", "The text that a format makes of it.", format_by),
            NativeDef::new("format(self, spec, /)", "The same, for `format` and f-strings.", formatted),
            NativeDef::new("==(self, other, /)", "Whether both say the same.", equals),
            NativeDef::new("<(self, other, /)", "Whether it is earlier.", |vm, args| compare(vm, args, |a, b| a < b)),
            NativeDef::new("<=(self, other, /)", "Whether it is no later.", |vm, args| {
                compare(vm, args, |a, b| a <= b)
            }),
            NativeDef::new(">(self, other, /)", "Whether it is later.", |vm, args| compare(vm, args, |a, b| a > b)),
            NativeDef::new(">=(self, other, /)", "Whether it is no earlier.", |vm, args| {
                compare(vm, args, |a, b| a >= b)
            }),
            NativeDef::new("hash(self, /)", "A number for tables.", hash),
            NativeDef::new("str(self, /)", "As ISO 8601 has it.", text),
            NativeDef::new("repr(self, /)", "The text that makes it.", repr),
            $($own,)*
        ]
    };
}

macro_rules! with_zone {
    ($($own:expr,)*) => {
        with_shared![
            NativeDef::new("utcoffset(self, /)", "The zone's offset, or nil.", utc_offset),
            NativeDef::new("tzname(self, /)", "The zone's name, or nil.", |vm, args| {
                let moment = receiver(vm, args)?;
                zone::label_of(vm, &moment)
            }),
            NativeDef::new("dst(self, /)", "How much the zone's clocks are ahead for the summer, or nil.", |vm, args| {
                let moment = receiver(vm, args)?;
                zone::summer_of(vm, &moment)
            }),
            $($own,)*
        ]
    };
}

pub(super) static DATE: &[NativeDef] = with_shared![
    NativeDef::new("isoformat(self, /)", "As ISO 8601 has it.", text),
    NativeDef::new("+(self, other, /)", "So much later.", add),
    NativeDef::new("radd(self, other, /)", "So much later.", add),
    NativeDef::new("-(self, other, /)", "So much earlier, or the span between two.", subtract),
    NativeDef::new("toordinal(self, /)", "The day's number; 1 is the first of the year 1.", |vm, args| {
        let n = ordinal(receiver(vm, args)?.date);
        Ok(vm.heap.int(n))
    }),
    NativeDef::new("weekday(self, /)", "The day of the week; Monday is 0.", |vm, args| {
        let n = weekday(receiver(vm, args)?.date);
        Ok(vm.heap.int(n))
    }),
    NativeDef::new("isoweekday(self, /)", "The day of the week; Monday is 1.", |vm, args| {
        let n = weekday(receiver(vm, args)?.date) + 1;
        Ok(vm.heap.int(n))
    }),
    NativeDef::new(
        "isocalendar(self, /)",
        "A tuple of `year`, `week` and `weekday` as ISO 8601 counts them.",
        iso_calendar
    ),
    NativeDef::new("ctime(self, /)", "As `Sat Feb 29 00:00:00 2020`.", |vm, args| {
        let moment = receiver(vm, args)?;
        vm.make_str(&ctime(&moment))
    }),
    NativeDef::new("replace(self, year=0, month=0, day=0)", "The day with other parts.", |vm, args| {
        let moment = receiver(vm, args)?;
        let date = date_from(vm, args, 1, Some(moment.date))?;
        Moment { date, ..moment }.value(vm)
    }),
];

pub(super) static TIME: &[NativeDef] = with_zone![
    NativeDef::new(
        "isoformat(self, timespec='auto')",
        "As ISO 8601 has it; `timespec` is the last part to be shown, such as 'minutes'.",
        |vm, args| {
            let moment = receiver(vm, args)?;
            let precision = precision(vm, args, 1)?;
            put_together(vm, String::new(), &moment, &precision)
        }
    ),
    NativeDef::new(
        "replace(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=nil, *, fold=0)",
        "The time with other parts.",
        |vm, args| {
            let moment = receiver(vm, args)?;
            let us = time_from(vm, args, 1, moment.us)?;
            replaced(vm, args, 5, Moment { us, ..moment })
        }
    ),
];

pub(super) static BOTH: &[NativeDef] = with_zone![
    NativeDef::new(
        "isoformat(self, sep='T', timespec='auto')",
        "As ISO 8601 has it; `timespec` is the last part to be shown, such as 'minutes'.",
        iso_of_both
    ),
    NativeDef::new("date(self, /)", "The day.", |vm, args| {
        let moment = receiver(vm, args)?;
        Moment::of_date(moment.date).value(vm)
    }),
    NativeDef::new("time(self, /)", "The time of day without the zone.", |vm, args| {
        let moment = receiver(vm, args)?;
        Moment { what: What::Time, zone: Value::NIL, date: NO_DATE, ..moment }.value(vm)
    }),
    NativeDef::new("timetz(self, /)", "The time of day with the zone.", |vm, args| {
        let moment = receiver(vm, args)?;
        Moment { what: What::Time, date: NO_DATE, ..moment }.value(vm)
    }),
    NativeDef::new("timestamp(self, /)", "Seconds since 1970 began.", timestamp),
    NativeDef::new(
        "astimezone(self, tz=nil)",
        "The same moment in another zone, or in the one here.",
        as_zone
    ),
    NativeDef::new(
        "replace(self, year=0, month=0, day=0, hour=0, minute=0, second=0, microsecond=0, tzinfo=nil, *, fold=0)",
        "The moment with other parts.",
        |vm, args| {
            let moment = receiver(vm, args)?;
            let date = date_from(vm, args, 1, Some(moment.date))?;
            let us = time_from(vm, args, 4, moment.us)?;
            replaced(vm, args, 8, Moment { date, us, ..moment })
        }
    ),
];

/// The methods of what `isocalendar` returns.
pub(super) static WEEK: &[NativeDef] = &[NativeDef::new("repr(self, /)", "The parts.", |vm, args| {
    let mut shown = Vec::new();
    if let Some(tuple) = args.at(0).as_object::<Tuple>() {
        for (name, value) in ["year", "week", "weekday"].into_iter().zip(tuple.items()) {
            shown.push(format!("{name}={}", vm.repr(*value)?));
        }
    }
    vm.make_str(&format!("datetime.IsoCalendarDate({})", shown.join(", ")))
})];

macro_rules! parts {
    ($($signature:literal, $doc:literal => $f:expr;)*) => {
        &[$(NativeDef::new($signature, $doc, |vm, args| {
            let moment = receiver(vm, args)?;
            let part: fn(&Moment) -> i64 = $f;
            Ok(vm.heap.int(part(&moment)))
        }),)*]
    };
}

pub(super) static DATE_PARTS: &[NativeDef] = parts! {
    "year(self, /)", "The year, from 1 to 9999." => |moment| moment.date.year().into();
    "month(self, /)", "The month, from 1 to 12." => |moment| moment.date.month().into();
    "day(self, /)", "The day of the month." => |moment| moment.date.day().into();
};

static CLOCK_PARTS: &[NativeDef] = parts! {
    "hour(self, /)", "The hour, from 0 to 23." => |moment| parts(moment.us).0;
    "minute(self, /)", "The minute." => |moment| parts(moment.us).1;
    "second(self, /)", "The second." => |moment| parts(moment.us).2;
    "microsecond(self, /)", "The microsecond of the second." => |moment| parts(moment.us).3;
    "fold(self, /)", "1 for the second time that the zone's clocks show this, else 0." => |moment| moment.fold.into();
};

static ZONE_PARTS: &[NativeDef] =
    &[NativeDef::new("tzinfo(self, /)", "The zone, or nil.", |vm, args| Ok(receiver(vm, args)?.zone))];

/// The attributes of what has a time of day.
pub(super) static TIME_PARTS: [&[NativeDef]; 2] = [CLOCK_PARTS, ZONE_PARTS];

fn receiver(vm: &mut Vm, args: Args<'_>) -> Result<Moment, Raised> {
    match args.at(0).foreign::<Moment>() {
        Some(moment) => Ok(*moment),
        None => Err(vm.type_error("the receiver is of another type")),
    }
}

fn offset_of(moment: &Moment) -> Option<i64> {
    moment.zone.foreign::<Zone>().and_then(|zone| zone.offset(moment))
}

/// Microseconds on the moment's own clock.
fn own_clock(moment: &Moment) -> i128 {
    if moment.what == What::Time { moment.us.into() } else { clock(moment.date, moment.us) }
}

/// Microseconds since 1970 began in UTC; what has no zone is meant here.
fn since_epoch(moment: &Moment) -> i128 {
    let offset = offset_of(moment);
    let offset = offset.unwrap_or_else(|| offset_of_clock(&local(), moment.date, moment.us, moment.fold));
    clock(moment.date, moment.us) - i128::from(offset)
}

/// Both on one clock, if they can be: then what it shows.
fn aligned(a: &Moment, b: &Moment) -> Option<(i128, i128)> {
    if a.zone == b.zone {
        return Some((own_clock(a), own_clock(b)));
    }
    match (offset_of(a), offset_of(b)) {
        (Some(x), Some(y)) => Some((own_clock(a) - i128::from(x), own_clock(b) - i128::from(y))),
        (None, None) => Some((own_clock(a), own_clock(b))),
        _ => None,
    }
}

/// Whether the zone's clocks show the time twice, or never.
fn is_ambiguous(moment: &Moment) -> bool {
    moment.what == What::Both && offset_of(moment) != offset_of(&Moment { fold: !moment.fold, ..*moment })
}

fn equals(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let a = receiver(vm, args)?;
    let Some(b) = args.at(1).foreign::<Moment>().filter(|b| b.what == a.what) else {
        return Ok(vm.not_implemented);
    };
    // A time that is shown twice equals none of another zone: it would have two hashes.
    let comparable = a.zone == b.zone || !(is_ambiguous(&a) || is_ambiguous(b));
    Ok(Value::bool(comparable && aligned(&a, b).is_some_and(|(a, b)| a == b)))
}

fn compare(vm: &mut Vm, args: Args<'_>, f: fn(i128, i128) -> bool) -> NativeResult {
    let a = receiver(vm, args)?;
    let Some(b) = args.at(1).foreign::<Moment>().filter(|b| b.what == a.what) else {
        return Ok(vm.not_implemented);
    };
    match aligned(&a, b) {
        Some((a, b)) => Ok(Value::bool(f(a, b))),
        None => {
            let what = if a.what == What::Time { "times" } else { "datetimes" };
            Err(vm.type_error(format!("can't compare offset-naive and offset-aware {what}")))
        }
    }
}

fn hash(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = Moment { fold: false, ..receiver(vm, args)? };
    let us = own_clock(&moment) - i128::from(offset_of(&moment).unwrap_or(0));
    let key = vm.heap.big_int(BigInt::from(us));
    let hash = vm.rooted(&[key], |vm| vm.hash(key))?;
    Ok(vm.heap.int(hash as i64))
}

/// Another moment of the same kind, by its own clock.
fn moved(vm: &mut Vm, moment: Moment, by: i128) -> NativeResult {
    let (day, us) = shown(own_clock(&moment) + by);
    match from_ordinal(day) {
        Some(date) => Moment { date, us, fold: false, ..moment }.value(vm),
        None => Err(vm.overflow_error("date value out of range")),
    }
}

/// A span as a day's arithmetic sees it: whole days.
fn span_for(moment: &Moment, by: i128) -> i128 {
    let day = i128::from(DAY);
    if moment.what == What::Date { by.div_euclid(day) * day } else { by }
}

fn add(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    match delta::of(args.at(1)) {
        Some(by) => moved(vm, moment, span_for(&moment, by)),
        None => Ok(vm.not_implemented),
    }
}

fn subtract(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    if let Some(by) = delta::of(args.at(1)) {
        return moved(vm, moment, -span_for(&moment, by));
    }
    match args.at(1).foreign::<Moment>().filter(|other| other.what == moment.what) {
        Some(other) => match aligned(&moment, other) {
            Some((a, b)) => delta::make(vm, a - b),
            None => Err(vm.type_error("can't subtract offset-naive and offset-aware datetimes")),
        },
        None => Ok(vm.not_implemented),
    }
}

fn iso_calendar(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let date = receiver(vm, args)?.date;
    let week = date.iso_week_date();
    let items = [i64::from(week.year()), week.week().into(), weekday(date) + 1].map(|n| vm.heap.int(n));
    let class = classes(vm)?.week;
    Ok(Tuple::of_class(&mut vm.heap, &items, class).value())
}

fn utc_offset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match offset_of(&receiver(vm, args)?) {
        Some(us) => delta::make(vm, us.into()),
        None => Ok(Value::NIL),
    }
}

fn timestamp(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let us = since_epoch(&moment);
    if moment.zone.is_nil() {
        let second = i128::from(SECOND);
        return Ok(Value::float(us.div_euclid(second) as f64 + us.rem_euclid(second) as f64 / 1e6));
    }
    let us = vm.heap.big_int(BigInt::from(us));
    vm.rooted(&[us], |vm| vm.binary(BinaryOp::Div, us, Value::int32(1_000_000)))
}

fn as_zone(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let tz = zone::expect(vm, args.or_nil(1))?;
    if !tz.is_nil() && tz == moment.zone {
        return Ok(args.at(0));
    }
    let us = since_epoch(&moment);
    let (tz, (offset, fold)) = match tz.foreign::<Zone>() {
        Some(zone) => (tz, zone.offset_at(us)),
        None => {
            // A fixed offset with the name that the zone here has then.
            let zone = Zone::Named { key: String::new(), zone: local() };
            let (offset, _) = zone.offset_at(us);
            let name = local().to_offset_info(super::calendar::timestamp(us)).abbreviation().to_string();
            (zone::make_named(vm, offset, name)?, (offset, false))
        }
    };
    at(vm, us, offset, tz, fold, What::Both)
}

/// The zone and the fold that the last two arguments say.
fn replaced(vm: &mut Vm, args: Args<'_>, first: usize, moment: Moment) -> NativeResult {
    let zone = match args.given(first) {
        Some(zone) => zone::expect(vm, zone)?,
        None => moment.zone,
    };
    let fold = fold_from(vm, args, first + 1, moment.fold)?;
    Moment { zone, fold, ..moment }.value(vm)
}

// Texts.

fn precision(vm: &mut Vm, args: Args<'_>, at: usize) -> Result<String, Raised> {
    match args.given(at) {
        None => Ok("auto".to_string()),
        Some(_) => text_argument(vm, args, at, "isoformat", at),
    }
}

/// The date that was written, and the time with the zone's offset.
fn put_together(vm: &mut Vm, date: String, moment: &Moment, precision: &str) -> NativeResult {
    match iso_time(moment.us, offset_of(moment), precision) {
        Some(time) => vm.make_str(&(date + &time)),
        None => Err(vm.value_error("Unknown timespec value")),
    }
}

fn text(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    match moment.what {
        What::Date => vm.make_str(&iso_date(moment.date)),
        What::Time => put_together(vm, String::new(), &moment, "auto"),
        What::Both => put_together(vm, iso_date(moment.date) + " ", &moment, "auto"),
    }
}

fn iso_of_both(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let sep = match args.given(1) {
        None => "T".to_string(),
        Some(value) => match value.as_str().filter(|text| text.chars() == 1) {
            Some(text) => text.as_str().to_string(),
            None => {
                let class = vm.type_name(value);
                let message = format!("isoformat() argument 1 must be a unicode character, not {class}");
                return Err(vm.type_error(message));
            }
        },
    };
    let precision = precision(vm, args, 2)?;
    put_together(vm, iso_date(moment.date) + &sep, &moment, &precision)
}

fn by_format(vm: &mut Vm, moment: &Moment, format: &str) -> NativeResult {
    let name = zone::label_of(vm, moment)?;
    let name = name.as_str().map_or(String::new(), |name| name.as_str().to_string());
    let zone = ZoneTexts { offset: offset_of(moment), name };
    vm.make_str(&strftime(moment, &zone, format))
}

fn format_by(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let format = text_argument(vm, args, 1, "strftime", 1)?;
    by_format(vm, &moment, &format)
}

fn formatted(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let format = text_argument(vm, args, 1, "format", 1)?;
    if format.is_empty() { text(vm, args) } else { by_format(vm, &moment, &format) }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let moment = receiver(vm, args)?;
    let class = vm.type_name(args.at(0));
    let mut text = format!("datetime.{class}({}", arguments(&moment));
    // As Python has them: of a time the fold stands last.
    if moment.fold && moment.what == What::Both {
        text += ", fold=1";
    }
    if !moment.zone.is_nil() {
        text += &format!(", tzinfo={}", vm.repr(moment.zone)?);
    }
    if moment.fold && moment.what == What::Time {
        text += ", fold=1";
    }
    vm.make_str(&(text + ")"))
}
