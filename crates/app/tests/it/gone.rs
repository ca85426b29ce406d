//! What is gone on one side, on the other: counted, archived or deleted, never many unasked, and back again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    program::TwinProcess,
    world::{World, ask, records},
};

const DELETE: [&str; 2] = ["--set", "gone=delete"];

/// The Planhat ids of an object's records that the import keeps as such right records, with those.
pub fn pairs(world: &World, object: &str, right: &str) -> BTreeMap<String, Value> {
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

pub fn delete_left(world: &World, path: &str, id: &str) {
    let (status, answer) = ask(&world.left, &format!("DELETE /{path}/{id}"), &Value::Null);
    assert!(status < 300, "{path} {id}: {status} {answer}");
}

pub fn sum(run: &Value, field: &str) -> u64 {
    let lines = run.pointer("/report/lines").and_then(Value::as_array);
    let lines = lines.unwrap_or_else(|| panic!("a report has lines: {run:#}"));
    lines.iter().filter_map(|line| line[field].as_u64()).sum()
}

pub fn writes(run: &Value) -> u64 {
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

/// Changes the import's recipe so that tickets are archived.
fn archive_tickets(world: &World) {
    let (_, text) = world.text(&["recipe", "show", "acme"]);
    let rule = "    only: { type: ticket }\n";
    let changed = text.replace(
        rule,
        &format!("{rule}    gone: archive\n    archive: {{ stage: canceled }}\n"),
    );
    assert_ne!(changed, text);
    let file = world.folder().join("mine.yaml");
    std::fs::write(&file, &changed).unwrap();
    let path = file.display().to_string();
    let (code, said) = world.json(&["recipe", "edit", "acme", "--file", &path]);
    assert_eq!(code, 0, "{said:#}");
}

#[test]
fn what_is_archived_is_as_it_was_once_its_left_record_is_back() {
    let world = World::new(4, &[], &[]);
    archive_tickets(&world);
    assert_eq!(world.sync().0, 0);
    let stages = |world: &World| -> BTreeMap<String, Value> {
        let tickets = pairs(world, "conversation", "ticket").into_iter();
        tickets
            .map(|(id, ticket)| (id, ticket["stage"]["name"].clone()))
            .collect()
    };
    let before = stages(&world);
    let (id, _) = before.iter().find(|(_, stage)| *stage != "canceled").unwrap();
    delete_left(&world, "conversations", id);
    let (code, run) = world.sync();
    assert_eq!(
        (code, sum(&run, "archived"), sum(&run, "deleted")),
        (0, 1, 0),
        "{run:#}"
    );
    assert_eq!(stages(&world)[id], "canceled");
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
    // The left side as it was before anything was deleted.
    let sample = ["--control", "--sample", "4", "--seed", "1"];
    let left = TwinProcess::start(world.folder(), "planhat", &sample);
    let url = format!("http://{}", left.address);
    let (code, said) = world.json(&["connection", "change", "left", "--base-url", &url]);
    assert_eq!(code, 0, "{said:#}");
    let (code, run) = world.sync();
    assert_eq!((code, sum(&run, "created")), (0, 0), "{run:#}");
    assert_eq!(stages(&world), before);
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn deletions_that_are_killed_are_finished() {
    let world = World::choosing(12, &DELETE);
    assert_eq!(world.sync().0, 0);
    let began = std::time::Instant::now();
    assert_eq!(world.sync().0, 0);
    let took = began.elapsed();
    let tickets = pairs(&world, "conversation", "ticket");
    let all: Vec<&String> = tickets.keys().collect();
    let (gone, stay) = all.split_at(all.len() / 2);
    for id in gone {
        delete_left(&world, "conversations", id);
    }
    let sync = ["import", "sync", "acme", "--approve-deletes"];
    for kill in 1..=8 {
        let mut child = world.command(&sync).spawn().unwrap();
        std::thread::sleep(took * kill / 8);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, run) = world.json(&sync);
    assert_eq!(code, 0, "{run:#}");
    let left: Vec<String> = pairs(&world, "conversation", "ticket").into_keys().collect();
    assert_eq!(left.iter().collect::<Vec<_>>(), stay);
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}
