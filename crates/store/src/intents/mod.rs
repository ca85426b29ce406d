//! Plans, outcomes, bases and problems.

mod change;
mod decision;
mod memory;
mod pair;
mod problem;
mod replaced;
mod settle;

use std::collections::HashMap;

use async_trait::async_trait;
use model::{
    Change, Decision, End, Fault, ImportId, Intents, Memory, ObjectName, PairRow, PairingId, Planning,
    Problem, RecordId, Replaced, RightRow, RunId, Seq, Settlement, Side,
};

use crate::{
    Store,
    db::on_either,
    error::{Cause, Doing},
};

pub(crate) use change::{Columns as ChangeColumns, unpack};
pub(crate) use problem::{Columns as ProblemColumns, problem};

const PLANNED: &str = "select seq from planned where import_id = $1 and end_id = $2 and side = $3";

#[async_trait]
impl Intents for Store {
    async fn planned(&self, import: &ImportId, end: &End, planning: Planning) -> Result<Seq, Fault> {
        self.select_planned(import, end, planning)
            .await
            .fault("looking up how far planning got")
    }

    async fn pairs(
        &self,
        import: &ImportId,
        object: &ObjectName,
        left: &[RecordId],
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_pairs(&pair::OF_LEFT, import, object, left)
            .await
            .fault("reading pairs")
    }

    async fn pairs_of_right(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_pairs(&pair::OF_RIGHT, import, object, right)
            .await
            .fault("reading pairs by their right records")
    }

    async fn pairs_in(
        &self,
        import: &ImportId,
        right_object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_pairs_in(import, right_object, after, at_most)
            .await
            .fault("reading the pairs of a right object")
    }

    async fn rights(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<RightRow>, Fault> {
        self.select_rights(import, object, right)
            .await
            .fault("reading which right records belong to pairs")
    }

    async fn counterparts(
        &self,
        import: &ImportId,
        references: &[(ObjectName, RecordId)],
    ) -> Result<HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>, Fault> {
        self.select_counterparts(import, Side::Left, references)
            .await
            .fault("following references")
    }

    async fn counterparts_of_right(
        &self,
        import: &ImportId,
        references: &[(ObjectName, RecordId)],
    ) -> Result<HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>, Fault> {
        self.select_counterparts(import, Side::Right, references)
            .await
            .fault("following references of the right side")
    }

    async fn returning(
        &self,
        import: &ImportId,
        right_object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault> {
        self.select_ids(pair::RETURNING, import, right_object, after, at_most)
            .await
            .fault("looking for what is still to go back")
    }

    async fn widowed(
        &self,
        import: &ImportId,
        left: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_single(pair::WIDOWED, import, left, after, at_most)
            .await
            .fault("looking for pairs whose left record is gone")
    }

    async fn bereft(
        &self,
        import: &ImportId,
        left: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_single(pair::BEREFT, import, left, after, at_most)
            .await
            .fault("looking for pairs whose counterpart is gone")
    }

    async fn unlisted(
        &self,
        import: &ImportId,
        right: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault> {
        self.select_unlisted(import, right, after, at_most)
            .await
            .fault("looking for counterparts that were not listed")
    }

    async fn replaced(
        &self,
        import: &ImportId,
        after: Option<&(ObjectName, RecordId)>,
        all: bool,
        at_most: usize,
    ) -> Result<Vec<Replaced>, Fault> {
        self.select_replaced(import, after, all, at_most)
            .await
            .fault("looking for counterparts that others replaced")
    }

    async fn replaced_of(
        &self,
        import: &ImportId,
        object: &ObjectName,
        left: &[RecordId],
    ) -> Result<Vec<Replaced>, Fault> {
        self.select_replaced_among(import, (object, true), left)
            .await
            .fault("looking for earlier counterparts")
    }

    async fn replaced_among(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<Replaced>, Fault> {
        self.select_replaced_among(import, (object, false), right)
            .await
            .fault("looking up which records others replaced")
    }

    async fn pairs_through(
        &self,
        import: &ImportId,
        left_object: &ObjectName,
        pairing: &PairingId,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault> {
        self.select_pairs_through(import, left_object, pairing, after, at_most)
            .await
            .fault("reading the pairs of a pairing")
    }

    async fn revive(&self, import: &ImportId, left: &End) -> Result<(), Fault> {
        self.revive_pairs(import, left)
            .await
            .fault("looking for what is back")
    }

    async fn with_problem(
        &self,
        import: &ImportId,
        object: &ObjectName,
        side: Side,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault> {
        self.select_with_problem(import, object, side, after, at_most)
            .await
            .fault("looking for records with problems")
    }

    async fn decisions(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<Vec<Decision>, Fault> {
        self.select_decisions(import, object, records)
            .await
            .fault("looking up what was decided")
    }

    async fn decide(&self, import: &ImportId, decisions: &[Decision]) -> Result<(), Fault> {
        self.insert_decisions(import, decisions)
            .await
            .fault("keeping what was decided")
    }

    async fn waiting(
        &self,
        import: &ImportId,
        object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault> {
        self.select_ids(pair::WAITING, import, object, after, at_most)
            .await
            .fault("looking for records that wait")
    }

    async fn intend(&self, import: &ImportId, run: &RunId, changes: &[Change]) -> Result<(), Fault> {
        self.insert_changes(import, run, changes)
            .await
            .fault("keeping what will be written")
    }

    async fn settle(
        &self,
        import: &ImportId,
        _run: &RunId,
        settlement: &Settlement<'_>,
    ) -> Result<(), Fault> {
        self.keep_settlement(import, settlement)
            .await
            .fault("keeping what came of it")
    }

    async fn unsettled(&self, import: &ImportId) -> Result<Vec<Change>, Fault> {
        self.select_unsettled(import)
            .await
            .fault("looking for what was never settled")
    }

    async fn count_pairs(&self, import: &ImportId, pairing: &PairingId, left: &End) -> Result<u64, Fault> {
        self.count_pairs_of(import, pairing, left)
            .await
            .fault("counting pairs")
    }

    async fn problems(&self, import: &ImportId, at_most: usize) -> Result<Vec<Problem>, Fault> {
        self.select_problems(import, at_most)
            .await
            .fault("reading problems")
    }

    async fn count_problems(&self, import: &ImportId) -> Result<(u64, u64), Fault> {
        self.count_open_problems(import).await.fault("counting problems")
    }

    async fn remembered(&self, import: &ImportId) -> Result<Option<Memory>, Fault> {
        self.select_memory(import)
            .await
            .fault("looking up what the left side was like")
    }

    async fn remember(&self, import: &ImportId, memory: &Memory) -> Result<(), Fault> {
        self.update_memory(import, memory)
            .await
            .fault("keeping what the left side is like")
    }
}

impl Store {
    async fn select_planned(&self, import: &ImportId, end: &End, planning: Planning) -> Result<Seq, Cause> {
        let import = self.import_number(import).await?;
        let Some(end) = self.end_known(end).await? else {
            return Ok(Seq::default());
        };
        let seq: Option<i64> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(PLANNED)
                .bind(import)
                .bind(end)
                .bind(planning_word(planning))
                .fetch_optional(pool)
                .await?
        });
        Ok(Seq(seq.unwrap_or(0)))
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

fn planning_word(planning: Planning) -> &'static str {
    match planning {
        Planning::Left => "left",
        Planning::Right => "right",
        Planning::Back => "back",
    }
}
