//! Issues: what several companies wait for.

use super::{
    fields::{Holds, Known, computed, known},
    object::{Object, PLAIN},
};

pub(super) static ISSUE: Object = Object {
    name: "issue",
    title: "Issue",
    path: "/issues",
    permission: "Issues (View)",
    stamp: Some("updatedAt"),
    known: KNOWN,
    // Only a request holds it: by what Planhat finds the companies.
    internal: &["companyMatchingValue"],
    required: &["title"],
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("title", Holds::Text),
    known("description", Holds::Html),
    known("companyIds", Holds::Many("company")),
    computed("companies", Holds::Words),
    known("enduserIds", Holds::Many("enduser")),
    computed("endusers", Holds::Words),
    known("conversationIds", Holds::Many("conversation")),
    known("followers", Holds::Many("user")),
    known("sourceId", Holds::Text),
    known("source", Holds::Text),
    known("sourceUrl", Holds::Text),
    known("priority", Holds::Text),
    known("status", Holds::Text),
    known("archived", Holds::Bool),
    computed("mrrCombined", Holds::Number),
    computed("arrCombined", Holds::Number),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];
