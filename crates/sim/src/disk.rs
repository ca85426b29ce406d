//! The simulated disk: the real store, whose calls are never half done, and which can be full.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use model::{
    AddressMark, Attachment, Base, BroughtFile, Change, Clock, Decision, Destination, End, Fault, FaultKind,
    FileRef, Files, Handle, ImportId, Intents, Keep, Kept, KnownFile, Memory, Met, Mirror, ObjectName,
    PairRow, PairingId, Planning, Problem, Raw, RawHash, RecordId, Replaced, RightRow, RunId, Seen, Seq,
    Settlement, Side,
};
use store::{Store, StoreError, VaultKey};
use tempfile::TempDir;
use tokio::runtime::{EnterGuard, Runtime};

use crate::{
    clock::{SimClock, at_once},
    counts::{Befell, Counts},
    death::{Death, Moment},
    mischief::Mischief,
};

/// What simulations of one thread share: the threads that serve the store, and an empty database to copy.
pub struct Ground {
    runtime: Runtime,
    folder: TempDir,
}

const EMPTY: &str = "empty.db";
const STATE: &str = "state.db";

impl Ground {
    /// Makes the empty database.
    pub fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            // One, so that what was asked for before is done when what was asked for later is.
            .max_blocking_threads(1)
            .enable_all()
            .build()?;
        // In memory where there is such a folder: what is simulated is no loss of power.
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory)?,
            false => tempfile::tempdir()?,
        };
        let ground = Self { runtime, folder };
        let _entered = ground.runtime.enter();
        let store = ground.open(&ground.folder.path().join(EMPTY), Arc::new(SimClock::new()));
        at_once(store.map_err(io::Error::other)?.close());
        drop(_entered);
        Ok(ground)
    }

    /// While this lives, the store finds its threads.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Waits until every file that was being read or written is.
    pub fn finish_files(&self) {
        let barrier = self.runtime.spawn_blocking(|| ());
        // Nothing is lost where the barrier is: it does nothing.
        let _ = at_once(barrier);
    }

    /// A folder for one simulation, with a database in which nothing is kept.
    pub fn folder(&self) -> io::Result<TempDir> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        fs::copy(self.folder.path().join(EMPTY), folder.path().join(STATE))?;
        Ok(folder)
    }

    /// A folder with the state of another, as it is on the disk at this moment.
    pub fn fork(&self, from: &Path) -> io::Result<TempDir> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        for name in [STATE, "state.db-wal"] {
            let path = from.join(name);
            if path.exists() {
                fs::copy(path, folder.path().join(name))?;
            }
        }
        Ok(folder)
    }

    /// Opens the state in a folder.
    pub fn store(&self, folder: &Path, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
        let _entered = self.runtime.enter();
        self.open(&folder.join(STATE), clock)
    }

    fn open(&self, path: &Path, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
        let url: PathBuf = path.to_owned();
        at_once(Store::open(
            &url.to_string_lossy(),
            &VaultKey::from_bytes([7; 32]),
            clock,
        ))
    }
}

/// The store, as a process meets it.
pub struct Disk<'a> {
    /// The store itself.
    pub store: &'a Store,
    /// When the process dies.
    pub death: &'a Death,
    /// What befell.
    pub counts: &'a Counts,
    /// When the disk is full.
    pub room: &'a Room,
    /// The defect that was put in on purpose.
    pub mischief: &'a Mischief,
    /// Where writes go that the defect puts off.
    pub late_to: &'a dyn Destination,
}

/// How much room the disk has.
#[derive(Default)]
pub struct Room {
    commits: AtomicU64,
    full_from: AtomicU64,
    full_until: AtomicU64,
}

impl Room {
    /// The disk is full after so many commits from now, for so many more.
    pub fn fill(&self, after: u64, during: u64) {
        let from = self.commits.load(Ordering::Relaxed) + after;
        self.full_from.store(from, Ordering::Relaxed);
        self.full_until.store(from + during, Ordering::Relaxed);
    }

    /// Whether the next commit finds no room.
    fn is_full(&self) -> bool {
        let commit = self.commits.fetch_add(1, Ordering::Relaxed);
        (self.full_from.load(Ordering::Relaxed)..self.full_until.load(Ordering::Relaxed)).contains(&commit)
    }
}

impl Disk<'_> {
    async fn read<T>(&self, call: impl Future<Output = Result<T, Fault>> + Send) -> Result<T, Fault> {
        at_once(call)
    }

    async fn write<T: Send>(&self, call: impl Future<Output = Result<T, Fault>> + Send) -> Result<T, Fault> {
        self.death.step(Moment::BeforeCommit).await;
        if self.room.is_full() {
            self.counts.count(Befell::DiskFull);
            return Err(Fault::new(FaultKind::Settings, "keeping what was read").said("the disk is full"));
        }
        let result = at_once(call);
        self.death.step(Moment::AfterCommit).await;
        result
    }

    async fn pairs(
        &self,
        call: impl Future<Output = Result<Vec<PairRow>, Fault>> + Send,
    ) -> Result<Vec<PairRow>, Fault> {
        let mut rows = at_once(call)?;
        if self.mischief.forgets_bases() {
            rows.iter_mut().for_each(|row| row.base = Base::default());
        }
        Ok(rows)
    }

    async fn settle(&self, call: impl Future<Output = Result<(), Fault>> + Send) -> Result<(), Fault> {
        self.write(call).await?;
        self.mischief.write_late(self.late_to).await;
        Ok(())
    }
}

/// Implements a port by the store's own, each call in one of the ways above.
macro_rules! by_store {
    ($port:ident: $($way:ident $name:ident($($given:ident: $kind:ty),*) -> $result:ty;)*) => {
        #[async_trait]
        impl $port for Disk<'_> {
            $(async fn $name(&self, $($given: $kind),*) -> Result<$result, Fault> {
                self.$way($port::$name(self.store, $($given),*)).await
            })*
        }
    };
}

type Marked = HashMap<AddressMark, KnownFile>;
type Brought = HashMap<[u8; 32], BroughtFile>;
type Reference = (ObjectName, RecordId);

by_store! { Mirror:
    read progress(end: &End) -> Option<Keep>;
    write keep(end: &End, page: &[Raw], handles: &[Handle], progress: &Keep) -> Kept;
    write note(end: &End, fields: &[model::FieldName], records: &[RecordId], handles: &[Handle]) -> ();
    read carrying(end: &End, wanted: &[(model::FieldName, String)]) -> Vec<Handle>;
    read shared(end: &End, wanted: &[(model::FieldName, String)]) -> Vec<Handle>;
    read sharing(end: &End, field: &model::FieldName, after: Option<&Handle>, at_most: usize) -> Vec<Handle>;
    read changed(end: &End, after: Seq, at_most: usize) -> Vec<Seen>;
    read hashes(end: &End, ids: &[RecordId]) -> HashMap<RecordId, RawHash>;
    read raws(end: &End, ids: &[RecordId]) -> Vec<Raw>;
    read met(end: &End, pass: u64) -> Met;
    write lose(end: &End, ids: &[RecordId]) -> ();
    write hide(end: &End, ids: &[RecordId]) -> ();
    write list(end: &End, ids: &[RecordId], first: bool) -> ();
    read unmet(end: &End, pass: u64, at_most: usize) -> Vec<RecordId>;
    write forget(end: &End, ids: &[RecordId]) -> ();
    read there(end: &End, after: Option<&RecordId>, at_most: usize) -> Vec<RecordId>;
    read unpaired(import: &ImportId, end: &End, after: Option<&RecordId>, at_most: usize) -> Vec<Raw>;
    read candidates(import: &ImportId, end: &End, wanted: &[(model::FieldName, String)]) -> Vec<Handle>;
}

by_store! { Intents:
    read planned(import: &ImportId, end: &End, planning: Planning) -> Seq;
    pairs pairs(import: &ImportId, object: &ObjectName, left: &[RecordId]) -> Vec<PairRow>;
    pairs pairs_of_right(import: &ImportId, object: &ObjectName, right: &[RecordId]) -> Vec<PairRow>;
    pairs pairs_in(import: &ImportId, right_object: &ObjectName, after: Option<&RecordId>, at_most: usize) -> Vec<PairRow>;
    read rights(import: &ImportId, object: &ObjectName, right: &[RecordId]) -> Vec<RightRow>;
    read counterparts(import: &ImportId, references: &[Reference]) -> HashMap<Reference, Reference>;
    read counterparts_of_right(import: &ImportId, references: &[Reference]) -> HashMap<Reference, Reference>;
    read returning(import: &ImportId, right: &ObjectName, after: Option<&RecordId>, at_most: usize) -> Vec<RecordId>;
    read widowed(import: &ImportId, left: &End, after: Option<&RecordId>, at_most: usize) -> Vec<PairRow>;
    pairs bereft(import: &ImportId, left: &End, after: Option<&RecordId>, at_most: usize) -> Vec<PairRow>;
    read unlisted(import: &ImportId, right: &End, after: Option<&RecordId>, at_most: usize) -> Vec<RecordId>;
    read replaced(import: &ImportId, after: Option<&Reference>, all: bool, at_most: usize) -> Vec<Replaced>;
    read replaced_of(import: &ImportId, object: &ObjectName, left: &[RecordId]) -> Vec<Replaced>;
    read replaced_among(import: &ImportId, object: &ObjectName, right: &[RecordId]) -> Vec<Replaced>;
    pairs pairs_through(import: &ImportId, left: &ObjectName, pairing: &PairingId, after: Option<&RecordId>, at_most: usize) -> Vec<PairRow>;
    write revive(import: &ImportId, left: &End) -> ();
    read with_problem(import: &ImportId, object: &ObjectName, side: Side, after: Option<&RecordId>, at_most: usize) -> Vec<RecordId>;
    read decisions(import: &ImportId, object: &ObjectName, records: &[RecordId]) -> Vec<Decision>;
    write decide(import: &ImportId, decisions: &[Decision]) -> ();
    read waiting(import: &ImportId, object: &ObjectName, after: Option<&RecordId>, at_most: usize) -> Vec<RecordId>;
    write intend(import: &ImportId, run: &RunId, changes: &[Change]) -> ();
    settle settle(import: &ImportId, run: &RunId, settlement: &Settlement<'_>) -> ();
    read unsettled(import: &ImportId) -> Vec<Change>;
    read count_pairs(import: &ImportId, pairing: &PairingId, left: &End) -> u64;
    read problems(import: &ImportId, at_most: usize) -> Vec<Problem>;
    read count_problems(import: &ImportId) -> (u64, u64);
    read remembered(import: &ImportId) -> Option<Memory>;
    write remember(import: &ImportId, memory: &Memory) -> ();
}

by_store! { Files:
    read known(import: &ImportId, addresses: &[AddressMark]) -> Marked;
    read alike(import: &ImportId, contents: &[[u8; 32]]) -> Brought;
    write keep(import: &ImportId, files: &[KnownFile], owners: &[Attachment]) -> ();
    read attached(import: &ImportId, object: &ObjectName, records: &[RecordId]) -> HashMap<RecordId, Vec<FileRef>>;
    write let_go(import: &ImportId, files: &[String]) -> ();
    read missing(import: &ImportId) -> u64;
    read sum(import: &ImportId) -> model::FileSum;
}
