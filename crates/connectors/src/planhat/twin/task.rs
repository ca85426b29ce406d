//! Tasks and calendar events.

use super::{
    models::{Filter, Model, PLAIN, Page, Properties, Within},
    prose,
    record::{FieldMap, Refusal, Scene, text_of},
    table::Key,
    work,
};

/// Tasks and calendar events.
pub(super) const TASK: Model = Model {
    name: "task",
    path: "tasks",
    table: "task",
    page: Page::UpTo {
        default: 500,
        max: 10_000,
    },
    get_keys: &[Key::Source],
    put_keys: &[Key::Source],
    bulk_keys: &[Key::Source],
    company_filter: "many",
    required: &["companyId"],
    unique: &[(Key::Source, Within::Model)],
    properties: Properties {
        text: "mainType companyId sourceId action description repeat type ownerId status doneBy",
        number: "repeatDays",
        flag: "noSpecificTime shared isArchived",
        date: "startTime endTime dateDone",
        day: "",
        list: "users endusers checklist activityTags",
        object: "",
        any: "",
        automatic: "_id companyName ownerName snippet overdueNotified createdAt updatedAt __v",
        request: "",
    },
    defaults: r#"{"mainType":"task","isArchived":false,"users":[],"endusers":[],"checklist":[],"activityTags":[],
        "__v":0}"#,
    filters: &[Filter::Among("enduserIds", "endusers")],
    archived: "isArchived",
    complete,
    ..PLAIN
};

fn complete(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    let custom = text_of(record, "repeat").as_deref() == Some("custom");
    if custom && scene.given.contains_key("repeat") && text_of(record, "repeatDays").is_none() {
        return Err(Refusal::bad("repeatDays is required"));
    }
    if scene.given.contains_key("description") {
        match text_of(record, "description") {
            Some(html) => record.insert("snippet".to_owned(), prose::plain(&html).into()),
            None => record.remove("snippet"),
        };
    }
    work::name_owner(scene, record);
    // Completing a task archives it.
    if scene.changes("dateDone") && text_of(record, "dateDone").is_some() {
        record.insert("isArchived".to_owned(), true.into());
    }
    Ok(())
}
