//! Custom fields: what there are, and adding what is missing.
//!
//! A fragment is written as a whole: a field that is left out would be dropped, or the call refused. So every addition
//! reads the fragment, adds to it, and writes it back; done twice, the second time finds nothing to add.
//!
//! A kind of custom object is declared by its fragment: where there is none, writing the first one makes the kind.

use std::collections::HashMap;

use model::{Fault, FaultKind, Field, FieldKind, FieldName, NewObject, ObjectName, ObjectType, SchemaChange};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    client::{Call, Refusal},
    custom,
    descriptor::{Descriptor, custom_field, merge, writable},
    object::{self, Object},
    session::DevRevSession,
    shape::{KEY_FIELD, Kinds},
};

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
    id_prefix: Option<String>,
    leaf_type_display_name: Option<String>,
    is_custom_leaf_type: Option<bool>,
}

#[derive(Deserialize)]
struct FragmentPage {
    #[serde(default)] // absent when there are none
    result: Vec<Fragment>,
    next_cursor: Option<String>,
}

const DISPLAY_NAME: &str = "leaf_type_display_name";

impl DevRevSession {
    /// Every object with its fields as they are today.
    pub(super) async fn describe_objects(&self) -> Result<Vec<ObjectType>, Fault> {
        let leaves: Vec<&str> = object::all()
            .into_iter()
            .filter_map(|object| object.leaf.as_deref())
            .collect();
        let mut fragments = self.fragments(&json!({ "leaf_type": leaves })).await?;
        let stock = object::all().into_iter().map(|object| {
            let fragment = object.leaf.as_deref().and_then(|leaf| fragments.remove(leaf));
            (object.clone(), fragment.unwrap_or_default())
        });
        let mut all: Vec<(Object, Fragment)> = stock.collect();
        let custom = self.fragments(&json!({ "is_custom_leaf_type": true })).await?;
        let is_custom = |fragment: &Fragment| {
            fragment.is_custom_leaf_type != Some(false) && !leaves.contains(&fragment.leaf_type.as_str())
        };
        let mut custom: Vec<Fragment> = custom.into_values().filter(is_custom).collect();
        custom.sort_by(|one, other| one.leaf_type.cmp(&other.leaf_type));
        all.extend(custom.into_iter().map(|fragment| {
            let title = fragment.leaf_type_display_name.as_deref();
            (custom::object(&fragment.leaf_type, title), fragment)
        }));
        let described = all.iter().map(|(object, fragment)| {
            self.take_in(object, &fragment.fields);
            describe(object, &fragment.fields)
        });
        Ok(described.collect())
    }

    /// Makes the fields that are missing, ours among them.
    pub(super) async fn add_fields(
        &self,
        object: &Object,
        add: &[Field],
        make: Option<&NewObject>,
    ) -> Result<(), Fault> {
        let Some(leaf) = object.leaf.as_deref() else {
            let doing = format!("adding custom fields to {}", object.title);
            return Err(Fault::new(FaultKind::Rejected, doing).said("it takes none from us"));
        };
        let add: Vec<Field> = key_field(object).into_iter().chain(add.iter().cloned()).collect();
        // One at a time: each write carries the whole fragment.
        let _alone = self.schema_gate.lock().await;
        let first = self.merge_fields(object, leaf, &add, make).await;
        match first {
            // Somebody may have written a newer version in between; the second look sees it.
            Err(fault) if fault.kind() == FaultKind::Rejected => {
                self.merge_fields(object, leaf, &add, make).await
            }
            other => other,
        }
    }

    /// Makes sure that our key has a place, once per session.
    pub(super) async fn ensure_key_field(&self, object: &Object) -> Result<(), Fault> {
        match object.leaf.as_deref() {
            Some(leaf) if object.has_key_field() && !self.is_keyed(leaf) => {
                self.add_fields(object, &[], None).await
            }
            _ => Ok(()),
        }
    }

    async fn merge_fields(
        &self,
        object: &Object,
        leaf: &str,
        add: &[Field],
        make: Option<&NewObject>,
    ) -> Result<(), Fault> {
        let mut ask = json!({ "leaf_type": [leaf] });
        if object.is_custom() {
            add_member(&mut ask, "is_custom_leaf_type", Json::Bool(true));
        }
        let known = self.fragments(&ask).await?.remove(leaf);
        let is_new = known.is_none();
        if let (true, Some(make)) = (is_new, make) {
            custom::check_new(leaf, make)?;
        } else if is_new && object.is_custom() {
            return Err(not_there(leaf));
        }
        let mut fragment = known.unwrap_or_default();
        if merge(&mut fragment.fields, add) || is_new && object.is_custom() {
            let body = written(object, leaf, &fragment, make.filter(|_| is_new));
            let set = self.set_fragment(object, body).await;
            set.map_err(|refusal| why_not_set(refusal, make.filter(|_| is_new)))?;
        }
        let fields = fragment.fields;
        self.take_in(object, &fields);
        self.remember_keyed(leaf);
        Ok(())
    }

    fn take_in(&self, object: &Object, fields: &[Descriptor]) {
        if let Some(leaf) = object.leaf.as_deref() {
            let custom = fields.iter().filter_map(custom_field);
            let kinds: Kinds = custom.map(|field| (field.name, field.kind)).collect();
            self.remember_kinds(leaf, kinds);
        }
    }

    async fn set_fragment(&self, object: &Object, mut body: Json) -> Result<(), Refusal> {
        let call = Call::new("/schemas.custom.set", "adding custom fields to").about(&object.title);
        match self.client.write(call, &body).await {
            // Samples of the vendor's show the name, and the description lacks it.
            Err(refusal) if refusal.is_unknown_field(DISPLAY_NAME) => {
                if let Json::Object(body) = &mut body {
                    body.remove(DISPLAY_NAME);
                }
                self.client.write(call, &body).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    /// The newest tenant fragment of each leaf type that is asked for.
    async fn fragments(&self, ask: &Json) -> Result<HashMap<String, Fragment>, Fault> {
        let mut newest: HashMap<String, Fragment> = HashMap::new();
        let mut body = json!({"types": ["tenant_fragment"], "limit": 100});
        for (name, json) in ask.as_object().into_iter().flatten() {
            add_member(&mut body, name, json.clone());
        }
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
            add_member(&mut body, "cursor", Json::from(cursor));
        }
    }
}

fn add_member(body: &mut Json, name: &str, json: Json) {
    if let Json::Object(body) = body {
        body.insert(name.to_owned(), json);
    }
}

/// A fragment as it is written: the whole of it. What declares a leaf type is said again in every version.
fn written(object: &Object, leaf: &str, fragment: &Fragment, make: Option<&NewObject>) -> Json {
    let description = fragment.description.as_deref().filter(|text| !text.is_empty());
    let mut body = json!({
        "type": "tenant_fragment",
        "leaf_type": leaf,
        "description": description.map_or_else(|| format!("Custom fields of {leaf}"), str::to_owned),
        "fields": fragment.fields.iter().map(writable).collect::<Vec<_>>(),
    });
    if object.is_custom() {
        add_member(&mut body, "is_custom_leaf_type", Json::Bool(true));
        let prefix = make.map(|make| make.key_prefix.as_str());
        let title = make.map(|make| make.title.as_str());
        for (name, word) in [
            ("id_prefix", prefix.or(fragment.id_prefix.as_deref())),
            (DISPLAY_NAME, title.or(fragment.leaf_type_display_name.as_deref())),
        ] {
            if let Some(word) = word {
                add_member(&mut body, name, Json::from(word));
            }
        }
    }
    body
}

fn not_there(leaf: &str) -> Fault {
    let doing = format!("looking for the custom object `{leaf}` in DevRev");
    Fault::new(FaultKind::Settings, doing)
        .said("there is none")
        .hint("say in the recipe how it is made: `make: { title: License, prefix: LIC }`")
}

fn why_not_set(refusal: Refusal, make: Option<&NewObject>) -> Fault {
    match make {
        Some(make) if refusal.kind() == FaultKind::Rejected => {
            let hint = format!(
                "in DevRev the prefix of each custom object is unique; if `{}` is taken, choose another in the recipe",
                make.key_prefix
            );
            Fault::from(refusal).hint(hint)
        }
        _ => refusal.into(),
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
    object.has_key_field().then(|| Field {
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
        name: ObjectName::new(&object.name),
        title: object.title.to_string(),
        fields: stock.chain(custom).collect(),
        extensible: object.leaf.is_some(),
    }
}

/// What an extension asks for, done.
pub(super) async fn extend(session: &DevRevSession, change: &SchemaChange) -> Result<(), Fault> {
    let object = object::by_name(&change.object)?;
    session
        .add_fields(&object, &change.add, change.make.as_ref())
        .await
}
