//! Custom fields: the schemas in force, and the check of a record's values against them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::{Map, Value};

use super::{
    kind::{Key, Kind},
    refusal::{Refusal, json_type},
    row::Row,
    shape::{Known, NOWHERE, resolve},
    state::State,
};

/// One custom field as its newest fragment describes it.
#[derive(Debug)]
pub(super) struct CustomField {
    /// The name that records carry, with its prefix.
    pub(super) name: String,
    pub(super) filterable: bool,
    pub(super) fragment: Key,
    /// The type; of an array, its elements' type.
    pub(super) field_type: String,
    pub(super) is_array: bool,
    required: bool,
    immutable: bool,
    pub(super) descriptor: Map<String, Value>,
}

/// The newest version of one fragment.
pub(super) struct Schema {
    pub(super) fragment: Key,
    pub(super) fields: Vec<Arc<CustomField>>,
    by_name: HashMap<String, usize>,
    dropped: HashSet<String>,
}

#[derive(Default)]
struct Leaf {
    tenant: Option<Schema>,
    subtypes: HashMap<String, Schema>,
    apps: HashMap<String, Schema>,
}

/// Every schema in force, by leaf type.
#[derive(Default)]
pub(super) struct Schemas(HashMap<String, Leaf>);

/// Which fragment of a leaf type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part<'a> {
    Tenant,
    Subtype(&'a str),
    App(&'a str),
}

impl<'a> Part<'a> {
    /// The fragment that a `schemas.custom.set` body or a stored fragment is about.
    pub(super) fn of(kind: Kind, subtype: Option<&'a str>, app: Option<&'a str>) -> Part<'a> {
        match kind {
            Kind::CustomTypeFragment => Part::Subtype(subtype.unwrap_or("")),
            Kind::AppFragment => Part::App(app.unwrap_or("")),
            _ => Part::Tenant,
        }
    }

    pub(super) fn prefix(self) -> String {
        match self {
            Part::Tenant => "tnt__".to_owned(),
            Part::Subtype(_) => "ctype__".to_owned(),
            Part::App(app) => format!("app_{app}__"),
        }
    }
}

impl Schemas {
    pub(super) fn get(&self, leaf: &str, part: Part<'_>) -> Option<&Schema> {
        let leaf = self.0.get(leaf)?;
        match part {
            Part::Tenant => leaf.tenant.as_ref(),
            Part::Subtype(name) => leaf.subtypes.get(name),
            Part::App(name) => leaf.apps.get(name),
        }
    }

    /// Puts a fragment in force in place of its older version.
    pub(super) fn put(&mut self, leaf: &str, part: Part<'_>, fragment: Key, descriptors: &[Value]) {
        let prefix = part.prefix();
        let mut dropped = HashSet::new();
        if let Some(old) = self.get(leaf, part) {
            dropped.extend(old.dropped.iter().cloned());
            dropped.extend(old.fields.iter().map(|field| field.name.clone()));
        }
        let compiled = descriptors.iter().filter_map(Value::as_object);
        let fields: Vec<_> = compiled
            .map(|descriptor| Arc::new(compile(&prefix, fragment, descriptor)))
            .collect();
        let by_name = fields.iter().enumerate();
        let by_name: HashMap<_, _> = by_name.map(|(at, field)| (field.name.clone(), at)).collect();
        dropped.retain(|name| !by_name.contains_key(name));
        let schema = Schema {
            fragment,
            fields,
            by_name,
            dropped,
        };
        let leaf = self.0.entry(leaf.to_owned()).or_default();
        match part {
            Part::Tenant => leaf.tenant = Some(schema),
            Part::Subtype(name) => {
                leaf.subtypes.insert(name.to_owned(), schema);
            }
            Part::App(name) => {
                leaf.apps.insert(name.to_owned(), schema);
            }
        }
    }

    /// Finds a field of a leaf type by the name that records carry, in whichever fragment has it.
    pub(super) fn find(&self, leaf: &str, name: &str, subtype: Option<&str>) -> Option<&Arc<CustomField>> {
        let leaf = self.0.get(leaf)?;
        let subtype = subtype.and_then(|name| leaf.subtypes.get(name));
        let apps = leaf.apps.values();
        let mut all = leaf.tenant.iter().chain(subtype).chain(apps);
        all.find_map(|schema| schema.field(name))
    }

    /// Every field of that name, in all fragments of a leaf type.
    pub(super) fn any(&self, leaf: &str, name: &str) -> Option<&Arc<CustomField>> {
        let leaf = self.0.get(leaf)?;
        let mut all = leaf
            .tenant
            .iter()
            .chain(leaf.subtypes.values())
            .chain(leaf.apps.values());
        all.find_map(|schema| schema.field(name))
    }

    fn by_fragment(&self, leaf: &str, fragment: Key) -> Option<&Schema> {
        let leaf = self.0.get(leaf)?;
        let all = leaf.tenant.iter();
        let mut all = all.chain(leaf.subtypes.values()).chain(leaf.apps.values());
        all.find(|schema| schema.fragment == fragment)
    }

    pub(super) fn subtypes(&self, leaf: &str) -> impl Iterator<Item = (&str, Key)> {
        let leaf = self.0.get(leaf);
        let subtypes = leaf.into_iter().flat_map(|leaf| leaf.subtypes.iter());
        subtypes.map(|(name, schema)| (name.as_str(), schema.fragment))
    }
}

impl Schema {
    pub(super) fn field(&self, name: &str) -> Option<&Arc<CustomField>> {
        self.fields.get(*self.by_name.get(name)?)
    }
}

fn compile(prefix: &str, fragment: Key, descriptor: &Map<String, Value>) -> CustomField {
    let text = |name: &str| descriptor.get(name).and_then(Value::as_str).unwrap_or("");
    let flag = |name: &str| descriptor.get(name) == Some(&Value::Bool(true));
    let is_array = text("field_type") == "array";
    CustomField {
        name: format!("{prefix}{}", text("name")),
        filterable: flag("is_filterable"),
        fragment,
        field_type: text(if is_array { "base_type" } else { "field_type" }).to_owned(),
        is_array,
        required: flag("is_required"),
        immutable: flag("is_immutable"),
        descriptor: descriptor.clone(),
    }
}

/// Writes a body's custom fields into a record, after checking them.
pub(super) fn write(
    state: &State,
    leaf: &str,
    body: &Map<String, Value>,
    row: &mut Row,
    is_new: bool,
) -> Result<(), Refusal> {
    let none = Map::new();
    let values = body
        .get("custom_fields")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let given = body.get("custom_schema_fragments");
    let given = given.and_then(|given| given.get("set").unwrap_or(given).as_array());
    let spec = body.get("custom_schema_spec").and_then(Value::as_object);
    let named = match (spec, given) {
        (Some(spec), _) => named_fragments(state, leaf, spec)?,
        (None, Some(given)) => given_fragments(state, leaf, given)?,
        (None, None) => {
            return match values.keys().next() {
                Some(name) => Err(spec_missing(state, name)),
                None => Ok(()),
            };
        }
    };
    let spec = spec.unwrap_or(&none);
    change_subtype(spec, row);
    for (name, value) in values {
        let field = named.iter().find_map(|schema| schema.field(name));
        let Some(field) = field else {
            return Err(not_in_schema(&named, name));
        };
        put(state, row, field, value, is_new)?;
    }
    if is_new {
        put_defaults(&named, row);
    }
    match spec.get("validate_required_fields") {
        Some(Value::Bool(true)) => check_required(&named, row),
        _ => Ok(()),
    }
}

fn spec_missing(state: &State, name: &str) -> Refusal {
    match state.switches.missing_spec() {
        "bad_request" => Refusal::bad_request(),
        "field_not_in_schema" => Refusal::custom("field_not_in_schema", name, "no fragment is named"),
        _ => Refusal::missing("custom_schema_spec"),
    }
}

fn named_fragments<'a>(
    state: &'a State,
    leaf: &str,
    spec: &Map<String, Value>,
) -> Result<Vec<&'a Schema>, Refusal> {
    let mut parts = Vec::new();
    if spec.get("tenant_fragment") == Some(&Value::Bool(true)) {
        parts.push(Part::Tenant);
    }
    let subtype = spec.get("subtype").and_then(Value::as_str);
    parts.extend(subtype.map(Part::Subtype));
    let apps = spec.get("apps").and_then(Value::as_array);
    let apps = apps.into_iter().flatten().filter_map(Value::as_str);
    parts.extend(apps.map(Part::App));
    let find = |part: &Part<'_>| {
        state
            .schemas
            .get(leaf, *part)
            .ok_or_else(|| Refusal::custom("fragment_not_found", "custom_schema_spec", "no such fragment"))
    };
    parts.iter().map(find).collect()
}

/// The older way to name fragments: by their ids.
fn given_fragments<'a>(state: &'a State, leaf: &str, given: &[Value]) -> Result<Vec<&'a Schema>, Refusal> {
    let find = |key: Key| match state.schemas.by_fragment(leaf, key) {
        Some(schema) => Ok(schema),
        None if state
            .get(key)
            .is_some_and(|row| row.get("new_fragment_ref").is_some()) =>
        {
            Err(Refusal::stale())
        }
        None => Err(Refusal::custom(
            "fragment_not_found",
            "custom_schema_fragments",
            "no such fragment",
        )),
    };
    given.iter().filter_map(Key::of_value).map(find).collect()
}

fn change_subtype(spec: &Map<String, Value>, row: &mut Row) {
    let drops = spec.get("drop").and_then(|drop| drop.get("subtype")) == Some(&Value::Bool(true));
    let subtype = spec.get("subtype").and_then(Value::as_str);
    if drops || subtype.is_some_and(|subtype| row.text("subtype") != Some(subtype)) {
        row.unset("subtype");
        row.custom.retain(|(field, _)| !field.name.starts_with("ctype__"));
    }
    if let Some(subtype) = subtype {
        row.set("subtype", subtype);
    }
}

fn not_in_schema(named: &[&Schema], name: &str) -> Refusal {
    let dropped = named.iter().any(|schema| schema.dropped.contains(name));
    let subtype = if dropped {
        "field_dropped"
    } else {
        "field_not_in_schema"
    };
    Refusal::custom(subtype, name, "no named fragment has this field")
}

fn put(
    state: &State,
    row: &mut Row,
    field: &Arc<CustomField>,
    value: &Value,
    is_new: bool,
) -> Result<(), Refusal> {
    let value = match value {
        Value::Null => None,
        value => Some(check(state, field, value)?),
    };
    let old = row.custom(&field.name).map(|(_, value)| value);
    if field.immutable && !is_new && old != value.as_ref() {
        return Err(Refusal::custom(
            "field_immutable",
            &field.name,
            "the field is immutable",
        ));
    }
    row.set_custom(field, value);
    Ok(())
}

fn put_defaults(named: &[&Schema], row: &mut Row) {
    for field in named.iter().flat_map(|schema| &schema.fields) {
        let Some(default) = field.descriptor.get("default_value") else {
            continue;
        };
        if row.custom(&field.name).is_none() {
            row.set_custom(field, Some(default.clone()));
        }
    }
}

fn check_required(named: &[&Schema], row: &Row) -> Result<(), Refusal> {
    let mut fields = named.iter().flat_map(|schema| &schema.fields);
    match fields.find(|field| field.required && row.custom(&field.name).is_none()) {
        Some(field) => Err(Refusal::custom(
            "field_required",
            &field.name,
            "the field is required",
        )),
        None => Ok(()),
    }
}

/// Checks a value, and gives it as records keep it.
pub(super) fn check(state: &State, field: &CustomField, value: &Value) -> Result<Value, Refusal> {
    if !field.is_array {
        return check_element(state, field, value);
    }
    let Value::Array(values) = value else {
        return Err(wrong_type(field, "array", value));
    };
    let bound = |name: &str| field.descriptor.get(name).and_then(Value::as_u64);
    let length = values.len() as u64;
    let fits = bound("min_items").is_none_or(|min| length >= min)
        && bound("max_items").is_none_or(|max| length <= max)
        && bound("eq_items").is_none_or(|eq| length == eq);
    if !fits {
        return Err(Refusal::custom(
            "invalid_argument",
            &field.name,
            "too few or too many elements",
        ));
    }
    let checked: Result<Vec<_>, _> = values
        .iter()
        .map(|value| check_element(state, field, value))
        .collect();
    Ok(Value::Array(checked?))
}

/// Checks one value of a field, or one element of an array's.
pub(super) fn check_element(state: &State, field: &CustomField, value: &Value) -> Result<Value, Refusal> {
    let name = &field.name;
    let is_right = match field.field_type.as_str() {
        "bool" => value.is_boolean(),
        "int" | "uenum" => value.is_i64(),
        "double" => value.is_number(),
        "struct" | "composite" => value.is_object(),
        "json_value" => true,
        _ => value.is_string(),
    };
    if !is_right {
        return Err(wrong_type(field, &field.field_type, value));
    }
    let text = value.as_str().unwrap_or("");
    match field.field_type.as_str() {
        "text" | "rich_text" | "tokens" => check_text(field, text)?,
        "int" | "double" => check_bounds(field, value)?,
        "enum" if !allowed(field).any(|known| known.as_str() == Some(text)) => {
            return Err(Refusal::custom("enum_out_of_range", name, "not an allowed value"));
        }
        "uenum" if !allowed(field).any(|known| same_number(known.get("id"), value)) => {
            return Err(Refusal::custom("enum_out_of_range", name, "not an allowed value"));
        }
        "date" if !is_date(text) => {
            return Err(Refusal::custom("date_parse_error", name, "not a date"));
        }
        "timestamp" => {
            let time = text.parse::<jiff::Timestamp>();
            let time = time.map_err(|_| Refusal::custom("timestamp_parse_error", name, "not a timestamp"))?;
            return Ok(Value::String(time.to_string()));
        }
        "id" => return check_id(state, field, text),
        _ => {}
    }
    Ok(value.clone())
}

pub(super) fn allowed(field: &CustomField) -> impl Iterator<Item = &Value> {
    let values = field.descriptor.get("allowed_values").and_then(Value::as_array);
    values.into_iter().flatten()
}

pub(super) fn same_number(left: Option<&Value>, right: &Value) -> bool {
    left.and_then(Value::as_i64)
        .is_some_and(|left| Some(left) == right.as_i64())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn wrong_type(field: &CustomField, expected: &str, value: &Value) -> Refusal {
    let reason = format!("expected {expected}, got {}", json_type(value));
    Refusal::custom("wrong_type", &field.name, reason)
}

fn check_text(field: &CustomField, text: &str) -> Result<(), Refusal> {
    let bound = |name: &str| field.descriptor.get(name).and_then(Value::as_u64);
    let part = |name: &str| field.descriptor.get(name).and_then(Value::as_str).unwrap_or("");
    let length = text.chars().count() as u64;
    let fits = bound("min_len").is_none_or(|min| length >= min)
        && bound("max_len").is_none_or(|max| length <= max)
        && bound("eq_len").is_none_or(|eq| length == eq)
        && text.starts_with(part("prefix"))
        && text.ends_with(part("suffix"))
        && text.contains(part("contains"));
    match fits {
        true => Ok(()),
        false => Err(Refusal::custom(
            "invalid_argument",
            &field.name,
            "breaks a rule of the field",
        )),
    }
}

fn check_bounds(field: &CustomField, value: &Value) -> Result<(), Refusal> {
    let bound = |name: &str| field.descriptor.get(name).and_then(Value::as_f64);
    let number = value.as_f64().unwrap_or(f64::NAN);
    let fits = number.is_finite()
        && bound("gt").is_none_or(|gt| number > gt)
        && bound("gte").is_none_or(|gte| number >= gte)
        && bound("lt").is_none_or(|lt| number < lt)
        && bound("lte").is_none_or(|lte| number <= lte);
    match fits {
        true => Ok(()),
        false => Err(Refusal::custom("invalid_argument", &field.name, "out of bounds")),
    }
}

/// Whether an `id_type` names a kind: by its name, by its DON's, or as `custom_object.<leaf type>`.
fn is_type(state: &State, kind: Kind, name: &str) -> bool {
    match name.strip_prefix("custom_object.") {
        Some(leaf) => state.leaves.kind(leaf) == Some(kind),
        None => name == kind.name() || name == kind.to_string(),
    }
}

fn check_id(state: &State, field: &CustomField, text: &str) -> Result<Value, Refusal> {
    let key = resolve(state, text, &[], Known::Any);
    let key = key.map_err(|_| Refusal::custom("id_parse_error", &field.name, "not an id"))?;
    // What this twin does not know may exist in the real thing, and is kept as it came.
    if key == NOWHERE {
        return Ok(Value::String(text.to_owned()));
    }
    let types = field.descriptor.get("id_type").and_then(Value::as_array);
    let types: Vec<&str> = types.into_iter().flatten().filter_map(Value::as_str).collect();
    if !types.is_empty() && !types.iter().any(|name| is_type(state, key.kind, name)) {
        return Err(Refusal::custom(
            "id_type_not_allowed",
            &field.name,
            "an id of another type",
        ));
    }
    Ok(key.value())
}
