//! A raw copy into a record in our words. Pure.

use std::{borrow::Cow, collections::BTreeMap};

use model::{
    Date, Fault, FaultKind, FieldKind, FieldName, Fields, FileRef, Number, ObjectName, Raw, Record, RecordId,
    Reference, RichFormat, RichText, Timestamp, Value, Visibility,
};
use serde_json::{Map, Value as Json};

use super::{
    article, custom,
    members::{Members, members},
    object::{Holds, Key, Object, Write},
};

/// What custom fields hold, by their names on records.
pub(super) type Kinds = BTreeMap<FieldName, FieldKind>;

/// Our custom field on conversations and tickets.
pub(super) const KEY_FIELD: &str = "tnt__interline_key";

/// The JSON is not what the field holds.
struct Misfit(&'static str);

pub(super) fn shape(object: &Object, raw: &Raw, kinds: &Kinds) -> Result<Record, Fault> {
    let mut members = members(object, &raw.json).map_err(|error| {
        let doing = format!("shaping the {} `{}`", object.name, raw.id);
        Fault::new(FaultKind::Unexpected, doing).because(error)
    })?;
    if object.key == Key::TextFile {
        article::unpack(&mut members);
    }
    let mut fields = Vec::with_capacity(object.stock.len() + kinds.len());
    for stock in object.stock {
        let shaped = match (stock.name, members.remove(stock.name)) {
            ("account", None) if object.name == "contact" => {
                let Some(account) = contact_account(members.get("rev_org")) else {
                    continue;
                };
                Ok(account)
            }
            // What is written by calls of its own is not known to be empty.
            (_, None) if stock.hidden || stock.write == Write::Apart => continue,
            (_, None) => Ok(Value::Nothing),
            (_, Some(json)) => stock_value(stock.holds, json),
        };
        let value = shaped.map_err(|misfit| not_as_documented(object, raw, stock.name, &misfit))?;
        fields.push((FieldName::new(stock.name), value));
    }
    let (custom, are_shown) = match members.remove("custom_fields") {
        Some(Json::Object(custom)) => (custom, true),
        _ => (Map::new(), object.shows_custom()),
    };
    let keys = keys(&raw.id, &members, &custom);
    if are_shown {
        add_custom(&mut fields, custom, kinds);
    }
    let mut fields = Fields::from_iter(fields);
    fields.remove(KEY_FIELD);
    Ok(Record {
        title: title(&fields),
        fields,
        changed_at: members
            .get("modified_date")
            .and_then(Json::as_str)
            .and_then(|text| text.parse().ok()),
        keys,
        id: raw.id.clone(),
    })
}

fn not_as_documented(object: &Object, raw: &Raw, field: &str, misfit: &Misfit) -> Fault {
    Fault::new(
        FaultKind::Unexpected,
        format!("shaping the {} `{}`", object.name, raw.id),
    )
    .said(format!("`{field}` is not {}", misfit.0))
}

fn title(fields: &Fields) -> String {
    let names = [
        "title",
        "display_name",
        "full_name",
        "name",
        "email",
        "display_id",
    ];
    let texts = names.iter().filter_map(|name| fields.get(*name)?.as_text());
    texts.map(str::to_owned).next().unwrap_or_default()
}

fn keys(id: &RecordId, members: &Members, custom: &Map<String, Json>) -> Vec<String> {
    let several = members.get("external_refs").and_then(Json::as_array);
    let all = several.into_iter().flatten();
    let all = all
        .chain(members.get("external_ref"))
        .chain(members.get("unique_key"))
        .chain(custom.get(KEY_FIELD));
    let mut keys: Vec<String> = Vec::new();
    for key in all.filter_map(Json::as_str) {
        // DevRev gives an account its own id as a key when it is given none.
        if !key.is_empty() && key != id.as_str() && !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// A contact shows its workspace; only if that is an account itself do we know the account.
fn contact_account(rev_org: Option<&Json>) -> Option<Value> {
    let org = rev_org?.as_object()?;
    let is_account = org.get("type").and_then(Json::as_str) == Some("account");
    is_account.then(|| summary(org.clone(), Some("account")).unwrap_or_default())
}

fn stock_value(holds: Holds, json: Json) -> Result<Value, Misfit> {
    if json.is_null() {
        return Ok(Value::Nothing);
    }
    match holds {
        Holds::Text(_) | Holds::Choice(_) => text(json).map(Value::text),
        Holds::Rich => text(json).map(rich),
        Holds::Bool => match json {
            Json::Bool(value) => Ok(Value::Bool(value)),
            _ => Err(Misfit("yes or no")),
        },
        Holds::Instant => instant(&text(json)?),
        Holds::Level(levels) => level(&json, levels),
        Holds::Stage(_) => named(json, "name"),
        Holds::Texts => list(json, |one| text(one).map(Value::text)),
        Holds::Ref(object) => reference(json, Some(object)),
        Holds::RefAny(_) => reference(json, None),
        Holds::Refs(_) | Holds::RefsAny(_) => list(json, |one| reference(one, None)),
        Holds::Files => list(json, file),
        Holds::Visibility => match text(json)?.as_str() {
            "external" | "public" => Ok(Value::Visibility(Visibility::Public)),
            _ => Ok(Value::Visibility(Visibility::Internal)),
        },
        Holds::Tags => list(json, |one| match one {
            Json::Object(mut tag) => named(tag.remove("tag").unwrap_or_default(), "name"),
            _ => Err(Misfit("a list of tags")),
        }),
    }
}

fn text(json: Json) -> Result<String, Misfit> {
    match json {
        Json::String(text) => Ok(text),
        _ => Err(Misfit("text")),
    }
}

fn rich(text: String) -> Value {
    if text.is_empty() {
        return Value::Nothing;
    }
    Value::Rich(RichText {
        format: RichFormat::CommonMark,
        text,
    })
}

fn instant(text: &str) -> Result<Value, Misfit> {
    let parsed: Result<Timestamp, _> = text.parse();
    parsed.map(Value::Instant).map_err(|_| Misfit("a time"))
}

fn named(json: Json, name: &str) -> Result<Value, Misfit> {
    match json {
        Json::Object(mut members) => text(members.remove(name).unwrap_or_default()).map(Value::text),
        Json::String(text) => Ok(Value::text(text)),
        _ => Err(Misfit("something with a name")),
    }
}

/// A level by its number, which answers show with a label; one that is not known goes by that.
fn level(json: &Json, levels: &[(&str, i64)]) -> Result<Value, Misfit> {
    let number = json.get("id").unwrap_or(json).as_i64();
    let known = levels.iter().find(|(_, level)| Some(*level) == number);
    let label = || json.get("label").and_then(Json::as_str);
    let word = known.map(|(word, _)| *word).or_else(label);
    word.map(Value::text).ok_or(Misfit("a level"))
}

fn list(json: Json, shape: impl Fn(Json) -> Result<Value, Misfit>) -> Result<Value, Misfit> {
    let Json::Array(elements) = json else {
        return Err(Misfit("a list"));
    };
    let values: Vec<Value> = elements.into_iter().map(shape).collect::<Result<_, _>>()?;
    Ok(match values.is_empty() {
        true => Value::Nothing,
        false => Value::List(values),
    })
}

fn reference(json: Json, object: Option<&str>) -> Result<Value, Misfit> {
    match json {
        Json::Object(members) => summary(members, object),
        Json::String(id) => Ok(by_id(id, object)),
        _ => Err(Misfit("a record's summary")),
    }
}

/// A summary: an id, what sort of record, and a name for people.
fn summary(mut members: Map<String, Json>, object: Option<&str>) -> Result<Value, Misfit> {
    let Some(Json::String(id)) = members.remove("id") else {
        return Err(Misfit("a record's summary"));
    };
    let object = object.or_else(|| match members.get("type").and_then(Json::as_str)? {
        "rev_user" => Some("contact"),
        "dev_user" => Some("dev_user"),
        _ => None,
    });
    let object = object.map_or_else(|| object_of(&id), ObjectName::new);
    let names = ["display_name", "name", "full_name"];
    let mut labels = names.iter().filter_map(|name| members.get(*name)?.as_str());
    Ok(Value::Ref(Reference {
        object,
        id: RecordId::new(&id),
        label: labels.find(|label| !label.is_empty()).map(str::to_owned),
    }))
}

/// An artifact's summary.
fn file(json: Json) -> Result<Value, Misfit> {
    let word = |path: &str| json.pointer(path).and_then(Json::as_str).map(str::to_owned);
    let url = word("/id").ok_or(Misfit("a list of files"))?;
    Ok(Value::File(FileRef {
        url,
        name: word("/file/name").unwrap_or_default(),
        media_type: word("/file/type").filter(|kind| !kind.is_empty()),
    }))
}

fn by_id(id: String, object: Option<&str>) -> Value {
    Value::Ref(Reference {
        object: object.map_or_else(|| object_of(&id), ObjectName::new),
        id: RecordId::from(id),
        label: None,
    })
}

/// The object that an id names: `don:identity:dvrv-us-1:devo/0:revu/7` is a contact, and
/// `don:core:dvrv-us-1:devo/0:custom_object/license/3` a `custom:license`.
pub(super) fn object_of(id: &str) -> ObjectName {
    let last = id.rsplit(':').next().unwrap_or_default();
    let mut pieces = last.split('/');
    let kind = pieces.next().unwrap_or_default();
    let leaf = pieces.next().filter(|_| kind == "custom_object");
    match leaf {
        Some(leaf) => ObjectName::new(format!("{}{leaf}", custom::PREFIX)),
        None => ObjectName::new(object_of_kind(kind)),
    }
}

/// Our name of what ids and schemas call so.
pub(super) fn object_of_kind(kind: &str) -> Cow<'_, str> {
    match kind {
        "devu" | "dev_user" => "dev_user".into(),
        "revu" | "rev_user" => "contact".into(),
        "product" | "capability" | "feature" | "enhancement" | "linkable" | "runnable" => "part".into(),
        other => match other.strip_prefix("custom_object.") {
            Some(leaf) => format!("{}{leaf}", custom::PREFIX).into(),
            None => other.into(),
        },
    }
}

/// Adds what the customer's fields hold; those that are known and not there are empty. Both come sorted by name.
fn add_custom(fields: &mut Vec<(FieldName, Value)>, custom: Map<String, Json>, kinds: &Kinds) {
    let mut kinds = kinds.iter().peekable();
    for (name, json) in custom {
        while let Some((known, _)) = kinds.next_if(|(known, _)| known.as_str() < name.as_str()) {
            fields.push((known.clone(), Value::Nothing));
        }
        let kind = kinds.next_if(|(known, _)| known.as_str() == name);
        fields.push(match kind {
            Some((known, kind)) => (known.clone(), custom_value(kind, json)),
            None => (FieldName::from(name), free_value(json)),
        });
    }
    fields.extend(kinds.map(|(known, _)| (known.clone(), Value::Nothing)));
}

/// A custom field's value by its schema; what does not fit is taken as it is.
pub(super) fn custom_value(kind: &FieldKind, json: Json) -> Value {
    match (kind, json) {
        (FieldKind::List(kind), Json::Array(elements)) => {
            let values: Vec<Value> = elements.into_iter().map(|one| custom_value(kind, one)).collect();
            if values.is_empty() {
                Value::Nothing
            } else {
                Value::List(values)
            }
        }
        (FieldKind::Text { .. } | FieldKind::Choice { .. }, Json::String(text)) => Value::text(text),
        (FieldKind::Rich { .. }, Json::String(text)) => rich(text),
        (FieldKind::Instant, Json::String(text)) => instant(&text).unwrap_or(Value::Text(text)),
        (FieldKind::Date, Json::String(text)) => {
            let parsed: Result<Date, _> = text.parse();
            parsed.map_or(Value::Text(text), Value::Date)
        }
        (FieldKind::Ref { object }, Json::String(id)) if !id.is_empty() => by_id(id, Some(object.as_str())),
        (FieldKind::RefAny { .. }, Json::String(id)) if !id.is_empty() => by_id(id, None),
        // Numbered choices are read as an object and written as its number.
        (FieldKind::Integer, Json::Object(mut members)) => {
            free_value(members.remove("id").unwrap_or_default())
        }
        (_, json) => free_value(json),
    }
}

/// A value without a schema.
pub(super) fn free_value(json: Json) -> Value {
    match json {
        Json::Null => Value::Nothing,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => Value::Number(Number::from(&number)),
        Json::String(id) if id.starts_with("don:") => by_id(id, None),
        Json::String(text) => Value::text(text),
        Json::Array(elements) if elements.is_empty() => Value::Nothing,
        Json::Array(elements) => Value::List(elements.into_iter().map(free_value).collect()),
        Json::Object(members) => {
            let is_record = members
                .get("id")
                .and_then(Json::as_str)
                .is_some_and(|id| id.starts_with("don:"));
            match is_record {
                true => summary(members, None).unwrap_or_default(),
                false => Value::Map(
                    members
                        .into_iter()
                        .map(|(name, json)| (name, free_value(json)))
                        .collect(),
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests;
