#![allow(clippy::unwrap_used)]

use model::{Base, Value};

use super::*;

fn joins() -> Joins {
    Joins {
        pairing: "person".into(),
        alike: vec!["email".into(), "number".into()],
        apart: "company".into(),
    }
}

/// `id email number company`, a dash for what is empty.
fn tells(text: &str) -> Tells {
    let mut words = text.split_whitespace();
    let id = words.next().unwrap();
    let named = ["email", "number", "company"].into_iter().zip(words);
    let named = named.filter(|(_, word)| *word != "-");
    let record = Record {
        id: id.into(),
        title: id.to_owned(),
        fields: named
            .map(|(name, word)| (name.into(), Value::text(word)))
            .collect(),
        changed_at: None,
        keys: vec![],
    };
    Tells::of(&joins(), &record)
}

fn row(pairing: &str, left: &str, right: &str) -> PairRow {
    PairRow {
        pairing: pairing.into(),
        left_object: "person".into(),
        left: left.into(),
        right_object: "contact".into(),
        right: right.into(),
        base: Base::default(),
        adopted: false,
        waiting: false,
        returning: false,
        gone: None,
    }
}

/// Others are `id email number company pairing right`, without the last two where they have no counterpart.
fn check(left: &str, others: &[&str], expected: &str) {
    let others: Vec<_> = others
        .iter()
        .map(|text| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let row = match words.as_slice() {
                [left, _, _, _, pairing, right] => Some(row(pairing, left, right)),
                _ => None,
            };
            (tells(text), row)
        })
        .collect();
    let met = Joining::default().meet(&tells(left), &others, &"person".into());
    let met = match met {
        Meets::Nobody => "nobody".to_owned(),
        Meets::Waits(_) => "waits".to_owned(),
        Meets::Joins(right) => right.to_string(),
    };
    assert_eq!(met, expected, "{left} among {others:?}");
}

#[test]
fn who_is_alike_and_elsewhere_is_joined() {
    check("b x@y - 2", &["a X@Y - 1 person r"], "r");
    check("b x@y 7 2", &["a x@y 8 1 person r"], "r");
    check("b - 7 2", &["a x@y 7 1 person r"], "r");
    // The first field that both have decides.
    check("b z@y 7 2", &["a x@y 7 1 person r"], "nobody");
    check("b - - 2", &["a - - 1 person r"], "nobody");
    check("b x@y - 2", &["a x@y - 1"], "nobody");
    // Two at one place are two.
    check("b x@y - 1", &["a x@y - 1 person r"], "nobody");
    check("b x@y - -", &["a x@y - 1 person r"], "nobody");
    check(
        "c x@y - 2",
        &["a x@y - 1 person r", "b x@y - 2 elsewhere r"],
        "nobody",
    );
    // Who joined somebody is joined with the same.
    check("c x@y - 3", &["b x@y - 2 elsewhere r", "a x@y - 1 person r"], "r");
    // Of several the one with the smallest id, whichever was read first.
    check("c x@y - 3", &["b x@y - 2 person s", "a x@y - 1 person r"], "r");
}

#[test]
fn who_is_alike_waits_while_another_is_written() {
    let mut joining = Joining::default();
    let first = tells("a x@y - 1");
    joining.now.firsts.insert(&first);
    let meet = |joining: &Joining, rows: &[(Tells, Option<PairRow>)]| {
        joining.meet(&tells("b x@y - 2"), rows, &"person".into())
    };
    assert!(matches!(meet(&joining, &[]), Meets::Waits(_)));
    joining.turn_over();
    assert!(matches!(meet(&joining, &[]), Meets::Waits(_)));
    joining.turn_over();
    assert_eq!(meet(&joining, &[]), Meets::Nobody);
    let settled = [(first, Some(row("person", "a", "r")))];
    joining.now.joined.insert("r".into());
    assert!(matches!(meet(&joining, &settled), Meets::Waits(_)));
    joining.now = Memory::default();
    assert_eq!(meet(&joining, &settled), Meets::Joins("r".into()));
    let preview = |left: &str| joining_with("a x@y - 1").meet_in_preview(&tells(left));
    assert_eq!(preview("b x@y - 2"), Meets::Joins("a".into()));
    assert_eq!(preview("b x@y - 1"), Meets::Nobody);
}

fn joining_with(first: &str) -> Joining {
    let mut joining = Joining::default();
    joining.now.firsts.insert(&tells(first));
    joining
}

#[test]
fn of_those_that_wait_for_the_same_one_is_due() {
    let mut joining = Joining::default();
    for (mark, id) in [(1, "a"), (1, "b"), (2, "c"), (1, "d"), (3, "e")] {
        joining.later.push_back((mark, id.into()));
    }
    let mut due = |most| {
        let due = joining.due(most);
        due.iter().map(RecordId::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(due(9), "a c e");
    assert_eq!(due(1), "b");
    assert_eq!(due(9), "d");
    assert_eq!(due(9), "");
}

#[test]
fn each_owns_its_part_of_a_list() {
    let list = |text: &str| match text {
        "" => Value::Nothing,
        text => Value::List(text.split(' ').map(Value::text).collect()),
    };
    for (before, was, ours, after) in [
        ("", "", "b", "b"),
        ("a", "", "b", "a b"),
        ("a b", "", "b", "a b"),
        ("a b c", "b", "d", "a c d"),
        ("a b c", "b", "b", "a b c"),
        ("a c", "b", "b", "a c b"),
        ("a b", "b", "", "a"),
        ("b", "b", "", ""),
    ] {
        let found = with_part(&list(before), &list(was), &list(ours));
        assert_eq!(found, list(after), "{before} - {was} + {ours}");
        assert!(holds_part(&found, &list(ours)));
    }
    assert!(!holds_part(&list("a"), &list("a b")));
}

/// Ours and others' references by their ids, and what ours leaves to them.
fn leaves(ours: &str, others: &str, expected: &str) {
    let reference = |id: &str| {
        Value::Ref(model::Reference {
            object: "account".into(),
            id: id.into(),
            label: None,
        })
    };
    let list = |ids: &str| Value::List(ids.split_whitespace().map(reference).collect());
    let mut base = Base {
        left: [("accounts".into(), list(ours)), ("name".into(), Value::text("a"))].into(),
        ..Base::default()
    };
    let others = others.split_whitespace().map(|id| ("account".into(), id.into()));
    spare::leave_to_others(&mut base, &others.collect());
    assert_eq!(
        base.left.get(&model::FieldName::new("accounts")),
        Some(&list(expected))
    );
    assert_eq!(
        base.left.get(&model::FieldName::new("name")),
        Some(&Value::text("a"))
    );
}

#[test]
fn what_others_refer_to_as_well_is_not_taken_along() {
    leaves("a b", "", "a b");
    leaves("a b", "b c", "a");
    leaves("a", "a", "");
}

/// Texts that say whose they are: as agreed on, as they stand there, and what was ours of them.
#[test]
fn what_a_killed_run_wrote_of_a_record_is_ours_as_well() {
    let texts = |texts: &[&str]| Value::List(texts.iter().copied().map(Value::text).collect());
    let (old, new) = (r#"{"_id":"a","city":"x"}"#, r#"{"_id":"a","city":"y"}"#);
    let others = r#"{"_id":"b"}"#;
    let there = texts(&[new, others, "no JSON"]);
    let was = was_ours(&Turn::Gathered, &there, &texts(&[old]), &"a".into());
    assert_eq!(
        with_part(&there, &was, &Value::Nothing),
        texts(&[others, "no JSON"])
    );
    assert_eq!(
        with_part(&there, &was, &texts(&[old])),
        texts(&[others, "no JSON", old])
    );
}
