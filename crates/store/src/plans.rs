//! Plans that a person can approve, as the documents that were shown.

use model::ImportId;

use crate::{
    Store, StoreError,
    db::{begin, on_either},
    error::{Cause, Doing},
};

/// How many plans of an import are kept.
const KEPT: i64 = 20;

const KEEP: &str = "
    insert into plan (import_id, id, made_at, document) values ($1, $2, $3, $4)
    on conflict (import_id, id) do update set made_at = excluded.made_at, document = excluded.document";
const FORGET: &str = "
    delete from plan where import_id = $1 and id not in (
        select id from plan where import_id = $1 order by made_at desc, id limit $2
    )";
const FIND: &str = "
    select id, document from plan where import_id = $1 and substr(id, 1, length($2)) = $2 order by id limit 2";

impl Store {
    /// Keeps a plan's document under its id; of many plans only the latest are kept.
    pub async fn keep_plan(&self, import: &ImportId, id: &str, document: &str) -> Result<(), StoreError> {
        self.insert_plan(import, id, document)
            .await
            .doing("keeping a plan")
    }

    async fn insert_plan(&self, import: &ImportId, id: &str, document: &str) -> Result<(), Cause> {
        let import = self.import_number(import).await?;
        let packed = self.pack.pack(document.as_bytes())?;
        let now = self.now();
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            sqlx::query(KEEP).bind(import).bind(id).bind(now).bind(&packed).execute(&mut *tx).await?;
            sqlx::query(FORGET).bind(import).bind(KEPT).execute(&mut *tx).await?;
            tx.commit().await?;
        });
        Ok(())
    }

    /// The documents of the plans whose ids begin so, two at most.
    pub async fn plans(&self, import: &ImportId, begins: &str) -> Result<Vec<String>, StoreError> {
        self.select_plans(import, begins).await.doing("looking up a plan")
    }

    async fn select_plans(&self, import: &ImportId, begins: &str) -> Result<Vec<String>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<(String, Vec<u8>)> = on_either!(&self.readers, pool => {
            sqlx::query_as(FIND).bind(import).bind(begins).fetch_all(pool).await?
        });
        rows.into_iter()
            .map(|(_, document)| self.pack.unpack_text(&document))
            .collect()
    }
}
