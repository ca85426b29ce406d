//! Records that refer to others of their own object, such as a company to its parent: they wait for those, so that
//! they are made with the reference in place and need no second write.

use std::collections::BTreeSet;

use model::{ObjectName, Record, RecordId};

use crate::{
    bind::Bound,
    turn::{Counterparts, is_gone},
};

/// Who waits for a record of its own object. They are remembered by their ids alone, and only while a run lasts: what a
/// killed run leaves behind has no counterpart, and is planned by the next.
#[derive(Debug, Default)]
pub(crate) struct Kin {
    stage: Stage,
    later: BTreeSet<RecordId>,
}

#[derive(Debug, Default)]
enum Stage {
    /// More may still arrive: whoever has no counterpart yet is worth waiting for.
    #[default]
    Arriving,
    /// All have arrived: only those that wait themselves are worth waiting for.
    Sorting(BTreeSet<RecordId>),
    /// Nobody waits any more.
    Over,
}

impl Kin {
    /// Whether a record that would be made now waits for others instead; if so, it is remembered.
    pub(crate) fn waits(
        &mut self,
        bound: &Bound,
        object: &ObjectName,
        left: &Record,
        counterparts: &Counterparts,
    ) -> bool {
        let read = bound.rules.iter().flat_map(|(rule, _)| &rule.left);
        let mut kin = read
            .filter_map(|name| left.fields.get(name))
            .flat_map(model::Value::references)
            .filter(|reference| &reference.object == object && reference.id != left.id)
            .filter(|reference| {
                let known = counterparts.get(&(reference.object.clone(), reference.id.clone()));
                known.is_none_or(|(object, _)| is_gone(object))
            });
        let waits = match &self.stage {
            Stage::Arriving => kin.next().is_some(),
            Stage::Sorting(waiting) => kin.any(|reference| waiting.contains(&reference.id)),
            Stage::Over => false,
        };
        if waits {
            self.later.insert(left.id.clone());
        }
        waits
    }

    /// All who wait, now that whoever they waited for may be there. If nobody got further, they wait for each other, and
    /// wait no longer.
    pub(crate) fn due(&mut self) -> Vec<RecordId> {
        let due = std::mem::take(&mut self.later);
        let ids = due.iter().cloned().collect();
        self.stage = match &self.stage {
            _ if due.is_empty() => Stage::Arriving,
            Stage::Sorting(before) if before.len() == due.len() => Stage::Over,
            Stage::Over => Stage::Over,
            _ => Stage::Sorting(due),
        };
        ids
    }
}

#[cfg(test)]
mod tests {
    use model::{ObjectName, RecordId};

    use super::Kin;
    use crate::{
        plan::tests::{bound, record},
        turn::Counterparts,
    };

    /// Makes people, each with a boss, in batches of two as a lane does, and says in what order they were made. One whose
    /// boss had no counterpart by then has a question mark.
    fn made(people: &str) -> String {
        let people: Vec<(&str, &str)> = people
            .split(' ')
            .map(|one| one.split_once('<').unwrap_or((one, "")))
            .collect();
        let boss_of = |id: &RecordId| people.iter().find(|(one, _)| *one == id.as_str()).unwrap().1;
        let user = ObjectName::from("user");
        let key = |id: &str| (user.clone(), RecordId::from(id));
        let (mut kin, mut there, mut said) = (Kin::default(), Counterparts::default(), Vec::new());
        let mut due: Vec<RecordId> = people.iter().map(|(id, _)| RecordId::from(*id)).collect();
        while !due.is_empty() {
            for batch in due.chunks(2) {
                let left = |id: &RecordId| match boss_of(id) {
                    "" => record(id.as_str(), ""),
                    boss => record(id.as_str(), &format!("boss={boss}")),
                };
                let made: Vec<_> = batch
                    .iter()
                    .filter(|id| !kin.waits(&bound(), &user, &left(id), &there))
                    .collect();
                said.extend(made.iter().map(|id| {
                    let boss = boss_of(id);
                    let knows = boss.is_empty() || there.contains_key(&key(boss));
                    format!("{id}{}", if knows { "" } else { "?" })
                }));
                there.extend(made.iter().map(|id| (key(id.as_str()), key(id.as_str()))));
            }
            due = kin.due();
        }
        said.join(" ")
    }

    #[test]
    fn whoever_is_referred_to_is_made_first() {
        assert_eq!(made("a b"), "a b");
        assert_eq!(made("b<a a"), "a b");
        assert_eq!(made("d<c c<b b<a a"), "a b c d");
        assert_eq!(made("a b<a c<a"), "a c b");
    }

    #[test]
    fn whoever_arrives_after_a_lull_waits_too() {
        let mut kin = Kin::default();
        assert!(kin.due().is_empty());
        assert!(kin.waits(
            &bound(),
            &"user".into(),
            &record("b", "boss=a"),
            &Counterparts::new()
        ));
    }

    #[test]
    fn nobody_waits_for_what_does_not_arrive() {
        assert_eq!(made("b<nobody c<b d"), "d b? c");
        assert_eq!(made("a<a"), "a?");
    }

    #[test]
    fn those_that_wait_for_each_other_wait_no_longer() {
        assert_eq!(made("a<b b<a c"), "c a? b?");
        assert_eq!(made("a<b b<a c<a"), "a? b? c");
    }
}
