//! What was left behind within a run, or by one that was killed: planned once more before it ends.

use model::Fault;

use crate::{
    bind::Bound,
    count::reasons,
    run::lane,
    work::{Tally, Work},
};

/// Plans what has no counterpart and no reason for it: nothing should be left by now, and nothing may stay so.
/// What waited for another record of its kind when a run was killed is brought here, and what refers to it is filled in.
pub(crate) async fn heal(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    let reasons = reasons(work).await?;
    let written = || tally.counts().n_written.values().sum::<u64>();
    let before = written();
    for object in work.import.recipe.left_objects() {
        lane(work, tally, bound, &object, None, true)
            .unpaired(&reasons)
            .await?;
    }
    match written() > before {
        true => fill_in(work, tally, bound).await,
        false => Ok(()),
    }
}

/// Plans once more what waits for records that it refers to.
pub(crate) async fn fill_in(work: &Work<'_>, tally: &Tally, bound: &[Bound]) -> Result<(), Fault> {
    for object in work.import.recipe.left_objects() {
        lane(work, tally, bound, &object, None, true)
            .waiting(true)
            .await?;
    }
    Ok(())
}
