//! What both sides say, without what depends on the order in which it was written: ids, moments, numbers of records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    people::{key_of_desk, key_of_left, key_of_right, records, text_of},
    world::Twins,
};

const LEFT: [&str; 7] = [
    "user",
    "company",
    "enduser",
    "license",
    "conversation",
    "task",
    "comment",
];

/// The same of a desk in Intercom.
const DESK: [&str; 7] = [
    "admin",
    "company",
    "contact",
    "note",
    "conversation",
    "ticket",
    "article",
];

/// The right dumps, and what the recipe calls their records.
const RIGHT: [(&str, &str); 10] = [
    ("dev_user", "dev_user"),
    ("account", "account"),
    ("rev_user", "contact"),
    ("ticket", "ticket"),
    ("conversation", "conversation"),
    ("custom_object", "custom"),
    ("timeline_entry", "comment"),
    ("tag", "tag"),
    ("article", "article"),
    ("directory", "directory"),
];

/// Members that say when something was written, or as which one of many.
const LEFT_OUT: [&str; 22] = [
    "rank",
    "display_id",
    "object_display_id",
    "created_date",
    "modified_date",
    "created_by",
    "modified_by",
    "actual_close_date",
    "updatedAt",
    "lastUpdated",
    "createdAt",
    "createDate",
    "date",
    "history",
    "lastTouch",
    "tnt__ph_created_at",
    "tnt__ph_date",
    "tnt__ph_history",
    "tnt__ph_phase_since",
    "phaseSince",
    "updateDate",
    "inDate",
];

/// Both sides, one line a record.
pub struct State(BTreeMap<String, Vec<String>>);

impl State {
    /// How many records the left side has.
    pub fn left_records(&self) -> usize {
        let left = self.0.iter().filter(|(object, _)| !object.starts_with("right "));
        left.map(|(_, lines)| lines.len()).sum()
    }

    /// The first record of an object that only one of two states has.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let objects: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let none = Vec::new();
        objects.into_iter().find_map(|object| {
            let one = self.0.get(object).unwrap_or(&none);
            let two = other.0.get(object).unwrap_or(&none);
            let only =
                |these: &[String], those: &[String]| these.iter().find(|line| !those.contains(line)).cloned();
            let (lost, new) = (only(one, two), only(two, one));
            let sizes = format!("{} and {} records", one.len(), two.len());
            (one != two).then(|| {
                let (lost, new) = (lost.unwrap_or_default(), new.unwrap_or_default());
                format!("{object}, {sizes}:\n        {lost}\n    and {new}")
            })
        })
    }
}

/// What both twins say.
pub fn tell(twins: &Twins) -> State {
    let mut all: Vec<(String, Value)> = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let is_desk = twins.vendor == "intercom";
    for object in if is_desk { DESK } else { LEFT } {
        for record in records(&twins.left, object) {
            if is_desk {
                // Nothing of ours writes there, and its links show when they were asked for.
                let id = record.get("id").cloned();
                all.push((object.to_owned(), id.unwrap_or_default()));
                continue;
            }
            let id = text_of(&record, "/_id").unwrap_or_default().to_owned();
            names.insert(id, key_of_left(object, &record).unwrap_or_default());
            all.push((object.to_owned(), record));
        }
    }
    for (dump, kind) in RIGHT {
        for record in records(&twins.right, dump) {
            let id = text_of(&record, "/id").unwrap_or_default().to_owned();
            let known = match kind {
                "dev_user" => text_of(&record, "/email").map(str::to_owned),
                "tag" => text_of(&record, "/name").map(str::to_owned),
                "article" | "directory" => text_of(&record, "/title").map(str::to_owned),
                _ if is_desk => key_of_desk(&record).map(str::to_owned),
                kind => key_of_right(kind, &record),
            };
            names.insert(id, known.unwrap_or_default());
            all.push((format!("right {kind}"), record));
        }
    }
    for org in records(&twins.right, "rev_org") {
        let account = text_of(&org, "/account/id").and_then(|id| names.get(id).cloned());
        let id = text_of(&org, "/id").unwrap_or_default().to_owned();
        names.insert(id, account.unwrap_or_default());
    }
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (object, record) in all {
        let line = plain(&record, &names).to_string();
        lines.entry(object).or_default().push(line);
    }
    lines.values_mut().for_each(|lines| lines.sort());
    State(lines)
}

fn plain(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => match names.get(text) {
            Some(name) => Value::String(name.clone()),
            None => Value::String(without_moment(text)),
        },
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(|value| plain(value, names)).collect();
            values.sort_by_key(Value::to_string);
            Value::Array(values)
        }
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), plain(value, names)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// A comment's id has chance in it, a file's says which of many it is, and a stamp may say a moment of the run.
fn without_moment(text: &str) -> String {
    let text = &without_number(text);
    let text = match text.split_once(":comment/") {
        Some((parent, _)) if text.starts_with("don:") => parent,
        _ => text,
    };
    match text.split_once(" UTC*") {
        Some((stamp, rest)) => {
            let stamp = stamp.trim_end_matches(|letter: char| !letter.is_alphabetic());
            format!("{stamp}{rest}")
        }
        None => text.to_owned(),
    }
}

/// The text without the numbers of the files that it shows.
fn without_number(text: &str) -> String {
    let mut pieces = text.split("artifact/");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push_str("artifact/");
        whole.push_str(piece.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    whole
}
