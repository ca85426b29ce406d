//! Links of conversations to tickets and to one another. Both ends tell of one; it is taken from its conversation, which
//! says whether it is closed.

use std::collections::BTreeMap;

use model::{Fields, ObjectName, Raw, RecordId};
use serde_json::{Value as Json, json};

use super::{
    fields::{self, Holds, Place, first_text, known},
    object::{List, Object, PLAIN, at, put},
};

pub(super) static LINK: Object = Object {
    name: "link",
    title: "Link",
    list: List::Carried,
    permission: "Read conversations",
    carriers: &["conversation"],
    known: &[
        known("source", Holds::OneOf(&["conversation", "ticket"])),
        known("target", Holds::OneOf(&["conversation", "ticket"])),
        // How the conversation stands that is linked to a ticket.
        known("conversation_state", Holds::Text),
    ],
    title_of: |json| {
        let end = |name: &str| {
            let end = at(json, &[name]);
            let kind = first_text(end, &["type"]).unwrap_or_default();
            format!("{kind} {}", fields::id(end).unwrap_or_default())
        };
        format!("{} – {}", end("source"), end("target"))
    },
    derive: |json, _: Place<'_>, fields: &mut Fields| {
        for name in ["source", "target"] {
            let end = at(json, &[name]);
            let kind = first_text(end, &["type"]).unwrap_or("conversation");
            let id = fields::id(end).unwrap_or_default();
            put(fields, name, fields::reference(kind, &id, None));
        }
    },
    ..PLAIN
};

/// The links that a conversation tells of. Of one between two conversations nothing is said that only one end knows.
pub(super) fn within(object: &str, id: &RecordId, json: &Json) -> Vec<(ObjectName, Raw)> {
    if object != "conversation" {
        return Vec::new();
    }
    let here = (object.to_owned(), id.to_string());
    let state = at(json, &["state"]);
    let listed = fields::items(at(json, &["linked_objects"]));
    let others = listed.into_iter().flatten().filter_map(|other| {
        let kind = first_text(other, &["type"]).filter(|kind| matches!(*kind, "conversation" | "ticket"))?;
        Some((kind.to_owned(), fields::id(other)?))
    });
    let mut links = BTreeMap::new();
    for other in others.filter(|other| *other != here) {
        let (source, target) = match here < other {
            true => (here.clone(), other),
            false => (other, here.clone()),
        };
        let name = format!("{}:{}-{}:{}", source.0, source.1, target.0, target.1);
        let end = |(kind, id): (String, String)| json!({"type": kind, "id": id});
        let state = if target.0 == "ticket" { state } else { &Json::Null };
        let text =
            json!({"id": name, "source": end(source), "target": end(target), "conversation_state": state})
                .to_string();
        links.insert(name.clone(), Raw::new(RecordId::from(name), text));
    }
    links
        .into_values()
        .map(|raw| (ObjectName::new(LINK.name), raw))
        .collect()
}
