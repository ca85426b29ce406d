//! Time entries and the timesheets that they are handed in with.

use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    models::{Model, NO_PROPERTIES, PLAIN, Properties},
    record::{FieldMap, Refusal, Scene, number, number_of, text_of},
    state::State,
    switches::Switches,
    work,
};

/// Time entries.
pub(super) const TIME_ENTRY: Model = Model {
    name: "timeentry",
    path: "timeentries",
    table: "timeentry",
    external: "",
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[],
    required: &["date", "hours"],
    unique: &[],
    properties: Properties {
        text: "companyId description billingCode currency",
        number: "hours billableRate costRate",
        flag: "isTimeOff isBillable",
        date: "date",
        automatic: "_id companyName totalBilled totalCost timesheetStatus timesheetId createdAt updatedAt __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"isTimeOff":false,"isBillable":false,"timesheetStatus":"draft","__v":0}"#,
    complete: complete_entry,
    ..PLAIN
};

/// Timesheets.
pub(super) const TIMESHEET: Model = Model {
    name: "timesheet",
    path: "timesheets",
    table: "timesheet",
    external: "",
    company: "",
    company_filter: "",
    get_keys: &[],
    put_keys: &[],
    bulk_keys: &[],
    unique: &[],
    properties: Properties {
        text: "approvedBy status assignedModel assignedId",
        day: "dateFrom dateTo",
        list: "timeEntries",
        any: "dateOfApproval",
        automatic: "_id __v",
        ..NO_PROPERTIES
    },
    defaults: r#"{"status":"submitted","timeEntries":[],"assignedModel":"User","__v":0}"#,
    stamps: &[],
    complete: |_, record| {
        work::one_of(record, "status", &["submitted", "approved", "returned"])?;
        work::one_of(record, "assignedModel", &["User"])
    },
    after: hand_in,
    removed: |state, record, _| mark(state, record, None),
    ..PLAIN
};

fn complete_entry(scene: &Scene<'_>, record: &mut FieldMap) -> Result<(), Refusal> {
    work::stamp_creation(scene, record);
    let hours = number_of(record, "hours").unwrap_or(0.0);
    if !(0.1..=24.0).contains(&hours) {
        return Err(Refusal::bad("hours must be between 0.1 and 24"));
    }
    for (total, rate) in [("totalBilled", "billableRate"), ("totalCost", "costRate")] {
        match number_of(record, rate) {
            Some(rate) => record.insert(total.to_owned(), number(hours * rate)),
            None => record.remove(total),
        };
    }
    Ok(())
}

/// Gives a timesheet's entries its id and status; those that left it are drafts again.
fn hand_in(state: &mut State, _: &Switches, was: Option<&FieldMap>, record: &FieldMap, _: Timestamp) {
    if let Some(was) = was.filter(|was| was.get("timeEntries") != record.get("timeEntries")) {
        mark(state, was, None);
    }
    mark(state, record, text_of(record, "status"));
}

fn mark(state: &mut State, timesheet: &FieldMap, status: Option<String>) {
    let entries = timesheet.get("timeEntries").and_then(Value::as_array);
    let ids = entries.into_iter().flatten().filter_map(|entry| entry.get("_id"));
    let ids: Vec<String> = ids.filter_map(Value::as_str).map(str::to_owned).collect();
    for id in ids {
        let Some(mut entry) = state.get("timeentry", &id) else {
            continue;
        };
        match &status {
            Some(status) => {
                entry.insert("timesheetStatus".to_owned(), status.as_str().into());
                let own = timesheet.get("_id").cloned().unwrap_or_default();
                entry.insert("timesheetId".to_owned(), own);
            }
            None => {
                entry.insert("timesheetStatus".to_owned(), "draft".into());
                entry.remove("timesheetId");
            }
        }
        state.put(&TIME_ENTRY, &id, &entry);
    }
}

/// Copies of entries, as a bulk write takes them; an unknown id stays one.
pub(super) fn copies(state: &State, ids: &[Value]) -> Vec<Value> {
    let copy = |id: &Value| {
        let entry = id.as_str().and_then(|id| state.get("timeentry", id));
        match entry {
            Some(mut entry) => {
                entry.remove("_id");
                Value::Object(entry)
            }
            None => Value::Object(Map::from_iter([("_id".to_owned(), id.clone())])),
        }
    };
    ids.iter().map(copy).collect()
}
