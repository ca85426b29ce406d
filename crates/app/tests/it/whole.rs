//! Whole imports between two twins in processes of their own: undisturbed, with faults, and killed again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    program::TwinProcess,
    world::{World, ask, records},
};

const COMPANIES: usize = 12;

fn lines(run: &Value, field: &str) -> u64 {
    lines_of(run, field, &|_| true)
}

fn lines_of(run: &Value, field: &str, of: &dyn Fn(&str) -> bool) -> u64 {
    let lines = run
        .pointer("/report/lines")
        .and_then(Value::as_array)
        .expect("a report has lines");
    let wanted = lines
        .iter()
        .filter(|line| line["pairing"].as_str().is_some_and(of));
    wanted.filter_map(|line| line.get(field)?.as_u64()).sum()
}

#[test]
fn everything_arrives_once_and_a_second_sync_writes_nothing() {
    let world = World::new(COMPANIES, &[], &[]);
    let (code, first) = world.sync();
    assert_eq!(code, 0, "{first:#}");
    assert!(lines(&first, "created") > 200, "{first:#}");
    let joins = |pairing: &str| ["usage", "enduser_elsewhere"].contains(&pairing);
    let joined = lines_of(&first, "left", &joins);
    assert_eq!(
        lines(&first, "left") - joined,
        lines(&first, "created") + lines(&first, "adopted"),
        "{first:#}"
    );
    let writes = first
        .pointer("/report/right_calls/writes")
        .and_then(Value::as_u64)
        .expect("calls are counted");
    let created = lines(&first, "created");
    // A file is announced, and then sent.
    let files = first.pointer("/report/files/brought").and_then(Value::as_u64);
    let files = files.expect("files are counted");
    assert!(
        writes as f64 <= created as f64 * 1.02 + 60.0 + 2.0 * files as f64,
        "{writes} writes for {created} records"
    );
    // What refers to others of its kind waits for them, and is written once.
    let licenses = |pairing: &str| pairing == "license";
    assert_eq!(lines_of(&first, "updated", &licenses), 0, "{first:#}");
    // What is written onto accounts comes along with them.
    let usage = |pairing: &str| pairing == "usage";
    assert!(lines_of(&first, "left", &usage) > 0, "{first:#}");
    assert_eq!(lines_of(&first, "updated", &usage), 0, "{first:#}");
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{second:#}");
    assert_eq!(
        lines(&second, "created") + lines(&second, "updated") + lines(&second, "adopted"),
        0,
        "{second:#}"
    );
    assert_eq!(
        second.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{second:#}"
    );
    assert_same(&world.right, &undisturbed().0);
}

#[test]
fn a_plan_writes_nothing_and_says_what_a_sync_would() {
    let world = World::new(COMPANIES, &[], &[]);
    let before = dump(&world.right);
    let (code, plan) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{plan:#}");
    assert_eq!(dump(&world.right), before);
    let planned: u64 = plan["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line["created"].as_u64())
        .sum();
    let usage = plan["lines"].as_array().expect("lines").iter();
    let mut usage = usage.filter(|line| line["pairing"] == "usage");
    assert!(
        usage.all(|line| line["updated"] == 0 && line["alike"] != 0),
        "{plan:#}"
    );
    let (_, run) = world.sync();
    assert_eq!(
        planned,
        lines(&run, "created") + lines(&run, "adopted"),
        "{run:#}"
    );
}

#[test]
fn texts_that_lists_do_not_show_are_read_one_by_one() {
    let world = World::new(4, &["--set", "select_surfaces_all=no"], &[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let (_, second) = world.sync();
    assert_eq!(
        second.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{second:#}"
    );
}

#[test]
fn a_devrev_that_takes_no_external_ref_on_works_is_served_as_well() {
    let world = World::new(4, &[], &["--set", "works_external_ref=refuse"]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
}

#[test]
fn faults_of_every_kind_change_nothing_in_the_end() {
    let world = World::new(COMPANIES, &[], &[]);
    for (twin, seed) in [(&world.left, 7), (&world.right, 8)] {
        let rule = |fault: &str| json!({ "route": "*", "rate": 0.02, "fault": fault, "delay_ms": 20 });
        let rules: Vec<Value> = [
            "throttled",
            "server_error",
            "reset",
            "lost_answer",
            "truncated",
            "delay",
        ]
        .map(rule)
        .to_vec();
        let (status, body) = ask(
            twin,
            "POST /_twin/faults",
            &json!({ "seed": seed, "rules": rules }),
        );
        assert!(status < 300, "{status} {body}");
    }
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    assert_ne!(
        run.pointer("/report/retries"),
        Some(&json!(0)),
        "something went wrong on the way: {run:#}"
    );
    for twin in [&world.left, &world.right] {
        ask(twin, "POST /_twin/faults", &json!({ "seed": 1, "rules": [] }));
    }
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{second:#}");
    assert_eq!(
        second.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{second:#}"
    );
    assert_same(&world.right, &undisturbed().0);
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn an_import_that_is_killed_ten_times_ends_like_one_that_was_not() {
    let (undisturbed, took) = undisturbed();
    let world = World::new(COMPANIES, &[], &[]);
    for kill in 1..=10 {
        let mut child = world
            .command(&["import", "sync", "acme"])
            .spawn()
            .expect("the program starts");
        // Spread over the time that an undisturbed import takes, whatever machine this is.
        std::thread::sleep(took * kill / 12);
        child.kill().expect("a running program can be killed");
        child.wait().expect("a killed program ends");
    }
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{problems:#}");
    assert!(
        lines(&run, "created") < lines(&run, "left"),
        "the killed ones wrote something: {run:#}"
    );
    let (_, second) = world.sync();
    assert_eq!(
        second.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{second:#}"
    );
    assert_same(&world.right, &undisturbed);
}

/// Fails with the first records of each object that only one of two twins has.
fn assert_same(one: &TwinProcess, other: &TwinProcess) {
    let (one, other) = (dump(one), dump(other));
    let mut differences = Vec::new();
    for object in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        let lines = |of: &BTreeMap<String, Vec<String>>| -> BTreeSet<String> {
            of.get(object).into_iter().flatten().cloned().collect()
        };
        let (one, other) = (lines(&one), lines(&other));
        let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
            these
                .difference(those)
                .next()
                .map(|line| format!("{object} {line}"))
        };
        differences.extend(only(&one, &other).map(|line| format!("- {line}")));
        differences.extend(only(&other, &one).map(|line| format!("+ {line}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The right twin after an import that nothing disturbed, and how long that took.
fn undisturbed() -> (TwinProcess, Duration) {
    let world = World::new(COMPANIES, &[], &[]);
    let began = Instant::now();
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    (world.into_right(), began.elapsed())
}

/// Every record of a DevRev twin, with ids replaced by what they are known by, and times left out.
fn dump(twin: &TwinProcess) -> BTreeMap<String, Vec<String>> {
    let mut records = records(twin);
    // A file whose answer was lost is brought again, and nobody sees the one that nothing refers to.
    records.remove("artifact");
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (object, of_object) in &records {
        for record in of_object {
            let Some(id) = record["id"].as_str() else { continue };
            names.insert(id.to_owned(), format!("{object} {}", known_by(record)));
        }
    }
    let told = records.into_iter().map(|(object, records)| {
        let mut lines: Vec<String> = records
            .iter()
            .map(|record| tell(record, &names).to_string())
            .collect();
        lines.sort();
        let distinct: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len(), "{object} has duplicates");
        (object, lines)
    });
    told.collect()
}

fn known_by(record: &Value) -> String {
    let paths = [
        "/custom_fields/tnt__interline_key",
        "/external_refs/0",
        "/external_ref",
        "/email",
        "/name",
        "/leaf_type",
        "/account/display_name",
        "/display_name",
    ];
    let found = paths
        .iter()
        .filter_map(|path| record.pointer(path)?.as_str())
        .find(|text| !text.starts_with("don:"));
    found.unwrap_or("?").to_owned()
}

fn tell(value: &Value, names: &BTreeMap<String, String>) -> Value {
    const LEFT_OUT: [&str; 6] = [
        "display_id",
        "object_display_id",
        "created_date",
        "modified_date",
        "id_v1",
        "actual_close_date",
    ];
    match value {
        Value::String(text) => {
            let named = names.get(text).cloned();
            Value::String(named.unwrap_or_else(|| shorten(&without_numbers(text))))
        }
        Value::Array(values) => Value::Array(values.iter().map(|value| tell(value, names)).collect()),
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), tell(value, names)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// A text with the files that it shows, whichever came first.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(":artifact/");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str(":artifact/");
        told.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    told
}

/// An id that no record of the dump bears: only its kind counts.
fn shorten(text: &str) -> String {
    match text.strip_prefix("don:") {
        Some(rest) => rest
            .trim_end_matches(|letter: char| letter.is_ascii_digit())
            .to_owned(),
        None => text.to_owned(),
    }
}
