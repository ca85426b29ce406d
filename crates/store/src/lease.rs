//! Who is at work on an import. A lease runs out unless it is renewed; whoever takes it over gets a higher number, and
//! what is kept under a lower one is refused: a holder that was long away cannot keep what it did meanwhile.

use std::time::Duration;

use model::{ConnectionId, ImportId, RunId, Timestamp};

use crate::{
    Store, StoreError, Trouble,
    catalog::time,
    db::{Db, on_either},
    error::{Cause, Doing},
};

/// The right to work on an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The import.
    pub import: ImportId,
    pub(crate) number: i64,
    pub(crate) token: i64,
}

/// Who is at work on an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtWork {
    /// The run.
    pub run: RunId,
    /// Since when it has made no progress, if that is too long.
    pub stalled_since: Option<Timestamp>,
}

/// A lease that runs out so many times its length from now was written by a clock that was wrong.
const FURTHEST: u32 = 20;

/// Free once it was given back or has run out, and for the place of its dead holder at once.
const TAKE: &str = "
    insert into lease (import_id, token, place, run, until, stalled_since) values ($1, 1, $2, $3, $4, null)
    on conflict (import_id) do update set
        token = lease.token + 1, place = excluded.place, run = excluded.run, until = excluded.until,
        stalled_since = null
    where lease.run is null or lease.place = $2 or lease.until <= $5 or lease.until > $6
    returning token";
const RENEW: &str = "
    update lease set until = $3, stalled_since = $4 where import_id = $1 and token = $2 and run is not null";
const GIVE_BACK: &str = "
    update lease set run = null, stalled_since = null where import_id = $1 and token = $2";
const AT_WORK: &str =
    "select run, stalled_since from lease where import_id = $1 and run is not null and until > $2";

const OVER: &str = "
    select count(*) from lease join import on import.id = lease.import_id
    where lease.run is not null and lease.until > $1 and import.workspace_id = $2
        and (import.left_connection = $3 or import.right_connection = $3)";

/// Read in the transaction that writes, because the big tables have no foreign keys.
pub(crate) const STILL_THERE: &str = "select id from import where id = $1";
const TOKEN: &str = "select token from lease where import_id = $1";
/// PostgreSQL would let somebody take the lease over between our look and our commit. SQLite has one writer.
const TOKEN_SHARED: &str = "select token from lease where import_id = $1 for share";

/// Within a transaction: refuses what belongs to an import that is gone, or comes from a worker that lost its lease.
macro_rules! admit {
    ($store:expr, $on:expr, $import:expr, $number:expr) => {
        let there: Option<i64> = sqlx::query_scalar(crate::lease::STILL_THERE)
            .bind($number)
            .fetch_optional($on)
            .await?;
        there.ok_or_else(|| crate::catalog::missing("import", $import.as_str()))?;
        if $store.lease.is_some() {
            let latest: Option<i64> = sqlx::query_scalar($store.token_text())
                .bind($number)
                .fetch_optional($on)
                .await?;
            $store.check_token($number, latest)?;
        }
    };
}
pub(crate) use admit;

impl Store {
    /// Takes the lease of an import for a run, if nobody has it. Two holders of one place are never alive at the same
    /// time; the caller sees to that.
    pub async fn take_lease(
        &self,
        import: &ImportId,
        run: &RunId,
        place: &str,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        self.insert_lease(import, run, place, lasts, now)
            .await
            .doing("taking an import's lease")
    }

    async fn insert_lease(
        &self,
        import: &ImportId,
        run: &RunId,
        place: &str,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Option<Lease>, Cause> {
        let number = self.import_number(import).await?;
        let token: Option<i64> = on_either!(&self.writer, pool => {
            sqlx::query_scalar(TAKE)
                .bind(number)
                .bind(place)
                .bind(run.as_str())
                .bind(later(now, lasts))
                .bind(now.as_microsecond())
                .bind(later(now, lasts * FURTHEST))
                .fetch_optional(pool)
                .await?
        });
        let import = import.clone();
        Ok(token.map(|token| Lease {
            import,
            number,
            token,
        }))
    }

    /// Renews a lease; false if somebody else has it, or had it.
    pub async fn renew_lease(
        &self,
        lease: &Lease,
        lasts: Duration,
        now: Timestamp,
        stalled_since: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let renewed = async {
            Ok::<_, Cause>(on_either!(&self.writer, pool => {
                sqlx::query(RENEW)
                    .bind(lease.number)
                    .bind(lease.token)
                    .bind(later(now, lasts))
                    .bind(stalled_since.map(|since| since.as_microsecond()))
                    .execute(pool)
                    .await?
                    .rows_affected()
            }))
        };
        Ok(renewed.await.doing("renewing an import's lease")? > 0)
    }

    /// Gives a lease back. One that somebody else has by now stays theirs.
    pub async fn give_lease_back(&self, lease: &Lease) -> Result<(), StoreError> {
        let given = async {
            on_either!(&self.writer, pool => {
                sqlx::query(GIVE_BACK).bind(lease.number).bind(lease.token).execute(pool).await?;
            });
            Ok::<_, Cause>(())
        };
        given.await.doing("giving an import's lease back")
    }

    /// Who is at work on an import.
    pub async fn at_work(&self, import: &ImportId, now: Timestamp) -> Result<Option<AtWork>, StoreError> {
        self.select_at_work(import, now)
            .await
            .doing("looking who is at work on an import")
    }

    async fn select_at_work(&self, import: &ImportId, now: Timestamp) -> Result<Option<AtWork>, Cause> {
        let number = self.import_number(import).await?;
        let row: Option<(String, Option<i64>)> = on_either!(&self.readers, pool => {
            sqlx::query_as(AT_WORK).bind(number).bind(now.as_microsecond()).fetch_optional(pool).await?
        });
        row.map(|(run, stalled_since)| {
            Ok(AtWork {
                run: run.into(),
                stalled_since: stalled_since.map(time).transpose()?,
            })
        })
        .transpose()
    }

    /// How many runs are at work over a connection, of all processes together.
    pub async fn runs_over(&self, connection: &ConnectionId, now: Timestamp) -> Result<u32, StoreError> {
        let counted = async {
            let runs: i64 = on_either!(&self.readers, pool => {
                sqlx::query_scalar(OVER)
                    .bind(now.as_microsecond())
                    .bind(self.workspace)
                    .bind(connection.as_str())
                    .fetch_one(pool)
                    .await?
            });
            Ok::<_, Cause>(u32::try_from(runs).unwrap_or(u32::MAX))
        };
        counted.await.doing("counting the runs over a connection")
    }

    /// The same store in the hands of a lease's holder: what it intends and settles is refused once it lost the lease.
    pub fn under(&self, lease: &Lease) -> Self {
        Self {
            lease: Some(lease.clone()),
            ..self.clone()
        }
    }

    /// How the number of the latest lease is asked for within a transaction.
    pub(crate) fn token_text(&self) -> &'static str {
        match self.writer {
            Db::Lite(_) => TOKEN,
            Db::Postgres(_) => TOKEN_SHARED,
        }
    }

    /// Refuses whoever has not the latest lease; who needs none is let through.
    pub(crate) fn check_token(&self, number: i64, latest: Option<i64>) -> Result<(), Cause> {
        match &self.lease {
            Some(lease) if lease.number == number && latest != Some(lease.token) => {
                let import = lease.import.to_string();
                Err(Trouble::TakenOver { import }.into())
            }
            _ => Ok(()),
        }
    }
}

fn later(now: Timestamp, wait: Duration) -> i64 {
    now.checked_add(wait).unwrap_or(Timestamp::MAX).as_microsecond()
}
