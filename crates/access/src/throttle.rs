//! How long somebody who guesses has to wait. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::ports::Failures;

/// How long from `now` until the next try is looked at; none when it is looked at.
///
/// `free` failures cost nothing; after them the wait since the last one is 2, 4, 8, … seconds, at
/// most `longest`.
pub(crate) fn wait(
    failures: Failures,
    free: u32,
    longest: Duration,
    now: Timestamp,
) -> Option<Duration> {
    let over = failures.count.checked_sub(free)?;
    let last = failures.last?;
    let wait = Duration::from_secs(2_u64.saturating_pow(over.saturating_add(1).min(62)));
    // A clock that was set back leaves the whole wait, not more.
    let waited = Duration::try_from(now.duration_since(last)).unwrap_or_default();
    let left = wait.min(longest).checked_sub(waited)?;
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST: Duration = Duration::from_mins(5);

    fn after(count: u32, waited_s: i64) -> Option<u64> {
        let last = Timestamp::from_second(1_000_000).unwrap();
        let now = Timestamp::from_second(1_000_000 + waited_s).unwrap();
        let failures = Failures { count, last: (count > 0).then_some(last) };
        wait(failures, 5, LONGEST, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_wait_doubles_from_two_seconds_to_five_minutes() {
        let waits: Vec<_> = (0..=15).map(|count| after(count, 0)).collect();
        let none = [None; 5];
        assert_eq!(waits[..5], none);
        let grown: Vec<_> = waits[5..].iter().flatten().copied().collect();
        assert_eq!(grown, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    #[test]
    fn the_wait_is_over_when_it_was_waited() {
        assert_eq!(after(7, 7), Some(1));
        assert_eq!(after(7, 8), None);
        assert_eq!(after(7, 9), None);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lengthen_the_wait() {
        assert_eq!(after(7, -3600), Some(8));
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_the_longest(count: u32, waited_s in -10_000_i64..10_000) {
            prop_assert!(after(count, waited_s).unwrap_or(0) <= LONGEST.as_secs());
        }
    }
}
