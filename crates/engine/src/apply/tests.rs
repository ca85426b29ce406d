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

/// What a pair agrees on, of whose right record it is known that it was made with `sent`. `ours` is made for us alone.
fn check_found(sent: &str, found: &str, ours: &str, (left, right): (&str, &str)) {
    let mut bound = bound();
    let own = bound.rules.iter().find(|(_, field)| field.name.as_str() == ours);
    let own = own.map(|(_, field)| model::RecipeField {
        name: field.name.clone(),
        title: field.title.clone(),
        kind: field.kind.clone(),
    });
    bound.pairing.fields.extend(own);
    let found = Record {
        id: "r".into(),
        title: String::new(),
        fields: fields(found),
        changed_at: None,
        keys: vec![],
    };
    let agreed = agreed_on_found(&bound, &fields(sent), &found);
    assert_eq!(
        (agreed.left, agreed.right),
        (fields(left), fields(right)),
        "{sent} {ours}"
    );
}

#[test]
fn what_was_there_already_holds_what_was_sent_what_the_vendor_filled_and_what_others_wrote() {
    let own = bound()
        .rules
        .iter()
        .find(|(rule, _)| rule.owner == Owner::Left)
        .map(|(_, field)| field.name.to_string());
    let own = own.unwrap();
    let found = format!("{own}=a");
    check_found(&found, &found, "", (&found, ""));
    check_found("", &found, "", ("", &found));
    check_found("", &found, &own, ("", ""));
    check_found(&found, "", &own, ("", ""));
}
