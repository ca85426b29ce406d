//! What every call says is in Planhat, once, although requests were refused and answers lost on the way.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use segment::{
    AutoBatcher, Batcher, Client, HttpClient,
    message::{Alias, Group, Identify, Message, Page, Screen, Track, User},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::{sleep, timeout};

use crate::{
    client,
    collector::{Collector, Fate, road, same},
    extra, holds, user,
};

fn did(who: &str, event: &str, properties: Value) -> Track {
    Track {
        user: user(who),
        event: event.to_owned(),
        extra: extra(&format!("m-{event}-{}", properties["at"])),
        properties,
        ..Track::default()
    }
}

/// Each call; and what nobody did, what Planhat is not meant to have, and what somebody unknown did.
fn calls() -> Vec<Message> {
    let group = Group {
        user: user("u-1"),
        group_id: "g-1".to_owned(),
        traits: json!({"name": "Engines", "website": "a.example", "employees": 7}),
        extra: extra("m-group"),
        ..Group::default()
    };
    let identify = Identify {
        user: user("u-1"),
        traits: json!({"name": "Ada Lovelace", "email": "ada@a.example", "title": "Countess", "beta": false}),
        extra: extra("m-identify"),
        ..Identify::default()
    };
    let page = Page {
        user: user("u-1"),
        name: "Home".to_owned(),
        properties: json!({"list": [1, {"two": 2}]}),
        extra: extra("m-page"),
        ..Page::default()
    };
    let screen = Screen {
        user: user("u-1"),
        name: "Start".to_owned(),
        extra: extra("m-screen"),
        ..Screen::default()
    };
    let anonymous = User::AnonymousId {
        anonymous_id: "a-1".to_owned(),
    };
    let nobodys = Track {
        user: anonymous,
        ..did("", "Nobody's", json!({}))
    };
    let kept_away = Track {
        integrations: Some(json!({"Planhat": false})),
        ..did("u-1", "Kept Away", json!({}))
    };
    vec![
        group.into(),
        identify.into(),
        did("u-1", "Weighed", json!({"weight": 2})).into(),
        page.into(),
        screen.into(),
        alias("a-1", "u-1").into(),
        nobodys.into(),
        kept_away.into(),
        did("nobody", "Held", json!({})).into(),
    ]
}

fn alias(from: &str, to: &str) -> Alias {
    Alias {
        user: user(to),
        previous_id: from.to_owned(),
        extra: extra(&format!("m-alias-{to}")),
        ..Alias::default()
    }
}

fn used(at: usize) -> Track {
    did("u-1", "Used", json!({"at": at}))
}

/// Sends it until it is taken, which the crate does not by itself: the first answer is lost, the second a refusal.
async fn take(client: &HttpClient, key: &str, planned: &Mutex<VecDeque<Fate>>, message: Message) {
    lose(planned);
    for is_taken in [false, false, true] {
        let sent = client.send(key.to_owned(), message.clone()).await;
        same(sent.is_ok(), is_taken);
    }
}

fn lose(planned: &Mutex<VecDeque<Fate>>) {
    let mut planned = planned.lock().expect("a plan");
    planned.extend([Fate::Unanswered, Fate::Busy]);
}

/// Sends each call alone, then a batch, and then one in which somebody becomes known by another id.
async fn send(collector: &Collector) {
    let (url, planned) = road(collector, []);
    let (client, key) = (client(&url), collector.key.as_str());
    for message in calls() {
        take(&client, key, &planned, message).await;
    }
    let mut batcher = Batcher::new(None);
    for at in 0..5 {
        same(batcher.push(used(at)).expect("it is small"), None);
    }
    take(&client, key, &planned, batcher.into_message()).await;
    let mut batcher = AutoBatcher::new(client, Batcher::new(None), key.to_owned());
    lose(&planned);
    for is_taken in [false, false, true] {
        // It forgets what was not taken.
        for at in 5..10 {
            batcher.push(used(at)).await.expect("it is small");
        }
        batcher.push(alias("u-1", "u-2")).await.expect("it is small");
        let afterwards = did("u-2", "Afterwards", json!({}));
        batcher.push(afterwards).await.expect("it is small");
        same(batcher.flush().await.is_ok(), is_taken);
    }
}

pub async fn delivered() {
    let collector = Collector::to_planhat();
    send(&collector).await;
    let became = json!({"delivered": 17, "screens_off": 1, "no_identity": 1, "not_meant": 1});
    settled(&collector, &became).await;
    let held = collector.held();
    same(held.len(), 1);
    holds(
        &held[0],
        &json!({"id": "m-Held-null", "reason": "unknown_person", "waits_for": "nobody"}),
    );
    there(&collector.there().await, &collector.events());
    same(
        collector.end(),
        json!({"accepted": 21, "repeated": 21, "discarded": {}}),
    );
}

/// Waits until so many events became what, and then for what may come too much.
async fn settled(collector: &Collector, became: &Value) {
    let waits = async {
        while collector.became() != *became {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let _ = timeout(Duration::from_secs(60), waits).await;
    sleep(Duration::from_millis(1500)).await;
    same(&collector.became(), became);
}

/// Planhat has the company, the person, and what the person did: each event once, as it was said, when it took place. Nothing else is
/// there.
fn there(there: &BTreeMap<String, Vec<Value>>, events: &[Value]) {
    let many = there
        .iter()
        .map(|(object, records)| (object.as_str(), records.len()));
    same(
        many.collect::<Vec<_>>(),
        [
            ("activity", 13),
            ("company", 1),
            ("customfield", 2),
            ("enduser", 1),
        ],
    );
    let (company, person) = (&there["company"][0], &there["enduser"][0]);
    holds(
        company,
        &json!({"externalId": "g-1", "name": "Engines", "web": "a.example", "custom": {"employees": 7}}),
    );
    let custom = json!({"beta": false});
    holds(
        person,
        &json!({
            "externalId": "u-2", "email": "ada@a.example", "position": "Countess", "custom": custom,
            "companyId": company["_id"],
        }),
    );
    let whose = json!({"companyId": company["_id"], "euId": person["_id"], "error": null});
    let mut found: Vec<_> = there["activity"].iter().map(found).collect();
    let mut meant: Vec<_> = events.iter().filter_map(meant).collect();
    for activities in [&mut found, &mut meant] {
        activities.sort_by_key(Value::to_string);
    }
    same(found, meant);
    for activity in &there["activity"] {
        holds(activity, &whose);
    }
}

fn found(activity: &Value) -> Value {
    json!({
        "action": activity["action"], "date": millis(&activity["date"]), "info": activity["info"],
        "weight": activity["weight"],
    })
}

/// The activity that an event becomes.
fn meant(event: &Value) -> Option<Value> {
    let action = match (event["type"].as_str()?, event["event"].as_str()) {
        ("track", Some(name @ ("Weighed" | "Used" | "Afterwards"))) => name,
        ("page", _) => "Viewed Home Page",
        _ => return None,
    };
    let mut info = event["properties"].clone();
    info["source"] = json!("Segment");
    let weight = info["weight"].as_u64().unwrap_or(1);
    Some(json!({"action": action, "date": millis(&event["timestamp"]), "info": info, "weight": weight}))
}

/// A time in milliseconds; what is finer is cut off.
fn millis(time: &Value) -> i128 {
    let time = OffsetDateTime::parse(time.as_str().expect("a time"), &Rfc3339).expect("a time");
    time.unix_timestamp_nanos() / 1_000_000
}
