//! Endusers: the people at a company.

use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static ENDUSER: Object = Object {
    name: "enduser",
    title: "End user",
    path: "/endusers",
    permission: "End Users (View)",
    // Without it, lists leave out those that are archived.
    passes: &[&[("archived", "true")]],
    stamp: Some("updatedAt"),
    known: KNOWN,
    // Settings of the person's own, and what other fields say in another form.
    internal: &[
        "sharedNotificationsPrefs",
        "lastActivities",
        "relatedEndusers",
        "emailMd5",
        "lastTouchTime",
    ],
    required: &["companyId"],
    title_of,
    ..PLAIN
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
    computed("usage", Holds::Anything),
    // What is below was seen in answers and is not documented, so every form is taken.
    computed("npsSent", Holds::Anything),
    known("personas", Holds::Anything),
    computed("beats", Holds::Anything),
    computed("beatsTotal", Holds::Anything),
    computed("beatTrend", Holds::Anything),
    computed("convs14", Holds::Anything),
    computed("convsTotal", Holds::Anything),
    computed("experience", Holds::Anything),
    computed("relevance", Holds::Anything),
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
