//! Events: what is sent, how it is signed, and what becomes of what is not taken.

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    Stand,
    furnished::{ADA, BEN, furnished},
};
use crate::{Delivery, kit::Response};

const URL: (&str, &str) = ("webhook_url", "http://127.0.0.1:9/in?a=b");
const QUIET: (&str, &str) = ("webhook_ping", "no");

fn due(twin: &Stand) -> Vec<Delivery> {
    twin.twin.deliveries(twin.now)
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.request.body).unwrap()
}

fn settle(twin: &mut Stand, delivery: &Delivery, status: Option<u16>) {
    let response = status.map(|status| Response::text(status, ""));
    let now: Timestamp = twin.now;
    assert!(twin.twin.delivered(delivery.id, response.as_ref(), now));
}

/// The topics of everything that is due, all of it taken.
fn topics(twin: &mut Stand) -> Vec<String> {
    let due = due(twin);
    for delivery in &due {
        settle(twin, delivery, Some(200));
    }
    due.iter()
        .map(|delivery| body(delivery)["topic"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_event_is_signed_and_says_what_happened() {
    let mut twin = furnished(&[URL, ("client_secret", "s3cret")]);
    let id = twin.talk("Hello");
    let due = due(&twin);
    let [ping, event] = due.as_slice() else {
        panic!("{due:?}")
    };
    assert_eq!(body(ping)["topic"], "ping");
    assert_eq!(
        (event.origin.as_str(), event.request.path.as_str()),
        ("http://127.0.0.1:9", "/in")
    );
    assert_eq!(event.request.query_text("a"), Some("b"));
    // As anybody computes it: HMAC-SHA1 under the secret, over the raw body, in hex.
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"s3cret");
    let given = event
        .request
        .header_text("x-hub-signature")
        .unwrap()
        .strip_prefix("sha1=")
        .unwrap();
    ring::hmac::verify(&key, &event.request.body, &hex::decode(given).unwrap()).unwrap();
    let told = body(event);
    assert_eq!(
        (&told["type"], &told["topic"]),
        (&json!("notification_event"), &json!("conversation.user.created"))
    );
    assert_eq!(told["data"]["item"]["id"], json!(id));
    assert_eq!(told["data"]["item"]["priority"], "not_priority");
    assert!(told["id"].as_str().unwrap().starts_with("notif_"));
}

#[test]
fn what_is_done_is_told_under_its_topic() {
    let mut twin = furnished(&[URL, QUIET]);
    let id = twin.talk("Hello");
    twin.says(&id, "comment", "Hi");
    twin.says(&id, "note", "Hm");
    twin.answers(&id, "Thanks");
    twin.manage(&id, json!({"message_type": "close"}));
    twin.manage(&id, json!({"message_type": "assignment", "assignee_id": BEN}));
    twin.manage(
        &id,
        json!({"message_type": "snoozed", "snoozed_until": super::START + 99}),
    );
    twin.manage(&id, json!({"message_type": "open"}));
    twin.did(
        &format!("POST /conversations/{id}/tags"),
        json!({"id": "86", "admin_id": ADA}),
    );
    twin.did(&format!("PUT /conversations/{id}"), json!({"read": true}));
    twin.get(&format!("DELETE /conversations/{id}"));
    let expected = [
        "conversation.user.created",
        "conversation.admin.replied",
        "conversation.admin.noted",
        "conversation.user.replied",
        "conversation.admin.closed",
        "conversation.admin.open.assigned",
        "conversation.admin.snoozed",
        "conversation.admin.unsnoozed",
        "conversation_part.tag.created",
        "conversation.read",
        "conversation.deleted",
    ];
    assert_eq!(topics(&mut twin), expected);
    let author: u64 = ADA.parse().unwrap();
    let made = twin.did(
        "POST /articles",
        json!({"title": "T", "author_id": author, "state": "published"}),
    );
    twin.get(&format!("DELETE /articles/{}", made["id"].as_str().unwrap()));
    assert_eq!(
        topics(&mut twin),
        ["article.created", "article.published", "article.deleted"]
    );
}

#[test]
fn only_what_was_asked_for_is_sent() {
    let mut twin = furnished(&[URL, QUIET, ("webhook_topics", "conversation.user.replied")]);
    let id = twin.talk("Hello");
    twin.answers(&id, "more");
    assert_eq!(topics(&mut twin), ["conversation.user.replied"]);
    assert!(due(&furnished(&[])).is_empty());
}

#[test]
fn what_is_not_taken_is_sent_once_more() {
    let mut twin = furnished(&[URL, QUIET]);
    twin.talk("Hello");
    for status in [Some(500), None] {
        let first = due(&twin);
        settle(&mut twin, &first[0], status);
        if status.is_none() {
            break;
        }
        assert!(due(&twin).is_empty());
        twin.wait(59);
        assert!(due(&twin).is_empty());
        twin.wait(1);
        assert_eq!(body(&due(&twin)[0])["delivery_attempts"], 2);
    }
    twin.wait(86_400);
    assert!(due(&twin).is_empty());
}

#[test]
fn a_receiver_that_is_busy_is_waited_for() {
    let mut twin = furnished(&[URL, QUIET]);
    twin.talk("Hello");
    for wait in [60, 120, 240] {
        let now = due(&twin);
        settle(&mut twin, &now[0], Some(429));
        twin.wait(wait - 1);
        assert!(due(&twin).is_empty(), "{wait}");
        twin.wait(1);
        assert_eq!(due(&twin).len(), 1, "{wait}");
    }
}

#[test]
fn a_receiver_that_is_gone_hears_nothing_more() {
    let mut twin = furnished(&[URL, QUIET]);
    let id = twin.talk("Hello");
    let now = due(&twin);
    settle(&mut twin, &now[0], Some(410));
    twin.answers(&id, "more");
    assert!(due(&twin).is_empty());
}

#[test]
fn duplicates_and_disorder_are_switches() {
    let mut twin = furnished(&[
        URL,
        QUIET,
        ("webhook_duplicates", "yes"),
        ("webhook_order", "reversed"),
        ("webhook_times", "iso"),
    ]);
    let id = twin.talk("Hello");
    twin.answers(&id, "more");
    let due = due(&twin);
    let told: Vec<Value> = due.iter().map(body).collect();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0]["id"], told[1]["id"]);
    assert_eq!(told[0]["topic"], "conversation.user.replied");
    assert_eq!(told[0]["data"]["item"]["created_at"], "2024-12-18T15:57:40.000Z");
    assert!(told[0]["created_at"].is_i64());
}

#[test]
fn what_waits_is_saved() {
    let mut twin = furnished(&[URL, QUIET]);
    twin.talk("Hello");
    let mut saved = Vec::new();
    twin.twin.save(&mut saved).unwrap();
    let mut other = furnished(&[URL, QUIET]);
    other.twin.load(&mut saved.as_slice()).unwrap();
    assert_eq!(topics(&mut other), ["conversation.user.created"]);
}
