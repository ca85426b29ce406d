//! What the app hears of contacts, companies and tags.

use serde_json::{Value, json};

use super::{Stand, stand};
use crate::kit::Response;

/// The events that are due, all of them taken.
fn heard(twin: &mut Stand) -> Vec<Value> {
    let due = twin.twin.deliveries(twin.now);
    let mut events = Vec::new();
    for delivery in due {
        events.push(serde_json::from_slice(&delivery.request.body).unwrap());
        let taken = Response::text(200, "");
        assert!(twin.twin.delivered(delivery.id, Some(&taken), twin.now));
    }
    events
}

// tidy: long because it is one history, a line or two for each thing that happens.
#[test]
fn what_happens_to_people_is_told() {
    let settings = [("webhook_url", "http://127.0.0.1:9/in"), ("webhook_ping", "no")];
    let mut twin = stand(&settings);
    let mut check = |line: &str, body: Value, expected: &[&str]| -> (Value, Vec<Value>) {
        let answer = twin.did(line, body);
        let events = heard(&mut twin);
        let topics: Vec<&str> = events
            .iter()
            .map(|event| event["topic"].as_str().unwrap())
            .collect();
        assert_eq!(topics, expected, "{line}");
        let items = events.iter().map(|event| event["data"]["item"].clone());
        (answer, items.collect())
    };
    let (lead, _) = check(
        "POST /contacts",
        json!({"role": "lead"}),
        &["contact.lead.created"],
    );
    let lead = lead["id"].as_str().unwrap();
    let expected = [
        "contact.lead.updated",
        "contact.email.updated",
        "contact.lead.added_email",
    ];
    check(
        &format!("PUT /contacts/{lead}"),
        json!({"email": "a@b.example"}),
        &expected,
    );
    let body = json!({"role": "user", "email": "a@b.example"});
    let (user, _) = check("POST /contacts", body, &["contact.user.created"]);
    let user = user["id"].as_str().unwrap();
    let (company, _) = check(
        "POST /companies",
        json!({"company_id": "c"}),
        &["company.created"],
    );
    let line = format!("POST /contacts/{user}/companies");
    let (_, items) = check(&line, json!({"id": company["id"]}), &["company.contact.attached"]);
    assert_eq!(
        (&items[0]["company"]["id"], &items[0]["contact"]["id"]),
        (&company["id"], &json!(user))
    );
    check(&line, json!({"id": company["id"]}), &[]);
    let tag = json!({"name": "vip", "users": [{"id": user}]});
    let (_, items) = check("POST /tags", tag, &["contact.user.tag.created"]);
    assert_eq!(
        (&items[0]["type"], &items[0]["tag"]["name"]),
        (&json!("contact_tag"), &json!("vip"))
    );
    let merge = json!({"from": lead, "into": user});
    let (_, items) = check("POST /contacts/merge", merge, &["contact.merged"]);
    assert_eq!(
        (&items[0]["id"], &items[0]["merged_from"]["id"]),
        (&json!(user), &json!(lead))
    );
    check(
        &format!("POST /contacts/{user}/archive"),
        json!({}),
        &["contact.archived"],
    );
}
