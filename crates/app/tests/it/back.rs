//! The way back: what is changed or made in DevRev is written to Planhat, once, and nothing is lost on the way.

use serde_json::{Value, json};

use crate::world::{World, ask, records};

pub fn both(world: &World) -> (i32, Value) {
    world.json(&["import", "sync", "acme", "--direction", "both"])
}

fn reverse(world: &World) -> (i32, Value) {
    world.json(&["import", "sync", "acme", "--direction", "reverse"])
}

pub fn sum(run: &Value, field: &str) -> u64 {
    let lines = run.pointer("/report/lines").and_then(Value::as_array);
    let lines = lines.unwrap_or_else(|| panic!("a report has lines: {run:#}"));
    lines.iter().filter_map(|line| line[field].as_u64()).sum()
}

pub fn writes(run: &Value) -> u64 {
    let of = |side: &str| {
        run.pointer(&format!("/report/{side}_calls/writes"))
            .and_then(Value::as_u64)
    };
    of("left").unwrap() + of("right").unwrap()
}

/// One ticket of the import, as DevRev has it, and its Planhat id.
pub fn ticket(world: &World) -> (Value, String) {
    let all = records(&world.right).remove("ticket").unwrap();
    let key = |ticket: &Value| {
        ticket["reported_by"][0]["id"].as_str()?;
        let key = ticket["external_ref"].as_str()?;
        Some(key.strip_prefix("planhat:conversation:")?.to_owned())
    };
    let found = all.into_iter().find_map(|ticket| Some((key(&ticket)?, ticket)));
    let (id, ticket) = found.expect("a ticket that was imported");
    (ticket, id)
}

pub fn left_of(world: &World, object: &str, id: &str) -> Value {
    let all = records(&world.left).remove(object).unwrap();
    let found = all.into_iter().find(|record| record["_id"] == id);
    found.unwrap_or_else(|| panic!("{object} {id} is on the left"))
}

pub fn right(world: &World, path: &str, body: Value) -> Value {
    let (status, answer) = ask(&world.right, &format!("POST /{path}"), &body);
    assert!(status < 300, "{path}: {status} {answer}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn a_ticket_that_is_changed_on_the_right_changes_on_the_left() {
    let world = World::new(8, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (ticket, id) = ticket(&world);
    let change = json!({
        "id": ticket["id"], "type": "ticket", "title": "Changed in DevRev",
        "body": "*Planhat ticket ·*\n\nNow **bold**.", "stage": { "name": "canceled" },
    });
    right(&world, "works.update", change);
    let (code, run) = both(&world);
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(sum(&run, "left_updated"), 1, "{run:#}");
    let left = left_of(&world, "conversation", &id);
    assert_eq!(left["subject"], "Changed in DevRev");
    assert_eq!(left["status"], "canceled");
    assert!(
        left["description"]
            .as_str()
            .unwrap()
            .contains("<strong>bold</strong>"),
        "{left:#}"
    );
    let (code, again) = both(&world);
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
    let (code, again) = world.sync();
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
}

#[test]
fn a_text_that_shows_pictures_goes_back_with_them() {
    let world = World::new(8, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let all = right(&world, "works.list", json!({ "type": ["ticket"], "limit": 100 }));
    let tickets = all["works"].as_array().unwrap();
    let text_of = |ticket: &Value| {
        let key = ticket["custom_fields"]["tnt__interline_key"].as_str().unwrap();
        let left = left_of(&world, "conversation", key.rsplit(':').next().unwrap());
        left["description"].as_str().unwrap_or_default().to_owned()
    };
    let before: Vec<String> = tickets.iter().map(text_of).collect();
    for ticket in tickets {
        let body = format!("{}\n\nNow **bold**.", ticket["body"].as_str().unwrap_or_default());
        let change = json!({ "id": ticket["id"], "type": "ticket", "body": body });
        right(&world, "works.update", change);
    }
    let (code, run) = both(&world);
    assert_eq!(code, 0, "{run:#}");
    let mut pictures = 0;
    for (ticket, before) in tickets.iter().zip(before) {
        let text = text_of(ticket);
        assert!(text.contains("<strong>bold</strong>"), "{text}");
        // Words stand for what lies elsewhere, which a rehearsal does not fetch.
        let shown = before.split('"').filter(|part| part.starts_with("data:image"));
        for image in shown {
            assert!(text.contains(image), "{before}\n{text}");
            pictures += 1;
        }
    }
    assert!(pictures > 0);
    let (code, again) = both(&world);
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
}

#[test]
fn what_both_sides_changed_waits_and_the_rest_goes_on() {
    let world = World::new(8, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (ticket, id) = ticket(&world);
    let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Right title", "stage": { "name": "canceled" } });
    right(&world, "works.update", change);
    let body = json!({ "subject": "Left title" });
    let (status, answer) = ask(&world.left, &format!("PUT /conversations/{id}"), &body);
    assert_eq!(status, 200, "{answer}");
    let (code, run) = both(&world);
    assert_eq!(code, 1, "{run:#}");
    let left = left_of(&world, "conversation", &id);
    assert_eq!(
        (&left["subject"], &left["status"]),
        (&json!("Left title"), &json!("canceled"))
    );
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert!(
        problems.to_string().contains("both sides changed `title`"),
        "{problems:#}"
    );
}

#[test]
fn a_policy_settles_what_both_sides_changed() {
    for (policy, expected) in [
        ("left", "Left title"),
        ("right", "Right title"),
        ("newest", "Right title"),
    ] {
        let world = World::choosing(4, &["--set", &format!("clashes={policy}")]);
        assert_eq!(world.sync().0, 0);
        let (ticket, id) = ticket(&world);
        let body = json!({ "subject": "Left title" });
        ask(&world.left, &format!("PUT /conversations/{id}"), &body);
        let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Right title" });
        right(&world, "works.update", change);
        let (code, run) = both(&world);
        let (_, problems) = world.json(&["problem", "list", "acme"]);
        assert_eq!(code, 0, "{policy}: {problems:#} {}", run["report"]["certificate"]);
        assert_eq!(
            left_of(&world, "conversation", &id)["subject"],
            expected,
            "{policy}"
        );
        let tickets = records(&world.right).remove("ticket").unwrap();
        let there = tickets.iter().find(|other| other["id"] == ticket["id"]).unwrap();
        assert_eq!(there["title"], expected, "{policy}");
    }
}

#[test]
fn a_ticket_that_is_made_on_the_right_is_made_on_the_left_once() {
    let world = World::new(8, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (old, _) = ticket(&world);
    let new = json!({
        "type": "ticket", "title": "Born in DevRev", "body": "Hello *there*",
        "applies_to_part": old["applies_to_part"]["id"], "owned_by": [old["owned_by"][0]["id"]],
        "account": old["account"]["id"], "severity": "high", "reported_by": [old["reported_by"][0]["id"]],
    });
    let made = right(&world, "works.create", new);
    let stray = json!({
        "type": "ticket", "title": "Nobody's", "applies_to_part": old["applies_to_part"]["id"],
        "owned_by": [old["owned_by"][0]["id"]],
    });
    right(&world, "works.create", stray);
    let before = records(&world.left)["conversation"].len();
    let (code, run) = reverse(&world);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{problems:#} {run:#}");
    assert_eq!(sum(&run, "left_created"), 1, "{run:#}");
    let conversations = records(&world.left).remove("conversation").unwrap();
    assert_eq!(conversations.len(), before + 1);
    let born = conversations
        .iter()
        .find(|one| one["subject"] == "Born in DevRev")
        .unwrap();
    assert_eq!(born["type"], "ticket");
    assert_eq!(born["status"], "new");
    let key = format!("devrev:ticket:{}", made["work"]["id"].as_str().unwrap());
    assert!(born["externalId"] == key || born["sourceId"] == key, "{born:#}");
    let (code, run) = both(&world);
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{problems:#} {}", run["report"]["certificate"]);
    assert_eq!(sum(&run, "left_created") + sum(&run, "created"), 0, "{run:#}");
    let (code, again) = both(&world);
    assert_eq!((code, writes(&again)), (0, 0), "{again:#}");
    assert_eq!(records(&world.left)["conversation"].len(), before + 1);
}

fn account(world: &World) -> Value {
    records(&world.right)["account"][0]["id"].clone()
}

#[test]
fn a_license_that_lacks_what_planhat_needs_is_a_problem_that_names_it() {
    let world = World::new(5, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let license = |fields: Value| {
        json!({ "leaf_type": "license", "title": "New", "unique_key": fields["tnt__ph_product"], "custom_fields": fields,
        "custom_schema_spec": { "tenant_fragment": true } })
    };
    right(
        &world,
        "custom-objects.create",
        license(json!({
            "tnt__ph_product": "Whole", "tnt__ph_company": account(&world), "tnt__ph_currency": "EUR", "tnt__ph_value": "12.5",
            "tnt__ph_from_date": "2026-01-01T00:00:00Z", "tnt__ph_to_date": "2026-12-31T00:00:00Z",
        })),
    );
    right(
        &world,
        "custom-objects.create",
        license(json!({
            "tnt__ph_product": "Lacking", "tnt__ph_company": account(&world), "tnt__ph_currency": "EUR", "tnt__ph_value": "1",
            "tnt__ph_from_date": "2026-01-01T00:00:00Z",
        })),
    );
    let (code, run) = both(&world);
    assert_eq!(code, 1, "{run:#}");
    assert_eq!(sum(&run, "left_created"), 1, "{run:#}");
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert!(
        problems
            .to_string()
            .contains("`toDate` is required on the left side"),
        "{problems:#}"
    );
    let licenses = records(&world.left).remove("license").unwrap();
    let whole = licenses.iter().find(|one| one["product"] == "Whole").unwrap();
    assert_eq!(whole["value"].to_string(), "12.5");
    assert!(licenses.iter().all(|one| one["product"] != "Lacking"));
}

#[test]
fn what_both_sides_changed_is_written_once() {
    let world = World::new(4, &[], &[]);
    let (code, first) = world.sync();
    assert_eq!(code, 0, "{first:#}");
    let account = records(&world.right).remove("account").unwrap().remove(0);
    let key = account["external_refs"][0].as_str().unwrap();
    let company = key.strip_prefix("planhat:company:").unwrap();
    let (status, answer) = ask(
        &world.left,
        &format!("PUT /companies/{company}"),
        &json!({ "phase": "Another phase" }),
    );
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = ask(
        &world.right,
        "POST /accounts.update",
        &json!({ "id": account["id"], "display_name": "Another name" }),
    );
    assert_eq!(status, 200, "{answer}");
    let (code, second) = world.sync();
    assert_eq!(code, 0, "{second:#}");
    assert_eq!((sum(&second, "updated"), writes(&second)), (1, 1), "{second:#}");
    let (_, third) = world.sync();
    assert_eq!(writes(&third), 0, "{third:#}");
}
