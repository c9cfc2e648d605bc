//! Zones: `timezone`, which is a fixed offset from UTC, and `zoneinfo.ZoneInfo`, which has a place's history of offsets.
//!
//! The histories are those of the system. Each place is one object, whatever it was asked for by: between
//! times of the same object Python calculates as their clocks show them.

use std::cell::{Cell, RefCell};

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone};
use num_traits::ToPrimitive;

use super::calendar::{DAY, HOUR, SECOND, clock, offset_at, offset_of_clock, timestamp};
use super::format::offset_text;
use super::{Moment, What, add_properties, classes, delta, subclass};
use crate::heap::Tracer;
use crate::text::quote::repr_str;
use crate::value::{Class, Foreign, ForeignData, Gc, Layout, Module, NativeDef, Set, Table, Value};
use crate::vm::{Args, Exc, NativeModule, NativeResult, Raised, StdlibState, Vm};

pub(super) static CONSTRUCT: NativeDef = NativeDef::new(
    "timezone(cls, offset, name=nil)",
    "A fixed offset from UTC, perhaps with a name.",
    construct,
);

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::new("utcoffset(self, dt, /)", "The offset as a span of time.", |vm, args| {
        expect_datetime(vm, args.at(1), "utcoffset(dt) argument must be a datetime instance or nil, not ")?;
        offset(vm, args)
    }),
    NativeDef::new("tzname(self, dt, /)", "The name, or one like `UTC+01:00`.", |vm, args| {
        expect_datetime(vm, args.at(1), "tzname(dt) argument must be a datetime instance or nil, not ")?;
        name(vm, args)
    }),
    NativeDef::new("dst(self, dt, /)", "Nil.", |vm, args| {
        expect_datetime(vm, args.at(1), "dst(dt) argument must be a datetime instance or nil, not ")?;
        Ok(Value::NIL)
    }),
    NativeDef::new("fromutc(self, dt, /)", "A time of UTC as the zone's clocks show it.", from_utc),
    NativeDef::new("==(self, other, /)", "Whether the offset is the same.", equals),
    NativeDef::new("hash(self, /)", "A number for tables.", |vm, args| {
        let us = receiver(vm, args)?.at_no_time();
        let hash = vm.hash(Value::float(us.unwrap_or(0) as f64))?;
        Ok(vm.heap.int(hash as i64))
    }),
    NativeDef::new("str(self, /)", "The name.", |vm, args| {
        let label = receiver(vm, args)?.label(None);
        vm.make_str(&label.unwrap_or_default())
    }),
    NativeDef::new("repr(self, /)", "The text that makes it.", repr),
];

/// A zone.
pub(super) enum Zone {
    Fixed { us: i64, name: Option<String> },
    Named { key: String, zone: TimeZone },
}

impl ForeignData for Zone {
    fn trace(&self, _: &mut Tracer) {}

    fn copied(&self, _: &mut Vm, object: Gc<Foreign>) -> Option<Result<Gc<Foreign>, Raised>> {
        Some(Ok(object))
    }
}

impl Zone {
    pub(super) fn fixed(us: i64, name: Option<String>) -> Zone {
        Zone::Fixed { us, name }
    }

    /// The offset at a time that the zone's clocks show.
    pub(super) fn offset(&self, moment: &Moment) -> Option<i64> {
        match self {
            Zone::Fixed { us, .. } => Some(*us),
            Zone::Named { .. } if moment.what == What::Time => self.at_no_time(),
            Zone::Named { zone, .. } => Some(offset_of_clock(zone, moment.date, moment.us, moment.fold)),
        }
    }

    /// The offset, if it is always the same.
    fn at_no_time(&self) -> Option<i64> {
        match self {
            Zone::Fixed { us, .. } => Some(*us),
            Zone::Named { zone, .. } if zone.following(Timestamp::MIN).next().is_some() => None,
            Zone::Named { zone, .. } => {
                Some(i64::from(zone.to_offset(Timestamp::UNIX_EPOCH).seconds()) * SECOND)
            }
        }
    }

    /// The offset at a moment, and whether the zone's clocks show that time for the second time.
    pub(super) fn offset_at(&self, us: i128) -> (i64, bool) {
        match self {
            Zone::Fixed { us, .. } => (*us, false),
            Zone::Named { zone, .. } => offset_at(zone, us),
        }
    }

    /// The name at a time.
    pub(super) fn label(&self, moment: Option<&Moment>) -> Option<String> {
        match self {
            Zone::Fixed { name: Some(name), .. } => Some(name.clone()),
            Zone::Fixed { us: 0, .. } => Some("UTC".to_string()),
            Zone::Fixed { us, .. } => Some(format!("UTC{}", offset_text(*us, ":"))),
            Zone::Named { zone, .. } => {
                let info = zone.to_offset_info(timestamp(self.instant(moment)?));
                Some(info.abbreviation().to_string())
            }
        }
    }

    /// How much the clocks are ahead for the summer. The histories do not tell; as in Python it is the difference from
    /// the time before, or from the time after if that was summer time too, or else an hour.
    fn summer(&self, moment: Option<&Moment>) -> Option<i64> {
        let Zone::Named { zone, .. } = self else { return None };
        let us = self.instant(moment)?;
        let at = timestamp(us);
        let info = zone.to_offset_info(at);
        if info.dst() == Dst::No {
            return Some(0);
        }
        let before = zone.preceding(timestamp(us + 1)).nth(1).map(|change| (change.dst(), change.offset()));
        let after = zone.following(at).next().map(|change| (change.dst(), change.offset()));
        let standard = [before, after].into_iter().flatten().find(|(dst, _)| *dst == Dst::No);
        let ahead = standard.map_or(0, |(_, offset)| info.offset().seconds() - offset.seconds());
        Some(if ahead == 0 { HOUR } else { i64::from(ahead) * SECOND })
    }

    /// A moment that is told as much as this one by the zone; one that never changes needs none.
    fn instant(&self, moment: Option<&Moment>) -> Option<i128> {
        let Some(moment) = moment.filter(|moment| moment.what != What::Time) else {
            return self.at_no_time().map(|_| 0);
        };
        let other = self.offset(&Moment { fold: !moment.fold, ..*moment })?;
        let own = self.offset(moment)?;
        // A time that clocks leave out is meant on the other side of the change than where its offset leads.
        let left_out = if moment.fold { other < own } else { own < other };
        Some(clock(moment.date, moment.us) - i128::from(if left_out { other } else { own }))
    }
}

/// The zone of a fixed offset in microseconds.
pub(super) fn make(vm: &mut Vm, us: i64) -> NativeResult {
    let classes = classes(vm)?;
    if us == 0 {
        return Ok(classes.utc);
    }
    Ok(Foreign::new(&mut vm.heap, classes.timezone, Zone::fixed(us, None)).value())
}

/// A fixed offset with a name.
pub(super) fn make_named(vm: &mut Vm, us: i64, name: String) -> NativeResult {
    let class = classes(vm)?.timezone;
    Ok(Foreign::new(&mut vm.heap, class, Zone::fixed(us, Some(name))).value())
}

/// An argument that is a zone or nil.
pub(super) fn expect(vm: &mut Vm, value: Value) -> Result<Value, Raised> {
    if value.is_nil() || value.foreign::<Zone>().is_some() {
        return Ok(value);
    }
    let class = vm.type_name(value);
    Err(vm.type_error(format!("tzinfo argument must be nil or of a tzinfo subclass, not type '{class}'")))
}

fn expect_datetime<'a>(vm: &mut Vm, value: Value, message: &str) -> Result<Option<&'a Moment>, Raised> {
    match value.foreign::<Moment>().filter(|moment| moment.what == What::Both) {
        None if !value.is_nil() => {
            let class = vm.type_name(value);
            Err(vm.type_error(format!("{message}{class}")))
        }
        moment => Ok(moment),
    }
}

/// An offset that is less than a day.
pub(super) fn expect_offset(vm: &mut Vm, us: i128) -> Result<i64, Raised> {
    match us.to_i64().filter(|us| us.abs() < DAY) {
        Some(us) => Ok(us),
        None => {
            let shown = delta::repr_of(us);
            Err(vm.value_error(format!(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {shown}."
            )))
        }
    }
}

fn construct(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(us) = delta::of(args.at(1)) else {
        let class = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {class}")));
    };
    let name = match args.given(2) {
        None => None,
        Some(_) => Some(super::text_argument(vm, args, 2, "timezone", 2)?),
    };
    let us = expect_offset(vm, us)?;
    match name {
        Some(name) => make_named(vm, us, name),
        None => make(vm, us),
    }
}

fn receiver<'a>(vm: &mut Vm, args: Args<'a>) -> Result<&'a Zone, Raised> {
    args.at(0).foreign::<Zone>().ok_or_else(|| vm.type_error("the receiver is of another type"))
}

fn span(vm: &mut Vm, us: Option<i64>) -> NativeResult {
    us.map_or(Ok(Value::NIL), |us| delta::make(vm, us.into()))
}

fn offset(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let zone = receiver(vm, args)?;
    let us = match args.at(1).foreign::<Moment>() {
        Some(moment) => zone.offset(moment),
        None => zone.at_no_time(),
    };
    span(vm, us)
}

fn name(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match receiver(vm, args)?.label(args.at(1).foreign::<Moment>()) {
        Some(label) => vm.make_str(&label),
        None => Ok(Value::NIL),
    }
}

/// What a zone says of a moment: `utcoffset`, `tzname` and `dst` of the moment.
pub(super) fn label_of(vm: &mut Vm, moment: &Moment) -> NativeResult {
    match moment.zone.foreign::<Zone>().and_then(|zone| zone.label(Some(moment))) {
        Some(label) => vm.make_str(&label),
        None => Ok(Value::NIL),
    }
}

pub(super) fn summer_of(vm: &mut Vm, moment: &Moment) -> NativeResult {
    let us = moment.zone.foreign::<Zone>().and_then(|zone| zone.summer(Some(moment)));
    span(vm, us)
}

fn from_utc(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let zone = receiver(vm, args)?;
    let Some(moment) = args.at(1).foreign::<Moment>().filter(|moment| moment.what == What::Both) else {
        return Err(vm.type_error("fromutc: argument must be a datetime"));
    };
    if moment.zone != args.at(0) {
        return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
    }
    let us = clock(moment.date, moment.us);
    let (offset, fold) = zone.offset_at(us);
    super::make::at(vm, us, offset, args.at(0), fold, What::Both)
}

fn equals(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let zone = receiver(vm, args)?;
    match args.at(1).foreign::<Zone>() {
        Some(other @ Zone::Fixed { .. }) => Ok(Value::bool(other.at_no_time() == zone.at_no_time())),
        _ => Ok(vm.not_implemented),
    }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let text = match receiver(vm, args)? {
        Zone::Fixed { us: 0, name: None } => "datetime.timezone.utc".to_string(),
        Zone::Fixed { us, name } => {
            let name = name.as_ref().map_or(String::new(), |name| format!(", {}", repr_str(name)));
            format!("datetime.timezone({}{name})", delta::repr_of((*us).into()))
        }
        Zone::Named { key, .. } => format!("zoneinfo.ZoneInfo(key={})", repr_str(key)),
    };
    vm.make_str(&text)
}

pub const ZONEINFO: NativeModule = NativeModule {
    name: "zoneinfo",
    doc: "The zones of places, with their summer times and all that was changed, as the system has them. Left out: \
          `from_file`, `no_cache`, `clear_cache`, `TZPATH` and `reset_tzpath`.",
    functions: &[NativeDef::new(
        "available_timezones()",
        "A set of the names that `ZoneInfo` knows.",
        available,
    )],
    setup: Some(set_up_zoneinfo),
};

static CONSTRUCT_NAMED: NativeDef =
    NativeDef::new("ZoneInfo(cls, key)", "The zone with a name such as `Europe/Berlin`.", named);
static NAMED_METHODS: &[NativeDef] = &[
    NativeDef::new("utcoffset(self, dt, /)", "The offset at a time, or nil.", offset),
    NativeDef::new("tzname(self, dt, /)", "The name at a time, such as `CET`, or nil.", name),
    NativeDef::new(
        "dst(self, dt, /)",
        "How much the clocks are ahead for the summer, or nil.",
        |vm, args| {
            let us = receiver(vm, args)?.summer(args.at(1).foreign::<Moment>());
            span(vm, us)
        },
    ),
    NativeDef::new("fromutc(self, dt, /)", "A time of UTC as the zone's clocks show it.", from_utc),
    NativeDef::new("str(self, /)", "The name.", key),
    NativeDef::new("repr(self, /)", "The text that makes it.", repr),
];
static NAMED_PARTS: &[NativeDef] = &[NativeDef::new("key(self, /)", "The name.", key)];

/// The classes of `zoneinfo`, and the zones that were asked for.
#[derive(Default)]
struct Named {
    classes: Cell<Option<(Gc<Class>, Gc<Class>)>>,
    zones: RefCell<Vec<(String, Value)>>,
}

impl StdlibState for Named {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some((class, error)) = self.classes.get() {
            tracer.mark(class.value());
            tracer.mark(error.value());
        }
        for (_, zone) in self.zones.borrow().iter() {
            tracer.mark(*zone);
        }
    }
}

fn set_up_zoneinfo(vm: &mut Vm, module: Gc<Module>) -> Result<(), Raised> {
    let base = classes(vm)?.tzinfo;
    let class = subclass(vm, "ZoneInfo", base, NAMED_METHODS);
    class.construct.set(Some(&CONSTRUCT_NAMED));
    add_properties(vm, class, NAMED_PARTS);
    let name = vm.heap.intern("ZoneInfoNotFoundError");
    let base = vm.exception_class(Exc::KeyError);
    let error = Class::new(&mut vm.heap, name, Some(base), Layout::Exception);
    vm.describe(error, "No zone has that name.");
    error.module.set(module.value());
    vm.state::<Named>().classes.set(Some((class, error)));
    for class in [class, error] {
        module.add_slot(class.name.get(), class.value());
    }
    Ok(())
}

fn key(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    match receiver(vm, args)? {
        Zone::Named { key, .. } => vm.make_str(key),
        Zone::Fixed { .. } => Ok(Value::NIL),
    }
}

fn named(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let Some(key) = args.at(1).as_str() else {
        let class = vm.type_name(args.at(1));
        return Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {class}")));
    };
    let key = key.as_str();
    let state = vm.state::<Named>();
    let Some((class, error)) = state.classes.get() else {
        return Err(vm.runtime_error("zoneinfo is not set up"));
    };
    let known = state.zones.borrow().iter().find(|(name, _)| name == key).map(|(_, zone)| *zone);
    if let Some(zone) = known {
        return Ok(zone);
    }
    if key.starts_with('/') || key.split('/').any(|part| part == "..") {
        return Err(vm.value_error(format!("ZoneInfo keys must be normalized relative paths, got: {key}")));
    }
    // The names of the system are those of files, so their letters count.
    let found = TimeZone::get(key).ok().filter(|zone| zone.iana_name().is_none_or(|name| name == key));
    let Some(zone) = found else {
        let message = vm.heap.str(&format!("No time zone found with key {key}"));
        return Err(Raised(vm.new_exception(error, &[message]).value()));
    };
    let data = Zone::Named { key: key.to_string(), zone };
    let zone = Foreign::new(&mut vm.heap, class, data).value();
    state.zones.borrow_mut().push((key.to_string(), zone));
    Ok(zone)
}

fn available(vm: &mut Vm, _: Args<'_>) -> NativeResult {
    let table = Table::new();
    for name in jiff::tz::db().available() {
        table.put_str(vm.heap.intern(name.as_str()), Value::TRUE);
    }
    Ok(Set::from_table(&mut vm.heap, table, false).value())
}
