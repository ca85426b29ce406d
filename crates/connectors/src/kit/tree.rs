//! JSON of which nothing more is known.

use model::Value;
use serde_json::Value as Json;

/// A value of the form that the JSON has.
pub(crate) fn tree(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nothing,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => Value::Number(number.into()),
        Json::String(text) => Value::text(text),
        Json::Array(all) => Value::List(all.iter().map(tree).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, json)| (name.clone(), tree(json)))
                .collect(),
        ),
    }
}
