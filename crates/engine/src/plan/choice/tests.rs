#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use model::{Choice, Decision, ExternalKey, RecordId, Side, Value, ValueMark};

use crate::{
    identify::marks,
    merge::Merged,
    plan::{
        inspect,
        tests::{Case, bound, pair_of, planned, with_given},
    },
};

fn take(side: Side, left: &str, right: &str) -> Decision {
    Decision {
        object: "company".into(),
        record: "5f".into(),
        field: Some("note".into()),
        choice: Choice::Take(side),
        left: ValueMark::of(&Value::text(left)),
        right: ValueMark::of(&Value::text(right)),
    }
}

/// `note` is `b` on the left, `c` on the right, and was `a`.
fn clash(decision: &Decision, expected: &str) {
    let case = Case {
        left: "name=Acme note=b",
        right: Some("name=Acme note=c part=PROD-1"),
        base: Some("name=Acme note=a part=PROD-1"),
        candidates: &[],
    };
    assert_eq!(planned(&bound(), &case, std::slice::from_ref(decision)), expected);
}

#[test]
fn a_decision_counts_for_the_values_that_were_seen() {
    clash(&take(Side::Left, "b", "c"), "update r0 note=b");
    clash(&take(Side::Right, "b", "c"), "alike");
    clash(&take(Side::Left, "B", "c"), "Clash; alike");
    clash(&take(Side::Left, "b", "C"), "Clash; alike");
    let other = Decision {
        record: "60".into(),
        ..take(Side::Left, "b", "c")
    };
    clash(&other, "Clash; alike");
}

/// Chooses between two right records of the same name; the person saw these.
fn pair(chosen: &str, seen: &[&str], candidates: &[&str], expected: &str) {
    let case = Case {
        left: "name=Acme",
        right: None,
        base: None,
        candidates,
    };
    let key = ExternalKey::from("v:company:5f".to_owned());
    let seen: Vec<RecordId> = seen.iter().map(|id| (*id).into()).collect();
    let (left, right) = marks(&bound().pairing, &pair_of(&case).left, &key, &seen);
    let decision = Decision {
        field: None,
        choice: Choice::Pair(chosen.into()),
        left,
        right,
        ..take(Side::Left, "", "")
    };
    assert_eq!(
        planned(&bound(), &case, &[decision]),
        expected,
        "{chosen} {candidates:?}"
    );
}

#[test]
fn a_chosen_counterpart_is_adopted() {
    let two = ["name=Acme", "name=acme note=x"];
    pair("r2", &["r2", "r1"], &two, "update r2 name=Acme part=PROD-1");
    pair("r1", &["r1", "r2"], &two, "update r1 part=PROD-1");
}

#[test]
fn a_choice_between_others_does_not_count() {
    let three = ["name=Acme", "name=acme", "name=ACME"];
    pair("r2", &["r1", "r2"], &three, "EqualCandidates!");
    pair("r9", &["r1", "r2", "r3"], &three, "EqualCandidates!");
    // Only one is left: nothing is to be chosen.
    pair("r2", &["r1", "r2"], &three[..1], "update r1 part=PROD-1");
}

#[test]
fn a_field_is_seen_with_both_values_what_was_agreed_and_the_verdict() {
    let case = Case {
        left: "name=Acme note=b boss=u1",
        right: Some("name=Other note=c part=PROD-1"),
        base: Some("name=Acme note=a part=PROD-1"),
        candidates: &[],
    };
    let decision = take(Side::Right, "b", "c");
    let say = |decisions: &[Decision]| {
        with_given(decisions, |given| {
            let (views, problems) = inspect(given, &bound(), &pair_of(&case));
            assert_eq!(problems, []);
            let verdict = |name: &str| {
                let view = views.iter().find(|view| view.field.as_str() == name).unwrap();
                (view.verdict, view.decided)
            };
            let note = views.iter().find(|view| view.field.as_str() == "note").unwrap();
            assert_eq!((&note.left, &note.right), (&Value::text("b"), &Value::text("c")));
            assert_eq!(note.base.as_ref().unwrap().left, Value::text("a"));
            (verdict("name"), verdict("note"), verdict("boss"), verdict("part"))
        })
    };
    let left = (Merged::Take(Side::Left), None);
    let alike = (Merged::Alike, None);
    assert_eq!(say(&[]), (left, (Merged::Clash, None), left, alike));
    let right = (Merged::Take(Side::Right), Some(Side::Right));
    assert_eq!(say(&[decision]), (left, right, left, alike));
}
