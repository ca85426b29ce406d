//! Connections and imports, as their users named them.

use std::collections::BTreeMap;

use model::{ConnectionId, ConnectorId, Import, ImportId, Recipe, Secret, Timestamp, Value};

use crate::{
    Store, StoreError, Trouble,
    db::{begin, on_either},
    error::{Cause, Doing},
};

/// One vendor with one customer's settings; its secret is asked for separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// The connector that opens it.
    pub connector: ConnectorId,
    /// Its settings, without the secret.
    pub settings: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An import, and how often its recipe was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// The import.
    pub import: Import,
    /// 1 for the recipe it was made with.
    pub version: i64,
}

const ADD_CONNECTION: &str = "
    insert into connection (workspace_id, name, connector, settings, secret, created_at)
    values ($1, $2, $3, $4, $5, $6) on conflict (workspace_id, name) do nothing";
const CHANGE_CONNECTION: &str = "
    update connection set settings = $3, secret = coalesce($4, secret) where workspace_id = $1 and name = $2";
const CONNECTIONS: &str = "
    select name, connector, settings, created_at from connection where workspace_id = $1 order by name";
const CONNECTION: &str = "
    select name, connector, settings, created_at from connection where workspace_id = $1 and name = $2";
const SECRET: &str = "select secret from connection where workspace_id = $1 and name = $2";
const NEEDED_BY: &str = "
    select name from import
    where workspace_id = $1 and (left_connection = $2 or right_connection = $2) order by name limit 1";
const FED_BY: &str =
    "select name from source where workspace_id = $1 and destination = $2 order by name limit 1";
const REMOVE_CONNECTION: &str = "delete from connection where workspace_id = $1 and name = $2";

/// What the mirror has of a connection goes with it, and where its vendor told us of changes.
const FORGET_ENDS: [&str; 6] = [
    "delete from inlet where workspace_id = $1 and connection = $2",
    "delete from handle where end_id in (select id from endpoint where workspace_id = $1 and connection = $2)",
    "delete from raw where end_id in (select id from endpoint where workspace_id = $1 and connection = $2)",
    "delete from listed where end_id in (select id from endpoint where workspace_id = $1 and connection = $2)",
    "delete from met where end_id in (select id from endpoint where workspace_id = $1 and connection = $2)",
    "delete from endpoint where workspace_id = $1 and connection = $2",
];

const ADD_IMPORT: &str = "
    insert into import
        (workspace_id, name, left_connection, right_connection, recipe, version, options, created_at)
    values ($1, $2, $3, $4, $5, 1, $6, $7) on conflict (workspace_id, name) do nothing";
const IMPORTS: &str = "
    select name, left_connection, right_connection, recipe, version, options, created_at
    from import where workspace_id = $1 order by name";
const IMPORT: &str = "
    select name, left_connection, right_connection, recipe, version, options, created_at
    from import where workspace_id = $1 and name = $2";
const CHANGE_RECIPE: &str = "
    update import set recipe = $3, version = version + 1 where workspace_id = $1 and name = $2
    returning version";
const CHANGE_OPTIONS: &str = "update import set options = $3 where workspace_id = $1 and name = $2";

/// In this order: nothing that is left refers to what is gone.
const DELETE_IMPORT: &[&str] = &[
    "delete from plan where import_id = $1",
    "delete from recipe_text where import_id = $1",
    "delete from outbox where import_id = $1",
    "delete from hook where import_id = $1",
    "delete from lease where import_id = $1",
    "delete from schedule where import_id = $1",
    "delete from attachment where import_id = $1",
    "delete from file where import_id = $1",
    "delete from decision where import_id = $1",
    "delete from problem where import_id = $1",
    "delete from planned where import_id = $1",
    "delete from change where import_id = $1",
    "delete from replaced where import_id = $1",
    "delete from pair where import_id = $1",
    "delete from run where import_id = $1",
    "delete from import where id = $1",
];

type ConnectionColumns = (String, String, String, i64);
type ImportColumns = (String, String, String, String, i64, String, i64);

impl Store {
    /// Adds a connection, and seals its secret.
    pub async fn add_connection(
        &self,
        connection: &Connection,
        secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        self.insert_connection(connection, secret)
            .await
            .doing("adding a connection")
    }

    async fn insert_connection(&self, new: &Connection, secret: Option<&Secret>) -> Result<(), Cause> {
        let sealed = secret.map(|secret| self.seal(&new.id, secret)).transpose()?;
        let settings = serde_json::to_string(&new.settings)?;
        let added = on_either!(&self.writer, pool => {
            sqlx::query(ADD_CONNECTION)
                .bind(self.workspace)
                .bind(new.id.as_str())
                .bind(new.connector.as_str())
                .bind(settings)
                .bind(sealed)
                .bind(new.created_at.as_microsecond())
                .execute(pool)
                .await?
                .rows_affected()
        });
        if added == 0 {
            return Err(taken("connection", new.id.as_str()));
        }
        Ok(())
    }

    /// Gives a connection other settings, and another secret if there is one.
    pub async fn change_connection(
        &self,
        id: &ConnectionId,
        settings: &BTreeMap<String, String>,
        secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        self.update_connection(id, settings, secret)
            .await
            .doing("changing a connection")
    }

    async fn update_connection(
        &self,
        id: &ConnectionId,
        settings: &BTreeMap<String, String>,
        secret: Option<&Secret>,
    ) -> Result<(), Cause> {
        let sealed = secret.map(|secret| self.seal(id, secret)).transpose()?;
        let settings = serde_json::to_string(settings)?;
        let changed = on_either!(&self.writer, pool => {
            sqlx::query(CHANGE_CONNECTION)
                .bind(self.workspace)
                .bind(id.as_str())
                .bind(settings)
                .bind(sealed)
                .execute(pool)
                .await?
                .rows_affected()
        });
        if changed == 0 {
            return Err(missing("connection", id.as_str()));
        }
        Ok(())
    }

    /// Every connection, by name.
    pub async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.select_connections().await.doing("listing connections")
    }

    async fn select_connections(&self) -> Result<Vec<Connection>, Cause> {
        let rows: Vec<ConnectionColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(CONNECTIONS).bind(self.workspace).fetch_all(pool).await?
        });
        rows.into_iter().map(connection).collect()
    }

    /// The connection of that name.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection, StoreError> {
        self.select_connection(id).await.doing("looking up a connection")
    }

    async fn select_connection(&self, id: &ConnectionId) -> Result<Connection, Cause> {
        let row: Option<ConnectionColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(CONNECTION)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        connection(row.ok_or_else(|| missing("connection", id.as_str()))?)
    }

    /// A connection's secret, if it has one.
    pub async fn secret(&self, id: &ConnectionId) -> Result<Option<Secret>, StoreError> {
        self.select_secret(id).await.doing("opening a secret")
    }

    async fn select_secret(&self, id: &ConnectionId) -> Result<Option<Secret>, Cause> {
        let row: Option<(Option<Vec<u8>>,)> = on_either!(&self.readers, pool => {
            sqlx::query_as(SECRET)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        let (sealed,) = row.ok_or_else(|| missing("connection", id.as_str()))?;
        sealed.map(|sealed| self.unseal(id, &sealed)).transpose()
    }

    /// Removes a connection that no import needs, and what the mirror has of it.
    pub async fn remove_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.forget_connection(id).await.doing("removing a connection")
    }

    async fn forget_connection(&self, id: &ConnectionId) -> Result<(), Cause> {
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let needed_by: Option<String> = sqlx::query_scalar(NEEDED_BY)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(import) = needed_by {
                return Err(Trouble::InUse { name: id.to_string(), import }.into());
            }
            let fed_by: Option<String> = sqlx::query_scalar(FED_BY)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(source) = fed_by {
                return Err(Trouble::Feeds { name: id.to_string(), source }.into());
            }
            for text in FORGET_ENDS {
                sqlx::query(text).bind(self.workspace).bind(id.as_str()).execute(&mut *tx).await?;
            }
            let removed = sqlx::query(REMOVE_CONNECTION)
                .bind(self.workspace)
                .bind(id.as_str())
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if removed == 0 {
                return Err(missing("connection", id.as_str()));
            }
            tx.commit().await?;
        });
        self.known().ends.retain(|end, _| &end.connection != id);
        Ok(())
    }

    /// Adds an import between two connections.
    pub async fn add_import(&self, import: &Import) -> Result<(), StoreError> {
        self.insert_import(import).await.doing("adding an import")
    }

    async fn insert_import(&self, import: &Import) -> Result<(), Cause> {
        for side in [&import.left, &import.right] {
            self.select_connection(side).await?;
        }
        let recipe = serde_json::to_string(&import.recipe)?;
        let options = serde_json::to_string(&import.options)?;
        let added = on_either!(&self.writer, pool => {
            sqlx::query(ADD_IMPORT)
                .bind(self.workspace)
                .bind(import.id.as_str())
                .bind(import.left.as_str())
                .bind(import.right.as_str())
                .bind(recipe)
                .bind(options)
                .bind(import.created_at.as_microsecond())
                .execute(pool)
                .await?
                .rows_affected()
        });
        if added == 0 {
            return Err(taken("import", import.id.as_str()));
        }
        Ok(())
    }

    /// Every import, by name.
    pub async fn imports(&self) -> Result<Vec<ImportRow>, StoreError> {
        self.select_imports().await.doing("listing imports")
    }

    async fn select_imports(&self) -> Result<Vec<ImportRow>, Cause> {
        let rows: Vec<ImportColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(IMPORTS).bind(self.workspace).fetch_all(pool).await?
        });
        rows.into_iter().map(import_row).collect()
    }

    /// The import of that name.
    pub async fn import(&self, id: &ImportId) -> Result<ImportRow, StoreError> {
        self.select_import(id).await.doing("looking up an import")
    }

    async fn select_import(&self, id: &ImportId) -> Result<ImportRow, Cause> {
        let row: Option<ImportColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(IMPORT)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        import_row(row.ok_or_else(|| missing("import", id.as_str()))?)
    }

    /// Gives an import another recipe, and returns its version.
    pub async fn change_recipe(&self, id: &ImportId, recipe: &Recipe) -> Result<i64, StoreError> {
        self.update_recipe(id, recipe).await.doing("changing a recipe")
    }

    async fn update_recipe(&self, id: &ImportId, recipe: &Recipe) -> Result<i64, Cause> {
        let recipe = serde_json::to_string(recipe)?;
        let version: Option<i64> = on_either!(&self.writer, pool => {
            sqlx::query_scalar(CHANGE_RECIPE)
                .bind(self.workspace)
                .bind(id.as_str())
                .bind(recipe)
                .fetch_optional(pool)
                .await?
        });
        version.ok_or_else(|| missing("import", id.as_str()))
    }

    /// Gives an import other options.
    pub async fn change_options(
        &self,
        id: &ImportId,
        options: &BTreeMap<String, Value>,
    ) -> Result<(), StoreError> {
        self.update_options(id, options).await.doing("changing an import")
    }

    async fn update_options(&self, id: &ImportId, options: &BTreeMap<String, Value>) -> Result<(), Cause> {
        let options = serde_json::to_string(options)?;
        let changed = on_either!(&self.writer, pool => {
            sqlx::query(CHANGE_OPTIONS)
                .bind(self.workspace)
                .bind(id.as_str())
                .bind(options)
                .execute(pool)
                .await?
                .rows_affected()
        });
        if changed == 0 {
            return Err(missing("import", id.as_str()));
        }
        Ok(())
    }

    /// Forgets an import: its pairs, changes, problems and runs. The mirror stays, it belongs to the connections.
    pub async fn delete_import(&self, id: &ImportId) -> Result<(), StoreError> {
        self.forget_import(id).await.doing("deleting an import")
    }

    async fn forget_import(&self, id: &ImportId) -> Result<(), Cause> {
        let number = self.import_number(id).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            for text in DELETE_IMPORT {
                sqlx::query(*text).bind(number).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        });
        self.known().imports.remove(id);
        Ok(())
    }
}

fn connection((name, connector, settings, created_at): ConnectionColumns) -> Result<Connection, Cause> {
    Ok(Connection {
        id: name.into(),
        connector: connector.into(),
        settings: serde_json::from_str(&settings)?,
        created_at: time(created_at)?,
    })
}

fn import_row(columns: ImportColumns) -> Result<ImportRow, Cause> {
    let (name, left, right, recipe, version, options, created_at) = columns;
    Ok(ImportRow {
        import: Import {
            id: name.into(),
            left: left.into(),
            right: right.into(),
            recipe: serde_json::from_str(&recipe)?,
            options: serde_json::from_str(&options)?,
            created_at: time(created_at)?,
        },
        version,
    })
}

/// A time as the database keeps it.
pub(crate) fn time(microseconds: i64) -> Result<Timestamp, Cause> {
    Timestamp::from_microsecond(microseconds).map_err(|error| Cause::new(Trouble::Garbled, error))
}

pub(crate) fn missing(what: &'static str, name: &str) -> Cause {
    let name = name.to_owned();
    Trouble::Missing { what, name }.into()
}

fn taken(what: &'static str, name: &str) -> Cause {
    let name = name.to_owned();
    Trouble::Taken { what, name }.into()
}
