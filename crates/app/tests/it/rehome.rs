//! A conversation that becomes another kind keeps its identity: its counterpart follows, with all that hangs on it.

use serde_json::{Value, json};

use crate::world::{World, ask, records};

/// What the right side keeps of a conversation: its object, and the record.
fn counterparts(world: &World, id: &str) -> Vec<(String, Value)> {
    let key = format!("planhat:conversation:{id}");
    let mut found = Vec::new();
    for (object, all) in records(&world.right) {
        if ["ticket", "conversation", "meeting", "custom_object"].contains(&object.as_str()) {
            let ours = all.into_iter().filter(|record| record.to_string().contains(&key));
            found.extend(ours.map(|record| (object.clone(), record)));
        }
    }
    found
}

/// The one counterpart of a conversation, which is such a record.
fn counterpart(world: &World, id: &str, object: &str) -> Value {
    let found = counterparts(world, id);
    let objects: Vec<&str> = found.iter().map(|(object, _)| object.as_str()).collect();
    assert_eq!(objects, [object], "{found:#?}");
    found.into_iter().next().unwrap().1
}

/// What is said about a right record, in its order.
fn said(world: &World, right: &Value) -> Vec<Value> {
    let all = records(&world.right).remove("timeline_entry").unwrap_or_default();
    let about = all.into_iter().filter(|entry| entry["object"] == right["id"]);
    about
        .filter(|entry| entry["type"] != "timeline_change_event")
        .collect()
}

fn bodies(entries: &[Value]) -> Vec<String> {
    let texts = entries.iter().filter_map(|entry| entry["body"].as_str());
    let mut texts: Vec<String> = texts
        .map(|text| text.lines().last().unwrap_or_default().to_owned())
        .collect();
    texts.sort();
    texts
}

fn turn_into(world: &World, id: &str, kind: &str) {
    let (status, answer) = ask(
        &world.left,
        &format!("PUT /conversations/{id}"),
        &json!({ "type": kind }),
    );
    assert_eq!(status, 200, "{answer}");
}

fn writes(run: &Value) -> u64 {
    run.pointer("/report/right_calls/writes")
        .and_then(Value::as_u64)
        .unwrap()
}

fn sum(run: &Value, field: &str) -> u64 {
    let lines = run.pointer("/report/lines").and_then(Value::as_array).unwrap();
    lines.iter().filter_map(|line| line[field].as_u64()).sum()
}

/// A sync that comes to its end, and one more that finds nothing to do.
fn settled(world: &World) -> Value {
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{problems} {run}");
    let (code, again) = world.sync();
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
    run
}

const TYPES: [&str; 2] = ["--set", "conversation_types=Training"];

const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// A note with two comments, tags and a picture.
fn note(world: &World) -> String {
    let company = records(&world.left).remove("company").unwrap()[0]["_id"].clone();
    let note = json!({
        "companyId": company,
        "type": "note",
        "subject": "Changes its kind",
        "description": format!("<p>Look: <img src=\"{IMAGE}\" alt=\"dot\"></p>"),
        "activityTags": ["one", "two"],
    });
    let (status, answer) = ask(&world.left, "POST /conversations", &note);
    assert!(status < 300, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let id = answer["_id"].as_str().unwrap().to_owned();
    for text in ["first", "second"] {
        comment(world, &id, text);
    }
    id
}

fn comment(world: &World, id: &str, text: &str) {
    let body = json!({ "commentableId": id, "text": format!("<p>{text}</p>") });
    let (status, answer) = ask(&world.left, "POST /comments", &body);
    assert!(status < 300, "{answer}");
}

#[test]
fn a_note_becomes_a_ticket_and_a_note_again_with_all_that_hangs_on_it() {
    let world = World::new(3, &TYPES, &[]);
    let id = note(&world);
    settled(&world);
    let first = counterpart(&world, &id, "conversation");
    assert_eq!(bodies(&said(&world, &first)), ["first", "second"]);

    turn_into(&world, &id, "ticket");
    let (code, preview) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{preview:#}");
    assert_eq!(
        preview["lines"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|line| line["rehomed"].as_u64())
            .sum::<u64>(),
        1
    );
    let run = settled(&world);
    assert_eq!(sum(&run, "rehomed"), 3, "itself and two comments: {run:#}");
    let ticket = counterpart(&world, &id, "ticket");
    assert_eq!(bodies(&said(&world, &ticket)), ["first", "second"]);
    assert_eq!(said(&world, &first), [Value::Null; 0]);
    let tags = &ticket["custom_fields"]["tnt__ph_activity_tags"];
    assert_eq!(tags.as_array().map(Vec::len), Some(2), "{ticket:#}");
    assert_eq!(
        ticket["artifacts"].as_array().map(Vec::len),
        Some(1),
        "{ticket:#}"
    );

    comment(&world, &id, "third");
    turn_into(&world, &id, "Training");
    settled(&world);
    let third = counterpart(&world, &id, "conversation");
    assert_ne!(third["id"], first["id"]);
    assert_eq!(third["custom_fields"]["tnt__ph_type"], "Training", "{third:#}");
    assert_eq!(bodies(&said(&world, &third)), ["first", "second", "third"]);
    assert_eq!(third["tags"].as_array().map(Vec::len), Some(2), "{third:#}");

    turn_into(&world, &id, "ticket");
    settled(&world);
    turn_into(&world, &id, "note");
    settled(&world);
    let last = counterpart(&world, &id, "conversation");
    assert_eq!(bodies(&said(&world, &last)), ["first", "second", "third"]);

    let (code, said) = world.json(&["import", "delete", "acme", "--yes"]);
    assert_eq!(code, 0, "{said:#}");
    assert_eq!(counterparts(&world, &id).len(), 0);
}

fn update_ticket(world: &World, ticket: &Value, change: Value) {
    let mut body = change;
    body["id"] = ticket["id"].clone();
    body["type"] = json!("ticket");
    let (status, answer) = ask(&world.right, "POST /works.update", &body);
    assert_eq!(status, 200, "{answer}");
}

fn left(world: &World, id: &str) -> Value {
    let (status, answer) = ask(&world.left, &format!("GET /conversations/{id}"), &Value::Null);
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

/// The texts of the open problems about a record.
fn problems(world: &World, id: &str) -> String {
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    let of_it = problems.as_array().unwrap().iter();
    let of_it = of_it.filter(|problem| problem["record"] == id);
    of_it.map(|problem| problem["text"].to_string()).collect()
}

/// A ticket whose title somebody changed in DevRev, and whose note became a training; the sync of that in a direction.
fn changed_on_the_right(direction: &'static str) -> (World, String, Value, [&'static str; 5]) {
    let world = World::new(3, &TYPES, &[]);
    let id = note(&world);
    turn_into(&world, &id, "ticket");
    settled(&world);
    let ticket = counterpart(&world, &id, "ticket");
    update_ticket(&world, &ticket, json!({ "title": "Said in DevRev" }));
    turn_into(&world, &id, "Training");
    let sync = ["import", "sync", "acme", "--direction", direction];
    let (code, run) = world.json(&sync);
    assert_eq!(code, 0, "{run:#}");
    (world, id, ticket, sync)
}

#[test]
fn what_was_changed_on_the_right_goes_back_before_its_record_becomes_another_kind() {
    let (world, id, _, sync) = changed_on_the_right("both");
    let conversation = counterpart(&world, &id, "conversation");
    assert_eq!(conversation["title"], "Said in DevRev");
    assert_eq!(bodies(&said(&world, &conversation)), ["first", "second"]);
    assert_eq!(left(&world, &id)["subject"], "Said in DevRev");
    let (code, again) = world.json(&sync);
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
}

#[test]
fn what_was_changed_on_the_right_stays_on_the_old_one_where_the_left_side_owns_it_on_the_new_one() {
    let (world, id, ticket, sync) = changed_on_the_right("forward");
    let found = counterparts(&world, &id);
    let of = |object: &str| {
        found
            .iter()
            .find(|(kind, _)| kind == object)
            .map(|(_, record)| record)
    };
    let conversation = of("conversation").unwrap();
    assert_eq!(conversation["title"], "Changes its kind");
    assert_eq!(bodies(&said(&world, conversation)), ["first", "second"]);
    let old = of("ticket").unwrap();
    assert_eq!(
        (&old["id"], &old["title"]),
        (&ticket["id"], &json!("Said in DevRev"))
    );
    assert!(
        problems(&world, &id).contains("title"),
        "{}",
        problems(&world, &id)
    );
    assert_eq!(left(&world, &id)["subject"], "Changes its kind");
    let (code, again) = world.json(&sync);
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
}

#[test]
fn an_old_counterpart_with_something_of_somebody_elses_stays_and_is_taken_up_again() {
    let world = World::new(3, &TYPES, &[]);
    let id = note(&world);
    turn_into(&world, &id, "ticket");
    settled(&world);
    let ticket = counterpart(&world, &id, "ticket");
    let remark = json!({ "type": "timeline_comment", "object": ticket["id"], "body": "a remark", "visibility": "internal" });
    let (status, answer) = ask(&world.right, "POST /timeline-entries.create", &remark);
    assert_eq!(status, 201, "{answer}");
    turn_into(&world, &id, "note");
    let run = settled(&world);
    assert_eq!(sum(&run, "left_behind"), 1, "{run:#}");
    assert!(
        problems(&world, &id).contains("others said something there"),
        "{}",
        problems(&world, &id)
    );
    assert_eq!(bodies(&said(&world, &ticket)), ["a remark"]);
    assert_eq!(counterparts(&world, &id).len(), 2);
    turn_into(&world, &id, "ticket");
    settled(&world);
    let again = counterpart(&world, &id, "ticket");
    assert_eq!(again["id"], ticket["id"]);
    assert_eq!(bodies(&said(&world, &again)), ["a remark", "first", "second"]);
    assert_eq!(problems(&world, &id), "");

    // What has no place in a conversation.
    update_ticket(&world, &again, json!({ "stage": { "name": "in_development" } }));
    turn_into(&world, &id, "note");
    settled(&world);
    assert!(
        problems(&world, &id).contains("`stage`"),
        "{}",
        problems(&world, &id)
    );
    let (code, deleted) = world.json(&["import", "delete", "acme", "--yes"]);
    assert_eq!(code, 0, "{deleted:#}");
    assert_eq!(counterparts(&world, &id).len(), 0);
}

/// The counterpart is of the kind that the record is, and its comments are there, each once.
fn check_followed(world: &World, id: &str, kind: &str) {
    let object = if kind == "ticket" {
        "ticket"
    } else {
        "conversation"
    };
    let right = counterpart(world, id, object);
    assert_eq!(bodies(&said(world, &right)), ["first", "second"], "{kind}");
}

#[test]
fn a_lost_answer_at_any_request_of_a_move_makes_nothing_twice() {
    let world = World::new(2, &TYPES, &[]);
    let id = note(&world);
    settled(&world);
    for (at, kind) in ["ticket", "note"].into_iter().enumerate() {
        let rule = |route: &str| json!({ "route": route, "rate": 0.5, "fault": "lost_answer" });
        let rules: Vec<Value> = [
            "POST /works.*",
            "POST /conversations.*",
            "POST /timeline-entries.*",
        ]
        .map(rule)
        .to_vec();
        let faults = json!({ "seed": at, "rules": rules });
        assert!(ask(&world.right, "POST /_twin/faults", &faults).0 < 300);
        turn_into(&world, &id, kind);
        world.sync();
        ask(
            &world.right,
            "POST /_twin/faults",
            &json!({ "seed": 1, "rules": [] }),
        );
        settled(&world);
        check_followed(&world, &id, kind);
    }
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn a_move_that_is_killed_again_and_again_comes_to_the_same_end() {
    let world = World::new(2, &TYPES, &[]);
    let id = note(&world);
    settled(&world);
    let began = std::time::Instant::now();
    turn_into(&world, &id, "ticket");
    settled(&world);
    let took = began.elapsed() / 2;
    for kind in ["Training", "ticket", "note"] {
        turn_into(&world, &id, kind);
        for kill in 1..=8 {
            let mut child = world.command(&["import", "sync", "acme"]).spawn().unwrap();
            std::thread::sleep(took * kill / 8);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        settled(&world);
        check_followed(&world, &id, kind);
    }
}
