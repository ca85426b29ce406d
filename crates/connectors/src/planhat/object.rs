//! One object of Planhat: where it is listed, what it holds, and how a record of it is shaped.

use std::collections::HashMap;

use model::{
    Fault, FaultKind, Field, FieldName, Fields, ObjectName, ObjectType, Raw, Record, Timestamp, Value,
};
use serde_json::{Map, Value as Json};

use super::{
    asset, comment, company, conversation,
    customfield::{CustomField, CustomFields},
    deal, enduser,
    fields::{self, Holds, Known},
    issue, license, names, nps, project, revenue, task, time, usage, user, write,
};

/// What there is to know of an object; the file that is named after it fills it in.
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) path: &'static str,
    pub(super) reading: Reading,
    /// Whether Planhat's documentation describes the list. Where it does not, a workspace may have none of it, and a
    /// value that is of another kind than expected is kept as it comes.
    pub(super) documented: bool,
    /// The largest page that is documented.
    pub(super) most: u64,
    pub(super) permission: &'static str,
    /// What the list is asked with, besides page and order: once for each time it is read through.
    pub(super) passes: &'static [&'static [(&'static str, &'static str)]],
    /// The property that dates a record's last change, where lists are known to have one.
    pub(super) stamp: Option<&'static str>,
    /// Whether lists leave properties out unless they are asked for by name.
    pub(super) select: bool,
    pub(super) known: &'static [Known],
    /// References, each with the property that holds its name.
    pub(super) labels: &'static [(&'static str, &'static str)],
    /// Other spellings of a property that were seen, each with the field that it fills where that is not there.
    pub(super) aliases: &'static [(&'static str, &'static str)],
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

/// Where an object's records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Its own list, page by page.
    Listed,
    /// A property of the users that holds names.
    InUsers(&'static str),
    /// The metrics that were reported of companies.
    Metrics,
}

/// An object without anything particular.
pub(super) const PLAIN: Object = Object {
    name: "",
    title: "",
    path: "",
    reading: Reading::Listed,
    documented: true,
    most: 2_000,
    permission: "",
    passes: &[&[]],
    stamp: None,
    select: false,
    known: &[],
    labels: &[("companyId", "companyName"), ("ownerId", "ownerName")],
    aliases: &[],
    internal: &[],
    required: &[],
    title_of: |json| {
        first_text(
            json,
            &["name", "title", "product", "externalId", "sourceId", "_id"],
        )
        .unwrap_or_default()
        .to_owned()
    },
    derive: |_, _| {},
    is_whole: |_| true,
};

static ALL: [&Object; 26] = [
    &names::TEAM,
    &names::ROLE,
    &user::USER,
    &company::COMPANY,
    &enduser::ENDUSER,
    &asset::ASSET,
    &project::PROJECT,
    &project::WORKSPACE,
    &project::OBJECTIVE,
    &project::CAMPAIGN,
    &license::LICENSE,
    &revenue::SALE,
    &revenue::INVOICE,
    &revenue::OPPORTUNITY,
    &revenue::CHURN,
    &deal::PRODUCT,
    &deal::DEAL,
    &deal::LINE_ITEM,
    &conversation::CONVERSATION,
    &task::TASK,
    &comment::COMMENT,
    &issue::ISSUE,
    &nps::NPS,
    &time::TIME_ENTRY,
    &time::TIMESHEET,
    &usage::USAGE,
];

/// Every object, those that others refer to first.
pub(super) fn all() -> impl Iterator<Item = &'static Object> {
    ALL.into_iter()
}

/// The object of that name.
pub(super) fn named(name: &ObjectName) -> Result<&'static Object, Fault> {
    all().find(|object| object.name == name.as_str()).ok_or_else(|| {
        let names: Vec<&str> = all().map(|object| object.name).collect();
        Fault::new(
            FaultKind::Settings,
            format!("looking for the Planhat object `{name}`"),
        )
        .hint(format!("Planhat offers {}", names.join(", ")))
    })
}

impl Object {
    /// The properties to ask a list for.
    pub(super) fn select(&self) -> Option<String> {
        let known = self.known.iter().map(|known| known.name);
        let labels = self.labels.iter().map(|(_, property)| *property);
        let aliases = self.aliases.iter().map(|(property, _)| *property);
        self.select.then(|| {
            known
                .chain(labels)
                .chain(aliases)
                .chain(["custom"])
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
            extensible: write::takes_fields(self.name),
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
                    let value = self.read(known, value).ok_or_else(|| wrong(name))?;
                    fields.insert(FieldName::new(name), value);
                }
                None => keep_unknown(name, value, &mut fields),
            }
        }
        self.shape_aliases(properties, &mut fields).map_err(wrong)?;
        if let Some(values) = properties.get("custom").and_then(Json::as_object) {
            shape_custom(values, custom.of(self.name), &mut fields);
        }
        self.label(&json, &mut fields);
        (self.derive)(&json, &mut fields);
        Ok(Record {
            id: raw.id.clone(),
            title: (self.title_of)(&json),
            fields,
            changed_at: changed_at(properties),
            keys: keys(properties),
        })
    }

    fn read(&self, known: &Known, json: &Json) -> Option<Value> {
        let value = known.holds.read(json);
        match self.documented {
            true => value,
            false => Some(value.unwrap_or_else(|| fields::tree(json))),
        }
    }

    /// Another spelling fills a field only where the property itself says nothing. Fails with the property's name.
    fn shape_aliases(&self, properties: &Map<String, Json>, fields: &mut Fields) -> Result<(), &'static str> {
        for (property, name) in self.aliases {
            let name = FieldName::new(name);
            let is_said = fields.get(&name).is_some_and(|value| *value != Value::Nothing);
            let known = self.known.iter().find(|known| known.name == name.as_str());
            if let (false, Some(json), Some(known)) = (is_said, properties.get(*property), known) {
                fields.insert(name, self.read(known, json).ok_or(*property)?);
            }
        }
        Ok(())
    }

    /// The name of what is referred to stands beside its id; it belongs to the reference.
    fn label(&self, json: &Json, fields: &mut Fields) {
        for (field, property) in self.labels {
            if let Some(Value::Ref(reference)) = fields.get_mut(&FieldName::new(field))
                && reference.label.is_none()
            {
                reference.label = first_text(json, &[property]).map(str::to_owned);
            }
        }
    }

    /// Whether a property never becomes a field of its own.
    pub(super) fn is_internal(&self, name: &str) -> bool {
        matches!(name, "_id" | "__v" | "custom")
            || self.internal.contains(&name)
            || self.labels.iter().any(|(_, property)| *property == name)
            || self.aliases.iter().any(|(property, _)| *property == name)
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

/// The keys that a record stores, ours or the customer's; an invoice spells its own id differently.
fn keys(properties: &Map<String, Json>) -> Vec<String> {
    let key = |names: &[&str]| {
        let json = names.iter().find_map(|name| properties.get(*name))?;
        match Holds::Text.read(json) {
            Some(Value::Text(key)) => Some(key),
            _ => None,
        }
    };
    [key(&["externalId", "extId"]), key(&["sourceId"])]
        .into_iter()
        .flatten()
        .collect()
}

/// The first of these properties that is a text with something in it.
pub(super) fn first_text<'a>(json: &'a Json, names: &[&str]) -> Option<&'a str> {
    let texts = names.iter().filter_map(|name| json.get(name)?.as_str());
    texts.map(str::trim).find(|text| !text.is_empty())
}

/// A title on one line, and not too long for one.
pub(super) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
