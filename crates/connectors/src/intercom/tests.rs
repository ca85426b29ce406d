#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod anything;
mod described;
mod faults;
mod files;
mod reading;
mod recipe;
mod shape;
mod within;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use model::{
    Ask, Clock, Cursor, Fault, Fetched, Mode, Next, ObjectName, Raw, Record, RecordId, Secret, Source,
    Timestamp,
};

use super::*;
use crate::{
    Wire,
    kit::{Download, Request, Response},
};

/// A clock that moves only when somebody waits.
pub(super) struct TestClock(Mutex<Timestamp>);

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        *self.0.lock().unwrap() += wait;
    }
}

/// What a scripted Intercom answers; nothing if no answer comes.
type Script = Vec<(u16, &'static str)>;

/// A wire that answers from a script, and remembers what was asked.
pub(super) struct TestWire {
    answers: Mutex<std::collections::VecDeque<Response>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Wire for TestWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        assert_eq!(request.header_text("authorization"), Some("Bearer s3cr3t"));
        assert_eq!(request.header_text("intercom-version"), Some("2.16"));
        assert_eq!(
            described::errors(&request),
            Vec::<String>::new(),
            "{}",
            request.path
        );
        let query: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let body = String::from_utf8_lossy(&request.body);
        let line = format!(
            "{} {}{mark}{} {body}",
            request.method,
            request.path,
            query.join("&")
        );
        self.asked.lock().unwrap().push(line.trim_end().to_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.expect("the script has no more answers") {
            answer if answer.status == 0 => Err(Fault::new(FaultKind::Unreachable, "sending")),
            answer => Ok(answer),
        }
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        assert_eq!(download.authorization, None, "the token goes nowhere else");
        self.asked.lock().unwrap().push(format!("fetch {}", download.url));
        match download.url.contains("old") {
            true => Err(Fault::new(FaultKind::Rejected, "fetching").said("status 403")),
            false => Ok(Fetched::new(3, &[7; 32])),
        }
    }
}

pub(super) fn answering(answers: impl IntoIterator<Item = Response>) -> Arc<TestWire> {
    Arc::new(TestWire {
        answers: Mutex::new(answers.into_iter().collect()),
        asked: Mutex::default(),
    })
}

pub(super) fn scripted(script: Script) -> Arc<TestWire> {
    answering(
        script
            .into_iter()
            .map(|(status, body)| Response::json_text(status, body.to_owned())),
    )
}

pub(super) fn asked(wire: &TestWire) -> Vec<String> {
    wire.asked.lock().unwrap().clone()
}

pub(super) fn intercom(wire: &Arc<TestWire>) -> IntercomSource {
    intercom_at(wire, "2026-03-01T00:00:00Z").0
}

pub(super) fn intercom_at(wire: &Arc<TestWire>, now: &str) -> (IntercomSource, Arc<TestClock>) {
    let clock = Arc::new(TestClock(Mutex::new(now.parse().unwrap())));
    let outlet = Outlet {
        wire: Arc::clone(wire) as Arc<dyn Wire>,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    };
    let client = Client::new(outlet, &Secret::new("s3cr3t")).unwrap();
    let source = IntercomSource::new(client, "http://127.0.0.1:7103".to_owned(), false);
    (source, clock)
}

pub(super) fn ask(object: &str, mode: Mode, cursor: Option<&str>) -> Ask {
    Ask {
        object: ObjectName::new(object),
        mode,
        cursor: cursor.map(Cursor::new),
    }
}

pub(super) fn raw(id: &str, json: &str) -> Raw {
    Raw::new(RecordId::from(id), json.to_owned())
}

pub(super) fn shaped(object: &str, json: &str) -> Record {
    let source = intercom(&scripted(vec![]));
    source.shape(&ObjectName::new(object), &raw("1", json)).unwrap()
}

fn some_settings(values: &[(&str, &str)]) -> Settings {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings {
        values: values.collect::<BTreeMap<_, _>>(),
        secret: Secret::new("s3cr3t"),
    }
}

#[test]
fn the_region_picks_the_host() {
    for (values, expected) in [
        (&[][..], Some("https://api.intercom.io")),
        (&[("region", "us")], Some("https://api.intercom.io")),
        (&[("region", "EU")], Some("https://api.eu.intercom.io")),
        (&[("region", "au")], Some("https://api.au.intercom.io")),
        (&[("region", "mars")], None),
        (&[("base_url", "http://127.0.0.1:1/")], Some("http://127.0.0.1:1")),
    ] {
        let got = CONNECTOR.base_url(&some_settings(values)).ok();
        assert_eq!(got.as_deref(), expected, "{values:?}");
    }
}
