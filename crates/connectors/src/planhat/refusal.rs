//! What an answer means that was not a yes. Planhat documents no shape for it, so every shape is read.

use std::time::Duration;

use model::{Fault, FaultKind, Timestamp};
use serde_json::Value as Json;

use super::client::Aim;
use crate::kit::Response;

/// The fault that this answer means.
pub(super) fn fault(response: &Response, aim: Aim<'_>, now: Timestamp) -> Fault {
    let fault = Fault::new(kind(response, now), aim.doing);
    let fault = match words(&response.body) {
        Some(words) => fault.said(words),
        None => fault.said(format!("status {}", response.status)),
    };
    match response.status {
        401 => fault.hint("check the token, and the subdomain: a token of another cluster is unknown there"),
        403 => fault.hint(format!(
            "give the token's private app the permission {} in Planhat",
            aim.permission
        )),
        500.. => fault.hint("Planhat may have an outage; what was done is kept, so sync again later"),
        _ => fault,
    }
}

fn kind(response: &Response, now: Timestamp) -> FaultKind {
    match response.status {
        401 | 403 => FaultKind::Denied,
        404 | 410 => FaultKind::Gone,
        408 | 500.. => FaultKind::Unreachable,
        429 => FaultKind::Throttled {
            wait: wait(response, now),
        },
        400 | 409 | 413 | 422 => FaultKind::Rejected,
        _ => FaultKind::Unexpected,
    }
}

/// How long Planhat wants us to wait: both spellings of its headers have been seen.
fn wait(response: &Response, now: Timestamp) -> Option<Duration> {
    let number = |name| response.header_text(name)?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let reset = number("x-ratelimit-reset").or_else(|| number("x-rate-limit-reset"))?;
    let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
    // Seconds to go, or a moment in seconds or milliseconds since 1970: nobody says which.
    let millis = match reset {
        0..1_000_000_000 => reset.saturating_mul(1_000),
        1_000_000_000..1_000_000_000_000 => reset.saturating_mul(1_000).saturating_sub(now),
        _ => reset.saturating_sub(now),
    };
    Some(Duration::from_millis(millis))
}

/// The words in a body: of a JSON object, a JSON text, a plain text, or a page.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = match serde_json::from_str::<Json>(&text) {
        Ok(json) => words_of(&json)?,
        Err(_) => without_tags(&text),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// The words in a JSON answer, or in one of the errors of a bulk answer.
pub(super) fn words_of(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(without_tags(text)),
        Json::Array(all) => {
            let all: Vec<String> = all.iter().filter_map(words_of).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Json::Object(map) => ["message", "error", "errors", "detail", "errmsg"]
            .into_iter()
            .filter_map(|key| map.get(key))
            .find_map(words_of),
        _ => None,
    }
}

fn without_tags(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, tag)) = rest.split_once('<') {
        let Some((_, after)) = tag.split_once('>') else {
            break;
        };
        plain.push_str(before);
        plain.push(' ');
        rest = after;
    }
    plain + rest
}
