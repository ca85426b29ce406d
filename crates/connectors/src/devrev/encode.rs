//! A change into a request's members. Pure.

use model::{Fault, FaultKind, FieldChange, FieldKind, Number, RichFormat, Value, Visibility};
use serde_json::{Map, Value as Json, json};

use super::{
    object::{Holds, Object, Stock, Write},
    shape::Kinds,
};

/// What turning values into JSON needs to know.
pub(super) struct Words<'a> {
    pub(super) object: &'a Object,
    /// What custom fields hold.
    pub(super) kinds: &'a Kinds,
    /// The ids of the change's tags, in their order.
    pub(super) tag_ids: &'a [String],
    /// `creating an account`
    pub(super) doing: &'a str,
}

/// The value has no form there.
struct Misfit(&'static str);

const CUSTOM: &str = "tnt__";

impl Words<'_> {
    /// The members of a creation: what is empty is left out.
    pub(super) fn create(&self, fields: &[FieldChange]) -> Result<Map<String, Json>, Fault> {
        let mut body = Map::new();
        for field in fields.iter().filter(|field| !field.after.is_empty()) {
            self.add(&mut body, field, false)?;
        }
        if self.object.kind == Some("ticket") && body.contains_key("stage") {
            body.insert("stage_validation_options".to_owned(), json!(["allow_non_start"]));
        }
        Ok(body)
    }

    /// The members of an update: what is empty is cleared.
    pub(super) fn update(&self, fields: &[FieldChange]) -> Result<Map<String, Json>, Fault> {
        let mut body = Map::new();
        for field in fields {
            self.add(&mut body, field, true)?;
        }
        if self.object.kind == Some("ticket") && body.contains_key("stage") {
            body.insert(
                "stage_validation_options".to_owned(),
                json!(["allow_invalid_transition"]),
            );
        }
        Ok(body)
    }

    fn add(&self, body: &mut Map<String, Json>, field: &FieldChange, update: bool) -> Result<(), Fault> {
        let name = field.name.as_str();
        if name.starts_with(CUSTOM) && self.object.leaf.is_some() {
            let kind = self.kinds.get(&field.name);
            add_custom(body, name, custom_json(&field.after, kind));
            return Ok(());
        }
        let Some(stock) = self.object.field(name) else {
            return Err(self.refused(name, "is not a field of it"));
        };
        let json = match (stock.write, update) {
            (Write::Never, _) => return Err(self.refused(name, "cannot be written")),
            (Write::Once, true) => return Err(self.refused(name, "can be given at creation only")),
            // Written by calls of its own.
            (Write::Association, true) => return Ok(()),
            _ if field.after.is_empty() => match empty(stock) {
                // It keeps its value, and the record's other fields are written.
                Err(_) if update => return Ok(()),
                other => other,
            },
            _ => self.stock_json(stock, &field.after),
        };
        let json = json.map_err(|misfit| self.refused(name, misfit.0))?;
        let json = match (stock.write, update) {
            (Write::Set, true) => json!({ "set": json }),
            _ => json,
        };
        body.insert(name.to_owned(), json);
        Ok(())
    }

    fn refused(&self, field: &str, why: &str) -> Fault {
        Fault::new(FaultKind::Rejected, self.doing).said(format!("`{field}` {why}"))
    }

    fn stock_json(&self, stock: &Stock, value: &Value) -> Result<Json, Misfit> {
        match stock.holds {
            Holds::Text(_) | Holds::Choice(_) => text(value).map(Json::String),
            Holds::Rich => markdown(value).map(Json::String),
            Holds::Stage(_) => text(value).map(|name| json!({ "name": name })),
            Holds::Instant => match value {
                Value::Instant(at) => Ok(Json::String(at.to_string())),
                _ => Err(Misfit("takes a time")),
            },
            Holds::Ref(_) => id(value),
            Holds::Texts => {
                let texts: Result<Vec<String>, _> = value.elements().iter().map(text).collect();
                texts.map(|texts| unique(texts.into_iter().map(Json::String)))
            }
            Holds::Refs(_) => {
                let ids: Result<Vec<Json>, _> = value.elements().iter().map(id).collect();
                ids.map(unique)
            }
            Holds::Tags => Ok(unique(self.tag_ids.iter().map(|id| json!({ "id": id })))),
        }
    }
}

fn add_custom(body: &mut Map<String, Json>, name: &str, json: Json) {
    body.entry("custom_schema_spec")
        .or_insert_with(|| json!({ "tenant_fragment": true }));
    let custom = body
        .entry("custom_fields")
        .or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(custom) = custom {
        custom.insert(name.to_owned(), json);
    }
}

/// Puts our key into our custom field.
pub(super) fn add_key(body: &mut Map<String, Json>, field: &str, key: &str) {
    add_custom(body, field, Json::from(key));
}

/// The names of tags among these fields.
pub(super) fn tag_names<'a>(object: &Object, fields: &'a [FieldChange]) -> Vec<&'a str> {
    let is_tags = |field: &&FieldChange| {
        let stock = object.field(field.name.as_str());
        stock.is_some_and(|stock| stock.holds == Holds::Tags)
    };
    let values = fields
        .iter()
        .filter(is_tags)
        .flat_map(|field| field.after.elements());
    values
        .filter_map(Value::as_text)
        .filter(|name| !name.is_empty())
        .collect()
}

fn empty(stock: &Stock) -> Result<Json, Misfit> {
    match (stock.write, stock.holds) {
        (Write::Nullable, _) => Ok(Json::Null),
        (_, Holds::Text(_) | Holds::Rich) => Ok(Json::from("")),
        (_, Holds::Texts | Holds::Refs(_) | Holds::Tags) => Ok(json!([])),
        _ => Err(Misfit("cannot be emptied")),
    }
}

fn unique(elements: impl IntoIterator<Item = Json>) -> Json {
    let mut kept: Vec<Json> = Vec::new();
    for element in elements {
        if !kept.contains(&element) {
            kept.push(element);
        }
    }
    Json::Array(kept)
}

fn id(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Ref(reference) => Ok(Json::from(reference.id.as_str())),
        _ => Err(Misfit("takes a record")),
    }
}

fn markdown(value: &Value) -> Result<String, Misfit> {
    match value {
        Value::Rich(rich) if rich.format == RichFormat::CommonMark => Ok(rich.text.clone()),
        Value::Rich(_) => Err(Misfit("takes CommonMark")),
        other => text(other),
    }
}

fn text(value: &Value) -> Result<String, Misfit> {
    Ok(match value {
        Value::Text(text) => text.clone(),
        Value::Rich(rich) => rich.text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Instant(at) => at.to_string(),
        Value::Date(on) => on.to_string(),
        Value::Ref(reference) => reference
            .label
            .clone()
            .unwrap_or_else(|| reference.id.to_string()),
        Value::Person(person) => match (&person.name, &person.email) {
            (Some(name), Some(email)) => format!("{name} <{email}>"),
            (name, email) => name.clone().or_else(|| email.clone()).unwrap_or_default(),
        },
        Value::File(file) => file.url.clone(),
        Value::Visibility(Visibility::Internal) => "internal".to_owned(),
        Value::Visibility(Visibility::Public) => "public".to_owned(),
        Value::Nothing | Value::List(_) | Value::Map(_) => return Err(Misfit("takes one text")),
    })
}

/// A custom field's JSON by its schema, as far as it is known; DevRev refuses what does not fit.
fn custom_json(value: &Value, kind: Option<&FieldKind>) -> Json {
    if value.is_empty() {
        return Json::Null;
    }
    match (value, kind) {
        (Value::List(values), Some(FieldKind::List(kind))) => {
            values.iter().map(|one| custom_json(one, Some(kind))).collect()
        }
        (one, Some(FieldKind::List(kind))) => Json::Array(vec![custom_json(one, Some(kind))]),
        (Value::List(values), None) => values.iter().map(|one| custom_json(one, None)).collect(),
        (Value::List(_) | Value::Map(_), Some(FieldKind::Json)) => plain_json(value),
        (Value::List(_) | Value::Map(_), _) => Json::String(plain_json(value).to_string()),
        (Value::Text(text), Some(FieldKind::Number | FieldKind::Integer)) => {
            Number::parse(text).map_or_else(|_| Json::from(text.as_str()), |number| Json::from(&number))
        }
        (Value::Text(word), Some(FieldKind::Bool)) => match word.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            other => Json::from(other),
        },
        (Value::Bool(_) | Value::Number(_), Some(FieldKind::Text { .. } | FieldKind::Choice { .. })) => {
            words(value)
        }
        (Value::Bool(value), _) => Json::Bool(*value),
        (Value::Number(number), _) => Json::from(number),
        (Value::Instant(at), Some(FieldKind::Date)) => {
            Json::String(at.to_string().chars().take_while(|&sign| sign != 'T').collect())
        }
        (Value::Date(on), Some(FieldKind::Instant)) => Json::String(format!("{on}T00:00:00Z")),
        (Value::Ref(reference), Some(FieldKind::Ref { .. }) | None) => Json::from(reference.id.as_str()),
        _ => words(value),
    }
}

fn words(value: &Value) -> Json {
    text(value).map_or(Json::Null, Json::String)
}

/// Any value as JSON that a reader would expect.
fn plain_json(value: &Value) -> Json {
    match value {
        Value::Nothing => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => Json::from(number),
        Value::List(values) => values.iter().map(plain_json).collect(),
        Value::Map(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), plain_json(value)));
            Json::Object(members.collect())
        }
        one => words(one),
    }
}

#[cfg(test)]
mod tests;
