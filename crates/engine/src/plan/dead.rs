//! References whose targets are gone. A vendor may empty what named them: that is nobody's edit. Pure.

use std::collections::HashSet;

use model::{Base, Field, ObjectName, Pair, RecordId, Reference, Rule, Value};

use super::Planning;
use crate::{
    bind::Bound,
    merge::same,
    turn::{KnownOnRight, Turned, before_gone, turn},
};

/// A right record.
type Place = (ObjectName, RecordId);

/// What a right record referred to when it was agreed on, and refers to no more.
pub(crate) fn left_behind(bound: &Bound, base: &Base, right: &model::Record) -> Vec<Place> {
    let mut behind = Vec::new();
    for (_, field) in &bound.rules {
        // What a vendor does not show is as it was written.
        let Some(actual) = right.fields.get(&field.name) else {
            continue;
        };
        let agreed = base.agreed(&field.name).right.references();
        let gone = agreed
            .into_iter()
            .filter(|one| !actual.references().iter().any(|other| is_same(one, other)));
        behind.extend(gone.map(|one| (one.object.clone(), one.id.clone())));
    }
    behind
}

fn is_same(one: &Reference, other: &Reference) -> bool {
    (&one.object, &one.id) == (&other.object, &other.id)
}

/// Takes what is gone out of what the right record is agreed to hold, so that its being gone counts as no change there.
pub(crate) fn bury(bound: &Bound, pair: &mut Pair, dead: &HashSet<Place>) {
    if let Some(base) = &mut pair.base {
        bury_in(bound, base, dead);
    }
}

/// The same of what was agreed on.
pub(crate) fn bury_in(bound: &Bound, base: &mut Base, dead: &HashSet<Place>) {
    for (_, field) in &bound.rules {
        let agreed = base.agreed(&field.name).right;
        let buried = without(agreed, dead);
        if let Some(buried) = buried {
            base.right.insert(field.name.clone(), buried);
        }
    }
}

/// What was agreed on, with another record in place of one that became a part of it, wherever the vendor put it there itself:
/// that is nobody's edit. Nothing if there is no such place.
pub(crate) fn named_anew(
    bound: &Bound,
    agreed: &Base,
    right: &model::Record,
    (from, into): (&Place, &RecordId),
) -> Option<Base> {
    let names = |value: &Value, id: &RecordId| {
        let mut all = value.references().into_iter();
        all.any(|one| one.object == from.0 && &one.id == id)
    };
    let mut anew = agreed.clone();
    for (_, field) in &bound.rules {
        let was_named = names(agreed.agreed(&field.name).right, &from.1);
        let is_renamed = |actual: &Value| names(actual, into) && !names(actual, &from.1);
        if was_named && right.fields.get(&field.name).is_some_and(is_renamed) {
            for values in [&mut anew.left, &mut anew.right] {
                if let Some(value) = values.get_mut(&field.name) {
                    rename(value, from, into);
                }
            }
        }
    }
    (anew != *agreed).then_some(anew)
}

fn rename(value: &mut Value, from: &Place, into: &RecordId) {
    match value {
        Value::Ref(one) if (&one.object, &one.id) == (&from.0, &from.1) => one.id = into.clone(),
        Value::List(values) => {
            values.iter_mut().for_each(|value| rename(value, from, into));
            let mut kept: Vec<Value> = Vec::with_capacity(values.len());
            for value in values.drain(..) {
                if !kept.contains(&value) {
                    kept.push(value);
                }
            }
            *values = kept;
        }
        _ => {}
    }
}

/// A value without these, if it names any of them.
pub(crate) fn without(value: &Value, dead: &HashSet<Place>) -> Option<Value> {
    let is_dead = |value: &Value| match value {
        Value::Ref(one) => dead.contains(&(one.object.clone(), one.id.clone())),
        _ => false,
    };
    match value {
        Value::List(values) if values.iter().any(is_dead) => {
            let alive = values.iter().filter(|value| !is_dead(value));
            Some(Value::List(alive.cloned().collect()))
        }
        value if is_dead(value) => Some(Value::Nothing),
        _ => None,
    }
}

impl Planning<'_, '_> {
    /// What a left value turned into. If only counterparts are gone, it says what it said: nothing changed on the left.
    pub(super) fn unless_gone(&self, rule: &Rule, field: &Field, turned: Turned) -> Value {
        let (Some(base), Some(counterparts)) = (&self.pair.base, self.given.counterparts) else {
            return turned.value;
        };
        if turned.unresolved.is_empty() && turned.left_out.is_empty() {
            return turned.value;
        }
        let counterparts = before_gone(counterparts);
        let known = KnownOnRight {
            counterparts: Some(&counterparts),
            ..self.given.known()
        };
        let before = turn(rule, &self.pair.left, &field.kind, known);
        let agreed = base.agreed(&field.name).left;
        match before {
            Ok(before) if before.unresolved.is_empty() && same(&before.value, agreed) => agreed.clone(),
            _ => turned.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// References by their ids, and a text.
    fn value(words: &str) -> Value {
        let reference = |id: &str| {
            Value::Ref(Reference {
                object: "account".into(),
                id: id.into(),
                label: None,
            })
        };
        match words.strip_prefix('[') {
            Some(list) => {
                let ids = list.trim_end_matches(']').split_whitespace();
                Value::List(ids.map(reference).collect())
            }
            None if words == "-" => Value::Nothing,
            None if words.starts_with('"') => Value::text(words),
            None => reference(words),
        }
    }

    fn check(before: &str, after: Option<&str>) {
        let dead = HashSet::from([("account".into(), "gone".into())]);
        assert_eq!(without(&value(before), &dead), after.map(value), "{before}");
    }

    #[test]
    fn what_is_gone_is_taken_out_and_the_rest_stays() {
        check("gone", Some("-"));
        check("a", None);
        check("-", None);
        check("\"gone", None);
        check("[a gone b]", Some("[a b]"));
        check("[gone]", Some("[]"));
        check("[a b]", None);
    }

    #[test]
    fn what_a_merge_renamed_was_agreed_on() {
        let bound = crate::plan::tests::bound();
        let check = |agreed: &str, is: Option<&str>, expected: Option<&str>| {
            let base = |words: &str| Base {
                left: [("boss".into(), value(words))].into(),
                right: Default::default(),
            };
            let mut right = crate::plan::tests::record("r", "");
            right.fields.extend(is.map(|words| ("boss".into(), value(words))));
            let from = ("account".into(), "old".into());
            let anew = named_anew(&bound, &base(agreed), &right, (&from, &"new".into()));
            assert_eq!(anew, expected.map(base), "{agreed} {is:?}");
        };
        check("old", Some("new"), Some("new"));
        check("[a old]", Some("[a new]"), Some("[a new]"));
        check("[old new]", Some("[new]"), Some("[new]"));
        // Not renamed, or by a person; or not to be seen.
        check("old", Some("old"), None);
        check("old", Some("a"), None);
        check("old", None, None);
        check("a", Some("new"), None);
    }
}
