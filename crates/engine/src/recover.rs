//! What was meant and never settled: look back, then settle, or let it be planned again.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{
    Action, Base, Change, ChangeId, Evidence, Fault, INTERRUPTED, ObjectName, Reason, RecordId, Settled,
    Settlement, Side, Written,
};

use crate::{
    apply::settle_one,
    bind::Bound,
    work::{Tally, Work, again},
};

const LOOK_BACKS_AT_ONCE: usize = 8;
const SETTLED_AT_ONCE: usize = 500;

/// Settles what an interrupted run left behind. A creation that took place is settled; everything else is planned
/// again, for writing a field twice does no harm.
pub(crate) async fn recover(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<u64, Fault> {
    let left_behind = work.intents.unsettled(&work.import.id).await?;
    let n_left_behind = left_behind.len() as u64;
    let mut rest = left_behind.into_iter().peekable();
    while rest.peek().is_some() {
        let chunk: Vec<Change> = rest.by_ref().take(SETTLED_AT_ONCE).collect();
        let looked: Vec<_> = stream::iter(chunk)
            .map(async |change| look_back(work, tally, change).await)
            .buffered(LOOK_BACKS_AT_ONCE)
            .try_collect()
            .await?;
        let joined = joined(work, bound, &looked).await?;
        let (mut settled, mut failed, mut named) = (Vec::new(), Vec::new(), Vec::new());
        let is_another = |why: Reason| matches!(why, Reason::Rehomed | Reason::Again);
        let rehomed = looked.iter().filter(|(change, _)| is_another(change.why));
        let rehomed: Vec<_> = rehomed
            .map(|(change, _)| (change.left_object.clone(), change.left.clone()))
            .collect();
        for (change, found) in looked {
            match found {
                Some(Ok(done)) if change.side == Side::Left => {
                    named.push((change.id.clone(), done.id.clone()));
                    settled.push(found_on_left(change, &done));
                }
                Some(Ok(done)) => {
                    let done = Written {
                        evidence: Evidence::There,
                        ..done
                    };
                    settled.push(settle_one(work, bound, change, &done, &mut Vec::new()));
                }
                _ if joined.contains(&change.id) => settled.extend(joins(change)),
                _ => failed.push((change.id, INTERRUPTED.to_owned())),
            }
        }
        let settlement = Settlement {
            settled: &settled,
            failed: &failed,
            named: &named,
            rehomed: &rehomed,
            ..Settlement::default()
        };
        work.intents
            .settle(&work.import.id, work.run, &settlement)
            .await?;
    }
    Ok(n_left_behind)
}

/// A left record that was made for a right one and not settled: it agrees on what it was made of.
fn found_on_left(change: Change, done: &Written) -> Settled {
    Settled {
        change: Some(change.id),
        pairing: change.pairing,
        left_object: change.left_object,
        left: done.id.clone(),
        right_object: change.right_object,
        right: change.right.unwrap_or_else(|| RecordId::new("")),
        base: change.base,
        adopted: change.adopted,
        waiting: true,
        returning: false,
        shared: false,
        right_hash: None,
    }
}

/// Changes that may have let a left record join the counterpart of another, and of which no pair tells yet.
async fn joined(work: &Work<'_>, bound: &[Bound], looked: &[Looked]) -> Result<HashSet<ChangeId>, Fault> {
    let is_shared = |pairing| bound.iter().any(|bound| bound.shares(pairing));
    let mut joining: HashMap<&ObjectName, Vec<&Change>> = HashMap::new();
    for (change, _) in looked {
        let updates = change.side == Side::Right && matches!(change.action, Action::Update(_));
        if updates && is_shared(&change.pairing) {
            joining.entry(&change.left_object).or_default().push(change);
        }
    }
    let mut joined = HashSet::new();
    for (object, changes) in joining {
        let lefts: Vec<RecordId> = changes.iter().map(|change| change.left.clone()).collect();
        let rows = work.intents.pairs(&work.import.id, object, &lefts).await?;
        let known: HashSet<RecordId> = rows.into_iter().map(|row| row.left).collect();
        let strangers = changes.into_iter().filter(|change| !known.contains(&change.left));
        joined.extend(strangers.map(|change| change.id.clone()));
    }
    Ok(joined)
}

/// A pair that agrees on nothing: what the left record may have added is found by what it says of itself, and goes with it.
fn joins(change: Change) -> Option<Settled> {
    let Action::Update(right) = change.action else {
        return None;
    };
    Some(Settled {
        change: Some(change.id),
        pairing: change.pairing,
        left_object: change.left_object,
        left: change.left,
        right_object: change.object,
        right,
        base: Base::default(),
        adopted: change.adopted,
        waiting: true,
        returning: false,
        shared: true,
        right_hash: None,
    })
}

type Looked = (Change, Option<Result<Written, Fault>>);

async fn look_back(work: &Work<'_>, tally: &Tally, change: Change) -> Result<Looked, Fault> {
    let Action::Create { key } = &change.action else {
        return Ok((change, None));
    };
    // A left side that nobody may write has made nothing.
    let Some(destination) = (match change.side {
        Side::Left => work.left_writer,
        Side::Right => Some(work.right),
    }) else {
        return Ok((change, None));
    };
    let found = again(work, tally, async || {
        destination.look_back(&change.object, key).await
    })
    .await?;
    Ok((change, found.map(|outcome| outcome.result)))
}
