//! The sort behind `list.sort` and `sorted`.
//!
//! What is hard: the comparison may be Toy code, which raises, contradicts itself or changes the list that is
//! being sorted. So the items are taken out of the list (it looks empty meanwhile), keys are computed once per
//! item, and what gets sorted is a permutation: whatever the comparison says, it stays one, and nothing that the
//! collector must know of lies in Rust variables. The merge sort finds natural runs, as Python's does, so that
//! sorted input costs n − 1 comparisons. Keys that are all ints, floats or strings are sorted by the standard library.

use std::cmp::Ordering;

use crate::value::{Gc, List, Tuple, Value};
use crate::vm::{Raised, Vm};

/// Runs shorter than this are made longer by insertion.
const MIN_RUN: usize = 24;

/// Sorts a list, which is rooted, in place and stably. `key` is nil or what gives each item's key.
pub fn sort_list(vm: &mut Vm, list: Gc<List>, key: Value, reverse: bool) -> Result<(), Raised> {
    let len = list.items.len();
    vm.rooted(&[key], |vm| vm.reserve(len * 4 * size_of::<Value>()))?;
    // The items wait in a list that only this function knows.
    let work = List::new(&mut vm.heap, list.items.take());
    let sorted = vm.rooted(&[key, work.value()], |vm| sorted_items(vm, work, key, reverse));
    let modified = list.items.capacity() > 0;
    match sorted {
        Ok(items) => {
            list.items.replace(items);
            if modified { Err(vm.value_error("list modified during sort")) } else { Ok(()) }
        }
        Err(raised) => {
            list.items.replace(work.items.take());
            Err(raised)
        }
    }
}

/// The items of a rooted list in order.
fn sorted_items(vm: &mut Vm, work: Gc<List>, key: Value, reverse: bool) -> Result<Vec<Value>, Raised> {
    let len = work.items.len();
    let mut items = work.items.to_vec();
    if key.is_nil() {
        if sort_plainly(&mut items, |item| *item, reverse) {
            return Ok(items);
        }
        return sort_by_comparing(vm, work, work, reverse);
    }
    let keys = List::new(&mut vm.heap, Vec::with_capacity(len));
    vm.rooted(&[keys.value()], |vm| {
        for item in items {
            keys.items.push(vm.call(key, &[item])?);
        }
        let mut pairs: Vec<(Value, Value)> =
            keys.items.to_vec().into_iter().zip(work.items.to_vec()).collect();
        if sort_plainly(&mut pairs, |(key, _)| *key, reverse) {
            return Ok(pairs.into_iter().map(|(_, item)| item).collect());
        }
        sort_by_comparing(vm, keys, work, reverse)
    })
}

/// Sorts by keys that are all of one simple type; false if they are not.
fn sort_plainly<T: Copy>(items: &mut [T], key: impl Fn(&T) -> Value, reverse: bool) -> bool {
    if items.iter().all(|item| key(item).as_str().is_some()) {
        sort_strings(items, key, reverse);
        return true;
    }
    let plain = items.iter().all(|item| key(item).is_int())
        || items.iter().all(|item| key(item).as_float().is_some_and(|f| !f.is_nan()));
    if plain {
        let compare = |a, b| compare_plainly(a, b).unwrap_or(Ordering::Equal);
        // Equal items keep their order in either direction.
        if reverse {
            items.sort_by(|a, b| compare(key(b), key(a)));
        } else {
            items.sort_by(|a, b| compare(key(a), key(b)));
        }
    }
    plain
}

/// Sorts by keys that are strings. Their first eight bytes, as a number, stand beside them: most comparisons need not look
/// at the strings, each of which would be a miss of the cache.
fn sort_strings<T: Copy>(items: &mut [T], key: impl Fn(&T) -> Value, reverse: bool) {
    let mut tagged: Vec<(u64, T)> = items.iter().map(|item| (first_bytes(key(item)), *item)).collect();
    let compare = |a: &(u64, T), b: &(u64, T)| {
        a.0.cmp(&b.0).then_with(|| compare_plainly(key(&a.1), key(&b.1)).unwrap_or(Ordering::Equal))
    };
    if reverse {
        tagged.sort_by(|a, b| compare(b, a));
    } else {
        tagged.sort_by(compare);
    }
    items.iter_mut().zip(tagged).for_each(|(item, (_, sorted))| *item = sorted);
}

/// The first eight bytes of a string, the first in the highest place. Shorter ones end in zeros.
fn first_bytes(string: Value) -> u64 {
    let mut first = [0; 8];
    if let Some(string) = string.as_str() {
        first.iter_mut().zip(string.bytes()).for_each(|(to, from)| *to = *from);
    }
    u64::from_be_bytes(first)
}

/// How numbers and strings compare; none for everything else, and for NaN.
fn compare_plainly(a: Value, b: Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        // The order of UTF-8 is that of its code points.
        return Some(a.bytes().cmp(b.bytes()));
    }
    // Inline ints are exact as floats.
    let float = |value: Value| value.as_float().or(value.as_int().map(|i| i as f64));
    float(a)?.partial_cmp(&float(b)?)
}

/// As [`compare_plainly`], and for tuples whose first different items are plain.
fn compare_tuples(a: Value, b: Value) -> Option<Ordering> {
    let (Some(a), Some(b)) = (a.as_object::<Tuple>(), b.as_object::<Tuple>()) else {
        return compare_plainly(a, b);
    };
    for (a, b) in a.items().iter().zip(b.items()) {
        match compare_plainly(*a, *b)? {
            Ordering::Equal => {}
            different => return Some(different),
        }
    }
    Some(a.items().len().cmp(&b.items().len()))
}

/// The items in the order of their keys, compared by `<`. Both lists are rooted and known to nobody else.
fn sort_by_comparing(
    vm: &mut Vm,
    keys: Gc<List>,
    items: Gc<List>,
    reverse: bool,
) -> Result<Vec<Value>, Raised> {
    let mut order: Vec<usize> = (0..items.items.len()).collect();
    let mut less = |a: usize, b: usize| match (keys.items.get(a), keys.items.get(b)) {
        (Some(a), Some(b)) => match compare_tuples(a, b) {
            Some(ordering) => Ok(ordering == Ordering::Less),
            None => vm.lt(a, b),
        },
        _ => Ok(false),
    };
    // Turned round before and after, equal items come out in the order they had.
    if reverse {
        order.reverse();
    }
    merge_sort(&mut order, &mut less)?;
    if reverse {
        order.reverse();
    }
    Ok(order.into_iter().filter_map(|i| items.items.get(i)).collect())
}

/// Sorts stably by `less`. When `less` fails, the order is unspecified and may have lost its elements.
fn merge_sort<T: Copy, E>(order: &mut [T], less: &mut impl FnMut(T, T) -> Result<bool, E>) -> Result<(), E> {
    // Starts of sorted runs that still have to be merged; each ends where the next one starts.
    let mut starts: Vec<usize> = Vec::new();
    let mut scratch: Vec<T> = Vec::new();
    let mut at = 0;
    while at < order.len() {
        starts.push(at);
        at = make_run(order, at, less)?;
        // As long as a run is not twice as long as the one behind it, they are merged: so the waiting ones grow
        // geometrically, and no item is merged more than about log n times.
        while let [.., low, middle] = starts[..]
            && middle - low < 2 * (at - middle)
        {
            merge(&mut order[low..at], middle - low, &mut scratch, less)?;
            starts.pop();
        }
    }
    while let [.., low, middle] = starts[..] {
        merge(&mut order[low..], middle - low, &mut scratch, less)?;
        starts.pop();
    }
    Ok(())
}

/// Makes a sorted run from `start` on; its end.
fn make_run<T: Copy, E>(
    order: &mut [T],
    start: usize,
    less: &mut impl FnMut(T, T) -> Result<bool, E>,
) -> Result<usize, E> {
    let mut end = start + 1;
    if end < order.len() {
        // Only strictly falling runs are turned round, or equal items would change places.
        let falling = less(order[end], order[start])?;
        end += 1;
        while end < order.len() && less(order[end], order[end - 1])? == falling {
            end += 1;
        }
        if falling {
            order[start..end].reverse();
        }
    }
    let wanted = (start + MIN_RUN).min(order.len());
    while end < wanted {
        let item = order[end];
        let (mut low, mut high) = (start, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if less(item, order[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        order[low..=end].rotate_right(1);
        end += 1;
    }
    Ok(end)
}

/// Merges two sorted runs, the first of which has `middle` items.
fn merge<T: Copy, E>(
    order: &mut [T],
    middle: usize,
    scratch: &mut Vec<T>,
    less: &mut impl FnMut(T, T) -> Result<bool, E>,
) -> Result<(), E> {
    if !less(order[middle], order[middle - 1])? {
        return Ok(());
    }
    scratch.clear();
    scratch.extend_from_slice(&order[..middle]);
    let (mut left, mut right) = (0, middle);
    for place in 0..order.len() {
        if left == scratch.len() {
            break; // what is left of the right run stands where it belongs
        }
        if right < order.len() && less(order[right], scratch[left])? {
            order[place] = order[right];
            right += 1;
        } else {
            order[place] = scratch[left];
            left += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same each time.
    fn numbers(n: usize, below: u64) -> Vec<u64> {
        let mut state = 0x1234_5678_9ABC_DEF0_u64;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % below
            })
            .collect()
    }

    #[test]
    fn equal_items_keep_their_order() {
        for n in [0, 1, 2, 23, 24, 25, 100, 1000, 4321] {
            let mut items: Vec<(u64, usize)> = numbers(n, 20).into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let sorted = merge_sort(&mut items, &mut |a, b| Ok::<_, ()>(a.0 < b.0));
            assert_eq!(sorted, Ok(()));
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn sorted_input_takes_one_comparison_an_item() {
        for reversed in [false, true] {
            let mut items: Vec<u64> = (0..10_000).collect();
            if reversed {
                items.reverse();
            }
            let mut count = 0;
            let sorted = merge_sort(&mut items, &mut |a, b| {
                count += 1;
                Ok::<_, ()>(a < b)
            });
            assert_eq!((sorted, count), (Ok(()), 9999));
            assert!(items.is_sorted());
        }
    }

    #[test]
    fn random_input_takes_about_n_log_n_comparisons() {
        let mut items = numbers(65_536, u64::MAX);
        let mut count = 0;
        let sorted = merge_sort(&mut items, &mut |a, b| {
            count += 1;
            Ok::<_, ()>(a < b)
        });
        assert_eq!(sorted, Ok(()));
        assert!(items.is_sorted());
        assert!(count < 65_536 * 16, "{count}");
    }

    #[test]
    fn a_comparison_that_contradicts_itself_loses_nothing() {
        for answers in 0..50 {
            let mut random = numbers(100_000, 2).into_iter().skip(answers * 100).cycle();
            let mut items: Vec<u64> = (0..500).collect();
            let sorted = merge_sort(&mut items, &mut |_, _| Ok::<_, ()>(random.next() == Some(1)));
            assert_eq!(sorted, Ok(()));
            items.sort_unstable();
            assert_eq!(items, (0..500).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_comparison_that_raises_ends_the_sort_at_once() {
        for last in [1, 10, 100, 1000] {
            let mut items = numbers(1000, 1000);
            let mut count = 0;
            let sorted = merge_sort(&mut items, &mut |a, b| {
                count += 1;
                if count == last { Err("raised") } else { Ok(a < b) }
            });
            assert_eq!((sorted, count), (Err("raised"), last));
        }
    }
}
