//! The vendor's OpenAPI description, when `INTERLINE_SPECS` names its folder, judges what client and twin say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::{Map, Value, json};

/// Where we know better, or less, than the description: a place and its reason by line.
const DEVIATIONS: &str = include_str!("deviations.txt");

/// The description, if the folder is named.
pub(super) fn description() -> Option<Value> {
    let Some(folder) = std::env::var_os("INTERLINE_SPECS") else {
        println!("INTERLINE_SPECS names no folder, so the vendor's description is not asked.");
        return None;
    };
    let text = fs::read_to_string(PathBuf::from(folder).join("devrev-beta.yaml")).unwrap();
    Some(serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { budget: None }).unwrap())
}

/// The deviations that begin with this word, without it, each without its reason.
pub(super) fn deviations(word: &str) -> BTreeSet<String> {
    let places = DEVIATIONS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let places = places.map(|line| line.split_once(": ").expect("a place, a colon, a reason").0);
    places
        .filter_map(|place| Some(place.strip_prefix(word)?.trim().to_owned()))
        .collect()
}

/// The schema of a method's body.
pub(super) fn request_schema<'a>(description: &'a Value, name: &str) -> Option<&'a Value> {
    let post = description.get("paths")?.get(format!("/{name}"))?.get("post")?;
    post.pointer("/requestBody/content/application~1json/schema")
}

/// What a reference stands for.
pub(super) fn target<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(path) => target(
            description,
            description.pointer(path.trim_start_matches('#')).unwrap(),
        ),
        None => schema,
    }
}

/// Values against the description's schemas, by a validator that is not ours.
pub(super) struct Validators {
    schemas: Value,
    made: BTreeMap<String, jsonschema::Validator>,
}

impl Validators {
    pub(super) fn new(description: &Value) -> Self {
        let mut schemas = description["components"]["schemas"].clone();
        for schema in schemas.as_object_mut().unwrap().values_mut() {
            adapt(schema);
        }
        Self {
            schemas,
            made: BTreeMap::new(),
        }
    }

    /// What is wrong with a value, by the schema of that name.
    pub(super) fn errors(&mut self, reference: &str, value: &Value) -> Vec<String> {
        let name = reference.rsplit('/').next().unwrap().to_owned();
        let adapted = &self.schemas;
        let validator = self.made.entry(name.clone()).or_insert_with(|| {
            let schema = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$ref": reference,
                "unevaluatedProperties": false,
                "components": {"schemas": reachable(adapted, &name)},
            });
            jsonschema::validator_for(&schema).unwrap()
        });
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("at {}: {}", error.instance_path(), shortened(&error.to_string())))
            .collect()
    }
}

/// What a client sends, judged.
struct Sent {
    description: Value,
    validators: Validators,
    known: BTreeSet<String>,
}

/// Whether the records of a test have all that an import gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Records {
    Whole,
    InPart,
}

/// What is wrong with a request beyond the list of deviations. Without the description, nothing.
pub(super) fn sent_errors(path: &str, body: &[u8], records: Records) -> Vec<String> {
    static SENT: OnceLock<Option<Mutex<Sent>>> = OnceLock::new();
    let sent = SENT.get_or_init(|| {
        let description = description()?;
        Some(Mutex::new(Sent {
            validators: Validators::new(&description),
            description,
            known: deviations("sent"),
        }))
    });
    let Some(sent) = sent else { return Vec::new() };
    let errors = sent
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .errors(path, body);
    let forgiven = |error: &String| records == Records::InPart && error.ends_with("is a required property");
    errors.into_iter().filter(|error| !forgiven(error)).collect()
}

impl Sent {
    fn errors(&mut self, path: &str, body: &[u8]) -> Vec<String> {
        let name = path.trim_start_matches('/');
        if self.known.contains(name) {
            return Vec::new();
        }
        let Some(schema) = request_schema(&self.description, name) else {
            return vec!["the call is not described".to_owned()];
        };
        let reference = schema["$ref"].as_str().unwrap().to_owned();
        let mut body: Value = serde_json::from_slice(body).unwrap();
        let known = &self.known;
        body.as_object_mut()
            .unwrap()
            .retain(|member, _| !known.contains(&format!("{name} {member}")));
        self.validators.errors(&reference, &body)
    }
}

#[test]
fn what_is_listed_as_sent_and_not_described_is_not_described() {
    let Some(description) = description() else { return };
    for place in deviations("sent") {
        let (call, member) = place.split_once(' ').unwrap_or((&place, ""));
        let schema = request_schema(&description, call).map(|schema| target(&description, schema));
        let known =
            schema.is_some_and(|schema| member.is_empty() || has_member(&description, schema, member));
        assert!(!known, "{place}: is listed, and described");
    }
}

fn has_member(description: &Value, schema: &Value, member: &str) -> bool {
    let of = |schema: &Value| has_member(description, target(description, schema), member);
    let variants = schema.get("oneOf").and_then(Value::as_array);
    schema.pointer(&format!("/properties/{member}")).is_some() || variants.into_iter().flatten().any(of)
}

fn shortened(text: &str) -> String {
    let characters = text.chars().count();
    text.chars().skip(characters.saturating_sub(300)).collect()
}

/// The schemas that one leads to.
fn reachable(schemas: &Value, name: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let schema = schemas[&name].clone();
        references(&schema, &mut open);
        found.insert(name, schema);
    }
    found
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Object(map) => {
            if let Some(Value::String(path)) = map.get("$ref") {
                found.push(path.rsplit('/').next().unwrap().to_owned());
            }
            map.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// Turns an OpenAPI 3.0 schema into one of JSON Schema 2020-12 that refuses unknown members.
fn adapt(schema: &mut Value) {
    let Value::Object(map) = schema else {
        if let Value::Array(values) = schema {
            values.iter_mut().for_each(adapt);
        }
        return;
    };
    map.remove("additionalProperties")
        .filter(|open| open.is_object())
        .into_iter()
        .for_each(|mut open| {
            adapt(&mut open);
            map.insert("additionalProperties".to_owned(), open);
        });
    for name in ["exclusiveMinimum", "exclusiveMaximum"] {
        if map.get(name).is_some_and(Value::is_boolean) {
            map.remove(name);
        }
    }
    if map.remove("nullable") == Some(Value::Bool(true))
        && let Some(one) = map.remove("type")
    {
        map.insert("type".to_owned(), json!([one, "null"]));
    }
    if let Some(chosen) = map
        .remove("discriminator")
        .filter(|chosen| chosen.get("mapping").is_some())
    {
        map.remove("oneOf");
        let tag = chosen["propertyName"].as_str().unwrap();
        let branches = chosen["mapping"].as_object().unwrap().iter();
        let branches = branches.map(|(name, reference)| {
            json!({"if": {"properties": {tag: {"const": name}}, "required": [tag]}, "then": {"$ref": reference}})
        });
        let branches: Vec<Value> = branches.collect();
        let all = map.entry("allOf".to_owned()).or_insert_with(|| json!([]));
        all.as_array_mut().unwrap().extend(branches);
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(|property| {
            adapt(property);
            close(property);
        });
    }
    if let Some(element) = map.get_mut("items") {
        adapt(element);
        close(element);
    }
    if let Some(all) = map.get_mut("allOf") {
        all.as_array_mut()
            .unwrap()
            .iter_mut()
            .filter(|one| one.get("if").is_none())
            .for_each(adapt);
    }
}

/// Refuses unknown members of what a property or an element refers to.
fn close(schema: &mut Value) {
    if let Value::Object(map) = schema
        && map.contains_key("$ref")
    {
        map.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
}
