//! When an import runs by itself.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, Direction, ImportId};

/// When an import runs by itself, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The import.
    pub import: ImportId,
    /// How long from one run to the next.
    pub every: Duration,
    /// Which side its runs write.
    pub direction: Direction,
    /// Whether what its runs create and update is told to the import's hooks.
    pub automations: bool,
    /// Where in the interval its runs begin, in millionths of it: many imports should not begin in the same second.
    pub jitter: u32,
    /// When its latest run was set off, or, before the first, when the schedule was made.
    pub last_tick: Timestamp,
    /// Whether it stands still.
    pub paused: Option<Pause>,
}

/// Why a schedule stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// The reason with its cure, if it was not a person who paused it.
    pub why: Option<String>,
    /// The connection that was refused; giving it another token ends the pause.
    pub refused: Option<ConnectionId>,
}
