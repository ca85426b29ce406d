//! What shaping needs besides the records: the names of tags, and what the customer's own attributes hold.

use std::collections::{BTreeMap, HashMap};

use model::{Field, FieldKind, FieldName, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::fields::{self, Holds, Place};

/// What was found out in `describe`, as it can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Learned {
    /// The names of tags by their ids: contacts name theirs by id alone.
    #[serde(default)]
    pub(super) tags: HashMap<String, String>,
    /// The teammates who were ever in the list of them, with their names.
    #[serde(default)]
    pub(super) admins: BTreeMap<String, String>,
    /// The customer's attributes, by object and by the name under which records have them.
    #[serde(default)]
    attributes: BTreeMap<String, BTreeMap<String, Attribute>>,
}

/// An attribute that the customer made, or that Intercom made for this customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attribute {
    /// Intercom's id of it, where it has one that is the same for all records.
    id: Option<String>,
    /// What it holds, in Intercom's words.
    data_type: String,
    /// The words to choose from, each with the id that may stand for it.
    options: Vec<(String, String)>,
}

/// Properties that hold the customer's attributes, by object.
pub(super) fn bag(object: &str) -> Option<&'static str> {
    match object {
        "contact" | "company" | "conversation" => Some("custom_attributes"),
        "ticket" => Some("ticket_attributes"),
        _ => None,
    }
}

impl Learned {
    /// Takes in a list of tags.
    pub(super) fn add_tag(&mut self, tag: &Json) {
        if let (Some(id), Some(name)) = (fields::id(tag), fields::first_text(tag, &["name"])) {
            self.tags.insert(id, name.to_owned());
        }
    }

    /// Takes in a teammate.
    pub(super) fn add_admin(&mut self, admin: &Json) {
        if let Some(id) = fields::id(admin) {
            let name = fields::first_text(admin, &["name", "email"]);
            self.admins.insert(id, name.unwrap_or_default().to_owned());
        }
    }

    /// Who was a teammate earlier stays one who can be referred to.
    pub(super) fn remember(&mut self, earlier: &Self) {
        for (id, name) in &earlier.admins {
            self.admins.entry(id.clone()).or_insert_with(|| name.clone());
        }
    }

    /// Takes in a data attribute of contacts or companies; one of Intercom's own is a property of its own.
    pub(super) fn add_data_attribute(&mut self, object: &str, json: &Json) {
        let full = fields::first_text(json, &["full_name"]);
        let name = full
            .and_then(|full| full.strip_prefix("custom_attributes."))
            .or_else(|| {
                let is_custom = json.get("custom") == Some(&Json::Bool(true));
                is_custom.then(|| fields::first_text(json, &["name"])).flatten()
            });
        if let Some(name) = name {
            self.add(object, name, Attribute::of(json, fields::id(json)));
        }
    }

    /// Takes in an attribute of conversations.
    pub(super) fn add_conversation_attribute(&mut self, json: &Json) {
        if let Some(name) = fields::first_text(json, &["name"]) {
            self.add("conversation", name, Attribute::of(json, fields::id(json)));
        }
    }

    /// Takes in a ticket type: its attributes are known by name in tickets of any type.
    pub(super) fn add_ticket_type(&mut self, json: &Json) {
        let attributes = json.get("ticket_type_attributes").and_then(fields::items);
        for attribute in attributes.into_iter().flatten() {
            let name = fields::first_text(attribute, &["name"]);
            if let Some(name) = name.filter(|name| !name.starts_with("_default_")) {
                self.add("ticket", name, Attribute::of(attribute, None));
            }
        }
    }

    fn add(&mut self, object: &str, name: &str, attribute: Attribute) {
        let known = self.attributes.entry(object.to_owned()).or_default();
        match known.get_mut(name) {
            Some(before) => before.join(attribute),
            None => drop(known.insert(name.to_owned(), attribute)),
        }
    }

    /// The customer's attributes as fields.
    pub(super) fn fields(&self, object: &str) -> Vec<Field> {
        let Some(bag) = bag(object) else { return Vec::new() };
        let known = self.attributes.get(object).into_iter().flatten();
        known
            .map(|(name, attribute)| Field {
                name: FieldName::from(format!("{bag}.{name}")),
                title: name.clone(),
                kind: attribute.kind(),
                writable: false,
                required: false,
                custom: true,
                id: attribute.id.clone(),
            })
            .collect()
    }

    /// The value of an attribute. Attributes change, and keep old values: what does not fit is kept as it comes.
    pub(super) fn read(&self, object: &str, name: &str, json: &Json, place: Place<'_>) -> Value {
        let attribute = self.attributes.get(object).and_then(|known| known.get(name));
        match attribute {
            Some(attribute) => attribute.read(json, place),
            None => unknown(json, place),
        }
    }
}

/// Of an attribute that nobody describes, files show what they are by their form.
fn unknown(json: &Json, place: Place<'_>) -> Value {
    let is_upload = |one: &Json| one.get("type").and_then(Json::as_str) == Some("upload");
    let is_files = json
        .as_array()
        .is_some_and(|all| !all.is_empty() && all.iter().all(is_upload));
    match is_files {
        true => Holds::Files.read(json, place),
        false => fields::tree(json),
    }
}

impl Attribute {
    fn of(json: &Json, id: Option<String>) -> Self {
        let listed = json
            .get("options")
            .or_else(|| json.get("input_options"))
            .and_then(fields::items);
        let options = listed.into_iter().flatten().filter_map(|option| match option {
            Json::String(word) => Some((word.clone(), word.clone())),
            _ => {
                let label = fields::first_text(option, &["label", "value", "name"])?;
                let id = fields::id(option).unwrap_or_else(|| label.to_owned());
                Some((id, label.to_owned()))
            }
        });
        Self {
            id,
            data_type: fields::first_text(json, &["data_type"])
                .unwrap_or("string")
                .to_ascii_lowercase(),
            options: options.collect(),
        }
    }

    /// Of two types of ticket that have an attribute of the same name: words of both, or a text if they hold different
    /// things.
    fn join(&mut self, other: Self) {
        if self.data_type != other.data_type {
            "string".clone_into(&mut self.data_type);
            self.options.clear();
        }
        for option in other.options {
            if !self.options.contains(&option) && !self.data_type.eq("string") {
                self.options.push(option);
            }
        }
    }

    fn holds(&self) -> Holds {
        match self.data_type.as_str() {
            "integer" => Holds::Whole,
            "float" | "decimal" | "number" => Holds::Number,
            "boolean" => Holds::Bool,
            "date" | "datetime" => Holds::Moment,
            "files" => Holds::Files,
            "relationship" | "object" => Holds::Anything,
            _ => Holds::Text,
        }
    }

    fn kind(&self) -> FieldKind {
        match self.holds() {
            // The words of old values need not be among those of today.
            Holds::Files => FieldKind::List(Box::new(FieldKind::Text { max: None })),
            holds => holds.kind(),
        }
    }

    fn read(&self, json: &Json, place: Place<'_>) -> Value {
        if self.holds() == Holds::Files {
            // What the right side makes of it is a list of names; the files themselves are the record's.
            return Holds::Words.read(json, place);
        }
        let value = self.holds().read(json, place);
        let word = value.as_text().unwrap_or_default();
        let named = self.options.iter().find(|(id, _)| !word.is_empty() && id == word);
        named.map_or(value, |(_, label)| Value::text(label.clone()))
    }
}
