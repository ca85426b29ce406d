//! Custom fields: what there are, and adding what is missing.
//!
//! A fragment is written as a whole: a field that is left out would be dropped, or the call refused. So every addition
//! reads the fragment, adds to it, and writes it back; done twice, the second time finds nothing to add.

use std::collections::HashMap;

use model::{
    Fault, FaultKind, Field, FieldKind, FieldName, ObjectName, ObjectType, RichFormat, SchemaChange,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{
    client::Call,
    object::{self, Key, Object},
    session::DevRevSession,
    shape::{KEY_FIELD, Kinds, object_of_kind},
};

/// A field's description as the customisation calls speak it.
type Descriptor = Map<String, Json>;

#[derive(Default, Deserialize)]
struct Fragment {
    #[serde(default)]
    id: String,
    #[serde(default)]
    leaf_type: String,
    description: Option<String>,
    #[serde(default)] // absent when it has none
    fields: Vec<Descriptor>,
    #[serde(default)]
    is_deprecated: bool,
    new_fragment_ref: Option<Json>,
    fragment_type: Option<String>,
}

#[derive(Deserialize)]
struct FragmentPage {
    #[serde(default)] // absent when there are none
    result: Vec<Fragment>,
    next_cursor: Option<String>,
}

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

impl DevRevSession {
    /// Every object with its fields as they are today.
    pub(super) async fn describe_objects(&self) -> Result<Vec<ObjectType>, Fault> {
        let leaves: Vec<&'static str> = object::all()
            .into_iter()
            .filter_map(|object| object.leaf)
            .collect();
        let mut fragments = self.fragments(&leaves).await?;
        let objects = object::all().into_iter();
        Ok(objects
            .map(|object| {
                let fragment = object
                    .leaf
                    .and_then(|leaf| fragments.remove(leaf))
                    .unwrap_or_default();
                self.take_in(object, &fragment.fields);
                describe(object, &fragment.fields)
            })
            .collect())
    }

    /// Makes the fields that are missing, ours among them.
    pub(super) async fn add_fields(&self, object: &'static Object, add: &[Field]) -> Result<(), Fault> {
        let Some(leaf) = object.leaf else {
            let doing = format!("adding custom fields to {}", object.title);
            return Err(Fault::new(FaultKind::Rejected, doing).said("it takes none from us"));
        };
        let add: Vec<Field> = key_field(object).into_iter().chain(add.iter().cloned()).collect();
        // One at a time: each write carries the whole fragment.
        let _alone = self.schema_gate.lock().await;
        let first = self.merge_fields(object, leaf, &add).await;
        match first {
            // Somebody may have written a newer version in between; the second look sees it.
            Err(fault) if fault.kind() == FaultKind::Rejected => self.merge_fields(object, leaf, &add).await,
            other => other,
        }
    }

    /// Makes sure that our key has a place, once per session.
    pub(super) async fn ensure_key_field(&self, object: &'static Object) -> Result<(), Fault> {
        match object.leaf {
            Some(leaf) if key_field(object).is_some() && !self.is_keyed(leaf) => {
                self.add_fields(object, &[]).await
            }
            _ => Ok(()),
        }
    }

    async fn merge_fields(&self, object: &Object, leaf: &'static str, add: &[Field]) -> Result<(), Fault> {
        let fragment = self.fragments(&[leaf]).await?.remove(leaf).unwrap_or_default();
        let mut fields = fragment.fields;
        if merge(&mut fields, add) {
            let call = Call::new("/schemas.custom.set", "adding custom fields to").about(object.title);
            let description = fragment.description.filter(|text| !text.is_empty());
            let body = json!({
                "type": "tenant_fragment",
                "leaf_type": leaf,
                "description": description.unwrap_or_else(|| format!("Custom fields of {leaf}")),
                "fields": fields.iter().map(writable).collect::<Vec<_>>(),
            });
            self.client.write(call, &body).await?;
        }
        self.take_in(object, &fields);
        self.remember_keyed(leaf);
        Ok(())
    }

    fn take_in(&self, object: &Object, fields: &[Descriptor]) {
        if let Some(leaf) = object.leaf {
            let custom = fields.iter().filter_map(custom_field);
            let kinds: Kinds = custom.map(|field| (field.name, field.kind)).collect();
            self.remember_kinds(leaf, kinds);
        }
    }

    /// The newest tenant fragment of each leaf type.
    async fn fragments(&self, leaves: &[&'static str]) -> Result<HashMap<String, Fragment>, Fault> {
        let mut newest: HashMap<String, Fragment> = HashMap::new();
        let mut body = json!({"types": ["tenant_fragment"], "leaf_type": leaves, "limit": 100});
        loop {
            let call = Call::new("/schemas.custom.list", "reading custom fields");
            let page: FragmentPage = self.client.read(call, &body).await?.parse()?;
            for fragment in page.result.into_iter().filter(is_current) {
                let known = newest.get(&fragment.leaf_type).map_or(0, version);
                if version(&fragment) >= known {
                    newest.insert(fragment.leaf_type.clone(), fragment);
                }
            }
            let Some(cursor) = page.next_cursor.filter(|cursor| !cursor.is_empty()) else {
                return Ok(newest);
            };
            if let Json::Object(body) = &mut body {
                body.insert("cursor".to_owned(), Json::from(cursor));
            }
        }
    }
}

fn is_current(fragment: &Fragment) -> bool {
    let replaced = fragment
        .new_fragment_ref
        .as_ref()
        .is_some_and(|newer| !newer.is_null());
    let ours = fragment
        .fragment_type
        .as_deref()
        .is_none_or(|kind| matches!(kind, "tenant" | "tenant_fragment"));
    ours && !replaced && !fragment.is_deprecated
}

/// The number at the end of its id: it grows with every version.
fn version(fragment: &Fragment) -> u64 {
    let number = fragment.id.rsplit('/').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The field that holds our key, where the object has no other sure place for it.
fn key_field(object: &Object) -> Option<Field> {
    matches!(object.key, Key::Field | Key::FieldAndRef).then(|| Field {
        name: FieldName::new(KEY_FIELD),
        title: "Interline key".to_owned(),
        kind: FieldKind::Text { max: None },
        writable: true,
        required: false,
        custom: false,
        id: None,
    })
}

fn describe(object: &Object, fields: &[Descriptor]) -> ObjectType {
    let stock = object.stock.iter().map(|stock| stock.field());
    let custom = fields.iter().filter_map(custom_field);
    ObjectType {
        name: ObjectName::new(object.name),
        title: object.title.to_owned(),
        fields: stock.chain(custom).collect(),
        extensible: object.leaf.is_some(),
    }
}

fn custom_field(descriptor: &Descriptor) -> Option<Field> {
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
        name: FieldName::from(name),
        id: None,
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
        "id" => match texts(descriptor.get("id_type")).first() {
            Some(kind) => FieldKind::Ref {
                object: ObjectName::new(object_of_kind(kind)),
            },
            None => FieldKind::Text { max: None },
        },
        "array" => FieldKind::List(Box::new(kind_of(descriptor, "base_type"))),
        _ => FieldKind::Json,
    }
}

fn texts(json: Option<&Json>) -> Vec<String> {
    let all = json.and_then(Json::as_array).into_iter().flatten();
    all.filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Adds what is missing; says whether anything was.
fn merge(fields: &mut Vec<Descriptor>, add: &[Field]) -> bool {
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

fn writable(descriptor: &Descriptor) -> Json {
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

fn descriptor(bare: &str, field: &Field) -> Descriptor {
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
            descriptor.insert("id_type".to_owned(), json!([id_type(object.as_str())]));
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

fn id_type(object: &str) -> &str {
    match object {
        "dev_user" => "devu",
        "contact" => "revu",
        other => other,
    }
}

/// What an extension asks for, done.
pub(super) async fn extend(session: &DevRevSession, change: &SchemaChange) -> Result<(), Fault> {
    let object = object::by_name(&change.object)?;
    session.add_fields(object, &change.add).await
}

#[cfg(test)]
mod tests;
