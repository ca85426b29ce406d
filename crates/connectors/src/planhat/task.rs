//! Tasks: what is to be done, and events of the calendar.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

pub(super) static TASK: Object = Object {
    name: "task",
    title: "Task",
    path: "/tasks",
    most: 10_000,
    permission: "Tasks (View)",
    // Lists leave out what is done. Whether asking for the archived ones gives the others too is not documented.
    passes: &[&[("isArchived", "false")], &[("isArchived", "true")]],
    stamp: Some("updatedAt"),
    known: KNOWN,
    // Whether Planhat has sent its own reminder.
    internal: &["overdueNotified"],
    required: &["companyId", "mainType"],
    title_of,
    is_whole,
    ..PLAIN
};

const KNOWN: &[Known] = &[
    known("mainType", Holds::Text),
    known("companyId", Holds::One("company")),
    known("action", Holds::Text),
    known("description", Holds::Html),
    computed("snippet", Holds::Text),
    known("type", Holds::Text),
    known("status", Holds::Text),
    known("startTime", Holds::Moment),
    known("endTime", Holds::Moment),
    known("noSpecificTime", Holds::Bool),
    known("dateDone", Holds::Moment),
    computed("doneBy", Holds::One("user")),
    known("repeat", Holds::Text),
    known("repeatDays", Holds::Whole),
    known("ownerId", Holds::One("user")),
    known("users", Holds::Many("user")),
    known("endusers", Holds::Many("enduser")),
    known("checklist", Holds::Steps),
    known("activityTags", Holds::Words),
    known("shared", Holds::Bool),
    known("isArchived", Holds::Bool),
    known("sourceId", Holds::Text),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

fn title_of(json: &Json) -> String {
    match object::first_text(json, &["action", "snippet", "type"]) {
        Some(title) => object::one_line(title),
        None => "(no title)".to_owned(),
    }
}

#[derive(Deserialize)]
struct Listed {
    description: Option<Json>,
    snippet: Option<Json>,
}

/// A list that shows only the beginning of a text leaves the text itself out, as that of the conversations does.
fn is_whole(text: &str) -> bool {
    let Ok(listed) = serde_json::from_str::<Listed>(text) else {
        return false;
    };
    let has_snippet = listed
        .snippet
        .is_some_and(|snippet| snippet.as_str().is_some_and(|text| !text.is_empty()));
    listed.description.is_some() || !has_snippet
}
