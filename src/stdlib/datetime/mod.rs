//! `datetime`: dates, times, both in one, and spans of time, on the calendar of `jiff`.
//!
//! A [`Moment`] is a date, a time or both, with a zone perhaps: `moment.rs` has what they do, `make.rs` how they come to be,
//! `zone.rs` zones, with the module `zoneinfo`, `delta.rs` spans, `calendar.rs` days and offsets, `format.rs` and `read.rs`
//! texts. What is hard: spans are exact to the microsecond over two million years, which 64 bits do not hold.

mod calendar;
mod delta;
mod format;
mod iso;
mod make;
mod moment;
mod read;
mod zone;

use std::cell::Cell;

use jiff::civil::{self, Date};

use self::calendar::DAY;
use super::namedtuple;
use crate::heap::Tracer;
use crate::value::{Class, Foreign, ForeignData, Gc, Layout, Module, NativeDef, Property, Value};
use crate::vm::{Args, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub(super) use self::zone::ZONEINFO;

pub const MODULE: NativeModule = NativeModule {
    name: "datetime",
    doc: "Dates, times, and spans of time. Left out: subclasses of these classes, and so zones of one's own; \
          `timetuple` and `utctimetuple`; the names of days and months in other languages.",
    functions: &[],
    setup: Some(setup),
};

/// The classes of this module.
#[derive(Clone, Copy)]
struct Classes {
    date: Gc<Class>,
    time: Gc<Class>,
    datetime: Gc<Class>,
    delta: Gc<Class>,
    tzinfo: Gc<Class>,
    timezone: Gc<Class>,
    week: Gc<Class>,
    utc: Value,
}

#[derive(Default)]
struct State(Cell<Option<Classes>>);

impl StdlibState for State {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(c) = self.0.get() {
            for class in [c.date, c.time, c.datetime, c.delta, c.tzinfo, c.timezone, c.week] {
                tracer.mark(class.value());
            }
            tracer.mark(c.utc);
        }
    }
}

fn classes(vm: &mut Vm) -> Result<Classes, Raised> {
    if let Some(classes) = vm.state::<State>().0.get() {
        return Ok(classes);
    }
    vm.native_module(&MODULE)?;
    match vm.state::<State>().0.get() {
        Some(classes) => Ok(classes),
        None => Err(vm.runtime_error("datetime is not set up")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Date,
    Time,
    Both,
}

/// A date, a time of day, or both.
#[derive(Clone, Copy, Debug)]
struct Moment {
    what: What,
    /// Of a time alone some date.
    date: Date,
    /// The time of day in microseconds; of a date alone 0.
    us: i64,
    /// A zone, or nil.
    zone: Value,
    /// Of two moments when the zone's clocks show this time, the second one is meant.
    fold: bool,
}

impl ForeignData for Moment {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.mark(self.zone);
    }

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }
}

/// The date of a time alone.
const NO_DATE: Date = civil::date(1900, 1, 1);

impl Moment {
    fn of_date(date: Date) -> Moment {
        Moment { what: What::Date, date, us: 0, zone: Value::NIL, fold: false }
    }

    fn value(self, vm: &mut Vm) -> NativeResult {
        let zone = self.zone;
        let classes = vm.rooted(&[zone], classes)?;
        let class = match self.what {
            What::Date => classes.date,
            What::Time => classes.time,
            What::Both => classes.datetime,
        };
        Ok(Foreign::new(&mut vm.heap, class, self).value())
    }
}

fn setup(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let date = vm.new_native_class("date", moment::DATE);
    let time = vm.new_native_class("time", moment::TIME);
    let delta = vm.new_native_class("timedelta", delta::METHODS);
    let tzinfo = vm.new_native_class("tzinfo", &[]);
    vm.describe(tzinfo, "What zones are: `timezone`, and `ZoneInfo` of the module `zoneinfo`.");
    let datetime = subclass(vm, "datetime", date, moment::BOTH);
    let timezone = subclass(vm, "timezone", tzinfo, zone::METHODS);
    let fields = ["year", "week", "weekday"].map(|field| vm.heap.intern(field).value());
    let week = namedtuple::new_class(vm, "IsoCalendarDate", &fields, &[]);
    vm.add_methods(week, moment::WEEK);
    let utc = Foreign::new(&mut vm.heap, timezone, zone::Zone::fixed(0, None)).value();
    vm.state::<State>().0.set(Some(Classes { date, time, datetime, delta, tzinfo, timezone, week, utc }));
    for (class, construct) in [
        (date, Some(&make::CONSTRUCT_DATE)),
        (time, Some(&make::CONSTRUCT_TIME)),
        (datetime, Some(&make::CONSTRUCT_BOTH)),
        (delta, Some(&delta::CONSTRUCT)),
        (tzinfo, None),
        (timezone, Some(&zone::CONSTRUCT)),
    ] {
        class.construct.set(construct);
        module.add_slot(class.name.get(), class.value());
    }
    for class in [time, datetime] {
        moment::TIME_PARTS.into_iter().for_each(|getters| add_properties(vm, class, getters));
    }
    for (class, getters, statics) in [
        (date, moment::DATE_PARTS, make::DATE_STATICS),
        (time, &[], make::TIME_STATICS),
        (datetime, &[], make::BOTH_STATICS),
        (delta, delta::PARTS, &[]),
    ] {
        add_properties(vm, class, getters);
        for def in statics {
            let native = vm.native(def);
            set_member(vm, class, def.name(), native);
        }
    }
    for (class, what) in [(date, What::Date), (time, What::Time), (datetime, What::Both)] {
        let (first, last) = match what {
            What::Time => (NO_DATE, NO_DATE),
            _ => (civil::date(1, 1, 1), civil::date(9999, 12, 31)),
        };
        let last_us = if what == What::Date { 0 } else { DAY - 1 };
        for (name, date, us) in [("min", first, 0), ("max", last, last_us)] {
            let value = Moment { what, date, us, zone: Value::NIL, fold: false }.value(vm)?;
            set_member(vm, class, name, value);
        }
        let value = delta::make(vm, if what == What::Date { DAY.into() } else { 1 })?;
        set_member(vm, class, "resolution", value);
    }
    let limit = 999_999_999 * i128::from(DAY);
    for (name, us) in [("min", -limit), ("max", limit + i128::from(DAY) - 1), ("resolution", 1)] {
        let value = delta::make(vm, us)?;
        set_member(vm, delta, name, value);
    }
    set_member(vm, timezone, "utc", utc);
    for (name, us) in [("min", calendar::MINUTE - DAY), ("max", DAY - calendar::MINUTE)] {
        let value = zone::make(vm, us)?;
        set_member(vm, timezone, name, value);
    }
    for (name, value) in [("UTC", utc), ("MINYEAR", Value::int32(1)), ("MAXYEAR", Value::int32(9999))] {
        let name = vm.heap.intern(name);
        module.add_slot(name, value);
    }
    Ok(())
}

/// A class below another of this module.
fn subclass(vm: &mut Vm, name: &str, base: Gc<Class>, methods: &'static [NativeDef]) -> Gc<Class> {
    let name = vm.heap.intern(name);
    let class = Class::new(&mut vm.heap, name, Some(base), Layout::Native);
    vm.add_methods(class, methods);
    class
}

fn set_member(vm: &mut Vm, class: Gc<Class>, name: &str, value: Value) {
    let name = vm.heap.intern(name);
    let _ = class.set_member(name, value);
}

/// Attributes that are worked out when they are read.
fn add_properties(vm: &mut Vm, class: Gc<Class>, getters: &'static [NativeDef]) {
    for def in getters {
        let getter = vm.native(def);
        let property = Property::new(&mut vm.heap, getter, Value::NIL, Value::NIL).value();
        set_member(vm, class, def.name(), property);
    }
}

/// The text that an argument must be.
fn text_argument(
    vm: &mut Vm,
    args: Args<'_>,
    at: usize,
    name: &str,
    number: usize,
) -> Result<String, Raised> {
    match args.at(at).as_str() {
        Some(text) => Ok(text.as_str().to_string()),
        None => {
            let class = vm.type_name(args.at(at));
            Err(vm.type_error(format!("{name}() argument {number} must be str, not {class}")))
        }
    }
}
