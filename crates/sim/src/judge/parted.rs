//! What becomes of left records whose counterparts people in DevRev deleted, or merged into others.

use model::{ProblemKind, WhenGoneRight};
use serde_json::Value;

use super::Rules;
use crate::{
    counts::{Befell, Counts},
    people::{Parting, key_of_left, text_of},
};

/// What may have become of one, with a reason for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct May {
    /// It has a counterpart: one made again, or what its own became a part of.
    pub there: bool,
    /// A person is asked.
    pub asked: bool,
    /// It is left out, and the certificate says how many are.
    pub out: bool,
}

/// How its counterpart came to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It was deleted.
    Deleted,
    /// It was merged into what is nobody's counterpart, or a person into another.
    Joined,
    /// It was merged into another's counterpart.
    Merged,
}

/// The rule: what was merged is followed where two left records would not write one; else a person's word counts, then the
/// import's. A merge is never taken back unasked.
fn rule(policy: WhenGoneRight, how: How, again: Option<bool>) -> May {
    let none = May::default();
    match (how, again, policy) {
        (How::Joined, ..) | (_, Some(true), _) | (How::Deleted, None, WhenGoneRight::Again) => {
            May { there: true, ..none }
        }
        (_, Some(false), _) | (_, None, WhenGoneRight::Leave) => May { out: true, ..none },
        (_, None, _) => May { asked: true, ..none },
    }
}

/// What may have become of a left record of which somebody took away the counterpart; nothing is said of others.
pub fn may(rules: &Rules<'_>, object: &str, left: &Value) -> Option<May> {
    let key = key_of_left(object, left)?;
    let parting = rules.theirs.partings.get(&key)?;
    let mut may = May::default();
    let mut widen = |other: May| {
        may = May {
            there: may.there || other.there,
            asked: may.asked || other.asked,
            out: may.out || other.out,
        };
    };
    for how in hows(rules, object, parting) {
        widen(rule(rules.when_gone_right(), how, parting.again));
    }
    // More than a handful at once are asked about first.
    let is_held = rules
        .problems
        .iter()
        .any(|problem| problem.kind == ProblemKind::TooManyGone);
    // A pair that a killed run had not kept was never agreed on: its left record is new. Who shared a contact whose own left
    // record is gone had none, and gets one unasked.
    let is_new = rules.interrupted.contains(&key)
        || parting
            .host
            .as_ref()
            .is_some_and(|host| !rules.sides.is_on_the_left(host));
    widen(May {
        there: is_new,
        asked: is_held,
        out: false,
    });
    Some(may)
}

/// How it came to be gone, as far as one can know: who owned what it was merged into may be gone by now.
fn hows(rules: &Rules<'_>, object: &str, parting: &Parting) -> Vec<How> {
    let Some(into) = &parting.into else {
        return vec![How::Deleted];
    };
    let owner = rules.sides.key_of_right(&into.id);
    let is_there = owner.is_some_and(|owner| rules.sides.is_on_the_left(owner));
    match (object, into.is_owned) {
        (_, false) => vec![How::Joined],
        ("enduser", true) if is_there => vec![How::Joined],
        ("enduser", true) => vec![How::Joined, How::Merged],
        (_, true) => vec![How::Merged],
    }
}

/// Judges a left record without a counterpart; whether it is missing, and not left out.
pub fn without(rules: &Rules<'_>, object: &str, left: &Value, findings: &mut Vec<String>) -> bool {
    let id = text_of(left, "/_id").unwrap_or_default();
    let is_excused = rules.is_excused(object, id, None);
    let may = may(rules, object, left).or_else(|| with_parent(rules, left));
    let is_asked = rules.problems.iter().any(|problem| {
        problem.kind == ProblemKind::GoneOnTheRight
            && problem.object.as_str() == object
            && problem.record.as_str() == id
    });
    match may {
        Some(may) if is_asked && !may.asked => findings.push(format!(
            "{object} {id} has no counterpart, and a person is asked where {may:?}"
        )),
        Some(May { out: true, .. }) => {}
        _ if !is_excused => findings.push(format!(
            "{object} {id} has no counterpart, and no problem says why"
        )),
        _ => {}
    }
    is_excused
}

/// What is said about a record has its fate.
fn with_parent(rules: &Rules<'_>, left: &Value) -> Option<May> {
    let (object, parent) = rules.sides.left_by_id(text_of(left, "/commentableId")?)?;
    let is_there = !rules.sides.counterparts(object, parent).is_empty();
    let of_parent = may(rules, object, parent).filter(|_| !is_there)?;
    Some(May {
        asked: true,
        ..of_parent
    })
}

/// Judges a left record that has a counterpart although somebody took one away.
pub fn again(rules: &Rules<'_>, object: &str, left: &Value, kind: &str) -> Option<String> {
    let key = key_of_left(object, left)?;
    let parting = rules.theirs.partings.get(&key)?;
    let may = may(rules, object, left)?;
    // What became another kind since got another counterpart by that.
    (!may.there && kind == parting.kind).then(|| {
        let id = text_of(left, "/_id").unwrap_or_default();
        format!("{object} {id} has a counterpart again, where {may:?}: {parting:?}")
    })
}

/// Counts what became of those that lost their counterparts, so that one sees that it befell.
pub fn count(rules: &Rules<'_>, counts: &Counts) {
    for (object, records) in &rules.sides.left {
        for left in records.values() {
            let key = key_of_left(object, left);
            let Some(parting) = key.and_then(|key| rules.theirs.partings.get(&key)) else {
                continue;
            };
            let is_there = !rules.sides.counterparts(object, left).is_empty();
            let is_excused = rules.is_excused(object, text_of(left, "/_id").unwrap_or_default(), None);
            counts.count(match (is_there, &parting.into, is_excused) {
                (true, None, _) => Befell::MadeAgain,
                (true, Some(_), _) => Befell::Joined,
                (false, _, true) => Befell::Asked,
                (false, _, false) => Befell::LeftOut,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_s_word_counts_before_the_import_s_and_a_merge_is_not_taken_back() {
        let may = |words: &str| May {
            there: words.contains("there"),
            asked: words.contains("asked"),
            out: words.contains("out"),
        };
        let (report, again, leave) = (WhenGoneRight::Report, WhenGoneRight::Again, WhenGoneRight::Leave);
        for (policy, how, decided, expected) in [
            (report, How::Deleted, None, "asked"),
            (again, How::Deleted, None, "there"),
            (leave, How::Deleted, None, "out"),
            (report, How::Merged, None, "asked"),
            (again, How::Merged, None, "asked"),
            (leave, How::Merged, None, "out"),
            (leave, How::Joined, None, "there"),
            (leave, How::Merged, Some(true), "there"),
            (again, How::Deleted, Some(false), "out"),
        ] {
            assert_eq!(
                rule(policy, how, decided),
                may(expected),
                "{policy:?} {how:?} {decided:?}"
            );
        }
    }
}
