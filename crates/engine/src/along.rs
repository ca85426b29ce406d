//! Records that are written onto the counterparts of others, such as a company's usage: where the counterpart is still to be
//! made, it is made with what they bring, and needs no second write.

use std::collections::{BTreeSet, HashMap};

use model::{
    Action, Change, ChangeId, Evidence, Fault, FieldChange, ObjectName, Plan, Raw, Reason, Record, RecordId,
    Settled, Value, Written,
};

use crate::{
    bind::Bound,
    landing::landing,
    merge::same,
    plan::{brings, choose},
    stage::{Known, Lane},
    turn::Counterparts,
    work::Work,
};

/// The objects whose records may come along with those of this one.
pub(crate) fn riders<'a>(bound: &'a [Bound], object: &ObjectName) -> BTreeSet<&'a ObjectName> {
    let hosts = bound.iter().filter(|bound| &bound.pairing.left == object);
    let hosts: Vec<_> = hosts.map(|bound| &bound.pairing.id).collect();
    let rides = |bound: &&Bound| {
        let onto = bound.pairing.onto.as_ref();
        onto.is_some_and(|onto| hosts.contains(&&onto.pairing))
    };
    let riders = bound.iter().filter(rides).map(|bound| &bound.pairing.left);
    riders.filter(|rider| *rider != object).collect()
}

/// Whether records of an object may come along with others.
pub(crate) fn rides(bound: &[Bound], object: &ObjectName) -> bool {
    let mut of_object = bound.iter().filter(|bound| &bound.pairing.left == object);
    of_object.any(|bound| bound.pairing.onto.is_some())
}

impl Lane<'_> {
    /// Lets records of other pairings come along with what this one makes, and plans nothing of its own for what came along.
    pub(crate) async fn ride(
        &mut self,
        bound: &Bound,
        plan: &mut Plan,
        known: Known<'_>,
    ) -> Result<(), Fault> {
        self.take_along(bound, plan, known).await?;
        self.leave_out_what_came_along(bound, plan);
        Ok(())
    }

    /// Adds to what is made what other records bring to it, as far as they have the same id and were never written.
    async fn take_along(&mut self, bound: &Bound, plan: &mut Plan, known: Known<'_>) -> Result<(), Fault> {
        let all = self.bound;
        let rides = |one: &&Bound| {
            let onto = one.pairing.onto.as_ref();
            onto.is_some_and(|onto| onto.pairing == bound.pairing.id && one.pairing.left != *self.object)
        };
        for rider in all.iter().filter(rides) {
            let is_made = |change: &&Change| matches!(change.action, Action::Create { .. });
            let made = plan.changes.iter().filter(is_made);
            let made: Vec<RecordId> = made
                .filter(|change| change.why == Reason::Missing)
                .map(|change| change.left.clone())
                .collect();
            let mut found = self.found(rider, &made).await?;
            for change in &mut plan.changes {
                let Some(left) = found.remove(&change.left) else {
                    continue;
                };
                let id = left.id.clone();
                let brought = self.planned(known, |given, _, _| brings(given, rider, left));
                if let Some(fields) = brought.filter(|fields| !fields.is_empty()) {
                    plan.along
                        .push((change.id.clone(), settled(rider, id.clone(), &fields)));
                    change
                        .fields
                        .extend(fields.into_iter().map(|(name, after)| FieldChange {
                            name,
                            before: None,
                            after,
                        }));
                    if let Some(preview) = self.preview {
                        preview.comes_along(&rider.pairing.id, &id);
                    }
                }
            }
        }
        Ok(())
    }

    /// The records of a riding pairing that name those that are made, by their ids, as far as they have none of their own yet.
    async fn found(&self, rider: &Bound, made: &[RecordId]) -> Result<HashMap<RecordId, Record>, Fault> {
        let Some(onto) = rider.pairing.onto.as_ref().filter(|_| !made.is_empty()) else {
            return Ok(HashMap::new());
        };
        let (import, object) = (&self.work.import.id, &rider.pairing.left);
        let raws = self.work.mirror.raws(&self.work.left_end(object), made).await?;
        if raws.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
        let known = self.work.intents.pairs(import, object, &ids).await?;
        let shape = |raw: &Raw| self.work.left.shape(object, raw).ok();
        let there = |record: &Record| -> Counterparts {
            let host = (self.object.clone(), record.id.clone());
            [(host.clone(), host)].into()
        };
        let rides = |record: &Record| {
            known.iter().all(|row| row.left != record.id)
                && landing(onto, record, Some(&there(record))).is_ok()
                && choose(self.bound, object, record).is_some_and(|one| one.pairing.id == rider.pairing.id)
        };
        let records = raws.iter().filter_map(shape).filter(rides);
        Ok(records.map(|record| (record.id.clone(), record)).collect())
    }

    /// What came along with something that is made needs no write of its own, where nothing is ever written.
    fn leave_out_what_came_along(&self, bound: &Bound, plan: &mut Plan) {
        let (Some(preview), Some(_)) = (self.preview, &bound.pairing.onto) else {
            return;
        };
        let before = plan.changes.len();
        plan.changes
            .retain(|change| !preview.came_along(&bound.pairing.id, &change.left));
        plan.alike += before.saturating_sub(plan.changes.len());
    }
}

fn settled(rider: &Bound, left: RecordId, fields: &[(model::FieldName, Value)]) -> Settled {
    Settled {
        change: None,
        pairing: rider.pairing.id.clone(),
        left_object: rider.pairing.left.clone(),
        left,
        right_object: rider.pairing.right.clone(),
        right: RecordId::from(String::new()),
        base: model::Base {
            left: fields.iter().cloned().collect(),
            ..model::Base::default()
        },
        adopted: true,
        waiting: false,
        returning: false,
        shared: rider.pairing.shares(),
        right_hash: None,
    }
}

/// The pairs that came along with a change and are at rest: those of which the vendor's answer shows all that was sent. The
/// others are planned by themselves.
pub(crate) fn arrived(
    work: &Work<'_>,
    along: &mut Vec<(ChangeId, Settled)>,
    change: &Change,
    done: &Written,
) -> Vec<Settled> {
    let is_its = |(id, _): &mut (ChangeId, Settled)| *id == change.id;
    let its: Vec<_> = along.extract_if(.., is_its).map(|(_, pair)| pair).collect();
    let raw = done
        .raw
        .as_ref()
        .filter(|_| !its.is_empty() && done.evidence != Evidence::There);
    let Some(answer) = raw.and_then(|raw| work.right_source.shape(&change.object, raw).ok()) else {
        return Vec::new();
    };
    let kept = |pair: &Settled| {
        let mut sent = pair.base.left.iter();
        sent.all(|(name, sent)| answer.fields.get(name).is_some_and(|kept| same(kept, sent)))
    };
    let its = its.into_iter().filter(kept);
    its.map(|pair| Settled {
        right: done.id.clone(),
        right_hash: raw.map(|raw| raw.hash),
        ..pair
    })
    .collect()
}
