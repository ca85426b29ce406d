//! Records that a vendor said had changed, read one by one. What it said of them is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Fault, How, ObjectName, Raw, Read, RecordId, Side, Timestamp};

use super::{READS_AT_ONCE, compare, left::ask_again, left_objects};
use crate::{
    bind::Bound,
    gone::read_directly,
    lost::prove,
    work::{Tally, Work},
};

/// Reads what the run was told of, as far as its recipe knows it and it was ever read before.
pub(crate) async fn read_hinted(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let mut told: BTreeMap<(Side, &ObjectName), BTreeSet<&RecordId>> = BTreeMap::new();
    for hint in &work.scope.hints {
        let records = told.entry((hint.side, &hint.object)).or_default();
        records.insert(&hint.record);
    }
    let (lefts, rights) = (left_objects(work), work.import.recipe.right_objects());
    for ((side, object), ids) in told {
        let ids: Vec<RecordId> = ids.into_iter().cloned().collect();
        let records = ids.len() as u64;
        let all_since = match side {
            Side::Left if lefts.contains(object) => ask_again(work, tally, object, ids).await?,
            Side::Right if rights.contains(object) => ask_right(work, tally, bound, object, ids).await?,
            _ => continue,
        };
        tally.counts().reads.push(Read {
            object: object.clone(),
            side,
            how: How::Hinted,
            records,
            changed_since: None,
            all_since,
            within_runs: None,
        });
    }
    Ok(())
}

/// Reads right records; what differs from what was agreed on goes into the mirror, and what follows from one being gone is
/// decided. Gives since when all of them are known.
async fn ask_right(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    ids: Vec<RecordId>,
) -> Result<Option<Timestamp>, Fault> {
    let end = work.right_end(object);
    let Some(keep) = work.mirror.progress(&end).await? else {
        return Ok(None);
    };
    let found: Vec<(RecordId, Option<Raw>)> = stream::iter(ids)
        .map(async |id: RecordId| {
            let raw = read_directly(work, tally, object, &id).await?;
            Ok::<_, Fault>((id, raw))
        })
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let is_there = |(id, raw): &&(RecordId, Option<Raw>)| raw.as_ref().is_some_and(|raw| &raw.id == id);
    let gone = found.iter().filter(|one| !is_there(one));
    let suspects = gone.map(|(id, _)| (object.clone(), id.clone()));
    prove(work, tally, bound, suspects.collect()).await?;
    let raws = found.into_iter().filter_map(|(_, raw)| raw).collect();
    let compared = compare(work, tally, bound, &end, raws).await?;
    work.mirror
        .keep(&end, &compared.keep, &compared.handles, &keep)
        .await?;
    Ok(keep.past.whole_at)
}
