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
}
