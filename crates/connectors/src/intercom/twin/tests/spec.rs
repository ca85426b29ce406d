//! The vendor's OpenAPI description, when `INTERLINE_SPECS` names its folder, judges what the twin answers.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value, json};

use super::{START, Stand, stand};
use crate::Sample;

/// Where the twin knows better, or less, than the description: a place and its reason by line.
const DEVIATIONS: &str = include_str!("deviations.txt");

fn description() -> Option<Value> {
    let Some(folder) = std::env::var_os("INTERLINE_SPECS") else {
        println!("INTERLINE_SPECS names no folder, so the vendor's description is not asked.");
        return None;
    };
    let text = fs::read_to_string(PathBuf::from(folder).join("intercom-2.16.yaml")).unwrap();
    Some(serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { budget: None }).unwrap())
}

fn deviations() -> BTreeSet<String> {
    let lines = DEVIATIONS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            line.split_once(": ")
                .expect("a place, a colon, a reason")
                .0
                .to_owned()
        })
        .collect()
}

#[test]
fn answers_are_as_described() {
    let Some(description) = description() else { return };
    let mut twin = stand(&[]);
    let sample = Sample {
        companies: 20,
        seed: 3,
    };
    twin.twin.fill(&sample, twin.now).unwrap();
    let (mut wrong, mut used) = (BTreeSet::new(), BTreeSet::new());
    let known = deviations();
    for (line, path, body) in calls(&mut twin) {
        let (status, answer) = twin.ask(&line, body);
        let method = line.split(' ').next().unwrap().to_lowercase();
        let answers = &description["paths"][&path][&method]["responses"];
        let described = answers.get(status.to_string());
        let Some(described) = described else {
            let place = format!("{method} {path} {status}");
            match known.contains(&place) {
                true => drop(used.insert(place)),
                false => drop(wrong.insert(format!("{place}: is not described: {answer}"))),
            }
            continue;
        };
        let Some(schema) = described.pointer("/content/application~1json/schema") else {
            continue;
        };
        for (place, said) in errors(&description, schema, &answer) {
            match known.contains(&place) {
                true => drop(used.insert(place)),
                false => drop(wrong.insert(format!("{place}: {said} ({path})"))),
            }
        }
    }
    let unused = known.difference(&used);
    wrong.extend(unused.map(|place| format!("{place}: is listed, but does not deviate")));
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// Requests: the line, the path as the description names it, the body.
// tidy: long because it is a list, a line or two for each request.
fn calls(twin: &mut Stand) -> Vec<(String, String, Option<Value>)> {
    let first = |twin: &mut Stand, line: &str, list: &str| -> String {
        twin.get(line)[list][0]["id"].as_str().unwrap().to_owned()
    };
    let contact = first(twin, "GET /contacts", "data");
    let company = first(twin, "GET /companies/scroll", "data");
    twin.wait(100);
    let tag = first(twin, "GET /tags", "data");
    let team = first(twin, "GET /teams", "teams");
    let segment = first(twin, "GET /segments", "segments");
    twin.did(&format!("POST /contacts/{contact}/notes"), json!({"body": "x"}));
    let note = first(twin, &format!("GET /contacts/{contact}/notes"), "data");
    let get = |path: &str, described: &str| (format!("GET {path}"), described.to_owned(), None);
    let one = |path: &str, described: &str, name: &str, id: &str| {
        let (path, described) = (path.replace("{}", id), described.replace("{}", name));
        (path, described)
    };
    let under = |path: &str, name: &str, id: &str| {
        let (path, described) = one(path, path, name, id);
        (format!("GET {path}"), described, None)
    };
    let post = |path: &str, body: Value| (format!("POST {path}"), path.to_owned(), Some(body));
    let search = json!({"query": {"field": "updated_at", "operator": ">", "value": START - 40_000_000}});
    vec![
        get("/me", "/me"),
        get("/admins", "/admins"),
        get("/admins/991000", "/admins/{admin_id}"),
        get("/admins/7", "/admins/{admin_id}"),
        get("/teams", "/teams"),
        under("/teams/{}", "{team_id}", &team),
        get("/tags", "/tags"),
        under("/tags/{}", "{tag_id}", &tag),
        get("/tags/7", "/tags/{tag_id}"),
        get("/segments?include_count=true", "/segments"),
        under("/segments/{}", "{segment_id}", &segment),
        get("/data_attributes", "/data_attributes"),
        get("/conversations/attributes", "/conversations/attributes"),
        under("/notes/{}", "{note_id}", &note),
        get("/contacts?per_page=50", "/contacts"),
        under("/contacts/{}", "{contact_id}", &contact),
        get("/contacts/7", "/contacts/{contact_id}"),
        under("/contacts/{}/tags", "{contact_id}", &contact),
        under("/contacts/{}/segments", "{contact_id}", &contact),
        under("/contacts/{}/notes", "{contact_id}", &contact),
        under("/contacts/{}/subscriptions", "{contact_id}", &contact),
        under("/contacts/{}/companies", "{contact_id}", &contact),
        under("/contacts/{}/merge_history", "{id}", &contact),
        post("/contacts/search", search),
        post(
            "/contacts",
            json!({"external_id": "new", "email": "new@b.example"}),
        ),
        post("/contacts", json!({"external_id": "new"})),
        under("/companies/{}", "{company_id}", &company),
        get("/companies/7", "/companies/{company_id}"),
        get("/companies/scroll", "/companies/scroll"),
        get("/companies/scroll", "/companies/scroll"),
        under("/companies/{}/contacts", "{company_id}", &company),
        under("/companies/{}/segments", "{company_id}", &company),
        under("/companies/{}/notes", "{company_id}", &company),
        post("/companies/list", json!({"per_page": 50})),
        post("/companies", json!({"company_id": "new", "name": "New"})),
        post("/companies", json!({"company_id": "new", "test": "x"})),
        post("/tags", json!({"name": "new"})),
        post("/tags", json!({})),
        post(
            "/data_attributes",
            json!({"name": "new", "model": "contact", "data_type": "string"}),
        ),
    ]
}

/// What is wrong with an answer: where, as `contact email`, and what.
fn errors(description: &Value, schema: &Value, answer: &Value) -> Vec<(String, String)> {
    let mut schemas = description["components"]["schemas"].clone();
    for (name, schema) in schemas.as_object_mut().unwrap() {
        adapt(schema, !name.ends_with("_base"));
    }
    let mut schema = schema.clone();
    adapt(&mut schema, true);
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema],
        "components": {"schemas": schemas},
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(answer);
    errors
        .flat_map(|error| {
            let (pointer, said) = (error.instance_path().to_string(), error.to_string());
            let skipped = said.chars().count().saturating_sub(200);
            let end: String = said.chars().skip(skipped).collect();
            let places = places(answer, &pointer, &said).into_iter();
            places.map(move |place| (place, end.clone()))
        })
        .collect()
}

/// The members that an error is about, each with the type of what it is in.
fn places(answer: &Value, pointer: &str, said: &str) -> Vec<String> {
    let kind = |value: &Value| value["type"].as_str().unwrap_or("something").to_owned();
    if let Some((_, names)) = said
        .strip_suffix("unexpected)")
        .and_then(|said| said.rsplit_once('('))
    {
        let within = answer.pointer(pointer).map_or_else(String::new, kind);
        let names = names.split('\'').skip(1).step_by(2);
        return names.map(|name| format!("{within} {name}")).collect();
    }
    let mut parts: Vec<&str> = pointer.split('/').collect();
    let mut name = parts.pop().unwrap_or("");
    while name.parse::<usize>().is_ok() {
        name = parts.pop().unwrap_or("");
    }
    let within = answer.pointer(&parts.join("/")).unwrap_or(answer);
    vec![format!("{} {name}", kind(within))]
}

/// Turns an OpenAPI 3.0 schema into one of JSON Schema 2020-12 that refuses unknown members.
fn adapt(schema: &mut Value, closes: bool) {
    let Value::Object(map) = schema else {
        return;
    };
    let nullable = map.remove("nullable") == Some(Value::Bool(true));
    map.remove("example");
    map.remove("discriminator");
    map.remove("format");
    if nullable && let Some(reference) = map.remove("$ref") {
        map.insert("anyOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
    }
    if nullable && let Some(one) = map.remove("type") {
        map.insert("type".to_owned(), json!([one, "null"]));
        if let Some(Value::Array(choices)) = map.get_mut("enum") {
            choices.push(Value::Null);
        }
    }
    for name in ["properties", "patternProperties"] {
        if let Some(Value::Object(properties)) = map.get_mut(name) {
            properties.values_mut().for_each(|one| adapt(one, true));
        }
    }
    for name in ["items", "additionalProperties", "not"] {
        if let Some(one) = map.get_mut(name) {
            adapt(one, true);
        }
    }
    for name in ["oneOf", "anyOf", "allOf"] {
        if let Some(Value::Array(all)) = map.get_mut(name) {
            all.iter_mut().for_each(|one| adapt(one, false));
        }
    }
    let is_closed = closes && is_plain(map);
    if is_closed {
        map.insert("additionalProperties".to_owned(), false.into());
    }
}

/// Whether a schema lists all the members that there are.
fn is_plain(map: &Map<String, Value>) -> bool {
    let has = |name: &str| map.contains_key(name);
    has("properties")
        && !["allOf", "oneOf", "anyOf", "additionalProperties"]
            .into_iter()
            .any(has)
}
