//! What will be written, why, what came of it, and what only a person can decide.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ChangeId, ExternalKey, Fault, Field, FieldName, Fields, ObjectName, PairingId, Raw, RawHash, Record,
    RecordId, Side, Value,
};

/// What a pair last agreed on, in the right side's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// What the left side's fields turned into.
    #[serde(rename = "l")]
    pub left: Fields,
    /// What the right side answered, only where it differs from what it was given.
    #[serde(rename = "r", default, skip_serializing_if = "Fields::is_empty")]
    pub right: Fields,
}

/// One field's base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed<'a> {
    /// What the left value had turned into.
    pub left: &'a Value,
    /// What the right value was.
    pub right: &'a Value,
}

impl Base {
    /// What was agreed on for a field; what was never written is agreed to be empty.
    pub fn agreed(&self, field: &FieldName) -> Agreed<'_> {
        let left = self.left.get(field).unwrap_or(&Value::Nothing);
        Agreed {
            left,
            right: self.right.get(field).unwrap_or(left),
        }
    }
}

/// A left record with what is known of its counterpart: the planner's input.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The left record, already shaped.
    pub left: Record,
    /// The counterpart's id, if the two belong together already.
    pub right_id: Option<RecordId>,
    /// The right record, if the mirror has it.
    pub right: Option<Record>,
    /// What they last agreed on.
    pub base: Option<Base>,
    /// Whether the right record was there before us.
    pub adopted: bool,
    /// Whether some reference could not be followed the last time.
    pub waiting: bool,
    /// Whether some right value was still to be written to the left the last time.
    pub returning: bool,
    /// Right records that could be its counterpart; only for a first meeting.
    pub candidates: Vec<Record>,
}

/// What will be written for a batch of pairs, and what will not.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One write each.
    pub changes: Vec<Change>,
    /// What a person must decide.
    pub problems: Vec<Problem>,
    /// Pairs that are settled without any write: met for the first time and alike, or changed back.
    pub settled: Vec<Settled>,
    /// Left records whose counterparts take the places of others.
    pub rehomed: Vec<(ObjectName, RecordId)>,
    /// Pairs that a change brings to rest as well: what it makes holds what their left records say. Their right records are
    /// known once it is written.
    pub along: Vec<(ChangeId, Settled)>,
    /// How many pairs need nothing at all.
    pub alike: usize,
    /// What texts lose in the right side's markup: `pairing.field: what`, and how often.
    pub left_out: BTreeMap<String, u64>,
}

impl Plan {
    /// Adds another batch's plan to this one.
    pub fn take_in(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.problems.extend(other.problems);
        self.settled.extend(other.settled);
        self.rehomed.extend(other.rehomed);
        self.along.extend(other.along);
        self.alike += other.alike;
        for (what, times) in other.left_out {
            *self.left_out.entry(what).or_default() += times;
        }
    }
}

/// One planned write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// The pairing it belongs to.
    pub pairing: PairingId,
    /// The side that is written.
    pub side: Side,
    /// The object that is written.
    pub object: ObjectName,
    /// What is done.
    pub action: Action,
    /// The left object of the pair.
    pub left_object: ObjectName,
    /// The left record of the pair; empty while it is still to be made.
    pub left: RecordId,
    /// The right object of the pair.
    pub right_object: ObjectName,
    /// The right record of the pair; none while it is still to be made.
    pub right: Option<RecordId>,
    /// What a person would call the record.
    pub title: String,
    /// The fields written.
    pub fields: Vec<FieldChange>,
    /// Why.
    pub why: Reason,
    /// Whether the right record was there before us.
    pub adopted: bool,
    /// Whether some reference could not be followed yet, so that the pair must be planned again.
    pub waiting: bool,
    /// Whether some right value is still to be written to the left once this is written.
    #[serde(default)]
    pub returning: bool,
    /// What the pair agrees on once this is written.
    pub base: Base,
}

impl Change {
    /// What is kept of it before it is written. A right record's contents at its creation are those of its left record:
    /// after a crash it is looked for by its key, and compared with that record anew. Kept is which fields were sent, for
    /// what the vendor fills by itself is not ours to empty.
    #[must_use]
    pub fn intent(&self) -> Self {
        match (self.side, &self.action) {
            // What a counterpart takes along from the one before it is not in its left record.
            (Side::Right, Action::Create { .. }) if self.why != Reason::Rehomed => Self {
                id: self.id.clone(),
                pairing: self.pairing.clone(),
                side: self.side,
                object: self.object.clone(),
                action: self.action.clone(),
                left_object: self.left_object.clone(),
                left: self.left.clone(),
                right_object: self.right_object.clone(),
                right: self.right.clone(),
                title: self.title.clone(),
                fields: Vec::new(),
                why: self.why,
                adopted: self.adopted,
                waiting: self.waiting,
                returning: self.returning,
                base: Base {
                    left: self
                        .fields
                        .iter()
                        .map(|sent| (sent.name.clone(), Value::Nothing))
                        .collect(),
                    right: Fields::new(),
                },
            },
            _ => self.clone(),
        }
    }
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes the counterpart of a record of the other side.
    Create {
        /// The key of ours that the vendor stores, so that the record is found again after a lost answer.
        key: ExternalKey,
    },
    /// Writes fields of a record.
    Update(RecordId),
    /// Deletes a record.
    Delete(RecordId),
}

/// One field of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub name: FieldName,
    /// What is there now, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What will be there.
    pub after: Value,
}

/// Why a change is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The other side has a record that this side lacks.
    Missing,
    /// The two met for the first time, and differ.
    FirstMeeting,
    /// The other side changed.
    OtherSideChanged,
    /// The other side's record is gone.
    Gone,
    /// The import is deleted, with what it made.
    ImportDeleted,
    /// A person took back what an earlier run wrote.
    Undone,
    /// The record became another kind, or went elsewhere, and its counterpart follows: made anew, and the old one retired.
    Rehomed,
    /// Its counterpart is gone from the right side, and is made again.
    Again,
}

/// What came of a change.
#[derive(Debug)]
pub struct Outcome {
    /// The change.
    pub change: ChangeId,
    /// What was written, or why not.
    pub result: Result<Written, Fault>,
}

/// What a vendor answered to a write. A deletion that shows the record left it there: the vendor deletes none of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The record's id at the vendor.
    pub id: RecordId,
    /// The record as the vendor now has it, if the answer shows it.
    pub raw: Option<Raw>,
    /// How it is known.
    pub evidence: Evidence,
}

/// How it is known that a record is as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evidence {
    /// The vendor answered so.
    #[default]
    Answered,
    /// The answer was lost, and the record was found: somebody may have written into it since.
    LookedBack,
    /// What was to be made was there already, from an earlier try: it may hold what was meant then.
    There,
}

/// A pair that is at rest: what the store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The change that brought it there, if one was needed.
    pub change: Option<ChangeId>,
    /// The pairing.
    pub pairing: PairingId,
    /// The left object and record.
    pub left_object: ObjectName,
    /// The left record.
    pub left: RecordId,
    /// The right object.
    pub right_object: ObjectName,
    /// The right record.
    pub right: RecordId,
    /// What they agree on now.
    pub base: Base,
    /// Whether the right record was there before us; deleting the import never deletes it.
    pub adopted: bool,
    /// Whether some reference could not be followed yet.
    pub waiting: bool,
    /// Whether some right value is still to be written to the left.
    pub returning: bool,
    /// Whether the right record is the counterpart of another left record first of all.
    pub shared: bool,
    /// The hash of the right record as the vendor answered it: whoever reads the same text again need not look closer.
    pub right_hash: Option<RawHash>,
}

/// What became of the counterpart of a left record that is gone, or that lost it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It stays as it was.
    Kept,
    /// It was archived.
    Archived,
    /// It is gone as well: should the left record be there, its counterpart is made again.
    Deleted,
    /// It alone is gone, and what follows from that is not decided.
    Lost,
    /// It alone is gone, and the left record is left out.
    LeftOut,
    /// It became a part of another, which stands in its place.
    Merged,
}

impl Gone {
    /// Whether the left record has no counterpart of its own.
    pub fn is_without(self) -> bool {
        !matches!(self, Self::Kept | Self::Archived)
    }

    /// Whether the counterpart went although the left record did not.
    pub fn is_one_sided(self) -> bool {
        matches!(self, Self::Lost | Self::LeftOut | Self::Merged)
    }
}

/// A right record that was a counterpart, until another took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The pair as it was.
    pub pair: crate::PairRow,
    /// Whether it was decided that it stays.
    pub stays: bool,
}

/// What a person decided about a field that both sides changed, or about a counterpart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The left object.
    pub object: ObjectName,
    /// The left record.
    pub record: RecordId,
    /// The right field; none: it is about the record.
    pub field: Option<FieldName>,
    /// What was decided.
    pub choice: Choice,
    /// The left value that the person saw, in the right side's words.
    pub left: ValueMark,
    /// The right value that the person saw.
    pub right: ValueMark,
}

/// What a person can decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This side's value.
    Take(Side),
    /// This right record is the counterpart.
    Pair(RecordId),
    /// It has no counterpart, and is to have none.
    LeaveOut,
}

/// A mark of a value: a decision counts only for the values that its maker saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValueMark(pub u64);

impl ValueMark {
    /// The mark of a value.
    pub fn of(value: &Value) -> Self {
        let text = serde_json::to_vec(value).unwrap_or_default();
        let hash = blake3::hash(&text);
        let bytes = hash.as_bytes().iter().take(8);
        // Seven bits short, so that every database keeps it as a whole number.
        Self(bytes.fold(0, |mark, byte| (mark << 8) | u64::from(*byte)) >> 8)
    }
}

/// Something only a person can decide, or a record that did not arrive and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What sort of problem.
    pub kind: ProblemKind,
    /// The pairing, if the record found one.
    pub pairing: Option<PairingId>,
    /// The side that was to be written. A record's problems of one side are closed when it is planned for that side.
    #[serde(default = "right")]
    pub side: Side,
    /// The left object; of a right record that has no counterpart yet, the right object.
    pub object: ObjectName,
    /// The left record; of a right record that has no counterpart yet, that record.
    pub record: RecordId,
    /// What a person would call the record.
    pub title: String,
    /// The right field it is about, if it is about one.
    pub field: Option<FieldName>,
    /// One sentence: what is wrong, in the vendor's words where there are any.
    pub text: String,
    /// What to try.
    pub hint: Option<String>,
    /// Whether the record is not on the right because of it, so that the run is incomplete.
    pub blocks: bool,
}

fn right() -> Side {
    Side::Right
}

/// The sorts of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Both sides changed a field that neither owns.
    Clash,
    /// Two or more records could be the counterpart.
    EqualCandidates,
    /// A field that the right side requires has no value.
    MissingRequired,
    /// A record it refers to is not on the right.
    MissingReference,
    /// A value does not fit the right field.
    DoesNotFit,
    /// Several records say what only one may say.
    NotUnique,
    /// The vendor refused the record.
    Refused,
    /// The vendor sent a record that is not as documented.
    NotAsDocumented,
    /// The right side does not hold what was written.
    Differs,
    /// The record became another kind of record, and its counterpart is still the old kind.
    KindChanged,
    /// The counterpart is gone from the right side.
    GoneOnTheRight,
    /// The record is gone from the left side.
    GoneOnTheLeft,
    /// More records are gone than are deleted without asking.
    TooManyGone,
    /// A file that the record holds or shows could not be had; something stands for it.
    MissingFile,
    /// The vendor says that the record holds more than it gives.
    Withheld,
}

/// A change of the right side's schema that the rules need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    /// The right object.
    pub object: ObjectName,
    /// The fields to add.
    pub add: Vec<Field>,
    /// The object itself, if it is to be made first; making what is there already changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<NewObject>,
}

/// An object of ours on the right side: what a recipe says of it. From birth it has one field, [`NewObject::TITLE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewObject {
    /// What a person calls it.
    pub title: String,
    /// What the names of its records begin with: `LIC`.
    pub key_prefix: String,
}

impl NewObject {
    /// The field that holds what a person would call a record.
    pub const TITLE: &'static str = "title";
}
