//! Several fields of a record as one text.

use model::{FieldName, Record, RecordId, Reference, Rule, Value};

use super::json;

/// All that a record has of some fields, and its id, as one JSON text. A name that ends in `.*` stands for all fields that
/// begin so.
pub(super) fn gathered(rule: &Rule, left: &Record) -> String {
    let is_meant = |field: &FieldName| {
        let field = field.as_str();
        let names = rule.left.iter().map(FieldName::as_str);
        names.into_iter().any(|name| match name.strip_suffix('*') {
            Some(start) => field.starts_with(start),
            None => field == name,
        })
    };
    let id = ("_id".to_owned(), serde_json::Value::from(left.id.as_str()));
    let fields = left.fields.iter();
    let fields = fields.filter(|(name, value)| is_meant(name) && !value.is_empty());
    let named = |value: &Value| match value {
        Value::Ref(Reference {
            id,
            label: Some(name),
            ..
        }) => serde_json::json!({ "id": id, "name": name }),
        other => json(other),
    };
    let all = fields.map(|(name, value)| (name.to_string(), named(value)));
    serde_json::Value::Object(std::iter::once(id).chain(all).collect()).to_string()
}

/// Whether a text was gathered of this record.
pub(crate) fn is_gathered_of(text: &Value, id: &RecordId) -> bool {
    let said = text.as_text().map(serde_json::from_str::<serde_json::Value>);
    said.and_then(Result::ok)
        .is_some_and(|said| said.get("_id").and_then(serde_json::Value::as_str) == Some(id.as_str()))
}
