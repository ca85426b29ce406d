//! Directories and links, whose calls take no key: by scripts and against the twin.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::Reference;

use super::{
    against_twin::{all, bare, key, reference, twin_session, write},
    beyond::subjects,
    *,
};
use crate::kit::Faults;

const MADE: &str = r#"{"directory":{"id":"d1"}}"#;

fn lies_in(id: &str) -> Value {
    Value::Ref(Reference {
        object: ObjectName::new("directory"),
        id: RecordId::new(id),
        label: None,
    })
}

fn lose_every_answer() -> Faults {
    serde_json::from_str(r#"{"rules":[{"rate":1.0,"fault":"lost_answer"}]}"#).unwrap()
}

#[tokio::test]
async fn directories_are_created_plain_and_updated_as_devrev_wraps() {
    for (field, value, created, updated) in [
        (
            "title",
            text("A"),
            r#"{"title":"A"}"#,
            r#"{"id":"d1","title":"A"}"#,
        ),
        (
            "parent",
            lies_in("d0"),
            r#"{"parent":"d0"}"#,
            r#"{"id":"d1","parent":"d0"}"#,
        ),
        ("parent", Value::Nothing, "{}", r#"{"id":"d1","parent":null}"#),
        (
            "published",
            Value::Bool(false),
            r#"{"published":false}"#,
            r#"{"id":"d1","published":false}"#,
        ),
        (
            "description",
            Value::Nothing,
            "{}",
            r#"{"description":"","id":"d1"}"#,
        ),
        ("tags", Value::Nothing, "{}", r#"{"id":"d1","tags":{"set":[]}}"#),
    ] {
        let script = [("/directories.create", 201, MADE)];
        let asked = check(
            "directory",
            create(),
            &[(field, value.clone())],
            &script,
            Ok("d1"),
        )
        .await;
        assert_eq!(asked, [format!("/directories.create {created}")]);
        let update = Action::Update(RecordId::new("d1"));
        let script = [("/directories.update", 200, MADE)];
        let asked = check("directory", update, &[(field, value)], &script, Ok("d1")).await;
        assert_eq!(asked, [format!("/directories.update {updated}")]);
    }
    let language = [("language", text("en"))];
    let script = [("/directories.create", 201, MADE)];
    let asked = check("directory", create(), &language, &script, Ok("d1")).await;
    assert_eq!(asked, [r#"/directories.create {"language":"en"}"#]);
    let update = Action::Update(RecordId::new("d1"));
    check("directory", update, &language, &[], Err(FaultKind::Rejected)).await;
}

#[tokio::test]
async fn a_directory_that_was_sent_is_known_by_its_title_and_where_it_lies() {
    const FIRST: &str = r#"{"directories":[{"id":"d2","title":"A"},{"id":"d3","title":"B","parent":{"id":"d0"}}],"next_cursor":"n"}"#;
    let one = |id: &str, parent: &str, day: u8| {
        format!(
            r#"{{"id":"{id}","title":"A","parent":{{"id":"{parent}"}},"created_date":"2026-01-0{day}T00:00:00Z"}}"#
        )
    };
    let (ours, older) = (one("d1", "d0", 2), one("d4", "d0", 1));
    for (listed, expected) in [
        (ours.clone(), Some("d1")),
        (format!("{ours},{older}"), Some("d1")),
        (format!("{older},{ours}"), Some("d1")),
        (one("d5", "d9", 3), None),
        (String::new(), None),
    ] {
        let listed = format!(r#"{{"directories":[{listed}]}}"#);
        let mut script = vec![
            ("/directories.create", 0, ""),
            ("/directories.list", 200, FIRST),
            ("/directories.list", 200, listed.as_str()),
        ];
        if expected.is_none() {
            script.push(("/directories.create", 201, r#"{"directory":{"id":"d7"}}"#));
        }
        let (session, wire) = session(&script);
        let directory = ObjectName::new("directory");
        let fields = [("title", text("A")), ("parent", lies_in("d0"))];
        let changes = [change("directory", create(), &fields)];
        assert!(session.write(&directory, &changes).await[0].result.is_err());
        let looked = session.look_back(&directory, &ExternalKey::new("k:1")).await;
        assert!(looked.unwrap().is_none());
        let outcome = session.write(&directory, &changes).await.remove(0);
        assert_eq!(
            outcome.result.unwrap().id.as_str(),
            expected.unwrap_or("d7"),
            "{listed}"
        );
        assert!(wire.answers.lock().unwrap().is_empty(), "{listed}");
    }
}

#[tokio::test]
async fn directories_survive_the_twin() {
    let (session, wire) = twin_session(&[]);
    let directory = ObjectName::new("directory");
    let home = write(&session, "directory", key("k:1"), &[("title", text("Home"))]).await;
    let fields = [
        ("title", text("Guides")),
        ("description", text("How to")),
        ("parent", reference("directory", &home)),
        ("published", Value::Bool(true)),
        ("language", text("en")),
        ("tags", Value::List(vec![text("vip")])),
    ];
    let guides = [change("directory", key("k:2"), &fields)];
    let tagged = [("title", text("Tagged")), fields[5].clone()];
    write(&session, "directory", key("k:3"), &tagged).await;
    wire.set_faults(lose_every_answer());
    assert!(session.write(&directory, &guides).await[0].result.is_err());
    wire.set_faults(Faults::default());
    assert_eq!(all(&session, "directory").await.len(), 3);
    let ours = ExternalKey::new("k:2");
    assert!(session.look_back(&directory, &ours).await.unwrap().is_none());
    let made = write(&session, "directory", key("k:2"), &fields).await;
    let listed = all(&session, "directory").await;
    assert_eq!(listed.len(), 3);
    let listed = listed.iter().find(|raw| raw.id == made.id).unwrap();
    let record = session.shape(&directory, listed).unwrap();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "language") {
        assert_eq!(&bare(&record.fields[*name]), value, "{name}");
    }
    assert!(!record.fields.contains_key("language"));
    let update = [("parent", Value::Nothing), ("published", Value::Bool(false))];
    let updated = write(&session, "directory", Action::Update(made.id.clone()), &update).await;
    let record = session.shape(&directory, &updated).unwrap();
    for (name, value) in &update {
        assert_eq!(&record.fields[*name], value, "{name}");
    }
    let delete = [change("directory", Action::Delete(made.id.clone()), &[])];
    assert!(session.write(&directory, &delete).await[0].result.is_ok());
    assert!(session.find(&directory, &made.id).await.unwrap().is_none());
}

/// A ticket that waits for another record.
fn depends(on: &str) -> [(&'static str, Value); 3] {
    let end = |object: &str, id: &str| {
        Value::Ref(Reference {
            object: ObjectName::new(object),
            id: RecordId::new(id),
            label: None,
        })
    };
    [
        ("source", end("ticket", "t1")),
        ("target", end("issue", on)),
        ("link_type", text("is_dependent_on")),
    ]
}

#[tokio::test]
async fn a_link_is_known_by_what_it_links_and_how() {
    const CREATE: &str = r#"/links.create {"link_type":"is_dependent_on","source":"t1","target":"i1"}"#;
    const LIST: &str = r#"/links.list {"direction":"is_source","limit":100,"object":"t1"}"#;
    let made = [("/links.create", 201, r#"{"link":{"id":"l1"}}"#)];
    assert_eq!(
        check("link", create(), &depends("i1"), &made, Ok("l1")).await,
        [CREATE]
    );
    let link = |id: &str, target: &str, kind: &str| {
        format!(r#"{{"id":"{id}","source":{{"id":"t1"}},"target":{{"id":"{target}"}},"link_type":"{kind}"}}"#)
    };
    for (listed, expected) in [
        (link("l1", "i1", "is_dependent_on"), Ok("l1")),
        (link("l2", "i2", "is_dependent_on"), Err(FaultKind::Exists)),
        (link("l3", "i1", "is_related_to"), Err(FaultKind::Exists)),
    ] {
        let listed = format!(r#"{{"links":[{listed}]}}"#);
        let script = [
            ("/links.create", 409, CONFLICT),
            ("/links.list", 200, listed.as_str()),
        ];
        let asked = check("link", create(), &depends("i1"), &script, expected).await;
        assert_eq!(asked, [CREATE, LIST]);
    }
    let update = Action::Update(RecordId::new("l1"));
    check("link", update, &depends("i1"), &[], Err(FaultKind::Rejected)).await;
}

#[tokio::test]
async fn links_survive_the_twin() {
    for switch in ["accept", "conflict"] {
        let (session, wire) = twin_session(&[("same_link", switch)]);
        let link = ObjectName::new("link");
        let subjects = subjects(&session).await;
        let fields = [
            ("source", reference("ticket", &subjects[0].1)),
            ("target", reference("issue", &subjects[1].1)),
            ("link_type", text("is_dependent_on")),
        ];
        let one = [change("link", key("k:1"), &fields)];
        wire.set_faults(lose_every_answer());
        assert!(session.write(&link, &one).await[0].result.is_err());
        wire.set_faults(Faults::default());
        let ours = ExternalKey::new("k:1");
        assert!(session.look_back(&link, &ours).await.unwrap().is_none());
        let made = write(&session, "link", key("k:1"), &fields).await;
        let count = wire.with_twin(|twin| twin.dump("link").map(Iterator::count));
        assert_eq!(count, Some(1), "{switch}");
        let found = session.find(&link, &made.id).await.unwrap().unwrap();
        let record = session.shape(&link, &found).unwrap();
        for (name, value) in &fields {
            assert_eq!(&bare(&record.fields[*name]), value, "{switch} {name}");
        }
        let delete = [change("link", Action::Delete(made.id.clone()), &[])];
        assert!(session.write(&link, &delete).await[0].result.is_ok());
        assert!(session.find(&link, &made.id).await.unwrap().is_none());
    }
}
