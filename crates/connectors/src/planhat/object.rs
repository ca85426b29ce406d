//! One object of Planhat: where it is listed, what it holds, and how a record of it is shaped.

use std::collections::HashMap;

use model::{
    Fault, FaultKind, Field, FieldName, Fields, ObjectName, ObjectType, Raw, Record, Timestamp, Value,
};
use serde_json::{Map, Value as Json};

use super::{
    company, conversation,
    customfield::{CustomField, CustomFields},
    enduser,
    fields::{self, Holds, Known},
    user,
};

/// What there is to know of an object; the file that is named after it fills it in.
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) path: &'static str,
    /// The largest page that is documented.
    pub(super) most: u64,
    pub(super) permission: &'static str,
    /// What every list is asked with, besides page and order.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// Whether lists leave properties out unless they are asked for by name.
    pub(super) select: bool,
    pub(super) known: &'static [Known],
    /// Properties that are Planhat's own business: never fields.
    pub(super) internal: &'static [&'static str],
    /// What a record cannot be created without.
    pub(super) required: &'static [&'static str],
    /// What a person would call a record.
    pub(super) title_of: fn(&Json) -> String,
    /// Adds what follows from several properties.
    pub(super) derive: fn(&Json, &mut Fields),
    /// Whether a list's copy is the whole record.
    pub(super) is_whole: fn(&str) -> bool,
}

static ALL: [&Object; 4] = [
    &user::USER,
    &company::COMPANY,
    &enduser::ENDUSER,
    &conversation::CONVERSATION,
];

/// Every object, those that others refer to first.
pub(super) fn all() -> impl Iterator<Item = &'static Object> {
    ALL.into_iter()
}

/// The object of that name.
pub(super) fn named(name: &ObjectName) -> Result<&'static Object, Fault> {
    all().find(|object| object.name == name.as_str()).ok_or_else(|| {
        Fault::new(
            FaultKind::Settings,
            format!("looking for the Planhat object `{name}`"),
        )
        .hint("Planhat offers user, company, enduser and conversation")
    })
}

impl Object {
    /// The properties to ask a list for.
    pub(super) fn select(&self) -> Option<String> {
        let names = self.known.iter().map(|known| known.name);
        self.select.then(|| {
            names
                .chain(["companyName", "custom"])
                .collect::<Vec<_>>()
                .join(",")
        })
    }

    /// The object with its fields, those of the customer included.
    pub(super) fn describe(&self, custom: &CustomFields) -> ObjectType {
        let known = self.known.iter().map(|known| Field {
            name: FieldName::new(known.name),
            title: known.name.to_owned(),
            kind: known.holds.kind(),
            writable: known.writable,
            required: self.required.contains(&known.name),
            custom: false,
            id: None,
        });
        let mut custom: Vec<Field> = custom.of(self.name).values().map(CustomField::describe).collect();
        custom.sort_by(|one, other| one.name.cmp(&other.name));
        ObjectType {
            name: ObjectName::new(self.name),
            title: self.title.to_owned(),
            fields: known.chain(custom).collect(),
            extensible: false,
        }
    }

    /// The record that a raw says.
    pub(super) fn shape(&self, raw: &Raw, custom: &CustomFields) -> Result<Record, Fault> {
        let json: Json = raw.parse(&format!("shaping {}", self.name))?;
        let wrong = |field: &str| {
            Fault::new(
                FaultKind::Unexpected,
                format!("shaping {} `{}`, field `{field}`", self.name, raw.id),
            )
            .hint("the field holds another type of value than documented; correct the record in Planhat")
        };
        let properties = json.as_object().ok_or_else(|| wrong("_id"))?;
        if properties
            .get("_id")
            .and_then(Json::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(wrong("_id"));
        }
        let mut fields = Fields::new();
        for (name, value) in properties.iter().filter(|(name, _)| !self.is_internal(name)) {
            match self.known.iter().find(|known| known.name == name) {
                Some(known) => {
                    let value = known.holds.read(value).ok_or_else(|| wrong(name))?;
                    fields.insert(FieldName::new(name), value);
                }
                None => keep_unknown(name, value, &mut fields),
            }
        }
        if let Some(values) = properties.get("custom").and_then(Json::as_object) {
            shape_custom(values, custom.of(self.name), &mut fields);
        }
        (self.derive)(&json, &mut fields);
        Ok(Record {
            id: raw.id.clone(),
            title: (self.title_of)(&json),
            fields,
            changed_at: changed_at(properties),
            keys: keys(properties),
        })
    }

    fn is_internal(&self, name: &str) -> bool {
        matches!(name, "_id" | "__v" | "custom" | "companyName") || self.internal.contains(&name)
    }
}

/// What nobody documents is kept as it comes, so that a report can name it; what is empty says nothing.
fn keep_unknown(name: &str, json: &Json, fields: &mut Fields) {
    let value = fields::tree(json);
    if !value.is_empty() {
        fields.insert(FieldName::new(name), value);
    }
}

fn shape_custom(values: &Map<String, Json>, custom: &HashMap<String, CustomField>, fields: &mut Fields) {
    for (name, json) in values {
        let value = match custom.get(name.as_str()) {
            Some(field) => field.read(json),
            None => fields::tree(json),
        };
        fields.insert(FieldName::from(format!("custom.{name}")), value);
    }
}

fn changed_at(properties: &Map<String, Json>) -> Option<Timestamp> {
    let stamps = ["updatedAt", "lastUpdated", "updateDate"].into_iter();
    stamps
        .filter_map(|name| properties.get(name))
        .find_map(|json| match Holds::Moment.read(json) {
            Some(Value::Instant(at)) => Some(at),
            _ => None,
        })
}

/// The keys by which Planhat's own addresses name a record.
fn keys(properties: &Map<String, Json>) -> Vec<String> {
    let key = |name: &str, prefix: &str| match Holds::Text.read(properties.get(name)?) {
        Some(Value::Text(key)) => Some(format!("{prefix}-{key}")),
        _ => None,
    };
    [key("externalId", "extid"), key("sourceId", "srcid")]
        .into_iter()
        .flatten()
        .collect()
}

/// The first of these properties that is a text with something in it.
pub(super) fn first_text<'a>(json: &'a Json, names: &[&str]) -> Option<&'a str> {
    let texts = names.iter().filter_map(|name| json.get(name)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
}
