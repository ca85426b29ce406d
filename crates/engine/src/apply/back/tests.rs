use model::{Base, ExternalKey, FieldChange, FieldName, PairingId, Reason, Value};

use super::*;
use crate::plan::back::tests::bound;

/// Which of a pairing's rules a change that writes this left field settles; `mine` and `note` are both made of it.
fn check(action: Action, expected: &[&str]) {
    let mut bound = bound();
    let to = bound.back.get(&1).cloned();
    bound.back.extend(to.map(|to| (0, to)));
    let change = Change {
        id: "1".into(),
        pairing: PairingId::from("ticket"),
        side: Side::Left,
        object: "conversation".into(),
        action,
        left_object: "conversation".into(),
        left: "l".into(),
        right_object: "ticket".into(),
        right: Some("r".into()),
        title: String::new(),
        fields: vec![FieldChange {
            name: FieldName::from("note"),
            before: None,
            after: Value::text("b"),
        }],
        why: Reason::OtherSideChanged,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    };
    let settled: Vec<&str> = rules_written(&bound, &change)
        .map(|(_, field)| field.name.as_str())
        .collect();
    assert_eq!(settled, expected);
}

#[test]
fn what_the_left_side_makes_of_a_field_that_was_written_goes_there_next() {
    check(Action::Update("l".into()), &["note"]);
}

#[test]
fn what_was_made_on_the_left_holds_all_that_it_was_made_of() {
    let key = ExternalKey::from("w:ticket:r");
    check(Action::Create { key }, &["mine", "note"]);
}
