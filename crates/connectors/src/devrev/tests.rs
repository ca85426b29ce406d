#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Action, Ask, Base, Change, ChangeId, Clock, Cursor, Destination, ExternalKey, FieldChange, FieldName,
    Mode, Next, ObjectName, PairingId, Reason, RecordId, Secret, Side, Source, Timestamp, Value,
};

use super::{session::DevRevSession, *};
use crate::{
    Wire,
    kit::{Request, Response},
};

/// Answers what the script says, in order, and remembers what it was asked.
struct Script {
    answers: Mutex<VecDeque<(String, u16, String)>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Wire for Script {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let asked = format!("{} {body}", request.path);
        let next = self.answers.lock().unwrap().pop_front();
        let (path, status, answer) = next.unwrap_or_else(|| panic!("not in the script: {asked}"));
        assert_eq!(request.path, path, "{asked}");
        self.asked.lock().unwrap().push(asked);
        match status {
            0 => Err(Fault::new(FaultKind::Unreachable, "sending")),
            _ => Ok(Response::json_text(status, answer)),
        }
    }
}

struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _wait: Duration) {}
}

/// A session whose wire follows this script: path, status (0: no answer), body.
fn session(script: &[(&str, u16, &str)]) -> (DevRevSession, Arc<Script>) {
    let answers = script
        .iter()
        .map(|(path, status, body)| ((*path).to_owned(), *status, (*body).to_owned()));
    let wire = Arc::new(Script {
        answers: Mutex::new(answers.collect()),
        asked: Mutex::default(),
    });
    let outlet = Outlet {
        wire: Arc::clone(&wire) as Arc<dyn Wire>,
        clock: Arc::new(Still),
    };
    let settings = Settings {
        values: [].into(),
        secret: Secret::new("token"),
    };
    (DevRevSession::new(&settings, outlet).unwrap(), wire)
}

fn change(object: &str, action: Action, fields: &[(&str, Value)]) -> Change {
    let fields = fields.iter().map(|(name, value)| FieldChange {
        name: FieldName::new(name),
        before: None,
        after: value.clone(),
    });
    Change {
        id: ChangeId::new("c1"),
        pairing: PairingId::new("p"),
        side: Side::Right,
        object: ObjectName::new(object),
        action,
        left_object: ObjectName::new("left"),
        left: RecordId::new("l1"),
        title: String::new(),
        fields: fields.collect(),
        why: Reason::Missing,
        waiting: false,
        adopted: false,
        base: Base::default(),
    }
}

fn create() -> Action {
    Action::Create {
        key: ExternalKey::new("k:1"),
    }
}

/// Writes one change against a script: the id that was written, or the kind of fault; and what was asked.
async fn check(
    object: &str,
    action: Action,
    fields: &[(&str, Value)],
    script: &[(&str, u16, &str)],
    expected: Result<&str, FaultKind>,
) -> Vec<String> {
    let (session, wire) = session(script);
    let outcomes = session
        .write(&ObjectName::new(object), &[change(object, action, fields)])
        .await;
    let got = outcomes[0].result.as_ref().map(|written| written.id.as_str());
    assert_eq!(got.map_err(Fault::kind), expected, "{outcomes:?}");
    assert!(
        wire.answers.lock().unwrap().is_empty(),
        "not everything was asked"
    );
    let asked = wire.asked.lock().unwrap().clone();
    asked
}

const SCHEMA: (&str, u16, &str) = (
    "/schemas.custom.list",
    200,
    r#"{"result":[{"id":"f/1","leaf_type":"ticket","fields":[{"name":"interline_key","field_type":"tokens"}]},
        {"id":"f/2","leaf_type":"conversation","fields":[{"name":"interline_key","field_type":"tokens"}]}]}"#,
);
const CONFLICT: &str = r#"{"message":"Conflict","type":"conflict"}"#;
const GONE: &str = r#"{"message":"Not Found","type":"not_found"}"#;

fn text(text: &str) -> Value {
    Value::text(text)
}

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
    let there = [("/dev-users.list", 200, r#"{"dev_users":[{"id":"d1"}]}"#)];
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
    check("dev_user", delete(), &[], &[], Err(FaultKind::Rejected)).await;
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
    let account = Value::Ref(model::Reference {
        object: ObjectName::new("account"),
        id: RecordId::new("a2"),
        label: None,
    });
    let script = [
        ("/rev-users.associations.add", 201, "{}"),
        ("/rev-users.get", 200, r#"{"rev_user":{"id":"r1"}}"#),
    ];
    let update = Action::Update(RecordId::new("r1"));
    let asked = check("contact", update, &[("account", account)], &script, Ok("r1")).await;
    assert!(
        asked[0].ends_with(r#"{"associations":[{"associated_to":"a2"}],"rev_user_id":"r1"}"#),
        "{}",
        asked[0]
    );
}

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
        ("/dev-users.list", 200, "{}"),
        ("/accounts.list", no.0, no.1),
        ("/rev-users.list", 200, "{}"),
        ("/works.list", 200, "{}"),
        ("/conversations.list", 200, "{}"),
        ("/tags.list", 200, "{}"),
        ("/parts.list", 200, "{}"),
        ("/schemas.custom.list", 200, "{}"),
    ]);
    let permissions = denied.permissions().await.unwrap();
    let missing: Vec<&str> = permissions
        .iter()
        .filter(|permission| permission.present == Some(false))
        .map(|permission| permission.name.as_str())
        .collect();
    assert_eq!(missing, ["Account (View)"]);
    let (unknown, _) = session(&[(
        "/dev-users.self",
        401,
        r#"{"message":"Who?","type":"unauthenticated"}"#,
    )]);
    assert_eq!(unknown.permissions().await.unwrap_err().kind(), FaultKind::Denied);
}

#[tokio::test]
async fn describing_shows_stock_and_custom_fields() {
    let (session, _) = session(&[(
        "/schemas.custom.list",
        200,
        r#"{"result":[{"id":"f/1","leaf_type":"account","fields":[{"name":"mrr","field_type":"double","ui":{"display_name":"MRR"}}]},
            {"id":"f/0","leaf_type":"account","fields":[],"new_fragment_ref":{"id":"f/1"}}]}"#,
    )]);
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
