//! The one thread that writes: it takes all that waits, writes it at once, makes sure of it, and answers.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender},
    },
    time::Duration,
};

use model::{Appended, Position};
use tokio::sync::oneshot;

use super::{
    Options,
    block::Packer,
    files,
    library::{Library, Segment, name},
    record::{Bytes, Key},
    seen::{Seen, Span},
};

/// So many bytes of events go into a block.
const BLOCK: usize = 256 << 10;

/// So many bytes are written before it is made sure of them.
const COMMIT: usize = 4 << 20;

/// How long appending waits for the keeper before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);

/// Events of one request, and who waits for them.
pub(super) struct Job {
    pub keys: Vec<Key>,
    /// One record for each key.
    pub records: Vec<u8>,
    /// When they came, in microseconds.
    pub received_at: i64,
    pub answer: oneshot::Sender<Result<Vec<Appended>, Refused>>,
}

/// Why events were not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The disk is full, or refuses.
    Disk(io::ErrorKind),
    /// The disk has to catch up.
    Busy,
}

pub(super) struct Writer {
    library: Arc<Library>,
    seen: Seen,
    options: Options,
    waiting: Arc<AtomicUsize>,
    /// Tells the keeper that there is something to tidy.
    tidy: SyncSender<()>,
    packer: Packer,
    file: File,
    segment: Segment,
    next: u64,
    /// The disk did not even take back what it refused.
    is_broken: bool,
    out: Vec<u8>,
}

/// What a commit adds.
#[derive(Default)]
struct Commit {
    block: Vec<u8>,
    block_count: u32,
    block_first: u64,
    block_received_at: i64,
    fresh: HashSet<Key>,
    received_at: Option<(i64, i64)>,
}

impl Writer {
    pub fn open(
        library: Arc<Library>,
        seen: Seen,
        options: Options,
        waiting: Arc<AtomicUsize>,
        tidy: SyncSender<()>,
    ) -> io::Result<Self> {
        let next = library.ledger().end + 1;
        let known = library.ledger().segments.last().copied();
        // What is packed again is never written to.
        let (file, segment) = match known.filter(|segment| !segment.done) {
            Some(segment) => {
                let path = library.folder.join(name(segment.first));
                (OpenOptions::new().write(true).open(path)?, segment)
            }
            None => begin(&library, next)?,
        };
        Ok(Self {
            library,
            seen,
            options,
            waiting,
            tidy,
            packer: Packer::quick()?,
            file,
            segment,
            next,
            is_broken: false,
            out: Vec::new(),
        })
    }

    /// Writes until nobody can send any more.
    pub fn work(mut self, jobs: &Receiver<Job>) {
        let mut batch = Vec::new();
        while let Ok(first) = jobs.recv() {
            let mut bytes = first.records.len();
            batch.push(first);
            while bytes < COMMIT
                && let Ok(job) = jobs.try_recv()
            {
                bytes += job.records.len();
                batch.push(job);
            }
            self.commit(&mut batch);
            self.waiting.fetch_sub(bytes, Ordering::AcqRel);
        }
        self.seen.freeze_all();
    }

    fn commit(&mut self, batch: &mut Vec<Job>) {
        if self.seen.is_full() {
            self.seen.wait(PATIENCE);
        }
        let answers = match (self.is_broken, self.seen.is_full()) {
            (true, _) => Err(Refused::Disk(io::ErrorKind::Other)),
            (_, true) => Err(Refused::Busy),
            _ => self.keep(batch).map_err(|error| {
                tracing::error!(%error, "Events cannot be written to disk");
                self.take_back();
                Refused::Disk(error.kind())
            }),
        };
        match answers {
            Ok(answers) => {
                for (job, answer) in batch.drain(..).zip(answers) {
                    // Whoever asked may have gone.
                    let _ = job.answer.send(Ok(answer));
                }
            }
            Err(refused) => {
                for job in batch.drain(..) {
                    let _ = job.answer.send(Err(refused));
                }
            }
        }
    }

    /// Writes what is new of a batch, and makes sure of it.
    fn keep(&mut self, batch: &[Job]) -> io::Result<Vec<Vec<Appended>>> {
        self.out.clear();
        let mut commit = Commit {
            block_first: self.next,
            ..Commit::default()
        };
        let mut next = self.next;
        let mut answers = Vec::with_capacity(batch.len());
        {
            let is_seen = self.seen.ask();
            for job in batch {
                let mut records = Bytes(&job.records);
                let mut answer = Vec::with_capacity(job.keys.len());
                for key in &job.keys {
                    let Some(record) = records.record() else { break };
                    if commit.fresh.contains(key) || is_seen(*key) {
                        answer.push(Appended::Repeated);
                        continue;
                    }
                    answer.push(Appended::New(Position(next)));
                    commit.add(*key, record, job.received_at);
                    next += 1;
                    if commit.block.len() >= BLOCK {
                        commit.flush(&mut self.packer, &mut self.out, next)?;
                    }
                }
                answers.push(answer);
            }
        }
        commit.flush(&mut self.packer, &mut self.out, next)?;
        if let Some(received_at) = commit.received_at {
            self.write()?;
            self.settle(commit.fresh, next, received_at);
        }
        Ok(answers)
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.segment.length))?;
        self.file.write_all(&self.out)?;
        self.file.sync_data()
    }

    /// What was written is on disk: now everybody may know.
    fn settle(&mut self, fresh: HashSet<Key>, next: u64, (oldest, newest): (i64, i64)) {
        self.segment.length += self.out.len() as u64;
        self.segment.received_at.get_or_insert(oldest);
        let span = Span {
            first: self.next,
            last: next - 1,
            oldest,
            newest,
        };
        let has_to_tidy = self.seen.note(fresh, span);
        self.next = next;
        {
            let mut ledger = self.library.ledger();
            ledger.end = next - 1;
            if let Some(last) = ledger.segments.last_mut() {
                *last = self.segment;
            }
        }
        self.library.syncs.fetch_add(1, Ordering::Relaxed);
        self.library.end.send_replace(next - 1);
        let has_rolled = self.segment.length >= self.options.segment_bytes && self.roll();
        if has_to_tidy || has_rolled {
            let _ = self.tidy.try_send(());
        }
    }

    /// Begins another file. If that cannot be, the old one goes on for now.
    fn roll(&mut self) -> bool {
        match begin(&self.library, self.next) {
            Ok((file, segment)) => {
                (self.file, self.segment) = (file, segment);
                true
            }
            Err(error) => {
                tracing::error!(%error, "The journal cannot begin another file");
                false
            }
        }
    }

    /// Takes back what may be half written: nobody was told of it.
    fn take_back(&mut self) {
        let taken = self
            .file
            .set_len(self.segment.length)
            .and_then(|()| self.file.sync_all());
        if let Err(error) = taken {
            tracing::error!(%error, "The journal takes in nothing more until the program is started again");
            self.is_broken = true;
        }
    }
}

/// Begins a file at a position.
fn begin(library: &Library, first: u64) -> io::Result<(File, Segment)> {
    let path = library.folder.join(name(first));
    let file = File::create(path)?;
    file.sync_all()?;
    files::sync_folder(&library.folder)?;
    let segment = Segment {
        first,
        length: 0,
        received_at: None,
        done: false,
    };
    let mut ledger = library.ledger();
    ledger.segments.retain(|known| known.first != first);
    ledger.segments.push(segment);
    Ok((file, segment))
}

impl Commit {
    fn add(&mut self, key: Key, record: &[u8], received_at: i64) {
        if self.block_count == 0 {
            self.block_received_at = received_at;
        }
        let (oldest, newest) = self.received_at.unwrap_or((received_at, received_at));
        self.received_at = Some((oldest.min(received_at), newest.max(received_at)));
        self.fresh.insert(key);
        self.block
            .extend_from_slice(&u32::try_from(record.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.block.extend_from_slice(record);
        self.block_count += 1;
    }

    /// Ends the block; the next begins at that position.
    fn flush(&mut self, packer: &mut Packer, out: &mut Vec<u8>, next: u64) -> io::Result<()> {
        if self.block_count > 0 {
            packer.put(
                out,
                &self.block,
                self.block_count,
                self.block_first,
                self.block_received_at,
            )?;
        }
        self.block.clear();
        self.block_count = 0;
        self.block_first = next;
        Ok(())
    }
}
