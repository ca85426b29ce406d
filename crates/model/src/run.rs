//! One execution of an import, what it counted, and what it can swear to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Certificate, FieldKind, FieldName, ImportId, ObjectName, PairingId, RunId, Seal};

/// One execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The import it executes.
    pub import: ImportId,
    /// What set it off.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Timestamp,
    /// Where it stands.
    pub state: RunState,
    /// What it counted, once it ended.
    pub report: Option<Report>,
}

/// What sets a run off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody asked for it.
    Manual,
    /// Its schedule was due.
    Periodic,
    /// A vendor said that something changed.
    Heard,
    /// Somebody took back what was written.
    Undo,
    /// Somebody had what failed tried again.
    Retry,
}

/// Which side a run writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The right side, from the left one.
    #[default]
    Forward,
    /// The left side, from the right one.
    Reverse,
    /// Either side from the other.
    Both,
}

impl Direction {
    /// Whether the right side is written.
    pub fn is_forward(self) -> bool {
        self != Self::Reverse
    }

    /// Whether the left side is written.
    pub fn is_reverse(self) -> bool {
        self != Self::Forward
    }
}

/// Where a run stands. There is no "done with gaps".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum RunState {
    /// At work, or killed while at work.
    Working,
    /// Everything arrived, and the certificate holds.
    Done {
        /// When.
        at: Timestamp,
    },
    /// It came to its end, and something is missing or waits for a person.
    Incomplete {
        /// When.
        at: Timestamp,
    },
    /// It could not go on.
    Stopped {
        /// When.
        at: Timestamp,
        /// Why, in one sentence.
        why: String,
    },
}

/// What a run counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which side was written.
    #[serde(default)]
    pub direction: Direction,
    /// One line per pairing, in the recipe's order.
    pub lines: Vec<Line>,
    /// Left records that no pairing takes, per object.
    pub excluded: BTreeMap<ObjectName, u64>,
    /// Records that the left vendor no longer has, per object.
    pub gone: BTreeMap<ObjectName, u64>,
    /// Left fields that hold values and that no rule moves: `object.field`, with the reason.
    pub not_mapped: BTreeMap<String, String>,
    /// Left fields that the recipe leaves out on purpose, by pairing.
    #[serde(default)]
    pub ignored: BTreeMap<PairingId, Vec<FieldName>>,
    /// What texts lost in the right side's markup: `pairing.field: what`, and how often.
    #[serde(default)]
    pub left_out: BTreeMap<String, u64>,
    /// Custom fields that were added on the right: `object.field`; an object that was made: `object`.
    pub schema_added: Vec<String>,
    /// What became of the left side's fields since the run before.
    #[serde(default)]
    pub drift: Vec<Drift>,
    /// Files that were brought.
    #[serde(default)]
    pub files: FileCounts,
    /// Problems that are open.
    pub problems: u64,
    /// Calls to the left vendor.
    pub left_calls: Calls,
    /// Calls to the right vendor.
    pub right_calls: Calls,
    /// Tries that failed and were made again.
    pub retries: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it can swear to.
    pub certificate: Certificate,
    /// The installation's signature under all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

/// What a run counted of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// Files brought to the right side; one that many records show counts once.
    pub brought: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that could not be had in this run, by the reason.
    pub missing: BTreeMap<String, u64>,
    /// Fields of records that miss a file, from this run or an earlier one; each is an open problem.
    pub records_missing: u64,
    /// Files that were fetched back from the right side, their SHA-256 compared with that of the left side's bytes.
    pub compared: u64,
    /// Of these, those that were equal.
    pub equal: u64,
    /// Files that the right side did not give back for comparing.
    pub not_compared: u64,
}

/// What became of a left field since it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The left object.
    pub object: ObjectName,
    /// The field, as it is named now, or was named last.
    pub field: FieldName,
    /// What became of it.
    pub became: Became,
    /// What follows for the right side, in one sentence.
    pub effect: String,
}

/// What can become of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It was not there before.
    New,
    /// It is not there any more.
    Gone,
    /// It had another name.
    Renamed {
        /// That name.
        from: FieldName,
    },
    /// It is a list, and takes other words.
    Reworded {
        /// Words it did not take.
        more: Vec<String>,
        /// Words it takes no more.
        fewer: Vec<String>,
    },
    /// It held something else.
    Another {
        /// What it held.
        from: FieldKind,
        /// What it holds.
        to: FieldKind,
    },
}

/// One pairing's counts in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The pairing.
    pub pairing: PairingId,
    /// Left records that belong to it.
    pub left: u64,
    /// Made on the right.
    pub created: u64,
    /// Written on the right.
    pub updated: u64,
    /// Found on the right and adopted.
    pub adopted: u64,
    /// Looked at, and alike.
    pub alike: u64,
    /// Not written, with a reason.
    pub failed: u64,
    /// Waiting for a person while the rest of the record went on.
    pub waiting: u64,
    /// Made on the left, as counterparts of right records.
    #[serde(default)]
    pub left_created: u64,
    /// Written on the left.
    #[serde(default)]
    pub left_updated: u64,
    /// Archived on the right, because their left records are gone.
    #[serde(default)]
    pub archived: u64,
    /// Deleted on the right, because their left records are gone.
    #[serde(default)]
    pub deleted: u64,
    /// Made anew on the right, because their left records became another kind or went elsewhere.
    #[serde(default)]
    pub rehomed: u64,
    /// Earlier counterparts that stay beside those made anew, each with its reason.
    #[serde(default)]
    pub left_behind: u64,
}

impl Line {
    /// A line with nothing counted yet.
    pub fn new(pairing: &PairingId) -> Self {
        Self {
            pairing: pairing.clone(),
            left: 0,
            created: 0,
            updated: 0,
            adopted: 0,
            alike: 0,
            failed: 0,
            waiting: 0,
            left_created: 0,
            left_updated: 0,
            archived: 0,
            deleted: 0,
            rehomed: 0,
            left_behind: 0,
        }
    }
}

/// Calls to one vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Calls that read.
    pub reads: u64,
    /// Calls that write.
    pub writes: u64,
    /// Tries that failed and were made again; counted in the two above as well.
    pub retries: u64,
    /// Bytes received.
    pub bytes_in: u64,
}
