//! Conversations: what is said and done in them, and how they are shown.

use serde_json::{Value, json};

use super::furnished::{ADA, ANN, BEN, COMPANY, LEO, MIA, furnished, parts};

/// What of a conversation changes with what is done.
fn standing(talk: &Value) -> Value {
    json!([
        talk["state"],
        talk["open"],
        talk["waiting_since"].is_null(),
        talk["snoozed_until"].is_null()
    ])
}

#[test]
fn the_first_message_is_no_part() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello <b>you</b>\n\nBye");
    let talk = twin.get(&format!("GET /conversations/{id}"));
    assert_eq!(
        talk["source"]["body"],
        "<p>Hello &lt;b&gt;you&lt;/b&gt;</p>\n<p>Bye</p>"
    );
    assert_eq!(talk["source"]["author"]["name"], "Ann");
    assert_eq!(talk["source"]["delivered_as"], "customer_initiated");
    assert_eq!(
        talk["contacts"]["contacts"][0],
        json!({"type": "contact", "id": ANN, "external_id": "70"})
    );
    assert_eq!(talk["statistics"], Value::Null);
    assert!(parts(&talk).is_empty());
    assert_eq!(talk["priority"], "none");
    assert_eq!(talk["admin_assignee_id"], 0);
}

#[test]
fn what_is_said_becomes_a_part() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    twin.wait(10);
    twin.says(&id, "comment", "<b>Hi</b>");
    twin.says(&id, "note", "secret");
    twin.wait(5);
    let talk = twin.answers(&id, "thanks & bye");
    let expected = [
        ("comment", "<b>Hi</b>"),
        ("note", "<p>secret</p>"),
        ("comment", "<p>thanks &amp; bye</p>"),
    ];
    assert_eq!(
        parts(&talk),
        expected.map(|(kind, body)| (kind.to_owned(), body.to_owned()))
    );
    assert_eq!(talk["statistics"]["count_conversation_parts"], 3);
    assert_eq!(talk["statistics"]["time_to_admin_reply"], 10);
    assert_eq!(talk["teammates"]["admins"][0]["id"], ADA);
    let made = talk["created_at"].as_i64().unwrap();
    assert_eq!(talk["updated_at"].as_i64().unwrap() - made, 15);
}

#[test]
fn what_is_done_changes_how_it_stands() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let mut check = |body: Value, kind: &str, expected: Value| {
        let talk = twin.manage(&id, body);
        assert_eq!(parts(&talk).last().unwrap().0, kind);
        assert_eq!(standing(&talk), expected, "{kind}");
        talk
    };
    check(
        json!({"message_type": "close", "body": "Bye"}),
        "close",
        json!(["closed", false, true, true]),
    );
    let talk = check(
        json!({"message_type": "assignment", "assignee_id": BEN}),
        "assign_and_reopen",
        json!(["open", true, true, true]),
    );
    assert_eq!(talk["admin_assignee_id"].to_string(), BEN);
    let until = super::START + 3_600;
    let snoozed = json!({"message_type": "snoozed", "snoozed_until": until});
    check(snoozed, "snoozed", json!(["snoozed", true, true, false]));
    check(
        json!({"message_type": "open"}),
        "open",
        json!(["open", true, true, true]),
    );
    let talk = check(
        json!({"message_type": "assignment", "type": "team", "assignee_id": "5001"}),
        "assignment",
        json!(["open", true, true, true]),
    );
    assert_eq!(talk["team_assignee_id"], 5001);
    let talk = check(
        json!({"message_type": "assignment", "assignee_id": "0"}),
        "assignment",
        json!(["open", true, true, true]),
    );
    assert_eq!(talk["admin_assignee_id"], 0);
    assert_eq!(talk["statistics"]["count_assignments"], 3);
}

#[test]
fn a_customers_word_opens_what_was_closed() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    twin.manage(&id, json!({"message_type": "close"}));
    let talk = twin.answers(&id, "Not yet");
    assert_eq!(
        parts(&talk).last().unwrap(),
        &("open".to_owned(), "<p>Not yet</p>".to_owned())
    );
    assert_eq!(standing(&talk), json!(["open", true, false, true]));
    twin.manage(&id, json!({"message_type": "close"}));
    let talk = twin.says(&id, "note", "still closed");
    assert_eq!(talk["state"], "closed");
}

#[test]
fn a_reply_to_last_finds_the_last_conversation() {
    let mut twin = furnished(&[]);
    let first = twin.talk("one");
    twin.wait(1);
    let second = twin.talk("two");
    let reply = json!({"message_type": "comment", "type": "user", "user_id": "70", "body": "x"});
    assert_eq!(
        twin.did("POST /conversations/last/reply", reply)["id"],
        json!(second)
    );
    assert_ne!(first, second);
}

#[test]
fn what_cannot_be_said_is_refused() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let path = format!("POST /conversations/{id}/reply");
    let admin = |more: Value| {
        let mut body = json!({"type": "admin", "admin_id": ADA, "message_type": "comment"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Some(body)
    };
    twin.refuses(&path, admin(json!({})), "400 parameter_invalid Body is required");
    twin.refuses(
        &path,
        admin(json!({"admin_id": "1", "body": "x"})),
        "404 admin_not_found",
    );
    twin.refuses(
        &path,
        admin(json!({"message_type": "shout", "body": "x"})),
        "400 parameter_invalid",
    );
    twin.refuses(
        &path,
        admin(json!({"message_type": "quick_reply"})),
        "400 parameter_invalid",
    );
    let nobody = json!({"type": "user", "email": "nobody@x.example", "message_type": "comment", "body": "x"});
    twin.refuses(&path, Some(nobody), "404 not_found User Not Found");
    twin.refuses(
        "POST /conversations/1/reply",
        admin(json!({"body": "x"})),
        "404 not_found Resource Not Found",
    );
    let path = format!("POST /conversations/{id}/parts");
    twin.refuses(
        &path,
        admin(json!({"message_type": "snoozed"})),
        "400 parameter_not_found",
    );
    let assign = json!({"message_type": "assignment", "assignee_id": "1"});
    twin.refuses(&path, admin(assign), "404 assignee_not_found");
    let from = json!({"from": {"type": "user", "id": "6762f0f31bb69f9f2193bb00"}, "body": "x"});
    twin.refuses("POST /conversations", Some(from), "404 not_found User Not Found");
}

#[test]
fn versions_differ_in_priority_and_in_nobody() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    twin.did(
        &format!("PUT /conversations/{id}"),
        json!({"company_id": COMPANY}),
    );
    for (version, nobody, priority, has_company) in [
        ("2.14", Value::Null, "not_priority", false),
        ("2.15", Value::Null, "not_priority", true),
        ("2.16", json!(0), "none", true),
    ] {
        twin.version = version;
        let talk = twin.get(&format!("GET /conversations/{id}"));
        assert_eq!(
            (&talk["admin_assignee_id"], &talk["priority"]),
            (&nobody, &json!(priority)),
            "{version}"
        );
        assert_eq!(talk["company"]["name"] == "Acme", has_company, "{version}");
    }
}

#[test]
fn attributes_that_change_are_parts() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let path = format!("PUT /conversations/{id}");
    let change = json!({"title": "Broken", "read": true, "custom_attributes": {"issue_type": "Billing"}});
    let talk = twin.did(&path, change.clone());
    assert_eq!(talk["title"], "Broken");
    assert_eq!(talk["read"], true);
    assert_eq!(talk["custom_attributes"]["issue_type"], "Billing");
    let part = &talk["conversation_parts"]["conversation_parts"][0];
    assert_eq!(part["part_type"], "conversation_attribute_updated_by_admin");
    assert_eq!(part["author"]["type"], "bot");
    assert_eq!(
        part["event_details"]["value"],
        json!({"name": "Billing", "previous": null})
    );
    assert_eq!(parts(&twin.did(&path, change)).len(), 1);
}

#[test]
fn tags_come_and_go() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let path = format!("POST /conversations/{id}/tags");
    let tag = twin.did(&path, json!({"id": "86", "admin_id": ADA}));
    assert_eq!(
        (&tag["name"], &tag["applied_by"]["id"]),
        (&json!("billing"), &json!(ADA))
    );
    let talk = twin.get(&format!("GET /conversations/{id}"));
    assert_eq!(talk["tags"]["tags"][0]["id"], "86");
    assert_eq!(parts(&talk)[0].0, "conversation_tags_updated");
    twin.did(
        &format!("DELETE /conversations/{id}/tags/86"),
        json!({"admin_id": ADA}),
    );
    let gone = format!("DELETE /conversations/{id}/tags/86");
    twin.refuses(
        &gone,
        Some(json!({"admin_id": ADA})),
        "404 tag_not_found Tag not found",
    );
    twin.refuses(
        "POST /conversations/1/tags",
        Some(json!({"id": "86", "admin_id": ADA})),
        "404 not_found Conversation not found",
    );
}

#[test]
fn customers_come_and_go_but_for_the_last() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let customers = format!("/conversations/{id}/customers");
    let body = json!({"admin_id": ADA, "customer": {"email": "leo@acme.example"}});
    let talk = twin.did(&format!("POST {customers}"), body);
    assert_eq!(talk["contacts"]["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(parts(&talk)[0].0, "participant_added");
    let by = json!({"admin_id": ADA});
    twin.refuses(
        &format!("DELETE {customers}/{MIA}"),
        Some(by.clone()),
        "404 not_found User Not Found",
    );
    twin.did(&format!("DELETE {customers}/{LEO}"), by.clone());
    twin.refuses(
        &format!("DELETE {customers}/{ANN}"),
        Some(by),
        "422 parameter_invalid Removing the last customer",
    );
}

#[test]
fn what_is_redacted_is_blank() {
    let mut twin = furnished(&[]);
    let id = twin.talk("my card is 4111");
    let talk = twin.answers(&id, "and the code is 123");
    let part = talk["conversation_parts"]["conversation_parts"][0]["id"].clone();
    let body = json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": part});
    let talk = twin.did("POST /conversations/redact", body.clone());
    let shown = &talk["conversation_parts"]["conversation_parts"][0];
    assert_eq!(shown["body"], "<p><i>This message was deleted</i></p>");
    assert_eq!(shown["redacted"], true);
    let source = talk["source"]["id"].clone();
    let body = json!({"type": "source", "conversation_id": id, "source_id": source});
    assert_eq!(
        twin.did("POST /conversations/redact", body)["source"]["redacted"],
        true
    );
    let body = json!({"type": "conversation_part", "conversation_id": id, "conversation_part_id": "1"});
    twin.refuses(
        "POST /conversations/redact",
        Some(body),
        "404 conversation_part_or_message_not_found",
    );
}

#[test]
fn what_is_deleted_is_listed_as_gone() {
    let mut twin = furnished(&[]);
    let (one, two) = (twin.talk("one"), twin.talk("two"));
    let gone = twin.get(&format!("DELETE /conversations/{one}"));
    assert_eq!(
        gone,
        json!({"id": one, "object": "conversation", "deleted": true})
    );
    twin.wait(1);
    twin.get(&format!("DELETE /conversations/{two}?retain_metrics=false"));
    twin.refuses(
        &format!("GET /conversations/{one}"),
        None,
        "404 not_found Resource Not Found",
    );
    let list = twin.get("GET /conversations/deleted?per_page=1");
    assert_eq!(
        (&list["type"], &list["total_count"]),
        (&json!("conversations.list"), &json!(2))
    );
    assert_eq!(list["conversations"][0]["id"], json!(two));
    assert_eq!(list["conversations"][0]["metrics_retained"], false);
    assert!(list["pages"]["next"].as_str().unwrap().contains("page=2"));
    let list = twin.get("GET /conversations/deleted?order=asc");
    assert_eq!(list["conversations"][0]["id"], json!(one));
    twin.version = "2.15";
    twin.refuses("GET /conversations/deleted", None, "400 intercom_version_invalid");
}

#[test]
fn only_the_newest_500_parts_are_shown() {
    for (setting, total) in [("all", 510), ("500", 500)] {
        let mut twin = furnished(&[("part_total", setting)]);
        let id = twin.talk("Hello");
        for place in 0..255 {
            let tag = json!({"id": if place == 5 { "87" } else { "86" }, "admin_id": ADA});
            let path = format!("/conversations/{id}/tags");
            twin.did(&format!("POST {path}"), tag.clone());
            twin.did(
                &format!("DELETE {path}/{}", tag["id"].as_str().unwrap()),
                json!({"admin_id": ADA}),
            );
        }
        let talk = twin.get(&format!("GET /conversations/{id}"));
        let shown = &talk["conversation_parts"]["conversation_parts"];
        assert_eq!(
            (shown.as_array().unwrap().len(), &shown[0]["tags"][0]["name"]),
            (500, &json!("vip"))
        );
        assert_eq!(talk["conversation_parts"]["total_count"], total);
        assert_eq!(talk["statistics"]["count_conversation_parts"], 510);
    }
}

#[test]
fn merging_moves_what_was_said() {
    let mut twin = furnished(&[]);
    let (one, two) = (twin.talk("one"), twin.talk("two"));
    twin.says(&two, "comment", "Hi");
    let merge = |from: &str, into: &str| {
        (
            format!("POST /conversations/{from}/merge"),
            json!({"merge_into_conversation_id": into}),
        )
    };
    let (path, body) = merge(&two, &two);
    twin.refuses(
        &path,
        Some(body),
        "422 merge_failed Cannot merge a conversation into itself",
    );
    let (path, body) = merge(&two, "1");
    twin.refuses(
        &path,
        Some(body),
        "422 merge_failed Primary conversation not found",
    );
    let (path, body) = merge(&two, "x");
    twin.refuses(&path, Some(body), "400 parameter_invalid");
    let (path, body) = merge(&two, &one);
    let talk = twin.did(&path, body.clone());
    let kinds: Vec<String> = parts(&talk).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["comment", "comment", "merged_primary_conversation"]);
    twin.refuses(
        &path,
        Some(body),
        "422 merge_failed Secondary conversation has already been merged",
    );
    assert_eq!(twin.get("GET /conversations")["total_count"], 1);
}

#[test]
fn plain_text_is_plain() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    twin.says(
        &id,
        "comment",
        "<p>see <a href=\"https://x.example\">this</a></p>",
    );
    let talk = twin.get(&format!("GET /conversations/{id}?display_as=plaintext"));
    assert_eq!(talk["source"]["body"], "Hello");
    assert_eq!(parts(&talk)[0].1, "see this (https://x.example)");
}

#[test]
fn what_is_rarely_asked_answers() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    let side = twin.get(&format!("GET /conversations/{id}/side_conversations"));
    assert_eq!(
        (&side["type"], &side["total_count"]),
        (&json!("side_conversation.list"), &json!(0))
    );
    let events = twin.get(&format!("GET /conversations/{id}/handling_events"));
    assert_eq!(events, json!({"handling_events": []}));
}

#[test]
fn a_twin_that_is_loaded_goes_on_as_it_was() {
    let mut twin = furnished(&[]);
    let id = twin.talk("Hello");
    twin.says(&id, "note", "secret");
    let gone = twin.talk("gone");
    twin.get(&format!("DELETE /conversations/{gone}"));
    let before = twin.get(&format!("GET /conversations/{id}"));
    let mut saved = Vec::new();
    twin.twin.save(&mut saved).unwrap();
    let mut other = furnished(&[]);
    other.twin.load(&mut saved.as_slice()).unwrap();
    assert_eq!(other.get(&format!("GET /conversations/{id}")), before);
    assert_eq!(other.get("GET /conversations/deleted")["total_count"], 1);
    assert_eq!(other.talk("next"), twin.talk("next"));
}

#[test]
fn quirks_are_as_they_are_switched() {
    let mut twin = furnished(&[
        ("part_ids", "number"),
        ("missing_values", "absent"),
        ("unknown_part_types", "yes"),
        ("teammates", "both"),
    ]);
    let id = twin.talk("Hello");
    twin.says(&id, "comment", "Hi");
    let talk = twin.manage(&id, json!({"message_type": "open"}));
    let parts = &talk["conversation_parts"]["conversation_parts"];
    assert!(parts[0]["id"].is_u64());
    assert_eq!(parts[0]["part_type"], "comment");
    assert_eq!(parts[1]["part_type"], "open_of_tomorrow");
    assert!(talk.get("snoozed_until").is_none());
    assert_eq!(talk["teammates"]["teammates"], talk["teammates"]["admins"]);
}

#[test]
fn what_a_lead_said_is_a_users_once_they_are_one() {
    let mut twin = furnished(&[]);
    let from = json!({"from": {"type": "lead", "id": LEO}, "body": "Hello"});
    let made = twin.did("POST /conversations", from);
    let path = format!("GET /conversations/{}", made["conversation_id"].as_str().unwrap());
    let merge = json!({"from": LEO, "into": ANN, "skip_duplicate_validation": true});
    twin.did("POST /contacts/merge", merge);
    let talk = twin.get(&path);
    assert_eq!(talk["contacts"]["contacts"][0]["id"], ANN);
    assert_eq!(talk["source"]["author"]["id"], LEO);
}
