#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{Reference, RichFormat, RichText, Visibility};

use super::*;

const MADE: &str = r#"{"timeline_entry":{"id":"c1","external_ref":"k:1","body":"hi"}}"#;
const NO_REF: &str = r#"{"message":"Bad Request","type":"invalid_field","field_name":"external_ref"}"#;
const NO_PARENT: &str = r#"{"message":"Bad Request","type":"unexpected_id_type","field_name":"id"}"#;
const TIMELINE: &str = r#"{"timeline_entries":[{"id":"e0","type":"timeline_change_event"},{"id":"c1","external_ref":"k:1","body":"hi"}]}"#;

fn about() -> (&'static str, Value) {
    let reference = Reference {
        object: ObjectName::new("ticket"),
        id: RecordId::new("t1"),
        label: None,
    };
    ("object", Value::Ref(reference))
}

fn body() -> (&'static str, Value) {
    let text = RichText {
        format: RichFormat::CommonMark,
        text: "hi".to_owned(),
    };
    ("body", Value::Rich(text))
}

fn seen_by(visibility: Visibility) -> (&'static str, Value) {
    ("visibility", Value::Visibility(visibility))
}

#[tokio::test]
async fn a_comment_is_internal_unless_it_is_known_to_be_public() {
    for (field, expected) in [
        (None, "internal"),
        (Some(seen_by(Visibility::Internal)), "internal"),
        (Some(seen_by(Visibility::Public)), "external"),
        (Some(("visibility", Value::Nothing)), "internal"),
    ] {
        let fields: Vec<_> = [about(), body()].into_iter().chain(field).collect();
        let script = [("/timeline-entries.create", 201, MADE)];
        let asked = check("comment", create(), &fields, &script, Ok("c1")).await;
        assert_eq!(
            asked,
            [format!(
                r#"/timeline-entries.create {{"body":"hi","external_ref":"k:1","object":"t1","type":"timeline_comment","visibility":"{expected}"}}"#
            )]
        );
    }
}

#[tokio::test]
async fn a_comment_is_updated_and_deleted_and_stays_where_and_for_whom_it_is() {
    let update = || Action::Update(RecordId::new("c1"));
    let script = [("/timeline-entries.update", 200, MADE)];
    let asked = check("comment", update(), &[body()], &script, Ok("c1")).await;
    assert_eq!(
        asked,
        [r#"/timeline-entries.update {"body":"hi","id":"c1","type":"timeline_comment"}"#]
    );
    for field in [about(), seen_by(Visibility::Public)] {
        check("comment", update(), &[field], &[], Err(FaultKind::Rejected)).await;
    }
    let script = [("/timeline-entries.delete", 404, GONE)];
    check(
        "comment",
        Action::Delete(RecordId::new("c1")),
        &[],
        &script,
        Ok("c1"),
    )
    .await;
}

#[tokio::test]
async fn a_comment_that_exists_is_found_by_its_key_where_it_would_be() {
    let taken = ("/timeline-entries.create", 409, CONFLICT);
    let listed = ("/timeline-entries.list", 200, TIMELINE);
    let got = ("/timeline-entries.get", 200, MADE);
    for script in [
        &[taken, got][..],
        &[taken, ("/timeline-entries.get", 400, NO_PARENT), listed, got],
        &[taken, ("/timeline-entries.get", 404, GONE), listed, got],
    ] {
        check("comment", create(), &[about(), body()], script, Ok("c1")).await;
    }
}

#[tokio::test]
async fn a_comment_whose_answer_was_lost_is_looked_for_before_it_is_made_again() {
    let (session, wire) = session(&[
        ("/timeline-entries.create", 0, ""),
        ("/timeline-entries.get", 200, MADE),
    ]);
    let comment = ObjectName::new("comment");
    let fields = [about(), body()];
    let one = || [change("comment", create(), &fields)];
    assert!(session.write(&comment, &one()).await[0].result.is_err());
    assert!(
        session
            .look_back(&comment, &ExternalKey::new("k:1"))
            .await
            .unwrap()
            .is_none()
    );
    let found = session.write(&comment, &one()).await.remove(0).result.unwrap();
    assert_eq!(found.id.as_str(), "c1");
    // What was sent then may not be what was sent now.
    assert_eq!(found.evidence, model::Evidence::There);
    assert!(wire.answers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn where_comments_take_no_key_the_text_finds_them() {
    let (session, wire) = session(&[
        ("/timeline-entries.create", 400, NO_REF),
        ("/timeline-entries.create", 0, ""),
        ("/timeline-entries.list", 200, TIMELINE),
        ("/timeline-entries.get", 200, MADE),
    ]);
    let comment = ObjectName::new("comment");
    let fields = [about(), body()];
    let one = || [change("comment", create(), &fields)];
    assert!(session.write(&comment, &one()).await[0].result.is_err());
    session
        .look_back(&comment, &ExternalKey::new("k:1"))
        .await
        .unwrap();
    assert!(session.write(&comment, &one()).await[0].result.is_ok());
    assert!(!wire.asked.lock().unwrap()[1].contains("external_ref"));
}

#[tokio::test]
async fn comments_have_no_list_of_their_own() {
    let (session, _) = session(&[]);
    let comment = ObjectName::new("comment");
    assert!(!session.is_listed(&comment) && session.is_listed(&ObjectName::new("ticket")));
    let ask = Ask {
        object: comment.clone(),
        mode: Mode::Everything,
        cursor: None,
    };
    assert_eq!(session.read(&ask).await.unwrap_err().kind(), FaultKind::Rejected);
    assert_eq!(session.cost(&comment, 7), 7);
}

#[test]
fn what_a_comment_is_about_is_told_by_its_id() {
    let (session, _) = session(&[]);
    for (id, object) in [
        ("don:core:dvrv-us-1:devo/0:ticket/1", "ticket"),
        ("don:core:dvrv-us-1:devo/0:conversation/172", "conversation"),
        (
            "don:core:dvrv-us-1:devo/0:custom_object/license/3",
            "custom:license",
        ),
        ("don:identity:dvrv-us-1:devo/0:revu/3", "contact"),
    ] {
        let json = format!(r#"{{"id":"c1","object":"{id}","visibility":"private","body":"hi"}}"#);
        let raw = model::Raw::new(RecordId::new("c1"), json);
        let record = session.shape(&ObjectName::new("comment"), &raw).unwrap();
        let references = record.fields["object"].references();
        assert_eq!(
            (references[0].object.as_str(), references[0].id.as_str()),
            (object, id)
        );
        assert_eq!(
            record.fields["visibility"],
            Value::Visibility(Visibility::Internal)
        );
    }
}

#[tokio::test]
async fn what_people_and_we_said_about_a_record_is_read_below_it() {
    const PAGE: &str = r#"{"timeline_entries":[
        {"id":"change","type":"timeline_change_event"},
        {"id":"theirs","type":"timeline_comment","body":"a","created_by":{"type":"dev_user","id":"d1"}},
        {"id":"ours","type":"timeline_comment","body":"b","external_ref":"planhat:comment:1","created_by":{"type":"service_account","id":"s1"}},
        {"id":"machine","type":"timeline_comment","body":"c","created_by":{"type":"sys_user","id":"s2"}},
        {"id":"few","type":"timeline_comment","body":"d","visibility":"private"},
        {"id":"rest","type":"timeline_comment","body":"e","external_ref":"interline:body-2"},
        {"id":"kit","type":"timeline_comment","body_type":"snap_kit"}],"next_cursor":"more"}"#;
    const LAST: &str =
        r#"{"timeline_entries":[{"id":"last","type":"timeline_comment","body":"f","body_type":"text"}]}"#;
    let (session, wire) = session(&[
        ("/timeline-entries.list", 200, PAGE),
        ("/timeline-entries.list", 200, LAST),
    ]);
    let (comment, ticket, id) = (
        ObjectName::new("comment"),
        ObjectName::new("ticket"),
        RecordId::new("t1"),
    );
    let found = session.about(&comment, (&ticket, &id)).await.unwrap().unwrap();
    let ids: Vec<&str> = found.iter().map(|raw| raw.id.as_str()).collect();
    assert_eq!(ids, ["theirs", "ours", "last"]);
    assert!(wire.asked.lock().unwrap()[1].contains(r#""cursor":"more""#));
    let (session, _) = super::session(&[("/timeline-entries.list", 404, GONE)]);
    assert_eq!(session.about(&comment, (&ticket, &id)).await.unwrap(), None);
    let refused = session.about(&ticket, (&ticket, &id)).await.unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Rejected);
}
