//! What was written for a record, and what came of it.

use model::{Change, ChangeId, ImportId, ObjectName, RecordId, RunId, Timestamp};

use crate::{
    Store, StoreError, Trouble,
    catalog::time,
    db::on_either,
    error::{Cause, Doing},
    intents,
    mirror::whole,
};

/// A change of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The change.
    pub change: Change,
    /// The run that intended it.
    pub run: RunId,
    /// When it was intended.
    pub intended_at: Timestamp,
    /// What came of it.
    pub fate: Fate,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is known: it is being written, or the program was killed meanwhile.
    Unsettled,
    /// It was written.
    Settled {
        /// When that was kept.
        at: Timestamp,
    },
    /// It was not written.
    Failed {
        /// When that was kept.
        at: Timestamp,
        /// Why, in one sentence.
        why: String,
    },
}

const OF_LEFT: &str = "
    select id, pairing, left_object, left_id, body, run, intended_at, settled_at, state, outcome
    from change where import_id = $1 and left_object = $2 and left_id = $3 order by intended_at, id";

/// A change's id begins with its run's, so that this is a range of the key.
const OF_RUN: &str = "
    select id, pairing, left_object, left_id, body, run, intended_at, settled_at, state, outcome
    from change where import_id = $1 and id > $2 and id < $3 and run = $4 order by id limit $5";

/// The sign that follows the point between a run's id and a number.
const AFTER_POINT: char = '/';

type Columns = (
    String,
    String,
    String,
    String,
    Vec<u8>,
    String,
    i64,
    Option<i64>,
    String,
    Option<String>,
);

impl Store {
    /// Every change that was planned for a left record, the oldest first.
    pub async fn changes_of(
        &self,
        import: &ImportId,
        left_object: &ObjectName,
        left: &RecordId,
    ) -> Result<Vec<Past>, StoreError> {
        self.select_changes_of(import, left_object, left)
            .await
            .doing("reading a record's changes")
    }

    async fn select_changes_of(
        &self,
        import: &ImportId,
        left_object: &ObjectName,
        left: &RecordId,
    ) -> Result<Vec<Past>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(OF_LEFT)
                .bind(import)
                .bind(left_object.as_str())
                .bind(left.as_str())
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(|columns| self.past(columns)).collect()
    }

    /// The changes that a run planned, in the order of their ids, after that one.
    pub async fn changes_in(
        &self,
        import: &ImportId,
        run: &RunId,
        after: Option<&ChangeId>,
        at_most: usize,
    ) -> Result<Vec<Past>, StoreError> {
        self.select_changes_in(import, run, after, at_most)
            .await
            .doing("reading a run's changes")
    }

    async fn select_changes_in(
        &self,
        import: &ImportId,
        run: &RunId,
        after: Option<&ChangeId>,
        at_most: usize,
    ) -> Result<Vec<Past>, Cause> {
        let import = self.import_number(import).await?;
        let first = after.map_or_else(|| format!("{run}."), ChangeId::to_string);
        let last = format!("{run}{AFTER_POINT}");
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(OF_RUN)
                .bind(import)
                .bind(&first)
                .bind(&last)
                .bind(run.as_str())
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(|columns| self.past(columns)).collect()
    }

    fn past(&self, columns: Columns) -> Result<Past, Cause> {
        let (id, pairing, left_object, left, body, run, intended_at, settled_at, state, outcome) = columns;
        let at = || time(settled_at.ok_or(Trouble::Garbled)?);
        let fate = match state.as_str() {
            "intended" => Fate::Unsettled,
            "settled" => Fate::Settled { at: at()? },
            "failed" => Fate::Failed {
                at: at()?,
                why: outcome.unwrap_or_default(),
            },
            _ => return Err(Trouble::Garbled.into()),
        };
        Ok(Past {
            change: intents::unpack(&self.pack, (id, pairing, left_object, left, body))?,
            run: run.into(),
            intended_at: time(intended_at)?,
            fate,
        })
    }
}
