//! What somebody deleted in DevRev: proved, then decided, made again or left out, once, with all that hung on it.

use serde_json::{Value, json};

use crate::{
    back::right,
    gone::{delete_left, pairs, sum, writes},
    people::{contacts, make},
    world::{World, ask, records},
};

const AGAIN: [&str; 2] = ["--set", "gone_right=again"];
const LEAVE: [&str; 2] = ["--set", "gone_right=leave"];

fn rescan(world: &World) -> (i32, Value) {
    world.json(&["import", "rescan", "acme"])
}

/// What is open, pictures apart.
pub fn problems(world: &World) -> Vec<Value> {
    let (code, list) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{list:#}");
    let open = list.as_array().unwrap().iter();
    // What lies on other hosts is had by no rehearsal.
    open.filter(|open| open["kind"] != "missing_file")
        .cloned()
        .collect()
}

/// The run ended well, and the next one finds nothing to do.
pub fn at_rest(world: &World, run: &(i32, Value)) {
    let (code, run) = run;
    assert_eq!(
        *code,
        0,
        "{:#?} {:#}",
        problems(world),
        run["report"]["certificate"]["gaps"]
    );
    let (code, again) = world.sync();
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
}

/// A ticket with two comments: the conversation's id, and the ticket.
fn discussed(world: &World) -> (String, Value) {
    let (id, _) = pairs(world, "conversation", "ticket").pop_first().unwrap();
    for text in ["first", "second"] {
        make(
            world,
            "comments",
            &json!({ "commentableId": id, "text": format!("<p>{text}</p>") }),
        );
    }
    assert_eq!(world.sync().0, 0);
    let ticket = pairs(world, "conversation", "ticket").remove(&id).unwrap();
    assert_eq!(said(world, &ticket).len(), 2);
    (id, ticket)
}

fn said(world: &World, about: &Value) -> Vec<Value> {
    let all = records(&world.right).remove("timeline_entry").unwrap_or_default();
    let about = all.into_iter().filter(|entry| entry["object"] == about["id"]);
    about
        .filter(|entry| {
            entry["external_ref"]
                .as_str()
                .unwrap_or_default()
                .starts_with("planhat:comment:")
        })
        .collect()
}

fn delete(world: &World, call: &str, record: &Value) {
    right(world, call, json!({ "id": record["id"] }));
}

/// It is there once, as another record, and so is what is said about it.
fn is_made_again(world: &World, id: &str, before: &Value) {
    let ticket = pairs(world, "conversation", "ticket").remove(id).unwrap();
    assert_ne!(ticket["id"], before["id"]);
    assert_eq!(ticket["title"], before["title"]);
    assert_eq!(said(world, &ticket).len(), 2);
    let all = records(&world.right).remove("ticket").unwrap();
    let same = all.iter().filter(|other| other["title"] == before["title"]);
    assert_eq!(same.count(), 1);
}

#[test]
fn what_was_deleted_is_asked_about_and_made_again_on_a_person_s_word() {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    delete(&world, "works.delete", &ticket);
    let (code, run) = rescan(&world);
    assert_eq!((code, writes(&run)), (1, 0), "{run:#}");
    let missing = run["report"]["certificate"]["missing"].to_string();
    assert!(
        missing.contains(&id) && missing.contains("is gone from the right side"),
        "{missing}"
    );
    let open = problems(&world);
    let texts = json!(open).to_string();
    assert_eq!(open.len(), 3, "{open:#?}");
    assert_eq!(
        texts.matches("went with that of the conversation").count(),
        2,
        "{texts}"
    );
    // It is told again, and nothing is done or asked for.
    let (code, run) = world.sync();
    let reads = run["report"]["right_calls"]["reads"].as_u64().unwrap();
    assert_eq!((code, writes(&run)), (1, 0), "{run:#}");
    let (_, run) = world.sync();
    assert_eq!(run["report"]["right_calls"]["reads"].as_u64(), Some(reads));
    let asked = open
        .iter()
        .find(|open| open["kind"] == "gone_on_the_right")
        .unwrap();
    let (code, said) = world.json(&[
        "problem",
        "decide",
        asked["id"].as_str().unwrap(),
        "--take",
        "left",
    ]);
    assert_eq!((code, &said["decided"]), (0, &json!(1)), "{said:#}");
    let run = world.sync();
    assert_eq!(sum(&run.1, "created"), 3, "{:#}", run.1);
    at_rest(&world, &run);
    is_made_again(&world, &id, &ticket);
}

#[test]
fn what_was_deleted_is_left_out_on_a_person_s_word_and_counted() {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    delete(&world, "works.delete", &ticket);
    assert_eq!(rescan(&world).0, 1);
    let decide = [
        "problem",
        "decide",
        "--all",
        "--kind",
        "gone_on_the_right",
        "--take",
        "right",
    ];
    let (code, said) = world.json(&decide);
    assert_eq!((code, &said["decided"]), (0, &json!(1)), "{said:#}");
    let run = world.sync();
    at_rest(&world, &run);
    let left_out = run.1["report"]["certificate"]["left_out"].as_array().unwrap();
    let count = |pairing: &str| {
        let found = left_out.iter().find(|out| out["pairing"] == pairing);
        found.and_then(|out| out["records"].as_u64())
    };
    assert_eq!(
        (count("ticket"), count("comment")),
        (Some(1), Some(2)),
        "{left_out:#?}"
    );
    assert!(!pairs(&world, "conversation", "ticket").contains_key(&id));
    // Also when it is changed on the left.
    ask(
        &world.left,
        &format!("PUT /conversations/{id}"),
        &json!({ "subject": "Changed" }),
    );
    at_rest(&world, &world.sync());
    at_rest(&world, &rescan(&world));
}

#[test]
fn what_was_deleted_is_made_again_if_so_chosen_and_once() {
    let world = World::choosing(6, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    delete(&world, "works.delete", &ticket);
    let (code, plan) = world.json(&["import", "plan", "acme"]);
    assert_eq!(code, 0, "{plan:#}");
    let run = rescan(&world);
    assert_eq!(sum(&run.1, "created"), 3, "{:#}", run.1);
    at_rest(&world, &run);
    is_made_again(&world, &id, &ticket);
    let (_, history) = world.json(&["record", "show", "acme", "conversation", &id]);
    assert!(history.to_string().contains("again"), "{history:#}");
}

#[test]
fn who_shared_the_contact_of_somebody_who_is_gone_gets_one_when_that_is_deleted() {
    let world = World::choosing(1, &AGAIN);
    let mut people = Vec::new();
    for name in ["North", "South"] {
        let company = make(&world, "companies", &json!({ "name": name }));
        let body = json!({ "companyId": company, "firstName": "Ines", "email": "ines@gmail.com" });
        people.push(make(&world, "endusers", &body));
        assert_eq!(world.sync().0, 0);
    }
    let shared = contacts(&world, "Ines").remove(0).record;
    delete_left(&world, "endusers", &people[0]);
    assert_eq!(rescan(&world).0, 0);
    delete(&world, "rev-users.delete", &shared);
    at_rest(&world, &rescan(&world));
    let own = pairs(&world, "enduser", "rev_user").remove(&people[1]).unwrap();
    assert_ne!(own["id"], shared["id"]);
    assert_eq!(contacts(&world, "Ines").len(), 1);
}

#[test]
fn a_write_to_what_was_deleted_notices_it() {
    let world = World::choosing(6, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    delete(&world, "works.delete", &ticket);
    let change = json!({ "subject": "Goes on" });
    ask(&world.left, &format!("PUT /conversations/{id}"), &change);
    let run = world.sync();
    at_rest(&world, &run);
    let there = pairs(&world, "conversation", "ticket").remove(&id).unwrap();
    assert_eq!(there["title"], "Goes on");
    assert_eq!(said(&world, &there).len(), 2);
}

#[test]
fn what_was_deleted_is_left_out_if_so_chosen() {
    let world = World::choosing(6, &LEAVE);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    delete(&world, "works.delete", &ticket);
    let run = rescan(&world);
    at_rest(&world, &run);
    assert_eq!(writes(&run.1), 0);
    let left_out = run.1["report"]["certificate"]["left_out"].to_string();
    assert!(left_out.contains("gone from the right side"), "{left_out}");
    assert!(!pairs(&world, "conversation", "ticket").contains_key(&id));
    // The left record goes as well, and nobody is asked anything.
    delete_left(&world, "conversations", &id);
    at_rest(&world, &world.sync());
}

#[test]
fn a_comment_that_alone_was_deleted_is_noticed_by_a_rescan() {
    let world = World::choosing(6, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let (_, ticket) = discussed(&world);
    let comments = said(&world, &ticket);
    delete(&world, "timeline-entries.delete", &comments[0]);
    let run = rescan(&world);
    assert_eq!(sum(&run.1, "created"), 1, "{:#}", run.1);
    at_rest(&world, &run);
    assert_eq!(said(&world, &ticket).len(), 2);
}

#[test]
fn what_referred_to_what_was_deleted_refers_to_what_was_made_again() {
    let world = World::choosing(4, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    let accounts = pairs(&world, "company", "account");
    let named = |account: &Value| {
        let of_it = tickets
            .values()
            .filter(|ticket| ticket["account"]["id"] == account["id"]);
        of_it.count()
    };
    let (id, account) = accounts.iter().max_by_key(|(_, account)| named(account)).unwrap();
    assert!(named(account) > 0);
    delete(&world, "accounts.delete", account);
    let run = rescan(&world);
    at_rest(&world, &run);
    let new = pairs(&world, "company", "account").remove(id).unwrap();
    assert_ne!(new["id"], account["id"]);
    for (left, ticket) in pairs(&world, "conversation", "ticket") {
        if tickets[&left]["account"]["id"] == account["id"] {
            assert_eq!(ticket["account"]["id"], new["id"], "{ticket:#}");
        }
    }
}

#[test]
fn many_are_made_again_only_once_that_is_approved() {
    let world = World::choosing(12, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let tickets = pairs(&world, "conversation", "ticket");
    for ticket in tickets.values().take(6) {
        delete(&world, "works.delete", ticket);
    }
    for look in [rescan(&world), world.sync()] {
        let (code, run) = look;
        assert_eq!((code, sum(&run, "created")), (1, 0), "{run:#}");
        let open = json!(problems(&world)).to_string();
        assert!(
            open.contains("6 of ticket") && open.contains("--approve-deletes"),
            "{open}"
        );
        assert_eq!(open.matches("gone_on_the_right").count(), 6, "{open}");
    }
    let run = world.json(&["import", "sync", "acme", "--approve-deletes"]);
    assert_eq!(sum(&run.1, "created"), 6, "{:#}", run.1);
    at_rest(&world, &run);
    assert_eq!(pairs(&world, "conversation", "ticket").len(), tickets.len());
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn making_again_that_is_killed_makes_nothing_twice() {
    let world = World::choosing(6, &AGAIN);
    assert_eq!(world.sync().0, 0);
    let (id, ticket) = discussed(&world);
    let began = std::time::Instant::now();
    assert_eq!(rescan(&world).0, 0);
    let took = began.elapsed();
    delete(&world, "works.delete", &ticket);
    for kill in 1..=8 {
        let mut child = world.command(&["import", "rescan", "acme"]).spawn().unwrap();
        std::thread::sleep(took * kill / 7);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(rescan(&world).0, 0, "{:#?}", problems(&world));
    at_rest(&world, &world.sync());
    is_made_again(&world, &id, &ticket);
}
