//! The ports: how `engine` reaches vendors and memory without knowing either.
// tidy: long because the ports and what goes through them are read together

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Ask, Base, Change, Decision, End, ExternalKey, Fault, FaultKind, Fetched, FieldKind, FieldName, FileRef,
    Gone, ImportId, Keep, NewFile, ObjectName, ObjectType, Outcome, Page, PairingId, Problem, Raw, RawHash,
    Reading, Record, RecordId, Replaced, RunId, SchemaChange, Seq, Settled, Side, Value,
};

/// Reads one vendor's records.
#[async_trait]
pub trait Source: Send + Sync {
    /// The workspace that the connection reaches.
    async fn workspace(&self) -> Result<Workspace, Fault>;

    /// The permissions that the connector wants, each present or missing.
    async fn permissions(&self) -> Result<Vec<Permission>, Fault>;

    /// The objects and their fields, custom ones included, as they are today.
    async fn describe(&self) -> Result<Vec<ObjectType>, Fault>;

    /// What shaping needs besides the raws, as it was found last; none if it needs nothing. Only `recall` can read it.
    fn learned(&self) -> Option<String> {
        None
    }

    /// Takes up what was learned in an earlier session, so that raws can be shaped without asking the vendor.
    fn recall(&self, _learned: &str) -> Result<(), Fault> {
        Ok(())
    }

    /// One page; the same ask gives the same page, or a later state of it.
    async fn read(&self, ask: &Ask) -> Result<Page, Fault>;

    /// One record, read directly; `None` if the vendor says that it is gone.
    async fn find(&self, object: &ObjectName, id: &RecordId) -> Result<Option<Raw>, Fault>;

    /// Whether a list's copy is the whole record. If not, the engine reads it directly before it is kept.
    fn is_whole(&self, object: &ObjectName, listed: &Raw) -> bool;

    /// How many records the vendor itself says there are, where it can say so cheaply.
    async fn count(&self, object: &ObjectName) -> Result<Option<u64>, Fault>;

    /// Pure, so that it can be done again from the mirror without reading anything.
    fn shape(&self, object: &ObjectName, raw: &Raw) -> Result<Record, Fault>;

    /// How an object's records can be read again.
    fn reading(&self, _object: &ObjectName) -> Reading {
        Reading::Whole
    }

    /// What the vendor's clock shows, as far as its answers said it: what it dates is dated by this, and ours may be wrong.
    fn vendor_now(&self) -> Option<Timestamp> {
        None
    }

    /// What hangs on a record and goes with it when it is deleted, such as comments; nothing, if that cannot be told. What
    /// is a part of the record itself does not count.
    async fn hanging_on(
        &self,
        _object: &ObjectName,
        _id: &RecordId,
    ) -> Result<Option<Vec<(ObjectName, RecordId)>>, Fault> {
        Ok(None)
    }

    /// Whether its records can be listed. What was written of others is read back one by one.
    fn is_listed(&self, object: &ObjectName) -> bool {
        self.reading(object) != Reading::Singly
    }

    /// The ids of all its records, where the vendor gives them at the cost of a call or two.
    async fn ids(&self, _object: &ObjectName) -> Result<Option<Vec<RecordId>>, Fault> {
        Ok(None)
    }

    /// Whether the vendor itself keeps the file at this address, so that fetching it is no concern of anybody else.
    fn is_own_file(&self, _address: &str) -> bool {
        false
    }

    /// Fetches a file to our disk; one with more bytes than that is refused.
    async fn fetch(&self, _file: &FileRef, _to: &Path, _most: u64) -> Result<Fetched, Fault> {
        Err(Fault::new(FaultKind::Rejected, "fetching a file").said("this side gives no files"))
    }

    /// How many calls a full read of so many records costs.
    fn cost(&self, object: &ObjectName, records: u64) -> u64;
}

/// Writes one vendor's records.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Makes the fields that are missing; adding what is there already changes nothing.
    async fn extend(&self, change: &SchemaChange) -> Result<(), Fault>;

    /// Turns what a user wrote for an import's option (`PROD-1`) into a value of this side.
    async fn option(&self, name: &str, text: &str) -> Result<Value, Fault>;

    /// One outcome per change, in the same order, whatever happens.
    async fn write(&self, object: &ObjectName, changes: &[Change]) -> Vec<Outcome>;

    /// Did a creation that was sent, and not answered, take place? `None`: it did not.
    async fn look_back(&self, object: &ObjectName, key: &ExternalKey) -> Result<Option<Outcome>, Fault>;

    /// Brings a file of our disk to the vendor, where nothing refers to it yet: a lost answer leaves at most a file that
    /// nobody sees, so it may be brought again. What comes back can stand in a field that holds files.
    async fn upload(&self, _file: &NewFile) -> Result<FileRef, Fault> {
        Err(Fault::new(FaultKind::Rejected, "bringing a file").said("this side takes no files"))
    }

    /// Why a value of that kind would not come back as it was written, in words that follow the field's name; pure. Such
    /// a value is a problem of its field, and the rest of the record is written.
    fn misfit(&self, _kind: &FieldKind, _value: &Value) -> Option<String> {
        None
    }

    /// Whether a field says where a record is, and can be given at its creation only: then the record is made anew to go
    /// elsewhere.
    fn is_fixed(&self, _object: &ObjectName, _field: &FieldName) -> bool {
        false
    }

    /// How many changes a call of `write` should get.
    fn batch(&self, object: &ObjectName) -> usize;

    /// How many calls these changes cost, for the forecast; pure. `once` has what was counted before and is needed only
    /// once, such as a tag.
    fn calls(&self, _object: &ObjectName, changes: &[Change], _once: &mut BTreeSet<String>) -> u64 {
        changes.len() as u64
    }

    /// How many calls a minute the vendor allows, for the forecast.
    fn calls_per_minute(&self) -> Option<u64>;
}

/// What a connection reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The vendor's id of it, as far as it has one.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// Who we are there.
    pub acting_as: Option<String>,
}

/// A permission that a connector wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The vendor's word for it: `Company (View)`.
    pub name: String,
    /// Whether the token has it; `None` where only a write could tell.
    pub present: Option<bool>,
    /// Whether only a recipe that asks for more than the usual needs it.
    #[serde(default)]
    pub optional: bool,
}

/// The mirror: raw copies of what vendors sent.
#[async_trait]
pub trait Mirror: Send + Sync {
    /// Where reading this end goes on, if a pass over it was begun and not finished.
    async fn progress(&self, end: &End) -> Result<Option<Keep>, Fault>;

    /// Keeps a page and its cursor, together or not at all. What is new or has another hash gets a new `Seq`;
    /// the rest is only marked as met in this pass.
    async fn keep(&self, end: &End, page: &[Raw], handles: &[Handle], progress: &Keep)
    -> Result<Kept, Fault>;

    /// Records that came or changed after that moment of the mirror's own counting, in that order.
    async fn changed(&self, end: &End, after: Seq, at_most: usize) -> Result<Vec<Seen>, Fault>;

    /// The hashes under which the mirror has these records.
    async fn hashes(&self, end: &End, ids: &[RecordId]) -> Result<HashMap<RecordId, RawHash>, Fault>;

    /// These records, as far as the mirror has them.
    async fn raws(&self, end: &End, ids: &[RecordId]) -> Result<Vec<Raw>, Fault>;

    /// How many records there are, and how many of them that pass and later ones did not meet.
    async fn met(&self, end: &End, pass: u64) -> Result<Met, Fault>;

    /// Notes that the vendor itself says that these records are gone. One that is kept again is back.
    async fn lose(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault>;

    /// Records, not known to be gone, that neither that pass nor a later one met.
    async fn unmet(&self, end: &End, pass: u64, at_most: usize) -> Result<Vec<RecordId>, Fault>;

    /// The ids of the records that are there, in their order, after that one.
    async fn there(
        &self,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault>;

    /// Left records that are there and have no counterpart in this import, in the order of their ids.
    async fn unpaired(
        &self,
        import: &ImportId,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<Raw>, Fault>;

    /// Forgets these records, for they are not there any more.
    async fn forget(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault>;

    /// Records of an end that carry one of these handles and are in no pair of this import.
    async fn candidates(
        &self,
        import: &ImportId,
        end: &End,
        wanted: &[(FieldName, String)],
    ) -> Result<Vec<Handle>, Fault>;

    /// Keeps what these records can be found by, in place of what was kept of them before.
    async fn note(&self, end: &End, records: &[RecordId], handles: &[Handle]) -> Result<(), Fault>;

    /// Records of an end that carry one of these handles, in pairs or not.
    async fn carrying(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Fault>;
}

/// What keeping a page changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Records that were not in the mirror.
    pub new: usize,
    /// Records with another hash.
    pub changed: usize,
}

/// Something to find a record by: a field and its contents, folded for comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle {
    /// The record.
    pub record: RecordId,
    /// The field; `key` stands for the keys a vendor stores.
    pub field: FieldName,
    /// The contents, trimmed and in lower case.
    pub value: String,
}

/// A record in the mirror.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it came or changed, by the mirror's counting.
    pub seq: Seq,
    /// The copy.
    pub raw: Raw,
}

/// How many records an end has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Those that are there, as far as is known.
    pub there: u64,
    /// Those that are gone.
    pub gone: u64,
    /// Of those that are there, those that neither the pass nor a later one met.
    pub unmet: u64,
}

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

/// Time, so that it can be replaced.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, wait: Duration);
}
