//! Subtypes: which there are, and what a change of subtype would do to an object.

use serde_json::{Map, Value, json};

use super::{
    call::{Call, Method, read, write},
    custom::{CustomField, Part, Schema},
    diagrams,
    refusal::{Refusal, Reply},
    shape::{Known, Shape, TEXT, TEXTS, field},
};

pub(super) static METHODS: &[Method] = &[
    read(
        "schemas.subtypes.list",
        &[field("leaf_type", TEXT), field("leaf_types", TEXTS)],
        list_subtypes,
    ),
    write(
        "schemas.subtypes.prepare-update",
        &[
            field("leaf_type", TEXT).must(),
            field("is_custom_leaf_type", Shape::Bool),
            field("new_subtype", TEXT),
            field("object", Shape::Id(&[], Known::Target)),
        ],
        prepare_update,
    ),
];

fn list_subtypes(call: Call<'_>) -> Result<Reply, Refusal> {
    let many = call.body.get("leaf_types").and_then(Value::as_array);
    let many = many.into_iter().flatten().filter_map(Value::as_str);
    let leaves: Vec<&str> = call.text("leaf_type").into_iter().chain(many).collect();
    let mut subtypes = Vec::new();
    for leaf in leaves {
        let mut named: Vec<_> = call.state.schemas.subtypes(leaf).collect();
        named.sort_unstable();
        for (name, key) in named {
            let display = call
                .state
                .get(key)
                .and_then(|row| row.text("subtype_display_name"));
            subtypes.push(json!({
                "leaf_type": leaf, "value": name, "display_name": display.unwrap_or(name), "fragment_id": call.state.don(key),
            }));
        }
    }
    Ok(Reply::read(
        json!({"subtypes": subtypes}).to_string().into_bytes(),
    ))
}

fn prepare_update(call: Call<'_>) -> Result<Reply, Refusal> {
    let state = &call.state;
    let leaf = call.text("leaf_type").unwrap_or("");
    let kind = state.leaf_kind(leaf).ok_or_else(Refusal::not_found)?;
    let is_custom = state.leaves.get(kind).is_some();
    let says = call.body.get("is_custom_leaf_type").and_then(Value::as_bool);
    if says.is_some_and(|says| says != is_custom) {
        return Err(Refusal::not_found());
    }
    let object = call.key("object").and_then(|key| state.get(key));
    if object.is_some_and(|object| object.key.kind != kind) {
        return Err(Refusal::bad_request().detail("the object is of another leaf type"));
    }
    let schema = |subtype: &str| state.schemas.get(leaf, Part::Subtype(subtype));
    let old = object.and_then(|object| object.text("subtype")).and_then(schema);
    let new = match call.text("new_subtype") {
        Some(subtype) => {
            let missing = || Refusal::custom("fragment_not_found", "new_subtype", "no such subtype");
            Some(schema(subtype).ok_or_else(missing)?)
        }
        None => None,
    };
    let fragments = state.schemas.get(leaf, Part::Tenant).into_iter().chain(new);
    let fragments: Vec<String> = fragments.map(|schema| state.don(schema.fragment)).collect();
    let diagram = diagrams::diagram_of(state, kind, call.text("new_subtype"));
    let start = diagram.and_then(diagrams::start_of);
    let mut body = json!({
        "added_fields": added(old, new),
        "dropped_fields": dropped(old, new),
        "new_custom_schema_fragments": fragments,
    });
    if let (Some(start), Some(body)) = (start, body.as_object_mut()) {
        body.insert("new_start_stage".to_owned(), state.don(start).into());
    }
    Ok(Reply::read(body.to_string().into_bytes()))
}

fn added(old: Option<&Schema>, new: Option<&Schema>) -> Vec<Value> {
    let fields = new.into_iter().flat_map(|schema| &schema.fields);
    let added = fields.filter(|field| old.and_then(|old| old.field(&field.name)).is_none());
    let described = added.map(|field| {
        let mut described = Map::from_iter([("name".to_owned(), field.name.as_str().into())]);
        if let Some(default) = field.descriptor.get("default_value") {
            described.insert("default_value".to_owned(), default.clone());
        }
        Value::Object(described)
    });
    described.collect()
}

fn dropped(old: Option<&Schema>, new: Option<&Schema>) -> Vec<Value> {
    let is_same = |left: &CustomField, right: &CustomField| {
        left.field_type == right.field_type && left.is_array == right.is_array
    };
    let fields = old.into_iter().flat_map(|schema| &schema.fields);
    let dropped = fields.filter_map(|field| {
        let (conflict, message) = match new.and_then(|new| new.field(&field.name)) {
            None => ("absent_in_new", "The new subtype has no such field"),
            Some(kept) if !is_same(field, kept) => {
                ("incompatible_type", "The new subtype gives it another type")
            }
            Some(_) => return None,
        };
        Some(json!({"name": field.name, "conflict_type": conflict, "message": message}))
    });
    dropped.collect()
}
