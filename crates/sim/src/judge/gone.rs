//! What becomes of counterparts whose left records are gone.

use model::{Pairing, ProblemKind, Value as Given, WhenGone};
use serde_json::Value;

use super::{Rules, rules::right_value};
use crate::people::{self, People, key_of, text_of};

/// Judges every right record whose left record people deleted.
pub fn gone(rules: &Rules<'_>, people: &People) -> Vec<String> {
    let mut findings = Vec::new();
    for (id, kind, right) in rules.sides.keyed() {
        let key = key_of(right).unwrap_or_default();
        if people.removed.contains(key)
            && rules.sides.left_of(key).is_none()
            && let Some((object, left)) = parts(key)
            && let Some(pairing) = rules.pairing_between(object, kind)
        {
            let what = format!("the {kind} {id} of the {object} {left}, which is gone,");
            findings.extend(one(rules, pairing, (object, left), right).map(|why| format!("{what} {why}")));
        }
    }
    let kept = people.widows.iter().filter(|(key, right)| {
        let is_theirs = people.theirs.took_away(right) || people.theirs.deleted.contains(*key);
        !is_theirs && rules.sides.left_of(key).is_none() && !rules.sides.is_there(key)
    });
    for (key, right) in kept {
        let pairing =
            parts(key).and_then(|(object, _)| rules.pairing_between(object, rules.sides.kind_in(right)));
        if pairing.is_some_and(|pairing| rules.when_gone(pairing) != WhenGone::Delete) {
            findings.push(format!(
                "{key} is gone, and its counterpart {right} does not stay as it should"
            ));
        }
    }
    findings
}

fn one(rules: &Rules<'_>, pairing: &Pairing, (object, left): (&str, &str), right: &Value) -> Option<String> {
    let asks = |kind: ProblemKind| kind == ProblemKind::TooManyGone;
    // Somebody alike joined it, and is still there.
    let is_joined = people::joined(right)
        .iter()
        .any(|(left, _)| rules.sides.key_of_left(left).is_some());
    let held = is_joined || rules.problems.iter().any(|problem| asks(problem.kind));
    let is_excused = held || rules.is_excused(object, left, None);
    match rules.when_gone(pairing) {
        _ if is_excused => None,
        WhenGone::Delete if text_of(right, "/state") == Some("deleted") => None,
        WhenGone::Delete => Some("is still there".to_owned()),
        WhenGone::Archive => pairing.archive.iter().find_map(|(name, should)| {
            let is = right_value(right, name.as_str());
            let is_written =
                matches!((should, is.as_str()), (Given::Text(should), Some(is)) if should.as_str() == is);
            (!is_written).then(|| format!("is not archived: {name} is {is}"))
        }),
        WhenGone::Report => None,
    }
}

/// `planhat:company:1` is the company 1.
fn parts(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("planhat:")?.split_once(':')
}
