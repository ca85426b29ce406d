//! What an answer means that was not a yes.

use std::time::Duration;

use model::{Fault, FaultKind, Timestamp};
use serde::Deserialize;

use super::client::Aim;
use crate::kit::{Response, retry_after};

/// The longest that a window of Intercom's is.
const WINDOW: Duration = Duration::from_secs(10);
/// A reset that is further away is a clock that is wrong.
const LONGEST: i64 = 120;
/// How long until it is asked again whether another scroll has ended; one that nobody uses ends after a minute.
const SCROLL: Duration = Duration::from_secs(15);

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Said>,
}

#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    field: Option<String>,
}

/// The first code of an answer that was not a yes.
pub(super) fn code(response: &Response) -> String {
    let first = said(response).into_iter().next();
    first.and_then(|said| said.code).unwrap_or_default()
}

/// The fault that this answer means.
pub(super) fn fault(response: &Response, aim: Aim<'_>, now: Timestamp) -> Fault {
    let code = code(response);
    let kind = kind(response, &code, now);
    let fault = Fault::new(kind, aim.doing).said(words(response));
    let permission = aim.permission;
    match (kind, response.status, code.as_str()) {
        (_, _, "api_plan_restricted") | (_, 402, _) => {
            fault.hint("the workspace's plan does not include it: change the plan, or take the object out of the recipe")
        }
        (_, _, "intercom_version_invalid") => {
            fault.hint("this workspace does not know that version of the API; ask Intercom to enable it")
        }
        (FaultKind::Unavailable, ..) => fault.hint(format!(
            "give the app the permission `{permission}` in Intercom's Developer Hub, or take the object out of the recipe"
        )),
        (FaultKind::Denied, ..) => {
            fault.hint("check the token and the region: a token of one region is unknown in another")
        }
        (_, 500.., _) => fault.hint("Intercom may have an outage; what was done is kept, so sync again later"),
        _ => fault,
    }
}

fn kind(response: &Response, code: &str, now: Timestamp) -> FaultKind {
    match (response.status, code) {
        // The token is known, and lacks a permission: older calls say so with 401.
        (401, "token_unauthorized") | (402 | 403, _) => FaultKind::Unavailable,
        (401, _) => FaultKind::Denied,
        (400, "scroll_exists") => FaultKind::Throttled { wait: Some(SCROLL) },
        (400, "intercom_version_invalid") => FaultKind::Unavailable,
        (404 | 410, _) => FaultKind::Gone,
        (408 | 500.., _) => FaultKind::Unreachable,
        (429, _) => FaultKind::Throttled {
            wait: Some(wait(response, now)),
        },
        (400..=499, _) => FaultKind::Rejected,
        _ => FaultKind::Unexpected,
    }
}

/// How long until the window ends, by Intercom's own clock where it tells the time.
fn wait(response: &Response, now: Timestamp) -> Duration {
    if let Some(asked) = retry_after(response, now) {
        return asked.max(Duration::from_secs(1));
    }
    let reset = response
        .header_text("x-ratelimit-reset")
        .and_then(|text| text.trim().parse::<i64>().ok());
    let date = response
        .header_text("date")
        .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .map_or(now, |zoned| zoned.timestamp());
    let seconds = reset.map(|reset| reset.saturating_sub(date.as_second()));
    match seconds.filter(|seconds| (0..=LONGEST).contains(seconds)) {
        Some(seconds) => Duration::from_secs(seconds.max(1).unsigned_abs()),
        None => WINDOW,
    }
}

fn said(response: &Response) -> Vec<Said> {
    serde_json::from_slice::<Body>(&response.body)
        .unwrap_or_default()
        .errors
}

/// The vendor's words. Of an answer that is none of the documented ones only the status: it may be anybody's page.
fn words(response: &Response) -> String {
    let all: Vec<String> = said(response)
        .into_iter()
        .map(|said| {
            let words = [
                said.message.or(said.code),
                said.field.map(|field| format!("field `{field}`")),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
        .filter(|words| !words.is_empty())
        .collect();
    match all.is_empty() {
        true => format!("status {}", response.status),
        false => all.join("; "),
    }
}
