//! The crate `segment`, kept by users of Segment, against the collector. It sends little beside what it is given: no id of an
//! event, no time of sending, and of an event alone no type.

mod collector;
mod delivered;

use collector::{Collector, Fate, checked, line, road, same};
use segment::{
    AutoBatcher, Batcher, Client, HttpClient,
    message::{Alias, BatchMessage, Group, Identify, Message, Page, Screen, Track, User},
};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The crate sends nanoseconds; the collector keeps microseconds.
const SENT: &str = "2026-01-02T03:04:05.059299123Z";
const KEPT: &str = "2026-01-02T03:04:05.059299Z";

fn client(url: &str) -> HttpClient {
    HttpClient::new(line(), url.to_owned())
}

fn user(id: &str) -> User {
    User::UserId {
        user_id: id.to_owned(),
    }
}

fn extra(id: &str) -> Map<String, Value> {
    [
        ("messageId".to_owned(), json!(id)),
        ("channel".to_owned(), json!("server")),
    ]
    .into_iter()
    .collect()
}

/// Every call, with all that it takes, and what its event has of it.
fn calls() -> Vec<(BatchMessage, Value)> {
    let timestamp = OffsetDateTime::parse(SENT, &Rfc3339).ok();
    let context = Some(json!({"groupId": "g-7", "traits": {"email": "ada@witness.example"}}));
    let integrations = Some(json!({"All": false, "Planhat": true}));
    let both = User::Both {
        user_id: "u-1".to_owned(),
        anonymous_id: "a-1".to_owned(),
    };
    let anonymous = User::AnonymousId {
        anonymous_id: "a-1".to_owned(),
    };
    let given = json!({"name": "Größe \u{1F600} \u{2028}", "none": null, "large": u64::MAX, "deep": {"er": [1, 2.5]}});
    let with = |kind: &str, own: Value| {
        let mut event = json!({
            "type": kind, "messageId": format!("m-{kind}"), "channel": "server", "originalTimestamp": KEPT,
            "context": context, "integrations": integrations,
        });
        event
            .as_object_mut()
            .expect("an object")
            .extend(own.as_object().expect("an object").clone());
        event
    };
    macro_rules! call {
        ($kind:ident, $word:literal, $user:expr, $own:tt { $($member:ident: $value:expr),* }) => {
            (
                BatchMessage::from($kind {
                    user: $user.clone(), timestamp, context: context.clone(), integrations: integrations.clone(),
                    extra: extra(concat!("m-", $word)), $($member: $value),*
                }),
                with($word, json!($own)),
            )
        };
    }
    vec![
        call!(Identify, "identify", both, { "userId": "u-1", "anonymousId": "a-1", "traits": given } { traits: given.clone() }),
        call!(Track, "track", user("u-1"), { "userId": "u-1", "event": "Done", "properties": given }
            { event: "Done".to_owned(), properties: given.clone() }),
        call!(Page, "page", anonymous, { "anonymousId": "a-1", "name": "Home", "properties": given }
            { name: "Home".to_owned(), properties: given.clone() }),
        call!(Screen, "screen", both, { "userId": "u-1", "name": "Start", "properties": given }
            { name: "Start".to_owned(), properties: given.clone() }),
        call!(Group, "group", user("u-1"), { "userId": "u-1", "groupId": "g-7", "traits": given }
            { group_id: "g-7".to_owned(), traits: given.clone() }),
        call!(Alias, "alias", user("u-1"), { "userId": "u-1", "previousId": "a-1" } { previous_id: "a-1".to_owned() }),
    ]
}

fn alone(message: BatchMessage) -> Message {
    match message {
        BatchMessage::Identify(one) => one.into(),
        BatchMessage::Track(one) => one.into(),
        BatchMessage::Page(one) => one.into(),
        BatchMessage::Screen(one) => one.into(),
        BatchMessage::Group(one) => one.into(),
        BatchMessage::Alias(one) => one.into(),
    }
}

/// The event has these members, whatever else it has.
#[track_caller]
fn holds(event: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        same((name, &event[name]), (name, value));
    }
}

fn track(at: usize, text: &str) -> Track {
    let properties = json!({"at": at, "text": text});
    Track {
        user: user("u-1"),
        event: "Many".to_owned(),
        properties,
        ..Track::default()
    }
}

async fn each_alone() {
    let collector = Collector::start();
    let client = client(&format!("http://{}", collector.host));
    for (message, _) in calls() {
        client
            .send(collector.key.clone(), alone(message))
            .await
            .expect("it is taken");
    }
    // With neither id nor time, and with no traits.
    let bare = Identify {
        user: user("u-2"),
        ..Identify::default()
    };
    client
        .send(collector.key.clone(), bare.into())
        .await
        .expect("it is taken");
    let events = collector.events();
    same(events.len(), 7);
    for (event, (_, expected)) in events.iter().zip(calls()) {
        holds(event, &expected);
        same(&event["timestamp"], &expected["originalTimestamp"]);
    }
    holds(
        &events[6],
        &json!({"type": "identify", "userId": "u-2", "timestamp": events[6]["receivedAt"]}),
    );
    same(
        events[6]["messageId"].as_str().is_some_and(|id| !id.is_empty()),
        true,
    );
    same(
        collector.end(),
        json!({"accepted": 7, "repeated": 0, "discarded": {}}),
    );
}

async fn in_batches() {
    let collector = Collector::start();
    let client = client(&format!("http://{}", collector.host));
    let about = json!({"library": {"name": "segment-rust"}, "groupId": "g-1"});
    let mut batcher = AutoBatcher::new(client, Batcher::new(Some(about)), collector.key.clone());
    for (message, _) in calls() {
        batcher.push(message).await.expect("it is taken");
    }
    batcher.flush().await.expect("it is taken");
    let events = collector.events();
    same(events.len(), 6);
    for (event, (_, mut expected)) in events.iter().zip(calls()) {
        // The event's own word counts.
        expected["context"]["library"] = json!({"name": "segment-rust"});
        holds(event, &expected);
    }
    // Batches as large as they get, and a time for each event.
    let text = "x".repeat(2_000);
    for at in 0..600 {
        batcher.push(track(at, &text)).await.expect("it is taken");
    }
    batcher.flush().await.expect("it is taken");
    let events = collector.events().split_off(6);
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["properties"]["at"].as_u64())
        .collect();
    same(numbers, (0..600).map(Some).collect::<Vec<_>>());
    same(
        events
            .iter()
            .all(|event| event["originalTimestamp"] == event["timestamp"]),
        true,
    );
    same(
        events.iter().all(|event| event["originalTimestamp"].is_string()),
        true,
    );
    same(
        collector.end(),
        json!({"accepted": 606, "repeated": 0, "discarded": {}}),
    );
}

/// The crate sends nothing again by itself; whoever does, with ids of its own, has each event once.
async fn again() {
    let collector = Collector::start();
    let (url, planned) = road(&collector, [Fate::Busy, Fate::Unanswered]);
    let client = client(&url);
    let mut batcher = Batcher::new(None);
    for (message, _) in calls() {
        same(batcher.push(message).expect("it is small"), None);
    }
    let batch = batcher.into_message();
    let mut sent = 1;
    while client.send(collector.key.clone(), batch.clone()).await.is_err() {
        sent += 1;
    }
    same(sent, 3);
    same(planned.lock().expect("a plan").len(), 0);
    let events = collector.events();
    same(events.len(), 6);
    for (event, (_, expected)) in events.iter().zip(calls()) {
        holds(event, &expected);
    }
    same(
        collector.end(),
        json!({"accepted": 6, "repeated": 6, "discarded": {}}),
    );
}

/// The crate's default user is an empty id; what is nobody's is discarded, and the rest of its batch is not.
async fn of_nobody() {
    let collector = Collector::start();
    let client = client(&format!("http://{}", collector.host));
    let mut batcher = Batcher::new(None);
    for user in [User::default(), user("u-1")] {
        same(
            batcher.push(Track { user, ..track(0, "") }).expect("it is small"),
            None,
        );
    }
    client
        .send(collector.key.clone(), batcher.into_message())
        .await
        .expect("it is answered");
    let users: Vec<_> = collector
        .events()
        .iter()
        .map(|event| event["userId"].clone())
        .collect();
    same(users, [json!("u-1")]);
    same(
        collector.end(),
        json!({"accepted": 1, "repeated": 0, "discarded": {"id_not_string": 1}}),
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    each_alone().await;
    in_batches().await;
    again().await;
    of_nobody().await;
    delivered::delivered().await;
    println!("segment-rust: {} checks", checked());
}
