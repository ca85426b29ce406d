//! Counterparts that a run deleted, because their left records were gone, are made again from what is kept of both: the last
//! copy of the left record says what it says, and of the right one stays what people had changed there.

use std::collections::{BTreeMap, HashMap};

use model::{
    Action, Change, Choice, ExternalKey, Fault, Gone, ObjectName, Pair, PairRow, Plan, Reason, Record,
    RecordId, Side,
};

use super::{LeftAlone, Undo, unmade::decision};
use crate::{
    bind::Bound,
    files::Taken,
    plan::rehome::{carried, put_back},
    run::lane,
    stage::{Known, Lane},
    turn::Counterparts,
    work::{Tally, Work},
};

/// Records at once.
const BATCH: usize = 200;

/// Whether what a run deleted, because its left record was gone, is to be made again.
pub(super) fn is_wanted(undo: &Undo, row: &PairRow) -> bool {
    let last = undo.chosen.iter().rfind(|change| change.side == Side::Right);
    let is_deletion =
        |change: &Change| change.why == Reason::Gone && matches!(change.action, Action::Delete(_));
    row.gone == Some(Gone::Deleted) && last.is_some_and(is_deletion)
}

/// What would be made again.
pub(super) fn shown(work: &Work<'_>, tally: &Tally, undo: &Undo, row: &PairRow) -> Change {
    let title = undo.chosen.last().map(|change| change.title.clone());
    Change {
        id: tally.next_id(work.run),
        pairing: row.pairing.clone(),
        side: Side::Right,
        object: row.right_object.clone(),
        action: Action::Create {
            key: ExternalKey::of(&work.import.recipe.left, &row.left_object, &row.left),
        },
        left_object: row.left_object.clone(),
        left: row.left.clone(),
        right_object: row.right_object.clone(),
        right: None,
        title: title.unwrap_or_default(),
        fields: Vec::new(),
        why: Reason::Undone,
        adopted: false,
        waiting: false,
        returning: false,
        base: row.base.clone(),
    }
}

/// Makes them again. From now on they stay, although their left records are gone.
pub(super) async fn make(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    wanted: Vec<(Change, PairRow)>,
) -> Result<(Vec<Change>, Vec<LeftAlone>), Fault> {
    let (import, intents) = (&work.import.id, work.intents);
    let (mut made, mut alone) = (Vec::new(), Vec::new());
    for wanted in wanted.chunks(BATCH) {
        let ids: Vec<RecordId> = wanted.iter().map(|(_, row)| row.left.clone()).collect();
        let stays = ids
            .iter()
            .map(|left| decision(object, left, Choice::Take(Side::Right)));
        intents.decide(import, &stays.collect::<Vec<_>>()).await?;
        let rows: Vec<PairRow> = wanted.iter().map(|(_, row)| row.clone()).collect();
        lane(work, tally, bound, object, None, true)
            .restore(&rows)
            .await?;
        let now = intents.pairs(import, object, &ids).await?;
        let now: BTreeMap<&RecordId, &PairRow> = now.iter().map(|row| (&row.left, row)).collect();
        for (change, row) in wanted {
            match now.get(&row.left).filter(|now| now.gone != Some(Gone::Deleted)) {
                Some(now) => made.push(Change {
                    right: Some(now.right.clone()),
                    ..change.clone()
                }),
                None => alone.push(LeftAlone {
                    object: object.clone(),
                    left: row.left.clone(),
                    title: change.title.clone(),
                    field: None,
                    why: "it could not be made again; its problem says why".to_owned(),
                    may_be_forced: false,
                }),
            }
        }
    }
    Ok((made, alone))
}

impl Lane<'_> {
    /// Makes counterparts again that were deleted.
    async fn restore(&mut self, rows: &[PairRow]) -> Result<(), Fault> {
        let ids: Vec<RecordId> = rows.iter().map(|row| row.left.clone()).collect();
        let mut batch = self.plan_ids(&ids, None).await?;
        self.put_back(rows, &mut batch.plan).await?;
        self.apply(Some(batch)).await?;
        self.catch_up().await
    }

    /// Puts what people had changed on the right in place of what the left side says.
    async fn put_back(&mut self, rows: &[PairRow], plan: &mut Plan) -> Result<(), Fault> {
        let rows: HashMap<&RecordId, &PairRow> = rows.iter().map(|row| (&row.left, row)).collect();
        for change in &mut plan.changes {
            let row = rows.get(&change.left);
            let of = self.bound.iter().find(|bound| bound.pairing.id == change.pairing);
            let (Some(row), Some(bound)) = (row, of) else {
                continue;
            };
            let (left, right) = (self.left_copy(row).await?, self.right_copy(row).await?);
            let (Some(left), Some(right)) = (left, right) else {
                continue;
            };
            let pair = Pair {
                left,
                right_id: Some(row.right.clone()),
                right: Some(right),
                base: Some(row.base.clone()),
                adopted: row.adopted,
                waiting: false,
                returning: false,
                candidates: Vec::new(),
            };
            let known = Known {
                counterparts: &Counterparts::new(),
                files: &Taken::default(),
                decisions: &[],
                shared: None,
            };
            let edits = self.planned(known, |given, _, _| carried(given, bound, bound, &pair));
            put_back(bound, change, &edits);
        }
        Ok(())
    }

    async fn left_copy(&self, row: &PairRow) -> Result<Option<Record>, Fault> {
        let end = self.work.left_end(&row.left_object);
        let raw = self
            .work
            .mirror
            .raws(&end, std::slice::from_ref(&row.left))
            .await?
            .pop();
        Ok(raw.and_then(|raw| self.work.left.shape(&row.left_object, &raw).ok()))
    }

    async fn right_copy(&self, row: &PairRow) -> Result<Option<Record>, Fault> {
        let end = self.work.right_end(&row.right_object);
        let raw = self
            .work
            .mirror
            .raws(&end, std::slice::from_ref(&row.right))
            .await?
            .pop();
        Ok(raw.and_then(|raw| self.work.right_source.shape(&row.right_object, &raw).ok()))
    }
}
