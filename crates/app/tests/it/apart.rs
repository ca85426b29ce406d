//! Destinations are apart: one that fails slows neither another nor what comes in.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    events::{done, serve, wait_until},
    flow::{Flow, event},
};

const BATCHES: usize = 12;
const EACH: usize = 20;

/// However busy the machine is, an answer that waits for no destination is there by then.
const SOON: Duration = Duration::from_secs(5);

/// Sends to both in turns, each batch answered soon.
fn send(flows: [&Flow; 2], address: SocketAddr) {
    for batch in 0..BATCHES {
        for flow in flows {
            let track = |n: usize| {
                let id = format!("{batch:02}-{n:02}");
                event(
                    &id,
                    "track",
                    "u1",
                    json!({ "event": format!("{} {id}", flow.to) }),
                )
            };
            let mut events: Vec<Value> = (0..EACH).map(track).collect();
            let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
            events.push(event(&format!("{batch:02}"), "group", "u1", company));
            let began = Instant::now();
            flow.send(address, &events);
            assert!(began.elapsed() < SOON, "answered after {:?}", began.elapsed());
        }
    }
}

/// Everything that was sent to it is there once, and nothing that was sent to the other.
fn is_whole(flow: &Flow) {
    let standing = flow.settled();
    let all = BATCHES * (EACH + 1);
    assert_eq!(standing["last_hour"], json!({ "delivered": all }), "{standing:#}");
    let sent = (0..BATCHES * EACH).map(|n| format!("u1 {} {:02}-{:02}", flow.to, n / EACH, n % EACH));
    assert_eq!(flow.actions(), sent.collect::<Vec<_>>());
}

/// While the first fails this way, the second has everything; once it has come back, the first has too.
fn check(fails: &Value, has_failed: fn(&Value) -> bool, come_back: fn(&mut Flow)) {
    let mut failing = Flow::new(&[]);
    let well = failing.beside("other", "app");
    failing.misbehave(fails);
    let (_server, address) = serve(failing.path(), &[]);
    send([&failing, &well], address);
    is_whole(&well);
    wait_until(|| has_failed(&failing.standing()));
    assert_eq!(failing.actions(), Vec::<String>::new());
    // Nothing of this changes what comes in now.
    well.send(
        address,
        &[event("last", "track", "u1", json!({ "event": "Last" }))],
    );
    wait_until(|| well.actions().contains(&"u1 Last".to_owned()));
    come_back(&mut failing);
    failing.resume();
    is_whole(&failing);
}

#[test]
fn one_that_says_no_to_everything_keeps_back_no_other() {
    check(
        &json!({ "rate": 1, "fault": "server_error" }),
        |standing| {
            let complains = standing["complaint"]
                .as_str()
                .is_some_and(|words| words.contains("on our side"));
            standing["tries"].as_u64() > Some(1) && complains
        },
        |failing| failing.misbehave(&Value::Null),
    );
}

#[test]
fn one_that_never_answers_keeps_back_no_other() {
    check(
        &json!({ "rate": 1, "fault": "delay", "delay_ms": 3_600_000 }),
        |standing| standing["behind"].as_u64() > Some(0),
        |failing| {
            failing.stop_twin();
            failing.start_twin();
        },
    );
}

#[test]
fn a_source_that_leaves_and_comes_back_is_not_brought_by_two() {
    let flow = Flow::new(&[]);
    let (mut server, address) = serve(flow.path(), &[]);
    let company = json!({ "groupId": "c1", "traits": { "name": "One" } });
    let company = [event("g1", "group", "u1", company)];
    flow.send(address, &company);
    flow.settled();
    let slow = json!({ "route": "POST /analytics/*", "rate": 1, "fault": "delay", "delay_ms": 6_000 });
    flow.misbehave(&slow);
    let track = |id: &str| event(id, "track", "u1", json!({ "event": id }));
    flow.send(address, &[track("t1")]);
    // It is looked every second whose events go where, and the first call is under way all the while.
    wait_until(|| flow.standing()["last_hour"]["delivered"] == 1);
    done(flow.path(), &["source", "change", "web", "--nowhere"]);
    let other = flow.beside("other", "app");
    other.send(address, &company);
    other.settled();
    done(flow.path(), &["source", "change", "web", "--to", "acme"]);
    flow.misbehave(&Value::Null);
    flow.send(address, &[track("t2")]);
    flow.settled();
    // What is under way is brought to its end.
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(flow.standing()["last_hour"], json!({ "delivered": 3 }));
    assert_eq!(flow.actions(), ["u1 t1", "u1 t2"]);
}
