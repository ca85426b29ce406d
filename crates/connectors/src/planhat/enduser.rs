//! Endusers: the people at a company.

use serde_json::Value as Json;

use super::{
    conversation,
    fields::{Holds, Known, computed, known},
    object::{self, Object},
};

pub(super) static ENDUSER: Object = Object {
    name: "enduser",
    title: "End user",
    path: "/endusers",
    most: 2_000,
    permission: "End Users (View)",
    // Without it, lists leave out those that are archived.
    query: &[("archived", "true")],
    select: false,
    known: KNOWN,
    internal: &[
        "sharedNotificationsPrefs",
        "personas",
        "beats",
        "beatsTotal",
        "beatTrend",
        "convs14",
        "convsTotal",
        "experience",
        "relevance",
        "lastActivities",
        "relatedEndusers",
        "usage",
        "emailMd5",
        "lastTouchTime",
    ],
    required: &["companyId"],
    title_of,
    derive: conversation::label_company,
    is_whole: |_| true,
};

const KNOWN: &[Known] = &[
    known("companyId", Holds::One("company")),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("firstName", Holds::Text),
    known("lastName", Holds::Text),
    known("name", Holds::Text),
    known("email", Holds::Text),
    known("otherEmails", Holds::Words),
    known("position", Holds::Text),
    known("phone", Holds::Text),
    known("tags", Holds::Words),
    known("featured", Holds::Bool),
    known("primary", Holds::Bool),
    known("archived", Holds::Bool),
    known("linkedInUrl", Holds::Text),
    computed("npsUnsubscribed", Holds::Bool),
    computed("nps", Holds::Number),
    computed("npsComment", Holds::Text),
    computed("npsDate", Holds::Moment),
    computed("lastActive", Holds::Moment),
    computed("lastTouch", Holds::Moment),
    computed("lastTouchType", Holds::Text),
    computed("lastTouchByType", Holds::Anything),
    computed("createDate", Holds::Moment),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    let part = |name| object::first_text(json, &[name]);
    if let Some(name) = part("name") {
        return name.to_owned();
    }
    let parts: Vec<&str> = ["firstName", "lastName"].into_iter().filter_map(part).collect();
    match parts.as_slice() {
        [] => object::first_text(json, &["email", "externalId", "sourceId", "_id"])
            .unwrap_or_default()
            .to_owned(),
        parts => parts.join(" "),
    }
}
