//! Keeping a page: what changed, what was met, and the cursor, in one transaction.

use std::collections::{HashMap, HashSet};

use model::{End, FieldName, Handle, Keep, Kept, Raw, RecordId};

use super::{HASHES, indexed, pass_number};
use crate::{
    Store,
    catalog::missing,
    db::{PerKeys, PerRow, begin, execute_keys, execute_rows, fetch_keys, on_either},
    error::Cause,
};

/// First in its transaction: whoever keeps a page of the same end at the same time waits here, so that no `Seq`
/// becomes visible before a smaller one.
const MOVE_ON: &str = "update endpoint set progress = $2 where id = $1 returning seq";
const COUNT_ON: &str = "update endpoint set seq = $2 where id = $1";

const MEET: PerRow = PerRow {
    head: "insert into met (end_id, record_id, seq, pass, hash) values",
    columns: 5,
    tail: "on conflict (end_id, record_id) do update
        set seq = excluded.seq, pass = excluded.pass, hash = excluded.hash, gone = 0, hidden = 0",
};
const MEET_AGAIN: PerKeys = PerKeys {
    head: "update met set pass = $2, gone = 0, hidden = 0
    where end_id = $1 and (pass <> $2 or hidden = 1) and record_id in",
    before: 2,
    tail: "",
};
const ADD_RAWS: PerRow = PerRow {
    head: "insert into raw (end_id, seq, record_id, hash, body) values",
    columns: 5,
    tail: "",
};
const DROP_RAWS: PerKeys = PerKeys {
    head: "delete from raw where end_id = $1 and seq in",
    before: 1,
    tail: "",
};
const ADD_HANDLES: PerRow = PerRow {
    head: "insert into handle (end_id, record_id, field, value) values",
    columns: 4,
    tail: "on conflict do nothing",
};
const DROP_HANDLES: PerKeys = PerKeys {
    head: "delete from handle where end_id = $1 and record_id in",
    before: 1,
    tail: "",
};
const DROP_FIELD: PerKeys = PerKeys {
    head: "delete from handle where end_id = $1 and field = $2 and record_id in",
    before: 2,
    tail: "",
};

const UNLIST: &str = "delete from listed where end_id = $1";
const LIST: PerRow = PerRow {
    head: "insert into listed (end_id, record_id) values",
    columns: 2,
    tail: "on conflict do nothing",
};

/// What is gone was met in no pass: the next that meets it sees it come back.
const LOSE: PerKeys = PerKeys {
    head: "update met set gone = 1, pass = 0 where end_id = $1 and record_id in",
    before: 1,
    tail: "",
};

const HIDE: PerKeys = PerKeys {
    head: "update met set hidden = 1 where end_id = $1 and record_id in",
    before: 1,
    tail: "",
};

/// A page, sorted by what has to be done.
#[derive(Default)]
struct Sorted<'a> {
    /// New or changed: the place it gets after those there are, and its body.
    fresh: Vec<(&'a Raw, i64, Vec<u8>)>,
    /// The same as before.
    same: Vec<&'a RecordId>,
    /// Changed: its handles are replaced.
    changed: Vec<&'a RecordId>,
    /// Where the bodies are that are replaced.
    replaced: Vec<i64>,
}

impl Store {
    pub(super) async fn keep_page(
        &self,
        end: &End,
        page: &[Raw],
        handles: &[Handle],
        progress: &Keep,
    ) -> Result<Kept, Cause> {
        let number = self.end(end).await?;
        let page = last_of_each(page);
        let ids: Vec<&RecordId> = page.iter().map(|raw| &raw.id).collect();
        let pass = pass_number(progress.pass);
        let progress = serde_json::to_string(progress)?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let last: Option<i64> = sqlx::query_scalar(MOVE_ON)
                .bind(number)
                .bind(progress)
                .fetch_optional(&mut *tx)
                .await?;
            // Only if the connection was removed in the meantime.
            let last = last.ok_or_else(|| missing("connection", end.connection.as_str()))?;

            let known: Vec<(String, Vec<u8>, i64)> =
                fetch_keys!(self.writer, &mut *tx, HASHES, [number], &ids, id => id.as_str());
            let sorted = self.sort(&page, known, last)?;
            execute_keys!(self.writer, &mut *tx, DROP_RAWS, [number], &sorted.replaced, seq => *seq);
            execute_keys!(self.writer, &mut *tx, DROP_HANDLES, [number], &sorted.changed, id => id.as_str());
            execute_keys!(self.writer, &mut *tx, MEET_AGAIN, [number, pass], &sorted.same, id => id.as_str());
            execute_rows!(self.writer, &mut *tx, MEET, &sorted.fresh, (raw, seq, _) =>
                number, raw.id.as_str(), *seq, pass, raw.hash.0.as_slice());
            execute_rows!(self.writer, &mut *tx, ADD_RAWS, &sorted.fresh, (raw, seq, body) =>
                number, *seq, raw.id.as_str(), raw.hash.0.as_slice(), body.as_slice());
            execute_rows!(self.writer, &mut *tx, ADD_HANDLES, handles, handle =>
                number, handle.record.as_str(), handle.field.as_str(), indexed(&handle.value));
            if let Some((_, seq, _)) = sorted.fresh.last() {
                sqlx::query(COUNT_ON).bind(number).bind(*seq).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(sorted.kept())
        })
    }

    pub(super) async fn keep_listed(&self, end: &End, ids: &[RecordId], first: bool) -> Result<(), Cause> {
        let number = self.end(end).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            if first {
                sqlx::query(UNLIST).bind(number).execute(&mut *tx).await?;
            }
            execute_rows!(self.writer, &mut *tx, LIST, ids, id => number, id.as_str());
            tx.commit().await?;
            Ok(())
        })
    }

    pub(super) async fn keep_handles(
        &self,
        end: &End,
        fields: &[FieldName],
        records: &[RecordId],
        handles: &[Handle],
    ) -> Result<(), Cause> {
        let number = self.end(end).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            for field in fields {
                let field = field.as_str();
                execute_keys!(self.writer, &mut *tx, DROP_FIELD, [number, field], records, id => id.as_str());
            }
            execute_rows!(self.writer, &mut *tx, ADD_HANDLES, handles, handle =>
                number, handle.record.as_str(), handle.field.as_str(), indexed(&handle.value));
            tx.commit().await?;
            Ok(())
        })
    }

    pub(super) async fn lose_records(&self, end: &End, ids: &[RecordId]) -> Result<(), Cause> {
        self.mark_records(end, ids, LOSE).await
    }

    pub(super) async fn hide_records(&self, end: &End, ids: &[RecordId]) -> Result<(), Cause> {
        self.mark_records(end, ids, HIDE).await
    }

    async fn mark_records(&self, end: &End, ids: &[RecordId], mark: PerKeys) -> Result<(), Cause> {
        let number = self.end(end).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            execute_keys!(self.writer, &mut *tx, mark, [number], ids, id => id.as_str());
            tx.commit().await?;
        });
        Ok(())
    }

    fn sort<'a>(
        &self,
        page: &[&'a Raw],
        known: Vec<(String, Vec<u8>, i64)>,
        last: i64,
    ) -> Result<Sorted<'a>, Cause> {
        let known: HashMap<String, (Vec<u8>, i64)> = known
            .into_iter()
            .map(|(id, hash, seq)| (id, (hash, seq)))
            .collect();
        let mut sorted = Sorted::default();
        let mut seq = last;
        for raw in page {
            if let Some((hash, place)) = known.get(raw.id.as_str()) {
                if hash.as_slice() == raw.hash.0 {
                    sorted.same.push(&raw.id);
                    continue;
                }
                sorted.changed.push(&raw.id);
                sorted.replaced.push(*place);
            }
            seq += 1;
            sorted
                .fresh
                .push((raw, seq, self.pack.pack(raw.json.as_bytes())?));
        }
        Ok(sorted)
    }
}

impl Sorted<'_> {
    fn kept(&self) -> Kept {
        Kept {
            new: self.fresh.len() - self.changed.len(),
            changed: self.changed.len(),
        }
    }
}

/// A vendor may send a record twice in a page; the later copy counts, and a statement must not name a row twice.
fn last_of_each(page: &[Raw]) -> Vec<&Raw> {
    let mut seen = HashSet::with_capacity(page.len());
    let mut kept: Vec<&Raw> = page.iter().rev().filter(|raw| seen.insert(&raw.id)).collect();
    kept.reverse();
    kept
}
