//! What a record brings along of other objects, and what it keeps back; pure.

use model::{Fault, ObjectName, Raw, RecordId, Withheld};
use serde_json::{Map, Value as Json};

use super::{
    article, conversation, fields, link, note,
    object::{OURS, Object, at},
    part,
};

/// Intercom gives so many parts, the newest; what is older is not to be had.
const MOST_PARTS: u64 = 500;

/// The records of other objects that a record brings along.
pub(super) fn of(object: &str, raw: &Raw) -> Result<Vec<(ObjectName, Raw)>, Fault> {
    match object {
        "conversation" | "ticket" | "contact" | "company" | "article" => {}
        _ => return Ok(Vec::new()),
    }
    let json: Json = raw.parse("taking apart what belongs to")?;
    Ok(match object {
        "article" => article::within(&raw.id, &json),
        "contact" | "company" => notes(object, &raw.id, &json),
        _ => {
            let mut brought = part::within(object, &raw.id, &json);
            brought.extend(link::within(object, &raw.id, &json));
            brought
        }
    })
}

/// The notes on a contact or a company. Their ids may be counted apart.
fn notes(object: &str, id: &RecordId, json: &Json) -> Vec<(ObjectName, Raw)> {
    let read = fields::items(at(json, &[OURS, "notes"]));
    let shown = || at(json, &["notes", "notes"]).as_array();
    let listed = read.or_else(shown).into_iter().flatten();
    let notes = listed.filter_map(|one| Some((fields::id(one)?, one.as_object()?.clone())));
    let mut found: Vec<(ObjectName, Raw)> = Vec::new();
    for (name, mut members) in notes.filter(|(_, members)| members.contains_key("body")) {
        let mut place = Map::new();
        place.insert("object".to_owned(), Json::from(object));
        place.insert("id".to_owned(), Json::from(id.as_str()));
        members.insert(OURS.to_owned(), Json::Object(place));
        let name = match object {
            "company" => format!("company:{name}"),
            _ => name,
        };
        let raw = Raw::new(RecordId::from(name), Json::Object(members).to_string());
        if !found.iter().any(|(_, known)| known.id == raw.id) {
            found.push((ObjectName::new(note::NOTE.name), raw));
        }
    }
    found
}

/// The parts that a conversation or a ticket says it has and does not give.
pub(super) fn withheld(object: &str, raw: &Raw) -> Option<Withheld> {
    let (list, part) = match object {
        "conversation" => ("conversation_parts", part::PART.name),
        "ticket" => ("ticket_parts", part::TICKET_PART.name),
        _ => return None,
    };
    let json: Json = serde_json::from_str(&raw.json).ok()?;
    let given = conversation::parts(&json, list)?.len() as u64;
    let number = |json: &Json| match json {
        Json::String(text) => text.parse().ok(),
        json => json.as_u64(),
    };
    let listed = number(at(&json, &[list, "total_count"])).unwrap_or_default();
    // The statistics may count otherwise; they only count where the list is as long as lists are.
    let counted = number(at(&json, &["statistics", "count_conversation_parts"]));
    let counted = counted.filter(|_| given >= MOST_PARTS).unwrap_or_default();
    let stated = listed.max(counted);
    (stated > given).then(|| Withheld {
        object: ObjectName::new(part),
        stated,
        given,
    })
}

/// The record that brings another one along, by the other's id.
pub(super) fn carrier_of(object: &Object, id: &RecordId) -> Option<(&'static str, RecordId)> {
    let first = id.as_str().split(':').next().map(RecordId::new);
    match object.name {
        "part" => Some(("conversation", first?)),
        "ticket_part" => Some(("ticket", first?)),
        "article_text" => Some(("article", first?)),
        "link" => {
            let (source, _) = id.as_str().split_once('-')?;
            let (kind, id) = source.split_once(':')?;
            let kind = if kind == "ticket" {
                "ticket"
            } else {
                "conversation"
            };
            Some((kind, RecordId::new(id)))
        }
        _ => None,
    }
}
