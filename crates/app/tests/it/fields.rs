//! Each value in the very field that the recipe names, not only somewhere in the record.

use std::collections::{BTreeMap, BTreeSet};

use model::{Pairing, Rule, Turn};
use serde_json::Value;

use crate::{
    every::{BESIDE, is_in, recipe},
    world::{World, records},
};

/// Properties that Planhat works out when it is asked; the twin's store has them as they were at first.
const WORKED_OUT: [&str; 1] = ["isOverdue"];

type Ids = BTreeMap<String, String>;

#[test]
fn each_value_is_in_the_field_that_the_recipe_names() {
    let world = World::choosing(12, &["--set", "objects=all", "--set", "people=apart"]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{:#}", run["report"]["certificate"]);
    let (left, right) = (records(&world.left), records(&world.right));
    let (by_key, ids) = keyed(&left, &right);
    let recipe = recipe();
    let (mut wrong, mut checked) = (BTreeSet::new(), BTreeMap::<&str, usize>::new());
    for (object, records) in &left {
        if BESIDE.contains(&object.as_str()) {
            continue;
        }
        for record in records {
            let id = record["_id"].as_str().unwrap();
            let email = record["email"].as_str().filter(|_| object == "user");
            let key = email.map_or_else(|| format!("planhat:{object}:{id}"), str::to_owned);
            let pairing = recipe
                .pairings
                .iter()
                .find(|pairing| holds(pairing, object, record));
            let Some((pairing, found)) = pairing.zip(by_key.get(&key)) else {
                wrong.insert(format!("{object}: a record"));
                continue;
            };
            for rule in &pairing.rules {
                let Some((name, value)) = read(rule, record) else {
                    continue;
                };
                let field = &found["custom_fields"][rule.right.as_str()];
                *checked.entry(pairing.id.as_str()).or_default() += 1;
                if !says(field, value, &rule.turn, &ids) {
                    wrong.insert(format!(
                        "{}: {name} {value} is not in {}: {field}",
                        pairing.id, rule.right
                    ));
                }
            }
        }
    }
    let wrong: Vec<&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: usize = checked.values().sum();
    assert!(all > 4_500 && checked.len() >= 24, "{all} in {checked:?}");
}

/// Right records by the key of ours or the address that they carry, and the right id of each left one.
fn keyed(
    left: &BTreeMap<String, Vec<Value>>,
    right: &BTreeMap<String, Vec<Value>>,
) -> (BTreeMap<String, Value>, Ids) {
    let paths = [
        "/custom_fields/tnt__interline_key",
        "/external_refs/0",
        "/external_ref",
        "/unique_key",
        "/email",
    ];
    let (mut by_key, mut ids) = (BTreeMap::new(), Ids::new());
    for record in right.values().flatten() {
        for key in paths.iter().filter_map(|path| record.pointer(path)?.as_str()) {
            if let Some((_, id)) = key.strip_prefix("planhat:").and_then(|key| key.split_once(':')) {
                ids.insert(
                    id.to_owned(),
                    record["id"].as_str().unwrap_or_default().to_owned(),
                );
            }
            by_key.insert(key.to_owned(), record.clone());
        }
    }
    for user in &left["user"] {
        let found = user["email"].as_str().and_then(|email| by_key.get(email));
        if let Some(found) = found {
            let id = user["_id"].as_str().unwrap().to_owned();
            ids.insert(id, found["id"].as_str().unwrap().to_owned());
        }
    }
    (by_key, ids)
}

/// Whether a record goes the way of a pairing, as the options of this test are.
fn holds(pairing: &Pairing, object: &str, record: &Value) -> bool {
    let kind = record["type"].as_str().unwrap_or_default();
    let is = |condition: &model::Condition| {
        condition.field.as_str() != "type"
            || !condition.when.is_empty()
            || (condition.is.is_empty() || condition.is.iter().any(|word| word == kind))
                && !condition.is_not.iter().any(|word| word == kind)
    };
    pairing.left.as_str() == object
        && pairing.joins.is_none()
        && pairing.id.as_str() != "meeting_devrev"
        && pairing.only.iter().all(is)
}

/// What a rule reads, where it writes a field of ours and keeps the value's words.
fn read<'a>(rule: &'a Rule, record: &'a Value) -> Option<(&'a str, &'a Value)> {
    let keeps = matches!(rule.turn, Turn::Same | Turn::Label | Turn::Json) && !rule.together;
    if !keeps || !rule.right.as_str().starts_with("tnt__") {
        return None;
    }
    let mut values = rule
        .left
        .iter()
        .map(|name| (name.as_str(), &record[name.as_str()]));
    let found = values.find(|(_, value)| !is_empty(value));
    found.filter(|(name, _)| !WORKED_OUT.contains(name))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text == "undefined",
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn says(field: &Value, value: &Value, turn: &Turn, ids: &Ids) -> bool {
    let is_id = |text: &str| text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match value {
        Value::Bool(_) => field == value,
        _ if *turn == Turn::Label => !is_empty(field),
        Value::String(text) if is_id(text) => {
            let words = field.to_string();
            words.contains(text.as_str()) || ids.get(text).is_some_and(|id| words.contains(id.as_str()))
        }
        Value::Array(values) => values
            .iter()
            .all(|value| is_empty(value) || says(field, value, turn, ids)),
        Value::Object(members) if *turn == Turn::Same && members.contains_key("id") => {
            says(field, &members["id"], turn, ids)
        }
        _ => !is_empty(field) && is_in(value, &field.to_string()),
    }
}
