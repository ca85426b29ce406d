//! Pairs and their bases.

use std::collections::{BTreeMap, HashMap};

use model::{End, Gone, ImportId, ObjectName, PairRow, PairingId, RawHash, RecordId, RightRow, Side};

use crate::{
    Store,
    db::{PerKeys, PerRow, fetch_keys, on_either},
    error::Cause,
    mirror::whole,
};

pub(super) const OF_LEFT: PerKeys = PerKeys {
    head: "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, gone
    from pair where import_id = $1 and left_object = $2 and left_id in",
    before: 2,
    tail: "",
};
pub(super) const OF_RIGHT: PerKeys = PerKeys {
    head: "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, gone
    from pair where import_id = $1 and right_object = $2 and right_id in",
    before: 2,
    tail: "",
};
const RIGHTS: PerKeys = PerKeys {
    head: "
    select pairing, left_object, left_id, right_id, right_hash, gone
    from pair where import_id = $1 and right_object = $2 and right_id in",
    before: 2,
    tail: "",
};
const COUNTERPARTS: PerKeys = PerKeys {
    head: "
    select left_id, right_object, right_id
    from pair where import_id = $1 and (gone < 3 or gone = 6) and left_object = $2 and left_id in",
    before: 2,
    tail: "",
};
const COUNTERPARTS_OF_RIGHT: PerKeys = PerKeys {
    head: "
    select right_id, left_object, left_id
    from pair where import_id = $1 and right_object = $2 and sharer = '' and gone = 0 and right_id in",
    before: 2,
    tail: "",
};
pub(super) const KEEP: PerRow = PerRow {
    head: "
    insert into pair
        (import_id, pairing, left_object, left_id, right_object, right_id, adopted, waiting, sharer, right_hash, base,
        returning_back)
    values",
    columns: 12,
    tail: "on conflict (import_id, left_object, left_id) do update set
        pairing = excluded.pairing, right_object = excluded.right_object, right_id = excluded.right_id,
        adopted = excluded.adopted, waiting = excluded.waiting, sharer = excluded.sharer,
        right_hash = excluded.right_hash, base = excluded.base, returning_back = excluded.returning_back,
        gone = 0",
};
pub(super) const PART: PerKeys = PerKeys {
    head: "delete from pair where import_id = $1 and left_object = $2 and left_id in",
    before: 2,
    tail: "",
};
const COUNT: &str = "
    select count(*) from pair join met on met.record_id = pair.left_id
    where import_id = $1 and pairing = $2 and left_object = $3 and pair.gone < 3 and met.end_id = $4 and met.gone = 0";

/// Records that wait for a reference, those that a problem keeps from the right side or from being merged, and those
/// that miss a file.
pub(super) const WAITING: &str = "
    select left_id from pair
    where import_id = $1 and left_object = $2 and left_id > $3 and waiting = 1 and gone = 0
    union
    select record_id from problem
    where import_id = $1 and object = $2 and record_id > $3 and closed_at is null
        and (blocks = 1 or kind in ('clash', 'missing_file'))
    order by 1 limit $4";

const IN: &str = "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, gone
    from pair where import_id = $1 and right_object = $2 and sharer = '' and right_id > $3
    order by right_id limit $4";

/// The pairs of those that share the counterparts of these left records.
pub(super) const FORGET_SHARERS: PerRow = PerRow {
    head: "
    delete from pair where sharer <> '' and (import_id, right_object, right_id) in (
        select parted.import_id, parted.right_object, parted.right_id from pair as parted join (values",
    columns: 3,
    tail: ") as gone on parted.import_id = gone.column1 and parted.left_object = gone.column2
            and parted.left_id = gone.column3
        where parted.sharer = '')",
};
/// The pairs of these left records.
pub(super) const FORGET: PerRow = PerRow {
    head: "delete from pair where (import_id, left_object, left_id) in (values",
    columns: 3,
    tail: ")",
};
pub(super) const RETURNING: &str = "
    select right_id from pair
    where import_id = $1 and right_object = $2 and right_id > $3 and returning_back = 1 and gone = 0
    order by 1 limit $4";

pub(super) const WIDOWED: &str = "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, pair.gone
    from met join pair on pair.left_id = met.record_id
    where met.end_id = $1 and met.gone = 1 and met.record_id > $2
        and import_id = $3 and left_object = $4 and pair.gone < 2
    order by met.record_id limit $5";
pub(super) const BEREFT: &str = "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, pair.gone
    from pair join met on met.record_id = pair.left_id
    where met.end_id = $1 and met.gone = 0 and left_id > $2
        and import_id = $3 and left_object = $4 and pair.gone > 3
    order by left_id limit $5";
const UNLISTED: &str = "
    select distinct right_id from pair
    where import_id = $1 and right_object = $2 and gone in (0, 6) and right_id > $3 and not exists (
        select 1 from listed where end_id = $4 and record_id = right_id
    )
    order by right_id limit $5";
const REVIVE: &str = "
    update pair set gone = 0, waiting = 1
    where import_id = $1 and left_object = $2 and gone in (1, 2) and left_id in (
        select record_id from met where end_id = $3 and gone = 0
    )";

/// What became of a counterpart, in the column `gone`.
pub(super) const GONE: PerRow = PerRow {
    head: "update pair set gone = gone_now.column4, waiting = 0, returning_back = 0 from (values",
    columns: 4,
    tail: ") as gone_now
        where import_id = gone_now.column1 and left_object = gone_now.column2 and left_id = gone_now.column3",
};

/// What became a part of another right record: that one stands in its place, and shares nothing with us.
pub(super) const MERGE: PerRow = PerRow {
    head: "
    update pair set right_id = merged.column4, sharer = left_object || ' ' || left_id, right_hash = null, gone = 6,
        waiting = 0, returning_back = 0
    from (values",
    columns: 4,
    tail: ") as merged
        where import_id = merged.column1 and left_object = merged.column2 and left_id = merged.column3",
};
/// What is planned once more.
pub(super) const WAIT: PerRow = PerRow {
    head: "update pair set waiting = 1 where gone = 0 and (import_id, left_object, left_id) in (values",
    columns: 3,
    tail: ")",
};
/// What a pair agrees on from now on.
pub(super) const REBASE: PerRow = PerRow {
    head: "update pair set base = rebased.column4 from (values",
    columns: 4,
    tail: ") as rebased
        where import_id = rebased.column1 and left_object = rebased.column2 and left_id = rebased.column3",
};
/// What is there after all, and is planned again.
pub(super) const FIND: PerRow = PerRow {
    head: "update pair set gone = 0, waiting = 1 where gone in (4, 5) and (import_id, left_object, left_id) in (values",
    columns: 3,
    tail: ")",
};

type RightColumns = (String, String, String, String, Option<Vec<u8>>, i16);
pub(super) type Columns = (
    String,
    String,
    String,
    String,
    String,
    Vec<u8>,
    i16,
    i16,
    i16,
    i16,
);

impl Store {
    pub(super) async fn select_pairs(
        &self,
        statement: &PerKeys,
        import: &ImportId,
        object: &ObjectName,
        ids: &[RecordId],
    ) -> Result<Vec<PairRow>, Cause> {
        let import = self.import_number(import).await?;
        let object = object.as_str();
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, statement, [import, object], ids, id => id.as_str())
        });
        rows.into_iter().map(|columns| self.pair_row(columns)).collect()
    }

    pub(super) async fn select_rights(
        &self,
        import: &ImportId,
        object: &ObjectName,
        ids: &[RecordId],
    ) -> Result<Vec<RightRow>, Cause> {
        let import = self.import_number(import).await?;
        let object = object.as_str();
        let rows: Vec<RightColumns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, RIGHTS, [import, object], ids, id => id.as_str())
        });
        let row = |(pairing, left_object, left, right, hash, gone): RightColumns| RightRow {
            pairing: pairing.into(),
            left_object: left_object.into(),
            left: left.into(),
            right: right.into(),
            hash: hash.and_then(|hash| hash.try_into().ok()).map(RawHash),
            gone: gone_of(gone),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    pub(super) async fn select_counterparts(
        &self,
        import: &ImportId,
        side: Side,
        references: &[(ObjectName, RecordId)],
    ) -> Result<HashMap<(ObjectName, RecordId), (ObjectName, RecordId)>, Cause> {
        let import = self.import_number(import).await?;
        let statement = match side {
            Side::Left => &COUNTERPARTS,
            Side::Right => &COUNTERPARTS_OF_RIGHT,
        };
        let mut by_object: BTreeMap<&ObjectName, Vec<&RecordId>> = BTreeMap::new();
        for (object, id) in references {
            by_object.entry(object).or_default().push(id);
        }
        let mut found = HashMap::with_capacity(references.len());
        for (object, mut ids) in by_object {
            ids.sort_unstable();
            ids.dedup();
            let name = object.as_str();
            let rows: Vec<(String, String, String)> = on_either!(&self.readers, pool => {
                fetch_keys!(self.readers, pool, statement, [import, name], &ids, id => id.as_str())
            });
            found.extend(rows.into_iter().map(|(id, other_object, other)| {
                ((object.clone(), id.into()), (other_object.into(), other.into()))
            }));
        }
        Ok(found)
    }

    /// Ids of an object, a page of them: those that wait, or those of which something is still to go back.
    pub(super) async fn select_ids(
        &self,
        statement: &'static str,
        import: &ImportId,
        object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Cause> {
        let import = self.import_number(import).await?;
        let ids: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(statement)
                .bind(import)
                .bind(object.as_str())
                .bind(after.map_or("", RecordId::as_str))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        Ok(ids.into_iter().map(RecordId::from).collect())
    }

    pub(super) async fn select_pairs_in(
        &self,
        import: &ImportId,
        right_object: &ObjectName,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(IN)
                .bind(import)
                .bind(right_object.as_str())
                .bind(after.map_or("", RecordId::as_str))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(|columns| self.pair_row(columns)).collect()
    }

    pub(super) async fn count_pairs_of(
        &self,
        import: &ImportId,
        pairing: &PairingId,
        left: &End,
    ) -> Result<u64, Cause> {
        let import = self.import_number(import).await?;
        let Some(end) = self.end_known(left).await? else {
            return Ok(0);
        };
        let count: i64 = on_either!(&self.readers, pool => {
            sqlx::query_scalar(COUNT)
                .bind(import)
                .bind(pairing.as_str())
                .bind(left.object.as_str())
                .bind(end)
                .fetch_one(pool)
                .await?
        });
        Ok(count.unsigned_abs())
    }

    /// Pairs of a left object of which one record is gone, a page of them.
    pub(super) async fn select_single(
        &self,
        statement: &'static str,
        import: &ImportId,
        left: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Cause> {
        let import = self.import_number(import).await?;
        let Some(end) = self.end_known(left).await? else {
            return Ok(Vec::new());
        };
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(statement)
                .bind(end)
                .bind(after.map_or("", RecordId::as_str))
                .bind(import)
                .bind(left.object.as_str())
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(|columns| self.pair_row(columns)).collect()
    }

    pub(super) async fn select_unlisted(
        &self,
        import: &ImportId,
        right: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Cause> {
        let import = self.import_number(import).await?;
        let Some(end) = self.end_known(right).await? else {
            return Ok(Vec::new());
        };
        let ids: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(UNLISTED)
                .bind(import)
                .bind(right.object.as_str())
                .bind(after.map_or("", RecordId::as_str))
                .bind(end)
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        Ok(ids.into_iter().map(RecordId::from).collect())
    }

    pub(super) async fn revive_pairs(&self, import: &ImportId, left: &End) -> Result<(), Cause> {
        let import = self.import_number(import).await?;
        let Some(end) = self.end_known(left).await? else {
            return Ok(());
        };
        on_either!(&self.writer, pool => {
            sqlx::query(REVIVE).bind(import).bind(left.object.as_str()).bind(end).execute(pool).await?;
        });
        Ok(())
    }

    pub(super) fn pair_row(&self, columns: Columns) -> Result<PairRow, Cause> {
        let (pairing, left_object, left, right_object, right, base, adopted, waiting, returning, gone) =
            columns;
        Ok(PairRow {
            pairing: pairing.into(),
            left_object: left_object.into(),
            left: left.into(),
            right_object: right_object.into(),
            right: right.into(),
            base: self.pack.unpack_json(&base)?,
            adopted: adopted != 0,
            waiting: waiting != 0,
            returning: returning != 0,
            gone: gone_of(gone),
        })
    }
}

/// What became of a counterpart, as the column has it.
pub(super) fn gone_word(gone: Gone) -> i16 {
    match gone {
        Gone::Kept => 1,
        Gone::Archived => 2,
        Gone::Deleted => 3,
        Gone::Lost => 4,
        Gone::LeftOut => 5,
        Gone::Merged => 6,
    }
}

fn gone_of(column: i16) -> Option<Gone> {
    match column {
        1 => Some(Gone::Kept),
        2 => Some(Gone::Archived),
        3 => Some(Gone::Deleted),
        4 => Some(Gone::Lost),
        5 => Some(Gone::LeftOut),
        6 => Some(Gone::Merged),
        _ => None,
    }
}
