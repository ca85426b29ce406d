//! The texts of recipes, version after version, and the connections that an import goes through.

use model::{ConnectionId, ImportId, Recipe, Side, Timestamp};

use crate::{
    Store, StoreError,
    catalog::{missing, time},
    db::{begin, on_either},
    error::{Cause, Doing},
};

const KEEP: &str = "
    insert into recipe_text (import_id, version, text, kept_at) values ($1, $2, $3, $4)
    on conflict (import_id, version) do update set text = excluded.text";
const TEXT: &str = "select text from recipe_text where import_id = $1 and version = $2";
const VERSIONS: &str = "select version, kept_at from recipe_text where import_id = $1 order by version";
const VERSION: &str = "select version from import where id = $1";
const CHANGE: &str = "update import set recipe = $2, version = version + 1 where id = $1 returning version";
const LEFT: &str = "update import set left_connection = $2 where id = $1";
const RIGHT: &str = "update import set right_connection = $2 where id = $1";
const CONNECTION_OF_LEFT: &str = "select left_connection from import where id = $1";
const CONNECTION_OF_RIGHT: &str = "select right_connection from import where id = $1";
const NEEDED: &str = "
    select count(*) from import
    where workspace_id = $1 and id <> $2 and (left_connection = $3 or right_connection = $3)";
const ENDS: &str = "select count(*) from endpoint where workspace_id = $1 and connection = $2";
const MOVE_ENDS: &str = "update endpoint set connection = $3 where workspace_id = $1 and connection = $2";

impl Store {
    /// Keeps the text of an import's present recipe.
    pub async fn keep_recipe_text(&self, id: &ImportId, text: &str) -> Result<(), StoreError> {
        self.insert_recipe_text(id, text)
            .await
            .doing("keeping a recipe's text")
    }

    async fn insert_recipe_text(&self, id: &ImportId, text: &str) -> Result<(), Cause> {
        let import = self.import_number(id).await?;
        let now = self.now();
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let version: i64 = sqlx::query_scalar(VERSION).bind(import).fetch_one(&mut *tx).await?;
            sqlx::query(KEEP).bind(import).bind(version).bind(text).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
        });
        Ok(())
    }

    /// Gives an import another recipe, text and all, and returns its version.
    pub async fn change_recipe_text(
        &self,
        id: &ImportId,
        recipe: &Recipe,
        text: &str,
    ) -> Result<i64, StoreError> {
        self.update_recipe_text(id, recipe, text)
            .await
            .doing("changing a recipe")
    }

    async fn update_recipe_text(&self, id: &ImportId, recipe: &Recipe, text: &str) -> Result<i64, Cause> {
        let import = self.import_number(id).await?;
        let json = serde_json::to_string(recipe)?;
        let now = self.now();
        let version = on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let version: Option<i64> =
                sqlx::query_scalar(CHANGE).bind(import).bind(json).fetch_optional(&mut *tx).await?;
            let version = version.ok_or_else(|| missing("import", id.as_str()))?;
            sqlx::query(KEEP).bind(import).bind(version).bind(text).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
            version
        });
        Ok(version)
    }

    /// The text of a version of an import's recipe; none: it was not kept.
    pub async fn recipe_text(&self, id: &ImportId, version: i64) -> Result<Option<String>, StoreError> {
        self.select_recipe_text(id, version)
            .await
            .doing("looking up a recipe's text")
    }

    async fn select_recipe_text(&self, id: &ImportId, version: i64) -> Result<Option<String>, Cause> {
        let import = self.import_number(id).await?;
        Ok(on_either!(&self.readers, pool => {
            sqlx::query_scalar(TEXT).bind(import).bind(version).fetch_optional(pool).await?
        }))
    }

    /// The versions of an import's recipe of which the text is kept, and since when.
    pub async fn recipe_versions(&self, id: &ImportId) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        self.select_recipe_versions(id)
            .await
            .doing("listing a recipe's versions")
    }

    async fn select_recipe_versions(&self, id: &ImportId) -> Result<Vec<(i64, Timestamp)>, Cause> {
        let import = self.import_number(id).await?;
        let rows: Vec<(i64, i64)> = on_either!(&self.readers, pool => {
            sqlx::query_as(VERSIONS).bind(import).fetch_all(pool).await?
        });
        rows.into_iter()
            .map(|(version, at)| Ok((version, time(at)?)))
            .collect()
    }

    /// Lets an import go through another connection to the same workspace. What was read through the old one is taken
    /// over, if nobody else needs it there.
    pub async fn change_side(
        &self,
        id: &ImportId,
        side: Side,
        connection: &ConnectionId,
    ) -> Result<(), StoreError> {
        self.update_side(id, side, connection)
            .await
            .doing("changing an import's connection")
    }

    async fn update_side(&self, id: &ImportId, side: Side, new: &ConnectionId) -> Result<(), Cause> {
        let import = self.import_number(id).await?;
        let (now, change) = match side {
            Side::Left => (CONNECTION_OF_LEFT, LEFT),
            Side::Right => (CONNECTION_OF_RIGHT, RIGHT),
        };
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let old: String = sqlx::query_scalar(now).bind(import).fetch_one(&mut *tx).await?;
            sqlx::query(change).bind(import).bind(new.as_str()).execute(&mut *tx).await?;
            let needed: i64 = sqlx::query_scalar(NEEDED)
                .bind(self.workspace)
                .bind(import)
                .bind(&old)
                .fetch_one(&mut *tx)
                .await?;
            let there: i64 =
                sqlx::query_scalar(ENDS).bind(self.workspace).bind(new.as_str()).fetch_one(&mut *tx).await?;
            if needed == 0 && there == 0 {
                sqlx::query(MOVE_ENDS)
                    .bind(self.workspace)
                    .bind(&old)
                    .bind(new.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        });
        self.known().ends.clear();
        Ok(())
    }
}
