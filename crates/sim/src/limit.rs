//! A vendor's limit: so many requests in a window, told in the headers of every answer, and 429 beyond.

use std::time::Duration;

use connectors::kit::Response;
use model::Timestamp;
use serde_json::json;

/// A limit, and how it was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    requests: u64,
    window: Duration,
    ends_at: Option<Timestamp>,
    /// How many requests each window took, the last one too.
    pub windows: Vec<u64>,
    /// How many requests were refused.
    pub refused: u64,
}

impl Limit {
    /// So many requests in a window that begins with its first request.
    #[cfg(test)]
    pub fn new(requests: u64, window: Duration) -> Self {
        Self {
            requests,
            window,
            ..Self::default()
        }
    }

    /// Counts a request that comes now; whether it is let through.
    pub fn take(&mut self, now: Timestamp) -> bool {
        if self.ends_at.is_none_or(|ends_at| ends_at <= now) {
            self.ends_at = now.checked_add(self.window).ok();
            self.windows.push(0);
        }
        let Some(taken) = self.windows.last_mut() else {
            return true;
        };
        let passes = *taken < self.requests;
        *taken += u64::from(passes);
        self.refused += u64::from(!passes);
        passes
    }

    /// What an answer says of it.
    pub fn told(&self, response: Response) -> Response {
        let taken = self.windows.last().copied().unwrap_or_default();
        let resets_at = self
            .ends_at
            .map_or(0, |at| at.as_second() + i64::from(at.subsec_nanosecond() > 0));
        response
            .header("x-ratelimit-limit", &self.requests.to_string())
            .header(
                "x-ratelimit-remaining",
                &self.requests.saturating_sub(taken).to_string(),
            )
            .header("x-ratelimit-reset", &resets_at.to_string())
    }

    /// What is answered beyond it.
    pub fn refusal(&self) -> Response {
        self.told(Response::json(429, &json!({ "message": "Too many requests" })))
    }
}
