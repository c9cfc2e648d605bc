//! Days, clocks and zones, by means of `jiff`.
//!
//! Times are counted in microseconds. What is hard are the hours that a zone leaves out or has twice when its clocks are
//! changed: there `fold` says which offset is meant, the one before the change or the one after it.

use jiff::civil::{self, Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// The number of the last day.
pub(super) const LAST: i64 = 3_652_059;
/// The number of the first day of 1970.
const EPOCH: i64 = 719_163;

/// The day's number; 1 is the first of the year 1.
pub(super) fn ordinal(date: Date) -> i64 {
    date.duration_since(civil::date(1, 1, 1)).as_hours() / 24 + 1
}

/// The day with a number, within the years 1 to 9999.
pub(super) fn from_ordinal(n: i64) -> Option<Date> {
    if !(1..=LAST).contains(&n) {
        return None;
    }
    civil::date(1, 1, 1).checked_add(Span::new().try_days(n - 1).ok()?).ok()
}

/// The year of a day that may be outside the years that dates have.
pub(super) fn year_of(n: i64) -> i64 {
    // 400 years have as many days each time; the years of this count begin in March.
    let n = n.saturating_add(305);
    let (cycle, day) = (n.div_euclid(146_097), n.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    cycle * 400 + year + i64::from(of_year >= 306)
}

/// Monday is 0.
pub(super) fn weekday(date: Date) -> i64 {
    i64::from(date.weekday().to_monday_zero_offset())
}

/// A date and a time of day on one clock, in microseconds since it showed the start of 1970.
pub(super) fn clock(date: Date, us: i64) -> i128 {
    i128::from(ordinal(date) - EPOCH) * i128::from(DAY) + i128::from(us)
}

/// The number of the day, and the time of day, that a clock shows.
pub(super) fn shown(clock: i128) -> (i64, i64) {
    let days = clock.div_euclid(DAY.into()).clamp(i128::from(i64::MIN / 2), i128::from(i64::MAX / 2));
    (days as i64 + EPOCH, clock.rem_euclid(DAY.into()) as i64)
}

fn civil_time(date: Date, us: i64) -> DateTime {
    let part = |unit: i64, count: i64| (us / unit % count) as i8;
    date.at(part(HOUR, 24), part(MINUTE, 60), part(SECOND, 60), (us % SECOND * 1000) as i32)
}

/// The zone of the host.
pub(super) fn local() -> TimeZone {
    TimeZone::system()
}

/// The offset of a zone, in microseconds, when its clocks show a time.
pub(super) fn offset_of_clock(zone: &TimeZone, date: Date, us: i64, fold: bool) -> i64 {
    let offset = match zone.to_ambiguous_timestamp(civil_time(date, us)).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            if fold {
                after
            } else {
                before
            }
        }
    };
    i64::from(offset.seconds()) * SECOND
}

/// The moment so many microseconds after 1970 began in UTC, for `jiff`. Moments that are out of its bounds have the
/// offset that is nearest.
pub(super) fn timestamp(us: i128) -> Timestamp {
    let bounded = us.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    Timestamp::from_microsecond(bounded).unwrap_or(if us < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The offset of a zone at a moment, in microseconds, and whether its clocks show that time for the second time.
pub(super) fn offset_at(zone: &TimeZone, us: i128) -> (i64, bool) {
    let offset = zone.to_offset(timestamp(us));
    let in_us = i64::from(offset.seconds()) * SECOND;
    let (day, time) = shown(us + i128::from(in_us));
    let fold = from_ordinal(day).is_some_and(|date| {
        match zone.to_ambiguous_timestamp(civil_time(date, time)).offset() {
            AmbiguousOffset::Fold { before, after } => after == offset && before != after,
            _ => false,
        }
    });
    (in_us, fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_numbers() {
        assert_eq!(ordinal(civil::date(1970, 1, 1)), EPOCH);
        assert_eq!(ordinal(civil::date(9999, 12, 31)), LAST);
        for n in [1, 2, 365, 366, 730, 1461, 36_524, 146_097, 146_098, EPOCH, LAST] {
            let date = from_ordinal(n).unwrap();
            assert_eq!(ordinal(date), n);
            assert_eq!(year_of(n), i64::from(date.year()));
        }
        assert!(from_ordinal(0).is_none() && from_ordinal(LAST + 1).is_none());
        assert_eq!(
            (year_of(0), year_of(-365), year_of(-366), year_of(LAST + 1), year_of(10_000_000)),
            (0, 0, -1, 10_000, 27_380)
        );
    }
}
