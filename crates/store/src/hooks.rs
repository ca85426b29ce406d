//! Whom an import tells what its runs created and updated.

use model::{ImportId, RunId, Secret, Timestamp};

use crate::{
    Store, StoreError, Trouble,
    catalog::{missing, time},
    db::{begin, on_either},
    error::{Cause, Doing},
};

/// Somebody who wants to be told; the secret is asked for separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its name within the import.
    pub name: String,
    /// Where to.
    pub url: String,
    /// Whether its host may be one that is not public.
    pub private: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How a hook gets on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookCounts {
    /// Messages that wait to be sent.
    pub waiting: u64,
    /// Messages that were taken.
    pub delivered: u64,
    /// Messages that nobody took in time.
    pub given_up: u64,
    /// What the receiver said to the latest message that was not taken.
    pub complaint: Option<String>,
}

const ADD: &str = "
    insert into hook (import_id, name, url, private, secret, created_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (import_id, name) do nothing";
const ALL: &str = "select name, url, private, created_at from hook where import_id = $1 order by name";
const SECRET: &str = "select secret from hook where import_id = $1 and name = $2";
const REMOVE: [&str; 2] = [
    "delete from outbox where import_id = $1 and hook = $2",
    "delete from hook where import_id = $1 and name = $2",
];
const COUNTS: &str = "
    select coalesce(sum(case when next_try is not null then 1 else 0 end), 0),
        coalesce(sum(case when delivered = 1 then 1 else 0 end), 0),
        coalesce(sum(case when next_try is null and delivered = 0 then 1 else 0 end), 0)
    from outbox where import_id = $1 and hook = $2";
const COMPLAINT: &str = "
    select answer from outbox where import_id = $1 and hook = $2 and delivered = 0 and answer is not null
    order by made_at desc limit 1";
const ANNOUNCE: &str = "update run set announces = 1 where import_id = $1 and id = $2";
const EVER_ENDED: &str = "select 1 from run where import_id = $1 and report is not null limit 1";

type Columns = (String, String, i64, i64);

impl Store {
    /// Adds a hook, and seals its secret.
    pub async fn add_hook(&self, import: &ImportId, hook: &Hook, secret: &Secret) -> Result<(), StoreError> {
        self.insert_hook(import, hook, secret)
            .await
            .doing("adding a hook")
    }

    async fn insert_hook(&self, import: &ImportId, hook: &Hook, secret: &Secret) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        let sealed = self.key.seal(&self.hook_place(import, &hook.name), secret)?;
        let added = on_either!(&self.writer, pool => {
            sqlx::query(ADD)
                .bind(number)
                .bind(&hook.name)
                .bind(&hook.url)
                .bind(i64::from(hook.private))
                .bind(sealed)
                .bind(hook.created_at.as_microsecond())
                .execute(pool)
                .await?
                .rows_affected()
        });
        match added {
            0 => {
                let name = hook.name.clone();
                Err(Trouble::Taken { what: "hook", name }.into())
            }
            _ => Ok(()),
        }
    }

    /// An import's hooks, by name.
    pub async fn hooks(&self, import: &ImportId) -> Result<Vec<Hook>, StoreError> {
        let selected = async {
            let import = self.import_number(import).await?;
            let rows: Vec<Columns> = on_either!(&self.readers, pool => {
                sqlx::query_as(ALL).bind(import).fetch_all(pool).await?
            });
            rows.into_iter().map(hook).collect::<Result<_, Cause>>()
        };
        selected.await.doing("listing hooks")
    }

    /// A hook's secret.
    pub async fn hook_secret(&self, import: &ImportId, name: &str) -> Result<Secret, StoreError> {
        let selected = async {
            let number = self.import_number(import).await?;
            let sealed: Option<Vec<u8>> = on_either!(&self.readers, pool => {
                sqlx::query_scalar(SECRET).bind(number).bind(name).fetch_optional(pool).await?
            });
            self.unseal_hook(import, name, &sealed.ok_or_else(|| missing("hook", name))?)
        };
        selected.await.doing("opening a hook's secret")
    }

    pub(crate) fn unseal_hook(&self, import: &ImportId, name: &str, sealed: &[u8]) -> Result<Secret, Cause> {
        let opened = self.key.open(&self.hook_place(import, name), sealed);
        let name = format!("hook {name} of {import}");
        Ok(opened.ok_or(Trouble::WrongKey { name })?)
    }

    /// No connection's place has a line break in it.
    fn hook_place(&self, import: &ImportId, name: &str) -> String {
        format!("{}\nhook\n{import}\n{name}", self.workspace_name)
    }

    /// Removes a hook, and what it was still to be told.
    pub async fn remove_hook(&self, import: &ImportId, name: &str) -> Result<(), StoreError> {
        let removed = async {
            let number = self.import_number(import).await?;
            on_either!(&self.writer, pool => {
                let mut tx = begin(pool, self.writer.begin()).await?;
                let mut found = 0;
                for text in REMOVE {
                    found = sqlx::query(text).bind(number).bind(name).execute(&mut *tx).await?.rows_affected();
                }
                if found == 0 {
                    return Err(missing("hook", name));
                }
                tx.commit().await?;
            });
            Ok(())
        };
        removed.await.doing("removing a hook")
    }

    /// How a hook gets on.
    pub async fn hook_counts(&self, import: &ImportId, name: &str) -> Result<HookCounts, StoreError> {
        let counted = async {
            let import = self.import_number(import).await?;
            let ((waiting, delivered, given_up), complaint): ((i64, i64, i64), Option<String>) = on_either!(&self.readers, pool => {
                let counts = sqlx::query_as(COUNTS).bind(import).bind(name).fetch_one(pool).await?;
                let complaint = sqlx::query_scalar(COMPLAINT).bind(import).bind(name).fetch_optional(pool).await?;
                (counts, complaint)
            });
            let number = |count: i64| u64::try_from(count).unwrap_or_default();
            Ok::<_, Cause>(HookCounts {
                waiting: number(waiting),
                delivered: number(delivered),
                given_up: number(given_up),
                complaint,
            })
        };
        counted.await.doing("counting a hook's messages")
    }

    /// From now on, what this run intends is told to the import's hooks once it is settled, by whichever run.
    pub async fn announce(&self, import: &ImportId, run: &RunId) -> Result<(), StoreError> {
        let updated = async {
            let import = self.import_number(import).await?;
            on_either!(&self.writer, pool => {
                sqlx::query(ANNOUNCE).bind(import).bind(run.as_str()).execute(pool).await?;
            });
            Ok::<_, Cause>(())
        };
        updated.await.doing("keeping that a run is told of")
    }

    /// Whether any run of an import ever came to its end.
    pub async fn ever_ended(&self, import: &ImportId) -> Result<bool, StoreError> {
        let selected = async {
            let import = self.import_number(import).await?;
            let found: Option<i32> = on_either!(&self.readers, pool => {
                sqlx::query_scalar(EVER_ENDED).bind(import).fetch_optional(pool).await?
            });
            Ok::<_, Cause>(found.is_some())
        };
        selected.await.doing("looking whether an import ever ran")
    }
}

fn hook((name, url, private, created_at): Columns) -> Result<Hook, Cause> {
    Ok(Hook {
        name,
        url,
        private: private != 0,
        created_at: time(created_at)?,
    })
}
