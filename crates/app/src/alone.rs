//! One worker at a time on an import, and a look at how it gets on.
//!
//! Two things keep others out. A lock on a file does within one folder, and is free at once when its holder dies. A lease in
//! the store does between machines; it has to be renewed, and what is kept under a lease that was lost is refused. The
//! lock's file names the place in the lease: who holds the lock knows that the place's last holder is dead.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use connectors::kit::Budget;
use engine::schedule::stalled;
use model::{Clock, ConnectionId, Fault, FaultKind, ImportId, RunId, Timestamp};
use store::{Lease, Store};
use uuid::Uuid;

use crate::failure::Failure;

/// How long a lease lasts unless it is renewed.
const LASTS: Duration = Duration::from_secs(30);

/// How often it is renewed, and how often the run is looked at.
const BEAT: Duration = Duration::from_secs(5);

/// How long after a renewal nobody doubts the lease.
const SURE: Duration = Duration::from_secs(15);

/// Nobody else works on the import while this lives.
pub struct Alone {
    /// The run that works on it.
    pub run: RunId,
    /// How it gets on.
    pub watch: Arc<Watch>,
    scratch: Scratch,
    _lock: File,
}

/// A folder that is gone with this.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is cleared by the next run.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Alone {
    /// Keeps others out of an import; nothing if somebody is at work on it.
    pub async fn on(
        import: &ImportId,
        store: &Store,
        clock: &Arc<dyn Clock>,
        folder: &Path,
    ) -> Result<Option<Self>, Failure> {
        // A name may hold what no file's name may.
        let name: Vec<u8> = import.as_str().bytes().take(60).collect();
        let name = hex::encode(name);
        let Some((lock, place)) = lock(&folder.join(format!("{name}.lock")))? else {
            return Ok(None);
        };
        let run = RunId::from(Uuid::now_v7().to_string());
        let now = clock.now();
        let beat = Instant::now();
        let Some(lease) = store.take_lease(import, &run, &place, LASTS, now).await? else {
            return Ok(None);
        };
        let seen = Seen {
            beat,
            beat_at: now,
            moved_at: now,
            excused_until: None,
            stalled_since: None,
        };
        let watch = Watch {
            store: store.clone(),
            lease,
            clock: Arc::clone(clock),
            seen: Mutex::new(seen),
            budgets: Mutex::default(),
        };
        Ok(Some(Self {
            run,
            watch: Arc::new(watch),
            scratch: scratch(folder, &name)?,
            _lock: lock,
        }))
    }

    /// The run, and an empty folder for files on their way, which is gone with this.
    pub fn place(&self) -> (&RunId, &Path) {
        (&self.run, &self.scratch.0)
    }

    /// The store in our hands: what it intends and settles is refused once the lease is lost.
    pub fn store(&self) -> Store {
        self.watch.store.under(&self.watch.lease)
    }

    /// Lets others in.
    pub async fn leave(self) {
        if let Err(error) = self.watch.store.give_lease_back(&self.watch.lease).await {
            // It runs out by itself.
            tracing::warn!(error = %model::chain(&error), "A lease could not be given back");
        }
    }
}

/// Takes the lock, and reads which place it stands for; nothing if somebody has it.
fn lock(path: &Path) -> Result<Option<(File, String)>, Failure> {
    let broke = |error| Failure::broke(format!("The lock {} cannot be made", path.display())).because(error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(broke)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(broke(error)),
    }
    let mut place = String::new();
    // What cannot be read as text names no place.
    let _ = file.read_to_string(&mut place);
    if Uuid::parse_str(&place).is_err() {
        place = Uuid::now_v7().to_string();
        file.set_len(0).map_err(broke)?;
        file.seek(SeekFrom::Start(0)).map_err(broke)?;
        file.write_all(place.as_bytes()).map_err(broke)?;
    }
    Ok(Some((file, place)))
}

/// An empty folder for an import's files on their way. What a killed run left in it is gone.
fn scratch(folder: &Path, name: &str) -> Result<Scratch, Failure> {
    let path = folder.join(format!("{name}.files"));
    let broke =
        |error| Failure::broke(format!("The folder {} cannot be made", path.display())).because(error);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(broke(error)),
        _ => fs::create_dir(&path).map_err(broke)?,
    }
    Ok(Scratch(path))
}

/// Whether we still hold the lease, and whether the run gets on.
pub struct Watch {
    store: Store,
    lease: Lease,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
    budgets: Mutex<Vec<(ConnectionId, Arc<Budget>)>>,
}

struct Seen {
    /// When the lease was renewed last, by a clock that nobody sets and by the one that people read.
    beat: Instant,
    beat_at: Timestamp,
    moved_at: Timestamp,
    excused_until: Option<Timestamp>,
    stalled_since: Option<Timestamp>,
}

impl Watch {
    /// Renews the lease for as long as this is awaited; ends with the reason once the lease is lost.
    pub async fn keep(&self) -> Fault {
        loop {
            self.look_around().await;
            self.clock.sleep(BEAT).await;
            self.look();
            if let Err(fault) = self.beat().await {
                return fault;
            }
        }
    }

    /// Refuses once the lease may be lost: asked before anything is sent.
    pub async fn sure(&self) -> Result<(), Fault> {
        match self.age() < SURE {
            true => Ok(()),
            // Away for long, or somebody set a clock: who has the lease is what the store says.
            false => self.beat().await,
        }
    }

    /// Notes that the run got on.
    pub fn moved(&self) {
        self.seen().moved_at = self.clock.now();
    }

    /// Notes that the run waits because it was told to.
    pub fn excuse(&self, wait: Duration) {
        let until = self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        let mut seen = self.seen();
        seen.excused_until = seen.excused_until.max(Some(until));
    }

    /// Takes part in a connection's budget; waiting for it is no stalling.
    pub fn keep_to(&self, connection: &ConnectionId, budget: &Arc<Budget>) {
        budget.begin();
        self.budgets().push((connection.clone(), Arc::clone(budget)));
    }

    fn budgets(&self) -> MutexGuard<'_, Vec<(ConnectionId, Arc<Budget>)>> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds out how many others share the budgets. Not to know it costs a refusal at worst.
    async fn look_around(&self) {
        let budgets = self.budgets().clone();
        for (connection, budget) in budgets {
            match self.store.runs_over(&connection, self.clock.now()).await {
                Ok(all) => budget.among(all),
                Err(error) => {
                    tracing::warn!(connection.id = %connection, error = %model::chain(&error), "Other runs could not be counted");
                }
            }
        }
    }

    async fn beat(&self) -> Result<(), Fault> {
        let (beat, now) = (Instant::now(), self.clock.now());
        let stalled_since = self.seen().stalled_since;
        match self
            .store
            .renew_lease(&self.lease, LASTS, now, stalled_since)
            .await
        {
            Ok(true) => {
                let mut seen = self.seen();
                (seen.beat, seen.beat_at) = (beat, now);
                Ok(())
            }
            Ok(false) => Err(self.lost()),
            Err(error) if self.age() < LASTS => {
                tracing::warn!(import.id = %self.lease.import, error = %model::chain(&error), "A lease could not be renewed");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn lost(&self) -> Fault {
        let import = &self.lease.import;
        Fault::new(FaultKind::Settings, "going on with the import")
            .said(format!("another process has taken import `{import}` over"))
            .hint("this process was away for too long; the other one goes on, and nothing is lost")
    }

    /// How old the last renewal is, by the clock that says more.
    fn age(&self) -> Duration {
        let now = self.clock.now();
        let seen = self.seen();
        let by_people = now.duration_since(seen.beat_at).unsigned_abs();
        seen.beat.elapsed().max(by_people)
    }

    /// Whether the run has stalled; said once when it begins and once when it ends.
    fn look(&self) {
        let wait = self.budgets().iter().map(|(_, budget)| budget.wait()).max();
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            self.excuse(wait);
        }
        let now = self.clock.now();
        let mut seen = self.seen();
        let since = stalled(seen.moved_at, seen.excused_until, now);
        let before = std::mem::replace(&mut seen.stalled_since, since);
        drop(seen);
        let import = &self.lease.import;
        match (before, since) {
            (None, Some(since)) => {
                tracing::warn!(import.id = %import, %since, "A run makes no progress");
            }
            (Some(_), None) => tracing::info!(import.id = %import, "A run makes progress again"),
            _ => {}
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for (_, budget) in self.budgets().iter() {
            budget.end();
        }
    }
}
