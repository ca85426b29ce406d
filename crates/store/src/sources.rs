//! What sends events, and how many came.

use model::{ConnectionId, Discard, EventSource, SourceId, Timestamp, WriteKey};

use crate::{
    Store, StoreError, Trouble,
    catalog::{missing, time},
    db::{PerRow, begin, execute_rows, on_either},
    error::{Cause, Doing},
};

/// How many events of a source came within a minute, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCount {
    /// Whose they are; the empty name stands for those whose write key no source has.
    pub source: SourceId,
    /// The beginning of the minute.
    pub minute: Timestamp,
    /// What became of them.
    pub what: Became,
    /// How many.
    pub events: u64,
}

/// What became of an event that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Became {
    /// It is in the journal.
    Accepted,
    /// The same was there before.
    Repeated,
    /// It was not taken in.
    Discarded(Discard),
}

impl Became {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Discarded(why) => why.as_str(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let discards = Discard::ALL.into_iter().map(Self::Discarded);
        let mut all = [Self::Accepted, Self::Repeated].into_iter().chain(discards);
        all.find(|became| became.as_str() == word)
    }
}

/// A write key that came and that no source has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its end.
    pub hint: String,
    /// How many events came with it.
    pub events: u64,
    /// When the last of them came.
    pub last_at: Timestamp,
}

const ADD: &str = "
    insert into source (workspace_id, name, write_key, destination, settings, enabled, created_at)
    select $1, $2, $3, $4, $5, $6, $7
    where $4 is null or exists (select 1 from connection where workspace_id = $1 and name = $4)
    on conflict do nothing";
const ALL: &str = "
    select name, write_key, destination, settings, enabled, created_at from source
    where workspace_id = $1 order by name";
const CHANGE: &str = "
    update source set write_key = $3, destination = $4, settings = $5, enabled = $6
    where workspace_id = $1 and name = $2";
const REMOVE: &[&str] = &[
    "delete from event_count where workspace_id = $1 and source = $2",
    "delete from source where workspace_id = $1 and name = $2",
];
const COUNT: PerRow = PerRow {
    head: "insert into event_count (workspace_id, source, minute, what, events) values",
    columns: 5,
    tail: "on conflict (workspace_id, source, minute, what)
        do update set events = event_count.events + excluded.events",
};
const COUNTS: &str = "
    select source, minute, what, events from event_count
    where workspace_id = $1 and minute >= $2 order by source, minute, what";
const FORGET_COUNTS: &str = "delete from event_count where workspace_id = $1 and minute < $2";
const NOTE_KEY: &str = "
    insert into unknown_key (workspace_id, hint, events, last_at) values ($1, $2, $3, $4)
    on conflict (workspace_id, hint) do update set
        events = unknown_key.events + excluded.events, last_at = excluded.last_at";
const KEYS: &str = "
    select hint, events, last_at from unknown_key where workspace_id = $1 order by last_at desc, hint limit 100";
/// Anybody can send keys: only the latest are kept.
const FORGET_KEYS: &str = "
    delete from unknown_key where workspace_id = $1 and hint not in
        (select hint from unknown_key where workspace_id = $1 order by last_at desc, hint limit 100)";

type Columns = (String, String, Option<String>, String, i64, i64);

impl Store {
    /// Adds a source. Its name and its key must be new, and its destination must be there.
    pub async fn add_source(&self, source: &EventSource) -> Result<(), StoreError> {
        self.insert_source(source).await.doing("adding a source")
    }

    async fn insert_source(&self, source: &EventSource) -> Result<(), Cause> {
        let settings = serde_json::to_string(&source.settings)?;
        let added = on_either!(&self.writer, pool => {
            sqlx::query(ADD)
                .bind(self.workspace)
                .bind(source.id.as_str())
                .bind(source.key.as_str())
                .bind(source.destination.as_ref().map(ConnectionId::as_str))
                .bind(settings)
                .bind(i64::from(source.enabled))
                .bind(source.created_at.as_microsecond())
                .execute(pool)
                .await?
                .rows_affected()
        });
        match (added, &source.destination) {
            (0, Some(id)) if self.connection(id).await.is_err() => Err(missing("connection", id.as_str())),
            (0, _) => Err(Trouble::Taken {
                what: "source",
                name: source.id.to_string(),
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Every source.
    pub async fn sources(&self) -> Result<Vec<EventSource>, StoreError> {
        let selected = async {
            let rows: Vec<Columns> = on_either!(&self.readers, pool => {
                sqlx::query_as(ALL).bind(self.workspace).fetch_all(pool).await?
            });
            rows.into_iter().map(source).collect::<Result<Vec<_>, Cause>>()
        };
        selected.await.doing("listing sources")
    }

    /// Gives a source another key, destination or settings, or switches it off or on.
    pub async fn change_source(&self, source: &EventSource) -> Result<(), StoreError> {
        let changed = async {
            let settings = serde_json::to_string(&source.settings)?;
            let changed = on_either!(&self.writer, pool => {
                sqlx::query(CHANGE)
                    .bind(self.workspace)
                    .bind(source.id.as_str())
                    .bind(source.key.as_str())
                    .bind(source.destination.as_ref().map(ConnectionId::as_str))
                    .bind(settings)
                    .bind(i64::from(source.enabled))
                    .execute(pool)
                    .await?
                    .rows_affected()
            });
            match changed {
                0 => Err(missing("source", source.id.as_str())),
                _ => Ok(()),
            }
        };
        changed.await.doing("changing a source")
    }

    /// Removes a source and its counts. What it sent stays in the journal until that forgets it.
    pub async fn remove_source(&self, id: &SourceId) -> Result<(), StoreError> {
        let removed = async {
            on_either!(&self.writer, pool => {
                let mut tx = begin(pool, self.writer.begin()).await?;
                let mut removed = 0;
                for text in REMOVE {
                    let query = sqlx::query(*text).bind(self.workspace).bind(id.as_str());
                    removed = query.execute(&mut *tx).await?.rows_affected();
                }
                tx.commit().await?;
                match removed {
                    0 => Err(missing("source", id.as_str())),
                    _ => Ok(()),
                }
            })
        };
        removed.await.doing("removing a source")
    }

    /// Adds to the counts, and to what is known of unknown keys.
    pub async fn count_events(&self, counts: &[EventCount], keys: &[UnknownKey]) -> Result<(), StoreError> {
        let counted = async {
            let workspace = self.workspace;
            on_either!(&self.writer, pool => {
                let mut tx = begin(pool, self.writer.begin()).await?;
                execute_rows!(self.writer, &mut *tx, COUNT, counts, row =>
                    workspace, row.source.as_str(), minute(row.minute), row.what.as_str(), whole(row.events));
                for key in keys {
                    sqlx::query(NOTE_KEY)
                        .bind(workspace)
                        .bind(&key.hint)
                        .bind(whole(key.events))
                        .bind(key.last_at.as_microsecond())
                        .execute(&mut *tx)
                        .await?;
                }
                if !keys.is_empty() {
                    sqlx::query(FORGET_KEYS).bind(workspace).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            });
            Ok::<_, Cause>(())
        };
        counted.await.doing("counting events")
    }

    /// What came in that minute and later, minute by minute.
    pub async fn event_counts(&self, since: Timestamp) -> Result<Vec<EventCount>, StoreError> {
        let selected = async {
            let rows: Vec<(String, i64, String, i64)> = on_either!(&self.readers, pool => {
                sqlx::query_as(COUNTS).bind(self.workspace).bind(minute(since)).fetch_all(pool).await?
            });
            rows.into_iter().map(count).collect::<Result<Vec<_>, Cause>>()
        };
        selected.await.doing("reading counts of events")
    }

    /// Drops the counts of earlier minutes.
    pub async fn forget_event_counts(&self, before: Timestamp) -> Result<(), StoreError> {
        let forgotten = async {
            on_either!(&self.writer, pool => {
                sqlx::query(FORGET_COUNTS).bind(self.workspace).bind(minute(before)).execute(pool).await?;
            });
            Ok::<_, Cause>(())
        };
        forgotten.await.doing("forgetting counts of events")
    }

    /// The write keys that came and that no source has, the latest first.
    pub async fn unknown_keys(&self) -> Result<Vec<UnknownKey>, StoreError> {
        let selected = async {
            let rows: Vec<(String, i64, i64)> = on_either!(&self.readers, pool => {
                sqlx::query_as(KEYS).bind(self.workspace).fetch_all(pool).await?
            });
            let keys = rows.into_iter().map(|(hint, events, last_at)| {
                Ok(UnknownKey {
                    hint,
                    events: events.unsigned_abs(),
                    last_at: time(last_at)?,
                })
            });
            keys.collect::<Result<Vec<_>, Cause>>()
        };
        selected.await.doing("listing unknown write keys")
    }
}

fn source((name, key, destination, settings, enabled, created_at): Columns) -> Result<EventSource, Cause> {
    Ok(EventSource {
        id: SourceId::from(name),
        key: WriteKey::new(key),
        destination: destination.map(ConnectionId::from),
        settings: serde_json::from_str(&settings)?,
        enabled: enabled != 0,
        created_at: time(created_at)?,
    })
}

fn count((source, minute, what, events): (String, i64, String, i64)) -> Result<EventCount, Cause> {
    Ok(EventCount {
        source: SourceId::from(source),
        minute: time(minute.saturating_mul(MINUTE))?,
        what: Became::parse(&what).ok_or(Trouble::Garbled)?,
        events: events.unsigned_abs(),
    })
}

/// Microseconds.
const MINUTE: i64 = 60_000_000;

pub(crate) fn minute(time: Timestamp) -> i64 {
    time.as_microsecond().div_euclid(MINUTE)
}

pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
