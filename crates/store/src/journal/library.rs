//! The journal's files: which there are, what lies where, and reading them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{Event, JournalStanding, Position, Stretch};
use tokio::sync::watch;

use super::{
    block::{self, Found},
    files,
    record::{self, Bytes},
    repack::Repacked,
};

/// So many bytes of events are read at most at once; one event is read in any case.
const MOST_AT_ONCE: usize = 8 << 20;

/// So many places where readings ended are remembered.
const PLACES: usize = 32;

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The position of its first event.
    pub first: u64,
    /// Its bytes, as far as they are on disk for good.
    pub length: u64,
    /// When its first event came; nothing, if it has none yet.
    pub received_at: Option<i64>,
    /// Whether it needs no packing any more.
    pub done: bool,
}

/// What is known of the files.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// In the order of their positions; the last is written.
    pub segments: Vec<Segment>,
    /// The position of the newest event that is on disk for good.
    pub end: u64,
    /// Where readings ended: a position, and where the block begins that holds the next.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    after: u64,
    segment: Segment,
    offset: u64,
}

/// The files of a journal.
pub(super) struct Library {
    pub folder: PathBuf,
    ledger: Mutex<Ledger>,
    /// Held for writing while a file takes another's place.
    swap: RwLock<()>,
    pub end: watch::Sender<u64>,
    pub syncs: AtomicU64,
    damaged: AtomicU64,
    /// Up to here, damage was reported.
    reported: AtomicU64,
}

pub(super) fn name(first: u64) -> String {
    format!("{first:020}.events")
}

fn first_of(name: &str) -> Option<u64> {
    name.strip_suffix(".events")?.parse().ok()
}

impl Library {
    /// Finds the files in a folder. The last one may end in what was never answered: that is cut off, if it may be.
    pub fn open(folder: &Path, may_cut: bool) -> io::Result<Self> {
        let mut segments = Vec::new();
        let mut end = 0;
        let mut damaged = 0;
        let names = files::named(folder, first_of)?;
        for (at, first) in names.iter().enumerate() {
            let path = folder.join(name(*first));
            let mut file = File::open(&path)?;
            let length = file.metadata()?.len();
            let head = block::head(&mut file, 0)?;
            let mut segment = Segment {
                first: *first,
                length,
                received_at: head.map(|head| head.received_at),
                done: head.is_some_and(|head| head.is_again()),
            };
            if at + 1 == names.len() {
                let (whole, after, lost) = last(&mut file, length, *first)?;
                end = after.saturating_sub(1);
                damaged = lost;
                if whole < length && may_cut {
                    tracing::warn!(
                        bytes = length - whole,
                        "The journal ended in what was never answered; it was cut off"
                    );
                    let file = OpenOptions::new().write(true).open(&path)?;
                    file.set_len(whole)?;
                    file.sync_all()?;
                }
                segment.length = whole;
                segment.received_at = segment.received_at.filter(|_| whole > 0);
            }
            segments.push(segment);
        }
        Ok(Self {
            folder: folder.to_owned(),
            ledger: Mutex::new(Ledger {
                segments,
                end,
                places: Vec::new(),
            }),
            swap: RwLock::default(),
            end: watch::Sender::new(end),
            syncs: AtomicU64::new(0),
            damaged: AtomicU64::new(damaged),
            reported: AtomicU64::new(0),
        })
    }

    /// Counts on from that position if the files end before it: what was there is lost.
    pub fn pass(&self, position: u64) {
        let mut ledger = self.ledger();
        if position > ledger.end {
            let lost = position - ledger.end;
            tracing::error!(
                events = lost,
                "The journal ends before what it once had; the disk has lost its end"
            );
            ledger.end = position;
            self.end.send_replace(position);
        }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is.
    pub fn standing(&self) -> JournalStanding {
        let ledger = self.ledger();
        let oldest = ledger.segments.iter().find(|segment| segment.length > 0);
        JournalStanding {
            first: Position(oldest.map_or(ledger.end + 1, |segment| segment.first)),
            end: Position(ledger.end),
            segments: ledger.segments.len(),
            bytes: ledger.segments.iter().map(|segment| segment.length).sum(),
            damaged: self.damaged.load(Ordering::Relaxed),
            syncs: self.syncs.load(Ordering::Relaxed),
        }
    }

    /// What follows after a position, in turn; whoever takes it says whether it wants more.
    pub fn walk(&self, after: u64, mut take: impl FnMut(u64, &[u8]) -> Option<bool>) -> io::Result<Walked> {
        let mut walked = Walked {
            next: after,
            missing: 0,
        };
        while let Some((segment, mut file, offset)) = self.open_at(walked.next)? {
            let mut offset = offset;
            loop {
                match block::head(&mut file, offset)? {
                    Some(head)
                        if head.after() <= walked.next + 1 && offset + head.length() <= segment.length =>
                    {
                        offset += head.length();
                        continue;
                    }
                    _ => {}
                }
                match block::read(&mut file, offset, segment.length)? {
                    Found::End => break,
                    Found::Damaged => match block::next(&mut file, offset, segment.length)? {
                        Some(next) => offset = next,
                        None => break,
                    },
                    Found::Block(head, records) => {
                        self.skip(&mut walked, head.first);
                        let wants_more = pass(&mut walked, head.first, &records, &mut take);
                        if !wants_more {
                            self.remember(walked.next, segment, offset);
                            return Ok(walked);
                        }
                        // What of a whole block cannot be understood was written by a later program.
                        self.skip(&mut walked, head.after());
                        offset += head.length();
                    }
                }
            }
            let next = self.following(&segment);
            match next {
                Some(next) => self.skip(&mut walked, next),
                None => {
                    self.remember(walked.next, segment, offset);
                    break;
                }
            }
        }
        let end = self.ledger().end;
        self.skip(&mut walked, end + 1);
        Ok(walked)
    }

    /// Some events after a position.
    pub fn read(&self, after: Position, at_most: usize) -> io::Result<Stretch> {
        let mut events: Vec<(Position, Event)> = Vec::new();
        let mut bytes = 0;
        let is_full = |count: usize, bytes: usize| count >= at_most || bytes >= MOST_AT_ONCE;
        if at_most == 0 {
            return Ok(Stretch {
                next: after,
                ..Stretch::default()
            });
        }
        let walked = self.walk(after.0, |position, record| {
            events.push((Position(position), record::get(record)?));
            bytes += record.len();
            Some(!is_full(events.len(), bytes))
        })?;
        Ok(Stretch {
            events,
            next: Position(walked.next),
            missing: walked.missing,
        })
    }

    /// Notes that the positions before that one, as far as they were not passed, cannot be read.
    fn skip(&self, walked: &mut Walked, to: u64) {
        let missing = to.saturating_sub(walked.next + 1);
        if missing == 0 {
            return;
        }
        let begin = walked.next + 1;
        walked.missing += missing;
        walked.next = to - 1;
        let was_reported = self.reported.fetch_max(to, Ordering::Relaxed) >= to;
        let was_forgotten = self
            .ledger()
            .segments
            .first()
            .is_some_and(|first| to <= first.first);
        if !was_reported && !was_forgotten {
            self.damaged.fetch_add(missing, Ordering::Relaxed);
            tracing::error!(
                events = missing,
                first = begin,
                "Events in the journal are damaged on disk and are skipped"
            );
        }
    }

    /// The file that holds what follows after a position, opened, and where to begin in it.
    fn open_at(&self, after: u64) -> io::Result<Option<(Segment, File, u64)>> {
        let guard = self.swap.read().unwrap_or_else(PoisonError::into_inner);
        let (segment, offset) = {
            let ledger = self.ledger();
            let fits = |segment: &&Segment| segment.first <= after + 1;
            let Some(segment) = ledger
                .segments
                .iter()
                .rfind(fits)
                .or(ledger.segments.first())
                .copied()
            else {
                return Ok(None);
            };
            let place = ledger.places.iter().find(|place| {
                place.after == after
                    && place.segment.first == segment.first
                    && place.segment.done == segment.done
            });
            (segment, place.map_or(0, |place| place.offset))
        };
        if after >= self.ledger().end {
            return Ok(None);
        }
        let file = File::open(self.folder.join(name(segment.first)))?;
        drop(guard);
        Ok(Some((segment, file, offset)))
    }

    fn following(&self, segment: &Segment) -> Option<u64> {
        let ledger = self.ledger();
        ledger
            .segments
            .iter()
            .map(|other| other.first)
            .find(|first| *first > segment.first)
    }

    fn remember(&self, after: u64, segment: Segment, offset: u64) {
        let mut ledger = self.ledger();
        ledger.places.retain(|place| place.after != after);
        if ledger.places.len() >= PLACES {
            ledger.places.remove(0);
        }
        ledger.places.push(Place {
            after,
            segment,
            offset,
        });
    }

    /// Packs the oldest closed file that was not packed again yet. False if there is none.
    pub fn pack_one(&self) -> io::Result<bool> {
        let closed = {
            let ledger = self.ledger();
            let (_, closed) = ledger.segments.split_last().unzip();
            closed.and_then(|closed: &[Segment]| closed.iter().find(|segment| !segment.done).copied())
        };
        let Some(segment) = closed else {
            return Ok(false);
        };
        let path = self.folder.join(name(segment.first));
        let temporary = path.with_extension("tmp");
        let packed = self.pack(&segment, &path, &temporary)?;
        let _guard = self.swap.write().unwrap_or_else(PoisonError::into_inner);
        let mut ledger = self.ledger();
        match ledger
            .segments
            .iter_mut()
            .find(|known| known.first == segment.first)
        {
            Some(known) => {
                if let Some(length) = packed {
                    files::put_in_place(&temporary, &path)?;
                    known.length = length;
                }
                known.done = true;
            }
            // It was forgotten meanwhile.
            None if packed.is_some() => fs::remove_file(&temporary)?,
            None => {}
        }
        Ok(true)
    }

    /// The packed file's length; nothing, if the file is damaged: then it stays as it is.
    fn pack(&self, segment: &Segment, path: &Path, temporary: &Path) -> io::Result<Option<u64>> {
        let mut file = File::open(path)?;
        let mut out = Repacked::create(temporary)?;
        let mut offset = 0;
        loop {
            match block::read(&mut file, offset, segment.length)? {
                Found::End => break,
                Found::Damaged => {
                    fs::remove_file(temporary)?;
                    return Ok(None);
                }
                Found::Block(head, records) => {
                    offset += head.length();
                    out.add(&head, &records)?;
                }
            }
        }
        out.finish().map(Some)
    }

    /// Drops files whose events lie at that position or before it and came before that time. The last file stays.
    pub fn forget(&self, to: u64, received_before: i64) -> io::Result<usize> {
        let old: Vec<u64> = {
            let ledger = self.ledger();
            let both = ledger.segments.windows(2).map_while(|two| match two {
                [one, next] if next.first <= to + 1 && next.received_at? < received_before => Some(one.first),
                _ => None,
            });
            both.collect()
        };
        let _guard = self.swap.write().unwrap_or_else(PoisonError::into_inner);
        for first in &old {
            fs::remove_file(self.folder.join(name(*first)))?;
            self.ledger().segments.retain(|segment| segment.first != *first);
        }
        if !old.is_empty() {
            files::sync_folder(&self.folder)?;
        }
        Ok(old.len())
    }

    /// After which position those begin that came at that moment or later, at most a file too early.
    pub fn since(&self, moment: i64) -> u64 {
        let ledger = self.ledger();
        let before = ledger
            .segments
            .iter()
            .rfind(|segment| segment.received_at.is_some_and(|at| at < moment));
        before
            .or(ledger.segments.first())
            .map_or(0, |segment| segment.first.saturating_sub(1))
    }
}

/// How far a walk came.
pub(super) struct Walked {
    /// The last position that was passed.
    pub next: u64,
    /// How many of those passed could not be read.
    pub missing: u64,
}

/// Passes the records of a block on; false if no more are wanted.
fn pass(
    walked: &mut Walked,
    first: u64,
    records: &[u8],
    take: &mut impl FnMut(u64, &[u8]) -> Option<bool>,
) -> bool {
    let mut bytes = Bytes(records);
    let mut position = first;
    while let Some(record) = bytes.record() {
        if position > walked.next {
            match take(position, record) {
                None => return true,
                Some(wants_more) => {
                    walked.next = position;
                    if !wants_more {
                        return false;
                    }
                }
            }
        }
        position += 1;
    }
    true
}

/// The last file: how long it is as far as it is whole, the position after its last event, and how many are lost in it.
fn last(file: &mut File, length: u64, first: u64) -> io::Result<(u64, u64, u64)> {
    let (mut offset, mut whole, mut after, mut lost) = (0, 0, first, 0);
    loop {
        match block::read(file, offset, length)? {
            Found::End => break,
            Found::Block(head, _) => {
                lost += head.first.saturating_sub(after);
                after = head.after();
                offset += head.length();
                whole = offset;
            }
            Found::Damaged => match block::next(file, offset, length)? {
                Some(next) => offset = next,
                None => break,
            },
        }
    }
    if lost > 0 {
        tracing::error!(
            events = lost,
            "Events in the journal's last file are damaged on disk and are skipped"
        );
    }
    Ok((whole, after, lost))
}
