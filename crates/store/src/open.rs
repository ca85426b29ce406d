//! Opens a database of either kind, and brings it up to date.

use std::{
    path::Path,
    str::FromStr,
    sync::{Arc, Mutex},
    time::Duration,
};

use model::{Clock, End, ImportId};
use sqlx::{
    ConnectOptions, Connection as _, PgConnection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Known, Store, StoreError, Trouble, VaultKey,
    db::{Db, on_either},
    error::{Cause, Doing},
    pack::Pack,
};

/// The workspace there is without anybody naming one.
const MAIN: &str = "main";

/// How long a statement waits for another process to let go of the database.
const BUSY: Duration = Duration::from_secs(10);

/// How long a transaction waits for its turn within this process.
const TURN: Duration = Duration::from_secs(60);

/// Page caches, in KiB; together with the statements they are most of what the store keeps in memory.
const WRITER_CACHE: &str = "-8192";
const READER_CACHE: &str = "-4096";

/// How many rows the database's thread may be ahead of whoever reads them: a batch, so that they need not take turns.
const ROWS: usize = 512;

/// Readers of the same file, or connections to the same server.
const READERS: u32 = 3;
const SERVER_CONNECTIONS: u32 = 8;

const LITE: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../migrations/sqlite/0001_start.sql")),
    (
        2,
        "sharing",
        include_str!("../migrations/sqlite/0002_sharing.sql"),
    ),
    (3, "files", include_str!("../migrations/sqlite/0003_files.sql")),
    (
        4,
        "two way",
        include_str!("../migrations/sqlite/0004_two_way.sql"),
    ),
    (
        6,
        "schedules",
        include_str!("../migrations/sqlite/0006_schedules.sql"),
    ),
    (7, "gone", include_str!("../migrations/sqlite/0007_gone.sql")),
    (
        9,
        "recipes",
        include_str!("../migrations/sqlite/0009_recipes.sql"),
    ),
    (10, "hooks", include_str!("../migrations/sqlite/0010_hooks.sql")),
    (
        11,
        "rehomed",
        include_str!("../migrations/sqlite/0011_rehomed.sql"),
    ),
    (12, "proofs", include_str!("../migrations/sqlite/0012_proofs.sql")),
    (14, "inlets", include_str!("../migrations/sqlite/0014_inlets.sql")),
    (15, "listed", include_str!("../migrations/sqlite/0015_listed.sql")),
    (
        17,
        "sources",
        include_str!("../migrations/sqlite/0017_sources.sql"),
    ),
    (18, "hidden", include_str!("../migrations/sqlite/0018_hidden.sql")),
    (
        19,
        "deliveries",
        include_str!("../migrations/sqlite/0019_deliveries.sql"),
    ),
    (20, "became", include_str!("../migrations/sqlite/0020_became.sql")),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../migrations/postgres/0001_start.sql")),
    (
        2,
        "sharing",
        include_str!("../migrations/postgres/0002_sharing.sql"),
    ),
    (3, "files", include_str!("../migrations/postgres/0003_files.sql")),
    (
        4,
        "two way",
        include_str!("../migrations/postgres/0004_two_way.sql"),
    ),
    (
        6,
        "schedules",
        include_str!("../migrations/postgres/0006_schedules.sql"),
    ),
    (7, "gone", include_str!("../migrations/postgres/0007_gone.sql")),
    (
        9,
        "recipes",
        include_str!("../migrations/postgres/0009_recipes.sql"),
    ),
    (10, "hooks", include_str!("../migrations/postgres/0010_hooks.sql")),
    (
        11,
        "rehomed",
        include_str!("../migrations/postgres/0011_rehomed.sql"),
    ),
    (
        12,
        "proofs",
        include_str!("../migrations/postgres/0012_proofs.sql"),
    ),
    (
        14,
        "inlets",
        include_str!("../migrations/postgres/0014_inlets.sql"),
    ),
    (
        15,
        "listed",
        include_str!("../migrations/postgres/0015_listed.sql"),
    ),
    (
        17,
        "sources",
        include_str!("../migrations/postgres/0017_sources.sql"),
    ),
    (
        18,
        "hidden",
        include_str!("../migrations/postgres/0018_hidden.sql"),
    ),
    (
        19,
        "deliveries",
        include_str!("../migrations/postgres/0019_deliveries.sql"),
    ),
    (
        20,
        "became",
        include_str!("../migrations/postgres/0020_became.sql"),
    ),
];

const ADD_WORKSPACE: &str = "insert into workspace (name) values ($1) on conflict (name) do nothing";
const FIND_WORKSPACE: &str = "select id from workspace where name = $1";

const FIND_END: &str = "select id from endpoint where workspace_id = $1 and connection = $2 and object = $3";
const ADD_END: &str = "
    insert into endpoint (workspace_id, connection, object) values ($1, $2, $3)
    on conflict (workspace_id, connection, object) do nothing";
const FIND_IMPORT: &str = "select id from import where workspace_id = $1 and name = $2";

impl Store {
    /// Opens the database at a path, at `sqlite:<path>` or at `postgres://…`; makes it if there is none, and brings
    /// an older one up to date.
    pub async fn open(url: &str, key: &VaultKey, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::connect(url, key, clock).await.doing("opening the database")
    }

    async fn connect(url: &str, key: &VaultKey, clock: Arc<dyn Clock>) -> Result<Self, Cause> {
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let (writer, readers) = if is_postgres {
            let db = postgres(url).await?;
            (db.clone(), db)
        } else {
            lite(url).await?
        };
        let pack = Pack::new().map_err(|error| Cause::new(Trouble::Unexpected, error))?;
        let mut store = Self {
            writer,
            readers,
            workspace: 0,
            workspace_name: MAIN.into(),
            key: key.clone(),
            clock,
            pack: Arc::new(pack),
            known: Arc::default(),
            lease: None,
        };
        store.workspace = store.find_workspace(MAIN).await?;
        Ok(store)
    }

    /// The same database as another workspace sees it.
    pub async fn workspace(&self, name: &str) -> Result<Self, StoreError> {
        let workspace = self.find_workspace(name).await.doing("opening a workspace")?;
        Ok(Self {
            workspace,
            workspace_name: name.into(),
            known: Arc::new(Mutex::new(Known::default())),
            lease: None,
            ..self.clone()
        })
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.find_workspace_of_ours().await.doing("asking the database")
    }

    async fn find_workspace_of_ours(&self) -> Result<(), Cause> {
        on_either!(&self.readers, pool => {
            let _: i64 = sqlx::query_scalar(FIND_WORKSPACE).bind(&*self.workspace_name).fetch_one(pool).await?;
        });
        Ok(())
    }

    /// Waits for what is under way and lets go of the database.
    pub async fn close(&self) {
        on_either!(&self.readers, pool => pool.close().await);
        on_either!(&self.writer, pool => pool.close().await);
    }

    async fn find_workspace(&self, name: &str) -> Result<i64, Cause> {
        on_either!(&self.writer, pool => {
            sqlx::query(ADD_WORKSPACE).bind(name).execute(pool).await?;
            Ok(sqlx::query_scalar(FIND_WORKSPACE).bind(name).fetch_one(pool).await?)
        })
    }

    /// The number of an end, if anything was ever kept of it.
    pub(crate) async fn end_known(&self, end: &End) -> Result<Option<i64>, Cause> {
        if let Some(id) = self.known().ends.get(end) {
            return Ok(Some(*id));
        }
        let found: Option<i64> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(FIND_END)
                .bind(self.workspace)
                .bind(end.connection.as_str())
                .bind(end.object.as_str())
                .fetch_optional(pool)
                .await?
        });
        if let Some(id) = found {
            self.known().ends.insert(end.clone(), id);
        }
        Ok(found)
    }

    /// The number of an end, which it gets now if it has none.
    pub(crate) async fn end(&self, end: &End) -> Result<i64, Cause> {
        if let Some(id) = self.end_known(end).await? {
            return Ok(id);
        }
        on_either!(&self.writer, pool => {
            sqlx::query(ADD_END)
                .bind(self.workspace)
                .bind(end.connection.as_str())
                .bind(end.object.as_str())
                .execute(pool)
                .await?;
        });
        let found = self.end_known(end).await?;
        Ok(found.ok_or(Trouble::Unexpected)?)
    }

    /// The number of an import.
    pub(crate) async fn import_number(&self, import: &ImportId) -> Result<i64, Cause> {
        if let Some(id) = self.known().imports.get(import) {
            return Ok(*id);
        }
        let found: Option<i64> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(FIND_IMPORT)
                .bind(self.workspace)
                .bind(import.as_str())
                .fetch_optional(pool)
                .await?
        });
        let id = found.ok_or_else(|| Trouble::Missing {
            what: "import",
            name: import.to_string(),
        })?;
        self.known().imports.insert(import.clone(), id);
        Ok(id)
    }

    pub(crate) fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn lite(url: &str) -> Result<(Db, Db), Cause> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    // Any other scheme would silently become the name of a file.
    if path.is_empty() || path.contains("://") {
        return Err(Trouble::BadAddress.into());
    }
    let options = SqliteConnectOptions::new()
        .filename(Path::new(path))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit of ours answers for a promise, and there are few of them.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        // A batch touches many pages; larger ones are fewer calls of the system. Of effect only in a new file.
        .page_size(8192)
        .pragma("mmap_size", "0")
        .pragma("wal_autocheckpoint", "2000")
        .pragma("journal_size_limit", "67108864")
        .row_buffer_size(ROWS)
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(TURN)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
        .await?;
    migrator(LITE).run(&writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(TURN)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(
            options
                .pragma("cache_size", READER_CACHE)
                .pragma("query_only", "on"),
        );
    Ok((Db::Lite(writer), Db::Lite(readers)))
}

async fn postgres(url: &str) -> Result<Db, Cause> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("interline")
        .disable_statement_logging();
    // A pool would try again for as long as a turn may take; whoever starts the program wants to know at once.
    let mut first = PgConnection::connect_with(&options).await?;
    migrator(POSTGRES).run_direct(None, &mut first, false).await?;
    // What is left to say is goodbye; a server that does not hear it notices by itself.
    let _ = first.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(SERVER_CONNECTIONS)
        .acquire_timeout(TURN)
        .connect_lazy_with(options);
    Ok(Db::Postgres(pool))
}

fn migrator(list: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = list
        .iter()
        .map(|(version, name, text)| {
            let text = text.into_sql_str();
            Migration::new(*version, (*name).into(), MigrationType::Simple, text, false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}
