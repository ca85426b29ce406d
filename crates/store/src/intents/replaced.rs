//! Right records whose places others took: what is still to become of them.

use model::{ImportId, ObjectName, PairRow, PairingId, RecordId, Replaced};

use super::pair::Columns as PairColumns;
use crate::{
    Store,
    db::{PerKeys, PerRow, fetch_keys, on_either},
    error::Cause,
    mirror::whole,
};

/// Notes the right records of these pairs before others take their places.
pub(super) const REPLACE: PerRow = PerRow {
    head: "
    insert into replaced
        (import_id, pairing, left_object, left_id, right_object, right_id, adopted, base, stays)
    select pair.import_id, pair.pairing, pair.left_object, pair.left_id, pair.right_object, pair.right_id,
        pair.adopted, pair.base, 0
    from pair join (values",
    columns: 5,
    tail: ") as moved on pair.import_id = moved.column1 and pair.left_object = moved.column2
        and pair.left_id = moved.column3
    where pair.sharer = '' and pair.gone <> 3
        and not (pair.right_object = moved.column4 and pair.right_id = moved.column5)
    on conflict (import_id, right_object, right_id) do update set
        pairing = excluded.pairing, left_object = excluded.left_object, left_id = excluded.left_id,
        adopted = excluded.adopted, base = excluded.base, stays = 0",
};
/// What is gone, or is a counterpart again.
pub(super) const RETIRE: PerRow = PerRow {
    head: "delete from replaced where (import_id, right_object, right_id) in (values",
    columns: 3,
    tail: ")",
};
pub(super) const LEAVE: PerRow = PerRow {
    head: "update replaced set stays = 1 where (import_id, right_object, right_id) in (values",
    columns: 3,
    tail: ")",
};
const PAGE: &str = "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, stays
    from replaced
    where import_id = $1 and (right_object > $2 or (right_object = $2 and right_id > $3)) and stays <= $4
    order by right_object, right_id limit $5";
const OF_LEFT: PerKeys = PerKeys {
    head: "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, stays
    from replaced where import_id = $1 and left_object = $2 and left_id in",
    before: 2,
    tail: "",
};
const AMONG: PerKeys = PerKeys {
    head: "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, stays
    from replaced where import_id = $1 and right_object = $2 and right_id in",
    before: 2,
    tail: "",
};
const THROUGH: &str = "
    select pairing, left_object, left_id, right_object, right_id, base, adopted, waiting, returning_back, gone
    from pair where import_id = $1 and left_object = $2 and left_id > $3 and pairing = $4 and gone < 3
    order by left_id limit $5";

type Columns = (String, String, String, String, String, Option<Vec<u8>>, i16, i16);

impl Store {
    pub(super) async fn select_replaced(
        &self,
        import: &ImportId,
        after: Option<&(ObjectName, RecordId)>,
        all: bool,
        at_most: usize,
    ) -> Result<Vec<Replaced>, Cause> {
        let import = self.import_number(import).await?;
        let (object, id) = match after {
            Some((object, id)) => (object.as_str(), id.as_str()),
            None => ("", ""),
        };
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(PAGE)
                .bind(import)
                .bind(object)
                .bind(id)
                .bind(i16::from(all))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter()
            .map(|columns| self.replaced_row(columns))
            .collect()
    }

    /// Those of these left records, or of these right ones.
    pub(super) async fn select_replaced_among(
        &self,
        import: &ImportId,
        (object, is_left): (&ObjectName, bool),
        ids: &[RecordId],
    ) -> Result<Vec<Replaced>, Cause> {
        let import = self.import_number(import).await?;
        let object = object.as_str();
        let statement = if is_left { &OF_LEFT } else { &AMONG };
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, statement, [import, object], ids, id => id.as_str())
        });
        rows.into_iter()
            .map(|columns| self.replaced_row(columns))
            .collect()
    }

    pub(super) async fn select_pairs_through(
        &self,
        import: &ImportId,
        left_object: &ObjectName,
        pairing: &PairingId,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<PairRow>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<PairColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(THROUGH)
                .bind(import)
                .bind(left_object.as_str())
                .bind(after.map_or("", RecordId::as_str))
                .bind(pairing.as_str())
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(|columns| self.pair_row(columns)).collect()
    }

    fn replaced_row(&self, columns: Columns) -> Result<Replaced, Cause> {
        let (pairing, left_object, left, right_object, right, base, adopted, stays) = columns;
        let base = base.map(|base| self.pack.unpack_json(&base)).transpose()?;
        Ok(Replaced {
            pair: PairRow {
                pairing: pairing.into(),
                left_object: left_object.into(),
                left: left.into(),
                right_object: right_object.into(),
                right: right.into(),
                base: base.unwrap_or_default(),
                adopted: adopted != 0,
                waiting: false,
                returning: false,
                gone: None,
            },
            stays: stays != 0,
        })
    }
}
