//! What is gone on one side, on the other: counted, archived or deleted, never many unasked, and back again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{World, ask, records};

const DELETE: [&str; 2] = ["--set", "gone=delete"];

/// The Planhat ids of an object's records that the import keeps as such right records, with those.
fn pairs(world: &World, object: &str, right: &str) -> BTreeMap<String, Value> {
    let prefix = format!("planhat:{object}:");
    let key = |record: &Value| {
        let refs = record["external_refs"].as_array().cloned().unwrap_or_default();
        let refs = refs.into_iter().chain([record["external_ref"].clone()]);
        let found = refs.filter_map(|one| Some(one.as_str()?.strip_prefix(&prefix)?.to_owned()));
        found.collect::<Vec<_>>().into_iter().next()
    };
    let all = records(&world.right).remove(right).unwrap_or_default();
    let keyed = all.into_iter().filter_map(|record| Some((key(&record)?, record)));
    keyed.collect()
}

fn delete_left(world: &World, path: &str, id: &str) {
    let (status, answer) = ask(&world.left, &format!("DELETE /{path}/{id}"), &Value::Null);
    assert!(status < 300, "{path} {id}: {status} {answer}");
}

fn sum(run: &Value, field: &str) -> u64 {
    let lines = run.pointer("/report/lines").and_then(Value::as_array);
    let lines = lines.unwrap_or_else(|| panic!("a report has lines: {run:#}"));
    lines.iter().filter_map(|line| line[field].as_u64()).sum()
}

fn writes(run: &Value) -> u64 {
    run.pointer("/report/right_calls/writes")
        .and_then(Value::as_u64)
        .unwrap()
}

#[test]
fn a_counterpart_stays_unless_the_import_says_otherwise() {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    let (id, _) = tickets.first_key_value().unwrap();
    delete_left(&world, "conversations", id);
    for _ in 0..2 {
        let (code, run) = world.sync();
        assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
        assert_eq!(run["report"]["gone"]["conversation"], 1, "{run:#}");
    }
    assert_eq!(pairs(&world, "conversation", "ticket").len(), tickets.len());
}

#[test]
fn a_counterpart_is_deleted_if_so_chosen_and_once() {
    let world = World::choosing(6, &DELETE);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    let (id, _) = tickets.first_key_value().unwrap();
    delete_left(&world, "conversations", id);
    let (code, preview) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{preview:#}");
    let lines = preview["lines"].as_array().unwrap();
    let deleted: u64 = lines.iter().filter_map(|line| line["deleted"].as_u64()).sum();
    assert_eq!(deleted, 1, "{preview:#}");
    let (code, run) = world.sync();
    assert_eq!((code, sum(&run, "deleted")), (0, 1), "{run:#}");
    let left = pairs(&world, "conversation", "ticket");
    assert_eq!(left.len(), tickets.len() - 1);
    assert!(!left.contains_key(id));
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}

#[test]
fn what_goes_together_goes_in_order() {
    let world = World::choosing(6, &DELETE);
    assert_eq!(world.sync().0, 0);
    let before = pairs(&world, "company", "account").len();
    let people = pairs(&world, "enduser", "rev_user");
    let (id, _) = pairs(&world, "company", "account").pop_first().unwrap();
    let all = records(&world.left).remove("enduser").unwrap();
    let of_it = all.iter().filter(|person| person["companyId"] == json!(id));
    let of_it: Vec<&str> = of_it.filter_map(|person| person["_id"].as_str()).collect();
    assert!(!of_it.is_empty());
    for person in &of_it {
        delete_left(&world, "endusers", person);
    }
    delete_left(&world, "companies", &id);
    let (code, run) = world.json(&["import", "sync", "acme", "--approve-deletes"]);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{run:#} {problems:#}");
    assert_eq!(pairs(&world, "company", "account").len(), before - 1);
    assert_eq!(
        pairs(&world, "enduser", "rev_user").len(),
        people.len() - of_it.len()
    );
    // What still names the company on the left says so on the right, once, and then all is at rest.
    world.sync();
    let (_, run) = world.sync();
    assert_eq!(writes(&run), 0, "{run:#}");
}

#[test]
fn many_go_only_once_they_are_approved_and_the_rest_goes_on() {
    let world = World::choosing(12, &DELETE);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    assert!(tickets.len() > 7, "{}", tickets.len());
    for id in tickets.keys().take(6) {
        delete_left(&world, "conversations", id);
    }
    let (id, _) = tickets.last_key_value().unwrap();
    ask(
        &world.left,
        &format!("PUT /conversations/{id}"),
        &json!({ "subject": "Goes on" }),
    );
    for _ in 0..2 {
        let (code, run) = world.sync();
        assert_eq!((code, sum(&run, "deleted")), (1, 0), "{run:#}");
        let (_, problems) = world.json(&["problem", "list", "acme"]);
        let problems = problems.to_string();
        assert!(
            problems.contains("6 of ticket") && problems.contains("--approve-deletes"),
            "{problems}"
        );
    }
    let there = pairs(&world, "conversation", "ticket");
    assert_eq!(there.len(), tickets.len());
    assert_eq!(there[id]["title"], "Goes on");
    let (code, run) = world.json(&["import", "sync", "acme", "--approve-deletes"]);
    assert_eq!((code, sum(&run, "deleted")), (0, 6), "{run:#}");
    assert_eq!(pairs(&world, "conversation", "ticket").len(), tickets.len() - 6);
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}

#[test]
fn what_was_changed_on_the_right_is_not_deleted() {
    let world = World::choosing(6, &DELETE);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    let (id, ticket) = tickets.first_key_value().unwrap();
    let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Changed in DevRev" });
    let (status, answer) = ask(&world.right, "POST /works.update", &change);
    assert_eq!(status, 200, "{answer}");
    delete_left(&world, "conversations", id);
    let (code, run) = world.sync();
    assert_eq!((code, sum(&run, "deleted")), (1, 0), "{run:#}");
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert!(
        problems.to_string().contains("changed on the right side since"),
        "{problems:#}"
    );
    assert_eq!(
        pairs(&world, "conversation", "ticket")[id]["title"],
        "Changed in DevRev"
    );
}
