//! The journal as files: events in the order in which they were accepted, on disk before they are answered, each once.
//!
//! One thread writes. It takes what many requests wait for, writes it at once and makes sure of it once: so a disk that can
//! do that two hundred times a second keeps thousands of requests a second. Files are rolled, packed when they are closed,
//! and dropped when everything in them was delivered and is old enough. What a crash left half written was never answered,
//! and is cut off; what the disk has lost is skipped and said.

mod block;
mod files;
mod library;
mod record;
mod repack;
mod seen;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread::JoinHandle,
    time::Duration,
};

use async_trait::async_trait;
use model::{Appended, Event, Fault, FaultKind, Journal, JournalStanding, Position, Stretch, Timestamp};
use tokio::sync::oneshot;

use crate::{
    StoreError, Trouble,
    error::{Cause, Doing},
};
use library::Library;
use seen::{Seen, Shelf, Span};
use writer::{Job, Refused, Writer};

/// So many requests may wait to be written.
const MOST_JOBS: usize = 4096;

/// So many of their bytes.
const MOST_WAITING: usize = 64 << 20;

/// The largest event, as a last resort: whoever takes events in has a limit of its own.
const LARGEST: usize = 16 << 20;

/// How long whoever finds no room should wait.
const WAIT: Duration = Duration::from_secs(1);

/// How a journal keeps its files.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// About so many bytes are in a file before another is begun.
    pub segment_bytes: u64,
    /// For how long an event that comes again is known.
    pub remember: Duration,
    /// How many bytes of memory may be spent on knowing quickly what did not come before. Beyond them, the disk is asked.
    pub memory_bytes: u64,
    /// Somebody has read so far: no new event gets this position or one before it, whatever the disk has lost.
    pub passed: Position,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            remember: Duration::from_hours(35 * 24),
            memory_bytes: 256 << 20,
            passed: Position(0),
        }
    }
}

/// A journal in a folder, which no other process writes to.
pub struct FileJournal {
    library: Arc<Library>,
    shelf: Arc<Shelf>,
    jobs: Option<SyncSender<Job>>,
    waiting: Arc<AtomicUsize>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    _lock: File,
}

impl FileJournal {
    /// Opens the journal in a folder; makes it if there is none. Reads what was written last, so it may take a second.
    pub async fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        let folder = folder.to_owned();
        let opened = tokio::task::spawn_blocking(move || Self::open_now(&folder, options)).await;
        let opened = opened
            .map_err(|error| Cause::new(Trouble::Unexpected, error))
            .and_then(|opened| opened);
        opened.doing("opening the journal of events")
    }

    fn open_now(folder: &Path, options: Options) -> Result<Self, Cause> {
        fs::create_dir_all(folder).map_err(cause)?;
        let lock = File::create(folder.join("lock")).map_err(cause)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Trouble::Locked.into()),
            Err(TryLockError::Error(error)) => return Err(cause(error)),
        }
        files::sweep(folder).map_err(cause)?;
        let library = Arc::new(Library::open(folder, true).map_err(cause)?);
        let (shelf, again) =
            Shelf::open(&folder.join("keys"), options.remember, options.memory_bytes).map_err(cause)?;
        let shelf = Arc::new(shelf);
        let seen = recalled(&library, &shelf, &again).map_err(cause)?;
        library.pass(shelf.kept_to().max(options.passed.0));
        let (jobs, waits) = mpsc::sync_channel(MOST_JOBS);
        // One word is enough: whoever tidies does all there is.
        let (tidy, has_to_tidy) = mpsc::sync_channel(1);
        let waiting = Arc::new(AtomicUsize::new(0));
        let writer =
            Writer::open(Arc::clone(&library), seen, options, Arc::clone(&waiting), tidy).map_err(cause)?;
        let mut threads = vec![thread("journal", move || writer.work(&waits)).map_err(cause)?];
        let (keeper, keepers) = (Arc::clone(&library), Arc::clone(&shelf));
        threads.push(thread("journal-keeper", move || keep(&keeper, &keepers, &has_to_tidy)).map_err(cause)?);
        Ok(Self {
            library,
            shelf,
            jobs: Some(jobs),
            waiting,
            threads: Mutex::new(threads),
            _lock: lock,
        })
    }
}

impl Drop for FileJournal {
    /// What was accepted is written; what can be made anew from it is too, so that opening again is quick.
    fn drop(&mut self) {
        self.jobs = None;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

/// A journal's files as anybody may read them, also while a process writes to them.
pub struct JournalReader {
    library: Arc<Library>,
}

impl JournalReader {
    /// Looks at the journal in a folder as it is now; nothing if there is none.
    pub async fn open(folder: &Path) -> Result<Option<Self>, StoreError> {
        let folder = folder.to_owned();
        let opened = tokio::task::spawn_blocking(move || match folder.is_dir() {
            true => Library::open(&folder, false).map(Some),
            false => Ok(None),
        });
        let opened = opened
            .await
            .map_err(|error| Cause::new(Trouble::Unexpected, error));
        let library = opened
            .and_then(|opened| opened.map_err(cause))
            .doing("looking at the journal of events")?;
        Ok(library.map(|library| Self {
            library: Arc::new(library),
        }))
    }

    /// As `Journal::read`.
    pub async fn read(&self, after: Position, at_most: usize) -> Result<Stretch, StoreError> {
        read(&self.library, after, at_most)
            .await
            .doing("reading the journal of events")
    }

    /// As `Journal::since`.
    pub fn since(&self, moment: Timestamp) -> Position {
        Position(self.library.since(moment.as_microsecond()))
    }

    /// What there is.
    pub fn standing(&self) -> JournalStanding {
        self.library.standing()
    }
}

async fn read(library: &Arc<Library>, after: Position, at_most: usize) -> Result<Stretch, Cause> {
    let library = Arc::clone(library);
    let read = tokio::task::spawn_blocking(move || library.read(after, at_most)).await;
    read.map_err(|error| Cause::new(Trouble::Unexpected, error))?
        .map_err(cause)
}

#[async_trait]
impl Journal for FileJournal {
    async fn append(&self, events: Vec<Event>) -> Result<Vec<Appended>, Fault> {
        let Some(first) = events.first() else {
            return Ok(Vec::new());
        };
        let doing = || "keeping events";
        let (answer, answered) = oneshot::channel();
        let mut job = Job {
            keys: events.iter().map(record::key).collect(),
            records: Vec::with_capacity(events.iter().map(|event| event.body.len() + 256).sum()),
            received_at: first.received_at.as_microsecond(),
            answer,
        };
        let is_small = |event: &Event| event.body.len() + event.message_id.as_str().len() < LARGEST;
        if !events
            .iter()
            .all(|event| is_small(event) && record::put(&mut job.records, event))
        {
            return Err(Fault::new(FaultKind::Rejected, doing()).said("an event is too large"));
        }
        let busy = || Fault::new(FaultKind::Throttled { wait: Some(WAIT) }, doing());
        let bytes = job.records.len();
        if self.waiting.fetch_add(bytes, Ordering::AcqRel) > MOST_WAITING {
            self.waiting.fetch_sub(bytes, Ordering::AcqRel);
            return Err(busy());
        }
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
        match sent {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => {
                self.waiting.fetch_sub(bytes, Ordering::AcqRel);
                return Err(busy());
            }
            Some(Err(TrySendError::Disconnected(_))) | None => return Err(stopped()),
        }
        match answered.await {
            Ok(Ok(appended)) => Ok(appended),
            Ok(Err(Refused::Busy)) => Err(busy()),
            Ok(Err(Refused::Disk(kind))) => Err(cause(io::Error::from(kind))).fault("keeping events"),
            Err(_) => Err(stopped()),
        }
    }

    async fn read(&self, after: Position, at_most: usize) -> Result<Stretch, Fault> {
        read(&self.library, after, at_most)
            .await
            .fault("reading the journal of events")
    }

    fn end(&self) -> Position {
        Position(*self.library.end.borrow())
    }

    async fn grown(&self, after: Position) {
        let mut end = self.library.end.subscribe();
        // The sender lives as long as the library does.
        let _ = end.wait_for(|end| *end > after.0).await;
    }

    async fn since(&self, moment: Timestamp) -> Result<Position, Fault> {
        Ok(Position(self.library.since(moment.as_microsecond())))
    }

    async fn forget(&self, to: Position, received_before: Timestamp) -> Result<usize, Fault> {
        // Which events came is found again in the journal after a crash, so what no file of keys has yet stays.
        let to = to.0.min(self.shelf.kept_to());
        let library = Arc::clone(&self.library);
        let forgotten =
            tokio::task::spawn_blocking(move || library.forget(to, received_before.as_microsecond())).await;
        let forgotten = forgotten.map_err(|error| Cause::new(Trouble::Unexpected, error));
        forgotten
            .and_then(|forgotten| forgotten.map_err(cause))
            .fault("dropping old events")
    }

    fn standing(&self) -> JournalStanding {
        self.library.standing()
    }
}

fn stopped() -> Fault {
    Fault::new(FaultKind::Settings, "keeping events").said("the journal has stopped")
}

fn cause(error: io::Error) -> Cause {
    let trouble = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Unreadable,
    };
    Cause::new(trouble, error)
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// What is known of the events at positions that no file of keys covers, from the journal itself.
fn recalled(library: &Library, shelf: &Arc<Shelf>, again: &[(u64, u64)]) -> io::Result<Seen> {
    let mut seen = Seen::new(Arc::clone(shelf));
    for (first, last) in again {
        // What was covered by a file of its own becomes one again, and nothing besides.
        seen.freeze_all();
        shelf.tidy()?;
        library.walk(first.saturating_sub(1), |position, record| {
            if position > *last {
                return Some(false);
            }
            let event = record::get(record)?;
            let received_at = event.received_at.as_microsecond();
            let span = Span {
                first: position,
                last: position,
                oldest: received_at,
                newest: received_at,
            };
            if seen.note([record::key(&event)], span) && seen.is_full() {
                let _ = shelf.tidy();
            }
            Some(position < *last)
        })?;
    }
    shelf.tidy()?;
    Ok(seen)
}

/// Does, beside the writer, what nobody waits for.
fn keep(library: &Library, shelf: &Shelf, has_to_tidy: &Receiver<()>) {
    // A file that was closed just before the last end waits too.
    let mut has_more = true;
    loop {
        if let Err(error) = shelf.tidy() {
            tracing::error!(%error, "The files of event keys cannot be tidied");
        }
        has_more = has_more
            && library.pack_one().unwrap_or_else(|error| {
                tracing::error!(%error, "A file of the journal cannot be packed");
                false
            });
        match (has_more, has_more.then(|| has_to_tidy.try_recv().err())) {
            (true, Some(Some(mpsc::TryRecvError::Disconnected))) => break,
            (true, _) => continue,
            _ => {}
        }
        match has_to_tidy.recv() {
            Ok(()) => has_more = true,
            Err(_) => break,
        }
    }
    if let Err(error) = shelf.tidy() {
        tracing::error!(%error, "The files of event keys cannot be tidied");
    }
}
