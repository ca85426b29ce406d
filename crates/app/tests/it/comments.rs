//! What people say in DevRev goes back to Planhat, once, to nobody who could not see it, and comes to rest.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    back::{both, left_of, right, sum, ticket, writes},
    world::{World, ask, records},
};

const BACK: [&str; 2] = ["--set", "comments_back=true"];

fn world(left: &[&str], right: &[&str]) -> World {
    let world = World::of(3, left, right, &BACK);
    assert_eq!(world.sync().0, 0);
    world
}

fn comments(world: &World) -> Vec<Value> {
    records(&world.left).remove("comment").unwrap_or_default()
}

fn entries(world: &World) -> Vec<Value> {
    records(&world.right).remove("timeline_entry").unwrap_or_default()
}

fn text(record: &Value) -> &str {
    record["text"].as_str().or(record["body"].as_str()).unwrap()
}

/// The comments of Planhat that say this.
fn saying(world: &World, words: &str) -> Vec<Value> {
    let mut all = comments(world);
    all.retain(|comment| text(comment).contains(words));
    all
}

fn entry(world: &World, id: &Value) -> Value {
    entries(world)
        .into_iter()
        .find(|entry| &entry["id"] == id)
        .unwrap()
}

/// Says something about a ticket of the import; the entry.
fn say(world: &World, body: &str, visibility: &str) -> Value {
    let (ticket, _) = ticket(world);
    let comment = json!({
        "type": "timeline_comment", "object": ticket["id"], "body": body, "visibility": visibility,
    });
    right(world, "timeline-entries.create", comment)["timeline_entry"].clone()
}

fn change(world: &World, entry: &Value, body: &str) {
    let change = json!({ "type": "timeline_comment", "id": entry["id"], "body": body });
    right(world, "timeline-entries.update", change);
}

/// Nothing is left to do, on either side, in either direction.
fn is_quiet(world: &World) {
    let before = (comments(world).len(), entries(world).len());
    for again in [both(world), world.sync(), both(world)] {
        assert_eq!((again.0, writes(&again.1)), (0, 0), "{:#}", again.1);
    }
    assert_eq!((comments(world).len(), entries(world).len()), before);
}

/// A comment that was imported: the entry, and the Planhat id.
fn imported(world: &World) -> (Value, String) {
    let key = |entry: &Value| {
        Some(
            entry["external_ref"]
                .as_str()?
                .strip_prefix("planhat:comment:")?
                .to_owned(),
        )
    };
    let found = entries(world)
        .into_iter()
        .find_map(|entry| Some((key(&entry)?, entry)));
    let (id, entry) = found.expect("a comment was imported");
    (entry, id)
}

#[test]
fn a_comment_that_is_changed_on_the_right_changes_on_the_left() {
    let world = world(&[], &[]);
    let (entry, id) = imported(&world);
    let line = text(&entry).lines().next().unwrap().to_owned();
    change(&world, &entry, &format!("{line}\n\nNow **bold**."));
    let (code, run) = both(&world);
    assert_eq!((code, sum(&run, "left_updated")), (0, 1), "{run:#}");
    let left = left_of(&world, "comment", &id);
    assert_eq!(text(&left).trim(), "<p>Now <strong>bold</strong>.</p>");
    is_quiet(&world);
    let (_, run) = world.json(&["import", "sync", "acme", "--direction", "both"]);
    let of_comments = |read: &&Value| read["object"] == "comment" && read["side"] == "right";
    let reads = run
        .pointer("/report/certificate/rests_on")
        .unwrap()
        .as_array()
        .unwrap();
    let read = reads.iter().find(of_comments).unwrap();
    assert_eq!(
        (&read["how"], &read["within_runs"]),
        (&json!("below"), &json!(24))
    );
}

#[test]
fn what_both_sides_changed_of_a_comment_waits_for_a_person() {
    let world = world(&[], &[]);
    let (entry, id) = imported(&world);
    change(&world, &entry, "Theirs");
    let (status, answer) = ask(
        &world.left,
        &format!("PUT /comments/{id}"),
        &json!({ "text": "<p>Ours</p>" }),
    );
    assert_eq!(status, 200, "{answer}");
    // Also where nothing goes back in this run, nobody's words are written over.
    assert_eq!(world.sync().0, 1);
    assert_eq!(both(&world).0, 1);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert!(
        problems.to_string().contains("both sides changed `body`"),
        "{problems:#}"
    );
    assert_eq!(text(&self::entry(&world, &entry["id"])), "Theirs");
    assert_eq!(text(&left_of(&world, "comment", &id)), "<p>Ours</p>");
}

#[test]
fn what_a_person_says_on_the_right_is_said_on_the_left_once() {
    for settings in [
        &[][..],
        &["--set", "comment_moves_parent=yes"],
        &["--set", "timeline_entries=all"],
    ] {
        let world = world(
            &[
                "--set",
                "comment_author=account",
                "--set",
                "comment_markup=rewritten",
            ],
            settings,
        );
        let said = say(&world, "Hello *there*", "internal");
        let (code, run) = both(&world);
        assert_eq!((code, sum(&run, "left_created")), (0, 1), "{run:#}");
        let found = saying(&world, "Hello");
        let [born] = found.as_slice() else {
            panic!("{found:#?}")
        };
        assert_eq!(born["commentableId"], json!(ticket(&world).1));
        let name = said["created_by"]["display_name"].as_str().unwrap();
        assert!(
            text(born).starts_with("<p><i>DevRev comment ") && text(born).contains(name),
            "{born:#}"
        );
        is_quiet(&world);
        assert_eq!(text(&entry(&world, &said["id"])), "Hello *there*");
        // Each side may go on, and nobody hears how it came.
        change(&world, &said, "Good *bye*");
        let (code, run) = both(&world);
        assert_eq!((code, sum(&run, "left_updated")), (0, 1), "{run:#}");
        let line = text(born).split("</p>").next().unwrap().to_owned();
        let born = left_of(&world, "comment", born["_id"].as_str().unwrap());
        assert_eq!(text(&born).trim(), format!("{line}</p><p>Good <i>bye</i></p>"));
        let body = json!({ "text": text(&born).replace("Good", "No") });
        ask(
            &world.left,
            &format!("PUT /comments/{}", born["_id"].as_str().unwrap()),
            &body,
        );
        let (code, run) = both(&world);
        assert_eq!((code, sum(&run, "updated")), (0, 1), "{run:#}");
        assert_eq!(text(&entry(&world, &said["id"])), "No *bye*");
        is_quiet(&world);
    }
}

#[test]
fn nothing_is_said_on_the_left_that_nobody_chose() {
    let world = World::new(3, &[], &[]);
    assert_eq!(world.sync().0, 0);
    say(&world, "Hello", "internal");
    is_quiet(&world);
    assert!(saying(&world, "Hello").is_empty());
}

#[test]
fn what_a_few_may_see_stays_theirs_and_what_all_may_see_is_not_added_to() {
    let world = world(&[], &[]);
    say(&world, "Secret", "private");
    let open = say(&world, "Open", "external");
    let (code, run) = both(&world);
    assert_eq!((code, sum(&run, "left_created")), (0, 1), "{run:#}");
    assert!(saying(&world, "Secret").is_empty());
    is_quiet(&world);
    let born = saying(&world, "Open").remove(0);
    let body = json!({ "text": format!("{}<p>Never tell them</p>", text(&born)) });
    ask(
        &world.left,
        &format!("PUT /comments/{}", born["_id"].as_str().unwrap()),
        &body,
    );
    assert_eq!(both(&world).0, 1);
    assert_eq!(text(&entry(&world, &open["id"])), "Open");
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert!(
        problems.to_string().contains("its counterpart is public"),
        "{problems:#}"
    );
}

#[test]
fn an_answer_that_is_lost_says_nothing_twice() {
    let world = world(
        &[
            "--set",
            "comment_markup=rewritten",
            "--set",
            "comment_author=account",
        ],
        &[],
    );
    say(&world, "Hello", "internal");
    let faults =
        json!({ "seed": 1, "rules": [{ "route": "POST /comments", "fault": "lost_answer", "rate": 0.6 }] });
    let (status, answer) = ask(&world.left, "POST /_twin/faults", &faults);
    assert!(status < 300, "{answer}");
    let (code, run) = both(&world);
    assert_eq!((code, sum(&run, "left_created")), (0, 1), "{run:#}");
    assert_eq!(saying(&world, "Hello").len(), 1);
    is_quiet(&world);
}

/// Says something, and kills the sync that has just said it on the left, before it knows.
fn killed() -> World {
    let world = world(&["--set", "comment_markup=rewritten"], &[]);
    say(&world, "Hello", "internal");
    let faults = json!({ "seed": 1, "rules": [{ "route": "POST /comments", "fault": "delay", "delay_ms": 3000, "rate": 1.0 }] });
    ask(&world.left, "POST /_twin/faults", &faults);
    let mut sync = world
        .command(&["import", "sync", "acme", "--direction", "both"])
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while saying(&world, "Hello").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never said it");
    }
    sync.kill().unwrap();
    sync.wait().unwrap();
    ask(&world.left, "POST /_twin/faults", &json!({}));
    world
}

#[test]
fn a_sync_that_is_killed_says_nothing_twice() {
    for directions in [["both", "both"], ["reverse", "forward"]] {
        let world = killed();
        let said = entries(&world).len();
        for direction in directions {
            let (code, run) = world.json(&["import", "sync", "acme", "--direction", direction]);
            let (_, problems) = world.json(&["problem", "list", "acme"]);
            assert_eq!(code, 0, "{direction}: {problems:#} {run:#}");
        }
        assert_eq!((saying(&world, "Hello").len(), entries(&world).len()), (1, said));
        is_quiet(&world);
    }
}

#[test]
fn an_import_that_was_forgotten_knows_them_again() {
    let world = world(&[], &[]);
    say(&world, "Hello", "internal");
    assert_eq!(both(&world).0, 0);
    let before = (comments(&world).len(), entries(&world).len());
    assert_eq!(world.json(&["import", "remove", "acme"]).0, 0);
    world.create(&BACK);
    let (code, run) = both(&world);
    assert_eq!(code, 0, "{run:#}");
    assert_eq!((comments(&world).len(), entries(&world).len()), before);
    is_quiet(&world);
    assert_eq!((comments(&world).len(), entries(&world).len()), before);
}

#[test]
fn where_the_left_side_takes_no_comments_it_is_said_and_the_rest_goes_on() {
    let world = world(&["--set", "comment_writes=refuse"], &[]);
    let (entry, id) = imported(&world);
    let before = text(&left_of(&world, "comment", &id)).to_owned();
    change(&world, &entry, "Changed");
    say(&world, "Hello", "internal");
    let (ticket, _) = ticket(&world);
    let title = json!({ "id": ticket["id"], "type": "ticket", "title": "Changed too" });
    right(&world, "works.update", title);
    let (code, run) = both(&world);
    assert_eq!(
        (code, sum(&run, "left_updated")),
        (1, 1),
        "{run:#} {:#}",
        world.json(&["problem", "list", "acme"]).1
    );
    assert_eq!(text(&left_of(&world, "comment", &id)), before);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    let problems = problems.to_string();
    assert!(
        problems.contains("nothing documents that a workspace takes comments"),
        "{problems}"
    );
    assert!(problems.contains("lets comments be changed"), "{problems}");
    assert_eq!(both(&world).0, 1);
}
