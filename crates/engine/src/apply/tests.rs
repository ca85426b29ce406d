use model::{ChangeId, FieldChange, Fields};

use super::*;
use crate::plan::back::tests::bound;

fn fields(text: &str) -> Fields {
    let pairs = text.split_whitespace().filter_map(|part| part.split_once('='));
    pairs
        .map(|(name, word)| (name.into(), Value::text(word)))
        .collect()
}

/// Whether an answer is as agreed, after `note=b` was sent to a pair that agrees on this.
fn check(base: &str, answer: &str, expected: bool) {
    let change = Change {
        id: ChangeId::from("1"),
        pairing: PairingId::from("ticket"),
        side: Side::Right,
        object: "ticket".into(),
        action: Action::Update("r".into()),
        left_object: "conversation".into(),
        left: "l".into(),
        right_object: "ticket".into(),
        right: Some("r".into()),
        title: String::new(),
        fields: vec![FieldChange {
            name: "note".into(),
            before: None,
            after: Value::text("b"),
        }],
        why: Reason::OtherSideChanged,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    };
    let answer = Record {
        id: "r".into(),
        title: String::new(),
        fields: fields(answer),
        changed_at: None,
        keys: vec![],
    };
    let mut base = Base {
        left: fields(base),
        right: Fields::new(),
    };
    let as_agreed = agree_on_answer(&bound(), &change, &answer, &mut base, &mut Vec::new());
    assert_eq!(as_agreed, expected, "{answer:?}");
}

#[test]
fn an_answer_shows_what_somebody_else_wrote_meanwhile() {
    check("mine=a note=b word=x", "mine=a note=b word=x", true);
    check("mine=a note=b word=x", "mine=a note=b word=y", false);
    check("mine=a note=b word=x", "mine=c note=b word=x", false);
    // What the vendor makes of the field that was sent is agreed on as it is.
    check("mine=a note=b word=x", "mine=a note=B word=x", true);
    // What an answer does not show is not known to be empty.
    check("mine=a note=b word=x", "note=b", true);
}

#[test]
fn what_was_there_already_is_agreed_on_as_it_is_unless_only_we_fill_it() {
    let mut bound = bound();
    let found = Record {
        id: "r".into(),
        title: String::new(),
        fields: fields("mine=a note=b word="),
        changed_at: None,
        keys: vec![],
    };
    let agreed = agreed_on_found(&bound, &found);
    assert_eq!(
        (agreed.left, agreed.right),
        (Fields::new(), fields("mine=a note=b"))
    );
    let own = bound.rules.iter().find(|(rule, _)| rule.owner == Owner::Left);
    let own = own.map(|(_, field)| field.clone()).unwrap();
    bound.pairing.fields.push(model::RecipeField {
        name: own.name.clone(),
        title: own.title.clone(),
        kind: own.kind.clone(),
    });
    assert_eq!(agreed_on_found(&bound, &found).right.get(&own.name), None);
}
