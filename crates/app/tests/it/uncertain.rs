//! Planhat is slow, takes a part, says no, or its answers are lost: nothing is lost, and what is there twice was counted.

use std::{collections::BTreeMap, net::SocketAddr};

use serde_json::{Map, Value, json};

use crate::{
    events::{done, serve, shown, wait_until},
    flow::{Flow, event},
};

const EACH: usize = 5;

/// A flow whose company is there, so that only what people did is to be brought.
fn begun(more: &[&str]) -> (Flow, crate::serve::Worker, SocketAddr) {
    let flow = Flow::of(&["--set", "activity_answer=json"], more);
    let (server, address) = serve(flow.path(), &[]);
    let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
    flow.send(address, &[event("g1", "group", "u1", company)]);
    flow.settled();
    (flow, server, address)
}

fn counts(standing: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(standing["last_hour"].clone()).unwrap()
}

/// What became of a few events whose first calls met this trouble at the analytics host, and how often each is there by now.
fn met(flow: &Flow, address: SocketAddr, trouble: &str) -> (Value, Vec<usize>) {
    let before = counts(&flow.standing());
    flow.misbehave(&json!({ "route": "POST /analytics/*", "rate": 1, "fault": trouble, "delay_ms": 1_500 }));
    let ids: Vec<String> = (0..EACH).map(|n| format!("{trouble}-{n}")).collect();
    let track = |id: &String| event(id, "track", "u1", json!({ "event": id }));
    flow.send(address, &ids.iter().map(track).collect::<Vec<_>>());
    wait_until(|| {
        let standing = flow.standing();
        standing["tries"].as_u64() >= Some(1) || standing["behind"] == 0
    });
    flow.misbehave(&Value::Null);
    flow.resume();
    let after = counts(&flow.settled()).into_iter().filter_map(|(what, events)| {
        let new = events - before.get(&what).copied().unwrap_or_default();
        (new > 0).then(|| (what, new.into()))
    });
    let after: Map<String, Value> = after.collect();
    let there = flow.actions();
    let times = |id: &String| {
        let action = format!("u1 {id}");
        there.iter().filter(|one| **one == action).count()
    };
    (after.into(), ids.iter().map(times).collect())
}

#[test]
fn what_is_uncertain_is_sent_again_and_counted() {
    let (flow, _server, address) = begun(&[]);
    for (trouble, became, is_double) in [
        ("lost_answer", "resent", true),
        ("truncated", "resent", true),
        ("server_error", "resent", false),
        ("reset", "resent", false),
        ("throttled", "delivered", false),
        ("delay", "delivered", false),
    ] {
        let (counted, there) = met(&flow, address, trouble);
        assert_eq!(counted, json!({ became: EACH }), "{trouble}");
        let as_often = |times: &usize| if is_double { *times > 1 } else { *times == 1 };
        assert!(there.iter().all(as_often), "{trouble}: {there:?}");
    }
    assert_eq!(flow.held(), Vec::<String>::new());
}

#[test]
fn a_host_that_is_gone_makes_nothing_certain() {
    let (mut flow, _server, address) = begun(&[]);
    let has_tried = |flow: &Flow| flow.standing()["tries"].as_u64() >= Some(1);
    flow.misbehave(&json!({ "route": "POST /analytics/*", "rate": 1, "fault": "lost_answer" }));
    flow.send(address, &[event("t1", "track", "u1", json!({ "event": "One" }))]);
    wait_until(|| has_tried(&flow));
    flow.stop_twin();
    flow.resume();
    wait_until(|| has_tried(&flow));
    flow.start_twin();
    flow.resume();
    assert_eq!(
        flow.settled()["last_hour"],
        json!({ "delivered": 1, "resent": 1 })
    );
    assert!(flow.actions().len() >= 2, "{:?}", flow.actions());
}

#[test]
fn what_is_uncertain_is_held_where_nothing_may_be_there_twice() {
    let (flow, _server, address) = begun(&["--set", "uncertain=hold"]);
    let mut held = Vec::new();
    for (trouble, became, times) in [
        ("lost_answer", "held", 1),
        ("truncated", "held", 1),
        ("server_error", "held", 0),
        ("reset", "held", 0),
        ("throttled", "delivered", 1),
        ("delay", "delivered", 1),
    ] {
        let (counted, there) = met(&flow, address, trouble);
        assert_eq!(
            (counted, there),
            (json!({ became: EACH }), vec![times; EACH]),
            "{trouble}"
        );
        if became == "held" {
            held.extend((0..EACH).map(|n| format!("{trouble}-{n} uncertain")));
        }
        assert_eq!(flow.held(), held);
    }
    // A person has looked: this one did not arrive, and is brought.
    done(flow.path(), &["events", "release", "reset-0"]);
    wait_until(|| flow.actions().contains(&"u1 reset-0".to_owned()));
    wait_until(|| flow.held().len() == held.len() - 1);
}

#[test]
fn what_planhat_takes_in_part_keeps_back_only_what_it_refused() {
    for form in ["text", "object"] {
        let errors = format!("bulk_error_form={form}");
        let flow = Flow::of(&["--set", &errors], &[]);
        let (_server, address) = serve(flow.path(), &[]);
        let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
        let identify = |id: &str, user: &str, email: Value| {
            let traits = json!({ "email": email, "companyId": "c1" });
            event(id, "identify", user, json!({ "traits": traits }))
        };
        flow.send(
            address,
            &[
                event("g1", "group", "u0", company),
                identify("i1", "u1", json!("a@one.example")),
                identify("i2", "u2", json!({ "no": "address" })),
                identify("i3", "u3", json!("c@one.example")),
                event("t1", "track", "u1", json!({ "event": "One" })),
                event("t2", "track", "u2", json!({ "event": "Two" })),
            ],
        );
        flow.settled();
        let asked = flow.asked();
        assert_eq!(asked["routes"]["PUT /endusers"], json!({ "206": 1 }), "{asked:#}");
        assert_eq!(flow.held(), ["i2 refused", "t2 behind"], "{form}");
        let held = shown(flow.path(), &["events", "held", "--json"]);
        assert_eq!(held[0]["said"], "email must be a text", "{form}");
        assert_eq!(flow.actions(), ["u1 One"]);
        // Said again as it should be, it lets go what waited for it.
        flow.send(address, &[identify("i4", "u2", json!("b@one.example"))]);
        wait_until(|| flow.held() == ["i2 refused"]);
        assert_eq!(flow.actions(), ["u1 One", "u2 Two"]);
    }
}
