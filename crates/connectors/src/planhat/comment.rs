//! Comments on conversations and tasks. No page of the documentation describes them: what is here is what DevRev's
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

const PARENT: Holds = Holds::OneOf(&["conversation", "task"]);

fn derive(json: &Json, fields: &mut Fields) {
    let about = match object::first_text(json, &["commentableModel"]) {
        Some(model) if model.eq_ignore_ascii_case("task") => Holds::One("task"),
        // Tickets, notes, chats and the rest are all conversations, and so is what says nothing.
        _ => PARENT,
    };
    if let Some(parent) = json.get("commentableId").and_then(|id| about.read(id)) {
        fields.insert(FieldName::new("parent"), parent);
    }
    fields
        .entry(FieldName::new("visibility"))
        .or_insert(Value::Visibility(Visibility::Internal));
}
