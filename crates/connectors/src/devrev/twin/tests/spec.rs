//! The vendor's OpenAPI description, when `INTERLINE_SPECS` names its folder, judges the tables of requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::{
    door::METHODS,
    shape::{Field, Shape, expected},
};
use crate::devrev::judge::{description, deviations, request_schema, target};

/// The families of methods that this twin answers whole.
const FAMILIES: &[&str] = &[
    "accounts",
    "articles",
    "artifacts",
    "conversations",
    "custom-objects",
    "dev-orgs",
    "dev-users",
    "directories",
    "groups",
    "link-types",
    "links",
    "meetings",
    "parts",
    "rev-orgs",
    "rev-users",
    "schemas",
    "stage-diagrams",
    "stages",
    "states",
    "tags",
    "timeline-entries",
    "webhooks",
    "works",
];

/// What each member of a request may be, by its dotted name.
type Facets = BTreeMap<String, String>;

#[test]
fn requests_are_as_described() {
    let Some(description) = description() else { return };
    let mut known = deviations("request");
    let mut wrong = Vec::new();
    for (name, method) in METHODS.iter() {
        let Some(schema) = request_schema(&description, name) else {
            if !known.remove(*name) {
                wrong.push(format!("{name}: is not described"));
            }
            continue;
        };
        let (mut ours, mut theirs) = (Facets::new(), Facets::new());
        ours_of(&method.shape, "", &mut ours);
        theirs_of(&description, schema, "", &mut theirs);
        compare(name, &ours, &theirs, &mut known, &mut wrong);
    }
    wrong.extend(
        known
            .iter()
            .map(|place| format!("{place}: is listed, but does not deviate")),
    );
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn families_are_whole() {
    let Some(description) = description() else { return };
    let paths = description["paths"].as_object().unwrap().keys();
    let described = paths.map(|path| path.trim_start_matches('/')).filter(|name| {
        let family = name.split_once('.').map_or(*name, |(family, _)| family);
        FAMILIES.contains(&family)
    });
    let lacking = described.filter(|name| !METHODS.contains_key(name));
    let lacking: BTreeSet<String> = lacking.map(str::to_owned).collect();
    assert_eq!(lacking, deviations("lacking"));
}

/// The other form of reading: GET, with members as query parameters. (Uploads are forms that the description leaves out.)
#[test]
fn reads_answer_get_as_described() {
    let Some(description) = description() else { return };
    let (mut known, mut used, mut wrong) = (deviations("get"), BTreeSet::new(), Vec::new());
    for (name, method) in METHODS.iter() {
        let Some(path) = description["paths"].get(format!("/{name}")) else {
            continue;
        };
        let get = path.get("get");
        if get.is_some() != method.reads && !known.remove(*name) {
            wrong.push(format!("{name}: described as GET, or not, unlike ours"));
        }
        let mut ours = Facets::new();
        ours_of(&method.shape, "", &mut ours);
        let parameters = get.and_then(|get| get.get("parameters")?.as_array());
        for parameter in parameters.into_iter().flatten() {
            let member = parameter["name"].as_str().unwrap();
            let their = theirs_facet(&description, &parameter["schema"]);
            let our = ours.get(member).map_or("", |facet| facet.trim_end_matches('*'));
            let is_open =
                ancestors(member).any(|name| ours.get(name).is_some_and(|our| our.contains("open")));
            let places = ancestors(member).map(|member| format!("{name} {member}"));
            match places.into_iter().find(|place| known.contains(place)) {
                _ if our == their || is_open => {}
                Some(place) => drop(used.insert(place)),
                None => wrong.push(format!("{name} {member}: ours {our:?}, theirs {their:?}")),
            }
        }
    }
    let stale = known.difference(&used);
    wrong.extend(stale.map(|place| format!("{place}: is listed, but does not deviate")));
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A dotted name, and the names of what it is in.
fn ancestors(member: &str) -> impl Iterator<Item = &str> {
    let ends = member.match_indices('.').map(|(at, _)| at);
    ends.chain([member.len()]).map(|end| &member[..end])
}

fn compare(
    name: &str,
    ours: &Facets,
    theirs: &Facets,
    known: &mut BTreeSet<String>,
    wrong: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for member in names {
        let (our, their) = (ours.get(member), theirs.get(member));
        let open = |facet: &String| facet.contains("open");
        let is_open = |prefix: &str| ours.get(prefix).is_some_and(open);
        let under_open = member.match_indices('.').any(|(at, _)| is_open(&member[..at]));
        let is_same = our == their || our.is_some_and(open) && their.is_some();
        // A deviation of an object covers what is in it.
        let listed = |known: &BTreeSet<String>| {
            let ends = member.match_indices('.').map(|(at, _)| at).chain([member.len()]);
            ends.map(|end| format!("{name} {}", &member[..end]))
                .find(|place| known.contains(place))
        };
        if is_same || under_open {
            continue;
        }
        match listed(known) {
            Some(place) if place == format!("{name} {member}") || our.is_none() || their.is_none() => {
                USED.with_borrow_mut(|used| used.insert(place));
            }
            _ => wrong.push(format!("{name} {member}: ours {our:?}, theirs {their:?}")),
        }
    }
    USED.with_borrow_mut(|used| {
        known.retain(|place| !(used.contains(place) && place.starts_with(&format!("{name} "))))
    });
}

thread_local! {
    static USED: std::cell::RefCell<BTreeSet<String>> = const { std::cell::RefCell::new(BTreeSet::new()) };
}

fn ours_of(shape: &Shape, path: &str, facets: &mut Facets) {
    let mut fields = |fields: &'static [Field], optional: bool| {
        for field in fields {
            let inner = if path.is_empty() {
                field.name.to_owned()
            } else {
                format!("{path}.{}", field.name)
            };
            let mark = if field.must && !optional { "*" } else { "" };
            let null = if field.nullable { " or null" } else { "" };
            let facet = format!("{}{mark}{null}", facet_of(&field.shape));
            facets.entry(inner.clone()).or_insert(facet);
            ours_of(&field.shape, &inner, facets);
        }
    };
    match shape {
        Shape::Object(inner) => fields(inner, false),
        Shape::Tagged(_, base, variants) => {
            fields(base, false);
            variants.iter().for_each(|(_, inner)| fields(inner, false));
        }
        Shape::List(inner, ..) => ours_of(inner, path, facets),
        _ => {}
    }
}

fn facet_of(shape: &Shape) -> String {
    match shape {
        Shape::Map | Shape::Any => "open".to_owned(),
        Shape::Choice(values) => {
            let mut values = values.to_vec();
            values.sort_unstable();
            format!("string {}", values.join("|"))
        }
        Shape::Text(min, max) => format!(
            "string {}",
            bounds(*min as u64, (*max != usize::MAX).then_some(*max as u64))
        ),
        Shape::List(inner, min, max) => {
            let max = (*max != usize::MAX).then_some(*max as u64);
            format!("array {}of {}", bounds(*min as u64, max), facet_of(inner))
        }
        shape => format!("{} ", expected(shape)),
    }
    .trim_end()
    .to_owned()
}

fn bounds(min: u64, max: Option<u64>) -> String {
    match (min, max) {
        (0, None) => String::new(),
        (min, None) => format!("{min}.. "),
        (min, Some(max)) => format!("{min}..{max} "),
    }
}

fn theirs_of(description: &Value, schema: &Value, path: &str, facets: &mut Facets) {
    let schema = target(description, schema);
    if path.matches('.').count() > 5 {
        return;
    }
    let none = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    for (name, property) in properties {
        let inner = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = required.is_some_and(|required| required.contains(&Value::from(name.as_str())));
        let mark = if is_required { "*" } else { "" };
        let is_nullable = property.get("nullable") == Some(&Value::Bool(true));
        let null = if is_nullable { " or null" } else { "" };
        let facet = format!("{}{mark}{null}", theirs_facet(description, property));
        facets.entry(inner.clone()).or_insert(facet);
        theirs_of(description, property, &inner, facets);
    }
    for list in ["oneOf", "allOf"] {
        let variants = schema.get(list).and_then(Value::as_array);
        variants
            .into_iter()
            .flatten()
            .for_each(|variant| theirs_of(description, variant, path, facets));
    }
    if let Some(element) = schema.get("items") {
        theirs_of(description, element, path, facets);
    }
}

fn theirs_facet(description: &Value, schema: &Value) -> String {
    let schema = target(description, schema);
    let number = |name: &str| schema.get(name).and_then(Value::as_u64);
    match schema.get("type").and_then(Value::as_str).unwrap_or("object") {
        "string" => match schema.get("enum").and_then(Value::as_array) {
            Some(values) => {
                let mut values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                values.sort_unstable();
                format!("string {}", values.join("|"))
            }
            None => format!(
                "string {}",
                bounds(number("minLength").unwrap_or(0), number("maxLength"))
            ),
        },
        "array" => {
            let inner = theirs_facet(description, schema.get("items").unwrap_or(&Value::Null));
            format!(
                "array {}of {inner}",
                bounds(number("minItems").unwrap_or(0), number("maxItems"))
            )
        }
        "integer" | "number" => "number".to_owned(),
        "boolean" => "bool".to_owned(),
        other => other.to_owned(),
    }
    .trim_end()
    .to_owned()
}
