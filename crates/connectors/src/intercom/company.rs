//! Companies: the customers.

use model::Fields;
use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, Place, first_text, known},
    object::{List, OURS, Object, PLAIN, at, held, put},
};

pub(super) static COMPANY: Object = Object {
    name: "company",
    title: "Company",
    list: List::Scroll,
    path: "/companies",
    permission: "Read and list users and companies",
    known: KNOWN,
    // The workspace's code, and what becomes records of its own.
    internal: &["app_id", "notes"],
    title_of: |json| {
        let title = first_text(json, &["name", "company_id", "website", "id"]);
        super::html::one_line(title.unwrap_or_default())
    },
    derive,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("name", Holds::Text),
    known("company_id", Holds::Text),
    known("plan.id", Holds::Text),
    known("plan.name", Holds::Text),
    known("size", Holds::Whole),
    known("website", Holds::Text),
    known("industry", Holds::Text),
    known("monthly_spend", Holds::Number),
    known("session_count", Holds::Whole),
    known("user_count", Holds::Whole),
    known("tags", Holds::Many("tag")),
    known("segments", Holds::Many("segment")),
    known("remote_created_at", Holds::Moment),
    known("created_at", Holds::Moment),
    known("updated_at", Holds::Moment),
    known("last_request_at", Holds::Moment),
    // Derived: the host of the website.
    known("domain", Holds::Text),
];

fn derive(json: &Json, place: Place<'_>, fields: &mut Fields) {
    if let Some(website) = first_text(json, &["website"]) {
        put(fields, "domain", model::Value::text(domain(website)));
    }
    if let Json::Array(_) = at(json, &[OURS, "segments"]) {
        let segments = held(Holds::Many("segment"), json, &[OURS, "segments"], place);
        put(fields, "segments", segments);
    }
}

/// `https://www.acme.example/about` lies at `acme.example`.
fn domain(website: &str) -> String {
    let rest = website.split_once("://").map_or(website, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    match host.contains('.') && !host.contains(char::is_whitespace) {
        true => host.to_owned(),
        false => String::new(),
    }
}

/// Whether its notes came with it.
pub(super) fn is_whole(text: &str) -> bool {
    matches!(
        crate::kit::member::<serde::de::IgnoredAny>(text, "notes"),
        Ok(Some(_))
    )
}
