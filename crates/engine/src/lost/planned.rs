//! What lost its counterpart, where records are planned: it is passed over, or gets another.

use std::collections::{HashMap, HashSet};

use model::{Fault, Gone, PairRow, Plan, Reason, RecordId, Seen};

use crate::stage::Lane;

/// Records to be planned, their pairs, and which of them lost their counterparts.
type WithPairs = (Vec<Seen>, HashMap<RecordId, PairRow>, HashSet<RecordId>);

impl Lane<'_> {
    /// The pairs of records. Those that lost their counterparts are planned only to get others.
    pub(crate) async fn with_pairs(&self, mut seen: Vec<Seen>) -> Result<WithPairs, Fault> {
        let ids: Vec<RecordId> = seen.iter().map(|seen| seen.raw.id.clone()).collect();
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let rows = intents.pairs(import, self.object, &ids).await?;
        let (rows, lost) = without_gone(rows);
        seen.retain(|seen| self.remakes || !lost.contains(&seen.raw.id));
        Ok((seen, rows, lost))
    }
}

/// A counterpart that is gone is none. Of what lost it by itself, which is told apart, is decided elsewhere.
fn without_gone(rows: Vec<PairRow>) -> (HashMap<RecordId, PairRow>, HashSet<RecordId>) {
    let is_gone = |row: &PairRow| row.gone.is_some_and(Gone::is_without);
    let (gone, rows): (Vec<PairRow>, Vec<PairRow>) = rows.into_iter().partition(is_gone);
    let lost = gone
        .into_iter()
        .filter(|row| row.gone.is_some_and(Gone::is_one_sided));
    let rows = rows.into_iter().map(|row| (row.left.clone(), row));
    (rows.collect(), lost.map(|row| row.left).collect())
}

/// What had a counterpart that is gone: whoever referred to that one follows.
pub(crate) fn made_again(plan: &mut Plan, lost: &HashSet<RecordId>) {
    let creations = plan.changes.iter_mut().filter(|change| change.right.is_none());
    for change in creations.filter(|change| lost.contains(&change.left)) {
        change.why = Reason::Again;
    }
    let changed = plan
        .changes
        .iter()
        .map(|change| (&change.left_object, &change.left));
    let settled = plan.settled.iter().map(|pair| (&pair.left_object, &pair.left));
    let again = changed.chain(settled).filter(|(_, left)| lost.contains(*left));
    let again: Vec<_> = again
        .map(|(object, left)| (object.clone(), left.clone()))
        .collect();
    plan.rehomed.extend(again);
}
