//! Tags, and the segments that a customer sorts people and companies into.

use super::{
    fields::{Holds, known},
    object::{Object, PLAIN},
};

pub(super) static TAG: Object = Object {
    name: "tag",
    title: "Tag",
    path: "/tags",
    permission: "Read tags",
    known: &[known("name", Holds::Text)],
    // Of a tag on a record only.
    internal: &["applied_at", "applied_by"],
    ..PLAIN
};

pub(super) static SEGMENT: Object = Object {
    name: "segment",
    title: "Segment",
    path: "/segments",
    permission: "Read and list users and companies",
    known: &[
        known("name", Holds::Text),
        known("person_type", Holds::Text),
        known("count", Holds::Whole),
        known("created_at", Holds::Moment),
        known("updated_at", Holds::Moment),
    ],
    ..PLAIN
};
