//! Problems: opened, closed when their record was planned again, and never forgotten.

use model::{ImportId, ObjectName, Problem, RecordId, Side};

use super::side_word;
use crate::{
    Store,
    db::{PerKeys, PerRow, on_either},
    error::Cause,
    mirror::whole,
};

pub(super) const CLOSE: PerKeys = PerKeys {
    head: "
    update problem set closed_at = $3
    where import_id = $1 and object = $2 and side = $4 and closed_at is null and record_id in",
    before: 4,
    tail: "",
};

/// A problem that was closed a moment ago, in the same transaction, was never away: it keeps its age.
pub(super) const OPEN: PerRow = PerRow {
    head: "
    insert into problem
        (import_id, id, kind, pairing, object, record_id, field, title, text, hint, blocks, opened_at, side)
    values",
    columns: 13,
    tail: "on conflict (import_id, id) do update set
        pairing = excluded.pairing, title = excluded.title, text = excluded.text, hint = excluded.hint,
        blocks = excluded.blocks, closed_at = null,
        opened_at = case
            when problem.closed_at is null or problem.closed_at = excluded.opened_at then problem.opened_at
            else excluded.opened_at end",
};
const OLDEST: &str = "
    select kind, pairing, object, record_id, title, field, text, hint, blocks, side
    from problem where import_id = $1 and closed_at is null
    order by opened_at, object, record_id, kind, field limit $2";
const WITH_PROBLEM: &str = "
    select distinct record_id from problem
    where import_id = $1 and object = $2 and side = $3 and record_id > $4 and closed_at is null
    order by 1 limit $5";
/// An old counterpart that stays is told of, and waits for nobody.
const COUNT: &str = "
    select count(*), coalesce(sum(blocks), 0) from problem
    where import_id = $1 and closed_at is null and not (kind = 'kind_changed' and blocks = 0)";

/// A problem's columns, as every statement reads them.
pub(crate) type Columns = (
    String,
    Option<String>,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    i16,
    String,
);

impl Store {
    pub(super) async fn select_problems(
        &self,
        import: &ImportId,
        at_most: usize,
    ) -> Result<Vec<Problem>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(OLDEST).bind(import).bind(whole(at_most)).fetch_all(pool).await?
        });
        rows.into_iter().map(problem).collect()
    }

    pub(super) async fn select_with_problem(
        &self,
        import: &ImportId,
        object: &ObjectName,
        side: Side,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Cause> {
        let import = self.import_number(import).await?;
        let ids: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(WITH_PROBLEM)
                .bind(import)
                .bind(object.as_str())
                .bind(side_word(side))
                .bind(after.map_or("", RecordId::as_str))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        Ok(ids.into_iter().map(RecordId::from).collect())
    }

    pub(super) async fn count_open_problems(&self, import: &ImportId) -> Result<(u64, u64), Cause> {
        let import = self.import_number(import).await?;
        let (open, blocking): (i64, i64) = on_either!(&self.readers, pool => {
            sqlx::query_as(COUNT).bind(import).fetch_one(pool).await?
        });
        Ok((open.unsigned_abs(), blocking.unsigned_abs()))
    }
}

/// The problem that a row holds.
pub(crate) fn problem(columns: Columns) -> Result<Problem, Cause> {
    let (kind, pairing, object, record, title, field, text, hint, blocks, side) = columns;
    Ok(Problem {
        side: match side.as_str() {
            "left" => Side::Left,
            _ => Side::Right,
        },
        kind: serde_json::from_value(kind.into())?,
        pairing: pairing.map(Into::into),
        object: object.into(),
        record: record.into(),
        title,
        field: field.map(Into::into),
        text,
        hint,
        blocks: blocks != 0,
    })
}
