//! Keeping, loading, filling and dumping a workspace.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ask, get, keep, make, noon, small, twin};
use crate::{
    Sample, Twin,
    planhat::twin::{
        models::{MODELS, Model},
        raw::walk,
    },
};

#[test]
fn what_is_saved_is_loaded() {
    let mut twin = small(&[("conversation_types", "Training")]);
    let odd =
        json!({"companyId": "c1", "subject": "line\nbreak \u{2028} \"quote\"", "custom": {"#1 a.b": 1.50}});
    make(&mut twin, "/conversations", odd);
    let mut saved = Vec::new();
    twin.save(&mut saved).unwrap();
    let mut other = super::twin(&[]);
    other.load(&mut saved.as_slice()).unwrap();
    for object in twin.objects() {
        let before: Vec<String> = twin.dump(object).unwrap().collect();
        let after: Vec<String> = other.dump(object).unwrap().collect();
        assert_eq!(before, after, "{object}");
    }
    let mut again = Vec::new();
    other.save(&mut again).unwrap();
    assert_eq!(saved, again);
    let body = json!({"name": "Next"});
    assert_eq!(
        ask(&mut twin, "POST /companies", body.clone()),
        ask(&mut other, "POST /companies", body)
    );
}

#[test]
fn what_is_no_state_is_refused() {
    for text in [
        "",
        "{}",
        "not json",
        r#"{"twin":"devrev","version":1,"seed":1,"counter":0,"types":[]}"#,
        "{\"twin\":\"planhat\",\"version\":1,\"seed\":1,\"counter\":0,\"types\":[]}\n{\"company\":{}}",
        "{\"twin\":\"planhat\",\"version\":1,\"seed\":1,\"counter\":0,\"types\":[]}\n{\"other\":{\"_id\":\"1\"}}",
    ] {
        assert!(twin(&[]).load(&mut text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_sample_fills_every_object_the_same_each_time() {
    let sample = Sample {
        companies: 20,
        seed: 7,
    };
    let (mut one, mut two) = (twin(&[]), twin(&[]));
    let count = one.fill(&sample, noon()).unwrap();
    assert_eq!(two.fill(&sample, noon()).unwrap(), count);
    let total: usize = one
        .objects()
        .iter()
        .map(|object| one.dump(object).unwrap().count())
        .sum();
    assert_eq!(total, count);
    for object in one.objects() {
        assert!(
            one.dump(object).unwrap().eq(two.dump(object).unwrap()),
            "{object}"
        );
    }
    assert!(one.dump("nothing").is_none());
    let list = get(
        &mut one,
        "GET /conversations?limit=2000&select=type,companyId,updatedAt",
    );
    assert!(!list.as_array().unwrap().is_empty());
}

#[test]
fn every_sampled_record_can_be_read_and_written() {
    let mut twin = twin(&[]);
    twin.fill(
        &Sample {
            companies: 5,
            seed: 3,
        },
        noon(),
    )
    .unwrap();
    let written = MODELS
        .iter()
        .filter(|model| model.owns_table() && model.offers('U') && !is_legacy(model));
    for model in written {
        let (object, path) = (model.name, format!("/{}", model.path));
        let texts: Vec<String> = twin.dump(object).unwrap().collect();
        assert!(!texts.is_empty(), "{object}");
        for text in texts {
            let record: Value = serde_json::from_str(&text).unwrap();
            let line = format!("{path}/{}", record["_id"].as_str().unwrap());
            get(&mut twin, &format!("GET {line}"));
            let (status, answer) = ask(&mut twin, &format!("PUT {line}"), record);
            assert_eq!(status, 200, "{line}: {answer}");
        }
    }
}

fn is_legacy(model: &Model) -> bool {
    !(model.exists)(&small(&[]).switches)
}

/// What is added when a company is read, what only its address tells, and what nobody knows the meaning of.
const NEVER_FILLED: &str = "company.licenses company.sales enduser.emailMd5 license.issues";

#[test]
fn a_sample_fills_every_documented_property() {
    let mut twin = twin(&[]);
    let sample = Sample {
        companies: 60,
        seed: 1,
    };
    twin.fill(&sample, noon()).unwrap();
    let mut empty = Vec::new();
    for model in MODELS
        .iter()
        .filter(|model| model.owns_table() && model.offers('L') && !is_legacy(model))
    {
        let mut filled = BTreeSet::new();
        for text in twin.dump(model.name).unwrap() {
            let record: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
            let has = |value: &Value| !matches!(value.to_string().as_str(), "null" | "\"\"" | "[]" | "{}");
            filled.extend(
                record
                    .into_iter()
                    .filter(|(_, value)| has(value))
                    .map(|(name, _)| name),
            );
        }
        assert!(!filled.is_empty(), "{}", model.name);
        let of = &model.properties;
        let all = [
            of.text,
            of.number,
            of.flag,
            of.date,
            of.day,
            of.list,
            of.object,
            of.any,
            of.automatic,
        ];
        let all = all.iter().flat_map(|names| names.split_ascii_whitespace());
        empty.extend(
            all.filter(|name| !filled.contains(*name))
                .map(|name| format!("{}.{name}", model.name)),
        );
    }
    assert_eq!(empty.join(" "), NEVER_FILLED);
}

#[test]
fn ids_never_repeat() {
    let mut twin = twin(&[]);
    let mut ids: Vec<String> = (0..500)
        .map(|_| make(&mut twin, "/companies", json!({"name": "N"})))
        .collect();
    let sorted = ids.is_sorted();
    ids.dedup();
    assert!(sorted && ids.len() == 500);
}

#[test]
fn pages_far_into_a_long_list_are_found() {
    let mut twin = small(&[]);
    for place in 0..30_000 {
        let record = json!({"_id": format!("{:06}", place * 7919 % 30_000), "companyId": format!("c{}", place % 500),
            "subject": "A subject", "date": "2021-07-29T15:29:34.330Z", "type": "note"});
        keep(&mut twin, "conversation", record);
    }
    get(&mut twin, "GET /conversations?limit=1&sort=_id");
    for place in 0..100 {
        let list = get(
            &mut twin,
            &format!("GET /conversations?limit=1&offset={}&sort=_id", place * 299),
        );
        assert_eq!(list[0]["_id"], format!("{:06}", place * 299));
    }
}

#[test]
fn a_text_is_walked_as_it_is_written() {
    for (text, found) in [
        ("{}", ""),
        ("", ""),
        ("[1]", ""),
        (r#"{"a":1}"#, "a=1"),
        (
            r#"{"a":"x,}\"]","b":[{"c":"]"}],"d":-1.50e3}"#,
            r#"a="x,}\"]" b=[{"c":"]"}] d=-1.50e3"#,
        ),
        (
            r#"{"q\"uote":null,"é":{},"z":true}"#,
            r#"q\"uote=null é={} z=true"#,
        ),
        ("{ \"a\" : 1 ,\n \"b\" : [ ] }", "a=1 b=[ ]"),
        (r#"{"cut":"short"#, ""),
        (r#"{"cut":[1,"#, ""),
    ] {
        let fields: Vec<String> = walk(text).map(|(name, raw)| format!("{name}={raw}")).collect();
        assert_eq!(fields.join(" "), found, "{text}");
    }
}
