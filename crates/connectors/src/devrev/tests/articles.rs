//! Articles, whose text is a file: by scripts and against the twin.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{FieldKind, NewFile, Raw};

use super::{
    against_twin::{all, bare, custom, extend, key, markdown, reference, twin_session, write},
    *,
};
use crate::kit::{Faults, TwinWire};

const STORE: &str = "https://store.example/";
const PREPARED: &str = r#"{"id":"f9","url":"https://store.example/","form_data":[]}"#;
const MADE: &str = r#"{"article":{"id":"a1","owned_by":[]}}"#;
const PREPARE: &str = r#"/artifacts.prepare {"configuration_set":"article_media","file_name":"interline.k%3a1.md","file_type":"text/markdown"}"#;
const BROUGHT: &str = r#"https://store.example/ [] interline.k%3a1.md Some("text/markdown")"#;

/// An article with a text of ours and a picture.
const THERE: &str = r#"{"article":{"id":"a1","title":"A","owned_by":[],"resource":{"artifacts":[
    {"id":"f1","file":{"name":"interline.k%3a1.md","type":"text/markdown"}},
    {"id":"f2","file":{"name":"a.png","type":"image/png"}}]}}}"#;

#[tokio::test]
async fn an_article_is_created_with_its_text_as_a_file() {
    for (fields, sent) in [
        (vec![("body", markdown("# A"))], r#"["f9"]"#),
        (
            vec![("artifacts", files(&["f2", "f3"])), ("body", markdown("# A"))],
            r#"["f9","f2","f3"]"#,
        ),
        // One that says nothing has a file too, for it holds the key.
        (vec![], r#"["f9"]"#),
    ] {
        let script = [
            ("/artifacts.prepare", 200, PREPARED),
            (STORE, 204, ""),
            ("/articles.create", 201, MADE),
        ];
        let asked = check("article", create(), &fields, &script, Ok("a1")).await;
        let created = format!(r#"/articles.create {{"notify":false,"resource":{{"artifacts":{sent}}}}}"#);
        assert_eq!(asked, [PREPARE, BROUGHT, created.as_str()]);
    }
}

#[tokio::test]
async fn an_article_keeps_the_files_that_it_shall_keep() {
    let update = || Action::Update(RecordId::new("a1"));
    let text = ("body", markdown("# B"));
    for (fields, brings, sent) in [
        (vec![text.clone()], true, r#"["f9","f2"]"#),
        (vec![("body", Value::Nothing)], true, r#"["f9","f2"]"#),
        (vec![("artifacts", files(&["f3"]))], false, r#"["f1","f3"]"#),
        (vec![("artifacts", Value::Nothing)], false, r#"["f1"]"#),
        (
            vec![text, ("artifacts", files(&["f2", "f3"]))],
            true,
            r#"["f9","f2","f3"]"#,
        ),
    ] {
        let mut script = vec![("/articles.get", 200, THERE)];
        if brings {
            script.extend([("/artifacts.prepare", 200, PREPARED), (STORE, 204, "")]);
        }
        script.push(("/articles.update", 200, MADE));
        let asked = check("article", update(), &fields, &script, Ok("a1")).await;
        let updated = format!(r#"/articles.update {{"artifacts":{{"set":{sent}}},"id":"a1"}}"#);
        assert_eq!(asked.last(), Some(&updated));
        assert_eq!(asked.contains(&PREPARE.to_owned()), brings);
    }
}

#[tokio::test]
async fn what_is_not_its_text_is_updated_in_one_call_that_notifies_nobody() {
    let update = || Action::Update(RecordId::new("a1"));
    for (name, value, sent) in [
        ("title", text("B"), r#"{"id":"a1","title":"B"}"#),
        ("language", text("fr"), r#"{"id":"a1","language":"fr"}"#),
        ("parent", Value::Nothing, r#"{"id":"a1","parent":null}"#),
        ("aliases", Value::Nothing, r#"{"aliases":{"set":[]},"id":"a1"}"#),
        (
            "status",
            text("published"),
            r#"{"id":"a1","notify":false,"status":"published"}"#,
        ),
    ] {
        let script = [("/articles.update", 200, MADE)];
        let asked = check("article", update(), &[(name, value)], &script, Ok("a1")).await;
        assert_eq!(asked, [format!("/articles.update {sent}")]);
    }
    let scope = [("scope", text("external"))];
    check("article", update(), &scope, &[], Err(FaultKind::Rejected)).await;
}

#[test]
fn an_article_is_read_with_its_key_and_its_files_apart() {
    let (session, _) = session(&[]);
    let article = ObjectName::new("article");
    let json = THERE.strip_prefix(r#"{"article":"#).unwrap();
    let json = json.strip_suffix('}').unwrap().replace(
        r#""title":"A""#,
        r#""title":"A","scope":{"id":2,"label":"External","ordinal":2}"#,
    );
    let raw = Raw::new(RecordId::new("a1"), json);
    let record = session.shape(&article, &raw).unwrap();
    assert_eq!(record.keys, ["k:1"]);
    assert_eq!(record.fields["artifacts"], files(&["f2"]));
    assert_eq!(record.fields["text_file"].elements().len(), 1);
    assert_eq!(record.fields["scope"], text("external"));
    for hidden in ["body", "status", "language", "tags"] {
        assert!(!record.fields.contains_key(hidden), "{hidden}");
    }
    // What somebody else wrote has no file of ours.
    let foreign = raw.json.replace("interline.k%3a1.md", "a.html");
    let record = session
        .shape(&article, &Raw::new(RecordId::new("a2"), foreign))
        .unwrap();
    assert!(record.keys.is_empty());
    assert_eq!(record.fields["artifacts"].elements().len(), 2);
    assert_eq!(record.fields["text_file"], Value::Nothing);
}

fn lose_every_answer() -> Faults {
    serde_json::from_str(r#"{"rules":[{"rate":1.0,"fault":"lost_answer","route":"POST /articles.create"}]}"#)
        .unwrap()
}

/// What the file of an article's text says.
async fn says(session: &DevRevSession, article: &Raw) -> String {
    let record = session.shape(&ObjectName::new("article"), article).unwrap();
    let [Value::File(file)] = record.fields["text_file"].elements() else {
        panic!("{:?}", record.fields["text_file"]);
    };
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("text");
    session.fetch(file, None, &to, 1 << 20).await.unwrap();
    std::fs::read_to_string(to).unwrap()
}

async fn bring_a_picture(session: &DevRevSession) -> FileRef {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, "a picture").unwrap();
    let file = NewFile {
        path,
        name: "a.png".to_owned(),
        media_type: Some("image/png".to_owned()),
        size: 9,
    };
    session.upload(&file).await.unwrap()
}

/// What the twin keeps of an article and shows to nobody.
fn kept(wire: &TwinWire, at: usize, name: &str) -> String {
    let shown = wire
        .with_twin(|twin| twin.dump("article").unwrap().nth(at))
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&shown).unwrap();
    json["kept"][name].to_string()
}

// tidy: long because it is one story.
#[tokio::test]
async fn articles_survive_the_twin() {
    let (session, wire) = twin_session(&[]);
    let article = ObjectName::new("article");
    let home = write(&session, "directory", key("k:1"), &[("title", text("Home"))]).await;
    let inner = [
        ("title", text("Inner")),
        ("parent", reference("directory", &home)),
    ];
    let inner = write(&session, "directory", key("k:2"), &inner).await;
    let me = all(&session, "dev_user").await.remove(0);
    let part = all(&session, "part").await.remove(0);
    let list = |value: Value| Value::List(vec![value]);
    extend(
        &session,
        "article",
        vec![custom("tnt__source", FieldKind::Text { max: None })],
    )
    .await;
    let picture = bring_a_picture(&session).await;
    let says_hello = format!("# Hello\n\n![a picture]({})\n", picture.url);
    let fields = [
        ("title", text("Hello")),
        ("description", text("How to greet")),
        ("body", markdown(&says_hello)),
        ("artifacts", list(Value::File(picture.clone()))),
        ("parent", reference("directory", &inner)),
        ("owned_by", list(reference("dev_user", &me))),
        ("authored_by", list(reference("dev_user", &me))),
        ("applies_to_parts", list(reference("part", &part))),
        ("scope", text("external")),
        ("status", text("published")),
        ("access_level", text("public")),
        ("language", text("en")),
        ("published_at", Value::Instant(Timestamp::UNIX_EPOCH)),
        ("aliases", list(text("hi"))),
        ("tags", list(text("vip"))),
        ("tnt__source", text("intercom")),
    ];
    wire.set_faults(lose_every_answer());
    let lost = [change("article", key("k:3"), &fields)];
    assert!(session.write(&article, &lost).await[0].result.is_err());
    wire.set_faults(Faults::default());

    // It is there, and its key says so, whatever else has its title.
    let looked = session
        .look_back(&article, &ExternalKey::new("k:3"))
        .await
        .unwrap();
    let made = looked.unwrap().result.unwrap().raw.unwrap();
    let listed = all(&session, "article").await;
    assert_eq!(listed.len(), 1);
    assert_eq!(session.count(&article).await.unwrap(), Some(1));
    let record = session.shape(&article, &listed[0]).unwrap();
    assert_eq!(record.keys, ["k:3"]);
    for (name, value) in &fields {
        if let Some(shown) = record.fields.get(*name) {
            assert_eq!(&bare(shown), value, "{name}");
        }
    }
    for (name, expected) in [
        ("status", r#""published""#),
        ("language", r#""en""#),
        ("access_level", r#""public""#),
        ("aliases", r#"["hi"]"#),
        ("published_at", r#""1970-01-01T00:00:00Z""#),
        ("custom_fields", r#"{"tnt__source":"intercom"}"#),
    ] {
        assert_eq!(kept(&wire, 0, name), expected, "{name}");
    }
    assert_eq!(says(&session, &listed[0]).await, says_hello);

    // Every language is an article of its own; a creation that never arrived is not taken for another.
    let french = [
        ("title", text("Hello")),
        ("language", text("fr")),
        fields[4].clone(),
        fields[5].clone(),
    ];
    wire.set_faults(
        serde_json::from_str(r#"{"rules":[{"rate":1.0,"fault":"reset","route":"POST /articles.create"}]}"#)
            .unwrap(),
    );
    let lost = [change("article", key("k:4"), &french)];
    assert!(session.write(&article, &lost).await[0].result.is_err());
    wire.set_faults(Faults::default());
    assert!(
        session
            .look_back(&article, &ExternalKey::new("k:4"))
            .await
            .unwrap()
            .is_none()
    );
    let second = write(&session, "article", key("k:4"), &french).await;
    assert_ne!(second.id, made.id);
    assert_eq!(says(&session, &second).await, "");

    let update = [
        ("body", markdown("Bye")),
        ("title", text("Bye")),
        ("parent", Value::Nothing),
        ("status", text("archived")),
        ("tnt__source", Value::Nothing),
    ];
    let updated = write(&session, "article", Action::Update(made.id.clone()), &update).await;
    assert_eq!(says(&session, &updated).await, "Bye");
    let record = session.shape(&article, &updated).unwrap();
    assert_eq!(record.keys, ["k:3"]);
    assert_eq!(record.fields["artifacts"], list(Value::File(picture)));
    assert_eq!(record.fields["parent"], Value::Nothing);
    assert_eq!(kept(&wire, 0, "status"), r#""archived""#);

    let delete = [change("article", Action::Delete(made.id.clone()), &[])];
    assert!(session.write(&article, &delete).await[0].result.is_ok());
    assert!(session.find(&article, &made.id).await.unwrap().is_none());
    assert!(session.write(&article, &delete).await[0].result.is_ok());
}

/// Any number of creations whose answers were lost cost one list.
#[tokio::test]
async fn articles_are_looked_for_in_one_list() {
    const LISTED: &str = r#"{"articles":[{"id":"a1","resource":{"artifacts":[{"id":"f1","file":{"name":"interline.k%3a1.md"}}]}}]}"#;
    let script = [
        ("/articles.list", 200, LISTED),
        ("/articles.get", 200, THERE),
        ("/artifacts.prepare", 200, PREPARED),
        (STORE, 204, ""),
        ("/articles.create", 0, ""),
        ("/articles.list", 200, LISTED),
    ];
    let (session, wire) = session(&script);
    let article = ObjectName::new("article");
    for (key, there) in [("k:1", true), ("k:2", false)] {
        let looked = session.look_back(&article, &ExternalKey::new(key)).await.unwrap();
        assert_eq!(looked.is_some(), there, "{key}");
    }
    // One more that went wrong is not in what was listed before.
    let changes = [change("article", create(), &[("title", text("A"))])];
    assert!(session.write(&article, &changes).await[0].result.is_err());
    assert!(
        session
            .look_back(&article, &ExternalKey::new("k:3"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(wire.answers.lock().unwrap().is_empty());
}
