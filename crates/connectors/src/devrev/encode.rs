//! A change into a request's members. Pure.

use jiff::tz::TimeZone;
use model::{Fault, FaultKind, FieldChange, FieldKind, Number, RichFormat, Value, Visibility};
use serde_json::{Map, Value as Json, json};

use super::{
    object::{Holds, Object, Stock, Write},
    shape::{Kinds, free_value},
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
        if self.object.is_work() && body.contains_key("stage") {
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
        if self.object.is_work() && body.contains_key("stage") {
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
            let json = custom_json(&field.after, kind).map_err(|misfit| self.refused(name, misfit.0))?;
            add_custom(body, name, json);
            return Ok(());
        }
        let Some(stock) = self.object.field(name) else {
            return Err(self.refused(name, "is not a field of it"));
        };
        let json = match (stock.write, update) {
            (Write::Never, _) => return Err(self.refused(name, "cannot be written")),
            (Write::Once, true) => return Err(self.refused(name, "can be given at creation only")),
            // Written by calls of its own.
            (Write::Association, true) | (Write::Apart, _) => return Ok(()),
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
            Holds::Level(levels) => level(value, levels),
            Holds::Rich => markdown(value).map(Json::String),
            Holds::Stage(_) => text(value).map(|name| json!({ "name": name })),
            Holds::Bool => truth(value),
            Holds::Instant => moment(value),
            Holds::Ref(_) | Holds::RefAny(_) => id(value),
            Holds::Texts => {
                let texts: Result<Vec<Json>, _> = value
                    .elements()
                    .iter()
                    .map(|one| element_json(one, Some(&FieldKind::Text { max: None })))
                    .collect();
                texts.map(unique)
            }
            Holds::Refs(_) | Holds::RefsAny(_) => {
                let ids: Result<Vec<Json>, _> = value.elements().iter().map(id).collect();
                ids.map(unique)
            }
            Holds::Files => {
                let ids: Result<Vec<Json>, _> = value.elements().iter().map(file_id).collect();
                ids.map(unique)
            }
            Holds::Visibility => match value {
                Value::Visibility(Visibility::Internal) => Ok(Json::from("internal")),
                // Everybody on earth is not meant, only the customer.
                Value::Visibility(Visibility::Public) => Ok(Json::from("external")),
                _ => Err(Misfit("takes who may see it")),
            },
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
        (_, Holds::Texts | Holds::Refs(_) | Holds::RefsAny(_) | Holds::Tags | Holds::Files) => Ok(json!([])),
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

fn level(value: &Value, levels: &[(&str, i64)]) -> Result<Json, Misfit> {
    let word = text(value)?;
    let known = levels.iter().find(|(name, _)| *name == word);
    let number = known.map(|(_, number)| Json::from(*number));
    number.ok_or(Misfit("does not take that word"))
}

fn file_id(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::File(file) if !file.url.is_empty() => Ok(Json::from(file.url.as_str())),
        _ => Err(Misfit("takes a file that was brought before")),
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

/// A custom field's JSON by its schema, as far as it is known. What DevRev would keep as something else is refused.
fn custom_json(value: &Value, kind: Option<&FieldKind>) -> Result<Json, Misfit> {
    if value.is_empty() {
        return Ok(Json::Null);
    }
    let Some(kind) = kind else {
        return free_json(value);
    };
    match kind {
        FieldKind::List(kind) => {
            let elements = value.elements().iter();
            elements
                .map(|one| element_json(one, Some(kind.as_ref())))
                .collect()
        }
        FieldKind::Number => double(value),
        FieldKind::Integer => whole(value),
        FieldKind::Bool => truth(value),
        FieldKind::Date => day(value),
        FieldKind::Instant => moment(value),
        FieldKind::Ref { .. } | FieldKind::RefAny { .. } => id(value),
        FieldKind::Choice { values } => match text(value)? {
            word if values.is_empty() || values.contains(&word) => Ok(Json::String(word)),
            _ => Err(Misfit("does not take that word")),
        },
        FieldKind::Rich { .. } => markdown(value).map(Json::String),
        FieldKind::Json => any_json(value),
        FieldKind::Text { .. } | FieldKind::Person | FieldKind::File | FieldKind::Visibility => match value {
            Value::List(_) | Value::Map(_) => Ok(Json::String(plain_json(value).to_string())),
            one => text(one).map(Json::String),
        },
    }
}

fn element_json(value: &Value, kind: Option<&FieldKind>) -> Result<Json, Misfit> {
    match value.is_empty() {
        true => Err(Misfit("takes no empty element")),
        false => custom_json(value, kind),
    }
}

/// A value for a field whose schema nobody told us.
fn free_json(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::List(values) => values.iter().map(|one| element_json(one, None)).collect(),
        Value::Map(_) => Ok(Json::String(plain_json(value).to_string())),
        Value::Bool(value) => Ok(Json::Bool(*value)),
        Value::Number(_) => double(value),
        Value::Ref(_) => id(value),
        Value::Instant(_) => moment(value),
        Value::Date(_) => day(value),
        one => text(one).map(Json::String),
    }
}

/// JSON of any form; what would be read as something else is refused.
fn any_json(value: &Value) -> Result<Json, Misfit> {
    let json = plain_json(value);
    match free_value(json.clone()) == *value && numbers_last(value) {
        true => Ok(json),
        false => Err(Misfit(
            "takes only what JSON keeps as it is; a text field keeps it",
        )),
    }
}

/// Why a number would not come back as it was, or nothing.
pub(super) fn misfit(kind: &FieldKind, value: &Value) -> Option<String> {
    match kind {
        FieldKind::List(kind) => value.elements().iter().find_map(|one| misfit(kind, one)),
        FieldKind::Number if !numbers_last(value) => Some(TOO_MANY_DIGITS.to_owned()),
        _ => None,
    }
}

fn numbers_last(value: &Value) -> bool {
    match value {
        Value::Number(number) => is_double(number),
        Value::List(values) => values.iter().all(numbers_last),
        Value::Map(members) => members.values().all(numbers_last),
        _ => true,
    }
}

const TOO_MANY_DIGITS: &str = "keeps 15 to 17 digits, and the number has more; a text field keeps them all";

/// DevRev keeps a number with a fraction as a binary float: what has more digits would change.
fn double(value: &Value) -> Result<Json, Misfit> {
    match number(value)? {
        number if is_double(&number) => Ok(Json::from(&number)),
        _ => Err(Misfit(TOO_MANY_DIGITS)),
    }
}

fn is_double(number: &Number) -> bool {
    let float = number.to_f64().filter(|float| float.is_finite());
    let shortest = float.and_then(|float| Number::parse(&format!("{float:e}")).ok());
    shortest.is_some_and(|shortest| &shortest == number)
}

fn whole(value: &Value) -> Result<Json, Misfit> {
    let whole = number(value)?.to_i64();
    whole
        .map(Json::from)
        .ok_or(Misfit("takes a whole number of 64 bits"))
}

fn number(value: &Value) -> Result<Number, Misfit> {
    match value {
        Value::Number(number) => Ok(number.clone()),
        Value::Text(text) => Number::parse(text).map_err(|_| Misfit("takes a number")),
        _ => Err(Misfit("takes a number")),
    }
}

fn truth(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Bool(value) => Ok(Json::Bool(*value)),
        Value::Text(word) if word == "true" => Ok(Json::Bool(true)),
        Value::Text(word) if word == "false" => Ok(Json::Bool(false)),
        _ => Err(Misfit("takes true or false")),
    }
}

/// Years of four digits: RFC 3339 has no others.
const YEARS: std::ops::RangeInclusive<i16> = 0..=9999;

fn day(value: &Value) -> Result<Json, Misfit> {
    let day = match value {
        Value::Date(day) => *day,
        Value::Instant(at) => at.to_zoned(TimeZone::UTC).date(),
        Value::Text(text) => text.parse().map_err(|_| Misfit("takes a day"))?,
        _ => return Err(Misfit("takes a day")),
    };
    match YEARS.contains(&day.year()) {
        true => Ok(Json::String(day.to_string())),
        false => Err(Misfit("takes years of four digits")),
    }
}

fn moment(value: &Value) -> Result<Json, Misfit> {
    let at = match value {
        Value::Instant(at) => *at,
        Value::Date(day) => {
            let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| Misfit("takes a time"))?;
            midnight.timestamp()
        }
        Value::Text(text) => text.parse().map_err(|_| Misfit("takes a time"))?,
        _ => return Err(Misfit("takes a time")),
    };
    match YEARS.contains(&at.to_zoned(TimeZone::UTC).year()) {
        true => Ok(Json::String(at.to_string())),
        false => Err(Misfit("takes years of four digits")),
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
