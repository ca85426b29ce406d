//! How far events were brought to their destinations, and what waits.

use std::{borrow::Cow, collections::HashMap};

use async_trait::async_trait;
use model::{
    Acquaintance, ConnectionId, Deliveries, Failing, Fault, Held, Lane, LaneId, MessageId, Position,
    Settling, SourceId, Timestamp,
};

use crate::{
    Store, StoreError,
    catalog::time,
    db::{PerKeys, PerRow, begin, execute_keys, execute_rows, fetch_keys, on_either, without_nul},
    error::{Cause, Doing},
    sources::{minute, whole},
};

const LANES: &str = "
    select name, position, sending, source, until, failing_since, tries, next_at, complaint, stopped
    from lane where workspace_id = $1 and destination = $2 order by name";
const OPEN: &str = "
    insert into lane (workspace_id, destination, name, position, source, until) values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing";
const CLOSE: &str = "delete from lane where workspace_id = $1 and destination = $2 and name = $3";
const SENDING: &str =
    "update lane set sending = $4 where workspace_id = $1 and destination = $2 and name = $3";
const MOVE: &str = "
    update lane set position = $4, sending = $5 where workspace_id = $1 and destination = $2 and name = $3";
const FAILING: &str = "
    update lane set failing_since = $4, tries = $5, next_at = $6, complaint = $7, stopped = $8
    where workspace_id = $1 and destination = $2 and name = $3";
const NOTHING_SENT: &str =
    "update held set sending = 0 where workspace_id = $1 and destination = $2 and sending = 1";
const HELD_SENDING: PerKeys = PerKeys {
    head: "update held set sending = 1 where workspace_id = $1 and destination = $2 and position in",
    before: 2,
    tail: "",
};
const HOLD: PerRow = PerRow {
    head: "insert into held (workspace_id, destination, position, source, message_id, reason, words, waits_for, held_at) values",
    columns: 9,
    tail: "on conflict (workspace_id, destination, position) do update set
        reason = excluded.reason, words = excluded.words, waits_for = excluded.waits_for, sending = 0",
};
const RELEASE: PerKeys = PerKeys {
    head: "delete from held where workspace_id = $1 and destination = $2 and position in",
    before: 2,
    tail: "",
};
const MEET: PerRow = PerRow {
    head: "insert into acquaintance (workspace_id, destination, name, company, there, became) values",
    columns: 6,
    tail: "on conflict (workspace_id, destination, name) do update set
        company = excluded.company, there = excluded.there, became = excluded.became",
};
const MET: PerKeys = PerKeys {
    head: "select name, company, there, became from acquaintance where workspace_id = $1 and destination = $2 and name in",
    before: 2,
    tail: "",
};
const COUNT: PerRow = PerRow {
    head: "insert into delivery_count (workspace_id, destination, source, minute, what, events) values",
    columns: 6,
    tail: "on conflict (workspace_id, destination, source, minute, what)
        do update set events = delivery_count.events + excluded.events",
};
const RIPE: &str = "
    select position, source, message_id, reason, words, waits_for, held_at, sending from held
    where workspace_id = $1 and destination = $2 and (waits_for = '*' or exists (
        select 1 from acquaintance met
        left join acquaintance now on now.workspace_id = met.workspace_id and now.destination = met.destination
            and now.name = met.became
        where met.workspace_id = held.workspace_id and met.destination = held.destination
            and met.name = held.waits_for and 1 in (met.there, now.there)
    ))
    order by position limit $3";
const HELD: &str = "
    select position, source, message_id, reason, words, waits_for, held_at, sending from held
    where workspace_id = $1 and destination = $2 order by position limit $3";
const HELD_COUNT: &str = "select reason, count(*) from held where workspace_id = $1 and destination = $2 group by reason order by reason";
const FIRST_HELD: &str = "select min(position) from held where workspace_id = $1 and destination = $2";
const LET_GO: &str = "
    update held set waits_for = '*' where workspace_id = $1 and destination = $2 and ($3 = '' or message_id = $3)";
const DROP: &str =
    "delete from held where workspace_id = $1 and destination = $2 and ($3 = '' or message_id = $3)";
const OLD: &str = "
    select source, count(*) from held where workspace_id = $1 and destination = $2 and held_at < $3 group by source";
const EXPIRE: &str = "delete from held where workspace_id = $1 and destination = $2 and held_at < $3";
const COUNTS: &str = "
    select source, minute, what, events from delivery_count
    where workspace_id = $1 and destination = $2 and minute >= $3 order by source, minute, what";

/// A name of so many bytes stands in an index.
const LONGEST_NAME: usize = 1_000;

type LaneColumns = (
    String,
    i64,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    i64,
    Option<i64>,
    Option<String>,
    i64,
);
type HeldColumns = (i64, String, String, String, String, String, i64, i64);

/// How many events of a source became what within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCount {
    /// Whose they are.
    pub source: SourceId,
    /// The beginning of the minute.
    pub minute: Timestamp,
    /// What became of them, in a word.
    pub what: String,
    /// How many.
    pub events: u64,
}

impl Store {
    async fn select_lanes(&self, to: &ConnectionId) -> Result<Vec<Lane>, Cause> {
        let rows: Vec<LaneColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(LANES).bind(self.workspace).bind(to.as_str()).fetch_all(pool).await?
        });
        rows.into_iter().map(|row| lane(to, row)).collect()
    }

    async fn write_settling(&self, id: &LaneId, settling: &Settling, now: Timestamp) -> Result<(), Cause> {
        let (workspace, to) = (self.workspace, id.to.as_str());
        let now = minute(now);
        let met: Vec<(&String, &Acquaintance)> = settling.met.iter().collect();
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            if let Some(next) = settling.position {
                let sending = settling.sending.map(number);
                sqlx::query(MOVE)
                    .bind(workspace)
                    .bind(to)
                    .bind(&id.name)
                    .bind(number(next))
                    .bind(sending)
                    .execute(&mut *tx)
                    .await?;
            }
            execute_keys!(self.writer, &mut *tx, RELEASE, [workspace, to], &settling.released, one => number(*one));
            execute_rows!(self.writer, &mut *tx, HOLD, &settling.held, one =>
                workspace, to, number(one.position), one.source.as_str(), one.message_id.as_str(), one.reason.as_str(),
                without_nul(&one.words), known(&one.waits_for), one.held_at.as_microsecond());
            execute_rows!(self.writer, &mut *tx, MEET, &met, (name, one) =>
                workspace, to, known(name), one.company.as_deref(), one.is_there.map(i64::from), one.became.as_deref());
            execute_rows!(self.writer, &mut *tx, COUNT, &settling.counts, (source, what, events) =>
                workspace, to, source.as_str(), now, what.as_str(), whole(*events));
            tx.commit().await?;
        });
        Ok(())
    }

    async fn select_held(
        &self,
        text: &'static str,
        to: &ConnectionId,
        at_most: usize,
    ) -> Result<Vec<(Held, bool)>, Cause> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let rows: Vec<HeldColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(text).bind(self.workspace).bind(to.as_str()).bind(at_most).fetch_all(pool).await?
        });
        rows.into_iter().map(held).collect()
    }

    /// Events that a destination waits for, in their order.
    pub async fn held_events(&self, to: &ConnectionId, at_most: usize) -> Result<Vec<Held>, StoreError> {
        let held = self
            .select_held(HELD, to, at_most)
            .await
            .doing("listing held events")?;
        Ok(held.into_iter().map(|(held, _)| held).collect())
    }

    /// How many events wait, by their reasons.
    pub async fn held_counts(&self, to: &ConnectionId) -> Result<Vec<(String, u64)>, StoreError> {
        let counted = async {
            let rows: Vec<(String, i64)> = on_either!(&self.readers, pool => {
                sqlx::query_as(HELD_COUNT).bind(self.workspace).bind(to.as_str()).fetch_all(pool).await?
            });
            Ok::<_, Cause>(
                rows.into_iter()
                    .map(|(reason, events)| (reason, events.unsigned_abs()))
                    .collect(),
            )
        };
        counted.await.doing("counting held events")
    }

    /// Drops a held event, or all of a destination's; how many there were.
    pub async fn drop_held(&self, to: &ConnectionId, message: Option<&MessageId>) -> Result<u64, StoreError> {
        self.change_held(DROP, to, message)
            .await
            .doing("dropping held events")
    }

    /// Lets a held event go, or all of a destination's; how many there are.
    pub async fn let_go_held(
        &self,
        to: &ConnectionId,
        message: Option<&MessageId>,
    ) -> Result<u64, StoreError> {
        self.change_held(LET_GO, to, message)
            .await
            .doing("letting held events go")
    }

    async fn change_held(
        &self,
        text: &'static str,
        to: &ConnectionId,
        message: Option<&MessageId>,
    ) -> Result<u64, Cause> {
        Ok(on_either!(&self.writer, pool => {
            sqlx::query(text)
                .bind(self.workspace)
                .bind(to.as_str())
                .bind(message.map_or("", MessageId::as_str))
                .execute(pool)
                .await?
                .rows_affected()
        }))
    }

    /// Where the first event lies that a destination still waits for.
    pub async fn first_held(&self, to: &ConnectionId) -> Result<Option<Position>, StoreError> {
        let found = async {
            let first: Option<i64> = on_either!(&self.readers, pool => {
                sqlx::query_scalar(FIRST_HELD).bind(self.workspace).bind(to.as_str()).fetch_one(pool).await?
            });
            Ok::<_, Cause>(first.map(position))
        };
        found.await.doing("looking for held events")
    }

    /// What came of events at a destination in that minute and later.
    pub async fn delivery_counts(
        &self,
        to: &ConnectionId,
        since: Timestamp,
    ) -> Result<Vec<DeliveryCount>, StoreError> {
        let selected = async {
            let rows: Vec<(String, i64, String, i64)> = on_either!(&self.readers, pool => {
                sqlx::query_as(COUNTS)
                    .bind(self.workspace)
                    .bind(to.as_str())
                    .bind(minute(since))
                    .fetch_all(pool)
                    .await?
            });
            let counts = rows.into_iter().map(|(source, at, what, events)| {
                Ok(DeliveryCount {
                    source: SourceId::from(source),
                    minute: time(at.saturating_mul(60_000_000))?,
                    what,
                    events: events.unsigned_abs(),
                })
            });
            counts.collect::<Result<Vec<_>, Cause>>()
        };
        selected.await.doing("reading counts of deliveries")
    }
}

#[async_trait]
impl Deliveries for Store {
    async fn lanes(&self, to: &ConnectionId) -> Result<Vec<Lane>, Fault> {
        self.select_lanes(to)
            .await
            .fault("looking up how far deliveries are")
    }

    async fn open_lane(&self, lane: &Lane) -> Result<(), Fault> {
        let opened = async {
            on_either!(&self.writer, pool => {
                sqlx::query(OPEN)
                    .bind(self.workspace)
                    .bind(lane.id.to.as_str())
                    .bind(&lane.id.name)
                    .bind(number(lane.position))
                    .bind(lane.source.as_ref().map(SourceId::as_str))
                    .bind(lane.until.map(number))
                    .execute(pool)
                    .await?;
            });
            Ok::<_, Cause>(())
        };
        opened.await.fault("beginning deliveries")
    }

    async fn close_lane(&self, id: &LaneId) -> Result<(), Fault> {
        let closed = async {
            on_either!(&self.writer, pool => {
                sqlx::query(CLOSE).bind(self.workspace).bind(id.to.as_str()).bind(&id.name).execute(pool).await?;
            });
            Ok::<_, Cause>(())
        };
        closed.await.fault("ending a replay")
    }

    async fn begin_sending(&self, id: &LaneId, to: Option<Position>) -> Result<(), Fault> {
        let begun = async {
            on_either!(&self.writer, pool => {
                sqlx::query(SENDING)
                    .bind(self.workspace)
                    .bind(id.to.as_str())
                    .bind(&id.name)
                    .bind(to.map(number))
                    .execute(pool)
                    .await?;
            });
            Ok::<_, Cause>(())
        };
        begun.await.fault("noting what is being sent")
    }

    async fn begin_sending_held(&self, to: &ConnectionId, held: &[Position]) -> Result<(), Fault> {
        let begun = async {
            let (workspace, to) = (self.workspace, to.as_str());
            on_either!(&self.writer, pool => {
                let mut tx = begin(pool, self.writer.begin()).await?;
                sqlx::query(NOTHING_SENT).bind(workspace).bind(to).execute(&mut *tx).await?;
                execute_keys!(self.writer, &mut *tx, HELD_SENDING, [workspace, to], held, one => number(*one));
                tx.commit().await?;
            });
            Ok::<_, Cause>(())
        };
        begun.await.fault("noting which held events are being sent")
    }

    async fn settle(&self, id: &LaneId, settling: &Settling, now: Timestamp) -> Result<(), Fault> {
        self.write_settling(id, settling, now)
            .await
            .fault("keeping what came of deliveries")
    }

    async fn note_failing(&self, id: &LaneId, failing: Option<&Failing>, stopped: bool) -> Result<(), Fault> {
        let noted = async {
            on_either!(&self.writer, pool => {
                sqlx::query(FAILING)
                    .bind(self.workspace)
                    .bind(id.to.as_str())
                    .bind(&id.name)
                    .bind(failing.map(|failing| failing.since.as_microsecond()))
                    .bind(failing.map_or(0, |failing| i64::from(failing.tries)))
                    .bind(failing.map(|failing| failing.next_at.as_microsecond()))
                    .bind(failing.map(|failing| without_nul(&failing.complaint)))
                    .bind(i64::from(stopped))
                    .execute(pool)
                    .await?;
            });
            Ok::<_, Cause>(())
        };
        noted.await.fault("noting how deliveries get on")
    }

    async fn acquaintances(
        &self,
        to: &ConnectionId,
        names: &[String],
    ) -> Result<HashMap<String, Acquaintance>, Fault> {
        let found = async {
            let (workspace, to) = (self.workspace, to.as_str());
            let rows: Vec<(String, Option<String>, Option<i64>, Option<String>)> = on_either!(&self.readers, pool => {
                fetch_keys!(self.readers, pool, MET, [workspace, to], names, name => known(name))
            });
            let rows = rows.into_iter().map(|(name, company, there, became)| {
                let one = Acquaintance {
                    company,
                    is_there: there.map(|there| there != 0),
                    became,
                };
                (name, one)
            });
            let rows: HashMap<String, Acquaintance> = rows.collect();
            let met = names
                .iter()
                .filter_map(|name| Some((name.clone(), rows.get(known(name).as_ref())?.clone())));
            Ok::<_, Cause>(met.collect())
        };
        found.await.fault("looking up who is known at a destination")
    }

    async fn ripe(&self, to: &ConnectionId, at_most: usize) -> Result<Vec<(Held, bool)>, Fault> {
        self.select_held(RIPE, to, at_most)
            .await
            .fault("looking for held events that wait no more")
    }

    async fn expire(&self, to: &ConnectionId, before: Timestamp) -> Result<Vec<(SourceId, u64)>, Fault> {
        let expired = async {
            let rows: Vec<(String, i64)> = on_either!(&self.writer, pool => {
                let mut tx = begin(pool, self.writer.begin()).await?;
                let rows = sqlx::query_as(OLD)
                    .bind(self.workspace)
                    .bind(to.as_str())
                    .bind(before.as_microsecond())
                    .fetch_all(&mut *tx)
                    .await?;
                sqlx::query(EXPIRE)
                    .bind(self.workspace)
                    .bind(to.as_str())
                    .bind(before.as_microsecond())
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
                rows
            });
            let rows = rows.into_iter();
            Ok::<_, Cause>(
                rows.map(|(source, events)| (SourceId::from(source), events.unsigned_abs()))
                    .collect(),
            )
        };
        expired.await.fault("dropping what was held too long")
    }
}

/// A name as it is looked for: PostgreSQL's indices take no long ones, and an event may name somebody by thirty thousand letters.
fn known(name: &str) -> Cow<'_, str> {
    match name.len() <= LONGEST_NAME {
        true => Cow::Borrowed(name),
        false => Cow::Owned(format!("long:{}", blake3::hash(name.as_bytes()).to_hex())),
    }
}

fn number(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

fn position(number: i64) -> Position {
    Position(number.unsigned_abs())
}

fn lane(to: &ConnectionId, row: LaneColumns) -> Result<Lane, Cause> {
    let (name, at, sending, source, until, since, tries, next_at, complaint, stopped) = row;
    let failing = match (since, next_at) {
        (Some(since), Some(next_at)) => Some(Failing {
            since: time(since)?,
            tries: u32::try_from(tries).unwrap_or(u32::MAX),
            next_at: time(next_at)?,
            complaint: complaint.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(Lane {
        id: LaneId { to: to.clone(), name },
        position: position(at),
        sending: sending.map(position),
        source: source.map(SourceId::from),
        until: until.map(position),
        failing,
        stopped: stopped != 0,
    })
}

fn held(
    (at, source, message, reason, words, waits_for, held_at, sending): HeldColumns,
) -> Result<(Held, bool), Cause> {
    let held = Held {
        position: position(at),
        source: SourceId::from(source),
        message_id: MessageId::from(message),
        reason,
        words,
        waits_for,
        held_at: time(held_at)?,
    };
    Ok((held, sending != 0))
}
