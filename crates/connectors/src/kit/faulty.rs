//! What goes wrong with a request, decided from a seed: for twins that are asked to misbehave.

use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::kit::Response;

/// Decides what goes wrong with each request; the same seed, rules and requests give the same faults.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Wish")]
pub struct Faults {
    dice: u64,
    rules: Vec<FaultRule>,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPlan {
    /// Answered with 429 and this many seconds to wait, not performed.
    Throttled(u64),
    /// Answered with 500, not performed.
    ServerError,
    /// The connection is closed before anything is performed.
    Reset,
    /// Performed, and the connection is closed without an answer.
    LostAnswer,
    /// Performed, and the answer breaks off in the middle of its body.
    Truncated,
    /// Performed and answered, later.
    Delay(Duration),
}

/// One rule: how often which fault befalls which requests.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRule {
    #[serde(default = "every_route")]
    route: String,
    rate: f64,
    fault: FaultName,
    #[serde(default = "short_delay")]
    delay_ms: u64,
    // Nought by default: in a long rehearsal whole seconds of waiting would be most of it.
    #[serde(default)]
    retry_after_seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FaultName {
    Throttled,
    ServerError,
    Reset,
    LostAnswer,
    Truncated,
    Delay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    rules: Vec<FaultRule>,
}

fn every_route() -> String {
    "*".to_owned()
}

fn short_delay() -> u64 {
    200
}

impl TryFrom<Wish> for Faults {
    type Error = String;

    fn try_from(wish: Wish) -> Result<Self, String> {
        match wish.rules.iter().find(|rule| !(0.0..=1.0).contains(&rule.rate)) {
            Some(rule) => Err(format!("the rate of `{}` is not between 0 and 1", rule.route)),
            None => Ok(Self {
                dice: wish.seed,
                rules: wish.rules,
            }),
        }
    }
}

impl Faults {
    /// Every kind of fault at this rate, on every route.
    pub fn of_every_kind(rate: f64, seed: u64) -> Self {
        use FaultName::{Delay, LostAnswer, Reset, ServerError, Throttled, Truncated};
        let rule = |fault| FaultRule {
            route: every_route(),
            rate,
            fault,
            delay_ms: short_delay(),
            retry_after_seconds: 0,
        };
        let kinds = [Throttled, ServerError, Reset, LostAnswer, Truncated, Delay];
        Self {
            dice: seed,
            rules: kinds.map(rule).into(),
        }
    }

    /// What goes wrong with the next request; `None`: nothing. Each rule that fits throws its own dice.
    pub fn next(&mut self, method: &Method, path: &str) -> Option<FaultPlan> {
        let Self { dice, rules } = self;
        rules
            .iter()
            .filter(|rule| fits_route(&rule.route, method, path))
            .find(|rule| throw(dice) < rule.rate)
            .map(FaultRule::plan)
    }

    /// Whether there is no rule, so that nothing ever goes wrong.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl FaultRule {
    fn plan(&self) -> FaultPlan {
        match self.fault {
            FaultName::Throttled => FaultPlan::Throttled(self.retry_after_seconds),
            FaultName::ServerError => FaultPlan::ServerError,
            FaultName::Reset => FaultPlan::Reset,
            FaultName::LostAnswer => FaultPlan::LostAnswer,
            FaultName::Truncated => FaultPlan::Truncated,
            FaultName::Delay => FaultPlan::Delay(Duration::from_millis(self.delay_ms)),
        }
    }
}

impl FaultPlan {
    /// The answer that is given in place of performing the request, for the faults that answer so.
    pub fn refusal(self) -> Option<Response> {
        match self {
            Self::Throttled(seconds) => Some(too_many(seconds)),
            Self::ServerError => Some(Response::json_text(
                500,
                r#"{"message":"Something went wrong on our side","type":"internal_error","reference_id":"0"}"#.to_owned(),
            )),
            Self::Reset | Self::LostAnswer | Self::Truncated | Self::Delay(_) => None,
        }
    }
}

/// The answer to whoever asks too often, with the members of the one vendor that documents any.
pub fn too_many(retry_after_seconds: u64) -> Response {
    let body = json!({
        "message": "Too many requests",
        "type": "too_many_requests",
        "retry_after": retry_after_seconds,
    });
    Response::json(429, &body).header("retry-after", &retry_after_seconds.to_string())
}

/// Whether a request is one that the route means: `*`, `/path`, or `METHOD /path`, where `*` stands for any text.
fn fits_route(route: &str, method: &Method, path: &str) -> bool {
    match route.split_once(' ') {
        Some((named, pattern)) => {
            (named == "*" || named.eq_ignore_ascii_case(method.as_str())) && fits(pattern.trim(), path)
        }
        None => fits(route, path),
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    if !tail.contains('*') {
        return rest.ends_with(tail);
    }
    rest.char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| rest.get(at..).is_some_and(|rest| fits(tail, rest)))
}

/// A number from 0 up to 1 (splitmix64).
fn throw(dice: &mut u64) -> f64 {
    *dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut bits = *dice;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
