//! Meetings.

use std::borrow::Cow;

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

const CHANNELS: &[&str] = &[
    "amazon_connect",
    "google_meet",
    "offline",
    "other",
    "teams",
    "zoom",
];

const STATES: &[&str] = &[
    "canceled",
    "completed",
    "no_show",
    "ongoing",
    "rejected",
    "rescheduled",
    "scheduled",
    "waiting",
];

const PEOPLE: &[&str] = &["contact", "dev_user"];

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("meeting"),
    title: Cow::Borrowed("Meeting"),
    calls: Calls {
        list: ("/meetings.list", "reading a page of meetings"),
        get: ("/meetings.get", "reading the meeting"),
        create: Some(("/meetings.create", "creating a meeting")),
        update: Some(("/meetings.update", "updating the meeting")),
        delete: Some(("/meetings.delete", "deleting the meeting")),
    },
    one: "meeting",
    many: "meetings",
    leaf: Some(Cow::Borrowed("meeting")),
    kind: None,
    since: Since::Range,
    sorts: true,
    key: Key::Ref,
    stock: &[
        Stock::new("title", "Title", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Rich, Write::Plain),
        Stock::new("channel", "Channel", Holds::Choice(CHANNELS), Write::Plain).required(),
        Stock::new("state", "State", Holds::Choice(STATES), Write::Plain).required(),
        Stock::new("members", "Members", Holds::RefsAny(PEOPLE), Write::Set).required(),
        Stock::new("organizer", "Organizer", Holds::RefAny(PEOPLE), Write::Plain),
        Stock::new("scheduled_date", "Begins", Holds::Instant, Write::Nullable),
        Stock::new("ended_date", "Ended", Holds::Instant, Write::Nullable),
        Stock::new("external_url", "Link", Holds::Text(None), Write::Plain),
        Stock::new("recording_url", "Recording", Holds::Text(None), Write::Plain),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set),
        DISPLAY_ID,
        CREATED,
    ],
};
