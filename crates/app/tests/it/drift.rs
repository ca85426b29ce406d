//! Custom fields that hold something else than they did: what follows is said before it is done, and no value is lost.

use serde_json::{Value, json};

use crate::world::{World, ask, records};

fn told(world: &World, request: &str, body: Value) -> Value {
    let (status, said) = ask(&world.left, request, &body);
    assert!(status < 300, "{request}: {status} {said}");
    serde_json::from_str(&said).unwrap()
}

/// Makes a field of companies; where it is changed.
fn field(world: &World, name: &str, kind: &str, words: &[&str]) -> String {
    let body = json!({ "name": name, "parent": "Company", "type": kind, "listValues": words });
    let made = told(world, "POST /customfields", body);
    format!("PUT /customfields/{}", made["_id"].as_str().unwrap())
}

/// What the account holds in fields that begin so, in their order.
fn held(world: &World, account: &str, start: &str) -> Vec<Value> {
    let accounts = &records(&world.right)["account"];
    let found = accounts
        .iter()
        .find(|one| one["display_name"] == account)
        .unwrap();
    let fields = found["custom_fields"].as_object().unwrap().iter();
    let start = format!("tnt__phc_{start}");
    fields
        .filter(|(name, value)| name.starts_with(&start) && !value.is_null())
        .map(|(_, value)| value.clone())
        .collect()
}

/// What the next plan and the next sync say of the fields; both say the same.
fn synced(world: &World) -> Vec<String> {
    let said = |answer: &Value, path: &str| -> Vec<String> {
        let drift = answer.pointer(path).and_then(Value::as_array).unwrap();
        drift
            .iter()
            .map(|one| {
                format!(
                    "{}: {}",
                    one["field"].as_str().unwrap(),
                    one["effect"].as_str().unwrap()
                )
            })
            .collect()
    };
    let (_, plan) = world.json(&["import", "plan", "acme"]);
    let (code, run) = world.sync();
    let (_, problems) = world.json(&["problem", "list", "acme"]);
    assert_eq!(code, 0, "{:#} {problems:#}", run["report"]["certificate"]);
    assert_eq!(said(&plan, "/drift"), said(&run, "/report/drift"));
    said(&run, "/report/drift")
}

fn has(drift: &[String], expected: &str) {
    assert!(
        drift.iter().any(|line| line == expected),
        "{expected}: {drift:#?}"
    );
}

// tidy: long because it is one story
#[test]
fn a_field_of_another_kind_loses_no_value() {
    let world = World::choosing(1, &[]);
    let score = field(&world, "Score", "number", &[]);
    let remark = field(&world, "Remark", "text", &[]);
    let tier = field(&world, "Tier", "list", &["Gold", "Silver"]);
    let custom = json!({ "Score": 12.5, "Remark": "fine", "Tier": "Gold" });
    let made = told(
        &world,
        "POST /companies",
        json!({ "name": "North", "custom": custom }),
    );
    let company = format!("PUT /companies/{}", made["_id"].as_str().unwrap());
    let other = json!({ "name": "South", "custom": { "Score": 3, "Remark": "4", "Tier": "Silver" } });
    told(&world, "POST /companies", other);
    assert_eq!(world.sync().0, 0);
    assert_eq!(held(&world, "North", "score"), [json!(12.5)]);

    // A number becomes a text, a text a number, and a list takes a word more.
    told(&world, &score, json!({ "type": "text" }));
    told(&world, &remark, json!({ "type": "number" }));
    told(
        &world,
        &tier,
        json!({ "listValues": ["Gold", "Silver", "Platinum"] }),
    );
    let custom = json!({ "Score": "about 13", "Remark": 7, "Tier": "Platinum" });
    told(&world, &company, json!({ "custom": custom }));
    let drift = synced(&world);
    let place = "account.tnt__phc_score is kept as it was";
    assert!(
        drift
            .iter()
            .any(|line| line.contains("is made for it") && line.ends_with(place)),
        "{drift:#?}"
    );
    has(&drift, "custom.Remark: account.tnt__phc_remark holds a text");
    has(&drift, "custom.Tier: account.tnt__phc_tier gains Platinum");
    assert_eq!(drift.len(), 3, "{drift:#?}");
    assert_eq!(held(&world, "North", "score"), [json!(12.5), json!("about 13")]);
    assert_eq!(held(&world, "North", "remark"), [json!("7")]);
    assert_eq!(held(&world, "North", "tier"), [json!("Platinum")]);
    // A record that did not change is where it belongs, too.
    assert_eq!(held(&world, "South", "score"), [json!(3), json!("3")]);
    assert_eq!(held(&world, "South", "tier"), [json!("Silver")]);

    // A text holds numbers, too.
    told(&world, &score, json!({ "type": "number" }));
    told(&world, &company, json!({ "custom": { "Score": 14 } }));
    let drift = synced(&world);
    assert!(
        drift.len() == 1 && drift[0].ends_with("holds a text"),
        "{drift:#?}"
    );
    assert_eq!(held(&world, "North", "score"), [json!(12.5), json!("14")]);
    let (_, run) = world.sync();
    assert_eq!(
        run["report"]["right_calls"]["writes"], 0,
        "{:#}",
        run["report"]["lines"]
    );
}
