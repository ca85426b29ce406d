//! When imports run by themselves.

use std::time::Duration;

use model::{ConnectionId, Direction, ImportId, Pause, Schedule, Timestamp};

use crate::{
    Store, StoreError,
    catalog::{missing, time},
    db::on_either,
    error::{Cause, Doing},
};

const KEEP: &str = "
    insert into schedule
        (import_id, every_seconds, direction, automations, jitter, last_tick, paused_at, paused_why, refused)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (import_id) do update set
        every_seconds = excluded.every_seconds, direction = excluded.direction,
        automations = excluded.automations, paused_at = excluded.paused_at,
        paused_why = excluded.paused_why, refused = excluded.refused";
const REMOVE: &str = "delete from schedule where import_id = $1";
const TICK: &str = "update schedule set last_tick = $2 where import_id = $1";
const PAUSE: &str = "
    update schedule set paused_at = $2, paused_why = $3, refused = $4
    where import_id = $1 and paused_at is null";
const RESUME_REFUSED: &str = "
    update schedule set paused_at = null, paused_why = null, refused = null
    where refused = $2 and import_id in (select id from import where workspace_id = $1)
    returning (select name from import where id = import_id)";
const ALL: &str = "
    select name, every_seconds, direction, automations, jitter, last_tick, paused_at, paused_why, refused
    from schedule join import on import.id = schedule.import_id where workspace_id = $1 order by name";
const ONE: &str = "
    select name, every_seconds, direction, automations, jitter, last_tick, paused_at, paused_why, refused
    from schedule join import on import.id = schedule.import_id where import_id = $1";

type Columns = (
    String,
    i64,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
);

impl Store {
    /// Keeps a schedule. Of one that there is already, the jitter and the latest run stay.
    pub async fn keep_schedule(&self, schedule: &Schedule) -> Result<(), StoreError> {
        self.insert_schedule(schedule).await.doing("keeping a schedule")
    }

    async fn insert_schedule(&self, schedule: &Schedule) -> Result<(), Cause> {
        let import = self.import_number(&schedule.import).await?;
        let direction = serde_json::to_string(&schedule.direction)?;
        let paused = schedule.paused.as_ref();
        on_either!(&self.writer, pool => {
            sqlx::query(KEEP)
                .bind(import)
                .bind(i64::try_from(schedule.every.as_secs()).unwrap_or(i64::MAX))
                .bind(direction)
                .bind(i64::from(schedule.automations))
                .bind(i64::from(schedule.jitter))
                .bind(schedule.last_tick.as_microsecond())
                .bind(paused.map(|paused| paused.since.as_microsecond()))
                .bind(paused.and_then(|paused| paused.why.as_deref()))
                .bind(paused.and_then(|paused| paused.refused.as_ref()).map(|id| id.as_str()))
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Takes an import's schedule away; false if it had none.
    pub async fn remove_schedule(&self, import: &ImportId) -> Result<bool, StoreError> {
        let removed = async {
            let import = self.import_number(import).await?;
            Ok::<_, Cause>(on_either!(&self.writer, pool => {
                sqlx::query(REMOVE).bind(import).execute(pool).await?.rows_affected()
            }))
        };
        Ok(removed.await.doing("removing a schedule")? > 0)
    }

    /// Keeps that a run was set off.
    pub async fn tick(&self, import: &ImportId, now: Timestamp) -> Result<(), StoreError> {
        let ticked = async {
            let number = self.import_number(import).await?;
            let found = on_either!(&self.writer, pool => {
                sqlx::query(TICK).bind(number).bind(now.as_microsecond()).execute(pool).await?.rows_affected()
            });
            match found {
                0 => Err(missing("schedule", import.as_str())),
                _ => Ok(()),
            }
        };
        ticked.await.doing("keeping that a run was set off")
    }

    /// Lets a schedule stand still; one that stands still keeps its first reason.
    pub async fn pause_schedule(&self, import: &ImportId, pause: &Pause) -> Result<(), StoreError> {
        let paused = async {
            let import = self.import_number(import).await?;
            on_either!(&self.writer, pool => {
                sqlx::query(PAUSE)
                    .bind(import)
                    .bind(pause.since.as_microsecond())
                    .bind(pause.why.as_deref())
                    .bind(pause.refused.as_ref().map(|id| id.as_str()))
                    .execute(pool)
                    .await?;
            });
            Ok::<_, Cause>(())
        };
        paused.await.doing("pausing a schedule")
    }

    /// Lets schedules go on that stood still because this connection was refused, and names their imports.
    pub async fn resume_refused(&self, connection: &ConnectionId) -> Result<Vec<ImportId>, StoreError> {
        let resumed = async {
            let names: Vec<String> = on_either!(&self.writer, pool => {
                sqlx::query_scalar(RESUME_REFUSED)
                    .bind(self.workspace)
                    .bind(connection.as_str())
                    .fetch_all(pool)
                    .await?
            });
            Ok::<_, Cause>(names.into_iter().map(ImportId::from).collect())
        };
        resumed.await.doing("resuming schedules")
    }

    /// Every schedule, by the name of its import.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let selected = async {
            let rows: Vec<Columns> = on_either!(&self.readers, pool => {
                sqlx::query_as(ALL).bind(self.workspace).fetch_all(pool).await?
            });
            rows.into_iter().map(schedule).collect::<Result<_, Cause>>()
        };
        selected.await.doing("listing schedules")
    }

    /// The schedule of an import, if it has one.
    pub async fn schedule(&self, import: &ImportId) -> Result<Option<Schedule>, StoreError> {
        let selected = async {
            let import = self.import_number(import).await?;
            let row: Option<Columns> = on_either!(&self.readers, pool => {
                sqlx::query_as(ONE).bind(import).fetch_optional(pool).await?
            });
            row.map(schedule).transpose()
        };
        selected.await.doing("looking up a schedule")
    }
}

fn schedule(columns: Columns) -> Result<Schedule, Cause> {
    let (import, every, direction, automations, jitter, last_tick, paused_at, why, refused) = columns;
    let direction: Direction = serde_json::from_str(&direction)?;
    let pause = |since| {
        Ok::<_, Cause>(Pause {
            since: time(since)?,
            why,
            refused: refused.map(ConnectionId::from),
        })
    };
    Ok(Schedule {
        import: import.into(),
        every: Duration::from_secs(u64::try_from(every).unwrap_or_default()),
        direction,
        automations: automations != 0,
        jitter: u32::try_from(jitter).unwrap_or_default(),
        last_tick: time(last_tick)?,
        paused: paused_at.map(pause).transpose()?,
    })
}
