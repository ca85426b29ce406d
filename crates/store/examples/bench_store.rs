//! What the store costs per record: keeps, intends and settles records of about 1 KB, and prints the figures.
//!
//! `cargo run --release -p store --example bench_store -- [records] [url]`
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use model::{
    Action, Base, Change, Clock, End, ExternalKey, FieldChange, Fields, Handle, Import, Intents, Keep,
    Mirror, Raw, Reason, Recipe, RecordId, RunId, Seq, Settled, Settlement, Side, Timestamp, Value,
};
use store::{Connection, Store, VaultKey};

const PAGE: usize = 500;
const BATCH: usize = 200;

/// A clock that stands still.
struct Noon;

#[async_trait]
impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    async fn sleep(&self, _: Duration) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let records: usize = arguments.next().map_or(100_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db").display().to_string();
    let url = arguments.next().unwrap_or_else(|| file.clone());
    let store = Store::open(&url, &VaultKey::from_bytes([7; 32]), Arc::new(Noon))
        .await
        .unwrap();
    let left = add_import(&store).await;
    println!(
        "{:>22} {:>10} {:>12} {:>14} {:>9}",
        "", "seconds", "records/s", "cpu us/record", "peak MB"
    );
    for pass in [1, 2] {
        let mut meter = Meter::default();
        for group in groups(records) {
            let raws: Vec<Raw> = group.map(raw).collect();
            meter.go();
            for page in raws.chunks(PAGE) {
                store
                    .keep(&left, page, &handles(page), &progress(pass))
                    .await
                    .unwrap();
            }
            meter.stop();
        }
        meter.print(if pass == 1 { "keep" } else { "keep the same again" }, records);
    }
    let mut meter = Meter::default();
    meter.go();
    let mut after = Seq(0);
    loop {
        let seen = store.changed(&left, after, PAGE).await.unwrap();
        let Some(last) = seen.last() else { break };
        after = last.seq;
    }
    meter.print("read changed", records);
    write(&store, &left, records).await;
    read(&store, &left, records).await;
    store.close().await;
    if let Ok(found) = fs::metadata(&file) {
        println!("{:>22} {:>10} bytes/record", "file", found.len() / records as u64);
    }
}

/// Intends, and settles.
async fn write(store: &Store, left: &End, records: usize) {
    let (import, run) = ("i".into(), RunId::from("0190a0a0-0000-7000-8000-000000000001"));
    let mut meter = Meter::default();
    for group in groups(records) {
        let changes: Vec<Change> = group.map(change).collect();
        meter.go();
        for batch in changes.chunks(BATCH) {
            store.intend(&import, &run, batch).await.unwrap();
        }
        meter.stop();
    }
    meter.print("intend", records);
    let mut meter = Meter::default();
    for group in groups(records) {
        let (all, ids): (Vec<Settled>, Vec<RecordId>) = group.map(|n| (settled(n), id(n))).unzip();
        meter.go();
        for (settled, planned) in all.chunks(BATCH).zip(ids.chunks(BATCH)) {
            let settlement = Settlement {
                settled,
                planned_records: planned,
                object: Some((&left.object, model::Side::Right)),
                planned: Some((left, model::Planning::Left, Seq(1))),
                ..Settlement::default()
            };
            store.settle(&import, &run, &settlement).await.unwrap();
        }
        meter.stop();
    }
    meter.print("settle", records);
}

/// Reads what planning reads.
async fn read(store: &Store, left: &End, records: usize) {
    let import = "i".into();
    let all: Vec<RecordId> = (0..records).map(id).collect();
    let mut meter = Meter::default();
    meter.go();
    for batch in all.chunks(BATCH) {
        store.pairs(&import, &"company".into(), batch).await.unwrap();
    }
    meter.print("read pairs", records);
    meter.go();
    for batch in all.chunks(BATCH) {
        let references: Vec<_> = batch.iter().map(|id| ("company".into(), id.clone())).collect();
        store.counterparts(&import, &references).await.unwrap();
    }
    meter.print("follow references", records);
    meter.go();
    for batch in all.chunks(BATCH) {
        let wanted: Vec<_> = batch
            .iter()
            .map(|id| ("email".into(), format!("{id}@example.com")))
            .collect();
        store.candidates(&import, left, &wanted).await.unwrap();
    }
    meter.print("look for candidates", records);
}

/// Records are made in groups, so that memory shows what the store needs.
fn groups(records: usize) -> impl Iterator<Item = Range<usize>> {
    (0..records)
        .step_by(5_000)
        .map(move |first| first..records.min(first + 5_000))
}

async fn add_import(store: &Store) -> End {
    for side in ["p", "d"] {
        let connection = Connection {
            id: side.into(),
            connector: side.into(),
            settings: BTreeMap::new(),
            created_at: Noon.now(),
        };
        store.add_connection(&connection, None).await.unwrap();
    }
    let import = Import {
        id: "i".into(),
        left: "p".into(),
        right: "d".into(),
        recipe: Recipe {
            name: "r".to_owned(),
            left: "p".into(),
            right: "d".into(),
            options: vec![],
            clashes: Default::default(),
            pairings: Vec::new(),
        },
        options: BTreeMap::new(),
        created_at: Noon.now(),
    };
    store.add_import(&import).await.unwrap();
    End::new(&"p".into(), &"company".into())
}

/// Ids as document databases make them: a time, then chance.
fn id(n: usize) -> RecordId {
    let chance = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    RecordId::from(format!("{:08x}{:016x}", 0x6300_0000 + n / 50, chance))
}

fn words(n: usize, count: usize) -> String {
    const WORDS: [&str; 16] = [
        "renewal", "meeting", "about", "the", "contract", "with", "their", "team", "next", "quarter",
        "budget", "open", "question", "adoption", "call", "notes",
    ];
    let mut state = n as u64 + 1;
    let mut text = String::new();
    for _ in 0..count {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.extend(WORDS.get((state >> 60) as usize).copied());
        text.push(' ');
    }
    text
}

fn raw(n: usize) -> Raw {
    let json = format!(
        "{{\"_id\":\"{}\",\"name\":\"Company {n}\",\"owner\":\"{}\",\"status\":\"customer\",\"tags\":[\"a\",\"b\"],\
         \"createDate\":\"2024-05-01T10:00:{:02}.000Z\",\"mrr\":{}.50,\"description\":\"<p>{}</p>\",\
         \"custom\":{{\"Segment\":\"Enterprise\",\"Health\":{}}}}}",
        id(n),
        id(n % 37),
        n % 60,
        n * 7,
        words(n, 110),
        n % 10
    );
    Raw::new(id(n), json)
}

fn handles(page: &[Raw]) -> Vec<Handle> {
    let one = |raw: &Raw| Handle {
        record: raw.id.clone(),
        field: "email".into(),
        value: format!("{}@example.com", raw.id),
    };
    page.iter().map(one).collect()
}

fn progress(pass: u64) -> Keep {
    Keep {
        pass,
        cursor: Some("500".into()),
        began_at: Noon.now(),
        whole: true,
        past: model::Past::default(),
    }
}

fn base(n: usize) -> Base {
    let mut left = Fields::from([
        ("title".into(), Value::text(format!("Company {n}"))),
        ("description".into(), Value::text(words(n, 110))),
        ("stage".into(), Value::text("customer")),
    ]);
    for field in 0..8 {
        left.insert(
            format!("tnt__field_{field}").into(),
            Value::text(words(n + field, 2)),
        );
    }
    Base {
        left,
        right: Fields::new(),
    }
}

fn change_id(n: usize) -> String {
    format!("0190a0a0-{:04x}-7{:03x}-8000-{n:012x}", n >> 12, n & 0xfff)
}

fn change(n: usize) -> Change {
    let base = base(n);
    let fields = base.left.iter().map(|(name, after)| FieldChange {
        name: name.clone(),
        before: None,
        after: after.clone(),
    });
    Change {
        id: change_id(n).into(),
        pairing: "accounts".into(),
        side: Side::Right,
        object: "account".into(),
        action: Action::Create {
            key: ExternalKey::new(format!("planhat:company:{}", id(n))),
        },
        left_object: "company".into(),
        left: id(n),
        right_object: "account".into(),
        right: None,
        title: format!("Company {n}"),
        fields: fields.collect(),
        why: Reason::Missing,
        adopted: false,
        waiting: false,
        returning: false,
        base,
    }
}

fn settled(n: usize) -> Settled {
    Settled {
        change: Some(change_id(n).into()),
        pairing: "accounts".into(),
        left_object: "company".into(),
        left: id(n),
        right_object: "account".into(),
        right: format!("don:identity:dvrv-us-1:devo/1:account/{n}").into(),
        base: base(n),
        adopted: false,
        waiting: false,
        returning: false,
        shared: false,
        right_hash: None,
    }
}

/// Measures what happens between `go` and `stop`.
#[derive(Default)]
struct Meter {
    since: Option<(Instant, f64)>,
    wall: f64,
    cpu: f64,
}

impl Meter {
    fn go(&mut self) {
        self.since = Some((Instant::now(), cpu_seconds()));
    }

    fn stop(&mut self) {
        if let Some((wall, cpu)) = self.since.take() {
            self.wall += wall.elapsed().as_secs_f64();
            self.cpu += cpu_seconds() - cpu;
        }
    }

    fn print(&mut self, what: &str, records: usize) {
        self.stop();
        let (wall, rate, each) = (
            self.wall,
            records as f64 / self.wall,
            self.cpu * 1e6 / records as f64,
        );
        println!(
            "{what:>22} {wall:>10.2} {rate:>12.0} {each:>14.1} {:>9}",
            peak_mb()
        );
        *self = Self::default();
    }
}

/// Processor time of this process, from Linux; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: f64 = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn peak_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
