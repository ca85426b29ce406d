//! How many calls are taken in ten seconds, and the headers that say so.

use super::{refusal::Refusal, switches::Switches};
use crate::kit::Response;

const WINDOW_SECONDS: i64 = 10;

/// What the headers say where there is no limit.
const NO_LIMIT: u64 = 1_000_000;

/// The calls of the ten seconds that are under way, by the clock: requests that are answered again from a journal meet
/// no limit that they did not meet at first.
#[derive(Default)]
pub(super) struct Limits {
    window: i64,
    taken: u64,
}

/// What the rate headers say.
pub(super) struct Rate {
    limit: u64,
    remaining: u64,
    reset: i64,
    /// Whether the call is one too many.
    pub(super) is_over: bool,
}

impl Limits {
    /// Counts a call.
    pub(super) fn take(&mut self, switches: &Switches, now: i64) -> Rate {
        let window = now.div_euclid(1_000 * WINDOW_SECONDS);
        if window != self.window {
            *self = Self { window, taken: 0 };
        }
        let limit = switches.calls_per_minute().map(|calls| (calls / 6).max(1));
        let is_over = limit.is_some_and(|limit| self.taken >= limit);
        self.taken = self.taken.saturating_add(u64::from(!is_over));
        let limit = limit.unwrap_or(NO_LIMIT);
        Rate {
            limit,
            remaining: limit.saturating_sub(self.taken),
            reset: window.saturating_add(1).saturating_mul(WINDOW_SECONDS),
            is_over,
        }
    }
}

impl Rate {
    /// The refusal of a call that is one too many.
    pub(super) fn refusal(&self) -> Refusal {
        let limit = self.limit;
        let message = format!("Exceeded rate limit of {limit} in 10_seconds");
        Refusal::new(429, "rate_limit_exceeded", message)
    }

    pub(super) fn on(&self, response: Response) -> Response {
        response
            .header("x-ratelimit-limit", &self.limit.to_string())
            .header("x-ratelimit-remaining", &self.remaining.to_string())
            .header("x-ratelimit-reset", &self.reset.to_string())
    }
}
