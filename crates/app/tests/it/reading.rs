//! Reading again: what changed last and a part of the rest, everything on request, and a part of an import.

use serde_json::{Value, json};

use crate::{
    back::{sum, writes},
    world::{World, ask, records},
};

/// More conversations than fit a page, so that reading all of them costs more than a look.
const COMPANIES: usize = 200;

fn read_of<'a>(run: &'a Value, side: &str, object: &str) -> &'a Value {
    let reads = run.pointer("/report/certificate/rests_on");
    let reads = reads.and_then(Value::as_array);
    reads
        .and_then(|reads| {
            let is_it = |read: &&Value| read["side"] == side && read["object"] == object;
            reads.iter().find(is_it)
        })
        .unwrap_or_else(|| panic!("nothing says how {side} {object} was read: {run:#}"))
}

fn reads(run: &Value, side: &str) -> u64 {
    let reads = run.pointer(&format!("/report/{side}_calls/reads"));
    reads.and_then(Value::as_u64).unwrap()
}

/// How often the left twin was asked for conversations.
fn asked(world: &World) -> u64 {
    let (_, stats) = ask(&world.left, "GET /_twin/stats", &Value::Null);
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let routes = stats["routes"].as_object().unwrap();
    let of = routes
        .iter()
        .filter(|(route, _)| route.ends_with(" /conversations"))
        .flat_map(|(_, counts)| counts.as_object().into_iter().flatten());
    of.filter_map(|(_, count)| count.as_u64()).sum()
}

/// One conversation's id, and the text that an update gives it.
fn rename(world: &World, id: &str, subject: &str) {
    let body = json!({ "subject": subject });
    let (status, answer) = ask(&world.left, &format!("PUT /conversations/{id}"), &body);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_look_finds_what_changed_and_a_rescan_reads_everything() {
    let world = World::new(COMPANIES, &[], &[]);
    let (code, first) = world.sync();
    assert_eq!(code, 0, "{first:#}");
    assert_eq!(read_of(&first, "left", "conversation")["how"], "whole");
    let before = asked(&world);
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{second:#}");
    assert_eq!(sum(&second, "created") + sum(&second, "updated"), 0, "{second:#}");
    assert_eq!(writes(&second), 0, "{second:#}");
    let read = read_of(&second, "left", "conversation");
    assert_eq!(
        (&read["how"], &read["within_runs"]),
        (&json!("parts"), &json!(24))
    );
    assert!(
        asked(&world) - before <= 2,
        "one look, and one page of the round at most"
    );
    assert!(reads(&second, "right") * 5 < reads(&first, "right"), "{second:#}");

    let all = records(&world.left).remove("conversation").unwrap();
    let id = all[0]["_id"].as_str().unwrap();
    rename(&world, id, "Another subject");
    // What is written as it was moves its date, and is no change.
    let same = all[1]["subject"].as_str().unwrap_or_default();
    rename(&world, all[1]["_id"].as_str().unwrap(), same);
    let (code, third) = world.sync();
    assert_eq!(code, 0, "{third:#}");
    assert_eq!(sum(&third, "updated"), 1, "{third:#}");
    assert_eq!(read_of(&third, "left", "conversation")["how"], "parts");

    let (code, rescan) = world.json(&["import", "rescan", "acme", "--objects", "enduser"]);
    assert_eq!(code, 0, "{rescan:#}");
    assert_eq!(read_of(&rescan, "left", "enduser")["how"], "whole");
    let only = &rescan["report"]["certificate"]["only"];
    assert!(only.as_array().is_some_and(|only| !only.is_empty()), "{rescan:#}");
    let (code, rescan) = world.json(&["import", "rescan", "acme"]);
    assert_eq!(code, 0, "{rescan:#}");
    assert_eq!(read_of(&rescan, "left", "conversation")["how"], "whole");
    assert_eq!(writes(&rescan), 0, "{rescan:#}");
    assert!(rescan["report"]["certificate"]["only"].is_null());
}

#[test]
fn a_part_of_an_import_reads_and_writes_nothing_else() {
    let world = World::new(4, &[], &[]);
    // What a company refers to may be in another part.
    let (_, part) = world.json(&["import", "sync", "acme", "--objects", "user,account"]);
    let only = part.pointer("/report/certificate/only").and_then(Value::as_array);
    assert!(
        only.is_some_and(|only| only.contains(&json!("company"))),
        "{part:#}"
    );
    let made = records(&world.right);
    let count = |object: &str| made.get(object).map_or(0, Vec::len);
    assert_eq!(count("account"), 4);
    assert_eq!((count("ticket"), count("rev_user")), (0, 0));
    let (code, all) = world.sync();
    assert_eq!(code, 0, "{all:#}");
    assert!(sum(&all, "created") > 20, "{all:#}");
    let lines = all["report"]["lines"].as_array().unwrap();
    let company = lines.iter().find(|line| line["pairing"] == "company").unwrap();
    assert_eq!((&company["created"], &company["left"]), (&json!(0), &json!(4)));
    let (code, refused) = world.json(&["import", "sync", "acme", "--objects", "tickets"]);
    assert_ne!(code, 0, "{refused:#}");
}

#[test]
fn what_is_deleted_on_the_left_is_noticed_once_it_is_proved() {
    let world = World::new(4, &[], &[]);
    let (code, first) = world.sync();
    assert_eq!(code, 0, "{first:#}");
    let all = records(&world.left).remove("license").unwrap();
    let id = all[0]["_id"].as_str().unwrap();
    let (status, answer) = ask(&world.left, &format!("DELETE /licenses/{id}"), &Value::Null);
    assert_eq!(status, 200, "{answer}");
    for _ in 0..2 {
        let (code, run) = world.sync();
        assert_eq!(code, 0, "{run:#}");
        assert_eq!(run["report"]["gone"]["license"], json!(1), "{run:#}");
    }
}
