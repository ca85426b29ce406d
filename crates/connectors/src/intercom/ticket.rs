//! Tickets, of whatever type the customer made.

use model::{FieldName, Fields, Value};
use serde_json::Value as Json;

use super::{
    conversation,
    fields::{Holds, Known, Place, first_text, known},
    html,
    object::{List, Object, PLAIN, at, put},
    part,
};

pub(super) static TICKET: Object = Object {
    name: "ticket",
    title: "Ticket",
    list: List::Search,
    path: "/tickets",
    permission: "Read tickets",
    known: KNOWN,
    internal: &[
        // Records of their own.
        "ticket_parts",
        "linked_objects",
        // What every ticket of the type has, beside the type's name.
        "ticket_type.ticket_type_attributes",
        "ticket_type.ticket_states",
        "ticket_type.workspace_id",
        "ticket_type.created_at",
        "ticket_type.updated_at",
        "ticket_type.description",
        "ticket_type.icon",
        "ticket_type.archived",
        "ticket_type.is_internal",
    ],
    title_of,
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("ticket_id", Holds::Text),
    known("category", Holds::Text),
    known("ticket_attributes._default_title_", Holds::Plain),
    known("ticket_attributes._default_description_", Holds::TextOrHtml),
    known("ticket_state.id", Holds::Text),
    known("ticket_state.category", Holds::Text),
    known("ticket_state.internal_label", Holds::Text),
    known("ticket_state.external_label", Holds::Text),
    known("ticket_type.id", Holds::Text),
    known("ticket_type.name", Holds::Text),
    known("ticket_type.category", Holds::Text),
    known("contacts", Holds::Many("contact")),
    known("admin_assignee_id", Holds::One("admin")),
    known("team_assignee_id", Holds::One("team")),
    known("company_id", Holds::One("company")),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("open", Holds::Bool),
    known("snoozed_until", Holds::Moment),
    known("is_shared", Holds::Bool),
    known("previous_ticket_state_id", Holds::Text),
    known("tags", Holds::Many("tag")),
    known("former_teammates", Holds::Words),
    // Derived: the state in one word; the files among the attributes.
    known("state", Holds::Text),
    known("files", Holds::Files),
];

fn title_of(json: &Json) -> String {
    let title = first_text(at(json, &["ticket_attributes"]), &["_default_title_"]);
    let kind = || first_text(at(json, &["ticket_type"]), &["name"]);
    let title = title.or_else(kind).map(html::plain).unwrap_or_default();
    match title.is_empty() {
        true => "(no title)".to_owned(),
        false => title,
    }
}

fn derive(json: &Json, place: Place<'_>, fields: &mut Fields) {
    // Before version 2.12 the state is a word, and some answers still have it so.
    let state = at(json, &["ticket_state"]);
    let word = state.as_str().or_else(|| first_text(state, &["category"]));
    put(fields, "state", Value::text(word.unwrap_or_default()));
    fields.remove(&FieldName::new("ticket_state"));
    let files = part::uploads(at(json, &["ticket_attributes"]));
    put(fields, "files", Holds::Files.read(&Json::Array(files), place));
    let names = conversation::names(json);
    for name in ["admin_assignee_id", "contacts"] {
        if let Some(value) = fields.get_mut(&FieldName::new(name)) {
            conversation::label(value, &names);
        }
    }
}
