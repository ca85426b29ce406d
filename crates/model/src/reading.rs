//! How an object is read: what is asked for, what a page says, and where reading goes on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cursor, ObjectName, Raw};

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The object.
    pub object: ObjectName,
    /// Everything, or what changed.
    pub mode: Mode,
    /// Where to go on; `None` at the beginning.
    pub cursor: Option<Cursor>,
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every record.
    Everything,
    /// Records that changed at this moment or later; a connector that cannot tell reads everything.
    ChangedSince(Timestamp),
    /// Every record of one of the lists that `Reading::Newest` counts, those that changed last first.
    NewestFirst {
        /// Which list, from 0.
        list: usize,
    },
}

/// How an object's records can be read again, when not everything is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// By the date of change.
    Since {
        /// Whether what changed comes in the order of the vendor's own dates of change.
        in_order: bool,
    },
    /// Those that changed last first; also page by page.
    Newest {
        /// From so many lists.
        lists: usize,
    },
    /// Page by page, in an order that stays: one reading may be spread over many runs.
    Pages,
    /// Only all at once.
    Whole,
    /// One by one, by their ids: no list has them.
    Singly,
}

/// A page and where reading goes on: one value, kept together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records, as sent.
    pub raws: Vec<Raw>,
    /// What comes after.
    pub next: Next,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is more; ask again with this cursor.
    More(Cursor),
    /// That was all.
    CaughtUp,
}

/// Where a pass over an end stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// The number of the pass; it grows with every pass.
    pub pass: u64,
    /// Where it goes on; `None` once it has come to its end.
    pub cursor: Option<Cursor>,
    /// When the pass began: what the next incremental one asks from.
    pub began_at: Timestamp,
    /// Whether it reads everything.
    pub whole: bool,
    /// What earlier passes leave to those that read less than everything.
    #[serde(default)]
    pub past: Past,
}

/// What is known of an end from earlier passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// When the last pass or round began that met every record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_at: Option<Timestamp>,
    /// The number of that pass: what is older was not met.
    #[serde(default)]
    pub whole_pass: u64,
    /// When the last look for changes began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Timestamp>,
    /// How many records the last whole pass or round read.
    #[serde(default)]
    pub records: u64,
    /// Whether what changed up to `began_at` is known for certain, so that nothing before it needs to be asked for again.
    #[serde(default)]
    pub is_settled: bool,
    /// The round under way.
    #[serde(default)]
    pub round: Round,
}

/// One reading of everything, spread over many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// How many runs have had it under way.
    pub runs: u64,
    /// How many pages it has read.
    pub pages: u64,
    /// How many records it has read.
    pub records: u64,
    /// When its first page was read; none, if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Where it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Whether it is through.
    #[serde(default)]
    pub done: bool,
}
