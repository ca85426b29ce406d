//! What was written is taken back, stays taken back, and nothing that somebody changed since is lost.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::{
    back::{both, left_of, right, ticket, writes},
    inbox::right_of,
    world::{World, ask, records},
};

/// A world in which a run wrote a ticket's title to the right; the ticket's ids on the left and the right, its old title,
/// and the run.
fn written() -> (World, String, String, String, String) {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (ticket, id) = ticket(&world);
    let old = ticket["title"].as_str().unwrap().to_owned();
    change_left(&world, &id, "Left title");
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let right_id = ticket["id"].as_str().unwrap().to_owned();
    assert_eq!(right_of(&world, "ticket", &right_id)["title"], "Left title");
    (world, id, right_id, old, run["id"].as_str().unwrap().to_owned())
}

fn change_left(world: &World, id: &str, title: &str) {
    let body = json!({ "subject": title });
    let (status, answer) = ask(&world.left, &format!("PUT /conversations/{id}"), &body);
    assert_eq!(status, 200, "{answer}");
}

fn change_right(world: &World, id: &str, title: &str) {
    let change = json!({ "id": id, "type": "ticket", "title": title });
    right(world, "works.update", change);
}

fn title(world: &World, right: &str) -> Value {
    right_of(world, "ticket", right)["title"].clone()
}

#[test]
fn a_field_that_is_taken_back_stays_so_until_the_left_changes_again() {
    let (world, left, right, old, _) = written();
    let undo = [
        "record",
        "undo",
        "acme",
        "conversation",
        left.as_str(),
        "--field",
        "title",
    ];
    let (code, shown) = world.json(&[&undo[..], &["--dry-run"]].concat());
    assert_eq!(code, 0, "{shown:#}");
    assert_eq!(shown["changes"][0]["fields"][0]["name"], "title");
    let as_left_says = [&undo[..6], &["subject", "--dry-run"]].concat();
    assert_eq!(world.json(&as_left_says), (0, shown));
    assert_eq!(title(&world, &right), "Left title");
    let (code, said) = world.json(&undo);
    assert_eq!(code, 2, "nobody can be asked: {said:#}");
    let (code, done) = world.json(&[&undo[..], &["--yes"]].concat());
    assert_eq!(code, 0, "{done:#}");
    assert_eq!(title(&world, &right), old.as_str());
    for _ in 0..2 {
        let (code, run) = both(&world);
        assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
    }
    assert_eq!(title(&world, &right), old.as_str());
    assert_eq!(left_of(&world, "conversation", &left)["subject"], "Left title");
    change_left(&world, &left, "Newer left title");
    assert_eq!(both(&world).0, 0);
    assert_eq!(title(&world, &right), "Newer left title");
}

#[test]
fn what_was_taken_back_can_be_taken_back_too() {
    let (world, _, right, old, run) = written();
    let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
    assert_eq!(code, 0, "{done:#}");
    assert_eq!(title(&world, &right), old.as_str());
    let (_, runs) = world.json(&["run", "list", "acme"]);
    assert_eq!(runs[0]["trigger"], "undo", "{runs:#}");
    let undone = runs[0]["id"].as_str().unwrap();
    let (code, done) = world.json(&["run", "undo", undone, "--yes"]);
    assert_eq!(code, 0, "{done:#}");
    assert_eq!(title(&world, &right), "Left title");
    let (code, run) = both(&world);
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}

#[test]
fn what_somebody_changed_since_stays_unless_forced() {
    let (world, left, right, old, run) = written();
    change_right(&world, &right, "Edited in DevRev");
    let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
    assert_eq!(code, 1, "{done:#}");
    let alone = done["left_alone"][0].to_string();
    assert!(alone.contains("changed on the right side after that"), "{done:#}");
    assert_eq!(title(&world, &right), "Edited in DevRev");
    let (code, done) = world.json(&["run", "undo", &run, "--yes", "--force"]);
    assert_eq!(code, 0, "{done:#}");
    assert_eq!(title(&world, &right), old.as_str());
    let (_, record) = world.json(&["record", "show", "acme", "ticket", &right]);
    let history = record["history"].to_string();
    assert!(
        history.contains("Edited in DevRev"),
        "what was overwritten is kept: {record:#}"
    );
    assert_eq!(record["left"]["id"], left.as_str());
}

#[test]
fn what_was_written_to_the_left_is_taken_back_too() {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (ticket, left) = ticket(&world);
    let right_id = ticket["id"].as_str().unwrap();
    let before = left_of(&world, "conversation", &left)["subject"].clone();
    change_right(&world, right_id, "Right title");
    let (code, run) = both(&world);
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(left_of(&world, "conversation", &left)["subject"], "Right title");
    let (code, done) = world.json(&["run", "undo", run["id"].as_str().unwrap(), "--yes"]);
    assert_eq!(code, 0, "{done:#}");
    assert_eq!(left_of(&world, "conversation", &left)["subject"], before);
    for _ in 0..2 {
        let (code, run) = both(&world);
        assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
    }
    assert_eq!(title(&world, right_id), "Right title");
    assert_eq!(left_of(&world, "conversation", &left)["subject"], before);
}

#[test]
fn a_run_says_line_by_line_what_it_did() {
    let (world, left, right, _, run) = written();
    let mut command = world.command(&["run", "report", &run, "--csv"]);
    let output = command.stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "object,left_id,right_id,outcome,why");
    assert_eq!(
        lines[1..],
        [format!("conversation,{left},{right},updated on the right,")]
    );
    let (_, record) = world.json(&["record", "show", "acme", "conversation", &left]);
    let made = &record["history"][0]["change"];
    let fields = made["fields"].as_array().unwrap();
    assert!(
        made["action"]["create"].is_object() && fields.len() > 5,
        "{made:#}"
    );
    let titles = record["fields"].as_array().unwrap().iter();
    let view = titles.clone().find(|view| view["field"] == "title").unwrap();
    assert_eq!(view["verdict"], "alike", "{view:#}");
}

#[test]
fn what_failed_is_tried_again_alone() {
    let world = World::new(4, &[], &[]);
    let people = records(&world.left).remove("enduser").unwrap();
    let person = people.into_iter().find(|one| one["email"].is_string()).unwrap();
    let make = |name: &str| {
        let body = json!({ "display_name": name, "email": person["email"] });
        let made = right(&world, "rev-users.create", body);
        made["rev_user"]["id"].as_str().unwrap().to_owned()
    };
    let (_, second) = (make("First"), make("Second"));
    let (code, run) = world.sync();
    assert_eq!(code, 1);
    let (_, open) = world.json(&["problem", "list", "acme", "--kind", "equal_candidates"]);
    let id = open[0]["id"].as_str().unwrap();
    assert_eq!(world.json(&["problem", "decide", id, "--pair", &second]).0, 0);
    let (code, again) = world.json(&["run", "retry", run["id"].as_str().unwrap()]);
    assert_eq!(code, 0, "{again:#}");
    assert_eq!(again["trigger"], "retry");
    let lines = again["report"]["lines"].as_array().unwrap().iter();
    let adopted: u64 = lines.filter_map(|line| line["adopted"].as_u64()).sum();
    assert_eq!(adopted, 1, "{again:#}");
    assert_ne!(right_of(&world, "rev_user", &second)["display_name"], "Second");
}

fn accounts(world: &World) -> usize {
    records(&world.right)["account"].len()
}

fn made(run: &Value) -> u64 {
    let lines = run["report"]["lines"].as_array().unwrap().iter();
    lines.filter_map(|line| line["created"].as_u64()).sum()
}

/// A world whose second run made one account; the left company and the run.
fn with_new_company() -> (World, String, String) {
    let world = World::new(4, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let body = json!({ "name": "Late Ltd", "externalId": "late" });
    let (status, answer) = ask(&world.left, "POST /companies", &body);
    assert!(status < 300, "{answer}");
    let company: Value = serde_json::from_str(&answer).unwrap();
    let (code, run) = world.sync();
    assert_eq!((code, made(&run)), (0, 1), "{run:#}");
    let id = company["_id"].as_str().unwrap().to_owned();
    (world, id, run["id"].as_str().unwrap().to_owned())
}

#[test]
fn what_a_run_made_goes_and_stays_away_until_that_is_taken_back() {
    let (world, _, run) = with_new_company();
    let there = accounts(&world);
    let (code, shown) = world.json(&["run", "undo", &run, "--dry-run"]);
    assert_eq!((code, accounts(&world)), (0, there), "{shown:#}");
    assert!(shown["changes"][0]["action"]["delete"].is_string(), "{shown:#}");
    let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
    assert_eq!((code, accounts(&world)), (0, there - 1), "{done:#}");
    for _ in 0..2 {
        let (code, run) = world.sync();
        assert_eq!(
            (code, writes(&run), accounts(&world)),
            (0, 0, there - 1),
            "{run:#}"
        );
    }
    let undone = done["run"]["id"].as_str().unwrap();
    let (_, again) = world.json(&["run", "undo", undone, "--yes"]);
    assert!(
        again.to_string().contains("the next sync makes it again"),
        "{again:#}"
    );
    let (code, run) = world.sync();
    assert_eq!((code, made(&run), accounts(&world)), (0, 1, there), "{run:#}");
    let (code, run) = world.sync();
    assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
}

#[test]
fn what_somebody_changed_goes_only_by_force() {
    let (world, company, run) = with_new_company();
    let there = accounts(&world);
    let all = records(&world.right);
    let late = all["account"]
        .iter()
        .find(|one| one["display_name"] == "Late Ltd");
    let id = late.unwrap()["id"].as_str().unwrap();
    right(
        &world,
        "accounts.update",
        json!({ "id": id, "display_name": "Mine" }),
    );
    let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
    assert_eq!((code, accounts(&world)), (1, there), "{done:#}");
    let alone = done["left_alone"][0].to_string();
    assert!(alone.contains("changed on the right side after that"), "{done:#}");
    assert!(alone.contains(&company), "{done:#}");
    let (code, done) = world.json(&["run", "undo", &run, "--yes", "--force"]);
    assert_eq!((code, accounts(&world)), (0, there - 1), "{done:#}");
}

#[test]
fn a_first_import_is_taken_back_whole() {
    let world = World::new(3, &[], &[]);
    let (_, first) = world.sync();
    let (_, done) = world.json(&["run", "undo", first["id"].as_str().unwrap(), "--yes"]);
    let left = records(&world.right);
    for object in ["account", "ticket", "conversation", "rev_user"] {
        let there = left.get(object).map_or(0, Vec::len);
        assert_eq!(there, 0, "{object}: {:#}", done["left_alone"]);
    }
    let (_, run) = world.sync();
    assert_eq!(made(&run), 0, "{run:#}");
}

/// A world in which a sync made a Planhat ticket of one of DevRev; the ids of both, and the run.
fn with_birth() -> (World, String, String, String) {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (old, _) = ticket(&world);
    let new = json!({
        "type": "ticket", "title": "Born in DevRev", "applies_to_part": old["applies_to_part"]["id"],
        "owned_by": [old["owned_by"][0]["id"]], "account": old["account"]["id"], "reported_by": [old["reported_by"][0]["id"]],
    });
    let made = right(&world, "works.create", new);
    let (code, run) = both(&world);
    assert_eq!(code, 0, "{run:#}");
    let born = conversations(&world)
        .into_iter()
        .find(|one| one["subject"] == "Born in DevRev");
    let id = born.expect("it was made")["_id"].as_str().unwrap().to_owned();
    let right = made["work"]["id"].as_str().unwrap().to_owned();
    (world, id, right, run["id"].as_str().unwrap().to_owned())
}

fn conversations(world: &World) -> Vec<Value> {
    records(&world.left).remove("conversation").unwrap()
}

fn is_on_the_left(world: &World, id: &str) -> bool {
    conversations(world).iter().any(|one| one["_id"] == id)
}

#[test]
fn what_was_made_on_the_left_goes_and_stays_away_until_that_is_taken_back() {
    let (world, left, right, run) = with_birth();
    let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
    assert_eq!((code, is_on_the_left(&world, &left)), (0, false), "{done:#}");
    for _ in 0..2 {
        let (code, run) = both(&world);
        assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
    }
    assert_eq!(title(&world, &right), "Born in DevRev");
    let undone = done["run"]["id"].as_str().unwrap();
    let (code, again) = world.json(&["run", "undo", undone, "--yes"]);
    let there = || {
        let all = conversations(&world);
        all.iter()
            .filter(|one| one["subject"] == "Born in DevRev")
            .count()
    };
    assert_eq!((code, there()), (0, 1), "{again:#}");
    // What Planhat fills in by itself follows.
    assert_eq!(both(&world).0, 0);
    let (code, run) = both(&world);
    assert_eq!((code, writes(&run), there()), (0, 0, 1), "{run:#}");
}

#[test]
fn what_somebody_changed_of_what_was_made_on_the_left_goes_only_by_force() {
    for is_read in [false, true] {
        let (world, left, _, run) = with_birth();
        change_left(&world, &left, "Mine");
        if is_read {
            assert_eq!(both(&world).0, 0);
        }
        let (code, done) = world.json(&["run", "undo", &run, "--yes"]);
        assert_eq!((code, is_on_the_left(&world, &left)), (1, true), "{done:#}");
        let alone = done["left_alone"].to_string();
        assert!(alone.contains("after that") && alone.contains(&left), "{done:#}");
        let (_, done) = world.json(&["run", "undo", &run, "--yes", "--force"]);
        assert!(!is_on_the_left(&world, &left), "{done:#}");
    }
}

/// The ticket of the import with this Planhat id.
fn ticket_of(world: &World, left: &str) -> Option<Value> {
    let key = format!("planhat:conversation:{left}");
    let all = records(&world.right).remove("ticket").unwrap();
    all.into_iter()
        .find(|ticket| ticket["external_ref"] == key.as_str())
}

#[test]
fn what_a_run_deleted_is_made_again_once_and_stays() {
    let world = World::choosing(6, &["--set", "gone=delete"]);
    assert_eq!(world.sync().0, 0);
    let (before, left) = ticket(&world);
    let (status, answer) = ask(
        &world.left,
        &format!("DELETE /conversations/{left}"),
        &Value::Null,
    );
    assert!(status < 300, "{answer}");
    let (code, run) = world.sync();
    assert_eq!((code, ticket_of(&world, &left)), (0, None), "{run:#}");
    let run = run["id"].as_str().unwrap();
    let (code, shown) = world.json(&["run", "undo", run, "--dry-run"]);
    assert_eq!((code, ticket_of(&world, &left)), (0, None), "{shown:#}");
    assert!(shown["changes"].to_string().contains(&left), "{shown:#}");
    let tickets = |world: &World| records(&world.right)["ticket"].len();
    let there = tickets(&world);
    let lost = json!({ "seed": 1, "rules": [{ "route": "POST /works.create", "fault": "lost_answer", "rate": 0.7 }] });
    ask(&world.right, "POST /_twin/faults", &lost);
    let (code, done) = world.json(&["run", "undo", run, "--yes"]);
    ask(&world.right, "POST /_twin/faults", &json!({}));
    let made = ticket_of(&world, &left).unwrap_or_else(|| panic!("{done:#}"));
    assert_eq!((code, tickets(&world)), (0, there + 1), "{done:#}");
    for field in [
        "title",
        "body",
        "severity",
        "account",
        "reported_by",
        "owned_by",
        "stage",
        "custom_fields",
    ] {
        assert_eq!(made[field], before[field], "{field}");
    }
    for _ in 0..2 {
        let (code, run) = both(&world);
        assert_eq!((code, writes(&run)), (0, 0), "{run:#}");
        assert_eq!(ticket_of(&world, &left).unwrap()["id"], made["id"]);
    }
    // That can be taken back as well.
    let undone = done["run"]["id"].as_str().unwrap();
    let (code, done) = world.json(&["run", "undo", undone, "--yes"]);
    assert_eq!((code, ticket_of(&world, &left)), (0, None), "{done:#}");
}
