//! Links between records. DevRev lists them only record by record, and one is known by what it links, and how.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

/// What can be linked.
const ENDS: &[&str] = &[
    "ticket",
    "issue",
    "conversation",
    "account",
    "contact",
    "dev_user",
    "meeting",
    "part",
    "custom:*",
];

/// Which of them two ends may have is for DevRev to say.
const TYPES: &[&str] = &[
    "developed_with",
    "imports",
    "is_analyzed_by",
    "is_converted_to",
    "is_dependent_on",
    "is_duplicate_of",
    "is_follow_up_of",
    "is_merged_into",
    "is_parent_of",
    "is_part_of",
    "is_related_to",
    "serves",
];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("link"),
    title: Cow::Borrowed("Link"),
    calls: Calls {
        list: ("/links.list", "reading links"),
        get: ("/links.get", "reading the link"),
        create: Some(("/links.create", "creating a link")),
        update: None,
        delete: Some(("/links.delete", "deleting the link")),
    },
    one: "link",
    many: "links",
    leaf: None,
    kind: None,
    since: Since::Never,
    sorts: false,
    key: Key::Likeness(&["source", "target", "link_type"]),
    stock: &[
        Stock::new("source", "From", Holds::RefAny(ENDS), Write::Once).required(),
        Stock::new("target", "To", Holds::RefAny(ENDS), Write::Once).required(),
        Stock::new("link_type", "Type", Holds::Choice(TYPES), Write::Once).required(),
        DISPLAY_ID,
        CREATED,
    ],
};

/// Asks a list for the links that begin where these members of a creation say.
pub(super) fn add_source(body: &mut Map<String, Json>, members: &Map<String, Json>) {
    if let Some(source) = members.get("source") {
        body.insert("object".to_owned(), source.clone());
        body.insert("direction".to_owned(), json!("is_source"));
    }
}
