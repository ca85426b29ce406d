//! Only some records once more: those that failed.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Fault, ObjectName, Raw, RecordId, Report};

use crate::{
    back::BackLane,
    bring::{compare, file_counts},
    count::{count, draw_up},
    heal::fill_in,
    prepare::prepare,
    pull::{READS_AT_ONCE, pull_rights},
    recipe::chosen,
    recover::recover,
    run::{lane, read_back},
    work::{Stage, Tally, Work, again},
};

/// Records that are to be planned again, by their objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// Left records, for the right side.
    pub lefts: BTreeMap<ObjectName, Vec<RecordId>>,
    /// Right records, for the left side.
    pub rights: BTreeMap<ObjectName, Vec<RecordId>>,
}

/// Plans and writes these records again, as both sides have them now, then what waits for them, and nothing else.
pub async fn run_again(work: &Work<'_>, failed: &Failed) -> Result<Report, Fault> {
    let began = work.clock.now();
    let tally = Tally::new();
    let import = chosen(work.import);
    let work = &Work {
        import: &import,
        ..*work
    };
    let prepared = prepare(work, &tally).await?;
    let bound = &prepared.bound;
    recover(work, &tally, bound).await?;
    let is_meant = |object: &ObjectName| {
        let of_left = |bound: &&crate::bind::Bound| failed.lefts.contains_key(&bound.pairing.left);
        let writes = bound
            .iter()
            .filter(of_left)
            .any(|bound| &bound.pairing.right == object);
        writes || failed.rights.contains_key(object)
    };
    pull_rights(work, &tally, bound, Stage::ReadingRight, is_meant).await?;
    // In the order of the recipe, so that what others refer to comes first.
    for object in work.import.recipe.left_objects() {
        if let Some(ids) = failed.lefts.get(&object) {
            refresh(work, &tally, &object, ids).await?;
            lane(work, &tally, bound, &object, None, true).again(ids).await?;
        }
    }
    // What refers to them is filled in at once.
    if !failed.lefts.is_empty() {
        fill_in(work, &tally, bound).await?;
    }
    for (object, ids) in &failed.rights {
        BackLane::new(work, &tally, bound, object, None)?.ids(ids).await?;
    }
    read_back(work, &tally, bound).await?;
    let compared = compare(work, &tally).await?;
    let counted = count(work, &tally, bound, &compared).await?;
    let took = work.clock.now().duration_since(began);
    let mut report = draw_up(&tally, bound, &counted);
    report.direction = work.direction;
    report.files = file_counts(&tally, &compared, counted.missing_files);
    report.took_ms = u64::try_from(took.as_millis()).unwrap_or_default();
    Ok(report)
}

/// Reads left records once more: who corrected one does not want to wait for the next reading.
async fn refresh(work: &Work<'_>, tally: &Tally, object: &ObjectName, ids: &[RecordId]) -> Result<(), Fault> {
    let end = work.left_end(object);
    let Some(progress) = work.mirror.progress(&end).await? else {
        return Ok(());
    };
    let found: Vec<Option<Raw>> = stream::iter(ids)
        .map(async |id: &RecordId| again(work, tally, async || work.left.find(object, id).await).await)
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let raws: Vec<Raw> = found.into_iter().flatten().collect();
    work.mirror.keep(&end, &raws, &[], &progress).await.map(drop)
}
