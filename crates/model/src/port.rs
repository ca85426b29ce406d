//! The ports: how `engine` reaches vendors and memory without knowing either.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Ask, Change, End, ExternalKey, Fault, FaultKind, Fetched, FieldKind, FieldName, FileRef, ImportId, Keep,
    NewFile, ObjectName, ObjectType, Outcome, Page, Raw, RawHash, Reading, Record, RecordId, SchemaChange,
    Seq, Value,
};

mod deliveries;
mod intents;
mod journal;

pub use deliveries::{Acquaintance, Deliveries, Failing, Held, Lane, LaneId, Settling, Sink};
pub use intents::{INTERRUPTED, Intents, Memory, PairRow, Planning, RightRow, Settlement};
pub use journal::{Appended, Journal, JournalStanding, Position, Stretch};

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

    /// The records of an object that are about this record, where they are listed only so. Nothing, if it is not there any
    /// more. What machines said, and what only a few may see, is not among them.
    async fn about(
        &self,
        object: &ObjectName,
        _subject: (&ObjectName, &RecordId),
    ) -> Result<Option<Vec<Raw>>, Fault> {
        let doing = format!("reading each {object} about a record");
        Err(Fault::new(FaultKind::Rejected, doing).said("this side lists them otherwise, or not at all"))
    }

    /// Whether its records can be listed. What was written of others is read back one by one.
    fn is_listed(&self, object: &ObjectName) -> bool {
        self.reading(object) != Reading::Singly
    }

    /// The objects whose records bring this one's along, such as conversations what was said in them. It is read with them
    /// and never by itself; none, if it has lists of its own.
    fn carriers(&self, _object: &ObjectName) -> Vec<ObjectName> {
        Vec::new()
    }

    /// The records of other objects that a whole record brings along; pure. A record that cannot be read for it can be
    /// shaped no better, and is a problem there.
    fn within(&self, _object: &ObjectName, _raw: &Raw) -> Result<Vec<(ObjectName, Raw)>, Fault> {
        Ok(Vec::new())
    }

    /// Whether its lists show every record that others may name: some vendors hide those that were archived or merged.
    fn lists_all(&self, _object: &ObjectName) -> bool {
        true
    }

    /// What the vendor says that a record holds and does not give; pure. Nothing, if it gives all.
    fn withheld(&self, _object: &ObjectName, _raw: &Raw) -> Option<Withheld> {
        None
    }

    /// The ids of records that the vendor says were deleted at this moment or later, where it keeps a list of them.
    async fn deleted_since(
        &self,
        _object: &ObjectName,
        _since: Timestamp,
    ) -> Result<Option<Vec<RecordId>>, Fault> {
        Ok(None)
    }

    /// The ids of all its records, where the vendor gives them at the cost of a call or two.
    async fn ids(&self, _object: &ObjectName) -> Result<Option<Vec<RecordId>>, Fault> {
        Ok(None)
    }

    /// Whether the vendor itself keeps the file at this address, so that fetching it is no concern of anybody else.
    fn is_own_file(&self, _address: &str) -> bool {
        false
    }

    /// Fetches a file to our disk; one with more bytes than that is refused. The holder is a record that shows or holds it,
    /// by which a file is found again whose address held for a while only.
    async fn fetch(
        &self,
        _file: &FileRef,
        _holder: Option<(&ObjectName, &RecordId)>,
        _to: &Path,
        _most: u64,
    ) -> Result<Fetched, Fault> {
        Err(Fault::new(FaultKind::Rejected, "fetching a file").said("this side gives no files"))
    }

    /// How many calls a full read of so many records costs.
    fn cost(&self, object: &ObjectName, records: u64) -> u64;
}

/// Of what a record holds, how much the vendor gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// What it holds.
    pub object: ObjectName,
    /// How many the vendor says there are.
    pub stated: u64,
    /// How many of them it gives.
    pub given: u64,
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

    /// Notes that these records are there, and that no list shows them. One that is kept again is shown.
    async fn hide(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault>;

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

    /// Notes that the reading under way listed these records; `first` forgets what the one before listed.
    async fn list(&self, end: &End, ids: &[RecordId], first: bool) -> Result<(), Fault>;

    /// Forgets these records, for they are not there any more.
    async fn forget(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault>;

    /// Records of an end that carry one of these handles and are in no pair of this import.
    async fn candidates(
        &self,
        import: &ImportId,
        end: &End,
        wanted: &[(FieldName, String)],
    ) -> Result<Vec<Handle>, Fault>;

    /// Keeps what these records can be found by in these fields, in place of what was kept of them before.
    async fn note(
        &self,
        end: &End,
        fields: &[FieldName],
        records: &[RecordId],
        handles: &[Handle],
    ) -> Result<(), Fault>;

    /// Records of an end that carry one of these handles, in pairs or not.
    async fn carrying(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Fault>;

    /// Of each of these handles that several records carry which are there, two that do.
    async fn shared(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Fault>;

    /// The records that carry the same handle of a field as another one that is there, in the order of handles and ids,
    /// after that one.
    async fn sharing(
        &self,
        end: &End,
        field: &FieldName,
        after: Option<&Handle>,
        at_most: usize,
    ) -> Result<Vec<Handle>, Fault>;
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
    /// Of those that are there, those that no list shows.
    pub hidden: u64,
}

/// Time, so that it can be replaced.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, wait: Duration);
}
