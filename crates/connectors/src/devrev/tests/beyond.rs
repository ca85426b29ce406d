//! What goes beyond accounts, contacts, tickets and conversations, against the twin.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{FieldKind, FileRef, NewFile, NewObject, Raw, SchemaChange, Visibility};

use super::{
    against_twin::{all, bare, custom, extend, key, markdown, reference, twin_session, write},
    *,
};
use crate::kit::Faults;

fn license() -> ObjectName {
    ObjectName::new("custom:license")
}

async fn make_licenses(session: &DevRevSession) {
    let to = |object: &str| FieldKind::Ref {
        object: ObjectName::new(object),
    };
    let any = FieldKind::RefAny {
        objects: ["account", "custom:license", "contact"]
            .map(ObjectName::new)
            .to_vec(),
    };
    let change = SchemaChange {
        object: license(),
        add: vec![
            custom("tnt__account", to("account")),
            custom("tnt__owner", to("dev_user")),
            custom("tnt__contacts", FieldKind::List(Box::new(to("contact")))),
            custom("tnt__renews", to("custom:license")),
            custom("tnt__any", FieldKind::List(Box::new(any))),
            custom("tnt__mrr", FieldKind::Number),
        ],
        make: Some(NewObject {
            title: "License".to_owned(),
            key_prefix: "LIC".to_owned(),
        }),
    };
    session.extend(&change).await.unwrap();
    session.extend(&change).await.unwrap();
}

fn lose_every_answer() -> Faults {
    serde_json::from_str(r#"{"rules":[{"rate":1.0,"fault":"lost_answer"}]}"#).unwrap()
}

// tidy: long because it is one record's whole life.
#[tokio::test]
async fn a_kind_of_ours_refers_to_everything_and_is_found_again() {
    let (session, _) = twin_session(&[]);
    make_licenses(&session).await;
    let acme = write(&session, "account", key("k:a"), &[("display_name", text("Acme"))]).await;
    let bo = write(&session, "contact", key("k:b"), &[("display_name", text("Bo"))]).await;
    let ann = session.option("fallback_person", "ann@a.b").await.unwrap();
    let first = write(&session, "custom:license", key("k:1"), &[("title", text("Gold"))]).await;
    let fields = [
        ("title", text("Platinum")),
        ("tnt__account", reference("account", &acme)),
        ("tnt__owner", bare(&ann)),
        ("tnt__contacts", Value::List(vec![reference("contact", &bo)])),
        ("tnt__renews", reference("custom:license", &first)),
        (
            "tnt__any",
            Value::List(vec![
                reference("account", &acme),
                reference("custom:license", &first),
                reference("contact", &bo),
            ]),
        ),
    ];
    let made = write(&session, "custom:license", key("k:2"), &fields).await;
    let shaped = |raw: &Raw| session.shape(&license(), raw).unwrap();
    for (name, value) in &fields {
        assert_eq!(&bare(&shaped(&made).fields[*name]), value, "{name}");
    }
    let found = session
        .look_back(&license(), &ExternalKey::new("k:2"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.result.unwrap().id, made.id);
    assert!(
        session
            .look_back(&license(), &ExternalKey::new("k:9"))
            .await
            .unwrap()
            .is_none()
    );
    let update = Action::Update(made.id.clone());
    let updated = write(
        &session,
        "custom:license",
        update,
        &[("tnt__account", Value::Nothing), ("title", text("Iron"))],
    )
    .await;
    assert_eq!(shaped(&updated).fields["tnt__account"], Value::Nothing);
    assert_eq!(shaped(&updated).title, "Iron");
    let delete = [change("custom:license", Action::Delete(made.id.clone()), &[])];
    assert!(session.write(&license(), &delete).await[0].result.is_ok());
    assert!(session.find(&license(), &made.id).await.unwrap().is_none());
    assert_eq!(all(&session, "custom:license").await.len(), 1);
    let described = session.describe().await.unwrap();
    let described = described.iter().find(|object| object.name == license()).unwrap();
    let kinds: Vec<_> = described
        .fields
        .iter()
        .map(|field| field.kind.targets().len())
        .collect();
    assert_eq!(kinds, [0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 0], "{described:?}");
}

#[tokio::test]
async fn a_second_creation_of_a_kind_of_ours_finds_the_first() {
    for switch in ["conflict", "existing"] {
        let (session, _) = twin_session(&[("custom_object_key", switch)]);
        make_licenses(&session).await;
        let fields = [("title", text("Gold"))];
        let made = write(&session, "custom:license", key("k:1"), &fields).await;
        assert_eq!(
            write(&session, "custom:license", key("k:1"), &fields).await.id,
            made.id,
            "{switch}"
        );
        assert_eq!(all(&session, "custom:license").await.len(), 1, "{switch}");
    }
}

#[tokio::test]
async fn access_to_a_new_kind_that_comes_late_is_waited_for() {
    for (switch, expected) in [
        ("at_once", None),
        ("after_a_minute", None),
        ("never", Some(FaultKind::Rejected)),
    ] {
        let (session, wire) = twin_session(&[("leaf_type_access", switch)]);
        make_licenses(&session).await;
        for number in 0..3 {
            let before = wire.requests();
            let create = Action::Create {
                key: ExternalKey::from(format!("k:{number}")),
            };
            let one = change("custom:license", create, &[("title", text("Gold"))]);
            let outcome = session.write(&license(), &[one]).await.remove(0);
            assert_eq!(
                outcome.result.err().map(|fault| fault.kind()),
                expected,
                "{switch}"
            );
            assert!(
                number == 0 || wire.requests() <= before + 1,
                "{switch}: waited again"
            );
        }
    }
}

/// A ticket and a conversation to talk about.
pub(super) async fn subjects(session: &DevRevSession) -> Vec<(&'static str, Raw)> {
    let part = session.option("part", "PROD-1").await.unwrap();
    let ann = session.option("fallback_person", "ann@a.b").await.unwrap();
    let ticket = [
        ("title", text("T")),
        ("applies_to_part", part.clone()),
        ("owned_by", Value::List(vec![ann])),
    ];
    make_licenses(session).await;
    vec![
        ("ticket", write(session, "ticket", key("k:t"), &ticket).await),
        ("issue", write(session, "issue", key("k:i"), &ticket).await),
        (
            "conversation",
            write(session, "conversation", key("k:c"), &[("title", text("C"))]).await,
        ),
        (
            "custom:license",
            write(session, "custom:license", key("k:l"), &[("title", text("L"))]).await,
        ),
    ]
}

#[tokio::test]
async fn comments_are_written_read_back_changed_and_deleted() {
    let (session, _) = twin_session(&[]);
    let comment = ObjectName::new("comment");
    for (object, subject) in subjects(&session).await {
        let fields = [
            ("object", reference(object, &subject)),
            ("body", markdown("*Hi*\n\n- a\n- b")),
            ("visibility", Value::Visibility(Visibility::Public)),
        ];
        let made = write(&session, "comment", key("k:1"), &fields).await;
        let found = session.find(&comment, &made.id).await.unwrap().unwrap();
        let record = session.shape(&comment, &found).unwrap();
        for (name, value) in &fields {
            assert_eq!(&bare(&record.fields[*name]), value, "{object} {name}");
        }
        assert_eq!(record.keys, ["k:1"]);
        let quiet = write(&session, "comment", key("k:2"), &fields[..2]).await;
        let record = session.shape(&comment, &quiet).unwrap();
        assert_eq!(
            record.fields["visibility"],
            Value::Visibility(Visibility::Internal)
        );
        let update = Action::Update(made.id.clone());
        let changed = write(&session, "comment", update, &[("body", markdown("Bye"))]).await;
        assert_eq!(
            session.shape(&comment, &changed).unwrap().fields["body"],
            markdown("Bye")
        );
        let delete = [change("comment", Action::Delete(quiet.id.clone()), &[])];
        assert!(
            session.write(&comment, &delete).await[0].result.is_ok(),
            "{object}"
        );
    }
}

#[tokio::test]
async fn a_comment_is_made_once_whatever_its_call_takes() {
    for switch in ["either", "entry", "object"] {
        let (session, wire) = twin_session(&[("timeline_external_ref", switch)]);
        let comment = ObjectName::new("comment");
        let (object, subject) = subjects(&session).await.remove(0);
        let fields = [("object", reference(object, &subject)), ("body", markdown("Hi"))];
        wire.set_faults(lose_every_answer());
        let one = [change("comment", key("k:1"), &fields)];
        assert!(session.write(&comment, &one).await[0].result.is_err());
        wire.set_faults(Faults::default());
        let ours = ExternalKey::new("k:1");
        assert!(session.look_back(&comment, &ours).await.unwrap().is_none());
        let found = write(&session, "comment", key("k:1"), &fields).await;
        // Another session has nothing to remember.
        let again = write(&session, "comment", key("k:1"), &fields).await;
        assert_eq!(found.id, again.id, "{switch}");
        let listed = wire.with_twin(|twin| twin.dump("timeline_entries").map(Iterator::count));
        assert!(listed.is_none_or(|entries| entries == 1), "{switch}: {listed:?}");
    }
}

#[tokio::test]
async fn files_are_brought_attached_and_fetched_as_they_were() {
    let (session, _) = twin_session(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let contents: Vec<u8> = (0..=255u8).cycle().take(100_000).collect();
    std::fs::write(&path, &contents).unwrap();
    let file = NewFile {
        path,
        name: "ä \"b\".png".to_owned(),
        media_type: Some("image/png".to_owned()),
        size: 100_000,
    };
    let comment = ObjectName::new("comment");
    for (object, subject) in subjects(&session).await {
        let brought: FileRef = session.upload(&file).await.unwrap();
        let fields = [
            ("object", reference(object, &subject)),
            ("artifacts", Value::List(vec![Value::File(brought.clone())])),
        ];
        let made = write(&session, "comment", key("k:f"), &fields).await;
        let record = session.shape(&comment, &made).unwrap();
        assert_eq!(record.fields["artifacts"], fields[1].1, "{object}");
        let to = folder.path().join("b");
        let fetched = session.fetch(&brought, None, &to, 200_000).await.unwrap();
        assert_eq!(fetched.size, 100_000);
        assert_eq!(std::fs::read(&to).unwrap(), contents);
        let digest = ring::digest::digest(&ring::digest::SHA256, &contents);
        assert_eq!(fetched.sha256, digest.as_ref());
        let too_small = session.fetch(&brought, None, &to, 99_999).await.unwrap_err();
        assert_eq!(too_small.kind(), FaultKind::Rejected);
    }
    let acme = [("display_name", text("Acme"))];
    let acme = write(&session, "account", key("k:a"), &acme).await;
    let one = session.upload(&file).await.unwrap();
    let two = session.upload(&file).await.unwrap();
    for files in [vec![&one], vec![&one, &two]] {
        let files = Value::List(files.into_iter().cloned().map(Value::File).collect());
        let update = Action::Update(acme.id.clone());
        let updated = write(&session, "account", update, &[("artifacts", files.clone())]).await;
        let record = session.shape(&ObjectName::new("account"), &updated).unwrap();
        assert_eq!(record.fields["artifacts"], files);
    }
}

#[tokio::test]
async fn a_file_that_the_store_does_not_take_is_refused() {
    let (session, _) = twin_session(&[("artifact_limit", "1024")]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, [0; 2000]).unwrap();
    let file = NewFile {
        path,
        name: "a".to_owned(),
        media_type: None,
        size: 2000,
    };
    let refused = session.upload(&file).await.unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Rejected);
}

#[tokio::test]
async fn issues_survive_the_twin() {
    let (session, _) = twin_session(&[]);
    let part = session.option("part", "PROD-1").await.unwrap();
    let ann = session.option("fallback_person", "ann@a.b").await.unwrap();
    let fields = [
        ("title", text("Bug")),
        ("body", markdown("It **breaks**")),
        ("applies_to_part", bare(&part)),
        ("owned_by", Value::List(vec![bare(&ann)])),
        ("stage", text("completed")),
        ("priority", text("p1")),
        (
            "target_start_date",
            Value::Instant("1969-07-20T20:17:40Z".parse().unwrap()),
        ),
    ];
    let made = write(&session, "issue", key("k:1"), &fields).await;
    let issue = ObjectName::new("issue");
    let listed = all(&session, "issue").await;
    assert_eq!((listed.len(), &listed[0].id), (1, &made.id));
    let record = session.shape(&issue, &listed[0]).unwrap();
    for (name, value) in &fields {
        assert_eq!(&bare(&record.fields[*name]), value, "{name}");
    }
    let found = session.look_back(&issue, &ExternalKey::new("k:1")).await.unwrap();
    assert_eq!(found.unwrap().result.unwrap().id, made.id);
    assert!(all(&session, "ticket").await.is_empty());
}

#[tokio::test]
async fn a_contact_of_several_accounts_is_there_for_each() {
    let (session, _) = twin_session(&[]);
    let mut accounts = Vec::new();
    for name in ["One", "Two", "Three"] {
        accounts.push(write(&session, "account", key(name), &[("display_name", text(name))]).await);
    }
    let refer =
        |at: &[usize]| Value::List(at.iter().map(|at| reference("account", &accounts[*at])).collect());
    let fields = [("display_name", text("Bo")), ("accounts", refer(&[0, 1]))];
    let bo = write(&session, "contact", key("k:b"), &fields).await;
    assert!(bo.json.contains("One"), "{}", bo.json);
    let mut one = change(
        "contact",
        Action::Update(bo.id.clone()),
        &[("accounts", refer(&[1, 2]))],
    );
    one.fields[0].before = Some(refer(&[0, 1]));
    let contact = ObjectName::new("contact");
    assert!(session.write(&contact, &[one]).await[0].result.is_ok());
    let again = write(&session, "contact", key("k:b"), &fields).await;
    assert_eq!(again.id, bo.id);
}

#[tokio::test]
async fn a_kind_that_is_still_to_be_made_has_no_records() {
    let (session, _) = twin_session(&[]);
    session.describe().await.unwrap();
    assert!(all(&session, "custom:license").await.is_empty());
    make_licenses(&session).await;
    write(&session, "custom:license", key("k:1"), &[("title", text("Gold"))]).await;
    assert_eq!(all(&session, "custom:license").await.len(), 1);
}

#[tokio::test]
async fn groups_take_people_and_let_them_go() {
    let (session, wire) = twin_session(&[]);
    let group = ObjectName::new("group");
    let csm = write(&session, "group", key("k:1"), &[("name", text("CSM"))]).await;
    assert_eq!(
        write(&session, "group", key("k:1"), &[("name", text("CSM"))])
            .await
            .id,
        csm.id
    );
    let sales = write(
        &session,
        "group",
        key("k:2"),
        &[("name", text("Sales")), ("description", text("Sell"))],
    )
    .await;
    let listed = all(&session, "group").await;
    let listed = listed.iter().find(|raw| raw.id == sales.id).unwrap();
    let record = session.shape(&group, listed).unwrap();
    assert_eq!(
        (record.title.as_str(), &record.fields["description"]),
        ("Sales", &text("Sell"))
    );
    let groups = |raws: &[&Raw]| Value::List(raws.iter().map(|raw| reference("group", raw)).collect());
    let fields = [("email", text("ann@a.b")), ("groups", groups(&[&csm, &sales]))];
    let ann = write(&session, "dev_user", key("k:3"), &fields).await;
    let mut one = change(
        "dev_user",
        Action::Update(ann.id.clone()),
        &[("groups", groups(&[&sales]))],
    );
    one.fields[0].before = Some(groups(&[&csm, &sales]));
    let dev_user = ObjectName::new("dev_user");
    assert!(session.write(&dev_user, &[one]).await[0].result.is_ok());
    for (group, expected) in [(&csm, 0), (&sales, 1)] {
        let asked = Request::new(http::Method::POST, "/groups.members.list")
            .header(http::header::AUTHORIZATION, "Bearer token")
            .json(&serde_json::json!({"group": group.id}));
        let answer = wire.send(asked).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["members"].as_array().unwrap().len(), expected, "{answer}");
    }
    let renamed = write(
        &session,
        "group",
        Action::Update(csm.id.clone()),
        &[("name", text("CS"))],
    )
    .await;
    assert_eq!(session.shape(&group, &renamed).unwrap().title, "CS");
}

#[tokio::test]
async fn meetings_survive_the_twin() {
    let (session, _) = twin_session(&[]);
    let ann = bare(&session.option("fallback_person", "ann@a.b").await.unwrap());
    let bo = write(&session, "contact", key("k:b"), &[("display_name", text("Bo"))]).await;
    extend(
        &session,
        "meeting",
        vec![custom("tnt__x", FieldKind::Text { max: None })],
    )
    .await;
    let at = |text: &str| Value::Instant(text.parse().unwrap());
    let fields = [
        ("title", text("QBR")),
        ("description", markdown("*Numbers*")),
        ("channel", text("zoom")),
        ("state", text("completed")),
        (
            "members",
            Value::List(vec![reference("contact", &bo), ann.clone()]),
        ),
        ("organizer", ann),
        ("scheduled_date", at("2026-01-02T03:04:05Z")),
        ("ended_date", at("2026-01-02T04:04:05Z")),
        ("external_url", text("https://zoom.example/1")),
        ("tags", Value::List(vec![text("vip")])),
        ("tnt__x", text("x")),
    ];
    let made = write(&session, "meeting", key("k:1"), &fields).await;
    let meeting = ObjectName::new("meeting");
    let listed = all(&session, "meeting").await;
    let record = session.shape(&meeting, &listed[0]).unwrap();
    for (name, value) in &fields {
        assert_eq!(&bare(&record.fields[*name]), value, "{name}");
    }
    let found = session
        .look_back(&meeting, &ExternalKey::new("k:1"))
        .await
        .unwrap();
    assert_eq!(found.unwrap().result.unwrap().id, made.id);
    let update = [("ended_date", Value::Nothing), ("state", text("scheduled"))];
    let updated = write(&session, "meeting", Action::Update(made.id), &update).await;
    let record = session.shape(&meeting, &updated).unwrap();
    for (name, value) in &update {
        assert_eq!(&record.fields[*name], value, "{name}");
    }
}
