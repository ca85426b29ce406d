//! Takes in what Segment's libraries send: on disk first, then answered, and counted.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use connectors::segment::{self, Ask, Heard, Hearing, Known, Limits, Lost, Unread};
use http::{Response, request::Parts};
use model::{
    Appended, Clock, Event, Fault, FaultKind, Journal, MessageId, SourceId, Timestamp, WriteKey, chain,
};
use serde_json::{Value, json};
use store::{Became, EventCount, FileJournal, JournalOptions, Store, UnknownKey};
use tokio::sync::watch;
use uuid::Uuid;

use crate::failure::Failure;

/// How long it takes at most until a source that was added, changed or removed is known.
const KNOWN_AFTER: Duration = Duration::from_secs(1);

/// What comes with a key that no source has sets off a look at the sources, this often at most.
const LOOKED_AFTER: Duration = Duration::from_millis(100);

/// How long whoever finds no room waits.
const WAIT_SECONDS: u32 = 1;

/// So many different keys that no source has are remembered until they are noted.
const MOST_STRANGERS: usize = 100;

/// Where the events of a program are kept.
pub fn folder(data: &Path) -> PathBuf {
    data.join("events")
}

/// Takes events in.
pub struct Collector {
    journal: FileJournal,
    store: Store,
    clock: Arc<dyn Clock>,
    limits: Limits,
    strict: bool,
    sources: RwLock<Arc<HashMap<String, Known>>>,
    looked_at: Mutex<Timestamp>,
    counts: Mutex<Counts>,
}

/// What came since it was noted last.
#[derive(Default)]
struct Counts {
    events: BTreeMap<(SourceId, Timestamp, Became), u64>,
    strangers: BTreeMap<String, (u64, Timestamp)>,
}

impl Collector {
    /// Opens the journal; what is still there of an earlier process is gone on with.
    pub async fn open(
        data: &Path,
        store: Store,
        clock: Arc<dyn Clock>,
        strict: bool,
    ) -> Result<Self, Failure> {
        let journal = FileJournal::open(&folder(data), JournalOptions::default()).await?;
        let collector = Self {
            journal,
            store,
            clock,
            limits: Limits::default(),
            strict,
            sources: RwLock::default(),
            looked_at: Mutex::default(),
            counts: Mutex::default(),
        };
        collector.look_up().await?;
        Ok(collector)
    }

    /// How much that is, and how often it was made sure of.
    pub fn standing(&self) -> Value {
        let standing = self.journal.standing();
        json!({
            "end": standing.end.0,
            "files": standing.segments,
            "bytes": standing.bytes,
            "syncs": standing.syncs,
            "damaged": standing.damaged,
        })
    }

    /// Where what was taken in lies.
    pub fn journal(&self) -> &FileJournal {
        &self.journal
    }

    /// The largest body that is read for a path.
    pub fn most(&self, path: &str) -> usize {
        segment::most(path, &self.limits)
    }

    /// Answers a request, once what it brought is on disk.
    pub async fn answer(&self, head: &Parts, body: &[u8]) -> Response<Bytes> {
        let now = self.clock.now();
        let mut heard = self.hear(head, body, now);
        if heard.lost.iter().any(|lost| lost.key.is_some()) && self.look_again(now).await {
            heard = self.hear(head, body, now);
        }
        let Heard { events, lost, answer } = heard;
        if let Err(fault) = self.keep(events, now).await {
            if !matches!(fault.kind(), FaultKind::Throttled { .. }) {
                tracing::error!(error = %chain(&fault), "Events cannot be kept");
            }
            return segment::busy(&head.headers, WAIT_SECONDS);
        }
        self.note(&lost, now);
        answer
    }

    fn hear(&self, head: &Parts, body: &[u8], now: Timestamp) -> Heard {
        self.with(head, body, now, segment::hear)
    }

    /// Has a request understood, with what is known of sources now.
    fn with(
        &self,
        head: &Parts,
        body: &[u8],
        now: Timestamp,
        understand: impl FnOnce(&Ask<'_>, &Hearing<'_>) -> Heard,
    ) -> Heard {
        let sources = Arc::clone(&self.sources.read().unwrap_or_else(PoisonError::into_inner));
        let hearing = Hearing {
            limits: self.limits,
            strict: self.strict,
            known: &|key| sources.get(key).cloned().unwrap_or(Known::Nobody),
            now,
            new_id: &|| MessageId::new(Uuid::now_v7().to_string()),
        };
        let ask = Ask {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body,
        };
        understand(&ask, &hearing)
    }

    /// Answers a request whose body did not come whole, or is larger than is read.
    pub fn unread(&self, head: &Parts, why: Unread) -> Response<Bytes> {
        let now = self.clock.now();
        let Heard { lost, answer, .. } =
            self.with(head, &[], now, |ask, hearing| segment::unread(ask, hearing, why));
        self.note(&lost, now);
        answer
    }

    async fn keep(&self, events: Vec<Event>, now: Timestamp) -> Result<(), Fault> {
        let Some(source) = events.first().map(|event| event.source.clone()) else {
            return Ok(());
        };
        let appended = self.journal.append(events).await?;
        let all = appended.len() as u64;
        let new = appended
            .iter()
            .filter(|one| matches!(one, Appended::New(_)))
            .count() as u64;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.add(&source, now, Became::Accepted, new);
        counts.add(&source, now, Became::Repeated, all - new);
        Ok(())
    }

    fn note(&self, lost: &[Lost], now: Timestamp) {
        if lost.is_empty() {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for lost in lost {
            let nobody = || SourceId::from("");
            let source = lost.source.clone().unwrap_or_else(nobody);
            counts.add(&source, now, Became::Discarded(lost.why), lost.events);
            if let Some(key) = &lost.key {
                counts.meet(key, lost.events, now);
            }
        }
    }

    /// Keeps what is known of sources up to date, and notes what came, until the program stops.
    pub async fn work(&self, stopped: &watch::Receiver<bool>) {
        let mut stopped = stopped.clone();
        while !*stopped.borrow() {
            tokio::select! {
                () = self.clock.sleep(KNOWN_AFTER) => {}
                _ = stopped.changed() => {}
            }
            let done = self.look_up().await;
            if let Err(error) = done.and(self.write_down().await) {
                tracing::warn!(error = %chain(&error), "What is known of sources cannot be read or noted");
            }
        }
    }

    /// Looks whether a source was added just now; whether it looked.
    async fn look_again(&self, now: Timestamp) -> bool {
        {
            let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that was set back does not end it.
            if now.duration_since(*looked_at).unsigned_abs() < LOOKED_AFTER {
                return false;
            }
            *looked_at = now;
        }
        self.look_up().await.is_ok()
    }

    async fn look_up(&self) -> Result<(), store::StoreError> {
        let sources = self.store.sources().await?.into_iter().map(|source| {
            let known = match source.enabled {
                true => Known::Source(source.id),
                false => Known::Disabled(source.id),
            };
            (source.key.as_str().to_owned(), known)
        });
        let sources = Arc::new(sources.collect());
        *self.sources.write().unwrap_or_else(PoisonError::into_inner) = sources;
        Ok(())
    }

    /// Notes what came. Where that is not possible now, it is kept for the next time.
    async fn write_down(&self) -> Result<(), store::StoreError> {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.events.is_empty() && counts.strangers.is_empty() {
            return Ok(());
        }
        let events = counts
            .events
            .iter()
            .map(|((source, minute, what), events)| EventCount {
                source: source.clone(),
                minute: *minute,
                what: *what,
                events: *events,
            });
        let events: Vec<EventCount> = events.collect();
        let strangers = counts
            .strangers
            .iter()
            .map(|(hint, (events, last_at))| UnknownKey {
                hint: hint.clone(),
                events: *events,
                last_at: *last_at,
            });
        let strangers: Vec<UnknownKey> = strangers.collect();
        let noted = self.store.count_events(&events, &strangers).await;
        if noted.is_err() {
            let mut since = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            since.join(counts);
        }
        noted
    }
}

impl Counts {
    fn add(&mut self, source: &SourceId, at: Timestamp, what: Became, events: u64) {
        if events > 0 {
            let key = (source.clone(), minute_of(at), what);
            *self.events.entry(key).or_default() += events;
        }
    }

    /// A key that no source has; of very many, some are not remembered.
    fn meet(&mut self, key: &WriteKey, events: u64, at: Timestamp) {
        let hint = key.hint();
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&hint) {
            return;
        }
        let met = self.strangers.entry(hint).or_insert((0, at));
        *met = (met.0 + events, at);
    }

    fn join(&mut self, earlier: Self) {
        for ((source, minute, what), events) in earlier.events {
            self.add(&source, minute, what, events);
        }
        for (hint, (events, at)) in earlier.strangers {
            let met = self.strangers.entry(hint).or_insert((0, at));
            met.0 += events;
        }
    }
}

/// The beginning of its minute.
fn minute_of(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use model::Discard;

    use super::*;

    #[test]
    fn what_could_not_be_noted_is_noted_with_what_comes_next() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let web = SourceId::from("web");
        let (mut earlier, mut later) = (Counts::default(), Counts::default());
        earlier.add(&web, at(61), Became::Accepted, 2);
        earlier.meet(&WriteKey::new("0123456789abcdef"), 1, at(61));
        later.add(&web, at(119), Became::Accepted, 3);
        later.add(&web, at(120), Became::Discarded(Discard::BadRequest), 0);
        later.join(earlier);
        let events: Vec<_> = later.events.into_iter().collect();
        assert_eq!(events, [((web, at(60), Became::Accepted), 5)]);
        assert_eq!(later.strangers.len(), 1);
    }

    #[test]
    fn many_strangers_are_not_all_remembered() {
        let mut counts = Counts::default();
        for number in 0..1_000 {
            let key = WriteKey::new(format!("nobody's key {number:04}"));
            counts.meet(&key, 1, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(counts.strangers.len(), MOST_STRANGERS);
    }
}
