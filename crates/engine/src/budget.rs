//! What a plan costs in calls, and when it will be done.

use std::time::Duration;

/// How quickly we call a vendor when it sets no limit: a careful guess for a forecast.
const UNLIMITED_PER_MINUTE: u64 = 6_000;

/// What is known about one side of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Calls to make.
    pub calls: u64,
    /// Calls a minute that the vendor allows, if it says so.
    pub per_minute: Option<u64>,
}

/// A plan's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Calls to the left vendor.
    pub left_calls: u64,
    /// Calls to the right vendor.
    pub right_calls: u64,
    /// How long it takes, as far as one can tell.
    pub takes_seconds: u64,
}

/// Both sides work at the same time, so a run takes as long as the slower one.
pub fn cost(left: Load, right: Load) -> Cost {
    let takes = time(left).max(time(right));
    Cost {
        left_calls: left.calls,
        right_calls: right.calls,
        takes_seconds: takes.as_secs().max(1),
    }
}

/// What a minute allows is used up at once, and the next minute waited for. Where in a minute the end falls, a call more or
/// less decides; over several minutes a share of each is the better guess.
fn time(load: Load) -> Duration {
    let unhindered = load.calls.saturating_mul(60).div_ceil(UNLIMITED_PER_MINUTE);
    let seconds = match load.per_minute.map(|per_minute| per_minute.max(1)) {
        Some(per_minute) if load.calls > per_minute => {
            unhindered.max(load.calls.saturating_mul(60).div_ceil(per_minute))
        }
        _ => unhindered,
    };
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: (u64, Option<u64>), right: (u64, Option<u64>), seconds: u64) {
        let load = |(calls, per_minute)| Load { calls, per_minute };
        assert_eq!(
            cost(load(left), load(right)).takes_seconds,
            seconds,
            "{left:?} {right:?}"
        );
    }

    #[test]
    fn a_run_takes_as_long_as_the_slower_side() {
        check((201, Some(200)), (1_000, Some(8_000)), 61);
        check((10, Some(200)), (18_000, Some(6_000)), 180);
        check((10, Some(200)), (16_000, None), 160);
    }

    #[test]
    fn what_a_minute_allows_needs_no_waiting() {
        check((200, Some(200)), (0, None), 2);
        check((2_000, Some(200)), (0, None), 600);
    }

    #[test]
    fn nothing_to_do_still_takes_a_moment() {
        check((0, None), (0, None), 1);
        check((1, Some(0)), (0, None), 1);
        check((u64::MAX, Some(1)), (0, None), u64::MAX);
    }
}
