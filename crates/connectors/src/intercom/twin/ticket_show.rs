//! A ticket as callers see it.

use serde_json::{Map, Value, json};

use super::{
    call::View,
    part::{Part, Standing},
    people, quirks,
    talk::{Talk, TicketFacts},
    talk_show,
    ticket_types::{TYPES, shown_state, state_of},
    version::Version,
};

/// So many parts are shown, the newest.
const MOST_PARTS: usize = 500;

/// A ticket with its parts, as single answers and searches show it.
pub(super) fn ticket(view: &View<'_>, talk: &Talk) -> Value {
    let Some(facts) = talk.ticket.as_deref() else {
        return Value::Null;
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("type", json!("ticket"));
    put("id", json!(talk.id.to_string()));
    put("ticket_id", json!(facts.number.to_string()));
    put("category", json!(people::ticket_category(view.state, facts.kind)));
    put("ticket_attributes", attributes(view, facts));
    put("ticket_state", json!(state_of(facts.state).map(shown_state)));
    put(
        "ticket_type",
        view.show_id(TYPES, &facts.kind.to_string()).unwrap_or_default(),
    );
    put("contacts", talk_show::contacts(view, &talk.contacts));
    put("admin_assignee_id", assignee(view.version, talk.admin));
    put("team_assignee_id", assignee(view.version, talk.team));
    put("created_at", json!(talk.created));
    put("updated_at", json!(talk.updated));
    put("open", json!(talk.standing != Standing::Closed));
    if let Some(until) = talk.snoozed_until {
        put("snoozed_until", json!(until));
    }
    put("linked_objects", talk_show::linked(view, talk));
    let from = talk.parts.len().saturating_sub(MOST_PARTS);
    let parts = talk.parts.get(from..).unwrap_or_default();
    let parts: Vec<Value> = parts.iter().map(|part| self::part(view, part)).collect();
    put(
        "ticket_parts",
        json!({"type": "ticket_part.list", "ticket_parts": parts, "total_count": talk.parts.len()}),
    );
    put("is_shared", json!(facts.is_shared));
    if view.version >= Version::V16 {
        let before = facts.state_before.map(|state| state.to_string());
        put("previous_ticket_state_id", json!(before));
    }
    quirks::of_record(view, Value::Object(shown))
}

/// Numbers since 2.16, and texts before; nobody is zero in both.
fn assignee(version: Version, id: u64) -> Value {
    match version >= Version::V16 {
        true => json!(id),
        false => json!(id.to_string()),
    }
}

/// The values of the attributes; files with addresses of the hour.
fn attributes(view: &View<'_>, facts: &TicketFacts) -> Value {
    let signer = view.signer();
    let shown = facts.attributes.iter().map(|(name, value)| {
        let files = serde_json::from_value::<Vec<super::part::Attachment>>(value.clone());
        let value = match files {
            Ok(files) if !files.is_empty() => files.iter().map(|file| signer.attachment(file)).collect(),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    Value::Object(shown.collect())
}

/// One part of a ticket.
pub(super) fn part(view: &View<'_>, part: &Part) -> Value {
    let signer = view.signer();
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("type", json!("ticket_part"));
    put("id", quirks::part_id(view, part.id));
    put("part_type", quirks::part_kind(view, part));
    if let Some(body) = &part.body {
        put("body", json!(signer.text(body)));
    }
    put("created_at", json!(part.created));
    put("updated_at", json!(part.updated));
    put("author", Value::Object(part.author.shown()));
    let attachments = part.attachments.iter().map(|file| signer.attachment(file));
    put("attachments", attachments.collect());
    put("redacted", json!(part.redacted));
    let Some(extra) = part.extra.as_deref() else {
        return Value::Object(shown);
    };
    if let Some((before, after)) = &extra.ticket_state {
        put("previous_ticket_state", json!(before));
        put("ticket_state", json!(after));
    }
    if let Some(assigned) = &extra.assigned {
        put("assigned_to", assigned.shown());
    }
    if !extra.attribute.is_null() {
        put("updated_attribute_data", extra.attribute.clone());
    }
    if extra.by_app {
        put("app_package_code", json!(people::APP));
    }
    if let Some(external) = &extra.external_id {
        put("external_id", json!(external));
    }
    Value::Object(shown)
}
