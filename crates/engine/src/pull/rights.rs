//! All right objects side by side, and what shows then of records that are gone.

use futures_util::future::try_join_all;
use model::{Fault, ObjectName};

use super::pull_right;
use crate::{
    bind::Bound,
    lost::{look_at_unlisted, prove},
    reread::singly,
    work::{Stage, Tally, Work},
};

/// So many records that others do not refer to any more are asked for in one run.
const SUSPECTS: usize = 500;

/// Reads the wanted right objects, and asks for what may be gone.
pub(crate) async fn pull_rights(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    stage: Stage,
    wanted: impl Fn(&ObjectName) -> bool,
) -> Result<(), Fault> {
    let objects: Vec<ObjectName> = work
        .import
        .recipe
        .right_objects()
        .into_iter()
        .filter(|object| wanted(object))
        .collect();
    let (listed, others): (Vec<_>, Vec<_>) = objects
        .iter()
        .partition(|object| work.right_source.is_listed(object));
    if stage == Stage::ReadingRight {
        tally.counts().reads.extend(others.iter().copied().map(singly));
    }
    let pulls = listed
        .into_iter()
        .map(|object| pull_right(work, tally, bound, object, stage));
    try_join_all(pulls).await?;
    if stage == Stage::ReadingRight && work.scope.rescan {
        for object in others {
            look_at_unlisted(work, tally, bound, object).await?;
        }
    }
    let suspects = std::mem::take(&mut tally.counts().suspects);
    prove(work, tally, bound, suspects.into_iter().take(SUSPECTS).collect()).await
}
