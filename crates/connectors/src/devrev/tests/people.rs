#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::Reference;

use super::*;

const GROUP: &str = r#"{"group":{"id":"g1","name":"CSM"}}"#;
const CONTACT: &str = r#"{"rev_user":{"id":"r1"}}"#;
const HOMES: &str = r#"{"associations":[{"associated_to":{"id":"a1","type":"account"}},{"associated_to":{"id":"a2","type":"account"}}]}"#;

fn references(object: &str, ids: &[&str]) -> Value {
    let references = ids.iter().map(|id| {
        Value::Ref(Reference {
            object: ObjectName::new(object),
            id: RecordId::new(id),
            label: None,
        })
    });
    Value::List(references.collect())
}

/// Writes an update of one field that had a value before.
async fn moved(
    object: &str,
    name: &str,
    (before, after): (Value, Value),
    script: &[(&str, u16, &str)],
) -> Vec<String> {
    let (session, wire) = session(script);
    let mut one = change(object, Action::Update(RecordId::new("r1")), &[(name, after)]);
    one.fields[0].before = Some(before);
    let outcome = session.write(&ObjectName::new(object), &[one]).await.remove(0);
    assert_eq!(outcome.result.unwrap().id.as_str(), "r1");
    assert!(
        wire.answers.lock().unwrap().is_empty(),
        "not everything was asked"
    );
    wire.asked.lock().unwrap().clone()
}

#[tokio::test]
async fn a_group_is_known_by_its_name() {
    let fields = [("name", text("CSM"))];
    let asked = check(
        "group",
        create(),
        &fields,
        &[("/groups.create", 201, GROUP)],
        Ok("g1"),
    )
    .await;
    assert_eq!(
        asked,
        [r#"/groups.create {"description":"CSM","member_type":"dev_user","name":"CSM","type":"static"}"#]
    );
    let listed = r#"{"groups":[{"id":"g0","name":"All"},{"id":"g1","name":"CSM"}]}"#;
    for (listed, expected) in [
        (listed, Ok("g1")),
        (r#"{"groups":[{"id":"g0","name":"All"}]}"#, Err(FaultKind::Exists)),
    ] {
        let script = [("/groups.create", 409, CONFLICT), ("/groups.list", 200, listed)];
        let asked = check("group", create(), &fields, &script, expected).await;
        assert_eq!(asked[1], r#"/groups.list {"name":["CSM"]}"#);
    }
}

#[tokio::test]
async fn a_dev_user_joins_and_leaves_groups() {
    let fields = [
        ("email", text("ann@a.b")),
        ("groups", references("group", &["g1", "g2"])),
    ];
    let script = [
        (
            "/dev-users.list",
            200,
            r#"{"dev_users":[{"id":"d1","email":"ann@a.b"}]}"#,
        ),
        ("/groups.members.add", 409, CONFLICT),
        ("/groups.members.add", 200, "{}"),
    ];
    let asked = check("dev_user", create(), &fields, &script, Ok("d1")).await;
    assert_eq!(asked[1], r#"/groups.members.add {"group":"g1","member":"d1"}"#);
    let script = [
        ("/groups.members.add", 200, "{}"),
        ("/groups.members.remove", 404, GONE),
        (
            "/dev-users.get",
            200,
            r#"{"dev_user":{"id":"r1","email":"ann@a.b"}}"#,
        ),
    ];
    let change = (
        references("group", &["g1", "g2"]),
        references("group", &["g2", "g3"]),
    );
    let asked = moved("dev_user", "groups", change, &script).await;
    assert_eq!(
        asked,
        [
            r#"/groups.members.add {"group":"g3","member":"r1"}"#,
            r#"/groups.members.remove {"group":"g1","member":"r1"}"#,
            r#"/dev-users.get {"id":"r1"}"#
        ]
    );
}

#[tokio::test]
async fn a_contact_belongs_to_several_accounts_and_the_first_gives_its_workspace() {
    let fields = [
        ("display_name", text("Bo")),
        ("accounts", references("account", &["a1", "a2", "a3"])),
    ];
    let script = [
        ("/rev-users.create", 201, CONTACT),
        ("/rev-users.associations.list", 200, HOMES),
        ("/rev-users.associations.add", 201, "{}"),
        ("/rev-users.get", 200, CONTACT),
    ];
    let asked = check("contact", create(), &fields, &script, Ok("r1")).await;
    assert_eq!(
        asked[0],
        r#"/rev-users.create {"account":"a1","display_name":"Bo","external_ref":"k:1"}"#
    );
    assert_eq!(
        asked[2],
        r#"/rev-users.associations.add {"associations":[{"associated_to":"a3"}],"rev_user_id":"r1"}"#
    );
    let one = [("accounts", references("account", &["a1"]))];
    check("contact", create(), &one, &script[..1], Ok("r1")).await;
    let refused = r#"{"message":"Bad Request","type":"bad_request"}"#;
    let script = [
        script[0],
        script[1],
        ("/rev-users.associations.add", 400, refused),
    ];
    check("contact", create(), &fields, &script, Err(FaultKind::Rejected)).await;
}

#[tokio::test]
async fn a_contact_leaves_only_accounts_that_the_change_leaves() {
    let script = [
        ("/rev-users.associations.list", 200, HOMES),
        ("/rev-users.associations.remove", 204, ""),
        ("/rev-users.associations.add", 201, "{}"),
        ("/rev-users.get", 200, CONTACT),
    ];
    let change = (
        references("account", &["a1", "a9"]),
        references("account", &["a3"]),
    );
    let asked = moved("contact", "accounts", change, &script).await;
    assert_eq!(
        asked[1],
        r#"/rev-users.associations.remove {"associations":["a1"],"rev_user_id":"r1"}"#
    );
}

#[tokio::test]
async fn a_contact_that_leaves_its_first_account_is_put_into_the_other_once_more() {
    let script = [
        ("/rev-users.associations.list", 200, HOMES),
        ("/rev-users.associations.remove", 204, ""),
        ("/rev-users.associations.add", 201, "{}"),
        ("/rev-users.get", 200, CONTACT),
    ];
    let account = |id: &str| references("account", &[id]).elements()[0].clone();
    let asked = moved("contact", "account", (account("a1"), account("a2")), &script).await;
    assert_eq!(
        asked[2],
        r#"/rev-users.associations.add {"associations":[{"associated_to":"a2"}],"rev_user_id":"r1"}"#
    );
}

#[test]
fn what_is_written_apart_is_not_known_to_be_empty() {
    let (session, _) = session(&[]);
    for (object, field) in [("contact", "accounts"), ("dev_user", "groups")] {
        let raw = model::Raw::new(RecordId::new("x"), r#"{"id":"x"}"#.to_owned());
        let record = session.shape(&ObjectName::new(object), &raw).unwrap();
        assert!(!record.fields.contains_key(field), "{object}");
    }
}

#[tokio::test]
async fn meetings_and_issues_are_written_as_the_calls_take_them() {
    let people = Value::List(vec![
        references("contact", &["r1"]).elements()[0].clone(),
        references("dev_user", &["d1"]).elements()[0].clone(),
    ]);
    let meeting = [
        ("title", text("QBR")),
        ("channel", text("zoom")),
        ("state", text("completed")),
        ("members", people),
    ];
    let script = [("/meetings.create", 201, r#"{"meeting":{"id":"m1"}}"#)];
    let asked = check("meeting", create(), &meeting, &script, Ok("m1")).await;
    assert_eq!(
        asked,
        [
            r#"/meetings.create {"channel":"zoom","external_ref":"k:1","members":["r1","d1"],"state":"completed","title":"QBR"}"#
        ]
    );
    let schema = r#"{"result":[{"id":"f/1","leaf_type":"issue","fields":[{"name":"interline_key","field_type":"tokens"}]}]}"#;
    let script = [
        ("/schemas.custom.list", 200, schema),
        ("/works.create", 201, r#"{"work":{"id":"i1"}}"#),
    ];
    let issue = [("title", text("Bug")), ("priority", text("p1"))];
    let asked = check("issue", create(), &issue, &script, Ok("i1")).await;
    assert!(
        asked[1].contains(r#""priority":"p1""#) && asked[1].contains(r#""type":"issue""#),
        "{}",
        asked[1]
    );
    let update = Action::Update(RecordId::new("i1"));
    let script = [("/works.update", 200, r#"{"work":{"id":"i1"}}"#)];
    let asked = check(
        "issue",
        update,
        &[("target_start_date", Value::Nothing)],
        &script,
        Ok("i1"),
    )
    .await;
    assert_eq!(
        asked,
        [r#"/works.update {"id":"i1","target_start_date":null,"type":"issue"}"#]
    );
}

#[tokio::test]
async fn nobody_becomes_a_shadow_where_that_is_switched_off() {
    let nobody = ("/dev-users.list", 200, r#"{"dev_users":[]}"#);
    let (session, wire) = session_with(&[("shadow_users", "no")], &[nobody, nobody]);
    let one = change("dev_user", create(), &[("email", text("ann@a.b"))]);
    let outcome = session
        .write(&ObjectName::new("dev_user"), &[one])
        .await
        .remove(0);
    let fault = outcome.result.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Rejected);
    assert!(fault.advice().unwrap().contains("shadow_users"), "{fault}");
    let fault = session.option("fallback_person", "ann@a.b").await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Settings);
    assert!(wire.answers.lock().unwrap().is_empty());
}
