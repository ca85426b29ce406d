//! One record as the twin keeps it: references as short keys, names shared, nothing derived.

use std::sync::Arc;

use serde_json::Value;

use super::{custom::CustomField, kind::Key};

/// A record.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: Key,
    /// Milliseconds since 1970.
    pub(super) created: i64,
    pub(super) created_by: u32,
    pub(super) modified: i64,
    pub(super) modified_by: u32,
    /// By name, so that a record looks the same after a save.
    fields: Vec<(&'static str, Value)>,
    /// By name too.
    pub(super) custom: Vec<(Arc<CustomField>, Value)>,
}

impl Row {
    pub(super) fn new(key: Key, now: i64, by: u32) -> Self {
        Self {
            key,
            created: now,
            created_by: by,
            modified: now,
            modified_by: by,
            fields: Vec::new(),
            custom: Vec::new(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a flag is set.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }

    pub(super) fn key_of(&self, name: &str) -> Option<Key> {
        Key::of(self.text(name)?)
    }

    pub(super) fn list(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::Array(values)) => values,
            _ => &[],
        }
    }

    pub(super) fn keys(&self, name: &str) -> impl Iterator<Item = Key> {
        self.list(name).iter().filter_map(Key::of_value)
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.fields.binary_search_by(|(known, _)| (*known).cmp(name)) {
            Ok(at) => {
                if let Some((_, old)) = self.fields.get_mut(at) {
                    *old = value;
                }
            }
            Err(at) => self.fields.insert(at, (name, value)),
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.fields.retain(|(known, _)| *known != name);
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().map(|(name, value)| (*name, value))
    }

    /// Calls with every text a field holds, the way filters and indexes compare it, until one call says yes.
    pub(super) fn any_text(&self, name: &str, mut is: impl FnMut(&str) -> bool) -> bool {
        match self.get(name) {
            // A tag with a value is kept as `tag/1=value`, and found by its id.
            Some(Value::Array(values)) if name == "tags" => values
                .iter()
                .filter_map(Value::as_str)
                .any(|tag| is(tag.split_once('=').map_or(tag, |(key, _)| key))),
            Some(Value::Array(values)) => values.iter().any(|value| any_of(value, &mut is)),
            Some(value) => any_of(value, &mut is),
            None => false,
        }
    }

    /// Sets a custom field, or clears it.
    pub(super) fn set_custom(&mut self, field: &Arc<CustomField>, value: Option<Value>) {
        let found = self
            .custom
            .binary_search_by(|(known, _)| known.name.cmp(&field.name));
        match (found, value) {
            (Ok(at), None) => drop(self.custom.remove(at)),
            (Ok(at), Some(value)) => {
                if let Some(old) = self.custom.get_mut(at) {
                    *old = (Arc::clone(field), value);
                }
            }
            (Err(at), Some(value)) => self.custom.insert(at, (Arc::clone(field), value)),
            (Err(_), None) => {}
        }
    }

    pub(super) fn custom(&self, name: &str) -> Option<&(Arc<CustomField>, Value)> {
        self.custom.iter().find(|(field, _)| field.name == name)
    }
}

/// Calls with a value, or with each of its elements, as text.
pub(super) fn any_of(value: &Value, is: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is(text),
        Value::Array(values) => values.iter().any(|value| any_of(value, is)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => is(&whole.to_string()),
            (None, Some(part)) => is(&part.to_string()),
            (None, None) => is(&number.to_string()),
        },
        Value::Bool(true) => is("true"),
        Value::Bool(false) => is("false"),
        Value::Null | Value::Object(_) => false,
    }
}
