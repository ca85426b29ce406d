//! Memory: the mirror, the intents, the catalog, the runs and the vault, in SQLite or PostgreSQL.
//!
//! It knows no vendor and decides nothing. Everything it keeps belongs to a workspace.

mod catalog;
mod db;
mod deliveries;
mod error;
mod files;
mod history;
mod hooks;
mod inbox;
mod inlets;
mod intents;
mod journal;
mod lease;
mod mirror;
mod open;
mod outbox;
mod pack;
mod plans;
mod recipes;
mod runs;
mod schedules;
mod signer;
mod sources;
#[cfg(test)]
mod suite;
mod vault;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use model::{Clock, End, ImportId};

pub use catalog::{Connection, ImportRow};
pub use deliveries::DeliveryCount;
pub use error::{StoreError, Trouble};
pub use history::{Fate, Past};
pub use hooks::{Hook, HookCounts};
pub use inbox::{Looked, OpenProblem};
pub use inlets::Inlet;
pub use journal::{FileJournal, JournalReader, Options as JournalOptions};
pub use lease::{AtWork, Lease};
pub use outbox::{Event, Message};
pub use sources::{Became, EventCount, UnknownKey};
pub use vault::VaultKey;

use crate::{db::Db, pack::Pack};

/// One workspace of a database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// SQLite has one writer: queueing for it here is fairer and cheaper than trying again.
    writer: Db,
    readers: Db,
    workspace: i64,
    workspace_name: Arc<str>,
    key: VaultKey,
    clock: Arc<dyn Clock>,
    pack: Arc<Pack>,
    known: Arc<Mutex<Known>>,
    /// Under which this one works, if it works on an import.
    lease: Option<Lease>,
}

/// The whole numbers that stand for names in the big tables. They are never used again for another name.
#[derive(Default)]
struct Known {
    ends: HashMap<End, i64>,
    imports: HashMap<ImportId, i64>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("workspace", &self.workspace_name)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Microseconds, as every time in the database is kept.
    fn now(&self) -> i64 {
        self.clock.now().as_microsecond()
    }
}
