//! What is known about a file besides its content: its mode and times, and the links that lead to it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink as make_symlink};
use std::time::{SystemTime, UNIX_EPOCH};

use num_traits::ToPrimitive;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use super::files::{answer, answer_about_two, path_argument, two_paths};
use crate::value::{NativeDef, Tuple, Value};
use crate::vm::{Args, Int, NativeResult, Raised, Vm};

pub(super) const CHMOD: NativeDef =
    NativeDef::new("chmod(path, mode)", "Sets who may do what with a file, such as `0o644`.", chmod);
pub(super) const UTIME: NativeDef = NativeDef::new(
    "utime(path, times=nil, *, ns=nil)",
    "Sets when a file was last read and written: a pair of seconds, a pair of nanoseconds, or now.",
    utime,
);
pub(super) const LINK: NativeDef =
    NativeDef::new("link(src, dst)", "Gives a file another name, of equal right.", link);
pub(super) const SYMLINK: NativeDef =
    NativeDef::new("symlink(src, dst)", "Makes `dst` a symbolic link that leads to `src`.", symlink);
pub(super) const READLINK: NativeDef =
    NativeDef::new("readlink(path)", "Where a symbolic link leads, as it says it.", readlink);

fn chmod(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "chmod")?;
    let mode = vm.expect_index(args.at(1))?;
    let Ok(mode) = i32::try_from(mode) else {
        return Err(vm.overflow_error("int too large to convert to C int"));
    };
    let done = fs::set_permissions(path.as_str(), fs::Permissions::from_mode(mode as u32 & 0o7777));
    answer(vm, done, path.as_str())?;
    Ok(Value::NIL)
}

fn utime(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "utime")?;
    let given = |at| args.given(at).filter(|value| !value.is_nil());
    let (last_access, last_modification) = match (given(1), given(2)) {
        (Some(_), Some(_)) => {
            return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
        }
        (Some(times), None) => {
            let message = "utime: 'times' must be either a tuple of two ints or nil";
            let (accessed, modified) = pair(vm, times, message)?;
            (seconds(vm, accessed)?, seconds(vm, modified)?)
        }
        (None, Some(times)) => {
            let (accessed, modified) = pair(vm, times, "utime: 'ns' must be a tuple of two ints")?;
            (nanoseconds(vm, accessed)?, nanoseconds(vm, modified)?)
        }
        (None, None) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let now = time(vm, Some(now as i128))?;
            (now, now)
        }
    };
    let times = Timestamps { last_access, last_modification };
    let done = utimensat(CWD, path.as_str(), &times, AtFlags::empty());
    answer(vm, done.map_err(Into::into), path.as_str())?;
    Ok(Value::NIL)
}

fn pair(vm: &mut Vm, value: Value, message: &str) -> Result<(Value, Value), Raised> {
    match value.as_object::<Tuple>() {
        Some(tuple) if tuple.items().len() == 2 => Ok((tuple.items()[0], tuple.items()[1])),
        _ => Err(vm.type_error(message)),
    }
}

fn seconds(vm: &mut Vm, value: Value) -> Result<Timespec, Raised> {
    if value.as_float().is_none() {
        let seconds = whole(vm, value)?;
        return time(vm, seconds.and_then(|seconds| seconds.checked_mul(1_000_000_000)));
    }
    let seconds = vm.expect_float(value)?;
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    // Like Python, down to the next nanosecond. What is too large becomes the largest i128, which is too large too.
    let whole = seconds.floor();
    let rest = ((seconds - whole) * 1e9).floor() as i128;
    time(vm, (whole as i128).checked_mul(1_000_000_000).and_then(|whole| whole.checked_add(rest)))
}

fn nanoseconds(vm: &mut Vm, value: Value) -> Result<Timespec, Raised> {
    let nanoseconds = whole(vm, value)?;
    time(vm, nanoseconds)
}

/// An int, unless it is too large for any time.
fn whole(vm: &mut Vm, value: Value) -> Result<Option<i128>, Raised> {
    Ok(match vm.expect_int(value)? {
        Int::Small(int) => Some(i128::from(int)),
        Int::Big(int) => int.to_i128(),
    })
}

/// The time so many nanoseconds after the epoch, or before it.
fn time(vm: &mut Vm, nanoseconds: Option<i128>) -> Result<Timespec, Raised> {
    const SECOND: i128 = 1_000_000_000;
    let seconds = nanoseconds.and_then(|all| i64::try_from(all.div_euclid(SECOND)).ok());
    match (seconds, nanoseconds) {
        (Some(tv_sec), Some(all)) => Ok(Timespec { tv_sec, tv_nsec: all.rem_euclid(SECOND) as _ }),
        _ => Err(vm.overflow_error("timestamp out of range for platform time_t")),
    }
}

fn link(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = two_paths(vm, args, "link")?;
    let done = fs::hard_link(from.as_str(), to.as_str());
    answer_about_two(vm, done, from.as_str(), to.as_str())?;
    Ok(Value::NIL)
}

fn symlink(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let (from, to) = two_paths(vm, args, "symlink")?;
    let done = make_symlink(from.as_str(), to.as_str());
    answer_about_two(vm, done, from.as_str(), to.as_str())?;
    Ok(Value::NIL)
}

fn readlink(vm: &mut Vm, args: Args<'_>) -> NativeResult {
    let path = path_argument(vm, args.at(0), "readlink")?;
    let target = fs::read_link(path.as_str());
    let target = answer(vm, target, path.as_str())?;
    Ok(vm.heap.str(&target.to_string_lossy()))
}
