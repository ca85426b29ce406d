//! Companies.

use serde_json::{Map, Value as Json};

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object},
};

pub(super) static COMPANY: Object = Object {
    name: "company",
    title: "Company",
    path: "/companies",
    most: 5_000,
    permission: "Company (View)",
    query: &[],
    select: true,
    known: KNOWN,
    internal: &[
        "shareable",
        "slug",
        "lastPerformedTriggers",
        "features",
        "sunits",
        "usage",
        "lastActivities",
        "hProfile",
        "hDiff",
        "hDiffDate",
        "documents",
        "csmScoreLog",
        "headId",
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
    derive: |_, _| {},
    is_whole,
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
    known("licenses", Holds::Anything),
    known("sales", Holds::Anything),
];

/// The reduced copy, which lists gave for years, has none of these; a whole record has at least the first.
fn is_whole(text: &str) -> bool {
    let Ok(properties) = serde_json::from_str::<Map<String, Json>>(text) else {
        return false;
    };
    ["createDate", "createdAt", "lastUpdated", "updatedAt", "phase"]
        .iter()
        .any(|name| properties.contains_key(*name))
}
