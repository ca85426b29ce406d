// tidy: long because its tests are tables.
use base64::{Engine, prelude::BASE64_STANDARD};
use model::Timestamp;
use serde_json::{Value, json};

use super::{Desk, holds, ticket};
use crate::{Delivery, kit::Response};

/// What the twin wants sent now.
fn due(desk: &Desk) -> Vec<Delivery> {
    desk.twin.deliveries(Timestamp::from_second(desk.second).unwrap())
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.request.body).unwrap()
}

fn settle(desk: &mut Desk, delivery: &Delivery, response: Option<Response>) {
    let now = Timestamp::from_second(desk.second).unwrap();
    assert!(desk.twin.delivered(delivery.id, response.as_ref(), now));
}

/// Answers a verification as a receiver should.
fn verify(desk: &mut Desk) {
    let due = due(desk);
    let [verification] = due.as_slice() else {
        panic!("{due:?}")
    };
    let told = body(verification);
    assert_eq!(told["type"], json!("verify"));
    let answer = Response::json(200, &json!({"challenge": told["verify"]["challenge"]}));
    settle(desk, verification, Some(answer));
}

/// A workspace with an active webhook for these events.
fn desk(events: &[&str]) -> Desk {
    let mut desk = Desk::new();
    desk.furnish();
    desk.ok(
        "webhooks.create",
        json!({"url": "http://127.0.0.1:9/in?a=b", "event_types": events, "secret": "c2VjcmV0LXNlY3JldA==", "headers": [{"name": "X-Who", "value": "me"}]}),
    );
    verify(&mut desk);
    desk
}

/// The types and the payloads of everything that is due, all of it taken.
fn told(desk: &mut Desk) -> Vec<(String, Value)> {
    let due = due(desk);
    for delivery in &due {
        settle(desk, delivery, Some(Response::text(204, "")));
    }
    let told = due.iter().map(|delivery| {
        let body = body(delivery);
        let event = body["type"].as_str().unwrap().to_owned();
        (event.clone(), body[&event].clone())
    });
    told.collect()
}

#[test]
fn an_address_is_verified_before_it_hears_of_anything() {
    let mut desk = Desk::new();
    desk.furnish();
    let made = desk.ok(
        "webhooks.create",
        json!({"url": "http://127.0.0.1:9/in", "event_types": ["work_created"]}),
    );
    let expected = json!({"webhook": {"display_id": "WEBHOOK-1", "status": "unverified", "event_types": ["work_created", "verify"]}});
    assert!(holds(&made, &expected), "{made}");
    let secret = made["webhook"]["secret"].as_str().unwrap();
    assert_eq!(BASE64_STANDARD.decode(secret).unwrap().len(), 32);
    desk.ok("works.create", ticket(json!({})));
    let due_now = due(&desk);
    assert_eq!(due_now.len(), 1);
    let first = body(&due_now[0]);
    assert!(
        holds(
            &first,
            &json!({"type": "verify", "webhook_id": made["webhook"]["id"]})
        ),
        "{first}"
    );
    settle(
        &mut desk,
        &due_now[0],
        Some(Response::json(200, &json!({"challenge": "wrong"}))),
    );
    assert!(due(&desk).is_empty());
    desk.second += 28;
    assert!(due(&desk).is_empty());
    desk.second += 1;
    verify(&mut desk);
    assert_eq!(
        desk.ok("webhooks.get", json!({"id": "WEBHOOK-1"}))["webhook"]["status"],
        json!("active")
    );
    desk.ok("works.create", ticket(json!({})));
    assert_eq!(told(&mut desk).len(), 1);
}

#[test]
fn a_delivery_is_signed_and_says_what_and_when() {
    let mut desk = desk(&["work_created"]);
    desk.ok("works.create", ticket(json!({"title": "New"})));
    let due = due(&desk);
    let delivery = &due[0];
    assert_eq!(
        (delivery.origin.as_str(), delivery.request.path.as_str()),
        ("http://127.0.0.1:9", "/in")
    );
    assert_eq!(delivery.request.query_text("a"), Some("b"));
    assert_eq!(delivery.request.header_text("x-who"), Some("me"));
    // As anybody computes it: HMAC-SHA256 under the secret's bytes, over the raw body, in hex.
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"secret-secret");
    let given = delivery.request.header_text("x-devrev-signature").unwrap();
    let given: Vec<u8> = (0..given.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&given[at..at + 2], 16).unwrap())
        .collect();
    ring::hmac::verify(&key, &delivery.request.body, &given).unwrap();
    let told = body(delivery);
    let work = desk.ok("works.get", json!({"id": "TKT-2"}))["work"].clone();
    assert_eq!(told["work_created"]["work"], work);
    assert!(told["id"].as_str().unwrap().contains(":webhook/1:webhook_event/"));
    assert!(told["timestamp"].as_str().unwrap().ends_with(".000000000Z"));
    assert_eq!(
        told["webhook_id"],
        json!("don:integration:dvrv-us-1:devo/1nterL1ne:webhook/1")
    );
}

#[test]
fn every_change_is_an_event_of_its_object() {
    // tidy: long because it is one table.
    let all = [
        "account_created",
        "account_updated",
        "account_deleted",
        "rev_org_created",
        "rev_org_deleted",
        "timeline_entry_created",
        "timeline_entry_updated",
        "timeline_entry_deleted",
        "work_updated",
        "work_deleted",
        "link_created",
        "link_deleted",
        "part_created",
        "group_created",
        "group_member_added",
        "group_member_removed",
        "tag_deleted",
        "article_created",
        "rev_user_updated",
        "conversation_created",
    ];
    let mut desk = desk(&all);
    let comment = |more: Value| {
        let mut body = json!({"type": "timeline_comment"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let cases: Vec<(&str, Value, Value)> = vec![
        (
            "accounts.create",
            json!({"display_name": "B"}),
            json!([["account_created", {"account": {"display_name": "B"}}], ["rev_org_created", {"rev_org": {"display_name": "B"}}]]),
        ),
        (
            "accounts.update",
            json!({"id": "ACC-2", "tier": "gold"}),
            json!([["account_updated", {"account": {"tier": "gold"}, "old_account": {"display_name": "B"}}]]),
        ),
        (
            "accounts.delete",
            json!({"id": "ACC-2"}),
            json!([["rev_org_deleted", {}], ["account_deleted", {"id": "don:identity:dvrv-us-1:devo/1nterL1ne:account/2", "old_account": {"tier": "gold"}}]]),
        ),
        (
            "timeline-entries.create",
            comment(json!({"object": "TKT-1", "body": "b", "external_ref": "e"})),
            json!([["timeline_entry_created", {"entry": {"body": "b"}}]]),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "title": "N"}),
            json!([["work_updated", {"work": {"title": "N"}, "old_work": {"title": "T"}}]]),
        ),
        (
            "parts.create",
            json!({"type": "feature", "name": "F", "owned_by": ["DEVU-1"], "parent_part": ["PROD-1"]}),
            json!([["part_created", {"part": {"name": "F"}}], ["link_created", {"link": {"link_type": "is_part_of"}}]]),
        ),
        (
            "groups.create",
            json!({"name": "G", "description": "d"}),
            json!([["group_created", {"group": {"name": "G"}}]]),
        ),
        (
            "groups.members.add",
            json!({"group": "GROUP-1", "member": "DEVU-1"}),
            json!([["group_member_added", {"group": {"name": "G"}, "member": {"type": "dev_user", "display_id": "DEVU-1"}}]]),
        ),
        (
            "groups.members.remove",
            json!({"group": "GROUP-1", "member": "DEVU-1"}),
            json!([["group_member_removed", {"group": {"name": "G"}, "member": {"display_id": "DEVU-1"}}]]),
        ),
        (
            "works.update",
            json!({"id": "TKT-1", "tags": {"set": [{"id": "TAG-1"}]}}),
            json!([["work_updated", {}]]),
        ),
        (
            "tags.delete",
            json!({"id": "TAG-1"}),
            json!([["tag_deleted", {"old_tag": {"name": "vip"}}]]),
        ),
        (
            "conversations.create",
            json!({"type": "support", "messages": [{"body": "m"}]}),
            json!([["conversation_created", {}], ["timeline_entry_created", {"entry": {"body": "m"}}]]),
        ),
        (
            "rev-users.associations.add",
            json!({"rev_user_id": "REVU-1", "associations": []}),
            json!([["rev_user_updated", {"rev_user": {}}]]),
        ),
        (
            "works.delete",
            json!({"id": "TKT-1"}),
            json!([["work_deleted", {"old_work": {"title": "N"}}], ["timeline_entry_deleted", {"old_entry": {"body": "b"}}]]),
        ),
        (
            "meetings.create",
            json!({"channel": "zoom", "state": "completed", "title": "M", "members": ["DEVU-1"]}),
            json!([]),
        ),
        ("works.create", ticket(json!({})), json!([])),
        ("works.create", json!({}), json!([])),
    ];
    for (path, request, expected) in cases {
        desk.post(path, request);
        let told: Vec<Value> = told(&mut desk)
            .into_iter()
            .map(|(event, body)| json!([event, body]))
            .collect();
        assert!(
            holds(&json!(told), &expected),
            "{path}: {told:?} lacks {expected}"
        );
    }
}

#[test]
fn who_fails_three_times_is_asked_anew() {
    let mut desk = desk(&["work_created"]);
    desk.ok("works.create", ticket(json!({})));
    let first = due(&desk)[0].clone();
    settle(&mut desk, &first, None);
    assert!(due(&desk).is_empty());
    desk.second += 30;
    let second = due(&desk)[0].clone();
    assert_eq!(first.request.body, second.request.body);
    settle(&mut desk, &second, Some(Response::text(500, "")));
    desk.second += 149;
    assert!(due(&desk).is_empty());
    desk.second += 1;
    desk.ok("works.create", ticket(json!({})));
    let both = due(&desk);
    assert_eq!(both.len(), 2);
    settle(&mut desk, &both[0], Some(Response::text(404, "")));
    assert_eq!(
        desk.ok("webhooks.get", json!({"id": "WEBHOOK-1"}))["webhook"]["status"],
        json!("unverified")
    );
    // What else waited is gone; a late answer to it changes nothing.
    let now = Timestamp::from_second(desk.second).unwrap();
    assert!(!desk.twin.delivered(both[1].id, None, now));
    verify(&mut desk);
    desk.ok("works.create", ticket(json!({})));
    assert_eq!(told(&mut desk).len(), 1);
}

#[test]
fn webhooks_are_changed_listed_and_deleted() {
    // tidy: long because it is one table.
    let mut desk = desk(&["work_created"]);
    let mut check = |path: &str, body: Value, status: u16, expected: Value| {
        let (got, answer) = desk.post(path, body.clone());
        assert_eq!(got, status, "{path} {body}: {answer}");
        assert!(holds(&answer, &expected), "{path} {body}: {answer}");
    };
    let id = json!("WEBHOOK-1");
    check(
        "webhooks.create",
        json!({"url": "ftp://x"}),
        400,
        json!({"field_name": "url"}),
    );
    check(
        "webhooks.create",
        json!({"url": "http://x", "secret": "c2hvcnQ="}),
        400,
        json!({"field_name": "secret"}),
    );
    check(
        "webhooks.create",
        json!({"url": "http://x", "event_types": ["nope"]}),
        400,
        json!({"type": "invalid_enum_value"}),
    );
    check(
        "webhooks.list",
        json!({"limit": 1}),
        400,
        json!({"type": "invalid_field"}),
    );
    check(
        "webhooks.list",
        json!({}),
        200,
        json!({"webhooks": [{"status": "active"}]}),
    );
    check(
        "webhooks.update",
        json!({"id": id, "event_types": {"add": ["work_deleted"], "remove": ["work_created"]}}),
        200,
        json!({"webhook": {"event_types": ["verify", "work_deleted"], "status": "active"}}),
    );
    check(
        "webhooks.update",
        json!({"id": id, "headers": {"add": [{"name": "x-who", "value": "you"}, {"name": "X-B", "value": "b"}]}}),
        200,
        json!({"webhook": {"headers": [{"value": "you"}, {"value": "b"}]}}),
    );
    check(
        "webhooks.update",
        json!({"id": id, "headers": {"remove": ["x-b"]}}),
        200,
        json!({"webhook": {"headers": [{"value": "you"}]}}),
    );
    check(
        "webhooks.fetch",
        json!({"id": id, "object": "TKT-1"}),
        200,
        json!({}),
    );
    check(
        "webhooks.fetch",
        json!({"id": id, "object": "TKT-9"}),
        200,
        json!({}),
    );
    check(
        "webhooks.fetch",
        json!({"id": id, "object": "ACC-1"}),
        400,
        json!({}),
    );
    let fetched: Vec<Value> = told(&mut desk)
        .into_iter()
        .map(|(_, body)| body["result"].clone())
        .collect();
    assert_eq!(fetched, [json!("ok"), json!("not_found")]);
    desk.ok(
        "webhooks.update",
        json!({"id": id, "url": "http://127.0.0.1:9/other"}),
    );
    assert_eq!(
        desk.ok("webhooks.get", json!({"id": id}))["webhook"]["status"],
        json!("unverified")
    );
    verify(&mut desk);
    desk.ok("webhooks.update", json!({"id": id, "secret": ""}));
    verify(&mut desk);
    assert_eq!(
        desk.ok("webhooks.update", json!({"id": id, "action": "deactivate"}))["webhook"]["status"],
        json!("inactive")
    );
    desk.ok("works.delete", json!({"id": "TKT-1"}));
    assert!(due(&desk).is_empty());
    desk.ok("webhooks.update", json!({"id": id, "action": "activate"}));
    verify(&mut desk);
    desk.ok("webhooks.delete", json!({"id": id}));
    assert!(due(&desk).is_empty());
    assert_eq!(desk.post("webhooks.get", json!({"id": id})).0, 404);
}

#[test]
fn what_waits_survives_a_save() {
    let mut desk = desk(&["work_created"]);
    desk.ok("works.create", ticket(json!({})));
    let first = due(&desk)[0].clone();
    settle(&mut desk, &first, None);
    let mut saved = Vec::new();
    desk.twin.save(&mut saved).unwrap();
    let mut other = Desk::new();
    other.second = desk.second;
    other.twin.load(&mut saved.as_slice()).unwrap();
    assert!(due(&other).is_empty());
    other.second += 30;
    desk.second += 30;
    for desk in [&mut desk, &mut other] {
        desk.ok("works.create", ticket(json!({"title": "U"})));
    }
    let texts = |desk: &Desk| {
        due(desk)
            .iter()
            .map(|one| (one.id, one.request.body.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&desk), texts(&other));
    assert_eq!(texts(&desk).len(), 2);
}
