//! Sources, and the Planhat twins that their events go to, each gone with the test.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, rc::Rc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    events::{done, shown, wait_until},
    http::Line,
    program::{TwinProcess, interline},
    world::{ask, records},
};

/// A Planhat twin, and a source whose events go there.
pub struct Flow {
    twin: Option<TwinProcess>,
    at: SocketAddr,
    /// Its connection.
    pub to: &'static str,
    pub key: String,
    folder: Rc<TempDir>,
}

impl Flow {
    pub fn new(more: &[&str]) -> Self {
        Self::of(&[], more)
    }

    /// The same with a twin that is set otherwise.
    pub fn of(twin: &[&str], more: &[&str]) -> Self {
        Self::within(Rc::new(tempfile::tempdir().unwrap()), ["acme", "web"], twin, more)
    }

    /// Another connection with a twin of its own, and another source, of the same program.
    pub fn beside(&self, to: &'static str, source: &'static str) -> Self {
        Self::within(Rc::clone(&self.folder), [to, source], &[], &[])
    }

    fn within(folder: Rc<TempDir>, [to, source]: [&'static str; 2], twin: &[&str], more: &[&str]) -> Self {
        let twin = start(folder.path(), to, twin);
        let at = twin.address;
        let url = format!("http://{at}");
        let events = format!("events_url={url}");
        let connection = [
            "connection",
            "add",
            to,
            "planhat",
            "--secret-env",
            "SECRET",
            "--base-url",
            &url,
            "--set",
            "subdomain=app.planhat.com",
            "--set",
            "tenant=TENANT",
            "--set",
            &events,
        ];
        let added = interline(folder.path(), &connection)
            .env("SECRET", "T")
            .output()
            .unwrap();
        assert!(added.status.success());
        let add = [&["source", "add", source, "--to", to], more].concat();
        let key = done(folder.path(), &add).trim().to_owned();
        Self {
            twin: Some(twin),
            at,
            to,
            key,
            folder,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn send(&self, address: SocketAddr, events: &[Value]) {
        let mut line = Line::open(address).unwrap();
        let body = json!({ "writeKey": self.key, "batch": events }).to_string();
        let (status, answer) = line.ask("POST /v1/batch", &body).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// How the destination is doing.
    pub fn standing(&self) -> Value {
        let all = shown(self.path(), &["events", "deliveries", "--json"]);
        let mut all = all.as_array().unwrap().iter();
        all.find(|one| one["to"] == self.to).unwrap().clone()
    }

    /// Waits until everything was looked at; of what never began nothing is behind, and nothing was counted.
    pub fn settled(&self) -> Value {
        let mut last = Value::Null;
        wait_until(|| {
            last = self.standing();
            last["behind"] == 0 && last["last_hour"] != json!({})
        });
        last
    }

    pub fn there(&self) -> BTreeMap<String, Vec<Value>> {
        records(self.twin.as_ref().unwrap())
    }

    pub fn held(&self) -> Vec<String> {
        let held = shown(self.path(), &["events", "held", "--to", self.to, "--json"]);
        let held = held.as_array().unwrap().iter();
        held.map(|one| {
            format!(
                "{} {}",
                one["id"].as_str().unwrap(),
                one["reason"].as_str().unwrap()
            )
        })
        .collect()
    }

    /// What the activities that were assigned to somebody say.
    pub fn actions(&self) -> Vec<String> {
        let there = self.there();
        let mut actions: Vec<String> = there["activity"]
            .iter()
            .map(|one| {
                assert_eq!(one["error"], Value::Null, "{one}");
                format!(
                    "{} {}",
                    one["externalId"].as_str().unwrap(),
                    one["action"].as_str().unwrap()
                )
            })
            .collect();
        actions.sort();
        actions
    }

    /// From now on this goes wrong with so much of what the twin is asked; `null`: nothing.
    pub fn misbehave(&self, rule: &Value) {
        let rules: Vec<&Value> = Some(rule).filter(|rule| !rule.is_null()).into_iter().collect();
        let faults = json!({ "seed": 1, "rules": rules });
        let (status, answer) = ask(self.twin.as_ref().unwrap(), "POST /_twin/faults", &faults);
        assert_eq!(status, 200, "{answer}");
    }

    /// How often the twin was asked what, by what it answered.
    pub fn asked(&self) -> Value {
        let (_, stats) = ask(self.twin.as_ref().unwrap(), "GET /_twin/stats", &Value::Null);
        serde_json::from_str(&stats).unwrap()
    }

    /// Has it tried again now: a test waits for nobody.
    pub fn resume(&self) {
        done(self.path(), &["events", "resume", self.to]);
    }

    pub fn stop_twin(&mut self) {
        self.twin.take().unwrap().kill();
    }

    /// Starts it again, where it was and with what it had.
    pub fn start_twin(&mut self) {
        let listen = self.at.to_string();
        self.twin = Some(start(self.path(), self.to, &["--listen", &listen]));
    }
}

fn start(folder: &Path, to: &str, more: &[&str]) -> TwinProcess {
    let data = format!("twin-{to}");
    let usual = ["--control", "--data", &data, "--set", "tenant=TENANT"];
    TwinProcess::start(folder, "planhat", &[&usual, more].concat())
}

pub fn event(id: &str, kind: &str, user: &str, more: Value) -> Value {
    let mut event = json!({ "type": kind, "messageId": id, "userId": user });
    event
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    event
}
