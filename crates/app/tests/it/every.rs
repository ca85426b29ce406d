//! A workspace with every model and every field filled: each value is on the right where the recipe says, or the
//! recipe or the report says why not.

use std::collections::{BTreeMap, BTreeSet};

use model::{Pairing, Recipe};
use serde_json::{Value, json};

use crate::world::{World, ask, records};

/// Objects of the twin that are no records of the import: usage is made of metrics, and the rest is nobody's.
pub const BESIDE: [&str; 5] = [
    "metric",
    "activity",
    "customfield",
    "conversationtype",
    "workflow",
];

/// Properties that say once more what another says.
const SAID_ELSEWHERE: [&str; 2] = [
    // The beginning of `description` without its markup.
    "snippet",
    // What the comment is about, and that it is there.
    "commentableModel",
];

pub fn recipe() -> Recipe {
    let yaml = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../recipes/planhat-devrev.yaml"
    ));
    engine::recipe::parse(yaml).unwrap()
}

#[test]
fn every_value_of_every_model_is_found_on_the_right() {
    let world = World::choosing(12, &["--set", "objects=all"]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{:#}", run["report"]["certificate"]);
    let right = by_key(&records(&world.right));
    let recipe = recipe();
    let not_mapped = run["report"]["not_mapped"].as_object().unwrap();
    let ignored = |pairing: &Pairing, name: &str| {
        let names = run["report"]["ignored"][pairing.id.as_str()].as_array();
        names.is_some_and(|names| names.iter().any(|ignored| ignored == name))
    };
    let mut missing = BTreeSet::new();
    let mut found = 0;
    for (object, records) in records(&world.left) {
        if BESIDE.contains(&object.as_str()) {
            continue;
        }
        assert!(!records.is_empty(), "the sample has no {object}");
        for record in &records {
            let id = record["_id"].as_str().unwrap();
            let key = match record["email"].as_str() {
                Some(email) if object == "user" => email.to_owned(),
                _ => format!("planhat:{object}:{id}"),
            };
            let Some(text) = right.get(&key) else {
                missing.insert(format!("{object}: a record"));
                continue;
            };
            let of_object = |pairing: &&Pairing| pairing.left.as_str() == object;
            let pairings: Vec<&Pairing> = recipe.pairings.iter().filter(of_object).collect();
            for (name, value) in values(record) {
                let is_left_out = pairings.iter().any(|pairing| {
                    ignored(pairing, &name) || not_mapped.contains_key(&format!("{}.{name}", pairing.id))
                });
                match is_left_out || is_in(value, text) {
                    true => found += 1,
                    false => drop(missing.insert(format!("{object}.{name}: {value}"))),
                }
            }
        }
    }
    let missing: Vec<&String> = missing.iter().take(40).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 4_000, "{found}");
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{:#}", second["report"]["certificate"]);
    assert_eq!(
        second["report"]["right_calls"]["writes"], 0,
        "{:#}",
        second["report"]["lines"]
    );
}

/// The right records as text, by the key of ours or the address that they carry.
fn by_key(records: &BTreeMap<String, Vec<Value>>) -> BTreeMap<String, String> {
    let paths = [
        "/custom_fields/tnt__interline_key",
        "/external_refs/0",
        "/external_ref",
        "/unique_key",
        "/email",
    ];
    let mut found = BTreeMap::new();
    for record in records.values().flatten() {
        let keys = paths.iter().filter_map(|path| record.pointer(path)?.as_str());
        for key in keys {
            found.insert(key.to_owned(), record.to_string());
        }
        // Who joined the contact of somebody in another company.
        let elsewhere = record.pointer("/custom_fields/tnt__ph_elsewhere");
        let texts = elsewhere.and_then(Value::as_array).into_iter().flatten();
        for text in texts.filter_map(Value::as_str) {
            let one: Value = serde_json::from_str(text).unwrap();
            let key = format!("planhat:enduser:{}", one["_id"].as_str().unwrap());
            found.insert(key, one.to_string());
        }
    }
    found
}

/// The values of a record, those of the customer's own fields too, each with its name in the recipe.
fn values(record: &Value) -> Vec<(String, &Value)> {
    let own = record.as_object().unwrap().iter();
    let own = own.filter(|(name, _)| !["_id", "custom"].contains(&name.as_str()));
    let own = own.filter(|(name, _)| !SAID_ELSEWHERE.contains(&name.as_str()));
    let custom = record["custom"].as_object().into_iter().flatten();
    own.map(|(name, value)| (name.clone(), value))
        .chain(custom.map(|(name, value)| (format!("custom.{name}"), value)))
        .collect()
}

/// Whether a right record says what a left value says.
pub fn is_in(value: &Value, right: &str) -> bool {
    match value {
        // What is empty, or one of two words, cannot be looked for.
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => {
            let text = number.to_string();
            let short = match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.'),
                false => &text,
            };
            right.contains(short) || moments(&text).iter().any(|moment| right.contains(moment))
        }
        Value::String(text) => is_text_in(text, right),
        Value::Array(values) => values.iter().all(|value| is_in(value, right)),
        Value::Object(members) => match members.get("name").or(members.get("title")) {
            Some(name) => is_in(name, right),
            None => members.values().all(|value| is_in(value, right)),
        },
    }
}

fn is_text_in(text: &str, right: &str) -> bool {
    let text = text.trim();
    let is_id = text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let escaped = json!(text).to_string();
    if text.is_empty() || is_id || right.contains(escaped.trim_matches('"')) {
        return true;
    }
    if let Ok(at) = text.parse::<model::Timestamp>() {
        let second = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        return right.contains(&second) || right.contains(&second[..10]);
    }
    // A formula that failed.
    if text == "undefined" {
        return true;
    }
    // Marked-up text arrives in another markup: its words must be there.
    text.contains(['<', '\n']) && words(text).iter().all(|word| right.contains(word.as_str()))
}

/// The plain words of some HTML.
fn words(html: &str) -> Vec<String> {
    let rich = model::RichText {
        format: model::RichFormat::Html,
        text: html.to_owned(),
    };
    let plain = engine::rich::plain(&rich);
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| word.chars().count() > 3)
        .map(str::to_owned)
        .collect()
}

/// What a count since 1970 may mean: a day, or a moment in milliseconds.
fn moments(text: &str) -> Vec<String> {
    let Ok(count) = text.parse::<i64>() else {
        return vec![];
    };
    let day = count.checked_mul(86_400).map(model::Timestamp::from_second);
    let day = day
        .and_then(Result::ok)
        .map(|at| at.strftime("%Y-%m-%d").to_string());
    let moment = model::Timestamp::from_millisecond(count).ok();
    let moment = moment.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string());
    day.into_iter().chain(moment).collect()
}

/// What each choice brings to the right side: `pairing=records …`, as far as it is asked.
fn check(chosen: &[&str], expected: &[(&str, bool)]) {
    let sets: Vec<&str> = chosen.iter().flat_map(|one| ["--set", one]).collect();
    let world = World::choosing(6, &sets);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{chosen:?}: {:#}", run["report"]["certificate"]);
    let lines = run["report"]["lines"].as_array().unwrap();
    for (pairing, some) in expected {
        let line = lines.iter().find(|line| line["pairing"] == *pairing);
        let left = line.and_then(|line| line["left"].as_u64()).unwrap_or_default();
        assert_eq!(left > 0, *some, "{chosen:?}: {pairing}");
    }
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{chosen:?}: {:#}", second["report"]["certificate"]);
    assert_eq!(
        second["report"]["right_calls"]["writes"], 0,
        "{chosen:?}: {:#}",
        second["report"]["lines"]
    );
}

#[test]
fn what_is_not_chosen_is_left_out_and_nothing_waits_for_it() {
    check(
        &[],
        &[
            ("license", true),
            ("task", true),
            ("comment", true),
            ("sale", false),
        ],
    );
    check(
        &["objects=asset,deal", "chats=off", "comments=false", "usage=no"],
        &[("deal", true), ("usage", false), ("comment", false)],
    );
    check(&["meetings=devrev"], &[("meeting", false)]);
    check(
        &["meetings=conversation"],
        &[("meeting", false), ("meeting_devrev", false)],
    );
    check(&["shadow_users=false"], &[("ticket", true), ("user", false)]);
}

#[test]
fn what_becomes_of_a_custom_field_is_said() {
    let world = World::new(4, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (_, same) = world.json(&["import", "plan", "acme"]);
    assert_eq!(same["drift"], json!([]));
    let fields = &records(&world.left)["customfield"];
    let of_company = |title: &str| {
        let field = fields
            .iter()
            .find(|field| field["parent"] == "Company" && field["name"] == title);
        format!("/customfields/{}", field.unwrap()["_id"].as_str().unwrap())
    };
    let told = |request: &str, body: Value| {
        let (status, said) = ask(&world.left, request, &body);
        assert!(status < 300, "{request}: {status} {said}");
    };
    let renamed = of_company("Region");
    told(&format!("PUT {renamed}"), json!({ "name": "Sales region" }));
    told(
        "POST /customfields",
        json!({ "name": "Mood", "parent": "Company", "type": "text" }),
    );
    told(&format!("DELETE {}", of_company("Go-live day")), Value::Null);
    for command in ["plan", "sync"] {
        let (_, said) = world.json(&["import", command, "acme"]);
        let drift = said.pointer("/drift").or(said.pointer("/report/drift")).unwrap();
        let lines: Vec<String> = drift
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{} {}: {}", one["field"], one["became"], one["effect"]))
            .collect();
        let has = |parts: &[&str]| {
            let line = lines
                .iter()
                .find(|line| parts.iter().all(|part| line.contains(part)));
            assert!(line.is_some(), "{command}: {parts:?} in {lines:#?}");
        };
        has(&["custom.Mood", "new", "account.tnt__phc_mood is made for it"]);
        has(&[
            "custom.Sales region",
            "custom.Region",
            "it goes into account.tnt__phc_region",
        ]);
        has(&[
            "custom.Go-live day",
            "gone",
            "account.tnt__phc_go_live_day is kept",
        ]);
    }
    let (_, after) = world.json(&["import", "plan", "acme"]);
    assert_eq!(after["drift"], json!([]));
}
