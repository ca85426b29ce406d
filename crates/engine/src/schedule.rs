//! Which import is due. Pure; time is an argument, and may jump either way.

use std::time::Duration;

use model::{Schedule, Timestamp};

/// What a schedule wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A run.
    Now,
    /// A run then.
    At(Timestamp),
    /// Nothing until somebody resumes it.
    Paused,
}

/// Decides by the numbers of intervals since the beginning of time. However many went by without a run, one run makes
/// up for all of them. A clock that is set back by less than an interval causes no second run; one that is set back
/// further counts anew from there, with one run.
pub fn due(schedule: &Schedule, now: Timestamp) -> Due {
    if schedule.paused.is_some() {
        return Due::Paused;
    }
    let (this, last) = (interval(schedule, now), interval(schedule, schedule.last_tick));
    match this > last || this < last - 1 {
        true => Due::Now,
        false => Due::At(beginning(schedule, last + 1)),
    }
}

/// How long a run may be without progress before it counts as stalled.
const PATIENCE: Duration = Duration::from_secs(60);

/// Since when a run has stalled, if it has: it moved last at `moved_at`, and waits because it was told to until
/// `excused_until`.
pub fn stalled(moved_at: Timestamp, excused_until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let since = excused_until.map_or(moved_at, |until| until.max(moved_at));
    let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    (waited >= PATIENCE).then_some(since)
}

fn interval(schedule: &Schedule, moment: Timestamp) -> i128 {
    let every = every(schedule);
    (i128::from(moment.as_microsecond()) - offset(schedule)).div_euclid(every)
}

fn beginning(schedule: &Schedule, interval: i128) -> Timestamp {
    let moment = interval * every(schedule) + offset(schedule);
    i64::try_from(moment)
        .ok()
        .and_then(|moment| Timestamp::from_microsecond(moment).ok())
        .unwrap_or(Timestamp::MAX)
}

fn every(schedule: &Schedule) -> i128 {
    i128::try_from(schedule.every.as_micros())
        .unwrap_or(i128::MAX)
        .clamp(1, i128::from(i64::MAX))
}

fn offset(schedule: &Schedule) -> i128 {
    every(schedule) * i128::from(schedule.jitter) / 1_000_000
}

#[cfg(test)]
mod tests;
