//! When a message that was not taken is sent again. Pure; time is an argument.

use std::time::Duration;

use model::Timestamp;

/// How long we try.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// After how many seconds the next try comes; the last one is repeated.
const WAITS: [u64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 10_800];

/// When the next try comes after that many, of a message made then; nothing once a day went by. A receiver that says how
/// long it wants to be left alone is believed.
pub fn next_try(
    tries: u32,
    made_at: Timestamp,
    asked: Option<Duration>,
    now: Timestamp,
) -> Option<Timestamp> {
    let end = made_at.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
    if now >= end {
        return None;
    }
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let usual = WAITS.get(place).or(WAITS.last()).copied().unwrap_or_default();
    let wait = asked.unwrap_or_default().max(Duration::from_secs(usual));
    // A clock that was set back must not make a message immortal, nor one that was set forward end it early: the last
    // try comes when the day is over.
    let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    Some(next.min(end).max(now))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn check(tries: u32, asked: Option<u64>, now: i64, next: Option<i64>) {
        let found = next_try(tries, at(0), asked.map(Duration::from_secs), at(now));
        assert_eq!(found, next.map(at), "{tries} {asked:?} {now}");
    }

    #[test]
    fn tries_come_ever_more_rarely() {
        check(1, None, 0, Some(5));
        check(2, None, 10, Some(40));
        check(8, None, 20_000, Some(30_800));
        check(80, None, 20_000, Some(30_800));
        check(0, None, 0, Some(5));
    }

    #[test]
    fn a_receiver_that_asks_for_peace_gets_it() {
        check(1, Some(900), 0, Some(900));
        check(3, Some(1), 0, Some(120));
    }

    #[test]
    fn after_a_day_it_is_given_up() {
        check(9, None, 80_000, Some(86_400));
        check(9, Some(1_000_000), 80_000, Some(86_400));
        check(10, None, 86_400, None);
        check(10, None, 900_000, None);
    }

    #[test]
    fn all_tries_of_a_day_are_few() {
        let (mut now, mut tries) = (at(0), 1);
        while let Some(next) = next_try(tries, at(0), None, now) {
            (now, tries) = (next, tries + 1);
        }
        assert_eq!((now, tries), (at(86_400), 15));
    }
}
