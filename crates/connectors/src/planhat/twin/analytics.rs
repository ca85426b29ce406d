//! The paths of the analytics host. The real one has another address and knows no service accounts: the tenant token in
//! the path, or as a user without a password, is all it asks for. It says 200 to whatever comes.

use http::Method;
use model::Timestamp;
use serde_json::{Value, json};

use super::{
    activity, door, metric,
    record::{FieldMap, Refusal},
    state::State,
    switches::Switches,
};
use crate::kit::{Request, Response};

/// How long a body may be.
const LONGEST: usize = 32 * 1024 * 1024;

/// What a path of the analytics host takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intake {
    Activities,
    Segment,
    Metrics,
}

/// Whether a request is one for the analytics host.
pub(super) fn is_for(request: &Request, switches: &Switches) -> bool {
    intake(request, switches).is_some()
}

/// Answers it, if it is.
pub(super) fn answer(
    state: &mut State,
    switches: &Switches,
    token: Option<&str>,
    request: &Request,
    now: Timestamp,
) -> Option<Result<Response, Refusal>> {
    let (intake, tenant) = intake(request, switches)?;
    let known = match &tenant {
        Some(tenant) => switches.tenant.is_empty() || *tenant == switches.tenant,
        // A journal keeps no credentials; what it replays comes with the twin's own token.
        None => is_tenant(switches, request) || token.is_some() && door::is_known(token, request),
    };
    if !known && tenant.is_none() {
        return Some(Err(Refusal::new(401, "unauthorized")));
    }
    if !known && switches.unknown_tenant_is_404 {
        return Some(Err(Refusal::new(404, "not found")));
    }
    if request.body.len() > LONGEST {
        return Some(Err(Refusal::new(413, "the body is longer than 32 MB")));
    }
    let items = if known { items(request) } else { Vec::new() };
    Some(Ok(take(state, switches, intake, items, now)))
}

fn take(
    state: &mut State,
    switches: &Switches,
    intake: Intake,
    items: Vec<Value>,
    now: Timestamp,
) -> Response {
    let processed = items.len();
    let errors = match intake {
        Intake::Metrics => {
            let errors = metric::take(state, switches, items, now);
            return Response::json(200, &json!({ "processed": processed, "errors": errors }));
        }
        Intake::Activities => activity::take(state, switches, items.into_iter().filter_map(fields), now),
        Intake::Segment => {
            let said = items.into_iter().filter_map(fields);
            let items: Vec<FieldMap> = said
                .filter_map(|said| activity::from_segment(state, switches, said, now))
                .collect();
            activity::take(state, switches, items.into_iter(), now)
        }
    };
    match switches.answers_activities {
        true => Response::json(200, &json!({ "processed": processed, "errors": errors })),
        false => Response::text(200, ""),
    }
}

fn fields(item: Value) -> Option<FieldMap> {
    match item {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// What a body holds: one thing, several, or nothing that can be read.
fn items(request: &Request) -> Vec<Value> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Array(items)) => items,
        Ok(item) => vec![item],
        Err(_) => Vec::new(),
    }
}

/// Where a request leads, and the tenant token in its path.
fn intake(request: &Request, switches: &Switches) -> Option<(Intake, Option<String>)> {
    if request.method != Method::POST {
        return None;
    }
    let segments = door::segments(&request.path)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["analytics", "bulk", tenant] | ["analytics", tenant] => {
            Some((Intake::Activities, Some((*tenant).to_owned())))
        }
        ["dimensiondata", tenant] => Some((Intake::Metrics, Some((*tenant).to_owned()))),
        [tenant, "dimensiondata"] if switches.legacy => Some((Intake::Metrics, Some((*tenant).to_owned()))),
        ["dock", "segment"] => Some((Intake::Segment, None)),
        _ => None,
    }
}

/// Whether the request's user is the tenant.
fn is_tenant(switches: &Switches, request: &Request) -> bool {
    let tenant = Some(switches.tenant.as_str()).filter(|tenant| !tenant.is_empty());
    let basic = request.header_text("authorization").is_some_and(|header| {
        let scheme = header.trim().split(' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic")
    });
    basic && door::is_known(tenant, request)
}
