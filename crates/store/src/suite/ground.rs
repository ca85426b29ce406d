//! An empty database for each test, and small records to put into it.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Action, Base, Change, Clock, End, ExternalKey, FieldChange, Fields, Handle, Import, ImportId, Keep, Kept,
    Mirror, ObjectName, Raw, RawHash, Reason, Recipe, RecordId, Settled, Side, Timestamp, Value,
};
use sqlx::{Connection as _, Executor, PgConnection};

use crate::{Connection, Store, VaultKey};

/// A name for a schema that nobody else on the server takes.
const NAME: &str = "select 'interline_test_' || replace(cast(gen_random_uuid() as text), '-', '_')";

/// Where a test stands: an open store, and what is needed to open it again.
#[derive(Clone)]
pub struct Ground {
    pub store: Store,
    pub url: String,
    pub key: VaultKey,
    pub clock: Arc<Ticks>,
}

/// A clock that moves when it is told to.
pub struct Ticks(AtomicI64);

#[async_trait]
impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep(&self, _: Duration) {}
}

impl Ground {
    async fn new(url: String) -> Self {
        let key = VaultKey::from_bytes([7; 32]);
        let clock = Arc::new(Ticks(AtomicI64::new(1_700_000_000)));
        let store = Store::open(&url, &key, clock.clone()).await.unwrap();
        Self {
            store,
            url,
            key,
            clock,
        }
    }

    /// Lets a second pass.
    pub fn tick(&self) {
        self.clock.0.fetch_add(1, Ordering::SeqCst);
    }

    /// What the clock says.
    pub fn clock_second(&self) -> i64 {
        self.clock.0.load(Ordering::SeqCst)
    }

    /// Closes the store and opens it again.
    pub async fn reopen(&self) -> Store {
        self.store.close().await;
        Store::open(&self.url, &self.key, self.clock.clone())
            .await
            .unwrap()
    }

    /// Adds two connections, and an import between them.
    pub async fn import(&self, name: &str) -> ImportId {
        for side in ["p", "d"] {
            let _ = self.store.add_connection(&connection(side), None).await;
        }
        self.store.add_import(&import(name)).await.unwrap();
        name.into()
    }
}

pub async fn on_lite<T: Future<Output = ()> + Send + 'static>(test: fn(Ground) -> T) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    let ground = Ground::new(url).await;
    test(ground.clone()).await;
    ground.store.close().await;
}

pub async fn on_postgres<T: Future<Output = ()> + Send + 'static>(test: fn(Ground) -> T) {
    let Some((server, mut admin)) = server().await else {
        let wanted = std::env::var("INTERLINE_REQUIRE").unwrap_or_default();
        assert!(
            !wanted.split(',').any(|word| word.trim() == "postgres"),
            "there is no PostgreSQL"
        );
        println!("Skipped: no PostgreSQL server answers (INTERLINE_TEST_POSTGRES names one)");
        return;
    };
    let schema: String = sqlx::query_scalar(NAME).fetch_one(&mut admin).await.unwrap();
    run(&mut admin, format!("create schema {schema}")).await;
    let joint = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{joint}options[search_path]={schema}");
    let ground = Ground::new(url).await;
    let ended = tokio::spawn(test(ground.clone())).await;
    ground.store.close().await;
    run(&mut admin, format!("drop schema {schema} cascade")).await;
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic.into_panic());
    }
}

async fn server() -> Option<(String, PgConnection)> {
    let urls = match std::env::var("INTERLINE_TEST_POSTGRES") {
        Ok(url) => vec![url],
        Err(_) => ["postgres", "root"]
            .map(|user| format!("postgres://{user}@127.0.0.1:5432/postgres"))
            .to_vec(),
    };
    for url in urls {
        let opened = tokio::time::timeout(Duration::from_secs(5), PgConnection::connect(&url)).await;
        if let Ok(Ok(admin)) = opened {
            return Some((url, admin));
        }
    }
    None
}

async fn run(admin: &mut PgConnection, text: String) {
    admin
        .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text)))
        .await
        .unwrap();
}

/// Executes a text on the store's own database.
pub async fn execute(store: &Store, text: &'static str) {
    crate::db::on_either!(&store.writer, pool => {
        sqlx::raw_sql(text).execute(pool).await.unwrap();
    });
}

/// How many rows a table has.
pub async fn count(store: &Store, table: &str) -> i64 {
    let text = format!("select count(*) from {table}");
    crate::db::on_either!(&store.readers, pool => {
        sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(pool).await.unwrap()
    })
}

pub fn connection(name: &str) -> Connection {
    Connection {
        id: name.into(),
        connector: "planhat".into(),
        settings: BTreeMap::from([("subdomain".to_owned(), "app".to_owned())]),
        created_at: Timestamp::from_second(5).unwrap(),
    }
}

pub fn import(name: &str) -> Import {
    Import {
        id: name.into(),
        left: "p".into(),
        right: "d".into(),
        recipe: Recipe {
            name: "r".to_owned(),
            left: "planhat".into(),
            right: "devrev".into(),
            options: vec![],
            clashes: Default::default(),
            pairings: Vec::new(),
        },
        options: BTreeMap::from([("part".to_owned(), Value::text("PROD-1"))]),
        created_at: Timestamp::from_second(6).unwrap(),
    }
}

/// The end `p` / `company`.
pub fn left() -> End {
    End::new(&"p".into(), &company())
}

/// The end `d` / `account`.
pub fn right() -> End {
    End::new(&"d".into(), &"account".into())
}

pub fn company() -> ObjectName {
    "company".into()
}

pub fn raw(id: &str, text: &str) -> Raw {
    Raw::new(id.into(), format!("{{\"id\":\"{id}\",\"text\":\"{text}\"}}"))
}

pub fn raws(ids: &[&str]) -> Vec<Raw> {
    ids.iter().map(|id| raw(id, "")).collect()
}

pub fn ids(ids: &[&str]) -> Vec<RecordId> {
    ids.iter().map(|id| (*id).into()).collect()
}

pub fn progress(pass: u64, cursor: &str) -> Keep {
    Keep {
        pass,
        cursor: Some(cursor.into()),
        began_at: Timestamp::from_second(9).unwrap(),
        whole: true,
        past: model::Past::default(),
    }
}

pub fn email(record: &str, value: &str) -> Handle {
    Handle {
        record: record.into(),
        field: "email".into(),
        value: value.to_owned(),
    }
}

pub async fn keep(store: &Store, end: &End, page: &[Raw], pass: u64) -> Kept {
    store.keep(end, page, &[], &progress(pass, "c")).await.unwrap()
}

fn fields(name: &str) -> Fields {
    Fields::from([
        ("name".into(), Value::text(name)),
        (
            "arr".into(),
            Value::Number(model::Number::parse("12.50").unwrap()),
        ),
    ])
}

pub fn settled(left: &str, right: &str) -> Settled {
    Settled {
        change: None,
        pairing: "accounts".into(),
        left_object: company(),
        left: left.into(),
        right_object: "account".into(),
        right: right.into(),
        base: Base {
            left: fields(left),
            right: Fields::new(),
        },
        adopted: false,
        waiting: false,
        returning: false,
        shared: false,
        right_hash: Some(RawHash([right.len() as u8; 16])),
    }
}

/// A creation of which the base repeats all fields.
pub fn creation(id: &str, left: &str) -> Change {
    let base = Base {
        left: fields(left),
        right: Fields::new(),
    };
    let written = base.left.iter().map(|(name, value)| FieldChange {
        name: name.clone(),
        before: None,
        after: value.clone(),
    });
    Change {
        id: id.into(),
        pairing: "accounts".into(),
        side: Side::Right,
        object: "account".into(),
        action: Action::Create {
            key: ExternalKey::new(format!("planhat:company:{left}")),
        },
        left_object: company(),
        left: left.into(),
        right_object: "account".into(),
        right: None,
        title: format!("Company {left}"),
        fields: written.collect(),
        why: Reason::Missing,
        adopted: false,
        waiting: false,
        returning: false,
        base,
    }
}
