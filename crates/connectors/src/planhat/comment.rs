//! Comments, mostly on conversations and tasks. No page of the documentation describes them: what is here is what DevRev's
//! own import is known to read.

use model::{FieldName, Fields, Value, Visibility};
use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static COMMENT: Object = Object {
    name: "comment",
    title: "Comment",
    path: "/comments",
    documented: false,
    permission: "Comments (View)",
    known: KNOWN,
    labels: &[("by", "byName")],
    // Together they are `parent`.
    internal: &["commentableId", "commentableModel"],
    required: &["parent", "text"],
    title_of: |json| match object::first_text(json, &["text"]) {
        Some(text) => object::one_line(text),
        None => "(no text)".to_owned(),
    },
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    // Derived: the record that it is about.
    known("parent", PARENT),
    known("text", Holds::Html),
    known("by", Holds::One("user")),
    // Derived: nothing says that anybody but the team sees comments.
    computed("visibility", Holds::Seen),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

/// What can be commented on; first, what a comment is about that does not say.
const ABOUT: &[&str] = &["conversation", "task", "issue", "objective", "project"];
const PARENT: Holds = Holds::OneOf(ABOUT);

fn derive(json: &Json, fields: &mut Fields) {
    let model = object::first_text(json, &["commentableModel"]).unwrap_or_default();
    // Tickets, notes and chats are conversations.
    let about = ABOUT.iter().find(|object| model.eq_ignore_ascii_case(object));
    let about = about.map_or(PARENT, |object| Holds::One(object));
    if let Some(parent) = json.get("commentableId").and_then(|id| about.read(id)) {
        fields.insert(FieldName::new("parent"), parent);
    }
    fields
        .entry(FieldName::new("visibility"))
        .or_insert(Value::Visibility(Visibility::Internal));
}
