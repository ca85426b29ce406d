//! Which events were kept before: exactly, over weeks, with little memory.
//!
//! The keys of the latest events are in memory; those of earlier ones in sorted files, a few of about the same size merged
//! into a larger one, so that there are never many. A file covers a stretch of positions and goes when its newest event is
//! older than the window. What is in memory is found again in the journal after a crash.

mod filter;
mod run;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use super::files;
pub(super) use super::record::Key;
use run::Run;

/// So many keys are in memory before they go into a file.
const FRESH: usize = 1 << 18;

/// So many such sets may wait for their file; then appending waits.
const MOST_FROZEN: usize = 4;

/// So many runs of about a size become one.
const TOGETHER: usize = 4;

/// What keys belong to: positions, and when their events came, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: u64,
    pub last: u64,
    pub oldest: i64,
    pub newest: i64,
}

impl Span {
    fn with(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            oldest: self.oldest.min(other.oldest),
            newest: self.newest.max(other.newest),
        }
    }

    fn covers(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// Keys in memory.
struct Fresh {
    span: Span,
    keys: HashSet<Key>,
}

#[derive(Clone, Default)]
struct Lists {
    frozen: Vec<Arc<Fresh>>,
    /// In the order of their positions.
    runs: Vec<Arc<Run>>,
}

/// What the writer asks and the keeper tidies.
pub(super) struct Shelf {
    folder: PathBuf,
    /// How long keys are known, in microseconds.
    window: i64,
    /// How many bytes of filters are kept in memory.
    room: u64,
    lists: Mutex<Arc<Lists>>,
    written: Condvar,
}

/// Which events were kept before; the writer's own.
pub(super) struct Seen {
    shelf: Arc<Shelf>,
    fresh: Option<Fresh>,
}

impl Shelf {
    /// Opens the files in a folder. What a damaged one covered is among what must be read again from the journal.
    pub fn open(folder: &Path, window: Duration, room: u64) -> io::Result<(Self, Vec<(u64, u64)>)> {
        fs::create_dir_all(folder)?;
        files::sweep(folder)?;
        let (mut runs, mut again) = (Vec::<Arc<Run>>::new(), Vec::new());
        let mut left = room;
        // The largest first of those that begin together: what lies within it was merged into it.
        let mut names = files::named(folder, run::positions)?;
        names.sort_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        for (first, last) in names {
            let span = Span {
                first,
                last,
                oldest: 0,
                newest: 0,
            };
            let path = folder.join(run::name(&span));
            if runs.last().is_some_and(|run| run.span.covers(&span)) {
                fs::remove_file(&path)?;
                continue;
            }
            match Run::open(&path, &mut left) {
                Ok(run) => runs.push(Arc::new(run)),
                Err(error)
                    if error.kind() == io::ErrorKind::InvalidData
                        || error.kind() == io::ErrorKind::UnexpectedEof =>
                {
                    tracing::error!(%error, first, last, "A file of event keys is damaged and is made anew from the journal");
                    fs::remove_file(&path)?;
                    again.push((first, last));
                }
                Err(error) => return Err(error),
            }
        }
        let next = runs
            .last()
            .map_or(0, |run| run.span.last)
            .max(again.iter().map(|(_, last)| *last).max().unwrap_or(0));
        again.push((next + 1, u64::MAX));
        let lists = Lists {
            frozen: Vec::new(),
            runs,
        };
        let shelf = Self {
            folder: folder.to_owned(),
            window: i64::try_from(window.as_micros()).unwrap_or(i64::MAX),
            room,
            lists: Mutex::new(Arc::new(lists)),
            written: Condvar::new(),
        };
        Ok((shelf, again))
    }

    fn lists(&self) -> Arc<Lists> {
        Arc::clone(&self.lists.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Lists)) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Lists::clone(&lists);
        change(&mut changed);
        *lists = Arc::new(changed);
        self.written.notify_all();
    }

    /// The position up to which keys are in files: what lies after it must stay in the journal.
    pub fn kept_to(&self) -> u64 {
        let lists = self.lists();
        match lists.frozen.first() {
            Some(first) => first.span.first.saturating_sub(1),
            None => lists.runs.last().map_or(0, |run| run.span.last),
        }
    }

    /// Writes what waits for its file, merges what has grown to many, and drops what is too old.
    pub fn tidy(&self) -> io::Result<()> {
        while let Some(fresh) = self.lists().frozen.first().cloned() {
            let mut keys: Vec<Key> = fresh.keys.iter().copied().collect();
            keys.sort_unstable();
            let count = keys.len() as u64;
            let run = self.made(fresh.span, count, keys.into_iter().map(Ok))?;
            self.change(|lists| {
                lists.frozen.retain(|other| !Arc::ptr_eq(other, &fresh));
                lists.runs.push(run);
                lists.runs.sort_by_key(|run| run.span.first);
            });
        }
        while let Some(old) = self.mergeable() {
            let span = old.iter().map(|run| run.span).reduce(Span::with);
            let count = old.iter().map(|run| run.count).sum();
            let Some(span) = span else { break };
            let run = self.made(span, count, run::merged(&old))?;
            self.change(|lists| {
                lists
                    .runs
                    .retain(|run| !old.iter().any(|old| Arc::ptr_eq(run, old)));
                lists.runs.push(run);
                lists.runs.sort_by_key(|run| run.span.first);
            });
            remove(&old)?;
        }
        self.expire()
    }

    fn made(
        &self,
        span: Span,
        count: u64,
        keys: impl Iterator<Item = io::Result<Key>>,
    ) -> io::Result<Arc<Run>> {
        let path = run::write(&self.folder, span, count, keys)?;
        let used: u64 = self.lists().runs.iter().map(|run| run.weight()).sum();
        let mut left = self.room.saturating_sub(used);
        Run::open(&path, &mut left).map(Arc::new)
    }

    /// Neighbours of about a size, unless together they would reach too far back to go in time.
    fn mergeable(&self) -> Option<Vec<Arc<Run>>> {
        let lists = self.lists();
        let size = |run: &Run| (run.count / FRESH as u64).max(1).ilog(TOGETHER as u64);
        let fits = |runs: &&[Arc<Run>]| {
            let span = runs.iter().map(|run| run.span).reduce(Span::with);
            let is_short =
                span.is_some_and(|span| span.newest.saturating_sub(span.oldest) <= self.window / 8);
            is_short
                && runs
                    .windows(2)
                    .all(|two| matches!(two, [one, other] if size(one) == size(other)))
        };
        lists.runs.windows(TOGETHER).rev().find(fits).map(<[_]>::to_vec)
    }

    fn expire(&self) -> io::Result<()> {
        let lists = self.lists();
        let newest = lists
            .runs
            .iter()
            .map(|run| run.span.newest)
            .max()
            .unwrap_or(i64::MIN);
        let oldest = newest.saturating_sub(self.window);
        let old: Vec<_> = lists
            .runs
            .iter()
            .filter(|run| run.span.newest < oldest)
            .cloned()
            .collect();
        if old.is_empty() {
            return Ok(());
        }
        self.change(|lists| lists.runs.retain(|run| run.span.newest >= oldest));
        remove(&old)
    }
}

fn remove(runs: &[Arc<Run>]) -> io::Result<()> {
    runs.iter().try_for_each(|run| fs::remove_file(&run.path))
}

impl Seen {
    pub fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, fresh: None }
    }

    /// A questioner for one commit.
    pub fn ask(&self) -> impl Fn(Key) -> bool + '_ {
        let lists = self.shelf.lists();
        move |key| {
            let has = |fresh: &Fresh| fresh.keys.contains(&key);
            self.fresh.as_ref().is_some_and(has)
                || lists.frozen.iter().any(|frozen| has(frozen))
                // What repeats, repeats soon.
                || lists.runs.iter().rev().any(|run| run.has(key).unwrap_or_else(|error| {
                    tracing::error!(%error, "A question to a file of event keys was not answered");
                    false
                }))
        }
    }

    /// Notes the keys of events that are on disk. Says whether there is something to tidy.
    pub fn note(&mut self, keys: impl IntoIterator<Item = Key>, span: Span) -> bool {
        let fresh = match self.fresh.take() {
            Some(mut fresh) => {
                fresh.span = fresh.span.with(span);
                fresh.keys.extend(keys);
                fresh
            }
            None => {
                let mut fresh = Fresh {
                    span,
                    keys: HashSet::with_capacity(FRESH),
                };
                fresh.keys.extend(keys);
                fresh
            }
        };
        if fresh.keys.len() < FRESH {
            self.fresh = Some(fresh);
            return false;
        }
        self.freeze(fresh);
        true
    }

    /// Whether so much waits for its file that nothing more should be noted now.
    pub fn is_full(&self) -> bool {
        self.shelf.lists().frozen.len() >= MOST_FROZEN
    }

    /// Waits a little until less waits.
    pub fn wait(&self, at_most: Duration) {
        let lists = self.shelf.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |lists: &mut Arc<Lists>| lists.frozen.len() >= MOST_FROZEN;
        drop(self.shelf.written.wait_timeout_while(lists, at_most, is_full));
    }

    fn freeze(&self, fresh: Fresh) {
        self.shelf.change(|lists| lists.frozen.push(Arc::new(fresh)));
    }

    /// Lets what is in memory go into a file too, as when a program ends in order.
    pub fn freeze_all(&mut self) {
        if let Some(fresh) = self.fresh.take() {
            self.freeze(fresh);
        }
    }
}
