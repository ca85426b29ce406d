//! Events on their way to webhooks: what is to be sent, and what comes of it.
//!
//! The twin sends nothing itself. It says which deliveries are due, and is told how each ended.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, Method as Verb};
use serde_json::{Value, json};

use super::{
    kind::{Key, Kind},
    row::Row,
    show::{self, Json},
    state::{Family, State},
};
use crate::{
    Delivery,
    kit::{Request, Response},
};

/// When the tries of a delivery are made, in milliseconds after the first.
const TRIES: [i64; 3] = [0, 30_000, 180_000];
/// More deliveries than this do not wait; the oldest give way.
const MOST_WAITING: usize = 10_000;

/// One event on its way to one webhook.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) webhook: u32,
    pub(super) body: String,
    /// What a verification must bring back.
    pub(super) challenge: Option<String>,
    pub(super) began: i64,
    pub(super) tries: usize,
}

/// Everything that waits to be sent.
#[derive(Default)]
pub(super) struct Hooks {
    events: BTreeMap<u64, Event>,
    /// When each is due.
    due: BTreeSet<(i64, u64)>,
    last: u64,
    /// Webhooks whose address is to be verified, with the time.
    asked: Vec<(u32, i64)>,
}

impl Hooks {
    /// Has an address verified, in place of everything that waited for it.
    pub(super) fn verify(&mut self, webhook: u32, now: i64) {
        self.forget(webhook);
        self.asked.push((webhook, now));
    }

    /// Drops what waits for a webhook.
    pub(super) fn forget(&mut self, webhook: u32) {
        self.asked.retain(|(asked, _)| *asked != webhook);
        self.events.retain(|_, event| event.webhook != webhook);
        let events = &self.events;
        self.due.retain(|(_, id)| events.contains_key(id));
    }

    /// Puts an event where it was before a save, or a new one at the end.
    pub(super) fn put(&mut self, id: u64, event: Event) {
        self.last = self.last.max(id);
        self.due.insert((due(&event), id));
        self.events.insert(id, event);
        while self.events.len() > MOST_WAITING {
            if let Some((id, event)) = self.events.pop_first() {
                self.due.remove(&(due(&event), id));
            }
        }
    }

    fn take(&mut self, id: u64) -> Option<Event> {
        let event = self.events.remove(&id)?;
        self.due.remove(&(due(&event), id));
        Some(event)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.events.iter().map(|(id, event)| (*id, event))
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn set_last(&mut self, last: u64) {
        self.last = self.last.max(last);
    }
}

fn due(event: &Event) -> i64 {
    let wait = TRIES.get(event.tries).copied().unwrap_or(0);
    event.began.saturating_add(wait)
}

/// What happened to a record.
pub(super) enum Change {
    Created(Key),
    /// With the record as it was shown before.
    Updated(Key, Value),
    /// With its id.
    Deleted(Key, String, Value),
}

/// What events call the records of a kind, and which member of theirs holds the record; none: no event tells of them.
pub(super) fn event_name(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match Family::of(kind)? {
        Family::Accounts => ("account", "account"),
        Family::Articles => ("article", "article"),
        Family::Comments => ("timeline_entry", "entry"),
        Family::Conversations => ("conversation", "conversation"),
        Family::DevUsers => ("dev_user", "dev_user"),
        Family::Groups => ("group", "group"),
        Family::Links => ("link", "link"),
        Family::Memberships => ("group_member", "group_member"),
        Family::Parts => ("part", "part"),
        Family::RevOrgs => ("rev_org", "rev_org"),
        Family::RevUsers => ("rev_user", "rev_user"),
        Family::Tags => ("tag", "tag"),
        Family::Webhooks => ("webhook", "webhook"),
        Family::Works => ("work", "work"),
        _ => return None,
    })
}

/// A record as answers show it.
pub(super) fn shown(state: &State, row: &Row) -> Value {
    let mut json = Json::new();
    show::record(state, row, &mut json);
    serde_json::from_slice(&json.out).unwrap_or_default()
}

/// Puts what a call changed on its way to those who asked for it.
pub(super) fn tell(state: &mut State, now: i64) {
    for change in std::mem::take(&mut state.changes) {
        match &change {
            Change::Created(key) => state.note(*key, "created", now),
            Change::Updated(key, _) => state.note(*key, "updated", now),
            Change::Deleted(..) => {}
        }
        if let Some((event, body)) = event(state, change) {
            tell_all(state, &event, &body, now);
        }
    }
    for (webhook, at) in std::mem::take(&mut state.hooks.asked) {
        let challenge = challenge(webhook, state.hooks.last());
        let body = json!({"challenge": challenge});
        queue(state, webhook, "verify", &body, Some(challenge), at);
    }
}

/// The name and the contents of the event that a change is.
fn event(state: &State, change: Change) -> Option<(String, Value)> {
    let key = match &change {
        Change::Created(key) | Change::Updated(key, _) | Change::Deleted(key, ..) => *key,
    };
    let (name, member) = event_name(key.kind)?;
    let now = || state.get(key).map(|row| shown(state, row));
    if key.kind == Kind::Membership {
        return membership(state, key, change);
    }
    let old = format!("old_{member}");
    Some(match change {
        Change::Created(_) => (format!("{name}_created"), json!({member: now()?})),
        Change::Updated(_, was) => (format!("{name}_updated"), json!({member: now()?, old: was})),
        Change::Deleted(_, id, _) if matches!(name, "link" | "webhook") => {
            (format!("{name}_deleted"), json!({"id": id}))
        }
        Change::Deleted(_, id, was) => (format!("{name}_deleted"), json!({"id": id, old: was})),
    })
}

/// Members come and go as events of their group.
fn membership(state: &State, key: Key, change: Change) -> Option<(String, Value)> {
    let (event, pair) = match change {
        Change::Created(_) => ("group_member_added", state.get(key)?.text("pair")?.to_owned()),
        Change::Deleted(_, pair, _) => ("group_member_removed", pair),
        Change::Updated(..) => return None,
    };
    let (group, member) = pair.split_once(' ')?;
    let (group, member) = (Key::of(group)?, Key::of(member)?);
    let mut json = Json::new();
    json.open(b'{');
    json.key("group");
    super::groups::summary(state, group, &mut json);
    json.key("member");
    show::user(state, member, &mut json);
    json.close(b'}');
    Some((event.to_owned(), serde_json::from_slice(&json.out).ok()?))
}

fn tell_all(state: &mut State, event: &str, body: &Value, now: i64) {
    let webhooks = state.shelf(Family::Webhooks).rows().map(|(_, row)| row);
    let listening = webhooks.filter(|row| {
        row.text("status") == Some("active") && row.list("event_types").iter().any(|wanted| wanted == event)
    });
    let listening: Vec<u32> = listening.map(|row| row.key.number).collect();
    for webhook in listening {
        queue(state, webhook, event, body, None, now);
    }
}

/// Puts an event on its way to one webhook, if that is active.
pub(super) fn tell_one(state: &mut State, webhook: u32, event: &str, body: &Value, now: i64) {
    let row = state.get(Key::new(Kind::Webhook, webhook));
    if row.is_some_and(|row| row.text("status") == Some("active")) {
        queue(state, webhook, event, body, None, now);
    }
}

fn queue(state: &mut State, webhook: u32, event: &str, body: &Value, challenge: Option<String>, now: i64) {
    let id = state.hooks.last() + 1;
    let don = state.don(Key::new(Kind::Webhook, webhook));
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let body = json!({
        "id": format!("{don}:webhook_event/{id}"),
        "webhook_id": don,
        "timestamp": format!("{time:.9}"),
        "type": event,
        event: body,
    });
    let event = Event {
        webhook,
        body: body.to_string(),
        challenge,
        began: now,
        tries: 0,
    };
    state.hooks.put(id, event);
}

fn challenge(webhook: u32, number: u64) -> String {
    let bytes = blake3::derive_key(
        "interline devrev twin webhook challenges 1",
        format!("{webhook} {number}").as_bytes(),
    );
    BASE64_STANDARD.encode(bytes)
}

/// The deliveries that are due, the oldest first.
pub(super) fn deliveries(state: &State, now: i64, most: usize) -> Vec<Delivery> {
    let due = state.hooks.due.range(..=(now, u64::MAX)).take(most);
    let events = due.filter_map(|(_, id)| Some((*id, state.hooks.events.get(id)?)));
    events
        .filter_map(|(id, event)| delivery(state, id, event))
        .collect()
}

fn delivery(state: &State, id: u64, event: &Event) -> Option<Delivery> {
    let webhook = state.get(Key::new(Kind::Webhook, event.webhook))?;
    let (origin, request) = split_url(webhook.text("url")?)?;
    let mut request = request
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(
            HeaderName::from_static("x-devrev-signature"),
            &sign(webhook.text("secret")?, &event.body),
        );
    for header in webhook.list("headers") {
        let text = |name: &str| header.get(name)?.as_str();
        let name = text("name").and_then(|name| HeaderName::try_from(name).ok());
        let value = text("value").and_then(|value| HeaderValue::try_from(value).ok());
        if let Some((name, value)) = name.zip(value) {
            request.headers.insert(name, value);
        }
    }
    request.body = event.body.clone().into();
    Some(Delivery { id, origin, request })
}

/// The HMAC of the body under the secret's bytes, in hex, as the vendor's sample checks it.
pub(super) fn sign(secret: &str, body: &str) -> String {
    let secret = BASE64_STANDARD.decode(secret).unwrap_or_default();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    let tag = ring::hmac::sign(&key, body.as_bytes());
    hex::encode(tag)
}

/// An address as `http://host:port`, and a request to the rest of it.
pub(super) fn split_url(url: &str) -> Option<(String, Request)> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?;
    if authority.host().is_empty() || authority.as_str().contains('@') {
        return None;
    }
    let pairs = uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let request = Request::new(Verb::POST, uri.path());
    let request = pairs.fold(request, |request, (name, value)| request.query(name, value));
    Some((format!("{scheme}://{authority}"), request))
}

/// Takes what came of a delivery. Whether anything changed.
pub(super) fn delivered(state: &mut State, id: u64, response: Option<&Response>, now: i64) -> bool {
    let Some(mut event) = state.hooks.take(id) else {
        return false;
    };
    let is_taken = response.is_some_and(|response| match &event.challenge {
        Some(challenge) => response.status == 200 && brings_back(response, challenge),
        None => (200..300).contains(&response.status),
    });
    let webhook = Key::new(Kind::Webhook, event.webhook);
    match (is_taken, &event.challenge) {
        (true, Some(_)) => set_status(state, webhook, "active"),
        (true, None) => {}
        (false, _) if event.tries + 1 < TRIES.len() => {
            event.tries += 1;
            state.hooks.put(id, event);
        }
        (false, Some(_)) => {}
        // Whoever fails for so long hears of nothing more until it has shown again that it listens.
        (false, None) => {
            set_status(state, webhook, "unverified");
            state.hooks.verify(webhook.number, now);
            tell(state, now);
        }
    }
    true
}

fn brings_back(response: &Response, challenge: &str) -> bool {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    body.get("challenge").and_then(Value::as_str) == Some(challenge)
}

fn set_status(state: &mut State, webhook: Key, status: &str) {
    if let Some(mut row) = state.get(webhook).cloned() {
        row.set("status", status);
        state.replace(row);
        // That somebody listens again is no news to others.
        state.changes.clear();
    }
}
