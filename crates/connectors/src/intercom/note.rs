//! Notes on contacts and companies.

use model::Fields;
use serde_json::Value as Json;

use super::{
    fields::{self, Holds, Known, Place, known},
    html,
    object::{List, OURS, Object, PLAIN, at, put},
};

pub(super) static NOTE: Object = Object {
    name: "note",
    title: "Note",
    list: List::Carried,
    path: "/notes",
    permission: "Read and list users and companies",
    carriers: &["company", "contact"],
    known: KNOWN,
    title_of: |json| html::plain(fields::first_text(json, &["body"]).unwrap_or("Note")),
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("body", Holds::Html),
    known("author", Holds::Author),
    known("created_at", Holds::Moment),
    known("contact", Holds::One("contact")),
    known("company", Holds::One("company")),
    // Derived: the contact or the company.
    known("about", Holds::OneOf(&["contact", "company"])),
    known("visibility", Holds::Seen),
];

/// Whom it is about: as it says itself, or as the record that brought it along.
fn about(json: &Json) -> (&'static str, String) {
    let carrier = at(json, &[OURS, "object"]).as_str().unwrap_or_default();
    let of = |name: &str| fields::id(at(json, &[name]));
    let brought = || fields::id(at(json, &[OURS, "id"])).unwrap_or_default();
    match carrier {
        "company" => ("company", of("company").unwrap_or_else(brought)),
        "contact" => ("contact", of("contact").unwrap_or_else(brought)),
        _ => match of("company") {
            Some(id) => ("company", id),
            None => ("contact", of("contact").unwrap_or_default()),
        },
    }
}

fn derive(json: &Json, place: Place<'_>, fields: &mut Fields) {
    let (kind, id) = about(json);
    put(fields, "about", fields::reference(kind, &id, None));
    // Nobody but the team sees notes.
    put(fields, "visibility", fields::seen(false));
    // The author is a teammate, whatever it says of itself or leaves out.
    let author = at(json, &["author"]);
    if author.is_object() && author.get("type").is_none() {
        put(fields, "author", Holds::One("admin").read(author, place));
    }
}
