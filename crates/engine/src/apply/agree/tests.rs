use model::{ChangeId, PairingId, Reason, Side};

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
    let change = change(Action::Update("r".into()), &["note=b"]);
    let (as_agreed, _) = agreed(&change, base, (answer, Evidence::Answered));
    assert_eq!(as_agreed, expected, "{answer:?}");
}

/// Whether an answer is as agreed, and what the pair agrees on then.
fn agreed(change: &Change, base: &str, (answer, evidence): (&str, Evidence)) -> (bool, Base) {
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
    let as_agreed = agree_on_answer(&bound(), change, (&answer, evidence), &mut base, &mut Vec::new());
    (as_agreed, base)
}

fn change(action: Action, sent: &[&str]) -> Change {
    let sent = sent.iter().flat_map(|text| fields(text));
    Change {
        id: ChangeId::from("1"),
        pairing: PairingId::from("ticket"),
        side: Side::Right,
        object: "ticket".into(),
        action,
        left_object: "conversation".into(),
        left: "l".into(),
        right_object: "ticket".into(),
        right: Some("r".into()),
        title: String::new(),
        fields: sent
            .map(|(name, after)| FieldChange {
                name,
                before: None,
                after,
            })
            .collect(),
        why: Reason::OtherSideChanged,
        adopted: false,
        waiting: false,
        returning: false,
        base: Base::default(),
    }
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

/// What a pair agrees on of which `mine=a note=b` was made, whose answer was lost, and which was found so.
fn check_looked_back(found: &str, (left, right): (&str, &str)) {
    let key = model::ExternalKey::of(&"planhat".into(), &"conversation".into(), &"l".into());
    let change = change(Action::Create { key }, &["mine=a", "note=b"]);
    let (_, base) = agreed(&change, "mine=a note=b", (found, Evidence::LookedBack));
    let expected = Base {
        left: fields(left),
        right: fields(right),
    };
    assert_eq!(base, expected, "{found}");
}

#[test]
fn what_somebody_wrote_before_the_look_back_is_no_answer() {
    check_looked_back("mine=a note=b", ("mine=a note=b", ""));
    // The left side owns it, and says something else than what is agreed on: it is written again.
    check_looked_back("mine=x note=b", ("mine=x note=b", ""));
    // Nobody owns it, and the right side says something else than what is agreed on: that goes back.
    check_looked_back("mine=a note=x", ("mine=a note=b", ""));
    check_looked_back("mine=a note=b word=x", ("mine=a note=b", "word=x"));
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
    // Nobody but we and people fill it, whoever owns it.
    let shared = bound().rules;
    let shared = shared.iter().find(|(rule, _)| rule.owner == Owner::Either);
    let shared = shared.map(|(_, field)| field.name.to_string()).unwrap();
    check_found("", &format!("{shared}=a"), &shared, ("", ""));
}
