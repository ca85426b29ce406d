//! Plans as documents, and syncs that do what a plan says or nothing.

use std::fs;

use serde_json::{Value, json};

use crate::world::{World, ask, records};

const COMPANIES: usize = 4;

fn counted(of: &Value, field: &str) -> u64 {
    let lines = of["lines"].as_array().expect("lines").iter();
    lines.filter_map(|line| line[field].as_u64()).sum()
}

fn companies(world: &World) -> Vec<String> {
    let all = records(&world.left);
    let ids = all["company"].iter().filter_map(|one| one["_id"].as_str());
    ids.map(str::to_owned).collect()
}

fn describe(world: &World, company: &str, text: &str) {
    let (status, body) = ask(
        &world.left,
        &format!("PUT /companies/{company}"),
        &json!({ "description": text }),
    );
    assert_eq!(status, 200, "{body}");
}

#[test]
fn a_plan_that_is_approved_is_done_exactly() {
    let world = World::new(COMPANIES, &[], &[]);
    let (code, plan) = world.json(&["import", "sync", "acme", "--plan-only", "--out", "plan.json"]);
    assert_eq!(code, 0, "{plan:#}");
    let written: Value =
        serde_json::from_slice(&fs::read(world.folder().join("plan.json")).unwrap()).unwrap();
    assert_eq!(written, plan, "the file is what was printed");
    let (code, run) = world.json(&["import", "sync", "acme", "--approve", "plan.json"]);
    assert_eq!(code, 0, "{run:#}");
    let report = &run["report"];
    assert_eq!(counted(&plan, "created"), counted(report, "created"), "{run:#}");
    assert!(counted(&plan, "created") > 50, "{plan:#}");
    assert_eq!(report["certificate"]["holds"], json!(true), "{run:#}");
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{second:#}");
    assert_eq!(second.pointer("/report/right_calls/writes"), Some(&json!(0)));
}

#[test]
fn a_plan_that_is_not_true_any_more_writes_nothing_and_says_why() {
    let world = World::new(COMPANIES, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let ids = companies(&world);
    let [one, other, ..] = ids.as_slice() else {
        panic!("{ids:?}")
    };
    let (_, nothing) = world.json(&["import", "plan", "acme"]);
    assert_eq!(
        nothing["changes"],
        json!([]),
        "nothing is to be done after a sync"
    );
    describe(&world, one, "Told once");
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    assert_eq!(counted(&plan, "updated"), 1, "{plan:#}");
    let id = plan["plan"].as_str().expect("a plan has an id");
    describe(&world, other, "Told since");
    let before = records(&world.right);
    let (code, said) = world.json(&["import", "sync", "acme", "--approve", id]);
    let said = said.to_string();
    assert_eq!(code, 1, "{said}");
    let says = format!("company: 1 to update in the plan, and 2 now, such as company {other}");
    assert!(said.contains(&says), "{said}");
    assert_eq!(records(&world.right), before);
    // A new plan says what is true, and is done by its id.
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    let id = plan["plan"].as_str().expect("a plan has an id");
    let (code, run) = world.json(&["import", "sync", "acme", "--approve", id]);
    assert_eq!((code, counted(&run["report"], "updated")), (0, 2), "{run:#}");
}

#[test]
fn an_altered_plan_and_one_that_is_none_are_refused() {
    let world = World::new(COMPANIES, &[], &[]);
    let (_, plan) = world.json(&["import", "plan", "acme", "--out", "plan.json"]);
    let mut altered = plan.clone();
    altered["changes"][0]["left"] = json!("another");
    for (text, says) in [
        (altered.to_string(), "altered"),
        ("{}".to_owned(), "no plan"),
        ("\u{0}".to_owned(), "no plan"),
    ] {
        fs::write(world.folder().join("other.json"), text).unwrap();
        let (code, said) = world.json(&["import", "sync", "acme", "--approve", "other.json"]);
        let said = said.to_string();
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(says), "{said}");
    }
    let (code, said) = world.json(&["import", "sync", "acme", "--approve", "0000"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.to_string().contains("There is no plan `0000`"), "{said}");
}

/// All calls of a side in a report.
fn calls(run: &Value, side: &str) -> f64 {
    let number = |kind: &str| run["report"][side][kind].as_u64().expect("calls are counted") as f64;
    number("reads") + number("writes")
}

#[test]
fn a_plan_foretells_the_calls_of_a_sync() {
    let world = World::new(12, &[], &[]);
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    for (planned, side) in [("left_calls", "left_calls"), ("right_calls", "right_calls")] {
        let (planned, made) = (plan["cost"][planned].as_f64().expect("a cost"), calls(&run, side));
        assert!(
            (planned - made).abs() <= made * 0.1,
            "{side}: {planned} planned, {made} made"
        );
    }
}

#[test]
fn a_limit_of_either_side_is_never_overrun() {
    let world = World::choosing(3, &["--set", "pictures=none"]);
    for (twin, requests) in [(&world.left, 20), (&world.right, 60)] {
        let limit = json!({ "requests": requests, "window_seconds": 2 });
        let (status, body) = ask(twin, "POST /_twin/limits", &limit);
        assert!(status < 300, "{status} {body}");
    }
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    for twin in [&world.left, &world.right] {
        let (_, stats) = ask(twin, "GET /_twin/stats", &Value::Null);
        assert!(!stats.contains("\"429\""), "{stats}");
    }
}
