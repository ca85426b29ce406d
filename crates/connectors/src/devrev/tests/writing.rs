#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use super::*;

#[tokio::test]
async fn an_account_is_created_with_our_key() {
    let script = [(
        "/accounts.create",
        201,
        r#"{"account":{"id":"a1"},"default_rev_org":{"id":"o1"}}"#,
    )];
    let asked = check(
        "account",
        create(),
        &[("display_name", text("Acme"))],
        &script,
        Ok("a1"),
    )
    .await;
    assert_eq!(
        asked,
        [r#"/accounts.create {"display_name":"Acme","external_refs":["k:1"]}"#]
    );
}

#[tokio::test]
async fn what_exists_under_our_key_was_made_by_us() {
    let ours = r#"{"accounts":[{"id":"a0"},{"id":"a1","external_refs":["k:1"]}]}"#;
    for (listed, expected) in [
        (ours, Ok("a1")),
        (r#"{"accounts":[]}"#, Err(FaultKind::Exists)),
        (r#"{"accounts":[{"id":"a9"}]}"#, Err(FaultKind::Exists)),
    ] {
        let script = [
            ("/accounts.create", 409, CONFLICT),
            ("/accounts.list", 200, listed),
        ];
        check(
            "account",
            create(),
            &[("display_name", text("Acme"))],
            &script,
            expected,
        )
        .await;
    }
}

#[tokio::test]
async fn no_answer_leaves_open_whether_it_was_done() {
    let (session, _) = session(&[
        ("/accounts.create", 0, ""),
        (
            "/accounts.list",
            200,
            r#"{"accounts":[{"id":"a1","external_refs":["k:1"]}]}"#,
        ),
        ("/accounts.list", 200, r#"{"accounts":[]}"#),
    ]);
    let account = ObjectName::new("account");
    let change = change("account", create(), &[("display_name", text("Acme"))]);
    let outcomes = session.write(&account, &[change]).await;
    assert_eq!(
        outcomes[0].result.as_ref().unwrap_err().kind(),
        FaultKind::Unreachable
    );
    let key = ExternalKey::new("k:1");
    let found = session.look_back(&account, &key).await.unwrap().unwrap();
    assert_eq!(found.result.unwrap().id.as_str(), "a1");
    assert!(session.look_back(&account, &key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_ticket_goes_without_a_reference_where_the_api_has_none() {
    let unknown = r#"{"message":"Bad Request","type":"invalid_field","field_name":"external_ref"}"#;
    let script = [
        SCHEMA,
        ("/works.create", 400, unknown),
        ("/works.create", 201, r#"{"work":{"id":"t1"}}"#),
        ("/works.create", 201, r#"{"work":{"id":"t2"}}"#),
    ];
    let (session, wire) = session(&script);
    let two = ["Help", "Again"].map(|title| change("ticket", create(), &[("title", text(title))]));
    let ticket = ObjectName::new("ticket");
    assert_eq!(
        session.write(&ticket, &two[..1]).await[0]
            .result
            .as_ref()
            .unwrap()
            .id
            .as_str(),
        "t1"
    );
    assert_eq!(
        session.write(&ticket, &two[1..]).await[0]
            .result
            .as_ref()
            .unwrap()
            .id
            .as_str(),
        "t2"
    );
    let asked = wire.asked.lock().unwrap();
    assert!(asked[1].contains(r#""external_ref":"k:1""#));
    assert_eq!(
        asked[2],
        r#"/works.create {"custom_fields":{"tnt__interline_key":"k:1"},"custom_schema_spec":{"tenant_fragment":true},"title":"Help","type":"ticket"}"#
    );
    assert!(!asked[3].contains("external_ref"));
}

#[tokio::test]
async fn a_body_that_is_too_long_goes_on_in_comments() {
    let body = Value::Text("word ".repeat(20_000));
    let found = r#"{"works":[{"id":"t1","custom_fields":{"tnt__interline_key":"k:1"}}]}"#;
    let fresh = [
        SCHEMA,
        ("/works.list", 200, r#"{"works":[]}"#),
        ("/works.list", 200, r#"{"works":[]}"#),
        ("/works.create", 201, r#"{"work":{"id":"t1"}}"#),
        (
            "/timeline-entries.create",
            201,
            r#"{"timeline_entry":{"id":"e1"}}"#,
        ),
    ];
    let fields = [("title", text("Long")), ("body", body)];
    let asked = check("ticket", create(), &fields, &fresh, Ok("t1")).await;
    assert!(asked[3].contains("Continued in internal comments: 1*"));
    assert!(asked[4].contains(r#""visibility":"internal""#));
    let entries = r#"{"timeline_entries":[{"id":"e1","external_ref":"interline:body-2"}]}"#;
    let again = [
        SCHEMA,
        ("/works.list", 200, found),
        ("/timeline-entries.create", 409, CONFLICT),
        ("/timeline-entries.list", 200, entries),
        (
            "/timeline-entries.update",
            200,
            r#"{"timeline_entry":{"id":"e1"}}"#,
        ),
    ];
    check("ticket", create(), &fields, &again, Ok("t1")).await;
}

#[tokio::test]
async fn a_ticket_without_all_its_comments_is_not_there_yet() {
    let found = r#"{"works":[{"id":"t1","body":"x\n\n*Continued in internal comments: 1*","custom_fields":{"tnt__interline_key":"k:1"}}]}"#;
    for (entries, whole) in [
        (r#"{"timeline_entries":[]}"#, false),
        (
            r#"{"timeline_entries":[{"id":"e1","external_ref":"interline:body-2"}]}"#,
            true,
        ),
    ] {
        let (session, _) = session(&[
            SCHEMA,
            ("/works.list", 200, found),
            ("/timeline-entries.list", 200, entries),
        ]);
        let seen = session
            .look_back(&ObjectName::new("ticket"), &ExternalKey::new("k:1"))
            .await;
        assert_eq!(seen.unwrap().is_some(), whole, "{entries}");
    }
}

#[tokio::test]
async fn a_dev_user_is_found_by_address_before_one_is_made() {
    let fields = [("email", text("ann@a.b")), ("full_name", text("Ann"))];
    let there = [(
        "/dev-users.list",
        200,
        r#"{"dev_users":[{"id":"d0","email":"bo@a.b"},{"id":"d1","email":"Ann@a.b"}]}"#,
    )];
    check("dev_user", create(), &fields, &there, Ok("d1")).await;
    let missing = [
        ("/dev-users.list", 200, r#"{"dev_users":[]}"#),
        ("/dev-users.create", 201, r#"{"dev_user":{"id":"d2"}}"#),
    ];
    let asked = check("dev_user", create(), &fields, &missing, Ok("d2")).await;
    assert_eq!(
        asked[1],
        r#"/dev-users.create {"email":"ann@a.b","full_name":"Ann","state":"shadow"}"#
    );
    check("dev_user", create(), &[], &[], Err(FaultKind::Rejected)).await;
}

#[tokio::test]
async fn tags_are_read_once_and_made_when_missing() {
    let (session, wire) = session(&[
        (
            "/tags.list",
            200,
            r#"{"tags":[{"id":"t1","name":"vip"}],"next_cursor":"n"}"#,
        ),
        ("/tags.list", 200, r#"{"tags":[{"id":"t2","name":"old"}]}"#),
        ("/tags.create", 409, CONFLICT),
        ("/tags.list", 200, r#"{"tags":[{"id":"t3","name":"new"}]}"#),
        ("/accounts.create", 201, r#"{"account":{"id":"a1"}}"#),
        ("/accounts.create", 201, r#"{"account":{"id":"a1"}}"#),
    ]);
    let tags = Value::List(vec![text("old"), text("new"), text("vip")]);
    let one = change("account", create(), &[("tags", tags)]);
    for outcome in session
        .write(&ObjectName::new("account"), &[one.clone(), one])
        .await
    {
        outcome.result.unwrap();
    }
    let asked = wire.asked.lock().unwrap();
    assert!(
        asked[4].contains(r#""tags":[{"id":"t2"},{"id":"t3"},{"id":"t1"}]"#),
        "{}",
        asked[4]
    );
}

#[tokio::test]
async fn updates_and_deletions_find_what_is_gone() {
    let update = || Action::Update(RecordId::new("a1"));
    let name = [("display_name", text("Acme"))];
    check("account", update(), &[], &[], Ok("a1")).await;
    check(
        "account",
        update(),
        &name,
        &[("/accounts.update", 404, GONE)],
        Err(FaultKind::Gone),
    )
    .await;
    check(
        "account",
        update(),
        &[("shoe", text("x"))],
        &[],
        Err(FaultKind::Rejected),
    )
    .await;
    let delete = || Action::Delete(RecordId::new("a1"));
    check(
        "account",
        delete(),
        &[],
        &[("/accounts.delete", 404, GONE)],
        Ok("a1"),
    )
    .await;
    // Somebody who has joined stays; a shadow is put out of use.
    let person = |state: &str| serde_json::json!({ "dev_user": { "id": "a1", "state": state } }).to_string();
    let joined = person("active");
    check(
        "dev_user",
        delete(),
        &[],
        &[("/dev-users.get", 200, &joined)],
        Ok("a1"),
    )
    .await;
    let shadow = person("shadow");
    let calls = [
        ("/dev-users.get", 200, shadow.as_str()),
        ("/dev-users.deactivate", 200, "{}"),
    ];
    check("dev_user", delete(), &[], &calls, Ok("a1")).await;
    // A creation whose reference is gone is refused; nothing of it is there to be gone.
    check(
        "account",
        create(),
        &name,
        &[("/accounts.create", 404, GONE)],
        Err(FaultKind::Rejected),
    )
    .await;
}

#[tokio::test]
async fn a_contact_moves_by_calls_of_its_own() {
    const LIST: &str = "/rev-users.associations.list";
    const GET: (&str, u16, &str) = ("/rev-users.get", 200, r#"{"rev_user":{"id":"r1"}}"#);
    let add = ("/rev-users.associations.add", 201, "{}");
    let remove = ("/rev-users.associations.remove", 204, "");
    let account = Value::Ref(model::Reference {
        object: ObjectName::new("account"),
        id: RecordId::new("a2"),
        label: None,
    });
    let home = |kind: &str, id: &str| format!(r#"{{"associated_to":{{"type":"{kind}","id":"{id}"}}}}"#);
    let (old, org) = (home("account", "a1"), home("rev_org", "o1"));
    let (other, new) = (home("account", "a3"), home("account", "a2"));
    for (homes, steps) in [
        (String::new(), vec![add, GET]),
        (format!("{old},{org}"), vec![remove, add, GET]),
        (format!("{old},{other}"), vec![add, GET]),
        // In an account without being in its workspace, as far as one can see.
        (format!("{old},{new}"), vec![add, GET]),
    ] {
        let listed = format!(r#"{{"associations":[{homes}]}}"#);
        let script: Vec<_> = [(LIST, 200, listed.as_str())].into_iter().chain(steps).collect();
        let update = Action::Update(RecordId::new("r1"));
        check(
            "contact",
            update,
            &[("account", account.clone())],
            &script,
            Ok("r1"),
        )
        .await;
    }
}
