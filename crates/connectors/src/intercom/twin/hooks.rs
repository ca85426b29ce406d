//! Events on their way to the one receiver that an app has.
//!
//! The twin sends nothing itself. It says which deliveries are due, and is told how each ended.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, Method, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::switches::Switches;
use crate::{
    Delivery,
    kit::{Request, Response},
};

/// A delivery that failed is made once more after so many milliseconds.
const AGAIN: i64 = 60_000;
/// What a receiver that is busy has the rest wait for at first, and at most.
const BUSY: (i64, i64) = (60_000, 7_200_000);
/// More deliveries than this do not wait; the oldest give way.
const MOST_WAITING: usize = 10_000;
/// So many are given out at a time.
const MOST_AT_ONCE: usize = 64;

/// Where events go, and how.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiver {
    /// Empty: nowhere.
    pub(super) url: String,
    pub(super) client_secret: String,
    /// The topics that the app asked for; none named: all.
    pub(super) topics: Vec<String>,
    /// Whether a ping goes ahead of the first event.
    pub(super) pings: bool,
    /// Whether everything is sent twice.
    pub(super) duplicates: bool,
    /// Whether what is due is sent the last first.
    pub(super) reversed: bool,
    pub(super) iso_times: bool,
}

impl Receiver {
    /// As the switches say.
    pub(super) fn of(switches: &Switches) -> Self {
        let topics = switches.text("webhook_topics").split(',').map(str::trim);
        Self {
            url: switches.text("webhook_url").to_owned(),
            client_secret: switches.text("client_secret").to_owned(),
            topics: topics
                .filter(|topic| !topic.is_empty())
                .map(str::to_owned)
                .collect(),
            pings: switches.is("webhook_ping", "first"),
            duplicates: switches.is("webhook_duplicates", "yes"),
            reversed: switches.is("webhook_order", "reversed"),
            iso_times: switches.is("webhook_times", "iso"),
        }
    }
}

/// One event on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Event {
    body: String,
    due: i64,
    tries: u32,
    /// How long it waited for a busy receiver the last time.
    #[serde(default)]
    wait: i64,
}

/// Everything that waits to be sent.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hooks {
    events: BTreeMap<u64, Event>,
    #[serde(skip)]
    due: BTreeSet<(i64, u64)>,
    last: u64,
    count: u64,
    /// The receiver said that it is gone.
    is_off: bool,
    #[serde(skip)]
    pub(super) receiver: Receiver,
}

impl Hooks {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            ..Self::default()
        }
    }

    /// After a load: what is due is worked out again, and the receiver is that of the settings.
    pub(super) fn revive(&mut self, receiver: Receiver) {
        self.receiver = receiver;
        let events = self.events.iter();
        self.due = events.map(|(id, event)| (event.due, *id)).collect();
    }

    /// Whether anybody hears of a topic.
    pub(super) fn wants(&self, topic: &str) -> bool {
        let topics = &self.receiver.topics;
        let is_asked = topics.is_empty() || topic == "ping" || topics.iter().any(|asked| asked == topic);
        is_asked && !topic.is_empty() && !self.is_off && !self.receiver.url.is_empty()
    }

    /// Puts an event on its way.
    pub(super) fn tell(&mut self, app: &str, topic: &str, item: Value, millisecond: i64) {
        if !self.wants(topic) {
            return;
        }
        if self.count == 0 && self.receiver.pings && topic != "ping" {
            let item = json!({"type": "ping", "message": "something something interzen"});
            self.tell(app, "ping", item, millisecond);
        }
        self.count += 1;
        let body = self.envelope(app, topic, item, millisecond.div_euclid(1000));
        for _ in 0..=u8::from(self.receiver.duplicates) {
            self.last += 1;
            let event = Event {
                body: body.clone(),
                due: millisecond,
                tries: 0,
                wait: 0,
            };
            self.put(self.last, event);
        }
    }

    fn envelope(&self, app: &str, topic: &str, mut item: Value, second: i64) -> String {
        if self.receiver.iso_times {
            iso_times(&mut item);
        }
        let id = blake3::derive_key(
            "interline intercom twin notifications 1",
            format!("{app} {} {second}", self.count).as_bytes(),
        );
        let id = hex::encode(id.get(..16).unwrap_or_default());
        let body = json!({
            "type": "notification_event", "app_id": app, "id": format!("notif_{id}"), "topic": topic,
            "created_at": second, "delivery_attempts": 1, "first_sent_at": second,
            "delivery_status": "pending", "delivered_at": 0, "self": null, "links": {},
            "data": {"type": "notification_event_data", "item": item},
        });
        body.to_string()
    }

    fn put(&mut self, id: u64, event: Event) {
        self.due.insert((event.due, id));
        self.events.insert(id, event);
        while self.events.len() > MOST_WAITING {
            if let Some((id, event)) = self.events.pop_first() {
                self.due.remove(&(event.due, id));
            }
        }
    }

    fn take(&mut self, id: u64) -> Option<Event> {
        let event = self.events.remove(&id)?;
        self.due.remove(&(event.due, id));
        Some(event)
    }

    /// What is to be sent by now.
    pub(super) fn deliveries(&self, millisecond: i64) -> Vec<Delivery> {
        let due = self.due.range(..=(millisecond, u64::MAX));
        let due: Vec<u64> = match self.receiver.reversed {
            true => due.rev().take(MOST_AT_ONCE).map(|(_, id)| *id).collect(),
            false => due.take(MOST_AT_ONCE).map(|(_, id)| *id).collect(),
        };
        let events = due.into_iter().filter_map(|id| Some((id, self.events.get(&id)?)));
        events
            .filter_map(|(id, event)| self.delivery(id, event))
            .collect()
    }

    fn delivery(&self, id: u64, event: &Event) -> Option<Delivery> {
        let (origin, request) = split(&self.receiver.url)?;
        let body = match event.tries {
            0 => event.body.clone(),
            _ => event
                .body
                .replacen("\"delivery_attempts\":1", "\"delivery_attempts\":2", 1),
        };
        let mut request = request
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "intercom-parrot-service-client/1.0")
            .header(
                HeaderName::from_static("x-hub-signature"),
                &sign(&self.receiver.client_secret, body.as_bytes()),
            );
        request.body = body.into();
        Some(Delivery { id, origin, request })
    }

    /// Takes what came of a delivery. Whether anything changed.
    pub(super) fn delivered(&mut self, id: u64, response: Option<&Response>, millisecond: i64) -> bool {
        let Some(mut event) = self.take(id) else {
            return false;
        };
        match response.map_or(0, |response| response.status) {
            200..=299 => {}
            410 => {
                self.is_off = true;
                self.events.clear();
                self.due.clear();
            }
            429 => {
                let (first, most) = BUSY;
                event.wait = event.wait.saturating_mul(2).max(first);
                if event.wait <= most {
                    event.due = millisecond.saturating_add(event.wait);
                    self.put(id, event);
                }
            }
            _ if event.tries == 0 => {
                event.tries = 1;
                event.due = millisecond.saturating_add(AGAIN);
                self.put(id, event);
            }
            _ => {}
        }
        true
    }
}

/// As the vendor signs: the HMAC of the body under the app's secret.
pub(super) fn sign(secret: &str, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    format!("sha1={}", hex::encode(ring::hmac::sign(&key, body)))
}

/// An address as `http://host:port`, and a request to the rest of it.
fn split(url: &str) -> Option<(String, Request)> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
    let pairs = uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let request = Request::new(Method::POST, uri.path());
    let request = pairs.fold(request, |request, (name, value)| request.query(name, value));
    Some((format!("{scheme}://{authority}"), request))
}

/// Times as some deliveries write them: as texts.
fn iso_times(item: &mut Value) {
    match item {
        Value::Array(items) => items.iter_mut().for_each(iso_times),
        Value::Object(members) => {
            for (name, value) in members {
                let is_time =
                    name.ends_with("_at") || matches!(name.as_str(), "waiting_since" | "snoozed_until");
                let time = value.as_i64().filter(|_| is_time);
                match time.and_then(|second| jiff::Timestamp::from_second(second).ok()) {
                    Some(time) => *value = json!(format!("{time:.3}")),
                    None => iso_times(value),
                }
            }
        }
        _ => {}
    }
}
