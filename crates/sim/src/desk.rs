//! A support desk of any size that is made up while it is read: how long reading it takes under Intercom's own rate windows,
//! by the simulated clock, and how much memory that needs.

use std::{
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connectors::{
    Outlet, Sample, Session, Settings, TwinOptions, Wire,
    kit::{Download, Request, Response, TwinWire, Upload},
};
use engine::{Progress, Scope, Stage, Work};
use http::{HeaderName, Method, header};
use model::{Clock, Destination, Direction, Fault, Fetched, Import, ObjectName, RunId, Secret, Value};
use serde_json::{Value as Json, json};
use store::{Connection, Store};

use crate::{
    clock::{Ended, SimClock, at_once, drive},
    counts::Counts,
    death::Death,
    disk::{Disk, Ground, Room},
    mischief::{Defect, Mischief},
    people::TOKEN,
    world::Stumble,
};

const RECIPE: &str = include_str!("../../../recipes/intercom-devrev.yaml");
const LEFT: &str = "left";
const RIGHT: &str = "right";
/// The vendor counts in windows of so many seconds, which begin by its clock.
const WINDOW: i64 = 10;
const MINUTE: f64 = 60.0;
/// What stands for a conversation's number, and for the second of its change.
const NUMBER: &str = "@NUMBER@";
const SECOND: &str = "\"@SECOND@\"";
const BEGAN: u64 = 1_700_000_000;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// How many conversations there are.
    pub conversations: u64,
    /// How many parts each has.
    pub parts: u64,
    /// Calls a minute that the vendor takes.
    pub calls_per_minute: u64,
    /// How long an answer takes.
    pub latency: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Minutes, by the simulated clock, until all conversations were read.
    pub minutes: f64,
    /// The least that the windows allow for the calls that were made.
    pub floor: f64,
    /// Calls to the vendor.
    pub calls: u64,
    /// Of these, those that were refused for haste.
    pub refused: u64,
    /// The most memory that this process ever held.
    pub peak_mb: f64,
}

/// Reads a made-up desk with the real client, engine and store, as `import plan` does.
// tidy: long because it wires one world together
pub fn measure(ground: &Ground, measured: Measured) -> Result<Took, Stumble> {
    let clock = Arc::new(SimClock::new());
    let desk = Arc::new(Desk::new(&clock, measured)?);
    let right = Arc::new(twin("devrev", &clock)?);
    let left = open("intercom", Arc::<Desk>::clone(&desk), &clock)?;
    let right = open("devrev", right, &clock)?;
    let folder = tempfile::tempdir()?;
    let store = ground.store(folder.path(), Arc::<SimClock>::clone(&clock))?;
    let (death, counts, room) = (Death::default(), Counts::default(), Room::default());
    let mischief = Mischief::new(Defect::None);
    let destination = right.destination().ok_or("the right side takes nothing")?;
    let import = created(ground, &store, &clock, destination)?;
    let disk = Disk {
        store: &store,
        death: &death,
        counts: &counts,
        room: &room,
        mischief: &mischief,
        late_to: destination,
    };
    let watch = Watch {
        clock: &clock,
        read_after: Mutex::default(),
    };
    let run = RunId::from("run-1");
    let work = Work {
        import: &import,
        run: &run,
        left: left.source().ok_or("the left side gives nothing")?,
        right_source: right.source().ok_or("the right side gives nothing")?,
        right: destination,
        left_writer: None,
        direction: Direction::Forward,
        deletes_approved: false,
        left_unasked: false,
        scope: &Scope::default(),
        mirror: &disk,
        intents: &disk,
        files: &disk,
        scratch: folder.path(),
        clock: clock.as_ref(),
        progress: &watch,
    };
    death.begin(None);
    match drive(&clock, &death, ground, engine::preview(&work)) {
        Ended::ByItself(preview) => drop(preview?),
        Ended::Killed | Ended::Stuck => return Err("the reading never ended".into()),
    }
    let read_after = watch
        .read_after
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let read_after = read_after.ok_or("the conversations were never read")?;
    let calls = desk.calls.load(Ordering::Relaxed);
    let window = measured.calls_per_minute / 6;
    Ok(Took {
        minutes: read_after.as_secs_f64() / MINUTE,
        floor: calls as f64 / window.max(1) as f64 * WINDOW as f64 / MINUTE,
        calls,
        refused: desk.refused.load(Ordering::Relaxed),
        peak_mb: peak_mb().unwrap_or_default(),
    })
}

/// The import with its connections, as a user makes it.
fn created(
    ground: &Ground,
    store: &Store,
    clock: &SimClock,
    destination: &dyn Destination,
) -> Result<Import, Stumble> {
    let _entered = ground.enter();
    let import = at_once(import(clock, destination))?;
    for (id, connector) in [(LEFT, "intercom"), (RIGHT, "devrev")] {
        let connection = Connection {
            id: id.into(),
            connector: connector.into(),
            settings: Default::default(),
            created_at: clock.now(),
        };
        at_once(store.add_connection(&connection, None))?;
    }
    at_once(store.add_import(&import))?;
    Ok(import)
}

/// A twin of a small workspace, and as many conversations besides as were asked for, each the same but for its number.
struct Desk {
    measured: Measured,
    twin: TwinWire,
    clock: Arc<SimClock>,
    listed: Vec<String>,
    whole: Vec<String>,
    window: Mutex<(i64, u64)>,
    calls: AtomicU64,
    refused: AtomicU64,
}

impl Desk {
    fn new(clock: &Arc<SimClock>, measured: Measured) -> Result<Self, Stumble> {
        let twin = twin("intercom", clock)?;
        let sample = Sample {
            companies: 3,
            seed: 1,
        };
        twin.with_twin(|twin| twin.fill(&sample, clock.now()))?;
        let (listed, whole) = templates(&twin, clock, measured.parts)?;
        Ok(Self {
            measured,
            twin,
            clock: Arc::clone(clock),
            listed,
            whole,
            window: Mutex::default(),
            calls: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    fn answer(&self, request: &Request) -> Option<Response> {
        let path = request.path.as_str();
        if request.method == Method::POST && path == "/conversations/search" {
            return Some(self.page(&serde_json::from_slice(&request.body).unwrap_or_default()));
        }
        let number = path.strip_prefix("/conversations/")?.parse().ok()?;
        Some(answered(filled(&self.whole, number)))
    }

    /// A page of the search, which has them in the order of their change.
    fn page(&self, asked: &Json) -> Response {
        let number = |path: &str| {
            let found = asked.pointer(path)?;
            found.as_u64().or_else(|| found.as_str()?.parse().ok())
        };
        let size = number("/pagination/per_page").unwrap_or(20).clamp(1, 150);
        let from = number("/pagination/starting_after").unwrap_or_default();
        let all = self.measured.conversations;
        let until = from.saturating_add(size).min(all);
        let items: Vec<String> = (from..until)
            .map(|number| filled(&self.listed, number + 1))
            .collect();
        let next = (until < all).then(|| json!({ "per_page": size, "starting_after": until.to_string() }));
        let pages = json!({ "type": "pages", "per_page": size, "next": next });
        let items = items.join(",");
        answered(format!(
            r#"{{"type":"conversation.list","pages":{pages},"total_count":{all},"conversations":[{items}]}}"#
        ))
    }

    /// Counts a call; whether it is one too many, and what the headers say.
    fn count(&self) -> (bool, u64, i64) {
        let second = self.clock.now().as_second();
        let most = self.measured.calls_per_minute / 6;
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != second.div_euclid(WINDOW) {
            *window = (second.div_euclid(WINDOW), 0);
        }
        let is_over = window.1 >= most;
        window.1 += u64::from(!is_over);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.refused.fetch_add(u64::from(is_over), Ordering::Relaxed);
        (is_over, most.saturating_sub(window.1), (window.0 + 1) * WINDOW)
    }
}

#[async_trait]
impl Wire for Desk {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        self.clock.sleep(self.measured.latency / 2).await;
        let (is_over, remaining, reset) = self.count();
        let response = match self.answer(&request) {
            _ if is_over => Response::json(
                429,
                &json!({ "type": "error.list", "errors": [{ "code": "rate_limit_exceeded" }] }),
            ),
            Some(response) => response,
            None => self.twin.send(request).await?,
        };
        self.clock.sleep(self.measured.latency / 2).await;
        Ok(response
            .header(
                "x-ratelimit-limit",
                &(self.measured.calls_per_minute / 6).to_string(),
            )
            .header("x-ratelimit-remaining", &remaining.to_string())
            .header("x-ratelimit-reset", &reset.to_string()))
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        self.twin.upload(upload).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.twin.download(download).await
    }
}

/// A conversation as lists show it and as it is read, in pieces between which its number and its time stand.
fn templates(twin: &TwinWire, clock: &SimClock, parts: u64) -> Result<(Vec<String>, Vec<String>), Stumble> {
    let request = Request::new(Method::GET, "/conversations")
        .query("per_page", "1")
        .header(header::AUTHORIZATION, &format!("Bearer {TOKEN}"))
        .header(HeaderName::from_static("intercom-version"), "2.16");
    let answer = twin.with_twin(|twin| twin.answer(&request, clock.now())).response;
    let listed: Json = serde_json::from_slice(&answer.body)?;
    let mut item = listed
        .pointer("/conversations/0")
        .cloned()
        .ok_or("the twin has no conversation")?;
    let author = item.pointer("/source/author").cloned().unwrap_or_default();
    let members = item.as_object_mut().ok_or("a conversation is no object")?;
    members.insert("id".to_owned(), json!(NUMBER));
    members.insert("updated_at".to_owned(), json!("@SECOND@"));
    members.insert("state".to_owned(), json!("closed"));
    members.insert("ticket".to_owned(), Json::Null);
    members.insert(
        "linked_objects".to_owned(),
        json!({ "type": "list", "total_count": 0, "data": [] }),
    );
    let listed = pieces(&item);
    let said = "I tried it again with another browser, and it is the same. <b>Nothing</b> comes up after the second step. ";
    let part = |number: u64| {
        json!({
            "type": "conversation_part",
            "id": (9_000 + number).to_string(),
            "part_type": "comment",
            "body": format!("<p>Part {number} of {NUMBER}. {}</p>", said.repeat(3)),
            "created_at": BEGAN + number,
            "updated_at": BEGAN + number,
            "author": author,
            "attachments": [],
            "redacted": false,
        })
    };
    let all: Vec<Json> = (0..parts).map(part).collect();
    let list = json!({ "type": "conversation_part.list", "conversation_parts": all, "total_count": parts });
    if let Some(members) = item.as_object_mut() {
        members.insert("conversation_parts".to_owned(), list);
    }
    Ok((listed, pieces(&item)))
}

fn pieces(item: &Json) -> Vec<String> {
    let text = item.to_string();
    text.split(NUMBER).map(str::to_owned).collect()
}

fn filled(pieces: &[String], number: u64) -> String {
    let text = pieces.join(&number.to_string());
    text.replace(SECOND, &(BEGAN + number).to_string())
}

fn answered(text: String) -> Response {
    Response {
        body: text.into_bytes().into(),
        ..Response::json(200, &Json::Null)
    }
}

/// Notes when the conversations were read.
struct Watch<'a> {
    clock: &'a SimClock,
    read_after: Mutex<Option<Duration>>,
}

impl Progress for Watch<'_> {
    fn stage(&self, object: &ObjectName, stage: Stage, _: u64, total: Option<u64>) {
        if object.as_str() == "conversation" && stage == Stage::ReadingLeft && total.is_some() {
            *self.read_after.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clock.passed());
        }
    }
}

fn twin(id: &str, clock: &Arc<SimClock>) -> Result<TwinWire, Stumble> {
    let connector = connectors::by_id(id).ok_or("there is no such connector")?;
    let options = TwinOptions {
        token: Some(TOKEN.to_owned()),
        settings: Default::default(),
    };
    Ok(TwinWire::new(
        connector.twin(&options)?,
        Arc::<SimClock>::clone(clock),
    ))
}

fn open(id: &str, wire: Arc<dyn Wire>, clock: &Arc<SimClock>) -> Result<Box<dyn Session>, Stumble> {
    let connector = connectors::by_id(id).ok_or("there is no such connector")?;
    let settings = Settings {
        values: Default::default(),
        secret: Secret::new(TOKEN),
    };
    let outlet = Outlet {
        wire,
        clock: Arc::<SimClock>::clone(clock),
    };
    Ok(connector.open(&settings, outlet)?)
}

async fn import(clock: &SimClock, destination: &dyn model::Destination) -> Result<Import, Stumble> {
    let recipe = engine::recipe::parse(RECIPE).map_err(|mistakes| format!("{mistakes:?}"))?;
    let mut options = std::collections::BTreeMap::new();
    for (name, text) in [
        ("part", "PROD-1"),
        ("fallback_person", "without-owner@interline.invalid"),
    ] {
        options.insert(name.to_owned(), destination.option(name, text).await?);
    }
    options.insert("all_conversations".to_owned(), Value::Bool(true));
    Ok(Import {
        id: "desk".into(),
        left: LEFT.into(),
        right: RIGHT.into(),
        recipe,
        options,
        created_at: clock.now(),
    })
}

/// The most memory that this process ever held, as the kernel counts it.
fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes / 1024.0)
}
