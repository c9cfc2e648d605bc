//! How the output of a run differs from that of another: how many lines are missing, and how many are new.

/// The work that an exact comparison may take; past it lines are only counted.
const MOST_WORK: usize = 4_000_000;

/// Lines that are only in the one, and lines that are only in the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    pub missing: usize,
    pub new: usize,
}

/// What of `before` is missing in `after`, and what is new in it.
pub fn difference(before: &str, after: &str) -> Difference {
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[head..], &after[head..]);
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    let common = common(before, after);
    Difference { missing: before.len() - common, new: after.len() - common }
}

/// The length of the longest sequence of lines that both have.
fn common(before: &[&str], after: &[&str]) -> usize {
    if before.len().saturating_mul(after.len()) > MOST_WORK {
        return 0;
    }
    let mut row = vec![0; after.len() + 1];
    for a in before {
        let mut corner = 0;
        for (i, b) in after.iter().enumerate() {
            let above = row[i + 1];
            row[i + 1] = if a == b { corner + 1 } else { above.max(row[i]) };
            corner = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_missing_or_new() {
        let check = |before, after, missing, new| {
            assert_eq!(difference(before, after), Difference { missing, new }, "{before:?} {after:?}");
        };
        check("", "", 0, 0);
        check("a\nb\n", "a\nb\n", 0, 0);
        check("a\nb\nc\n", "a\nc\n", 1, 0);
        check("a\nc\n", "a\nb\nc\nd\n", 0, 2);
        check("a\nx\nb\ny\nc\n", "a\nb\nz\nc\n", 2, 1);
        check("a\n", "a", 1, 1);
        check("", "a\n", 0, 1);
    }
}
