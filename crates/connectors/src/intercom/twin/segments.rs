//! Segments: groups of contacts or of companies, which only people make.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, View, route},
    companies::COMPANIES,
    contacts::CONTACTS,
    door::Resource,
    record::{text, value},
    refusal::Refusal,
    state::Record,
    table::Layout,
};

pub(super) const SEGMENTS: &str = "segments";

const READ: &str = "read_users_and_companies";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: SEGMENTS,
        object: Some("segment"),
        orders: &[],
        keys: &[],
        show: |_, segment| shown(segment),
    }],
    routes: &[
        route(Method::GET, "/segments", READ, list),
        route(Method::GET, "/segments/{}", READ, get),
    ],
};

fn shown(segment: &Record) -> Value {
    json!({
        "type": "segment",
        "id": value(segment, "id"),
        "name": value(segment, "name"),
        "created_at": value(segment, "created_at"),
        "updated_at": value(segment, "updated_at"),
        "person_type": value(segment, "person_type"),
    })
}

fn shown_all<'a>(view: &View<'_>, ids: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let segments = ids.filter_map(|id| view.state.get(SEGMENTS, id));
    segments.map(shown).collect()
}

/// The segments of these ids: `{"type":"segment.list","segments":[…]}`.
pub(super) fn segment_list<'a>(view: &View<'_>, ids: impl Iterator<Item = &'a str>) -> Value {
    json!({"type": "segment.list", "segments": shown_all(view, ids)})
}

/// The segments of these ids: `{"type":"list","data":[…]}`.
pub(super) fn data<'a>(view: &View<'_>, ids: impl Iterator<Item = &'a str>) -> Value {
    json!({"type": "list", "data": shown_all(view, ids)})
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let is_of_companies = |segment: &&Record| text(segment, "person_type") == Some("company");
    let wants_companies = call.query_text("type") == Some("company");
    let segments = call.state.table(SEGMENTS).rows();
    let wanted = segments.filter(|segment| is_of_companies(segment) == wants_companies);
    let counts = call.query_is_true("include_count");
    let show = |segment: &Record| {
        let mut shown = shown(segment);
        if let (true, Some(members)) = (counts, shown.as_object_mut()) {
            let id = text(segment, "id").unwrap_or("");
            let table = match is_of_companies(&segment) {
                true => COMPANIES,
                false => CONTACTS,
            };
            let count = call.state.table(table).count_by("segment", id);
            members.insert("count".to_owned(), count.into());
        }
        shown
    };
    let segments: Vec<Value> = wanted.map(show).collect();
    Ok(Reply::of(json!({"type": "segment.list", "segments": segments})))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let segment = call.state.get(SEGMENTS, call.place(0));
    Ok(Reply::of(shown(segment.ok_or_else(Refusal::resource)?)))
}
