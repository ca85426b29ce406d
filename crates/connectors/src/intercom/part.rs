//! What is said in a conversation or about a ticket: its parts, and a conversation's first message, which is none.

use model::{Fields, ObjectName, Raw, RecordId, Value};
use serde_json::{Map, Value as Json, json};

use super::{
    conversation,
    fields::{self, Holds, Known, Place, first_text, known},
    html,
    object::{List, OURS, Object, PLAIN, at, put},
};

pub(super) static PART: Object = Object {
    name: "part",
    title: "Conversation part",
    list: List::Carried,
    permission: "Read conversations",
    carriers: &["conversation"],
    known: KNOWN,
    title_of,
    derive,
    ..PLAIN
};

pub(super) static TICKET_PART: Object = Object {
    name: "ticket_part",
    title: "Ticket part",
    list: List::Carried,
    permission: "Read tickets",
    carriers: &["ticket"],
    known: TICKET_KNOWN,
    title_of,
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("part_type", Holds::Text),
    known("body", Holds::Html),
    known("author", Holds::Author),
    known("assigned_to", Holds::Author),
    known("attachments", Holds::Files),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("notified_at", Holds::Moment),
    known("external_id", Holds::Text),
    known("redacted", Holds::Bool),
    known("state", Holds::Text),
    known("tags", Holds::Many("tag")),
    known("metadata", Holds::Anything),
    known("email_message_metadata", Holds::Anything),
    known("event_details", Holds::Anything),
    known("app_package_code", Holds::Text),
    known("translations", Holds::Anything),
    // Derived: what it was said in, and what of that decides whether it is moved.
    known("about", Holds::One("conversation")),
    known("conversation_state", Holds::Text),
    known("in_ticket", Holds::Bool),
    known("has_content", Holds::Bool),
    known("file_names", Holds::Text),
    known("visibility", Holds::Seen),
];

const TICKET_KNOWN: &[Known] = &[
    known("part_type", Holds::Text),
    known("body", Holds::Html),
    known("author", Holds::Author),
    known("assigned_to", Holds::Author),
    known("attachments", Holds::Files),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("external_id", Holds::Text),
    known("redacted", Holds::Bool),
    known("previous_ticket_state", Holds::Text),
    known("ticket_state", Holds::Text),
    known("updated_attribute_data", Holds::Anything),
    known("app_package_code", Holds::Text),
    known("about", Holds::One("ticket")),
    known("has_content", Holds::Bool),
    known("file_names", Holds::Text),
    known("visibility", Holds::Seen),
];

/// Parts that everybody in a conversation reads. What is not known to be public is not.
const PUBLIC: &[&str] = &[
    FIRST,
    "comment",
    "quick_reply",
    "open",
    "close",
    "close_and_reopen",
    "snoozed",
    "unsnoozed",
];
/// The type that we give to a conversation's first message.
const FIRST: &str = "source";

/// What a part brought along tells of where it stood.
fn ours<'a>(json: &'a Json, name: &str) -> &'a Json {
    at(json, &[OURS, name])
}

fn carrier(json: &Json) -> String {
    fields::id(ours(json, "id")).unwrap_or_default()
}

fn title_of(json: &Json) -> String {
    let text = html::plain(first_text(json, &["body"]).unwrap_or_default());
    match text.is_empty() {
        true => first_text(json, &["part_type"]).unwrap_or("Part").to_owned(),
        false => text,
    }
}

fn derive(json: &Json, _: Place<'_>, fields: &mut Fields) {
    let object = ours(json, "object").as_str().unwrap_or("conversation");
    put(fields, "about", fields::reference(object, &carrier(json), None));
    if object == "conversation" {
        let state = ours(json, "state").as_str().unwrap_or_default();
        put(fields, "conversation_state", Value::text(state));
        let is_ticket = ours(json, "is_ticket") == &Json::Bool(true);
        put(fields, "in_ticket", Value::Bool(is_ticket));
    }
    put(fields, "visibility", fields::seen(is_public(json)));
    put(fields, "has_content", Value::Bool(has_content(json)));
    let files = fields::items(at(json, &["attachments"]));
    let names = files.into_iter().flatten();
    let names = names.filter_map(|file| first_text(file, &["name"]));
    put(
        fields,
        "file_names",
        Value::text(names.collect::<Vec<_>>().join(", ")),
    );
}

/// Whether the customer reads it. A teammate who assigns a conversation writes to the team.
fn is_public(json: &Json) -> bool {
    let kind = first_text(json, &["part_type"]).unwrap_or_default();
    let author = first_text(at(json, &["author"]), &["type"]).unwrap_or_default();
    let by_customer = matches!(author, "user" | "lead" | "contact");
    let is_assigning = kind.contains("assign");
    (is_assigning && by_customer) || PUBLIC.contains(&kind)
}

/// Whether anybody says anything in it, or shows something.
fn has_content(json: &Json) -> bool {
    let body = at(json, &["body"]).as_str().unwrap_or_default();
    let shows = ["<img", "<video", "<iframe", "<audio"];
    let lower = body.to_ascii_lowercase();
    let files = fields::items(at(json, &["attachments"])).is_some_and(|files| !files.is_empty());
    files || !html::plain(body).is_empty() || shows.iter().any(|tag| lower.contains(tag))
}

/// The parts that a conversation or a ticket brings along, each told where it stood.
pub(super) fn within(object: &str, id: &RecordId, json: &Json) -> Vec<(ObjectName, Raw)> {
    let (part, list) = match object {
        "ticket" => (TICKET_PART.name, "ticket_parts"),
        _ => (PART.name, "conversation_parts"),
    };
    let mut place = Map::new();
    place.insert("object".to_owned(), Json::from(object));
    place.insert("id".to_owned(), Json::from(id.as_str()));
    if object == "conversation" {
        place.insert("state".to_owned(), at(json, &["state"]).clone());
        place.insert("is_ticket".to_owned(), Json::Bool(conversation::is_ticket(json)));
    }
    let first = first(json).filter(|_| object == "conversation");
    let parts = conversation::parts(json, list).into_iter().flatten();
    first
        .into_iter()
        .chain(parts.filter_map(|part| Some((fields::id(part)?, part.as_object()?.clone()))))
        .map(|(name, mut part_json)| {
            part_json.insert(OURS.to_owned(), Json::Object(place.clone()));
            let raw = Raw::new(
                RecordId::from(format!("{id}:{name}")),
                Json::Object(part_json).to_string(),
            );
            (ObjectName::new(part), raw)
        })
        .collect()
}

/// A conversation's first message, as if it were a part. DevRev's conversations hold no files: those of the
/// conversation's own attributes go along with it.
fn first(json: &Json) -> Option<(String, Map<String, Json>)> {
    let source = json.get("source")?.as_object()?;
    let taken = |name: &str| source.get(name).cloned().unwrap_or_default();
    let mut files = fields::items(&taken("attachments")).cloned().unwrap_or_default();
    files.extend(uploads(at(json, &["custom_attributes"])));
    let part = json!({
        "type": "conversation_part",
        "part_type": FIRST,
        "body": taken("body"),
        "author": taken("author"),
        "attachments": files,
        "redacted": taken("redacted"),
        "email_message_metadata": taken("email_message_metadata"),
        "created_at": at(json, &["created_at"]),
    });
    Some((FIRST.to_owned(), part.as_object()?.clone()))
}

/// The files among the customer's attributes.
pub(super) fn uploads(attributes: &Json) -> Vec<Json> {
    let is_upload = |one: &&Json| {
        let kind = one.get("type").and_then(Json::as_str);
        kind == Some("upload") && first_text(one, &["url"]).is_some()
    };
    let values = attributes.as_object().into_iter().flatten();
    values
        .flat_map(|(_, value)| match value {
            Json::Array(all) => all.iter().collect::<Vec<_>>(),
            one => vec![one],
        })
        .filter(is_upload)
        .cloned()
        .collect()
}
