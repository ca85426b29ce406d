//! Intercom's OpenAPI description, when `INTERLINE_SPECS` names its folder, judges what the client asks and what it knows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::{Mutex, OnceLock},
};

use serde_json::{Value as Json, json};

use super::{super::object, *};

/// The description, if the folder is named.
fn description() -> Option<&'static Json> {
    static READ: OnceLock<Option<Json>> = OnceLock::new();
    let read = || {
        let folder = std::env::var_os("INTERLINE_SPECS")?;
        let text = fs::read_to_string(PathBuf::from(folder).join("intercom-2.16.yaml")).unwrap();
        Some(serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { budget: None }).unwrap())
    };
    READ.get_or_init(read).as_ref()
}

/// Query parameters that the description leaves out, with the reason.
const UNDESCRIBED: &[(&str, &str)] = &[
    // The documentation of paging names it for these lists.
    ("page", "/articles"),
    ("per_page", "/articles"),
    ("page", "/help_center/collections"),
    ("per_page", "/help_center/collections"),
    ("page", "/contacts/{contact_id}/companies"),
    ("per_page", "/contacts/{contact_id}/companies"),
    ("page", "/contacts/{contact_id}/notes"),
    ("per_page", "/contacts/{contact_id}/notes"),
    ("page", "/contacts/{contact_id}/tags"),
    ("per_page", "/contacts/{contact_id}/tags"),
    ("page", "/companies/{company_id}/notes"),
    ("per_page", "/companies/{company_id}/notes"),
    // Undocumented, and used by every public client.
    ("type", "/segments"),
];

/// What judges the bodies of calls, by their paths.
static VALIDATORS: Mutex<BTreeMap<&str, jsonschema::Validator>> = Mutex::new(BTreeMap::new());

/// What is wrong with a request beyond that. Without the description, nothing.
pub(super) fn errors(request: &Request) -> Vec<String> {
    let Some(description) = description() else {
        return Vec::new();
    };
    let method = request.method.as_str().to_ascii_lowercase();
    let paths = description["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let (one, other) = (template.split('/'), request.path.split('/'));
        let is_same = |(part, other): (&str, &str)| part.starts_with('{') || part == other;
        one.clone().count() == other.clone().count() && one.zip(other).all(is_same)
    };
    let found = paths
        .iter()
        .filter(|(template, path)| fits(template) && path.get(&method).is_some())
        .min_by_key(|(template, _)| template.matches('{').count());
    let Some((template, path)) = found else {
        return vec![format!("there is no {method} {}", request.path)];
    };
    let target = |json: &'static Json| match json.get("$ref").and_then(Json::as_str) {
        Some(path) => description.pointer(path.trim_start_matches('#')).unwrap(),
        None => json,
    };
    let operation = &path[&method];
    let parameters = [&path["parameters"], &operation["parameters"]];
    let described: BTreeSet<&str> = parameters
        .into_iter()
        .filter_map(Json::as_array)
        .flatten()
        .filter_map(|one| target(one)["name"].as_str())
        .collect();
    let is_known = |name: &str| described.contains(name) || UNDESCRIBED.contains(&(name, template.as_str()));
    let mut errors: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, _)| format!("{template} has no parameter {name}"))
        .collect();
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    if let (Some(schema), false) = (schema, request.body.is_empty()) {
        let body: Json = serde_json::from_slice(&request.body).unwrap();
        let mut validators = VALIDATORS.lock().unwrap();
        let validator = validators.entry(template).or_insert_with(|| {
            let mut schema = schema.clone();
            schema["components"] = json!({"schemas": description["components"]["schemas"]});
            jsonschema::validator_for(&schema).unwrap()
        });
        errors.extend(validator.iter_errors(&body).map(|error| error.to_string()));
    }
    errors
}

/// The names of a schema's properties, those that it takes over included.
fn properties(description: &Json, schema: &Json) -> BTreeSet<String> {
    let schema = match schema.get("$ref").and_then(Json::as_str) {
        Some(path) => description.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut names: BTreeSet<String> = own.map(|(name, _)| name.clone()).collect();
    for group in ["allOf", "oneOf", "anyOf"] {
        for one in schema[group].as_array().into_iter().flatten() {
            names.extend(properties(description, one));
        }
    }
    names
}

#[test]
fn every_property_that_is_described_is_known_or_left_out_for_a_reason() {
    let Some(description) = description() else { return };
    let schemas = &description["components"]["schemas"];
    for (name, prefix, schema) in [
        ("team", "", "team"),
        ("admin", "", "admin"),
        ("tag", "", "tag"),
        ("segment", "", "segment"),
        ("company", "", "company"),
        ("contact", "", "contact"),
        ("contact", "location.", "contact_location"),
        ("conversation", "", "conversation"),
        ("conversation", "", "conversation_list_item"),
        ("conversation", "source.", "conversation_source"),
        ("conversation", "conversation_rating.", "conversation_rating"),
        ("conversation", "statistics.", "conversation_statistics"),
        ("conversation", "ai_agent.", "ai_agent"),
        ("conversation", "sla_applied.", "sla_applied"),
        (
            "conversation",
            "first_contact_reply.",
            "conversation_first_contact_reply",
        ),
        ("part", "", "conversation_part"),
        ("ticket", "", "ticket"),
        ("ticket", "ticket_state.", "ticket_state"),
        ("ticket", "ticket_type.", "ticket_type"),
        ("ticket_part", "", "ticket_part"),
        ("note", "", "note"),
        ("collection", "", "collection"),
        ("article", "", "article"),
        ("article", "", "article_list_item"),
        ("article_text", "", "article_content"),
        ("help_center", "", "help_center"),
    ] {
        let object = object::named(&ObjectName::new(name)).unwrap();
        let names = properties(description, &schemas[schema]);
        assert!(!names.is_empty(), "{schema}");
        let is_there = |property: &str| {
            let full = format!("{prefix}{property}");
            let known = |known: &str| known == full || known.starts_with(&format!("{full}."));
            object.known.iter().any(|one| known(one.name))
                || object.is_internal(&full)
                || (!prefix.is_empty() && property == "type")
                || crate::intercom::learned::bag(name) == Some(property)
        };
        let missing: Vec<&String> = names.iter().filter(|name| !is_there(name)).collect();
        assert!(missing.is_empty(), "{name} {schema}: {missing:?}");
    }
}
