//! What only a person can decide: listed, shown, decided, and done by the next sync.

use serde_json::{Value, json};

use crate::{
    back::{both, left_of, right, ticket},
    world::{World, ask, records},
};

fn problems(world: &World, more: &[&str]) -> Vec<Value> {
    let (code, list) = world.json(&[&["problem", "list", "acme"], more].concat());
    assert_eq!(code, 0, "{list:#}");
    list.as_array().unwrap().clone()
}

/// What is printed for people.
fn told(world: &World, words: &[&str]) -> String {
    let mut command = world.command(words);
    let output = command.stdout(std::process::Stdio::piped()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A world in which both sides changed the title of a ticket; the ticket's ids on the left and the right.
pub fn clashing() -> (World, String, String) {
    let world = World::new(6, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (ticket, id) = ticket(&world);
    let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Right title" });
    right(&world, "works.update", change);
    let body = json!({ "subject": "Left title" });
    let (status, answer) = ask(&world.left, &format!("PUT /conversations/{id}"), &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(both(&world).0, 1);
    (world, id, ticket["id"].as_str().unwrap().to_owned())
}

pub fn right_of(world: &World, object: &str, id: &str) -> Value {
    let all = records(&world.right).remove(object).unwrap();
    let found = all.into_iter().find(|record| record["id"] == id);
    found.unwrap_or_else(|| panic!("{object} {id} is on the right"))
}

#[test]
fn a_clash_is_decided_and_the_next_sync_does_it() {
    for (side, expected) in [("left", "Left title"), ("right", "Right title")] {
        let (world, left, right) = clashing();
        let open = problems(&world, &["--kind", "clash", "--object", "conversation"]);
        let id = open[0]["id"].as_str().unwrap();
        assert_eq!(open.len(), 1, "{open:#?}");
        let (code, shown) = world.json(&["problem", "show", &id[..8]]);
        assert_eq!(code, 0, "{shown:#}");
        let fields = shown["record"]["fields"].as_array().unwrap();
        let title = fields.iter().find(|view| view["field"] == "title").unwrap();
        assert_eq!(
            (&title["left"]["t"], &title["right"]["t"], &title["verdict"]),
            (&json!("Left title"), &json!("Right title"), &json!("clash"))
        );
        let (code, decided) = world.json(&["problem", "decide", &id[..8], "--take", side]);
        assert_eq!((code, &decided["decided"]), (0, &json!(1)), "{decided:#}");
        let text = told(&world, &["problem", "show", id]);
        assert!(text.contains(&format!("Decided: the {side} value")), "{text}");
        let (code, run) = both(&world);
        assert_eq!(code, 0, "{run:#}");
        assert_eq!(left_of(&world, "conversation", &left)["subject"], expected);
        assert_eq!(right_of(&world, "ticket", &right)["title"], expected);
        assert_eq!(problems(&world, &["--kind", "clash"]), Vec::<Value>::new());
        let other = if side == "left" {
            "Right title"
        } else {
            "Left title"
        };
        let (_, record) = world.json(&["record", "show", "acme", "conversation", &left]);
        let history = record["history"].to_string();
        assert!(
            history.contains(other) && history.contains(expected),
            "{record:#}"
        );
        let (code, again) = both(&world);
        assert_eq!((code, crate::back::writes(&again)), (0, 0), "{again:#}");
    }
}

#[test]
fn a_decision_does_not_count_for_what_was_not_seen() {
    let (world, left, right_id) = clashing();
    let (code, decided) = world.json(&["problem", "decide", "--all", "--take", "left"]);
    assert_eq!((code, &decided["decided"]), (0, &json!(1)), "{decided:#}");
    let change = json!({ "id": right_id, "type": "ticket", "title": "Another right title" });
    right(&world, "works.update", change);
    assert_eq!(both(&world).0, 1);
    assert_eq!(
        right_of(&world, "ticket", &right_id)["title"],
        "Another right title"
    );
    assert_eq!(left_of(&world, "conversation", &left)["subject"], "Left title");
    assert_eq!(problems(&world, &["--kind", "clash"]).len(), 1);
}

#[test]
fn equal_candidates_are_decided_by_naming_one() {
    let world = World::new(4, &[], &[]);
    let people = records(&world.left).remove("enduser").unwrap();
    let person = people.into_iter().find(|one| one["email"].is_string()).unwrap();
    let make = |name: &str| {
        let body = json!({ "display_name": name, "email": person["email"] });
        let made = right(&world, "rev-users.create", body);
        made["rev_user"]["id"].as_str().unwrap().to_owned()
    };
    let (_, second) = (make("First"), make("Second"));
    assert_eq!(world.sync().0, 1);
    let open = problems(&world, &["--kind", "equal-candidates"]);
    assert_eq!(open.len(), 1, "{open:#?}");
    let id = &open[0]["id"].as_str().unwrap()[..8];
    let text = told(&world, &["problem", "show", id]);
    assert!(
        text.contains(&second) && text.contains("--pair RIGHT_ID"),
        "{text}"
    );
    let (code, said) = world.json(&["problem", "decide", id, "--pair", "nobody"]);
    assert_eq!(code, 2, "{said:#}");
    let (code, said) = world.json(&["problem", "decide", id, "--take", "left"]);
    assert_eq!(code, 2, "{said:#}");
    let (code, said) = world.json(&["problem", "decide", id, "--pair", &second]);
    assert_eq!(code, 0, "{said:#}");
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{:#}", run["report"]["certificate"]);
    let contact = right_of(&world, "rev_user", &second);
    assert_ne!(contact["display_name"], "Second");
    assert_eq!(
        problems(&world, &["--kind", "equal-candidates"]),
        Vec::<Value>::new()
    );
}

#[test]
fn what_was_refused_is_tried_again_on_request() {
    let (world, _, _) = clashing();
    let open = problems(&world, &[]);
    let id = open[0]["id"].as_str().unwrap();
    let (code, said) = world.json(&["problem", "decide", id, "--retry"]);
    assert_eq!((code, &said["decided"]), (0, &json!(1)), "{said:#}");
    let (code, said) = world.json(&["problem", "decide", "0123456789"]);
    assert_eq!(code, 2, "{said:#}");
    let (code, said) = world.json(&["problem", "show", "not-an-id"]);
    assert_eq!(code, 2, "{said:#}");
    let (code, said) = world.json(&["problem", "list", "acme", "--kind", "clsh"]);
    assert_eq!(code, 2, "{said:#}");
}
