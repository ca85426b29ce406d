//! NPS: what people answered when they were asked how likely they are to recommend.

use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static NPS: Object = Object {
    name: "nps",
    title: "NPS",
    path: "/nps",
    most: 10_000,
    permission: "NPS (View)",
    // Without it, lists leave out what was answered more than 360 days ago; this is a hundred years.
    passes: &[&[("npsExpiryDay", "36500")]],
    known: KNOWN,
    labels: &[("cId", "cName")],
    // The page and a live workspace differ in these names.
    aliases: &[
        ("nps", "score"),
        ("npsComment", "comment"),
        ("npsDate", "dateAnswered"),
        ("companyId", "cId"),
        ("enduserId", "euId"),
    ],
    required: &["email", "score"],
    title_of,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    computed("cId", Holds::One("company")),
    computed("euId", Holds::One("enduser")),
    known("email", Holds::Text),
    known("score", Holds::Whole),
    known("comment", Holds::Text),
    known("campaignId", Holds::One("campaign")),
    known("source", Holds::Text),
    known("sourceId", Holds::Text),
    known("dateSent", Holds::Moment),
    known("dateAnswered", Holds::Moment),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    let score = ["score", "nps"]
        .into_iter()
        .find_map(|name| json.get(name)?.as_i64());
    let who = object::first_text(json, &["email", "_id"]).unwrap_or_default();
    match score {
        Some(score) => format!("NPS {score} {who}"),
        None => format!("NPS {who}"),
    }
}
