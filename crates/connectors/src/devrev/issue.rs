//! Issues: works of that type, for the company's own people.

use std::borrow::Cow;

use super::{
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
    ticket::TITLE,
};

const STAGES: &[&str] = &[
    "triage",
    "backlog",
    "prioritized",
    "in_development",
    "in_review",
    "in_testing",
    "in_deployment",
    "completed",
    "duplicate",
    "wont_fix",
];

const PRIORITIES: &[&str] = &["p0", "p1", "p2", "p3"];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("issue"),
    title: Cow::Borrowed("Issue"),
    calls: Calls {
        list: ("/works.list", "reading a page of issues"),
        get: ("/works.get", "reading the issue"),
        create: Some(("/works.create", "creating an issue")),
        update: Some(("/works.update", "updating the issue")),
        delete: Some(("/works.delete", "deleting the issue")),
    },
    one: "work",
    many: "works",
    leaf: Some(Cow::Borrowed("issue")),
    kind: Some("issue"),
    since: Since::Range,
    sorts: true,
    key: Key::FieldAndRef,
    stock: &[
        Stock::new("title", "Title", Holds::Text(Some(TITLE)), Write::Plain).required(),
        Stock::new("body", "Body", Holds::Rich, Write::Plain),
        Stock::new("applies_to_part", "Part", Holds::Ref("part"), Write::Plain).required(),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Set).required(),
        Stock::new(
            "reported_by",
            "Reporters",
            Holds::RefsAny(&["contact", "dev_user"]),
            Write::Set,
        ),
        Stock::new("stage", "Stage", Holds::Stage(STAGES), Write::Plain),
        Stock::new("priority", "Priority", Holds::Choice(PRIORITIES), Write::Plain),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set),
        Stock::new(
            "target_start_date",
            "Planned start",
            Holds::Instant,
            Write::Nullable,
        ),
        Stock::new("target_close_date", "Due", Holds::Instant, Write::Nullable),
        Stock::new("actual_close_date", "Closed", Holds::Instant, Write::Never),
        DISPLAY_ID,
        CREATED,
    ],
};
