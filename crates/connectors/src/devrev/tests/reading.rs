#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use super::*;

#[tokio::test]
async fn adding_fields_writes_the_whole_fragment_once() {
    let (session, wire) = session(&[
        (
            "/schemas.custom.list",
            200,
            r#"{"result":[{"id":"f/1","leaf_type":"ticket","description":"Ours","fields":[{"name":"x","field_type":"bool"}]}]}"#,
        ),
        ("/schemas.custom.set", 201, r#"{"id":"f/2"}"#),
        SCHEMA,
    ]);
    let ticket = ObjectName::new("ticket");
    let change = model::SchemaChange {
        object: ticket,
        add: Vec::new(),
        make: None,
    };
    session.extend(&change).await.unwrap();
    session.extend(&change).await.unwrap();
    let asked = wire.asked.lock().unwrap();
    assert_eq!(
        asked[1],
        r#"/schemas.custom.set {"description":"Ours","fields":[{"field_type":"bool","name":"x"},{"field_type":"tokens","is_filterable":true,"name":"interline_key","ui":{"display_name":"Interline key"}}],"leaf_type":"ticket","type":"tenant_fragment"}"#
    );
}

#[tokio::test]
async fn reading_asks_for_what_changed_in_each_objects_own_way() {
    let since = Mode::ChangedSince("2026-01-01T00:00:00Z".parse().unwrap());
    for (object, path, mode, expected) in [
        (
            "account",
            "/accounts.list",
            Mode::Everything,
            r#"{"limit":100,"sort_by":["created_date:asc"]}"#,
        ),
        (
            "account",
            "/accounts.list",
            since,
            r#"{"limit":100,"modified_date":{"after":"2026-01-01T00:00:00Z"},"sort_by":["modified_date:asc"]}"#,
        ),
        (
            "ticket",
            "/works.list",
            since,
            r#"{"limit":100,"modified_date":{"after":"2026-01-01T00:00:00Z","type":"range"},"sort_by":["modified_date:asc"],"type":["ticket"]}"#,
        ),
        (
            "conversation",
            "/conversations.list",
            Mode::Everything,
            r#"{"limit":100}"#,
        ),
        (
            "tag",
            "/tags.list",
            since,
            r#"{"limit":100,"sort_by":["created_date:asc"]}"#,
        ),
    ] {
        let (session, wire) = session(&[(path, 200, r#"{"next_cursor":"c"}"#)]);
        let ask = Ask {
            object: ObjectName::new(object),
            mode,
            cursor: None,
        };
        let page = session.read(&ask).await.unwrap();
        assert_eq!(page.next, Next::More(Cursor::new("c")));
        assert_eq!(wire.asked.lock().unwrap()[0], format!("{path} {expected}"));
    }
}

#[tokio::test]
async fn a_list_that_cannot_sort_is_asked_without() {
    let unknown = r#"{"message":"Bad Request","type":"invalid_field","field_name":"sort_by"}"#;
    let (session, wire) = session(&[
        ("/tags.list", 400, unknown),
        ("/tags.list", 200, "{}"),
        ("/tags.list", 200, "{}"),
    ]);
    let ask = Ask {
        object: ObjectName::new("tag"),
        mode: Mode::Everything,
        cursor: None,
    };
    session.read(&ask).await.unwrap();
    session.read(&ask).await.unwrap();
    assert!(!wire.asked.lock().unwrap()[2].contains("sort_by"));
}

#[tokio::test]
async fn options_are_read_in_the_right_sides_words() {
    let part = r#"{"part":{"id":"p1","name":"App","type":"product"}}"#;
    let listed = r#"{"parts":[{"id":"p1","name":"App","display_id":"PROD-1"}]}"#;
    for (name, text, script, expected) in [
        ("part", "PROD-1", vec![("/parts.get", 200, part)], Ok("p1")),
        ("part", "App", vec![("/parts.list", 200, listed)], Ok("p1")),
        (
            "part",
            "PROD-9",
            vec![
                ("/parts.get", 404, GONE),
                ("/parts.list", 200, "{}"),
                ("/parts.list", 200, listed),
            ],
            Err("there are, among others: App (PROD-1)"),
        ),
        (
            "fallback_person",
            "a@b.c",
            vec![
                ("/dev-users.list", 200, "{}"),
                ("/dev-users.create", 201, r#"{"dev_user":{"id":"d1"}}"#),
            ],
            Ok("d1"),
        ),
        (
            "fallback_person",
            "DEVU-1",
            vec![("/dev-users.get", 200, r#"{"dev_user":{"id":"d1"}}"#)],
            Ok("d1"),
        ),
        (
            "fallback_person",
            "DEVU-9",
            vec![("/dev-users.get", 404, GONE)],
            Err("give an e-mail address, or an id like DEVU-1"),
        ),
        (
            "colour",
            "red",
            vec![],
            Err("DevRev knows the options `part` and `fallback_person`"),
        ),
    ] {
        let (session, _) = session(&script);
        match (session.option(name, text).await, expected) {
            (Ok(value), Ok(id)) => assert_eq!(value.references()[0].id.as_str(), id),
            (Err(fault), Err(hint)) => {
                assert_eq!(fault.kind(), FaultKind::Settings, "{text}");
                assert_eq!(fault.advice(), Some(hint), "{text}");
            }
            (got, _) => panic!("{name} {text}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn permissions_are_present_or_missing_and_a_wrong_token_is_a_fault() {
    let who = ("/dev-users.self", 200, r#"{"dev_user":{"id":"d1"}}"#);
    let no = (403, r#"{"message":"Forbidden","type":"forbidden"}"#);
    let (denied, _) = session(&[
        who,
        ("/groups.list", 404, r#"{"message":"route not found"}"#),
        ("/dev-users.list", 200, "{}"),
        ("/accounts.list", no.0, no.1),
        ("/rev-users.list", 200, "{}"),
        ("/works.list", 200, "{}"),
        ("/works.list", 200, "{}"),
        ("/conversations.list", 200, "{}"),
        ("/meetings.list", 200, "{}"),
        ("/tags.list", 200, "{}"),
        ("/parts.list", 200, "{}"),
        ("/directories.list", no.0, no.1),
        ("/articles.list", 200, "{}"),
        ("/schemas.custom.list", 200, "{}"),
    ]);
    let permissions = denied.permissions().await.unwrap();
    let missing: Vec<&str> = permissions
        .iter()
        .filter(|permission| permission.present == Some(false))
        .map(|permission| permission.name.as_str())
        .collect();
    assert_eq!(missing, ["Group (View)", "Account (View)", "Directory (View)"]);
    let needed: Vec<bool> = permissions
        .iter()
        .map(|permission| !permission.optional)
        .collect();
    assert_eq!(needed[..3], [false, true, true]);
    assert_eq!(needed[9..13], [true, false, false, true]);
    let (unknown, _) = session(&[(
        "/dev-users.self",
        401,
        r#"{"message":"Who?","type":"unauthenticated"}"#,
    )]);
    assert_eq!(unknown.permissions().await.unwrap_err().kind(), FaultKind::Denied);
}

#[tokio::test]
async fn describing_shows_stock_and_custom_fields() {
    let (session, _) = session(&[
        (
            "/schemas.custom.list",
            200,
            r#"{"result":[{"id":"f/1","leaf_type":"account","fields":[{"name":"mrr","field_type":"double","ui":{"display_name":"MRR"}}]},
            {"id":"f/0","leaf_type":"account","fields":[],"new_fragment_ref":{"id":"f/1"}}]}"#,
        ),
        ("/schemas.custom.list", 200, "{}"),
    ]);
    let objects = session.describe().await.unwrap();
    let account = objects
        .iter()
        .find(|object| object.name.as_str() == "account")
        .unwrap();
    let mrr = account.field(&FieldName::new("tnt__mrr")).unwrap();
    assert!(mrr.custom && mrr.title == "MRR" && account.extensible);
    let ticket = objects
        .iter()
        .find(|object| object.name.as_str() == "ticket")
        .unwrap();
    let required: Vec<&str> = ticket
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(required, ["title", "applies_to_part", "owned_by"]);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let outlet = || session(&[]).1 as Arc<dyn Wire>;
    for (values, secret, works) in [
        (vec![], "token", true),
        (vec![("base_url", "http://127.0.0.1:1")], "token\n", true),
        (vec![("base_url", "127.0.0.1:1")], "token", false),
        (vec![("shadow_users", "no")], "token", true),
        (vec![("shadow_users", "maybe")], "token", false),
        (vec![("subdomain", "x")], "token", false),
        (vec![], "", false),
        (vec![], "to\nken", false),
    ] {
        let settings = Settings {
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            secret: Secret::new(secret),
        };
        let outlet = Outlet {
            wire: outlet(),
            clock: Arc::new(Still),
        };
        let opened = CONNECTOR.open(&settings, outlet).err();
        assert_eq!(
            opened.as_ref().map(Fault::kind),
            (!works).then_some(FaultKind::Settings),
            "{values:?}"
        );
    }
}
