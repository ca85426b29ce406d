//! What a client sends, checked and typed, before it becomes part of a record.

use model::Timestamp;
use serde_json::{Map, Value};

use super::{
    models::{Model, Properties, has},
    prose,
    state::State,
    switches::Switches,
};

/// The fields of a record or of a request, by name.
pub(super) type FieldMap = Map<String, Value>;

/// What a write is seen with.
pub(super) struct Scene<'a> {
    pub state: &'a State,
    pub switches: &'a Switches,
    pub now: Timestamp,
    pub model: &'a Model,
    /// The record as it was; none while it is created.
    pub was: Option<&'a FieldMap>,
    /// What the request gives, checked.
    pub given: &'a FieldMap,
    /// What the request says and the record does not keep.
    pub hints: &'a FieldMap,
}

impl Scene<'_> {
    /// Whether the request gives a field another value than it had.
    pub(super) fn changes(&self, name: &str) -> bool {
        let before = self.was.and_then(|was| was.get(name));
        self.given.get(name).is_some_and(|value| Some(value) != before)
    }
}

/// Why a write was refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub message: String,
    /// Whether a bulk write passes over the record without a word.
    pub silent: bool,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            silent: false,
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    pub(super) fn silent(message: impl Into<String>) -> Self {
        Self {
            silent: true,
            ..Self::bad(message)
        }
    }
}

/// What a request gives: what the record keeps, and what is only read.
#[derive(Default)]
pub(super) struct Given {
    pub fields: FieldMap,
    pub hints: FieldMap,
}

/// How deep a value may nest.
const DEEPEST: usize = 90;

/// Checks a request against a model's properties.
pub(super) fn accept(
    model: &Model,
    switches: &Switches,
    state: &State,
    body: FieldMap,
) -> Result<Given, Refusal> {
    let mut given = Given::default();
    for (name, value) in body {
        if deeper_than(&value, DEEPEST) {
            return Err(Refusal::bad(format!("{name} nests too deep")));
        }
        if has(model.properties.request, &name) {
            given.hints.insert(name, value);
        } else if name == "_id" || (has(model.properties.automatic, &name) && !switches.writes_automatic) {
            // Planhat's own: passed over.
        } else if name == "custom" {
            given.fields.insert(name, custom(model, switches, state, value)?);
        } else if let Some(value) = typed(&model.properties, &name, value, switches)? {
            given.fields.insert(name, value);
        }
    }
    Ok(given)
}

fn typed(
    properties: &Properties,
    name: &str,
    value: Value,
    switches: &Switches,
) -> Result<Option<Value>, Refusal> {
    let wrong = |kind: &str| Refusal::bad(format!("{name} must be {kind}"));
    let is_key = matches!(name, "externalId" | "extId" | "sourceId");
    let value = match value {
        Value::Number(number) if is_key && switches.casts_external_id => Value::String(number.to_string()),
        other => other,
    };
    if has(properties.any, name) || has(properties.automatic, name) || value.is_null() {
        let known = switches.keeps_unknown || is_known(properties, name);
        return Ok(known.then_some(value));
    }
    if has(properties.date, name) {
        return prose::date(&value)
            .map(|date| Some(Value::String(date)))
            .ok_or_else(|| wrong("a date"));
    }
    let (fits, kind) = if has(properties.text, name) {
        (value.is_string() || value.is_number(), "a text")
    } else if has(properties.number, name) {
        (value.is_number(), "a number")
    } else if has(properties.day, name) {
        (value.as_i64().is_some(), "a whole number of days since 1970")
    } else if has(properties.flag, name) {
        (value.is_boolean(), "true or false")
    } else if has(properties.list, name) {
        (value.is_array(), "a list")
    } else if has(properties.object, name) {
        (value.is_object(), "an object")
    } else {
        return Ok(switches.keeps_unknown.then_some(value));
    };
    if fits { Ok(Some(value)) } else { Err(wrong(kind)) }
}

fn is_known(properties: &Properties, name: &str) -> bool {
    [
        properties.text,
        properties.number,
        properties.flag,
        properties.date,
        properties.day,
        properties.list,
        properties.object,
        properties.any,
        properties.automatic,
    ]
    .into_iter()
    .any(|words| has(words, name))
}

fn custom(model: &Model, switches: &Switches, state: &State, value: Value) -> Result<Value, Refusal> {
    let mut fields = match value {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => return Err(Refusal::bad("custom must be an object")),
    };
    if switches.drops_unknown_custom {
        let known = state.custom_fields(model.table);
        fields.retain(|name, _| known.contains(name.as_str()));
    }
    Ok(Value::Object(fields))
}

/// Lays what was given over a record; only the given keys change.
pub(super) fn lay(record: &mut FieldMap, given: &FieldMap, switches: &Switches) {
    for (name, value) in given {
        let Value::Object(fields) = value else {
            record.insert(name.clone(), value.clone());
            continue;
        };
        if name != "custom" {
            record.insert(name.clone(), value.clone());
            continue;
        }
        let mut kept = match record.remove(name) {
            Some(Value::Object(kept)) if !switches.replaces_custom => kept,
            _ => Map::new(),
        };
        for (field, value) in fields {
            if value.is_null() && !switches.keeps_null_custom {
                kept.remove(field);
            } else {
                kept.insert(field.clone(), value.clone());
            }
        }
        record.insert(name.clone(), Value::Object(kept));
    }
}

/// A record's text field; a number counts as its digits.
pub(super) fn text_of(record: &FieldMap, name: &str) -> Option<String> {
    match record.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A record's number, also where it is written as a text.
pub(super) fn number_of(record: &FieldMap, name: &str) -> Option<f64> {
    text_of(record, name)?
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// A number that we worked out: at most six decimals, and none where it is whole.
pub(super) fn number(worked_out: f64) -> Value {
    let rounded = (worked_out * 1e6).round() / 1e6;
    let text = if rounded.is_finite() { rounded } else { worked_out };
    // Adding nothing makes a negative nought an ordinary one.
    let text = format!("{}", text + 0.0);
    text.parse::<serde_json::Number>()
        .map_or(Value::Null, Value::Number)
}

/// A JSON object from a text of ours.
pub(super) fn object(text: &str) -> FieldMap {
    serde_json::from_str(text).unwrap_or_default()
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(list) => list.iter().any(|value| deeper_than(value, below)),
        Value::Object(fields) => fields.values().any(|value| deeper_than(value, below)),
        _ => false,
    }
}
