//! Conversations of every type: notes, e-mails, chats, calls, tickets, and the types that the customer made.

use model::{FieldName, Fields, Value};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny},
};
use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object},
};

pub(super) static CONVERSATION: Object = Object {
    name: "conversation",
    title: "Conversation",
    path: "/conversations",
    most: 2_000,
    permission: "Conversations (View)",
    query: &[],
    // Lists leave the description out, but have it where it is asked for by name.
    select: true,
    known: KNOWN,
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
    ],
    required: &["companyId"],
    title_of,
    derive,
    is_whole,
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
    // Derived: the one of `users` whose conversation it is.
    computed("owner", Holds::One("user")),
    known("endusers", Holds::Many("enduser")),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("activityTags", Holds::Words),
    computed("tags", Holds::Words),
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
    computed("source", Holds::Text),
    computed("subType", Holds::Text),
    computed("email", Holds::Text),
    computed("status", Holds::Text),
    computed("severity", Holds::Text),
    computed("product", Holds::Text),
    computed("url", Holds::Text),
    computed("timeSpent", Holds::Number),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
    computed("updateDate", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    let Some(title) = object::first_text(json, &["subject", "snippet", "type"]) else {
        return "(no subject)".to_owned();
    };
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn derive(json: &Json, fields: &mut Fields) {
    label_company(json, fields);
    let users = json.get("users").and_then(Json::as_array).into_iter().flatten();
    let owner = users
        .into_iter()
        .find(|user| user.get("isOwner") == Some(&Json::Bool(true)));
    // A property `owner` of the vendor's, which some answers have, names the same user; ours carries the name as well.
    if let Some(owner) = owner.and_then(|owner| Holds::One("user").read(owner)) {
        fields.insert(FieldName::new("owner"), owner);
    }
}

/// The company's name stands beside its id; it belongs to the reference.
pub(super) fn label_company(json: &Json, fields: &mut Fields) {
    let Some(Value::Ref(company)) = fields.get_mut(&FieldName::new("companyId")) else {
        return;
    };
    if company.label.is_none() {
        company.label = object::first_text(json, &["companyName"]).map(str::to_owned);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    description: Present,
    #[serde(default)]
    snippet: Option<String>,
    #[serde(default)]
    has_more: Option<bool>,
}

/// Whether a key is there, whatever it holds.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(json).map_err(D::Error::custom)?;
        Ok(Self(true))
    }
}

/// Whole, if it has its text, or says that there is none to read.
fn is_whole(text: &str) -> bool {
    let Ok(listed) = serde_json::from_str::<Listed>(text) else {
        return false;
    };
    let has_no_text =
        listed.has_more == Some(false) && listed.snippet.is_none_or(|snippet| snippet.is_empty());
    listed.description.0 || has_no_text
}
