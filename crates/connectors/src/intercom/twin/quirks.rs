//! What the vendor does now and then, if the twin is told to do it too.

use serde_json::{Map, Value, json};

use super::{call::View, part::Part, refusal::Refusal, switches::Switches};
use crate::kit::{Request, Response};

/// More than so many records on a page are too many on a bad day.
const LARGE_PAGE: usize = 50;
/// One in so many answers is empty where answers are.
const EMPTY_ONCE_IN: u64 = 20;

/// The id of a part, which some answers write as a number.
pub(super) fn part_id(view: &View<'_>, id: u64) -> Value {
    match view.state.switches.is("part_ids", "number") {
        true => json!(id),
        false => json!(id.to_string()),
    }
}

/// The type of a part; of those that say nothing, one that no reader knows.
pub(super) fn part_kind(view: &View<'_>, part: &Part) -> Value {
    match view.state.switches.is("unknown_part_types", "yes") && !part.is_said() {
        true => json!(format!("{}_of_tomorrow", part.kind)),
        false => json!(part.kind),
    }
}

/// A record, without what it has not, where that is left out.
pub(super) fn of_record(view: &View<'_>, record: Value) -> Value {
    match view.state.switches.is("missing_values", "absent") {
        true => pruned(record),
        false => record,
    }
}

fn pruned(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                members
                    .map(|(name, value)| (name, pruned(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => items.into_iter().map(pruned).collect(),
        value => value,
    }
}

/// Whether a search may have a page of this size.
pub(super) fn check_page(switches: &Switches, per_page: usize) -> Result<(), Refusal> {
    match switches.text("large_pages") {
        "404" if per_page > LARGE_PAGE => Err(Refusal::not_found("Conversation not found. Message deleted.")),
        "502" if per_page > LARGE_PAGE => Err(Refusal::new(502, "server_error", "Bad Gateway")),
        _ => Ok(()),
    }
}

/// What is answered in place of this, if the twin is in the mood. `count` counts what was asked.
pub(super) fn empty_answer(switches: &Switches, request: &Request, count: u64) -> Option<Response> {
    let reads = request.method == http::Method::GET || request.path.ends_with("/search");
    let is_due = reads && count % EMPTY_ONCE_IN == EMPTY_ONCE_IN - 1;
    (is_due && switches.is("empty_answers", "some")).then(|| Response::text(200, ""))
}
