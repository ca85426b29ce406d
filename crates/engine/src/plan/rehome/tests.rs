//! What goes along with a record that becomes another kind, what does not, and what is made anew.

use super::*;
use crate::{
    plan::tests::{Case, base, bound, pair_of, planned, record, tell, with_given},
    turn::say,
};

/// The same rules under another name, one of whose right fields has another name, and one of which is not there.
fn other(renamed: (&str, &str), dropped: &str) -> Bound {
    let mut other = bound();
    other.pairing.id = "other".into();
    other.pairing.right = "other".into();
    other.rules.retain(|(_, field)| field.name.as_str() != dropped);
    for (rule, field) in &mut other.rules {
        if field.name.as_str() == renamed.0 {
            field.name = renamed.1.into();
            rule.right = renamed.1.into();
        }
    }
    other
}

fn pair(left: &str, right: &str, base: &str) -> Pair {
    pair_of(&Case {
        left,
        right: Some(right),
        base: Some(base),
        candidates: &[],
    })
}

/// What goes along of a pair, and what of the old counterpart is lost where the new one says what goes along.
fn check(to: &Bound, (left, right, was): (&str, &str, &str), goes_along: &str, stays: &str) {
    let pair = pair(left, right, was);
    let found = with_given(&[], |given| carried(given, &bound(), to, &pair));
    let said: Vec<String> = found
        .iter()
        .map(|(name, value)| format!("{name}={}", say(value)))
        .collect();
    assert_eq!(said.join(" "), goes_along, "{left} {right} {was}");
    let mut now = base(left);
    for (name, value) in &found {
        now.right.insert(name.clone(), value.clone());
    }
    let lost = lost(&bound(), &base(was), Some((to, &now)), &record("r0", right));
    let lost: Vec<&str> = lost.iter().map(FieldName::as_str).collect();
    assert_eq!(lost.join(" "), stays, "{left} {right} {was}");
}

#[test]
fn what_people_changed_on_the_right_goes_along() {
    let to = other(("", ""), "");
    check(
        &to,
        ("name=a note=n", "name=a note=m", "name=a note=n"),
        "note=m",
        "",
    );
    check(&to, ("name=a note=n", "name=a note=n", "name=a note=n"), "", "");
    check(&to, ("name=a note=n", "name=a", "name=a note=n"), "note=", "");
}

#[test]
fn what_the_left_side_owns_or_changed_alone_does_not() {
    let to = other(("", ""), "");
    check(&to, ("name=a", "name=b", "name=a"), "", "");
    check(&to, ("name=a note=o", "name=a note=n", "name=a note=n"), "", "");
}

#[test]
fn what_the_left_side_owns_in_the_new_pairing_does_not_go_along_and_is_told() {
    let mut to = other(("", ""), "");
    for (rule, _) in &mut to.rules {
        rule.owner = Owner::Left;
    }
    let edited = ("name=a note=n", "name=a note=m", "name=a note=n");
    check(&to, edited, "", "note");
}

#[test]
fn a_field_goes_into_the_one_of_the_same_left_field() {
    let to = other(("note", "remark"), "");
    check(
        &to,
        ("name=a note=n", "name=a note=m", "name=a note=n"),
        "remark=m",
        "",
    );
}

#[test]
fn what_has_no_place_there_keeps_the_old_counterpart() {
    let to = other(("", ""), "note");
    check(
        &to,
        ("name=a note=n", "name=a note=m", "name=a note=n"),
        "",
        "note",
    );
    check(&to, ("name=a note=n", "name=a note=n", "name=a note=n"), "", "");
}

#[test]
fn a_new_counterpart_says_what_goes_along_and_the_two_agree_to_differ() {
    let to = other(("", ""), "");
    let mut new = pair("name=a note=n", "", "");
    (new.right_id, new.right, new.base) = (None, None, None);
    let edits = [("note".into(), Value::text("m"))];
    let plan = with_given(&[], |given| {
        plan_move(given, &to, &new, &edits, &mut HashSet::new(), &mut || "1".into())
    });
    assert_eq!(tell(&plan), "create v:company:5f name=a note=m part=PROD-1");
    let change = plan.changes.first().unwrap();
    assert_eq!(change.why, Reason::Rehomed);
    let agreed = change.base.agreed(&"note".into());
    assert_eq!(
        (say(agreed.left), say(agreed.right)),
        ("n".to_owned(), "m".to_owned())
    );
    assert_eq!(plan.rehomed.len(), 1);
    // A run that finds it unsettled knows what went along.
    assert_eq!(&change.intent(), change);
}

#[test]
fn what_cannot_go_elsewhere_is_made_anew_there() {
    let mut fixed = bound();
    fixed.fixed.insert("note".into());
    let moves = |left: &str| {
        let case = Case {
            left,
            right: Some("name=a note=n part=PROD-1"),
            base: Some("name=a note=n part=PROD-1"),
            candidates: &[],
        };
        planned(&fixed, &case, &[])
    };
    assert_eq!(
        moves("name=a note=m"),
        "create v:company:5f name=a note=m part=PROD-1"
    );
    assert_eq!(moves("name=b note=n"), "update r0 name=b");
    assert_eq!(moves("name=a"), "update r0 note=");
}
