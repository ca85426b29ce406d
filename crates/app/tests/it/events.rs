//! Events: what Segment's libraries send is on disk before it is answered, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    http::Line,
    program::{interline, run},
    serve::Worker,
};

/// Runs the program, which must say yes; what it printed.
pub fn done(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn shown(folder: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&done(folder, words)).unwrap()
}

pub fn serve(folder: &Path, more: &[&str]) -> (Worker, SocketAddr) {
    let words = [&["serve", "--listen", "127.0.0.1:0", "--json"], more].concat();
    let mut server = Worker::begin(interline(folder, &words));
    let url = server.told()["url"].as_str().unwrap().to_owned();
    (server, url.strip_prefix("http://").unwrap().parse().unwrap())
}

/// Everything in the journal: its events as they are handed on.
fn events(folder: &Path) -> Vec<Value> {
    let text = done(folder, &["events", "list", "-n", "10000000", "--json"]);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What one sender of events has done: its events are numbered, and each is sent until it is answered.
struct Sender {
    name: usize,
    next: usize,
}

impl Sender {
    /// Sends until nobody answers any more; the ids that were answered.
    fn send(&mut self, address: SocketAddr, key: &str) -> Vec<String> {
        let mut answered = Vec::new();
        let Ok(mut line) = Line::open(address) else {
            return answered;
        };
        loop {
            let id = format!("{}-{}", self.name, self.next);
            // Every tenth request is a batch of three.
            let ids: Vec<String> = match self.next % 10 {
                0 => (0..3).map(|n| format!("{id}-{n}")).collect(),
                _ => vec![id],
            };
            let event =
                |id: &String| json!({ "type": "track", "event": "Seen", "userId": "u", "messageId": id });
            let batch: Vec<Value> = ids.iter().map(event).collect();
            let body = json!({ "writeKey": key, "batch": batch }).to_string();
            match line.ask("POST /v1/batch", &body) {
                Ok((200, _)) => answered.extend(ids),
                Ok((status, _)) => panic!("answered {status}"),
                Err(_) => return answered,
            }
            self.next += 1;
        }
    }
}

#[test]
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to be interrupted.
fn a_killed_collector_keeps_what_it_answered_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = done(folder, &["source", "add", "web"]).trim().to_owned();
    let mut senders: Vec<Sender> = (0..4).map(|name| Sender { name, next: 0 }).collect();
    let mut answered = BTreeSet::new();
    for round in 0..5 {
        let (mut server, address) = serve(folder, &[]);
        let sending: Vec<_> = senders
            .drain(..)
            .map(|mut sender| {
                let key = key.clone();
                // What was sent and not answered is sent again, and the last answered event too.
                sender.next = sender.next.saturating_sub(1);
                thread::spawn(move || (sender.send(address, &key), sender))
            })
            .collect();
        thread::sleep(Duration::from_millis(200 + 90 * round));
        server.kill();
        for sending in sending {
            let (ids, sender) = sending.join().unwrap();
            answered.extend(ids);
            senders.push(sender);
        }
    }
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    for event in events(folder) {
        *kept
            .entry(event["event"]["messageId"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert!(answered.len() > 100, "only {}", answered.len());
    let lost: Vec<_> = answered.iter().filter(|id| !kept.contains_key(*id)).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    let double: Vec<_> = kept.iter().filter(|(_, times)| **times > 1).collect();
    assert!(double.is_empty(), "{double:?}");
}

#[test]
fn sources_are_added_shown_switched_off_and_given_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = done(folder, &["source", "add", "web-app"]).trim().to_owned();
    assert_eq!(key.len(), 32);
    assert_eq!(run(folder, &["source", "add", "web-app"]).status.code(), Some(2));
    assert_eq!(run(folder, &["source", "add", "web app"]).status.code(), Some(2));
    let (mut server, address) = serve(folder, &[]);
    let mut line = Line::open(address).unwrap();
    let mut send = |key: &str, id: &str, kind: &str| {
        let body = json!({ "writeKey": key, "messageId": id, "userId": "u1", "event": "Seen" });
        let (status, answer) = line.ask(&format!("POST /v1/{kind}"), &body.to_string()).unwrap();
        assert_eq!((status, &answer), (200, &json!({ "success": true })));
    };
    send(&key, "m1", "track");
    send(&key, "m1", "track");
    send(&key, "m2", "group");
    send("0123456789abcdef0123456789abcdef", "m3", "track");
    let second = run(folder, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(3));
    done(folder, &["source", "disable", "web-app"]);
    let counted = |folder: &Path| shown(folder, &["source", "list", "--json"]);
    wait_until(|| {
        send(&key, "m4", "track");
        counted(folder)["sources"][0]["last_24_hours"]["discarded"]["source_disabled"].as_u64() >= Some(1)
    });
    let other = shown(folder, &["source", "rotate-key", "web-app", "--json"])["write_key"].clone();
    assert_ne!(other, json!(key));
    done(folder, &["source", "enable", "web-app"]);
    // A key is known as soon as somebody comes with it.
    send(other.as_str().unwrap(), "m5", "track");
    let last = events(folder).pop().unwrap();
    assert_eq!(last["event"]["messageId"], "m5");
    assert_eq!(server.terminate(), Some(0));
    let list = counted(folder);
    let day = &list["sources"][0]["last_24_hours"];
    assert!(day["repeated"].as_u64() >= Some(1), "{day}");
    assert_eq!(day["discarded"]["id_required"], 1);
    assert_eq!(list["unknown_keys"][0]["key_ends_in"], "…cdef");
    let ids: Vec<_> = events(folder)
        .iter()
        .map(|event| event["event"]["messageId"].as_str().unwrap().to_owned())
        .filter(|id| id != "m4")
        .collect();
    assert_eq!(ids, ["m1", "m5"]);
    let text = done(folder, &["events", "list", "--source", "web-app"]);
    assert!(text.contains("web-app       track     Seen"), "{text}");
    done(folder, &["source", "remove", "web-app"]);
    assert_eq!(run(folder, &["source", "show", "web-app"]).status.code(), Some(2));
}

/// Waits for what takes a second or two.
#[allow(clippy::disallowed_methods)] // There is no clock to wait on: another process is to do it.
pub fn wait_until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..100 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("it was never so");
}
