//! Reads back one by one what was written of objects that cannot be listed.

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Fault, ObjectName, RecordId};

use crate::{
    bind::Bound,
    pull::{READS_AT_ONCE, compare},
    work::{Stage, Tally, Work, again},
};

/// How many are compared with their pairs at once.
const BATCH: usize = 400;

/// Reads back what this run wrote of an object. What differs is counted; nothing is kept of it.
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
        compare(work, tally, bound, &end, raws).await?;
        done += ids.len() as u64;
        work.progress.stage(object, Stage::ReadingBack, done, None);
    }
    Ok(())
}
