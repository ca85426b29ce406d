//! What a run works with, and what it counts while it works.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{
    ChangeId, Clock, Destination, Direction, End, Fault, Files, Import, Intents, Line, Mirror, ObjectName,
    PairingId, Read, RecordId, RunId, Side, Source, Timestamp,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    bring::{Bringing, Moved},
    retry::{NextTry, next_try},
};

/// Everything a run reaches: both sides, memory, time, and whoever watches.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The import.
    pub import: &'a Import,
    /// The run's id.
    pub run: &'a RunId,
    /// Reads the left side.
    pub left: &'a dyn Source,
    /// Reads the right side.
    pub right_source: &'a dyn Source,
    /// Writes the right side.
    pub right: &'a dyn Destination,
    /// Writes the left side, where its connector can.
    pub left_writer: Option<&'a dyn Destination>,
    /// Which side is written.
    pub direction: Direction,
    /// Whether a person approved that many records are archived or deleted because others are gone.
    pub deletes_approved: bool,
    /// Whether the left side is not asked anything: what is known of it counts.
    pub left_unasked: bool,
    /// How much of the import, and whether all of it is read.
    pub scope: &'a Scope,
    /// Raw copies.
    pub mirror: &'a dyn Mirror,
    /// Plans, outcomes, bases.
    pub intents: &'a dyn Intents,
    /// Which files were brought.
    pub files: &'a dyn Files,
    /// A folder for files on their way; what is in it after a run is nobody's.
    pub scratch: &'a Path,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Whoever watches.
    pub progress: &'a dyn Progress,
}

impl Work<'_> {
    /// What the clock of the right side shows: its records are dated by it, and ours may be wrong.
    pub fn right_now(&self) -> Timestamp {
        self.right_source.vendor_now().unwrap_or_else(|| self.clock.now())
    }

    /// A left object of the import.
    pub fn left_end(&self, object: &ObjectName) -> End {
        End::new(&self.import.left, object)
    }

    /// A right object of the import.
    pub fn right_end(&self, object: &ObjectName) -> End {
        End::new(&self.import.right, object)
    }
}

/// How much of an import a run takes up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Objects, of either side, or pairings; empty: all. What shares an object with one of these is taken up too.
    pub only: Vec<String>,
    /// Whether every record is read again, whatever was read before.
    pub rescan: bool,
    /// What both sides said a moment ago, if they are not to be read again before something is written.
    pub heard: Option<Heard>,
    /// Records that a vendor said had changed, to be read before anything is planned.
    pub hints: Vec<Hint>,
}

/// A record that a vendor said had changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Whose word it is.
    pub side: Side,
    /// The record's object on that side.
    pub object: ObjectName,
    /// The record.
    pub record: RecordId,
}

impl Scope {
    /// These records alone: neither side is asked for anything else before something is written.
    pub fn hinted(hints: Vec<Hint>) -> Self {
        Self {
            heard: Some(Heard::default()),
            hints,
            ..Self::default()
        }
    }
}

/// What both sides said while they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub(crate) reads: Vec<Read>,
    pub(crate) named: BTreeMap<ObjectName, u64>,
    pub(crate) unasked: BTreeMap<ObjectName, u64>,
    pub(crate) unavailable: BTreeMap<ObjectName, String>,
    pub(crate) gone: BTreeMap<ObjectName, u64>,
}

/// What an object is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Reading it from the left side.
    ReadingLeft,
    /// Reading it from the right side.
    ReadingRight,
    /// Planning and writing it.
    Writing,
    /// Planning and writing what goes back to the left.
    WritingLeft,
    /// Reading back what was written.
    ReadingBack,
}

/// Watches a run.
pub trait Progress: Send + Sync {
    /// So many records of an object are through a stage; `total` is absent while it is not known.
    fn stage(&self, object: &ObjectName, stage: Stage, done: u64, total: Option<u64>);
}

/// Watches nothing.
pub struct Unwatched;

impl Progress for Unwatched {
    fn stage(&self, _: &ObjectName, _: Stage, _: u64, _: Option<u64>) {}
}

/// How many left pages are in hand at once: some vendors' are tens of megabytes.
const PAGES_AT_ONCE: usize = 3;

/// What a run counts while its stages work side by side.
pub(crate) struct Tally {
    counts: Mutex<Counts>,
    pages: Semaphore,
    ids: AtomicU64,
    retries: AtomicU64,
    pub(crate) bringing: Bringing,
}

/// The counts behind a tally's lock.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) lines: BTreeMap<PairingId, Line>,
    pub(crate) excluded: BTreeMap<ObjectName, u64>,
    pub(crate) gone: BTreeMap<ObjectName, u64>,
    /// How each object was read.
    pub(crate) reads: Vec<Read>,
    /// How many records of a left object the vendor named, where it did.
    pub(crate) named: BTreeMap<ObjectName, u64>,
    /// Left records that were not in the list and that were not asked for one by one.
    pub(crate) unasked: BTreeMap<ObjectName, u64>,
    /// Left objects that the vendor does not give us, and why.
    pub(crate) unavailable: BTreeMap<ObjectName, String>,
    pub(crate) unmapped_seen: BTreeMap<ObjectName, HashSet<model::FieldName>>,
    pub(crate) left_out: BTreeMap<String, u64>,
    /// Right records this run wrote and has not read back yet, by the hash of their ids.
    pub(crate) written: BTreeMap<PairingId, HashSet<u64>>,
    /// Right records that may be gone: what referred to them refers to others now.
    pub(crate) suspects: BTreeSet<(ObjectName, RecordId)>,
    /// Counterparts that were not in the list and were not asked for one by one.
    pub(crate) unlisted_rights: BTreeMap<ObjectName, u64>,
    /// The ids of those whose object cannot be listed.
    pub(crate) unlisted: BTreeMap<ObjectName, Vec<RecordId>>,
    pub(crate) n_written: BTreeMap<PairingId, u64>,
    pub(crate) read_back: BTreeMap<PairingId, u64>,
    pub(crate) equal: BTreeMap<PairingId, u64>,
    pub(crate) files: Moved,
    /// Right records that are not the text that was answered when they were written, of the objects that are looked below.
    pub(crate) moved: BTreeMap<ObjectName, BTreeSet<RecordId>>,
    /// Left records that became another kind, and whose counterparts follow once what was changed on these has gone back.
    pub(crate) held: BTreeMap<ObjectName, Vec<RecordId>>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            counts: Mutex::new(Counts::default()),
            pages: Semaphore::new(PAGES_AT_ONCE),
            ids: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            bringing: Bringing::default(),
        }
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        // A panic elsewhere cannot leave counts half-written: each is one addition.
        self.counts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits until another left page may be taken in hand; none comes if nobody is to read any more.
    pub(crate) async fn page(&self) -> Option<SemaphorePermit<'_>> {
        self.pages.acquire().await.ok()
    }

    /// What both sides said so far.
    pub(crate) fn heard(&self) -> Heard {
        let counts = self.counts();
        Heard {
            reads: counts.reads.clone(),
            named: counts.named.clone(),
            unasked: counts.unasked.clone(),
            unavailable: counts.unavailable.clone(),
            gone: counts.gone.clone(),
        }
    }

    /// Takes up what both sides said before this run.
    pub(crate) fn take_up(&self, heard: &Heard) {
        let mut counts = self.counts();
        let heard = heard.clone();
        counts.reads = heard.reads;
        counts.named = heard.named;
        counts.unasked = heard.unasked;
        counts.unavailable = heard.unavailable;
        counts.gone = heard.gone;
    }

    pub(crate) fn line(&self, pairing: &PairingId, count: impl FnOnce(&mut Line)) {
        count(
            self.counts()
                .lines
                .entry(pairing.clone())
                .or_insert_with(|| Line::new(pairing)),
        );
    }

    pub(crate) fn next_id(&self, run: &RunId) -> ChangeId {
        ChangeId::from(format!("{run}.{}", self.ids.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Whether this run wrote a right record, and has not read it back yet.
    pub(crate) fn wrote(&self, pairing: &PairingId, right: &RecordId) -> bool {
        let counts = self.counts();
        let marks = counts.written.get(pairing);
        marks.is_some_and(|marks| marks.contains(&mark(right)))
    }

    /// Notes that somebody did something to a right record, if that is of an object that is looked below.
    pub(crate) fn note_moved(&self, object: &ObjectName, id: &RecordId) {
        if let Some(moved) = self.counts().moved.get_mut(object) {
            moved.insert(id.clone());
        }
    }

    /// Takes a right record that this run deleted out of what is to be read back.
    pub(crate) fn forget_written(&self, object: &ObjectName, id: &RecordId) {
        let mut counts = self.counts();
        let counts = &mut *counts;
        for (pairing, marks) in &mut counts.written {
            if marks.remove(&mark(id))
                && let Some(number) = counts.n_written.get_mut(pairing)
            {
                *number = number.saturating_sub(1);
            }
        }
        if let Some(unlisted) = counts.unlisted.get_mut(object) {
            unlisted.retain(|known| known != id);
        }
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }
}

/// A short mark for an id, to remember that we wrote it.
pub(crate) fn mark(id: &RecordId) -> u64 {
    let hash = blake3::hash(id.as_str().as_bytes());
    hash.as_bytes()
        .iter()
        .take(8)
        .fold(0, |mark, byte| (mark << 8) | u64::from(*byte))
}

/// Asks until there is an answer or no hope of one. Only for asking, never for creating.
pub(crate) async fn again<T>(
    work: &Work<'_>,
    tally: &Tally,
    ask: impl AsyncFnMut() -> Result<T, Fault>,
) -> Result<T, Fault> {
    again_by(work.clock, tally, ask).await
}

/// The same, by this clock.
pub(crate) async fn again_by<T>(
    clock: &dyn Clock,
    tally: &Tally,
    mut ask: impl AsyncFnMut() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let fault = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        match next_try(fault.kind(), attempt) {
            NextTry::After(wait) => {
                tally.count_retry();
                clock.sleep(wait).await;
            }
            NextTry::GiveUp => return Err(fault),
        }
    }
}
