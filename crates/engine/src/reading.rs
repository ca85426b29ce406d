//! What of an object is read in a run: everything, or what changed last and a part of the rest.
//!
//! A pass reads everything at once. A round reads everything too, spread over `ROUND` runs, so that a record is never
//! looked at less often than that, whatever its date says. Both may conclude that what they did not meet is gone.

use model::{Keep, Reading, Round, Timestamp};

/// In how many runs everything is read again.
pub(crate) const ROUND: u64 = 24;
/// Steps in which rounds of different objects begin apart, so that their pages do not all fall into one run.
const STEPS: u64 = 16;

/// What a run wants of an object, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// How it can be read again.
    pub(crate) reading: Reading,
    /// How many calls a whole reading costs.
    pub(crate) calls: u64,
    /// Whether everything must be read: somebody asked for it, or the import has never planned the object.
    pub(crate) whole: bool,
    /// Where in the round its pages fall, 1 to 16.
    pub(crate) step: u64,
}

/// How an object is read in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Everything.
    Whole,
    /// What changed last, and so many pages of the round.
    Parts {
        /// From how many lists those that changed last come; none, if the vendor has no such order.
        newest: usize,
        /// How many pages of the round are due.
        pages: u64,
    },
}

/// Decides what is read.
pub(crate) fn course(last: Option<&Keep>, wanted: Wanted) -> Course {
    let lists = match wanted.reading {
        Reading::Newest { lists } => lists,
        Reading::Pages => 0,
        Reading::Whole | Reading::Since { .. } | Reading::Singly => return Course::Whole,
    };
    let was_whole = last.is_some_and(|last| last.cursor.is_none() && last.past.whole_at.is_some());
    // Where everything costs as little as a look at what changed, everything tells more.
    if wanted.whole || !was_whole || wanted.calls <= lists.max(1) as u64 {
        return Course::Whole;
    }
    let round = next_run(&last.map(|last| last.past.round.clone()).unwrap_or_default());
    Course::Parts {
        newest: lists,
        pages: pages_due(&round, wanted.calls, wanted.step),
    }
}

/// The round as this run finds it: the one under way, or the next.
pub(crate) fn next_run(round: &Round) -> Round {
    match round.done && round.runs >= ROUND {
        true => Round {
            runs: 1,
            ..Round::default()
        },
        false => Round {
            runs: round.runs + 1,
            ..round.clone()
        },
    }
}

/// How many pages of a round of so many are to be read now. The last run of a round reads what is left.
fn pages_due(round: &Round, calls: u64, step: u64) -> u64 {
    if round.done {
        return 0;
    }
    if round.runs >= ROUND {
        return u64::MAX;
    }
    let steps = (round.runs * calls * STEPS / ROUND + STEPS).saturating_sub(step);
    (steps / STEPS).saturating_sub(round.pages)
}

/// Where in a round an object's pages fall.
pub(crate) fn step_of(object: &str) -> u64 {
    let sum = object.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    1 + sum % STEPS
}

/// What to make of a page that should show what changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It shows changes, or may: read on.
    More,
    /// What follows is older still, and known.
    Enough,
    /// It is in no such order.
    Disorder,
}

/// Judges a page by its records' dates of change and by whether each is known as it is. What has no date counts as
/// changed. `before` is the last date of the page before.
pub(crate) fn judge(
    page: &[(Option<Timestamp>, bool)],
    before: Option<Timestamp>,
    until: Timestamp,
) -> Verdict {
    if page.is_empty() {
        return Verdict::Enough;
    }
    let mut last = before;
    for at in page.iter().filter_map(|(at, _)| *at) {
        if last.is_some_and(|last| last < at) {
            return Verdict::Disorder;
        }
        last = Some(at);
    }
    if page.iter().all(|(at, _)| at.is_none()) && before.is_none() {
        return Verdict::Disorder;
    }
    let is_old = |(at, known): &(Option<Timestamp>, bool)| *known && at.is_some_and(|at| at < until);
    match page.iter().all(is_old) {
        true => Verdict::Enough,
        false => Verdict::More,
    }
}

#[cfg(test)]
mod tests;
