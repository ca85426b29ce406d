//! Comments. No page of the documentation describes them; that they exist follows from what integrations ask for.

use model::Timestamp;
use serde_json::Value;

use super::{
    models::{Filter, Model, NO_PROPERTIES, PLAIN, Properties},
    record::{FieldMap, Refusal, Scene, text_of},
    state::State,
    switches::Switches,
    work, write,
};

/// What can be commented on: the table, and what the comment calls it.
const COMMENTED: [(&str, &str); 5] = [
    ("conversation", "Conversation"),
    ("task", "Task"),
    ("issue", "Issue"),
    ("objective", "Objective"),
    ("project", "Project"),
];

/// Comments.
pub(super) const COMMENT: Model = Model {
    name: "comment",
    path: "comments",
    table: "comment",
    external: "",
    company: "commentableId",
    company_filter: "",
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[],
    operations: "CUGLD",
    required: &["text", "commentableId"],
    unique: &[],
    properties: Properties {
        text: "text by commentableId commentableModel",
        automatic: "_id createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"__v":0}"#,
    filters: &[Filter::Belongs("commentableId")],
    exists: |switches| !switches.no_comments,
    complete,
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    if text_of(record, "text").is_none() {
        return Err(Refusal::bad("text is required"));
    }
    let parent = text_of(record, "commentableId").unwrap_or_default();
    let known = |(table, _): &&(&str, &str)| scene.state.table(table).slot(&parent).is_some();
    let Some((_, name)) = COMMENTED.iter().find(known) else {
        return Err(Refusal::bad(format!(
            "commentableId {parent} is nothing that can be commented on"
        )));
    };
    record.insert("commentableModel".to_owned(), (*name).into());
    let by = || Value::from(scene.state.account_id());
    if scene.switches.disowns_comments && scene.was.is_none() {
        record.insert("by".to_owned(), by());
    }
    record.entry("by").or_insert_with(by);
    if scene.switches.rewrites_comments {
        let text = text_of(record, "text").unwrap_or_default();
        record.insert("text".to_owned(), rewritten(&text).into());
    }
    Ok(())
}

/// The same text in other tags.
fn rewritten(html: &str) -> String {
    let tags = [
        ("<em>", "<i>"),
        ("</em>", "</i>"),
        ("<strong>", "<b>"),
        ("</strong>", "</b>"),
    ];
    tags.iter()
        .fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
}

/// Makes the comments that a conversation brings along, as old clients send them. What is no comment is passed over: the
/// conversation is there already.
pub(super) fn attach(state: &mut State, switches: &Switches, parent: &str, comments: &Value, now: Timestamp) {
    let comments = comments.as_array().filter(|_| (COMMENT.exists)(switches));
    for comment in comments.into_iter().flatten().filter_map(Value::as_object) {
        let mut body = comment.clone();
        body.insert("commentableId".to_owned(), parent.into());
        let _: Result<String, Refusal> = write::create(state, switches, &COMMENT, body, now);
    }
}
