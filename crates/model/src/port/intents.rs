//! The port of what is intended and what came of it: plans, pairs with their bases, problems.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Base, Change, Decision, End, Fault, FieldName, Gone, ImportId, ObjectName, ObjectType, PairingId,
    Problem, RawHash, RecordId, Replaced, RunId, Seq, Settled, Side,
};

/// A pair, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRow {
    /// The pairing.
    pub pairing: PairingId,
    /// The left object.
    pub left_object: ObjectName,
    /// The left record.
    pub left: RecordId,
    /// The right object.
    pub right_object: ObjectName,
    /// The right record.
    pub right: RecordId,
    /// What they agreed on.
    pub base: Base,
    /// Whether the right record was there before us.
    pub adopted: bool,
    /// Whether it must be planned again although nothing changed.
    pub waiting: bool,
    /// Whether some right value is still to be written to the left.
    pub returning: bool,
    /// What became of the counterpart, if one of the two is gone.
    pub gone: Option<Gone>,
}

/// A pair as seen from its right record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightRow {
    /// The pairing.
    pub pairing: PairingId,
    /// The left object.
    pub left_object: ObjectName,
    /// The left record.
    pub left: RecordId,
    /// The right record.
    pub right: RecordId,
    /// The hash of the right record as it was answered when it was written.
    pub hash: Option<RawHash>,
    /// What became of the counterpart, if one of the two is gone.
    pub gone: Option<Gone>,
}

/// What an end's changes are planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Planning {
    /// What changed on the left, for the right side.
    Left,
    /// What changed on the right, for the right side: what the left side owns is put back.
    Right,
    /// What changed on the right, for the left side.
    Back,
}

/// Plans, outcomes, bases and problems.
#[async_trait]
pub trait Intents: Send + Sync {
    /// How far an end's changes have been planned.
    async fn planned(&self, import: &ImportId, end: &End, planning: Planning) -> Result<Seq, Fault>;

    /// The pairs of these left records.
    async fn pairs(
        &self,
        import: &ImportId,
        object: &ObjectName,
        left: &[RecordId],
    ) -> Result<Vec<PairRow>, Fault>;

    /// The pairs of these right records.
    async fn pairs_of_right(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<PairRow>, Fault>;

    /// The pairs of a right object whose right records are first of all their counterparts, in the order of the right
    /// ids, after that id.
    async fn pairs_in(
        &self,
        import: &ImportId,
        right_object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault>;

    /// Which of these right records belong to pairs, without what those agreed on.
    async fn rights(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<RightRow>, Fault>;

    /// The right object and id of each left record that has a counterpart.
    async fn counterparts(
        &self,
        import: &ImportId,
        references: &[(ObjectName, RecordId)],
    ) -> Result<HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>, Fault>;

    /// Pairs of which the left record is gone from the vendor and the counterpart is neither archived nor deleted, in the
    /// order of their left ids, after that id.
    async fn widowed(
        &self,
        import: &ImportId,
        left: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault>;

    /// Pairs of which the left record is there and the counterpart went by itself, in the order of their left ids, after that
    /// id.
    async fn bereft(
        &self,
        import: &ImportId,
        left: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault>;

    /// Right records of pairs that the reading under way did not list, in the order of their ids, after that id.
    async fn unlisted(
        &self,
        import: &ImportId,
        right: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault>;

    /// The right records that are to be retired, for others took their places, in the order of their objects and ids, after
    /// that one. `all`: also those of which it was decided that they stay.
    async fn replaced(
        &self,
        import: &ImportId,
        after: Option<&(ObjectName, RecordId)>,
        all: bool,
        at_most: usize,
    ) -> Result<Vec<Replaced>, Fault>;

    /// The earlier counterparts of these left records, as far as they are not known to be gone.
    async fn replaced_of(
        &self,
        import: &ImportId,
        object: &ObjectName,
        left: &[RecordId],
    ) -> Result<Vec<Replaced>, Fault>;

    /// Those of these right records that were counterparts until others took their places.
    async fn replaced_among(
        &self,
        import: &ImportId,
        object: &ObjectName,
        right: &[RecordId],
    ) -> Result<Vec<Replaced>, Fault>;

    /// The pairs of a pairing, in the order of their left ids, after that id.
    async fn pairs_through(
        &self,
        import: &ImportId,
        left_object: &ObjectName,
        pairing: &PairingId,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Fault>;

    /// Lets pairs live again, and be planned, whose left record is not gone any more and whose counterpart is still there.
    async fn revive(&self, import: &ImportId, left: &End) -> Result<(), Fault>;

    /// The left object and id of each right record that is first of all some left record's counterpart.
    async fn counterparts_of_right(
        &self,
        import: &ImportId,
        references: &[(ObjectName, RecordId)],
    ) -> Result<HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>, Fault>;

    /// The right records of an object of which some value is still to be written to the left, in the order of their ids,
    /// after that id.
    async fn returning(
        &self,
        import: &ImportId,
        right_object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault>;

    /// Records of an object with an open problem of that side, in the order of their ids, after that id.
    async fn with_problem(
        &self,
        import: &ImportId,
        object: &ObjectName,
        side: Side,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault>;

    /// What was decided about these left records.
    async fn decisions(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<Vec<Decision>, Fault>;

    /// Keeps what a person decided, in place of what was decided before.
    async fn decide(&self, import: &ImportId, decisions: &[Decision]) -> Result<(), Fault>;

    /// Left records of an object that must be planned again although nothing changed: those that wait for
    /// a reference, and those with an open problem. In the order of their ids, after that id.
    async fn waiting(
        &self,
        import: &ImportId,
        object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault>;

    /// Keeps what will be written, before it is written.
    async fn intend(&self, import: &ImportId, run: &RunId, changes: &[Change]) -> Result<(), Fault>;

    /// Keeps what came of it, together or not at all: outcomes, pairs, bases, problems, and how far planning got.
    /// A record's earlier problems are closed when it is among `planned_records`.
    async fn settle(&self, import: &ImportId, run: &RunId, settlement: &Settlement<'_>) -> Result<(), Fault>;

    /// What was intended and never settled.
    async fn unsettled(&self, import: &ImportId) -> Result<Vec<Change>, Fault>;

    /// How many pairs a pairing has whose left record is there.
    async fn count_pairs(&self, import: &ImportId, pairing: &PairingId, left: &End) -> Result<u64, Fault>;

    /// The open problems, oldest first.
    async fn problems(&self, import: &ImportId, at_most: usize) -> Result<Vec<Problem>, Fault>;

    /// How many problems are open, and how many of them keep a record from the right side.
    async fn count_problems(&self, import: &ImportId) -> Result<(u64, u64), Fault>;

    /// What the left side was like when the last run ended.
    async fn remembered(&self, import: &ImportId) -> Result<Option<Memory>, Fault>;

    /// Keeps what the left side is like.
    async fn remember(&self, import: &ImportId, memory: &Memory) -> Result<(), Fault>;
}

/// What an import remembers of the left side from run to run, so that the next one sees what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The objects it reads, with their fields.
    pub left: Vec<ObjectType>,
    /// Which right field each left custom field went into: by pairing, and by the field's id or name.
    pub places: BTreeMap<PairingId, BTreeMap<String, FieldName>>,
    /// A mark of each pairing's rules as they were bound: where it differs, every record is planned again.
    pub rules: BTreeMap<PairingId, String>,
    /// Where looking below records goes on, by the pairing of what is looked for: the right record that was looked below
    /// last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub below: BTreeMap<PairingId, (ObjectName, RecordId)>,
    /// What the left side's source had learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
}

/// Why a change failed whose run was interrupted: whether it was written shows when the record is planned again.
pub const INTERRUPTED: &str = "interrupted before it was written; planned again";

/// What came of one batch.
#[derive(Clone, Debug, Default)]
pub struct Settlement<'a> {
    /// Pairs at rest.
    pub settled: &'a [Settled],
    /// Changes that failed, with the reason in one sentence.
    pub failed: &'a [(crate::ChangeId, String)],
    /// Left records whose counterparts are gone: their pairs are forgotten, and those that shared them.
    pub forgotten: &'a [(ObjectName, RecordId)],
    /// The left ids of records that changes made on the left.
    pub named: &'a [(crate::ChangeId, RecordId)],
    /// What became of the counterparts of left records that are gone: the left object and record.
    pub gone: &'a [(ObjectName, RecordId, Gone)],
    /// Left records whose counterparts became a part of that right record.
    pub merged: &'a [(ObjectName, RecordId, RecordId)],
    /// Pairs that are planned once more, for what they refer to on the right became a part of another record.
    pub unsure: &'a [(ObjectName, RecordId)],
    /// What pairs agree on from now on, where the vendor made what they refer to a part of another record.
    pub rebased: &'a [(ObjectName, RecordId, Base)],
    /// Left records whose counterparts are there after all.
    pub found: &'a [(ObjectName, RecordId)],
    /// Left records whose counterparts took the places of others, which are to be retired: those settled here.
    pub rehomed: &'a [(ObjectName, RecordId)],
    /// Right records that others replaced and that are gone.
    pub retired: &'a [(ObjectName, RecordId)],
    /// Right records that others replaced and that stay.
    pub left_behind: &'a [(ObjectName, RecordId)],
    /// Changes that were written and bring no pair to rest.
    pub done: &'a [crate::ChangeId],
    /// Problems to open.
    pub problems: &'a [Problem],
    /// Records of `object` that were planned: their earlier problems of that side are closed first.
    pub planned_records: &'a [RecordId],
    /// The object of `planned_records`, and the side for which they were planned.
    pub object: Option<(&'a ObjectName, Side)>,
    /// Left records of `object` whose pairs are none any more.
    pub parted: &'a [RecordId],
    /// How far planning got.
    pub planned: Option<(&'a End, Planning, Seq)>,
}
