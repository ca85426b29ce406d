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

fn time(load: Load) -> Duration {
    let per_minute = load.per_minute.unwrap_or(UNLIMITED_PER_MINUTE).max(1);
    Duration::from_secs(load.calls.saturating_mul(60).div_ceil(per_minute))
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
        check((200, Some(200)), (1_000, Some(8_000)), 60);
        check((10, Some(200)), (16_000, Some(8_000)), 120);
    }

    #[test]
    fn nothing_to_do_still_takes_a_moment() {
        check((0, None), (0, None), 1);
        check((1, Some(0)), (0, None), 60);
        check((u64::MAX, Some(1)), (0, None), u64::MAX);
    }
}
