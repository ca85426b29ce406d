//! An import taken back, its recipe changed, and its connection.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use crate::world::{World, ask, records};

fn counts(world: &World) -> BTreeMap<String, usize> {
    // No API of DevRev's deletes a file.
    let all = records(&world.right)
        .into_iter()
        .filter(|(object, _)| object != "artifact");
    all.map(|(object, records)| (object, records.len())).collect()
}

fn line<'v>(said: &'v Value, object: &str) -> &'v Value {
    let lines = said["lines"].as_array().expect("lines");
    lines.iter().find(|line| line["object"] == object).unwrap()
}

#[test]
fn an_import_that_is_deleted_leaves_what_was_there_and_can_be_made_again() {
    let world = World::new(6, &[], &[]);
    // An account that was there before, under the domain of one that comes.
    let company = records(&world.left).remove("company").unwrap().into_iter();
    let domain = company
        .filter_map(|one| one["domains"][0].as_str().map(str::to_owned))
        .next()
        .unwrap();
    let body = json!({ "display_name": "There before", "domains": [domain] });
    assert_eq!(ask(&world.right, "POST /accounts.create", &body).0, 201);
    assert_eq!(world.sync().0, 0);
    let imported = counts(&world);
    let (code, said) = world.json(&["import", "delete", "acme", "--dry-run"]);
    assert_eq!(code, 0, "{said:#}");
    assert_eq!(counts(&world), imported);
    assert_eq!(line(&said, "account")["adopted"], 1, "{said:#}");
    let (code, said) = world.json(&["import", "delete", "acme"]);
    assert_eq!(code, 2, "nobody was asked: {said:#}");
    let (code, said) = world.json(&["import", "delete", "acme", "--yes"]);
    let rest = counts(&world);
    assert_eq!(code, 0, "{said:#} {rest:#?}");
    for object in ["ticket", "conversation", "contact", "custom_object", "meeting"] {
        assert_eq!(
            rest.get(object).copied().unwrap_or_default(),
            0,
            "{object}: {rest:#?}"
        );
    }
    assert_eq!(rest["account"], 1);
    let (_, listed) = world.json(&["import", "list"]);
    assert_eq!(listed, json!([]));
    world.create(&[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(counts(&world), imported);
}

#[test]
fn what_somebody_changed_stays_if_so_wished() {
    let world = World::new(4, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let ticket = records(&world.right)["ticket"][0].clone();
    let change = json!({ "id": ticket["id"], "type": "ticket", "title": "Mine now" });
    assert_eq!(ask(&world.right, "POST /works.update", &change).0, 200);
    let (code, said) = world.json(&["import", "delete", "acme", "--yes", "--keep-modified"]);
    assert_eq!(code, 0, "{said:#}");
    assert_eq!(line(&said, "ticket")["modified"], 1, "{said:#}");
    let left = records(&world.right).remove("ticket").unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["title"], "Mine now");
}

#[test]
fn a_changed_recipe_is_applied_without_asking_the_left_side() {
    let world = World::new(4, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let (_, text) = world.text(&["recipe", "show", "acme"]);
    let changed = text.replace("      - zip <-> tnt__ph_zip\n", "      - city -> tnt__ph_zip\n");
    assert_ne!(changed, text);
    let file = world.folder().join("mine.yaml");
    fs::write(&file, &changed).unwrap();
    let path = file.display().to_string();
    let (code, said) = world.json(&["recipe", "edit", "acme", "--file", &path]);
    assert_eq!(code, 0, "{said:#}");
    let calls = |world: &World| {
        let (_, stats) = ask(&world.left, "GET /_twin/stats", &Value::Null);
        let stats: Value = serde_json::from_str(&stats).unwrap();
        let routes = stats["routes"].as_array().cloned().unwrap_or_default();
        routes.len().max(usize::from(!stats.is_null())) + stats.to_string().len()
    };
    ask(&world.left, "DELETE /_twin/stats", &Value::Null);
    let quiet = calls(&world);
    let (code, run) = world.json(&["import", "replan", "acme"]);
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(
        run.pointer("/report/left_calls/reads"),
        Some(&json!(0)),
        "{run:#}"
    );
    assert_eq!(calls(&world), quiet);
    let left = records(&world.left).remove("company").unwrap();
    let right = records(&world.right).remove("account").unwrap();
    let cities = |name: &str, field: &str, all: &[Value]| {
        let mut found: Vec<(String, Value)> = all
            .iter()
            .map(|one| {
                (
                    one[name].to_string(),
                    one.pointer(field).cloned().unwrap_or_default(),
                )
            })
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    };
    assert_eq!(
        cities("name", "/city", &left),
        cities("display_name", "/custom_fields/tnt__ph_zip", &right)
    );
    let (code, again) = world.sync();
    assert_eq!(code, 0);
    assert_eq!(
        again.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{again:#}"
    );
    let (_, versions) = world.json(&["recipe", "versions", "acme"]);
    assert_eq!(versions.as_array().map(Vec::len), Some(2), "{versions:#}");
}

#[test]
fn an_import_goes_through_another_connection_to_the_same_workspace_only() {
    let world = World::new(3, &[], &[]);
    assert_eq!(world.sync().0, 0);
    let url = format!("http://{}", world.left.address);
    let add = |name: &str, subdomain: &str| {
        let set = format!("subdomain={subdomain}");
        let words = [
            "connection",
            "add",
            name,
            "planhat",
            "--secret-env",
            "SECRET",
            "--base-url",
            &url,
            "--set",
            &set,
        ];
        assert_eq!(world.json(&words).0, 0);
    };
    add("same", "app.planhat.com");
    add("other", "app-us1.planhat.com");
    let (code, said) = world.json(&["import", "edit-connection", "acme", "--left", "other"]);
    assert_eq!(code, 2, "{said:#}");
    assert!(
        said["error"].as_str().unwrap().contains("reaches the workspace"),
        "{said:#}"
    );
    assert_eq!(
        world
            .json(&["import", "edit-connection", "acme", "--left", "same"])
            .0,
        0
    );
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    assert_eq!(
        run.pointer("/report/right_calls/writes"),
        Some(&json!(0)),
        "{run:#}"
    );
}
