//! What a record leaves in the lists of a counterpart that it shares when it goes from there: what others who share it refer
//! to as well, such as the account of the one whose contact it is.

use std::collections::{HashMap, HashSet};

use model::{Base, Change, Fault, FieldChange, Gone, ObjectName, Pair, PairRow, Plan, RecordId, Value};

use crate::{
    bind::Bound, lost::Place, merge::same, plan::dead::without, stage::Lane, turn::Counterparts, work::Work,
};

impl Lane<'_> {
    /// Lets nothing count as added by these records alone that others who share their counterparts refer to, and they
    /// themselves do no more.
    pub(crate) async fn spare(
        &self,
        bound: &Bound,
        pairs: &mut [Pair],
        counterparts: &Counterparts,
    ) -> Result<(), Fault> {
        if bound.pairing.joins.is_none() || self.preview.is_some() {
            return Ok(());
        }
        let shared = pairs.iter().filter(|pair| pair.base.is_some());
        let shared = shared.filter_map(|pair| Some((pair.right_id.clone()?, pair.left.id.clone())));
        let shared: Vec<_> = shared.collect();
        let mut others = named_by_others(self.work, &bound.pairing.right, &shared).await?;
        for pair in pairs {
            let (Some(base), Some(mut spared)) = (&mut pair.base, others.remove(&pair.left.id)) else {
                continue;
            };
            let ours = pair.left.fields.values().flat_map(Value::references);
            for one in ours.filter_map(|one| counterparts.get(&(one.object.clone(), one.id.clone()))) {
                spared.remove(one);
            }
            leave_to_others(base, &spared);
        }
        Ok(())
    }
}

impl Lane<'_> {
    /// Whose counterpart others joined takes nothing along that they refer to: what he or she leaves, such as an account,
    /// stays in their list.
    pub(crate) async fn leave_behind(&self, plan: &mut Plan) -> Result<(), Fault> {
        for bound in self.bound {
            self.leave_behind_of(bound, plan).await?;
        }
        Ok(())
    }

    async fn leave_behind_of(&self, bound: &Bound, plan: &mut Plan) -> Result<(), Fault> {
        let mut all = self.bound.iter();
        let joins = all.find(|one| {
            let joins = one.pairing.joins.as_ref();
            joins.is_some_and(|joins| joins.pairing == bound.pairing.id)
        });
        let Some(joins) = joins.filter(|_| self.preview.is_none()) else {
            return Ok(());
        };
        let is_owner = |change: &Change| change.pairing == bound.pairing.id;
        let leaves = |change: &&Change| {
            is_owner(change) && change.fields.iter().any(|field| left_place(field).is_some())
        };
        let rights = plan.changes.iter().filter(leaves);
        let rights: Vec<RecordId> = rights.filter_map(|change| change.right.clone()).collect();
        if rights.is_empty() {
            return Ok(());
        }
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let rows = intents
            .pairs_of_right(import, &bound.pairing.right, &rights)
            .await?;
        // Who joins at the same time counts as he or she will be.
        let joining = plan
            .changes
            .iter()
            .filter(|change| change.pairing == joins.pairing.id);
        let joining = joining
            .filter_map(|change| Some((change.left.clone(), change.right.clone()?, change.base.clone())));
        let joining: Vec<(RecordId, RecordId, Base)> = joining.collect();
        let shares = |row: &PairRow| {
            let is_joining = joining.iter().any(|(left, ..)| *left == row.left);
            row.pairing == joins.pairing.id && row.gone.is_none() && !is_joining
        };
        let rows = rows
            .into_iter()
            .filter(shares)
            .map(|row| (row.left, row.right, row.base));
        let rows: Vec<(RecordId, RecordId, Base)> = rows.chain(joining.iter().cloned()).collect();
        for change in plan.changes.iter_mut().filter(|change| is_owner(change)) {
            let others = rows
                .iter()
                .filter(|(_, right, _)| Some(right) == change.right.as_ref());
            let others: Vec<&Base> = others.map(|(_, _, base)| base).collect();
            let kept = kept_for(&change.fields, &others);
            change.fields.extend(kept);
        }
        Ok(())
    }
}

/// The record that a field of a change referred to, and refers to no more.
fn left_place(field: &FieldChange) -> Option<&Value> {
    let before = field.before.as_ref()?;
    (matches!(before, Value::Ref(_)) && !same(before, &field.after)).then_some(before)
}

/// What a change leaves and others who share the record refer to in their lists: they hold it still.
fn kept_for(fields: &[FieldChange], others: &[&Base]) -> Vec<FieldChange> {
    let mut kept = Vec::new();
    for place in fields.iter().filter_map(left_place) {
        let mut lists = others.iter().flat_map(|base| &base.left);
        let holds = |(_, value): &(&model::FieldName, &Value)| {
            let is_list = matches!(value, Value::List(_));
            is_list && value.elements().iter().any(|one| same(one, place))
        };
        if let Some((name, _)) = lists.find(holds) {
            kept.push(FieldChange {
                name: name.clone(),
                before: None,
                after: Value::List(vec![place.clone()]),
            });
        }
    }
    kept
}

/// What others than each of these left records refer to on the right record that it shares with them.
pub(super) async fn named_by_others(
    work: &Work<'_>,
    object: &ObjectName,
    shared: &[(RecordId, RecordId)],
) -> Result<HashMap<RecordId, HashSet<Place>>, Fault> {
    if shared.is_empty() {
        return Ok(HashMap::new());
    }
    let rights: Vec<RecordId> = shared.iter().map(|(right, _)| right.clone()).collect();
    let rows = work
        .intents
        .pairs_of_right(&work.import.id, object, &rights)
        .await?;
    let named = shared.iter().map(|(right, left)| {
        let others = rows.iter().filter(|row| {
            &row.right == right && &row.left != left && !row.gone.is_some_and(Gone::is_without)
        });
        let values = others.flat_map(|row| row.base.left.values());
        let places = values.flat_map(Value::references);
        let places = places.map(|one| (one.object.clone(), one.id.clone()));
        (left.clone(), places.collect())
    });
    Ok(named.collect())
}

/// Takes what others refer to out of what a record added.
pub(super) fn leave_to_others(base: &mut Base, spared: &HashSet<Place>) {
    for value in base.left.values_mut() {
        if let Some(ours) = without(value, spared) {
            *value = ours;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> Value {
        Value::Ref(model::Reference {
            object: "account".into(),
            id: id.into(),
            label: None,
        })
    }

    /// The owner goes from one account to another, and others are in these.
    fn check(before: &str, after: &str, others: &[&str], expected: Option<&str>) {
        let change = FieldChange {
            name: "account".into(),
            before: Some(account(before)),
            after: account(after),
        };
        let list = |id: &&str| Base {
            left: [("accounts".into(), Value::List(vec![account(id)]))].into(),
            ..Base::default()
        };
        let bases: Vec<Base> = others.iter().map(list).collect();
        let kept = kept_for(&[change], &bases.iter().collect::<Vec<_>>());
        let kept: Vec<Value> = kept.into_iter().map(|field| field.after).collect();
        let expected = expected.into_iter().map(|id| Value::List(vec![account(id)]));
        assert_eq!(
            kept,
            expected.collect::<Vec<_>>(),
            "{before} -> {after}, {others:?}"
        );
    }

    #[test]
    fn an_account_is_not_left_while_others_are_in_it() {
        check("a", "b", &["a"], Some("a"));
        check("a", "b", &["c", "a"], Some("a"));
        check("a", "b", &["c"], None);
        check("a", "a", &["a"], None);
        check("a", "b", &[], None);
    }
}
