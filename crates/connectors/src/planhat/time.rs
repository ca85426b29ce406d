//! Time entries and the timesheets that they are handed in with.

use serde_json::Value as Json;

use super::{
    fields::{Holds, Known, computed, known},
    object::{self, Object, PLAIN},
};

/// The stored copies of its page break off in the middle; what may come after is kept as it comes.
pub(super) static TIME_ENTRY: Object = Object {
    name: "timeentry",
    title: "Time entry",
    path: "/timeentries",
    permission: "Time Entries (View)",
    known: &[
        known("companyId", Holds::One("company")),
        known("date", Holds::Moment),
        known("hours", Holds::Number),
        known("description", Holds::Text),
        known("isTimeOff", Holds::Bool),
        known("isBillable", Holds::Bool),
        known("billingCode", Holds::Text),
        known("currency", Holds::Code),
        known("billableRate", Holds::Number),
        computed("totalBilled", Holds::Number),
        known("costRate", Holds::Number),
        computed("totalCost", Holds::Number),
        computed("timesheetStatus", Holds::Text),
        computed("timesheetId", Holds::One("timesheet")),
        computed("createdAt", Holds::Moment),
        computed("updatedAt", Holds::Moment),
    ],
    required: &["date", "hours"],
    title_of: entry_title,
    ..PLAIN
};

pub(super) static TIMESHEET: Object = Object {
    name: "timesheet",
    title: "Timesheet",
    path: "/timesheets",
    permission: "Timesheets (View)",
    known: TIMESHEET_KNOWN,
    // Only users have timesheets, so `assignedId` says it all.
    internal: &["assignedModel"],
    title_of: sheet_title,
    ..PLAIN
};

const TIMESHEET_KNOWN: &[Known] = &[
    known("assignedId", Holds::One("user")),
    known("status", Holds::Text),
    known("dateFrom", Holds::Day),
    known("dateTo", Holds::Day),
    known("timeEntries", Holds::Many("timeentry")),
    known("approvedBy", Holds::One("user")),
    known("dateOfApproval", Holds::Moment),
    computed("createdAt", Holds::Moment),
    computed("updatedAt", Holds::Moment),
];

fn entry_title(json: &Json) -> String {
    let hours = json.get("hours").filter(|hours| hours.is_number());
    let hours = hours.map(|hours| format!("{hours} h"));
    let what = object::first_text(json, &["description", "billingCode", "companyName"]).map(object::one_line);
    let words: Vec<String> = hours.into_iter().chain(what).collect();
    match words.as_slice() {
        [] => "Time entry".to_owned(),
        words => words.join(" "),
    }
}

fn sheet_title(json: &Json) -> String {
    let day = |name| match Holds::Day.read(json.get(name)?) {
        Some(model::Value::Date(day)) => Some(day.to_string()),
        _ => None,
    };
    let days: Vec<String> = ["dateFrom", "dateTo"].into_iter().filter_map(day).collect();
    match days.as_slice() {
        [] => "Timesheet".to_owned(),
        days => format!("Timesheet {}", days.join(" – ")),
    }
}
