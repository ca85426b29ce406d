//! Tickets: works of that type.

use std::borrow::Cow;

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

/// The longest title, in characters.
pub(super) const TITLE: usize = 256;

const STAGES: &[&str] = &[
    "queued",
    "work_in_progress",
    "awaiting_product_assist",
    "awaiting_development",
    "in_development",
    "awaiting_customer_response",
    "resolved",
    "canceled",
];

const SEVERITIES: &[&str] = &["blocker", "high", "medium", "low"];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("ticket"),
    title: Cow::Borrowed("Ticket"),
    calls: Calls {
        list: ("/works.list", "reading a page of tickets"),
        get: ("/works.get", "reading the ticket"),
        create: Some(("/works.create", "creating a ticket")),
        update: Some(("/works.update", "updating the ticket")),
        delete: Some(("/works.delete", "deleting the ticket")),
    },
    one: "work",
    many: "works",
    leaf: Some(Cow::Borrowed("ticket")),
    kind: Some("ticket"),
    since: Since::Range,
    sorts: true,
    key: Key::FieldAndRef,
    stock: &[
        Stock::new("title", "Title", Holds::Text(Some(TITLE)), Write::Plain).required(),
        Stock::new("body", "Body", Holds::Rich, Write::Plain),
        Stock::new("applies_to_part", "Part", Holds::Ref("part"), Write::Plain).required(),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Set).required(),
        Stock::new("reported_by", "Reporters", Holds::Refs("contact"), Write::Set),
        Stock::new("account", "Account", Holds::Ref("account"), Write::Nullable),
        Stock::new("stage", "Stage", Holds::Stage(STAGES), Write::Plain),
        Stock::new("severity", "Severity", Holds::Choice(SEVERITIES), Write::Plain),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set),
        Stock::new("target_close_date", "Due", Holds::Instant, Write::Nullable),
        Stock::new("source_channel", "Channel", Holds::Text(None), Write::Once),
        Stock::new("actual_close_date", "Closed", Holds::Instant, Write::Never),
        DISPLAY_ID,
        CREATED,
    ],
};
