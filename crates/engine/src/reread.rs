//! Reads back one by one what was written of objects that cannot be listed.

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Fault, How, ObjectName, Read, RecordId, Side};

use crate::{
    bind::Bound,
    pull::{READS_AT_ONCE, take_up},
    work::{Stage, Tally, Work, again},
};

/// How many are compared with their pairs at once.
const BATCH: usize = 400;

/// Reads back what this run wrote of an object. What differs is counted, and kept, as is what was kept before.
pub(crate) async fn reread(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
) -> Result<(), Fault> {
    let end = work.right_end(object);
    let ids: Vec<RecordId> = tally.counts().unlisted.remove(object).unwrap_or_default();
    let mut done = 0;
    for ids in ids.chunks(BATCH) {
        let found: Vec<_> = stream::iter(ids)
            .map(async |id| again(work, tally, async || work.right_source.find(object, id).await).await)
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let raws = found.into_iter().flatten().collect();
        take_up(work, tally, bound, &end, raws).await?;
        done += ids.len() as u64;
        work.progress.stage(object, Stage::ReadingBack, done, None);
    }
    Ok(())
}

/// Of what no list has, only what a run wrote is looked at.
pub(crate) fn singly(object: &ObjectName) -> Read {
    Read {
        object: object.clone(),
        side: Side::Right,
        how: How::Singly,
        records: 0,
        changed_since: None,
        all_since: None,
        within_runs: None,
    }
}
