//! The fields that the customer made.

use std::collections::HashMap;

use model::{Field, FieldKind, FieldName, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    fields::{self, Holds},
    object::{self, Reading},
    usage,
};

/// The customer's fields: by object, by name.
#[derive(Debug, Default)]
pub(super) struct CustomFields {
    by_object: HashMap<&'static str, HashMap<String, CustomField>>,
    /// What they were made of.
    from: Learned,
    none: HashMap<String, CustomField>,
}

/// What is known of a customer's fields, as it can be kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Learned {
    /// The definitions, as Planhat sent them.
    definitions: Vec<String>,
    metrics: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct CustomField {
    /// Planhat's id of it, which stays when it is renamed; a metric has none.
    id: Option<String>,
    name: String,
    title: String,
    kind: FieldKind,
    holds: Holds,
    formula: bool,
    rating: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    parent: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    is_formula: Option<bool>,
    #[serde(default)]
    list_values: Option<Vec<Json>>,
}

impl CustomFields {
    /// What the fields were made of, as text.
    pub(super) fn learned(&self) -> Option<String> {
        serde_json::to_string(&self.from).ok()
    }

    /// The fields that were made of this.
    pub(super) fn recalled(learned: &str) -> Result<Self, serde_json::Error> {
        let from: Learned = serde_json::from_str(learned)?;
        let mut fields = Self::default();
        for definition in &from.definitions {
            fields.add(definition)?;
        }
        fields.add_metrics(&from.metrics);
        Ok(fields)
    }

    /// Takes in a definition; one of a model that is not read here is left out.
    pub(super) fn add(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let definition: Definition = serde_json::from_str(text)?;
        // Seen as `company`, `Company` and `EndUser`; two words may be parted by anything.
        let parent: String = definition
            .parent
            .iter()
            .flat_map(|parent| parent.chars())
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let object = object::all()
            .filter(|object| object.reading == Reading::Listed)
            .map(|object| object.name)
            .find(|object| *object == parent);
        if let (Some(object), Some(name)) = (object, definition.name.clone()) {
            self.from.definitions.push(text.to_owned());
            let fields = self.by_object.entry(object).or_default();
            fields
                .entry(name.clone())
                .or_insert_with(|| CustomField::new(name, definition));
        }
        Ok(())
    }

    /// Takes in metrics: the last value, the change and the time of each become fields of usage. Should one be called
    /// as another's part is, its value comes first.
    pub(super) fn add_metrics(&mut self, metrics: &[String]) {
        self.from.metrics = metrics.to_vec();
        let fields = self.by_object.entry(usage::USAGE.name).or_default();
        for (suffix, words, holds) in usage::PARTS {
            for metric in metrics {
                let name = format!("{metric}{suffix}");
                let field = CustomField {
                    id: None,
                    title: format!("{metric}{words}"),
                    name: name.clone(),
                    kind: holds.kind(),
                    holds,
                    formula: true,
                    rating: false,
                };
                fields.entry(name).or_insert(field);
            }
        }
    }

    /// Takes over the metrics that were found earlier.
    pub(super) fn take_metrics_of(&mut self, earlier: &Self) {
        if let Some(metrics) = earlier.by_object.get(usage::USAGE.name) {
            self.by_object.insert(usage::USAGE.name, metrics.clone());
            self.from.metrics.clone_from(&earlier.from.metrics);
        }
    }

    pub(super) fn of(&self, object: &str) -> &HashMap<String, CustomField> {
        self.by_object.get(object).unwrap_or(&self.none)
    }
}

impl CustomField {
    fn new(name: String, definition: Definition) -> Self {
        let holds = holds(definition.kind.as_deref().unwrap_or_default());
        let values = definition.list_values.unwrap_or_default();
        let values = values
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect();
        let kind = match definition.kind.as_deref() {
            Some("list") => FieldKind::Choice { values },
            Some("multipicklist") => FieldKind::List(Box::new(FieldKind::Choice { values })),
            _ => holds.kind(),
        };
        Self {
            id: definition.id,
            title: name.clone(),
            name,
            kind,
            holds,
            formula: definition.is_formula.unwrap_or_default(),
            rating: definition.kind.as_deref() == Some("rating"),
        }
    }

    pub(super) fn describe(&self) -> Field {
        Field {
            name: FieldName::from(format!("custom.{}", self.name)),
            title: self.title.clone(),
            kind: self.kind.clone(),
            writable: !self.formula,
            // Mandatory in Planhat's own form only; the API takes records without it.
            required: false,
            custom: true,
            id: self.id.clone(),
        }
    }

    /// Whether Planhat works it out.
    pub(super) fn is_formula(&self) -> bool {
        self.formula
    }

    /// Whether it takes one to five.
    pub(super) fn is_rating(&self) -> bool {
        self.rating
    }

    pub(super) fn holds(&self) -> Holds {
        self.holds
    }

    pub(super) fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// Its value. Fields change their type and keep old values, so what does not fit is kept as it comes.
    pub(super) fn read(&self, json: &Json) -> Value {
        let failed = json == "undefined";
        if failed && (self.formula || !matches!(self.holds, Holds::Text | Holds::Html)) {
            return Value::Nothing;
        }
        self.holds.read(json).unwrap_or_else(|| fields::tree(json))
    }
}

fn holds(kind: &str) -> Holds {
    match kind.to_ascii_lowercase().as_str() {
        "number" => Holds::Number,
        "rating" => Holds::Whole,
        "text" | "list" | "phone" | "email" | "url" => Holds::Text,
        "rich text" => Holds::Html,
        "checkbox" => Holds::Bool,
        "day" => Holds::Day,
        "date" => Holds::Moment,
        "multipicklist" => Holds::Words,
        "team member" => Holds::One("user"),
        "team members" => Holds::Many("user"),
        "enduser" => Holds::One("enduser"),
        "endusers" => Holds::Many("enduser"),
        _ => Holds::Anything,
    }
}
