//! Companies.

use model::{FieldName, Fields, ObjectName, RecordId, Reference, Value};
use serde_json::{Map, Value as Json};

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static COMPANY: Object = Object {
    name: "company",
    title: "Company",
    path: "/companies",
    most: 5_000,
    permission: "Company (View)",
    select: true,
    stamp: Some("updatedAt"),
    known: KNOWN,
    // Settings of Planhat's portal and page, and what other fields say in another form.
    internal: &[
        "shareable",
        "slug",
        "lastPerformedTriggers",
        "lastActivities",
        "lastTouchTime",
        "lastActiveTime",
        "nextTouchDate",
    ],
    required: &["name"],
    title_of: |json| {
        object::first_text(json, &["name"])
            .unwrap_or("(no name)")
            .to_owned()
    },
    derive: derive_parent,
    is_whole,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("name", Holds::Text),
    known("owner", Holds::One("user")),
    known("coOwner", Holds::One("user")),
    known("followers", Holds::Many("user")),
    known("externalId", Holds::Text),
    known("sourceId", Holds::Text),
    known("phase", Holds::Text),
    computed("status", Holds::Text),
    known("domains", Holds::Words),
    known("tags", Holds::Words),
    known("products", Holds::Words),
    known("description", Holds::Text),
    known("address", Holds::Text),
    known("country", Holds::Text),
    known("city", Holds::Text),
    known("zip", Holds::Text),
    known("phonePrimary", Holds::Text),
    known("web", Holds::Text),
    known("customerFrom", Holds::Moment),
    known("customerTo", Holds::Moment),
    computed("h", Holds::Number),
    known("csmScore", Holds::Whole),
    computed("nps", Holds::Number),
    known("mr", Holds::Number),
    computed("mrr", Holds::Number),
    computed("arr", Holds::Number),
    known("nrr30", Holds::Number),
    known("mrrTotal", Holds::Number),
    known("nrrTotal", Holds::Number),
    known("mrTotal", Holds::Number),
    computed("arrTotal", Holds::Number),
    computed("renewalMrr", Holds::Number),
    computed("renewalArr", Holds::Number),
    computed("orgMrr", Holds::Number),
    computed("orgArr", Holds::Number),
    computed("orgMrrTotal", Holds::Number),
    computed("orgArrTotal", Holds::Number),
    computed("orgHealthTotal", Holds::Number),
    computed("orgUnits", Holds::Number),
    computed("orgLevel", Holds::Whole),
    known("orgRootId", Holds::Text),
    known("orgPath", Holds::Text),
    computed("createDate", Holds::Moment),
    computed("createdAt", Holds::Moment),
    computed("lastUpdated", Holds::Moment),
    computed("updatedAt", Holds::Moment),
    known("lastRenewal", Holds::Moment),
    computed("renewalDate", Holds::Moment),
    computed("renewalDaysFromNow", Holds::Whole),
    computed("lastActive", Holds::Moment),
    computed("lastTouch", Holds::Moment),
    computed("lastTouchType", Holds::Text),
    computed("lastTouchByType", Holds::Anything),
    computed("nextTouch", Holds::Moment),
    computed("phaseSince", Holds::Moment),
    known("alerts", Holds::Anything),
    computed("licenses", Holds::Anything),
    computed("sales", Holds::Anything),
    // Derived: the nearest of the companies in `orgPath`.
    computed("parent", Holds::One("company")),
    computed("usage", Holds::Anything),
    computed("features", Holds::Anything),
    known("sunits", Holds::Anything),
    known("documents", Holds::Anything),
    computed("csmScoreLog", Holds::Anything),
    computed("hProfile", Holds::Text),
    // What is below was seen in answers and is not documented, so every form is taken.
    computed("hDiff", Holds::Anything),
    computed("hDiffDate", Holds::Anything),
    computed("headId", Holds::One("license")),
    computed("autoRenews", Holds::Anything),
    computed("sentimentScore", Holds::Anything),
    computed("orgCount", Holds::Anything),
    computed("orgPathCount", Holds::Anything),
    known("collaborators", Holds::Anything),
    known("links", Holds::Anything),
];

/// A company's path names those above it, from the root down; whether it names itself at the end is not documented.
fn derive_parent(json: &Json, fields: &mut Fields) {
    let Some(path) = json.get("orgPath").and_then(Json::as_str) else {
        return;
    };
    let itself = json.get("_id").and_then(Json::as_str).unwrap_or_default();
    let mut above = path
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty() && *id != itself);
    let parent = above.next_back().map_or(Value::Nothing, |id| {
        Value::Ref(Reference {
            object: ObjectName::new("company"),
            id: RecordId::from(id),
            label: None,
        })
    });
    fields.insert(FieldName::new("parent"), parent);
}

/// The reduced copy, which lists gave for years, has none of these; a whole record has at least the first.
fn is_whole(text: &str) -> bool {
    let Ok(properties) = serde_json::from_str::<Map<String, Json>>(text) else {
        return false;
    };
    ["createDate", "createdAt", "lastUpdated", "updatedAt", "phase"]
        .iter()
        .any(|name| properties.contains_key(*name))
}
