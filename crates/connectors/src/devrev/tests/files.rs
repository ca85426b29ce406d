#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::NewFile;

use super::*;

const STORE: &str = "https://store.example/";
const PREPARED: &str = r#"{"id":"f1","url":"https://store.example/","form_data":[{"key":"key","value":"k"},{"key":"policy","value":"p"}]}"#;

fn new_file(size: u64) -> NewFile {
    NewFile {
        path: "/nowhere".into(),
        name: "a.png".to_owned(),
        media_type: Some("image/png".to_owned()),
        size,
    }
}

#[tokio::test]
async fn a_file_is_prepared_and_brought_with_its_form() {
    let (session, wire) = session(&[("/artifacts.prepare", 200, PREPARED), (STORE, 204, "")]);
    let file = session.upload(&new_file(3)).await.unwrap();
    assert_eq!(Value::List(vec![Value::File(file)]), files(&["f1"]));
    let asked = wire.asked.lock().unwrap();
    assert_eq!(
        asked[0],
        r#"/artifacts.prepare {"file_name":"a.png","file_type":"image/png"}"#
    );
    assert_eq!(
        asked[1],
        r#"https://store.example/ [("key", "k"), ("policy", "p")] a.png Some("image/png")"#
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_brought_is_said_so() {
    for (size, status, expected) in [
        (300 << 20, None, FaultKind::Rejected),
        (3, Some(403), FaultKind::Rejected),
        (3, Some(503), FaultKind::Unreachable),
    ] {
        let script: Vec<_> = status
            .into_iter()
            .flat_map(|status| [("/artifacts.prepare", 200, PREPARED), (STORE, status, "")])
            .collect();
        let (session, _) = session(&script);
        let fault = session.upload(&new_file(size)).await.unwrap_err();
        assert_eq!(fault.kind(), expected, "{status:?}");
    }
}

#[tokio::test]
async fn files_are_attached_by_their_ids() {
    let made = r#"{"account":{"id":"a1"}}"#;
    let script = [("/accounts.create", 201, made)];
    let fields = [
        ("display_name", text("Acme")),
        ("artifacts", files(&["f1", "f2"])),
    ];
    let asked = check("account", create(), &fields, &script, Ok("a1")).await;
    assert!(asked[0].contains(r#""artifacts":["f1","f2"]"#), "{}", asked[0]);
    for (object, path, answer) in [
        ("account", "/accounts.update", made),
        ("contact", "/rev-users.update", r#"{"rev_user":{"id":"a1"}}"#),
        ("ticket", "/works.update", r#"{"work":{"id":"a1"}}"#),
        ("issue", "/works.update", r#"{"work":{"id":"a1"}}"#),
        (
            "comment",
            "/timeline-entries.update",
            r#"{"timeline_entry":{"id":"a1"}}"#,
        ),
    ] {
        let update = Action::Update(RecordId::new("a1"));
        let script = [(path, 200, answer)];
        let asked = check(object, update, &fields[1..], &script, Ok("a1")).await;
        assert!(
            asked[0].contains(r#""artifacts":{"set":["f1","f2"]}"#),
            "{object}: {}",
            asked[0]
        );
    }
}

#[test]
fn attached_files_are_read_with_their_names() {
    let (session, _) = session(&[]);
    let json = r#"{"id":"a1","artifacts":[{"id":"f1","display_id":"ARTIFACT-1","file":{"name":"a.png","type":"image/png","size":3}}]}"#;
    let raw = model::Raw::new(RecordId::new("a1"), json.to_owned());
    let record = session.shape(&ObjectName::new("account"), &raw).unwrap();
    assert_eq!(record.fields["artifacts"], files(&["f1"]));
}
