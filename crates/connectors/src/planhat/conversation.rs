//! Conversations of every type: notes, e-mails, chats, calls, tickets, and the types that the customer made.

use model::{FieldName, Fields, Value};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};
use crate::kit::member;

pub(super) static CONVERSATION: Object = Object {
    name: "conversation",
    title: "Conversation",
    path: "/conversations",
    permission: "Conversations (View)",
    // Lists leave the description out, but have it where it is asked for by name.
    select: true,
    stamp: Some("updatedAt"),
    known: KNOWN,
    // A ticket's title arrives under its own name; whoever writes may name the owner by id.
    aliases: &[("title", "subject"), ("ownerId", "owner")],
    // The state of Planhat's own work and page, what other fields say in another form, and what only a request holds.
    internal: &[
        "waitsToBeFiltered",
        "timeBucket",
        "userIds",
        "emailTemplateIds",
        "numberOfRelevantParts",
        "autoTags",
        "days",
        "followers",
        "note",
        "nickName",
        "companySourceId",
        "useSubject",
        "userId",
        "companyExternalId",
        "domains",
    ],
    required: &["companyId"],
    title_of,
    derive,
    is_whole,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("subject", Holds::Text),
    known("companyId", Holds::One("company")),
    known("description", Holds::Html),
    computed("snippet", Holds::Text),
    known("date", Holds::Moment),
    known("outDate", Holds::Moment),
    computed("inDate", Holds::Moment),
    computed("createDate", Holds::Moment),
    known("type", Holds::Text),
    known("users", Holds::Many("user")),
    // Derived: the one of `users` whose conversation it is. Written as `ownerId`.
    known("owner", Holds::One("user")),
    known("endusers", Holds::Many("enduser")),
    // Derived: both of them together, as a meeting has them.
    computed("participants", Holds::ManyOf(&["user", "enduser"])),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("activityTags", Holds::Words),
    known("tags", Holds::Words),
    known("starred", Holds::Bool),
    known("pinned", Holds::Bool),
    known("archived", Holds::Bool),
    computed("isOpen", Holds::Bool),
    computed("isSeen", Holds::Bool),
    computed("isCustomType", Holds::Bool),
    computed("hasMore", Holds::Bool),
    computed("hasAttachments", Holds::Bool),
    computed("numberOfParts", Holds::Whole),
    computed("assigneeName", Holds::Text),
    computed("sender", Holds::Anything),
    computed("history", Holds::Anything),
    // From here on to `timeSpent`, of tickets only.
    known("source", Holds::Text),
    known("subType", Holds::Text),
    known("email", Holds::Text),
    known("status", Holds::Text),
    known("severity", Holds::Text),
    known("product", Holds::Text),
    known("url", Holds::Text),
    known("timeSpent", Holds::Number),
    // Of tickets: who asks, and who answers.
    computed("name", Holds::Text),
    computed("agentEmail", Holds::Text),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
    computed("updateDate", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    match object::first_text(json, &["subject", "title", "snippet", "type"]) {
        Some(title) => object::one_line(title),
        None => "(no subject)".to_owned(),
    }
}

fn derive(json: &Json, fields: &mut Fields) {
    let users = json.get("users").and_then(Json::as_array).into_iter().flatten();
    let owner = users
        .into_iter()
        .find(|user| user.get("isOwner") == Some(&Json::Bool(true)));
    // A property `owner` of the vendor's, which some answers have, names the same user; ours carries the name as well.
    if let Some(owner) = owner.and_then(|owner| Holds::One("user").read(owner)) {
        fields.insert(FieldName::new("owner"), owner);
    }
    let sides: Vec<&Value> = ["users", "endusers"]
        .into_iter()
        .filter_map(|name| fields.get(&FieldName::new(name)))
        .collect();
    if !sides.is_empty() {
        let everybody = sides.into_iter().flat_map(Value::elements).cloned().collect();
        fields.insert(FieldName::new("participants"), Value::List(everybody));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    snippet: Option<String>,
    #[serde(default)]
    has_more: Option<bool>,
}

/// Whole, if it has its text, or says that there is none to read.
fn is_whole(text: &str) -> bool {
    if matches!(member::<IgnoredAny>(text, "description"), Ok(Some(_))) {
        return true;
    }
    let Ok(listed) = serde_json::from_str::<Listed>(text) else {
        return false;
    };
    listed.has_more == Some(false) && listed.snippet.is_none_or(|snippet| snippet.is_empty())
}
