//! The journal: what was accepted, in its order, on disk before it is answered.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Event, Fault};

/// An event's place in the journal: the first is 1, each is one more than the one before, and none is used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// Keeps events until they were delivered.
///
/// Who delivers keeps for each destination how far it got, as a `Position` in the store, and reads on from there. What was
/// appended stays until `forget`, so a destination that is down costs disk and nothing else.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Keeps those events that were never kept before, in their order. When it returns, all of them are on disk, also
    /// those that are repeated. One answer for each event, in the same order.
    ///
    /// `Throttled`: nothing was kept, and there is no room to wait in; `Settings`: the disk refuses.
    async fn append(&self, events: Vec<Event>) -> Result<Vec<Appended>, Fault>;

    /// What follows after that position, at most so many events, and less when they are large. Reading on where the last
    /// reading ended is cheap; anywhere else it costs up to a megabyte of unpacking.
    async fn read(&self, after: Position, at_most: usize) -> Result<Stretch, Fault>;

    /// The position of the newest event that is on disk.
    fn end(&self) -> Position;

    /// Returns as soon as there is something after that position.
    async fn grown(&self, after: Position);

    /// Where those events begin that came at this moment or later: reading after it skips none of them, and begins at most
    /// a segment before the first. Nothing of what was forgotten comes back.
    async fn since(&self, moment: Timestamp) -> Result<Position, Fault>;

    /// Drops what lies at that position or before it and came before that moment, as far as whole files allow. Only who
    /// knows what every destination has taken may say the position. Says how many files went.
    async fn forget(&self, to: Position, received_before: Timestamp) -> Result<usize, Fault>;

    /// What there is.
    fn standing(&self) -> JournalStanding;
}

/// What became of an event that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is new, and lies there.
    New(Position),
    /// The same was kept before.
    Repeated,
}

/// Some events that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Each with its position. Positions miss between them where the disk has lost events.
    pub events: Vec<(Position, Event)>,
    /// Where reading goes on: at the last of them, or beyond what is lost.
    pub next: Position,
    /// How many positions between the asked one and `next` cannot be read: they were damaged on disk, or forgotten.
    pub missing: u64,
}

/// What a journal holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalStanding {
    /// The position of the oldest event that is still there; beyond the end if there is none.
    pub first: Position,
    /// The position of the newest.
    pub end: Position,
    /// How many files.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many events were found to be damaged on disk since the journal was opened.
    pub damaged: u64,
    /// How often it was made sure that everything is on disk.
    pub syncs: u64,
}
