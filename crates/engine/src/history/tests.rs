#![allow(clippy::indexing_slicing)]

use model::{ExternalKey, Fields, Reason, RecordId};

use super::*;

fn change(action: Action, fields: &[(&str, &str, &str)]) -> Change {
    Change {
        id: "c".into(),
        pairing: "company".into(),
        side: Side::Right,
        object: "account".into(),
        action,
        left_object: "company".into(),
        left: "l".into(),
        right_object: "account".into(),
        right: None,
        title: "t".to_owned(),
        fields: fields
            .iter()
            .map(|(name, before, after)| FieldChange {
                name: (*name).into(),
                before: Some(Value::text(*before)),
                after: Value::text(*after),
            })
            .collect(),
        why: Reason::Missing,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    }
}

#[test]
fn a_creation_has_what_later_changes_found_and_else_what_is_agreed() {
    let text = |text: &str| Value::text(text);
    let base = Base {
        left: Fields::from([("name".into(), text("third")), ("city".into(), text("Lund"))]),
        right: Fields::new(),
    };
    let update = |fields: &[_]| change(Action::Update(RecordId::new("r")), fields);
    let mut all = [
        change(
            Action::Create {
                key: ExternalKey::new("v:company:l"),
            },
            &[],
        ),
        update(&[("name", "first", "second"), ("note", "", "new")]),
        update(&[("name", "second", "third")]),
    ];
    with_contents(&mut all, &base);
    let made: Vec<_> = all[0]
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.after.clone()))
        .collect();
    assert_eq!(made, [("city", text("Lund")), ("name", text("first"))]);
    assert_eq!(all[1].fields.len(), 2);
}
