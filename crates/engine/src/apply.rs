//! A plan out into the world: intend, write, settle. Creation is the dangerous write: after a lost answer we look
//! back before any second try.

use std::{collections::HashMap, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Change, ChangeId, Destination, Evidence, Fault, FaultKind, Gone, ObjectName, PairingId, Plan,
    Problem, ProblemKind, Reason, RecordId, Settled, Settlement, Side, Source, Written,
};

use crate::{
    along::arrived,
    approve::Doing,
    bind::Bound,
    lost::lost_among,
    retry::{NextTry, next_try},
    work::{Tally, Work, mark},
};

mod agree;
pub(crate) mod back;

pub(crate) use agree::settle_one;

/// How many `write` calls are under way at once; the vendor's pace decides the rest.
const WRITES_AT_ONCE: usize = 2;
const LOOK_BACKS_AT_ONCE: usize = 8;

/// The side that is written.
#[derive(Clone, Copy)]
pub(crate) struct To<'a> {
    pub(crate) destination: &'a dyn Destination,
    pub(crate) source: &'a dyn Source,
}

/// A batch that was planned and intended.
pub(crate) struct Batch {
    pub(crate) object: ObjectName,
    pub(crate) plan: Plan,
    /// The left records that were planned.
    pub(crate) planned: Vec<RecordId>,
    /// How far planning got, once this batch is settled.
    pub(crate) through: Option<(model::End, model::Planning, model::Seq)>,
}

/// Writes an intended batch and settles it.
// tidy: long because it is one story
pub(crate) async fn apply(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    batch: Batch,
) -> Result<(), Fault> {
    let Batch {
        object,
        plan,
        mut planned,
        through,
    } = batch;
    let Plan {
        changes,
        mut problems,
        mut settled,
        rehomed,
        mut along,
        ..
    } = plan;
    let to = To {
        destination: work.right,
        source: work.right_source,
    };
    let written = write_all(work, tally, to, &changes).await?;
    check_reachable(to, &written).await?;
    let taken = taken_by_others(work, bound, &settled, &changes, &written).await?;
    let lost = lost_among(work, tally, bound, &changes, &written).await?;
    // What is to be decided about them is said already.
    planned.retain(|id| !lost.contains(id));
    let mut failed = Vec::new();
    for change in changes {
        match written.get(&change.id) {
            Some(Ok(done)) if is_taken(bound, &taken, &change, done) => {
                let text = format!(
                    "its counterpart `{}` belongs to another record of the left side already",
                    done.id
                );
                failed.push((change.id.clone(), text.clone()));
                problems.push(problem(&change, ProblemKind::EqualCandidates, text, None));
                tally.line(&change.pairing, |line| line.failed += 1);
            }
            Some(Ok(done)) => {
                count_written(work, tally, &change, &done.id);
                settled.extend(arrived(work, &mut along, &change, done));
                settled.push(settle_one(work, bound, change, done, &mut problems));
            }
            Some(Err(fault)) if lost.contains(&change.left) => {
                failed.push((change.id.clone(), fault.to_string()));
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
        problems: &problems,
        rehomed: &rehomed,
        planned_records: &planned,
        object: Some((&object, Side::Right)),
        planned: through
            .as_ref()
            .map(|(end, planning, seq)| (end, *planning, *seq)),
        ..Settlement::default()
    };
    work.intents.settle(&work.import.id, work.run, &settlement).await
}

/// Whether what was written is the counterpart of another left record, and not shared with it.
fn is_taken(bound: &[Bound], taken: &Owners, change: &Change, done: &Written) -> bool {
    let shares = bound.iter().any(|bound| bound.shares(&change.pairing));
    let ours = (&change.left_object, &change.left);
    let owner = taken.get(&done.id);
    !shares && owner.is_some_and(|(object, left)| (object, left) != ours)
}

/// When nothing of a batch was answered and nothing else is, the vendor is away, and no record is to blame.
pub(crate) async fn check_reachable(to: To<'_>, written: &Results) -> Result<(), Fault> {
    let unanswered = |result: &Result<Written, Fault>| matches!(result, Err(fault) if fault.kind() == FaultKind::Unreachable);
    match !written.is_empty() && written.values().all(unanswered) {
        true => to.source.workspace().await.map(drop),
        false => Ok(()),
    }
}

/// Right records with the left records whose counterparts they are.
type Owners = HashMap<RecordId, (ObjectName, RecordId)>;

pub(crate) type Results = HashMap<ChangeId, Result<Written, Fault>>;

/// Writes every change, each until it is done or refused. A fault that concerns more than one record ends it.
pub(crate) async fn write_all(
    work: &Work<'_>,
    tally: &Tally,
    to: To<'_>,
    changes: &[Change],
) -> Result<Results, Fault> {
    let mut results = Results::with_capacity(changes.len());
    let mut retried: Vec<Change> = Vec::new();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let pending = if attempt == 1 { changes } else { &retried };
        let outcomes = write_once(to, pending).await;
        let mut later = Vec::new();
        let mut wait = Duration::ZERO;
        let all_refused = all_refused(&outcomes);
        for (id, result) in outcomes {
            if let Err(fault) = &result
                && let NextTry::After(after) = next_try(fault.kind(), attempt)
                && let Some(change) = pending.iter().find(|change| change.id == id)
            {
                wait = wait.max(after);
                later.push((change.clone(), may_be_done(fault)));
            }
            match result {
                Err(fault) if all_refused && concerns_all(&fault) => return Err(fault),
                result => drop(results.insert(id, result)),
            }
        }
        if later.is_empty() {
            return Ok(results);
        }
        work.clock.sleep(wait).await;
        retried = look_back(work, tally, to, later, &mut results).await?;
        if retried.is_empty() {
            return Ok(results);
        }
    }
}

/// Sends every change once; changes of one object stand together.
async fn write_once(to: To<'_>, pending: &[Change]) -> Vec<(ChangeId, Result<Written, Fault>)> {
    let mut calls = Vec::new();
    for changes in pending.chunk_by(|one, other| one.object == other.object) {
        let Some(first) = changes.first() else { continue };
        let batch = to.destination.batch(&first.object).max(1);
        calls.extend(changes.chunks(batch).map(|chunk| (&first.object, chunk)));
    }
    let outcomes: Vec<_> = stream::iter(calls)
        .map(async |(object, chunk)| to.destination.write(object, chunk).await)
        .buffer_unordered(WRITES_AT_ONCE)
        .collect()
        .await;
    outcomes
        .into_iter()
        .flatten()
        .map(|outcome| (outcome.change, outcome.result))
        .collect()
}

/// Whether nobody of several got through: then it is not about one record.
fn all_refused(outcomes: &[(ChangeId, Result<Written, Fault>)]) -> bool {
    outcomes.len() > 1
        && outcomes
            .iter()
            .all(|(_, result)| matches!(result, Err(fault) if concerns_all(fault)))
}

/// A fault that other records may well share.
fn concerns_all(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Denied | FaultKind::Settings)
}

/// Whether what was asked may have been done although no good answer came.
fn may_be_done(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Unreachable | FaultKind::Unexpected)
}

/// Returns what is still to be written: a creation that is found at the vendor is done.
async fn look_back(
    work: &Work<'_>,
    tally: &Tally,
    to: To<'_>,
    later: Vec<(Change, bool)>,
    results: &mut Results,
) -> Result<Vec<Change>, Fault> {
    let looked: Vec<_> = stream::iter(later)
        .map(async |(change, may_be_done): (Change, bool)| {
            tally.count_retry();
            let Action::Create { key } = &change.action else {
                return Ok((change, None));
            };
            if !may_be_done {
                return Ok((change, None));
            }
            let found = crate::work::again(work, tally, async || {
                to.destination.look_back(&change.object, key).await
            })
            .await?;
            Ok::<_, Fault>((change, found))
        })
        .buffer_unordered(LOOK_BACKS_AT_ONCE)
        // The first that gets no answer after all its tries ends it: the others would wait as long for nothing.
        .try_collect()
        .await?;
    let mut pending = Vec::new();
    for (change, found) in looked {
        match found {
            Some(outcome) => {
                let result = outcome.result.map(|done| Written {
                    evidence: Evidence::LookedBack,
                    ..done
                });
                results.insert(change.id.clone(), result);
            }
            None => pending.push(change),
        }
    }
    Ok(pending)
}

/// Right records among those just made that are already the counterpart of another left record.
async fn taken_by_others(
    work: &Work<'_>,
    bound: &[Bound],
    met: &[Settled],
    changes: &[Change],
    written: &Results,
) -> Result<Owners, Fault> {
    let shares = |pairing: &PairingId| bound.iter().any(|bound| bound.shares(pairing));
    let mut owners: HashMap<(&ObjectName, RecordId), (&ObjectName, &RecordId)> = HashMap::new();
    for pair in met.iter().filter(|pair| !pair.shared) {
        owners.insert(
            (&pair.right_object, pair.right.clone()),
            (&pair.left_object, &pair.left),
        );
    }
    let mut new: HashMap<&ObjectName, Vec<(RecordId, &Change)>> = HashMap::new();
    for change in changes
        .iter()
        .filter(|change| change.why != Reason::OtherSideChanged)
    {
        let Some(Ok(done)) = written.get(&change.id) else {
            continue;
        };
        owners
            .entry((&change.object, done.id.clone()))
            .or_insert((&change.left_object, &change.left));
        new.entry(&change.object)
            .or_default()
            .push((done.id.clone(), change));
    }
    let mut taken: Owners = owners
        .into_iter()
        .map(|((_, right), (object, left))| (right, (object.clone(), left.clone())))
        .collect();
    for (object, new) in new {
        let ids: Vec<RecordId> = new.iter().map(|(id, _)| id.clone()).collect();
        let rows = work.intents.rights(&work.import.id, object, &ids).await?;
        for row in rows
            .into_iter()
            .filter(|row| !row.gone.is_some_and(Gone::is_one_sided))
        {
            if !shares(&row.pairing) {
                taken.insert(row.right, (row.left_object, row.left));
            }
        }
    }
    Ok(taken)
}

fn count_written(work: &Work<'_>, tally: &Tally, change: &Change, id: &RecordId) {
    tally.line(&change.pairing, |line| match Doing::of(change) {
        Doing::Rehome => line.rehomed += 1,
        Doing::Create => line.created += 1,
        Doing::Adopt => line.adopted += 1,
        _ => line.updated += 1,
    });
    let mut counts = tally.counts();
    if counts
        .written
        .entry(change.pairing.clone())
        .or_default()
        .insert(mark(id))
    {
        *counts.n_written.entry(change.pairing.clone()).or_default() += 1;
        if !work.right_source.is_listed(&change.object) {
            let unlisted = counts.unlisted.entry(change.object.clone()).or_default();
            unlisted.push(id.clone());
        }
    }
}

pub(crate) fn refusal(change: &Change, fault: &Fault) -> Problem {
    let kind = match (fault.kind(), change.side) {
        (FaultKind::Gone, Side::Left) => ProblemKind::GoneOnTheLeft,
        _ => ProblemKind::Refused,
    };
    problem(change, kind, fault.to_string(), fault.advice())
}

pub(crate) fn problem(change: &Change, kind: ProblemKind, text: String, hint: Option<&str>) -> Problem {
    // What is still to be made on the left is known by its right record.
    let (object, record) = match &change.right {
        Some(right) if change.left.as_str().is_empty() => (&change.right_object, right),
        _ => (&change.left_object, &change.left),
    };
    Problem {
        kind,
        pairing: Some(change.pairing.clone()),
        side: change.side,
        object: object.clone(),
        record: record.clone(),
        title: change.title.clone(),
        field: None,
        text,
        hint: hint.map(str::to_owned),
        blocks: true,
    }
}
