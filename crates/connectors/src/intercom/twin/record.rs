//! What records are read and changed by.

use serde_json::Value;

use super::state::Record;

/// A text of a record.
pub(super) fn text<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    record.get(name)?.as_str()
}

pub(super) fn is(record: &Record, name: &str) -> bool {
    record.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// What a record holds under a name; null if nothing.
pub(super) fn value(record: &Record, name: &str) -> Value {
    record.get(name).cloned().unwrap_or(Value::Null)
}

/// The ids that a record lists under a name.
pub(super) fn ids<'a>(record: &'a Record, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
    let list = record.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// The same, as what a table finds its records by.
pub(super) fn id_keys(record: &Record, name: &str) -> Vec<String> {
    ids(record, name).map(str::to_owned).collect()
}

/// A text as what a table finds its records by.
pub(super) fn text_key(record: &Record, name: &str) -> Vec<String> {
    let text = text(record, name).filter(|text| !text.is_empty());
    text.map(str::to_lowercase).into_iter().collect()
}

/// Adds an id to a list. Whether it was not in it.
pub(super) fn add_id(record: &mut Record, name: &str, id: &str) -> bool {
    if ids(record, name).any(|known| known == id) {
        return false;
    }
    let list = record.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = list {
        list.push(id.into());
    }
    true
}

/// Takes an id out of a list. Whether it was in it.
pub(super) fn remove_id(record: &mut Record, name: &str, id: &str) -> bool {
    let Some(Value::Array(list)) = record.get_mut(name) else {
        return false;
    };
    let before = list.len();
    list.retain(|known| known.as_str() != Some(id));
    list.len() < before
}

/// Sets a value, or takes it out where it is null.
pub(super) fn set(record: &mut Record, name: &str, value: Value) {
    match value {
        Value::Null => {
            record.remove(name);
        }
        value => {
            record.insert(name.to_owned(), value);
        }
    }
}

/// A record made of the members of an object.
pub(super) fn record(value: Value) -> Record {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        _ => Record::new(),
    }
}

/// A text as what a table finds its records by, letter by letter.
pub(super) fn exact_key(record: &Record, name: &str) -> Vec<String> {
    let text = text(record, name).filter(|text| !text.is_empty());
    text.map(str::to_owned).into_iter().collect()
}
