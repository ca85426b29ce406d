//! A plan of the way back out into the world: intended before it comes here, then written to the left and settled.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Change, Destination, Fault, ObjectName, Owner, Plan, ProblemKind, Raw, Record, RecordId, Settled,
    Settlement, Side, Written,
};

use super::{Results, To, check_reachable, problem, refusal, write_all};
use crate::{
    bind::Bound,
    files::Taken,
    name::name_mentioned,
    plan::agree_on,
    pull::READS_AT_ONCE,
    turn::{Counterparts, KnownOnRight, turn_of},
    work::{Tally, Work, again},
};

/// A batch of the way back that was planned and intended.
pub(crate) struct ReturnBatch<'a> {
    /// The object of `planned`: the left one, or the right one of records that have no counterpart yet.
    pub(crate) object: ObjectName,
    pub(crate) plan: Plan,
    pub(crate) planned: Vec<RecordId>,
    /// What left references point to on the right.
    pub(crate) counterparts: &'a Counterparts,
    /// What the right side shows of left pictures.
    pub(crate) files: &'a Taken,
}

impl<'a> ReturnBatch<'a> {
    fn known(&self) -> KnownOnRight<'a> {
        KnownOnRight {
            counterparts: Some(self.counterparts),
            files: self.files,
        }
    }
}

/// Writes a batch to the left and settles it. Returns the left records that were written.
// tidy: long because it is one story
pub(crate) async fn apply_back(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    left: &dyn Destination,
    batch: ReturnBatch<'_>,
) -> Result<Vec<(ObjectName, RecordId)>, Fault> {
    let to = To {
        destination: left,
        source: work.left,
    };
    let known = batch.known();
    let Plan {
        changes,
        mut problems,
        mut settled,
        ..
    } = batch.plan;
    let written = write_all(work, tally, to, &changes).await?;
    check_reachable(to, &written).await?;
    let taken = taken(work, &changes, &written).await?;
    let mut answered = answered(work, bound, &changes, &written).await?;
    let (mut failed, mut named, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match written.get(&change.id) {
            Some(Ok(done)) if is_taken(&taken, &change, done) => {
                let text = format!("its counterpart `{}` belongs to another record already", done.id);
                failed.push((change.id.clone(), text.clone()));
                problems.push(problem(&change, ProblemKind::EqualCandidates, text, None));
            }
            Some(Ok(done)) => {
                count(tally, &change);
                kept.push((change.left_object.clone(), done.clone()));
                if matches!(change.action, Action::Create { .. }) {
                    named.push((change.id.clone(), done.id.clone()));
                }
                settled.push(settle_back(bound, known, change, done, answered.remove(&done.id)));
            }
            Some(Err(fault)) => {
                failed.push((change.id.clone(), fault.to_string()));
                problems.push(refusal(&change, fault));
                tally.line(&change.pairing, |line| line.failed += 1);
            }
            None => failed.push((change.id.clone(), "no outcome".to_owned())),
        }
    }
    let settlement = Settlement {
        settled: &settled,
        failed: &failed,
        named: &named,
        problems: &problems,
        planned_records: &batch.planned,
        object: Some((&batch.object, Side::Left)),
        ..Settlement::default()
    };
    work.intents
        .settle(&work.import.id, work.run, &settlement)
        .await?;
    keep(work, tally, &kept).await?;
    Ok(kept.into_iter().map(|(object, done)| (object, done.id)).collect())
}

/// Keeps what was written as the left side has it now, so that nothing is planned from what was there before. It is
/// read: an answer to a write may show less than the record, and what it lacks is not empty.
async fn keep(work: &Work<'_>, tally: &Tally, kept: &[(ObjectName, Written)]) -> Result<(), Fault> {
    let mut by_object: HashMap<&ObjectName, Vec<Raw>> = HashMap::new();
    let read: Vec<_> = stream::iter(kept)
        .map(async |(object, done): &(ObjectName, Written)| {
            let found = again(work, tally, async || work.left.find(object, &done.id).await).await;
            match (found, &done.raw) {
                (Err(_), Some(raw)) => Ok((object, Some(raw.clone()))),
                (found, _) => Ok::<_, Fault>((object, found?)),
            }
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    for (object, raw) in read {
        by_object.entry(object).or_default().extend(raw);
    }
    for (object, raws) in by_object {
        let end = work.left_end(object);
        let progress = work.mirror.progress(&end).await?;
        if let Some(progress) = progress.filter(|_| !raws.is_empty()) {
            work.mirror.keep(&end, &raws, &[], &progress).await?;
        }
    }
    Ok(())
}

/// Left records among those just made that are in a pair already, with their right records.
async fn taken(
    work: &Work<'_>,
    changes: &[Change],
    written: &Results,
) -> Result<HashMap<(ObjectName, RecordId), RecordId>, Fault> {
    let mut made: HashMap<&ObjectName, Vec<RecordId>> = HashMap::new();
    for change in changes
        .iter()
        .filter(|change| matches!(change.action, Action::Create { .. }))
    {
        if let Some(Ok(done)) = written.get(&change.id) {
            made.entry(&change.left_object).or_default().push(done.id.clone());
        }
    }
    let mut taken = HashMap::new();
    for (object, ids) in made {
        for row in work.intents.pairs(&work.import.id, object, &ids).await? {
            taken.insert((object.clone(), row.left), row.right);
        }
    }
    Ok(taken)
}

fn is_taken(taken: &HashMap<(ObjectName, RecordId), RecordId>, change: &Change, done: &Written) -> bool {
    let owner = taken.get(&(change.left_object.clone(), done.id.clone()));
    owner.is_some_and(|owner| Some(owner) != change.right.as_ref())
}

/// Left records as the vendor answered them, with the names of what they mention.
async fn answered(
    work: &Work<'_>,
    bound: &[Bound],
    changes: &[Change],
    written: &Results,
) -> Result<HashMap<RecordId, Record>, Fault> {
    let mut records: Vec<(&Bound, Record)> = Vec::new();
    for change in changes {
        let done = written.get(&change.id).and_then(|done| done.as_ref().ok());
        let raw = done.and_then(|done| done.raw.as_ref());
        let of = bound.iter().find(|bound| bound.pairing.id == change.pairing);
        let record = raw.and_then(|raw| work.left.shape(&change.left_object, raw).ok());
        records.extend(of.zip(record));
    }
    let mut named: Vec<(&Bound, &mut Record)> =
        records.iter_mut().map(|(of, record)| (*of, record)).collect();
    name_mentioned(work, &mut named).await?;
    Ok(records
        .into_iter()
        .map(|(_, record)| (record.id.clone(), record))
        .collect())
}

/// What the pair agrees on: the right values that went back, and what the left ones, as the vendor answered them, turn
/// into.
fn settle_back(
    bound: &[Bound],
    known: KnownOnRight<'_>,
    change: Change,
    done: &Written,
    answered: Option<Record>,
) -> Settled {
    let mut base = change.base.clone();
    let bound = bound.iter().find(|bound| bound.pairing.id == change.pairing);
    if let (Some(record), Some(bound)) = (answered, bound) {
        for (rule, field) in rules_written(bound, &change) {
            let right = base.agreed(&field.name).right.clone();
            if let Ok(turned) = turn_of(rule, &record, &field.kind, known, change.adopted) {
                agree_on(&mut base, &field.name, &turned.value, &right);
            }
        }
    }
    Settled {
        change: Some(change.id),
        pairing: change.pairing,
        left_object: change.left_object,
        left: done.id.clone(),
        right_object: change.right_object,
        right: change.right.unwrap_or_else(|| RecordId::new("")),
        base,
        adopted: change.adopted,
        waiting: change.waiting,
        returning: false,
        shared: bound.is_some_and(|bound| bound.pairing.shares()),
        right_hash: None,
    }
}

/// The rules whose values a change wrote back. What else the left record says of itself, the way there finds out: also
/// what the left side owns and makes of a field that was written.
fn rules_written<'b>(
    bound: &'b Bound,
    change: &'b Change,
) -> impl Iterator<Item = (&'b model::Rule, &'b model::Field)> {
    bound.rules.iter().enumerate().filter_map(|(at, (rule, field))| {
        let to = bound.back.get(&at)?;
        let decided = rule.owner != Owner::Left || matches!(change.action, Action::Create { .. });
        let wrote = change.fields.iter().any(|written| written.name == to.name);
        (wrote && decided).then_some((rule, field))
    })
}

fn count(tally: &Tally, change: &Change) {
    tally.line(&change.pairing, |line| match &change.action {
        Action::Create { .. } => line.left_created += 1,
        Action::Update(_) | Action::Delete(_) => line.left_updated += 1,
    });
}

#[cfg(test)]
mod tests;
