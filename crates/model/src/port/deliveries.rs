//! Deliveries: where events are brought, what was brought, and what waits.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use crate::{Brought, ConnectionId, Fault, MessageId, ParcelKind, Position, SourceId};

/// Takes what events became.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Brings parcels of one kind in one call; what came of each, in their order. A fault is about all of them.
    async fn bring(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> Result<Vec<Brought>, Fault>;

    /// Makes the fields of these records that the customer has not: those that only our records would have.
    async fn make_fields(&self, kind: ParcelKind, bodies: &[Map<String, Json>]) -> Result<(), Fault>;

    /// How many a call takes.
    fn most(&self, kind: ParcelKind) -> usize;
}

/// One way through the journal to a destination: the first goes on for ever, and each replay has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which.
    pub id: LaneId,
    /// Everything up to here is done with.
    pub position: Position,
    /// So far what has no key at the destination was being sent when it was last heard of.
    pub sending: Option<Position>,
    /// Only events of this source.
    pub source: Option<SourceId>,
    /// There the lane ends.
    pub until: Option<Position>,
    /// That it does not get on, if so.
    pub failing: Option<Failing>,
    /// Whether a person must let it go on.
    pub stopped: bool,
}

/// Which lane of a destination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId {
    /// The destination.
    pub to: ConnectionId,
    /// Its name there: empty, or that of a replay.
    pub name: String,
}

/// That a lane does not get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// So many tries.
    pub tries: u32,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// Why.
    pub complaint: String,
}

/// What is known of a person or a company at a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// The company that a person belongs to, as far as events said.
    pub company: Option<String>,
    /// Whether the destination has it; nothing, if that was never tried.
    pub is_there: Option<bool>,
    /// The id that a person has instead of this one, if an alias gave another.
    pub became: Option<String>,
}

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where it lies in the journal.
    pub position: Position,
    /// Whose it is.
    pub source: SourceId,
    /// Which it is.
    pub message_id: MessageId,
    /// Why, in a word.
    pub reason: String,
    /// The vendor's words, if it had any.
    pub words: String,
    /// The person or company that must be there first; empty, if a person decides.
    pub waits_for: String,
    /// Since when.
    pub held_at: Timestamp,
}

/// What a piece of a lane came to.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// Where the lane goes on; nothing, if what was held was brought.
    pub position: Option<Position>,
    /// So far what has no key at the destination may have arrived or not.
    pub sending: Option<Position>,
    /// What waits from now on.
    pub held: Vec<Held>,
    /// What waits no more.
    pub released: Vec<Position>,
    /// What is known by now.
    pub met: HashMap<String, Acquaintance>,
    /// How many events of a source became what.
    pub counts: Vec<(SourceId, String, u64)>,
}

/// Keeps how far deliveries are.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// The lanes of a destination, the first one first.
    async fn lanes(&self, to: &ConnectionId) -> Result<Vec<Lane>, Fault>;

    /// Opens a lane.
    async fn open_lane(&self, lane: &Lane) -> Result<(), Fault>;

    /// Ends one.
    async fn close_lane(&self, id: &LaneId) -> Result<(), Fault>;

    /// Notes that what lies up to there is being sent, or that for sure nothing was.
    async fn begin_sending(&self, id: &LaneId, to: Option<Position>) -> Result<(), Fault>;

    /// Notes that these held events are being sent, and no others.
    async fn begin_sending_held(&self, to: &ConnectionId, held: &[Position]) -> Result<(), Fault>;

    /// Keeps what a piece came to, all at once.
    async fn settle(&self, id: &LaneId, settling: &Settling, now: Timestamp) -> Result<(), Fault>;

    /// Notes that a lane does not get on, or that it does again.
    async fn note_failing(&self, id: &LaneId, failing: Option<&Failing>, stopped: bool) -> Result<(), Fault>;

    /// What is known of these people and companies.
    async fn acquaintances(
        &self,
        to: &ConnectionId,
        names: &[String],
    ) -> Result<HashMap<String, Acquaintance>, Fault>;

    /// Held events that wait for nothing more, in their order; with whether each was being sent when it was last heard of.
    async fn ripe(&self, to: &ConnectionId, at_most: usize) -> Result<Vec<(Held, bool)>, Fault>;

    /// Drops what was held before that moment; how many of each source.
    async fn expire(&self, to: &ConnectionId, before: Timestamp) -> Result<Vec<(SourceId, u64)>, Fault>;
}
