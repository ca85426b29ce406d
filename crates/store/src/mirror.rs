//! The mirror: raw copies, what was met when, handles, and where reading goes on.

mod keep;
mod sharing;

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use model::{
    End, Fault, FieldName, Handle, ImportId, Keep, Kept, Met, Mirror, Raw, RawHash, RecordId, Seen, Seq,
};

use crate::{
    Store,
    db::{PerKeys, begin, execute_keys, fetch_keys, on_either, without_nul},
    error::{Cause, Doing, Trouble},
};

const PROGRESS: &str =
    "select progress from endpoint where workspace_id = $1 and connection = $2 and object = $3";

const CHANGED: &str = "
    select seq, record_id, hash, body from raw where end_id = $1 and seq > $2 and not exists (
        select 1 from met where met.end_id = raw.end_id and met.record_id = raw.record_id and met.gone = 1
    )
    order by seq limit $3";

const HASHES: PerKeys = PerKeys {
    head: "select record_id, hash, seq from met where end_id = $1 and record_id in",
    before: 1,
    tail: "",
};

const RAWS: PerKeys = PerKeys {
    head: "
    select raw.record_id, raw.hash, raw.body
    from met join raw on raw.end_id = met.end_id and raw.seq = met.seq
    where met.end_id = $1 and met.record_id in",
    before: 1,
    tail: "",
};

/// A record, its copy, and what it can be found by.
const FORGET: [PerKeys; 3] = [
    PerKeys {
        head: "
    delete from raw where end_id = $1 and seq in (
        select seq from met where end_id = $1 and record_id in",
        before: 1,
        tail: ")",
    },
    PerKeys {
        head: "delete from handle where end_id = $1 and record_id in",
        before: 1,
        tail: "",
    },
    PerKeys {
        head: "delete from met where end_id = $1 and record_id in",
        before: 1,
        tail: "",
    },
];

const COUNT_MET: &str = "
    select count(*), coalesce(sum(gone), 0), coalesce(sum(case when gone = 0 and pass < $2 then 1 else 0 end), 0),
        coalesce(sum(case when gone = 0 then hidden else 0 end), 0)
    from met where end_id = $1";

const UNMET: &str = "
    select record_id from met where end_id = $1 and gone = 0 and pass < $2 order by record_id limit $3";

/// The ids of those that are there, after one.
const THERE: &str = "
    select record_id from met where end_id = $1 and gone = 0 and record_id > $2 order by record_id limit $3";

const UNPAIRED: &str = "
    select raw.record_id, raw.hash, raw.body
    from met join raw on raw.end_id = met.end_id and raw.seq = met.seq
    where met.end_id = $1 and met.gone = 0 and met.record_id > $2 and not exists (
        select 1 from pair where import_id = $3 and left_object = $4 and left_id = met.record_id and pair.gone < 3
    )
    order by met.record_id limit $5";

const CANDIDATES: PerKeys = PerKeys {
    head: "
    select record_id, value from handle
    where end_id = $1 and not exists (
        select 1 from pair where import_id = $2 and right_object = $3 and right_id = handle.record_id
    ) and field = $4 and value in",
    before: 4,
    // Not ordered here: SQLite would rather walk through all handles in that order than look values up.
    tail: "",
};

const CARRYING: PerKeys = PerKeys {
    head: "select record_id, value from handle where end_id = $1 and field = $2 and value in",
    before: 2,
    tail: "",
};

/// A longer value is looked up by its hash: PostgreSQL's indexes take no more than 2,700 bytes in a row.
const LONGEST_VALUE: usize = 400;

#[async_trait]
impl Mirror for Store {
    async fn progress(&self, end: &End) -> Result<Option<Keep>, Fault> {
        self.select_progress(end)
            .await
            .fault("looking up where reading goes on")
    }

    async fn keep(
        &self,
        end: &End,
        page: &[Raw],
        handles: &[Handle],
        progress: &Keep,
    ) -> Result<Kept, Fault> {
        self.keep_page(end, page, handles, progress)
            .await
            .fault("keeping a page")
    }

    async fn changed(&self, end: &End, after: Seq, at_most: usize) -> Result<Vec<Seen>, Fault> {
        self.select_changed(end, after, at_most)
            .await
            .fault("reading changed records from the mirror")
    }

    async fn list(&self, end: &End, ids: &[RecordId], first: bool) -> Result<(), Fault> {
        self.keep_listed(end, ids, first)
            .await
            .fault("noting which records were listed")
    }

    async fn forget(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault> {
        self.delete_records(end, ids)
            .await
            .fault("forgetting records of the mirror")
    }

    async fn hashes(&self, end: &End, ids: &[RecordId]) -> Result<HashMap<RecordId, RawHash>, Fault> {
        self.select_hashes(end, ids)
            .await
            .fault("reading hashes from the mirror")
    }

    async fn raws(&self, end: &End, ids: &[RecordId]) -> Result<Vec<Raw>, Fault> {
        self.select_raws(end, ids)
            .await
            .fault("reading records from the mirror")
    }

    async fn met(&self, end: &End, pass: u64) -> Result<Met, Fault> {
        self.count_met(end, pass).await.fault("counting what a pass met")
    }

    async fn lose(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault> {
        self.lose_records(end, ids)
            .await
            .fault("keeping which records are gone")
    }

    async fn hide(&self, end: &End, ids: &[RecordId]) -> Result<(), Fault> {
        self.hide_records(end, ids)
            .await
            .fault("keeping which records no list shows")
    }

    async fn unmet(&self, end: &End, pass: u64, at_most: usize) -> Result<Vec<RecordId>, Fault> {
        self.select_unmet(end, pass, at_most)
            .await
            .fault("looking for what a pass did not meet")
    }

    async fn there(
        &self,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Fault> {
        self.select_there(end, after, at_most)
            .await
            .fault("listing the mirror's records")
    }

    async fn unpaired(
        &self,
        import: &ImportId,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<Raw>, Fault> {
        self.select_unpaired(import, end, after, at_most)
            .await
            .fault("looking for records without a counterpart")
    }

    async fn candidates(
        &self,
        import: &ImportId,
        end: &End,
        wanted: &[(FieldName, String)],
    ) -> Result<Vec<Handle>, Fault> {
        self.select_candidates(import, end, wanted)
            .await
            .fault("looking for counterparts")
    }

    async fn note(
        &self,
        end: &End,
        fields: &[FieldName],
        records: &[RecordId],
        handles: &[Handle],
    ) -> Result<(), Fault> {
        self.keep_handles(end, fields, records, handles)
            .await
            .fault("keeping what records are found by")
    }

    async fn carrying(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Fault> {
        self.select_carrying(end, wanted)
            .await
            .fault("looking for records that are alike")
    }

    async fn shared(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Fault> {
        self.select_shared(end, wanted)
            .await
            .fault("looking for what several records say")
    }

    async fn sharing(
        &self,
        end: &End,
        field: &FieldName,
        after: Option<&Handle>,
        at_most: usize,
    ) -> Result<Vec<Handle>, Fault> {
        self.select_sharing(end, field, after, at_most)
            .await
            .fault("looking for records that say the same")
    }
}

impl Store {
    async fn delete_records(&self, end: &End, ids: &[RecordId]) -> Result<(), Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(());
        };
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            for statement in &FORGET {
                execute_keys!(self.writer, &mut *tx, statement, [end], ids, id => id.as_str());
            }
            tx.commit().await?;
        });
        Ok(())
    }

    async fn select_progress(&self, end: &End) -> Result<Option<Keep>, Cause> {
        let found: Option<(Option<String>,)> = on_either!(&self.readers, pool => {
            sqlx::query_as(PROGRESS)
                .bind(self.workspace)
                .bind(end.connection.as_str())
                .bind(end.object.as_str())
                .fetch_optional(pool)
                .await?
        });
        let text = found.and_then(|(progress,)| progress);
        Ok(text.as_deref().map(serde_json::from_str).transpose()?)
    }

    async fn select_changed(&self, end: &End, after: Seq, at_most: usize) -> Result<Vec<Seen>, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let rows: Vec<(i64, String, Vec<u8>, Vec<u8>)> = on_either!(&self.readers, pool => {
            sqlx::query_as(CHANGED).bind(end).bind(after.0).bind(whole(at_most)).fetch_all(pool).await?
        });
        rows.into_iter()
            .map(|(seq, id, hash, body)| {
                let raw = self.unpack_raw(id, &hash, &body)?;
                Ok(Seen { seq: Seq(seq), raw })
            })
            .collect()
    }

    async fn select_hashes(&self, end: &End, ids: &[RecordId]) -> Result<HashMap<RecordId, RawHash>, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(HashMap::new());
        };
        let rows: Vec<(String, Vec<u8>, i64)> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, HASHES, [end], ids, id => id.as_str())
        });
        rows.into_iter()
            .map(|(id, hash, _)| Ok((RecordId::from(id), raw_hash(&hash)?)))
            .collect()
    }

    async fn select_raws(&self, end: &End, ids: &[RecordId]) -> Result<Vec<Raw>, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, RAWS, [end], ids, id => id.as_str())
        });
        rows.into_iter()
            .map(|(id, hash, body)| self.unpack_raw(id, &hash, &body))
            .collect()
    }

    async fn count_met(&self, end: &End, pass: u64) -> Result<Met, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(Met::default());
        };
        let (all, gone, unmet, hidden): (i64, i64, i64, i64) = on_either!(&self.readers, pool => {
            sqlx::query_as(COUNT_MET).bind(end).bind(pass_number(pass)).fetch_one(pool).await?
        });
        Ok(Met {
            there: (all - gone).unsigned_abs(),
            gone: gone.unsigned_abs(),
            unmet: unmet.unsigned_abs(),
            hidden: hidden.unsigned_abs(),
        })
    }

    async fn select_unmet(&self, end: &End, pass: u64, at_most: usize) -> Result<Vec<RecordId>, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let ids: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(UNMET)
                .bind(end)
                .bind(pass_number(pass))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        Ok(ids.into_iter().map(RecordId::from).collect())
    }

    async fn select_there(
        &self,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<RecordId>, Cause> {
        let Some(end) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let ids: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(THERE)
                .bind(end)
                .bind(after.map_or("", RecordId::as_str))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        Ok(ids.into_iter().map(RecordId::from).collect())
    }

    async fn select_unpaired(
        &self,
        import: &ImportId,
        end: &End,
        after: Option<&RecordId>,
        at_most: usize,
    ) -> Result<Vec<Raw>, Cause> {
        let import = self.import_number(import).await?;
        let Some(number) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = on_either!(&self.readers, pool => {
            sqlx::query_as(UNPAIRED)
                .bind(number)
                .bind(after.map_or("", RecordId::as_str))
                .bind(import)
                .bind(end.object.as_str())
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter()
            .map(|(id, hash, body)| self.unpack_raw(id, &hash, &body))
            .collect()
    }

    async fn select_candidates(
        &self,
        import: &ImportId,
        end: &End,
        wanted: &[(FieldName, String)],
    ) -> Result<Vec<Handle>, Cause> {
        let import = self.import_number(import).await?;
        let Some(number) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let by_field = by_field(wanted);
        let object = end.object.as_str();
        let mut found = Vec::new();
        for (field, values) in by_field {
            let keys: Vec<&String> = values.keys().collect();
            let rows: Vec<(String, String)> = on_either!(&self.readers, pool => {
                let name = field.as_str();
                fetch_keys!(self.readers, pool, CANDIDATES, [number, import, object, name], &keys, key => key.as_str())
            });
            found.extend(handles(rows, field, &values));
        }
        found.sort();
        Ok(found)
    }

    async fn select_carrying(&self, end: &End, wanted: &[(FieldName, String)]) -> Result<Vec<Handle>, Cause> {
        let Some(number) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (field, values) in by_field(wanted) {
            let keys: Vec<&String> = values.keys().collect();
            let rows: Vec<(String, String)> = on_either!(&self.readers, pool => {
                let name = field.as_str();
                fetch_keys!(self.readers, pool, CARRYING, [number, name], &keys, key => key.as_str())
            });
            found.extend(handles(rows, field, &values));
        }
        found.sort();
        Ok(found)
    }

    fn unpack_raw(&self, id: String, hash: &[u8], body: &[u8]) -> Result<Raw, Cause> {
        Ok(Raw {
            id: id.into(),
            json: self.pack.unpack_text(body)?,
            hash: raw_hash(hash)?,
        })
    }
}

/// Wanted values as they are indexed.
type Values<'a> = BTreeMap<String, &'a String>;

fn by_field(wanted: &[(FieldName, String)]) -> BTreeMap<&FieldName, Values<'_>> {
    let mut by_field: BTreeMap<&FieldName, Values<'_>> = BTreeMap::new();
    for (field, value) in wanted {
        by_field.entry(field).or_default().insert(indexed(value), value);
    }
    by_field
}

fn handles(
    rows: Vec<(String, String)>,
    field: &FieldName,
    values: &Values<'_>,
) -> impl Iterator<Item = Handle> {
    rows.into_iter().filter_map(|(record, value)| {
        Some(Handle {
            record: record.into(),
            field: field.clone(),
            value: (*values.get(&value)?).clone(),
        })
    })
}

/// A handle's value as it is indexed.
fn indexed(value: &str) -> String {
    if value.len() > LONGEST_VALUE {
        return format!("hash {}", blake3::hash(value.as_bytes()).to_hex());
    }
    without_nul(value)
}

fn raw_hash(bytes: &[u8]) -> Result<RawHash, Cause> {
    let hash = bytes
        .try_into()
        .map_err(|error| Cause::new(Trouble::Garbled, error))?;
    Ok(RawHash(hash))
}

pub(crate) fn pass_number(pass: u64) -> i64 {
    i64::try_from(pass).unwrap_or(i64::MAX)
}

/// A limit as the databases take it.
pub(crate) fn whole(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}
