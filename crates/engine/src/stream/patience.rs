//! How long a destination is waited for. Pure.

use std::time::Duration;

use model::{Failing, Fault, FaultKind, Timestamp};

/// A destination that does not get on for so long, and was tried so often, waits for a person. Nothing is dropped.
pub const PATIENCE: Duration = Duration::from_secs(4 * 3_600);
const TRIES: u32 = 12;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// What follows from a fault: when it is tried again, and whether a person must let it go on. `roll` is chance.
pub(super) fn after(fault: &Fault, before: Option<&Failing>, now: Timestamp, roll: u64) -> (Failing, bool) {
    let since = before.map_or(now, |failing| failing.since);
    let tries = before.map_or(0, |failing| failing.tries).saturating_add(1);
    let most = SHORTEST.saturating_mul(1 << tries.min(16)).min(LONGEST);
    // Anywhere between half of it and all of it, so that not everybody comes back at once.
    let half = most.as_millis() as u64 / 2;
    let jittered = Duration::from_millis(half + roll % (half + 1));
    let asked = match fault.kind() {
        FaultKind::Throttled { wait } => wait.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let next_at = now.checked_add(jittered.max(asked)).unwrap_or(now);
    let is_over = now.duration_since(since).unsigned_abs() >= PATIENCE && tries >= TRIES;
    let stopped = is_over || matches!(fault.kind(), FaultKind::Denied | FaultKind::Settings);
    let complaint = model::chain(fault);
    let failing = Failing {
        since,
        tries,
        next_at,
        complaint,
    };
    (failing, stopped)
}

/// Whether a fault leaves open whether what was sent arrived.
pub(super) fn is_uncertain(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Unreachable | FaultKind::Unexpected) && !fault.is_unsent()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn waits_grow_and_end_with_a_person_after_four_hours() {
        let fault = Fault::new(FaultKind::Unreachable, "bringing");
        let (mut now, mut failing, mut tries) = (at(0), None, 0);
        loop {
            let (next, stopped) = after(&fault, failing.as_ref(), now, 0);
            let wait = next.next_at.duration_since(now);
            assert!(wait.as_secs() <= 300 && wait.as_millis() >= 1_000);
            tries += 1;
            if stopped {
                break;
            }
            now = next.next_at;
            failing = Some(next);
        }
        assert!(now.as_second() >= 4 * 3_600, "{now}");
        assert!((60..200).contains(&tries), "{tries}");
    }

    #[test]
    fn a_vendor_s_wish_counts_and_a_refused_token_waits_for_a_person() {
        let wait = Some(Duration::from_secs(90));
        let (failing, stopped) = after(&Fault::new(FaultKind::Throttled { wait }, "x"), None, at(0), 7);
        assert_eq!((failing.next_at, stopped), (at(90), false));
        assert!(after(&Fault::new(FaultKind::Denied, "x"), None, at(0), 7).1);
    }

    #[test]
    fn what_reached_nobody_is_certain() {
        let lost = || Fault::new(FaultKind::Unreachable, "x");
        assert!(is_uncertain(&lost()));
        assert!(!is_uncertain(&lost().unsent()));
        assert!(!is_uncertain(
            &Fault::new(FaultKind::Unreachable, "y").because(lost().unsent())
        ));
        assert!(!is_uncertain(&Fault::new(
            FaultKind::Throttled { wait: None },
            "x"
        )));
    }
}
