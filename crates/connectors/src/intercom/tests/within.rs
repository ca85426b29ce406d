//! What records bring along.

use model::{FieldName, Value};

use super::*;

/// The ids of what a record brings along, with their objects.
fn ids(object: &str, id: &str, json: &str) -> Vec<String> {
    let source = intercom(&scripted(vec![]));
    let brought = source.within(&ObjectName::new(object), &raw(id, json)).unwrap();
    brought
        .iter()
        .map(|(object, raw)| format!("{object} {}", raw.id))
        .collect()
}

const TALK: &str = r#"{"id":"471","state":"open","ticket":null,"created_at":1,
    "source":{"body":"<p>Hi</p>","author":{"type":"user","id":"c1"},"attachments":[]},
    "linked_objects":{"data":[{"type":"ticket","id":"9","category":"Tracker"},{"type":"conversation","id":"20"}]},
    "conversation_parts":{"type":"conversation_part.list","total_count":2,
        "conversation_parts":[{"id":"1","part_type":"comment","body":"x"},{"id":2,"part_type":"close","body":null}]}}"#;

#[test]
fn a_conversation_brings_its_first_message_its_parts_and_its_links() {
    assert_eq!(
        ids("conversation", "471", TALK),
        [
            "part 471:source",
            "part 471:1",
            "part 471:2",
            "link conversation:20-conversation:471",
            "link conversation:471-ticket:9",
        ]
    );
}

#[test]
fn a_link_is_told_by_its_conversation_which_says_how_it_stands() {
    let source = intercom(&scripted(vec![]));
    let brought = |object: &str, id: &str, json: &str| {
        let all = source.within(&ObjectName::new(object), &raw(id, json)).unwrap();
        all.into_iter()
            .filter(|(object, _)| object.as_str() == "link")
            .collect::<Vec<_>>()
    };
    let state = |json: &str| {
        let (object, link) = brought("conversation", "471", json).remove(0);
        let record = source.shape(&object, &link).unwrap();
        record.fields.get(&FieldName::new("conversation_state")).cloned()
    };
    let ticket = r#"{"id":"471","state":"closed","linked_objects":{"data":[{"type":"ticket","id":"9"}]}}"#;
    assert_eq!(state(ticket), Some(Value::text("closed")));
    // The other end of these stands otherwise, perhaps.
    let other =
        r#"{"id":"471","state":"closed","linked_objects":{"data":[{"type":"conversation","id":"20"}]}}"#;
    assert!(state(other).is_none_or(|state| state.is_empty()));
    let there = r#"{"id":"9","linked_objects":{"data":[{"type":"conversation","id":"471"}]}}"#;
    assert!(brought("ticket", "9", there).is_empty());
}

#[test]
fn a_part_knows_where_it_stood() {
    let source = intercom(&scripted(vec![]));
    let brought = source
        .within(&ObjectName::new("conversation"), &raw("471", TALK))
        .unwrap();
    let (object, part) = &brought[0];
    let record = source.shape(object, part).unwrap();
    let field = |name: &str| record.fields.get(&FieldName::new(name)).cloned();
    let about = field("about").unwrap();
    assert_eq!(about.references()[0].id, RecordId::from("471"));
    assert_eq!(field("conversation_state"), Some(Value::text("open")));
    assert_eq!(field("in_ticket"), Some(Value::Bool(false)));
    assert_eq!(field("part_type"), Some(Value::text("source")));
    assert_eq!(record.title, "Hi");
}

#[test]
fn an_article_brings_a_text_in_each_language() {
    for (json, expected) in [
        (
            r#"{"id":"5","title":"A","parent_ids":[12]}"#,
            vec!["article_text 5"],
        ),
        (
            r#"{"id":"5","title":"A","default_locale":"en","translated_content":null}"#,
            vec!["article_text 5"],
        ),
        (
            r#"{"id":"5","title":"A","default_locale":"en","translated_content":
                {"type":"article_translated_content","de":null,"en":{"title":"A"},"fr":{"title":"B"}}}"#,
            vec!["article_text 5:en", "article_text 5:fr"],
        ),
        (
            r#"{"id":"5","title":"A","default_locale":"en","translated_content":{"fr":{"title":"B"}}}"#,
            vec!["article_text 5:fr", "article_text 5:en"],
        ),
    ] {
        assert_eq!(ids("article", "5", json), expected, "{json}");
    }
}

#[test]
fn a_text_lies_where_its_article_does() {
    let source = intercom(&scripted(vec![]));
    for json in [
        r#"{"id":"5","title":"A","default_locale":"en","parent_ids":[12],"translated_content":{"en":{"title":"A"}}}"#,
        r#"{"id":"5","title":"A","default_locale":"en","parent_id":12,"parent_type":"section","parent_ids":[]}"#,
    ] {
        let (object, text) = &source
            .within(&ObjectName::new("article"), &raw("5", json))
            .unwrap()[0];
        let record = source.shape(object, text).unwrap();
        let collection = record.fields[&FieldName::new("collection")].clone();
        assert_eq!(collection.references()[0].id, RecordId::from("12"), "{json}");
        assert_eq!(record.fields[&FieldName::new("locale")], Value::text("en"));
    }
}

#[test]
fn notes_come_with_whom_they_are_about() {
    let contact = r#"{"id":"c1","interline":{"notes":[{"id":"7","body":"<p>x</p>","contact":{"id":"c1"}}]}}"#;
    let company = r#"{"id":"k1","notes":{"type":"note.list","notes":[{"id":"7","body":"<p>x</p>"}]}}"#;
    assert_eq!(ids("contact", "c1", contact), ["note 7"]);
    assert_eq!(ids("company", "k1", company), ["note company:7"]);
    let source = intercom(&scripted(vec![]));
    let (object, note) = &source
        .within(&ObjectName::new("company"), &raw("k1", company))
        .unwrap()[0];
    let record = source.shape(object, note).unwrap();
    let about = record.fields[&FieldName::new("about")].clone();
    assert_eq!(
        (
            about.references()[0].object.as_str(),
            about.references()[0].id.as_str()
        ),
        ("company", "k1")
    );
}

#[test]
fn parts_that_are_not_given_are_stated() {
    let source = intercom(&scripted(vec![]));
    let parts = |n: usize| {
        let one = r#"{"id":"1"}"#;
        vec![one; n].join(",")
    };
    for (given, total, counted, expected) in [
        (2, "2", "2", None),
        (2, "2", "9", None),
        (500, "612", "0", Some(612)),
        (500, "500", "612", Some(612)),
        (500, "500", "null", None),
        (500, "\"612\"", "null", Some(612)),
    ] {
        let json = format!(
            r#"{{"id":"1","statistics":{{"count_conversation_parts":{counted}}},"conversation_parts":
                {{"total_count":{total},"conversation_parts":[{}]}}}}"#,
            parts(given)
        );
        let withheld = source.withheld(&ObjectName::new("conversation"), &raw("1", &json));
        let stated = withheld.map(|withheld| (withheld.stated, withheld.given));
        assert_eq!(
            stated,
            expected.map(|stated| (stated, 500)),
            "{given} {total} {counted}"
        );
    }
}
