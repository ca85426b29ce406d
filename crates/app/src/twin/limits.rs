//! How many requests a twin takes in a window of time.

use jiff::SignedDuration;
use model::Timestamp;
use serde::Deserialize;

/// What the headers say when there is no limit.
const NO_LIMIT: u64 = 1_000_000;
const NO_LIMIT_SECONDS: i64 = 60;

/// So many requests in a window that begins with its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many requests.
    pub requests: u64,
    /// How long the window is, in seconds.
    pub window_seconds: u32,
}

/// The window that is open now.
#[derive(Debug, Default)]
pub(super) struct Window {
    limit: Option<Limit>,
    ends_at: Option<Timestamp>,
    taken: u64,
}

/// What the rate headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// When the window ends, in seconds since 1970.
    pub(super) reset: i64,
    /// Over the limit: how long to wait, in seconds.
    pub(super) wait_seconds: Option<u64>,
}

impl Window {
    pub(super) fn set(&mut self, limit: Option<Limit>) {
        *self = Self {
            limit,
            ..Self::default()
        };
    }

    /// Counts a request that comes now.
    pub(super) fn take(&mut self, now: Timestamp) -> Rate {
        let Some(limit) = self.limit else {
            return Rate {
                limit: NO_LIMIT,
                remaining: NO_LIMIT,
                reset: now.as_second() + NO_LIMIT_SECONDS,
                wait_seconds: None,
            };
        };
        let ends_at = match self.ends_at {
            Some(ends_at) if now < ends_at => ends_at,
            _ => {
                self.taken = 0;
                now.checked_add(SignedDuration::from_secs(i64::from(limit.window_seconds)))
                    .unwrap_or(now)
            }
        };
        self.ends_at = Some(ends_at);
        let over = self.taken >= limit.requests;
        self.taken += u64::from(!over);
        let left = ends_at.as_microsecond() - now.as_microsecond();
        let wait = u64::try_from(left).unwrap_or(0).div_ceil(1_000_000).max(1);
        Rate {
            limit: limit.requests,
            remaining: limit.requests - self.taken,
            reset: ends_at.as_second() + i64::from(ends_at.subsec_nanosecond() > 0),
            wait_seconds: over.then_some(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_window_takes_so_many_and_then_asks_to_wait() {
        let mut window = Window::default();
        let at = |seconds: i64| Timestamp::from_second(1_000 + seconds).unwrap();
        assert_eq!(window.take(at(0)).remaining, NO_LIMIT);
        window.set(Some(Limit {
            requests: 2,
            window_seconds: 10,
        }));
        let mut check = |seconds: i64, remaining: u64, wait: Option<u64>| {
            let rate = window.take(at(seconds));
            assert_eq!(
                (rate.remaining, rate.wait_seconds),
                (remaining, wait),
                "at {seconds}"
            );
        };
        check(0, 1, None);
        check(3, 0, None);
        check(4, 0, Some(6));
        check(10, 1, None);
    }
}
