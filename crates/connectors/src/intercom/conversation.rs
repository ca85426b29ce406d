//! Conversations. What is said in them becomes records of its own; see `part`.

use std::collections::HashMap;

use model::{FieldName, Fields, Value};
use serde_json::Value as Json;

use super::{
    fields::{self, Holds, Known, Place, first_text, known},
    html,
    object::{List, Object, PLAIN, at, put},
};

pub(super) static CONVERSATION: Object = Object {
    name: "conversation",
    title: "Conversation",
    list: List::Search,
    path: "/conversations",
    permission: "Read conversations",
    known: KNOWN,
    internal: &[
        // Records of their own.
        "conversation_parts",
        "linked_objects",
        "source.body",
        "source.attachments",
        // Whether it is a ticket is all that is taken of it: the ticket is read as one.
        "ticket",
        // Only where a search asks for them.
        "monitor_evaluations",
        "scorecards",
    ],
    title_of,
    derive,
    ..PLAIN
};

// tidy: long because it is one line per property
const KNOWN: &[Known] = &[
    known("title", Holds::Plain),
    known("state", Holds::Text),
    known("open", Holds::Bool),
    known("read", Holds::Bool),
    known("priority", Holds::Text),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("waiting_since", Holds::Moment),
    known("snoozed_until", Holds::Moment),
    known("admin_assignee_id", Holds::One("admin")),
    known("team_assignee_id", Holds::One("team")),
    known("company", Holds::One("company")),
    known("tags", Holds::Many("tag")),
    known("contacts", Holds::Many("contact")),
    known("teammates", Holds::Many("admin")),
    known("source.type", Holds::Text),
    known("source.id", Holds::Text),
    known("source.delivered_as", Holds::Text),
    known("source.subject", Holds::Plain),
    known("source.author", Holds::Author),
    known("source.url", Holds::Text),
    known("source.redacted", Holds::Bool),
    known("source.recipients", Holds::Anything),
    known("source.reply_to", Holds::Anything),
    known("source.email_message_metadata", Holds::Anything),
    known("first_contact_reply.created_at", Holds::Moment),
    known("first_contact_reply.type", Holds::Text),
    known("first_contact_reply.url", Holds::Text),
    known("sla_applied.sla_name", Holds::Text),
    known("sla_applied.sla_status", Holds::Text),
    known("conversation_rating.rating", Holds::Whole),
    known("conversation_rating.remark", Holds::Text),
    known("conversation_rating.created_at", Holds::Moment),
    known("conversation_rating.updated_at", Holds::Moment),
    known("conversation_rating.contact", Holds::One("contact")),
    known("conversation_rating.teammate", Holds::Author),
    known("statistics.time_to_assignment", Holds::Whole),
    known("statistics.time_to_admin_reply", Holds::Whole),
    known("statistics.time_to_first_close", Holds::Whole),
    known("statistics.time_to_last_close", Holds::Whole),
    known("statistics.median_time_to_reply", Holds::Whole),
    known("statistics.handling_time", Holds::Whole),
    known("statistics.adjusted_handling_time", Holds::Whole),
    known("statistics.first_contact_reply_at", Holds::Moment),
    known("statistics.first_assignment_at", Holds::Moment),
    known("statistics.first_admin_reply_at", Holds::Moment),
    known("statistics.first_close_at", Holds::Moment),
    known("statistics.last_assignment_at", Holds::Moment),
    known("statistics.last_assignment_admin_reply_at", Holds::Moment),
    known("statistics.last_contact_reply_at", Holds::Moment),
    known("statistics.last_admin_reply_at", Holds::Moment),
    known("statistics.last_close_at", Holds::Moment),
    known("statistics.last_closed_by_id", Holds::One("admin")),
    known("statistics.count_reopens", Holds::Whole),
    known("statistics.count_assignments", Holds::Whole),
    known("statistics.count_conversation_parts", Holds::Whole),
    known("statistics.assigned_team_first_response_time", Holds::Anything),
    known(
        "statistics.assigned_team_first_response_time_in_office_hours",
        Holds::Anything,
    ),
    known("channel.initial", Holds::Text),
    known("channel.current", Holds::Text),
    known("ai_agent_participated", Holds::Bool),
    known("ai_agent.source_type", Holds::Text),
    known("ai_agent.source_title", Holds::Text),
    known("ai_agent.last_answer_type", Holds::Text),
    known("ai_agent.resolution_state", Holds::Text),
    known("ai_agent.rating", Holds::Whole),
    known("ai_agent.rating_remark", Holds::Text),
    known("ai_agent.created_at", Holds::Moment),
    known("ai_agent.updated_at", Holds::Moment),
    known("ai_agent.content_sources", Holds::Anything),
    known("sales_agent_participated", Holds::Bool),
    known("sales_agent", Holds::Anything),
    known("external_references", Holds::Anything),
    known("topics", Holds::Anything),
    known("ai_topics", Holds::Anything),
    known("former_teammates", Holds::Words),
    // Derived: the first message on one line, for a title; whether it is a ticket, too.
    known("snippet", Holds::Text),
    known("is_ticket", Holds::Bool),
];

fn title_of(json: &Json) -> String {
    let subject = || first_text(at(json, &["source"]), &["subject"]);
    let title = first_text(json, &["title"]).or_else(subject).map(html::plain);
    let title = title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| snippet(json));
    match title.is_empty() {
        true => "(no subject)".to_owned(),
        false => title,
    }
}

fn snippet(json: &Json) -> String {
    html::plain(at(json, &["source", "body"]).as_str().unwrap_or_default())
}

fn derive(json: &Json, _: Place<'_>, fields: &mut Fields) {
    put(fields, "snippet", Value::text(snippet(json)));
    put(fields, "is_ticket", Value::Bool(is_ticket(json)));
    let names = names(json);
    for name in [
        "admin_assignee_id",
        "teammates",
        "contacts",
        "statistics.last_closed_by_id",
    ] {
        if let Some(value) = fields.get_mut(&FieldName::new(name)) {
            label(value, &names);
        }
    }
}

/// Whether a ticket hangs on it: both are read by the same id.
pub(super) fn is_ticket(json: &Json) -> bool {
    at(json, &["ticket"]).is_object()
}

/// Who is called what: those who wrote something are named beside it, and elsewhere by their ids alone. A teammate who has
/// left is named nowhere else.
pub(super) fn names(json: &Json) -> HashMap<String, String> {
    let source = std::iter::once(at(json, &["source"]));
    let parts = ["conversation_parts", "ticket_parts"]
        .into_iter()
        .filter_map(|name| parts(json, name))
        .flatten();
    let authors = source.chain(parts).map(|said| at(said, &["author"]));
    authors
        .filter_map(|author| {
            let name = first_text(author, &["name", "email"])?;
            Some((fields::id(author)?, name.to_owned()))
        })
        .collect()
}

/// The parts of a conversation or a ticket, in their order.
pub(super) fn parts<'a>(json: &'a Json, name: &str) -> Option<&'a Vec<Json>> {
    match json.get(name)? {
        Json::Array(all) => Some(all),
        list => list.get(name)?.as_array(),
    }
}

pub(super) fn label(value: &mut Value, names: &HashMap<String, String>) {
    match value {
        Value::Ref(reference) if reference.label.is_none() => {
            reference.label = names.get(reference.id.as_str()).cloned();
        }
        Value::List(values) => values.iter_mut().for_each(|value| label(value, names)),
        _ => {}
    }
}
