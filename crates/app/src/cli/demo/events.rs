//! `interline demo --from segment`: people visit a website and use a product, and what they do arrives in a Planhat twin.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use connectors::{
    Wire,
    kit::{HttpWire, Request, WireLimits, new_write_key},
};
use http::Method;
use model::{ConnectionId, Deliveries, EventSource, Journal, Position, SourceId, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{connect, start_twin};
use crate::{
    api::{Desk, Door},
    cli::{
        print::{self, many},
        twin::{find_connector, interrupted},
    },
    collect::Collector,
    config::StateArgs,
    deliver,
    failure::{Exit, Failure},
    inlet::Hints,
    twin::TwinServer,
    wiring::Rooms,
};

/// How long deliveries are waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many events a request brings.
const BATCH: usize = 100;

/// For how long events are kept.
const KEEP: Duration = Duration::from_secs(86_400);

const NAMES: [&str; 8] = [
    "Ada", "Björn", "Chiara", "Deniz", "Emeka", "Fatima", "Grace", "Hiro",
];
const PAGES: [&str; 4] = ["Home", "Pricing", "Docs", "Changelog"];
const DOINGS: [&str; 5] = [
    "Signed In",
    "Report Created",
    "Teammate Invited",
    "Export Downloaded",
    "Plan Viewed",
];

/// What the demo stands on.
struct Stand {
    twin: TwinServer,
    rooms: Rooms,
    to: ConnectionId,
    source: EventSource,
    as_json: bool,
}

/// Shows it, and leaves the twin up unless told otherwise.
pub(super) async fn run(
    folder: &Path,
    sample: (usize, u64),
    once: bool,
    as_json: bool,
) -> Result<Exit, Failure> {
    let stand = set_up(folder, as_json).await?;
    let rooms = &stand.rooms;
    let collector = rooms.collector(false).await?;
    let door = Door::open(([127, 0, 0, 1], 0).into()).await?;
    let url = format!("http://{}", door.address);
    let desk = Desk {
        collector: Arc::clone(&collector),
        store: rooms.store.clone(),
        clock: Arc::clone(&rooms.clock),
        hints: Arc::new(Hints::default()),
    };
    let (stop, stopped) = watch::channel(false);
    let answering = tokio::spawn(door.answer(desk, stopped.clone()));
    let shown = async {
        let shown = tokio::select! {
            shown = play(&stand, &collector, &url, sample, once) => shown,
            () = interrupted() => Ok(()),
        };
        let _ = stop.send(true);
        shown
    };
    let (shown, (), ()) = tokio::join!(
        shown,
        collector.work(&stopped),
        deliver::work(rooms, &collector, KEEP, &stopped),
    );
    let _ = answering.await;
    rooms.store.close().await;
    stand.twin.stop().await?;
    shown.map(|()| Exit::Done)
}

/// Starts the twin, and makes the connection and the source.
async fn set_up(folder: &Path, as_json: bool) -> Result<Stand, Failure> {
    let planhat = find_connector("planhat")?;
    let twin = start_twin(planhat).await?;
    let rooms = Rooms::open(&StateArgs::in_folder(folder)).await?;
    let mut connection = connect(&rooms, planhat, &twin).await?;
    for (name, value) in [("tenant", "demo".to_owned()), ("events_url", twin.url())] {
        connection.settings.insert(name.to_owned(), value);
    }
    let (to, settings) = (connection.id, connection.settings);
    rooms.store.change_connection(&to, &settings, None).await?;
    let source = add_source(&rooms, &to).await?;
    Ok(Stand {
        twin,
        rooms,
        to,
        source,
        as_json,
    })
}

/// Sends what people do, waits until it is there, and says what came of it.
async fn play(
    stand: &Stand,
    collector: &Collector,
    url: &str,
    (companies, seed): (usize, u64),
    once: bool,
) -> Result<(), Failure> {
    let Stand { rooms, source, .. } = stand;
    stand.say(&format!(
        "Interline demo: Segment into Planhat, played by a twin in this process\n\n1. The source {} has the write key {}, and its libraries' host is {url}.",
        source.id,
        source.key.as_str()
    ));
    let events = visits(companies, seed, rooms.clock.now());
    let number = many(events.len() as u64, "event", "events");
    stand.say(&format!(
        "\n2. People visit its pages and use the product: {number}."
    ));
    send(url, source.key.as_str(), &events).await?;
    settle(rooms, &stand.to, || collector.journal().end()).await?;
    let told = told(rooms, &stand.to, &stand.twin).await?;
    match stand.as_json {
        true => print::json(&told),
        false => show(&told),
    }
    if !once {
        stay(&stand.twin, url, stand.as_json).await;
    }
    Ok(())
}

impl Stand {
    fn say(&self, text: &str) {
        if !self.as_json {
            print::data(text);
        }
    }
}

async fn add_source(rooms: &Rooms, to: &ConnectionId) -> Result<EventSource, Failure> {
    let source = EventSource {
        id: SourceId::from("demo-app"),
        key: new_write_key()?,
        destination: Some(to.clone()),
        settings: Map::new(),
        enabled: true,
        created_at: rooms.clock.now(),
    };
    rooms.store.add_source(&source).await?;
    Ok(source)
}

/// What people do, as libraries send it: companies, three people each, their visits and what they use; some of it is wrong, as it is
/// everywhere.
fn visits(companies: usize, seed: u64, now: Timestamp) -> Vec<Value> {
    let mut dice = Dice(seed);
    let mut events = Vec::new();
    for company in 0..companies {
        let group = format!("company-{company}");
        for person in 0..3 {
            let user = format!("user-{company}-{person}");
            let name = dice.pick(&NAMES);
            let email = format!(
                "{}.{company}.{person}@company-{company}.example",
                name.to_lowercase()
            );
            let mut send = |kind: &str, more: Value| {
                let mut event = json!({ "type": kind, "userId": user, "timestamp": now, "messageId": format!("demo-{seed}-{}", events.len()) });
                if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
                    event.extend(more);
                }
                events.push(event);
            };
            // Of one in twenty nobody says where he or she works.
            if dice.below(20) > 0 {
                send(
                    "group",
                    json!({ "groupId": group, "traits": { "name": format!("Company {company}"), "plan": "pro", "seats": 3 + person } }),
                );
            }
            send(
                "identify",
                json!({ "traits": { "name": format!("{name} {company}"), "email": email, "title": "Analyst", "beta": person == 0 } }),
            );
            for _ in 0..2 + dice.below(6) {
                match dice.below(2) {
                    0 => send(
                        "page",
                        json!({ "name": dice.pick(&PAGES), "properties": { "path": "/" } }),
                    ),
                    _ => send(
                        "track",
                        json!({ "event": dice.pick(&DOINGS), "properties": { "value": dice.below(100) } }),
                    ),
                }
            }
            if dice.below(30) == 0 {
                send(
                    "track",
                    json!({ "properties": { "event": "its name is missing" } }),
                );
            }
        }
    }
    events
}

/// Chance from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }

    fn pick(&mut self, all: &[&'static str]) -> &'static str {
        let at = self.below(all.len() as u64) as usize;
        all.get(at).copied().unwrap_or_default()
    }
}

/// Sends them through the door, as a library does.
async fn send(url: &str, key: &str, events: &[Value]) -> Result<(), Failure> {
    let wire = HttpWire::new(url, WireLimits::default())?;
    for batch in events.chunks(BATCH) {
        let body = json!({ "writeKey": key, "batch": batch });
        let response = wire
            .send(Request::new(Method::POST, "/v1/batch").json(&body))
            .await?;
        if response.status != 200 {
            return Err(Failure::broke(format!("The door answered {}", response.status)));
        }
    }
    Ok(())
}

/// Waits until everything was looked at.
async fn settle(rooms: &Rooms, to: &ConnectionId, end: impl Fn() -> Position) -> Result<(), Failure> {
    let began = rooms.clock.now();
    loop {
        let lanes = rooms.store.lanes(to).await?;
        if lanes.first().is_some_and(|lane| lane.position >= end()) {
            return Ok(());
        }
        if rooms.clock.now().duration_since(began).unsigned_abs() > PATIENCE {
            return Err(Failure::broke("The events were not brought in time"));
        }
        rooms.clock.sleep(Duration::from_millis(100)).await;
    }
}

/// What came of it, here and there.
async fn told(rooms: &Rooms, to: &ConnectionId, twin: &TwinServer) -> Result<Value, Failure> {
    let mut became: BTreeMap<String, u64> = BTreeMap::new();
    for count in rooms.store.delivery_counts(to, Timestamp::UNIX_EPOCH).await? {
        *became.entry(count.what).or_default() += count.events;
    }
    let held: BTreeMap<String, u64> = rooms.store.held_counts(to).await?.into_iter().collect();
    let wire = HttpWire::new(&twin.url(), WireLimits::default())?;
    let mut there = BTreeMap::new();
    for object in ["company", "enduser", "activity", "customfield"] {
        let request = Request::new(Method::GET, "/_twin/dump").query("object", object);
        let token = twin.token.as_deref().unwrap_or_default();
        let request = request.header(http::header::AUTHORIZATION, &format!("Bearer {token}"));
        let response = wire.send(request).await?;
        let lines = response
            .body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        there.insert(object, lines.count());
    }
    Ok(json!({ "became": became, "held": held, "in_planhat": there }))
}

fn show(told: &Value) {
    let mut table = print::table(&["What came of them", ">Events"]);
    let of = |name: &str| told.get(name).and_then(Value::as_object).into_iter().flatten();
    for (what, events) in of("became").filter(|(what, _)| *what != "held") {
        table.add_row([what.clone(), print::count(events.as_u64().unwrap_or_default())]);
    }
    for (reason, events) in of("held") {
        table.add_row([
            format!("held: {reason}"),
            print::count(events.as_u64().unwrap_or_default()),
        ]);
    }
    print::data("\n3. Each is on disk before it is answered, and then brought to Planhat:\n");
    print::show(&table);
    let mut table = print::table(&["In Planhat", ">Records"]);
    for (object, records) in of("in_planhat") {
        table.add_row([object.clone(), print::count(records.as_u64().unwrap_or_default())]);
    }
    print::data("");
    print::show(&table);
    print::data(
        "\nWhat is held waits for a call that says where somebody works; docs/events.md says what else there is.",
    );
}

async fn stay(twin: &TwinServer, url: &str, as_json: bool) {
    if !as_json {
        let token = twin.token.as_deref().unwrap_or_default();
        print::data(format!(
            "\nBoth stay up. Send more to {url}, and look around:\n\n  curl -H 'authorization: Bearer {token}' {}/endusers\n\nCtrl-C ends it.",
            twin.url()
        ));
    }
    interrupted().await;
    print::talk("Stopping.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_visits() {
        let of = |seed| visits(3, seed, Timestamp::UNIX_EPOCH);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert!(of(1).len() > 30);
    }
}
