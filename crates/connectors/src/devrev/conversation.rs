//! Conversations.

use std::borrow::Cow;

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

const STAGES: &[&str] = &[
    "new",
    "needs_response",
    "waiting_on_user",
    "hold",
    "suspended",
    "resolved",
    "archived",
];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("conversation"),
    title: Cow::Borrowed("Conversation"),
    calls: Calls {
        list: ("/conversations.list", "reading a page of conversations"),
        get: ("/conversations.get", "reading the conversation"),
        create: Some(("/conversations.create", "creating a conversation")),
        update: Some(("/conversations.update", "updating the conversation")),
        delete: Some(("/conversations.delete", "deleting the conversation")),
    },
    one: "conversation",
    many: "conversations",
    leaf: Some(Cow::Borrowed("conversation")),
    kind: Some("support"),
    since: Since::Moment,
    // The description that is stored with us has no `sort_by` here; a newer one has.
    sorts: false,
    key: Key::Field,
    stock: &[
        Stock::new("title", "Title", Holds::Text(None), Write::Plain),
        Stock::new("description", "Description", Holds::Rich, Write::Plain),
        Stock::new("members", "Members", Holds::Refs("contact"), Write::Set),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Set),
        Stock::new("stage", "Stage", Holds::Stage(STAGES), Write::Plain),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set),
        Stock::new("source_channel", "Channel", Holds::Text(None), Write::Once),
        DISPLAY_ID,
        CREATED,
    ],
};
