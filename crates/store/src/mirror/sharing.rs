//! Handles that several records carry.

use model::{End, FieldName, Handle, RecordId};

use super::{by_field, indexed, whole};
use crate::{
    Store,
    db::{PerKeys, fetch_keys, on_either},
    error::Cause,
};

const SHARED: PerKeys = PerKeys {
    head: "
    select handle.value, min(handle.record_id), max(handle.record_id)
    from handle join met on met.end_id = handle.end_id and met.record_id = handle.record_id
    where handle.end_id = $1 and handle.field = $2 and met.gone = 0 and handle.value in",
    before: 2,
    tail: "group by handle.value having count(*) > 1",
};

const SHARING: &str = "
    select handle.record_id, handle.value
    from handle join met on met.end_id = handle.end_id and met.record_id = handle.record_id
    where handle.end_id = $1 and handle.field = $2 and met.gone = 0
        and (handle.value, handle.record_id) > ($3, $4) and exists (
        select 1 from handle as other
            join met as there on there.end_id = other.end_id and there.record_id = other.record_id
        where other.end_id = handle.end_id and other.field = handle.field and other.value = handle.value
            and other.record_id <> handle.record_id and there.gone = 0
    )
    order by handle.value, handle.record_id limit $5";

impl Store {
    pub(super) async fn select_shared(
        &self,
        end: &End,
        wanted: &[(FieldName, String)],
    ) -> Result<Vec<Handle>, Cause> {
        let Some(number) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (field, values) in by_field(wanted) {
            let keys: Vec<&String> = values.keys().collect();
            let rows: Vec<(String, String, String)> = on_either!(&self.readers, pool => {
                let name = field.as_str();
                fetch_keys!(self.readers, pool, SHARED, [number, name], &keys, key => key.as_str())
            });
            for (value, first, last) in rows {
                let Some(value) = values.get(&value) else { continue };
                found.extend([first, last].map(|record| Handle {
                    record: record.into(),
                    field: field.clone(),
                    value: (*value).clone(),
                }));
            }
        }
        found.sort();
        Ok(found)
    }

    pub(super) async fn select_sharing(
        &self,
        end: &End,
        field: &FieldName,
        after: Option<&Handle>,
        at_most: usize,
    ) -> Result<Vec<Handle>, Cause> {
        let Some(number) = self.end_known(end).await? else {
            return Ok(Vec::new());
        };
        let value = after.map(|after| indexed(&after.value)).unwrap_or_default();
        let rows: Vec<(String, String)> = on_either!(&self.readers, pool => {
            sqlx::query_as(SHARING)
                .bind(number)
                .bind(field.as_str())
                .bind(&value)
                .bind(after.map_or("", |after| after.record.as_str()))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        let handles = rows.into_iter().map(|(record, value)| Handle {
            record: RecordId::from(record),
            field: field.clone(),
            value,
        });
        Ok(handles.collect())
    }
}
