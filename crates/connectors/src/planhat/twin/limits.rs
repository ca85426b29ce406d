//! How many calls a minute and a second are taken, and the headers that say so.

use model::Timestamp;

use super::{answers, record::Refusal, switches::Switches};
use crate::kit::Response;

/// The calls of the minute and of the second that are under way.
///
/// Both are those of the clock, so that requests that are answered again from a journal meet no limit that they did
/// not meet at first.
#[derive(Default)]
pub(super) struct Limits {
    minute: (i64, u64),
    second: (i64, u64),
}

/// What the rate headers say.
pub(super) struct Rate {
    limit: u64,
    remaining: u64,
    /// When the minute ends, in seconds since 1970.
    reset: i64,
    /// Over a limit: how long to wait.
    pub wait_seconds: Option<i64>,
}

impl Limits {
    /// Counts a call; nothing where nothing is limited.
    pub(super) fn take(&mut self, switches: &Switches, now: Timestamp) -> Option<Rate> {
        if !switches.limited {
            return None;
        }
        let second = now.as_second();
        let minute = second.div_euclid(60);
        let in_minute = count(&mut self.minute, minute);
        let in_second = count(&mut self.second, second);
        let reset = (minute + 1) * 60;
        let wait_seconds = if *in_minute >= switches.soft_limit {
            Some(reset - second)
        } else if *in_second >= switches.hard_limit {
            Some(1)
        } else {
            *in_minute += 1;
            *in_second += 1;
            None
        };
        Some(Rate {
            limit: switches.soft_limit,
            remaining: switches.soft_limit.saturating_sub(*in_minute),
            reset,
            wait_seconds,
        })
    }
}

/// The count of a window, from nothing if it is a new one.
fn count(window: &mut (i64, u64), place: i64) -> &mut u64 {
    if window.0 != place {
        *window = (place, 0);
    }
    &mut window.1
}

/// The answer above a limit.
pub(super) fn refused(switches: &Switches) -> Response {
    answers::refused(switches, &Refusal::new(429, "too many requests"))
}

impl Rate {
    /// The answer with the headers, in both spellings that were seen.
    pub(super) fn on(&self, response: Response) -> Response {
        let response = response
            .header("x-rate-limit-limit", &self.limit.to_string())
            .header("x-rate-limit-remaining", &self.remaining.to_string())
            .header("x-ratelimit-limit", &self.limit.to_string())
            .header("x-ratelimit-remaining", &self.remaining.to_string())
            .header("x-ratelimit-reset", &self.reset.to_string());
        match self.wait_seconds {
            Some(wait) => response.header("retry-after", &wait.to_string()),
            None => response,
        }
    }
}
