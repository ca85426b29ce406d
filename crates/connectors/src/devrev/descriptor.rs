//! A custom field's description as the customisation calls speak it: from it, and into it. Pure.

use model::{Field, FieldKind, FieldName, ObjectName, RichFormat};
use serde_json::{Map, Value as Json, json};

use super::{
    custom,
    shape::{KEY_FIELD, object_of_kind},
};

/// A field's description as the customisation calls speak it.
pub(super) type Descriptor = Map<String, Json>;

const PREFIX: &str = "tnt__";

/// The members that a description may carry back; what else a read shows is the server's own.
const WRITABLE: &[&str] = &[
    "field_type",
    "base_type",
    "name",
    "description",
    "is_filterable",
    "is_required",
    "is_immutable",
    "is_pii",
    "origin",
    "mfz",
    "oasis",
    "ui",
    "default_value",
    "gt",
    "gte",
    "lt",
    "lte",
    "min_len",
    "max_len",
    "eq_len",
    "pattern",
    "prefix",
    "suffix",
    "contains",
    "allowed_values",
    "is_overridable",
    "translated_values",
    "id_type",
    "composite_type",
    "min_items",
    "max_items",
    "eq_items",
];

pub(super) fn custom_field(descriptor: &Descriptor) -> Option<Field> {
    let bare = bare_name(descriptor)?;
    let name = format!("{PREFIX}{bare}");
    let title = descriptor
        .get("ui")
        .and_then(|ui| ui.get("display_name"))
        .and_then(Json::as_str);
    let flag = |name: &str| descriptor.get(name).and_then(Json::as_bool).unwrap_or(false);
    let is_ours = name == KEY_FIELD;
    Some(Field {
        title: title.unwrap_or(bare).to_owned(),
        kind: kind_of(descriptor, "field_type"),
        writable: !is_ours && !flag("is_immutable"),
        required: flag("is_required"),
        custom: !is_ours,
        id: None,
        name: FieldName::from(name),
    })
}

fn bare_name(descriptor: &Descriptor) -> Option<&str> {
    let name = descriptor.get("name")?.as_str()?;
    Some(name.strip_prefix(PREFIX).unwrap_or(name))
}

fn kind_of(descriptor: &Descriptor, member: &str) -> FieldKind {
    let word = |name: &str| descriptor.get(name).and_then(Json::as_str);
    let limit = || {
        let most = descriptor.get("max_len").and_then(Json::as_u64);
        most.and_then(|most| usize::try_from(most).ok())
    };
    match word(member).unwrap_or_default() {
        "bool" => FieldKind::Bool,
        // Numbered choices are written as their number.
        "int" | "uenum" => FieldKind::Integer,
        "double" => FieldKind::Number,
        "text" | "tokens" => FieldKind::Text { max: limit() },
        "rich_text" => FieldKind::Rich {
            format: RichFormat::CommonMark,
            max: limit(),
        },
        "enum" => FieldKind::Choice {
            values: texts(descriptor.get("allowed_values")),
        },
        "date" => FieldKind::Date,
        "timestamp" => FieldKind::Instant,
        "id" => reference_kind(&texts(descriptor.get("id_type"))),
        "array" => FieldKind::List(Box::new(kind_of(descriptor, "base_type"))),
        _ => FieldKind::Json,
    }
}

/// A reference to one object of ours, or to any of several; parts go by many names there.
fn reference_kind(types: &[String]) -> FieldKind {
    let mut objects: Vec<ObjectName> = types
        .iter()
        .map(|kind| ObjectName::new(object_of_kind(kind)))
        .collect();
    objects.sort();
    objects.dedup();
    match objects.len() {
        0 => FieldKind::Text { max: None },
        1 => FieldKind::Ref {
            object: objects.remove(0),
        },
        _ => FieldKind::RefAny { objects },
    }
}

fn texts(json: Option<&Json>) -> Vec<String> {
    let all = json.and_then(Json::as_array).into_iter().flatten();
    all.filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Adds what is missing; says whether anything was.
pub(super) fn merge(fields: &mut Vec<Descriptor>, add: &[Field]) -> bool {
    let mut grew = false;
    for field in add {
        let bare = field.name.as_str();
        let bare = bare.strip_prefix(PREFIX).unwrap_or(bare);
        match fields.iter_mut().find(|known| bare_name(known) == Some(bare)) {
            Some(known) => grew |= add_choices(known, &field.kind),
            None => {
                fields.push(descriptor(bare, field));
                grew = true;
            }
        }
    }
    grew
}

/// A list of choices that is there already gains the words it lacks.
fn add_choices(known: &mut Descriptor, kind: &FieldKind) -> bool {
    let wanted = match kind {
        FieldKind::Choice { values } => values,
        FieldKind::List(inner) => return add_choices(known, inner),
        _ => return false,
    };
    let Some(Json::Array(words)) = known.get_mut("allowed_values") else {
        return false;
    };
    let missing = wanted
        .iter()
        .filter(|word| !words.iter().any(|known| known == word.as_str()));
    let missing: Vec<Json> = missing.map(|word| Json::from(word.as_str())).collect();
    let grew = !missing.is_empty() && words.iter().all(Json::is_string);
    if grew {
        words.extend(missing);
    }
    grew
}

pub(super) fn writable(descriptor: &Descriptor) -> Json {
    let mut kept: Descriptor = descriptor
        .iter()
        .filter(|(name, _)| WRITABLE.contains(&name.as_str()))
        .map(|(name, json)| (name.clone(), json.clone()))
        .collect();
    if let Some(bare) = bare_name(descriptor) {
        kept.insert("name".to_owned(), Json::from(bare));
    }
    Json::Object(kept)
}

pub(super) fn descriptor(bare: &str, field: &Field) -> Descriptor {
    let mut descriptor = Descriptor::new();
    describe_kind(&mut descriptor, "field_type", bare, &field.kind);
    descriptor.insert("name".to_owned(), Json::from(bare));
    descriptor.insert("ui".to_owned(), json!({"display_name": field.title}));
    if descriptor.get("field_type").is_some_and(|kind| kind == "tokens") {
        descriptor.insert("is_filterable".to_owned(), Json::Bool(true));
    }
    descriptor
}

fn describe_kind(descriptor: &mut Descriptor, member: &str, bare: &str, kind: &FieldKind) {
    let visibility = ["internal", "public"].map(str::to_owned);
    let word = match kind {
        FieldKind::Bool => "bool",
        FieldKind::Integer => "int",
        FieldKind::Number => "double",
        FieldKind::Text { .. } if bare.ends_with("_key") || bare.ends_with("_id") => "tokens",
        FieldKind::Rich { .. } => "rich_text",
        FieldKind::Instant => "timestamp",
        FieldKind::Date => "date",
        FieldKind::Choice { values } if !values.is_empty() => {
            descriptor.insert("allowed_values".to_owned(), json!(values));
            "enum"
        }
        FieldKind::Visibility => {
            descriptor.insert("allowed_values".to_owned(), json!(visibility));
            "enum"
        }
        FieldKind::Ref { object } => {
            descriptor.insert("id_type".to_owned(), json!(id_types(object.as_str())));
            "id"
        }
        FieldKind::RefAny { objects } => {
            let types: Vec<String> = objects
                .iter()
                .flat_map(|object| id_types(object.as_str()))
                .collect();
            descriptor.insert("id_type".to_owned(), json!(types));
            "id"
        }
        FieldKind::List(inner) if member == "field_type" => {
            describe_kind(descriptor, "base_type", bare, inner);
            "array"
        }
        _ => "text",
    };
    descriptor.insert(member.to_owned(), Json::from(word));
}

fn id_types(object: &str) -> Vec<String> {
    let words: &[&str] = match object {
        "dev_user" => &["devu"],
        "contact" => &["revu"],
        "part" => &["product", "capability", "feature", "enhancement"],
        other => return vec![other.replace(custom::PREFIX, "custom_object.")],
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

#[cfg(test)]
mod tests;
