//! Events are brought to Planhat: each once, in order, or held with its reason.

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    events::{done, serve, shown, wait_until},
    flow::{Flow, event},
};

// tidy: long because one batch becomes all of this.
#[test]
fn what_segment_sends_becomes_companies_people_fields_and_activities() {
    let flow = Flow::new(&[]);
    let (_server, address) = serve(flow.path(), &[]);
    let traits = json!({ "name": "Ada Lovelace", "email": "ada@a.example", "title": "Countess", "plan": "pro", "vip": false, "seats": 3 });
    flow.send(
        address,
        &[
            // What somebody did comes before anybody said who that is.
            event(
                "t1",
                "track",
                "u1",
                json!({ "event": "Order Completed", "properties": { "total": 5, "weight": 2 } }),
            ),
            event(
                "g1",
                "group",
                "u1",
                json!({ "groupId": "c1", "traits": { "name": "Analytical Engines", "industry": "mills" } }),
            ),
            event("i1", "identify", "u1", json!({ "traits": traits })),
            event("p1", "page", "u1", json!({ "name": "Home" })),
            event("s1", "screen", "u1", json!({ "name": "Home" })),
            json!({ "type": "track", "messageId": "n1", "anonymousId": "a", "event": "Nobody" }),
            event(
                "x1",
                "track",
                "u1",
                json!({ "event": "Elsewhere", "integrations": { "All": false, "Mixpanel": true } }),
            ),
        ],
    );
    let standing = flow.settled();
    let counts = &standing["last_hour"];
    assert_eq!(
        counts,
        &json!({ "delivered": 4, "screens_off": 1, "no_identity": 1, "not_meant": 1 }),
        "{standing:#}"
    );
    let there = flow.there();
    let company = &there["company"][0];
    assert_eq!(
        (&company["externalId"], &company["name"]),
        (&json!("c1"), &json!("Analytical Engines"))
    );
    assert_eq!(company["custom"]["industry"], "mills");
    let person = &there["enduser"][0];
    assert_eq!(person["companyId"], company["_id"]);
    for (name, value) in [
        ("externalId", json!("u1")),
        ("email", json!("ada@a.example")),
        ("firstName", json!("Ada")),
        ("lastName", json!("Lovelace")),
        ("position", json!("Countess")),
        ("custom", json!({ "plan": "pro", "vip": false, "seats": 3 })),
    ] {
        assert_eq!(person[name], value, "{name}: {person:#}");
    }
    assert_eq!(flow.actions(), ["u1 Order Completed", "u1 Viewed Home Page"]);
    let order = there["activity"]
        .iter()
        .find(|one| one["action"] == "Order Completed")
        .unwrap();
    assert_eq!(
        (
            &order["weight"],
            &order["info"]["total"],
            &order["info"]["source"]
        ),
        (&json!(2), &json!(5), &json!("Segment"))
    );
}

// tidy: long because each step stands on the one before.
#[test]
fn who_is_unknown_is_held_and_released_when_a_company_is_named() {
    let flow = Flow::new(&[]);
    let (_server, address) = serve(flow.path(), &[]);
    flow.send(
        address,
        &[
            event(
                "i1",
                "identify",
                "u1",
                json!({ "traits": { "name": "Ada", "nickname": "a" } }),
            ),
            event("t1", "track", "u1", json!({ "event": "One" })),
            event("t2", "track", "u2", json!({ "event": "Two" })),
            event("g0", "group", "u3", json!({ "groupId": "c9" })),
        ],
    );
    flow.settled();
    assert_eq!(
        flow.held(),
        [
            "i1 no_company",
            "t1 behind",
            "t2 unknown_person",
            "g0 unknown_company"
        ]
    );
    assert_eq!(flow.actions(), Vec::<String>::new());
    // A later call names the company of one, and what another's company is called.
    flow.send(
        address,
        &[
            event(
                "g1",
                "group",
                "u1",
                json!({ "groupId": "c1", "traits": { "name": "One" } }),
            ),
            event(
                "g2",
                "group",
                "u4",
                json!({ "groupId": "c9", "traits": { "name": "Nine" } }),
            ),
            event("t3", "track", "u1", json!({ "event": "Three" })),
        ],
    );
    flow.settled();
    wait_until(|| flow.held() == ["t2 unknown_person"]);
    assert_eq!(flow.actions(), ["u1 One", "u1 Three"]);
    let there = flow.there();
    let ada = there["enduser"]
        .iter()
        .find(|one| one["externalId"] == "u1")
        .unwrap();
    assert_eq!(
        (&ada["firstName"], &ada["custom"]["nickname"]),
        (&json!("Ada"), &json!("a"))
    );
    assert!(there["enduser"].iter().any(|one| one["externalId"] == "u3"));
    // A person drops what nobody will ever make known.
    done(flow.path(), &["events", "drop", "t2"]);
    assert_eq!(flow.held(), Vec::<String>::new());
}

#[test]
fn a_destination_that_is_down_costs_nothing_and_an_alias_gives_another_id() {
    let mut flow = Flow::new(&[]);
    let (_server, address) = serve(flow.path(), &[]);
    flow.send(
        address,
        &[
            event(
                "g1",
                "group",
                "old",
                json!({ "groupId": "c1", "traits": { "name": "One" } }),
            ),
            event("t1", "track", "old", json!({ "event": "Before" })),
        ],
    );
    flow.settled();
    flow.stop_twin();
    flow.send(
        address,
        &[
            event("a1", "alias", "new", json!({ "previousId": "old" })),
            event("t2", "track", "new", json!({ "event": "After" })),
        ],
    );
    let mut standing = Value::Null;
    wait_until(|| {
        standing = shown(flow.path(), &["events", "deliveries", "--json"])[0].clone();
        standing["tries"].as_u64() > Some(1)
    });
    assert!(
        standing["complaint"].as_str().unwrap().contains("got no answer"),
        "{standing:#}"
    );
    flow.start_twin();
    flow.settled();
    assert_eq!(flow.actions(), ["new After", "old Before"]);
    let there = flow.there();
    assert_eq!(there["enduser"].len(), 1);
    assert_eq!(there["enduser"][0]["externalId"], "new");
    // What was brought is brought again if a person wants it.
    done(
        flow.path(),
        &["events", "replay", "--source", "web", "--since", "1h"],
    );
    wait_until(|| flow.actions().len() == 4);
}

#[test]
fn what_planhat_refuses_of_many_is_held_with_its_words() {
    let flow = Flow::of(
        &["--set", "activity_answer=json"],
        &["--set", "unknown_people=send"],
    );
    let (_server, address) = serve(flow.path(), &[]);
    let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
    flow.send(
        address,
        &[
            event("g1", "group", "u1", company),
            event("t1", "track", "u1", json!({ "event": "One" })),
            event("t2", "track", "u2", json!({ "event": "Two" })),
        ],
    );
    flow.settled();
    assert_eq!(flow.held(), ["t2 refused"]);
    let held = shown(flow.path(), &["events", "held", "--json"]);
    assert_eq!(held[0]["said"], "the end user is unknown, and so is the company");
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn a_killed_server_brings_what_it_answered_and_counts_what_it_sends_twice() {
    let flow = Flow::new(&[]);
    let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
    let mut sent = 1_u64;
    for round in 0..6_u64 {
        let (mut server, address) = serve(flow.path(), &[]);
        flow.send(address, &[event("g1", "group", "u1", company.clone())]);
        for batch in 0..6 {
            let of = |n: u64| {
                let id = format!("{round}-{batch}-{n}");
                event(
                    &id,
                    "track",
                    "u1",
                    json!({ "event": "Seen", "properties": { "id": id } }),
                )
            };
            flow.send(address, &(0..50).map(of).collect::<Vec<_>>());
            sent += 50;
        }
        thread::sleep(Duration::from_millis(20 * round));
        server.kill();
        // An event counts once as sent again, however often that is cut short: so each is killed once at most.
        let (_server, _) = serve(flow.path(), &[]);
        flow.settled();
    }
    let counts = flow.settled()["last_hour"].clone();
    let there = flow.there();
    let mut ids: BTreeMap<&str, u64> = BTreeMap::new();
    for activity in &there["activity"] {
        *ids.entry(activity["info"]["id"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(
        ids.len() as u64,
        sent - 1,
        "every activity that was answered is there"
    );
    let of = |name: &str| counts[name].as_u64().unwrap_or_default();
    assert_eq!(of("delivered") + of("resent"), sent, "{counts}");
    // What is there twice was counted as sent twice.
    let twice = ids.values().sum::<u64>() - ids.len() as u64;
    assert!(twice <= of("resent"), "{twice} are there twice: {counts}");
}
